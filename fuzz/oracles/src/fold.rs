//! Laws of folds: folding a prefix, writing the state down, and going on from what was
//! written is folding without a pause: the same states, errors, artifacts, fuel and memory.

use crate::choices::Choices;
use crate::elc;
use crate::program;
use gatos_canon::Value;
use gatos_compiler::pipeline::{Options, Source, compile, no_modules};
use gatos_echo::{Fold, FoldFailure, Limits, Silent};
use gatos_elc::program::{Program, ProgramKind};
use gatos_elc::verify::Verified;
use gatos_vm::Usage;

const LIMITS: Limits = Limits { fuel: 20_000, depth: 50, memory: 1 << 20 };

/// What an event left behind.
#[derive(Clone, PartialEq, Eq, Debug)]
struct After {
    outcome: Result<(), FoldFailure>,
    state: String,
    state_bytes: u64,
    usage: Usage,
    emitted: Result<Vec<(String, Vec<u8>)>, FoldFailure>,
    emit_usage: Usage,
}

fn after(f: &mut Fold, outcome: Result<(), FoldFailure>) -> After {
    let ok = outcome.is_ok();
    let state = String::from_utf8_lossy(&f.state_json()).into_owned();
    let usage = if ok { f.last_usage() } else { Usage::default() };
    // What a refused event left half-moved is nobody's state.
    let state_bytes = if ok { f.usage().state_bytes } else { 0 };
    // A fold that failed must not be asked again.
    let emitted = if ok { f.emit().map(|m| m.into_iter().collect()) } else { Ok(Vec::new()) };
    let emit_usage = if ok { f.last_usage() } else { Usage::default() };
    assert!(!ok || f.state_json() == state.as_bytes(), "emit changed the state");
    After { outcome, state: if ok { state } else { String::new() }, state_bytes, usage, emitted, emit_usage }
}

fn load(program: &Verified<Program>) -> Option<Fold> {
    Fold::load(program, LIMITS, Box::new(Silent)).ok()
}

/// Folds all events, writing the state down and reading it into a new machine before each
/// event that `pause` names.
fn folded(program: &Verified<Program>, events: &[Vec<u8>], pause: impl Fn(usize) -> bool) -> Vec<After> {
    let Some(mut f) = load(program) else { return Vec::new() };
    let start = f.start();
    let mut out = vec![after(&mut f, start)];
    for (i, e) in events.iter().enumerate() {
        if out.last().is_some_and(|a| a.outcome.is_err()) {
            break;
        }
        if pause(i) {
            let state = f.state_json();
            let Some(mut next) = load(program) else { return Vec::new() };
            next.resume(&state).unwrap_or_else(|e| panic!("a state that was kept is refused: {e}"));
            assert_eq!(next.state_json(), state, "a state reads back as another one");
            assert_eq!(next.usage().state_bytes, f.usage().state_bytes, "the size of a state is not its own");
            f = next;
        }
        let r = f.event(e);
        out.push(after(&mut f, r));
    }
    out
}

fn check(program: &Verified<Program>, events: &[Vec<u8>], c: &mut Choices<'_>) {
    let whole = folded(program, events, |_| false);
    assert_eq!(whole, folded(program, events, |_| false), "two folds of the same events differ");
    let (cut, all) = (c.below(events.len().max(1)), c.one_in(2));
    let parts = folded(program, events, |i| all || i == cut);
    for (i, (a, b)) in whole.iter().zip(&parts).enumerate() {
        assert_eq!(a, b, "after {i} events, without and with a pause");
    }
    assert_eq!(whole.len(), parts.len());
}

fn payload(c: &mut Choices<'_>) -> String {
    const KEYS: &[&str] = &["a", "b", "x", "y", "list", "n", "inner", "", "é", "m3"];
    const VALUES: &[&str] = &[
        "1",
        "-7",
        "\"s\"",
        "true",
        "2.5",
        "{}",
        "[]",
        "[1,[2]]",
        "{\"x\":{\"y\":1}}",
        "null",
        "\"\u{1F600}\"",
        "[[],{}]",
        "9223372036854775807",
        "0.1",
        "[{\"a\":[1,2,3]},null]",
    ];
    let (k, j) = (c.of(KEYS), c.of(KEYS));
    format!(r#"{{"k":"{k}","j":"{j}","n":{},"v":{}}}"#, c.below(6), c.of(VALUES))
}

fn events(c: &mut Choices<'_>) -> Vec<Vec<u8>> {
    (0..1 + c.below(7))
        .map(|i| {
            let text = format!(
                r#"{{"actor":"user:ann","ns":"n","payload":{},"seq":{i},"type":"t","ulid":"01ARZ3NDEKTSV4RRFFQ69G5FAV"}}"#,
                payload(c)
            );
            Value::from_json(&text).map(|v| v.to_cbor()).unwrap_or_default()
        })
        .collect()
}

/// A made-up fold over made-up events.
pub fn oracle_fold_resume(data: &[u8]) {
    let mut c = Choices::new(data);
    let events = events(&mut c);
    let mut rest = c.clone();
    let text = program::fold(&mut c);
    let compiled = compile(Source { name: "fold.lua", text: &text }, &no_modules, &Options::default());
    let Some(p) = compiled.program else {
        panic!("{:?}\n{text}", compiled.diagnostics);
    };
    if std::env::var_os("ORACLE_SHOW").is_some() {
        eprintln!("{text}");
    }
    check(&p.program, &events, &mut rest);
}

/// Mutants as folds.
pub fn oracle_elc_fold(data: &[u8]) {
    let mut c = Choices::new(data);
    let events = events(&mut c);
    let base = elc::programs().iter().filter(|p| p.kind == ProgramKind::Fold).collect::<Vec<_>>();
    let Some(base) = base.get(c.below(base.len())) else { return };
    let mut rest = c.clone();
    if let Some(m) = crate::mutate::mutant(base, &mut c) {
        check(&m, &events, &mut rest);
    }
}
