//! `gatos prove` and `gatos verify`: the proof of a state, and whether it holds.

use gatos_canon::{Map, Value};

use super::Context;
use crate::failure::Result;
use crate::output::{Facts, grouped, span};
use crate::verify;

/// Print the signed proof of a state
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:\n  gatos prove commits\n  gatos prove blake3:0f3c… | jq .limits")]
pub struct ProveArgs {
    /// A state_root, a state ref, a namespace, or anything Git takes for a commit
    state: String,
    /// Accepted for symmetry: a proof is always JSON
    #[arg(long, hide = true)]
    json: bool,
}

/// Verify the checkpoint that has a state root
///
/// The same as `gatos fold verify`, with the state named by its root.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:\n  gatos verify blake3:0f3c…")]
pub struct VerifyArgs {
    /// A state_root, a state ref, a namespace, or anything Git takes for a commit
    state: String,
    /// Facts as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn prove(context: Context, args: ProveArgs) -> Result<()> {
    let project = context.project()?;
    let commit = verify::find(&project, &args.state)?;
    let stored = verify::read(&project, &commit)?;
    let view = stored.checkpoint.proof.view().map_err(|e| crate::failure::Failure::no(e.to_string()))?;
    context.out.line(view.to_json_string())
}

pub(super) fn verify(context: Context, args: VerifyArgs) -> Result<()> {
    verify_target(&context.json(args.json), &args.state)
}

/// Verifies what a text names, and tells.
pub(super) fn verify_target(context: &Context, text: &str) -> Result<()> {
    let project = context.project()?;
    let commit = verify::find(&project, text)?;
    match verify::verify(&context.out, &project, &commit) {
        Ok(holds) => {
            let proof = &holds.proof;
            let rate = u128::from(proof.usage.events) * 1_000_000 / holds.took.as_micros().max(1);
            for (journal, count) in &holds.newer {
                let commits = if *count == 1 {
                    "1 newer commit".to_owned()
                } else {
                    format!("{} newer commits", grouped(*count))
                };
                let are = if *count == 1 {
                    "is not part of this checkpoint and was"
                } else {
                    "are not part of this checkpoint and were"
                };
                context.out.say(format!("note: {commits} on {journal} {are} not checked"));
            }
            let newer: Map = holds.newer.iter().map(|(journal, count)| (journal.clone(), *count as i64)).collect();
            let facts = Facts::new()
                .flag("holds", true)
                .text("commit", commit)
                .text("state_root", proof.state_root)
                .text("inputs_root", proof.inputs_root)
                .text("fold_root", proof.fold_root)
                .text("actor", &proof.actor)
                .int("events", proof.usage.events)
                .value("newer_commits", &Value::Map(newer))
                .int("time_us", holds.took.as_micros() as u64);
            context.out.facts(facts, || {
                format!(
                    "holds: {} is what {} events give\nchecked in {} ({}/s): every signature, the order, the program, the state, the proof of {}",
                    proof.state_root,
                    grouped(proof.usage.events),
                    span(holds.took),
                    grouped(rate as u64),
                    proof.actor
                )
            })
        }
        Err(failure) => {
            if context.out.json && !failure.what.is_empty() {
                let facts = Facts::new()
                    .flag("holds", false)
                    .text("commit", commit)
                    .text("reason", &failure.what)
                    .list("notes", &failure.notes)
                    .list("help", &failure.help);
                context.out.line(facts.into_json())?;
            }
            Err(failure)
        }
    }
}
