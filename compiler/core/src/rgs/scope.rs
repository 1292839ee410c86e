//! The variables of one rule: where each is known, and which variable a name means.

use super::hir::VarId;
use gatos_syntax::rgs::ast::{BinaryOp, Literal};
use gatos_syntax::rgs::ast::{Body, Expr, ExprKind, LiteralKind, Step, TemplatePart};
use gatos_syntax::span::Span;
use std::collections::{BTreeMap, BTreeSet};

/// How a variable came to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Origin {
    /// `:=`
    Assigned,
    /// `some`
    Some,
    /// A parameter, or the names of `every`.
    Parameter,
    /// Written without a declaration.
    Implicit,
    /// `_`
    Wildcard,
    /// Made by the analysis.
    Made,
}

/// A variable.
#[derive(Clone, Debug)]
pub(super) struct Variable {
    pub name: String,
    /// Where it stands first.
    pub span: Span,
    pub origin: Origin,
    /// How often it is read after its declaration.
    pub uses: u32,
}

#[derive(Default, Debug)]
struct Scope {
    id: u32,
    declared: BTreeMap<String, VarId>,
    implicit: BTreeMap<String, VarId>,
}

/// What became of a declaration.
pub(super) enum Declared {
    New(VarId),
    /// The name is declared in this scope already.
    Again(VarId),
    /// The name was used above as something else.
    Late(VarId),
}

/// The variables of a rule and the scopes that are open.
#[derive(Default, Debug)]
pub(super) struct Scopes {
    pub variables: Vec<Variable>,
    /// The scope of each variable.
    pub homes: Vec<u32>,
    open: Vec<Scope>,
    next: u32,
}

impl Scopes {
    pub fn push(&mut self) -> u32 {
        self.next += 1;
        self.open.push(Scope { id: self.next, ..Scope::default() });
        self.next
    }

    pub fn pop(&mut self) {
        self.open.pop();
    }

    pub fn current(&self) -> u32 {
        self.open.last().map_or(0, |s| s.id)
    }

    /// A new variable of the innermost scope.
    pub fn add(&mut self, name: &str, span: Span, origin: Origin) -> VarId {
        let id = VarId(self.variables.len() as u32);
        self.variables.push(Variable { name: name.to_string(), span, origin, uses: 0 });
        self.homes.push(self.current());
        id
    }

    /// The variable that a name means.
    pub fn find(&self, name: &str) -> Option<VarId> {
        self.open.iter().rev().find_map(|s| s.declared.get(name).or_else(|| s.implicit.get(name)).copied())
    }

    /// Declares a name in the innermost scope. `with_outer` is looked into too, when it is
    /// the scope around: a body may not declare its function's parameters again.
    pub fn declare(&mut self, name: &str, span: Span, origin: Origin, with_outer: Option<u32>) -> Declared {
        if let [.., around, _] = self.open.as_slice()
            && with_outer == Some(around.id)
            && let Some(v) = around.declared.get(name)
        {
            return Declared::Again(*v);
        }
        let Some(scope) = self.open.last() else { return Declared::New(self.add(name, span, origin)) };
        if let Some(v) = scope.declared.get(name) {
            return Declared::Again(*v);
        }
        if let Some(v) = scope.implicit.get(name) {
            return Declared::Late(*v);
        }
        let v = self.add(name, span, origin);
        if let Some(scope) = self.open.last_mut() {
            scope.declared.insert(name.to_string(), v);
        }
        Declared::New(v)
    }

    /// A variable that is not declared, at home in the innermost scope.
    pub fn implicit(&mut self, name: &str, span: Span) -> VarId {
        let v = self.add(name, span, Origin::Implicit);
        if let Some(scope) = self.open.last_mut() {
            scope.implicit.insert(name.to_string(), v);
        }
        v
    }

    /// Names that can be seen, innermost first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.open.iter().rev().flat_map(|s| s.declared.keys().map(String::as_str))
    }
}

/// Collects the names that a body mentions outside of closures, before they are declared.
#[derive(Default)]
pub(super) struct Mentions {
    declared: BTreeSet<String>,
    pub found: Vec<(String, Span)>,
}

impl Mentions {
    pub fn body(&mut self, body: &Body) {
        for l in &body.literals {
            self.literal(l);
        }
    }

    fn literal(&mut self, l: &Literal) {
        for with in &l.with {
            // A function may stand for a function: its name is no variable.
            let is_function = matches!(&with.value.kind, ExprKind::Name(name) if gatos_sigs::rgs::find(name).is_some());
            if !is_function {
                self.expr(&with.value);
            }
        }
        match &l.kind {
            LiteralKind::Expr(e) => match &unwrap(e).kind {
                ExprKind::Binary { op: BinaryOp::Assign, left, right, .. } => {
                    self.expr(right);
                    self.pattern(left);
                }
                _ => self.expr(e),
            },
            LiteralKind::Not(e) => self.expr(e),
            LiteralKind::SomeNames(names) => self.declared.extend(names.iter().map(|n| n.text.clone())),
            LiteralKind::SomeIn { key, value, collection } => {
                self.expr(collection);
                key.iter().for_each(|k| self.pattern(k));
                self.pattern(value);
            }
            LiteralKind::Every { collection, .. } => self.expr(collection),
            LiteralKind::Error => {}
        }
    }

    /// The names of a pattern are declared by it.
    fn pattern(&mut self, e: &Expr) {
        match &unwrap(e).kind {
            ExprKind::Name(name) => {
                self.declared.insert(name.clone());
            }
            ExprKind::Array(items) => items.iter().for_each(|i| self.pattern(i)),
            ExprKind::Object(entries) => {
                for (k, v) in entries {
                    self.expr(k);
                    self.pattern(v);
                }
            }
            _ => self.expr(e),
        }
    }

    pub fn steps(&mut self, steps: &[Step]) {
        for step in steps {
            if let Step::Index(e) = step {
                self.expr(e);
            }
        }
    }

    pub fn expr(&mut self, e: &Expr) {
        match &e.kind {
            ExprKind::Name(name) => {
                if name != "_" && !self.declared.contains(name) {
                    self.found.push((name.clone(), e.span));
                }
            }
            ExprKind::Ref { base, steps } => {
                self.expr(base);
                self.steps(steps);
            }
            ExprKind::Call { args, .. } => args.iter().for_each(|a| self.expr(a)),
            ExprKind::Array(items) | ExprKind::Set(items) => items.iter().for_each(|a| self.expr(a)),
            ExprKind::Object(entries) => {
                for (k, v) in entries {
                    self.expr(k);
                    self.expr(v);
                }
            }
            ExprKind::Template(parts) => {
                for part in parts {
                    if let TemplatePart::Expr(e) = part {
                        self.expr(e);
                    }
                }
            }
            ExprKind::Binary { left, right, .. } => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::In { key, value, collection } => {
                key.iter().for_each(|k| self.expr(k));
                self.expr(value);
                self.expr(collection);
            }
            ExprKind::Negate(e) | ExprKind::Paren(e) => self.expr(e),
            // Closures have scopes of their own.
            ExprKind::ArrayComp { .. } | ExprKind::SetComp { .. } | ExprKind::ObjectComp { .. } => {}
            ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::Text(_) | ExprKind::Error => {}
        }
    }
}

/// An expression without the parentheses around it.
pub(super) fn unwrap(e: &Expr) -> &Expr {
    let mut e = e;
    while let ExprKind::Paren(inner) = &e.kind {
        e = inner;
    }
    e
}

/// The first place nested deeper than `left` allows.
pub(super) fn too_deep(e: &Expr, left: u32) -> Option<Span> {
    let Some(left) = left.checked_sub(1) else { return Some(e.span) };
    let deep = |e: &Expr| too_deep(e, left);
    match &e.kind {
        ExprKind::Ref { base, steps } => deep(base).or_else(|| steps_too_deep(steps, left)),
        ExprKind::Call { function, args } => deep(function).or_else(|| args.iter().find_map(deep)),
        ExprKind::Array(items) | ExprKind::Set(items) => items.iter().find_map(deep),
        ExprKind::Object(entries) => entries.iter().find_map(|(k, v)| deep(k).or_else(|| deep(v))),
        ExprKind::Template(parts) => parts.iter().find_map(|p| match p {
            TemplatePart::Expr(e) => deep(e),
            TemplatePart::Text(_) => None,
        }),
        ExprKind::ArrayComp { value, body } | ExprKind::SetComp { value, body } => {
            deep(value).or_else(|| body_too_deep(body, left))
        }
        ExprKind::ObjectComp { key, value, body } => {
            deep(key).or_else(|| deep(value)).or_else(|| body_too_deep(body, left))
        }
        ExprKind::Binary { left: a, right: b, .. } => deep(a).or_else(|| deep(b)),
        ExprKind::In { key, value, collection } => {
            key.as_deref().and_then(deep).or_else(|| deep(value)).or_else(|| deep(collection))
        }
        ExprKind::Negate(e) | ExprKind::Paren(e) => deep(e),
        _ => None,
    }
}

/// The first step nested too deep.
pub(super) fn steps_too_deep(steps: &[Step], left: u32) -> Option<Span> {
    steps.iter().find_map(|s| match s {
        Step::Index(e) => too_deep(e, left),
        Step::Field(_) => None,
    })
}

/// The first place of a body nested too deep.
pub(super) fn body_too_deep(body: &Body, left: u32) -> Option<Span> {
    let deep = |e: &Expr| too_deep(e, left);
    body.literals.iter().find_map(|l| {
        let with = l.with.iter().find_map(|w| deep(&w.target).or_else(|| deep(&w.value)));
        with.or_else(|| match &l.kind {
            LiteralKind::Expr(e) | LiteralKind::Not(e) => deep(e),
            LiteralKind::SomeIn { key, value, collection } => {
                key.as_ref().and_then(deep).or_else(|| deep(value)).or_else(|| deep(collection))
            }
            LiteralKind::Every { collection, body, .. } => deep(collection).or_else(|| body_too_deep(body, left)),
            LiteralKind::SomeNames(_) | LiteralKind::Error => None,
        })
    })
}
