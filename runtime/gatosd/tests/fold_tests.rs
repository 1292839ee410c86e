//! `gatos test` for folds: test functions, golden event files, coverage, the list for editors.

mod common;

use common::{Place, field};

const COUNTER: &str = "-- Counts amounts by kind.
local M = {}

function M.init()
  return { total = 0, kinds = {} }
end

function M.fold(state, event)
  local amount = event.payload.amount
  if amount < 0 then
    error(\"negative\")
  elseif amount == 0 then
    return state
  end
  state.total = state.total + amount
  state.kinds[event.type] = (state.kinds[event.type] or 0) + 1
  return state
end

local function never()
  return 1
end

function M.emit(state)
  return { [\"total.json\"] = state.total }
end

return M
";

const TESTS: &str = "local test = require \"gatos.test\"
local counter = require \"counter\"

local M = {}

function M.test_adds_up()
  local state = test.fold(counter, {
    { type = \"a.b\", payload = { amount = 2 } },
    { type = \"a.b\", payload = { amount = 3 } },
  })
  test.equal(state, { total = 5, kinds = { [\"a.b\"] = 2 } })
end

function M.test_is_wrong()
  local state = test.fold(counter, { { type = \"a.b\", payload = { amount = 2 } } })
  test.equal(state, { total = 3, kinds = { [\"c d\"] = 1 } }, \"the totals\")
end

function M.test_refuses_negative_amounts()
  test.fails(function()
    test.fold(counter, { { payload = { amount = -1 } } })
  end, \"negative\")
end

function M.todo_test_later()
end

function M.test_never_ends()
  while true do
  end
end

return M
";

fn place() -> Place {
    let place = Place::empty();
    place.write("folds/counter.lua", COUNTER);
    place.write("folds/counter_test.lua", TESTS);
    place
}

#[test]
fn tests_of_a_fold_say_what_differs_and_where() {
    let place = place();
    let out = place.gatos(&["test", "folds", "-v", "--fuel", "100000"]).fails(1, &[]).out;
    for words in [
        "PASS folds/counter_test.lua::test_adds_up (folds/counter_test.lua:6)",
        "PASS folds/counter_test.lua::test_refuses_negative_amounts",
        "SKIP folds/counter_test.lua::todo_test_later",
        "FAIL folds/counter_test.lua::test_is_wrong (folds/counter_test.lua:14)\n  the totals\n",
        "  at .kinds[\"a.b\"]\n    got  1\n    want nothing\n",
        "  at .kinds[\"c d\"]\n    got  nothing\n    want 1\n",
        "  at .total\n    got  2\n    want 3\n",
        "  in M.test_is_wrong at folds/counter_test.lua:16:3",
        "the fuel limit of 100000 units is used up",
        "5 tests: 2 passed, 2 failed, 1 skipped",
    ] {
        assert!(out.contains(words), "{words}\n{out}");
    }
    let one = place.gatos(&["test", "folds/counter_test.lua::test_adds_up"]).ok();
    assert_eq!(one, "1 test: 1 passed\n");
    place.gatos(&["test", "folds/counter_test.lua::test_nowhere"]).fails(2, &["there is no test"]);
    let one = place.gatos(&["test", "folds/counter.lua", "--run", "adds"]).ok();
    assert_eq!(one, "1 test: 1 passed\n");
    place.gatos(&["test", "folds", "--run", "nowhere"]).fails(2, &["no test's name contains"]);
}

#[test]
fn machines_get_the_same_facts() {
    let place = place();
    let out = place.gatos(&["test", "folds", "--json", "--fuel", "100000"]).fails(1, &[]).out;
    let line = out.lines().find(|line| line.contains("test_is_wrong")).unwrap();
    assert_eq!(field(line, "result"), "fail");
    assert_eq!(field(line, "line"), "14");
    assert_eq!(field(line, "place"), "folds/counter_test.lua:16:3");
    assert!(field(line, "differences").contains(r#"{"got":"2","path":".total","want":"3"}"#), "{line}");
    let list = place.gatos(&["test", "folds", "--list", "--json"]).ok();
    let names: Vec<String> = list.lines().map(|line| field(line, "test")).collect();
    assert_eq!(names.len(), 5);
    assert_eq!(names[0], "folds/counter_test.lua::test_adds_up");
    assert!(list.lines().any(|line| field(line, "todo") == "true"));
}

#[test]
fn golden_events_are_held_against_what_was_written_down() {
    let place = Place::empty();
    place.write("counter.lua", COUNTER);
    place.write("counter.events.jsonl", "{\"type\":\"a.b\",\"amount\":2}\n{\"type\":\"c.d\",\"amount\":3}\n");
    place.write(
        "counter.cases/refused.events.jsonl",
        "{\"type\":\"a.b\",\"amount\":1}\n{\"type\":\"a.b\",\"amount\":-3}\n",
    );
    let out = place.gatos(&["test", "."]).fails(1, &[]).out;
    assert!(out.contains("ERROR ./counter.events.jsonl") && out.contains("--bless"), "{out}");
    place.write("counter.cases/refused.expect.json", "{\"error\": \"negative\"}");
    place.gatos(&["test", "counter.lua", "--bless", "--run", "counter.events"]).ok();
    let written = String::from_utf8(place.read("counter.expect.json")).unwrap();
    assert_eq!(
        written,
        "{\n  \"artifacts\": {\"total.json\":5},\n  \"state\": {\"kinds\":{\"a.b\":1,\"c.d\":1},\"total\":5}\n}\n"
    );
    assert_eq!(place.gatos(&["test", "."]).ok(), "2 tests: 2 passed\n");
    // What is left out is not compared; what is there is, by path.
    place.write("counter.expect.json", "{\"state\": {\"kinds\": {\"a.b\": 1}, \"total\": 6}}");
    let out = place.gatos(&["test", "counter.events.jsonl"]).fails(1, &[]).out;
    assert!(out.contains("at .state.kinds[\"c.d\"]\n    got  1\n    want nothing"), "{out}");
    assert!(out.contains("at .state.total\n    got  5\n    want 6"), "{out}");
    // An error that was not expected names the event and the place.
    place.write("counter.cases/refused.expect.json", "{\"error\": \"other\"}");
    let out = place.gatos(&["test", "counter.lua", "--run", "refused"]).fails(1, &[]).out;
    assert!(out.contains("at event 2: negative") && out.contains("counter.lua:11:5"), "{out}");
    assert!(out.contains("at the error\n    got  \"negative\"\n    want \"other\""), "{out}");
    place.write("counter.expect.json", "{\"stat\": 1}");
    let out = place.gatos(&["test", "counter.events.jsonl"]).fails(1, &[]).out;
    assert!(out.contains("there is no \"stat\" to expect"), "{out}");
    place.gatos(&["test", "counter.cases/refused.events.jsonl", "--bless"]).ok();
    assert_eq!(place.read("counter.cases/refused.expect.json"), b"{\n  \"error\": \"negative\"\n}\n");
    place.write("orphan.events.jsonl", "{}\n");
    place.gatos(&["test", "."]).fails(1, &["orphan.events.jsonl belongs to no fold"]);
}

#[test]
fn coverage_names_lines_branches_and_functions() {
    let place = place();
    let args = ["test", "folds", "--coverage", "--lcov", "out/lcov.info", "--run", "adds"];
    place.write("out/keep", "");
    let out = place.gatos(&args).ok();
    assert!(out.contains("folds/counter.lua: ") && out.contains(" branches"), "{out}");
    assert!(out.contains("lines not reached: 11, 13"), "{out}");
    assert!(out.contains("never called: "), "{out}");
    assert!(out.contains("always went one way: lines 10, 12"), "{out}");
    assert!(!out.contains("counter_test.lua:") && !out.contains("gatos.test"), "{out}");
    let lcov = String::from_utf8(place.read("out/lcov.info")).unwrap();
    for line in ["SF:folds/counter.lua", "DA:11,0", "DA:15,2", "BRDA:10,0,", "FNDA:2,M.fold", "end_of_record"] {
        assert!(lcov.contains(line), "{line}\n{lcov}");
    }
}

#[test]
fn policies_and_folds_are_tested_together_and_covered_alike() {
    let place = place();
    place.write("p/a.rgs", "package a\n\nallow if {\n\tinput.x == 1\n\tinput.y == 2\n}\n");
    place.write(
        "p/a_test.rgs",
        "package a_test\n\nimport data.a\n\ntest_a if a.allow with input as {\"x\": 1, \"y\": 2}\n",
    );
    let out = place.gatos(&["test", ".", "--run", "adds"]).ok();
    assert_eq!(out, "1 test: 1 passed\n");
    let out = place.gatos(&["test", "p", "--coverage", "--lcov", "lcov.info"]).ok();
    assert!(out.contains("p/a.rgs: 3 of 3 lines, 1 of 1 rules, 2 of 4 branches"), "{out}");
    assert!(out.contains("always went one way: lines 4-5"), "{out}");
    let lcov = String::from_utf8(place.read("lcov.info")).unwrap();
    assert!(lcov.contains("SF:p/a.rgs") && lcov.contains("DA:4,1"), "{lcov}");
}

#[test]
fn a_project_is_tested_by_any_of_its_names() {
    let place = Place::ready();
    place.write("gatos/policies/limits/data.json", "{\"max\": 5}");
    place.write("gatos/policies/p_test.rgs", "package gatos.p_test\n\ntest_data if data.limits.max == 5\n");
    place.write("gatos/folds/counter.lua", COUNTER);
    place.write("gatos/folds/counter_test.lua", TESTS);
    for args in [&["test", "--run", "data"][..], &["test", "gatos", "--run", "data"], &["test", ".", "--run", "data"]] {
        let done = place.gatos(args);
        assert!(!done.err.contains("warning"), "{}", done.err);
        assert_eq!(done.ok(), "1 test: 1 passed\n");
    }
}

#[test]
fn tests_that_do_not_compile_are_told_and_the_others_run() {
    let place = place();
    place.write("folds/broken_test.lua", "local x = \nfunction test_x() end\n");
    place.write("folds/uses.lua", "local t = require \"gatos.test\"\nreturn t\n");
    let done = place.gatos(&["test", "folds", "--run", "adds"]).fails(2, &["broken_test.lua:"]);
    assert!(done.out.contains("1 test: 1 passed"), "{}", done.out);
    // The test library is for tests alone.
    place.gatos(&["foldc", "folds/uses.lua"]).fails(2, &["the module `gatos.test` was not found"]);
    place.gatos(&["test", "folds/counter.elc"]).fails(2, &["counter.elc"]);
    place.write("empty/x.lua", "return 1\n");
    place.gatos(&["test", "empty"]).fails(2, &["there are no tests", "_test.lua"]);
}
