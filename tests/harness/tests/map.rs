//! The map holds: edges, outside crates, lint files, unsafe code, file sizes.

use gatos_harness::map::{self, Graph, Kind, Room};
use gatos_harness::{files_below, markdown, root, shown};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn rooms() -> Vec<Room> {
    let (rooms, wrong) = map::rooms(&read(map::PAGE));
    none(wrong);
    rooms
}

/// Fails with the sentences, one a line.
#[track_caller]
fn none(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn cargo_and_the_map_agree() {
    let graph = Graph::load().unwrap_or_else(|e| panic!("{e}"));
    none(map::differences(&read(map::PAGE), &graph));
}

#[test]
fn a_stray_edge_is_named_with_the_row_to_change() {
    let mut graph = Graph::load().unwrap_or_else(|e| panic!("{e}"));
    let at = |name: &str| graph.packages.iter().position(|p| p.ours && p.name == name).expect("a room of ours");
    let (num, compiler) = (at("gatos-num"), at("gatos-compiler"));
    graph.packages[num].normal.push(compiler);
    let told = map::differences(&read(map::PAGE), &graph).join("\n");
    assert!(told.contains("`gatos-num` -> `gatos-compiler` is not on the map"), "{told}");
    assert!(told.contains("(the row of `vm/num`)"), "{told}");
}

#[test]
fn pure_rooms_forbid_the_world_to_their_lints() {
    // A room may forbid more (vm/num forbids unchecked arithmetic), never less.
    let paths = |text: &str| -> BTreeSet<String> {
        text.lines().filter_map(|l| l.split_once("path = \"")?.1.split('"').next().map(str::to_owned)).collect()
    };
    let required = paths(&read("compiler/syntax/clippy.toml"));
    let mut wrong = Vec::new();
    for room in rooms() {
        if !matches!(room.kind, Kind::NoStd | Kind::Pure) {
            continue;
        }
        let file = format!("{}/clippy.toml", room.folder);
        let there = paths(&fs::read_to_string(root().join(&file)).unwrap_or_default());
        for path in required.difference(&there) {
            wrong.push(format!("{file} does not forbid `{path}`; copy the line from compiler/syntax/clippy.toml"));
        }
    }
    assert!(required.contains("std::fs::read") && required.contains("std::collections::HashMap"));
    none(wrong);
}

#[test]
fn crate_attributes_say_what_the_map_says() {
    let mut wrong = Vec::new();
    for room in rooms() {
        let lib = format!("{}/src/lib.rs", room.folder);
        let Ok(text) = fs::read_to_string(root().join(&lib)) else { continue };
        let no_std = text.contains("#![no_std]") || text.contains("#![cfg_attr(not(test), no_std)]");
        if room.kind == Kind::NoStd && !no_std {
            wrong.push(format!("{lib}: the map calls this room no_std, and the crate does not say `#![no_std]`"));
        }
        if room.kind != Kind::NoStd && no_std {
            wrong.push(format!("{lib}: the crate is no_std and the map does not say so"));
        }
        if !["gatos-vm", "gatos-grammar"].contains(&room.name.as_str()) && !text.contains("#![forbid(unsafe_code)]") {
            wrong.push(format!("{lib}: only vm/core may use unsafe code; add `#![forbid(unsafe_code)]`"));
        }
    }
    none(wrong);
}

#[test]
fn unsafe_code_stays_in_the_machine() {
    let mut wrong = Vec::new();
    for file in files_below(&root(), &["rs"]) {
        let name = shown(&file);
        // The grammars of editors are C, and a binding is unsafe by its nature.
        let ours = ["vm/core/", "tests/grammar/src/bindings.rs", "tests/harness/tests/map.rs"];
        if ours.iter().any(|path| name.starts_with(path)) {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap_or_default();
        for (at, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            if code.contains("allow(unsafe_code") || code.contains("unsafe {") || code.contains("unsafe fn") {
                wrong.push(format!("{name}:{}: unsafe code outside vm/core", at + 1));
            }
        }
    }
    none(wrong);
}

#[test]
fn git_has_one_wrapper() {
    let graph = Graph::load().unwrap_or_else(|e| panic!("{e}"));
    let mut wrong = Vec::new();
    for package in graph.ours() {
        let all = package.normal.iter().chain(&package.dev).chain(&package.build);
        for at in all {
            let used = &graph.packages[*at].name;
            if ["git2", "libgit2-sys"].contains(&used.as_str()) && package.name != "gatos-ledger-git" {
                wrong.push(format!("`{}` uses `{used}`; Git belongs to gatos-ledger-git alone", package.name));
            }
        }
    }
    none(wrong);
}

/// The longest a source file may be before its sections want to be files.
const LINES: usize = 900;

/// Longer files, each with its reason.
const LONGER: &[(&str, &str)] =
    &[("vm/core/src/step.rs", "one loop over the ops: the compiler keeps its registers only within one function")];

#[test]
fn files_stay_short_enough_to_read() {
    let mut wrong = Vec::new();
    for file in files_below(&root(), &["rs", "lalrpop"]) {
        let name = shown(&file);
        let lines = fs::read_to_string(&file).unwrap_or_default().lines().count();
        let known = LONGER.iter().any(|(path, _)| *path == name);
        if lines > LINES && !known {
            wrong.push(format!("{name} has {lines} lines, more than {LINES}; split it by topic"));
        }
        if lines <= LINES && known {
            wrong.push(format!("{name} has only {lines} lines now; take it off the list of longer files"));
        }
    }
    none(wrong);
}

#[test]
fn every_dependency_has_its_line_and_licence() {
    let graph = Graph::load().unwrap_or_else(|e| panic!("{e}"));
    let mut used: BTreeMap<&str, &str> = BTreeMap::new();
    for package in graph.ours() {
        for at in package.normal.iter().chain(&package.dev).chain(&package.build) {
            let dep = &graph.packages[*at];
            if !dep.ours {
                used.insert(&dep.name, &dep.license);
            }
        }
    }
    let page = "docs/dependencies.md";
    let rows = markdown::marked_table(&read(page), "dependencies");
    let mut wrong = Vec::new();
    let mut listed = BTreeSet::new();
    for (line, cells) in rows {
        let name = cells.first().and_then(|c| markdown::code_words(c).into_iter().next()).unwrap_or_default();
        match used.get(name.as_str()) {
            None => wrong.push(format!("{page}:{line}: nothing depends on `{name}`; take the row out")),
            Some(license) if cells.get(1).map(String::as_str) != Some(*license) => {
                wrong.push(format!("{page}:{line}: the licence of `{name}` is `{license}`"));
            }
            Some(_) => {}
        }
        if cells.get(2).is_none_or(String::is_empty) {
            wrong.push(format!("{page}:{line}: say why `{name}` is there"));
        }
        listed.insert(name);
    }
    for (name, license) in used {
        if !listed.contains(name) {
            wrong.push(format!("{page} has no row for `{name}`; add `| `{name}` | {license} | why |`"));
        }
    }
    none(wrong);
}

/// Where a double is handled at all: its decimal text, read and written by code without
/// floating-point arithmetic.
const DOUBLES: &[&str] = &["vm/num/src/float_bits.rs"];

#[test]
fn pure_rooms_hold_no_floats() {
    let mut wrong = Vec::new();
    for room in rooms() {
        if !matches!(room.kind, Kind::NoStd | Kind::Pure) {
            continue;
        }
        for file in files_below(&root().join(&room.folder).join("src"), &["rs", "lalrpop"]) {
            let name = shown(&file);
            let text = fs::read_to_string(&file).unwrap_or_default();
            for (at, line) in text.lines().enumerate() {
                let code = line.split("//").next().unwrap_or_default();
                let float = code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|w| w == "f64" || w == "f32");
                if float && !DOUBLES.contains(&name.as_str()) {
                    wrong.push(format!("{name}:{}: a float in a pure room; numbers go through vm/num", at + 1));
                }
            }
        }
    }
    none(wrong);
}
