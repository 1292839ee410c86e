//! What an auditor needs: ids, envelopes, signatures, journal rules and storage ports.
//! Pure and `no_std`: time, randomness and storage arrive as arguments.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod authority;
pub mod checkpoint;
pub mod cut;
pub mod decision;
pub mod envelope;
pub mod grant;
pub mod import;
pub mod key;
pub mod memory;
pub mod model;
pub mod plane;
pub mod ports;
pub mod rules;
pub mod scope;
pub mod sign;
#[cfg(any(test, feature = "suite"))]
pub mod suite;
pub mod text;
pub mod time;
pub mod trust;
pub mod ulid;
