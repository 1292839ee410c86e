//! Sets: union, intersection, difference. Members lie sorted, so each is a merge.

use super::call::{Done, PolicyCall, Stop, bind_rgs, fail_operand};
use alloc::vec::Vec;
use core::cmp::Ordering;
use gatos_vm::Value;
use gatos_vm::doc::DocKind;

bind_rgs! {
    "and" => and,
    "intersection" => intersection,
    "or" => or,
    "union" => union,
}

fn and(c: &mut PolicyCall) -> Done {
    let out = meet(c, c.items(0), c.items(1))?;
    c.set(out)
}

fn or(c: &mut PolicyCall) -> Done {
    let (a, b) = (c.items(0), c.items(1));
    c.charge_members(a.len() + b.len())?;
    let mut out = Vec::with_capacity(a.len() + b.len());
    out.extend_from_slice(a);
    out.extend_from_slice(b);
    c.set(out)
}

/// The first operand's members that the second does not have.
pub(super) fn difference(c: &mut PolicyCall) -> Done {
    let (a, b) = (c.items(0), c.items(1));
    c.charge_members(a.len())?;
    c.charge(b.len())?;
    let mut out = Vec::with_capacity(a.len());
    let mut j = 0;
    for v in a {
        let mut found = false;
        while let Some(w) = b.get(j) {
            match c.cmp(*w, *v)? {
                Ordering::Less => j += 1,
                order => {
                    found = order.is_eq();
                    break;
                }
            }
        }
        if !found {
            out.push(*v);
        }
    }
    c.set(out)
}

/// The members of both, from sorted members.
fn meet(c: &mut PolicyCall, a: &[Value], b: &[Value]) -> Result<Vec<Value>, Stop> {
    c.charge_members(a.len().min(b.len()))?;
    c.charge(a.len().max(b.len()))?;
    let mut out = Vec::new();
    let (mut i, mut j) = (0, 0);
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        match c.cmp(*x, *y)? {
            Ordering::Less => i += 1,
            Ordering::Greater => j += 1,
            Ordering::Equal => {
                out.push(*x);
                (i, j) = (i + 1, j + 1);
            }
        }
    }
    Ok(out)
}

/// The sets in operand 0.
fn members(c: &mut PolicyCall) -> Result<Vec<Value>, Stop> {
    let sets = c.items(0);
    c.charge_members(sets.len())?;
    for s in sets {
        if c.vm.doc_kind(*s) != DocKind::Set {
            return fail_operand(0, "set of sets", c.name_of(*s));
        }
    }
    Ok(sets.to_vec())
}

fn union(c: &mut PolicyCall) -> Done {
    let sets = members(c)?;
    let mut out = Vec::new();
    for s in sets {
        let items = c.vm.doc_items(s);
        c.charge_members(items.len())?;
        out.extend_from_slice(items);
    }
    c.set(out)
}

fn intersection(c: &mut PolicyCall) -> Done {
    let sets = members(c)?;
    let Some((first, rest)) = sets.split_first() else { return c.set(Vec::new()) };
    let mut out = c.vm.doc_items(*first).to_vec();
    for s in rest {
        let items = c.vm.doc_items(*s);
        out = meet(c, &out, items)?;
    }
    c.set(out)
}
