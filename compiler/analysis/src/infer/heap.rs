//! Tables, each standing for all that one place of the program makes. What is known of them only
//! grows; tables that pile up in one place are made one.

use super::value::{Strs, Val};
use crate::Place;
use crate::facts::TableId;
use std::collections::{BTreeMap, BTreeSet};

/// Tables that one value tells apart.
pub(crate) const MAX_TABLES: usize = 16;
/// Fields of one table that are told apart.
const MAX_FIELDS: usize = 512;
/// Metatables in a chain.
const MAX_CHAIN: u32 = 8;
/// Places of writes that are remembered.
const MAX_WRITES: usize = 16;

/// A field with a name.
#[derive(Clone, Debug, Default)]
pub(crate) struct FieldInfo {
    pub val: Val,
    grows: u8,
    /// Whether every such table has it from the beginning.
    pub always: bool,
    pub origin: Option<Place>,
    pub doc: &'static str,
}

/// A table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    /// Where it is made; none for what comes from outside.
    pub origin: Option<Place>,
    pub fields: BTreeMap<Vec<u8>, FieldInfo>,
    /// What stands at integer keys.
    pub elems: Val,
    /// Keys besides integers and named fields.
    pub keys: Val,
    pub vals: Val,
    /// Whether it may hold anything besides.
    pub open: bool,
    pub meta: Val,
    /// Where keys that are not known by name are given values; none when there are too many.
    pub writes: Option<Vec<Place>>,
    /// Functions that read all of it, its list, or a field of it.
    readers: Vec<u32>,
    list_readers: Vec<u32>,
    field_readers: BTreeMap<Vec<u8>, Vec<u32>>,
    grows: u8,
    /// Whether the program did not make it: an event and what it holds.
    pub is_given: bool,
    /// Whether it stands for what several places make.
    pub is_merged: bool,
    /// The table that took its place.
    same_as: Option<TableId>,
}

/// A part of a table.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Part {
    Field(Vec<u8>),
    List,
    All,
}

/// All tables.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heap {
    tables: Vec<Table>,
    /// Tables that changed since this was last asked, and in what.
    changed: Vec<(TableId, Part)>,
}

impl Table {
    /// What it may hold besides what is known.
    fn rest(&self) -> Val {
        match (self.open, self.is_given) {
            (false, _) => Val::default(),
            (true, true) => Val::given(),
            (true, false) => Val::anything(),
        }
    }
}

fn grow(into: &mut Val, grows: &mut u8, from: &Val) -> bool {
    let changed = if *grows < 3 { into.join(from) } else { into.widen(from) };
    if changed {
        *grows = grows.saturating_add(1);
    }
    changed
}

impl Heap {
    pub(crate) fn new_table(&mut self, origin: Option<Place>) -> TableId {
        let id = TableId(self.tables.len() as u32);
        self.tables.push(Table { origin, writes: Some(Vec::new()), ..Table::default() });
        id
    }

    /// Every table.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Table> {
        self.tables.iter()
    }

    /// A table that the program is given.
    pub(crate) fn given_table(&mut self) -> TableId {
        let id = self.new_table(None);
        self.get_mut(id).is_given = true;
        id
    }

    pub(crate) fn find(&self, mut id: TableId) -> TableId {
        while let Some(next) = self.tables[id.0 as usize].same_as {
            id = next;
        }
        id
    }

    pub(crate) fn get(&self, id: TableId) -> &Table {
        &self.tables[self.find(id).0 as usize]
    }

    pub(crate) fn get_mut(&mut self, id: TableId) -> &mut Table {
        let id = self.find(id);
        &mut self.tables[id.0 as usize]
    }

    fn touch(&mut self, id: TableId, part: Part) {
        let change = (id, part);
        if !self.changed.contains(&change) {
            self.changed.push(change);
        }
    }

    /// Who has read what changed since this was last asked.
    pub(crate) fn disturbed(&mut self) -> Vec<u32> {
        let mut out = Vec::new();
        for (id, part) in std::mem::take(&mut self.changed) {
            let t = self.get(id);
            out.extend(&t.readers);
            match part {
                Part::Field(name) => out.extend(t.field_readers.get(&name).into_iter().flatten()),
                Part::List => out.extend(&t.list_readers),
                Part::All => {
                    out.extend(&t.list_readers);
                    out.extend(t.field_readers.values().flatten());
                }
            }
        }
        out
    }

    /// Notes who reads a table.
    pub(crate) fn read_by(&mut self, id: TableId, func: u32) {
        insert(&mut self.get_mut(id).readers, func);
    }

    fn field_read_by(&mut self, id: TableId, name: &[u8], func: u32) {
        let t = self.get_mut(id);
        match t.field_readers.get_mut(name) {
            Some(readers) => insert(readers, func),
            None => _ = t.field_readers.insert(name.to_vec(), vec![func]),
        }
    }

    fn list_read_by(&mut self, id: TableId, func: u32) {
        insert(&mut self.get_mut(id).list_readers, func);
    }

    /// Makes the tables of a value one when they are too many.
    pub(crate) fn tidy(&mut self, val: &mut Val) {
        if val.tables.len() <= MAX_TABLES {
            return;
        }
        let mut all: Vec<TableId> = val.tables.iter().map(|t| self.find(*t)).collect();
        all.sort();
        all.dedup();
        if all.len() > MAX_TABLES {
            let first = all[0];
            for other in &all[1..] {
                self.unify(first, *other);
            }
            all.truncate(1);
            all[0] = self.find(first);
        }
        val.tables = all;
    }

    fn unify(&mut self, into: TableId, from: TableId) {
        let (into, from) = (self.find(into), self.find(from));
        if into == from {
            return;
        }
        let old = std::mem::take(&mut self.tables[from.0 as usize]);
        self.tables[from.0 as usize].same_as = Some(into);
        let t = &mut self.tables[into.0 as usize];
        t.is_merged = true;
        for (name, info) in &mut t.fields {
            info.always &= old.fields.get(name).is_some_and(|o| o.always);
        }
        for (name, mut info) in old.fields {
            match t.fields.get_mut(&name) {
                Some(mine) => _ = grow(&mut mine.val, &mut mine.grows, &info.val),
                None => {
                    info.always = false;
                    t.fields.insert(name, info);
                }
            }
        }
        t.elems.join(&old.elems);
        t.keys.join(&old.keys);
        t.vals.join(&old.vals);
        t.meta.join(&old.meta);
        t.open |= old.open;
        t.writes = match (t.writes.take(), old.writes) {
            (Some(mut a), Some(b)) => {
                a.extend(b);
                a.sort();
                a.dedup();
                (a.len() <= MAX_WRITES).then_some(a)
            }
            _ => None,
        };
        old.readers.into_iter().for_each(|r| insert(&mut t.readers, r));
        old.list_readers.into_iter().for_each(|r| insert(&mut t.list_readers, r));
        for (name, readers) in old.field_readers {
            let mine = t.field_readers.entry(name).or_default();
            readers.into_iter().for_each(|r| insert(mine, r));
        }
        self.touch(into, Part::All);
    }

    /// Gives a named field a value; `always` when every such table has it from the beginning.
    pub(crate) fn set_field(&mut self, id: TableId, name: &[u8], val: &Val, always: bool, at: Option<Place>) {
        let id = self.find(id);
        let t = &mut self.tables[id.0 as usize];
        if !t.fields.contains_key(name) && t.fields.len() >= MAX_FIELDS {
            return self.set_other(id, &Val::string(), val, at);
        }
        let is_new = !t.fields.contains_key(name);
        let info = t.fields.entry(name.to_vec()).or_default();
        if is_new {
            info.always = always;
            info.origin = at;
        } else if let (Some(old), Some(new)) = (info.origin, at)
            && new < old
        {
            info.origin = Some(new);
        }
        let changed = grow(&mut info.val, &mut info.grows, val) | is_new;
        let mut joined = std::mem::take(&mut info.val);
        self.tidy(&mut joined);
        // Joined, not set: tidying may have made this table one with another that has the field.
        if let Some(info) = self.get_mut(id).fields.get_mut(name) {
            info.val.join(&joined);
        }
        if changed {
            let id = self.find(id);
            self.touch(id, Part::Field(name.to_vec()));
        }
    }

    /// Says in a few words what a field is.
    pub(crate) fn describe(&mut self, id: TableId, name: &[u8], doc: &'static str) {
        if let Some(info) = self.get_mut(id).fields.get_mut(name) {
            info.doc = doc;
        }
    }

    /// Gives integer keys a value.
    pub(crate) fn set_element(&mut self, id: TableId, val: &Val, at: Option<Place>) {
        let id = self.find(id);
        let t = &mut self.tables[id.0 as usize];
        let changed = grow(&mut t.elems, &mut t.grows, val);
        note(&mut t.writes, at);
        let mut joined = std::mem::take(&mut t.elems);
        self.tidy(&mut joined);
        self.get_mut(id).elems.join(&joined);
        if changed {
            let id = self.find(id);
            self.touch(id, Part::List);
        }
    }

    /// Gives other keys a value.
    pub(crate) fn set_other(&mut self, id: TableId, key: &Val, val: &Val, at: Option<Place>) {
        let id = self.find(id);
        let t = &mut self.tables[id.0 as usize];
        let mut changed = grow(&mut t.keys, &mut t.grows, key);
        changed |= grow(&mut t.vals, &mut t.grows, val);
        note(&mut t.writes, at);
        if val.nil {
            // Any of the named ones may have been taken away.
            for info in t.fields.values_mut() {
                changed |= info.always;
                info.always = false;
            }
        }
        let mut joined = std::mem::take(&mut t.vals);
        self.tidy(&mut joined);
        self.get_mut(id).vals.join(&joined);
        if changed {
            let id = self.find(id);
            self.touch(id, Part::All);
        }
    }

    pub(crate) fn set_meta(&mut self, id: TableId, meta: &Val) {
        let id = self.find(id);
        if self.tables[id.0 as usize].meta.join(meta) {
            self.touch(id, Part::All);
        }
    }

    /// A table that came into unknown hands, with all that it holds.
    pub(crate) fn let_out(&mut self, val: &Val) {
        let mut todo = val.tables.clone();
        while let Some(id) = todo.pop() {
            let id = self.find(id);
            let t = &mut self.tables[id.0 as usize];
            if t.open {
                continue;
            }
            t.open = true;
            t.writes = None;
            for info in t.fields.values_mut() {
                info.always = false;
                todo.extend(&info.val.tables);
            }
            todo.extend(&t.elems.tables);
            todo.extend(&t.vals.tables);
            self.touch(id, Part::All);
        }
    }

    /// What a named field gives, through metatables too.
    pub(crate) fn field(&mut self, id: TableId, name: &[u8], reader: u32) -> Val {
        self.field_in(id, name, reader, MAX_CHAIN, &mut BTreeSet::new())
    }

    /// A table is asked once in a lookup, however many ways lead to it.
    fn field_in(&mut self, id: TableId, name: &[u8], reader: u32, chain: u32, seen: &mut BTreeSet<TableId>) -> Val {
        if !seen.insert(self.find(id)) {
            return Val::nothing();
        }
        self.field_read_by(id, name, reader);
        let t = self.get(id);
        let mut out = Val::default();
        let mut sure = false;
        if let Some(info) = t.fields.get(name) {
            out.join(&info.val);
            sure = info.always && !info.val.nil;
        }
        if t.keys.strs == Strs::Any || t.keys.any {
            out.join(&t.vals);
        }
        out.join(&t.rest());
        if !sure {
            out.nil = true;
            let meta = t.meta.clone();
            if !meta.is_never() {
                let through = self.through(&meta, name, reader, chain, seen);
                // What the metatable has for sure is never nil.
                if !through.is_never() {
                    out.nil = through.nil;
                    out.join(&through);
                }
            }
        }
        out
    }

    /// What `__index` of metatables gives for a name.
    fn through(&mut self, meta: &Val, name: &[u8], reader: u32, chain: u32, seen: &mut BTreeSet<TableId>) -> Val {
        let mut out = Val::default();
        if chain == 0 {
            return Val::anything();
        }
        if meta.any {
            out.join(&Val::anything());
        }
        for m in &meta.tables {
            self.field_read_by(*m, b"__index", reader);
            let index = self.get(*m).fields.get(b"__index".as_slice()).map(|f| f.val.clone()).unwrap_or_default();
            if index.any || !index.funcs.is_empty() || !index.libs.is_empty() {
                out.join(&Val::anything());
            }
            for next in &index.tables {
                let found = self.field_in(*next, name, reader, chain - 1, seen);
                out.join(&found);
            }
        }
        out
    }

    /// The names that a table and its metatables have, with what they hold.
    pub(crate) fn names(&self, id: TableId) -> BTreeMap<Vec<u8>, (FieldInfo, bool)> {
        let mut out = BTreeMap::new();
        let mut todo = vec![(id, MAX_CHAIN)];
        let mut seen = BTreeSet::new();
        while let Some((id, chain)) = todo.pop() {
            if !seen.insert(self.find(id)) {
                continue;
            }
            let t = self.get(id);
            for (name, info) in &t.fields {
                out.entry(name.clone()).or_insert_with(|| (info.clone(), chain == MAX_CHAIN));
            }
            if chain == 0 {
                continue;
            }
            for m in &t.meta.tables {
                if let Some(index) = self.get(*m).fields.get(b"__index".as_slice()) {
                    todo.extend(index.val.tables.iter().map(|t| (*t, chain - 1)));
                }
            }
        }
        out
    }

    /// What indexing with a key gives.
    pub(crate) fn index(&mut self, id: TableId, key: &Val, reader: u32) -> Val {
        let mut out = Val::default();
        match &key.strs {
            Strs::These(all) => {
                for s in all {
                    out.join(&self.field(id, s, reader));
                }
            }
            Strs::Any => {
                self.read_by(id, reader);
                let t = self.get(id);
                for info in t.fields.values() {
                    out.join(&info.val);
                }
                out.join(&t.vals);
                out.nil = true;
            }
            Strs::No => {}
        }
        if key.int.is_some() || key.fixed.is_some() {
            self.list_read_by(id, reader);
        }
        if key.any || key.yes || key.no || key.fixed.is_some() || !key.tables.is_empty() || !key.funcs.is_empty() {
            self.read_by(id, reader);
        }
        let t = self.get(id);
        if key.int.is_some() || key.fixed.is_some() || key.any {
            out.join(&t.elems);
            out.nil = true;
        }
        if key.any || key.yes || key.no || key.fixed.is_some() || !key.tables.is_empty() || !key.funcs.is_empty() {
            out.join(&t.vals);
            out.nil = true;
        }
        if key.any {
            for info in t.fields.values() {
                out.join(&info.val);
            }
        }
        out.join(&t.rest());
        if !t.meta.is_never() && key.strs == Strs::No {
            out.join(&Val::anything());
        }
        out
    }

    /// Every value that a table holds.
    pub(crate) fn contents(&mut self, id: TableId, reader: u32) -> Val {
        self.read_by(id, reader);
        let t = self.get(id);
        let mut out = t.elems.clone().with(&t.vals);
        for info in t.fields.values() {
            out.join(&info.val);
        }
        out.join(&t.rest());
        out.nil = false;
        out
    }

    /// Every key that a table has.
    pub(crate) fn keys(&mut self, id: TableId, reader: u32) -> Val {
        self.read_by(id, reader);
        let t = self.get(id);
        let mut out = t.keys.clone();
        if !t.elems.is_never() {
            out.join(&Val::ints(1, i64::MAX));
        }
        for name in t.fields.keys() {
            out.join(&Val::text(name));
        }
        out.join(&t.rest());
        out.nil = false;
        out
    }
}

fn insert(into: &mut Vec<u32>, func: u32) {
    if let Err(at) = into.binary_search(&func) {
        into.insert(at, func);
    }
}

fn note(writes: &mut Option<Vec<Place>>, at: Option<Place>) {
    let Some(list) = writes else { return };
    match at {
        Some(at) => {
            if let Err(i) = list.binary_search(&at) {
                list.insert(i, at);
            }
            if list.len() > MAX_WRITES {
                *writes = None;
            }
        }
        None => *writes = None,
    }
}

impl Heap {
    /// Gives integer keys a value that was there from the beginning.
    pub(crate) fn join_element(&mut self, id: TableId, val: &Val) {
        let id = self.find(id);
        let t = &mut self.tables[id.0 as usize];
        let changed = grow(&mut t.elems, &mut t.grows, val);
        let mut joined = std::mem::take(&mut t.elems);
        self.tidy(&mut joined);
        self.get_mut(id).elems.join(&joined);
        if changed {
            let id = self.find(id);
            self.touch(id, Part::List);
        }
    }
}
