//! Between events the state is a value: a fold that goes on from the machine's own state and
//! one that writes it as canonical JSON and reads it back before each event give the same
//! states, sizes and errors, whatever the events do to the tree.

use gatos_canon::Value;
use gatos_compiler::pipeline::{Options, Source, compile, no_modules};
use gatos_echo::{Fold, FoldFailure, Limits, Silent};
use gatos_elc::program::Program;
use gatos_elc::verify::Verified;
use proptest::prelude::*;
use std::sync::OnceLock;

const SOURCE: &str = r#"
local M = {}
local function walk(state, path)
  local t = state
  for i = 1, #path do
    local n = t[path[i]]
    if type(n) ~= "table" then return t end
    t = n
  end
  return t
end
function M.init() return { a = {}, b = { x = {}, y = {} }, list = {}, n = 0 } end
function M.fold(state, event)
  for i = 1, #event.payload do
    local c = event.payload[i]
    local p, q = walk(state, c.p), walk(state, c.q)
    if c.op == "set" then p[c.k] = c.v
    elseif c.op == "fresh" then p[c.k] = { tag = c.k, deep = { c.v, { c.v } } }
    elseif c.op == "move" then local v = q[c.j]; q[c.j] = nil; p[c.k] = v
    elseif c.op == "moveback" then p[c.k] = q[c.j]; q[c.j] = nil
    elseif c.op == "copy" then p[c.k] = q[c.j]
    elseif c.op == "link" then p[c.k] = q
    elseif c.op == "del" then p[c.k] = nil
    elseif c.op == "append" then p[#p + 1] = c.v
    elseif c.op == "push" then p[#p + 1] = q[c.j]
    elseif c.op == "shift" then table.remove(p, 1)
    elseif c.op == "unshift" then table.insert(p, 1, { i = c.k })
    elseif c.op == "wrap" then state = { inner = state, n = 1 }
    elseif c.op == "again" then state = { a = state.a, b = state.b, list = state.list }
    elseif c.op == "island" then local t = q[c.j]; if type(t) == "table" then q[c.j] = nil; t.self = t; t.more = {} end
    elseif c.op == "many" then for j = 1, 40 do p["m" .. j] = { j } end
    elseif c.op == "few" then for j = 1, 39 do p["m" .. j] = nil end
    elseif c.op == "clear" then for _, k in ipairs(dkeys(p)) do p[k] = nil end
    elseif c.op == "func" then p[c.k] = walk
    elseif c.op == "unfunc" then p[c.k] = walk; p[c.k] = c.v
    elseif c.op == "one" then p[1] = c.v
    elseif c.op == "count" then state.n = #p; p.len = #p
    end
  end
  return state
end
return M
"#;

fn program() -> &'static Verified<Program> {
    static P: OnceLock<Verified<Program>> = OnceLock::new();
    P.get_or_init(|| {
        let c = compile(Source { name: "state.lua", text: SOURCE }, &no_modules, &Options::default());
        assert!(!c.has_errors(), "{:?}", c.diagnostics);
        c.program.unwrap().program
    })
}

fn envelope(payload: &str) -> Vec<u8> {
    Value::from_json(&format!(r#"{{"payload":{payload},"type":"t"}}"#)).unwrap().to_cbor()
}

fn new_fold() -> Fold {
    Fold::load(program(), Limits::DEFAULT, Box::new(Silent)).unwrap()
}

type Seen = Result<(String, u64), String>;

fn seen(f: &Fold, r: Result<(), FoldFailure>) -> Seen {
    match r {
        Ok(()) => Ok((String::from_utf8(f.state_json()).unwrap(), f.usage().state_bytes)),
        Err(e) => Err(e.to_string()),
    }
}

/// Each event's outcome, going on from the live state.
fn live(events: &[String]) -> Vec<Seen> {
    let mut f = new_fold();
    f.start().unwrap();
    let mut out = Vec::new();
    for e in events {
        let r = f.event(&envelope(e));
        let s = seen(&f, r);
        let stop = s.is_err();
        out.push(s);
        if stop {
            break;
        }
    }
    out
}

/// The same, through JSON before each event.
fn reread(events: &[String]) -> Vec<Seen> {
    let mut f = new_fold();
    f.start().unwrap();
    let mut state = f.state_json();
    let mut out = Vec::new();
    for e in events {
        let mut f = new_fold();
        f.resume(&state).unwrap();
        let r = f.event(&envelope(e));
        let s = seen(&f, r);
        state = f.state_json();
        let stop = s.is_err();
        out.push(s);
        if stop {
            break;
        }
    }
    out
}

fn key() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        Just("\"a\""),
        Just("\"b\""),
        Just("\"x\""),
        Just("\"y\""),
        Just("\"list\""),
        Just("1"),
        Just("2"),
        Just("\"inner\""),
        Just("\"deep\"")
    ]
}

fn value() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        Just("1"),
        Just("\"s\""),
        Just("true"),
        Just("2.5"),
        Just("{}"),
        Just("[]"),
        Just("[1,[2]]"),
        Just("{\"x\":{\"y\":1}}"),
        Just("null")
    ]
}

fn command() -> impl Strategy<Value = String> {
    let op = prop_oneof![
        4 => Just("set"), 3 => Just("fresh"), 3 => Just("move"), 2 => Just("moveback"), 2 => Just("copy"), 1 => Just("link"),
        3 => Just("del"), 3 => Just("append"), 2 => Just("push"), 2 => Just("shift"), 2 => Just("unshift"), 1 => Just("wrap"),
        1 => Just("again"), 1 => Just("island"), 1 => Just("many"), 1 => Just("few"), 1 => Just("clear"), 1 => Just("unfunc"),
        1 => Just("one"), 1 => Just("count"),
    ];
    let path = || prop::collection::vec(key(), 0..3).prop_map(|p| format!("[{}]", p.join(",")));
    (op, path(), path(), key(), key(), value())
        .prop_map(|(op, p, q, k, j, v)| format!(r#"{{"op":"{op}","p":{p},"q":{q},"k":{k},"j":{j},"v":{v}}}"#))
}

fn events() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(prop::collection::vec(command(), 1..4).prop_map(|c| format!("[{}]", c.join(","))), 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn going_on_is_resuming(events in events()) {
        prop_assert_eq!(live(&events), reread(&events));
    }
}

fn one(op: &str) -> String {
    format!(r#"[{op}]"#)
}

#[test]
fn a_shared_table_becomes_two() {
    let e = vec![
        one(r#"{"op":"fresh","p":[],"q":[],"k":"a","j":1,"v":1}"#),
        one(r#"{"op":"copy","p":["b"],"q":[],"k":"x","j":"a","v":1}"#),
        one(r#"{"op":"set","p":["a"],"q":[],"k":"tag","j":1,"v":"changed"}"#),
    ];
    let (state, _) = live(&e).pop().unwrap().unwrap();
    assert!(state.contains(r#""a":{"deep":[1,[1]],"tag":"changed"}"#), "{state}");
    assert!(state.contains(r#""x":{"deep":[1,[1]],"tag":"a"}"#), "{state}");
}

#[test]
fn errors_name_the_path() {
    let cycle = live(&[one(r#"{"op":"link","p":["b","x"],"q":[],"k":"up","j":1,"v":1}"#)]).pop().unwrap().unwrap_err();
    assert!(cycle.contains("state.b.x.up") && cycle.contains("contains itself"), "{cycle}");
    let func = live(&[one(r#"{"op":"func","p":["b","y"],"q":[],"k":"f","j":1,"v":1}"#)]).pop().unwrap().unwrap_err();
    assert!(func.contains("state.b.y.f") && func.contains("function"), "{func}");
    let mixed = live(&[one(r#"{"op":"one","p":["b"],"q":[],"k":"f","j":1,"v":1}"#)]).pop().unwrap().unwrap_err();
    assert!(mixed.contains("state.b ") && mixed.contains("both string keys and integer keys"), "{mixed}");
}

#[test]
fn a_state_within_its_limit_is_always_read_back() {
    let text = "local M = {}\nfunction M.fold(state, event)\nstate[event.payload] = true\nreturn state end\nreturn M";
    let c = compile(Source { name: "near.lua", text }, &no_modules, &Options::default());
    let p = c.program.unwrap().program;
    // Each event adds a little, until the state is as large as it may be.
    let limits = Limits { memory: 10_000, ..Limits::DEFAULT };
    let new = || Fold::load(&p, limits, Box::new(Silent)).unwrap();
    let mut live = new();
    live.start().unwrap();
    let mut state = live.state_json();
    for i in 0..1000 {
        if live.event(&envelope(&format!("\"key number {i}\""))).is_err() {
            break;
        }
        state = live.state_json();
    }
    assert!(state.len() > 3000 && state.len() < 10_000);
    let mut read = new();
    read.resume(&state).unwrap();
    assert_eq!(read.state_json(), state);
    // A larger one is still refused.
    let mut read = Fold::load(&p, Limits { memory: 9_000, ..limits }, Box::new(Silent)).unwrap();
    assert!(read.resume(&state).is_err());
}
