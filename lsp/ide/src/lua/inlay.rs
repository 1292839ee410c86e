//! Words between the words: types of locals, names of parameters, fuel of functions and loops.

use super::analysis::{Analysis, analysis};
use super::names::{CallSite, Callee, Sym, sig};
use super::same::function_of;
use super::{symbols, types};
use crate::answer::InlayHint;
use crate::host::{File, Snapshot};
use gatos_analysis::Type;
use gatos_compiler::hir::{Expr, ExprKind, LocalId, Stmt, StmtKind};
use gatos_compiler::lint::visit;
use gatos_sigs::Mode;
use gatos_syntax::echolua::token::Kind;
use gatos_syntax::span::Span;
use std::sync::Arc;

/// The length of a type in a hint.
const MAX_TYPE: usize = 32;

/// The hints of a range, in order.
pub(crate) fn hints(snapshot: &Snapshot, file: &Arc<File>, range: Span) -> Vec<InlayHint> {
    let its = analysis(snapshot, file);
    let mut out = Vec::new();
    locals(&its, range, &mut out);
    for call in its.names().calls.iter().filter(|c| touches(c.span, range)) {
        if snapshot.is_cancelled() {
            return Vec::new();
        }
        parameters(snapshot, file, &its, call, range, &mut out);
    }
    costs(&its, range, &mut out);
    out.sort_by(|a, b| (a.at, &a.label).cmp(&(b.at, &b.label)));
    out
}

fn touches(span: Span, range: Span) -> bool {
    span.start <= range.end && range.start <= span.end
}

fn holds(range: Span, at: u32) -> bool {
    range.start <= at && at <= range.end
}

fn locals(its: &Analysis, range: Span, out: &mut Vec<InlayHint>) {
    let hir = &its.unit().hir;
    for func in hir.funcs.iter().filter(|f| touches(f.span, range)) {
        visit::statements(&func.body, &mut |s: &Stmt| {
            if !touches(s.span, range) {
                return;
            }
            match &s.kind {
                StmtKind::Local { locals, values } => {
                    for (i, id) in locals.iter().enumerate() {
                        let value = values.get(i);
                        if value.is_some_and(is_obvious) || values.is_empty() {
                            continue;
                        }
                        local(its, *id, range, out);
                    }
                }
                StmtKind::GenericFor { vars, .. } => vars.iter().for_each(|id| local(its, *id, range, out)),
                _ => {}
            }
        });
    }
}

/// Whether the value says its type to whoever reads it.
fn is_obvious(value: &Expr) -> bool {
    matches!(
        value.bare().kind,
        ExprKind::Nil
            | ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Fixed(_)
            | ExprKind::Str(_)
            | ExprKind::Table(_)
            | ExprKind::Function(_)
            | ExprKind::Import(_)
            | ExprKind::Lib(_)
            | ExprKind::Error
    )
}

fn local(its: &Analysis, id: LocalId, range: Span, out: &mut Vec<InlayHint>) {
    let local = its.unit().hir.local(id);
    if !holds(range, local.span.end) || local.name == "_" {
        return;
    }
    let ty = match its.facts().type_of_expr(types::here(local.span)) {
        Some(ty) if !matches!(ty, Type::Any | Type::Never) => ty,
        _ => its.facts().type_of_local(0, id),
    };
    if matches!(ty, Type::Any | Type::Never) {
        return;
    }
    let full = ty.to_string();
    let short = ty.short(MAX_TYPE);
    let tooltip = if full == short { String::new() } else { format!("```lua\n{full}\n```") };
    out.push(InlayHint {
        at: local.span.end,
        label: format!(": {short}"),
        is_parameter: false,
        tooltip,
        pad_left: false,
        pad_right: false,
    });
}

fn parameters(
    snapshot: &Snapshot,
    file: &Arc<File>,
    its: &Arc<Analysis>,
    call: &CallSite,
    range: Span,
    out: &mut Vec<InlayHint>,
) {
    let names: Vec<String> = match call.callee {
        Callee::Sym(Sym::Lib(id)) => {
            let params = sig(id).params;
            // What the one thing is that `ipairs` or `type` takes, everybody knows.
            if params.len() < 2 {
                return;
            }
            params.iter().take_while(|p| p.mode != Mode::Rest).map(|p| p.name.to_owned()).collect()
        }
        Callee::Sym(sym) => match function_of(snapshot, file, its, sym) {
            Some((_, there, func)) => {
                let is_method = there.names().funcs[func.0 as usize].is_method;
                let mut names = symbols::parameter_names(&there, func);
                if names.last().is_some_and(|n| n == "...") {
                    names.pop();
                }
                match (is_method, call.is_method) {
                    (true, false) => names.insert(0, "self".to_owned()),
                    (false, true) if !names.is_empty() => _ = names.remove(0),
                    _ => {}
                }
                names
            }
            None => return,
        },
        _ => return,
    };
    for (name, arg) in names.iter().zip(&call.args) {
        let text = its.slice(*arg);
        let last = text.rsplit(['.', ':']).next().unwrap_or(text);
        let says_it = last == name || name.starts_with('_') || name.len() < 2;
        if !holds(range, arg.start) || says_it {
            continue;
        }
        out.push(InlayHint {
            at: arg.start,
            label: format!("{name}:"),
            is_parameter: true,
            tooltip: String::new(),
            pad_left: false,
            pad_right: true,
        });
    }
}

fn costs(its: &Analysis, range: Span, out: &mut Vec<InlayHint>) {
    let Some(costs) = its.costs() else { return };
    for f in costs.functions.iter().filter(|f| f.func.unit == 0 && f.func.func.0 > 0) {
        if let Some(at) = after_parameters(its, f.at.span.start).filter(|at| holds(range, *at)) {
            out.push(fuel(at, types::short_cost(f), types::long_cost(f)));
        }
    }
    for l in costs.loops.iter().filter(|l| l.at.unit == 0 && touches(l.at.span, range)) {
        if let Some(at) = after_header(its, l.at.span).filter(|at| holds(range, *at)) {
            let round = if l.round.is_known() { l.round.written().0 } else { "without a bound".to_owned() };
            let rounds = match l.rounds.as_fixed() {
                Some(n) => format!(", ≤ {n} rounds"),
                None => String::new(),
            };
            out.push(fuel(at, format!("fuel {round} a round{rounds}"), types::long_loop(l)));
        }
    }
}

fn fuel(at: u32, label: String, tooltip: String) -> InlayHint {
    InlayHint { at, label, is_parameter: false, tooltip, pad_left: true, pad_right: false }
}

/// Behind the bracket that closes a function's parameters.
fn after_parameters(its: &Analysis, function: u32) -> Option<u32> {
    let tokens = its.tokens();
    let from = tokens.partition_point(|t| t.span.start < function);
    tokens[from..].iter().take(600).find(|t| t.kind == Kind::RParen).map(|t| t.span.end)
}

/// Behind the word that ends a loop's header.
fn after_header(its: &Analysis, span: Span) -> Option<u32> {
    let tokens = its.tokens();
    let from = tokens.partition_point(|t| t.span.start < span.start);
    let first = tokens.get(from)?;
    match first.kind {
        Kind::Repeat => return Some(first.span.end),
        Kind::While | Kind::For => {}
        // A loop made of a label and a `goto`.
        _ => return Some(first.span.end).filter(|_| first.kind == Kind::DoubleColon).map(|_| label_end(its, from)),
    }
    // A function in the header has blocks of its own.
    let mut depth = 0usize;
    for t in tokens[from..].iter().take(2_000).take_while(|t| t.span.end <= span.end) {
        match t.kind {
            Kind::Do if depth == 0 => return Some(t.span.end),
            Kind::Function => depth += 1,
            Kind::End => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

fn label_end(its: &Analysis, from: usize) -> u32 {
    let tokens = its.tokens();
    let end = tokens.get(from + 2).or(tokens.get(from));
    end.map_or(0, |t| t.span.end)
}
