//! Digests by name: `blake3:<hex>` and `sha256:<hex>`, lowercase and nothing else.

use crate::base::{hex_decode, hex_encode};
use alloc::string::String;
use core::fmt;
use core::str::FromStr;
use sha2::Digest as _;

/// Text that is not a digest.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DigestError {
    /// The text does not start with the algorithm's name and a colon.
    Prefix(&'static str),
    /// What follows is not 64 lowercase hex digits.
    Hex,
}

impl fmt::Display for DigestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DigestError::Prefix(prefix) => write!(f, "a digest of this kind starts with `{prefix}`"),
            DigestError::Hex => f.write_str("a digest is 64 lowercase hex digits"),
        }
    }
}

impl core::error::Error for DigestError {}

macro_rules! digest {
    ($name:ident, $prefix:literal, $doc:literal) => {
        #[doc = $doc]
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; 32]);

        impl $name {
            /// What stands before the hex digits.
            pub const PREFIX: &'static str = $prefix;

            /// The raw digest.
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }

            /// The digits without prefix.
            pub fn to_hex(&self) -> String {
                hex_encode(&self.0)
            }

            /// A digest of 64 lowercase hex digits without prefix.
            pub fn from_hex(hex: &str) -> Result<$name, DigestError> {
                let bytes = hex_decode(hex).and_then(|bytes| bytes.try_into().ok());
                bytes.map($name).ok_or(DigestError::Hex)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str($prefix)?;
                f.write_str(&self.to_hex())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = DigestError;
            fn from_str(text: &str) -> Result<$name, DigestError> {
                $name::from_hex(text.strip_prefix($prefix).ok_or(DigestError::Prefix($prefix))?)
            }
        }
    };
}

digest!(Blake3, "blake3:", "A BLAKE3 digest of 256 bits.");
digest!(Sha256, "sha256:", "A SHA-256 digest.");

/// The BLAKE3 digest of bytes.
pub fn blake3(bytes: &[u8]) -> Blake3 {
    Blake3(*::blake3::hash(bytes).as_bytes())
}

/// The SHA-256 digest of bytes.
pub fn sha256(bytes: &[u8]) -> Sha256 {
    Sha256(sha2::Sha256::digest(bytes).into())
}

/// BLAKE3 over bytes that come in pieces.
#[derive(Clone, Default)]
pub struct Blake3Hasher(::blake3::Hasher);

impl Blake3Hasher {
    /// Nothing hashed yet.
    pub fn new() -> Blake3Hasher {
        Blake3Hasher::default()
    }

    /// Hashes a further piece.
    pub fn update(&mut self, bytes: &[u8]) -> &mut Blake3Hasher {
        self.0.update(bytes);
        self
    }

    /// The digest of all pieces so far.
    pub fn digest(&self) -> Blake3 {
        Blake3(*self.0.finalize().as_bytes())
    }
}

/// SHA-256 over bytes that come in pieces.
#[derive(Clone, Default)]
pub struct Sha256Hasher(sha2::Sha256);

impl Sha256Hasher {
    /// Nothing hashed yet.
    pub fn new() -> Sha256Hasher {
        Sha256Hasher::default()
    }

    /// Hashes a further piece.
    pub fn update(&mut self, bytes: &[u8]) -> &mut Sha256Hasher {
        self.0.update(bytes);
        self
    }

    /// The digest of all pieces so far.
    pub fn digest(&self) -> Sha256 {
        Sha256(self.0.clone().finalize().into())
    }
}
