//! Claims about compiled policies: what reaches their bytes, and what does not.

use gatos_compiler::Source;
use gatos_compiler::rgs::{CompiledBundle, PolicyOptions, compile};
use gatos_syntax::diagnostic::Severity;

fn bundle(sources: &[(&str, &str)]) -> CompiledBundle {
    let sources: Vec<Source<'_>> = sources.iter().map(|(name, text)| Source { name, text }).collect();
    compile(&sources, None, &PolicyOptions::default())
}

#[track_caller]
fn bytes(sources: &[(&str, &str)]) -> Vec<u8> {
    let bundle = bundle(sources);
    match bundle.program {
        Some(p) => p.bytes,
        None => panic!("{:?}", bundle.diagnostics),
    }
}

const A: &str = "package a\nallow if { some x in input.list; x.k == data.v; not deny }\ndeny if input.bad\n";
const B: &str = "package b\nuses := data.a.allow\nf(x) := x + 1\nn := y if y := f(2) with input.bad as true\n";

#[test]
fn the_order_of_files_does_not_matter() {
    assert_eq!(bytes(&[("a.rgs", A), ("b.rgs", B)]), bytes(&[("b.rgs", B), ("a.rgs", A)]));
}

#[test]
fn comments_formatting_and_names_of_variables_do_not_reach_the_bytes() {
    let other = "# says nothing\npackage a\n\nallow if {\n\tsome member in input.list # each\n\n\tmember.k == data.v\n\tnot deny\n}\n\ndeny if {\n\tinput.bad\n}\n";
    assert_eq!(bytes(&[("a.rgs", A)]), bytes(&[("a.rgs", other)]));
}

#[test]
fn what_is_read_of_the_input_is_known_exactly() {
    let text = "package a\np if { input.job.cpu > 3; input.job.cpu < 9 }\nq if input.job.env[_] == input.who\n\
                r := input.job.env.path\ns if some x in input.list[2]\nt := y if y := p with input.other.deep as 1\n";
    let bundle = bundle(&[("a.rgs", text)]);
    let policy = bundle.program.expect("it compiles").program.program().policy.clone().expect("a policy");
    let reads: Vec<String> = policy.input_reads.iter().map(|p| p.join(".")).collect();
    assert_eq!(reads, ["job.cpu", "job.env", "list", "who"]);
}

#[test]
fn a_rule_of_hundreds_of_variables_is_refused() {
    let rows: String = (0..300).map(|i| format!("\tx{i} := input.a{i}\n")).collect();
    let sum: String = (0..300).map(|i| format!("\tx{i} != 1\n")).collect();
    let text = format!("package a\np if {{\n{rows}{sum}}}\n");
    let bundle = bundle(&[("a.rgs", &text)]);
    let errors = bundle.diagnostics.iter().filter(|d| d.diagnostic.severity == Severity::Error);
    assert_eq!(errors.map(|d| d.diagnostic.code).collect::<Vec<_>>(), ["E1128"]);
}

#[test]
fn long_composites_fit() {
    let list = |f: &dyn Fn(usize) -> String| (0..400).map(f).collect::<Vec<_>>().join(", ");
    let text = format!(
        "package a\np := [{}]\nq := {{{}}}\nr := {{{}}}\ns := [x | x := [{}, input.l[_]][_]]\n",
        list(&|i| i.to_string()),
        list(&|i| format!("\"k{i}\": input.v{i}")),
        list(&|i| format!("input.v{i}")),
        list(&|i| i.to_string()),
    );
    bytes(&[("a.rgs", &text)]);
}

#[test]
fn the_map_knows_rules_and_conditions() {
    let text =
        "package a\n# METADATA\n# title: Nobody\n# custom:\n#   adr: 7\np if {\n\tsome x in input.list\n\tx > 1\n}\n";
    let policy = bundle(&[("a.rgs", text)]).program.expect("it compiles");
    let [rule] = policy.map.rules.as_slice() else { panic!("one rule") };
    assert_eq!((rule.at.line, rule.title.as_deref(), rule.custom.as_deref()), (6, Some("Nobody"), Some("{\"adr\":7}")));
    let literals: Vec<_> = policy.map.functions.iter().flat_map(|f| &f.literals).collect();
    let starts: Vec<_> = literals.iter().map(|l| (l.start.line, l.vars.len())).collect();
    assert_eq!(starts, [(7, 1), (8, 1)]);
    assert!(gatos_elc::SourceMap::from_bytes(&policy.map.to_bytes()).is_ok_and(|m| m == policy.map));
}

#[test]
fn deep_nesting_compiles_or_is_refused() {
    let n = 190;
    let nest = |open: &str, inner: &str, close: &str| format!("{}{inner}{}", open.repeat(n), close.repeat(n));
    let texts = [
        format!("p := {}", nest("[", "1", "]")),
        format!("p := {}", nest("{\"k\": ", "input.x", "}")),
        format!("p := {}", nest("count([", "input.x", "])")),
        format!("p := {}", nest("[x | x := ", "input.x", "]")),
        format!("p if {}", vec!["input.x + 1"; 240].join(" + ") + " > 1"),
        format!("p if {} = input.y", nest("[", "z", "]")),
        format!("p if {}", nest("input[", "input.x", "]")),
        format!("p := $\"{}\"", nest("{[", "1", "]}")),
        format!("p if {}", nest("every x in input.l { ", "x > 1", " }")),
        format!("f(x) := x\np := {}", nest("f(", "1", ")")),
        format!("p if {}", nest("1 in [", "1", "]")),
    ];
    for text in texts {
        let bundle = bundle(&[("a.rgs", &format!("package a\n{text}\n"))]);
        assert!(bundle.program.is_some() || bundle.has_errors(), "{text}");
    }
}
