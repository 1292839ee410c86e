//! The transcripts in `docs/cli` are what really happens.
//!
//! Each page runs in an empty folder of its own. In a `console` block a line `$ command` is
//! run, `> ` goes on with it, and what follows is its output, both streams together. `…`
//! matches anything within a line, a line that begins with `…` and has nothing else matches
//! any lines, and `[exit N]` tells an exit code other than 0.

use gatos_harness::{files_below, markdown, root, shown};
use libtest_mimic::{Arguments, Failed, Trial};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    let arguments = Arguments::from_args();
    let pages = files_below(&root().join("docs/cli"), &["md"]);
    let trials = pages.into_iter().map(|page| Trial::test(shown(&page), move || run_page(&page))).collect();
    libtest_mimic::run(&arguments, trials).exit();
}

/// A command of a transcript.
struct Entry {
    line: usize,
    command: String,
    expected: Vec<String>,
}

fn entries(page: &str) -> Vec<Entry> {
    let mut found: Vec<Entry> = Vec::new();
    for fence in markdown::fences(page).into_iter().filter(|f| f.info == "console") {
        for (at, line) in fence.text.lines().enumerate() {
            if let Some(command) = line.strip_prefix("$ ") {
                let line = fence.line + at + 1;
                found.push(Entry { line, command: command.to_owned(), expected: Vec::new() });
            } else if let Some(entry) = found.last_mut() {
                match line.strip_prefix('>') {
                    Some(more) if entry.expected.is_empty() => {
                        entry.command.push('\n');
                        entry.command.push_str(more.strip_prefix(' ').unwrap_or(more));
                    }
                    _ => entry.expected.push(line.to_owned()),
                }
            }
        }
    }
    found
}

/// A folder that goes away with the test.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn run_page(page: &Path) -> Result<(), Failed> {
    let text = fs::read_to_string(page).map_err(|e| e.to_string())?;
    let name = page.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let scratch = Scratch(Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("cli-{name}-{}", std::process::id())));
    let (home, bin) = (scratch.0.join("home"), scratch.0.join("bin"));
    for folder in [&home, &bin] {
        fs::create_dir_all(folder).map_err(|e| e.to_string())?;
    }
    let gatos = bin.join("gatos");
    fs::copy(env!("CARGO_BIN_EXE_gatos-under-test"), &gatos).map_err(|e| e.to_string())?;
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
    let mut folder = home.clone();
    for entry in entries(&text) {
        // One shell a command, so that each has an exit code; the folder is carried over.
        let marker = "\u{1}folder ";
        let script = format!("{{ {}\n}} 2>&1; code=$?; printf '{marker}%s' \"$PWD\"; exit $code", entry.command);
        let out = Command::new("sh")
            .args(["-c", &script])
            .current_dir(&folder)
            .env_clear()
            .envs([("PATH", path.as_str()), ("USER", "ann"), ("LC_ALL", "C.UTF-8"), ("TZ", "UTC"), ("NO_COLOR", "1")])
            .envs([("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_CONFIG_GLOBAL", "/dev/null")])
            .env("HOME", &home)
            // The scratch folder may lie inside a clone of this very project.
            .env("GIT_CEILING_DIRECTORIES", &scratch.0)
            .output()
            .map_err(|e| e.to_string())?;
        let text = String::from_utf8_lossy(&out.stdout).into_owned();
        let (text, place) = text.split_once(marker).unwrap_or((&text, ""));
        if !place.is_empty() {
            folder = PathBuf::from(place);
        }
        let mut lines: Vec<String> = text.lines().map(|l| l.trim_end().to_owned()).collect();
        match out.status.code() {
            Some(0) => {}
            code => lines.push(format!("[exit {}]", code.unwrap_or(-1))),
        }
        let expected: Vec<&str> = entry.expected.iter().map(|l| l.trim_end()).filter(|l| !l.is_empty()).collect();
        let got: Vec<&str> = lines.iter().map(String::as_str).filter(|l| !l.is_empty()).collect();
        if !matches_lines(&expected, &got) {
            let (place, command) = (shown(page), entry.command);
            let (expected, got) = (expected.join("\n"), got.join("\n"));
            return Err(format!("{place}:{}: $ {command}\nsaid:\n{expected}\n\ngives:\n{got}", entry.line).into());
        }
    }
    Ok(())
}

fn matches_lines(expected: &[&str], got: &[&str]) -> bool {
    match expected.split_first() {
        None => got.is_empty(),
        Some((&"…", rest)) => (0..=got.len()).any(|n| matches_lines(rest, &got[n..])),
        Some((first, rest)) => {
            got.split_first().is_some_and(|(line, more)| matches_line(first, line) && matches_lines(rest, more))
        }
    }
}

fn matches_line(pattern: &str, line: &str) -> bool {
    match pattern.split_once('…') {
        None => pattern == line,
        Some((head, rest)) => {
            let Some(tail) = line.strip_prefix(head) else { return false };
            tail.char_indices().map(|(at, _)| at).chain([tail.len()]).any(|at| matches_line(rest, &tail[at..]))
        }
    }
}
