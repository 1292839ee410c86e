//! DAG-CBOR: our bytes against another implementation's, and refusal of everything else.

mod common;

use common::{golden, value};
use gatos_canon::cbor::{Item, KeyOrder, Kind, MapWriter, Reader, Writer, cmp_keys, validate};
use gatos_canon::{CborReason, Cid, MAX_DEPTH, Value, hex_decode, hex_encode};
use ipld_core::ipld::Ipld;
use proptest::prelude::*;

fn to_ipld(value: &Value) -> Ipld {
    match value {
        Value::Null => Ipld::Null,
        Value::Bool(b) => Ipld::Bool(*b),
        Value::Int(n) => Ipld::Integer(i128::from(*n)),
        Value::Float(bits) => Ipld::Float(f64::from_bits(*bits)),
        Value::Bytes(b) => Ipld::Bytes(b.clone()),
        Value::Text(t) => Ipld::String(t.clone()),
        Value::Link(cid) => Ipld::Link(cid::Cid::try_from(&cid.to_bytes()[..]).unwrap()),
        Value::Array(items) => Ipld::List(items.iter().map(to_ipld).collect()),
        Value::Map(map) => Ipld::Map(map.iter().map(|(k, v)| (k.to_string(), to_ipld(v))).collect()),
    }
}

/// Whether our domain is narrower than DAG-CBOR's for this item.
fn outside(ipld: &Ipld, depth: usize) -> bool {
    match ipld {
        Ipld::Integer(n) => i64::try_from(*n).is_err(),
        Ipld::Float(f) => !f.is_finite(),
        Ipld::Link(cid) => Cid::from_bytes(&cid.to_bytes()).is_err(),
        Ipld::List(items) => depth == MAX_DEPTH || items.iter().any(|i| outside(i, depth + 1)),
        Ipld::Map(map) => depth == MAX_DEPTH || map.values().any(|i| outside(i, depth + 1)),
        _ => false,
    }
}

/// Both implementations agree about these bytes, as far as their domains overlap.
fn check_agreement(bytes: &[u8]) {
    let ours = Value::from_cbor(bytes);
    assert_eq!(ours.as_ref().err(), validate(bytes).as_ref().err(), "tree and skip disagree");
    let theirs = serde_ipld_dagcbor::from_slice::<Ipld>(bytes);
    match (ours, theirs) {
        (Ok(value), Ok(ipld)) => {
            assert_eq!(value.to_cbor(), bytes, "accepted what would not be written");
            assert_eq!(serde_ipld_dagcbor::to_vec(&ipld).unwrap(), bytes);
        }
        (Ok(value), Err(error)) => panic!("{value:?} was refused by the other side: {error}"),
        (Err(error), Ok(ipld)) => {
            let canonical = serde_ipld_dagcbor::to_vec(&ipld).is_ok_and(|again| again == bytes);
            assert!(!canonical || outside(&ipld, 0), "{error} for {ipld:?}");
        }
        (Err(_), Err(_)) => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn decoding_undoes_encoding(value in value(false)) {
        let bytes = value.to_cbor();
        prop_assert_eq!(Value::from_cbor(&bytes), Ok(value.clone()));
        prop_assert_eq!(serde_ipld_dagcbor::to_vec(&to_ipld(&value)).unwrap(), bytes);
    }

    #[test]
    fn damaged_blocks_are_judged_alike(
        value in value(false),
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..4), 1..3),
    ) {
        let mut bytes = value.to_cbor();
        for (at, byte, kind) in damage {
            let at = at.index(bytes.len().max(1));
            match kind {
                0 => bytes.truncate(at),
                1 => bytes.insert(at.min(bytes.len()), byte),
                2 if at < bytes.len() => bytes[at] = byte,
                _ if at < bytes.len() => { bytes.remove(at); }
                _ => {}
            }
        }
        check_agreement(&bytes);
    }

    #[test]
    fn any_bytes_get_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        check_agreement(&bytes);
    }

    #[test]
    fn bytes_that_look_like_cbor_are_judged_alike(parts in proptest::collection::vec(prop_oneof![
        Just(vec![0xa1]), Just(vec![0xa2]), Just(vec![0x82]), Just(vec![0x61, b'a']), Just(vec![0x61, b'b']),
        Just(vec![0x18, 0x17]), Just(vec![0x18, 0x18]), Just(vec![0xfb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0]),
        Just(vec![0xf9, 0, 0]), Just(vec![0x60]), Just(vec![0xd8, 42]), Just(vec![0xf7]), Just(vec![0x9f]),
        any::<u8>().prop_map(|b| vec![b]),
    ], 0..8)) {
        check_agreement(&parts.concat());
    }

    #[test]
    fn maps_come_out_sorted(pairs in proptest::collection::btree_map(common::text(), any::<i64>(), 0..20)) {
        let mut map = MapWriter::new();
        for (key, n) in pairs.iter().rev() {
            map.entry(key, |w| { w.int(*n); });
        }
        let mut out = Writer::new();
        map.finish(&mut out).unwrap();
        let mut reader = Reader::new(out.as_bytes());
        let mut order = KeyOrder::new();
        for _ in 0..reader.map().unwrap() {
            let key = order.key(&mut reader).unwrap();
            prop_assert_eq!(reader.int().unwrap(), pairs[key]);
        }
        reader.finish().unwrap();
    }
}

fn nested(head: &[u8], levels: usize, core: &[u8]) -> Vec<u8> {
    let mut bytes = head.repeat(levels);
    bytes.extend_from_slice(core);
    bytes
}

#[test]
fn nesting_ends_at_the_limit() {
    for head in [&[0x81][..], &[0xa1, 0x60]] {
        let deepest = nested(head, MAX_DEPTH, &[0xf6]);
        assert_eq!(Value::from_cbor(&deepest).unwrap().depth(), MAX_DEPTH);
        validate(&deepest).unwrap();
        for levels in [MAX_DEPTH + 1, 10_000] {
            let bytes = nested(head, levels, &[0xf6]);
            let error = Value::from_cbor(&bytes).unwrap_err();
            assert_eq!(error.reason, CborReason::TooDeep);
            assert_eq!(error.offset, MAX_DEPTH * head.len());
            assert_eq!(validate(&bytes), Err(error));
        }
    }
}

#[test]
fn headers_promise_no_memory() {
    // Four thousand million items in nine bytes.
    for bytes in [&[0x9a, 0xff, 0xff, 0xff, 0xff][..], &[0xbb, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]] {
        assert_eq!(Value::from_cbor(bytes).unwrap_err().reason, CborReason::Truncated);
    }
}

#[test]
fn typed_reads_name_what_they_expected() {
    let bytes = Value::from_json(r#"{"a":[1,"x",true,null,1.5]}"#).unwrap().to_cbor();
    let mut reader = Reader::new(&bytes);
    assert_eq!(reader.peek(), Ok(Kind::Map));
    let error = reader.text().unwrap_err();
    assert_eq!((error.offset, error.reason), (0, CborReason::Expected(Kind::Text)));
    assert_eq!(error.to_string(), "byte 0: expected text");
    assert_eq!(reader.map(), Ok(1));
    assert_eq!(reader.text(), Ok("a"));
    let mut copy = reader;
    assert_eq!(copy.raw().unwrap(), &bytes[3..]);
    assert_eq!(reader.array(), Ok(5));
    assert!(reader.bool().is_err());
    assert_eq!(reader.int(), Ok(1));
    assert_eq!(reader.next(), Ok(Item::Text("x")));
    assert_eq!(reader.bool(), Ok(true));
    assert_eq!(reader.null(), Ok(()));
    assert_eq!(reader.finish().unwrap_err().reason, CborReason::Trailing);
    assert_eq!(reader.float_bits(), Ok(1.5f64.to_bits()));
    reader.finish().unwrap();
}

#[test]
fn a_key_added_twice_is_refused() {
    let mut map = MapWriter::new();
    map.entry("a", |w| {
        w.null();
    });
    map.entry("a", |w| {
        w.null();
    });
    let mut out = Writer::new();
    assert_eq!(map.finish(&mut out).unwrap_err().reason, CborReason::DuplicateKey);
    assert!(out.as_bytes().is_empty());
    assert_eq!(cmp_keys("b", "aa"), std::cmp::Ordering::Less);
}

#[test]
fn cbor_vectors() {
    golden("cbor", |call| {
        let (op, rest) = call.split_once(' ').unwrap();
        match op {
            "encode" => {
                let bytes = Value::from_json(rest).unwrap().to_cbor();
                format!("{} {}", hex_encode(&bytes), Cid::of(&bytes))
            }
            "decode" => match Value::from_cbor(&hex_decode(rest).unwrap()) {
                Ok(value) => value.to_json_string(),
                Err(error) => format!("error: {error}"),
            },
            _ => panic!("unknown call {call}"),
        }
    });
}
