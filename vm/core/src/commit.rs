//! The end of an event: its result becomes the state. See `state.rs` for the idea.

use crate::heap::Heap;
use crate::state::{
    MAX_DEPTH, NotPlain, STR, StateError, StateTable, TABLE, block, free_values, key_size, release_table, step,
};
use crate::string::{HEADER, PERM, STATE as STR_STATE, StrObj, StrSet};
use crate::table::{DEAD, DIRTY, Entry, FRESH, Hash, ON_PATH, SEQ, STATE, TOUCHED, Table};
use crate::value::{Tag, Value};
use alloc::alloc::dealloc;
use alloc::vec::Vec;

/// Whether the value's bytes are already in the state's account.
unsafe fn is_young(v: Value) -> bool {
    match v.tag {
        Tag::Str => (*v.str_ptr()).flags & (PERM | STR_STATE) == 0 || !StrObj::is_utf8(v.str_ptr()),
        Tag::Table => (*v.table_ptr()).flags & STATE == 0,
        Tag::Closure | Tag::Native | Tag::Iter | Tag::Cell | Tag::Inner => true,
        _ => false,
    }
}

fn value_size(v: Value) -> i64 {
    if v.tag == Tag::Str { STR + v.str_bytes().len() as i64 } else { 0 }
}

impl Heap {
    /// The write barrier: called before `t[key] = new` on a state table. Returns the key
    /// as the state may keep it.
    pub(crate) unsafe fn state_write(&mut self, t: *mut Table, key: Value, old: Value, new: Value) -> Value {
        let s = &mut self.state;
        let mut key = key;
        if (*t).flags & DIRTY == 0 {
            (*t).flags |= DIRTY;
            s.dirty.push(t);
        }
        if !old.is_nil() {
            if !is_young(old) {
                s.bytes -= key_size(key) + value_size(old);
                match old.tag {
                    Tag::Str => s.release_str(old.str_ptr() as *mut StrObj),
                    Tag::Table => {
                        let c = old.table_ptr() as *mut StateTable;
                        (*c).refs -= 1;
                        s.touch(c);
                    }
                    _ => {}
                }
            }
        } else if !new.is_nil() && key.tag == Tag::Str {
            if !StrObj::is_utf8(key.str_ptr()) {
                (*t).spare = 1;
            }
            if (*key.str_ptr()).flags & (PERM | STR_STATE) == 0 {
                key = Value::from_str(s.intern(key.str_ptr()));
            }
        }
        if new.is_nil() {
            return key;
        }
        if is_young(new) {
            s.young.push((t, key));
            return key;
        }
        s.bytes += key_size(key) + value_size(new);
        match new.tag {
            Tag::Str => s.hold_str(new),
            Tag::Table => {
                let c = new.table_ptr() as *mut StateTable;
                (*c).refs += 1;
                if (*c).parent != t as *mut StateTable {
                    (*c).parent = t as *mut StateTable;
                    s.moved.push((c, t as *mut StateTable, key));
                }
                s.touch(c);
            }
            _ => {}
        }
        key
    }

    /// Copies data of this call into the state heap.
    unsafe fn adopt(&mut self, v: Value, parent: *mut StateTable, depth: u32) -> Result<Value, StateError> {
        match v.tag {
            Tag::Str => {
                if !StrObj::is_utf8(v.str_ptr()) {
                    return Err(StateError::new(NotPlain::NotUtf8));
                }
                self.state.bytes += value_size(v);
                if (*v.str_ptr()).flags & PERM != 0 {
                    return Ok(v);
                }
                let p = if (*v.str_ptr()).flags & STR_STATE != 0 {
                    v.str_ptr() as *mut StrObj
                } else {
                    self.state.intern(v.str_ptr())
                };
                (*p).refs += 1;
                Ok(Value::from_str(p))
            }
            Tag::Table => {
                let t = v.table_ptr();
                if (*t).flags & ON_PATH != 0 {
                    return Err(StateError::new(NotPlain::Cycle));
                }
                if depth > MAX_DEPTH {
                    return Err(StateError::new(NotPlain::Depth));
                }
                if (*t).flags & STATE != 0 {
                    // Nil for the key: nothing takes it out of the copy again.
                    let c = t as *mut StateTable;
                    (*c).refs += 1;
                    (*c).parent = parent;
                    self.state.moved.push((c, parent, Value::NIL));
                    self.state.touch(c);
                    return Ok(v);
                }
                (*t).flags |= ON_PATH;
                let r = self.adopt_table(t, parent, depth);
                (*t).flags &= !ON_PATH;
                r
            }
            Tag::Closure | Tag::Native | Tag::Iter | Tag::Cell | Tag::Inner => Err(StateError::new(NotPlain::Function)),
            Tag::Nil => Err(StateError::new(NotPlain::Nil)),
            _ => Ok(v),
        }
    }

    unsafe fn adopt_table(&mut self, t: *mut Table, parent: *mut StateTable, depth: u32) -> Result<Value, StateError> {
        check_kind(t)?;
        let shape = (*t).shape;
        let n = self.state.new_table(parent, (*t).border, (*shape).keys.len() as u32);
        let nt = &raw mut (*n).t;
        // Until the slots are filled there are none: a mistake further down leaves the copy as it is.
        (*nt).shape = self.shapes.empty;
        self.state.deepest = self.state.deepest.max(depth);
        (*nt).flags |= (*t).flags & SEQ;
        self.state.bytes += TABLE;
        // A table reached by many paths becomes many tables; the limit ends that.
        if self.state.bytes > self.state.ceiling {
            return Err(StateError::new(NotPlain::TooLarge));
        }
        if (*shape).dict {
            (*nt).shape = self.shapes.dict;
            let h = (*t).hash;
            let cap = if h.is_null() { 0 } else { (*h).cap };
            for i in 0..cap {
                let e = *(*h).entries.add(i as usize);
                if e.key.is_nil() || e.val.is_nil() {
                    continue;
                }
                let key =
                    self.adopt_key(e.key).map_err(|r| StateError { reason: r, path: alloc::vec![step(e.key)] })?;
                let val = self.adopt(e.val, n, depth + 1).map_err(|err| prefix(err, e.key))?;
                self.state.bytes += key_size(key);
                self.hash_put(nt, key, val);
                (*nt).flags &= !(FRESH | SEQ);
            }
        } else {
            // Keys of shapes are permanent; only their being UTF-8 is open. Slots without a value
            // keep their nil, and a table without any starts afresh.
            let mut any = false;
            for (i, k) in (*shape).keys.iter().enumerate() {
                let v = *(*t).slots.add(i);
                if v.is_nil() {
                    *(*nt).slots.add(i) = Value::NIL;
                    continue;
                }
                let key = Value::from_str(*k);
                if !StrObj::is_utf8(*k) {
                    return Err(StateError { reason: NotPlain::KeyNotUtf8, path: alloc::vec![step(key)] });
                }
                any = true;
                self.state.bytes += key_size(key);
                let val = self.adopt(v, n, depth + 1).map_err(|e| prefix(e, key))?;
                *(*nt).slots.add(i) = val;
            }
            (*nt).shape = if any { shape } else { self.shapes.empty };
            if any {
                (*nt).flags &= !(FRESH | SEQ);
            }
        }
        for i in 0..(*t).border {
            let key = Value::int(i64::from(i) + 1);
            let val = self.adopt(*(*t).arr.add(i as usize), n, depth + 1).map_err(|e| prefix(e, key))?;
            self.state.bytes += key_size(key);
            *(*nt).arr.add(i as usize) = val;
            (*nt).arr_len = i + 1;
            (*nt).border = i + 1;
        }
        if (*nt).border > 0 {
            (*nt).flags = ((*nt).flags & !FRESH) | SEQ;
        }
        Ok(Value::from_table(nt))
    }

    unsafe fn adopt_key(&mut self, key: Value) -> Result<Value, NotPlain> {
        if key.tag != Tag::Str {
            return Err(NotPlain::Key);
        }
        let s = key.str_ptr();
        if !StrObj::is_utf8(s) {
            return Err(NotPlain::KeyNotUtf8);
        }
        if (*s).flags & (PERM | STR_STATE) != 0 {
            return Ok(key);
        }
        Ok(Value::from_str(self.state.intern(s)))
    }

    /// Ends an event whose result is `result`: it becomes the state.
    ///
    /// After an error the state must not be used again.
    pub(crate) unsafe fn commit(&mut self, result: Value) -> Result<(), StateError> {
        match self.commit_tree(result) {
            // Which of several mistakes was met first depends on how the tree is laid out here;
            // the one that is reported must not.
            Err(e) => Err(self.first_mistake(result).unwrap_or(e)),
            Ok(()) if self.state.bytes > self.state.limit => Err(StateError::new(NotPlain::TooLarge)),
            Ok(()) => Ok(()),
        }
    }

    /// The first mistake in the order of keys, and the size of what comes before it.
    unsafe fn first_mistake(&mut self, result: Value) -> Option<StateError> {
        let mut size = 0;
        self.look(result, 1, &mut size)
    }

    unsafe fn look(&mut self, v: Value, depth: u32, size: &mut i64) -> Option<StateError> {
        match v.tag {
            Tag::Nil => return Some(StateError::new(NotPlain::Nil)),
            Tag::Closure | Tag::Native | Tag::Iter | Tag::Cell | Tag::Inner => {
                return Some(StateError::new(NotPlain::Function));
            }
            Tag::Str if !StrObj::is_utf8(v.str_ptr()) => return Some(StateError::new(NotPlain::NotUtf8)),
            Tag::Str => *size += value_size(v),
            Tag::Table => {
                let t = v.table_ptr();
                if (*t).flags & ON_PATH != 0 {
                    return Some(StateError::new(NotPlain::Cycle));
                }
                if depth > MAX_DEPTH {
                    return Some(StateError::new(NotPlain::Depth));
                }
                if let Err(e) = check_kind(t) {
                    return Some(e);
                }
                *size += TABLE;
                let mut entries: Vec<(Value, Value)> = Vec::new();
                Table::for_each(t, |k, v| entries.push((k, v)));
                entries
                    .sort_by(|a, b| a.0.as_int().cmp(&b.0.as_int()).then_with(|| a.0.str_bytes().cmp(b.0.str_bytes())));
                (*t).flags |= ON_PATH;
                let mut found = None;
                for (k, v) in entries {
                    *size += key_size(k);
                    if *size > self.state.limit {
                        found = Some(StateError::new(NotPlain::TooLarge));
                    } else if k.tag == Tag::Str && !StrObj::is_utf8(k.str_ptr()) {
                        found = Some(StateError { reason: NotPlain::KeyNotUtf8, path: alloc::vec![step(k)] });
                    } else {
                        found = self.look(v, depth + 1, size).map(|e| prefix(e, k));
                    }
                    if found.is_some() {
                        break;
                    }
                }
                (*t).flags &= !ON_PATH;
                return found;
            }
            _ => {}
        }
        None
    }

    unsafe fn commit_tree(&mut self, result: Value) -> Result<(), StateError> {
        // What falls out of the tree is still counted while its successor is copied.
        self.state.ceiling = self.state.limit.saturating_add(self.state.bytes.max(0));
        self.commit_root(result)?;
        let mut late: Option<(*mut Table, Value, StateError)> = None;
        let mut i = 0;
        // Adopting can meet state tables, but never makes new young writes.
        while i < self.state.young.len() {
            let (t, key) = self.state.young[i];
            i += 1;
            let v = Table::get(t, key);
            if v.is_nil() || !is_young(v) {
                continue;
            }
            let depth = depth_of(t as *mut StateTable);
            match self.adopt(v, t as *mut StateTable, depth + 1) {
                Ok(v) => {
                    self.state.bytes += key_size(key);
                    replace(t, key, v);
                }
                Err(e) => {
                    late = late.or(Some((t, key, e)));
                }
            }
        }
        self.state.young.clear();
        self.sweep();
        let mut rebuild = self.needs_rebuild();
        if let Some((t, key, e)) = late {
            if attached(t as *mut StateTable, self.state.root, self.state.tables.len()) {
                return Err(self.locate(t, prefix(e, key)));
            }
            rebuild = true;
        }
        for t in core::mem::take(&mut self.state.dirty) {
            if (*t).flags & DEAD != 0 {
                continue;
            }
            (*t).flags &= !DIRTY;
            if let Err(e) = check_kind(t).and_then(|()| check_keys(t)) {
                if rebuild && !attached(t as *mut StateTable, self.state.root, self.state.tables.len()) {
                    continue;
                }
                return Err(self.locate(t, e));
            }
            // As when read back: what an emptied table will be depends on what it is now, and no
            // removed keys linger in the dense part.
            (*t).arr_len = (*t).border;
            if (*t).border > 0 {
                (*t).flags = ((*t).flags | SEQ) & !FRESH;
            } else if Table::count_str(t) > 0 {
                (*t).flags &= !(SEQ | FRESH);
            } else {
                self.restart(t as *mut StateTable);
            }
        }
        let moved = core::mem::take(&mut self.state.moved);
        if !rebuild {
            self.check_moved(&moved)?;
        }
        self.free_dead();
        if rebuild {
            self.rebuild()?;
        }
        self.state.free_unheld();
        Ok(())
    }

    /// Nothing that moved reaches too deep now.
    unsafe fn check_moved(&mut self, moved: &[(*mut StateTable, *mut StateTable, Value)]) -> Result<(), StateError> {
        let live = || moved.iter().map(|m| m.0).filter(|c| (**c).t.flags & DEAD == 0);
        let Some(lowest) = live().map(|c| depth_of(c)).max() else { return Ok(()) };
        // Below the nearest of them above it, a table lies no deeper than it did before, or than
        // it was copied to: a bound that spares walking through all that moved at each event.
        let reach = lowest + self.state.deepest;
        if reach <= MAX_DEPTH {
            self.state.deepest = reach;
            return Ok(());
        }
        for c in live() {
            if depth_of(c) + height(&raw const (*c).t, 0) > MAX_DEPTH {
                return Err(self.locate(&raw mut (*c).t, StateError::new(NotPlain::Depth)));
            }
        }
        let root = self.state.root;
        self.state.deepest = if root.tag == Tag::Table { 1 + height(root.table_ptr(), 0) } else { 0 };
        Ok(())
    }

    unsafe fn commit_root(&mut self, result: Value) -> Result<(), StateError> {
        let old = self.state.root;
        let is_state = result.tag == Tag::Table && (*result.table_ptr()).flags & STATE != 0;
        if is_state {
            if result.bits != old.bits || old.tag != Tag::Table {
                let c = result.table_ptr() as *mut StateTable;
                (*c).refs += 1;
                (*c).parent = core::ptr::null_mut();
                self.state.touch(c);
                self.state.root = result;
                self.drop_root(old);
            }
            return Ok(());
        }
        let new = self.adopt(result, core::ptr::null_mut(), 1)?;
        self.state.root = new;
        self.drop_root(old);
        Ok(())
    }

    unsafe fn drop_root(&mut self, old: Value) {
        match old.tag {
            Tag::Table => {
                let c = old.table_ptr() as *mut StateTable;
                (*c).refs -= 1;
                self.state.touch(c);
            }
            Tag::Str => {
                self.state.bytes -= value_size(old);
                self.state.release_str(old.str_ptr() as *mut StrObj);
            }
            _ => {}
        }
    }

    /// Marks what fell out of the tree dead, and what only it held.
    unsafe fn sweep(&mut self) {
        let mut work: Vec<*mut StateTable> = self.state.touched.iter().copied().filter(|t| (**t).refs == 0).collect();
        while let Some(t) = work.pop() {
            if (*t).t.flags & DEAD != 0 {
                continue;
            }
            (*t).t.flags |= DEAD;
            let mut size = TABLE;
            let this: *mut Heap = self;
            Table::for_each(&raw const (*t).t, |k, v| {
                size += key_size(k) + value_size(v);
                if v.tag == Tag::Table && (*v.table_ptr()).flags & STATE != 0 {
                    let c = v.table_ptr() as *mut StateTable;
                    (*c).refs -= 1;
                    (*this).state.touch(c);
                    if (*c).refs == 0 {
                        work.push(c);
                    }
                }
            });
            self.state.bytes -= size;
        }
    }

    unsafe fn free_dead(&mut self) {
        let touched = core::mem::take(&mut self.state.touched);
        for t in touched {
            if (*t).t.flags & DEAD != 0 {
                self.state.release_strings(t);
                self.state.free_table(t);
            } else {
                (*t).t.flags &= !TOUCHED;
            }
        }
    }

    /// Whether a table became shared, or something moved so that counting cannot tell.
    unsafe fn needs_rebuild(&self) -> bool {
        for t in &self.state.touched {
            if (**t).t.flags & DEAD == 0 && (**t).refs > 1 {
                return true;
            }
        }
        for (c, parent, key) in &self.state.moved {
            if (**c).t.flags & DEAD != 0 {
                continue;
            }
            if (**c).parent != *parent {
                continue;
            }
            if !parent.is_null() {
                if (**parent).t.flags & DEAD != 0 {
                    return true;
                }
                let held = Table::get(&raw const (**parent).t, *key);
                let holds = held.tag == Tag::Table && held.bits == *c as u64;
                if !key.is_nil() && !holds {
                    return true;
                }
            }
            if !attached(*c, self.state.root, self.state.tables.len()) {
                return true;
            }
        }
        false
    }

    /// Copies the tree from the root, one copy a path, and drops the old heap.
    unsafe fn rebuild(&mut self) -> Result<(), StateError> {
        let old_tables = core::mem::take(&mut self.state.tables);
        let old_strings = core::mem::replace(&mut self.state.strings, StrSet::new());
        let root = self.state.root;
        self.state.bytes = 0;
        self.state.ceiling = self.state.limit;
        self.state.deepest = 0;
        self.state.unheld.clear();
        // Old strings look like strings of this call while they are copied.
        for s in old_strings.iter() {
            (*s).flags &= !STR_STATE;
        }
        for t in &old_tables {
            (**t).t.flags &= !STATE;
        }
        let result = self.adopt(root, core::ptr::null_mut(), 1);
        if result.is_err() {
            // The fold is over; the old tables stay for the one who looks for the mistake.
            self.state.abandoned.extend(old_tables);
            self.state.abandoned_strings.extend(old_strings.iter());
            return result.map(|_| ());
        }
        for t in old_tables {
            release_table(t);
        }
        for s in old_strings.iter() {
            dealloc(s as *mut u8, block(HEADER + (*s).len as usize));
        }
        self.state.dirty.clear();
        self.state.moved.clear();
        self.state.root = result?;
        Ok(())
    }

    /// An empty table is as good as new: the next key put in it decides again what it is.
    unsafe fn restart(&mut self, t: *mut StateTable) {
        self.state.release_strings(t);
        let h = (*t).t.hash;
        if !h.is_null() {
            free_values((*h).entries as *mut Value, (*h).cap * 2);
            dealloc(h as *mut u8, block(core::mem::size_of::<Hash>()));
            (*t).t.hash = core::ptr::null_mut();
        }
        (*t).t.shape = self.shapes.empty;
        (*t).t.arr_len = 0;
        (*t).t.flags |= FRESH;
    }

    /// Completes an error's path with the way from the root to `t`.
    unsafe fn locate(&self, t: *mut Table, mut e: StateError) -> StateError {
        let mut c = t as *mut StateTable;
        let mut steps = 0;
        while !(*c).parent.is_null() && steps <= MAX_DEPTH {
            let p = (*c).parent;
            let mut found = None;
            Table::for_each(&raw const (*p).t, |k, v| {
                if v.tag == Tag::Table && v.bits == c as u64 {
                    found = Some(k);
                }
            });
            if let Some(k) = found {
                e.path.insert(0, step(k));
            }
            c = p;
            steps += 1;
        }
        e
    }
}

fn prefix(mut e: StateError, key: Value) -> StateError {
    e.path.insert(0, step(key));
    e
}

/// Overwrites a present key.
unsafe fn replace(t: *mut Table, key: Value, v: Value) {
    match key.tag {
        Tag::Int => {
            let i = (key.bits).wrapping_sub(1);
            if i < u64::from((*t).arr_len) {
                *(*t).arr.add(i as usize) = v;
                return;
            }
        }
        Tag::Str if !(*(*t).shape).dict => {
            if let Some(slot) = crate::shape::Shape::find((*t).shape, key.str_ptr()) {
                *(*t).slots.add(slot as usize) = v;
            }
            return;
        }
        _ => {}
    }
    let e: *mut Entry = Hash::find((*t).hash, key);
    if !e.is_null() {
        (*e).val = v;
    }
}

/// Only string keys, or only 1..n; no metatable.
unsafe fn check_kind(t: *const Table) -> Result<(), StateError> {
    if !(*t).meta.is_null() {
        return Err(StateError::new(NotPlain::Metatable));
    }
    let h = (*t).hash;
    let strings = Table::count_str(t);
    if !h.is_null() && (*h).live_other > 0 {
        return Err(StateError::new(NotPlain::Key));
    }
    match Table::array_only(t) {
        Some(0) => Ok(()),
        Some(_) if strings == 0 => Ok(()),
        Some(_) => Err(StateError::new(NotPlain::Mixed)),
        None if strings > 0 => Err(StateError::new(NotPlain::Mixed)),
        None => Err(StateError::new(NotPlain::Gap)),
    }
}

/// Keys that were put in during the event are UTF-8 (the others were checked before).
unsafe fn check_keys(t: *const Table) -> Result<(), StateError> {
    // The barrier notes in `spare` that it saw such a key, so that large tables need no search.
    if (*t).spare == 0 {
        return Ok(());
    }
    let mut bad = None;
    Table::for_each(t, |k, _| {
        if k.tag == Tag::Str && !StrObj::is_utf8(k.str_ptr()) {
            bad = Some(k);
        }
    });
    match bad {
        Some(k) => Err(StateError { reason: NotPlain::KeyNotUtf8, path: alloc::vec![step(k)] }),
        None => Ok(()),
    }
}

unsafe fn depth_of(t: *mut StateTable) -> u32 {
    let (mut c, mut n) = (t, 1);
    while !(*c).parent.is_null() && n <= MAX_DEPTH + 1 {
        c = (*c).parent;
        n += 1;
    }
    n
}

unsafe fn height(t: *const Table, depth: u32) -> u32 {
    let mut h = 0;
    if depth <= MAX_DEPTH {
        Table::for_each(t, |_, v| {
            if v.tag == Tag::Table {
                h = h.max(1 + height(v.table_ptr(), depth + 1));
            }
        });
    }
    h
}

/// Whether the chain of parents leads to the root; `tables` bounds its length.
unsafe fn attached(t: *mut StateTable, root: Value, tables: usize) -> bool {
    let (mut c, mut n) = (t, 0);
    while n <= tables {
        if (*c).t.flags & DEAD != 0 {
            return false;
        }
        if (*c).parent.is_null() {
            return root.tag == Tag::Table && root.bits == c as u64;
        }
        c = (*c).parent;
        n += 1;
    }
    // Longer than there are tables: a ring outside the tree.
    false
}
