//! Codes: lints (W05xx).

use super::CodeInfo;

pub(super) static CODES: &[CodeInfo] = &[];
