//! Verification: the one gate between a program as data and a program that may run.
//!
//! This file and the two below it are the safety argument for every tier of the VM. A
//! [`Verified`] program holds these promises, on which unchecked code may rely:
//!
//! - every operand names something that exists, and of the right type; every register an
//!   op touches is inside its frame ([`shape`]);
//! - every jump lands on a `Block`, no path runs off the end of a function, and every op
//!   is paid for by the block it stands in, so no loop is free ([`shape`]);
//! - on every path, a register or cell is filled before it is read, the state of a numeric
//!   loop is what its `ForPrep` left, and an open count has a producer just before it
//!   ([`flow`]);
//! - functions form trees below the main chunk and the modules, so that each upvalue is
//!   once and for all a value or a cell (this file).
//!
//! Nothing here recurses, and the work is bounded by the program's size times a constant.

mod bits;
mod flow;
mod policy;
mod reason;
mod shape;

pub use reason::{Reason, VerifyError};

use crate::limits::{MAX_BYTES, MAX_CAPTURES, MAX_CELLS, MAX_ITEMS, MAX_OPS, MAX_REGS};
use crate::ops::Op;
use crate::program::{Capture, Const, Program, ProgramKind, Proto};
use alloc::collections::BTreeSet;
use alloc::vec;
use alloc::vec::Vec;
use bits::Bits;
use gatos_canon::{Sha256, sha256};

/// Something that was checked. Only [`verify`] makes one.
#[derive(Clone, Debug)]
pub struct Verified<T> {
    value: T,
    root: Sha256,
}

impl Verified<Program> {
    /// The program.
    pub fn program(&self) -> &Program {
        &self.value
    }

    /// SHA-256 of the program's ELC bytes: its name everywhere.
    pub fn fold_root(&self) -> Sha256 {
        self.root
    }

    /// The program's ELC bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        crate::encode::encode(&self.value)
    }

    /// Gives up the promise and returns the data.
    pub fn into_program(self) -> Program {
        self.value
    }
}

/// Checks a program.
///
/// # Errors
/// The first rule that does not hold, with the function and op where it was seen.
pub fn verify(program: Program) -> Result<Verified<Program>, VerifyError> {
    tables(&program)?;
    policy::tables(&program)?;
    let makers = makers(&program)?;
    let upvalues = upvalues(&program, &makers)?;
    let mut scratch = flow::Scratch::default();
    for (index, proto) in program.protos.iter().enumerate() {
        let function = Function { index: index as u32, proto, program: &program, upvalues: &upvalues };
        shape::check(&function)?;
        policy::with(&function)?;
        flow::check(&function, &mut scratch)?;
    }
    let bytes = crate::encode::encode(&program);
    if bytes.len() > MAX_BYTES {
        return Err(whole(Reason::TooMany { what: "bytes", limit: MAX_BYTES as u32 }));
    }
    let root = sha256(&bytes);
    Ok(Verified { value: program, root })
}

/// One function on the table, with what its checks need to know of the others.
pub(crate) struct Function<'a> {
    index: u32,
    proto: &'a Proto,
    program: &'a Program,
    upvalues: &'a [Upvalues],
}

impl Function<'_> {
    fn fail<T>(&self, op: usize, reason: Reason) -> Result<T, VerifyError> {
        Err(VerifyError { proto: Some(self.index), op: Some(op as u32), reason })
    }

    fn key_count(&self, keys: crate::ops::KeysId) -> u32 {
        self.program.key_lists.get(keys.0 as usize).map_or(0, |l| u32::try_from(l.len()).unwrap_or(u32::MAX))
    }
}

/// What is known of a function's upvalues before its code is looked at.
#[derive(Clone, Default)]
struct Upvalues {
    /// Which of them are cells; the others are values.
    cells: Bits,
    /// Registers of the maker that are captured.
    from_regs: Bits,
    /// Cell slots of the maker that are captured.
    from_cells: Bits,
}

fn whole(reason: Reason) -> VerifyError {
    VerifyError { proto: None, op: None, reason }
}

fn of_proto(proto: usize, reason: Reason) -> VerifyError {
    VerifyError { proto: Some(proto as u32), op: None, reason }
}

/// Sizes and distinctness of the program's tables, and the signatures of its functions.
fn tables(program: &Program) -> Result<(), VerifyError> {
    let sizes = [
        ("constants", program.consts.len()),
        ("library names", program.libs.len()),
        ("globals", program.globals.len()),
        ("key lists", program.key_lists.len()),
        ("functions", program.protos.len()),
        ("modules", program.modules.len()),
    ];
    for (what, len) in sizes {
        if len > MAX_ITEMS {
            return Err(whole(Reason::TooMany { what, limit: MAX_ITEMS as u32 }));
        }
    }
    distinct("constant", program.consts.iter())?;
    distinct("library name", program.libs.iter())?;
    distinct("global", program.globals.iter())?;
    distinct("module", program.modules.iter().map(|m| &m.name))?;
    for (index, keys) in program.key_lists.iter().enumerate() {
        let list = index as u32;
        if keys.is_empty() {
            return Err(whole(Reason::KeysEmpty { list }));
        }
        if keys.len() > usize::from(MAX_REGS) {
            return Err(whole(Reason::KeysLong { list }));
        }
        let mut seen = BTreeSet::new();
        for &k in keys {
            if !matches!(program.consts.get(k as usize), Some(Const::Str(_))) {
                return Err(whole(Reason::KeyNotString { list, k }));
            }
            // Constants are distinct, so distinct numbers are distinct keys.
            if !seen.insert(k) {
                return Err(whole(Reason::KeyRepeated { list, k }));
            }
        }
    }
    for (index, p) in program.protos.iter().enumerate() {
        let fail = |reason| Err(of_proto(index, reason));
        if p.regs > MAX_REGS {
            return fail(Reason::Registers { regs: p.regs });
        }
        if p.cells > MAX_CELLS {
            return fail(Reason::Cells { cells: p.cells });
        }
        if p.params > p.regs {
            return fail(Reason::Params { params: p.params, regs: p.regs });
        }
        if p.captures.len() > MAX_CAPTURES {
            return fail(Reason::TooMany { what: "upvalues", limit: MAX_CAPTURES as u32 });
        }
        if p.code.len() > MAX_OPS {
            return fail(Reason::TooMany { what: "ops", limit: MAX_OPS as u32 });
        }
    }
    let Some(main) = program.protos.first() else {
        return Err(whole(Reason::NoMain));
    };
    if main.params != 0 || !main.vararg || !main.captures.is_empty() {
        return Err(of_proto(0, Reason::MainSignature));
    }
    Ok(())
}

fn distinct<T: Ord>(what: &'static str, items: impl Iterator<Item = T>) -> Result<(), VerifyError> {
    let mut sorted: Vec<(T, u32)> = items.zip(0u32..).collect();
    sorted.sort_unstable();
    match sorted.windows(2).find(|w| w[0].0 == w[1].0) {
        Some(pair) => Err(whole(Reason::Repeated { what, index: pair[1].1 })),
        None => Ok(()),
    }
}

/// Who makes each function: `None` for the main chunk and the modules, which the machine
/// starts itself; for every other, the one function whose `Closure` ops name it.
fn makers(program: &Program) -> Result<Vec<Option<u32>>, VerifyError> {
    let count = program.protos.len();
    let mut started = vec![false; count];
    started[0] = true;
    for (m, entry) in program.modules.iter().enumerate() {
        let module = m as u32;
        let Some(proto) = program.protos.get(entry.proto as usize) else {
            return Err(whole(Reason::ModuleProto { module, proto: entry.proto }));
        };
        let slot = &mut started[entry.proto as usize];
        if *slot {
            return Err(whole(Reason::ModuleShared { module, proto: entry.proto }));
        }
        *slot = true;
        if proto.params != 0 || !proto.captures.is_empty() {
            return Err(of_proto(entry.proto as usize, Reason::ModuleSignature));
        }
    }
    let mut makers: Vec<Option<u32>> = vec![None; count];
    for (maker, p) in program.protos.iter().enumerate() {
        for (at, op) in p.code.iter().enumerate() {
            let Op::Closure { proto: made, .. } = *op else { continue };
            let fail = |reason| Err(VerifyError { proto: Some(maker as u32), op: Some(at as u32), reason });
            match makers.get_mut(made.0 as usize) {
                None => {
                    return fail(Reason::Range { operand: "proto", value: made.0, count: count as u32 });
                }
                Some(_) if started[made.0 as usize] => return fail(Reason::MakesStarted { made: made.0 }),
                Some(Some(other)) if *other != maker as u32 => {
                    return fail(Reason::MadeTwice { made: made.0, other: *other });
                }
                Some(slot) => *slot = Some(maker as u32),
            }
        }
    }
    Ok(makers)
}

/// Settles the kind of every upvalue, from the started functions down; what this does not
/// reach is never made.
fn upvalues(program: &Program, makers: &[Option<u32>]) -> Result<Vec<Upvalues>, VerifyError> {
    let count = program.protos.len();
    // Children of each function as one array of runs, without a list a function.
    let mut first = vec![0u32; count + 1];
    makers.iter().flatten().for_each(|&m| first[m as usize + 1] += 1);
    for i in 0..count {
        first[i + 1] += first[i];
    }
    let mut next = first.clone();
    let mut children = vec![0u32; first[count] as usize];
    for (made, maker) in makers.iter().enumerate() {
        if let Some(m) = maker {
            let at = &mut next[*m as usize];
            children[*at as usize] = made as u32;
            *at += 1;
        }
    }
    let started = core::iter::once(0).chain(program.modules.iter().map(|m| m.proto));
    let mut queue: Vec<u32> = started.collect();
    let mut reached = vec![false; count];
    queue.iter().for_each(|&q| reached[q as usize] = true);
    let mut known = vec![Upvalues::default(); count];
    while let Some(maker) = queue.pop() {
        let maker = maker as usize;
        for &made in &children[first[maker] as usize..first[maker + 1] as usize] {
            known[made as usize] = captured(program, made as usize, maker, &known[maker])?;
            reached[made as usize] = true;
            queue.push(made);
        }
    }
    // A policy's functions are called by number: there are no closures, and so no captures.
    let lost = |(i, reached): (usize, &bool)| match program.kind {
        ProgramKind::Policy => !program.protos[i].captures.is_empty(),
        ProgramKind::Fold | ProgramKind::Script => !reached,
    };
    match reached.iter().enumerate().position(lost) {
        Some(lost) => Err(of_proto(lost, Reason::NeverMade)),
        None => Ok(known),
    }
}

fn captured(program: &Program, made: usize, maker: usize, outer: &Upvalues) -> Result<Upvalues, VerifyError> {
    let (proto, maker) = (&program.protos[made], &program.protos[maker]);
    let mut out = Upvalues::default();
    for (i, capture) in proto.captures.iter().enumerate() {
        let is_cell = match *capture {
            Capture::Reg(r) if r < maker.regs => {
                out.from_regs.add(u32::from(r), 1);
                false
            }
            Capture::Cell(c) if c < maker.cells => {
                out.from_cells.add(u32::from(c), 1);
                true
            }
            Capture::Up(u) if usize::from(u) < maker.captures.len() => outer.cells.has(u32::from(u)),
            Capture::SelfFn => false,
            _ => return Err(of_proto(made, Reason::CaptureRange { upvalue: i as u32 })),
        };
        if is_cell {
            out.cells.add(i as u32, 1);
        }
    }
    Ok(out)
}
