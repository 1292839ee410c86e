//! Plain data as events and states hold it, for measuring sizes and for samples of shapes.

use gatos_canon::json::{Event, Reader, cmp_utf16, write_num, write_string};
use gatos_canon::{MAX_DEPTH, Value};
use gatos_num::Num;
use std::collections::BTreeMap;

impl From<bool> for Data {
    fn from(b: bool) -> Data {
        Data::Bool(b)
    }
}

impl From<u64> for Data {
    /// What does not fit is the greatest number that does.
    fn from(n: u64) -> Data {
        Data::Number(Num::Int(i64::try_from(n).unwrap_or(i64::MAX)))
    }
}

impl From<&str> for Data {
    fn from(t: &str) -> Data {
        Data::Text(t.to_owned())
    }
}

impl From<String> for Data {
    fn from(t: String) -> Data {
        Data::Text(t)
    }
}

impl<K: Into<String>> FromIterator<(K, Data)> for Data {
    fn from_iter<I: IntoIterator<Item = (K, Data)>>(all: I) -> Data {
        Data::Object(all.into_iter().map(|(k, v)| (k.into(), v)).collect())
    }
}

/// A value of plain data.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Data {
    /// `null`
    #[default]
    Null,
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(Num),
    /// A text.
    Text(String),
    /// An array.
    Array(Vec<Data>),
    /// An object.
    Object(BTreeMap<String, Data>),
}

impl Data {
    /// Reads strict JSON.
    ///
    /// # Errors
    /// What is wrong with the text, and where.
    pub fn from_json(text: &str) -> Result<Data, String> {
        let mut reader = Reader::from_text(text);
        let mut open: Vec<Open> = Vec::new();
        loop {
            let event = reader.next().map_err(|e| e.to_string())?;
            let done = match event {
                None => return Err("the text ends too early".to_owned()),
                Some(Event::ArrayStart) => {
                    open.push(Open::Array(Vec::new()));
                    continue;
                }
                Some(Event::ObjectStart) => {
                    open.push(Open::Object(BTreeMap::new(), String::new()));
                    continue;
                }
                Some(Event::Key(key)) => {
                    if let Some(Open::Object(_, at)) = open.last_mut() {
                        *at = key.into_owned();
                    }
                    continue;
                }
                Some(Event::ArrayEnd | Event::ObjectEnd) => match open.pop() {
                    Some(Open::Array(all)) => Data::Array(all),
                    Some(Open::Object(all, _)) => Data::Object(all),
                    None => return Err("the text ends too early".to_owned()),
                },
                Some(Event::Null) => Data::Null,
                Some(Event::Bool(b)) => Data::Bool(b),
                Some(Event::Number(text)) => gatos_num::parse_json_number(text)
                    .map(Data::Number)
                    .map_err(|_| format!("the number {text} is out of range"))?,
                Some(Event::Text(text)) => Data::Text(text.into_owned()),
            };
            match open.last_mut() {
                Some(Open::Array(all)) => all.push(done),
                Some(Open::Object(all, key)) => _ = all.insert(std::mem::take(key), done),
                None => {
                    reader.next().map_err(|e| e.to_string())?;
                    return Ok(done);
                }
            }
        }
    }

    /// Reads canonical DAG-CBOR, such as the bytes of an event. Links and bytes become texts of
    /// their length, for sizes.
    ///
    /// # Errors
    /// What is wrong with the bytes.
    pub fn from_cbor(bytes: &[u8]) -> Result<Data, String> {
        Value::from_cbor(bytes).map(|v| Data::from_value(&v)).map_err(|e| e.to_string())
    }

    /// The same as a tree of DAG-CBOR. Its depth is limited where it was read.
    pub fn from_value(value: &Value) -> Data {
        match value {
            Value::Null => Data::Null,
            Value::Bool(b) => Data::Bool(*b),
            Value::Int(i) => Data::Number(Num::Int(*i)),
            Value::Float(bits) => {
                gatos_num::fix_from_f64_bits(*bits).map_or(Data::Null, |f| Data::Number(Num::Fixed(f)))
            }
            Value::Bytes(b) => Data::Text("\0".repeat(b.len())),
            Value::Text(t) => Data::Text(t.clone()),
            Value::Array(all) => Data::Array(all.iter().map(Data::from_value).collect()),
            Value::Map(map) => Data::Object(map.iter().map(|(k, v)| (k.to_owned(), Data::from_value(v))).collect()),
            Value::Link(cid) => Data::Text(cid.to_string()),
        }
    }

    /// Canonical JSON.
    pub fn to_json(&self) -> String {
        let mut out = Vec::new();
        self.write(&mut out);
        // All that is written is text.
        String::from_utf8(out).unwrap_or_default()
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Data::Null => out.extend_from_slice(b"null"),
            Data::Bool(b) => out.extend_from_slice(if *b { b"true".as_slice() } else { b"false" }),
            Data::Number(n) => write_num(*n, out),
            Data::Text(t) => write_string(t, out),
            Data::Array(all) => {
                out.push(b'[');
                for (i, member) in all.iter().enumerate() {
                    out.extend_from_slice(if i == 0 { b"".as_slice() } else { b"," });
                    member.write(out);
                }
                out.push(b']');
            }
            Data::Object(all) => {
                let mut all: Vec<(&String, &Data)> = all.iter().collect();
                all.sort_by(|a, b| cmp_utf16(a.0, b.0));
                out.push(b'{');
                for (i, (key, member)) in all.into_iter().enumerate() {
                    out.extend_from_slice(if i == 0 { b"".as_slice() } else { b"," });
                    write_string(key, out);
                    out.push(b':');
                    member.write(out);
                }
                out.push(b'}');
            }
        }
    }

    /// The value of a field.
    pub fn field(&self, name: &[u8]) -> Option<&Data> {
        match self {
            Data::Object(all) => all.get(std::str::from_utf8(name).ok()?),
            _ => None,
        }
    }

    /// The members of an array or object.
    pub fn members(&self) -> Vec<&Data> {
        match self {
            Data::Array(all) => all.iter().collect(),
            Data::Object(all) => all.values().collect(),
            _ => Vec::new(),
        }
    }

    /// How many members it has; the bytes of a text.
    pub fn entries(&self) -> u64 {
        match self {
            Data::Array(all) => all.len() as u64,
            Data::Object(all) => all.len() as u64,
            Data::Text(t) => t.len() as u64,
            _ => 0,
        }
    }

    /// A number from 0 on, rounded up; 0 for everything else.
    pub fn positive(&self) -> u64 {
        match self {
            Data::Number(Num::Int(i)) => u64::try_from(*i).unwrap_or(0),
            Data::Number(Num::Fixed(f)) if f.raw() > 0 => (f.raw() as u64).div_ceil(1 << 32),
            _ => 0,
        }
    }

    /// The bytes of the longest text in it, keys too.
    pub fn longest_string(&self) -> u64 {
        match self {
            Data::Text(t) => t.len() as u64,
            Data::Array(all) => all.iter().map(Data::longest_string).max().unwrap_or(0),
            Data::Object(all) => all.iter().map(|(k, v)| v.longest_string().max(k.len() as u64)).max().unwrap_or(0),
            _ => 0,
        }
    }

    /// The entries of the largest array or object in it.
    pub fn largest_table(&self) -> u64 {
        match self {
            Data::Array(_) | Data::Object(_) => {
                self.members().into_iter().map(Data::largest_table).max().unwrap_or(0).max(self.entries())
            }
            _ => 0,
        }
    }

    /// The number of values in it, itself included.
    pub fn count(&self) -> u64 {
        1 + self.members().into_iter().map(Data::count).sum::<u64>()
    }
}

enum Open {
    Array(Vec<Data>),
    Object(BTreeMap<String, Data>, String),
}

// The reader refuses what is deeper, so that walking a tree may recurse.
const _: () = assert!(MAX_DEPTH <= 128);
