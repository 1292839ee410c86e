//! Making documents: arrays, sets and objects from values, and what a policy collects.
//!
//! Sealing sorts. It is paid for by what is sorted, not by how: members count 1, and more
//! when they are large, so that another sort in another build costs the same.

use super::order::{self, Meter};
use super::{DocKind, depth, flags};
use crate::heap::{KEY_BYTES, TABLE_BYTES};
use crate::shape::{MAX_KEYS, Shape};
use crate::string::{PERM, StrObj};
use crate::table::{ARRAY, FROZEN, Hash, LISTED, MIXED, OBJECT, SET, Table};
use crate::trap::{Limit, Trap, TrapKind};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use alloc::vec::Vec;
use core::cmp::Ordering;

/// Abstract bytes of an array's or set's member.
pub(crate) const MEMBER_BYTES: i64 = 16;
/// Permanent listed objects with more keys than this get a hash beside their list.
const HASHED: usize = 12;

/// What a policy is collecting. It is no document yet, and no register but its own holds it.
#[repr(C)]
pub(crate) struct Collector {
    /// 0 an array, 1 an object, 2 a set.
    kind: u32,
    len: u32,
    cap: u32,
    spare: u32,
    /// Members; keys and values of an object alternate.
    values: *mut Value,
}

const AN_ARRAY: u32 = 0;
const AN_OBJECT: u32 = 1;

impl Collector {
    pub(crate) fn from_value(v: Value) -> *mut Collector {
        v.bits as *mut Collector
    }
}

impl Vm {
    /// A block of uninitialised values.
    #[inline]
    unsafe fn values(&mut self, n: usize) -> *mut Value {
        self.heap.arena.alloc(16 * n.max(1)) as *mut Value
    }

    #[inline]
    fn pay_memory(&mut self, bytes: i64) -> Result<(), Trap> {
        self.heap.take_mem(bytes).map_err(|_| Trap(TrapKind::Limit(Limit::Memory)))
    }

    /// The table of a document whose members lie in `arr`.
    #[inline]
    unsafe fn sealed(&mut self, kind: u32, arr: *mut Value, arr_len: u32, len: u32, depth: u32) -> Value {
        let t = self.heap.arena.alloc(core::mem::size_of::<Table>()) as *mut Table;
        t.write(Table {
            flags: kind | FROZEN,
            border: len,
            shape: if kind & LISTED != 0 { self.heap.shapes.dict } else { self.heap.shapes.empty },
            slots: arr,
            arr,
            slots_cap: 0,
            arr_len,
            arr_cap: arr_len,
            spare: depth,
            meta: core::ptr::null_mut(),
            hash: core::ptr::null_mut(),
        });
        Value::from_table(t)
    }

    /// An array.
    ///
    /// # Errors
    /// Fuel (1 for each 4 members), memory, depth.
    pub fn doc_array(&mut self, items: &[Value]) -> Result<Value, Trap> {
        self.charge(items.len() as u64 / 4)?;
        self.pay_memory(TABLE_BYTES + MEMBER_BYTES * items.len() as i64)?;
        let depth = self.depth_over(items)?;
        self.array_unpaid(items, depth)
    }

    pub(crate) fn array_unpaid(&mut self, items: &[Value], depth: u32) -> Result<Value, Trap> {
        let Ok(n) = u32::try_from(items.len()) else { return Err(Trap(TrapKind::Limit(Limit::Memory))) };
        // SAFETY: the block holds as many values as are copied.
        unsafe {
            let arr = self.values(items.len());
            core::ptr::copy_nonoverlapping(items.as_ptr(), arr, items.len());
            Ok(self.sealed(ARRAY, arr, n, n, depth))
        }
    }

    /// A set: sorted, each member once.
    ///
    /// # Errors
    /// Fuel as `DocSeal`, memory, depth.
    pub fn doc_set(&mut self, items: Vec<Value>) -> Result<Value, Trap> {
        self.pay_memory(TABLE_BYTES + MEMBER_BYTES * items.len() as i64)?;
        // SAFETY: the block holds as many values as are copied.
        unsafe {
            let arr = self.values(items.len());
            core::ptr::copy_nonoverlapping(items.as_ptr(), arr, items.len());
            self.seal_set(arr, items.len())
        }
    }

    /// An object; entries in any order. Of equal keys the last one counts.
    ///
    /// # Errors
    /// Fuel as `DocSeal`, memory, depth.
    pub fn doc_object(&mut self, entries: Vec<(Value, Value)>) -> Result<Value, Trap> {
        self.pay_memory(TABLE_BYTES + KEY_BYTES * entries.len() as i64)?;
        let mut pairs: Vec<[Value; 2]> = entries.into_iter().map(|(k, v)| [k, v]).collect();
        self.pay_sorting(pairs.iter().map(|p| p[0]))?;
        pairs.sort_by(by_key);
        // The last of equal keys, which the stable sort left last.
        let mut kept: Vec<[Value; 2]> = Vec::with_capacity(pairs.len());
        for p in pairs {
            match kept.last_mut() {
                Some(last) if order::same_unpaid(last[0], p[0]) => *last = p,
                _ => kept.push(p),
            }
        }
        self.object_of(&kept, false)
    }

    /// An object of sorted entries with distinct keys. `lasting` ones are made for many lookups.
    pub(crate) fn object_of(&mut self, pairs: &[[Value; 2]], lasting: bool) -> Result<Value, Trap> {
        // SAFETY: keys are live strings.
        unsafe {
            if let Some(shape) = self.known_shape(pairs) {
                let depth = self.depth_over(pairs.as_flattened())?;
                return Ok(self.shaped(shape, depth, pairs.iter().map(|p| p[1])));
            }
        }
        self.listed_object(pairs, lasting)
    }

    /// A listed object of sorted entries with distinct keys.
    pub(crate) fn listed_object(&mut self, pairs: &[[Value; 2]], lasting: bool) -> Result<Value, Trap> {
        let depth = self.depth_over(pairs.as_flattened())?;
        // SAFETY: blocks hold what is copied into them.
        unsafe {
            let n = pairs.len();
            let Ok(values) = u32::try_from(2 * n) else { return Err(Trap(TrapKind::Limit(Limit::Memory))) };
            let arr = self.values(2 * n);
            core::ptr::copy_nonoverlapping(pairs.as_ptr() as *const Value, arr, 2 * n);
            let mixed = pairs.iter().any(|p| p[0].tag != Tag::Str);
            let kind = OBJECT | LISTED | if mixed { MIXED } else { 0 };
            let doc = self.sealed(kind, arr, values, values / 2, depth);
            if lasting && !mixed && n > HASHED {
                self.hash_keys(doc.table_ptr(), pairs);
            }
            Ok(doc)
        }
    }

    /// An object with the values of a shape's keys, in slot order.
    pub(crate) unsafe fn shaped(
        &mut self,
        shape: *mut Shape,
        depth: u32,
        values: impl ExactSizeIterator<Item = Value>,
    ) -> Value {
        let n = values.len();
        let t = self.heap.table_unpaid(0, n as u32);
        (*t).flags = OBJECT | FROZEN;
        (*t).shape = shape;
        (*t).border = n as u32;
        (*t).spare = depth;
        for (i, v) in values.enumerate() {
            *(*t).slots.add(i) = v;
        }
        Value::from_table(t)
    }

    /// A shape that has just these keys in this order. Keys that are computed follow shapes
    /// that exist, and never make one.
    unsafe fn known_shape(&mut self, pairs: &[[Value; 2]]) -> Option<*mut Shape> {
        let mut shape = self.heap.shapes.empty;
        if pairs.len() > MAX_KEYS {
            return None;
        }
        for [k, _] in pairs {
            if k.tag != Tag::Str {
                return None;
            }
            let key = k.str_ptr();
            let key = if (*key).flags & PERM != 0 {
                key
            } else {
                self.heap.intern.find(StrObj::bytes(key), StrObj::hash(key))?
            };
            shape = self.heap.shapes.existing(shape, key)?;
        }
        Some(shape)
    }

    unsafe fn hash_keys(&mut self, t: *mut Table, pairs: &[[Value; 2]]) {
        for [k, v] in pairs {
            self.heap.hash_put(t, *k, *v);
        }
        debug_assert!(!Hash::find((*t).hash, pairs[0][0]).is_null());
    }

    /// Charges for sorting these members (`DocSeal`); true when they came in order.
    fn pay_sorting(&mut self, members: impl Iterator<Item = Value> + Clone) -> Result<bool, Trap> {
        let (mut n, mut weight, mut strings, mut large) = (0u64, 0u64, 0u64, false);
        for v in members.clone() {
            n += 1;
            match v.tag {
                Tag::Str => {
                    strings += 1;
                    weight += v.str_bytes().len() as u64 / 64;
                }
                Tag::Table => large = true,
                _ => {}
            }
        }
        if large {
            // Containers are weighed before they are compared: a document whose parts are
            // shared can be far larger than the memory it takes.
            weight = 0;
            for v in members.clone() {
                let mut m = Meter::new(self.fuel_left().saturating_sub(weight));
                if m.weigh(v).is_err() {
                    return Err(Trap(TrapKind::Limit(Limit::Fuel)));
                }
                weight += m.cost();
            }
        }
        let total = n + weight;
        let mut last: Option<Value> = None;
        let sorted = members.into_iter().all(|v| {
            let ok = match last {
                None => true,
                Some(l) if strings == n => l.str_bytes() <= v.str_bytes(),
                Some(l) => order::compare_unpaid(l, v) != Ordering::Greater,
            };
            last = Some(v);
            ok
        });
        let doublings = u64::from(64 - n.saturating_sub(1).leading_zeros());
        self.charge(if sorted { total / 4 } else { total.saturating_mul(doublings) })?;
        Ok(sorted)
    }

    /// Makes a set of a block of values, in place.
    unsafe fn seal_set(&mut self, arr: *mut Value, n: usize) -> Result<Value, Trap> {
        let members = core::slice::from_raw_parts_mut(arr, n);
        let depth = self.depth_over(members)?;
        if !self.pay_sorting(members.iter().copied())? {
            sort_values(members);
        }
        let mut kept = n.min(1);
        for i in 1..n {
            let same = match Vm::same_fast(members[kept - 1], members[i]) {
                Some(same) => same,
                None => order::same_unpaid(members[kept - 1], members[i]),
            };
            if !same {
                members[kept] = members[i];
                kept += 1;
            }
        }
        let Ok(kept) = u32::try_from(kept) else { return Err(Trap(TrapKind::Limit(Limit::Memory))) };
        Ok(self.sealed(SET, arr, kept, kept, depth))
    }

    /// `DocSet`: the members were paid for.
    pub(crate) unsafe fn set_of(&mut self, first: *const Value, n: usize) -> Result<Value, Trap> {
        self.pay_memory(TABLE_BYTES + MEMBER_BYTES * n as i64)?;
        let arr = self.values(n);
        core::ptr::copy_nonoverlapping(first, arr, n);
        self.seal_set(arr, n)
    }

    /// `DocArray`.
    pub(crate) unsafe fn array_of(&mut self, first: *const Value, n: usize) -> Result<Value, Trap> {
        self.doc_array(core::slice::from_raw_parts(first, n))
    }

    /// `DocRecord`.
    pub(crate) unsafe fn record_of(&mut self, keys: usize, first: *const Value) -> Result<Value, Trap> {
        let shape = self.records[keys].shape;
        let n = self.records[keys].keys.len();
        self.pay_memory(TABLE_BYTES + KEY_BYTES * n as i64)?;
        let values = core::slice::from_raw_parts(first, n);
        if !shape.is_null() {
            let depth = self.depth_over(values)?;
            return Ok(self.shaped(shape, depth, values.iter().copied()));
        }
        let mut pairs: Vec<[Value; 2]> =
            self.records[keys].keys.iter().zip(values).map(|(k, v)| [Value::from_str(*k), *v]).collect();
        pairs.sort_by(by_key);
        self.object_of(&pairs, false)
    }

    /// `DocNew`.
    pub(crate) unsafe fn collect(&mut self, kind: u8) -> Result<Value, Trap> {
        self.pay_memory(TABLE_BYTES)?;
        /// Room for the first few members, which is what most collect.
        const FIRST: usize = 4;
        let head = core::mem::size_of::<Collector>().next_multiple_of(16);
        let c = self.heap.arena.alloc(head + 16 * FIRST) as *mut Collector;
        let values = (c as *mut u8).add(head) as *mut Value;
        c.write(Collector { kind: kind.into(), len: 0, cap: FIRST as u32, spare: 0, values });
        Ok(Value { tag: Tag::Inner, bits: c as u64 })
    }

    #[cold]
    #[inline(never)]
    unsafe fn grow_collector(&mut self, c: *mut Collector) -> Result<(), Trap> {
        let Some(cap) = (*c).cap.checked_mul(2).filter(|c| *c < u32::MAX / 2) else {
            return Err(Trap(TrapKind::Limit(Limit::Memory)));
        };
        let values = self.values(cap as usize);
        core::ptr::copy_nonoverlapping((*c).values, values, (*c).len as usize);
        (*c).values = values;
        (*c).cap = cap;
        Ok(())
    }

    #[inline]
    unsafe fn put_value(&mut self, c: *mut Collector, v: Value) -> Result<(), Trap> {
        if (*c).len == (*c).cap {
            self.grow_collector(c)?;
        }
        *(*c).values.add((*c).len as usize) = v;
        (*c).len += 1;
        Ok(())
    }

    /// `DocPush`.
    #[inline]
    pub(crate) unsafe fn push_member(&mut self, c: *mut Collector, v: Value) -> Result<(), Trap> {
        self.pay_memory(MEMBER_BYTES)?;
        if (*c).kind == AN_OBJECT {
            return Err(self.error("a member without a key was added to an object"));
        }
        self.put_value(c, v)
    }

    /// `DocPut`.
    #[inline]
    pub(crate) unsafe fn push_entry(&mut self, c: *mut Collector, k: Value, v: Value) -> Result<(), Trap> {
        self.pay_memory(KEY_BYTES)?;
        if (*c).kind != AN_OBJECT {
            return Err(self.error("a key was added to an array or set"));
        }
        self.put_value(c, k)?;
        self.put_value(c, v)
    }

    /// `DocSeal`.
    pub(crate) unsafe fn seal(&mut self, c: *mut Collector) -> Result<Value, Trap> {
        let (arr, len) = ((*c).values, (*c).len as usize);
        match (*c).kind {
            AN_ARRAY => {
                let members = core::slice::from_raw_parts(arr, len);
                let depth = self.depth_over(members)?;
                self.charge(len as u64 / 4)?;
                Ok(self.sealed(ARRAY, arr, len as u32, len as u32, depth))
            }
            AN_OBJECT => {
                let pairs = core::slice::from_raw_parts_mut(arr as *mut [Value; 2], len / 2);
                if !self.pay_sorting(pairs.iter().map(|p| p[0]))? {
                    pairs.sort_unstable_by(by_key);
                }
                let mut kept = 0;
                for i in 0..pairs.len() {
                    if kept > 0 && order::same_unpaid(pairs[kept - 1][0], pairs[i][0]) {
                        if !self.doc_eq(pairs[kept - 1][1], pairs[i][1])? {
                            return Err(self.conflict(2));
                        }
                    } else {
                        pairs[kept] = pairs[i];
                        kept += 1;
                    }
                }
                self.object_of(&pairs[..kept], false)
            }
            _ => self.seal_set(arr, len),
        }
    }

    /// The error of `Raise`, by kind.
    #[cold]
    pub(crate) fn conflict(&mut self, kind: u8) -> Trap {
        self.error(match kind {
            0 => "eval_conflict_error: a complete rule has two different values",
            1 => "eval_conflict_error: a function has two different values for the same arguments",
            _ => "eval_conflict_error: an object has two different values for one key",
        })
    }

    /// Union, intersection and difference of two sets, by a merge: both are sorted.
    pub(crate) fn merge_sets(&mut self, a: Value, b: Value, keep: Keep) -> Result<Value, Trap> {
        let (x, y) = (super::items(a), super::items(b));
        debug_assert!(self.doc_kind(a) == DocKind::Set && flags(b) & SET != 0);
        let n = x.len() + y.len();
        self.charge(n as u64)?;
        let mut m = Meter::new(self.fuel_left());
        let mut out: Vec<Value> = Vec::with_capacity(n);
        let (mut i, mut j) = (0, 0);
        while i < x.len() && j < y.len() {
            let Ok(o) = order::compare(x[i], y[j], &mut m) else {
                return Err(Trap(TrapKind::Limit(Limit::Fuel)));
            };
            match o {
                Ordering::Less => {
                    if keep != Keep::Both {
                        out.push(x[i]);
                    }
                    i += 1;
                }
                Ordering::Greater => {
                    if keep == Keep::Any {
                        out.push(y[j]);
                    }
                    j += 1;
                }
                Ordering::Equal => {
                    if keep != Keep::Left {
                        out.push(x[i]);
                    }
                    (i, j) = (i + 1, j + 1);
                }
            }
        }
        if keep != Keep::Both {
            out.extend_from_slice(&x[i..]);
        }
        if keep == Keep::Any {
            out.extend_from_slice(&y[j..]);
        }
        self.charge(m.cost())?;
        self.pay_memory(TABLE_BYTES + MEMBER_BYTES * out.len() as i64)?;
        let deepest = out.iter().map(|v| depth(*v)).max().unwrap_or(0);
        // SAFETY: the block holds as many values as are copied; a merge of sorted is sorted.
        unsafe {
            let arr = self.values(out.len());
            core::ptr::copy_nonoverlapping(out.as_ptr(), arr, out.len());
            Ok(self.sealed(SET, arr, out.len() as u32, out.len() as u32, deepest + 1))
        }
    }
}

/// Which members a merge of two sets keeps.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Keep {
    /// Those of either.
    Any,
    /// Those of both.
    Both,
    /// Those of the left one that are not in the right one.
    Left,
}

fn by_key(a: &[Value; 2], b: &[Value; 2]) -> Ordering {
    order::compare_unpaid(a[0], b[0])
}

/// Sorts members; strings without going through the general order.
fn sort_values(members: &mut [Value]) {
    if members.iter().all(|v| v.tag == Tag::Str) {
        members.sort_unstable_by(|a, b| a.str_bytes().cmp(b.str_bytes()));
    } else {
        members.sort_unstable_by(|a, b| order::compare_unpaid(*a, *b));
    }
}
