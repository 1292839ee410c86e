//! Help while arguments are typed, read off the tokens before the pointer, so that it works in broken files.

use super::Here;
use super::names::Entity;
use super::text::{floor, slice};
use crate::answer::{Parameter, SignatureHelp};
use crate::host::{File, Snapshot};
use gatos_sigs::rgs::{Builtin, Types, find};
use gatos_syntax::rgs::lexer::{Token, lex};
use gatos_syntax::rgs::token::Kind;
use gatos_syntax::span::Span;
use std::sync::Arc;

/// A call that is being typed.
pub(super) struct Call {
    /// The function's path as it is written.
    pub(super) path: Vec<String>,
    /// The argument that is typed.
    pub(super) argument: usize,
}

/// Where the rule or other item around a byte begins: at the last line that has something in its first column
/// that opens an item.
pub(super) fn item_start(text: &str, at: usize) -> usize {
    let mut start = super::text::line_start(text, at);
    loop {
        let first = text.as_bytes().get(start).copied();
        let opens = first.is_some_and(|b| b.is_ascii_alphabetic() || b == b'_' || b == b'#');
        if opens || start == 0 {
            return start;
        }
        start = super::text::line_start(text, start - 1);
    }
}

/// The tokens of the item around a byte, up to the byte.
pub(super) fn tokens_before(text: &str, at: usize) -> (usize, Vec<Token>) {
    let start = item_start(text, at);
    let lexed = lex(text.get(start..at).unwrap_or_default());
    (start, lexed.tokens)
}

/// The path that ends with the token at an index: `a.b["c"].d`.
pub(super) fn path_before(item: &str, tokens: &[Token], end: usize) -> Option<(Vec<String>, usize)> {
    let mut out = Vec::new();
    let mut at = end;
    loop {
        let token = tokens.get(at)?;
        match token.kind {
            Kind::RBracket => {
                let (text, open) = (tokens.get(at.checked_sub(1)?)?, tokens.get(at.checked_sub(2)?)?);
                if text.kind != Kind::Str || open.kind != Kind::LBracket {
                    return None;
                }
                out.push(slice(item, text.span).trim_matches('"').to_owned());
                at = at.checked_sub(3)?;
                continue;
            }
            Kind::Name => out.push(slice(item, token.span).to_owned()),
            kind if kind.is_keyword() => out.push(slice(item, token.span).to_owned()),
            _ => return None,
        }
        let is_step = token.glued && at.checked_sub(1).and_then(|i| tokens.get(i)).is_some_and(|t| t.kind == Kind::Dot);
        if !is_step {
            break;
        }
        at = at.checked_sub(2)?;
    }
    out.reverse();
    Some((out, at))
}

/// The innermost call that is open at the end of some tokens.
pub(super) fn open_call(item: &str, tokens: &[Token]) -> Option<Call> {
    // Each bracket that is open: the call that it belongs to, and the commas in it.
    let mut open: Vec<(Option<Vec<String>>, usize)> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::LParen => {
                let path = at.checked_sub(1).filter(|_| token.glued).and_then(|end| path_before(item, tokens, end));
                open.push((path.map(|(path, _)| path), 0));
            }
            Kind::LBracket | Kind::LBrace | Kind::TemplateHead => open.push((None, 0)),
            Kind::RParen | Kind::RBracket | Kind::RBrace | Kind::TemplateTail => _ = open.pop(),
            Kind::Comma => {
                if let Some(last) = open.last_mut() {
                    last.1 = last.1.saturating_add(1);
                }
            }
            _ => {}
        }
    }
    open.into_iter().rev().find_map(|(path, commas)| Some(Call { path: path?, argument: commas }))
}

pub(crate) fn signature_help(snapshot: &Snapshot, file: &Arc<File>, at: u32) -> Option<SignatureHelp> {
    let at = floor(&file.text, at);
    let (start, tokens) = tokens_before(&file.text, at);
    let item = file.text.get(start..at)?;
    let call = open_call(item, &tokens)?;
    // A function's own head is no call of it.
    let is_head = tokens.iter().position(|t| t.kind == Kind::LParen).is_some_and(|open| {
        open > 0 && path_before(item, &tokens, open - 1).is_some_and(|(path, first)| first == 0 && path == call.path)
    });
    let is_inside_head = is_head && !tokens.iter().any(|t| matches!(t.kind, Kind::If | Kind::Assign | Kind::Unify));
    if is_inside_head {
        return None;
    }
    let here = Here::new(snapshot, file)?;
    if let Some(path) = here.path_of(&call.path)
        && let Some(help) = rule_help(&here, &path, &call)
    {
        return Some(help);
    }
    let builtin = find(&call.path.join("."))?;
    Some(builtin_help(builtin, &call))
}

fn help(name: &str, params: &[(String, String)], result: &str, call: &Call, markdown: String) -> SignatureHelp {
    let mut label = format!("{name}(");
    let mut parameters = Vec::new();
    for (at, (param, about)) in params.iter().enumerate() {
        if at > 0 {
            label.push_str(", ");
        }
        let start = label.len();
        label.push_str(param);
        parameters.push(Parameter { label: Span::new(start, label.len()), markdown: about.clone() });
    }
    label.push(')');
    if !result.is_empty() {
        label.push_str(&format!(" → {result}"));
    }
    let active = (call.argument < parameters.len()).then_some(call.argument);
    SignatureHelp { label, parameters, active, markdown }
}

fn builtin_help(builtin: &Builtin, call: &Call) -> SignatureHelp {
    let params: Vec<(String, String)> = builtin.params.iter().map(|p| (p.name.to_owned(), param_text(p))).collect();
    help(builtin.name, &params, &kinds(builtin.result), call, builtin.doc.to_owned())
}

fn rule_help(here: &Here, path: &[String], call: &Call) -> Option<SignatureHelp> {
    let place = here.bundle.definitions(path).iter().find(|p| p.is_whole && p.rule.is_some())?;
    let rule = here.bundle.parsed.get(place.file)?.module.rules.get(place.rule?)?;
    let text = here.bundle.files.get(place.file).map_or("", |f| &f.text);
    let params = rule.head.params.as_ref()?;
    let params: Vec<(String, String)> =
        params.iter().map(|p| (super::text::one_line(slice(text, p.span)), String::new())).collect();
    let markdown = super::hover::about(here, path, None).unwrap_or_default();
    Some(help(&call.path.join("."), &params, "", call, markdown))
}

/// Kinds as people read them.
pub(super) fn kinds(types: Types) -> String {
    if types == Types::ANY { "any".to_owned() } else { types.names().collect::<Vec<_>>().join(" or ") }
}

/// What a parameter takes.
pub(super) fn param_text(param: &gatos_sigs::rgs::Param) -> String {
    if param.note.is_empty() { kinds(param.ty) } else { param.note.to_owned() }
}

/// The names of the parameters of the function whose name stands at a place.
pub(super) fn parameter_names(here: &Here, function: Span) -> Vec<String> {
    let marks = here.names.within(function);
    let Some(last) = marks.last() else { return Vec::new() };
    match here.names.target(&last.entity) {
        Entity::Builtin(name) => {
            find(name).map_or_else(Vec::new, |b| b.params.iter().map(|p| p.name.to_owned()).collect())
        }
        Entity::Path(path) => {
            let Some(place) = here.bundle.definitions(path).iter().find(|p| p.is_whole && p.rule.is_some()) else {
                return Vec::new();
            };
            let text = here.bundle.files.get(place.file).map_or("", |f| &f.text);
            let rule = place.rule.and_then(|at| here.bundle.parsed.get(place.file)?.module.rules.get(at));
            let params = rule.and_then(|rule| rule.head.params.as_ref());
            let name = |e: &gatos_syntax::rgs::ast::Expr| match &e.kind {
                gatos_syntax::rgs::ast::ExprKind::Name(_) => slice(text, e.span).to_owned(),
                _ => String::new(),
            };
            params.map_or_else(Vec::new, |params| params.iter().map(name).collect())
        }
        _ => Vec::new(),
    }
}
