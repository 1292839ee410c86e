//! A repository as the commands see it: its store, its working tree, its limits, who signs.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use gatos_ledger_core::key::SigningKey;
use gatos_ledger_core::model::{ActorId, Channel, Namespace};
use gatos_ledger_core::trust::{self, GRAPH_FILE, TrustGraph};
use gatos_ledger_git::{GitStore, KeyStoreError};
use gatos_vm::Limits;

use crate::failure::{Failure, Result};
use crate::{files, profile};

/// How often updates of shared refs are tried against other writers.
pub const TRIES: u32 = 64;

/// An open repository.
pub struct Project {
    /// Its storage.
    pub store: GitStore,
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
        Ok(Project { store })
    }

    /// The top of the working tree, when there is one.
    pub fn top(&self) -> Option<PathBuf> {
        self.store.workdir().map(Path::to_path_buf)
    }

    /// The limits of the profile.
    ///
    /// # Errors
    /// When the profile cannot be understood.
    pub fn limits(&self) -> Result<Limits> {
        match self.top() {
            Some(top) => profile::limits_at(&top),
            None => Ok(Limits::DEFAULT),
        }
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
        if self.trust()?.keys(actor).any(|known| *known == public) {
            return Ok(key);
        }
        Err(Failure::input(format!("refs/gatos/trust does not know the key that {actor} has here"))
            .note("events signed with it could not be verified by anyone")
            .help(format!("`gatos key new {actor}` makes the trust graph know a key that is here already")))
    }

    /// The trust graph.
    ///
    /// # Errors
    /// When it is there and damaged.
    pub fn trust(&self) -> Result<TrustGraph> {
        Ok(trust::read(&self.store)?)
    }

    /// Makes the trust graph know an actor's key, and mirrors the graph into the working tree.
    ///
    /// # Errors
    /// When the ref or the mirror cannot be written.
    pub fn publish_key(&self, actor: &ActorId) -> Result<()> {
        let public = self.key(actor)?.public();
        trust::add_key(&self.store, actor, &public, now_ms() / 1000, TRIES)?;
        self.mirror_trust()
    }

    fn mirror_trust(&self) -> Result<()> {
        let Some(top) = self.top() else { return Ok(()) };
        let path = top.join(GRAPH_FILE);
        let mut bytes = self.trust()?.to_json();
        bytes.push(b'\n');
        if std::fs::read(&path).is_ok_and(|there| there == bytes) {
            return Ok(());
        }
        if let Some(parent) = path.parent() {
            files::make_dir(parent)?;
        }
        files::write_atomic(&path, &bytes)
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
