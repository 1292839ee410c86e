//! Statements.

use super::value::{FULL, Val};
use super::{Engine, Env, Fx, MAX_NEST, Values};
use crate::Place;
use crate::facts::TableId;
use gatos_compiler::hir::{Block, Expr, ExprKind, FuncId, LocalId, Stmt, StmtKind, Target, TargetKind};
use gatos_syntax::span::Span;
use std::sync::Arc;

/// Rounds of a loop before its ranges are opened.
const PLAIN_ROUNDS: u32 = 2;
/// Rounds of a loop at most; opened ranges settle long before.
const MAX_ROUNDS: u32 = 12;

/// A table, a key of it, and the table that is still being put together.
type Spot = (Arc<Val>, Arc<Val>, Option<TableId>);

impl<'a> Engine<'a> {
    pub(crate) fn block(&mut self, fx: &mut Fx<'a>, block: &'a Block) {
        let visible = fx.env.vals.len();
        self.stmts(fx, block);
        fx.env.vals.truncate(visible);
    }

    /// The statements of a block, leaving its locals visible.
    fn stmts(&mut self, fx: &mut Fx<'a>, block: &'a Block) {
        let fresh = fx.fresh.take();
        for stmt in &block.stmts {
            if !self.step() {
                return;
            }
            self.stmt(fx, stmt);
        }
        fx.fresh = fresh;
    }

    fn stmt(&mut self, fx: &mut Fx<'a>, stmt: &'a Stmt) {
        match &stmt.kind {
            StmtKind::Local { locals, values } => self.local(fx, locals, values),
            StmtKind::LocalFunction { local, func, .. } => {
                let val = Arc::new(self.closure(fx, *func));
                self.declare(fx, *local, val);
            }
            StmtKind::Assign { targets, values } => self.assignment(fx, targets, values),
            StmtKind::Call(e) => {
                fx.fresh = fx.fresh.filter(|_| fx.func.0 == 0);
                self.multi(fx, e);
                if matches!(&e.bare().kind, ExprKind::Call(callee, _) if matches!(&callee.kind, ExprKind::Lib(n) if n == "error"))
                {
                    fx.env.dead = true;
                }
            }
            StmtKind::Do(b) => self.block(fx, b),
            StmtKind::While(cond, body) => self.while_(fx, cond, body, stmt.span),
            StmtKind::Repeat(body, cond) => self.repeat(fx, body, cond, stmt.span),
            StmtKind::If(arms, other) => self.if_(fx, arms, other.as_ref()),
            StmtKind::NumericFor { var, start, limit, step, body } => {
                let range = [Some(start), Some(limit), step.as_ref()];
                self.numeric_for(fx, *var, range, body, stmt.span);
            }
            StmtKind::GenericFor { vars, exprs, body } => self.generic_for(fx, vars, exprs, body, stmt.span),
            StmtKind::Goto(i) => {
                if let Some(label) = fx.hir.gotos.get(*i as usize).copied().flatten() {
                    let here = fx.env.clone();
                    fx.labels.entry(label).or_insert(Env { dead: true, ..Env::default() }).join(&here, false);
                }
                fx.env.dead = true;
            }
            StmtKind::Label(id) => {
                if let Some(waiting) = fx.labels.remove(id) {
                    let visible = fx.env.vals.clone();
                    let was_dead = fx.env.dead;
                    fx.env.join(&waiting, false);
                    // A jump comes from deeper inside; what is declared here stays as it is.
                    if was_dead {
                        fx.env.vals.truncate(visible.len());
                    }
                    let n = fx.env.vals.len().min(visible.len());
                    fx.env.vals.extend_from_slice(&visible[n..]);
                }
                if fx.is_tangled {
                    fx.env.dead = false;
                }
            }
            StmtKind::Break => {
                let here = fx.env.clone();
                if let Some(last) = fx.breaks.last_mut() {
                    match last {
                        Some(env) => env.join(&here, false),
                        None => *last = Some(here),
                    }
                }
                fx.env.dead = true;
            }
            StmtKind::Return(values) => {
                let values = self.list(fx, values);
                if !fx.env.dead {
                    let number = fx.number;
                    self.give_results(number, &values);
                }
                fx.env.dead = true;
            }
            StmtKind::Empty => {}
        }
    }

    fn local(&mut self, fx: &mut Fx<'a>, locals: &'a [LocalId], values: &'a [Expr]) {
        if let ([id], [value]) = (locals, values) {
            let val = self.expr(fx, value);
            if let (ExprKind::Table(_), [table]) = (&value.bare().kind, val.tables.as_slice()) {
                fx.fresh = Some((*id, *table));
            }
            return self.declare(fx, *id, val);
        }
        let vals = self.list(fx, values);
        for (i, id) in locals.iter().enumerate() {
            self.declare(fx, *id, vals.get(i));
        }
    }

    fn assignment(&mut self, fx: &mut Fx<'a>, targets: &'a [Target], values: &'a [Expr]) {
        // Tables and keys are computed before the values.
        let places: Vec<Option<Spot>> = targets
            .iter()
            .map(|t| match &t.kind {
                TargetKind::Index(object, key) => {
                    let fresh = match (&object.bare().kind, fx.fresh) {
                        (ExprKind::Local(id), Some((fresh, table))) if *id == fresh => Some(table),
                        _ => None,
                    };
                    Some((self.expr(fx, object), self.expr(fx, key), fresh))
                }
                _ => None,
            })
            .collect();
        let vals = self.list(fx, values);
        for (i, (target, place)) in targets.iter().zip(&places).enumerate() {
            let val = vals.get(i);
            self.note(fx.unit, target.span, &val);
            match &target.kind {
                TargetKind::Local(id) => {
                    if fx.fresh.is_some_and(|(fresh, _)| fresh == *id) {
                        fx.fresh = None;
                    }
                    self.assign(fx, *id, val);
                }
                TargetKind::Global(slot) => self.set_global(fx, *slot, &val),
                TargetKind::Index(_, key_expr) => {
                    if let Some((object, key, fresh)) = place {
                        let at = Place { unit: fx.unit, span: key_expr.span };
                        self.store(object, key, &val, at, *fresh);
                    }
                }
                TargetKind::Error => {}
            }
        }
    }

    /// Stores a value under a key of a table.
    pub(crate) fn store(&mut self, object: &Val, key: &Val, val: &Val, at: Place, fresh: Option<TableId>) {
        for id in &object.tables {
            let id = self.heap.find(*id);
            match &key.strs {
                super::value::Strs::These(all) => {
                    let always = fresh.is_some_and(|f| self.heap.find(f) == id) && all.len() == 1;
                    for s in all {
                        self.heap.set_field(id, s, val, always, Some(at));
                    }
                }
                super::value::Strs::Any => {
                    let keys = Val { strs: key.strs.clone(), made: key.made, ..Val::default() };
                    self.heap.set_other(id, &keys, val, Some(at));
                }
                super::value::Strs::No => {}
            }
            if key.any || key.int.is_some() || key.fixed.is_some() {
                self.heap.set_element(id, val, Some(at));
            }
            if key.any || key.yes || key.no || key.fixed.is_some() || !key.tables.is_empty() || !key.funcs.is_empty() {
                let keys = Val { int: None, strs: super::value::Strs::No, nil: false, ..key.clone() };
                self.heap.set_other(id, &keys, val, Some(at));
            }
        }
        if object.any {
            self.heap.let_out(val);
        }
        self.settle();
    }

    pub(crate) fn closure(&mut self, fx: &Fx<'a>, func: FuncId) -> Val {
        Val::func(crate::FuncRef { unit: fx.unit, func })
    }

    // ---- control ----

    fn if_(&mut self, fx: &mut Fx<'a>, arms: &'a [(Expr, Block)], other: Option<&'a Block>) {
        let visible = fx.env.vals.len();
        let mut out = Env { dead: true, ..Env::default() };
        for (cond, block) in arms {
            let val = self.expr(fx, cond);
            let mut no = fx.env.clone();
            self.refine(fx, cond, true);
            fx.env.dead |= !val.can_be_true();
            self.block(fx, block);
            out.join(&fx.env, false);
            std::mem::swap(&mut fx.env, &mut no);
            self.refine(fx, cond, false);
            fx.env.dead |= !val.can_be_false();
        }
        if let Some(block) = other {
            self.block(fx, block);
        }
        let last = std::mem::take(&mut fx.env);
        // When nothing comes out, what is visible stays so.
        if out.dead && last.dead {
            fx.env = last;
        } else {
            out.join(&last, false);
            fx.env = out;
        }
        fx.env.vals.truncate(visible);
    }

    /// Forgets what deep loops assign, so that they need no rounds.
    fn blur(&mut self, fx: &mut Fx<'a>, span: Span) -> bool {
        if fx.nest < MAX_NEST {
            return false;
        }
        let anything = Arc::new(Val { int: Some(FULL), ..Val::anything() });
        for (id, val) in &mut fx.env.vals {
            let writes = &fx.hir.local(*id).writes;
            if writes.iter().any(|w| span.start <= w.span.start && w.span.end <= span.end) {
                *val = anything.clone();
            }
        }
        true
    }

    /// Runs a loop's rounds until they bring nothing new: `round` does one, from the beginning of
    /// a round to the end of its body, and leaves in `exit` how it ends by itself.
    fn rounds(&mut self, fx: &mut Fx<'a>, span: Span, mut round: impl FnMut(&mut Self, &mut Fx<'a>) -> Env) {
        let visible = fx.env.vals.len();
        let fresh = fx.fresh.take();
        let once = self.blur(fx, span);
        fx.nest += 1;
        let mut head = fx.env.clone();
        let mut n = 0;
        let exit = loop {
            fx.env = head.clone();
            fx.breaks.push(None);
            let mut exit = round(self, fx);
            fx.env.vals.truncate(visible);
            if let Some(Some(broken)) = fx.breaks.pop() {
                exit.join(&broken, false);
            }
            let mut next = head.clone();
            next.join(&fx.env, n >= PLAIN_ROUNDS);
            n += 1;
            if once || next.same(&head) || n >= MAX_ROUNDS || self.gave_up {
                break exit;
            }
            head = next;
        };
        fx.nest -= 1;
        fx.env = exit;
        fx.env.vals.truncate(visible);
        fx.fresh = fresh;
    }

    fn while_(&mut self, fx: &mut Fx<'a>, cond: &'a Expr, body: &'a Block, span: Span) {
        self.rounds(fx, span, |e, fx| {
            let val = e.expr(fx, cond);
            let mut exit = fx.env.clone();
            e.refine(fx, cond, true);
            fx.env.dead |= !val.can_be_true();
            e.block(fx, body);
            std::mem::swap(&mut fx.env, &mut exit);
            e.refine(fx, cond, false);
            fx.env.dead |= !val.can_be_false();
            std::mem::swap(&mut fx.env, &mut exit);
            exit
        });
    }

    fn repeat(&mut self, fx: &mut Fx<'a>, body: &'a Block, cond: &'a Expr, span: Span) {
        self.rounds(fx, span, |e, fx| {
            e.stmts(fx, body);
            let val = e.expr(fx, cond);
            let mut exit = fx.env.clone();
            e.refine(fx, cond, false);
            fx.env.dead |= !val.can_be_false();
            std::mem::swap(&mut fx.env, &mut exit);
            e.refine(fx, cond, true);
            fx.env.dead |= !val.can_be_true();
            std::mem::swap(&mut fx.env, &mut exit);
            exit
        });
    }

    fn numeric_for(
        &mut self,
        fx: &mut Fx<'a>,
        var: LocalId,
        range: [Option<&'a Expr>; 3],
        body: &'a Block,
        span: Span,
    ) {
        let [start, limit, step] = range.map(|e| e.map(|e| self.expr(fx, e)));
        let (start, limit) = (start.unwrap_or_default(), limit.unwrap_or_default());
        let val = Arc::new(loop_values(&start, &limit, step.as_deref()));
        self.rounds(fx, span, |e, fx| {
            let exit = fx.env.clone();
            e.declare(fx, var, val.clone());
            fx.env.dead |= val.is_never();
            e.block(fx, body);
            exit
        });
    }

    fn generic_for(&mut self, fx: &mut Fx<'a>, vars: &'a [LocalId], exprs: &'a [Expr], body: &'a Block, span: Span) {
        let vals = self.iterate(fx, exprs);
        self.rounds(fx, span, |e, fx| {
            let exit = fx.env.clone();
            for (i, id) in vars.iter().enumerate() {
                let val = vals.get(i);
                // A loop ends at a nil.
                let val = if i == 0 && val.nil { Arc::new(Val { nil: false, ..Val::clone(&val) }) } else { val };
                e.declare(fx, *id, val);
            }
            e.block(fx, body);
            exit
        });
    }

    /// What the variables of a generic loop get.
    fn iterate(&mut self, fx: &mut Fx<'a>, exprs: &'a [Expr]) -> Values {
        if let [only] = exprs
            && let ExprKind::Call(callee, args) = &only.bare().kind
            && let ExprKind::Lib(name) = &callee.kind
            && matches!(name.as_str(), "ipairs" | "dpairs")
        {
            self.multi(fx, only);
            let table = args.first().map(|a| self.expr(fx, a)).unwrap_or_default();
            let reader = fx.number;
            let mut key = Val::default();
            let mut val = Val::default();
            for id in &table.tables {
                if name == "ipairs" {
                    key.join(&Val::ints(1, i64::MAX));
                    let t = self.heap.index(*id, &Val::integer(), reader);
                    val.join(&t);
                } else {
                    let keys = self.heap.keys(*id, reader);
                    key.join(&keys);
                    let t = self.heap.contents(*id, reader);
                    val.join(&t);
                }
            }
            if table.any {
                let inside = Val { any: true, made: table.made, ..Val::default() };
                val.join(&inside);
                key.join(&if name == "ipairs" { Val::ints(1, i64::MAX) } else { inside });
            }
            // A walk gives no key without a value.
            val.nil = false;
            return Values { vals: vec![Arc::new(key), Arc::new(val)], rest: None };
        }
        // What was refused could have given anything.
        if exprs.iter().any(|e| matches!(e.bare().kind, ExprKind::Error)) {
            return Values { vals: Vec::new(), rest: Some(Arc::new(Val::anything())) };
        }
        let pattern = match exprs {
            [Expr { kind: ExprKind::Call(callee, args), .. }] => match &callee.kind {
                ExprKind::Lib(name) if name == "string.gmatch" => args.get(1),
                _ => None,
            },
            [Expr { kind: ExprKind::Method { name, args, .. }, .. }] if name == b"gmatch" => args.first(),
            _ => None,
        };
        let given = self.list(fx, exprs);
        let iterator = given.get(0);
        if let (Some(pattern), ["string.gmatch()"]) = (pattern, iterator.libs.as_slice()) {
            let pattern = self.expr(fx, pattern);
            let capture = Arc::new(super::call::captures(&pattern));
            return Values { vals: vec![capture.clone()], rest: Some(capture) };
        }
        let args = Values { vals: vec![given.get(1), Arc::new(Val::anything())], rest: None };
        let at = exprs.first().map_or(Span::default(), |e| e.span);
        self.apply(fx, &iterator, &args, at, at)
    }
}

/// The values of a numeric loop's variable.
fn loop_values(start: &Val, limit: &Val, step: Option<&Val>) -> Val {
    let step = match step {
        None => Some((1, 1)),
        Some(v) if v.fixed.is_none() && !v.any => v.int,
        Some(_) => None,
    };
    match (start.bounds(), limit.bounds(), step) {
        (Some(from), Some(to), Some(by)) if start.fixed.is_none() => {
            let (mut lo, mut hi) = (i64::MAX, i64::MIN);
            if by.1 > 0 {
                (lo, hi) = (lo.min(from.0), hi.max(to.1));
            }
            if by.0 < 0 {
                (lo, hi) = (lo.min(to.0), hi.max(from.1));
            }
            let ints = if lo <= hi { Val::ints(lo, hi) } else { Val::default() };
            // A limit that is fixed makes all of it fixed.
            if limit.fixed.is_some() { ints.with(&Val::fixed()) } else { ints }
        }
        (_, _, Some(by)) if start.fixed.is_none() && !start.any && start.int.is_some() => {
            let (lo, hi) = start.int.unwrap_or(FULL);
            let lo = if by.0 < 0 { i64::MIN } else { lo };
            let hi = if by.1 > 0 { i64::MAX } else { hi };
            let ints = Val::ints(lo, hi);
            if limit.fixed.is_some() || limit.any { ints.with(&Val::fixed()) } else { ints }
        }
        _ => Val::number(),
    }
}
