//! The examples in the documentation and in the library table are run, and links lead
//! somewhere.

use gatos_echo::Limits;
use gatos_harness::engine::{self, Kind};
use gatos_harness::markdown::{self, Fence};
use gatos_harness::{claims, files_below, root, shown};
use gatos_syntax::codes::CodeInfo;
use libtest_mimic::{Arguments, Failed, Trial};
use std::fs;
use std::path::{Path, PathBuf};

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    let mut pages = files_below(&root().join("docs"), &["md"]);
    pages.push(root().join("README.md"));
    pages.push(root().join("CONTRIBUTING.md"));
    for page in &pages {
        let text = fs::read_to_string(page).unwrap_or_default();
        let name = shown(page);
        for fence in markdown::fences(&text) {
            // Generated pages are printed from tables, whose examples are run below.
            let trial = format!("{name}:{}", fence.line);
            if is_lua(&fence) && !name.starts_with("docs/reference/") {
                trials.push(Trial::test(trial, move || example(&fence)));
            } else if is_rego(&fence) && !name.starts_with("docs/reference/") {
                trials.push(Trial::test(trial, move || policy_example(&fence)));
            }
        }
    }
    for sig in gatos_sigs::SIGS.iter().filter(|s| !s.example.is_empty()) {
        trials.push(Trial::test(format!("library::{}", sig.name), || run(sig.example)));
    }
    for info in gatos_syntax::codes::all() {
        trials.push(Trial::test(format!("diagnostics::{}", info.code), || explained(info)));
    }
    trials.push(Trial::test("links_lead_somewhere", move || all_links(&pages)));
    trials.push(Trial::test("every_page_is_in_the_summary", summary));
    libtest_mimic::run(&arguments, trials).exit();
}

fn is_lua(fence: &Fence) -> bool {
    fence.info == "lua" || fence.info.starts_with("lua,")
}

fn example(fence: &Fence) -> Result<(), Failed> {
    match fence.info.split_once(',').map(|(_, tag)| tag) {
        None => run(&fence.text),
        Some("ignore") => Ok(()),
        Some(tag) => match tag.strip_prefix("refused=") {
            Some(code) => refused(&fence.text, code),
            None => Err(format!("unknown tag `{tag}`").into()),
        },
    }
}

fn is_rego(fence: &Fence) -> bool {
    fence.info == "rego" || fence.info.starts_with("rego,")
}

/// A policy compiles, or gives the code that it says.
fn policy_example(fence: &Fence) -> Result<(), Failed> {
    let codes = policy_codes(&fence.text);
    match fence.info.split_once(',').map(|(_, tag)| tag) {
        None if codes.iter().any(|(code, _)| code.starts_with('E')) => Err(format!("{codes:?}").into()),
        None | Some("ignore") => Ok(()),
        Some(tag) => match tag.strip_prefix("refused=") {
            Some(code) if codes.iter().any(|(found, _)| *found == code) => Ok(()),
            Some(code) => Err(format!("wanted {code}, got {codes:?}").into()),
            None => Err(format!("unknown tag `{tag}`").into()),
        },
    }
}

/// What compiling a policy says: codes and messages.
fn policy_codes(text: &str) -> Vec<(&'static str, String)> {
    let source = gatos_compiler::Source { name: "example.rgs", text };
    let compiled = gatos_compiler::rgs::compile(&[source], None, &Default::default());
    compiled.diagnostics.into_iter().map(|d| (d.diagnostic.code, d.diagnostic.message)).collect()
}

/// A fold is loaded and run over no event; anything else is run, and its claims are judged.
fn run(text: &str) -> Result<(), Failed> {
    let (instrumented, claims) = claims::instrument(text);
    let compiled = engine::compile("example.lua", &instrumented, Kind::Auto, Path::new("nowhere"));
    let Some(program) = &compiled.program else {
        return Err(engine::diagnostics(&compiled, false).into());
    };
    if claims.is_empty() && engine::is_fold(program) {
        return engine::run_fold(program, b"", Limits::DEFAULT, true).state.map(|_| ()).map_err(Failed::from);
    }
    let ran = engine::run_script(program, Limits::DEFAULT);
    let (_, wrong) = claims::judge(&claims, &ran.log);
    match ran.outcome {
        Err(error) => Err(format!("{error}\n{}", wrong.join("\n")).into()),
        Ok(_) if wrong.is_empty() => Ok(()),
        Ok(_) => Err(wrong.join("\n").into()),
    }
}

fn refused(text: &str, code: &str) -> Result<(), Failed> {
    let compiled = engine::compile("example.lua", text, Kind::Auto, Path::new("nowhere"));
    let codes = engine::error_codes(&compiled);
    if codes.contains(&code) { Ok(()) } else { Err(format!("wanted {code}, got {codes:?}").into()) }
}

/// Codes whose example is a sketch: it would need hundreds or thousands of lines or brackets (E0007, E0212,
/// E0213, E0217, W0508, E1008, E1127, E1128, E1129), other files (E0215, E0216), its surroundings (E0018, W0511, W0520), or a lint that
/// is off unless asked for (W0503).
const SKETCHES: &[&str] = &[
    "E0007", "E0018", "E0212", "E0213", "E0215", "E0216", "E0217", "W0503", "W0508", "W0511", "W0520", "E1008",
    "E1127", "E1128", "E1129",
];

/// What a page calls wrong gives its code, and what it calls right does not.
fn explained(info: &CodeInfo) -> Result<(), Failed> {
    if SKETCHES.contains(&info.code) {
        return Ok(());
    }
    let mut wrong = Vec::new();
    let mut seen_wrong = false;
    for fence in markdown::fences(info.explain) {
        let before = info.explain.lines().take(fence.line - 1).filter(|l| !l.trim().is_empty()).last();
        let expected = match before.map(str::trim) {
            Some("Wrong:") => true,
            Some("Right:") => false,
            other => return Err(format!("a block follows {other:?}, not `Wrong:` or `Right:`").into()),
        };
        seen_wrong |= expected;
        if is_rego(&fence) {
            let codes = policy_codes(&fence.text);
            if codes.iter().any(|(code, _)| *code == info.code) != expected {
                let verb = if expected { "does not give" } else { "gives" };
                wrong.push(format!("this example {verb} {}:\n{}\nwhat it gives:\n{codes:?}", info.code, fence.text));
            }
            continue;
        }
        let kind = if info.code.starts_with("E04") { Kind::Fold } else { Kind::Auto };
        let compiled = engine::compile("example.lua", &fence.text, kind, Path::new("nowhere"));
        let gives = compiled.diagnostics.iter().any(|d| d.diagnostic.code == info.code);
        if gives != expected {
            let verb = if expected { "does not give" } else { "gives" };
            let all = engine::diagnostics(&compiled, true);
            wrong.push(format!("this example {verb} {}:\n{}\nwhat it gives:\n{all}", info.code, fence.text));
        }
    }
    if !seen_wrong {
        wrong.push("there is no wrong example".to_owned());
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

fn all_links(pages: &[PathBuf]) -> Result<(), Failed> {
    let mut broken = Vec::new();
    for page in pages {
        let text = fs::read_to_string(page).unwrap_or_default();
        let folder = page.parent().unwrap_or(page);
        for (at, line) in text.lines().enumerate() {
            for target in line.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
                let file = target.split('#').next().unwrap_or_default();
                if !file.is_empty() && !file.contains("://") && !folder.join(file).exists() {
                    broken.push(format!("{}:{}: {target}", shown(page), at + 1));
                }
            }
        }
    }
    if broken.is_empty() { Ok(()) } else { Err(broken.join("\n").into()) }
}

fn summary() -> Result<(), Failed> {
    let docs = root().join("docs");
    let summary = fs::read_to_string(docs.join("SUMMARY.md")).unwrap_or_default();
    let missing: Vec<String> = files_below(&docs, &["md"])
        .iter()
        .filter_map(|p| p.strip_prefix(&docs).ok())
        .map(|p| p.to_string_lossy().replace('\\', "/"))
        .filter(|p| p != "SUMMARY.md" && !summary.contains(&format!("({p})")))
        .collect();
    if missing.is_empty() { Ok(()) } else { Err(format!("not in docs/SUMMARY.md: {}", missing.join(", ")).into()) }
}
