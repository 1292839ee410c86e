//! Whether control stays within some statements, and what of an expression can be taken out.

use gatos_syntax::echolua::ast::{Block, Expr, ExprKind, Stmt, StmtKind, TableItem};
use std::collections::BTreeSet;

/// What some statements do besides running through.
#[derive(Default, Debug)]
pub(super) struct Flow {
    /// A `return` stands among them, other than as the last.
    pub(super) returns: bool,
    /// A `break` leaves a loop around them.
    pub(super) breaks: bool,
    /// Labels declared.
    pub(super) labels: BTreeSet<String>,
    /// Labels jumped to.
    pub(super) gotos: BTreeSet<String>,
    /// `...` is used.
    pub(super) varargs: bool,
    /// Something did not parse.
    pub(super) broken: bool,
}

impl Flow {
    /// What statements do.
    pub(super) fn of(stmts: &[Stmt]) -> Flow {
        let mut out = Flow::default();
        stmts.iter().for_each(|s| out.stmt(s, 0));
        out
    }

    /// What an expression does.
    pub(super) fn of_expr(e: &Expr) -> Flow {
        let mut out = Flow::default();
        out.expr(e);
        out
    }

    /// Whether control comes out only at the end.
    pub(super) fn stays(&self) -> bool {
        !(self.returns || self.breaks || self.broken || self.varargs) && self.gotos.is_subset(&self.labels)
    }

    fn block(&mut self, b: &Block, loops: u32) {
        b.stmts.iter().for_each(|s| self.stmt(s, loops));
    }

    fn stmt(&mut self, s: &Stmt, loops: u32) {
        match &s.kind {
            StmtKind::Local { values, .. } => values.iter().for_each(|e| self.expr(e)),
            StmtKind::Assign { targets, values } => targets.iter().chain(values).for_each(|e| self.expr(e)),
            StmtKind::Call(e) => self.expr(e),
            StmtKind::Do(b) => self.block(b, loops),
            StmtKind::While { cond, body } | StmtKind::Repeat { body, cond } => {
                self.expr(cond);
                self.block(body, loops + 1);
            }
            StmtKind::If { arms, otherwise } => {
                for (cond, b) in arms {
                    self.expr(cond);
                    self.block(b, loops);
                }
                if let Some(b) = otherwise {
                    self.block(b, loops);
                }
            }
            StmtKind::NumericFor { start, limit, step, body, .. } => {
                [Some(start), Some(limit), step.as_ref()].into_iter().flatten().for_each(|e| self.expr(e));
                self.block(body, loops + 1);
            }
            StmtKind::GenericFor { exprs, body, .. } => {
                exprs.iter().for_each(|e| self.expr(e));
                self.block(body, loops + 1);
            }
            StmtKind::Goto(name) => _ = self.gotos.insert(name.name.clone()),
            StmtKind::Label(name) => _ = self.labels.insert(name.name.clone()),
            StmtKind::Break => self.breaks |= loops == 0,
            StmtKind::Return(values) => {
                self.returns = true;
                values.iter().for_each(|e| self.expr(e));
            }
            StmtKind::Error => self.broken = true,
            // Functions inside have control of their own.
            StmtKind::LocalFunction { .. } | StmtKind::Function { .. } | StmtKind::Empty => {}
        }
    }

    fn expr(&mut self, e: &Expr) {
        let mut at = e;
        loop {
            match &at.kind {
                ExprKind::Vararg => self.varargs = true,
                ExprKind::Error => self.broken = true,
                ExprKind::Binary { left, right, .. } => {
                    self.expr(right);
                    at = left;
                    continue;
                }
                ExprKind::Index { object, key } => {
                    self.expr(key);
                    at = object;
                    continue;
                }
                ExprKind::Field { object, .. } => {
                    at = object;
                    continue;
                }
                ExprKind::Call { callee: inner, args } | ExprKind::Method { object: inner, args, .. } => {
                    args.iter().for_each(|a| self.expr(a));
                    at = inner;
                    continue;
                }
                ExprKind::Unary { operand: inner, .. } | ExprKind::Paren(inner) => {
                    at = inner;
                    continue;
                }
                ExprKind::Table(items) => {
                    for item in items {
                        match item {
                            TableItem::Positional(v) | TableItem::Named(_, v) => self.expr(v),
                            TableItem::Keyed(k, v) => {
                                self.expr(k);
                                self.expr(v);
                            }
                        }
                    }
                }
                _ => {}
            }
            return;
        }
    }
}

/// Whether leaving an expression out changes nothing: it calls nothing and cannot fail.
pub(super) fn is_pure(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Nil
        | ExprKind::True
        | ExprKind::False
        | ExprKind::Number(_)
        | ExprKind::Str(_)
        | ExprKind::Name(_)
        | ExprKind::Vararg
        | ExprKind::Function(_) => true,
        ExprKind::Paren(inner) => is_pure(inner),
        ExprKind::Table(items) => items.iter().all(|i| match i {
            TableItem::Positional(v) | TableItem::Named(_, v) => is_pure(v),
            TableItem::Keyed(..) => false,
        }),
        _ => false,
    }
}

/// The statements of every block of a tree, with the blocks inside functions too.
pub(super) fn blocks<'a>(block: &'a Block, f: &mut dyn FnMut(&'a [Stmt])) {
    f(&block.stmts);
    for s in &block.stmts {
        inner_blocks(s, &mut |b| blocks(b, f));
    }
}

/// The blocks right inside a statement.
pub(super) fn inner_blocks<'a>(s: &'a Stmt, f: &mut dyn FnMut(&'a Block)) {
    match &s.kind {
        StmtKind::Do(b) => f(b),
        StmtKind::While { cond, body } | StmtKind::Repeat { body, cond } => {
            in_expr(cond, f);
            f(body);
        }
        StmtKind::If { arms, otherwise } => {
            for (cond, b) in arms {
                in_expr(cond, f);
                f(b);
            }
            if let Some(b) = otherwise {
                f(b);
            }
        }
        StmtKind::NumericFor { start, limit, step, body, .. } => {
            [Some(start), Some(limit), step.as_ref()].into_iter().flatten().for_each(|e| in_expr(e, f));
            f(body);
        }
        StmtKind::GenericFor { exprs, body, .. } => {
            exprs.iter().for_each(|e| in_expr(e, f));
            f(body);
        }
        StmtKind::LocalFunction { func, .. } | StmtKind::Function { func, .. } => f(&func.body),
        StmtKind::Local { values, .. } | StmtKind::Return(values) => values.iter().for_each(|e| in_expr(e, f)),
        StmtKind::Assign { targets, values } => targets.iter().chain(values).for_each(|e| in_expr(e, f)),
        StmtKind::Call(e) => in_expr(e, f),
        _ => {}
    }
}

/// The bodies of functions in an expression.
fn in_expr<'a>(e: &'a Expr, f: &mut dyn FnMut(&'a Block)) {
    each(e, &mut |e| {
        if let ExprKind::Function(func) = &e.kind {
            f(&func.body);
        }
    });
}

/// Calls `f` for an expression and all inside it but for bodies of functions.
pub(super) fn each<'a>(e: &'a Expr, f: &mut dyn FnMut(&'a Expr)) {
    let mut at = e;
    loop {
        f(at);
        match &at.kind {
            ExprKind::Binary { left, right, .. } => {
                each(right, f);
                at = left;
                continue;
            }
            ExprKind::Index { object, key } => {
                each(key, f);
                at = object;
                continue;
            }
            ExprKind::Field { object: inner, .. } | ExprKind::Unary { operand: inner, .. } | ExprKind::Paren(inner) => {
                at = inner;
                continue;
            }
            ExprKind::Call { callee: inner, args } | ExprKind::Method { object: inner, args, .. } => {
                args.iter().for_each(|a| each(a, f));
                at = inner;
                continue;
            }
            ExprKind::Table(items) => {
                for item in items {
                    match item {
                        TableItem::Positional(v) | TableItem::Named(_, v) => each(v, f),
                        TableItem::Keyed(k, v) => {
                            each(k, f);
                            each(v, f);
                        }
                    }
                }
            }
            _ => {}
        }
        return;
    }
}

/// The expressions of a statement itself.
pub(super) fn own_exprs<'a>(s: &'a Stmt, f: &mut dyn FnMut(&'a Expr)) {
    match &s.kind {
        StmtKind::Local { values, .. } | StmtKind::Return(values) => values.iter().for_each(|e| each(e, f)),
        StmtKind::Assign { targets, values } => targets.iter().chain(values).for_each(|e| each(e, f)),
        StmtKind::Call(e) => each(e, f),
        StmtKind::While { cond, .. } | StmtKind::Repeat { cond, .. } => each(cond, f),
        StmtKind::If { arms, .. } => arms.iter().for_each(|(c, _)| each(c, f)),
        StmtKind::NumericFor { start, limit, step, .. } => {
            [Some(start), Some(limit), step.as_ref()].into_iter().flatten().for_each(|e| each(e, f));
        }
        StmtKind::GenericFor { exprs, .. } => exprs.iter().for_each(|e| each(e, f)),
        _ => {}
    }
}
