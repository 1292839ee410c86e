//! Every text in either language that the repository holds: golden cases, examples, the code in the
//! documentation and on the pages of the diagnostics.

use crate::Language;
use std::fs;
use std::path::{Path, PathBuf};

/// A text and where it stands.
#[derive(Clone, Debug)]
pub struct Text {
    /// A path, with a line where it is a part of a page.
    pub name: String,
    /// In which language.
    pub language: Language,
    /// All of it.
    pub text: String,
}

/// The top of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").components().collect()
}

/// The files below a folder with an ending, in order.
pub fn below(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                if !path.ends_with("target") && !path.ends_with("node_modules") {
                    waiting.push(path);
                }
            } else if path.extension().is_some_and(|e| e == ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// A path as messages show it.
pub fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

/// All of them.
pub fn all() -> Vec<Text> {
    let mut found = Vec::new();
    for folder in ["tests/golden", "examples", "docs", "bench"] {
        for (language, ending) in [(Language::EchoLua, "lua"), (Language::Rgs, "rgs")] {
            for path in below(&root().join(folder), ending) {
                // Some goldens are not UTF-8, which no grammar can judge.
                if let Ok(text) = fs::read_to_string(&path) {
                    found.push(Text { name: shown(&path), language, text });
                }
            }
        }
    }
    for path in below(&root().join("docs"), "md") {
        let page = fs::read_to_string(&path).unwrap_or_default();
        found.extend(fences(&shown(&path), &page));
    }
    for info in gatos_syntax::codes::all() {
        found.extend(fences(info.code, info.explain));
    }
    found
}

/// The blocks of code of a page.
fn fences(name: &str, page: &str) -> Vec<Text> {
    let mut found = Vec::new();
    let mut open: Option<Option<Text>> = None;
    for (at, line) in page.lines().enumerate() {
        match (&mut open, line.trim_start().strip_prefix("```")) {
            (None, Some(info)) => {
                let language = match info.split(',').next() {
                    Some("lua") => Some(Language::EchoLua),
                    Some("rego" | "rgs") => Some(Language::Rgs),
                    _ => None,
                };
                let name = format!("{name}:{}", at + 2);
                open = Some(language.map(|language| Text { name, language, text: String::new() }));
            }
            (Some(_), Some(_)) => found.extend(open.take().flatten()),
            (Some(Some(fence)), None) => {
                fence.text.push_str(line);
                fence.text.push('\n');
            }
            _ => {}
        }
    }
    found
}
