//! Rules: heads, branches and defaults.

use super::context::Context;
use super::hir::{self, Body, Branch, Expr, ExprKind, Leaf, Literal, LiteralKind, Rule, Scalar, VarId};
use super::names::{Lowering, broken, text, var};
use super::scope::{Mentions, Origin, body_too_deep, steps_too_deep, too_deep, unwrap};
use super::tree::{Doc, RuleRef, package_path, path_text};
use super::visit;
use gatos_syntax::rgs::ast::{self, HeadValue};
use gatos_syntax::span::Span;

/// How deep a rule may be nested: what the parser accepts, and no more in trees from elsewhere.
const MAX_DEPTH: u32 = gatos_syntax::rgs::MAX_DEPTH;

/// Which rule of a document is resolved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Which {
    Rule(usize),
    Default(usize),
}

/// A parameter that is no pattern: it is computed after the body and compared.
struct Computed<'a> {
    argument: VarId,
    param: &'a ast::Expr,
}

/// Resolves one rule of a document; nothing when it is nested too deep.
pub(super) fn lower<'a>(cx: &mut Context<'a>, doc: &Doc<'a>, which: Which) -> Option<Rule> {
    let (found, name) = match which {
        Which::Rule(i) => (&doc.rules[i], format!("{}#{}", path_text(&doc.path), i + 1)),
        Which::Default(i) => (&doc.defaults[i], format!("{}#default", path_text(&doc.defaults[i].path))),
    };
    let rule = found.rule;
    if let Some(span) = rule_too_deep(rule) {
        cx.log
            .error(found.file, "E1127", span, "this is nested too deep")
            .label(format!("deeper than {MAX_DEPTH} levels"))
            .help("give inner parts names of their own");
        return None;
    }
    let package = package_path(cx.modules[found.file as usize]);
    let mut low = Lowering::new(cx, found.file, package);
    low.rule = Some(found.index);
    let mut out = Rule {
        name,
        file: found.file,
        span: rule.span,
        head_span: rule.head.span,
        vars: Vec::new(),
        params: Vec::new(),
        keys: Vec::new(),
        branches: Vec::new(),
        leaf: if matches!(rule.head.value, HeadValue::Contains(_)) { Leaf::Member } else { Leaf::Value },
    };
    let mut computed = Vec::new();
    if let Some(params) = &rule.head.params {
        low.params = Some(low.scopes.push());
        for param in params {
            out.params.push(low.parameter(param, &mut computed));
        }
    }
    if rule.default {
        low.default_rule(doc, found, &mut out);
    } else {
        low.branches(doc, found, &computed, &mut out);
    }
    low.unused();
    out.vars = low.scopes.variables.into_iter().map(|v| v.name).collect();
    Some(out)
}

fn rule_too_deep(rule: &ast::Rule) -> Option<Span> {
    let expr = |e: &ast::Expr| too_deep(e, MAX_DEPTH);
    let body = |b: &ast::Body| body_too_deep(b, MAX_DEPTH);
    let value = match &rule.head.value {
        HeadValue::True => None,
        HeadValue::Value(e) | HeadValue::Contains(e) => expr(e),
    };
    let otherwise = |o: &ast::Else| o.value.as_ref().and_then(expr).or_else(|| o.body.as_ref().and_then(body));
    steps_too_deep(&rule.head.path, MAX_DEPTH)
        .or_else(|| rule.head.params.iter().flatten().find_map(expr))
        .or(value)
        .or_else(|| rule.body.as_ref().and_then(body))
        .or_else(|| rule.otherwise.iter().find_map(otherwise))
}

impl<'a> Lowering<'_, 'a> {
    fn parameter(&mut self, param: &'a ast::Expr, computed: &mut Vec<Computed<'a>>) -> Expr {
        if is_pattern(param) {
            return self.pattern(param, Origin::Parameter);
        }
        let argument = self.fresh(param.span, Origin::Made);
        computed.push(Computed { argument, param });
        var(argument, param.span)
    }

    fn branches(&mut self, doc: &Doc<'a>, found: &RuleRef<'a>, computed: &[Computed<'a>], out: &mut Rule) {
        let rule = found.rule;
        let head = &rule.head;
        let above: Vec<Expr> = found.path[doc.path.len()..].iter().map(|p| text(p, head.span)).collect();
        let chain = !rule.otherwise.is_empty();
        // Each branch has its own variables, but the keys are said once: what stands for them
        // is given a value in each branch.
        let stand_ins: Vec<VarId> = if chain {
            found.keys().iter().map(|k| self.fresh(super::names::step_span(k), Origin::Made)).collect()
        } else {
            Vec::new()
        };
        let value = match &head.value {
            HeadValue::True => None,
            HeadValue::Value(e) | HeadValue::Contains(e) => Some(e),
        };
        let main = (value, rule.body.as_ref(), head.span, rule_span(rule));
        let others = rule.otherwise.iter().map(|o| (o.value.as_ref(), o.body.as_ref(), o.span, o.span));
        for (value, body, head_span, span) in std::iter::once(main).chain(others) {
            let (branch, keys) = self.branch(found, value, body, head_span, span, computed, chain, &stand_ins);
            out.branches.push(branch);
            if out.keys.is_empty() {
                out.keys = above.iter().cloned().chain(keys).collect();
            }
        }
    }

    #[allow(clippy::too_many_arguments, reason = "the parts of a branch, written once")]
    fn branch(
        &mut self,
        found: &RuleRef<'a>,
        value: Option<&ast::Expr>,
        body: Option<&ast::Body>,
        head_span: Span,
        span: Span,
        computed: &[Computed<'a>],
        chain: bool,
        stand_ins: &[VarId],
    ) -> (Branch, Vec<Expr>) {
        self.scopes.push();
        let mut mentions = Mentions::default();
        body.iter().for_each(|b| mentions.body(b));
        computed.iter().for_each(|c| mentions.expr(c.param));
        mentions.steps(found.keys());
        value.iter().for_each(|v| mentions.expr(v));
        self.introduce(mentions);
        let mut literals = body.map(|b| self.literals(b)).unwrap_or_default();
        for c in computed {
            let value = self.expr(c.param);
            literals.push(made(var(c.argument, c.param.span), value));
        }
        let mut keys: Vec<Expr> = found
            .keys()
            .iter()
            .map(|k| match k {
                ast::Step::Field(name) => text(&name.text, name.span),
                ast::Step::Index(e) => self.expr(e),
            })
            .collect();
        let mut value = match value {
            Some(e) => self.expr(e),
            None => Expr { kind: ExprKind::Scalar(Scalar::Bool(true)), span: head_span },
        };
        if chain {
            // A branch holds only when its keys and value are defined, so they belong to its body.
            for (key, stand_in) in keys.iter_mut().zip(stand_ins) {
                let span = key.span;
                literals.push(made(var(*stand_in, span), std::mem::replace(key, var(*stand_in, span))));
            }
            if !matches!(value.kind, ExprKind::Scalar(_) | ExprKind::Var(_)) {
                let v = self.fresh(value.span, Origin::Made);
                let span = value.span;
                literals.push(made(var(v, span), std::mem::replace(&mut value, var(v, span))));
            }
        }
        let count = keys.len();
        let mut tails = keys;
        tails.push(value);
        let (body, _) = self.order(literals, &mut tails);
        let value = tails.pop().unwrap_or_else(|| broken(span));
        tails.truncate(count);
        self.scopes.pop();
        (Branch { body, value, span }, tails)
    }

    /// `default p := e`. One inside an object holds where the rules at its place do not.
    fn default_rule(&mut self, doc: &Doc<'a>, found: &RuleRef<'a>, out: &mut Rule) {
        let rule = found.rule;
        if let Some(body) = &rule.body {
            self.error("E1109", body.span, "a `default` has no body: it holds when no rule does")
                .help("leave `default` out to make it a rule");
        }
        out.keys = found.path[doc.path.len()..].iter().map(|p| text(p, rule.head.span)).collect();
        self.scopes.push();
        let mut value = match &rule.head.value {
            HeadValue::Value(e) | HeadValue::Contains(e) => self.expr(e),
            HeadValue::True => Expr { kind: ExprKind::Scalar(Scalar::Bool(true)), span: rule.head.span },
        };
        // What could not be read is no constant either; one mistake is told once.
        if let Some(span) = not_constant(&value).filter(|_| !self.failed) {
            self.error("E1109", span, "the value of a `default` is a constant")
                .label("depends on something")
                .help("constants and comprehensions can be defaults; anything else is a rule with `else`");
            value = broken(span);
        }
        let mut literals = Vec::new();
        if !out.keys.is_empty() {
            for sibling in doc.rules.iter().filter(|r| r.path == found.path && r.keys().is_empty()) {
                self.not_sibling(sibling, &mut literals);
            }
        }
        let mut tails = [value];
        let (body, _) = self.order(literals, &mut tails);
        let [value] = tails;
        self.scopes.pop();
        out.branches.push(Branch { body, value, span: rule.span });
    }

    /// That none of a rule's branches holds.
    fn not_sibling(&mut self, sibling: &RuleRef<'a>, out: &mut Vec<Literal>) {
        let rule = sibling.rule;
        let (file, index) = (self.file, self.rule);
        self.file = sibling.file;
        self.rule = Some(sibling.index);
        let again = std::mem::replace(&mut self.again, true);
        let value = match &rule.head.value {
            HeadValue::Value(e) | HeadValue::Contains(e) => Some(e),
            HeadValue::True => None,
        };
        let main = (value, rule.body.as_ref());
        let others = rule.otherwise.iter().map(|o| (o.value.as_ref(), o.body.as_ref()));
        for (value, body) in std::iter::once(main).chain(others) {
            self.scopes.push();
            let mut mentions = Mentions::default();
            body.iter().for_each(|b| mentions.body(b));
            value.iter().for_each(|v| mentions.expr(v));
            self.introduce(mentions);
            let mut literals = body.map(|b| self.literals(b)).unwrap_or_default();
            if let Some(value) = value {
                let value = self.expr(value);
                let v = self.fresh(value.span, Origin::Made);
                literals.push(made(var(v, value.span), value));
            }
            let (body, _) = self.order(literals, &mut []);
            self.scopes.pop();
            let span = rule.head.span;
            out.push(Literal { kind: LiteralKind::Not(body), with: Vec::new(), span });
        }
        (self.file, self.rule, self.again) = (file, index, again);
    }

    /// Tells which variables nobody reads.
    fn unused(&mut self) {
        if self.failed {
            return;
        }
        for v in &self.scopes.variables {
            let how = match v.origin {
                Origin::Assigned => "assigned",
                Origin::Some => "declared",
                _ => continue,
            };
            if v.uses > 0 || v.name.starts_with('_') {
                continue;
            }
            self.cx
                .log
                .warning(self.file, "W1151", v.span, format!("`{}` is {how} and never used", v.name))
                .help("leave it out, or write `_` for a value that does not matter")
                .fix("write `_`", v.span, "_");
        }
    }
}

fn rule_span(rule: &ast::Rule) -> Span {
    let end = rule.body.as_ref().map_or(rule.head.span.end, |b| b.span.end);
    Span { start: rule.span.start, end: end.max(rule.head.span.end) }
}

/// A literal that gives a made variable its value.
fn made(left: Expr, right: Expr) -> Literal {
    let span = right.span;
    Literal { kind: LiteralKind::Unify(left, right), with: Vec::new(), span }
}

/// Whether an argument can be matched with a parameter without computing anything.
fn is_pattern(e: &ast::Expr) -> bool {
    use ast::ExprKind as K;
    let constant = |e: &ast::Expr| matches!(unwrap(e).kind, K::Null | K::Bool(_) | K::Number(_) | K::Text(_));
    match &unwrap(e).kind {
        K::Name(_) | K::Null | K::Bool(_) | K::Number(_) | K::Text(_) | K::Error => true,
        K::Negate(inner) => constant(inner),
        K::Array(items) => items.iter().all(is_pattern),
        K::Object(entries) => entries.iter().all(|(k, v)| constant(k) && is_pattern(v)),
        _ => false,
    }
}

/// The first part of a default's value that is not constant. Comprehensions may compute.
fn not_constant(e: &Expr) -> Option<Span> {
    match &e.kind {
        ExprKind::Scalar(_) | ExprKind::ArrayComp(..) | ExprKind::SetComp(..) | ExprKind::ObjectComp(..) => None,
        ExprKind::Array(_) | ExprKind::Object(_) | ExprKind::Set(_) => {
            let mut found = None;
            visit::parts(e, &mut |part| {
                if let visit::Part::Expr(e) = part
                    && found.is_none()
                {
                    found = not_constant(e);
                }
            });
            found
        }
        _ => Some(e.span),
    }
}

/// The query as a rule: an array of one object of variables for each solution.
pub(super) fn query(cx: &mut Context<'_>, file: u32, body: &ast::Body) -> Option<Rule> {
    if let Some(span) = body_too_deep(body, MAX_DEPTH) {
        cx.log.error(file, "E1127", span, "this is nested too deep").label(format!("deeper than {MAX_DEPTH} levels"));
        return None;
    }
    let mut low = Lowering::new(cx, file, Vec::new());
    let scope = low.scopes.push();
    let mut mentions = Mentions::default();
    mentions.body(body);
    low.introduce(mentions);
    let literals = low.literals(body);
    let (ordered, bound) = low.order(literals, &mut []);
    let mut entries: Vec<(Expr, Expr)> = Vec::new();
    for (i, v) in low.scopes.variables.iter().enumerate() {
        let id = VarId(i as u32);
        let named = !v.name.is_empty() && v.name != "_" && !v.name.starts_with('$');
        if named && low.scopes.homes[i] == scope && bound.contains(id) {
            entries.push((text(&v.name, v.span), var(id, v.span)));
        }
    }
    low.scopes.pop();
    let span = body.span;
    let answer = Expr { kind: ExprKind::Object(entries), span };
    let all = Expr { kind: ExprKind::ArrayComp(Box::new(answer), ordered), span };
    let vars = low.scopes.variables.into_iter().map(|v| v.name).collect();
    Some(hir::Rule {
        name: "query".into(),
        file,
        span,
        head_span: span,
        vars,
        params: Vec::new(),
        keys: Vec::new(),
        branches: vec![Branch { body: Body::default(), value: all, span }],
        leaf: Leaf::Value,
    })
}
