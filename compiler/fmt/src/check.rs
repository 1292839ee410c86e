//! The last look before a layout is handed out: the same words in the same order, the same comments.
//! A mistake in the layout then costs a message, and never a program.

use std::borrow::Cow;

use gatos_syntax::echolua::lexer as lua;
use gatos_syntax::echolua::token::Kind as LuaKind;
use gatos_syntax::rgs::lexer as rgs;
use gatos_syntax::rgs::token::Kind as RgsKind;
use gatos_syntax::span::Span;

use crate::FormatError;

/// A comment, whatever its line breaks and the white space after it.
fn comment(text: &str) -> Cow<'_, str> {
    let text = text.trim_end();
    if text.contains('\r') { Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")) } else { Cow::Borrowed(text) }
}

fn comments<'t>(
    old: impl Iterator<Item = (&'t str, Span)>,
    new: impl Iterator<Item = (&'t str, Span)>,
) -> Result<(), FormatError> {
    let mut old: Vec<(Cow<'_, str>, Span)> = old.map(|(text, span)| (comment(text), span)).collect();
    let mut new: Vec<Cow<'_, str>> = new.map(|(text, _)| comment(text)).collect();
    // One that waits for the end of its line may come after one that does not.
    if old.iter().map(|(text, _)| text).ne(&new) {
        old.sort();
        new.sort();
    }
    match old.iter().zip(&new).find(|((text, _), new)| text != *new) {
        Some(((_, span), _)) => Err(FormatError::Unsure(*span)),
        None if old.len() == new.len() => Ok(()),
        None => Err(FormatError::Unsure(Span::default())),
    }
}

fn slice(text: &str, span: Span) -> &str {
    text.get(span.range()).unwrap_or_default()
}

/// Compares an EchoLua file with its layout, which leaves out the tokens numbered in `dropped`.
pub(crate) fn echolua(old: &str, new: &str, dropped: &[usize]) -> Result<(), FormatError> {
    let (before, after) = (lua::lex(old), lua::lex(new));
    comments(
        before.comments.iter().map(|note| (slice(old, note.span), note.span)),
        after.comments.iter().map(|note| (slice(new, note.span), note.span)),
    )?;
    let kind = |kind: LuaKind| if kind == LuaKind::Semi { LuaKind::Comma } else { kind };
    let same = |a: &lua::Token, b: &lua::Token| {
        let (left, right) = (slice(old, a.span), slice(new, b.span));
        let spelled = match a.kind {
            LuaKind::Semi => true,
            LuaKind::Str => {
                left == right || gatos_syntax::echolua::string_value(left) == gatos_syntax::echolua::string_value(right)
            }
            _ => left == right,
        };
        kind(a.kind) == kind(b.kind) && spelled
    };
    let mut dropped = dropped.iter().copied().peekable();
    let mut at = 0;
    for (index, token) in before.tokens.iter().enumerate() {
        if dropped.next_if(|dropped| *dropped == index).is_some() {
            continue;
        }
        // A comma after the last item of a table, and a semicolon that keeps a parenthesis from calling.
        let added = after.tokens.get(at..at + 2).is_some_and(|pair| {
            matches!((pair[0].kind, pair[1].kind), (LuaKind::Comma, LuaKind::RBrace) | (LuaKind::Semi, LuaKind::LParen))
        });
        if added && !after.tokens.get(at).is_some_and(|next| same(token, next)) {
            at += 1;
        }
        if !after.tokens.get(at).is_some_and(|next| same(token, next)) {
            return Err(FormatError::Unsure(token.span));
        }
        at += 1;
    }
    if at == after.tokens.len() { Ok(()) } else { Err(FormatError::Unsure(Span::default())) }
}

/// Compares a policy with its layout: words, and what they mean together, since lines matter there.
pub(crate) fn rgs(
    old: &str,
    new: &str,
    dropped: &[usize],
    module: &gatos_syntax::rgs::ast::Module,
) -> Result<(), FormatError> {
    let (before, after) = (rgs::lex(old), rgs::lex(new));
    comments(
        before.comments.iter().map(|note| (slice(old, note.span), note.span)),
        after.comments.iter().map(|note| (slice(new, note.span), note.span)),
    )?;
    let mut dropped = dropped.iter().copied().peekable();
    let mut at = 0;
    for (index, token) in before.tokens.iter().enumerate() {
        if dropped.next_if(|dropped| *dropped == index).is_some() {
            continue;
        }
        let same = |next: &rgs::Token| slice(old, token.span) == slice(new, next.span);
        let added = after.tokens.get(at..at + 2).is_some_and(|pair| {
            (pair[0].kind == RgsKind::Comma && pair[1].kind.closes()) || pair[0].kind == RgsKind::Semi
        });
        if added && !after.tokens.get(at).is_some_and(same) {
            at += 1;
        }
        if !after.tokens.get(at).is_some_and(same) {
            return Err(FormatError::Unsure(token.span));
        }
        at += 1;
    }
    if at != after.tokens.len() {
        return Err(FormatError::Unsure(Span::default()));
    }
    let again = gatos_syntax::rgs::parse(new);
    let dump = gatos_syntax::rgs::dump::dump;
    if dump(&again.module) == dump(module) { Ok(()) } else { Err(FormatError::Unsure(Span::default())) }
}
