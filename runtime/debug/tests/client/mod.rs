//! A small client of the Debug Adapter Protocol, and a world of files in memory behind the server.
#![allow(dead_code, clippy::disallowed_methods, reason = "a client and its server talk from two threads")]

use gatos_compiler::rgs::PolicyOptions;
use gatos_compiler::{KindChoice, Options, Source, compile, no_modules};
use gatos_debug::dap::{Launched, Transport, World, serve};
use gatos_debug::session::{Debuggee, Decision, EventInput, Inputs, Lines};
use gatos_echo::Limits;
use gatos_ledger_core::import::{EventWrapper, LineOptions};
use gatos_ledger_core::model::{ActorId, JournalId, Namespace};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// Where the one source lies.
pub const PATH: &str = "/work/a.lua";
pub const POLICY_PATH: &str = "/work/exec.rgs";

struct Channel {
    from: Receiver<Vec<u8>>,
    to: Sender<Value>,
}

impl Transport for Channel {
    fn next(&mut self) -> Option<Vec<u8>> {
        self.from.recv().ok()
    }
    fn poll(&mut self) -> Option<Vec<u8>> {
        self.from.try_recv().ok()
    }
    fn send(&mut self, message: &[u8]) {
        let _ = self.to.send(serde_json::from_slice(message).expect("the server writes JSON"));
    }
}

/// One program, with its events or its input.
#[derive(Clone)]
pub struct Memory {
    pub text: String,
    pub events: String,
    pub input: Option<String>,
    pub limits: Limits,
}

impl World for Memory {
    fn launch(&mut self, arguments: &Value) -> Result<Launched, String> {
        if arguments["program"].as_str() == Some(POLICY_PATH) {
            return self.policy();
        }
        let kind = if self.events.is_empty() { KindChoice::Script } else { KindChoice::Fold };
        let options = Options { kind, ..Options::default() };
        let done = compile(Source { name: "a.lua", text: &self.text }, &no_modules, &options);
        let Some(done) = done.program else { return Err(format!("it does not compile: {:?}", done.diagnostics)) };
        let inputs = if self.events.is_empty() { Inputs::Script } else { Inputs::Events(events(&self.events)) };
        let lines = Lines::new(done.program.program(), &done.map);
        Ok(Launched {
            debuggee: Debuggee { program: done.program, map: done.map, limits: self.limits, inputs },
            lines,
            paths: vec![Some(PATH.to_owned())],
            texts: vec![Some(self.text.clone())],
            notes: Vec::new(),
        })
    }

    fn canonical(&self, path: &str) -> String {
        path.to_owned()
    }
}

impl Memory {
    fn policy(&self) -> Result<Launched, String> {
        let source = Source { name: "exec.rgs", text: &self.text };
        let done = gatos_compiler::rgs::compile(&[source], None, &PolicyOptions::default());
        let Some(done) = done.program else { return Err(format!("{:?}", done.diagnostics)) };
        let policy = done.program.program().policy.clone().expect("a policy");
        let documents = (0u32..)
            .zip(&policy.documents)
            .filter(|(_, d)| matches!(d.path.last().map(String::as_str), Some("allow" | "deny")));
        let inputs = Inputs::Decision(Decision {
            input: self.input.clone().map(String::into_bytes),
            data: b"{\"limit\":{\"ann\":10,\"bob\":2}}".to_vec(),
            documents: documents.map(|(id, _)| id).collect(),
            is_strict: true,
            verdict: Some("the verdict".to_owned()),
            is_denied: self.input.as_ref().is_some_and(|input| input.contains("eve")),
        });
        let lines = Lines::new(done.program.program(), &done.map);
        Ok(Launched {
            debuggee: Debuggee { program: done.program, map: done.map, limits: self.limits, inputs },
            lines,
            paths: vec![Some(POLICY_PATH.to_owned())],
            texts: vec![Some(self.text.clone())],
            notes: Vec::new(),
        })
    }
}

/// Lines of JSON as events.
pub fn events(text: &str) -> Vec<EventInput> {
    let journal = JournalId::new(Namespace::parse("events").unwrap(), ActorId::parse("user:local").unwrap());
    let mut wrapper = EventWrapper::new(journal, LineOptions::new().unwrap());
    let mut out = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let event = wrapper.wrap(line.as_bytes()).unwrap().unwrap();
        out.push(EventInput {
            ulid: event.header.ulid.to_string(),
            event_type: event.header.event_type.to_string(),
            actor: event.header.actor.to_string(),
            origin: format!("line {}", number + 1),
            bytes: event.bytes,
        });
    }
    out
}

pub struct Client {
    to: Option<Sender<Vec<u8>>>,
    from: Receiver<Value>,
    seq: i64,
    /// Events that nobody waited for yet.
    pub waiting: VecDeque<Value>,
    server: Option<JoinHandle<()>>,
}

impl Client {
    pub fn new(world: Memory) -> Client {
        let (to, server_from) = channel();
        let (server_to, from) = channel();
        let server = std::thread::Builder::new()
            .stack_size(8 << 20)
            .spawn(move || {
                let mut world = world;
                serve(&mut Channel { from: server_from, to: server_to }, &mut world);
            })
            .unwrap();
        Client { to: Some(to), from, seq: 0, waiting: VecDeque::new(), server: Some(server) }
    }

    pub fn raw(&mut self, message: &[u8]) {
        self.to.as_ref().unwrap().send(message.to_vec()).unwrap();
    }

    fn receive(&mut self) -> Value {
        self.from.recv_timeout(Duration::from_secs(60)).expect("the server answers")
    }

    /// Sends a request and gives the whole response.
    pub fn ask(&mut self, command: &str, arguments: Value) -> Value {
        self.seq += 1;
        let seq = self.seq;
        self.raw(
            json!({ "seq": seq, "type": "request", "command": command, "arguments": arguments }).to_string().as_bytes(),
        );
        loop {
            let message = self.receive();
            if message["type"] == "response" && message["request_seq"] == seq {
                assert_eq!(message["command"], command);
                return message;
            }
            self.waiting.push_back(message);
        }
    }

    /// A request that works; gives the body.
    #[track_caller]
    pub fn ok(&mut self, command: &str, arguments: Value) -> Value {
        let response = self.ask(command, arguments);
        assert_eq!(response["success"], true, "{response}");
        response["body"].clone()
    }

    /// A request that is refused; gives why.
    #[track_caller]
    pub fn refused(&mut self, command: &str, arguments: Value) -> String {
        let response = self.ask(command, arguments);
        assert_eq!(response["success"], false, "{response}");
        response["message"].as_str().unwrap().to_owned()
    }

    /// Waits for an event; gives its body.
    pub fn wait(&mut self, event: &str) -> Value {
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

    /// What was said so far, in one category.
    pub fn said(&mut self, category: &str) -> Vec<String> {
        let all = self.waiting.iter().filter(|m| m["event"] == "output" && m["body"]["category"] == category);
        all.map(|m| m["body"]["output"].as_str().unwrap().trim_end().to_owned()).collect()
    }

    /// Up to the moment before the run begins.
    pub fn begin(&mut self, launch: Value, points: Value) -> Value {
        self.ok("initialize", json!({ "adapterID": "gatos", "linesStartAt1": true }));
        self.ok("launch", launch);
        self.wait("initialized");
        let path = if points["path"].is_string() { points["path"].clone() } else { json!(PATH) };
        let list = if points["path"].is_string() { points["list"].clone() } else { points };
        self.ok("setBreakpoints", json!({ "source": { "path": path }, "breakpoints": list }))
    }

    pub fn start(&mut self, launch: Value, points: Value) {
        self.begin(launch, points);
        self.ok("configurationDone", json!({}));
    }

    /// Waits for a stop: its reason, the innermost function and its line.
    pub fn stop(&mut self) -> (String, String, i64) {
        let body = self.wait("stopped");
        let frame = self.ok("stackTrace", json!({ "threadId": 1, "levels": 1 }))["stackFrames"][0].clone();
        let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
        (text(&body["reason"]), text(&frame["name"]), frame["line"].as_i64().unwrap_or(-1))
    }

    /// Goes on and waits for the stop.
    pub fn go(&mut self, command: &str) -> (String, String, i64) {
        self.ok(command, json!({ "threadId": 1 }));
        self.stop()
    }

    /// The value of an expression in the innermost call.
    pub fn value(&mut self, expression: &str) -> String {
        let response = self.ask("evaluate", json!({ "expression": expression, "frameId": 1, "context": "watch" }));
        match response["success"].as_bool() {
            Some(true) => response["body"]["result"].as_str().unwrap().to_owned(),
            _ => format!("error: {}", response["message"].as_str().unwrap_or_default()),
        }
    }

    /// `name=value` of each variable of a scope of a call.
    pub fn scope(&mut self, frame: usize, name: &str) -> Vec<String> {
        let scopes = self.ok("scopes", json!({ "frameId": frame }));
        let found = scopes["scopes"].as_array().unwrap().iter().find(|s| s["name"] == name).cloned();
        let Some(found) = found else { return Vec::new() };
        self.inside(&found["variablesReference"])
    }

    pub fn inside(&mut self, reference: &Value) -> Vec<String> {
        let body = self.ok("variables", json!({ "variablesReference": reference }));
        let one = |v: &Value| format!("{}={}", v["name"].as_str().unwrap(), v["value"].as_str().unwrap());
        body["variables"].as_array().unwrap().iter().map(one).collect()
    }

    pub fn end(mut self) {
        let _ = self.ask("disconnect", json!({}));
        self.to = None;
        self.server.take().unwrap().join().expect("the server ends well");
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.to = None;
    }
}

impl Client {
    /// Launches what was refused before, stopped at its beginning.
    pub fn start_again(&mut self) {
        self.ok("launch", json!({ "program": PATH, "stopOnEntry": true }));
        self.ok("configurationDone", json!({}));
    }
}
