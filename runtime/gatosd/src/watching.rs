//! `--watch`: work that is done again whenever a file changes that it depends on, until Ctrl-C.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, SystemTime};

use notify::{Config, EventKind, PollWatcher, RecommendedWatcher, RecursiveMode, Watcher};

use crate::failure::{Failure, Result};
use crate::output::Output;

/// Editors write a file in several steps; changes this close together are one.
const QUIET: Duration = Duration::from_millis(80);
/// However busy the folders are, work begins again after this long.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often files are looked at where the system cannot tell.
const POLL: Duration = Duration::from_millis(500);
/// Files that are remembered, at most.
const MOST: usize = 100_000;
/// How deep folders are searched.
const MAX_FOLDERS: usize = 32;

/// What work depends on.
#[derive(Clone, Default, Debug)]
pub struct Seen {
    /// Files and folders that were named.
    pub paths: Vec<PathBuf>,
    /// Endings of the files that count below folders, and beside files: `lua`.
    pub endings: Vec<&'static str>,
    /// Further files by their full names, such as a configuration.
    pub files: Vec<PathBuf>,
}

impl Seen {
    /// Sources and tests: modules and expectations lie beside them.
    pub fn tests(paths: &[PathBuf], data: &[PathBuf]) -> Seen {
        let endings = vec!["lua", "rgs", "json", "jsonl", "gz", "zst", "yaml"];
        Seen { paths: paths.to_vec(), endings, files: data.to_vec() }
    }

    /// Sources alone, and a configuration.
    pub fn sources(paths: &[PathBuf], config: Option<&Path>) -> Seen {
        let files = config.map(Path::to_path_buf).into_iter().collect();
        Seen { paths: paths.to_vec(), endings: vec!["lua", "rgs"], files }
    }

    /// A program with what it reads.
    pub fn run(program: &Path, files: Vec<PathBuf>) -> Seen {
        Seen { paths: vec![program.to_path_buf()], endings: vec!["lua", "rgs", "elc", "rgc", "json", "yaml"], files }
    }

    fn counts(&self, path: &Path) -> bool {
        path.extension().is_some_and(|e| self.endings.iter().any(|ending| e == *ending))
    }

    /// The folders to watch, and whether with all below them.
    fn folders(&self) -> BTreeMap<PathBuf, bool> {
        let mut out: BTreeMap<PathBuf, bool> = BTreeMap::new();
        for path in &self.paths {
            match path.is_dir() {
                true => _ = out.insert(path.clone(), true),
                // Modules lie below the folder of their program.
                false => _ = out.insert(parent(path), true),
            }
        }
        for file in &self.files {
            let folder = parent(file);
            let within = out.iter().any(|(root, deep)| *deep && folder.starts_with(root));
            if folder.is_dir() && !within {
                out.entry(folder).or_insert(false);
            }
        }
        out
    }

    /// Size and time of every file that counts.
    fn stamps(&self) -> BTreeMap<PathBuf, (u64, Option<SystemTime>)> {
        let mut out = BTreeMap::new();
        for (folder, deep) in self.folders() {
            walk(&folder, if deep { 0 } else { MAX_FOLDERS }, &mut |path| {
                if (deep && self.counts(path)) || self.files.iter().any(|f| f == path) {
                    stamp(path, &mut out);
                }
                out.len() < MOST
            });
        }
        for file in self.files.iter().chain(self.paths.iter().filter(|p| p.is_file())) {
            stamp(file, &mut out);
        }
        out
    }
}

fn parent(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_path_buf(),
        _ => PathBuf::from("."),
    }
}

fn stamp(path: &Path, out: &mut BTreeMap<PathBuf, (u64, Option<SystemTime>)>) {
    if let Ok(meta) = std::fs::metadata(path) {
        out.insert(path.to_path_buf(), (meta.len(), meta.modified().ok()));
    }
}

fn walk(folder: &Path, depth: usize, each: &mut dyn FnMut(&Path) -> bool) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else { return true };
    for entry in entries.flatten() {
        let path = entry.path();
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        let kind = entry.file_type();
        let going = match kind {
            _ if hidden => true,
            Ok(kind) if kind.is_dir() => depth >= MAX_FOLDERS || walk(&path, depth + 1, each),
            Ok(_) => each(&path),
            Err(_) => true,
        };
        if !going {
            return false;
        }
    }
    true
}

/// Does the work, and again whenever what it depends on changes. What it fails with is told, and the next change
/// is waited for. Never returns but with an error of the watching itself; Ctrl-C ends the process.
///
/// # Errors
/// When the files cannot be watched.
pub fn repeat(out: &Output, seen: &Seen, mut work: impl FnMut() -> Result<()>) -> Result<()> {
    if seen.paths.iter().any(|path| path == Path::new("-")) {
        return Err(Failure::usage("stdin cannot be watched").help("name a file"));
    }
    let (sender, changes) = mpsc::channel();
    let mut watcher = Some(Eyes::open(seen, sender)?);
    loop {
        let before = seen.stamps();
        match work() {
            Ok(()) => {}
            Err(failure) if failure == Failure::closed() => return Err(failure),
            Err(failure) => _ = out.tell(&failure),
        }
        let watched = before.len();
        out.say(format!(
            "\u{2014} waiting for changes of {watched} {}; Ctrl-C ends \u{2014}",
            if watched == 1 { "file" } else { "files" }
        ));
        wait(seen, &before, &changes, &mut watcher);
    }
}

/// Waits until the stamps of files are others.
fn wait(
    seen: &Seen,
    before: &BTreeMap<PathBuf, (u64, Option<SystemTime>)>,
    changes: &Receiver<()>,
    eyes: &mut Option<Eyes>,
) {
    loop {
        // What changed while the work went on is in the stamps already.
        let mut waited = Duration::ZERO;
        if seen.stamps() != *before {
            while changes.recv_timeout(QUIET).is_ok() && waited < PATIENCE {
                waited += QUIET;
            }
            return;
        }
        // Looked at now and then even when nothing was told: a watched folder may have been replaced.
        match changes.recv_timeout(Duration::from_secs(2)) {
            Ok(()) | Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                *eyes = None;
                std::thread::sleep(POLL);
            }
        }
    }
}

/// Somebody who tells that something changed.
enum Eyes {
    System(#[allow(dead_code, reason = "watching ends when it is dropped")] RecommendedWatcher),
    Poll(#[allow(dead_code, reason = "watching ends when it is dropped")] PollWatcher),
}

impl Eyes {
    fn open(seen: &Seen, sender: mpsc::Sender<()>) -> Result<Eyes> {
        let told = move |sender: mpsc::Sender<()>| {
            move |event: notify::Result<notify::Event>| {
                if event.is_ok_and(|event| !matches!(event.kind, EventKind::Access(_))) {
                    let _ = sender.send(());
                }
            }
        };
        let system = RecommendedWatcher::new(told(sender.clone()), Config::default());
        if let Ok(mut watcher) = system
            && watch(&mut watcher, seen).is_ok()
        {
            return Ok(Eyes::System(watcher));
        }
        // Out of watches, or a system without them.
        let fail = |e: notify::Error| Failure::world(format!("the files cannot be watched: {e}"));
        let mut watcher = PollWatcher::new(told(sender), Config::default().with_poll_interval(POLL)).map_err(fail)?;
        watch(&mut watcher, seen).map_err(fail)?;
        Ok(Eyes::Poll(watcher))
    }
}

fn watch(watcher: &mut dyn Watcher, seen: &Seen) -> notify::Result<()> {
    let folders: BTreeSet<(PathBuf, bool)> = seen.folders().into_iter().collect();
    for (folder, deep) in folders {
        let mode = if deep { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive };
        watcher.watch(&folder, mode)?;
    }
    Ok(())
}
