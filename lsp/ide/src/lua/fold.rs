//! What can be folded away, and what is selected next: both from tokens, so that they hold in
//! files that do not parse; selection also knows the tree.

use super::analysis::{Analysis, analysis};
use crate::answer::{Folding, FoldingKind};
use crate::host::{File, Snapshot};
use gatos_compiler::text::LineIndex;
use gatos_syntax::echolua::ast::{Block, Expr, ExprKind, Function, Stmt, StmtKind, TableItem};
use gatos_syntax::echolua::token::Kind;
use gatos_syntax::span::Span;
use std::sync::Arc;

/// What can be folded away.
pub(crate) fn foldings(snapshot: &Snapshot, file: &Arc<File>) -> Vec<Folding> {
    let its = analysis(snapshot, file);
    let lines = its.lines();
    let mut out = Vec::new();
    blocks(&its, &lines, &mut out);
    comments(&its, &lines, &mut out);
    imports(&its, &lines, &mut out);
    out.sort_by_key(|f| (f.span.start, std::cmp::Reverse(f.span.end)));
    out.dedup_by_key(|f| f.span);
    out
}

/// From the end of one line to the end of another, when that is further on.
fn folding(lines: &LineIndex<'_>, first: usize, last: usize, kind: FoldingKind, out: &mut Vec<Folding>) {
    if first < last {
        let end = |line: usize| lines.range(line).start + lines.line_text(line).trim_end_matches(['\n', '\r']).len();
        out.push(Folding { span: Span::new(end(first), end(last)), kind });
    }
}

fn blocks(its: &Analysis, lines: &LineIndex<'_>, out: &mut Vec<Folding>) {
    let mut open: Vec<(Kind, usize)> = Vec::new();
    let mut header = false;
    for token in its.tokens() {
        let line = lines.line(token.span.start);
        match token.kind {
            Kind::While | Kind::For => {
                open.push((token.kind, line));
                header = true;
            }
            Kind::Do if header => header = false,
            Kind::Do | Kind::Function | Kind::If | Kind::Repeat | Kind::LBrace => open.push((token.kind, line)),
            Kind::ElseIf | Kind::Else => {
                if let Some((Kind::If, first)) = open.last().copied() {
                    folding(lines, first, line.saturating_sub(1), FoldingKind::Code, out);
                    open.pop();
                    open.push((Kind::If, line));
                }
            }
            Kind::End | Kind::Until | Kind::RBrace => {
                let closes = |kind: Kind| match token.kind {
                    Kind::Until => kind == Kind::Repeat,
                    Kind::RBrace => kind == Kind::LBrace,
                    _ => !matches!(kind, Kind::Repeat | Kind::LBrace),
                };
                // What was never closed inside is given up.
                if let Some(at) = open.iter().rposition(|(kind, _)| closes(*kind)) {
                    let (_, first) = open[at];
                    open.truncate(at);
                    folding(lines, first, line.saturating_sub(1), FoldingKind::Code, out);
                }
            }
            Kind::Str => {
                let last = lines.line(token.span.end.saturating_sub(1));
                folding(lines, line, last, FoldingKind::Code, out);
            }
            _ => {}
        }
    }
}

fn comments(its: &Analysis, lines: &LineIndex<'_>, out: &mut Vec<Folding>) {
    let mut run: Option<(usize, usize)> = None;
    for c in &its.unit().comments {
        let (first, last) = (lines.line(c.span.start), lines.line(c.span.end.saturating_sub(1).max(c.span.start)));
        if last > first {
            folding(lines, first, last, FoldingKind::Comment, out);
            continue;
        }
        if c.trailing {
            continue;
        }
        run = match run {
            Some((from, to)) if to + 1 == first => Some((from, first)),
            Some((from, to)) => {
                folding(lines, from, to, FoldingKind::Comment, out);
                Some((first, first))
            }
            None => Some((first, first)),
        };
    }
    if let Some((from, to)) = run {
        folding(lines, from, to, FoldingKind::Comment, out);
    }
}

/// `local a = require "a"` in line after line.
fn imports(its: &Analysis, lines: &LineIndex<'_>, out: &mut Vec<Folding>) {
    let mut run: Option<(usize, usize)> = None;
    let is_import = |s: &Stmt| match &s.kind {
        StmtKind::Local { values, .. } => matches!(values.as_slice(), [e] if its.slice(e.span).starts_with("require")),
        _ => false,
    };
    for s in its.unit().ast.stmts.iter().filter(|s| is_import(s)) {
        let (first, last) = (lines.line(s.span.start), lines.line(s.span.end));
        run = match run {
            Some((from, to)) if to + 1 == first => Some((from, last)),
            Some((from, to)) => {
                folding(lines, from, to, FoldingKind::Imports, out);
                Some((first, last))
            }
            None => Some((first, last)),
        };
    }
    if let Some((from, to)) = run {
        folding(lines, from, to, FoldingKind::Imports, out);
    }
}

/// Ever larger pieces around a byte, smallest first.
pub(crate) fn selections(snapshot: &Snapshot, file: &Arc<File>, at: u32) -> Vec<Span> {
    let its = analysis(snapshot, file);
    let at = at.min(its.text().len() as u32);
    let mut around = Around { at, out: vec![Span::new(0, its.text().len())] };
    if let Some(token) = its.token_at(at) {
        let token = its.tokens()[token];
        around.add(token.span);
        if token.kind == Kind::Str && token.span.end - token.span.start >= 2 {
            around.add(Span { start: token.span.start + 1, end: token.span.end - 1 });
        }
    }
    its.unit().comments.iter().for_each(|c| around.add(c.span));
    let lines = its.lines();
    let line = lines.line(at);
    let start = lines.range(line).start;
    let text = lines.line_text(line);
    let content = text.trim();
    let indent = text.len() - text.trim_start().len();
    if !content.is_empty() {
        around.add(Span::new(start + indent, start + indent + content.len()));
    }
    around.block(&its.unit().ast);
    let mut out = around.out;
    out.sort_by_key(|s| (s.end - s.start, s.start));
    out.dedup();
    // What crosses a smaller piece is left out: each holds the one before it.
    let mut kept: Vec<Span> = Vec::with_capacity(out.len());
    for s in out {
        if kept.last().is_none_or(|k| s.start <= k.start && k.end <= s.end) {
            kept.push(s);
        }
    }
    kept
}

struct Around {
    at: u32,
    out: Vec<Span>,
}

impl Around {
    fn holds(&self, span: Span) -> bool {
        span.start <= self.at && self.at <= span.end
    }

    fn add(&mut self, span: Span) {
        if self.holds(span) && span.start < span.end {
            self.out.push(span);
        }
    }

    fn block(&mut self, block: &Block) {
        self.add(block.span);
        let at = self.at;
        block.stmts.iter().filter(|s| s.span.start <= at && at <= s.span.end).for_each(|s| self.stmt(s));
    }

    fn all(&mut self, exprs: &[Expr]) {
        if let (Some(first), Some(last)) = (exprs.first(), exprs.last())
            && exprs.len() > 1
        {
            self.add(first.span.to(last.span));
        }
        exprs.iter().for_each(|e| self.expr(e));
    }

    fn stmt(&mut self, s: &Stmt) {
        self.add(s.span);
        match &s.kind {
            StmtKind::Local { names, values } => {
                if let (Some(first), Some(last)) = (names.first(), names.last()) {
                    self.add(first.name.span.to(last.name.span));
                }
                self.all(values);
            }
            StmtKind::LocalFunction { func, .. } => self.function(func),
            StmtKind::Function { name, fields, method, func } => {
                let last = method.as_ref().or(fields.last()).unwrap_or(name);
                self.add(name.span.to(last.span));
                self.function(func);
            }
            StmtKind::Assign { targets, values } => {
                self.all(targets);
                self.all(values);
            }
            StmtKind::Call(e) => self.expr(e),
            StmtKind::Do(b) => self.block(b),
            StmtKind::While { cond, body } => {
                self.expr(cond);
                self.block(body);
            }
            StmtKind::Repeat { body, cond } => {
                self.block(body);
                self.expr(cond);
            }
            StmtKind::If { arms, otherwise } => {
                for (cond, body) in arms {
                    self.expr(cond);
                    self.block(body);
                }
                if let Some(b) = otherwise {
                    self.block(b);
                }
            }
            StmtKind::NumericFor { start, limit, step, body, .. } => {
                self.expr(start);
                self.expr(limit);
                if let Some(e) = step {
                    self.expr(e);
                }
                self.block(body);
            }
            StmtKind::GenericFor { exprs, body, .. } => {
                self.all(exprs);
                self.block(body);
            }
            StmtKind::Return(values) => self.all(values),
            _ => {}
        }
    }

    fn function(&mut self, f: &Function) {
        self.add(f.span);
        if let (Some(first), Some(last)) = (f.params.first(), f.params.last()) {
            self.add(first.span.to(last.span));
        }
        self.block(&f.body);
    }

    fn expr(&mut self, e: &Expr) {
        // The left side of a chain is in the chain's range, so one descent is enough.
        let mut e = e;
        loop {
            if !self.holds(e.span) {
                return;
            }
            self.add(e.span);
            match &e.kind {
                ExprKind::Binary { left, right, .. } => {
                    self.expr(right);
                    e = left;
                }
                ExprKind::Unary { operand: inner, .. } | ExprKind::Paren(inner) => e = inner,
                ExprKind::Field { object, name } => {
                    self.add(name.span);
                    e = object;
                }
                ExprKind::Index { object, key } => {
                    self.expr(key);
                    e = object;
                }
                ExprKind::Call { callee, args } => {
                    self.all(args);
                    e = callee;
                }
                ExprKind::Method { object, args, name } => {
                    self.add(name.span);
                    self.all(args);
                    e = object;
                }
                ExprKind::Function(f) => return self.function(f),
                ExprKind::Table(items) => {
                    for item in items {
                        match item {
                            TableItem::Positional(v) => self.expr(v),
                            TableItem::Named(name, v) => {
                                self.add(name.span.to(v.span));
                                self.add(name.span);
                                self.expr(v);
                            }
                            TableItem::Keyed(k, v) => {
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
