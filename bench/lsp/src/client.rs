//! An editor reduced to its wire: messages are stamped as they arrive, on a thread that does nothing else.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(120);

pub struct Client {
    child: Child,
    stdin: ChildStdin,
    inbox: Receiver<(Instant, Value)>,
    next: i64,
    answered: BTreeMap<i64, Instant>,
    judged: BTreeMap<String, usize>,
    published: BTreeMap<(String, i64), Instant>,
    is_ready: bool,
}

impl Client {
    pub fn start(server: &Path, folder: &Path) -> Client {
        let mut child = Command::new(server)
            .arg("lsp")
            .env("XDG_STATE_HOME", folder.join(".state"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|e| panic!("{}: {e}; build it with `cargo build --release -p gatosd`", server.display()));
        let mut output = BufReader::with_capacity(1 << 20, child.stdout.take().expect("stdout is a pipe"));
        let (sender, inbox) = channel();
        std::thread::spawn(move || {
            loop {
                let mut length = 0;
                loop {
                    let mut line = String::new();
                    if output.read_line(&mut line).unwrap_or(0) == 0 {
                        return;
                    }
                    match line.trim() {
                        "" => break,
                        line => length = line.rsplit(' ').next().and_then(|n| n.parse().ok()).unwrap_or(length),
                    }
                }
                let mut body = vec![0; length];
                if output.read_exact(&mut body).is_err() {
                    return;
                }
                // Stamped before the JSON is read: that is the editor's cost.
                let at = Instant::now();
                let Ok(message) = serde_json::from_slice(&body) else { return };
                if sender.send((at, message)).is_err() {
                    return;
                }
            }
        });
        let stdin = child.stdin.take().expect("stdin is a pipe");
        let mut client = Client {
            child,
            stdin,
            inbox,
            next: 0,
            answered: BTreeMap::new(),
            judged: BTreeMap::new(),
            published: BTreeMap::new(),
            is_ready: false,
        };
        let params = json!({
            "processId": null,
            "workspaceFolders": [{ "uri": uri(folder), "name": "bench" }],
            "capabilities": {
                "general": { "positionEncodings": ["utf-16"] },
                "workspace": { "didChangeWatchedFiles": { "dynamicRegistration": true } },
                "textDocument": {
                    "publishDiagnostics": { "relatedInformation": true, "versionSupport": true },
                    "hover": { "contentFormat": ["markdown"] },
                    "completion": { "completionItem": { "snippetSupport": true } },
                    "documentSymbol": { "hierarchicalDocumentSymbolSupport": true },
                },
            },
        });
        let id = client.request("initialize", params);
        client.answer(id);
        client.notify("initialized", json!({}));
        client
    }

    fn send(&mut self, message: &Value) {
        let body = message.to_string();
        let bytes = format!("Content-Length: {}\r\n\r\n{body}", body.len());
        self.stdin.write_all(bytes.as_bytes()).expect("the server reads");
        self.stdin.flush().expect("the server reads");
    }

    pub fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    pub fn request(&mut self, method: &str, params: Value) -> i64 {
        self.next += 1;
        let id = self.next;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        id
    }

    fn take(&mut self, patience: Duration) {
        let (at, message) = self.inbox.recv_timeout(patience).expect("the server says something in time");
        match (message.get("method").and_then(Value::as_str), message.get("id")) {
            (Some(_), Some(id)) => {
                let id = id.clone();
                self.send(&json!({ "jsonrpc": "2.0", "id": id, "result": null }));
            }
            (Some("textDocument/publishDiagnostics"), None) => {
                let params = &message["params"];
                let uri = params["uri"].as_str().unwrap_or_default().to_owned();
                let count = params["diagnostics"].as_array().map_or(0, Vec::len);
                if let Some(version) = params["version"].as_i64() {
                    self.published.insert((uri.clone(), version), at);
                }
                self.judged.insert(uri, count);
            }
            (Some("gatos/ready"), None) => self.is_ready = true,
            (None, Some(id)) => _ = self.answered.insert(id.as_i64().unwrap_or(-1), at),
            _ => {}
        }
    }

    /// When the answer to a request came.
    pub fn answer(&mut self, id: i64) -> Instant {
        loop {
            if let Some(at) = self.answered.remove(&id) {
                return at;
            }
            self.take(PATIENCE);
        }
    }

    /// When the diagnostics of a version came.
    pub fn diagnostics(&mut self, uri: &str, version: i64) -> Instant {
        let key = (uri.to_owned(), version);
        loop {
            if let Some(at) = self.published.remove(&key) {
                return at;
            }
            self.take(PATIENCE);
        }
    }

    pub fn ready(&mut self, patience: Duration) {
        while !self.is_ready {
            self.take(patience);
        }
    }

    /// How many files have diagnostics.
    pub fn judged(&self) -> usize {
        self.judged.values().filter(|n| **n > 0).count()
    }

    pub fn open(&mut self, path: &Path, text: &str) -> String {
        let uri = uri(path);
        let language = if uri.ends_with(".rgs") { "rgs" } else { "lua" };
        let doc = json!({ "uri": uri, "languageId": language, "version": 1, "text": text });
        self.notify("textDocument/didOpen", json!({ "textDocument": doc }));
        uri
    }

    pub fn change(&mut self, uri: &str, version: i64, range: Value, text: &str) {
        let params = json!({
            "textDocument": { "uri": uri, "version": version },
            "contentChanges": [{ "range": range, "text": text }],
        });
        self.notify("textDocument/didChange", params);
    }

    pub fn close(&mut self, uri: &str) {
        self.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
    }

    /// Memory of the server in MB: now, and at its highest.
    pub fn memory(&self) -> (u64, u64) {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let field = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name)).unwrap_or_default();
            line.split_whitespace().nth(1).and_then(|n| n.parse::<u64>().ok()).unwrap_or(0) / 1024
        };
        (field("VmRSS:"), field("VmHWM:"))
    }

    pub fn quit(&mut self) {
        let id = self.request("shutdown", Value::Null);
        self.answer(id);
        self.notify("exit", Value::Null);
        let _ = self.child.wait();
    }
}

fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}
