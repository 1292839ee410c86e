//! What the tests of this room share: actors with keys, and policies compiled from text.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::collections::BTreeMap;

use gatos_compiler::Source;
use gatos_compiler::rgs::{PolicyOptions, compile};
use gatos_ledger_core::grant::{Grant, SignedGrant, Subject};
use gatos_ledger_core::key::SigningKey;
use gatos_ledger_core::model::{ActorId, JournalId};
use gatos_ledger_core::trust::TrustGraph;
use gatos_ledger_core::ulid::Ulid;
use gatos_policy::bundle::{Bundle, VerifiedBundle};
use gatos_policy::engine;
use gatos_policy::gate::Gate;
use gatos_policy::model::{Context, GATE_LIMITS, Intent, Target, resource_of};
use gatos_vm::Limits;

/// The gate's clock in all tests.
pub const NOW: u64 = 1_800_000_000_000;

pub fn actor(name: &str) -> ActorId {
    name.parse().unwrap()
}

pub fn key(name: &str) -> SigningKey {
    let mut seed = [9; 32];
    for (slot, byte) in seed.iter_mut().zip(name.bytes()) {
        *slot = byte;
    }
    SigningKey::from_seed(&seed)
}

/// ann is root; bob and agent:echo have keys; bob leads.
pub fn graph() -> TrustGraph {
    let mut graph = TrustGraph::default();
    for name in ["user:ann", "user:bob", "agent:echo"] {
        graph.add_key(&actor(name), key(name).public());
    }
    graph.roots.insert(actor("user:ann"));
    graph.groups.insert("leads".into(), [actor("user:bob"), actor("user:ann")].into());
    graph
}

/// A grant by ann, an hour before now.
pub fn grant(subject: &str, caps: &[&str]) -> SignedGrant {
    let caps = caps.iter().map(|cap| cap.to_string()).collect();
    let ulid = Ulid::first_of(NOW - 3_600_000).unwrap();
    Grant::new(ulid, actor("user:ann"), Subject::parse(subject).unwrap(), caps).sign(&key("user:ann")).unwrap()
}

pub fn context(grants: Vec<SignedGrant>) -> Context {
    Context::new(graph(), grants, vec!["repo://acme/ledger".into()], "local")
}

/// The wish to append to the finance journal, now.
pub fn intent(name: &str) -> Intent {
    let journal = JournalId::new("finance".parse().unwrap(), actor(name));
    let ulid = Ulid::first_of(NOW).unwrap();
    Intent::new("intent.exec.run", &resource_of("finance"), actor(name), ulid, Target::journal(&journal))
}

pub fn bundle_of(sources: &[(&str, &str)], data: &[(&str, &str)]) -> VerifiedBundle {
    let texts: Vec<Source<'_>> = sources.iter().map(|(name, text)| Source { name, text }).collect();
    let compiled = compile(&texts, None, &PolicyOptions::default());
    let Some(policy) = compiled.program else { panic!("{:#?}", compiled.diagnostics) };
    let files = |list: &[(&str, &str)]| -> BTreeMap<String, Vec<u8>> {
        list.iter().map(|(name, text)| (name.to_string(), text.as_bytes().to_vec())).collect()
    };
    let bundle = Bundle { code: policy.bytes, map: policy.map.to_bytes(), sources: files(sources), data: files(data) };
    bundle.verify().unwrap()
}

pub fn bundle(text: &str) -> VerifiedBundle {
    bundle_of(&[("policies/exec.rgs", text)], &[])
}

pub fn gate(text: &str) -> Gate {
    gate_within(text, GATE_LIMITS)
}

pub fn gate_within(text: &str, limits: Limits) -> Gate {
    engine::open(bundle(text), limits).unwrap()
}
