//! Statements that control never reaches.

use crate::hir::{Block, Expr, ExprKind, Stmt, StmtKind};
use crate::lint::{Facts, visit};
use gatos_syntax::diagnostic::Diagnostic;

pub(in crate::lint) fn run(facts: &Facts, out: &mut Vec<Diagnostic>) {
    for func in &facts.hir.funcs {
        judge(&func.body, out);
        visit::statements(&func.body, &mut |s| match &s.kind {
            StmtKind::Do(b) | StmtKind::While(_, b) | StmtKind::Repeat(b, _) => judge(b, out),
            StmtKind::NumericFor { body, .. } | StmtKind::GenericFor { body, .. } => judge(body, out),
            StmtKind::If(arms, otherwise) => {
                arms.iter().for_each(|(_, b)| judge(b, out));
                if let Some(b) = otherwise {
                    judge(b, out);
                }
            }
            _ => {}
        });
    }
}

fn judge(block: &Block, out: &mut Vec<Diagnostic>) {
    let mut stmts = block.stmts.iter().filter(|s| !matches!(s.kind, StmtKind::Empty)).peekable();
    while let Some(s) = stmts.next() {
        let Some(next) = stmts.peek() else { return };
        if ends(s) && !matches!(next.kind, StmtKind::Label(_)) {
            out.push(
                Diagnostic::warning("W0506", next.span, "this code is never reached")
                    .label("control never comes here")
                    .related(s.span, "it always leaves here")
                    .help("remove it, or mend the condition before it"),
            );
            return;
        }
    }
}

/// Whether control never goes on behind a statement.
fn ends(s: &Stmt) -> bool {
    match &s.kind {
        StmtKind::Return(_) | StmtKind::Break | StmtKind::Goto(_) => true,
        StmtKind::Do(b) => block_ends(b),
        StmtKind::If(arms, Some(otherwise)) => arms.iter().all(|(_, b)| block_ends(b)) && block_ends(otherwise),
        StmtKind::While(cond, body) => matches!(cond.bare().kind, ExprKind::Bool(true)) && !leaves(body),
        StmtKind::Call(e) => is_error(e),
        _ => false,
    }
}

fn block_ends(block: &Block) -> bool {
    // A label may be reached from elsewhere, so only what follows the last one counts.
    let from = block.stmts.iter().rposition(|s| matches!(s.kind, StmtKind::Label(_))).map_or(0, |i| i + 1);
    block.stmts[from..].iter().any(ends)
}

fn is_error(e: &Expr) -> bool {
    matches!(&e.kind, ExprKind::Call(callee, _) if matches!(&callee.kind, ExprKind::Lib(name) if name == "error"))
}

/// Whether something in a loop's body may leave the loop.
fn leaves(body: &Block) -> bool {
    let mut found = false;
    // A `break` of a loop inside is counted too: then nothing is said, which is safe.
    visit::statements(body, &mut |s| found |= matches!(s.kind, StmtKind::Break | StmtKind::Goto(_)));
    found
}
