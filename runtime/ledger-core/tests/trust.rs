//! Trust graphs and grants: what is read, what is refused, and which grants count when.

use gatos_ledger_core::grant::{Grant, GrantError, GrantFault, SignedGrant, Subject, Verdicts, verified_grants};
use gatos_ledger_core::key::SigningKey;
use gatos_ledger_core::model::ActorId;
use gatos_ledger_core::trust::{Group, TrustGraph};
use gatos_ledger_core::ulid::Ulid;
use proptest::prelude::*;

const NOW: u64 = 1_800_000_000_000;

fn actor(name: &str) -> ActorId {
    name.parse().unwrap()
}

fn key(name: &str) -> SigningKey {
    let mut seed = [7; 32];
    seed[..name.len().min(32)].copy_from_slice(&name.as_bytes()[..name.len().min(32)]);
    SigningKey::from_seed(&seed)
}

/// ann is root; bob, cy, dee and eve have keys; bob and cy are leads.
fn graph() -> TrustGraph {
    let mut graph = TrustGraph::default();
    for name in ["user:ann", "user:bob", "agent:cy", "user:dee", "user:eve"] {
        graph.add_key(&actor(name), key(name).public());
    }
    graph.roots.insert(actor("user:ann"));
    let leads = Group { members: [actor("user:bob"), actor("agent:cy")].into(), threshold: Some(2) };
    graph.groups.insert("leads".into(), leads);
    graph
}

/// A grant made `n` minutes before now.
fn grant(n: u64, issuer: &str, subject: &str, caps: &[&str]) -> Grant {
    let ulid = Ulid::first_of(NOW - n * 60_000).unwrap();
    let caps = caps.iter().map(|cap| cap.to_string()).collect();
    Grant::new(ulid, actor(issuer), Subject::parse(subject).unwrap(), caps)
}

fn sign(grant: Grant) -> SignedGrant {
    let issuer = grant.issuer.to_string();
    grant.sign(&key(&issuer)).unwrap()
}

fn verdicts(grants: &[SignedGrant]) -> Verdicts {
    verified_grants(&graph(), grants, NOW, Some(&["repo://acme/ledger".into(), "gatos://finance".into()]))
}

fn fault(grants: &[SignedGrant], of: &SignedGrant) -> Option<GrantFault> {
    let verdicts = verdicts(grants);
    let found = verdicts.refused.into_iter().find(|refusal| refusal.ulid == of.grant.ulid);
    assert!(of.grant.revokes.is_some() || found.is_none() == verdicts.good.contains(of));
    found.map(|refusal| refusal.fault)
}

#[test]
fn a_grant_by_a_root_counts() {
    let one = sign(grant(5, "user:ann", "agent:cy", &["journal:append"]));
    let verdicts = verdicts(std::slice::from_ref(&one));
    assert_eq!((verdicts.good.as_slice(), verdicts.refused.len()), (&[one][..], 0));
    assert!(verdicts.holds(&graph(), &actor("agent:cy"), "journal:append"));
    assert!(!verdicts.holds(&graph(), &actor("agent:cy"), "journal:backfill"));
    assert!(!verdicts.holds(&graph(), &actor("user:bob"), "journal:append"));
    assert!(verdicts.holds(&graph(), &actor("user:ann"), "anything:at:all"), "a root needs no grant");
}

#[test]
fn a_grant_to_a_group_reaches_its_members() {
    let verdicts = verdicts(&[sign(grant(5, "user:ann", "group:leads", &["policy:*"]))]);
    for (name, expected) in [("user:bob", true), ("agent:cy", true), ("user:dee", false)] {
        assert_eq!(verdicts.holds(&graph(), &actor(name), "policy:install"), expected, "{name}");
    }
    let nobody = sign(grant(5, "user:ann", "group:nobody", &["a:b"]));
    assert_eq!(fault(std::slice::from_ref(&nobody), &nobody), Some(GrantFault::UnknownGroup("nobody".into())));
}

#[test]
fn wrongly_signed_grants_do_not_count() {
    let one = grant(5, "user:ann", "agent:cy", &["a:b"]).sign(&key("user:bob")).unwrap();
    assert_eq!(fault(std::slice::from_ref(&one), &one), Some(GrantFault::BadSignature));
    let mut changed = sign(grant(5, "user:ann", "agent:cy", &["a:b"])).to_value().to_json_string();
    changed = changed.replace("agent:cy", "user:eve");
    let changed = SignedGrant::from_json(changed.as_bytes()).unwrap();
    assert_eq!(fault(std::slice::from_ref(&changed), &changed), Some(GrantFault::BadSignature));
    let stranger = sign(grant(5, "user:zed", "agent:cy", &["a:b"]));
    assert_eq!(fault(std::slice::from_ref(&stranger), &stranger), Some(GrantFault::UnknownIssuer));
}

#[test]
fn a_retired_key_speaks_for_its_time() {
    let mut graph = graph();
    let (before, after) = (grant(60, "user:ann", "agent:cy", &["a:b"]), grant(10, "user:ann", "agent:cy", &["a:c"]));
    let (before, after) = (sign(before), sign(after));
    graph.rotate(&actor("user:ann"), key("new").public(), NOW - 30 * 60_000);
    let verdicts = verified_grants(&graph, &[before.clone(), after.clone()], NOW, None);
    assert_eq!(verdicts.good, [before]);
    assert_eq!(verdicts.refused[0].fault, GrantFault::BadSignature);
    assert_eq!(TrustGraph::from_json(&graph.to_json()), Ok(graph));
}

#[test]
fn time_bounds_hold_to_the_millisecond() {
    let at = |exp: Option<u64>, not_before: Option<u64>| {
        let one = sign(Grant { exp, not_before, ..grant(5, "user:ann", "agent:cy", &["a:b"]) });
        fault(std::slice::from_ref(&one), &one)
    };
    assert_eq!(at(Some(NOW), None), Some(GrantFault::Expired { exp: NOW }));
    assert_eq!(at(Some(NOW + 1), Some(NOW)), None);
    assert_eq!(at(None, Some(NOW + 1)), Some(GrantFault::NotYet { from: NOW + 1 }));
    let ulid = Ulid::first_of(NOW + 1).unwrap();
    let future = sign(Grant { ulid, ..grant(5, "user:ann", "agent:cy", &["a:b"]) });
    assert_eq!(fault(std::slice::from_ref(&future), &future), Some(GrantFault::NotYet { from: NOW + 1 }));
}

#[test]
fn audiences_are_held_against_repository_and_resource() {
    let of = |aud: &[&str]| {
        let aud = aud.iter().map(|aud| aud.to_string()).collect();
        let one = sign(Grant { aud, ..grant(5, "user:ann", "agent:cy", &["a:b"]) });
        fault(std::slice::from_ref(&one), &one)
    };
    assert_eq!(of(&["repo://*/**"]), None);
    assert_eq!(of(&["gatos://shop", "gatos://finance/**"]), None);
    assert!(matches!(of(&["gatos://shop/**", "repo://other/*"]), Some(GrantFault::WrongAudience { .. })));
}

#[test]
fn standing_comes_from_a_root_through_grants_that_cover() {
    let to_bob = sign(grant(9, "user:ann", "user:bob", &["trust:grant", "journal:*"]));
    let to_cy = sign(grant(8, "user:bob", "agent:cy", &["journal:append", "trust:grant"]));
    let to_dee = sign(grant(7, "agent:cy", "user:dee", &["journal:append"]));
    let too_much = sign(grant(6, "user:bob", "user:dee", &["policy:install"]));
    let no_right = sign(grant(5, "user:dee", "user:eve", &["journal:append"]));
    let all = [to_bob.clone(), to_cy.clone(), to_dee.clone(), too_much.clone(), no_right.clone()];
    let verdicts = verdicts(&all);
    assert_eq!(verdicts.good, [to_bob.clone(), to_cy.clone(), to_dee.clone()]);
    let missing =
        |caps: &[&str]| Some(GrantFault::NoStanding { missing: caps.iter().map(|cap| cap.to_string()).collect() });
    assert_eq!(fault(&all, &too_much), missing(&["policy:install"]));
    assert_eq!(fault(&all, &no_right), missing(&["trust:grant"]));
    // Without its beginning the chain hangs in the air.
    assert_eq!(fault(&[to_cy.clone(), to_dee.clone()], &to_dee), missing(&["trust:grant", "journal:append"]));
}

#[test]
fn a_circle_of_grants_lifts_nobody() {
    let one = sign(grant(9, "user:bob", "agent:cy", &["*"]));
    let two = sign(grant(8, "agent:cy", "user:bob", &["*"]));
    let own = sign(grant(7, "user:eve", "user:eve", &["*"]));
    assert!(verdicts(&[one, two, own]).good.is_empty());
}

#[test]
fn chains_end_after_eight_steps() {
    let mut graph = graph();
    let name = |n: u64| format!("agent:a{n}");
    let mut grants = vec![sign(grant(99, "user:ann", &name(0), &["trust:grant", "a:b"]))];
    for n in 0..10 {
        graph.add_key(&actor(&name(n)), key(&name(n)).public());
        grants.push(sign(grant(90 - n, &name(n), &name(n + 1), &["trust:grant", "a:b"])));
    }
    let verdicts = verified_grants(&graph, &grants, NOW, None);
    assert_eq!((verdicts.good.len(), verdicts.refused.len()), (8, 3));
    assert!(verdicts.refused[0].to_string().contains("8 steps"), "{}", verdicts.refused[0]);
}

#[test]
fn revoked_grants_count_until_then() {
    let one = sign(grant(60, "user:ann", "agent:cy", &["a:b"]));
    let by = sign(Grant::revocation(Ulid::first_of(NOW - 60_000).unwrap(), actor("user:ann"), &one.grant));
    let both = [one.clone(), by.clone()];
    let revoked = GrantFault::Revoked { by: by.grant.ulid, issuer: actor("user:ann") };
    assert_eq!(fault(&both, &one), Some(revoked));
    assert_eq!(fault(&both, &by), None);
    let earlier = verified_grants(&graph(), &both, NOW - 60_001, None);
    assert_eq!(earlier.good, [one], "an event from before is still covered");
}

#[test]
fn only_issuer_and_roots_revoke() {
    let to_bob = sign(grant(60, "user:ann", "user:bob", &["trust:grant", "a:*"]));
    let to_cy = sign(grant(50, "user:bob", "agent:cy", &["a:b"]));
    let ulid = |n: u64| Ulid::first_of(NOW - n * 60_000).unwrap();
    let by_cy = sign(Grant::revocation(ulid(5), actor("agent:cy"), &to_cy.grant));
    let all = [to_bob.clone(), to_cy.clone(), by_cy.clone()];
    assert_eq!(fault(&all, &to_cy), None);
    assert!(matches!(fault(&all, &by_cy), Some(GrantFault::BadRevocation { .. })));
    let by_bob = sign(Grant::revocation(ulid(4), actor("user:bob"), &to_cy.grant));
    assert!(fault(&[to_bob.clone(), to_cy.clone(), by_bob.clone()], &to_cy).is_some());
    // What takes back a revocation is a new grant.
    let undo = sign(Grant::revocation(ulid(3), actor("user:ann"), &by_bob.grant));
    assert!(fault(&[to_bob.clone(), to_cy.clone(), by_bob, undo], &to_cy).is_some());
    // The grants of one whose grant was revoked fall with it.
    let fall = sign(Grant::revocation(ulid(2), actor("user:ann"), &to_bob.grant));
    assert!(matches!(fault(&[to_bob, to_cy.clone(), fall], &to_cy), Some(GrantFault::NoStanding { .. })));
}

#[test]
fn a_replacement_keeps_issuer_and_subject() {
    let one = sign(grant(60, "user:ann", "agent:cy", &["a:b"]));
    let two = sign(Grant { prev: Some(one.digest), ..grant(50, "user:ann", "agent:cy", &["a:c"]) });
    let both = [one.clone(), two.clone()];
    assert_eq!(fault(&both, &one), Some(GrantFault::Replaced { by: two.grant.ulid }));
    assert_eq!(fault(&both, &two), None);
    assert_eq!(fault(std::slice::from_ref(&two), &two), Some(GrantFault::PrevMissing));
    for (n, issuer, subject) in
        [(50, "user:ann", "user:dee"), (50, "user:bob", "agent:cy"), (70, "user:ann", "agent:cy")]
    {
        let unlike = sign(Grant { prev: Some(one.digest), ..grant(n, issuer, subject, &["a:c"]) });
        let fault = fault(&[one.clone(), unlike.clone()], &unlike);
        assert!(matches!(fault, Some(GrantFault::PrevUnlike { .. })), "{issuer} {subject}: {fault:?}");
    }
    // An expired replacement does not bring back what it replaced.
    let short = Grant { prev: Some(one.digest), exp: Some(NOW - 1), ..grant(40, "user:ann", "agent:cy", &["a:c"]) };
    assert!(verdicts(&[one, sign(short)]).good.is_empty());
}

#[test]
fn grants_have_one_spelling() {
    let one = sign(Grant {
        aud: vec!["repo://*/**".into()],
        exp: Some(1_798_761_600_000),
        ..grant(5, "user:ann", "group:leads", &["journal:append"])
    });
    let text = String::from_utf8(one.to_json()).unwrap();
    assert!(
        text.starts_with(r#"{"aud":["repo://*/**"],"caps":["journal:append"],"exp":"2027-01-01T00:00:00Z","#),
        "{text}"
    );
    assert_eq!(SignedGrant::from_json(text.as_bytes()), Ok(one));
    let refused = |change: &dyn Fn(&str) -> String| SignedGrant::from_json(change(&text).as_bytes()).unwrap_err();
    assert_eq!(refused(&|t| t.replace("\":", "\": ")), GrantError::NotCanonical);
    assert_eq!(refused(&|t| format!("{t}\n")), GrantError::NotCanonical);
    assert!(matches!(refused(&|t| t.replace("01T00", "01T24")), GrantError::BadField { field: "exp", .. }));
    assert!(matches!(refused(&|t| t.replace("00:00Z", "00:00+00:00")), GrantError::BadField { field: "exp", .. }));
    assert!(matches!(
        refused(&|t| t.replace("journal:append", "journal:app*")),
        GrantError::BadField { field: "caps", .. }
    ));
    assert!(matches!(refused(&|t| t.replace("repo://*/**", "everything")), GrantError::BadField { field: "aud", .. }));
    assert!(matches!(refused(&|t| t.replace("\"aud\"", "\"and\"")), GrantError::UnknownField(_)));
    assert!(matches!(refused(&|t| t.replace("\"issuer\":\"user:ann\",", "")), GrantError::MissingField("issuer")));
    assert!(matches!(refused(&|t| t.replace("leads", "le\u{301}ads")), GrantError::NotNfc(_)));
    assert!(matches!(refused(&|t| t[..20].to_string()), GrantError::Json(_)));
    assert!(matches!(refused(&|_| "[".repeat(100_000)), GrantError::Json(_)));
    let empty = grant(5, "user:ann", "agent:cy", &[]).sign(&key("user:ann"));
    assert!(matches!(empty, Err(GrantError::BadField { field: "caps", .. })));
}

#[test]
fn trust_graphs_say_what_is_wrong() {
    let why = |text: &str| TrustGraph::from_json(text.as_bytes()).unwrap_err().to_string();
    let key = key("user:ann").public();
    let with = |rest: &str| format!(r#"{{"v":1,"actors":{{"user:ann":{{"keys":["{key}"]}}}},"groups":{{}}{rest}}}"#);
    assert!(TrustGraph::from_json(with("").as_bytes()).unwrap().roots.is_empty());
    assert!(TrustGraph::from_json(with(r#","roots":["user:ann"]"#).as_bytes()).unwrap().is_root(&actor("user:ann")));
    assert!(why(&with(r#","roots":["user:bob"]"#)).contains("user:bob has no key"));
    assert!(why(&with(r#","rots":[]"#)).contains("`rots` is not known"));
    let group = |text: &str| with("").replace(r#""groups":{}"#, &format!(r#""groups":{{{text}}}"#));
    assert!(why(&group(r#""a":{"members":["user:ann"],"threshold":2}"#)).contains("from 1 to its 1 members"));
    assert!(why(&group(r#""a":{"members":["user:ann"],"threshold":0}"#)).contains("threshold"));
    assert!(why(&group(r#""a b":{"members":[]}"#)).contains("no spaces"));
    assert!(why(&group("\"e\u{301}\":{\"members\":[]}")).contains("NFC"));
    let retired = |text: &str| with("").replace("\"]}", &format!("\"],\"retired\":[{text}]}}"));
    assert!(why(&retired(r#"{"key":"ed25519:x"}"#)).contains("ed25519"));
    assert!(why(&retired(&format!(r#"{{"key":"{key}"}}"#))).contains("`until` is missing"));
    assert!(why(&retired(&format!(r#"{{"key":"{key}","until":"soon"}}"#))).contains("2026-06-01"));
    assert!(
        why(&retired(&format!(r#"{{"key":"{key}","until":"2026-06-01T00:00:00Z"}}"#))).contains("in use and retired")
    );
}

proptest! {
    #[test]
    fn damaged_grants_never_count(at in 0usize..400, bit in 0u8..8) {
        let one = sign(grant(5, "user:ann", "agent:cy", &["journal:append"]));
        let mut bytes = one.to_json();
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        if let Ok(read) = SignedGrant::from_json(&bytes) {
            prop_assert!(!read.is_signed(&graph()));
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,80}") {
        let _ = SignedGrant::from_json(text.as_bytes());
        let _ = TrustGraph::from_json(text.as_bytes());
    }
}

#[test]
fn a_bad_grant_that_was_revoked_is_no_fault() {
    let bad = sign(grant(5, "user:bob", "group:nobody", &["a:b"]));
    let revocation = Grant::revocation(Ulid::first_of(NOW - 60_000).unwrap(), actor("user:ann"), &bad.grant);
    let revocation = sign(revocation);
    assert_eq!(fault(std::slice::from_ref(&bad), &bad), Some(GrantFault::UnknownGroup("nobody".into())));
    let by = revocation.grant.ulid;
    let expected = GrantFault::Revoked { by, issuer: actor("user:ann") };
    assert_eq!(fault(&[bad.clone(), revocation], &bad), Some(expected));
}

#[test]
fn a_retired_key_never_comes_back_and_speaks_for_one_actor() {
    let (bob, dee) = (actor("user:bob"), actor("user:dee"));
    let (old, new) = (key("user:bob").public(), key("bob's next").public());
    let mut graph = graph();
    assert_eq!(graph.key_fault(&bob, &old), None, "it is there already");
    assert!(graph.key_fault(&dee, &old).unwrap().contains("the key of user:bob"));
    graph.rotate(&bob, new.clone(), NOW);
    assert!(graph.key_fault(&bob, &old).unwrap().contains("retired since"));
    assert!(graph.key_fault(&dee, &old).unwrap().contains("the key of user:bob"));
    assert!(!graph.add_key(&bob, old.clone()), "it came back");
    graph.rotate(&bob, old.clone(), NOW + 1);
    assert_eq!(graph.keys(&bob).collect::<Vec<_>>(), [&new]);
    assert_eq!(graph.keys_at(&bob, NOW).count(), 2);
    assert_eq!(graph.keys_at(&bob, NOW + 1).collect::<Vec<_>>(), [&new]);
}
