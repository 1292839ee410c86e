//! What could be typed at a place. Where that is, is read off the tokens, so that it holds in
//! text that does not parse; what there is comes from scopes, shapes and modules.

mod fields;
mod resolve;
mod snippets;
mod words;

use super::analysis::Analysis;
use super::near;
use crate::answer::{Completion, CompletionKind, Completions};
use crate::host::{File, Snapshot};
use gatos_compiler::lint::RULES;
use gatos_syntax::echolua::lexer::Token;
use gatos_syntax::echolua::token::Kind;
use gatos_syntax::span::Span;
use std::sync::Arc;

pub(crate) use fields::object_before;
pub(crate) use resolve::resolve;

/// The place where something is typed.
struct Cursor<'a> {
    snapshot: &'a Snapshot,
    file: &'a Arc<File>,
    its: Arc<Analysis>,
    /// The byte.
    at: u32,
    /// The word around it: what an item replaces.
    word: Span,
    /// The token before the word, by its index.
    before: Option<usize>,
}

impl Cursor<'_> {
    fn kind(&self, index: Option<usize>) -> Option<Kind> {
        self.its.tokens().get(index?).map(|t| t.kind)
    }

    fn token(&self, index: usize) -> Token {
        self.its.tokens()[index]
    }

    /// What is typed of the word already.
    fn typed(&self) -> &str {
        self.its.slice(Span { start: self.word.start, end: self.at })
    }

    fn item(&self, label: impl Into<String>, kind: CompletionKind) -> Completion {
        let label = label.into();
        Completion {
            insert: label.clone(),
            label,
            kind,
            detail: String::new(),
            is_snippet: false,
            replace: self.word,
            sort: String::new(),
            extra: Vec::new(),
            resolve: String::new(),
            preselect: false,
        }
    }
}

/// What could be typed at a byte.
pub(crate) fn completions(snapshot: &Snapshot, file: &Arc<File>, at: u32, trigger: Option<char>) -> Completions {
    let mut at = (at as usize).min(file.text.len());
    while !file.text.is_char_boundary(at) {
        at -= 1;
    }
    let its = near::for_typing(snapshot, file, at);
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let start = file.text[..at].trim_end_matches(is_word).len();
    let rest = &file.text[at..];
    let end = at + rest.len() - rest.trim_start_matches(is_word).len();
    let before = its.tokens().partition_point(|t| t.span.end as usize <= start).checked_sub(1);
    let cursor = Cursor { snapshot, file, at: at as u32, word: Span::new(start, end), before, its };
    let items = items(&cursor, trigger);
    Completions { items, is_incomplete: false }
}

fn items(cursor: &Cursor<'_>, trigger: Option<char>) -> Vec<Completion> {
    if let Some(found) = in_comment(cursor) {
        return found;
    }
    if let Some(index) = in_string(cursor) {
        return in_quotes(cursor, index);
    }
    // These characters bring the question only where a string, a member or a label can follow.
    let before = cursor.kind(cursor.before);
    if matches!(trigger, Some('"' | '\'')) {
        return Vec::new();
    }
    match before {
        Some(Kind::Dot | Kind::Colon) => {
            let owner = cursor.before.and_then(|b| b.checked_sub(1));
            if cursor.kind(owner).is_some_and(Kind::ends_expr) {
                return fields::items(cursor);
            }
            return Vec::new();
        }
        Some(Kind::Goto) => return words::labels(cursor),
        // Names that are made up here.
        Some(Kind::Local) => return words::after_local(cursor),
        Some(Kind::For | Kind::DoubleColon) => return Vec::new(),
        Some(Kind::Function) => return words::tables(cursor),
        Some(Kind::Lt) if is_attribute(cursor) => {
            let mut item = cursor.item("const", CompletionKind::Keyword);
            item.detail = "never assigned again".to_owned();
            return vec![item];
        }
        Some(Kind::Number) if cursor.before.is_some_and(|b| cursor.token(b).span.end == cursor.word.start) => {
            return Vec::new();
        }
        _ => {}
    }
    if matches!(trigger, Some('.' | ':')) || cursor.typed().starts_with(|c: char| c.is_ascii_digit()) {
        return Vec::new();
    }
    if declares_names(cursor) {
        return Vec::new();
    }
    words::items(cursor)
}

/// `local x <`
fn is_attribute(cursor: &Cursor<'_>) -> bool {
    let Some(lt) = cursor.before else { return false };
    lt >= 2 && cursor.kind(Some(lt - 1)) == Some(Kind::Name) && cursor.kind(Some(lt - 2)) == Some(Kind::Local)
}

/// Whether a parameter, or another name after `local` or `for`, is being made up.
fn declares_names(cursor: &Cursor<'_>) -> bool {
    let tokens = cursor.its.tokens();
    let Some(mut i) = cursor.before else { return false };
    loop {
        match tokens[i].kind {
            Kind::Comma | Kind::Name | Kind::Dots => {}
            Kind::LParen | Kind::CallParen => {
                let mut name = i;
                while name >= 1 && matches!(tokens[name - 1].kind, Kind::Name | Kind::Dot | Kind::Colon) {
                    name -= 1;
                }
                return name >= 1 && tokens[name - 1].kind == Kind::Function;
            }
            Kind::For | Kind::Local => return matches!(tokens[cursor.before.unwrap_or(i)].kind, Kind::Comma),
            _ => return false,
        }
        match i.checked_sub(1) {
            Some(next) => i = next,
            None => return false,
        }
    }
}

/// In a comment only the names of lints are offered, where one is allowed.
fn in_comment(cursor: &Cursor<'_>) -> Option<Vec<Completion>> {
    let comments = &cursor.its.unit().comments;
    let after = comments.partition_point(|c| c.span.start < cursor.at);
    let c = comments.get(after.checked_sub(1)?)?;
    let is_line = !cursor.its.slice(c.span).starts_with("--[");
    let inside = cursor.at < c.span.end || is_line && cursor.at == c.span.end;
    if !inside {
        return None;
    }
    let typed = cursor.its.slice(Span { start: c.span.start, end: cursor.at });
    let Some(open) = typed.rfind('(').filter(|open| typed[..*open].trim_end().ends_with("allow")) else {
        let is_start = typed.trim_start_matches('-').trim_start();
        if "gatos:".starts_with(is_start) && !is_start.is_empty() || typed.trim_end().ends_with("gatos:") {
            let mut out = Vec::new();
            let from = c.span.start + (typed.len() - typed.trim_start_matches('-').trim_start().len()) as u32;
            for (text, detail) in [
                ("gatos: allow(${1:code}) ${2:reason}", "lets a warning be"),
                ("gatos: fold", "marks the file as a fold"),
            ] {
                let label = text.replace("${1:code}", "…").replace(" ${2:reason}", "");
                let mut item = cursor.item(label, CompletionKind::Snippet);
                item.insert = text.to_owned();
                item.is_snippet = true;
                item.detail = detail.to_owned();
                item.replace = Span { start: from, end: cursor.at };
                out.push(item);
            }
            return Some(out);
        }
        return Some(Vec::new());
    };
    if typed[open..].contains(')') {
        return Some(Vec::new());
    }
    let from = typed[open + 1..].rfind([',', ' ']).map_or(open + 1, |i| open + 2 + i);
    let replace = Span { start: c.span.start + from as u32, end: cursor.word.end.min(c.span.end) };
    let rules = RULES.iter().map(|rule| {
        let mut item = cursor.item(rule.name, CompletionKind::Constant);
        item.detail = rule.code.to_owned();
        item.insert = rule.code.to_owned();
        item.replace = replace;
        item.resolve = format!("code:{}", rule.code);
        item
    });
    Some(rules.collect())
}

/// The string that the byte is in.
fn in_string(cursor: &Cursor<'_>) -> Option<usize> {
    let tokens = cursor.its.tokens();
    let after = tokens.partition_point(|t| t.span.start < cursor.at);
    let index = after.checked_sub(1)?;
    let token = tokens[index];
    if token.kind != Kind::Str || cursor.at > token.span.end {
        return None;
    }
    let text = cursor.its.slice(token.span);
    // Behind the closing quote it is over; an unfinished string goes on to its end.
    let quote = text.chars().next()?;
    let is_closed = text.len() >= 2 && text.ends_with(quote) && quote != '[';
    (cursor.at < token.span.end || !is_closed).then_some(index)
}

fn in_quotes(cursor: &Cursor<'_>, index: usize) -> Vec<Completion> {
    let token = cursor.token(index);
    let text = cursor.its.slice(token.span);
    let Some(quote) = text.chars().next().filter(|q| *q != '[') else { return Vec::new() };
    let is_closed = text.len() >= 2 && text.ends_with(quote);
    let inner = Span { start: token.span.start + 1, end: token.span.end - u32::from(is_closed) };
    // An unfinished string runs over the rest of its line, which is not what is replaced.
    let inner = if is_closed { inner } else { Span { end: cursor.word.end.max(inner.start), ..inner } };
    let previous = |n: usize| index.checked_sub(n).map(|i| cursor.token(i));
    let mut word = previous(1);
    if word.is_some_and(|t| matches!(t.kind, Kind::LParen | Kind::CallParen)) {
        word = previous(2);
    }
    if word.is_some_and(|t| cursor.its.slice(t.span) == "require") {
        return words::modules(cursor, inner);
    }
    match previous(1).map(|t| t.kind) {
        Some(Kind::Eq | Kind::Ne) => fields::texts(cursor, index - 1, inner),
        Some(Kind::LBracket) => fields::keys(cursor, index - 1, inner),
        _ => Vec::new(),
    }
}
