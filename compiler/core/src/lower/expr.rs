//! Expressions into registers. `into` fills a given register, `any` says where a value is,
//! `next` puts it on top.

use super::cond::is_comparison;
use super::constant::is_arithmetic;
use super::{Lowerer, Outer, Place, Static};
use crate::hir::{Expr, ExprKind, LocalId};
use gatos_elc::ops::{CellSlot, Count, Flag, GlobalId, Imm, LibId, ModuleId, N, Op, ProtoId, Reg, Up};
use gatos_syntax::echolua::ast::{BinOp, UnOp};
use gatos_syntax::span::Span;

impl Lowerer<'_> {
    /// The register that already holds the value, where one does.
    pub(super) fn in_register(&mut self, e: &Expr) -> Option<u8> {
        match e.bare().kind {
            ExprKind::Local(id) if self.hir.local(id).func == self.f().func => match self.places[id.0 as usize] {
                Place::Reg(r) => Some(r),
                _ => None,
            },
            _ => None,
        }
    }

    /// A register that holds the value: a local's own, or a new one on top.
    pub(super) fn any(&mut self, e: &Expr) -> u8 {
        match self.in_register(e) {
            Some(r) => r,
            None => self.next(e),
        }
    }

    /// A register that holds the value: a local's own, or `dst` itself when nobody can read
    /// that meanwhile. So a chain of any length needs no further registers.
    fn operand(&mut self, e: &Expr, dst: u8) -> u8 {
        match self.in_register(e) {
            Some(r) => r,
            None if self.is_scratch(dst) => {
                self.into(e, dst);
                dst
            }
            None => self.next(e),
        }
    }

    /// The value in a new register on top.
    pub(super) fn next(&mut self, e: &Expr) -> u8 {
        let dst = self.alloc(e.span);
        self.into(e, dst);
        dst
    }

    /// A known value into a register.
    pub(super) fn load(&mut self, value: &Static, dst: u8, span: Span) {
        let dst = Reg(dst);
        let op = match value {
            Static::Nil => Op::LoadNil { dst, n: Count(1) },
            Static::Bool(b) => Op::LoadBool { dst, value: Flag(*b) },
            Static::Int(v) if i32::try_from(*v).is_ok() => Op::LoadInt { dst, value: Imm(*v as i32) },
            Static::Lib(name) => Op::Lib { dst, lib: LibId(self.parts.libs.add(name.to_string())) },
            other => match self.k(other) {
                Some(k) => Op::LoadK { dst, k },
                None => Op::LoadNil { dst, n: Count(1) },
            },
        };
        self.emit(op, span);
    }

    /// The value into a register that is already taken.
    pub(super) fn into(&mut self, e: &Expr, dst: u8) {
        let e = e.bare();
        let span = e.span;
        if !matches!(e.kind, ExprKind::Binary { .. } | ExprKind::Index(..))
            && let Some(value) = self.constant(e)
        {
            return self.load(&value, dst, span);
        }
        let to = Reg(dst);
        match &e.kind {
            ExprKind::Vararg => self.emit(Op::Vararg { dst: to, n: N::Fixed(1) }, span),
            ExprKind::Local(id) => self.local_into(*id, dst, span),
            ExprKind::Global(slot) => {
                let global = GlobalId(self.globals[slot.0 as usize]);
                self.emit(Op::GlobalGet { dst: to, global }, span);
            }
            ExprKind::Import(id) => {
                let module = ModuleId(self.imports.get(id.0 as usize).copied().unwrap_or(0));
                self.emit(Op::Module { dst: to, module }, span);
            }
            ExprKind::Function(id) => {
                let proto = ProtoId(self.function(*id));
                self.emit(Op::Closure { dst: to, proto }, span);
            }
            ExprKind::Index(object, key) => {
                if let Some(value) = self.constant(e) {
                    return self.load(&value, dst, span);
                }
                let mark = self.mark();
                let table = Reg(self.operand(object, dst));
                let op = match self.constant(key) {
                    Some(Static::Str(s)) => Op::GetField { dst: to, table, key: self.k_str(&s) },
                    Some(Static::Int(i)) if i32::try_from(i).is_ok() => {
                        Op::GetInt { dst: to, table, key: Imm(i as i32) }
                    }
                    _ => Op::GetIndex { dst: to, table, key: Reg(self.any(key)) },
                };
                self.release(mark);
                self.emit(op, span);
            }
            ExprKind::Call(..) | ExprKind::Method { .. } => {
                let mark = self.mark();
                // A value wanted on top is computed there, unless a local that the call may
                // still read is there.
                let on_top = u32::from(dst) + 1 == mark && self.is_scratch(dst);
                if on_top {
                    self.release(mark - 1);
                }
                let base = self.call(e, N::Fixed(1));
                self.release(mark);
                if base != dst {
                    self.emit(Op::Move { dst: to, a: Reg(base) }, span);
                }
            }
            ExprKind::Binary { op, .. } if is_arithmetic(*op) => self.arithmetic_into(e, dst),
            ExprKind::Binary { op: BinOp::Concat, .. } => self.concat_into(e, dst),
            ExprKind::Binary { op: BinOp::And | BinOp::Or, .. } => self.logical_into(e, dst),
            ExprKind::Binary { op, .. } if is_comparison(*op) => self.boolean_into(e, dst),
            ExprKind::Binary { .. } => {}
            ExprKind::Unary(op, inner) => self.unary_into(*op, inner, dst, span),
            ExprKind::Table(items) => self.table_into(items, dst, span),
            ExprKind::Nil
            | ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Fixed(_)
            | ExprKind::Str(_)
            | ExprKind::Lib(_)
            | ExprKind::Paren(_)
            | ExprKind::Error => {
                // Constants were loaded above; an error stands in a program that is refused.
                self.emit(Op::LoadNil { dst: to, n: Count(1) }, span);
            }
        }
    }

    fn local_into(&mut self, id: LocalId, dst: u8, span: Span) {
        let to = Reg(dst);
        let op = if self.hir.local(id).func == self.f().func {
            match self.places[id.0 as usize] {
                Place::Reg(r) if r == dst => return,
                Place::Reg(r) => Op::Move { dst: to, a: Reg(r) },
                Place::Cell(c) => Op::CellGet { dst: to, cell: CellSlot(c) },
                Place::None => Op::LoadNil { dst: to, n: Count(1) },
            }
        } else {
            match self.outer(id, span) {
                Outer::SelfFn => Op::SelfFn { dst: to },
                Outer::Value(up) => Op::UpGet { dst: to, up: Up(up) },
                Outer::Cell(up) => Op::UpCellGet { dst: to, up: Up(up) },
            }
        };
        self.emit(op, span);
    }

    fn unary_into(&mut self, op: UnOp, inner: &Expr, dst: u8, span: Span) {
        if op == UnOp::Not
            && matches!(&inner.bare().kind, ExprKind::Binary { op, .. } if is_comparison(*op) || matches!(op, BinOp::And | BinOp::Or))
        {
            let (no, end) = (self.f().code.label(), self.f().code.label());
            self.jump_if(inner, false, no);
            self.emit(Op::LoadBool { dst: Reg(dst), value: Flag(false) }, span);
            self.emit(Op::Jump { to: end.to() }, span);
            self.f().code.bind(no);
            self.emit(Op::LoadBool { dst: Reg(dst), value: Flag(true) }, span);
            self.f().code.bind(end);
            return;
        }
        let mark = self.mark();
        let a = Reg(self.operand(inner, dst));
        self.release(mark);
        let dst = Reg(dst);
        self.emit(
            match op {
                UnOp::Neg => Op::Unm { dst, a },
                UnOp::Not => Op::Not { dst, a },
                UnOp::Len => Op::Len { dst, a },
                UnOp::BNot => Op::BNot { dst, a },
            },
            span,
        );
    }

    /// Arithmetic, its left-leaning chain in one loop: the intermediate values share a register.
    fn arithmetic_into(&mut self, e: &Expr, dst: u8) {
        let mut spine = Vec::new();
        let mut at = e;
        // What folds at the chain's beginning is its first operand.
        while self.constant(at).is_none()
            && let ExprKind::Binary { op, op_span, left, right } = &at.kind
            && is_arithmetic(*op)
        {
            spine.push((*op, *op_span, &**right));
            at = left.bare();
        }
        if let (true, Some(value)) = (spine.is_empty(), self.constant(at)) {
            return self.load(&value, dst, e.span);
        }
        let mark = self.mark();
        let mut a = self.operand(at, dst);
        // The chain's running value goes to `dst` when nobody can read that meanwhile.
        let shared = if self.is_scratch(dst) { Some(dst) } else { None };
        let mut temp = shared;
        while let Some((op, span, right)) = spine.pop() {
            let k = self.arithmetic_k(op, right);
            let b = if k.is_some() { 0 } else { self.any(right) };
            self.release(mark);
            let to = if spine.is_empty() {
                dst
            } else {
                match temp {
                    Some(t) => t,
                    None => {
                        let t = self.alloc(span);
                        temp = Some(t);
                        t
                    }
                }
            };
            if let (Some(t), false) = (temp, spine.is_empty()) {
                // Keep the register of the running value while the right sides are computed.
                self.f().free = self.f().free.max(u32::from(t) + 1);
            }
            let (to, a_, b) = (Reg(to), Reg(a), Reg(b));
            let op = match (op, k) {
                (BinOp::Add, Some(k)) => Op::AddK { dst: to, a: a_, k },
                (BinOp::Sub, Some(k)) => Op::SubK { dst: to, a: a_, k },
                (BinOp::Mul, Some(k)) => Op::MulK { dst: to, a: a_, k },
                (BinOp::Div, Some(k)) => Op::DivK { dst: to, a: a_, k },
                (BinOp::IDiv, Some(k)) => Op::IDivK { dst: to, a: a_, k },
                (_, Some(k)) => Op::ModK { dst: to, a: a_, k },
                (BinOp::Add, None) => Op::Add { dst: to, a: a_, b },
                (BinOp::Sub, None) => Op::Sub { dst: to, a: a_, b },
                (BinOp::Mul, None) => Op::Mul { dst: to, a: a_, b },
                (BinOp::Div, None) => Op::Div { dst: to, a: a_, b },
                (BinOp::IDiv, None) => Op::IDiv { dst: to, a: a_, b },
                (BinOp::Mod, None) => Op::Mod { dst: to, a: a_, b },
                (BinOp::Pow, None) => Op::Pow { dst: to, a: a_, b },
                (BinOp::BAnd, None) => Op::BAnd { dst: to, a: a_, b },
                (BinOp::BOr, None) => Op::BOr { dst: to, a: a_, b },
                (BinOp::BXor, None) => Op::BXor { dst: to, a: a_, b },
                (BinOp::Shl, None) => Op::Shl { dst: to, a: a_, b },
                (_, None) => Op::Shr { dst: to, a: a_, b },
            };
            self.emit(op, span);
            a = to.0;
        }
        self.release(mark);
    }

    fn arithmetic_k(&mut self, op: BinOp, right: &Expr) -> Option<gatos_elc::ops::K> {
        use BinOp::*;
        if matches!(op, Add | Sub | Mul | Div | IDiv | Mod) { self.number_k(right) } else { None }
    }

    /// `a .. b .. c` is one op.
    fn concat_into(&mut self, e: &Expr, dst: u8) {
        let mut parts = Vec::new();
        let mut at = e;
        while let ExprKind::Binary { op: BinOp::Concat, left, right, .. } = &at.kind {
            parts.push(&**left);
            at = right;
        }
        parts.push(at);
        let mark = self.mark();
        let mut first = None;
        for p in &parts {
            let r = self.next(p);
            first.get_or_insert(r);
        }
        self.release(mark);
        let first = Reg(first.unwrap_or(dst));
        self.emit(Op::Concat { dst: Reg(dst), first, n: Count(parts.len() as u32) }, e.span);
    }

    // ---- calls and lists ----

    /// A call; its results are from the given register on, which the caller may take.
    pub(super) fn call(&mut self, e: &Expr, results: N) -> u8 {
        let mark = self.mark();
        let (base, args) = self.call_head(e);
        if let N::Fixed(n) = results {
            self.release(mark);
            self.reserve(u32::from(n), e.span);
        }
        self.emit(Op::Call { base: Reg(base), args, results }, e.span);
        self.release(mark);
        base
    }

    /// The callee and the arguments on top; the caller releases them.
    pub(super) fn call_head(&mut self, e: &Expr) -> (u8, N) {
        match &e.kind {
            ExprKind::Call(callee, args) => {
                let base = self.next(callee);
                (base, self.list(args, 0))
            }
            ExprKind::Method { object, name, name_span, args } => {
                let mark = self.mark();
                let object = self.any(object);
                self.release(mark);
                let base = self.alloc(e.span);
                self.alloc(e.span);
                let key = self.k_str(name);
                self.emit(Op::Method { dst: Reg(base), object: Reg(object), key }, *name_span);
                (base, self.list(args, 1))
            }
            _ => (0, N::Fixed(0)),
        }
    }

    /// Values on top, in order; the last may be open. `before` of them are there already.
    pub(super) fn list(&mut self, exprs: &[Expr], before: usize) -> N {
        for (i, e) in exprs.iter().enumerate() {
            if i + 1 == exprs.len() && e.is_multi() {
                self.open(e);
                return N::Open;
            }
            self.next(e);
        }
        let n = exprs.len() + before;
        N::Fixed(u8::try_from(n).unwrap_or(u8::MAX))
    }

    /// All values of a call or `...`, from the top on.
    pub(super) fn open(&mut self, e: &Expr) {
        match &e.kind {
            ExprKind::Vararg => {
                let dst = self.mark();
                self.reserve(1, e.span);
                self.emit(Op::Vararg { dst: Reg(dst.min(249) as u8), n: N::Open }, e.span);
            }
            _ => {
                self.call(e, N::Open);
            }
        }
    }

    /// Exactly `n` values on top: cut, or filled up with nil. Values beyond are computed too.
    pub(super) fn adjust(&mut self, exprs: &[Expr], n: usize, span: Span) {
        let mut have = 0;
        for (i, e) in exprs.iter().enumerate() {
            if i + 1 == exprs.len() && e.is_multi() && i < n {
                let want = (n - i) as u32;
                let count = N::Fixed(u8::try_from(want).unwrap_or(u8::MAX));
                match &e.kind {
                    ExprKind::Vararg => {
                        let dst = Reg(self.mark().min(249) as u8);
                        self.emit(Op::Vararg { dst, n: count }, e.span);
                    }
                    _ => {
                        self.call(e, count);
                    }
                }
                for _ in 0..want {
                    self.alloc(e.span);
                }
                return;
            }
            if i < n {
                self.next(e);
                have += 1;
            } else {
                self.discard(e);
            }
        }
        if have < n {
            let count = (n - have) as u32;
            let dst = Reg(self.mark().min(249) as u8);
            for _ in 0..count {
                self.alloc(span);
            }
            self.emit(Op::LoadNil { dst, n: Count(count.min(250)) }, span);
        }
    }

    /// Computes a value for its effects only.
    pub(super) fn discard(&mut self, e: &Expr) {
        let mark = self.mark();
        if e.bare().is_multi() && !matches!(e.bare().kind, ExprKind::Vararg) {
            self.call(e.bare(), N::Fixed(0));
        } else if self.constant(e).is_none() && self.in_register(e).is_none() {
            self.next(e);
        }
        self.release(mark);
    }
}
