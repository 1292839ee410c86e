//! The flow analysis beside a slow judge: random jumping code, every set of assigned
//! registers that any path can bring to any op, one by one. Both must say the same.

mod common;

use common::{BLOCK, int, r, script};
use gatos_elc::ops::*;
use gatos_elc::program::Program;
use gatos_elc::verify::Reason;
use gatos_elc::{disasm, verify};
use proptest::prelude::*;
use std::cell::Cell;
use std::collections::BTreeSet;

/// What holds at one point of one path: registers assigned, cells filled, loops intact.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Held {
    regs: BTreeSet<u32>,
    cells: BTreeSet<u32>,
    loops: BTreeSet<u32>,
}

impl Held {
    fn write(&mut self, reg: u32) {
        self.regs.insert(reg);
        self.loops.retain(|b| !(*b..b + 3).contains(&reg));
    }

    fn lose_from(&mut self, reg: u32) {
        self.regs.retain(|x| *x < reg);
        self.loops.retain(|b| b + 2 < reg);
    }
}

/// Whether some path reads something it did not fill.
fn some_path_fails(code: &[Op]) -> bool {
    let start = Held { regs: BTreeSet::new(), cells: BTreeSet::new(), loops: BTreeSet::new() };
    let mut seen = BTreeSet::new();
    let mut todo = vec![(0usize, start)];
    while let Some((at, mut held)) = todo.pop() {
        if !seen.insert((at, held.clone())) {
            continue;
        }
        let op = code[at];
        let reads: Vec<u32> = match op {
            Op::Move { a, .. } | Op::CellNew { a, .. } | Op::CellSet { a, .. } => vec![a.0.into()],
            Op::JTest { a, .. } | Op::JTestSet { a, .. } => vec![a.0.into()],
            Op::ForPrep { base, .. } | Op::ForLoop { base, .. } | Op::GenCall { base, .. } => {
                (0..3).map(|k| u32::from(base.0) + k).collect()
            }
            Op::GenLoop { base, .. } => vec![u32::from(base.0) + 3],
            Op::Call { base, args: N::Fixed(n), .. } => (0..=u32::from(n)).map(|k| u32::from(base.0) + k).collect(),
            _ => vec![],
        };
        if reads.iter().any(|x| !held.regs.contains(x)) {
            return true;
        }
        match op {
            Op::CellGet { cell, .. } | Op::CellSet { cell, .. } if !held.cells.contains(&cell.0.into()) => return true,
            Op::ForLoop { base, .. } if !held.loops.contains(&base.0.into()) => return true,
            _ => {}
        }
        let mut jumped = held.clone();
        match op {
            Op::LoadInt { dst, .. } | Op::Move { dst, .. } | Op::CellGet { dst, .. } => held.write(dst.0.into()),
            Op::CellNew { cell, .. } => _ = held.cells.insert(cell.0.into()),
            Op::JTestSet { dst, .. } => jumped.write(dst.0.into()),
            Op::ForPrep { base, .. } => {
                let base = u32::from(base.0);
                (0..4).for_each(|k| held.write(base + k));
                held.loops.insert(base);
                jumped.loops.retain(|b| b + 2 < base || *b > base + 3);
            }
            Op::ForLoop { base, .. } => {
                let base = u32::from(base.0);
                (0..4).for_each(|k| jumped.write(base + k));
                jumped.loops.insert(base);
                held.loops.retain(|b| b + 2 < base || *b > base + 3);
            }
            Op::GenCall { base, n } => {
                let first = u32::from(base.0) + 3;
                held.lose_from(first + n.0);
                (first..first + n.0).for_each(|x| held.write(x));
            }
            Op::GenLoop { base, .. } => jumped.write(u32::from(base.0) + 2),
            Op::Call { base, results: N::Fixed(n), .. } => {
                held.lose_from(base.0.into());
                (0..u32::from(n)).for_each(|k| held.write(u32::from(base.0) + k));
            }
            _ => {}
        }
        if let Some(t) = op.target() {
            todo.push((t.0 as usize, jumped));
        }
        if !op.is_final() {
            todo.push((at + 1, held));
        }
    }
    false
}

/// A few blocks of ops over few registers, jumping anywhere. Filling is likelier than
/// reading, so that both verdicts are common.
fn code(bytes: &[u8]) -> Vec<Op> {
    let mut bytes = bytes.iter().map(|b| usize::from(*b));
    let mut next = move |n: usize| bytes.next().unwrap_or(0) % n;
    let blocks = 2 + next(5);
    let mut out = Vec::new();
    let mut starts = Vec::new();
    // At the entry most registers are filled, so that what matters is what is lost.
    for block in 0..blocks {
        starts.push(out.len() as u32);
        out.push(BLOCK);
        if block == 0 {
            (0..next(9) as u8).for_each(|x| out.push(int(x, 1)));
            (0..next(3) as u8).for_each(|c| out.push(Op::CellNew { cell: CellSlot(c), a: r(0) }));
        }
        for _ in 0..next(4) {
            let (x, y) = (next(8) as u8, next(8) as u8);
            let cell = CellSlot(x % 2);
            out.push(match next(9) {
                0 | 1 => int(x, 1),
                2 => Op::Move { dst: r(y), a: r(x) },
                3 => Op::CellNew { cell, a: r(y) },
                4 => Op::CellGet { dst: r(y), cell },
                5 => Op::Call { base: r(x), args: N::Fixed(0), results: N::Fixed(y % 2) },
                6 => Op::GenCall { base: r(x % 4), n: Count(1 + u32::from(y % 2)) },
                _ => int(y, 1),
            });
        }
        // Targets are block numbers until all blocks are there.
        let (x, to) = (next(8) as u8, Target(next(blocks) as u32));
        let loop_base = r(x % 5);
        if block + 1 == blocks {
            out.push(common::RETURN);
            break;
        }
        match next(8) {
            0 => out.push(Op::Jump { to }),
            1 => out.push(Op::JTest { a: r(x), sense: Flag(true), to }),
            2 => out.push(Op::JTestSet { dst: r(x), a: r(next(8) as u8), sense: Flag(true), to }),
            3 => out.push(Op::ForPrep { base: r(0), exit: to }),
            4 => out.push(Op::ForPrep { base: loop_base, exit: to }),
            5 => out.push(Op::ForLoop { base: r(0), body: to }),
            6 => out.push(Op::GenLoop { base: loop_base, body: to }),
            _ => {}
        }
    }
    for op in &mut out {
        match op {
            Op::Jump { to } | Op::JTest { to, .. } | Op::JTestSet { to, .. } => to.0 = starts[to.0 as usize],
            Op::ForPrep { exit: to, .. } | Op::ForLoop { body: to, .. } | Op::GenLoop { body: to, .. } => {
                to.0 = starts[to.0 as usize];
            }
            _ => {}
        }
    }
    out
}

fn is_about_paths(reason: &Reason) -> bool {
    matches!(reason, Reason::RegisterUnset { .. } | Reason::CellUnset { .. } | Reason::LoopState { .. })
}

#[test]
fn says_what_walking_every_path_says() {
    let verdicts = [const { Cell::new(0u32) }; 2];
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(40_000));
    let bytes = proptest::collection::vec(any::<u8>(), 0..80);
    let outcome = runner.run(&bytes, |bytes| {
        let program: Program = script(code(&bytes));
        let fails = some_path_fails(&program.protos[0].code);
        match verify(program.clone()) {
            Ok(_) => prop_assert!(!fails, "accepted, but a path fails:\n{}", disasm(&program, None)),
            Err(e) => {
                prop_assert!(is_about_paths(&e.reason), "{}\n{}", e, disasm(&program, None));
                prop_assert!(fails, "{}, but no path fails:\n{}", e, disasm(&program, None));
            }
        }
        let count = &verdicts[usize::from(fails)];
        count.set(count.get() + 1);
        Ok(())
    });
    outcome.unwrap_or_else(|e| panic!("{e}"));
    assert!(verdicts.iter().all(|n| n.get() > 1000), "one-sided: {verdicts:?}");
}
