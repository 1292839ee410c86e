//! Two people and a shared bare repository behind a push gate, served by stock Git.

mod common;

use common::{Done, Place, field};

/// Ann's repository, Bob's and the shared one, side by side.
struct Team {
    place: Place,
}

impl Team {
    /// Ann founded it and pushed; Bob has a key that the trust graph knows.
    fn new() -> Team {
        let place = Place::empty();
        place.gatos(&["init", "ann", "--actor", "user:ann"]).ok();
        place.git(&["init", "-q", "--bare", "shared.git"]).ok();
        place.gatos(&["install-hooks", "--server", "shared.git"]).ok();
        place.git(&["init", "-q", "bob"]).ok();
        let team = Team { place };
        let shared = format!("file://{}/shared.git", team.place.0.display());
        for who in ["ann", "bob"] {
            team.git(who, &["remote", "add", "shared", &shared]).ok();
            team.git(who, &["config", "user.name", who]).ok();
            team.git(who, &["config", "user.email", &format!("{who}@example.org")]).ok();
        }
        let gate = team.place.gatos(&["key", "show", "service:gate", "--repo", "shared.git"]).ok();
        team.gatos("ann", &["trust", "add", "service:gate", gate.trim()]).ok();
        team.push("ann", &["refs/gatos/*:refs/gatos/*"]).ok();
        team.fetch("bob");
        let key = team.gatos("bob", &["key", "new", "user:bob", "--json"]).field("public");
        team.gatos("ann", &["trust", "add", "user:bob", &key]).ok();
        team.share_trust();
        team
    }

    /// And may append.
    fn granted() -> Team {
        let team = Team::new();
        team.gatos("ann", &["trust", "grant", "user:bob", "journal:append"]).ok();
        team.share_trust();
        team
    }

    fn gatos(&self, who: &str, args: &[&str]) -> Done {
        self.place.gatos(&[&["-C", who][..], args].concat())
    }

    fn git(&self, who: &str, args: &[&str]) -> Done {
        self.place.git(&[&["-C", who][..], args].concat())
    }

    fn push(&self, who: &str, refs: &[&str]) -> Done {
        self.git(who, &[&["push", "shared"][..], refs].concat())
    }

    fn fetch(&self, who: &str) {
        self.git(who, &["fetch", "-q", "shared", "refs/gatos/trust:refs/gatos/trust"]).ok();
        self.git(who, &["fetch", "-q", "shared", "refs/gatos/policies/*:refs/gatos/policies/*"]).ok();
    }

    fn share_trust(&self) {
        self.push("ann", &["refs/gatos/trust"]).ok();
        self.fetch("bob");
    }

    fn add(&self, who: &str, ns: &str) -> Done {
        self.gatos(who, &["event", "add", ns, "--type", "order", "--payload", r#"{"n":1.5}"#])
    }

    fn shared_refs(&self) -> String {
        self.place.git(&["-C", "shared.git", "for-each-ref"]).ok()
    }
}

const BOB: &str = "refs/gatos/journal/shop/user/bob";

#[test]
fn a_denied_push_is_refused_and_on_record() {
    let team = Team::granted();
    team.add("bob", "shop").ok();
    team.push("bob", &[BOB]).ok();
    // Ann takes it back; Bob does not know yet.
    let grants = team.gatos("ann", &["trust", "show", "--json"]).ok();
    let ulid = grants.split("\"ulid\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    team.gatos("ann", &["trust", "revoke", &ulid]).ok();
    team.push("ann", &["refs/gatos/trust"]).ok();
    team.add("bob", "shop").ok();
    let before = team.shared_refs();
    let refused = team.push("bob", &[BOB]);
    refused.fails(
        1,
        &[
            "this push is refused",
            &format!("{BOB} (policy)"),
            "caps missing: journal:append",
            "policies/gatos.rgs:",
            "gatos trust grant user:bob journal:append",
            "git update-ref",
            "gatos audit show 01",
        ],
    );
    assert_eq!(team.shared_refs(), before, "nothing moved");
    // The next command puts the denial on record, signed by the gate.
    let log = team.place.gatos(&["audit", "log", "--json", "--repo", "shared.git"]).ok();
    assert_eq!((field(&log, "actor"), field(&log, "signer")), ("user:bob".into(), "service:gate".into()));
    team.place.gatos(&["audit", "verify", &field(&log, "ulid"), "--repo", "shared.git"]).ok();
    // So does the next push, by post-receive.
    team.push("bob", &[BOB]).fails(1, &["policy"]);
    team.add("ann", "shop").ok();
    team.push("ann", &["refs/gatos/journal/shop/user/ann"]).ok();
    let audit = team.place.git(&["-C", "shared.git", "rev-list", "--count", "refs/gatos/audit/policy"]).ok();
    assert_eq!(audit.trim(), "2");
    assert!(std::fs::read_dir(team.place.path("shared.git/gatos/spool/denials")).unwrap().next().is_none());
    // Taken back as advised, all is well again.
    let there = team.place.git(&["-C", "shared.git", "rev-parse", BOB]).ok();
    team.git("bob", &["update-ref", BOB, there.trim()]).ok();
    team.gatos("ann", &["trust", "grant", "user:bob", "journal:append"]).ok();
    team.share_trust();
    team.add("bob", "shop").ok();
    team.push("bob", &[BOB]).ok();
}

#[test]
fn good_and_bad_refs_together_are_all_refused() {
    let team = Team::granted();
    team.add("bob", "shop").ok();
    team.git("bob", &["commit", "-q", "--allow-empty", "-m", "work"]).ok();
    team.git("bob", &["update-ref", "refs/gatos/cache/index", "HEAD"]).ok();
    team.git("bob", &["update-ref", "refs/gatos/mystery/x", "HEAD"]).ok();
    team.git("bob", &["update-ref", "refs/gatos/journal/shop/user/cleo", BOB]).ok();
    let before = team.shared_refs();
    let all = [
        BOB,
        "HEAD:refs/heads/main",
        "refs/gatos/cache/index",
        "refs/gatos/mystery/x",
        "refs/gatos/journal/shop/user/cleo",
        ":refs/gatos/trust",
    ];
    let refused = team.push("bob", &all).fails(
        1,
        &[
            "4 refs are not as they should be",
            "refs/gatos/cache/index (cache)",
            "refs/gatos/mystery/x (name)",
            "refs/gatos/journal/shop/user/cleo (actor)",
            "refs/gatos/trust (delete)",
        ],
    );
    assert!(!refused.err.contains(&format!("remote: {BOB} (")), "the good one is not blamed: {}", refused.err);
    assert_eq!(team.shared_refs(), before);
    // Without them, what is good passes, and so does what is none of the gate's business.
    team.push("bob", &[BOB, "HEAD:refs/heads/main", "HEAD:refs/tags/v1"]).ok();
    team.push("bob", &["--force", "HEAD~0:refs/heads/other", ":refs/heads/main"]).ok();
}

#[test]
fn history_is_not_rewritten() {
    let team = Team::granted();
    for _ in 0..3 {
        team.add("bob", "shop").ok();
    }
    team.push("bob", &[BOB]).ok();
    let back = format!("+{BOB}~2:{BOB}");
    team.push("bob", &[&back]).fails(1, &["(fast-forward)", "rewritten"]);
    // Neither is the history of policies.
    team.place.write("ann/gatos/policies/gatos.rgs", "package gatos\n\nallow := true\n");
    team.gatos("ann", &["policy", "install"]).ok();
    team.push("ann", &["refs/gatos/policies/*"]).ok();
    team.push("ann", &["+refs/gatos/policies/active~1:refs/gatos/policies/active"])
        .fails(1, &["(policy-history)", "only grows"]);
    team.git("ann", &["commit", "-q", "--allow-empty", "-m", "mine"]).ok();
    team.push("ann", &["+HEAD:refs/gatos/policies/active"]).fails(1, &["refs/gatos/policies/active"]);
    team.push("ann", &["+HEAD:refs/gatos/trust"]).fails(1, &["refs/gatos/trust"]);
    team.push("ann", &["+HEAD:refs/gatos/audit/policy"]).fails(1, &["(audit)"]);
    team.push("ann", &["+HEAD:refs/gatos/state/shop"]).fails(1, &["refs/gatos/state/shop"]);
    // A bundle's name is its content.
    team.push("ann", &[&format!("refs/gatos/policies/active:refs/gatos/policies/{}", "0".repeat(64))])
        .fails(1, &["(bundle)"]);
}

#[test]
fn nobody_brings_a_policy_or_roots_of_their_own() {
    let team = Team::granted();
    // Bob makes a world of his own, in which he may do anything.
    for name in ["refs/gatos/trust", "refs/gatos/policies/active"] {
        team.git("bob", &["update-ref", "-d", name]).ok();
    }
    team.gatos("bob", &["init", "--actor", "user:bob"]).ok();
    team.add("bob", "shop").ok();
    team.push("bob", &[BOB]).fails(1, &["(trust-chain)"]);
    team.push("bob", &[BOB, "+refs/gatos/trust", "+refs/gatos/policies/active"])
        .fails(1, &["refs/gatos/trust (trust)", "refs/gatos/policies/active (policy-history)"]);
    // A policy that was never in force here.
    let fresh = Team::granted();
    fresh.place.write("ann/gatos/policies/gatos.rgs", "package gatos\n\nallow := true\n");
    fresh.gatos("ann", &["policy", "install"]).ok();
    fresh.add("ann", "shop").ok();
    fresh.push("ann", &["refs/gatos/journal/shop/user/ann"]).fails(1, &["(policy-root)", "never in force here"]);
    // Together with it, all is well: what a push changes is judged before what it brings.
    fresh.push("ann", &["refs/gatos/journal/shop/user/ann", "refs/gatos/policies/*"]).ok();
    // Bob may not install.
    fresh.fetch("bob");
    fresh.place.write("p/p.rgs", "package gatos\n\nallow if input.actor == \"user:bob\"\n");
    fresh.gatos("bob", &["policy", "install", "--from", "../p"]).fails(1, &["may not install"]);
}

#[test]
fn events_must_be_signed_in_time_and_in_order() {
    let team = Team::granted();
    team.place.write("bob/old.jsonl", "{\"type\":\"t\",\"ts\":1431934429,\"n\":1}\n");
    // Ann lets Bob backfill, Bob does, and the gate asks its own clock.
    team.gatos("ann", &["trust", "grant", "user:bob", "journal:backfill"]).ok();
    team.share_trust();
    team.gatos("bob", &["event", "import", "past", "--jsonl", "old.jsonl"]).ok();
    team.push("bob", &["refs/gatos/journal/past/user/bob"]).ok();
    // A changed event, carefully made: the signature is what is left to notice.
    team.add("bob", "shop").ok();
    let event = team.git("bob", &["rev-parse", &format!("{BOB}:event.cbor")]).ok();
    let dump = std::process::Command::new("git")
        .args(["-C", "bob", "cat-file", "blob", event.trim()])
        .current_dir(&team.place.0)
        .output()
        .unwrap();
    let mut bytes = dump.stdout;
    let at = bytes.windows(5).rposition(|w| w == b"order").unwrap();
    bytes[at] = b'0';
    team.place.write("bob/event.cbor", &bytes);
    let blob = team.git("bob", &["hash-object", "-w", "event.cbor"]).ok();
    let message = team.git("bob", &["log", "-1", "--format=%B", BOB]).ok();
    let cid = message.lines().find_map(|l| l.strip_prefix("Event-CID: ")).unwrap();
    let message = message.replace(cid, &gatos_canon::Cid::of(&bytes).to_string()).replacen("order", "0rder", 1);
    let date = team.git("bob", &["log", "-1", "--format=%at +0000", BOB]).ok();
    team.place.write("bob/tree", format!("100644 blob {}\tevent.cbor\n", blob.trim()));
    let script = format!(
        "cd bob && GIT_AUTHOR_NAME=user:bob GIT_AUTHOR_EMAIL=user.bob@gatos.invalid GIT_COMMITTER_NAME=user:bob \
         GIT_COMMITTER_EMAIL=user.bob@gatos.invalid GIT_AUTHOR_DATE='{0}' GIT_COMMITTER_DATE='{0}' \
         git commit-tree $(git mktree < tree) -m \"$MESSAGE\"",
        date.trim()
    );
    let made = std::process::Command::new("sh")
        .args(["-c", &script])
        .env("MESSAGE", message.trim_end())
        .current_dir(&team.place.0)
        .output()
        .unwrap();
    let forged = String::from_utf8(made.stdout).unwrap();
    team.push("bob", &[&format!("{}:{BOB}", forged.trim())]).fails(1, &["(signature)", "fits none"]);
}

#[test]
fn checkpoints_carry_their_proof() {
    let team = Team::granted();
    team.add("ann", "shop").ok();
    team.place.write("n.lua", "function init() return { n = 0 } end\nfunction fold(s, e) s.n = s.n + 1 return s end\n");
    team.gatos("ann", &["fold", "shop", "--program", "../n.lua"]).ok();
    let state = "refs/gatos/state/shop";
    // Without its events nobody can check it.
    team.push("ann", &[state]).fails(1, &["(proof-of-fold)", "journal"]);
    team.push(
        "ann",
        &[state, "refs/gatos/journal/shop/user/ann", "refs/gatos/audit/proofs/shop", "refs/notes/gatos/state"],
    )
    .ok();
    // Bob may append, and not publish checkpoints.
    team.git("bob", &["fetch", "-q", "shared", "refs/gatos/*:refs/gatos/*"]).ok();
    team.add("bob", "shop").ok();
    team.gatos("bob", &["fold", "shop", "--program", "../n.lua"]).fails(1, &["denied", "state:checkpoint"]);
    team.gatos("ann", &["trust", "grant", "user:bob", "state:checkpoint"]).ok();
    team.share_trust();
    team.gatos("bob", &["fold", "shop", "--program", "../n.lua"]).ok();
    team.push("bob", &[BOB, state]).ok();
    // Limits that would keep the gate busy for ever.
    let unlimited = ["fold", "shop", "fast", "--program", "../n.lua", "--fuel", "unlimited"];
    team.gatos("ann", &unlimited).ok();
    team.push("ann", &["refs/gatos/state/shop.fast"]).fails(1, &["(limits)", "fuel unlimited", "--fuel"]);
    // A state that the fold does not give.
    let head = team.git("bob", &["rev-parse", state]).ok();
    team.git("bob", &["worktree", "add", "--detach", "-q", "wt", state]).ok();
    team.place.write("bob/wt/state.json", "{\"n\":99}");
    let message = team.git("bob", &["log", "-1", "--format=%B", state]).ok();
    team.git("bob", &["-C", "wt", "commit", "-qam", message.trim()]).ok();
    let forged = team.git("bob", &["-C", "wt", "rev-parse", "HEAD"]).ok();
    team.push("bob", &[&format!("{}:{state}", forged.trim())]).fails(1, &["(proof-of-fold)", "state.json"]);
    assert_eq!(team.place.git(&["-C", "shared.git", "rev-parse", state]).ok(), head);
}

#[test]
fn a_project_with_a_past_gets_a_gate() {
    let team = Team::granted();
    // Cleo was a root once and wrote; a policy that let everyone write was replaced.
    let ann = |args: &[&str]| team.gatos("ann", args);
    ann(&["key", "new", "user:cleo"]).ok();
    ann(&["trust", "root", "user:cleo"]).ok();
    ann(&["event", "add", "shop", "--type", "t", "--actor", "user:cleo"]).ok();
    ann(&["trust", "root", "user:cleo", "--remove"]).ok();
    ann(&["event", "add", "shop", "--type", "t", "--actor", "user:cleo"]).fails(1, &["denied"]);
    ann(&["key", "new", "user:dan"]).ok();
    team.place.write("ann/gatos/policies/open.rgs", "package gatos.open\n\nallow := true\n");
    ann(&["policy", "install"]).ok();
    ann(&["event", "add", "shop", "--type", "t", "--actor", "user:dan"]).ok();
    std::fs::remove_file(team.place.path("ann/gatos/policies/open.rgs")).unwrap();
    ann(&["policy", "install"]).ok();
    ann(&["event", "add", "shop", "--type", "t", "--actor", "user:dan"]).fails(1, &["denied"]);
    team.place.git(&["init", "-q", "--bare", "fresh.git"]).ok();
    team.place.gatos(&["install-hooks", "--server", "fresh.git"]).ok();
    let all = ["push", "../fresh.git", "refs/gatos/trust", "refs/gatos/policies/*", "refs/gatos/journal/*"];
    let pushed = team.git("ann", &all);
    assert!(pushed.err.contains("2 events checked"), "{}", pushed.err);
    pushed.ok();
    team.gatos("ann", &["ci", "check"]).ok();
    // At a gate that is older than they are, what is in force judges.
    team.push("ann", &["refs/gatos/trust", "refs/gatos/policies/*", "refs/gatos/journal/*"])
        .fails(1, &["refs/gatos/journal/shop/user/cleo (policy)", "refs/gatos/journal/shop/user/dan (policy)"]);
}

#[test]
fn grants_that_cannot_count_stay_outside() {
    let team = Team::granted();
    let before = team.git("bob", &["rev-parse", "refs/gatos/trust"]).ok();
    let given = team.gatos("bob", &["trust", "grant", "agent:x", "journal:append"]);
    given.fails(1, &["would not count, so it was not written", "no root"]);
    let given = team.gatos("ann", &["trust", "grant", "group:nobody", "journal:append"]);
    given.fails(1, &["would not count", "no group"]);
    assert_eq!(team.git("bob", &["rev-parse", "refs/gatos/trust"]).ok(), before, "something was written");
}

#[test]
fn hooks_of_others_are_kept() {
    let place = Place::empty();
    place.git(&["init", "-q", "--bare", "shared.git"]).ok();
    let hook = place.write("shared.git/hooks/pre-receive", "#!/bin/sh\necho mine: $(cat | wc -l)\n");
    std::process::Command::new("chmod").args(["755"]).arg(&hook).output().unwrap();
    place
        .gatos(&["install-hooks", "--server", "shared.git"])
        .fails(2, &["there is a", "--chain", "nothing was changed"]);
    assert!(!place.path("shared.git/gatos").exists());
    place.gatos(&["install-hooks", "shared.git"]).fails(2, &["--server"]);
    place.gatos(&["install-hooks", "--server", "shared.git", "--chain"]).ok();
    place.gatos(&["install-hooks", "--server", "shared.git", "--json"]).ok();
    place.gatos(&["init", "ann", "--actor", "user:ann"]).ok();
    let pushed = place.git(&["-C", "ann", "push", "../shared.git", "refs/gatos/*:refs/gatos/*"]);
    assert!(pushed.err.contains("mine: 3"), "{}", pushed.err);
    pushed.ok();
    place.gatos(&["-C", "ann", "event", "add", "shop", "--type", "t"]).ok();
    // What the other hook refuses stays refused.
    place.write("shared.git/hooks/pre-receive.before-gatos", "#!/bin/sh\nexit 1\n");
    place.git(&["-C", "ann", "push", "../shared.git", "refs/gatos/journal/shop/user/ann"]).fails(1, &["declined"]);
}

#[test]
fn the_same_checks_run_in_ci() {
    let team = Team::granted();
    team.add("ann", "shop").ok();
    team.gatos("ann", &["ci", "check"]).ok();
    let base = team.git("ann", &["for-each-ref", "--format=%(objectname) %(refname)", "refs/gatos"]).ok();
    team.place.write("accepted.refs", base);
    team.add("ann", "shop").ok();
    let accepted = team.gatos("ann", &["ci", "check", "--base", "../accepted.refs"]).ok();
    assert!(accepted.contains("1 event checked"), "{accepted}");
    // History rewritten since then.
    team.git("ann", &["update-ref", "refs/gatos/journal/shop/user/ann", "refs/gatos/journal/shop/user/ann~1"]).ok();
    team.git("ann", &["update-ref", "refs/gatos/odd", "refs/gatos/trust"]).ok();
    let text = team.gatos("ann", &["ci", "check", "--base", "../accepted.refs"]).fails(1, &[]).out;
    assert!(text.contains("refs/gatos/odd (name)") && text.contains("refused: 1 ref"), "{text}");
    let github = team.gatos("ann", &["ci", "check", "--format", "github"]).fails(1, &[]).out;
    assert!(github.starts_with("::error title=refs/gatos/odd (name)::"), "{github}");
    let gitlab = team.gatos("ann", &["ci", "check", "--format", "gitlab"]).fails(1, &[]).out;
    assert!(
        gitlab.starts_with("[{")
            && gitlab.contains("\"check_name\":\"gatos/name\"")
            && gitlab.contains("\"fingerprint\":"),
        "{gitlab}"
    );
    let json = team.gatos("ann", &["ci", "check", "--json"]).fails(1, &[]).out;
    assert_eq!(field(&json, "accepted"), "false");
    team.gatos("ann", &["ci", "check", "--base", "nonsense"]).fails(2, &["nonsense", "refs/accepted/gatos/"]);
    team.place.write("bad.refs", "not a line\n");
    team.gatos("ann", &["ci", "check", "--base", "../bad.refs"]).fails(2, &["line 1"]);
}

#[test]
fn hooks_say_what_they_cannot_read() {
    let place = Place::ready();
    place.gatos_with(&["hook", "run", "pre-receive"], b"nonsense\n").fails(2, &["line 1", "<old> <new> <ref>"]);
    place.gatos_with(&["hook", "run", "pre-receive"], b"").ok();
    let missing = format!("{} {} refs/gatos/trust\n", "0".repeat(40), "1".repeat(40));
    place.gatos_with(&["hook", "run", "pre-receive"], missing.as_bytes()).fails(1, &["refs/gatos/trust (objects)"]);
    place.gatos(&["hook", "run", "pre-commit"]).fails(2, &["pre-receive"]);
}

#[test]
fn a_retired_key_brings_nothing_new() {
    let team = Team::granted();
    team.add("bob", "shop").ok();
    team.push("bob", &[BOB]).ok();
    let key = team.gatos("bob", &["key", "show"]).ok();
    team.gatos("ann", &["trust", "grant", "user:bob", "journal:backfill"]).ok();
    team.gatos("ann", &["trust", "retire", "user:bob", key.trim(), "--since", "2026-01-01T00:00:00Z"]).ok();
    team.push("ann", &["refs/gatos/trust"]).ok();
    // Dated back to when the key was good; the clone does not know better.
    team.place.write("bob/old.jsonl", "{\"type\":\"t\",\"ts\":1431934429,\"n\":1}\n");
    team.gatos("bob", &["trust", "show"]).ok();
    let past = "refs/gatos/journal/past/user/bob";
    team.git("bob", &["update-ref", "-d", "refs/gatos/policies/active"]).ok();
    team.gatos("bob", &["event", "import", "past", "--jsonl", "old.jsonl"]).ok();
    team.push("bob", &[past]).fails(1, &["(signature)", "retired"]);
}

#[test]
fn notes_are_commits() {
    let team = Team::granted();
    let tree = team.git("bob", &["hash-object", "-w", "-t", "blob", ".git/HEAD"]).ok();
    team.push("bob", &[&format!("{}:refs/notes/gatos/state", tree.trim())]).fails(1, &["refs/notes/gatos/state"]);
    team.push("bob", &[&format!("{}:refs/notes/gatos/policy", tree.trim())]).fails(1, &["refs/notes/gatos/policy"]);
}
