//! The protocol itself: the handshake, order, odd and broken messages, clients of few words, the end.

use std::time::Duration;

use serde_json::{Value, json};

use crate::client::{Lsp, able, uri_of};
use crate::common::Place;

const FOLD: &str = "local M = {}\n\nfunction M.init()\n  return { n = 0 }\nend\n\nfunction M.fold(state, event)\n  state.n = state.n + 1\n  return state\nend\n\nreturn M\n";
const NAME: &str = "gatos/folds/a.lua";

#[test]
fn it_says_what_it_can_do() {
    let place = Place::empty();
    let mut lsp = Lsp::start(&place);
    let can = lsp.capabilities.clone();
    assert_eq!(can["positionEncoding"], "utf-16");
    assert_eq!(can["textDocumentSync"]["change"], 2);
    for provider in [
        "hoverProvider",
        "completionProvider",
        "signatureHelpProvider",
        "definitionProvider",
        "declarationProvider",
        "typeDefinitionProvider",
        "implementationProvider",
        "referencesProvider",
        "renameProvider",
        "documentHighlightProvider",
        "documentSymbolProvider",
        "workspaceSymbolProvider",
        "semanticTokensProvider",
        "foldingRangeProvider",
        "selectionRangeProvider",
        "inlayHintProvider",
        "codeActionProvider",
        "documentFormattingProvider",
        "documentRangeFormattingProvider",
        "documentOnTypeFormattingProvider",
        "callHierarchyProvider",
        "documentLinkProvider",
        "codeLensProvider",
        "diagnosticProvider",
        "executeCommandProvider",
    ] {
        assert!(!can[provider].is_null() && can[provider] != json!(false), "{provider}: {}", can[provider]);
    }
    assert_eq!(can["renameProvider"]["prepareProvider"], true);
    assert_eq!(can["completionProvider"]["resolveProvider"], true);
    assert_eq!(can["semanticTokensProvider"]["full"]["delta"], true);
    assert_eq!(can["executeCommandProvider"]["commands"].as_array().map(Vec::len), Some(gatos_ide::command::ALL.len()));
    assert_eq!(lsp.quit(), 0);
}

#[test]
fn an_editor_that_goes_without_a_word_ends_it_with_1() {
    let place = Place::empty();
    let mut lsp = Lsp::start(&place);
    lsp.hang_up();
    assert_eq!(lsp.ended(), 1);
    let mut lsp = Lsp::start(&place);
    lsp.notify("exit", Value::Null);
    assert_eq!(lsp.ended(), 1);
    let mut lsp = Lsp::start(&place);
    lsp.ask("shutdown", Value::Null);
    lsp.hang_up();
    assert_eq!(lsp.ended(), 0);
}

#[test]
fn requests_out_of_turn_are_refused_and_survived() {
    let place = Place::empty();
    let mut lsp = Lsp::raw(&place);
    let early = lsp.try_ask("textDocument/hover", json!({})).unwrap_err();
    assert_eq!(early["code"], -32002, "{early}");
    // Notifications before the handshake are dropped.
    lsp.notify(
        "textDocument/didOpen",
        json!({ "textDocument": { "uri": "file:///x", "languageId": "lua", "version": 1, "text": "" } }),
    );
    lsp.initialize(able(), Value::Null, Value::Null);
    let again = lsp.try_ask("initialize", json!({ "capabilities": {} })).unwrap_err();
    assert_eq!(again["code"], -32600, "{again}");
    let unknown = lsp.try_ask("textDocument/nothingLikeIt", json!({})).unwrap_err();
    assert_eq!(unknown["code"], -32601, "{unknown}");
    let wrong = lsp.try_ask("textDocument/hover", json!({ "position": 7 })).unwrap_err();
    assert_eq!(wrong["code"], -32602, "{wrong}");
    lsp.notify("$/setTrace", json!({ "value": "off" }));
    lsp.notify("nothing/likeIt", json!([1, 2]));
    lsp.ask("shutdown", Value::Null);
    let late = lsp.try_ask("textDocument/hover", json!({})).unwrap_err();
    assert_eq!(late["code"], -32600, "{late}");
    lsp.notify("exit", Value::Null);
    assert_eq!(lsp.ended(), 0);
}

#[test]
fn garbage_on_the_wire_costs_one_message() {
    let place = Place::empty();
    let mut lsp = Lsp::start(&place);
    for garbage in [
        &b"Content-Length: 5\r\n\r\n{\"a\":"[..],
        b"Content-Length: 4\r\n\r\n\xff\xfe\xfd\xfc",
        b"Content-Length: x\r\n\r\n",
        b"hello\r\n\r\n",
        b"Content-Length: 2\r\n\r\n[]",
        b"Content-Length: 4\r\n\r\nnull",
        b"Content-Length: 16\r\n\r\n{\"jsonrpc\":\"1.0\"",
    ] {
        lsp.bytes(garbage);
    }
    let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    lsp.bytes(format!("Content-Length: {}\r\n\r\n{deep}", deep.len()).as_bytes());
    // An answer to a question that nobody asked.
    lsp.send(&json!({ "jsonrpc": "2.0", "id": 4711, "result": null }));
    let status = lsp.ask("gatos/status", Value::Null);
    assert_eq!(status["open"], 0);
    let errors = lsp.told.iter().filter(|m| m["error"]["code"] == json!(-32700) || m["error"]["code"] == json!(-32600));
    assert_eq!(errors.count(), 8, "{:#?}", lsp.told);
    assert_eq!(lsp.quit(), 0);
}

#[test]
fn questions_see_the_edits_before_them_and_none_after() {
    let place = Place::empty();
    let mut lsp = Lsp::start(&place);
    lsp.open(NAME, FOLD);
    // All of it is sent before anything is read.
    let mut ids = Vec::new();
    for i in 0..20 {
        lsp.replace(NAME, &format!("local M = {{}}\n\nfunction M.f{i}()\nend\n\nreturn M\n"));
        let doc = lsp.doc(NAME);
        ids.push(lsp.request("textDocument/documentSymbol", doc));
    }
    let mut current = 0;
    for (i, id) in ids.into_iter().enumerate() {
        match lsp.answer(id) {
            Ok(symbols) => {
                let text = symbols.to_string();
                assert!(text.contains(&format!("f{i}\"")), "question {i}: {text}");
                current += 1;
            }
            // A later edit may have made the question moot.
            Err(error) => assert_eq!(error["code"], -32801, "{error}"),
        }
    }
    assert!(current >= 1, "the last question at least has no edit after it");
}

#[test]
fn edits_by_range_are_applied_in_order_in_both_encodings() {
    for encoding in ["utf-8", "utf-16"] {
        let place = Place::empty();
        let mut capabilities = able();
        capabilities["general"]["positionEncodings"] = json!([encoding, "utf-16"]);
        let mut lsp = Lsp::start_as(&place, capabilities, Value::Null);
        assert_eq!(lsp.capabilities["positionEncoding"], encoding);
        lsp.open(NAME, "local s = \"é😀\" local wrong = = 1\nreturn s\n");
        let found = lsp.diagnostics(NAME);
        let at = found[0]["range"]["start"]["character"].as_u64().unwrap();
        let expected = if encoding == "utf-8" { 33 } else { 30 };
        assert_eq!(at, expected, "{found:#?}");
        // Two changes in one message, the second counted in the text after the first.
        lsp.change(
            NAME,
            json!([
                { "range": { "start": { "line": 0, "character": 0 }, "end": { "line": 0, "character": 0 } }, "text": "\n" },
                { "range": { "start": { "line": 1, "character": expected }, "end": { "line": 1, "character": expected + 2 } }, "text": "" },
            ]),
        );
        let after = lsp.diagnostics(NAME);
        assert!(after.iter().all(|d| d["severity"] != 1), "{after:#?}");
    }
}

#[test]
fn odd_edits_and_documents_are_told_and_survived() {
    let place = Place::empty();
    let mut lsp = Lsp::start(&place);
    // Not open: change, close, save, questions.
    lsp.change("gatos/folds/none.lua", json!([{ "text": "x" }]));
    lsp.close("gatos/folds/none.lua");
    lsp.notify("textDocument/didSave", json!({ "textDocument": { "uri": lsp.uri("gatos/folds/none.lua") } }));
    let nowhere = json!({ "textDocument": { "uri": lsp.uri("none.lua") }, "position": { "line": 7, "character": 7 } });
    assert_eq!(lsp.ask("textDocument/hover", nowhere), Value::Null);
    lsp.open(NAME, FOLD);
    let far = json!({ "line": 4_000_000_000u32, "character": 4_000_000_000u32 });
    lsp.change(NAME, json!([{ "range": { "start": far, "end": far }, "text": "-- end\n" }]));
    lsp.change(
        NAME,
        json!([{ "range": { "start": { "line": 3, "character": 0 }, "end": { "line": 1, "character": 0 } }, "text": "" }]),
    );
    let uri = lsp.uri(NAME);
    for method in
        ["textDocument/hover", "textDocument/completion", "textDocument/definition", "textDocument/references"]
    {
        let params =
            json!({ "textDocument": { "uri": uri }, "position": far, "context": { "includeDeclaration": true } });
        let answer = lsp.try_ask(
            method,
            if method.ends_with("completion") {
                json!({ "textDocument": { "uri": uri }, "position": far })
            } else {
                params
            },
        );
        assert!(answer.is_ok(), "{method}: {answer:?}");
    }
    // Opened a second time: the new text counts.
    lsp.open(NAME, "local x = = 1\n");
    assert!(!lsp.diagnostics(NAME).is_empty());
    let logs = lsp.logged().join("\n");
    for part in ["not open", "ends before it begins", "a change at line 4000000000"] {
        assert!(logs.contains(part), "{part} is not in {logs}");
    }
    assert_eq!(lsp.quit(), 0);
}

#[test]
fn a_cancelled_request_is_answered_as_cancelled_and_the_next_one_is_not() {
    let place = Place::empty();
    let mut lsp = Lsp::start(&place);
    lsp.open(NAME, FOLD);
    let mut cancelled = 0;
    for _ in 0..30 {
        let doc = lsp.doc(NAME);
        let id = lsp.request("textDocument/codeLens", doc);
        lsp.notify("$/cancelRequest", json!({ "id": id }));
        match lsp.answer(id) {
            Ok(_) => {}
            Err(error) => {
                assert_eq!(error["code"], -32800, "{error}");
                cancelled += 1;
            }
        }
    }
    assert!(cancelled > 0, "none of thirty was cancelled in time");
    lsp.notify("$/cancelRequest", json!({ "id": 99_999 }));
    let doc = lsp.doc(NAME);
    assert!(lsp.try_ask("textDocument/codeLens", doc).is_ok());
}

#[test]
fn a_client_that_never_answers_is_not_waited_for() {
    let place = Place::ready();
    let mut lsp = Lsp::raw(&place);
    lsp.answers = false;
    let folder = json!({ "uri": uri_of(&place.0), "name": "place" });
    lsp.initialize(able(), Value::Null, json!([folder]));
    lsp.ready();
    lsp.open(NAME, FOLD);
    let here = lsp.here(NAME, "fold|");
    lsp.ask("textDocument/hover", here);
    assert_eq!(lsp.ask("gatos/status", Value::Null)["isReady"], true);
    assert_eq!(lsp.quit(), 0);
}

#[test]
fn a_client_of_few_words_gets_what_it_can_show() {
    let place = Place::ready();
    let mut lsp = Lsp::start_as(&place, json!({}), Value::Null);
    lsp.ready();
    lsp.open(NAME, "local M = {}\nfunction M.init() return { n = 0 } end\nfunction M.fold(state, event)\n  local u = 1\n  state.n = string.len(event.type)\n  return state\nend\nreturn M\n");
    let found = lsp.diagnostics(NAME);
    assert!(
        found.iter().all(|d| d.get("relatedInformation").is_none()
            && d.get("tags").is_none()
            && d.get("codeDescription").is_none()),
        "{found:#?}"
    );
    let here = lsp.here(NAME, "string.le|n");
    let hover = lsp.ask("textDocument/hover", here);
    assert_eq!(hover["contents"]["kind"], "plaintext");
    assert!(!hover["contents"]["value"].as_str().unwrap().contains("```"), "{hover}");
    let here = lsp.here(NAME, "  |return state");
    let items = lsp.ask("textDocument/completion", here);
    let items = items["items"].as_array().unwrap();
    assert!(items.iter().all(|item| item["insertTextFormat"] != json!(2)), "no snippets");
    assert!(items.iter().all(|item| !item["textEdit"]["newText"].as_str().unwrap().contains("${")), "no stops");
    let symbols = lsp.ask("textDocument/documentSymbol", lsp.doc(NAME));
    assert!(symbols[0].get("location").is_some(), "a flat outline: {symbols}");
    let here = lsp.here(NAME, "u| = 1");
    let mut params = here.clone();
    params["newName"] = json!("v");
    let edit = lsp.ask("textDocument/rename", params);
    assert!(edit.get("changes").is_some() && edit.get("documentChanges").is_none(), "{edit}");
    let mut params = lsp.doc(NAME);
    params["range"] = lsp.range(NAME, "u = 1");
    params["context"] = json!({ "diagnostics": found });
    let actions = lsp.ask("textDocument/codeAction", params);
    for action in actions.as_array().unwrap() {
        assert!(action.get("edit").is_none(), "commands alone: {action}");
    }
    let asked = lsp.told.iter().filter(|m| m.get("id").is_some() && m.get("method").is_some()).count();
    assert_eq!(asked, 0, "nothing was asked of it");
    assert_eq!(lsp.quit(), 0);
}

#[test]
fn diagnostics_are_pulled_by_those_who_pull() {
    let place = Place::ready();
    place.write("gatos/folds/bad.lua", "local x = = 1\n");
    let mut capabilities = able();
    capabilities["textDocument"]["diagnostic"] = json!({ "dynamicRegistration": false });
    let mut lsp = Lsp::start_as(&place, capabilities, Value::Null);
    lsp.ready();
    lsp.open(NAME, "local y = = 2\nreturn y\n");
    let report = lsp.ask("textDocument/diagnostic", lsp.doc(NAME));
    assert_eq!(report["kind"], "full");
    assert!(!report["items"].as_array().unwrap().is_empty(), "{report}");
    let mut again = lsp.doc(NAME);
    again["previousResultId"] = report["resultId"].clone();
    let same = lsp.ask("textDocument/diagnostic", again.clone());
    assert_eq!(same["kind"], "unchanged", "{same}");
    lsp.replace(NAME, "return 1\n");
    let other = lsp.ask("textDocument/diagnostic", again);
    assert_eq!(other["kind"], "full");
    let all = lsp.ask("workspace/diagnostic", json!({ "previousResultIds": [] }));
    let bad = lsp.uri("gatos/folds/bad.lua");
    let of_bad = all["items"].as_array().unwrap().iter().find(|item| item["uri"] == json!(bad)).cloned().unwrap();
    assert_eq!(of_bad["kind"], "full");
    assert_eq!(of_bad["version"], Value::Null);
    let known = json!([{ "uri": bad, "value": of_bad["resultId"] }]);
    let all = lsp.ask("workspace/diagnostic", json!({ "previousResultIds": known }));
    let of_bad = all["items"].as_array().unwrap().iter().find(|item| item["uri"] == json!(bad)).cloned().unwrap();
    assert_eq!(of_bad["kind"], "unchanged");
    let pushed = lsp.told.iter().filter(|m| m["method"] == "textDocument/publishDiagnostics").count();
    assert_eq!(pushed, 0, "who pulls is not pushed to");
}

#[test]
fn deep_long_and_wild_texts_are_answered() {
    let place = Place::empty();
    let mut lsp = Lsp::start(&place);
    let deep = format!("return {}1{}\n", "(".repeat(10_000), ")".repeat(10_000));
    lsp.open(NAME, &deep);
    let found = lsp.diagnostics(NAME);
    assert!(found.iter().any(|d| d["severity"] == 1), "{found:#?}");
    lsp.open("p/deep.rgs", &format!("package a\n\nx := {}1{}\n", "[".repeat(10_000), "]".repeat(10_000)));
    let found = lsp.diagnostics("p/deep.rgs");
    assert!(found.iter().any(|d| d["severity"] == 1), "{found:#?}");
    let long = format!("local s = \"{}\"\nreturn s\n", "é".repeat(200_000));
    lsp.replace(NAME, &long);
    lsp.diagnostics(NAME);
    let large = format!("-- {}\nreturn 1\n", "x".repeat(10 << 20));
    lsp.replace(NAME, &large);
    let found = lsp.diagnostics(NAME);
    assert_eq!(found.len(), 1);
    assert!(found[0]["message"].as_str().unwrap().contains("10.0 MiB"), "{}", found[0]["message"]);
    let at = json!({ "textDocument": { "uri": lsp.uri(NAME) }, "position": { "line": 1, "character": 0 } });
    assert_eq!(lsp.ask("textDocument/hover", at), Value::Null);
    lsp.replace(NAME, "return \u{0}\u{feff}\u{202e}\r\r\n\u{10ffff}");
    lsp.diagnostics(NAME);
    lsp.replace(NAME, "");
    lsp.diagnostics(NAME);
    assert_eq!(lsp.quit(), 0);
}

#[test]
fn a_session_over_tcp_is_the_same() {
    use std::io::{BufRead, BufReader, Read, Write};
    let place = Place::empty();
    let refused = place.gatos(&["lsp", "--tcp", "0.0.0.0:0"]);
    refused.fails(2, &["other machines"]);
    place.gatos(&["lsp", "--tcp", "nowhere"]).fails(2, &["127.0.0.1"]);
    let mut child =
        place.command(&["lsp", "--tcp", "127.0.0.1:0"]).stderr(std::process::Stdio::piped()).spawn().unwrap();
    let mut told = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    told.read_line(&mut line).unwrap();
    let at = line.trim().rsplit(' ').next().unwrap().to_owned();
    let mut stream = std::net::TcpStream::connect(at).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let body =
        json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": { "capabilities": {} } }).to_string();
    write!(stream, "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    let mut start = [0; 16];
    stream.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"Content-Length: ");
    drop(stream);
    assert_eq!(child.wait().unwrap().code(), Some(1), "it ends with its one client");
}
