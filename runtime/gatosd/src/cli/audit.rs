//! `gatos audit`: denials on record, why they were denied, and whether the record holds.

use clap::Subcommand;
use gatos_canon::Sha256;
use gatos_ledger_core::model::ActorId;
use gatos_ledger_core::time::ms_to_rfc3339;
use gatos_ledger_core::ulid::Ulid;
use gatos_policy::audit::{self, AuditError, Denial};
use gatos_policy::install;

use super::Context;
use crate::failure::{Failure, Result};
use crate::gate;
use crate::output::Facts;
use crate::policy::metadata;
use crate::policy::words::{one_line, shortened};
use crate::project::Project;

/// Look at denials on record, and check them
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// List decisions on record, newest first
    #[command(after_help = "Examples:\n  gatos audit log\n  gatos audit log --actor user:bob --json | jq -r .explain")]
    Log {
        /// Denials only; others are not on record so far
        #[arg(long)]
        deny: bool,
        /// Only what this actor wanted
        #[arg(long)]
        actor: Option<String>,
        /// Only this intent; a final * stands for anything
        #[arg(long, value_name = "TYPE")]
        intent: Option<String>,
        /// At most so many
        #[arg(long, short = 'n', value_name = "N")]
        limit: Option<usize>,
        /// One record a line, as the specification has it
        #[arg(long)]
        json: bool,
    },
    /// Show one denial: who wanted what, which rules denied it, and on what they decided
    Show {
        /// Its ULID
        ulid: String,
        /// Print the recorded input instead, as canonical JSON
        #[arg(long)]
        input: bool,
        /// The record as the specification has it
        #[arg(long)]
        json: bool,
    },
    /// Decide again on the recorded input, and check the record's signature
    ///
    /// Ends with 1 when the signature does not hold or the decision comes out otherwise.
    Verify {
        /// Its ULID
        ulid: String,
        /// Facts as JSON
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(context: Context, args: Args) -> Result<()> {
    let project = context.project()?;
    match args.command {
        Command::Log { deny: _, actor, intent, limit, json } => {
            log(&context.json(json), &project, actor.as_deref(), intent.as_deref(), limit.unwrap_or(usize::MAX))
        }
        Command::Show { ulid, input, json } => show(&context.json(json), &project, &ulid, input),
        Command::Verify { ulid, json } => verify(&context.json(json), &project, &ulid),
    }
}

/// A record that cannot be read or does not hold.
pub fn audit_failure(e: AuditError) -> Failure {
    let text = e.to_string();
    let split = |exit: fn(String) -> Failure| match text.rsplit_once("; ") {
        Some((what, remedy)) => exit(what.to_owned()).help(remedy),
        None => exit(text.clone()),
    };
    match e {
        AuditError::Store(e) => e.into(),
        AuditError::Unknown(_) => split(Failure::input),
        _ => split(Failure::no),
    }
}

fn log(context: &Context, project: &Project, actor: Option<&str>, intent: Option<&str>, limit: usize) -> Result<()> {
    let actor = actor.map(ActorId::parse).transpose()?;
    let wanted = |denial: &Denial| {
        let decision = &denial.signed.decision;
        actor.as_ref().is_none_or(|actor| decision.actor == *actor)
            && intent.is_none_or(|want| match want.strip_suffix('*') {
                Some(start) => decision.intent.starts_with(start),
                None => decision.intent == want,
            })
    };
    let mut left = limit;
    let mut stopped = None;
    let walked = audit::walk(&project.store, &mut |denial| {
        if left == 0 {
            return Ok(false);
        }
        if wanted(&denial) {
            left -= 1;
            if let Err(failure) = line(context, &denial).and_then(|()| context.out.going()) {
                stopped = Some(failure);
                return Ok(false);
            }
        }
        Ok(true)
    });
    walked.map_err(audit_failure)?;
    match stopped {
        Some(failure) => Err(failure),
        None => Ok(()),
    }
}

fn line(context: &Context, denial: &Denial) -> Result<()> {
    let decision = &denial.signed.decision;
    if context.out.json {
        return context.out.line(denial.signed.view().to_json_string());
    }
    let rule = decision.rule().map(|rule| format!(" by {rule}")).unwrap_or_default();
    // One record, one line: no reason may look like a record of its own.
    context.out.words(one_line(&format!(
        "{} {} DENY {} {} on {}{rule}: {}",
        decision.ulid,
        ms_to_rfc3339(decision.ulid.time_ms()),
        decision.actor,
        decision.intent,
        decision.resource,
        shortened(&decision.explain)
    )))
}

fn find(project: &Project, text: &str) -> Result<Denial> {
    let ulid = Ulid::parse(&text.to_ascii_uppercase()).map_err(|e| {
        Failure::usage(format!("{text:?} is not a ULID: {e}")).help("`gatos audit log` lists what is on record")
    })?;
    audit::find(&project.store, ulid).map_err(audit_failure)
}

fn show(context: &Context, project: &Project, ulid: &str, input: bool) -> Result<()> {
    let denial = find(project, ulid)?;
    if input {
        return context.out.canonical(&denial.input);
    }
    if context.out.json {
        return context.out.line(denial.signed.view().to_json_string());
    }
    let decision = &denial.signed.decision;
    let root = |root: &Option<Sha256>| root.as_ref().map_or_else(|| "none".to_owned(), Sha256::to_string);
    let mut lines = vec![
        format!("ulid        {}", decision.ulid),
        format!("time        {}", ms_to_rfc3339(decision.ulid.time_ms())),
        format!("actor       {}", decision.actor),
        format!("intent      {}", decision.intent),
        format!("resource    {}", decision.resource),
        format!("result      DENY ({})", decision.code),
        format!("explain     {}", decision.explain),
    ];
    let sources = match decision.policy_root {
        // What the rules say about themselves is a courtesy: without the bundle the record still stands.
        Some(root) => install::find_bundle(&project.store, &root).ok().flatten().map(|bundle| bundle.bundle.sources),
        None => None,
    };
    let sources = gate::annotated(&sources.unwrap_or_default());
    for rule in &decision.rules {
        match &rule.place {
            Some(place) if *place != rule.name => lines.push(format!("rule        {} ({place})", rule.name)),
            _ => lines.push(format!("rule        {}", rule.name)),
        }
        lines.push(format!("              {}", rule.reason));
        let about = rule.place.as_deref().map(|place| metadata::about(&sources, place)).unwrap_or_default();
        lines.extend(about.lines().into_iter().map(|line| format!("              {line}")));
    }
    lines.push(format!("policy_root {}", root(&decision.policy_root)));
    lines.push(format!("trust_chain {}", root(&decision.trust_chain)));
    lines.push(format!("signer      {}", decision.signer));
    lines.push(format!("commit      {}", denial.commit));
    lines.push(format!(
        "input       {} bytes; `gatos audit show {} --input` prints it",
        denial.input.len(),
        decision.ulid
    ));
    context.out.words(lines.iter().map(|line| one_line(line)).collect::<Vec<_>>().join("\n"))
}

fn verify(context: &Context, project: &Project, ulid: &str) -> Result<()> {
    let denial = find(project, ulid)?;
    let recorded = &denial.signed.decision;
    let Some(root) = recorded.policy_root else {
        return Err(Failure::no(format!("denial {} names no policy, so it cannot be decided again", recorded.ulid)));
    };
    let bundle = install::find_bundle(&project.store, &root).map_err(gate::install_failure)?.ok_or_else(|| {
        Failure::input(format!("the policy {root} that denied it is not here"))
            .help("fetch it: `git fetch origin 'refs/gatos/policies/*:refs/gatos/policies/*'`")
    })?;
    let limits = project.profile()?.policy_limits.limits();
    let mut gate = gate::open_bundle(bundle, limits)
        .map_err(|why| Failure::no(format!("policy {root} cannot run here: {why}")))?;
    let graph = project.trust()?;
    let foreign = audit::foreign(&project.store, &denial).map_err(|e| Failure::no(e.to_string()))?;
    let verified = audit::verify(&graph, denial, &mut gate);
    let good = verified.is_good();
    let recorded = &verified.denial.signed.decision;
    let facts = Facts::new()
        .text("ulid", recorded.ulid)
        .flag("holds", good)
        .flag("signature", verified.signature.is_ok())
        .flag("from_here", foreign.is_none())
        .flag("decided_again", verified.replayed.is_some())
        .list("differences", &verified.differences);
    if context.out.json {
        context.out.line(facts.into_json())?;
    }
    if good {
        let how = match (&verified.replayed, &recorded.clock) {
            (Some(decision), _) => format!("policy {root} says the same again, with {} units of fuel", decision.fuel),
            (None, Some(_)) => "it turned on the gate's clock, which the record tells".to_owned(),
            (None, None) => "its input could not be made, as the record tells".to_owned(),
        };
        return match context.out.json {
            true => Ok(()),
            false => context.out.words(format!(
                "holds: {} was denied ({})\n{how}\nsigned by {}{}",
                recorded.ulid,
                recorded.code,
                recorded.signer,
                // A gate records what a refused push brought, so this alone does not make a record false.
                foreign.map_or(String::new(), |why| format!("\nbut {why}: only its signer speaks for it"))
            )),
        };
    }
    let mut failure = Failure::no(format!("denial {} does not hold", recorded.ulid));
    if let Err(e) = &verified.signature {
        failure = failure.note(e.to_string());
    }
    failure.notes.extend(foreign.map(ToOwned::to_owned));
    failure.notes.extend(verified.differences.iter().map(ToString::to_string));
    Err(failure.help("compare refs/gatos/audit/policy with another clone's"))
}
