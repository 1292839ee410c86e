//! The variables that can be meant at a place, read off the tokens before it, as the rest may be broken.

use super::text::slice;
use gatos_syntax::rgs::lexer::Token;
use gatos_syntax::rgs::token::Kind;
use std::collections::BTreeSet;

/// A variable, and the token from which on it is there: what closes a bracket that opened before takes it away.
struct Found {
    name: String,
    since: usize,
}

/// The variables that are in scope at the end of the tokens of an item, those declared last first.
pub(super) fn locals(item: &str, tokens: &[Token]) -> Vec<String> {
    let mut found: Vec<Found> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    // `some` or `every` whose names are being listed.
    let mut listing: Option<Kind> = None;
    // Names of `every` that wait for its body.
    let mut waiting: Vec<usize> = Vec::new();
    let kind = |at: Option<usize>| at.and_then(|at| tokens.get(at)).map(|t| t.kind);
    for (at, token) in tokens.iter().enumerate() {
        let before = kind(at.checked_sub(1));
        match token.kind {
            Kind::LBrace | Kind::LBracket | Kind::LParen => {
                if token.kind == Kind::LBrace && before.is_some_and(Kind::ends_expr) && listing.is_none() {
                    for index in waiting.drain(..) {
                        if let Some(var) = found.get_mut(index) {
                            var.since = at;
                        }
                    }
                }
                open.push(at);
            }
            Kind::RBrace | Kind::RBracket => {
                let Some(opened) = open.pop() else { continue };
                // What a pattern declares is there behind it.
                let is_pattern = listing.is_some() || is_target(tokens, at) || is_parameter(tokens, at);
                if !is_pattern {
                    found.retain(|var| var.since < opened);
                    waiting.retain(|index| *index < found.len());
                }
            }
            Kind::RParen => _ = open.pop(),
            Kind::Some | Kind::Every => listing = Some(token.kind),
            Kind::In => listing = None,
            Kind::Name if before == Some(Kind::Dot) => {}
            Kind::Name => {
                if listing.is_some() && token.first && !matches!(before, Some(Kind::Comma | Kind::Some | Kind::Every)) {
                    listing = None;
                }
                let is_assigned = at > 0 && kind(Some(at + 1)) == Some(Kind::Assign);
                if listing == Some(Kind::Every) {
                    waiting.push(found.len());
                }
                if listing.is_some() || is_assigned || is_parameter(tokens, at) || is_target(tokens, at) {
                    found.push(Found { name: slice(item, token.span).to_owned(), since: at });
                }
            }
            _ => {}
        }
    }
    let mut seen = BTreeSet::new();
    let names = found.into_iter().rev().map(|var| var.name).filter(|name| name != "_");
    names.filter(|name| seen.insert(name.clone())).collect()
}

/// Whether a token stands in the parentheses behind the first name of the item.
fn is_parameter(tokens: &[Token], at: usize) -> bool {
    let is_function = tokens.get(1).is_some_and(|t| t.kind == Kind::LParen && t.glued);
    let before = tokens.get(..at).unwrap_or_default();
    is_function && at >= 2 && !before.iter().any(|t| t.kind == Kind::RParen)
}

/// Whether a token stands in, or closes, the brackets of a pattern that is assigned: `[a, {"k": b}] := pair`.
fn is_target(tokens: &[Token], at: usize) -> bool {
    let mut depth = 0i32;
    for (index, token) in tokens.iter().enumerate().skip(at).take(64) {
        match token.kind {
            Kind::LBracket | Kind::LBrace => depth += 1,
            Kind::RBracket | Kind::RBrace => depth -= 1,
            Kind::Assign => return depth < 0 && index > at,
            Kind::Name | Kind::Comma | Kind::Colon | Kind::Str | Kind::Number => {}
            _ => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::locals;
    use gatos_syntax::rgs::lexer::lex;

    #[track_caller]
    fn known(text: &str) -> String {
        locals(text, &lex(text).tokens).join(" ")
    }

    #[test]
    fn variables_end_with_what_declares_them() {
        assert_eq!(known("f(p, [q, _]) := r if { x := p; "), "x q p");
        assert_eq!(known("p if { n := count([y | some y in input.ys; "), "y n");
        assert_eq!(known("p if { n := count([y | some y in input.ys]); "), "n");
        assert_eq!(known("p if { every k, e in {1, 2} { z := e; "), "z e k");
        assert_eq!(known("p if { every e in [1, 2] { z := e }; "), "");
        assert_eq!(known("p if { [a, {\"k\": b}] := input.x; every e in a { true }; "), "b a");
        assert_eq!(known("p if { some [a, b] in input.x\n\tc"), "b a");
        assert_eq!(known("p if {\n\tsome i, j\n\tinput.x[i] == "), "j i");
        assert_eq!(known("p := input.x if input.y.z == "), "");
    }
}
