//! Envelopes have one spelling, imports are functions of their file, and every refusal says why.

use gatos_canon::{Cid, Map, Value, sha256};
use gatos_ledger_core::checkpoint::{Trailers, check_artifact_path, content_ulid};
use gatos_ledger_core::cut::Cut;
use gatos_ledger_core::envelope::{Draft, EnvelopeError, Event, decode_header};
use gatos_ledger_core::import::{EventWrapper, LineOptions, LineProblem, line_entropy};
use gatos_ledger_core::model::{ActorId, JournalId};
use gatos_ledger_core::rules::Head;
use gatos_ledger_core::time::{TimeError, rfc3339_to_ms, to_ms};
use gatos_ledger_core::trust::TrustGraph;
use gatos_ledger_core::ulid::Ulid;
use proptest::prelude::*;

fn journal() -> JournalId {
    JournalId::new("commits".parse().unwrap(), "user:ann".parse().unwrap())
}

fn json(text: &str) -> Value {
    Value::from_json(text).unwrap()
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        (-2147483648.0f64..2147483647.0).prop_map(|f| Value::Float(f.to_bits())),
        "\\PC{0,12}".prop_map(Value::Text),
        proptest::collection::vec(any::<u8>(), 0..8).prop_map(Value::Bytes),
        any::<[u8; 32]>().prop_map(|digest| Value::Link(Cid(digest))),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
            proptest::collection::btree_map("[a-z]{0,6}", inner, 0..6)
                .prop_map(|map| Value::Map(map.into_iter().collect::<Map>())),
        ]
    })
}

proptest! {
    #[test]
    fn decoding_undoes_encoding(
        payload in values(),
        entropy: u128,
        seq in 0u64..1 << 62,
        ts in proptest::option::of(any::<i64>()),
        caps in proptest::collection::vec("[a-z:]{1,9}", 0..3),
        rooted: bool,
    ) {
        let mut draft = Draft::new("t.x".parse().unwrap(), Ulid(entropy));
        draft.payload = payload;
        draft.ts = ts.map(Value::Int);
        draft.caps = caps.clone();
        draft.labels = caps;
        draft.policy_root = rooted.then(|| sha256(b"p"));
        let head = Head { seq, ulid: Ulid::MIN, cid: Cid([7; 32]) };
        let encoded = draft.place(&journal(), (seq > 0).then_some(&head)).unwrap();
        gatos_canon::cbor::validate(&encoded.bytes).unwrap();
        let event = Event::decode(&encoded.bytes).unwrap();
        prop_assert_eq!(&event.header, &encoded.header);
        prop_assert_eq!(event.encode().unwrap(), encoded.bytes.clone());
        prop_assert_eq!(Cid::of(&encoded.bytes), encoded.cid);
        let (_, payload) = decode_header(&encoded.bytes).unwrap();
        prop_assert_eq!(Value::from_cbor(&encoded.bytes[payload]).unwrap(), event.payload);
    }

    #[test]
    fn any_bytes_get_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..200), at: prop::sample::Index, flip: u8) {
        let _ = Event::decode(&bytes);
        let mut draft = Draft::new("t.x".parse().unwrap(), Ulid(1 << 100));
        draft.payload = json(r#"{"a":[1,2.5,"x"]}"#);
        let good = draft.place(&journal(), None).unwrap().bytes;
        let mut bad = good.clone();
        let at = at.index(bad.len());
        bad[at] ^= flip;
        if let Ok(event) = Event::decode(&bad) {
            // Whatever still decodes is the one spelling of what it says.
            prop_assert_eq!(event.encode().unwrap(), bad);
        }
    }

    #[test]
    fn wrapped_lines_ascend(lines in proptest::collection::vec((0i64..20, 0u8..3), 1..40)) {
        let mut wrapper = EventWrapper::new(journal(), LineOptions::new().unwrap());
        let mut last: Option<Head> = None;
        let mut time = 0;
        for (ts, n) in lines {
            let event = wrapper.wrap(format!("{{\"ts\":{ts},\"n\":{n}}}").as_bytes()).unwrap().unwrap();
            time = time.max(ts as u64 * 1000);
            prop_assert_eq!(event.header.ulid.time_ms(), time);
            prop_assert_eq!(event.header.prev, last.map(|head| head.cid));
            prop_assert!(last.is_none_or(|head| head.ulid < event.header.ulid));
            last = Some(event.head());
        }
    }

    #[test]
    fn float_times_are_floored_exactly(whole in 0u64..4_000_000_000, ms in 0u64..1000) {
        let seconds = whole as f64 + ms as f64 / 1000.0;
        let expected = (seconds as u64) * 1000 + ((seconds - (seconds as u64) as f64) * 1000.0) as u64;
        let got = to_ms(&Value::Float(seconds.to_bits())).unwrap();
        prop_assert!(got.abs_diff(expected) <= 1, "{} {}", got, expected);
    }
}

fn refused(fields: &[(&str, Value)], without: &[&str]) -> String {
    let good = Draft::new("t.x".parse().unwrap(), Ulid(1 << 100)).place(&journal(), None).unwrap().bytes;
    let Value::Map(mut map) = Value::from_cbor(&good).unwrap() else { panic!("not a map") };
    for (name, value) in fields {
        map.insert(*name, value.clone());
    }
    for name in without {
        map.remove(name);
    }
    Event::decode(&Value::Map(map).to_cbor()).unwrap_err().to_string()
}

#[test]
fn envelopes_that_are_not_ours_say_why() {
    for name in ["v", "ns", "seq", "type", "ulid", "actor", "payload", "sig_alg"] {
        assert!(refused(&[], &[name]).contains(&format!("`{name}` is missing")), "{name}");
    }
    let text = |t: &str| Value::Text(t.into());
    assert!(refused(&[("sig", text("x"))], &[]).contains("`sig` is not a field"));
    assert!(refused(&[("v", Value::Int(2))], &[]).contains("version 2"));
    assert!(refused(&[("caps", Value::Array(vec![]))], &[]).contains("left out"));
    assert!(refused(&[("labels", json("[1]"))], &[]).contains("expected text"));
    assert!(refused(&[("ns", text("a.b"))], &[]).contains("channels"));
    assert!(refused(&[("actor", text("ann"))], &[]).contains("needs a kind"));
    assert!(refused(&[("ulid", text("x"))], &[]).contains("26 characters"));
    assert!(refused(&[("seq", Value::Int(-1))], &[]).contains("negative"));
    assert!(refused(&[("seq", Value::Int(1))], &[]).contains("prev"));
    assert!(refused(&[("ts", Value::Bool(true))], &[]).contains("number or a string"));
    assert!(refused(&[("sig_alg", text("rsa"))], &[]).contains("rsa"));
    assert!(refused(&[("policy_root", text("sha256:zz"))], &[]).contains("hex"));
    assert!(refused(&[("attachments", json("[1]"))], &[]).contains("map"));
}

#[test]
fn nesting_stops_at_the_limit_in_json_and_cbor() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let wrap = |line: &str| EventWrapper::new(journal(), LineOptions::new().unwrap()).wrap(line.as_bytes());
    let line = |depth: usize| format!("{{\"x\":{}}}", nested(depth - 1));
    let deepest = wrap(&line(127)).unwrap().unwrap();
    assert!(Event::decode(&deepest.bytes).is_ok());
    assert!(wrap(&line(128)).unwrap_err().to_string().starts_with("line 1: not strict JSON: column"));
    assert!(wrap(&line(10_000)).is_err());
    let mut cbor = vec![0x81; 10_000];
    cbor.push(0);
    assert!(Event::decode(&cbor).is_err());
    // The payload alone, at the first depth that the whole block could not have.
    let at = deepest.bytes.windows(8).position(|w| w == b"gpayload").unwrap() + 8;
    let mut deeper = deepest.bytes.clone();
    deeper.splice(at..at, [0x81]);
    assert!(Event::decode(&deeper).unwrap_err().to_string().contains("deeper"));
}

#[test]
fn lines_become_events() {
    let mut wrapper = EventWrapper::new(journal(), LineOptions::new().unwrap());
    let mut wrap = |line: &str| wrapper.wrap(line.as_bytes());
    let first = wrap("{\"type\":\"repo.commit\",\"ts\":1431934428,\"id\":\"4ac6\"}\r").unwrap().unwrap();
    assert_eq!(first.header.event_type.as_str(), "repo.commit");
    assert_eq!(first.header.ts, Some(Value::Int(1_431_934_428)));
    assert_eq!(first.header.ulid.time_ms(), 1_431_934_428_000);
    let line = b"{\"type\":\"repo.commit\",\"ts\":1431934428,\"id\":\"4ac6\"}";
    assert_eq!(first.header.ulid.entropy(), line_entropy(&journal(), line));
    assert_eq!(wrap("  ").unwrap(), None);
    // An earlier time keeps the maximum; milliseconds from 10^11; fractions; text.
    assert_eq!(wrap("{\"ts\":5}").unwrap().unwrap().header.ulid.time_ms(), 1_431_934_428_000);
    assert_eq!(wrap("{\"ts\":1431934428001}").unwrap().unwrap().header.ulid.time_ms(), 1_431_934_428_001);
    assert_eq!(wrap("{\"ts\":1431934429.25}").unwrap().unwrap().header.ulid.time_ms(), 1_431_934_429_250);
    let text = wrap("{\"ts\":\"2015-05-18T07:33:50Z\"}").unwrap().unwrap();
    assert_eq!(text.header.ulid.time_ms(), 1_431_934_430_000);
    assert_eq!(text.header.ts, Some(Value::Text("2015-05-18T07:33:50Z".into())));
    // No time, no type, and payloads that are not objects.
    let bare = wrap("[1,2]").unwrap().unwrap();
    assert_eq!((bare.header.ts, bare.header.event_type.as_str()), (None, "event"));
    // The same line again: one above.
    let again = wrap("[1,2]").unwrap().unwrap();
    assert_eq!(Some(again.header.ulid), bare.header.ulid.successor());
    assert_eq!(again.header.seq, 6);

    let mut problem = |line: &str| wrap(line).unwrap_err();
    let bad = problem("{\"type\":7}");
    assert_eq!((bad.line, &bad.problem), (9, &LineProblem::TypeKind));
    assert!(problem("{\"type\":\"a\\nb\"}").to_string().contains("--type"));
    assert!(problem("{\"ts\":true}").to_string().contains("--ts-field"));
    assert!(problem("{\"ts\":-1}").to_string().contains("1970"));
    assert!(problem("{\"ts\":\"yesterday\"}").to_string().contains("RFC 3339"));
    assert!(problem("{\"a\":1,\"a\":2}").to_string().contains("column"));
    assert!(problem("nope").to_string().starts_with("line 15: not strict JSON"));
}

#[test]
fn a_type_can_be_given_for_all_lines() {
    let options = LineOptions { event_type: Some("all".parse().unwrap()), ..LineOptions::new().unwrap() };
    let mut wrapper = EventWrapper::new(journal(), LineOptions { ts_field: "at".into(), ..options });
    let event = wrapper.wrap(b"{\"type\":7,\"at\":12}").unwrap().unwrap();
    assert_eq!((event.header.event_type.as_str(), event.header.ulid.time_ms()), ("all", 12_000));
}

#[test]
fn bodies_are_read_as_people_write_them() {
    let read = |text: &str| Draft::from_body(&json(text), &journal(), Ulid(5));
    let draft =
        read(r#"{"type":"a.b","payload":{"x":1},"caps":["c"],"labels":["l"],"actor":"user:ann","ts":1.5}"#).unwrap();
    assert_eq!((draft.ulid, draft.caps.len(), draft.ts), (Ulid(5), 1, Some(json("1.5"))));
    assert_eq!(read(r#"{"type":"a","ulid":"01ARZ3NDEKTSV4RRFFQ69G5FAV"}"#).unwrap().payload, json("{}"));
    let why = |text: &str| read(text).unwrap_err().to_string();
    assert!(why("{}").contains("`type` is missing"));
    assert!(why("[]").contains("object"));
    assert!(why(r#"{"type":"a","actor":"user:bob"}"#).contains("user:ann"));
    assert!(why(r#"{"type":"a","seq":1}"#).contains("leave it out"));
    assert!(why(r#"{"type":"a","extra":1}"#).contains("`extra`"));
    assert!(why(r#"{"type":"a","caps":"x"}"#).contains("list of strings"));
}

#[test]
fn views_say_everything() {
    let mut draft = Draft::new("t.x".parse().unwrap(), Ulid(1 << 100));
    draft.payload = json("{\"n\":1.5}");
    let encoded = draft.place(&journal(), None).unwrap();
    let view = Event::decode(&encoded.bytes).unwrap().view(Some(&encoded.cid), None).to_json_string();
    assert_eq!(
        view,
        format!(
            "{{\"actor\":\"user:ann\",\"cid\":\"{}\",\"ns\":\"commits\",\"payload\":{{\"n\":1.5}},\"seq\":0,\
             \"sig_alg\":\"ed25519\",\"type\":\"t.x\",\"ulid\":\"{}\",\"v\":1}}",
            encoded.cid,
            Ulid(1 << 100)
        )
    );
}

#[test]
fn oversized_events_are_refused() {
    let mut draft = Draft::new("t.x".parse().unwrap(), Ulid(1 << 100));
    draft.payload = Value::Text("x".repeat(17 * 1024 * 1024));
    let refused = draft.place(&journal(), None).unwrap_err();
    assert!(matches!(refused, EnvelopeError::TooLarge { .. }));
    assert!(refused.to_string().contains("attachment"));
}

#[test]
fn times_in_text() {
    assert_eq!(rfc3339_to_ms("1970-01-01T00:00:00Z"), Some(0));
    assert_eq!(rfc3339_to_ms("2000-02-29t23:59:60.1239+01:30"), Some(951_863_399_123));
    assert_eq!(rfc3339_to_ms("2026-11-21 14:00:00-00:00"), Some(1_795_269_600_000));
    for bad in
        ["", "2026", "2026-13-01T00:00:00Z", "2023-02-29T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:00"]
    {
        assert_eq!(rfc3339_to_ms(bad), None, "{bad}");
    }
    assert_eq!(to_ms(&Value::Int(i64::MAX)), Err(TimeError::Range));
    assert_eq!(to_ms(&Value::Float(f64::MAX.to_bits())), Err(TimeError::Range));
    assert_eq!(to_ms(&Value::Float(f64::MIN_POSITIVE.to_bits())), Ok(0));
    assert_eq!(to_ms(&Value::Int(99_999_999_999)), Ok(99_999_999_999_000));
    assert_eq!(to_ms(&Value::Int(100_000_000_000)), Ok(100_000_000_000));
}

#[test]
fn trailers_read_back() {
    let trailers = Trailers {
        state_root: gatos_canon::blake3(b"s"),
        ledger_head: None,
        inputs_root: Cut::new().inputs_root(),
        policy_root: None,
        policy_code_root: Some(sha256(b"c")),
        fold_engine: "echo@0.1.0+elc@1.0.0+num=q32.32+rng=pcg32@1".into(),
        fold_root: sha256(b"p"),
        fold_version: "1.0.0".into(),
        fold_math: "q32.32".into(),
        fold_rng: "pcg32@1".into(),
    };
    let channel = "by-author".parse().unwrap();
    let message = trailers.message(&"commits".parse().unwrap(), Some(&channel), 12);
    assert!(message.starts_with("checkpoint commits.by-author after 12 events\n\nState-Root: blake3:"), "{message}");
    assert_eq!(Trailers::parse(&message), Ok(trailers));
    assert!(Trailers::parse(&message.replace("Fold-RNG", "Fold-Rng")).unwrap_err().to_string().contains("`Fold-RNG`"));
    assert!(Trailers::parse(&format!("{message}Fold-RNG: x\n")).unwrap_err().to_string().contains("twice"));
    assert!(Trailers::parse(&message.replace("blake3:", "blake2:")).is_err());
    assert_eq!(content_ulid(Some(Ulid(9 << 80)), &[b"a"]).time_ms(), 9);
    assert_ne!(content_ulid(None, &[b"ab", b""]), content_ulid(None, &[b"a", b"b"]));
}

#[test]
fn artifact_paths_fit_every_system() {
    for good in ["state/finance/invoices.json", "a", "a.b/c-d_e", "état"] {
        assert_eq!(check_artifact_path(good), Ok(()), "{good}");
    }
    for bad in [
        "",
        "/a",
        "a/",
        "a//b",
        ".",
        "a/../b",
        ".git/x",
        ".GITmodules",
        "state.json",
        "pof.cbor",
        "a\\b",
        "a:b",
        "a\n",
        "x.",
    ] {
        assert!(check_artifact_path(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn the_trust_graph_has_one_spelling() {
    let mut graph = TrustGraph::default();
    let ann: ActorId = "user:ann".parse().unwrap();
    let key = gatos_ledger_core::key::SigningKey::from_seed(&[1; 32]).public();
    assert!(graph.add_key(&ann, key.clone()));
    assert!(!graph.add_key(&ann, key.clone()));
    graph.groups.insert("owners".into(), [ann].into());
    let text = String::from_utf8(graph.to_json()).unwrap();
    assert_eq!(
        text,
        format!(
            "{{\"actors\":{{\"user:ann\":{{\"keys\":[\"{key}\"]}}}},\"groups\":{{\"owners\":{{\"members\":[\"user:ann\"]}}}},\"v\":1}}"
        )
    );
    assert_eq!(TrustGraph::from_json(text.as_bytes()), Ok(graph));
    let why = |text: &str| TrustGraph::from_json(text.as_bytes()).unwrap_err().to_string();
    assert!(why("{}").contains("version 1"));
    assert!(why("{\"v\":1,\"actors\":{\"ann\":{\"keys\":[]}},\"groups\":{}}").contains("needs a kind"));
    assert!(why("{\"v\":1,\"actors\":{\"user:a\":{\"keys\":[\"x\"]}},\"groups\":{}}").contains("ed25519:"));
    assert!(why("{\"v\":1,\"actors\":{},\"groups\":{},\"x\":1}").contains("`x`"));
}
