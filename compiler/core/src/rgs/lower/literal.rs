//! Bodies: each literal narrows the search that is under way, or widens it by a loop.

use super::fx::Fx;
use super::scan;
use crate::rgs::hir::{Body, Expr, ExprKind, Literal, LiteralKind, Scalar, VarId};
use gatos_elc::ops::{Choice, N, Op, Reg};

impl Fx<'_, '_> {
    /// The literals in their order, or one that finds the same with less work. Control goes on
    /// where all of them hold.
    pub(super) fn body(&mut self, body: &Body) {
        // Each with the register that says whether it is still to be tested: an index may have
        // answered it.
        let mut left: Vec<(&Literal, Option<u8>)> = body.literals.iter().map(|l| (l, None)).collect();
        while let Some((literal, tested)) = left.first().copied() {
            let outer = std::mem::replace(&mut self.span, literal.span);
            match self.plan(&left) {
                Some(plan) if plan.first.is_empty() => {
                    let asked = plan.asked;
                    let from = self.code.count();
                    match self.indexed(plan, left[asked].0) {
                        Some(strict) => left[asked].1 = Some(strict),
                        None => _ = left.remove(asked),
                    }
                    left.remove(0);
                    self.condition_from(from, literal);
                }
                // What gives the key its variables comes first; the loop is planned again then.
                Some(plan) => {
                    for (done, at) in plan.first.into_iter().enumerate() {
                        let source = left.remove(at);
                        left.insert(done, source);
                    }
                    let (source, _) = left.remove(0);
                    self.any_literal(source);
                }
                None => {
                    left.remove(0);
                    match tested {
                        Some(strict) => {
                            let sure = self.label();
                            self.if_true(strict, false, sure);
                            let known = self.known();
                            self.any_literal(literal);
                            self.forget(known);
                            self.bind(sure);
                        }
                        None => self.any_literal(literal),
                    }
                }
            }
            self.span = outer;
        }
    }

    fn any_literal(&mut self, literal: &Literal) {
        self.span = literal.span;
        let from = self.code.count();
        if literal.with.is_empty() {
            self.literal(literal);
        } else {
            self.with_literal(literal);
        }
        self.condition_from(from, literal);
    }

    /// A literal whose `with`s, if any, are in force.
    pub(super) fn literal(&mut self, literal: &Literal) {
        match &literal.kind {
            LiteralKind::Test(e) => self.test(e),
            LiteralKind::Unify(a, b) => self.unify(a, b),
            LiteralKind::Not(body) => self.not(body),
            LiteralKind::Some { key, value, collection } => self.some(key.as_ref(), value, collection),
            LiteralKind::Every { key, value, collection, body } => self.every(*key, *value, collection, body),
        }
    }

    fn test(&mut self, e: &Expr) {
        self.prepare(e);
        let mark = self.mark();
        match &e.kind {
            ExprKind::Scalar(Scalar::Bool(false)) => self.fails(),
            ExprKind::Scalar(_) => {}
            ExprKind::Compare(..) | ExprKind::In(..) => {
                let ready = self.condition(e, true);
                let fail = self.fail;
                ready.emit(self, false, fail);
            }
            _ if self.is_certain(e) => {
                // Only that there is a value matters.
                self.expr(e, None);
            }
            _ => {
                let (reg, _) = self.nilable(e, None);
                let fail = self.fail;
                self.if_true(reg, false, fail);
            }
        }
        self.release(mark);
    }

    fn not(&mut self, body: &Body) {
        let outer = self.fail;
        // The first solution ends the search: what errors it meets before that, its order decides.
        let ordered = std::mem::replace(&mut self.ordered, super::index::has_errors(body));
        self.solutions(|fx| {
            fx.body(body);
            fx.jump(outer);
        });
        self.ordered = ordered;
    }

    fn some(&mut self, key: Option<&Expr>, value: &Expr, collection: &Expr) {
        self.prepare(collection);
        let bound = |fx: &Self, e: &Expr| !scan::is_open_pattern(e, &|v| fx.var(v).is_some());
        if let Some(k) = key
            && bound(self, k)
        {
            // One member at most.
            let mark = self.mark();
            let c = self.expr(collection, None);
            self.prepare(k);
            let k = self.expr(k, None);
            let member = self.alloc();
            let to = self.fail.to();
            self.emit(Op::JDocGet { dst: Reg(member), doc: Reg(c), key: Reg(k), to });
            self.unify_value(value, member);
            self.release(mark);
            return;
        }
        if key.is_none() && bound(self, value) && !scan::searches(collection, &|v| self.var(v).is_some()) {
            // A member for each position where it stands; how often matters to arrays of solutions.
            self.prepare(value);
        }
        let searches = scan::searches(collection, &|v| self.var(v).is_some());
        let walk = if searches {
            let c = self.expr(collection, None);
            let walk = self.walk_base();
            self.move_to(walk, c);
            walk
        } else {
            let walk = self.walk_base();
            self.nilable(collection, Some(walk));
            walk
        };
        self.open_walk(walk);
        if let Some(key) = key {
            self.unify_value(key, walk + 3);
        }
        self.unify_value(value, walk + 4);
    }

    fn every(&mut self, key: Option<VarId>, value: VarId, collection: &Expr, body: &Body) {
        self.prepare(collection);
        let mark = self.mark();
        let c = self.expr(collection, None);
        let outer = self.fail;
        let walk = self.walk_base();
        self.move_to(walk, c);
        let (all, none) = (self.label(), self.label());
        self.emit(Op::DocIter { base: Reg(walk), exit: none.to() });
        let each = self.code.here();
        let next = self.label();
        let ordered = std::mem::replace(&mut self.ordered, super::index::has_errors(body));
        self.solutions(|fx| {
            if let Some(key) = key {
                fx.set_var(key, walk + 3);
            }
            fx.set_var(value, walk + 4);
            fx.body(body);
            fx.jump(next);
        });
        self.ordered = ordered;
        self.jump(outer);
        self.bind(next);
        self.emit(Op::DocNext { base: Reg(walk), body: each.to() });
        self.jump(all);
        // No member: that holds for an empty container, not for what is none.
        self.bind(none);
        for kind in 0..3 {
            let other = if kind == 2 { outer } else { self.label() };
            self.emit(Op::JDocKind { a: Reg(c), kind: Choice(kind), n: N::Open, to: other.to() });
            self.jump(all);
            if kind < 2 {
                self.bind(other);
            }
        }
        self.bind(all);
        self.release(mark);
    }
}
