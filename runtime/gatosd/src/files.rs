//! Writing files so that a reader sees the old content or the new, never a part.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::failure::{Failure, Result};

/// Replaces a file's content in one step.
///
/// # Errors
/// When the folder is missing or may not be written; the old content is untouched then.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<()> {
    if path.is_dir() {
        return Err(Failure::io("write", path, &io::ErrorKind::IsADirectory.into()));
    }
    let tmp = sibling(path);
    let write = || -> io::Result<()> {
        let mut file = File::create(&tmp)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&tmp, path)
    };
    write().map_err(|e| {
        let _ = fs::remove_file(&tmp);
        match e.kind() {
            io::ErrorKind::NotFound => {
                Failure::world(format!("cannot write {}: there is no such folder", path.display()))
                    .help(format!("`mkdir -p {}` makes it", path.parent().unwrap_or(Path::new(".")).display()))
            }
            _ => Failure::io("write", path, &e),
        }
    })
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
