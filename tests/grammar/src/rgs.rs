//! The pieces of a policy, out of the compiler's tree and out of the editors'.

use crate::Piece;
use gatos_syntax::rgs::ast::*;
use gatos_syntax::span::Span;
use std::collections::BTreeSet;
use tree_sitter::Node;

/// The pieces of a module.
pub fn pieces(module: &Module) -> BTreeSet<Piece> {
    let mut all = Pieces(BTreeSet::new());
    module.package.iter().for_each(|package| all.add("package", package.span));
    module.imports.iter().for_each(|import| all.add("import", import.span));
    module.comments.iter().for_each(|comment| all.add("comment", comment.span));
    module.rules.iter().for_each(|rule| all.rule(rule));
    all.0
}

struct Pieces(BTreeSet<Piece>);

impl Pieces {
    fn add(&mut self, name: &'static str, span: Span) {
        self.0.insert((name, span.start as usize, span.end as usize));
    }

    fn rule(&mut self, rule: &Rule) {
        self.add("rule", rule.span);
        self.steps(&rule.head.path);
        self.exprs(rule.head.params.as_deref().unwrap_or_default());
        match &rule.head.value {
            HeadValue::True => {}
            HeadValue::Value(value) | HeadValue::Contains(value) => self.expr(value),
        }
        rule.body.iter().for_each(|body| self.body(body));
        for branch in &rule.otherwise {
            self.add("else", branch.span);
            branch.value.iter().for_each(|value| self.expr(value));
            branch.body.iter().for_each(|body| self.body(body));
        }
    }

    fn body(&mut self, body: &Body) {
        for literal in &body.literals {
            self.add("literal", literal.span);
            match &literal.kind {
                LiteralKind::Expr(expr) | LiteralKind::Not(expr) => self.expr(expr),
                LiteralKind::SomeNames(_) | LiteralKind::Error => {}
                LiteralKind::SomeIn { key, value, collection } => {
                    key.iter().for_each(|key| self.expr(key));
                    self.expr(value);
                    self.expr(collection);
                }
                LiteralKind::Every { collection, body, .. } => {
                    self.expr(collection);
                    self.body(body);
                }
            }
            literal.with.iter().for_each(|with| self.with(with));
        }
    }

    fn with(&mut self, with: &With) {
        self.add("with", with.span);
        self.expr(&with.target);
        self.expr(&with.value);
    }

    /// The expression of a template that has a `with`: the only literal of a comprehension, assigned.
    fn templated(&mut self, comprehension: &Expr) {
        let ExprKind::ArrayComp { body, .. } = &comprehension.kind else { return };
        for literal in &body.literals {
            if let LiteralKind::Expr(Expr { kind: ExprKind::Binary { right, .. }, .. }) = &literal.kind {
                self.expr(right);
            }
            literal.with.iter().for_each(|with| self.with(with));
        }
    }

    fn steps(&mut self, steps: &[Step]) {
        for step in steps {
            if let Step::Index(key) = step {
                self.expr(key);
            }
        }
    }

    fn exprs(&mut self, list: &[Expr]) {
        list.iter().for_each(|expr| self.expr(expr));
    }

    fn expr(&mut self, expr: &Expr) {
        let name = match &expr.kind {
            ExprKind::Template(parts) => {
                for part in parts {
                    if let TemplatePart::Expr(inner) = part {
                        self.expr(inner);
                    }
                }
                "template"
            }
            ExprKind::Ref { base, steps } => {
                // `{e with …}` in a template is put together from pieces that nobody wrote.
                if base.span == expr.span {
                    return self.templated(base);
                }
                self.expr(base);
                self.steps(steps);
                "ref"
            }
            ExprKind::Call { function, args } => {
                self.expr(function);
                self.exprs(args);
                "call"
            }
            ExprKind::Array(items) => {
                self.exprs(items);
                "array"
            }
            ExprKind::Set(items) => {
                self.exprs(items);
                "set"
            }
            ExprKind::Object(pairs) => {
                for (key, value) in pairs {
                    self.expr(key);
                    self.expr(value);
                }
                "object"
            }
            ExprKind::ArrayComp { value, body } => {
                self.expr(value);
                self.body(body);
                "array comprehension"
            }
            ExprKind::SetComp { value, body } => {
                self.expr(value);
                self.body(body);
                "set comprehension"
            }
            ExprKind::ObjectComp { key, value, body } => {
                self.expr(key);
                self.expr(value);
                self.body(body);
                "object comprehension"
            }
            ExprKind::Binary { left, right, .. } => {
                self.expr(left);
                self.expr(right);
                "binary"
            }
            ExprKind::In { key, value, collection } => {
                key.iter().for_each(|key| self.expr(key));
                self.expr(value);
                self.expr(collection);
                "in"
            }
            ExprKind::Paren(inner) => {
                self.expr(inner);
                "parentheses"
            }
            ExprKind::Number(_) => "number",
            ExprKind::Text(_) => "string",
            _ => return,
        };
        self.add(name, expr.span);
    }
}

/// What a node is called here, and where it begins.
pub fn name(node: Node<'_>) -> Option<(&'static str, usize)> {
    let within = |kind: &str| node.parent().is_some_and(|parent| parent.kind() == kind);
    let name = match node.kind() {
        "package" => "package",
        "import" => "import",
        "comment" => "comment",
        "rule" => "rule",
        "else_clause" => "else",
        "literal" => "literal",
        "with" => "with",
        "template" => "template",
        "ref" => "ref",
        "call" => "call",
        "array" => "array",
        "set" => "set",
        "object" => "object",
        "array_comprehension" => "array comprehension",
        "set_comprehension" => "set comprehension",
        "object_comprehension" => "object comprehension",
        "binary_expression" => "binary",
        "membership" => "in",
        "parenthesized_expression" => "parentheses",
        // The sign is a part of the number; and keys of paths are names.
        "number" if within("negative_number") => return None,
        "number" | "negative_number" => "number",
        "string" | "raw_string" if within("path") => return None,
        "string" | "raw_string" => "string",
        _ => return None,
    };
    Some((name, node.start_byte()))
}
