//! Documents from JSON text and DAG-CBOR, and as canonical JSON.

use super::order;
use super::{depth, each_entry, flags, items};
use crate::data::DecodeError;
use crate::heap::{KEY_BYTES, STRING_BYTES, TABLE_BYTES};
use crate::shape::{MAX_KEYS, Shape};
use crate::state::{NotPlain, PathStep, StateError};
use crate::string::StrObj;
use crate::table::{MIXED, OBJECT};
use crate::trap::Trap;
use crate::value::{Tag, Value};
use crate::vm::Vm;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cmp::Ordering;
use gatos_canon::MAX_DEPTH;
use gatos_canon::cbor::{CborError, Item, KeyOrder, Reader as Cbor};
use gatos_canon::json::{self, Event, Reader as Json};

/// How long what is decoded will be there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Lasting {
    /// For one decision: nothing is spent on it beforehand.
    Decision,
    /// For many decisions: strings are those that the machine already has, where it has them.
    Decisions,
    /// As long as the machine: strings are unique, large objects get a hash.
    Always,
}

pub(crate) fn malformed(text: impl ToString) -> DecodeError {
    DecodeError::Malformed(text.to_string())
}

/// A number of JSON text, as documents hold it.
#[inline]
pub(crate) fn number(text: &str) -> Result<Value, gatos_num::TextError> {
    let bytes = text.as_bytes();
    // Most are short and whole.
    if bytes.len() <= 17 {
        let (negative, digits) = match bytes {
            [b'-', rest @ ..] => (true, rest),
            all => (false, all),
        };
        let mut n = 0i64;
        if digits.iter().all(|d| {
            n = n.wrapping_mul(10).wrapping_add(i64::from(d.wrapping_sub(b'0')));
            d.is_ascii_digit()
        }) {
            return Ok(Value::int(if negative { n.wrapping_neg() } else { n }));
        }
    }
    let n = gatos_num::parse_json_number(text)?;
    Ok(match n.to_int() {
        Some(i) => Value::int(i),
        None => Value::num(n),
    })
}

impl Vm {
    /// A string that lasts as long as it must.
    pub(crate) fn lasting_string(&mut self, bytes: &[u8], lasting: Lasting) -> Result<Value, Trap> {
        match lasting {
            Lasting::Decision => self.new_string(bytes),
            Lasting::Decisions => self.shared_string(bytes),
            Lasting::Always => {
                self.charge_memory(STRING_BYTES as u64 + bytes.len() as u64)?;
                // SAFETY: interning only needs the heap.
                Ok(Value::from_str(unsafe { self.heap.intern(bytes) }))
            }
        }
    }

    /// A document from strict JSON text: UTF-8, no repeated keys, numbers in range, nothing
    /// after it.
    ///
    /// # Errors
    /// What is wrong and where; or the memory limit.
    pub fn doc_decode_json(&mut self, text: &[u8]) -> Result<Value, DecodeError> {
        self.decode_document(text, Lasting::Decision)
    }

    pub(crate) fn decode_document(&mut self, text: &[u8], lasting: Lasting) -> Result<Value, DecodeError> {
        let mut r = Json::new(text).map_err(malformed)?;
        // Values of the containers that are open, one after the other; an object's keys
        // stand before their values.
        let mut values: Vec<Value> = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        while let Some(ev) = r.next().map_err(malformed)? {
            let v = match ev {
                Event::Null => Value::NULL,
                Event::Bool(b) => Value::bool(b),
                Event::Number(n) => {
                    number(n).map_err(|e| malformed(alloc::format!("number {n} at byte {}: {e}", r.offset())))?
                }
                Event::Text(s) => self.lasting_string(s.as_bytes(), lasting)?,
                Event::Key(k) => self.document_key(k.as_bytes(), lasting)?,
                Event::ArrayStart | Event::ObjectStart => {
                    open.push(values.len());
                    continue;
                }
                Event::ArrayEnd => {
                    let from = open.pop().unwrap_or(0);
                    let v = self.decoded_array(&values[from..])?;
                    values.truncate(from);
                    v
                }
                Event::ObjectEnd => {
                    let from = open.pop().unwrap_or(0);
                    let v = self.decoded_object(&mut values[from..], lasting, r.offset())?;
                    values.truncate(from);
                    v
                }
            };
            values.push(v);
        }
        Ok(values.first().copied().unwrap_or(Value::NULL))
    }

    /// A key as [`Vm::json_key`] makes it; of data, always permanent.
    pub(crate) fn document_key(&mut self, bytes: &[u8], lasting: Lasting) -> Result<Value, Trap> {
        if lasting == Lasting::Always { self.lasting_string(bytes, lasting) } else { self.json_key(bytes) }
    }

    pub(crate) fn decoded_array(&mut self, members: &[Value]) -> Result<Value, Trap> {
        self.charge_memory(TABLE_BYTES as u64 + 16 * members.len() as u64)?;
        let depth = self.depth_over(members)?;
        self.array_unpaid(members, depth)
    }

    /// An object of alternating keys and values in the order of the text, which ends at `end`.
    pub(crate) fn decoded_object(
        &mut self,
        alternating: &mut [Value],
        lasting: Lasting,
        end: usize,
    ) -> Result<Value, DecodeError> {
        let (pairs, _) = alternating.as_chunks_mut::<2>();
        self.charge_memory(TABLE_BYTES as u64 + KEY_BYTES as u64 * pairs.len() as u64)?;
        let repeated = |k: &[u8]| {
            malformed(alloc::format!(
                "key {:?} is there twice in the object that ends at byte {end}",
                String::from_utf8_lossy(k)
            ))
        };
        // SAFETY: keys are live strings, permanent where they become part of a shape.
        unsafe {
            if pairs.len() <= MAX_KEYS {
                let mut shape = self.heap.shapes.empty;
                let mut all = true;
                for [k, _] in pairs.iter() {
                    let key = k.str_ptr();
                    if let Some(next) = self.heap.shapes.existing(shape, key) {
                        shape = next;
                        continue;
                    }
                    if Shape::find(shape, key).is_some() {
                        return Err(repeated(k.str_bytes()));
                    }
                    let permanent = (*key).flags & crate::string::PERM != 0;
                    match if permanent { self.heap.shapes.extend(shape, key) } else { None } {
                        Some(next) => shape = next,
                        None => {
                            all = false;
                            break;
                        }
                    }
                }
                if all {
                    let depth = self.depth_over(pairs.as_flattened())?;
                    return Ok(self.shaped(shape, depth, pairs.iter().map(|p| p[1])));
                }
            }
            pairs.sort_unstable_by(|a, b| order::compare_unpaid(a[0], b[0]));
            if let Some(w) = pairs.windows(2).find(|w| StrObj::equals(w[0][0].str_ptr(), w[1][0].str_ptr())) {
                return Err(repeated(w[0][0].str_bytes()));
            }
            let doc = self.listed_object(pairs, lasting == Lasting::Always)?;
            Ok(doc)
        }
    }

    /// A document from the next DAG-CBOR item. Floats become numbers, links and bytes strings.
    /// `depth` is how many containers the item is already inside of.
    ///
    /// # Errors
    /// Not canonical; a number outside Q32.32; the memory limit.
    pub fn doc_decode_cbor(&mut self, r: &mut Cbor<'_>, depth: usize) -> Result<Value, DecodeError> {
        let here = r.offset();
        if depth > MAX_DEPTH {
            return Err(malformed(alloc::format!("data nests deeper than {MAX_DEPTH} levels at byte {here}")));
        }
        let bad = |e: CborError| malformed(e);
        Ok(match r.next().map_err(bad)? {
            Item::Null => Value::NULL,
            Item::Bool(b) => Value::bool(b),
            Item::Int(i) => Value::int(i),
            Item::Float(bits) => match gatos_num::fix_from_f64_bits(bits) {
                Ok(f) => self.doc_number(gatos_num::Num::Fixed(f)),
                Err(e) => {
                    return Err(malformed(alloc::format!(
                        "the decimal number at byte {here} has no Q32.32 value: {e}"
                    )));
                }
            },
            Item::Bytes(b) => self.new_string(b)?,
            Item::Text(s) => self.new_string(s.as_bytes())?,
            Item::Link(c) => self.new_string(c.to_string().as_bytes())?,
            Item::Array(n) => {
                let mut members = Vec::with_capacity(n.min(256));
                for _ in 0..n {
                    members.push(self.doc_decode_cbor(r, depth + 1)?);
                }
                self.decoded_array(&members)?
            }
            Item::Map(n) => {
                let mut pairs = Vec::with_capacity(2 * n.min(256));
                let mut order = KeyOrder::new();
                for _ in 0..n {
                    let k = order.key(r).map_err(bad)?;
                    pairs.push(self.json_key(k.as_bytes())?);
                    pairs.push(self.doc_decode_cbor(r, depth + 1)?);
                }
                self.decoded_object(&mut pairs, Lasting::Decision, r.offset())?
            }
        })
    }

    /// Canonical JSON of a document: sets as sorted arrays, keys that are not strings as
    /// their own JSON text.
    ///
    /// # Errors
    /// Why it is not plain data, with the path: undefined, a string that is not UTF-8, or
    /// more text than the memory limit allows.
    pub fn doc_json(&self, v: Value, out: &mut Vec<u8>) -> Result<(), StateError> {
        // A document whose parts are shared is written out at each of its places.
        let most =
            out.len().saturating_add(usize::try_from(self.limits.memory).unwrap_or(usize::MAX).saturating_mul(8));
        write(v, out, most)
    }

    /// [`Vm::doc_json`] as text; what cannot be written is shown as `<reason>`.
    pub fn doc_text(&self, v: Value) -> String {
        let mut out = Vec::new();
        match self.doc_json(v, &mut out) {
            Ok(()) => String::from_utf8_lossy(&out).into_owned(),
            Err(_) if v.is_nil() => "undefined".into(),
            Err(e) => alloc::format!("<{}>", e.reason.text()),
        }
    }
}

fn within(mut e: StateError, step: PathStep) -> StateError {
    e.path.insert(0, step);
    e
}

/// Recursion is as deep as documents nest.
fn write(v: Value, out: &mut Vec<u8>, most: usize) -> Result<(), StateError> {
    let kind = flags(v);
    if kind == 0 {
        return crate::data::encode_plain(v, out);
    }
    if out.len() > most {
        return Err(StateError::new(NotPlain::TooLarge));
    }
    debug_assert!(depth(v) as usize <= MAX_DEPTH);
    if kind & OBJECT == 0 {
        out.push(b'[');
        for (i, m) in items(v).iter().enumerate() {
            if i > 0 {
                out.push(b',');
            }
            write(*m, out, most).map_err(|e| within(e, PathStep::Index(i as i64)))?;
        }
        out.push(b']');
        return Ok(());
    }
    let mut entries: Vec<(Key, Value)> = Vec::with_capacity(super::len(v) as usize);
    let mut bad = Ok(());
    let mut total = 0usize;
    each_entry(v, |k, member| {
        if bad.is_ok() {
            match key_text(k, most.saturating_sub(out.len()).saturating_sub(total)) {
                Ok(text) => {
                    total = total.saturating_add(text.as_str().len());
                    entries.push((text, member));
                }
                Err(e) => bad = Err(e),
            }
        }
    });
    bad?;
    // SAFETY: a live table.
    let mixed = unsafe { (*v.table_ptr()).flags & MIXED != 0 };
    // Keys come sorted by bytes, which for most is their order in canonical text too.
    if mixed || entries.iter().any(|(k, _)| !k.as_str().is_ascii()) {
        entries.sort_by(|a, b| json::cmp_utf16(a.0.as_str(), b.0.as_str()));
    }
    debug_assert!(entries.is_sorted_by(|a, b| json::cmp_utf16(a.0.as_str(), b.0.as_str()) != Ordering::Greater));
    out.push(b'{');
    for (i, (k, member)) in entries.iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        json::write_string(k.as_str(), out);
        out.push(b':');
        write(*member, out, most).map_err(|e| within(e, PathStep::Key(k.as_str().as_bytes().to_vec())))?;
    }
    out.push(b'}');
    Ok(())
}

/// A key of an object in JSON.
enum Key {
    /// As it is.
    Plain(&'static str),
    /// The JSON text of a key that is no string.
    Made(String),
}

impl Key {
    fn as_str(&self) -> &str {
        match self {
            Key::Plain(s) => s,
            Key::Made(s) => s,
        }
    }
}

fn key_text(k: Value, most: usize) -> Result<Key, StateError> {
    if k.tag == Tag::Str {
        return match core::str::from_utf8(k.str_bytes()) {
            Ok(s) => Ok(Key::Plain(s)),
            Err(_) => Err(within(StateError::new(NotPlain::KeyNotUtf8), PathStep::Key(k.str_bytes().to_vec()))),
        };
    }
    let mut text = Vec::new();
    write(k, &mut text, most)?;
    Ok(Key::Made(String::from_utf8_lossy(&text).into_owned()))
}
