//! Debugging sessions with the real binary over stdio: a fold over a file and over journals, an
//! error with its event, a policy, and clients that misbehave.

mod common;

use common::Place;
use gatos_debug::dap::{Framer, frame};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// The binary and a client's end of the conversation.
struct Client {
    child: Child,
    stdin: Option<ChildStdin>,
    messages: Receiver<Value>,
    waiting: VecDeque<Value>,
    seq: i64,
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Client {
    fn new(place: &Place) -> Client {
        let mut child = place
            .command(&["dap"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let (to, messages) = channel();
        std::thread::spawn(move || {
            let mut framer = Framer::new();
            let mut buffer = [0; 4096];
            while let Ok(n @ 1..) = stdout.read(&mut buffer) {
                framer.push(&buffer[..n]);
                while let Some(message) = framer.take().expect("the server speaks the protocol") {
                    if to.send(serde_json::from_slice(&message).unwrap()).is_err() {
                        return;
                    }
                }
            }
        });
        let stdin = child.stdin.take();
        Client { child, stdin, messages, waiting: VecDeque::new(), seq: 0 }
    }

    fn send(&mut self, bytes: &[u8]) {
        let stdin = self.stdin.as_mut().unwrap();
        stdin.write_all(bytes).unwrap();
        stdin.flush().unwrap();
    }

    fn receive(&mut self) -> Value {
        self.messages.recv_timeout(Duration::from_secs(120)).expect("the server answers")
    }

    fn ask(&mut self, command: &str, arguments: Value) -> Value {
        self.seq += 1;
        let seq = self.seq;
        let request = json!({ "seq": seq, "type": "request", "command": command, "arguments": arguments });
        self.send(&frame(request.to_string().as_bytes()));
        loop {
            let message = self.receive();
            if message["type"] == "response" && message["request_seq"] == seq {
                return message;
            }
            self.waiting.push_back(message);
        }
    }

    #[track_caller]
    fn ok(&mut self, command: &str, arguments: Value) -> Value {
        let response = self.ask(command, arguments);
        assert_eq!(response["success"], true, "{response}");
        response["body"].clone()
    }

    #[track_caller]
    fn refused(&mut self, command: &str, arguments: Value) -> String {
        let response = self.ask(command, arguments);
        assert_eq!(response["success"], false, "{response}");
        response["message"].as_str().unwrap().to_owned()
    }

    fn wait(&mut self, event: &str) -> Value {
        if let Some(at) = self.waiting.iter().position(|m| m["event"] == event) {
            return self.waiting.remove(at).unwrap()["body"].clone();
        }
        loop {
            let message = self.receive();
            if message["event"] == event {
                return message["body"].clone();
            }
            self.waiting.push_back(message);
        }
    }

    fn start(&mut self, launch: Value, source: &str, points: Value) {
        self.ok("initialize", json!({ "adapterID": "gatos" }));
        self.ok("launch", launch);
        self.wait("initialized");
        let told = self.ok("setBreakpoints", json!({ "source": { "path": source }, "breakpoints": points }));
        for point in told["breakpoints"].as_array().unwrap() {
            assert_eq!(point["verified"], true, "{told}");
        }
        self.ok("configurationDone", json!({}));
    }

    /// Waits for a stop: its reason, and the line.
    fn stop(&mut self) -> (String, i64) {
        let body = self.wait("stopped");
        let trace = self.ok("stackTrace", json!({ "threadId": 1 }));
        (body["reason"].as_str().unwrap().to_owned(), trace["stackFrames"][0]["line"].as_i64().unwrap())
    }

    fn go(&mut self, command: &str) -> (String, i64) {
        self.ok(command, json!({ "threadId": 1 }));
        self.stop()
    }

    fn value(&mut self, expression: &str) -> String {
        let body = self.ok("evaluate", json!({ "expression": expression, "frameId": 1 }));
        body["result"].as_str().unwrap().to_owned()
    }

    /// Disconnects; the process ends by itself and well.
    fn end(mut self) {
        self.ok("disconnect", json!({}));
        self.stdin = None;
        assert!(self.child.wait().unwrap().success());
    }
}

const FOLD: &str = "local util = require 'util'
local M = {}
function M.fold(state, event)
  local who = event.payload.who
  local n = util.amount(event)
  state[who] = (state[who] or 0) + n
  print(who, state[who])
  return state
end
return M
";

const UTIL: &str = "local M = {}
function M.amount(event)
  local n = event.payload.n
  if n < 0 then error('a negative amount: ' .. n) end
  return n
end
return M
";

const EVENTS: &str = r#"{"type":"paid","ts":"2026-01-01T00:00:00Z","who":"ann","n":1}
{"type":"paid","ts":"2026-01-01T00:00:01Z","who":"bob","n":2}
{"type":"paid","ts":"2026-01-01T00:00:02Z","who":"ann","n":30}
{"type":"paid","ts":"2026-01-01T00:00:03Z","who":"bob","n":-4}
"#;

fn place() -> Place {
    let place = Place::empty();
    place.write("sums.lua", FOLD);
    place.write("util.lua", UTIL);
    place.write("events.jsonl", EVENTS);
    place
}

fn path(place: &Place, name: &str) -> String {
    place.path(name).display().to_string()
}

#[test]
fn a_fold_over_a_file_forward_and_back_to_the_error_and_its_event() {
    let place = place();
    let mut c = Client::new(&place);
    let launch = json!({ "program": path(&place, "sums.lua"), "events": path(&place, "events.jsonl") });
    let points =
        json!([{ "line": 6, "condition": "n > 1" }, { "line": 7, "logMessage": "{who} now has {state[who]}" }]);
    c.start(launch, &path(&place, "sums.lua"), points);
    assert_eq!(c.stop(), ("breakpoint".to_owned(), 6));
    assert_eq!((c.value("who"), c.value("n + 1")), ("\"bob\"".to_owned(), "3".to_owned()));
    assert_eq!(c.go("continue"), ("breakpoint".to_owned(), 6));
    assert_eq!(c.value("state"), "{ann = 1, bob = 2}");
    // Into the other file, and out of it.
    assert_eq!(c.go("stepBack"), ("step".to_owned(), 5));
    assert_eq!(c.go("stepIn"), ("step".to_owned(), 3));
    let trace = c.ok("stackTrace", json!({ "threadId": 1 }));
    let real = std::fs::canonicalize(place.path("util.lua")).unwrap();
    assert_eq!(trace["stackFrames"][0]["source"]["path"].as_str(), real.to_str());
    assert_eq!(trace["totalFrames"], 3);
    c.go("stepOut");
    // The error: where, why, and over which event.
    c.ok("setBreakpoints", json!({ "source": { "path": path(&place, "sums.lua") }, "breakpoints": [] }));
    assert_eq!(c.go("continue"), ("exception".to_owned(), 4));
    let info = c.ok("exceptionInfo", json!({ "threadId": 1 }));
    assert_eq!(info["details"]["message"], "a negative amount: -4");
    assert_eq!(info["details"]["event"]["number"], 4);
    let origin = info["details"]["event"]["origin"].as_str().unwrap();
    assert!(origin.starts_with("line 4 of ") && origin.ends_with("events.jsonl"), "{origin}");
    // And back to the event before the last.
    c.ok("gatos/goto", json!({ "event": 3 }));
    assert_eq!(c.stop(), ("goto".to_owned(), 4));
    assert_eq!(c.value("event.payload.n"), "30");
    let said: Vec<String> = c
        .waiting
        .iter()
        .filter(|m| m["event"] == "output")
        .map(|m| m["body"]["output"].as_str().unwrap().trim_end().to_owned())
        .collect();
    assert!(said.contains(&"ann now has 1".to_owned()) && said.contains(&"bob\t2".to_owned()), "{said:?}");
    c.end();
}

#[test]
fn a_fold_over_the_journals_of_a_repository() {
    let place = Place::ready();
    place.write("gatos/folds/sums.lua", FOLD);
    place.write("gatos/folds/util.lua", UTIL);
    place.write("events.jsonl", EVENTS);
    place.gatos(&["event", "import", "pay", "--jsonl", "events.jsonl"]).ok();
    let program = path(&place, "gatos/folds/sums.lua");
    let mut c = Client::new(&place);
    c.start(json!({ "program": program, "events": "pay", "stopOnEvent": 3 }), &program, json!([]));
    assert_eq!(c.stop(), ("goto".to_owned(), 4));
    assert_eq!(c.value("event.actor"), "\"user:ann\"");
    assert_eq!(c.value("event.payload.n"), "30");
    assert_eq!(c.go("continue").0, "exception");
    let info = c.ok("exceptionInfo", json!({ "threadId": 1 }));
    assert!(info["details"]["event"]["origin"].as_str().unwrap().starts_with("commit "), "{info}");
    c.end();
    let mut c = Client::new(&place);
    c.ok("initialize", json!({}));
    let why = c.refused("launch", json!({ "program": program, "events": "nothing" }));
    assert!(why.contains("no file") && why.contains("these have: pay"), "{why}");
    c.end();
}

#[test]
fn a_policy_over_an_input_with_the_decision_at_the_end() {
    let place = Place::empty();
    let text = "package gatos.exec\n\nallow if {\n\tsome cap in input.caps\n\tcap == \"exec:run\"\n\tinput.n < data.most.n\n}\n";
    let policy = place.write("gatos/policies/exec.rgs", text);
    place.write("gatos/policies/most.json", r#"{"n": 5}"#);
    let policy = policy.display().to_string();
    let launch = |n: i64| json!({ "program": policy, "input": { "caps": ["a", "exec:run"], "n": n } });
    let mut c = Client::new(&place);
    c.start(launch(7), &policy, json!([{ "line": 6 }]));
    assert_eq!(c.stop(), ("breakpoint".to_owned(), 6));
    assert_eq!((c.value("data.most.n"), c.value("input.n")), ("5".to_owned(), "7".to_owned()));
    assert_eq!(c.go("stepBack").1, 5);
    assert_eq!(c.value("cap"), "\"exec:run\"");
    c.ok("setBreakpoints", json!({ "source": { "path": policy }, "breakpoints": [] }));
    c.ok("continue", json!({}));
    assert_eq!(c.wait("exited")["exitCode"], 1, "as `gatos run` ends");
    let said: String = c.waiting.iter().filter_map(|m| m["body"]["output"].as_str()).collect();
    assert!(said.contains("data.gatos.exec.allow is undefined"), "{said}");
    assert!(said.contains("denied: ") && said.contains("input.n < data.most.n"), "{said}");
    c.end();
}

#[test]
fn what_cannot_be_launched_is_told_and_can_be_mended() {
    let place = place();
    place.write("broken.lua", "local x = = 1\n");
    place.write("bad.jsonl", "{\"type\":\"t\"\n");
    let mut c = Client::new(&place);
    c.ok("initialize", json!({}));
    for (launch, words) in [
        (json!({}), "names no `program`"),
        (json!({ "program": 7 }), "cannot be understood"),
        (json!({ "program": "missing.lua" }), "missing.lua"),
        (json!({ "program": "broken.lua" }), "does not compile"),
        (json!({ "program": "sums.lua", "events": "bad.jsonl" }), "bad.jsonl"),
        (json!({ "program": "sums.lua", "events": "events.jsonl", "stopOnEvent": 9 }), "there is no event 9"),
    ] {
        let why = c.refused("launch", launch);
        assert!(why.contains(words), "{words:?} is not in {why}");
    }
    c.ok("launch", json!({ "program": "sums.lua", "events": "events.jsonl", "stopOnEntry": true }));
    c.ok("configurationDone", json!({}));
    assert_eq!(c.stop().0, "entry");
    c.end();
}

#[test]
fn a_client_that_speaks_nonsense_or_goes_away_does_not_crash_it() {
    let place = place();
    for bytes in
        [&b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"[..], b"Content-Length: x\r\n\r\n", b"", b"Content-Length: 10\r\n\r\n{"]
    {
        let done = place.gatos_with(&["dap"], bytes);
        assert_eq!(done.code, 0, "{}", done.err);
        assert!(!done.err.contains("panicked"), "{}", done.err);
    }
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    let done = place.gatos_with(&["dap"], &frame(deep.as_bytes()));
    assert!(done.out.contains("\"success\":false"), "{}", done.out);
    place.gatos(&["dap", "--tcp", "0.0.0.0:0"]).fails(2, &["other machines"]);
    place.gatos(&["dap", "--tcp", "nowhere"]).fails(2, &["not an address"]);
}

#[test]
fn over_tcp_one_client_comes_after_the_other() {
    use std::io::{BufRead, BufReader};
    use std::net::TcpStream;
    let place = place();
    let mut child =
        place.command(&["dap", "--tcp", "127.0.0.1:0"]).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
    let at = line.trim().strip_prefix("listening on ").unwrap().to_owned();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(&at).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let request = json!({ "seq": 1, "type": "request", "command": "initialize", "arguments": {} });
        stream.write_all(&frame(request.to_string().as_bytes())).unwrap();
        let mut framer = Framer::new();
        let mut buffer = [0; 4096];
        let answer: Value = loop {
            let n = stream.read(&mut buffer).unwrap();
            assert!(n > 0);
            framer.push(&buffer[..n]);
            if let Some(message) = framer.take().unwrap() {
                break serde_json::from_slice(&message).unwrap();
            }
        };
        assert_eq!(answer["body"]["supportsStepBack"], true);
    }
    child.kill().unwrap();
    child.wait().unwrap();
}
