//! What each word is, for colours: from the tokens, and from what the names among them mean.

use super::analysis::{Analysis, analysis};
use super::names::{FieldId, Occurrence, Owner, Sym, sig};
use crate::answer::{Access, Token, TokenKind, modifier};
use crate::host::{File, Snapshot};
use gatos_compiler::hir::LocalKind;
use gatos_sigs::Kind as SigKind;
use gatos_syntax::echolua::token::Kind;
use gatos_syntax::span::Span;
use std::sync::Arc;

/// The words of a file, or of a range of it.
pub(crate) fn tokens(snapshot: &Snapshot, file: &Arc<File>, range: Option<Span>) -> Vec<Token> {
    let its = analysis(snapshot, file);
    let wanted = |span: Span| range.is_none_or(|r| span.start < r.end && r.start < span.end);
    let refused = refused(&its);
    let tokens = its.tokens();
    let mut out = Vec::new();
    for (i, token) in tokens.iter().enumerate().filter(|(_, t)| wanted(t.span)) {
        let found = match token.kind {
            Kind::Name | Kind::BadWord => Some(name(&its, i, &refused)),
            Kind::Str => Some((TokenKind::String, 0)),
            Kind::Number => Some((TokenKind::Number, 0)),
            kind if kind.is_keyword() => Some((TokenKind::Keyword, 0)),
            kind if kind.is_binary() || matches!(kind, Kind::Hash | Kind::Assign) => Some((TokenKind::Operator, 0)),
            _ => None,
        };
        if let Some((kind, modifiers)) = found {
            lines(its.text(), token.span, kind, modifiers, &mut out);
        }
    }
    for comment in its.unit().comments.iter().filter(|c| wanted(c.span)) {
        lines(its.text(), comment.span, TokenKind::Comment, 0, &mut out);
    }
    out.sort_by_key(|t| t.span);
    out
}

/// What runs over several lines is told line by line.
fn lines(text: &str, span: Span, kind: TokenKind, modifiers: u32, out: &mut Vec<Token>) {
    let Some(all) = text.get(span.range()) else { return };
    let mut at = span.start;
    for line in all.split_inclusive(['\n', '\r']) {
        let len = line.trim_end_matches(['\n', '\r']).len() as u32;
        if len > 0 {
            out.push(Token { span: Span { start: at, end: at + len }, kind, modifiers });
        }
        at += line.len() as u32;
    }
}

/// Places that the profile refuses, in order.
fn refused(its: &Analysis) -> Vec<Span> {
    let own = its.front.diagnostics.iter().filter(|d| d.file == 0 && d.diagnostic.code.starts_with("E01"));
    let mut out: Vec<Span> = own.map(|d| d.diagnostic.span).filter(|s| s.end - s.start < 64).collect();
    out.sort();
    out
}

fn name(its: &Analysis, index: usize, refused: &[Span]) -> (TokenKind, u32) {
    let tokens = its.tokens();
    let token = tokens[index];
    let after = refused.partition_point(|s| s.start <= token.span.start);
    let is_refused = refused[..after].iter().rev().take(4).any(|s| token.span.end <= s.end);
    let deprecated = if is_refused { modifier::DEPRECATED } else { 0 };
    let (kind, bits) = match its.names().exactly(token.span) {
        Some(found) => meaning(its, found, tokens.get(index + 1).map(|t| t.kind)),
        None => (guess(its, index), 0),
    };
    (kind, bits | deprecated)
}

/// A name in a place that did not parse.
fn guess(its: &Analysis, index: usize) -> TokenKind {
    let tokens = its.tokens();
    let kind = |i: Option<usize>| i.and_then(|i| tokens.get(i)).map(|t| t.kind);
    let is_called = matches!(kind(index.checked_add(1)), Some(Kind::LParen | Kind::CallParen | Kind::Str));
    match kind(index.checked_sub(1)) {
        Some(Kind::Colon) => TokenKind::Method,
        Some(Kind::Dot) if is_called => TokenKind::Function,
        Some(Kind::Dot) => TokenKind::Property,
        Some(Kind::Goto | Kind::DoubleColon) => TokenKind::Label,
        // `<const>`
        Some(Kind::Lt) if kind(Some(index + 1)) == Some(Kind::Gt) && its.slice(tokens[index].span) == "const" => {
            TokenKind::Keyword
        }
        _ if is_called => TokenKind::Function,
        _ => TokenKind::Variable,
    }
}

/// Whether a field gets its first value at a place: in a constructor, or first of all in a table that the file
/// makes.
fn is_built_here(its: &Analysis, field: FieldId, at: Span) -> bool {
    let names = its.names();
    let followed = its.tokens().partition_point(|t| t.span.start < at.end);
    let is_item = {
        let before = its.tokens().partition_point(|t| t.span.start < at.start);
        let kind = |i: Option<usize>| i.and_then(|i| its.tokens().get(i)).map(|t| t.kind);
        kind(Some(followed)) == Some(Kind::Assign)
            && matches!(kind(before.checked_sub(1)), Some(Kind::LBrace | Kind::Comma | Kind::Semi))
    };
    let owner = names.fields[field.0 as usize].owner;
    let is_own = match names.path(field).0 {
        Owner::State | Owner::Event | Owner::Import(_) | Owner::Other => false,
        _ => !names.opaque.contains(&owner),
    };
    let first = names.of_sym(Sym::Field(field)).find(|o| o.is_decl).map(|o| o.span);
    is_item || is_own && first == Some(at)
}

fn meaning(its: &Analysis, found: &Occurrence, next: Option<Kind>) -> (TokenKind, u32) {
    let hir = &its.unit().hir;
    // A field of a value that came from elsewhere is there already, so that giving it a value changes it; a
    // table's constructor and the fields of what the file itself builds declare.
    let is_change = matches!(found.sym, Sym::Field(field) if !is_built_here(its, field, found.span));
    let mut bits = match (found.is_decl && !is_change, found.access) {
        (true, _) => modifier::DECLARATION,
        (false, Access::Write) => modifier::MODIFICATION,
        _ => 0,
    };
    let stands_for = its.names().func_of.get(&found.sym);
    let kind = match found.sym {
        Sym::Local(id) => {
            let local = hir.local(id);
            if local.is_const {
                bits |= modifier::READONLY;
            }
            if local.captured {
                bits |= modifier::CAPTURED;
            }
            match local.kind {
                LocalKind::Param | LocalKind::SelfParam => TokenKind::Parameter,
                LocalKind::Function => TokenKind::Function,
                _ if stands_for.is_some() => TokenKind::Function,
                _ => TokenKind::Variable,
            }
        }
        Sym::Global(_) if stands_for.is_some() => TokenKind::Function,
        Sym::Global(_) => TokenKind::Variable,
        Sym::Label(_) => TokenKind::Label,
        Sym::Module(_) => TokenKind::Namespace,
        Sym::Require => {
            bits |= modifier::DEFAULT_LIBRARY;
            TokenKind::Function
        }
        Sym::Lib(id) => {
            bits |= modifier::DEFAULT_LIBRARY;
            match sig(id).kind {
                SigKind::Function => TokenKind::Function,
                SigKind::Table => TokenKind::Namespace,
                SigKind::Constant => {
                    bits |= modifier::READONLY;
                    TokenKind::Variable
                }
            }
        }
        Sym::Field(_) => {
            let is_method = stands_for.is_some_and(|f| its.names().funcs[f.0 as usize].is_method);
            let is_called = matches!(next, Some(Kind::LParen | Kind::CallParen));
            match stands_for {
                _ if is_method => TokenKind::Method,
                Some(_) => TokenKind::Function,
                None if is_called => TokenKind::Function,
                None => TokenKind::Property,
            }
        }
    };
    (kind, bits)
}
