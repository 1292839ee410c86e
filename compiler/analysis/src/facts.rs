//! What inference found, asked by place.

use crate::infer::heap::{Heap, Table};
use crate::infer::value::{FULL, Strs, Val};
use crate::infer::{Engine, FuncState, Notes};
use crate::{Field, FuncRef, Place, Samples, Signature, TableType, Type};
use gatos_compiler::Front;
use gatos_compiler::hir::{FuncId, LocalId};
use gatos_sigs::Kind;
use gatos_syntax::span::Span;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Tables inside tables that a type shows.
const MAX_SHOWN: u32 = 4;
/// Fields and tables that one picture shows, all in all.
const MAX_PICTURE: u32 = 2_000;
/// As much for each of the fields of a value.
const MAX_FIELD: u32 = 100;

/// A table by the place that makes it: two expressions that share one may mean the same table.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct TableId(pub u32);

/// Whom a call can reach.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Callees {
    /// Functions of the program.
    pub functions: Vec<FuncRef>,
    /// Library functions, by full name; `rng()` is what `rng` gives.
    pub library: Vec<&'static str>,
    /// Whether it may reach others.
    pub is_open: bool,
}

impl Callees {
    /// Adds others.
    pub(crate) fn add(&mut self, other: &Callees) {
        self.functions.extend(&other.functions);
        self.functions.sort();
        self.functions.dedup();
        self.library.extend(&other.library);
        self.library.sort_unstable();
        self.library.dedup();
        self.is_open |= other.is_open;
    }
}

/// What inference found in a program.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    heap: Heap,
    notes: Notes,
    /// By unit: its functions.
    funcs: Vec<Vec<FuncFacts>>,
    locals: Vec<Vec<Arc<Val>>>,
    callers: BTreeMap<FuncRef, BTreeSet<(FuncRef, Span)>>,
    by_place: BTreeMap<Place, Callees>,
    entries: BTreeMap<&'static str, Vec<FuncRef>>,
    is_partial: bool,
}

#[derive(Clone, Debug, Default)]
struct FuncFacts {
    name: String,
    params: Vec<(String, Arc<Val>)>,
    is_vararg: bool,
    results: Vec<Arc<Val>>,
    more: bool,
}

/// Infers types over a program, broken or not. Units are numbered as [`Front::units`] gives them;
/// a file opened as a module of unknown callers is asked in the same way.
pub fn analyse(front: &Front, samples: &Samples) -> Facts {
    let mut engine = Engine::new(front);
    engine.run(front, samples);
    let mut entries = BTreeMap::new();
    for name in ["init", "fold", "emit"] {
        entries.insert(name, crate::infer::seed::entry(&mut engine, name).funcs);
    }
    let notes = engine.notes.take().unwrap_or_default();
    let mut callers: BTreeMap<FuncRef, BTreeSet<(FuncRef, Span)>> = BTreeMap::new();
    let mut by_place: BTreeMap<Place, Callees> = BTreeMap::new();
    for ((caller, span), callees) in &notes.calls {
        by_place.entry(Place { unit: caller.unit, span: *span }).or_default().add(callees);
        for f in &callees.functions {
            callers.entry(*f).or_default().insert((*caller, *span));
        }
    }
    let mut funcs = Vec::new();
    for (u, unit) in engine.units.iter().enumerate() {
        let mut all = Vec::new();
        for (i, f) in unit.hir.funcs.iter().enumerate() {
            let number = engine.number(FuncRef { unit: u as u32, func: FuncId(i as u32) });
            let state: &FuncState = &engine.funcs[number as usize];
            let names = f.params.iter().map(|p| unit.hir.local(*p).name.clone());
            all.push(FuncFacts {
                name: f.name.clone(),
                params: names.zip(state.params.iter().map(|s| s.val.clone())).collect(),
                is_vararg: f.vararg,
                results: state.results.iter().map(|s| s.val.clone()).collect(),
                more: !state.more.val.is_never(),
            });
        }
        funcs.push(all);
    }
    let locals = engine.locals.iter().map(|all| all.iter().map(|s| s.val.clone()).collect()).collect();
    let is_partial = engine.gave_up;
    Facts { heap: std::mem::take(&mut engine.heap), notes, funcs, locals, callers, by_place, entries, is_partial }
}

/// What is being drawn: the tables around, and how much more may be drawn.
struct Picture {
    open: Vec<TableId>,
    left: u32,
}

impl Picture {
    fn new(left: u32) -> Picture {
        Picture { open: Vec::new(), left }
    }
}

/// A field while several tables are made one picture: its value, in how many tables it is, whether
/// it is always there, where it is first set, and what it is.
type Seen = (Val, usize, bool, Option<Place>, &'static str);

impl Facts {
    /// Whether the program was too much to look through: then nothing is known of it.
    pub fn is_partial(&self) -> bool {
        self.is_partial
    }

    pub(crate) fn value(&self, at: Place) -> Option<&Val> {
        self.notes.exprs.get(at.unit as usize)?.get(&(at.span.start, at.span.end)).map(|v| &**v)
    }

    pub(crate) fn local_value(&self, unit: u32, local: LocalId) -> Option<&Val> {
        self.locals.get(unit as usize)?.get(local.0 as usize).map(|v| &**v)
    }

    /// Whether indexing any table may run a function.
    pub(crate) fn has_index_functions(&self) -> bool {
        let runs = |name: &[u8]| {
            self.heap.all().any(|t| {
                t.fields.get(name).is_some_and(|f| f.val.any || !f.val.funcs.is_empty() || !f.val.libs.is_empty())
            })
        };
        runs(b"__index") || runs(b"__newindex")
    }

    pub(crate) fn table(&self, id: TableId) -> &Table {
        self.heap.get(id)
    }

    /// The functions that a fold offers as `init`, `fold` or `emit`.
    pub fn entry(&self, name: &str) -> &[FuncRef] {
        self.entries.get(name).map_or(&[], Vec::as_slice)
    }

    /// The type of the expression at a place: of a name, its value there. The span is that of the
    /// expression in the resolved file; a name on the left of an assignment is asked for what it
    /// gets, and one in a declaration for its first value. None where nothing was looked at.
    pub fn type_of_expr(&self, at: Place) -> Option<Type> {
        self.value(at).map(|v| self.show(v))
    }

    /// What a local ever holds.
    pub fn type_of_local(&self, unit: u32, local: LocalId) -> Type {
        match self.locals.get(unit as usize).and_then(|all| all.get(local.0 as usize)) {
            Some(val) if !self.is_partial => self.show(val),
            _ => Type::Any,
        }
    }

    /// The fields that the value of the expression at a place is known to have, through
    /// metatables too, by name; of library tables and strings, their functions.
    pub fn fields_at(&self, at: Place) -> Vec<Field> {
        self.value(at).map(|v| self.fields(v)).unwrap_or_default()
    }

    /// The fields that a local's values are known to have.
    pub fn fields_of_local(&self, unit: u32, local: LocalId) -> Vec<Field> {
        let val = self.locals.get(unit as usize).and_then(|all| all.get(local.0 as usize));
        val.map(|v| self.fields(v)).unwrap_or_default()
    }

    fn fields(&self, val: &Val) -> Vec<Field> {
        let mut out: BTreeMap<Vec<u8>, Field> = BTreeMap::new();
        let mut tables: Vec<TableId> = val.tables.iter().map(|t| self.heap.find(*t)).collect();
        tables.dedup();
        let mut times: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
        for id in &tables {
            for (name, (info, own)) in self.heap.names(*id) {
                *times.entry(name.clone()).or_insert(0) += 1;
                let ty = self.show_in(
                    &Val { nil: false, ..info.val.clone() },
                    2,
                    &mut Picture { open: vec![*id], left: MAX_FIELD },
                );
                let may_be_nil = info.val.any && !self.heap.get(*id).is_given;
                let is_optional = (!info.always && own) || info.val.nil || may_be_nil;
                match out.get_mut(&name) {
                    Some(old) => {
                        old.is_optional |= is_optional;
                        if old.ty != ty {
                            old.ty = Type::Any;
                        }
                    }
                    None => {
                        let text = String::from_utf8_lossy(&name).into_owned();
                        out.insert(name, Field { name: text, ty, is_optional, origin: info.origin, doc: info.doc });
                    }
                }
            }
        }
        for (name, field) in &mut out {
            field.is_optional |= times.get(name).is_some_and(|n| *n < tables.len());
        }
        let mut libs: Vec<&str> =
            val.libs.iter().copied().filter(|l| gatos_sigs::find(l).is_some_and(|s| s.kind == Kind::Table)).collect();
        if val.strs != Strs::No {
            libs.push("string");
        }
        for lib in libs {
            for sig in gatos_sigs::members(lib) {
                let name = sig.member().to_owned();
                let ty = Type::Library(sig.name);
                let field = Field { name, ty, is_optional: false, origin: None, doc: sig.doc };
                out.entry(sig.member().as_bytes().to_vec()).or_insert(field);
            }
        }
        out.into_values().collect()
    }

    /// What a function takes and gives.
    pub fn signature(&self, func: FuncRef) -> Signature {
        self.signature_in(func, MAX_SHOWN - 1, &mut Picture::new(MAX_PICTURE))
    }

    fn signature_in(&self, func: FuncRef, depth: u32, open: &mut Picture) -> Signature {
        let Some(f) = self.funcs.get(func.unit as usize).and_then(|all| all.get(func.func.0 as usize)) else {
            return Signature::default();
        };
        let mut show = |v: &Val| if self.is_partial { Type::Any } else { self.show_in(v, depth, open) };
        Signature {
            name: f.name.clone(),
            params: f.params.iter().map(|(name, v)| (name.clone(), show(v))).collect(),
            is_vararg: f.is_vararg,
            results: f.results.iter().map(|v| show(v)).collect(),
            more_results: f.more,
        }
    }

    /// Whom the call at a place reaches; the span is that of the whole call.
    pub fn callees(&self, call: Place) -> Callees {
        self.by_place.get(&call).cloned().unwrap_or_default()
    }

    pub(crate) fn callees_in(&self, func: FuncRef, span: Span) -> Option<&Callees> {
        self.notes.calls.get(&(func, span))
    }

    /// The calls of a function: the caller, and the call's span in the caller's unit.
    pub fn callers(&self, func: FuncRef) -> Vec<(FuncRef, Span)> {
        self.callers.get(&func).map(|all| all.iter().copied().collect()).unwrap_or_default()
    }

    /// The calls inside a function, in order of place, with whom they reach. A call inside a
    /// function that is inside this one is not among them.
    pub fn calls(&self, func: FuncRef) -> Vec<(Span, Callees)> {
        let from = (func, Span::default());
        let all = self.notes.calls.range(from..).take_while(|((f, _), _)| *f == func);
        all.map(|((_, span), callees)| (*span, callees.clone())).collect()
    }

    /// The constructors of the tables that the expression's value can be, and the functions of the
    /// program that it can be: where its shape comes from. The functions' places are empty spans,
    /// to be looked up by [`Facts::functions_at`].
    pub fn origins(&self, at: Place) -> Vec<Place> {
        let Some(val) = self.value(at) else { return Vec::new() };
        let mut out: Vec<Place> = val.tables.iter().filter_map(|t| self.heap.get(*t).origin).collect();
        out.sort();
        out.dedup();
        out
    }

    /// The functions of the program that the expression's value can be.
    pub fn functions_at(&self, at: Place) -> Vec<FuncRef> {
        self.value(at).map(|v| v.funcs.clone()).unwrap_or_default()
    }

    /// The tables that the expression's value can be; none when it may be any.
    pub fn tables_at(&self, at: Place) -> Option<Vec<TableId>> {
        let val = self.value(at)?;
        if val.any {
            return None;
        }
        let mut out: Vec<TableId> = val.tables.iter().map(|t| self.heap.find(*t)).collect();
        out.sort();
        out.dedup();
        Some(out)
    }

    /// Whether a table's fields are all known by reading: nothing outside gets hold of it, and no
    /// key is computed.
    pub fn is_closed(&self, table: TableId) -> bool {
        let t = self.heap.get(table);
        !t.open && t.origin.is_some() && t.vals.is_never() && t.meta.is_never()
    }

    // ---- pictures ----

    pub(crate) fn show(&self, val: &Val) -> Type {
        self.show_in(val, MAX_SHOWN, &mut Picture::new(MAX_PICTURE))
    }

    fn show_in(&self, val: &Val, depth: u32, open: &mut Picture) -> Type {
        if val.any {
            return Type::Any;
        }
        let mut all = Vec::new();
        match (val.yes, val.no) {
            (true, true) => all.push(Type::Boolean(None)),
            (true, false) => all.push(Type::Boolean(Some(true))),
            (false, true) => all.push(Type::Boolean(Some(false))),
            (false, false) => {}
        }
        match (val.int, val.fixed) {
            (Some(FULL), Some(FULL)) => all.push(Type::Number),
            (int, fixed) => {
                all.extend(int.map(|(lo, hi)| Type::Integer { lo, hi }));
                all.extend(fixed.map(|(lo, hi)| Type::Fixed { lo, hi }));
            }
        }
        match &val.strs {
            Strs::No => {}
            Strs::Any => all.push(Type::String(None)),
            Strs::These(these) => all.push(Type::String(Some(these.iter().map(|s| s.to_vec()).collect()))),
        }
        if !val.tables.is_empty() {
            all.push(Type::Table(Box::new(self.show_tables(&val.tables, depth, open))));
        }
        for f in val.funcs.iter().take(4) {
            let signature = if depth == 0 { Signature::default() } else { self.signature_in(*f, depth - 1, open) };
            all.push(Type::Function(Box::new(signature)));
        }
        if val.funcs.len() > 4 {
            return Type::Any;
        }
        all.extend(val.libs.iter().map(|l| Type::Library(l)));
        if val.null {
            all.push(Type::Null);
        }
        if val.nil {
            all.push(Type::Nil);
        }
        match all.len() {
            0 => Type::Never,
            1 => all.remove(0),
            _ => Type::Union(all),
        }
    }

    /// One picture for all the tables that a value can be.
    fn show_tables(&self, tables: &[TableId], depth: u32, open: &mut Picture) -> TableType {
        let mut ids: Vec<TableId> = tables.iter().map(|t| self.heap.find(*t)).collect();
        ids.sort();
        ids.dedup();
        let mut out = TableType::default();
        if depth == 0 || open.left == 0 || ids.iter().any(|id| open.open.contains(id)) {
            out.is_cut = true;
            return out;
        }
        let level = open.open.len();
        open.open.extend(&ids);
        let mut fields: BTreeMap<&[u8], Seen> = BTreeMap::new();
        let (mut elems, mut keys, mut vals) = (Val::default(), Val::default(), Val::default());
        for id in &ids {
            let t = self.heap.get(*id);
            for (name, info) in &t.fields {
                let entry = fields.entry(name).or_insert((Val::default(), 0, true, info.origin, info.doc));
                entry.0.join(&info.val);
                entry.1 += 1;
                // What may be anything may be nil, except where an event says that it is there.
                entry.2 &= info.always && (!info.val.any || t.is_given);
            }
            elems.join(&t.elems);
            keys.join(&t.keys);
            vals.join(&t.vals);
            out.is_open |= t.open;
        }
        for (name, (val, seen, always, origin, doc)) in fields {
            if open.left == 0 {
                out.is_open = true;
                break;
            }
            open.left -= 1;
            let is_optional = !always || val.nil || seen < ids.len();
            let ty = self.show_in(&Val { nil: false, ..val }, depth - 1, open);
            let name = String::from_utf8_lossy(name).into_owned();
            out.fields.push(Field { name, ty, is_optional, origin, doc });
        }
        // Nil takes a key away; it is not something held.
        elems.nil = false;
        vals.nil = false;
        if !elems.is_never() {
            out.elements = Some(self.show_in(&elems, depth - 1, open));
        }
        if !vals.is_never() || !keys.is_never() {
            out.entries = Some((self.show_in(&keys, depth - 1, open), self.show_in(&vals, depth - 1, open)));
        }
        // A key that may be anything went to both.
        if out.entries.as_ref().is_some_and(|(k, v)| k.is_any() && out.elements.as_ref() == Some(v)) {
            out.elements = None;
        }
        open.open.truncate(level);
        out
    }
}
