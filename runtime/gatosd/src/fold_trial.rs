//! Which tests of folds lie below some paths: `*_test.lua` files and golden event files, each with the
//! program it is about, and how they are run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use gatos_canon::Value;
use gatos_compiler::{KindChoice, LintConfig};
use gatos_debug::coverage::{self, FileCoverage, Recorder};
use gatos_debug::trial::{self, Case, Difference, Missed, Outcome, TEST_ENDING, differences};
use gatos_ide::CommandResult;
use gatos_ledger_core::import::{EventWrapper, LineOptions};
use gatos_ledger_core::model::{ActorId, JournalId, Namespace};
use gatos_vm::Limits;

use crate::failure::{Failure, Result};
use crate::files;
use crate::input::{self, Lines};
use crate::output::Output;
use crate::toolchain::{self, Loaded, Logger};

/// How the name of a golden event file ends, before `.gz` or `.zst`.
pub const EVENTS_ENDING: &str = ".events.jsonl";
/// How the name of what is expected ends.
pub const EXPECT_ENDING: &str = ".expect.json";
/// How the name of a folder ends that holds golden event files of one fold.
pub const CASES_ENDING: &str = ".cases";

/// How deep folders are searched.
const MAX_FOLDERS: usize = 32;
/// Events of one golden file.
const MAX_EVENTS: usize = 1_000_000;

/// A golden event file.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct GoldenFile {
    /// The fold.
    pub fold: PathBuf,
    /// Its events.
    pub events: PathBuf,
    /// What should come out.
    pub expect: PathBuf,
}

/// Tests below some paths, in order of path.
#[derive(Clone, Default, Debug)]
pub struct Found {
    /// Files of test functions.
    pub files: BTreeSet<PathBuf>,
    /// Golden event files.
    pub goldens: BTreeSet<GoldenFile>,
    /// Event files beside which there is no fold.
    pub orphans: Vec<PathBuf>,
}

impl Found {
    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.goldens.is_empty()
    }
}

/// Finds tests: folders are searched, a fold that is named stands for the tests beside it.
///
/// # Errors
/// When a path cannot be read.
pub fn find(paths: &[PathBuf]) -> Result<Found> {
    let mut found = Found::default();
    for path in paths {
        let meta = std::fs::metadata(path).map_err(|e| Failure::io("read", path, &e))?;
        if meta.is_dir() {
            folder(path, 0, &mut found)?;
        } else {
            named(path, &mut found)?;
        }
    }
    Ok(found)
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
}

fn named(path: &Path, found: &mut Found) -> Result<()> {
    let name = name_of(path);
    if name.ends_with(TEST_ENDING) {
        found.files.insert(path.to_path_buf());
    } else if let Some(stem) = name.strip_suffix(".lua") {
        let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        let beside = folder.join(format!("{stem}{TEST_ENDING}"));
        if beside.is_file() {
            found.files.insert(beside);
        }
        let here = if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder.clone() };
        for entry in listed(&here)? {
            if events_stem(&name_of(&entry)).is_some_and(|s| s == stem) {
                golden(&folder.join(name_of(&entry)), found);
            }
        }
        let cases = folder.join(format!("{stem}{CASES_ENDING}"));
        if cases.is_dir() {
            for entry in listed(&cases)? {
                if events_stem(&name_of(&entry)).is_some() {
                    golden(&entry, found);
                }
            }
        }
    } else if events_stem(&name).is_some() {
        golden(path, found);
    }
    Ok(())
}

/// The name of an event file without its ending.
fn events_stem(name: &str) -> Option<&str> {
    let name = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(name);
    name.strip_suffix(EVENTS_ENDING).filter(|stem| !stem.is_empty())
}

fn golden(events: &Path, found: &mut Found) {
    let name = name_of(events);
    let Some(stem) = events_stem(&name) else { return };
    let folder = events.parent().map(Path::to_path_buf).unwrap_or_default();
    let of_cases = name_of(&folder).strip_suffix(CASES_ENDING).map(str::to_owned);
    let fold = match of_cases {
        Some(fold) => folder.parent().map(Path::to_path_buf).unwrap_or_default().join(format!("{fold}.lua")),
        None => folder.join(format!("{stem}.lua")),
    };
    if fold.is_file() {
        let expect = folder.join(format!("{stem}{EXPECT_ENDING}"));
        found.goldens.insert(GoldenFile { fold, events: events.to_path_buf(), expect });
    } else {
        found.orphans.push(events.to_path_buf());
    }
}

fn listed(folder: &Path) -> Result<Vec<PathBuf>> {
    let fail = |e: std::io::Error| Failure::io("list", folder, &e);
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        if !name_of(&path).starts_with('.') {
            all.push(path);
        }
    }
    all.sort();
    Ok(all)
}

fn folder(path: &Path, depth: usize, found: &mut Found) -> Result<()> {
    if depth > MAX_FOLDERS {
        return Err(Failure::input(format!("{} lies more than {MAX_FOLDERS} folders deep", path.display())));
    }
    for entry in listed(path)? {
        let meta = std::fs::symlink_metadata(&entry).map_err(|e| Failure::io("read", &entry, &e))?;
        let name = name_of(&entry);
        // Links to folders can lead in circles.
        if meta.is_dir() {
            folder(&entry, depth + 1, found)?;
        } else if name.ends_with(TEST_ENDING) {
            found.files.insert(entry);
        } else if events_stem(&name).is_some() {
            golden(&entry, found);
        }
    }
    Ok(())
}

/// A test of a fold, as the command tells of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Test {
    /// `counter_test.lua::test_counts`, or `counter.events.jsonl`.
    pub name: String,
    /// The file.
    pub file: String,
    /// The line; none for an event file.
    pub line: Option<u32>,
    /// Whether it is to be skipped.
    pub is_todo: bool,
}

/// What became of a test.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// It held.
    Passed,
    /// It did not.
    Failed(Box<Missed>),
    /// It could not be run.
    Broken(Failure),
    /// It is to be written still.
    Skipped,
    /// What came out was written down.
    Blessed,
}

/// A test that was run.
#[derive(Clone, Debug)]
pub struct Tried {
    /// The test.
    pub test: Test,
    /// What became of it.
    pub result: Verdict,
    /// How long it took.
    pub took: Duration,
    /// Fuel of its calls.
    pub fuel: u64,
}

/// How tests are run.
pub struct Runner<'a> {
    /// Where words go.
    pub out: &'a Output,
    /// Limits of each call.
    pub limits: Limits,
    /// Whether what comes out of event files is written down instead of compared.
    pub bless: bool,
    /// Reports of what was reached, when they are wanted.
    pub coverage: Option<Vec<FileCoverage>>,
    folds: BTreeMap<PathBuf, Option<(Loaded, Recorder)>>,
}

/// A file of tests, compiled.
pub struct TestFile {
    path: PathBuf,
    loaded: Loaded,
    cases: Vec<Case>,
}

impl TestFile {
    /// Compiles a file of tests.
    ///
    /// # Errors
    /// When it does not compile; that has been said then.
    pub fn load(path: &Path, out: &Output) -> Result<TestFile> {
        let compiled = toolchain::compile(path, KindChoice::Script, LintConfig::default(), true)?;
        let Some(done) = &compiled.program else {
            let only = |d: &&gatos_compiler::FileDiagnostic| {
                d.diagnostic.severity == gatos_syntax::diagnostic::Severity::Error
            };
            let errors: Vec<_> = compiled.diagnostics.iter().filter(only).cloned().collect();
            toolchain::say_diagnostics(&gatos_compiler::Compiled { diagnostics: errors, ..compiled }, out);
            return Err(Failure::said(crate::failure::Exit::Usage));
        };
        let loaded =
            Loaded { program: done.program.clone(), map: Some(done.map.clone()), files: compiled.files.clone() };
        let cases = loaded.map.as_ref().map(trial::cases).unwrap_or_default();
        Ok(TestFile { path: path.to_path_buf(), loaded, cases })
    }

    /// Its tests.
    pub fn tests(&self) -> Vec<Test> {
        self.cases.iter().map(|case| self.test(case)).collect()
    }

    fn test(&self, case: &Case) -> Test {
        let file = self.path.display().to_string();
        Test { name: format!("{file}::{}", case.name), file, line: Some(case.at.line), is_todo: case.is_todo }
    }
}

impl GoldenFile {
    /// It as a test.
    pub fn test(&self) -> Test {
        let file = self.events.display().to_string();
        Test { name: file.clone(), file, line: None, is_todo: false }
    }
}

impl<'a> Runner<'a> {
    /// A runner.
    pub fn new(out: &'a Output, limits: Limits, bless: bool, coverage: bool) -> Runner<'a> {
        Runner { out, limits, bless, coverage: coverage.then(Vec::new), folds: BTreeMap::new() }
    }

    /// Runs those tests of a file that are wanted.
    pub fn file(
        &mut self,
        file: &TestFile,
        wanted: impl Fn(&Test) -> bool,
        mut tell: impl FnMut(Tried) -> Result<()>,
    ) -> Result<()> {
        let Some(map) = &file.loaded.map else { return Ok(()) };
        let mut recorder = self.coverage.is_some().then(Recorder::new);
        for case in &file.cases {
            let test = file.test(case);
            if !wanted(&test) {
                continue;
            }
            let started = Instant::now();
            let tried = trial::run(&file.loaded.program, map, case, self.limits, Box::new(Logger), recorder.as_mut());
            let result = match tried.outcome {
                Outcome::Passed => Verdict::Passed,
                Outcome::Skipped => Verdict::Skipped,
                Outcome::Failed(missed) => Verdict::Failed(missed),
            };
            tell(Tried { test, result, took: started.elapsed(), fuel: tried.fuel })?;
        }
        if let (Some(recorder), Some(all)) = (recorder, &mut self.coverage) {
            coverage::merge(all, coverage::report(map, file.loaded.program.program(), recorder.hits()));
        }
        Ok(())
    }

    /// Runs a golden event file.
    pub fn golden(&mut self, golden: &GoldenFile) -> Tried {
        let started = Instant::now();
        let (result, fuel) = match self.compare(golden) {
            Ok(done) => done,
            Err(failure) => (Verdict::Broken(failure), 0),
        };
        Tried { test: golden.test(), result, took: started.elapsed(), fuel }
    }

    fn compare(&mut self, golden: &GoldenFile) -> Result<(Verdict, u64)> {
        let want = match (self.bless, golden.expect.is_file()) {
            (true, _) => None,
            (false, true) => Some(read_expectation(&golden.expect)?),
            (false, false) => {
                return Err(Failure::input(format!("there is no {}", golden.expect.display()))
                    .help("`gatos test --bless` writes it from what comes out now; look at it before you commit it"));
            }
        };
        let envelopes = envelopes(&golden.events)?;
        let watched = self.coverage.is_some();
        let entry = match self.folds.entry(golden.fold.clone()) {
            std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::btree_map::Entry::Vacant(entry) => {
                let loaded = toolchain::load(&golden.fold, KindChoice::Fold, self.out);
                entry.insert(match loaded {
                    Ok(loaded) => Some((loaded, Recorder::new())),
                    Err(failure) if failure.what.is_empty() => None,
                    Err(failure) => return Err(failure),
                })
            }
        };
        let Some((loaded, recorder)) = entry else {
            return Err(Failure::input(format!("{} does not compile", golden.fold.display())));
        };
        let recorder = watched.then_some(recorder);
        let ran = trial::check(&loaded.program, &envelopes, self.limits, Box::new(Logger), recorder);
        match (ran, want) {
            (Ok(got), None) => {
                let text = pretty(&got.value);
                if std::fs::read_to_string(&golden.expect).is_ok_and(|old| old == text) {
                    return Ok((Verdict::Passed, got.fuel));
                }
                files::write_atomic(&golden.expect, text.as_bytes())?;
                Ok((Verdict::Blessed, got.fuel))
            }
            (Ok(got), Some(want)) => {
                let found = wanted_differences(&got.value, &want);
                let result = match found.is_empty() {
                    true => Verdict::Passed,
                    false => Verdict::Failed(Box::new(Missed {
                        message: format!("what came out is not what {} says", golden.expect.display()),
                        differences: found,
                        help: Some("`--bless` writes down what comes out now".to_owned()),
                        ..Missed::default()
                    })),
                };
                Ok((result, got.fuel))
            }
            // A case that is to fail: its message is what is expected from now on.
            (Err((_, failure)), None) if self.bless && failure.stage == gatos_echo::Stage::Fold => {
                let expected: gatos_canon::Map =
                    [("error".to_owned(), Value::Text(failure.message))].into_iter().collect();
                let text = pretty(&Value::Map(expected));
                if std::fs::read_to_string(&golden.expect).is_ok_and(|old| old == text) {
                    return Ok((Verdict::Passed, 0));
                }
                files::write_atomic(&golden.expect, text.as_bytes())?;
                Ok((Verdict::Blessed, 0))
            }
            (Err((number, failure)), want) => {
                let wanted = want.as_ref().and_then(|w| w.get("error")).and_then(Value::as_text);
                if wanted.is_some_and(|text| failure.message.contains(text)) {
                    return Ok((Verdict::Passed, 0));
                }
                let mut missed = match &loaded.map {
                    Some(map) => trial::missed(map, &failure),
                    None => Missed { message: failure.message.clone(), ..Missed::default() },
                };
                if let Some(number) = number {
                    missed.message = format!("at event {number}: {}", missed.message);
                }
                if let Some(text) = wanted {
                    let got = Value::Text(failure.message.clone()).to_json_string();
                    let want = Value::Text(text.to_owned()).to_json_string();
                    missed.differences.push(Difference { path: "the error".to_owned(), got, want });
                }
                Ok((Verdict::Failed(Box::new(missed)), 0))
            }
        }
    }

    /// What the tests reached of files that are no tests themselves.
    pub fn reached(&mut self) -> Vec<FileCoverage> {
        let Some(all) = &mut self.coverage else { return Vec::new() };
        for (loaded, recorder) in std::mem::take(&mut self.folds).into_values().flatten() {
            if let Some(map) = &loaded.map {
                coverage::merge(all, coverage::report(map, loaded.program.program(), recorder.hits()));
            }
        }
        let mut merged = std::mem::take(all);
        merged.sort_by(|a, b| a.file.cmp(&b.file));
        merged.retain(|file| !file.file.ends_with(TEST_ENDING) && file.file != trial::LIBRARY_FILE);
        merged
    }
}

/// Where what came out differs from what is wanted: parts that the expectation leaves out are not compared.
fn wanted_differences(got: &Value, want: &Value) -> Vec<Difference> {
    let (Some(got_map), Some(want_map)) = (got.as_map(), want.as_map()) else { return differences(got, want) };
    if let Some(text) = want.get("error").and_then(Value::as_text) {
        let want = Value::Text(text.to_owned()).to_json_string();
        return vec![Difference { path: "the error".to_owned(), got: "nothing".to_owned(), want }];
    }
    let mut asked = gatos_canon::Map::default();
    for (key, value) in got_map.iter().filter(|(key, _)| want_map.get(key).is_some()) {
        asked.insert(key, value.clone());
    }
    differences(&Value::Map(asked), want)
}

fn read_expectation(path: &Path) -> Result<Value> {
    let text = input::read_text(path)?;
    let wrong = |why: String| {
        Failure::input(format!("{}: {why}", path.display()))
            .help("it is an object with `state`, and `artifacts` if they matter; or with `error`, a part of a message")
    };
    let value = Value::from_json(&text).map_err(|e| wrong(e.to_string()))?;
    let map = value.as_map().ok_or_else(|| wrong("it is no object".to_owned()))?;
    if let Some((key, _)) = map.iter().find(|(key, _)| !matches!(*key, "state" | "artifacts" | "error")) {
        return Err(wrong(format!("there is no {key:?} to expect")));
    }
    if map.is_empty() {
        return Err(wrong("it expects nothing".to_owned()));
    }
    Ok(value)
}

fn envelopes(path: &Path) -> Result<Vec<Vec<u8>>> {
    let journal = JournalId::new(Namespace::parse("events")?, ActorId::parse("user:local")?);
    let mut wrapper = EventWrapper::new(journal, LineOptions::new()?);
    let mut lines = Lines::open(path)?;
    let name = lines.name();
    let mut all = Vec::new();
    while let Some(line) = lines.next()? {
        let event = wrapper.wrap(line).map_err(|e| Failure::input(format!("{name}: {e}")))?;
        all.extend(event.map(|event| event.bytes));
        if all.len() > MAX_EVENTS {
            return Err(Failure::input(format!("{name} holds more than {MAX_EVENTS} events")));
        }
    }
    Ok(all)
}

/// JSON as people read it: two spaces, one member a line, small ones on their line.
fn pretty(value: &Value) -> String {
    let mut out = String::new();
    write_pretty(value, 0, &mut out);
    out.push('\n');
    out
}

fn write_pretty(value: &Value, depth: usize, out: &mut String) {
    let flat = value.to_json_string();
    let small = depth > 0 && flat.len() + 2 * depth <= 80;
    let pad = |out: &mut String, depth: usize| {
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
    };
    match value {
        Value::Map(map) if !map.is_empty() && !small => {
            out.push('{');
            let mut members: Vec<(&str, &Value)> = map.iter().collect();
            members.sort_by_key(|(key, _)| *key);
            for (at, (key, member)) in members.into_iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                pad(out, depth + 1);
                out.push_str(&Value::Text(key.to_owned()).to_json_string());
                out.push_str(": ");
                write_pretty(member, depth + 1, out);
            }
            pad(out, depth);
            out.push('}');
        }
        Value::Array(items) if !items.is_empty() && !small => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                pad(out, depth + 1);
                write_pretty(item, depth + 1, out);
            }
            pad(out, depth);
            out.push(']');
        }
        _ => out.push_str(&flat),
    }
}

/// The tests of a file for an editor: all of them, or one. `text` gives what the editor shows of a path.
///
/// # Errors
/// When the file is none of tests or does not compile, there is no such test, or it was cancelled.
pub fn for_editor(
    path: &Path,
    name: Option<&str>,
    limits: Limits,
    text: &dyn Fn(&str) -> Option<String>,
    is_cancelled: &dyn Fn() -> bool,
) -> std::result::Result<CommandResult, String> {
    if !name_of(path).ends_with(TEST_ENDING) {
        return Err(format!("{} holds no tests: they are in files named NAME{TEST_ENDING}", path.display()));
    }
    let instead = |path: &Path| text(&path.to_string_lossy());
    let compiled = toolchain::compile_with(path, KindChoice::Script, LintConfig::default(), true, &instead);
    let compiled = compiled.map_err(|failure| failure.to_string())?;
    let Some(done) = &compiled.program else {
        let is_error =
            |d: &&gatos_compiler::FileDiagnostic| d.diagnostic.severity == gatos_syntax::diagnostic::Severity::Error;
        let first = compiled.diagnostics.iter().find(is_error).map(|d| d.diagnostic.message.clone());
        return Err(format!("the tests do not compile: {}", first.unwrap_or_default()));
    };
    let cases: Vec<Case> =
        trial::cases(&done.map).into_iter().filter(|case| name.is_none_or(|name| case.name == name)).collect();
    if let (Some(name), true) = (name, cases.is_empty()) {
        return Err(format!("the file has no test `{name}`"));
    }
    let (mut rows, mut told) = (Vec::new(), String::new());
    let (mut passed, mut failed, mut skipped) = (0i64, 0i64, 0i64);
    for case in &cases {
        if is_cancelled() {
            return Err("cancelled".to_owned());
        }
        let tried = trial::run(&done.program, &done.map, case, limits, Box::new(Logger), None);
        let mut row = gatos_canon::Map::default();
        row.insert("name", case.name.clone());
        row.insert("file", path.to_string_lossy().into_owned());
        row.insert("line", i64::from(case.at.line));
        row.insert("fuel", i64::try_from(tried.fuel).unwrap_or(i64::MAX));
        let outcome = match &tried.outcome {
            Outcome::Passed => {
                passed += 1;
                told.push_str(&format!("- ✓ `{}`\n", case.name));
                "passed"
            }
            Outcome::Skipped => {
                skipped += 1;
                told.push_str(&format!("- `{}` is to be written still\n", case.name));
                "skipped"
            }
            Outcome::Failed(missed) => {
                failed += 1;
                told.push_str(&format!("- ✗ `{}`: {}\n", case.name, missed.message.replace('\n', " ")));
                for d in &missed.differences {
                    told.push_str(&format!("  - at `{}`: got `{}`, want `{}`\n", d.path, d.got, d.want));
                }
                describe(&mut row, missed);
                "failed"
            }
        };
        row.insert("outcome", outcome);
        rows.push(Value::Map(row));
    }
    let all = passed + failed + skipped;
    let summary = format!("{all} {}: {passed} passed, {failed} failed", if all == 1 { "test" } else { "tests" });
    let mut json = gatos_canon::Map::default();
    json.insert("tests", Value::Array(rows));
    json.insert("passed", passed);
    json.insert("failed", failed);
    json.insert("skipped", skipped);
    Ok(CommandResult {
        json: Value::Map(json).to_json_string(),
        markdown: format!("**{summary}**\n\n{told}"),
        ..CommandResult::default()
    })
}

fn describe(row: &mut gatos_canon::Map, missed: &Missed) {
    let value = |text: &str| Value::from_json(text).unwrap_or_else(|_| Value::Text(text.to_owned()));
    row.insert("message", missed.message.clone());
    if let Some(place) = &missed.place {
        row.insert("place", place.clone());
    }
    if let Some(first) = missed.differences.first() {
        row.insert("path", first.path.clone());
        row.insert("got", value(&first.got));
        row.insert("want", value(&first.want));
    }
    let all = missed.differences.iter().map(|d| {
        let mut one = gatos_canon::Map::default();
        one.insert("path", d.path.clone());
        one.insert("got", value(&d.got));
        one.insert("want", value(&d.want));
        Value::Map(one)
    });
    row.insert("differences", Value::Array(all.collect()));
    let calls = missed.calls.iter().map(|call| match &call.place {
        Some(place) => Value::Text(format!("{} {place}", call.name)),
        None => Value::Text(call.name.clone()),
    });
    row.insert("calls", Value::Array(calls.collect()));
}
