//! Laws of the gate: it always answers, a decision made again on its recorded input is the same, a denial's record
//! verifies, and what is read of trust, grants, manifests and records is what was written.

use crate::choices::Choices;
use gatos_canon::Value;
use gatos_compiler::pipeline::Source;
use gatos_compiler::rgs::{PolicyOptions, compile};
use gatos_ledger_core::decision::AuditDecision;
use gatos_ledger_core::grant::{Grant, SignedGrant, Subject, verified_grants};
use gatos_ledger_core::key::SigningKey;
use gatos_ledger_core::memory::MemoryStore;
use gatos_ledger_core::model::{ActorId, JournalId, Namespace};
use gatos_ledger_core::trust::{Group, TrustGraph};
use gatos_ledger_core::ulid::Ulid;
use gatos_policy::audit::{self, Recorder};
use gatos_policy::bundle::{Bundle, Manifest};
use gatos_policy::engine;
use gatos_policy::gate::Gate;
use gatos_policy::model::{Code, Context, Intent, Target, resource_of};
use gatos_policy::rules::Clock;
use gatos_vm::Limits;

const NOW: u64 = 1_800_000_000_000;
const ACTORS: [&str; 4] = ["user:ann", "user:bob", "agent:echo", "service:gate"];
const CAPS: [&str; 6] = ["*", "journal:*", "journal:append", "trust:grant", "exec:run", "journal:backfill"];
const CONDITIONS: [&str; 16] = [
    "input.actor == \"user:ann\"",
    "input.payload.n > 2",
    "not input.payload.x",
    "some x in input.payload.xs; x == input.payload.n",
    "gatos.caps.has(input.granted, \"journal:append\")",
    "gatos.caps.has_all(input.granted, input.caps)",
    "gatos.trust.is_root(input.trust, input.actor)",
    "gatos.trust.in_group(input.trust, input.actor, \"leads\")",
    "gatos.quorum.met(\"2-of-3@leads\", input.payload.xs, input.trust)",
    "every x in input.payload.xs { x != input.payload.n }",
    "helper",
    "input.labels[_] == \"private\"",
    "count(input.grants) > 1",
    "input.target.kind in {\"journal\", \"state\"}",
    "1 / input.payload.n > 0",
    "data.limits[input.actor] > input.payload.n",
];

fn actor(name: &str) -> ActorId {
    name.parse().expect("an actor")
}

fn key(name: &str) -> SigningKey {
    SigningKey::from_seed(&[name.len() as u8; 32])
}

fn body(c: &mut Choices<'_>) -> String {
    let n = 1 + c.below(4);
    (0..n).map(|_| format!("\t{}\n", c.of(&CONDITIONS))).collect()
}

fn policy(c: &mut Choices<'_>) -> String {
    let mut text = String::from(
        "package gatos.fuzz\n\nhelper if input.payload.n < 5\n\nhelper if input.caps[_] == \"exec:run\"\n\n",
    );
    for _ in 0..1 + c.below(3) {
        text.push_str(&format!("allow if {{\n{}}}\n\n", body(c)));
    }
    for _ in 0..c.below(3) {
        let reason =
            c.of(&["\"frozen\"", "sprintf(\"%v of %v\", [input.payload.n, input.actor])", "{\"msg\": input.intent}"]);
        text.push_str(&format!("deny contains {reason} if {{\n{}}}\n\n", body(c)));
    }
    if c.one_in(6) {
        text.push_str("deny contains \"both\" if v == 1\n\nv := input.payload.n\n\nv := 2 if input.payload.x\n");
    }
    text
}

fn gate(text: &str, limits: Limits) -> Option<Gate> {
    let sources = [Source { name: "policies/fuzz.rgs", text }];
    let compiled = compile(&sources, None, &PolicyOptions::default()).program?;
    let file = |name: &str, bytes: &[u8]| [(name.to_string(), bytes.to_vec())].into();
    let bundle = Bundle {
        code: compiled.bytes,
        map: compiled.map.to_bytes(),
        sources: file("policies/fuzz.rgs", text.as_bytes()),
        data: file("data/limits.json", br#"{"user:ann":3,"agent:echo":100}"#),
    };
    let files = bundle.to_files();
    assert_eq!(Bundle::from_files(files).as_ref(), Ok(&bundle), "a bundle reads back");
    let bundle = bundle.verify().expect("what was compiled verifies");
    Some(engine::open(bundle, limits).expect("what verifies runs"))
}

fn context(c: &mut Choices<'_>) -> Context {
    let mut graph = TrustGraph::default();
    for name in ACTORS {
        graph.add_key(&actor(name), key(name).public());
    }
    graph.roots.insert(actor("user:ann"));
    let members = ACTORS[..3].iter().map(|name| actor(name)).collect();
    graph.groups.insert("leads".to_string(), Group { members, threshold: Some(2) });
    let mut grants: Vec<SignedGrant> = Vec::new();
    for n in 0..c.below(4) as u64 {
        let issuer = if c.one_in(3) { c.of(&ACTORS) } else { "user:ann" };
        let subject = c.of(&["user:bob", "agent:echo", "group:leads", "service:gate"]);
        let ulid = Ulid::first_of(NOW - 1000 + n * 300).expect("a time");
        let mut grant =
            Grant::new(ulid, actor(issuer), Subject::parse(subject).expect("a subject"), vec![c.of(&CAPS).into()]);
        if c.one_in(4) {
            grant.exp = Some(NOW + c.below(3) as u64 * 1000 - 1000);
        }
        if c.one_in(4) {
            grant.aud = vec![c.of(&["gatos://**", "repo://*/*", "gatos://other"]).into()];
        }
        if let (true, Some(last)) = (c.one_in(4), grants.last()) {
            grant = Grant::revocation(ulid, actor(issuer), &last.grant);
        }
        // An expiry before its beginning is refused when it is signed.
        grants.extend(grant.sign(&key(if c.one_in(8) { "x" } else { issuer })).ok());
    }
    Context::new(graph, grants, vec!["repo://acme/ledger".into()], "local")
}

fn intent(c: &mut Choices<'_>) -> Intent {
    let who = actor(c.of(&ACTORS));
    let journal = JournalId::new(Namespace::parse("finance").expect("a namespace"), who.clone());
    let time = NOW + c.below(3) as u64 * 1000;
    let ulid = Ulid::from_parts(time, [c.byte(); 10]).unwrap_or(Ulid::MAX);
    let mut intent = Intent::new("intent.exec.run", &resource_of("finance"), who, ulid, Target::journal(&journal));
    for _ in 0..c.below(3) {
        intent.caps.push(c.of(&CAPS[1..]).into());
    }
    if c.one_in(3) {
        intent.labels.push("private".into());
    }
    let payload = c.of(&[
        r#"{"n":1,"xs":[1,2]}"#,
        r#"{"n":0}"#,
        r#"{"n":7.5,"xs":["user:ann","user:bob"],"x":true}"#,
        r#"{"n":"seven","xs":{"a":3}}"#,
        r#"{"n":9000000000,"x":null,"xs":[]}"#,
        "[1]",
        "null",
    ]);
    intent.payload = Value::from_json(payload).expect("JSON");
    intent
}

/// A decision, its replay from the recorded input, its explanation and its verified record agree.
pub fn oracle_gate(data: &[u8]) {
    codes(data);
}

/// The law, and how the decisions came out.
fn codes(data: &[u8]) -> Vec<Code> {
    let mut codes = Vec::new();
    let mut c = Choices::new(data);
    let text = policy(&mut c);
    let fuel = c.of(&[1_000_000, 150, 40]);
    let Some(mut gate) = gate(&text, Limits { fuel, depth: 64, memory: 1 << 20 }) else { return codes };
    for _ in 0..3 {
        let (intent, context) = (intent(&mut c), context(&mut c));
        let clock = Clock { now_ms: NOW, skew_ms: if c.one_in(5) { 500 } else { 10_000 } };
        let evaluated = gate.evaluate(&intent, &context, Some(&clock));
        let decision = &evaluated.decision;
        assert_eq!(*decision, gate.evaluate(&intent, &context, Some(&clock)).decision, "asked twice\n{text}");
        codes.push(decision.code);
        assert!(decision.is_allowed() || !decision.explain.is_empty(), "a denial says why: {decision:?}\n{text}");
        if decision.code != Code::Skew {
            assert_eq!(*decision, gate.replay(&evaluated.input.json), "replayed\n{text}");
            assert_eq!(*decision, gate.explain(&evaluated.input.json).decision, "explained\n{text}");
        }
        if decision.is_allowed() {
            continue;
        }
        let store = MemoryStore::new();
        let (signer, key) = (actor("user:ann"), key("user:ann"));
        let recorder = Recorder { signer: &signer, key: &key, ulid: Ulid::first_of(NOW).expect("a time"), tries: 1 };
        let denial = audit::record(&store, &recorder, &intent, &evaluated).expect("a denial goes on record");
        assert_eq!(audit::find(&store, recorder.ulid).as_ref(), Ok(&denial));
        let verified = audit::verify(context.graph(), denial, &mut gate);
        assert!(verified.is_good(), "{:?}\n{text}", verified.differences);
    }
    codes
}

/// Trust graphs, grants, manifests and decisions: any bytes are refused or read, and what is read is written alike.
pub fn oracle_trust(data: &[u8]) {
    if let Ok(graph) = TrustGraph::from_json(data) {
        assert_eq!(TrustGraph::from_json(&graph.to_json()), Ok(graph));
    }
    if let Ok(grant) = SignedGrant::from_json(data) {
        assert_eq!(grant.to_json(), data);
    }
    if let Ok(manifest) = Manifest::from_json(data) {
        assert_eq!(manifest.to_json(), data);
    }
    if let Ok(decision) = AuditDecision::decode(data) {
        assert_eq!(decision.encode().as_deref(), Ok(data));
    }
    let mut c = Choices::new(data);
    let context = context(&mut c);
    let verdicts = verified_grants(context.graph(), context.trust.grants(), NOW, Some(&context.repository));
    // A grant more never takes standing from those that count, unless it says so itself.
    for grant in &verdicts.good {
        assert!(grant.is_signed(context.graph()));
        assert!(verdicts.refused.iter().all(|refusal| refusal.ulid != grant.grant.ulid));
    }
    for grant in context.trust.grants() {
        assert_eq!(SignedGrant::from_json(&grant.to_json()).as_ref(), Ok(grant));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatos_policy::model::ErrorCode;
    use std::collections::BTreeMap;

    #[test]
    fn every_way_to_decide_is_reached() {
        let mut seen: BTreeMap<Code, u32> = BTreeMap::new();
        for seed in 0..150u64 {
            let bytes: Vec<u8> = (0..90u64).map(|i| (gatos_canon::blake3(&[seed, i].map(|n| n as u8)).0)[0]).collect();
            codes(&bytes).into_iter().for_each(|code| *seen.entry(code).or_default() += 1);
        }
        for code in [Code::Allowed, Code::Forbidden, Code::NotPermitted, Code::Skew, Code::Error(ErrorCode::Fuel)] {
            assert!(seen.get(&code).is_some_and(|n| *n >= 5), "{code}: {seen:?}");
        }
    }
}
