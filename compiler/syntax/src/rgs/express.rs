//! The grammar's actions for expressions.

use crate::diagnostic::Diagnostic;
use crate::span::Span;

use super::ast::*;
use super::build::{Cx, Deep, MAX_DEPTH};
use super::strings;

/// The most steps of one reference, `a.b[c]` having two: far more than documents nest.
const MAX_STEPS: usize = 1000;

impl Cx<'_> {
    /// Whether a tree is too deep; said once.
    pub(super) fn over(&mut self, depth: u32, span: Span) -> bool {
        if depth <= MAX_DEPTH {
            return false;
        }
        if !self.too_deep && !self.quiet {
            self.too_deep = true;
            let at = if span.end - span.start > 200 { Span { start: span.start, end: span.start } } else { span };
            self.say(
                Diagnostic::error("E1008", at, format!("this is more than {MAX_DEPTH} levels deep"))
                    .label("the outermost level that does not fit begins here")
                    .help("a chain of operators is a level for each; split it over several rules or variables"),
            );
        }
        true
    }

    fn expr(&mut self, kind: ExprKind, span: Span, depth: u32) -> Deep<Expr> {
        if self.over(depth, span) {
            return Deep::new(Expr { kind: ExprKind::Error, span }, 1);
        }
        Deep::new(Expr { kind, span }, depth)
    }

    pub(super) fn atom(&mut self, l: usize, kind: ExprKind) -> Deep<Expr> {
        let span = self.token_span(l);
        Deep::new(Expr { kind, span }, 1)
    }

    fn text_of(&self, l: usize) -> String {
        if self.quiet { String::new() } else { self.source(self.token_span(l)).to_string() }
    }

    pub(super) fn number(&mut self, l: usize) -> Deep<Expr> {
        let text = self.text_of(l);
        // `.5` is spelt out, so that later stages know one form.
        let text = if text.starts_with('.') { format!("0{text}") } else { text };
        if super::token::is_numeral(&text) || self.quiet {
            return self.atom(l, ExprKind::Number(text));
        }
        self.atom(l, ExprKind::Error)
    }

    pub(super) fn string(&mut self, l: usize) -> Deep<Expr> {
        let literal = self.text_of(l);
        // Other quotes were reported by the lexer.
        if self.quiet || !literal.starts_with('"') {
            return self.atom(l, ExprKind::Error);
        }
        let (text, _) = strings::quoted(&literal, 0);
        self.atom(l, ExprKind::Text(text))
    }

    pub(super) fn raw_string(&mut self, l: usize) -> Deep<Expr> {
        let text = strings::raw(&self.text_of(l));
        self.atom(l, ExprKind::Text(text))
    }

    pub(super) fn name(&mut self, l: usize) -> Deep<Expr> {
        let text = self.text_of(l);
        self.atom(l, ExprKind::Name(text))
    }

    /// A template; each expression comes with the index of the text after it.
    pub(super) fn template(&mut self, l: usize, parts: Deep<Vec<(Expr, usize)>>, r: usize) -> Deep<Expr> {
        let span = self.span(l, r);
        if self.quiet {
            return Deep::new(Expr { kind: ExprKind::Error, span }, 1);
        }
        let mut out = Vec::new();
        let text = |cx: &Self, at: usize, out: &mut Vec<TemplatePart>| {
            let Some(token) = cx.tokens.get(at) else { return };
            let (text, _) = strings::template(cx.source(token.span), token.raw, 0);
            if !text.is_empty() {
                out.push(TemplatePart::Text(text));
            }
        };
        text(self, l, &mut out);
        for (expr, after) in parts.node {
            out.push(TemplatePart::Expr(expr));
            text(self, after, &mut out);
        }
        self.expr(ExprKind::Template(out), span, parts.depth + 1)
    }

    /// `e with t as v` in a template. A `with` belongs to a statement, so this is the first member
    /// of a comprehension whose only statement it is; undefined stays undefined.
    pub(super) fn with_in_template(
        &mut self,
        l: usize,
        expr: Deep<Expr>,
        with: Vec<Deep<With>>,
        r: usize,
    ) -> Deep<Expr> {
        let span = self.span(l, r);
        let mut depth = expr.depth;
        let mut list = Vec::new();
        for with in with {
            depth = depth.max(with.depth);
            list.push(with.node);
        }
        // A name that no text can spell.
        let name = || Box::new(Expr { kind: ExprKind::Name("$value".to_string()), span });
        let kind = ExprKind::Binary { op: BinaryOp::Assign, op_span: span, left: name(), right: Box::new(expr.node) };
        let literal = Literal { kind: LiteralKind::Expr(Expr { kind, span }), with: list, span };
        let body = Body { literals: vec![literal], span };
        let base = Expr { kind: ExprKind::ArrayComp { value: name(), body }, span };
        let first = Expr { kind: ExprKind::Number("0".to_string()), span };
        self.expr(ExprKind::Ref { base: Box::new(base), steps: vec![Step::Index(first)] }, span, depth + 3)
    }

    pub(super) fn paren(&mut self, l: usize, e: Deep<Expr>, r: usize) -> Deep<Expr> {
        let span = self.span(l, r);
        self.expr(ExprKind::Paren(Box::new(e.node)), span, e.depth + 1)
    }

    /// What a step may follow; parentheses around it fall away.
    fn base(&mut self, object: Deep<Expr>, what: &str) -> Deep<Expr> {
        let mut object = object;
        while let ExprKind::Paren(inner) = object.node.kind {
            object.node = *inner;
            if matches!(object.node.kind, ExprKind::Ref { .. } | ExprKind::Binary { .. } | ExprKind::In { .. }) {
                let span = object.node.span;
                self.say(
                    Diagnostic::error("E1024", span, format!("{what} cannot follow parentheses"))
                        .label("not a name, a call or a collection")
                        .help("give it a name first: `x := …`, then `x.y`"),
                );
                return Deep::new(Expr { kind: ExprKind::Error, span }, 1);
            }
        }
        let bad = match object.node.kind {
            ExprKind::Null => "null",
            ExprKind::Bool(_) => "a boolean",
            ExprKind::Number(_) => "a number",
            ExprKind::Text(_) | ExprKind::Template(_) => "a string",
            _ => return object,
        };
        let span = object.node.span;
        self.say(
            Diagnostic::error("E1024", span, format!("{bad} has no members"))
                .label(format!("{what} cannot follow this"))
                .help(
                    "names, calls, arrays, objects and sets can be looked into; for a part of a text call `substring`",
                ),
        );
        Deep::new(Expr { kind: ExprKind::Error, span }, 1)
    }

    fn step(&mut self, object: Deep<Expr>, step: Step, inner: u32, end: Span, what: &str) -> Deep<Expr> {
        let span = object.node.span.to(end);
        let object = self.base(object, what);
        let depth = object.depth.max(inner + 1);
        match object.node.kind {
            ExprKind::Ref { steps, .. } if steps.len() >= MAX_STEPS => {
                if !self.too_deep && !self.quiet {
                    self.too_deep = true;
                    self.say(
                        Diagnostic::error("E1008", end, format!("this reference has more than {MAX_STEPS} steps"))
                            .label("one step too many")
                            .help("no document is so deep that it could lead anywhere"),
                    );
                }
                Deep::new(Expr { kind: ExprKind::Error, span }, 1)
            }
            ExprKind::Ref { base, mut steps } => {
                steps.push(step);
                self.expr(ExprKind::Ref { base, steps }, span, depth)
            }
            _ => self.expr(ExprKind::Ref { base: Box::new(object.node), steps: vec![step] }, span, depth + 1),
        }
    }

    pub(super) fn index(&mut self, object: Deep<Expr>, key: Deep<Expr>, r: usize) -> Deep<Expr> {
        let end = self.token_span(r.saturating_sub(1));
        self.step(object, Step::Index(key.node), key.depth, end, "`[…]`")
    }

    pub(super) fn field(&mut self, object: Deep<Expr>, name: Name) -> Deep<Expr> {
        let end = name.span;
        self.step(object, Step::Field(name), 0, end, "`.`")
    }

    pub(super) fn call(&mut self, function: Deep<Expr>, args: Deep<Vec<Expr>>, r: usize) -> Deep<Expr> {
        let span = function.node.span.to(self.token_span(r.saturating_sub(1)));
        let depth = function.depth.max(args.depth) + 1;
        let mut function = function.node;
        let callable = match &mut function.kind {
            ExprKind::Name(_) | ExprKind::Error => true,
            ExprKind::Ref { base, steps } => {
                // A function's name is a path: `f["g"]` is `f.g`.
                for step in steps.iter_mut() {
                    if let Step::Index(Expr { kind: ExprKind::Text(text), span }) = step {
                        *step = Step::Field(Name { text: std::mem::take(text), span: *span });
                    }
                }
                let fields = self.quiet || steps.iter().all(|step| matches!(step, Step::Field(_)));
                fields && matches!(base.kind, ExprKind::Name(_) | ExprKind::Error)
            }
            _ => false,
        };
        if !callable {
            self.say(
                Diagnostic::error("E1024", function.span, "only a function that is named can be called")
                    .label("not the name of a function")
                    .help("functions are not values; a call is `name(…)` or `path.name(…)`"),
            );
            function = Expr { kind: ExprKind::Error, span: function.span };
        }
        self.expr(ExprKind::Call { function: Box::new(function), args: args.node }, span, depth)
    }

    pub(super) fn array(&mut self, l: usize, items: Deep<Vec<Expr>>, r: usize) -> Deep<Expr> {
        let span = self.span(l, r);
        self.expr(ExprKind::Array(items.node), span, items.depth + 1)
    }

    pub(super) fn set(&mut self, l: usize, items: Deep<Vec<Expr>>, r: usize) -> Deep<Expr> {
        let span = self.span(l, r);
        self.expr(ExprKind::Set(items.node), span, items.depth + 1)
    }

    pub(super) fn object(&mut self, l: usize, pairs: Deep<Vec<(Expr, Expr)>>, r: usize) -> Deep<Expr> {
        let span = self.span(l, r);
        self.expr(ExprKind::Object(pairs.node), span, pairs.depth + 1)
    }

    pub(super) fn array_comp(&mut self, l: usize, value: Deep<Expr>, b: u32, r: usize) -> Deep<Expr> {
        let (span, body) = (self.span(l, r), self.body(b));
        let depth = value.depth.max(body.depth) + 1;
        self.expr(ExprKind::ArrayComp { value: Box::new(value.node), body: body.node }, span, depth)
    }

    pub(super) fn set_comp(&mut self, l: usize, value: Deep<Expr>, b: u32, r: usize) -> Deep<Expr> {
        let (span, body) = (self.span(l, r), self.body(b));
        let depth = value.depth.max(body.depth) + 1;
        self.expr(ExprKind::SetComp { value: Box::new(value.node), body: body.node }, span, depth)
    }

    pub(super) fn object_comp(&mut self, l: usize, pair: Deep<(Expr, Expr)>, b: u32, r: usize) -> Deep<Expr> {
        let (span, body) = (self.span(l, r), self.body(b));
        let depth = pair.depth.max(body.depth) + 1;
        let (key, value) = pair.node;
        let kind = ExprKind::ObjectComp { key: Box::new(key), value: Box::new(value), body: body.node };
        self.expr(kind, span, depth)
    }

    pub(super) fn contained(
        &mut self,
        key: Option<Deep<Expr>>,
        value: Deep<Expr>,
        collection: Deep<Expr>,
    ) -> Deep<Expr> {
        let start = key.as_ref().map_or(value.node.span, |key| key.node.span);
        let span = start.to(collection.node.span);
        let depth = value.depth.max(collection.depth).max(key.as_ref().map_or(0, |key| key.depth)) + 1;
        let key = key.map(|key| Box::new(key.node));
        let kind = ExprKind::In { key, value: Box::new(value.node), collection: Box::new(collection.node) };
        self.expr(kind, span, depth)
    }

    pub(super) fn binary(&mut self, left: Deep<Expr>, o: usize, op: BinaryOp, right: Deep<Expr>) -> Deep<Expr> {
        let span = left.node.span.to(right.node.span);
        let op_span = self.token_span(o);
        let depth = left.depth.max(right.depth) + 1;
        let (left, right) = (Box::new(left.node), Box::new(right.node));
        self.expr(ExprKind::Binary { op, op_span, left, right }, span, depth)
    }

    /// A minus sign: part of a number, and of nothing else.
    pub(super) fn negate(&mut self, l: usize, operand: Deep<Expr>) -> Deep<Expr> {
        let sign = self.token_span(l);
        let span = sign.to(operand.node.span);
        if let ExprKind::Number(text) = operand.node.kind {
            return Deep::new(Expr { kind: ExprKind::Number(format!("-{text}")), span }, 1);
        }
        if operand.node.kind != ExprKind::Error {
            self.say(
                Diagnostic::error("E1027", sign, "only a number can have a sign")
                    .label("the number is missing after this")
                    .fix("subtract from 0", sign, "0 - "),
            );
        }
        let depth = operand.depth + 1;
        self.expr(ExprKind::Negate(Box::new(operand.node)), span, depth)
    }
}
