//! Watching a decision, to say afterwards which rules fired with what reasons, and how far the others came.
//!
//! A document is one function with its rules one behind the other; each rule's ops end with the op that notes that
//! it held. So an op belongs to the rule whose note comes next, and the op furthest along that was reached without
//! the note being reached stands in the condition that failed.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

use gatos_canon::Value;
use gatos_elc::map::{Place, SourceMap};
use gatos_elc::ops::{N, Op};
use gatos_elc::program::{IndexKind, Program};
use gatos_vm::{Tracer, View, Vm};

use crate::engine::{Judge, line};
use crate::missing::is_check;
use crate::ports::{Hit, Miss, RuleRef, Trace};
use crate::rules::Role;
pub use crate::source::Sources;
use crate::source::{Condition, input_values};

/// How many conditions below one another are looked into for what is missing.
const MAX_DESCENT: usize = 16;
/// The most calls of checks and indexes that are kept.
const MAX_LACKS: usize = 4096;

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

/// A rule as it lies in its function.
struct Body {
    rule: RuleRef,
    conditions: Vec<Condition>,
    /// Where each condition begins, as places are written.
    places: Vec<String>,
    /// Its whole text.
    text: String,
    file: String,
}

/// A function that gives a document.
struct Shape {
    /// For each op, the rule it belongs to.
    rules: Vec<Option<u32>>,
    /// For each op, its condition in that rule.
    conditions: Vec<Option<usize>>,
}

/// What was seen of a rule.
#[derive(Clone, Copy, Default)]
struct Seen {
    /// The condition op furthest along that was reached.
    furthest: usize,
    reached: bool,
    fired: bool,
}

/// Somebody who watches a decision.
pub struct Watcher<'a> {
    program: &'a Program,
    judges: &'a [Judge],
    input: &'a Value,
    shapes: BTreeMap<u32, Shape>,
    bodies: BTreeMap<u32, Body>,
    seen: BTreeMap<u32, Seen>,
    reasons: BTreeMap<u32, Vec<Value>>,
    lacks: BTreeMap<(u32, usize), Lack>,
    asked: BTreeSet<u32>,
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
        let mut watcher = Watcher {
            program,
            judges,
            input,
            shapes: BTreeMap::new(),
            bodies: BTreeMap::new(),
            seen: BTreeMap::new(),
            reasons: BTreeMap::new(),
            lacks: BTreeMap::new(),
            asked: BTreeSet::new(),
        };
        for document in program.policy.iter().flat_map(|policy| &policy.documents) {
            watcher.look_at(document.proto, map, sources);
        }
        watcher
    }

    /// Finds the rules of a function and where their conditions lie.
    fn look_at(&mut self, index: u32, map: &SourceMap, sources: &Sources) {
        let Some(proto) = self.program.protos.get(index as usize) else { return };
        let places: Vec<Option<Place>> =
            (0u32..).zip(&proto.code).map(|(op, _)| map.place(index, op).filter(|p| p.line > 0)).collect();
        let mut rules = alloc::vec![None; proto.code.len()];
        let mut start = 0;
        for (at, op) in proto.code.iter().enumerate() {
            let Op::Fired { rule } = op else { continue };
            rules[start..=at].fill(Some(rule.0));
            start = at.saturating_add(1);
            self.body(rule.0, places.get(at).copied().flatten(), map, sources);
        }
        let condition = |at: usize| {
            let body = self.bodies.get(&rules.get(at).copied().flatten()?)?;
            let place = places.get(at).copied().flatten()?;
            if map.files.get(place.file as usize) != Some(&body.file) {
                return None;
            }
            let offset = sources.offset(&body.file, place)?;
            body.conditions.iter().position(|c| (c.start..c.end).contains(&offset))
        };
        let conditions = (0..proto.code.len()).map(condition).collect();
        self.shapes.insert(index, Shape { rules, conditions });
    }

    /// A rule with branches notes at each of them that it held; the first has its head's place.
    fn body(&mut self, id: u32, head: Option<Place>, map: &SourceMap, sources: &Sources) {
        if self.bodies.contains_key(&id) {
            return;
        }
        let name = self.program.policy.as_ref().and_then(|policy| policy.rules.get(id as usize));
        let name = name.map(|rule| rule.name.clone()).unwrap_or_default();
        let place = head.map(|place| line(map, place));
        let file = head.and_then(|place| map.files.get(place.file as usize)).cloned().unwrap_or_default();
        let start = head.and_then(|place| sources.offset(&file, place));
        let (conditions, end) = start.map(|start| sources.conditions(&file, start)).unwrap_or_default();
        let at = |c: &Condition| sources.line_of(&file, c.start).map(|line| alloc::format!("{file}:{line}"));
        let places = conditions.iter().map(|c| at(c).unwrap_or_default()).collect();
        let text = start.and_then(|start| sources.text(&file)?.get(start..end)).unwrap_or_default();
        let body =
            Body { rule: RuleRef { name, place, title: None }, conditions, places, text: String::from(text), file };
        self.bodies.insert(id, body);
    }

    fn rules_of(&self, judge: &Judge) -> impl Iterator<Item = u32> + '_ {
        let id = judge.id;
        let rules = self.program.policy.iter().flat_map(|policy| &policy.rules);
        (0u32..).zip(rules).filter(move |(_, rule)| rule.document == id).map(|(at, _)| at)
    }

    /// What was seen, with the calls of checks that can say what is missing still to be asked.
    pub fn finish(self) -> (Trace, Vec<Option<Lack>>) {
        let mut trace = Trace::default();
        let mut lacks = Vec::new();
        for judge in self.judges {
            for id in self.rules_of(judge) {
                let Some(body) = self.bodies.get(&id) else { continue };
                let seen = self.seen.get(&id).copied().unwrap_or_default();
                match judge.role {
                    Role::Deny if seen.fired => trace.hits.push(Hit {
                        rule: body.rule.clone(),
                        reasons: self.reasons.get(&id).cloned().unwrap_or_default(),
                        values: input_values(&body.text, self.input),
                    }),
                    Role::Allow if !seen.fired => {
                        let (miss, lack) = self.miss(id, body, seen, judge);
                        trace.misses.push(miss);
                        lacks.push(lack);
                    }
                    _ => {}
                }
            }
        }
        (trace, lacks)
    }

    fn miss(&self, id: u32, body: &Body, seen: Seen, judge: &Judge) -> (Miss, Option<Lack>) {
        let proto = self.proto_of(judge.id);
        let at = proto.and_then(|proto| self.condition_at(proto, id, seen));
        let condition = at.and_then(|at| body.conditions.get(at));
        let held = proto.map_or(0, |proto| self.held(proto, id, seen));
        let miss = Miss {
            rule: body.rule.clone(),
            held,
            condition: condition.map(|c| c.text.clone()),
            place: at.and_then(|at| body.places.get(at)).cloned(),
            values: condition.map(|c| input_values(&c.text, self.input)).unwrap_or_default(),
            missing: None,
        };
        (miss, proto.and_then(|proto| self.lack(proto, id, seen, MAX_DESCENT)))
    }

    fn proto_of(&self, document: u32) -> Option<u32> {
        Some(self.program.policy.as_ref()?.documents.get(document as usize)?.proto)
    }

    /// The condition in which a rule failed.
    fn condition_at(&self, proto: u32, _rule: u32, seen: Seen) -> Option<usize> {
        let shape = self.shapes.get(&proto)?;
        if !seen.reached {
            return None;
        }
        shape.conditions.get(seen.furthest).copied().flatten()
    }

    /// How many conditions lie before the one that failed, in the order in which they were tried.
    fn held(&self, proto: u32, rule: u32, seen: Seen) -> u32 {
        let Some(shape) = self.shapes.get(&proto) else { return 0 };
        if !seen.reached {
            return 0;
        }
        let here = shape.conditions.get(seen.furthest).copied().flatten();
        let before = (shape.rules.iter().zip(&shape.conditions).take(seen.furthest))
            .filter(|(of, condition)| **of == Some(rule) && condition.is_some() && **condition != here)
            .filter_map(|(_, condition)| *condition);
        u32::try_from(before.collect::<BTreeSet<usize>>().len()).unwrap_or(u32::MAX)
    }

    /// What made a rule fail, in it or in a document that its condition asks.
    fn lack(&self, proto: u32, rule: u32, seen: Seen, depth: usize) -> Option<Lack> {
        let shape = self.shapes.get(&proto)?;
        let here = self.condition_at(proto, rule, seen)?;
        let code = &self.program.protos.get(proto as usize)?.code;
        let inside =
            |at: &usize| shape.rules.get(*at) == Some(&Some(rule)) && shape.conditions.get(*at) == Some(&Some(here));
        let mut asked = Vec::new();
        for at in (0..code.len()).filter(inside).filter(|at| *at <= seen.furthest).rev() {
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
        let mut failed: Vec<(u32, Seen)> =
            rules.into_iter().filter_map(|id| Some((id, *self.seen.get(&id)?))).filter(|(_, s)| !s.fired).collect();
        failed.sort_by_key(|(id, seen)| core::cmp::Reverse(self.held(proto, *id, *seen)));
        failed.into_iter().find_map(|(id, seen)| self.lack(proto, id, seen, depth))
    }

    /// Keeps what an index is asked for.
    fn keep_index(&mut self, view: &View<'_>, at: usize, index: u32, key: u8) {
        let index = self.program.policy.as_ref().and_then(|policy| policy.indexes.get(index as usize));
        let key = view.register(key).and_then(|key| Self::json(view.vm(), key));
        let (Some(index), Some(key)) = (index, key) else { return };
        if self.lacks.len() >= MAX_LACKS {
            return;
        }
        let place = core::iter::once("data").chain(index.collection.iter().map(String::as_str));
        let place = place.collect::<Vec<_>>().join(".");
        let (field, key) = (index.field.join("."), key.to_json_string());
        let said = match (&index.kind, field.is_empty()) {
            (IndexKind::Equal, true) => alloc::format!("{key} is not in {place}"),
            (IndexKind::Equal, false) => alloc::format!("no {field} in {place} is {key}"),
            (IndexKind::Holds, true) => alloc::format!("nothing in {place} holds {key}"),
            (IndexKind::Holds, false) => alloc::format!("no {field} in {place} holds {key}"),
            (IndexKind::Glob(_), true) => alloc::format!("no glob in {place} matches {key}"),
            (IndexKind::Glob(_), false) => alloc::format!("no {field} in {place} matches {key}"),
        };
        self.lacks.insert((view.proto(), at), Lack::Said(said));
    }

    fn json(vm: &Vm, value: gatos_vm::Value) -> Option<Value> {
        let mut bytes = Vec::new();
        vm.doc_json(value, &mut bytes).ok()?;
        Value::from_json_bytes(&bytes).ok()
    }

    /// Keeps the operands of a check that is about to be called.
    fn keep_call(&mut self, view: &View<'_>, at: usize, base: u8, count: u8) {
        if self.lacks.len() >= MAX_LACKS {
            return;
        }
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
            self.lacks.insert((view.proto(), at), Lack::Check(CheckCall { name: name.clone(), args }));
        }
    }
}

impl Tracer for Watcher<'_> {
    fn op(&mut self, view: View<'_>) {
        let at = view.op() as usize;
        let Some(shape) = self.shapes.get(&view.proto()) else { return };
        let Some(rule) = shape.rules.get(at).copied().flatten() else { return };
        let in_condition = shape.conditions.get(at).is_some_and(Option::is_some);
        let seen = self.seen.entry(rule).or_default();
        if in_condition && (!seen.reached || at > seen.furthest) {
            seen.furthest = at;
            seen.reached = true;
        }
        let code = self.program.protos.get(view.proto() as usize).map_or(&[][..], |proto| &proto.code);
        match code.get(at) {
            Some(Op::Fired { .. }) => seen.fired = true,
            Some(Op::DocPush { a, .. }) if matches!(code.get(at + 1), Some(Op::Fired { .. })) => {
                if let Some(reason) = view.register(a.0).and_then(|value| Self::json(view.vm(), value)) {
                    let reasons = self.reasons.entry(rule).or_default();
                    if !reasons.contains(&reason) {
                        reasons.push(reason);
                    }
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
