//! Help while arguments are typed. The call is found by its bracket, so that it holds in text
//! that does not parse yet.

use super::analysis::{Analysis, analysis};
use super::names::{Occurrence, Sym, lib, sig};
use super::same::function_of;
use super::{hover, types};
use crate::answer::{Parameter, SignatureHelp};
use crate::host::{File, Snapshot};
use gatos_sigs::{Kind as SigKind, Mode, Sig};
use gatos_syntax::echolua::lexer::Token;
use gatos_syntax::echolua::token::Kind;
use gatos_syntax::span::Span;
use std::sync::Arc;

/// A call that is being typed.
struct Open {
    /// The token before the bracket, by its index: what is called ends there.
    callee: usize,
    /// How many commas stand before the cursor.
    commas: usize,
}

/// Help with the call around a byte.
pub(crate) fn help(snapshot: &Snapshot, file: &Arc<File>, at: u32) -> Option<SignatureHelp> {
    let its = analysis(snapshot, file);
    let open = open_call(its.tokens(), at)?;
    let name = its.tokens()[open.callee];
    let is_method = open.callee > 0 && its.tokens()[open.callee - 1].kind == Kind::Colon;
    let Some(found) = its.names().exactly(name.span).copied() else {
        // In a place that did not parse a library function is still known by its words.
        return library_by_words(&its, open.callee).map(|sig| library(sig, open.commas));
    };
    match found.sym {
        Sym::Lib(id) => {
            let sig = sig(id);
            (sig.kind == SigKind::Function).then(|| library(sig, open.commas))
        }
        Sym::Require => Some(require()),
        _ => own(snapshot, file, &its, &found, open.commas, is_method),
    }
}

/// The innermost bracket that is open at a byte and calls something.
fn open_call(tokens: &[Token], at: u32) -> Option<Open> {
    let before = tokens.partition_point(|t| t.span.end <= at);
    let (mut depth, mut commas) = (0usize, 0usize);
    // What is far away is no call that somebody is typing.
    for i in (0..before).rev().take(5_000) {
        match tokens[i].kind {
            Kind::RParen | Kind::RBrace | Kind::RBracket => depth += 1,
            Kind::LBrace | Kind::LBracket if depth > 0 => depth -= 1,
            // Inside a table or key the commas belong to that.
            Kind::LBrace | Kind::LBracket => commas = 0,
            Kind::LParen | Kind::CallParen if depth > 0 => depth -= 1,
            Kind::LParen | Kind::CallParen => {
                let callee = i.checked_sub(1)?;
                let is_header = callee > 0 && tokens[callee - 1].kind == Kind::Function;
                let is_call = matches!(tokens[callee].kind, Kind::Name | Kind::RParen | Kind::RBracket | Kind::Str);
                if is_call && !is_header && !in_header(tokens, callee) {
                    return Some(Open { callee, commas });
                }
                commas = 0;
            }
            Kind::Comma if depth == 0 => commas += 1,
            // A statement that begins here ends the search, unless a function is written in place.
            Kind::End => depth += 1,
            Kind::Function if depth > 0 => depth -= 1,
            Kind::Function => commas = 0,
            // The `do` of a loop is its opening.
            Kind::If | Kind::Do if depth > 0 => depth -= 1,
            Kind::Local | Kind::Return | Kind::Semi | Kind::Then
                if depth == 0 && commas == 0 && !is_inside_function(tokens, i) =>
            {
                return None;
            }
            _ => {}
        }
    }
    None
}

/// `function a.b:c(`: a declaration, not a call.
fn in_header(tokens: &[Token], name: usize) -> bool {
    let mut i = name;
    while i >= 2 && matches!(tokens[i - 1].kind, Kind::Dot | Kind::Colon) && tokens[i - 2].kind == Kind::Name {
        i -= 2;
    }
    i >= 1 && tokens[i - 1].kind == Kind::Function
}

/// Whether a `function` in place is open before a token: then a call around it may be meant.
fn is_inside_function(tokens: &[Token], at: usize) -> bool {
    let near = tokens[..at].iter().rev().take(400);
    let mut ends = 0usize;
    for t in near {
        match t.kind {
            Kind::End => ends += 1,
            Kind::Function if ends > 0 => ends -= 1,
            Kind::Function => return true,
            _ => {}
        }
    }
    false
}

fn library_by_words(its: &Analysis, last: usize) -> Option<&'static Sig> {
    let tokens = its.tokens();
    let word = its.slice(tokens[last].span);
    let full = match last.checked_sub(2) {
        Some(first) if tokens[last - 1].kind == Kind::Dot => {
            format!("{}.{word}", its.slice(tokens[first].span))
        }
        _ => word.to_owned(),
    };
    lib(&full).map(sig).filter(|s| s.kind == SigKind::Function)
}

fn library(sig: &Sig, commas: usize) -> SignatureHelp {
    let mut label = String::from(sig.name);
    label.push('(');
    let mut parameters = Vec::with_capacity(sig.params.len());
    for (i, p) in sig.params.iter().enumerate() {
        if i > 0 {
            label.push_str(", ");
        }
        let text = match p.mode {
            Mode::Required => format!("{}: {}", p.name, p.ty),
            Mode::Optional => format!("{}?: {}", p.name, p.ty),
            Mode::Rest => format!("...: {}", p.ty),
        };
        let start = label.len();
        label.push_str(&text);
        let markdown = match p.mode {
            Mode::Required => String::new(),
            Mode::Optional => "may be left out".to_owned(),
            Mode::Rest => format!("any number of them: `{}`", p.name),
        };
        parameters.push(Parameter { label: Span::new(start, label.len()), markdown });
    }
    label.push(')');
    if !sig.returns.is_empty() {
        label.push_str(&format!(": {}", sig.returns.join(", ")));
    }
    let rest = sig.params.last().is_some_and(|p| p.mode == Mode::Rest);
    let active = active(commas, parameters.len(), rest);
    let mut markdown = sig.doc.to_owned();
    if !sig.errors.is_empty() {
        markdown.push_str(&format!("\n\n**Errors**: {}", sig.errors));
    }
    markdown.push_str(&format!("\n\n**Fuel**: {}", hover::library_cost(sig)));
    SignatureHelp { label, parameters, active, markdown }
}

fn require() -> SignatureHelp {
    SignatureHelp {
        label: "require(name)".to_owned(),
        parameters: vec![Parameter { label: Span::new(8, 12), markdown: "a literal: `\"lib.dates\"`".to_owned() }],
        active: Some(0),
        markdown: "The value that a module returns; `lib.dates` is the file `lib/dates.lua`.".to_owned(),
    }
}

/// The parameter being typed, when there is one.
fn active(commas: usize, count: usize, rest: bool) -> Option<usize> {
    match count {
        0 => None,
        count if commas < count => Some(commas),
        count if rest => Some(count - 1),
        _ => None,
    }
}

fn own(
    snapshot: &Snapshot,
    file: &Arc<File>,
    its: &Arc<Analysis>,
    found: &Occurrence,
    commas: usize,
    is_method: bool,
) -> Option<SignatureHelp> {
    let (_, there, func) = function_of(snapshot, file, its, found.sym)?;
    let known = types::signature_of(&there, func);
    let named = &there.names().funcs[func.0 as usize];
    let mut label = super::symbols::display_name(&there, func);
    label.push('(');
    let mut parameters = Vec::new();
    let mut add = |label: &mut String, text: &str| {
        if !label.ends_with('(') {
            label.push_str(", ");
        }
        let start = label.len();
        label.push_str(text);
        parameters.push(Parameter { label: Span::new(start, label.len()), markdown: String::new() });
    };
    // `M.f(self, …)` of a method, and `m:f(…)` of a plain function, which then gets `m` first.
    if named.is_method && !is_method {
        add(&mut label, "self");
    }
    let skipped = usize::from(is_method && !named.is_method);
    for (name, ty) in known.params.iter().skip(skipped) {
        let shown = if ty.is_any() { name.clone() } else { format!("{name}: {}", ty.short(40)) };
        add(&mut label, &shown);
    }
    if known.is_vararg {
        add(&mut label, "...");
    }
    label.push(')');
    let results: Vec<String> = known.results.iter().map(|t| t.short(60)).collect();
    if !results.is_empty() {
        label.push_str(&format!(": {}", results.join(", ")));
    }
    let active = active(commas, parameters.len(), known.is_vararg);
    let mut markdown = hover::comment_before(&there, named.full).unwrap_or_default();
    if let Some(cost) = types::cost(&there, func) {
        if !markdown.is_empty() {
            markdown.push_str("\n\n");
        }
        markdown.push_str(&types::long_cost(cost));
    }
    Some(SignatureHelp { label, parameters, active, markdown })
}
