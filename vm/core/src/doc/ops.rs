//! The ops of documents, where they are more than a few instructions: fields, walks,
//! membership, memo slots and `with`.

use super::{flags, get_text, halvings, items, listed, order_of};
use crate::heap::Fault;
use crate::shape::Shape;
use crate::string::StrObj;
use crate::table::{ARRAY, DOCUMENT, LISTED, MIXED, OBJECT, SET, Table};
use crate::trap::Trap;
use crate::value::{Tag, Value};
use crate::vm::Vm;

/// An empty memo slot, which is something else than one that holds nil.
pub(crate) const UNSET: Value = Value { tag: Tag::Inner, bits: 0 };

/// How a walk finds its entries; kept above the number of entries in `base+2`.
const WALK_ARRAY: u64 = 0;
const WALK_SET: u64 = 1;
const WALK_LISTED: u64 = 2;
const WALK_SHAPED: u64 = 3;

#[inline(always)]
fn inner(bits: u64) -> Value {
    Value { tag: Tag::Inner, bits }
}

/// Begins the walk over the document at `b`: leaves the first key and value in `b+3` and
/// `b+4`. False when there is none.
#[inline(always)]
pub(crate) unsafe fn walk_begin(b: *mut Value) -> bool {
    let v = *b;
    if v.tag != Tag::Table {
        return false;
    }
    let t = v.table_ptr();
    let n = u64::from((*t).border);
    if n == 0 || (*t).flags & DOCUMENT == 0 {
        return false;
    }
    let kind = match (*t).flags & (DOCUMENT | LISTED) {
        ARRAY => WALK_ARRAY,
        SET => WALK_SET,
        OBJECT => WALK_SHAPED,
        _ => WALK_LISTED,
    };
    *b.add(1) = inner(0);
    *b.add(2) = inner(kind << 32 | n);
    walk_entry(b, 0, kind);
    true
}

/// Takes the next step of the walk at `b`. False at its end.
///
/// The verifier promises that `b`, `b+1` and `b+2` are as [`walk_begin`] left them.
#[inline(always)]
pub(crate) unsafe fn walk_step(b: *mut Value) -> bool {
    let i = (*b.add(1)).bits + 1;
    let bits = (*b.add(2)).bits;
    if i >= bits & 0xffff_ffff {
        return false;
    }
    (*b.add(1)).bits = i;
    walk_entry(b, i as usize, bits >> 32);
    true
}

#[inline(always)]
unsafe fn walk_entry(b: *mut Value, i: usize, kind: u64) {
    let t: *const Table = (*b).table_ptr();
    match kind {
        WALK_ARRAY => {
            *b.add(3) = Value::int(i as i64);
            *b.add(4) = *(*t).arr.add(i);
        }
        WALK_SET => {
            *b.add(3) = *(*t).arr.add(i);
            *b.add(4) = *(*t).arr.add(i);
        }
        WALK_LISTED => {
            *b.add(3) = *(*t).arr.add(2 * i);
            *b.add(4) = *(*t).arr.add(2 * i + 1);
        }
        _ => {
            let slot = usize::from(*Shape::sorted((*t).shape).get_unchecked(i));
            let keys: &[*const StrObj] = &(*(*t).shape).keys;
            *b.add(3) = Value::from_str(*keys.get_unchecked(slot));
            *b.add(4) = *(*t).slots.add(slot);
        }
    }
}

/// What a walk over a document costs besides its own op.
#[inline(always)]
pub(crate) fn walk_cost(v: Value) -> i64 {
    if flags(v) & OBJECT != 0 { i64::from(super::len(v)) / 8 } else { 0 }
}

impl Vm {
    /// A field of a document, remembering where it was found.
    #[inline(never)]
    pub(crate) unsafe fn doc_field_slow(&mut self, ic: usize, doc: Value) -> Result<Value, Trap> {
        if doc.tag != Tag::Table {
            return Ok(Value::NIL);
        }
        let key = self.ics[ic].key;
        let t = doc.table_ptr();
        match (*t).flags & DOCUMENT {
            OBJECT if (*t).flags & LISTED == 0 => match Shape::find((*t).shape, key) {
                Some(slot) => {
                    let c = &mut self.ics[ic];
                    (c.shape, c.slot) = ((*t).shape, slot);
                    Ok(*(*t).slots.add(slot as usize))
                }
                None => Ok(Value::NIL),
            },
            OBJECT => {
                if (*t).flags & MIXED != 0 {
                    self.charge(halvings((*t).border))?;
                }
                Ok(get_text(t, key))
            }
            SET => self.doc_get(doc, Value::from_str(key)),
            _ => Ok(Value::NIL),
        }
    }

    /// [`Vm::doc_in`] for a scalar or short string in an array, which is what most are.
    #[inline(always)]
    pub(crate) unsafe fn doc_in_fast(&mut self, a: Value, doc: Value) -> Option<bool> {
        if flags(doc) != ARRAY {
            return None;
        }
        let t = doc.table_ptr();
        let (arr, n) = ((*t).arr, (*t).arr_len as usize);
        if a.tag == Tag::Str {
            let s = a.str_ptr();
            let len = (*s).len;
            if len >= 64 {
                return None;
            }
            self.heap.fuel -= n as i64 / 4;
            for i in 0..n {
                let m = *arr.add(i);
                if m.tag == Tag::Str
                    && (m.bits == a.bits || (*m.str_ptr()).len == len && StrObj::equals(s, m.str_ptr()))
                {
                    return Some(true);
                }
            }
            return Some(false);
        }
        if a.tag == Tag::Table {
            return None;
        }
        self.heap.fuel -= n as i64 / 4;
        for i in 0..n {
            let m = *arr.add(i);
            if m.tag == a.tag && m.bits == a.bits {
                return Some(true);
            }
        }
        Some(false)
    }

    /// Whether a value is among the values of a container.
    #[inline(never)]
    pub(crate) fn doc_in(&mut self, a: Value, doc: Value) -> Result<bool, Trap> {
        match flags(doc) {
            SET => {
                self.charge(halvings(super::len(doc)))?;
                Ok(!a.is_nil() && self.find_item(doc, a)?.is_some())
            }
            ARRAY => {
                let members = items(doc);
                self.charge(members.len() as u64 / 4)?;
                self.among(a, members.iter().copied())
            }
            OBJECT => {
                let n = super::len(doc) as usize;
                self.charge(n as u64 / 4)?;
                // SAFETY: a live object, read within its length.
                unsafe {
                    let t = doc.table_ptr();
                    if (*t).flags & LISTED != 0 {
                        return self.among(a, listed(t).iter().map(|e| e[1]));
                    }
                    let order = order_of(t);
                    self.among(a, order.iter().map(|s| *(*t).slots.add(usize::from(*s))))
                }
            }
            _ => Ok(false),
        }
    }

    #[inline]
    fn among(&mut self, a: Value, mut members: impl Iterator<Item = Value>) -> Result<bool, Trap> {
        match a.tag {
            Tag::Table => {
                for m in members {
                    if m.tag == Tag::Table && self.doc_eq(a, m)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Tag::Str if a.str_bytes().len() >= 64 => {
                for m in members {
                    if self.doc_eq(a, m)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Tag::Str => {
                // SAFETY: live strings.
                let found = unsafe {
                    let s = a.str_ptr();
                    members.any(|m| m.tag == Tag::Str && StrObj::equals(s, m.str_ptr()))
                };
                Ok(found)
            }
            _ => Ok(members.any(|m| m.tag == a.tag && m.bits == a.bits)),
        }
    }

    /// `WithBegin`.
    #[inline(never)]
    pub(crate) fn with_begin(&mut self) -> Result<(), Trap> {
        let slots = self.memos.len() + self.envs.len();
        self.charge(slots as u64 / 16)?;
        self.heap.take_mem(16 * slots as i64).map_err(|f: Fault| self.fault(f))?;
        self.kept_slots.extend_from_slice(&self.memos);
        self.kept_slots.extend_from_slice(&self.envs);
        self.memos.fill(UNSET);
        Ok(())
    }

    /// `WithEnd`.
    #[inline(never)]
    pub(crate) fn with_end(&mut self) -> Result<(), Trap> {
        let (memos, envs) = (self.memos.len(), self.envs.len());
        let Some(from) = self.kept_slots.len().checked_sub(memos + envs) else {
            // The verifier counted them, so this cannot be.
            return Err(self.error("WithEnd without WithBegin"));
        };
        self.memos.copy_from_slice(&self.kept_slots[from..from + memos]);
        self.envs.copy_from_slice(&self.kept_slots[from + memos..]);
        self.kept_slots.truncate(from);
        Ok(())
    }

    /// The member of a document under a key that is a string: `DocGet` when the key is short.
    #[inline(always)]
    pub(crate) unsafe fn doc_get_fast(&self, doc: Value, key: Value) -> Option<Value> {
        if doc.tag != Tag::Table {
            return Some(Value::NIL);
        }
        let t = doc.table_ptr();
        if key.tag == Tag::Str {
            let plain = (*t).flags & (OBJECT | MIXED) == OBJECT;
            return if plain && (*key.str_ptr()).len < 64 { Some(get_text(t, key.str_ptr())) } else { None };
        }
        if key.tag == Tag::Int && (*t).flags & ARRAY != 0 {
            let at = key.bits;
            return Some(if at < u64::from((*t).arr_len) { *(*t).arr.add(at as usize) } else { Value::NIL });
        }
        None
    }

    /// Whether a value is of a kind and, when `n` is not negative, has so many members.
    #[inline(always)]
    pub(crate) fn is_kind(v: Value, kind: u8, n: i32) -> bool {
        const KINDS: [u32; 3] = [ARRAY, OBJECT, SET];
        flags(v) == KINDS[usize::from(kind % 3)] && (n < 0 || super::len(v) == n as u32)
    }

    /// `JDocEq`, where a few comparisons decide it.
    #[inline(always)]
    pub(crate) unsafe fn same_fast(a: Value, b: Value) -> Option<bool> {
        if a.tag != b.tag {
            return Some(false);
        }
        match a.tag {
            Tag::Table => None,
            Tag::Str => {
                let (x, y) = (a.str_ptr(), b.str_ptr());
                if (*x).len != (*y).len {
                    Some(false)
                } else if (*x).len >= 64 {
                    None
                } else {
                    Some(StrObj::equals(x, y))
                }
            }
            _ => Some(a.bits == b.bits),
        }
    }
}
