//! The corpora give the trees that they say, and are judged by the compiler as they say; the parsers
//! are those of their grammars; the queries of every editor fit the grammars.

use gatos_grammar::texts::{below, root, shown};
use gatos_grammar::{Language, broken, corpus};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use tree_sitter::{Query, QueryCursor, StreamingIterator};

/// Fails with the sentences, one a line.
#[track_caller]
fn none(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn corpora_give_their_trees() {
    let cases = corpus::all().unwrap_or_else(|e| panic!("{e}"));
    assert!(cases.len() > 50, "only {} cases", cases.len());
    let mut wrong = Vec::new();
    for case in cases {
        let tree = case.language.tree(&case.text);
        let refused = !case.language.refusals(&case.text).iter().all(|code| *code == "E1016");
        if refused != case.is_wrong {
            wrong.push(format!("{}: the compiler says otherwise about whether it parses", case.name));
        }
        match broken(&tree) {
            Some(place) if !case.is_wrong => wrong.push(format!("{}: {place}", case.name)),
            None if case.is_wrong => wrong.push(format!("{}: it is taken", case.name)),
            _ => {}
        }
        let found = corpus::spaced(&tree.root_node().to_sexp());
        if !case.is_wrong && found != case.tree {
            wrong.push(format!("{}:\n  wanted {}\n  found  {found}", case.name, case.tree));
        }
    }
    none(wrong);
}

#[test]
fn the_parsers_are_those_of_the_grammars() {
    for language in Language::ALL {
        let folder = root().join("editors").join(format!("tree-sitter-{}", language.name()));
        let said = fs::read_to_string(folder.join("src/parser.sha256")).expect("digests beside the parser");
        let found: String = ["grammar.js", "src/parser.c"]
            .map(|name| {
                let digest = Sha256::digest(fs::read(folder.join(name)).expect("a file of the grammar"));
                let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
                format!("{digits}  {name}\n")
            })
            .concat();
        assert_eq!(said, found, "{}: run `editors/generate {}`", shown(&folder), language.name());
    }
}

/// The language that the queries in a folder are for.
fn language(path: &Path) -> Option<Language> {
    path.components().rev().skip(1).find_map(|part| {
        let part = part.as_os_str().to_str()?;
        Language::ALL.into_iter().find(|l| part == l.name() || part.strip_prefix("tree-sitter-") == Some(l.name()))
    })
}

#[test]
fn queries_of_every_editor_fit_the_grammars() {
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for path in below(&root().join("editors"), "scm") {
        let Some(language) = language(&path) else {
            wrong.push(format!("{}: in which language?", shown(&path)));
            continue;
        };
        seen.insert((language, path.components().nth_back(3).map(|c| c.as_os_str().to_owned())));
        let text = fs::read_to_string(&path).unwrap_or_default();
        if let Err(error) = Query::new(&language.grammar(), &text) {
            wrong.push(format!("{}:{}: {}", shown(&path), error.row + 1, error.message));
        }
    }
    none(wrong);
    assert!(seen.len() >= 4, "queries are missing: {seen:?}");
}

#[test]
fn neovim_has_the_queries_of_the_grammars() {
    for language in Language::ALL {
        let ours = root().join("editors").join(format!("tree-sitter-{}", language.name())).join("queries");
        let theirs = root().join("editors/nvim/queries").join(language.name());
        for path in below(&ours, "scm") {
            let name = path.file_name().expect("a file");
            let copy = fs::read_to_string(theirs.join(name)).unwrap_or_default();
            let said = format!("copy {} to {}", shown(&path), shown(&theirs));
            assert!(fs::read_to_string(&path).expect("a query") == copy, "{said}");
        }
    }
}

/// What the colours of a text are: for each capture its name and its text.
fn colours(language: Language, text: &str) -> Vec<(String, String)> {
    let path = root().join("editors").join(format!("tree-sitter-{}", language.name())).join("queries/highlights.scm");
    let query = Query::new(&language.grammar(), &fs::read_to_string(path).expect("a query")).expect("it fits");
    let tree = language.tree(text);
    let mut cursor = QueryCursor::new();
    let mut found = std::collections::BTreeMap::new();
    let mut captures = cursor.captures(&query, tree.root_node(), text.as_bytes());
    while let Some((matched, at)) = captures.next() {
        let capture = matched.captures[*at];
        let name = query.capture_names()[capture.index as usize].to_owned();
        let range = capture.node.byte_range();
        // Where several patterns fit, the later one wins.
        let best = found.entry((range.start, range.end)).or_insert((matched.pattern_index, name.clone()));
        if best.0 <= matched.pattern_index {
            *best = (matched.pattern_index, name);
        }
    }
    found.into_iter().map(|((from, to), (_, name))| (name, text[from..to].to_owned())).collect()
}

#[track_caller]
fn check_colours(language: Language, text: &str, wanted: &[(&str, &str)]) {
    let found = colours(language, text);
    for (name, piece) in wanted {
        assert!(found.iter().any(|(n, p)| n == name && p == piece), "`{piece}` is no {name}: {found:?}");
    }
}

#[test]
fn words_of_a_fold_have_their_colours() {
    check_colours(
        Language::EchoLua,
        "-- note\nlocal function top(path) return string.match(path, \"^x\\n\") end\nM.count = dpairs(t)\n",
        &[
            ("comment", "-- note"),
            ("keyword", "local"),
            ("keyword.function", "end"),
            ("function", "top"),
            ("variable.parameter", "path"),
            ("module.builtin", "string"),
            ("function.call", "match"),
            ("string.escape", "\\n"),
            ("variable.member", "count"),
            ("function.builtin", "dpairs"),
        ],
    );
}

#[test]
fn words_of_a_policy_have_their_colours() {
    check_colours(
        Language::Rgs,
        "package a.b\n\ndeny contains $\"no {x}\" if {\n\tsome x in input.list\n\tregex.match(`^a`, x)\n}\n",
        &[
            ("keyword.import", "package"),
            ("module", "b"),
            ("function", "deny"),
            ("keyword", "contains"),
            ("punctuation.special", "{"),
            ("variable.builtin", "input"),
            ("module", "regex"),
            ("function.call", "match"),
            ("string", "`^a`"),
        ],
    );
}

#[test]
fn the_builtin_functions_are_those_of_the_language() {
    let path = root().join("editors/tree-sitter-echolua/queries/highlights.scm");
    let text = fs::read_to_string(path).expect("a query");
    let listed = |capture: &str| -> BTreeSet<String> {
        let start = text.find(&format!("(#any-of? {capture}")).expect("a list");
        let list = text[start..].split(')').next().unwrap_or_default();
        list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
    };
    let page = fs::read_to_string(root().join("docs/reference/library.md")).expect("the library's page");
    let mut functions = BTreeSet::from(["require".to_owned()]);
    let mut modules = BTreeSet::new();
    for line in page.lines() {
        if let Some(name) = line.strip_prefix("### `") {
            let name = name.split(['(', '`']).next().unwrap_or_default();
            match name.split_once('.') {
                Some((module, _)) => modules.insert(module.to_owned()),
                None => functions.insert(name.to_owned()),
            };
        }
    }
    assert_eq!(listed("@function.builtin"), functions);
    assert_eq!(listed("@module.builtin"), modules);
}
