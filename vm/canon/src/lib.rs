//! Canonical DAG-CBOR and JSON, digests and content ids.
//!
//! One value has one byte string: readers refuse every other spelling, writers produce no
//! other. Both readers pull items straight from the input without allocation, so that a
//! caller can decode into its own values; [`Value`] is the tree for those who have none.
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::float_arithmetic))]

extern crate alloc;

mod base;
pub mod cbor;
mod cid;
mod digest;
pub mod json;
mod value;
mod value_json;

pub use base::{base64url_decode, base64url_encode, hex_decode, hex_encode};
pub use cbor::{CborError, CborReason};
pub use cid::{Cid, CidError};
pub use digest::{Blake3, Blake3Hasher, DigestError, Sha256, Sha256Hasher, blake3, sha256};
pub use json::{JsonError, JsonReason};
pub use value::{DuplicateKey, Map, Value};
pub use value_json::{JcsError, json_to_cbor};

/// How deep arrays and maps may nest in data: 128 of them inside one another are read, the
/// next one is refused. A scalar has depth 0.
pub const MAX_DEPTH: usize = 128;
