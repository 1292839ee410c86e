//! ELC: the portable program. Op table, container, codec, verifier and hash.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod ops;
pub mod program;
