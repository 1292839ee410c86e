//! The pages of the syntax codes tell the truth: their wrong examples are refused with that code,
//! and their right ones parse.

use gatos_syntax::codes;
use gatos_syntax::echolua::parse;
use gatos_syntax::rgs;

fn examples(page: &str, fence: &str) -> Vec<(bool, String)> {
    let mut found = Vec::new();
    let mut right = false;
    let mut rest = page;
    while let Some(at) = rest.find(fence) {
        right |= rest[..at].contains("Right");
        let body = &rest[at + fence.len()..];
        let end = body.find("```").unwrap_or(body.len());
        found.push((right, body[..end].to_string()));
        rest = &body[(end + 3).min(body.len())..];
    }
    found
}

#[test]
fn examples_do_what_their_page_says() {
    for info in codes::all().filter(|info| info.code.starts_with("E00")) {
        for (right, text) in examples(info.explain, "```lua\n") {
            let said: Vec<_> = parse(&text).diagnostics.iter().map(|said| (said.code, said.message.clone())).collect();
            if right {
                assert_eq!(said, [], "{}:\n{text}", info.code);
            } else if info.code != "E0007" {
                assert!(said.iter().any(|(code, _)| *code == info.code), "{}: {said:?}\n{text}", info.code);
            }
        }
    }
}

#[test]
fn examples_of_policies_do_what_their_page_says() {
    for info in codes::all().filter(|info| info.code.starts_with("E1") || info.code.starts_with("W1")) {
        let syntax = info.code.starts_with("E10") || info.code.starts_with("W10");
        for (right, text) in examples(info.explain, "```rego\n") {
            let parsed = rgs::parse(&text);
            let said: Vec<_> = parsed.diagnostics.iter().map(|said| (said.code, said.message.clone())).collect();
            if right {
                assert_eq!(said, [], "{}:\n{text}", info.code);
            } else if syntax && info.code != "E1008" {
                assert!(said.iter().all(|(code, _)| *code == info.code), "{}: {said:?}\n{text}", info.code);
                assert!(!said.is_empty(), "{}:\n{text}", info.code);
            }
        }
    }
}

#[test]
fn the_reference_lists_every_code() {
    let text = codes::reference_markdown();
    for info in codes::all() {
        assert!(text.contains(&format!("\n## {}\n", info.code)) && text.contains(info.title), "{}", info.code);
    }
}
