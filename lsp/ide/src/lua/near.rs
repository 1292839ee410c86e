//! The text around a cursor, with what is far away left out, so that typing in a large file is answered
//! without reading all of it. Everything that stays keeps its place.

use super::analysis::{Analysis, analysis, of_near_text};
use crate::host::{File, Snapshot};
use gatos_syntax::echolua::lexer::{Token, lex};
use gatos_syntax::echolua::token::Kind;
use std::sync::Arc;

/// Texts up to this many bytes are read whole.
pub(crate) const SMALL: usize = 12_000;
/// Functions of a fold whose bodies tell what the state holds stay, up to this many bytes.
const MAX_ENTRY: usize = 6_000;

/// The analysis to type with: that of the whole text when it is known or small, else that of what is near.
pub(crate) fn for_typing(snapshot: &Snapshot, file: &Arc<File>, at: usize) -> Arc<Analysis> {
    if file.text.len() <= SMALL || file.lua.is_analysed() {
        return analysis(snapshot, file);
    }
    Arc::new(of_near_text(snapshot, file, &near(&file.text, at)))
}

/// The same for a text that stands in the place of the file's.
pub(crate) fn of_text(snapshot: &Snapshot, file: &Arc<File>, text: &str, at: usize) -> Analysis {
    match text.len() <= SMALL {
        true => super::analysis::analysis_of_text(snapshot, file, text),
        false => of_near_text(snapshot, file, &near(text, at)),
    }
}

/// The text with the bodies of functions blanked that do not hold the place. Blanks keep the bytes' places.
fn near(text: &str, at: usize) -> String {
    let tokens = lex(text).tokens;
    let mut out: Vec<u8> = Vec::with_capacity(text.len());
    let mut done = 0;
    for (from, to) in bodies(text, &tokens) {
        if from <= at && at <= to || from < done {
            continue;
        }
        out.extend_from_slice(&text.as_bytes()[done..from]);
        let blank = text.as_bytes()[from..to].iter().map(|b| if matches!(b, b'\n' | b'\r') { *b } else { b' ' });
        out.extend(blank);
        done = to;
    }
    out.extend_from_slice(&text.as_bytes()[done..]);
    // Whole tokens were replaced by blanks, so this is text still.
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

/// The bodies of the outermost functions, in order.
fn bodies(text: &str, tokens: &[Token]) -> Vec<(usize, usize)> {
    let mut out = Vec::new();
    let mut i = 0;
    while i < tokens.len() {
        if tokens[i].kind != Kind::Function {
            i += 1;
            continue;
        }
        let Some(open) = after_parameters(tokens, i) else {
            i += 1;
            continue;
        };
        let close = closing(text, tokens, open);
        let Some(last) = close.end else {
            // The function was never closed: what follows is read as it stands.
            i = close.next.max(i + 1);
            continue;
        };
        let (from, to) = (tokens[open].span.end as usize, tokens[last].span.start as usize);
        if from < to && !(is_entry(text, tokens, i) && to - from <= MAX_ENTRY) {
            out.push((from, to));
        }
        i = last + 1;
    }
    out
}

/// The bracket that closes the parameters of the function that begins at a token.
fn after_parameters(tokens: &[Token], function: usize) -> Option<usize> {
    let mut at = function + 1;
    while matches!(tokens.get(at)?.kind, Kind::Name | Kind::Dot | Kind::Colon) {
        at += 1;
    }
    if !matches!(tokens.get(at)?.kind, Kind::LParen | Kind::CallParen) {
        return None;
    }
    at += 1;
    while matches!(tokens.get(at)?.kind, Kind::Name | Kind::Comma | Kind::Dots) {
        at += 1;
    }
    (tokens[at].kind == Kind::RParen).then_some(at)
}

struct Closing {
    /// The `end` of the function.
    end: Option<usize>,
    /// Where to go on when there is none.
    next: usize,
}

fn closing(text: &str, tokens: &[Token], open: usize) -> Closing {
    let mut depth = 1usize;
    for (i, token) in tokens.iter().enumerate().skip(open + 1) {
        match token.kind {
            // A function at the very beginning of a line is none of this one's, when lines are indented.
            Kind::Function if begins_line(text, tokens, i) => return Closing { end: None, next: i },
            // The `do` of a loop's header opens its block.
            Kind::Function | Kind::If | Kind::Do | Kind::Repeat => depth += 1,
            Kind::End | Kind::Until => {
                depth -= 1;
                if depth == 0 {
                    return Closing { end: Some(i), next: i + 1 };
                }
            }
            _ => {}
        }
    }
    Closing { end: None, next: tokens.len() }
}

/// Whether `function` or `local function` stands at the very beginning of a line.
fn begins_line(text: &str, tokens: &[Token], function: usize) -> bool {
    let first = match function.checked_sub(1).map(|i| tokens[i]) {
        Some(before) if before.kind == Kind::Local => before,
        _ => tokens[function],
    };
    let at = first.span.start as usize;
    at > 0 && text.as_bytes()[at - 1] == b'\n'
}

/// Whether a function is `init`, `fold` or `emit`, or of that name in a table.
fn is_entry(text: &str, tokens: &[Token], function: usize) -> bool {
    let is_name = |t: &Token| matches!(&text[t.span.range()], "init" | "fold" | "emit");
    let behind = tokens[function + 1..].iter().take_while(|t| matches!(t.kind, Kind::Name | Kind::Dot)).last();
    let before = function.checked_sub(2).and_then(|i| tokens.get(i));
    behind.is_some_and(is_name) || before.is_some_and(|t| t.kind == Kind::Name && is_name(t))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_far_is_blank_and_what_stays_keeps_its_place() {
        let text = "local a = 1\nlocal function f(x)\n  return function() return x end\nend\nfunction M.init() return {} end\nlocal function g()\n  local é = a\nend\n";
        let at = text.find("local é").unwrap_or(0);
        let near = near(text, at);
        assert_eq!(near.len(), text.len());
        assert!(near.contains("local function f(x)\n") && !near.contains("return x"), "{near}");
        assert!(near.contains("return {}"), "{near}");
        assert_eq!(near.find("local é"), Some(at));
    }

    #[test]
    fn a_function_without_its_end_hides_no_other() {
        let text = "local function f(x)\n  if x then\n\nlocal function g()\n  return 1\nend\n\nlocal function h()\n  return 2\nend\n";
        let near = near(text, text.find("if x").unwrap_or(0));
        assert!(near.contains("if x then") && !near.contains("return 1") && !near.contains("return 2"), "{near}");
    }
}
