//! The tree as text: one line a rule or statement, s-expressions within. For tests and for looking.

use std::fmt::Write;

use super::ast::*;

/// A whole module.
pub fn dump(module: &Module) -> String {
    let mut out = String::new();
    if let Some(package) = &module.package {
        out.push_str("(package");
        names(&mut out, &package.path);
        out.push_str(")\n");
    }
    for import in &module.imports {
        out.push_str("(import");
        names(&mut out, &import.path);
        if let Some(alias) = &import.alias {
            let _ = write!(out, " as {}", alias.text);
        }
        out.push_str(")\n");
    }
    for rule in &module.rules {
        write_rule(&mut out, rule);
    }
    for meta in &module.metadata {
        let _ = write!(out, "(metadata {:?}", meta.scope);
        if let Some(rule) = meta.rule {
            let _ = write!(out, " of {rule}");
        }
        for (key, value) in &meta.fields {
            let _ = write!(out, " {key}=");
            write_meta(&mut out, value);
        }
        out.push_str(")\n");
    }
    out
}

/// The statements of a body, a line each.
pub fn dump_body(body: &Body) -> String {
    let mut out = String::new();
    write_literals(&mut out, body, 0);
    out
}

/// An expression.
pub fn dump_expr(expr: &Expr) -> String {
    let mut out = String::new();
    write_expr(&mut out, expr, 0);
    out
}

fn names(out: &mut String, names: &[Name]) {
    for name in names {
        let _ = write!(out, " {}", name.text);
    }
}

fn write_meta(out: &mut String, value: &MetaValue) {
    match value {
        MetaValue::Null => out.push_str("null"),
        MetaValue::Bool(value) => {
            let _ = write!(out, "{value}");
        }
        MetaValue::Number(text) => out.push_str(text),
        MetaValue::Text(text) => {
            let _ = write!(out, "{text:?}");
        }
        MetaValue::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { " " } else { "" });
                write_meta(out, item);
            }
            out.push(']');
        }
        MetaValue::Map(entries) => {
            out.push('{');
            for (index, (key, item)) in entries.iter().enumerate() {
                let _ = write!(out, "{}{key}: ", if index > 0 { ", " } else { "" });
                write_meta(out, item);
            }
            out.push('}');
        }
    }
}

fn write_rule(out: &mut String, rule: &Rule) {
    out.push_str(if rule.default { "(default " } else { "(rule " });
    for (index, step) in rule.head.path.iter().enumerate() {
        write_step(out, step, index > 0, 0);
    }
    if let Some(params) = &rule.head.params {
        out.push('(');
        for (index, param) in params.iter().enumerate() {
            out.push_str(if index > 0 { " " } else { "" });
            write_expr(out, param, 0);
        }
        out.push(')');
    }
    match &rule.head.value {
        HeadValue::True => {}
        HeadValue::Value(value) => {
            out.push_str(" := ");
            write_expr(out, value, 0);
        }
        HeadValue::Contains(value) => {
            out.push_str(" contains ");
            write_expr(out, value, 0);
        }
    }
    if let Some(body) = &rule.body {
        out.push_str(" if");
        write_body(out, body, 0);
    }
    for branch in &rule.otherwise {
        out.push_str(" else");
        if let Some(value) = &branch.value {
            out.push_str(" := ");
            write_expr(out, value, 0);
        }
        if let Some(body) = &branch.body {
            out.push_str(" if");
            write_body(out, body, 0);
        }
    }
    out.push_str(")\n");
}

fn write_literals(out: &mut String, body: &Body, level: usize) {
    for literal in &body.literals {
        out.extend(std::iter::repeat_n("  ", level));
        write_literal(out, literal, level);
        out.push('\n');
    }
}

fn write_body(out: &mut String, body: &Body, level: usize) {
    if body.literals.is_empty() {
        out.push_str(" {}");
        return;
    }
    out.push_str(" {\n");
    write_literals(out, body, level + 1);
    out.extend(std::iter::repeat_n("  ", level));
    out.push('}');
}

fn write_literal(out: &mut String, literal: &Literal, level: usize) {
    match &literal.kind {
        LiteralKind::Expr(expr) => write_expr(out, expr, level),
        LiteralKind::Not(expr) => {
            out.push_str("(not ");
            write_expr(out, expr, level);
            out.push(')');
        }
        LiteralKind::SomeNames(list) => {
            out.push_str("(some");
            names(out, list);
            out.push(')');
        }
        LiteralKind::SomeIn { key, value, collection } => {
            out.push_str("(some ");
            if let Some(key) = key {
                write_expr(out, key, level);
                out.push(' ');
            }
            write_expr(out, value, level);
            out.push_str(" in ");
            write_expr(out, collection, level);
            out.push(')');
        }
        LiteralKind::Every { key, value, collection, body } => {
            out.push_str("(every");
            names(out, key.as_slice());
            let _ = write!(out, " {} in ", value.text);
            write_expr(out, collection, level);
            write_body(out, body, level);
            out.push(')');
        }
        LiteralKind::Error => out.push_str("<error>"),
    }
    for with in &literal.with {
        out.push_str(" (with ");
        write_expr(out, &with.target, level);
        out.push_str(" as ");
        write_expr(out, &with.value, level);
        out.push(')');
    }
}

fn write_step(out: &mut String, step: &Step, dot: bool, level: usize) {
    match step {
        Step::Field(name) => {
            let _ = write!(out, "{}{}", if dot { "." } else { "" }, name.text);
        }
        Step::Index(key) => {
            out.push('[');
            write_expr(out, key, level);
            out.push(']');
        }
    }
}

fn list(out: &mut String, word: &str, items: &[Expr], level: usize) {
    let _ = write!(out, "({word}");
    for item in items {
        out.push(' ');
        write_expr(out, item, level);
    }
    out.push(')');
}

fn sign(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Assign => ":=",
        BinaryOp::Unify => "=",
        BinaryOp::Eq => "==",
        BinaryOp::Ne => "!=",
        BinaryOp::Lt => "<",
        BinaryOp::Le => "<=",
        BinaryOp::Gt => ">",
        BinaryOp::Ge => ">=",
        BinaryOp::Or => "|",
        BinaryOp::And => "&",
        BinaryOp::Add => "+",
        BinaryOp::Sub => "-",
        BinaryOp::Mul => "*",
        BinaryOp::Div => "/",
        BinaryOp::Rem => "%",
    }
}

fn write_expr(out: &mut String, expr: &Expr, level: usize) {
    match &expr.kind {
        ExprKind::Null => out.push_str("null"),
        ExprKind::Bool(value) => {
            let _ = write!(out, "{value}");
        }
        ExprKind::Number(text) | ExprKind::Name(text) => out.push_str(text),
        ExprKind::Text(text) => {
            let _ = write!(out, "{text:?}");
        }
        ExprKind::Template(parts) => {
            out.push_str("(template");
            for part in parts {
                out.push(' ');
                match part {
                    TemplatePart::Text(text) => {
                        let _ = write!(out, "{text:?}");
                    }
                    TemplatePart::Expr(expr) => write_expr(out, expr, level),
                }
            }
            out.push(')');
        }
        ExprKind::Ref { base, steps } => {
            write_expr(out, base, level);
            for step in steps {
                write_step(out, step, true, level);
            }
        }
        ExprKind::Call { function, args } => {
            out.push_str("(call ");
            write_expr(out, function, level);
            for arg in args {
                out.push(' ');
                write_expr(out, arg, level);
            }
            out.push(')');
        }
        ExprKind::Array(items) => list(out, "array", items, level),
        ExprKind::Set(items) => list(out, "set", items, level),
        ExprKind::Object(pairs) => {
            out.push_str("(object");
            for (key, value) in pairs {
                out.push(' ');
                write_expr(out, key, level);
                out.push_str(": ");
                write_expr(out, value, level);
            }
            out.push(')');
        }
        ExprKind::ArrayComp { value, body } => comprehension(out, "array-of", None, value, body, level),
        ExprKind::SetComp { value, body } => comprehension(out, "set-of", None, value, body, level),
        ExprKind::ObjectComp { key, value, body } => comprehension(out, "object-of", Some(key), value, body, level),
        ExprKind::Binary { op, left, right, .. } => {
            let _ = write!(out, "({} ", sign(*op));
            write_expr(out, left, level);
            out.push(' ');
            write_expr(out, right, level);
            out.push(')');
        }
        ExprKind::In { key, value, collection } => {
            out.push_str("(in ");
            if let Some(key) = key {
                write_expr(out, key, level);
                out.push_str(": ");
            }
            write_expr(out, value, level);
            out.push(' ');
            write_expr(out, collection, level);
            out.push(')');
        }
        ExprKind::Negate(inner) => {
            out.push_str("(neg ");
            write_expr(out, inner, level);
            out.push(')');
        }
        ExprKind::Paren(inner) => {
            out.push_str("(paren ");
            write_expr(out, inner, level);
            out.push(')');
        }
        ExprKind::Error => out.push_str("<error>"),
    }
}

fn comprehension(out: &mut String, word: &str, key: Option<&Expr>, value: &Expr, body: &Body, level: usize) {
    let _ = write!(out, "({word} ");
    if let Some(key) = key {
        write_expr(out, key, level);
        out.push_str(": ");
    }
    write_expr(out, value, level);
    write_body(out, body, level);
    out.push(')');
}
