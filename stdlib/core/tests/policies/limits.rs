//! Work is paid for before it is done, and by what was asked alone.

use crate::lab::Lab;
use gatos_vm::Limits;

#[test]
fn what_would_be_huge_ends_at_a_limit() {
    let small = Limits { fuel: 1_000_000, memory: 10_000_000, ..Limits::default() };
    let long = "a".repeat(100_000);
    for expression in [
        "numbers.range(-9223372036854775808, 9223372036854775807)".to_string(),
        "numbers.range(0, 100000000)".to_string(),
        "sprintf(\"%999999d%999999d%999999d%999999d%999999d%999999d%999999d%999999d%999999d%999999d\", [1, 1, 1, 1, 1, 1, 1, 1, 1, 1])".to_string(),
        format!("replace(\"{long}\", \"\", \"{long}\")"),
        format!("strings.replace_n({{\"a\": \"{long}\"}}, \"{long}\")"),
        format!("regex.replace(\"{long}\", \"a\", \"{long}\")"),
        format!("indexof_n(\"{long}\", \"{}\")", "a".repeat(50_000)),
        format!("regex.globs_match(\"{long}\", \"{long}\")"),
    ] {
        let mut lab = Lab { limits: Some(small), ..Lab::default() };
        let have = lab.show(&expression);
        assert!(have.starts_with("limit "), "{}: {}", &expression[..30.min(expression.len())], &have[..60.min(have.len())]);
    }
}

/// What an expression costs when nothing limits it.
fn fuel(expression: &str) -> u64 {
    let mut lab = Lab::default();
    let have = lab.show(expression);
    assert!(!have.starts_with("limit "), "{}", &expression[..60.min(expression.len())]);
    lab.usage.map_or(0, |u| u.fuel)
}

/// A search that looks far and finds something short pays each time for how far it may look.
#[test]
fn searches_that_look_far_again_and_again_end_at_a_limit() {
    let small = Limits { fuel: 2_000_000, ..Limits::default() };
    let long = "a".repeat(20_000);
    for call in [
        "regex.find_n(P, T, -1)",
        "regex.find_all_string_submatch_n(P, T, -1)",
        "regex.replace(T, P, \"\")",
        "regex.split(P, T)",
    ] {
        for pattern in ["a.*b|a", "(a*b)|a", "a+?[$]|a", "a(a+b)?", "a(?:a{2,}b)??"] {
            let mut lab = Lab { limits: Some(small), ..Lab::default() };
            let call = call.replace('P', &format!("\"{pattern}\"")).replace('T', &format!("\"{long}\""));
            let have = lab.show(&call);
            assert!(have.starts_with("limit "), "{pattern}: {}", &call[..40]);
        }
    }
}

#[test]
fn searches_that_stay_near_cost_what_the_text_is_long() {
    let text = |n: usize| "ab, c1;".repeat(n);
    for pattern in ["[,;] *", "[0-9]+", "a|b|c", "[a-z]+", "b, ", "x|"] {
        let cost = |n: usize| fuel(&format!("regex.split(\"{pattern}\", \"{}\")", text(n)));
        let (short, long) = (cost(500), cost(5000));
        assert!(long < short * 11, "{pattern}: {short} {long}");
    }
}

/// Twice as long is paid twice, whatever the text is made of, and every few bytes are worth a unit.
#[test]
fn texts_are_paid_by_their_length() {
    for (call, each) in [
        ("count(T)", 16),
        ("lower(T)", 16),
        ("strings.reverse(T)", 16),
        ("substring(T, 5, -1)", 16),
        ("trim(T, \"xy\")", 16),
        ("trim_space(T)", 16),
        ("indexof(T, \"zz\")", 16),
        ("indexof_n(T, \"zz\")", 16),
        ("indexof_n(T, \"\u{e9}\")", 2),
        ("strings.count(T, \"\u{e9}\")", 2),
        ("strings.count(T, \"\")", 16),
        ("strings.replace_n({\"q\": \"r\", \"qq\": \"s\"}, T)", 1),
        ("replace(T, \"\u{e9}\", \"\")", 2),
        ("split(T, \"\u{e9}\")", 2),
        ("json.marshal(T)", 16),
        ("sprintf(\"%q\", [T])", 16),
        ("sprintf(\"%v\", [[T]])", 16),
        ("sprintf(T, [])", 64),
        ("gatos.caps.has([T], T)", 16),
        ("time.format([0, \"\", T])", 2),
    ] {
        let cost = |n: usize| fuel(&call.replace('T', &format!("\"{}\"", "\u{e9}".repeat(n))));
        let (one, two) = (cost(50_000), cost(100_000));
        assert!(one >= 100_000 / each, "{call}: {one}");
        assert!(two <= one * 2 + 64 && two + 64 >= one * 2, "{call}: {one} {two}");
    }
}

/// Formats and patterns whose pieces were once each read to the end; these ended after minutes.
#[test]
fn pieces_are_not_read_to_the_end_each_time() {
    let mut lab = Lab::default();
    for (head, piece, tail) in [
        ("sprintf(\"", "%[", "\", [])"),
        ("sprintf(\"", "%d", "\", [])"),
        ("sprintf(\"", "%\u{e9}", "\", [])"),
        ("strings.replace_n({\"a\": \"b\"}, \"", "\u{e9}", "\")"),
        ("indexof_n(\"", "\u{e9}", "\", \"\u{e9}\")"),
        ("regex.is_valid(\"", "(", "\")"),
        ("regex.is_valid(\"", "[[:", "\")"),
        ("regex.is_valid(\"[", "\\\\x{", "\")"),
        ("yaml.is_valid(\"", "[", "\")"),
        ("yaml.is_valid(\"", "- ", "\")"),
        ("yaml.is_valid(\"", "a: ", "\")"),
        ("yaml.is_valid(\"", "- a\\n", "\")"),
        ("yaml.is_valid(\"", "? ", "\")"),
        ("yaml.is_valid(\"", "a\\n", "\")"),
        ("yaml.is_valid(\"", "\\n", "\")"),
        ("yaml.is_valid(\"", "# a\\n", "\")"),
        ("yaml.is_valid(\"", "{a: [", "\")"),
        ("yaml.is_valid(\"", "'", "\")"),
        ("yaml.is_valid(\"a: '", "x\\n\\n", "\")"),
        ("yaml.is_valid(\"a: |\\n", " x\\n", "\")"),
        ("yaml.is_valid(\"[", "a,", "]\")"),
        ("json.is_valid(\"", "[", "\")"),
        ("glob.match(\"", "{a,", "\", [], \"\")"),
        ("glob.match(\"", "[a", "\", [], \"\")"),
        ("gatos.glob.match(\"", "{a,", "\", \"a\")"),
        ("urlquery.decode_object(\"", "a=&", "\")"),
        ("time.parse_ns(\"", ".00", "\", \"1\")"),
        ("units.parse(\"", "1", "Ei\")"),
        ("to_number(\"", "1", "e9\")"),
        ("semver.is_valid(\"1.2.3-", "1.", "\")"),
    ] {
        let have = lab.show(&format!("{head}{}{tail}", piece.repeat(200_000)));
        assert!(!have.is_empty(), "{head}{piece}");
    }
}

#[test]
fn kept_patterns_cost_what_new_ones_cost() {
    let mut lab = Lab::default();
    let mut costs = Vec::new();
    for _ in 0..3 {
        lab.show("regex.match(\"^[a-z]+:\\\\d{2,5}$\", \"user:1234\")");
        costs.push(lab.usage.map(|u| u.fuel));
    }
    for i in 0..70 {
        lab.show(&format!("regex.match(\"x{i}\", \"\")"));
    }
    lab.show("regex.match(\"^[a-z]+:\\\\d{2,5}$\", \"user:1234\")");
    costs.push(lab.usage.map(|u| u.fuel));
    assert!(costs.windows(2).all(|w| w[0] == w[1]), "{costs:?}");
}
