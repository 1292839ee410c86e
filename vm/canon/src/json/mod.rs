//! Strict JSON: a pull reader over UTF-8, and the pieces of a canonical writer.
//!
//! Strict means RFC 8259 without its liberties: no byte order mark, no lone surrogates, no
//! data after the value, at most 128 levels. Repeated keys are refused by whoever builds
//! something from the events, because only the builder remembers keys; the reader offers the
//! reason and the position for it.

mod reader;
mod write;

pub use reader::{Event, Reader};
pub use write::{cmp_utf16, write_fixed, write_int, write_num, write_string};

use core::fmt;

/// What is wrong with a JSON text, and where.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct JsonError {
    /// Byte offset.
    pub offset: usize,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong there.
    pub reason: JsonReason,
}

/// Why a text is not JSON as accepted here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum JsonReason {
    /// The text ends inside a value.
    Truncated,
    /// Something follows the value.
    Trailing,
    /// A character that starts no value.
    ExpectedValue,
    /// Something other than a key in quotes.
    ExpectedKey,
    /// Something other than `:` after a key.
    ExpectedColon,
    /// Something other than `,` or `]`.
    ExpectedCommaOrBracket,
    /// Something other than `,` or `}`.
    ExpectedCommaOrBrace,
    /// A comma with nothing after it.
    TrailingComma,
    /// A number that breaks the grammar: `01`, `1.`, `.5`, `+1`.
    BadNumber,
    /// A number the target cannot hold.
    NumberRange,
    /// A control character inside a string.
    ControlCharacter,
    /// A backslash with something unknown behind it.
    BadEscape,
    /// Half of a surrogate pair alone.
    LoneSurrogate,
    /// Bytes that are not UTF-8.
    NotUtf8,
    /// A key that the object has already.
    DuplicateKey,
    /// More than 128 levels of arrays and objects.
    TooDeep,
    /// A byte order mark at the start.
    ByteOrderMark,
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.reason)
    }
}

impl core::error::Error for JsonError {}

impl fmt::Display for JsonReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            JsonReason::Truncated => "the text ends inside a value",
            JsonReason::Trailing => "there is something after the value",
            JsonReason::ExpectedValue => "expected a value",
            JsonReason::ExpectedKey => "expected a key in double quotes",
            JsonReason::ExpectedColon => "expected `:` after the key",
            JsonReason::ExpectedCommaOrBracket => "expected `,` or `]`",
            JsonReason::ExpectedCommaOrBrace => "expected `,` or `}`",
            JsonReason::TrailingComma => "nothing follows the comma",
            JsonReason::BadNumber => "malformed number",
            JsonReason::NumberRange => "number out of range",
            JsonReason::ControlCharacter => "control characters in strings must be escaped",
            JsonReason::BadEscape => "unknown escape in a string",
            JsonReason::LoneSurrogate => "half of a surrogate pair stands alone",
            JsonReason::NotUtf8 => "the text is not UTF-8",
            JsonReason::DuplicateKey => "the object has this key already",
            JsonReason::TooDeep => "arrays and objects nest deeper than 128",
            JsonReason::ByteOrderMark => "a byte order mark is not allowed",
        })
    }
}

/// A place in a text as line and column, worked out only once something is wrong.
#[cold]
pub(crate) fn error_at(text: &[u8], offset: usize, reason: JsonReason) -> JsonError {
    let before = text.get(..offset).unwrap_or(text);
    let line = 1 + before.iter().filter(|b| **b == b'\n').count();
    let start = before.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
    // Continuation bytes do not start characters.
    let characters = before.get(start..).unwrap_or(&[]).iter().filter(|b| **b & 0xc0 != 0x80).count();
    JsonError { offset, line, column: 1 + characters, reason }
}

const ONES: u64 = u64::MAX / 255;
const HIGHS: u64 = ONES << 7;

/// Where the first control character, quote or backslash is; the length if there is none.
///
/// Eight bytes at a time: subtracting borrows into a byte's highest bit where the byte was
/// too small. A borrow can only spoil bytes above a real find, so the lowest find is right.
#[inline]
pub(crate) fn special_at(bytes: &[u8]) -> usize {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut at = 0;
    for word in words {
        let x = u64::from_le_bytes(*word);
        let (quote, slash) = (x ^ (ONES * b'"' as u64), x ^ (ONES * b'\\' as u64));
        let control = x.wrapping_sub(ONES * 0x20) & !x;
        let quote = quote.wrapping_sub(ONES) & !quote;
        let slash = slash.wrapping_sub(ONES) & !slash;
        let found = (control | quote | slash) & HIGHS;
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    at + rest.iter().position(|b| matches!(b, b'"' | b'\\' | 0..=0x1f)).unwrap_or(rest.len())
}
