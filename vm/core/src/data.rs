//! Plain data in and out: canonical JSON, strict JSON, DAG-CBOR, straight to and from values.

use crate::native::DataKind;
use crate::state::{NotPlain, PathStep, StateError};
use crate::table::ON_PATH;
use crate::trap::Trap;
use crate::value::{Tag, Value};
use crate::vm::Vm;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use gatos_canon::MAX_DEPTH;
use gatos_canon::cbor::{Item, KeyOrder, Reader as Cbor};
use gatos_canon::json::{self, Event, Reader as Json};

/// Why text or bytes did not become a value.
#[derive(Clone, Debug)]
pub enum DecodeError {
    /// What is wrong, and where.
    Malformed(String),
    /// The machine refused: memory or fuel.
    Trap(Trap),
}

impl From<Trap> for DecodeError {
    fn from(t: Trap) -> DecodeError {
        DecodeError::Trap(t)
    }
}

fn at(mut e: StateError, step: PathStep) -> StateError {
    e.path.insert(0, step);
    e
}

pub(crate) fn encode_plain(v: Value, out: &mut Vec<u8>) -> Result<(), StateError> {
    match v.tag {
        Tag::Null => out.extend_from_slice(b"null"),
        Tag::True => out.extend_from_slice(b"true"),
        Tag::False => out.extend_from_slice(b"false"),
        Tag::Int => json::write_int(v.bits as i64, out),
        Tag::Fixed => json::write_fixed(gatos_num::Fix::from_raw(v.bits as i64), out),
        Tag::Str => match core::str::from_utf8(v.str_bytes()) {
            Ok(s) => json::write_string(s, out),
            Err(_) => return Err(StateError::new(NotPlain::NotUtf8)),
        },
        Tag::Nil => return Err(StateError::new(NotPlain::Nil)),
        _ => return Err(StateError::new(NotPlain::Function)),
    }
    Ok(())
}

impl Vm {
    /// Canonical JSON of a value (RFC 8785 but for numbers; DESIGN §6).
    ///
    /// # Errors
    /// Why it is not plain data, with the path.
    pub fn encode_json(&self, v: Value, out: &mut Vec<u8>) -> Result<(), StateError> {
        // Tables that are shared are written once a path, so text can outgrow any memory. What
        // could be state never needs more: escapes take six bytes for one.
        let most =
            out.len().saturating_add(usize::try_from(self.limits.memory).unwrap_or(usize::MAX).saturating_mul(8));
        self.encode_at(v, out, 1, most)
    }

    fn encode_at(&self, v: Value, out: &mut Vec<u8>, depth: usize, most: usize) -> Result<(), StateError> {
        if v.tag != Tag::Table {
            return encode_plain(v, out);
        }
        let t = v.table_ptr();
        // SAFETY: a live table; the mark is taken off again below.
        unsafe {
            if (*t).flags & ON_PATH != 0 {
                return Err(StateError::new(NotPlain::Cycle));
            }
            if depth > MAX_DEPTH {
                return Err(StateError::new(NotPlain::Depth));
            }
            if out.len() > most {
                return Err(StateError::new(NotPlain::TooLarge));
            }
            (*t).flags |= ON_PATH;
            let r = self.encode_table(v, out, depth, most);
            (*t).flags &= !ON_PATH;
            r
        }
    }

    fn encode_table(&self, v: Value, out: &mut Vec<u8>, depth: usize, most: usize) -> Result<(), StateError> {
        match self.data_kind(v).map_err(StateError::new)? {
            DataKind::Array(n) => {
                out.push(b'[');
                for i in 1..=i64::from(n) {
                    if i > 1 {
                        out.push(b',');
                    }
                    self.encode_at(self.raw_get_int(v, i), out, depth + 1, most)
                        .map_err(|e| at(e, PathStep::Index(i)))?;
                }
                out.push(b']');
            }
            DataKind::Map => {
                let mut entries: Vec<(&str, Value)> = Vec::new();
                let mut bad = None;
                // SAFETY: a live table; its keys live as long as it does.
                unsafe {
                    crate::table::Table::for_each(v.table_ptr(), |k, val| match core::str::from_utf8(k.str_bytes()) {
                        Ok(s) => entries.push((s, val)),
                        Err(_) => bad = Some(PathStep::Key(k.str_bytes().to_vec())),
                    });
                }
                if let Some(k) = bad {
                    return Err(at(StateError::new(NotPlain::KeyNotUtf8), k));
                }
                entries.sort_by(|a, b| json::cmp_utf16(a.0, b.0));
                out.push(b'{');
                for (i, (k, val)) in entries.iter().enumerate() {
                    if i > 0 {
                        out.push(b',');
                    }
                    json::write_string(k, out);
                    out.push(b':');
                    self.encode_at(*val, out, depth + 1, most)
                        .map_err(|e| at(e, PathStep::Key(k.as_bytes().to_vec())))?;
                }
                out.push(b'}');
            }
        }
        Ok(())
    }

    /// The value of a strict JSON text: UTF-8, no repeated keys, numbers in range, nothing after it.
    ///
    /// # Errors
    /// What is wrong and where; or the memory limit.
    pub fn decode_json(&mut self, text: &[u8]) -> Result<Value, DecodeError> {
        let bad = |e: json::JsonError| DecodeError::Malformed(e.to_string());
        let mut r = Json::new(text).map_err(bad)?;
        // Containers that are open: the table, and the key that waits for a value.
        let mut open: Vec<(Value, Option<Value>, i64)> = Vec::new();
        let mut result = Value::NIL;
        while let Some(ev) = r.next().map_err(bad)? {
            let v = match ev {
                Event::Null => Value::NULL,
                Event::Bool(b) => Value::bool(b),
                Event::Number(n) => match gatos_num::parse_json_number(n) {
                    Ok(n) => Value::num(n),
                    Err(e) => {
                        return Err(DecodeError::Malformed(alloc::format!("number {n} at byte {}: {e}", r.offset())));
                    }
                },
                Event::Text(s) => self.new_string(s.as_bytes())?,
                Event::ArrayStart => {
                    let t = self.new_table(4, 0)?;
                    self.mark_array(t);
                    open.push((t, None, 0));
                    continue;
                }
                Event::ObjectStart => {
                    let t = self.new_table(0, 4)?;
                    open.push((t, None, 0));
                    continue;
                }
                Event::Key(k) => {
                    let key = self.json_key(k.as_bytes())?;
                    if let Some(top) = open.last_mut() {
                        top.1 = Some(key);
                    }
                    let t = open.last().map_or(Value::NIL, |o| o.0);
                    if !self.raw_get(t, key).is_nil() {
                        return Err(DecodeError::Malformed(alloc::format!(
                            "key {k:?} at byte {} is there twice",
                            r.offset()
                        )));
                    }
                    continue;
                }
                Event::ArrayEnd | Event::ObjectEnd => match open.pop() {
                    Some((t, _, _)) => t,
                    None => continue,
                },
            };
            match open.last_mut() {
                None => result = v,
                Some((t, key, n)) => {
                    let t = *t;
                    let k = match key.take() {
                        Some(k) => k,
                        None => {
                            *n += 1;
                            Value::int(*n)
                        }
                    };
                    self.raw_set(t, k, v)?;
                }
            }
        }
        Ok(result)
    }

    pub(crate) fn json_key(&mut self, bytes: &[u8]) -> Result<Value, Trap> {
        // SAFETY: interning returns a live permanent string.
        match unsafe { self.heap.decoded_key(bytes) } {
            Some(k) => {
                // Whether a key was seen before must not show in the accounts.
                self.charge_memory(crate::heap::STRING_BYTES as u64 + bytes.len() as u64)?;
                Ok(Value::from_str(k))
            }
            None => self.new_string(bytes),
        }
    }

    /// The value of the next DAG-CBOR item. Nulls become `json.null`, floats fixed, links and
    /// bytes strings. `depth` is how many containers the item is already inside of.
    ///
    /// # Errors
    /// Not canonical; a number outside Q32.32; the memory limit.
    pub fn decode_cbor(&mut self, r: &mut Cbor<'_>, depth: usize) -> Result<Value, DecodeError> {
        if depth > MAX_DEPTH {
            return Err(DecodeError::Malformed(alloc::format!(
                "data nests deeper than {MAX_DEPTH} levels at byte {}",
                r.offset()
            )));
        }
        let bad = |e: gatos_canon::cbor::CborError| DecodeError::Malformed(e.to_string());
        let here = r.offset();
        Ok(match r.next().map_err(bad)? {
            Item::Null => Value::NULL,
            Item::Bool(b) => Value::bool(b),
            Item::Int(i) => Value::int(i),
            Item::Float(bits) => match gatos_num::fix_from_f64_bits(bits) {
                Ok(f) => Value::fixed(f),
                Err(e) => {
                    return Err(DecodeError::Malformed(alloc::format!(
                        "the decimal number at byte {here} has no Q32.32 value: {e}"
                    )));
                }
            },
            Item::Bytes(b) => self.new_string(b)?,
            Item::Text(s) => self.new_string(s.as_bytes())?,
            Item::Link(c) => self.new_string(c.to_string().as_bytes())?,
            Item::Array(n) => {
                let t = self.new_table(n.min(1 << 16) as u32, 0)?;
                self.mark_array(t);
                for i in 0..n {
                    let v = self.decode_cbor(r, depth + 1)?;
                    self.raw_set(t, Value::int(i as i64 + 1), v)?;
                }
                t
            }
            Item::Map(n) => {
                let t = self.new_table(0, n.min(1 << 16) as u32)?;
                let mut order = KeyOrder::new();
                for _ in 0..n {
                    let k = order.key(r).map_err(bad)?;
                    let v = self.decode_cbor(r, depth + 1)?;
                    self.set_decoded(t, k.as_bytes(), v)?;
                }
                t
            }
        })
    }
}
