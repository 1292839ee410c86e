//! Conditions as jumps, and `and`/`or` as values.

use super::{Lowerer, Static};
use crate::hir::{Expr, ExprKind};
use crate::ir::build::Label;
use gatos_elc::ops::{Flag, Op, Reg};
use gatos_syntax::echolua::ast::{BinOp, UnOp};
use gatos_syntax::span::Span;

impl Lowerer<'_> {
    /// Goes to `to` when the truth of `e` is `sense`, else falls through.
    pub(super) fn jump_if(&mut self, e: &Expr, sense: bool, to: Label) {
        let e = e.bare();
        if let Some(value) = self.constant(e) {
            if value.truth() == sense {
                self.emit(Op::Jump { to: to.to() }, e.span);
            }
            return;
        }
        match &e.kind {
            ExprKind::Unary(UnOp::Not, inner) => self.jump_if(inner, !sense, to),
            ExprKind::Binary { op: op @ (BinOp::And | BinOp::Or), .. } => {
                // A chain of one operator is one row of tests.
                let terms = chain(e, *op);
                let last = terms.len() - 1;
                if sense == (*op == BinOp::Or) {
                    // Any term decides it.
                    terms.iter().for_each(|t| self.jump_if(t, sense, to));
                } else {
                    let skip = self.f().code.label();
                    terms[..last].iter().for_each(|t| self.jump_if(t, !sense, skip));
                    self.jump_if(terms[last], sense, to);
                    self.f().code.bind(skip);
                }
            }
            ExprKind::Binary { op, op_span, left, right } if is_comparison(*op) => {
                self.compare(*op, *op_span, left, right, sense, to);
            }
            _ => {
                let mark = self.mark();
                let a = self.any(e);
                self.release(mark);
                self.emit(Op::JTest { a: Reg(a), sense: Flag(sense), to: to.to() }, e.span);
            }
        }
    }

    fn compare(&mut self, op: BinOp, span: Span, left: &Expr, right: &Expr, sense: bool, to: Label) {
        let mark = self.mark();
        let op = self.comparison(op, left, right, sense, to);
        self.release(mark);
        self.emit(op, span);
    }

    /// Evaluates both sides and gives the jump; the caller releases the registers.
    fn comparison(&mut self, op: BinOp, left: &Expr, right: &Expr, sense: bool, to: Label) -> Op {
        let to = to.to();
        if matches!(op, BinOp::Eq | BinOp::Ne) {
            let sense = Flag(sense == (op == BinOp::Eq));
            if let Some(k) = self.constant(right).and_then(|c| self.k(&c)) {
                return Op::JEqK { a: Reg(self.any(left)), k, sense, to };
            }
            if let Some(k) = self.constant(left).and_then(|c| self.k(&c)) {
                return Op::JEqK { a: Reg(self.any(right)), k, sense, to };
            }
            let (a, b) = (Reg(self.any(left)), Reg(self.any(right)));
            return Op::JEq { a, b, sense, to };
        }
        let sense = Flag(sense);
        if let Some(k) = self.number_k(right) {
            let a = Reg(self.any(left));
            return match op {
                BinOp::Lt => Op::JLtK { a, k, sense, to },
                BinOp::Le => Op::JLeK { a, k, sense, to },
                BinOp::Gt => Op::JGtK { a, k, sense, to },
                _ => Op::JGeK { a, k, sense, to },
            };
        }
        if let Some(k) = self.number_k(left) {
            let a = Reg(self.any(right));
            return match op {
                BinOp::Lt => Op::JGtK { a, k, sense, to },
                BinOp::Le => Op::JGeK { a, k, sense, to },
                BinOp::Gt => Op::JLtK { a, k, sense, to },
                _ => Op::JLeK { a, k, sense, to },
            };
        }
        let (a, b) = (Reg(self.any(left)), Reg(self.any(right)));
        match op {
            BinOp::Lt => Op::JLt { a, b, sense, to },
            BinOp::Le => Op::JLe { a, b, sense, to },
            BinOp::Gt => Op::JLt { a: b, b: a, sense, to },
            _ => Op::JLe { a: b, b: a, sense, to },
        }
    }

    /// The constant of a number that is known, for the ops that take one.
    pub(super) fn number_k(&mut self, e: &Expr) -> Option<gatos_elc::ops::K> {
        match self.constant(e) {
            Some(c @ (Static::Int(_) | Static::Fixed(_))) => self.k(&c),
            _ => None,
        }
    }

    /// A comparison or `not` of one as a boolean.
    pub(super) fn boolean_into(&mut self, e: &Expr, dst: u8) {
        let e = e.bare();
        if let ExprKind::Binary { op, op_span, left, right } = &e.kind
            && is_comparison(*op)
        {
            let mark = self.mark();
            let done = self.f().code.label();
            let jump = self.comparison(*op, left, right, true, done);
            self.release(mark);
            let mut reads_dst = false;
            jump.visit_regs(|_| 0, |_, r| reads_dst |= r == u32::from(dst));
            // Nobody can see `dst` change before the comparison: a local that others see is in a cell.
            if !reads_dst {
                self.emit(Op::LoadBool { dst: Reg(dst), value: Flag(true) }, *op_span);
                self.emit(jump, *op_span);
                self.emit(Op::LoadBool { dst: Reg(dst), value: Flag(false) }, *op_span);
                self.f().code.bind(done);
                return;
            }
            let end = self.f().code.label();
            self.emit(jump, *op_span);
            self.emit(Op::LoadBool { dst: Reg(dst), value: Flag(false) }, *op_span);
            self.emit(Op::Jump { to: end.to() }, *op_span);
            self.f().code.bind(done);
            self.emit(Op::LoadBool { dst: Reg(dst), value: Flag(true) }, *op_span);
            self.f().code.bind(end);
            return;
        }
        let (yes, end) = (self.f().code.label(), self.f().code.label());
        self.jump_if(e, true, yes);
        self.emit(Op::LoadBool { dst: Reg(dst), value: Flag(false) }, e.span);
        self.emit(Op::Jump { to: end.to() }, e.span);
        self.f().code.bind(yes);
        self.emit(Op::LoadBool { dst: Reg(dst), value: Flag(true) }, e.span);
        self.f().code.bind(end);
    }

    /// `and`/`or` as a value.
    pub(super) fn logical_into(&mut self, e: &Expr, dst: u8) {
        let ExprKind::Binary { op, .. } = &e.kind else { return };
        let end = self.f().code.label();
        let terms = chain(e, *op);
        let last = terms.len() - 1;
        for t in &terms[..last] {
            self.value_if(t, *op == BinOp::Or, end, dst);
        }
        self.into(terms[last], dst);
        self.f().code.bind(end);
    }

    /// When the truth of `e` is `sense`, puts its value in `dst` and goes to `to`; else falls
    /// through. A register of a visible local is written only on the way out, as what follows
    /// may still read it.
    fn value_if(&mut self, e: &Expr, sense: bool, to: Label, dst: u8) {
        let e = e.bare();
        if let Some(value) = self.constant(e) {
            if value.truth() == sense {
                self.load(&value, dst, e.span);
                self.emit(Op::Jump { to: to.to() }, e.span);
            }
            return;
        }
        match &e.kind {
            ExprKind::Binary { op: op @ (BinOp::And | BinOp::Or), .. } => {
                let terms = chain(e, *op);
                let last = terms.len() - 1;
                if sense == (*op == BinOp::Or) {
                    terms.iter().for_each(|t| self.value_if(t, sense, to, dst));
                } else {
                    let skip = self.f().code.label();
                    terms[..last].iter().for_each(|t| self.jump_if(t, !sense, skip));
                    self.value_if(terms[last], sense, to, dst);
                    self.f().code.bind(skip);
                }
            }
            ExprKind::Binary { op, .. } if is_comparison(*op) => self.boolean_if(e, sense, to, dst),
            ExprKind::Unary(UnOp::Not, _) => self.boolean_if(e, sense, to, dst),
            _ => {
                let mark = self.mark();
                let scratch = self.is_scratch(dst);
                match self.in_register(e) {
                    Some(a) => {
                        self.emit(Op::JTestSet { dst: Reg(dst), a: Reg(a), sense: Flag(sense), to: to.to() }, e.span);
                    }
                    None if scratch => {
                        self.into(e, dst);
                        self.emit(Op::JTest { a: Reg(dst), sense: Flag(sense), to: to.to() }, e.span);
                    }
                    None => {
                        let a = self.any(e);
                        self.emit(Op::JTestSet { dst: Reg(dst), a: Reg(a), sense: Flag(sense), to: to.to() }, e.span);
                    }
                }
                self.release(mark);
            }
        }
    }

    fn boolean_if(&mut self, e: &Expr, sense: bool, to: Label, dst: u8) {
        let skip = self.f().code.label();
        self.jump_if(e, !sense, skip);
        self.emit(Op::LoadBool { dst: Reg(dst), value: Flag(sense) }, e.span);
        self.emit(Op::Jump { to: to.to() }, e.span);
        self.f().code.bind(skip);
    }
}

pub(super) fn is_comparison(op: BinOp) -> bool {
    matches!(op, BinOp::Eq | BinOp::Ne | BinOp::Lt | BinOp::Le | BinOp::Gt | BinOp::Ge)
}

/// The operands of a left-leaning chain of one operator, left to right.
fn chain(e: &Expr, op: BinOp) -> Vec<&Expr> {
    let mut out = Vec::new();
    let mut at = e;
    while let ExprKind::Binary { op: o, left, right, .. } = &at.kind
        && *o == op
    {
        out.push(&**right);
        at = left;
    }
    out.push(at);
    out.reverse();
    out
}
