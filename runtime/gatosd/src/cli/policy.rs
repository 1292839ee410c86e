//! `gatos policy`: asking the policy in force, putting another in force, and looking at what was.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Subcommand;
use gatos_ledger_core::model::{ACTIVE_POLICY_REF, ActorId, JournalId, Namespace};
use gatos_ledger_core::ports::{CommitId, Refs};
use gatos_ledger_core::time::ms_to_rfc3339;
use gatos_policy::bundle::VerifiedBundle;
use gatos_policy::install::{self, Activation, Installed};
use gatos_policy::model::{Intent, Target};
use gatos_policy::rules::role;

use super::{Context, event, run_policy};
use crate::failure::{Exit, Failure, Result};
use crate::gate;
use crate::output::{Facts, Output};
use crate::policy::sources::{self, Found};
use crate::policy::{build, words};
use crate::profile::Enforcement;
use crate::project::{Project, now_ms};

/// Ask the policy in force, put another in force, and look at what was
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Check(CheckArgs),
    Explain(ExplainArgs),
    Install(InstallArgs),
    /// Show the policy in force: its roots, who installed it when, and its files
    Show {
        /// Print one of its files instead, such as sources/policies/exec.rgs
        file: Option<String>,
        /// An earlier policy, by its policy_root
        #[arg(long, value_name = "ROOT")]
        root: Option<String>,
        /// Facts as JSON
        #[arg(long)]
        json: bool,
    },
    /// List the policies that were in force, newest first
    List {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
}

/// Ask whether something would be allowed, and why; nothing is written
///
/// The decision is made on the trust graph and the grants as they are, for an event of now.
/// Ends with 0 when it is allowed and 1 when it is denied.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Examples:\n  gatos policy check --intent intent.exec.run --resource gatos://finance\n  gatos policy check --intent order.paid --resource gatos://shop --actor user:bob --payload '{\"amount\":3}'"
)]
struct CheckArgs {
    /// What is wanted: an event type, or an action such as intent.exec.run
    #[arg(long, value_name = "TYPE")]
    intent: String,
    /// Where: gatos://NAMESPACE, or another address
    #[arg(long, value_name = "ADDRESS")]
    resource: String,
    /// Who wants it; without it, the actor that signs here
    #[arg(long)]
    actor: Option<String>,
    /// The content: JSON, @FILE, or - for stdin
    #[arg(long, value_name = "JSON|@FILE|-")]
    payload: Option<String>,
    /// Capabilities in use
    #[arg(long, value_name = "CAP", num_args = 1..)]
    caps: Vec<String>,
    /// Labels
    #[arg(long = "label", value_name = "LABEL")]
    labels: Vec<String>,
    /// What would be written: journal, state, or another part of refs/gatos
    #[arg(long, value_name = "KIND", default_value = "journal")]
    target: String,
    /// The decision as JSON
    #[arg(long)]
    json: bool,
}

/// Explain what the policy in force says about an input: every rule that mattered, with values
///
/// The input is a whole input document, such as `gatos audit show ULID --input` prints. Ends with 0
/// when it is allowed and 1 when it is denied.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Examples:\n  gatos policy explain --input intent.json\n  gatos audit show 01JD3Z6N3W5T8M2Q4R6S8T0V2X --input | gatos policy explain --input -"
)]
struct ExplainArgs {
    /// The input; - for stdin
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// Policies in files or folders, instead of the one in force
    #[arg(long, value_name = "PATH")]
    policy: Vec<PathBuf>,
    /// An earlier policy, by its policy_root
    #[arg(long, value_name = "ROOT", conflicts_with = "policy")]
    root: Option<String>,
    /// The explanation as JSON
    #[arg(long)]
    json: bool,
}

/// Compile the project's policies, publish them, and put them in force
///
/// Takes gatos/policies/**.rgs (but no *_test.rgs) and gatos/policies/**.json. Nothing is changed when
/// the policies have errors, or when someone else installed others in the meantime.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:\n  gatos policy install\n  gatos policy install --from policies/ --dry-run")]
struct InstallArgs {
    /// The folder of policies and data; without it, gatos/policies of the working tree
    #[arg(long, value_name = "DIR")]
    from: Option<PathBuf>,
    /// Only tell what would change
    #[arg(long)]
    dry_run: bool,
    /// Who installs; without it, the actor that signs here
    #[arg(long)]
    actor: Option<String>,
    /// Facts as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(context: Context, args: Args) -> Result<()> {
    match args.command {
        Command::Check(args) => {
            let context = context.json(args.json);
            check(&context, &args)
        }
        Command::Explain(args) => {
            let context = context.json(args.json);
            explain(&context, &args)
        }
        Command::Install(args) => {
            let context = context.json(args.json);
            install_args(&context, &args)
        }
        Command::Show { file, root, json } => show(&context.json(json), file.as_deref(), root.as_deref()),
        Command::List { json } => list(&context.json(json)),
    }
}

fn none_installed() -> Failure {
    Failure::input("no policy is installed here").help(
        "a root installs one with `gatos policy install`, or fetch it: `git fetch origin 'refs/gatos/*:refs/gatos/*' '^refs/gatos/audit/*'`",
    )
}

fn check(context: &Context, args: &CheckArgs) -> Result<()> {
    let payload = args.payload.as_deref().map(event::payload).transpose()?;
    let project = context.project()?;
    let actor = project.actor(args.actor.as_deref())?;
    let profile = project.profile()?;
    let mut keeper = gate::look(&project, &profile)?;
    if keeper.enforcer.activation().is_none() && profile.enforcement.value == Enforcement::Required {
        return Err(none_installed());
    }
    if args.intent.trim().is_empty() {
        return Err(Failure::usage("--intent is empty: nothing is asked for").help("name an event type or an action"));
    }
    if args.resource.trim().is_empty() {
        return Err(Failure::usage("--resource is empty").help("a namespace is gatos://NAME"));
    }
    let ns = args.resource.strip_prefix("gatos://").and_then(|ns| Namespace::parse(ns).ok());
    let target = match &ns {
        Some(ns) if args.target == "journal" => Target::journal(&JournalId::new(ns.clone(), actor.clone())),
        _ => {
            let kind = args.target.clone();
            let reference = format!("refs/gatos/{kind}");
            Target { kind, ns: ns.as_ref().map(ToString::to_string), reference }
        }
    };
    if !args.resource.contains("://") {
        return Err(Failure::usage(format!("{:?} is not an address", args.resource))
            .help(format!("a namespace is gatos://{}, another repository repo://…", args.resource)));
    }
    let mut intent = Intent::new(&args.intent, &args.resource, actor, gate::new_ulid()?, target);
    intent.caps.clone_from(&args.caps);
    intent.labels.clone_from(&args.labels);
    if let Some(payload) = payload {
        intent.payload = payload;
    }
    let Some(evaluated) = keeper.enforcer.check(&intent, Some(now_ms())) else {
        let facts = Facts::new().text("result", "ALLOW").text("explain", "no policy is installed");
        return context
            .out
            .facts(facts, || "allowed: no policy is installed, and the profile does not ask for one".to_owned());
    };
    let decision = &evaluated.decision;
    if context.out.json {
        context.out.line(decision.view(&intent).to_json_string())?;
        return if decision.is_allowed() { Ok(()) } else { Err(Failure::said(Exit::No)) };
    }
    if !decision.is_allowed() {
        let failure = keeper.denied(&intent, decision, &evaluated.input.json, None);
        // An answer, not a failure of the command: it goes where answers go.
        context.out.words(failure.to_string())?;
        return Err(Failure::said(Exit::No));
    }
    if project.trust()?.keys(&intent.actor).next().is_none() {
        context.out.say(format!(
            "note: the trust graph has no key of {}, so nothing it writes would be taken; `gatos key new {}` makes one",
            intent.actor, intent.actor
        ));
    }
    let sources = keeper.annotated();
    let mut lines = vec![words::told_explain("allowed", &decision.explain)];
    if let Some(mut explained) = keeper.enforcer.gate().map(|gate| gate.explain(&evaluated.input.json)) {
        words::place(&mut explained.decision, keeper.places());
        lines.extend(words::reasons(&explained, &sources).into_iter().map(|line| format!("  {line}")));
    }
    context.out.words(lines.join("\n"))
}

fn explain(context: &Context, args: &ExplainArgs) -> Result<()> {
    let name = if args.input.as_os_str() == "-" { "stdin".to_owned() } else { args.input.display().to_string() };
    let input = crate::input::read_file(&args.input)?;
    build::read_json(&input, &name)?;
    let (bundle, limits) = if args.policy.is_empty() {
        let project = context.project()?;
        let limits = project.profile()?.policy_limits.limits();
        (bundle_in(&project, args.root.as_deref())?.1, limits)
    } else {
        let found = sources::find(&args.policy)?;
        let here = std::env::current_dir().unwrap_or_default();
        (bundle_of(&found, &context.out)?, crate::profile::Profile::around(&here)?.policy_limits.limits())
    };
    let annotated = gate::annotated(&bundle.bundle.sources);
    let places = words::places(bundle.program.program(), &bundle.map);
    let mut gate =
        gate::open_bundle(bundle, limits).map_err(|why| Failure::no(format!("the policy cannot run here: {why}")))?;
    let mut explained = gate.explain(&input);
    words::place(&mut explained.decision, &places);
    run_policy::tell(context, &explained, &annotated)
}

/// The bundle in force, or an earlier one, with its activation.
fn bundle_in(project: &Project, root: Option<&str>) -> Result<(Option<Activation>, VerifiedBundle)> {
    let store = &project.store;
    let Some(text) = root else {
        let active = install::active_bundle(store).map_err(gate::install_failure)?;
        let (activation, bundle) = active.ok_or_else(none_installed)?;
        return Ok((Some(activation), bundle));
    };
    let whole = if text.contains(':') { text.to_owned() } else { format!("sha256:{text}") };
    let history = install::history(store).map_err(gate::install_failure)?;
    // A few digits are enough where they mean one.
    let mut hits: Vec<&Activation> = history.iter().filter(|a| a.policy_root.to_string().starts_with(&whole)).collect();
    hits.dedup_by_key(|activation| activation.policy_root);
    let activation = match hits.as_slice() {
        [one] => Some((*one).clone()),
        [] => None,
        _ => {
            return Err(
                Failure::usage(format!("{text} is the beginning of several policy roots")).help("give more of it")
            );
        }
    };
    let root = match &activation {
        Some(activation) => activation.policy_root,
        None => whole.parse().map_err(|_| {
            Failure::input(format!("no policy {text} was ever in force here"))
                .help("`gatos policy list` shows those that were")
        })?,
    };
    let bundle = install::find_bundle(store, &root).map_err(gate::install_failure)?;
    let bundle = bundle.ok_or_else(|| {
        Failure::input(format!("there is no policy {root} here"))
            .help("`gatos policy list` shows those that were in force")
    })?;
    Ok((activation, bundle))
}

/// Compiles what was found to a bundle. Warnings are told, errors refuse it.
///
/// # Errors
/// When the sources are no policy, or the data no data.
pub fn bundle_of(found: &Found, out: &Output) -> Result<VerifiedBundle> {
    // Told under the names that people open, kept under those that decisions show.
    let policy = build::compile(&found.sources, None, true, out)?;
    found.warn_ignored(out);
    build::warn_shadowed(&policy, &build::data_of(found, &[])?, out);
    policy.bundle(build::bundle_data(found))
}

/// Puts a bundle in force in the place of `base`.
///
/// # Errors
/// When the actor may not, or someone else was faster.
pub fn put_in_force(
    project: &Project,
    actor: &ActorId,
    bundle: &VerifiedBundle,
    base: Option<&CommitId>,
) -> Result<Installed> {
    let key = project.trusted_key(actor)?;
    let repository = gate::settings(&project.profile()?).repository;
    let signer = project.signer(actor, &key);
    install::install(&project.store, &signer, &repository, gate::new_ulid()?, bundle, base)
        .map_err(gate::install_failure)
}

fn install_args(context: &Context, args: &InstallArgs) -> Result<()> {
    let project = context.project()?;
    let actor = project.actor(args.actor.as_deref())?;
    // Read before the sources: an install in between is noticed.
    let base = project.store.get_ref(ACTIVE_POLICY_REF)?;
    let found = match (&args.from, project.top()) {
        (Some(folder), _) => sources::of_folder(folder)?,
        (None, Some(top)) => sources::of_project(&top)?,
        (None, None) => {
            return Err(Failure::usage("this repository has no working tree to take policies from")
                .help("name the folder: `gatos policy install --from DIR`"));
        }
    };
    let bundle = bundle_of(&found, &context.out)?;
    let documents = bundle.program.program().policy.as_ref().map_or(&[][..], |tables| &tables.documents);
    if !documents.iter().any(|d| role(&d.path) == Some(gatos_policy::rules::Role::Allow)) {
        context
            .out
            .warn("no package below gatos has a rule named allow: under this policy nobody could write anything");
    }
    let before = install::active_bundle(&project.store).map_err(gate::install_failure);
    // What is in force may be damaged: putting a good one in its place is the way out.
    let before = before.unwrap_or_default();
    let changes = changes(before.as_ref().map(|(_, bundle)| bundle), &bundle);
    let root = bundle.policy_root;
    let (installed, is_new) = if args.dry_run {
        (None, before.as_ref().is_none_or(|(_, there)| there.policy_root != root))
    } else {
        let installed = put_in_force(&project, &actor, &bundle, base.as_ref())?;
        let is_new = installed.is_new;
        (Some(installed), is_new)
    };
    let facts = Facts::new()
        .text("policy_root", root)
        .text("policy_code_root", bundle.manifest.policy_code_root)
        .maybe("commit", installed.as_ref().map(|i| i.activation.commit))
        .flag("is_new", is_new)
        .list("changes", &changes);
    context.out.facts(facts, || {
        let mut lines =
            vec![format!("policy_root {root}"), format!("code        {}", bundle.manifest.policy_code_root)];
        lines.extend(changes.iter().cloned());
        lines.push(match (args.dry_run, is_new) {
            (true, true) => "would be put in force".to_owned(),
            (true, false) => "is in force already".to_owned(),
            (false, true) => format!("in force now, installed by {actor}"),
            (false, false) => "was in force already; nothing was changed".to_owned(),
        });
        lines.join("\n")
    })
}

/// What differs between two bundles, file by file.
fn changes(before: Option<&VerifiedBundle>, after: &VerifiedBundle) -> Vec<String> {
    let files = |bundle: &VerifiedBundle| -> BTreeMap<String, Vec<u8>> {
        let bundle = &bundle.bundle;
        bundle.sources.iter().chain(&bundle.data).map(|(name, bytes)| (name.clone(), bytes.clone())).collect()
    };
    let (old, new) = (before.map(files).unwrap_or_default(), files(after));
    let mut out = Vec::new();
    for (name, bytes) in &new {
        match old.get(name) {
            None => out.push(format!("added   {name}")),
            Some(there) if there != bytes => out.push(format!("changed {name}")),
            Some(_) => {}
        }
    }
    out.extend(old.keys().filter(|name| !new.contains_key(*name)).map(|name| format!("removed {name}")));
    out
}

fn show(context: &Context, file: Option<&str>, root: Option<&str>) -> Result<()> {
    let project = context.project()?;
    let (activation, bundle) = bundle_in(&project, root)?;
    let files = bundle.bundle.to_files();
    if let Some(file) = file {
        let bytes = files.get(file).or_else(|| files.get(&format!("sources/{file}")));
        let Some(bytes) = bytes else {
            let there: Vec<&str> = files.keys().map(String::as_str).collect();
            return Err(
                Failure::input(format!("the policy has no {file}")).note(format!("it has {}", there.join(", ")))
            );
        };
        return context.out.bytes(bytes);
    }
    let mut facts =
        Facts::new().text("policy_root", bundle.policy_root).text("policy_code_root", bundle.manifest.policy_code_root);
    if let Some(activation) = &activation {
        facts = activation_facts(facts, activation);
    }
    let tables = bundle.program.program().policy.as_ref();
    let rules: Vec<&str> = tables.map_or(&[][..], |t| &t.rules).iter().map(|rule| rule.name.as_str()).collect();
    context.out.facts(facts.list("files", files.keys()).list("rules", &rules), || {
        let mut lines = vec![
            format!("policy_root {}", bundle.policy_root),
            format!("code        {}", bundle.manifest.policy_code_root),
        ];
        if let Some(activation) = &activation {
            let when = ms_to_rfc3339(activation.ulid.time_ms());
            lines.push(format!("installed   {when} by {}", activation.actor));
        }
        lines.extend(files.keys().map(|name| format!("file        {name}")));
        lines.push(format!("rules       {}", rules.len()));
        lines.join("\n")
    })
}

fn activation_facts(facts: Facts, activation: &Activation) -> Facts {
    facts
        .text("commit", activation.commit)
        .text("actor", &activation.actor)
        .text("ulid", activation.ulid)
        .text("time", ms_to_rfc3339(activation.ulid.time_ms()))
}

fn list(context: &Context) -> Result<()> {
    let project = context.project()?;
    let history = install::history(&project.store).map_err(gate::install_failure)?;
    if history.is_empty() {
        return Err(none_installed());
    }
    for (at, activation) in history.iter().enumerate() {
        let facts = Facts::new()
            .text("policy_root", activation.policy_root)
            .text("policy_code_root", activation.policy_code_root)
            .flag("in_force", at == 0);
        context.out.facts(activation_facts(facts, activation), || {
            let when = ms_to_rfc3339(activation.ulid.time_ms());
            let now = if at == 0 { "  in force" } else { "" };
            format!("{} {when} {}{now}", activation.policy_root, activation.actor)
        })?;
    }
    Ok(())
}
