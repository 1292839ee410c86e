//! The layout of EchoLua: expressions.

use std::borrow::Cow;

use gatos_syntax::echolua::ast::{BinOp, Expr, ExprKind, StmtKind, TableItem, UnOp};
use gatos_syntax::echolua::token::{Kind, newline_len};

use crate::source::{List, list};

use super::Lua;

/// Whether nothing in an expression can break: a literal, a name, a field.
pub(super) fn is_atom(expr: &Expr) -> bool {
    let mut expr = expr;
    loop {
        match &expr.kind {
            ExprKind::Field { object, .. } => expr = object,
            ExprKind::Unary { operand, .. } => expr = operand,
            ExprKind::Nil | ExprKind::True | ExprKind::False | ExprKind::Vararg => return true,
            ExprKind::Number(_) | ExprKind::Str(_) | ExprKind::Name(_) => return true,
            _ => return false,
        }
    }
}

/// Whether a string has lines of its own.
pub(super) fn is_long(expr: &Expr, text: &str) -> bool {
    matches!(expr.kind, ExprKind::Str(_)) && text.get(expr.span.range()).is_some_and(|text| text.contains(['\n', '\r']))
}

/// An expression that spans lines between brackets: people write it on the line of the call.
fn is_block(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Function(func) => func.body.stmts.iter().any(|stmt| stmt.kind != StmtKind::Empty),
        ExprKind::Table(items) => !items.is_empty(),
        _ => false,
    }
}

/// The value, if there is one, that may be broken while the others stay together: the last, also if
/// it is a call with such a value, else the only one, if it is a function or comes first.
pub(super) fn block_among(values: &[Expr]) -> Option<usize> {
    if values.last().is_some_and(ends_with_block) {
        return Some(values.len() - 1);
    }
    let mut blocks = values.iter().enumerate().filter(|(_, value)| is_block(value));
    let only = blocks.next().filter(|(at, value)| *at == 0 || matches!(value.kind, ExprKind::Function(_)));
    if blocks.next().is_none() { only.map(|(at, _)| at) } else { None }
}

/// Whether what an expression ends with is worth keeping its operators on one line.
fn ends_with_block(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Call { args, .. } | ExprKind::Method { args, .. } => block_among(args).is_some(),
        _ => is_block(expr),
    }
}

/// How tightly an operator binds; those that may share a level of line breaks are alike.
fn level(op: BinOp) -> u8 {
    match op {
        BinOp::Or => 0,
        BinOp::And => 1,
        BinOp::Lt | BinOp::Gt | BinOp::Le | BinOp::Ge | BinOp::Ne | BinOp::Eq => 2,
        BinOp::BOr => 3,
        BinOp::BXor => 4,
        BinOp::BAnd => 5,
        BinOp::Shl | BinOp::Shr => 6,
        BinOp::Concat => 7,
        BinOp::Add | BinOp::Sub => 8,
        BinOp::Mul | BinOp::Div | BinOp::IDiv | BinOp::Mod => 9,
        BinOp::Pow => 10,
    }
}

/// The operands of a chain of operators that bind alike, in order.
fn operands(expr: &Expr) -> Vec<&Expr> {
    let ExprKind::Binary { op, .. } = &expr.kind else { return vec![expr] };
    let wanted = level(*op);
    let right = matches!(op, BinOp::Concat | BinOp::Pow);
    let mut out = Vec::new();
    let mut expr = expr;
    while let ExprKind::Binary { op, left, right: other, .. } = &expr.kind
        && level(*op) == wanted
    {
        let (near, far) = if right { (left, other) } else { (other, left) };
        out.push(&**near);
        expr = far;
    }
    out.push(expr);
    if !right {
        out.reverse();
    }
    out
}

/// A string in double quotes where that needs no escape; line breaks in it plain.
fn string(text: &str) -> Cow<'_, str> {
    let plain = if text.contains('\r') { Cow::Owned(plain_breaks(text)) } else { Cow::Borrowed(text) };
    if !plain.starts_with('\'') || plain.contains('"') {
        return plain;
    }
    let inside = plain.get(1..plain.len() - 1).unwrap_or_default();
    let mut out = String::with_capacity(plain.len());
    out.push('"');
    let mut chars = inside.chars();
    while let Some(c) = chars.next() {
        match (c, c == '\\') {
            (_, true) => match chars.next() {
                Some('\'') => out.push('\''),
                Some(other) => out.extend(['\\', other]),
                None => out.push('\\'),
            },
            (c, false) => out.push(c),
        }
    }
    out.push('"');
    Cow::Owned(out)
}

/// Every spelling of a line break stands for the same in a string.
fn plain_breaks(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['\n', '\r']) {
        out.push_str(&rest[..at]);
        out.push('\n');
        rest = &rest[at + newline_len(&rest.as_bytes()[at..])..];
    }
    out.push_str(rest);
    out
}

impl Lua<'_> {
    /// Lays out an expression and gives the group that it ends with, if it ends with one.
    pub(super) fn expr(&mut self, expr: &Expr) -> Option<usize> {
        match &expr.kind {
            ExprKind::Nil | ExprKind::True | ExprKind::False | ExprKind::Vararg => self.atom(),
            ExprKind::Number(_) | ExprKind::Name(_) => self.atom(),
            ExprKind::Str(_) => self.string(),
            ExprKind::Function(func) => {
                self.word();
                self.function_rest(func)
            }
            ExprKind::Paren(inner) => self.paren(inner),
            ExprKind::Unary { op, operand } => self.unary(*op, operand),
            ExprKind::Binary { .. } => {
                self.src.doc.begin();
                let tail = self.chain(expr);
                self.src.doc.end(tail);
                tail
            }
            ExprKind::Table(items) => self.table(items),
            ExprKind::Error => {
                self.src.skip();
                None
            }
            _ => self.suffixed(expr),
        }
    }

    fn atom(&mut self) -> Option<usize> {
        self.word();
        None
    }

    fn string(&mut self) -> Option<usize> {
        let text = string(self.src.spelling());
        self.src.word_as(text);
        None
    }

    /// `(e)`; of several around the same, one does what all do.
    fn paren(&mut self, inner: &Expr) -> Option<usize> {
        let mut inner = inner;
        let mut more = 0;
        while let ExprKind::Paren(next) = &inner.kind {
            self.src.skip();
            more += 1;
            inner = next;
        }
        self.word();
        self.expr(inner);
        for _ in 0..more {
            self.src.skip();
        }
        self.word();
        None
    }

    fn unary(&mut self, op: UnOp, operand: &Expr) -> Option<usize> {
        self.word();
        // `--` would begin a comment.
        let twice = op == UnOp::Neg && self.src.is(Kind::Minus);
        if op == UnOp::Not || twice {
            self.space();
        }
        self.expr(operand)
    }

    /// Operators that bind alike, all on one line or each before its operand on a line of its own.
    /// The group is the caller's.
    pub(super) fn chain(&mut self, expr: &Expr) -> Option<usize> {
        let operands = operands(expr);
        let mut tail = None;
        for (at, operand) in operands.iter().enumerate() {
            if at == 0 {
                self.expr(operand);
                self.src.doc.indent();
                continue;
            }
            // Where the author broke one of them, they stay broken.
            let broken = self.src.breaks_here();
            self.src.line(true, false);
            self.src.notes_before();
            self.word();
            let broken = broken || self.src.breaks_here();
            if broken {
                self.src.doc.force();
            }
            self.space();
            tail = self.expr(operand).filter(|_| ends_with_block(operand));
        }
        self.src.doc.dedent();
        tail
    }

    fn table(&mut self, items: &[TableItem]) -> Option<usize> {
        let rows = items.len() > 3 && items.iter().all(|item| matches!(item, TableItem::Positional(e) if is_atom(e)));
        let how = List { pad: true, comma: true, rows, tail: None };
        Some(list(self, items, how, Self::item))
    }

    fn item(&mut self, item: &TableItem) -> Option<usize> {
        match item {
            TableItem::Positional(value) => self.expr(value),
            TableItem::Named(_, value) => {
                self.word();
                self.space_word();
                self.space();
                self.expr(value)
            }
            TableItem::Keyed(key, value) => {
                self.key(key);
                self.space_word();
                self.space();
                self.expr(value)
            }
        }
    }

    /// `[key]`, with spaces inside where a long bracket would make it another token.
    fn key(&mut self, key: &Expr) {
        self.word();
        let long = self.src.spelling().starts_with('[');
        if long {
            self.space();
        }
        self.expr(key);
        if long {
            self.space();
        }
        self.word();
    }

    /// A name or parenthesis with what follows it: fields, indexes, calls.
    fn suffixed(&mut self, expr: &Expr) -> Option<usize> {
        let mut links = Vec::new();
        let mut base = expr;
        let mut methods = 0;
        loop {
            base = match &base.kind {
                ExprKind::Field { object, .. } | ExprKind::Index { object, .. } => {
                    links.push(base);
                    object
                }
                ExprKind::Call { callee, .. } => {
                    links.push(base);
                    callee
                }
                ExprKind::Method { object, .. } => {
                    methods += 1;
                    links.push(base);
                    object
                }
                _ => break,
            };
        }
        // Several methods in a row may stand below one another.
        let chained = methods > 1;
        if chained {
            self.src.doc.begin();
        }
        self.expr(base);
        if chained {
            self.src.doc.indent();
        }
        let mut tail = None;
        for link in links.iter().rev() {
            tail = self.link(link, chained, methods);
        }
        if chained {
            self.src.doc.dedent();
            self.src.doc.end(tail);
        }
        tail
    }

    fn link(&mut self, link: &Expr, chained: bool, methods: usize) -> Option<usize> {
        match &link.kind {
            ExprKind::Field { .. } => {
                self.word();
                self.word();
                None
            }
            ExprKind::Index { key, .. } => {
                self.key(key);
                None
            }
            ExprKind::Method { args, .. } => {
                if chained {
                    let broken = self.src.breaks_here();
                    if broken || methods > 2 {
                        self.src.line(false, false);
                        self.src.notes_before();
                    }
                    if broken {
                        self.src.doc.force();
                    }
                }
                self.word();
                self.word();
                self.args(args)
            }
            ExprKind::Call { args, .. } => self.args(args),
            _ => None,
        }
    }

    pub(super) fn is_long_function(&self, expr: &Expr) -> bool {
        matches!(expr.kind, ExprKind::Function(_)) && is_block(expr) && !self.src.one_line(expr.span, 4000)
    }

    /// Whether the author let each value begin on the line on which the one before it ends.
    pub(super) fn is_joined(&self, values: &[Expr]) -> bool {
        values.windows(2).all(|pair| {
            let gap = self.src.text.get(pair[0].span.end as usize..pair[1].span.start as usize);
            !gap.is_some_and(|gap| gap.contains(['\n', '\r']))
        })
    }

    /// Whether the arguments are several functions of several lines, which the author let begin and
    /// end on the same lines.
    fn stays_open(&self, args: &[Expr]) -> bool {
        let start = args.first().map_or(0, |first| first.span.start as usize);
        let opening = self.src.text.get(self.src.place()..start).unwrap_or_default();
        args.iter().filter(|arg| self.is_long_function(arg)).count() > 1
            && args.iter().all(|arg| is_atom(arg) || self.is_long_function(arg))
            && self.is_joined(args)
            && !opening.contains(['\n', '\r'])
    }

    fn args(&mut self, args: &[Expr]) -> Option<usize> {
        if self.src.is(Kind::LParen) && self.stays_open(args) {
            self.word();
            for arg in args {
                self.expr(arg);
                if !self.src.is(Kind::RParen) {
                    self.word_space();
                }
            }
            self.word();
            return None;
        }
        if self.src.is(Kind::LParen) {
            let how = List { tail: block_among(args), ..List::default() };
            return Some(list(self, args, how, Self::expr));
        }
        self.space();
        args.first().and_then(|arg| self.expr(arg))
    }
}
