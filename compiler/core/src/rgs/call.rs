//! Calls: of the bundle's functions, of the library's, and of those that are not there, with the way out.

use super::hir::{ArithOp, CompareOp, DocumentId, DocumentKind, Expr, ExprKind};
use super::left_out;
use super::names::{Base, Lowering, broken, text, var};
use super::scope::{Origin, unwrap};
use super::tree::{Found, arguments, constant_steps};
use crate::resolve::suggest::closest;
use gatos_sigs::rgs as sigs;
use gatos_syntax::rgs::ast;
use gatos_syntax::span::Span;

/// What a name in front of arguments means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Function {
    Document(DocumentId, u8),
    Builtin(&'static sigs::Builtin),
}

/// A call and, when one argument too many was written, the place for its result.
pub(super) struct Called<'e> {
    pub value: Expr,
    pub output: Option<&'e ast::Expr>,
}

impl Lowering<'_, '_> {
    /// A call where a value is wanted.
    pub fn call_value(&mut self, function: &ast::Expr, args: &[ast::Expr], span: Span) -> Expr {
        self.call(function, args, span, false).value
    }

    /// A call. A statement may name the result with one more argument: `count(xs, n)`.
    pub fn call<'e>(&mut self, function: &ast::Expr, args: &'e [ast::Expr], span: Span, statement: bool) -> Called<'e> {
        let Some((path, at)) = function_path(function) else {
            self.error("E1113", function.span, "this is not the name of a function")
                .help("only names like `f` and `lib.f` can be called");
            return self.no_call(args, span);
        };
        let name = path.join(".");
        if let Some(value) = self.special(&name, args, span) {
            return Called { value, output: None };
        }
        let Some(function) = self.function(&path, at, span, args) else {
            return self.no_call(args, span);
        };
        let arity = match function {
            Function::Document(_, n) => usize::from(n),
            Function::Builtin(b) => b.params.len(),
        };
        let output = (statement && args.len() == arity + 1).then(|| args.last()).flatten();
        if args.len() != arity && output.is_none() {
            self.wrong_arity(function, &name, args, at.to(span));
            return self.no_call(args, span);
        }
        let values: Vec<Expr> = args[..arity].iter().map(|a| self.expr(a)).collect();
        let value = match function {
            Function::Document(function, _) => Expr { kind: ExprKind::CallDocument { function, args: values }, span },
            Function::Builtin(b) => self.builtin(b, values, span),
        };
        Called { value, output }
    }

    fn builtin(&mut self, b: &'static sigs::Builtin, args: Vec<Expr>, span: Span) -> Expr {
        self.argument_types(b, &args);
        let call = ExprKind::CallBuiltin { name: b.name.to_string(), replaced_by: None, args };
        let call = Expr { kind: call, span };
        if b.name != "walk" {
            return call;
        }
        // `walk` is a relation: each of its pairs is a solution.
        let each = self.fresh(span, Origin::Made);
        Expr { kind: ExprKind::Ref { base: Box::new(call), steps: vec![var(each, span)] }, span }
    }

    /// What a name means when it is called or replaced. Tells what is wrong with it.
    pub fn function(&mut self, path: &[String], at: Span, span: Span, args: &[ast::Expr]) -> Option<Function> {
        let name = path.join(".");
        match self.known_function(path, at) {
            Ok(found) => Some(found),
            Err(not) => {
                match not {
                    NotFunction::Variable => {
                        self.error("E1113", at, format!("`{}` is a variable, not a function", path[0]));
                    }
                    NotFunction::Rule(id) => {
                        let doc = self.cx.tree.doc(id);
                        let what = super::tree::kind_text(doc.kind);
                        let (file, place) = doc.place();
                        self.error("E1113", at, format!("`{name}` is {what}, not a function"))
                            .also(file, place, "defined here")
                            .help("leave the arguments out, or give the rule parameters: `f(x) := ...`");
                    }
                    NotFunction::Unknown => self.unknown_function(&name, path, at, span, args),
                }
                None
            }
        }
    }

    /// What a name means when it is called, without messages.
    pub fn known_function(&mut self, path: &[String], at: Span) -> Result<Function, NotFunction> {
        let name = path.join(".");
        let builtin = sigs::find(&name).map(Function::Builtin);
        let first = &path[0];
        let global = match self.known_base(first, at) {
            Some(Base::Var(_)) => return builtin.filter(|_| path.len() > 1).ok_or(NotFunction::Variable),
            Some(Base::Data(base)) => Some(base),
            Some(Base::Input(_)) | None => None,
        };
        let Some(mut full) = global else { return builtin.ok_or(NotFunction::Unknown) };
        full.extend(path[1..].iter().cloned());
        match self.cx.tree.find(&full) {
            Found::Document(id, used) if used == full.len() => match self.cx.tree.doc(id).kind {
                DocumentKind::Function(n) => Ok(Function::Document(id, n)),
                _ => builtin.ok_or(NotFunction::Rule(id)),
            },
            _ => builtin.ok_or(NotFunction::Unknown),
        }
    }

    /// What a name means, if anything: nothing is introduced.
    pub fn known_base(&mut self, name: &str, span: Span) -> Option<Base> {
        let known = self.scopes.find(name).is_some()
            || self.import(name).is_some()
            || self.cx.tree.name(&self.package, name).is_some()
            || matches!(name, "input" | "data");
        // The place is that of a whole path: no variable's.
        let again = std::mem::replace(&mut self.again, true);
        let base = known.then(|| self.base(name, span));
        self.again = again;
        base
    }

    /// The arguments of a call that cannot be made still count as uses.
    fn no_call<'e>(&mut self, args: &[ast::Expr], span: Span) -> Called<'e> {
        for a in args {
            self.expr(a);
        }
        Called { value: broken(span), output: None }
    }

    fn wrong_arity(&mut self, function: Function, name: &str, args: &[ast::Expr], span: Span) {
        let given = args.len();
        match function {
            Function::Document(id, n) => {
                let (file, place) = self.cx.tree.doc(id).place();
                self.error("E1112", span, format!("`{name}` takes {}, not {given}", arguments(n))).also(
                    file,
                    place,
                    "defined here",
                );
            }
            Function::Builtin(b) => {
                let names: Vec<&str> = b.params.iter().map(|p| p.name).collect();
                let n = u8::try_from(names.len()).unwrap_or(u8::MAX);
                self.error("E1112", span, format!("`{name}` takes {}, not {given}", arguments(n))).label(format!(
                    "{}({})",
                    b.name,
                    names.join(", ")
                ));
            }
        }
    }

    fn unknown_function(&mut self, name: &str, path: &[String], at: Span, span: Span, args: &[ast::Expr]) {
        if let Some(old) = left_out::v0(name) {
            let said = self.error("E1116", at, format!("`{name}` is not part of Rego v1")).help(old.help);
            if let Some(edits) = old.edits(span, args) {
                said.edits(old.title, edits);
            }
            return;
        }
        if let Some((reason, instead)) = left_out::reason(name) {
            self.error("E1115", at, format!("`{name}` is left out: {reason}")).help(instead);
            return;
        }
        let near = match path {
            _ if self.cx.log.tired() => None,
            [first, .., last] if first == "data" || self.import(first).is_some() => {
                let tree = &self.cx.tree;
                let functions: Vec<&str> = tree
                    .docs
                    .iter()
                    .filter(|d| matches!(d.kind, DocumentKind::Function(_)))
                    .filter_map(|d| d.path.last().map(String::as_str))
                    .collect();
                let near = closest(last, functions.into_iter());
                near.map(|n| format!("{}.{n}", path[..path.len() - 1].join(".")))
            }
            _ => {
                let tree = &self.cx.tree;
                let own = tree.names(&self.package).into_iter().flat_map(|n| n.keys().map(String::as_str));
                let library: Vec<&str> = sigs::all().map(|b| b.name).collect();
                closest(name, own.chain(library))
            }
        };
        let said = self.error("E1111", at, format!("there is no function `{name}`"));
        match near {
            Some(near) => said.label(format!("did you mean `{near}`?")).fix(format!("write `{near}`"), at, near),
            None => said.help("functions are `f(x) := ...` in this package, imported packages, and the library"),
        };
    }

    /// Names that look like functions and are something else.
    fn special(&mut self, name: &str, args: &[ast::Expr], span: Span) -> Option<Expr> {
        if name == "set" && args.is_empty() && self.cx.tree.name(&self.package, "set").is_none() {
            return Some(Expr { kind: ExprKind::Set(Vec::new()), span });
        }
        if matches!(name, "rego.metadata.rule" | "rego.metadata.chain") && args.is_empty() {
            return Some(match self.rule {
                Some(rule) => {
                    super::meta::constant(&self.cx.modules, self.file, rule, name == "rego.metadata.chain", span)
                }
                None => broken(span),
            });
        }
        let [a, b] = args else { return None };
        let op = operator(name).filter(|_| self.is_operator(name))?;
        let a = Box::new(self.expr(a));
        let b = Box::new(self.expr(b));
        let kind = match op {
            Operator::Compare(op) => ExprKind::Compare(op, a, b),
            Operator::Arith(op) => {
                self.operand_types(op, [&a, &b]);
                ExprKind::Arith(op, a, b)
            }
        };
        Some(Expr { kind, span })
    }

    /// Whether a name is that of an operator here: `plus`, where no rule is called so.
    pub fn is_operator(&self, name: &str) -> bool {
        operator(name).is_some() && self.scopes.find(name).is_none() && self.cx.tree.name(&self.package, name).is_none()
    }
}

enum Operator {
    Compare(CompareOp),
    Arith(ArithOp),
}

/// The names that operators have as functions.
fn operator(name: &str) -> Option<Operator> {
    Some(match name {
        "equal" => Operator::Compare(CompareOp::Eq),
        "neq" => Operator::Compare(CompareOp::Ne),
        "lt" => Operator::Compare(CompareOp::Lt),
        "lte" => Operator::Compare(CompareOp::Le),
        "gt" => Operator::Compare(CompareOp::Gt),
        "gte" => Operator::Compare(CompareOp::Ge),
        "plus" => Operator::Arith(ArithOp::Add),
        "minus" => Operator::Arith(ArithOp::Sub),
        "mul" => Operator::Arith(ArithOp::Mul),
        "div" => Operator::Arith(ArithOp::Div),
        "rem" => Operator::Arith(ArithOp::Rem),
        "and" => Operator::Arith(ArithOp::And),
        "or" => Operator::Arith(ArithOp::Or),
        _ => return None,
    })
}

/// Why a name cannot be called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum NotFunction {
    Variable,
    Rule(DocumentId),
    Unknown,
}

/// The parts of a function's name, and where it stands.
pub(super) fn function_path(function: &ast::Expr) -> Option<(Vec<String>, Span)> {
    let function = unwrap(function);
    match &function.kind {
        ast::ExprKind::Name(name) => Some((vec![name.clone()], function.span)),
        ast::ExprKind::Ref { base, steps } => {
            let ast::ExprKind::Name(name) = &unwrap(base).kind else { return None };
            let rest = constant_steps(steps);
            (rest.len() == steps.len()).then(|| (std::iter::once(name.clone()).chain(rest).collect(), function.span))
        }
        _ => None,
    }
}

/// A path as a value: strings in an array.
pub(super) fn path_value(path: &[String], span: Span) -> Expr {
    Expr { kind: ExprKind::Array(path.iter().map(|p| text(p, span)).collect()), span }
}
