//! What can be read off a rule before any code is written: which variables occur, which
//! expressions search, which are constant.

use std::collections::BTreeMap;

use crate::rgs::hir::{Body, Expr, ExprKind, Literal, LiteralKind, Rule, Scalar, Target, VarId, WithValue};

/// Which parts of an expression a visit enters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Enter {
    /// All.
    All,
    /// Not the bodies of comprehensions, `not` and `every`, whose variables are their own.
    Own,
}

/// Calls `f` with each part of an expression, itself first. `f` says whether to go on below.
pub(super) fn visit(e: &Expr, enter: Enter, f: &mut dyn FnMut(&Expr) -> bool) {
    if !f(e) {
        return;
    }
    use ExprKind::*;
    match &e.kind {
        Scalar(_) | Var(_) | Input | Data | Document(_) | Tree(_) => {}
        Ref { base, steps } => {
            visit(base, enter, f);
            steps.iter().for_each(|s| visit(s, enter, f));
        }
        CallDocument { args, .. } | CallBuiltin { args, .. } | Array(args) | Set(args) => {
            args.iter().for_each(|a| visit(a, enter, f));
        }
        Object(entries) => entries.iter().for_each(|(k, v)| {
            visit(k, enter, f);
            visit(v, enter, f);
        }),
        ArrayComp(v, body) | SetComp(v, body) => {
            if enter == Enter::All {
                visit(v, enter, f);
                visit_body(body, enter, f);
            }
        }
        ObjectComp(k, v, body) => {
            if enter == Enter::All {
                visit(k, enter, f);
                visit(v, enter, f);
                visit_body(body, enter, f);
            }
        }
        Compare(_, a, b) | Arith(_, a, b) => {
            visit(a, enter, f);
            visit(b, enter, f);
        }
        In(k, v, c) => {
            if let Some(k) = k {
                visit(k, enter, f);
            }
            visit(v, enter, f);
            visit(c, enter, f);
        }
        // Each part is collected like a comprehension.
        Template(parts) => {
            if enter == Enter::All {
                parts.iter().for_each(|p| visit(p, enter, f));
            }
        }
    }
}

/// [`visit`] for every expression of a body.
pub(super) fn visit_body(body: &Body, enter: Enter, f: &mut dyn FnMut(&Expr) -> bool) {
    body.literals.iter().for_each(|l| visit_literal(l, enter, f));
}

/// [`visit`] for every expression of a literal; the values of its `with`s come first.
pub(super) fn visit_literal(l: &Literal, enter: Enter, f: &mut dyn FnMut(&Expr) -> bool) {
    for w in &l.with {
        if let WithValue::Value(e) = &w.value {
            visit(e, enter, f);
        }
    }
    match &l.kind {
        LiteralKind::Test(e) => visit(e, enter, f),
        LiteralKind::Unify(a, b) => {
            visit(a, enter, f);
            visit(b, enter, f);
        }
        LiteralKind::Not(body) => {
            if enter == Enter::All {
                visit_body(body, enter, f);
            }
        }
        LiteralKind::Some { key, value, collection } => {
            if let Some(k) = key {
                visit(k, enter, f);
            }
            visit(value, enter, f);
            visit(collection, enter, f);
        }
        LiteralKind::Every { collection, body, .. } => {
            visit(collection, enter, f);
            if enter == Enter::All {
                visit_body(body, enter, f);
            }
        }
    }
}

/// [`visit`] for every expression of a rule.
pub(super) fn visit_rule(rule: &Rule, f: &mut dyn FnMut(&Expr) -> bool) {
    let mut all = |e: &Expr| visit(e, Enter::All, f);
    rule.params.iter().chain(&rule.keys).for_each(&mut all);
    for branch in &rule.branches {
        all(&branch.value);
    }
    for branch in &rule.branches {
        visit_body(&branch.body, Enter::All, f);
    }
}

/// Every literal of a rule, inner ones too.
pub(super) fn visit_literals(rule: &Rule, f: &mut dyn FnMut(&Literal)) {
    fn of_body(body: &Body, f: &mut dyn FnMut(&Literal)) {
        for l in &body.literals {
            f(l);
            match &l.kind {
                LiteralKind::Not(b) | LiteralKind::Every { body: b, .. } => of_body(b, f),
                _ => {}
            }
            visit_literal(l, Enter::Own, &mut |e| of_expr(e, f));
        }
    }
    // Bodies inside expressions.
    fn of_expr(e: &Expr, f: &mut dyn FnMut(&Literal)) -> bool {
        match &e.kind {
            ExprKind::ArrayComp(v, b) | ExprKind::SetComp(v, b) => {
                visit(v, Enter::Own, &mut |e| of_expr(e, f));
                of_body(b, f);
            }
            ExprKind::ObjectComp(k, v, b) => {
                visit(k, Enter::Own, &mut |e| of_expr(e, f));
                visit(v, Enter::Own, &mut |e| of_expr(e, f));
                of_body(b, f);
            }
            ExprKind::Template(parts) => {
                parts.iter().for_each(|p| visit(p, Enter::Own, &mut |e| of_expr(e, f)));
            }
            _ => {}
        }
        true
    }
    rule.params.iter().chain(&rule.keys).for_each(|e| visit(e, Enter::Own, &mut |e| of_expr(e, f)));
    for branch in &rule.branches {
        visit(&branch.value, Enter::Own, &mut |e| of_expr(e, f));
        of_body(&branch.body, f);
    }
}

/// How often each variable occurs.
pub(super) fn counts(rule: &Rule) -> Vec<u32> {
    let mut out = vec![0u32; rule.vars.len()];
    visit_rule(rule, &mut |e| {
        if let ExprKind::Var(v) = e.kind
            && let Some(n) = out.get_mut(v.0 as usize)
        {
            *n += 1;
        }
        true
    });
    out
}

/// Fields of variables, `x.a.b`, that a rule reads more than once; a few at most.
pub(super) fn repeated_fields(rule: &Rule) -> Vec<(VarId, Vec<String>)> {
    const MOST: usize = 24;
    let mut seen: BTreeMap<(VarId, Vec<String>), u32> = BTreeMap::new();
    visit_rule(rule, &mut |e| {
        if let Some(field) = as_field(e) {
            *seen.entry(field).or_default() += 1;
        }
        true
    });
    seen.into_iter().filter(|(_, n)| *n > 1).map(|(field, _)| field).take(MOST).collect()
}

/// The variable and the path that an expression is, when it is no more than that.
pub(super) fn as_field(e: &Expr) -> Option<(VarId, Vec<String>)> {
    let ExprKind::Ref { base, steps } = &e.kind else { return None };
    let ExprKind::Var(v) = base.kind else { return None };
    let path: Vec<String> = steps.iter().map_while(as_text).map(str::to_string).collect();
    (path.len() == steps.len()).then_some((v, path))
}

/// Whether an expression is a pattern that gives variables a value.
pub(super) fn is_open_pattern(e: &Expr, bound: &dyn Fn(VarId) -> bool) -> bool {
    match &e.kind {
        ExprKind::Var(v) => !bound(*v),
        ExprKind::Array(items) => items.iter().any(|i| is_open_pattern(i, bound)),
        ExprKind::Object(entries) => entries.iter().any(|(_, v)| is_open_pattern(v, bound)),
        _ => false,
    }
}

/// Whether evaluating an expression can open a loop.
pub(super) fn searches(e: &Expr, bound: &dyn Fn(VarId) -> bool) -> bool {
    let mut found = false;
    visit(e, Enter::Own, &mut |e| {
        if let ExprKind::Ref { steps, .. } = &e.kind {
            found |= steps.iter().any(|s| is_open_pattern(s, bound));
        }
        !found
    });
    found
}

/// Variables without a value that a literal gives one to.
pub(super) fn binds(l: &Literal, bound: &dyn Fn(VarId) -> bool) -> Vec<VarId> {
    let mut out = Vec::new();
    let mut take = |e: &Expr| {
        if let ExprKind::Var(v) = e.kind
            && !bound(v)
            && !out.contains(&v)
        {
            out.push(v);
        }
        true
    };
    match &l.kind {
        LiteralKind::Not(_) => {}
        LiteralKind::Every { collection, .. } => visit(collection, Enter::Own, &mut take),
        _ => visit_literal(l, Enter::Own, &mut take),
    }
    out
}

/// How often a variable occurs in a literal, its `with`s aside.
pub(super) fn count_in(l: &Literal, v: VarId) -> u32 {
    let mut n = 0;
    visit_literal(l, Enter::All, &mut |e| {
        n += u32::from(e.kind == ExprKind::Var(v));
        true
    });
    n
}

/// Variables without a value that must have one before an expression is evaluated from left to
/// right: those that stand where a value is needed.
pub(super) fn needed(e: &Expr, bound: &dyn Fn(VarId) -> bool, out: &mut Vec<VarId>) {
    // Variables that steps further left give a value to.
    fn go(e: &Expr, bound: &dyn Fn(VarId) -> bool, given: &mut Vec<VarId>, out: &mut Vec<VarId>) {
        match &e.kind {
            ExprKind::Var(v) if !bound(*v) && !given.contains(v) && !out.contains(v) => out.push(*v),
            ExprKind::Ref { base, steps } => {
                go(base, bound, given, out);
                for s in steps {
                    let known = |v: VarId| bound(v) || given.contains(&v);
                    if is_open_pattern(s, &known) {
                        let mut new = Vec::new();
                        pattern_vars(s, &mut new);
                        given.extend(new);
                    } else {
                        go(s, bound, given, out);
                    }
                }
            }
            ExprKind::CallDocument { args, .. }
            | ExprKind::CallBuiltin { args, .. }
            | ExprKind::Array(args)
            | ExprKind::Set(args) => args.iter().for_each(|a| go(a, bound, given, out)),
            ExprKind::Object(entries) => entries.iter().for_each(|(k, v)| {
                go(k, bound, given, out);
                go(v, bound, given, out);
            }),
            ExprKind::Compare(_, a, b) | ExprKind::Arith(_, a, b) => {
                go(a, bound, given, out);
                go(b, bound, given, out);
            }
            ExprKind::In(k, v, c) => {
                if let Some(k) = k {
                    go(k, bound, given, out);
                }
                go(v, bound, given, out);
                go(c, bound, given, out);
            }
            _ => {}
        }
    }
    go(e, bound, &mut Vec::new(), out);
}

/// [`needed`] and the variables without a value that comprehensions and templates in it mention.
pub(super) fn needed_within(e: &Expr, bound: &dyn Fn(VarId) -> bool) -> Vec<VarId> {
    let mut out = Vec::new();
    needed(e, bound, &mut out);
    visit(e, Enter::Own, &mut |e| {
        use ExprKind::{ArrayComp, ObjectComp, SetComp, Template};
        if matches!(e.kind, ArrayComp(..) | SetComp(..) | ObjectComp(..) | Template(_)) {
            visit(e, Enter::All, &mut |e| {
                if let ExprKind::Var(v) = e.kind
                    && !bound(v)
                {
                    out.push(v);
                }
                true
            });
        }
        true
    });
    out
}

/// The variables without a value that steps of an expression give one to.
pub(super) fn given(e: &Expr, bound: &dyn Fn(VarId) -> bool) -> Vec<VarId> {
    let mut out = Vec::new();
    visit(e, Enter::Own, &mut |e| {
        if let ExprKind::Ref { steps, .. } = &e.kind {
            steps.iter().filter(|s| is_open_pattern(s, bound)).for_each(|s| pattern_vars(s, &mut out));
        }
        true
    });
    out.retain(|v| !bound(*v));
    out
}

fn pattern_vars(e: &Expr, out: &mut Vec<VarId>) {
    visit(e, Enter::Own, &mut |e| {
        if let ExprKind::Var(v) = e.kind {
            out.push(v);
        }
        matches!(e.kind, ExprKind::Array(_) | ExprKind::Object(_))
    });
}

/// The string constant that an expression is.
pub(super) fn as_text(e: &Expr) -> Option<&str> {
    match &e.kind {
        ExprKind::Scalar(Scalar::Text(s)) => Some(s),
        _ => None,
    }
}

/// The scalar constant that an expression is.
pub(super) fn as_scalar(e: &Expr) -> Option<&Scalar> {
    match &e.kind {
        ExprKind::Scalar(s) => Some(s),
        _ => None,
    }
}

/// Whether an expression is made of constants only.
pub(super) fn is_constant(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Scalar(_) => true,
        ExprKind::Array(items) | ExprKind::Set(items) => items.iter().all(is_constant),
        ExprKind::Object(entries) => entries.iter().all(|(k, v)| is_constant(k) && is_constant(v)),
        _ => false,
    }
}

/// Whether the value, when there is one, is never `false`.
pub(super) fn is_never_false(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Scalar(s) => *s != Scalar::Bool(false),
        ExprKind::Array(_)
        | ExprKind::Object(_)
        | ExprKind::Set(_)
        | ExprKind::ArrayComp(..)
        | ExprKind::SetComp(..)
        | ExprKind::ObjectComp(..)
        | ExprKind::Template(_)
        | ExprKind::Tree(_)
        | ExprKind::Arith(..) => true,
        _ => false,
    }
}

/// Whether the value, when there is one, is a number.
pub(super) fn is_number(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Scalar(Scalar::Int(_) | Scalar::Fixed(_)) => true,
        ExprKind::CallBuiltin { name, replaced_by: None, .. } => name == "count",
        _ => false,
    }
}

/// Whether a `with` of the literal replaces a function, `input` or `data`: what was loaded before
/// may be something else inside.
pub(super) fn replaces_env(l: &Literal) -> bool {
    l.with.iter().any(|w| !matches!(w.target, Target::Function(_)))
}
