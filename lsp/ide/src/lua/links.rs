//! Links from `require` to files, and lenses over functions.

use super::analysis::{analysis, module_path};
use super::names::Sym;
use super::{calls, hover, symbols};
use crate::answer::{Command, Lens, Link};
use crate::command;
use crate::host::{File, Snapshot};
use gatos_compiler::hir::FuncId;
use std::sync::Arc;

/// The modules that a file requires, as links.
pub(crate) fn links(snapshot: &Snapshot, file: &Arc<File>) -> Vec<Link> {
    let its = analysis(snapshot, file);
    let hir = &its.unit().hir;
    let mut out = Vec::new();
    for o in &its.names().all {
        let Sym::Module(import) = o.sym else { continue };
        let path = module_path(&its.base, &hir.imports[import.0 as usize].name);
        let target = its.module_of(import);
        out.push(Link {
            span: o.span,
            file: target,
            path: target.is_none().then(|| path.clone()),
            tooltip: path.rsplit('/').next().unwrap_or("").to_owned(),
        });
    }
    out.retain(|link| link.file.is_none_or(|id| snapshot.file(id).is_some()));
    out
}

/// Lenses: running tests, previewing a fold, how often a function is mentioned.
pub(crate) fn lenses(snapshot: &Snapshot, file: &Arc<File>) -> Vec<Lens> {
    let its = analysis(snapshot, file);
    let mut out = Vec::new();
    let path = file.path.to_string();
    let focus = |func: FuncId| its.names().funcs[func.0 as usize].name_span;
    let tests = if file.path.ends_with("_test.lua") { symbols::tests(&its) } else { Vec::new() };
    if let Some((_, first)) = tests.first() {
        let all = its.unit().ast.stmts.first().map_or_else(|| focus(*first), |s| s.span);
        let span = gatos_syntax::span::Span { start: all.start, end: all.start };
        out.push(lens(span, command::RUN_TESTS, "▶ Run all tests", vec![path.clone()]));
    }
    for (name, func) in &tests {
        out.push(lens(focus(*func), command::RUN_TEST, "▶ Run test", vec![path.clone(), name.clone()]));
    }
    if let Some(fold) = its.front.entries.fold.filter(|_| tests.is_empty()) {
        out.push(lens(focus(fold), command::PREVIEW_FOLD, "Preview fold", vec![path.clone()]));
    }
    let tested: Vec<FuncId> = tests.iter().map(|(_, f)| *f).collect();
    let entries = [its.front.entries.init, its.front.entries.fold, its.front.entries.emit];
    for i in 1..its.unit().hir.funcs.len() as u32 {
        let func = FuncId(i);
        // Tests and entries are called by tools, so that no mention says nothing about them.
        if tested.contains(&func) || entries.contains(&Some(func)) || snapshot.is_cancelled() {
            continue;
        }
        if let Some(n) = calls::mentions(snapshot, file, &its, func) {
            let title = hover::count(n, "reference");
            out.push(lens(focus(func), "", &title, Vec::new()));
        }
    }
    out
}

fn lens(span: gatos_syntax::span::Span, name: &'static str, title: &str, arguments: Vec<String>) -> Lens {
    Lens { span, command: Command { name, title: title.to_owned(), arguments } }
}
