//! Any text at all: parsing answers, soon, without a panic, and one mistake stays one message.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "the test measures and reports")]

use std::time::{Duration, Instant};

use gatos_syntax::diagnostic::Severity;
use gatos_syntax::echolua::{Parsed, decode, dump, lexer, parse};
use proptest::prelude::*;

/// A program that uses every form, as people write it.
const PROGRAM: &str = r#"-- Invoices by id, with totals by month.
local M = {}
local limits <const> = { max = 10, ["per-day"] = 3, [1] = "first"; 2, }

local function clamp(x, low, high)
  if x < low then
    return low
  elseif x > high then
    return high
  else
    return x
  end
end

function M.init()
  return { by_id = {}, months = {}, count = 0 }
end

function M.fold(state, event)
  local kind, payload = event.type, event.payload
  if kind == "invoice.created" and payload ~= nil then
    state.by_id[payload.id] = { total = payload.total, paid = false }
    state.count = state.count + 1
  elseif kind == 'invoice.paid' then
    local invoice = state.by_id[payload.id]
    if not invoice then
      return state
    end
    invoice.paid = true
    local month = payload.date:sub(1, 7)
    state.months[month] = (state.months[month] or 0) + invoice.total
  end
  for i = 1, #payload.lines, 1 do
    local line = payload.lines[i]
    if line.qty <= 0 then goto continue end
    state.sum = clamp(line.qty * line.price // 2 % 7, 0, limits.max) ^ 2
    ::continue::
  end
  for key, value in dpairs(state.months) do
    print(key .. ": " .. tostring(value), ...)
  end
  while state.count > 10 do
    state.count = state.count - 1
    break
  end
  repeat
    local done = M:step(state, function(a, ...) return a, ... end)
  until done or #state.list == ~1 & 0xFF
  do
    local f = string.format
    log { level = "info", text = f("%d", state.count) }
  end
  return state
end

function M:step(state, f)
  self.steps = -(self.steps or 0) << 1
  return f(state)("x").y[1]:z()
end

return M
"#;

/// Parses in a thread with a stack like that of a test, prints and drops the tree there.
fn on_small_stack(text: String) -> Parsed {
    let run = move || {
        let parsed = parse(&text);
        let _ = dump::dump(&parsed.ast).len();
        let _ = format!("{:?}", parsed.ast).len();
        drop(parsed.ast.clone());
        parsed
    };
    std::thread::Builder::new().stack_size(2 << 20).spawn(run).unwrap().join().unwrap()
}

fn repeat(pieces: &[&str], count: usize) -> String {
    pieces.concat().repeat(count)
}

#[test]
fn ten_thousand_levels_are_one_message() {
    let n = 10_000;
    let closed = |open: &str, inner: &str, close: &str| format!("{}{inner}{}", open.repeat(n), close.repeat(n));
    let cases = [
        ("(", format!("return {}", closed("(", "1", ")"))),
        ("{", format!("return {}", closed("{", "1", "}"))),
        ("[", format!("return {}", closed("a[", "1", "]"))),
        ("f(", format!("return {}", closed("f(", "1", ")"))),
        ("f{", format!("return {}", closed("f{", "1", "}"))),
        ("function", format!("return {}", closed("function() return ", "1", " end"))),
        ("do", closed("do ", "", " end")),
        ("if", closed("if x then ", "", " end")),
        ("else if", format!("if x then {} end", closed("else if x then ", "", " end"))),
        ("while", closed("while x do ", "", " end")),
        ("for", closed("for i = 1, 2 do ", "", " end")),
        ("repeat", closed("repeat ", "", " until x")),
        ("local function", closed("local function f() ", "", " end ")),
        ("-", format!("return {}1", repeat(&["- "], n))),
        ("not", format!("return {}1", repeat(&["not "], n))),
        ("#", format!("return {}t", repeat(&["#"], n))),
        ("..", format!("return a{}", repeat(&["..a"], n))),
        ("^", format!("return a{}", repeat(&["^a"], n))),
        ("+", format!("return a{}", repeat(&["+a"], n))),
        ("and", format!("return a{}", repeat(&[" and a"], n))),
        (".b", format!("return a{}", repeat(&[".b"], n))),
        ("[1]", format!("return a{}", repeat(&["[1]"], n))),
        ("()", format!("f{}", repeat(&["()"], n))),
        (":m()", format!("f{}", repeat(&[":m()"], n))),
        ("mixed", format!("return {}", closed("-{f(a..", "1", ")}"))),
    ];
    for (name, text) in cases {
        let started = Instant::now();
        let parsed = on_small_stack(text);
        let errors: Vec<_> = parsed.diagnostics.iter().map(|said| (said.code, &said.message)).collect();
        assert_eq!(errors.len(), 1, "{name}: {errors:?}");
        assert_eq!(errors[0].0, "E0007", "{name}");
        assert!(started.elapsed() < Duration::from_secs(5), "{name} took {:?}", started.elapsed());
    }
}

#[test]
fn what_is_just_within_the_limits_is_accepted() {
    let cases = [
        format!("return {}1{}", "(".repeat(199), ")".repeat(199)),
        format!("{}{}", "do ".repeat(199), " end".repeat(199)),
        format!("return a{}", "..a".repeat(199)),
        format!("return a{}", "+a".repeat(990)),
        format!("return a{}", ".b".repeat(990)),
        format!("if a then {} end", "elseif b then ".repeat(10_000)),
        format!("return {{{}}}", "1,".repeat(100_000)),
    ];
    for text in cases {
        let parsed = on_small_stack(text);
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
        "do ",
        "if x then ",
        "else ",
        "elseif ",
        "if ",
        "while ",
        "for ",
        "function ",
        "repeat ",
        "function f(",
        "end ",
        ")",
        "]",
        "}",
        "until ",
        "return ",
        "local ",
        "= ",
        "'",
        "\"",
        "[[",
        "--[[",
        "[=",
        "a ",
        "a.",
        "a:",
        "::",
        "goto ",
        "not ",
        "- ",
        "/* ",
        "// ",
        "a = ",
        "x == ",
        "a(,",
        "{,",
        "{a b",
        "]](",
        "(]",
        "({)",
        "(function() ",
        "a\n",
        "(\n",
        "é",
        "\0",
        "!",
        "++",
        "x+=",
        "1..",
        "return x\n",
        "if x then else else ",
        "{function()end,,",
        "f(function() +",
        "else if ",
    ] {
        let started = Instant::now();
        let parsed = on_small_stack(piece.repeat(20_000));
        assert!(!parsed.diagnostics.is_empty(), "{piece}");
        assert!(started.elapsed() < Duration::from_secs(10), "{piece} took {:?}", started.elapsed());
    }
}

#[test]
fn time_grows_with_the_text() {
    let broken = PROGRAM.replace("local month = payload", "local month = = payload").replace("return M\n", "");
    for text in [PROGRAM.replace("return M\n", ""), broken] {
        let time = |count: usize| {
            let text = text.repeat(count);
            let started = Instant::now();
            let _ = parse(&text);
            started.elapsed()
        };
        time(4);
        let (small, large) = (time(8), time(80));
        assert!(large < small * 40 + Duration::from_millis(200), "{small:?} for 8, {large:?} for 80");
    }
}

fn messages(text: &str) -> Vec<String> {
    let parsed = parse(text);
    parsed
        .diagnostics
        .iter()
        .filter(|d| d.severity == Severity::Error)
        .map(|d| format!("{} {}", d.code, d.message))
        .collect()
}

/// Takes each token away in turn, doubles it, and puts others in its place.
#[test]
fn one_mistake_is_one_message() {
    assert_eq!(messages(PROGRAM), Vec::<String>::new());
    let tokens = lexer::lex(PROGRAM).tokens;
    let (mut changed, mut total, mut worst) = (0usize, 0usize, Vec::new());
    for token in &tokens {
        let (before, after) = (&PROGRAM[..token.span.start as usize], &PROGRAM[token.span.end as usize..]);
        let word = &PROGRAM[token.span.range()];
        let variants = [
            format!("{before}{after}"),
            format!("{before}{word} {word}{after}"),
            format!("{before}{word} ){after}"),
            format!("{before}({word}{after}"),
            format!("{before}{word} end {after}"),
            format!("{before}{word} = {after}"),
            format!("{before}{word} @ {after}"),
            format!("{before}+{after}"),
        ];
        for text in variants {
            let said = messages(&text);
            if said.is_empty() {
                continue;
            }
            changed += 1;
            total += said.len();
            if said.len() > 2 {
                let line = PROGRAM[..token.span.start as usize].lines().count();
                worst.push(format!(
                    "line {line} at {word}: {said:?}\n{}",
                    text.lines().nth(line.saturating_sub(1)).unwrap_or("")
                ));
            }
        }
    }
    let mean = total as f64 / changed as f64;
    let share = worst.len() as f64 / changed as f64;
    println!("{changed} broken programs, {mean:.3} messages each, {} with more than two", worst.len());
    if std::env::var_os("SHOW").is_some() {
        println!("{}", worst.join("\n"));
    }
    assert!(mean < 1.12 && share < 0.015, "{mean:.3} messages a mistake, {share:.3} with more than two");
}

#[test]
fn bad_bytes_are_placed() {
    let said = decode(b"local a = 1\nlocal \xC3\xA4 = '\xFF'").unwrap_err();
    assert_eq!(said.code, "E0018");
    assert!(said.message.starts_with("line 2, column 12"), "{}", said.message);
    assert_eq!(decode("x = 'ä'".as_bytes()), Ok("x = 'ä'"));
}

fn check_total(text: &str) {
    let parsed = parse(text);
    for said in &parsed.diagnostics {
        assert!(said.span.start <= said.span.end && said.span.end as usize <= text.len(), "{said:?}");
        assert!(text.get(said.span.range()).is_some(), "inside a character: {said:?}");
        assert!(gatos_syntax::codes::explain(said.code).is_some(), "{} has no page", said.code);
        assert!(!said.message.is_empty() && !said.message.ends_with('.'), "{said:?}");
        for span in said
            .related
            .iter()
            .map(|label| label.span)
            .chain(said.fixes.iter().flat_map(|f| f.edits.iter().map(|e| e.span)))
        {
            assert!(text.get(span.range()).is_some(), "{said:?}");
        }
    }
    // What is said to be whole has no holes.
    if parsed.diagnostics.is_empty() {
        assert!(!dump::dump(&parsed.ast).contains("<error>") || text.contains("<error>"), "{text}");
    }
}

const WORDS: &[&str] = &[
    "and",
    "break",
    "do",
    "else",
    "elseif",
    "end",
    "false",
    "for",
    "function",
    "goto",
    "if",
    "in",
    "local",
    "nil",
    "not",
    "or",
    "repeat",
    "return",
    "then",
    "true",
    "until",
    "while",
    "a",
    "b",
    "f",
    "x1",
    "0",
    "1.5",
    "0x1p4",
    "'s'",
    "\"t\"",
    "[[l]]",
    "+",
    "-",
    "*",
    "/",
    "//",
    "%",
    "^",
    "#",
    "&",
    "~",
    "|",
    "<<",
    ">>",
    "==",
    "~=",
    "<=",
    ">=",
    "<",
    ">",
    "=",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "::",
    ";",
    ":",
    ",",
    ".",
    "..",
    "...",
    "\n",
    "\n  ",
    "!",
    "!=",
    "+=",
    "&&",
    "--c\n",
    "é",
    "@",
    "\"open",
    "3x",
    "<const>",
    "elif",
    "continue",
    "++",
    "local function",
    "function f(",
    "x = ",
    "f(",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_answered(text in "\\PC{0,200}") {
        check_total(&text);
    }

    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        check_total(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_tokens_are_answered(words in proptest::collection::vec(proptest::sample::select(WORDS), 0..120)) {
        check_total(&words.join(" "));
    }

    #[test]
    fn any_damage_is_answered(cuts in proptest::collection::vec((0usize..1, 0usize..10_000, 0usize..20, proptest::sample::select(WORDS)), 1..8)) {
        let mut text = PROGRAM.to_string();
        for (_, at, len, word) in cuts {
            let mut from = at % text.len();
            while !text.is_char_boundary(from) { from -= 1; }
            let mut to = (from + len).min(text.len());
            while !text.is_char_boundary(to) { to += 1; }
            text.replace_range(from..to, word);
        }
        check_total(&text);
    }

    #[test]
    fn spacing_does_not_matter(words in proptest::collection::vec(proptest::sample::select(WORDS), 0..60)) {
        // A call's parenthesis on the next line is still the call's.
        let words: Vec<_> = words.into_iter().filter(|word| !word.contains(['\n', '"'])).collect();
        let (one, other) = (words.join(" "), words.join("  "));
        let (one, other) = (parse(&one), parse(&other));
        prop_assert_eq!(dump::dump(&one.ast), dump::dump(&other.ast));
        prop_assert_eq!(one.diagnostics.len(), other.diagnostics.len());
    }
}
