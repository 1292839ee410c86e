//! `gatos event import`: a file of lines to signed events. Importing it again adds nothing, and
//! a killed import goes on where it stopped.

use std::path::PathBuf;
use std::time::Instant;

use gatos_ledger_core::import::LineOptions;
use gatos_ledger_core::model::{EventType, JournalId, Namespace};
use gatos_ledger_core::plane::{AddError, ImportJob, ImportReport};
use gatos_ledger_git::sign_batch;
use gatos_policy::plane::{self as gated, GatedError};

use super::{Context, event};
use crate::failure::{Failure, Result};
use crate::gate;
use crate::input::Lines;
use crate::output::{Facts, grouped, span};
use crate::project::{Project, now_ms};

/// Events to a batch: one pack and one move of the ref each.
const BATCH: usize = 4096;

/// Import a file of JSON lines as signed events
///
/// Each line is a payload. ULIDs follow from the content, so importing a file twice adds
/// nothing, and an import that was killed goes on where it stopped. The policy in force decides about
/// each line; events of long ago need the capability journal:backfill.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Examples:\n  gatos event import commits --jsonl curl-20k.jsonl.gz\n  zcat more.gz | gatos event import commits --jsonl - --type repo.commit"
)]
pub struct Args {
    /// The namespace
    ns: String,
    /// The file: plain, gzip or zstd; - for stdin
    #[arg(long, value_name = "FILE")]
    jsonl: PathBuf,
    /// The type of every event; without it, each line's `type` field
    #[arg(long = "type", value_name = "TYPE")]
    event_type: Option<String>,
    /// The field that holds the time: seconds, milliseconds from 10^11, or RFC 3339
    #[arg(long, value_name = "FIELD", default_value = "ts")]
    ts_field: String,
    /// Who signs; without it, the actor that signs here
    #[arg(long)]
    actor: Option<String>,
    /// Facts as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(context: Context, args: Args) -> Result<()> {
    let context = context.json(args.json);
    let ns = Namespace::parse(&args.ns)?;
    let mut options = LineOptions::new()?;
    options.event_type = args.event_type.as_deref().map(EventType::parse).transpose()?;
    options.ts_field.clone_from(&args.ts_field);
    let project = context.project()?;
    let actor = project.actor(args.actor.as_deref())?;
    let journal = JournalId::new(ns, actor);
    let started = Instant::now();
    let mut lines = Lines::open(&args.jsonl)?;
    let mut tries = 0;
    let report = loop {
        match import_once(&context, &project, journal.clone(), options.clone(), &mut lines) {
            Ok(report) => break report,
            // Someone else appends as this actor. From the start of the file again: what is there is skipped.
            Err(Refused::Contended(_)) if tries < CONTENDED_TRIES && args.jsonl.as_os_str() != "-" => {
                tries += 1;
                std::thread::sleep(gatos_ledger_git::jitter(tries));
                lines = Lines::open(&args.jsonl)?;
            }
            Err(Refused::Contended(failure) | Refused::Other(failure)) => return Err(failure),
        }
    };
    let took = started.elapsed();
    if report.added + report.skipped == 0 {
        context.out.warn(format!("{} holds no events", lines.name()));
    }
    let facts = Facts::new()
        .text("ref", journal.ref_name())
        .int("added", report.added)
        .int("skipped", report.skipped)
        .int("lines", report.lines)
        .maybe("commit", report.commit)
        .int("time_us", took.as_micros() as u64);
    context.out.facts(facts, || {
        let rate = u128::from(report.added) * 1_000_000 / took.as_micros().max(1);
        let mut text = format!("{} events added to {}", grouped(report.added), journal.ref_name());
        if report.skipped > 0 {
            text.push_str(&format!(", {} were there already", grouped(report.skipped)));
        }
        if report.added > 0 {
            text.push_str(&format!(" in {} ({}/s)", span(took), grouped(rate as u64)));
        }
        text
    })
}

/// Imports lines into a journal.
///
/// # Errors
/// What is wrong with a line, the file, the key or the repository, and how far the import got.
pub fn import(
    context: &Context,
    project: &Project,
    journal: JournalId,
    options: LineOptions,
    lines: &mut Lines,
) -> Result<ImportReport> {
    import_once(context, project, journal, options, lines).map_err(|refused| match refused {
        Refused::Contended(failure) | Refused::Other(failure) => failure,
    })
}

/// How often an import starts over because another process moved the journal.
const CONTENDED_TRIES: u32 = 50;

/// Why an import stopped.
enum Refused {
    /// Another process moved the journal meanwhile; trying again may do.
    Contended(Failure),
    /// Anything else.
    Other(Failure),
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Refused {
        Refused::Other(failure)
    }
}

fn import_once(
    context: &Context,
    project: &Project,
    journal: JournalId,
    options: LineOptions,
    lines: &mut Lines,
) -> std::result::Result<ImportReport, Refused> {
    let key = project.trusted_key(&journal.actor)?;
    let job = ImportJob { journal, key: &key, options, batch: BATCH };
    let bar = context.out.progress("importing", None);
    let name = lines.name();
    let mut stored = ImportReport::default();
    // The plane knows nothing of files: what went wrong with ours is kept beside it.
    let mut trouble = None;
    let mut number = 0u64;
    let mut next = |line: &mut Vec<u8>| match lines.next() {
        Ok(Some(bytes)) => {
            line.extend_from_slice(bytes);
            number += 1;
            bar.inc(1);
            Ok(true)
        }
        Ok(None) => Ok(false),
        Err(failure) => {
            trouble = Some(failure);
            Err(String::new())
        }
    };
    let mut keeper = gate::open(project, &project.profile()?)?;
    let (signer, signing) = gate::keeper_here(project, &job.journal.actor, &key);
    let recorder = gate::recorder(&signer, &signing)?;
    let (enforcer, now) = (&mut keeper.enforcer, now_ms());
    let mut progress = |report: &ImportReport| stored = *report;
    let store = &project.store;
    let done = gated::import(store, &job, enforcer, &recorder, now, &mut next, &mut sign_batch, &mut progress);
    bar.finish_and_clear();
    done.map_err(|e| {
        let contended = matches!(e, GatedError::Add(AddError::Contended { .. }));
        let failure = match (trouble, e) {
            (Some(failure), _) => failure,
            (None, e @ (GatedError::Denied { .. } | GatedError::Unrecorded { .. })) => {
                event::tell_denial(context, &mut keeper, e).note(format!("line {number} of {name}"))
            }
            (None, GatedError::Add(AddError::Line(e))) => {
                let text = e.to_string();
                match text.rsplit_once("; ") {
                    Some((what, remedy)) => Failure::input(format!("{name}: {what}")).help(remedy),
                    None => Failure::input(format!("{name}: {text}")).help("fix the line and import the file again"),
                }
            }
            (None, GatedError::Add(e)) => event::add_failure(e),
        };
        let failure = match stored.added {
            0 => failure.note("nothing was added"),
            n => failure.note(format!(
                "{} events before it were added and stay; importing again goes on from there",
                grouped(n)
            )),
        };
        if contended { Refused::Contended(failure) } else { Refused::Other(failure) }
    })
}
