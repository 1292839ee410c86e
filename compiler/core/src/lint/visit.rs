//! Walking a resolved function. Bodies of functions inside are not entered: they are
//! functions of their own in [`crate::hir::Hir::funcs`].

use crate::hir::{Block, Expr, ExprKind, Item, Stmt, StmtKind, TargetKind};

/// Calls `f` for each statement, outer ones first.
pub fn statements<'a>(block: &'a Block, f: &mut dyn FnMut(&'a Stmt)) {
    for s in &block.stmts {
        f(s);
        match &s.kind {
            StmtKind::Do(b) | StmtKind::While(_, b) | StmtKind::Repeat(b, _) => statements(b, f),
            StmtKind::NumericFor { body, .. } | StmtKind::GenericFor { body, .. } => statements(body, f),
            StmtKind::If(arms, otherwise) => {
                arms.iter().for_each(|(_, b)| statements(b, f));
                if let Some(b) = otherwise {
                    statements(b, f);
                }
            }
            _ => {}
        }
    }
}

/// Calls `f` for each expression of the block, outer ones first.
pub fn expressions<'a>(block: &'a Block, f: &mut dyn FnMut(&'a Expr)) {
    statements(block, &mut |s| own_expressions(s, f));
}

/// The expressions of a statement itself, without those of blocks inside it.
pub fn own_expressions<'a>(s: &'a Stmt, f: &mut dyn FnMut(&'a Expr)) {
    match &s.kind {
        StmtKind::Local { values, .. } | StmtKind::Return(values) => values.iter().for_each(|e| walk(e, f)),
        StmtKind::Assign { targets, values } => {
            for t in targets {
                if let TargetKind::Index(object, key) = &t.kind {
                    walk(object, f);
                    walk(key, f);
                }
            }
            values.iter().for_each(|e| walk(e, f));
        }
        StmtKind::Call(e) | StmtKind::While(e, _) | StmtKind::Repeat(_, e) => walk(e, f),
        StmtKind::If(arms, _) => arms.iter().for_each(|(c, _)| walk(c, f)),
        StmtKind::NumericFor { start, limit, step, .. } => {
            walk(start, f);
            walk(limit, f);
            if let Some(step) = step {
                walk(step, f);
            }
        }
        StmtKind::GenericFor { exprs, .. } => exprs.iter().for_each(|e| walk(e, f)),
        _ => {}
    }
}

/// Calls `f` for an expression and all inside it. Depth is bounded by the parser's limit.
pub fn walk<'a>(e: &'a Expr, f: &mut dyn FnMut(&'a Expr)) {
    f(e);
    match &e.kind {
        ExprKind::Index(a, b) => {
            walk(a, f);
            walk(b, f);
        }
        ExprKind::Binary { left, right, .. } => {
            walk(left, f);
            walk(right, f);
        }
        ExprKind::Call(callee, args) => {
            walk(callee, f);
            args.iter().for_each(|a| walk(a, f));
        }
        ExprKind::Method { object, args, .. } => {
            walk(object, f);
            args.iter().for_each(|a| walk(a, f));
        }
        ExprKind::Unary(_, inner) | ExprKind::Paren(inner) => walk(inner, f),
        ExprKind::Table(items) => {
            for item in items {
                match item {
                    Item::Positional(v) | Item::Named(_, _, v) => walk(v, f),
                    Item::Keyed(k, v) => {
                        walk(k, f);
                        walk(v, f);
                    }
                }
            }
        }
        _ => {}
    }
}
