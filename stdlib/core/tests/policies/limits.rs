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
