//! JSON: the strict reader against serde_json, canonical output, places of errors.

mod common;

use common::{golden, text, value};
use gatos_canon::json::{Event, Reader, cmp_utf16, write_string};
use gatos_canon::{JcsError, JsonReason, MAX_DEPTH, Value, json_to_cbor};
use proptest::prelude::*;

/// The same value as the other implementation read, numbers compared by their meaning.
fn same(ours: &Value, theirs: &serde_json::Value) -> bool {
    match (ours, theirs) {
        (Value::Null, serde_json::Value::Null) => true,
        (Value::Bool(a), serde_json::Value::Bool(b)) => a == b,
        (Value::Int(a), serde_json::Value::Number(b)) => b.as_i64() == Some(*a) || *a == 0 && b.as_f64() == Some(0.0),
        (Value::Float(a), serde_json::Value::Number(b)) => b.as_f64().is_some_and(|b| b.to_bits() == *a),
        (Value::Text(a), serde_json::Value::String(b)) => a == b,
        (Value::Array(a), serde_json::Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Map(a), serde_json::Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => false,
    }
}

fn check_agreement(text: &str) {
    match (Value::from_json(text), serde_json::from_str::<serde_json::Value>(text)) {
        (Ok(ours), Ok(theirs)) => assert!(same(&ours, &theirs), "{text}: {ours:?} {theirs:?}"),
        (Ok(ours), Err(error)) => panic!("{text} gave {ours:?}, elsewhere {error}"),
        (Err(error), Ok(_)) => {
            let narrower = matches!(error.reason, JsonReason::DuplicateKey | JsonReason::NumberRange);
            assert!(narrower, "{text}: {error}");
        }
        (Err(_), Err(_)) => {}
    }
}

/// The pull reader's events, written as JSON again without spaces.
fn rewrite(text: &str) -> String {
    let mut reader = Reader::from_text(text);
    let (mut out, mut comma) = (Vec::new(), false);
    while let Some(event) = reader.next().unwrap() {
        if comma && !matches!(event, Event::ArrayEnd | Event::ObjectEnd) {
            out.push(b',');
        }
        comma = !matches!(event, Event::ArrayStart | Event::ObjectStart | Event::Key(_));
        match event {
            Event::Null => out.extend(b"null"),
            Event::Bool(b) => out.extend(b.to_string().bytes()),
            Event::Number(text) => out.extend(text.bytes()),
            Event::Text(text) => write_string(&text, &mut out),
            Event::Key(key) => {
                write_string(&key, &mut out);
                out.push(b':');
            }
            Event::ArrayStart => out.push(b'['),
            Event::ArrayEnd => out.push(b']'),
            Event::ObjectStart => out.push(b'{'),
            Event::ObjectEnd => out.push(b'}'),
        }
    }
    assert_eq!(reader.next(), Ok(None));
    String::from_utf8(out).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn writing_and_reading_give_the_same_tree(value in value(true)) {
        let json = value.to_json_string();
        prop_assert_eq!(Value::from_json(&json), Ok(value.clone()));
        prop_assert_eq!(json_to_cbor(&json), Ok(value.to_cbor()));
        prop_assert_eq!(Value::from_json_bytes(json.as_bytes()), Ok(value));
        check_agreement(&json);
    }

    #[test]
    fn every_tree_has_some_json(value in value(false)) {
        serde_json::from_str::<serde_json::Value>(&value.to_json_string()).unwrap();
    }

    #[test]
    fn spaces_and_escapes_change_nothing(value in value(true)) {
        let compact = value.to_json_string();
        let theirs: serde_json::Value = serde_json::from_str(&compact).unwrap();
        let pretty = serde_json::to_string_pretty(&theirs).unwrap();
        let escaped: String = compact.chars().map(|c| if c.is_ascii() {
            c.to_string()
        } else {
            let mut units = [0; 2];
            c.encode_utf16(&mut units).iter().map(|u| format!("\\u{u:04x}")).collect()
        }).collect();
        prop_assert_eq!(rewrite(&pretty), serde_json::to_string(&theirs).unwrap());
        prop_assert_eq!(Value::from_json(&escaped), Ok(value));
    }

    #[test]
    fn damaged_texts_are_judged_alike(
        value in value(true), at in any::<prop::sample::Index>(), byte in "[\\[\\]{}\",:\\\\ue0-9.+a-z\u{0}-\u{20}-]", kind in 0u8..3,
    ) {
        let mut chars: Vec<char> = value.to_json_string().chars().collect();
        let at = at.index(chars.len());
        match kind {
            0 => chars.truncate(at),
            1 => chars.splice(at..at, byte.chars()).for_each(drop),
            _ => { chars.remove(at); }
        }
        check_agreement(&chars.into_iter().collect::<String>());
    }

    #[test]
    fn texts_that_look_like_json_are_judged_alike(parts in proptest::collection::vec(prop_oneof![
        Just("["), Just("]"), Just("{"), Just("}"), Just(","), Just(":"), Just("\"a\""), Just("\"\\u0061\""), Just("1"),
        Just("-0"), Just("01"), Just("1.5"), Just("1e5"), Just("1."), Just("true"), Just("nul"), Just("null"), Just(" "),
        Just("\n"), Just("\"\\ud800\""), Just("\"\\ud800\\udc00\""), Just("\u{feff}"), Just("\u{a0}"), Just("\"\t\""), Just("//"),
    ], 0..12)) {
        check_agreement(&parts.concat());
    }

    #[test]
    fn any_bytes_get_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
        match (Value::from_json_bytes(&bytes), std::str::from_utf8(&bytes)) {
            (Err(error), Err(utf8)) => {
                prop_assert_eq!(error.reason, JsonReason::NotUtf8);
                prop_assert_eq!(error.offset, utf8.valid_up_to());
            }
            (ours, Ok(text)) => {
                prop_assert_eq!(ours, Value::from_json(text));
                check_agreement(text);
            }
            (ours, Err(_)) => panic!("{ours:?}"),
        }
    }

    #[test]
    fn keys_sort_by_utf16_units(a in text(), b in text()) {
        prop_assert_eq!(cmp_utf16(&a, &b), a.encode_utf16().cmp(b.encode_utf16()));
    }

    #[test]
    fn strings_escape_only_what_they_must(text in any::<String>()) {
        let mut out = Vec::new();
        write_string(&text, &mut out);
        prop_assert_eq!(String::from_utf8(out).unwrap(), serde_json::to_string(&text).unwrap());
    }

    #[test]
    fn strings_without_escapes_are_borrowed(text in "[^\"\\\\\u{0}-\u{1f}]{0,20}") {
        let json = format!("\"{text}\"");
        let mut reader = Reader::from_text(&json);
        prop_assert!(matches!(reader.next(), Ok(Some(Event::Text(std::borrow::Cow::Borrowed(t)))) if t == text));
    }
}

#[test]
fn nesting_ends_at_the_limit() {
    for (open, close) in [("[", "]"), ("{\"\":", "}")] {
        let core = if open == "[" { "" } else { "1" };
        let nest = |levels: usize| format!("{}{core}{}", open.repeat(levels), close.repeat(levels));
        assert_eq!(Value::from_json(&nest(MAX_DEPTH)).unwrap().depth(), MAX_DEPTH);
        for levels in [MAX_DEPTH + 1, 10_000] {
            let error = Value::from_json(&nest(levels)).unwrap_err();
            assert_eq!((error.reason, error.offset), (JsonReason::TooDeep, MAX_DEPTH * open.len()));
        }
        assert_eq!(Value::from_json_within(&nest(3), 3).unwrap().depth(), 3);
        assert_eq!(Value::from_json_within(&nest(4), 3).unwrap_err().reason, JsonReason::TooDeep);
    }
}

#[test]
fn skipping_passes_exactly_one_value() {
    let mut reader = Reader::from_text(r#"{"a":[1,{"b":[]}],"c":2}"#);
    assert_eq!(reader.next(), Ok(Some(Event::ObjectStart)));
    assert_eq!(reader.next(), Ok(Some(Event::Key("a".into()))));
    let first = reader.next().unwrap().unwrap();
    reader.skip_rest(&first).unwrap();
    assert_eq!(reader.next(), Ok(Some(Event::Key("c".into()))));
    let first = reader.next().unwrap().unwrap();
    reader.skip_rest(&first).unwrap();
    assert_eq!(reader.next(), Ok(Some(Event::ObjectEnd)));
    assert_eq!(reader.next(), Ok(None));
}

#[test]
fn plain_canonical_json_refuses_what_it_cannot_say() {
    let jcs = |text| Value::from_json(text).unwrap().to_jcs();
    assert_eq!(jcs(r#"{"b":[1,null],"a":"x"}"#).unwrap(), r#"{"a":"x","b":[1,null]}"#);
    assert_eq!(jcs("9007199254740991").unwrap(), "9007199254740991");
    assert_eq!(jcs("9007199254740992"), Err(JcsError::BigInt(9007199254740992)));
    assert_eq!(jcs("[1.5]"), Err(JcsError::Float));
    assert_eq!(Value::Bytes(vec![]).to_jcs(), Err(JcsError::Bytes));
}

#[test]
fn json_vectors() {
    golden("json", |call| {
        let (op, rest) = call.split_once(' ').unwrap();
        let text = rest.replace("<LF>", "\n").replace("<TAB>", "\t").replace("<BOM>", "\u{feff}").replace("<END>", "");
        assert_eq!(op, "read");
        match Value::from_json(&text) {
            Ok(value) => value.to_json_string(),
            Err(error) => format!("error: {error}"),
        }
    });
}
