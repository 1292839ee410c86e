//! Which files make up a policy: `.rgs` sources and `.json` data below folders, in a fixed order.
//!
//! A data file's place below `data` is its path from the folder: `limits/finance.json` is
//! `data.limits.finance`, and a `data.json` is merged into its folder's place.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::{Failure, Result};
use crate::input;
use crate::output::Output;

/// Where a project keeps its policies, from the top of its working tree.
pub const POLICIES_DIR: &str = "gatos/policies";
/// The ending of policy sources.
pub const SOURCE_ENDING: &str = "rgs";
/// The ending of files that hold tests alone: they are not published.
pub const TEST_ENDING: &str = "_test.rgs";

/// How deep folders are searched.
const MAX_FOLDERS: usize = 32;
/// How many files are taken.
const MAX_FILES: usize = 4_096;

/// A source text and the name that messages and decisions give it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SourceText {
    /// Its name.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// What was found below some folders or named as files.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Found {
    /// Sources, sorted by name.
    pub sources: Vec<SourceText>,
    /// Data by path as bundles name it, `data/limits/finance.json`; and the file it came from.
    pub data: BTreeMap<String, (PathBuf, Vec<u8>)>,
    /// Files that look like data and are none.
    pub ignored: Vec<PathBuf>,
}

impl Found {
    /// Warns of files that look like data and are not read.
    pub fn warn_ignored(&self, out: &Output) {
        for file in &self.ignored {
            out.warn(format!("{} is not read: data files are strict JSON, named .json", file.display()));
        }
    }

    /// Leaves files of tests out, as what is published has none, unless there is nothing else; gives their names.
    pub fn leave_tests_out(&mut self) -> Vec<String> {
        let is_test = |source: &SourceText| source.name.ends_with(TEST_ENDING);
        if self.sources.iter().all(is_test) {
            return Vec::new();
        }
        let names = self.sources.iter().filter(|source| is_test(source)).map(|source| source.name.clone()).collect();
        self.sources.retain(|source| !is_test(source));
        names
    }
}

/// Reads sources and data below `paths`: folders are searched, files are taken as they are.
///
/// # Errors
/// When something cannot be read, is not text, or there is no source at all.
pub fn find(paths: &[PathBuf]) -> Result<Found> {
    let mut found = Found::default();
    for path in paths {
        if path.is_dir() {
            let mut files = Vec::new();
            walk(path, 0, &mut files)?;
            for file in files {
                take(&mut found, &file, Some(path))?;
            }
        } else {
            take(&mut found, path, None)?;
        }
    }
    found.sources.sort_by(|a, b| a.name.cmp(&b.name));
    found.sources.dedup();
    if found.sources.is_empty() {
        let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        return Err(Failure::input(format!("there is no policy in {}", names.join(", ")))
            .help(format!("policies are files that end with .{SOURCE_ENDING}; `gatos init` writes a first one")));
    }
    Ok(found)
}

/// What `gatos policy install` publishes: everything below the policies' folder but tests.
///
/// # Errors
/// As [`find`].
pub fn of_project(top: &Path) -> Result<Found> {
    let folder = top.join(POLICIES_DIR);
    if !folder.is_dir() {
        return Err(Failure::input(format!("there is no folder {}", folder.display()))
            .help("`gatos init` makes it, with a first policy"));
    }
    of_folder(&folder)
}

/// A folder as a bundle has it: names are those that decisions show, `policies/exec.rgs`.
///
/// # Errors
/// As [`find`].
pub fn of_folder(folder: &Path) -> Result<Found> {
    let mut found = find(&[folder.to_path_buf()])?;
    found.sources.retain(|source| !source.name.ends_with(TEST_ENDING));
    let prefix = slashed(folder);
    for source in &mut found.sources {
        if let Some(rest) = source.name.strip_prefix(&prefix) {
            source.name = format!("policies/{}", rest.trim_start_matches('/'));
        }
    }
    Ok(found)
}

fn take(found: &mut Found, file: &Path, folder: Option<&Path>) -> Result<()> {
    if found.sources.len() + found.data.len() >= MAX_FILES {
        return Err(Failure::input(format!("a policy has at most {MAX_FILES} files")));
    }
    let is = |ending: &str| file.extension().is_some_and(|e| e.eq_ignore_ascii_case(ending));
    if let Some(folder) = folder.filter(|_| is("json") || is(SOURCE_ENDING)) {
        let is_link = fs::symlink_metadata(file).is_ok_and(|meta| meta.is_symlink());
        // A folder is published as it is, and a link may lead to anything.
        if is_link
            && let (Ok(real), Ok(folder)) = (file.canonicalize(), folder.canonicalize())
            && !real.starts_with(&folder)
        {
            return Err(Failure::input(format!(
                "{} is a link out of the folder, and what it leads to would be published with the policy",
                file.display()
            ))
            .help("copy the file into the folder, or name it on the command line"));
        }
    }
    match folder {
        Some(_) if ["yaml", "yml", "toml", "jsonl", "json5"].into_iter().any(is) => {
            found.ignored.push(file.to_path_buf());
        }
        Some(folder) if is("json") => {
            let place = file.strip_prefix(folder).unwrap_or(file);
            let bytes = input::read_file(file)?;
            let key = format!("data/{}", slashed(place));
            if let Some((other, _)) = found.data.get(&key).filter(|(other, _)| *other != file) {
                return Err(Failure::input(format!(
                    "{} and {} have the same place below data",
                    other.display(),
                    file.display()
                ))
                .help("rename one of them, or join them"));
            }
            found.data.insert(key, (file.to_path_buf(), bytes));
        }
        // Named by hand, whatever its ending.
        _ if is(SOURCE_ENDING) || folder.is_none() => {
            let name = if file == Path::new("-") { "stdin".to_owned() } else { slashed(file) };
            found.sources.push(SourceText { name, text: input::read_text(file)? });
        }
        _ => {}
    }
    Ok(())
}

fn walk(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<()> {
    if depth > MAX_FOLDERS {
        return Err(Failure::input(format!("{} lies more than {MAX_FOLDERS} folders deep", folder.display())));
    }
    let list = |e: std::io::Error| Failure::io("list", folder, &e);
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(list)? {
        let entry = entry.map_err(list)?;
        // What is hidden is someone else's: editors, Git.
        if !entry.file_name().to_string_lossy().starts_with('.') {
            entries.push(entry.path());
        }
    }
    entries.sort();
    for path in entries {
        let meta = fs::symlink_metadata(&path).map_err(|e| Failure::io("read", &path, &e))?;
        // Links to folders are not followed, so the walk ends.
        if meta.is_dir() {
            walk(&path, depth + 1, files)?;
        } else if !path.is_dir() {
            files.push(path);
            if files.len() > 16 * MAX_FILES {
                return Err(Failure::input(format!("{} holds too many files", folder.display())));
            }
        }
    }
    Ok(())
}

/// A path with slashes, whatever the system writes.
pub fn slashed(path: &Path) -> String {
    let parts: Vec<String> = path
        .components()
        .filter(|part| *part != std::path::Component::CurDir)
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    match parts.first().map(String::as_str) {
        Some("/") => format!("/{}", parts[1..].join("/")),
        _ => parts.join("/"),
    }
}
