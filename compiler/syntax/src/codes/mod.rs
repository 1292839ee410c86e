//! Every diagnostic code of both languages, with the page that explains it.
//! A code is never reused for another meaning; `gatos explain` and the reference read this table.

mod fold;
mod lint;
mod names;
mod numbers;
mod profile;
mod rgs;
mod rgs_lint;
mod rgs_names;
mod syntax;

use crate::diagnostic::Severity;

/// One code and its explanation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CodeInfo {
    /// The code, such as `E0107`.
    pub code: &'static str,
    /// What it says, in one line without a final stop.
    pub title: &'static str,
    /// Whether it refuses the program.
    pub severity: Severity,
    /// Markdown: what it is, why the language refuses it, a wrong example, a right one.
    pub explain: &'static str,
}

/// The parts of the registry, each in order of code, and the parts in order too.
pub static CODES: &[&[CodeInfo]] = &[
    syntax::CODES,
    profile::CODES,
    names::CODES,
    numbers::CODES,
    fold::CODES,
    lint::CODES,
    rgs::CODES,
    rgs_names::CODES,
    rgs_lint::CODES,
];

/// All codes, in order.
pub fn all() -> impl Iterator<Item = &'static CodeInfo> {
    CODES.iter().flat_map(|part| part.iter())
}

/// The page of a code; upper and lower case are the same.
pub fn explain(code: &str) -> Option<&'static CodeInfo> {
    all().find(|info| info.code.eq_ignore_ascii_case(code))
}

/// Whether a code is about policies; the others are about EchoLua.
pub fn of_policies(info: &CodeInfo) -> bool {
    info.code.get(1..).is_some_and(|number| number >= "1000")
}

/// The text of `docs/reference/diagnostics.md`.
pub fn reference_markdown() -> String {
    let mut out = String::from(
        "# Diagnostics\n\nEvery message of the compiler has a code that keeps its meaning for ever. \
         `gatos explain E0107` prints one of these sections.\n",
    );
    for (heading, policies) in [("EchoLua", false), ("Policies", true)] {
        out.push_str(&format!("\n**{heading}**\n\n| code | says |\n| --- | --- |\n"));
        for info in all().filter(|info| of_policies(info) == policies) {
            let title = info.title.replace('|', "\\|");
            out.push_str(&format!("| [{}](#{}) | {} |\n", info.code, info.code.to_ascii_lowercase(), title));
        }
    }
    for info in all() {
        let kind = match info.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        out.push_str(&format!("\n## {}\n\n*{kind}*: {}\n\n{}\n", info.code, info.title, info.explain.trim()));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_in_order_and_explained() {
        let codes: Vec<_> = all().map(|info| info.code).collect();
        let mut sorted = codes.clone();
        sorted.sort_by_key(|code| code[1..].to_string());
        sorted.dedup();
        assert_eq!(codes, sorted, "codes ascend by their number and are never repeated");
        for info in all() {
            let letter = if info.severity == Severity::Error { "E" } else { "W" };
            assert!(info.code.starts_with(letter) && info.code.len() == 5, "{}", info.code);
            assert!(!info.title.is_empty() && !info.title.ends_with('.'), "{}", info.code);
            let example = if of_policies(info) { "```rego" } else { "```lua" };
            assert!(info.explain.contains(example), "{} has no example", info.code);
        }
    }

    #[test]
    fn finds_a_page_in_either_case() {
        assert_eq!(explain("e0107").map(|info| info.code), Some("E0107"));
        assert_eq!(explain("E9999"), None);
    }
}
