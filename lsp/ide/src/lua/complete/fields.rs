//! Members of what stands before a dot or colon.

use super::Cursor;
use crate::answer::{Completion, CompletionKind};
use crate::lua::analysis::{Analysis, analysis, recent};
use crate::lua::names::{Names, Owner, Sym};
use crate::lua::near;
use crate::lua::{hover, scope, symbols, types};
use gatos_analysis::Type;
use gatos_compiler::hir::{FuncId, ImportId};
use gatos_sigs::Kind as SigKind;
use gatos_syntax::echolua::lexer::Token;
use gatos_syntax::echolua::token::Kind;
use gatos_syntax::span::Span;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How far behind the same words are looked for: what was typed since moved them.
const MAX_SHIFT: usize = 400;
/// The word that is put in where one is missing; nobody writes it.
const DUMMY: &str = "gatos_word_at_cursor_";

/// The expression whose member a name is.
pub(crate) fn object_before(its: &Analysis, whole: Span, name: Span) -> Option<Span> {
    let tokens = its.tokens();
    let at = tokens.binary_search_by_key(&name.start, |t| t.span.start).ok()?;
    let dot = at.checked_sub(1)?;
    let first = chain_start(tokens, dot.checked_sub(1)?);
    let span = Span { start: tokens[first].span.start, end: tokens[dot - 1].span.end };
    (whole.start <= span.start).then_some(span)
}

/// The first token of the expression that ends with a token.
fn chain_start(tokens: &[Token], last: usize) -> usize {
    let mut at = last;
    loop {
        match tokens[at].kind {
            Kind::RParen | Kind::RBracket | Kind::RBrace => match opening(tokens, at) {
                Some(open) => at = open,
                None => return at,
            },
            _ => {}
        }
        // What is called, indexed or a member belongs to what stands before it.
        let Some(before) = at.checked_sub(1) else { return at };
        match tokens[at].kind {
            Kind::CallParen | Kind::LBracket if tokens[before].kind.ends_expr() => at = before,
            Kind::LBrace | Kind::Str if matches!(tokens[before].kind, Kind::Name | Kind::RParen | Kind::RBracket) => {
                at = before;
            }
            Kind::Name if matches!(tokens[before].kind, Kind::Dot | Kind::Colon) && before > 0 => at = before - 1,
            // The lexer does not tell a call's bracket; one right behind an expression calls it.
            Kind::LParen if matches!(tokens[before].kind, Kind::Name | Kind::RParen | Kind::RBracket | Kind::Str) => {
                at = before;
            }
            _ => return at,
        }
    }
}

/// The bracket that a closing one belongs to.
fn opening(tokens: &[Token], close: usize) -> Option<usize> {
    let mut depth = 0usize;
    for i in (0..=close).rev().take(2_000) {
        match tokens[i].kind {
            Kind::RParen | Kind::RBracket | Kind::RBrace => depth += 1,
            Kind::LParen | Kind::CallParen | Kind::LBracket | Kind::LBrace => {
                depth -= 1;
                if depth == 0 {
                    return Some(i);
                }
            }
            _ => {}
        }
    }
    None
}

struct Members<'c, 'a> {
    cursor: &'c Cursor<'a>,
    /// By name; what is put in first stays.
    found: BTreeMap<String, Completion>,
    is_method: bool,
}

/// The members of what stands before the dot.
pub(super) fn items(cursor: &Cursor<'_>) -> Vec<Completion> {
    let Some(dot) = cursor.before else { return Vec::new() };
    let is_method = cursor.kind(Some(dot)) == Some(Kind::Colon);
    let tokens = cursor.its.tokens();
    let first = chain_start(tokens, dot - 1);
    let object = Span { start: tokens[first].span.start, end: tokens[dot - 1].span.end };
    let mut members = Members { cursor, found: BTreeMap::new(), is_method };
    if first == dot - 1 && tokens[first].kind == Kind::Name && members.library(object) {
        return members.done();
    }
    members.recent(object);
    // The text as it is may not parse here; with a word put in it does, and what stands before the cursor
    // keeps its place.
    let its = &cursor.its;
    let is_known = its.known_facts().is_some() || its.text().len() <= near::SMALL;
    if is_known && !its.unit().failed && its.facts().type_of_expr(types::here(object)).is_some() {
        members.of(its, object);
    } else {
        let text = with_word(cursor);
        let with_word = near::of_text(cursor.snapshot, cursor.file, &text, cursor.at as usize);
        members.of(&with_word, object);
    }
    members.done()
}

/// The text with a word at the cursor that makes it whole.
fn with_word(cursor: &Cursor<'_>) -> String {
    let text = cursor.its.text();
    let (start, end) = (cursor.word.start as usize, cursor.word.end as usize);
    let rest = &text[end..];
    let next = rest.trim_start();
    // A call can stand as a statement and as a value; what is assigned to cannot be one.
    let is_assigned = next.starts_with('=') && !next.starts_with("==");
    let is_called = rest.starts_with(['(', '"', '\'', '{']);
    let call = if is_assigned || is_called { "" } else { "()" };
    format!("{}{DUMMY}{call} {}", &text[..start], rest)
}

/// Texts that the other side of a comparison can be.
pub(super) fn texts(cursor: &Cursor<'_>, operator: usize, inner: Span) -> Vec<Completion> {
    let Some(last) = operator.checked_sub(1) else { return Vec::new() };
    let tokens = cursor.its.tokens();
    let first = chain_start(tokens, last);
    let span = Span { start: tokens[first].span.start, end: tokens[last].span.end };
    let mut known: Vec<String> = Vec::new();
    let mut take = |ty: &Type| {
        if let Type::String(Some(all)) = ty {
            known.extend(all.iter().filter_map(|t| String::from_utf8(t.clone()).ok()));
        }
    };
    match cursor.its.facts().type_of_expr(types::here(span)) {
        Some(Type::Union(all)) => all.iter().for_each(take),
        Some(one) => take(&one),
        None => {}
    }
    if let ("type", Some(_)) = (cursor.its.slice(tokens[last].span), last.checked_sub(1)) {
        known.extend(cursor.its.samples().types.iter().cloned());
    }
    known.sort();
    known.dedup();
    let items = known.into_iter().filter(|t| !t.contains(['"', '\'', '\\', '\n'])).map(|text| {
        let mut item = cursor.item(text, CompletionKind::Value);
        item.replace = inner;
        item
    });
    items.collect()
}

/// Keys of a table, in `t["…"]`.
pub(super) fn keys(cursor: &Cursor<'_>, bracket: usize, inner: Span) -> Vec<Completion> {
    let Some(last) = bracket.checked_sub(1) else { return Vec::new() };
    let tokens = cursor.its.tokens();
    if !tokens[last].kind.ends_expr() {
        return Vec::new();
    }
    let first = chain_start(tokens, last);
    let object = Span { start: tokens[first].span.start, end: tokens[last].span.end };
    let mut members = Members { cursor, found: BTreeMap::new(), is_method: false };
    members.of(&cursor.its, object);
    let mut out = members.done();
    out.iter_mut().for_each(|item| item.replace = inner);
    out
}

impl Members<'_, '_> {
    fn done(self) -> Vec<Completion> {
        self.found.into_values().collect()
    }

    /// The members of a library table, when the name means one.
    fn library(&mut self, object: Span) -> bool {
        let its = &self.cursor.its;
        let name = its.slice(object);
        let hir = &its.unit().hir;
        let is_table = gatos_sigs::find(name).is_some_and(|s| s.kind == SigKind::Table);
        if !is_table || scope::at(hir, object.start).locals.iter().any(|id| hir.local(*id).name == name) {
            return false;
        }
        for sig in gatos_sigs::members(name) {
            let kind = match sig.kind {
                SigKind::Function => CompletionKind::Function,
                _ => CompletionKind::Constant,
            };
            let mut item = self.cursor.item(sig.member(), kind);
            item.detail = hover::library_line(sig);
            item.resolve = format!("lib:{}", sig.name);
            self.found.insert(sig.member().to_owned(), item);
        }
        true
    }

    /// What the last reading of the whole file knew of an expression that is written alike, nearest to here.
    /// In a small file, and where nothing was inferred yet, there is no need or no way to ask.
    fn recent(&mut self, object: Span) {
        let cursor = self.cursor;
        let Some(whole) = recent(cursor.snapshot, cursor.file) else { return };
        let (Some(facts), text) = (whole.known_facts(), whole.text()) else { return };
        if Arc::ptr_eq(&whole, &cursor.its) {
            return;
        }
        let written = cursor.its.slice(object);
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
        let mut end = object.end as usize + MAX_SHIFT;
        end = end.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        for (at, _) in text[..end].rmatch_indices(written).take(8) {
            if text[..at].ends_with(is_word) {
                continue;
            }
            let span = Span::new(at, at + written.len());
            let fields = facts.fields_at(types::here(span));
            if !fields.is_empty() {
                fields.iter().for_each(|f| self.field(f));
                return;
            }
        }
    }

    fn field(&mut self, field: &gatos_analysis::Field) {
        let kind = match &field.ty {
            Type::Function(_) | Type::Library(_) if self.is_method => CompletionKind::Method,
            Type::Function(_) => CompletionKind::Function,
            _ => CompletionKind::Field,
        };
        let optional = if field.is_optional { "?" } else { "" };
        let detail = match &field.ty {
            Type::Function(signature) => signature.to_string(),
            Type::Any => String::new(),
            ty => format!("{}{optional}", ty.short(60)),
        };
        let resolve = if field.doc.is_empty() { String::new() } else { format!("doc:{}", field.doc) };
        self.add(&field.name, kind, detail, resolve, '1');
    }

    fn add(&mut self, name: &str, kind: CompletionKind, detail: String, resolve: String, rank: char) {
        let is_name = crate::lua::rename::valid(name).is_ok();
        if name.starts_with(DUMMY) || !is_name || self.found.contains_key(name) {
            return;
        }
        if self.is_method && !matches!(kind, CompletionKind::Function | CompletionKind::Method) {
            return;
        }
        let mut item = self.cursor.item(name, kind);
        item.detail = detail;
        item.resolve = resolve;
        item.sort = format!("{rank}{name}");
        self.found.insert(name.to_owned(), item);
    }

    /// The members of an expression, read in an analysis that holds it.
    fn of(&mut self, its: &Analysis, object: Span) {
        let names = its.names();
        let owner = owner_of(its, object);
        if let Some(Owner::Import(import)) = owner {
            self.module(its, import);
        }
        let facts = its.facts();
        let ty = facts.type_of_expr(types::here(object));
        facts.fields_at(types::here(object)).iter().for_each(|f| self.field(f));
        if let Some(owner) = owner {
            self.named(its, names, owner);
        }
        let is_text = matches!(ty, Some(Type::String(_)));
        if self.is_method && (is_text || ty.is_none_or(|t| t.is_any()) && self.found.is_empty()) {
            for sig in gatos_sigs::members("string").filter(|s| takes_text(s)) {
                self.add(
                    sig.member(),
                    CompletionKind::Method,
                    hover::library_line(sig),
                    format!("lib:{}", sig.name),
                    '2',
                );
            }
        }
        // Of a value that nothing is known about: names of fields that the file uses elsewhere.
        if self.found.is_empty() && !self.is_method {
            for field in &names.fields {
                if gatos_sigs::find(&field.name).is_none() {
                    self.add(&field.name, CompletionKind::Field, String::new(), String::new(), '9');
                }
            }
        }
    }

    /// Fields that are mentioned elsewhere in the file.
    fn named(&mut self, its: &Analysis, names: &Names, owner: Owner) {
        for (name, field) in names.fields_of(owner) {
            let typed = self.cursor.word;
            // What is being typed is no reason to offer it.
            let elsewhere = names.of_sym(Sym::Field(field)).any(|o| o.span.start != typed.start);
            if !elsewhere {
                continue;
            }
            match names.func_of.get(&Sym::Field(field)) {
                Some(func) => self.function(its, name, *func, None),
                None => self.add(name, CompletionKind::Field, String::new(), String::new(), '2'),
            }
        }
    }

    fn function(&mut self, its: &Analysis, name: &str, func: FuncId, path: Option<&str>) {
        let is_method = its.names().funcs[func.0 as usize].is_method;
        let kind = if is_method { CompletionKind::Method } else { CompletionKind::Function };
        let resolve = format!("func:{}:{}", func.0, path.unwrap_or(""));
        self.add(name, kind, symbols::parameters(its, func), resolve, '1');
    }

    fn module(&mut self, its: &Analysis, import: ImportId) {
        let Some(file) = its.module_of(import).and_then(|id| self.cursor.snapshot.file(id)) else { return };
        let there = analysis(self.cursor.snapshot, file);
        let names = there.names();
        for (name, field) in names.fields_of(Owner::Exports) {
            match names.func_of.get(&Sym::Field(field)) {
                Some(func) => self.function(&there, name, *func, Some(&file.path)),
                None => self.add(name, CompletionKind::Field, String::new(), String::new(), '1'),
            }
        }
    }
}

fn takes_text(sig: &gatos_sigs::Sig) -> bool {
    sig.kind == SigKind::Function && sig.params.first().is_some_and(|p| p.ty == "string")
}

/// What the expression is known as.
fn owner_of(its: &Analysis, object: Span) -> Option<Owner> {
    let names = its.names();
    let last = names.all.partition_point(|o| o.span.end <= object.end).checked_sub(1)?;
    let found = names.all.get(last).filter(|o| o.span.end == object.end && o.span.start >= object.start)?;
    match found.sym {
        Sym::Local(id) => Some(names.owner_of_local(id)),
        Sym::Global(slot) => Some(Owner::Global(slot)),
        Sym::Field(field) => Some(Owner::Field(field)),
        _ => None,
    }
}
