//! Building one function: ops with labels go in; out come blocks with exact costs,
//! without dead code and without jumps to jumps.

use gatos_elc::ops::{Count, Flag, Op, Target};
use gatos_syntax::span::Span;

/// A place to jump to, bound once.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Label(u32);

impl Label {
    /// As an operand; [`Builder::finish`] replaces it by the op's index.
    pub fn to(self) -> Target {
        Target(self.0)
    }
}

/// The ops of a function under construction.
#[derive(Default, Debug)]
pub struct Builder {
    ops: Vec<Op>,
    spans: Vec<Span>,
    files: Vec<u32>,
    labels: Vec<Option<usize>>,
    /// The file that the spans of the next ops lie in; matters only to functions made of several.
    pub file: u32,
}

/// A finished function's code, with the place of each op.
#[derive(Debug)]
pub struct Code {
    /// The ops.
    pub ops: Vec<Op>,
    /// Where each came from.
    pub spans: Vec<Span>,
    /// The file of each of those places, as [`Builder::file`] said.
    pub files: Vec<u32>,
    /// For each op as it was emitted, and for the end, the index of what runs from there on.
    pub places: Vec<u32>,
}

impl Builder {
    /// Adds an op.
    pub fn emit(&mut self, op: Op, span: Span) {
        self.ops.push(op);
        self.spans.push(span);
        self.files.push(self.file);
    }

    /// A new label, to be bound later.
    pub fn label(&mut self) -> Label {
        self.labels.push(None);
        Label(self.labels.len() as u32 - 1)
    }

    /// Binds a label to the next op.
    pub fn bind(&mut self, label: Label) {
        self.labels[label.0 as usize] = Some(self.ops.len());
    }

    /// How many ops there are so far.
    pub fn count(&self) -> usize {
        self.ops.len()
    }

    /// A label bound to the next op.
    pub fn here(&mut self) -> Label {
        let label = self.label();
        self.bind(label);
        label
    }

    /// Forms blocks. The last op reached must be final; a `Return` is added for safety.
    pub fn finish(mut self, end: Span) -> Code {
        if !self.ops.last().is_some_and(Op::is_final) || self.labels.contains(&Some(self.ops.len())) {
            self.emit(Op::Return { first: gatos_elc::ops::Reg(0), n: gatos_elc::ops::N::Fixed(0) }, end);
        }
        let mut targets = self.targets();
        let mut keep = vec![true; self.ops.len()];
        // Each round can open the way for another; stopping early costs speed only.
        for _ in 0..16 {
            self.thread(&mut targets);
            self.reach(&targets, &mut keep);
            let inverted = self.invert(&mut targets, &keep);
            let dropped = self.drop_jumps(&targets, &mut keep);
            if !inverted && !dropped {
                break;
            }
        }
        self.reach(&targets, &mut keep);
        self.blocks(&targets, &keep)
    }

    /// The op index that each op jumps to.
    fn targets(&self) -> Vec<Option<usize>> {
        let last = self.ops.len() - 1;
        self.ops.iter().map(|op| op.target().map(|t| self.labels[t.0 as usize].unwrap_or(last))).collect()
    }

    /// Jumps to jumps go straight to the end of the line.
    fn thread(&self, targets: &mut [Option<usize>]) {
        for i in 0..targets.len() {
            let mut hops = 0;
            while let Some(to) = targets[i] {
                match (&self.ops[to], targets[to]) {
                    (Op::Jump { .. }, Some(next)) if next != to && hops < 64 => {
                        targets[i] = Some(next);
                        hops += 1;
                    }
                    _ => break,
                }
            }
        }
    }

    fn reach(&self, targets: &[Option<usize>], keep: &mut [bool]) {
        let mut seen = vec![false; self.ops.len()];
        let mut todo = vec![0];
        while let Some(i) = todo.pop() {
            if i >= seen.len() || seen[i] {
                continue;
            }
            seen[i] = true;
            // A dropped op is passed through.
            if !keep[i] {
                todo.push(i + 1);
                continue;
            }
            todo.extend(targets[i]);
            if !self.ops[i].is_final() {
                todo.push(i + 1);
            }
        }
        for (k, s) in keep.iter_mut().zip(seen) {
            *k = *k && s;
        }
    }

    /// A conditional jump over a jump becomes the opposite conditional jump.
    fn invert(&mut self, targets: &mut [Option<usize>], keep: &[bool]) -> bool {
        let next = next_kept(keep);
        let mut jumped_to = vec![false; keep.len() + 1];
        for i in (0..keep.len()).filter(|i| keep[*i]) {
            if let Some(to) = targets[i] {
                jumped_to[next[to]] = true;
            }
        }
        let mut changed = false;
        for i in 0..self.ops.len() {
            let jump = next[i + 1];
            if !keep[i] || jump == keep.len() || jumped_to[jump] || !matches!(self.ops[jump], Op::Jump { .. }) {
                continue;
            }
            let after = next[jump + 1];
            if after == keep.len() || targets[i].map(|t| next[t]) != Some(after) {
                continue;
            }
            if let Some(op) = inverted(self.ops[i]) {
                self.ops[i] = op;
                targets[i] = targets[jump];
                // The jump itself is now only fallen into, and goes to what follows it.
                targets[jump] = Some(after);
                changed = true;
            }
        }
        changed
    }

    /// Jumps that go where control goes anyway, and tests that choose nothing.
    fn drop_jumps(&self, targets: &[Option<usize>], keep: &mut [bool]) -> bool {
        let next = next_kept(keep);
        let mut changed = false;
        for i in 0..self.ops.len() {
            if keep[i]
                && matches!(self.ops[i], Op::Jump { .. } | Op::JTest { .. })
                && let Some(to) = targets[i]
                && to > i
                && next[to] == next[i + 1]
            {
                keep[i] = false;
                changed = true;
            }
        }
        changed
    }

    fn blocks(&self, targets: &[Option<usize>], keep: &[bool]) -> Code {
        let n = self.ops.len();
        let next = next_kept(keep);
        let mut leader = vec![false; n + 1];
        leader[next[0]] = true;
        for i in (0..n).filter(|i| keep[*i]) {
            if let Some(to) = targets[i] {
                leader[next[to]] = true;
                if !self.ops[i].is_final() {
                    leader[next[i + 1]] = true;
                }
            }
        }
        let mut place = vec![0u32; n + 1];
        let mut at = 0u32;
        for i in (0..n).filter(|i| keep[*i]) {
            place[i] = at;
            at += 1 + u32::from(leader[i]);
        }
        let n_out = at as usize;
        let mut code = Code {
            ops: Vec::with_capacity(n_out),
            spans: Vec::with_capacity(n_out),
            files: Vec::with_capacity(n_out),
            places: (0..=n).map(|i| if next[i] < n { place[next[i]] } else { at }).collect(),
        };
        let mut block = 0;
        for i in (0..n).filter(|i| keep[*i]) {
            if leader[i] {
                block = code.ops.len();
                code.ops.push(Op::Block { cost: Count(0) });
                code.spans.push(self.spans[i]);
                code.files.push(self.files[i]);
            }
            let op = match targets[i] {
                Some(to) => retarget(self.ops[i], Target(place[next[to]])),
                None => self.ops[i],
            };
            if let Op::Block { cost } = &mut code.ops[block] {
                cost.0 += op.info().fuel;
            }
            code.ops.push(op);
            code.spans.push(self.spans[i]);
            code.files.push(self.files[i]);
        }
        code
    }
}

/// For each index the first kept op from there on, or the length.
fn next_kept(keep: &[bool]) -> Vec<usize> {
    let mut out = vec![keep.len(); keep.len() + 2];
    for i in (0..keep.len()).rev() {
        out[i] = if keep[i] { i } else { out[i + 1] };
    }
    out
}

/// The same op going somewhere else.
fn retarget(mut op: Op, target: Target) -> Op {
    use Op::*;
    match &mut op {
        Jump { to }
        | JTest { to, .. }
        | JTestSet { to, .. }
        | JEq { to, .. }
        | JEqK { to, .. }
        | JLt { to, .. }
        | JLe { to, .. }
        | JLtK { to, .. }
        | JLeK { to, .. }
        | JGtK { to, .. }
        | JGeK { to, .. }
        | JDocGet { to, .. }
        | JDocField { to, .. }
        | JDocEq { to, .. }
        | JDocCmp { to, .. }
        | JDocIn { to, .. }
        | JDocKind { to, .. }
        | MemoGet { to, .. } => *to = target,
        ForPrep { exit, .. } | DocIter { exit, .. } | IndexIter { exit, .. } => *exit = target,
        ForLoop { body, .. } | GenLoop { body, .. } | DocNext { body, .. } => *body = target,
        _ => {}
    }
    op
}

/// A conditional jump with its sense turned; `JTestSet` writes when it goes, so it cannot turn.
fn inverted(mut op: Op) -> Option<Op> {
    use Op::*;
    match &mut op {
        JTest { sense, .. }
        | JEq { sense, .. }
        | JEqK { sense, .. }
        | JLt { sense, .. }
        | JLe { sense, .. }
        | JLtK { sense, .. }
        | JLeK { sense, .. }
        | JGtK { sense, .. }
        | JGeK { sense, .. }
        | JDocEq { sense, .. }
        | JDocCmp { sense, .. }
        | JDocIn { sense, .. } => *sense = Flag(!sense.0),
        _ => return None,
    }
    Some(op)
}
