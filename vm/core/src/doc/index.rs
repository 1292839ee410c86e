//! Indexes over data: which members of a collection answer a key, found without a walk.
//!
//! Built once, when data loads. What an index gives is always what a search of the
//! collection would: the same members in the same order.

use super::glob::Glob;
use super::{each_entry, flags, halvings, items, order};
use crate::string::StrObj;
use crate::table::{DOCUMENT, OBJECT, SET, hash_key};
use crate::trap::Trap;
use crate::value::{Tag, Value};
use crate::vm::Vm;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use gatos_elc::program::{Index, IndexKind};

/// What a walk over an index gives: one entry.
type Entry = [Value; 2];

/// The indexes of a policy over the data that it has.
#[derive(Default)]
pub(crate) struct Indexes {
    list: Vec<Built>,
}

enum Built {
    Keyed(Keyed),
    Globs(Globs),
}

/// Members by key.
#[derive(Default)]
struct Keyed {
    /// Scalar keys by open addressing; a nil key is a free place. Each with the table of
    /// entries that a walk goes over.
    slots: Vec<Entry>,
    /// Other keys, in order.
    sorted: Vec<Entry>,
}

impl Keyed {
    #[inline]
    fn find(&self, key: Value) -> Value {
        if key.tag == Tag::Table {
            return match self.sorted.binary_search_by(|e| order::compare_unpaid(e[0], key)) {
                Ok(i) => self.sorted[i][1],
                Err(_) => Value::NIL,
            };
        }
        if self.slots.is_empty() || key.is_nil() {
            return Value::NIL;
        }
        let mask = self.slots.len() - 1;
        // SAFETY: a live key.
        let mut i = unsafe { hash_key(key) } as usize & mask;
        loop {
            let [k, hits] = self.slots[i];
            if k.is_nil() {
                return Value::NIL;
            }
            // SAFETY: live strings.
            let same = k.tag == key.tag
                && (k.bits == key.bits || (k.tag == Tag::Str && unsafe { StrObj::equals(k.str_ptr(), key.str_ptr()) }));
            if same {
                return hits;
            }
            i = (i + 1) & mask;
        }
    }
}

/// Glob patterns by their literal beginnings.
#[derive(Default)]
struct Globs {
    /// Sorted by the pattern's beginning, so that a node's are those from a place on.
    globs: Vec<(Glob, u32)>,
    /// Members whose field is a pattern, in the order of the collection.
    entries: Vec<Entry>,
    /// The walk over each entry alone, as most keys match few patterns.
    alone: Vec<Value>,
    nodes: Vec<Node>,
}

/// A node of the tree of beginnings.
struct Node {
    label: Box<[u8]>,
    /// First bytes of the children's labels, and the children.
    children: Vec<(u8, u32)>,
    /// `globs[from..to]` end here.
    from: u32,
    to: u32,
}

impl Globs {
    /// Makes the tree of the sorted patterns `from..to`, of which all share `depth` bytes.
    /// Recursion is as deep as distinct beginnings contain each other; patterns are bounded.
    fn build(&mut self) {
        self.globs.sort_by(|a, b| a.0.prefix().as_bytes().cmp(b.0.prefix().as_bytes()).then(a.1.cmp(&b.1)));
        self.nodes.push(Node { label: Box::default(), children: Vec::new(), from: 0, to: 0 });
        // Each piece of work: a node, the bytes that its patterns share, and the patterns.
        let mut work = alloc::vec![(0usize, 0usize, 0usize, self.globs.len())];
        while let Some((node, depth, from, to)) = work.pop() {
            let prefix = |globs: &[(Glob, u32)], i: usize| -> Vec<u8> { globs[i].0.prefix().as_bytes().to_vec() };
            // Those that end here come first.
            let mut at = from;
            while at < to && self.globs[at].0.prefix().len() == depth {
                at += 1;
            }
            (self.nodes[node].from, self.nodes[node].to) = (from as u32, at as u32);
            while at < to {
                let first = prefix(&self.globs, at);
                let byte = first[depth];
                let mut end = at + 1;
                while end < to && self.globs[end].0.prefix().as_bytes()[depth] == byte {
                    end += 1;
                }
                // What the first and the last of a sorted run share, all of them do.
                let last = prefix(&self.globs, end - 1);
                let shared = first.iter().zip(&last).take_while(|(a, b)| a == b).count();
                let child = self.nodes.len();
                self.nodes.push(Node { label: first[depth..shared].into(), children: Vec::new(), from: 0, to: 0 });
                self.nodes[node].children.push((byte, child as u32));
                work.push((child, shared, at, end));
                at = end;
            }
        }
    }

    /// The entries whose pattern matches, and how many patterns were tried.
    fn find(&self, key: &str, hits: &mut Vec<u32>) -> u64 {
        let bytes = key.as_bytes();
        let (mut node, mut at, mut tried) = (0usize, 0usize, 0u64);
        while let Some(n) = self.nodes.get(node) {
            let rest = bytes.get(at..).unwrap_or(&[]);
            if !rest.starts_with(&n.label) {
                break;
            }
            at += n.label.len();
            for (glob, entry) in &self.globs[n.from as usize..n.to as usize] {
                tried += 1;
                if key.get(at..).is_some_and(|rest| glob.matches_rest(rest)) {
                    hits.push(*entry);
                }
            }
            let Some(byte) = bytes.get(at) else { break };
            match n.children.binary_search_by_key(byte, |c| c.0) {
                Ok(i) => node = n.children[i].1 as usize,
                Err(_) => break,
            }
        }
        tried
    }
}

/// Follows string keys into a document.
fn at_path(vm: &mut Vm, doc: Value, path: &[String]) -> Value {
    path.iter().fold(doc, |d, part| vm.doc_get_str(d, part))
}

/// What separates in globs: the first character of each.
fn delimiters(list: &[String]) -> Vec<char> {
    list.iter().filter_map(|d| d.chars().next()).collect()
}

impl Vm {
    /// Builds the indexes over the data that is loaded.
    pub(crate) fn build_indexes(&mut self, list: &[Index], data: Value) -> Result<Indexes, Trap> {
        let mut out = Indexes::default();
        for index in list {
            let collection = at_path(self, data, &index.collection);
            let members = self.members(collection);
            out.list.push(match &index.kind {
                IndexKind::Glob(d) => Built::Globs(self.build_globs(&members, &index.field, &delimiters(d))?),
                kind => Built::Keyed(self.build_keyed(&members, &index.field, kind == &IndexKind::Holds)?),
            });
        }
        Ok(out)
    }

    /// Keys and members of a collection, as a walk gives them.
    fn members(&self, collection: Value) -> Vec<Entry> {
        match flags(collection) & DOCUMENT {
            OBJECT => {
                let mut out = Vec::new();
                each_entry(collection, |k, v| out.push([k, v]));
                out
            }
            SET => items(collection).iter().map(|v| [*v, *v]).collect(),
            _ => items(collection).iter().enumerate().map(|(i, v)| [Value::int(i as i64), *v]).collect(),
        }
    }

    fn build_keyed(&mut self, members: &[Entry], field: &[String], holds: bool) -> Result<Keyed, Trap> {
        // (key, place of the member): sorted, they are grouped by key and in walk order.
        let mut rows: Vec<(Value, usize)> = Vec::new();
        for (i, [_, member]) in members.iter().enumerate() {
            let value = at_path(self, *member, field);
            if holds {
                match flags(value) & DOCUMENT {
                    // As `in` does: an object holds its values.
                    OBJECT => each_entry(value, |_, v| rows.push((v, i))),
                    _ => rows.extend(items(value).iter().map(|v| (*v, i))),
                }
            } else if !value.is_nil() {
                rows.push((value, i));
            }
        }
        rows.sort_by(|a, b| order::compare_unpaid(a.0, b.0).then(a.1.cmp(&b.1)));
        rows.dedup_by(|a, b| a.1 == b.1 && order::same_unpaid(a.0, b.0));
        let mut keyed = Keyed::default();
        let mut scalars: Vec<Entry> = Vec::new();
        for run in rows.chunk_by(|a, b| order::same_unpaid(a.0, b.0)) {
            let entries: Vec<Entry> = run.iter().map(|(_, i)| members[*i]).collect();
            let hits = self.listed_object(&entries, false)?;
            let list = if run[0].0.tag == Tag::Table { &mut keyed.sorted } else { &mut scalars };
            list.push([run[0].0, hits]);
        }
        if !scalars.is_empty() {
            let cap = (scalars.len() * 2).next_power_of_two();
            keyed.slots = alloc::vec![[Value::NIL; 2]; cap];
            for e in scalars {
                // SAFETY: a live key.
                let mut i = unsafe { hash_key(e[0]) } as usize & (cap - 1);
                while !keyed.slots[i][0].is_nil() {
                    i = (i + 1) & (cap - 1);
                }
                keyed.slots[i] = e;
            }
        }
        Ok(keyed)
    }

    fn build_globs(&mut self, members: &[Entry], field: &[String], delimiters: &[char]) -> Result<Globs, Trap> {
        let mut out = Globs::default();
        for e in members {
            let value = at_path(self, e[1], field);
            // A pattern that is none matches nothing, as the function would.
            if let Some(glob) = pattern(value, delimiters) {
                out.globs.push((glob, out.entries.len() as u32));
                out.entries.push(*e);
                let alone = self.listed_object(&[*e], false)?;
                out.alone.push(alone);
            }
        }
        out.build();
        Ok(out)
    }

    /// What `IndexIter` walks over: nil when nothing answers the key.
    #[inline(never)]
    pub(crate) fn index_hits(&mut self, index: usize, key: Value) -> Result<Value, Trap> {
        if self.envs[1].bits != self.data.bits || self.envs[1].tag != self.data.tag {
            return self.search_hits(index, key);
        }
        let indexes = core::mem::take(&mut self.indexes);
        let hits = self.hits_of(&indexes, index, key);
        self.indexes = indexes;
        hits
    }

    fn hits_of(&mut self, indexes: &Indexes, index: usize, key: Value) -> Result<Value, Trap> {
        match indexes.list.get(index) {
            Some(Built::Keyed(k)) => {
                if key.tag == Tag::Table {
                    self.charge(halvings(k.sorted.len() as u32))?;
                    // The key is weighed, which is what each comparison with it costs at most.
                    let mut m = order::Meter::new(self.fuel_left());
                    let r = m.weigh(key);
                    self.settle(r, &m)?;
                }
                Ok(k.find(key))
            }
            Some(Built::Globs(g)) => {
                let Some(text) = text_of(key) else { return Ok(Value::NIL) };
                let mut hits = core::mem::take(&mut self.hits);
                hits.clear();
                let tried = g.find(text, &mut hits);
                let r = self.glob_hits(g, tried + text.len() as u64 / 16, &mut hits);
                self.hits = hits;
                r
            }
            None => Ok(Value::NIL),
        }
    }

    fn glob_hits(&mut self, g: &Globs, cost: u64, hits: &mut [u32]) -> Result<Value, Trap> {
        self.charge(cost)?;
        match *hits {
            [] => Ok(Value::NIL),
            [one] => Ok(g.alone[one as usize]),
            _ => {
                let n = hits.len() as u64;
                self.charge(n)?;
                self.charge_memory(32 * n)?;
                hits.sort_unstable();
                let entries: Vec<Entry> = hits.iter().map(|i| g.entries[*i as usize]).collect();
                self.listed_object(&entries, false)
            }
        }
    }

    /// The same over data that the index was not made for: by looking at each member.
    fn search_hits(&mut self, index: usize, key: Value) -> Result<Value, Trap> {
        let Some(policy) = self.policy.clone() else { return Ok(Value::NIL) };
        let Some(index) = policy.indexes.get(index) else { return Ok(Value::NIL) };
        let collection = at_path(self, self.envs[1], &index.collection);
        self.charge(super::len(collection).into())?;
        let mut hits: Vec<Entry> = Vec::new();
        for e in self.members(collection) {
            let value = at_path(self, e[1], &index.field);
            let answers = match &index.kind {
                IndexKind::Equal => !value.is_nil() && self.doc_eq(value, key)?,
                IndexKind::Holds => self.doc_in(key, value)?,
                IndexKind::Glob(d) => match (pattern(value, &delimiters(d)), text_of(key)) {
                    (Some(glob), Some(text)) => {
                        self.charge(1 + glob.cost(text.len()) / 64)?;
                        glob.is_match(text)
                    }
                    _ => false,
                },
            };
            if answers {
                hits.push(e);
            }
        }
        if hits.is_empty() {
            return Ok(Value::NIL);
        }
        self.charge_memory(32 * hits.len() as u64)?;
        self.listed_object(&hits, false)
    }
}

fn text_of<'a>(v: Value) -> Option<&'a str> {
    v.as_str().and_then(|b| core::str::from_utf8(b).ok())
}

fn pattern(v: Value, delimiters: &[char]) -> Option<Glob> {
    Glob::new(text_of(v)?, delimiters).ok()
}
