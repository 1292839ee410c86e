//! What several tests need: trees to try, and golden files.
#![allow(dead_code, clippy::disallowed_methods)] // golden files are read from disk

use gatos_canon::{Cid, Map, Value};
use proptest::prelude::*;

pub fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{0,4}",
        "[a-z_]{0,30}",
        any::<String>(),
        // around the place where UTF-8 and UTF-16 disagree about order
        proptest::collection::vec(
            prop_oneof![
                Just('\u{d7ff}'),
                Just('\u{e000}'),
                Just('\u{ffff}'),
                Just('\u{10000}'),
                Just('\u{10ffff}'),
                Just('a')
            ],
            0..4
        )
        .prop_map(|c| c.into_iter().collect()),
    ]
}

pub fn float_bits() -> impl Strategy<Value = u64> {
    any::<u64>().prop_filter("finite", |bits| f64::from_bits(*bits).is_finite())
}

/// Trees of everything, or of what JSON can spell.
pub fn value(json_only: bool) -> impl Strategy<Value = Value> {
    let int = prop_oneof![
        any::<i64>(),
        -300i64..300,
        (0u32..64, -2i64..=2).prop_map(|(s, n)| 1i64.wrapping_shl(s).wrapping_add(n)),
    ];
    let plain = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        int.prop_map(Value::Int),
        float_bits().prop_map(Value::Float),
        text().prop_map(Value::Text),
    ];
    let leaf = if json_only {
        plain.boxed()
    } else {
        prop_oneof![
            4 => plain,
            1 => proptest::collection::vec(any::<u8>(), 0..40).prop_map(Value::Bytes),
            1 => any::<[u8; 32]>().prop_map(|digest| Value::Link(Cid(digest))),
        ]
        .boxed()
    };
    leaf.prop_recursive(5, 60, 8, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..30).prop_map(Value::Array),
            proptest::collection::vec((text(), inner), 0..8).prop_map(|pairs| Value::Map(Map::from_iter(pairs))),
        ]
    })
}

/// Runs each `call => result` line of a golden file; `UPDATE_GOLDEN=1` writes results anew.
pub fn golden(name: &str, eval: impl Fn(&str) -> String) {
    let path = format!("{}/tests/golden/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    let file = std::fs::read_to_string(&path).unwrap();
    let mut fresh = String::new();
    for line in file.lines() {
        if line.is_empty() || line.starts_with('#') {
            fresh.push_str(line);
        } else {
            let call = line.split(" => ").next().unwrap();
            fresh.push_str(&format!("{call} => {}", eval(call)));
        }
        fresh.push('\n');
    }
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, fresh).unwrap();
        return;
    }
    for (want, got) in file.lines().zip(fresh.lines()) {
        assert_eq!(got, want, "in {name}.txt");
    }
}
