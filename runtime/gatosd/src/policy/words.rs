//! Decisions in words: what was decided, by which rules, why, with which values, and what would help.

use std::collections::BTreeMap;

use gatos_elc::SourceMap;
use gatos_elc::map::Place;
use gatos_elc::program::Program;
use gatos_ledger_core::grant::GrantFault;
use gatos_ledger_core::scope::any_covers;
use gatos_ledger_core::time::ms_to_rfc3339;
use gatos_ledger_core::ulid::Ulid;
use gatos_policy::gate::{Explanation, miss_text, reason_text};
use gatos_policy::model::{CAP_BACKFILL, Code, Context, Decision, Intent};
use gatos_policy::ports::{Hit, Miss, RuleRef};

use crate::failure::Failure;
use crate::policy::metadata::{self, About, Annotated};

/// How many rules are told in full.
const SHOWN: usize = 4;
/// How much of a value is shown.
const VALUE_CHARS: usize = 120;
/// Parts of the input that are the same for every decision, and long.
const COMMON: [&str; 2] = ["input.trust", "input.grants"];

/// What is known of a decision.
pub struct Told<'a> {
    /// What was wanted.
    pub intent: &'a Intent,
    /// What was decided.
    pub decision: &'a Decision,
    /// What there is to say about it.
    pub explanation: Option<&'a Explanation>,
    /// The sources of the policy.
    pub sources: &'a [Annotated],
    /// Who is who, and who granted what; none when that is not looked into.
    pub context: Option<&'a Context>,
    /// The denial's record.
    pub record: Option<Ulid>,
}

/// A denial as a failure.
pub fn denial(told: &Told<'_>) -> Failure {
    let Told { intent, decision, explanation, sources, context, record } = told;
    let mut failure = Failure::no(told_explain("denied", &decision.explain));
    failure.notes.push(one_line(&format!("{} wanted {} on {}", intent.actor, intent.intent, intent.resource)));
    match explanation {
        Some(explanation) => failure.notes.extend(reasons(explanation, sources)),
        None => failure.notes.extend(bare(decision).iter().map(|line| one_line(line))),
    }
    if let Some(hint) = code_hint(decision.code) {
        failure.notes.push(hint.to_owned());
    }
    let missing = explanation.iter().flat_map(|e| missing_caps(e)).next();
    let missing = missing.or((decision.code == Code::Skew).then(|| vec![CAP_BACKFILL.to_owned()]));
    if let Some(caps) = missing {
        let near = context.map(|context| near_misses(context, intent, &caps)).unwrap_or_default();
        let is_early = near.iter().any(|(_, fault)| matches!(fault, GrantFault::NotYet { .. }));
        failure.notes.extend(near.into_iter().map(|(text, _)| text));
        failure.help.push(match is_early {
            // The same grant once more would not reach back either.
            true => format!(
                "who may write about times before its grants holds {CAP_BACKFILL}: `gatos trust grant {} {CAP_BACKFILL}`",
                intent.actor
            ),
            false => format!("a root can grant it: `gatos trust grant {} {}`", intent.actor, caps.join(" ")),
        });
    }
    if let Some(ulid) = record {
        failure.help.push(format!("the denial is on record: `gatos audit show {ulid}`"));
    }
    failure
}

/// Grants that have what is missing and do not count for this intent, each with why.
fn near_misses(context: &Context, intent: &Intent, caps: &[String]) -> Vec<(String, GrantFault)> {
    let mut audience = context.repository.clone();
    audience.push(intent.resource.clone());
    let refused = context.trust.verdicts(intent.ulid.time_ms(), Some(&audience)).refused;
    let grants = context.trust.grants().iter().map(|signed| &signed.grant);
    let near = grants.filter(|grant| {
        grant.subject.means(context.graph(), &intent.actor)
            && caps.iter().any(|cap| any_covers(grant.caps.iter().map(String::as_str), cap))
    });
    let told = near.filter_map(|grant| {
        let fault = &refused.iter().find(|refusal| refusal.ulid == grant.ulid)?.fault;
        let why = match fault {
            GrantFault::NotYet { from } => format!(
                "counts from {} on, and this is of {}: grants never reach back",
                ms_to_rfc3339(*from),
                ms_to_rfc3339(intent.ulid.time_ms())
            ),
            GrantFault::WrongAudience { asked } => {
                format!("is for {}, and this is for {}", grant.aud.join(" or "), asked.join(" or "))
            }
            // What to do about it follows anyway.
            other => {
                let text = other.to_string();
                format!("does not count: {}", text.rsplit_once("; ").map_or(text.as_str(), |(what, _)| what))
            }
        };
        Some((one_line(&format!("grant {} has {}; it {why}", grant.ulid, grant.caps.join(" "))), fault.clone()))
    });
    told.take(SHOWN).collect()
}

/// What a code means, where its word alone does not say.
fn code_hint(code: Code) -> Option<&'static str> {
    match code {
        Code::Error(_) => Some("an error inside a policy denies: what cannot be decided is not let through"),
        _ => None,
    }
}

/// The capabilities that rules said are missing.
fn missing_caps(explanation: &Explanation) -> Option<Vec<String>> {
    let mut found: Vec<String> = Vec::new();
    let reasons = || explanation.decision.rules.iter().map(|rule| rule.reason.as_str());
    if explanation.decision.code == Code::Forbidden {
        // All that forbids must go.
        for cap in reasons().filter_map(caps_in).flatten() {
            if !found.contains(&cap) {
                found.push(cap);
            }
        }
        return (!found.is_empty()).then_some(found);
    }
    // Of what would permit, one is enough.
    let texts = explanation.misses.iter().filter_map(|miss| miss.missing.as_deref());
    texts.chain(reasons()).find_map(caps_in)
}

/// The capabilities that a reason names as missing.
fn caps_in(text: &str) -> Option<Vec<String>> {
    let (_, caps) = text.split_once("caps missing: ")?;
    let caps: Vec<String> = caps
        .split([',', ' ', ';'])
        .take_while(|cap| cap.is_empty() || (cap.contains(':') && !cap.ends_with(':')))
        .filter(|cap| !cap.is_empty())
        .map(str::to_owned)
        .collect();
    (!caps.is_empty()).then_some(caps)
}

/// The rules of a decision without an explanation.
fn bare(decision: &Decision) -> Vec<String> {
    let rule = |rule: &gatos_ledger_core::decision::DecidedRule| match &rule.place {
        Some(place) if *place != rule.name => format!("{} ({place}): {}", rule.name, rule.reason),
        _ => format!("{}: {}", rule.name, rule.reason),
    };
    decision.rules.iter().take(SHOWN).map(rule).collect()
}

/// Why it was decided so, rule by rule.
pub fn reasons(explanation: &Explanation, sources: &[Annotated]) -> Vec<String> {
    let decision = &explanation.decision;
    let mut lines = Vec::new();
    match decision.code {
        Code::Forbidden => {
            explanation.hits.iter().take(SHOWN).for_each(|hit| lines.extend(hit_lines(hit, sources)));
            lines.extend(more(explanation.hits.len()));
        }
        Code::NotPermitted => {
            if explanation.misses.is_empty() {
                lines.push("no rule named `allow` below package `gatos` could have permitted it".to_owned());
            }
            explanation.misses.iter().take(SHOWN).for_each(|miss| lines.extend(miss_lines(miss, sources)));
            lines.extend(more(explanation.misses.len()));
        }
        Code::Allowed => {
            for rule in decision.rules.iter().take(SHOWN) {
                let rule = RuleRef { name: rule.name.clone(), place: rule.place.clone(), ..RuleRef::default() };
                lines.push(format!("allowed by {}", rule_text(&rule)));
                lines.extend(about_lines(&rule, sources));
            }
        }
        Code::Skew | Code::Error(_) => lines.extend(bare(decision)),
    }
    if lines.is_empty() {
        lines = bare(decision);
    }
    lines.iter().map(|line| one_line(line)).collect()
}

/// What was decided and why, on one line: `denied: no deletions here`.
pub fn told_explain(word: &str, explain: &str) -> String {
    match explain.trim().is_empty() {
        true => format!("{word}: the rule gives an empty reason"),
        false => format!("{word}: {}", one_line(explain)),
    }
}

/// A text that came from outside, on one line: its line ends are written out, so that it cannot pass for lines of
/// ours.
pub fn one_line(text: &str) -> String {
    text.replace('\n', "\\n")
}

fn more(count: usize) -> Option<String> {
    (count > SHOWN).then(|| format!("and {} more rules", count - SHOWN))
}

/// The places of rules, by name.
pub type Places = BTreeMap<String, String>;

/// Where the rules of a policy are.
pub fn places(program: &Program, map: &SourceMap) -> Places {
    let rules = program.policy.iter().flat_map(|tables| &tables.rules).zip(&map.rules);
    let placed = rules.filter(|(_, at)| at.at.line > 0);
    placed.map(|(rule, at)| (rule.name.clone(), map.show(Place { col: 0, ..at.at }))).collect()
}

/// Adds places to the rules of a decision that name none: allowances are not looked into.
pub fn place(decision: &mut Decision, places: &Places) {
    for rule in decision.rules.iter_mut().filter(|rule| rule.place.is_none()) {
        rule.place = places.get(&rule.name).cloned();
    }
}

/// A rule by name and place.
pub fn rule_text(rule: &RuleRef) -> String {
    match &rule.place {
        Some(place) => format!("{} ({place})", rule.name),
        None => rule.name.clone(),
    }
}

fn about_lines(rule: &RuleRef, sources: &[Annotated]) -> Vec<String> {
    let about = rule.place.as_deref().map(|place| metadata::about(sources, place)).unwrap_or_default();
    let about = if about.title.is_none() { About { title: rule.title.clone(), ..about } } else { about };
    about.lines().into_iter().map(|line| format!("  {line}")).collect()
}

fn hit_lines(hit: &Hit, sources: &[Annotated]) -> Vec<String> {
    let mut lines = vec![format!("forbidden by {}", rule_text(&hit.rule))];
    lines.extend(about_lines(&hit.rule, sources));
    lines.extend(hit.reasons.iter().map(|reason| format!("  {}", reason_text(reason))));
    // A variable that holds the reason says nothing more.
    let telling = |(_, value): &&(String, gatos_canon::Value)| !hit.reasons.contains(value);
    lines.extend(value_lines(&hit.values.iter().filter(telling).cloned().collect::<Vec<_>>()));
    lines
}

fn miss_lines(miss: &Miss, sources: &[Annotated]) -> Vec<String> {
    let mut lines = vec![format!("not permitted by {}", rule_text(&miss.rule))];
    lines.extend(about_lines(&miss.rule, sources));
    match (&miss.condition, &miss.place) {
        (Some(condition), Some(place)) => lines.push(format!("  it stopped at `{condition}` ({place})")),
        (Some(condition), None) => lines.push(format!("  it stopped at `{condition}`")),
        (None, _) => lines.push(format!("  {}", miss_text(miss))),
    }
    for missing in miss.missing.iter().filter(|missing| !decided_text(miss).contains(missing.as_str())) {
        lines.push(format!("  {missing}"));
    }
    lines.extend(value_lines(&miss.values));
    lines
}

/// What is said of a rule whose condition is not known, which has what is missing in it.
fn decided_text(miss: &Miss) -> String {
    if miss.condition.is_none() { miss_text(miss) } else { String::new() }
}

fn value_lines(values: &[(String, gatos_canon::Value)]) -> Vec<String> {
    let telling = values.iter().filter(|(name, _)| !COMMON.contains(&name.as_str()));
    telling
        .map(|(name, value)| match value {
            // What is not in the input is read out as null too.
            gatos_canon::Value::Null if name.starts_with("input.") => format!("    {name} is undefined or null"),
            value => format!("    {name} = {}", shortened(&value.to_json_string())),
        })
        .collect()
}

/// The beginning of a long text.
pub fn shortened(text: &str) -> String {
    match text.char_indices().nth(VALUE_CHARS) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_stay_on_their_line() {
        assert_eq!(told_explain("denied", "a\n01ABC DENY"), "denied: a\\n01ABC DENY");
        assert_eq!(told_explain("denied", " "), "denied: the rule gives an empty reason");
    }
}
