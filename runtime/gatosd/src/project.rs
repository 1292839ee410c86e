//! A repository as the commands see it: its store, its working tree, its limits, who signs.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use gatos_ledger_core::authority::{self, AuthorityError, Signer};
use gatos_ledger_core::grant::{Grant, SignedGrant, grant_path};
use gatos_ledger_core::key::{PublicKey, SigningKey};
use gatos_ledger_core::model::{ActorId, Channel, JOURNAL_PREFIX, Namespace, TRUST_REF};
use gatos_ledger_core::ports::{CommitId, Refs, StoreError};
use gatos_ledger_core::trust::{GRAPH_FILE, TrustGraph};
use gatos_ledger_git::{GitStore, KeyStoreError};
use gatos_vm::Limits;

use crate::failure::{Failure, Result};
use crate::files;
use crate::profile::{Kind, Profile};

/// How often updates of shared refs are tried against other writers.
pub const TRIES: u32 = 64;

/// Below the Git folder: the trust commit whose history was checked last.
const CHECKED_TRUST: &str = "gatos/checked-trust";

/// An open repository.
pub struct Project {
    /// Its storage.
    pub store: GitStore,
    /// The trust commit whose history was checked, so that a command checks it once.
    checked: Mutex<Option<CommitId>>,
}

impl Project {
    /// Opens the repository at `at`, else the one that Git's environment names, else the one around
    /// the current folder.
    ///
    /// # Errors
    /// When there is none, or one of a kind that cannot be used.
    pub fn open(at: Option<&Path>) -> Result<Project> {
        let store = match at {
            Some(path) => GitStore::discover(path)?,
            None => GitStore::from_env(Path::new("."))?,
        };
        Ok(Project::of(store))
    }

    /// The project of a repository that is open.
    pub fn of(store: GitStore) -> Project {
        Project { store, checked: Mutex::new(None) }
    }

    /// The top of the working tree, when there is one.
    pub fn top(&self) -> Option<PathBuf> {
        self.store.workdir().map(Path::to_path_buf)
    }

    /// The profile: of the working tree, or of the Git folder where there is none.
    ///
    /// # Errors
    /// When the profile cannot be understood.
    pub fn profile(&self) -> Result<Profile> {
        self.profile_or(Kind::Local)
    }

    /// The profile; where there is no file that names one, a given one.
    ///
    /// # Errors
    /// When the profile cannot be understood.
    pub fn profile_or(&self, kind: Kind) -> Result<Profile> {
        match self.top() {
            Some(top) => Profile::at(&top, kind),
            None => Profile::at(self.store.common_dir(), kind),
        }
    }

    /// The limits of folds, from the profile.
    ///
    /// # Errors
    /// When the profile cannot be understood.
    pub fn limits(&self) -> Result<Limits> {
        Ok(self.profile()?.limits.limits())
    }

    /// Who signs: the given actor, else the repository's own.
    ///
    /// # Errors
    /// When nobody is named and there is not exactly one key.
    pub fn actor(&self, given: Option<&str>) -> Result<ActorId> {
        match given {
            Some(text) => Ok(ActorId::parse(text)?),
            None => self.store.default_actor().map_err(key_failure),
        }
    }

    /// An actor's key.
    ///
    /// # Errors
    /// When it is missing, open to others, or damaged.
    pub fn key(&self, actor: &ActorId) -> Result<SigningKey> {
        self.store.keys().load(actor).map_err(key_failure)
    }

    /// An actor's key, once the trust graph is known to hold it: signatures that nobody can check
    /// would only be found out later.
    ///
    /// # Errors
    /// As [`Project::key`], and when the trust graph does not know the key.
    pub fn trusted_key(&self, actor: &ActorId) -> Result<SigningKey> {
        let key = self.key(actor)?;
        let public = key.public();
        let graph = self.trust()?;
        if graph.keys(actor).any(|known| *known == public) {
            return Ok(key);
        }
        let failure = Failure::input(format!("refs/gatos/trust does not know the key that {actor} has here"))
            .note("events signed with it could not be verified by anyone");
        if self.store.get_ref(TRUST_REF)?.is_none() && !self.store.list_refs(JOURNAL_PREFIX)?.is_empty() {
            // There was a graph once: a second one would be of no use to anyone.
            return Err(failure
                .note(format!("there is no {TRUST_REF} here, and there are journals"))
                .help(format!("fetch it from where they came from: `git fetch origin '{TRUST_REF}:{TRUST_REF}'`")));
        }
        if let Some(fault) = graph.key_fault(actor, &public) {
            return Err(match fault.rsplit_once("; ") {
                Some((what, remedy)) => failure.note(what).help(remedy),
                None => failure.note(fault),
            });
        }
        if graph.roots.is_empty() || self.root_here(&graph)?.is_some() {
            return Err(
                failure.help(format!("`gatos key new {actor}` makes the trust graph know a key that is here already"))
            );
        }
        let roots: Vec<&str> = graph.roots.iter().map(ActorId::as_str).collect();
        Err(failure
            .help(format!("{} can add it: `gatos trust add {actor} {public}`", roots.join(" or ")))
            .help("then fetch refs/gatos/trust from there"))
    }

    /// The trust graph.
    ///
    /// # Errors
    /// When it is there and damaged, or a step of its history was made by someone who may not.
    pub fn trust(&self) -> Result<TrustGraph> {
        match self.checked_trust()? {
            Some(commit) => Ok(authority::graph_at(&self.store, &commit)?),
            None => Ok(TrustGraph::default()),
        }
    }

    /// The trust commit, once every step of its history is known to be made by those who may: a fetch brings
    /// whatever the other side has.
    ///
    /// # Errors
    /// As [`Project::trust`].
    pub fn checked_trust(&self) -> Result<Option<CommitId>> {
        let Some(head) = self.store.get_ref(TRUST_REF)? else { return Ok(None) };
        let mut checked = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        if *checked == Some(head) {
            return Ok(Some(head));
        }
        // What an earlier command checked stays so: its name is its content. The file is never fetched or pushed.
        let memory = self.store.common_dir().join(CHECKED_TRUST);
        let known = std::fs::read_to_string(&memory).ok().and_then(|text| CommitId::parse(text.trim()));
        if known != Some(head) {
            let grown = known.is_some_and(|known| authority::verify_growth(&self.store, Some(&known), &head).is_ok());
            if !grown {
                authority::verify_growth(&self.store, None, &head).map_err(untrusted)?;
            }
            // Without it the next command checks once more, and that is all.
            let _ = memory.parent().map(std::fs::create_dir_all);
            let _ = files::write_atomic(&memory, format!("{head}\n").as_bytes());
        }
        *checked = Some(head);
        Ok(Some(head))
    }

    /// Makes the trust graph know an actor's key, and mirrors the graph into the working tree. Where the
    /// graph has roots, one of them must have a key here: the change is signed by it.
    ///
    /// # Errors
    /// When the ref or the mirror cannot be written.
    pub fn publish_key(&self, actor: &ActorId) -> Result<Published> {
        let public = self.key(actor)?.public();
        let graph = self.trust()?;
        if graph.keys(actor).any(|known| *known == public) {
            self.mirror_trust()?;
            return Ok(Published::Known);
        }
        if graph.roots.is_empty() {
            authority::add_key(&self.store, actor, &public, now_ms() / 1000, TRIES)?;
        } else {
            let Some(root) = self.root_here(&graph)? else {
                return Ok(Published::NeedsRoot(graph.roots.into_iter().collect()));
            };
            self.edit_trust(&root, &format!("trust: key of {actor}"), &mut |graph| {
                may_add(graph, actor, &public)?;
                Ok(graph.add_key(actor, public.clone()))
            })?;
        }
        self.mirror_trust()?;
        Ok(Published::Added)
    }

    /// A root of the graph whose key is here: the one that signs here before all others.
    ///
    /// # Errors
    /// When a key is here and cannot be used.
    pub fn root_here(&self, graph: &TrustGraph) -> Result<Option<ActorId>> {
        let here = self.store.keys().actors()?;
        let default = self.store.default_actor().ok();
        let roots = default.into_iter().chain(here.iter().cloned()).filter(|actor| graph.is_root(actor));
        for actor in roots {
            match self.store.keys().load(&actor) {
                Ok(key) if graph.keys(&actor).any(|known| *known == key.public()) => return Ok(Some(actor)),
                Ok(_) | Err(KeyStoreError::Missing { .. }) => {}
                Err(e) => return Err(key_failure(e)),
            }
        }
        Ok(None)
    }

    /// Makes `owner` the first root, unless there are roots; says whether it became one.
    ///
    /// # Errors
    /// When the ref or the mirror cannot be written.
    pub fn found(&self, owner: &ActorId) -> Result<bool> {
        self.checked_trust()?;
        let key = self.key(owner)?;
        let founded = authority::found(&self.store, &self.signer(owner, &key)).map_err(authority_failure)?;
        self.mirror_trust()?;
        Ok(founded.is_some())
    }

    /// Who changes the trust ref, now.
    pub fn signer<'a>(&self, actor: &'a ActorId, key: &'a SigningKey) -> Signer<'a> {
        Signer { actor, key, time_s: now_ms() / 1000, tries: TRIES }
    }

    /// Changes the trust graph in the name of an actor whose key is here, and mirrors it; says whether
    /// there was anything to change.
    ///
    /// # Errors
    /// When the actor may not, or the ref or the mirror cannot be written.
    pub fn edit_trust(
        &self,
        actor: &ActorId,
        subject: &str,
        change: &mut dyn FnMut(&mut TrustGraph) -> std::result::Result<bool, AuthorityError>,
    ) -> Result<bool> {
        let key = self.key(actor)?;
        let edited = authority::edit(&self.store, &self.signer(actor, &key), subject, change);
        let edited = edited.map_err(authority_failure)?;
        self.mirror_trust()?;
        Ok(edited.is_some())
    }

    /// Signs a grant and stores it.
    ///
    /// # Errors
    /// When the grant breaks a rule of grants, or the ref or the mirror cannot be written.
    pub fn issue(&self, grant: Grant) -> Result<SignedGrant> {
        let issuer = grant.issuer.clone();
        let key = self.key(&issuer)?;
        let issued = authority::issue(&self.store, &self.signer(&issuer, &key), grant);
        let (signed, _) = issued.map_err(authority_failure)?;
        self.mirror_trust()?;
        Ok(signed)
    }

    /// Shows the graph and the grants in the working tree, for people and diffs; verifiers read the ref.
    fn mirror_trust(&self) -> Result<()> {
        let Some(top) = self.top() else { return Ok(()) };
        let trust = authority::read_trust(&self.store)?;
        let mut graph = trust.graph.to_json();
        graph.push(b'\n');
        let grants = trust.grants.iter().map(|grant| (grant_path(grant.grant.ulid), grant.to_json()));
        for (path, bytes) in std::iter::once((GRAPH_FILE.to_owned(), graph)).chain(grants) {
            let path = top.join(path);
            if std::fs::read(&path).is_ok_and(|there| there == bytes) {
                continue;
            }
            if let Some(parent) = path.parent() {
                files::make_dir(parent)?;
            }
            files::write_atomic(&path, &bytes)?;
        }
        Ok(())
    }
}

/// What became of a key that was to be published.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Published {
    /// The graph had it.
    Known,
    /// The graph has it now.
    Added,
    /// Only these may add it, and none of them has a key here.
    NeedsRoot(Vec<ActorId>),
}

/// Whether a key may begin to speak for an actor.
///
/// # Errors
/// When it is retired, or the key of another.
pub fn may_add(graph: &TrustGraph, actor: &ActorId, key: &PublicKey) -> std::result::Result<(), AuthorityError> {
    graph.key_fault(actor, key).map_or(Ok(()), |fault| Err(AuthorityError::Refused(fault)))
}

/// A trust ref whose history does not hold, so that nothing is decided by it.
pub fn untrusted(e: AuthorityError) -> Failure {
    match e {
        AuthorityError::Store(e @ StoreError::Missing { .. }) => {
            Failure::input(format!("the history of {TRUST_REF} is not all here, so it cannot be checked: {e}"))
                .help("a shallow clone holds its end alone: `git fetch --unshallow` brings the rest")
        }
        AuthorityError::Store(e) => e.into(),
        other => {
            let text = other.to_string();
            let what = text.rsplit_once("; ").map_or(text.as_str(), |(what, _)| what);
            Failure::no(format!("{TRUST_REF} cannot be believed, so nothing is decided by it: {what}"))
                .note("someone without that right changed it, here or where it was fetched from")
                .help(format!(
                    "take it from where it is good: `git fetch origin '+{TRUST_REF}:{TRUST_REF}'`; `gatos trust verify` checks it"
                ))
        }
    }
}

/// A change of the trust ref that was refused.
pub fn authority_failure(e: AuthorityError) -> Failure {
    match e {
        AuthorityError::Store(e) => e.into(),
        other => {
            let text = other.to_string();
            let no = matches!(other, AuthorityError::NotRoot { .. });
            match text.rsplit_once("; ") {
                Some((what, remedy)) if no => Failure::no(what).help(remedy),
                Some((what, remedy)) => Failure::input(what).help(remedy),
                None => Failure::input(text),
            }
        }
    }
}

/// The milliseconds since 1970. A clock before that counts as 1970.
pub fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| u64::try_from(d.as_millis()).unwrap_or(u64::MAX))
}

/// A failure to use a key.
pub fn key_failure(e: KeyStoreError) -> Failure {
    match e {
        KeyStoreError::Store(e) => e.into(),
        KeyStoreError::Missing { .. } | KeyStoreError::NoDefault { .. } => {
            let text = e.to_string();
            match text.split_once("; ") {
                Some((what, remedy)) => Failure::input(what).help(remedy),
                None => Failure::input(text),
            }
        }
        other => {
            let text = other.to_string();
            match text.split_once(": ").filter(|(what, _)| what.len() > 20) {
                Some((what, remedy)) => Failure::input(what).help(remedy),
                None => Failure::input(text),
            }
        }
    }
}

/// `commits` or `commits.daily`: a namespace and perhaps a channel.
///
/// # Errors
/// When either is not a name.
pub fn parse_target(text: &str) -> Result<(Namespace, Option<Channel>)> {
    match text.split_once('.') {
        None => Ok((Namespace::parse(text)?, None)),
        Some((ns, channel)) => Ok((Namespace::parse(ns)?, Some(Channel::parse(channel)?))),
    }
}
