//! Codes: numbers (E03xx).

use super::CodeInfo;

pub(super) static CODES: &[CodeInfo] = &[];
