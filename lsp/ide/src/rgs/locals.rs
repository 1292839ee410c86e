//! The variables that can be meant at a place, read off the tokens before it, as the rest may be broken.

use super::text::slice;
use gatos_syntax::rgs::lexer::Token;
use gatos_syntax::rgs::token::Kind;
use std::collections::BTreeSet;

/// The variables that are in scope at the end of the tokens.
pub(super) fn locals(item: &str, tokens: &[Token]) -> Vec<String> {
    let name = |t: &Token| slice(item, t.span).to_owned();
    // Variables with the number of brackets around each.
    let mut found: Vec<(String, usize)> = Vec::new();
    let mut depth = 0usize;
    let mut some = None;
    let is_parameter = |at: usize| {
        at >= 2
            && tokens.get(1).is_some_and(|t| t.kind == Kind::LParen && t.glued)
            && tokens.get(..at).is_some_and(|before| !before.iter().any(|t| matches!(t.kind, Kind::RParen)))
    };
    for (at, token) in tokens.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|i| tokens.get(i)).map(|t| t.kind);
        let next = tokens.get(at + 1);
        match token.kind {
            Kind::LBrace | Kind::LBracket | Kind::LParen => depth += 1,
            Kind::RBrace | Kind::RBracket | Kind::RParen => {
                depth = depth.saturating_sub(1);
                // What a closed body or comprehension declared is gone; patterns stay.
                let is_pattern =
                    next.is_some_and(|n| n.kind == Kind::Assign) || some.is_some() || token.kind == Kind::RParen;
                if !is_pattern {
                    found.retain(|(_, at)| *at <= depth);
                }
            }
            Kind::Some | Kind::Every => some = Some(depth),
            Kind::In => some = None,
            Kind::Name if before == Some(Kind::Dot) => {}
            Kind::Name => {
                let is_assigned = next.is_some_and(|n| n.kind == Kind::Assign) && at > 0;
                if let Some(outer) = some {
                    if token.first && before != Some(Kind::Comma) && before != Some(Kind::Some) {
                        some = None;
                    } else {
                        found.push((name(token), outer));
                        continue;
                    }
                }
                if is_assigned {
                    found.push((name(token), depth));
                } else if is_parameter(at) {
                    found.push((name(token), 0));
                } else if is_in_target(tokens, at) {
                    found.push((name(token), depth.saturating_sub(1)));
                }
            }
            _ => {}
        }
    }
    let mut names: Vec<String> = found.into_iter().map(|(name, _)| name).filter(|n| n != "_").collect();
    names.reverse();
    let mut seen = BTreeSet::new();
    names.retain(|n| seen.insert(n.clone()));
    names
}

/// Whether a name stands in the brackets of a pattern that is assigned: `[a, b] := pair`.
fn is_in_target(tokens: &[Token], at: usize) -> bool {
    let mut depth = 0i32;
    for token in tokens.iter().skip(at).take(32) {
        match token.kind {
            Kind::LBracket | Kind::LBrace => depth += 1,
            Kind::RBracket | Kind::RBrace => depth -= 1,
            Kind::Assign => return depth < 0,
            Kind::Name | Kind::Comma | Kind::Colon | Kind::Str => {}
            _ => return false,
        }
    }
    false
}
