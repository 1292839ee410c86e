//! `gatos hook` and `gatos install-hooks`: the push gate of a shared repository.

use std::io::Read;
use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use gatos_ledger_core::key::SigningKey;
use gatos_ledger_core::model::ActorId;
use gatos_ledger_git::GitStore;

use super::{Context, key};
use crate::failure::{Exit, Failure, Result};
use crate::files;
use crate::output::{Facts, Output, grouped};
use crate::profile::{Kind, PROFILE_PATH, Profile};
use crate::project::{Project, now_ms};
use crate::push::judge::{Judge, Verdict};
use crate::push::{Refusal, hooks, parse_updates, spool};

/// Who signs denials at a gate unless another is named.
const GATE: &str = "service:gate";

/// The most that Git may say on stdin: refs by the hundred thousand.
const MAX_STDIN: u64 = 64 << 20;

/// What Git's hooks run
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Judge a push, or put denials on record after one
    ///
    /// Git runs this from the hooks that `gatos install-hooks --server` writes. It reads lines
    /// `<old> <new> <ref>` on stdin; pre-receive ends with 1 when anything in them is refused, and Git
    /// takes nothing of the push then.
    Run {
        /// Which hook
        hook: Hook,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Hook {
    /// Before any ref moves
    PreReceive,
    /// After refs moved
    PostReceive,
}

/// Make a repository a push gate
///
/// Writes pre-receive and post-receive hooks, a key for the gate to sign denials with, and a profile
/// (push-gate) where there is none. Hooks of others are kept.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Examples:\n  git init --bare shared.git && gatos install-hooks --server shared.git\n  gatos install-hooks --server --chain   # another pre-receive hook is there: run it first"
)]
pub struct InstallArgs {
    /// The hooks of a repository that is pushed to
    #[arg(long)]
    server: bool,
    /// The repository; without it, the one around the current folder
    path: Option<PathBuf>,
    /// Keep hooks of others, and run them first
    #[arg(long)]
    chain: bool,
    /// Who signs denials
    #[arg(long, value_name = "ACTOR", default_value = GATE)]
    actor: String,
    /// Facts as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(context: Context, args: Args) -> Result<()> {
    let Command::Run { hook } = args.command;
    match hook {
        Hook::PreReceive => pre_receive(&context),
        Hook::PostReceive => post_receive(&context),
    }
}

pub(super) fn install(context: Context, args: InstallArgs) -> Result<()> {
    let context = context.json(args.json);
    if !args.server {
        return Err(Failure::usage("only hooks of a repository that is pushed to are installed: --server is missing")
            .help("`gatos install-hooks --server [PATH]`"));
    }
    let store = match args.path.as_ref().or(context.repo()) {
        Some(path) => GitStore::discover(path)?,
        None => GitStore::from_env(std::path::Path::new("."))?,
    };
    let project = Project::of(store);
    let actor = ActorId::parse(&args.actor)?;
    let gatos = std::env::current_exe().map_err(|e| Failure::world(format!("cannot tell where gatos is: {e}")))?;
    let dir = project.store.hooks_dir();
    // What can be refused comes first: nothing is half done then.
    let done = hooks::install(&dir, &gatos, args.chain)?;
    let (public, made) = key::make(&project, &actor)?;
    if project.store.default_actor().is_err() {
        project.store.set_default_actor(&actor)?;
    }
    let home = project.top().unwrap_or_else(|| project.store.common_dir().to_path_buf());
    let profile = home.join(PROFILE_PATH);
    let wrote = files::write_new(&profile, SERVER_PROFILE.as_bytes())?;
    let known = project.trust()?.keys(&actor).any(|key| key.to_string() == public);
    let mut facts = Facts::new().text("hooks", dir.display()).text("actor", &actor).text("public", &public);
    for (hook, how) in &done {
        facts = facts.text(if *hook == "pre-receive" { "pre_receive" } else { "post_receive" }, how.as_str());
    }
    let facts = facts.flag("key_made", made).flag("trusted", known).text("profile", profile.display());
    context.out.facts(facts, || {
        let mut lines = vec![format!("push gate in {}", dir.display())];
        lines.extend(done.iter().map(|(hook, how)| match how {
            hooks::Installed::New => format!("wrote {hook}"),
            hooks::Installed::Renewed => format!("renewed {hook}"),
            hooks::Installed::Chained => format!("wrote {hook}, which runs {hook}.before-gatos first"),
        }));
        lines.push(match wrote {
            true => format!("wrote {} (push-gate)", profile.display()),
            false => format!("kept {}", profile.display()),
        });
        lines.push(format!("{actor} signs denials here with {public}"));
        lines.join("\n")
    })?;
    if gate_profile(&project)?.kind.value == Kind::Local {
        context.out.warn(format!(
            "{} says `local`, so pushes are judged as in a clone of one's own; `profile: push-gate` makes it a gate",
            profile.display()
        ));
    }
    if dir != project.store.common_dir().join("hooks") {
        context.out.warn(format!(
            "core.hooksPath is set: every repository whose hooks are in {} judges pushes now",
            dir.display()
        ));
    }
    if !known {
        context.out.say(format!(
            "so that its denials can be checked, a root runs\n    gatos trust add {actor} {public}\nand pushes refs/gatos/trust"
        ));
    }
    Ok(())
}

/// What `install-hooks --server` writes.
const SERVER_PROFILE: &str = "\
# How this push gate judges what is pushed to it; `gatos profile show` tells all of it.
profile: push-gate
";

fn stdin() -> Result<String> {
    let mut text = String::new();
    let read = std::io::stdin().lock().take(MAX_STDIN).read_to_string(&mut text);
    read.map_err(|e| Failure::input(format!("cannot read the list of refs on stdin: {e}")))?;
    Ok(text)
}

/// The profile of a gate: one that names none is a push gate.
fn gate_profile(project: &Project) -> Result<Profile> {
    project.profile_or(Kind::PushGate)
}

/// Who signs denials here, as far as that can be told.
fn signer(project: &Project) -> Option<(ActorId, SigningKey)> {
    let actor = project.actor(None).ok()?;
    let key = project.key(&actor).ok()?;
    Some((actor, key))
}

fn pre_receive(context: &Context) -> Result<()> {
    let updates = parse_updates(&stdin()?)?;
    let before = context.bare_project()?;
    let judge =
        Judge { out: &context.out, profile: gate_profile(&before)?, now_ms: Some(now_ms()), signer: signer(&before) };
    let verdict = judge.judge(&before, context.bare_project()?, &updates)?;
    let git_dir = before.store.common_dir();
    for waiting in &verdict.denials {
        if let Err(failure) = spool::leave(git_dir, waiting) {
            context.out.warn(format!("a denial could not be kept for the record: {}", failure.what));
        }
    }
    for why in &verdict.unrecorded {
        context.out.warn(format!("a denial has no record: {why}"));
    }
    if verdict.refusals.is_empty() {
        if verdict.events + verdict.checkpoints > 0 {
            context.out.say(format!("gatos: {}", checked(&verdict)));
        }
        return Ok(());
    }
    tell(&context.out, &verdict.refusals);
    Err(Failure::said(Exit::No))
}

/// What was checked, in words.
pub(super) fn checked(verdict: &Verdict) -> String {
    let count = |n: u64, one: &str, many: &str| match n {
        1 => format!("1 {one}"),
        n => format!("{} {many}", grouped(n)),
    };
    let mut parts = Vec::new();
    if verdict.events > 0 {
        parts.push(count(verdict.events, "event", "events"));
    }
    if verdict.checkpoints > 0 {
        parts.push(count(verdict.checkpoints, "checkpoint", "checkpoints"));
    }
    match parts.is_empty() {
        true => "nothing to check".to_owned(),
        false => format!("{} checked", parts.join(" and ")),
    }
}

/// Tells what is wrong with a push, ref by ref.
fn tell(out: &Output, refusals: &[Refusal]) {
    let refs = match refusals.len() {
        1 => "1 ref is not as it should be".to_owned(),
        n => format!("{n} refs are not as they should be"),
    };
    out.say(format!("gatos: this push is refused, all of it: {refs}"));
    for refusal in refusals {
        out.say(format!("\n{} ({})", refusal.name, refusal.rule));
        if let Some(commit) = &refusal.commit {
            out.say(format!("  at commit {commit}"));
        }
        out.say(format!("  {}", refusal.reason));
        for note in &refusal.notes {
            out.say(format!("    {}", note.replace('\n', "\n    ")));
        }
        for help in &refusal.help {
            out.say(format!("  help: {help}"));
        }
    }
}

fn post_receive(context: &Context) -> Result<()> {
    // Git gives the list of refs to this hook too; what matters here is what earlier pushes left.
    let _ = stdin()?;
    let project = context.bare_project()?;
    let flushed = spool::flush(&project)?;
    for left in &flushed.left {
        context.out.warn(format!("a denial is not on record yet: {left}"));
    }
    Ok(())
}
