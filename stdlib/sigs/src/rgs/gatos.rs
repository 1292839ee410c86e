//! Rows of the policy library.

use super::Builtin;

pub(crate) const BUILTINS: &[Builtin] = &[];
