//! Every method for policies, in whole files and after edits that break them.

use serde_json::{Value, json};

use crate::client::{Lsp, applied, edits_of};
use crate::common::Place;

const NAME: &str = "gatos/policies/shop.rgs";
const POLICY: &str = r#"package shop

import data.shop.limits

# METADATA
# title: Small orders are allowed
allow if {
	input.type == "order.paid"
	within(input.payload.amount, limits.most)
	some role in input.roles
	role == "clerk"
}

deny contains reason if {
	not allow
	reason := sprintf("%s may not pay", [input.actor])
}

within(sum, most) if sum <= most
"#;
const TEST: &str = "package shop_test\n\nimport data.shop\n\ntest_small if {\n\tshop.allow with input as {\"type\": \"order.paid\", \"payload\": {\"amount\": 1}, \"roles\": [\"clerk\"], \"actor\": \"user:ann\"}\n}\n";

fn open() -> (Place, Lsp) {
    let place = Place::ready();
    place.write(NAME, POLICY);
    place.write("gatos/policies/shop_test.rgs", TEST);
    place.write("gatos/policies/shop/limits.json", "{\"most\": 10}\n");
    let mut lsp = Lsp::start(&place);
    lsp.ready();
    lsp.open(NAME, POLICY);
    (place, lsp)
}

fn labels(list: &Value) -> Vec<String> {
    let items = list["items"].as_array().unwrap_or_else(|| panic!("{list}"));
    items.iter().map(|item| item["label"].as_str().unwrap().to_owned()).collect()
}

#[track_caller]
fn has(all: &[String], wanted: &[&str]) {
    for one in wanted {
        assert!(
            all.iter().any(|label| label == one || label.ends_with(&format!(".{one}"))),
            "{one} is not among {all:?}"
        );
    }
}

#[test]
fn diagnostics_are_of_the_bundle_and_go_with_the_text() {
    let (place, mut lsp) = open();
    let found = lsp.diagnostics(NAME);
    assert!(found.iter().all(|d| d["severity"] != 1), "{found:#?}");
    lsp.edit(NAME, "within(input.payload.amount", "withing(input.payload.amount");
    let found = lsp.diagnostics(NAME);
    let wrong = found.iter().find(|d| d["severity"] == 1).unwrap_or_else(|| panic!("{found:#?}"));
    assert!(lsp.at(NAME, &wrong["range"]).contains("withing"), "{wrong}");
    assert!(wrong["code"].as_str().unwrap().starts_with('E'));
    lsp.edit(NAME, "withing(input.payload.amount", "within(input.payload.amount");
    let found = lsp.diagnostics(NAME);
    assert!(found.iter().all(|d| d["severity"] != 1), "{found:#?}");
    // A mistake in one policy is told in that one, when it changes on disk.
    place.write("gatos/policies/other.rgs", "package other\n\nx := unknown_thing\n");
    let uri = lsp.uri("gatos/policies/other.rgs");
    lsp.notify("workspace/didChangeWatchedFiles", json!({ "changes": [{ "uri": uri, "type": 1 }] }));
    lsp.hear("diagnostics of the new policy", |m| {
        let of_it = m["method"] == "textDocument/publishDiagnostics" && m["params"]["uri"] == json!(uri);
        (of_it && !m["params"]["diagnostics"].as_array().unwrap().is_empty()).then_some(())
    });
}

#[test]
fn hovers_tell_rules_builtins_and_data() {
    let (_place, mut lsp) = open();
    for (needle, parts) in [
        ("all|ow if {", &["allow", "Small orders are allowed"][..]),
        ("spri|ntf", &["sprintf"]),
        ("withi|n(input", &["within"]),
        ("limits.mo|st", &["10"]),
    ] {
        let here = lsp.here(NAME, needle);
        let hover = lsp.ask("textDocument/hover", here);
        let text = hover["contents"]["value"].as_str().unwrap_or_else(|| panic!("{needle}: {hover}")).to_owned();
        for part in parts {
            assert!(text.contains(part), "{needle}: {part} is not in {text}");
        }
    }
}

#[test]
fn completion_knows_input_data_rules_and_builtins_in_broken_files() {
    let (_place, mut lsp) = open();
    lsp.edit(NAME, "\trole == \"clerk\"\n", "\trole == \"clerk\"\n\tinput.\n");
    let here = lsp.here(NAME, "\tinput.|\n");
    let all = lsp.ask("textDocument/completion", here);
    has(&labels(&all), &["actor", "type", "payload"]);
    lsp.edit(NAME, "\tinput.\n", "\tlimits.\n");
    let here = lsp.here(NAME, "\tlimits.|\n");
    has(&labels(&lsp.ask("textDocument/completion", here)), &["most"]);
    lsp.edit(NAME, "\tlimits.\n", "\twi\n");
    let here = lsp.here(NAME, "\twi|\n");
    has(&labels(&lsp.ask("textDocument/completion", here)), &["within", "allow", "role"]);
    lsp.edit(NAME, "\twi\n", "\tspr\n");
    let here = lsp.here(NAME, "\tspr|\n");
    let all = lsp.ask("textDocument/completion", here);
    let item = all["items"].as_array().unwrap().iter().find(|item| item["label"] == "sprintf").cloned();
    let item = item.unwrap_or_else(|| panic!("{all}"));
    let resolved = lsp.ask("completionItem/resolve", item);
    assert!(resolved["documentation"]["value"].as_str().unwrap_or_default().len() > 20, "{resolved}");
}

#[test]
fn signatures_of_builtins_and_functions() {
    let (_place, mut lsp) = open();
    let here = lsp.here(NAME, "within(input.payload.amount, |limits");
    let help = lsp.ask("textDocument/signatureHelp", here);
    assert!(help["signatures"][0]["label"].as_str().unwrap().contains("within(sum, most)"), "{help}");
    assert_eq!(help["activeParameter"], 1);
    let here = lsp.here(NAME, "sprintf(|\"");
    let help = lsp.ask("textDocument/signatureHelp", here);
    assert!(help["signatures"][0]["label"].as_str().unwrap().starts_with("sprintf("), "{help}");
    assert_eq!(help["activeParameter"], 0);
}

#[test]
fn names_lead_to_where_they_come_from() {
    let (_place, mut lsp) = open();
    for (method, needle, focus) in [
        ("textDocument/definition", "withi|n(input", "within"),
        ("textDocument/definition", "\tro|le == ", "role"),
        ("textDocument/declaration", "reaso|n := ", "reason"),
        ("textDocument/definition", "not all|ow", "allow"),
    ] {
        let here = lsp.here(NAME, needle);
        let found = lsp.ask(method, here);
        assert_eq!(found[0]["targetUri"], json!(lsp.uri(NAME)), "{method} {needle}: {found}");
        assert_eq!(lsp.at(NAME, &found[0]["targetSelectionRange"]), focus, "{method} {needle}");
    }
    let here = lsp.here(NAME, "\tro|le == ");
    assert!(lsp.try_ask("textDocument/typeDefinition", here).is_ok());
}

#[test]
fn rules_are_renamed_across_the_bundle_and_variables_in_place() {
    let (_place, mut lsp) = open();
    let mut params = lsp.here(NAME, "\tro|le == ");
    params["context"] = json!({ "includeDeclaration": true });
    let found = lsp.ask("textDocument/references", params);
    assert_eq!(found.as_array().map(Vec::len), Some(2), "{found}");
    let marks = lsp.ask("textDocument/documentHighlight", lsp.here(NAME, "\tro|le == "));
    assert_eq!(marks.as_array().map(Vec::len), Some(2), "{marks}");
    let mut params = lsp.here(NAME, "\tro|le == ");
    params["newName"] = json!("duty");
    let edit = lsp.ask("textDocument/rename", params);
    let text = applied(POLICY, &edits_of(&edit, &lsp.uri(NAME)));
    assert!(text.contains("some duty in input.roles\n\tduty == \"clerk\""), "{text}");
    let here = lsp.here(NAME, "all|ow if {");
    let prepared = lsp.ask("textDocument/prepareRename", here.clone());
    assert_eq!(prepared["placeholder"], "allow");
    let mut params = here;
    params["newName"] = json!("permit");
    let edit = lsp.ask("textDocument/rename", params);
    let main = applied(POLICY, &edits_of(&edit, &lsp.uri(NAME)));
    let test = applied(TEST, &edits_of(&edit, &lsp.uri("gatos/policies/shop_test.rgs")));
    assert!(main.contains("permit if {") && main.contains("not permit"), "{main}");
    assert!(test.contains("shop.permit with"), "{test}");
    let mut params = lsp.here(NAME, "\tro|le == ");
    params["newName"] = json!("some");
    let error = lsp.try_ask("textDocument/rename", params).unwrap_err();
    assert_eq!(error["code"], -32803, "{error}");
    let here = lsp.here(NAME, "spri|ntf");
    assert!(lsp.try_ask("textDocument/prepareRename", here).is_err());
}

#[test]
fn symbols_of_the_file_and_of_the_workspace() {
    let (_place, mut lsp) = open();
    let outline = lsp.ask("textDocument/documentSymbol", lsp.doc(NAME)).to_string();
    for name in ["\"allow\"", "\"deny\"", "within"] {
        assert!(outline.contains(name), "{name} is not in {outline}");
    }
    let found = lsp.ask("workspace/symbol", json!({ "query": "test_small" }));
    assert_eq!(found[0]["location"]["uri"], json!(lsp.uri("gatos/policies/shop_test.rgs")), "{found}");
}

#[test]
fn colours_foldings_selections_links() {
    let (_place, mut lsp) = open();
    let whole = lsp.ask("textDocument/semanticTokens/full", lsp.doc(NAME));
    let count = whole["data"].as_array().unwrap().len();
    assert!(count > 100 && count.is_multiple_of(5));
    lsp.edit(NAME, "\"clerk\"", "\"clerks\"");
    let mut params = lsp.doc(NAME);
    params["previousResultId"] = whole["resultId"].clone();
    let delta = lsp.ask("textDocument/semanticTokens/full/delta", params);
    assert_eq!(delta["edits"].as_array().map(Vec::len), Some(1), "{delta}");
    lsp.edit(NAME, "\"clerks\"", "\"clerk\"");
    let mut params = lsp.doc(NAME);
    params["range"] = lsp.range(NAME, "package shop");
    let part = lsp.ask("textDocument/semanticTokens/range", params);
    assert!(part["data"].as_array().unwrap().len() < count / 2, "{part}");
    let folds = lsp.ask("textDocument/foldingRange", lsp.doc(NAME));
    let first = lsp.range(NAME, "allow if {")["start"]["line"].clone();
    assert!(folds.as_array().unwrap().iter().any(|f| f["startLine"] == first), "{folds}");
    let mut params = lsp.doc(NAME);
    params["positions"] = json!([lsp.here(NAME, "input.payload.am|ount")["position"]]);
    let selection = lsp.ask("textDocument/selectionRange", params);
    let mut chain = Vec::new();
    let mut at = &selection[0];
    while !at.is_null() {
        chain.push(lsp.at(NAME, &at["range"]));
        at = &at["parent"];
    }
    assert!(chain.iter().any(|text| text == "input.payload.amount"), "{chain:?}");
    assert!(chain.windows(2).all(|pair| pair[1].contains(&pair[0])), "{chain:?}");
    let links = lsp.ask("textDocument/documentLink", lsp.doc("gatos/policies/shop_test.rgs"));
    assert_eq!(links[0]["target"], json!(lsp.uri(NAME)), "{links}");
}

#[test]
fn hints_and_actions() {
    let (_place, mut lsp) = open();
    let mut params = lsp.doc(NAME);
    params["range"] = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 99, "character": 0 } });
    let hints = lsp.ask("textDocument/inlayHint", params);
    let all = hints.as_array().unwrap();
    let says = |part: &str| all.iter().any(|h| h["label"].as_str().unwrap().contains(part));
    assert!(says("sum"), "parameters of within: {hints:#}");
    lsp.open("gatos/policies/roles.rgs", "package lib.roles\n\nchief := \"ann\"\n");
    lsp.edit(NAME, "role == \"clerk\"", "role == roles.chief");
    let found = lsp.diagnostics(NAME);
    let text = lsp.text(NAME).to_owned();
    let mut params = lsp.doc(NAME);
    params["range"] = lsp.range(NAME, "roles.chief");
    params["context"] = json!({ "diagnostics": found });
    let actions = lsp.ask("textDocument/codeAction", params);
    let import = actions.as_array().unwrap().iter().find(|a| a["title"].as_str().unwrap().contains("Import"));
    let import = import.cloned().unwrap_or_else(|| panic!("{actions:#}"));
    let import = match import.get("edit") {
        Some(_) => import,
        None => lsp.ask("codeAction/resolve", import),
    };
    let mended = applied(&text, &edits_of(&import["edit"], &lsp.uri(NAME)));
    assert!(mended.contains("\nimport data.shop.limits\nimport data.lib.roles\n"), "{mended}");
}

#[test]
fn formatting_whole_and_in_part() {
    let (_place, mut lsp) = open();
    let options = json!({ "tabSize": 2, "insertSpaces": true });
    let mut params = lsp.doc(NAME);
    params["options"] = options.clone();
    let edits = lsp.ask("textDocument/formatting", params.clone());
    let neat = applied(POLICY, &edits);
    let messy = neat.replace("role == \"clerk\"", "role==\"clerk\"").replace("sum <= most", "sum<=most");
    lsp.replace(NAME, &messy);
    let edits = lsp.ask("textDocument/formatting", params.clone());
    assert_eq!(applied(&messy, &edits), neat);
    params["range"] = lsp.range(NAME, "role==\"clerk\"");
    let edits = lsp.ask("textDocument/rangeFormatting", params.clone());
    let part = applied(&messy, &edits);
    assert!(part.contains("role == \"clerk\"") && part.contains("sum<=most"), "{part}");
    let mut params = lsp.here(NAME, "role==\"clerk\"\n|");
    params["ch"] = json!("\n");
    params["options"] = options;
    let edits = lsp.ask("textDocument/onTypeFormatting", params);
    assert!(edits.is_array(), "{edits}");
}

#[test]
fn calls_go_both_ways() {
    let (_place, mut lsp) = open();
    let here = lsp.here(NAME, "\nwith|in(sum, most)");
    let items = lsp.ask("textDocument/prepareCallHierarchy", here);
    assert!(items[0]["name"].as_str().unwrap().contains("within"), "{items}");
    let users = lsp.ask("callHierarchy/incomingCalls", json!({ "item": items[0] }));
    assert!(users[0]["from"]["name"].as_str().unwrap().contains("allow"), "{users}");
    let uses = lsp.ask("callHierarchy/outgoingCalls", json!({ "item": users[0]["from"] }));
    assert!(uses.as_array().unwrap().iter().any(|c| c["to"]["name"].as_str().unwrap().contains("within")), "{uses}");
}

#[test]
fn a_pinned_input_shows_why_the_decision_fell() {
    let (place, mut lsp) = open();
    // Below `gatos` its rules take part in decisions.
    lsp.replace(NAME, &POLICY.replacen("package shop", "package gatos.shop", 1));
    let lenses = lsp.ask("textDocument/codeLens", lsp.doc(NAME));
    assert!(lenses.as_array().unwrap().iter().any(|l| l["command"]["command"] == "gatos.pinInput"), "{lenses:#}");
    let input = place.write(
        "input.json",
        "{\"type\": \"order.paid\", \"payload\": {\"amount\": 99}, \"roles\": [\"clerk\"], \"actor\": \"user:bob\"}",
    );
    let arguments = json!([lsp.uri(NAME), input.display().to_string()]);
    let result = lsp.ask("workspace/executeCommand", json!({ "command": "gatos.pinInput", "arguments": arguments }));
    assert!(result["markdown"].is_string(), "{result}");
    lsp.hear("a refresh", |m| (m["method"] == "workspace/inlayHint/refresh").then_some(()));
    let here = lsp.here(NAME, "withi|n(input");
    let hover = lsp.ask("textDocument/hover", here);
    let text = hover["contents"]["value"].as_str().unwrap();
    assert!(text.contains("99"), "the values at the literal that failed: {text}");
    let why = lsp
        .ask("workspace/executeCommand", json!({ "command": "gatos.explainDecision", "arguments": [lsp.uri(NAME)] }));
    assert!(why["markdown"].as_str().unwrap().len() > 20, "{why}");
    let off = lsp.ask("workspace/executeCommand", json!({ "command": "gatos.pinInput", "arguments": [lsp.uri(NAME)] }));
    assert!(off.is_object());
}

#[test]
fn tests_run_from_their_lenses() {
    let (_place, mut lsp) = open();
    let test = "gatos/policies/shop_test.rgs";
    lsp.open(test, TEST);
    let lenses = lsp.ask("textDocument/codeLens", lsp.doc(test));
    let run = lenses.as_array().unwrap().iter().find(|l| l["command"]["command"] == "gatos.runTest").cloned();
    let run = run.unwrap_or_else(|| panic!("{lenses:#}"));
    let params = json!({ "command": "gatos.runTest", "arguments": run["command"]["arguments"] });
    let result = lsp.ask("workspace/executeCommand", params.clone());
    let passed = result["json"].to_string();
    assert!(passed.contains("test_small"), "{result}");
    // What is in the editor counts, not what is on disk.
    lsp.edit(NAME, "role == \"clerk\"", "role == \"chief\"");
    let result = lsp.ask("workspace/executeCommand", params);
    assert_ne!(result["json"].to_string(), passed, "{result}");
}

#[test]
fn every_question_has_an_answer_in_a_file_that_breaks_off() {
    let (_place, mut lsp) = open();
    for cut in (0..POLICY.len()).step_by(61) {
        lsp.replace(NAME, &POLICY[..cut]);
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
