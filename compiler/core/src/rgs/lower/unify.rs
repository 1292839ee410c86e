//! Making two sides equal: variables without a value get one, everything else is compared.

use super::fx::Fx;
use super::scan;
use crate::rgs::hir::{Expr, ExprKind, VarId};
use gatos_elc::ops::{Choice, Flag, Imm, N, Op, Reg};

impl Fx<'_, '_> {
    fn is_open(&self, e: &Expr) -> bool {
        scan::is_open_pattern(e, &|v| self.var(v).is_some())
    }

    /// `a = b`
    pub(super) fn unify(&mut self, a: &Expr, b: &Expr) {
        match (&a.kind, &b.kind) {
            (ExprKind::Array(x), ExprKind::Array(y)) if self.is_open(a) || self.is_open(b) => {
                if x.len() != y.len() {
                    return self.fails();
                }
                self.unify_pairs(x.iter().zip(y).collect());
            }
            (ExprKind::Object(x), ExprKind::Object(y)) if self.is_open(a) || self.is_open(b) => match matching(x, y) {
                Some(Ok(pairs)) => self.unify_pairs(pairs),
                Some(Err(())) => self.fails(),
                None => self.unify_sides(a, b),
            },
            _ => self.unify_sides(a, b),
        }
    }

    /// Pairs in an order in which each finds what it needs.
    fn unify_pairs(&mut self, mut pairs: Vec<(&Expr, &Expr)>) {
        while !pairs.is_empty() {
            let ready = |(a, b): &(&Expr, &Expr)| {
                let mut needed = Vec::new();
                for side in [a, b] {
                    if !self.is_open(side) {
                        scan::needed(side, &|v| self.var(v).is_some(), &mut needed);
                    }
                }
                // A variable on one side and a value on the other, or two values.
                needed.is_empty() && !(self.is_open(a) && self.is_open(b))
            };
            let next = pairs.iter().position(ready).unwrap_or(0);
            let (a, b) = pairs.remove(next);
            self.unify(a, b);
        }
    }

    fn unify_sides(&mut self, a: &Expr, b: &Expr) {
        let (pattern, value) = match (self.is_open(a), self.is_open(b)) {
            (true, _) => (a, b),
            (false, true) => (b, a),
            (false, false) => {
                self.prepare(a);
                self.prepare(b);
                return if self.waits_for(a, b) { self.equal(b, a) } else { self.equal(a, b) };
            }
        };
        self.prepare(value);
        if let ExprKind::Var(v) = pattern.kind {
            let reg = self.expr(value, None);
            // A step of the value may have given it one: `i = a[i]`.
            return if self.var(v).is_none() { self.bind_var(v, reg) } else { self.unify_value(pattern, reg) };
        }
        let mark = self.mark();
        let reg = self.expr(value, None);
        self.unify_value(pattern, reg);
        self.release(mark);
    }

    /// Whether `a` needs variables that only the steps of `b` give a value to: `f(i) = b[i]`.
    fn waits_for(&self, a: &Expr, b: &Expr) -> bool {
        let known = |v: VarId| self.var(v).is_some();
        let given = scan::given(b, &known);
        !given.is_empty() && scan::needed_within(a, &known).iter().any(|v| given.contains(v))
    }

    /// Two values, compared; one may be a constant.
    fn equal(&mut self, a: &Expr, b: &Expr) {
        let mark = self.mark();
        let constant = |e: &Expr| scan::as_scalar(e).and_then(Self::scalar_const);
        let ready = match (constant(a), constant(b)) {
            (_, Some(k)) => Some((a, k)),
            (Some(k), None) => Some((b, k)),
            (None, None) => None,
        };
        match ready {
            Some((e, k)) => {
                // No constant equals nil, so undefined needs no test of its own.
                let (reg, _) = self.nilable(e, None);
                let fail = self.fail.to();
                let k = self.k(k);
                self.emit(Op::JEqK { a: Reg(reg), k, sense: Flag(false), to: fail });
            }
            None => {
                // Nil equals no value: one side that exists is enough.
                let a = self.expr(a, None);
                let (b, _) = self.nilable(b, None);
                let fail = self.fail.to();
                self.emit(Op::JDocEq { a: Reg(a), b: Reg(b), sense: Flag(false), to: fail });
            }
        }
        self.release(mark);
    }

    fn bind_var(&mut self, v: VarId, reg: u8) {
        // A wildcard holds nothing that anyone asks for.
        self.set_var(v, reg);
    }

    /// Matches a pattern with a value in a register that stays as it is.
    pub(super) fn unify_value(&mut self, pattern: &Expr, reg: u8) {
        let outer = std::mem::replace(&mut self.span, pattern.span);
        match &pattern.kind {
            ExprKind::Var(v) if self.var(*v).is_none() => self.bind_var(*v, reg),
            ExprKind::Array(items) if self.is_open(pattern) => {
                let fail = self.fail.to();
                match u8::try_from(items.len()) {
                    Ok(n) => {
                        self.emit(Op::JDocKind { a: Reg(reg), kind: Choice(0), n: N::Fixed(n), to: fail });
                    }
                    // No pattern that fits the registers is as long.
                    Err(_) => self.fails(),
                }
                for (item, i) in items.iter().zip(0i32..) {
                    if self.is_idle(item) {
                        continue;
                    }
                    let member = self.alloc();
                    self.emit(Op::LoadInt { dst: Reg(member), value: Imm(i) });
                    self.emit(Op::DocGet { dst: Reg(member), doc: Reg(reg), key: Reg(member) });
                    self.unify_value(item, member);
                }
            }
            ExprKind::Object(entries) if self.is_open(pattern) => {
                let fail = self.fail.to();
                match u8::try_from(entries.len()) {
                    Ok(n) => {
                        self.emit(Op::JDocKind { a: Reg(reg), kind: Choice(1), n: N::Fixed(n), to: fail });
                    }
                    Err(_) => self.fails(),
                }
                for (key, value) in entries {
                    let member = self.alloc();
                    let key = self.expr(key, Some(member));
                    let fail = self.fail.to();
                    self.emit(Op::JDocGet { dst: Reg(member), doc: Reg(reg), key: Reg(key), to: fail });
                    self.unify_value(value, member);
                }
            }
            _ => {
                let mark = self.mark();
                if let Some(k) = scan::as_scalar(pattern).and_then(Self::scalar_const) {
                    let k = self.k(k);
                    let fail = self.fail.to();
                    self.emit(Op::JEqK { a: Reg(reg), k, sense: Flag(false), to: fail });
                } else {
                    self.prepare(pattern);
                    let (value, _) = self.nilable(pattern, None);
                    let fail = self.fail.to();
                    self.emit(Op::JDocEq { a: Reg(value), b: Reg(reg), sense: Flag(false), to: fail });
                }
                self.release(mark);
            }
        }
        self.span = outer;
    }

    /// Whether a pattern is a variable that nothing else speaks of.
    pub(super) fn is_idle(&self, pattern: &Expr) -> bool {
        match pattern.kind {
            ExprKind::Var(v) => self.var(v).is_none() && self.counts.get(v.0 as usize) == Some(&1),
            _ => false,
        }
    }
}

type Pairs<'e> = Vec<(&'e Expr, &'e Expr)>;

/// The values of two objects by key: none when keys are not all constants; an error when the keys
/// differ.
fn matching<'e>(x: &'e [(Expr, Expr)], y: &'e [(Expr, Expr)]) -> Option<Result<Pairs<'e>, ()>> {
    let scalars = x.iter().chain(y).all(|(k, _)| scan::as_scalar(k).is_some());
    let distinct = |o: &[(Expr, Expr)]| o.iter().enumerate().all(|(i, a)| o[..i].iter().all(|b| a.0.kind != b.0.kind));
    if !scalars || !distinct(x) || !distinct(y) {
        return None;
    }
    if x.len() != y.len() {
        return Some(Err(()));
    }
    let pair =
        |(k, v): &'e (Expr, Expr)| y.iter().find(|(other, _)| other.kind == k.kind).map(|(_, w)| (v, w)).ok_or(());
    Some(x.iter().map(pair).collect())
}
