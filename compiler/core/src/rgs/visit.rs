//! Walks over resolved policies: every expression of an expression, a body or a rule.

use super::hir::{Body, Expr, ExprKind, Literal, LiteralKind, Rule, With, WithValue};

/// Visits an expression and all within it, the bodies of comprehensions too, outermost first.
pub fn expr<'e>(e: &'e Expr, f: &mut dyn FnMut(&'e Expr)) {
    f(e);
    parts(e, &mut |part| match part {
        Part::Expr(e) => expr(e, f),
        Part::Body(b) => body(b, f),
    });
}

/// Visits all expressions of a body.
pub fn body<'e>(b: &'e Body, f: &mut dyn FnMut(&'e Expr)) {
    for l in &b.literals {
        literal(l, f);
    }
}

/// Visits all expressions of a literal; values put in place by `with` come first.
pub fn literal<'e>(l: &'e Literal, f: &mut dyn FnMut(&'e Expr)) {
    for with in &l.with {
        if let WithValue::Value(e) = &with.value {
            expr(e, f);
        }
    }
    match &l.kind {
        LiteralKind::Test(e) => expr(e, f),
        LiteralKind::Unify(a, b) => {
            expr(a, f);
            expr(b, f);
        }
        LiteralKind::Not(b) => body(b, f),
        LiteralKind::Some { key, value, collection } => {
            expr(collection, f);
            if let Some(key) = key {
                expr(key, f);
            }
            expr(value, f);
        }
        LiteralKind::Every { collection, body: b, .. } => {
            expr(collection, f);
            body(b, f);
        }
    }
}

/// Visits all expressions of a rule.
pub fn rule<'e>(r: &'e Rule, f: &mut dyn FnMut(&'e Expr)) {
    for e in r.params.iter().chain(&r.keys) {
        expr(e, f);
    }
    for branch in &r.branches {
        body(&branch.body, f);
        expr(&branch.value, f);
    }
}

/// Visits all `with` of a body, also those in closures.
pub fn withs<'e>(b: &'e Body, f: &mut dyn FnMut(&'e With)) {
    for l in &b.literals {
        l.with.iter().for_each(&mut *f);
        match &l.kind {
            LiteralKind::Not(b) | LiteralKind::Every { body: b, .. } => withs(b, f),
            _ => {}
        }
        literal_exprs(l, &mut |e| withs_expr(e, f));
    }
}

/// Visits all `with` in the closures of an expression.
pub fn withs_expr<'e>(e: &'e Expr, f: &mut dyn FnMut(&'e With)) {
    parts(e, &mut |part| match part {
        Part::Expr(e) => withs_expr(e, f),
        Part::Body(b) => withs(b, f),
    });
}

/// The outermost expressions of a literal, without those of the bodies in it.
fn literal_exprs<'e>(l: &'e Literal, f: &mut dyn FnMut(&'e Expr)) {
    for with in &l.with {
        if let WithValue::Value(e) = &with.value {
            f(e);
        }
    }
    match &l.kind {
        LiteralKind::Test(e) => f(e),
        LiteralKind::Unify(a, b) => {
            f(a);
            f(b);
        }
        LiteralKind::Not(_) => {}
        LiteralKind::Some { key, value, collection } => {
            f(collection);
            key.iter().for_each(&mut *f);
            f(value);
        }
        LiteralKind::Every { collection, .. } => f(collection),
    }
}

/// Something directly inside an expression.
pub enum Part<'e> {
    /// An expression.
    Expr(&'e Expr),
    /// The body of a comprehension.
    Body(&'e Body),
}

/// Visits what is directly inside an expression, in the order in which it is evaluated.
pub fn parts<'e>(e: &'e Expr, f: &mut dyn FnMut(Part<'e>)) {
    match &e.kind {
        ExprKind::Scalar(_)
        | ExprKind::Var(_)
        | ExprKind::Input
        | ExprKind::Data
        | ExprKind::Document(_)
        | ExprKind::Tree(_) => {}
        ExprKind::Ref { base, steps } => {
            f(Part::Expr(base));
            steps.iter().for_each(|s| f(Part::Expr(s)));
        }
        ExprKind::CallDocument { args, .. } | ExprKind::CallBuiltin { args, .. } => {
            args.iter().for_each(|a| f(Part::Expr(a)));
        }
        ExprKind::Array(items) | ExprKind::Set(items) | ExprKind::Template(items) => {
            items.iter().for_each(|a| f(Part::Expr(a)));
        }
        ExprKind::Object(entries) => {
            for (k, v) in entries {
                f(Part::Expr(k));
                f(Part::Expr(v));
            }
        }
        ExprKind::ArrayComp(v, b) | ExprKind::SetComp(v, b) => {
            f(Part::Body(b));
            f(Part::Expr(v));
        }
        ExprKind::ObjectComp(k, v, b) => {
            f(Part::Body(b));
            f(Part::Expr(k));
            f(Part::Expr(v));
        }
        ExprKind::Compare(_, a, b) | ExprKind::Arith(_, a, b) => {
            f(Part::Expr(a));
            f(Part::Expr(b));
        }
        ExprKind::In(k, v, c) => {
            if let Some(k) = k {
                f(Part::Expr(k));
            }
            f(Part::Expr(v));
            f(Part::Expr(c));
        }
    }
}

/// Visits an expression and all within it, to change them, innermost last.
pub fn expr_mut(e: &mut Expr, f: &mut dyn FnMut(&mut Expr)) {
    f(e);
    match &mut e.kind {
        ExprKind::Scalar(_)
        | ExprKind::Var(_)
        | ExprKind::Input
        | ExprKind::Data
        | ExprKind::Document(_)
        | ExprKind::Tree(_) => {}
        ExprKind::Ref { base, steps } => {
            expr_mut(base, f);
            steps.iter_mut().for_each(|s| expr_mut(s, f));
        }
        ExprKind::CallDocument { args: items, .. }
        | ExprKind::CallBuiltin { args: items, .. }
        | ExprKind::Array(items)
        | ExprKind::Set(items)
        | ExprKind::Template(items) => items.iter_mut().for_each(|s| expr_mut(s, f)),
        ExprKind::Object(entries) => {
            for (k, v) in entries {
                expr_mut(k, f);
                expr_mut(v, f);
            }
        }
        ExprKind::ArrayComp(v, b) | ExprKind::SetComp(v, b) => {
            body_mut(b, f);
            expr_mut(v, f);
        }
        ExprKind::ObjectComp(k, v, b) => {
            body_mut(b, f);
            expr_mut(k, f);
            expr_mut(v, f);
        }
        ExprKind::Compare(_, a, b) | ExprKind::Arith(_, a, b) => {
            expr_mut(a, f);
            expr_mut(b, f);
        }
        ExprKind::In(k, v, c) => {
            if let Some(k) = k {
                expr_mut(k, f);
            }
            expr_mut(v, f);
            expr_mut(c, f);
        }
    }
}

/// Visits all expressions of a body, to change them.
pub fn body_mut(b: &mut Body, f: &mut dyn FnMut(&mut Expr)) {
    for l in &mut b.literals {
        for with in &mut l.with {
            if let WithValue::Value(e) = &mut with.value {
                expr_mut(e, f);
            }
        }
        match &mut l.kind {
            LiteralKind::Test(e) => expr_mut(e, f),
            LiteralKind::Unify(a, b) => {
                expr_mut(a, f);
                expr_mut(b, f);
            }
            LiteralKind::Not(b) => body_mut(b, f),
            LiteralKind::Some { key, value, collection } => {
                expr_mut(collection, f);
                if let Some(key) = key {
                    expr_mut(key, f);
                }
                expr_mut(value, f);
            }
            LiteralKind::Every { collection, body: b, .. } => {
                expr_mut(collection, f);
                body_mut(b, f);
            }
        }
    }
}

/// Visits all expressions of a rule, to change them.
pub fn rule_mut(r: &mut Rule, f: &mut dyn FnMut(&mut Expr)) {
    for e in r.params.iter_mut().chain(&mut r.keys) {
        expr_mut(e, f);
    }
    for branch in &mut r.branches {
        body_mut(&mut branch.body, f);
        expr_mut(&mut branch.value, f);
    }
}
