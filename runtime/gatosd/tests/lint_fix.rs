//! `gatos lint` for both languages: fixes, patches, and the forms that other tools read.

mod common;

use common::Place;

const FOLD: &str = "local M = {}\n\nlocal function helper(t)\n  for k, v in pairs(t) do\n    t[k] = v\n  end\nend\n\nfunction M.fold(state, event)\n  local unused = event.payload\n  helper(state)\n  return state\nend\n\nreturn M\n";
const POLICY: &str = "package a\n\nimport data.b\n\nallow if input.x = 1\n";

fn place() -> Place {
    let place = Place::empty();
    place.write("gatos/folds/f.lua", FOLD);
    place.write("gatos/policies/a.rgs", POLICY);
    place
}

#[test]
fn both_languages_are_checked_and_mended() {
    let place = place();
    let before = place.gatos(&["lint", "gatos", "--format", "short"]).fails(1, &[]).out;
    assert!(before.contains("gatos/folds/f.lua:4:15: error[E0107]"), "{before}");
    assert!(before.contains("gatos/policies/a.rgs:3:"), "{before}");
    // What is unused is found out when nothing refuses the file any more: mending goes on by itself.
    // A patch changes nothing, and is what mending does.
    let patch = place.gatos(&["lint", "gatos", "--fix", "--diff"]).fails(1, &[]).out;
    assert!(patch.contains("-  for k, v in pairs(t) do\n+  for k, v in dpairs(t) do\n"), "{patch}");
    assert_eq!(place.read("gatos/folds/f.lua"), FOLD.as_bytes());
    let done = place.gatos(&["lint", "gatos", "--fix"]);
    assert!(done.err.contains("mended gatos/folds/f.lua: "), "{}", done.err);
    let mended = String::from_utf8(place.read("gatos/folds/f.lua")).unwrap();
    assert!(mended.contains("in dpairs(t) do") && mended.contains("local _unused"), "{mended}");
    assert!(place.gatos(&["lint", "gatos/folds"]).code == 0);
    place.git(&["init", "-q"]).ok();
    place.write("gatos/folds/f.lua", FOLD);
    place.write("gatos/policies/a.rgs", POLICY);
    place.write("patch", &patch);
    place.git(&["apply", "patch"]).ok();
    assert_eq!(String::from_utf8(place.read("gatos/folds/f.lua")).unwrap(), mended);
    // Again, there is nothing to mend.
    assert_eq!(place.gatos(&["lint", "gatos/folds", "--fix", "--diff"]).ok(), "");
}

#[test]
fn a_policy_is_judged_with_those_it_is_compiled_with() {
    let place = Place::empty();
    place.write("gatos/policies/a.rgs", "package a\n\nimport data.lib.b\n\nallow if b.ok(input.x)\n");
    place.write("gatos/policies/lib/b.rgs", "package lib.b\n\nok(x) if x == 1\n\nbad if { 1 == }\n");
    let done = place.gatos(&["lint", "gatos/policies/a.rgs", "--format", "short"]);
    assert!(!done.out.contains("b.rgs"), "only what was asked for: {}", done.out);
    assert!(!done.out.contains("E11"), "its functions are known: {}", done.out);
    place.gatos(&["lint", "gatos/policies/lib", "--format", "short"]).fails(1, &[]);
}

#[test]
fn code_scanning_gets_sarif() {
    let place = place();
    let out = place.gatos(&["lint", "gatos", "--format", "sarif"]).fails(1, &[]).out;
    let log: serde_json::Value = serde_json::from_str(&out).unwrap();
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    assert!(results.len() >= 2);
    for result in results {
        let index = result["ruleIndex"].as_u64().unwrap() as usize;
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(!rules[index]["shortDescription"]["text"].as_str().unwrap().is_empty());
        let region = &result["locations"][0]["physicalLocation"]["region"];
        assert!(region["startLine"].as_u64().unwrap() >= 1 && region["endColumn"].as_u64().unwrap() >= 1);
    }
    let pairs = results.iter().find(|r| r["ruleId"] == "E0107").unwrap();
    let change = &pairs["fixes"][0]["artifactChanges"][0];
    assert_eq!(change["artifactLocation"]["uri"], "gatos/folds/f.lua");
    assert_eq!(change["replacements"][0]["insertedContent"]["text"], "dpairs");
    // Nothing found is a log too.
    place.write("clean/x.lua", "return 1\n");
    let out = place.gatos(&["lint", "clean", "--format", "sarif"]).ok();
    let log: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(log["runs"][0]["results"], serde_json::json!([]));
}

#[test]
fn workflow_logs_get_commands() {
    let out = place().gatos(&["lint", "gatos/folds", "--format", "github"]).fails(1, &[]).out;
    assert!(out.contains("::error file=gatos/folds/f.lua,line=4,col=15,endLine=4,endColumn=20,title=E0107::"), "{out}");
    assert!(out.lines().all(|line| line.starts_with("::error ") || line.starts_with("::warning ")), "{out}");
}

#[test]
fn files_that_do_not_parse_are_left_alone() {
    let place = Place::empty();
    place.write("a.lua", "local x = (1\nlocal y = = 2\n");
    let before = place.read("a.lua");
    place.gatos(&["lint", "a.lua", "--fix"]).fails(1, &[]);
    let after = String::from_utf8(place.read("a.lua")).unwrap();
    let errors = |text: &str| {
        place.write("b.lua", text);
        place.gatos(&["lint", "b.lua", "--format", "short"]).out.lines().filter(|l| l.contains("error[")).count()
    };
    assert!(errors(&after) <= errors(std::str::from_utf8(&before).unwrap()));
    place.gatos(&["lint", "nowhere.lua", "--fix"]).fails(2, &["nowhere.lua"]);
}

#[test]
fn links_and_pipes_below_a_folder_are_left_alone() {
    let place = Place::empty();
    place.write("out/victim.lua", "local unused = 1\nreturn 2\n");
    place.write("in/a.lua", "return 1\n");
    std::os::unix::fs::symlink("../out/victim.lua", place.path("in/link.lua")).unwrap();
    std::os::unix::fs::symlink(".", place.path("in/loop")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(place.path("in/pipe.lua")).status().unwrap().success());
    assert!(place.gatos(&["lint", "in", "--fix"]).code == 0);
    assert_eq!(place.read("out/victim.lua"), b"local unused = 1\nreturn 2\n");
}

#[test]
fn names_of_files_do_not_end_lines() {
    let place = Place::empty();
    place.write("b\n::error file=x::pwned.lua", "local unused = 1\nreturn 2\n");
    for format in ["short", "human", "github"] {
        let out = place.gatos(&["lint", ".", "--format", format]).fails(1, &[]).out;
        assert!(!out.lines().any(|line| line.starts_with("::error file=x")), "{out}");
    }
}

#[test]
fn what_is_written_never_replaces_what_is_read() {
    let place = Place::empty();
    place.write("n.lua", "function fold(s, e) return s end\n");
    place.write("e.json", "{\"type\":\"a.b\"}\n");
    place.write("n_test.lua", "function test_x() end\n");
    place.gatos(&["run", "n.lua", "--events", "e.json", "--profile", "n.lua"]).fails(2, &["which is read"]);
    place.gatos(&["run", "n.lua", "--events", "e.json", "--profile", "e.json"]).fails(2, &["which is read"]);
    place.gatos(&["test", ".", "--lcov", "n.lua"]).fails(2, &["n.lua is named as a source"]);
    assert_eq!(place.read("n.lua"), b"function fold(s, e) return s end\n");
}
