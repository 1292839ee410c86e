//! What a user does, from `init` to `verify`, and what they may rely on between.

mod common;

use common::{Place, corpus, example, field};

const AUTHORS: &str = include_str!("../../../examples/folds/authors.lua");

#[test]
fn the_first_session() {
    let place = Place::empty();
    place.gatos(&["init"]).ok();
    place.write("gatos/folds/authors.lua", AUTHORS);
    place.write("events.jsonl", corpus(0, 300));
    place.gatos(&["event", "import", "commits", "--jsonl", "events.jsonl"]).ok();
    place.gatos(&["lint", "gatos/folds"]).ok();
    let facts = place.gatos(&["foldc", "gatos/folds/authors.lua", "-o", "authors.elc"]).ok();
    assert!(facts.contains("sha256:") && facts.contains("echo@"), "{facts}");
    place.gatos(&["fold", "commits", "--program", "authors.elc"]).ok();
    let state = place.gatos(&["state", "show", "commits"]).ok();
    place.gatos(&["fold", "verify", "refs/gatos/state/commits"]).ok();
    let log = place.git(&["log", "-1", "refs/gatos/state/commits"]).ok();
    for trailer in [
        "State-Root: blake3:",
        "Ledger-Head: bafyr",
        "Inputs-Root: blake3:",
        "Policy-Root: sha256:",
        "Policy-Code-Root: sha256:",
        "Fold-Engine: echo@",
        "Fold-Root: sha256:",
        "Fold-Version:",
        "Fold-Math:",
        "Fold-RNG:",
    ] {
        assert!(log.contains(trailer), "{trailer}\n{log}");
    }
    let root = gatos_canon::blake3(state.as_bytes()).to_string();
    assert!(log.contains(&root));
    assert_eq!(place.git(&["notes", "--ref", "gatos/state", "show", "refs/gatos/state/commits"]).ok().trim(), root);
    place.gatos(&["verify", &root]).ok();
    let proof = place.gatos(&["prove", &root]).ok();
    assert_eq!(field(&proof, "state_root"), root);
    let run = place.gatos(&["run", "gatos/folds/authors.lua", "--events", "events.jsonl"]);
    assert!(run.err.contains(&root), "{}", run.err);
    assert_eq!(run.ok(), state);
    // Git finds the same tool as its subcommand.
    let bin = std::path::Path::new(env!("CARGO_BIN_EXE_git-gatos")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let shown = std::process::Command::new("git")
        .args(["gatos", "state", "show", "commits"])
        .current_dir(&place.0)
        .env("PATH", path)
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&shown.stdout), state);
    assert_eq!(place.git(&["fsck", "--strict"]).code, 0);
}

#[test]
fn init_again_changes_nothing() {
    let place = Place::ready();
    place.write("gatos/config/profile.yaml", "profile: local\n");
    place.write("gatos/folds/count.lua", "-- mine\n");
    let refs = place.refs();
    place.gatos(&["init"]).ok();
    assert_eq!(place.refs(), refs);
    assert_eq!(place.read("gatos/config/profile.yaml"), b"profile: local\n");
    assert_eq!(place.read("gatos/folds/count.lua"), b"-- mine\n");
    assert_eq!(place.gatos(&["key", "list", "--json"]).ok().lines().count(), 1);
}

#[test]
fn the_starter_fold_is_clean_and_works() {
    let place = Place::with_events(20);
    place.gatos(&["lint", "gatos/folds"]).ok();
    place.gatos(&["fold", "commits", "--program", "gatos/folds/count.lua"]).ok();
    assert!(place.gatos(&["state", "show", "commits"]).ok().contains("\"events\":20"));
}

#[test]
fn events_are_added_shown_and_listed() {
    let place = Place::ready();
    let add = |n: u32| {
        place.gatos(&["event", "add", "shop", "--type", "order", "--payload", &format!("{{\"n\":{n}}}"), "--json"]).ok()
    };
    let (first, second) = (add(1), add(2));
    place.gatos_with(&["event", "add", "shop", "--type", "note", "--payload", "-"], b"\"by pipe\"").ok();
    place.write("body.json", r#"{"type":"order.paid","payload":{"n":3},"labels":["x"],"ts":12.5}"#);
    place.gatos(&["event", "add", "shop", "--json", "body.json"]).ok();
    assert_eq!((field(&first, "seq"), field(&second, "seq")), ("0".into(), "1".into()));
    for id in ["ulid", "cid"] {
        let shown = place.gatos(&["event", "show", "shop", &field(&first, id), "--json"]).ok();
        assert_eq!(field(&shown, "payload"), r#"{"n":1}"#);
        assert_eq!(field(&shown, "actor"), "user:ann");
    }
    let types = |args: &[&str]| -> Vec<String> {
        let mut all = vec!["event", "log", "shop", "--json"];
        all.extend(args);
        place.gatos(&all).ok().lines().map(|line| field(line, "type")).collect()
    };
    assert_eq!(types(&[]), ["order.paid", "note", "order", "order"]);
    assert_eq!(types(&["--reverse", "--limit", "3"]), ["order", "order", "note"]);
    assert_eq!(types(&["--type", "order*", "-n", "2"]), ["order.paid", "order"]);
    assert_eq!(types(&["--until", "2020-01-01"]), [""; 0]);
    assert_eq!(types(&["--actor", "user:bob"]), [""; 0]);
}

#[test]
fn an_import_that_was_cut_short_goes_on() {
    let whole = Place::with_events(120);
    let place = Place::empty();
    place.git(&["init", "-q"]).ok();
    // The same key, trust and policy, so that the same events are the same commits.
    let from = whole.0.display().to_string();
    place.git(&["fetch", "-q", &from, "refs/gatos/trust:refs/gatos/trust"]).ok();
    place.git(&["fetch", "-q", &from, "refs/gatos/policies/*:refs/gatos/policies/*"]).ok();
    place.write(".git/gatos/keys/user.ann", whole.read(".git/gatos/keys/user.ann"));
    std::process::Command::new("chmod")
        .args(["600", ".git/gatos/keys/user.ann"])
        .current_dir(&place.0)
        .output()
        .unwrap();
    place.write("part.jsonl", corpus(0, 50));
    place.write("whole.jsonl", corpus(0, 120));
    place.gatos(&["event", "import", "commits", "--jsonl", "part.jsonl"]).ok();
    let facts = place.gatos(&["event", "import", "commits", "--jsonl", "whole.jsonl", "--json"]).ok();
    assert_eq!((field(&facts, "skipped"), field(&facts, "added")), ("50".into(), "70".into()));
    let head = |p: &Place| p.git(&["rev-parse", "refs/gatos/journal/commits/user/ann"]).ok();
    assert_eq!(head(&place), head(&whole));
}

#[test]
fn prefix_then_rest_equals_whole() {
    let place = Place::ready();
    for (fold, n) in [("churn", 1), ("sliding", 2), ("live_paths", 3)] {
        let ns = format!("ns{n}");
        let program = example(&format!("{fold}.lua"));
        place.write("a.jsonl", corpus(0, 60));
        place.write("b.jsonl", corpus(0, 200));
        place.gatos(&["event", "import", &ns, "--jsonl", "a.jsonl"]).ok();
        place.gatos(&["fold", &ns, "--program", &program]).ok();
        place.gatos(&["event", "import", &ns, "--jsonl", "b.jsonl"]).ok();
        let step = place.gatos(&["fold", &ns, "--program", &program, "--json"]).ok();
        assert_eq!(field(&step, "new_events"), "140", "it goes on from the first checkpoint");
        let whole = place.gatos(&["fold", &ns, "whole", "--program", &program, "--json"]).ok();
        assert_eq!(field(&whole, "new_events"), "200");
        for fact in ["state_root", "inputs_root", "fuel", "fuel_max", "memory_max", "events"] {
            assert_eq!(field(&step, fact), field(&whole, fact), "{fold}: {fact}");
        }
        place.gatos(&["fold", "verify", &ns]).ok();
        // Nothing new: the same checkpoint, no further commit.
        let again = place.gatos(&["fold", &ns, "--program", &program, "--json"]).ok();
        assert_eq!(field(&again, "is_new"), "false");
        assert_eq!(field(&again, "commit"), field(&step, "commit"));
    }
}

#[test]
fn a_late_event_sorts_before_the_last() {
    let place = Place::with_events(40);
    let program = example("lww.lua");
    place.gatos(&["key", "new", "user:bob"]).ok();
    // What is older than the grant itself takes one to write about the past.
    place.gatos(&["trust", "grant", "user:bob", "journal:append", "journal:backfill"]).ok();
    place.gatos(&["fold", "commits", "--program", &program]).ok();
    // Bob's events are older than Ann's newest: they come in between.
    place.write("late.jsonl", r#"{"type":"repo.commit","ts":1431934429,"id":"late","files":[{"path":"lib/http2.c","added":1,"deleted":0,"st":"M"}]}"#);
    place.gatos(&["event", "import", "commits", "--jsonl", "late.jsonl", "--actor", "user:bob"]).ok();
    let step = place.gatos(&["fold", "commits", "--program", &program, "--json"]).ok();
    assert_eq!(field(&step, "new_events"), "41", "the checkpoint could not be gone on from");
    let whole = place.gatos(&["fold", "commits", "whole", "--program", &program, "--json"]).ok();
    assert_eq!(field(&step, "state_root"), field(&whole, "state_root"));
    // A later one goes on from the checkpoint that holds the late one.
    place
        .gatos(&[
            "event",
            "add",
            "commits",
            "--type",
            "repo.commit",
            "--payload",
            r#"{"id":"new","files":[]}"#,
            "--actor",
            "user:bob",
        ])
        .ok();
    let next = place.gatos(&["fold", "commits", "--program", &program, "--json"]).ok();
    assert_eq!((field(&next, "new_events"), field(&next, "resumed_from")), ("1".into(), field(&step, "commit")));
    place.gatos(&["fold", "verify", "commits"]).ok();
    place.gatos(&["fold", "verify", "refs/gatos/state/commits~1"]).ok();
    assert_eq!(
        place.gatos(&["prove", "commits~1"]).field("state_root"),
        gatos_canon::blake3(place.gatos(&["state", "show", "commits", "--at", "~1"]).ok().as_bytes()).to_string()
    );
}

#[test]
fn a_clone_verifies_and_goes_on_with_a_key_of_its_own() {
    let place = Place::with_events(30);
    place.gatos(&["fold", "commits", "--program", &example("authors.lua")]).ok();
    place.git(&["clone", "-q", ".", "clone"]).ok();
    let fetch =
        ["-C", "clone", "fetch", "-q", "origin", "refs/gatos/*:refs/gatos/*", "refs/notes/gatos/*:refs/notes/gatos/*"];
    place.git(&fetch).ok();
    let gatos = |args: &[&str]| {
        let mut all = vec!["-C", "clone"];
        all.extend(args);
        place.gatos(&all)
    };
    gatos(&["fold", "verify", "commits"]).ok();
    gatos(&["event", "add", "commits", "--type", "t", "--payload", "1"]).fails(2, &["gatos key new"]);
    // A clone has an owner already: a newcomer asks.
    let asked = gatos(&["init", "--actor", "user:cleo"]);
    assert!(asked.err.contains("gatos trust add user:cleo ed25519:"), "{}", asked.err);
    let key = gatos(&["key", "show"]).ok();
    place.gatos(&["trust", "add", "user:cleo", key.trim()]).ok();
    place.gatos(&["trust", "grant", "user:cleo", "journal:append", "state:checkpoint"]).ok();
    place.git(&["-C", "clone", "fetch", "-q", "origin", "refs/gatos/trust:refs/gatos/trust"]).ok();
    gatos(&["event", "add", "commits", "--type", "t", "--payload", r#"{"author":"x"}"#]).ok();
    let step = gatos(&["fold", "commits", "--program", &example("authors.lua"), "--json"]).ok();
    assert_eq!(field(&step, "new_events"), "1", "Ann's checkpoint is gone on from");
    gatos(&["fold", "verify", "commits"]).ok();
    // And back: what Cleo did is a fast-forward for Ann.
    place.git(&["fetch", "-q", "clone", "refs/gatos/*:refs/gatos/*"]).ok();
    place.gatos(&["fold", "verify", "commits"]).ok();
}

#[test]
fn limits_are_recorded_and_come_from_flags_or_the_profile() {
    let place = Place::with_events(10);
    let program = example("authors.lua");
    place.write("gatos/config/profile.yaml", "limits: {fuel: 123456, memory: unlimited}\n");
    place.gatos(&["fold", "commits", "--program", &program, "--depth", "99"]).ok();
    let proof = place.gatos(&["prove", "commits"]).ok();
    assert_eq!(field(&proof, "limits"), r#"{"depth":99,"fuel":123456}"#);
    // Other limits are another fold: nothing is resumed.
    let facts = place.gatos(&["fold", "commits", "--program", &program, "--json"]).ok();
    assert_eq!(field(&facts, "new_events"), "10");
}

#[test]
fn artifacts_are_files_of_the_checkpoint() {
    let place = Place::with_events(30);
    place.gatos(&["fold", "commits", "--program", &example("live_paths.lua"), "--out", "out/"]).ok();
    let shown = place.gatos(&["state", "show", "commits", "--artifact", "paths.json"]).ok();
    assert_eq!(place.read("out/paths.json"), shown.as_bytes());
    assert_eq!(place.git(&["show", "refs/gatos/state/commits:paths.json"]).ok(), shown);
}

#[test]
fn scripts_run_and_their_functions_can_be_called() {
    let place = Place::empty();
    place.write("s.lua", "function area(a, b) return { a * b, 0.5 } end\nprint('hello')\nreturn 1, 'two', 3.0, nil\n");
    let done = place.gatos(&["run", "s.lua"]);
    assert!(done.err.contains("hello"));
    assert_eq!(done.ok().lines().take(3).collect::<Vec<_>>(), ["1", "\"two\"", "3.0"]);
    assert_eq!(place.gatos(&["run", "s.lua", "--call", "area", "--args", "[3, 4]"]).ok(), "[12,0.5]\n");
    let stats = place.gatos(&["run", "s.lua", "--stats", "--fuel", "unlimited", "--memory", "unlimited"]);
    let line = stats.err.lines().last().unwrap().to_owned();
    for name in ["fuel", "cpu_ms", "peak_bytes"] {
        field(&line, name);
    }
    place.write("e.lua", "local t = { x = 1 }\nerror('no good ' .. t.x)\n");
    place.gatos(&["run", "e.lua"]).fails(1, &["no good 1", "e.lua:2"]);
}

#[test]
fn reformatting_leaves_the_root_alone() {
    let place = Place::empty();
    place.write("a.lua", AUTHORS);
    place.write(
        "b.lua",
        AUTHORS.replace("author ", "writer ").replace("[author]", "[writer]").replace("  ", "\t").replace("--", "---"),
    );
    let root = |file: &str| place.gatos(&["foldc", file, "--json"]).field("fold_root");
    assert_eq!(root("a.lua"), root("b.lua"));
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let place = Place::with_events(300);
    let script = format!("set -o pipefail; {} event log commits | head -1", env!("CARGO_BIN_EXE_gatos"));
    let done = std::process::Command::new("bash").args(["-c", &script]).current_dir(&place.0).output().unwrap();
    assert!(done.status.success() && done.stderr.is_empty(), "{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(String::from_utf8_lossy(&done.stdout).lines().count(), 1);
}

#[test]
fn tools_of_the_toolchain_answer() {
    let place = Place::empty();
    place.write("a.lua", AUTHORS);
    place.gatos(&["foldc", "a.lua", "-o", "a.elc"]).ok();
    let (from_elc, from_lua) = (place.gatos(&["disasm", "a.elc"]).ok(), place.gatos(&["disasm", "a.lua"]).ok());
    assert_eq!(from_elc, from_lua);
    assert!(place.gatos(&["explain", "e0107"]).ok().contains("E0107"));
    assert!(place.gatos(&["--version"]).ok().contains("echo@"));
    assert!(place.gatos(&["completions", "bash"]).ok().contains("_gatos"));
    place.write("bad.lua", "for k, v in pairs({}) do print(k, v) end\n");
    let lint = place.gatos(&["lint", "bad.lua", "--format", "json"]).fails(1, &[]);
    assert!(lint.out.contains("\"E01"), "{}", lint.out);
    place.gatos(&["foldc", "bad.lua", "-o", "bad.elc"]).fails(2, &["pairs", "dpairs", "gatos explain"]);
    assert!(!place.path("bad.elc").exists());
}

#[test]
fn lint_levels_come_from_the_project() {
    let place = Place::ready();
    place.write("gatos/folds/f.lua", "local unused = 1\nfunction fold(state, _event) return state end\n");
    let warned = place.gatos(&["lint", "gatos/folds/f.lua"]).fails(1, &["1 warning"]);
    assert!(warned.out.contains("W0501"), "{}", warned.out);
    place.write("gatos/config/lint.toml", "[rules]\nunused-local = \"allow\"\n");
    place.gatos(&["lint", "gatos/folds/f.lua"]).ok();
    place.write("gatos/config/lint.toml", "[rules]\nunused-locale = \"allow\"\n");
    place.gatos(&["lint", "gatos/folds/f.lua"]).fails(2, &["unused-locale", "unused-local"]);
}

#[test]
fn an_import_that_is_killed_leaves_a_whole_repository() {
    use std::io::Write;
    let place = Place::ready();
    let mut child = place
        .command(&["event", "import", "commits", "--jsonl", "-"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    // More than one batch goes in, the file does not end, and then the process dies.
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(corpus(0, 6000).as_bytes()).unwrap();
    stdin.flush().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(place.git(&["fsck", "--strict", "--no-dangling"]).code, 0);
    place.write("all.jsonl", corpus(0, 6000));
    let facts = place.gatos(&["event", "import", "commits", "--jsonl", "all.jsonl", "--json"]).ok();
    let (added, skipped): (u32, u32) =
        (field(&facts, "added").parse().unwrap(), field(&facts, "skipped").parse().unwrap());
    assert_eq!(added + skipped, 6000);
}

#[test]
fn writers_at_the_same_time_lose_nothing() {
    let place = Place::ready();
    let workers: Vec<_> = (0..4)
        .map(|n| {
            let payload = n.to_string();
            let mut command = place.command(&["event", "add", "shop", "--type", "t", "--payload", &payload]);
            std::thread::spawn(move || command.output().unwrap().status.success())
        })
        .collect();
    for worker in workers {
        assert!(worker.join().unwrap());
    }
    assert_eq!(place.gatos(&["event", "log", "shop"]).ok().lines().count(), 4);
}

#[test]
fn the_demo_notices_what_it_changed() {
    let place = Place::empty();
    let out = place.gatos(&["demo"]).ok();
    for words in ["20 000 events", "holds", "exit 1", "signature fits none", "one changed byte was caught"] {
        assert!(out.contains(words), "{words}\n{out}");
    }
}
