//! Breakpoints over time: counts are the same forward and back, and what makes no sense is refused when it is set.

mod client;

use client::{Client, Memory, PATH, POLICY_PATH};
use gatos_echo::Limits;
use serde_json::{Value, json};

const FOLD: &str = "local M = {}

function M.init()
  return { n = 0 }
end

function M.fold(state, event)
  state.n = state.n + 1
  local k = event.payload.k
  return state
end

return M
";

fn events(count: usize) -> String {
    let line = |i: usize| format!("{{\"type\":\"t\",\"ts\":\"2026-01-01T00:00:{:02}Z\",\"k\":{}}}\n", i % 60, i + 1);
    (0..count).map(line).collect()
}

fn fold(count: usize) -> Client {
    Client::new(Memory { text: FOLD.to_owned(), events: events(count), input: None, limits: Limits::DEFAULT })
}

fn launch() -> Value {
    json!({ "program": PATH })
}

#[track_caller]
fn met(c: &mut Client, command: &str) -> String {
    let (reason, ..) = c.go(command);
    match reason.as_str() {
        "breakpoint" => c.value("event.payload.k"),
        other => other.to_owned(),
    }
}

#[test]
fn hits_are_those_of_the_place_whichever_way_it_is_reached() {
    let mut c = fold(100);
    c.start(launch(), json!([{ "line": 8, "hitCondition": "% 30" }]));
    assert_eq!(c.stop().0, "breakpoint");
    assert_eq!(c.value("event.payload.k"), "30");
    assert_eq!(met(&mut c, "continue"), "60");
    assert_eq!(met(&mut c, "continue"), "90");
    assert_eq!(met(&mut c, "reverseContinue"), "60");
    assert_eq!(met(&mut c, "reverseContinue"), "30");
    assert_eq!(met(&mut c, "continue"), "60");
    assert_eq!(met(&mut c, "stepBack"), "step");
    assert_eq!(met(&mut c, "continue"), "60");
    // Going to an event leaves out none of those before it.
    c.ok("gatos/goto", json!({ "event": 75 }));
    assert_eq!(c.stop().0, "goto");
    assert_eq!(met(&mut c, "continue"), "90");
    c.ok("gatos/goto", json!({ "event": 5 }));
    assert_eq!(c.stop().0, "goto");
    assert_eq!(met(&mut c, "continue"), "30");
    assert_eq!(met(&mut c, "reverseContinue"), "entry");
    assert_eq!(met(&mut c, "restart"), "30");
    c.end();
}

#[test]
fn hits_with_conditions_and_those_of_new_breakpoints_are_counted_from_the_beginning() {
    let mut c = fold(12);
    c.start(launch(), json!([{ "line": 9, "condition": "event.payload.k % 2 == 0", "hitCondition": "== 2" }]));
    assert_eq!(c.stop().0, "breakpoint");
    assert_eq!(c.value("event.payload.k"), "4");
    // One that is set here counts the events that have gone by, the one that is stopped in among them.
    let points = json!([{ "line": 8, "hitCondition": "% 3" }, { "line": 10, "hitCondition": "== 4" }]);
    c.ok("setBreakpoints", json!({ "source": { "path": PATH }, "breakpoints": points }));
    let (reason, _, line) = c.go("continue");
    assert_eq!((reason.as_str(), line), ("breakpoint", 10));
    assert_eq!(c.value("event.payload.k"), "4");
    assert_eq!(met(&mut c, "continue"), "6");
    assert_eq!(met(&mut c, "continue"), "9");
    assert_eq!(met(&mut c, "reverseContinue"), "6");
    assert_eq!(met(&mut c, "reverseContinue"), "4");
    assert_eq!(met(&mut c, "reverseContinue"), "3");
    assert_eq!(met(&mut c, "reverseContinue"), "entry");
    c.end();
}

#[test]
fn conditions_and_messages_that_are_none_are_refused_when_they_are_set() {
    let mut c = fold(3);
    let told = c.begin(
        launch(),
        json!([
            { "line": 8, "condition": "syntax error here (" },
            { "line": 8, "condition": "state.n +" },
            { "line": 8, "condition": "state.n = 1" },
            { "line": 8, "logMessage": "n is {state.n +}" },
            { "line": 8, "logMessage": "n is {}" },
            { "line": 9, "condition": "state.n == 2", "logMessage": "{{}} {state.n}" },
        ]),
    );
    let told = told["breakpoints"].as_array().unwrap().clone();
    for (point, words) in
        told.iter().zip(["`syntax error here (`", "`state.n +`", "`state.n = 1`", "`state.n +`", "no expression"])
    {
        assert_eq!(point["verified"], false, "{point}");
        let message = point["message"].as_str().unwrap();
        assert!(message.contains(words) && !message.contains("return"), "{message}");
    }
    assert_eq!(told[5]["verified"], true);
    c.ok("configurationDone", json!({}));
    assert_eq!(c.wait("exited")["exitCode"], 0);
    assert_eq!(c.said("console"), ["{} 2"]);
    c.end();
}

#[test]
fn values_look_the_same_wherever_they_are_shown() {
    let mut c = fold(2);
    c.start(launch(), json!([{ "line": 10, "condition": "event.payload.k == 2" }]));
    assert_eq!(c.stop().0, "breakpoint");
    let kind = |c: &mut Client, text: &str| {
        let body = c.ok("evaluate", json!({ "expression": text, "frameId": 1 }));
        format!("{}: {}", body["result"].as_str().unwrap(), body["type"].as_str().unwrap())
    };
    for (text, expected) in [
        ("k", "2: integer"),
        ("k + 1", "3: integer"),
        ("k / 4", "0.5: fixed"),
        ("{1,2}", "{1, 2}: table"),
        ("({ a = 'x', [1] = k }).a", "\"x\": string"),
        ("{ a = { 1.5 }, ['b c'] = json.null }", "{a = {1.5}, [\"b c\"] = json.null}: table"),
        ("{}", "{}: table"),
        ("event.payload", "{k = 2, ts = \"2026-01-01T00:00:01Z\", type = \"t\"}: table"),
    ] {
        assert_eq!(kind(&mut c, text), expected, "{text}");
    }
    // The event as the fold sees it: links are text.
    let scopes = c.ok("scopes", json!({ "frameId": 1 }));
    let event = scopes["scopes"].as_array().unwrap().iter().find(|s| s["name"] == "Event").unwrap().clone();
    let body = c.ok("variables", json!({ "variablesReference": event["variablesReference"] }));
    let mut names = Vec::new();
    for shown in body["variables"].as_array().unwrap() {
        let name = shown["name"].as_str().unwrap();
        let seen = kind(&mut c, &format!("event.{name}"));
        assert_eq!(
            seen,
            format!("{}: {}", shown["value"].as_str().unwrap(), shown["type"].as_str().unwrap()),
            "{name}"
        );
        names.push(name.to_owned());
    }
    assert!(names.contains(&"prev".to_owned()) && names.contains(&"caps".to_owned()), "{names:?}");
    c.end();
}

const POLICY: &str = "package gatos.exec

allow if {
\tinput.user == \"ann\"
}

deny contains why if {
\tinput.n > 1
\twhy := \"too many\"
}

deny contains why if {
\tinput.n > 2
\twhy := \"far too many\"
}

twice(x) := x * 2

size := twice(input.n)
";

fn policy(input: Option<&str>) -> Client {
    let input = input.map(str::to_owned);
    Client::new(Memory { text: POLICY.to_owned(), events: String::new(), input, limits: Limits::DEFAULT })
}

#[test]
fn rules_have_the_values_that_the_decision_finds() {
    let mut c = policy(Some(r#"{"user":"ann","n":3}"#));
    let points =
        json!([{ "line": 4 }, { "line": 8, "condition": "input.n >" }, { "line": 8, "condition": "size > 100" }]);
    let told = c.begin(json!({ "program": POLICY_PATH }), json!({ "path": POLICY_PATH, "list": points }));
    let verified: Vec<bool> = (0..3).map(|i| told["breakpoints"][i]["verified"].as_bool().unwrap()).collect();
    assert_eq!(verified, [true, false, true]);
    let message = told["breakpoints"][1]["message"].as_str().unwrap();
    assert!(message.contains("`input.n >`") && !message.contains(":="), "{message}");
    c.ok("configurationDone", json!({}));
    assert_eq!(c.stop().2, 4);
    for (text, expected) in [
        ("data.gatos.exec.deny", "[\"far too many\",\"too many\"]"),
        ("count(data.gatos.exec.deny)", "2"),
        ("deny", "[\"far too many\",\"too many\"]"),
        ("size + 1", "7"),
        ("data.gatos.exec.allow", "true"),
        ("data.gatos[\"exec\"].size", "6"),
        ("data.limit.ann", "10"),
        ("data.gatos.nothing", "undefined"),
    ] {
        assert_eq!(c.value(text), expected, "{text}");
    }
    assert!(c.value("data.gatos.exec.twice(2)").contains("not called in expressions"));
    c.ok("continue", json!({}));
    assert_eq!(c.wait("exited")["exitCode"], 0);
    c.end();
}

#[test]
fn a_denial_ends_with_1_and_a_missing_input_is_told() {
    let mut c = policy(Some(r#"{"user":"eve","n":0}"#));
    c.start(json!({ "program": POLICY_PATH }), json!([]));
    assert_eq!(c.wait("exited")["exitCode"], 1);
    c.end();
    let mut c = policy(None);
    c.start(json!({ "program": POLICY_PATH }), json!([]));
    c.wait("exited");
    let said = c.said("console").join("\n");
    assert!(said.contains("names no `input`"), "{said}");
    c.end();
}

#[test]
fn an_event_that_never_ends_can_be_paused() {
    let text = FOLD.replace("  return state\n", "  while k == 2 do end\n  return state\n");
    let mut c = Client::new(Memory { text, events: events(3), input: None, limits: Limits::UNLIMITED });
    c.start(launch(), json!([{ "line": 8, "hitCondition": "== 2" }]));
    assert_eq!(c.stop().0, "breakpoint");
    c.ok("continue", json!({}));
    c.ok("pause", json!({ "threadId": 1 }));
    assert_eq!(c.stop(), ("pause".to_owned(), "M.fold".to_owned(), 10));
    assert_eq!(c.value("event.payload.k"), "2");
    // A breakpoint that is set while it runs counts what was before.
    c.ok("continue", json!({}));
    let points = json!([{ "line": 10, "hitCondition": ">= 100000" }]);
    c.ok("setBreakpoints", json!({ "source": { "path": PATH }, "breakpoints": points }));
    assert_eq!(c.stop(), ("breakpoint".to_owned(), "M.fold".to_owned(), 10));
    assert_eq!(c.go("reverseContinue").0, "entry");
    c.end();
}
