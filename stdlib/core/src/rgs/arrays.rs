//! Arrays: parts, joins, turns.

use super::call::{Done, PolicyCall, bind_rgs};
use alloc::vec::Vec;
use gatos_vm::doc::DocKind;

bind_rgs! {
    "array.concat" => concat,
    "array.flatten" => flatten,
    "array.reverse" => reverse,
    "array.slice" => slice,
}

fn concat(c: &mut PolicyCall) -> Done {
    let (a, b) = (c.items(0), c.items(1));
    c.charge_members(a.len() + b.len())?;
    c.array(&[a, b].concat())
}

/// One level: members of arrays inside take the arrays' places.
fn flatten(c: &mut PolicyCall) -> Done {
    let items = c.items(0);
    let mut out = Vec::new();
    for v in items {
        if c.vm.doc_kind(*v) == DocKind::Array {
            let inner = c.vm.doc_items(*v);
            c.charge_members(inner.len() + 1)?;
            out.extend_from_slice(inner);
        } else {
            c.charge_members(1)?;
            out.push(*v);
        }
    }
    c.array(&out)
}

fn reverse(c: &mut PolicyCall) -> Done {
    let items = c.items(0);
    c.charge_members(items.len())?;
    let mut out = items.to_vec();
    out.reverse();
    c.array(&out)
}

/// Bounds outside the array are moved to its ends.
fn slice(c: &mut PolicyCall) -> Done {
    let items = c.items(0);
    let last = items.len() as i64;
    let from = c.int(1)?.clamp(0, last);
    let to = c.int(2)?.clamp(from, last);
    c.charge_members((to - from) as usize)?;
    c.array(&items[from as usize..to as usize])
}
