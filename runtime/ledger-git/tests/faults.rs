//! Broken, tampered and hostile repositories: each is refused with what, where and what to do.

mod common;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use common::{Folder, fresh, object_file, overwrite};
use gatos_ledger_core::envelope::Draft;
use gatos_ledger_core::model::JournalId;
use gatos_ledger_core::plane::{self, AddError};
use gatos_ledger_core::ports::{Journals, ReadError, Refs, Snapshots, StoreError, SwapError};
use gatos_ledger_core::rules::{Breach, JournalFault};
use gatos_ledger_core::suite::{batch, draft, import_text, journal, key, lines};
use gatos_ledger_git::{GitStore, KeyStoreError, jitter};

fn first_fault(folder: &Folder, journal: &JournalId) -> JournalFault {
    let store = GitStore::open(folder.path()).unwrap();
    let until = store.get_ref(&journal.ref_name()).unwrap().unwrap();
    let found = store
        .read_events(journal, None, &until)
        .and_then(|mut events| events.find_map(Result::err).map_or(Ok(()), Err));
    match found {
        Err(ReadError::Fault(fault)) => *fault,
        other => panic!("expected a fault, got {other:?}"),
    }
}

fn three_events() -> (Folder, JournalId) {
    let (folder, store) = fresh();
    let ann = journal("commits", "user:ann");
    import_text(&store, &ann, &lines(3), 1).unwrap();
    (folder, ann)
}

/// Puts a commit made by plain Git at the end of a journal.
fn push_with_git(folder: &Folder, journal: &JournalId, tree: &str, parents: &[&str], message: &str) {
    let mut args = vec!["commit-tree", tree, "-m", message];
    for parent in parents {
        args.extend(["-p", parent]);
    }
    let commit = folder.git(&args);
    folder.git(&["update-ref", &journal.ref_name(), &commit]);
}

#[test]
fn foreign_commits_are_refused() {
    let (folder, ann) = three_events();
    let tip = folder.git(&["rev-parse", &ann.ref_name()]);
    let tree = folder.git(&["rev-parse", &format!("{tip}^{{tree}}")]);
    // The same event again, under a message of someone's own.
    push_with_git(&folder, &ann, &tree, &[&tip], "just a commit");
    let fault = first_fault(&folder, &ann);
    assert!(matches!(&fault.breach, Breach::Foreign { detail } if detail.contains("Sig")), "{fault}");
    assert!(fault.to_string().contains("refs/gatos/journal/commits/user/ann at commit"), "{fault}");
    // The right message, but Git's own author and date.
    let message = folder.git(&["log", "-1", "--format=%B", &tip]);
    let parent = folder.git(&["rev-parse", &format!("{tip}^")]);
    push_with_git(&folder, &ann, &tree, &[&parent], &message);
    let fault = first_fault(&folder, &ann);
    assert!(matches!(&fault.breach, Breach::Foreign { detail } if detail.contains("author")), "{fault}");
    // A second file beside the event.
    let blob = folder.git(&["rev-parse", &format!("{tip}:event.cbor")]);
    let two = folder.git_with_input(&["mktree"], &format!("100644 blob {blob}\tevent.cbor\n100644 blob {blob}\tx\n"));
    push_with_git(&folder, &ann, &two, &[&parent], &message);
    assert!(matches!(first_fault(&folder, &ann).breach, Breach::Foreign { .. }));
    // An executable event.
    let odd = folder.git_with_input(&["mktree"], &format!("100755 blob {blob}\tevent.cbor\n"));
    push_with_git(&folder, &ann, &odd, &[&parent], &message);
    assert!(matches!(first_fault(&folder, &ann).breach, Breach::Foreign { .. }));
}

#[test]
fn merges_gaps_and_repeats_are_refused() {
    let (folder, ann) = three_events();
    let name = ann.ref_name();
    let (tip, before) = (folder.git(&["rev-parse", &name]), folder.git(&["rev-parse", &format!("{name}~2")]));
    let tree = folder.git(&["rev-parse", &format!("{tip}^{{tree}}")]);
    push_with_git(&folder, &ann, &tree, &[&tip, &before], "merge");
    assert_eq!(first_fault(&folder, &ann).breach, Breach::Merge { parents: 2 });
    // Dropping the middle event, everything else as GATOS would write it.
    let raw = folder.git(&["cat-file", "commit", &tip]);
    let middle = folder.git(&["rev-parse", &format!("{tip}^")]);
    let cut = folder.git_with_input(
        &["hash-object", "-t", "commit", "-w", "--stdin"],
        &format!("{}\n", raw.replace(&middle, &before)),
    );
    folder.git(&["update-ref", &name, &cut]);
    let fault = first_fault(&folder, &ann);
    assert_eq!(fault.breach, Breach::Gap { expected: 1, found: 2 });
    assert!(fault.ulid.is_some());
    // The same event twice.
    let again = folder.git_with_input(
        &["hash-object", "-t", "commit", "-w", "--stdin"],
        &format!("{}\n", raw.replace(&middle, &tip)),
    );
    folder.git(&["update-ref", &name, &again]);
    assert_eq!(first_fault(&folder, &ann).breach, Breach::Gap { expected: 3, found: 2 });
}

#[test]
fn a_changed_event_is_tampering_however_it_is_hidden() {
    let (folder, ann) = three_events();
    let name = ann.ref_name();
    let tip = folder.git(&["rev-parse", &name]);
    let store = GitStore::open(folder.path()).unwrap();
    let id = store.get_ref(&name).unwrap().unwrap();
    let good = store.read_event(&ann, &id).unwrap().event;

    // New bytes under the old trailers.
    let mut event = good.decode().unwrap();
    event.payload = gatos_canon::Value::Text("forged".into());
    let forged = event.encode().unwrap();
    std::fs::write(folder.path().join("forged"), &forged).unwrap();
    let blob = folder.git(&["hash-object", "-w", "forged"]);
    let tree = folder.git_with_input(&["mktree"], &format!("100644 blob {blob}\tevent.cbor\n"));
    let old_tree = folder.git(&["rev-parse", &format!("{tip}^{{tree}}")]);
    let raw = folder.git(&["cat-file", "commit", &tip]);
    let write = |text: &str| {
        let commit = folder.git_with_input(&["hash-object", "-t", "commit", "-w", "--stdin"], &format!("{text}\n"));
        folder.git(&["update-ref", &name, &commit]);
    };
    write(&raw.replace(&old_tree, &tree));
    assert!(matches!(first_fault(&folder, &ann).breach, Breach::WrongCid { .. }));

    // New trailers too, with the old signature: the form is right, the signature is not.
    let cid = gatos_canon::Cid::of(&forged).to_string();
    write(&raw.replace(&old_tree, &tree).replace(&good.cid.to_string(), &cid));
    let store = GitStore::open(folder.path()).unwrap();
    let tip = store.get_ref(&name).unwrap().unwrap();
    let events: Vec<_> = store.read_events(&ann, None, &tip).unwrap().map(|e| e.unwrap()).collect();
    let mut graph = gatos_ledger_core::trust::TrustGraph::default();
    graph.add_key(&ann.actor, key().public());
    assert_eq!(gatos_ledger_git::check_signatures(&graph, &events[..2]), Ok(()));
    let fault = gatos_ledger_git::check_signatures(&graph, &events).unwrap_err();
    assert_eq!((&fault.breach, fault.commit), (&Breach::BadSignature { keys: 1 }, tip));
}

#[test]
fn every_flipped_byte_of_a_pack_is_noticed_or_harmless() {
    let (folder, store) = fresh();
    let ann = journal("commits", "user:ann");
    let until = import_text(&store, &ann, &lines(6), 100).unwrap().commit.unwrap();
    let whole: Vec<_> = store.read_events(&ann, None, &until).unwrap().map(|e| e.unwrap()).collect();
    drop(store);
    let pack = std::fs::read_dir(folder.path().join(".git/objects/pack")).unwrap().map(|e| e.unwrap().path());
    let pack = pack.into_iter().find(|p| p.extension().is_some_and(|e| e == "pack")).unwrap();
    let good = std::fs::read(&pack).unwrap();
    let mut noticed = 0;
    for at in (12..good.len() - 20).step_by(7) {
        let mut bad = good.clone();
        bad[at] ^= 0x20;
        overwrite(&pack, &bad);
        let store = GitStore::open(folder.path()).unwrap();
        let read: Result<Vec<_>, _> = store.read_events(&ann, None, &until).and_then(|events| events.collect());
        match read {
            Ok(events) => assert_eq!(events, whole, "byte {at} changed an event unnoticed"),
            Err(ReadError::Fault(fault)) => {
                assert!(matches!(fault.breach, Breach::Damaged { .. }), "byte {at}: {fault}");
                noticed += 1;
            }
            Err(other) => panic!("byte {at}: {other}"),
        }
    }
    assert!(noticed > 100, "only {noticed} flips were noticed");
    // Cut short, or emptied.
    for len in [0, 11, 20, good.len() / 2, good.len() - 21, good.len() - 1] {
        overwrite(&pack, &good[..len]);
        let store = GitStore::open(folder.path()).unwrap();
        let read: Result<Vec<_>, _> = store.read_events(&ann, None, &until).and_then(|events| events.collect());
        let text = read.map(|_| ()).expect_err("a cut pack was read").to_string();
        assert!(text.contains("damaged"), "{len}: {text}");
    }
}

#[test]
fn damaged_loose_objects_are_tampering() {
    let (folder, ann) = three_events();
    let blob = folder.git(&["rev-parse", &format!("{}~1:event.cbor", ann.ref_name())]);
    let path = object_file(&folder, &blob);
    let good = std::fs::read(&path).unwrap();
    for bad in [Vec::new(), good[..good.len() / 2].to_vec(), b"garbage".to_vec()] {
        overwrite(&path, &bad);
        let fault = first_fault(&folder, &ann);
        assert!(matches!(fault.breach, Breach::Damaged { .. }), "{fault}");
        assert!(fault.to_string().contains("tampered"), "{fault}");
    }
    std::fs::remove_file(&path).unwrap();
    assert!(first_fault(&folder, &ann).to_string().contains("missing"));
}

#[test]
fn a_zero_byte_object_heals_when_it_is_written_again() {
    let (folder, ann) = three_events();
    let blob = folder.git(&["rev-parse", &format!("{}:event.cbor", ann.ref_name())]);
    overwrite(&object_file(&folder, &blob), b"");
    // The import that died before its ref moved runs again.
    let before = folder.git(&["rev-parse", &format!("{}~1", ann.ref_name())]);
    folder.git(&["update-ref", &ann.ref_name(), &before]);
    let store = GitStore::open(folder.path()).unwrap();
    let report = import_text(&store, &ann, &lines(3), 1).unwrap();
    assert_eq!((report.skipped, report.added), (2, 1));
    let events = store.read_events(&ann, None, &report.commit.unwrap()).unwrap();
    assert_eq!(events.filter(|e| e.is_ok()).count(), 3);
    folder.fsck();
}

#[test]
fn repositories_libgit2_cannot_read_are_refused_clearly() {
    let refused = |args: &[&str]| {
        let folder = Folder::new();
        let mut all = vec!["init", "-q"];
        all.extend(args);
        if !folder.git_output(&all).status.success() {
            return None; // an older Git does not know the option
        }
        let text = GitStore::open(folder.path()).err().expect("refused").to_string();
        assert_eq!(GitStore::discover(folder.path()).err().map(|e| e.to_string().is_empty()), Some(false));
        assert!(GitStore::init(folder.path(), false).is_err(), "init must not paper over it");
        Some(text)
    };
    let sha256 = refused(&["--object-format=sha256"]).expect("every Git we support knows SHA-256");
    assert!(sha256.contains("sha256") && sha256.contains("--object-format=sha1"), "{sha256}");
    if let Some(reftable) = refused(&["--ref-format=reftable"]) {
        assert!(reftable.contains("reftable") && reftable.contains("--ref-format=files"), "{reftable}");
    }
    let nowhere = Folder::new();
    let text = GitStore::open(nowhere.path()).err().unwrap().to_string();
    assert!(text.contains("gatos init"), "{text}");
}

#[test]
fn a_shallow_clone_says_so() {
    let (folder, ann) = three_events();
    let clone = Folder::new();
    clone.git(&["init", "-q", "."]);
    let name = ann.ref_name();
    let url = format!("file://{}", folder.path().display());
    clone.git(&["fetch", "-q", "--depth=1", &url, &format!("{name}:{name}")]);
    let store = GitStore::open(clone.path()).unwrap();
    let until = store.get_ref(&name).unwrap().unwrap();
    let text = store.read_events(&ann, None, &until).map(|_| ()).unwrap_err().to_string();
    assert!(text.contains("git fetch --unshallow"), "{text}");
}

#[test]
fn a_rewritten_journal_is_noticed_from_an_old_cut() {
    let (folder, ann) = three_events();
    let store = GitStore::open(folder.path()).unwrap();
    let cut = plane::current_cut(&store, &ann.ns).unwrap();
    folder.git(&["update-ref", "-d", &ann.ref_name()]);
    import_text(&store, &ann, "{\"ts\":1}\n{\"ts\":2}\n", 10).unwrap();
    let now = plane::current_cut(&store, &ann.ns).unwrap();
    assert_eq!(plane::extends(&store, &cut, &now), Ok(false));
    let text = plane::read_cut(&store, &now, Some(&cut)).map(|_| ()).unwrap_err().to_string();
    assert!(text.contains("rewritten"), "{text}");
}

#[test]
fn a_held_lock_is_waited_for_and_then_named() {
    let (folder, ann) = three_events();
    let lock = folder.path().join(".git").join(format!("{}.lock", ann.ref_name()));
    std::fs::write(&lock, "").unwrap();
    let mut store = GitStore::open(folder.path()).unwrap();
    store.set_patience(Duration::from_millis(50));
    let more = format!("{}{{\"ts\":1800000000}}\n", lines(3));
    let refused = import_text(&store, &ann, &more, 10);
    let Err(AddError::Store(e @ StoreError::Locked { .. })) = refused else { panic!("{refused:?}") };
    assert!(e.to_string().contains(lock.to_str().unwrap()), "{e}");
    let free = lock.clone();
    let waiter = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(100));
        std::fs::remove_file(free).unwrap();
    });
    store.set_patience(Duration::from_secs(20));
    assert_eq!(import_text(&store, &ann, &more, 10).unwrap().added, 1);
    waiter.join().unwrap();
}

#[test]
fn eight_writers_and_git_lose_nothing() {
    let (folder, _) = fresh();
    let ann = journal("busy", "user:ann");
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..8)
            .map(|writer| {
                let (ann, path) = (&ann, folder.path());
                scope.spawn(move || {
                    let store = GitStore::open(path).unwrap();
                    for n in 0..6 {
                        let mut make = |head: Option<&gatos_ledger_core::rules::Head>| {
                            let ulid = plane::next_ulid(1_700_000_000_000, [writer; 10], head).unwrap();
                            Ok(Draft { ulid, ..draft(1, i64::from(writer) * 100 + n) })
                        };
                        let mut pause = |tries| {
                            std::thread::sleep(jitter(tries));
                            tries < 500
                        };
                        plane::add(&store, ann, &key(), &mut make, &mut pause).unwrap();
                    }
                })
            })
            .collect();
        // Meanwhile Git packs refs and objects under their feet.
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                folder.git_output(&["pack-refs", "--all", "--prune"]);
                folder.git_output(&["repack", "-dq"]);
            }
        });
        let outcomes: Vec<_> = writers.into_iter().map(|writer| writer.join()).collect();
        // Before anything can panic, or the other thread would never end.
        done.store(true, Ordering::Relaxed);
        outcomes.into_iter().for_each(|outcome| outcome.unwrap());
    });
    let store = GitStore::open(folder.path()).unwrap();
    let until = store.get_ref(&ann.ref_name()).unwrap().unwrap();
    let mut numbers = gatos_ledger_core::suite::numbers(store.read_events(&ann, None, &until).unwrap());
    numbers.sort_unstable();
    let expected: Vec<i64> = (0..8).flat_map(|writer| (0..6).map(move |n| writer * 100 + n)).collect();
    assert_eq!(numbers, expected);
    folder.fsck();
}

#[test]
fn git_update_ref_and_we_respect_each_other() {
    let (folder, store) = fresh();
    let ann = journal("busy", "user:ann");
    let signed = plane::sign_all(batch(&ann, None, 1_000, 3), &key());
    let one = store.append_events(&ann, None, &signed[..1]).unwrap();
    let two = store.append_events(&ann, Some(&one), &signed[1..2]).unwrap();
    folder.git(&["update-ref", &ann.ref_name(), &one.to_string(), &two.to_string()]);
    assert_eq!(store.append_events(&ann, Some(&two), &signed[2..]), Err(SwapError::Moved { actual: Some(one) }));
    store.swap_ref(&ann.ref_name(), Some(&one), &two).unwrap();
    let stale = folder.git_output(&["update-ref", &ann.ref_name(), &one.to_string(), &one.to_string()]);
    assert!(!stale.status.success());
}

#[cfg(unix)]
#[test]
fn keys_are_private_and_never_replaced() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, store) = fresh();
    let keys = store.keys();
    let (ann, bob) = ("user:ann".parse().unwrap(), "agent:bob".parse().unwrap());
    assert_eq!(store.default_actor(), Err(KeyStoreError::NoDefault { available: vec![] }));
    let public = keys.create(&ann, &[7; 32]).unwrap();
    assert!(matches!(keys.create(&ann, &[8; 32]), Err(KeyStoreError::Exists { .. })));
    assert_eq!(keys.load(&ann).unwrap().public(), public);
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let file = keys.dir().join("user.ann");
    assert_eq!((mode(keys.dir()), mode(&file)), (0o700, 0o600));
    let missing = keys.load(&bob).unwrap_err().to_string();
    assert!(missing.contains("gatos key new agent:bob") && missing.contains("user:ann"), "{missing}");

    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let exposed = keys.load(&ann).unwrap_err();
    assert!(matches!(exposed, KeyStoreError::Exposed { mode: 0o644, .. }));
    assert!(exposed.to_string().contains("chmod 600"), "{exposed}");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();

    assert_eq!(store.default_actor().unwrap(), ann);
    keys.create(&bob, &[9; 32]).unwrap();
    assert!(store.default_actor().unwrap_err().to_string().contains("--actor"));
    store.set_default_actor(&bob).unwrap();
    assert_eq!(store.default_actor().unwrap(), bob);
    std::fs::write(&file, "nonsense").unwrap();
    assert!(matches!(keys.load(&ann), Err(KeyStoreError::Malformed { .. })));
    assert_eq!(keys.actors().unwrap(), [bob, ann]);
}

#[test]
fn a_ref_file_left_empty_by_a_power_cut_is_named() {
    let (folder, ann) = three_events();
    overwrite(&folder.path().join(".git").join(ann.ref_name()), b"");
    let store = GitStore::open(folder.path()).unwrap();
    let text = store.get_ref(&ann.ref_name()).unwrap_err().to_string();
    assert!(text.contains("power cut"), "{text}");
}

#[test]
fn small_trees_that_stand_for_too_much_are_refused() {
    let (folder, store) = fresh();
    let mut tree = folder.git_with_input(&["hash-object", "-w", "--stdin"], "x");
    for level in 0..9 {
        let mode = if level == 0 { "100644 blob" } else { "040000 tree" };
        let entries: String = (0..10).map(|n| format!("{mode} {tree}\t{n}\n")).collect();
        tree = folder.git_with_input(&["mktree"], &entries);
    }
    let commit = folder.git(&["commit-tree", &tree, "-m", "bomb"]);
    let commit = gatos_ledger_core::ports::CommitId::parse(&commit).unwrap();
    let started = std::time::Instant::now();
    let refused = store.list_files(&commit);
    assert!(matches!(&refused, Err(StoreError::Corrupt { detail, .. }) if detail.contains("more than")), "{refused:?}");
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
}
