//! The manual page of the policy functions, printed from the table.

use super::{Builtin, Types, all};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// The text of the policy library's reference page.
pub fn reference_markdown() -> String {
    let mut out = String::from(
        "# Policy library reference\n\n\
         This page is printed from the table in `stdlib/sigs`; every example is run as a test.\n\n\
         These are the functions that `.rgs` policies can call: those of Rego that need neither network, clock \
         nor randomness, with Rego's meaning, and GATOS's own, which begin with `gatos.`.\n\n\
         A builtin error makes the expression undefined. Under `--strict` it ends the query, as an operand of a \
         wrong kind does; wrong kinds are an error everywhere and are not mentioned again. A number that does not \
         fit 64-bit integers or Q32.32 is a builtin error too.\n\n\
         Fuel is beside the cost of the call itself. A cost \"1 per 64 bytes\" counts whole sixty-fours and is \
         charged before the work; what a function makes counts as memory. What is compared or printed is paid \
         for value by value, shared parts each time they are met.\n\n\
         Behind `-->` stands what an expression gives as canonical JSON, where sets are sorted arrays.\n",
    );
    let mut groups: Vec<&str> = Vec::new();
    for b in all() {
        if !groups.contains(&b.group) {
            groups.push(b.group);
        }
    }
    for group in groups {
        out.push_str(&format!("\n## {group}\n"));
        for b in all().filter(|b| b.group == group) {
            entry(&mut out, b);
        }
    }
    out
}

fn kinds(types: Types) -> String {
    if types == Types::ANY {
        return String::from("any value");
    }
    types.names().collect::<Vec<_>>().join(" or ")
}

fn entry(out: &mut String, b: &Builtin) {
    let names: Vec<&str> = b.params.iter().map(|p| p.name).collect();
    out.push_str(&format!("\n### `{}({})`\n\n{}\n\n", b.name, names.join(", "), b.doc));
    if !b.params.is_empty() {
        let takes: Vec<String> = b
            .params
            .iter()
            .map(|p| format!("`{}` ({})", p.name, if p.note.is_empty() { kinds(p.ty) } else { String::from(p.note) }))
            .collect();
        out.push_str(&format!("- Takes: {}\n", takes.join(", ")));
    }
    out.push_str(&format!("- Gives: {}\n- Fuel: {}", kinds(b.result), b.cost.base));
    for p in b.cost.per {
        if p.each == 1 {
            out.push_str(&format!(", 1 for each of the {}", p.of));
        } else {
            out.push_str(&format!(", 1 per {} {}", p.each, p.of));
        }
    }
    out.push('\n');
    if !b.errors.is_empty() {
        out.push_str(&format!("- Errors: {}\n", b.errors));
    }
    out.push_str(&format!("\n```rego\n{}\n```\n", b.example));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_rows_are_whole() {
        let mut names: Vec<&str> = all().map(|b| b.name).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|w| w[0] != w[1]));
        let page = reference_markdown();
        for b in all() {
            assert!(!b.doc.is_empty() && b.doc.ends_with('.'), "{}", b.name);
            assert!(b.errors.is_empty() || b.errors.ends_with('.'), "{}", b.name);
            assert!(b.example.lines().all(|l| l.contains(" --> ")) && !b.example.is_empty(), "{}", b.name);
            assert!(page.contains(&format!("### `{}(", b.name)), "{}", b.name);
            assert!(core::ptr::eq(super::super::row(b.name), b), "{}", b.name);
        }
    }
}
