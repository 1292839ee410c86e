//! Layouts that people have looked at: `golden/<language>/<case>.in` and the `.out` it becomes.
//! `BLESS=1` rewrites the latter.

#![allow(clippy::disallowed_methods, reason = "the cases are files")]

use std::path::{Path, PathBuf};

use gatos_fmt::{FormatError, Style};

fn check(language: &str, format: fn(&str, &Style) -> Result<String, FormatError>) {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(language);
    let bless = std::env::var_os("BLESS").is_some();
    let mut all: Vec<PathBuf> =
        std::fs::read_dir(dir).expect("a folder of cases").map(|e| e.expect("one").path()).collect();
    all.sort();
    assert!(all.iter().all(|path| path.with_extension("in").exists()), "a case without its input");
    let mut wrong = Vec::new();
    for path in all.iter().filter(|path| path.extension().is_some_and(|ends| ends == "in")) {
        let text = std::fs::read_to_string(path).expect("a case");
        let got = format(&text, &Style::default()).expect("a case parses");
        assert_eq!(format(&got, &Style::default()).as_ref(), Ok(&got), "{} is not settled", path.display());
        let out = path.with_extension("out");
        if bless {
            std::fs::write(&out, &got).expect("the folder can be written");
        } else if std::fs::read_to_string(&out).unwrap_or_default() != got {
            wrong.push(format!("--- {}\n{got}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "these layouts changed (BLESS=1 accepts):\n{}", wrong.join("\n"));
}

#[test]
fn folds() {
    check("lua", gatos_fmt::echolua);
}

#[test]
fn policies() {
    check("rgs", gatos_fmt::rgs);
}
