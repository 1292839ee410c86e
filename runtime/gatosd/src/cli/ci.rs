//! `gatos ci`: the push gate's checks where no hook can run: over the refs of a clone, as a CI job.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Subcommand, ValueEnum};
use gatos_canon::{Map, Value, blake3};
use gatos_ledger_core::ports::{CommitId, Refs};

use super::{Context, hook};
use crate::failure::{Exit, Failure, Result};
use crate::input;
use crate::output::Facts;
use crate::profile::Kind;
use crate::project::now_ms;
use crate::push::judge::{Judge, Verdict};
use crate::push::{Refusal, Update};

/// The push gate's checks as a CI job
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Check(CheckArgs),
}

/// Check what refs/gatos holds, as a push gate would
///
/// Every ref is judged from what was accepted before: by --base, a folder of refs (such as
/// refs/accepted/gatos/) or a file with lines `<commit> <ref>` (as `git for-each-ref
/// --format='%(objectname) %(refname)' refs/gatos refs/notes/gatos` prints). Without --base everything is judged from its
/// beginning, events by the policies that let them through. Nothing is written. Ends with 1 when
/// anything is refused.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Examples:\n  git fetch origin 'refs/gatos/*:refs/gatos/*' && gatos ci check --format github\n  gatos ci check --base accepted.refs --format gitlab > gl-code-quality-report.json"
)]
struct CheckArgs {
    /// What was accepted before: a folder of refs, or a file
    #[arg(long, value_name = "REFS|FILE")]
    base: Option<String>,
    /// How to tell what is wrong
    #[arg(long, value_enum, default_value_t = Form::Text)]
    format: Form,
    /// One JSON object with all refusals, whatever the format
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Form {
    /// For people
    Text,
    /// Workflow commands, which GitHub shows as annotations
    Github,
    /// A code quality report for GitLab
    Gitlab,
}

pub(super) fn run(context: Context, args: Args) -> Result<()> {
    let Command::Check(args) = args.command;
    let context = context.json(args.json);
    let before = context.project()?;
    let base = match &args.base {
        Some(base) => accepted(&before.store.list_refs("refs/")?, base)?,
        None => BTreeMap::new(),
    };
    let mut updates = Vec::new();
    let mut there: BTreeMap<String, CommitId> = before.store.list_refs("refs/gatos/")?.into_iter().collect();
    there.extend(before.store.list_refs("refs/notes/gatos/")?);
    // Indexes are rebuilt where they are needed, so a clone may have its own.
    there.retain(|name, _| !name.starts_with("refs/gatos/cache/"));
    for (name, new) in &there {
        updates.push(Update { name: name.clone(), old: base.get(name).copied(), new: Some(*new) });
    }
    for (name, old) in base.iter().filter(|(name, _)| !there.contains_key(*name)) {
        updates.push(Update { name: name.clone(), old: Some(*old), new: None });
    }
    let profile = before.profile_or(Kind::SaasHosted)?;
    // Looking back has no clock: what was accepted then cannot be late now.
    let now = args.base.is_some().then(now_ms);
    let judge = Judge { out: &context.out, profile, now_ms: now, signer: None };
    let mut base_view = context.project()?;
    let old: Vec<_> = updates.iter().map(|update| (update.name.clone(), update.old)).collect();
    base_view.store.imagine(&old)?;
    let verdict = judge.judge(&base_view, context.project()?, &updates)?;
    tell(&context, &args, &verdict)?;
    if verdict.refusals.is_empty() { Ok(()) } else { Err(Failure::said(Exit::No)) }
}

/// Reads what was accepted: refs below a folder, as if they were below `refs/`; or a file.
fn accepted(refs: &[(String, CommitId)], base: &str) -> Result<BTreeMap<String, CommitId>> {
    if Path::new(base).is_file() {
        let text = input::read_text(&PathBuf::from(base))?;
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        return lines
            .map(|(at, line)| {
                let parsed = line.trim().split_once([' ', '\t']);
                let parsed = parsed.and_then(|(id, name)| Some((name.trim().to_owned(), CommitId::parse(id)?)));
                parsed.ok_or_else(|| {
                    Failure::input(format!("{base}: line {} is not `<commit> <ref>`", at + 1)).help(
                        "`git for-each-ref --format='%(objectname) %(refname)' refs/gatos refs/notes/gatos` writes such lines",
                    )
                })
            })
            .collect();
    }
    let folder = format!("{}/", base.trim_end_matches('/'));
    if !folder.starts_with("refs/") || !folder.ends_with("gatos/") {
        return Err(Failure::usage(format!(
            "--base {base:?} is neither a file nor a folder of refs that ends with gatos/"
        ))
        .help("such as refs/accepted/gatos/, filled by `git fetch origin 'refs/gatos/*:refs/accepted/gatos/*'`"));
    }
    let below = refs.iter().filter_map(|(name, id)| Some((format!("refs/gatos/{}", name.strip_prefix(&folder)?), *id)));
    let found: BTreeMap<String, CommitId> = below.collect();
    Ok(found)
}

fn tell(context: &Context, args: &CheckArgs, verdict: &Verdict) -> Result<()> {
    let facts = || {
        let refusals: Vec<Value> = verdict.refusals.iter().map(view).collect();
        Facts::new()
            .flag("accepted", verdict.refusals.is_empty())
            .int("events", verdict.events)
            .int("checkpoints", verdict.checkpoints)
            .value("refusals", &Value::Array(refusals))
    };
    if context.out.json {
        return context.out.line(facts().into_json());
    }
    match args.format {
        Form::Text => {
            for refusal in &verdict.refusals {
                context.out.words(text(refusal))?;
            }
        }
        Form::Github => {
            for refusal in &verdict.refusals {
                let title = escaped(&format!("{} ({})", refusal.name, refusal.rule), true);
                context.out.line(format!("::error title={title}::{}", escaped(&told(refusal), false)))?;
            }
        }
        Form::Gitlab => {
            let issues: Vec<Value> = verdict.refusals.iter().map(issue).collect();
            context.out.line(Value::Array(issues).to_json_string())?;
        }
    }
    let words = match verdict.refusals.len() {
        0 => format!("accepted: {}", hook::checked(verdict)),
        1 => "refused: 1 ref is not as it should be".to_owned(),
        n => format!("refused: {n} refs are not as they should be"),
    };
    // Reports are for machines: what people should know goes beside.
    if args.format == Form::Text {
        return context.out.words(words);
    }
    context.out.say(words);
    Ok(())
}

fn text(refusal: &Refusal) -> String {
    let mut lines = vec![format!("{} ({})", refusal.name, refusal.rule)];
    lines.extend(refusal.commit.iter().map(|commit| format!("  at commit {commit}")));
    lines.push(format!("  {}", refusal.reason));
    lines.extend(refusal.notes.iter().map(|note| format!("    {}", note.replace('\n', "\n    "))));
    lines.extend(refusal.help.iter().map(|help| format!("  help: {help}")));
    lines.join("\n")
}

/// Reason, notes and help in one text.
fn told(refusal: &Refusal) -> String {
    let mut lines = vec![refusal.reason.clone()];
    lines.extend(refusal.commit.iter().map(|commit| format!("at commit {commit}")));
    lines.extend(refusal.notes.iter().cloned());
    lines.extend(refusal.help.iter().map(|help| format!("help: {help}")));
    lines.join("\n")
}

/// A text in a workflow command; in a property more characters mean something.
fn escaped(text: &str, property: bool) -> String {
    let text = text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    if property { text.replace(':', "%3A").replace(',', "%2C") } else { text }
}

fn view(refusal: &Refusal) -> Value {
    let texts = |items: &[String]| Value::Array(items.iter().cloned().map(Value::Text).collect());
    let mut map = Map::new();
    map.insert("ref", refusal.name.clone());
    map.insert("rule", refusal.rule);
    map.insert("reason", refusal.reason.clone());
    if let Some(commit) = &refusal.commit {
        map.insert("commit", commit.to_string());
    }
    map.insert("notes", texts(&refusal.notes));
    map.insert("help", texts(&refusal.help));
    Value::Map(map)
}

/// An issue of a code quality report.
fn issue(refusal: &Refusal) -> Value {
    let told = told(refusal);
    let mut lines = Map::new();
    lines.insert("begin", 1);
    let mut location = Map::new();
    location.insert("path", refusal.name.clone());
    location.insert("lines", lines);
    let mut map = Map::new();
    map.insert("check_name", format!("gatos/{}", refusal.rule));
    map.insert("fingerprint", blake3(format!("{}\n{told}", refusal.name).as_bytes()).to_string());
    map.insert("description", told);
    map.insert("severity", "blocker");
    map.insert("location", location);
    Value::Map(map)
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn workflow_commands_keep_their_lines() {
        assert_eq!(escaped("a: 100%\nb", false), "a: 100%25%0Ab");
        assert_eq!(escaped("a: b, c", true), "a%3A b%2C c");
    }
}
