//! Who calls whom, across modules, with the fuel of each function and all that it calls.

use super::analysis::{Analysis, analysis};
use super::names::{CallSite, Callee, Sym};
use super::same::{function_of, users};
use super::{hover, symbols, types};
use crate::answer::{Call, CallItem, FileSpan, SymbolKind};
use crate::host::{File, Snapshot};
use gatos_compiler::hir::FuncId;
use gatos_syntax::span::Span;
use std::sync::Arc;

/// The function at a byte: the one that is named there, or the one whose word is there.
pub(crate) fn items(snapshot: &Snapshot, file: &Arc<File>, at: u32) -> Vec<CallItem> {
    let its = analysis(snapshot, file);
    if let Some(found) = its.names().at(at)
        && let Some((_, there, func)) = function_of(snapshot, file, &its, found.sym)
    {
        return vec![item(&there, func)];
    }
    let Some(token) = its.token_at(at) else { return Vec::new() };
    let start = its.tokens()[token].span.start;
    hover::function_from(&its, start).map(|func| item(&its, func)).into_iter().collect()
}

fn item(its: &Analysis, func: FuncId) -> CallItem {
    let named = &its.names().funcs[func.0 as usize];
    let (full, focus) = match func {
        FuncId(0) => {
            let whole = Span::new(0, its.text().len());
            (whole, Span::default())
        }
        _ => (named.full.to(named.name_span), named.name_span),
    };
    let detail = types::cost(its, func).map_or_else(String::new, types::short_cost);
    CallItem {
        name: symbols::display_name(its, func),
        detail,
        kind: match named.is_method {
            _ if func == FuncId(0) => SymbolKind::Module,
            true => SymbolKind::Method,
            false => SymbolKind::Function,
        },
        full: FileSpan { file: its.file, span: full },
        focus,
        data: func.0.to_string(),
    }
}

/// The function that an item's data stands for.
fn found(its: &Analysis, data: &str) -> Option<FuncId> {
    let func = FuncId(data.parse().ok()?);
    its.unit().hir.funcs.get(func.0 as usize).map(|_| func)
}

/// The functions that a call reaches.
fn reached(
    snapshot: &Snapshot,
    file: &Arc<File>,
    its: &Arc<Analysis>,
    call: &CallSite,
) -> Vec<(Arc<Analysis>, FuncId)> {
    match call.callee {
        Callee::Func(func) => return vec![(its.clone(), func)],
        Callee::Sym(Sym::Lib(_)) => return Vec::new(),
        Callee::Sym(sym) => {
            if let Some((_, there, func)) = function_of(snapshot, file, its, sym) {
                return vec![(there, func)];
            }
        }
        Callee::Unknown => {}
    }
    // What is computed may still be known.
    let callees = its.facts().callees(types::here(call.span));
    let functions = callees.functions.iter().filter_map(|f| {
        let there = match f.unit {
            0 => its.clone(),
            unit => analysis(snapshot, snapshot.file(types::file_of(its, unit)?)?),
        };
        there.unit().hir.funcs.get(f.func.0 as usize)?;
        Some((there, f.func))
    });
    functions.collect()
}

fn add(out: &mut Vec<Call>, its: &Analysis, func: FuncId, site: Span) {
    let same = |c: &&mut Call| c.item.full.file == its.file && c.item.data == func.0.to_string();
    match out.iter_mut().find(same) {
        Some(call) => call.sites.push(site),
        None => out.push(Call { item: item(its, func), sites: vec![site] }),
    }
}

/// Who calls it.
pub(crate) fn incoming(snapshot: &Snapshot, file: &Arc<File>, data: &str) -> Vec<Call> {
    let its = analysis(snapshot, file);
    let Some(func) = found(&its, data) else { return Vec::new() };
    let mut out = Vec::new();
    let mut within = |caller_file: &Arc<File>, caller: &Arc<Analysis>| {
        for call in &caller.names().calls {
            let hits = reached(snapshot, caller_file, caller, call);
            if hits.iter().any(|(there, f)| there.file == file.id && *f == func) {
                add(&mut out, caller, call.func, call.name_span);
            }
        }
    };
    within(file, &its);
    for (user, there, _) in users(snapshot, file.id) {
        if snapshot.is_cancelled() {
            break;
        }
        within(&user, &there);
    }
    out
}

/// Whom it calls.
pub(crate) fn outgoing(snapshot: &Snapshot, file: &Arc<File>, data: &str) -> Vec<Call> {
    let its = analysis(snapshot, file);
    let Some(func) = found(&its, data) else { return Vec::new() };
    let mut out = Vec::new();
    for call in its.names().calls.iter().filter(|c| c.func == func) {
        for (there, callee) in reached(snapshot, file, &its, call) {
            add(&mut out, &there, callee, call.name_span);
        }
    }
    out
}

/// How often a function is mentioned in its file and those that require it, its own name not counted.
pub(crate) fn mentions(snapshot: &Snapshot, file: &Arc<File>, its: &Arc<Analysis>, func: FuncId) -> Option<usize> {
    let sym = its.names().funcs[func.0 as usize].sym?;
    let groups = super::same::everywhere(snapshot, file, its, sym);
    let all = groups.iter().flat_map(super::goto::places);
    Some(all.filter(|(_, o)| !o.is_decl).count())
}
