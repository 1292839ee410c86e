//! What an auditor needs: ids, envelopes, signatures, journal rules and storage ports.
//! Pure and `no_std`: time, randomness and storage arrive as arguments.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod checkpoint;
pub mod cut;
pub mod envelope;
pub mod import;
pub mod key;
pub mod memory;
pub mod model;
pub mod plane;
pub mod ports;
pub mod rules;
pub mod sign;
#[cfg(any(test, feature = "suite"))]
pub mod suite;
pub mod time;
pub mod trust;
pub mod ulid;
