//! The tests of folds: which there are, what became of each.

use std::path::Path;

use gatos_debug::trial::Missed;

use super::super::Context;
use super::{Args, Tally, Word, coverage};
use crate::failure::Result;
use crate::fold_trial::{Found, Runner, Test, TestFile, Tried, Verdict};
use crate::output::{Facts, span};
use crate::policy::words::shortened;
use crate::profile::Profile;

/// Calls that are shown of a stack.
const SHOWN: usize = 8;

/// Whether a file that was named is about folds, by its name.
pub(super) fn is_about_folds(path: &Path) -> bool {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    name.ends_with(".lua") || name.contains(".events.jsonl")
}

/// Runs the tests of folds that were found, and adds them up.
///
/// # Errors
/// When stdout cannot be written.
pub(super) fn run(context: &Context, args: &Args, found: &Found, tally: &mut Tally) -> Result<()> {
    let here = std::env::current_dir().unwrap_or_default();
    let limits = args.limits().over(Profile::around(&here)?.limits.limits());
    let mut runner = Runner::new(&context.out, limits, args.bless, args.covers());
    for path in &found.files {
        let file = match TestFile::load(path, &context.out) {
            Ok(file) => file,
            // The others are still of interest.
            Err(failure) => {
                context.out.tell(&failure);
                tally.broken = true;
                continue;
            }
        };
        let tests = file.tests();
        tally.known += tests.len();
        if args.list {
            for test in tests.iter().filter(|t| args.wants(&t.name)) {
                list(context, test)?;
                tally.listed += 1;
            }
            continue;
        }
        runner.file(&file, |test| args.wants(&test.name), |tried| told(context, args, &tried, tally))?;
    }
    for golden in &found.goldens {
        tally.known += 1;
        let test = golden.test();
        if !args.wants(&test.name) {
            continue;
        }
        if args.list {
            list(context, &test)?;
            tally.listed += 1;
            continue;
        }
        let tried = runner.golden(golden);
        told(context, args, &tried, tally)?;
    }
    let reached = runner.reached();
    if args.coverage && !args.list {
        match context.out.json {
            true => context.out.line(Facts::new().json("coverage_of_folds", coverage::json(&reached)).into_json())?,
            false => context.out.words(coverage::words(&reached))?,
        }
    }
    tally.reached.extend(reached);
    Ok(())
}

fn list(context: &Context, test: &Test) -> Result<()> {
    match context.out.json {
        true => context.out.line(facts_of(test).flag("todo", test.is_todo).into_json()),
        false => context.out.words(&test.name),
    }
}

fn facts_of(test: &Test) -> Facts {
    let mut facts = Facts::new().text("test", &test.name).text("language", "lua").text("file", &test.file);
    if let Some(line) = test.line {
        facts = facts.int("line", line.into());
    }
    facts
}

fn told(context: &Context, args: &Args, tried: &Tried, tally: &mut Tally) -> Result<()> {
    tally.add(match &tried.result {
        Verdict::Passed => Word::Passed,
        Verdict::Skipped => Word::Skipped,
        Verdict::Blessed => Word::Blessed,
        Verdict::Failed(_) | Verdict::Broken(_) => Word::Failed,
    });
    if context.out.json {
        return context.out.line(facts(tried).into_json());
    }
    let name = &tried.test.name;
    let head = match tried.test.line {
        Some(line) => format!("{name} ({}:{line})", tried.test.file),
        None => name.clone(),
    };
    match &tried.result {
        Verdict::Passed if !args.verbose => Ok(()),
        Verdict::Passed => context.out.words(format!("PASS {head} {}, fuel {}", span(tried.took), tried.fuel)),
        Verdict::Skipped => context.out.words(format!("SKIP {head}")),
        Verdict::Blessed => context.out.words(format!("WROTE the expectation of {head}")),
        Verdict::Broken(failure) => {
            let text = match failure.what.is_empty() {
                true => "it does not compile".to_owned(),
                false => failure.to_string().replace('\n', "\n  "),
            };
            context.out.words(format!("ERROR {head}\n  {text}"))
        }
        Verdict::Failed(missed) => {
            let mut lines = vec![format!("FAIL {head}")];
            lines.extend(words(missed).into_iter().map(|line| format!("  {line}")));
            context.out.words(lines.join("\n"))
        }
    }
}

fn words(missed: &Missed) -> Vec<String> {
    let mut lines: Vec<String> = missed.message.lines().map(str::to_owned).collect();
    for difference in &missed.differences {
        lines.push(format!("at {}", difference.path));
        lines.push(format!("  got  {}", shortened(&difference.got)));
        lines.push(format!("  want {}", shortened(&difference.want)));
    }
    lines.extend(missed.calls.iter().take(SHOWN).map(|call| match &call.place {
        Some(place) => format!("in {} at {place}", call.name),
        None => format!("in the library function {}", call.name),
    }));
    if missed.calls.len() > SHOWN {
        lines.push("and more calls further out".to_owned());
    }
    lines.extend(missed.help.iter().map(|help| format!("help: {help}")));
    lines
}

/// A test's outcome as JSON.
pub(super) fn facts(tried: &Tried) -> Facts {
    let word = match &tried.result {
        Verdict::Passed => "pass",
        Verdict::Skipped => "skip",
        Verdict::Blessed => "written",
        Verdict::Failed(_) => "fail",
        Verdict::Broken(_) => "error",
    };
    let mut facts = facts_of(&tried.test).text("result", word);
    match &tried.result {
        Verdict::Failed(missed) => {
            let one = |d: &gatos_debug::trial::Difference| {
                Facts::new().text("path", &d.path).text("got", &d.got).text("want", &d.want).into_json()
            };
            let all: Vec<String> = missed.differences.iter().map(one).collect();
            let calls = missed.calls.iter().map(|call| match &call.place {
                Some(place) => format!("{} {place}", call.name),
                None => call.name.clone(),
            });
            facts = facts
                .text("message", &missed.message)
                .maybe("place", missed.place.as_ref())
                .json("differences", format!("[{}]", all.join(",")))
                .list("calls", calls);
        }
        Verdict::Broken(failure) => facts = facts.text("error", failure),
        _ => {}
    }
    facts.int("fuel", tried.fuel).int("time_us", tried.took.as_micros() as u64)
}
