//! `gatos init`: a repository, a key, the trust graph with its owner, a first policy and a place for
//! folds. Running it again changes nothing.

use std::path::{Path, PathBuf};

use gatos_ledger_core::model::{ACTIVE_POLICY_REF, ActorId, TRUST_REF};
use gatos_ledger_core::ports::Refs;
use gatos_ledger_git::GitStore;
use gatos_policy::starter;

use super::{Context, key, policy};
use crate::failure::{Failure, Result};
use crate::files;
use crate::output::Facts;
use crate::policy::sources::{self, Found, POLICIES_DIR, SourceText};
use crate::profile::{DEFAULT_PROFILE, PROFILE_PATH};
use crate::project::{Project, Published};

const FOLDS_DIR: &str = "gatos/folds";
const FIRST_FOLD: &str = "gatos/folds/count.lua";
const FIRST_POLICY: &str = "gatos/policies/gatos.rgs";
const FIRST_FOLD_TEXT: &str = include_str!("../../../../examples/folds/count.lua");

/// Make a repository ready: a key, the trust graph, a policy, and a place for folds
///
/// Whoever runs it first is the owner: a root of the trust graph, who may write everything under the
/// first policy, while nobody else may until they are granted something. Works in any Git repository, or makes one. What is there already is kept: running it again
/// changes nothing.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:\n  gatos init\n  gatos init ledger --actor user:ann")]
pub struct Args {
    /// The folder; without one, the repository around the current folder, or the folder itself
    dir: Option<PathBuf>,
    /// Who signs here; without it, the user of Git's configuration
    #[arg(long)]
    actor: Option<String>,
    /// Make a repository without a working tree, if one must be made
    #[arg(long)]
    bare: bool,
    /// Facts as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(context: Context, args: Args) -> Result<()> {
    let context = context.json(args.json);
    let dir = args.dir.as_ref().or(context.repo());
    let store = match dir {
        Some(dir) => GitStore::init(dir, args.bare)?,
        None => match GitStore::from_env(Path::new(".")) {
            Ok(store) => store,
            Err(gatos_ledger_core::ports::StoreError::Missing { .. }) => GitStore::init(Path::new("."), args.bare)?,
            Err(e) => return Err(e.into()),
        },
    };
    let project = Project::of(store);
    let actor = owner(&project, args.actor.as_deref())?;
    let had_default = project.store.default_actor().is_ok();
    let (public, made) = key::make(&project, &actor)?;
    let founded = project.found(&actor)?;
    let published = project.publish_key(&actor)?;
    // Said once and for all, so that a further key does not make it doubtful who signs.
    if !had_default {
        project.store.set_default_actor(&actor)?;
    }
    let mut written = Vec::new();
    if let Some(top) = project.top() {
        // A starter only where there is nothing: someone's own folds need no example beside them.
        let empty = std::fs::read_dir(top.join(FOLDS_DIR)).map_or(true, |mut entries| entries.next().is_none());
        if empty && files::write_new(&top.join(FIRST_FOLD), FIRST_FOLD_TEXT.as_bytes())? {
            written.push(FIRST_FOLD);
        }
        if files::write_new(&top.join(PROFILE_PATH), DEFAULT_PROFILE.as_bytes())? {
            written.push(PROFILE_PATH);
        }
        let empty = std::fs::read_dir(top.join(POLICIES_DIR)).map_or(true, |mut entries| entries.next().is_none());
        if empty && files::write_new(&top.join(FIRST_POLICY), starter::POLICY.as_bytes())? {
            written.push(FIRST_POLICY);
        }
    }
    let policy = first_policy(&project, &actor, &context)?;
    let place = project.top().unwrap_or_else(|| project.store.common_dir().to_path_buf());
    let facts = Facts::new()
        .text("repository", place.display())
        .text("actor", &actor)
        .text("public", &public)
        .flag("key_made", made)
        .flag("founded", founded)
        .maybe("policy_root", policy.as_ref())
        .list("written", &written);
    context.out.facts(facts, || {
        let mut lines = vec![format!("ready: {}", place.display())];
        lines.push(format!("{actor} signs here with {public}{}", if made { "" } else { " (it was there already)" }));
        match &published {
            Published::NeedsRoot(_) => {}
            _ => lines.push(format!("the public key is in {TRUST_REF}, where verifiers look for it")),
        }
        if founded {
            lines.push(format!("{actor} is the owner: a root of the trust graph"));
        }
        lines.extend(written.iter().map(|path| format!("wrote {path}")));
        lines.extend(policy.iter().map(|root| format!("policy {root} is in force")));
        lines.join("\n")
    })?;
    if let Published::NeedsRoot(roots) = &published {
        key::say_needs_root(&context, roots, &format!("gatos trust add {actor} {public}"));
    }
    let remotes = project.store.list_refs("refs/remotes/")?;
    if founded && !remotes.is_empty() {
        context.out.warn(
            "this repository has remotes, and its trust graph was founded just now; if others use GATOS there \
             already, delete refs/gatos here and fetch theirs: `git fetch origin 'refs/gatos/*:refs/gatos/*' '^refs/gatos/audit/*'`",
        );
    }
    Ok(())
}

/// Puts the policy of the working tree in force, or the starter, when none ever was and the actor is a root.
fn first_policy(project: &Project, actor: &ActorId, context: &Context) -> Result<Option<String>> {
    let graph = project.trust()?;
    let is_root = graph.is_root(actor) && project.root_here(&graph)?.is_some();
    if !is_root || project.store.get_ref(ACTIVE_POLICY_REF)?.is_some() {
        return Ok(None);
    }
    let found = match project.top() {
        Some(top) => sources::of_project(&top)?,
        None => Found {
            sources: vec![SourceText {
                name: format!("policies/{}", starter::POLICY_FILE),
                text: starter::POLICY.to_owned(),
            }],
            ..Found::default()
        },
    };
    let bundle = policy::bundle_of(&found, &context.out)?;
    let installed = policy::put_in_force(project, actor, &bundle, None)?;
    Ok(Some(installed.activation.policy_root.to_string()))
}

fn owner(project: &Project, given: Option<&str>) -> Result<ActorId> {
    if let Some(text) = given {
        let actor = ActorId::parse(text)?;
        return Ok(actor);
    }
    if let Ok(actor) = project.store.default_actor() {
        return Ok(actor);
    }
    // Several keys and no choice among them: making one more would help nobody.
    if let Some(first) = project.store.keys().actors()?.into_iter().next() {
        return Ok(first);
    }
    let name = project.store.git_user_name().or_else(|| std::env::var("USER").ok());
    let slug = slug(name.as_deref().unwrap_or("owner"));
    ActorId::parse(&format!("user:{slug}"))
        .map_err(|e| Failure::from(e).help("name one yourself: `gatos init --actor user:ann`"))
}

/// A person's name as the name of an actor: `Ann Smith` becomes `ann-smith`.
fn slug(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars().flat_map(char::to_lowercase) {
        match c {
            'a'..='z' | '0'..='9' => out.push(c),
            _ if out.ends_with('-') || out.is_empty() => {}
            _ => out.push('-'),
        }
    }
    let cut: String = out.chars().take(40).collect();
    let slug = cut.trim_end_matches('-');
    if slug.is_empty() { "owner".to_owned() } else { slug.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn names_become_actors() {
        assert_eq!(slug("Ann Smith"), "ann-smith");
        assert_eq!(slug("  Jürgen  O'Hara. "), "j-rgen-o-hara");
        assert_eq!(slug("王"), "owner");
    }
}
