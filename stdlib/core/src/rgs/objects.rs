//! Objects: lookups by path, parts, unions, and the walk over everything inside a value.

use super::call::{Done, PolicyCall, Stop, bind_rgs, fail_operand};
use super::text::pay;
use alloc::vec::Vec;
use gatos_vm::Value;
use gatos_vm::doc::DocKind;

bind_rgs! {
    "object.filter" => filter,
    "object.get" => get,
    "object.keys" => keys,
    "object.remove" => remove,
    "object.subset" => subset,
    "object.union" => union,
    "object.union_n" => union_n,
    "walk" => walk,
}

/// An object's entries, paid for.
pub(super) fn entries(c: &mut PolicyCall, v: Value) -> Result<Vec<(Value, Value)>, Stop> {
    let n = c.vm.doc_len(v);
    c.charge_members(n.saturating_mul(2))?;
    Ok(c.vm.doc_entries(v))
}

/// An array key is a path; the empty one is the object itself.
fn get(c: &mut PolicyCall) -> Done {
    let (object, key, otherwise) = (c.arg(0), c.arg(1), c.arg(2));
    let found = if c.kind(1) == DocKind::Array {
        let mut at = object;
        for step in c.items(1) {
            c.charge(1)?;
            at = c.vm.doc_get(at, *step)?;
            if at.is_nil() {
                break;
            }
        }
        at
    } else {
        c.vm.doc_get(object, key)?
    };
    Ok(if found.is_nil() { otherwise } else { found })
}

fn keys(c: &mut PolicyCall) -> Done {
    let object = c.arg(0);
    let keys = entries(c, object)?.into_iter().map(|(k, _)| k).collect();
    c.set(keys)
}

/// The keys that an array or set lists, or that an object has.
fn listed(c: &mut PolicyCall, i: usize) -> Result<Vec<Value>, Stop> {
    let v = c.arg(i);
    if c.kind(i) == DocKind::Object {
        return Ok(entries(c, v)?.into_iter().map(|(k, _)| k).collect());
    }
    let items = c.items(i);
    c.charge_members(items.len())?;
    Ok(items.to_vec())
}

fn filter(c: &mut PolicyCall) -> Done {
    let object = c.arg(0);
    let mut out = Vec::new();
    for k in listed(c, 1)? {
        let v = c.vm.doc_get(object, k)?;
        if !v.is_nil() {
            out.push((k, v));
        }
    }
    c.object(out)
}

fn remove(c: &mut PolicyCall) -> Done {
    let object = c.arg(0);
    let keys = listed(c, 1)?;
    let keys = c.set(keys)?;
    let mut out = Vec::new();
    for (k, v) in entries(c, object)? {
        if c.vm.doc_get(keys, k)?.is_nil() {
            out.push((k, v));
        }
    }
    c.object(out)
}

fn union(c: &mut PolicyCall) -> Done {
    let both = [c.arg(0), c.arg(1)];
    merge(c, &both)
}

fn union_n(c: &mut PolicyCall) -> Done {
    let items = c.items(0);
    c.charge(items.len())?;
    for v in items {
        if c.vm.doc_kind(*v) != DocKind::Object {
            let got = alloc::format!("array containing {}", c.name_of(*v));
            return fail_operand(0, "array of objects", &got);
        }
    }
    merge(c, items)
}

/// One object of many: the last value of a key counts, but for objects, which are merged with the
/// objects just before them. Goes as deep as the values do.
fn merge(c: &mut PolicyCall, objects: &[Value]) -> Done {
    if let [one] = objects {
        return Ok(*one);
    }
    let mut all = Vec::new();
    for o in objects {
        all.append(&mut entries(c, *o)?);
    }
    // An object of all pairs tells the distinct keys; most keys have one value.
    let distinct = c.object(all)?;
    let mut out = Vec::new();
    for (k, last) in entries(c, distinct)? {
        let mut values = Vec::new();
        if c.vm.doc_kind(last) == DocKind::Object {
            for o in objects {
                c.charge(1)?;
                let v = c.vm.doc_get(*o, k)?;
                match c.vm.doc_kind(v) {
                    DocKind::Undefined => {}
                    DocKind::Object => values.push(v),
                    _ => values.clear(),
                }
            }
        } else {
            values.push(last);
        }
        let v = if let [one] = values.as_slice() { *one } else { merge(c, &values)? };
        out.push((k, v));
    }
    c.object(out)
}

fn subset(c: &mut PolicyCall) -> Done {
    let (whole, part) = (c.arg(0), c.arg(1));
    match within(c, whole, part)? {
        Some(yes) => Ok(Value::bool(yes)),
        None => super::call::fail_type("both arguments must be of one kind, or an array and a set"),
    }
}

/// Whether `part` is in `whole`; nothing for kinds that cannot be compared so.
fn within(c: &mut PolicyCall, whole: Value, part: Value) -> Result<Option<bool>, Stop> {
    let yes = match (c.vm.doc_kind(whole), c.vm.doc_kind(part)) {
        (DocKind::Object, DocKind::Object) => {
            for (k, v) in entries(c, part)? {
                let have = c.vm.doc_get(whole, k)?;
                if have.is_nil() {
                    return Ok(Some(false));
                }
                let inside = match (c.vm.doc_kind(have), c.vm.doc_kind(v)) {
                    (a, b) if a == b && matches!(a, DocKind::Object | DocKind::Set | DocKind::Array) => {
                        within(c, have, v)? == Some(true)
                    }
                    _ => c.vm.doc_eq(have, v)?,
                };
                if !inside {
                    return Ok(Some(false));
                }
            }
            true
        }
        (DocKind::Set, DocKind::Set) => all_members(c, whole, part)?,
        (DocKind::Array, DocKind::Set) => {
            let items = c.vm.doc_items(whole);
            c.charge_members(items.len())?;
            let whole = c.set(items.to_vec())?;
            all_members(c, whole, part)?
        }
        (DocKind::Array, DocKind::Array) => run_of(c, whole, part)?,
        _ => return Ok(None),
    };
    Ok(Some(yes))
}

fn all_members(c: &mut PolicyCall, whole: Value, part: Value) -> Result<bool, Stop> {
    for v in c.vm.doc_items(part) {
        c.charge(1)?;
        if c.vm.doc_get(whole, *v)?.is_nil() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether the members of `part` stand together somewhere in `whole`.
fn run_of(c: &mut PolicyCall, whole: Value, part: Value) -> Result<bool, Stop> {
    let (whole, part) = (c.vm.doc_items(whole), c.vm.doc_items(part));
    if part.is_empty() {
        return Ok(true);
    }
    for window in whole.windows(part.len()) {
        let mut all = true;
        for (a, b) in window.iter().zip(part) {
            c.charge(1)?;
            if !c.vm.doc_eq(*a, *b)? {
                all = false;
                break;
            }
        }
        if all {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Every value inside, as `[path, value]`, parents before children.
fn walk(c: &mut PolicyCall) -> Done {
    let mut out = Vec::new();
    let v = c.arg(0);
    let mut path = Vec::new();
    visit(c, v, &mut path, &mut out)?;
    c.array(&out)
}

fn visit(c: &mut PolicyCall, v: Value, path: &mut Vec<Value>, out: &mut Vec<Value>) -> Result<(), Stop> {
    pay(c, 16)?;
    c.charge(path.len() / 4)?;
    let at = c.array(path)?;
    out.push(c.array(&[at, v])?);
    match c.vm.doc_kind(v) {
        DocKind::Array => {
            for (i, item) in c.vm.doc_items(v).iter().enumerate() {
                path.push(Value::int(i as i64));
                visit(c, *item, path, out)?;
                path.pop();
            }
        }
        DocKind::Set => {
            for item in c.vm.doc_items(v) {
                path.push(*item);
                visit(c, *item, path, out)?;
                path.pop();
            }
        }
        DocKind::Object => {
            for (k, item) in entries(c, v)? {
                path.push(k);
                visit(c, item, path, out)?;
                path.pop();
            }
        }
        _ => {}
    }
    Ok(())
}
