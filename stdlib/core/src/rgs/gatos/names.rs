//! `gatos.glob`, `gatos.ref`, `gatos.epoch`, `gatos.time` and `gatos.ulid`.

use super::glob::{Glob, mismatch, of_ref};
use super::refs;
use crate::rgs::call::{Done, PolicyCall, Stop, bind_rgs, fail};
use crate::rgs::more::civil::{Civil, SECOND, nanoseconds, spoken};
use crate::rgs::more::layout::{RFC3339, RFC3339_NANO, format_time, parse_time};
use crate::rgs::more::zone::Offset;
use alloc::format;
use alloc::string::String;
use gatos_vm::Value;

bind_rgs! {
    "gatos.epoch.at_least" => epoch_at_least,
    "gatos.epoch.missing" => epoch_missing,
    "gatos.epoch.of" => epoch_of,
    "gatos.glob.match" => glob_match,
    "gatos.glob.mismatch" => glob_mismatch,
    "gatos.ref.actor" => ref_actor,
    "gatos.ref.match" => ref_match,
    "gatos.ref.mismatch" => ref_mismatch,
    "gatos.ref.namespace" => ref_namespace,
    "gatos.time.after" => time_after,
    "gatos.time.before" => time_before,
    "gatos.time.expired" => time_expired,
    "gatos.time.relation" => time_relation,
    "gatos.ulid.time_ns" => ulid_time_ns,
}

/// Pattern and text, the work of matching them paid.
fn pair<'s>(c: &mut PolicyCall) -> Result<(&'s str, &'s str), Stop> {
    let (pattern, text) = (c.str(0)?, c.str(1)?);
    let work = (pattern.len() + 1).saturating_mul(text.len() + 1);
    c.charge(work / 16)?;
    Ok((pattern, text))
}

fn glob_match(c: &mut PolicyCall) -> Done {
    let (pattern, text) = pair(c)?;
    Ok(Value::bool(Glob::parse(pattern).map_err(Stop::Builtin)?.matches(text)))
}

fn glob_mismatch(c: &mut PolicyCall) -> Done {
    let (pattern, text) = pair(c)?;
    let why = mismatch(pattern, text).map_err(Stop::Builtin)?;
    c.string(why)
}

fn ref_match(c: &mut PolicyCall) -> Done {
    let (pattern, text) = pair(c)?;
    Ok(Value::bool(Glob::parse(&of_ref(pattern)).map_err(Stop::Builtin)?.matches(text)))
}

fn ref_mismatch(c: &mut PolicyCall) -> Done {
    let (pattern, text) = pair(c)?;
    let why = mismatch(&of_ref(pattern), text).map_err(Stop::Builtin)?;
    c.string(why)
}

fn ref_namespace(c: &mut PolicyCall) -> Done {
    let name = c.str(0)?;
    c.charge_bytes(name.len())?;
    match refs::namespace(name) {
        Some(namespace) => c.string(namespace),
        None => fail(format!("`{}` has no namespace", shown(name))),
    }
}

fn ref_actor(c: &mut PolicyCall) -> Done {
    let name = c.str(0)?;
    c.charge_bytes(name.len())?;
    match refs::actor(name) {
        Some(actor) => c.string(actor),
        None => fail(format!("`{}` is not the journal of an actor", shown(name))),
    }
}

/// The beginning of a text that may be long.
fn shown(text: &str) -> &str {
    text.char_indices().nth(80).map_or(text, |(at, _)| &text[..at])
}

/// An epoch: its number, the number as text, or its ref.
fn epoch(c: &mut PolicyCall, i: usize) -> Result<i64, Stop> {
    if c.arg(i).as_num().is_some() {
        return c.int(i);
    }
    let text = c.str(i)?;
    c.charge_bytes(text.len())?;
    match refs::epoch(text) {
        Some(n) => Ok(n),
        None => fail(format!("`{}` is not an epoch, as in `refs/gatos/epoch/finance/12`", shown(text))),
    }
}

fn epoch_of(c: &mut PolicyCall) -> Done {
    Ok(Value::int(epoch(c, 0)?))
}

fn epoch_at_least(c: &mut PolicyCall) -> Done {
    Ok(Value::bool(epoch(c, 0)? >= epoch(c, 1)?))
}

fn epoch_missing(c: &mut PolicyCall) -> Done {
    let (have, need) = (epoch(c, 0)?, epoch(c, 1)?);
    c.string(if have >= need { String::new() } else { format!("epoch {have}, where {need} is needed") })
}

/// A time: nanoseconds since 1970, or text as in RFC 3339.
fn time(c: &mut PolicyCall, i: usize) -> Result<i64, Stop> {
    let v = c.arg(i);
    if let Some(n) = v.as_num() {
        return n.to_int().map_or_else(|| fail("timestamp too big"), Ok);
    }
    let text = c.str(i)?;
    c.charge_bytes(text.len())?;
    instant(text)
}

/// A time as grants write it.
pub(super) fn instant(text: &str) -> Result<i64, Stop> {
    let (seconds, nano) = parse_time(RFC3339, text).map_err(Stop::Builtin)?;
    match nanoseconds(seconds, nano) {
        Some(ns) => Ok(ns),
        None => fail("time outside of valid range"),
    }
}

/// An instant in RFC 3339, UTC.
pub(super) fn written(ns: i64) -> String {
    let time = Civil::of(ns.div_euclid(SECOND), ns.rem_euclid(SECOND));
    format_time(RFC3339_NANO, &time, &Offset { seconds: 0, name: String::new() })
}

/// How long before or after: `3h before`.
pub(super) fn distance(a: i64, b: i64) -> String {
    let length = spoken(u128::from(a.abs_diff(b)));
    format!("{length} {}", if a < b { "before" } else { "after" })
}

fn time_expired(c: &mut PolicyCall) -> Done {
    Ok(Value::bool(time(c, 0)? <= time(c, 1)?))
}

fn time_before(c: &mut PolicyCall) -> Done {
    Ok(Value::bool(time(c, 0)? < time(c, 1)?))
}

fn time_after(c: &mut PolicyCall) -> Done {
    Ok(Value::bool(time(c, 0)? > time(c, 1)?))
}

fn time_relation(c: &mut PolicyCall) -> Done {
    let (a, b) = (time(c, 0)?, time(c, 1)?);
    let how = if a == b { String::from("the same moment as") } else { distance(a, b) };
    c.string(format!("{} is {how} {}", written(a), written(b)))
}

fn ulid_time_ns(c: &mut PolicyCall) -> Done {
    let bytes = c.bytes(0);
    if bytes.len() > 64 {
        return fail("a ULID has 26 characters");
    }
    let text = c.str(0)?;
    match refs::ulid_ms(text) {
        None => fail(format!("`{text}` is not a ULID: 26 of 0-9 and A-Z without I, L, O, U")),
        Some(ms) => match ms.checked_mul(1_000_000) {
            Some(ns) => Ok(Value::int(ns)),
            None => fail("time outside of valid range"),
        },
    }
}
