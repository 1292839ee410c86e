//! Laws of policies: any text gets an answer or a refusal, and what the compiler does for speed
//! changes no answer.

use crate::choices::Choices;
use gatos_compiler::Source;
use gatos_compiler::rgs::{CompiledPolicy, PolicyOptions, compile};
use gatos_elc::program::DocumentKind;
use gatos_vm::{DecideError, Input, Limits, Silent, Vm};

const DATA: &str = r#"{
    "bindings": [
        {"subject": "ann", "role": "dev", "caps": ["run", "read"], "path": "repo/a/**", "n": 1},
        {"subject": "bob", "role": "ops", "caps": ["read"], "path": "repo/*", "n": 2},
        {"subject": "ann", "role": "ops", "caps": {"x": "run"}, "path": "[", "n": 2.5},
        {"subject": 7, "role": null, "caps": [], "path": 5, "n": "1"},
        {"subject": ["ann"], "n": 1}, 3, null, "ann"
    ],
    "roles": {"dev": ["a", "b"], "ops": [], "x": {"y": 1}},
    "names": {"a": "ann", "b": "bob", "c": {"subject": "bob"}},
    "limit": 2
}"#;

const INPUTS: [&str; 5] = [
    r#"{"user": "ann", "role": "ops", "cap": "run", "path": "repo/a/b", "n": 2, "list": ["ann", "bob", "repo/x", 1]}"#,
    r#"{"user": 7, "role": null, "path": ["repo"], "n": 1.0, "list": {"k": "run", "l": "repo/a/c"}}"#,
    r#"{"user": ["ann"], "cap": "read", "list": [[1], {"subject": "ann"}, "read"]}"#,
    r#"[]"#,
    r#""ann""#,
];

const LIMITS: Limits = Limits { fuel: 4_000_000, depth: 100, memory: 16 << 20 };

fn build(text: &str, optimise: bool) -> Option<CompiledPolicy> {
    let options = PolicyOptions { optimise, ..PolicyOptions::default() };
    compile(&[Source { name: "a.rgs", text }], None, &options).program
}

/// Every document for every input, as text; an error by its code. Nothing when a limit was met:
/// other code meets it elsewhere.
fn answers(policy: &CompiledPolicy, strict: bool) -> Option<Vec<String>> {
    let library = gatos_stdlib::rgs::library();
    let mut vm = Vm::new(&policy.program, &library, LIMITS, Box::new(Silent)).expect("a verified policy loads");
    vm.set_strict(strict);
    vm.load_data(DATA.as_bytes()).expect("good data");
    let documents = vm.policy().map(|p| p.documents.clone()).unwrap_or_default();
    let mut out = Vec::new();
    for input in INPUTS.iter().map(|i| Input::Json(i.as_bytes())).chain([Input::None]) {
        for (i, document) in documents.iter().enumerate() {
            if matches!(document.kind, DocumentKind::Function(_)) {
                continue;
            }
            vm.begin_decision(input).expect("good input");
            out.push(match vm.ask(i as u32) {
                Ok(v) if v.is_nil() => "undefined".to_string(),
                Ok(v) => vm.doc_text(v),
                Err(DecideError::Failed(f)) if f.limit.is_some() => return None,
                // Strict rules end a query at its first error; which one that is, the order decides.
                Err(DecideError::Failed(_)) if strict => "failed".to_string(),
                Err(DecideError::Failed(f)) => f.message.split(':').next().unwrap_or_default().to_string(),
                Err(other) => panic!("{other}"),
            });
        }
    }
    Some(out)
}

/// Any text compiles or is refused, and what compiles answers or fails, within its limits.
pub fn oracle_policy_text(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    run(&text);
    run(&format!("package a\n{text}"));
    // Edited good text gets further than noise.
    let mut c = Choices::new(data);
    let good = policy(&mut c);
    let edited = Choices::new(c.rest()).edit(good.into_bytes());
    run(&String::from_utf8_lossy(&edited));
}

fn run(text: &str) {
    let Some(policy) = build(text, true) else { return };
    let again = build(text, true).map(|p| p.bytes);
    assert_eq!(again.as_deref(), Some(&policy.bytes[..]), "compiling twice gives two programs");
    let loaded = gatos_elc::load(&policy.bytes).expect("what the compiler wrote verifies");
    assert_eq!(loaded.fold_root(), policy.policy_code_root);
    assert!(policy.map.belongs_to(&loaded));
    answers(&policy, false);
}

/// Indexes, shared loads and reordered loops change no answer.
pub fn oracle_policy_index(data: &[u8]) {
    let mut c = Choices::new(data);
    let strict = c.one_in(4);
    let text = policy(&mut c);
    match (build(&text, true), build(&text, false)) {
        (Some(clever), Some(plain)) => {
            if let (Some(a), Some(b)) = (answers(&clever, strict), answers(&plain, strict)) {
                assert_eq!(a, b, "{text}");
            }
        }
        (None, None) => {}
        _ => panic!("only one of the two compiles\n{text}"),
    }
}

/// Values that are known at once.
const KNOWN: [&str; 14] = [
    "input.user",
    "input.role",
    "input.cap",
    "input.path",
    "input.n",
    "input",
    "data.limit",
    "data.names.a",
    "\"ann\"",
    "\"run\"",
    "1",
    "null",
    "[\"ann\"]",
    "data.names[input.role]",
];

/// Loops, each over a variable of its own.
const LOOPS: [&str; 9] = [
    "some V in data.bindings",
    "some K, V in data.bindings",
    "V := data.bindings[_]",
    "V = data.bindings[K]",
    "some V in input.list",
    "some K, V in input.list",
    "some V in data.roles",
    "some V in data.names",
    "V := data.roles[input.role][_]",
];

/// Conditions over what loops gave; V and W are variables, X is known.
const TESTS: [&str; 24] = [
    "V.subject == X",
    "X == V.subject",
    "V.subject = X",
    "V == X",
    "V.n == X",
    "V.role == W",
    "W == V.subject",
    "V.subject != X",
    "X in V.caps",
    "W in V.caps",
    "not W in V.caps",
    "glob.match(V.path, [\"/\"], X)",
    "glob.match(V.path, [\"/\"], W)",
    "glob.match(V.path, [], W)",
    "glob.match(V.path, null, input.path)",
    "glob.match(\"repo/**\", [\"/\"], W)",
    "glob.match(\"repo/*\", [\"/\"], input.path)",
    "glob.match(\"repo/*/b\", [\"/\"], input.path)",
    "V.n < X",
    "count(V) > 1",
    "every e in V.caps { e != X }",
    "not V.subject == X",
    "startswith(W, \"a\")",
    "V.subject in {\"ann\", \"bob\", 7}",
];

const VARS: [&str; 3] = ["a", "b", "c"];

/// A policy that compiles more often than not.
fn policy(c: &mut Choices<'_>) -> String {
    let mut out = String::from("package p\n");
    for rule in 0..1 + c.below(4) {
        let body = body(c);
        let value = c.of(&["a", "a.subject", "[a, b]", "b", "input.user", "1"]);
        out.push_str(&match c.below(8) {
            0 => format!("s{rule} contains {value} if {{\n{body}}}\n"),
            1 => format!("c{rule} if {{\n{body}}}\n"),
            2 => format!("default c{rule} := false\nc{rule} if {{\n{body}}}\nc{rule} if input.n == 2\n"),
            3 => format!("o{rule}[{value}] := a.n if {{\n{body}}}\n"),
            4 => format!("l{rule} := [{value} |\n{body}]\n"),
            5 => format!("m{rule} := {{{value} |\n{body}}}\n"),
            6 => format!("w{rule} if {{\nc9 with data.bindings as [input]\n}}\nc9 if {{\n{body}}}\n"),
            _ => format!("e{rule} := 1 if {{\n{body}}} else := 2 if {{\n{body}}}\n"),
        });
    }
    out
}

fn body(c: &mut Choices<'_>) -> String {
    let mut out = String::new();
    let mut open = 0;
    while open == 0 || (open < VARS.len() && !c.one_in(2)) {
        let text = c.of(&LOOPS).replace('V', VARS[open]).replace('K', ["i", "j", "k"][open]);
        out.push_str(&format!("  {text}\n"));
        open += 1;
    }
    for _ in 0..1 + c.below(3) {
        let (v, w) = (VARS[c.below(open)], VARS[c.below(open)]);
        let test = c.of(&TESTS).replace('V', v).replace('W', w).replace('X', c.of(&KNOWN));
        out.push_str(&format!("  {test}\n"));
    }
    out
}
