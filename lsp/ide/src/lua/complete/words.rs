//! Words that can begin or go on an expression or statement: locals, globals, the library,
//! keywords, modules, labels.

use super::{Cursor, snippets};
use crate::answer::{Completion, CompletionKind, TextEdit};
use crate::lua::analysis::module_path;
use crate::lua::names::{Owner, Sym};
use crate::lua::{hover, scope, symbols};
use gatos_compiler::hir::{LocalId, LocalKind};
use gatos_sigs::Kind as SigKind;
use gatos_syntax::echolua::token::Kind;
use gatos_syntax::span::Span;
use std::collections::BTreeSet;

/// Modules offered with an import, at most.
const MAX_IMPORTS: usize = 30;

/// Everything that can stand where no member can.
pub(super) fn items(cursor: &Cursor<'_>) -> Vec<Completion> {
    let visible = scope::at(&cursor.its.unit().hir, cursor.word.start);
    let is_stmt = is_statement(cursor);
    let mut taken = BTreeSet::new();
    let mut out = Vec::new();
    for (distance, id) in visible.locals.iter().rev().enumerate() {
        if let Some(item) = local(cursor, *id, distance)
            && taken.insert(item.label.clone())
        {
            out.push(item);
        }
    }
    globals(cursor, &mut taken, &mut out);
    library(cursor, &mut taken, &mut out);
    keywords(cursor, is_stmt, visible.in_loop, visible.func.0 > 0 || visible.blocks.len() > 1, &mut out);
    if is_stmt {
        out.extend(snippets::statements(cursor));
        if visible.blocks.len() == 1 && visible.func.0 == 0 {
            out.extend(snippets::top(cursor));
        }
    }
    imports(cursor, &taken, &mut out);
    out
}

/// Whether a statement begins here.
fn is_statement(cursor: &Cursor<'_>) -> bool {
    let Some(before) = cursor.before else { return true };
    let token = cursor.token(before);
    let text = cursor.its.text();
    let is_new_line = text[token.span.end as usize..cursor.word.start as usize].contains(['\n', '\r']);
    match token.kind {
        Kind::Then | Kind::Do | Kind::Else | Kind::Repeat | Kind::Semi | Kind::End | Kind::Break => true,
        Kind::DoubleColon => true,
        // The parameters of a function end before its first statement.
        Kind::RParen if is_new_line => true,
        Kind::RParen => closes_parameters(cursor, before),
        kind => is_new_line && kind.ends_expr(),
    }
}

fn closes_parameters(cursor: &Cursor<'_>, close: usize) -> bool {
    let tokens = cursor.its.tokens();
    let mut i = close;
    while i > 0 && matches!(tokens[i - 1].kind, Kind::Name | Kind::Comma | Kind::Dots) {
        i -= 1;
    }
    if i == 0 || !matches!(tokens[i - 1].kind, Kind::LParen | Kind::CallParen) {
        return false;
    }
    let mut name = i - 1;
    while name >= 1 && matches!(tokens[name - 1].kind, Kind::Name | Kind::Dot | Kind::Colon) {
        name -= 1;
    }
    name >= 1 && tokens[name - 1].kind == Kind::Function
}

fn local(cursor: &Cursor<'_>, id: LocalId, distance: usize) -> Option<Completion> {
    let its = &cursor.its;
    let local = its.unit().hir.local(id);
    // The word being typed may have become a declaration of its own.
    if local.span.start == cursor.word.start && local.kind != LocalKind::SelfParam {
        return None;
    }
    let names = its.names();
    let func = names.func_of.get(&Sym::Local(id)).copied();
    let kind = match (func, names.owner_of_local(id)) {
        (Some(_), _) => CompletionKind::Function,
        (None, Owner::Import(_)) => CompletionKind::Module,
        _ if local.is_const => CompletionKind::Constant,
        _ => CompletionKind::Variable,
    };
    let mut item = cursor.item(local.name.clone(), kind);
    item.detail = match (func, local.kind) {
        (Some(func), _) => symbols::parameters(its, func),
        (None, LocalKind::Param | LocalKind::SelfParam) => "parameter".to_owned(),
        _ => "local".to_owned(),
    };
    item.resolve = format!("local:{}:{}", id.0, local.name);
    item.sort = format!("1{:04}", distance.min(9_999));
    Some(item)
}

fn globals(cursor: &Cursor<'_>, taken: &mut BTreeSet<String>, out: &mut Vec<Completion>) {
    let its = &cursor.its;
    let names = its.names();
    for (slot, global) in its.unit().hir.globals.iter().enumerate() {
        let sym = Sym::Global(gatos_compiler::hir::GlobalSlot(slot as u32));
        let is_declared = names.of_sym(sym).any(|o| o.is_decl && o.span.start != cursor.word.start);
        if !is_declared || !taken.insert(global.name.clone()) {
            continue;
        }
        let func = names.func_of.get(&sym);
        let kind = if func.is_some() { CompletionKind::Function } else { CompletionKind::Variable };
        let mut item = cursor.item(global.name.clone(), kind);
        item.detail = func.map_or_else(|| "global".to_owned(), |f| symbols::parameters(its, *f));
        item.resolve = func.map_or_else(String::new, |f| format!("func:{}:", f.0));
        item.sort = format!("2{}", global.name);
        out.push(item);
    }
}

fn library(cursor: &Cursor<'_>, taken: &mut BTreeSet<String>, out: &mut Vec<Completion>) {
    for sig in gatos_sigs::base().chain(gatos_sigs::tables()) {
        if !taken.insert(sig.name.to_owned()) {
            continue;
        }
        let kind = match sig.kind {
            SigKind::Function => CompletionKind::Function,
            SigKind::Table => CompletionKind::Module,
            SigKind::Constant => CompletionKind::Constant,
        };
        let mut item = cursor.item(sig.name, kind);
        item.detail = hover::library_line(sig);
        item.resolve = format!("lib:{}", sig.name);
        item.sort = format!("3{}", sig.name);
        out.push(item);
    }
    if taken.insert("require".to_owned()) {
        let mut item = cursor.item("require", CompletionKind::Function);
        item.detail = "require \"name\": any".to_owned();
        item.sort = "3require".to_owned();
        out.push(item);
    }
}

fn keywords(cursor: &Cursor<'_>, is_stmt: bool, in_loop: bool, in_block: bool, out: &mut Vec<Completion>) {
    let before = cursor.kind(cursor.before);
    let ends = before.is_some_and(Kind::ends_expr) && !is_stmt;
    let mut add = |words: &[&str]| {
        for word in words {
            let mut item = cursor.item(*word, CompletionKind::Keyword);
            item.sort = format!("4{word}");
            out.push(item);
        }
    };
    if is_stmt {
        add(&["local", "function", "if", "for", "while", "repeat", "return", "do", "goto"]);
        if in_loop {
            add(&["break"]);
        }
        if in_block {
            add(&["end", "else", "elseif", "until"]);
        }
    }
    if ends || is_stmt && cursor.before.is_some() {
        add(&["and", "or"]);
        add(&["then", "in"]);
        if !is_stmt {
            add(&["do", "end"]);
        }
    }
    if !ends && !is_stmt {
        add(&["nil", "true", "false", "not", "function"]);
    }
}

/// Labels of the function around.
pub(super) fn labels(cursor: &Cursor<'_>) -> Vec<Completion> {
    let hir = &cursor.its.unit().hir;
    let visible = scope::at(hir, cursor.at);
    let mut out: Vec<Completion> = Vec::new();
    for id in visible.labels {
        let name = &hir.labels[id.0 as usize].name;
        if !out.iter().any(|i| i.label == *name) {
            out.push(cursor.item(name.clone(), CompletionKind::Constant));
        }
    }
    // `continue` is a habit: in a loop it is offered with its label still to be written.
    if visible.in_loop && !out.iter().any(|i| i.label == "continue") {
        let mut item = cursor.item("continue", CompletionKind::Constant);
        item.detail = "write ::continue:: at the end of the loop".to_owned();
        item.sort = "~continue".to_owned();
        out.push(item);
    }
    out
}

/// After `local` only `function` is no new name.
pub(super) fn after_local(cursor: &Cursor<'_>) -> Vec<Completion> {
    let mut item = cursor.item("function", CompletionKind::Keyword);
    item.insert = "function ${1:name}(${2})\n  $0\nend".to_owned();
    item.is_snippet = true;
    vec![item]
}

/// After `function`: tables that can get one.
pub(super) fn tables(cursor: &Cursor<'_>) -> Vec<Completion> {
    let is_local = cursor.kind(cursor.before.and_then(|b| b.checked_sub(1))) == Some(Kind::Local);
    if is_local {
        return Vec::new();
    }
    let its = &cursor.its;
    let names = its.names();
    let visible = scope::at(&its.unit().hir, cursor.word.start);
    let mut out = Vec::new();
    for id in visible.locals.iter().rev() {
        let owner = names.owner_of_local(*id);
        if owner == Owner::Exports || names.origins.contains_key(&owner) {
            let mut item = cursor.item(its.unit().hir.local(*id).name.clone(), CompletionKind::Variable);
            item.detail = "table".to_owned();
            out.push(item);
        }
    }
    if visible.func.0 == 0 {
        out.extend(snippets::entries(cursor));
    }
    out
}

/// The folder of modules, with those below it that this file could require.
fn known_modules(cursor: &Cursor<'_>) -> Vec<String> {
    let base = &cursor.its.base;
    let own = &cursor.file.path;
    let mut out = Vec::new();
    for file in cursor.snapshot.below(base) {
        if file.path == *own || file.language != crate::Language::EchoLua {
            continue;
        }
        let Some(rest) = file.path.strip_prefix(base.as_str()).and_then(|p| p.strip_prefix('/')) else { continue };
        let Some(name) = rest.strip_suffix(".lua") else { continue };
        let is_name = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'/'));
        if is_name && !name.ends_with("_test") {
            out.push(name.replace('/', "."));
        }
    }
    out
}

/// Names of modules, inside `require "…"`.
pub(super) fn modules(cursor: &Cursor<'_>, inner: Span) -> Vec<Completion> {
    let modules = known_modules(cursor).into_iter().map(|name| {
        let mut item = cursor.item(name.clone(), CompletionKind::File);
        item.replace = inner;
        item.resolve = format!("module:{}", module_path(&cursor.its.base, &name));
        item
    });
    modules.collect()
}

/// Modules that are not required yet: taking one writes the `require` too.
fn imports(cursor: &Cursor<'_>, taken: &BTreeSet<String>, out: &mut Vec<Completion>) {
    let typed = cursor.typed();
    if typed.len() < 2 {
        return;
    }
    let its = &cursor.its;
    let imported = &its.unit().hir.imports;
    let mut left = MAX_IMPORTS;
    for name in known_modules(cursor) {
        let last = name.rsplit('.').next().unwrap_or(&name);
        let is_wanted = last.starts_with(typed) && crate::lua::rename::valid(last).is_ok();
        if !is_wanted || taken.contains(last) || imported.iter().any(|i| i.name == name) {
            continue;
        }
        let (at, text) = import_edit(cursor, last, &name);
        let mut item = cursor.item(last, CompletionKind::Module);
        item.detail = format!("require \"{name}\"");
        item.extra = vec![TextEdit { span: Span { start: at, end: at }, text }];
        item.resolve = format!("module:{}", module_path(&its.base, &name));
        item.sort = format!("6{name}");
        out.push(item);
        left -= 1;
        if left == 0 {
            return;
        }
    }
}

/// A `require` behind the others, or before the first statement.
fn import_edit(cursor: &Cursor<'_>, local: &str, module: &str) -> (u32, String) {
    let its = &cursor.its;
    let line = format!("local {local} = require \"{module}\"");
    let stmts = &its.unit().ast.stmts;
    let is_import = |s: &&gatos_syntax::echolua::ast::Stmt| {
        matches!(&s.kind, gatos_syntax::echolua::ast::StmtKind::Local { values, .. }
            if matches!(values.as_slice(), [e] if its.slice(e.span).starts_with("require")))
    };
    match stmts.iter().take_while(is_import).last() {
        Some(last) => (last.span.end, format!("\n{line}")),
        None => {
            let at = stmts.first().map_or(its.text().len() as u32, |s| s.span.start);
            // Never into the word that is replaced.
            (at.min(cursor.word.start), format!("{line}\n\n"))
        }
    }
}
