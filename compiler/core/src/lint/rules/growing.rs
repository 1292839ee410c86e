//! State that gets longer with every event.

use crate::hir::{Block, Expr, ExprKind, Func, LocalId, Stmt, StmtKind, Target, TargetKind};
use crate::lint::{Facts, visit};
use gatos_syntax::diagnostic::Diagnostic;
use gatos_syntax::echolua::ast::{BinOp, UnOp};
use gatos_syntax::span::Span;
use std::collections::BTreeSet;

pub(in crate::lint) fn run(facts: &Facts, out: &mut Vec<Diagnostic>) {
    let Some(func) = facts.entries.and_then(|e| e.fold).map(|f| facts.hir.func(f)) else { return };
    let Some(state) = func.params.first() else { return };
    if shrinks(func) {
        return;
    }
    let mut rooted = BTreeSet::from([*state]);
    always(&func.body, &mut rooted, out);
}

/// Statements that run at every event: not those behind a condition.
fn always(block: &Block, rooted: &mut BTreeSet<LocalId>, out: &mut Vec<Diagnostic>) {
    for s in &block.stmts {
        match &s.kind {
            StmtKind::Local { locals, values } => {
                for (id, value) in locals.iter().zip(values) {
                    if is_path(value, rooted) {
                        rooted.insert(*id);
                    }
                }
            }
            StmtKind::Assign { targets, .. } => {
                targets.iter().filter(|t| appends(t, rooted)).for_each(|t| out.push(grows(t.span)));
            }
            StmtKind::Call(e) if inserts(e, rooted) => out.push(grows(e.span)),
            StmtKind::Do(b) => always(b, rooted, out),
            StmtKind::NumericFor { body, .. } | StmtKind::GenericFor { body, .. } => always(body, rooted, out),
            // What follows a conditional return runs for some events only.
            StmtKind::If(arms, otherwise) => {
                let returns = |b: &Block| matches!(b.stmts.last().map(|s| &s.kind), Some(StmtKind::Return(_)));
                if arms.iter().any(|(_, b)| returns(b)) || otherwise.as_ref().is_some_and(returns) {
                    return;
                }
            }
            _ => {}
        }
    }
}

fn grows(span: Span) -> Diagnostic {
    Diagnostic::warning("W0511", span, "the state grows with every event")
        .label("one more entry each time, and nothing removes any")
        .help("keep a count, a sum or the newest few instead; the journal already keeps every event")
}

/// Whether an expression is the state, or a part of it reached by keys.
fn is_path(e: &Expr, rooted: &BTreeSet<LocalId>) -> bool {
    let mut at = e.bare();
    while let ExprKind::Index(object, _) = &at.kind {
        at = object.bare();
    }
    matches!(at.kind, ExprKind::Local(id) if rooted.contains(&id))
}

/// `state.x[#state.x + 1] = …`
fn appends(t: &Target, rooted: &BTreeSet<LocalId>) -> bool {
    let TargetKind::Index(object, key) = &t.kind else { return false };
    let ExprKind::Binary { op: BinOp::Add, left, right, .. } = &key.bare().kind else { return false };
    is_path(object, rooted)
        && matches!(right.bare().kind, ExprKind::Int(1))
        && matches!(&left.bare().kind, ExprKind::Unary(UnOp::Len, inner) if is_path(inner, rooted))
}

/// `table.insert(state.x, …)`
fn inserts(e: &Expr, rooted: &BTreeSet<LocalId>) -> bool {
    let ExprKind::Call(callee, args) = &e.kind else { return false };
    matches!(&callee.kind, ExprKind::Lib(name) if name == "table.insert")
        && args.first().is_some_and(|a| is_path(a, rooted))
}

/// Whether the function also removes something; then it is left alone.
fn shrinks(func: &Func) -> bool {
    let mut found = false;
    visit::expressions(&func.body, &mut |e| {
        found |= matches!(&e.kind, ExprKind::Lib(name) if name == "table.remove" || name == "table.move");
    });
    visit::statements(&func.body, &mut |s: &Stmt| {
        if let StmtKind::Assign { targets, values } = &s.kind {
            found |= targets.iter().any(|t| matches!(t.kind, TargetKind::Index(..)))
                && values.iter().any(|v| matches!(v.bare().kind, ExprKind::Nil));
        }
    });
    found
}
