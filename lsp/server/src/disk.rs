//! Files on disk: which of them count, finding them, reading them within limits. Nothing here follows links to
//! folders, and everything ends.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::Path;
use std::time::SystemTime;

use gatos_ide::Language;

use crate::uri::slashed;

/// The largest text that is analysed.
pub const MAX_TEXT_BYTES: usize = 4 << 20;
/// How much of a file is read to see whether it says that it is a fold.
const HEAD_BYTES: u64 = 8 << 10;
/// How deep folders are looked into.
const MAX_DEPTH: usize = 48;
/// How many files and folders of a workspace are looked at.
const MAX_ENTRIES: usize = 400_000;
/// Folders that hold what others wrote, besides those whose name begins with a dot.
const FOREIGN: [&str; 3] = ["node_modules", "target", "__pycache__"];

/// What a file is to us.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A program.
    Program(Language),
    /// A program if it says so.
    PerhapsFold,
    /// Data of policies.
    Data,
    /// A project's configuration.
    Config,
}

/// What a path is by its name and place.
pub fn kind_of(path: &str) -> Option<Kind> {
    let name = path.rsplit('/').next()?;
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    match ending.as_deref() {
        Some("rgs") => Some(Kind::Program(Language::Rgs)),
        Some("lua") if path.contains("/gatos/folds/") => Some(Kind::Program(Language::EchoLua)),
        Some("lua") => Some(Kind::PerhapsFold),
        Some("json") if path.contains("/gatos/policies/") || path.contains("/gatos/schemas/") => Some(Kind::Data),
        Some("toml" | "yaml" | "yml") if path.contains("/gatos/config/") => Some(Kind::Config),
        _ => None,
    }
}

/// The project that a path lies in, by its own words.
pub fn project_of(path: &str) -> Option<&str> {
    path.rfind("/gatos/").and_then(|at| path.get(..at)).filter(|root| !root.is_empty())
}

/// Whether the first comment block of a Lua text says that it is a fold.
pub fn says_fold(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).skip_while(|line| line.is_empty() || line.starts_with("#!"));
    lines.by_ref().take_while(|line| line.starts_with("--")).any(|line| {
        let words = line.trim_start_matches('-').trim();
        words.split_once(':').is_some_and(|(a, b)| a.trim() == "gatos" && b.split_whitespace().next() == Some("fold"))
    })
}

/// The language of a text at a path; `named` is what a client calls it.
pub fn language(path: &str, text: &str, named: Option<&str>) -> Option<Language> {
    // Some editors send one name for all that a server is for; an ending like this is never anything else.
    if let Some(Kind::Program(Language::Rgs)) = kind_of(path) {
        return Some(Language::Rgs);
    }
    match named {
        Some("echolua" | "gatos-fold") => return Some(Language::EchoLua),
        Some("rgs" | "gatos-policy") => return Some(Language::Rgs),
        _ => {}
    }
    match kind_of(path) {
        Some(Kind::Program(language)) => Some(language),
        Some(Kind::PerhapsFold) if says_fold(text) => Some(Language::EchoLua),
        None if named == Some("lua") && says_fold(text) => Some(Language::EchoLua),
        _ => None,
    }
}

/// The modules that a text requires, by its words alone: `require "a.b"`, `require('a')`.
pub fn required(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("require") {
        let (before, after) = (rest.get(..at).unwrap_or_default(), rest.get(at + 7..).unwrap_or_default());
        rest = after;
        if before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '.') {
            continue;
        }
        let argument = after.trim_start().trim_start_matches('(').trim_start();
        let Some(quote) = argument.chars().next().filter(|c| matches!(c, '"' | '\'')) else { continue };
        let Some((name, _)) = argument.get(1..).and_then(|inner| inner.split_once(quote)) else { continue };
        if is_module(name) && !out.iter().any(|known| known == name) {
            out.push(name.to_owned());
        }
    }
    out
}

fn is_module(name: &str) -> bool {
    name.len() <= 200
        && name.split('.').all(|p| !p.is_empty() && p.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-')))
}

/// The path of a module required by the file at `path`.
pub fn module_path(path: &str, module: &str) -> Option<String> {
    let (folder, _) = path.rsplit_once('/')?;
    Some(format!("{folder}/{}.lua", module.replace('.', "/")))
}

/// When a file was written and how large it is: when that stays, so does its text.
pub type Stat = (Option<SystemTime>, u64);

/// What a folder holds.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Listing {
    /// Files that may count, by path.
    pub files: BTreeMap<String, Stat>,
    /// Folders that hold `gatos/`.
    pub roots: BTreeSet<String>,
    /// Whether there was too much to look at.
    pub is_cut: bool,
}

/// Looks through a folder.
pub fn list(folder: &str) -> Listing {
    let mut listing = Listing::default();
    let mut left = MAX_ENTRIES;
    walk(Path::new(folder), 0, &mut left, &mut listing);
    listing
}

fn walk(folder: &Path, depth: usize, left: &mut usize, listing: &mut Listing) {
    // A folder that cannot be read holds nothing for us.
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        if *left == 0 || depth > MAX_DEPTH {
            listing.is_cut = true;
            return;
        }
        *left -= 1;
        let Ok(kind) = entry.file_type() else { continue };
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if kind.is_dir() {
            if name.starts_with('.') || FOREIGN.contains(&&*name) {
                continue;
            }
            if name == "gatos" {
                listing.roots.insert(slashed(folder));
            }
            walk(&entry.path(), depth + 1, left, listing);
        } else {
            let path = slashed(&entry.path());
            if kind_of(&path).is_none() {
                continue;
            }
            // Links to files are followed: `metadata` is of what they lead to.
            let Ok(meta) = fs::metadata(entry.path()) else { continue };
            if meta.is_file() {
                listing.files.insert(path, (meta.modified().ok(), meta.len()));
            }
        }
    }
}

/// When a file was written and how large it is; none when it is not there.
pub fn stat(path: &str) -> Option<Stat> {
    let meta = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    Some((meta.modified().ok(), meta.len()))
}

/// The nearest folder above a file that holds `gatos/`.
pub fn root_above(path: &str) -> Option<String> {
    if let Some(project) = project_of(path) {
        return Some(project.to_owned());
    }
    let mut folder = Path::new(path).parent();
    while let Some(here) = folder {
        if here.join("gatos").is_dir() {
            return Some(slashed(here));
        }
        folder = here.parent();
    }
    None
}

/// What is wrong with a file as a whole.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Trouble {
    /// The file.
    pub path: String,
    /// The line, from zero.
    pub line: u32,
    /// What is wrong.
    pub message: String,
    /// Whether it is an error; else a warning.
    pub is_error: bool,
}

/// What to say of a text that is too large.
pub fn too_large(path: &str, bytes: u64) -> Trouble {
    // One place after the point, without a float.
    let tenths = bytes.saturating_mul(10) >> 20;
    Trouble {
        path: path.to_owned(),
        line: 0,
        message: format!(
            "this file has {}.{} MiB; only files of up to {} MiB are analysed",
            tenths / 10,
            tenths % 10,
            MAX_TEXT_BYTES >> 20
        ),
        is_error: false,
    }
}

/// Reads a text.
///
/// # Errors
/// None when it is not there or cannot be read; else what is wrong with it.
pub fn read(path: &str) -> Result<String, Option<Trouble>> {
    let file = fs::File::open(path).map_err(|_| None)?;
    let meta = file.metadata().map_err(|_| None)?;
    if !meta.is_file() {
        return Err(None);
    }
    if meta.len() > MAX_TEXT_BYTES as u64 {
        return Err(Some(too_large(path, meta.len())));
    }
    let mut bytes = Vec::new();
    file.take(MAX_TEXT_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(|_| None)?;
    if bytes.len() > MAX_TEXT_BYTES {
        return Err(Some(too_large(path, bytes.len() as u64)));
    }
    String::from_utf8(bytes).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        let line = e.as_bytes().get(..at).unwrap_or_default().iter().filter(|b| **b == b'\n').count();
        Some(Trouble {
            path: path.to_owned(),
            line: u32::try_from(line).unwrap_or(0),
            message: format!("this file is not UTF-8 text (byte {at}), so it is left out"),
            is_error: true,
        })
    })
}

/// Whether a Lua file outside of a project's folds says that it is a fold, from its first bytes.
pub fn is_marked(path: &str) -> bool {
    let Ok(file) = fs::File::open(path) else { return false };
    let mut head = Vec::new();
    if file.take(HEAD_BYTES).read_to_end(&mut head).is_err() {
        return false;
    }
    says_fold(&String::from_utf8_lossy(&head))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_count_by_place_or_by_what_they_say() {
        let lua = Some(Language::EchoLua);
        for (path, text, named, expected) in [
            ("/p/gatos/folds/a.lua", "", None, lua),
            ("/p/gatos/folds/deep/a.lua", "", Some("lua"), lua),
            ("/p/lib/a.lua", "", Some("lua"), None),
            ("/p/lib/a.lua", "-- counts\n-- gatos: fold\nlocal x", Some("lua"), lua),
            ("/p/lib/a.lua", "local x\n-- gatos: fold", None, None),
            ("/p/lib/a.lua", "-- gatos: folding", None, None),
            ("/p/lib/a.lua", "", Some("echolua"), lua),
            ("untitled:Untitled-1", "-- gatos: fold", Some("lua"), lua),
            ("/p/any/where.rgs", "", None, Some(Language::Rgs)),
            ("/p/a.json", "", None, None),
        ] {
            assert_eq!(language(path, text, named), expected, "{path} {text:?} {named:?}");
        }
        assert_eq!(kind_of("/p/gatos/policies/limits/a.json"), Some(Kind::Data));
        assert_eq!(kind_of("/p/a.json"), None);
        assert_eq!(kind_of("/p/gatos/config/lint.toml"), Some(Kind::Config));
        assert_eq!(project_of("/p/gatos/folds/a.lua"), Some("/p"));
        assert_eq!(project_of("/p/gatos.lua"), None);
    }

    #[test]
    fn required_modules_are_seen_in_any_dress() {
        let text = "local a = require \"a.b\"\nlocal c = require('c')\nrequire[[x]] my_require 'd' t.require 'e' require \"../f\" require 'c'";
        assert_eq!(required(text), ["a.b", "c"]);
        assert_eq!(module_path("/p/x.lua", "a.b").as_deref(), Some("/p/a/b.lua"));
    }

    #[test]
    fn large_and_broken_files_say_what_is_wrong() {
        let folder = std::env::temp_dir().join(format!("gatos-disk-{}", std::process::id()));
        fs::create_dir_all(folder.join("gatos/folds/.hidden")).expect("a temporary folder");
        fs::create_dir_all(folder.join("node_modules")).expect("a temporary folder");
        let write = |name: &str, bytes: &[u8]| fs::write(folder.join(name), bytes).expect("a temporary file");
        write("gatos/folds/bad.lua", b"local a\n\xff");
        write("gatos/folds/big.lua", &vec![b' '; MAX_TEXT_BYTES + 1]);
        write("gatos/folds/.hidden/no.lua", b"");
        write("node_modules/no.rgs", b"");
        write("a.rgs", b"package a");
        let root = slashed(&folder);
        let bad = read(&format!("{root}/gatos/folds/bad.lua")).expect_err("it is not UTF-8").expect("it is there");
        assert_eq!((bad.line, bad.is_error), (1, true));
        let big = read(&format!("{root}/gatos/folds/big.lua")).expect_err("it is large").expect("it is there");
        assert!(big.message.contains("4.0 MiB"), "{}", big.message);
        assert_eq!(read(&format!("{root}/none.lua")), Err(None));
        let listing = list(&root);
        let names: Vec<_> = listing.files.keys().filter_map(|p| p.strip_prefix(&root)).collect();
        assert_eq!(names, ["/a.rgs", "/gatos/folds/bad.lua", "/gatos/folds/big.lua"]);
        assert_eq!(listing.roots, BTreeSet::from([root.clone()]));
        assert_eq!(root_above(&format!("{root}/x/y.rgs")), Some(root));
        let _ = fs::remove_dir_all(folder);
    }
}
