//! Secret keys on disk: one file an actor under `<git-dir>/gatos/keys`, readable by its owner alone.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use gatos_ledger_core::key::{PublicKey, SigningKey};
use gatos_ledger_core::model::ActorId;
use gatos_ledger_core::ports::StoreError;

use crate::error::io_error;
use crate::pack::Durability;
use crate::repo::GitStore;

const DEFAULT_ACTOR: &str = "gatos.actor";

/// The key files of a repository.
pub struct KeyStore {
    dir: PathBuf,
}

/// Why a key could not be used or made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyStoreError {
    /// There is no key of that actor here.
    Missing {
        /// The actor.
        actor: ActorId,
        /// Actors that have one.
        others: Vec<ActorId>,
    },
    /// A key of that actor is here already; keys are never overwritten.
    Exists {
        /// The actor.
        actor: ActorId,
        /// Its file.
        path: PathBuf,
    },
    /// Others could read or replace the file.
    Exposed {
        /// The file or folder.
        path: PathBuf,
        /// Its mode.
        mode: u32,
        /// The mode it should have.
        want: u32,
    },
    /// The file does not hold a key.
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// Nobody said who signs and there is not exactly one key.
    NoDefault {
        /// Actors that have a key.
        available: Vec<ActorId>,
    },
    /// Storage failed.
    Store(StoreError),
}

fn names(actors: &[ActorId]) -> String {
    actors.iter().map(ActorId::as_str).collect::<Vec<_>>().join(", ")
}

impl fmt::Display for KeyStoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeyStoreError::Missing { actor, others } if others.is_empty() => {
                write!(f, "there is no key for {actor} here; `gatos key new {actor}` makes one")
            }
            KeyStoreError::Missing { actor, others } => {
                write!(
                    f,
                    "there is no key for {actor} here, only for {}; `gatos key new {actor}` makes one",
                    names(others)
                )
            }
            KeyStoreError::Exists { actor, path } => write!(
                f,
                "{actor} has a key already, in {}; keys are never overwritten: move that file away first",
                path.display()
            ),
            KeyStoreError::Exposed { path, mode, want } => write!(
                f,
                "{} is open to others (mode {mode:04o}); a key others can read proves nothing: \
                 run `chmod {want:o} {}`, and make a new key if anyone may have seen it",
                path.display(),
                path.display()
            ),
            KeyStoreError::Malformed { path, why } => write!(f, "{} does not hold a key: {why}", path.display()),
            KeyStoreError::NoDefault { available } if available.is_empty() => {
                f.write_str("there is no key to sign with; `gatos key new user:<name>` makes one")
            }
            KeyStoreError::NoDefault { available } => write!(
                f,
                "several actors have keys here ({}); pick one with `--actor`, or once and for all with \
                 `git config {DEFAULT_ACTOR} <actor>`",
                names(available)
            ),
            KeyStoreError::Store(e) => e.fmt(f),
        }
    }
}

impl std::error::Error for KeyStoreError {}

impl From<StoreError> for KeyStoreError {
    fn from(e: StoreError) -> KeyStoreError {
        KeyStoreError::Store(e)
    }
}

impl GitStore {
    /// The keys kept in this repository.
    pub fn keys(&self) -> KeyStore {
        KeyStore { dir: self.common_dir().join("gatos").join("keys") }
    }

    /// Who signs when nobody says: `gatos.actor` of Git's configuration, else the only actor with a key.
    pub fn default_actor(&self) -> Result<ActorId, KeyStoreError> {
        let configured = self.repo.config().and_then(|config| config.get_string(DEFAULT_ACTOR));
        if let Ok(text) = configured {
            return ActorId::parse(&text).map_err(|e| KeyStoreError::Malformed {
                path: PathBuf::from(format!("git config {DEFAULT_ACTOR}")),
                why: e.to_string(),
            });
        }
        let mut available = self.keys().actors()?;
        match (available.len(), available.pop()) {
            (1, Some(only)) => Ok(only),
            (_, last) => {
                available.extend(last);
                Err(KeyStoreError::NoDefault { available })
            }
        }
    }

    /// Sets `gatos.actor` in this repository's configuration.
    pub fn set_default_actor(&self, actor: &ActorId) -> Result<(), StoreError> {
        self.repo.config().and_then(|mut config| config.set_str(DEFAULT_ACTOR, actor.as_str())).map_err(|e| {
            StoreError::Io {
                doing: format!("setting {DEFAULT_ACTOR} in Git's configuration"),
                detail: e.message().into(),
            }
        })
    }
}

impl KeyStore {
    /// Where the files are.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    fn path(&self, actor: &ActorId) -> PathBuf {
        self.dir.join(actor.file_name())
    }

    /// Stores a new key made from `seed`; the caller brings 32 random bytes. Never replaces one.
    pub fn create(&self, actor: &ActorId, seed: &[u8; 32]) -> Result<PublicKey, KeyStoreError> {
        let path = self.path(actor);
        if path.exists() {
            return Err(KeyStoreError::Exists { actor: actor.clone(), path });
        }
        let io = |e| KeyStoreError::Store(io_error("writing", &path, e));
        make_private_dir(&self.dir).map_err(io)?;
        check_mode(&self.dir, 0o022, 0o700)?;
        let key = SigningKey::from_seed(seed);
        let public = key.public();
        let text = key_text(actor, &key);
        let tmp = self.dir.join(format!(".tmp-{}-{}", actor.file_name(), std::process::id()));
        let written = write_private(&tmp, text.as_bytes())
            // A link, unlike a rename, fails when the name is taken: two processes cannot replace each other's key.
            .and_then(|()| fs::hard_link(&tmp, &path));
        let _ = fs::remove_file(&tmp);
        match written {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                return Err(KeyStoreError::Exists { actor: actor.clone(), path });
            }
            other => other.map_err(io)?,
        }
        Durability::Fsync.folder(&self.dir).map_err(io)?;
        Ok(public)
    }

    /// Makes a key that is to take the place of an actor's, and keeps it beside until [`KeyStore::promote`]. One that
    /// an earlier, interrupted try left there is taken up again.
    pub fn prepare(&self, actor: &ActorId, seed: &[u8; 32]) -> Result<PublicKey, KeyStoreError> {
        let path = self.next_path(actor);
        if path.exists() {
            return Ok(self.read(actor, &path)?.public());
        }
        let io = |e| KeyStoreError::Store(io_error("writing", &path, e));
        let key = SigningKey::from_seed(seed);
        let tmp = self.dir.join(format!(".tmp-{}-{}", actor.file_name(), std::process::id()));
        let written = write_private(&tmp, key_text(actor, &key).as_bytes()).and_then(|()| fs::rename(&tmp, &path));
        if written.is_err() {
            let _ = fs::remove_file(&tmp);
        }
        written.map_err(io)?;
        Durability::Fsync.folder(&self.dir).map_err(io)?;
        Ok(key.public())
    }

    /// Puts the prepared key in the place of the actor's.
    pub fn promote(&self, actor: &ActorId) -> Result<(), KeyStoreError> {
        let (from, to) = (self.next_path(actor), self.path(actor));
        let io = |e| KeyStoreError::Store(io_error("writing", &to, e));
        fs::rename(&from, &to).map_err(io)?;
        Durability::Fsync.folder(&self.dir).map_err(io)
    }

    /// No actor's file begins with a point.
    fn next_path(&self, actor: &ActorId) -> PathBuf {
        self.dir.join(format!(".next-{}", actor.file_name()))
    }

    /// Loads an actor's key, refusing a file that others can read.
    pub fn load(&self, actor: &ActorId) -> Result<SigningKey, KeyStoreError> {
        self.read(actor, &self.path(actor))
    }

    fn read(&self, actor: &ActorId, path: &Path) -> Result<SigningKey, KeyStoreError> {
        let malformed = |why: String| KeyStoreError::Malformed { path: path.to_path_buf(), why };
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                return Err(KeyStoreError::Missing { actor: actor.clone(), others: self.actors()? });
            }
            Err(e) if e.kind() == io::ErrorKind::InvalidData => return Err(malformed("it is not text".to_string())),
            Err(e) => return Err(KeyStoreError::Store(io_error("reading", path, e))),
        };
        check_mode(path, 0o077, 0o600)?;
        let field = |name: &str| {
            let found = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            found.ok_or_else(|| malformed(format!("it has no `{name}:` line")))
        };
        if field("actor")? != actor.as_str() {
            return Err(malformed(format!("it says it belongs to {}", field("actor")?)));
        }
        let key = SigningKey::from_secret_text(field("secret")?).map_err(|e| malformed(e.to_string()))?;
        if key.public().to_string() != field("public")? {
            return Err(malformed("its public key does not belong to its secret".to_string()));
        }
        Ok(key)
    }

    /// Actors with a key here, sorted.
    pub fn actors(&self) -> Result<Vec<ActorId>, StoreError> {
        let listing = match fs::read_dir(&self.dir) {
            Ok(listing) => listing,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(io_error("listing", &self.dir, e)),
        };
        let mut actors = Vec::new();
        for entry in listing {
            let entry = entry.map_err(|e| io_error("listing", &self.dir, e))?;
            if let Some(actor) = entry.file_name().to_str().and_then(|name| ActorId::from_file_name(name).ok()) {
                actors.push(actor);
            }
        }
        actors.sort();
        Ok(actors)
    }
}

fn key_text(actor: &ActorId, key: &SigningKey) -> String {
    format!("actor: {actor}\npublic: {}\nsecret: {}\n", key.public(), key.to_secret_text())
}

/// Random bytes from the operating system, for seeds and ULID entropy.
pub fn os_random<const N: usize>() -> Result<[u8; N], StoreError> {
    let mut bytes = [0; N];
    match getrandom::fill(&mut bytes) {
        Ok(()) => Ok(bytes),
        Err(e) => Err(StoreError::Io { doing: "asking the system for random bytes".into(), detail: e.to_string() }),
    }
}

#[cfg(unix)]
fn make_private_dir(dir: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    if let Some(parent) = dir.parent() {
        fs::create_dir_all(parent)?;
    }
    match fs::DirBuilder::new().mode(0o700).create(dir) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

#[cfg(not(unix))]
fn make_private_dir(dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)
}

fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    use std::io::Write;
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(unix)]
fn check_mode(path: &Path, forbidden: u32, want: u32) -> Result<(), KeyStoreError> {
    use std::os::unix::fs::PermissionsExt;
    let meta = fs::metadata(path).map_err(|e| KeyStoreError::Store(io_error("reading", path, e)))?;
    let mode = meta.permissions().mode() & 0o7777;
    if mode & forbidden != 0 {
        return Err(KeyStoreError::Exposed { path: path.to_path_buf(), mode, want });
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_mode(_path: &Path, _forbidden: u32, _want: u32) -> Result<(), KeyStoreError> {
    Ok(())
}
