//! Every method for folds, in a whole file and after edits that break it.

use serde_json::{Value, json};

use crate::client::{Lsp, applied, edits_of};
use crate::common::Place;

const NAME: &str = "gatos/folds/orders.lua";
const FOLD: &str = r#"-- Counts orders by type.
local util = require "util"

local M = {}

local LIMIT <const> = 100

local function capped(amount, most)
  if amount > most then
    return most
  end
  return amount
end

function M.init()
  return { total = 0, by_type = {} }
end

function M.fold(state, event)
  local amount = capped(event.payload.amount or 0, LIMIT)
  local unused = 1
  for key, value in dpairs(state.by_type) do
    state.total = state.total + util.double(value)
  end
  state.by_type[event.type] = (state.by_type[event.type] or 0) + amount
  return state
end

return M
"#;

const UTIL: &str =
    "-- Helpers.\nlocal U = {}\n\n-- Twice a number.\nfunction U.double(n)\n  return n + n\nend\n\nreturn U\n";

fn open() -> (Place, Lsp) {
    let place = Place::ready();
    place.write("gatos/folds/util.lua", UTIL);
    place.write(NAME, FOLD);
    let mut lsp = Lsp::start(&place);
    lsp.ready();
    lsp.open(NAME, FOLD);
    (place, lsp)
}

fn labels(list: &Value) -> Vec<String> {
    let items = list["items"].as_array().unwrap_or_else(|| panic!("{list}"));
    items.iter().map(|item| item["label"].as_str().unwrap().to_owned()).collect()
}

#[track_caller]
fn has(all: &[String], wanted: &[&str]) {
    for one in wanted {
        assert!(all.iter().any(|label| label == one), "{one} is not among {all:?}");
    }
}

#[test]
fn diagnostics_have_codes_pages_tags_and_go_with_the_text() {
    let (_place, mut lsp) = open();
    let found = lsp.diagnostics(NAME);
    let unused = found.iter().find(|d| lsp.at(NAME, &d["range"]) == "unused").unwrap_or_else(|| panic!("{found:#?}"));
    assert_eq!(unused["severity"], 2);
    assert_eq!(unused["source"], "gatos");
    assert_eq!(unused["tags"], json!([1]), "unnecessary");
    let page = unused["codeDescription"]["href"].as_str().unwrap();
    let code = unused["code"].as_str().unwrap();
    assert!(page.starts_with("file://") && page.ends_with(&format!("{code}.md")), "{page}");
    let path = page.strip_prefix("file://").unwrap();
    assert!(std::fs::read_to_string(path).unwrap().starts_with(&format!("# {code}")));
    // A refused construct tells by which path it is reached.
    lsp.edit(NAME, "dpairs(state.by_type)", "pairs(state.by_type)");
    let found = lsp.diagnostics(NAME);
    let refused = found.iter().find(|d| d["severity"] == 1).unwrap_or_else(|| panic!("{found:#?}"));
    assert!(lsp.at(NAME, &refused["range"]).contains("pairs"), "{refused}");
    assert!(refused["relatedInformation"].as_array().is_some_and(|all| !all.is_empty()), "{refused}");
    lsp.edit(NAME, "pairs(state.by_type)", "dpairs(state.by_type)");
    lsp.edit(NAME, "  local unused = 1\n", "");
    let found = lsp.diagnostics(NAME);
    assert!(found.iter().all(|d| d["severity"] != 1), "{found:#?}");
}

#[test]
fn hovers_tell_types_documentation_and_cost() {
    let (_place, mut lsp) = open();
    for (needle, parts) in [
        ("capped|(event", &["capped", "fuel"][..]),
        ("dpair|s(", &["dpairs", "sorted", "fuel"]),
        ("util.dou|ble", &["double", "Twice a number"]),
        ("LIM|IT)", &["100"]),
    ] {
        let here = lsp.here(NAME, needle);
        let hover = lsp.ask("textDocument/hover", here);
        let text = hover["contents"]["value"].as_str().unwrap_or_else(|| panic!("{needle}: {hover}")).to_owned();
        for part in parts {
            assert!(text.to_lowercase().contains(&part.to_lowercase()), "{needle}: {part} is not in {text}");
        }
        assert_eq!(hover["contents"]["kind"], "markdown");
        let word = needle.replace('|', "");
        let over = lsp.at(NAME, &hover["range"]);
        assert!(word.contains(&over) || over.contains(word.trim_end_matches(['(', ')'])), "{needle}: over {over:?}");
    }
    let here = lsp.here(NAME, "-- Cou|nts");
    assert_eq!(lsp.ask("textDocument/hover", here), Value::Null);
}

#[test]
fn completion_knows_what_is_there_in_whole_and_broken_files() {
    let (_place, mut lsp) = open();
    let here = lsp.here(NAME, "  |return state");
    let all = lsp.ask("textDocument/completion", here);
    has(&labels(&all), &["state", "event", "amount", "capped", "LIMIT", "util", "string"]);
    lsp.edit(NAME, "  return state\n", "  state.\n  return state\n");
    let here = lsp.here(NAME, "  state.|\n");
    let mut params = here;
    params["context"] = json!({ "triggerKind": 2, "triggerCharacter": "." });
    let fields = lsp.ask("textDocument/completion", params);
    has(&labels(&fields), &["total", "by_type"]);
    lsp.edit(NAME, "  state.\n", "  local s = string.\n");
    let here = lsp.here(NAME, "string.|\n");
    let all = lsp.ask("textDocument/completion", here);
    has(&labels(&all), &["sub", "format"]);
    let item = all["items"].as_array().unwrap().iter().find(|item| item["label"] == "sub").cloned().unwrap();
    let resolved = lsp.ask("completionItem/resolve", item.clone());
    assert_eq!(resolved["label"], "sub");
    let text = resolved["documentation"]["value"].as_str().unwrap_or_else(|| panic!("{resolved}"));
    assert!(text.len() > 20 && resolved["documentation"]["kind"] == "markdown", "{text}");
    lsp.edit(NAME, "  local s = string.\n", "  local s = util.\n");
    let here = lsp.here(NAME, "= util.|\n");
    has(&labels(&lsp.ask("textDocument/completion", here)), &["double"]);
    lsp.edit(NAME, "  local s = util.\n", "");
    lsp.edit(NAME, "require \"util\"", "require \"\"");
    let here = lsp.here(NAME, "require \"|\"");
    has(&labels(&lsp.ask("textDocument/completion", here)), &["util"]);
}

#[test]
fn signatures_follow_the_argument() {
    let (_place, mut lsp) = open();
    let here = lsp.here(NAME, "capped(|event");
    let help = lsp.ask("textDocument/signatureHelp", here);
    let label = help["signatures"][0]["label"].as_str().unwrap().to_owned();
    assert!(label.contains("capped(amount, most"), "{label}");
    assert_eq!(help["activeParameter"], 0);
    let offsets = &help["signatures"][0]["parameters"][1]["label"];
    let (from, to) = (offsets[0].as_u64().unwrap() as usize, offsets[1].as_u64().unwrap() as usize);
    assert!(label[from..to].starts_with("most"), "{}", &label[from..to]);
    let here = lsp.here(NAME, "or 0, |LIMIT");
    assert_eq!(lsp.ask("textDocument/signatureHelp", here)["activeParameter"], 1);
    lsp.edit(NAME, "  return state\n", "  local s = string.sub(event.type, \n  return state\n");
    let here = lsp.here(NAME, "event.type, |\n");
    let help = lsp.ask("textDocument/signatureHelp", here);
    assert!(help["signatures"][0]["label"].as_str().unwrap().contains("string.sub"), "{help}");
    assert_eq!(help["activeParameter"], 1);
}

#[test]
fn names_lead_to_where_they_come_from() {
    let (_place, mut lsp) = open();
    lsp.open("gatos/folds/util.lua", UTIL);
    for (method, needle, file, focus) in [
        ("textDocument/definition", "capp|ed(event", NAME, "capped"),
        ("textDocument/declaration", "capp|ed(event", NAME, "capped"),
        ("textDocument/definition", "util.dou|ble", "gatos/folds/util.lua", "double"),
        ("textDocument/definition", "total + util", NAME, "total"),
    ] {
        let here = lsp.here(NAME, needle);
        let found = lsp.ask(method, here);
        let first = &found[0];
        assert_eq!(first["targetUri"], json!(lsp.uri(file)), "{method} {needle}: {found}");
        assert_eq!(lsp.at(file, &first["targetSelectionRange"]), focus, "{method} {needle}");
        assert!(!first["originSelectionRange"].is_null());
    }
    let here = lsp.here(NAME, "sta|te.total = ");
    let found = lsp.ask("textDocument/typeDefinition", here);
    let shape = lsp.at(NAME, &found[0]["targetRange"]);
    assert!(shape.contains("total = 0"), "the shape of the state begins in init: {found}");
}

#[test]
fn references_highlights_and_rename_agree() {
    let (_place, mut lsp) = open();
    let here = lsp.here(NAME, "local function cap|ped");
    let mut params = here.clone();
    params["context"] = json!({ "includeDeclaration": true });
    let with = lsp.ask("textDocument/references", params.clone());
    params["context"] = json!({ "includeDeclaration": false });
    let without = lsp.ask("textDocument/references", params);
    assert_eq!((with.as_array().map(Vec::len), without.as_array().map(Vec::len)), (Some(2), Some(1)));
    for place in with.as_array().unwrap() {
        assert_eq!(lsp.at(NAME, &place["range"]), "capped");
    }
    let here = lsp.here(NAME, "local am|ount = capped");
    let marks = lsp.ask("textDocument/documentHighlight", here.clone());
    let kinds: Vec<u64> = marks.as_array().unwrap().iter().map(|m| m["kind"].as_u64().unwrap()).collect();
    assert_eq!(kinds, [3, 2], "written, then read: {marks}");
    let prepared = lsp.ask("textDocument/prepareRename", here.clone());
    assert_eq!(prepared["placeholder"], "amount");
    assert_eq!(lsp.at(NAME, &prepared["range"]), "amount");
    let mut params = here.clone();
    params["newName"] = json!("sum");
    let edit = lsp.ask("textDocument/rename", params);
    let edits = edits_of(&edit, &lsp.uri(NAME));
    let renamed = applied(FOLD, &edits);
    assert!(renamed.contains("local sum = capped(") && renamed.contains("or 0) + sum\n"), "{renamed}");
    assert!(renamed.contains("event.payload.amount") && renamed.contains("capped(amount, most)"), "{renamed}");
    assert_eq!(edit["documentChanges"][0]["textDocument"]["version"], 1);
    // Names that would change the meaning, or are none, are refused with a reason.
    for wrong in ["end", "state", "2x", ""] {
        let mut params = here.clone();
        params["newName"] = json!(wrong);
        let error = lsp.try_ask("textDocument/rename", params).unwrap_err();
        assert_eq!(error["code"], -32803, "{wrong}: {error}");
        assert!(error["message"].as_str().unwrap().len() > 8, "{wrong}: {error}");
    }
    let here = lsp.here(NAME, "dpai|rs");
    assert!(lsp.try_ask("textDocument/prepareRename", here).is_err(), "the library is not ours to rename");
}

#[test]
fn a_module_function_is_renamed_across_files() {
    let (_place, mut lsp) = open();
    let mut params = lsp.here(NAME, "util.dou|ble");
    params["newName"] = json!("twice");
    let edit = lsp.ask("textDocument/rename", params);
    let main = applied(FOLD, &edits_of(&edit, &lsp.uri(NAME)));
    let module = applied(UTIL, &edits_of(&edit, &lsp.uri("gatos/folds/util.lua")));
    assert!(main.contains("util.twice(value)"), "{main}");
    assert!(module.contains("function U.twice(n)"), "{module}");
}

#[test]
fn symbols_of_the_file_and_of_the_workspace() {
    let (_place, mut lsp) = open();
    let outline = lsp.ask("textDocument/documentSymbol", lsp.doc(NAME));
    let text = outline.to_string();
    for name in ["capped", "M.fold", "LIMIT"] {
        assert!(text.contains(name) || text.contains(name.trim_start_matches("M.")), "{name} is not in {text}");
    }
    for symbol in outline.as_array().unwrap() {
        let (whole, name) = (&symbol["range"], &symbol["selectionRange"]);
        assert!(lsp.at(NAME, whole).contains(&lsp.at(NAME, name)), "{symbol}");
    }
    let found = lsp.ask("workspace/symbol", json!({ "query": "dbl" }));
    let first = &found[0];
    assert!(first["name"].as_str().unwrap().contains("double"), "{found}");
    assert_eq!(first["location"]["uri"], json!(lsp.uri("gatos/folds/util.lua")), "closed files count");
    assert_eq!(lsp.ask("workspace/symbol", json!({ "query": "nothing_like_it" })), json!([]));
}

#[test]
fn colours_whole_in_part_and_as_differences() {
    let (_place, mut lsp) = open();
    let whole = lsp.ask("textDocument/semanticTokens/full", lsp.doc(NAME));
    let data: Vec<u64> = whole["data"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).collect();
    assert!(data.len() > 100 && data.len().is_multiple_of(5));
    let legend = &lsp.capabilities["semanticTokensProvider"]["legend"]["tokenTypes"];
    let kinds: Vec<&str> = legend.as_array().unwrap().iter().map(|k| k.as_str().unwrap()).collect();
    // The token at `event` in the parameters is a parameter.
    let (mut line, mut column, mut found) = (0, 0, None);
    let place = lsp.range(NAME, "event)")["start"].clone();
    for token in data.chunks(5) {
        column = if token[0] == 0 { column + token[1] } else { token[1] };
        line += token[0];
        if json!({ "line": line, "character": column }) == place {
            found = Some((kinds[token[3] as usize], token[2]));
        }
    }
    assert_eq!(found, Some(("parameter", 5)));
    lsp.edit(NAME, "local unused = 1", "local unused = 12345 -- five");
    let mut params = lsp.doc(NAME);
    params["previousResultId"] = whole["resultId"].clone();
    let delta = lsp.ask("textDocument/semanticTokens/full/delta", params);
    let mut after = data.clone();
    for edit in delta["edits"].as_array().unwrap_or_else(|| panic!("{delta}")) {
        let from = edit["start"].as_u64().unwrap() as usize;
        let new = edit.get("data").and_then(Value::as_array).cloned().unwrap_or_default();
        let new: Vec<u64> = new.iter().map(|n| n.as_u64().unwrap()).collect();
        assert!(new.len() < 50, "a small change is a small difference");
        after.splice(from..from + edit["deleteCount"].as_u64().unwrap() as usize, new);
    }
    let again = lsp.ask("textDocument/semanticTokens/full", lsp.doc(NAME));
    assert_eq!(json!(after), again["data"]);
    let mut params = lsp.doc(NAME);
    params["range"] = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 3, "character": 0 } });
    let part = lsp.ask("textDocument/semanticTokens/range", params);
    let part = part["data"].as_array().unwrap();
    assert!(!part.is_empty() && part.len() < data.len() / 2);
}

#[test]
fn foldings_selections_and_links() {
    let (_place, mut lsp) = open();
    let folds = lsp.ask("textDocument/foldingRange", lsp.doc(NAME));
    let first = lsp.range(NAME, "function M.fold")["start"]["line"].clone();
    assert!(folds.as_array().unwrap().iter().any(|f| f["startLine"] == first), "{folds}");
    let mut params = lsp.doc(NAME);
    params["positions"] = json!([lsp.here(NAME, "event.payload.am|ount")["position"]]);
    let selection = lsp.ask("textDocument/selectionRange", params);
    let mut chain = Vec::new();
    let mut at = &selection[0];
    while !at.is_null() {
        chain.push(lsp.at(NAME, &at["range"]));
        at = &at["parent"];
    }
    assert_eq!(chain.first().map(String::as_str), Some("amount"), "{chain:?}");
    assert!(chain.iter().any(|text| text == "event.payload.amount"), "{chain:?}");
    assert_eq!(chain.last().map(String::as_str), Some(FOLD));
    assert!(chain.windows(2).all(|pair| pair[1].contains(&pair[0]) && pair[1].len() > pair[0].len()), "{chain:?}");
    let links = lsp.ask("textDocument/documentLink", lsp.doc(NAME));
    assert_eq!(links[0]["target"], json!(lsp.uri("gatos/folds/util.lua")), "{links}");
    assert!(lsp.at(NAME, &links[0]["range"]).contains("util"));
}

#[test]
fn hints_name_parameters_types_and_fuel() {
    let (_place, mut lsp) = open();
    let mut params = lsp.doc(NAME);
    params["range"] = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 99, "character": 0 } });
    let hints = lsp.ask("textDocument/inlayHint", params.clone());
    let all = hints.as_array().unwrap();
    let label = |h: &Value| h["label"].as_str().unwrap().to_owned();
    assert!(all.iter().any(|h| h["kind"] == 2 && label(h).contains("most")), "a parameter: {hints:#}");
    assert!(all.iter().any(|h| label(h).to_lowercase().contains("fuel")), "fuel: {hints:#}");
    assert!(all.iter().any(|h| h["kind"] == 1), "a type: {hints:#}");
    if let Some(late) = all.iter().find(|h| h.get("data").is_some()) {
        assert!(late.get("tooltip").is_none(), "tooltips come when they are asked for");
        let resolved = lsp.ask("inlayHint/resolve", late.clone());
        assert!(!resolved["tooltip"]["value"].as_str().unwrap_or_default().is_empty(), "{resolved}");
    }
    params["range"] = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 1, "character": 0 } });
    assert!(lsp.ask("textDocument/inlayHint", params).as_array().unwrap().len() < all.len());
}

#[test]
fn actions_mend_replace_and_extract() {
    let (_place, mut lsp) = open();
    lsp.edit(NAME, "dpairs(state.by_type)", "pairs(state.by_type)");
    let found = lsp.diagnostics(NAME);
    let text = lsp.text(NAME).to_owned();
    let mut params = lsp.doc(NAME);
    params["range"] = lsp.range(NAME, "pairs(state.by_type)");
    params["context"] = json!({ "diagnostics": found });
    let actions = lsp.ask("textDocument/codeAction", params);
    let actions = actions.as_array().unwrap().clone();
    let fix = actions
        .iter()
        .find(|a| a["kind"] == "quickfix" && a["title"].as_str().unwrap().contains("dpairs"))
        .unwrap_or_else(|| panic!("{actions:#?}"));
    assert_eq!(applied(&text, &edits_of(&fix["edit"], &lsp.uri(NAME))), text.replace(" pairs(", " dpairs("));
    assert!(fix["diagnostics"].as_array().is_some_and(|all| all.len() == 1), "{fix}");
    // Fixing all is asked for by its kind, and its edit comes when it is taken.
    let mut params = lsp.doc(NAME);
    params["range"] = lsp.range(NAME, "local M");
    params["context"] = json!({ "diagnostics": [], "only": ["source.fixAll"] });
    let all = lsp.ask("textDocument/codeAction", params);
    let all = all.as_array().unwrap();
    assert!(all.iter().all(|a| a["kind"] == "source.fixAll.gatos"), "{all:#?}");
    let one = all.first().unwrap_or_else(|| panic!("nothing fixes all"));
    assert!(one.get("edit").is_none() && one.get("data").is_some());
    let resolved = lsp.ask("codeAction/resolve", one.clone());
    let mended = applied(&text, &edits_of(&resolved["edit"], &lsp.uri(NAME)));
    assert!(mended.contains(" dpairs(state.by_type)"), "{mended}");
    // Extracting: the edit leaves a program with a new function that is called.
    lsp.edit(NAME, " pairs(state.by_type)", " dpairs(state.by_type)");
    let text = lsp.text(NAME).to_owned();
    let mut params = lsp.doc(NAME);
    params["range"] = lsp.range(NAME, "capped(event.payload.amount or 0, LIMIT)");
    params["context"] = json!({ "diagnostics": [], "only": ["refactor.extract"] });
    let extract = lsp.ask("textDocument/codeAction", params);
    let all = extract.as_array().unwrap();
    let one = all.iter().find(|a| a["title"].as_str().unwrap().contains("function")).cloned();
    let one = one.unwrap_or_else(|| panic!("nothing to extract: {extract:#}"));
    let resolved = lsp.ask("codeAction/resolve", one.clone());
    let out = applied(&text, &edits_of(&resolved["edit"], &lsp.uri(NAME)));
    assert_eq!(out.matches("function").count(), text.matches("function").count() + 1, "{out}");
    // An action for a text that is not there any more is not applied to the next one.
    lsp.edit(NAME, "local unused = 1\n", "\n");
    let error = lsp.try_ask("codeAction/resolve", one).unwrap_err();
    assert_eq!(error["code"], -32801, "{error}");
}

#[test]
fn formatting_whole_in_part_and_while_typing() {
    let (_place, mut lsp) = open();
    let messy = FOLD
        .replace("  local amount = capped(", "      local amount=capped(")
        .replace("state.total + util", "state.total+util");
    lsp.replace(NAME, &messy);
    let mut params = lsp.doc(NAME);
    params["options"] = json!({ "tabSize": 8, "insertSpaces": false });
    let edits = lsp.ask("textDocument/formatting", params.clone());
    assert_eq!(applied(&messy, &edits), FOLD, "the layout is not of the client's options");
    params["range"] = lsp.range(NAME, "      local amount=capped(event");
    let edits = lsp.ask("textDocument/rangeFormatting", params);
    let part = applied(&messy, &edits);
    assert!(part.contains("\n  local amount = capped(") && part.contains("state.total+util"), "{part}");
    lsp.replace(NAME, FOLD);
    assert_eq!(lsp.ask("textDocument/formatting", with_options(lsp.doc(NAME))), json!([]));
    // A line break after `then` brings the indentation of the block.
    let typed = FOLD.replace("  return state\n", "  if amount > 1 then\n\n  end\n  return state\n");
    lsp.replace(NAME, &typed);
    let mut params = lsp.here(NAME, "  if amount > 1 then\n|");
    params["ch"] = json!("\n");
    let edits = lsp.ask("textDocument/onTypeFormatting", with_options(params));
    let after = applied(&typed, &edits);
    assert!(after.contains("  if amount > 1 then\n    \n"), "{after}");
    lsp.replace(NAME, "local x = = 1\n");
    assert_eq!(lsp.ask("textDocument/formatting", with_options(lsp.doc(NAME))), Value::Null, "a broken file stays");
    lsp.hear("the reason", |m| m["params"]["message"].as_str().filter(|t| t.starts_with("not formatted")).map(|_| ()));
}

fn with_options(mut params: Value) -> Value {
    params["options"] = json!({ "tabSize": 2, "insertSpaces": true });
    params
}

#[test]
fn calls_go_both_ways_with_their_fuel() {
    let (_place, mut lsp) = open();
    let here = lsp.here(NAME, "local function cap|ped");
    let items = lsp.ask("textDocument/prepareCallHierarchy", here);
    let item = items[0].clone();
    assert!(item["name"].as_str().unwrap().contains("capped"), "{items}");
    assert!(item["detail"].as_str().unwrap_or_default().contains("fuel"), "{item}");
    let callers = lsp.ask("callHierarchy/incomingCalls", json!({ "item": item }));
    assert!(callers[0]["from"]["name"].as_str().unwrap().contains("fold"), "{callers}");
    assert!(lsp.at(NAME, &callers[0]["fromRanges"][0]).contains("capped"), "{callers}");
    let fold = callers[0]["from"].clone();
    let callees = lsp.ask("callHierarchy/outgoingCalls", json!({ "item": fold }));
    let names: Vec<&str> = callees.as_array().unwrap().iter().map(|c| c["to"]["name"].as_str().unwrap()).collect();
    assert!(names.iter().any(|n| n.contains("capped")) && names.iter().any(|n| n.contains("double")), "{names:?}");
    let double = callees.as_array().unwrap().iter().find(|c| c["to"]["name"].as_str().unwrap().contains("double"));
    assert_eq!(double.unwrap()["to"]["uri"], json!(lsp.uri("gatos/folds/util.lua")));
    assert!(lsp.at(NAME, &double.unwrap()["fromRanges"][0]).contains("double"));
    let wrong = lsp.try_ask("callHierarchy/incomingCalls", json!({ "item": { "name": "x", "kind": 12, "uri": lsp.uri(NAME), "range": { "start": { "line": 0, "character": 0 }, "end": { "line": 0, "character": 0 } }, "selectionRange": { "start": { "line": 0, "character": 0 }, "end": { "line": 0, "character": 0 } } } }));
    assert_eq!(wrong.unwrap_err()["code"], -32602);
}

#[test]
fn lenses_stand_over_what_they_run() {
    let (place, mut lsp) = open();
    place.write("gatos/folds/orders_test.lua", "local T = {}\nfunction T.test_one()\n  assert(true)\nend\nreturn T\n");
    let lenses = lsp.ask("textDocument/codeLens", lsp.doc(NAME));
    let all = lenses.as_array().unwrap();
    let preview =
        all.iter().find(|l| l["command"]["command"] == "gatos.previewFold").unwrap_or_else(|| panic!("{lenses:#}"));
    assert_eq!(preview["range"]["start"]["line"], lsp.range(NAME, "function M.fold")["start"]["line"]);
    assert_eq!(lsp.ask("codeLens/resolve", preview.clone()), *preview);
    let test = "gatos/folds/orders_test.lua";
    lsp.open(test, "local T = {}\nfunction T.test_one()\n  assert(true)\nend\nreturn T\n");
    let lenses = lsp.ask("textDocument/codeLens", lsp.doc(test));
    assert!(lenses.as_array().unwrap().iter().any(|l| l["command"]["command"] == "gatos.runTest"), "{lenses:#}");
}

#[test]
fn every_question_has_an_answer_in_a_file_that_breaks_off() {
    let (_place, mut lsp) = open();
    for cut in (0..FOLD.len()).step_by(97) {
        let text = &FOLD[..cut];
        lsp.replace(NAME, text);
        let end = lsp.position(NAME, cut);
        let uri = lsp.uri(NAME);
        for method in [
            "hover",
            "completion",
            "signatureHelp",
            "definition",
            "declaration",
            "typeDefinition",
            "references",
            "documentHighlight",
            "documentSymbol",
            "semanticTokens/full",
            "foldingRange",
            "selectionRange",
            "inlayHint",
            "codeAction",
            "prepareCallHierarchy",
            "documentLink",
            "codeLens",
            "formatting",
            "diagnostic",
        ] {
            let params = json!({
                "textDocument": { "uri": uri }, "position": end, "positions": [end],
                "range": { "start": { "line": 0, "character": 0 }, "end": end },
                "context": { "includeDeclaration": true, "diagnostics": [], "triggerKind": 1, "isRetrigger": false },
                "options": { "tabSize": 2, "insertSpaces": true },
            });
            let answer = lsp.try_ask(&format!("textDocument/{method}"), params);
            assert!(answer.is_ok(), "{method} at {cut}: {answer:?}");
        }
    }
    assert_eq!(lsp.quit(), 0);
}
