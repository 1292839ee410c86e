//! Constructors that write out a large table of constants.

use crate::hir::{Expr, ExprKind, Item};
use crate::lint::{Facts, visit};
use gatos_syntax::diagnostic::Diagnostic;

pub(in crate::lint) fn run(facts: &Facts, out: &mut Vec<Diagnostic>) {
    let most = facts.config.max_table_items;
    for func in &facts.hir.funcs {
        visit::expressions(&func.body, &mut |e| {
            let ExprKind::Table(items) = &e.kind else { return };
            if items.len() > most && items.iter().all(is_constant) {
                out.push(
                    Diagnostic::warning("W0508", e.span, format!("a table of {} constants", items.len()))
                        .label(format!("more than {most} items, in the program and in memory at every load"))
                        .help("bring it in as an event and keep it in the state, or compute it"),
                );
            }
        });
    }
}

fn is_constant(item: &Item) -> bool {
    let constant = |e: &Expr| {
        matches!(
            e.bare().kind,
            ExprKind::Nil
                | ExprKind::Bool(_)
                | ExprKind::Int(_)
                | ExprKind::Fixed(_)
                | ExprKind::Str(_)
                | ExprKind::Table(_)
        )
    };
    match item {
        Item::Positional(v) | Item::Named(_, _, v) => constant(v),
        Item::Keyed(k, v) => constant(k) && constant(v),
    }
}
