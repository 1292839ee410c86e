//! Statements.

use super::{Lowerer, Outer, Place, Static};
use crate::hir::{Block, Expr, ExprKind, FuncId, LabelId, LocalId, Stmt, StmtKind, Target, TargetKind};
use crate::ir::build::Label;
use gatos_elc::map::Home;
use gatos_elc::ops::{CellSlot, Count, GlobalId, Imm, N, Op, ProtoId, Reg, Up};
use gatos_syntax::span::Span;

/// A target whose table and key are computed.
enum Ready {
    Local(LocalId),
    Global(GlobalId),
    Field(u8, Vec<u8>),
    Int(u8, i32),
    Index(u8, u8),
    Nothing,
}

impl Lowerer<'_> {
    pub(super) fn block(&mut self, block: &Block) {
        let f = self.f();
        let (free, top, cells, variables) = (f.free, f.locals_top, f.free_cell, f.variables.len());
        self.stmts(block);
        self.close(free, top, cells, variables);
    }

    fn close(&mut self, free: u32, top: u32, cells: u32, variables: usize) {
        self.undeclare(variables);
        let f = self.f();
        f.free = free;
        f.locals_top = top;
        f.free_cell = cells;
    }

    pub(super) fn stmts(&mut self, block: &Block) {
        for s in &block.stmts {
            self.stmt(s);
            let f = self.f();
            // Whatever a statement leaves is a local.
            f.locals_top = f.free;
        }
    }

    fn stmt(&mut self, s: &Stmt) {
        match &s.kind {
            StmtKind::Local { locals, values } => self.locals(locals, values, s.span),
            StmtKind::LocalFunction { local, func, span } => self.local_function(*local, *func, *span),
            StmtKind::Assign { targets, values } => self.assign(targets, values, s.span),
            StmtKind::Call(e) => self.discard(e),
            StmtKind::Do(b) => self.block(b),
            StmtKind::While(cond, body) => {
                let (test, exit) = (self.f().code.label(), self.f().code.label());
                self.emit(Op::Jump { to: test.to() }, cond.span);
                let top = self.f().code.here();
                self.f().breaks.push(exit);
                self.block(body);
                self.f().breaks.pop();
                self.f().code.bind(test);
                self.jump_if(cond, true, top);
                self.f().code.bind(exit);
            }
            StmtKind::Repeat(body, cond) => {
                let exit = self.f().code.label();
                let top = self.f().code.here();
                self.f().breaks.push(exit);
                let f = self.f();
                let (free, locals_top, cells, variables) = (f.free, f.locals_top, f.free_cell, f.variables.len());
                self.stmts(body);
                self.jump_if(cond, false, top);
                self.close(free, locals_top, cells, variables);
                self.f().breaks.pop();
                self.f().code.bind(exit);
            }
            StmtKind::If(arms, otherwise) => self.if_(arms, otherwise.as_ref(), s.span),
            StmtKind::NumericFor { var, start, limit, step, body } => {
                self.numeric_for(*var, [Some(start), Some(limit), step.as_ref()], body, s.span);
            }
            StmtKind::GenericFor { vars, exprs, body } => self.generic_for(vars, exprs, body, s.span),
            StmtKind::Goto(index) => {
                if let Some(to) = self.goto_label(*index) {
                    self.emit(Op::Jump { to: to.to() }, s.span);
                }
            }
            StmtKind::Label(id) => {
                let label = self.label(*id);
                self.f().code.bind(label);
            }
            StmtKind::Break => {
                if let Some(to) = self.f().breaks.last().copied() {
                    self.emit(Op::Jump { to: to.to() }, s.span);
                }
            }
            StmtKind::Return(values) => self.return_(values, s.span),
            StmtKind::Empty => {}
        }
    }

    fn goto_label(&mut self, index: u32) -> Option<Label> {
        let id = self.hir.gotos.get(index as usize).copied().flatten()?;
        Some(self.label(id))
    }

    fn label(&mut self, id: LabelId) -> Label {
        if let Some(l) = self.f().labels.get(&id) {
            return *l;
        }
        let l = self.f().code.label();
        self.f().labels.insert(id, l);
        l
    }

    // ---- declarations ----

    /// The value of a local that never needs a register, if it is one.
    fn known(&self, id: LocalId, value: Option<&Expr>) -> Option<Static> {
        if !self.hir.local(id).writes.is_empty() {
            return None;
        }
        match value {
            None => Some(Static::Nil),
            Some(e) => self.constant(e),
        }
    }

    fn locals(&mut self, locals: &[LocalId], values: &[Expr], span: Span) {
        let open = values.last().is_some_and(Expr::is_multi);
        if let ([id], [value], false) = (locals, values, open)
            && self.hir.local(*id).needs_cell()
        {
            let mark = self.mark();
            let from = self.any(value);
            self.release(mark);
            return self.new_cell(*id, from, self.hir.local(*id).span);
        }
        let mut regs: Vec<Option<u8>> = Vec::with_capacity(locals.len());
        let mut known = Vec::new();
        let singles = if open { values.len() - 1 } else { values.len() };
        for (i, value) in values[..singles].iter().enumerate() {
            let Some(id) = locals.get(i) else {
                self.discard(value);
                continue;
            };
            let value_known = self.known(*id, Some(value));
            // A number that its own function reads stays in a register too: not every op
            // takes a constant on the left.
            let local = self.hir.local(*id);
            let wants_register = matches!(value_known, Some(Static::Int(_) | Static::Fixed(_)))
                && !local.is_const
                && local.own_reads > 0;
            if value_known.is_some() && !wants_register {
                regs.push(None);
            } else {
                regs.push(Some(self.next(value)));
            }
            if let Some(v) = value_known {
                known.push((*id, v));
            }
        }
        if open {
            match locals.len().checked_sub(singles) {
                Some(n) if n > 0 => {
                    let first = self.mark();
                    self.adjust(&values[singles..], n, span);
                    regs.extend((0..n as u32).map(|i| Some((first + i).min(249) as u8)));
                }
                _ => self.discard(&values[singles]),
            }
        } else {
            // The rest is nil: constants, or registers in one op.
            let mut first: Option<u8> = None;
            let mut count = 0;
            for id in locals.iter().skip(singles) {
                match self.known(*id, None) {
                    Some(nil) => {
                        known.push((*id, nil));
                        regs.push(None);
                    }
                    None => {
                        let r = self.alloc(self.hir.local(*id).span);
                        first.get_or_insert(r);
                        count += 1;
                        regs.push(Some(r));
                    }
                }
            }
            if let Some(dst) = first {
                self.emit(Op::LoadNil { dst: Reg(dst), n: Count(count) }, span);
            }
        }
        for (id, value) in known {
            let has_register = locals.iter().zip(&regs).any(|(local, reg)| *local == id && reg.is_some());
            if !has_register {
                self.declare(id, Home::Known(value.text()));
            }
            self.statics[id.0 as usize] = Some(value);
        }
        for (id, reg) in locals.iter().zip(&regs) {
            let Some(reg) = *reg else { continue };
            let local = self.hir.local(*id);
            if local.needs_cell() {
                let at = local.span;
                self.new_cell(*id, reg, at);
            } else {
                self.places[id.0 as usize] = Place::Reg(reg);
                self.declare(*id, Home::Register(reg));
            }
        }
        // Registers on top that went into cells are free again.
        let top = locals
            .iter()
            .zip(&regs)
            .rev()
            .filter_map(|(id, reg)| reg.map(|r| (*id, r)))
            .take_while(|(id, _)| matches!(self.places[id.0 as usize], Place::Cell(_)))
            .last();
        if let Some((_, reg)) = top {
            self.release(u32::from(reg));
        }
    }

    fn local_function(&mut self, local: LocalId, func: FuncId, span: Span) {
        let at = self.hir.local(local).span;
        if self.hir.local(local).needs_cell() {
            let reg = self.alloc(span);
            self.emit(Op::LoadNil { dst: Reg(reg), n: Count(1) }, at);
            self.new_cell(local, reg, at);
            let proto = ProtoId(self.function(func));
            self.emit(Op::Closure { dst: Reg(reg), proto }, span);
            if let Place::Cell(c) = self.places[local.0 as usize] {
                self.emit(Op::CellSet { cell: CellSlot(c), a: Reg(reg) }, span);
            }
            self.f().free -= 1;
            return;
        }
        let reg = self.alloc(span);
        let proto = ProtoId(self.function(func));
        self.emit(Op::Closure { dst: Reg(reg), proto }, span);
        self.places[local.0 as usize] = Place::Reg(reg);
        self.declare(local, Home::Register(reg));
    }

    // ---- assignment ----

    fn assign(&mut self, targets: &[Target], values: &[Expr], span: Span) {
        let mark = self.mark();
        if let ([target], [value]) = (targets, values) {
            let ready = self.ready(target, &[]);
            self.store_value(&ready, value, target.span);
            self.release(mark);
            return;
        }
        let written: Vec<u8> = targets
            .iter()
            .filter_map(|t| match t.kind {
                TargetKind::Local(id) if self.hir.local(id).func == self.frames[self.frames.len() - 1].func => {
                    match self.places[id.0 as usize] {
                        Place::Reg(r) => Some(r),
                        _ => None,
                    }
                }
                _ => None,
            })
            .collect();
        let ready: Vec<Ready> = targets.iter().map(|t| self.ready(t, &written)).collect();
        let first = self.mark();
        let n = targets.len();
        let direct = values.len() == n && !values.last().is_some_and(Expr::is_multi);
        if direct {
            // The last value needs no register of its own: it is stored before the others.
            for v in &values[..n - 1] {
                self.next(v);
            }
            self.store_value(&ready[n - 1], &values[n - 1], targets[n - 1].span);
        } else {
            self.adjust(values, n, span);
        }
        let stored = if direct { n - 1 } else { n };
        for i in (0..stored).rev() {
            self.store(&ready[i], (first + i as u32).min(249) as u8, targets[i].span);
        }
        self.release(mark);
    }

    /// Computes the table and key of a target. Registers in `written` are about to be
    /// assigned by the same statement, so what is read from them is copied.
    fn ready(&mut self, target: &Target, written: &[u8]) -> Ready {
        match &target.kind {
            TargetKind::Local(id) => Ready::Local(*id),
            TargetKind::Global(slot) => Ready::Global(GlobalId(self.globals[slot.0 as usize])),
            TargetKind::Error => Ready::Nothing,
            TargetKind::Index(object, key) => {
                let table = self.stable(object, written);
                match self.constant(key) {
                    Some(Static::Str(s)) => Ready::Field(table, s.to_vec()),
                    Some(Static::Int(i)) if i32::try_from(i).is_ok() => Ready::Int(table, i as i32),
                    _ => Ready::Index(table, self.stable(key, written)),
                }
            }
        }
    }

    fn stable(&mut self, e: &Expr, written: &[u8]) -> u8 {
        match self.in_register(e) {
            Some(r) if !written.contains(&r) => r,
            _ => self.next(e),
        }
    }

    fn store_value(&mut self, target: &Ready, value: &Expr, span: Span) {
        if let Ready::Local(id) = target
            && self.hir.local(*id).func == self.f().func
            && let Place::Reg(r) = self.places[id.0 as usize]
        {
            return self.into(value, r);
        }
        let mark = self.mark();
        let a = self.any(value);
        self.release(mark);
        self.store(target, a, span);
    }

    fn store(&mut self, target: &Ready, a: u8, span: Span) {
        let a = Reg(a);
        let op = match target {
            Ready::Nothing => return,
            Ready::Global(global) => Op::GlobalSet { global: *global, a },
            Ready::Field(table, key) => Op::SetField { table: Reg(*table), key: self.k_str(key), a },
            Ready::Int(table, key) => Op::SetInt { table: Reg(*table), key: Imm(*key), a },
            Ready::Index(table, key) => Op::SetIndex { table: Reg(*table), key: Reg(*key), a },
            Ready::Local(id) if self.hir.local(*id).func == self.f().func => match self.places[id.0 as usize] {
                Place::Reg(r) if r == a.0 => return,
                Place::Reg(r) => Op::Move { dst: Reg(r), a },
                Place::Cell(c) => Op::CellSet { cell: CellSlot(c), a },
                Place::None => return,
            },
            Ready::Local(id) => match self.outer(*id, span) {
                Outer::Cell(up) => Op::UpCellSet { up: Up(up), a },
                // An assigned local always has a cell when it is captured.
                Outer::SelfFn | Outer::Value(_) => return,
            },
        };
        self.emit(op, span);
    }

    // ---- control ----

    fn if_(&mut self, arms: &[(Expr, Block)], otherwise: Option<&Block>, span: Span) {
        let end = self.f().code.label();
        for (i, (cond, block)) in arms.iter().enumerate() {
            let is_last = i + 1 == arms.len() && otherwise.is_none();
            if let [only] = block.stmts.as_slice()
                && let Some(to) = self.plain_jump(only)
            {
                // `if c then break end` is one conditional jump.
                self.jump_if(cond, true, to);
                continue;
            }
            let next = if is_last { end } else { self.f().code.label() };
            self.jump_if(cond, false, next);
            self.block(block);
            if !is_last {
                self.emit(Op::Jump { to: end.to() }, span);
                self.f().code.bind(next);
            }
        }
        if let Some(block) = otherwise {
            self.block(block);
        }
        self.f().code.bind(end);
    }

    fn plain_jump(&mut self, s: &Stmt) -> Option<Label> {
        match s.kind {
            StmtKind::Break => self.f().breaks.last().copied(),
            StmtKind::Goto(index) => self.goto_label(index),
            _ => None,
        }
    }

    fn numeric_for(&mut self, var: LocalId, range: [Option<&Expr>; 3], body: &Block, span: Span) {
        let f = self.f();
        let (free, top, cells, variables) = (f.free, f.locals_top, f.free_cell, f.variables.len());
        let base = self.mark();
        for e in range {
            match e {
                Some(e) => {
                    self.next(e);
                }
                None => {
                    let dst = self.alloc(span);
                    self.emit(Op::LoadInt { dst: Reg(dst), value: Imm(1) }, span);
                }
            }
        }
        let index = self.alloc(span);
        let base = Reg(base.min(246) as u8);
        let exit = self.f().code.label();
        let at = self.hir.local(var).span;
        self.emit(Op::ForPrep { base, exit: exit.to() }, at);
        let start = self.f().code.here();
        self.f().locals_top = self.f().free;
        self.loop_var(var, index);
        self.f().breaks.push(exit);
        self.block(body);
        self.f().breaks.pop();
        self.emit(Op::ForLoop { base, body: start.to() }, at);
        self.f().code.bind(exit);
        self.close(free, top, cells, variables);
    }

    fn loop_var(&mut self, var: LocalId, reg: u8) {
        let local = self.hir.local(var);
        if local.needs_cell() {
            let at = local.span;
            self.new_cell(var, reg, at);
        } else {
            self.places[var.0 as usize] = Place::Reg(reg);
            self.declare(var, Home::Register(reg));
        }
    }

    fn generic_for(&mut self, vars: &[LocalId], exprs: &[Expr], body: &Block, span: Span) {
        let f = self.f();
        let (free, top, cells, variables) = (f.free, f.locals_top, f.free_cell, f.variables.len());
        let base = self.mark();
        self.adjust(exprs, 3, span);
        let call_span = exprs.first().map_or(span, |e| e.span);
        let regs: Vec<u8> = vars.iter().map(|v| self.alloc(self.hir.local(*v).span)).collect();
        let base = Reg(base.min(246) as u8);
        let (test, exit) = (self.f().code.label(), self.f().code.label());
        self.emit(Op::Jump { to: test.to() }, call_span);
        let start = self.f().code.here();
        self.f().locals_top = self.f().free;
        for (v, r) in vars.iter().zip(regs) {
            self.loop_var(*v, r);
        }
        self.f().breaks.push(exit);
        self.block(body);
        self.f().breaks.pop();
        // The call for the next round works in the variables' registers.
        self.undeclare(variables);
        self.f().code.bind(test);
        self.emit(Op::GenCall { base, n: Count(vars.len().min(250) as u32) }, call_span);
        self.emit(Op::GenLoop { base, body: start.to() }, call_span);
        self.f().code.bind(exit);
        self.close(free, top, cells, variables);
    }

    fn return_(&mut self, values: &[Expr], span: Span) {
        let mark = self.mark();
        match values {
            [] => self.emit(Op::Return { first: Reg(0), n: N::Fixed(0) }, span),
            [e] if matches!(e.kind, ExprKind::Call(..) | ExprKind::Method { .. }) => {
                let (base, args) = self.call_head(e);
                self.emit(Op::TailCall { base: Reg(base), args }, e.span);
            }
            [e] if !e.is_multi() => {
                let first = Reg(self.any(e));
                self.emit(Op::Return { first, n: N::Fixed(1) }, span);
            }
            _ => {
                let first = Reg(mark.min(249) as u8);
                let n = self.list(values, 0);
                self.emit(Op::Return { first, n }, span);
            }
        }
        self.release(mark);
    }
}
