//! Running the tests of policies: which there are, what became of each, and what of the policies they reached.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use gatos_debug::coverage::{self, FileCoverage, Recorder};
use gatos_elc::SourceMap;
use gatos_elc::program::{DocumentKind, Policy as Tables};
use gatos_vm::Limits;

use super::asker::Asker;
use super::build::Policy;
use super::sources::TEST_ENDING;
use super::watch::{self, Stop, Watch};
use crate::failure::{Failure, Result};

/// The beginning of a test's name.
const TEST: &str = "test_";
/// The beginning of the name of a test that is to be written still.
const TODO: &str = "todo_test_";

/// A test there is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Test {
    /// `data.gatos.exec_test.test_admin`.
    pub name: String,
    /// Where it is: `exec_test.rgs:12`.
    pub place: Option<String>,
    /// Its document.
    document: u32,
    /// Its document's function.
    proto: u32,
    /// Whether it is to be skipped.
    pub is_todo: bool,
}

/// What became of a test.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It held.
    Passed,
    /// It did not.
    Failed(Box<Missed>),
    /// It ended with an error.
    Broken(Failure),
    /// It is to be written still.
    Skipped,
}

/// How a test did not hold.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Missed {
    /// What it gave, when it gave anything.
    pub value: Option<String>,
    /// The condition that failed, as it is written.
    pub condition: Option<String>,
    /// Where the condition is.
    pub place: Option<String>,
    /// The condition inside it that failed, as it is written.
    pub inner: Option<String>,
    /// Both sides of the comparison that failed.
    pub sides: Option<(String, String)>,
    /// Its variables.
    pub vars: BTreeMap<String, String>,
    /// The error of a function that left an expression undefined.
    pub error: Option<String>,
    /// Rules it asked, and what they gave.
    pub asked: BTreeMap<String, Option<String>>,
}

/// A test that was run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tried {
    /// The test.
    pub test: Test,
    /// What became of it.
    pub outcome: Outcome,
    /// How long it took.
    pub took: Duration,
}

/// What tests reached of a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reached {
    /// The file.
    pub file: String,
    /// Lines that were reached.
    pub lines: BTreeSet<u32>,
    /// Lines that were not.
    pub missed: BTreeSet<u32>,
    /// Rules that held at least once.
    pub rules: Vec<String>,
    /// Rules that never did, with their lines.
    pub missed_rules: Vec<(String, u32)>,
}

/// The tests of a policy, by name.
pub fn tests(policy: &Policy) -> Vec<Test> {
    let tables = policy.loaded.program.program().policy.as_ref();
    let map = policy.loaded.map.as_ref();
    let documents = tables.map_or(&[][..], |tables| &tables.documents);
    let test = |(at, document): (usize, &gatos_elc::program::Document)| {
        let last = document.path.last()?;
        let is_todo = last.starts_with(TODO);
        let is_test = is_todo || last.starts_with(TEST);
        if !is_test || matches!(document.kind, DocumentKind::Function(_)) {
            return None;
        }
        let place = map.and_then(|map| {
            let place = map.functions.get(document.proto as usize)?.at;
            (place.line > 0).then(|| map.show(gatos_elc::map::Place { col: 0, ..place }))
        });
        let name = format!("data.{}", document.path.join("."));
        Some(Test { name, place, document: u32::try_from(at).ok()?, proto: document.proto, is_todo })
    };
    documents.iter().enumerate().filter_map(test).collect()
}

/// Lines (file and line) and rules that were reached.
type Coverage = (BTreeSet<(u32, u32)>, BTreeSet<u32>);

/// Runs tests, each as a decision of its own without input.
pub struct Trial<'p> {
    policy: &'p Policy,
    asker: Asker<'p>,
    /// The same policy with nothing computed ahead, for those that fail and for what was reached.
    watched: Asker<'p>,
    names: BTreeMap<u32, String>,
    /// Lines and rules that were reached, when they are wanted.
    coverage: Option<Coverage>,
    /// What was reached op by op, when it is wanted.
    recorder: Option<Recorder>,
}

impl<'p> Trial<'p> {
    /// Tests of a policy over data.
    ///
    /// # Errors
    /// When the policy or its data cannot be loaded.
    pub fn new(
        policy: &'p Policy,
        watched: &'p Policy,
        data: &[u8],
        limits: Limits,
        coverage: bool,
    ) -> Result<Trial<'p>> {
        let asker = Asker::new(policy, data, limits, false)?;
        let watched = Asker::new(watched, data, limits, false)?;
        let names = watch::names(policy.loaded.program.program());
        Ok(Trial {
            policy,
            asker,
            watched,
            names,
            coverage: coverage.then(Default::default),
            recorder: coverage.then(Recorder::new),
        })
    }

    /// Runs one test.
    pub fn run(&mut self, test: &Test) -> Tried {
        let started = Instant::now();
        let outcome = match test.is_todo {
            true => Outcome::Skipped,
            false => self.outcome(test).unwrap_or_else(Outcome::Broken),
        };
        Tried { test: test.clone(), outcome, took: started.elapsed() }
    }

    fn outcome(&mut self, test: &Test) -> Result<Outcome> {
        let map = self.policy.loaded.map.as_ref();
        let program = self.policy.loaded.program.program();
        let value = match (&mut self.coverage, map) {
            (Some((lines, rules)), Some(map)) => {
                self.watched.begin(None)?;
                let mut watch = Watch::new(program, map, test.proto, &self.names, Some(lines));
                let value = self.watched.document(test.document, Some(&mut watch));
                rules.extend(self.watched.vm().fired());
                // Once more for those who count: the same happens again.
                if let Some(recorder) = &mut self.recorder {
                    self.watched.begin(None)?;
                    let _ = self.watched.document(test.document, Some(recorder));
                }
                value?
            }
            _ => {
                self.asker.begin(None)?;
                self.asker.document(test.document, None)?
            }
        };
        if value.as_deref().is_some_and(holds) {
            return Ok(Outcome::Passed);
        }
        // Once more, and this time someone watches: the same happens again.
        let mut missed = Missed { value: value.map(|v| String::from_utf8_lossy(&v).into_owned()), ..Missed::default() };
        if let Some(map) = map {
            self.watched.begin(None)?;
            let mut watch = Watch::new(program, map, test.proto, &self.names, None);
            let _ = self.watched.document(test.document, Some(&mut watch));
            if let Some(stop) = watch.stop() {
                self.explain(map, test.proto, stop, &mut missed);
            }
            missed.error = self.hidden_error(test);
        }
        Ok(Outcome::Failed(Box::new(missed)))
    }

    /// The error that strict rules would have told, where the test came out undefined by one.
    fn hidden_error(&mut self, test: &Test) -> Option<String> {
        self.watched.set_strict(true);
        let begun = self.watched.begin(None);
        let told = begun.and_then(|()| self.watched.document(test.document, None)).err();
        self.watched.set_strict(false);
        told.map(|failure| failure.what)
            .filter(|what| what.contains("eval_builtin_error") || what.contains("eval_type_error"))
    }

    fn explain(&self, map: &SourceMap, proto: u32, stop: Stop, missed: &mut Missed) {
        let literal = map.functions.get(proto as usize).and_then(|f| f.literals.get(stop.literal));
        if let Some(literal) = literal {
            missed.place = Some(map.show(gatos_elc::map::Place { col: 0, ..literal.start }));
            missed.condition = self.text(map, literal);
        }
        let inner = stop.inner.and_then(|at| map.functions.get(proto as usize)?.literals.get(at));
        missed.inner =
            inner.and_then(|inner| self.text(map, inner)).filter(|text| Some(text) != missed.condition.as_ref());
        let said = missed.inner.as_ref().or(missed.condition.as_ref());
        // Membership in what is written out is many equations, of which the last says little.
        let is_piece = stop.is_equality && said.is_some_and(|text| !text.contains('='));
        missed.sides = stop.sides.filter(|_| !is_piece);
        missed.vars = stop.vars;
        missed.asked = stop.asked;
    }

    /// A condition as it is written, on one line.
    fn text(&self, map: &SourceMap, literal: &gatos_elc::map::Literal) -> Option<String> {
        let name = map.files.get(literal.start.file as usize)?;
        let file = self.policy.loaded.files.iter().find(|file| file.name == *name)?;
        let index = gatos_compiler::text::LineIndex::new(&file.text);
        let offset = |line: u32, col: u32| {
            let range = index.range(line as usize);
            let text = file.text.get(range.clone())?;
            let within = text.char_indices().nth(col.saturating_sub(1) as usize).map_or(text.len(), |(at, _)| at);
            Some(range.start + within)
        };
        let start = offset(literal.start.line, literal.start.col)?;
        let end = offset(literal.end.0, literal.end.1)?;
        let text = file.text.get(start..end)?;
        let negated = file.text.get(..start)?.trim_end().ends_with("not") && !text.starts_with("not");
        let words = negated.then_some("not").into_iter().chain(text.split_whitespace());
        Some(words.collect::<Vec<_>>().join(" "))
    }

    /// What was reached by line and branch, file by file; files of tests left out.
    pub fn covered(&self) -> Vec<FileCoverage> {
        let (Some(recorder), Some(map)) = (&self.recorder, &self.policy.loaded.map) else { return Vec::new() };
        let mut all = coverage::report(map, self.policy.loaded.program.program(), recorder.hits());
        all.retain(|file| !file.file.ends_with(TEST_ENDING));
        all
    }

    /// What was reached, file by file; the tests themselves left out.
    pub fn reached(&self) -> Vec<Reached> {
        let (Some((lines, rules)), Some(map)) = (&self.coverage, &self.policy.loaded.map) else { return Vec::new() };
        let program = self.policy.loaded.program.program();
        let Some(tables) = &program.policy else { return Vec::new() };
        let mut files: BTreeMap<u32, Reached> = BTreeMap::new();
        let fresh = |file: u32| Reached {
            file: map.files.get(file as usize).cloned().unwrap_or_default(),
            lines: BTreeSet::new(),
            missed: BTreeSet::new(),
            rules: Vec::new(),
            missed_rules: Vec::new(),
        };
        let is_test = |at: u32| {
            let document = tables.documents.get(at as usize);
            let last = document.and_then(|d| d.path.last());
            last.is_some_and(|name| name.starts_with(TEST) || name.starts_with(TODO))
        };
        for (at, document) in (0u32..).zip(&tables.documents).filter(|(at, _)| !is_test(*at)) {
            let proto = document.proto;
            let ops = program.protos.get(proto as usize).map_or(0, |p| p.code.len());
            for op in 0..u32::try_from(ops).unwrap_or(u32::MAX) {
                let Some(place) = map.place(proto, op).filter(|place| place.line > 0) else { continue };
                let entry = files.entry(place.file).or_insert_with(|| fresh(place.file));
                match lines.contains(&(place.file, place.line)) {
                    true => _ = entry.lines.insert(place.line),
                    false => _ = entry.missed.insert(place.line),
                }
            }
            self.rules_of(tables, map, at, rules, &mut files, &fresh);
        }
        let mut all: Vec<Reached> = files.into_values().filter(|file| !file.file.ends_with(TEST_ENDING)).collect();
        all.sort_by(|a, b| a.file.cmp(&b.file));
        all
    }

    fn rules_of(
        &self,
        tables: &Tables,
        map: &SourceMap,
        document: u32,
        fired: &BTreeSet<u32>,
        files: &mut BTreeMap<u32, Reached>,
        fresh: &dyn Fn(u32) -> Reached,
    ) {
        for (at, rule) in (0u32..).zip(&tables.rules).filter(|(_, rule)| rule.document == document) {
            let Some(place) = map.rules.get(at as usize).map(|rule| rule.at) else { continue };
            let entry = files.entry(place.file).or_insert_with(|| fresh(place.file));
            match fired.contains(&at) {
                true => entry.rules.push(rule.name.clone()),
                false => entry.missed_rules.push((rule.name.clone(), place.line)),
            }
        }
    }
}

/// Whether what a test gave means that it holds: true, or a set or object of which all does.
fn holds(json: &[u8]) -> bool {
    use gatos_canon::Value;
    match Value::from_json_bytes(json) {
        Ok(Value::Bool(value)) => value,
        Ok(Value::Array(members)) => !members.is_empty() && members.iter().all(|m| *m != Value::Bool(false)),
        Ok(Value::Map(map)) => !map.is_empty() && map.iter().all(|(_, value)| *value != Value::Bool(false)),
        // Any other value is no answer to whether it holds.
        Ok(_) | Err(_) => false,
    }
}

/// Line numbers as ranges: `3-5, 9`.
pub fn ranges(lines: &BTreeSet<u32>) -> String {
    let mut out: Vec<(u32, u32)> = Vec::new();
    for line in lines {
        match out.last_mut() {
            Some((_, end)) if end.saturating_add(1) == *line => *end = *line,
            _ => out.push((*line, *line)),
        }
    }
    let one = |(from, to): &(u32, u32)| if from == to { from.to_string() } else { format!("{from}-{to}") };
    out.iter().map(one).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_numbers_become_ranges() {
        assert_eq!(ranges(&BTreeSet::from([3, 4, 5, 9])), "3-5, 9");
        assert_eq!(ranges(&BTreeSet::new()), "");
    }
}
