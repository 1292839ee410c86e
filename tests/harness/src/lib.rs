//! What the project's own tests share: the map of the rooms, the golden runner, and
//! the reader of documentation examples.
#![forbid(unsafe_code)]

pub mod claims;
pub mod engine;
pub mod golden;
pub mod golden_policy;
pub mod map;
pub mod markdown;
pub mod policy;
pub mod reference;
pub mod rego;

use std::path::{Path, PathBuf};

/// The checkout's top folder.
pub fn root() -> PathBuf {
    // This package lies two folders below the top.
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// A file's path from the top folder, with forward slashes.
pub fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

/// All files below a folder with one of these extensions, sorted; build folders are left out.
pub fn files_below(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_path_buf()];
    while let Some(folder) = waiting.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            if path.is_dir() {
                if name != "target" && name != "book" && !name.starts_with('.') {
                    waiting.push(path);
                }
            } else if extensions.iter().any(|e| path.extension().is_some_and(|x| x == *e)) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
