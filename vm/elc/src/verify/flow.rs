//! What depends on how control got there: nothing is read before it is filled.
//!
//! Several things can be *missing* at a point: a register's value, a cell slot's cell, the
//! loop state of a numeric loop (registers `base..base+3` as `ForPrep` or `ForLoop` left
//! them) or of a walk over a document, and what `DocNew` began to collect. The analysis finds the least set that is missing on some path from the
//! entry, block by block until nothing changes, and then walks each reachable block once
//! and refuses a read of something missing. Blocks no path reaches are not walked: their
//! ops never run.
//!
//! The missing sets only grow, so the rounds end; there are at most as many as a chain of
//! backward jumps can delay one register, usually two.

use super::bits::Bits;
use super::shape::{open_left, open_taken};
use super::{Function, Reason, VerifyError};
use crate::ops::{N, Op, Use};
use alloc::vec::Vec;

/// What is missing at a point.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
struct Missing {
    regs: Bits,
    cells: Bits,
    /// By the base register of the loop, or of the walk over a document: a policy has only
    /// walks, and other programs only loops.
    loops: Bits,
    /// Registers that do not hold what `DocNew` began to collect.
    collected: Bits,
    /// Registers that may hold it. This one is not missing but there; it grows all the same.
    collecting: Bits,
}

impl Missing {
    fn map2(self, o: Missing, f: impl Fn(Bits, Bits) -> Bits) -> Missing {
        Missing {
            regs: f(self.regs, o.regs),
            cells: f(self.cells, o.cells),
            loops: f(self.loops, o.loops),
            collected: f(self.collected, o.collected),
            collecting: f(self.collecting, o.collecting),
        }
    }
}

/// What a stretch of code does to the missing set: first `fills`, then `empties`.
#[derive(Clone, Copy, Default)]
struct Effect {
    fills: Missing,
    empties: Missing,
}

impl Effect {
    fn apply(&self, before: Missing) -> Missing {
        before.map2(self.fills, Bits::minus).map2(self.empties, Bits::union)
    }

    fn fill(&mut self, what: Missing) {
        self.fills = self.fills.map2(what, Bits::union);
        self.empties = self.empties.map2(what, Bits::minus);
    }

    fn empty(&mut self, what: Missing) {
        self.empties = self.empties.map2(what, Bits::union);
        self.fills = self.fills.map2(what, Bits::minus);
    }

    /// Registers get values; loops that keep their state in them lose it.
    fn write(&mut self, from: u32, n: u32) {
        let run = Bits::run(from, n);
        self.fill(Missing { regs: run, collecting: run, ..Missing::default() });
        self.empty(Missing { collected: run, ..Missing::default() });
        self.unloop(from, n);
    }

    /// Registers lose what they hold.
    fn unset(&mut self, from: u32, n: u32) {
        let run = Bits::run(from, n);
        self.fill(Missing { collecting: run, ..Missing::default() });
        self.empty(Missing { regs: run, collected: run, ..Missing::default() });
        self.unloop(from, n);
    }

    /// A walk begins: key and value are there; its own registers are no values.
    fn start_walk(&mut self, base: u32, document: bool) {
        self.write(base, 5);
        self.unset(if document { base + 1 } else { base }, if document { 2 } else { 3 });
        self.start_loop(base);
    }

    /// Everything from a register up is lost, as a called function's frame lies there.
    fn clobber(&mut self, from: u32) {
        self.unset(from, 256);
    }

    fn unloop(&mut self, from: u32, n: u32) {
        let below = from.saturating_sub(2);
        let loops = Bits::run(below, n.saturating_add(from - below));
        self.empty(Missing { loops, ..Missing::default() });
    }

    fn start_loop(&mut self, base: u32) {
        self.fill(Missing { loops: Bits::run(base, 1), ..Missing::default() });
    }

    /// What `op` does whichever way it goes on.
    fn op(&mut self, function: &Function<'_>, op: &Op) {
        match *op {
            // These write on one of their edges; see `edge`.
            Op::ForPrep { .. }
            | Op::ForLoop { .. }
            | Op::GenLoop { .. }
            | Op::DocIter { .. }
            | Op::DocNext { .. }
            | Op::IndexIter { .. } => return,
            Op::DocNew { dst, .. } => {
                let run = Bits::run(dst.0.into(), 1);
                self.write(dst.0.into(), 1);
                self.fill(Missing { collected: run, ..Missing::default() });
                self.empty(Missing { collecting: run, ..Missing::default() });
                return;
            }
            Op::CallRule { base, .. } => self.clobber(u32::from(base.0) + 1),
            Op::CellNew { cell, .. } => {
                self.fill(Missing { cells: Bits::run(cell.0.into(), 1), ..Missing::default() });
            }
            Op::Call { base, results, .. } => self.clobber(match results {
                N::Fixed(n) => u32::from(base.0) + u32::from(n),
                N::Open => base.0.into(),
            }),
            Op::Vararg { dst, n: N::Open } => self.clobber(dst.0.into()),
            Op::GenCall { base, n } => self.clobber(u32::from(base.0) + 3 + n.0),
            _ => {}
        }
        op.visit_spans(
            |keys| function.key_count(keys),
            |role, from, n| {
                if role == Use::Write {
                    self.write(from, n);
                }
            },
        );
    }

    /// Whether the last op of a block does nothing more on any way out.
    fn edges_alike(op: &Op) -> bool {
        !matches!(
            op,
            Op::JTestSet { .. }
                | Op::ForPrep { .. }
                | Op::ForLoop { .. }
                | Op::GenLoop { .. }
                | Op::DocIter { .. }
                | Op::DocNext { .. }
                | Op::IndexIter { .. }
        )
    }

    /// What the last op of a block does on one way out of it.
    fn edge(op: &Op, jumps: bool) -> Effect {
        let mut e = Effect::default();
        match *op {
            Op::JTestSet { dst, .. } if jumps => e.write(dst.0.into(), 1),
            Op::ForPrep { base, .. } => {
                let base = u32::from(base.0);
                if jumps {
                    // No round: the index was perhaps never copied.
                    e.unloop(base, 4);
                } else {
                    e.write(base, 4);
                    e.start_loop(base);
                }
            }
            Op::ForLoop { base, .. } => {
                let base = u32::from(base.0);
                if jumps {
                    e.write(base, 4);
                    e.start_loop(base);
                } else {
                    e.unloop(base, 4);
                }
            }
            Op::GenLoop { base, .. } if jumps => e.write(u32::from(base.0) + 2, 1),
            Op::DocIter { base, .. } if jumps => e.unset(u32::from(base.0) + 1, 4),
            Op::DocIter { base, .. } => e.start_walk(base.0.into(), true),
            Op::IndexIter { base, .. } if jumps => e.unset(base.0.into(), 5),
            Op::IndexIter { base, .. } => e.start_walk(base.0.into(), false),
            // What `base` holds stays: the document, or nothing that is a value.
            Op::DocNext { base, .. } => {
                let base = u32::from(base.0);
                e.unset(base + 1, 4);
                if jumps {
                    e.write(base + 3, 2);
                    e.start_loop(base);
                }
            }
            _ => {}
        }
        e
    }
}

/// A block as the analysis sees it.
struct Node {
    /// Its ops: `code[from..to]`.
    from: u32,
    to: u32,
    /// What its ops do, but for the last one's edges.
    effect: Effect,
    /// The block control falls into.
    next: Option<u32>,
    /// The block its last op jumps to.
    jump: Option<u32>,
    /// What is missing at its beginning on some path.
    missing: Missing,
    dirty: bool,
    reached: bool,
}

/// Memory kept from one function to the next.
#[derive(Default)]
pub(super) struct Scratch {
    nodes: Vec<Node>,
    /// Reachable blocks, each before those it leads to but for backward jumps.
    order: Vec<u32>,
    /// The place of each block in `order`.
    place: Vec<u32>,
    stack: Vec<(u32, u8)>,
}

pub(super) fn check(function: &Function<'_>, scratch: &mut Scratch) -> Result<(), VerifyError> {
    build(function, scratch);
    order(scratch);
    solve(function, scratch);
    scratch.nodes.iter().filter(|n| n.reached).try_for_each(|node| walk(function, node))
}

fn build(function: &Function<'_>, scratch: &mut Scratch) {
    let code = &function.proto.code;
    let nodes = &mut scratch.nodes;
    nodes.clear();
    for (at, op) in code.iter().enumerate() {
        if matches!(op, Op::Block { .. }) {
            nodes.push(Node {
                from: at as u32,
                to: at as u32,
                effect: Effect::default(),
                next: None,
                jump: None,
                missing: Missing::default(),
                dirty: false,
                reached: false,
            });
        }
        if let Some(node) = nodes.last_mut() {
            node.effect.op(function, op);
            node.to = at as u32 + 1;
        }
    }
    let node_at = |nodes: &[Node], op: u32| nodes.binary_search_by_key(&op, |n| n.from).ok().map(|i| i as u32);
    for i in 0..nodes.len() {
        let last = &code[nodes[i].to as usize - 1];
        let jump = last.target().and_then(|t| node_at(nodes, t.0));
        let next = (!last.is_final()).then_some(i as u32 + 1);
        (nodes[i].jump, nodes[i].next) = (jump, next);
    }
}

/// Lists the reachable blocks in reverse postorder.
fn order(scratch: &mut Scratch) {
    let Scratch { nodes, order, place, stack } = scratch;
    order.clear();
    stack.clear();
    let enter = |nodes: &mut Vec<Node>, stack: &mut Vec<(u32, u8)>, n: Option<u32>| {
        if let Some(i) = n
            && let Some(node) = nodes.get_mut(i as usize)
            && !node.reached
        {
            node.reached = true;
            stack.push((i, 0));
        }
    };
    enter(nodes, stack, Some(0));
    while let Some((i, step)) = stack.last_mut() {
        let i = *i;
        *step += 1;
        match *step {
            1 => enter(nodes, stack, nodes[i as usize].jump),
            2 => enter(nodes, stack, nodes[i as usize].next),
            _ => {
                order.push(i);
                stack.pop();
            }
        }
    }
    order.reverse();
    place.clear();
    place.resize(nodes.len(), 0);
    for (p, &i) in order.iter().enumerate() {
        place[i as usize] = p as u32;
    }
}

fn solve(function: &Function<'_>, scratch: &mut Scratch) {
    let Scratch { nodes, order, place, .. } = scratch;
    let Some(entry) = nodes.first_mut() else { return };
    entry.missing = Missing {
        regs: Bits::run(function.proto.params.into(), 256),
        cells: Bits::run(0, 256),
        loops: Bits::run(0, 256),
        collected: Bits::run(0, 256),
        collecting: Bits::default(),
    };
    // Every reachable block once, then those that learnt of something more.
    order.iter().for_each(|&i| nodes[i as usize].dirty = true);
    let mut again = true;
    while again {
        again = false;
        for &i in order.iter() {
            let node = &mut nodes[i as usize];
            if !core::mem::take(&mut node.dirty) {
                continue;
            }
            let last = &function.proto.code[node.to as usize - 1];
            let after = node.effect.apply(node.missing);
            // Most jumps fill nothing: both ways out see the same.
            let same = Effect::edges_alike(last);
            for (to, jumps) in [(node.next, false), (node.jump, true)] {
                let Some(to) = to else { continue };
                let out = if same { after } else { Effect::edge(last, jumps).apply(after) };
                let target = &mut nodes[to as usize];
                let joined = target.missing.map2(out, Bits::union);
                if joined != target.missing {
                    target.missing = joined;
                    target.dirty = true;
                    again |= place[to as usize] <= place[i as usize];
                }
            }
        }
    }
}

/// Checks each op of a block against what is missing before it.
fn walk(function: &Function<'_>, node: &Node) -> Result<(), VerifyError> {
    let code = &function.proto.code;
    let mut missing = node.missing;
    for at in node.from as usize..node.to as usize {
        let op = &code[at];
        let unset = |from: u32, n: u32| missing.regs.both(Bits::run(from, n)).first();
        let mut unread = None;
        let mut no_value = None;
        // The register in which the op goes on collecting, and the registers of a walk that
        // are no values: these two have rules of their own.
        let own = match *op {
            Op::DocPush { acc, .. } | Op::DocPut { acc, .. } | Op::DocSeal { acc } => {
                let acc = u32::from(acc.0);
                if missing.collected.has(acc) {
                    return function.fail(at, Reason::NotCollecting { reg: acc });
                }
                Some((acc, 1))
            }
            Op::DocNext { base, .. } => {
                if missing.loops.has(base.0.into()) {
                    return function.fail(at, Reason::WalkState { base: base.0.into() });
                }
                Some((base.0.into(), 3))
            }
            _ => None,
        };
        let mut first = true;
        op.visit_spans(
            |keys| function.key_count(keys),
            |role, from, n| {
                let owned = core::mem::take(&mut first) && own == Some((from, n));
                if role == Use::Read && !owned {
                    unread = unread.or(unset(from, n));
                    no_value = no_value.or(missing.collecting.both(Bits::run(from, n)).first());
                }
            },
        );
        if let (Some(first), Some(producer)) = (open_taken(op), at.checked_sub(1).and_then(|p| open_left(&code[p]))) {
            unread = unread.or(unset(first, producer.saturating_sub(first)));
        }
        if let Some(reg) = unread {
            return function.fail(at, Reason::RegisterUnset { reg });
        }
        if let Some(reg) = no_value {
            return function.fail(at, Reason::Collecting { reg });
        }
        match *op {
            Op::CellGet { cell, .. } | Op::CellSet { cell, .. } if missing.cells.has(cell.0.into()) => {
                return function.fail(at, Reason::CellUnset { cell: cell.0.into() });
            }
            Op::ForLoop { base, .. } if missing.loops.has(base.0.into()) => {
                return function.fail(at, Reason::LoopState { base: base.0.into() });
            }
            Op::Closure { proto, .. } => {
                let ups = &function.upvalues[proto.0 as usize];
                if let Some(reg) = missing.regs.both(ups.from_regs).first() {
                    return function.fail(at, Reason::CapturedRegisterUnset { reg });
                }
                if let Some(cell) = missing.cells.both(ups.from_cells).first() {
                    return function.fail(at, Reason::CapturedCellUnset { cell });
                }
            }
            _ => {}
        }
        let mut effect = Effect::default();
        effect.op(function, op);
        missing = effect.apply(missing);
    }
    Ok(())
}
