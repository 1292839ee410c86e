//! Running the tests of a file of policies: rules whose names begin with `test_`, each asked on its own without
//! an input. A test that did not hold is run once more and watched, to say where it stopped.

use super::analysis::{Bundle, Compiled, bundle};
use super::decide::{Offsets, base_data, line_of, lines};
use super::observe::{Condition, Observer, json};
use super::text::{one_line, short, slice};
use crate::answer::CommandResult;
use crate::host::{File, Snapshot};
use gatos_canon::{Map, Value};
use gatos_elc::program::DocumentKind;
use gatos_policy::model::GATE_LIMITS;
use gatos_syntax::span::Span;
use gatos_vm::policy::{DecideError, Input, Question};
use gatos_vm::{DocKind, Silent, Vm};
use std::sync::Arc;

/// What became of a test.
enum Outcome {
    Passed,
    Skipped,
    Failed(Box<Missed>),
    Broken(String),
}

/// How a test did not hold.
#[derive(Default)]
struct Missed {
    got: Option<Value>,
    /// The condition that failed: its file, place and what was seen of it.
    condition: Option<(usize, Span, Condition)>,
    /// The error of a function that left something undefined.
    error: Option<String>,
}

/// A test there is.
struct Test {
    name: String,
    path: Vec<String>,
    document: u32,
    proto: u32,
    at: u32,
}

/// Runs the tests of a file, or one of them.
pub(crate) fn run_tests(snapshot: &Snapshot, file: &Arc<File>, name: Option<&str>) -> Result<CommandResult, String> {
    let bundle = bundle(snapshot, file);
    let index = bundle.index(file.id).ok_or("the file is not known")?;
    let Some(compiled) = bundle.watched_tests() else {
        let errors = bundle.parsed.iter().flat_map(|p| &p.diagnostics);
        let errors = errors.chain(bundle.analysis.diagnostics.iter().map(|d| &d.diagnostic));
        let first =
            errors.filter(|d| d.severity == gatos_syntax::diagnostic::Severity::Error).map(|d| &d.message).next();
        return Err(match first {
            Some(first) => format!("the policy does not compile: {first}"),
            None => "the policy does not compile".to_owned(),
        });
    };
    let data = base_data(snapshot, &bundle.folder).to_json_string();
    let tests: Vec<Test> = tests(&bundle, &compiled, index)
        .into_iter()
        .filter(|test| {
            name.is_none_or(|name| {
                test.name == name || format!("data.{}", gatos_compiler::rgs::path_text(&test.path)) == name
            })
        })
        .collect();
    if tests.is_empty() {
        return Err(match name {
            Some(name) => format!("the file has no test `{name}`"),
            None => "the file has no tests: rules whose names begin with `test_`".to_owned(),
        });
    }
    let (mut rows, mut markdown) = (Vec::new(), String::new());
    let (mut passed, mut failed, mut skipped) = (0i64, 0i64, 0i64);
    for test in &tests {
        if snapshot.is_cancelled() {
            return Err("cancelled".to_owned());
        }
        let outcome = run(&compiled, &data, test)?;
        match &outcome {
            Outcome::Passed => passed += 1,
            Outcome::Skipped => skipped += 1,
            Outcome::Failed(_) | Outcome::Broken(_) => failed += 1,
        }
        markdown.push_str(&words(&bundle, test, &outcome));
        rows.push(row(&bundle, file, test, &outcome));
    }
    let summary = format!(
        "{passed} passed, {failed} failed{}",
        if skipped > 0 { format!(", {skipped} skipped") } else { String::new() }
    );
    let mut json = Map::new();
    json.insert("tests", Value::Array(rows));
    json.insert("passed", passed);
    json.insert("failed", failed);
    json.insert("skipped", skipped);
    let markdown = format!("**{summary}**\n\n{markdown}");
    Ok(CommandResult { json: Value::Map(json).to_json_string(), markdown, edit: None, refresh: false })
}

/// The tests of a file, in the order of its text.
fn tests(bundle: &Bundle, compiled: &Compiled, file: usize) -> Vec<Test> {
    let Some(parsed) = bundle.parsed.get(file) else { return Vec::new() };
    let documents = compiled.policy.program.program().policy.as_ref().map_or(&[][..], |p| &p.documents);
    let mut out: Vec<Test> = Vec::new();
    for rule in &parsed.module.rules {
        let head = super::walk::head_path(&rule.head);
        let Some((last, _)) = head.last().filter(|(last, _)| super::walk::is_test(last)) else { continue };
        let mut path = parsed.package();
        path.extend(head.iter().map(|(text, _)| (*text).to_owned()));
        let Ok(at) = documents.binary_search_by(|d| d.path.cmp(&path)) else { continue };
        let Some(document) = documents.get(at).filter(|d| !matches!(d.kind, DocumentKind::Function(_))) else {
            continue;
        };
        if out.iter().any(|test| test.path == path) {
            continue;
        }
        let Ok(number) = u32::try_from(at) else { continue };
        out.push(Test {
            name: (*last).to_owned(),
            path,
            document: number,
            proto: document.proto,
            at: rule.head.span.start,
        });
    }
    out
}

fn machine(compiled: &Compiled, data: &str, is_strict: bool) -> Result<Vm, String> {
    let library = gatos_stdlib::rgs::library();
    let mut vm =
        Vm::new(&compiled.policy.program, &library, GATE_LIMITS, Box::new(Silent)).map_err(|e| e.to_string())?;
    vm.load_data(data.as_bytes()).map_err(|e| e.to_string())?;
    vm.set_strict(is_strict);
    vm.begin_decision(Input::None).map_err(|e| e.to_string())?;
    Ok(vm)
}

fn run(compiled: &Compiled, data: &str, test: &Test) -> Result<Outcome, String> {
    if test.name.starts_with("todo_") {
        return Ok(Outcome::Skipped);
    }
    let mut vm = machine(compiled, data, false)?;
    let got = match vm.ask(test.document) {
        Ok(value) if vm.doc_kind(value) == DocKind::Undefined => None,
        Ok(value) => json(&vm, value),
        Err(DecideError::Failed(failure)) => return Ok(Outcome::Broken(failure.message)),
        Err(error) => return Ok(Outcome::Broken(error.to_string())),
    };
    if got.as_ref().is_some_and(holds) {
        return Ok(Outcome::Passed);
    }
    let mut vm = machine(compiled, data, false)?;
    let mut observer = Observer::new(compiled.policy.program.program(), &compiled.policy.map);
    // The same happens again, and is watched.
    _ = vm.ask_traced(Question::Document(test.document), &mut observer);
    let seen = observer.seen;
    let offsets = Offsets::new(compiled);
    let furthest = seen.furthest.values().filter(|(proto, _)| *proto == test.proto).max();
    let condition = furthest.and_then(|key| {
        let literal = compiled.policy.map.functions.get(key.0 as usize)?.literals.get(key.1)?;
        let file = compiled.places.get(literal.start.file as usize).copied()?;
        Some((file, offsets.span(literal.start, literal.end)?, seen.conditions.get(key)?.clone()))
    });
    // An error that strict rules would have told.
    let mut strict = machine(compiled, data, true)?;
    let error = match strict.ask(test.document) {
        Err(DecideError::Failed(failure)) => Some(failure.message),
        _ => None,
    };
    Ok(Outcome::Failed(Box::new(Missed { got, condition, error })))
}

/// Whether what a test gave means that it holds: true, or a set or object of which all does.
fn holds(value: &Value) -> bool {
    match value {
        Value::Bool(value) => *value,
        Value::Array(members) => !members.is_empty() && members.iter().all(|m| *m != Value::Bool(false)),
        Value::Map(map) => !map.is_empty() && map.iter().all(|(_, value)| *value != Value::Bool(false)),
        _ => false,
    }
}

fn row(bundle: &Bundle, file: &Arc<File>, test: &Test, outcome: &Outcome) -> Value {
    let mut map = Map::new();
    map.insert("name", test.name.clone());
    map.insert("document", format!("data.{}", gatos_compiler::rgs::path_text(&test.path)));
    map.insert("file", file.path.to_string());
    map.insert("line", line_of(&file.text, test.at));
    let word = match outcome {
        Outcome::Passed => "passed",
        Outcome::Skipped => "skipped",
        Outcome::Failed(_) => "failed",
        Outcome::Broken(_) => "error",
    };
    map.insert("outcome", word);
    match outcome {
        Outcome::Broken(why) => _ = map.insert("error", why.clone()),
        Outcome::Failed(missed) => {
            map.insert("want", Value::Bool(true));
            map.insert("got", missed.got.clone().unwrap_or(Value::Null));
            if let Some(error) = &missed.error {
                map.insert("error", error.clone());
            }
            if let Some((at, span, condition)) = &missed.condition
                && let Some(of) = bundle.files.get(*at)
            {
                map.insert("condition", one_line(slice(&of.text, *span)));
                map.insert("condition_file", of.path.to_string());
                map.insert("condition_line", line_of(&of.text, span.start));
                let vars: Map = condition.vars.iter().cloned().collect();
                map.insert("values", Value::Map(vars));
                if let Some((left, right)) = &condition.sides {
                    map.insert("left", left.clone().unwrap_or(Value::Null));
                    map.insert("right", right.clone().unwrap_or(Value::Null));
                }
            }
        }
        Outcome::Passed | Outcome::Skipped => {}
    }
    Value::Map(map)
}

fn words(bundle: &Bundle, test: &Test, outcome: &Outcome) -> String {
    let mut out = match outcome {
        Outcome::Passed => format!("- ✓ `{}`\n", test.name),
        Outcome::Skipped => format!("- `{}` is to be written still\n", test.name),
        Outcome::Failed(_) => format!("- ✗ `{}`\n", test.name),
        Outcome::Broken(why) => format!("- ✗ `{}`: {why}\n", test.name),
    };
    let Outcome::Failed(missed) = outcome else { return out };
    if let Some((at, span, condition)) = &missed.condition
        && let Some(of) = bundle.files.get(*at)
    {
        let text = one_line(slice(&of.text, *span));
        out.push_str(&format!("  - `{text}` does not hold (line {})\n", line_of(&of.text, span.start)));
        for line in lines(&text, condition, &Value::Null).into_iter().filter(|line| !line.starts_with("input")) {
            out.push_str(&format!("  - {line}\n"));
        }
    }
    if let Some(got) = &missed.got {
        out.push_str(&format!("  - it gave `{}`\n", short(got, 200)));
    }
    if let Some(error) = &missed.error {
        out.push_str(&format!("  - {error}\n"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::{Cancel, Host, Language, Pin, Root};
    use crate::rgs::{explain_decision, test_from_denial};

    const POLICY: &str = "package gatos.api\n\nallow if {\n\tinput.intent == \"read\"\n\tgatos.caps.has(input.granted, \"api:read\")\n}\n\n\
        deny contains sprintf(\"%s is frozen\", [input.resource]) if input.payload.frozen\n";
    const TESTS: &str = "package gatos.api_test\n\nimport data.gatos.api\n\ntest_good if api.allow with input as {\"intent\": \"read\", \"granted\": [\"*\"]}\n\n\
        test_bad if {\n\tn := count(api.deny) with input as {\"payload\": {}}\n\tn == 2\n}\n\n\
        test_broken if 1 / 0 == 1\n\ntodo_test_more if false\n";
    const API: &str = "/p/gatos/policies/api.rgs";
    const API_TEST: &str = "/p/gatos/policies/api_test.rgs";

    fn host(tests: Option<&str>) -> Host {
        let mut host = Host::new();
        host.set_roots(vec![Root { path: Arc::from("/p"), lints: Default::default(), width: 100 }]);
        host.set(API, Language::Rgs, POLICY, true);
        if let Some(tests) = tests {
            host.set(API_TEST, Language::Rgs, tests, true);
        }
        host
    }

    fn parse(result: &CommandResult) -> Value {
        Value::from_json(&result.json).expect("JSON")
    }

    #[test]
    fn tests_tell_what_failed_and_with_which_values() {
        let host = host(Some(TESTS));
        let snapshot = host.snapshot(Cancel::new());
        let file = snapshot.at(API_TEST).expect("the file");
        let result = run_tests(&snapshot, file, None).expect("they run");
        let json = parse(&result);
        let count = |name: &str| json.get(name).and_then(Value::as_int);
        assert_eq!((count("passed"), count("failed"), count("skipped")), (Some(1), Some(2), Some(1)));
        let tests = json.get("tests").and_then(Value::as_array).expect("tests");
        let text = |at: usize, name: &str| tests[at].get(name).and_then(Value::as_text).unwrap_or_default().to_owned();
        assert_eq!((text(0, "name"), text(0, "outcome")), ("test_good".into(), "passed".into()));
        assert_eq!((text(1, "outcome"), text(1, "condition")), ("failed".into(), "n == 2".into()));
        assert_eq!(tests[1].get("condition_line").and_then(Value::as_int), Some(9));
        assert_eq!(tests[1].get("left").and_then(Value::as_int), Some(0));
        assert!(text(2, "error").contains("divide by zero"), "{}", text(2, "error"));
        assert_eq!(text(3, "outcome"), "skipped");
        assert!(result.markdown.contains("`n == 2` does not hold (line 9)"), "{}", result.markdown);
        let one = parse(&run_tests(&snapshot, file, Some("test_good")).expect("it runs"));
        assert_eq!(one.get("tests").and_then(Value::as_array).map(<[Value]>::len), Some(1));
        assert!(run_tests(&snapshot, file, Some("test_none")).expect_err("no such test").contains("no test"));
        let api = snapshot.at(API).expect("the file");
        assert!(run_tests(&snapshot, api, None).expect_err("no tests").contains("no tests"));
    }

    #[test]
    fn a_decision_is_explained_and_a_denial_becomes_a_test_that_passes() {
        let mut host = host(None);
        let input =
            r#"{"intent":"read","actor":"user:bob","granted":[],"resource":"gatos://x","payload":{"frozen":true}}"#;
        let snapshot = host.snapshot(Cancel::new());
        let file = snapshot.at(API).expect("the file").clone();
        assert!(explain_decision(&snapshot, &file).expect_err("nothing is pinned").contains("no input is pinned"));
        host.set_pin("/p", Some(Pin { json: Arc::from(input), from: "denial 1".into() }));
        let snapshot = host.snapshot(Cancel::new());
        let explained = explain_decision(&snapshot, &file).expect("it is explained");
        let json = parse(&explained);
        let decision = json.get("decision").expect("a decision");
        assert_eq!(decision.get("code").and_then(Value::as_text), Some("forbidden"));
        assert!(
            explained.markdown.contains("## DENY") && explained.markdown.contains("gatos://x is frozen"),
            "{}",
            explained.markdown
        );
        assert!(explained.markdown.contains("gatos trust grant user:bob api:read"), "{}", explained.markdown);
        let rules = json.get("rules").and_then(Value::as_array).expect("rules");
        let conditions = rules[0].get("conditions").and_then(Value::as_array).expect("conditions");
        let held: Vec<_> = conditions.iter().map(|c| c.get("held").and_then(Value::as_int)).collect();
        assert_eq!(held, [Some(1), Some(0)]);

        for (input, says) in [
            (input, "\"gatos://x is frozen\" in api.deny"),
            (r#"{"intent":"read","granted":[],"payload":{}}"#, "not api.allow"),
        ] {
            let made = test_from_denial(&snapshot, &file, input).expect("a test");
            let edit = made.edit.expect("an edit");
            let (path, text) = edit.create.first().expect("a new file");
            assert_eq!(path, API_TEST);
            assert!(text.contains(says), "{text}");
            let mut host = self::host(Some(text));
            let snapshot = host.snapshot(Cancel::new());
            let file = snapshot.at(API_TEST).expect("the file").clone();
            let json = parse(&run_tests(&snapshot, &file, None).expect("it runs"));
            assert_eq!(json.get("passed").and_then(Value::as_int), Some(1), "{text}");
            // A second one stands beside the first.
            let again = test_from_denial(&snapshot, &file, input).expect("a test").edit.expect("an edit");
            let mut text = text.clone();
            for edit in again.edits[0].1.iter().rev() {
                text.replace_range(edit.span.range(), &edit.text);
            }
            host.set(API_TEST, Language::Rgs, &text, true);
            let snapshot = host.snapshot(Cancel::new());
            let file = snapshot.at(API_TEST).expect("the file").clone();
            let json = parse(&run_tests(&snapshot, &file, None).expect("it runs"));
            assert_eq!(json.get("passed").and_then(Value::as_int), Some(2), "{text}");
        }
        let allowed = r#"{"intent":"read","granted":["*"],"payload":{}}"#;
        assert!(test_from_denial(&snapshot, &file, allowed).expect_err("allowed").contains("allows"));
        assert!(test_from_denial(&snapshot, &file, "{").expect_err("broken").contains("not JSON"));
    }
}
