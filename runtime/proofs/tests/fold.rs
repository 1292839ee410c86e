//! Proofs have one spelling, one signature, one ULID; publishing survives being run again.

use gatos_canon::{Cid, Value, blake3, sha256};
use gatos_ledger_core::checkpoint::{CheckpointFiles, PROOF_FILE, Trailers};
use gatos_ledger_core::cut::Cut;
use gatos_ledger_core::key::SigningKey;
use gatos_ledger_core::memory::MemoryStore;
use gatos_ledger_core::ports::{Refs, Snapshots};
use gatos_ledger_core::trust::TrustGraph;
use gatos_ledger_core::ulid::Ulid;
use gatos_proofs::plane::{Checkpoint, PublishError, publish, read_checkpoint};
use gatos_proofs::{FoldProof, Limits, ProofError, SignedProof, Usage};

fn key() -> SigningKey {
    SigningKey::from_seed(&[42; 32])
}

fn proof(state: &[u8]) -> FoldProof {
    FoldProof {
        ulid: Ulid::MIN,
        ns: "commits".parse().unwrap(),
        channel: Some("authors".parse().unwrap()),
        actor: "user:ann".parse().unwrap(),
        inputs_root: Cut::new().inputs_root(),
        ledger_head: Some(Cid::of(b"event")),
        state_root: blake3(state),
        fold_root: sha256(b"program"),
        engine: "echo@0.1.0+elc@1.0.0+num=q32.32+rng=pcg32@1".into(),
        policy_root: None,
        policy_code_root: None,
        artifacts: [("state/a.json".to_string(), blake3(b"{}"))].into(),
        limits: Limits { fuel: Some(1_000_000), depth: Some(200), memory: None },
        usage: Usage { events: 3, fuel: 99, fuel_max: 40, memory_max: 1024 },
    }
    .stamp(Some(Ulid(1_700_000_000_000 << 80)))
    .unwrap()
}

#[test]
fn proofs_read_back_and_verify() {
    let signed = proof(b"{}").sign(&key()).unwrap();
    assert_eq!(FoldProof::decode(&signed.bytes), Ok(signed.proof.clone()));
    let stored = SignedProof::from_stored(signed.bytes.clone(), &format!("{}\n", signed.signature)).unwrap();
    assert_eq!(stored, signed);
    let mut graph = TrustGraph::default();
    assert!(matches!(stored.check_signature(&graph), Err(ProofError::UnknownActor(_))));
    graph.add_key(&signed.proof.actor, key().public());
    assert_eq!(stored.check_signature(&graph), Ok(()));
    assert_eq!(stored.proof.check_ulid(Some(Ulid(1_700_000_000_000 << 80))), Ok(()));
    assert!(stored.proof.check_ulid(None).is_err());

    let mut forged = signed.proof.clone();
    forged.state_root = blake3(b"other");
    let forged = SignedProof { bytes: forged.encode().unwrap(), proof: forged, ..signed };
    assert!(matches!(forged.check_signature(&graph), Err(ProofError::BadSignature(_))));
}

#[test]
fn strangers_are_refused() {
    let good = proof(b"{}").encode().unwrap();
    let refused = |name: &str, value: Option<Value>| {
        let Value::Map(mut map) = Value::from_cbor(&good).unwrap() else { panic!("not a map") };
        match value {
            Some(value) => drop(map.insert(name, value)),
            None => drop(map.remove(name)),
        }
        FoldProof::decode(&Value::Map(map).to_cbor()).unwrap_err().to_string()
    };
    assert!(refused("extra", Some(Value::Null)).contains("`extra`"));
    assert!(refused("state_root", None).contains("lacks field `state_root`"));
    assert!(refused("type", Some(Value::Text("proof.fairness".into()))).contains("proof.fold"));
    assert!(refused("limits", Some(Value::from_json("{\"fuel\":-1}").unwrap())).contains("count"));
    assert!(refused("limits", Some(Value::from_json("{\"fuels\":1}").unwrap())).contains("`fuels`"));
    assert!(refused("usage", Some(Value::from_json("{}").unwrap())).contains("events"));
    assert!(refused("artifacts", Some(Value::from_json("{}").unwrap())).contains("empty"));
    assert!(refused("v", Some(Value::Int(9))).contains("version 1"));
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 1;
        if let Ok(proof) = FoldProof::decode(&bad) {
            assert_eq!(proof.encode().unwrap(), bad, "byte {at}: a second spelling was read");
        }
        let _ = FoldProof::decode(&good[..at]);
    }
}

#[test]
fn differences_come_in_order_of_cause() {
    let (a, mut b) = (proof(b"{}"), proof(b"[]"));
    b.engine = "echo@9".into();
    b.artifacts.insert("x".into(), blake3(b"x"));
    b.limits.fuel = None;
    let fields: Vec<String> = a.differences(&b).into_iter().map(|d| d.field).collect();
    assert_eq!(fields, ["engine", "limits.fuel", "state_root", "artifacts[x]"]);
    assert!(a.differences(&a).is_empty());
    let shown = a.differences(&b)[1].to_string();
    assert_eq!(shown, "limits.fuel: the proof says 1000000, recomputing gives none");
}

fn checkpoint(state: &[u8]) -> Checkpoint {
    let proof = proof(state).sign(&key()).unwrap();
    Checkpoint {
        trailers: Trailers {
            state_root: proof.proof.state_root,
            ledger_head: proof.proof.ledger_head,
            inputs_root: proof.proof.inputs_root,
            policy_root: None,
            policy_code_root: None,
            fold_engine: proof.proof.engine.clone(),
            fold_root: proof.proof.fold_root,
            fold_version: "1".into(),
            fold_math: "q32.32".into(),
            fold_rng: "pcg32@1".into(),
        },
        files: CheckpointFiles {
            state: state.to_vec(),
            inputs: Cut::new().to_json(),
            program: b"program".to_vec(),
            artifacts: [("state/a.json".to_string(), b"{}".to_vec())].into(),
        },
        proof,
    }
}

#[test]
fn checkpoints_read_back_and_publish_once() {
    let store = MemoryStore::new();
    let first = publish(&store, checkpoint(b"{}"), None).unwrap();
    assert!(first.is_new);
    assert_eq!(first.state_ref, "refs/gatos/state/commits.authors");
    let stored = read_checkpoint(&store, &first.commit).unwrap();
    assert_eq!((stored.checkpoint, stored.parent), (checkpoint(b"{}"), None));
    let again = publish(&store, checkpoint(b"{}"), Some(&first.commit)).unwrap();
    assert_eq!((again.commit, again.is_new), (first.commit, false));
    let lost = publish(&store, checkpoint(b"[]"), None);
    assert_eq!(lost, Err(PublishError::Moved { actual: Some(first.commit) }));
    let next = publish(&store, checkpoint(b"[]"), Some(&first.commit)).unwrap();
    assert_eq!(read_checkpoint(&store, &next.commit).unwrap().parent, Some(first.commit));
    // The losing try and the winning one are the same proof: it stands in the chain once.
    let chain = store.get_ref("refs/gatos/audit/proofs/commits").unwrap().unwrap();
    let info = store.read_commit(&chain).unwrap();
    assert!(info.message.contains("\nProof-CID: bafy"), "{}", info.message);
    assert_eq!(store.read_commit(&info.parents[0]).unwrap().parents, []);
    assert_eq!(store.read_file(&chain, PROOF_FILE), Ok(Some(checkpoint(b"[]").proof.bytes)));

    let mut bad = checkpoint(b"1");
    bad.files.artifacts.insert("../x".into(), vec![]);
    assert!(matches!(publish(&store, bad, Some(&next.commit)), Err(PublishError::Artifact(_))));
    assert!(read_checkpoint(&store, &chain).unwrap_err().to_string().contains("not a checkpoint"));
}

#[test]
fn golden_proofs_hold() {
    let signed = proof(b"{}").sign(&key()).unwrap();
    let found = format!("{}\n{}\n{}\n", signed.proof.ulid, signed.cid, signed.signature);
    assert_eq!(found, include_str!("golden/fold.roots"), "other machines rely on tests/golden/fold.roots");
}
