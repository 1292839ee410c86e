//! The layout of policies: expressions.

use gatos_syntax::rgs::ast::{BinaryOp, Body, Expr, ExprKind, Step};
use gatos_syntax::rgs::token::Kind;

use crate::source::{List, list};

use super::Rgs;

/// Whether nothing in an expression can break: a literal or a name.
fn is_atom(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::Text(_) | ExprKind::Name(_) => true,
        ExprKind::Negate(inner) => matches!(inner.kind, ExprKind::Number(_) | ExprKind::Name(_)),
        _ => false,
    }
}

/// An expression between brackets that people begin on the line of the call.
fn is_block(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Array(items) | ExprKind::Set(items) => !items.is_empty(),
        ExprKind::Object(pairs) => !pairs.is_empty(),
        ExprKind::ArrayComp { .. } | ExprKind::SetComp { .. } | ExprKind::ObjectComp { .. } => true,
        _ => false,
    }
}

/// How tightly an operator binds.
fn level(op: BinaryOp) -> u8 {
    use BinaryOp::*;
    match op {
        Assign | Unify => 0,
        Eq | Ne | Lt | Le | Gt | Ge => 1,
        Or => 2,
        And => 3,
        Add | Sub => 4,
        Mul | Div | Rem => 5,
    }
}

/// The operands of a chain of operators that bind alike, in order.
fn operands(expr: &Expr) -> Vec<&Expr> {
    let ExprKind::Binary { op, .. } = &expr.kind else { return vec![expr] };
    let wanted = level(*op);
    let mut out = Vec::new();
    let mut expr = expr;
    while let ExprKind::Binary { op, left, right, .. } = &expr.kind
        && level(*op) == wanted
    {
        out.push(&**right);
        expr = left;
    }
    out.push(expr);
    out.reverse();
    out
}

impl Rgs<'_> {
    /// Lays out an expression and gives the group that it ends with, if it ends with one.
    pub(super) fn expr(&mut self, expr: &Expr) -> Option<usize> {
        match &expr.kind {
            // A number has its sign in it.
            ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::Text(_) | ExprKind::Name(_) => {
                self.glued(expr.span.end);
                None
            }
            // What is text in it and what is not is decided by every byte, so it stays as it is.
            ExprKind::Template(_) => {
                self.src.verbatim(expr.span.end as usize);
                None
            }
            ExprKind::Ref { base, steps } => {
                self.expr(base);
                self.steps(steps);
                None
            }
            ExprKind::Call { function, args } => {
                self.expr(function);
                let tail = if args.last().is_some_and(is_block) { Some(args.len() - 1) } else { None };
                Some(list(self, args, List { comma: true, tail, ..List::default() }, Self::expr))
            }
            ExprKind::Array(items) | ExprKind::Set(items) => {
                let rows = items.len() > 3 && items.iter().all(is_atom);
                Some(list(self, items, List { comma: true, rows, ..List::default() }, Self::expr))
            }
            ExprKind::Object(pairs) => Some(list(self, pairs, List { comma: true, ..List::default() }, Self::pair)),
            ExprKind::ArrayComp { value, body } | ExprKind::SetComp { value, body } => {
                Some(self.comprehension(None, value, body))
            }
            ExprKind::ObjectComp { key, value, body } => Some(self.comprehension(Some(key), value, body)),
            ExprKind::Binary { op: BinaryOp::Assign | BinaryOp::Unify, left, right, .. } => {
                self.expr(left);
                self.space_word();
                self.space();
                self.expr(right)
            }
            ExprKind::Binary { .. } => {
                self.src.doc.begin();
                let tail = self.chain(expr);
                self.src.doc.end(tail);
                tail
            }
            ExprKind::In { key, value, collection } => {
                if let Some(key) = key {
                    self.expr(key);
                    self.word_space();
                }
                self.expr(value);
                self.space_word();
                self.space();
                self.expr(collection)
            }
            ExprKind::Negate(inner) => {
                self.word();
                self.expr(inner)
            }
            ExprKind::Paren(inner) => {
                self.word();
                self.expr(inner);
                self.word();
                None
            }
            ExprKind::Error => {
                self.src.skip();
                None
            }
        }
    }

    /// `.name` and `[key]`, all touching.
    pub(super) fn steps(&mut self, steps: &[Step]) {
        for step in steps {
            match step {
                Step::Field(_) => {
                    if self.src.is(Kind::Dot) {
                        self.word();
                    }
                    self.word();
                }
                Step::Index(key) => {
                    self.word();
                    self.expr(key);
                    self.word();
                }
            }
        }
    }

    fn pair(&mut self, pair: &(Expr, Expr)) -> Option<usize> {
        self.expr(&pair.0);
        self.word_space();
        self.expr(&pair.1)
    }

    /// Operators that bind alike, all on one line or each at the end of one.
    fn chain(&mut self, expr: &Expr) -> Option<usize> {
        let mut tail = None;
        for (at, operand) in operands(expr).into_iter().enumerate() {
            if at == 0 {
                self.expr(operand);
                self.src.doc.indent();
                continue;
            }
            let broken = self.src.breaks_here();
            self.space_word();
            if broken || self.src.breaks_here() {
                self.src.doc.force();
            }
            self.src.doc.line(true, false);
            self.src.notes_before();
            tail = self.expr(operand).filter(|_| is_block(operand));
        }
        self.src.doc.dedent();
        tail
    }

    fn comprehension(&mut self, key: Option<&Expr>, value: &Expr, body: &Body) -> usize {
        let group = self.src.doc.begin();
        self.word();
        if let Some(key) = key {
            self.expr(key);
            self.word_space();
        }
        self.expr(value);
        self.space_word();
        self.literals(&body.literals, false);
        self.word();
        self.src.doc.end(None);
        group
    }
}
