//! Golden event files: the state and artifacts after some events, held against what was written down.

use super::Difference;
use crate::coverage::Recorder;
use gatos_canon::Value;
use gatos_echo::{Fold, FoldFailure};
use gatos_elc::Verified;
use gatos_elc::program::Program;
use gatos_vm::{Host, Limits};
use std::collections::BTreeMap;

/// Differences that are told of one comparison.
pub const MOST_DIFFERENCES: usize = 20;

/// What folding some events gave.
#[derive(Clone, PartialEq, Debug)]
pub struct Golden {
    /// `state`, and `artifacts` where the fold emits any.
    pub value: Value,
    /// Fuel of all calls.
    pub fuel: u64,
}

/// Folds envelopes and gives what came out. The number in an error is the event's, from 1; none when no event
/// was at fault.
///
/// # Errors
/// What the fold failed with, and at which event.
pub fn check(
    program: &Verified<Program>,
    envelopes: &[Vec<u8>],
    limits: Limits,
    host: Box<dyn Host>,
    mut recorder: Option<&mut Recorder>,
) -> Result<Golden, (Option<usize>, FoldFailure)> {
    macro_rules! watching {
        () => {
            recorder.as_mut().map(|r| &mut **r as &mut dyn gatos_vm::Tracer)
        };
    }
    let whole = |f: FoldFailure| (None, f);
    let mut fold = Fold::load_watched(program, limits, host, watching!()).map_err(whole)?;
    fold.start_watched(watching!()).map_err(whole)?;
    for (at, envelope) in envelopes.iter().enumerate() {
        fold.event_watched(envelope, watching!()).map_err(|f| (Some(at + 1), f))?;
    }
    let value = |json: &[u8]| Value::from_json_bytes(json).unwrap_or(Value::Null);
    let mut out = gatos_canon::Map::default();
    let state = fold.state_json();
    if fold.has_emit() {
        let artifacts: BTreeMap<String, Vec<u8>> = fold.emit_watched(watching!()).map_err(whole)?;
        let artifacts: gatos_canon::Map = artifacts.into_iter().map(|(path, json)| (path, value(&json))).collect();
        out.insert("artifacts", Value::Map(artifacts));
    }
    out.insert("state", value(&state));
    Ok(Golden { value: Value::Map(out), fuel: fold.usage().fuel_total })
}

/// Where two values differ, by path; at most [`MOST_DIFFERENCES`].
pub fn differences(got: &Value, want: &Value) -> Vec<Difference> {
    let mut out = Vec::new();
    compare(Some(got), Some(want), &mut String::new(), &mut out);
    out
}

fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), Value::to_json_string)
}

// Values were read from text, so their nesting is bounded.
fn compare(got: Option<&Value>, want: Option<&Value>, path: &mut String, out: &mut Vec<Difference>) {
    if out.len() >= MOST_DIFFERENCES || got == want {
        return;
    }
    let length = path.len();
    match (got, want) {
        (Some(Value::Map(got)), Some(Value::Map(want))) => {
            let keys: std::collections::BTreeSet<&str> = got.iter().chain(want.iter()).map(|(key, _)| key).collect();
            for key in keys {
                step(path, key);
                compare(got.get(key), want.get(key), path, out);
                path.truncate(length);
            }
        }
        (Some(Value::Array(got)), Some(Value::Array(want))) => {
            for at in 0..got.len().max(want.len()) {
                path.push_str(&format!("[{}]", at + 1));
                compare(got.get(at), want.get(at), path, out);
                path.truncate(length);
            }
        }
        _ => {
            let path = if path.is_empty() { "the value".to_owned() } else { path.clone() };
            out.push(Difference { path, got: shown(got), want: shown(want) });
        }
    }
}

fn step(path: &mut String, key: &str) {
    let plain =
        key.chars().enumerate().all(|(at, c)| c == '_' || c.is_ascii_alphabetic() || at > 0 && c.is_ascii_digit());
    if plain && !key.is_empty() {
        path.push('.');
        path.push_str(key);
    } else {
        path.push('[');
        path.push_str(&Value::Text(key.to_owned()).to_json_string());
        path.push(']');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_differ_by_path() {
        let value = |text: &str| Value::from_json(text).unwrap_or(Value::Null);
        let found = differences(&value(r#"{"a":[1,2],"b c":{"d":1}}"#), &value(r#"{"a":[1,3,4],"b c":{"d":1,"e":2}}"#));
        let shown: Vec<String> = found.iter().map(|d| format!("{} {} {}", d.path, d.got, d.want)).collect();
        assert_eq!(shown, [".a[2] 2 3", ".a[3] nothing 4", "[\"b c\"].e nothing 2"]);
        assert_eq!(differences(&value("1"), &value("1.0")).len(), 1, "the bytes of the state differ");
        assert_eq!(differences(&value("{}"), &value("{}")), []);
    }
}
