//! Watching a decision, to say afterwards which rules fired with what reasons, and how far the others came.
//!
//! A document is one function with its rules one behind the other; each rule's ops end with the op that notes that
//! it held. So an op belongs to the rule whose note comes next, and the op furthest along that was reached without
//! the note being reached stands in the condition that failed. The map says which ops decide which condition.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use gatos_canon::Value;
use gatos_elc::map::{Literal, SourceMap};
use gatos_elc::ops::{N, Op};
use gatos_elc::program::{IndexKind, Program};
use gatos_vm::{Tracer, View, Vm};

use crate::engine::{Judge, line};
use crate::missing::is_check;
use crate::ports::{Hit, Miss, RuleRef, Trace};
use crate::rules::Role;
pub use crate::source::Sources;
use crate::source::input_values;

/// How many rules below one another are looked into for what is missing.
const MAX_DESCENT: usize = 16;
/// The most calls of checks and indexes that are kept.
const MAX_LACKS: usize = 4096;
/// The most values of variables that are written down while watching.
const MAX_VALUES: usize = 20_000;
/// Longer values tell nobody anything.
const LONGEST_VALUE: usize = 400;

/// What a condition lacked, as far as its ops tell.
#[derive(Clone, Debug, PartialEq)]
pub enum Lack {
    /// A check failed that can say what is missing.
    Check(CheckCall),
    /// An index over data had nothing.
    Said(String),
}

/// A call of a check that can say what is missing, with its operands.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckCall {
    /// The function.
    pub name: String,
    /// The operands of its last call.
    pub args: Vec<Value>,
}

type Values = Vec<(String, Value)>;

/// A function that gives a document.
struct Shape {
    /// For each op, the rule it belongs to.
    rules: Vec<Option<u32>>,
    /// For each op, the outermost condition that it helps to decide.
    literals: Vec<Option<usize>>,
}

/// What was seen of a rule.
#[derive(Clone, Default)]
struct Seen {
    /// The op of a condition that was reached furthest along; none when no condition was.
    furthest: Option<usize>,
    /// The variables of that condition when it was reached last.
    values: Values,
    fired: bool,
    /// Reasons it gave.
    reasons: Vec<Value>,
}

/// Somebody who watches a decision.
pub struct Watcher<'a> {
    program: &'a Program,
    map: &'a SourceMap,
    sources: &'a Sources,
    judges: &'a [Judge],
    input: &'a Value,
    shapes: BTreeMap<u32, Shape>,
    seen: BTreeMap<u32, Seen>,
    lacks: BTreeMap<(u32, usize), Lack>,
    asked: BTreeSet<u32>,
    values_left: usize,
}

fn shape(program: &Program, map: &SourceMap, proto: u32) -> Option<Shape> {
    let code = &program.protos.get(proto as usize)?.code;
    let mut rules = alloc::vec![None; code.len()];
    let mut start = 0;
    for (at, op) in code.iter().enumerate() {
        if let Op::Fired { rule } = op {
            rules[start..=at].fill(Some(rule.0));
            start = at.saturating_add(1);
        }
    }
    let mut literals = alloc::vec![None; code.len()];
    for (index, literal) in map.functions.get(proto as usize)?.literals.iter().enumerate() {
        // Those that contain others come first.
        for op in literal.first_op..literal.end_op {
            if let Some(slot @ None) = literals.get_mut(op as usize) {
                *slot = Some(index);
            }
        }
    }
    Some(Shape { rules, literals })
}

impl<'a> Watcher<'a> {
    /// A watcher of one decision over an input.
    pub fn new(
        program: &'a Program,
        map: &'a SourceMap,
        sources: &'a Sources,
        judges: &'a [Judge],
        input: &'a Value,
    ) -> Watcher<'a> {
        let documents = program.policy.iter().flat_map(|policy| &policy.documents);
        let shapes = documents.filter_map(|d| Some((d.proto, shape(program, map, d.proto)?))).collect();
        Watcher {
            program,
            map,
            sources,
            judges,
            input,
            shapes,
            seen: BTreeMap::new(),
            lacks: BTreeMap::new(),
            asked: BTreeSet::new(),
            values_left: MAX_VALUES,
        }
    }

    fn literal(&self, proto: u32, op: usize) -> Option<&'a Literal> {
        let index = self.shapes.get(&proto)?.literals.get(op).copied().flatten()?;
        self.map.functions.get(proto as usize)?.literals.get(index)
    }

    fn text(&self, literal: &Literal) -> Option<String> {
        let file = self.map.files.get(literal.start.file as usize)?;
        self.sources.slice(file, literal.start, literal.end)
    }

    fn rule_ref(&self, id: u32) -> RuleRef {
        let rule = self.program.policy.as_ref().and_then(|policy| policy.rules.get(id as usize));
        let name = rule.map(|rule| rule.name.clone()).unwrap_or_default();
        let Some(noted) = self.map.rules.get(id as usize) else { return RuleRef { name, ..RuleRef::default() } };
        RuleRef {
            name,
            place: (noted.at.line > 0).then(|| line(self.map, noted.at)),
            title: noted.title.clone(),
            description: noted.description.clone(),
            custom: noted.custom.clone(),
        }
    }

    /// The rules of a document, and the function that holds them.
    fn rules_of(&self, document: u32) -> (Option<u32>, Vec<u32>) {
        let Some(policy) = &self.program.policy else { return (None, Vec::new()) };
        let proto = policy.documents.get(document as usize).map(|d| d.proto);
        let rules = (0u32..).zip(&policy.rules).filter(|(_, rule)| rule.document == document);
        (proto, rules.map(|(id, _)| id).collect())
    }

    /// What was seen; beside each miss, what its condition lacked.
    pub fn finish(self) -> (Trace, Vec<Option<Lack>>) {
        let mut trace = Trace::default();
        let mut lacks = Vec::new();
        for judge in self.judges {
            let (proto, rules) = self.rules_of(judge.id);
            let Some(proto) = proto else { continue };
            for id in rules {
                let seen = self.seen.get(&id).cloned().unwrap_or_default();
                match judge.role {
                    Role::Deny if seen.fired => trace.hits.push(self.hit(proto, id, seen)),
                    Role::Allow if !seen.fired => {
                        trace.misses.push(self.miss(proto, id, &seen));
                        lacks.push(self.lack(proto, id, &seen, MAX_DESCENT));
                    }
                    _ => {}
                }
            }
        }
        (trace, lacks)
    }

    fn hit(&self, proto: u32, id: u32, seen: Seen) -> Hit {
        let mut values = seen.values;
        let own = self.shapes.get(&proto).map_or(&[][..], |shape| &shape.rules);
        let mut ops: Vec<usize> = (0..own.len()).filter(|op| own.get(*op) == Some(&Some(id))).collect();
        ops.dedup_by_key(|op| self.literal(proto, *op).map(|literal| literal.first_op));
        for text in ops.into_iter().filter_map(|op| self.text(self.literal(proto, op)?)) {
            join(&mut values, input_values(&text, self.input));
        }
        Hit { rule: self.rule_ref(id), reasons: seen.reasons, values }
    }

    fn miss(&self, proto: u32, id: u32, seen: &Seen) -> Miss {
        let literal = seen.furthest.and_then(|op| self.literal(proto, op));
        let condition = literal.and_then(|literal| self.text(literal));
        let mut values = seen.values.clone();
        if let Some(text) = &condition {
            join(&mut values, input_values(text, self.input));
        }
        Miss {
            rule: self.rule_ref(id),
            held: self.held(proto, id, seen),
            condition,
            place: literal.map(|literal| line(self.map, literal.start)),
            values,
            missing: None,
        }
    }

    /// How many conditions lie before the one that failed, in the order in which they were tried.
    fn held(&self, proto: u32, rule: u32, seen: &Seen) -> u32 {
        let (Some(shape), Some(furthest)) = (self.shapes.get(&proto), seen.furthest) else { return 0 };
        let here = shape.literals.get(furthest).copied().flatten();
        let own = shape.rules.iter().zip(&shape.literals).take(furthest).filter(|(of, _)| **of == Some(rule));
        let before: BTreeSet<usize> = own.filter_map(|(_, literal)| *literal).filter(|l| Some(*l) != here).collect();
        u32::try_from(before.len()).unwrap_or(u32::MAX)
    }

    /// What made a rule fail, in it or in a document that its condition asks.
    fn lack(&self, proto: u32, rule: u32, seen: &Seen, depth: usize) -> Option<Lack> {
        let shape = self.shapes.get(&proto)?;
        let furthest = seen.furthest?;
        let here = shape.literals.get(furthest)?;
        let code = &self.program.protos.get(proto as usize)?.code;
        let inside = |at: &usize| shape.rules.get(*at) == Some(&Some(rule)) && shape.literals.get(*at) == Some(here);
        let mut asked = Vec::new();
        for at in (0..=furthest).rev().filter(inside) {
            if let Some(lack) = self.lacks.get(&(proto, at)) {
                return Some(lack.clone());
            }
            if let Some(Op::CallRule { proto, .. }) = code.get(at) {
                asked.push(proto.0);
            }
        }
        let depth = depth.checked_sub(1)?;
        asked.into_iter().find_map(|proto| self.failed_rule(proto, depth))
    }

    /// What made that rule of a function fail which came furthest.
    fn failed_rule(&self, proto: u32, depth: usize) -> Option<Lack> {
        let shape = self.shapes.get(&proto)?;
        if !self.asked.contains(&proto) {
            return None;
        }
        let rules: BTreeSet<u32> = shape.rules.iter().copied().flatten().collect();
        let mut failed: Vec<(u32, &Seen)> =
            rules.into_iter().filter_map(|id| Some((id, self.seen.get(&id)?))).filter(|(_, s)| !s.fired).collect();
        failed.sort_by_key(|(id, seen)| core::cmp::Reverse(self.held(proto, *id, seen)));
        failed.into_iter().find_map(|(id, seen)| self.lack(proto, id, seen, depth))
    }

    fn json(vm: &Vm, value: gatos_vm::Value) -> Option<Value> {
        let mut bytes = Vec::new();
        vm.doc_json(value, &mut bytes).ok()?;
        Value::from_json_bytes(&bytes).ok()
    }

    /// What the variables of a condition are now, as far as they are bound and short.
    fn variables(&mut self, view: &View<'_>, literal: &Literal) -> Values {
        let mut out = Values::new();
        for (name, register) in &literal.vars {
            let Some(value) = view.register(*register).filter(|value| !value.is_nil()) else { continue };
            let Some(left) = self.values_left.checked_sub(1) else { break };
            self.values_left = left;
            if let Some(value) = Self::json(view.vm(), value)
                && value.to_json_string().len() <= LONGEST_VALUE
            {
                out.push((name.clone(), value));
            }
        }
        out
    }

    /// Keeps the operands of a check that is about to be called.
    fn keep_call(&mut self, view: &View<'_>, at: usize, base: u8, count: u8) {
        let Some(proto) = self.program.protos.get(view.proto() as usize) else { return };
        // The function was loaded into the same register, a few ops before.
        let loaded = proto.code.iter().take(at).rev().find_map(|op| match op {
            Op::Lib { dst, lib } if dst.0 == base => Some(*lib),
            _ => None,
        });
        let name = loaded.and_then(|lib| self.program.libs.get(lib.0 as usize));
        let Some(name) = name.filter(|name| is_check(name)) else { return };
        let args = (1..=count)
            .map(|i| Self::json(view.vm(), view.register(base.checked_add(i)?)?))
            .collect::<Option<Vec<Value>>>();
        if let Some(args) = args {
            self.keep(view, at, Lack::Check(CheckCall { name: name.clone(), args }));
        }
    }

    fn keep(&mut self, view: &View<'_>, at: usize, lack: Lack) {
        if self.lacks.len() < MAX_LACKS {
            self.lacks.insert((view.proto(), at), lack);
        }
    }

    /// Keeps what an index is asked for.
    fn keep_index(&mut self, view: &View<'_>, at: usize, index: u32, key: u8) {
        let index = self.program.policy.as_ref().and_then(|policy| policy.indexes.get(index as usize));
        let key = view.register(key).and_then(|key| Self::json(view.vm(), key));
        let (Some(index), Some(key)) = (index, key) else { return };
        let place = core::iter::once("data").chain(index.collection.iter().map(String::as_str));
        let place = place.collect::<Vec<_>>().join(".");
        let (field, key) = (index.field.join("."), key.to_json_string());
        let said = match (&index.kind, field.is_empty()) {
            (IndexKind::Equal, true) => format!("{key} is not in {place}"),
            (IndexKind::Equal, false) => format!("no {field} in {place} is {key}"),
            (IndexKind::Holds, true) => format!("nothing in {place} holds {key}"),
            (IndexKind::Holds, false) => format!("no {field} in {place} holds {key}"),
            (IndexKind::Glob(_), true) => format!("no glob in {place} matches {key}"),
            (IndexKind::Glob(_), false) => format!("no {field} in {place} matches {key}"),
        };
        self.keep(view, at, Lack::Said(said));
    }
}

/// Adds those that have no value yet.
fn join(values: &mut Values, more: Values) {
    for (name, value) in more {
        if !values.iter().any(|(there, _)| *there == name) {
            values.push((name.to_string(), value));
        }
    }
}

impl Tracer for Watcher<'_> {
    fn op(&mut self, view: View<'_>) {
        let at = view.op() as usize;
        let Some(shape) = self.shapes.get(&view.proto()) else { return };
        let Some(rule) = shape.rules.get(at).copied().flatten() else { return };
        let furthest = self.seen.entry(rule).or_default().furthest;
        if let Some(literal) = self.literal(view.proto(), at)
            && furthest.is_none_or(|furthest| at >= furthest)
        {
            let mut values = self.variables(&view, literal);
            let same = furthest.and_then(|op| self.literal(view.proto(), op)).is_some_and(|l| l == literal);
            if let Some(seen) = self.seen.get_mut(&rule) {
                seen.furthest = Some(at);
                if same {
                    // A register that serves something else by now takes no value away.
                    join(&mut values, core::mem::take(&mut seen.values));
                }
                seen.values = values;
            }
        }
        let code = self.program.protos.get(view.proto() as usize).map_or(&[][..], |proto| &proto.code);
        match code.get(at) {
            Some(Op::Fired { .. }) => _ = self.seen.get_mut(&rule).map(|seen| seen.fired = true),
            Some(Op::DocPush { a, .. }) if matches!(code.get(at + 1), Some(Op::Fired { .. })) => {
                if let Some(reason) = view.register(a.0).and_then(|value| Self::json(view.vm(), value))
                    && let Some(seen) = self.seen.get_mut(&rule)
                    && !seen.reasons.contains(&reason)
                {
                    seen.reasons.push(reason);
                }
            }
            Some(Op::Call { base, args: N::Fixed(n), .. }) => self.keep_call(&view, at, base.0, *n),
            Some(Op::IndexIter { index, key, .. }) => self.keep_index(&view, at, index.0, key.0),
            _ => {}
        }
    }

    fn enter(&mut self, view: View<'_>) {
        self.asked.insert(view.proto());
    }

    fn leave(&mut self, _vm: &Vm, _proto: u32, _result: gatos_vm::Value) {}
}
