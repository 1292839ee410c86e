//! Tables: a shape with slots for records, a dense part for 1..n, and a hash for the rest.
//!
//! Invariants: the hash part never holds an integer key in 1..=arr_len+1; string keys are
//! in the slots, or, when the shape is the dictionary shape, in the hash part; `border` is
//! the first border (1..=border are present, border+1 is absent) and at most `arr_len`.

use crate::shape::Shape;
use crate::string::StrObj;
use crate::value::{Tag, Value};
use gatos_num::Fix;

/// No write is allowed.
pub(crate) const FROZEN: u32 = 1;
/// Part of the state: writes pass the barrier in `state.rs`.
pub(crate) const STATE: u32 = 2;
/// Used as a metatable or in an `__index` chain: writes outdate the method caches.
pub(crate) const WATCHED: u32 = 4;
/// Any of these sends a write the slow way.
pub(crate) const SPECIAL: u32 = FROZEN | STATE | WATCHED;
/// No key was put in it yet.
pub(crate) const FRESH: u32 = 8;
/// When empty, it is `[]` rather than `{}`.
pub(crate) const SEQ: u32 = 16;
/// On the path of a walk: meeting it again is a cycle.
pub(crate) const ON_PATH: u32 = 32;
/// A state table in this event's dirty list.
pub(crate) const DIRTY: u32 = 64;
/// A state table that is out of the tree and about to be freed.
pub(crate) const DEAD: u32 = 128;
/// A state table in this event's touched list.
pub(crate) const TOUCHED: u32 = 256;

/// A document: an array, dense in `arr`. Documents are immutable; `border` is how many
/// members they have, `spare` how deep they nest. See `doc/mod.rs`.
pub(crate) const ARRAY: u32 = 512;
/// A document: an object.
pub(crate) const OBJECT: u32 = 1024;
/// A document: a set, its members sorted in `arr`.
pub(crate) const SET: u32 = 2048;
/// An object whose keys and values alternate in `arr`, sorted by key, instead of filling
/// the slots of a shape.
pub(crate) const LISTED: u32 = 4096;
/// A listed object with a key that is not a string.
pub(crate) const MIXED: u32 = 8192;
/// A document of any kind.
pub(crate) const DOCUMENT: u32 = ARRAY | OBJECT | SET;

/// A table.
#[repr(C)]
pub struct Table {
    pub(crate) flags: u32,
    pub(crate) border: u32,
    pub(crate) shape: *mut Shape,
    pub(crate) slots: *mut Value,
    pub(crate) arr: *mut Value,
    pub(crate) slots_cap: u32,
    pub(crate) arr_len: u32,
    pub(crate) arr_cap: u32,
    pub(crate) spare: u32,
    pub(crate) meta: *mut Table,
    pub(crate) hash: *mut Hash,
}

/// One key and its value; a nil value marks a removed key.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) key: Value,
    pub(crate) val: Value,
}

/// The hash part.
#[repr(C)]
pub(crate) struct Hash {
    pub(crate) entries: *mut Entry,
    pub(crate) cap: u32,
    pub(crate) used: u32,
    pub(crate) live_str: u32,
    pub(crate) live_int: u32,
    pub(crate) live_other: u32,
    pub(crate) spare: u32,
}

/// Where a key's probing starts.
#[inline(always)]
pub(crate) unsafe fn hash_key(key: Value) -> u32 {
    match key.tag {
        Tag::Str => StrObj::hash(key.str_ptr()),
        t => {
            let h = key.bits.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (t as u64);
            (h >> 32) as u32
        }
    }
}

impl Hash {
    /// The entry of a key, live or removed.
    #[inline(always)]
    pub(crate) unsafe fn find(this: *const Hash, key: Value) -> *mut Entry {
        if this.is_null() || (*this).cap == 0 {
            return core::ptr::null_mut();
        }
        let mask = (*this).cap - 1;
        let mut i = hash_key(key) & mask;
        let entries = (*this).entries;
        if key.tag == Tag::Str {
            let k = key.str_ptr();
            loop {
                let e = entries.add(i as usize);
                match (*e).key.tag {
                    Tag::Nil => return core::ptr::null_mut(),
                    Tag::Str => {
                        let s = (*e).key.str_ptr();
                        if s == k || ((*s).hash == (*k).hash && StrObj::equals(s, k)) {
                            return e;
                        }
                    }
                    _ => {}
                }
                i = (i + 1) & mask;
            }
        }
        loop {
            let e = entries.add(i as usize);
            if (*e).key.tag == key.tag && (*e).key.bits == key.bits {
                return e;
            }
            if (*e).key.tag == Tag::Nil {
                return core::ptr::null_mut();
            }
            i = (i + 1) & mask;
        }
    }

    /// The counter that a key's liveness belongs to.
    #[inline]
    pub(crate) unsafe fn live(this: *mut Hash, key: Value) -> *mut u32 {
        match key.tag {
            Tag::Str => &raw mut (*this).live_str,
            Tag::Int => &raw mut (*this).live_int,
            _ => &raw mut (*this).live_other,
        }
    }
}

impl Table {
    #[inline(always)]
    pub(crate) unsafe fn get_int(t: *const Table, k: i64) -> Value {
        let i = (k as u64).wrapping_sub(1);
        if i < u64::from((*t).arr_len) { *(*t).arr.add(i as usize) } else { Table::get_hash(t, Value::int(k)) }
    }

    #[inline(always)]
    pub(crate) unsafe fn get_str(t: *const Table, key: *const StrObj) -> Value {
        if !(*(*t).shape).dict {
            return match Shape::find((*t).shape, key) {
                Some(slot) => *(*t).slots.add(slot as usize),
                None => Value::NIL,
            };
        }
        Table::get_hash(t, Value::from_str(key))
    }

    #[inline]
    pub(crate) unsafe fn get_hash(t: *const Table, key: Value) -> Value {
        let e = Hash::find((*t).hash, key);
        if e.is_null() { Value::NIL } else { (*e).val }
    }

    /// A field without metamethods.
    #[inline]
    pub(crate) unsafe fn get(t: *const Table, key: Value) -> Value {
        match key.tag {
            Tag::Int => Table::get_int(t, key.bits as i64),
            Tag::Str => Table::get_str(t, key.str_ptr()),
            Tag::Fixed => match Fix::from_raw(key.bits as i64).to_int() {
                Some(i) => Table::get_int(t, i),
                None => Table::get_hash(t, key),
            },
            Tag::Nil => Value::NIL,
            _ => Table::get_hash(t, key),
        }
    }

    /// How many string keys have a value.
    pub(crate) unsafe fn count_str(t: *const Table) -> u32 {
        let shape = (*t).shape;
        if (*shape).dict {
            return if (*t).hash.is_null() { 0 } else { (*(*t).hash).live_str };
        }
        (0..(*shape).keys.len()).filter(|i| !(*(*t).slots.add(*i)).is_nil()).count() as u32
    }

    /// How many integer keys have a value, when that is known to be just 1..=border;
    /// otherwise nothing.
    pub(crate) unsafe fn array_only(t: *const Table) -> Option<u32> {
        if (!(*t).hash.is_null() && ((*(*t).hash).live_int > 0 || (*(*t).hash).live_other > 0))
            || (*t).border < (*t).arr_len && Table::any_after_border(t)
        {
            return None;
        }
        Some((*t).border)
    }

    unsafe fn any_after_border(t: *const Table) -> bool {
        ((*t).border..(*t).arr_len).any(|i| !(*(*t).arr.add(i as usize)).is_nil())
    }

    /// Calls `f` for each key that has a value: the dense part, the slots, then the hash part.
    pub(crate) unsafe fn for_each(t: *const Table, mut f: impl FnMut(Value, Value)) {
        for i in 0..(*t).arr_len {
            let v = *(*t).arr.add(i as usize);
            if !v.is_nil() {
                f(Value::int(i64::from(i) + 1), v);
            }
        }
        let shape = (*t).shape;
        for (i, k) in (*shape).keys.iter().enumerate() {
            let v = *(*t).slots.add(i);
            if !v.is_nil() {
                f(Value::from_str(*k), v);
            }
        }
        if !(*t).hash.is_null() {
            let h = (*t).hash;
            for i in 0..(*h).cap {
                let e = *(*h).entries.add(i as usize);
                if !e.key.is_nil() && !e.val.is_nil() {
                    f(e.key, e.val);
                }
            }
        }
    }
}
