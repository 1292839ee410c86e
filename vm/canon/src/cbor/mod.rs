//! Canonical DAG-CBOR: a strict pull reader and a writer.
//!
//! Accepted is exactly what the writer can produce: shortest lengths and integers, definite
//! lengths, 64-bit finite floats, UTF-8 text, text keys strictly ascending by length and then
//! bytes, and links (tag 42) to dag-cbor blocks. Integers are those of 64 signed bits.

mod reader;
mod writer;

pub use reader::{Item, KeyOrder, Kind, Reader, validate};
pub use writer::{MapWriter, Writer};

use core::cmp::Ordering;
use core::fmt;

/// What is wrong with a block, and where.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CborError {
    /// Byte offset of the item (or key) at fault.
    pub offset: usize,
    /// What is wrong with it.
    pub reason: CborReason,
}

/// Why bytes are not canonical DAG-CBOR.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CborReason {
    /// The bytes end inside an item.
    Truncated,
    /// Bytes follow the item.
    Trailing,
    /// A length or integer uses more bytes than it needs.
    NotShortest,
    /// A string, array or map without a length.
    Indefinite,
    /// A float of fewer than 64 bits.
    ShortFloat,
    /// NaN or an infinity.
    NotFinite,
    /// An integer outside 64 signed bits.
    IntRange,
    /// Text that is not UTF-8.
    NotUtf8,
    /// A map key that is not text.
    KeyNotText,
    /// A map key that does not sort after the one before it.
    KeyOrder,
    /// A map key that is there twice.
    DuplicateKey,
    /// A tag other than 42, or one without a link behind it.
    Tag,
    /// A link that is not a CIDv1 of a dag-cbor block with a blake3-256 hash.
    Link,
    /// A simple value other than false, true and null.
    Simple,
    /// A reserved first byte.
    Reserved,
    /// More than 128 levels of arrays and maps.
    TooDeep,
    /// A well-formed item of another kind than the caller needs.
    Expected(Kind),
}

impl fmt::Display for CborError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "byte {}: {}", self.offset, self.reason)
    }
}

impl core::error::Error for CborError {}

impl fmt::Display for CborReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CborReason::Truncated => "the data ends inside an item",
            CborReason::Trailing => "there is data after the end",
            CborReason::NotShortest => "a length or integer is not in its shortest form",
            CborReason::Indefinite => "indefinite lengths are not canonical",
            CborReason::ShortFloat => "floats must have 64 bits",
            CborReason::NotFinite => "NaN and infinities are not allowed",
            CborReason::IntRange => "the integer does not fit in 64 signed bits",
            CborReason::NotUtf8 => "text is not UTF-8",
            CborReason::KeyNotText => "a map key is not text",
            CborReason::KeyOrder => "map keys are not in canonical order (shorter first, then by bytes)",
            CborReason::DuplicateKey => "a map key is there twice",
            CborReason::Tag => "the only tag allowed is 42, on the bytes of a link",
            CborReason::Link => "a link is not a CIDv1 of a dag-cbor block with a blake3-256 hash",
            CborReason::Simple => "the only simple values allowed are false, true and null",
            CborReason::Reserved => "the first byte of an item is a reserved one",
            CborReason::TooDeep => "arrays and maps nest deeper than 128",
            CborReason::Expected(kind) => return write!(f, "expected {kind}"),
        })
    }
}

/// The canonical order of map keys: shorter first, then by bytes.
#[inline]
pub fn cmp_keys(a: &str, b: &str) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.as_bytes().cmp(b.as_bytes()))
}
