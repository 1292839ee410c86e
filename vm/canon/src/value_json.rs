//! `Value` from and to JSON text.
//!
//! Reading takes JSON as it is: whole numbers become integers, numbers with a point or an
//! exponent float64, and objects maps, also objects that look like DAG-JSON's spellings of
//! bytes and links. Writing uses those spellings, because JSON has no others.

use crate::base::base64_encode;
use crate::json::{Event, JsonError, JsonReason, Reader, cmp_utf16, write_int, write_string};
use crate::{MAX_DEPTH, Map, Value};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// Something that plain RFC 8785 JSON cannot say exactly.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum JcsError {
    /// A float.
    Float,
    /// An integer beyond 2^53 - 1, which readers with doubles would change.
    BigInt(
        /// the integer
        i64,
    ),
    /// A byte string.
    Bytes,
    /// A link.
    Link,
}

impl fmt::Display for JcsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JcsError::Float => f.write_str("a document of this kind holds whole numbers only"),
            JcsError::BigInt(n) => write!(f, "{n} is beyond 2^53 - 1 and must be written as a string"),
            JcsError::Bytes => f.write_str("a byte string has no form in plain JSON"),
            JcsError::Link => f.write_str("a link has no form in plain JSON"),
        }
    }
}

impl core::error::Error for JcsError {}

/// The largest integer that a double and all below it hold exactly.
const MAX_SAFE_INT: u64 = (1 << 53) - 1;

/// JSON text to canonical DAG-CBOR.
pub fn json_to_cbor(text: &str) -> Result<Vec<u8>, JsonError> {
    Value::from_json(text).map(|value| value.to_cbor())
}

impl Value {
    /// The tree of a JSON text.
    pub fn from_json(text: &str) -> Result<Value, JsonError> {
        Value::from_json_within(text, MAX_DEPTH)
    }

    /// `from_json` with at most `depth` levels, for values that will be put inside others.
    pub fn from_json_within(text: &str, depth: usize) -> Result<Value, JsonError> {
        let mut reader = Reader::from_text(text);
        let value = read_tree(&mut reader, depth.min(MAX_DEPTH))?;
        // Only the end can follow.
        reader.next()?;
        Ok(value)
    }

    /// `from_json` of bytes.
    pub fn from_json_bytes(bytes: &[u8]) -> Result<Value, JsonError> {
        let mut reader = Reader::new(bytes)?;
        let value = read_tree(&mut reader, MAX_DEPTH)?;
        reader.next()?;
        Ok(value)
    }

    /// Appends JSON on one line, keys by UTF-16 units, floats as their shortest decimals,
    /// bytes as `{"/":{"bytes":base64}}` and links as `{"/":cid}`.
    pub fn to_json(&self, out: &mut String) {
        // Floats can fail in the strict form only.
        let _ = self.write_text(out, false);
    }

    /// `to_json` as a new string.
    pub fn to_json_string(&self) -> String {
        let mut out = String::new();
        self.to_json(&mut out);
        out
    }

    /// RFC 8785 JSON of null, booleans, text, arrays, maps and integers within ±(2^53 - 1).
    pub fn to_jcs(&self) -> Result<String, JcsError> {
        let mut out = String::new();
        self.write_text(&mut out, true)?;
        Ok(out)
    }

    fn write_text(&self, out: &mut String, plain: bool) -> Result<(), JcsError> {
        let mut bytes = Vec::new();
        let result = write_json(self, &mut bytes, plain);
        // Strings were text and the rest is ASCII, so nothing is ever replaced here.
        out.push_str(&String::from_utf8_lossy(&bytes));
        result
    }
}

fn write_json(value: &Value, out: &mut Vec<u8>, plain: bool) -> Result<(), JcsError> {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Int(n) if plain && n.unsigned_abs() > MAX_SAFE_INT => return Err(JcsError::BigInt(*n)),
        Value::Int(n) => write_int(*n, out),
        Value::Float(_) if plain => return Err(JcsError::Float),
        Value::Float(bits) => {
            let mut text = String::new();
            // A tree holds finite floats only; anything else has no number in JSON.
            if !gatos_num::write_f64_bits(*bits, &mut text) {
                text.push_str("null");
            }
            out.extend_from_slice(text.as_bytes());
        }
        Value::Text(text) => write_string(text, out),
        Value::Bytes(_) if plain => return Err(JcsError::Bytes),
        Value::Bytes(bytes) => {
            out.extend_from_slice(format!("{{\"/\":{{\"bytes\":\"{}\"}}}}", base64_encode(bytes)).as_bytes());
        }
        Value::Link(_) if plain => return Err(JcsError::Link),
        Value::Link(cid) => out.extend_from_slice(format!("{{\"/\":\"{cid}\"}}").as_bytes()),
        Value::Array(items) => {
            out.push(b'[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                write_json(item, out, plain)?;
            }
            out.push(b']');
        }
        Value::Map(map) => {
            let mut pairs: Vec<(&str, &Value)> = map.iter().collect();
            pairs.sort_by(|a, b| cmp_utf16(a.0, b.0));
            out.push(b'{');
            for (at, (key, value)) in pairs.into_iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                write_string(key, out);
                out.push(b':');
                write_json(value, out, plain)?;
            }
            out.push(b'}');
        }
    }
    Ok(())
}

/// A container being filled.
enum Open {
    Array(Vec<Value>),
    /// pairs with the offset of their key, and the key waiting for its value
    Object(Vec<(String, usize, Value)>, Option<(String, usize)>),
}

/// Builds a tree without recursion: the text's depth costs memory, not stack.
fn read_tree(reader: &mut Reader<'_>, depth: usize) -> Result<Value, JsonError> {
    let mut open: Vec<Open> = Vec::new();
    loop {
        let Some(event) = reader.next()? else { return Err(reader.error(JsonReason::Truncated)) };
        let done = match event {
            Event::Null => Value::Null,
            Event::Bool(b) => Value::Bool(b),
            Event::Number(text) => number(text).ok_or_else(|| reader.error(JsonReason::NumberRange))?,
            Event::Text(text) => Value::Text(text.into_owned()),
            Event::Key(key) => {
                if let Some(Open::Object(_, waiting)) = open.last_mut() {
                    *waiting = Some((key.into_owned(), reader.offset()));
                }
                continue;
            }
            Event::ArrayStart | Event::ObjectStart if open.len() == depth => {
                return Err(reader.error(JsonReason::TooDeep));
            }
            Event::ArrayStart => {
                open.push(Open::Array(Vec::new()));
                continue;
            }
            Event::ObjectStart => {
                open.push(Open::Object(Vec::new(), None));
                continue;
            }
            Event::ArrayEnd | Event::ObjectEnd => match open.pop() {
                Some(Open::Array(items)) => Value::Array(items),
                Some(Open::Object(pairs, _)) => Value::Map(close_object(reader, pairs)?),
                None => return Err(reader.error(JsonReason::Trailing)),
            },
        };
        match open.last_mut() {
            None => return Ok(done),
            Some(Open::Array(items)) => items.push(done),
            Some(Open::Object(pairs, waiting)) => {
                if let Some((key, offset)) = waiting.take() {
                    pairs.push((key, offset, done));
                }
            }
        }
    }
}

/// Sorts an object's pairs; a repeated key is reported where it comes the second time.
fn close_object(reader: &Reader<'_>, mut pairs: Vec<(String, usize, Value)>) -> Result<Map, JsonError> {
    pairs.sort_by(|a, b| crate::cbor::cmp_keys(&a.0, &b.0));
    let repeated = pairs.windows(2).filter_map(|pair| match pair {
        [a, b] if a.0 == b.0 => Some(b.1),
        _ => None,
    });
    if let Some(offset) = repeated.min() {
        return Err(reader.error_at(offset, JsonReason::DuplicateKey));
    }
    Ok(Map::from_sorted(pairs.into_iter().map(|(key, _, value)| (key, value)).collect()))
}

fn number(text: &str) -> Option<Value> {
    if text.bytes().any(|b| matches!(b, b'.' | b'e' | b'E')) {
        gatos_num::decimal_to_f64_bits(text).map(Value::Float)
    } else {
        text.parse().ok().map(Value::Int)
    }
}
