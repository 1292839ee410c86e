//! Golden cases: `golden/<area>/<case>.lua` beside what it gives. `BLESS=1` rewrites them.
//!
//! A case may begin with `--# kind: fold|script`; `--# module: a.b` begins a module's text.

#![allow(clippy::disallowed_methods, reason = "the cases are files")]

use gatos_compiler::lint::{Level, LintConfig};
use gatos_compiler::render::{self, Form};
use gatos_compiler::{Compiled, KindChoice, ModuleSource, Options, Source, compile};
use gatos_syntax::diagnostic::Severity;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

struct Case {
    main: String,
    modules: BTreeMap<String, String>,
    options: Options,
}

fn read_case(text: &str) -> Case {
    let mut options = Options { kind: KindChoice::Auto, lints: LintConfig::default() };
    let mut main = String::new();
    let mut modules: BTreeMap<String, String> = BTreeMap::new();
    let mut at: Option<String> = None;
    for line in text.split_inclusive('\n') {
        if let Some(name) = line.strip_prefix("--# module: ") {
            at = Some(name.trim().to_string());
            continue;
        }
        match &at {
            // A module's lines keep their numbers in its own file.
            Some(name) => modules.entry(name.clone()).or_default().push_str(line),
            None => main.push_str(line),
        }
        match line.strip_prefix("--# ").map(str::trim).and_then(|l| l.split_once(": ")) {
            Some(("kind", "fold")) => options.kind = KindChoice::Fold,
            Some(("kind", "script")) => options.kind = KindChoice::Script,
            Some(("warn", code)) => options.lints.set(code, Level::Warn).expect("a lint"),
            Some(("deny", code)) => options.lints.set(code, Level::Deny).expect("a lint"),
            Some(other) => panic!("unknown directive {other:?}"),
            None => {}
        }
    }
    Case { main, modules, options }
}

fn run(text: &str) -> Compiled {
    let case = read_case(text);
    let find = |name: &str| match case.modules.get(name) {
        Some(text) => Ok(ModuleSource { path: format!("{}.lua", name.replace('.', "/")), text: text.clone() }),
        None => Err("no such file".to_string()),
    };
    compile(Source { name: "main.lua", text: &case.main }, &find, &case.options)
}

/// What people read: the short form, with label, help and fixes under it.
fn messages(c: &Compiled) -> String {
    let mut out = String::new();
    for d in &c.diagnostics {
        out.push_str(&render::short(&c.files, d));
        out.push('\n');
        let d = &d.diagnostic;
        if !d.label.is_empty() {
            out.push_str(&format!("    at: {}\n", d.label));
        }
        d.help.iter().for_each(|h| out.push_str(&format!("    help: {h}\n")));
        for fix in &d.fixes {
            let edits: Vec<String> = fix.edits.iter().map(|e| format!("{:?}", e.text)).collect();
            out.push_str(&format!("    fix: {} = {}\n", fix.title, edits.join(" and ")));
        }
    }
    if c.diagnostics.is_empty() {
        out.push_str("nothing to say\n");
    }
    out
}

fn assembly(c: &Compiled) -> String {
    match &c.program {
        Some(p) => gatos_elc::disasm(p.program.program(), None),
        None => messages(c),
    }
}

fn cases(area: &str) -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(area);
    let mut all: Vec<PathBuf> =
        std::fs::read_dir(dir).expect("the folder of cases").map(|e| e.expect("an entry").path()).collect();
    all.sort();
    for p in all.iter().filter(|p| p.extension().is_some_and(|e| e == "expect")) {
        assert!(p.with_extension("lua").exists(), "{} has no case", p.display());
    }
    all.retain(|p| p.extension().is_some_and(|e| e == "lua"));
    all
}

fn check(area: &str, show: impl Fn(&Compiled) -> String) {
    let bless = std::env::var_os("BLESS").is_some();
    let mut wrong = Vec::new();
    for path in cases(area) {
        let text = std::fs::read_to_string(&path).expect("a case");
        let got = show(&run(&text));
        let expect = path.with_extension("expect");
        if bless {
            std::fs::write(&expect, got).expect("the folder can be written");
        } else if std::fs::read_to_string(&expect).unwrap_or_default() != got {
            wrong.push(format!("--- {}\n{got}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "these cases changed (BLESS=1 accepts):\n{}", wrong.join("\n"));
}

#[test]
fn resolve() {
    check("resolve", messages);
}

#[test]
fn lint() {
    check("lint", messages);
}

#[test]
fn lower() {
    check("lower", assembly);
}

#[test]
fn every_code_has_a_case() {
    let mut seen = BTreeSet::new();
    for path in cases("resolve").into_iter().chain(cases("lint")) {
        let c = run(&std::fs::read_to_string(path).expect("a case"));
        seen.extend(c.diagnostics.iter().map(|d| d.diagnostic.code));
    }
    // The parser's codes have their cases in its own room, those of policies among the golden
    // cases of the whole product; E0217 is a mistake of ours or a giant; W0520 needs real events.
    let missing: Vec<&str> = gatos_syntax::codes::all()
        .filter(|i| !gatos_syntax::codes::of_policies(i))
        .map(|i| i.code)
        .filter(|c| !c.starts_with("E00") && !matches!(*c, "E0217" | "W0520") && !seen.contains(c))
        .collect();
    assert!(missing.is_empty(), "no case gives {missing:?}");
    let known: BTreeSet<&str> = gatos_syntax::codes::all().map(|i| i.code).collect();
    let unknown: Vec<_> = seen.iter().filter(|c| !known.contains(**c)).collect();
    assert!(unknown.is_empty(), "no page explains {unknown:?}");
}

#[test]
fn every_page_shows_a_wrong_program_and_a_right_one() {
    let of_echolua =
        |i: &&gatos_syntax::codes::CodeInfo| !i.code.starts_with("E00") && !gatos_syntax::codes::of_policies(i);
    for info in gatos_syntax::codes::all().filter(of_echolua) {
        let blocks: Vec<&str> = info.explain.split("```lua\n").skip(1).filter_map(|b| b.split("```").next()).collect();
        assert!(blocks.len() >= 2, "{} shows no right program", info.code);
        for right in &blocks[1..] {
            let c = compile(
                Source { name: "right.lua", text: right },
                &|_: &str| Ok(ModuleSource { path: "m.lua".into(), text: "return {}".into() }),
                &Options::default(),
            );
            // Pages use names that they do not declare; nothing else may be wrong with them.
            let wrong: Vec<String> = c
                .diagnostics
                .iter()
                .filter(|d| d.diagnostic.severity == Severity::Error && d.diagnostic.code != "E0201")
                .map(|d| render::short(&c.files, d))
                .collect();
            assert!(wrong.is_empty(), "{}: {wrong:?}", info.code);
        }
    }
}

#[test]
fn the_drawn_form_shows_place_label_help_and_fix() {
    let c = run("for k in pairs({}) do print(k) end\n");
    let drawn = render::render(&c, Form::Human { color: false });
    for part in [
        "[E0107]",
        "main.lua:1:10",
        "`pairs` visits keys",
        "the order would differ",
        "use `dpairs`",
        "for k in dpairs({})",
    ] {
        assert!(drawn.contains(part), "{part} is missing in\n{drawn}");
    }
    assert!(!drawn.contains('\u{1b}'), "no colours unless asked for");
    assert!(render::render(&c, Form::Human { color: true }).contains('\u{1b}'));
}

#[test]
fn the_json_form_is_strict_json() {
    let c = run("local s = \"\\\"é\" for k in pairs({}) do print(k, s .. x) end\n");
    let json = render::render(&c, Form::Json);
    let mut reader = gatos_canon::json::Reader::new(json.trim().as_bytes()).expect("UTF-8");
    while reader.next().expect("strict JSON").is_some() {}
    for part in ["\"code\":\"E0107\"", "\"line\":1", "\"text\":\"dpairs\"", "\"severity\":\"error\""] {
        assert!(json.contains(part), "{part} is missing in\n{json}");
    }
}

#[test]
fn the_benchmark_programs_compile_and_verify() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../bench/lua/programs");
    let mut seen = 0;
    for entry in std::fs::read_dir(dir).expect("the benchmark programs") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|e| e == "lua") {
            let text = std::fs::read_to_string(&path).expect("a program");
            let c =
                compile(Source { name: "bench.lua", text: &text }, &|_: &str| Err(String::new()), &Options::default());
            assert!(c.program.is_some(), "{}: {}", path.display(), render::render(&c, Form::Short));
            seen += 1;
        }
    }
    assert!(seen >= 14, "only {seen} programs were found");
}
