//! `Value`: a DAG-CBOR item as a tree, for those who need one.

use crate::cbor::{CborError, CborReason, Item, KeyOrder, Reader, Writer, cmp_keys};
use crate::{Cid, MAX_DEPTH};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// A tree of data.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// null
    Null,
    /// false or true
    Bool(bool),
    /// integer
    Int(i64),
    /// the bits of a finite float64
    Float(u64),
    /// byte string
    Bytes(Vec<u8>),
    /// UTF-8 text
    Text(String),
    /// array
    Array(Vec<Value>),
    /// map with text keys
    Map(Map),
    /// link to another block
    Link(Cid),
}

/// A map's pairs, kept in canonical key order: shorter first, then by bytes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Map {
    pairs: Vec<(String, Value)>,
}

/// A key that is in a map already.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DuplicateKey(
    /// the key
    pub String,
);

impl fmt::Display for DuplicateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "key {:?} is there twice", self.0)
    }
}

impl core::error::Error for DuplicateKey {}

impl Map {
    /// An empty map.
    pub const fn new() -> Map {
        Map { pairs: Vec::new() }
    }

    /// A map of pairs in any order, no key twice.
    pub fn from_pairs(mut pairs: Vec<(String, Value)>) -> Result<Map, DuplicateKey> {
        // Documents often come in order already; sorting is then one pass.
        pairs.sort_by(|a, b| cmp_keys(&a.0, &b.0));
        if let Some([pair, _]) = pairs.windows(2).find(|pair| matches!(pair, [a, b] if a.0 == b.0)) {
            return Err(DuplicateKey(pair.0.clone()));
        }
        Ok(Map { pairs })
    }

    /// Pairs that are in order and unique already.
    pub(crate) fn from_sorted(pairs: Vec<(String, Value)>) -> Map {
        Map { pairs }
    }

    fn find(&self, key: &str) -> Result<usize, usize> {
        self.pairs.binary_search_by(|pair| cmp_keys(&pair.0, key))
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.find(key).ok().and_then(|at| self.pairs.get(at)).map(|pair| &pair.1)
    }

    /// The value of a key, to be changed.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        let at = self.find(key).ok()?;
        self.pairs.get_mut(at).map(|pair| &mut pair.1)
    }

    /// Sets a key and gives what it had.
    pub fn insert(&mut self, key: impl Into<String>, value: impl Into<Value>) -> Option<Value> {
        let (key, value) = (key.into(), value.into());
        match self.find(&key) {
            Ok(at) => self.pairs.get_mut(at).map(|pair| core::mem::replace(&mut pair.1, value)),
            Err(at) => {
                self.pairs.insert(at, (key, value));
                None
            }
        }
    }

    /// Takes a key out.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        self.find(key).ok().map(|at| self.pairs.remove(at).1)
    }

    /// The pairs in canonical order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> {
        self.pairs.iter().map(|pair| (pair.0.as_str(), &pair.1))
    }

    /// How many pairs there are.
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Whether there is no pair.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// The pairs in canonical order.
    pub fn into_pairs(self) -> Vec<(String, Value)> {
        self.pairs
    }
}

impl<K: Into<String>, V: Into<Value>> FromIterator<(K, V)> for Map {
    /// Of a key that comes twice the last value stays.
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Map {
        let mut map = Map::new();
        for (key, value) in pairs {
            map.insert(key, value);
        }
        map
    }
}

impl Value {
    /// The tree of one canonical item.
    pub fn from_cbor(bytes: &[u8]) -> Result<Value, CborError> {
        let mut reader = Reader::new(bytes);
        let value = Value::read(&mut reader)?;
        reader.finish()?;
        Ok(value)
    }

    /// The tree of the reader's next item.
    pub fn read(reader: &mut Reader<'_>) -> Result<Value, CborError> {
        Value::read_within(reader, MAX_DEPTH)
    }

    /// Recursion goes as deep as `depth` says and no further.
    fn read_within(reader: &mut Reader<'_>, depth: usize) -> Result<Value, CborError> {
        let start = *reader;
        Ok(match reader.next()? {
            Item::Null => Value::Null,
            Item::Bool(b) => Value::Bool(b),
            Item::Int(n) => Value::Int(n),
            Item::Float(bits) => Value::Float(bits),
            Item::Bytes(b) => Value::Bytes(b.into()),
            Item::Text(t) => Value::Text(t.into()),
            Item::Link(cid) => Value::Link(cid),
            Item::Array(count) => {
                let depth = depth.checked_sub(1).ok_or_else(|| start.error(CborReason::TooDeep))?;
                // The count is bounded by the input's length; growing from a modest start
                // keeps the tree in proportion to what is really there.
                let mut items = Vec::with_capacity(count.min(1024));
                for _ in 0..count {
                    items.push(Value::read_within(reader, depth)?);
                }
                Value::Array(items)
            }
            Item::Map(count) => {
                let depth = depth.checked_sub(1).ok_or_else(|| start.error(CborReason::TooDeep))?;
                let mut pairs = Vec::with_capacity(count.min(1024));
                let mut order = KeyOrder::new();
                for _ in 0..count {
                    let key = order.key(reader)?;
                    pairs.push((key.into(), Value::read_within(reader, depth)?));
                }
                Value::Map(Map { pairs })
            }
        })
    }

    /// The canonical bytes.
    pub fn to_cbor(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        self.write(&mut writer);
        writer.into_bytes()
    }

    /// Writes the canonical bytes.
    pub fn write(&self, out: &mut Writer) {
        match self {
            Value::Null => out.null(),
            Value::Bool(b) => out.bool(*b),
            Value::Int(n) => out.int(*n),
            Value::Float(bits) => out.float_bits(*bits),
            Value::Bytes(b) => out.bytes(b),
            Value::Text(t) => out.text(t),
            Value::Link(cid) => out.link(cid),
            Value::Array(items) => {
                out.array(items.len());
                for item in items {
                    item.write(out);
                }
                out
            }
            Value::Map(map) => {
                out.map(map.len());
                for (key, value) in map.iter() {
                    out.text(key);
                    value.write(out);
                }
                out
            }
        };
    }

    /// How many arrays and maps lie inside one another; a scalar has 0.
    pub fn depth(&self) -> usize {
        match self {
            Value::Array(items) => 1 + items.iter().map(Value::depth).max().unwrap_or(0),
            Value::Map(map) => 1 + map.iter().map(|(_, value)| value.depth()).max().unwrap_or(0),
            _ => 0,
        }
    }

    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        if let Value::Text(text) = self { Some(text) } else { None }
    }

    /// The integer, if it is one.
    pub fn as_int(&self) -> Option<i64> {
        if let Value::Int(n) = self { Some(*n) } else { None }
    }

    /// The boolean, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Value::Bool(b) = self { Some(*b) } else { None }
    }

    /// The bytes, if it is a byte string.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        if let Value::Bytes(b) = self { Some(b) } else { None }
    }

    /// The items, if it is an array.
    pub fn as_array(&self) -> Option<&[Value]> {
        if let Value::Array(items) = self { Some(items) } else { None }
    }

    /// The map, if it is one.
    pub fn as_map(&self) -> Option<&Map> {
        if let Value::Map(map) = self { Some(map) } else { None }
    }

    /// The link, if it is one.
    pub fn as_link(&self) -> Option<Cid> {
        if let Value::Link(cid) = self { Some(*cid) } else { None }
    }

    /// The value of a key, if it is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_map().and_then(|map| map.get(key))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(text)
    }
}

impl From<i64> for Value {
    fn from(n: i64) -> Value {
        Value::Int(n)
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Value {
        Value::Bool(b)
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Value {
        Value::Map(map)
    }
}

impl From<Cid> for Value {
    fn from(cid: Cid) -> Value {
        Value::Link(cid)
    }
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(items: Vec<T>) -> Value {
        Value::Array(items.into_iter().map(Into::into).collect())
    }
}
