//! Cases of Rego's meaning: modules, a query, data and input, and what must come out.
//!
//! The format is that of the public compliance cases: one JSON object a line.

use crate::policy::{self, Failure, Run};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What became of a case.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// As wanted.
    Passed,
    /// Not; why.
    Failed(String),
}

/// How many cases of a kind passed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Count {
    /// Those that passed.
    pub passed: u32,
    /// All.
    pub total: u32,
}

impl Count {
    /// Adds a case.
    pub fn add(&mut self, passed: bool) {
        self.total += 1;
        self.passed += u32::from(passed);
    }
}

/// Counts by folder and scope.
pub type Table = BTreeMap<(String, String), Count>;

/// Runs a case. What panics is a failure.
pub fn run(case: &Value) -> Verdict {
    let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| judge(case)));
    match done {
        Ok(Ok(())) => Verdict::Passed,
        Ok(Err(why)) => Verdict::Failed(why),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("?");
            Verdict::Failed(format!("panic: {text}"))
        }
    }
}

fn text<'a>(case: &'a Value, key: &str) -> Option<&'a str> {
    case.get(key).and_then(Value::as_str)
}

fn judge(case: &Value) -> Result<(), String> {
    let modules: Vec<(String, String)> = case
        .get("modules")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .enumerate()
        .map(|(i, m)| (format!("module{i:03}.rgs"), m.as_str().unwrap_or_default().to_string()))
        .collect();
    let query = text(case, "query").ok_or("the case has no query")?;
    let query = match text(case, "input_term") {
        // A term may hold what JSON cannot: sets, keys that are no strings.
        Some(term) => with_input(query, term),
        None => query.to_string(),
    };
    let data = case.get("data").map_or("{}".to_string(), Value::to_string);
    let run = Run {
        modules: &modules,
        query: &query,
        data: &data,
        input: case.get("input").map(Value::to_string),
        strict: case.get("strict_error").and_then(Value::as_bool).unwrap_or(false),
        optimise: true,
    };
    let outcome = policy::run(&run);
    let wanted_code = text(case, "want_error_code");
    if wanted_code.is_some() || case.get("want_error").is_some_and(|e| !e.is_null()) {
        return match outcome {
            Ok(value) => Err(format!("wanted {}, got {value}", wanted_code.unwrap_or("an error"))),
            Err(Failure::Compile(messages)) => match wanted_code {
                Some("eval_conflict_error" | "eval_builtin_error") => Err(format!("refused: {messages}")),
                _ => Ok(()),
            },
            Err(Failure::Run(message)) => match wanted_code {
                Some(code) if !message.starts_with(code) => Err(format!("wanted {code}, got {message}")),
                _ => Ok(()),
            },
            Err(Failure::Other(why)) => Err(why),
        };
    }
    let got = match outcome {
        Ok(text) => serde_json::from_str::<Value>(&text).map_err(|e| format!("the answer is no JSON: {e}"))?,
        Err(Failure::Compile(messages)) => return Err(format!("refused: {messages}")),
        Err(Failure::Run(message) | Failure::Other(message)) => return Err(message),
    };
    let none = Value::Array(Vec::new());
    let want = case.get("want_result").filter(|w| !w.is_null()).unwrap_or(&none);
    let sort = case.get("sort_bindings").and_then(Value::as_bool).unwrap_or(false);
    if same_answers(want, &got, sort) { Ok(()) } else { Err(format!("wanted {want}, got {got}")) }
}

/// The query with the term as its input, for each of its statements.
fn with_input(query: &str, term: &str) -> String {
    let statements = query.split(';').map(|s| format!("{} with input as {term}", s.trim()));
    statements.collect::<Vec<_>>().join("; ")
}

fn same_answers(want: &Value, got: &Value, sort: bool) -> bool {
    let (Value::Array(want), Value::Array(got)) = (want, got) else { return false };
    if sort { same_members(want, got, same_binding) } else { same_list(want, got) }
}

fn same_list(want: &[Value], got: &[Value]) -> bool {
    want.len() == got.len() && want.iter().zip(got).all(|(w, g)| same(w, g))
}

/// The same members in any order.
fn same_members(want: &[Value], got: &[Value], same: fn(&Value, &Value) -> bool) -> bool {
    let mut left: Vec<&Value> = got.iter().collect();
    let mut found = |w: &Value| {
        let at = left.iter().position(|g| same(w, g));
        at.map(|i| left.swap_remove(i)).is_some()
    };
    want.iter().all(&mut found) && left.is_empty()
}

/// One answer whose order is free: so is that of an array which a variable is bound to.
fn same_binding(want: &Value, got: &Value) -> bool {
    let (Value::Object(want), Value::Object(got)) = (want, got) else { return same(want, got) };
    let same_value = |a: &Value, b: &Value| match (a, b) {
        (Value::Array(a), Value::Array(b)) => same_members(a, b, same),
        _ => same(a, b),
    };
    want.len() == got.len() && want.iter().all(|(k, a)| got.get(k).is_some_and(|b| same_value(a, b)))
}

/// Whether two JSON values say the same: numbers by value, within the steps of Q32.32 when they
/// are not whole.
fn same(want: &Value, got: &Value) -> bool {
    match (want, got) {
        (Value::Number(a), Value::Number(b)) => match (a.as_i64(), b.as_i64()) {
            (Some(a), Some(b)) => a == b,
            _ => {
                let (a, b) = (a.as_f64().unwrap_or(f64::NAN), b.as_f64().unwrap_or(f64::NAN));
                (a - b).abs() <= 1.0 / f64::from(1u32 << 31)
            }
        },
        (Value::Array(a), Value::Array(b)) => same_list(a, b),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(k, a)| b.get(k).is_some_and(|b| same(a, b)))
        }
        _ => want == got,
    }
}

/// The table of counts as lines, then `later: …` and `in scope: …`.
pub fn report(table: &Table) -> String {
    let mut out = String::from("folder                            scope   passed   of\n");
    let mut totals: BTreeMap<&str, Count> = BTreeMap::new();
    for ((folder, scope), count) in table {
        out.push_str(&format!("{folder:<32}  {scope:<6}  {:>6}  {:>4}\n", count.passed, count.total));
        let total = totals.entry(scope.as_str()).or_default();
        total.passed += count.passed;
        total.total += count.total;
    }
    for (scope, label) in [("later", "later"), ("in", "in scope")] {
        let Count { passed, total } = totals.get(scope).copied().unwrap_or_default();
        out.push_str(&format!("{label}: {passed} of {total} passed\n"));
    }
    out
}

/// A failure as a line of JSON: the case with the reason added.
pub fn failure(case: &Value, why: &str) -> String {
    let mut case = case.as_object().cloned().unwrap_or_else(Map::new);
    case.insert("failure".to_string(), Value::String(why.to_string()));
    Value::Object(case).to_string()
}
