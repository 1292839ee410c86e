//! What needs the repository: previews over real events, the text at `HEAD`, folds that never end, repositories
//! that go away.

use gatos_ide::Cancel;
use gatos_ide::world::World;
use gatosd::lsp_world::Repositories;
use serde_json::{Value, json};

use crate::client::Lsp;
use crate::common::Place;

const NAME: &str = "gatos/folds/count.lua";

fn fold(place: &Place) -> String {
    String::from_utf8(place.read(NAME)).unwrap()
}

fn preview(lsp: &mut Lsp, name: &str) -> Result<Value, Value> {
    let arguments = json!([lsp.uri(name), "commits", "200"]);
    lsp.try_ask("workspace/executeCommand", json!({ "command": "gatos.previewFold", "arguments": arguments }))
}

#[test]
fn a_fold_is_previewed_over_real_events_with_its_difference_from_head() {
    let place = Place::with_events(300);
    place.git(&["add", "-A"]).ok();
    place.git(&["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "first"]).ok();
    let text = fold(&place);
    let mut lsp = Lsp::start(&place);
    lsp.ready();
    lsp.open(NAME, &text);
    let result = preview(&mut lsp, NAME).unwrap();
    assert_eq!(result["json"]["events"], 200, "{result}");
    assert!(result["json"]["state"].to_string().contains("200"), "{result}");
    assert!(result["markdown"].as_str().unwrap().contains("200"), "{result}");
    let told = lsp.told.iter().filter(|m| m["method"] == "$/progress").count();
    assert!(told >= 2, "its progress was told");
    // An edit that is not saved counts, and the difference is against HEAD.
    lsp.edit(NAME, "state.events = state.events + 1", "state.events = state.events + 2");
    let result = lsp.ask("gatos/previewFold", json!({ "uri": lsp.uri(NAME), "namespace": "commits", "events": 200 }));
    assert!(result["json"]["state"].to_string().contains("400"), "{result}");
    let text = result["json"].to_string();
    assert!(text.contains("200") && text.contains("400"), "got and was: {text}");
    let lenses = lsp.ask("textDocument/codeLens", lsp.doc(NAME));
    let changed = lenses.as_array().unwrap().iter().any(|l| l["command"]["command"] == "gatos.compareRoot");
    assert!(changed, "the root is another than at HEAD: {lenses:#}");
    // The editor does not say that it shows results, so they are shown to it; that may come behind the answer.
    assert!(lsp.told.iter().any(|m| m["method"] == "window/showMessage"));
    assert!(lsp.try_ask("gatos/previewFold", json!({})).is_err());
    assert_eq!(lsp.quit(), 0);
}

#[test]
fn a_fold_that_never_ends_keeps_nobody_waiting_and_can_be_cancelled() {
    let place = Place::with_events(50);
    let text = "local M = {}\nfunction M.init() return { n = 0 } end\nfunction M.fold(state, event)\n  while true do state.n = state.n + 1 end\n  return state\nend\nreturn M\n";
    let mut lsp = Lsp::start(&place);
    lsp.ready();
    lsp.open(NAME, text);
    let params = json!({ "command": "gatos.previewFold", "arguments": [lsp.uri(NAME), "commits"] });
    let id = lsp.request("workspace/executeCommand", params.clone());
    // Others are answered meanwhile.
    for _ in 0..5 {
        let here = lsp.here(NAME, "function M.fo|ld");
        lsp.ask("textDocument/hover", here.clone());
        lsp.ask("textDocument/completion", here);
    }
    lsp.notify("$/cancelRequest", json!({ "id": id }));
    match lsp.answer(id) {
        // The limits may have ended it before the cancelling came: that is told, too.
        Ok(result) => assert!(result.to_string().contains("fuel"), "{result}"),
        Err(error) => assert!(error["code"] == -32800 || error["message"].to_string().contains("fuel"), "{error}"),
    }
    assert_eq!(lsp.quit(), 0);
}

#[test]
fn a_repository_that_goes_away_costs_its_own_answers() {
    let place = Place::with_events(20);
    let text = fold(&place);
    let mut lsp = Lsp::start(&place);
    lsp.ready();
    lsp.open(NAME, &text);
    preview(&mut lsp, NAME).unwrap();
    std::fs::rename(place.path(".git"), place.path("gone")).unwrap();
    let error = preview(&mut lsp, NAME);
    assert!(error.as_ref().map_or_else(|e| !e["message"].as_str().unwrap().is_empty(), |r| r.is_object()), "{error:?}");
    assert!(lsp.try_ask("textDocument/codeLens", lsp.doc(NAME)).is_ok());
    std::fs::create_dir(place.path(".git")).unwrap();
    std::fs::write(place.path(".git/HEAD"), b"\xff\xff").unwrap();
    assert!(lsp.try_ask("textDocument/codeLens", lsp.doc(NAME)).is_ok());
    lsp.edit(NAME, "local M = {}", "local M = = {}");
    assert!(!lsp.diagnostics(NAME).is_empty());
    assert_eq!(lsp.quit(), 0);
}

#[test]
fn commands_that_make_no_sense_are_refused_with_words() {
    let place = Place::ready();
    let mut lsp = Lsp::start(&place);
    lsp.ready();
    let unknown = lsp.try_ask("workspace/executeCommand", json!({ "command": "rm", "arguments": [] })).unwrap_err();
    assert_eq!(unknown["code"], -32602, "{unknown}");
    for command in gatos_ide::command::ALL {
        for arguments in [json!([]), json!(["/no/such/file.lua"]), json!([7, { "a": null }])] {
            let answer = lsp.try_ask("workspace/executeCommand", json!({ "command": command, "arguments": arguments }));
            if let Err(error) = answer {
                assert!(error["message"].as_str().unwrap().len() > 5, "{command}: {error}");
                assert_ne!(error["code"], -32603, "{command}: {error}");
            }
        }
    }
    let page = lsp.ask("workspace/executeCommand", json!({ "command": "gatos.explainCode", "arguments": ["E0101"] }));
    assert!(page["markdown"].as_str().unwrap().contains("E0101"), "{page}");
    assert_eq!(lsp.quit(), 0);
}

#[test]
fn the_world_is_the_repository_around_a_file() {
    let place = Place::with_events(120);
    place.gatos(&["key", "new", "user:bob"]).ok();
    place.git(&["add", "gatos"]).ok();
    place.git(&["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "first"]).ok();
    let world = Repositories::default();
    let path = place.path(NAME).display().to_string();
    let log = place.gatos(&["event", "log", "commits", "--limit", "50"]).ok();
    let newest = world.newest(&path, "commits", 50, &Cancel::new()).unwrap();
    let ulids: Vec<&str> = newest.iter().rev().map(|event| event.ulid.as_str()).collect();
    let logged: Vec<&str> = log.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(ulids, logged, "those of the log, oldest first");
    assert_eq!(world.newest(&path, "commits", 1_000, &Cancel::new()).unwrap().len(), 120);
    let cancelled = Cancel::new();
    cancelled.cancel();
    assert!(world.newest(&path, "commits", 50, &cancelled).is_err());
    assert!(world.newest(&path, "no such name", 50, &Cancel::new()).is_err());
    let names: Vec<String> = world.journals(&path).unwrap().into_iter().map(|journal| journal.namespace).collect();
    assert_eq!(names, ["commits"]);
    assert_eq!(world.at_head(&path).unwrap(), Some(fold(&place)));
    place.write(NAME, "-- other\n");
    assert_ne!(world.at_head(&path).unwrap().as_deref(), Some("-- other\n"), "of HEAD, not of the disk");
    assert_eq!(world.at_head(&place.path("gatos/folds/deep/none.lua").display().to_string()).unwrap(), None);
    assert_eq!(world.state(&path, "commits").unwrap(), None, "nothing is folded yet");
    place.git(&["checkout", "-q", "--", "gatos"]).ok();
    place.gatos(&["fold", "commits", "--program", NAME]).ok();
    assert_eq!(world.state(&path, "commits").unwrap(), Some(place.gatos(&["state", "show", "commits"]).ok()));
    assert_eq!(world.denials(&path, 5).unwrap(), Vec::<String>::new());
    let context = world.context(&path).unwrap().expect("a repository");
    assert!(context.graph().roots.iter().any(|root| root.as_str() == "user:ann"));
    place.write("gatos/config/profile.yaml", "limits:\n  fuel: 12345\n");
    assert_eq!(world.limits(&path).unwrap().fuel, 12_345);
    place.write("gatos/config/profile.yaml", "limits: [\n");
    assert!(world.limits(&path).is_err());
    assert!(world.read(&place.path("events.jsonl").display().to_string()).unwrap().len() > 100);
    assert!(world.read("-").is_err(), "stdin is the editor's");
}
