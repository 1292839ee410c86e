//! Sizes of values in the words of a function's parameters: how many entries a table has at most,
//! how large a number is, how often a loop goes around.

use super::LoopKind;
use super::index::{Def, Index, LoopAt, Node};
use crate::bound::{Atom, Bound, PathStep, Subject};
use crate::facts::TableId;
use crate::infer::value::Strs;
use crate::{Facts, FuncRef, Place};
use gatos_compiler::Front;
use gatos_compiler::hir::{Expr, ExprKind, FuncId, Item, LocalId, LocalKind, StmtKind};
use gatos_syntax::echolua::ast::{BinOp, UnOp};
use gatos_syntax::span::Span;
use std::collections::{BTreeMap, BTreeSet};

/// Steps from one value to where it comes from.
const MAX_DEPTH: u32 = 24;
/// The greatest range of numbers that counts as known.
const LARGE: i64 = 1 << 40;

pub(super) struct Sizes<'a> {
    pub facts: &'a Facts,
    pub units: Vec<Index<'a>>,
    /// Whether the program gives tables metatables.
    pub has_metas: bool,
    /// Whether it may give one to any table: then none that is not known is free of them.
    pub is_loose: bool,
    /// Whether a metatable may have fields with computed names.
    pub has_computed_metas: bool,
    /// Names that are assigned as fields anywhere.
    assigned: BTreeSet<Vec<u8>>,
    /// Whether the program writes computed keys into tables that it did not make.
    writes_outside: bool,
    /// The `fold` functions, whose first parameter is the state.
    folds: Vec<FuncRef>,
    /// Loops by unit and number: rounds, once they are known.
    rounds: BTreeMap<(u32, usize), Option<Bound>>,
}

/// Where an expression stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct At {
    pub unit: u32,
    pub func: FuncId,
}

impl<'a> Sizes<'a> {
    pub(super) fn new(front: &'a Front, facts: &'a Facts) -> Sizes<'a> {
        let units: Vec<Index> = front.units().map(|u| Index::new(&u.hir)).collect();
        let mut out = Sizes {
            facts,
            has_metas: false,
            is_loose: facts.is_partial(),
            has_computed_metas: false,
            assigned: BTreeSet::new(),
            writes_outside: facts.is_partial(),
            folds: facts.entry("fold").to_vec(),
            rounds: BTreeMap::new(),
            units,
        };
        out.look_for_writes();
        out.look_for_metatables();
        out
    }

    fn look_for_metatables(&mut self) {
        let (mut names, mut calls) = (0, 0);
        let (mut is_loose, mut is_computed) = (false, false);
        for (u, unit) in self.units.iter().enumerate() {
            let value = |e: &Expr| self.facts.value(Place { unit: u as u32, span: e.span });
            for node in unit.all() {
                let Node::Expr(e) = node else { continue };
                match &e.kind {
                    ExprKind::Lib(name) if name == "setmetatable" => names += 1,
                    ExprKind::Call(callee, args) if matches!(&callee.kind, ExprKind::Lib(n) if n == "setmetatable") => {
                        calls += 1;
                        is_loose |= args.first().and_then(value).is_none_or(|v| v.any);
                        is_computed |= args.get(1).and_then(value).is_none_or(|v| {
                            v.any
                                || v.tables.iter().any(|t| {
                                    let t = self.facts.table(*t);
                                    t.open || !t.keys.is_never()
                                })
                        });
                    }
                    _ => {}
                }
            }
        }
        self.has_metas = names > 0 || self.facts.is_partial();
        // As a value it may be called with anything.
        let is_value = names > calls;
        self.is_loose |= is_loose || is_value;
        self.has_computed_metas = is_computed || is_value || self.facts.is_partial();
    }

    /// Whether a value may be a table with a metatable. What comes from outside has none.
    pub(super) fn may_have_meta(&self, v: &crate::infer::value::Val) -> bool {
        self.has_metas
            && ((v.any && (v.made || self.is_loose))
                || v.tables.iter().any(|t| {
                    let t = self.facts.table(*t);
                    !t.meta.is_never() || self.is_loose && t.is_given || t.open && !t.is_given
                }))
    }

    /// The same for an expression.
    pub(super) fn may_be_meta(&self, at: At, e: &Expr) -> bool {
        self.has_metas && self.value(at, e).is_none_or(|v| self.may_have_meta(v))
    }

    fn look_for_writes(&mut self) {
        let mut assigned = BTreeSet::new();
        let mut outside = self.writes_outside;
        for (u, unit) in self.units.iter().enumerate() {
            let value = |e: &Expr| self.facts.value(Place { unit: u as u32, span: e.span });
            let is_outside = |e: &Expr| value(e).is_none_or(|v| v.any || v.tables.iter().any(|t| self.is_given(*t)));
            for node in unit.all() {
                match node {
                    Node::Store { object, key, .. } => match key.as_str() {
                        Some(name) => _ = assigned.insert(name.to_vec()),
                        None => outside |= is_outside(object),
                    },
                    Node::Expr(Expr { kind: ExprKind::Call(callee, args), .. }) => {
                        if let ExprKind::Lib(name) = &callee.kind
                            && matches!(name.as_str(), "table.insert" | "rawset" | "table.move")
                        {
                            outside |= args.iter().any(is_outside);
                        }
                    }
                    Node::Expr(_) => {}
                }
            }
        }
        self.assigned = assigned;
        self.writes_outside = outside;
    }

    fn is_given(&self, table: TableId) -> bool {
        self.facts.table(table).is_given
    }

    fn value(&self, at: At, e: &Expr) -> Option<&crate::infer::value::Val> {
        self.facts.value(Place { unit: at.unit, span: e.span })
    }

    fn defs(&self, unit: u32, id: LocalId) -> &[Def<'a>] {
        self.units[unit as usize].defs.get(&id).map_or(&[], Vec::as_slice)
    }

    // ---- subjects ----

    /// The value that a function is given which this expression is, or is inside.
    pub(super) fn subject(&self, at: At, e: &'a Expr, depth: u32) -> Option<Subject> {
        let depth = depth.checked_sub(1)?;
        match &e.bare().kind {
            ExprKind::Local(id) => {
                let local = self.units[at.unit as usize].hir.local(*id);
                if local.func != at.func || !local.writes.is_empty() {
                    return None;
                }
                match self.defs(at.unit, *id) {
                    [Def::Param(n)] => Some(Subject { param: *n, name: local.name.clone(), steps: Vec::new() }),
                    [Def::Expr(from)] if !from.is_multi() => self.subject(at, from, depth),
                    [Def::Each(1, exprs)] => match walked(exprs)? {
                        ("ipairs" | "dpairs", table) => Some(self.subject(at, table, depth)?.then(PathStep::Each)),
                        _ => None,
                    },
                    _ => None,
                }
            }
            ExprKind::Index(object, key) => {
                let object = self.subject(at, object, depth)?;
                Some(object.then(match key.as_str() {
                    Some(name) => PathStep::Field(name.to_vec()),
                    None => PathStep::Each,
                }))
            }
            // `x or {}`
            ExprKind::Binary { op: BinOp::Or, left, right, .. } => match &right.bare().kind {
                ExprKind::Table(items) if items.is_empty() => self.subject(at, left, depth),
                ExprKind::Str(s) if s.is_empty() => self.subject(at, left, depth),
                ExprKind::Int(0) => self.subject(at, left, depth),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether the sizes inside a subject stay what they are when the function begins. The state's
    /// count as the largest that they are during the call.
    fn stays(&self, at: At, s: &Subject, is_value: bool) -> bool {
        let is_state = s.param == 0 && self.folds.contains(&FuncRef { unit: at.unit, func: at.func });
        let names = s.steps.iter().filter_map(|s| match s {
            PathStep::Field(name) => Some(name),
            PathStep::Each => None,
        });
        if is_state && !is_value {
            return true;
        }
        !self.writes_outside && !names.clone().any(|n| self.assigned.contains(n))
    }

    // ---- sizes ----

    /// Entries of a table, or bytes of a string, at most.
    pub(super) fn size(&mut self, at: At, e: &'a Expr, depth: u32) -> Option<Bound> {
        let depth = depth.checked_sub(1)?;
        if let Some(s) = self.subject(at, e, depth)
            && self.stays(at, &s, false)
        {
            return Some(Bound::size(Atom::Entries(s)));
        }
        match &e.bare().kind {
            ExprKind::Nil => Some(Bound::zero()),
            ExprKind::Str(s) => Some(Bound::fixed(s.len() as u64)),
            ExprKind::Table(items) => self.constructor(at, e.bare(), items, depth),
            ExprKind::Local(id) => self.local_size(at, *id, depth),
            ExprKind::Binary { op: BinOp::Or | BinOp::And, left, right, .. } => {
                Some(self.size(at, left, depth)?.max(&self.size(at, right, depth)?))
            }
            ExprKind::Call(callee, args) => match (&callee.kind, args.first()) {
                (ExprKind::Lib(name), Some(first)) => match name.as_str() {
                    "dkeys" | "dvalues" | "dsort" | "json.array" | "setmetatable" | "string.lower" | "string.upper"
                    | "string.sub" | "string.reverse" | "string.match" | "assert" => self.size(at, first, depth),
                    "table.pack" if !args.iter().any(Expr::is_multi) => Some(Bound::fixed(args.len() as u64 + 1)),
                    _ => None,
                },
                _ => None,
            },
            _ => match self.value(at, e).filter(|v| !v.any && v.tables.is_empty()).map(|v| &v.strs) {
                Some(Strs::These(all)) => Some(Bound::fixed(all.iter().map(|s| s.len() as u64).max().unwrap_or(0))),
                _ => None,
            },
        }
    }

    fn local_size(&mut self, at: At, id: LocalId, depth: u32) -> Option<Bound> {
        let local = self.units[at.unit as usize].hir.local(id);
        if matches!(local.kind, LocalKind::ModuleGlobal) {
            return None;
        }
        let here = At { unit: at.unit, func: local.func };
        let mut out = Bound::zero();
        let defs = self.defs(at.unit, id).to_vec();
        if defs.is_empty() {
            return None;
        }
        for def in defs {
            let Def::Expr(from) = def else { return None };
            out = out.max(&self.size(here, from, depth)?);
        }
        // In the words of another function's parameters it would mean nothing.
        (here == at || out.as_fixed().is_some()).then_some(out)
    }

    /// A table made here: what the text puts in, and what is put in later, as often as the loops
    /// around that go.
    fn constructor(&mut self, at: At, e: &'a Expr, items: &'a [Item], depth: u32) -> Option<Bound> {
        let val = self.value(at, e)?;
        let [id] = val.tables.as_slice() else { return None };
        let table = self.facts.table(*id);
        if table.open || table.is_merged || table.origin != Some(Place { unit: at.unit, span: e.span }) {
            return None;
        }
        let writes = table.writes.clone()?;
        let mut out = Bound::fixed((items.len() + table.fields.len()) as u64);
        for write in writes {
            if write.unit != at.unit || self.function_at(at.unit, write.span) != at.func {
                return None;
            }
            let mut often = Bound::fixed(1);
            for i in 0..self.units[at.unit as usize].loops.len() {
                let l = self.units[at.unit as usize].loops[i];
                if l.func == at.func && holds(l.stmt.span, write.span) && !holds(l.stmt.span, e.span) {
                    often = often.times(&self.rounds_in(at.unit, i, depth)?);
                }
            }
            out = out.plus(&often);
        }
        Some(out)
    }

    /// The innermost function around a place.
    fn function_at(&self, unit: u32, span: Span) -> FuncId {
        let funcs = self.units[unit as usize].hir.funcs.iter().enumerate().skip(1);
        let inner = funcs.filter(|(_, f)| holds(f.span, span)).min_by_key(|(_, f)| f.span.end - f.span.start);
        FuncId(inner.map_or(0, |(i, _)| i as u32))
    }

    // ---- numbers ----

    /// What a number is at most; below zero counts as zero. None when it is not known.
    pub(super) fn upper(&mut self, at: At, e: &'a Expr, depth: u32) -> Option<Bound> {
        let depth = depth.checked_sub(1)?;
        if let Some(hi) = self.highest(at, e) {
            return Some(Bound::fixed(u64::try_from(hi).unwrap_or(0)));
        }
        match &e.bare().kind {
            // `__len` may say anything.
            ExprKind::Unary(UnOp::Len, inner) if self.may_be_meta(at, inner) => None,
            ExprKind::Unary(UnOp::Len, inner) => self.size(at, inner, depth),
            ExprKind::Binary { op, left, right, .. } => self.upper_of(at, *op, left, right, depth),
            ExprKind::Call(callee, args) => match (&callee.kind, args.as_slice()) {
                (ExprKind::Lib(name), [first, rest @ ..]) => match name.as_str() {
                    "math.floor" | "math.tointeger" | "tonumber" | "assert" => self.upper(at, first, depth),
                    "math.ceil" => Some(self.upper(at, first, depth)?.plus(&Bound::fixed(1))),
                    "string.len" | "rawlen" => self.size(at, first, depth),
                    "math.min" => {
                        let mut known = args.iter().filter_map(|a| self.upper(at, a, depth)).collect::<Vec<_>>();
                        known.sort_by_key(|b| b.as_fixed().unwrap_or(u64::MAX));
                        known.into_iter().next()
                    }
                    "math.max" => {
                        let mut out = self.upper(at, first, depth)?;
                        for a in rest {
                            out = out.max(&self.upper(at, a, depth)?);
                        }
                        Some(out)
                    }
                    _ => None,
                },
                _ => None,
            },
            ExprKind::Local(id) => {
                if let Some(s) = self.subject(at, e, depth)
                    && self.stays(at, &s, true)
                {
                    return Some(Bound::size(Atom::Value(s)));
                }
                let local = self.units[at.unit as usize].hir.local(*id);
                if local.func != at.func || !local.writes.is_empty() {
                    return None;
                }
                match self.defs(at.unit, *id).to_vec().as_slice() {
                    [Def::Expr(from)] => self.upper(at, from, depth),
                    [Def::Count { start, limit, step }] => match step.map(|s| self.exact(at, s)) {
                        None => self.upper(at, limit, depth),
                        Some(Some(by)) if by > 0 => self.upper(at, limit, depth),
                        Some(Some(_)) => self.upper(at, start, depth),
                        Some(None) => None,
                    },
                    [Def::Each(0, exprs)] => match walked(exprs)? {
                        ("ipairs", table) if !self.may_be_meta(at, table) => self.size(at, table, depth),
                        _ => None,
                    },
                    _ => None,
                }
            }
            ExprKind::Index(..) => {
                let s = self.subject(at, e, depth)?;
                self.stays(at, &s, true).then(|| Bound::size(Atom::Value(s)))
            }
            _ => None,
        }
    }

    fn upper_of(&mut self, at: At, op: BinOp, left: &'a Expr, right: &'a Expr, depth: u32) -> Option<Bound> {
        match op {
            BinOp::Add => Some(self.upper(at, left, depth)?.plus(&self.upper(at, right, depth)?)),
            BinOp::Sub if self.lowest(at, right)? >= 0 => self.upper(at, left, depth),
            BinOp::Mul if self.lowest(at, left)? >= 0 && self.lowest(at, right)? >= 0 => {
                Some(self.upper(at, left, depth)?.times(&self.upper(at, right, depth)?))
            }
            BinOp::IDiv | BinOp::Div if self.lowest(at, right)? >= 1 => {
                Some(self.upper(at, left, depth)?.plus(&Bound::fixed(u64::from(op == BinOp::Div))))
            }
            BinOp::Or | BinOp::And => Some(self.upper(at, left, depth)?.max(&self.upper(at, right, depth)?)),
            _ => None,
        }
    }

    fn highest(&self, at: At, e: &Expr) -> Option<i64> {
        let v = self.value(at, e)?;
        if v.is_never() {
            return Some(0);
        }
        v.bounds().map(|(_, hi)| hi).filter(|hi| *hi < LARGE)
    }

    fn lowest(&self, at: At, e: &Expr) -> Option<i64> {
        self.value(at, e)?.bounds().map(|(lo, _)| lo).filter(|lo| *lo > -LARGE)
    }

    fn exact(&self, at: At, e: &Expr) -> Option<i64> {
        let v = self.value(at, e)?;
        v.int.filter(|(lo, hi)| lo == hi && v.fixed.is_none() && !v.any).map(|(lo, _)| lo)
    }

    // ---- loops ----

    /// How often a loop goes around, at most.
    pub(super) fn rounds(&mut self, unit: u32, i: usize) -> Option<Bound> {
        self.rounds_in(unit, i, MAX_DEPTH)
    }

    fn rounds_in(&mut self, unit: u32, i: usize, depth: u32) -> Option<Bound> {
        if let Some(known) = self.rounds.get(&(unit, i)) {
            return known.clone();
        }
        // A loop whose rounds depend on themselves has none that are known.
        self.rounds.insert((unit, i), None);
        let l = self.units[unit as usize].loops[i];
        let at = At { unit, func: l.func };
        let found = match &l.stmt.kind {
            StmtKind::NumericFor { start, limit, step, .. } => self.counted(at, start, limit, step.as_ref(), depth),
            StmtKind::GenericFor { exprs, body, .. } => self.walks(at, exprs, l, body.span, depth),
            StmtKind::While(cond, _) => self.counts_up(at, cond, l, depth),
            _ => None,
        };
        self.rounds.insert((unit, i), found.clone());
        found
    }

    fn counted(
        &mut self,
        at: At,
        start: &'a Expr,
        limit: &'a Expr,
        step: Option<&'a Expr>,
        depth: u32,
    ) -> Option<Bound> {
        let by = match step {
            None => 1,
            Some(s) => self.exact(at, s)?,
        };
        let (from, to) = if by > 0 { (start, limit) } else { (limit, start) };
        let by_size = by.unsigned_abs().max(1);
        let lo = self.lowest(at, from);
        if let (Some(lo), Some(hi)) = (lo, self.highest(at, to)) {
            if hi < lo {
                return Some(Bound::zero());
            }
            return Some(Bound::fixed((hi - lo).unsigned_abs() / by_size + 1));
        }
        // A sum of sizes; dividing by the step would save little.
        let lo = lo?;
        let hi = self.upper(at, to, depth)?;
        Some(match u64::try_from(1i64.saturating_sub(lo)) {
            Ok(more) => hi.plus(&Bound::fixed(more)),
            Err(_) => hi,
        })
    }

    fn walks(&mut self, at: At, exprs: &'a [Expr], l: LoopAt<'a>, body: Span, depth: u32) -> Option<Bound> {
        let (walker, over) = walked(exprs)?;
        match walker {
            "dpairs" => self.size(at, over, depth),
            "ipairs" => {
                // With `__index` there may be more than the table holds.
                if self.may_be_meta(at, over) || self.grows_in(at, over, l, body) {
                    return None;
                }
                self.size(at, over, depth)
            }
            "string.gmatch" => Some(self.size(at, over, depth)?.plus(&Bound::fixed(1))),
            "utf8.codes" => self.size(at, over, depth),
            _ => None,
        }
    }

    /// Whether the table that a loop walks over may get longer while it does.
    fn grows_in(&self, at: At, over: &Expr, l: LoopAt<'a>, body: Span) -> bool {
        let Some(val) = self.value(at, over) else { return true };
        let calls = self.facts.calls(FuncRef { unit: at.unit, func: at.func });
        let calls_out = calls.iter().any(|(s, c)| holds(l.stmt.span, *s) && (!c.functions.is_empty() || c.is_open));
        if val.any {
            return self.writes_outside;
        }
        val.tables.iter().any(|t| match &self.facts.table(*t).writes {
            None => true,
            Some(all) => all.iter().any(|w| {
                let is_here = w.unit == at.unit && self.function_at(at.unit, w.span) == at.func;
                if is_here { holds(body, w.span) } else { calls_out }
            }),
        })
    }

    /// `while i < n do … i = i + 1 end`, with the step at the top of the body.
    fn counts_up(&mut self, at: At, cond: &'a Expr, l: LoopAt<'a>, depth: u32) -> Option<Bound> {
        let ExprKind::Binary { op, left, right, .. } = &cond.bare().kind else { return None };
        let (var, limit, is_closed) = match op {
            BinOp::Lt => (left, right, false),
            BinOp::Le => (left, right, true),
            BinOp::Gt => (right, left, false),
            BinOp::Ge => (right, left, true),
            BinOp::And => {
                return self.counts_up(at, left, l, depth).or_else(|| self.counts_up(at, right, l, depth));
            }
            _ => return None,
        };
        let ExprKind::Local(id) = var.bare().kind else { return None };
        let StmtKind::While(_, body) = &l.stmt.kind else { return None };
        let hir = self.units[at.unit as usize].hir;
        let local = hir.local(id);
        if local.func != at.func || local.captured {
            return None;
        }
        // Every write inside is `i = i + c` with c above zero, and one is on every way around.
        let inside: Vec<Span> = local.writes.iter().map(|w| w.span).filter(|s| holds(l.stmt.span, *s)).collect();
        let mut sure = false;
        for span in &inside {
            let is_step = self.units[at.unit as usize].defs.get(&id)?.iter().any(|d| match d {
                Def::Expr(e) => span.end <= e.span.start && e.span.start - span.end < 16 && self.is_step(at, id, e),
                _ => false,
            });
            if !is_step {
                return None;
            }
            sure |= body.stmts.iter().any(|s| matches!(s.kind, StmtKind::Assign { .. }) && holds(s.span, *span));
        }
        // A `goto continue` could pass by a step that stands behind it.
        if !sure || has_goto(hir, l.stmt.span, at.func) {
            return None;
        }
        // The limit must not move, and the counter begins somewhere.
        let fixed_limit = self.stands_still(at, limit, l, body.span, 16);
        if !fixed_limit {
            return None;
        }
        let whole = self.facts.local_value(at.unit, id)?;
        let lo = whole.bounds().map(|(lo, _)| lo).filter(|lo| *lo > -LARGE)?;
        let hi = self.upper(at, limit, depth)?;
        let more = i64::from(is_closed).saturating_sub(lo);
        Some(match u64::try_from(more) {
            Ok(more) => hi.plus(&Bound::fixed(more)),
            Err(_) => hi,
        })
    }

    /// Whether an expression gives the same in every round of a loop.
    fn stands_still(&self, at: At, e: &Expr, l: LoopAt<'a>, body: Span, depth: u32) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        match &e.bare().kind {
            ExprKind::Int(_) | ExprKind::Fixed(_) => true,
            ExprKind::Local(other) => {
                let other = self.units[at.unit as usize].hir.local(*other);
                other.writes.iter().all(|w| !holds(l.stmt.span, w.span)) && (!other.captured || other.writes.is_empty())
            }
            ExprKind::Unary(UnOp::Len, inner) => {
                matches!(inner.bare().kind, ExprKind::Local(_))
                    && self.stands_still(at, inner, l, body, depth)
                    && !self.grows_in(at, inner, l, body)
            }
            ExprKind::Binary { op, left, right, .. } => {
                !matches!(op, BinOp::And | BinOp::Or)
                    && self.stands_still(at, left, l, body, depth)
                    && self.stands_still(at, right, l, body, depth)
            }
            ExprKind::Call(callee, args) => {
                matches!(&callee.kind, ExprKind::Lib(name) if name == "math.min" || name == "math.max" || name == "math.floor")
                    && args.iter().all(|a| self.stands_still(at, a, l, body, depth))
            }
            _ => false,
        }
    }

    fn is_step(&self, at: At, id: LocalId, e: &Expr) -> bool {
        match &e.bare().kind {
            ExprKind::Binary { op: BinOp::Add, left, right, .. } => {
                matches!(left.bare().kind, ExprKind::Local(l) if l == id)
                    && self.lowest(at, right).is_some_and(|lo| lo >= 1)
            }
            _ => false,
        }
    }

    /// The sizes of a callee's bound in the words of the caller.
    pub(super) fn in_caller(&mut self, at: At, call: &'a Expr, bound: &Bound) -> Bound {
        let args: Vec<&'a Expr> = match &call.kind {
            ExprKind::Call(_, args) => args.iter().collect(),
            ExprKind::Method { object, args, .. } => std::iter::once(&**object).chain(args.iter()).collect(),
            _ => Vec::new(),
        };
        let place = Place { unit: at.unit, span: call.span };
        let is_open = args.last().is_some_and(|a| a.is_multi());
        let one = |sizes: &mut Self, s: &Subject, atom: &Atom| -> Bound {
            let i = s.param as usize;
            if is_open && i + 1 >= args.len() {
                return Bound::unbounded(place, format!("what `{}` gets here is not known", s.name));
            }
            let Some(arg) = args.get(i).copied() else { return Bound::zero() };
            if let Some(from) = sizes.subject(at, arg, MAX_DEPTH) {
                let mut to = from;
                to.steps.extend(s.steps.iter().cloned());
                let is_value = matches!(atom, Atom::Value(_));
                if sizes.stays(at, &to, is_value) {
                    return Bound::size(match atom {
                        Atom::Entries(_) => Atom::Entries(to),
                        Atom::Value(_) => Atom::Value(to),
                        _ => Atom::Log(to),
                    });
                }
            }
            let found = match atom {
                _ if !s.steps.is_empty() => None,
                Atom::Value(_) => sizes.upper(at, arg, MAX_DEPTH),
                Atom::Entries(_) => sizes.size(at, arg, MAX_DEPTH),
                _ => sizes.size(at, arg, MAX_DEPTH).map(log_of),
            };
            found.unwrap_or_else(|| Bound::unbounded(place, format!("the size of `{s}` is not known here")))
        };
        bound.replaced(|atom| match atom {
            Atom::Entries(s) | Atom::Value(s) | Atom::Log(s) => one(self, s, atom),
            Atom::Strings | Atom::Gaps => Bound::size(atom.clone()),
        })
    }

    /// What putting as many entries in order costs: their number times its binary digits.
    pub(super) fn sorting(&mut self, at: At, e: &'a Expr) -> Option<Bound> {
        let size = self.size(at, e, MAX_DEPTH)?;
        Some(size.times(&self.digits(at, e, &size)))
    }

    pub(super) fn digits(&mut self, at: At, e: &'a Expr, size: &Bound) -> Bound {
        match self.subject(at, e, MAX_DEPTH) {
            Some(s) if self.stays(at, &s, false) => Bound::size(Atom::Log(s)).plus(&Bound::fixed(1)),
            _ => log_of(size.clone()).plus(&Bound::fixed(1)),
        }
    }
}

/// Binary digits of a size: of a number exactly, of sums the sum of their logarithms, which is more.
pub(super) fn log_of(size: Bound) -> Bound {
    if let Some(n) = size.as_fixed() {
        return Bound::fixed(u64::from(u64::BITS - n.leading_zeros()));
    }
    let mut out = Bound::zero();
    for term in size.terms() {
        let mut one = Bound::fixed(u64::from(u64::BITS - term.times.leading_zeros()));
        for atom in term.atoms {
            one = one.plus(&match atom {
                Atom::Entries(s) => Bound::size(Atom::Log(s)),
                // 64 digits are enough for any number.
                _ => Bound::fixed(64),
            });
        }
        out = out.plus(&one);
    }
    out.plus(&Bound::fixed(2))
}

pub(super) fn holds(outer: Span, inner: Span) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

/// The function that a generic loop walks with, and what over.
pub(super) fn walked(exprs: &[Expr]) -> Option<(&str, &Expr)> {
    let [only] = exprs else { return None };
    match &only.bare().kind {
        ExprKind::Call(callee, args) => match (&callee.kind, args.first()) {
            (ExprKind::Lib(name), Some(first)) => Some((name, first)),
            _ => None,
        },
        ExprKind::Method { object, name, .. } if name == b"gmatch" => Some(("string.gmatch", object)),
        _ => None,
    }
}

fn has_goto(hir: &gatos_compiler::hir::Hir, span: Span, func: FuncId) -> bool {
    fn any(block: &gatos_compiler::hir::Block, span: Span) -> bool {
        block.stmts.iter().any(|s| match &s.kind {
            StmtKind::Goto(_) => holds(span, s.span),
            StmtKind::Do(b) | StmtKind::While(_, b) | StmtKind::Repeat(b, _) => any(b, span),
            StmtKind::NumericFor { body, .. } | StmtKind::GenericFor { body, .. } => any(body, span),
            StmtKind::If(arms, other) => arms.iter().any(|(_, b)| any(b, span)) || other.iter().any(|b| any(b, span)),
            _ => false,
        })
    }
    any(&hir.func(func).body, span)
}

/// The kind of a loop in words.
pub(super) fn words(kind: LoopKind) -> &'static str {
    match kind {
        LoopKind::Numeric | LoopKind::Generic => "this `for`",
        LoopKind::While => "this `while`",
        LoopKind::Repeat => "this `repeat`",
        LoopKind::Goto => "this `goto`",
    }
}
