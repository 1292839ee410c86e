//! Renaming in policies is exact: variables never reach the compiled bytes, and under another name a rule
//! decides as it did.

mod fixture;

use fixture::Fixture;
use gatos_canon::Value;
use gatos_compiler::Source;
use gatos_compiler::rgs::{CompiledPolicy, PolicyOptions, compile};
use gatos_elc::program::DocumentKind;
use gatos_ide::{TokenKind, modifier, prepare_rename, references, rename, tokens};
use gatos_vm::policy::Input;
use gatos_vm::{DocKind, Limits, Silent, Vm};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Numbers that follow from a seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.roll(of.len())]
    }
}

const RULES: [&str; 6] = ["alpha", "beta", "gamma", "delta", "x", "util"];
const VARS: [&str; 7] = ["x", "y", "z", "k", "alpha", "v", "count"];

/// A rule whose variables are mostly bound; names of rules and variables overlap on purpose.
fn rule(dice: &mut Dice, n: usize, out: &mut String) {
    let mut bound: Vec<String> = Vec::new();
    let mut body = String::new();
    let name = RULES[n % RULES.len()];
    let function = n % RULES.len() == 3;
    if function {
        bound.push("p".to_owned());
    }
    for _ in 0..=dice.roll(4) {
        let var = dice.pick(&VARS).to_owned();
        let old = if bound.is_empty() { "input.n".to_owned() } else { bound[dice.roll(bound.len())].clone() };
        let is_new = !bound.contains(&var);
        let line = match dice.roll(9) {
            0 if is_new => format!("{var} := {old}"),
            1 if is_new => format!("some {var} in input.list"),
            2 if is_new => format!("some {var}\n\tinput.list[{var}] == {old}"),
            3 if is_new => format!("[{var}, _] := [{old}, 1]"),
            4 => format!("every e in input.list {{ e != {old}; e < 100 }}"),
            5 => format!("count([{var} | some {var} in input.list; {var} != {old}]) >= 0"),
            6 => format!("not {old} == 77"),
            7 => format!("lib.twice({old}) != 5"),
            _ => format!("{old} != \"{var}\""),
        };
        if line.starts_with(&format!("{var} :=")) || line.starts_with("some ") || line.starts_with('[') {
            bound.push(var);
        }
        body.push_str(&format!("\t{line}\n"));
    }
    let last = bound.last().cloned().unwrap_or_else(|| "1".to_owned());
    let other = RULES[(n + 1) % RULES.len()];
    let uses = if n + 1 < RULES.len() && (n + 1) != 3 && !bound.iter().any(|b| b == other) {
        format!("\tcount([1 | {other}]) >= 0\n")
    } else {
        String::new()
    };
    match n % RULES.len() {
        0 => out.push_str(&format!("{name} contains {last} if {{\n{body}{uses}}}\n\n")),
        1 => out.push_str(&format!("{name}[{last}] := 1 if {{\n{body}{uses}}}\n\n")),
        2 => out.push_str(&format!("{name} := 1 if {{\n{body}{uses}}} else := 2 if {{\n{body}}}\n\n")),
        3 => out.push_str(&format!("{name}(p) := 1 if {{\n{body}}}\n\nuses_{name} if {name}(1)\n\n")),
        _ => out.push_str(&format!("{name} if {{\n{body}{uses}}}\n\n")),
    }
}

fn policy(seed: u64) -> (Dice, BTreeMap<String, String>) {
    let mut dice = Dice(seed);
    let mut main = String::from("package a.main\n\nimport data.a.lib\n");
    if dice.roll(2) == 0 {
        main.push_str("import data.a.lib.twice as double\n\nuses_double if double(2) == 4\n");
    }
    main.push('\n');
    for n in 0..RULES.len() {
        rule(&mut dice, n, &mut main);
    }
    let lib = "package a.lib\n\ntwice(v) := v * 2\n\nlimits := {\"low\": 1}\n";
    let test = "package a.main_test\n\nimport data.a.main\n\ntest_main if {\n\tsome x in main.alpha with input as {\"list\": [1]}\n\tx == 1\n}\n";
    let files = [
        ("gatos/policies/main.rgs", main),
        ("gatos/policies/lib.rgs", lib.to_owned()),
        ("gatos/policies/main_test.rgs", test.to_owned()),
    ];
    (dice, files.into_iter().map(|(path, text)| (format!("/p/{path}"), text)).collect())
}

fn compiled(texts: &BTreeMap<String, String>) -> Option<CompiledPolicy> {
    let sources: Vec<Source<'_>> = texts.iter().map(|(name, text)| Source { name, text }).collect();
    compile(&sources, None, &PolicyOptions::default()).program
}

/// Every document's value over an input, by path; what fails says so.
fn documents(policy: &CompiledPolicy, input: &str) -> BTreeMap<Vec<String>, String> {
    let library = gatos_stdlib::rgs::library();
    let mut vm = Vm::new(&policy.program, &library, Limits::default(), Box::new(Silent)).expect("it loads");
    vm.load_data(b"{}").expect("data");
    vm.begin_decision(Input::Json(input.as_bytes())).expect("input");
    let documents = policy.program.program().policy.as_ref().expect("a policy").documents.clone();
    let mut out = BTreeMap::new();
    for (at, document) in (0u32..).zip(&documents) {
        if matches!(document.kind, DocumentKind::Function(_)) {
            continue;
        }
        let shown = match vm.ask(at) {
            Ok(value) if vm.doc_kind(value) == DocKind::Undefined => "undefined".to_owned(),
            Ok(value) => vm.doc_text(value),
            Err(_) => "fails".to_owned(),
        };
        out.insert(document.path.clone(), shown);
    }
    out
}

fn fixture(texts: &BTreeMap<String, String>) -> Fixture {
    let mut all = String::new();
    for (path, text) in texts {
        all.push_str(&format!("//- {}\n{text}", path.trim_start_matches("/p/")));
    }
    Fixture::new(&all)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn renames_keep_what_is_decided(seed in any::<u64>()) {
        let (mut dice, texts) = policy(seed);
        let Some(before) = compiled(&texts) else { return Ok(()) };
        let mut renamed = 0;
        for _ in 0..12 {
            let mut f = fixture(&texts);
            let snapshot = f.snapshot();
            let path = texts.keys().nth(dice.roll(texts.len())).expect("a file").clone();
            let file = f.file_at(&path);
            let words: Vec<_> = tokens(&snapshot, &file, None)
                .into_iter()
                .filter(|t| matches!(t.kind, TokenKind::Variable | TokenKind::Parameter | TokenKind::Rule | TokenKind::Function | TokenKind::Namespace))
                .collect();
            let token = words[dice.roll(words.len())];
            let name = match dice.roll(3) {
                0 => dice.pick(&RULES).to_owned(),
                1 => dice.pick(&VARS).to_owned(),
                _ => "fresh".to_owned(),
            };
            if prepare_rename(&snapshot, &file, token.span.start).is_err() {
                continue;
            }
            let old = texts[&path][token.span.range()].to_owned();
            let Ok(edit) = rename(&snapshot, &file, token.span.start, &name) else { continue };
            let places = references(&snapshot, &file, token.span.start, true).len();
            prop_assert!(places > 0);
            f.apply(&edit);
            renamed += 1;
            let after = compiled(&f.texts);
            prop_assert!(after.is_some(), "renaming `{}` to `{}` breaks\n{}", old, name, f.texts[&path]);
            let after = after.expect("it compiles");
            let is_variable = matches!(token.kind, TokenKind::Variable | TokenKind::Parameter)
                && token.modifiers & modifier::DEFAULT_LIBRARY == 0;
            if is_variable {
                prop_assert_eq!(before.policy_code_root, after.policy_code_root, "`{}` to `{}`\n{}\nbecame\n{}", old, name, texts[&path], f.texts[&path]);
                continue;
            }
            for input in [r#"{"n":1,"list":[1,2,77]}"#, r#"{"n":77,"list":[]}"#, "{}"] {
                let was = documents(&before, input);
                let is = documents(&after, input);
                // One part of some paths has another name; nothing else differs.
                let same = |path: &Vec<String>| {
                    let mut candidates = vec![path.clone()];
                    for at in 0..path.len() {
                        let mut other = path.clone();
                        if other[at] == name {
                            old.clone_into(&mut other[at]);
                            candidates.push(other);
                        }
                    }
                    candidates.into_iter().find_map(|c| was.get(&c)).cloned()
                };
                prop_assert_eq!(was.len(), is.len());
                for (path, value) in &is {
                    let known = same(path);
                    prop_assert_eq!(known.as_ref(), Some(value), "{:?} after `{}` became `{}`\n{}", path, old, name, f.texts[&texts.keys().next().expect("a file").clone()]);
                }
            }
        }
        _ = renamed;
    }
}

#[test]
fn most_random_policies_compile_and_have_names_that_can_be_changed() {
    let (mut good, mut changed) = (0, 0);
    for seed in 0..40u64 {
        let (_, texts) = policy(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        if compiled(&texts).is_none() {
            continue;
        }
        good += 1;
        let f = fixture(&texts);
        let file = f.file_at("/p/gatos/policies/main.rgs");
        let all = tokens(&f.snapshot(), &file, None);
        changed += all.iter().filter(|t| rename(&f.snapshot(), &file, t.span.start, "fresh").is_ok()).take(5).count();
    }
    assert!(good >= 10, "{good} of 40 compile");
    assert!(changed >= good * 4, "{changed} names of {good} policies");
}

#[track_caller]
fn renamed(text: &str, name: &str) -> Result<BTreeMap<String, String>, String> {
    let mut f = Fixture::new(text);
    let file = f.file();
    let edit = rename(&f.snapshot(), &file, f.at, name)?;
    Ok(f.apply(&edit))
}

#[test]
fn a_rule_is_renamed_in_all_files_with_imports_and_strings() {
    let out = renamed(
        "//- gatos/policies/a.rgs\npackage a\n\nol$0d if input.x\n\nelse_ := data.a[\"old\"]\n//- gatos/policies/b.rgs\npackage b\n\nimport data.a.old\nimport data.a\n\np if { old; a.old }\n",
        "new",
    )
    .expect("it can be renamed");
    assert_eq!(out["/p/gatos/policies/a.rgs"], "package a\n\nnew if input.x\n\nelse_ := data.a[\"new\"]\n");
    assert_eq!(
        out["/p/gatos/policies/b.rgs"],
        "package b\n\nimport data.a.new\nimport data.a\n\np if { new; a.new }\n"
    );
}

#[test]
fn variables_of_branches_comprehensions_and_inner_scopes_are_told_apart() {
    let out = renamed(
        "//- gatos/policies/a.rgs\npackage a\n\np contains [x, n] if {\n\tsome x in input.a\n\tn := count([x$0 | some x in input.b])\n}\n",
        "inner",
    )
    .expect("it can be renamed");
    let text = &out["/p/gatos/policies/a.rgs"];
    assert_eq!(
        text,
        "package a\n\np contains [x, n] if {\n\tsome x in input.a\n\tn := count([inner | some inner in input.b])\n}\n"
    );
}

#[test]
fn an_import_gets_an_alias_and_a_package_its_new_name_everywhere() {
    let text = "//- gatos/policies/a.rgs\npackage a.lib\n\nf(x) := x\n//- gatos/policies/b.rgs\npackage b\n\nimport input.user\nimport data.a.lib\n\np if lib.f(us$0er)\n";
    let out = renamed(text, "who").expect("it can be renamed");
    assert_eq!(
        out["/p/gatos/policies/b.rgs"],
        "package b\n\nimport input.user as who\nimport data.a.lib\n\np if lib.f(who)\n"
    );
    let text = text.replace("us$0er", "user").replace("package a.lib", "package a.l$0ib");
    let out = renamed(&text, "tools").expect("it can be renamed");
    assert_eq!(out["/p/gatos/policies/a.rgs"], "package a.tools\n\nf(x) := x\n");
    assert_eq!(
        out["/p/gatos/policies/b.rgs"],
        "package b\n\nimport input.user\nimport data.a.tools\n\np if tools.f(user)\n"
    );
}

#[test]
fn what_cannot_be_renamed_says_why() {
    let refused =
        |text: &str, name: &str| renamed(&format!("//- gatos/policies/a.rgs\n{text}"), name).expect_err("refused");
    assert!(refused("package gatos.a\n\nal$0low if input.x\n", "may").contains("a gate reads"));
    assert!(refused("package gatos.a\n\nm$0ay if input.x\n", "allow").contains("begin to decide"));
    assert!(refused("package a\n\np if cou$0nt(input.x) > 1\n", "n").contains("library"));
    assert!(refused("package a\n\np if input.x$0\n", "y").contains("input"));
    assert!(refused("package a\n\np if { x$0 := 1; x > 0 }\n", "in").contains("reserved"));
    assert!(refused("package a\n\np if { x$0 := 1; x > 0 }\n", "é").contains("letters"));
    assert!(refused("package a\n\np if { x$0 := 1; y := 2; x < y }\n", "y").contains("already"));
    assert!(refused("package a\n\nq := 1\n\np if { x$0 := 1; x < q }\n", "q").contains("something else"));
    assert!(refused("package a\n\nq := 1\n\np$0 := 2\n", "q").contains("already"));
    assert!(refused("package a\n\np.x := 1\n\np[k] := v if some k, v in input.m\n\nq := p.x$0\n", "y").contains("key"));
    // Names below a place that is taken as a whole can be asked for by any text.
    let whole = "package app\n\nadm$0ins := {\"a\"}\n\nq := data.app[k] if k := \"admins\"\n";
    assert!(refused(whole, "zq").contains("as a whole"));
    assert!(refused("package ga$0tos.exec\n\ndeny contains \"x\" if input.y\n", "acme").contains("a gate reads"));
    _ = Value::Null;
}
