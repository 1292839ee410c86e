//! `gatos state`: what checkpoints hold.

use clap::Subcommand;
use gatos_canon::{blake3, sha256};
use gatos_ledger_core::checkpoint::{INPUTS_FILE, PROGRAM_FILE, PROOF_FILE, PROOF_SIG_FILE, STATE_FILE, Trailers};
use gatos_ledger_core::model::{STATE_PREFIX, state_ref};
use gatos_ledger_core::ports::{CommitId, Refs, Snapshots};
use gatos_proofs::FoldProof;

use super::Context;
use crate::failure::{Failure, Result};
use crate::output::{Facts, grouped};
use crate::project::{Project, parse_target};
use crate::verify;

/// Look at folded state
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Print a state as canonical JSON
    ///
    /// Exactly the bytes that state_root names; when stdout is a terminal, a line end follows.
    #[command(
        after_help = "Examples:\n  gatos state show commits\n  gatos state show commits.daily --at ~1\n  gatos state show commits --artifact state/authors.json"
    )]
    Show {
        /// The namespace, or NS.CHANNEL
        state: String,
        /// An earlier checkpoint: a commit, a state_root, or ~N for N before the newest
        #[arg(long, value_name = "REV")]
        at: Option<String>,
        /// An emitted artifact instead of the state
        #[arg(long, value_name = "PATH")]
        artifact: Option<String>,
        /// Facts about the checkpoint as JSON, the state among them
        #[arg(long)]
        json: bool,
    },
    /// List the newest checkpoint of every state ref
    List {
        /// Facts as JSON
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(context: Context, args: Args) -> Result<()> {
    match args.command {
        Command::Show { state, at, artifact, json } => {
            show(&context.json(json), &state, at.as_deref(), artifact.as_deref())
        }
        Command::List { json } => list(&context.json(json)),
    }
}

fn commit_of(project: &Project, state: &str, at: Option<&str>) -> Result<CommitId> {
    let (ns, channel) = parse_target(state.strip_prefix(STATE_PREFIX).unwrap_or(state))?;
    let name = state_ref(&ns, channel.as_ref());
    match at {
        Some(rev) if rev.starts_with(['~', '^']) => verify::find(project, &format!("{name}{rev}")),
        Some(rev) => verify::find(project, rev),
        None => project.store.get_ref(&name)?.ok_or_else(|| {
            let failure = Failure::input(format!("there is no checkpoint on {name}"));
            match verify::state_refs(project) {
                Ok(refs) if !refs.is_empty() => failure.note(format!("checkpoints are on {}", refs.join(", "))),
                _ => failure,
            }
            .help(format!("`gatos fold {ns} --program FILE` makes one"))
        }),
    }
}

fn show(context: &Context, state: &str, at: Option<&str>, artifact: Option<&str>) -> Result<()> {
    let project = context.project()?;
    let commit = commit_of(&project, state, at)?;
    let path = artifact.unwrap_or(STATE_FILE);
    let Some(bytes) = project.store.read_file(&commit, path)? else {
        let there = project.store.list_files(&commit)?;
        return Err(
            Failure::input(format!("checkpoint {commit} has no {path}")).note(format!("it has {}", there.join(", ")))
        );
    };
    check_shown(&project, &commit, path, &bytes)?;
    if !context.out.json {
        return context.out.canonical(&bytes);
    }
    let stored = verify::read(&project, &commit)?;
    let proof = &stored.checkpoint.proof.proof;
    let facts = Facts::new()
        .text("commit", commit)
        .text("state_root", proof.state_root)
        .text("fold_root", proof.fold_root)
        .int("events", proof.usage.events)
        .list("artifacts", proof.artifacts.keys())
        .json(if artifact.is_some() { "artifact" } else { "state" }, String::from_utf8_lossy(&bytes).into_owned());
    context.out.line(facts.into_json())
}

/// What is shown must be what the commit says it is: a file that was exchanged is not shown.
fn check_shown(project: &Project, commit: &CommitId, path: &str, bytes: &[u8]) -> Result<()> {
    let info = project.store.read_commit(commit)?;
    let trailers =
        Trailers::parse(&info.message).map_err(|e| Failure::no(format!("commit {commit} is not a checkpoint: {e}")))?;
    let (found, expected, whose) = match path {
        STATE_FILE => (blake3(bytes).to_string(), trailers.state_root.to_string(), "trailer `State-Root`"),
        INPUTS_FILE => (blake3(bytes).to_string(), trailers.inputs_root.to_string(), "trailer `Inputs-Root`"),
        PROGRAM_FILE => (sha256(bytes).to_string(), trailers.fold_root.to_string(), "trailer `Fold-Root`"),
        PROOF_FILE | PROOF_SIG_FILE => return Ok(()),
        // Artifacts are named by the proof alone; without one there is nothing to compare with.
        _ => match project.store.read_file(commit, PROOF_FILE)?.map(|proof| FoldProof::decode(&proof)) {
            Some(Ok(proof)) => {
                let expected =
                    proof.artifacts.get(path).map_or_else(|| "nothing of it".to_owned(), ToString::to_string);
                (blake3(bytes).to_string(), expected, "the proof")
            }
            _ => return Ok(()),
        },
    };
    if found == expected {
        return Ok(());
    }
    Err(Failure::no(format!("{path} of checkpoint {commit} is not what was published"))
        .note(format!("it hashes to {found}, and {whose} says {expected}"))
        .help(format!("`gatos fold verify {commit}` tells what differs")))
}

fn list(context: &Context) -> Result<()> {
    let project = context.project()?;
    for (name, commit) in project.store.list_refs(STATE_PREFIX)? {
        let stored = verify::read(&project, &commit)?;
        let proof = &stored.checkpoint.proof.proof;
        let facts = Facts::new()
            .text("ref", &name)
            .text("commit", commit)
            .text("state_root", proof.state_root)
            .text("fold_root", proof.fold_root)
            .text("engine", &proof.engine)
            .text("actor", &proof.actor)
            .int("events", proof.usage.events);
        context.out.facts(facts, || {
            format!(
                "{} {} {} events",
                name.strip_prefix(STATE_PREFIX).unwrap_or(&name),
                proof.state_root,
                grouped(proof.usage.events)
            )
        })?;
    }
    Ok(())
}
