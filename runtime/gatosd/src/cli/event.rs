//! `gatos event`: putting events into journals, one by one or from files, and looking at them.

use std::path::{Path, PathBuf};

use clap::{ArgAction, Subcommand};
use gatos_canon::{Cid, Value};
use gatos_ledger_core::envelope::{Draft, Event};
use gatos_ledger_core::model::{EventType, JournalId, Namespace};
use gatos_ledger_core::plane::{self, AddError};
use gatos_ledger_core::ports::RecordedEvent;
use gatos_ledger_core::ulid::Ulid;
use gatos_ledger_git::{jitter, os_random};
use gatos_policy::model::Intent;
use gatos_policy::plane::{self as gated, GatedError};

use super::{Context, import, log};
use crate::failure::{Failure, Result};
use crate::gate::{self, Keeper};
use crate::input;
use crate::output::Facts;
use crate::policy::build;
use crate::project::{Project, TRIES, now_ms};

/// Put events into a namespace, and look at them
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Add(AddArgs),
    Show(ShowArgs),
    Log(log::Args),
    Import(import::Args),
}

/// Add one signed event at the end of your journal
///
/// The policy in force decides first. What it lets through is bound to it by policy_root and trust_chain;
/// what it denies is put on record in refs/gatos/audit/policy, and the command ends with 1.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Examples:\n  gatos event add shop --type order --payload '{\"item\":\"tea\",\"price\":4.50}'\n  \
echo '{\"n\":1}' | gatos event add shop --type count --payload -\n  gatos event add shop --json body.json\n\n\
--json FILE takes a whole envelope body, such as {\"type\":\"order\",\"payload\":{…},\"labels\":[…]};\n\
--json without FILE prints the facts of the new event as JSON."
)]
struct AddArgs {
    /// The namespace
    ns: String,
    /// What happened, such as order.paid
    #[arg(long = "type", value_name = "TYPE")]
    event_type: Option<String>,
    /// The content: JSON, @FILE, or - for stdin
    #[arg(long, value_name = "JSON|@FILE|-")]
    payload: Option<String>,
    /// The time as its source gives it: a number or text
    #[arg(long, value_name = "TIME")]
    ts: Option<String>,
    /// A label for policies; may be given several times
    #[arg(long = "label", value_name = "LABEL")]
    labels: Vec<String>,
    /// A capability in use; may be given several times
    #[arg(long = "cap", value_name = "CAP")]
    caps: Vec<String>,
    /// With FILE (or -): read a whole envelope body from it. Without: facts as JSON
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "", action = ArgAction::Append)]
    json: Vec<String>,
    /// Who signs; without it, the actor that signs here
    #[arg(long)]
    actor: Option<String>,
}

/// Show one event and check its signature
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Examples:\n  gatos event show shop 01JD3Z6N3W5T8M2Q4R6S8T0V2X\n  gatos event show shop bafyr4i… --json"
)]
struct ShowArgs {
    /// The namespace
    ns: String,
    /// Its ULID or CID
    id: String,
    /// The event as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(context: Context, args: Args) -> Result<()> {
    match args.command {
        Command::Add(args) => add(context, args),
        Command::Show(args) => show(context, args),
        Command::Log(args) => log::run(context, args),
        Command::Import(args) => import::run(context, args),
    }
}

fn add(context: Context, args: AddArgs) -> Result<()> {
    let context = context.json(args.json.iter().any(String::is_empty));
    let bodies: Vec<&String> = args.json.iter().filter(|file| !file.is_empty()).collect();
    let ns = Namespace::parse(&args.ns)?;
    let event_type = args.event_type.as_deref().map(EventType::parse).transpose()?;
    let body = match bodies.as_slice() {
        [] => None,
        [file] => Some(read_json(Path::new(file))?),
        _ => return Err(Failure::usage("--json names more than one file").help("add one event at a time")),
    };
    if body.is_some() && (event_type.is_some() || args.payload.is_some()) {
        return Err(Failure::usage("--json FILE is a whole envelope body; --type and --payload are inside it")
            .help("leave them out, or leave --json FILE out"));
    }
    if body.is_none() && event_type.is_none() {
        return Err(Failure::usage("what happened is missing")
            .help("name it with --type, or give a whole envelope body with --json FILE"));
    }
    let payload = args.payload.as_deref().map(payload).transpose()?;
    let project = context.project()?;
    let actor = project.actor(args.actor.as_deref())?;
    let key = project.trusted_key(&actor)?;
    let journal = JournalId::new(ns, actor);
    let profile = project.profile()?;
    let mut keeper = gate::open(&project, &profile)?;
    let (signer, signing) = gate::keeper_here(&project, &journal.actor, &key);
    let recorder = gate::recorder(&signer, &signing)?;
    let added = gated::add(
        &project.store,
        &journal,
        &key,
        &mut keeper.enforcer,
        &recorder,
        now_ms(),
        &mut |head| {
            let entropy = os_random::<10>()?;
            let ulid = plane::next_ulid(now_ms(), entropy, head).unwrap_or(Ulid::MAX);
            let mut draft = match (&body, &event_type) {
                (Some(body), _) => Draft::from_body(body, &journal, ulid).map_err(AddError::Envelope)?,
                (None, Some(event_type)) => Draft::new(event_type.clone(), ulid),
                // Refused above.
                (None, None) => return Err(AddError::Input { detail: "no event type".to_owned() }),
            };
            if let Some(payload) = &payload {
                draft.payload = payload.clone();
            }
            if let Some(ts) = &args.ts {
                // A number stays one, anything else is text.
                draft.ts = Some(match Value::from_json(ts) {
                    Ok(number @ (Value::Int(_) | Value::Float(_))) => number,
                    _ => Value::Text(ts.clone()),
                });
            }
            draft.labels.extend(args.labels.iter().cloned());
            draft.caps.extend(args.caps.iter().cloned());
            // What binds an event is the gate's to say, never the author's.
            (draft.policy_root, draft.trust_chain) = (None, None);
            Ok(draft)
        },
        &mut |tries| {
            std::thread::sleep(jitter(tries));
            tries < TRIES
        },
    );
    let recorded = match added {
        Ok(recorded) => recorded,
        Err(e) => return Err(tell_denial(&context, &mut keeper, e)),
    };
    if profile.decision_notes.value {
        note(&project, &mut keeper, &recorded)?;
    }
    let event = &recorded.event;
    let facts = Facts::new()
        .text("ulid", event.header.ulid)
        .text("cid", event.cid)
        .int("seq", event.header.seq)
        .text("ref", journal.ref_name())
        .text("commit", recorded.commit);
    context.out.facts(facts, || format!("{} {}", event.header.ulid, event.cid))
}

/// The failure of a gated write; with `--json` a denial's record goes to stdout as the specification has it.
pub(super) fn tell_denial(context: &Context, keeper: &mut Keeper, e: GatedError) -> Failure {
    let (failure, record) = gate::gated_failure(keeper, e);
    match record.filter(|_| context.out.json) {
        Some(record) => context.out.line(record.to_json_string()).err().unwrap_or(failure),
        None => failure,
    }
}

/// Notes the decision on an event that was just added.
fn note(project: &Project, keeper: &mut Keeper, recorded: &RecordedEvent) -> Result<()> {
    let event = recorded.event.decode().map_err(|e| Failure::no(e.to_string()))?;
    let intent = Intent::of_event(&event);
    match keeper.enforcer.look_back(&intent, now_ms()) {
        Some(evaluated) => {
            gate::write_note(project, &recorded.commit, &event.header.actor, &evaluated.decision, &intent)
        }
        None => Ok(()),
    }
}

pub(super) fn payload(text: &str) -> Result<Value> {
    match text {
        "-" => read_json(Path::new("-")),
        _ => match text.strip_prefix('@') {
            Some(file) => read_json(Path::new(file)),
            None => parse_json(text.as_bytes(), "--payload"),
        },
    }
}

fn read_json(path: &Path) -> Result<Value> {
    let bytes = input::read_file(path)?;
    let name = if path == Path::new("-") { PathBuf::from("stdin") } else { path.to_path_buf() };
    parse_json(&bytes, &name.display().to_string())
}

fn parse_json(bytes: &[u8], name: &str) -> Result<Value> {
    build::read_json(bytes, name)
}

/// A failed append, with what to do.
pub fn add_failure(e: AddError) -> Failure {
    match e {
        AddError::Store(e) => e.into(),
        AddError::Read(e) => e.into(),
        AddError::Name(e) => e.into(),
        other => {
            let text = other.to_string();
            match text.rsplit_once("; ") {
                Some((what, remedy)) => Failure::input(what).help(remedy),
                None => Failure::input(text),
            }
        }
    }
}

/// Finds an event of a namespace by ULID or CID, in any of its journals.
fn find(project: &Project, ns: &Namespace, id: &str) -> Result<Vec<RecordedEvent>> {
    enum Wanted {
        Ulid(Ulid),
        Cid(Cid),
    }
    let wanted = match (Ulid::parse(&id.to_ascii_uppercase()), id.parse::<Cid>()) {
        (Ok(ulid), _) => Wanted::Ulid(ulid),
        (_, Ok(cid)) => Wanted::Cid(cid),
        _ => {
            return Err(Failure::usage(format!("{id:?} is neither a ULID nor a CID"))
                .help("a ULID has 26 characters, a CID begins with `bafyr`; `gatos event log` shows them"));
        }
    };
    let mut found = Vec::new();
    for (journal, until) in plane::journals(&project.store, ns)? {
        use gatos_ledger_core::ports::Journals;
        for recorded in project.store.read_events(&journal, None, &until)? {
            let recorded = recorded?;
            let hit = match &wanted {
                Wanted::Ulid(ulid) => recorded.event.header.ulid == *ulid,
                Wanted::Cid(cid) => recorded.event.cid == *cid,
            };
            if hit {
                found.push(recorded);
                // A ULID is in a journal once.
                break;
            }
        }
    }
    Ok(found)
}

fn show(context: Context, args: ShowArgs) -> Result<()> {
    let context = context.json(args.json);
    let ns = Namespace::parse(&args.ns)?;
    let project = context.project()?;
    let found = find(&project, &ns, &args.id)?;
    if found.is_empty() {
        return Err(no_such_namespace(&project, &ns)?
            .unwrap_or_else(|| Failure::input(format!("{ns} holds no event {}", args.id)))
            .help(format!("`gatos event log {ns}` lists its events")));
    }
    let trust = project.trust()?;
    for recorded in found {
        let checked = plane::check_signature(&trust, &recorded);
        let event = recorded.event.decode().map_err(|e| Failure::no(format!("event {}: {e}", args.id)))?;
        let view = event.view(Some(&recorded.event.cid), Some(&recorded.event.signature));
        if context.out.json {
            context.out.line(view.to_json_string())?;
        } else {
            context.out.words(words(&event, &recorded, checked.is_ok()))?;
        }
        if let Err(fault) = checked {
            return Err(gatos_ledger_core::ports::ReadError::from(fault).into());
        }
    }
    Ok(())
}

fn words(event: &Event, recorded: &RecordedEvent, good: bool) -> String {
    let header = &event.header;
    let mut lines = vec![
        format!("type    {}", header.event_type),
        format!("ulid    {}", header.ulid),
        format!("time    {}", log::time_text(header.ulid.time_ms())),
        format!("actor   {}", header.actor),
        format!("seq     {}", header.seq),
        format!("cid     {}", recorded.event.cid),
        format!("commit  {}", recorded.commit),
        format!("sig     {} ({})", recorded.event.signature, if good { "good" } else { "BAD" }),
    ];
    if let Some(ts) = &header.ts {
        lines.push(format!("ts      {}", ts.to_json_string()));
    }
    for (name, list) in [("labels", &header.labels), ("caps", &header.caps)] {
        if !list.is_empty() {
            lines.push(format!("{name:7} {}", list.join(", ")));
        }
    }
    lines.push(format!("payload {}", event.payload.to_json_string()));
    lines.join("\n")
}

/// The failure to tell when a namespace has no journals at all; `None` when it has some.
pub(super) fn no_such_namespace(project: &Project, ns: &Namespace) -> Result<Option<Failure>> {
    if !plane::journals(&project.store, ns)?.is_empty() {
        return Ok(None);
    }
    let others: Vec<String> = plane::namespaces(&project.store)?.iter().map(ToString::to_string).collect();
    let failure = Failure::input(format!("there are no events in namespace {ns}"));
    Ok(Some(match others.as_slice() {
        [] => {
            failure.help(format!("`gatos event add {ns} …` or `gatos event import {ns} --jsonl FILE` puts some there"))
        }
        others => failure.note(format!("namespaces with events: {}", others.join(", "))),
    }))
}
