//! The inference itself: functions are run over sets of values until nothing new comes out.
//!
//! A function is run again when something it reads has grown: its parameters, the results of what
//! it calls, a shared variable, a table. Everything only grows and growing ends, so this does; and
//! a count of steps ends it earlier on programs made to be slow, which then are told to be unknown.

mod call;
mod expr;
pub(crate) mod heap;
mod refine;
pub(crate) mod seed;
mod stmt;
pub(crate) mod value;

use crate::facts::{Callees, TableId};
use crate::{FuncRef, Place, Samples};
use gatos_compiler::hir::{FuncId, GlobalSlot, Hir, LabelId, LocalId, LocalKind};
use gatos_compiler::{Front, Unit};
use gatos_syntax::span::Span;
use heap::Heap;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use value::Val;

/// Steps at most: expressions looked at, values handed to functions, readers woken, in about the time that each
/// takes. It is about a second; a file of 5 000 lines takes about 200 000.
const MAX_STEPS: u64 = 1_500_000;
/// Readers that are woken in the time of one step.
const READERS_A_STEP: u64 = 16;
/// Parts of a value that are joined in the time of one step.
const PARTS_A_STEP: u64 = 16;
/// Results that are told apart.
const MAX_RESULTS: usize = 8;
/// Loops inside one another before their variables are taken for anything.
const MAX_NEST: u32 = 4;

/// A value that several functions share.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slot {
    pub val: Arc<Val>,
    grows: u8,
    readers: Vec<u32>,
}

/// A function.
#[derive(Clone, Debug, Default)]
pub(crate) struct FuncState {
    pub params: Vec<Slot>,
    pub extra: Slot,
    pub results: Vec<Slot>,
    pub more: Slot,
    /// Whether anything calls it.
    pub called: bool,
    /// Whether it is called from where reading does not see.
    pub from_outside: bool,
}

/// What one round over all functions noted, once nothing changed any more.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes {
    /// By unit: spans of expressions and names with their values.
    pub exprs: Vec<BTreeMap<(u32, u32), Arc<Val>>>,
    /// Calls: function, span of the call, callees.
    pub calls: BTreeMap<(FuncRef, Span), Callees>,
}

pub(crate) struct Engine<'a> {
    pub units: Vec<&'a Unit>,
    base: Vec<u32>,
    pub funcs: Vec<FuncState>,
    pub heap: Heap,
    /// By unit and local: what it ever holds.
    pub locals: Vec<Vec<Slot>>,
    globals: Vec<Vec<Slot>>,
    /// By unit: globals that nothing declares, in order.
    undeclared: Vec<Vec<usize>>,
    /// What each unit's main chunk gives.
    pub modules: Vec<Slot>,
    pub state: Slot,
    pub event: Option<TableId>,
    queue: BTreeSet<u32>,
    /// Tables of constructors and library calls by place.
    sites: BTreeMap<(Place, u8), TableId>,
    steps: u64,
    pub notes: Option<Notes>,
    pub gave_up: bool,
}

/// Values of the locals that are visible, innermost last.
#[derive(Clone, Debug, Default)]
pub(crate) struct Env {
    vals: Vec<(LocalId, Arc<Val>)>,
    /// Whether nothing comes here.
    dead: bool,
}

/// A running function.
pub(crate) struct Fx<'a> {
    pub unit: u32,
    pub hir: &'a Hir,
    pub func: FuncId,
    pub number: u32,
    pub env: Env,
    breaks: Vec<Option<Env>>,
    labels: BTreeMap<LabelId, Env>,
    /// Whether it jumps back by `goto`: then locals that are assigned are not followed.
    is_tangled: bool,
    nest: u32,
    depth: u32,
    /// A table whose first assignments are taken for a part of its constructor.
    fresh: Option<(LocalId, TableId)>,
}

/// Several values: those that are told apart, and what any further one is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Values {
    pub vals: Vec<Arc<Val>>,
    pub rest: Option<Arc<Val>>,
}

impl Values {
    pub(crate) fn one(val: Val) -> Values {
        Values { vals: vec![Arc::new(val)], rest: None }
    }

    pub(crate) fn unknown() -> Values {
        Values { vals: Vec::new(), rest: Some(Arc::new(Val::anything())) }
    }

    pub(crate) fn get(&self, i: usize) -> Arc<Val> {
        match (self.vals.get(i), &self.rest) {
            (Some(v), _) => v.clone(),
            (None, Some(rest)) => Arc::new(Val::clone(rest).or_nil()),
            (None, None) => Arc::new(Val::nothing()),
        }
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Val>> {
        self.vals.iter().chain(&self.rest)
    }
}

impl<'a> Engine<'a> {
    pub(crate) fn new(front: &'a Front) -> Engine<'a> {
        let units: Vec<&Unit> = front.units().collect();
        let mut base = Vec::new();
        let mut funcs = Vec::new();
        for unit in &units {
            base.push(funcs.len() as u32);
            for f in &unit.hir.funcs {
                funcs.push(FuncState { params: vec![Slot::default(); f.params.len()], ..FuncState::default() });
            }
        }
        let mut locals: Vec<Vec<Slot>> = units.iter().map(|u| vec![Slot::default(); u.hir.locals.len()]).collect();
        let mut globals: Vec<Vec<Slot>> = units.iter().map(|u| vec![Slot::default(); u.hir.globals.len()]).collect();
        let undeclared: Vec<Vec<usize>> = units.iter().map(|u| undeclared(&u.hir)).collect();
        for (u, unit) in units.iter().enumerate() {
            for slot in &undeclared[u] {
                match unit.hir.globals[*slot].local {
                    Some(id) => locals[u][id.0 as usize].val = Arc::new(Val::anything()),
                    None => globals[u][*slot].val = Arc::new(Val::anything()),
                }
            }
        }
        Engine {
            modules: vec![Slot::default(); units.len()],
            base,
            funcs,
            heap: Heap::default(),
            locals,
            globals,
            undeclared,
            state: Slot::default(),
            event: None,
            queue: BTreeSet::new(),
            sites: BTreeMap::new(),
            steps: 0,
            notes: None,
            gave_up: false,
            units,
        }
    }

    /// Runs everything to the end.
    pub(crate) fn run(&mut self, front: &Front, samples: &Samples) {
        for unit in 0..self.units.len() {
            if !self.units[unit].hir.funcs.is_empty() {
                self.call_from_outside(self.base[unit]);
            }
        }
        self.drain();
        seed::entries(self, front, samples);
        // What nobody calls is called by somebody we do not see. Outer functions first: what is
        // inside may be called by them.
        for number in 0..self.funcs.len() as u32 {
            if !self.funcs[number as usize].called {
                self.call_from_outside(number);
                self.drain();
            }
        }
        if self.gave_up {
            return;
        }
        self.notes = Some(Notes { exprs: vec![BTreeMap::new(); self.units.len()], ..Notes::default() });
        for number in 0..self.funcs.len() as u32 {
            self.function(number);
        }
        self.queue.clear();
    }

    pub(crate) fn number(&self, f: FuncRef) -> u32 {
        self.base[f.unit as usize] + f.func.0
    }

    pub(crate) fn func_ref(&self, number: u32) -> FuncRef {
        let unit = self.base.partition_point(|b| *b <= number) - 1;
        // Units without functions share a base with the next one; the last of them has the function.
        FuncRef { unit: unit as u32, func: FuncId(number - self.base[unit]) }
    }

    fn call_from_outside(&mut self, number: u32) {
        let anything = Val::anything();
        let state = &mut self.funcs[number as usize];
        state.called = true;
        state.from_outside = true;
        let n = state.params.len();
        for i in 0..n {
            self.give_param(number, i, &anything);
        }
        self.funcs[number as usize].extra.val = Arc::new(anything);
        self.queue.insert(number);
    }

    pub(crate) fn drain(&mut self) {
        while let Some(number) = self.queue.pop_first() {
            if self.gave_up {
                return;
            }
            self.function(number);
        }
    }

    /// Counts a step; whether there are any left.
    fn step(&mut self) -> bool {
        self.spend(1);
        !self.gave_up
    }

    /// Counts steps.
    fn spend(&mut self, steps: u64) {
        self.steps = self.steps.saturating_add(steps);
        if self.steps > MAX_STEPS {
            self.gave_up = true;
        }
    }

    fn wake(&mut self, readers: &[u32]) {
        self.spend(readers.len() as u64 / READERS_A_STEP);
        if self.notes.is_none() {
            self.queue.extend(readers.iter().copied().filter(|r| self.funcs[*r as usize].called));
        }
    }

    /// Wakes the readers of tables that changed.
    fn settle(&mut self) {
        let readers = self.heap.disturbed();
        self.wake(&readers);
    }

    fn grow(&mut self, pick: impl Fn(&mut Self) -> &mut Slot, val: &Val) {
        let slot = pick(self);
        let parts = val.funcs.len() + val.tables.len() + slot.val.funcs.len() + slot.val.tables.len();
        self.spend(parts as u64 / PARTS_A_STEP);
        let slot = pick(self);
        let mut joined = Val::clone(&slot.val);
        let changed = if slot.grows < 3 { joined.join(val) } else { joined.widen(val) };
        if !changed {
            return;
        }
        slot.grows = slot.grows.saturating_add(1);
        let readers = slot.readers.clone();
        self.heap.tidy(&mut joined);
        pick(self).val = Arc::new(joined);
        self.wake(&readers);
        self.settle();
    }

    fn read(&mut self, pick: impl Fn(&mut Self) -> &mut Slot, reader: u32) -> Arc<Val> {
        let slot = pick(self);
        if let Err(at) = slot.readers.binary_search(&reader) {
            slot.readers.insert(at, reader);
        }
        slot.val.clone()
    }

    pub(crate) fn give_param(&mut self, number: u32, i: usize, val: &Val) {
        // The function itself reads its parameters.
        let slot = &mut self.funcs[number as usize].params[i];
        if slot.readers.is_empty() {
            slot.readers.push(number);
        }
        self.grow(|e| &mut e.funcs[number as usize].params[i], val);
    }

    /// Calls a function of the program.
    pub(crate) fn enter(&mut self, f: FuncRef, args: &Values, reader: u32) -> Values {
        let number = self.number(f);
        let n = self.funcs[number as usize].params.len();
        // A call may enter very many functions; after the last step none of what they give is used.
        self.spend(1 + n as u64);
        if self.gave_up {
            return Values::unknown();
        }
        for i in 0..n {
            let arg = args.get(i);
            self.give_param(number, i, &arg);
        }
        if self.units[f.unit as usize].hir.func(f.func).vararg {
            for i in n..args.vals.len() {
                let val = args.vals[i].clone();
                self.grow(|e| &mut e.funcs[number as usize].extra, &val);
            }
            if let Some(rest) = args.rest.clone() {
                self.grow(|e| &mut e.funcs[number as usize].extra, &rest);
            }
            let slot = &mut self.funcs[number as usize].extra;
            if slot.readers.is_empty() {
                slot.readers.push(number);
            }
        }
        let state = &mut self.funcs[number as usize];
        if !state.called {
            state.called = true;
            self.queue.insert(number);
        }
        self.results(number, reader)
    }

    pub(crate) fn results(&mut self, number: u32, reader: u32) -> Values {
        let n = self.funcs[number as usize].results.len();
        let mut out = Values::default();
        for i in 0..n {
            let val = self.read(|e| &mut e.funcs[number as usize].results[i], reader);
            out.vals.push(val);
        }
        let more = self.read(|e| &mut e.funcs[number as usize].more, reader);
        out.rest = (!more.is_never()).then_some(more);
        out
    }

    /// Adds what a `return` gives.
    pub(crate) fn give_results(&mut self, number: u32, values: &Values) {
        let old = self.funcs[number as usize].results.len();
        let new = values.vals.len().min(MAX_RESULTS);
        if new > old && self.notes.is_none() {
            // Returns so far gave nil in these places, if there were any.
            let had_some = self.funcs[number as usize].more.grows > 0 || old > 0;
            self.funcs[number as usize].results.resize_with(new, Slot::default);
            if had_some {
                // Or what a call or `...` at their end gave.
                let before = Val::clone(&self.funcs[number as usize].more.val).or_nil();
                for i in old..new {
                    self.grow(|e| &mut e.funcs[number as usize].results[i], &before);
                }
            }
            let readers = self.funcs[number as usize].more.readers.clone();
            self.wake(&readers);
        }
        // A count: that there was a return.
        let more = &mut self.funcs[number as usize].more;
        more.grows = more.grows.max(1);
        let n = self.funcs[number as usize].results.len();
        for i in 0..n {
            let val = values.get(i);
            self.grow(|e| &mut e.funcs[number as usize].results[i], &val);
        }
        for val in values.vals.iter().skip(MAX_RESULTS).chain(&values.rest) {
            self.grow(|e| &mut e.funcs[number as usize].more, val);
        }
    }

    /// The table of a place; `which` tells several of one place apart.
    pub(crate) fn site(&mut self, at: Place, which: u8) -> TableId {
        if let Some(id) = self.sites.get(&(at, which)) {
            return self.heap.find(*id);
        }
        let id = self.heap.new_table(Some(at));
        self.sites.insert((at, which), id);
        id
    }

    pub(crate) fn note(&mut self, unit: u32, span: Span, val: &Arc<Val>) {
        if let Some(notes) = &mut self.notes {
            let all = &mut notes.exprs[unit as usize];
            match all.get_mut(&(span.start, span.end)) {
                None => _ = all.insert((span.start, span.end), val.clone()),
                Some(old) if old == val => {}
                Some(old) => _ = Arc::make_mut(old).join(val),
            }
        }
    }

    pub(crate) fn note_call(&mut self, f: FuncRef, span: Span, callees: &Callees) {
        if let Some(notes) = &mut self.notes {
            notes.calls.entry((f, span)).or_default().add(callees);
        }
    }

    /// Runs one function.
    fn function(&mut self, number: u32) {
        let f = self.func_ref(number);
        let unit = self.units[f.unit as usize];
        let hir = &unit.hir;
        let func = hir.func(f.func);
        let jumps_back = func.span != Span::default() && tangled(hir, &func.body);
        let mut fx = Fx {
            unit: f.unit,
            hir,
            func: f.func,
            number,
            env: Env::default(),
            breaks: Vec::new(),
            labels: BTreeMap::new(),
            is_tangled: jumps_back,
            nest: 0,
            depth: 0,
            fresh: None,
        };
        if f.func.0 == 0 {
            for g in &hir.globals {
                if let Some(id) = g.local {
                    self.declare(&mut fx, id, Arc::new(Val::nothing()));
                }
            }
        }
        for (i, id) in func.params.iter().enumerate() {
            let val = self.funcs[number as usize].params[i].val.clone();
            self.declare(&mut fx, *id, val);
        }
        self.block(&mut fx, &func.body);
        if !fx.env.dead {
            self.give_results(number, &Values::default());
        }
        if f.func.0 == 0 {
            let val = self.results(number, number).get(0);
            // A module without a value is true.
            let mut val = Val::clone(&val);
            if f.unit != 0 && val.nil {
                val.nil = false;
                val.yes = true;
            }
            self.grow(|e| &mut e.modules[f.unit as usize], &val);
        }
        self.settle();
    }

    // ---- variables ----

    /// Whether a local is not followed through the function, but taken for all it ever holds.
    fn is_shared(&self, fx: &Fx<'_>, id: LocalId) -> bool {
        let local = fx.hir.local(id);
        local.func != fx.func
            || local.needs_cell()
            || local.kind == LocalKind::ModuleGlobal
            || fx.is_tangled && !local.writes.is_empty()
    }

    pub(crate) fn declare(&mut self, fx: &mut Fx<'a>, id: LocalId, val: Arc<Val>) {
        let local = fx.hir.local(id);
        self.note(fx.unit, local.span, &val);
        self.keep(fx, id, &val);
        fx.env.vals.push((id, val));
    }

    fn keep(&mut self, fx: &Fx<'_>, id: LocalId, val: &Val) {
        let (unit, i) = (fx.unit as usize, id.0 as usize);
        self.grow(|e| &mut e.locals[unit][i], val);
    }

    pub(crate) fn assign(&mut self, fx: &mut Fx<'a>, id: LocalId, val: Arc<Val>) {
        self.keep(fx, id, &val);
        if !self.is_shared(fx, id)
            && let Ok(at) = fx.env.vals.binary_search_by_key(&id, |(l, _)| *l)
        {
            fx.env.vals[at].1 = val;
        }
    }

    pub(crate) fn lookup(&mut self, fx: &Fx<'a>, id: LocalId) -> Arc<Val> {
        if !self.is_shared(fx, id)
            && let Ok(at) = fx.env.vals.binary_search_by_key(&id, |(l, _)| *l)
        {
            return fx.env.vals[at].1.clone();
        }
        let (unit, i, reader) = (fx.unit as usize, id.0 as usize, fx.number);
        self.read(|e| &mut e.locals[unit][i], reader)
    }

    pub(crate) fn global(&mut self, fx: &Fx<'a>, slot: GlobalSlot) -> Arc<Val> {
        let (unit, i, reader) = (fx.unit as usize, slot.0 as usize, fx.number);
        self.read(|e| &mut e.globals[unit][i], reader)
    }

    pub(crate) fn global_by_name(&self, unit: u32, name: &str) -> Option<Arc<Val>> {
        let at = self.units[unit as usize].hir.globals.iter().position(|g| g.name == name && g.local.is_none())?;
        Some(self.globals[unit as usize][at].val.clone())
    }

    pub(crate) fn set_global(&mut self, fx: &Fx<'a>, slot: GlobalSlot, val: &Val) {
        let (unit, i) = (fx.unit as usize, slot.0 as usize);
        self.grow(|e| &mut e.globals[unit][i], val);
    }

    pub(crate) fn give_state(&mut self, val: &Val) {
        self.grow(|e| &mut e.state, val);
    }

    pub(crate) fn module(&mut self, unit: u32, reader: u32) -> Arc<Val> {
        self.read(|e| &mut e.modules[unit as usize], reader)
    }
}

impl Env {
    /// Joins another way here into this one.
    fn join(&mut self, other: &Env, widen: bool) {
        if other.dead {
            return;
        }
        if self.dead {
            *self = other.clone();
            return;
        }
        // Only what both see is still visible after them.
        let n = self.vals.len().min(other.vals.len());
        self.vals.truncate(n);
        for (mine, theirs) in self.vals.iter_mut().zip(&other.vals) {
            if mine.0 == theirs.0 && !Arc::ptr_eq(&mine.1, &theirs.1) && mine.1 != theirs.1 {
                let val = Arc::make_mut(&mut mine.1);
                if widen {
                    val.widen(&theirs.1);
                } else {
                    val.join(&theirs.1);
                }
            }
        }
    }

    fn same(&self, other: &Env) -> bool {
        self.dead == other.dead
            && self.vals.len() == other.vals.len()
            && self.vals.iter().zip(&other.vals).all(|(a, b)| a.0 == b.0 && (Arc::ptr_eq(&a.1, &b.1) || a.1 == b.1))
    }
}

/// The globals that nothing declares, such as `pairs` and whatever else was refused: they could be anything.
fn undeclared(hir: &Hir) -> Vec<usize> {
    use gatos_compiler::hir::{StmtKind, TargetKind};
    let mut is_declared = vec![false; hir.globals.len()];
    if let Some(chunk) = hir.funcs.first() {
        gatos_compiler::lint::visit::statements(&chunk.body, &mut |s| {
            let StmtKind::Assign { targets, .. } = &s.kind else { return };
            for t in targets {
                if let TargetKind::Global(slot) = t.kind {
                    is_declared[slot.0 as usize] = true;
                }
            }
        });
    }
    let has_value = |(i, g): &(usize, &gatos_compiler::hir::Global)| match g.local {
        Some(id) => !hir.local(id).writes.is_empty(),
        None => is_declared[*i],
    };
    hir.globals.iter().enumerate().filter(|found| !has_value(found)).map(|(i, _)| i).collect()
}

/// Whether a block jumps back by `goto`.
fn tangled(hir: &Hir, block: &gatos_compiler::hir::Block) -> bool {
    use gatos_compiler::hir::StmtKind::*;
    block.stmts.iter().any(|s| match &s.kind {
        Goto(i) => hir
            .gotos
            .get(*i as usize)
            .copied()
            .flatten()
            .is_some_and(|l| hir.labels[l.0 as usize].span.start < s.span.start),
        Do(b) | While(_, b) | Repeat(b, _) => tangled(hir, b),
        NumericFor { body, .. } | GenericFor { body, .. } => tangled(hir, body),
        If(arms, other) => arms.iter().any(|(_, b)| tangled(hir, b)) || other.iter().any(|b| tangled(hir, b)),
        _ => false,
    })
}
