//! `time`: instants are arguments, in nanoseconds since 1970; there is no clock here.

use super::civil::{Civil, SECOND, duration, nanoseconds};
use super::layout::{RFC3339, RFC3339_NANO, format_time, named, parse_time, weekday};
use super::zone::{Offset, Zone};
use crate::rgs::call::{Done, PolicyCall, Stop, bind_rgs, fail, fail_operand, utf8};
use gatos_vm::Value;
use gatos_vm::doc::DocKind;

bind_rgs! {
    "time.add_date" => add_date,
    "time.clock" => clock,
    "time.date" => date,
    "time.diff" => diff,
    "time.format" => format,
    "time.parse_duration_ns" => parse_duration_ns,
    "time.parse_ns" => parse_ns,
    "time.parse_rfc3339_ns" => parse_rfc3339_ns,
    "time.weekday" => weekday_name,
}

/// An instant as operands give it: `ns`, `[ns]`, `[ns, zone]` or `[ns, zone, layout]`.
struct Moment<'a> {
    ns: i64,
    zone: Zone,
    layout: &'a str,
}

impl Moment<'_> {
    fn local(&self) -> (Civil, Offset) {
        let seconds = self.ns.div_euclid(SECOND);
        let offset = self.zone.at(seconds);
        (Civil::of(seconds + offset.seconds, self.ns.rem_euclid(SECOND)), offset)
    }
}

const WANTED: &str = "either number (ns) or [number (ns), string (tz)]";

fn moment<'s>(c: &mut PolicyCall, i: usize) -> Result<Moment<'s>, Stop> {
    let operand = c.arg(i);
    let (number, rest): (Value, &'s [Value]) = match c.kind(i) {
        DocKind::Array => match c.vm.doc_items(operand) {
            [first, rest @ ..] => (*first, rest),
            [] => return fail_operand(i, WANTED, "array"),
        },
        _ => (operand, &[]),
    };
    let Some(n) = number.as_num() else { return fail_operand(i, "number", c.name_of(number)) };
    let Some(ns) = n.to_int() else { return fail("timestamp too big") };
    let mut texts: [&'s str; 2] = [""; 2];
    for (text, v) in texts.iter_mut().zip(rest) {
        let Some(bytes) = v.as_str() else { return fail_operand(i, "string", c.name_of(*v)) };
        c.charge_bytes(bytes.len())?;
        *text = utf8(bytes)?;
    }
    let zone = Zone::find(texts[0]).map_err(Stop::Builtin)?;
    Ok(Moment { ns, zone, layout: texts[1] })
}

fn safe(c: &mut PolicyCall, seconds: i64, nano: i64) -> Done {
    match nanoseconds(seconds, nano) {
        Some(ns) => Ok(c.number(gatos_num::Num::Int(ns))),
        None => fail("time outside of valid range"),
    }
}

fn parse_ns(c: &mut PolicyCall) -> Done {
    c.charge(c.bytes(0).len().saturating_add(c.bytes(1).len()) / 2)?;
    let (seconds, nano) = parse_time(named(c.str(0)?), c.str(1)?).map_err(Stop::Builtin)?;
    safe(c, seconds, nano)
}

fn parse_rfc3339_ns(c: &mut PolicyCall) -> Done {
    c.charge_bytes(c.bytes(0).len())?;
    let (seconds, nano) = parse_time(RFC3339, c.str(0)?).map_err(Stop::Builtin)?;
    safe(c, seconds, nano)
}

fn parse_duration_ns(c: &mut PolicyCall) -> Done {
    c.charge_bytes(c.bytes(0).len())?;
    Ok(Value::int(duration(c.str(0)?).map_err(Stop::Builtin)?))
}

fn format(c: &mut PolicyCall) -> Done {
    let m = moment(c, 0)?;
    let layout = if m.layout.is_empty() { RFC3339_NANO } else { named(m.layout) };
    // A layout's letter gives at most nine.
    c.charge_output(layout.len().saturating_mul(9))?;
    c.charge(layout.len() / 2)?;
    let (time, offset) = m.local();
    c.string(format_time(layout, &time, &offset))
}

fn date(c: &mut PolicyCall) -> Done {
    let (time, _) = moment(c, 0)?.local();
    c.array(&[time.year, time.month, time.day].map(Value::int))
}

fn clock(c: &mut PolicyCall) -> Done {
    let (time, _) = moment(c, 0)?.local();
    c.array(&[time.hour, time.minute, time.second].map(Value::int))
}

fn weekday_name(c: &mut PolicyCall) -> Done {
    let (time, _) = moment(c, 0)?.local();
    c.string(weekday(time.weekday()))
}

fn add_date(c: &mut PolicyCall) -> Done {
    let m = moment(c, 0)?;
    let (years, months, days) = (c.int(1)?, c.int(2)?, c.int(3)?);
    let (time, _) = m.local();
    match time.plus(years, months, days) {
        Some(sum) => safe(c, m.zone.moment(sum.seconds()), sum.nano),
        None => fail("time outside of valid range"),
    }
}

/// Both instants as the clock of the first one's zone shows them.
fn diff(c: &mut PolicyCall) -> Done {
    let (a, b) = (moment(c, 0)?, moment(c, 1)?);
    let b = Moment { zone: a.zone, ..b };
    let (earlier, later) = if a.ns <= b.ns { (a, b) } else { (b, a) };
    let parts = earlier.local().0.until(&later.local().0);
    c.array(&parts.map(Value::int))
}
