//! The heap: makes strings and tables, writes tables, and keeps the abstract accounts.
//!
//! What a call makes lives in the arena and dies with the call; what the program made
//! while loading lives in the permanent arena; the state has a heap of its own
//! (`state.rs`). Memory is counted in abstract bytes, so that no allocator's habit shows.

use crate::arena::Arena;
use crate::shape::{MAX_DYNAMIC_KEYS, Shape, Shapes};
use crate::state::StateHeap;
use crate::string::{HEADER, PERM, StrObj, StrSet};
use crate::table::{Entry, FRESH, FROZEN, Hash, SEQ, SPECIAL, STATE, Table, WATCHED, hash_key};
use crate::value::{Tag, Value};
use gatos_num::Fix;

/// Abstract bytes of an empty table.
pub const TABLE_BYTES: i64 = 64;
/// Abstract bytes of a present key that is not an integer.
pub const KEY_BYTES: i64 = 32;
/// Abstract bytes of a present integer key.
pub const INT_KEY_BYTES: i64 = 16;
/// Abstract bytes of a string besides its own.
pub const STRING_BYTES: i64 = 32;
/// Abstract bytes of a closure besides its upvalues.
pub const CLOSURE_BYTES: i64 = 32;
/// Abstract bytes of an upvalue.
pub const UPVALUE_BYTES: i64 = 16;
/// Abstract bytes of a cell.
pub const CELL_BYTES: i64 = 32;

/// Why the heap refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fault {
    Memory,
    Fuel,
    Frozen,
    ReadOnly,
    NilKey,
    TooLong,
}

pub(crate) struct Heap {
    pub(crate) fuel: i64,
    pub(crate) mem_left: i64,
    pub(crate) arena: Arena,
    /// What was made while loading, once the program is frozen.
    pub(crate) loaded: Arena,
    /// Permanent strings and library objects.
    pub(crate) perm: Arena,
    pub(crate) shapes: Shapes,
    pub(crate) intern: StrSet,
    pub(crate) epoch: u64,
    pub(crate) state: StateHeap,
    /// Keys from outside that were interned so that decoded records have shapes.
    pub(crate) decoded_keys: u32,
}

impl Heap {
    pub(crate) fn new() -> Heap {
        Heap {
            fuel: 0,
            mem_left: 0,
            arena: Arena::new(),
            loaded: Arena::new(),
            perm: Arena::new(),
            shapes: Shapes::new(),
            intern: StrSet::new(),
            epoch: 1,
            state: StateHeap::new(),
            decoded_keys: 0,
        }
    }

    #[inline(always)]
    pub(crate) fn take_mem(&mut self, bytes: i64) -> Result<(), Fault> {
        self.mem_left = self.mem_left.saturating_sub(bytes);
        if self.mem_left < 0 { Err(Fault::Memory) } else { Ok(()) }
    }

    #[inline(always)]
    pub(crate) fn take_fuel(&mut self, n: u64) -> Result<(), Fault> {
        self.fuel = self.fuel.saturating_sub(i64::try_from(n).unwrap_or(i64::MAX));
        if self.fuel < 0 { Err(Fault::Fuel) } else { Ok(()) }
    }

    /// A permanent string, one for each content.
    pub(crate) unsafe fn intern(&mut self, bytes: &[u8]) -> *mut StrObj {
        let hash = crate::string::hash_bytes(bytes);
        if let Some(s) = self.intern.find(bytes, hash) {
            return s;
        }
        let s = StrObj::init(self.perm.alloc(HEADER + bytes.len()), bytes, PERM);
        (*s).hash = hash;
        StrObj::is_utf8(s);
        self.intern.insert(s);
        s
    }

    /// A string of this call.
    #[inline]
    pub(crate) unsafe fn string(&mut self, bytes: &[u8]) -> Result<*mut StrObj, Fault> {
        if bytes.len() > i32::MAX as usize {
            return Err(Fault::TooLong);
        }
        self.take_mem(STRING_BYTES + bytes.len() as i64)?;
        Ok(StrObj::init(self.arena.alloc(HEADER + bytes.len()), bytes, 0))
    }

    /// An empty table of this call.
    #[inline]
    pub(crate) unsafe fn table(&mut self, arr: u32, slots: u32) -> Result<*mut Table, Fault> {
        self.take_mem(TABLE_BYTES)?;
        Ok(self.table_unpaid(arr, slots))
    }

    #[inline(always)]
    pub(crate) unsafe fn table_unpaid(&mut self, arr: u32, slots: u32) -> *mut Table {
        let size = core::mem::size_of::<Table>();
        let t = self.arena.alloc(size + 16 * (arr as usize + slots as usize)) as *mut Table;
        let inline = (t as *mut u8).add(size) as *mut Value;
        t.write(Table {
            flags: FRESH,
            border: 0,
            shape: self.shapes.empty,
            slots: inline,
            arr: inline.add(slots as usize),
            slots_cap: slots,
            arr_len: 0,
            arr_cap: arr,
            spare: 0,
            meta: core::ptr::null_mut(),
            hash: core::ptr::null_mut(),
        });
        t
    }

    /// Assigns without metamethods.
    pub(crate) unsafe fn set(&mut self, t: *mut Table, key: Value, val: Value) -> Result<(), Fault> {
        let key = match key.tag {
            Tag::Nil => return Err(Fault::NilKey),
            Tag::Fixed => match Fix::from_raw(key.bits as i64).to_int() {
                Some(i) => Value::int(i),
                None => key,
            },
            _ => key,
        };
        let mut key = key;
        let flags = (*t).flags;
        if flags & SPECIAL != 0 {
            if flags & FROZEN != 0 {
                return Err(Fault::Frozen);
            }
            if flags & WATCHED != 0 {
                self.epoch = self.epoch.wrapping_add(1);
            }
            if flags & STATE != 0 {
                if self.state.read_only {
                    return Err(Fault::ReadOnly);
                }
                let old = Table::get(t, key);
                key = self.state_write(t, key, old, val);
            }
        }
        match key.tag {
            Tag::Int => self.set_int(t, key.bits as i64, val),
            Tag::Str => self.set_str(t, key.str_ptr(), val),
            _ => self.set_hash(t, key, val),
        }
    }

    /// Charges for a border that moved by `n` keys.
    #[inline]
    fn border_moved(&mut self, n: u32) -> Result<(), Fault> {
        self.take_fuel(u64::from(n) / 16)
    }

    pub(crate) unsafe fn set_int(&mut self, t: *mut Table, k: i64, val: Value) -> Result<(), Fault> {
        let i = (k as u64).wrapping_sub(1);
        let len = (*t).arr_len;
        if i < u64::from(len) {
            let i = i as u32;
            let slot = (*t).arr.add(i as usize);
            let old = *slot;
            *slot = val;
            if val.is_nil() {
                if !old.is_nil() {
                    if i + 1 == len {
                        // Each removed key is passed once, so this is paid for by its assignment.
                        let mut n = i;
                        while n > (*t).border && (*(*t).arr.add(n as usize - 1)).is_nil() {
                            n -= 1;
                        }
                        (*t).arr_len = n;
                    }
                    if i < (*t).border {
                        let moved = (*t).border - i;
                        (*t).border = i;
                        self.border_moved(moved)?;
                    }
                }
            } else if old.is_nil() {
                self.take_mem(INT_KEY_BYTES)?;
                (*t).flags &= !FRESH;
                if i == (*t).border {
                    let mut b = i + 1;
                    while b < len && !(*(*t).arr.add(b as usize)).is_nil() {
                        b += 1;
                    }
                    (*t).border = b;
                    self.border_moved(b - i)?;
                }
            }
            return Ok(());
        }
        if val.is_nil() {
            return self.set_hash(t, Value::int(k), val);
        }
        if i == u64::from(len) && len < u32::MAX / 32 {
            return self.append(t, val);
        }
        self.set_hash(t, Value::int(k), val)
    }

    /// Puts a value at arr_len + 1.
    #[inline]
    pub(crate) unsafe fn append(&mut self, t: *mut Table, val: Value) -> Result<(), Fault> {
        self.take_mem(INT_KEY_BYTES)?;
        let (len, border) = ((*t).arr_len, (*t).border);
        if len == 0 && (*t).flags & FRESH != 0 {
            (*t).flags = ((*t).flags & !FRESH) | SEQ;
        }
        if len == (*t).arr_cap {
            self.grow_array(t);
        }
        *(*t).arr.add(len as usize) = val;
        (*t).arr_len = len + 1;
        if (*t).border == len {
            (*t).border = len + 1;
        }
        if !(*t).hash.is_null() && (*(*t).hash).live_int > 0 {
            self.migrate(t);
        }
        // The same whether the keys that follow were in the dense part or in the hash part.
        self.border_moved((*t).border - border)
    }

    /// Moves following integer keys from the hash part to the dense part.
    #[cold]
    unsafe fn migrate(&mut self, t: *mut Table) {
        loop {
            let e = Hash::find((*t).hash, Value::int(i64::from((*t).arr_len) + 1));
            if e.is_null() || (*e).val.is_nil() {
                break;
            }
            let v = (*e).val;
            (*e).val = Value::NIL;
            (*(*t).hash).live_int -= 1;
            let len = (*t).arr_len;
            if len == (*t).arr_cap {
                self.grow_array(t);
            }
            *(*t).arr.add(len as usize) = v;
            (*t).arr_len = len + 1;
            if (*t).border == len {
                (*t).border = len + 1;
            }
        }
    }

    #[inline(never)]
    unsafe fn grow_array(&mut self, t: *mut Table) {
        let cap = ((*t).arr_cap * 2).max(4);
        let arr = self.grow_values((*t).flags & STATE != 0, (*t).arr, (*t).arr_len, (*t).arr_cap, cap);
        (*t).arr = arr;
        (*t).arr_cap = cap;
    }

    /// A larger block of values with the same beginning.
    unsafe fn grow_values(&mut self, state: bool, old: *mut Value, len: u32, old_cap: u32, cap: u32) -> *mut Value {
        if state {
            return crate::state::realloc_values(old, old_cap, cap);
        }
        let new = self.arena.alloc(16 * cap as usize) as *mut Value;
        core::ptr::copy_nonoverlapping(old, new, len as usize);
        new
    }

    #[inline]
    pub(crate) unsafe fn set_str(&mut self, t: *mut Table, key: *const StrObj, val: Value) -> Result<(), Fault> {
        let shape = (*t).shape;
        if !(*shape).dict {
            if let Some(slot) = Shape::find(shape, key) {
                let p = (*t).slots.add(slot as usize);
                let old = *p;
                *p = val;
                if old.is_nil() && !val.is_nil() {
                    (*t).flags &= !(FRESH | SEQ);
                    return self.take_mem(KEY_BYTES);
                }
                return Ok(());
            }
            if val.is_nil() {
                return Ok(());
            }
            let next = if (*key).flags & PERM != 0 {
                self.shapes.extend(shape, key)
            } else if (*shape).keys.len() < MAX_DYNAMIC_KEYS {
                // A dynamic key follows a shape that exists; it never makes one.
                let hash = StrObj::hash(key);
                match self.intern.find(StrObj::bytes(key), hash) {
                    Some(k) => self.shapes.existing(shape, k),
                    None => None,
                }
            } else {
                None
            };
            if let Some(next) = next {
                self.take_mem(KEY_BYTES)?;
                self.push_slot(t, next, val);
                return Ok(());
            }
            self.make_dict(t);
        }
        self.set_hash(t, Value::from_str(key), val)
    }

    /// Adds the slot that `next` has more than the table's shape.
    #[inline(always)]
    pub(crate) unsafe fn push_slot(&mut self, t: *mut Table, next: *mut Shape, val: Value) {
        let len = (*next).keys.len() as u32 - 1;
        if len >= (*t).slots_cap {
            let cap = ((*t).slots_cap * 2).max(4);
            (*t).slots = self.grow_values((*t).flags & STATE != 0, (*t).slots, len, (*t).slots_cap, cap);
            (*t).slots_cap = cap;
        }
        *(*t).slots.add(len as usize) = val;
        (*t).shape = next;
        (*t).flags &= !(FRESH | SEQ);
    }

    /// Moves the string keys to the hash part.
    #[cold]
    pub(crate) unsafe fn make_dict(&mut self, t: *mut Table) {
        let shape = (*t).shape;
        let keys: &[*const StrObj] = &(*shape).keys;
        let (slots, slots_cap) = ((*t).slots, (*t).slots_cap);
        (*t).shape = self.shapes.dict;
        for (i, k) in keys.iter().enumerate() {
            let v = *slots.add(i);
            if !v.is_nil() {
                self.hash_put(t, Value::from_str(*k), v);
            }
        }
        if (*t).flags & STATE != 0 {
            crate::state::free_values(slots, slots_cap);
        }
        (*t).slots = core::ptr::null_mut();
        (*t).slots_cap = 0;
    }

    /// Assigns in the hash part.
    pub(crate) unsafe fn set_hash(&mut self, t: *mut Table, key: Value, val: Value) -> Result<(), Fault> {
        let h = (*t).hash;
        let e = Hash::find(h, key);
        if !e.is_null() {
            let old = (*e).val;
            (*e).val = val;
            if old.is_nil() != val.is_nil() {
                let live = Hash::live(h, key);
                if val.is_nil() {
                    *live -= 1;
                } else {
                    *live += 1;
                    (*t).flags &= if key.tag == Tag::Str { !(FRESH | SEQ) } else { !FRESH };
                    return self.take_mem(if key.tag == Tag::Int { INT_KEY_BYTES } else { KEY_BYTES });
                }
            }
            return Ok(());
        }
        if val.is_nil() {
            return Ok(());
        }
        (*t).flags &= if key.tag == Tag::Str { !(FRESH | SEQ) } else { !FRESH };
        self.take_mem(if key.tag == Tag::Int { INT_KEY_BYTES } else { KEY_BYTES })?;
        self.hash_put(t, key, val);
        Ok(())
    }

    /// Adds an absent key to the hash part.
    pub(crate) unsafe fn hash_put(&mut self, t: *mut Table, key: Value, val: Value) {
        if (*t).hash.is_null() {
            (*t).hash = if (*t).flags & STATE != 0 {
                crate::state::alloc_hash()
            } else {
                self.arena.alloc(core::mem::size_of::<Hash>()) as *mut Hash
            };
            (*t).hash.write(Hash {
                entries: core::ptr::null_mut(),
                cap: 0,
                used: 0,
                live_str: 0,
                live_int: 0,
                live_other: 0,
                spare: 0,
            });
        }
        let h = (*t).hash;
        if (u64::from((*h).used) + 1) * 4 > u64::from((*h).cap) * 3 {
            self.rehash(t);
        }
        if (*t).flags & STATE != 0 {
            self.state.hold_str(key);
        }
        Heap::place(h, Entry { key, val });
        (*h).used += 1;
        *Hash::live(h, key) += 1;
    }

    unsafe fn place(h: *mut Hash, e: Entry) {
        let mask = (*h).cap - 1;
        let mut i = hash_key(e.key) & mask;
        while !(*(*h).entries.add(i as usize)).key.is_nil() {
            i = (i + 1) & mask;
        }
        *(*h).entries.add(i as usize) = e;
    }

    #[inline(never)]
    unsafe fn rehash(&mut self, t: *mut Table) {
        let h = (*t).hash;
        let live = (*h).live_str + (*h).live_int + (*h).live_other;
        let cap = ((live + 1) * 2).next_power_of_two().max(4);
        let (old, old_cap) = ((*h).entries, (*h).cap);
        let state = (*t).flags & STATE != 0;
        let entries = if state {
            crate::state::alloc_values(cap * 2) as *mut Entry
        } else {
            self.arena.alloc(32 * cap as usize) as *mut Entry
        };
        for i in 0..cap {
            (*entries.add(i as usize)).key = Value::NIL;
        }
        (*h).entries = entries;
        (*h).cap = cap;
        (*h).used = live;
        for i in 0..old_cap {
            let e = *old.add(i as usize);
            if !e.key.is_nil() {
                if !e.val.is_nil() {
                    Heap::place(h, e);
                } else if state && e.key.tag == Tag::Str {
                    self.state.release_str(e.key.str_ptr() as *mut StrObj);
                }
            }
        }
        if state {
            crate::state::free_values(old as *mut Value, old_cap * 2);
        }
    }

    /// Makes the parts of a table fit its keys again, when most of their room is empty.
    pub(crate) unsafe fn compact(&mut self, t: *mut Table) {
        const SMALL: u32 = 64;
        // A frozen table outlives the arena of this call; it was made to fit when it froze.
        if (*t).flags & FROZEN != 0 {
            return;
        }
        let (border, len) = ((*t).border, (*t).arr_len);
        if len - border > SMALL {
            let live = (border..len).filter(|i| !(*(*t).arr.add(*i as usize)).is_nil()).count();
            if live < (len - border) as usize / 8 {
                (*t).arr_len = border;
                for i in border..len {
                    let v = *(*t).arr.add(i as usize);
                    if v.is_nil() {
                        continue;
                    }
                    let key = Value::int(i64::from(i) + 1);
                    // The key may have been in the hash part before, and left its place there.
                    let e = Hash::find((*t).hash, key);
                    if e.is_null() {
                        self.hash_put(t, key, v);
                    } else {
                        (*e).val = v;
                        (*(*t).hash).live_int += 1;
                    }
                }
            }
        }
        let h = (*t).hash;
        if !h.is_null() && (*h).cap > SMALL {
            let live = (*h).live_str + (*h).live_int + (*h).live_other;
            if live < (*h).cap / 8 {
                self.rehash(t);
            }
        }
    }

    /// The permanent form of a key from outside, while there is room for more shapes.
    pub(crate) unsafe fn decoded_key(&mut self, bytes: &[u8]) -> Option<*mut StrObj> {
        let hash = crate::string::hash_bytes(bytes);
        if let Some(s) = self.intern.find(bytes, hash) {
            return Some(s);
        }
        if self.decoded_keys >= 2048 || bytes.len() > 64 {
            return None;
        }
        self.decoded_keys += 1;
        Some(self.intern(bytes))
    }
}
