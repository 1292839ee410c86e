//! Rego's further builtins: time on given instants, networks, digests, units, versions, graphs, URLs, UUIDs, YAML.
//!
//! [`civil`], [`layout`], [`zone`], [`cidr`], [`units`], [`semver`], [`url`], [`uuid`], [`hash`] and [`yaml`] are
//! plain algorithms over text and numbers; the other files bind them to the machine.

mod cidr;
pub(crate) mod civil;
mod graphs;
mod hash;
pub(crate) mod layout;
mod nets;
mod semver;
mod texts;
mod times;
mod units;
mod url;
mod uuid;
mod yaml;
mod yamls;
pub(crate) mod zone;

use gatos_vm::native::NativeFn;

/// The functions by files.
pub(crate) const FILES: &[&[(&str, NativeFn)]] =
    &[graphs::FUNCTIONS, nets::FUNCTIONS, texts::FUNCTIONS, times::FUNCTIONS, yamls::FUNCTIONS];
