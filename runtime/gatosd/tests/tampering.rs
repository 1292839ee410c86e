//! History and checkpoints that were changed behind GATOS's back, with plain Git: each change is
//! found, and the first thing that differs is named.

mod common;

use common::{Place, example};

const JOURNAL: &str = "refs/gatos/journal/commits/user/ann";
const STATE: &str = "refs/gatos/state/commits";

fn folded() -> Place {
    let place = Place::with_events(8);
    place.git(&["config", "user.name", "Mallory"]).ok();
    place.git(&["config", "user.email", "m@example.org"]).ok();
    place.gatos(&["fold", "commits", "--program", &example("authors.lua")]).ok();
    place.gatos(&["fold", "verify", STATE]).ok();
    place
}

fn id(place: &Place, rev: &str) -> String {
    place.git(&["rev-parse", rev]).ok().trim().to_owned()
}

/// A commit like another one, with one file replaced and other parents.
fn remake(place: &Place, rev: &str, parents: &[&str], file: &str, content: &[u8], message: Option<&str>) -> String {
    place.write("content", content);
    let blob = place.git(&["hash-object", "-w", "content"]).ok();
    let tree: String = place
        .git(&["ls-tree", rev])
        .ok()
        .lines()
        .map(|line| match line.ends_with(&format!("\t{file}")) {
            true => format!("100644 blob {}\t{file}\n", blob.trim()),
            false => format!("{line}\n"),
        })
        .collect();
    place.write("tree", tree);
    let made =
        std::process::Command::new("sh").args(["-c", "git mktree < tree"]).current_dir(&place.0).output().unwrap();
    let tree = String::from_utf8(made.stdout).unwrap();
    let message = message.map_or_else(|| place.git(&["log", "-1", "--format=%B", rev]).ok(), str::to_owned);
    let date = place.git(&["log", "-1", "--format=%at +0000", rev]).ok();
    let mut command = std::process::Command::new("git");
    command.args(["commit-tree", tree.trim(), "-m", message.trim_end()]);
    for parent in parents {
        command.args(["-p", parent]);
    }
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "user:ann").env(format!("GIT_{who}_EMAIL"), "user.ann@gatos.invalid");
        command.env(format!("GIT_{who}_DATE"), date.trim());
    }
    let done = command.current_dir(&place.0).output().unwrap();
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}

fn file(place: &Place, rev: &str, path: &str) -> Vec<u8> {
    let out = std::process::Command::new("git")
        .args(["cat-file", "blob", &format!("{rev}:{path}")])
        .current_dir(&place.0)
        .output()
        .unwrap();
    out.stdout
}

fn flipped(mut bytes: Vec<u8>, needle: &[u8]) -> Vec<u8> {
    let at = bytes.windows(needle.len()).rposition(|w| w == needle).unwrap() + needle.len() - 1;
    bytes[at] ^= 1;
    bytes
}

#[test]
fn a_changed_event_is_named() {
    let place = folded();
    let event = flipped(file(&place, JOURNAL, "event.cbor"), b"repo.commit");
    let parent = id(&place, &format!("{JOURNAL}~1"));
    let forged = remake(&place, JOURNAL, &[&parent], "event.cbor", &event, None);
    place.git(&["update-ref", JOURNAL, &forged]).ok();
    place.gatos(&["fold", "verify", STATE]).fails(1, &["event differs", &forged, "hashes to", "rewritten"]);
    place.gatos(&["fold", "commits", "again", "--program", &example("authors.lua")]).fails(1, &[&forged, "hashes to"]);
    // With the hash corrected in the commit, the signature is what is left.
    let cid = gatos_canon::Cid::of(&event).to_string();
    let message = place.git(&["log", "-1", "--format=%B", JOURNAL]).ok();
    let old = message.lines().find_map(|l| l.strip_prefix("Event-CID: ")).unwrap().to_owned();
    let forged = remake(&place, &forged.clone(), &[&parent], "event.cbor", &event, Some(&message.replace(&old, &cid)));
    place.git(&["update-ref", JOURNAL, &forged]).ok();
    assert_eq!(place.git(&["fsck", "--strict", "--no-dangling"]).code, 0, "Git is content");
    place.gatos(&["fold", "verify", STATE]).fails(1, &["event differs", &forged, "signature"]);
    place.gatos(&["fold", "commits", "again", "--program", &example("authors.lua")]).fails(1, &[&forged, "signature"]);
}

#[test]
fn a_merge_a_foreign_commit_and_a_gap_are_named() {
    let place = folded();
    let (head, parent) = (id(&place, JOURNAL), id(&place, &format!("{JOURNAL}~1")));
    let event = file(&place, JOURNAL, "event.cbor");
    let merge = remake(&place, JOURNAL, &[&parent, &head], "event.cbor", &event, None);
    place.git(&["update-ref", JOURNAL, &merge]).ok();
    place.gatos(&["event", "log", "commits"]).fails(1, &["2 parents", &merge]);
    place.gatos(&["fold", "verify", STATE]).fails(1, &["2 parents"]);
    // A commit somebody made by hand.
    let foreign = remake(&place, JOURNAL, &[&head], "event.cbor", b"not an event", Some("fix typo"));
    place.git(&["update-ref", JOURNAL, &foreign]).ok();
    place.gatos(&["event", "log", "commits"]).fails(1, &["not a commit that GATOS made", &foreign]);
    place.gatos(&["event", "add", "commits", "--type", "t", "--payload", "1"]).fails(1, &[&foreign]);
    // An event left out.
    let grandparent = id(&place, &format!("{head}~2"));
    let gap = remake(&place, &head, &[&grandparent], "event.cbor", &event, None);
    place.git(&["update-ref", JOURNAL, &gap]).ok();
    place
        .gatos(&["fold", "commits", "again", "--program", &example("authors.lua")])
        .fails(1, &["seq 7 stands where seq 6 must"]);
    // The end cut off: what is left is sound, and not what the checkpoint was made from.
    place.git(&["update-ref", JOURNAL, &parent]).ok();
    place.gatos(&["fold", "verify", STATE]).fails(1, &["no longer holds", &head]);
    // Put back, all is well.
    place.git(&["update-ref", JOURNAL, &head]).ok();
    place.gatos(&["fold", "verify", STATE]).ok();
}

#[test]
fn a_changed_checkpoint_is_named() {
    let place = folded();
    let good = id(&place, STATE);
    let tamper = |path: &str, content: &[u8], message: Option<&str>, words: &[&str]| {
        let forged = remake(&place, &good, &[], path, content, message);
        place.git(&["update-ref", STATE, &forged]).ok();
        place.gatos(&["fold", "verify", STATE]).fails(1, words);
        place.git(&["update-ref", STATE, &good]).ok();
    };
    let state = String::from_utf8(file(&place, STATE, "state.json")).unwrap();
    let changed = state.replacen(":1", ":7", 1);
    assert_ne!(state, changed);
    tamper("state.json", changed.as_bytes(), None, &["state_root differs", "recorded 7, recomputed 1"]);
    tamper("state.json", b"garbage", None, &["state_root differs", "not JSON"]);
    tamper("pof.cbor", &flipped(file(&place, STATE, "pof.cbor"), b"blake3:"), None, &["pof", "proof"].map(|_| "proof"));
    tamper("pof.sig", b"ed25519:AAAA\n", None, &["sig"]);
    tamper("program.elc", b"garbage", None, &["fold_root differs"]);
    tamper("inputs.json", b"{}", None, &["inputs_root differs"]);
    let message = place.git(&["log", "-1", "--format=%B", STATE]).ok();
    tamper(
        "state.json",
        state.as_bytes(),
        Some(&message.replace("Fold-Root: sha256:", "Fold-Root: sha256:0").replacen("0", "", 0)),
        &["Fold-Root"],
    );
    tamper("state.json", state.as_bytes(), Some("no trailers"), &["not a checkpoint"]);
    place.git(&["notes", "--ref", "gatos/state", "add", "-f", "-m", "blake3:00", STATE]).ok();
    // Anyone may write a note: it is told, and is no evidence against what is signed.
    let passed = place.gatos(&["fold", "verify", STATE]);
    assert!(passed.err.contains("notes are unsigned"), "{}", passed.err);
    passed.ok();
}

#[test]
fn a_fold_mends_a_checkpoint_that_was_changed() {
    let place = folded();
    let good = id(&place, STATE);
    let message = place.git(&["log", "-1", "--format=%B", STATE]).ok();
    let root = gatos_canon::blake3(b"other").to_string();
    let old = message.lines().find_map(|line| line.strip_prefix("State-Root: ")).unwrap().to_owned();
    let other_root = message.replace(&old, &root);
    let changes: [(&str, &[u8], Option<&str>, &str); 6] = [
        ("state.json", b"{}", None, "state.json hashes to"),
        ("program.elc", b"garbage", None, "program.elc hashes to"),
        ("inputs.json", b"{}", None, "inputs.json hashes to"),
        ("pof.cbor", b"garbage", None, "proof"),
        ("pof.sig", b"ed25519:AAAA\n", None, "sig"),
        ("", b"", Some(&other_root), "trailer `State-Root`"),
    ];
    for (path, content, message, words) in changes {
        let forged = remake(&place, &good, &[], path, content, message);
        place.git(&["update-ref", STATE, &forged]).ok();
        let done = place.gatos(&["fold", "commits", "--program", &example("authors.lua"), "--json"]);
        assert!(done.err.contains("warning") && done.err.contains(words) && done.err.contains(&forged), "{}", done.err);
        let facts = done.ok();
        // It was neither believed nor left at the end of the ref.
        assert_eq!((common::field(&facts, "new_events"), common::field(&facts, "is_new")), ("8".into(), "true".into()));
        place.gatos(&["fold", "verify", STATE]).ok();
        place.gatos(&["fold", "verify", &format!("{STATE}~1")]).fails(1, &[]);
        place.git(&["update-ref", STATE, &good]).ok();
    }
    // A sound one is not written again, and nothing is said of it.
    let done = place.gatos(&["fold", "commits", "--program", &example("authors.lua"), "--json"]);
    assert_eq!((done.err.as_str(), common::field(&done.out, "is_new").as_str()), ("", "false"));
}

#[test]
fn a_changed_artifact_is_neither_shown_nor_kept() {
    let place = Place::with_events(3);
    place.git(&["config", "user.name", "Mallory"]).ok();
    place.git(&["config", "user.email", "m@example.org"]).ok();
    let program = "return {\n  init = function() return { n = 0 } end,\n  fold = function(s) s.n = s.n + 1 return s end,\n  emit = function(s) return { [\"n.json\"] = s.n } end,\n}\n";
    place.write("n.lua", program);
    place.gatos(&["fold", "commits", "--program", "n.lua"]).ok();
    assert_eq!(place.gatos(&["state", "show", "commits", "--artifact", "n.json"]).ok(), "3");
    let forged = remake(&place, STATE, &[], "n.json", b"4", None);
    place.git(&["update-ref", STATE, &forged]).ok();
    let done = place.gatos(&["state", "show", "commits", "--artifact", "n.json"]).fails(1, &["n.json", "fold verify"]);
    assert_eq!(done.out, "");
    place.gatos(&["state", "show", "commits"]).ok();
    let done = place.gatos(&["fold", "commits", "--program", "n.lua"]);
    assert!(done.err.contains("artifact n.json hashes to"), "{}", done.err);
    assert_eq!(place.gatos(&["state", "show", "commits", "--artifact", "n.json"]).ok(), "3");
}

#[test]
fn a_changed_state_is_not_shown() {
    let place = folded();
    let good = id(&place, STATE);
    for path in ["state.json", "program.elc", "inputs.json"] {
        let forged = remake(&place, &good, &[], path, b"{}", None);
        place.git(&["update-ref", STATE, &forged]).ok();
        for json in [&["--json"][..], &[]] {
            let mut args = vec!["state", "show", "commits"];
            if path != "state.json" {
                args.extend(["--artifact", path]);
            }
            args.extend(json);
            let done = place.gatos(&args).fails(1, &[path, &forged, "hashes to", "gatos fold verify"]);
            assert_eq!(done.out, "");
        }
    }
    place.git(&["update-ref", STATE, &good]).ok();
    place.gatos(&["state", "show", "commits"]).ok();
}

#[test]
fn a_shortened_journal_is_not_folded_unasked() {
    let place = folded();
    let (head, checkpoint) = (id(&place, JOURNAL), id(&place, STATE));
    let fold = |flags: &[&str]| {
        let program = example("authors.lua");
        place.gatos(&[&["fold", "commits", "--program", &program][..], flags].concat())
    };
    place.git(&["update-ref", JOURNAL, &format!("{head}~2")]).ok();
    fold(&[]).fails(
        1,
        &[JOURNAL, &head, "does not contain the commit", "rewritten or shortened", "git fetch", "--rewritten-history"],
    );
    // Another program on the same ref is no way around it.
    place.write("n.lua", "return { init = function() return 0 end, fold = function(s) return s end }\n");
    place.gatos(&["fold", "commits", "--program", "n.lua"]).fails(1, &[&head]);
    assert_eq!(id(&place, STATE), checkpoint);
    // Gone altogether, while another one keeps the namespace alive.
    place.gatos(&["key", "new", "user:bob"]).ok();
    place.gatos(&["trust", "grant", "user:bob", "journal:append"]).ok();
    place.gatos(&["event", "add", "commits", "--type", "t", "--payload", "1", "--actor", "user:bob"]).ok();
    place.git(&["update-ref", "-d", JOURNAL]).ok();
    place.gatos(&["fold", "commits", "--program", "n.lua", "--actor", "user:ann"]).fails(1, &[JOURNAL, "is gone"]);
    place.git(&["update-ref", "-d", "refs/gatos/journal/commits/user/bob"]).ok();
    // Accepted, it is told all the same.
    place.git(&["update-ref", JOURNAL, &format!("{head}~2")]).ok();
    let done = fold(&["--rewritten-history", "--json", "--actor", "user:ann"]);
    assert!(done.err.contains("warning") && done.err.contains(&head), "{}", done.err);
    assert_eq!(done.field("events"), "6");
    place.gatos(&["fold", "verify", STATE]).ok();
    // Fetched back, it is longer than the new checkpoint says, which is as it should be.
    place.git(&["update-ref", JOURNAL, &head]).ok();
    fold(&["--actor", "user:ann"]).ok();
    place.gatos(&["fold", "verify", STATE]).ok();
}

/// Puts a checkpoint on the state ref whose proof says something else, signed with Ann's own key.
fn lie(place: &Place, state: Option<&str>, change: impl FnOnce(&mut gatos_proofs::FoldProof)) {
    let key = String::from_utf8(place.read(".git/gatos/keys/user.ann")).unwrap();
    let secret = key.lines().find_map(|line| line.strip_prefix("secret: ")).unwrap();
    let honest = gatos_proofs::FoldProof::decode(&file(place, STATE, "pof.cbor")).unwrap();
    let mut proof = honest.clone();
    change(&mut proof);
    let mut message = place.git(&["log", "-1", "--format=%B", STATE]).ok();
    for (old, new) in [(&honest.state_root.to_string(), &proof.state_root.to_string()), (&honest.engine, &proof.engine)]
    {
        message = message.replace(old, new);
    }
    let key = gatos_ledger_core::key::SigningKey::from_secret_text(secret).unwrap();
    let signed = proof.sign(&key).unwrap();
    let mut forged = remake(place, STATE, &[], "pof.cbor", &signed.bytes, Some(&message));
    forged = remake(place, &forged, &[], "pof.sig", format!("{}\n", signed.signature).as_bytes(), None);
    if let Some(state) = state {
        forged = remake(place, &forged, &[], "state.json", state.as_bytes(), None);
    }
    place.git(&["update-ref", STATE, &forged]).ok();
}

#[test]
fn what_the_signer_made_up_is_found_by_recomputing() {
    // Whoever has the key can sign anything.
    let place = folded();
    let good = id(&place, STATE);
    let back = || place.git(&["update-ref", STATE, &good]).ok();
    let honest = String::from_utf8(file(&place, STATE, "state.json")).unwrap();
    let state = honest.replacen(":1", ":99", 1);
    let root = gatos_canon::blake3(state.as_bytes());
    lie(&place, Some(&state), |proof| proof.state_root = root);
    place
        .gatos(&["fold", "verify", STATE])
        .fails(1, &["state_root differs", &root.to_string(), "recorded 99, recomputed 1"]);
    back();
    lie(&place, None, |proof| proof.engine = "echo@0.0.9+elc@0.1.0+num=q32.32+rng=pcg32@1".into());
    place.gatos(&["fold", "verify", STATE]).fails(1, &["engine differs", "echo@0.0.9", "gatos --version"]);
    back();
    lie(&place, None, |proof| proof.limits.fuel = Some(3));
    place.gatos(&["fold", "verify", STATE]).fails(1, &["limits differ", "fuel"]);
    back();
    lie(&place, None, |proof| proof.usage.fuel += 1);
    place.gatos(&["fold", "verify", STATE]).fails(1, &["proof differs", "usage.fuel"]);
    back();
    place.gatos(&["fold", "verify", STATE]).ok();
    let facts = place.gatos(&["fold", "verify", STATE, "--json"]).ok();
    assert_eq!(common::field(&facts, "holds"), "true");
    place.gatos(&["fold", "verify", "nonsense"]).fails(2, &["nonsense", "refs/gatos/state/commits"]);
    place.gatos(&["prove", &id(&place, JOURNAL)]).fails(1, &["not a checkpoint"]);
}

#[test]
fn damage_on_the_disk_is_named() {
    let place = folded();
    // Loose objects and packs alike: one flipped bit in each file of the object store.
    let list = std::process::Command::new("find")
        .args([".git/objects", "-name", "*.pack"])
        .current_dir(&place.0)
        .output()
        .unwrap();
    let packs = String::from_utf8(list.stdout).unwrap();
    let pack = packs.lines().max_by_key(|p| std::fs::metadata(place.path(p)).unwrap().len()).unwrap().to_owned();
    let mut bytes = place.read(&pack);
    let at = bytes.len() / 2;
    bytes[at] ^= 0x40;
    std::fs::remove_file(place.path(&pack)).unwrap();
    place.write(&pack, bytes);
    let done = place.gatos(&["fold", "verify", STATE]);
    assert!(done.code == 1 || done.code == 3, "{}", done.err);
    assert!(done.err.starts_with("error") && !done.err.contains("panicked"), "{}", done.err);
}
