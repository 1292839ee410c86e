//! The blocks of a function as a graph: which go around in circles, and the dearest way through.

use crate::bound::Bound;
use gatos_elc::ops::Op;
use std::collections::{BTreeMap, BTreeSet};

/// A block: its ops, and the blocks that may follow.
#[derive(Clone, Debug, Default)]
pub(super) struct Block {
    /// Its first op.
    pub first: usize,
    /// The op after its last.
    pub end: usize,
    /// Its fixed fuel.
    pub fuel: u64,
    pub next: Vec<usize>,
}

/// Cuts a function's ops into blocks.
pub(super) fn blocks(code: &[Op]) -> Vec<Block> {
    let mut out: Vec<Block> = Vec::new();
    let mut at = vec![0; code.len() + 1];
    for (i, op) in code.iter().enumerate() {
        if let Op::Block { cost } = op {
            out.push(Block { first: i, end: i, fuel: u64::from(cost.0), next: Vec::new() });
        }
        at[i] = out.len().saturating_sub(1);
        if let Some(last) = out.last_mut() {
            last.end = i + 1;
        }
    }
    for b in 0..out.len() {
        let Some(last) = code.get(out[b].end.wrapping_sub(1)) else { continue };
        let mut next = Vec::new();
        if !last.is_final() && b + 1 < out.len() {
            next.push(b + 1);
        }
        if let Some(to) = last.target().and_then(|t| at.get(t.0 as usize)) {
            next.push(*to);
        }
        next.sort_unstable();
        next.dedup();
        out[b].next = next;
    }
    out
}

/// The strongly connected parts of some blocks, those that others lead to last. Edges into
/// `without` are left out.
pub(super) fn parts(graph: &[Block], nodes: &BTreeSet<usize>, without: Option<usize>) -> Vec<Vec<usize>> {
    // Tarjan's algorithm with its own stack, so that long functions need no deep recursion.
    #[derive(Clone, Copy)]
    struct Seen {
        number: usize,
        low: usize,
        open: bool,
    }
    let mut seen: BTreeMap<usize, Seen> = BTreeMap::new();
    let mut stack = Vec::new();
    let mut out = Vec::new();
    let mut count = 0;
    for root in nodes {
        if seen.contains_key(root) {
            continue;
        }
        let mut work = vec![(*root, 0usize)];
        while let Some((node, edge)) = work.pop() {
            if edge == 0 {
                seen.insert(node, Seen { number: count, low: count, open: true });
                count += 1;
                stack.push(node);
            }
            let next = graph[node].next.iter().copied().filter(|n| nodes.contains(n) && Some(*n) != without).nth(edge);
            match next {
                Some(to) => {
                    work.push((node, edge + 1));
                    match seen.get(&to).copied() {
                        None => work.push((to, 0)),
                        Some(s) if s.open => {
                            if let Some(me) = seen.get_mut(&node) {
                                me.low = me.low.min(s.number);
                            }
                        }
                        Some(_) => {}
                    }
                }
                None => {
                    let me = seen[&node];
                    if let Some((parent, _)) = work.last()
                        && let Some(p) = seen.get_mut(parent)
                    {
                        p.low = p.low.min(me.low);
                    }
                    if me.low == me.number {
                        let mut part = Vec::new();
                        while let Some(n) = stack.pop() {
                            if let Some(s) = seen.get_mut(&n) {
                                s.open = false;
                            }
                            part.push(n);
                            if n == node {
                                break;
                            }
                        }
                        out.push(part);
                    }
                }
            }
        }
    }
    out.reverse();
    out
}

/// Asked for the number of times that a loop goes back to its first block.
pub(super) trait Rounds {
    /// The bound of all rounds of a loop, given the dearest way from its head around to it, and the
    /// dearest way from its head out.
    fn around(&mut self, head: usize, part: &[usize], cycle: Bound, tail: Bound) -> Bound;

    /// The bound of blocks that go around without one head.
    fn tangled(&mut self, part: &[usize]) -> Bound;
}

/// The dearest way from `entry` to each part's end, with all rounds of loops.
pub(super) fn dearest(
    graph: &[Block],
    cost: &[Bound],
    nodes: &BTreeSet<usize>,
    entry: usize,
    is_loop: bool,
    rounds: &mut dyn Rounds,
) -> BTreeMap<usize, Bound> {
    let without = is_loop.then_some(entry);
    let all = parts(graph, nodes, without);
    let mut part_of = BTreeMap::new();
    for (i, part) in all.iter().enumerate() {
        for n in part {
            part_of.insert(*n, i);
        }
    }
    let mut coming: Vec<Option<Bound>> = vec![None; all.len()];
    if let Some(at) = part_of.get(&entry) {
        coming[*at] = Some(Bound::zero());
    }
    let mut out = BTreeMap::new();
    for (i, part) in all.iter().enumerate() {
        let Some(before) = coming[i].take() else { continue };
        let own = match part.as_slice() {
            [only] if !graph[*only].next.contains(only) || without == Some(*only) => cost[*only].clone(),
            _ => circle(graph, cost, nodes, part, entry, rounds),
        };
        let here = before.plus(&own);
        for n in part {
            for to in graph[*n].next.iter().filter(|t| Some(**t) != without) {
                if let Some(at) = part_of.get(to).copied().filter(|at| *at != i) {
                    let old = coming[at].take();
                    coming[at] = Some(old.map_or_else(|| here.clone(), |o| o.max(&here)));
                }
            }
            out.insert(*n, here.clone());
        }
    }
    out
}

fn circle(
    graph: &[Block],
    cost: &[Bound],
    nodes: &BTreeSet<usize>,
    part: &[usize],
    entry: usize,
    rounds: &mut dyn Rounds,
) -> Bound {
    let inside: BTreeSet<usize> = part.iter().copied().collect();
    let mut heads: BTreeSet<usize> = BTreeSet::new();
    if inside.contains(&entry) {
        heads.insert(entry);
    }
    for n in nodes.iter().filter(|n| !inside.contains(n)) {
        heads.extend(graph[*n].next.iter().filter(|t| inside.contains(t)));
    }
    let [head] = heads.iter().copied().collect::<Vec<_>>()[..] else {
        return rounds.tangled(part);
    };
    let ways = dearest(graph, cost, &inside, head, true, rounds);
    let mut cycle = Bound::zero();
    let mut tail = Bound::zero();
    for (n, way) in &ways {
        if graph[*n].next.contains(&head) {
            cycle = cycle.max(way);
        }
        if graph[*n].next.iter().any(|t| !inside.contains(t)) {
            tail = tail.max(way);
        }
    }
    rounds.around(head, part, cycle, tail)
}

/// The cheapest way from the first block to a `Return` or `TailCall`; loops go no more rounds than
/// that way needs.
pub(super) fn cheapest(graph: &[Block], cost: &[u64], code: &[Op]) -> u64 {
    let mut best = vec![u64::MAX; graph.len()];
    let mut open: BTreeSet<(u64, usize)> = BTreeSet::new();
    if graph.is_empty() {
        return 0;
    }
    best[0] = cost[0];
    open.insert((cost[0], 0));
    while let Some((so_far, n)) = open.pop_first() {
        let last = code.get(graph[n].end.wrapping_sub(1));
        if matches!(last, Some(Op::Return { .. } | Op::TailCall { .. })) {
            return so_far;
        }
        for to in &graph[n].next {
            let with = so_far.saturating_add(cost[*to]);
            if with < best[*to] {
                open.remove(&(best[*to], *to));
                best[*to] = with;
                open.insert((with, *to));
            }
        }
    }
    // No way returns: all ends in an error or never.
    best.first().copied().unwrap_or(0)
}
