//! Tests of folds: functions of a `*_test.lua` file, each run in a machine of its own, and golden
//! event files whose final state is compared with what was written down.
//!
//! A test holds when it raises nothing. [`LIBRARY`] is the module `gatos.test`, written in
//! EchoLua itself; what it raises about two values is read back as differences by path.

mod golden;

pub use golden::{Golden, MOST_DIFFERENCES, check, differences};

use crate::coverage::Recorder;
use gatos_echo::{FoldFailure, Script};
use gatos_elc::map::Place;
use gatos_elc::program::Program;
use gatos_elc::{SourceMap, Verified};
use gatos_vm::{Host, Limits, TraceFrame};

pub use gatos_compiler::testing::{LIBRARY, LIBRARY_FILE, LIBRARY_NAME, TEST_ENDING, library};

/// How a test's name begins.
const TEST: &str = "test_";
/// How the name of a test begins that is to be written still.
const TODO: &str = "todo_test_";

/// A test.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Case {
    /// Its name, without the table that holds it: `test_counts`.
    pub name: String,
    /// Where it is.
    pub at: Place,
    /// Whether it is to be skipped.
    pub is_todo: bool,
}

/// The tests of a program, in order of place: functions of its main file named `test_…`, global or in the table
/// that it returns.
pub fn cases(map: &SourceMap) -> Vec<Case> {
    let mut all: Vec<Case> = map
        .functions
        .iter()
        .filter(|f| f.at.file == 0)
        .filter_map(|f| {
            // Methods and functions of inner tables are nobody's tests.
            let name = f.name.split_once('.').map_or(f.name.as_str(), |(_, name)| name);
            let is_todo = name.starts_with(TODO);
            let is_test = (is_todo || name.starts_with(TEST)) && !name.contains(['.', ':']);
            is_test.then(|| Case { name: name.to_owned(), at: f.at, is_todo })
        })
        .collect();
    all.sort_by_key(|case| case.at);
    let mut seen = std::collections::BTreeSet::new();
    all.retain(|case| seen.insert(case.name.clone()));
    all
}

/// A place at which two values differ.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// The path: `.by_id.a[3]`, or words for the whole.
    pub path: String,
    /// What is there, as canonical JSON or words.
    pub got: String,
    /// What should be.
    pub want: String,
}

/// A call in progress.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Call {
    /// The function's name.
    pub name: String,
    /// Where it was; none for a library function.
    pub place: Option<String>,
}

/// How a test did not hold.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Missed {
    /// What was raised, without the differences.
    pub message: String,
    /// Where in the tests' or the fold's own files: `counter_test.lua:3:5`.
    pub place: Option<String>,
    /// Where two values differ.
    pub differences: Vec<Difference>,
    /// The calls in progress, innermost first.
    pub calls: Vec<Call>,
    /// What to do, when that is known.
    pub help: Option<String>,
    /// Whether a limit ended it.
    pub is_limit: bool,
}

/// What became of a test.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It held.
    Passed,
    /// It did not.
    Failed(Box<Missed>),
    /// It is to be written still.
    Skipped,
}

/// A test that was run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tried {
    /// What became of it.
    pub outcome: Outcome,
    /// The fuel of its call.
    pub fuel: u64,
}

/// Runs one test in a machine of its own. With a recorder, what it reaches is counted.
pub fn run(
    program: &Verified<Program>,
    map: &SourceMap,
    case: &Case,
    limits: Limits,
    host: Box<dyn Host>,
    recorder: Option<&mut Recorder>,
) -> Tried {
    if case.is_todo {
        return Tried { outcome: Outcome::Skipped, fuel: 0 };
    }
    let mut fuel = 0;
    let attempt = || -> Result<(), FoldFailure> {
        match recorder {
            Some(recorder) => {
                let (mut script, _) = Script::run_watched(program, limits, host, Some(recorder))?;
                let done = script.invoke(&case.name, Some(recorder));
                fuel = script.usage().fuel;
                done
            }
            None => {
                let (mut script, _) = Script::run(program, limits, host)?;
                let done = script.invoke(&case.name, None);
                fuel = script.usage().fuel;
                done
            }
        }
    };
    let outcome = match attempt() {
        Ok(()) => Outcome::Passed,
        Err(failure) => Outcome::Failed(Box::new(missed(map, &failure))),
    };
    Tried { outcome, fuel }
}

/// A failure in terms of the sources.
pub fn missed(map: &SourceMap, failure: &FoldFailure) -> Missed {
    let is_library = |place: Place| map.files.get(place.file as usize).is_some_and(|f| f == LIBRARY_FILE);
    let mut calls = Vec::new();
    let mut own = None;
    for frame in &failure.trace {
        match frame {
            TraceFrame::Library(name) => calls.push(Call { name: (*name).to_owned(), place: None }),
            TraceFrame::Function { proto, op } => {
                let place = map.place(*proto, *op);
                // Where the library raised is no news.
                if place.is_some_and(is_library) {
                    calls.clear();
                    continue;
                }
                let place = place.map(|place| map.show(place));
                own = own.or_else(|| place.clone());
                calls.push(Call { name: map.name(*proto).unwrap_or("?").to_owned(), place });
            }
        }
    }
    let (message, differences) = parted(&failure.message);
    Missed { message, place: own, differences, calls, help: failure.help.clone(), is_limit: failure.limit.is_some() }
}

/// What the library raised, as a message and differences.
fn parted(text: &str) -> (String, Vec<Difference>) {
    let mut lines = text.lines();
    let mut message = Vec::new();
    let mut differences = Vec::new();
    while let Some(line) = lines.next() {
        let rest: Vec<&str> = lines.clone().take(2).collect();
        let found = line.strip_prefix("at ").zip(rest.first().and_then(|l| l.strip_prefix("  got  ")));
        match found.zip(rest.get(1).and_then(|l| l.strip_prefix("  want "))) {
            Some(((path, got), want)) => {
                differences.push(Difference { path: path.to_owned(), got: got.to_owned(), want: want.to_owned() });
                lines.next();
                lines.next();
            }
            None => message.push(line),
        }
    }
    (message.join("\n"), differences)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_read_back() {
        let text = "totals\nat .a\n  got  1\n  want 2\nat the value\n  got  nothing\n  want \"x\"\nat the end";
        let (message, found) = parted(text);
        assert_eq!(message, "totals\nat the end");
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].path.as_str(), found[0].got.as_str(), found[0].want.as_str()), (".a", "1", "2"));
        assert_eq!(found[1].got, "nothing");
    }
}
