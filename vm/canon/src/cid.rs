//! Content ids of DAG-CBOR blocks: CIDv1, codec dag-cbor, multihash BLAKE3-256, base32.
//!
//! That is the only kind there is here, so the digest is all a [`Cid`] stores.

use crate::base::{base32_decode, base32_encode};
use crate::digest::{Blake3, blake3};
use core::fmt;
use core::str::FromStr;

/// The id of a DAG-CBOR block: the BLAKE3 digest of its bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cid(pub [u8; 32]);

/// Version 1, codec dag-cbor, hash function blake3, 32 bytes of digest.
const HEADER: [u8; 4] = [0x01, 0x71, 0x1e, 0x20];

/// Text or bytes that are not a content id of this kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CidError;

impl fmt::Display for CidError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a CIDv1 of a dag-cbor block with a blake3-256 hash (lowercase base32, starting with `b`)")
    }
}

impl core::error::Error for CidError {}

impl Cid {
    /// The id of a block.
    pub fn of(block: &[u8]) -> Cid {
        Cid(blake3(block).0)
    }

    /// The digest in the id.
    pub const fn digest(&self) -> Blake3 {
        Blake3(self.0)
    }

    /// The binary form: four bytes that name the kind, then the digest.
    pub fn to_bytes(&self) -> [u8; 36] {
        let mut bytes = [0; 36];
        let (header, digest) = bytes.split_at_mut(HEADER.len());
        header.copy_from_slice(&HEADER);
        digest.copy_from_slice(&self.0);
        bytes
    }

    /// The id of a binary form.
    pub fn from_bytes(bytes: &[u8]) -> Result<Cid, CidError> {
        let digest = bytes.strip_prefix(&HEADER).ok_or(CidError)?;
        digest.try_into().map(Cid).map_err(|_| CidError)
    }
}

impl fmt::Display for Cid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("b")?;
        f.write_str(&base32_encode(&self.to_bytes()))
    }
}

impl fmt::Debug for Cid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Cid {
    type Err = CidError;
    fn from_str(text: &str) -> Result<Cid, CidError> {
        let digits = text.strip_prefix('b').ok_or(CidError)?;
        Cid::from_bytes(&base32_decode(digits).ok_or(CidError)?)
    }
}
