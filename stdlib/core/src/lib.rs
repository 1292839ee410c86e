//! The EchoLua library functions: what the rows of `gatos-sigs` do.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod format;
pub mod pack;
pub mod pattern;
pub mod sort;
pub mod utf8;
