//! `json.patch`: RFC 6902's operations, with sets (a member is its own key) and paths as arrays.
//! A patch that does not apply is undefined, and no error.

use super::call::{Done, PolicyCall, Stop, bind_rgs};
use super::objects::entries;
use super::paths::steps;
use alloc::vec::Vec;
use gatos_vm::Value;
use gatos_vm::doc::DocKind;

bind_rgs! {
    "json.patch" => patch,
}

/// What happens at the end of a path.
#[derive(Clone, Copy)]
enum Edit {
    Add(Value),
    Remove,
    Replace(Value),
}

fn patch(c: &mut PolicyCall) -> Done {
    let mut doc = c.arg(0);
    for op in c.items(1) {
        c.charge(4)?;
        doc = apply(c, doc, *op)?;
    }
    Ok(doc)
}

fn apply(c: &mut PolicyCall, doc: Value, op: Value) -> Done {
    let path = path(c, op, "path")?;
    let kind = c.vm.doc_get_str(op, "op");
    match kind.str_bytes() {
        b"add" => {
            let value = field(c, op, "value")?;
            edit(c, doc, &path, Edit::Add(value))
        }
        b"remove" => edit(c, doc, &path, Edit::Remove),
        b"replace" => {
            let value = field(c, op, "value")?;
            edit(c, doc, &path, Edit::Replace(value))
        }
        b"move" => {
            let from = self::path(c, op, "from")?;
            let value = find(c, doc, &from)?;
            let rest = edit(c, doc, &from, Edit::Remove)?;
            edit(c, rest, &path, Edit::Add(value))
        }
        b"copy" => {
            let from = self::path(c, op, "from")?;
            let value = find(c, doc, &from)?;
            edit(c, doc, &path, Edit::Add(value))
        }
        b"test" => {
            let (want, have) = (field(c, op, "value")?, find(c, doc, &path)?);
            if c.vm.doc_eq(want, have)? { Ok(doc) } else { Err(Stop::Undefined) }
        }
        _ => Err(Stop::Undefined),
    }
}

/// An attribute that the operation must have.
fn field(c: &mut PolicyCall, op: Value, name: &str) -> Done {
    let v = if c.vm.doc_kind(op) == DocKind::Object { c.vm.doc_get_str(op, name) } else { Value::NIL };
    if v.is_nil() { Err(Stop::Undefined) } else { Ok(v) }
}

fn path(c: &mut PolicyCall, op: Value, name: &str) -> Result<Vec<Value>, Stop> {
    let v = field(c, op, name)?;
    steps(c, v)?.ok_or(Stop::Undefined)
}

/// A place in an array: a whole number, or the decimal digits of one without zeros in front.
fn place(step: Value) -> Option<usize> {
    if let Some(n) = step.as_num() {
        return n.to_int().and_then(|n| usize::try_from(n).ok());
    }
    match step.as_str()? {
        b"0" => Some(0),
        digits @ [b'1'..=b'9', ..] if digits.iter().all(u8::is_ascii_digit) => {
            core::str::from_utf8(digits).ok()?.parse().ok()
        }
        _ => None,
    }
}

/// The member that a step leads to.
fn child(c: &mut PolicyCall, doc: Value, step: Value) -> Done {
    c.charge(1)?;
    let v = match c.vm.doc_kind(doc) {
        DocKind::Array => place(step).and_then(|i| c.vm.doc_items(doc).get(i).copied()).unwrap_or(Value::NIL),
        DocKind::Object | DocKind::Set => c.vm.doc_get(doc, step)?,
        _ => Value::NIL,
    };
    if v.is_nil() { Err(Stop::Undefined) } else { Ok(v) }
}

fn find(c: &mut PolicyCall, doc: Value, path: &[Value]) -> Done {
    let mut at = doc;
    for step in path {
        at = child(c, at, *step)?;
    }
    Ok(at)
}

/// The document with one edit. Goes down no further than the document nests, since every step but
/// the last must find something.
fn edit(c: &mut PolicyCall, doc: Value, path: &[Value], what: Edit) -> Done {
    let Some((step, rest)) = path.split_first() else {
        return match what {
            Edit::Add(v) | Edit::Replace(v) => Ok(v),
            Edit::Remove => Err(Stop::Undefined),
        };
    };
    let new = if rest.is_empty() {
        what
    } else {
        let inner = child(c, doc, *step)?;
        Edit::Replace(edit(c, inner, rest, what)?)
    };
    match c.vm.doc_kind(doc) {
        DocKind::Object => object_edit(c, doc, *step, new),
        DocKind::Array => array_edit(c, doc, *step, new),
        DocKind::Set => set_edit(c, doc, *step, new, rest.is_empty()),
        _ => Err(Stop::Undefined),
    }
}

fn object_edit(c: &mut PolicyCall, doc: Value, key: Value, what: Edit) -> Done {
    if !matches!(what, Edit::Add(_)) {
        child(c, doc, key)?;
    }
    let mut all = entries(c, doc)?;
    match what {
        Edit::Add(v) | Edit::Replace(v) => all.push((key, v)),
        Edit::Remove => {
            let mut kept = Vec::with_capacity(all.len());
            for (k, v) in all {
                if !c.vm.doc_eq(k, key)? {
                    kept.push((k, v));
                }
            }
            all = kept;
        }
    }
    c.object(all)
}

fn array_edit(c: &mut PolicyCall, doc: Value, step: Value, what: Edit) -> Done {
    let items = c.vm.doc_items(doc);
    c.charge_members(items.len() + 1)?;
    let mut all = items.to_vec();
    match what {
        Edit::Add(v) => {
            let at = if step.as_str() == Some(b"-") { Some(all.len()) } else { place(step) };
            match at {
                Some(at) if at <= all.len() => all.insert(at, v),
                _ => return Err(Stop::Undefined),
            }
        }
        Edit::Remove | Edit::Replace(_) => {
            let Some(at) = place(step).filter(|at| *at < all.len()) else { return Err(Stop::Undefined) };
            match what {
                Edit::Replace(v) => all[at] = v,
                _ => {
                    all.remove(at);
                }
            }
        }
    }
    c.array(&all)
}

/// A member stands at itself, so one that is put in must be its key; only a member that was
/// changed inside takes its new place.
fn set_edit(c: &mut PolicyCall, doc: Value, key: Value, what: Edit, here: bool) -> Done {
    if !matches!(what, Edit::Add(_)) {
        child(c, doc, key)?;
    }
    let items = c.vm.doc_items(doc);
    c.charge_members(items.len() + 1)?;
    let mut all = Vec::with_capacity(items.len() + 1);
    for v in items {
        if matches!(what, Edit::Add(_)) || !c.vm.doc_eq(*v, key)? {
            all.push(*v);
        }
    }
    if let Edit::Add(v) | Edit::Replace(v) = what {
        if here && !c.vm.doc_eq(v, key)? {
            return Err(Stop::Undefined);
        }
        all.push(v);
    }
    c.set(all)
}
