//! Documents: the values of policies. Null, booleans, numbers, strings, and immutable
//! arrays, objects and sets. Undefined is nil and never stands inside a document.
//!
//! A container is a [`Table`] with a kind flag. Arrays and sets lie dense in `arr`, sets
//! sorted and each member once. An object with string keys usually fills the slots of a
//! shape; one with many or with other keys is *listed*: keys and values alternate in `arr`,
//! sorted by key. Which of the two it is shows nowhere, neither in results nor in costs.
//!
//! Numbers are normal: a fixed that is whole and fits 64 bits is an integer. So two scalars
//! are equal just when tag and payload are, strings by content.
//!
//! A document's table is frozen from the moment it is made, so it may be shared, and it
//! nests at most [`MAX_DOC_DEPTH`] deep, which is what lets walks over it recurse.

mod arith;
mod build;
pub mod glob;
mod index;
mod json;
mod ops;
mod order;
mod select;

pub(crate) use arith::fast as arith_fast;
pub(crate) use build::Collector;
pub(crate) use index::Indexes;
pub(crate) use json::Lasting;
pub(crate) use ops::{UNSET, walk_begin, walk_cost, walk_step};
pub(crate) use select::Selection;

use crate::shape::Shape;
use crate::string::StrObj;
use crate::table::{ARRAY, DOCUMENT, Hash, LISTED, MIXED, OBJECT, SET, Table};
use crate::trap::Trap;
use crate::value::{Tag, Value};
use crate::vm::Vm;
use alloc::vec::Vec;
use core::cmp::Ordering;
use gatos_num::Num;

/// How deep documents may nest: a scalar has depth 0, `[]` 1.
pub const MAX_DOC_DEPTH: u32 = 128;

/// What a value is to a policy.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum DocKind {
    /// No value (nil), or something that is no document: a library function.
    Undefined,
    /// null
    Null,
    /// false or true
    Boolean,
    /// A number.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object; its keys can be any documents.
    Object,
    /// A set.
    Set,
}

impl DocKind {
    /// The name that Rego's `type_name` gives.
    pub fn name(self) -> &'static str {
        match self {
            DocKind::Undefined => "undefined",
            DocKind::Null => "null",
            DocKind::Boolean => "boolean",
            DocKind::Number => "number",
            DocKind::String => "string",
            DocKind::Array => "array",
            DocKind::Object => "object",
            DocKind::Set => "set",
        }
    }
}

/// What went wrong in a library function of policies; see [`Vm::builtin_error`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BuiltinError {
    /// An operand of the wrong type or form: `eval_type_error`.
    Type,
    /// Anything else: `eval_builtin_error`.
    Builtin,
}

impl BuiltinError {
    /// The code that messages begin with.
    pub fn code(self) -> &'static str {
        match self {
            BuiltinError::Type => "eval_type_error",
            BuiltinError::Builtin => "eval_builtin_error",
        }
    }
}

/// Kind flags of a value's table; 0 for everything else.
#[inline(always)]
pub(crate) fn flags(v: Value) -> u32 {
    // SAFETY: a live table.
    if v.tag == Tag::Table { unsafe { (*v.table_ptr()).flags & DOCUMENT } } else { 0 }
}

/// How deep a value nests.
#[inline(always)]
pub(crate) fn depth(v: Value) -> u32 {
    // SAFETY: a live table; of a document `spare` is its depth.
    if v.tag == Tag::Table { unsafe { (*v.table_ptr()).spare } } else { 0 }
}

/// How many members or keys a document has.
#[inline(always)]
pub(crate) fn len(v: Value) -> u32 {
    // SAFETY: a live table.
    if flags(v) != 0 { unsafe { (*v.table_ptr()).border } } else { 0 }
}

/// Members of an array or set.
#[inline(always)]
pub(crate) fn items<'a>(v: Value) -> &'a [Value] {
    if flags(v) & (ARRAY | SET) == 0 {
        return &[];
    }
    // SAFETY: a live document never changes, and `arr_len` values lie at `arr`.
    unsafe {
        let t = v.table_ptr();
        core::slice::from_raw_parts((*t).arr, (*t).arr_len as usize)
    }
}

/// Keys and values of a listed object, alternating.
#[inline(always)]
pub(crate) unsafe fn listed<'a>(t: *const Table) -> &'a [[Value; 2]] {
    core::slice::from_raw_parts((*t).arr as *const [Value; 2], (*t).arr_len as usize / 2)
}

/// The entry at a place in the order of keys.
#[inline(always)]
pub(crate) unsafe fn entry(t: *const Table, order: &[u8], i: usize) -> (Value, Value) {
    if (*t).flags & LISTED != 0 {
        (*(*t).arr.add(2 * i), *(*t).arr.add(2 * i + 1))
    } else {
        let slot = usize::from(*order.get_unchecked(i));
        let keys: &[*const StrObj] = &(*(*t).shape).keys;
        (Value::from_str(*keys.get_unchecked(slot)), *(*t).slots.add(slot))
    }
}

/// The slots of an object in the order of their keys; empty when it is listed.
#[inline(always)]
pub(crate) unsafe fn order_of<'a>(t: *const Table) -> &'a [u8] {
    if (*t).flags & LISTED != 0 { &[] } else { Shape::sorted((*t).shape) }
}

/// Calls `f` with each entry of an object in the order of keys.
pub(crate) fn each_entry(v: Value, mut f: impl FnMut(Value, Value)) {
    if flags(v) & OBJECT == 0 {
        return;
    }
    // SAFETY: a live object, walked within its length.
    unsafe {
        let t = v.table_ptr();
        let order = order_of(t);
        for i in 0..(*t).border as usize {
            let (k, v) = entry(t, order, i);
            f(k, v);
        }
    }
}

/// The value of a string key of an object; nil when there is none.
pub(crate) unsafe fn get_text(t: *const Table, key: *const StrObj) -> Value {
    if (*t).flags & LISTED == 0 {
        return match Shape::find((*t).shape, key) {
            Some(slot) => *(*t).slots.add(slot as usize),
            None => Value::NIL,
        };
    }
    if !(*t).hash.is_null() {
        let e = Hash::find((*t).hash, Value::from_str(key));
        return if e.is_null() { Value::NIL } else { (*e).val };
    }
    let wanted = StrObj::bytes(key);
    let found = listed(t).binary_search_by(|[k, _]| match k.tag {
        Tag::Str => k.str_bytes().cmp(wanted),
        _ => order::class(*k).cmp(&order::STRING),
    });
    match found {
        Ok(i) => listed(t)[i][1],
        Err(_) => Value::NIL,
    }
}

impl Vm {
    /// What a value is.
    pub fn doc_kind(&self, v: Value) -> DocKind {
        match v.tag {
            Tag::Null => DocKind::Null,
            Tag::False | Tag::True => DocKind::Boolean,
            Tag::Int | Tag::Fixed => DocKind::Number,
            Tag::Str => DocKind::String,
            Tag::Table => match flags(v) {
                ARRAY => DocKind::Array,
                OBJECT => DocKind::Object,
                SET => DocKind::Set,
                _ => DocKind::Undefined,
            },
            _ => DocKind::Undefined,
        }
    }

    /// How many members or keys it has; 0 when it is no container.
    pub fn doc_len(&self, v: Value) -> usize {
        len(v) as usize
    }

    /// Members of an array, or of a set in order; empty for everything else.
    ///
    /// As [`Value::str_bytes`], the slice lives as long as the call under way.
    pub fn doc_items<'a>(&self, v: Value) -> &'a [Value] {
        items(v)
    }

    /// Keys and values of an object in the order of keys; empty for everything else.
    pub fn doc_entries(&self, v: Value) -> Vec<(Value, Value)> {
        let mut out = Vec::with_capacity(len(v) as usize);
        each_entry(v, |k, v| out.push((k, v)));
        out
    }

    /// An array's element, an object's value, a set's member itself; nil when there is none.
    /// Pays for looking as `DocGet` does.
    ///
    /// # Errors
    /// Fuel.
    pub fn doc_get(&mut self, doc: Value, key: Value) -> Result<Value, Trap> {
        if doc.tag != Tag::Table {
            return Ok(Value::NIL);
        }
        let t = doc.table_ptr();
        // SAFETY: a live table, read within its length.
        unsafe {
            match (*t).flags & DOCUMENT {
                ARRAY => Ok(match key.tag {
                    Tag::Int if key.bits < u64::from((*t).arr_len) => *(*t).arr.add(key.bits as usize),
                    _ => Value::NIL,
                }),
                OBJECT if key.tag == Tag::Str => {
                    let n = (*key.str_ptr()).len;
                    if n >= 64 {
                        self.charge(u64::from(n) / 64)?;
                    }
                    if (*t).flags & MIXED != 0 {
                        self.charge(halvings((*t).border))?;
                    }
                    Ok(get_text(t, key.str_ptr()))
                }
                OBJECT if (*t).flags & MIXED != 0 && !key.is_nil() => {
                    self.charge(halvings((*t).border))?;
                    Ok(match self.find_listed(t, key)? {
                        Some(i) => listed(t)[i][1],
                        None => Value::NIL,
                    })
                }
                SET if !key.is_nil() => {
                    self.charge(halvings((*t).border))?;
                    Ok(if self.find_item(doc, key)?.is_some() { key } else { Value::NIL })
                }
                _ => Ok(Value::NIL),
            }
        }
    }

    /// The value of a string key; nil when there is none. Costs nothing.
    pub fn doc_get_str(&mut self, doc: Value, key: &str) -> Value {
        if flags(doc) & OBJECT == 0 {
            return Value::NIL;
        }
        // SAFETY: a live object, read within its length.
        unsafe {
            let t = doc.table_ptr();
            if (*t).flags & LISTED != 0 {
                let found = listed(t).binary_search_by(|[k, _]| match k.tag {
                    Tag::Str => k.str_bytes().cmp(key.as_bytes()),
                    _ => order::class(*k).cmp(&order::STRING),
                });
                return found.map_or(Value::NIL, |i| listed(t)[i][1]);
            }
            let keys = &(*(*t).shape).keys;
            match keys.iter().position(|k| StrObj::bytes(*k) == key.as_bytes()) {
                Some(slot) => *(*t).slots.add(slot),
                None => Value::NIL,
            }
        }
    }

    /// The place of a member in a set.
    pub(crate) fn find_item(&mut self, set: Value, key: Value) -> Result<Option<usize>, Trap> {
        let items = items(set);
        if key.tag == Tag::Str && key.str_bytes().len() < 64 {
            let wanted = key.str_bytes();
            return Ok(items
                .binary_search_by(|v| match v.tag {
                    Tag::Str => v.str_bytes().cmp(wanted),
                    _ => order::class(*v).cmp(&order::STRING),
                })
                .ok());
        }
        self.search(items.len(), key, |i| items[i])
    }

    /// The place of a key in a listed object.
    unsafe fn find_listed(&mut self, t: *const Table, key: Value) -> Result<Option<usize>, Trap> {
        let entries = listed(t);
        self.search(entries.len(), key, |i| entries[i][0])
    }

    fn search(&mut self, n: usize, key: Value, at: impl Fn(usize) -> Value) -> Result<Option<usize>, Trap> {
        let (mut low, mut high) = (0, n);
        while low < high {
            let mid = low + (high - low) / 2;
            match self.doc_cmp(at(mid), key)? {
                Ordering::Less => low = mid + 1,
                Ordering::Greater => high = mid,
                Ordering::Equal => return Ok(Some(mid)),
            }
        }
        Ok(None)
    }

    /// A string. Charges its memory.
    ///
    /// # Errors
    /// The memory limit.
    pub fn doc_string(&mut self, s: &str) -> Result<Value, Trap> {
        self.new_string(s.as_bytes())
    }

    /// A number as documents hold it: whole ones as integers.
    pub fn doc_number(&self, n: Num) -> Value {
        match n.to_int() {
            Some(i) => Value::int(i),
            None => Value::num(n),
        }
    }

    /// Whether builtin errors end the decision instead of making an expression undefined.
    pub fn strict(&self) -> bool {
        self.strict
    }

    /// What a library function gives back when it cannot do its work: undefined, or, under
    /// strict rules, the end of the decision. The function's name is put before the text.
    ///
    /// # Errors
    /// Under strict rules, always.
    pub fn builtin_error(&mut self, args: crate::native::Args, code: BuiltinError, text: &str) -> Result<u32, Trap> {
        if !self.strict {
            return self.ret1(args, Value::NIL);
        }
        // SAFETY: library functions live as long as the machine.
        let name = if self.running.is_null() { "?" } else { unsafe { (*self.running).name } };
        Err(self.error(&alloc::format!("{}: {name}: {text}", code.code())))
    }
}

/// How often `n` can be halved before one is left, and one for looking at that.
#[inline(always)]
pub(crate) fn halvings(n: u32) -> u64 {
    u64::from(32 - n.leading_zeros())
}
