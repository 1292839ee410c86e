//! What a run reached: ops counted while it runs, then told by line, branch and function of the
//! sources, for both languages.
//!
//! A [`Recorder`] watches any number of runs of one program; [`report`] turns its counts into
//! files, [`merge`] joins the reports of several programs made from the same files (each test
//! file brings its own), and [`lcov`] writes them for tools that draw them.

use crate::shadow::Shadow;
use gatos_elc::SourceMap;
use gatos_elc::map::{FunctionMap, Literal};
use gatos_elc::ops::Op;
use gatos_elc::program::Program;
use gatos_vm::{Tracer, Value, View, Vm};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// How often each op of a program ran, and each jump went where.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Hits {
    /// By function, then by op.
    ops: Vec<Vec<u64>>,
    /// By function: from an op to another one that is not simply the next.
    jumps: BTreeMap<(u32, u32, u32), u64>,
    /// By function: how often it was entered.
    entered: Vec<u64>,
}

/// Somebody who counts.
#[derive(Default, Debug)]
pub struct Recorder {
    hits: Hits,
    /// The last op of each active call.
    last: Shadow<u32>,
}

fn count<T: Default>(list: &mut Vec<T>, at: u32) -> &mut T {
    let at = at as usize;
    if list.len() <= at {
        list.resize_with(at + 1, T::default);
    }
    &mut list[at]
}

impl Recorder {
    /// One that has seen nothing.
    pub fn new() -> Recorder {
        Recorder::default()
    }

    /// What was counted.
    pub fn hits(&self) -> &Hits {
        &self.hits
    }

    /// What was counted, when counting is over.
    pub fn into_hits(self) -> Hits {
        self.hits
    }
}

impl Tracer for Recorder {
    fn op(&mut self, view: View<'_>) {
        let (proto, op) = (view.proto(), view.op());
        let n = count(count(&mut self.hits.ops, proto), op);
        *n = n.saturating_add(1);
        drop(self.last.cut(view.depth()));
        let last = self.last.slot(view.depth());
        // Over the head of the block that follows is no jump yet, but it tells which way a condition went.
        if let Some(from) = last.filter(|from| from.checked_add(1) != Some(op)) {
            let n = self.hits.jumps.entry((proto, from, op)).or_default();
            *n = n.saturating_add(1);
        }
        *last = Some(op);
    }

    fn enter(&mut self, view: View<'_>) {
        let n = count(&mut self.hits.entered, view.proto());
        *n = n.saturating_add(1);
        drop(self.last.cut(view.depth()));
        *self.last.slot(view.depth()) = None;
    }

    fn leave(&mut self, _vm: &Vm, _proto: u32, _result: Value) {}
}

impl Hits {
    /// How often an op ran.
    pub fn op(&self, proto: u32, op: u32) -> u64 {
        self.ops.get(proto as usize).and_then(|ops| ops.get(op as usize)).copied().unwrap_or(0)
    }

    /// How often a function was entered.
    pub fn entered(&self, proto: u32) -> u64 {
        self.entered.get(proto as usize).copied().unwrap_or(0)
    }

    /// How often one op came right after another.
    fn went(&self, proto: u32, from: u32, to: u32) -> u64 {
        self.jumps.get(&(proto, from, to)).copied().unwrap_or(0)
    }

    /// Adds what another run of the same program counted.
    pub fn add(&mut self, other: &Hits) {
        for (proto, ops) in (0u32..).zip(&other.ops) {
            for (op, hits) in (0u32..).zip(ops) {
                let n = count(count(&mut self.ops, proto), op);
                *n = n.saturating_add(*hits);
            }
        }
        for (jump, hits) in &other.jumps {
            let n = self.jumps.entry(*jump).or_default();
            *n = n.saturating_add(*hits);
        }
        for (proto, hits) in (0u32..).zip(&other.entered) {
            let n = count(&mut self.entered, proto);
            *n = n.saturating_add(*hits);
        }
    }
}

/// One way out of a condition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Branch {
    /// The line of the condition.
    pub line: u32,
    /// Which condition of the line, from 0.
    pub block: u32,
    /// Which way: 0 on, 1 elsewhere.
    pub branch: u32,
    /// How often it was taken.
    pub hits: u64,
    /// Whether the condition was reached at all.
    pub is_reached: bool,
}

/// A function, or a rule of a policy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Function {
    /// What messages call it.
    pub name: String,
    /// Where it is defined.
    pub line: u32,
    /// How often it was called; of a rule, how often it held.
    pub hits: u64,
}

/// What was reached of one file.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct FileCoverage {
    /// The file, as the map names it.
    pub file: String,
    /// Lines with code: how often the most frequent op of each ran.
    pub lines: BTreeMap<u32, u64>,
    /// Conditions, by line, condition and way.
    pub branches: Vec<Branch>,
    /// Functions and rules, by line.
    pub functions: Vec<Function>,
}

impl FileCoverage {
    /// Lines with code that were reached, and all lines with code.
    pub fn lines_hit(&self) -> (usize, usize) {
        (self.lines.values().filter(|hits| **hits > 0).count(), self.lines.len())
    }

    /// Ways that were taken, and all ways.
    pub fn branches_hit(&self) -> (usize, usize) {
        (self.branches.iter().filter(|b| b.hits > 0).count(), self.branches.len())
    }

    /// Functions that were called, and all functions.
    pub fn functions_hit(&self) -> (usize, usize) {
        (self.functions.iter().filter(|f| f.hits > 0).count(), self.functions.len())
    }
}

/// A condition, before those of one line are numbered.
struct Condition {
    file: u32,
    line: u32,
    col: u32,
    /// On, and elsewhere.
    ways: [u64; 2],
    is_reached: bool,
}

/// What was reached, file by file in the order of the map, with all there is to reach.
pub fn report(map: &SourceMap, program: &Program, hits: &Hits) -> Vec<FileCoverage> {
    let mut files: Vec<FileCoverage> =
        map.files.iter().map(|name| FileCoverage { file: name.clone(), ..FileCoverage::default() }).collect();
    let mut conditions = Vec::new();
    for ((proto, code), names) in (0u32..).zip(&program.protos).zip(&map.functions) {
        // Function 0 of a policy never runs: it is there because every program has one.
        if program.policy.is_some() && proto == 0 {
            continue;
        }
        lines(&mut files, &code.code, proto, names, hits);
        if program.policy.is_some() {
            literals(&mut conditions, &code.code, proto, names, hits);
            rules(&mut files, map, program, &code.code, proto, hits);
        } else {
            jumps(&mut conditions, &code.code, proto, names, hits);
            function(&mut files, proto, names, hits);
        }
    }
    // Sorted by place, so that they have the same numbers in every program that a file is part of.
    conditions.sort_by_key(|c| (c.file, c.line, c.col));
    for c in conditions {
        let Some(file) = files.get_mut(c.file as usize) else { continue };
        let block = file.branches.last().filter(|b| b.line == c.line).map_or(0, |b| b.block.saturating_add(1));
        for (branch, hits) in (0u32..).zip(c.ways) {
            file.branches.push(Branch { line: c.line, block, branch, hits, is_reached: c.is_reached });
        }
    }
    for file in &mut files {
        file.functions.sort_by(|a, b| (a.line, &a.name).cmp(&(b.line, &b.name)));
    }
    files
}

fn lines(files: &mut [FileCoverage], code: &[Op], proto: u32, names: &FunctionMap, hits: &Hits) {
    for (at, op) in (0u32..).zip(code) {
        let Some(place) = names.place(at).filter(|place| place.line > 0 && is_code(op)) else { continue };
        let Some(file) = files.get_mut(place.file as usize) else { continue };
        let n = file.lines.entry(place.line).or_default();
        *n = (*n).max(hits.op(proto, at));
    }
}

/// Whether an op is told of while a program runs.
fn is_code(op: &Op) -> bool {
    !matches!(op, Op::Block { .. })
}

/// The first op at or after a place that is told of.
fn told(code: &[Op], from: u32) -> Option<u32> {
    (from..).zip(code.get(from as usize..)?).find(|(_, op)| is_code(op)).map(|(at, _)| at)
}

fn function(files: &mut [FileCoverage], proto: u32, names: &FunctionMap, hits: &Hits) {
    // A file's main chunk is the file: that it ran is told by its lines.
    if names.name.starts_with('<') {
        return;
    }
    if let Some(file) = files.get_mut(names.at.file as usize) {
        file.functions.push(Function { name: names.name.clone(), line: names.at.line, hits: hits.entered(proto) });
    }
}

fn rules(files: &mut [FileCoverage], map: &SourceMap, program: &Program, code: &[Op], proto: u32, hits: &Hits) {
    let Some(policy) = &program.policy else { return };
    for (at, op) in (0u32..).zip(code) {
        let Op::Fired { rule } = op else { continue };
        let (Some(rule), Some(noted)) = (policy.rules.get(rule.0 as usize), map.rules.get(rule.0 as usize)) else {
            continue;
        };
        let Some(file) = files.get_mut(noted.at.file as usize).filter(|_| noted.at.line > 0) else { continue };
        let held = hits.op(proto, at);
        // A rule can note in several places that it held.
        match file.functions.iter_mut().find(|f| f.name == rule.name && f.line == noted.at.line) {
            Some(there) => there.hits = there.hits.saturating_add(held),
            None => file.functions.push(Function { name: rule.name.clone(), line: noted.at.line, hits: held }),
        }
    }
}

/// Where a conditional op of EchoLua goes; none for those that every round of a loop takes both ways.
fn target(op: &Op) -> Option<u32> {
    match op {
        Op::JTest { to, .. }
        | Op::JTestSet { to, .. }
        | Op::JEq { to, .. }
        | Op::JEqK { to, .. }
        | Op::JLt { to, .. }
        | Op::JLe { to, .. }
        | Op::JLtK { to, .. }
        | Op::JLeK { to, .. }
        | Op::JGtK { to, .. }
        | Op::JGeK { to, .. } => Some(to.0),
        Op::ForPrep { exit, .. } => Some(exit.0),
        Op::GenLoop { body, .. } => Some(body.0),
        _ => None,
    }
}

fn jumps(out: &mut Vec<Condition>, code: &[Op], proto: u32, names: &FunctionMap, hits: &Hits) {
    for (at, op) in (0u32..).zip(code) {
        let (Some(to), Some(place)) = (target(op), names.place(at).filter(|place| place.line > 0)) else { continue };
        let (Some(on), Some(away)) = (told(code, at.saturating_add(1)), told(code, to)) else { continue };
        let ways = [hits.went(proto, at, on), hits.went(proto, at, away)];
        let is_reached = hits.op(proto, at) > 0;
        out.push(Condition { file: place.file, line: place.line, col: place.col, ways, is_reached });
    }
}

/// Conditions of rules: a way on when one held, a way elsewhere when it did not.
fn literals(out: &mut Vec<Condition>, code: &[Op], proto: u32, names: &FunctionMap, hits: &Hits) {
    for Literal { first_op, end_op, start, .. } in &names.literals {
        let inside = *first_op..*end_op;
        let after = told(code, *end_op);
        let mut ways = [0u64; 2];
        let range = (proto, *first_op, 0)..(proto, *end_op, 0);
        for ((_, _, to), n) in hits.jumps.range(range).filter(|((_, _, to), _)| !inside.contains(to)) {
            let way = &mut ways[usize::from(Some(*to) != after)];
            *way = way.saturating_add(*n);
        }
        let last = end_op.saturating_sub(1);
        // Falling over the end is no jump: what came to the last op and did not jump from it went on.
        if code.get(last as usize).is_some_and(|op| is_code(op) && op.target().is_none())
            && code.get(*end_op as usize).is_some_and(is_code)
        {
            ways[0] = ways[0].saturating_add(hits.op(proto, last));
        }
        let is_reached = inside.clone().any(|op| hits.op(proto, op) > 0);
        out.push(Condition { file: start.file, line: start.line, col: start.col, ways, is_reached });
    }
}

/// Adds reports of another program; files are the same when their names are.
pub fn merge(into: &mut Vec<FileCoverage>, more: Vec<FileCoverage>) {
    for file in more {
        let Some(there) = into.iter_mut().find(|there| there.file == file.file) else {
            into.push(file);
            continue;
        };
        for (line, hits) in file.lines {
            let n = there.lines.entry(line).or_default();
            *n = n.saturating_add(hits);
        }
        for b in file.branches {
            let key = (b.line, b.block, b.branch);
            match there.branches.binary_search_by_key(&key, |b| (b.line, b.block, b.branch)) {
                Ok(i) => {
                    let same = &mut there.branches[i];
                    same.hits = same.hits.saturating_add(b.hits);
                    same.is_reached |= b.is_reached;
                }
                Err(i) => there.branches.insert(i, b),
            }
        }
        for f in file.functions {
            match there.functions.iter_mut().find(|same| same.name == f.name && same.line == f.line) {
                Some(same) => same.hits = same.hits.saturating_add(f.hits),
                None => there.functions.push(f),
            }
        }
    }
}

/// The text of an lcov tracefile.
pub fn lcov(reports: &[FileCoverage]) -> String {
    let mut out = String::new();
    for file in reports {
        // Writing to a string cannot fail.
        let _ = lcov_file(&mut out, file);
    }
    out
}

fn lcov_file(out: &mut String, file: &FileCoverage) -> std::fmt::Result {
    writeln!(out, "TN:\nSF:{}", file.file)?;
    for f in &file.functions {
        writeln!(out, "FN:{},{}", f.line, f.name)?;
    }
    for f in &file.functions {
        writeln!(out, "FNDA:{},{}", f.hits, f.name)?;
    }
    let (hit, all) = file.functions_hit();
    writeln!(out, "FNF:{all}\nFNH:{hit}")?;
    for b in &file.branches {
        write!(out, "BRDA:{},{},{},", b.line, b.block, b.branch)?;
        // A dash: the condition itself was never reached.
        if b.is_reached { writeln!(out, "{}", b.hits)? } else { writeln!(out, "-")? }
    }
    let (hit, all) = file.branches_hit();
    writeln!(out, "BRF:{all}\nBRH:{hit}")?;
    for (line, hits) in &file.lines {
        writeln!(out, "DA:{line},{hits}")?;
    }
    let (hit, all) = file.lines_hit();
    writeln!(out, "LF:{all}\nLH:{hit}\nend_of_record")
}
