//! Refs moved the way Git moves them: `<ref>.lock` taken exclusively, the old value compared under it,
//! the new one written, fsynced and renamed into place. Safe beside any number of `git` processes.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use gatos_ledger_core::ports::{StoreError, SwapError};

use crate::error::io_error;
use crate::object::Oid;
use crate::pack::Durability;

/// The refs of a repository, by files.
pub(crate) struct RefStore {
    common_dir: PathBuf,
    /// How long to wait for another process's lock.
    pub(crate) patience: Duration,
    pub(crate) durability: Durability,
    /// Refs seen other than they are: as a push that is being judged would leave them.
    pub(crate) imagined: BTreeMap<String, Option<Oid>>,
}

/// Where a compare-and-swap ended when it did not move the ref.
pub(crate) enum RefSwapError {
    Moved { actual: Option<Oid> },
    Store(StoreError),
}

impl From<StoreError> for RefSwapError {
    fn from(e: StoreError) -> RefSwapError {
        RefSwapError::Store(e)
    }
}

impl RefSwapError {
    pub(crate) fn into_port(self) -> SwapError {
        match self {
            RefSwapError::Moved { actual } => SwapError::Moved { actual: actual.map(crate::repo::commit_id) },
            RefSwapError::Store(e) => SwapError::Store(e),
        }
    }
}

/// A held lock; dropping it without `commit` leaves the ref as it was.
struct Lock {
    path: PathBuf,
    file: Option<File>,
}

impl Drop for Lock {
    fn drop(&mut self) {
        if self.file.take().is_some() {
            // Best effort: a lock that stays is reported, with its path, to whoever comes next.
            let _ = fs::remove_file(&self.path);
        }
    }
}

impl RefStore {
    pub(crate) fn new(common_dir: PathBuf, durability: Durability) -> RefStore {
        RefStore { common_dir, patience: Duration::from_secs(10), durability, imagined: BTreeMap::new() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.common_dir.join(name)
    }

    fn check_name(name: &str) -> Result<(), StoreError> {
        if name.starts_with("refs/") && git2::Reference::is_valid_name(name) {
            return Ok(());
        }
        Err(StoreError::Clash { name: name.to_string(), detail: "Git does not allow this as a ref name".to_string() })
    }

    /// Where a ref points: the loose file, else `packed-refs`.
    pub(crate) fn read(&self, name: &str) -> Result<Option<Oid>, StoreError> {
        Self::check_name(name)?;
        if let Some(imagined) = self.imagined.get(name) {
            return Ok(*imagined);
        }
        // Git may pack a ref between our two looks, moving it from the first place to the second, and a writer
        // may then make it loose again; a second round sees that.
        for _ in 0..2 {
            if let Some(oid) = self.read_loose(name)? {
                return Ok(Some(oid));
            }
            if let Some(oid) = self.packed()?.remove(name) {
                return Ok(Some(oid));
            }
        }
        Ok(None)
    }

    fn read_loose(&self, name: &str) -> Result<Option<Oid>, StoreError> {
        let path = self.path(name);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if is_absent(&e) => return Ok(None),
            // A folder of that name holds deeper refs, or is empty: either way no ref.
            Err(_) if path.is_dir() => return Ok(None),
            Err(e) => return Err(io_error("reading", &path, e)),
        };
        match Oid::parse(text.trim_end()) {
            Some(oid) => Ok(Some(oid)),
            None => Err(StoreError::Corrupt {
                what: format!("ref {name}"),
                detail: if text.starts_with("ref:") {
                    "it is a symbolic ref, which GATOS never writes".to_string()
                } else if text.trim().is_empty() {
                    "its file is empty, as a power cut can leave it; delete it and fetch the ref again, or find its \
                     last commit with `git fsck --lost-found`"
                        .to_string()
                } else {
                    "its file does not hold a SHA-1".to_string()
                },
            }),
        }
    }

    fn packed(&self) -> Result<BTreeMap<String, Oid>, StoreError> {
        let path = self.path("packed-refs");
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if is_absent(&e) => return Ok(BTreeMap::new()),
            Err(e) => return Err(io_error("reading", &path, e)),
        };
        let mut out = BTreeMap::new();
        for line in text.lines() {
            if line.starts_with(['#', '^']) || line.is_empty() {
                continue;
            }
            let parsed = line.split_once(' ').and_then(|(hex, name)| Some((name, Oid::parse(hex)?)));
            let Some((name, oid)) = parsed else {
                return Err(StoreError::Corrupt {
                    what: path.display().to_string(),
                    detail: "a line of it is not `<sha1> <ref>`".to_string(),
                });
            };
            out.insert(name.to_string(), oid);
        }
        Ok(out)
    }

    /// All refs under a prefix, by name. A loose ref hides a packed one.
    pub(crate) fn list(&self, prefix: &str) -> Result<BTreeMap<String, Oid>, StoreError> {
        let mut out = self.packed()?;
        out.retain(|name, _| name.starts_with(prefix));
        let folder = prefix.rsplit_once('/').map_or("refs", |(folder, _)| folder);
        let mut names = Vec::new();
        self.walk(folder, &mut names)?;
        for name in names {
            if name.starts_with(prefix)
                && git2::Reference::is_valid_name(&name)
                && let Some(oid) = self.read(&name)?
            {
                out.insert(name, oid);
            }
        }
        for (name, oid) in self.imagined.iter().filter(|(name, _)| name.starts_with(prefix)) {
            match oid {
                Some(oid) => _ = out.insert(name.clone(), *oid),
                None => _ = out.remove(name),
            }
        }
        Ok(out)
    }

    fn walk(&self, folder: &str, names: &mut Vec<String>) -> Result<(), StoreError> {
        let mut folders = vec![folder.to_string()];
        while let Some(folder) = folders.pop() {
            let path = self.path(&folder);
            let listing = match fs::read_dir(&path) {
                Ok(listing) => listing,
                Err(e) if is_absent(&e) => continue,
                Err(e) => return Err(io_error("listing", &path, e)),
            };
            for entry in listing {
                let entry = entry.map_err(|e| io_error("listing", &path, e))?;
                let Ok(file_name) = entry.file_name().into_string() else { continue };
                let name = format!("{folder}/{file_name}");
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() => folders.push(name),
                    Ok(_) if !file_name.ends_with(".lock") => names.push(name),
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// Moves a ref from `old` to `new`. When this returns the move is on disk.
    pub(crate) fn swap(&self, name: &str, old: Option<Oid>, new: Oid) -> Result<(), RefSwapError> {
        Self::check_name(name)?;
        if !self.imagined.is_empty() {
            let place = "a repository seen as a push would leave it".to_string();
            return Err(StoreError::ReadOnly { place }.into());
        }
        let path = self.path(name);
        let mut lock = self.lock(name, &path)?;
        let actual = self.read(name)?;
        if actual != old {
            return Err(RefSwapError::Moved { actual });
        }
        if actual.is_none() {
            self.check_room(name)?;
        }
        let io = |e| RefSwapError::Store(io_error("writing", &path, e));
        if let Some(file) = lock.file.as_mut() {
            file.write_all(format!("{new}\n").as_bytes()).and_then(|()| self.durability.file(file)).map_err(io)?;
        }
        if path.is_dir() {
            // Git leaves empty folders behind when it packs refs; only empty ones can go.
            remove_empty_folders(&path);
        }
        fs::rename(&lock.path, &path).map_err(io)?;
        lock.file = None;
        let parent = path.parent().unwrap_or(&self.common_dir);
        self.durability.folder(parent).map_err(io)
    }

    /// Git cannot hold both `a` and `a/b`.
    fn check_room(&self, name: &str) -> Result<(), StoreError> {
        let clash = |other: &str| StoreError::Clash {
            name: name.to_string(),
            detail: format!("{other} exists, and Git cannot store both"),
        };
        if let Some(inner) = self.list(&format!("{name}/"))?.keys().next() {
            return Err(clash(inner));
        }
        let mut outer = name;
        while let Some((front, _)) = outer.rsplit_once('/') {
            if front == "refs" {
                break;
            }
            if self.read(front)?.is_some() {
                return Err(clash(front));
            }
            outer = front;
        }
        Ok(())
    }

    fn lock(&self, name: &str, path: &Path) -> Result<Lock, StoreError> {
        let lock_path = PathBuf::from(format!("{}.lock", path.display()));
        let started = Instant::now();
        let mut tries: u32 = 0;
        loop {
            if let Some(parent) = path.parent() {
                self.make_folders(name, parent)?;
            }
            match OpenOptions::new().write(true).create_new(true).open(&lock_path) {
                Ok(file) => return Ok(Lock { path: lock_path, file: Some(file) }),
                // Git removes empty folders while it packs refs: make them again.
                Err(e) if e.kind() == io::ErrorKind::NotFound && tries < 100 => {}
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                    if started.elapsed() >= self.patience {
                        return Err(held(name, &lock_path, self.patience));
                    }
                }
                Err(e) => return Err(io_error("creating", &lock_path, e)),
            }
            tries = tries.saturating_add(1);
            std::thread::sleep(jitter(tries));
        }
    }

    fn make_folders(&self, name: &str, parent: &Path) -> Result<(), StoreError> {
        if parent.is_dir() {
            return Ok(());
        }
        match fs::create_dir_all(parent) {
            Ok(()) => Ok(()),
            Err(e) if matches!(e.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory) => {
                self.check_room(name)?;
                Err(io_error("creating", parent, e))
            }
            Err(e) => Err(io_error("creating", parent, e)),
        }
    }
}

fn is_absent(e: &io::Error) -> bool {
    matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn held(name: &str, lock_path: &Path, waited: Duration) -> StoreError {
    let age = fs::metadata(lock_path)
        .and_then(|m| m.modified())
        .ok()
        .and_then(|then| SystemTime::now().duration_since(then).ok())
        .map_or(String::new(), |age| format!(" for {} s", age.as_secs()));
    StoreError::Locked {
        name: name.to_string(),
        detail: format!(
            "another process has held {}{age} and we waited {} s; if no git or gatos is running on this repository, \
             one died while holding it: delete that file and try again",
            lock_path.display(),
            waited.as_secs()
        ),
    }
}

/// A pause that grows with the tries and differs between processes and threads, so that they do not march in step.
pub fn jitter(tries: u32) -> Duration {
    use std::hash::{BuildHasher, Hasher};
    let mut hasher = std::collections::hash_map::RandomState::new().build_hasher();
    hasher.write_u32(tries);
    let ceiling_us = 500u64 << tries.min(7);
    Duration::from_micros(200 + hasher.finish() % ceiling_us)
}

fn remove_empty_folders(path: &Path) {
    if let Ok(listing) = fs::read_dir(path) {
        for entry in listing.flatten() {
            if entry.path().is_dir() {
                remove_empty_folders(&entry.path());
            }
        }
    }
    // Fails, rightly, when something is inside.
    let _ = fs::remove_dir(path);
}
