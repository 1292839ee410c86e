//! Codes: fold modules (E04xx).

use super::CodeInfo;

pub(super) static CODES: &[CodeInfo] = &[];
