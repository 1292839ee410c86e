//! `gatos fold`: state out of a namespace's events, as a checkpoint with a proof; and `fold verify`.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use gatos_compiler::KindChoice;
use gatos_ledger_core::model::{Channel, Namespace};
use gatos_proofs::SignedProof;

use super::{Context, prove};
use crate::failure::{Failure, Result};
use crate::fold_engine::{self, Folded, Job};
use crate::output::{Facts, grouped, span};
use crate::profile::{LimitFlags, parse_amount};
use crate::{files, gate, toolchain};

/// Fold a namespace's events into state, and publish it as a checkpoint with a proof
///
/// Takes the events of every actor's journal in the namespace, in the order of their ULIDs;
/// checks each signature; runs the program; and commits state, artifacts, program, inputs and a
/// signed proof to refs/gatos/state/NS (or NS.CHANNEL). Goes on from an earlier checkpoint where
/// that gives the same result.
#[derive(clap::Args, Debug)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Examples:\n  gatos fold commits --program authors.elc\n  gatos fold commits daily --program gatos/folds/daily.lua --out reports/\n  gatos fold verify refs/gatos/state/commits"
)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// The namespace
    #[arg(required = true)]
    ns: Option<String>,
    /// A channel, to keep several folds of one namespace apart
    channel: Option<String>,
    /// The fold: .elc or .lua
    #[arg(long, value_name = "FILE", required = true)]
    program: Option<PathBuf>,
    /// Also write the state to this file, or state and artifacts into this folder
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
    /// Fuel for each call: a number, or `unlimited`
    #[arg(long, value_parser = parse_amount)]
    fuel: Option<u64>,
    /// Calls that may be active at a time
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    depth: Option<u32>,
    /// Abstract bytes for each call: a number, or `unlimited`
    #[arg(long, value_parser = parse_amount)]
    memory: Option<u64>,
    /// Fold even where a journal lacks what the newest checkpoint was made from
    #[arg(long)]
    rewritten_history: bool,
    /// Who signs the proof; without it, the actor that signs here
    #[arg(long)]
    actor: Option<String>,
    /// Facts as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Subcommand, Debug)]
enum Command {
    Verify(VerifyArgs),
}

/// Recompute a checkpoint from its events and compare everything
///
/// Checks every commit, envelope and signature of the journals it was made from, runs the
/// program again under the recorded limits, and compares state, artifacts, trailers and proof.
/// Exits with 1 and names the first thing that differs.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Examples:\n  gatos fold verify refs/gatos/state/commits\n  gatos fold verify commits\n  gatos fold verify refs/gatos/state/commits~3 --json"
)]
struct VerifyArgs {
    /// A state ref, a namespace, or anything Git takes for a commit
    reference: String,
    /// Facts as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(context: Context, args: Args) -> Result<()> {
    if let Some(Command::Verify(args)) = args.command {
        return prove::verify_target(&context.json(args.json), &args.reference);
    }
    let context = context.json(args.json);
    let (Some(ns), Some(program)) = (&args.ns, &args.program) else {
        return Err(Failure::usage("the namespace or the program is missing"));
    };
    if args.out.as_deref() == Some(Path::new("-")) {
        return Err(Failure::usage(
            "--out names a file or a folder, and - is neither: stdout has the facts of the fold",
        )
        .help(format!("`gatos state show {ns}` prints the state; `./-` is a file of that name")));
    }
    let ns = Namespace::parse(ns)?;
    let channel = args.channel.as_deref().map(Channel::parse).transpose()?;
    let project = context.project()?;
    let loaded = toolchain::load(program, KindChoice::Fold, &context.out)?;
    let actor = project.actor(args.actor.as_deref())?;
    let key = project.trusted_key(&actor)?;
    let profile = project.profile()?;
    let keeper = RefCell::new(gate::open(&project, &profile)?);
    let admit = |proof: &SignedProof| gate::admit_checkpoint(&project, &mut keeper.borrow_mut(), proof, &actor, &key);
    let flags = LimitFlags { fuel: args.fuel, depth: args.depth, memory: args.memory };
    let limits = flags.over(profile.limits.limits());
    let job = Job {
        project: &project,
        ns: &ns,
        channel: channel.as_ref(),
        program: &loaded,
        limits,
        actor: &actor,
        key: &key,
        rewritten_history: args.rewritten_history,
        admit: &admit,
    };
    let folded = fold_engine::fold(&context.out, &job)?;
    if let Some(out) = &args.out {
        write_out(out, &folded)?;
    }
    report(&context, &folded)
}

fn report(context: &Context, folded: &Folded) -> Result<()> {
    let proof = &folded.proof.proof;
    let facts = Facts::new()
        .text("ref", &folded.published.state_ref)
        .text("commit", folded.published.commit)
        .flag("is_new", folded.published.is_new)
        .text("state_root", proof.state_root)
        .text("inputs_root", proof.inputs_root)
        .text("fold_root", proof.fold_root)
        .text("engine", &proof.engine)
        .int("events", proof.usage.events)
        .int("new_events", folded.new_events)
        .maybe("resumed_from", folded.resumed)
        .int("fuel", proof.usage.fuel)
        .int("fuel_max", proof.usage.fuel_max)
        .int("memory_max", proof.usage.memory_max)
        .int("time_us", folded.took.as_micros() as u64)
        .list("artifacts", proof.artifacts.keys());
    context.out.facts(facts, || {
        let from = match &folded.resumed {
            Some(commit) => format!(", going on from checkpoint {}", &commit.to_string()[..12]),
            None => String::new(),
        };
        let rate = u128::from(folded.new_events) * 1_000_000 / folded.took.as_micros().max(1);
        let mut lines = vec![
            format!(
                "folded      {} events in {} ({}/s){from}",
                grouped(folded.new_events),
                span(folded.took),
                grouped(rate as u64)
            ),
            format!("state_root  {}", proof.state_root),
            format!("fuel        {}, at most {} in one call", grouped(proof.usage.fuel), grouped(proof.usage.fuel_max)),
        ];
        lines.extend(proof.artifacts.keys().map(|path| format!("artifact    {path}")));
        lines.push(match folded.published.is_new {
            true => format!("checkpoint  {} on {}", folded.published.commit, folded.published.state_ref),
            false => {
                format!("checkpoint  {} on {} says this already", folded.published.commit, folded.published.state_ref)
            }
        });
        lines.join("\n")
    })
}

fn write_out(out: &Path, folded: &Folded) -> Result<()> {
    let is_folder = out.is_dir() || out.as_os_str().to_string_lossy().ends_with('/');
    if !is_folder {
        return files::write_atomic(out, &folded.state);
    }
    files::make_dir(out)?;
    files::write_atomic(&out.join("state.json"), &folded.state)?;
    for (path, bytes) in &folded.artifacts {
        let file = out.join(path);
        if let Some(parent) = file.parent() {
            files::make_dir(parent)?;
        }
        files::write_atomic(&file, bytes)?;
    }
    Ok(())
}
