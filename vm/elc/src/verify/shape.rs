//! What can be seen op by op: operands name things that exist, blocks are where they must
//! be and cost what their ops cost, open results are taken at once.

use super::{Function, Reason, VerifyError};
use crate::limits::{MAX_BLOCKS, MAX_LIST_START, MAX_REGS};
use crate::ops::{N, Op, OperandKind};
use crate::program::{Const, ProgramKind};

/// Ops from this number on are those of policies.
const FIRST_DOCUMENT_OP: u8 = 0x60;

type Outcome = Result<(), VerifyError>;

pub(super) fn check(function: &Function<'_>) -> Outcome {
    blocks(function)?;
    for (at, op) in function.proto.code.iter().enumerate() {
        belongs(function, at, op)?;
        operands(function, at, op)?;
        types(function, at, op)?;
        registers(function, at, op)?;
    }
    open(function)
}

/// Blocks begin where control can arrive, state their cost, and the last one ends.
fn blocks(function: &Function<'_>) -> Outcome {
    let code = &function.proto.code;
    let Some(last) = code.last() else {
        return Err(VerifyError { proto: Some(function.index), op: None, reason: Reason::NoCode });
    };
    let (mut must_begin, mut count) = (true, 0usize);
    // The block under way: where it began, what it states, what its ops cost so far.
    let mut block = (0usize, 0u32, 0u64);
    for (at, op) in code.iter().enumerate() {
        if let Op::Block { cost } = op {
            settle(function, block)?;
            block = (at, cost.0, 0);
            count += 1;
            if count > MAX_BLOCKS {
                return function.fail(at, Reason::TooManyBlocks { limit: MAX_BLOCKS as u32 });
            }
        } else if must_begin {
            return function.fail(at, Reason::BlockMissing);
        }
        block.2 += u64::from(op.info().fuel);
        must_begin = op.target().is_some() || op.is_final();
        if let Some(to) = op.target()
            && !matches!(code.get(to.0 as usize), Some(Op::Block { .. }))
        {
            return function.fail(at, Reason::Target { to: to.0 });
        }
    }
    settle(function, block)?;
    if last.is_final() { Ok(()) } else { function.fail(code.len() - 1, Reason::RunsOff) }
}

fn settle(function: &Function<'_>, (at, stated, actual): (usize, u32, u64)) -> Outcome {
    if u64::from(stated) == actual { Ok(()) } else { function.fail(at, Reason::Cost { stated, actual }) }
}

/// Every index is inside its table.
fn operands(function: &Function<'_>, at: usize, op: &Op) -> Outcome {
    let (proto, program) = (function.proto, function.program);
    let policy = program.policy.as_ref();
    let mut wrong = None;
    op.visit_operands(|operand, kind, value| {
        let count = match kind {
            OperandKind::K => program.consts.len(),
            OperandKind::Proto => program.protos.len(),
            OperandKind::Up => proto.captures.len(),
            OperandKind::Cell => usize::from(proto.cells),
            OperandKind::Global => program.globals.len(),
            OperandKind::Lib => program.libs.len(),
            OperandKind::Module => program.modules.len(),
            OperandKind::Keys => program.key_lists.len(),
            OperandKind::Memo => policy.map_or(0, |p| p.memos as usize),
            OperandKind::Env => policy.map_or(0, |p| p.envs as usize),
            OperandKind::Index => policy.map_or(0, |p| p.indexes.len()),
            OperandKind::Rule => policy.map_or(0, |p| p.rules.len()),
            OperandKind::Choice => usize::from(choices(op)),
            // Registers, targets and counts have their own rules; the rest cannot be wrong.
            OperandKind::Reg
            | OperandKind::Target
            | OperandKind::Count
            | OperandKind::CountOrOpen
            | OperandKind::Imm
            | OperandKind::Flag => return,
        };
        let inside = usize::try_from(value).is_ok_and(|v| v < count);
        if !inside && wrong.is_none() {
            wrong = Some(Reason::Range { operand, value: value as u32, count: count as u32 });
        }
    });
    wrong.map_or(Ok(()), |reason| function.fail(at, reason))
}

/// How many kinds an op with a choice knows.
fn choices(op: &Op) -> u8 {
    match op {
        Op::JDocCmp { .. } => 4,
        Op::DocArith { .. } => 7,
        _ => 3,
    }
}

/// Ops that mean something in every kind of program.
fn is_common(op: &Op) -> bool {
    use Op::*;
    matches!(
        op,
        Block { .. }
            | Move { .. }
            | LoadNil { .. }
            | LoadBool { .. }
            | LoadInt { .. }
            | LoadK { .. }
            | Lib { .. }
            | Not { .. }
            | Jump { .. }
            | JTest { .. }
            | JTestSet { .. }
            | JEqK { .. }
            | JLtK { .. }
            | JLeK { .. }
            | JGtK { .. }
            | JGeK { .. }
            | Call { args: N::Fixed(_), results: N::Fixed(_), .. }
            | Return { n: N::Fixed(_), .. }
    )
}

/// A policy computes with documents and never changes one; other programs have tables.
fn belongs(function: &Function<'_>, at: usize, op: &Op) -> Outcome {
    let policy = function.program.kind == ProgramKind::Policy;
    if is_common(op) || (op.info().code >= FIRST_DOCUMENT_OP) == policy {
        return Ok(());
    }
    function.fail(at, if policy { Reason::NotInPolicy } else { Reason::OnlyInPolicy })
}

/// Constants, upvalues and counts are of the kind that the op needs.
fn types(function: &Function<'_>, at: usize, op: &Op) -> Outcome {
    use Op::*;
    let constant = |k: crate::ops::K, want: &'static str, ok: fn(&Const) -> bool| match function
        .program
        .consts
        .get(k.0 as usize)
    {
        Some(c) if ok(c) => Ok(()),
        _ => function.fail(at, Reason::ConstType { k: k.0, want }),
    };
    let count = |operand: &'static str, value: u32, least: u32, most: u32| {
        if (least..=most).contains(&value) {
            Ok(())
        } else {
            function.fail(at, Reason::CountRange { operand, value, least, most })
        }
    };
    let is_cell = |up: crate::ops::Up| function.upvalues[function.index as usize].cells.has(u32::from(up.0));
    match *op {
        LoadK { k, .. } => constant(k, "a number or string", |c| !matches!(c, Const::Nil | Const::Bool(_))),
        GetField { key, .. }
        | SetField { key, .. }
        | Method { key, .. }
        | DocField { key, .. }
        | JDocField { key, .. } => constant(key, "a string", |c| matches!(c, Const::Str(_))),
        AddK { k, .. }
        | SubK { k, .. }
        | MulK { k, .. }
        | DivK { k, .. }
        | IDivK { k, .. }
        | ModK { k, .. }
        | JLtK { k, .. }
        | JLeK { k, .. }
        | JGtK { k, .. }
        | JGeK { k, .. } => constant(k, "a number", |c| matches!(c, Const::Int(_) | Const::Fixed(_))),
        UpGet { up, .. } if is_cell(up) => function.fail(at, Reason::UpvalueIsCell { up: up.0.into() }),
        UpCellGet { up, .. } | UpCellSet { up, .. } if !is_cell(up) => {
            function.fail(at, Reason::UpvalueIsValue { up: up.0.into() })
        }
        LoadNil { n, .. } | GenCall { n, .. } => count("n", n.0, 1, MAX_REGS.into()),
        Concat { n, .. } => count("n", n.0, 2, MAX_REGS.into()),
        SetList { start, .. } => count("start", start.0, 1, MAX_LIST_START),
        DocArray { n, .. } | DocSet { n, .. } => count("n", n.0, 0, MAX_REGS.into()),
        CallRule { proto, n, .. } => {
            let callee = &function.program.protos[proto.0 as usize];
            if proto.0 == 0 || callee.vararg || !callee.captures.is_empty() {
                return function.fail(at, Reason::CalledSignature { called: proto.0 });
            }
            count("n", n.0, callee.params.into(), callee.params.into())
        }
        Vararg { .. } if !function.proto.vararg => function.fail(at, Reason::NoVarargs),
        _ => Ok(()),
    }
}

/// Every register, and every run of registers, lies inside the frame.
fn registers(function: &Function<'_>, at: usize, op: &Op) -> Outcome {
    let regs = function.proto.regs;
    let mut wrong = None;
    let mut run = |first: u32, n: u32| {
        if u64::from(first) + u64::from(n) > u64::from(regs) && wrong.is_none() {
            wrong = Some(Reason::RegisterRange { first, n, regs });
        }
    };
    op.visit_spans(|keys| function.key_count(keys), |_, first, n| run(first, n));
    // What the visitor leaves out: the written side of `JTestSet`, and where open runs begin.
    match *op {
        Op::JTestSet { dst, .. } | Op::Vararg { dst, n: N::Open } => run(dst.0.into(), 1),
        Op::Return { first, n: N::Open } | Op::SetList { first, n: N::Open, .. } => run(first.0.into(), 1),
        _ => {}
    }
    wrong.map_or(Ok(()), |reason| function.fail(at, reason))
}

/// Open results are taken by the very next op, and an open count has them.
fn open(function: &Function<'_>) -> Outcome {
    let mut produced: Option<u32> = None;
    for (at, op) in function.proto.code.iter().enumerate() {
        match (produced, open_taken(op)) {
            (None, None) => {}
            (Some(_), None) => return function.fail(at - 1, Reason::OpenLeft),
            (None, Some(_)) => return function.fail(at, Reason::OpenMissing),
            (Some(producer), Some(first)) if first > producer => {
                return function.fail(at, Reason::OpenAbove { first, producer });
            }
            (Some(_), Some(_)) => {}
        }
        produced = open_left(op);
    }
    // The last op is final, so it leaves nothing open.
    Ok(())
}

/// Where the results begin that the op leaves open.
pub(super) fn open_left(op: &Op) -> Option<u32> {
    match *op {
        Op::Call { base, results: N::Open, .. } => Some(base.0.into()),
        Op::Vararg { dst, n: N::Open } => Some(dst.0.into()),
        _ => None,
    }
}

/// Where the registers begin that the op takes up to an open end.
pub(super) fn open_taken(op: &Op) -> Option<u32> {
    match *op {
        Op::Call { base, args: N::Open, .. } | Op::TailCall { base, args: N::Open } => Some(u32::from(base.0) + 1),
        Op::Return { first, n: N::Open } | Op::SetList { first, n: N::Open, .. } => Some(first.0.into()),
        _ => None,
    }
}
