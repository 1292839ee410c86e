//! `json`: machine values to canonical JSON and back.

use crate::call::{Buffer, Call, Ret, bind};
use alloc::vec::Vec;
use gatos_canon::MAX_DEPTH;
use gatos_canon::json::{Event, JsonError, JsonReason, Reader, cmp_utf16, write_num, write_string};
use gatos_num::parse_json_number;
use gatos_sigs::{BYTES_PER_FUEL, JSON_BYTES_PER_FUEL};
use gatos_vm::{ConstantValue, DataKind, NotPlain, PathStep, StateError, Tag, Trap, Value, Vm};

bind! {
    "json.array" => array,
    "json.decode_strict" => decode_strict,
    "json.encode_canonical" => encode_canonical,
}

pub(crate) const CONSTANTS: &[(&str, ConstantValue)] = &[("json.null", ConstantValue::Value(Value::NULL))];

/// Why a value was not written.
enum Refusal {
    /// It is not data; the place is in the path.
    NotPlain(NotPlain),
    /// A limit, or the like.
    Trap(Trap),
}

impl From<Trap> for Refusal {
    fn from(t: Trap) -> Refusal {
        Refusal::Trap(t)
    }
}

impl From<NotPlain> for Refusal {
    fn from(n: NotPlain) -> Refusal {
        Refusal::NotPlain(n)
    }
}

#[derive(Default)]
struct Writer {
    out: Buffer,
    path: Vec<PathStep>,
    /// Tables that are open around the present place.
    open: Vec<usize>,
}

impl Writer {
    fn value(&mut self, vm: &mut Vm, v: Value) -> Result<(), Refusal> {
        vm.charge(1)?;
        match v.tag() {
            Tag::Nil => return Err(NotPlain::Nil.into()),
            Tag::Null => self.out.push(vm, b"null")?,
            Tag::True => self.out.push(vm, b"true")?,
            Tag::False => self.out.push(vm, b"false")?,
            Tag::Int | Tag::Fixed => {
                self.out.room(vm, 32)?;
                if let Some(n) = v.as_num() {
                    write_num(n, &mut self.out.bytes);
                }
            }
            Tag::Str => {
                let s = core::str::from_utf8(v.str_bytes()).map_err(|_| NotPlain::NotUtf8)?;
                self.string(vm, s)?;
            }
            Tag::Table => self.table(vm, v)?,
            _ => return Err(NotPlain::Function.into()),
        }
        Ok(())
    }

    fn string(&mut self, vm: &mut Vm, s: &str) -> Result<(), Trap> {
        // Before the work, and again for the escapes that it turned out to need.
        vm.charge(s.len() as u64 / u64::from(BYTES_PER_FUEL))?;
        self.out.room(vm, s.len() + 2)?;
        let before = self.out.bytes.len();
        write_string(s, &mut self.out.bytes);
        let grown = (self.out.bytes.len() - before).saturating_sub(s.len() + 2);
        if grown > 0 {
            vm.charge(grown as u64 / u64::from(BYTES_PER_FUEL))?;
            self.out.room(vm, 0)?;
        }
        Ok(())
    }

    fn table(&mut self, vm: &mut Vm, t: Value) -> Result<(), Refusal> {
        let id = vm.table_id(t);
        if self.open.contains(&id) {
            return Err(NotPlain::Cycle.into());
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(NotPlain::Depth.into());
        }
        self.open.push(id);
        vm.tidy(t);
        match vm.data_kind(t)? {
            DataKind::Array(n) => {
                self.out.push(vm, b"[")?;
                for i in 1..=i64::from(n) {
                    if i > 1 {
                        self.out.push(vm, b",")?;
                    }
                    self.path.push(PathStep::Index(i));
                    let v = vm.raw_get_int(t, i);
                    self.value(vm, v)?;
                    self.path.pop();
                }
                self.out.push(vm, b"]")?;
            }
            DataKind::Map => {
                self.out.push(vm, b"{")?;
                let n = vm.size_hint(t);
                vm.charge(n.saturating_mul(u64::from(u64::BITS - n.leading_zeros())))?;
                for (i, (key, k)) in ordered(vm, t)?.into_iter().enumerate() {
                    if i > 0 {
                        self.out.push(vm, b",")?;
                    }
                    self.string(vm, key)?;
                    self.out.push(vm, b":")?;
                    self.path.push(PathStep::Key(key.as_bytes().to_vec()));
                    let v = vm.raw_get(t, k);
                    self.value(vm, v)?;
                    self.path.pop();
                }
                self.out.push(vm, b"}")?;
            }
        }
        self.open.pop();
        Ok(())
    }
}

/// String keys by UTF-16 units.
fn ordered<'a>(vm: &mut Vm, t: Value) -> Result<Vec<(&'a str, Value)>, NotPlain> {
    let keys = vm.sorted_keys(t).map_err(|_| NotPlain::Key)?;
    let mut out = Vec::with_capacity(keys.len());
    let mut ascii = true;
    for k in keys {
        let bytes = k.as_str().ok_or(NotPlain::Key)?;
        ascii &= bytes.is_ascii();
        out.push((core::str::from_utf8(bytes).map_err(|_| NotPlain::KeyNotUtf8)?, k));
    }
    // Bytes and UTF-16 units order alike but for characters past U+FFFF.
    if !ascii {
        out.sort_by(|a: &(&str, Value), b| cmp_utf16(a.0, b.0));
    }
    Ok(out)
}

fn encode_canonical(c: &mut Call) -> Ret {
    let v = c.arg(0);
    let mut w = Writer::default();
    match w.value(c.vm, v) {
        Ok(()) => {
            let s = c.vm.new_string(&w.out.bytes)?;
            c.one(s)
        }
        Err(Refusal::Trap(t)) => Err(t),
        Err(Refusal::NotPlain(reason)) => {
            let place = StateError { reason, path: w.path }.path_text("value");
            Err(c.error(&alloc::format!("cannot encode {place}: {}", reason.text())))
        }
    }
}

/// An array or object being read.
struct Level {
    table: Value,
    /// The last index of an array; -1 in an object.
    index: i64,
    key: Value,
}

fn decode_strict(c: &mut Call) -> Ret {
    let v = c.arg(0);
    let Some(text) = v.as_str() else {
        let why = alloc::format!("string expected, got {}", c.type_of(0));
        return Err(c.bad(0, &why));
    };
    c.per(text.len(), JSON_BYTES_PER_FUEL)?;
    let mut reader = match Reader::new(text) {
        Ok(r) => r,
        Err(e) => return Err(not_json(c, e)),
    };
    let mut levels: Vec<Level> = Vec::new();
    let mut result = Value::NIL;
    loop {
        let value = match reader.next() {
            Err(e) => return Err(not_json(c, e)),
            Ok(None) => return c.one(result),
            Ok(Some(event)) => match event {
                Event::Null => Value::NULL,
                Event::Bool(b) => Value::bool(b),
                Event::Number(text) => match parse_json_number(text) {
                    Ok(n) => Value::num(n),
                    Err(_) => return Err(not_json(c, reader.error(JsonReason::NumberRange))),
                },
                Event::Text(s) => c.vm.new_string(s.as_bytes())?,
                Event::ArrayStart => {
                    let table = c.vm.new_table(0, 0)?;
                    c.vm.mark_array(table);
                    levels.push(Level { table, index: 0, key: Value::NIL });
                    continue;
                }
                Event::ObjectStart => {
                    let table = c.vm.new_table(0, 0)?;
                    levels.push(Level { table, index: -1, key: Value::NIL });
                    continue;
                }
                Event::Key(k) => {
                    let key = c.vm.shared_string(k.as_bytes())?;
                    let Some(level) = levels.last_mut() else { continue };
                    // Every value that a JSON text can give is there for `raw_get`: null is not nil.
                    if !c.vm.raw_get(level.table, key).is_nil() {
                        let e = reader.error(JsonReason::DuplicateKey);
                        return Err(not_json(c, e));
                    }
                    level.key = key;
                    continue;
                }
                Event::ArrayEnd | Event::ObjectEnd => levels.pop().map_or(Value::NIL, |l| l.table),
            },
        };
        match levels.last_mut() {
            None => result = value,
            Some(level) if level.index >= 0 => {
                level.index += 1;
                c.vm.raw_set(level.table, Value::int(level.index), value)?;
            }
            Some(level) => c.vm.raw_set(level.table, level.key, value)?,
        }
    }
}

#[cold]
fn not_json(c: &mut Call, e: JsonError) -> Trap {
    c.error(&alloc::format!("not strict JSON at byte {}: {}", e.offset + 1, e.reason))
}

fn array(c: &mut Call) -> Ret {
    if c.arg(0).is_nil() {
        let t = c.vm.new_table(0, 0)?;
        c.vm.mark_array(t);
        return c.one(t);
    }
    let t = c.table(0)?;
    c.vm.tidy(t);
    match c.vm.data_kind(t) {
        Ok(DataKind::Array(_)) => {}
        Ok(DataKind::Map) if c.vm.count(t) == 0 => {
            c.vm.mark_array(t);
            if c.vm.data_kind(t) != Ok(DataKind::Array(0)) {
                return Err(c.error(
                    "an empty table of the state, or a frozen one, cannot be marked; assign json.array() instead",
                ));
            }
        }
        Ok(DataKind::Map) => return Err(c.bad(0, "the table has string keys")),
        Err(why) => return Err(c.bad(0, why.text())),
    }
    c.one(t)
}
