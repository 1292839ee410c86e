//! Laws over every function: any operands are answered, and strict rules change nothing but what
//! undefined becomes.

use crate::lab::Lab;
use gatos_vm::Limits;

const VALUES: &[&str] = &[
    "null",
    "true",
    "0",
    "-1",
    "2",
    "9223372036854775807",
    "1.5",
    "\"\"",
    "\"a\"",
    "\"å%[*d/~{\\\\\"",
    "[]",
    "[1, \"a\", [\"/\"]]",
    "[\"a\", \"b\"]",
    "{}",
    "{\"a\": {\"b\": [0.5]}, \"op\": \"add\"}",
    "{1: {2: 3}}",
    "set()",
    "{\"a\", {1}}",
];

#[test]
fn any_operands_are_answered_and_strictness_only_names_what_is_undefined() {
    let limits = Limits { fuel: 200_000, memory: 2_000_000, ..Limits::default() };
    let mut lax = Lab { limits: Some(limits), ..Lab::default() };
    let mut strict = Lab { limits: Some(limits), strict: true, ..Lab::default() };
    for row in gatos_sigs::rgs::all() {
        let n = row.params.len() as u32;
        // Every operand of one, and a fifth of the pairs; of more operands, a walk through such pairs.
        let all = VALUES.len().pow(n.min(2));
        for i in (0..if n == 0 { 1 } else { all }).step_by(if n > 1 { 5 } else { 1 }) {
            let operands: Vec<&str> =
                (0..n).map(|p| VALUES[(i / VALUES.len().pow(p % 2) + p as usize / 2) % VALUES.len()]).collect();
            let call = format!("{}({})", row.name, operands.join(", "));
            let (a, b) = (lax.show(&call), strict.show(&call));
            if a == "undefined" {
                assert!(
                    b == a || b.starts_with("eval_type_error: ") || b.starts_with("eval_builtin_error: "),
                    "{call}: {b}"
                );
                assert!(b == a || b.contains(&format!("_error: {}: ", row.name)), "{call}: {b}");
            } else {
                assert_eq!(a, b, "{call}");
            }
        }
    }
}
