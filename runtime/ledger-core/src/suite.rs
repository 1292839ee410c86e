//! The behaviour every storage adapter owes its callers. `memory.rs` and the Git adapter both take it.
//! Each check panics with what was broken, as a test does; only tests compile this file.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use gatos_canon::Value;

use crate::authority::{self, AuthorityError, Signer};
use crate::envelope::{Draft, Encoded};
use crate::grant::{Grant, Subject};
use crate::import::{LineError, LineOptions, LineProblem};
use crate::key::SigningKey;
use crate::model::{ActorId, EventType, JournalId, Namespace};
use crate::plane::{self, AddError, ImportJob, ImportReport};
use crate::ports::{CommitId, Journals, NewCommit, ReadError, RecordedEvent, Refs, Snapshots, StoreError, SwapError};
use crate::rules::{Breach, Head};
use crate::trust::{self, GRAPH_FILE, TrustGraph};
use crate::ulid::Ulid;

/// The key that the suite signs with.
pub fn key() -> SigningKey {
    SigningKey::from_seed(&[42; 32])
}

/// A journal by namespace and actor.
pub fn journal(ns: &str, actor: &str) -> JournalId {
    JournalId::new(ns.parse::<Namespace>().unwrap(), actor.parse::<ActorId>().unwrap())
}

/// A draft of type `test.made` whose payload is `{"n": n}`, at `time_ms`.
pub fn draft(time_ms: u64, n: i64) -> Draft {
    let mut draft = Draft::new("test.made".parse::<EventType>().unwrap(), Ulid::first_of(time_ms).unwrap());
    let payload = gatos_canon::Map::from_iter([("n", n)]);
    draft.payload = Value::Map(payload);
    draft
}

/// `count` placed events behind a head, one a second from `time_ms`.
pub fn batch(journal: &JournalId, mut head: Option<Head>, time_ms: u64, count: u64) -> Vec<Encoded> {
    let mut out = Vec::new();
    for n in 0..count {
        let encoded = draft(time_ms + n * 1000, n as i64).place(journal, head.as_ref()).unwrap();
        head = Some(encoded.head());
        out.push(encoded);
    }
    out
}

/// The payload numbers of what a reader gives.
pub fn numbers(events: impl Iterator<Item = Result<RecordedEvent, ReadError>>) -> Vec<i64> {
    let number = |r: Result<RecordedEvent, ReadError>| r.unwrap().event.decode().unwrap().payload.get("n")?.as_int();
    events.map(|r| number(r).unwrap()).collect()
}

/// Imports a text, a batch at a time.
pub fn import_text<S: Journals>(
    store: &S,
    journal: &JournalId,
    text: &str,
    batch: usize,
) -> Result<ImportReport, AddError> {
    let key = key();
    let job = ImportJob { journal: journal.clone(), key: &key, options: LineOptions::new().unwrap(), batch };
    let mut lines = text.lines();
    let mut next = |out: &mut Vec<u8>| match lines.next() {
        Some(line) => {
            out.extend_from_slice(line.as_bytes());
            Ok(true)
        }
        None => Ok(false),
    };
    plane::import(store, &job, &mut next, &mut plane::sign_all, &mut |_| {})
}

/// Runs every check, each on a store of its own.
pub fn run<S: Journals + Snapshots>(mut fresh: impl FnMut() -> S) {
    refs_move_only_from_where_they_are(&fresh());
    refs_do_not_share_a_path(&fresh());
    commits_are_their_content(&fresh());
    odd_paths_are_refused(&fresh());
    events_come_back_in_order(&fresh());
    stale_appends_change_nothing(&fresh());
    ranges_start_behind_a_commit(&fresh());
    broken_rules_are_named(&fresh());
    races_are_retried(&fresh());
    imports_resume(&fresh());
    imports_refuse_conflicts(&fresh());
    cuts_merge_in_the_total_order(&fresh());
    trust_accumulates_keys(&fresh());
    trust_is_changed_by_roots(&fresh());
    forged_trust_is_noticed(&fresh());
    imports_pass_a_gate(&fresh());
    namespaces_do_not_nest(&fresh());
}

fn commit(text: &str, parents: Vec<CommitId>) -> NewCommit {
    let mut files = BTreeMap::new();
    files.insert("a/b.txt".to_string(), text.as_bytes().to_vec());
    files.insert("c".to_string(), vec![0, 1, 2]);
    NewCommit {
        files,
        parents,
        actor: "service:suite".parse().unwrap(),
        time_s: 1_700_000_000,
        message: format!("{text}\n\nSome: trailer\n"),
    }
}

fn refs_move_only_from_where_they_are<S: Refs + Snapshots>(store: &S) {
    let one = store.write_commit(&commit("one", vec![])).unwrap();
    let two = store.write_commit(&commit("two", vec![one])).unwrap();
    let name = "refs/gatos/audit/suite";
    assert_eq!(store.get_ref(name), Ok(None));
    assert_eq!(store.swap_ref(name, Some(&one), &two), Err(SwapError::Moved { actual: None }));
    assert_eq!(store.swap_ref(name, None, &one), Ok(()));
    assert_eq!(store.swap_ref(name, None, &two), Err(SwapError::Moved { actual: Some(one) }));
    assert_eq!(store.swap_ref(name, Some(&one), &two), Ok(()));
    assert_eq!(store.get_ref(name), Ok(Some(two)));
    store.swap_ref("refs/gatos/audit/other", None, &one).unwrap();
    let listed = store.list_refs("refs/gatos/audit/").unwrap();
    assert_eq!(listed, [("refs/gatos/audit/other".to_string(), one), (name.to_string(), two)]);
    assert_eq!(store.list_refs("refs/gatos/none/"), Ok(vec![]));
}

fn refs_do_not_share_a_path<S: Refs + Snapshots>(store: &S) {
    let one = store.write_commit(&commit("one", vec![])).unwrap();
    store.swap_ref("refs/gatos/x/y", None, &one).unwrap();
    for name in ["refs/gatos/x", "refs/gatos/x/y/z"] {
        let refused = store.swap_ref(name, None, &one);
        assert!(matches!(refused, Err(SwapError::Store(StoreError::Clash { .. }))), "{name}: {refused:?}");
    }
}

fn commits_are_their_content<S: Snapshots>(store: &S) {
    let one = store.write_commit(&commit("one", vec![])).unwrap();
    assert_eq!(store.write_commit(&commit("one", vec![])), Ok(one));
    let two = store.write_commit(&commit("two", vec![one])).unwrap();
    assert_ne!(one, two);
    let info = store.read_commit(&two).unwrap();
    assert_eq!((info.parents, info.message.as_str()), (vec![one], "two\n\nSome: trailer\n"));
    assert_eq!(store.read_file(&two, "a/b.txt"), Ok(Some(b"two".to_vec())));
    assert_eq!(store.read_file(&two, "a"), Ok(None));
    assert_eq!(store.read_file(&two, "nope"), Ok(None));
    assert_eq!(store.list_files(&two), Ok(vec!["a/b.txt".to_string(), "c".to_string()]));
}

fn odd_paths_are_refused<S: Snapshots>(store: &S) {
    for path in ["", "/a", "a//b", "../a", "a/./b", ".git", "a/.git/config"] {
        let mut bad = commit("x", vec![]);
        bad.files.insert(path.to_string(), vec![]);
        assert!(store.write_commit(&bad).is_err(), "{path:?} was stored");
    }
    let mut bad = commit("x", vec![]);
    bad.files.insert("c/inside".to_string(), vec![]);
    assert!(store.write_commit(&bad).is_err(), "a file and a folder shared a name");
}

fn sign(batch: Vec<Encoded>) -> Vec<crate::ports::SignedEvent> {
    plane::sign_all(batch, &key())
}

fn events_come_back_in_order<S: Journals>(store: &S) {
    let journal = journal("suite", "user:ann");
    // Both sides of the border between loose objects and packs.
    let first = sign(batch(&journal, None, 1_000, 1));
    let old = store.append_events(&journal, None, &first).unwrap();
    let head = Head::of(&first[0].header, first[0].cid);
    let more = sign(batch(&journal, Some(head), 10_000, 200));
    let until = store.append_events(&journal, Some(&old), &more).unwrap();
    let events: Vec<RecordedEvent> =
        store.read_events(&journal, None, &until).unwrap().map(|recorded| recorded.unwrap()).collect();
    assert_eq!(events.len(), 201);
    assert_eq!(events[0].commit, old);
    assert_eq!(events[200].commit, until);
    let stored: Vec<_> = events.into_iter().map(|recorded| recorded.event).collect();
    assert_eq!(stored, [first, more].concat());
    let (commit, head) = plane::head(store, &journal).unwrap().unwrap();
    assert_eq!((commit, head.seq), (until, 200));
    let mut graph = TrustGraph::default();
    let recorded = store.read_event(&journal, &until).unwrap();
    assert!(matches!(plane::check_signature(&graph, &recorded).unwrap_err().breach, Breach::UnknownActor));
    graph.add_key(&journal.actor, SigningKey::from_seed(&[1; 32]).public());
    assert!(matches!(plane::check_signature(&graph, &recorded).unwrap_err().breach, Breach::BadSignature { keys: 1 }));
    graph.add_key(&journal.actor, key().public());
    assert_eq!(plane::check_signature(&graph, &recorded), Ok(()));
    let entry = graph.actors.get_mut(&journal.actor).unwrap();
    entry.retired = core::mem::take(&mut entry.keys).into_iter().map(|key| (key, 999)).collect();
    let late = plane::check_signature(&graph, &recorded).unwrap_err();
    assert!(matches!(late.breach, Breach::KeyRetired { until: 999 }), "{late}");
}

fn stale_appends_change_nothing<S: Journals>(store: &S) {
    let journal = journal("suite", "user:ann");
    let events = sign(batch(&journal, None, 1_000, 3));
    let until = store.append_events(&journal, None, &events).unwrap();
    assert_eq!(store.append_events(&journal, None, &events), Err(SwapError::Moved { actual: Some(until) }));
    assert_eq!(store.get_ref(&journal.ref_name()), Ok(Some(until)));
    assert!(store.append_events(&journal, Some(&until), &[]).is_err(), "an empty batch has no new end");
}

fn ranges_start_behind_a_commit<S: Journals>(store: &S) {
    let journal = journal("suite", "user:ann");
    let events = sign(batch(&journal, None, 1_000, 5));
    let until = store.append_events(&journal, None, &events).unwrap();
    let commits: Vec<CommitId> =
        store.read_events(&journal, None, &until).unwrap().map(|recorded| recorded.unwrap().commit).collect();
    assert_eq!(numbers(store.read_events(&journal, Some(&commits[1]), &until).unwrap()), [2, 3, 4]);
    assert_eq!(numbers(store.read_events(&journal, None, &commits[1]).unwrap()), [0, 1]);
    assert_eq!(numbers(store.read_events(&journal, Some(&until), &until).unwrap()), [0i64; 0]);
    let backwards = store.read_events(&journal, Some(&until), &commits[1]).map(|_| ());
    let Err(ReadError::Fault(fault)) = backwards else { panic!("a rewritten journal was read: {backwards:?}") };
    assert!(fault.to_string().contains("rewritten"), "{fault}");
}

fn first_breach<S: Journals>(store: &S, journal: &JournalId, until: &CommitId) -> Breach {
    let found = store.read_events(journal, None, until).and_then(|mut events| {
        let bad = events.find_map(Result::err);
        assert!(events.next().is_none(), "reading went on behind a fault");
        bad.map_or(Ok(()), Err)
    });
    match found {
        Err(ReadError::Fault(fault)) => fault.breach,
        other => panic!("expected a fault, got {other:?}"),
    }
}

fn broken_rules_are_named<S: Journals>(store: &S) {
    let ann = journal("suite", "user:ann");
    let mut at = 0;
    let mut check = |tamper: &dyn Fn(&mut Vec<Encoded>), expected: fn(&Breach) -> bool| {
        at += 1;
        let there = journal(&format!("case{at}"), "user:ann");
        let mut events = batch(&there, None, 1_000, 3);
        tamper(&mut events);
        let until = store.append_events(&there, None, &sign(events)).unwrap();
        let breach = first_breach(store, &there, &until);
        assert!(expected(&breach), "case {at}: {breach:?}");
    };
    let replace = |events: &mut Vec<Encoded>, at: usize, draft: Draft, head: Option<Head>| {
        events[at] = draft.place(&events[0].header.journal(), head.as_ref()).unwrap();
    };
    check(&|events| drop(events.remove(1)), |b| matches!(b, Breach::Gap { expected: 1, found: 2 }));
    check(&|events| drop(events.remove(0)), |b| matches!(b, Breach::Gap { expected: 0, found: 1 }));
    check(&|events| events.swap(1, 2), |b| matches!(b, Breach::Gap { expected: 1, found: 2 }));
    check(
        &|events| {
            let head = events[0].head();
            replace(events, 1, draft(1, 9), Some(head));
        },
        |b| matches!(b, Breach::Reordered { .. }),
    );
    check(
        &|events| {
            let head = Head { cid: events[1].cid, ..events[0].head() };
            replace(events, 1, draft(5_000, 9), Some(head));
        },
        |b| matches!(b, Breach::WrongPrev { .. }),
    );
    check(
        &|events| {
            let head = events[1].head();
            events[2] = draft(9_000, 9).place(&journal("other", "user:ann"), Some(&head)).unwrap();
        },
        |b| matches!(b, Breach::WrongNamespace { .. }),
    );
    check(
        &|events| {
            let head = events[1].head();
            let there = JournalId { actor: "user:bob".parse().unwrap(), ..events[0].header.journal() };
            events[2] = draft(9_000, 9).place(&there, Some(&head)).unwrap();
        },
        |b| matches!(b, Breach::WrongActor { .. }),
    );
    assert_eq!(store.get_ref(&ann.ref_name()), Ok(None));
}

fn races_are_retried<S: Journals>(store: &S) {
    let journal = journal("suite", "user:ann");
    let races = core::cell::Cell::new(0);
    let rival = |store: &S| {
        let head = plane::head(store, &journal).unwrap();
        let (old, head) = (head.map(|h| h.0), head.map(|h| h.1));
        let n = head.map_or(0, |head| head.seq + 1);
        store.append_events(&journal, old.as_ref(), &sign(batch(&journal, head, 1_000 * (n + 1), 1))).unwrap();
    };
    let added = plane::add(
        store,
        &journal,
        &key(),
        &mut |head| {
            // The first two tries are overtaken between reading the head and appending.
            if races.get() < 2 {
                rival(store);
            }
            let mut made = draft(1, 7);
            made.ulid = plane::next_ulid(1, [0; 10], head).unwrap();
            Ok(made)
        },
        &mut |tries| {
            races.set(tries);
            tries < 5
        },
    );
    assert_eq!(races.get(), 2);
    assert_eq!(added.unwrap().event.header.seq, 2);
    let lost = plane::add(
        store,
        &journal,
        &key(),
        &mut |head| {
            rival(store);
            Ok(Draft { ulid: head.unwrap().ulid.successor().unwrap(), ..draft(1, 7) })
        },
        &mut |tries| tries < 3,
    );
    assert_eq!(lost, Err(AddError::Contended { tries: 3 }));
    let low = plane::add(store, &journal, &key(), &mut |_| Ok(draft(1, 7)), &mut |_| false);
    assert!(matches!(low, Err(AddError::Breach(Breach::Reordered { .. }))), "{low:?}");
}

/// Lines with a time, most of it ascending.
pub fn lines(count: usize) -> String {
    (0..count).map(|n| format!("{{\"type\":\"t.n\",\"ts\":{},\"n\":{n}}}\n", 1_700_000_000 + n / 3 * 7 % 90)).collect()
}

fn imports_resume<S: Journals>(store: &S) {
    let (whole, killed) = (journal("whole", "user:ann"), journal("whole", "user:bob"));
    let text = lines(50);
    let report = import_text(store, &whole, &text, 7).unwrap();
    assert_eq!((report.lines, report.added, report.skipped), (50, 50, 0));
    let again = import_text(store, &whole, &text, 7).unwrap();
    assert_eq!((again.added, again.skipped, again.commit), (0, 50, report.commit));

    // A run that died after any number of batches is finished by the next, whatever its batch size.
    let part: String = text.lines().take(21).map(|line| format!("{line}\n")).collect();
    import_text(store, &killed, &part, 7).unwrap();
    let rest = import_text(store, &killed, &text, 4).unwrap();
    assert_eq!((rest.added, rest.skipped), (29, 21));
    assert_eq!(numbers(store.read_events(&killed, None, &rest.commit.unwrap()).unwrap()), Vec::from_iter(0..50));

    // The same lines in one go give the same commits.
    let once = journal("once", "user:ann");
    let a = import_text(store, &once, &text, 1000).unwrap();
    let events = |journal: &JournalId, until: Option<CommitId>| -> Vec<Ulid> {
        let events = store.read_events(journal, None, &until.unwrap()).unwrap();
        events.map(|recorded| recorded.unwrap().event.header.ulid).collect()
    };
    assert_ne!(events(&once, a.commit), events(&whole, report.commit), "entropy depends on the namespace");
}

fn imports_refuse_conflicts<S: Journals>(store: &S) {
    let journal = journal("suite", "user:ann");
    import_text(store, &journal, &lines(10), 100).unwrap();
    let problem = |result: Result<ImportReport, AddError>| match result {
        Err(AddError::Line(LineError { line, problem })) => (line, problem),
        other => panic!("expected a line error, got {other:?}"),
    };
    // A line changed in the middle: new content, so a new ULID below the head.
    let changed = lines(10).replace("\"n\":4", "\"n\":44");
    let (line, why) = problem(import_text(store, &journal, &changed, 100));
    assert!(matches!(why, LineProblem::BelowHead { .. }), "{why:?}");
    assert_eq!(line, 5);
    // The same lines under another type have the same ULIDs and other content.
    let key = key();
    let options = LineOptions { event_type: Some("other".parse().unwrap()), ..LineOptions::new().unwrap() };
    let job = ImportJob { journal: journal.clone(), key: &key, options, batch: 10 };
    let text = lines(10);
    let mut rest = text.lines();
    let mut next = |out: &mut Vec<u8>| Ok(rest.next().map(|line| out.extend_from_slice(line.as_bytes())).is_some());
    let (line, why) = problem(plane::import(store, &job, &mut next, &mut plane::sign_all, &mut |_| {}));
    assert!(matches!(why, LineProblem::Conflict { .. }), "{why:?}");
    assert_eq!(line, 1);
    // What stands before a bad line is kept, and the import goes on once the line is mended.
    let broken = format!("{}{{\"ts\":1800000000}}\n{{oops\n", lines(10));
    let (line, _) = problem(import_text(store, &journal, &broken, 100));
    assert_eq!(line, 12);
    assert_eq!(plane::head(store, &journal).unwrap().unwrap().1.seq, 10);
    let mended = import_text(store, &journal, &broken.replace("{oops", "{\"ts\":1800000001}"), 100).unwrap();
    assert_eq!((mended.skipped, mended.added), (11, 1));
}

fn cuts_merge_in_the_total_order<S: Journals>(store: &S) {
    let (ann, bob) = (journal("suite", "user:ann"), journal("suite", "agent:bob"));
    let append = |journal: &JournalId, old: Option<(CommitId, Head)>, time: u64, count: u64| {
        let events = sign(batch(journal, old.map(|o| o.1), time, count));
        let last = &events[events.len() - 1];
        let head = Head::of(&last.header, last.cid);
        (store.append_events(journal, old.map(|o| o.0).as_ref(), &events).unwrap(), head)
    };
    let a = append(&ann, None, 1_000, 3);
    let b = append(&bob, None, 1_500, 3);
    append(&journal("suite2", "user:eve"), None, 1_100, 1);
    let first = plane::current_cut(store, &ann.ns).unwrap();
    assert_eq!(first.len(), 2);
    assert_eq!(numbers(plane::read_cut(store, &first, None).unwrap()), [0, 0, 1, 1, 2, 2]);
    append(&ann, Some(a), 8_000, 1);
    append(&bob, Some(b), 7_000, 2);
    let second = plane::current_cut(store, &ann.ns).unwrap();
    assert_eq!(numbers(plane::read_cut(store, &second, Some(&first)).unwrap()), [0, 0, 1]);
    assert_eq!(plane::extends(store, &first, &second), Ok(true));
    assert_eq!(plane::extends(store, &second, &first), Ok(false));
    assert_ne!(first.inputs_root(), second.inputs_root());
    assert_eq!(crate::cut::Cut::from_json(&second.to_json()), Ok(second));
}

fn trust_accumulates_keys<S: Refs + Snapshots>(store: &S) {
    assert_eq!(trust::read(store), Ok(TrustGraph::default()));
    let (ann, bob): (ActorId, ActorId) = ("user:ann".parse().unwrap(), "agent:bob".parse().unwrap());
    trust::add_key(store, &ann, &key().public(), 5, 3).unwrap();
    trust::add_key(store, &bob, &SigningKey::from_seed(&[3; 32]).public(), 6, 3).unwrap();
    let tip = store.get_ref(crate::model::TRUST_REF).unwrap();
    trust::add_key(store, &ann, &key().public(), 7, 3).unwrap();
    assert_eq!(store.get_ref(crate::model::TRUST_REF).unwrap(), tip, "a known key moved the ref");
    let graph = trust::read(store).unwrap();
    assert_eq!(graph.keys(&ann).collect::<Vec<_>>(), [&key().public()]);
    assert_eq!(graph.actors.len(), 2);
}

type Files = BTreeMap<String, Vec<u8>>;

/// Who signs a change of trust in these tests.
pub fn signer<'a>(actor: &'a ActorId, key: &'a SigningKey) -> Signer<'a> {
    Signer { actor, key, time_s: 1_700_000_000, tries: 3 }
}

fn trust_is_changed_by_roots<S: Refs + Snapshots>(store: &S) {
    let (ann, bob): (ActorId, ActorId) = ("user:ann".parse().unwrap(), "agent:bob".parse().unwrap());
    let (ann_key, bob_key) = (key(), SigningKey::from_seed(&[3; 32]));
    let add_bob = &mut |graph: &mut TrustGraph| Ok(graph.add_key(&bob, bob_key.public()));
    let early = authority::edit(store, &signer(&bob, &bob_key), "trust: me", add_bob);
    assert!(matches!(early, Err(AuthorityError::NotRoot { .. })), "{early:?}");
    let first = authority::found(store, &signer(&ann, &ann_key)).unwrap().expect("the first root");
    assert_eq!(authority::found(store, &signer(&bob, &bob_key)), Ok(None), "a second owner");
    assert!(trust::add_key(store, &bob, &bob_key.public(), 1, 3).is_err(), "an unsigned change beside roots");
    let other = SigningKey::from_seed(&[4; 32]);
    let wrong = authority::edit(store, &signer(&ann, &other), "trust: bob", add_bob);
    assert!(matches!(wrong, Err(AuthorityError::UnknownKey { .. })), "{wrong:?}");
    authority::edit(store, &signer(&ann, &ann_key), "trust: bob", add_bob).unwrap().expect("bob is new");
    assert_eq!(authority::edit(store, &signer(&ann, &ann_key), "trust: bob", add_bob), Ok(None));
    let theft = authority::edit(store, &signer(&bob, &bob_key), "trust: mine", &mut |graph| {
        Ok(graph.roots.insert(bob.clone()))
    });
    assert!(matches!(theft, Err(AuthorityError::NotRoot { .. })), "{theft:?}");
    // A grant may be stored by anyone: it vouches for itself. It is written once.
    let ulid = Ulid::first_of(1_700_000_000_000).unwrap();
    let grant = Grant::new(ulid, ann.clone(), Subject::Actor(bob.clone()), vec!["journal:append".to_string()]);
    let grant = grant.sign(&ann_key).unwrap();
    let tip = authority::add_grant(store, &signer(&bob, &bob_key), &grant).unwrap();
    let again = authority::add_grant(store, &signer(&ann, &ann_key), &grant);
    assert!(matches!(again, Err(AuthorityError::GrantExists { .. })), "{again:?}");
    let trust = authority::read_trust(store).unwrap();
    assert_eq!((trust.commit, trust.grants.len(), trust.damaged.len()), (Some(tip), 1, 0));
    assert_eq!(authority::verify_growth(store, None, &tip), Ok(()));
    assert_eq!(authority::verify_growth(store, Some(&first), &tip), Ok(()));
    assert!(authority::verify_growth(store, Some(&tip), &first).is_err(), "shortened trust passed");
}

fn forged_trust_is_noticed<S: Refs + Snapshots>(store: &S) {
    let (ann, bob): (ActorId, ActorId) = ("user:ann".parse().unwrap(), "agent:bob".parse().unwrap());
    let ann_key = key();
    authority::found(store, &signer(&ann, &ann_key)).unwrap();
    let ulid = Ulid::first_of(1_700_000_000_000).unwrap();
    let grant = Grant::new(ulid, ann.clone(), Subject::Actor(bob.clone()), vec!["a:b".to_string()]);
    let (signed, tip) = authority::issue(store, &signer(&ann, &ann_key), grant).unwrap();
    let mut graph = trust::read(store).unwrap();
    graph.roots.insert(ann.clone());
    graph.add_key(&bob, SigningKey::from_seed(&[3; 32]).public());
    let path = crate::grant::grant_path(ulid);
    let forge = |change: &dyn Fn(&mut Files), trailers: &str| {
        let mut files = BTreeMap::new();
        for path in store.list_files(&tip).unwrap() {
            files.insert(path.clone(), store.read_file(&tip, &path).unwrap().unwrap());
        }
        change(&mut files);
        let commit = NewCommit {
            files,
            parents: vec![tip],
            actor: bob.clone(),
            time_s: 1,
            message: format!("trust: mine\n\n{trailers}"),
        };
        authority::verify_change(store, &store.write_commit(&commit).unwrap())
    };
    let new_graph = |files: &mut Files| _ = files.insert(GRAPH_FILE.to_string(), graph.to_json());
    assert!(matches!(forge(&new_graph, ""), Err(AuthorityError::Unsigned { .. })));
    let bad = format!("Actor: {ann}\nSig: {}\n", ann_key.sign(b"something else"));
    assert!(matches!(forge(&new_graph, &bad), Err(AuthorityError::Unsigned { .. })));
    let own = format!("Actor: {bob}\nSig: {}\n", ann_key.sign(b""));
    assert!(matches!(forge(&new_graph, &own), Err(AuthorityError::NotRoot { .. })));
    let gone = forge(&|files| drop(files.remove(&path)), "");
    assert!(matches!(gone, Err(AuthorityError::GrantLost { .. })), "{gone:?}");
    let moved = forge(&|files| drop(files.insert(crate::grant::grant_path(Ulid::MAX), signed.to_json())), "");
    assert!(matches!(moved, Err(AuthorityError::BadGrant { .. })), "{moved:?}");
    let broken = forge(&|files| drop(files.insert(GRAPH_FILE.to_string(), b"{}".to_vec())), "");
    assert!(matches!(broken, Err(AuthorityError::BadGraph(_))), "{broken:?}");
}

fn imports_pass_a_gate<S: Journals>(store: &S) {
    let (ann, key) = (journal("gated", "user:ann"), key());
    let job = ImportJob { journal: ann.clone(), key: &key, options: LineOptions::new().unwrap(), batch: 4 };
    let root = |byte| Some(gatos_canon::Sha256([byte; 32]));
    let run = |text: &str, admit: &mut dyn FnMut(&mut Draft) -> Result<(), AddError>| {
        let mut rest = text.lines();
        let mut next = |out: &mut Vec<u8>| Ok(rest.next().map(|line| out.extend_from_slice(line.as_bytes())).is_some());
        plane::import_admitted(store, &job, &mut next, admit, &mut plane::sign_all, &mut |_| {})
    };
    let text = lines(10);
    let mut seen = 0;
    let stopped = run(&text, &mut |draft| {
        seen += 1;
        draft.policy_root = root(1);
        if seen > 6 { Err(AddError::Denied { explain: "enough".to_string() }) } else { Ok(()) }
    });
    assert_eq!(stopped, Err(AddError::Denied { explain: "enough".to_string() }));
    assert_eq!(plane::head(store, &ann).unwrap().unwrap().1.seq, 5, "what came before stays");
    // The rest under another policy: what is there already is the same whichever policy admitted it.
    let rest = run(&text, &mut |draft| {
        draft.policy_root = root(2);
        Ok(())
    });
    let rest = rest.unwrap();
    assert_eq!((rest.skipped, rest.added), (6, 4));
    let roots: Vec<_> = (store.read_events(&ann, None, &rest.commit.unwrap()).unwrap())
        .map(|recorded| recorded.unwrap().event.header.policy_root)
        .collect();
    assert_eq!(roots, [vec![root(1); 6], vec![root(2); 4]].concat());
}

fn namespaces_do_not_nest<S: Journals>(store: &S) {
    import_text(store, &journal("jobs/a", "user:ann"), &lines(1), 10).unwrap();
    for ns in ["jobs", "jobs/a/b"] {
        let refused = import_text(store, &journal(ns, "user:ann"), &lines(1), 10);
        assert!(matches!(&refused, Err(AddError::Name(e)) if e.reason.contains("prefix")), "{ns}: {refused:?}");
    }
    import_text(store, &journal("jobs/b", "user:ann"), &lines(1), 10).unwrap();
    assert_eq!(plane::namespaces(store).unwrap().len(), 2);
}
