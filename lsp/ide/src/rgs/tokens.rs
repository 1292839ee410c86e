//! What each word is, for colours.

use super::Here;
use super::names::{Entity, Mark, Role};
use super::text::slice;
use crate::answer::{Token, TokenKind, modifier};
use crate::host::{File, Snapshot};
use gatos_compiler::rgs::hir::DocumentKind;
use gatos_syntax::rgs::lexer::{self, lex};
use gatos_syntax::rgs::token::Kind;
use gatos_syntax::span::Span;
use std::sync::Arc;

pub(crate) fn tokens(snapshot: &Snapshot, file: &Arc<File>, range: Option<Span>) -> Vec<Token> {
    let Some(here) = Here::new(snapshot, file) else { return Vec::new() };
    let text = &file.text;
    let lexed = lex(text);
    let wanted = |span: Span| range.is_none_or(|r| span.start < r.end && r.start < span.end);
    let mut out: Vec<Token> = Vec::new();
    for comment in lexed.comments.iter().filter(|c| wanted(c.span)) {
        out.push(Token { span: comment.span, kind: TokenKind::Comment, modifiers: 0 });
    }
    for (at, token) in lexed.tokens.iter().enumerate() {
        if token.span.start >= token.span.end || !wanted(token.span) {
            continue;
        }
        let mark = here
            .names
            .at(token.span.start)
            .filter(|m| m.span.start <= token.span.start && token.span.end <= m.span.end);
        if let Some(Mark { entity: Entity::Builtin(_), span, .. }) = mark {
            let kind = if token.span.end == span.end { TokenKind::Function } else { TokenKind::Namespace };
            if token.kind != Kind::Dot {
                out.push(Token { span: token.span, kind, modifiers: modifier::DEFAULT_LIBRARY });
            }
            continue;
        }
        let next = lexed.tokens.get(at + 1);
        let Some((kind, modifiers)) =
            kind_of(&here, token, next, mark, at.checked_sub(1).and_then(|i| lexed.tokens.get(i)))
        else {
            continue;
        };
        out.push(Token { span: token.span, kind, modifiers });
    }
    out.sort_by_key(|t| t.span);
    let mut flat: Vec<Token> = Vec::with_capacity(out.len());
    for token in out {
        // Texts over several lines are one token a line.
        let mut start = token.span.start;
        for row in slice(text, token.span).split_inclusive('\n') {
            let end = start + row.trim_end_matches(['\n', '\r']).len() as u32;
            let free = flat.last().is_none_or(|last| last.span.end <= start);
            let span = Span { start, end };
            if start < end && free && wanted(span) {
                flat.push(Token { span, ..token });
            }
            start += row.len() as u32;
        }
    }
    flat
}

fn kind_of(
    here: &Here,
    token: &lexer::Token,
    next: Option<&lexer::Token>,
    mark: Option<&Mark>,
    before: Option<&lexer::Token>,
) -> Option<(TokenKind, u32)> {
    if let Some(mark) = mark {
        // A key in quotes is a string to look at.
        if matches!(token.kind, Kind::Str | Kind::RawStr) {
            return Some((TokenKind::String, 0));
        }
        return Some(name(here, mark));
    }
    let is_step = before.is_some_and(|b| b.kind == Kind::Dot && token.glued);
    Some(match token.kind {
        Kind::Name | Kind::BadWord if is_step => (TokenKind::Property, 0),
        Kind::Name | Kind::BadWord if next.is_some_and(|n| n.kind == Kind::LParen && n.glued) => {
            (TokenKind::Function, 0)
        }
        Kind::Name | Kind::BadWord => (TokenKind::Variable, 0),
        Kind::Number => (TokenKind::Number, 0),
        Kind::Str
        | Kind::RawStr
        | Kind::SingleQuoted
        | Kind::Template
        | Kind::TemplateHead
        | Kind::TemplateMiddle
        | Kind::TemplateTail => (TokenKind::String, 0),
        kind if kind.is_keyword() => (TokenKind::Keyword, 0),
        kind if kind.is_binary() => (TokenKind::Operator, 0),
        _ => return None,
    })
}

fn name(here: &Here, mark: &Mark) -> (TokenKind, u32) {
    let declared = if mark.role == Role::Declares { modifier::DECLARATION } else { 0 };
    match &mark.entity {
        Entity::Var(number) => {
            let is_parameter = here.names.var(*number).is_some_and(|v| v.is_parameter);
            let kind = if is_parameter { TokenKind::Parameter } else { TokenKind::Variable };
            (kind, declared | modifier::READONLY)
        }
        Entity::Input(path) if path.is_empty() => (TokenKind::Variable, modifier::READONLY | modifier::DEFAULT_LIBRARY),
        Entity::Input(_) => (TokenKind::Property, modifier::READONLY),
        Entity::Builtin(_) => (TokenKind::Function, modifier::DEFAULT_LIBRARY),
        Entity::Path(path) if path.is_empty() => (TokenKind::Variable, modifier::READONLY | modifier::DEFAULT_LIBRARY),
        Entity::Path(path) => (path_kind(here, path), declared),
        Entity::Import(_) => match here.names.target(&mark.entity) {
            Entity::Path(path) => (path_kind(here, path), declared),
            _ => (TokenKind::Variable, declared | modifier::READONLY),
        },
    }
}

fn path_kind(here: &Here, path: &[String]) -> TokenKind {
    let found = here.bundle.definitions(path);
    if !found.iter().any(|p| p.rule.is_some()) {
        return if found.is_empty() { TokenKind::Property } else { TokenKind::Namespace };
    }
    let documents = &here.bundle.analysis.bundle.documents;
    let at = documents.binary_search_by(|d| d.path.as_slice().cmp(path)).ok();
    match at.and_then(|at| documents.get(at)).map(|d| d.kind) {
        Some(DocumentKind::Function(_)) => TokenKind::Function,
        _ => TokenKind::Rule,
    }
}
