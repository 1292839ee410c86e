//! The tree as text: one line a statement, s-expressions within. For tests and for looking.

use std::fmt::Write;

use super::ast::*;

/// The whole block, indented by its nesting.
pub fn dump(block: &Block) -> String {
    let mut out = String::new();
    write_block(&mut out, block, 0);
    out
}

fn write_block(out: &mut String, block: &Block, level: usize) {
    for stmt in &block.stmts {
        out.extend(std::iter::repeat_n("  ", level));
        write_stmt(out, &stmt.kind, level);
        out.push('\n');
    }
}

/// A block between parentheses; empty on the same line.
fn nested(out: &mut String, block: &Block, level: usize) {
    if block.stmts.is_empty() {
        out.push_str(" {}");
        return;
    }
    out.push_str(" {\n");
    write_block(out, block, level + 1);
    out.extend(std::iter::repeat_n("  ", level));
    out.push('}');
}

fn names<'a>(out: &mut String, names: impl Iterator<Item = &'a Ident>) {
    for name in names {
        out.push(' ');
        out.push_str(&name.name);
    }
}

fn exprs(out: &mut String, list: &[Expr], level: usize) {
    for expr in list {
        out.push(' ');
        write_expr(out, expr, level);
    }
}

fn write_stmt(out: &mut String, stmt: &StmtKind, level: usize) {
    match stmt {
        StmtKind::Local { names, values } => {
            out.push_str("(local");
            for name in names {
                out.push(' ');
                out.push_str(&name.name.name);
                if let Some(attrib) = &name.attrib {
                    let _ = write!(out, "<{}>", attrib.name);
                }
            }
            if !values.is_empty() {
                out.push_str(" =");
                exprs(out, values, level);
            }
            out.push(')');
        }
        StmtKind::LocalFunction { name, func } => {
            let _ = write!(out, "(local-function {}", name.name);
            function(out, func, level);
        }
        StmtKind::Function { name, fields, method, func } => {
            let _ = write!(out, "(function {}", name.name);
            for field in fields {
                let _ = write!(out, ".{}", field.name);
            }
            if let Some(method) = method {
                let _ = write!(out, ":{}", method.name);
            }
            function(out, func, level);
        }
        StmtKind::Assign { targets, values } => {
            out.push_str("(set");
            exprs(out, targets, level);
            out.push_str(" =");
            exprs(out, values, level);
            out.push(')');
        }
        StmtKind::Call(expr) => write_expr(out, expr, level),
        StmtKind::Do(body) => {
            out.push_str("(do");
            nested(out, body, level);
            out.push(')');
        }
        StmtKind::While { cond, body } => {
            out.push_str("(while ");
            write_expr(out, cond, level);
            nested(out, body, level);
            out.push(')');
        }
        StmtKind::Repeat { body, cond } => {
            out.push_str("(repeat");
            nested(out, body, level);
            out.push(' ');
            write_expr(out, cond, level);
            out.push(')');
        }
        StmtKind::If { arms, otherwise } => {
            out.push_str("(if");
            for (cond, body) in arms {
                out.push(' ');
                write_expr(out, cond, level);
                nested(out, body, level);
            }
            if let Some(body) = otherwise {
                out.push_str(" else");
                nested(out, body, level);
            }
            out.push(')');
        }
        StmtKind::NumericFor { var, start, limit, step, body } => {
            let _ = write!(out, "(for {} =", var.name);
            for expr in [Some(start), Some(limit), step.as_ref()].into_iter().flatten() {
                out.push(' ');
                write_expr(out, expr, level);
            }
            nested(out, body, level);
            out.push(')');
        }
        StmtKind::GenericFor { vars, exprs: list, body } => {
            out.push_str("(for");
            names(out, vars.iter());
            out.push_str(" in");
            exprs(out, list, level);
            nested(out, body, level);
            out.push(')');
        }
        StmtKind::Goto(name) => {
            let _ = write!(out, "(goto {})", name.name);
        }
        StmtKind::Label(name) => {
            let _ = write!(out, "(label {})", name.name);
        }
        StmtKind::Break => out.push_str("(break)"),
        StmtKind::Return(values) => {
            out.push_str("(return");
            exprs(out, values, level);
            out.push(')');
        }
        StmtKind::Empty => out.push_str("(empty)"),
        StmtKind::Error => out.push_str("<error>"),
    }
}

fn function(out: &mut String, func: &Function, level: usize) {
    out.push_str(" (");
    for (index, name) in func.params.iter().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        out.push_str(&name.name);
    }
    if func.vararg.is_some() {
        out.push_str(if func.params.is_empty() { "..." } else { " ..." });
    }
    out.push(')');
    nested(out, &func.body, level);
    out.push(')');
}

fn sign(op: BinOp) -> &'static str {
    match op {
        BinOp::Or => "or",
        BinOp::And => "and",
        BinOp::Lt => "<",
        BinOp::Gt => ">",
        BinOp::Le => "<=",
        BinOp::Ge => ">=",
        BinOp::Ne => "~=",
        BinOp::Eq => "==",
        BinOp::BOr => "|",
        BinOp::BXor => "~",
        BinOp::BAnd => "&",
        BinOp::Shl => "<<",
        BinOp::Shr => ">>",
        BinOp::Concat => "..",
        BinOp::Add => "+",
        BinOp::Sub => "-",
        BinOp::Mul => "*",
        BinOp::Div => "/",
        BinOp::IDiv => "//",
        BinOp::Mod => "%",
        BinOp::Pow => "^",
    }
}

fn write_expr(out: &mut String, expr: &Expr, level: usize) {
    match &expr.kind {
        ExprKind::Nil => out.push_str("nil"),
        ExprKind::True => out.push_str("true"),
        ExprKind::False => out.push_str("false"),
        ExprKind::Vararg => out.push_str("..."),
        ExprKind::Number(text) => out.push_str(text),
        ExprKind::Str(bytes) => {
            let _ = write!(out, "\"{}\"", bytes.escape_ascii());
        }
        ExprKind::Name(name) => out.push_str(name),
        ExprKind::Function(func) => {
            out.push_str("(lambda");
            function(out, func, level);
        }
        ExprKind::Index { object, key } => {
            out.push_str("(index ");
            write_expr(out, object, level);
            out.push(' ');
            write_expr(out, key, level);
            out.push(')');
        }
        ExprKind::Field { object, name } => {
            out.push_str("(. ");
            write_expr(out, object, level);
            let _ = write!(out, " {})", name.name);
        }
        ExprKind::Call { callee, args } => {
            out.push_str("(call ");
            write_expr(out, callee, level);
            exprs(out, args, level);
            out.push(')');
        }
        ExprKind::Method { object, name, args } => {
            out.push_str("(send ");
            write_expr(out, object, level);
            let _ = write!(out, " {}", name.name);
            exprs(out, args, level);
            out.push(')');
        }
        ExprKind::Binary { op, left, right, .. } => {
            let _ = write!(out, "({} ", sign(*op));
            write_expr(out, left, level);
            out.push(' ');
            write_expr(out, right, level);
            out.push(')');
        }
        ExprKind::Unary { op, operand } => {
            out.push_str(match op {
                UnOp::Neg => "(neg ",
                UnOp::Not => "(not ",
                UnOp::Len => "(len ",
                UnOp::BNot => "(bnot ",
            });
            write_expr(out, operand, level);
            out.push(')');
        }
        ExprKind::Paren(inner) => {
            out.push_str("(paren ");
            write_expr(out, inner, level);
            out.push(')');
        }
        ExprKind::Table(items) => {
            out.push_str("(table");
            for item in items {
                out.push(' ');
                match item {
                    TableItem::Positional(value) => write_expr(out, value, level),
                    TableItem::Named(name, value) => {
                        let _ = write!(out, "{}=", name.name);
                        write_expr(out, value, level);
                    }
                    TableItem::Keyed(key, value) => {
                        out.push('[');
                        write_expr(out, key, level);
                        out.push_str("]=");
                        write_expr(out, value, level);
                    }
                }
            }
            out.push(')');
        }
        ExprKind::Error => out.push_str("<error>"),
    }
}
