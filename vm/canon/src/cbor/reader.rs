//! The strict pull reader: one call an item, borrowing from the input.

use super::{CborError, CborReason};
use crate::{Cid, MAX_DEPTH};
use core::fmt;

/// One item. Arrays and maps are headers: that many items, or key and value pairs, follow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Item<'a> {
    /// null
    Null,
    /// false or true
    Bool(bool),
    /// integer
    Int(i64),
    /// the bits of a finite float64
    Float(u64),
    /// byte string
    Bytes(&'a [u8]),
    /// UTF-8 text
    Text(&'a str),
    /// this many items follow
    Array(usize),
    /// this many pairs follow
    Map(usize),
    /// link to another block
    Link(Cid),
}

/// What an item is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// null
    Null,
    /// false or true
    Bool,
    /// integer
    Int,
    /// float64
    Float,
    /// byte string
    Bytes,
    /// UTF-8 text
    Text,
    /// array header
    Array,
    /// map header
    Map,
    /// link to another block
    Link,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Null => "null",
            Kind::Bool => "a boolean",
            Kind::Int => "an integer",
            Kind::Float => "a float",
            Kind::Bytes => "bytes",
            Kind::Text => "text",
            Kind::Array => "an array",
            Kind::Map => "a map",
            Kind::Link => "a link",
        })
    }
}

/// A position in a block.
///
/// `next` and its typed variants check everything about one item. What spans several items is
/// the caller's to check: keys through [`KeyOrder`], depth by counting, the end by `finish`.
/// [`validate`] and `skip` check all of it.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

const FLOAT_EXPONENT: u64 = 0x7ff0_0000_0000_0000;

impl<'a> Reader<'a> {
    /// Starts at a block's first byte.
    #[inline]
    pub const fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { bytes, at: 0 }
    }

    /// The offset of the next item.
    #[inline]
    pub const fn offset(&self) -> usize {
        self.at
    }

    /// Whether everything was read.
    #[inline]
    pub const fn is_at_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// Refuses anything left over.
    #[inline]
    pub fn finish(&self) -> Result<(), CborError> {
        if self.is_at_end() { Ok(()) } else { Err(self.error(CborReason::Trailing)) }
    }

    /// An error at the next item.
    #[cold]
    pub fn error(&self, reason: CborReason) -> CborError {
        CborError { offset: self.at, reason }
    }

    /// The next item's kind, read from its first byte alone.
    #[inline]
    pub fn peek(&self) -> Result<Kind, CborError> {
        let Some(first) = self.bytes.get(self.at) else { return Err(self.error(CborReason::Truncated)) };
        Ok(match first >> 5 {
            0 | 1 => Kind::Int,
            2 => Kind::Bytes,
            3 => Kind::Text,
            4 => Kind::Array,
            5 => Kind::Map,
            6 => Kind::Link,
            _ => match first {
                0xf4 | 0xf5 => Kind::Bool,
                0xf6 => Kind::Null,
                0xfb => Kind::Float,
                _ => return Err(self.error(simple_reason(*first))),
            },
        })
    }

    /// The next item.
    #[inline]
    #[allow(clippy::should_implement_trait)] // an iterator would have no place for the end
    pub fn next(&mut self) -> Result<Item<'a>, CborError> {
        let start = self.at;
        let item = self.item();
        if item.is_err() {
            // A caller that recovers finds the reader where it was.
            self.at = start;
        }
        item.map_err(|reason| CborError { offset: start, reason })
    }

    #[inline]
    fn item(&mut self) -> Result<Item<'a>, CborReason> {
        let Some(&first) = self.bytes.get(self.at) else { return Err(CborReason::Truncated) };
        self.at += 1;
        let info = first & 0x1f;
        if first >= 0xe0 {
            return match first {
                0xf4 => Ok(Item::Bool(false)),
                0xf5 => Ok(Item::Bool(true)),
                0xf6 => Ok(Item::Null),
                0xfb => {
                    let bits = u64::from_be_bytes(self.take_array()?);
                    if bits & FLOAT_EXPONENT == FLOAT_EXPONENT {
                        return Err(CborReason::NotFinite);
                    }
                    Ok(Item::Float(bits))
                }
                _ => Err(simple_reason(first)),
            };
        }
        let argument = if info < 24 { u64::from(info) } else { self.argument(info)? };
        match first >> 5 {
            0 => i64::try_from(argument).map(Item::Int).map_err(|_| CborReason::IntRange),
            1 => i64::try_from(argument).map(|n| Item::Int(!n)).map_err(|_| CborReason::IntRange),
            2 => self.take(argument).map(Item::Bytes),
            3 => core::str::from_utf8(self.take(argument)?).map(Item::Text).map_err(|_| CborReason::NotUtf8),
            4 => self.count(argument, 1).map(Item::Array),
            5 => self.count(argument, 2).map(Item::Map),
            _ => self.tagged(argument),
        }
    }

    /// The argument behind the first byte, in no more bytes than it needs.
    #[inline]
    fn argument(&mut self, info: u8) -> Result<u64, CborReason> {
        let (value, least) = match info {
            24 => (u64::from(u8::from_be_bytes(self.take_array()?)), 24),
            25 => (u64::from(u16::from_be_bytes(self.take_array()?)), 1 << 8),
            26 => (u64::from(u32::from_be_bytes(self.take_array()?)), 1 << 16),
            27 => (u64::from_be_bytes(self.take_array()?), 1 << 32),
            31 => return Err(CborReason::Indefinite),
            _ => return Err(CborReason::Reserved),
        };
        if value < least { Err(CborReason::NotShortest) } else { Ok(value) }
    }

    #[inline]
    fn take(&mut self, length: u64) -> Result<&'a [u8], CborReason> {
        let rest = self.bytes.get(self.at..).unwrap_or(&[]);
        let taken = usize::try_from(length).ok().and_then(|n| rest.get(..n)).ok_or(CborReason::Truncated)?;
        self.at += taken.len();
        Ok(taken)
    }

    #[inline]
    fn take_array<const N: usize>(&mut self) -> Result<[u8; N], CborReason> {
        let rest = self.bytes.get(self.at..).unwrap_or(&[]);
        let taken = rest.first_chunk::<N>().ok_or(CborReason::Truncated)?;
        self.at += N;
        Ok(*taken)
    }

    /// A header's count. Every item takes a byte, so a count that the rest of the block
    /// cannot hold is refused here, before anyone reserves memory for it.
    #[inline]
    fn count(&self, argument: u64, bytes_each: u64) -> Result<usize, CborReason> {
        let rest = (self.bytes.len() - self.at.min(self.bytes.len())) as u64;
        if argument > rest / bytes_each {
            return Err(CborReason::Truncated);
        }
        usize::try_from(argument).map_err(|_| CborReason::Truncated)
    }

    fn tagged(&mut self, tag: u64) -> Result<Item<'a>, CborReason> {
        if tag != 42 {
            return Err(CborReason::Tag);
        }
        let Some(&first) = self.bytes.get(self.at) else { return Err(CborReason::Truncated) };
        if first >> 5 != 2 {
            return Err(CborReason::Tag);
        }
        self.at += 1;
        let info = first & 0x1f;
        let length = if info < 24 { u64::from(info) } else { self.argument(info)? };
        // A zero byte stands for "binary multibase" in front of the id.
        let binary = self.take(length)?.strip_prefix(&[0]).ok_or(CborReason::Link)?;
        Cid::from_bytes(binary).map(Item::Link).map_err(|_| CborReason::Link)
    }

    /// null
    #[inline]
    pub fn null(&mut self) -> Result<(), CborError> {
        self.typed(Kind::Null, |item| if let Item::Null = item { Some(()) } else { None })
    }

    /// false or true
    #[inline]
    pub fn bool(&mut self) -> Result<bool, CborError> {
        self.typed(Kind::Bool, |item| if let Item::Bool(b) = item { Some(b) } else { None })
    }

    /// An integer.
    #[inline]
    pub fn int(&mut self) -> Result<i64, CborError> {
        self.typed(Kind::Int, |item| if let Item::Int(n) = item { Some(n) } else { None })
    }

    /// The bits of a finite float64.
    #[inline]
    pub fn float_bits(&mut self) -> Result<u64, CborError> {
        self.typed(Kind::Float, |item| if let Item::Float(bits) = item { Some(bits) } else { None })
    }

    /// A byte string.
    #[inline]
    pub fn bytes(&mut self) -> Result<&'a [u8], CborError> {
        self.typed(Kind::Bytes, |item| if let Item::Bytes(b) = item { Some(b) } else { None })
    }

    /// Text.
    #[inline]
    pub fn text(&mut self) -> Result<&'a str, CborError> {
        self.typed(Kind::Text, |item| if let Item::Text(t) = item { Some(t) } else { None })
    }

    /// An array's header: how many items follow.
    #[inline]
    pub fn array(&mut self) -> Result<usize, CborError> {
        self.typed(Kind::Array, |item| if let Item::Array(n) = item { Some(n) } else { None })
    }

    /// A map's header: how many pairs follow.
    #[inline]
    pub fn map(&mut self) -> Result<usize, CborError> {
        self.typed(Kind::Map, |item| if let Item::Map(n) = item { Some(n) } else { None })
    }

    /// A link.
    #[inline]
    pub fn link(&mut self) -> Result<Cid, CborError> {
        self.typed(Kind::Link, |item| if let Item::Link(cid) = item { Some(cid) } else { None })
    }

    #[inline]
    fn typed<T>(&mut self, kind: Kind, pick: impl FnOnce(Item<'a>) -> Option<T>) -> Result<T, CborError> {
        let start = self.at;
        match pick(self.next()?) {
            Some(value) => Ok(value),
            None => {
                self.at = start;
                Err(self.error(CborReason::Expected(kind)))
            }
        }
    }

    /// Passes one item with all that is in it, checking everything, without recursion.
    pub fn skip(&mut self) -> Result<(), CborError> {
        self.skip_within(MAX_DEPTH)
    }

    /// `skip` where only `depth` further levels are allowed.
    pub fn skip_within(&mut self, depth: usize) -> Result<(), CborError> {
        // Most items are scalars and need none of the bookkeeping below.
        if !matches!(self.peek()?, Kind::Array | Kind::Map) {
            return self.next().map(|_| ());
        }
        let limit = depth.min(MAX_DEPTH);
        let mut open = [Level::Array(0); MAX_DEPTH];
        let mut depth = 0;
        loop {
            let start = *self;
            let level = match self.next()? {
                Item::Array(n) => Some(Level::Array(n)),
                Item::Map(n) => Some(Level::Map(n, KeyOrder::new())),
                _ => None,
            };
            if let Some(level) = level {
                if depth == limit {
                    return Err(start.error(CborReason::TooDeep));
                }
                open[depth] = level;
                depth += 1;
            }
            // Close whatever is complete, then step to the next item of the innermost level.
            loop {
                let Some(level) = depth.checked_sub(1).and_then(|top| open.get_mut(top)) else { return Ok(()) };
                match level {
                    Level::Array(0) | Level::Map(0, _) => depth -= 1,
                    Level::Array(left) => {
                        *left -= 1;
                        break;
                    }
                    Level::Map(left, order) => {
                        *left -= 1;
                        order.key(self)?;
                        break;
                    }
                }
            }
        }
    }

    /// `skip`, giving the bytes that were passed: a whole canonical block.
    pub fn raw(&mut self) -> Result<&'a [u8], CborError> {
        let start = self.at;
        self.skip()?;
        Ok(self.bytes.get(start..self.at).unwrap_or(&[]))
    }
}

#[derive(Clone, Copy)]
enum Level<'a> {
    /// items left
    Array(usize),
    /// pairs left
    Map(usize, KeyOrder<'a>),
}

/// The order of one map's keys, checked as they are read.
#[derive(Clone, Copy, Default, Debug)]
pub struct KeyOrder<'a> {
    last: Option<&'a str>,
}

impl<'a> KeyOrder<'a> {
    /// No key read yet.
    #[inline]
    pub const fn new() -> KeyOrder<'a> {
        KeyOrder { last: None }
    }

    /// Reads a key that sorts after all before it.
    #[inline]
    pub fn key(&mut self, reader: &mut Reader<'a>) -> Result<&'a str, CborError> {
        let start = *reader;
        let key = match reader.next()? {
            Item::Text(key) => key,
            _ => return Err(start.error(CborReason::KeyNotText)),
        };
        if let Some(last) = self.last {
            match super::cmp_keys(last, key) {
                core::cmp::Ordering::Less => {}
                core::cmp::Ordering::Equal => return Err(start.error(CborReason::DuplicateKey)),
                core::cmp::Ordering::Greater => return Err(start.error(CborReason::KeyOrder)),
            }
        }
        self.last = Some(key);
        Ok(key)
    }
}

#[cold]
fn simple_reason(first: u8) -> CborReason {
    match first {
        0xf9 | 0xfa => CborReason::ShortFloat,
        0xff => CborReason::Indefinite,
        0xfc..=0xfe => CborReason::Reserved,
        _ => CborReason::Simple,
    }
}

/// Checks that bytes are one canonical item and nothing else.
pub fn validate(bytes: &[u8]) -> Result<(), CborError> {
    let mut reader = Reader::new(bytes);
    reader.skip()?;
    reader.finish()
}
