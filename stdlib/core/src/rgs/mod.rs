//! What the policy functions do: the rows of `gatos_sigs::rgs`, bound to the machine.
//!
//! [`call`] checks operands against the row, charges its base cost and turns an error into
//! what Rego makes of it; every other file holds one group.

mod aggregates;
mod arrays;
mod call;
mod encoding;
mod gatos;
mod globs;
mod internal;
mod json;
mod more;
mod numbers;
mod objects;
mod patch;
mod paths;
mod pattern;
mod regex;
mod sets;
mod sprintf;
mod strings;
mod text;
mod types;

use gatos_vm::Library;
use gatos_vm::native::NativeFn;

/// The functions by files.
const FILES: &[&[(&str, NativeFn)]] = &[
    aggregates::FUNCTIONS,
    arrays::FUNCTIONS,
    encoding::FUNCTIONS,
    globs::FUNCTIONS,
    internal::FUNCTIONS,
    json::FUNCTIONS,
    numbers::FUNCTIONS,
    objects::FUNCTIONS,
    patch::FUNCTIONS,
    paths::FUNCTIONS,
    regex::FUNCTIONS,
    sets::FUNCTIONS,
    strings::FUNCTIONS,
    types::FUNCTIONS,
];

/// The library of policies, by Rego's names.
pub fn library() -> Library {
    let mut out = Library::new();
    let files = FILES.iter().chain(more::FILES).chain(gatos::FILES);
    for (name, f) in files.copied().flatten() {
        out.add(name, *f);
    }
    for (name, value) in internal::CONSTANTS {
        out.add_constant(name, *value);
    }
    out
}
