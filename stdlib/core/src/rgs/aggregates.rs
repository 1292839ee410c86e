//! Aggregates over arrays and sets, and the sort they share.

use super::call::{Done, PolicyCall, Stop, bind_rgs, fail_operand};
use super::numbers::exact_sum;
use super::text::runes;
use alloc::vec::Vec;
use core::cmp::Ordering;
use gatos_num::Num;
use gatos_vm::Value;
use gatos_vm::doc::DocKind;

bind_rgs! {
    "count" => count,
    "max" => max,
    "min" => min,
    "product" => product,
    "sort" => sort,
    "sum" => sum,
}

fn count(c: &mut PolicyCall) -> Done {
    let n = match c.kind(0) {
        DocKind::String => {
            let text = c.bytes(0);
            c.charge_chars(text.len())?;
            runes(text).count()
        }
        _ => c.vm.doc_len(c.arg(0)),
    };
    Ok(Value::int(n as i64))
}

fn numbers(c: &mut PolicyCall) -> Result<Vec<Num>, Stop> {
    let items = c.items(0);
    c.charge_members(items.len())?;
    let mut out = Vec::with_capacity(items.len());
    for v in items {
        match v.as_num() {
            Some(n) => out.push(n),
            None => {
                let (whole, got) = (super::call::kind_name(c.kind(0)), c.name_of(*v));
                return fail_operand(
                    0,
                    &alloc::format!("{whole} of numbers"),
                    &alloc::format!("{whole} containing {got}"),
                );
            }
        }
    }
    Ok(out)
}

fn sum(c: &mut PolicyCall) -> Done {
    let numbers = numbers(c)?;
    Ok(c.number(exact_sum(numbers.into_iter())?))
}

fn product(c: &mut PolicyCall) -> Done {
    let mut out = Num::Int(1);
    for n in numbers(c)? {
        out = out.mul(n)?;
        if let Some(whole) = out.to_int() {
            out = Num::Int(whole);
        }
    }
    Ok(c.number(out))
}

fn best(c: &mut PolicyCall, better: Ordering) -> Done {
    let Some((first, rest)) = c.items(0).split_first() else { return Err(Stop::Undefined) };
    if c.kind(0) == DocKind::Set {
        // Members lie sorted.
        let v = if better.is_lt() { first } else { rest.last().unwrap_or(first) };
        return Ok(*v);
    }
    c.charge(rest.len())?;
    let mut out = *first;
    for v in rest {
        if c.cmp(*v, out)? == better {
            out = *v;
        }
    }
    Ok(out)
}

fn max(c: &mut PolicyCall) -> Done {
    best(c, Ordering::Greater)
}

fn min(c: &mut PolicyCall) -> Done {
    best(c, Ordering::Less)
}

fn sort(c: &mut PolicyCall) -> Done {
    let items = c.items(0);
    c.charge_members(items.len())?;
    let mut items = items.to_vec();
    if c.kind(0) == DocKind::Array {
        merge_sort(c, &mut items)?;
    }
    c.array(&items)
}

/// Sorts by Rego's order, equal values keeping theirs. A comparison may end the call, which the
/// standard sort does not allow.
pub(super) fn merge_sort(c: &mut PolicyCall, items: &mut Vec<Value>) -> Result<(), Stop> {
    let n = items.len();
    c.charge_members(n)?;
    let mut other = items.clone();
    let mut width = 1;
    while width < n {
        let mut start = 0;
        while start < n {
            let (middle, end) = ((start + width).min(n), (start + 2 * width).min(n));
            let (mut i, mut j) = (start, middle);
            for slot in &mut other[start..end] {
                let left = j >= end || (i < middle && c.cmp(items[j], items[i])?.is_ge());
                *slot = if left { items[i] } else { items[j] };
                if left { i += 1 } else { j += 1 }
            }
            start = end;
        }
        core::mem::swap(items, &mut other);
        width *= 2;
    }
    Ok(())
}
