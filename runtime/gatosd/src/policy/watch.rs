//! Watching a test run: where it stopped, what its values were there, and which lines were reached.
//!
//! A rule's ops follow its conditions in the order in which they are tried, so the condition furthest along that
//! was reached, of a test that did not hold, is the one that failed.

use std::collections::{BTreeMap, BTreeSet};

use gatos_elc::SourceMap;
use gatos_elc::map::{FunctionMap, Literal};
use gatos_elc::ops::{Op, Reg};
use gatos_elc::program::{Const, Program};
use gatos_vm::{DocKind, Tracer, Value, View, Vm};

/// The most characters of a value that is shown.
const SHOWN: usize = 400;

/// Where a test stopped.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Stop {
    /// The condition's place in the function's map.
    pub literal: usize,
    /// That of the condition inside it, as in `every`, where it stopped.
    pub inner: Option<usize>,
    /// What its variables were.
    pub vars: BTreeMap<String, String>,
    /// Both sides of its last comparison.
    pub sides: Option<(String, String)>,
    /// Whether that was one of equality, made for something else: `x in [1, 2]` is two of them.
    pub is_equality: bool,
    /// Rules that it asked, with what they gave.
    pub asked: BTreeMap<String, Option<String>>,
}

/// Somebody who watches one test.
pub struct Watch<'p> {
    program: &'p Program,
    map: &'p SourceMap,
    /// The test's function.
    proto: u32,
    /// Documents by their functions.
    names: &'p BTreeMap<u32, String>,
    /// How deep the test's own frame lies, once it was entered.
    depth: Option<usize>,
    stop: Option<Stop>,
    /// Lines that were reached, when they are wanted.
    lines: Option<&'p mut BTreeSet<(u32, u32)>>,
}

/// Documents by the function that gives them.
pub fn names(program: &Program) -> BTreeMap<u32, String> {
    let documents = program.policy.iter().flat_map(|policy| &policy.documents);
    documents.map(|document| (document.proto, format!("data.{}", document.path.join(".")))).collect()
}

impl<'p> Watch<'p> {
    /// Somebody who watches the test that a function is.
    pub fn new(
        program: &'p Program,
        map: &'p SourceMap,
        proto: u32,
        names: &'p BTreeMap<u32, String>,
        lines: Option<&'p mut BTreeSet<(u32, u32)>>,
    ) -> Watch<'p> {
        Watch { program, map, proto, names, depth: None, stop: None, lines }
    }

    /// Where the test stopped.
    pub fn stop(self) -> Option<Stop> {
        self.stop
    }

    fn function(&self) -> Option<&'p FunctionMap> {
        self.map.functions.get(self.proto as usize)
    }

    /// The conditions that an op belongs to, the outermost first.
    fn literals(&self, op: u32) -> impl Iterator<Item = (usize, &'p Literal)> + use<'p> {
        let all = self.function().into_iter().flat_map(|f| f.literals.iter().enumerate());
        all.filter(move |(_, literal)| (literal.first_op..literal.end_op).contains(&op))
    }

    fn look(&mut self, view: &View<'_>) {
        let Some((at, literal)) = self.literals(view.op()).next() else { return };
        let innermost = self.literals(view.op()).last().filter(|(inner, _)| *inner != at);
        let first_op = |at: usize| self.function().and_then(|f| f.literals.get(at)).map(|l| l.first_op);
        match &self.stop {
            Some(stop) if stop.literal == at => {}
            Some(stop) if first_op(stop.literal) > Some(literal.first_op) => return,
            _ => self.stop = Some(Stop { literal: at, ..Stop::default() }),
        }
        let sides = self.sides(view);
        let all = literal.vars.iter().chain(innermost.iter().flat_map(|(_, inner)| &inner.vars));
        let vars = all.filter_map(|(name, reg)| {
            let value = view.register(*reg)?;
            Some((name.clone(), text(view.vm(), value)?))
        });
        let vars: Vec<_> = vars.collect();
        let Some(stop) = self.stop.as_mut() else { return };
        stop.vars.extend(vars);
        stop.inner = innermost.map(|(inner, _)| inner);
        if let Some((sides, is_equality)) = sides {
            stop.sides = Some(sides);
            stop.is_equality = is_equality;
        }
    }

    /// Both sides of a comparison that is about to be made.
    fn sides(&self, view: &View<'_>) -> Option<((String, String), bool)> {
        let op = self.program.protos.get(view.proto() as usize)?.code.get(view.op() as usize)?;
        let register = |reg: Reg| text_or_undefined(view.vm(), view.register(reg.0)?);
        // Comparisons with nil ask whether something is defined: that is no side of anything written.
        let constant = |k: u32| self.program.consts.get(k as usize).filter(|c| **c != Const::Nil).map(constant_text);
        let sides = match op {
            Op::JDocEq { a, b, .. } | Op::JDocCmp { a, b, .. } => (register(*a)?, register(*b)?),
            Op::JDocIn { a, doc, .. } => (register(*a)?, register(*doc)?),
            Op::JEqK { a, k, .. } | Op::JLtK { a, k, .. } | Op::JLeK { a, k, .. } => (register(*a)?, constant(k.0)?),
            Op::JGtK { a, k, .. } | Op::JGeK { a, k, .. } => (register(*a)?, constant(k.0)?),
            _ => return None,
        };
        Some((sides, matches!(op, Op::JDocEq { .. } | Op::JEqK { .. })))
    }
}

impl Tracer for Watch<'_> {
    fn op(&mut self, view: View<'_>) {
        if let Some(lines) = self.lines.as_mut()
            && let Some(place) = self.map.place(view.proto(), view.op()).filter(|place| place.line > 0)
        {
            lines.insert((place.file, place.line));
        }
        if view.proto() == self.proto && self.depth.is_none_or(|depth| depth == view.depth()) {
            self.depth = Some(view.depth());
            self.look(&view);
        }
    }

    fn enter(&mut self, _view: View<'_>) {}

    fn leave(&mut self, vm: &Vm, proto: u32, result: Value) {
        let Some(name) = self.names.get(&proto).filter(|_| proto != self.proto) else { return };
        if let Some(stop) = self.stop.as_mut() {
            stop.asked.insert(name.clone(), text(vm, result));
        }
    }
}

/// A value as JSON; nothing when it is undefined or no document.
fn text(vm: &Vm, value: Value) -> Option<String> {
    if vm.doc_kind(value) == DocKind::Undefined {
        return None;
    }
    let whole = vm.doc_text(value);
    Some(match whole.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &whole[..at]),
        None => whole,
    })
}

fn text_or_undefined(vm: &Vm, value: Value) -> Option<String> {
    Some(text(vm, value).unwrap_or_else(|| "undefined".to_owned()))
}

fn constant_text(constant: &Const) -> String {
    match constant {
        Const::Nil => "undefined".to_owned(),
        Const::Bool(value) => value.to_string(),
        Const::Int(n) => n.to_string(),
        Const::Fixed(raw) => gatos_num::Num::Fixed(gatos_num::Fix::from_raw(*raw)).to_string(),
        Const::Str(bytes) => gatos_canon::Value::Text(String::from_utf8_lossy(bytes).into_owned()).to_json_string(),
    }
}
