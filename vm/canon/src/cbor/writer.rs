//! The writer: every item in its one canonical form.

use super::{CborError, CborReason, cmp_keys};
use crate::Cid;
use alloc::vec::Vec;

/// Appends items to a buffer.
///
/// Headers promise a number of items that the caller then writes; maps take their pairs in
/// canonical order, or through [`MapWriter`], which sorts.
#[derive(Clone, Debug, Default)]
pub struct Writer {
    out: Vec<u8>,
}

impl Writer {
    /// An empty buffer.
    pub const fn new() -> Writer {
        Writer { out: Vec::new() }
    }

    /// Goes on at the end of `out`.
    pub const fn append_to(out: Vec<u8>) -> Writer {
        Writer { out }
    }

    /// What was written.
    pub fn as_bytes(&self) -> &[u8] {
        &self.out
    }

    /// What was written.
    pub fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    fn head(&mut self, major: u8, argument: u64) {
        let major = major << 5;
        if argument < 24 {
            self.out.push(major | argument as u8);
        } else if let Ok(n) = u8::try_from(argument) {
            self.out.extend_from_slice(&[major | 24, n]);
        } else if let Ok(n) = u16::try_from(argument) {
            self.out.push(major | 25);
            self.out.extend_from_slice(&n.to_be_bytes());
        } else if let Ok(n) = u32::try_from(argument) {
            self.out.push(major | 26);
            self.out.extend_from_slice(&n.to_be_bytes());
        } else {
            self.out.push(major | 27);
            self.out.extend_from_slice(&argument.to_be_bytes());
        }
    }

    /// null
    pub fn null(&mut self) -> &mut Writer {
        self.out.push(0xf6);
        self
    }

    /// false or true
    pub fn bool(&mut self, value: bool) -> &mut Writer {
        self.out.push(if value { 0xf5 } else { 0xf4 });
        self
    }

    /// An integer.
    pub fn int(&mut self, value: i64) -> &mut Writer {
        if value < 0 {
            self.head(1, !value as u64)
        } else {
            self.head(0, value as u64)
        }
        self
    }

    /// A float64 by its bits, which must be finite: NaN and infinities have no canonical form.
    pub fn float_bits(&mut self, bits: u64) -> &mut Writer {
        self.out.push(0xfb);
        self.out.extend_from_slice(&bits.to_be_bytes());
        self
    }

    /// A byte string.
    pub fn bytes(&mut self, value: &[u8]) -> &mut Writer {
        self.head(2, value.len() as u64);
        self.out.extend_from_slice(value);
        self
    }

    /// Text.
    pub fn text(&mut self, value: &str) -> &mut Writer {
        self.head(3, value.len() as u64);
        self.out.extend_from_slice(value.as_bytes());
        self
    }

    /// An array's header; `count` items must follow.
    pub fn array(&mut self, count: usize) -> &mut Writer {
        self.head(4, count as u64);
        self
    }

    /// A map's header; `count` pairs in canonical key order must follow.
    pub fn map(&mut self, count: usize) -> &mut Writer {
        self.head(5, count as u64);
        self
    }

    /// A link.
    pub fn link(&mut self, cid: &Cid) -> &mut Writer {
        self.out.extend_from_slice(&[0xd8, 42, 0x58, 37, 0]);
        self.out.extend_from_slice(&cid.to_bytes());
        self
    }

    /// An item that is canonical already.
    pub fn raw(&mut self, item: &[u8]) -> &mut Writer {
        self.out.extend_from_slice(item);
        self
    }
}

/// A map whose pairs come in any order.
#[derive(Clone, Debug, Default)]
pub struct MapWriter<'k> {
    values: Writer,
    /// key, and where its value lies in `values`
    entries: Vec<(&'k str, usize, usize)>,
}

impl<'k> MapWriter<'k> {
    /// An empty map.
    pub const fn new() -> MapWriter<'k> {
        MapWriter { values: Writer::new(), entries: Vec::new() }
    }

    /// Adds a pair; `write` writes exactly one item.
    pub fn entry(&mut self, key: &'k str, write: impl FnOnce(&mut Writer)) -> &mut MapWriter<'k> {
        let start = self.values.out.len();
        write(&mut self.values);
        self.entries.push((key, start, self.values.out.len()));
        self
    }

    /// Adds a pair if there is a value.
    pub fn optional<T>(
        &mut self,
        key: &'k str,
        value: Option<T>,
        write: impl FnOnce(&mut Writer, T),
    ) -> &mut MapWriter<'k> {
        if let Some(value) = value {
            self.entry(key, |w| write(w, value));
        }
        self
    }

    /// How many pairs there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no pair.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Writes the map with its pairs in order. A key added twice is an error, and then nothing
    /// is written.
    pub fn finish(&mut self, out: &mut Writer) -> Result<(), CborError> {
        self.entries.sort_by(|a, b| cmp_keys(a.0, b.0));
        if self.entries.windows(2).any(|pair| matches!(pair, [a, b] if a.0 == b.0)) {
            return Err(CborError { offset: out.out.len(), reason: CborReason::DuplicateKey });
        }
        out.map(self.entries.len());
        for (key, start, end) in &self.entries {
            out.text(key);
            out.raw(self.values.out.get(*start..*end).unwrap_or(&[]));
        }
        Ok(())
    }
}
