//! Random programs that verify: a small structured compiler driven by a string of bytes.

use super::{int, priced};
use gatos_elc::ops::*;
use gatos_elc::program::*;

/// Makes a program from bytes; the same bytes make the same program.
pub fn program(seed: &[u8]) -> Program {
    let mut g = Generator {
        seed: seed.iter(),
        consts: vec![
            Const::Nil,
            Const::Bool(false),
            Const::Int(i64::MIN),
            Const::Fixed(-1),
            Const::Str(b"key".to_vec()),
            Const::Str(vec![0xff, 0]),
        ],
        protos: vec![None],
        left: 12,
    };
    let main = g.function(0, true, &Outer::default(), 0);
    g.protos[0] = Some(main);
    let mut modules = Vec::new();
    if g.pick(3) == 0 {
        let index = g.protos.len();
        g.protos.push(None);
        let module = g.function(0, false, &Outer::default(), 1);
        g.protos[index] = Some(module);
        modules.push(ModuleEntry { name: "a.b".into(), proto: index as u32 });
    }
    let kind = if g.pick(2) == 0 { ProgramKind::Fold } else { ProgramKind::Script };
    Program {
        kind,
        consts: g.consts,
        libs: vec!["ipairs".into(), "string.byte".into()],
        globals: vec!["count".into()],
        key_lists: vec![vec![4], vec![5, 4]],
        protos: g.protos.into_iter().map(|p| p.expect("every function was made")).collect(),
        modules,
        policy: None,
    }
}

/// What a function may capture from the one around it.
#[derive(Default)]
struct Outer {
    /// Registers below this are assigned for good.
    regs: u8,
    cells: u8,
    /// The maker's upvalues: true for cells.
    ups: Vec<bool>,
}

struct Generator<'a> {
    seed: core::slice::Iter<'a, u8>,
    consts: Vec<Const>,
    protos: Vec<Option<Proto>>,
    /// How many more functions there may be.
    left: u32,
}

/// A function under way. Registers below `free` are assigned on every path.
struct Body {
    code: Vec<Op>,
    free: u8,
    cells: u8,
    max_regs: u8,
    max_cells: u8,
    vararg: bool,
    ups: Vec<bool>,
    depth: u32,
}

impl Body {
    fn here(&mut self) -> Target {
        // Neighbouring labels share a block.
        if !matches!(self.code.last(), Some(Op::Block { .. })) {
            self.code.push(super::BLOCK);
        }
        Target(self.code.len() as u32 - 1)
    }

    fn alloc(&mut self) -> u8 {
        self.free += 1;
        self.max_regs = self.max_regs.max(self.free);
        self.free - 1
    }

    fn need(&mut self, regs: u8) {
        self.max_regs = self.max_regs.max(self.free + regs);
    }

    fn patch(&mut self, at: usize, target: Target) {
        match &mut self.code[at] {
            Op::Jump { to }
            | Op::JTest { to, .. }
            | Op::JTestSet { to, .. }
            | Op::JEqK { to, .. }
            | Op::JLt { to, .. } => {
                *to = target;
            }
            Op::ForPrep { exit, .. } => *exit = target,
            other => panic!("no target to patch in {other:?}"),
        }
    }
}

impl Generator<'_> {
    fn pick(&mut self, n: u8) -> u8 {
        self.seed.next().copied().unwrap_or(0) % n
    }

    fn function(&mut self, params: u8, vararg: bool, outer: &Outer, depth: u32) -> Proto {
        let mut captures = Vec::new();
        let mut ups = Vec::new();
        if depth > 0 {
            for _ in 0..self.pick(4) {
                let (c, cell) = match self.pick(4) {
                    0 if outer.regs > 0 => (Capture::Reg(self.pick(outer.regs)), false),
                    1 if outer.cells > 0 => (Capture::Cell(self.pick(outer.cells)), true),
                    2 if !outer.ups.is_empty() => {
                        let u = self.pick(outer.ups.len() as u8);
                        (Capture::Up(u), outer.ups[usize::from(u)])
                    }
                    _ if outer.regs + outer.cells == 0 => continue,
                    _ => (Capture::SelfFn, false),
                };
                captures.push(c);
                ups.push(cell);
            }
        }
        let mut b = Body {
            code: vec![super::BLOCK],
            free: params,
            cells: 0,
            max_regs: params,
            max_cells: 0,
            vararg,
            ups,
            depth,
        };
        self.block(&mut b, 0);
        let n = self.pick(b.free.min(3) + 1);
        b.code.push(Op::Return { first: Reg(0), n: N::Fixed(n) });
        Proto { params, vararg, regs: b.max_regs, cells: b.max_cells, captures, code: priced(b.code) }
    }

    fn block(&mut self, b: &mut Body, nesting: u32) {
        let (free, cells) = (b.free, b.cells);
        for _ in 0..1 + self.pick(6) {
            if b.free > 60 || self.seed.len() == 0 {
                break;
            }
            self.statement(b, nesting);
        }
        (b.free, b.cells) = (free, cells);
    }

    fn reg(&mut self, b: &Body) -> Reg {
        Reg(self.pick(b.free))
    }

    fn statement(&mut self, b: &mut Body, nesting: u32) {
        if b.free == 0 {
            let dst = b.alloc();
            b.code.push(int(dst, -5));
        }
        match self.pick(16) {
            0 | 1 => self.value(b),
            2 => {
                let a = self.reg(b);
                b.code.push(Op::CellNew { cell: CellSlot(b.cells), a });
                b.cells += 1;
                b.max_cells = b.max_cells.max(b.cells);
            }
            3 if b.cells > 0 => {
                let (cell, a) = (CellSlot(self.pick(b.cells)), self.reg(b));
                b.code.push(Op::CellSet { cell, a });
            }
            4 if nesting < 3 => self.branch(b, nesting),
            5 if nesting < 3 => self.while_loop(b, nesting),
            6 if nesting < 3 => self.numeric_loop(b, nesting),
            7 if nesting < 3 => self.generic_loop(b, nesting),
            8 | 9 if b.depth < 3 && self.left > 0 => {
                self.left -= 1;
                let index = self.protos.len();
                self.protos.push(None);
                let outer = Outer { regs: b.free, cells: b.cells, ups: b.ups.clone() };
                let (params, vararg) = (self.pick(3), self.pick(2) == 0);
                let made = self.function(params, vararg, &outer, b.depth + 1);
                self.protos[index] = Some(made);
                let dst = b.alloc();
                b.code.push(Op::Closure { dst: Reg(dst), proto: ProtoId(index as u32) });
            }
            10 => self.call(b),
            11 => {
                let (table, a) = (self.reg(b), self.reg(b));
                b.code.push(Op::SetField { table, key: K(4), a });
            }
            12 => {
                let a = self.reg(b);
                b.code.push(Op::GlobalSet { global: GlobalId(0), a });
            }
            13 if b.ups.contains(&true) => {
                let up = b.ups.iter().position(|c| *c).unwrap_or(0) as u8;
                let a = self.reg(b);
                b.code.push(Op::UpCellSet { up: Up(up), a });
            }
            14 => {
                let table = Reg(b.alloc());
                b.code.push(Op::NewTable { dst: table, array: Count(300), record: Count(0) });
                let base = b.free;
                b.need(2);
                if b.vararg {
                    b.code.push(Op::Vararg { dst: Reg(base), n: N::Open });
                } else {
                    b.code.push(Op::Lib { dst: Reg(base), lib: LibId(0) });
                    b.code.push(Op::Call { base: Reg(base), args: N::Fixed(0), results: N::Open });
                }
                b.code.push(Op::SetList { table, first: Reg(base), n: N::Open, start: Count(1) });
            }
            _ => self.value(b),
        }
    }

    fn value(&mut self, b: &mut Body) {
        let (x, y) = (self.reg(b), self.reg(b));
        let op = self.pick(12);
        let dst = Reg(b.alloc());
        b.code.push(match op {
            0 => Op::Add { dst, a: x, b: y },
            1 => Op::MulK { dst, a: x, k: K(3) },
            2 => Op::LoadK { dst, k: K(2) },
            3 => Op::GetField { dst, table: x, key: K(5) },
            4 => Op::Lib { dst, lib: LibId(1) },
            5 => Op::LoadNil { dst, n: Count(1) },
            6 => Op::LoadBool { dst, value: Flag(true) },
            7 if b.cells > 0 => Op::CellGet { dst, cell: CellSlot(b.cells - 1) },
            8 if !b.ups.is_empty() => match b.ups[0] {
                true => Op::UpCellGet { dst, up: Up(0) },
                false => Op::UpGet { dst, up: Up(0) },
            },
            9 if b.vararg => Op::Vararg { dst, n: N::Fixed(1) },
            10 if b.free > 2 => Op::Record { dst, keys: KeysId(1), first: Reg(0) },
            11 if b.free > 3 => Op::Concat { dst, first: Reg(0), n: Count(3) },
            _ => Op::Move { dst, a: x },
        });
    }

    fn call(&mut self, b: &mut Body) {
        let base = Reg(b.free);
        let (f, a) = (self.reg(b), self.reg(b));
        b.need(4);
        b.code.push(Op::Move { dst: base, a: f });
        b.code.push(Op::Move { dst: Reg(base.0 + 1), a });
        let results = self.pick(3);
        b.code.push(Op::Call { base, args: N::Fixed(1), results: N::Fixed(results) });
        b.free += results;
        b.max_regs = b.max_regs.max(b.free);
    }

    fn branch(&mut self, b: &mut Body, nesting: u32) {
        let (a, c) = (self.reg(b), self.reg(b));
        let over = b.code.len();
        b.code.push(match self.pick(3) {
            0 => Op::JTest { a, sense: Flag(false), to: Target(0) },
            1 => Op::JEqK { a, k: K(0), sense: Flag(true), to: Target(0) },
            _ => Op::JLt { a, b: c, sense: Flag(false), to: Target(0) },
        });
        b.here();
        self.block(b, nesting + 1);
        if self.pick(2) == 0 {
            let end = b.code.len();
            b.code.push(Op::Jump { to: Target(0) });
            let other = b.here();
            b.patch(over, other);
            self.block(b, nesting + 1);
            let out = b.here();
            b.patch(end, out);
        } else {
            let out = b.here();
            b.patch(over, out);
        }
    }

    fn while_loop(&mut self, b: &mut Body, nesting: u32) {
        let head = b.here();
        let a = self.reg(b);
        let out = b.code.len();
        b.code.push(Op::JTest { a, sense: Flag(false), to: Target(0) });
        b.here();
        self.block(b, nesting + 1);
        b.code.push(Op::Jump { to: head });
        let end = b.here();
        b.patch(out, end);
    }

    fn numeric_loop(&mut self, b: &mut Body, nesting: u32) {
        let free = b.free;
        let base = b.alloc();
        b.code.push(int(base, 1));
        for value in [10, 1] {
            let dst = b.alloc();
            b.code.push(int(dst, value));
        }
        let prep = b.code.len();
        b.code.push(Op::ForPrep { base: Reg(base), exit: Target(0) });
        b.alloc();
        let body = b.here();
        self.block(b, nesting + 1);
        b.code.push(Op::ForLoop { base: Reg(base), body });
        let exit = b.here();
        b.patch(prep, exit);
        b.free = free;
    }

    fn generic_loop(&mut self, b: &mut Body, nesting: u32) {
        let free = b.free;
        let a = self.reg(b);
        let base = b.alloc();
        b.code.push(Op::Lib { dst: Reg(base), lib: LibId(0) });
        for _ in 0..2 {
            let dst = b.alloc();
            b.code.push(Op::Move { dst: Reg(dst), a });
        }
        let test = b.code.len();
        b.code.push(Op::Jump { to: Target(0) });
        let body = b.here();
        b.alloc();
        b.alloc();
        self.block(b, nesting + 1);
        let at = b.here();
        b.patch(test, at);
        b.code.push(Op::GenCall { base: Reg(base), n: Count(2) });
        b.code.push(Op::GenLoop { base: Reg(base), body });
        b.here();
        b.free = free;
    }
}
