//! Laws of data: what is read is written back as it was, every reader agrees with every
//! other, and numbers survive their text.

use crate::choices::Choices;
use gatos_canon::Value;
use gatos_canon::cbor::validate;
use gatos_ledger_core::envelope::{Event, decode_header};
use gatos_num::{Fix, Num, fix_text, int_text, literal, literal_negated, parse_json_number, tonumber};

/// A tree that the bytes choose.
fn tree(c: &mut Choices<'_>, depth: usize) -> Value {
    const TEXTS: &[&str] =
        &["", "a", "b", "aa", "/", "bytes", "\u{e9}", "\u{1F600}", "\u{ffff}", "\n\"\\", "type", "v"];
    match c.below(if depth == 0 { 7 } else { 10 }) {
        0 => Value::Null,
        1 => Value::Bool(c.one_in(2)),
        2 | 3 => Value::Int(c.int()),
        4 => {
            let bits = c.int() as u64;
            if bits >> 52 & 0x7ff == 0x7ff { Value::Int(7) } else { Value::Float(bits) }
        }
        5 => Value::Text(c.of(TEXTS).into()),
        6 => match c.below(3) {
            0 => Value::Link(gatos_canon::Cid([c.byte(); 32])),
            _ => Value::Bytes(vec![c.byte(); c.below(30)]),
        },
        7 => Value::Array((0..c.below(5)).map(|_| tree(c, depth - 1)).collect()),
        _ => Value::Map((0..c.below(6)).map(|_| (c.of(TEXTS), tree(c, depth - 1))).collect()),
    }
}

/// Bytes that begin with an even number stand for a made-up tree with some bytes changed.
fn item(data: &[u8]) -> Vec<u8> {
    let mut c = Choices::new(data);
    if c.byte() % 2 == 1 {
        return c.rest().to_vec();
    }
    let bytes = tree(&mut c, 4).to_cbor();
    c.edit(bytes)
}

/// Bytes are one canonical item, or not: `validate`, the tree and the machine agree, and the
/// tree has these bytes and no others.
pub fn oracle_cbor(data: &[u8]) {
    let data = &item(data)[..];
    let tree = Value::from_cbor(data);
    assert_eq!(validate(data).is_ok(), tree.is_ok(), "the checker and the reader disagree: {tree:?}");
    let Ok(tree) = tree else { return };
    assert_eq!(tree.to_cbor(), data, "two spellings of one value");
    // A float prints as the shortest decimal that reads back, so JSON keeps everything that
    // is not bytes or a link.
    if tree.depth() > gatos_canon::MAX_DEPTH - 2 {
        // JSON spells bytes and links two levels deeper.
        return;
    }
    let json = tree.to_json_string();
    let back = Value::from_json(&json).unwrap_or_else(|e| panic!("what was written as JSON is refused: {e}\n{json}"));
    assert_eq!(back.to_json_string(), json);
}

/// Any text: refused with a place, or a value that survives both forms.
pub fn oracle_json(data: &[u8]) {
    let mut c = Choices::new(data);
    let text = if c.byte() % 2 == 1 {
        c.rest().to_vec()
    } else {
        let text = tree(&mut c, 4).to_json_string();
        c.edit(text.into_bytes())
    };
    let Ok(value) = Value::from_json_bytes(&text) else { return };
    let json = value.to_json_string();
    assert_eq!(Value::from_json(&json).as_ref(), Ok(&value), "a value changes in JSON");
    let cbor = value.to_cbor();
    assert_eq!(Value::from_cbor(&cbor).as_ref(), Ok(&value), "a value changes in CBOR");
    validate(&cbor).expect("what was written is canonical");
    if let Ok(jcs) = value.to_jcs() {
        assert_eq!(Value::from_json(&jcs).as_ref(), Ok(&value), "a value changes in plain JSON");
    }
}

/// Any bytes: refused with a reason, or an envelope with exactly these bytes.
pub fn oracle_envelope(data: &[u8]) {
    const BODY: &str = r#"{"actor":"user:ann","caps":["a:b"],"labels":["x","y"],"ns":"n","payload":{"a":[1,2.5]},
        "seq":0,"sig_alg":"ed25519","ts":1700000000,"type":"t.x","ulid":"01ARZ3NDEKTSV4RRFFQ69G5FAV","v":1}"#;
    let mut c = Choices::new(data);
    let bytes = if c.byte() % 2 == 1 {
        c.rest().to_vec()
    } else {
        let body = Value::from_json(BODY).map(|v| v.to_cbor()).unwrap_or_default();
        assert!(Event::decode(&body).is_ok(), "{:?}", Event::decode(&body));
        c.edit(body)
    };
    let data = &bytes[..];
    match Event::decode(data) {
        Err(e) => assert!(!e.to_string().is_empty()),
        Ok(event) => {
            assert_eq!(event.encode().expect("what was read can be written"), data);
            let (header, payload) = decode_header(data).expect("the header is there");
            assert_eq!(header, event.header);
            assert_eq!(Value::from_cbor(&data[payload]).as_ref(), Ok(&event.payload));
        }
    }
}

/// Numbers survive their text, in each of its forms; arithmetic never wraps.
pub fn oracle_numbers(data: &[u8]) {
    let mut c = Choices::new(data);
    let (a, b) = (c.int(), c.int());
    for raw in [a, b] {
        let fixed = Fix::from_raw(raw);
        let text = fix_text(fixed);
        let text = text.as_str();
        assert!(text.contains('.') && !text.contains('e'), "{text}");
        assert_eq!(tonumber(text.as_bytes()), Some(Num::Fixed(fixed)), "{text}");
        assert_eq!(parse_json_number(text), Ok(Num::Fixed(fixed)), "{text}");
        let read = match text.strip_prefix('-') {
            Some(rest) => literal_negated(rest),
            None => literal(text),
        };
        assert_eq!(read.map(|l| l.num), Ok(Num::Fixed(fixed)), "{text}");
        let text = int_text(raw);
        assert_eq!(tonumber(text.as_bytes()), Some(Num::Int(raw)));
        assert_eq!(parse_json_number(text.as_str()), Ok(Num::Int(raw)));
    }
    let wide = |n: i128| i64::try_from(n).ok();
    let (x, y) = (i128::from(a), i128::from(b));
    let int = |r: Result<Num, gatos_num::NumError>| match r {
        Ok(Num::Int(i)) => Some(i),
        _ => None,
    };
    let (m, n) = (Num::Int(a), Num::Int(b));
    assert_eq!(int(m.add(n)), wide(x + y));
    assert_eq!(int(m.sub(n)), wide(x - y));
    assert_eq!(int(m.mul(n)), wide(x * y));
    if b != 0 {
        assert_eq!(int(m.idiv(n)), wide(x.div_euclid(y) - i128::from(y < 0 && x.rem_euclid(y) != 0)));
        assert_eq!(int(m.modulo(n)), wide(x - y * (x.div_euclid(y) - i128::from(y < 0 && x.rem_euclid(y) != 0))));
    }
    // Whatever text: no panic, and what is a number prints as one that reads back.
    if let Some(n) = tonumber(c.rest()) {
        assert_eq!(tonumber(n.to_string().as_bytes()), Some(n));
    }
    let text = String::from_utf8_lossy(c.rest());
    let _ = (literal(&text), literal_negated(&text));
    if let Ok(n) = parse_json_number(&text) {
        assert_eq!(parse_json_number(&n.to_string()), Ok(n));
    }
}
