//! What this room writes, plain Git reads; and it takes the suite that the in-memory store takes.

mod common;

use common::{Folder, fresh};
use gatos_ledger_core::model::STATE_NOTES_REF;
use gatos_ledger_core::plane;
use gatos_ledger_core::ports::{Journals, NewCommit, Refs, Snapshots};
use gatos_ledger_core::suite::{self, batch, draft, import_text, journal, key, lines};
use gatos_ledger_git::{Durability, GitStore, Kind, PackBuilder};
use proptest::prelude::*;

#[test]
fn git_behaves_like_storage() {
    let mut folders = Vec::new();
    suite::run(|| {
        let (folder, store) = fresh();
        folders.push(folder);
        store
    });
    for folder in &folders {
        folder.fsck();
    }
}

#[test]
fn git_behaves_like_storage_with_packed_refs_between() {
    // The suite again, over a store that packs its refs and objects after every write.
    struct Packing(Folder, GitStore);
    impl Packing {
        fn tidy(&self) {
            self.0.git(&["pack-refs", "--all", "--prune"]);
        }
    }
    impl Refs for Packing {
        fn get_ref(
            &self,
            name: &str,
        ) -> Result<Option<gatos_ledger_core::ports::CommitId>, gatos_ledger_core::ports::StoreError> {
            self.1.get_ref(name)
        }
        fn list_refs(
            &self,
            prefix: &str,
        ) -> Result<Vec<(String, gatos_ledger_core::ports::CommitId)>, gatos_ledger_core::ports::StoreError> {
            self.1.list_refs(prefix)
        }
        fn swap_ref(
            &self,
            name: &str,
            old: Option<&gatos_ledger_core::ports::CommitId>,
            new: &gatos_ledger_core::ports::CommitId,
        ) -> Result<(), gatos_ledger_core::ports::SwapError> {
            let done = self.1.swap_ref(name, old, new);
            self.tidy();
            done
        }
    }
    let folder_and_store = fresh();
    let store = Packing(folder_and_store.0, folder_and_store.1);
    let commit = |text: &str| NewCommit {
        files: [("f".to_string(), text.as_bytes().to_vec())].into(),
        parents: vec![],
        actor: "user:ann".parse().unwrap(),
        time_s: 1,
        message: "x\n".to_string(),
    };
    let (one, two) = (store.1.write_commit(&commit("1")).unwrap(), store.1.write_commit(&commit("2")).unwrap());
    let name = "refs/gatos/a/b";
    store.swap_ref(name, None, &one).unwrap();
    assert!(!store.0.path().join(".git").join(name).exists(), "the ref is packed");
    assert_eq!(store.get_ref(name), Ok(Some(one)));
    assert!(store.swap_ref(name, None, &two).is_err());
    store.swap_ref(name, Some(&one), &two).unwrap();
    assert_eq!(store.list_refs("refs/gatos/"), Ok(vec![(name.to_string(), two)]));
    assert!(store.swap_ref("refs/gatos/a", None, &one).is_err(), "packed refs clash too");
    assert!(store.swap_ref("refs/gatos/a/b/c", None, &one).is_err(), "packed refs clash too");
}

#[test]
fn plain_git_reads_a_journal() {
    let (folder, store) = fresh();
    let ann = journal("commits", "user:ann");
    let report = import_text(&store, &ann, &lines(40), 16).unwrap();
    folder.fsck();
    let name = ann.ref_name();
    assert_eq!(folder.git(&["rev-parse", &name]), report.commit.unwrap().to_string());
    assert_eq!(folder.git(&["rev-list", "--count", &name]), "40");
    assert_eq!(folder.git(&["ls-tree", "-r", "--name-only", &name]), "event.cbor");
    assert_eq!(folder.git(&["log", "-1", "--format=%an <%ae> %at %cn %ct %ad", &name]), {
        let time = plane::head(&store, &ann).unwrap().unwrap().1.ulid.time_ms() / 1000;
        let date = folder.git(&["log", "-1", "--format=%ad", &name]);
        assert!(date.ends_with("+0000"), "{date}");
        format!("user:ann <user.ann@gatos.invalid> {time} user:ann {time} {date}")
    });
    let trailers = folder.git(&["log", "-1", "--format=%(trailers:key=Event-CID,valueonly)", &name]);
    assert_eq!(trailers.trim(), plane::head(&store, &ann).unwrap().unwrap().1.cid.to_string());
    let packs = std::fs::read_dir(folder.path().join(".git/objects/pack")).unwrap();
    let packs: Vec<_> =
        packs.map(|e| e.unwrap().path()).filter(|p| p.extension().is_some_and(|e| e == "pack")).collect();
    assert_eq!(packs.len(), 3, "one pack a batch");
    for pack in packs {
        folder.git(&["verify-pack", pack.to_str().unwrap()]);
        folder.git(&["index-pack", "--strict", "--verify", pack.to_str().unwrap()]);
    }
    // Git may repack and prune as it likes.
    folder.git(&["repack", "-adq"]);
    folder.git(&["pack-refs", "--all"]);
    folder.git(&["prune", "--expire=now"]);
    let again = GitStore::open(folder.path()).unwrap();
    assert_eq!(again.read_events(&ann, None, &report.commit.unwrap()).unwrap().filter(|e| e.is_ok()).count(), 40);
    let more = import_text(&again, &ann, &format!("{}{{\"ts\":1800000000}}\n", lines(40)), 16).unwrap();
    assert_eq!((more.added, more.skipped), (1, 40));
    folder.fsck();
}

#[test]
fn a_clone_carries_the_journal_and_makes_the_same_commits() {
    let (folder, store) = fresh();
    let ann = journal("commits", "user:ann");
    let whole = import_text(&store, &ann, &lines(30), 8).unwrap();
    let (other, second) = fresh();
    let same = import_text(&second, &ann, &lines(30), 1000).unwrap();
    assert_eq!(same.commit, whole.commit, "the same events by the same key are the same commits");
    let third = Folder::new();
    third.git(&["init", "-q", "--bare", "."]);
    third.git(&["fetch", "-q", folder.path().to_str().unwrap(), "refs/gatos/*:refs/gatos/*"]);
    let bare = GitStore::open(third.path()).unwrap();
    assert_eq!(plane::head(&bare, &ann), plane::head(&store, &ann));
    assert_eq!(bare.workdir(), None);
    drop(other);
}

#[test]
fn refs_seen_otherwise_are_not_written() {
    let (folder, mut store) = fresh();
    let commit = |text: &str| NewCommit {
        files: [("a".to_owned(), text.as_bytes().to_vec())].into(),
        parents: Vec::new(),
        actor: journal("shop", "user:ann").actor,
        time_s: 1,
        message: "x\n".to_owned(),
    };
    let (one, two) = (store.write_commit(&commit("1")).unwrap(), store.write_commit(&commit("2")).unwrap());
    for name in ["refs/gatos/a", "refs/gatos/b"] {
        store.swap_ref(name, None, &one).unwrap();
    }
    folder.git(&["pack-refs", "--all"]);
    let seen = [
        ("refs/gatos/a".to_owned(), Some(two)),
        ("refs/gatos/b".to_owned(), None),
        ("refs/gatos/c".to_owned(), Some(two)),
    ];
    store.imagine(&seen).unwrap();
    assert_eq!(store.get_ref("refs/gatos/a"), Ok(Some(two)));
    let names: Vec<String> = store.list_refs("refs/gatos/").unwrap().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["refs/gatos/a", "refs/gatos/c"]);
    assert!(store.swap_ref("refs/gatos/d", None, &one).is_err());
    let real = GitStore::open(folder.path()).unwrap();
    assert_eq!((real.get_ref("refs/gatos/a"), real.get_ref("refs/gatos/c")), (Ok(Some(one)), Ok(None)));
}

#[test]
fn a_key_takes_another_ones_place() {
    let (_folder, store) = fresh();
    let (keys, actor) = (store.keys(), journal("shop", "user:ann").actor);
    let old = keys.create(&actor, &[1; 32]).unwrap();
    let next = keys.prepare(&actor, &[2; 32]).unwrap();
    // Interrupted and tried again, it is the one that was promised.
    assert_eq!(keys.prepare(&actor, &[3; 32]).unwrap(), next);
    assert_eq!(keys.load(&actor).unwrap().public(), old);
    assert_eq!(keys.actors().unwrap(), std::slice::from_ref(&actor));
    keys.promote(&actor).unwrap();
    assert_eq!(keys.load(&actor).unwrap().public(), next);
    assert!(keys.promote(&actor).is_err());
}

#[test]
fn notes_are_gits_notes() {
    let (folder, store) = fresh();
    let actor = "user:ann".parse().unwrap();
    let mut commits = Vec::new();
    for n in 0..5 {
        let commit = NewCommit {
            files: [("state.json".to_string(), format!("{n}").into_bytes())].into(),
            parents: vec![],
            actor: "user:ann".parse().unwrap(),
            time_s: 1_700_000_000,
            message: "checkpoint\n".to_string(),
        };
        let id = store.write_commit(&commit).unwrap();
        store.write_note(STATE_NOTES_REF, &id, &format!("blake3:{n}\n"), &actor, 1_700_000_000).unwrap();
        commits.push(id);
    }
    store.swap_ref("refs/gatos/state/x", None, &commits[2]).unwrap();
    let shown = folder.git(&["notes", "--ref=refs/notes/gatos/state", "show", &commits[2].to_string()]);
    assert_eq!(shown, "blake3:2");
    let tip = store.get_ref(STATE_NOTES_REF).unwrap();
    store.write_note(STATE_NOTES_REF, &commits[2], "blake3:2\n", &actor, 1_800_000_000).unwrap();
    assert_eq!(store.get_ref(STATE_NOTES_REF).unwrap(), tip, "the same note again changes nothing");
    // Git adds its own, and we both still find all of them.
    folder.git(&["notes", "--ref=refs/notes/gatos/state", "add", "-f", "-m", "mine", &commits[4].to_string()]);
    assert_eq!(store.read_state_note(&commits[4]).unwrap().as_deref(), Some("mine"));
    assert_eq!(store.read_state_note(&commits[0]).unwrap().as_deref(), Some("blake3:0"));
    folder.fsck();
}

#[test]
fn notes_survive_gits_fan_out() {
    let (folder, store) = fresh();
    let actor = "user:ann".parse().unwrap();
    let mut commits = Vec::new();
    for n in 0..300 {
        let commit = NewCommit {
            files: [("n".to_string(), format!("{n}").into_bytes())].into(),
            parents: vec![],
            actor: "user:ann".parse().unwrap(),
            time_s: 1,
            message: "x\n".to_string(),
        };
        commits.push(store.write_commit(&commit).unwrap());
    }
    folder.git(&["notes", "--ref=gatos/state", "add", "-m", "first", &commits[0].to_string()]);
    let pairs: String = commits[1..].iter().map(|id| format!("{} {id}\n", commits[0])).collect();
    folder.git_with_input(&["notes", "--ref=gatos/state", "copy", "--stdin"], &pairs);
    let listing = folder.git(&["ls-tree", STATE_NOTES_REF]);
    assert!(listing.contains(" tree "), "Git fanned out");
    store.write_note(STATE_NOTES_REF, &commits[7], "ours\n", &actor, 5).unwrap();
    assert_eq!(store.read_state_note(&commits[7]).unwrap().as_deref(), Some("ours"));
    assert_eq!(folder.git(&["notes", "--ref=gatos/state", "show", &commits[7].to_string()]), "ours");
    assert_eq!(folder.git(&["notes", "--ref=gatos/state", "show", &commits[0].to_string()]), "first");
    folder.fsck();
}

#[test]
fn worktrees_share_journals_and_keys() {
    let (folder, store) = fresh();
    folder.git(&["commit", "-q", "--allow-empty", "-m", "x"]);
    let tree = Folder::new();
    let path = tree.path().join("wt");
    folder.git(&["worktree", "add", "-q", path.to_str().unwrap()]);
    let ann = journal("commits", "user:ann");
    let inside = GitStore::discover(&path).unwrap();
    import_text(&inside, &ann, &lines(3), 10).unwrap();
    assert_eq!(plane::head(&store, &ann).unwrap().unwrap().1.seq, 2);
    inside.keys().create(&ann.actor, &[5; 32]).unwrap();
    assert_eq!(store.keys().load(&ann.actor).unwrap().seed(), [5; 32]);
    assert_eq!(store.default_actor().unwrap(), ann.actor);
    let deeper = path.join("a/b");
    std::fs::create_dir_all(&deeper).unwrap();
    assert_eq!(plane::head(&GitStore::discover(&deeper).unwrap(), &ann).unwrap().unwrap().1.seq, 2);
}

#[test]
fn golden_ids_hold() {
    let (_folder, store) = fresh();
    let ann = journal("golden", "user:ann");
    let mut placed = batch(&ann, None, 1_700_000_000_000, 3);
    let mut rich = draft(1_700_000_003_000, 3);
    rich.ts = Some(gatos_canon::Value::Float(0x41d9_54fc_4001_0000));
    rich.caps = vec!["journal:append".into()];
    rich.labels = vec!["exportable".into(), "private".into()];
    rich.attachments =
        vec![gatos_canon::Value::from_json(r#"{"algo":"blake3","hash":"00","kind":"blobptr","size":12}"#).unwrap()];
    rich.policy_root = Some(gatos_canon::sha256(b"policy"));
    rich.trust_chain = Some(gatos_canon::sha256(b"trust"));
    let head = placed[2].head();
    placed.push(rich.place(&ann, Some(&head)).unwrap());
    let signed = plane::sign_all(placed, &key());
    let mut found = String::new();
    for event in &signed {
        found.push_str(&format!("event {} {} {}\n", event.header.ulid, event.cid, event.signature));
    }
    let until = store.append_events(&ann, None, &signed).unwrap();
    for recorded in store.read_events(&ann, None, &until).unwrap() {
        let recorded = recorded.unwrap();
        found.push_str(&format!("commit {} {}\n", recorded.event.header.ulid, recorded.commit));
    }
    let imported = import_text(&store, &journal("golden-import", "agent:importer"), &lines(9), 4).unwrap();
    found.push_str(&format!("import {}\n", imported.commit.unwrap()));
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/ledger.roots");
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(found, expected, "golden ids changed: other machines rely on {path}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn packs_hold_what_was_put_in(bodies in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..3000), 1..40),
                                  small in 0usize..50) {
        let (folder, _store) = fresh();
        let mut pack = PackBuilder::new(small, Durability::None);
        let ids: Vec<_> = bodies.iter().map(|body| pack.add(Kind::Blob, body).unwrap()).collect();
        pack.write(&folder.path().join(".git/objects")).unwrap();
        let repo = git2::Repository::open(folder.path()).unwrap();
        for (id, body) in ids.iter().zip(&bodies) {
            let blob = repo.find_blob(git2::Oid::from_str(&id.hex()).unwrap()).unwrap();
            prop_assert_eq!(blob.content(), &body[..]);
        }
        folder.fsck();
    }
}
