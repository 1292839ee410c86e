//! Reference pages: written from the tables in the code, and compared with what is
//! checked in, so that a page can never say something else than the code does.

use crate::root;
use clap::{Command, CommandFactory};
use std::fs;
use std::path::PathBuf;

/// A page's file name and its text.
type Page = (&'static str, String);

fn pages() -> Vec<Page> {
    vec![
        ("cli.md", cli_markdown()),
        ("diagnostics.md", gatos_syntax::codes::reference_markdown()),
        ("elc.md", gatos_elc::reference::reference_markdown()),
        ("library.md", gatos_sigs::reference_markdown()),
        ("policy-library.md", gatos_sigs::rgs::reference_markdown()),
    ]
}

fn folder() -> PathBuf {
    root().join("docs/reference")
}

/// Writes the pages, and gives their paths.
///
/// # Errors
/// When a file cannot be written.
pub fn write() -> Result<Vec<String>, String> {
    fs::create_dir_all(folder()).map_err(|e| format!("docs/reference: {e}"))?;
    let mut written = Vec::new();
    for (name, text) in pages() {
        let shown = format!("docs/reference/{name}");
        fs::write(folder().join(name), text).map_err(|e| format!("{shown}: {e}"))?;
        written.push(shown);
    }
    Ok(written)
}

/// Compares the pages with the files.
///
/// # Errors
/// Names the pages that differ, are missing, or have no generator.
pub fn compare() -> Result<(), String> {
    let pages = pages();
    let mut wrong = Vec::new();
    for (name, text) in &pages {
        match fs::read_to_string(folder().join(name)) {
            Ok(there) if there == *text => {}
            Ok(there) => {
                let difference = crate::golden::difference(&there, text);
                wrong.push(format!("docs/reference/{name} is out of date, {difference}"));
            }
            Err(_) => wrong.push(format!("docs/reference/{name} is missing")),
        }
    }
    for entry in fs::read_dir(folder()).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !pages.iter().any(|(page, _)| *page == name) {
            wrong.push(format!("docs/reference/{name} has no generator; delete it or move it elsewhere"));
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    wrong.push("run `cargo xtask gen` and commit what it writes".to_owned());
    Err(wrong.join("\n"))
}

/// The command line's own help, command by command.
fn cli_markdown() -> String {
    let mut out = String::from(
        "# Command line\n\n<!-- Generated from the command line's own description by `cargo xtask gen`. -->\n\n\
         What `gatos help` and `gatos COMMAND --help` print. `git gatos …` is the same tool.\n",
    );
    let mut command = gatosd::cli::Cli::command();
    // Fills in what subcommands inherit, so that the help is what a user sees.
    command.build();
    section(&mut out, &command, "gatos", 0);
    out
}

/// Commands do not nest deeper than this; a deeper one is left out.
const MOST_LEVELS: usize = 4;

fn section(out: &mut String, command: &Command, name: &str, level: usize) {
    // A fixed width: the page must not depend on the terminal that wrote it.
    let help = command.clone().term_width(100).max_term_width(100).render_long_help().to_string();
    let help: Vec<&str> = help.lines().map(str::trim_end).collect();
    out.push_str(&format!("\n## {name}\n\n```text\n{}\n```\n", help.join("\n").trim()));
    if level < MOST_LEVELS {
        for sub in command.get_subcommands().filter(|c| c.get_name() != "help" && !c.is_hide_set()) {
            section(out, sub, &format!("{name} {}", sub.get_name()), level + 1);
        }
    }
}
