//! What people get wrong at first: nothing of theirs is lost, and what they are told is right.

mod common;

use std::process::Stdio;

use common::Place;

const SHUT: &str = "package gatos.more\n\ndeny contains \"shut\\n01FORGED 2026 DENY user:eve\" if input.intent == \"closed\"\n";

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
