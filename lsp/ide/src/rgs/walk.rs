//! Walks over syntax trees: what lies inside what, and what stands at a byte.

use gatos_syntax::rgs::ast::{
    Body, Else, Expr, ExprKind, Head, HeadValue, Literal, LiteralKind, Module, Name, Rule, Step, TemplatePart, With,
};
use gatos_syntax::span::Span;

/// A part of a tree.
#[derive(Clone, Copy, Debug)]
pub(super) enum Node<'a> {
    Rule(&'a Rule),
    Head(&'a Head),
    Else(&'a Else),
    Body(&'a Body),
    Literal(&'a Literal),
    With(&'a With),
    Expr(&'a Expr),
    Name(&'a Name),
}

impl<'a> Node<'a> {
    /// Where it is.
    pub(super) fn span(self) -> Span {
        match self {
            Node::Rule(x) => x.span,
            Node::Head(x) => x.span,
            Node::Else(x) => x.span,
            Node::Body(x) => x.span,
            Node::Literal(x) => x.span,
            Node::With(x) => x.span,
            Node::Expr(x) => x.span,
            Node::Name(x) => x.span,
        }
    }

    /// What is directly inside, in the order of the text.
    pub(super) fn children(self, f: &mut dyn FnMut(Node<'a>)) {
        match self {
            Node::Rule(rule) => {
                f(Node::Head(&rule.head));
                rule.body.iter().for_each(|b| f(Node::Body(b)));
                rule.otherwise.iter().for_each(|e| f(Node::Else(e)));
            }
            Node::Head(head) => {
                steps(&head.path, f);
                head.params.iter().flatten().for_each(|p| f(Node::Expr(p)));
                match &head.value {
                    HeadValue::True => {}
                    HeadValue::Value(e) | HeadValue::Contains(e) => f(Node::Expr(e)),
                }
            }
            Node::Else(otherwise) => {
                otherwise.value.iter().for_each(|e| f(Node::Expr(e)));
                otherwise.body.iter().for_each(|b| f(Node::Body(b)));
            }
            Node::Body(body) => body.literals.iter().for_each(|l| f(Node::Literal(l))),
            Node::Literal(literal) => {
                match &literal.kind {
                    LiteralKind::Expr(e) | LiteralKind::Not(e) => f(Node::Expr(e)),
                    LiteralKind::SomeNames(names) => names.iter().for_each(|n| f(Node::Name(n))),
                    LiteralKind::SomeIn { key, value, collection } => {
                        key.iter().for_each(|k| f(Node::Expr(k)));
                        f(Node::Expr(value));
                        f(Node::Expr(collection));
                    }
                    LiteralKind::Every { key, value, collection, body } => {
                        key.iter().for_each(|k| f(Node::Name(k)));
                        f(Node::Name(value));
                        f(Node::Expr(collection));
                        f(Node::Body(body));
                    }
                    LiteralKind::Error => {}
                }
                literal.with.iter().for_each(|w| f(Node::With(w)));
            }
            Node::With(with) => {
                f(Node::Expr(&with.target));
                f(Node::Expr(&with.value));
            }
            Node::Expr(expr) => parts(expr, f),
            Node::Name(_) => {}
        }
    }

    /// This and everything inside, outermost first.
    pub(super) fn visit(self, f: &mut dyn FnMut(Node<'a>)) {
        f(self);
        self.children(&mut |child| child.visit(f));
    }
}

fn steps<'a>(steps: &'a [Step], f: &mut dyn FnMut(Node<'a>)) {
    for step in steps {
        match step {
            Step::Field(name) => f(Node::Name(name)),
            Step::Index(e) => f(Node::Expr(e)),
        }
    }
}

fn parts<'a>(expr: &'a Expr, f: &mut dyn FnMut(Node<'a>)) {
    match &expr.kind {
        ExprKind::Null
        | ExprKind::Bool(_)
        | ExprKind::Number(_)
        | ExprKind::Text(_)
        | ExprKind::Name(_)
        | ExprKind::Error => {}
        ExprKind::Template(all) => {
            for part in all {
                if let TemplatePart::Expr(e) = part {
                    f(Node::Expr(e));
                }
            }
        }
        ExprKind::Ref { base, steps: all } => {
            f(Node::Expr(base));
            steps(all, f);
        }
        ExprKind::Call { function, args } => {
            f(Node::Expr(function));
            args.iter().for_each(|a| f(Node::Expr(a)));
        }
        ExprKind::Array(items) | ExprKind::Set(items) => items.iter().for_each(|i| f(Node::Expr(i))),
        ExprKind::Object(entries) => {
            for (key, value) in entries {
                f(Node::Expr(key));
                f(Node::Expr(value));
            }
        }
        ExprKind::ArrayComp { value, body } | ExprKind::SetComp { value, body } => {
            f(Node::Expr(value));
            f(Node::Body(body));
        }
        ExprKind::ObjectComp { key, value, body } => {
            f(Node::Expr(key));
            f(Node::Expr(value));
            f(Node::Body(body));
        }
        ExprKind::Binary { left, right, .. } => {
            f(Node::Expr(left));
            f(Node::Expr(right));
        }
        ExprKind::In { key, value, collection } => {
            key.iter().for_each(|k| f(Node::Expr(k)));
            f(Node::Expr(value));
            f(Node::Expr(collection));
        }
        ExprKind::Negate(e) | ExprKind::Paren(e) => f(Node::Expr(e)),
    }
}

/// Whether a byte is in a span or right behind it.
pub(super) fn touches(span: Span, at: u32) -> bool {
    span.start <= at && at <= span.end
}

/// The rule that a byte is in or right behind of, by its index.
pub(super) fn rule_at(module: &Module, at: u32) -> Option<usize> {
    let after = module.rules.partition_point(|rule| rule.span.start <= at);
    let found = after.checked_sub(1)?;
    touches(module.rules.get(found)?.span, at).then_some(found)
}

/// What a byte is in, outermost first. Of two that touch there, the one that begins at the byte is taken.
pub(super) fn chain_at(module: &Module, at: u32) -> Vec<Node<'_>> {
    let mut out = Vec::new();
    let Some(rule) = rule_at(module, at).and_then(|i| module.rules.get(i)) else { return out };
    let mut here = Some(Node::Rule(rule));
    while let Some(node) = here {
        out.push(node);
        let mut next: Option<Node<'_>> = None;
        node.children(&mut |child| {
            let span = child.span();
            let better = next.is_none_or(|n| span.start >= n.span().start && n.span().end <= at);
            if touches(span, at) && better {
                next = Some(child);
            }
        });
        here = next;
    }
    out
}

/// The key of a step that is written out.
pub(super) fn constant(step: &Step) -> Option<(&str, Span)> {
    match step {
        Step::Field(name) => Some((&name.text, name.span)),
        Step::Index(expr) => match &expr.kind {
            ExprKind::Text(text) => Some((text, expr.span)),
            _ => None,
        },
    }
}

/// The constant beginning of a head.
pub(super) fn head_path(head: &Head) -> Vec<(&str, Span)> {
    head.path.iter().map_while(constant).collect()
}

/// An expression without the parentheses around it.
pub(super) fn unwrap(expr: &Expr) -> &Expr {
    let mut expr = expr;
    while let ExprKind::Paren(inner) = &expr.kind {
        expr = inner;
    }
    expr
}

/// A name with constant steps: `a.b["c"]`; nothing when it is anything else.
pub(super) fn plain_path(expr: &Expr) -> Option<Vec<(&str, Span)>> {
    let expr = unwrap(expr);
    match &expr.kind {
        ExprKind::Name(name) => Some(vec![(name, expr.span)]),
        ExprKind::Ref { base, steps } => {
            let base = unwrap(base);
            let ExprKind::Name(name) = &base.kind else { return None };
            let rest: Vec<(&str, Span)> = steps.iter().map_while(constant).collect();
            (rest.len() == steps.len()).then(|| std::iter::once((name.as_str(), base.span)).chain(rest).collect())
        }
        _ => None,
    }
}

/// A name with the constant beginning of its steps.
pub(super) fn beginning(expr: &Expr) -> Option<Vec<(&str, Span)>> {
    let expr = unwrap(expr);
    match &expr.kind {
        ExprKind::Name(name) => Some(vec![(name, expr.span)]),
        ExprKind::Ref { base, steps } => {
            let base = unwrap(base);
            let ExprKind::Name(name) = &base.kind else { return None };
            Some(std::iter::once((name.as_str(), base.span)).chain(steps.iter().map_while(constant)).collect())
        }
        _ => None,
    }
}

/// Whether a rule is a test, by its name.
pub(super) fn is_test(name: &str) -> bool {
    name.starts_with("test_") || name.starts_with("todo_test_")
}
