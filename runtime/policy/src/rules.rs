//! What a gate decides by, without asking a machine: the recorded input, the skew rule, and the decision contract.
//!
//! The input that policies see, and that an audit record keeps, is canonical JSON with these fields:
//!
//! | field | says |
//! | --- | --- |
//! | `intent` | the event type or action |
//! | `resource` | where, `gatos://finance` |
//! | `actor`, `actor_kind` | who: `user:ann`, `user` |
//! | `caps` | the capabilities that the actor says it uses |
//! | `granted` | the capabilities that it has: `["*"]` for a root, else what verified grants give it |
//! | `grants` | the grants that count for this resource at this time, each as its file has it |
//! | `labels`, `payload`, `attachments`, `ts` | as in the event; `ts` absent when it has none |
//! | `ulid`, `now` | its ULID, and the ULID's time in nanoseconds |
//! | `target` | `kind`, `ns` and `ref` of what would be written |
//! | `trust` | the trust graph, as its file has it |
//! | `profile` | the profile's name |

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use gatos_canon::{Map, Sha256, Value, blake3, sha256};
use gatos_ledger_core::grant::{SignedGrant, Verdicts};
use gatos_ledger_core::trust::TrustGraph;
use gatos_ledger_core::ulid::Ulid;

use crate::model::{CAP_BACKFILL, Code, Context, Input, Intent};

/// Which grants count for an intent: those of its ULID's time.
///
/// Whoever holds `journal:backfill` writes about times before it was granted anything, and is judged by what it was
/// granted since, up to the clock: grants never reach back, so nothing old could be written by anyone but a root.
/// Holding it by the gate's clock is asked for besides, by [`check_skew`]. Without a clock it is as late as the ULID
/// says: a grant that is still to come never counts.
pub fn verdicts(intent: &Intent, context: &Context, now_ms: Option<u64>) -> Verdicts {
    let now = now_ms.unwrap_or(0);
    let latest = starts(intent, context, now).next().filter(|then| backfills(intent, context, then));
    latest.unwrap_or_else(|| verdicts_at(intent, context, intent.ulid.time_ms()))
}

/// Whether an intent could have been bound to this trust at some time since its ULID's.
pub fn could_bind(intent: &Intent, context: &Context, chain: &Sha256) -> bool {
    let is_it = |verdicts: &Verdicts| trust_chain(context.graph(), &verdicts.good) == *chain;
    is_it(&verdicts_at(intent, context, intent.ulid.time_ms()))
        || starts(intent, context, u64::MAX).any(|then| backfills(intent, context, &then) && is_it(&then))
}

fn verdicts_at(intent: &Intent, context: &Context, time_ms: u64) -> Verdicts {
    let mut audience = context.repository.clone();
    audience.push(intent.resource.clone());
    context.trust.verdicts(time_ms, Some(&audience))
}

fn backfills(intent: &Intent, context: &Context, verdicts: &Verdicts) -> bool {
    verdicts.holds(context.graph(), &intent.actor, CAP_BACKFILL)
}

/// What counted whenever a grant to an intent's actor began to, after the intent's own time and up to `until`, the
/// latest first. A grant that nobody vouches for, or for something else, begins nothing.
fn starts<'a>(intent: &'a Intent, context: &'a Context, until: u64) -> impl Iterator<Item = Verdicts> + 'a {
    let (graph, time) = (context.graph(), intent.ulid.time_ms());
    let own = context.trust.grants().iter().map(|grant| &grant.grant);
    let own = own.filter(|grant| !graph.is_root(&intent.actor) && grant.subject.means(graph, &intent.actor));
    let own = own.map(|grant| (grant.ulid.time_ms().max(grant.not_before.unwrap_or(0)), grant.ulid));
    let sorted: BTreeSet<(u64, Ulid)> = own.filter(|(start, _)| *start > time && *start <= until).collect();
    sorted.into_iter().rev().filter_map(move |(start, ulid)| {
        let then = verdicts_at(intent, context, start);
        then.good.iter().any(|grant| grant.grant.ulid == ulid).then_some(then)
    })
}

/// SHA-256 of the canonical JSON of a graph and the grants that count, signatures and all.
pub fn trust_chain(graph: &TrustGraph, grants: &[SignedGrant]) -> Sha256 {
    trust_hash(graph.to_value(), Value::Array(grants.iter().map(SignedGrant::to_value).collect()))
}

fn trust_hash(graph: Value, grants: Value) -> Sha256 {
    sha256(Value::Map(Map::from_iter([("graph", graph), ("grants", grants)])).to_json_string().as_bytes())
}

/// The same out of a recorded input; `None` when it holds no trust.
pub fn recorded_trust_chain(input: &Value) -> Option<Sha256> {
    Some(trust_hash(input.get("trust")?.clone(), input.get("grants")?.clone()))
}

/// The recorded input of an intent.
///
/// # Errors
/// A sentence when the intent's time has no nanoseconds that a policy could count.
pub fn input(intent: &Intent, context: &Context, now_ms: Option<u64>) -> Result<(Input, Verdicts), String> {
    let verdicts = verdicts(intent, context, now_ms);
    let ms = intent.ulid.time_ms();
    let now = i64::try_from(ms).ok().and_then(|ms| ms.checked_mul(1_000_000)).ok_or_else(|| {
        format!("the time of ULID {} is beyond the year 2262, which `input.now` cannot count", intent.ulid)
    })?;
    let texts = |items: &[String]| Value::Array(items.iter().cloned().map(Value::Text).collect());
    let granted: Vec<String> = verdicts.caps_of(context.graph(), &intent.actor).into_iter().collect();
    let mut target = Map::new();
    target.insert("kind", intent.target.kind.clone());
    target.insert("ref", intent.target.reference.clone());
    if let Some(ns) = &intent.target.ns {
        target.insert("ns", ns.clone());
    }
    let mut map = Map::new();
    map.insert("intent", intent.intent.clone());
    map.insert("resource", intent.resource.clone());
    map.insert("actor", intent.actor.to_string());
    map.insert("actor_kind", intent.actor.kind().as_str());
    map.insert("caps", texts(&intent.caps));
    map.insert("granted", texts(&granted));
    map.insert("grants", Value::Array(verdicts.good.iter().map(SignedGrant::to_value).collect()));
    map.insert("labels", texts(&intent.labels));
    map.insert("payload", intent.payload.clone());
    map.insert("attachments", Value::Array(intent.attachments.clone()));
    if let Some(ts) = &intent.ts {
        map.insert("ts", ts.clone());
    }
    map.insert("ulid", intent.ulid.to_string());
    map.insert("now", now);
    map.insert("target", target);
    map.insert("trust", context.graph().to_value());
    map.insert("profile", context.profile.clone());
    let json = Value::Map(map).to_json_string().into_bytes();
    let trust_chain = trust_chain(context.graph(), &verdicts.good);
    Ok((Input { digest: blake3(&json), json, trust_chain }, verdicts))
}

/// The gate's clock and how far from it a ULID may be.
pub use gatos_ledger_core::decision::ClockReading as Clock;

/// Refuses a ULID too far from the clock, unless its actor holds `journal:backfill`: an expired grant would count
/// again for whoever dates back far enough.
pub fn check_skew(intent: &Intent, context: &Context, clock: &Clock) -> Result<(), String> {
    let at = intent.ulid.time_ms();
    let apart = at.abs_diff(clock.now_ms);
    if apart <= clock.skew_ms {
        return Ok(());
    }
    // What is held at the clock's time. At the event's own, its author would choose which grants count.
    if backfills(intent, context, &verdicts_at(intent, context, clock.now_ms)) {
        return Ok(());
    }
    Err(format!(
        "the time of ULID {} is {} {} the gate's clock, and {} are allowed without {CAP_BACKFILL}",
        intent.ulid,
        span_text(apart),
        if at < clock.now_ms { "behind" } else { "ahead of" },
        span_text(clock.skew_ms),
    ))
}

/// A span of time in a unit that people can picture.
fn span_text(ms: u64) -> String {
    const HOUR: u64 = 3_600_000;
    match ms {
        0..7_200_000 => format!("{} s", ms / 1000),
        7_200_000..172_800_000 => format!("{} hours", ms / HOUR),
        _ => format!("{} days", ms / (24 * HOUR)),
    }
}

/// The code of what the documents say.
pub fn contract(is_allowed: bool, is_denied: bool) -> Code {
    match (is_allowed, is_denied) {
        (_, true) => Code::Forbidden,
        (true, false) => Code::Allowed,
        (false, false) => Code::NotPermitted,
    }
}

/// Whether a document's path takes part in decisions: `gatos`, anything, and `allow` or `deny` at the end. Either word
/// further up would make it a part of another document, and such a path has no part in decisions.
pub fn role(path: &[String]) -> Option<Role> {
    let word = |part: &String| match part.as_str() {
        "allow" => Some(Role::Allow),
        "deny" => Some(Role::Deny),
        _ => None,
    };
    match path {
        [first, between @ .., last] if first == "gatos" && !between.iter().any(|part| word(part).is_some()) => {
            word(last)
        }
        _ => None,
    }
}

/// What a document says about a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It may permit.
    Allow,
    /// It may forbid.
    Deny,
}
