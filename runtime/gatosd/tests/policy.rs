//! Policies at the command line: compiled, run, tested, put in force, asked; what they deny is on record.

mod common;

use common::{Done, Place, field};

const EXEC: &str = r#"package gatos.exec

# METADATA
# title: Admins run things
# description: Whoever is an admin in data may run.
allow if {
	some role in data.roles[input.actor]
	role == "admin"
}

# METADATA
# title: Nobody runs what is frozen
# related_resources:
# - ref: docs/adr/0007-freeze.md
#   description: the decision
deny contains reason if {
	input.resource in data.frozen
	reason := sprintf("%s is frozen", [input.resource])
}

limit := 3
"#;

const DATA: &str = r#"{"roles":{"user:ann":["admin"],"user:bob":["guest"]},"frozen":["gatos://old"]}"#;

fn exec() -> Place {
    let place = Place::empty();
    place.write("exec.rgs", EXEC);
    place.write("data.json", DATA);
    place.write("ann.json", r#"{"actor":"user:ann","resource":"gatos://finance"}"#);
    place.write("bob.json", r#"{"actor":"user:bob","resource":"gatos://finance"}"#);
    place.write("old.json", r#"{"actor":"user:ann","resource":"gatos://old"}"#);
    place
}

fn run(place: &Place, more: &[&str]) -> Done {
    place.gatos(&[&["run", "exec.rgs", "--data", "data.json"][..], more].concat())
}

#[test]
fn a_policy_decides_and_says_why() {
    let place = exec();
    let allowed = run(&place, &["--input", "ann.json"]).ok();
    assert!(allowed.starts_with("allowed") && allowed.contains("gatos.exec.allow#1 (exec.rgs:6)"), "{allowed}");
    let denied = run(&place, &["--input", "old.json"]).fails(1, &[]).out;
    for word in [
        "denied: gatos://old is frozen",
        "forbidden by gatos.exec.deny#1 (exec.rgs:16)",
        "Nobody runs what is frozen",
        "see docs/adr/0007-freeze.md (the decision)",
        "input.resource = \"gatos://old\"",
    ] {
        assert!(denied.contains(word), "{word}\n{denied}");
    }
    let denied = run(&place, &["--input", "bob.json"]).fails(1, &[]).out;
    for word in ["not permitted by gatos.exec.allow#1", "Admins run things", "role == \"admin\"", "exec.rgs:8"] {
        assert!(denied.contains(word), "{word}\n{denied}");
    }
    let json = run(&place, &["--input", "old.json", "--json"]).fails(1, &[]).out;
    assert_eq!((field(&json, "result"), field(&json, "code")), ("DENY".into(), "forbidden".into()));
    // From stdin, and from compiled code.
    place.gatos_with(&["run", "exec.rgs", "--data", "data.json", "--input", "-"], &place.read("ann.json")).ok();
    place.gatos(&["policyc", "exec.rgs", "-o", "exec.rgc"]).ok();
    place.gatos(&["run", "exec.rgc", "--data", "data.json", "--input", "ann.json"]).ok();
    place.gatos(&["run", "exec.rgc", "--data", "data.json", "--input", "old.json"]).fails(1, &[]);
}

#[test]
fn any_document_can_be_asked_for() {
    let place = exec();
    let ask = |query: &str| run(&place, &["--input", "old.json", "--query", query]);
    assert_eq!(ask("data.gatos.exec.deny").ok(), "[\"gatos://old is frozen\"]\n");
    assert_eq!(ask("data.gatos.exec").ok(), "{\"allow\":true,\"deny\":[\"gatos://old is frozen\"],\"limit\":3}\n");
    assert_eq!(ask("data.roles[\"user:ann\"]").ok(), "[\"admin\"]\n");
    assert_eq!(ask("data.roles[\"user:ann\"][0]").ok(), "\"admin\"\n", "an expression has a value");
    assert_eq!(ask("1 + 2").ok(), "3\n");
    assert_eq!(ask("input.value_x with input as {\"value_x\": [1]}").ok(), "[1]\n");
    assert_eq!(ask("[n | n := [1, 2, 3][_]; n > 1]").ok(), "[2,3]\n");
    assert_eq!(ask("1 == 2").ok(), "false\n");
    assert_eq!(ask("some who; data.roles[who][_] == \"guest\"").ok(), "[{\"who\":\"user:bob\"}]\n");
    ask("data.gatos.exec.nothing").fails(1, &["is undefined", "data.gatos.exec.deny"]);
    ask("x := 1; x == 2").fails(1, &["no answers"]);
    place.gatos(&["policyc", "exec.rgs", "-o", "exec.rgc"]).ok();
    place.gatos(&["run", "exec.rgc", "--query", "x := 1"]).fails(2, &["paths", "policy.rgs"]);
    assert_eq!(place.gatos(&["run", "exec.rgc", "--query", "data.gatos.exec.limit"]).ok(), "3\n");
}

#[test]
fn formatting_leaves_the_code_alone() {
    let place = exec();
    let root = |file: &str| place.gatos(&["policyc", file, "--json"]).field("policy_code_root");
    let first = root("exec.rgs");
    place.write(
        "again/exec.rgs",
        EXEC.replace('\t', "    ").replace("reason", "why").replace("role ", "r ").replace("role in", "r in"),
    );
    assert_eq!(root("again/exec.rgs"), first);
    place.write("other/exec.rgs", EXEC.replace("\"admin\"", "\"root\""));
    assert_ne!(root("other/exec.rgs"), first);
}

#[test]
fn failed_tests_show_both_sides() {
    let place = exec();
    place.write(
        "exec_test.rgs",
        "package gatos.exec_test\n\nimport data.gatos.exec\n\ntest_limit if {\n\tgot := exec.limit\n\tgot == 4\n}\n\n\
         test_admin if exec.allow with input as {\"actor\": \"a\"} with data.roles as {\"a\": [\"admin\"]}\n\n\
         test_guest if {\n\tnot exec.allow with input as {\"actor\": \"a\"} with data.roles as {\"a\": [\"admin\"]}\n}\n\n\
         todo_test_more if false\n",
    );
    let done = place.gatos(&["test", "."]).fails(1, &[]);
    for word in [
        "FAIL data.gatos.exec_test.test_limit (exec_test.rgs:5)",
        "got == 4 (exec_test.rgs:7)",
        "got   3",
        "want  4",
        "FAIL data.gatos.exec_test.test_guest",
        "data.gatos.exec.allow is true",
        "SKIP data.gatos.exec_test.todo_test_more",
        "4 tests: 1 passed, 2 failed, 1 skipped",
    ] {
        assert!(done.out.contains(word), "{word}\n{}", done.out);
    }
    assert!(!done.out.contains("PASS"));
    let one = place.gatos(&["test", ".", "--run", "test_adm", "-v"]).ok();
    assert!(one.contains("PASS data.gatos.exec_test.test_admin") && one.contains("1 test: 1 passed"), "{one}");
    place.gatos(&["test", ".", "--run", "nothing"]).fails(2, &["no test's name contains"]);
    place.gatos(&["test", "exec.rgs"]).fails(2, &["there are no tests", "test_"]);
    let json = place.gatos(&["test", ".", "--json"]).fails(1, &[]).out;
    let lines: Vec<&str> = json.lines().collect();
    assert_eq!(lines.len(), 5);
    let failed = lines.iter().find(|l| l.contains("test_limit")).unwrap();
    assert_eq!(
        (field(failed, "got"), field(failed, "want"), field(failed, "result")),
        ("3".into(), "4".into(), "fail".into())
    );
    let reached = place.gatos(&["test", ".", "--coverage"]).fails(1, &[]).out;
    assert!(reached.contains("exec.rgs: ") && reached.contains("never held: gatos.exec.deny#1 (line 16)"), "{reached}");
}

#[test]
fn failed_conditions_are_told_as_they_are_written() {
    let place = Place::empty();
    place.write(
        "t_test.rgs",
        "package t\n\ntest_every if every v in [1, 2, 3] { v < 3 }\n\ntest_not if not f(3) == 6\n\nf(n) := n * 2\n\n\
         test_in if 5 in [1, 2]\n\ntest_undefined if data.nothing.here == 1\n\ntest_conflict if x == 1\n\n\
         x := 1 if true\n\nx := 2 if true\n",
    );
    let out = place.gatos(&["test", "t_test.rgs"]).fails(1, &[]).out;
    for words in [
        "every v in [1, 2, 3] { v < 3 } (t_test.rgs:3)\n    in it: v < 3\n    left  3\n    right 3",
        "not f(3) == 6 (t_test.rgs:5)\n    left  6\n    right 6",
        "5 in [1, 2] (t_test.rgs:9)\nFAIL",
        "got   undefined\n    want  1",
        "ERROR data.t.test_conflict (t_test.rgs:13)\n  eval_conflict_error",
    ] {
        assert!(out.contains(words), "{words}\n{out}");
    }
}

#[test]
fn what_is_no_policy_is_told() {
    let place = exec();
    place.write("bad.rgs", "package a\n\nallow if {\n\tx == 1\n}\n");
    place.gatos(&["policyc", "bad.rgs", "-o", "bad.rgc"]).fails(2, &["bad.rgs:4", "x"]);
    assert!(!place.path("bad.rgc").exists());
    place.gatos(&["run", "bad.rgs", "--input", "ann.json"]).fails(2, &["bad.rgs:4"]);
    place.write("v0.rgs", "package a\n\ndeny[x] { x := 1 }\n");
    place.gatos(&["policyc", "v0.rgs"]).fails(2, &["contains"]);
    place.write("loop.rgs", "package a\n\np if q\nq if p\n");
    place.gatos(&["policyc", "loop.rgs"]).fails(2, &["recurs"]);
    place.write("plain.rgs", "package a\n\np := 1\n");
    place.gatos(&["run", "plain.rgs", "--input", "ann.json"]).fails(2, &["decides nothing", "--query data.a.p"]);
    place.gatos(&["run", "exec.rgs"]).fails(2, &["--input"]);
    place.write("broken.json", "{\"a\":");
    run(&place, &["--input", "broken.json"]).fails(2, &["broken.json", "JSON"]);
    run(&place, &["--input", "missing.json"]).fails(2, &["missing.json"]);
    place.write("list.json", "[1]");
    run(&place, &["--input", "ann.json", "--data", "list.json"]).fails(2, &["list.json", "object"]);
    place.write("clash.json", r#"{"roles":1}"#);
    run(&place, &["--input", "ann.json", "--data", "clash.json"]).fails(2, &["clash.json", "roles"]);
    place.write("huge.json", r#"{"actor":"user:ann","resource":99999999999999999999999}"#);
    run(&place, &["--input", "huge.json"]).fails(2, &["huge.json", "out of range"]);
    place.write("not.rgc", "package a\n");
    place.gatos(&["run", "not.rgc", "--query", "data.a"]).fails(2, &["not.rgc", ".rgs"]);
    place.write("empty.rgc", "");
    place.gatos(&["run", "empty.rgc", "--query", "data.a"]).fails(2, &["empty"]);
    place.gatos(&["run", "exec.rgs", "--events", "x"]).fails(2, &["policy"]);
    place.gatos(&["foldc", "exec.rgs"]).fails(2, &["policyc"]);
    place.gatos(&["policyc", "nowhere"]).fails(2, &["nowhere"]);
    std::fs::create_dir(place.path("hollow")).unwrap();
    place.gatos(&["policyc", "hollow"]).fails(2, &["no policy", ".rgs"]);
}

#[test]
fn errors_inside_a_policy_deny() {
    let place = Place::empty();
    place.write("input.json", r#"{"n":[1,2,3]}"#);
    let decide = |text: &str, flags: &[&str]| {
        place.write("p.rgs", text);
        place.gatos(&[&["run", "p.rgs", "--input", "input.json", "--json"][..], flags].concat()).fails(1, &[]).out
    };
    let conflict = decide("package gatos\n\nallow := x if some x in [true, false]\n", &[]);
    assert_eq!(field(&conflict, "code"), "error:conflict");
    let fuel = decide(
        "package gatos\n\nallow if {\n\tcount([1 | some a in input.n; some b in input.n; some c in input.n]) > 99\n}\n",
        &["--fuel", "10"],
    );
    assert_eq!(field(&fuel, "code"), "error:fuel");
    place.gatos(&["run", "p.rgs", "--input", "input.json", "--depth", "0"]).fails(2, &["--depth"]);
    let contract = decide("package gatos\n\nallow := input.n\n", &[]);
    assert_eq!(field(&contract, "code"), "error:contract");
    let builtin = decide("package gatos\n\nallow if to_number(\"x\") > 0\n", &[]);
    assert_eq!(field(&builtin, "code"), "error:builtin");
    let lost = "package gatos\n\nallow if true\n\ndeny contains \"x\" if regex.match(\"(foo\", input.s)\n";
    place.write("input.json", r#"{"s":"foo"}"#);
    place.write("p.rgs", lost);
    let out = place.gatos(&["run", "p.rgs", "--input", "input.json", "--json"]).fails(1, &[]).out;
    assert_eq!(field(&out, "code"), "error:builtin");
}

#[test]
fn the_owner_works_at_once_and_nobody_else_can() {
    let place = Place::ready();
    place.gatos(&["event", "add", "shop", "--type", "t"]).ok();
    place.gatos(&["key", "new", "user:bob"]).ok();
    let refs = place.git(&["for-each-ref", "refs/gatos/journal"]).ok();
    let denied = place.gatos(&["event", "add", "shop", "--type", "t", "--actor", "user:bob"]);
    let denied = denied.fails(
        1,
        &[
            "denied: caps missing: journal:append",
            "gatos.allow#2 (policies/gatos.rgs:",
            "gatos trust grant user:bob journal:append",
            "gatos audit show 01",
        ],
    );
    assert_eq!(denied.out, "");
    assert_eq!(place.git(&["for-each-ref", "refs/gatos/journal"]).ok(), refs, "the journal is untouched");
    // As the specification has it.
    let json = place.gatos(&["event", "add", "shop", "--type", "t", "--actor", "user:bob", "--json"]).fails(1, &[]).out;
    for (name, value) in [
        ("type", "audit.decision"),
        ("actor", "user:bob"),
        ("intent", "t"),
        ("resource", "gatos://shop"),
        ("result", "DENY"),
    ] {
        assert_eq!(field(&json, name), value);
    }
    assert_eq!(field(&json, "signer"), "user:ann", "who keeps the gate, not who was denied");
    for name in ["ulid", "rule", "explain", "policy_root", "trust_chain", "sig"] {
        field(&json, name);
    }
    let asked = place.gatos(&["policy", "check", "--intent", "t", "--resource", "gatos://shop", "--actor", "user:bob"]);
    assert!(asked.fails(1, &[]).out.contains("caps missing: journal:append"));
    place.gatos(&["trust", "grant", "user:bob", "journal:append", "--exp", "2099-01-01"]).ok();
    let added = place.gatos(&["event", "add", "shop", "--type", "t", "--actor", "user:bob", "--json"]).ok();
    let shown = place.gatos(&["event", "show", "shop", &field(&added, "ulid"), "--json"]).ok();
    assert_eq!(field(&shown, "policy_root"), place.gatos(&["policy", "show", "--json"]).field("policy_root"));
    assert!(field(&shown, "trust_chain").starts_with("sha256:"));
    place.gatos(&["policy", "check", "--intent", "t", "--resource", "gatos://shop", "--actor", "user:bob"]).ok();
    // Saying to use more than one has is forbidden, whatever else is granted.
    let more = ["event", "add", "shop", "--type", "t", "--actor", "user:bob", "--cap", "exec:run"];
    place.gatos(&more).fails(1, &["denied: caps in use but not granted: exec:run", "forbidden by gatos.deny#1"]);
    // And revoked again.
    let grants = place.gatos(&["trust", "show", "--json"]).ok();
    let ulid = grants.split("\"ulid\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    place.gatos(&["trust", "revoke", &ulid]).ok();
    place.gatos(&["event", "add", "shop", "--type", "t", "--actor", "user:bob"]).fails(1, &["denied"]);
    let verified = place.gatos(&["trust", "verify"]).ok();
    assert!(verified.contains("user:ann revoked it"), "{verified}");
}

#[test]
fn denials_are_recomputed() {
    let place = Place::ready();
    place.gatos(&["key", "new", "user:bob"]).ok();
    place.gatos(&["key", "new", "agent:echo"]).ok();
    for actor in ["user:bob", "agent:echo", "user:bob"] {
        place
            .gatos(&["event", "add", "shop", "--type", "order.paid", "--actor", actor, "--payload", r#"{"n":1.5}"#])
            .fails(1, &["denied"]);
    }
    let log = |flags: &[&str]| place.gatos(&[&["audit", "log"][..], flags].concat()).ok();
    assert_eq!(log(&["--json"]).lines().count(), 3);
    assert_eq!(log(&["--deny", "--actor", "user:bob"]).lines().count(), 2);
    assert_eq!(log(&["-n", "1"]).lines().count(), 1);
    assert_eq!(log(&["--intent", "order.*"]).lines().count(), 3);
    assert_eq!(log(&["--intent", "refund"]), "");
    let ulid = field(log(&["--json"]).lines().next().unwrap(), "ulid");
    let shown = place.gatos(&["audit", "show", &ulid]).ok();
    assert!(shown.contains("DENY (not_permitted)") && shown.contains("Whoever holds journal:append"), "{shown}");
    place.gatos(&["audit", "verify", &ulid]).ok();
    // The recorded input decides the same by hand, and differently once it is changed.
    let input = place.gatos(&["audit", "show", &ulid, "--input"]).ok();
    place.write("input.json", &input);
    place.gatos(&["policy", "explain", "--input", "input.json"]).fails(1, &[]);
    place.write("input.json", input.replace("\"granted\":[]", "\"granted\":[\"journal:append\"]"));
    place.gatos(&["policy", "explain", "--input", "input.json"]).ok();
    // A record that says something else is noticed.
    let trailer =
        place.git(&["log", "-1", "--format=%(trailers:key=Policy-Rule,valueonly)", "refs/gatos/audit/policy"]).ok();
    assert!(trailer.contains("policies/gatos.rgs:"), "{trailer}");
    place.gatos(&["audit", "show", "01JD3Z6N3W5T8M2Q4R6S8T0V2X"]).fails(2, &["no denial", "gatos audit log"]);
    place.gatos(&["audit", "verify", "nonsense"]).fails(2, &["ULID"]);
    // Under another policy the record stays what it was.
    place.write("gatos/policies/gatos.rgs", "package gatos\n\nallow := true\n");
    place.gatos(&["policy", "install"]).ok();
    place.gatos(&["audit", "verify", &ulid]).ok();
    place.gatos(&["event", "add", "shop", "--type", "t", "--actor", "user:bob"]).ok();
}

#[test]
fn policies_are_installed_by_those_who_may() {
    let place = Place::ready();
    let before = place.gatos(&["policy", "show", "--json"]).field("policy_root");
    let again = place.gatos(&["policy", "install", "--json"]).ok();
    assert_eq!((field(&again, "is_new"), field(&again, "policy_root")), ("false".into(), before.clone()));
    place.write(
        "gatos/policies/more.rgs",
        "package gatos.more\n\ndeny contains \"shut\" if input.intent in data.shut\n",
    );
    place.write("gatos/policies/data.json", r#"{"shut":["closed"]}"#);
    place.write(
        "gatos/policies/more_test.rgs",
        "package gatos.more_test\n\ntest_shut if data.gatos.more.deny with input.intent as \"closed\"\n",
    );
    let dry = place.gatos(&["policy", "install", "--dry-run"]).ok();
    assert!(dry.contains("added   policies/more.rgs") && dry.contains("would be put in force"), "{dry}");
    assert!(!dry.contains("more_test"), "tests are not published: {dry}");
    assert_eq!(place.gatos(&["policy", "show", "--json"]).field("policy_root"), before);
    place.gatos(&["test", "gatos/policies"]).ok();
    place.gatos(&["policy", "install"]).ok();
    place.gatos(&["event", "add", "shop", "--type", "closed"]).fails(1, &["denied: shut", "policies/more.rgs:3"]);
    assert_eq!(place.gatos(&["policy", "list"]).ok().lines().count(), 2);
    assert!(place.gatos(&["policy", "show", "policies/more.rgs"]).ok().contains("package gatos.more"));
    assert_eq!(place.gatos(&["policy", "show", "--root", &before[..20], "--json"]).field("policy_root"), before);
    place.gatos(&["policy", "show", "--root", "sha256:00"]).fails(2, &["was ever in force"]);
    // Errors refuse, and nothing changes.
    let refs = place.refs();
    place.write("gatos/policies/more.rgs", "package gatos.more\n\ndeny contains x\n");
    place.gatos(&["policy", "install"]).fails(2, &["more.rgs:3"]);
    place.write("gatos/policies/more.rgs", "package gatos.more\n");
    place.write("gatos/policies/data.json", "{");
    place.gatos(&["policy", "install"]).fails(2, &["data.json", "JSON"]);
    place.write("gatos/policies/data.json", "{}");
    place.gatos(&["key", "new", "user:bob"]).ok();
    let trust = place.refs();
    place
        .gatos(&["policy", "install", "--actor", "user:bob"])
        .fails(1, &["user:bob may not install", "policy:install"]);
    assert_eq!(place.refs(), trust);
    assert_ne!(refs, trust, "only the new key");
    place.gatos(&["trust", "grant", "user:bob", "policy:install"]).ok();
    place.gatos(&["policy", "install", "--actor", "user:bob"]).ok();
}

#[test]
fn of_two_installs_at_once_one_wins_or_both_follow() {
    let place = Place::ready();
    let workers: Vec<_> = (0..2)
        .map(|n| {
            place.write(&format!("p{n}/p.rgs"), format!("package gatos\n\nallow if input.n == {n}\n"));
            let mut command = place.command(&["policy", "install", "--from", &format!("p{n}")]);
            std::thread::spawn(move || Done::from(command.output().unwrap()))
        })
        .collect();
    let done: Vec<Done> = workers.into_iter().map(|worker| worker.join().unwrap()).collect();
    let won = done.iter().filter(|done| done.code == 0).count();
    assert!(won >= 1);
    for lost in done.into_iter().filter(|done| done.code != 0) {
        lost.fails(1, &["installed", "first"]);
    }
    // Whatever happened, the history is one chain and what is in force holds.
    assert_eq!(place.gatos(&["policy", "list"]).ok().lines().count(), 1 + won);
    place.gatos(&["policy", "show"]).ok();
}

#[test]
fn trust_is_changed_by_its_roots() {
    let place = Place::ready();
    let key = place.gatos(&["key", "new", "user:bob", "--json"]).field("public");
    place.gatos(&["trust", "group", "leads", "--add", "user:ann", "--add", "user:bob", "--threshold", "2"]).ok();
    let shown = place.gatos(&["trust", "show"]).ok();
    assert!(shown.contains("user:ann (root)") && shown.contains("leads  user:ann user:bob, 2 act for it"), "{shown}");
    place.gatos(&["trust", "grant", "group:leads", "api:change", "--aud", "gatos://code/**"]).ok();
    place.gatos(&["trust", "group", "leads", "--threshold", "3"]).fails(2, &["2 members"]);
    place.gatos(&["trust", "grant", "user:bob", "a b"]).fails(2, &["caps"]);
    place.gatos(&["trust", "grant", "user:bob", "x:y", "--exp", "2001-01-01"]).fails(2, &["over before it begins"]);
    place.gatos(&["trust", "grant", "user:bob", "x:y", "--exp", "soon"]).fails(2, &["2027-01-01"]);
    place.gatos(&["trust", "grant", "group:nobody", "x:y"]).fails(1, &["would not count", "no group"]);
    place.gatos(&["trust", "verify"]).ok();
    place.gatos(&["trust", "root", "user:ann", "--remove"]).fails(2, &["last root"]);
    place.gatos(&["trust", "revoke", "01JD3Z6N3W5T8M2Q4R6S8T0V2X"]).fails(2, &["there is no grant"]);
    place.gatos(&["trust", "add", "user:cleo", "ed25519:short"]).fails(2, &["public key"]);
    // A key in the place of another: what it signed stays valid, what it signs from then on is not.
    place.gatos(&["event", "add", "shop", "--type", "t"]).ok();
    let old = place.gatos(&["key", "show"]).ok();
    place.gatos(&["key", "rotate"]).ok();
    assert_ne!(place.gatos(&["key", "show"]).ok(), old);
    place.gatos(&["event", "add", "shop", "--type", "t"]).ok();
    for id in place.gatos(&["event", "log", "shop", "--json"]).ok().lines().map(|l| field(l, "ulid")) {
        place.gatos(&["event", "show", "shop", &id]).ok();
    }
    place.gatos(&["trust", "retire", "user:bob", &key]).ok();
    place.gatos(&["event", "add", "shop", "--type", "t", "--actor", "user:bob"]).fails(2, &["does not know the key"]);
    // It never comes back, and a key speaks for one actor.
    place.gatos(&["trust", "add", "user:bob", &key]).fails(2, &["retired since", "gatos key rotate"]);
    place.gatos(&["key", "new", "user:bob"]).fails(2, &["retired since"]);
    place.gatos(&["trust", "add", "user:cleo", &key]).fails(2, &["the key of user:bob"]);
    place.gatos(&["trust", "retire", "user:bob", &key, "--since", "2099-01-01"]).fails(1, &["only ever moves earlier"]);
    place.gatos(&["trust", "retire", "user:bob", &key, "--since", "2020-01-01"]).ok();
    place.gatos(&["trust", "retire", "user:ann", &key]).fails(2, &["no key of user:ann"]);
    let mirrored = std::fs::read_dir(place.path("gatos/trust/grants")).unwrap().count();
    assert_eq!(mirrored, 1, "a grant that cannot count was written");
}

#[test]
fn a_trust_graph_that_was_tampered_with_is_noticed() {
    let place = Place::ready();
    place.gatos(&["trust", "grant", "user:ann", "x:y"]).ok();
    place.git(&["config", "user.name", "Mallory"]).ok();
    place.git(&["config", "user.email", "m@example.org"]).ok();
    // Mallory makes herself a lead with plain Git.
    place.git(&["worktree", "add", "--detach", "-q", "trust", "refs/gatos/trust"]).ok();
    let graph = String::from_utf8(place.read("trust/gatos/trust/graph.json")).unwrap();
    place.write(
        "trust/gatos/trust/graph.json",
        graph.replace("\"groups\":{}", "\"groups\":{\"leads\":{\"members\":[\"user:mallory\"]}}"),
    );
    place.git(&["-C", "trust", "commit", "-qam", "trust: me"]).ok();
    let head = place.git(&["-C", "trust", "rev-parse", "HEAD"]).ok();
    place.git(&["update-ref", "refs/gatos/trust", head.trim()]).ok();
    place.gatos(&["trust", "verify"]).fails(1, &["names no actor", head.trim()]);
    // Nothing is decided by it either, and nothing is written.
    for command in [
        &["event", "add", "shop", "--type", "t"][..],
        &["trust", "grant", "user:ann", "x:z"],
        &["policy", "check", "--intent", "t", "--resource", "gatos://shop"],
        &["policy", "install"],
    ] {
        place.gatos(command).fails(1, &["refs/gatos/trust cannot be believed", "names no actor", "git fetch"]);
    }
    assert_eq!(place.git(&["for-each-ref", "refs/gatos/journal"]).ok(), "");
    // Not a graph at all.
    place.write("trust/gatos/trust/graph.json", "{\"v\":1,\"actors\":[]}");
    place.git(&["-C", "trust", "commit", "-qam", "trust: broken"]).ok();
    let head = place.git(&["-C", "trust", "rev-parse", "HEAD"]).ok();
    place.git(&["update-ref", "refs/gatos/trust", head.trim()]).ok();
    place.gatos(&["event", "add", "shop", "--type", "t"]).fails(1, &["graph.json", "actors"]);
}

#[test]
fn profiles_tell_where_settings_come_from() {
    let place = Place::ready();
    let shown = place.gatos(&["profile", "show", "--json"]).ok();
    assert!(shown.contains("\"policy.skew\":{\"value\":\"10m\",\"from\":\"profile local\"}"), "{shown}");
    place.write("gatos/config/profile.yaml", "profile: research\npolicy: {skew: 1h}\n");
    let shown = place.gatos(&["profile", "show"]).ok();
    for word in [
        "profile                research",
        "policy.skew            1h",
        "policy.decision_notes  true",
        "profile research",
    ] {
        assert!(shown.contains(word), "{word}\n{shown}");
    }
    // Research notes what was decided.
    let added = place.gatos(&["event", "add", "shop", "--type", "t", "--json"]).ok();
    let note = place.git(&["notes", "--ref", "gatos/policy", "show", &field(&added, "commit")]).ok();
    assert_eq!(field(&note, "result"), "ALLOW");
    place.write("gatos/config/profile.yaml", "profile: stric\n");
    place.gatos(&["event", "add", "shop", "--type", "t"]).fails(2, &["stric", "research"]);
    // Without a policy, a profile that asks for one lets nothing through.
    place.write("gatos/config/profile.yaml", "profile: push-gate\n");
    place.git(&["update-ref", "-d", "refs/gatos/policies/active"]).ok();
    place.gatos(&["event", "add", "shop", "--type", "t"]).fails(1, &["no policy is installed", "required"]);
    place.write("gatos/config/profile.yaml", "profile: local\n");
    place.gatos(&["event", "add", "shop", "--type", "t"]).ok();
}

#[test]
fn old_events_need_backfill() {
    let place = Place::ready();
    place.gatos(&["key", "new", "user:bob"]).ok();
    place.gatos(&["trust", "grant", "user:bob", "journal:append"]).ok();
    place.write("old.jsonl", "{\"type\":\"t\",\"ts\":1431934429,\"n\":1}\n");
    let import = ["event", "import", "past", "--jsonl", "old.jsonl", "--actor", "user:bob"];
    place
        .gatos(&import)
        .fails(1, &["behind the gate's clock", "gatos trust grant user:bob journal:backfill", "line 1 of old.jsonl"]);
    place.gatos(&["trust", "grant", "user:bob", "journal:backfill"]).ok();
    place.gatos(&import).ok();
}
