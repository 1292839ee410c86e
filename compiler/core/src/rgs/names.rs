//! What a name or a reference means: a variable, an import, a rule of the package, `input`, `data`.

use super::context::Context;
use super::hir::{Expr, ExprKind, Scalar, VarId};
use super::scope::{Declared, Mentions, Origin, Scopes};
use super::tree::{Found, constant_steps, path_text};
use crate::resolve::suggest::closest;
use gatos_syntax::rgs::ast::{self, Name, Step};
use gatos_syntax::span::Span;

/// One rule (or the query) being resolved.
pub(super) struct Lowering<'c, 'a> {
    pub cx: &'c mut Context<'a>,
    pub file: u32,
    /// The package whose rules are known by name.
    pub package: Vec<String>,
    pub scopes: Scopes,
    /// The scope of the parameters, which bodies may not declare again.
    pub params: Option<u32>,
    /// Index of the rule in its module, for `rego.metadata`.
    pub rule: Option<usize>,
    /// The scopes of the `not`s that are open.
    pub negated: Vec<u32>,
    /// The first variable of the `some … in` whose patterns are read; there a name may come again.
    pub some_from: Option<usize>,
    /// An error was told that makes others likely.
    pub failed: bool,
    /// Whether what is resolved was, or will be, as part of another rule.
    pub again: bool,
}

/// What a reference begins with.
pub(super) enum Base {
    Var(VarId),
    Input(Vec<String>),
    Data(Vec<String>),
}

pub(super) fn text(text: &str, span: Span) -> Expr {
    Expr { kind: ExprKind::Scalar(Scalar::Text(text.to_string())), span }
}

pub(super) fn var(v: VarId, span: Span) -> Expr {
    Expr { kind: ExprKind::Var(v), span }
}

/// What stands in for what could not be resolved: nothing is known about it.
pub(super) fn broken(span: Span) -> Expr {
    Expr { kind: ExprKind::Data, span }
}

impl<'c, 'a> Lowering<'c, 'a> {
    pub fn new(cx: &'c mut Context<'a>, file: u32, package: Vec<String>) -> Lowering<'c, 'a> {
        Lowering {
            cx,
            file,
            package,
            scopes: Scopes::default(),
            params: None,
            rule: None,
            negated: Vec::new(),
            some_from: None,
            failed: false,
            again: false,
        }
    }

    /// Notes a place where a variable stands.
    pub fn note(&mut self, span: Span, var: VarId, declares: bool) {
        if !self.again {
            self.cx.note(self.file, span, var, declares);
        }
    }

    pub fn error(&mut self, code: &'static str, span: Span, message: impl Into<String>) -> super::context::Said<'_> {
        self.failed = true;
        self.cx.log.error(self.file, code, span, message)
    }

    /// Gives variables to names that are used without being declared, and mean nothing else.
    pub fn introduce(&mut self, mentions: Mentions) {
        for (name, span) in mentions.found {
            if self.scopes.find(&name).is_none() && !self.is_global(&name) {
                self.scopes.implicit(&name, span);
            }
        }
    }

    fn is_global(&self, name: &str) -> bool {
        matches!(name, "input" | "data")
            || self.import(name).is_some()
            || self.cx.tree.name(&self.package, name).is_some()
    }

    pub fn import(&self, name: &str) -> Option<&super::context::Import> {
        self.cx.imports.get(self.file as usize).and_then(|i| i.get(name))
    }

    /// A variable that nobody named.
    pub fn fresh(&mut self, span: Span, origin: Origin) -> VarId {
        self.scopes.add("", span, origin)
    }

    /// What a name means.
    pub fn base(&mut self, name: &str, span: Span) -> Base {
        if name == "_" {
            let v = self.fresh(span, Origin::Wildcard);
            return Base::Var(v);
        }
        if let Some(v) = self.scopes.find(name) {
            self.scopes.variables[v.0 as usize].uses += 1;
            self.note(span, v, false);
            return Base::Var(v);
        }
        if let Some(import) = self.import(name) {
            import.used.set(true);
            let path = import.path.clone();
            return if import.input { Base::Input(path) } else { Base::Data(path) };
        }
        if self.cx.tree.name(&self.package, name).is_some() {
            let mut path = self.package.clone();
            path.push(name.to_string());
            return Base::Data(path);
        }
        match name {
            "input" => Base::Input(Vec::new()),
            "data" => Base::Data(Vec::new()),
            _ => {
                let v = self.scopes.implicit(name, span);
                self.scopes.variables[v.0 as usize].uses += 1;
                self.note(span, v, false);
                Base::Var(v)
            }
        }
    }

    /// A name by itself.
    pub fn name(&mut self, name: &str, span: Span) -> Expr {
        self.reference(name, span, &[], span)
    }

    /// A name and steps.
    pub fn reference(&mut self, name: &str, at: Span, steps: &[Step], span: Span) -> Expr {
        match self.base(name, at) {
            Base::Var(v) => self.stepped(var(v, at), Vec::new(), steps, span),
            Base::Input(path) => {
                let first = path.iter().map(|p| text(p, at)).collect();
                self.stepped(Expr { kind: ExprKind::Input, span: at }, first, steps, span)
            }
            Base::Data(path) => self.data(path, at, steps, span),
        }
    }

    /// `data`, a path below it, and steps.
    fn data(&mut self, path: Vec<String>, at: Span, steps: &[Step], span: Span) -> Expr {
        let constants = constant_steps(steps);
        let known = path.len();
        let full: Vec<String> = path.into_iter().chain(constants.iter().cloned()).collect();
        let spans = |i: usize| if i < known { at } else { step_span(&steps[i - known]) };
        let (base, from) = match self.cx.tree.find(&full) {
            Found::Document(id, used) => {
                if let super::hir::DocumentKind::Function(n) = self.cx.tree.doc(id).kind {
                    let name = path_text(&full[..used]);
                    let takes = super::tree::arguments(n);
                    self.error("E1113", span, format!("the function `{name}` is not called"))
                        .label(format!("it takes {takes}"))
                        .help("a function has no value of its own; write its arguments in parentheses");
                    return broken(span);
                }
                (ExprKind::Document(id), used)
            }
            // Keys above documents are strings: with any other, only base data can be meant.
            Found::Tree if !steps.get(constants.len()).is_some_and(never_text) => {
                (ExprKind::Tree(full.clone()), full.len())
            }
            Found::Tree | Found::Base => (ExprKind::Data, 0),
        };
        if matches!(base, ExprKind::Data) {
            self.misspelt(&full, known, &spans);
        }
        let end = if from > known { spans(from - 1) } else { at };
        let base = Expr { kind: base, span: at.to(end) };
        let first = (from..full.len()).map(|i| text(&full[i], spans(i))).collect();
        self.stepped(base, first, &steps[constants.len()..], span)
    }

    /// A path that leaves a package of rules for something that is nearly one of them. Data could lie
    /// there too, so it is only a warning.
    fn misspelt(&mut self, path: &[String], known: usize, spans: &dyn Fn(usize) -> Span) {
        if self.cx.log.tired() {
            return;
        }
        let Some((n, near)) = (1..path.len()).rev().find_map(|n| {
            let names = self.cx.tree.names(&path[..n])?;
            Some((n, closest(&path[n], names.keys().map(String::as_str))))
        }) else {
            return;
        };
        let Some(near) = near else { return };
        let (file, span) = (self.file, spans(n));
        let says = format!("the package `{}` has no `{}`", path_text(&path[..n]), path[n]);
        let said = self.cx.log.warning(file, "W1156", span, says).label(format!("did you mean `{near}`?"));
        // What an import names is written elsewhere.
        if n >= known {
            said.fix(format!("write `{near}`"), span, near);
        }
    }

    /// Steps into a value.
    pub fn stepped(&mut self, base: Expr, first: Vec<Expr>, steps: &[Step], span: Span) -> Expr {
        let mut all = first;
        for step in steps {
            all.push(match step {
                Step::Field(name) => text(&name.text, name.span),
                Step::Index(e) => self.expr(e),
            });
        }
        if all.is_empty() {
            return base;
        }
        Expr { kind: ExprKind::Ref { base: Box::new(base), steps: all }, span }
    }

    /// Declares a name.
    pub fn declare(&mut self, name: &str, span: Span, origin: Origin) -> VarId {
        if matches!(name, "input" | "data") {
            self.error("E1104", span, format!("`{name}` cannot be declared"))
                .label(format!("`{name}` always means the {name} of the evaluation"))
                .help("choose another name");
            // Below, the name means what was declared, so that nothing else is told about it.
            let v = match self.scopes.declare(name, span, origin, None) {
                Declared::New(v) | Declared::Again(v) | Declared::Late(v) => v,
            };
            self.note(span, v, true);
            return v;
        }
        let outer = if origin == Origin::Parameter { None } else { self.params };
        match self.scopes.declare(name, span, origin, outer) {
            Declared::New(v) => {
                self.note(span, v, true);
                self.shadows(name, span, origin);
                v
            }
            Declared::Again(v) => {
                self.note(span, v, true);
                let before = &self.scopes.variables[v.0 as usize];
                let (place, parameter) = (before.span, before.origin == Origin::Parameter);
                let what = if parameter { "a parameter" } else { "declared" };
                let file = self.file;
                self.error("E1102", span, format!("`{name}` is {what} already"))
                    .label("declared again")
                    .also(file, place, "the first time")
                    .help("variables never change; use another name, or `==` to compare");
                self.scopes.add(name, span, origin)
            }
            Declared::Late(v) => {
                self.note(span, v, true);
                let place = self.scopes.variables[v.0 as usize].span;
                let file = self.file;
                self.error("E1103", span, format!("`{name}` is used above its declaration"))
                    .label("declared here")
                    .also(file, place, "used here")
                    .help("move the declaration up, or use another name");
                v
            }
        }
    }

    fn shadows(&mut self, name: &str, span: Span, origin: Origin) {
        // Parameters often have the name of what is passed.
        if origin == Origin::Parameter {
            return;
        }
        let file = self.file;
        if let Some(import) = self.import(name) {
            let place = import.span;
            self.cx
                .log
                .warning(file, "W1153", span, format!("`{name}` hides an import"))
                .also(file, place, "the import")
                .help("another name keeps both usable");
        } else if let Some((at, place)) = self.cx.tree.name(&self.package, name) {
            self.cx
                .log
                .warning(file, "W1153", span, format!("`{name}` hides the rule of that name"))
                .also(at, place, "the rule")
                .help("another name keeps both usable");
        }
    }

    /// A known name near `name`, for a message.
    pub fn near(&self, name: &str) -> Option<String> {
        if self.cx.log.tired() {
            return None;
        }
        let rules = self.cx.tree.names(&self.package);
        let imports = self.cx.imports.get(self.file as usize);
        let known = self
            .scopes
            .names()
            .chain(rules.into_iter().flat_map(|n| n.keys().map(String::as_str)))
            .chain(imports.into_iter().flat_map(|i| i.keys().map(String::as_str)))
            .chain(["input", "data"]);
        closest(name, known)
    }
}

/// Whether a step is a constant and no string.
fn never_text(step: &Step) -> bool {
    use ast::ExprKind as K;
    matches!(step, Step::Index(e) if matches!(e.kind, K::Number(_) | K::Bool(_) | K::Null | K::Set(_) | K::Negate(_)))
}

/// Where a step is.
pub(super) fn step_span(step: &Step) -> Span {
    match step {
        Step::Field(Name { span, .. }) => *span,
        Step::Index(ast::Expr { span, .. }) => *span,
    }
}
