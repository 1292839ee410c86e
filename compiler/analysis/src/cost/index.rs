//! A resolved file by place: where locals get their values, the loops of each function, and the
//! expression that an op was made from.

use super::LoopKind;
use gatos_compiler::hir::{Block, Expr, ExprKind, FuncId, Hir, Item, LocalId, Stmt, StmtKind, Target, TargetKind};
use gatos_syntax::span::Span;
use std::collections::BTreeMap;

/// How a local gets a value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Def<'a> {
    /// From an expression.
    Expr(&'a Expr),
    /// It is the parameter of that number.
    Param(u32),
    /// It counts.
    Count { start: &'a Expr, limit: &'a Expr, step: Option<&'a Expr> },
    /// It is the variable of that number of a generic loop.
    Each(u32, &'a [Expr]),
    /// Otherwise.
    Unknown,
}

/// What stands at a place.
#[derive(Clone, Copy, Debug)]
pub(super) enum Node<'a> {
    Expr(&'a Expr),
    /// An assignment to `object[key]`.
    Store {
        object: &'a Expr,
        key: &'a Expr,
    },
}

/// A loop.
#[derive(Clone, Copy, Debug)]
pub(super) struct LoopAt<'a> {
    pub func: FuncId,
    pub kind: LoopKind,
    pub stmt: &'a Stmt,
    /// The span of the ops that make it go around, where they have one of their own.
    pub key: Span,
}

/// A file.
#[derive(Debug)]
pub(super) struct Index<'a> {
    pub hir: &'a Hir,
    pub defs: BTreeMap<LocalId, Vec<Def<'a>>>,
    pub loops: Vec<LoopAt<'a>>,
    nodes: BTreeMap<(u32, u32), Vec<Node<'a>>>,
}

impl<'a> Index<'a> {
    pub(super) fn new(hir: &'a Hir) -> Index<'a> {
        let mut out = Index { hir, defs: BTreeMap::new(), loops: Vec::new(), nodes: BTreeMap::new() };
        for (i, f) in hir.funcs.iter().enumerate() {
            for (n, p) in f.params.iter().enumerate() {
                out.def(*p, Def::Param(n as u32));
            }
            out.block(FuncId(i as u32), &f.body);
        }
        out
    }

    pub(super) fn nodes(&self, span: Span) -> &[Node<'a>] {
        self.nodes.get(&(span.start, span.end)).map_or(&[], Vec::as_slice)
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = &Node<'a>> {
        self.nodes.values().flatten()
    }

    fn def(&mut self, id: LocalId, def: Def<'a>) {
        self.defs.entry(id).or_default().push(def);
    }

    fn put(&mut self, span: Span, node: Node<'a>) {
        self.nodes.entry((span.start, span.end)).or_default().push(node);
    }

    fn block(&mut self, func: FuncId, block: &'a Block) {
        block.stmts.iter().for_each(|s| self.stmt(func, s));
    }

    fn values(&mut self, exprs: &'a [Expr]) {
        exprs.iter().for_each(|e| self.expr(e));
    }

    fn looped(&mut self, func: FuncId, kind: LoopKind, stmt: &'a Stmt, key: Span) {
        self.loops.push(LoopAt { func, kind, stmt, key });
    }

    fn stmt(&mut self, func: FuncId, stmt: &'a Stmt) {
        match &stmt.kind {
            StmtKind::Local { locals, values } => {
                self.values(values);
                for (i, id) in locals.iter().enumerate() {
                    let def = single(values, i).map_or(Def::Unknown, Def::Expr);
                    self.def(*id, def);
                }
            }
            StmtKind::LocalFunction { local, .. } => self.def(*local, Def::Unknown),
            StmtKind::Assign { targets, values } => {
                self.values(values);
                for (i, t) in targets.iter().enumerate() {
                    self.target(t, single(values, i));
                }
            }
            StmtKind::Call(e) => self.expr(e),
            StmtKind::Do(b) => self.block(func, b),
            StmtKind::While(cond, body) => {
                self.looped(func, LoopKind::While, stmt, stmt.span);
                self.expr(cond);
                self.block(func, body);
            }
            StmtKind::Repeat(body, cond) => {
                self.looped(func, LoopKind::Repeat, stmt, stmt.span);
                self.block(func, body);
                self.expr(cond);
            }
            StmtKind::If(arms, other) => {
                for (cond, body) in arms {
                    self.expr(cond);
                    self.block(func, body);
                }
                if let Some(b) = other {
                    self.block(func, b);
                }
            }
            StmtKind::NumericFor { var, start, limit, step, body } => {
                self.looped(func, LoopKind::Numeric, stmt, self.hir.local(*var).span);
                self.expr(start);
                self.expr(limit);
                step.iter().for_each(|e| self.expr(e));
                self.def(*var, Def::Count { start, limit, step: step.as_ref() });
                self.block(func, body);
            }
            StmtKind::GenericFor { vars, exprs, body } => {
                let key = exprs.first().map_or(stmt.span, |e| e.span);
                self.looped(func, LoopKind::Generic, stmt, key);
                self.values(exprs);
                for (i, id) in vars.iter().enumerate() {
                    self.def(*id, Def::Each(i as u32, exprs));
                }
                self.block(func, body);
            }
            StmtKind::Return(values) => self.values(values),
            StmtKind::Goto(_) | StmtKind::Label(_) | StmtKind::Break | StmtKind::Empty => {}
        }
    }

    fn target(&mut self, target: &'a Target, value: Option<&'a Expr>) {
        match &target.kind {
            TargetKind::Local(id) => self.def(*id, value.map_or(Def::Unknown, Def::Expr)),
            TargetKind::Index(object, key) => {
                self.expr(object);
                self.expr(key);
                self.put(target.span, Node::Store { object, key });
            }
            TargetKind::Global(_) | TargetKind::Error => {}
        }
    }

    fn expr(&mut self, e: &'a Expr) {
        // Chains lean to the left and may be long.
        let mut at = e;
        loop {
            self.put(at.span, Node::Expr(at));
            match &at.kind {
                ExprKind::Binary { op_span, left, right, .. } => {
                    self.put(*op_span, Node::Expr(at));
                    self.expr(right);
                    at = left;
                }
                ExprKind::Unary(_, inner) | ExprKind::Paren(inner) => at = inner,
                ExprKind::Index(object, key) => {
                    self.expr(key);
                    at = object;
                }
                ExprKind::Call(callee, args) => {
                    self.values(args);
                    at = callee;
                }
                ExprKind::Method { object, name_span, args, .. } => {
                    self.put(*name_span, Node::Expr(at));
                    self.values(args);
                    at = object;
                }
                ExprKind::Table(items) => {
                    for item in items {
                        match item {
                            Item::Positional(v) | Item::Named(_, _, v) => self.expr(v),
                            Item::Keyed(k, v) => {
                                self.expr(k);
                                self.expr(v);
                            }
                        }
                    }
                    return;
                }
                _ => return,
            }
        }
    }
}

/// The value of number `i`, when it is an expression of its own.
fn single(values: &[Expr], i: usize) -> Option<&Expr> {
    let e = values.get(i)?;
    // The first value of a last call is that call's; further ones are not to be named.
    Some(e)
}
