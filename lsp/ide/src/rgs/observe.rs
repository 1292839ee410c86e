//! Watching a policy compute: which conditions held, which did not, and with what values. A condition's ops lie
//! together; when control goes on behind them within the same rule, it held, and otherwise it did not.

use gatos_canon::Value;
use gatos_elc::SourceMap;
use gatos_elc::map::Literal;
use gatos_elc::ops::{Op, Reg};
use gatos_elc::program::{Const, DocumentKind, Program};
use gatos_vm::{DocKind, Tracer, View, Vm};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// The most values that are written down while watching.
const MAX_VALUES: usize = 20_000;
/// Longer values tell nobody anything.
const LONGEST: usize = 2_000;
/// The most different values of a variable, and the most calls of a function, that are kept.
const MOST: usize = 8;

/// What was seen of a condition.
#[derive(Clone, Default, Debug, PartialEq)]
pub(super) struct Condition {
    /// How often it held.
    pub(super) held: u32,
    /// How often it did not.
    pub(super) failed: u32,
    /// What its variables were when it held last; when it never did, when it was left last.
    pub(super) vars: Vec<(String, Value)>,
    /// What they were when it failed last.
    pub(super) failed_vars: Vec<(String, Value)>,
    /// Whether it had to hold each time, and did not: within an `every` that did not hold.
    pub(super) is_refuted: bool,
    /// Different values that they had, where there were several.
    pub(super) all: BTreeMap<String, Vec<Value>>,
    /// Both sides of the comparison that failed last; none where a side is undefined.
    pub(super) sides: Option<(Option<Value>, Option<Value>)>,
}

/// A call of a function.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Called {
    pub(super) args: Vec<Option<Value>>,
    pub(super) result: Option<Value>,
}

/// Everything that was seen.
#[derive(Clone, Default, Debug, PartialEq)]
pub(super) struct Seen {
    /// By function and index in its map.
    pub(super) conditions: BTreeMap<(u32, usize), Condition>,
    /// How often each rule held, by its number.
    pub(super) fired: BTreeMap<u32, u32>,
    /// The conditions that were reached furthest along, by rule.
    pub(super) furthest: BTreeMap<u32, (u32, usize)>,
    /// The branches of each rule, in order, by the run of ops that each is.
    pub(super) branches: BTreeMap<u32, BTreeMap<(u32, u32), BranchSeen>>,
    /// Functions that were entered, and what documents gave.
    pub(super) results: BTreeMap<u32, Option<Value>>,
    /// Calls of functions.
    pub(super) calls: BTreeMap<u32, Vec<Called>>,
}

/// What was seen of a rule's body, or of one of its `else` branches.
#[derive(Clone, Copy, Default, Debug, PartialEq)]
pub(super) struct BranchSeen {
    /// How often it held.
    pub(super) fired: u32,
    /// The condition that was reached furthest along, as in [`Seen::conditions`].
    pub(super) furthest: Option<(u32, usize)>,
}

/// How the ops of a function belong together.
struct Shape {
    /// The run of ops up to the note that a rule held, for each op.
    segments: Vec<u32>,
    /// The rule of each run.
    rules: Vec<u32>,
    /// The innermost condition of each op.
    innermost: Vec<Option<usize>>,
    /// The condition around each.
    parents: Vec<Option<usize>>,
    /// Steps of loops, each with the condition that began the loop.
    steps: BTreeMap<usize, Option<usize>>,
    arguments: u8,
    is_document: bool,
}

struct Frame {
    depth: usize,
    proto: u32,
    /// Conditions whose ops run, outermost first.
    open: Vec<usize>,
    sides: Option<(Side, Side)>,
    args: Vec<Option<gatos_vm::Value>>,
    /// A loop takes its next step: the condition that began it, and the op where its body begins.
    step: Option<(usize, usize)>,
}

#[derive(Clone)]
enum Side {
    Value(Option<gatos_vm::Value>),
    Constant(Value),
}

/// Somebody who watches.
pub(super) struct Observer<'p> {
    program: &'p Program,
    map: &'p SourceMap,
    shapes: BTreeMap<u32, Shape>,
    frames: Vec<Frame>,
    /// Depths at which `with` is in force.
    with: Vec<usize>,
    values_left: usize,
    pub(super) seen: Seen,
}

fn shape(program: &Program, map: &SourceMap, proto: u32, kind: DocumentKind) -> Option<Shape> {
    let code = &program.protos.get(proto as usize)?.code;
    let (mut segments, mut rules) = (Vec::with_capacity(code.len()), Vec::new());
    for op in code {
        segments.push(rules.len() as u32);
        if let Op::Fired { rule } = op {
            rules.push(rule.0);
        }
    }
    let literals = &map.functions.get(proto as usize)?.literals;
    let mut innermost: Vec<Option<usize>> = vec![None; code.len()];
    let mut parents = vec![None; literals.len()];
    // Those that contain others come first; where the ops are the same, the text tells.
    let mut order: Vec<usize> = (0..literals.len()).collect();
    order.sort_by_key(|i| {
        let l = literals.get(*i);
        l.map(|l| (l.first_op, Reverse(l.end_op), (l.start.line, l.start.col), Reverse(l.end)))
    });
    for index in order {
        let Some(literal) = literals.get(index) else { continue };
        if let Some(parent) = parents.get_mut(index) {
            *parent = innermost.get(literal.first_op as usize).copied().flatten();
        }
        for op in literal.first_op..literal.end_op {
            if let Some(slot) = innermost.get_mut(op as usize) {
                *slot = Some(index);
            }
        }
    }
    let mut steps = BTreeMap::new();
    for (at, op) in code.iter().enumerate() {
        let Op::DocNext { base, body } = op else { continue };
        let before = code.iter().enumerate().take(body.0 as usize).rev();
        let begins = before
            .take(8)
            .find(|(_, op)| matches!(op, Op::DocIter { base: b, .. } | Op::IndexIter { base: b, .. } if b == base));
        steps.insert(at, begins.and_then(|(at, _)| innermost.get(at).copied().flatten()));
    }
    let (arguments, is_document) = match kind {
        DocumentKind::Function(n) => (n, false),
        _ => (0, true),
    };
    Some(Shape { segments, rules, innermost, parents, steps, arguments, is_document })
}

impl<'p> Observer<'p> {
    /// Somebody who watches everything that a program's documents do.
    pub(super) fn new(program: &'p Program, map: &'p SourceMap) -> Observer<'p> {
        let documents = program.policy.iter().flat_map(|policy| &policy.documents);
        let shapes: BTreeMap<u32, Shape> =
            documents.filter_map(|d| Some((d.proto, shape(program, map, d.proto, d.kind)?))).collect();
        let mut seen = Seen::default();
        for (proto, shape) in &shapes {
            for (segment, rule) in (0u32..).zip(&shape.rules) {
                seen.branches.entry(*rule).or_default().insert((*proto, segment), BranchSeen::default());
            }
        }
        Observer { program, map, shapes, frames: Vec::new(), with: Vec::new(), values_left: MAX_VALUES, seen }
    }

    fn literal(&self, proto: u32, index: usize) -> Option<&'p Literal> {
        self.map.functions.get(proto as usize)?.literals.get(index)
    }

    fn code(&self, proto: u32, at: usize) -> Option<Op> {
        self.program.protos.get(proto as usize)?.code.get(at).copied()
    }

    /// A value as data, while there is room for more.
    fn keep(&mut self, vm: &Vm, value: Option<gatos_vm::Value>) -> Option<Value> {
        let value = value.filter(|value| vm.doc_kind(*value) != DocKind::Undefined)?;
        self.values_left = self.values_left.checked_sub(1)?;
        json(vm, value)
    }

    fn condition(&mut self, proto: u32, index: usize) -> &mut Condition {
        self.seen.conditions.entry((proto, index)).or_default()
    }

    /// A condition is left for the op `at`.
    fn left(&mut self, view: &View<'_>, index: usize, at: usize, frame: usize) {
        let proto = view.proto();
        let (Some(literal), Some(shape)) = (self.literal(proto, index), self.shapes.get(&proto)) else { return };
        let segment = |at: usize| shape.segments.get(at).copied();
        let around = shape.parents.get(index).copied().flatten();
        let parent = around.and_then(|p| self.literal(proto, p));
        // The next step of a loop: of one that `every` is, the condition held; of another, it is what failure leads to.
        let goes_back = shape.steps.get(&at).is_some_and(|begun| begun.is_none() || *begun != around);
        let goes_on = at >= literal.end_op as usize && !goes_back;
        let held = goes_on
            && match parent {
                Some(parent) => at < parent.end_op as usize,
                None => segment(at) == segment(literal.first_op as usize),
            };
        let own = segment(literal.first_op as usize);
        let rule = own.and_then(|s| shape.rules.get(s as usize).copied());
        let is_outermost = parent.is_none();
        let vars = self.vars(view, literal);
        let sides = self.frames.get_mut(frame).and_then(|f| f.sides.take()).filter(|_| !held);
        let sides = sides.map(|(a, b)| (self.side(view.vm(), a), self.side(view.vm(), b)));
        let furthest = rule.and_then(|rule| self.seen.furthest.get(&rule).copied());
        let is_further = furthest.is_none_or(|(of, before)| {
            of != proto || self.literal(of, before).is_none_or(|b| b.first_op <= literal.first_op)
        });
        if let Some(rule) = rule.filter(|_| is_outermost && is_further) {
            self.seen.furthest.insert(rule, (proto, index));
        }
        if let (Some(rule), Some(own), true) = (rule, own, is_outermost) {
            let before = self.seen.branches.get(&rule).and_then(|all| all.get(&(proto, own))?.furthest);
            let is_further = before.is_none_or(|(_, before)| {
                self.literal(proto, before).is_none_or(|before| before.first_op <= literal.first_op)
            });
            let branch = self.seen.branches.get_mut(&rule).and_then(|all| all.get_mut(&(proto, own)));
            if let Some(branch) = branch.filter(|_| is_further) {
                branch.furthest = Some((proto, index));
            }
        }
        self.note(proto, index, held, vars);
        if !held {
            self.condition(proto, index).sides = sides;
        }
    }

    /// The variables of a condition, as they are.
    fn vars(&mut self, view: &View<'_>, literal: &Literal) -> Vec<(String, Value)> {
        let kept = |(name, register): &(String, u8)| {
            self.keep(view.vm(), view.register(*register)).map(|value| (name.clone(), value))
        };
        literal.vars.iter().filter_map(kept).collect()
    }

    /// A condition held or did not, with these values.
    fn note(&mut self, proto: u32, index: usize, held: bool, vars: Vec<(String, Value)>) {
        let seen = self.condition(proto, index);
        match held {
            true => seen.held = seen.held.saturating_add(1),
            false => seen.failed = seen.failed.saturating_add(1),
        }
        for (name, value) in &vars {
            let all = seen.all.entry(name.clone()).or_default();
            if all.len() < MOST && !all.contains(value) {
                all.push(value.clone());
            }
        }
        if !held {
            seen.failed_vars.clone_from(&vars);
        }
        // Values with which it held tell more than those with which it did not.
        if held || seen.held == 0 {
            seen.vars = vars;
        }
    }

    /// A loop goes on behind the condition that began it, which holds once more.
    fn step(&mut self, view: &View<'_>, at: usize, frame: usize) {
        let Some((index, body)) = self.frames.get_mut(frame).and_then(|f| f.step.take()) else { return };
        // What counts fuel at the beginning of the body is not seen by itself.
        let goes_back = at == body || at == body.saturating_add(1);
        let Some(literal) = self.literal(view.proto(), index).filter(|_| goes_back) else { return };
        let vars = self.vars(view, literal);
        self.note(view.proto(), index, true, vars);
    }

    fn side(&mut self, vm: &Vm, side: Side) -> Option<Value> {
        match side {
            Side::Constant(value) => Some(value),
            Side::Value(value) => self.keep(vm, value),
        }
    }

    /// Both sides of a comparison that is about to be made.
    fn sides(&self, view: &View<'_>, op: Op) -> Option<(Side, Side)> {
        let register = |reg: Reg| Side::Value(view.register(reg.0));
        // Comparisons with nil ask whether something is defined: that is no side of anything written.
        let constant = |k: u32| self.program.consts.get(k as usize).and_then(constant).map(Side::Constant);
        Some(match op {
            Op::JDocEq { a, b, .. } | Op::JDocCmp { a, b, .. } => (register(a), register(b)),
            Op::JDocIn { a, doc, .. } => (register(a), register(doc)),
            Op::JEqK { a, k, .. } | Op::JLtK { a, k, .. } | Op::JLeK { a, k, .. } => (register(a), constant(k.0)?),
            Op::JGtK { a, k, .. } | Op::JGeK { a, k, .. } => (register(a), constant(k.0)?),
            _ => return None,
        })
    }

    /// The frame of a view, made when it is new.
    fn frame(&mut self, view: &View<'_>) -> usize {
        let depth = view.depth();
        while self.frames.last().is_some_and(|f| f.depth > depth || f.depth == depth && f.proto != view.proto()) {
            self.frames.pop();
        }
        if self.frames.last().is_none_or(|f| f.depth < depth) {
            let (open, args) = (Vec::new(), Vec::new());
            self.frames.push(Frame { depth, proto: view.proto(), open, sides: None, args, step: None });
        }
        self.frames.len() - 1
    }

    /// Whether what happens at a depth happens under a `with` further out.
    fn is_replaced(&self, depth: usize) -> bool {
        self.with.first().is_some_and(|outer| depth > *outer)
    }
}

impl Tracer for Observer<'_> {
    fn op(&mut self, view: View<'_>) {
        let (proto, at) = (view.proto(), view.op() as usize);
        let Some(op) = self.code(proto, at) else { return };
        let depth = view.depth();
        let is_replaced = self.is_replaced(depth);
        match op {
            Op::WithBegin {} => self.with.push(depth),
            Op::WithEnd {} => _ = self.with.pop(),
            _ => {}
        }
        if is_replaced {
            return;
        }
        let frame = self.frame(&view);
        self.step(&view, at, frame);
        let Some(shape) = self.shapes.get(&proto) else { return };
        // Steps that lead back into the condition are seen when it is left.
        let step = match op {
            Op::DocNext { body, .. } => shape.steps.get(&at).copied().flatten().and_then(|index| {
                let literal = self.literal(proto, index)?;
                (body.0 >= literal.end_op).then_some((index, body.0 as usize))
            }),
            _ => None,
        };
        let segment = shape.segments.get(at).copied();
        let mut chain = Vec::new();
        let mut here = shape.innermost.get(at).copied().flatten();
        while let Some(index) = here {
            chain.push(index);
            here = shape.parents.get(index).copied().flatten();
        }
        chain.reverse();
        let Some(open) = self.frames.get_mut(frame).map(|f| std::mem::take(&mut f.open)) else { return };
        for index in open.iter().rev().filter(|index| !chain.contains(index)) {
            self.left(&view, *index, at, frame);
        }
        if let Some(sides) = self.sides(&view, op)
            && let Some(frame) = self.frames.get_mut(frame)
        {
            frame.sides = Some(sides);
        }
        if let Some(frame) = self.frames.get_mut(frame) {
            frame.open = chain;
            frame.step = step;
        }
        if let Op::Fired { rule } = op {
            let count = self.seen.fired.entry(rule.0).or_default();
            *count = count.saturating_add(1);
            let branches = self.seen.branches.get_mut(&rule.0);
            if let Some(branch) = branches.zip(segment).and_then(|(all, segment)| all.get_mut(&(proto, segment))) {
                branch.fired = branch.fired.saturating_add(1);
            }
        }
    }

    fn enter(&mut self, view: View<'_>) {
        if self.is_replaced(view.depth()) {
            return;
        }
        let proto = view.proto();
        self.frames.retain(|f| f.depth < view.depth());
        let frame = self.frame(&view);
        self.seen.results.entry(proto).or_default();
        let arguments = self.shapes.get(&proto).map_or(0, |shape| shape.arguments);
        if let Some(frame) = self.frames.get_mut(frame) {
            frame.args = (0..arguments).map(|i| view.register(i)).collect();
        }
    }

    fn leave(&mut self, vm: &Vm, proto: u32, result: gatos_vm::Value) {
        let Some(frame) = self.frames.last().filter(|f| f.proto == proto) else { return };
        if self.is_replaced(frame.depth) {
            return;
        }
        let args = frame.args.clone();
        self.frames.pop();
        let Some(shape) = self.shapes.get(&proto) else { return };
        if shape.is_document {
            let value = self.keep(vm, Some(result));
            self.seen.results.insert(proto, value);
        } else if self.seen.calls.get(&proto).is_none_or(|calls| calls.len() < MOST) {
            let args = args.into_iter().map(|arg| self.keep(vm, arg)).collect();
            let result = self.keep(vm, Some(result));
            self.seen.calls.entry(proto).or_default().push(Called { args, result });
        }
    }
}

/// A value as data; nothing when it is none, or long.
pub(super) fn json(vm: &Vm, value: gatos_vm::Value) -> Option<Value> {
    let mut bytes = Vec::new();
    vm.doc_json(value, &mut bytes).ok()?;
    if bytes.len() > LONGEST {
        let shown = String::from_utf8_lossy(bytes.get(..200)?).into_owned();
        return Some(Value::Text(format!("{shown}… ({} bytes)", bytes.len())));
    }
    Value::from_json_bytes(&bytes).ok()
}

fn constant(constant: &Const) -> Option<Value> {
    match constant {
        Const::Nil => None,
        Const::Bool(value) => Some(Value::Bool(*value)),
        Const::Int(n) => Some(Value::Int(*n)),
        Const::Fixed(raw) => Value::from_json(&fixed(*raw)).ok(),
        Const::Str(bytes) => Some(Value::Text(String::from_utf8_lossy(bytes).into_owned())),
    }
}

/// The bits of a Q32.32 as a decimal.
fn fixed(raw: i64) -> String {
    let (sign, bits) = (if raw < 0 { "-" } else { "" }, raw.unsigned_abs());
    let digits = (u128::from(bits & 0xffff_ffff) * 10_000_000_000) >> 32;
    let digits = format!("{digits:010}");
    let digits = digits.trim_end_matches('0');
    format!("{sign}{}.{}", bits >> 32, if digits.is_empty() { "0" } else { digits })
}

#[cfg(test)]
mod tests {
    use super::fixed;

    #[test]
    fn decimals_are_written_out() {
        assert_eq!(fixed(1 << 31), "0.5");
        assert_eq!(fixed(-(5 << 30)), "-1.25");
        assert_eq!(fixed(7 << 32), "7.0");
    }
}
