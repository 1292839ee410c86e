//! Files and folders: closed files, the disk, several folders, configuration, files that cannot be read.

use std::time::Duration;

use serde_json::{Value, json};

use crate::client::{Lsp, able, uri_of};
use crate::common::Place;

const BAD: &str = "local x = = 1\n";
const GOOD: &str =
    "local M = {}\nfunction M.init() return { n = 0 } end\nfunction M.fold(state, event) return state end\nreturn M\n";

/// Waits for diagnostics of a closed file that satisfy a condition.
#[track_caller]
fn hear(lsp: &mut Lsp, uri: &str, wanted: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    lsp.hear(&format!("diagnostics of {uri}"), |m| {
        let params = &m["params"];
        let of_it = m["method"] == "textDocument/publishDiagnostics" && params["uri"] == json!(uri);
        let all = params["diagnostics"].as_array()?;
        (of_it && wanted(all)).then(|| all.clone())
    })
}

fn changed(lsp: &mut Lsp, uris: &[(&str, u32)]) {
    let changes: Vec<Value> = uris.iter().map(|(uri, kind)| json!({ "uri": uri, "type": kind })).collect();
    lsp.notify("workspace/didChangeWatchedFiles", json!({ "changes": changes }));
}

#[test]
fn closed_files_are_judged_and_followed_on_disk() {
    let place = Place::ready();
    let path = place.write("gatos/folds/bad.lua", BAD);
    let mut lsp = Lsp::start(&place);
    let uri = uri_of(&path);
    hear(&mut lsp, &uri, |all| !all.is_empty());
    // The editor was asked to watch, and shown how far the first look is.
    lsp.hear("a registration", |m| {
        let registration = &m["params"]["registrations"][0];
        (registration["method"] == "workspace/didChangeWatchedFiles").then_some(())
    });
    lsp.ready();
    lsp.hear("the end of progress", |m| (m["params"]["value"]["kind"] == "end").then_some(()));
    lsp.told.clear();
    place.write("gatos/folds/bad.lua", GOOD);
    changed(&mut lsp, &[(&uri, 2)]);
    hear(&mut lsp, &uri, <[Value]>::is_empty);
    let other = place.write("gatos/folds/deep/er/new.lua", BAD);
    let other = uri_of(&other);
    changed(&mut lsp, &[(&other, 1)]);
    hear(&mut lsp, &other, |all| !all.is_empty());
    lsp.told.clear();
    // A folder goes: all that was in it goes.
    std::fs::remove_dir_all(place.path("gatos/folds/deep")).unwrap();
    changed(&mut lsp, &[(&uri_of(&place.path("gatos/folds/deep")), 3)]);
    hear(&mut lsp, &other, <[Value]>::is_empty);
}

#[test]
fn the_buffer_counts_until_it_is_closed() {
    let place = Place::ready();
    let name = "gatos/folds/a.lua";
    place.write(name, GOOD);
    let mut lsp = Lsp::start(&place);
    lsp.ready();
    lsp.open(name, BAD);
    assert!(!lsp.diagnostics(name).is_empty());
    let uri = lsp.uri(name);
    // The disk changes under an open document: nothing of it is seen.
    place.write(name, "-- other\nreturn = 1\n");
    changed(&mut lsp, &[(&uri, 2)]);
    let symbols = lsp.ask("textDocument/documentSymbol", lsp.doc(name));
    assert!(!symbols.to_string().contains("fold"));
    place.write(name, GOOD);
    lsp.told.clear();
    lsp.close(name);
    hear(&mut lsp, &uri, |all| all.iter().all(|d| d["severity"] != 1));
    // Questions about closed files are answered from the disk.
    let symbols = lsp.ask("textDocument/documentSymbol", json!({ "textDocument": { "uri": uri } }));
    assert!(symbols.to_string().contains("fold"), "{symbols}");
}

#[test]
fn a_change_in_a_module_is_seen_by_those_who_require_it() {
    let place = Place::ready();
    let (main, module) = ("gatos/folds/main.lua", "gatos/folds/lib/util.lua");
    let text = GOOD.replace("return state end", "state.n = util.add(state.n) return state end");
    let text = format!("local util = require \"lib.util\"\n{text}");
    place.write(main, &text);
    place.write(module, "local U = {}\nfunction U.add(n) return n + 1 end\nreturn U\n");
    let mut lsp = Lsp::start(&place);
    lsp.ready();
    lsp.open(main, &text);
    let before = lsp.diagnostics(main);
    assert!(before.iter().all(|d| d["severity"] != 1), "{before:#?}");
    lsp.told.clear();
    lsp.open(module, "local U = {}\nfunction U.add(n) return n + = 1 end\nreturn U\n");
    let found = lsp.diagnostics(module);
    assert!(found.iter().any(|d| d["severity"] == 1), "{found:#?}");
    let here = lsp.here(main, "util.ad|d");
    let target = lsp.ask("textDocument/definition", here);
    assert_eq!(target[0]["targetUri"], json!(lsp.uri(module)), "{target}");
}

#[test]
fn several_folders_come_and_go() {
    let (one, two) = (Place::ready(), Place::ready());
    let first = uri_of(&one.write("gatos/folds/bad.lua", BAD));
    let second = uri_of(&two.write("gatos/folds/bad.lua", BAD));
    let mut lsp = Lsp::start(&one);
    hear(&mut lsp, &first, |all| !all.is_empty());
    lsp.ready();
    let folder = json!({ "uri": uri_of(&two.0), "name": "two" });
    lsp.notify("workspace/didChangeWorkspaceFolders", json!({ "event": { "added": [folder], "removed": [] } }));
    hear(&mut lsp, &second, |all| !all.is_empty());
    let roots = lsp.ask("gatos/status", Value::Null)["roots"].as_array().unwrap().len();
    assert!(roots >= 2, "{roots}");
    lsp.told.clear();
    let folder = json!({ "uri": uri_of(&one.0), "name": "one" });
    lsp.notify("workspace/didChangeWorkspaceFolders", json!({ "event": { "added": [], "removed": [folder] } }));
    hear(&mut lsp, &first, <[Value]>::is_empty);
    let found = lsp.ask("workspace/symbol", json!({ "query": "" }));
    assert!(!found.to_string().contains(&uri_of(&one.0)), "{found}");
}

#[test]
fn a_file_outside_of_all_folders_brings_its_project() {
    let place = Place::ready();
    place.write("gatos/folds/util.lua", "local U = {}\nfunction U.add(n) return n end\nreturn U\n");
    let mut lsp = Lsp::raw(&place);
    lsp.initialize(able(), Value::Null, Value::Null);
    lsp.ready();
    let name = "gatos/folds/a.lua";
    lsp.open(name, "local util = require \"util\"\nreturn util.add(1)\n");
    let found = lsp.diagnostics(name);
    let status = lsp.hear("the module", |_| None::<Value>.or(Some(Value::Null)));
    assert!(status.is_null());
    // The module beside it is read: the name leads there.
    let mut target = Value::Null;
    for _ in 0..50 {
        let here = lsp.here(name, "util.ad|d");
        target = lsp.ask("textDocument/definition", here);
        if target[0]["targetUri"] == json!(lsp.uri("gatos/folds/util.lua")) {
            return;
        }
        lsp.listen(Duration::from_millis(100));
    }
    panic!("{target} {found:#?}");
}

#[test]
fn lua_files_elsewhere_count_when_they_say_so() {
    let place = Place::ready();
    let marked = uri_of(&place.write("scripts/marked.lua", "-- gatos: fold\nlocal x = = 1\n"));
    place.write("scripts/plain.lua", BAD);
    let mut lsp = Lsp::start(&place);
    hear(&mut lsp, &marked, |all| !all.is_empty());
    lsp.ready();
    let plain = "scripts/plain.lua";
    lsp.open(plain, BAD);
    assert_eq!(lsp.ask("textDocument/documentSymbol", lsp.doc(plain)), Value::Null);
    lsp.replace(plain, &format!("-- gatos: fold\n{BAD}"));
    assert!(!lsp.diagnostics(plain).is_empty());
    lsp.open("untitled:Untitled-1", &format!("-- gatos: fold\n{BAD}"));
    assert!(!lsp.diagnostics("untitled:Untitled-1").is_empty(), "a document that is in no file");
}

#[test]
fn lint_settings_are_followed() {
    let place = Place::ready();
    let name = "gatos/folds/a.lua";
    let text = GOOD.replace("return state end", "local unused = 1 return state end");
    place.write(name, &text);
    let mut lsp = Lsp::start(&place);
    lsp.ready();
    lsp.open(name, &text);
    let found = lsp.codes(name);
    assert!(found.iter().any(|(_, at)| at == "unused"), "{found:?}");
    let config = place.write("gatos/config/lint.toml", "[rules]\nunused-local = \"allow\"\n");
    let config = uri_of(&config);
    lsp.told.clear();
    changed(&mut lsp, &[(&config, 1)]);
    let uri = lsp.uri(name);
    hear(&mut lsp, &uri, |all| !all.iter().any(|d| d["message"].as_str().unwrap().contains("unused")));
    // Settings that cannot be understood are told where they are.
    place.write("gatos/config/lint.toml", "[rules]\nunused-local = deny\n");
    changed(&mut lsp, &[(&config, 2)]);
    let found = hear(&mut lsp, &config, |all| !all.is_empty());
    assert_eq!(found[0]["range"]["start"]["line"], 1, "{found:#?}");
    place.write("gatos/config/lint.toml", "[rules]\nunused-local = \"deny\"\n");
    lsp.told.clear();
    changed(&mut lsp, &[(&config, 2)]);
    hear(&mut lsp, &config, <[Value]>::is_empty);
    hear(&mut lsp, &uri, |all| all.iter().any(|d| d["severity"] == 1));
}

#[test]
fn files_that_cannot_be_read_say_why() {
    let place = Place::ready();
    let latin = uri_of(&place.write("gatos/folds/latin.lua", b"-- caf\xe9\nreturn 1\n"));
    let large = uri_of(&place.write("gatos/folds/large.lua", vec![b' '; 10 << 20]));
    let mut lsp = Lsp::start(&place);
    let found = hear(&mut lsp, &latin, |all| !all.is_empty());
    assert!(found[0]["message"].as_str().unwrap().contains("UTF-8"), "{found:#?}");
    let found = hear(&mut lsp, &large, |all| !all.is_empty());
    assert!(found[0]["message"].as_str().unwrap().contains("10.0 MiB"), "{found:#?}");
    lsp.ready();
    assert_eq!(lsp.ask("textDocument/documentSymbol", json!({ "textDocument": { "uri": latin } })), Value::Null);
    lsp.told.clear();
    place.write("gatos/folds/latin.lua", GOOD);
    changed(&mut lsp, &[(&latin, 2)]);
    hear(&mut lsp, &latin, <[Value]>::is_empty);
}

#[test]
fn a_disk_that_nobody_watches_is_looked_at() {
    let place = Place::ready();
    let mut capabilities = able();
    capabilities["workspace"]["didChangeWatchedFiles"] = json!({ "dynamicRegistration": false });
    let mut lsp = Lsp::start_as(&place, capabilities, Value::Null);
    lsp.ready();
    let uri = uri_of(&place.write("gatos/folds/bad.lua", BAD));
    hear(&mut lsp, &uri, |all| !all.is_empty());
    lsp.told.clear();
    std::fs::remove_file(place.path("gatos/folds/bad.lua")).unwrap();
    hear(&mut lsp, &uri, <[Value]>::is_empty);
}

#[test]
fn only_open_files_are_judged_when_that_is_asked_for() {
    let place = Place::ready();
    place.write("gatos/folds/bad.lua", BAD);
    let mut lsp = Lsp::start_as(&place, able(), json!({ "diagnostics": { "files": "open" } }));
    lsp.ready();
    lsp.open("gatos/folds/a.lua", BAD);
    lsp.diagnostics("gatos/folds/a.lua");
    lsp.listen(Duration::from_millis(600));
    let bad = lsp.uri("gatos/folds/bad.lua");
    assert!(lsp.told.iter().all(|m| m["params"]["uri"] != json!(bad)));
}
