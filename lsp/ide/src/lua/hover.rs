//! What is shown when the pointer rests on a word: types, documentation, costs.

use super::analysis::{Analysis, analysis};
use super::names::{Occurrence, Sym, sig};
use super::same::{folds_of, function_of};
use super::types;
use crate::answer::Hover;
use crate::host::{File, Snapshot};
use gatos_compiler::hir::{Block, FuncId, LocalKind, StmtKind};
use gatos_sigs::{Kind as SigKind, Sig};
use gatos_syntax::echolua::token::Kind;
use gatos_syntax::span::Span;
use std::sync::Arc;

/// What is shown at a byte.
pub(crate) fn hover(snapshot: &Snapshot, file: &Arc<File>, at: u32) -> Option<Hover> {
    let its = analysis(snapshot, file);
    if let Some(found) = its.names().at(at).copied() {
        return Some(Hover { span: found.span, markdown: name(snapshot, file, &its, &found)? });
    }
    let token = its.tokens()[its.token_at(at)?];
    let markdown = match token.kind {
        Kind::For | Kind::While | Kind::Repeat => {
            let span = loop_at(&its.unit().hir.func(its.function_at(at)).body, token.span.start)?;
            let cost = types::loop_cost(&its, span)?;
            types::long_loop(cost)
        }
        Kind::Function => {
            let func = function_from(&its, token.span.start)?;
            let user = user_of(snapshot, file, &its);
            function(&its, func, user.as_ref().and_then(|u| types::Reader::of(u, &its)))
        }
        Kind::Number => number(&its, token.span)?,
        _ => return None,
    };
    Some(Hover { span: token.span, markdown })
}

fn code(text: &str) -> String {
    format!("```lua\n{text}\n```")
}

/// A numeral as the program sees it.
fn number(its: &Analysis, span: Span) -> Option<String> {
    let shown = its.facts().type_of_expr(types::here(span))?.to_string();
    Some(code(&shown))
}

fn name(snapshot: &Snapshot, file: &Arc<File>, its: &Arc<Analysis>, found: &Occurrence) -> Option<String> {
    match found.sym {
        Sym::Lib(id) => return Some(library(sig(id))),
        Sym::Require => return Some(REQUIRE.to_owned()),
        Sym::Module(import) => return Some(module(snapshot, its, import)),
        Sym::Label(id) => {
            let label = &its.unit().hir.labels[id.0 as usize];
            let uses = count(label.uses as usize, "jump");
            return Some(format!("{}\n\n{uses}", code(&format!("::{}::", label.name))));
        }
        _ => {}
    }
    if let Some((home, there, func)) = function_of(snapshot, file, its, found.sym) {
        // As this program calls it, or as the one program does that has it.
        let user = if home.id == file.id { user_of(snapshot, file, its) } else { Some(its.clone()) };
        let mut out = function(&there, func, user.as_ref().and_then(|u| types::Reader::of(u, &there)));
        if home.id != file.id {
            out.push_str(&format!("\n\nin `{}`", home.path.rsplit('/').next().unwrap_or("")));
        }
        return Some(out);
    }
    let text = its.slice(found.span);
    let ty = types::of_name(its, found);
    let shown = match (&ty, found.sym) {
        (Some(ty), _) => pretty(ty),
        // Where the value is not certain, what events showed still says what it is like.
        (None, Sym::Field(_)) => types::of_field(its, found).map_or_else(
            || "any".to_owned(),
            |f| match f.ty {
                gatos_analysis::Type::Any | gatos_analysis::Type::Never => "any".to_owned(),
                ty => format!("{}{}", pretty(&ty), if f.is_optional { "?" } else { "" }),
            },
        ),
        (None, _) => "any".to_owned(),
    };
    let mut out = match found.sym {
        Sym::Local(id) => {
            let local = its.unit().hir.local(id);
            let word = match local.kind {
                LocalKind::Param | LocalKind::SelfParam => "(parameter) ",
                LocalKind::LoopVar => "(loop) local ",
                LocalKind::ModuleGlobal => "(global of the module) ",
                _ => "local ",
            };
            let attrib = if local.is_const { " <const>" } else { "" };
            code(&format!("{word}{}{attrib}: {shown}", local.name))
        }
        Sym::Global(_) => code(&format!("(global) {text}: {shown}")),
        Sym::Field(field) => {
            let path = its.names().path(field).1.join(".");
            code(&format!("(field) {}: {shown}", path.replace(".[]", "[]")))
        }
        _ => return None,
    };
    if let Sym::Field(_) = found.sym
        && let Some(doc) = field_doc(its, found)
    {
        out.push_str(&format!("\n\n{doc}"));
    }
    if let Some(doc) = comment_of(its, found) {
        out.push_str(&format!("\n\n{doc}"));
    }
    Some(out)
}

/// A type over several lines, when it is long.
fn pretty(ty: &gatos_analysis::Type) -> String {
    let flat = ty.to_string();
    let gatos_analysis::Type::Table(table) = ty else { return flat };
    if flat.chars().count() <= 60 || table.fields.is_empty() || table.is_cut {
        return flat;
    }
    let mut out = String::from("{\n");
    for field in table.fields.iter().take(40) {
        let optional = if field.is_optional { "?" } else { "" };
        out.push_str(&format!("  {}{optional}: {},\n", field.name, field.ty.short(80)));
    }
    if let Some(ty) = &table.elements {
        out.push_str(&format!("  [integer]: {},\n", ty.short(80)));
    }
    if let Some((key, ty)) = &table.entries {
        out.push_str(&format!("  [{key}]: {},\n", ty.short(80)));
    }
    if table.is_open || table.fields.len() > 40 {
        out.push_str("  …\n");
    }
    out.push('}');
    out
}

/// What the language says of a field, such as those of events.
fn field_doc(its: &Analysis, found: &Occurrence) -> Option<&'static str> {
    types::of_field(its, found).map(|f| f.doc).filter(|d| !d.is_empty())
}

/// The one fold that a module is part of. Several may call its functions with different values, so that none of
/// them tells what they take.
fn user_of(snapshot: &Snapshot, file: &File, its: &Analysis) -> Option<Arc<Analysis>> {
    let mut users = if its.is_module() { folds_of(snapshot, file) } else { Vec::new() };
    users.pop().filter(|_| users.is_empty())
}

/// A function: what it takes and gives, the comment before it, its fuel; in the program that reads its file.
pub(crate) fn function(its: &Analysis, func: FuncId, by: Option<types::Reader<'_>>) -> String {
    let mut out = code(&types::signature_line(its, func, by));
    let named = &its.names().funcs[func.0 as usize];
    if let Some(doc) = comment_before(its, named.full) {
        out.push_str(&format!("\n\n{doc}"));
    }
    if let Some(cost) = by.and_then(|by| types::cost_by(by, func)).or_else(|| types::cost(its, func)) {
        out.push_str(&format!("\n\n{}", types::long_cost(cost)));
    }
    out
}

/// The comment over the declaration of a name.
fn comment_of(its: &Analysis, found: &Occurrence) -> Option<String> {
    let decl = its.names().of_sym(found.sym).find(|o| o.is_decl)?;
    comment_before(its, decl.span)
}

/// The lines of comment right above the line of a place, as Markdown.
pub(crate) fn comment_before(its: &Analysis, at: Span) -> Option<String> {
    let lines = its.lines();
    let comments = &its.unit().comments;
    let mut line = lines.line(at.start);
    // Only where the statement begins its line.
    if !lines.line_text(line).trim_start().starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '[') {
        return None;
    }
    let mut last = comments.partition_point(|c| c.span.start < at.start);
    let mut parts: Vec<&str> = Vec::new();
    while last > 0 {
        let c = &comments[last - 1];
        if c.trailing || lines.line(c.span.end.saturating_sub(1)) + 1 != line {
            break;
        }
        parts.push(c.text.trim_start_matches('-').trim());
        line = lines.line(c.span.start);
        last -= 1;
    }
    parts.reverse();
    let parts: Vec<&str> = parts.into_iter().filter(|p| !p.starts_with("gatos:")).collect();
    let text = parts.join("\n");
    (!text.trim().is_empty()).then_some(text)
}

fn module(snapshot: &Snapshot, its: &Analysis, import: gatos_compiler::hir::ImportId) -> String {
    let name = &its.unit().hir.imports[import.0 as usize].name;
    let mut out = code(&format!("require \"{name}\""));
    match its.module_of(import).and_then(|id| snapshot.file(id)) {
        Some(file) => {
            out.push_str(&format!("\n\n`{}`", file.path));
            let there = analysis(snapshot, file);
            if let Some(first) = there.unit().comments.first().filter(|c| c.span.start < 4)
                && !first.text.trim().is_empty()
            {
                out.push_str(&format!("\n\n{}", first.text.trim_start_matches('-').trim()));
            }
            let names = there.names();
            let mut offered: Vec<&str> = names.fields_of(super::names::Owner::Exports).map(|(n, _)| n).collect();
            offered.retain(|n| *n != "[]");
            if !offered.is_empty() {
                out.push_str(&format!("\n\noffers {}", name_list(&offered)));
            }
        }
        None => out.push_str("\n\nThis module is not among the known files."),
    }
    out
}

fn name_list(names: &[&str]) -> String {
    let shown: Vec<String> = names.iter().take(20).map(|n| format!("`{n}`")).collect();
    let more = if names.len() > shown.len() { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

const REQUIRE: &str = "```lua\nrequire \"name\"\n```\n\nThe value that a module returns. The module is compiled in: \
`require \"lib.dates\"` stands for the file `lib/dates.lua` beside the program's main file. \
The name must be written as a literal, and each module runs once, when the program is loaded.";

/// The documentation of a library name.
pub(crate) fn library(sig: &Sig) -> String {
    let mut out = code(&library_line(sig));
    out.push_str(&format!("\n\n{}", sig.doc));
    if !sig.errors.is_empty() {
        out.push_str(&format!("\n\n**Errors**: {}", sig.errors));
    }
    if sig.kind == SigKind::Function {
        out.push_str(&format!("\n\n**Fuel**: {}", library_cost(sig)));
    }
    if !sig.example.is_empty() {
        out.push_str(&format!("\n\n{}", code(&sig.example.replace("-->", "--→"))));
    }
    out
}

/// `string.sub(s: string, i: integer [, j: integer]): string`
pub(crate) fn library_line(sig: &Sig) -> String {
    match sig.kind {
        SigKind::Function => {
            let results = if sig.returns.is_empty() { String::new() } else { format!(": {}", sig.returns.join(", ")) };
            format!("{}{results}", gatos_sigs::call_form(sig))
        }
        SigKind::Constant => format!("{}: {}", sig.name, sig.returns.join(", ")),
        SigKind::Table => format!("{}: library", sig.name),
    }
}

/// What a call of a library function costs.
pub(crate) fn library_cost(sig: &Sig) -> String {
    let mut out = sig.cost.base.to_string();
    for per in sig.cost.per {
        match per.each {
            1 => out.push_str(&format!(" + 1 for each of the {}", per.of)),
            each => out.push_str(&format!(" + 1 per {each} {}", per.of)),
        }
    }
    out
}

/// `3 jumps`
pub(crate) fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// The function whose `function` is written at a byte.
pub(crate) fn function_from(its: &Analysis, at: u32) -> Option<FuncId> {
    let funcs = &its.unit().hir.funcs;
    // A statement `local function f` has its function's range begin at the word too.
    let index = funcs.iter().enumerate().skip(1).find(|(_, f)| f.span.start == at).map(|(i, _)| i);
    index.map(|i| FuncId(i as u32))
}

/// The loop whose first word is written at a byte.
pub(crate) fn loop_at(block: &Block, at: u32) -> Option<Span> {
    let mut out = None;
    gatos_compiler::lint::visit::statements(block, &mut |s| {
        let is_loop = matches!(
            s.kind,
            StmtKind::While(..) | StmtKind::Repeat(..) | StmtKind::NumericFor { .. } | StmtKind::GenericFor { .. }
        );
        if is_loop && s.span.start == at {
            out = Some(s.span);
        }
    });
    out
}
