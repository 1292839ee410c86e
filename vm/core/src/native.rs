//! How library functions meet the machine.

use crate::heap::{CELL_BYTES, Fault, TABLE_BYTES};
use crate::table::{FRESH, FROZEN, SEQ, SPECIAL, STATE, Table, WATCHED};
use crate::trap::{Limit, Trap, TrapKind};
use crate::value::{Tag, Value};
use crate::vm::{IterObj, Vm};
use alloc::vec::Vec;
use gatos_num::Num;

/// A library function: reads its arguments, and gives results through [`Vm::ret`] or
/// [`Vm::ret1`]; returns how many there are.
pub type NativeFn = fn(&mut Vm, Args) -> Result<u32, Trap>;

/// A library function with values of its own (an iterator, a generator).
pub type IterFn = fn(&mut Vm, Iter, Args) -> Result<u32, Trap>;

/// Functions that the machine itself must know.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Special {
    /// Nothing special.
    None,
    /// `pcall`
    Pcall,
    /// `xpcall`
    Xpcall,
    /// The iterator that `ipairs` returns.
    IpairsNext,
}

/// Where a library function's arguments lie.
#[derive(Clone, Copy, Debug)]
pub struct Args {
    pub(crate) base: usize,
    pub(crate) n: usize,
}

impl Args {
    /// How many were given.
    #[inline(always)]
    pub fn len(self) -> usize {
        self.n
    }

    /// Whether none were given.
    pub fn is_empty(self) -> bool {
        self.n == 0
    }
}

/// The values of an [`IterFn`].
#[derive(Clone, Copy)]
pub struct Iter(*mut IterObj);

impl Iter {
    /// The value in slot `i`; nil past the end.
    #[inline]
    pub fn get(self, i: usize) -> Value {
        // SAFETY: the object is live while its function runs, and the index is checked.
        unsafe { if i < (*self.0).count as usize { *IterObj::slots(self.0).add(i) } else { Value::NIL } }
    }

    /// How many slots there are.
    pub fn len(self) -> usize {
        // SAFETY: as in `get`.
        unsafe { (*self.0).count as usize }
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    #[inline(always)]
    pub(crate) fn new(o: *mut IterObj) -> Iter {
        Iter(o)
    }
}

/// A library constant.
#[derive(Clone, Copy, Debug)]
pub enum ConstantValue {
    /// A number, boolean or `json.null`.
    Value(Value),
    /// A string.
    Text(&'static [u8]),
}

/// The library functions and constants that a machine offers, by full name (`string.byte`).
#[derive(Default)]
pub struct Library {
    functions: Vec<(&'static str, NativeFn, Special)>,
    constants: Vec<(&'static str, ConstantValue)>,
}

impl Library {
    /// An empty one.
    pub fn new() -> Library {
        Library::default()
    }

    /// Adds a function.
    pub fn add(&mut self, name: &'static str, f: NativeFn) {
        self.functions.push((name, f, Special::None));
    }

    /// Adds a function that the machine knows.
    pub fn add_special(&mut self, name: &'static str, f: NativeFn, special: Special) {
        self.functions.push((name, f, special));
    }

    /// Adds a constant.
    pub fn add_constant(&mut self, name: &'static str, value: ConstantValue) {
        self.constants.push((name, value));
    }

    /// All names.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.functions.iter().map(|f| f.0).chain(self.constants.iter().map(|c| c.0))
    }

    pub(crate) fn function(&self, name: &str) -> Option<(NativeFn, &'static str, Special)> {
        self.functions.iter().find(|f| f.0 == name).map(|f| (f.1, f.0, f.2))
    }

    pub(crate) fn special_name(&self, special: Special) -> Option<&'static str> {
        self.functions.iter().find(|f| f.2 == special).map(|f| f.0)
    }

    pub(crate) fn constant(&self, name: &str) -> Option<ConstantValue> {
        self.constants.iter().find(|c| c.0 == name).map(|c| c.1)
    }

    pub(crate) fn members<'a>(&'a self, table: &'a str) -> impl Iterator<Item = &'static str> + 'a {
        self.names()
            .filter(move |n| n.len() > table.len() + 1 && n.starts_with(table) && n.as_bytes()[table.len()] == b'.')
    }
}

/// What kind of data a table is, for canonical JSON.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DataKind {
    /// `[]`, with this many values.
    Array(u32),
    /// `{}`
    Map,
}

impl Vm {
    /// Argument `i` (from 0); nil when it was not given.
    #[inline(always)]
    pub fn arg(&self, args: Args, i: usize) -> Value {
        if i < args.n {
            // SAFETY: arguments lie in the stack while the function runs.
            unsafe { *self.stack.add(args.base + i) }
        } else {
            Value::NIL
        }
    }

    /// All arguments, copied.
    pub fn args_vec(&self, args: Args) -> Vec<Value> {
        (0..args.n).map(|i| self.arg(args, i)).collect()
    }

    /// Gives the only result.
    #[inline(always)]
    pub fn ret1(&mut self, args: Args, v: Value) -> Result<u32, Trap> {
        // SAFETY: the slot before the arguments held the function.
        unsafe { *self.stack.add(args.base - 1) = v };
        Ok(1)
    }

    /// Makes room for `n` results. Call it before the first [`Vm::ret`] when there may be
    /// more results than arguments.
    ///
    /// # Errors
    /// The depth limit, when that many registers are not left.
    pub fn reserve(&mut self, args: Args, n: usize) -> Result<(), Trap> {
        if args.base + n > crate::host::MAX_REGISTERS { Err(Trap(TrapKind::Limit(Limit::Depth))) } else { Ok(()) }
    }

    /// Sets result `i`. The results take the place of the arguments, so read those first.
    #[inline(always)]
    pub fn ret(&mut self, args: Args, i: usize, v: Value) {
        debug_assert!(args.base + i <= crate::host::MAX_REGISTERS + 512);
        if args.base + i <= crate::host::MAX_REGISTERS + 512 {
            // SAFETY: inside the stack's allocation, past every register in use.
            unsafe { *self.stack.add(args.base - 1 + i) = v };
        }
    }

    /// Sets all results.
    ///
    /// # Errors
    /// The depth limit.
    pub fn ret_all(&mut self, args: Args, values: &[Value]) -> Result<u32, Trap> {
        self.reserve(args, values.len())?;
        for (i, v) in values.iter().enumerate() {
            self.ret(args, i, *v);
        }
        Ok(values.len() as u32)
    }

    /// A string of this call. Charges its abstract memory; charge fuel for making it yourself.
    ///
    /// # Errors
    /// The memory limit; more than 2 GiB.
    #[inline]
    pub fn new_string(&mut self, bytes: &[u8]) -> Result<Value, Trap> {
        // SAFETY: the string is initialised from the slice.
        match unsafe { self.heap.string(bytes) } {
            Ok(s) => Ok(Value::from_str(s)),
            Err(f) => Err(self.fault(f)),
        }
    }

    /// A string that the engine itself gives (a type's name): permanent, and free.
    #[inline]
    pub fn literal(&mut self, text: &'static str) -> Value {
        // SAFETY: interning only needs the heap.
        unsafe { Value::from_str(self.heap.intern(text.as_bytes())) }
    }

    /// An empty table of this call; the sizes are hints.
    ///
    /// # Errors
    /// The memory limit.
    #[inline]
    pub fn new_table(&mut self, array: u32, record: u32) -> Result<Value, Trap> {
        // Hints are cut, so that a hint cannot take memory that was not paid for.
        match unsafe { self.heap.table(array.min(64), record.min(16)) } {
            Ok(t) => Ok(Value::from_table(t)),
            Err(f) => Err(self.fault(f)),
        }
    }

    /// A function with values of its own.
    ///
    /// # Errors
    /// The memory limit.
    pub fn new_iter(&mut self, f: IterFn, slots: &[Value]) -> Result<Value, Trap> {
        self.heap.take_mem(CELL_BYTES + 16 * slots.len() as i64).map_err(|_| Trap(TrapKind::Limit(Limit::Memory)))?;
        // SAFETY: the block holds the header and the slots, and all of it is written.
        unsafe {
            let o = self.heap.arena.alloc(core::mem::size_of::<IterObj>() + 16 * slots.len()) as *mut IterObj;
            o.write(IterObj { f, count: slots.len() as u32, frozen: 0 });
            for (i, v) in slots.iter().enumerate() {
                *IterObj::slots(o).add(i) = *v;
            }
            Ok(Value::from_iter_obj(o))
        }
    }

    /// Sets a slot of a running [`IterFn`].
    ///
    /// # Errors
    /// When the function was made while a fold module loaded: it must not carry
    /// anything from event to event.
    #[inline]
    pub fn set_slot(&mut self, it: Iter, i: usize, v: Value) -> Result<(), Trap> {
        // SAFETY: as in `Iter::get`.
        unsafe {
            if (*it.0).frozen != 0 {
                return Err(self.error("attempt to use a generator or iterator that was made while the fold module loaded; make it inside the function"));
            }
            if i < (*it.0).count as usize {
                *IterObj::slots(it.0).add(i) = v;
            }
        }
        Ok(())
    }

    /// A field, without metamethods; nil when `t` is not a table.
    #[inline]
    pub fn raw_get(&self, t: Value, key: Value) -> Value {
        if t.tag != Tag::Table {
            return Value::NIL;
        }
        // SAFETY: a live table.
        unsafe { Table::get(t.table_ptr(), key) }
    }

    /// A field by name, without metamethods.
    pub fn field(&mut self, t: Value, name: &str) -> Value {
        // SAFETY: interning returns a live permanent string.
        let k = Value::from_str(unsafe { self.heap.intern(name.as_bytes()) });
        self.raw_get(t, k)
    }

    /// A field by integer key, without metamethods.
    #[inline]
    pub fn raw_get_int(&self, t: Value, k: i64) -> Value {
        if t.tag != Tag::Table {
            return Value::NIL;
        }
        // SAFETY: a live table.
        unsafe { Table::get_int(t.table_ptr(), k) }
    }

    /// Assigns, without metamethods.
    ///
    /// # Errors
    /// A nil key, a frozen or read-only table, the limits.
    #[inline]
    pub fn raw_set(&mut self, t: Value, key: Value, v: Value) -> Result<(), Trap> {
        if t.tag != Tag::Table {
            return Err(self.error("attempt to index a value that is not a table"));
        }
        // SAFETY: a live table.
        match unsafe { self.heap.set(t.table_ptr(), key, v) } {
            Ok(()) => Ok(()),
            Err(f) => Err(self.fault(f)),
        }
    }

    /// Assigns to a key of a record that comes from outside (a decoded event): such keys make
    /// shapes, while there is room.
    ///
    /// # Errors
    /// As [`Vm::raw_set`].
    pub fn set_decoded(&mut self, t: Value, key: &[u8], v: Value) -> Result<(), Trap> {
        if t.tag == Tag::Table && !v.is_nil() {
            // SAFETY: a live table; the shapes' keys are permanent.
            unsafe {
                let p = t.table_ptr();
                if (*p).flags & SPECIAL == 0
                    && let Some(next) = crate::shape::Shape::next_by_bytes((*p).shape, key)
                {
                    // The usual case: the same record as before, key by key, without hashing.
                    self.charge_memory((crate::heap::STRING_BYTES + crate::heap::KEY_BYTES) as u64 + key.len() as u64)?;
                    self.heap.push_slot(p, next, v);
                    return Ok(());
                }
            }
        }
        let k = self.json_key(key)?;
        self.raw_set(t, k, v)
    }

    /// A string that is likely to come again (an event's type, an actor): the permanent one
    /// when there is one, else one of this call. Costs the same either way.
    ///
    /// # Errors
    /// As [`Vm::new_string`].
    pub fn shared_string(&mut self, bytes: &[u8]) -> Result<Value, Trap> {
        if bytes.len() <= 40 {
            let hash = crate::string::hash_bytes(bytes);
            // SAFETY: interned strings are live as long as the machine.
            if let Some(s) = unsafe { self.heap.intern.find(bytes, hash) } {
                self.heap
                    .take_mem(crate::heap::STRING_BYTES + bytes.len() as i64)
                    .map_err(|_| Trap(TrapKind::Limit(Limit::Memory)))?;
                return Ok(Value::from_str(s));
            }
        }
        self.new_string(bytes)
    }

    /// The first border of a table, without `__len`; 0 for anything else.
    #[inline]
    pub fn border(&self, t: Value) -> i64 {
        if t.tag != Tag::Table {
            return 0;
        }
        // SAFETY: a live table.
        unsafe { i64::from((*t.table_ptr()).border) }
    }

    /// The metatable, nil when there is none.
    pub fn metatable(&self, v: Value) -> Value {
        if v.tag != Tag::Table {
            return Value::NIL;
        }
        // SAFETY: a live table.
        let m = unsafe { (*v.table_ptr()).meta };
        if m.is_null() { Value::NIL } else { Value::from_table(m) }
    }

    /// Sets or removes the metatable.
    ///
    /// # Errors
    /// When the table is frozen or part of the state.
    pub fn set_metatable(&mut self, t: Value, meta: Value) -> Result<(), Trap> {
        if t.tag != Tag::Table {
            return Err(self.error("only a table can have a metatable"));
        }
        // SAFETY: live tables.
        unsafe {
            let p = t.table_ptr();
            if (*p).flags & FROZEN != 0 {
                return Err(self.fault(Fault::Frozen));
            }
            if (*p).flags & STATE != 0 {
                return Err(self.error("a table of the state cannot have a metatable; state is plain data"));
            }
            self.heap.epoch = self.heap.epoch.wrapping_add(1);
            if meta.tag == Tag::Table {
                (*meta.table_ptr()).flags |= WATCHED;
                (*p).meta = meta.table_ptr();
            } else {
                (*p).meta = core::ptr::null_mut();
            }
        }
        Ok(())
    }

    /// A field of the metatable, by name; nil when there is none.
    pub fn meta_field(&mut self, v: Value, name: &str) -> Value {
        let m = self.metatable(v);
        if m.tag != Tag::Table {
            return Value::NIL;
        }
        // SAFETY: a live table and a permanent string.
        unsafe {
            let k = self.heap.intern(name.as_bytes());
            Table::get_str(m.table_ptr(), k)
        }
    }

    /// What `t` is as data: array or map, by the rules of the state. Tables that mix keys or
    /// have gaps are refused.
    ///
    /// # Errors
    /// The reason.
    pub fn data_kind(&self, t: Value) -> Result<DataKind, crate::state::NotPlain> {
        use crate::state::NotPlain;
        if t.tag != Tag::Table {
            return Err(NotPlain::Key);
        }
        // SAFETY: a live table.
        unsafe {
            let p = t.table_ptr();
            let strings = Table::count_str(p);
            if !(*p).meta.is_null() {
                return Err(NotPlain::Metatable);
            }
            if !(*p).hash.is_null() && (*(*p).hash).live_other > 0 {
                return Err(NotPlain::Key);
            }
            match Table::array_only(p) {
                Some(0) if strings > 0 => Ok(DataKind::Map),
                Some(0) => Ok(if (*p).flags & SEQ != 0 { DataKind::Array(0) } else { DataKind::Map }),
                Some(n) if strings == 0 => Ok(DataKind::Array(n)),
                Some(_) => Err(NotPlain::Mixed),
                None if strings > 0 => Err(NotPlain::Mixed),
                None => Err(NotPlain::Gap),
            }
        }
    }

    /// Makes an empty table print as `[]`.
    pub fn mark_array(&mut self, t: Value) {
        if t.tag == Tag::Table {
            // SAFETY: a live table. The mark only matters for empty tables of this call.
            unsafe {
                let p = t.table_ptr();
                if (*p).flags & (FROZEN | STATE) == 0 {
                    (*p).flags = ((*p).flags | SEQ) & !FRESH;
                }
            }
        }
    }

    /// How many keys have a value.
    pub fn count(&self, t: Value) -> u64 {
        let mut n = 0;
        if t.tag == Tag::Table {
            // SAFETY: a live table.
            unsafe { Table::for_each(t.table_ptr(), |_, _| n += 1) };
        }
        n
    }

    /// [`Vm::count`], after [`Vm::tidy`].
    pub fn size_hint(&mut self, t: Value) -> u64 {
        self.tidy(t);
        self.count(t)
    }

    /// Gives up room that removed keys left behind, so that a walk over the table takes time in
    /// proportion to the keys that are there. Nothing that a program sees changes.
    pub fn tidy(&mut self, t: Value) {
        if t.tag == Tag::Table {
            // SAFETY: a live table.
            unsafe { self.heap.compact(t.table_ptr()) };
        }
    }

    /// Keys that have a value, sorted: false, true, numbers by value, strings by bytes.
    ///
    /// # Errors
    /// The type name of a key that has no place in that order.
    pub fn sorted_keys(&self, t: Value) -> Result<Vec<Value>, &'static str> {
        let mut keys = Vec::new();
        if t.tag != Tag::Table {
            return Ok(keys);
        }
        // SAFETY: a live table.
        unsafe {
            let p = t.table_ptr();
            if (*p).hash.is_null() {
                // Dense part and shape are in order already.
                for i in 0..(*p).arr_len {
                    if !(*(*p).arr.add(i as usize)).is_nil() {
                        keys.push(Value::int(i64::from(i) + 1));
                    }
                }
                let shape = (*p).shape;
                for s in crate::shape::Shape::sorted(shape) {
                    if !(*(*p).slots.add(usize::from(*s))).is_nil() {
                        keys.push(Value::from_str((&(*shape).keys)[usize::from(*s)]));
                    }
                }
                return Ok(keys);
            }
            let mut bad = None;
            Table::for_each(p, |k, _| match k.tag {
                Tag::False | Tag::True | Tag::Int | Tag::Fixed | Tag::Str => keys.push(k),
                // Such keys lie in the order of their addresses: choose one by its type.
                tag => bad = Some(bad.map_or(tag, |b: Tag| b.min(tag))),
            });
            if let Some(tag) = bad {
                return Err(Value { tag, bits: 0 }.type_name());
            }
        }
        keys.sort_by(|a, b| {
            let class = |v: &Value| match v.tag {
                Tag::False => 0,
                Tag::True => 1,
                Tag::Int | Tag::Fixed => 2,
                _ => 3,
            };
            class(a).cmp(&class(b)).then_with(|| match (a.as_num(), b.as_num()) {
                (Some(x), Some(y)) => Num::cmp(x, y),
                _ => a.str_bytes().cmp(b.str_bytes()),
            })
        });
        Ok(keys)
    }

    /// Identity of a table, for walks that must notice cycles; 0 for anything else.
    pub fn table_id(&self, t: Value) -> usize {
        if t.tag == Tag::Table { t.bits as usize } else { 0 }
    }

    /// Abstract bytes of an empty table.
    pub const TABLE_BYTES: i64 = TABLE_BYTES;
}
