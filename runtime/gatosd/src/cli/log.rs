//! `gatos event log`: the events of a namespace in their total order, newest first.

use std::collections::VecDeque;

use gatos_canon::Value;
use gatos_ledger_core::model::{ActorId, Namespace};
use gatos_ledger_core::plane;
use gatos_ledger_core::ports::RecordedEvent;
use gatos_ledger_core::time;

use super::{Context, event};
use crate::failure::{Failure, Result};

/// List the events of a namespace, newest first
///
/// The order is that in which folds see them: by ULID, then by CID. Signatures are not checked
/// here; `event show` and `fold verify` do that.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Examples:\n  gatos event log shop --type order.paid --limit 10\n  gatos event log shop --type 'order.*' --since 2026-01-01 --json | jq .payload"
)]
pub struct Args {
    /// The namespace
    ns: String,
    /// Only events of this type; a final * stands for anything
    #[arg(long = "type", value_name = "TYPE")]
    event_type: Option<String>,
    /// Only events of this actor
    #[arg(long)]
    actor: Option<String>,
    /// Only events from this time on: 2026-01-31, RFC 3339, or seconds since 1970
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    since: Option<u64>,
    /// Only events before this time
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    until: Option<u64>,
    /// At most so many: the newest, or with --reverse the oldest
    #[arg(long, short = 'n', value_name = "N")]
    limit: Option<usize>,
    /// Oldest first
    #[arg(long)]
    reverse: bool,
    /// Whole events, one JSON object a line
    #[arg(long)]
    json: bool,
}

fn parse_time(text: &str) -> std::result::Result<u64, String> {
    let number = text.parse::<i64>().ok().map(Value::Int);
    let value = number.unwrap_or_else(|| match text.len() {
        10 => Value::Text(format!("{text}T00:00:00Z")),
        _ => Value::Text(text.to_owned()),
    });
    time::to_ms(&value).map_err(|e| format!("the time {e}"))
}

pub(super) fn run(context: Context, args: Args) -> Result<()> {
    let context = context.json(args.json);
    let ns = Namespace::parse(&args.ns)?;
    let actor = args.actor.as_deref().map(ActorId::parse).transpose()?;
    let project = context.project()?;
    if let Some(failure) = event::no_such_namespace(&project, &ns)? {
        return Err(failure);
    }
    let wanted = |recorded: &RecordedEvent| {
        let header = &recorded.event.header;
        let at = header.ulid.time_ms();
        let of_type = args.event_type.as_deref().is_none_or(|want| match want.strip_suffix('*') {
            Some(start) => header.event_type.as_str().starts_with(start),
            None => header.event_type.as_str() == want,
        });
        of_type
            && actor.as_ref().is_none_or(|actor| header.actor == *actor)
            && args.since.is_none_or(|since| at >= since)
            && args.until.is_none_or(|until| at < until)
    };
    let limit = args.limit.unwrap_or(usize::MAX);
    let cut = plane::current_cut(&project.store, &ns)?;
    // Newest first needs the end of the order; only as many as will be shown are kept.
    let mut kept = VecDeque::new();
    let mut shown = 0;
    for recorded in plane::read_cut(&project.store, &cut, None)? {
        let recorded = recorded?;
        if limit == 0 || !wanted(&recorded) {
            continue;
        }
        if args.reverse {
            context.out.line(line(&context, &recorded)?)?;
            context.out.going()?;
            shown += 1;
            if shown == limit {
                return Ok(());
            }
        } else {
            if kept.len() == limit {
                kept.pop_front();
            }
            kept.push_back(line(&context, &recorded)?);
        }
    }
    // One write for many lines: a long log is as fast as its reader.
    let mut text = String::new();
    for line in kept.into_iter().rev() {
        text.push_str(&line);
        text.push('\n');
        if text.len() > 1 << 16 {
            context.out.bytes(text.as_bytes())?;
            context.out.going()?;
            text.clear();
        }
    }
    context.out.bytes(text.as_bytes())
}

fn line(context: &Context, recorded: &RecordedEvent) -> Result<String> {
    let event = &recorded.event;
    if context.out.json {
        let whole = event.decode().map_err(|e| Failure::no(format!("event {}: {e}", event.header.ulid)))?;
        return Ok(whole.view(Some(&event.cid), Some(&event.signature)).to_json_string());
    }
    let header = &event.header;
    Ok(format!("{} {} {} {}", header.ulid, time_text(header.ulid.time_ms()), header.actor, header.event_type))
}

/// A time as people read it, in UTC.
pub(super) fn time_text(ms: u64) -> String {
    let (days, in_day) = ((ms / 86_400_000) as i64, ms % 86_400_000);
    // Years run from March, so that leap days come last; 719 468 days lie between 0000-03-01 and 1970.
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let of_era = z.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (s, ms) = (in_day / 1000, in_day % 1000);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{ms:03}Z", s / 3600, s / 60 % 60, s % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_they_are_read() {
        for text in [
            "1970-01-01T00:00:00.000Z",
            "2000-02-29T23:59:59.999Z",
            "2026-11-21T14:06:37.000Z",
            "2100-03-01T00:00:00.001Z",
        ] {
            let ms = time::rfc3339_to_ms(text).and_then(|ms| u64::try_from(ms).ok());
            assert_eq!(ms.map(time_text).as_deref(), Some(text));
        }
    }

    #[test]
    fn times_may_be_given_in_three_ways() {
        assert_eq!(parse_time("1970-01-02"), Ok(86_400_000));
        assert_eq!(parse_time("86400"), Ok(86_400_000));
        assert_eq!(parse_time("1970-01-02T00:00:00Z"), Ok(86_400_000));
        assert!(parse_time("yesterday").is_err());
    }
}
