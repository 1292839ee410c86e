//! Laws of the formatter, over every program of the repository, the same with their white space and
//! comments shaken, and programs made up: formatting twice is formatting once, no comment is lost, and
//! what is compiled, and what the lints say about it, is as before.

#![allow(clippy::disallowed_methods, reason = "the programs are files")]

mod shake;

use std::path::{Path, PathBuf};

use gatos_compiler::rgs::PolicyOptions;
use gatos_compiler::{ModuleSource, Options, Source};
use gatos_fmt::{FormatError, Style};
use gatos_syntax::span::Span;
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

#[test]
fn made_up_folds_stay_what_they_are() {
    let mut parsed = 0;
    for seed in 0..800 {
        let mut dice = Dice::new(seed);
        let text = shake::made_up::echolua(&mut dice);
        let widths = [WIDTHS[dice.below(WIDTHS.len())]];
        parsed += usize::from(fold_of(&text).is_ok());
        check(Path::new("made up"), &text, gatos_fmt::echolua, fold, &widths, true);
    }
    assert!(parsed > 400, "only {parsed} made up folds parse");
}

#[test]
fn made_up_policies_stay_what_they_are() {
    let mut parsed = 0;
    for seed in 0..800 {
        let mut dice = Dice::new(seed);
        let text = shake::made_up::rgs(&mut dice);
        let widths = [WIDTHS[dice.below(WIDTHS.len())]];
        parsed += usize::from(gatos_fmt::rgs(&text, &Style::default()).is_ok());
        check(Path::new("made up"), &text, gatos_fmt::rgs, policy, &widths, true);
    }
    assert!(parsed > 250, "only {parsed} made up policies parse");
}

/// Formats the lines around a random place and nothing else.
fn part(text: &str, format: Format, dice: &mut Dice) -> String {
    let Ok(new) = format(text, &Style::default()) else { return text.to_owned() };
    let start = dice.below(text.len() + 1);
    let range = Span::new(start, (start + dice.below(40)).min(text.len()));
    let mut out = text.to_owned();
    for edit in gatos_fmt::edits(text, &new, Some(range)).iter().rev() {
        out.replace_range(edit.span.range(), &edit.text);
    }
    out
}

#[test]
fn formatting_a_part_keeps_the_program_too() {
    let mut changed = 0;
    for (ends, format, meaning) in
        [("lua", gatos_fmt::echolua as Format, fold as Meaning), ("rgs", gatos_fmt::rgs as Format, policy as Meaning)]
    {
        for (index, (path, text)) in programs(ends).iter().enumerate() {
            for round in 0..2 {
                let mut dice = Dice::new(index as u64 * 41 + round);
                let text = if ends == "lua" { shake::echolua(text, &mut dice) } else { shake::rgs(text, &mut dice) };
                let out = part(&text, format, &mut dice);
                changed += usize::from(out != text);
                let (before, after) = (meaning(path, &text).0, meaning(path, &out).0);
                assert_eq!(before, after, "{}:\n{text}\n{out}", path.display());
            }
        }
    }
    assert!(changed > 100, "only {changed} programs were formatted in part");
}

fn fold_of(text: &str) -> Result<String, FormatError> {
    gatos_fmt::echolua(text, &Style::default())
}

#[test]
fn line_breaks_of_other_systems_become_plain_where_that_changes_no_text() {
    assert_eq!(
        fold_of("a = 1\r\nb = [[x\r\ny]]\r\n--[[ c\r\n d ]]\r\n").unwrap(),
        "a = 1\nb = [[x\ny]]\n--[[ c\n d ]]\n"
    );
    assert_eq!(fold_of("a = 1\rb = 2").unwrap(), "a = 1\nb = 2\n");
    // In a policy's raw string they are text.
    let policy = "package a\r\np := `x\r\ny`\r\n";
    assert_eq!(gatos_fmt::rgs(policy, &Style::default()).unwrap(), "package a\np := `x\r\ny`\n");
}

#[test]
fn what_stands_before_a_program_stays() {
    assert_eq!(fold_of("#!/usr/bin/env gatos\n\n\nx=1").unwrap(), "#!/usr/bin/env gatos\n\nx = 1\n");
    assert_eq!(fold_of("\u{FEFF}x=1").unwrap(), "\u{FEFF}x = 1\n");
    assert_eq!(fold_of("").unwrap(), "");
    assert_eq!(fold_of("\n\n -- only this  \n\n").unwrap(), "-- only this\n");
    assert_eq!(gatos_fmt::rgs("\u{FEFF}package a\n", &Style::default()).unwrap(), "\u{FEFF}package a\n");
}

#[test]
fn what_does_not_parse_is_left_alone_with_what_is_wrong() {
    for text in ["x = (", "if a then", "return {{{", "f(a,)", "x = 'a"] {
        assert!(matches!(fold_of(text), Err(FormatError::Syntax(said)) if !said.is_empty()), "{text}");
    }
    assert!(matches!(gatos_fmt::rgs("p := 1", &Style::default()), Err(FormatError::Syntax(_))));
}

#[test]
fn deep_nesting_is_formatted_up_to_the_limit_and_refused_after_it() {
    // The threads of tests have small stacks.
    for (open, middle, close, most) in [
        ("{", "", "}", 199),
        ("(", "x", ")", 199),
        ("function() return ", "1", " end", 95),
        ("f(", "x", ")", 199),
        ("not ", "x", "", 190),
        ("a .. ", "b", "", 190),
    ] {
        for width in [100, 1] {
            let style = Style { width };
            let text = format!("return {}{middle}{}", open.repeat(most), close.repeat(most));
            let out = gatos_fmt::echolua(&text, &style).unwrap();
            assert_eq!(gatos_fmt::echolua(&out, &style), Ok(out), "{open} {width}");
        }
        let text = format!("return {}{middle}{}", open.repeat(10_000), close.repeat(10_000));
        assert!(matches!(fold_of(&text), Err(FormatError::Syntax(_))), "{open}");
    }
    let text = format!("{}{}", "if a then ".repeat(199), " end".repeat(199));
    assert!(fold_of(&text).is_ok());
    for (open, close) in [("[", "]"), ("{", "}"), ("[x | x := ", "]")] {
        let text = |n: usize| format!("package a\np := {}1{}", open.repeat(n), close.repeat(n));
        for width in [100, 1] {
            assert!(gatos_fmt::rgs(&text(190), &Style { width }).is_ok(), "{open}");
        }
        assert!(matches!(gatos_fmt::rgs(&text(10_000), &Style::default()), Err(FormatError::Syntax(_))));
    }
    let chain = |sign: &str, n: usize| format!("return {}", vec!["a"; n].join(sign));
    assert!(fold_of(&chain(" + ", 900)).is_ok());
    assert!(fold_of(&format!("return a{}", ".b(x)".repeat(450))).is_ok());
    assert!(fold_of(&format!("return a{}", ":b(x)".repeat(450))).is_ok());
}

#[test]
fn an_allow_comment_keeps_its_line_together() {
    let line = "table.insert(state.entries_of_the_month, position_of_the_entry, event.payload.the_entry_itself)";
    let text = format!("{line} -- gatos: allow(W0511) trimmed\n-- gatos: allow(W0511) trimmed\n{line}\n{line}\n");
    let out = gatos_fmt::echolua(&text, &Style { width: 60 }).unwrap();
    assert!(
        out.starts_with(&format!("{line} -- gatos: allow(W0511) trimmed\n-- gatos: allow(W0511) trimmed\n{line}\n"))
    );
    assert!(out.ends_with(
        "table.insert(\n  state.entries_of_the_month,\n  position_of_the_entry,\n  event.payload.the_entry_itself\n)\n"
    ));
}

#[test]
fn the_programs_that_people_copy_are_formatted() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for (ends, format) in [("lua", gatos_fmt::echolua as Format), ("rgs", gatos_fmt::rgs as Format)] {
        let mut found = Vec::new();
        for dir in ["examples", "runtime/policy/starter"] {
            files(&root.join(dir), ends, &mut found);
        }
        assert!(!found.is_empty());
        for path in found {
            let text = std::fs::read_to_string(&path).unwrap();
            assert_eq!(format(&text, &Style::default()).as_ref(), Ok(&text), "run `gatos fmt {}`", path.display());
        }
    }
}
