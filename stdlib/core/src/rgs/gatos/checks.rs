//! `gatos.caps` and `gatos.labels`: what is held against what is wanted.

use super::caps::covers;
use crate::rgs::call::{Done, PolicyCall, Stop, bind_rgs, utf8};
use alloc::vec::Vec;
use gatos_vm::Value;
use gatos_vm::doc::DocKind;

bind_rgs! {
    "gatos.caps.has" => caps_has,
    "gatos.caps.has_all" => caps_has_all,
    "gatos.caps.missing" => caps_missing,
    "gatos.labels.has" => labels_has,
    "gatos.labels.has_all" => labels_has_all,
    "gatos.labels.has_any" => labels_has_any,
    "gatos.labels.missing" => labels_missing,
}

/// The texts of a collection operand.
fn texts<'s>(c: &mut PolicyCall, i: usize) -> Result<Vec<&'s str>, Stop> {
    c.strings(i, "array or set of strings")?.into_iter().map(utf8).collect()
}

/// What is wanted, one string or many, each with its value.
fn wanted<'s>(c: &mut PolicyCall, i: usize) -> Result<Vec<(&'s str, Value)>, Stop> {
    if c.kind(i) == DocKind::String {
        return Ok(Vec::from([(c.str(i)?, c.arg(i))]));
    }
    let texts = texts(c, i)?;
    Ok(texts.into_iter().zip(c.items(i).iter().copied()).collect())
}

/// What is wanted and not held. Every pair is looked at, so every pair is paid, and each text with each pair.
fn lacking(c: &mut PolicyCall, holds: fn(&str, &str) -> bool) -> Result<Vec<Value>, Stop> {
    let held = texts(c, 0)?;
    let wanted = wanted(c, 1)?;
    c.charge(held.len().saturating_mul(wanted.len()))?;
    let held_bytes: usize = held.iter().map(|h| h.len()).sum();
    let wanted_bytes: usize = wanted.iter().map(|(w, _)| w.len()).sum();
    c.charge_chars(held_bytes.saturating_mul(wanted.len()))?;
    c.charge_chars(wanted_bytes.saturating_mul(held.len()))?;
    let lacks = |want: &str| !held.iter().any(|have| holds(have, want));
    Ok(wanted.into_iter().filter(|(want, _)| lacks(want)).map(|(_, v)| v).collect())
}

fn same(held: &str, wanted: &str) -> bool {
    held == wanted
}

fn caps_has(c: &mut PolicyCall) -> Done {
    Ok(Value::bool(lacking(c, covers)?.is_empty()))
}

fn caps_has_all(c: &mut PolicyCall) -> Done {
    Ok(Value::bool(lacking(c, covers)?.is_empty()))
}

fn caps_missing(c: &mut PolicyCall) -> Done {
    let lacking = lacking(c, covers)?;
    c.set(lacking)
}

fn labels_has(c: &mut PolicyCall) -> Done {
    Ok(Value::bool(lacking(c, same)?.is_empty()))
}

fn labels_has_all(c: &mut PolicyCall) -> Done {
    Ok(Value::bool(lacking(c, same)?.is_empty()))
}

fn labels_has_any(c: &mut PolicyCall) -> Done {
    let wanted = c.items(1).len();
    Ok(Value::bool(lacking(c, same)?.len() < wanted))
}

fn labels_missing(c: &mut PolicyCall) -> Done {
    let lacking = lacking(c, same)?;
    c.set(lacking)
}
