//! Claims about the analysis of policies: what is refused, with which code and where, and how what
//! is accepted is ordered.

use gatos_compiler::FileDiagnostic;
use gatos_compiler::rgs::hir::{DocumentKind, ExprKind, LiteralKind, Rule, Target};
use gatos_compiler::rgs::{AnalyseOptions, Analysis, analyse};
use gatos_syntax::diagnostic::Severity;

fn of(sources: &[&str], query: Option<&str>) -> Analysis {
    let parsed: Vec<_> = sources.iter().map(|s| gatos_syntax::rgs::parse(s)).collect();
    for p in &parsed {
        assert_eq!(p.diagnostics, [], "the examples parse");
    }
    let names: Vec<String> = (1..=sources.len()).map(|i| format!("{i}.rgs")).collect();
    let modules: Vec<_> = names.iter().map(String::as_str).zip(parsed.iter().map(|p| &p.module)).collect();
    let query = query.map(gatos_syntax::rgs::parse_query);
    analyse(&modules, query.as_ref().map(|q| &q.body), &AnalyseOptions::default())
}

/// `code file:text`, where the text is that of the marked place.
fn said(sources: &[&str]) -> Vec<String> {
    let show = |d: &FileDiagnostic| {
        let text = &sources[d.file as usize][d.diagnostic.span.range()];
        format!("{} {}:{text}", d.diagnostic.code, d.file + 1)
    };
    of(sources, None).diagnostics.iter().map(show).collect()
}

/// What is said about rules in a package of their own.
fn says(rules: &str) -> Vec<String> {
    said(&[&format!("package t\n\n{rules}\n")]).iter().map(|s| s.replace(" 1:", " ")).collect()
}

fn rule(rules: &str, document: &str) -> Rule {
    let a = of(&[&format!("package t\n\n{rules}\n")], None);
    assert!(!a.has_errors(), "{:?}", a.diagnostics);
    let found = a.bundle.documents.iter().find(|d| d.path == ["t", document]);
    found.expect("the document").rules[0].clone()
}

/// The order of a body's literals, by their texts.
fn order(body: &str) -> Vec<String> {
    let text = format!("package t\n\np if {{\n{body}\n}}\n");
    let a = of(&[&text], None);
    assert!(!a.has_errors(), "{:?}", a.diagnostics);
    let body = &a.bundle.documents[0].rules[0].branches[0].body;
    body.literals.iter().map(|l| text[l.span.range()].to_string()).collect()
}

#[test]
fn every_page_shows_what_it_explains() {
    let pages = gatos_syntax::codes::all().filter(|c| matches!(&c.code[1..3], "11"));
    let mut seen = 0;
    for page in pages {
        let mut examples = page.explain.split("```rego\n").skip(1).map(|e| e.split("```").next().unwrap_or(""));
        let (wrong, right) = (examples.next().expect("a wrong one"), examples.next().expect("a right one"));
        seen += 1;
        // A page cannot show so much of anything.
        if !matches!(page.code, "E1127" | "E1128" | "E1129") {
            let found = of(&[wrong], None);
            let codes: Vec<_> = found.diagnostics.iter().map(|d| d.diagnostic.code).collect();
            assert!(codes.contains(&page.code), "{}: {codes:?}", page.code);
            assert_eq!(codes.len(), 1, "{}: one mistake, one message, not {codes:?}", page.code);
        }
        let right = of(&[right], None).diagnostics;
        assert_eq!(right, [], "{}", page.code);
    }
    assert!(seen >= 32);
}

#[test]
fn statements_wait_for_what_they_need() {
    assert_eq!(order("x > 1\nx = input.n"), ["x = input.n", "x > 1"]);
    assert_eq!(order("not input.f[x]\nsome y in input.ys\nx = y").len(), 3);
    assert_eq!(order("not input.f[x]\nx = 1"), ["x = 1", "not input.f[x]"]);
    assert_eq!(
        order("count([y | y = input.ys[_]; y > n]) > 2\nn = 3"),
        ["n = 3", "count([y | y = input.ys[_]; y > n]) > 2"]
    );
    assert_eq!(order("every x in input.xs { x > n }\nn = 3"), ["n = 3", "every x in input.xs { x > n }"]);
    assert_eq!(order("input.a = x with input.a as n\nn = 3"), ["n = 3", "input.a = x with input.a as n"]);
    // Written order is kept where it can be.
    assert_eq!(order("input.a\ninput.b\ninput.c"), ["input.a", "input.b", "input.c"]);
}

#[test]
fn a_reference_gives_values_to_its_steps_and_to_what_stands_before_it() {
    let r = rule("p[i] := data.xs[i]", "p");
    assert_eq!(r.branches[0].body.literals.len(), 1, "the reference is taken before the key is needed");
    assert_eq!(order("q(i, data.xs[i])\n}\n\nq(a, b) if {\na == b").len(), 2);
    assert_eq!(order("[x, y] = [1, x]\ny == 1").len(), 3);
}

#[test]
fn what_is_not_given_a_value_is_unsafe() {
    assert_eq!(says("p if x > 1"), ["E1101 x"]);
    assert_eq!(says("p if not input.xs[_] == 1"), ["E1101 _"]);
    assert_eq!(says("p if { y := x + 1; z := y; z > 0 }"), ["E1101 x"], "only the cause is told");
    assert_eq!(says("p := [y | y > 1]"), ["E1101 y"]);
    assert_eq!(says("p contains x"), ["E1101 x"]);
    assert_eq!(says("p if { x = y; y = x }"), ["E1101 y"]);
    assert_eq!(says("p if { some x; input.y > x }"), ["E1101 x"]);
    let near = of(&["package t\n\nlimits := 3\n\np if input.n > limit\n"], None);
    assert_eq!(near.diagnostics[0].diagnostic.fixes[0].edits[0].text, "limits");
}

#[test]
fn rules_of_several_files_and_packages_make_one_tree() {
    let a = of(
        &[
            "package a\n\np contains 1\n\nq[k] := v if some k, v in input\n\nr.s := 1\n",
            "package a\n\np contains 2\n\nq.x := 3\n",
            "package a.q.y\n\nz := 4\n",
            "package a.empty\n",
        ],
        None,
    );
    assert_eq!(a.diagnostics, []);
    let docs: Vec<_> = a.bundle.documents.iter().map(|d| (d.path.join("."), d.kind, d.rules.len())).collect();
    let want = [
        ("a.p".to_string(), DocumentKind::Set, 2),
        ("a.q".to_string(), DocumentKind::Object, 3),
        ("a.r.s".to_string(), DocumentKind::Complete, 1),
    ];
    assert_eq!(docs, want);
    let names: Vec<_> = a.bundle.documents[1].rules.iter().map(|r| (r.name.as_str(), r.keys.len())).collect();
    assert_eq!(names, [("a.q#1", 1), ("a.q#2", 1), ("a.q#3", 2)]);
    assert_eq!(a.bundle.packages.len(), 3);
}

#[test]
fn rules_that_do_not_go_together_are_told_with_both_places() {
    assert_eq!(says("p := 1\n\np contains 2"), ["E1106 p contains 2"]);
    assert_eq!(says("p(x) := x\n\np(x, y) := x + y"), ["E1106 p(x, y) := x + y"]);
    assert_eq!(says("p := 1\n\np.q := 2"), ["E1107 p.q := 2"]);
    assert_eq!(said(&["package a\n\nb := 1\n", "package a.b\n\nc := 1\n"]), ["E1107 2:package a.b"]);
    let a = of(&["package a\n\np := 1\n\np contains 2\n"], None);
    assert_eq!(a.diagnostics[0].diagnostic.related.len(), 1);
}

#[test]
fn recursion_is_shown_as_a_way_round() {
    assert_eq!(says("p if q\n\nq if r\n\nr if p"), ["E1110 q"]);
    let a = of(&["package t\n\np if q\n\nq if r\n\nr if p\n"], None);
    assert_eq!(a.diagnostics[0].diagnostic.message, "rules need each other: t.p -> t.q -> t.r -> t.p");
    assert_eq!(a.diagnostics[0].diagnostic.related.len(), 2);
    assert_eq!(says("p if data.t[x]"), ["E1110 data.t[x]"].map(|s| s.replace("data.t[x]", "data.t")));
    assert_eq!(says("f(x) := f(x - 1)"), ["E1110 f(x - 1)"]);
    // What stands in for a function may call it.
    assert!(says("f(x) := x + 1\n\ng(x) := f(x) * 2\n\np if f(1) == 4 with f as g").is_empty());
}

#[test]
fn one_more_argument_is_a_place_for_the_result() {
    let r = rule("p := n if count(input.xs, n)", "p");
    assert!(matches!(r.branches[0].body.literals[0].kind, LiteralKind::Unify(..)));
    assert_eq!(says("p := count(input.xs, 3)"), ["E1112 count(input.xs, 3)"]);
}

#[test]
fn replacing_a_rule_reaches_everything_at_and_below_it() {
    let text = "package t\n\na.b := 1\n\na.c := 2\n\nd[k] := k if some k in input\n\np if q with data.t.a as 3 with data.t.d.x as 4\n\nq if count(input.z) > 0\n";
    let a = of(&[text], None);
    assert_eq!(a.diagnostics, []);
    let p = a.bundle.documents.iter().find(|d| d.path == ["t", "p"]).expect("p");
    let with = &p.rules[0].branches[0].body.literals[0].with;
    let Target::Data { documents, inside: None, .. } = &with[0].target else { panic!("data") };
    assert_eq!(documents.iter().map(|d| d.1.join(".")).collect::<Vec<_>>(), ["b", "c"]);
    let Target::Data { inside: Some((_, _, rest)), .. } = &with[1].target else { panic!("inside") };
    assert_eq!(rest, &["x"]);
    assert!(p.reads_input, "through q");
    assert_eq!(a.bundle.documents.iter().filter(|d| d.replaced_by.is_some()).count(), 3);
}

#[test]
fn the_variables_that_a_query_names_are_the_keys_of_its_answers() {
    let a = of(&["package t\n\np := 1\n"], Some("x := data.t.p; y = [z | z = x]; _ = 3; data.t[k]"));
    assert_eq!(a.diagnostics, []);
    let query = a.bundle.query.expect("a query");
    let ExprKind::ArrayComp(answer, _) = &query.branches[0].value.kind else { panic!("a comprehension") };
    let ExprKind::Object(entries) = &answer.kind else { panic!("an object") };
    assert_eq!(entries.len(), 3, "x, y and k");
    let bad = of(&["package t\n\np := 1\n"], Some("x := y"));
    assert_eq!(bad.diagnostics[0].file, 1);
}

#[test]
fn older_forms_are_rewritten() {
    let text = "package t\n\np := set_diff({1}, {2})\n";
    let a = of(&[text], None);
    let mut out = text.to_string();
    for e in a.diagnostics[0].diagnostic.fixes[0].edits.iter().rev() {
        out.replace_range(e.span.range(), &e.text);
    }
    assert_eq!(out, "package t\n\np := ({1} - {2})\n");
}

#[test]
fn notes_are_values() {
    let text = "# METADATA\n# scope: package\n# description: all\npackage t\n\n# METADATA\n# title: the rule\n# authors:\n# - Ann <ann@example.org>\np := rego.metadata.rule()\n";
    let a = of(&[text], None);
    assert_eq!(a.diagnostics, []);
    assert_eq!(a.notes[0].title.as_deref(), Some("the rule"));
    let ExprKind::Object(entries) = &a.bundle.documents[0].rules[0].branches[0].value.kind else { panic!("an object") };
    assert_eq!(entries.len(), 3, "scope, title and authors");
}

#[test]
fn a_gate_can_read_its_rules() {
    let gate = |rules: &str| said(&[&format!("package gatos.x\n\n{rules}\n")]);
    assert_eq!(gate("allow := 1"), ["E1126 1:1"]);
    assert_eq!(gate("allow contains 1"), ["E1126 1:allow contains 1"]);
    assert_eq!(gate("deny if input.a"), ["E1126 1:deny"]);
    assert!(gate("allow if input.a\n\ndeny contains \"no\" if input.b\n\ndefault allow := false").is_empty());
    assert_eq!(gate("x.deny.y if input.a"), ["E1126 1:x.deny.y"]);
    assert!(gate("x.deny contains \"no\" if input.a").is_empty());
}

/// Such a package looks as if it refused, and never would.
#[test]
fn no_package_of_a_gate_is_called_allow_or_deny() {
    let package = |path: &str| said(&[&format!("package {path}\n\nx contains \"no\" if input.a\n")]);
    assert_eq!(package("gatos.deny"), ["E1126 1:deny"]);
    assert_eq!(package("gatos.exec.allow.deny"), ["E1126 1:allow"]);
    assert_eq!(package("gatos[\"deny\"].exec"), ["E1126 1:\"deny\""]);
    for fine in ["gatos.denied", "example.deny", "deny.gatos"] {
        assert!(package(fine).is_empty(), "{fine}");
    }
}

#[test]
fn trees_from_nowhere_do_no_harm() {
    for text in
        ["", "package", "package a\np if {", "p := 1", "package a\ndefault", "package a\np[", "package a\np := x := 1"]
    {
        let parsed = gatos_syntax::rgs::parse(text);
        analyse(&[("x", &parsed.module)], None, &AnalyseOptions::default());
    }
    for deep in [
        format!("{}1{}", "[".repeat(195), "]".repeat(195)),
        format!("1{}", " + input.x".repeat(480)),
        format!("{}1{}", "[x | x := ".repeat(195), "]".repeat(195)),
        format!("{}1{}", "count([input.x, ".repeat(95), "])".repeat(95)),
    ] {
        let text = format!("package t\np := {deep}\n");
        let parsed = gatos_syntax::rgs::parse(&text);
        assert_eq!(parsed.diagnostics, []);
        let a = analyse(&[("x", &parsed.module)], None, &AnalyseOptions::default());
        assert!(!a.diagnostics.iter().any(|d| d.diagnostic.severity == Severity::Error), "{text}");
    }
}

#[test]
fn a_rule_that_is_nearly_named_is_shown() {
    assert_eq!(says("limit := 1\n\np if input.n > data.t.limits"), ["W1156 limits"]);
    assert!(says("limit := 1\n\np if input.n > data.t.users").is_empty(), "data can lie there");
}

#[test]
fn bundles_that_multiply_are_refused() {
    let mut text = String::from("package t\n\n");
    for i in 0..700 {
        text.push_str(&format!("p{i} := {i}\n\nq{i} if data.t.p1 with data.t as {{}}\n\n"));
    }
    let found = said(&[&text]);
    assert!(found.iter().any(|d| d.starts_with("E1127")), "{:?}", found.first());
    let mut text = String::from("package t\n\n");
    for i in 0..1100 {
        text.push_str(&format!("p{i} := {i}\n\nq{i} if data[x].p1\n\n"));
    }
    let found = said(&[&text]);
    assert!(found.iter().any(|d| d.starts_with("E1127")), "{:?}", found.first());
}

#[test]
fn operands_of_a_known_kind_are_checked_and_others_are_not() {
    assert_eq!(says("p := \"a\" + 1"), ["E1114 \"a\""]);
    assert_eq!(says("p := 1 - {2}"), [""; 0], "a number and a set each fit");
    assert_eq!(says("p := [1] | {2}"), ["E1114 [1]"]);
    assert_eq!(says("p := {1} | {2}"), [""; 0]);
    assert_eq!(says("p := count(input.xs) + 1.5"), [""; 0]);
    assert_eq!(says("p := input.a + input.b"), [""; 0]);
}

#[test]
fn metadata_is_of_known_fields_and_kinds() {
    assert_eq!(says("# METADATA\n# titel: x\np := 1"), ["W1157 titel"]);
    assert_eq!(says("# METADATA\n# title: 3\np := 1"), ["W1157 title"]);
    assert_eq!(says("# METADATA\n# title: '3'\n# custom:\n#   titel: 3\np := 1"), [""; 0]);
    assert_eq!(says("# METADATA\n# authors: ann\np := 1"), ["W1157 authors"]);
    assert_eq!(says("# METADATA\n# authors:\n# - ann\np := 1"), [""; 0]);
}

#[test]
fn a_function_that_is_left_out_is_told_once() {
    for rule in ["default p := time.now_ns()", "p if { x := time.now_ns(); x > 1 }", "p if { time.now_ns(x); x > 1 }"] {
        assert_eq!(says(rule), ["E1115 time.now_ns"], "{rule}");
    }
}
