//! The state between events: a tree of plain data that behaves as if it were written
//! as canonical JSON after each event and read back, without being written or read.
//!
//! State tables live outside the arena. Each counts the references to it from the state
//! (`refs`, 1 in a tree) and knows its parent. Writes to them during an event pass
//! `Heap::state_write`, which keeps the counts and remembers what must be looked at.
//! `Heap::commit` then, in time proportional to what the event did:
//! moves new data into the state heap, frees what fell out of the tree, and checks that
//! what was attached is plain. Only when a table really became shared (or a cycle) is the
//! whole tree rebuilt, each extra path getting its own copy.

use crate::string::{HEADER, STATE as STR_STATE, StrObj, StrSet};
use crate::table::{FRESH, Hash, STATE, TOUCHED, Table};
use crate::value::{Tag, Value};
use alloc::alloc::{Layout, alloc, dealloc, handle_alloc_error, realloc};
use alloc::string::String;
use alloc::vec::Vec;

/// How deep data may nest.
pub const MAX_DEPTH: u32 = 128;

/// A table of the state heap.
#[repr(C)]
pub(crate) struct StateTable {
    pub(crate) t: Table,
    pub(crate) parent: *mut StateTable,
    pub(crate) refs: u32,
    pub(crate) index: u32,
}

/// Why a value cannot be state.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotPlain {
    /// A function.
    Function,
    /// A table with a metatable.
    Metatable,
    /// A table that contains itself.
    Cycle,
    /// Nested deeper than [`MAX_DEPTH`].
    Depth,
    /// A string that is not UTF-8.
    NotUtf8,
    /// A key that is not UTF-8.
    KeyNotUtf8,
    /// A key that is neither a string nor in 1..n.
    Key,
    /// String keys beside 1..n.
    Mixed,
    /// Integer keys with a gap.
    Gap,
    /// No value at all.
    Nil,
    /// Larger than the memory limit.
    TooLarge,
}

impl NotPlain {
    /// What is wrong, in words.
    pub fn text(self) -> &'static str {
        match self {
            NotPlain::Function => "a function cannot be data",
            NotPlain::Metatable => "a table with a metatable cannot be data",
            NotPlain::Cycle => "the table contains itself",
            NotPlain::Depth => "data nests deeper than 128 levels",
            NotPlain::NotUtf8 => "a string that is not UTF-8 cannot be data",
            NotPlain::KeyNotUtf8 => "a key that is not UTF-8 cannot be data",
            NotPlain::Key => "a key of data is a string, or an integer from 1 on",
            NotPlain::Mixed => "a table holds both string keys and integer keys",
            NotPlain::Gap => "the integer keys of an array are not 1..n without a gap",
            NotPlain::Nil => "there is no value",
            NotPlain::TooLarge => "the data is larger than the memory limit",
        }
    }
}

/// One step of a path into data.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PathStep {
    /// A string key.
    Key(Vec<u8>),
    /// An array index, or an integer key.
    Index(i64),
    /// A key of another kind, by its type's name.
    Other(&'static str),
}

/// Why the state was refused, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StateError {
    /// What is wrong there.
    pub reason: NotPlain,
    /// From the root to the place.
    pub path: Vec<PathStep>,
}

impl StateError {
    pub(crate) fn new(reason: NotPlain) -> StateError {
        StateError { reason, path: Vec::new() }
    }

    /// The path as a program would write it: `state.by_id["a b"][3]`.
    pub fn path_text(&self, root: &str) -> String {
        let mut out = String::from(root);
        for s in &self.path {
            match s {
                PathStep::Key(k) => {
                    let word = !k.is_empty()
                        && !k[0].is_ascii_digit()
                        && k.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_');
                    if word {
                        out.push('.');
                        out.push_str(&String::from_utf8_lossy(k));
                    } else {
                        out.push_str(&alloc::format!("[{:?}]", String::from_utf8_lossy(k)));
                    }
                }
                PathStep::Index(i) => out.push_str(&alloc::format!("[{i}]")),
                PathStep::Other(t) => out.push_str(&alloc::format!("[<{t}>]")),
            }
        }
        out
    }
}

pub(crate) fn step(key: Value) -> PathStep {
    match key.tag {
        Tag::Str => PathStep::Key(key.str_bytes().to_vec()),
        Tag::Int => PathStep::Index(key.bits as i64),
        _ => PathStep::Other(key.type_name()),
    }
}

pub(crate) fn block(size: usize) -> Layout {
    match Layout::from_size_align(size.max(16), 16) {
        Ok(l) => l,
        Err(_) => handle_alloc_error(Layout::new::<u8>()),
    }
}

unsafe fn get_block(size: usize) -> *mut u8 {
    let p = alloc(block(size));
    if p.is_null() {
        handle_alloc_error(block(size));
    }
    p
}

pub(crate) unsafe fn alloc_values(n: u32) -> *mut Value {
    get_block(16 * n as usize) as *mut Value
}

pub(crate) unsafe fn free_values(p: *mut Value, n: u32) {
    if n > 0 && !p.is_null() {
        dealloc(p as *mut u8, block(16 * n as usize));
    }
}

pub(crate) unsafe fn realloc_values(p: *mut Value, old: u32, new: u32) -> *mut Value {
    if old == 0 || p.is_null() {
        return alloc_values(new);
    }
    let q = realloc(p as *mut u8, block(16 * old as usize), 16 * new as usize);
    if q.is_null() {
        handle_alloc_error(block(16 * new as usize));
    }
    q as *mut Value
}

pub(crate) unsafe fn alloc_hash() -> *mut Hash {
    get_block(core::mem::size_of::<Hash>()) as *mut Hash
}

/// Gives a table's blocks back.
pub(crate) unsafe fn release_table(t: *mut StateTable) {
    free_values((*t).t.slots, (*t).t.slots_cap);
    free_values((*t).t.arr, (*t).t.arr_cap);
    if !(*t).t.hash.is_null() {
        let h = (*t).t.hash;
        free_values((*h).entries as *mut Value, (*h).cap * 2);
        dealloc(h as *mut u8, block(core::mem::size_of::<Hash>()));
    }
    dealloc(t as *mut u8, block(core::mem::size_of::<StateTable>()));
}

/// The state heap and what the running event did to it.
pub(crate) struct StateHeap {
    pub(crate) tables: Vec<*mut StateTable>,
    pub(crate) strings: StrSet,
    pub(crate) root: Value,
    pub(crate) read_only: bool,
    /// What [`StateHeap::bytes`] may be.
    pub(crate) limit: i64,
    /// What it may be while an event ends.
    pub(crate) ceiling: i64,
    /// No table lies deeper; perhaps none as deep.
    pub(crate) deepest: u32,
    /// Tables and strings of a state that was given up.
    pub(crate) abandoned: Vec<*mut StateTable>,
    pub(crate) abandoned_strings: Vec<*mut StrObj>,
    /// Abstract size of the state; a function of its content alone.
    pub(crate) bytes: i64,
    /// State tables whose slots hold values that are not in the state heap.
    pub(crate) young: Vec<(*mut Table, Value)>,
    pub(crate) dirty: Vec<*mut Table>,
    pub(crate) touched: Vec<*mut StateTable>,
    pub(crate) moved: Vec<(*mut StateTable, *mut StateTable, Value)>,
    pub(crate) unheld: Vec<*mut StrObj>,
}

/// A string in the list of those that nobody holds.
const QUEUED: u32 = 16;
pub(crate) const TABLE: i64 = 64;
pub(crate) const STR: i64 = 32;

/// Size of a key with a value, without what the value points to.
pub(crate) fn key_size(key: Value) -> i64 {
    match key.tag {
        Tag::Str => 32 + key.str_bytes().len() as i64,
        _ => 16,
    }
}

impl StateHeap {
    pub(crate) fn new() -> StateHeap {
        StateHeap {
            tables: Vec::new(),
            strings: StrSet::new(),
            root: Value::NIL,
            read_only: false,
            limit: i64::MAX,
            ceiling: i64::MAX,
            deepest: 0,
            abandoned: Vec::new(),
            abandoned_strings: Vec::new(),
            bytes: 0,
            young: Vec::new(),
            dirty: Vec::new(),
            touched: Vec::new(),
            moved: Vec::new(),
            unheld: Vec::new(),
        }
    }

    pub(crate) fn root(&self) -> Value {
        self.root
    }

    /// The state's own string of this content; not yet held by anyone.
    pub(crate) unsafe fn intern(&mut self, s: *const StrObj) -> *mut StrObj {
        let hash = StrObj::hash(s);
        let bytes = StrObj::bytes(s);
        if let Some(p) = self.strings.find(bytes, hash) {
            return p;
        }
        let p = StrObj::init(get_block(HEADER + bytes.len()), bytes, STR_STATE | ((*s).flags & 12));
        (*p).hash = hash;
        self.strings.insert(p);
        self.queue(p);
        p
    }

    pub(crate) unsafe fn hold_str(&mut self, v: Value) {
        if v.tag == Tag::Str && (*v.str_ptr()).flags & STR_STATE != 0 {
            (*(v.str_ptr() as *mut StrObj)).refs += 1;
        }
    }

    pub(crate) unsafe fn release_str(&mut self, s: *mut StrObj) {
        if (*s).flags & STR_STATE != 0 {
            (*s).refs -= 1;
            if (*s).refs == 0 {
                self.queue(s);
            }
        }
    }

    pub(crate) unsafe fn touch(&mut self, t: *mut StateTable) {
        if (*t).t.flags & TOUCHED == 0 {
            (*t).t.flags |= TOUCHED;
            self.touched.push(t);
        }
    }

    pub(crate) unsafe fn new_table(&mut self, parent: *mut StateTable, arr: u32, slots: u32) -> *mut StateTable {
        let p = get_block(core::mem::size_of::<StateTable>()) as *mut StateTable;
        p.write(StateTable {
            t: Table {
                flags: STATE | FRESH,
                border: 0,
                shape: core::ptr::null_mut(),
                slots: if slots > 0 { alloc_values(slots) } else { core::ptr::null_mut() },
                arr: if arr > 0 { alloc_values(arr) } else { core::ptr::null_mut() },
                slots_cap: slots,
                arr_len: 0,
                arr_cap: arr,
                spare: 0,
                meta: core::ptr::null_mut(),
                hash: core::ptr::null_mut(),
            },
            parent,
            refs: 1,
            index: self.tables.len() as u32,
        });
        self.tables.push(p);
        p
    }

    pub(crate) unsafe fn free_table(&mut self, t: *mut StateTable) {
        let i = (*t).index as usize;
        self.tables.swap_remove(i);
        if let Some(m) = self.tables.get(i) {
            (**m).index = i as u32;
        }
        release_table(t);
    }

    /// Releases the strings that a table holds.
    pub(crate) unsafe fn release_strings(&mut self, t: *mut StateTable) {
        let h = (*t).t.hash;
        if !h.is_null() {
            for i in 0..(*h).cap {
                let e = *(*h).entries.add(i as usize);
                if e.key.tag == Tag::Str {
                    self.release_str(e.key.str_ptr() as *mut StrObj);
                }
            }
        }
        let this: *mut StateHeap = self;
        Table::for_each(&raw const (*t).t, |_, v| {
            if v.tag == Tag::Str {
                (*this).release_str(v.str_ptr() as *mut StrObj);
            }
        });
    }

    /// Remembers a string that nobody holds, once.
    unsafe fn queue(&mut self, s: *mut StrObj) {
        if (*s).flags & QUEUED == 0 {
            (*s).flags |= QUEUED;
            self.unheld.push(s);
        }
    }

    pub(crate) unsafe fn free_unheld(&mut self) {
        while let Some(s) = self.unheld.pop() {
            (*s).flags &= !QUEUED;
            // It may be held again since it was queued.
            if (*s).refs == 0 {
                self.strings.remove(s);
                dealloc(s as *mut u8, block(HEADER + (*s).len as usize));
            }
        }
    }
}

impl Drop for StateHeap {
    fn drop(&mut self) {
        // SAFETY: every table and string in the lists is live and freed once.
        unsafe {
            while let Some(t) = self.tables.last().copied() {
                self.free_table(t);
            }
            for t in core::mem::take(&mut self.abandoned) {
                release_table(t);
            }
            for s in self.strings.iter().chain(self.abandoned_strings.iter().copied()) {
                dealloc(s as *mut u8, block(HEADER + (*s).len as usize));
            }
        }
    }
}
