//! ELC: the portable program. Op table, container, codec, verifier and hash.
//!
//! A compiler fills a [`program::Program`]; [`verify::verify`] turns it into a
//! [`Verified`] one, the only thing a machine takes; [`encode::encode`] and
//! [`decode::decode`] carry it as canonical bytes, whose SHA-256 is the `fold_root`.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod decode;
pub mod disasm;
pub mod encode;
pub mod engine;
pub mod limits;
pub mod map;
pub mod ops;
pub mod program;
pub mod reference;
pub mod verify;

pub use decode::{DecodeError, decode};
pub use disasm::disasm;
pub use encode::encode;
pub use engine::ENGINE_ID;
pub use map::SourceMap;
pub use program::{ELC_VERSION, Program};
pub use verify::{Verified, VerifyError, verify};

use core::fmt;

/// Why bytes are not a program that may run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LoadError {
    /// They are not ELC.
    Decode(DecodeError),
    /// They are ELC that breaks a rule.
    Verify(VerifyError),
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadError::Decode(e) => e.fmt(f),
            LoadError::Verify(e) => e.fmt(f),
        }
    }
}

impl core::error::Error for LoadError {}

/// Decodes and verifies ELC bytes.
///
/// # Errors
/// When the bytes are not canonical ELC of this version, or the program breaks a rule.
pub fn load(bytes: &[u8]) -> Result<Verified<Program>, LoadError> {
    verify(decode(bytes).map_err(LoadError::Decode)?).map_err(LoadError::Verify)
}
