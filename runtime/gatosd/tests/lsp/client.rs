//! A small editor: it starts the real binary, speaks the protocol over stdio, and answers what the server asks.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::common::Place;

/// How long an answer may take: the machines that run tests are busy.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// What an editor says of itself that can do everything.
pub fn able() -> Value {
    json!({
        "general": { "positionEncodings": ["utf-16"] },
        "window": { "workDoneProgress": true, "showDocument": { "support": true } },
        "workspace": {
            "applyEdit": true,
            "workspaceFolders": true,
            "workspaceEdit": { "documentChanges": true, "resourceOperations": ["create", "rename", "delete"] },
            "didChangeWatchedFiles": { "dynamicRegistration": true },
            "codeLens": { "refreshSupport": true },
            "inlayHint": { "refreshSupport": true },
            "semanticTokens": { "refreshSupport": true },
            "diagnostics": { "refreshSupport": true },
        },
        "textDocument": {
            "publishDiagnostics": {
                "relatedInformation": true, "versionSupport": true, "codeDescriptionSupport": true,
                "tagSupport": { "valueSet": [1, 2] },
            },
            "hover": { "contentFormat": ["markdown", "plaintext"] },
            "completion": { "completionItem": {
                "snippetSupport": true, "documentationFormat": ["markdown"], "preselectSupport": true,
            } },
            "signatureHelp": { "signatureInformation": {
                "documentationFormat": ["markdown"], "parameterInformation": { "labelOffsetSupport": true },
            } },
            "documentSymbol": { "hierarchicalDocumentSymbolSupport": true },
            "definition": { "linkSupport": true },
            "declaration": { "linkSupport": true },
            "typeDefinition": { "linkSupport": true },
            "codeAction": {
                "codeActionLiteralSupport": { "codeActionKind": { "valueSet": ["quickfix", "refactor", "source"] } },
                "dataSupport": true, "resolveSupport": { "properties": ["edit"] },
            },
            "inlayHint": { "resolveSupport": { "properties": ["tooltip"] } },
            "rename": { "prepareSupport": true },
        },
    })
}

/// A running server and what it said.
pub struct Lsp {
    child: Child,
    stdin: Option<ChildStdin>,
    inbox: Receiver<Value>,
    next: i64,
    versions: BTreeMap<String, i64>,
    texts: BTreeMap<String, String>,
    /// Everything that was not an answer, in order.
    pub told: Vec<Value>,
    /// Whether questions of the server are answered.
    pub answers: bool,
    /// What the server said it can do.
    pub capabilities: Value,
    root: std::path::PathBuf,
}

impl Drop for Lsp {
    fn drop(&mut self) {
        drop(self.stdin.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The URI of a path.
pub fn uri_of(path: &Path) -> String {
    let mut out = "file://".to_owned();
    for byte in path.to_string_lossy().bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(byte as char),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

fn read_messages(input: impl Read + Send + 'static) -> Receiver<Value> {
    let (sender, inbox) = channel();
    std::thread::spawn(move || {
        let mut input = BufReader::new(input);
        loop {
            let mut length = 0;
            loop {
                let mut line = String::new();
                if input.read_line(&mut line).unwrap_or(0) == 0 {
                    return;
                }
                let line = line.trim();
                if line.is_empty() {
                    break;
                }
                if let Some(n) = line.strip_prefix("Content-Length: ") {
                    length = n.parse().unwrap();
                }
            }
            let mut body = vec![0; length];
            if input.read_exact(&mut body).is_err() {
                return;
            }
            let message: Value = serde_json::from_slice(&body).expect("what the server writes is JSON");
            if sender.send(message).is_err() {
                return;
            }
        }
    });
    inbox
}

impl Lsp {
    /// Starts the server without a word.
    pub fn raw(place: &Place) -> Lsp {
        let mut command = place.command(&["lsp"]);
        command.env("XDG_STATE_HOME", place.path("state-home"));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let inbox = read_messages(child.stdout.take().unwrap());
        let stdin = child.stdin.take();
        Lsp {
            child,
            stdin,
            inbox,
            next: 0,
            versions: BTreeMap::new(),
            texts: BTreeMap::new(),
            told: Vec::new(),
            answers: true,
            capabilities: Value::Null,
            root: place.0.clone(),
        }
    }

    /// Starts the server for the folder of a place, and an editor that can do everything.
    pub fn start(place: &Place) -> Lsp {
        Lsp::start_as(place, able(), Value::Null)
    }

    /// Starts the server for an editor of given abilities.
    pub fn start_as(place: &Place, capabilities: Value, options: Value) -> Lsp {
        let mut lsp = Lsp::raw(place);
        let folder = json!({ "uri": uri_of(&place.0), "name": "place" });
        lsp.initialize(capabilities, options, json!([folder]));
        lsp
    }

    /// The handshake.
    pub fn initialize(&mut self, capabilities: Value, options: Value, folders: Value) {
        let params = json!({
            "processId": null, "rootUri": null, "capabilities": capabilities,
            "initializationOptions": options, "workspaceFolders": folders,
        });
        let answer = self.ask("initialize", params);
        self.capabilities = answer["capabilities"].clone();
        self.notify("initialized", json!({}));
    }

    /// Sends bytes as they are.
    pub fn bytes(&mut self, bytes: &[u8]) {
        let stdin = self.stdin.as_mut().unwrap();
        stdin.write_all(bytes).unwrap();
        stdin.flush().unwrap();
    }

    /// Sends a message.
    pub fn send(&mut self, message: &Value) {
        let body = message.to_string();
        self.bytes(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
    }

    pub fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Sends a request and does not wait; gives its id.
    pub fn request(&mut self, method: &str, params: Value) -> i64 {
        self.next += 1;
        let id = self.next;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        id
    }

    /// Takes one message in; answers it when it is a question. None when nothing came in time.
    fn take(&mut self, until: Instant) -> Option<Value> {
        let left = until.saturating_duration_since(Instant::now());
        match self.inbox.recv_timeout(left) {
            Ok(message) => {
                if message.get("method").is_some() && message.get("id").is_some() && self.answers {
                    let result = match message["method"].as_str().unwrap() {
                        "workspace/applyEdit" => json!({ "applied": true }),
                        "window/showDocument" => json!({ "success": true }),
                        _ => Value::Null,
                    };
                    let id = message["id"].clone();
                    self.send(&json!({ "jsonrpc": "2.0", "id": id, "result": result }));
                }
                Some(message)
            }
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => panic!("the server is gone; it told {:#?}", self.told),
        }
    }

    /// Waits for the answer to a request: its result, or its error.
    #[track_caller]
    pub fn answer(&mut self, id: i64) -> Result<Value, Value> {
        let until = Instant::now() + PATIENCE;
        let is_it = |message: &Value| message.get("method").is_none() && message["id"] == json!(id);
        loop {
            // It may have come while another one was waited for.
            if let Some(at) = self.told.iter().position(is_it) {
                let message = self.told.remove(at);
                return match message.get("error") {
                    Some(error) => Err(error.clone()),
                    None => Ok(message["result"].clone()),
                };
            }
            match self.take(until) {
                Some(message) => self.told.push(message),
                None => panic!("no answer to request {id}; it told {:#?}", self.told),
            }
        }
    }

    /// Asks and waits.
    #[track_caller]
    pub fn try_ask(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        let id = self.request(method, params);
        self.answer(id)
    }

    /// Asks and waits for a good answer.
    #[track_caller]
    pub fn ask(&mut self, method: &str, params: Value) -> Value {
        self.try_ask(method, params).unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// Waits for something that is told; what came before counts as well.
    #[track_caller]
    pub fn hear<T>(&mut self, what: &str, mut pick: impl FnMut(&Value) -> Option<T>) -> T {
        if let Some(found) = self.told.iter().find_map(&mut pick) {
            return found;
        }
        let until = Instant::now() + PATIENCE;
        while let Some(message) = self.take(until) {
            let found = pick(&message);
            self.told.push(message);
            if let Some(found) = found {
                return found;
            }
        }
        panic!("{what} was not heard; it told {:#?}", self.told);
    }

    /// Listens for a while.
    pub fn listen(&mut self, time: Duration) {
        let until = Instant::now() + time;
        while let Some(message) = self.take(until) {
            self.told.push(message);
        }
    }

    /// Waits until the first look at the workspace is done.
    #[track_caller]
    pub fn ready(&mut self) {
        self.hear("gatos/ready", |m| (m["method"] == "gatos/ready").then_some(()));
    }

    /// The URI of a file of the place, or of any absolute path.
    pub fn uri(&self, name: &str) -> String {
        match name.contains(':') {
            true => name.to_owned(),
            false => uri_of(&self.root.join(name)),
        }
    }

    fn language(name: &str) -> &'static str {
        if name.ends_with(".rgs") { "rgs" } else { "lua" }
    }

    /// Opens a document.
    pub fn open(&mut self, name: &str, text: &str) {
        self.versions.insert(name.to_owned(), 1);
        self.texts.insert(name.to_owned(), text.to_owned());
        let doc = json!({ "uri": self.uri(name), "languageId": Self::language(name), "version": 1, "text": text });
        self.notify("textDocument/didOpen", json!({ "textDocument": doc }));
    }

    pub fn close(&mut self, name: &str) {
        self.versions.remove(name);
        let doc = json!({ "uri": self.uri(name) });
        self.notify("textDocument/didClose", json!({ "textDocument": doc }));
    }

    /// Replaces all of a document.
    pub fn replace(&mut self, name: &str, text: &str) {
        self.change(name, json!([{ "text": text }]));
        self.texts.insert(name.to_owned(), text.to_owned());
    }

    /// Replaces a part of a document that stands there once.
    #[track_caller]
    pub fn edit(&mut self, name: &str, old: &str, new: &str) {
        let range = self.range(name, old);
        self.change(name, json!([{ "range": range, "text": new }]));
        let text = self.texts[name].replacen(old, new, 1);
        self.texts.insert(name.to_owned(), text);
    }

    /// Sends changes as they are.
    pub fn change(&mut self, name: &str, changes: Value) {
        let version = self.versions.entry(name.to_owned()).or_insert(0);
        *version += 1;
        let version = *version;
        let doc = json!({ "uri": self.uri(name), "version": version });
        self.notify("textDocument/didChange", json!({ "textDocument": doc, "contentChanges": changes }));
    }

    /// The text of an open document.
    pub fn text(&self, name: &str) -> &str {
        &self.texts[name]
    }

    /// The position of an offset, in UTF-16 units.
    pub fn position(&self, name: &str, offset: usize) -> Value {
        let before = &self.texts[name][..offset];
        let line = before.matches('\n').count();
        let column = before.rsplit('\n').next().unwrap_or_default().encode_utf16().count();
        json!({ "line": line, "character": column })
    }

    /// The offset where `needle` begins.
    #[track_caller]
    pub fn offset(&self, name: &str, needle: &str) -> usize {
        self.texts[name].find(needle).unwrap_or_else(|| panic!("{needle:?} is not in {name}"))
    }

    /// The range of a part.
    #[track_caller]
    pub fn range(&self, name: &str, needle: &str) -> Value {
        let start = self.offset(name, needle);
        json!({ "start": self.position(name, start), "end": self.position(name, start + needle.len()) })
    }

    /// The text at a range of the protocol.
    pub fn at(&self, name: &str, range: &Value) -> String {
        let text = &self.texts[name];
        let offset = |position: &Value| {
            let line = position["line"].as_u64().unwrap() as usize;
            let column = position["character"].as_u64().unwrap() as usize;
            let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
            let mut units = 0;
            let rest = &text[start..];
            let inside = rest.char_indices().find(|(_, c)| {
                let here = units >= column;
                units += c.len_utf16();
                here
            });
            start + inside.map_or(rest.len(), |(i, _)| i)
        };
        text[offset(&range["start"])..offset(&range["end"])].to_owned()
    }

    /// Params of a question about the place where `needle` stands, `|` in it being the cursor.
    #[track_caller]
    pub fn here(&self, name: &str, needle: &str) -> Value {
        let cursor = needle.find('|').unwrap_or(0);
        let start = self.offset(name, &needle.replacen('|', "", 1));
        json!({ "textDocument": { "uri": self.uri(name) }, "position": self.position(name, start + cursor) })
    }

    /// Params of a question about a document.
    pub fn doc(&self, name: &str) -> Value {
        json!({ "textDocument": { "uri": self.uri(name) } })
    }

    /// The diagnostics that were pushed for the newest text of a document.
    #[track_caller]
    pub fn diagnostics(&mut self, name: &str) -> Vec<Value> {
        let (uri, version) = (self.uri(name), self.versions.get(name).copied());
        self.hear(&format!("diagnostics of {name} {version:?}"), |m| {
            let params = &m["params"];
            let same = m["method"] == "textDocument/publishDiagnostics"
                && params["uri"] == json!(uri)
                && params.get("version").and_then(Value::as_i64) == version;
            same.then(|| params["diagnostics"].as_array().unwrap().clone())
        })
    }

    /// Codes of diagnostics with the text they stand at.
    #[track_caller]
    pub fn codes(&mut self, name: &str) -> Vec<(String, String)> {
        let found = self.diagnostics(name);
        let one = |d: &Value| (d["code"].as_str().unwrap_or_default().to_owned(), self.at(name, &d["range"]));
        found.iter().map(one).collect()
    }

    /// Says goodbye properly; gives the exit code.
    pub fn quit(&mut self) -> i32 {
        self.ask("shutdown", Value::Null);
        self.notify("exit", Value::Null);
        self.ended()
    }

    /// Closes the server's stdin.
    pub fn hang_up(&mut self) {
        drop(self.stdin.take());
    }

    /// The exit code, once the server has ended.
    #[track_caller]
    pub fn ended(&mut self) -> i32 {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code().unwrap_or(-1);
            }
            assert!(Instant::now() < until, "the server does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// The texts of log messages.
    pub fn logged(&self) -> Vec<String> {
        let logs = self.told.iter().filter(|m| m["method"] == "window/logMessage");
        logs.map(|m| m["params"]["message"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

/// Applies text edits of the protocol to a text.
pub fn applied(text: &str, edits: &Value) -> String {
    let offset = |position: &Value| {
        let line = position["line"].as_u64().unwrap() as usize;
        let column = position["character"].as_u64().unwrap() as usize;
        let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
        let rest = &text[start..];
        let mut units = 0;
        for (i, c) in rest.char_indices() {
            if units >= column {
                return start + i;
            }
            units += c.len_utf16();
        }
        text.len()
    };
    let mut all: Vec<(usize, usize, &str)> = edits
        .as_array()
        .unwrap_or_else(|| panic!("{edits}"))
        .iter()
        .map(|e| (offset(&e["range"]["start"]), offset(&e["range"]["end"]), e["newText"].as_str().unwrap()))
        .collect();
    all.sort_by_key(|edit| edit.0);
    let mut out = String::new();
    let mut at = 0;
    for (start, end, new) in all {
        assert!(start >= at, "edits overlap: {edits}");
        out.push_str(&text[at..start]);
        out.push_str(new);
        at = end;
    }
    out + &text[at..]
}

/// The edits of one file in a workspace edit, in either form.
pub fn edits_of(edit: &Value, uri: &str) -> Value {
    if let Some(edits) = edit.pointer("/changes").and_then(|changes| changes.get(uri)) {
        return edits.clone();
    }
    let operations = edit["documentChanges"].as_array().cloned().unwrap_or_default();
    let mine = operations.into_iter().find(|o| o["textDocument"]["uri"] == json!(uri));
    mine.map_or(Value::Null, |o| o["edits"].clone())
}
