//! `gatos key`: making and listing the keys that sign here.

use clap::Subcommand;
use gatos_ledger_core::model::ActorId;
use gatos_ledger_git::{KeyStoreError, os_random};

use super::Context;
use crate::failure::{Failure, Result};
use crate::output::Facts;
use crate::project::{Project, Published, key_failure, may_add, now_ms};

/// Make and list the keys that sign events and proofs here
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:\n  gatos key new user:ann\n  gatos key list --json\n  gatos key show")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Make a key for an actor and make the trust graph know it
    ///
    /// The secret stays under the Git folder, readable by you alone; the public half goes to
    /// refs/gatos/trust. A key that is there already is kept, and published if it was not.
    New {
        /// The actor: user:NAME, agent:NAME or service:NAME
        actor: String,
        /// Let this actor sign from now on when no --actor is given
        #[arg(long)]
        default: bool,
        /// Facts as JSON
        #[arg(long)]
        json: bool,
    },
    /// Make a new key that takes the place of an actor's key here
    ///
    /// What the old key signed until now stays valid. A root of the trust graph does it in one step; for
    /// others the command prints what a root must run, and goes on when it is run again after that.
    Rotate {
        /// The actor; without one, the actor that signs here
        actor: Option<String>,
        /// The same as the actor
        #[arg(long = "actor", value_name = "ACTOR", conflicts_with = "actor")]
        named: Option<String>,
        /// Facts as JSON
        #[arg(long)]
        json: bool,
    },
    /// List the actors that have a key here, and those the trust graph knows
    List {
        /// Facts as JSON
        #[arg(long)]
        json: bool,
    },
    /// Show an actor's public key
    Show {
        /// The actor; without one, the actor that signs here
        actor: Option<String>,
        /// Facts as JSON
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(context: Context, args: Args) -> Result<()> {
    let project = context.project()?;
    match args.command {
        Command::New { actor, default, json } => new(&context.json(json), &project, &actor, default),
        Command::Rotate { actor, named, json } => rotate(&context.json(json), &project, actor.or(named).as_deref()),
        Command::List { json } => list(&context.json(json), &project),
        Command::Show { actor, json } => show(&context.json(json), &project, actor.as_deref()),
    }
}

fn new(context: &Context, project: &Project, actor: &str, default: bool) -> Result<()> {
    let actor = ActorId::parse(actor)?;
    let (public, made) = make(project, &actor)?;
    let published = project.publish_key(&actor)?;
    if default {
        project.store.set_default_actor(&actor)?;
    }
    let trusted = !matches!(published, Published::NeedsRoot(_));
    let facts = Facts::new().text("actor", &actor).text("public", &public).flag("made", made).flag("trusted", trusted);
    context.out.facts(facts, || match made {
        true => format!("{actor} {public}"),
        false => format!("{actor} {public} (it was there already)"),
    })?;
    if let Published::NeedsRoot(roots) = published {
        say_needs_root(context, &roots, &format!("gatos trust add {actor} {public}"));
    }
    Ok(())
}

/// Says what a root must do before a key of another counts.
pub(super) fn say_needs_root(context: &Context, roots: &[ActorId], command: &str) {
    let roots: Vec<&str> = roots.iter().map(ActorId::as_str).collect();
    context.out.say(format!(
        "the trust graph does not know this key yet; {} adds it with\n    {command}\nand then fetch refs/gatos/trust",
        roots.join(" or ")
    ));
}

fn rotate(context: &Context, project: &Project, actor: Option<&str>) -> Result<()> {
    let actor = project.actor(actor)?;
    let keys = project.store.keys();
    let old = project.key(&actor)?.public();
    let seed = os_random::<32>()?;
    let public = keys.prepare(&actor, &seed).map_err(key_failure)?;
    let graph = project.trust()?;
    let known = graph.keys(&actor).any(|key| *key == public);
    if !known && let Some(root) = project.root_here(&graph)? {
        project.edit_trust(&root, &format!("trust: new key of {actor}"), &mut |graph| {
            may_add(graph, &actor, &public)?;
            graph.rotate(&actor, public.clone(), now_ms());
            Ok(true)
        })?;
    } else if !known {
        let facts = Facts::new().text("actor", &actor).text("public", &public).flag("rotated", false);
        context.out.facts(facts, || format!("{actor} {public} (waiting; {old} signs until then)"))?;
        let roots: Vec<ActorId> = graph.roots.into_iter().collect();
        say_needs_root(context, &roots, &format!("gatos trust rotate {actor} {public}"));
        context.out.say("run this command again when that is done: the new key signs from then on");
        return Ok(());
    }
    // The graph knows the new key, so from here on it must be the one that signs.
    keys.promote(&actor).map_err(key_failure)?;
    let facts = Facts::new().text("actor", &actor).text("public", &public).flag("rotated", true);
    context.out.facts(facts, || format!("{actor} {public} (in place of {old})"))
}

/// Makes a key unless there is one; gives its public half and whether it is new.
pub(super) fn make(project: &Project, actor: &ActorId) -> Result<(String, bool)> {
    let seed = os_random::<32>()?;
    match project.store.keys().create(actor, &seed) {
        Ok(public) => Ok((public.to_string(), true)),
        Err(KeyStoreError::Exists { .. }) => Ok((project.key(actor)?.public().to_string(), false)),
        Err(e) => Err(key_failure(e)),
    }
}

fn list(context: &Context, project: &Project) -> Result<()> {
    let trust = project.trust()?;
    let here = project.store.keys().actors()?;
    let default = project.store.default_actor().ok();
    let mut actors: Vec<&ActorId> = here.iter().chain(trust.actors.keys()).collect();
    actors.sort();
    actors.dedup();
    for actor in actors {
        let secret = here.contains(actor);
        let signs = default.as_ref() == Some(actor);
        let mut keys: Vec<String> = trust.keys(actor).map(ToString::to_string).collect();
        let trusted = !keys.is_empty();
        if !trusted {
            keys.push(project.key(actor)?.public().to_string());
        }
        let facts = Facts::new()
            .text("actor", actor)
            .list("keys", &keys)
            .flag("secret", secret)
            .flag("trusted", trusted)
            .flag("default", signs);
        context.out.facts(facts, || {
            let mut about = vec![if secret { "key here" } else { "public key only" }];
            if !trusted {
                about.push("not in refs/gatos/trust");
            }
            if signs {
                about.push("signs by default");
            }
            format!("{actor} {} ({})", keys.join(" "), about.join(", "))
        })?;
    }
    Ok(())
}

fn show(context: &Context, project: &Project, actor: Option<&str>) -> Result<()> {
    let actor = project.actor(actor)?;
    let trust = project.trust()?;
    let mut keys: Vec<String> = trust.keys(&actor).map(ToString::to_string).collect();
    let trusted = !keys.is_empty();
    if keys.is_empty() {
        match project.store.keys().load(&actor) {
            Ok(key) => keys.push(key.public().to_string()),
            Err(KeyStoreError::Missing { .. }) => {
                return Err(Failure::input(format!("no key of {actor} is known here"))
                    .note("there is none under the Git folder and none in refs/gatos/trust")
                    .help(format!("`gatos key new {actor}` makes one; `gatos key list` shows those there are")));
            }
            Err(e) => return Err(key_failure(e)),
        }
    }
    let facts = Facts::new().text("actor", &actor).list("keys", &keys).flag("trusted", trusted);
    context.out.facts(facts, || keys.join("\n"))
}
