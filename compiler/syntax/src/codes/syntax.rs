//! Codes: the text does not parse (E00xx).

use super::CodeInfo;

pub(super) static CODES: &[CodeInfo] = &[];
