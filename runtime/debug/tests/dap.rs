//! Debugging sessions, from the client's side: folds, scripts and policies, forward and back.

mod client;

use client::{Client, Memory, PATH, POLICY_PATH};
use gatos_echo::Limits;
use serde_json::{Value, json};

const FOLD: &str = "local LIMIT = 100
local M = {}

local function add(state, who, n)
  local before = state.sums[who] or 0
  local after = before + n
  state.sums[who] = after
  return after
end

function M.init()
  return { sums = {}, n = 0 }
end

function M.fold(state, event)
  local p = event.payload
  if p.n > LIMIT then
    error('too much: ' .. p.n)
  end
  local total = add(state, p.who, p.n)
  state.n = state.n + 1
  return state
end

return M
";

const EVENTS: &str = r#"{"type":"paid","ts":"2026-01-01T00:00:00Z","who":"ann","n":1}
{"type":"paid","ts":"2026-01-01T00:00:01Z","who":"bob","n":2}
{"type":"paid","ts":"2026-01-01T00:00:02Z","who":"ann","n":3}
{"type":"paid","ts":"2026-01-01T00:00:03Z","who":"ann","n":4}
{"type":"paid","ts":"2026-01-01T00:00:04Z","who":"bob","n":500}
"#;

fn world(text: &str, events: &str) -> Memory {
    Memory { text: text.to_owned(), events: events.to_owned(), input: None, limits: Limits::DEFAULT }
}

fn fold() -> Client {
    Client::new(world(FOLD, EVENTS))
}

fn launch() -> Value {
    json!({ "program": PATH })
}

fn stop(reason: &str, function: &str, line: i64) -> (String, String, i64) {
    (reason.to_owned(), function.to_owned(), line)
}

#[test]
fn a_breakpoint_with_a_condition_stops_where_it_holds() {
    let mut c = fold();
    c.start(launch(), json!([{ "line": 6, "condition": "who == 'ann' and n > 1" }]));
    assert_eq!(c.stop(), stop("breakpoint", "add", 6));
    assert_eq!(c.value("n"), "3");
    assert_eq!(c.value("before"), "1");
    assert_eq!(c.value("before + n * 2"), "7");
    assert_eq!(c.value("state.sums.bob"), "2");
    assert_eq!(c.value("#who .. '!'"), "\"3!\"");
    assert_eq!(c.value("string.upper(who)"), "\"ANN\"");
    assert_eq!(c.value("nobody"), "error: there is no variable `nobody` here");
    assert!(c.value("before +").starts_with("error: "));
    assert!(c.value("add(state, who, 1)").contains("cannot be called"));
    // The event of the run, with its number.
    let frames = c.ok("stackTrace", json!({ "threadId": 1 }));
    let names: Vec<&str> =
        frames["stackFrames"].as_array().unwrap().iter().map(|f| f["name"].as_str().unwrap()).collect();
    assert_eq!(&names[..2], ["add", "M.fold"]);
    assert!(names[2].starts_with("event 3 of 5: ") && names[2].ends_with("(paid) of user:local"), "{names:?}");
    assert_eq!(frames["stackFrames"][1]["line"], 20);
    // Once more, and then no further breakpoint: the fifth event is an error.
    assert_eq!(c.go("continue"), stop("breakpoint", "add", 6));
    assert_eq!(c.value("n"), "4");
    assert_eq!(c.go("continue"), stop("exception", "M.fold", 18));
    c.end();
}

#[test]
fn an_error_is_told_with_the_event_at_fault() {
    let mut c = fold();
    c.start(launch(), json!([]));
    assert_eq!(c.stop(), stop("exception", "M.fold", 18));
    let info = c.ok("exceptionInfo", json!({ "threadId": 1 }));
    assert_eq!(info["exceptionId"], "error");
    assert_eq!(info["breakMode"], "unhandled");
    assert_eq!(info["details"]["message"], "too much: 500");
    assert_eq!(info["details"]["event"]["number"], 5);
    assert_eq!(info["details"]["event"]["type"], "paid");
    assert_eq!(info["details"]["event"]["origin"], "line 5");
    assert!(info["details"]["stackTrace"].as_str().unwrap().contains("in M.fold at a.lua:18"));
    assert_eq!(c.value("p.n - LIMIT"), "400");
    assert_eq!(c.value("state.sums"), "{ann = 8, bob = 2}");
    // Back to where the statement began, and to the one before.
    assert_eq!(c.go("stepBack"), stop("step", "M.fold", 18));
    assert_eq!(c.go("stepBack"), stop("step", "M.fold", 17));
    assert_eq!(c.go("continue"), stop("exception", "M.fold", 18));
    c.ok("continue", json!({}));
    assert_eq!(c.wait("exited")["exitCode"], 1);
    c.wait("terminated");
    assert!(c.said("stderr").join("\n").contains("too much: 500"));
    assert!(c.refused("stackTrace", json!({})).contains("over"));
    c.end();
}

#[test]
fn logpoints_speak_and_do_not_stop() {
    let mut c = fold();
    c.start(
        launch(),
        json!([{ "line": 8, "logMessage": "{who} has {after} of {LIMIT}" }, { "line": 21, "hitCondition": "== 2" }]),
    );
    assert_eq!(c.stop(), stop("breakpoint", "M.fold", 21));
    assert_eq!(c.said("console"), ["ann has 1 of 100", "bob has 2 of 100"]);
    assert_eq!(c.value("total"), "2");
    c.end();
}

#[test]
fn steps_go_in_over_and_out_and_on_to_the_next_event() {
    let mut c = fold();
    c.start(launch(), json!([{ "line": 16 }]));
    assert_eq!(c.stop(), stop("breakpoint", "M.fold", 16));
    c.ok("setBreakpoints", json!({ "source": { "path": PATH }, "breakpoints": [] }));
    assert_eq!(c.go("next"), stop("step", "M.fold", 17));
    assert_eq!(c.go("next"), stop("step", "M.fold", 20));
    assert_eq!(c.go("stepIn"), stop("step", "add", 5));
    assert_eq!(c.go("next"), stop("step", "add", 6));
    // The call's line is over with the call.
    assert_eq!(c.go("stepOut"), stop("step", "M.fold", 21));
    assert_eq!(c.value("total"), "1");
    assert_eq!(c.go("next"), stop("step", "M.fold", 22));
    assert_eq!(c.value("event.payload.n"), "1");
    // The event is over: the next one begins.
    assert_eq!(c.go("next"), stop("step", "M.fold", 16));
    assert_eq!(c.value("event.payload.n"), "2");
    assert_eq!(c.scope(1, "State"), ["n=1", "sums={ann = 1}"]);
    // A step over a call does not enter it.
    c.go("next");
    assert_eq!(c.go("next"), stop("step", "M.fold", 20));
    assert_eq!(c.go("next"), stop("step", "M.fold", 21));
    c.end();
}

#[test]
fn time_goes_backwards() {
    let mut c = fold();
    c.start(launch(), json!([{ "line": 21 }]));
    for _ in 0..3 {
        c.stop();
        c.ok("continue", json!({}));
    }
    assert_eq!(c.stop(), stop("breakpoint", "M.fold", 21));
    assert_eq!(c.value("state.sums"), "{ann = 8, bob = 2}");
    // Step by step: the statement before in this function, not inside what it called.
    assert_eq!(c.go("stepBack"), stop("step", "M.fold", 20));
    assert_eq!(c.value("state.sums"), "{ann = 4, bob = 2}");
    assert_eq!(c.value("total"), "error: there is no variable `total` here");
    assert_eq!(c.go("stepBack"), stop("step", "M.fold", 17));
    assert_eq!(c.go("stepBack"), stop("step", "M.fold", 16));
    // Before the first statement of an event lies the last one of the event before.
    assert_eq!(c.go("stepBack"), stop("step", "M.fold", 22));
    assert_eq!(c.value("event.payload.n"), "3");
    // To the breakpoints that were met before.
    assert_eq!(c.go("reverseContinue"), stop("breakpoint", "M.fold", 21));
    assert_eq!(c.value("event.payload.n"), "3");
    assert_eq!(c.go("reverseContinue"), stop("breakpoint", "M.fold", 21));
    assert_eq!(c.value("event.payload.n"), "2");
    assert_eq!(c.go("reverseContinue"), stop("breakpoint", "M.fold", 21));
    assert_eq!(c.value("event.payload.n"), "1");
    // And to the beginning of everything, and on from there as before.
    assert_eq!(c.go("reverseContinue"), stop("entry", "<main>", 2));
    assert_eq!(c.go("continue"), stop("breakpoint", "M.fold", 21));
    assert_eq!(c.value("event.payload.n"), "1");
    // One op back, and one on again.
    c.ok("stepBack", json!({ "granularity": "instruction" }));
    assert_eq!(c.stop(), stop("step", "add", 8));
    c.ok("next", json!({ "granularity": "instruction" }));
    assert_eq!(c.stop().2, 21);
    c.end();
}

#[test]
fn any_event_can_be_gone_to() {
    let mut c = fold();
    c.start(json!({ "program": PATH, "stopOnEvent": 4 }), json!([]));
    assert_eq!(c.stop(), stop("goto", "M.fold", 16));
    assert_eq!(c.scope(1, "State"), ["n=3", "sums={ann = 4, bob = 2}"]);
    c.ok("gatos/goto", json!({ "event": 2 }));
    assert_eq!(c.stop(), stop("goto", "M.fold", 16));
    assert_eq!(c.scope(1, "State"), ["n=1", "sums={ann = 1}"]);
    let event = c.scope(1, "Event");
    assert!(event.contains(&"type=\"paid\"".to_owned()) && event.iter().any(|v| v.starts_with("payload={n = 2,")));
    let moment = {
        let mut last = Value::Null;
        while let Some(at) = c.waiting.iter().position(|m| m["event"] == "gatos/moment") {
            last = c.waiting.remove(at).unwrap()["body"].clone();
        }
        last
    };
    assert_eq!(moment["event"], 2);
    c.ok("gatos/goto", json!({ "event": moment["ulid"] }));
    assert_eq!(c.stop(), stop("goto", "M.fold", 16));
    assert!(c.refused("gatos/goto", json!({ "event": 99 })).contains("there is no event 99"));
    assert!(c.refused("gatos/goto", json!({ "event": "01ARZ3" })).contains("there is no event"));
    assert!(c.refused("gatos/goto", json!({})).contains("there is no event"));
    // From the beginning again.
    c.ok("restart", json!({}));
    assert_eq!(c.stop(), stop("goto", "M.fold", 16));
    assert_eq!(c.value("event.payload.n"), "4");
    c.end();
}

#[test]
fn variables_open_lazily_and_in_pages() {
    let text = "local big, many = {}, {}
for i = 1, 1000 do big[i] = i * i end
for i = 1, 500 do many['k' .. i] = i end
local deep = { a = { b = { c = 'x' } }, list = { 1, 2.5, 'three', true } }
local object = setmetatable({ n = 1 }, { __index = { inherited = 7 } })
local counter = 0
local function count() counter = counter + 1 return counter end
count()
print('done', deep.a.b.c)
return big, many, object
";
    let mut c = Client::new(world(text, ""));
    c.start(launch(), json!([{ "line": 9 }]));
    assert_eq!(c.stop(), stop("breakpoint", "<main>", 9));
    let scopes = c.ok("scopes", json!({ "frameId": 1 }));
    let locals = c.ok("variables", json!({ "variablesReference": scopes["scopes"][0]["variablesReference"] }));
    let of = |name: &str| -> Value {
        locals["variables"].as_array().unwrap().iter().find(|v| v["name"] == name).cloned().unwrap_or(Value::Null)
    };
    assert_eq!(of("big")["indexedVariables"], 1000);
    assert_eq!(of("big")["value"], "#1000 {1, 4, 9, 16, 25, 36, …}");
    let page = c.ok(
        "variables",
        json!({ "variablesReference": of("big")["variablesReference"], "filter": "indexed", "start": 900, "count": 2 }),
    );
    assert_eq!(page["variables"][0]["name"], "[901]");
    assert_eq!(page["variables"][1]["value"], "813604");
    assert_eq!(page["variables"].as_array().unwrap().len(), 2);
    // Named members come in pages of their own.
    let pages = c.ok("variables", json!({ "variablesReference": of("many")["variablesReference"] }));
    let pages = pages["variables"].as_array().unwrap().clone();
    assert_eq!(pages.len(), 3);
    assert_eq!(pages[2]["name"], "[401–500]");
    let last = c.inside(&pages[2]["variablesReference"]);
    assert_eq!(last.len(), 100);
    assert_eq!(last[99], "k99=99");
    assert_eq!(of("deep")["value"], "{a = {b = {…}}, list = {1, 2.5, \"three\", true}}");
    assert_eq!(of("counter")["value"], "1");
    assert_eq!(of("counter")["type"], "integer");
    assert!(of("count")["value"].as_str().unwrap().starts_with("function count (a.lua:7"));
    assert_eq!(c.value("deep.list[3]"), "\"three\"");
    assert_eq!(c.value("object.inherited"), "7");
    assert_eq!(c.value("#big + counter"), "1001");
    let object = c.inside(&of("object")["variablesReference"]);
    assert_eq!(object, ["n=1", "(metatable)={__index = {inherited = 7}}"]);
    // A handle of this stop is no good at the next one.
    let old = of("deep")["variablesReference"].clone();
    assert_eq!(c.go("next"), stop("step", "<main>", 10));
    assert!(c.refused("variables", json!({ "variablesReference": old })).contains("earlier stop"));
    assert_eq!(c.said("stdout"), ["done\tx"]);
    c.end();
}

#[test]
fn closures_iterators_and_tail_calls_step_as_they_read() {
    let text = "local function each(n)
  local i = 0
  return function()
    i = i + 1
    if i <= n then
      return i
    end
  end
end
local sum = 0
for x in each(2) do
  sum = sum + x
end
local function last(v)
  return v
end
local function tail(v)
  return last(v)
end
local got = tail(sum)
return got
";
    let mut c = Client::new(world(text, ""));
    c.start(json!({ "program": PATH, "stopOnEntry": true }), json!([]));
    assert_eq!(c.stop().0, "entry");
    let mut lines = Vec::new();
    for _ in 0..10 {
        let (_, name, line) = c.go("next");
        assert_eq!(name, "<main>");
        lines.push(line);
        if line == 20 {
            break;
        }
    }
    assert_eq!(lines, [10, 11, 12, 11, 12, 11, 14, 17, 20]);
    // In, through the tail call, and out of all of it.
    assert_eq!(c.go("stepIn"), stop("step", "tail", 18));
    assert_eq!(c.go("stepIn"), stop("step", "last", 15));
    assert_eq!(c.go("next"), stop("step", "<main>", 21));
    assert_eq!(c.value("got"), "3");
    c.end();
    let mut c = Client::new(world(text, ""));
    c.start(launch(), json!([{ "line": 5 }]));
    assert_eq!(c.stop().2, 5);
    assert_eq!(c.scope(1, "Upvalues"), ["i=1", "n=2"]);
    // The one that called the iterator.
    assert_eq!(c.scope(2, "Locals").last().map(String::as_str), Some("sum=0"));
    c.end();
}

#[test]
fn errors_that_are_caught_stop_only_when_asked() {
    let text = "local ok, why = pcall(function()
  error('inner')
end)
local done = 1
return ok, why, done
";
    let mut c = Client::new(world(text, ""));
    c.begin(launch(), json!([{ "line": 4 }]));
    c.ok("setExceptionBreakpoints", json!({ "filters": ["caught", "uncaught"] }));
    c.ok("configurationDone", json!({}));
    let (reason, _, line) = c.stop();
    assert_eq!((reason.as_str(), line), ("exception", 2));
    assert_eq!(c.ok("exceptionInfo", json!({}))["breakMode"], "always");
    c.ok("continue", json!({}));
    assert_eq!(c.stop().2, 4);
    assert_eq!(c.go("next").2, 5);
    assert_eq!(c.value("why"), "\"inner\"");
    assert_eq!(c.value("done"), "1");
    assert!(c.refused("exceptionInfo", json!({})).contains("did not stop over an error"));
    c.ok("continue", json!({}));
    assert_eq!(c.wait("exited")["exitCode"], 0);
    c.end();
    let mut c = Client::new(world(text, ""));
    c.start(launch(), json!([]));
    assert_eq!(c.wait("exited")["exitCode"], 0);
    c.end();
}

#[test]
fn a_state_that_cannot_be_kept_stops_at_the_end_of_its_event() {
    let text = "local M = {}
function M.fold(state, event)
  state.f = M
  if event.payload.n == 2 then
    state.bad = function() end
  end
  state.f = nil
  return state
end
return M
";
    let mut c = Client::new(world(text, EVENTS));
    c.start(launch(), json!([]));
    assert_eq!(c.stop(), stop("exception", "M.fold", 8));
    let info = c.ok("exceptionInfo", json!({}));
    assert!(info["details"]["message"].as_str().unwrap().contains("state.bad cannot be kept"), "{info}");
    assert_eq!(info["details"]["event"]["number"], 2);
    assert_eq!(c.value("state.bad"), "function state.bad (a.lua:5)");
    // There and back, it is still so; going on ends the run.
    assert_eq!(c.go("stepBack"), stop("step", "M.fold", 8));
    assert_eq!(c.go("stepBack"), stop("step", "M.fold", 7));
    assert_eq!(c.go("continue"), stop("exception", "M.fold", 8));
    c.ok("continue", json!({}));
    assert_eq!(c.wait("exited")["exitCode"], 1);
    c.end();
}

#[test]
fn limits_stop_as_errors_do_and_a_long_run_can_be_paused() {
    let mut endless = world("local n = 0\nwhile true do\n  n = n + 1\nend\n", "");
    endless.limits = Limits { fuel: 10_000, ..Limits::DEFAULT };
    let mut c = Client::new(endless.clone());
    c.start(launch(), json!([]));
    assert_eq!(c.stop().0, "exception");
    assert_eq!(c.ok("exceptionInfo", json!({}))["exceptionId"], "fuel");
    c.end();
    endless.limits = Limits::UNLIMITED;
    let mut c = Client::new(endless);
    c.start(launch(), json!([]));
    assert!(c.refused("stackTrace", json!({})).contains("pause it first"));
    c.ok("pause", json!({ "threadId": 1 }));
    assert_eq!(c.stop().0, "pause");
    // It may have stopped before the first statement was done.
    let n = loop {
        match c.value("n").parse::<u64>() {
            Ok(n) if n > 100 => break n,
            _ => {
                c.ok("continue", json!({}));
                c.ok("pause", json!({ "threadId": 1 }));
                assert_eq!(c.stop().0, "pause");
            }
        }
    };
    c.ok("stepBack", json!({}));
    c.stop();
    assert!(c.value("n").parse::<u64>().unwrap() <= n);
    c.ok("continue", json!({}));
    c.end();
}

const POLICY: &str = "package gatos.exec

allow if {
\tsome cap in input.caps
\tstartswith(cap, \"exec:\")
\tsmall
}

small if {
\tmost := data.limit[input.user]
\tinput.n <= most
}

deny contains why if {
\tinput.n > 100
\twhy := sprintf(\"%d is too many\", [input.n])
}
";

fn policy(input: &str) -> Client {
    let mut memory = world(POLICY, "");
    memory.input = Some(input.to_owned());
    Client::new(memory)
}

#[test]
fn a_policy_is_stepped_condition_by_condition() {
    let mut c = policy(r#"{"user":"ann","n":3,"caps":["read","exec:run"]}"#);
    let points = json!({ "path": POLICY_PATH, "list": [{ "line": 11 }] });
    c.start(json!({ "program": POLICY_PATH }), points);
    let (reason, name, line) = c.stop();
    assert_eq!((reason.as_str(), line), ("breakpoint", 11), "{name}");
    assert!(name.contains("small"), "{name}");
    assert_eq!(c.value("most"), "10");
    assert_eq!(c.value("input.n + most"), "13");
    assert_eq!(c.value("input.nothing"), "undefined");
    assert_eq!(c.value("data.limit.bob"), "2");
    assert!(c.value("input.n +").starts_with("error: "));
    // The rule that asked, with its variables.
    let frames = c.ok("stackTrace", json!({ "threadId": 1 }));
    assert_eq!(frames["stackFrames"][1]["line"], 6, "{frames}");
    assert!(c.scope(1, "Input").contains(&"n=3".to_owned()));
    assert_eq!(c.scope(1, "Data"), ["limit={\"ann\":10,\"bob\":2}"]);
    // Back to the condition before.
    assert_eq!(c.go("stepBack").2, 10);
    c.ok("continue", json!({}));
    assert_eq!(c.stop().2, 11);
    c.ok("continue", json!({}));
    assert_eq!(c.wait("exited")["exitCode"], 0);
    let said = c.said("stdout");
    assert!(said.contains(&"data.gatos.exec.allow is true".to_owned()), "{said:?}");
    assert_eq!(said.last().map(String::as_str), Some("the verdict"));
    c.end();
}

#[test]
fn variables_of_a_rule_are_those_of_its_conditions() {
    let mut c = policy(r#"{"user":"ann","n":3,"caps":["read","exec:run"]}"#);
    let points = json!({ "path": POLICY_PATH, "list": [{ "line": 5 }] });
    c.start(json!({ "program": POLICY_PATH }), points);
    assert_eq!(c.stop().2, 5);
    assert_eq!(c.scope(1, "Locals"), ["cap=\"read\""]);
    assert_eq!(c.go("continue").2, 5);
    assert_eq!(c.value("cap"), "\"exec:run\"");
    assert_eq!(c.value("startswith(cap, \"exec:\")"), "true");
    c.end();
}

#[test]
fn breakpoints_move_to_the_next_line_with_code_or_are_refused() {
    let mut c = fold();
    let told =
        c.begin(launch(), json!([{ "line": 3 }, { "line": 10 }, { "line": 400 }, { "line": 6, "hitCondition": "x" }]));
    let list = told["breakpoints"].as_array().unwrap();
    assert_eq!((&list[0]["verified"], &list[0]["line"]), (&json!(true), &json!(4)));
    assert_eq!(list[1]["line"], 11);
    assert_eq!(list[2]["verified"], false);
    assert!(list[3]["message"].as_str().unwrap().contains("no hit count"));
    // A breakpoint on a function's line means the function, not its making.
    c.ok("setBreakpoints", json!({ "source": { "path": PATH }, "breakpoints": [{ "line": 4 }] }));
    let lines = c.ok("breakpointLocations", json!({ "source": { "path": PATH }, "line": 3, "endLine": 7 }));
    let lines: Vec<i64> =
        lines["breakpoints"].as_array().unwrap().iter().map(|l| l["line"].as_i64().unwrap()).collect();
    assert_eq!(lines, [4, 5, 6, 7]);
    let other = c.ok("setBreakpoints", json!({ "source": { "path": "/else.lua" }, "breakpoints": [{ "line": 1 }] }));
    assert_eq!(other["breakpoints"][0]["verified"], false);
    c.ok("configurationDone", json!({}));
    assert_eq!(c.stop(), stop("breakpoint", "add", 5));
    c.end();
}

#[test]
fn breakpoints_may_come_before_the_program() {
    let mut c = fold();
    c.ok("initialize", json!({}));
    let early = c.ok("setBreakpoints", json!({ "source": { "path": PATH }, "breakpoints": [{ "line": 6 }] }));
    assert_eq!(early["breakpoints"][0]["verified"], false);
    c.ok("launch", launch());
    assert_eq!(c.wait("breakpoint")["breakpoint"]["verified"], true);
    c.ok("configurationDone", json!({}));
    assert_eq!(c.stop(), stop("breakpoint", "add", 6));
    c.end();
}

#[test]
fn what_makes_no_sense_is_refused_and_nothing_breaks() {
    let mut c = fold();
    assert!(c.refused("launch", launch()).contains("initialize"));
    assert!(c.refused("threads", json!({})).contains("initialize"));
    c.raw(b"this is not JSON");
    c.raw(b"[1, 2]");
    c.raw(b"{\"seq\":7,\"type\":\"request\"}");
    c.raw(b"{\"seq\":8,\"type\":\"response\",\"request_seq\":1}");
    c.raw(&[0xff, 0xfe]);
    c.raw(format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000)).as_bytes());
    let all = c.ok("initialize", json!({}));
    assert_eq!(all["supportsStepBack"], true);
    assert_eq!(c.waiting.iter().filter(|m| m["success"] == false).count(), 5);
    assert!(c.refused("initialize", json!({})).contains("before"));
    for early in ["stackTrace", "next", "evaluate", "gatos/goto"] {
        assert!(c.refused(early, json!({})).contains("nothing runs yet"), "{early}");
    }
    assert!(c.refused("configurationDone", json!({})).contains("nothing was launched"));
    assert!(c.refused("attach", json!({})).contains("launch"));
    assert!(c.refused("setBreakpoints", json!(null)).contains("source.path"));
    assert!(c.refused("fly", json!({})).contains("no request `fly`"));
    assert!(c.refused("launch", json!({ "program": PATH, "stopOnEvent": "x" })).contains("there is no event"));
    c.start_again();
    assert_eq!(c.stop().0, "entry");
    for (command, arguments) in [
        ("variables", json!({ "variablesReference": 5_000_000 })),
        ("variables", json!({ "variablesReference": -1 })),
        ("evaluate", json!({})),
        ("evaluate", json!({ "expression": "x".repeat(20_000), "frameId": 1 })),
        ("evaluate", json!({ "expression": "(".repeat(5_000), "frameId": 1 })),
        ("evaluate", json!({ "expression": "1", "frameId": 77 })),
        ("evaluate", json!({ "expression": "function() end", "frameId": 1 })),
        ("evaluate", json!({ "expression": "1; 2", "frameId": 1 })),
        ("evaluate", json!({ "expression": "1 // 0", "frameId": 1 })),
        ("evaluate", json!({ "expression": "string.rep('x', 1 << 40)", "frameId": 1 })),
        ("setVariable", json!({ "name": "M", "value": "1" })),
        ("source", json!({ "sourceReference": 99 })),
        ("launch", launch()),
        ("fly", json!({})),
    ] {
        c.refused(command, arguments);
    }
    c.ok("scopes", json!({ "frameId": 1_000_000 }));
    c.ok("stackTrace", json!({ "startFrame": 9_000_000_000u64 }));
    let sources = c.ok("loadedSources", json!({}));
    assert_eq!(sources["sources"][0]["path"], PATH);
    assert_eq!(c.ok("source", json!({ "source": { "path": PATH } }))["content"], FOLD);
    c.end();
}

#[test]
fn a_client_that_goes_away_ends_the_session() {
    let mut c = fold();
    c.start(json!({ "program": PATH, "stopOnEntry": true }), json!([]));
    c.stop();
    drop(c);
    // And while the program runs: the run is not waited for.
    let mut c = Client::new(Memory {
        limits: Limits::DEFAULT,
        ..world("local n = 0\nfor i = 1, 1000000 do n = n + i end\n", "")
    });
    c.start(launch(), json!([]));
    c.end();
}

#[test]
fn what_lies_behind_an_error_cannot_be_reached() {
    let more = format!("{EVENTS}{}\n", r#"{"type":"paid","ts":"2026-01-01T00:00:05Z","who":"ann","n":1}"#);
    let mut c = Client::new(world(FOLD, &more));
    c.start(json!({ "program": PATH, "stopOnEvent": 6 }), json!([]));
    assert_eq!(c.stop(), stop("exception", "M.fold", 18));
    assert_eq!(c.ok("exceptionInfo", json!({}))["details"]["event"]["number"], 5);
    c.ok("gatos/goto", json!({ "event": 6 }));
    assert_eq!(c.stop(), stop("exception", "M.fold", 18));
    c.end();
}

#[test]
fn a_long_run_goes_back_over_many_kept_states() {
    let line = |i: u32| format!("{{\"type\":\"t\",\"ts\":{},\"n\":{i}}}\n", 1_700_000_000 + i);
    let events: String = (1..=300).map(line).collect();
    let text = "local M = {}
function M.init() return { sum = 0 } end
function M.fold(state, event)
  state.sum = state.sum + event.payload.n
  return state
end
return M
";
    let mut c = Client::new(world(text, &events));
    c.start(
        json!({ "program": PATH, "stopOnEvent": 250 }),
        json!([{ "line": 4, "condition": "event.payload.n % 100 == 7" }]),
    );
    assert_eq!(c.stop(), stop("goto", "M.fold", 4));
    let sum = |n: u32| (n * (n + 1) / 2).to_string();
    assert_eq!(c.value("state.sum"), sum(249));
    for n in [207, 107, 7] {
        assert_eq!(c.go("reverseContinue"), stop("breakpoint", "M.fold", 4));
        assert_eq!((c.value("event.payload.n"), c.value("state.sum")), (n.to_string(), sum(n - 1)));
    }
    // Forward again, over the same places.
    for n in [107, 207] {
        assert_eq!(c.go("continue"), stop("breakpoint", "M.fold", 4));
        assert_eq!(c.value("state.sum"), sum(n - 1));
    }
    for n in (200..207).rev() {
        c.go("stepBack");
        assert_eq!(c.go("stepBack"), stop("step", "M.fold", 4));
        assert_eq!(c.value("state.sum"), sum(n - 1));
    }
    c.end();
}
