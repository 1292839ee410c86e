//! Words within lines: names of parameters, types of variables, what a rule defines and costs, and what a pinned
//! input makes of each condition.

use super::Here;
use super::decide::{decided, words};
use super::fuel::Costs;
use super::infer;
use super::names::{Entity, Role};
use super::text::{line_end, slice};
use super::walk::{self, Node};
use crate::answer::InlayHint;
use crate::host::{File, Snapshot};
use gatos_compiler::rgs::hir::DocumentKind;
use gatos_syntax::rgs::ast::{BinaryOp, ExprKind, LiteralKind};
use gatos_syntax::span::Span;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The most characters of a hint at a condition.
const MAX_WORDS: usize = 60;

pub(crate) fn inlay_hints(snapshot: &Snapshot, file: &Arc<File>, range: Span) -> Vec<InlayHint> {
    let Some(here) = Here::new(snapshot, file) else { return Vec::new() };
    let mut out = Vec::new();
    let touched = |span: Span| span.start <= range.end && range.start <= span.end;
    let costs = Costs::new(&here.bundle);
    let by_rule = costs.as_ref().map(Costs::rules).unwrap_or_default();
    for (index, rule) in here.parsed.module.rules.iter().enumerate().filter(|(_, r)| touched(r.span)) {
        if snapshot.is_cancelled() {
            return Vec::new();
        }
        let cost = by_rule.get(&(here.index, rule.head.span.start)).copied();
        defines(&here, index, cost, &mut out);
        Node::Rule(rule).visit(&mut |node| match node {
            Node::Expr(expr) if touched(expr.span) => {
                if let ExprKind::Call { function, args } = &expr.kind {
                    parameters(&here, function.span, args, &mut out);
                }
            }
            Node::Literal(literal) if touched(literal.span) => types(&here, &literal.kind, &mut out),
            _ => {}
        });
    }
    conditions(snapshot, &here, file, range, &mut out);
    out.retain(|hint| range.start <= hint.at && hint.at <= range.end);
    out.sort_by_key(|hint| hint.at);
    out
}

/// What the rules of a name make together, at the first of them in the file; what each costs.
fn defines(here: &Here, index: usize, cost: Option<u64>, out: &mut Vec<InlayHint>) {
    let Some(rule) = here.parsed.module.rules.get(index) else { return };
    let mut path = here.parsed.package();
    path.extend(walk::head_path(&rule.head).into_iter().map(|(text, _)| text.to_owned()));
    let first = here.bundle.definitions(&path).iter().find(|p| p.file == here.index && p.is_whole && p.rule.is_some());
    let is_first = first.is_some_and(|p| p.rule == Some(index));
    let documents = &here.bundle.analysis.bundle.documents;
    let document = documents.binary_search_by(|d| d.path.cmp(&path)).ok();
    let mut parts = Vec::new();
    if let Some((at, document)) = document.and_then(|at| Some((at, documents.get(at)?))).filter(|_| is_first) {
        let ty = infer::document(
            &here.bundle.analysis.bundle,
            &here.bundle.types,
            gatos_compiler::rgs::hir::DocumentId(at as u32),
        );
        // What is written out needs no words.
        let is_plain = rule.body.is_none() && document.rules.len() <= 1;
        if !is_plain || document.kind != DocumentKind::Complete {
            parts.push(ty.text());
        }
    }
    if let Some(cost) = cost.filter(|_| rule.body.is_some()) {
        parts.push(format!("{cost} fuel"));
    }
    let parts: Vec<String> = parts.into_iter().filter(|part| part != "any").collect();
    if parts.is_empty() {
        return;
    }
    let at = line_end(&here.file.text, rule.head.span.start as usize) as u32;
    out.push(InlayHint {
        at,
        label: parts.join(" · "),
        is_parameter: false,
        tooltip: "What the rules of this name make, and the fuel of one way through this rule: each step once, \
                  without loops and sizes of values."
            .to_owned(),
        pad_left: true,
        pad_right: false,
    });
}

/// The names of parameters in front of arguments that do not say them themselves.
fn parameters(here: &Here, function: Span, args: &[gatos_syntax::rgs::ast::Expr], out: &mut Vec<InlayHint>) {
    let names = super::signature::parameter_names(here, function);
    if args.len() < 2 && names.len() < 2 {
        return;
    }
    for (name, arg) in names.iter().zip(args) {
        let text = slice(&here.file.text, arg.span);
        let says_it = text == name || text.ends_with(&format!(".{name}")) || text.starts_with(&format!("{name}_"));
        if says_it || name.is_empty() || name.len() < 2 {
            continue;
        }
        out.push(InlayHint {
            at: arg.span.start,
            label: format!("{name}:"),
            is_parameter: true,
            tooltip: String::new(),
            pad_left: false,
            pad_right: true,
        });
    }
}

/// The types of variables that are declared.
fn types(here: &Here, literal: &LiteralKind, out: &mut Vec<InlayHint>) {
    let mut spans: Vec<Span> = Vec::new();
    match literal {
        LiteralKind::SomeIn { key, value, .. } => {
            spans.extend(key.as_ref().map(|k| k.span));
            spans.push(value.span);
        }
        LiteralKind::Every { key, value, .. } => {
            spans.extend(key.as_ref().map(|k| k.span));
            spans.push(value.span);
        }
        LiteralKind::Expr(e) => {
            if let ExprKind::Binary { op: BinaryOp::Assign, left, right, .. } = &walk::unwrap(e).kind {
                // What a literal is, everybody sees.
                let is_plain = matches!(
                    walk::unwrap(right).kind,
                    ExprKind::Null
                        | ExprKind::Bool(_)
                        | ExprKind::Number(_)
                        | ExprKind::Text(_)
                        | ExprKind::Array(_)
                        | ExprKind::Object(_)
                        | ExprKind::Set(_)
                );
                if !is_plain {
                    spans.push(left.span);
                }
            }
        }
        _ => {}
    }
    for span in spans {
        for mark in here.names.within(span) {
            if let (Entity::Var(number), Role::Declares) = (&mark.entity, mark.role)
                && let Some(ty) = here.var_type(*number).filter(|ty| !ty.is_any())
            {
                out.push(InlayHint {
                    at: mark.span.end,
                    label: format!(": {}", ty.text()),
                    is_parameter: false,
                    tooltip: String::new(),
                    pad_left: false,
                    pad_right: false,
                });
            }
        }
    }
}

/// What the pinned input makes of each condition, at the end of its line.
fn conditions(snapshot: &Snapshot, here: &Here, file: &Arc<File>, range: Span, out: &mut Vec<InlayHint>) {
    let Some(decided) = decided(snapshot, file, &here.bundle) else { return };
    let within = (here.index, Span { start: 0, end: 0 })..=(here.index, Span { start: u32::MAX, end: u32::MAX });
    // Only one of the conditions that end at a place can be told there.
    let mut taken: BTreeSet<u32> = BTreeSet::new();
    for ((_, span), condition) in decided.conditions.range(within) {
        if span.end < range.start || range.end < span.start {
            continue;
        }
        let text = slice(&file.text, *span);
        let is_multiline = text.contains('\n');
        let at = if is_multiline { line_end(&file.text, span.start as usize) as u32 } else { span.end };
        if !taken.insert(at) {
            continue;
        }
        let values = super::decide::lines(text, condition, &decided.input);
        out.push(InlayHint {
            at,
            label: words(text, condition, &decided.input, MAX_WORDS),
            is_parameter: false,
            tooltip: values.iter().map(|line| format!("- `{line}`\n")).collect(),
            pad_left: true,
            pad_right: false,
        });
    }
}
