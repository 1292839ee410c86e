//! Codes: names and scopes (E02xx).

use super::CodeInfo;

pub(super) static CODES: &[CodeInfo] = &[];
