//! What people get wrong at first: nothing of theirs is lost, and what they are told is right.

mod common;

use std::process::Stdio;

use common::Place;

const SHUT: &str =
    "package gatos.more\n\ndeny contains \"shut\\n01FORGED 2026 DENY user:eve\" if input.intent == \"closed\"\n";

#[test]
fn code_never_replaces_a_source() {
    let place = Place::empty();
    let source = place.write("p/a.rgs", "package a\n\nok := true\n");
    let text = place.read("p/a.rgs");
    std::os::unix::fs::symlink(&source, place.path("link")).unwrap();
    place.write("plain", "package b\n\nok := true\n");
    for (files, out) in [
        (["p"].as_slice(), "p/a.rgs"),
        (&["p/a.rgs"], "./p/a.rgs"),
        (&["p"], "p/../p/b.rgs"),
        (&["p"], "link"),
        (&["p"], "data.JSON"),
        (&["plain"], "./plain"),
    ] {
        place.gatos(&[&["policyc"], files, &["-o", out]].concat()).fails(2, &["replace"]);
    }
    assert_eq!(place.read("p/a.rgs"), text);
    assert!(!place.path("p/b.rgs").exists() && !place.path("data.JSON").exists());
    place.gatos(&["policyc", "p", "-o", "p.rgc"]).ok();
}

#[test]
fn a_reader_that_went_away_does_not_change_the_answer() {
    let place = Place::empty();
    place.write("a_test.rgs", "package a_test\n\ntest_no if 1 == 2\n");
    let mut child =
        place.command(&["test", "-v", "a_test.rgs"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(1));
    // A list has no more to say.
    let place = Place::with_events(30);
    let mut child = place.command(&["event", "log", "commits"]).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn reasons_stay_on_their_line() {
    let place = Place::ready();
    place.write("gatos/policies/more.rgs", SHUT);
    place.gatos(&["policy", "install"]).ok();
    let denied = place.gatos(&["event", "add", "shop", "--type", "closed"]).fails(1, &["denied: shut\\n01FORGED"]);
    assert!(!denied.err.lines().any(|line| line.trim_start().starts_with("01FORGED")), "{}", denied.err);
    let log = place.gatos(&["audit", "log"]).ok();
    assert_eq!(log.lines().count(), 1, "{log}");
}

#[test]
fn only_what_was_refused_is_taken_back() {
    let place = Place::empty();
    place.gatos(&["init", "ann", "--actor", "user:ann"]).ok();
    place.git(&["init", "-q", "--bare", "shared.git"]).ok();
    place.gatos(&["install-hooks", "--server", "shared.git"]).ok();
    let shared = format!("file://{}/shared.git", place.0.display());
    place.git(&["-C", "ann", "push", &shared, "refs/gatos/*:refs/gatos/*"]).ok();
    // The policy changes at the gate; a second clone of Ann's does not know yet.
    place.git(&["-C", "ann", "fetch", "-q", &shared]).fails(128, &[]);
    let copied = std::process::Command::new("cp").args(["-r", "ann", "two"]).current_dir(&place.0).status().unwrap();
    assert!(copied.success());
    place.write("ann/gatos/policies/more.rgs", SHUT);
    place.gatos(&["-C", "ann", "policy", "install"]).ok();
    place.git(&["-C", "ann", "push", &shared, "refs/gatos/policies/*"]).ok();
    for kind in ["order", "closed", "order"] {
        place.gatos(&["-C", "two", "event", "add", "shop", "--type", kind]).ok();
    }
    let journal = "refs/gatos/journal/shop/user/ann";
    let refused = place.git(&["-C", "two", "push", &shared, journal]).fails(1, &["(policy)", "take it back"]).err;
    let first = place.git(&["-C", "two", "rev-parse", &format!("{journal}~2")]).ok();
    let back = format!("git update-ref {journal} {}", first.trim());
    assert!(refused.contains(&back), "{back} is not in {refused}");
    place.git(&["-C", "two", "update-ref", journal, first.trim()]).ok();
    place.git(&["-C", "two", "push", &shared, journal]).ok();
}

#[test]
fn a_grant_that_misses_is_named() {
    let place = Place::ready();
    place.gatos(&["key", "new", "user:bob"]).ok();
    place.gatos(&["trust", "grant", "user:bob", "journal:append", "--aud", "gatos://other"]).ok();
    let add = ["event", "add", "shop", "--actor", "user:bob", "--type", "order"];
    place.gatos(&add).fails(1, &["is for gatos://other, and this is for ", "gatos://shop"]);
    // The same grant once more never reaches back.
    place.gatos(&["trust", "grant", "user:bob", "journal:append"]).ok();
    place.write("old.jsonl", "{\"ts\":\"2020-01-01T00:00:00Z\",\"type\":\"order\"}\n");
    let done = place.gatos(&["event", "import", "shop", "--actor", "user:bob", "--jsonl", "old.jsonl"]);
    assert_eq!(done.code, 1, "{}{}", done.out, done.err);
    assert!(!done.err.contains("trust grant user:bob journal:append"), "{}", done.err);
    assert!(done.err.contains("journal:backfill"), "{}", done.err);
}

#[test]
fn tests_say_what_they_gave() {
    let place = Place::empty();
    place.write(
        "a_test.rgs",
        "package a_test\n\ntest_false := false\n\ntest_text := \"abc\"\n\ntest_error if regex.match(\"(\", \"x\")\n",
    );
    let told = place.gatos(&["test", "a_test.rgs"]).fails(1, &[]).out;
    assert!(told.contains("the test gave false, and holds when it gives true"), "{told}");
    assert!(told.contains("the test gave \"abc\"") && told.contains("3 tests: 0 passed, 3 failed"), "{told}");
    assert!(told.contains("an error left it undefined: ") && told.contains("eval_builtin_error"), "{told}");
    place.write("b_test.rgs", "package b_test\n\nn := {\"x\": [1]}\n\ntest_n if {\n\tgot := n.x\n\tgot == [2]\n}\n");
    let json = place.gatos(&["test", "b_test.rgs", "--json"]).fails(1, &[]).out;
    assert!(json.contains("\"got\":[1]") && json.contains("\"want\":[2]"), "{json}");
}

#[test]
fn what_is_not_taken_along_is_said() {
    let place = Place::ready();
    let policies = "gatos/policies";
    place.write(
        "gatos/policies/more.rgs",
        "package gatos.more\n\nlimit := 3\n\ndeny contains \"no\" if input.n > limit\n",
    );
    place.write("gatos/policies/more_test.rgs", "package gatos.more_test\n\ntest_x if true\n");
    place.write("gatos/policies/gatos/more.json", "{\"limit\":4}");
    place.write("gatos/policies/roles.yaml", "a: 1\n");
    let made = place.gatos(&["policyc", policies, "-o", "p.rgc", "--json"]);
    assert!(made.err.contains("left out gatos/policies/more_test.rgs"), "{}", made.err);
    assert!(made.err.contains("data are no part of the code"), "{}", made.err);
    let root = made.field("policy_code_root");
    let installed = place.gatos(&["policy", "install", "--json"]);
    assert!(installed.err.contains("data at data.gatos.more.limit are never seen"), "{}", installed.err);
    assert!(installed.err.contains("roles.yaml is not read"), "{}", installed.err);
    assert_eq!(installed.field("policy_code_root"), root, "what is compiled is what is installed");
    std::fs::remove_file(place.path("p.rgc.map")).unwrap();
    let run = place.gatos_with(&["run", "p.rgc", "--input", "-"], b"{}");
    assert!(run.err.contains("there is no map p.rgc.map"), "{}", run.err);
    // A link would publish what it leads to.
    place.write("secret.json", "{}");
    std::os::unix::fs::symlink(place.path("secret.json"), place.path("gatos/policies/s.json")).unwrap();
    place.gatos(&["policy", "install"]).fails(2, &["a link out of the folder"]);
}

#[test]
fn odd_questions_are_refused() {
    let place = Place::ready();
    let check =
        |intent: &str, resource: &str| place.gatos(&["policy", "check", "--intent", intent, "--resource", resource]);
    check("", "gatos://shop").fails(2, &["--intent is empty"]);
    check("order", " ").fails(2, &["--resource is empty"]);
    place.write("a.rgs", "package a\n\nok := true\n");
    place.gatos(&["run", "a.rgs", "--input", "-", "--data", "-", "--query", "data.a.ok"]).fails(2, &["only once"]);
    place.write("big.json", "{\"a\":99999999999999999999}");
    place.gatos(&["run", "a.rgs", "--input", "big.json", "--query", "data.a.ok"]).fails(2, &["64-bit integers"]);
    for bad in ["limits: 7\n", "limits: {fuel: -1}\n"] {
        place.write("gatos/config/profile.yaml", bad);
        let told = place.gatos(&["profile", "show"]).fails(2, &["limits: "]).err;
        assert!(!told.contains("struct") && !told.contains("enum"), "{told}");
    }
    std::fs::remove_file(place.path("gatos/config/profile.yaml")).unwrap();
    let group = place.gatos(&["trust", "group", "leads", "--add", "user:zed"]);
    assert!(group.err.contains("no key of user:zed") && group.code == 0, "{}", group.err);
    place.gatos(&["key", "rotate", "--actor", "user:ann"]).ok();
    let nowhere = Place::empty();
    place.gatos(&["-C", nowhere.0.to_str().unwrap(), "policy", "show"]).fails(2, &["at /"]);
}
