//! Reference pages: written from the tables in the code, and compared with what is
//! checked in, so that a page can never say something else than the code does.

use crate::root;
use std::fs;
use std::path::PathBuf;

/// A page's file name and its text.
type Page = (&'static str, String);

fn pages() -> Vec<Page> {
    vec![
        ("library.md", gatos_sigs::reference_markdown()),
        ("elc.md", gatos_elc::reference::reference_markdown()),
        ("diagnostics.md", gatos_syntax::codes::reference_markdown()),
    ]
}

fn folder() -> PathBuf {
    root().join("docs/reference")
}

/// Writes the pages.
///
/// # Errors
/// When a file cannot be written.
pub fn write() -> Result<(), String> {
    fs::create_dir_all(folder()).map_err(|e| format!("docs/reference: {e}"))?;
    for (name, text) in pages() {
        fs::write(folder().join(name), text).map_err(|e| format!("docs/reference/{name}: {e}"))?;
        println!("docs/reference/{name}");
    }
    Ok(())
}

/// Compares the pages with the files.
///
/// # Errors
/// Names the pages that differ, are missing, or have no generator.
#[cfg(test)]
fn compare() -> Result<(), String> {
    let pages = pages();
    let mut wrong = Vec::new();
    for (name, text) in &pages {
        match fs::read_to_string(folder().join(name)) {
            Ok(there) if there == *text => {}
            Ok(there) => wrong.push(format!("docs/reference/{name} is out of date{}", first_difference(&there, text))),
            Err(_) => wrong.push(format!("docs/reference/{name} is missing")),
        }
    }
    if let Ok(entries) = fs::read_dir(folder()) {
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if !pages.iter().any(|(page, _)| *page == name) {
                wrong.push(format!("docs/reference/{name} has no generator; delete it or move it elsewhere"));
            }
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    wrong.push("run `cargo xtask gen` and commit what it writes".to_owned());
    Err(wrong.join("\n"))
}

#[cfg(test)]
fn first_difference(there: &str, wanted: &str) -> String {
    let pair = there.lines().zip(wanted.lines()).enumerate().find(|(_, (a, b))| a != b);
    match pair {
        Some((at, (a, b))) => format!(" from line {}\n  file: {a}\n  code: {b}", at + 1),
        None => " (one is longer)".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn reference_pages_are_what_the_code_says() {
        if let Err(difference) = super::compare() {
            panic!("\n{difference}\n");
        }
    }
}
