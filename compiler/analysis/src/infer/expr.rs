//! Expressions.

use super::value::{FULL, Strs, Val};
use super::{Engine, Fx, Values};
use crate::Place;
use gatos_compiler::hir::{Expr, ExprKind, Item};
use gatos_syntax::echolua::ast::{BinOp, UnOp};
use std::sync::Arc;

/// Expressions inside one another; what is deeper is anything.
const MAX_DEPTH: u32 = 400;

impl<'a> Engine<'a> {
    /// An expression's first value.
    pub(crate) fn expr(&mut self, fx: &mut Fx<'a>, e: &'a Expr) -> Arc<Val> {
        if fx.depth >= MAX_DEPTH || !self.step() {
            return Arc::new(Val::anything());
        }
        fx.depth += 1;
        let val = if e.is_multi() { self.multi(fx, e).get(0) } else { self.single(fx, e) };
        fx.depth -= 1;
        self.note(fx.unit, e.span, &val);
        val
    }

    /// Several expressions; the last may give any number of values.
    pub(crate) fn list(&mut self, fx: &mut Fx<'a>, exprs: &'a [Expr]) -> Values {
        let mut out = Values::default();
        let Some((last, before)) = exprs.split_last() else { return out };
        for e in before {
            out.vals.push(self.expr(fx, e));
        }
        if last.is_multi() {
            let tail = self.multi(fx, last);
            self.note(fx.unit, last.span, &tail.get(0));
            out.vals.extend(tail.vals);
            out.rest = tail.rest;
        } else {
            out.vals.push(self.expr(fx, last));
        }
        out
    }

    /// An expression that may give any number of values.
    pub(crate) fn multi(&mut self, fx: &mut Fx<'a>, e: &'a Expr) -> Values {
        match &e.kind {
            ExprKind::Call(callee, args) => {
                let f = self.expr(fx, callee);
                let args = self.list(fx, args);
                let out = match self.is_refused(fx, callee) {
                    true => self.refused_call(fx, e.span),
                    false => self.apply(fx, &f, &args, e.span, e.span),
                };
                self.note(fx.unit, e.span, &out.get(0));
                out
            }
            ExprKind::Method { object, name, name_span, args } => {
                let this = self.expr(fx, object);
                let f = Arc::new(self.index(fx, &this, &Val::text(name)));
                self.note(fx.unit, *name_span, &f);
                let rest = self.list(fx, args);
                let mut args = Values { vals: vec![this], rest: rest.rest };
                args.vals.extend(rest.vals);
                let out = self.apply(fx, &f, &args, e.span, e.span);
                self.note(fx.unit, e.span, &out.get(0));
                out
            }
            ExprKind::Vararg => {
                let number = fx.number;
                let extra = self.read(|e| &mut e.funcs[number as usize].extra, number);
                Values { vals: Vec::new(), rest: Some(extra) }
            }
            _ => Values { vals: vec![self.expr(fx, e)], rest: None },
        }
    }

    /// Whether an expression was refused: it names what is nothing's, or a member of that.
    fn is_refused(&self, fx: &Fx<'a>, e: &Expr) -> bool {
        let mut at = e.bare();
        while let ExprKind::Index(object, _) = &at.kind {
            at = object.bare();
        }
        let undeclared = &self.undeclared[fx.unit as usize];
        match at.kind {
            ExprKind::Error => true,
            ExprKind::Global(slot) => undeclared.binary_search(&(slot.0 as usize)).is_ok(),
            ExprKind::Local(id) => undeclared.iter().any(|g| fx.hir.globals[*g].local == Some(id)),
            _ => false,
        }
    }

    /// A call that was refused gives anything. What it is given is left as it is: no program will run it, and
    /// one error should not make everything around it unknown.
    fn refused_call(&mut self, fx: &Fx<'a>, at: gatos_syntax::span::Span) -> Values {
        let callees = crate::Callees { is_open: true, ..crate::Callees::default() };
        self.note_call(crate::FuncRef { unit: fx.unit, func: fx.func }, at, &callees);
        Values::unknown()
    }

    fn single(&mut self, fx: &mut Fx<'a>, e: &'a Expr) -> Arc<Val> {
        Arc::new(match &e.kind {
            ExprKind::Nil => Val::nothing(),
            ExprKind::Bool(b) => Val::bool(*b),
            ExprKind::Int(i) => Val::ints(*i, *i),
            ExprKind::Fixed(raw) => Val { fixed: Some((*raw, *raw)), ..Val::default() },
            ExprKind::Str(s) => Val::text(s),
            ExprKind::Local(id) => return self.lookup(fx, *id),
            ExprKind::Global(slot) => return self.global(fx, *slot),
            ExprKind::Lib(name) => super::call::lib_value(name),
            ExprKind::Import(id) => {
                let unit = self.units[fx.unit as usize];
                match unit.imports.get(id.0 as usize).copied() {
                    Some(module) if (module as usize) + 1 < self.units.len() => {
                        let reader = fx.number;
                        let val = self.module(module + 1, reader);
                        if self.units[module as usize + 1].hir.funcs.is_empty() {
                            return Arc::new(Val::anything());
                        }
                        return val;
                    }
                    _ => Val::anything(),
                }
            }
            ExprKind::Function(id) => self.closure(fx, *id),
            ExprKind::Index(object, key) => {
                let object = self.expr(fx, object);
                let key = self.expr(fx, key);
                self.index(fx, &object, &key)
            }
            ExprKind::Binary { .. } => return self.binary(fx, e),
            ExprKind::Unary(op, inner) => {
                let v = self.expr(fx, inner);
                unary(*op, &v)
            }
            ExprKind::Paren(inner) => return self.expr(fx, inner),
            ExprKind::Table(items) => self.table(fx, e, items),
            ExprKind::Error | ExprKind::Vararg | ExprKind::Call(..) | ExprKind::Method { .. } => Val::anything(),
        })
    }

    fn table(&mut self, fx: &mut Fx<'a>, e: &'a Expr, items: &'a [Item]) -> Val {
        let id = self.site(Place { unit: fx.unit, span: e.span }, 0);
        let n = items.len();
        for (i, item) in items.iter().enumerate() {
            if !self.step() {
                break;
            }
            match item {
                Item::Positional(value) => {
                    let vals = if i + 1 == n && value.is_multi() {
                        let vals = self.multi(fx, value);
                        self.note(fx.unit, value.span, &vals.get(0));
                        vals
                    } else {
                        Values { vals: vec![self.expr(fx, value)], rest: None }
                    };
                    for val in vals.all() {
                        // A constructor does not count as a write: its size is in the text.
                        let at = vals.rest.is_some().then_some(Place { unit: fx.unit, span: value.span });
                        self.place_element(id, val, at);
                    }
                }
                Item::Named(name, span, value) => {
                    let val = self.expr(fx, value);
                    self.note(fx.unit, *span, &val);
                    let always = !val.nil;
                    let at = Place { unit: fx.unit, span: *span };
                    self.heap.set_field(id, name, &val, always, Some(at));
                }
                Item::Keyed(key, value) => {
                    let key_val = self.expr(fx, key);
                    let val = self.expr(fx, value);
                    let at = Place { unit: fx.unit, span: key.span };
                    self.store(&Val::table(id), &key_val, &val, at, Some(id));
                }
            }
        }
        self.settle();
        Val::table(self.heap.find(id))
    }

    fn place_element(&mut self, id: crate::facts::TableId, val: &Val, at: Option<Place>) {
        match at {
            Some(_) => self.heap.set_element(id, val, at),
            None => self.heap.join_element(id, val),
        }
    }

    /// What indexing gives.
    pub(crate) fn index(&mut self, fx: &Fx<'a>, object: &Val, key: &Val) -> Val {
        let mut out = Val::default();
        for id in &object.tables {
            let found = self.heap.index(*id, key, fx.number);
            out.join(&found);
        }
        if object.strs != Strs::No {
            // Strings have the string library as methods.
            match key.one_string().and_then(|k| std::str::from_utf8(k).ok()) {
                Some(name) => match gatos_sigs::find(&format!("string.{name}")) {
                    Some(sig) => _ = out.join(&Val::lib(sig.name)),
                    None => out.nil = true,
                },
                None => out.any = true,
            }
        }
        for lib in &object.libs {
            match key.one_string().and_then(|k| std::str::from_utf8(k).ok()) {
                Some(name) => match gatos_sigs::find(&format!("{lib}.{name}")) {
                    Some(sig) => _ = out.join(&super::call::lib_value(sig.name)),
                    None => out.nil = true,
                },
                None => out.any = true,
            }
        }
        if object.any {
            out.join(&Val { any: true, made: object.made, ..Val::default() });
        }
        out
    }

    /// Left-leaning chains are taken apart in a loop, so that `a .. b .. c` costs no stack.
    fn binary(&mut self, fx: &mut Fx<'a>, e: &'a Expr) -> Arc<Val> {
        let mut spine = Vec::new();
        let mut at = e;
        while let ExprKind::Binary { left, .. } = &at.kind {
            spine.push(at);
            at = left;
        }
        let mut left_val = self.expr(fx, at);
        while let Some(node) = spine.pop() {
            let ExprKind::Binary { op, left, right, .. } = &node.kind else { break };
            if !self.step() {
                return Arc::new(Val::anything());
            }
            left_val = Arc::new(match op {
                BinOp::And | BinOp::Or => {
                    let holds = *op == BinOp::And;
                    let before = fx.env.clone();
                    self.refine(fx, left, holds);
                    let right_val = self.expr(fx, right);
                    fx.env = before;
                    let (stays, goes_on) = if holds {
                        (left_val.falsy(), left_val.can_be_true())
                    } else {
                        (left_val.truthy(), left_val.can_be_false())
                    };
                    if goes_on { stays.with(&right_val) } else { stays }
                }
                _ => {
                    let right_val = self.expr(fx, right);
                    arithmetic(*op, &left_val, &right_val)
                }
            });
            self.note(fx.unit, node.span, &left_val);
        }
        left_val
    }
}

fn unary(op: UnOp, v: &Val) -> Val {
    if !v.tables.is_empty() && op != UnOp::Not && op != UnOp::Len {
        return Val::anything();
    }
    match op {
        UnOp::Not => Val { yes: v.can_be_false(), no: v.can_be_true(), ..Val::default() },
        UnOp::Len => {
            let n = match &v.strs {
                Strs::These(all) if v.tables.is_empty() && !v.any => {
                    let lens = all.iter().map(|s| s.len() as i64);
                    (lens.clone().min().unwrap_or(0), lens.max().unwrap_or(0))
                }
                _ => (0, i64::MAX),
            };
            Val { int: Some(n), ..Val::default() }
        }
        UnOp::Neg => {
            let mut out = Val {
                int: v.int.map(|(lo, hi)| (hi.saturating_neg(), lo.saturating_neg())),
                fixed: v.fixed.map(|(lo, hi)| (hi.saturating_neg(), lo.saturating_neg())),
                ..Val::default()
            };
            if v.any || v.strs != Strs::No {
                out.join(&Val::number());
            }
            out
        }
        UnOp::BNot => Val { int: Some(v.int.map_or(FULL, |(lo, hi)| (!hi, !lo))), ..Val::default() },
    }
}

/// What an operator other than `and` and `or` gives.
fn arithmetic(op: BinOp, a: &Val, b: &Val) -> Val {
    match op {
        BinOp::Lt | BinOp::Gt | BinOp::Le | BinOp::Ge | BinOp::Ne | BinOp::Eq => return Val::boolean(),
        _ => {}
    }
    // Tables may have a metamethod.
    if !a.tables.is_empty() || !b.tables.is_empty() {
        return Val::anything();
    }
    if op == BinOp::Concat {
        return concat(a, b);
    }
    let is_bits = matches!(op, BinOp::BOr | BinOp::BXor | BinOp::BAnd | BinOp::Shl | BinOp::Shr);
    let loose = |v: &Val| v.any || v.strs != Strs::No;
    if is_bits {
        let range = match (op, a.int, b.int, loose(a) || loose(b) || a.fixed.is_some() || b.fixed.is_some()) {
            (BinOp::BAnd, Some((lo, hi)), _, false) if lo >= 0 => (0, hi),
            (BinOp::BAnd, _, Some((lo, hi)), false) if lo >= 0 => (0, hi),
            _ => FULL,
        };
        return Val::ints(range.0, range.1);
    }
    let mut out = Val::default();
    if let (Some(x), Some(y)) = (a.int, b.int)
        && op != BinOp::Div
    {
        out.int = Some(int_range(op, x, y));
    }
    if loose(a) || loose(b) {
        if op != BinOp::Div {
            out.int = Some(FULL);
        }
        out.fixed = Some(FULL);
    } else if op == BinOp::Div || a.fixed.is_some() || b.fixed.is_some() {
        // `1 / 2` is fixed, and so is all that a fixed takes part in.
        if a.has_numbers() && b.has_numbers() {
            out.fixed = Some(FULL);
        }
    }
    out
}

fn concat(a: &Val, b: &Val) -> Val {
    if let (Strs::These(x), Strs::These(y)) = (&a.strs, &b.strs)
        && let ([x], [y]) = (x.as_slice(), y.as_slice())
        && a.one_string().is_some()
        && b.one_string().is_some()
        && x.len() + y.len() <= 200
    {
        return Val::text(&[&**x, &**y].concat());
    }
    Val::made_string()
}

/// The range of what integers give. What does not fit ends the program, so it need not be here.
fn int_range(op: BinOp, x: (i64, i64), y: (i64, i64)) -> (i64, i64) {
    let corners = |f: fn(i64, i64) -> i64| {
        let all = [f(x.0, y.0), f(x.0, y.1), f(x.1, y.0), f(x.1, y.1)];
        (all.into_iter().min().unwrap_or(i64::MIN), all.into_iter().max().unwrap_or(i64::MAX))
    };
    match op {
        BinOp::Add => (x.0.saturating_add(y.0), x.1.saturating_add(y.1)),
        BinOp::Sub => (x.0.saturating_sub(y.1), x.1.saturating_sub(y.0)),
        BinOp::Mul => corners(i64::saturating_mul),
        BinOp::IDiv if y.0 > 0 => {
            let floor = |a: i64, b: i64| a.div_euclid(b.max(1));
            corners(floor)
        }
        // The remainder has the divisor's sign.
        BinOp::Mod if y.0 > 0 => {
            if x.0 >= 0 && x.1 < y.0 {
                x
            } else {
                (0, y.1 - 1)
            }
        }
        BinOp::Mod if y.1 < 0 => (y.0.saturating_add(1), 0),
        BinOp::Pow if x.0 >= 0 => (0, i64::MAX),
        _ => FULL,
    }
}
