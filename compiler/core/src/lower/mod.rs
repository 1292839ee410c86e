//! Resolved EchoLua to ops: locals live in registers, conditions become jumps, and what is
//! constant is folded with the arithmetic that the VM uses.

mod cond;
mod constant;
mod expr;
mod stmt;
mod table;

use crate::hir::{FuncId, Hir, LabelId, LocalId};
use crate::ir::build::{Builder, Label};
use crate::ir::link::{Function, Parts, Variables};
pub(crate) use constant::{Folded, Static, fold_binary};
use gatos_elc::map::{Home, Variable};
use gatos_elc::ops::{CellSlot, K, N, Op, Reg};
use gatos_elc::program::{Capture, Const};
use gatos_syntax::diagnostic::Diagnostic;
use gatos_syntax::span::Span;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// Registers that a frame may have.
const MAX_REGS: u32 = gatos_elc::limits::MAX_REGS as u32;
/// Cell slots and upvalues, which are limited alike.
const MAX_SLOTS: u32 = gatos_elc::limits::MAX_CELLS as u32;

/// A file ready to be lowered.
pub struct File<'a> {
    /// The resolved file.
    pub hir: &'a Hir,
    /// Its index among the program's files.
    pub file: u32,
    /// For each import, the program's module.
    pub imports: &'a [u32],
}

/// Lowers the main file and its modules, each in its place; `modules[i]` has its name.
/// The diagnostics come with the file they belong to.
pub fn lower(main: &File, modules: &[(String, File)]) -> (Parts, Vec<(u32, Diagnostic)>) {
    let mut parts = Parts::default();
    let mut diags = Vec::new();
    parts.globals = declared_globals(main.hir).into_iter().map(|(_, name)| name).collect();
    lower_file(main, true, &mut parts, &mut diags);
    for (name, file) in modules {
        let proto = lower_file(file, false, &mut parts, &mut diags);
        parts.modules.push((name.clone(), proto));
    }
    (parts, diags)
}

/// The globals of a file in order of declaration: slot and name.
fn declared_globals(hir: &Hir) -> Vec<(usize, String)> {
    let mut all: Vec<(usize, &crate::hir::Global)> =
        hir.globals.iter().enumerate().filter(|(_, g)| g.local.is_none()).collect();
    all.sort_by_key(|(slot, g)| (g.span, *slot));
    all.into_iter().map(|(slot, g)| (slot, g.name.clone())).collect()
}

fn lower_file(file: &File, main: bool, parts: &mut Parts, diags: &mut Vec<(u32, Diagnostic)>) -> u32 {
    let mut globals = vec![0; file.hir.globals.len()];
    if main {
        for (i, (slot, _)) in declared_globals(file.hir).into_iter().enumerate() {
            globals[slot] = i as u32;
        }
    }
    let n = file.hir.locals.len();
    let mut lowerer = Lowerer {
        hir: file.hir,
        file: file.file,
        imports: file.imports,
        globals,
        parts,
        places: vec![Place::None; n],
        statics: vec![None; n],
        frames: Vec::new(),
        diags,
    };
    lowerer.function(FuncId(0))
}

/// Where a local lives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    /// Nowhere: it is a constant, or not declared yet.
    None,
    Reg(u8),
    Cell(u8),
}

/// A function being lowered.
struct Frame {
    func: FuncId,
    code: Builder,
    /// The first register that is free.
    free: u32,
    /// Registers below belong to visible locals and loops.
    locals_top: u32,
    max: u32,
    free_cell: u32,
    max_cell: u32,
    captures: Vec<Capture>,
    upvalues: BTreeMap<LocalId, u8>,
    breaks: Vec<Label>,
    labels: BTreeMap<LabelId, Label>,
    /// Its variables so far, with ops counted as they are emitted; none ends before its scope does.
    variables: Vec<Variable>,
    /// Constants of functions around it that it uses.
    outer_constants: RefCell<BTreeSet<LocalId>>,
    /// The first place where registers ran out.
    too_many: Option<Span>,
    too_many_slots: Option<Span>,
}

struct Lowerer<'a> {
    hir: &'a Hir,
    file: u32,
    imports: &'a [u32],
    /// Program global of each slot.
    globals: Vec<u32>,
    parts: &'a mut Parts,
    places: Vec<Place>,
    /// Locals whose value is known, so that they need no register.
    statics: Vec<Option<Static>>,
    frames: Vec<Frame>,
    diags: &'a mut Vec<(u32, Diagnostic)>,
}

/// How an outer local is reached.
enum Outer {
    SelfFn,
    Value(u8),
    Cell(u8),
}

impl<'a> Lowerer<'a> {
    fn f(&mut self) -> &mut Frame {
        self.frames.last_mut().expect("a frame is open while code is lowered")
    }

    fn emit(&mut self, op: Op, span: Span) {
        self.f().code.emit(op, span);
    }

    fn function(&mut self, id: FuncId) -> u32 {
        let index = self.parts.functions.len() as u32;
        let hir = self.hir;
        let func = hir.func(id);
        // The place is taken first: the main chunk is function 0.
        self.parts.functions.push(Function {
            params: 0,
            vararg: func.vararg,
            regs: 1,
            cells: 0,
            captures: Vec::new(),
            code: Vec::new(),
            spans: Vec::new(),
            file: self.file,
            files: Vec::new(),
            literals: Vec::new(),
            variables: Variables::default(),
            name: func.name.clone(),
            span: func.span,
            is_chunk: id.0 == 0,
        });
        self.frames.push(Frame {
            func: id,
            code: Builder::default(),
            free: 0,
            locals_top: 0,
            max: 1,
            free_cell: 0,
            max_cell: 0,
            captures: Vec::new(),
            upvalues: BTreeMap::new(),
            breaks: Vec::new(),
            labels: BTreeMap::new(),
            variables: Vec::new(),
            outer_constants: RefCell::default(),
            too_many: None,
            too_many_slots: None,
        });
        for p in &func.params {
            let reg = self.alloc(func.span);
            self.places[p.0 as usize] = Place::Reg(reg);
            if !hir.local(*p).needs_cell() {
                self.declare(*p, Home::Register(reg));
            }
        }
        for p in &func.params {
            if let Place::Reg(reg) = self.places[p.0 as usize]
                && hir.local(*p).needs_cell()
            {
                self.new_cell(*p, reg, hir.local(*p).span);
            }
        }
        if id.0 == 0 {
            self.module_globals();
        }
        self.f().locals_top = self.f().free;
        self.stmts(&func.body);
        let end = Span { start: func.span.end.saturating_sub(3).max(func.span.start), end: func.span.end };
        let end = if id.0 == 0 { Span { start: func.span.end, end: func.span.end } } else { end };
        self.emit(Op::Return { first: Reg(0), n: N::Fixed(0) }, end);
        if let Some(frame) = self.frames.pop() {
            self.report(&frame);
            let variables = self.variables(&frame);
            let code = frame.code.finish(end);
            let out = &mut self.parts.functions[index as usize];
            out.variables = variables;
            for v in &mut out.variables.locals {
                let place = |op: u32| code.places.get(op as usize).or(code.places.last()).copied().unwrap_or(0);
                // What is visible up to the function's end is so at its last return too.
                v.end_op = if v.end_op == u32::MAX { code.ops.len() as u32 } else { place(v.end_op) };
                v.first_op = place(v.first_op);
            }
            out.variables.locals.retain(|v| v.first_op < v.end_op);
            out.params = func.params.len() as u8;
            out.regs = frame.max as u8;
            out.cells = frame.max_cell as u8;
            out.captures = frame.captures;
            out.code = code.ops;
            out.spans = code.spans;
        }
        index
    }

    fn report(&mut self, frame: &Frame) {
        if let Some(span) = frame.too_many {
            self.diags.push((
                self.file,
                Diagnostic::error("E0212", span, format!("this function needs more than {MAX_REGS} registers"))
                    .label("its locals and the values in flight do not fit any more")
                    .help("split the function, or keep the values in a table"),
            ));
        }
        if let Some(span) = frame.too_many_slots {
            self.diags.push((
                self.file,
                Diagnostic::error(
                    "E0213",
                    span,
                    format!("more than {MAX_SLOTS} variables are shared between functions"),
                )
                .label("one too many here")
                .help("keep them in a table"),
            ));
        }
    }

    /// A module's globals start as nil locals of its chunk.
    fn module_globals(&mut self) {
        let hir = self.hir;
        for g in &hir.globals {
            let Some(id) = g.local else { continue };
            let reg = self.alloc(g.span);
            self.emit(Op::LoadNil { dst: Reg(reg), n: gatos_elc::ops::Count(1) }, g.span);
            if hir.local(id).needs_cell() {
                self.f().free -= 1;
                self.new_cell(id, reg, g.span);
            } else {
                self.places[id.0 as usize] = Place::Reg(reg);
                self.declare(id, Home::Register(reg));
            }
        }
    }

    // ---- what debuggers are told ----

    /// Notes that a variable can be seen from the next op on.
    fn declare(&mut self, id: LocalId, home: Home) {
        let name = self.hir.local(id).name.clone();
        let f = self.f();
        let first_op = f.code.count() as u32;
        f.variables.push(Variable { name, home, first_op, end_op: u32::MAX });
    }

    /// Ends the scopes of variables noted since there were `from` of them.
    fn undeclare(&mut self, from: usize) {
        let f = self.f();
        let end = f.code.count() as u32;
        for v in f.variables.iter_mut().skip(from).filter(|v| v.end_op == u32::MAX) {
            v.end_op = end;
        }
    }

    /// Notes that the running function uses a constant of one around it.
    fn note_constant(&self, id: LocalId) {
        if let Some(f) = self.frames.last()
            && self.hir.local(id).func != f.func
        {
            f.outer_constants.borrow_mut().insert(id);
        }
    }

    /// The variables of a function that is lowered.
    fn variables(&self, frame: &Frame) -> Variables {
        let outer = frame.outer_constants.borrow();
        let known = outer.iter().filter_map(|id| {
            let text = self.statics.get(id.0 as usize)?.as_ref()?.text();
            Some(Variable {
                name: self.hir.local(*id).name.clone(),
                home: Home::Known(text),
                first_op: 0,
                end_op: u32::MAX,
            })
        });
        let mut upvalues = vec![String::new(); frame.captures.len()];
        for (id, up) in &frame.upvalues {
            if let Some(name) = upvalues.get_mut(usize::from(*up)) {
                name.clone_from(&self.hir.local(*id).name);
            }
        }
        // Those of functions around it first: its own hide them.
        Variables { locals: known.chain(frame.variables.iter().cloned()).collect(), upvalues }
    }

    // ---- registers ----

    /// The next register.
    fn alloc(&mut self, span: Span) -> u8 {
        let f = self.f();
        let reg = f.free;
        f.free += 1;
        if f.free > MAX_REGS {
            // The function is refused at its end; until then the code only has to be harmless.
            f.too_many.get_or_insert(span);
            f.max = MAX_REGS;
            return (MAX_REGS - 1) as u8;
        }
        f.max = f.max.max(f.free);
        reg as u8
    }

    /// Says that registers up to `free + n` are used without being taken.
    fn reserve(&mut self, n: u32, span: Span) {
        let f = self.f();
        if f.free + n > MAX_REGS {
            f.too_many.get_or_insert(span);
        }
        f.max = f.max.max((f.free + n).min(MAX_REGS));
    }

    fn mark(&mut self) -> u32 {
        self.f().free
    }

    fn release(&mut self, mark: u32) {
        self.f().free = mark;
    }

    /// Whether a register holds no visible local, so that it may be written before the
    /// whole expression is known.
    fn is_scratch(&mut self, reg: u8) -> bool {
        u32::from(reg) >= self.f().locals_top
    }

    // ---- locals ----

    fn new_cell(&mut self, local: LocalId, from: u8, span: Span) {
        let slot = self.alloc_cell(span);
        self.emit(Op::CellNew { cell: CellSlot(slot), a: Reg(from) }, span);
        self.places[local.0 as usize] = Place::Cell(slot);
        self.declare(local, Home::Cell(slot));
    }

    fn alloc_cell(&mut self, span: Span) -> u8 {
        let f = self.f();
        if f.free_cell >= MAX_SLOTS {
            f.too_many_slots.get_or_insert(span);
            return 0;
        }
        f.free_cell += 1;
        f.max_cell = f.max_cell.max(f.free_cell);
        (f.free_cell - 1) as u8
    }

    /// How the running function reaches a local of a function around it.
    fn outer(&mut self, id: LocalId, span: Span) -> Outer {
        let level = self.frames.len() - 1;
        if self.hir.func(self.frames[level].func).self_local == Some(id) {
            return Outer::SelfFn;
        }
        let up = self.upvalue(level, id, span);
        if self.hir.local(id).needs_cell() { Outer::Cell(up) } else { Outer::Value(up) }
    }

    fn upvalue(&mut self, level: usize, id: LocalId, span: Span) -> u8 {
        if let Some(up) = self.frames[level].upvalues.get(&id) {
            return *up;
        }
        let Some(parent) = level.checked_sub(1) else { return 0 };
        let hir = self.hir;
        let parent_func = self.frames[parent].func;
        let capture = if hir.func(parent_func).self_local == Some(id) {
            Capture::SelfFn
        } else if hir.local(id).func == parent_func {
            match self.places[id.0 as usize] {
                Place::Reg(r) => Capture::Reg(r),
                Place::Cell(c) => Capture::Cell(c),
                // Only after an error that was reported.
                Place::None => Capture::Reg(0),
            }
        } else {
            Capture::Up(self.upvalue(parent, id, span))
        };
        let frame = &mut self.frames[level];
        if frame.captures.len() as u32 >= MAX_SLOTS {
            frame.too_many_slots.get_or_insert(span);
            return 0;
        }
        let up = frame.captures.len() as u8;
        frame.captures.push(capture);
        frame.upvalues.insert(id, up);
        up
    }

    // ---- pools ----

    fn k(&mut self, value: &Static) -> Option<K> {
        let c = match value {
            Static::Nil => Const::Nil,
            Static::Bool(b) => Const::Bool(*b),
            Static::Int(v) => Const::Int(*v),
            Static::Fixed(v) => Const::Fixed(*v),
            Static::Str(s) => Const::Str(s.to_vec()),
            Static::Lib(_) => return None,
        };
        Some(K(self.parts.consts.add(c)))
    }

    fn k_str(&mut self, s: &[u8]) -> K {
        K(self.parts.consts.add(Const::Str(s.to_vec())))
    }
}
