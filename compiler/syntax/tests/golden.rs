//! Golden cases: the tree and messages of each `.lua` and `.rgs` file are in the `.expect` beside it.
//! `BLESS=1 cargo test -p gatos-syntax --test golden` rewrites them.
#![allow(clippy::disallowed_methods, reason = "the test reads its cases from the disk")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use gatos_syntax::diagnostic::{Diagnostic, Fix, Severity};
use gatos_syntax::echolua;
use gatos_syntax::lines::LineIndex;
use gatos_syntax::rgs;
use gatos_syntax::span::Span;

fn place(index: &LineIndex, text: &str, span: Span) -> String {
    let (line, column) = index.line_col(text, span.start as usize);
    let (end_line, end_column) = index.line_col(text, span.end as usize);
    if line == end_line {
        format!("{line}:{column}-{end_column}")
    } else {
        format!("{line}:{column}-{end_line}:{end_column}")
    }
}

fn render(text: &str, said: &Diagnostic) -> String {
    let index = LineIndex::new(text);
    let mut out = format!("{} {} {}\n", said.code, place(&index, text, said.span), said.message);
    if !said.label.is_empty() {
        let _ = writeln!(out, "    ^ {}", said.label);
    }
    for label in &said.related {
        let _ = writeln!(out, "    {} {}", place(&index, text, label.span), label.text);
    }
    for help in &said.help {
        let _ = writeln!(out, "    help: {help}");
    }
    for fix in &said.fixes {
        let fixed = apply(text, fix);
        let start = said.fixes[0].edits[0].span.start as usize;
        let line = LineIndex::new(&fixed).line(start.min(fixed.len()));
        let shown = fixed[LineIndex::new(&fixed).range(line)].trim_end().to_string();
        let _ = writeln!(out, "    fix: {} => {shown}", fix.title);
    }
    out
}

fn apply(text: &str, fix: &Fix) -> String {
    let mut out = text.to_string();
    let mut edits = fix.edits.clone();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
    for edit in edits {
        out.replace_range(edit.span.range(), &edit.text);
    }
    out
}

/// The tree as text, and the messages, of a source in the language that the path's ending names.
fn parse(path: &Path, text: &str) -> (String, Vec<Diagnostic>) {
    if path.extension().is_some_and(|ext| ext == "rgs") {
        let parsed = rgs::parse(text);
        return (rgs::dump::dump(&parsed.module), parsed.diagnostics);
    }
    let parsed = echolua::parse(text);
    (echolua::dump::dump(&parsed.ast), parsed.diagnostics)
}

fn is_source(path: &Path) -> bool {
    path.extension().is_some_and(|ext| ext == "lua" || ext == "rgs")
}

fn cases() -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut found: Vec<_> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

#[test]
fn trees_and_messages() {
    let bless = std::env::var_os("BLESS").is_some();
    let mut wrong = Vec::new();
    for path in cases() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.extension().is_some_and(|ext| ext == "expect") {
            let (lua, rgs) = (path.with_extension("lua").exists(), path.with_extension("rgs").exists());
            if lua == rgs {
                wrong.push(format!("{name}: has no source, or two"));
            }
            continue;
        }
        if !is_source(&path) {
            wrong.push(format!("{name}: neither source nor expectation"));
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let (mut got, diagnostics) = parse(&path, &text);
        for said in &diagnostics {
            got.push('\n');
            got.push_str(&render(&text, said));
        }
        let expect = path.with_extension("expect");
        if bless {
            fs::write(&expect, &got).unwrap();
        } else if fs::read_to_string(&expect).unwrap_or_default() != got {
            wrong.push(format!("{name}: got\n{got}"));
        }
    }
    assert!(wrong.is_empty(), "{}\n(BLESS=1 rewrites)", wrong.join("\n"));
}

/// Applying a fix takes its message away, and brings up no more than that mistake may have hidden.
#[test]
fn fixes_fix() {
    for path in cases().into_iter().filter(|path| is_source(path)) {
        let text = fs::read_to_string(&path).unwrap();
        let (_, diagnostics) = parse(&path, &text);
        let errors = |diagnostics: &[Diagnostic]| diagnostics.iter().filter(|d| d.severity == Severity::Error).count();
        for said in &diagnostics {
            for fix in &said.fixes {
                let fixed = apply(&text, fix);
                let (_, after) = parse(&path, &fixed);
                let still = |d: &Diagnostic| {
                    d.code == said.code && d.span.start == said.span.start && d.message == said.message
                };
                assert!(
                    errors(&after) <= errors(&diagnostics) && !after.iter().any(still),
                    "{}: {} does not help:\n{}\n{:?}",
                    path.display(),
                    fix.title,
                    fixed,
                    after.iter().map(|d| &d.message).collect::<Vec<_>>()
                );
            }
        }
    }
}
