//! Laws of the formatter, over every program of the repository, the same with their white space and
//! comments shaken, and programs made up: formatting twice is formatting once, no comment is lost, and
//! what is compiled, and what the lints say about it, is as before.

#![allow(clippy::disallowed_methods, reason = "the programs are files")]

mod shake;

use std::path::{Path, PathBuf};

use gatos_compiler::rgs::PolicyOptions;
use gatos_compiler::{ModuleSource, Options, Source};
use gatos_fmt::{FormatError, Style};
use shake::Dice;

const WIDTHS: [usize; 4] = [100, 60, 24, 1];

fn files(dir: &Path, ends: &str, out: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(dir) else { return };
    let mut entries: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, ends, out);
        } else if path.extension().is_some_and(|found| found == ends) {
            out.push(path);
        }
    }
}

/// Every program of a language that lies in the repository.
fn programs(ends: &str) -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut found = Vec::new();
    for dir in ["tests/golden", "examples", "stdlib", "runtime", "docs", "compiler/syntax/tests", "compiler/core/tests"]
    {
        files(&root.join(dir), ends, &mut found);
    }
    assert!(found.len() > 20, "the repository's programs are where this test looks");
    found.into_iter().filter_map(|path| std::fs::read_to_string(&path).ok().map(|text| (path, text))).collect()
}

/// What a fold is to others: its root, and how often each lint speaks.
fn fold(path: &Path, text: &str) -> (Option<String>, Vec<&'static str>) {
    let loader = |name: &str| {
        let file = path.with_file_name(format!("{}.lua", name.replace('.', "/")));
        let text = std::fs::read_to_string(&file).map_err(|error| error.to_string())?;
        Ok(ModuleSource { path: file.display().to_string(), text })
    };
    let made = gatos_compiler::compile(Source { name: "main.lua", text }, &loader, &Options::default());
    let mut codes: Vec<&'static str> = made.diagnostics.iter().map(|found| found.diagnostic.code).collect();
    codes.sort_unstable();
    (made.program.map(|program| program.fold_root.to_string()), codes)
}

/// The same of a policy.
fn policy(_: &Path, text: &str) -> (Option<String>, Vec<&'static str>) {
    let made = gatos_compiler::rgs::compile(&[Source { name: "main.rgs", text }], None, &PolicyOptions::default());
    let mut codes: Vec<&'static str> = made.diagnostics.iter().map(|found| found.diagnostic.code).collect();
    codes.sort_unstable();
    (made.program.map(|program| program.policy_code_root.to_string()), codes)
}

type Format = fn(&str, &Style) -> Result<String, FormatError>;
type Meaning = fn(&Path, &str) -> (Option<String>, Vec<&'static str>);

/// Checks the laws on one text. Gives whether it was compiled.
fn check(path: &Path, text: &str, format: Format, meaning: Meaning, widths: &[usize], torn: bool) -> bool {
    let mut compiled = false;
    let before = meaning(path, text);
    for width in widths {
        let style = Style { width: *width };
        let out = match format(text, &style) {
            Ok(out) => out,
            Err(FormatError::Syntax(_)) => return false,
            Err(other) => panic!("{} at width {width}: {other:?}\n{text}", path.display()),
        };
        let again = format(&out, &style);
        assert_eq!(again.as_ref(), Ok(&out), "{} at width {width} is not settled; from:\n{text}", path.display());
        let mut after = meaning(path, &out);
        // Where an allow-comment was torn from its statement, it may find back.
        if torn && text.contains("gatos: allow") {
            after.1.clone_from(&before.1);
        }
        assert_eq!(after, before, "{} at width {width} means something else:\n{text}\n{out}", path.display());
        compiled |= before.0.is_some();
    }
    compiled
}

#[test]
fn folds_of_the_repository_stay_what_they_are() {
    let all = programs("lua");
    let compiled =
        all.iter().filter(|(path, text)| check(path, text, gatos_fmt::echolua, fold, &WIDTHS, false)).count();
    assert!(compiled > 100, "only {compiled} programs were compiled");
}

#[test]
fn policies_of_the_repository_stay_what_they_are() {
    let all = programs("rgs");
    let compiled = all.iter().filter(|(path, text)| check(path, text, gatos_fmt::rgs, policy, &WIDTHS, false)).count();
    assert!(compiled > 15, "only {compiled} policies were compiled");
}

#[test]
fn shaken_folds_stay_what_they_are() {
    let mut compiled = 0;
    for (index, (path, text)) in programs("lua").iter().enumerate() {
        for round in 0..2 {
            let mut dice = Dice::new(index as u64 * 7 + round);
            let shaken = shake::echolua(text, &mut dice);
            let widths = [WIDTHS[dice.below(WIDTHS.len())]];
            compiled += usize::from(check(path, &shaken, gatos_fmt::echolua, fold, &widths, true));
        }
    }
    assert!(compiled > 200, "only {compiled} shaken folds were compiled");
}

#[test]
fn shaken_policies_stay_what_they_are() {
    let mut compiled = 0;
    for (index, (path, text)) in programs("rgs").iter().enumerate() {
        for round in 0..8 {
            let mut dice = Dice::new(index as u64 * 31 + round);
            let shaken = shake::rgs(text, &mut dice);
            let widths = [WIDTHS[dice.below(WIDTHS.len())]];
            compiled += usize::from(check(path, &shaken, gatos_fmt::rgs, policy, &widths, true));
        }
    }
    assert!(compiled > 100, "only {compiled} shaken policies were compiled");
}
