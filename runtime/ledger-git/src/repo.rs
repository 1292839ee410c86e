//! Opening a repository, and refusing those in which promises could not be kept.

use std::path::{Path, PathBuf};

use gatos_ledger_core::ports::{CommitId, StoreError};

use crate::error::io_error;
use crate::loose::{object_folders, read_loose};
use crate::object::{Kind, Oid};
use crate::pack::{Durability, PackBuilder};
use crate::refs::RefStore;

/// A Git repository as GATOS storage.
pub struct GitStore {
    pub(crate) repo: git2::Repository,
    pub(crate) refs: RefStore,
    pub(crate) objects: PathBuf,
    /// `objects` and the folders it borrows from.
    pub(crate) folders: Vec<PathBuf>,
}

/// The port's id of a Git commit.
pub(crate) fn commit_id(oid: Oid) -> CommitId {
    CommitId::from(oid.0)
}

/// The Git id behind a port's id.
pub(crate) fn oid_of(id: &CommitId) -> Result<Oid, StoreError> {
    match <[u8; 20]>::try_from(id.as_bytes()) {
        Ok(bytes) => Ok(Oid(bytes)),
        Err(_) => Err(StoreError::Missing { what: format!("commit {id}: it is not the id of a Git commit") }),
    }
}

impl GitStore {
    /// Opens the repository that `GIT_DIR` names, else the one around `start`. Objects are looked for where Git's
    /// environment says as well: while a push is being judged, what was pushed lies in a quarantine of its own.
    pub fn from_env(start: &Path) -> Result<GitStore, StoreError> {
        let mut store = match std::env::var_os("GIT_DIR") {
            Some(dir) if !dir.is_empty() => GitStore::open(Path::new(&dir))?,
            _ => GitStore::discover(start)?,
        };
        let own = std::env::var_os("GIT_OBJECT_DIRECTORY").filter(|dir| !dir.is_empty()).map(PathBuf::from);
        let others = std::env::var_os("GIT_ALTERNATE_OBJECT_DIRECTORIES").unwrap_or_default();
        let others = std::env::split_paths(&others).filter(|dir| !dir.as_os_str().is_empty());
        store.use_objects(own, others.collect())?;
        Ok(store)
    }

    /// Takes `own` for the folder of new objects, and looks for objects in it and in `others` too.
    fn use_objects(&mut self, own: Option<PathBuf>, others: Vec<PathBuf>) -> Result<(), StoreError> {
        let odb = self.odb()?;
        let mut folders = self.folders.clone();
        for start in own.iter().chain(&others) {
            for folder in object_folders(start) {
                let known =
                    |there: &PathBuf| *there == folder || there.canonicalize().ok() == folder.canonicalize().ok();
                if folders.iter().any(known) {
                    continue;
                }
                let path = folder.to_str().ok_or_else(|| StoreError::Unsupported {
                    reason: format!("{} is not UTF-8; objects there cannot be read", folder.display()),
                })?;
                odb.add_disk_alternate(path).map_err(|e| StoreError::Io {
                    doing: format!("opening the objects in {}", folder.display()),
                    detail: e.message().to_string(),
                })?;
                folders.push(folder);
            }
        }
        drop(odb);
        self.folders = folders;
        if let Some(own) = own {
            self.objects = own;
        }
        Ok(())
    }

    /// Opens the repository around `start`, looking upwards as Git does, up to the folders in
    /// `GIT_CEILING_DIRECTORIES`.
    pub fn discover(start: &Path) -> Result<GitStore, StoreError> {
        let ceilings = std::env::var_os("GIT_CEILING_DIRECTORIES").unwrap_or_default();
        let ceilings: Vec<_> = std::env::split_paths(&ceilings).filter(|p| p.is_absolute()).collect();
        let found = git2::Repository::discover_path(start, &ceilings).map_err(|e| match e.code() {
            git2::ErrorCode::NotFound => StoreError::Missing {
                what: format!(
                    "Git repository at {} or above it; `gatos init` or `git init` makes one",
                    start.canonicalize().as_deref().unwrap_or(start).display()
                ),
            },
            _ => StoreError::Io {
                doing: format!("looking for a Git repository from {}", start.display()),
                detail: e.message().to_string(),
            },
        })?;
        GitStore::open(&found)
    }

    /// Opens the repository at exactly `path`: a working tree, a `.git` folder or a bare repository.
    pub fn open(path: &Path) -> Result<GitStore, StoreError> {
        check_format(path)?;
        let repo = git2::Repository::open(path).map_err(|e| open_error(path, &e))?;
        let common = repo.commondir().to_path_buf();
        let common = common.canonicalize().map_err(|e| io_error("opening", &common, e))?;
        let durability = match repo.config().and_then(|config| config.get_string("core.fsync")) {
            Ok(value) if value == "none" => Durability::None,
            _ => Durability::Fsync,
        };
        let refs = RefStore::new(common.clone(), durability);
        let objects = common.join("objects");
        Ok(GitStore { repo, refs, folders: object_folders(&objects), objects })
    }

    /// Opens the repository at `path`, or makes one there.
    pub fn init(path: &Path, bare: bool) -> Result<GitStore, StoreError> {
        match check_format(path).and_then(|()| GitStore::open(path)) {
            Err(StoreError::Missing { .. }) => {}
            other => return other,
        }
        std::fs::create_dir_all(path).map_err(|e| io_error("creating", path, e))?;
        let mut options = git2::RepositoryInitOptions::new();
        options.bare(bare).mkpath(true).external_template(false);
        git2::Repository::init_opts(path, &options).map_err(|e| match e.class() {
            git2::ErrorClass::Os => io_error("creating a repository at", path, std::io::Error::last_os_error()),
            _ => open_error(path, &e),
        })?;
        GitStore::open(path)
    }

    /// The repository's own folder, shared by its worktrees.
    pub fn common_dir(&self) -> &Path {
        self.repo.commondir()
    }

    /// The working tree, when there is one.
    pub fn workdir(&self) -> Option<&Path> {
        self.repo.workdir()
    }

    /// Sees refs as they would be after a push, `None` for a deleted one. Nothing can be written from then on.
    pub fn imagine(&mut self, refs: &[(String, Option<CommitId>)]) -> Result<(), StoreError> {
        for (name, target) in refs {
            let oid = target.as_ref().map(oid_of).transpose()?;
            self.refs.imagined.insert(name.clone(), oid);
        }
        Ok(())
    }

    /// Where Git looks for this repository's hooks.
    pub fn hooks_dir(&self) -> PathBuf {
        match self.repo.config().and_then(|config| config.get_path("core.hooksPath")) {
            // Relative to where hooks run: the working tree's top, or the Git folder of a bare repository.
            Ok(path) if path.is_relative() => self.workdir().unwrap_or(self.common_dir()).join(path),
            Ok(path) => path,
            Err(_) => self.common_dir().join("hooks"),
        }
    }

    /// How long to wait for another process's lock on a ref before giving up.
    pub fn set_patience(&mut self, patience: std::time::Duration) {
        self.refs.patience = patience;
    }

    /// A builder that keeps up to `small` objects loose.
    pub(crate) fn pack(&self, small: usize) -> PackBuilder {
        PackBuilder::new(small, self.refs.durability)
    }

    /// Whether history was cut off when this repository was cloned.
    pub(crate) fn is_shallow(&self) -> bool {
        self.repo.is_shallow()
    }

    /// Reads an object of a known kind, checked against its id.
    pub(crate) fn read_object(&self, odb: &git2::Odb<'_>, oid: Oid, kind: Kind) -> Result<Vec<u8>, StoreError> {
        match read_loose(&self.folders, &oid, kind)? {
            Some(body) => Ok(body),
            None => self.read_packed(odb, oid, kind),
        }
    }

    /// Reads an object that is known not to be loose.
    pub(crate) fn read_packed(&self, odb: &git2::Odb<'_>, oid: Oid, kind: Kind) -> Result<Vec<u8>, StoreError> {
        let name = || format!("{} {oid}", kind.word());
        let id = oid.to_git2().map_err(|e| crate::error::object_error(&name(), &e))?;
        let object = odb.read(id).map_err(|e| {
            if e.code() == git2::ErrorCode::NotFound && self.is_shallow() {
                return StoreError::Missing {
                    what: format!(
                        "{} here: this clone is shallow, its history was cut; run `git fetch --unshallow`",
                        name()
                    ),
                };
            }
            crate::error::object_error(&name(), &e)
        })?;
        if object.kind().str() != kind.word() {
            return Err(StoreError::Corrupt {
                what: format!("object {oid}"),
                detail: format!("it is a {} where a {} belongs", object.kind().str(), kind.word()),
            });
        }
        Ok(object.data().to_vec())
    }

    pub(crate) fn odb(&self) -> Result<git2::Odb<'_>, StoreError> {
        self.repo.odb().map_err(|e| StoreError::Io {
            doing: format!("opening {}", self.objects.display()),
            detail: e.message().to_string(),
        })
    }
}

/// Looks into the configuration before libgit2 does, whose own refusals do not say what to do.
fn check_format(path: &Path) -> Result<(), StoreError> {
    let Some(git_dir) = git_dir_at(path) else {
        return Err(StoreError::Missing {
            what: format!("Git repository at {}; `gatos init` or `git init` makes one", path.display()),
        });
    };
    let common = match std::fs::read_to_string(git_dir.join("commondir")) {
        Ok(text) => git_dir.join(text.trim_end()),
        Err(_) => git_dir,
    };
    let config_path = common.join("config");
    if !config_path.exists() {
        return Ok(());
    }
    let config = git2::Config::open(&config_path).map_err(|e| StoreError::Corrupt {
        what: config_path.display().to_string(),
        detail: e.message().to_string(),
    })?;
    let value = |key: &str| config.get_string(key).ok().map(|v| v.to_ascii_lowercase());
    let refuse = |what: String, why: &str, how: &str| {
        Err(StoreError::Unsupported { reason: format!("{} {what}: {why}; {how}", path.display()) })
    };
    if let Some(format) = value("extensions.objectformat")
        && format != "sha1"
    {
        return refuse(
            format!("keeps its objects by {format}"),
            "libgit2, which GATOS reads Git through, only knows SHA-1 repositories",
            "use a repository made with `git init --object-format=sha1`",
        );
    }
    if let Some(storage) = value("extensions.refstorage")
        && storage != "files"
    {
        return refuse(
            format!("keeps its refs as {storage}"),
            "libgit2, which GATOS reads Git through, only knows refs kept as files",
            "run `git refs migrate --ref-format=files` in it, or use one made with `git init --ref-format=files`",
        );
    }
    if value("extensions.partialclone").is_some() {
        return refuse(
            "is a partial clone".to_string(),
            "libgit2, which GATOS reads Git through, cannot fetch missing objects on demand",
            "clone it again without `--filter`",
        );
    }
    Ok(())
}

/// The `.git` folder that opening `path` would use, without asking libgit2.
fn git_dir_at(path: &Path) -> Option<PathBuf> {
    let looks_right =
        |dir: &Path| dir.join("HEAD").exists() && (dir.join("objects").is_dir() || dir.join("commondir").exists());
    let dot_git = path.join(".git");
    if dot_git.is_dir() && looks_right(&dot_git) {
        return Some(dot_git);
    }
    // A worktree or submodule keeps a file there instead, saying where the folder is.
    for file in [dot_git.as_path(), path] {
        if file.is_file() {
            let text = std::fs::read_to_string(file).ok()?;
            let target = text.strip_prefix("gitdir:")?.trim();
            let dir = file.parent()?.join(target);
            return looks_right(&dir).then_some(dir);
        }
    }
    looks_right(path).then(|| path.to_path_buf())
}

fn open_error(path: &Path, e: &git2::Error) -> StoreError {
    match e.code() {
        git2::ErrorCode::NotFound => StoreError::Missing {
            what: format!("Git repository at {}; `gatos init` or `git init` makes one", path.display()),
        },
        git2::ErrorCode::Owner => StoreError::Unsupported {
            reason: format!(
                "{} belongs to another user, so Git does not trust its configuration; \
                 `git config --global --add safe.directory {}` allows it",
                path.display(),
                path.display()
            ),
        },
        _ => StoreError::Unsupported { reason: format!("{} cannot be opened: {}", path.display(), e.message()) },
    }
}
