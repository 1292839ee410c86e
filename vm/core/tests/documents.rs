//! Documents beside a plain model of them: order, equality, sets, objects, text, and that how
//! a document came to be shows neither in results nor in costs.

mod common {
    pub mod policy;
}
use common::policy::Builder;
use gatos_num::{Fix, Num};
use gatos_vm::{DocKind, Value, Vm};
use proptest::prelude::*;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// A document as a tree. The order of the variants is the order of the kinds.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Doc {
    Null,
    Bool(bool),
    /// In halves.
    Num(i64),
    Str(String),
    Arr(Vec<Doc>),
    Obj(Entries),
    Set(BTreeSet<Doc>),
}

/// Objects compare entry by entry.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Entries(BTreeMap<Doc, Doc>);

impl Ord for Entries {
    fn cmp(&self, other: &Entries) -> Ordering {
        self.0.iter().cmp(other.0.iter())
    }
}

impl PartialOrd for Entries {
    fn partial_cmp(&self, other: &Entries) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn scalar() -> impl Strategy<Value = Doc> {
    prop_oneof![
        Just(Doc::Null),
        any::<bool>().prop_map(Doc::Bool),
        (-4i64..5).prop_map(Doc::Num),
        "[abé]{0,2}".prop_map(Doc::Str),
        (0usize..3).prop_map(|n| Doc::Str("long ".repeat(20 + n))),
    ]
}

fn doc() -> impl Strategy<Value = Doc> {
    scalar().prop_recursive(3, 24, 5, |inner| {
        let entries = prop::collection::btree_map(inner.clone(), inner.clone(), 0..5);
        let named = prop::collection::btree_map("[ab]{0,2}".prop_map(Doc::Str), inner.clone(), 0..5);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Doc::Arr),
            entries.prop_map(|m| Doc::Obj(Entries(m))),
            named.prop_map(|m| Doc::Obj(Entries(m))),
            prop::collection::btree_set(inner, 0..5).prop_map(Doc::Set),
        ]
    })
}

/// Whether canonical JSON says all of it.
fn is_json(d: &Doc) -> bool {
    match d {
        Doc::Arr(items) => items.iter().all(is_json),
        Doc::Obj(e) => e.0.iter().all(|(k, v)| matches!(k, Doc::Str(_)) && is_json(v)),
        Doc::Set(_) => false,
        _ => true,
    }
}

fn build(vm: &mut Vm, d: &Doc) -> Value {
    let made = match d {
        Doc::Null => Ok(Value::NULL),
        Doc::Bool(b) => Ok(Value::bool(*b)),
        Doc::Num(n) => Ok(vm.doc_number(Num::Fixed(Fix::from_raw(n << 31)))),
        Doc::Str(s) => vm.doc_string(s),
        Doc::Arr(items) => {
            let items: Vec<Value> = items.iter().map(|i| build(vm, i)).collect();
            vm.doc_array(&items)
        }
        Doc::Obj(e) => {
            // Backwards, and the first key twice: the last value counts.
            let mut entries: Vec<(Value, Value)> =
                e.0.iter().rev().map(|(k, v)| (build(vm, k), build(vm, v))).collect();
            if let Some(last) = entries.first().copied() {
                entries.insert(0, (last.0, Value::NULL));
            }
            vm.doc_object(entries)
        }
        Doc::Set(items) => {
            let mut items: Vec<Value> = items.iter().rev().map(|i| build(vm, i)).collect();
            items.extend(items.clone());
            vm.doc_set(items)
        }
    };
    made.unwrap_or_else(|e| panic!("{e:?}"))
}

fn json(d: &Doc, out: &mut String) {
    match d {
        Doc::Null => out.push_str("null"),
        Doc::Bool(b) => out.push_str(&b.to_string()),
        Doc::Num(n) if n % 2 == 0 => out.push_str(&(n / 2).to_string()),
        Doc::Num(n) => {
            out.push_str(if *n < 0 { "-" } else { "" });
            out.push_str(&format!("{}.5", n.abs() / 2));
        }
        Doc::Str(s) => out.push_str(&format!("{s:?}")),
        Doc::Arr(items) => list(items.iter(), out),
        Doc::Set(items) => list(items.iter(), out),
        Doc::Obj(e) => {
            let mut entries: Vec<(String, &Doc)> =
                e.0.iter()
                    .map(|(k, v)| {
                        let mut text = String::new();
                        match k {
                            Doc::Str(s) => text.clone_from(s),
                            k => json(k, &mut text),
                        }
                        (text, v)
                    })
                    .collect();
            entries.sort_by(|a, b| a.0.encode_utf16().cmp(b.0.encode_utf16()));
            out.push('{');
            for (i, (k, v)) in entries.iter().enumerate() {
                out.push_str(if i > 0 { "," } else { "" });
                out.push_str(&format!("{k:?}:"));
                json(v, out);
            }
            out.push('}');
        }
    }
}

fn list<'a>(items: impl Iterator<Item = &'a Doc>, out: &mut String) {
    out.push('[');
    for (i, item) in items.enumerate() {
        out.push_str(if i > 0 { "," } else { "" });
        json(item, out);
    }
    out.push(']');
}

fn text(d: &Doc) -> String {
    let mut out = String::new();
    json(d, &mut out);
    out
}

fn machine() -> Vm {
    let mut vm = Builder::new().vm(None);
    vm.open_decision();
    vm
}

/// What a comparison costs.
fn paid<T>(vm: &mut Vm, f: impl FnOnce(&mut Vm) -> T) -> (T, u64) {
    let before = vm.usage().fuel;
    let r = f(vm);
    (r, vm.usage().fuel - before)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn order_and_equality_are_those_of_the_model(a in doc(), b in doc()) {
        let mut vm = machine();
        let (x, y) = (build(&mut vm, &a), build(&mut vm, &b));
        prop_assert_eq!(vm.doc_cmp(x, y).ok(), Some(a.cmp(&b)));
        prop_assert_eq!(vm.doc_eq(x, y).ok(), Some(a == b));
        prop_assert_eq!(vm.doc_cmp(y, x).ok(), Some(b.cmp(&a)));
        let again = build(&mut vm, &a);
        prop_assert_eq!(vm.doc_eq(x, again).ok(), Some(true));
    }

    #[test]
    fn text_is_canonical_and_reads_back(a in doc()) {
        let mut vm = machine();
        let x = build(&mut vm, &a);
        let shown = vm.doc_text(x);
        prop_assert_eq!(&shown, &text(&a));
        if is_json(&a) {
            let back = vm.doc_decode_json(shown.as_bytes()).unwrap_or_else(|e| panic!("{e:?}"));
            prop_assert_eq!(vm.doc_eq(x, back).ok(), Some(true));
            prop_assert_eq!(vm.doc_text(back), shown);
        }
    }

    #[test]
    fn how_it_was_made_costs_nothing(a in doc(), b in doc()) {
        let wrap = |d: &Doc| Doc::Arr(vec![d.clone()]);
        prop_assume!(is_json(&a) && is_json(&b));
        let mut vm = machine();
        let made = [build(&mut vm, &wrap(&a)), build(&mut vm, &wrap(&b))];
        let read = [&a, &b].map(|d| vm.doc_decode_json(text(&wrap(d)).as_bytes()).unwrap_or_else(|e| panic!("{e:?}")));
        let all = [(made[0], made[1]), (read[0], made[1]), (made[0], read[1]), (read[0], read[1])];
        let costs = all.map(|(x, y)| {
            let (_, cmp) = paid(&mut vm, |vm| vm.doc_cmp(x, y));
            let (_, eq) = paid(&mut vm, |vm| vm.doc_eq(x, y));
            let (_, set) = paid(&mut vm, |vm| vm.doc_set(vec![x, y]));
            (cmp, eq, set)
        });
        prop_assert!(costs.iter().all(|c| *c == costs[0]), "{:?}", costs);
    }

    #[test]
    fn members_are_found(d in doc(), key in doc()) {
        let mut vm = machine();
        let (x, k) = (build(&mut vm, &d), build(&mut vm, &key));
        let got = vm.doc_get(x, k).unwrap_or_else(|e| panic!("{e:?}"));
        let want = match (&d, &key) {
            (Doc::Arr(items), Doc::Num(n)) if n % 2 == 0 => usize::try_from(n / 2).ok().and_then(|i| items.get(i)),
            (Doc::Obj(e), k) => e.0.get(k),
            (Doc::Set(items), k) => items.get(k),
            _ => None,
        };
        prop_assert_eq!(vm.doc_text(got), want.map_or("undefined".into(), text));
        // Every key leads to its value.
        for (k, v) in vm.doc_entries(x) {
            let got = vm.doc_get(x, k).unwrap_or_else(|e| panic!("{e:?}"));
            prop_assert_eq!(vm.doc_eq(got, v).ok(), Some(true));
        }
        let members = vm.doc_items(x);
        prop_assert_eq!(vm.doc_len(x), members.len() + vm.doc_entries(x).len());
        if vm.doc_kind(x) == DocKind::Set {
            for m in members {
                let got = vm.doc_get(x, *m).unwrap_or_else(|e| panic!("{e:?}"));
                prop_assert_eq!(vm.doc_eq(got, *m).ok(), Some(true));
            }
        }
    }
}

#[test]
fn large_objects_are_like_small_ones() {
    let mut vm = machine();
    for n in [0usize, 1, 8, 9, 12, 13, 63, 64, 65, 200, 3000] {
        let entries: Vec<String> = (0..n).rev().map(|i| format!("\"key {i:05}\":{i}")).collect();
        let text = format!("{{{}}}", entries.join(","));
        let read = vm.doc_decode_json(text.as_bytes()).unwrap_or_else(|e| panic!("{e:?}"));
        assert_eq!(vm.doc_len(read), n);
        let entries = vm.doc_entries(read);
        assert!(entries.is_sorted_by(|a, b| a.0.str_bytes() < b.0.str_bytes()));
        let made = vm.doc_object(entries.into_iter().rev().collect()).unwrap_or_else(|e| panic!("{e:?}"));
        assert_eq!(vm.doc_eq(read, made).ok(), Some(true));
        for i in 0..n {
            let key = format!("key {i:05}");
            assert_eq!(vm.doc_get_str(read, &key).as_int(), Some(i as i64));
            let key = vm.doc_string(&key).unwrap_or_else(|e| panic!("{e:?}"));
            assert_eq!(vm.doc_get(made, key).ok().and_then(Value::as_int), Some(i as i64));
        }
        assert!(vm.doc_get_str(read, "key").is_nil());
    }
    let twice = format!("{{{}\"key 5\":1}}", (0..100).map(|i| format!("\"key {i}\":{i},")).collect::<String>());
    assert!(vm.doc_decode_json(twice.as_bytes()).is_err());
}

#[test]
fn numbers_are_normal_wherever_they_come_from() {
    let mut vm = machine();
    for (text, want) in [
        ("1.0", "1"),
        ("-0", "0"),
        ("-0.0", "0"),
        ("1e2", "100"),
        ("123456789012345678", "123456789012345678"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("0.25", "0.25"),
        ("2147483648.5e0", ""),
        ("9223372036854775808", ""),
    ] {
        match vm.doc_decode_json(text.as_bytes()) {
            Ok(v) => {
                assert_eq!(vm.doc_text(v), want, "{text}");
                assert_eq!(v.as_int().is_some(), !want.contains('.'), "{text}");
            }
            Err(_) => assert_eq!(want, "", "{text}"),
        }
    }
}
