//! Expressions: names, library members, constants, calls that can be judged by reading.

use super::{Meaning, Resolver, library, numbers};
use crate::hir::{Expr, ExprKind, Import, ImportId, Item};
use gatos_syntax::diagnostic::Diagnostic;
use gatos_syntax::echolua::ast::{self, UnOp};
use gatos_syntax::span::Span;

impl Resolver {
    pub(super) fn expr(&mut self, e: &ast::Expr) -> Expr {
        self.expr_named(e, String::new())
    }

    /// An expression; when it is a function, `name` is what messages call it.
    pub(super) fn expr_named(&mut self, e: &ast::Expr, name: String) -> Expr {
        self.deeper(e.span, |r| {
            let kind = r.expr_kind(e, name);
            Expr { kind, span: e.span }
        })
        .unwrap_or_else(|| self.error_expr(e.span))
    }

    fn expr_kind(&mut self, e: &ast::Expr, fn_name: String) -> ExprKind {
        match &e.kind {
            ast::ExprKind::Nil => ExprKind::Nil,
            ast::ExprKind::True => ExprKind::Bool(true),
            ast::ExprKind::False => ExprKind::Bool(false),
            ast::ExprKind::Vararg => self.vararg(e.span),
            ast::ExprKind::Number(text) => self.number(text, e.span, false),
            ast::ExprKind::Str(s) => ExprKind::Str(s.clone()),
            ast::ExprKind::Name(name) => self.name(name, e.span),
            ast::ExprKind::Function(f) => {
                let id = self.new_function(fn_name, f.span);
                self.function_body(id, f, false);
                ExprKind::Function(id)
            }
            ast::ExprKind::Field { object, name } => self.field(object, &name.name, name.span),
            ast::ExprKind::Index { object, key } => {
                if let ast::ExprKind::Str(s) = &key.kind
                    && let Ok(name) = std::str::from_utf8(s)
                {
                    return self.field(object, name, key.span);
                }
                let object = self.expr(object);
                ExprKind::Index(Box::new(object), Box::new(self.expr(key)))
            }
            ast::ExprKind::Call { callee, args } => self.call(e.span, callee, args),
            ast::ExprKind::Method { object, name, args } => {
                let object = Box::new(self.expr(object));
                let args = args.iter().map(|a| self.expr(a)).collect();
                ExprKind::Method { object, name: name.name.clone().into_bytes(), name_span: name.span, args }
            }
            ast::ExprKind::Binary { .. } => self.binary(e),
            ast::ExprKind::Unary { op: UnOp::Neg, operand } => {
                if let ast::ExprKind::Number(text) = &operand.kind {
                    return match self.number(text, operand.span, true) {
                        ExprKind::Int(v) => ExprKind::Int(v),
                        ExprKind::Fixed(v) => ExprKind::Fixed(v),
                        other => other,
                    };
                }
                ExprKind::Unary(UnOp::Neg, Box::new(self.expr(operand)))
            }
            ast::ExprKind::Unary { op, operand } => ExprKind::Unary(*op, Box::new(self.expr(operand))),
            ast::ExprKind::Paren(inner) => ExprKind::Paren(Box::new(self.expr(inner))),
            ast::ExprKind::Table(items) => ExprKind::Table(items.iter().map(|i| self.item(i)).collect()),
            ast::ExprKind::Error => ExprKind::Error,
        }
    }

    fn vararg(&mut self, span: Span) -> ExprKind {
        if self.scope().vararg {
            return ExprKind::Vararg;
        }
        let (says, help) = if self.at_top() && self.is_module() {
            ("a module gets no arguments", "`require` passes nothing; name what is needed in the module itself")
        } else {
            ("`...` stands in a function that does not take it", "add `...` to the function's parameters")
        };
        self.diags.push(Diagnostic::error("E0210", span, says).label("no extra arguments here").help(help));
        ExprKind::Error
    }

    /// A numeral; `negated` when a minus stands before it, which then is part of it.
    fn number(&mut self, text: &str, span: Span, negated: bool) -> ExprKind {
        let (value, diag) = numbers::literal(text, span, negated);
        self.diags.extend(diag);
        value
    }

    fn field(&mut self, object: &ast::Expr, name: &str, name_span: Span) -> ExprKind {
        if let ast::ExprKind::Name(root) = &object.kind
            && let Some(kind) = self.member(root, object.span, name, name_span)
        {
            return kind;
        }
        let object = self.expr(object);
        let key = Expr { kind: ExprKind::Str(name.as_bytes().to_vec()), span: name_span };
        ExprKind::Index(Box::new(object), Box::new(key))
    }

    /// Left-leaning chains are taken apart in a loop, so that `a + b + c + …` costs no stack.
    fn binary(&mut self, e: &ast::Expr) -> ExprKind {
        let mut spine = Vec::new();
        let mut at = e;
        while let ast::ExprKind::Binary { op, op_span, left, right } = &at.kind {
            spine.push((*op, *op_span, at.span, &**right));
            at = left;
        }
        let mut left = self.expr(at);
        while let Some((op, op_span, span, right)) = spine.pop() {
            let right = Box::new(self.expr(right));
            left = Expr { kind: ExprKind::Binary { op, op_span, left: Box::new(left), right }, span };
        }
        left.kind
    }

    fn call(&mut self, span: Span, callee: &ast::Expr, args: &[ast::Expr]) -> ExprKind {
        if let ast::ExprKind::Name(name) = &callee.kind
            && name == "require"
            && matches!(self.meaning(name), Meaning::Lib)
        {
            return self.require(span, args);
        }
        let callee = self.expr(callee);
        let args: Vec<Expr> = args.iter().map(|a| self.expr(a)).collect();
        if let ExprKind::Lib(name) = &callee.kind {
            let name = name.clone();
            self.judge_call(&name, &args);
        }
        ExprKind::Call(Box::new(callee), args)
    }

    fn require(&mut self, span: Span, args: &[ast::Expr]) -> ExprKind {
        let [ast::Expr { kind: ast::ExprKind::Str(name), span: name_span }] = args else {
            self.diags.push(
                Diagnostic::error("E0122", span, "`require` takes one literal name")
                    .label("modules are compiled in, so their names must be known here")
                    .help("write `require \"a.b\"`; to choose at run time, require each and keep them in a table"),
            );
            return ExprKind::Error;
        };
        let name = String::from_utf8_lossy(name).into_owned();
        let valid = !name.is_empty()
            && name.split('.').all(|part| {
                !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
            });
        if !valid {
            self.diags.push(
                Diagnostic::error("E0122", *name_span, format!("`{name}` cannot be a module's name"))
                    .label("names are words joined by points")
                    .help("`require \"lib.dates\"` stands for the file `lib/dates.lua`"),
            );
            return ExprKind::Error;
        }
        let next = self.hir.imports.len() as u32;
        let id = *self.imports.entry(name.clone()).or_insert(next);
        if id == next {
            self.hir.imports.push(Import { name, span: *name_span });
        }
        ExprKind::Import(ImportId(id))
    }

    /// Calls of library functions whose failure can be read off the page.
    fn judge_call(&mut self, name: &str, args: &[Expr]) {
        match (name, args.first().map(|a| (&a.bare().kind, a.span))) {
            ("tostring", Some((ExprKind::Function(_) | ExprKind::Table(_), span))) => self.diags.push(
                Diagnostic::error("E0123", span, "`tostring` of a table or function has no stable meaning")
                    .label("Lua prints an address here")
                    .help("use `json.encode_canonical` for a table, or a name of your own"),
            ),
            ("string.format", Some((ExprKind::Str(format), span))) => self.judge_format(format, span),
            ("setmetatable" | "rawset" | "rawget", _) => {
                if let Some(key) = args.get(1).and_then(|k| k.as_str()).filter(|_| name == "rawset") {
                    let key = String::from_utf8_lossy(key).into_owned();
                    self.metafield(&key, args[1].span);
                }
            }
            _ => {}
        }
    }

    fn judge_format(&mut self, format: &[u8], span: Span) {
        let mut at = 0;
        while at < format.len() {
            if format[at] != b'%' {
                at += 1;
                continue;
            }
            at += 1;
            while at < format.len() && b"-+ #0123456789.".contains(&format[at]) {
                at += 1;
            }
            let Some(&verb) = format.get(at) else { return };
            at += 1;
            if b"aAeEgGp".contains(&verb) {
                let verb = verb as char;
                self.diags.push(
                    Diagnostic::error("E0124", span, format!("`string.format` has no `%{verb}` in EchoLua"))
                        .label(if verb == 'p' { "addresses are not observable" } else { "a form for floats only" })
                        .help("use `%f` with a number of digits, `%d` for integers, `%s` for the shortest decimal"),
                );
                return;
            }
        }
    }

    fn item(&mut self, item: &ast::TableItem) -> Item {
        match item {
            ast::TableItem::Positional(e) => Item::Positional(self.expr(e)),
            ast::TableItem::Named(name, e) => {
                self.metafield(&name.name, name.span);
                Item::Named(name.name.clone().into_bytes(), name.span, self.expr_named(e, name.name.clone()))
            }
            ast::TableItem::Keyed(k, e) => {
                let k = self.expr(k);
                if let Some(s) = k.as_str() {
                    let s = s.to_vec();
                    let text = String::from_utf8_lossy(&s).into_owned();
                    self.metafield(&text, k.span);
                    return Item::Named(s, k.span, self.expr_named(e, text));
                }
                Item::Keyed(k, self.expr(e))
            }
        }
    }
}

/// The library constants that are plain numbers, so that they fold like literals.
pub(crate) fn lib_number(name: &str) -> Option<ExprKind> {
    if !library::exists(name) {
        return None;
    }
    match name {
        "math.maxinteger" => Some(ExprKind::Int(i64::MAX)),
        "math.mininteger" => Some(ExprKind::Int(i64::MIN)),
        "math.maxfixed" => Some(ExprKind::Fixed(i64::MAX)),
        "math.minfixed" => Some(ExprKind::Fixed(i64::MIN)),
        _ => None,
    }
}
