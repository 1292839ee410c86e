//! What the golden cases must touch: every library function, every op, every code.

use gatos_harness::engine::{self, Kind};
use gatos_harness::golden::{self, Area};
use gatos_harness::{claims, root};
use std::collections::BTreeSet;
use std::fs;

fn sources(area: Area) -> Vec<(golden::Case, String)> {
    let (cases, _) = golden::discover(&root().join("tests/golden"));
    let wanted = cases.into_iter().filter(|case| case.area == area);
    wanted.map(|case| (case.clone(), fs::read_to_string(&case.source).unwrap_or_default())).collect()
}

#[track_caller]
fn none(missing: &[String]) {
    assert!(missing.is_empty(), "without a golden case: {}", missing.join(", "));
}

#[test]
fn every_library_name_has_a_case() {
    let mut used = BTreeSet::new();
    for (case, text) in sources(Area::Run).into_iter().chain(sources(Area::Fold)) {
        let kind = if case.area == Area::Fold { Kind::Fold } else { Kind::Script };
        let compiled = engine::compile("case.lua", &text_of(&case, &text), kind, &case.source.with_extension(""));
        if let Some(program) = compiled.program {
            used.extend(program.program.program().libs.iter().cloned());
        }
        // Constants are folded away before the library is asked for them.
        used.extend(
            gatos_sigs::SIGS
                .iter()
                .filter(|s| s.kind == gatos_sigs::Kind::Constant && text.contains(s.name))
                .map(|s| s.name.to_owned()),
        );
        // Methods of strings reach the library without being named in full.
        for sig in gatos_sigs::SIGS.iter().filter(|s| s.table() == Some("string")) {
            if text.contains(&format!(":{}(", sig.member())) {
                used.insert(sig.name.to_owned());
            }
        }
    }
    let all = gatos_sigs::SIGS.iter().map(|s| s.name.to_owned());
    none(&all.filter(|name| !used.contains(name)).collect::<Vec<_>>());
}

fn text_of(case: &golden::Case, text: &str) -> String {
    if case.area == Area::Run { claims::instrument(text).0 } else { text.to_owned() }
}

#[test]
fn every_op_has_a_case() {
    let mut used = BTreeSet::new();
    for area in [Area::Run, Area::Fold, Area::Lower, Area::Policy] {
        for (case, text) in sources(area) {
            if case.is_policy() {
                if let Some(policy) = engine::compile_policy("case.rgs", &text).program {
                    let protos = &policy.program.program().protos;
                    used.extend(protos.iter().flat_map(|p| &p.code).map(|op| op.info().name));
                }
                continue;
            }
            let text = text_of(&case, &text);
            let compiled = engine::compile("case.lua", &text, Kind::Auto, &case.source.with_extension(""));
            let Some(program) = compiled.program else { continue };
            for proto in &program.program.program().protos {
                used.extend(proto.code.iter().map(|op| op.info().name));
            }
        }
    }
    let all = gatos_elc::ops::OPS.iter().map(|op| op.name);
    none(&all.filter(|name| !used.contains(name)).map(str::to_owned).collect::<Vec<_>>());
}

/// Codes without a case under `refuse`, each with where it is shown instead.
const ELSEWHERE: &[(&str, &str)] = &[
    ("E0018", "bytes that are not UTF-8 are refused where the file is read: runtime/gatosd"),
    ("E0217", "a program of millions of lines"),
    ("E1128", "a rule of 300 variables: compiler/core/tests/policies.rs"),
    ("E1129", "a policy of millions of rules"),
    ("E1127", "bundles of a thousand rules: compiler/core/tests/rgs_analysis.rs"),
];

#[test]
fn every_error_code_has_a_case() {
    let mut shown = BTreeSet::new();
    for (case, text) in sources(Area::Refuse).into_iter().chain(sources(Area::Run)) {
        if case.is_policy() {
            let compiled = engine::compile_policy("case.rgs", &text);
            shown.extend(compiled.diagnostics.iter().map(|found| found.diagnostic.code));
            continue;
        }
        let compiled = engine::compile("case.lua", &text, kind_of(&text), &case.source.with_extension(""));
        shown.extend(engine::error_codes(&compiled));
    }
    let errors = gatos_syntax::codes::all().map(|info| info.code).filter(|code| code.starts_with('E'));
    let missing = errors.filter(|code| !shown.contains(code) && !ELSEWHERE.iter().any(|(known, _)| known == code));
    none(&missing.map(str::to_owned).collect::<Vec<_>>());
}

fn kind_of(text: &str) -> Kind {
    if text.starts_with("--# kind: fold") { Kind::Fold } else { Kind::Script }
}
