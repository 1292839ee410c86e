//! One function under construction: registers, labels, and the open loops over solutions.
//!
//! Code searches by loops. Whatever may have several values opens a loop over them and leaves it
//! open; what follows is the loop's body, and `fail` is where a body goes that does not hold: to
//! the innermost loop's next step. [`Fx::solutions`] marks how far the loops of one search reach.

use super::Cx;
use crate::ir::build::{Builder, Label};
use crate::ir::link::LiteralLines;
use crate::rgs::hir::{ExprKind, Literal, Rule, VarId};
use gatos_elc::limits::MAX_REGS;
use gatos_elc::ops::{Count, Flag, Imm, K, LibId, N, Op, Reg};
use gatos_elc::program::Const;
use gatos_syntax::span::Span;

/// A loop that is open: what follows is its body.
#[derive(Clone, Copy)]
pub(super) struct Loop {
    base: u8,
    body: Label,
    next: Label,
}

/// A condition and the ops, as emitted, that decide it.
pub(super) struct Condition {
    from: usize,
    to: usize,
    file: u32,
    span: Span,
    vars: Vec<(String, u8)>,
}

/// A function being lowered.
pub(super) struct Fx<'a, 'b> {
    pub(super) cx: &'a mut Cx<'b>,
    pub(super) code: Builder,
    /// Where a solution goes that does not hold.
    pub(super) fail: Label,
    /// Loops of the present search, outermost first.
    pub(super) loops: Vec<Loop>,
    /// Loops that are open, those of outer searches too.
    open: u32,
    /// The first register that is free.
    free: u32,
    /// Registers below stay taken until the present search ends: loops run through them.
    floor: u32,
    max: u32,
    /// The place where registers ran out.
    pub(super) full: Option<Span>,
    /// The register of each variable that has a value.
    vars: Vec<Option<u8>>,
    /// Variables in the order in which they got their values.
    trail: Vec<VarId>,
    /// How often each variable occurs in the rule.
    pub(super) counts: Vec<u32>,
    /// Expressions that were evaluated ahead of their place, by address.
    pub(super) ahead: Vec<(usize, u8)>,
    /// Fields of variables that were loaded and are still there: whose, which, where, and whether
    /// they are known to be defined.
    pub(super) fields: Vec<(VarId, Vec<String>, u8, bool)>,
    /// Fields that the rule reads more than once.
    pub(super) repeated: Vec<(VarId, Vec<String>)>,
    /// Registers of shared places that are known to be defined.
    pub(super) defined: Vec<u8>,
    /// How many calls are being put together: what lies above their registers will be lost.
    pub(super) rows: u32,
    /// The place of what is being lowered.
    pub(super) span: Span,
    /// Whether the order of solutions can be seen.
    pub(super) ordered: bool,
    /// How many `with`s are around.
    pub(super) with: u32,
    /// Conditions written so far: first op, end, file, place, variables.
    pub(super) conditions: Vec<Condition>,
    /// Names of the rule's variables.
    names: Vec<String>,
    /// Values loaded once for the whole function: where, by path.
    pub(super) shared: Vec<(super::share::Path, u8)>,
}

impl<'a, 'b> Fx<'a, 'b> {
    pub(super) fn new(cx: &'a mut Cx<'b>, params: u8) -> Fx<'a, 'b> {
        let mut code = Builder::default();
        let fail = code.label();
        Fx {
            cx,
            code,
            fail,
            loops: Vec::new(),
            open: 0,
            free: params.into(),
            floor: params.into(),
            max: u32::from(params).max(1),
            full: None,
            vars: Vec::new(),
            trail: Vec::new(),
            counts: Vec::new(),
            ahead: Vec::new(),
            fields: Vec::new(),
            repeated: Vec::new(),
            defined: Vec::new(),
            rows: 0,
            span: Span::default(),
            ordered: false,
            with: 0,
            conditions: Vec::new(),
            names: Vec::new(),
            shared: Vec::new(),
        }
    }

    pub(super) fn registers(&self) -> u8 {
        self.max.min(MAX_REGS.into()) as u8
    }

    /// Begins a rule: its variables have no values.
    pub(super) fn rule(&mut self, rule: &Rule) {
        self.code.file = rule.file;
        self.span = rule.head_span;
        self.vars = vec![None; rule.vars.len()];
        self.trail.clear();
        self.ahead.clear();
        self.fields.clear();
        self.defined.clear();
        self.repeated = if self.cx.optimise { super::scan::repeated_fields(rule) } else { Vec::new() };
        self.counts = super::scan::counts(rule);
        self.names.clone_from(&rule.vars);
    }

    // ---- code ----

    pub(super) fn emit(&mut self, op: Op) {
        self.code.emit(op, self.span);
    }

    pub(super) fn label(&mut self) -> Label {
        self.code.label()
    }

    pub(super) fn bind(&mut self, label: Label) {
        self.code.bind(label);
    }

    pub(super) fn jump(&mut self, to: Label) {
        self.emit(Op::Jump { to: to.to() });
    }

    /// Gives the present solution up.
    pub(super) fn fails(&mut self) {
        self.jump(self.fail);
    }

    pub(super) fn move_to(&mut self, dst: u8, a: u8) {
        if dst != a {
            self.emit(Op::Move { dst: Reg(dst), a: Reg(a) });
        }
    }

    pub(super) fn nil(&mut self, dst: u8) {
        self.emit(Op::LoadNil { dst: Reg(dst), n: Count(1) });
    }

    pub(super) fn k(&mut self, c: Const) -> K {
        K(self.cx.parts.consts.add(c))
    }

    pub(super) fn text(&mut self, s: &str) -> K {
        self.k(Const::Str(s.as_bytes().to_vec()))
    }

    /// Goes when a register's being nil is `sense`.
    pub(super) fn if_nil(&mut self, a: u8, sense: bool, to: Label) {
        let k = self.k(Const::Nil);
        self.emit(Op::JEqK { a: Reg(a), k, sense: Flag(sense), to: to.to() });
    }

    /// Goes when a register's being true (neither nil nor false) is `sense`.
    pub(super) fn if_true(&mut self, a: u8, sense: bool, to: Label) {
        self.emit(Op::JTest { a: Reg(a), sense: Flag(sense), to: to.to() });
    }

    pub(super) fn load_int(&mut self, dst: u8, v: i64) {
        match i32::try_from(v) {
            Ok(v) => self.emit(Op::LoadInt { dst: Reg(dst), value: Imm(v) }),
            Err(_) => {
                let k = self.k(Const::Int(v));
                self.emit(Op::LoadK { dst: Reg(dst), k });
            }
        }
    }

    pub(super) fn lib(&mut self, dst: u8, name: &str) {
        let lib = LibId(self.cx.parts.libs.add(name.to_string()));
        self.emit(Op::Lib { dst: Reg(dst), lib });
    }

    /// Calls a library function whose arguments lie after `base`; the result comes to `base`.
    pub(super) fn call_lib(&mut self, base: u8, name: &str, n: u8) {
        self.lib(base, name);
        self.emit(Op::Call { base: Reg(base), args: N::Fixed(n), results: N::Fixed(1) });
    }

    // ---- registers ----

    /// The next register.
    pub(super) fn alloc(&mut self) -> u8 {
        self.alloc_run(1)
    }

    /// The next `n` registers; gives the first.
    pub(super) fn alloc_run(&mut self, n: u32) -> u8 {
        let first = self.free;
        self.free = self.free.saturating_add(n);
        if self.free > u32::from(MAX_REGS) {
            // The rule is refused at the end; until then the code only has to be harmless.
            self.full.get_or_insert(self.span);
            return 0;
        }
        self.max = self.max.max(self.free);
        first as u8
    }

    pub(super) fn mark(&self) -> u32 {
        self.free
    }

    /// Gives registers from `mark` on back, but for those that open loops need.
    pub(super) fn release(&mut self, mark: u32) {
        self.free = mark.max(self.floor);
    }

    /// Keeps all registers that are taken now until the search ends.
    pub(super) fn keep(&mut self) {
        self.floor = self.floor.max(self.free);
    }

    /// Whether the next register would be `reg`.
    pub(super) fn is_top(&self, reg: u8) -> bool {
        self.free == u32::from(reg) + 1
    }

    // ---- variables ----

    pub(super) fn var(&self, v: VarId) -> Option<u8> {
        self.vars.get(v.0 as usize).copied().flatten()
    }

    /// Gives a variable its value. The register must stay as it is until the search ends.
    pub(super) fn set_var(&mut self, v: VarId, reg: u8) {
        if let Some(slot) = self.vars.get_mut(v.0 as usize) {
            *slot = Some(reg);
            self.trail.push(v);
            self.floor = self.floor.max((u32::from(reg) + 1).min(self.free));
        }
    }

    // ---- conditions ----

    /// Notes that the ops from `from` on decide a literal.
    pub(super) fn condition_from(&mut self, from: usize, literal: &Literal) {
        let mut vars: Vec<(String, u8)> = Vec::new();
        super::scan::visit_literal(literal, super::scan::Enter::All, &mut |e| {
            if let ExprKind::Var(v) = e.kind
                && let (Some(reg), Some(name)) = (self.var(v), self.names.get(v.0 as usize))
                && !name.is_empty()
                && vars.iter().all(|(n, _)| n != name)
            {
                vars.push((name.clone(), reg));
            }
            true
        });
        let (to, file) = (self.code.count(), self.code.file);
        self.conditions.push(Condition { from, to, file, span: literal.span, vars });
    }

    /// The conditions with the ops as they came out.
    pub(super) fn take_conditions(conditions: Vec<Condition>, places: &[u32]) -> Vec<LiteralLines> {
        let place = |i: usize| places.get(i).copied().unwrap_or(0);
        let mut out: Vec<LiteralLines> = conditions
            .into_iter()
            .map(|c| LiteralLines {
                first_op: place(c.from),
                end_op: place(c.to),
                file: c.file,
                span: c.span,
                vars: c.vars,
            })
            .filter(|l| l.first_op < l.end_op)
            .collect();
        out.sort_by_key(|l| (l.first_op, std::cmp::Reverse(l.end_op)));
        out
    }

    // ---- searching ----

    /// Emits a search. What `body` emits runs for each solution and then goes on to the next
    /// one; after the search, control is behind it, and everything that it bound is forgotten.
    pub(super) fn solutions(&mut self, body: impl FnOnce(&mut Self)) {
        let done = self.label();
        let outer_fail = std::mem::replace(&mut self.fail, done);
        let outer_loops = std::mem::take(&mut self.loops);
        let open = self.open;
        let (free, floor, trail, ahead) = (self.free, self.floor, self.trail.len(), self.ahead.len());
        let known = self.known();
        let rows = std::mem::take(&mut self.rows);
        self.floor = self.free;
        body(self);
        while let Some(l) = self.loops.pop() {
            self.bind(l.next);
            self.emit(Op::DocNext { base: Reg(l.base), body: l.body.to() });
        }
        self.bind(done);
        self.fail = outer_fail;
        self.loops = outer_loops;
        for v in self.trail.split_off(trail) {
            self.vars[v.0 as usize] = None;
        }
        self.ahead.truncate(ahead);
        self.forget(known);
        (self.free, self.floor) = (free, floor);
        self.open = open;
        self.rows = rows;
    }

    /// How much is known of values at this point.
    pub(super) fn known(&self) -> (usize, usize) {
        (self.fields.len(), self.defined.len())
    }

    /// Forgets what was learnt since: control may come here without it.
    pub(super) fn forget(&mut self, (fields, defined): (usize, usize)) {
        self.fields.truncate(fields);
        self.defined.truncate(defined);
    }

    /// Whether code that stands here runs once at most.
    pub(super) fn is_single_solution(&self) -> bool {
        self.open == 0
    }

    /// Five registers for a walk; the document goes into the first.
    pub(super) fn walk_base(&mut self) -> u8 {
        self.alloc_run(5)
    }

    /// Opens the walk over the document in `base`: its keys are in `base + 3`, its values in
    /// `base + 4`.
    pub(super) fn open_walk(&mut self, base: u8) {
        let exit = self.fail.to();
        self.emit(Op::DocIter { base: Reg(base), exit });
        self.opened(base);
    }

    /// Takes note of a walk whose first op was just emitted.
    pub(super) fn opened(&mut self, base: u8) {
        let body = self.code.here();
        let next = self.label();
        self.open += 1;
        self.loops.push(Loop { base, body, next });
        self.fail = next;
        self.floor = self.floor.max((u32::from(base) + 5).min(self.free));
    }
}
