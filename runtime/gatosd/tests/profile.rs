//! `gatos run --profile`: the file, the table, and what they say of runs that fail.

mod common;

use common::Place;
use serde_json::Value;

const FOLD: &str = "local M = {}
local function words(text)
  local n = 0
  for _ in text:gmatch('%a+') do n = n + 1 end
  return n
end
function M.init() return { words = 0 } end
function M.fold(state, event)
  state.words = state.words + words(event.payload.text)
  return state
end
function M.emit(state) return { ['words.json'] = state } end
return M
";

const EVENTS: &str = r#"{"type":"said","ts":"2026-01-01T00:00:00Z","text":"one two three"}
{"type":"said","ts":"2026-01-01T00:00:01Z","text":"four five"}
{"type":"said","ts":"2026-01-01T00:00:02Z","text":"six"}
"#;

fn place() -> Place {
    let place = Place::empty();
    place.write("words.lua", FOLD);
    place.write("events.jsonl", EVENTS);
    place
}

fn weights(place: &Place, file: &str) -> u64 {
    let json: Value = serde_json::from_slice(&place.read(file)).unwrap();
    let sums: Vec<u64> = json["profiles"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["weights"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).sum())
        .collect();
    let gecko = json["threads"][0]["samples"]["weight"].as_array().unwrap();
    assert_eq!(gecko.iter().map(|n| n.as_u64().unwrap()).sum::<u64>(), sums[0]);
    assert_eq!(sums[0], sums[1]);
    sums[0]
}

#[test]
fn the_weights_of_a_profile_are_the_fuel_of_the_run() {
    let place = place();
    let plain = place.gatos(&["run", "words.lua", "--events", "events.jsonl", "--stats"]);
    let fuel: u64 = common::field(&plain.err, "fuel").parse().unwrap();
    let profiled = place.gatos(&["run", "words.lua", "--events", "events.jsonl", "--stats", "--profile", "out.json"]);
    assert_eq!(common::field(&profiled.err, "fuel").parse::<u64>().unwrap(), fuel);
    assert_eq!(profiled.ok(), plain.ok());
    assert_eq!(weights(&place, "out.json"), fuel);
    // The same run gives the same file.
    place.gatos(&["run", "words.lua", "--events", "events.jsonl", "--profile", "again.json"]).ok();
    assert_eq!(place.read("out.json"), place.read("again.json"));
    // What `emit` costs is part of it when artifacts are asked for.
    place.gatos(&["run", "words.lua", "--events", "events.jsonl", "--emit", "--profile", "emit.json"]).ok();
    assert!(weights(&place, "emit.json") > fuel);
}

#[test]
fn the_table_is_on_stderr_and_the_result_alone_on_stdout() {
    let place = place();
    let done = place.gatos(&["run", "words.lua", "--events", "events.jsonl", "-q", "--profile", "-"]);
    let err = done.err.clone();
    assert_eq!(done.ok(), "{\"words\":6}");
    for words in ["self", "words  words.lua:2", "M.fold  words.lua:8", "4 |   for _ in text:gmatch"] {
        assert!(err.contains(words), "{words:?} is not in\n{err}");
    }
    assert!(!err.contains('\u{1b}'), "no colours in a pipe");
    let top = place.gatos(&["run", "words.lua", "--events", "events.jsonl", "-q", "--profile-top"]);
    assert_eq!(top.err, err);
}

#[test]
fn a_run_that_fails_still_has_a_profile() {
    let place = place();
    place.write("endless.lua", "local n = 0\nwhile true do\n  n = n + 1\nend\n");
    let done = place.gatos(&["run", "endless.lua", "--fuel", "10000", "--profile", "out.json", "--profile-top"]);
    done.fails(1, &["fuel limit", "while true do"]);
    assert!(weights(&place, "out.json") > 9_000);
}

#[test]
fn scripts_and_calls_have_profiles_and_policies_have_none() {
    let place = place();
    place.write("area.lua", "function area(a, b) return a * b end\n");
    let done = place.gatos(&["run", "area.lua", "--call", "area", "--args", "[3, 4]", "--profile", "-"]);
    assert!(done.err.contains("area  area.lua:1"), "{}", done.err);
    assert_eq!(done.ok(), "12\n");
    place.write("p.rgs", "package gatos.p\n\nallow if input.x\n");
    place.gatos(&["run", "p.rgs", "--profile", "out.json"]).fails(2, &["policy"]);
    place.gatos(&["run", "area.lua", "--profile", "no/such/folder/out.json"]).fails(2, &["no/such/folder"]);
}
