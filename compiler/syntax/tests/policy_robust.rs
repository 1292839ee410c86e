//! Any text at all, as a policy: parsing answers, soon, without a panic, and one mistake stays one message.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "the test measures and reports")]

use std::time::{Duration, Instant};

use gatos_syntax::diagnostic::{Diagnostic, Severity};
use gatos_syntax::rgs::{Parsed, dump, lexer, parse, parse_query, parse_term};
use proptest::prelude::*;

/// A policy that uses every form, as people write it.
const POLICY: &str = r#"# METADATA
# title: Who may pay
# custom:
#   owner: user:ann
package finance.pay

import rego.v1
import data.roles as roles

default allow := false

# METADATA
# description: Owners and payers.
allow if {
	input.actor in roles.owners
	not blocked[input.actor]
}

allow if {
	some grant in data.grants
	grant.subject == input.actor
	every cap in input.caps {
		cap in grant.caps
		cap != "none"
	}
	amount := input.payload.total * 100 - input.payload.paid[0].sum
	amount <= limit(input.actor, {"soft": true, "days": [1, 2, 3]})
} else := null if {
	input.dry_run
}

blocked contains actor if some actor in data.blocked

limit(actor, options) := n if {
	options.soft
	n := data.limits[actor].soft
} else := 10 if {
	count(options.days) > 2
} else := 1

deny contains msg if {
	missing := {cap | some cap in input.caps; not cap in data.known}
	count(missing) > 0
	msg := $"caps missing: {concat(", ", missing)}"
}

totals[user].sum := total if {
	some user, items in data.items
	total := sum([item.price | some item in items])
	index := {item.id: item | some item in items}
	index[_].price >= 0
}

text := `raw
text` if input.mode == "raw"

test_allow if {
	allow with input.actor as "ann"
		with data.roles.owners as {"ann"}
}

ports := (data.a | data.b) & {80, 443}
"#;

/// Parses in a thread with a stack like that of a test, prints and drops the tree there.
fn on_small_stack(text: String) -> Parsed {
    let run = move || {
        let parsed = parse(&text);
        let _ = dump::dump(&parsed.module).len();
        let _ = format!("{:?}", parsed.module).len();
        drop(parsed.module.clone());
        let _ = parse_query(&text).diagnostics.len();
        let _ = parse_term(&text).is_ok();
        parsed
    };
    std::thread::Builder::new().stack_size(2 << 20).spawn(run).unwrap().join().unwrap()
}

fn errors(diagnostics: &[Diagnostic]) -> Vec<String> {
    let errors = diagnostics.iter().filter(|said| said.severity == Severity::Error);
    errors.map(|said| format!("{} {}", said.code, said.message)).collect()
}

#[test]
fn ten_thousand_levels_are_one_message() {
    let n = 10_000;
    let closed = |open: &str, inner: &str, close: &str| format!("{}{inner}{}", open.repeat(n), close.repeat(n));
    let cases = [
        ("(", format!("p := {}", closed("(", "1", ")"))),
        ("{", format!("p := {}", closed("{", "1", "}"))),
        ("[", format!("p := {}", closed("[", "1", "]"))),
        ("a[", format!("p := {}", closed("a[", "1", "]"))),
        ("f(", format!("p := {}", closed("f(", "1", ")"))),
        ("{1: ", format!("p := {}", closed("{1: ", "1", "}"))),
        ("[x | ", format!("p := {}", closed("[x | x := ", "1", "]"))),
        ("every", format!("p if {{ {} }}", closed("every x in y { ", "x", " }"))),
        ("template", format!("p := {}", closed("$\"{", "1", "}\""))),
        ("+", format!("p := a{}", " + a".repeat(n))),
        ("in", format!("p := a{}", " in a".repeat(n))),
        ("==", format!("p := a{}", " == a".repeat(n))),
        (".", format!("p := a{}", ".b".repeat(n))),
        ("[0]", format!("p if a{}", "[0]".repeat(n))),
        ("head", format!("p{} := 1", ".b".repeat(n))),
        ("mixed", format!("p := {}", closed("[-1, f({\"a\": ", "1", "})]"))),
    ];
    for (name, text) in cases {
        let started = Instant::now();
        let parsed = on_small_stack(format!("package p\n\n{text}\n"));
        let said = errors(&parsed.diagnostics);
        assert_eq!(said.len(), 1, "{name}: {said:?}");
        assert!(said[0].starts_with("E1008"), "{name}: {said:?}");
        assert!(started.elapsed() < Duration::from_secs(5), "{name} took {:?}", started.elapsed());
    }
}

#[test]
fn what_is_just_within_the_limits_is_accepted() {
    let cases = [
        format!("p := {}1{}", "(".repeat(200), ")".repeat(200)),
        format!("p := {}1{}", "[x | x := ".repeat(200), "]".repeat(200)),
        format!("p if {{ {}x{} }}", "every x in y { ".repeat(199), " }".repeat(199)),
        format!("p := a{}", " + a".repeat(490)),
        format!("p := a{}", ".b".repeat(1000)),
        format!("p := a{}", "[b[0]]".repeat(1000)),
        format!("p := 1 if a{}", "\nelse := 2 if b".repeat(10_000)),
        format!("p := [{}]", "1,".repeat(100_000)),
        format!("p if {{\n{}}}", "a == 1\n".repeat(20_000)),
        "p := 1\n".repeat(20_000),
    ];
    for text in cases {
        let parsed = on_small_stack(format!("package p\n\n{text}\n"));
        assert_eq!(parsed.diagnostics, []);
    }
}

#[test]
fn unclosed_and_unopened_towers_answer() {
    for piece in [
        "(",
        "{",
        "[",
        "f(",
        "p if { ",
        "p if {\n",
        "every x in y { ",
        "[x | ",
        "{a: ",
        ")",
        "]",
        "}",
        "$\"{",
        "$`{",
        "}\"",
        "\"",
        "`",
        "'",
        "# METADATA\n",
        "# METADATA\n# - [\n",
        "if ",
        "else ",
        "else {",
        "contains ",
        "default ",
        "package a\n",
        "import ",
        "some ",
        "not ",
        "with ",
        "as ",
        ":= ",
        "= ",
        "a ",
        "a\n",
        "a.",
        "a[",
        "a :=\n",
        "| ",
        "a | ",
        ", ",
        "; ",
        ";\n",
        "- ",
        "/* ",
        "// ",
        "(]",
        "({)",
        "([{",
        "]}",
        "{ a b",
        "f (",
        "p := {\"a\" 1\n",
        "p if {\nx := f(1\n",
        "\n(\n",
        "é",
        "\0",
        "!",
        "&&",
        "p {\n",
        "p[x] { y } { z }\n",
        "\u{feff}",
        "$",
        "\\",
        "1e",
        "{1|",
        "{a:1|",
        "a in b, ",
        "\np if\n",
    ] {
        let started = Instant::now();
        let parsed = on_small_stack(piece.repeat(6_000));
        assert!(!parsed.diagnostics.is_empty(), "{piece}");
        assert!(started.elapsed() < Duration::from_secs(15), "{piece:?} took {:?}", started.elapsed());
    }
}

#[test]
fn time_grows_with_the_text() {
    let rules = POLICY.split_once("default allow").unwrap().1.replace("default allow", "").replace("METADATA", "");
    let rules = format!("x{rules}");
    let broken = rules.replace("total * 100", "total * * 100").replace("amount := input", "amount := (input");
    for text in [rules, broken] {
        let time = |count: usize| {
            let text = format!("package p\n{}", text.repeat(count));
            let started = Instant::now();
            let _ = parse(&text);
            started.elapsed()
        };
        time(4);
        let (small, large) = (time(8), time(80));
        assert!(large < small * 40 + Duration::from_millis(200), "{small:?} for 8, {large:?} for 80");
    }
}

/// Takes each token away in turn, doubles it, and puts others in its place.
#[test]
fn one_mistake_is_one_message() {
    assert_eq!(parse(POLICY).diagnostics, []);
    let tokens = lexer::lex(POLICY).tokens;
    let (mut changed, mut total, mut worst) = (0usize, 0usize, Vec::new());
    for token in &tokens {
        let (before, after) = (&POLICY[..token.span.start as usize], &POLICY[token.span.end as usize..]);
        let word = &POLICY[token.span.range()];
        let variants = [
            format!("{before}{after}"),
            format!("{before}{word} {word}{after}"),
            format!("{before}{word} ){after}"),
            format!("{before}({word}{after}"),
            format!("{before}{{{word}{after}"),
            format!("{before}{word} }}{after}"),
            format!("{before}{word} := {after}"),
            format!("{before}{word} @ {after}"),
            format!("{before}+{after}"),
            format!("{before}\"{word}{after}"),
        ];
        for text in variants {
            let said = errors(&parse(&text).diagnostics);
            if said.is_empty() {
                continue;
            }
            changed += 1;
            total += said.len();
            if said.len() > 2 {
                let line = POLICY[..token.span.start as usize].lines().count();
                worst.push(format!(
                    "line {line} at {word}: {said:?}\n{}",
                    text.lines().nth(line.saturating_sub(1)).unwrap_or("")
                ));
            }
        }
    }
    let mean = total as f64 / changed as f64;
    let share = worst.len() as f64 / changed as f64;
    println!("{changed} broken policies, {mean:.3} messages each, {} with more than two", worst.len());
    if std::env::var_os("SHOW").is_some() {
        println!("{}", worst.join("\n"));
    }
    assert!(mean < 1.08 && share < 0.005, "{mean:.3} messages a mistake, {share:.3} with more than two");
}

#[test]
fn queries_and_terms_are_read() {
    let query = parse_query("x = 1; y := data.p.q[_]\nsome z in y # all");
    assert_eq!(query.diagnostics, []);
    assert_eq!(query.comments.len(), 1);
    assert_eq!(dump::dump_body(&query.body), "(= x 1)\n(:= y data.p.q[_])\n(some z in y)\n");
    assert_eq!(parse_query("").diagnostics[0].code, "E1013");
    assert_eq!(parse_query("x = ").diagnostics[0].code, "E1019");
    let term = parse_term(" {\"a\": {1, [2, null]}, 3: set()} ").map(|term| dump::dump_expr(&term));
    assert_eq!(term.as_deref(), Ok("(object \"a\": (set 1 (array 2 null)) 3: (call set))"));
    assert_eq!(parse_term("1 2").unwrap_err()[0].code, "E1020");
    assert_eq!(parse_term("").unwrap_err()[0].code, "E1019");
    assert_eq!(parse_term("x := 1").unwrap_err().len(), 1);
}

#[test]
fn a_byte_order_mark_and_any_line_break_are_fine() {
    let unix = dump::dump(&parse(POLICY).module);
    let windows = format!("\u{feff}{}", POLICY.replace('\n', "\r\n"));
    assert_eq!(parse(&windows).diagnostics, []);
    // Line breaks inside of the raw string are kept as they are.
    assert_eq!(dump::dump(&parse(&windows).module).replace("\\r\\n", "\\n"), unix);
}

fn check_total(text: &str) {
    let parsed = parse(text);
    let query = parse_query(text);
    let term = parse_term(text).err().unwrap_or_default();
    for said in parsed.diagnostics.iter().chain(&query.diagnostics).chain(&term) {
        assert!(said.span.start <= said.span.end && said.span.end as usize <= text.len(), "{said:?}");
        assert!(text.get(said.span.range()).is_some(), "inside a character: {said:?}");
        assert!(gatos_syntax::codes::explain(said.code).is_some(), "{} has no page", said.code);
        assert!(!said.message.is_empty() && !said.message.ends_with('.'), "{said:?}");
        for span in said
            .related
            .iter()
            .map(|label| label.span)
            .chain(said.fixes.iter().flat_map(|fix| fix.edits.iter().map(|edit| edit.span)))
        {
            assert!(text.get(span.range()).is_some(), "{said:?}");
        }
    }
    // What is said to be whole has no holes.
    if parsed.diagnostics.is_empty() {
        assert!(!dump::dump(&parsed.module).contains("<error>") || text.contains("<error>"), "{text}");
    }
    if query.diagnostics.is_empty() {
        assert!(!dump::dump_body(&query.body).contains("<error>") || text.contains("<error>"), "{text}");
    }
}

const WORDS: &[&str] = &[
    "as",
    "contains",
    "default",
    "else",
    "every",
    "false",
    "if",
    "import",
    "in",
    "not",
    "null",
    "package",
    "some",
    "true",
    "with",
    "a",
    "b",
    "f(",
    "x[",
    "x.",
    "0",
    "1.5",
    "-1",
    "\"s\"",
    "`r`",
    "$\"t{",
    "}\"",
    "$`",
    "+",
    "-",
    "*",
    "/",
    "%",
    "&",
    "|",
    "==",
    "!=",
    "<",
    ">=",
    "=",
    ":=",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    ";",
    ":",
    ",",
    ".",
    "\n",
    "\n\t",
    "\n\n",
    "&&",
    "||",
    "!",
    "===",
    "#c\n",
    "# METADATA\n# a: [\n",
    "é",
    "@",
    "\"open",
    "'s'",
    "3x",
    "_",
    "package p\n",
    "import data.x\n",
    "p if {\n",
    "p contains x if ",
    "every x in y {",
    "some x in ",
    "{x | ",
    "[x | ",
    "{\"a\": ",
    "else := 1",
    "default p := ",
    "p[x] {",
    "with input as ",
    "\\",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_answered(text in "\\PC{0,200}") {
        check_total(&text);
    }

    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        check_total(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_tokens_are_answered(words in proptest::collection::vec(proptest::sample::select(WORDS), 0..120), glue in any::<u64>()) {
        let mut text = String::new();
        for (at, word) in words.iter().enumerate() {
            text.push_str(word);
            text.push_str(if glue >> (at % 64) & 1 == 0 { " " } else { "" });
        }
        check_total(&text);
    }

    #[test]
    fn any_damage_is_answered(cuts in proptest::collection::vec((0usize..10_000, 0usize..20, proptest::sample::select(WORDS)), 1..8)) {
        let mut text = POLICY.to_string();
        for (at, len, word) in cuts {
            let mut from = at % text.len();
            while !text.is_char_boundary(from) { from -= 1; }
            let mut to = (from + len).min(text.len());
            while !text.is_char_boundary(to) { to += 1; }
            text.replace_range(from..to, word);
        }
        check_total(&text);
    }

    /// Comments and blank lines mean nothing between lines, wherever they stand.
    #[test]
    fn comments_do_not_matter(lines in proptest::collection::btree_set(0usize..70, 1..6), comment in prop::bool::ANY) {
        let mut text = String::new();
        let (mut raw, mut meta) = (false, false);
        for (at, line) in POLICY.lines().enumerate() {
            if lines.contains(&at) && !raw && !meta {
                text.push_str(if comment { "\t# a remark: { [ ( \"\n" } else { "\n  \n" });
            }
            meta = line.starts_with('#');
            raw ^= line.matches('`').count() % 2 == 1;
            text.push_str(line);
            text.push('\n');
        }
        let (one, other) = (parse(POLICY), parse(&text));
        prop_assert_eq!(&other.diagnostics, &[]);
        prop_assert_eq!(dump::dump(&one.module), dump::dump(&other.module));
    }
}
