//! Sessions over pipes in memory: what the real binary cannot be made to do on purpose, such as crash.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use gatos_analysis::Samples;
use gatos_ide::world::{Event, Journal, Nowhere, World};
use gatos_ide::{Cancel, Root};
use serde_json::{Value, json};
use tokio::io::{BufReader, DuplexStream, ReadHalf, WriteHalf};

use crate::disk::Trouble;
use crate::frame::{self, Frame};
use crate::serve::{End, session};
use crate::shared::{Services, Settings};

const FOLD: &str =
    "local M = {}\nfunction M.init() return { n = 0 } end\nfunction M.fold(state, event) return state end\nreturn M\n";

/// A world whose repository makes the one who asks crash.
struct Crashing;

impl World for Crashing {
    fn at_head(&self, path: &str) -> Result<Option<String>, String> {
        panic!("no {path} at HEAD")
    }

    fn journals(&self, path: &str) -> Result<Vec<Journal>, String> {
        panic!("no journals around {path}")
    }

    fn newest(&self, _: &str, namespace: &str, _: usize, _: &Cancel) -> Result<Vec<Event>, String> {
        panic!("no events in {namespace}")
    }

    fn limits(&self, path: &str) -> Result<gatos_vm::Limits, String> {
        Nowhere.limits(path)
    }

    fn state(&self, path: &str, namespace: &str) -> Result<Option<String>, String> {
        Nowhere.state(path, namespace)
    }

    fn denials(&self, path: &str, most: usize) -> Result<Vec<String>, String> {
        Nowhere.denials(path, most)
    }

    fn micros(&self) -> u64 {
        0
    }
}

impl Settings for Crashing {
    fn root(&self, path: &str) -> (Root, Vec<Trouble>) {
        (Root { path: Arc::from(path), lints: Default::default(), width: 100 }, Vec::new())
    }

    fn samples(&self, _: &str, _: &Cancel) -> Result<Samples, String> {
        panic!("no samples")
    }
}

struct Client {
    input: BufReader<ReadHalf<DuplexStream>>,
    output: WriteHalf<DuplexStream>,
    told: Vec<Value>,
    next: i64,
}

impl Client {
    async fn send(&mut self, message: Value) {
        frame::write(&mut self.output, message.to_string().as_bytes()).await.expect("the server reads");
    }

    async fn notify(&mut self, method: &str, params: Value) {
        self.send(json!({ "jsonrpc": "2.0", "method": method, "params": params })).await;
    }

    async fn take(&mut self) -> Value {
        let read = tokio::time::timeout(Duration::from_secs(60), frame::read(&mut self.input));
        match read.await.expect("the server says something in time") {
            Frame::Body(body) => serde_json::from_slice(&body).expect("the server writes JSON"),
            other => panic!("{other:?}; it told {:#?}", self.told),
        }
    }

    async fn ask(&mut self, method: &str, params: Value) -> Value {
        self.next += 1;
        let id = self.next;
        self.send(json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })).await;
        loop {
            let message = self.take().await;
            if message.get("method").is_none() && message["id"] == json!(id) {
                return message;
            }
            self.told.push(message);
        }
    }

    async fn hear(&mut self, what: impl Fn(&Value) -> bool) -> Value {
        loop {
            if let Some(found) = self.told.iter().find(|m| what(m)) {
                return found.clone();
            }
            let message = self.take().await;
            self.told.push(message);
        }
    }
}

fn start(state: PathBuf) -> (Client, tokio::task::JoinHandle<End>) {
    let (ours, theirs) = tokio::io::duplex(1 << 20);
    let world = Arc::new(Crashing);
    let services = Services { world: world.clone(), settings: world, version: "0.0.0".to_owned(), state };
    let (input, output) = tokio::io::split(theirs);
    let running = tokio::spawn(session(input, output, services));
    let (input, output) = tokio::io::split(ours);
    (Client { input: BufReader::new(input), output, told: Vec::new(), next: 0 }, running)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_costs_one_answer_and_leaves_a_report() {
    let state = std::env::temp_dir().join(format!("gatos-crash-{}", std::process::id()));
    let (mut client, running) = start(state.clone());
    client.ask("initialize", json!({ "capabilities": {} })).await;
    client.notify("initialized", json!({})).await;
    let uri = "file:///nowhere/gatos/folds/a.lua";
    let doc = json!({ "uri": uri, "languageId": "lua", "version": 1, "text": FOLD });
    client.notify("textDocument/didOpen", json!({ "textDocument": doc })).await;
    let preview = json!({ "command": "gatos.previewFold", "arguments": [uri, "shop"] });
    let answer = client.ask("workspace/executeCommand", preview.clone()).await;
    assert_eq!(answer["error"]["code"], -32603, "{answer}");
    let message = answer["error"]["message"].as_str().unwrap_or_default();
    assert!(message.contains("gatos.previewFold"), "{message}");
    let logged = client.hear(|m| m["method"] == "window/logMessage").await;
    let told = logged["params"]["message"].as_str().unwrap_or_default().to_owned();
    let path = told.rsplit("the report is ").next().map(PathBuf::from).unwrap_or_default();
    let report = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{told}: {e}"));
    assert!(report.contains("method: gatos.previewFold") && report.contains("session_tests.rs"), "{report}");
    assert!(!report.contains("function M.fold"), "the text stays private");
    // Again and again: everything else is answered, and the same crash is not told again.
    for _ in 0..10 {
        client.ask("workspace/executeCommand", preview.clone()).await;
        let symbols = client.ask("textDocument/documentSymbol", json!({ "textDocument": { "uri": uri } })).await;
        assert!(symbols["result"].to_string().contains("fold"), "{symbols}");
    }
    let status = client.ask("gatos/status", Value::Null).await;
    assert_eq!(status["result"]["open"], 1);
    let crashes = client.told.iter().filter(|m| m.to_string().contains("gatos.previewFold")).count();
    assert_eq!(crashes, 1);
    client.ask("shutdown", Value::Null).await;
    client.notify("exit", Value::Null).await;
    assert_eq!(running.await.ok(), Some(End::Proper));
    let _ = std::fs::remove_dir_all(state);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_that_say_nothing_leave_what_was_said_at_the_start() {
    let (mut client, running) = start(std::env::temp_dir().join(format!("gatos-settings-{}", std::process::id())));
    let options = json!({ "commands": { "show": "client" }, "repository": false });
    client.ask("initialize", json!({ "capabilities": {}, "initializationOptions": options })).await;
    client.notify("initialized", json!({})).await;
    let explain = json!({ "command": "gatos.explainCode", "arguments": ["E0107"] });
    let is_shown = |m: &Value| m["method"] == "window/showMessage";
    for settings in [json!({}), Value::Null, json!({ "lua": {} }), json!({ "gatos": {} }), json!({ "gatos": null })] {
        client.notify("workspace/didChangeConfiguration", json!({ "settings": settings })).await;
        client.ask("gatos/status", Value::Null).await;
        let answer = client.ask("workspace/executeCommand", explain.clone()).await;
        assert!(answer["result"]["markdown"].as_str().is_some_and(|text| text.contains("E0107")), "{answer}");
        client.ask("gatos/status", Value::Null).await;
        assert!(!client.told.iter().any(is_shown), "{settings}: {:#?}", client.told);
    }
    let settings = json!({ "gatos": { "commands": { "show": "server" } } });
    client.notify("workspace/didChangeConfiguration", json!({ "settings": settings })).await;
    client.ask("gatos/status", Value::Null).await;
    client.ask("workspace/executeCommand", explain).await;
    client.hear(is_shown).await;
    client.ask("shutdown", Value::Null).await;
    client.notify("exit", Value::Null).await;
    assert_eq!(running.await.ok(), Some(End::Proper));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_reads_nothing_is_left() {
    let (client, running) = start(std::env::temp_dir());
    let Client { input, mut output, .. } = client;
    for id in 0..200 {
        let body = json!({ "jsonrpc": "2.0", "id": id, "method": "initialize", "params": { "capabilities": {} } });
        frame::write(&mut output, body.to_string().as_bytes()).await.expect("the server reads");
    }
    drop((input, output));
    let end = tokio::time::timeout(Duration::from_secs(30), running).await;
    assert!(matches!(end, Ok(Ok(End::Abrupt))), "{end:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_odd_folder_costs_that_folder() {
    let (mut client, running) = start(std::env::temp_dir());
    let folders = json!([
        { "uri": "file:///nowhere/with space", "name": "odd" },
        { "uri": "file:///nowhere/good", "name": "good" },
    ]);
    let params = json!({ "capabilities": {}, "rootUri": "file:///nowhere/with space", "workspaceFolders": folders });
    let answer = client.ask("initialize", params).await;
    assert!(answer["result"]["capabilities"].is_object(), "{answer}");
    let logged = client.hear(|m| m["method"] == "window/logMessage").await;
    assert!(logged["params"]["message"].as_str().unwrap_or_default().contains("with space"), "{logged}");
    client.notify("initialized", json!({})).await;
    let unknown = client.ask("$/foo", Value::Null).await;
    assert_eq!(unknown["error"]["code"], -32601, "{unknown}");
    client.notify("$/foo", Value::Null).await;
    client.ask("shutdown", Value::Null).await;
    client.notify("exit", Value::Null).await;
    assert_eq!(running.await.ok(), Some(End::Proper));
}
