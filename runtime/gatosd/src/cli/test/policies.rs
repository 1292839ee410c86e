//! The tests of policies, with what failed and what was reached.

use gatos_debug::coverage::FileCoverage;

use super::super::Context;
use super::{Args, Tally, Word, coverage};
use crate::failure::Result;
use crate::output::{Facts, span};
use crate::policy::build;
use crate::policy::sources::Found;
use crate::policy::trial::{self, Missed, Outcome, Reached, Test, Trial, Tried, ranges};
use crate::policy::words::shortened;
use crate::profile::Profile;

/// Runs the tests of the policies that were found, and adds them up.
///
/// # Errors
/// When the policies or their data cannot be loaded, or a name is asked for that none has.
pub(super) fn run(context: &Context, args: &Args, found: &Found, tally: &mut Tally) -> Result<Facts> {
    let here = std::env::current_dir().unwrap_or_default();
    let limits = args.limits().over(Profile::around(&here)?.policy_limits.limits());
    found.warn_ignored(&context.out);
    let data = build::data_of(found, &args.data)?;
    let policy = build::compile(&found.sources, None, false, &context.out)?;
    build::warn_shadowed(&policy, &data, &context.out);
    let data = data.to_json_string();
    let watched = policy.watched()?;
    let all = trial::tests(&policy);
    tally.known += all.len();
    let wanted: Vec<&Test> =
        all.iter().filter(|t| args.run.as_deref().is_none_or(|pattern| matches(pattern, &t.name))).collect();
    if args.list {
        wanted.iter().try_for_each(|test| listed(context, test))?;
        tally.listed += wanted.len();
        return Ok(Facts::new());
    }
    let coverage = args.covers();
    let mut trial = Trial::new(&policy, &watched, data.as_bytes(), limits, coverage)?;
    for test in wanted {
        let tried = trial.run(test);
        tally.add(match &tried.outcome {
            Outcome::Passed => Word::Passed,
            Outcome::Skipped => Word::Skipped,
            Outcome::Failed(_) | Outcome::Broken(_) => Word::Failed,
        });
        tell(context, &tried, args.verbose)?;
    }
    let mut facts = Facts::new();
    if coverage {
        let reached = trial.reached();
        let mut files = trial.covered();
        files.retain(|file| reached.iter().any(|r| r.file == file.file));
        if args.coverage {
            facts = facts.json("coverage", coverage_json(&reached, &files));
            if !context.out.json {
                context.out.words(coverage_words(&reached, &files))?;
            }
        }
        tally.reached.extend(files);
    }
    Ok(facts)
}

fn listed(context: &Context, test: &Test) -> Result<()> {
    match context.out.json {
        true => context.out.line(
            Facts::new()
                .text("test", &test.name)
                .text("language", "rgs")
                .maybe("place", test.place.as_ref())
                .flag("todo", test.is_todo)
                .into_json(),
        ),
        false => context.out.words(&test.name),
    }
}

/// Whether a pattern's parts are in a name, in their order.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let mut rest = name;
    pattern.split('*').all(|part| match rest.find(part) {
        Some(at) => {
            rest = &rest[at + part.len()..];
            true
        }
        None => false,
    })
}

fn tell(context: &Context, tried: &Tried, verbose: bool) -> Result<()> {
    let Tried { test, outcome, took } = tried;
    let word = match outcome {
        Outcome::Passed => "pass",
        Outcome::Failed(_) => "fail",
        Outcome::Broken(_) => "error",
        Outcome::Skipped => "skip",
    };
    if context.out.json {
        let mut facts = Facts::new().text("test", &test.name).maybe("place", test.place.as_ref()).text("result", word);
        match outcome {
            Outcome::Failed(missed) => facts = missed_facts(facts, missed),
            Outcome::Broken(failure) => facts = facts.text("error", failure),
            Outcome::Passed | Outcome::Skipped => {}
        }
        return context.out.line(facts.int("time_us", took.as_micros() as u64).into_json());
    }
    let place = test.place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default();
    let head = |word: &str| format!("{word} {}{place}", test.name);
    match outcome {
        Outcome::Passed if !verbose => Ok(()),
        Outcome::Passed => context.out.words(format!("{} {}", head("PASS"), span(*took))),
        Outcome::Skipped => context.out.words(head("SKIP")),
        Outcome::Broken(failure) => {
            let text = failure.to_string().replace('\n', "\n  ");
            context.out.words(format!("{}\n  {text}", head("ERROR")))
        }
        Outcome::Failed(missed) => {
            let mut lines = vec![head("FAIL")];
            lines.extend(missed_lines(missed).into_iter().map(|line| format!("  {line}")));
            context.out.words(lines.join("\n"))
        }
    }
}

/// The names of the two sides: of an equation, what was got and what was wanted.
fn side_names(missed: &Missed) -> (&'static str, &'static str) {
    match missed.inner.as_ref().or(missed.condition.as_ref()) {
        Some(text) if text.starts_with("not ") => ("left", "right"),
        Some(text) if text.contains("==") || text.contains(" = ") || text.contains(":=") => ("got", "want"),
        _ => ("left", "right"),
    }
}

fn missed_lines(missed: &Missed) -> Vec<String> {
    let mut lines = Vec::new();
    match (&missed.condition, &missed.place) {
        (Some(condition), Some(place)) => lines.push(format!("{} ({place})", shortened(condition))),
        _ if missed.value.is_some() => {}
        _ => lines.push("it is undefined".to_owned()),
    }
    if let Some(inner) = &missed.inner {
        lines.push(format!("  in it: {}", shortened(inner)));
    }
    if let Some(value) = &missed.value {
        lines.push(format!("  the test gave {}, and holds when it gives true", shortened(value)));
    }
    lines.extend(missed.error.iter().map(|error| format!("  an error left it undefined: {}", shortened(error))));
    if let Some((left, right)) = &missed.sides {
        let (first, second) = side_names(missed);
        lines.push(format!("  {first:5} {left}"));
        lines.push(format!("  {second:5} {right}"));
    }
    lines.extend(missed.asked.iter().map(|(name, value)| match value {
        Some(value) => format!("  {name} is {value}"),
        None => format!("  {name} is undefined"),
    }));
    // A side that is a variable alone was shown already.
    let said = missed.inner.as_deref().or(missed.condition.as_deref());
    let condition = said.filter(|_| missed.sides.is_some()).unwrap_or_default();
    let is_side = |name: &str| {
        let at = condition.find(name).map(|at| (&condition[..at], &condition[at + name.len()..]));
        at.is_some_and(|(before, after)| {
            let other = |c: char| matches!(c, '=' | '!' | '<' | '>' | ' ' | ':');
            (before.is_empty() && after.trim_start().starts_with(other))
                || (after.is_empty() && before.ends_with(other))
        })
    };
    let vars = missed.vars.iter().filter(|(name, _)| !is_side(name));
    lines.extend(vars.map(|(name, value)| format!("  {name} = {value}")));
    lines
}

fn missed_facts(mut facts: Facts, missed: &Missed) -> Facts {
    facts = facts
        .maybe("inner_condition", missed.inner.as_ref())
        .maybe("condition", missed.condition.as_ref())
        .maybe("condition_place", missed.place.as_ref());
    if let Some((left, right)) = &missed.sides {
        let (first, second) = side_names(missed);
        facts = facts.value(first, &as_json(left)).value(second, &as_json(right));
    }
    facts = facts.maybe("error", missed.error.as_ref());
    let object = |entries: Vec<(&String, gatos_canon::Value)>| {
        let map: gatos_canon::Map = entries.into_iter().map(|(name, value)| (name.clone(), value)).collect();
        gatos_canon::Value::Map(map)
    };
    let asked = missed.asked.iter().map(|(name, v)| (name, v.as_deref().map_or(gatos_canon::Value::Null, as_json)));
    let vars = missed.vars.iter().map(|(name, value)| (name, as_json(value)));
    facts.value("rules", &object(asked.collect())).value("values", &object(vars.collect()))
}

/// A value as JSON: null when it is undefined, a text when it was cut short.
fn as_json(shown: &str) -> gatos_canon::Value {
    match gatos_canon::Value::from_json(shown) {
        Ok(value) => value,
        Err(_) if shown == "undefined" => gatos_canon::Value::Null,
        Err(_) => gatos_canon::Value::Text(shown.to_owned()),
    }
}

fn coverage_words(reached: &[Reached], files: &[FileCoverage]) -> String {
    let mut lines = vec!["reached".to_owned()];
    for file in reached {
        let all_lines = file.lines.len() + file.missed.len();
        let all_rules = file.rules.len() + file.missed_rules.len();
        let covered = files.iter().find(|f| f.file == file.file);
        let branches = covered.map(coverage::branches).unwrap_or_default();
        lines.push(format!(
            "  {}: {} of {all_lines} lines, {} of {all_rules} rules{branches}",
            file.file,
            file.lines.len(),
            file.rules.len()
        ));
        if !file.missed.is_empty() {
            lines.push(format!("    lines not reached: {}", ranges(&file.missed)));
        }
        for (rule, line) in &file.missed_rules {
            lines.push(format!("    never held: {rule} (line {line})"));
        }
        lines.extend(covered.and_then(coverage::untaken).map(|text| format!("    {text}")));
    }
    lines.join("\n")
}

fn coverage_json(reached: &[Reached], files: &[FileCoverage]) -> String {
    let numbers = |lines: &std::collections::BTreeSet<u32>| {
        let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
        format!("[{}]", lines.join(","))
    };
    let files: Vec<String> = reached
        .iter()
        .map(|file| {
            Facts::new()
                .text("file", &file.file)
                .json("lines", numbers(&file.lines))
                .json("missed_lines", numbers(&file.missed))
                .list("rules", &file.rules)
                .list("missed_rules", file.missed_rules.iter().map(|(rule, _)| rule))
                .json("branches", coverage::branches_json(files.iter().find(|f| f.file == file.file)))
                .into_json()
        })
        .collect();
    format!("[{}]", files.join(","))
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_are_parts_in_order() {
        assert!(matches("exec", "data.exec_test.test_a"));
        assert!(matches("exec*test_a", "data.exec_test.test_a"));
        assert!(matches("", "data.x"));
        assert!(!matches("test_a*exec", "data.exec_test.test_a"));
    }
}
