//! GATOS's own policy functions: capabilities, labels, the trust graph and grants, quorums, globs, refs, epochs, times.
//!
//! All are pure over their arguments: the trust graph, grants and the present time are parts of the input, so that a
//! decision can be made again by anyone. Each check has a companion that says what is missing, see
//! `gatos_sigs::rgs::MISSING`.

mod caps;
mod checks;
mod glob;
mod names;
mod quorum;
mod quorums;
mod refs;
mod trust;

use gatos_vm::native::NativeFn;

/// The functions by files.
pub(crate) const FILES: &[&[(&str, NativeFn)]] =
    &[checks::FUNCTIONS, names::FUNCTIONS, quorums::FUNCTIONS, trust::FUNCTIONS];
