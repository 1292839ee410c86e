//! Writing files so that a reader sees the old content or the new, never a part.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::failure::{Failure, Result};

/// Replaces a file's content in one step. Symbolic links are followed; what is not a regular file,
/// such as a device or a pipe, is written to as it is.
///
/// # Errors
/// When the folder is missing or may not be written; the old content is untouched then.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<()> {
    if path.is_dir() {
        return Err(Failure::io("write", path, &io::ErrorKind::IsADirectory.into()));
    }
    if !is_replaceable(path) {
        let write = || OpenOptions::new().write(true).open(path)?.write_all(bytes);
        return write().map_err(|e| match e.kind() {
            io::ErrorKind::BrokenPipe => Failure::closed(),
            _ => Failure::io("write", path, &e),
        });
    }
    let target = followed(path);
    let tmp = sibling(&target);
    let write = || -> io::Result<()> {
        let mut file = File::create(&tmp)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&tmp, &target)
    };
    write().map_err(|e| {
        let _ = fs::remove_file(&tmp);
        match e.kind() {
            io::ErrorKind::NotFound => {
                Failure::input(format!("cannot write {}: there is no such folder", path.display()))
                    .help(format!("`mkdir -p {}` makes it", target.parent().unwrap_or(Path::new(".")).display()))
            }
            _ => Failure::io("write", path, &e),
        }
    })
}

/// Whether a path is a regular file or can become one, as opposed to a device, a pipe or one of
/// the names of this process's own streams.
pub fn is_replaceable(path: &Path) -> bool {
    let stream = path.starts_with("/dev") || path.starts_with("/proc");
    match fs::metadata(path) {
        Ok(meta) => meta.is_file() && !stream,
        Err(_) => true,
    }
}

/// Where symbolic links lead, also when nothing is there yet.
fn followed(path: &Path) -> PathBuf {
    // As many as systems follow; a longer chain fails when it is written.
    const MOST_LINKS: usize = 40;
    let mut at = path.to_path_buf();
    for _ in 0..MOST_LINKS {
        match fs::read_link(&at) {
            // An absolute target replaces all of it.
            Ok(next) => at = at.parent().unwrap_or(Path::new("")).join(next),
            Err(_) => break,
        }
    }
    at
}

/// Refuses a name for what is written that a source, events or code has, or that is one of the files that are read: a
/// slip on the command line must not cost a program.
///
/// # Errors
/// When it is such a name.
pub fn check_output(out: &Path, read: &[&Path]) -> Result<()> {
    const KEPT: [&str; 9] = ["lua", "rgs", "rego", "jsonl", "gz", "zst", "elc", "rgc", "yaml"];
    let same = |other: &Path| match (out.canonicalize(), other.canonicalize()) {
        (Ok(out), Ok(other)) => out == other,
        _ => out == other,
    };
    if let Some(other) = read.iter().find(|other| same(other)) {
        return Err(Failure::usage(format!("the output would replace {}, which is read", other.display()))
            .help("name another file"));
    }
    // A link is judged by where it leads too.
    let leads = out.canonicalize().ok();
    let ending = |path: &Path| path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase);
    for path in std::iter::once(out).chain(leads.as_deref()) {
        if let Some(ending) = ending(path).filter(|ending| KEPT.contains(&ending.as_str())) {
            return Err(Failure::usage(format!("{} is named as a source or events are (.{ending})", out.display()))
                .help("name another file: what is there would be replaced"));
        }
    }
    Ok(())
}

/// Writes a file only where there is none yet; says whether it did.
///
/// # Errors
/// When the folder cannot be made or written.
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<bool> {
    if path.exists() {
        return Ok(false);
    }
    if let Some(parent) = path.parent() {
        make_dir(parent)?;
    }
    write_atomic(path, bytes)?;
    Ok(true)
}

/// Makes a folder and those above it.
///
/// # Errors
/// When it cannot be made.
pub fn make_dir(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(|e| Failure::io("make the folder", path, &e))
}

fn sibling(path: &Path) -> PathBuf {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    path.with_file_name(format!(".{name}.tmp-{}", std::process::id()))
}
