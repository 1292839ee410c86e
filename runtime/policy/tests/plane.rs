//! Installing, gated writes and the audit trail, over storage in memory and in Git alike.

mod common;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use common::{NOW, actor, bundle, key};
use gatos_canon::Value;
use gatos_ledger_core::authority::{self, Signer};
use gatos_ledger_core::envelope::Draft;
use gatos_ledger_core::grant::{Grant, Subject};
use gatos_ledger_core::import::LineOptions;
use gatos_ledger_core::key::SigningKey;
use gatos_ledger_core::memory::MemoryStore;
use gatos_ledger_core::model::{ACTIVE_POLICY_REF, AUDIT_POLICY_REF, ActorId, JournalId, TRUST_REF};
use gatos_ledger_core::plane::{ImportJob, head, sign_all};
use gatos_ledger_core::ports::{Journals, NewCommit, RecordedEvent, Refs, Snapshots};
use gatos_ledger_core::ulid::Ulid;
use gatos_ledger_git::GitStore;
use gatos_policy::audit::{self, AuditError, Recorder};
use gatos_policy::bundle::{Bundle, BundleError};
use gatos_policy::engine;
use gatos_policy::install::{self, InstallError, Installed};
use gatos_policy::model::{Code, GATE_LIMITS};
use gatos_policy::plane::{self, Enforcer, GatedError, Settings};
use gatos_policy::rules::Clock;
use gatos_policy::starter;

type Files = BTreeMap<String, Vec<u8>>;

fn at(ms: u64) -> Ulid {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let mut entropy = [0; 10];
    entropy[2..].copy_from_slice(&COUNT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    Ulid::from_parts(ms, entropy).unwrap()
}

fn signer<'a>(actor: &'a ActorId, key: &'a SigningKey) -> Signer<'a> {
    Signer { actor, key, time_s: NOW / 1000, tries: 8 }
}

/// A repository whose owner is ann, with keys of bob and echo.
fn founded<S: Refs + Snapshots>(store: &S) {
    let (ann, ann_key) = (actor("user:ann"), key("user:ann"));
    authority::found(store, &signer(&ann, &ann_key)).unwrap();
    authority::edit(store, &signer(&ann, &ann_key), "trust: keys", &mut |graph| {
        graph.add_key(&actor("user:bob"), key("user:bob").public());
        Ok(graph.add_key(&actor("agent:echo"), key("agent:echo").public()))
    })
    .unwrap();
}

fn issue<S: Refs + Snapshots>(store: &S, subject: &str, caps: &[&str]) -> Grant {
    let (ann, ann_key) = (actor("user:ann"), key("user:ann"));
    let caps = caps.iter().map(|cap| cap.to_string()).collect();
    let grant = Grant::new(at(NOW - 1000), ann.clone(), Subject::parse(subject).unwrap(), caps);
    authority::issue(store, &signer(&ann, &ann_key), grant).unwrap().0.grant
}

fn install_as<S: Refs + Snapshots>(store: &S, name: &str, text: &str) -> Result<Installed, InstallError> {
    let (who, key) = (actor(name), key(name));
    let base = store.get_ref(ACTIVE_POLICY_REF)?;
    install::install(store, &signer(&who, &key), &Settings::default().repository, at(NOW), &bundle(text), base.as_ref())
}

/// Adds an event of a type to the finance journal at a time.
fn add_at<S: Journals + Snapshots>(store: &S, name: &str, time: u64, now: u64) -> Result<RecordedEvent, GatedError> {
    let mut enforcer = Enforcer::open(store, &Settings::default()).unwrap();
    let journal = JournalId::new("finance".parse().unwrap(), actor(name));
    let (who, key) = (actor(name), key(name));
    let recorder = Recorder { signer: &who, key: &key, ulid: at(now), tries: 8 };
    let mut draft = |_: Option<&_>| Ok(Draft::new("intent.exec.run".parse().unwrap(), at(time)));
    plane::add(store, &journal, &key, &mut enforcer, &recorder, now, &mut draft, &mut |tries| tries < 8)
}

fn add<S: Journals + Snapshots>(store: &S, name: &str) -> Result<RecordedEvent, GatedError> {
    add_at(store, name, NOW, NOW)
}

fn import_as<S: Journals + Snapshots>(store: &S, name: &str, lines: &[&str]) -> Result<u64, GatedError> {
    let mut enforcer = Enforcer::open(store, &Settings::default()).unwrap();
    let (who, key) = (actor(name), key(name));
    let journal = JournalId::new("old".parse().unwrap(), who.clone());
    let job = ImportJob { journal, key: &key, options: LineOptions::new().unwrap(), batch: 2 };
    let recorder = Recorder { signer: &who, key: &key, ulid: at(NOW), tries: 8 };
    let mut rest = lines.iter();
    let mut next = |out: &mut Vec<u8>| Ok(rest.next().map(|line| out.extend_from_slice(line.as_bytes())).is_some());
    plane::import(store, &job, &mut enforcer, &recorder, NOW, &mut next, &mut sign_all, &mut |_| {}).map(|r| r.added)
}

/// Checks one claim over both kinds of storage.
fn on_both(memory: fn(&MemoryStore), git: fn(&GitStore)) {
    memory(&MemoryStore::new());
    let folder = std::env::temp_dir().join(format!("gatos-policy-{}-{}", std::process::id(), at(1)));
    let store = GitStore::init(&folder, true).unwrap();
    git(&store);
    std::fs::remove_dir_all(&folder).unwrap();
}

macro_rules! claims {
    ($($name:ident)*) => { $(
        #[test]
        fn $name() {
            on_both(claims::$name, claims::$name);
        }
    )* };
}

claims! {
    without_a_policy_everything_works
    allowed_events_carry_the_roots
    denied_events_are_on_record_and_nowhere_else
    imports_stop_at_a_denied_line
    old_events_need_backfill
    installs_need_standing
    of_two_installs_one_wins
    history_of_policies_is_not_rewritten
    broken_bundles_let_nothing_through
    forged_trust_and_policies_let_nothing_through
    a_root_no_more_leaves_its_policy_in_force
    a_bundle_is_the_same_commit_everywhere
    new_activations_hold_by_the_clock
    new_denials_are_brought_by_gates
    records_are_verified_by_deciding_again
    tampered_records_are_noticed
}

mod claims {
    use super::*;

    pub fn without_a_policy_everything_works<S: Journals + Snapshots>(store: &S) {
        founded(store);
        let event = add_at(store, "agent:echo", 5, NOW).unwrap().event;
        assert_eq!((event.header.policy_root, event.header.trust_chain), (None, None));
        assert_eq!(import_as(store, "user:bob", &["{\"ts\":1}", "{\"ts\":2}"]), Ok(2));
        assert_eq!(store.get_ref(AUDIT_POLICY_REF), Ok(None));
    }

    pub fn allowed_events_carry_the_roots<S: Journals + Snapshots>(store: &S) {
        founded(store);
        let installed = install_as(store, "user:ann", starter::POLICY).unwrap();
        assert!(installed.is_new);
        let first = add(store, "user:ann").unwrap().event.header;
        assert_eq!(first.policy_root, Some(installed.activation.policy_root));
        issue(store, "agent:echo", &["journal:append"]);
        let echo = add(store, "agent:echo").unwrap().event.header;
        assert_eq!(echo.policy_root, first.policy_root);
        assert!(echo.trust_chain.is_some() && echo.trust_chain != first.trust_chain);
        // Deciding again about what is in the journal, as a push gate does, binds the same.
        let mut enforcer = Enforcer::open(store, &Settings::default()).unwrap();
        let journal = JournalId::new("finance".parse().unwrap(), actor("agent:echo"));
        let commit = head(store, &journal).unwrap().unwrap().0;
        let event = store.read_event(&journal, &commit).unwrap().event.decode().unwrap();
        let again = enforcer.check(&gatos_policy::model::Intent::of_event(&event), None).unwrap().decision;
        assert_eq!((again.policy_root, again.trust_chain), (echo.policy_root, echo.trust_chain));
    }

    pub fn denied_events_are_on_record_and_nowhere_else<S: Journals + Snapshots>(store: &S) {
        founded(store);
        install_as(store, "user:ann", starter::POLICY).unwrap();
        let denied = add(store, "agent:echo").unwrap_err();
        let GatedError::Denied { decision, denial, intent } = &denied else { panic!("{denied:?}") };
        assert_eq!((decision.code, decision.explain.as_str()), (Code::NotPermitted, "caps missing: journal:append"));
        let journal = JournalId::new("finance".parse().unwrap(), actor("agent:echo"));
        assert_eq!(store.get_ref(&journal.ref_name()), Ok(None));
        assert_eq!(store.get_ref(AUDIT_POLICY_REF), Ok(Some(denial.commit)));
        let view = denial.signed.view();
        let text = |name: &str| view.get(name).and_then(Value::as_text).unwrap_or_default().to_string();
        assert_eq!((text("type").as_str(), text("result").as_str()), ("audit.decision", "DENY"));
        assert_eq!((text("intent"), text("resource")), (intent.intent.clone(), "gatos://finance".to_string()));
        assert_eq!(
            (text("rule").as_str(), text("explain").as_str()),
            ("policies/exec.rgs:15", "caps missing: journal:append")
        );
        let message = store.read_commit(&denial.commit).unwrap().message;
        let ulid = denial.signed.decision.ulid;
        assert!(message.starts_with("DENY intent.exec.run by agent:echo on gatos://finance\n\n"), "{message}");
        for line in [
            format!("Decision: {ulid}"),
            "Policy-Rule: policies/exec.rgs:15".into(),
            "Policy-Reason: caps missing: journal:append".into(),
        ] {
            assert!(message.lines().any(|l| l == line), "{line}\n{message}");
        }
        assert!(store.read_file(&denial.commit, &format!("deny/{ulid}/input.json")).unwrap().is_some());
        add(store, "agent:echo").unwrap_err();
        assert_eq!(audit::list(store).unwrap().len(), 2);
        assert_eq!(audit::find(store, ulid).unwrap(), **denial);
        assert_eq!(audit::find(store, Ulid::MIN), Err(AuditError::Unknown(Ulid::MIN)));
        let tip = store.get_ref(AUDIT_POLICY_REF).unwrap().unwrap();
        assert_eq!(audit::verify_growth(store, Some(&denial.commit), &tip), Ok(()));
        assert!(audit::verify_growth(store, Some(&tip), &denial.commit).is_err(), "a shortened trail passed");
    }

    pub fn imports_stop_at_a_denied_line<S: Journals + Snapshots>(store: &S) {
        founded(store);
        install_as(
            store,
            "user:ann",
            "package gatos.import\n\nallow if true\n\ndeny contains \"bad\" if input.payload.n == 4\n",
        )
        .unwrap();
        let lines: Vec<String> = (0..6).map(|n| format!("{{\"ts\":{},\"n\":{n}}}", NOW / 1000)).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let denied = import_as(store, "user:bob", &lines).unwrap_err();
        assert!(matches!(&denied, GatedError::Denied { decision, .. } if decision.explain == "bad"), "{denied:?}");
        let journal = JournalId::new("old".parse().unwrap(), actor("user:bob"));
        assert_eq!(head(store, &journal).unwrap().unwrap().1.seq, 3);
        assert_eq!(audit::list(store).unwrap().len(), 1);
        assert_eq!(import_as(store, "user:bob", &lines[..4]), Ok(0), "what is there is not asked about again");
    }

    pub fn old_events_need_backfill<S: Journals + Snapshots>(store: &S) {
        founded(store);
        install_as(store, "user:ann", starter::POLICY).unwrap();
        issue(store, "user:bob", &["journal:append"]);
        let lines = ["{\"ts\":1700000000,\"n\":1}"];
        let denied = import_as(store, "user:bob", &lines).unwrap_err();
        let GatedError::Denied { decision, denial, .. } = denied else { panic!("{denied:?}") };
        assert_eq!(decision.code, Code::Skew);
        assert_eq!(denial.signed.decision.clock.map(|clock| clock.now_ms), Some(NOW));
        assert_eq!(import_as(store, "user:ann", &lines), Ok(1), "the owner holds it");
        issue(store, "user:bob", &["journal:backfill"]);
        assert_eq!(import_as(store, "user:bob", &lines), Ok(1), "judged by what he was granted since");
    }

    pub fn installs_need_standing<S: Journals + Snapshots>(store: &S) {
        founded(store);
        let refused = install_as(store, "user:bob", starter::POLICY);
        assert!(matches!(refused, Err(InstallError::NotAllowed { .. })), "{refused:?}");
        assert_eq!(store.get_ref(ACTIVE_POLICY_REF), Ok(None));
        issue(store, "user:bob", &["policy:install"]);
        let installed = install_as(store, "user:bob", starter::POLICY).unwrap();
        let commit = installed.activation.commit;
        let verified = install::verify_activation(store, &Settings::default().repository, &commit).unwrap();
        assert_eq!(verified, installed.activation);
        let found = install::find_bundle(store, &installed.activation.policy_root).unwrap().unwrap();
        assert_eq!(found.bundle.sources["policies/exec.rgs"], starter::POLICY.as_bytes());
        assert!(install::find_bundle(store, &gatos_canon::Sha256([0; 32])).unwrap().is_none());
        assert!(!install_as(store, "user:bob", starter::POLICY).unwrap().is_new, "the same policy is in force");
    }

    pub fn of_two_installs_one_wins<S: Journals + Snapshots>(store: &S) {
        founded(store);
        let first = install_as(store, "user:ann", starter::POLICY).unwrap().activation;
        let (who, key) = (actor("user:ann"), key("user:ann"));
        // Both read what is in force, then both install.
        let base = Some(first.commit);
        let one = bundle("package gatos.a\n\nallow if true\n");
        let two = bundle("package gatos.b\n\nallow if true\n");
        let repository = Settings::default().repository;
        let winner = install::install(store, &signer(&who, &key), &repository, at(NOW), &one, base.as_ref()).unwrap();
        let lost = install::install(store, &signer(&who, &key), &repository, at(NOW), &two, base.as_ref()).unwrap_err();
        assert_eq!(lost, InstallError::Lost { winner: Some(Box::new(winner.activation.clone())) });
        assert!(lost.to_string().contains("user:ann installed sha256:"), "{lost}");
        assert_eq!(install::active(store), Ok(Some(winner.activation)));
        assert_eq!(install::history(store).unwrap().len(), 2);
    }

    pub fn history_of_policies_is_not_rewritten<S: Journals + Snapshots>(store: &S) {
        founded(store);
        let repository = Settings::default().repository;
        let first = install_as(store, "user:ann", starter::POLICY).unwrap().activation;
        let second = install_as(store, "user:ann", "package gatos.a\n\nallow if true\n").unwrap().activation;
        assert_eq!(install::verify_growth(store, &repository, Some(&first.commit), &second.commit), Ok(()));
        let back = install::verify_growth(store, &repository, Some(&second.commit), &first.commit);
        assert_eq!(back, Err(InstallError::Rewritten { commit: first.commit }));
        // The same tree and message on another parent: the signature names the parent.
        let info = store.read_commit(&second.commit).unwrap();
        let files = store.list_files(&second.commit).unwrap().into_iter();
        let files =
            files.map(|path| (path.clone(), store.read_file(&second.commit, &path).unwrap().unwrap())).collect();
        let moved = NewCommit { files, parents: vec![], actor: actor("user:ann"), time_s: 1, message: info.message };
        let moved = store.write_commit(&moved).unwrap();
        let forged = install::verify_activation(store, &repository, &moved);
        assert!(matches!(forged, Err(InstallError::BadSignature { .. })), "{forged:?}");
    }

    pub fn broken_bundles_let_nothing_through<S: Journals + Snapshots>(store: &S) {
        founded(store);
        let first = install_as(store, "user:ann", starter::POLICY).unwrap().activation;
        let info = store.read_commit(&first.commit).unwrap();
        let mut files: Files = (store.list_files(&first.commit).unwrap().into_iter())
            .map(|path| (path.clone(), store.read_file(&first.commit, &path).unwrap().unwrap()))
            .collect();
        files.get_mut("policy.rgc").unwrap()[40] ^= 1;
        let broken = NewCommit {
            files,
            parents: vec![first.commit],
            actor: actor("user:ann"),
            time_s: 1,
            message: info.message,
        };
        let broken = store.write_commit(&broken).unwrap();
        store.swap_ref(ACTIVE_POLICY_REF, Some(&first.commit), &broken).unwrap();
        let refused = Enforcer::open(store, &Settings::default()).map(|_| ()).unwrap_err().to_string();
        assert!(refused.contains("nothing is let through") && refused.contains("policy.rgc"), "{refused}");
    }

    fn files_of<S: Snapshots>(store: &S, commit: &gatos_ledger_core::ports::CommitId) -> Files {
        let paths = store.list_files(commit).unwrap().into_iter();
        paths.map(|path| (path.clone(), store.read_file(commit, &path).unwrap().unwrap())).collect()
    }

    pub fn forged_trust_and_policies_let_nothing_through<S: Journals + Snapshots>(store: &S) {
        founded(store);
        let first = install_as(store, "user:ann", starter::POLICY).unwrap().activation;
        let open = || Enforcer::open(store, &Settings::default()).map(|_| ()).map_err(|e| e.to_string());
        assert_eq!(open(), Ok(()));
        // An allow-all bundle under ann's name, signed by someone else.
        let (mallory, key) = (actor("user:ann"), key("user:mallory"));
        let all = bundle("package gatos.all\n\nallow if true\n");
        let other = MemoryStore::new();
        authority::found(&other, &signer(&mallory, &key)).unwrap();
        let repository = Settings::default().repository;
        let forged = install::install(&other, &signer(&mallory, &key), &repository, at(NOW), &all, None).unwrap();
        let forged = NewCommit {
            files: files_of(&other, &forged.activation.commit),
            parents: vec![first.commit],
            actor: mallory.clone(),
            time_s: 1,
            message: other.read_commit(&forged.activation.commit).unwrap().message,
        };
        let forged = store.write_commit(&forged).unwrap();
        store.swap_ref(ACTIVE_POLICY_REF, Some(&first.commit), &forged).unwrap();
        let refused = open().unwrap_err();
        assert!(refused.contains("nothing is let through") && refused.contains("fits no key of user:ann"), "{refused}");
        store.swap_ref(ACTIVE_POLICY_REF, Some(&forged), &first.commit).unwrap();
        assert_eq!(open(), Ok(()));
        // A graph with one more root that no root put there.
        let tip = store.get_ref(TRUST_REF).unwrap().unwrap();
        let mut graph = authority::read(store).unwrap();
        graph.roots.insert(actor("user:bob"));
        let mut files = files_of(store, &tip);
        files.insert(gatos_ledger_core::trust::GRAPH_FILE.into(), graph.to_json());
        let grown =
            NewCommit { files, parents: vec![tip], actor: actor("user:bob"), time_s: 1, message: "trust: me".into() };
        let grown = store.write_commit(&grown).unwrap();
        store.swap_ref(TRUST_REF, Some(&tip), &grown).unwrap();
        let refused = open().unwrap_err();
        assert!(refused.contains("cannot be believed") && refused.contains("names no actor"), "{refused}");
    }

    pub fn a_root_no_more_leaves_its_policy_in_force<S: Journals + Snapshots>(store: &S) {
        founded(store);
        install_as(store, "user:ann", starter::POLICY).unwrap();
        let (ann, ann_key) = (actor("user:ann"), key("user:ann"));
        authority::edit(store, &signer(&ann, &ann_key), "trust: hand over", &mut |graph| {
            graph.roots.remove(&ann);
            Ok(graph.roots.insert(actor("user:bob")))
        })
        .unwrap();
        assert!(Enforcer::open(store, &Settings::default()).is_ok());
        // A key that must not be believed is retired since before it installed anything.
        let (bob, bob_key) = (actor("user:bob"), key("user:bob"));
        authority::edit(store, &signer(&bob, &bob_key), "trust: stolen", &mut |graph| {
            let entry = graph.actors.get_mut(&ann).unwrap();
            entry.keys.remove(&ann_key.public());
            Ok(entry.retired.insert(ann_key.public(), NOW - 1).is_none())
        })
        .unwrap();
        let refused = Enforcer::open(store, &Settings::default()).map(|_| ()).unwrap_err().to_string();
        assert!(refused.contains("fits no key of user:ann"), "{refused}");
        // The way out: a root puts the same policy in force in its own name.
        assert!(install_as(store, "user:bob", starter::POLICY).unwrap().is_new);
        assert!(Enforcer::open(store, &Settings::default()).is_ok());
    }

    pub fn a_bundle_is_the_same_commit_everywhere<S: Journals + Snapshots>(store: &S) {
        founded(store);
        let there = install_as(store, "user:ann", starter::POLICY).unwrap().activation;
        let other = MemoryStore::new();
        let (bob, bob_key) = (actor("user:bob"), key("user:bob"));
        authority::found(&other, &signer(&bob, &bob_key)).unwrap();
        let late = Signer { time_s: NOW, ..signer(&bob, &bob_key) };
        let bundle = bundle(starter::POLICY);
        let repository = Settings::default().repository;
        install::install(&other, &late, &repository, at(NOW + 5000), &bundle, None).unwrap();
        let name = install::bundle_ref(&there.policy_root);
        let (a, b) = (store.get_ref(&name).unwrap().unwrap(), other.get_ref(&name).unwrap().unwrap());
        assert_eq!(store.read_commit(&a), other.read_commit(&b));
        // Storage in memory names commits its own way; over the same kind the names agree too.
        let again = MemoryStore::new();
        authority::found(&again, &signer(&actor("user:ann"), &key("user:ann"))).unwrap();
        install_as(&again, "user:ann", starter::POLICY).unwrap();
        assert_eq!(again.get_ref(&name), other.get_ref(&name));
    }

    pub fn new_activations_hold_by_the_clock<S: Journals + Snapshots>(store: &S) {
        founded(store);
        let repository = Settings::default().repository;
        let first = install_as(store, "user:ann", starter::POLICY).unwrap().activation.commit;
        let (ann, ann_key) = (actor("user:ann"), key("user:ann"));
        let given = Grant::new(
            at(NOW - 1000),
            ann.clone(),
            Subject::parse("user:bob").unwrap(),
            vec!["policy:install".to_string()],
        );
        authority::issue(store, &signer(&ann, &ann_key), Grant { exp: Some(NOW + 5000), ..given }).unwrap();
        let second = install_as(store, "user:bob", "package gatos.a\n\nallow if true\n").unwrap().activation.commit;
        let clock = |now_ms| Clock { now_ms, skew_ms: 10_000 };
        let verify = |old: Option<&_>, new, now| install::verify_new(store, &repository, old, new, &clock(now));
        assert_eq!(verify(Some(&first), &second, NOW + 1000), Ok(()));
        // The grant is over, whatever the ULID says.
        assert_eq!(install::verify_growth(store, &repository, Some(&first), &second), Ok(()));
        let late = verify(Some(&first), &second, NOW + 6000);
        assert!(matches!(late, Err(InstallError::NotAllowed { .. })), "{late:?}");
        let early = verify(None, &first, NOW - 10_001);
        assert!(matches!(early, Err(InstallError::OutOfTime { .. })), "{early:?}");
        // A key that is retired brings nothing new, although what it signed before stays good.
        authority::edit(store, &signer(&ann, &ann_key), "trust: rotate", &mut |graph| {
            graph.rotate(&ann, key("user:ann2").public(), NOW + 1);
            Ok(true)
        })
        .unwrap();
        assert_eq!(install::verify_growth(store, &repository, None, &first), Ok(()));
        assert_eq!(verify(None, &first, NOW + 10_001), Ok(()), "not so long ago");
        let stolen = verify(None, &first, NOW + 10_002);
        assert_eq!(stolen, Err(InstallError::KeyRetired { commit: first, actor: ann }));
    }

    pub fn new_denials_are_brought_by_gates<S: Journals + Snapshots>(store: &S) {
        founded(store);
        install_as(store, "user:ann", starter::POLICY).unwrap();
        add(store, "agent:echo").unwrap_err();
        let tip = store.get_ref(AUDIT_POLICY_REF).unwrap().unwrap();
        let repository = Settings::default().repository;
        let clock = Clock { now_ms: NOW, skew_ms: 10_000 };
        let waits = |waiting: bool| audit::verify_new(store, &repository, None, &tip, &clock, &|_| waiting);
        // Whoever was denied does not write the record.
        assert_eq!(waits(false), Err(AuditError::NotAllowed { commit: tip, signer: actor("agent:echo") }));
        issue(store, "agent:echo", &["audit:append"]);
        assert_eq!(waits(false), Ok(()));
        // One of that ULID waits for the record: nothing else comes in its place.
        assert!(matches!(waits(true), Err(AuditError::Foreign { .. })));
        let denial = audit::find(store, audit::list(store).unwrap()[0].signed.decision.ulid).unwrap();
        audit::append_denial(store, &denial.signed, &denial.input, 8).unwrap();
        let twice = store.get_ref(AUDIT_POLICY_REF).unwrap().unwrap();
        let again = audit::verify_new(store, &repository, Some(&tip), &twice, &clock, &|_| false);
        assert!(matches!(again, Err(AuditError::Foreign { .. })), "{again:?}");
    }

    pub fn records_are_verified_by_deciding_again<S: Journals + Snapshots>(store: &S) {
        founded(store);
        let old = install_as(store, "user:ann", starter::POLICY).unwrap().activation;
        add(store, "agent:echo").unwrap_err();
        // Another policy is in force by now; the record names its own.
        install_as(store, "user:ann", "package gatos.a\n\nallow if true\n").unwrap();
        let denial = audit::list(store).unwrap().remove(0);
        let root = denial.signed.decision.policy_root.unwrap();
        assert_eq!(root, old.policy_root);
        let bundle = install::find_bundle(store, &root).unwrap().unwrap();
        let mut gate = engine::open(bundle, GATE_LIMITS).unwrap();
        let graph = authority::read(store).unwrap();
        let verified = audit::verify(&graph, denial.clone(), &mut gate);
        assert!(verified.is_good(), "{:?}", verified.differences);
        assert_eq!(verified.replayed.unwrap().explain, "caps missing: journal:append");
        let mut other = common::gate("package gatos.a\n\nallow if true\n");
        let differences = audit::verify(&graph, denial, &mut other).differences;
        let fields: Vec<_> = differences.iter().map(|d| d.field).collect();
        assert!(fields.contains(&"policy_root") && fields.contains(&"result"), "{fields:?}");

        // Signed as well and decided alike, but by the law of another place.
        let denial = audit::list(store).unwrap().remove(0);
        assert_eq!(audit::foreign(store, &denial), Ok(None));
        let (elsewhere, unfounded) = (MemoryStore::new(), MemoryStore::new());
        founded(&elsewhere);
        install_as(&elsewhere, "user:ann", "package gatos\n\nallow := true\n").unwrap();
        assert_eq!(audit::foreign(&elsewhere, &denial), Ok(Some("its policy was never in force here")));
        let mut lawless = denial.clone();
        lawless.signed.decision.policy_root = None;
        let never = "the trust that it was decided by was never that of this repository";
        assert_eq!(audit::foreign(&unfounded, &lawless), Ok(Some(never)));
    }

    pub fn tampered_records_are_noticed<S: Journals + Snapshots>(store: &S) {
        founded(store);
        install_as(store, "user:ann", starter::POLICY).unwrap();
        add(store, "agent:echo").unwrap_err();
        let denial = audit::list(store).unwrap().remove(0);
        let info = store.read_commit(&denial.commit).unwrap();
        let files: Files = (store.list_files(&denial.commit).unwrap().into_iter())
            .map(|path| (path.clone(), store.read_file(&denial.commit, &path).unwrap().unwrap()))
            .collect();
        let forge = |change: &dyn Fn(&mut Files, &mut String)| {
            let (mut files, mut message) = (files.clone(), info.message.clone());
            change(&mut files, &mut message);
            let commit = NewCommit { files, parents: vec![], actor: actor("agent:echo"), time_s: 1, message };
            audit::read_denial(store, &store.write_commit(&commit).unwrap())
        };
        let path = |file: &str| format!("deny/{}/{file}", denial.signed.decision.ulid);
        assert!(forge(&|_, _| {}).is_ok());
        for (what, read) in [
            ("input", forge(&|files, _| files.get_mut(&path("input.json")).unwrap().push(b' '))),
            ("message", forge(&|_, message| *message = message.replace("journal:append", "nothing"))),
            ("gone", forge(&|files, _| drop(files.remove(&path("decision.sig"))))),
            ("more", forge(&|files, _| drop(files.insert("other".into(), vec![])))),
            ("decision", forge(&|files, _| files.get_mut(&path("decision.cbor")).unwrap()[60] ^= 1)),
        ] {
            assert!(read.is_err(), "{what}");
        }
        // Signed by someone else: it reads, and does not verify.
        let mut other = denial.clone();
        other.signed = other.signed.decision.clone().sign(&key("user:bob")).unwrap();
        let graph = authority::read(store).unwrap();
        assert!(other.signed.check_signature(&graph).is_err());
        assert!(denial.signed.check_signature(&graph).is_ok());
    }
}

#[test]
fn bundles_are_checked_piece_by_piece() {
    let good = bundle(starter::POLICY).bundle;
    let files = good.to_files();
    assert_eq!(Bundle::from_files(files.clone()).unwrap(), good);
    let refused = |change: &dyn Fn(&mut Files)| {
        let mut files = files.clone();
        change(&mut files);
        Bundle::from_files(files).and_then(Bundle::verify).map(|_| ()).unwrap_err()
    };
    assert_eq!(refused(&|f| drop(f.remove("policy.map"))), BundleError::MissingFile("policy.map".into()));
    assert_eq!(refused(&|f| drop(f.insert("x".into(), vec![]))), BundleError::UnknownFile("x".into()));
    assert!(matches!(refused(&|f| drop(f.insert("data/a.json".into(), b"{}".to_vec()))), BundleError::UnknownFile(_)));
    assert!(matches!(refused(&|f| f.get_mut("policy.rgc").unwrap().push(0)), BundleError::WrongHash { .. }));
    assert!(matches!(refused(&|f| f.get_mut("manifest.json").unwrap().push(b' ')), BundleError::Manifest(_)));
    let verify = |bundle: Bundle| bundle.verify().map(|_| ()).unwrap_err();
    assert!(matches!(verify(Bundle { code: vec![1, 2], ..good.clone() }), BundleError::Code(_)));
    assert!(matches!(verify(Bundle { map: vec![], ..good.clone() }), BundleError::Map(_)));
    let other = bundle("package gatos.a\n\nallow if true\n").bundle;
    assert!(matches!(verify(Bundle { map: other.map, ..good.clone() }), BundleError::Map(_)));
    let data = |path: &str, text: &str| (path.to_string(), text.as_bytes().to_vec());
    for files in [
        vec![data("data/a.json", "{oops")],
        vec![data("data/a.json", "1"), data("data/data.json", "{\"a\":2}")],
        vec![data("data/a.json", "1"), data("data/a/b.json", "2")],
        vec![data("data/a.txt", "1")],
    ] {
        let bundle = Bundle { data: files.iter().cloned().collect(), ..good.clone() };
        assert!(matches!(verify(bundle), BundleError::Data { .. }), "{files:?}");
    }
    let joined = gatos_policy::bundle::join_data(
        &[data("data/a/data.json", "{\"x\":1}"), data("data/a/b.json", "[2]"), data("data/c.json", "3")].into(),
    );
    assert_eq!(joined.unwrap().to_json_string(), r#"{"a":{"b":[2],"x":1},"c":3}"#);
}

#[test]
fn the_audit_trail_keeps_the_order_of_arrival() {
    let store = MemoryStore::new();
    founded(&store);
    install_as(&store, "user:ann", starter::POLICY).unwrap();
    for name in ["agent:echo", "user:bob", "agent:echo"] {
        add(&store, name).unwrap_err();
    }
    let actors: Vec<String> =
        audit::list(&store).unwrap().iter().map(|d| d.signed.decision.actor.to_string()).collect();
    assert_eq!(actors, ["agent:echo", "user:bob", "agent:echo"]);
    assert!(matches!(add(&store, "user:eve"), Err(GatedError::Denied { .. })));
}
