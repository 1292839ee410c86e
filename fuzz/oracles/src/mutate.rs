//! Changes to a program as data that keep most of it sensible: operands, ops, runs of ops,
//! constants, captures and signatures. A change that the verifier refuses is taken back, so
//! that what comes out always verifies and can be far from anything a compiler writes.

use crate::choices::Choices;
use gatos_elc::ops::{CodeError, Count, Op, OperandKind, Target};
use gatos_elc::program::{Capture, Const, DocumentKind, IndexKind, Program, ProgramKind, Proto};
use gatos_elc::verify::{Verified, verify};

/// Library functions by name: what a mutant may call instead.
fn libraries(policy: bool) -> &'static [&'static str] {
    static NAMES: std::sync::OnceLock<[Vec<&'static str>; 2]> = std::sync::OnceLock::new();
    let all = NAMES.get_or_init(|| {
        [gatos_stdlib::library(), gatos_stdlib::rgs::library()].map(|l| {
            let mut names: Vec<&str> = l.names().collect();
            names.sort_unstable();
            names
        })
    });
    &all[usize::from(policy)]
}

/// Applies changes until the bytes end, keeping each that verifies. `None` when not even
/// the first program does, which no caller expects.
pub fn mutant(base: &Program, c: &mut Choices<'_>) -> Option<Verified<Program>> {
    let mut best = verify(base.clone()).ok()?;
    // One change or a heap of them: after many, few mutants get past their first lines. Each
    // costs a verification of the whole program.
    for _ in 0..c.of(&[1, 1, 2, 3, 4, 6, 10, 24]) {
        if c.done() {
            break;
        }
        let mut next = best.program().clone();
        // Changes that only work together: a few are tried at once now and then.
        for _ in 0..1 + usize::from(c.one_in(4)) * c.below(4) {
            change(&mut next, c);
        }
        next.protos.iter_mut().for_each(|p| price(&mut p.code));
        if let Ok(v) = verify(next) {
            best = v;
        }
    }
    Some(best)
}

/// Writes what each block costs into it.
pub fn price(code: &mut [Op]) {
    let mut cost = 0u32;
    for op in code.iter_mut().rev() {
        cost = cost.saturating_add(op.info().fuel);
        if let Op::Block { cost: c } = op {
            *c = Count(cost);
            cost = 0;
        }
    }
}

fn change(p: &mut Program, c: &mut Choices<'_>) {
    if p.protos.is_empty() {
        return;
    }
    match c.below(32) {
        0..=9 => operand(p, c),
        10..=12 => replace(p, c),
        13..=15 => insert(p, c),
        16 | 17 => delete(p, c),
        18 | 19 => copy_run(p, c),
        20 => swap(p, c),
        21 => new_block(p, c),
        22 | 23 => constant(p, c),
        24 | 25 => library(p, c),
        26 | 27 => captures(p, c),
        28 => signature(p, c),
        29 => key_list(p, c),
        30 => new_function(p, c),
        // A policy stays one: it has tables of its own, and other ops.
        _ if p.policy.is_some() => policy(p, c),
        _ => p.kind = if c.one_in(2) { ProgramKind::Fold } else { ProgramKind::Script },
    }
}

fn proto_index(p: &Program, c: &mut Choices<'_>) -> usize {
    c.below(p.protos.len())
}

fn op_index(proto: &Proto, c: &mut Choices<'_>) -> usize {
    c.below(proto.code.len())
}

/// An op as its number and raw operands.
fn taken_apart(op: Op) -> (u8, Vec<(OperandKind, u32)>) {
    let mut raw = Vec::new();
    op.visit_operands(|_, kind, v| {
        raw.push((
            kind,
            match kind {
                OperandKind::CountOrOpen => (v + 1) as u32,
                OperandKind::Imm => ((v << 1) ^ (v >> 31)) as u32,
                _ => v as u32,
            },
        ));
    });
    (op.info().code, raw)
}

fn put_together(code: u8, operands: &[(OperandKind, u32)]) -> Result<Op, CodeError> {
    let mut bytes = vec![code];
    for &(_, mut v) in operands {
        while v >= 0x80 {
            bytes.push((v & 0x7f) as u8 | 0x80);
            v >>= 7;
        }
        bytes.push(v as u8);
    }
    Op::decode(&bytes, &mut 0)
}

/// A value for an operand: usually in range.
fn value(p: &Program, proto: &Proto, kind: OperandKind, c: &mut Choices<'_>) -> u32 {
    let below = |c: &mut Choices<'_>, n: usize| c.below(n.max(1)) as u32;
    let policy = p.policy.as_ref();
    match kind {
        OperandKind::Reg => below(c, usize::from(proto.regs)),
        OperandKind::K => below(c, p.consts.len()),
        OperandKind::Proto => below(c, p.protos.len()),
        OperandKind::Up => below(c, proto.captures.len()),
        OperandKind::Cell => below(c, usize::from(proto.cells)),
        OperandKind::Global => below(c, p.globals.len()),
        OperandKind::Lib => below(c, p.libs.len()),
        OperandKind::Module => below(c, p.modules.len()),
        OperandKind::Keys => below(c, p.key_lists.len()),
        OperandKind::Memo => below(c, policy.map_or(0, |p| p.memos as usize)),
        OperandKind::Env => below(c, policy.map_or(0, |p| p.envs as usize)),
        OperandKind::Index => below(c, policy.map_or(0, |p| p.indexes.len())),
        OperandKind::Rule => below(c, policy.map_or(0, |p| p.rules.len())),
        OperandKind::Choice => below(c, 8),
        OperandKind::Count => c.of(&[0u32, 1, 2, 3, 4, 5, 8, 250, 255, 256, 4096, 1 << 20, 1 << 30, u32::MAX]),
        OperandKind::CountOrOpen => c.of(&[0u32, 1, 2, 3, 4, 5, 7, 250, 251, 256]),
        OperandKind::Imm => c.int() as u32,
        OperandKind::Flag => below(c, 2),
        OperandKind::Target => {
            let blocks: Vec<u32> =
                (0u32..).zip(&proto.code).filter(|(_, op)| matches!(op, Op::Block { .. })).map(|(i, _)| i).collect();
            if blocks.is_empty() { 0 } else { blocks[c.below(blocks.len())] }
        }
    }
}

fn operand(p: &mut Program, c: &mut Choices<'_>) {
    let which = proto_index(p, c);
    let at = op_index(&p.protos[which], c);
    let Some(&op) = p.protos[which].code.get(at) else { return };
    let (code, mut operands) = taken_apart(op);
    if operands.is_empty() {
        return;
    }
    let i = c.below(operands.len());
    let (kind, old) = operands[i];
    operands[i].1 = match c.below(4) {
        0 => old.wrapping_add(1),
        1 => old.wrapping_sub(1),
        _ => value(p, &p.protos[which], kind, c),
    };
    if let Ok(op) = put_together(code, &operands) {
        p.protos[which].code[at] = op;
    }
}

fn random_op(p: &Program, proto: &Proto, c: &mut Choices<'_>) -> Option<Op> {
    // Of a policy's ops only some are those of other programs: most tries are its own.
    let own = p.policy.is_some() && !c.one_in(4);
    let ops = gatos_elc::ops::OPS.iter().filter(|o| !own || o.code >= 0x60);
    let info = c.of(&ops.collect::<Vec<_>>());
    let operands: Vec<(OperandKind, u32)> =
        info.operands.iter().map(|&(_, kind)| (kind, value(p, proto, kind, c))).collect();
    put_together(info.code, &operands).ok()
}

/// Another op with, as far as they fit, the same operands.
fn replace(p: &mut Program, c: &mut Choices<'_>) {
    let which = proto_index(p, c);
    let at = op_index(&p.protos[which], c);
    let Some(&old) = p.protos[which].code.get(at) else { return };
    let Some(new) = random_op(p, &p.protos[which], c) else { return };
    let (code, mut operands) = taken_apart(new);
    let (_, had) = taken_apart(old);
    for (to, from) in operands.iter_mut().zip(&had) {
        if to.0 == from.0 {
            to.1 = from.1;
        }
    }
    if let Ok(op) = put_together(code, &operands) {
        p.protos[which].code[at] = op;
    }
}

/// Moves every target at or past `at` by `by`.
fn shift(code: &mut [Op], at: usize, by: i64) {
    for op in code {
        if op.target().is_some_and(|t| t.0 as usize >= at) {
            let (number, mut operands) = taken_apart(*op);
            for o in &mut operands {
                if o.0 == OperandKind::Target {
                    o.1 = u32::try_from(i64::from(o.1) + by).unwrap_or(0);
                }
            }
            if let Ok(moved) = put_together(number, &operands) {
                *op = moved;
            }
        }
    }
}

fn insert_ops(proto: &mut Proto, at: usize, ops: &[Op]) {
    // A hostile program may be long, a mutant that grew this way need not be.
    if proto.code.len() + ops.len() > 4000 {
        return;
    }
    shift(&mut proto.code, at, ops.len() as i64);
    proto.code.splice(at..at, ops.iter().copied());
}

fn insert(p: &mut Program, c: &mut Choices<'_>) {
    let which = proto_index(p, c);
    let at = op_index(&p.protos[which], c);
    let Some(op) = random_op(p, &p.protos[which], c) else { return };
    let block = Op::Block { cost: Count(0) };
    // What can jump ends its block.
    let ops = if op.target().is_some() || op.is_final() { vec![op, block] } else { vec![op] };
    insert_ops(&mut p.protos[which], at, &ops);
}

fn delete(p: &mut Program, c: &mut Choices<'_>) {
    let which = proto_index(p, c);
    let at = op_index(&p.protos[which], c);
    let proto = &mut p.protos[which];
    if at < proto.code.len() && proto.code.len() > 2 {
        proto.code.remove(at);
        shift(&mut proto.code, at + 1, -1);
    }
}

/// A few neighbouring ops once more, elsewhere, perhaps in another function.
fn copy_run(p: &mut Program, c: &mut Choices<'_>) {
    let (from, to) = (proto_index(p, c), proto_index(p, c));
    let start = op_index(&p.protos[from], c);
    let n = 1 + c.below(6);
    let run: Vec<Op> = p.protos[from].code.iter().skip(start).take(n).copied().collect();
    let at = op_index(&p.protos[to], c);
    insert_ops(&mut p.protos[to], at, &run);
}

fn swap(p: &mut Program, c: &mut Choices<'_>) {
    let which = proto_index(p, c);
    let code = &mut p.protos[which].code;
    let (a, b) = (c.below(code.len()), c.below(code.len()));
    if a < code.len() && b < code.len() {
        code.swap(a, b);
    }
}

/// A block where there was none, and perhaps a jump that makes a loop or leaves one.
fn new_block(p: &mut Program, c: &mut Choices<'_>) {
    let which = proto_index(p, c);
    let at = op_index(&p.protos[which], c);
    let block = Op::Block { cost: Count(0) };
    let proto = &mut p.protos[which];
    if c.one_in(2) {
        insert_ops(proto, at, &[block]);
    } else {
        let to = Target(value(&Program::clone(p), &p.protos[which], OperandKind::Target, c));
        insert_ops(&mut p.protos[which], at, &[Op::Jump { to }, block]);
    }
}

fn constant(p: &mut Program, c: &mut Choices<'_>) {
    let new = match c.below(9) {
        0 => Const::Nil,
        1 => Const::Bool(c.one_in(2)),
        2..=4 => Const::Int(c.int()),
        5 => Const::Fixed(c.int()),
        6 => Const::Str(c.of(&["__index", "__newindex", "__call", "__eq", "__lt", "__concat", "__len", "n"]).into()),
        7 => Const::Str(c.of(&["%d", "%s%5.3f", "(.-)%1", "<i8", "%b()", "", "10", "0x10", "1.5"]).into()),
        _ => Const::Str(vec![c.byte(); c.below(300)]),
    };
    if p.consts.is_empty() || c.one_in(3) {
        p.consts.push(new);
    } else {
        let i = c.below(p.consts.len());
        p.consts[i] = new;
    }
}

fn library(p: &mut Program, c: &mut Choices<'_>) {
    let name = c.of(libraries(p.policy.is_some())).to_owned();
    if p.libs.is_empty() || c.one_in(3) {
        p.libs.push(name);
    } else {
        let i = c.below(p.libs.len());
        p.libs[i] = name;
    }
}

fn captures(p: &mut Program, c: &mut Choices<'_>) {
    let which = proto_index(p, c);
    let n = c.byte() % 12;
    let new = match c.below(4) {
        0 => Capture::Reg(n),
        1 => Capture::Cell(n % 3),
        2 => Capture::Up(n % 4),
        _ => Capture::SelfFn,
    };
    let list = &mut p.protos[which].captures;
    if list.is_empty() || c.one_in(3) {
        list.push(new);
    } else {
        let i = c.below(list.len());
        list[i] = new;
    }
}

fn signature(p: &mut Program, c: &mut Choices<'_>) {
    let which = proto_index(p, c);
    let proto = &mut p.protos[which];
    let n = c.byte();
    match c.below(4) {
        0 => proto.params = n % 8,
        1 => proto.vararg = !proto.vararg,
        2 => proto.regs = n,
        _ => proto.cells = n % 16,
    }
}

/// A table of the policy.
fn policy(p: &mut Program, c: &mut Choices<'_>) {
    let protos = p.protos.len();
    let Some(policy) = &mut p.policy else { return };
    let kind = match c.below(4) {
        0 => IndexKind::Equal,
        1 => IndexKind::Holds,
        2 => IndexKind::Glob(vec!["/".into()]),
        _ => IndexKind::Glob(vec![]),
    };
    match c.below(9) {
        0 => policy.memos = c.below(6) as u32,
        1 => policy.envs = 2 + c.below(4) as u32,
        2 => policy.query = c.one_in(2).then(|| c.below(protos) as u32),
        3 if !policy.input_reads.is_empty() => {
            let i = c.below(policy.input_reads.len());
            policy.input_reads[i].pop();
        }
        3 | 4 if !policy.indexes.is_empty() => {
            let i = c.below(policy.indexes.len());
            policy.indexes[i].kind = kind;
        }
        _ if policy.documents.is_empty() => {}
        what => {
            let i = c.below(policy.documents.len());
            let d = &mut policy.documents[i];
            match what {
                5 => d.reads_input = !d.reads_input,
                6 => d.memo = c.one_in(2).then(|| c.below(policy.memos.max(1) as usize) as u32),
                7 => d.proto = c.below(protos) as u32,
                _ => d.kind = c.of(&[DocumentKind::Complete, DocumentKind::Set, DocumentKind::Function(1)]),
            }
        }
    }
}

fn key_list(p: &mut Program, c: &mut Choices<'_>) {
    let key = c.below(p.consts.len()) as u32;
    if p.key_lists.is_empty() || c.one_in(4) {
        p.key_lists.push(vec![key]);
        return;
    }
    let i = c.below(p.key_lists.len());
    let list = &mut p.key_lists[i];
    if c.one_in(2) || list.is_empty() {
        list.push(key);
    } else {
        let j = c.below(list.len());
        list[j] = key;
    }
}

/// A copy of a function, made where another one is.
fn new_function(p: &mut Program, c: &mut Choices<'_>) {
    let (of, by) = (proto_index(p, c), proto_index(p, c));
    if p.protos.len() > 60 {
        return;
    }
    let made = gatos_elc::ops::ProtoId(p.protos.len() as u32);
    let mut copy = p.protos[of].clone();
    // A function has one maker, so a copy makes nothing.
    copy.code.retain(|op| !matches!(op, Op::Closure { .. }));
    if copy.code.len() != p.protos[of].code.len() {
        return;
    }
    p.protos.push(copy);
    let at = op_index(&p.protos[by], c);
    let dst = gatos_elc::ops::Reg(c.byte() % p.protos[by].regs.max(1));
    insert_ops(&mut p.protos[by], at, &[Op::Closure { dst, proto: made }]);
}
