//! What kinds of value variables and rules can have, as far as the resolved policy says.

use super::analysis::lock;
use super::contract;
use gatos_compiler::rgs::hir::{
    ArithOp, Body, Bundle, DocumentId, DocumentKind, Expr, ExprKind, Literal, LiteralKind, Rule, Scalar, VarId,
};
use gatos_sigs::rgs::{Types, find};
use std::collections::BTreeMap;
use std::sync::Mutex;

/// How many documents one after the other are looked into.
const MAX_DEPTH: usize = 48;

/// The kinds of documents that were found out, by number.
pub(super) type Known = Mutex<BTreeMap<u32, Ty>>;

/// The kinds of a value, and of its members where that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ty {
    kinds: Types,
    of: Option<Box<Ty>>,
}

impl Ty {
    const ANY: Ty = Ty { kinds: Types::ANY, of: None };

    fn of(kinds: Types) -> Ty {
        Ty { kinds, of: None }
    }

    fn holding(kinds: Types, of: Option<Ty>) -> Ty {
        Ty { kinds, of: of.filter(|of| !of.is_any()).map(Box::new) }
    }

    /// Whether nothing is known.
    pub(super) fn is_any(&self) -> bool {
        self.kinds == Types::ANY
    }

    fn or(self, other: Ty) -> Ty {
        if self == other {
            return self;
        }
        let of = match (self.of, other.of) {
            (Some(a), Some(b)) => Some(Box::new(a.or(*b))),
            // Members of one side alone are known.
            _ => None,
        };
        Ty { kinds: self.kinds.or(other.kinds), of }
    }

    fn member(&self) -> Ty {
        self.of.as_deref().cloned().unwrap_or(Ty::ANY)
    }

    /// As people write it: `set of string`, `number or null`, `any`.
    pub(super) fn text(&self) -> String {
        if self.is_any() {
            return "any".to_owned();
        }
        let names: Vec<&str> = self.kinds.names().collect();
        match &self.of {
            Some(of) if names.len() == 1 => format!("{} of {}", names[0], of.text()),
            _ => names.join(" or "),
        }
    }

    fn parse(text: &str) -> Ty {
        let (outer, of) = match text.split_once(" of ") {
            Some((outer, of)) => (outer, Some(Ty::parse(of))),
            None => (text, None),
        };
        let kinds = match outer {
            "string" => Types::STRING,
            "number" => Types::NUMBER,
            "boolean" => Types::BOOLEAN,
            "array" => Types::ARRAY,
            "object" => Types::OBJECT,
            "set" => Types::SET,
            _ => Types::ANY,
        };
        Ty::holding(kinds, of)
    }
}

fn join(all: impl Iterator<Item = Ty>) -> Option<Ty> {
    all.reduce(Ty::or)
}

struct Infer<'b> {
    bundle: &'b Bundle,
    known: &'b Known,
    vars: Vec<Option<Ty>>,
    /// Whether `input` is that of a gate's decision.
    is_gate: bool,
    /// Documents that are being found out, outermost first.
    open: &'b [u32],
}

/// The kinds of every variable of a rule.
pub(super) fn variables(bundle: &Bundle, known: &Known, document: DocumentId, rule: &Rule) -> Vec<Option<Ty>> {
    let path = bundle.documents.get(document.0 as usize).map_or(&[][..], |d| &d.path);
    let is_gate = path.first().is_some_and(|first| first == "gatos");
    let mut infer = Infer { bundle, known, vars: vec![None; rule.vars.len()], is_gate, open: &[] };
    infer.rule(rule);
    infer.vars
}

/// The kinds of a document's value; of a function's result.
pub(super) fn document(bundle: &Bundle, known: &Known, id: DocumentId) -> Ty {
    document_at(bundle, known, id, &[])
}

fn document_at(bundle: &Bundle, known: &Known, id: DocumentId, open: &[u32]) -> Ty {
    let Some(doc) = bundle.documents.get(id.0 as usize) else { return Ty::ANY };
    if let Some(ty) = lock(known).get(&id.0) {
        return ty.clone();
    }
    // Rules that need each other are refused, but their types are asked for all the same.
    if open.len() >= MAX_DEPTH || open.contains(&id.0) {
        return Ty::ANY;
    }
    let open: Vec<u32> = open.iter().copied().chain([id.0]).collect();
    let is_gate = doc.path.first().is_some_and(|first| first == "gatos");
    let of = |rule: &Rule| {
        let mut infer = Infer { bundle, known, vars: vec![None; rule.vars.len()], is_gate, open: &open };
        infer.rule(rule);
        join(rule.branches.iter().map(|branch| infer.expr(&branch.value)))
    };
    let rules = doc.rules.iter().chain(&doc.default).filter_map(of);
    let value = join(rules);
    let ty = match doc.kind {
        DocumentKind::Set => Ty::holding(Types::SET, value),
        DocumentKind::Object => match doc.rules.iter().all(|rule| rule.keys.len() == 1) {
            true => Ty::holding(Types::OBJECT, value),
            false => Ty::of(Types::OBJECT),
        },
        DocumentKind::Complete | DocumentKind::Function(_) => value.unwrap_or(Ty::ANY),
    };
    lock(known).insert(id.0, ty.clone());
    ty
}

impl Infer<'_> {
    fn rule(&mut self, rule: &Rule) {
        for branch in &rule.branches {
            self.body(&branch.body);
            self.closures(&branch.value);
        }
    }

    fn body(&mut self, body: &Body) {
        body.literals.iter().for_each(|literal| self.literal(literal));
    }

    fn literal(&mut self, literal: &Literal) {
        match &literal.kind {
            LiteralKind::Test(e) => self.closures(e),
            LiteralKind::Unify(a, b) => {
                self.closures(a);
                self.closures(b);
                let ty = self.expr(b);
                self.bind(a, &ty);
            }
            LiteralKind::Not(body) => self.body(body),
            LiteralKind::Some { key, value, collection } => {
                self.closures(collection);
                let ty = self.expr(collection);
                if let Some(key) = key {
                    self.bind(key, &key_of(&ty));
                }
                self.bind(value, &ty.member());
            }
            LiteralKind::Every { key, value, collection, body } => {
                let ty = self.expr(collection);
                if let Some(key) = key {
                    self.set(*key, &key_of(&ty));
                }
                self.set(*value, &ty.member());
                self.body(body);
            }
        }
    }

    /// The bodies of comprehensions give their variables values too.
    fn closures(&mut self, e: &Expr) {
        match &e.kind {
            ExprKind::ArrayComp(value, body) | ExprKind::SetComp(value, body) => {
                self.body(body);
                self.closures(value);
            }
            ExprKind::ObjectComp(key, value, body) => {
                self.body(body);
                self.closures(key);
                self.closures(value);
            }
            _ => {
                if let ExprKind::Ref { base, steps } = &e.kind
                    && let [step] = steps.as_slice()
                    && let ExprKind::Var(v) = step.kind
                {
                    let ty = key_of(&self.expr(base));
                    self.set(v, &ty);
                }
                gatos_compiler::rgs::visit::parts(e, &mut |part| {
                    if let gatos_compiler::rgs::visit::Part::Expr(e) = part {
                        self.closures(e);
                    }
                });
            }
        }
    }

    fn set(&mut self, v: VarId, ty: &Ty) {
        if let Some(slot) = self.vars.get_mut(v.0 as usize)
            && slot.is_none()
            && !ty.is_any()
        {
            *slot = Some(ty.clone());
        }
    }

    fn bind(&mut self, pattern: &Expr, ty: &Ty) {
        match &pattern.kind {
            ExprKind::Var(v) => self.set(*v, ty),
            ExprKind::Array(items) => {
                let member = ty.member();
                items.iter().for_each(|item| self.bind(item, &member));
            }
            ExprKind::Object(entries) => entries.iter().for_each(|(_, value)| self.bind(value, &Ty::ANY)),
            _ => {}
        }
    }

    fn expr(&self, e: &Expr) -> Ty {
        match &e.kind {
            ExprKind::Scalar(Scalar::Null) => Ty::of(Types::NULL),
            ExprKind::Scalar(Scalar::Bool(_)) | ExprKind::Compare(..) | ExprKind::In(..) => Ty::of(Types::BOOLEAN),
            ExprKind::Scalar(Scalar::Int(_) | Scalar::Fixed(_)) => Ty::of(Types::NUMBER),
            ExprKind::Scalar(Scalar::Text(_)) | ExprKind::Template(_) => Ty::of(Types::STRING),
            ExprKind::Var(v) => self.vars.get(v.0 as usize).cloned().flatten().unwrap_or(Ty::ANY),
            ExprKind::Input | ExprKind::Data => Ty::ANY,
            ExprKind::Tree(_) => Ty::of(Types::OBJECT),
            ExprKind::Document(id) | ExprKind::CallDocument { function: id, .. } => {
                document_at(self.bundle, self.known, *id, self.open)
            }
            ExprKind::Ref { base, steps } => self.reference(base, steps),
            ExprKind::CallBuiltin { name, args, .. } => self.call(name, args),
            ExprKind::Array(items) => Ty::holding(Types::ARRAY, join(items.iter().map(|i| self.expr(i)))),
            ExprKind::Set(items) => Ty::holding(Types::SET, join(items.iter().map(|i| self.expr(i)))),
            ExprKind::Object(entries) => Ty::holding(Types::OBJECT, join(entries.iter().map(|(_, v)| self.expr(v)))),
            ExprKind::ArrayComp(value, _) => Ty::holding(Types::ARRAY, Some(self.expr(value))),
            ExprKind::SetComp(value, _) => Ty::holding(Types::SET, Some(self.expr(value))),
            ExprKind::ObjectComp(_, value, _) => Ty::holding(Types::OBJECT, Some(self.expr(value))),
            ExprKind::Arith(op, a, _) => match op {
                ArithOp::And | ArithOp::Or => self.expr(a),
                ArithOp::Sub => match self.expr(a) {
                    ty if ty.is_any() => Ty::of(Types::NUMBER.or(Types::SET)),
                    ty => ty,
                },
                _ => Ty::of(Types::NUMBER),
            },
        }
    }

    fn reference(&self, base: &Expr, steps: &[Expr]) -> Ty {
        let mut rest = steps;
        let mut ty = match &base.kind {
            ExprKind::Input if self.is_gate => {
                let keys = steps.iter().map_while(|s| match &s.kind {
                    ExprKind::Scalar(Scalar::Text(text)) => Some(text.clone()),
                    _ => None,
                });
                let keys: Vec<String> = keys.collect();
                let found = (1..=keys.len()).rev().find_map(|n| Some((n, contract::find(keys.get(..n)?)?)));
                match found {
                    Some((n, field)) => {
                        rest = steps.get(n..).unwrap_or_default();
                        Ty::parse(field.ty)
                    }
                    None => return Ty::ANY,
                }
            }
            _ => self.expr(base),
        };
        for _ in rest {
            ty = ty.member();
        }
        ty
    }

    /// A library function's result, with what it holds where its name says so.
    fn call(&self, name: &str, args: &[Expr]) -> Ty {
        let Some(builtin) = find(name) else { return Ty::ANY };
        let text = || Some(Ty::of(Types::STRING));
        let first = || args.first().map(|arg| self.expr(arg).member());
        let of = match name {
            "split" | "regex.split" | "regex.find_n" | "strings.split" => text(),
            "gatos.caps.missing" | "gatos.trust.caps_of" | "gatos.trust.grants_for" => text(),
            "sort" | "array.slice" | "array.reverse" | "union" | "intersection" => first(),
            "numbers.range" | "numbers.range_step" | "indexof_n" => Some(Ty::of(Types::NUMBER)),
            _ => None,
        };
        Ty::holding(builtin.result, of)
    }
}

/// The keys of a container.
fn key_of(ty: &Ty) -> Ty {
    match ty.kinds {
        Types::ARRAY => Ty::of(Types::NUMBER),
        Types::SET => ty.member(),
        _ => Ty::ANY,
    }
}
