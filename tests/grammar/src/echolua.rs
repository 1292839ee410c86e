//! The pieces of a fold, out of the compiler's tree and out of the editors'.

use crate::Piece;
use gatos_syntax::echolua::ast::*;
use gatos_syntax::span::Span;
use std::collections::BTreeSet;
use tree_sitter::Node;

/// The pieces of a chunk.
pub fn pieces(chunk: &Block) -> BTreeSet<Piece> {
    let mut all = Pieces(BTreeSet::new());
    all.block(chunk);
    all.0
}

struct Pieces(BTreeSet<Piece>);

impl Pieces {
    fn add(&mut self, name: &'static str, span: Span) {
        self.0.insert((name, span.start as usize, span.end as usize));
    }

    fn block(&mut self, block: &Block) {
        for stmt in &block.stmts {
            self.stmt(stmt);
        }
    }

    fn function(&mut self, function: &Function) {
        self.add("function", function.span);
        self.block(&function.body);
    }

    fn stmt(&mut self, stmt: &Stmt) {
        let name = match &stmt.kind {
            StmtKind::Local { values, .. } => {
                self.exprs(values);
                "local"
            }
            StmtKind::LocalFunction { func, .. } => return self.function(func),
            StmtKind::Function { func, .. } => return self.function(func),
            StmtKind::Assign { targets, values } => {
                self.exprs(targets);
                self.exprs(values);
                "assignment"
            }
            StmtKind::Call(call) => return self.expr(call),
            StmtKind::Do(body) => {
                self.block(body);
                "do"
            }
            StmtKind::While { cond, body } => {
                self.expr(cond);
                self.block(body);
                "while"
            }
            StmtKind::Repeat { body, cond } => {
                self.block(body);
                self.expr(cond);
                "repeat"
            }
            StmtKind::If { arms, otherwise } => {
                for (cond, body) in arms {
                    self.expr(cond);
                    self.block(body);
                }
                otherwise.iter().for_each(|body| self.block(body));
                "if"
            }
            StmtKind::NumericFor { start, limit, step, body, .. } => {
                [start, limit].into_iter().chain(step).for_each(|value| self.expr(value));
                self.block(body);
                "for"
            }
            StmtKind::GenericFor { exprs, body, .. } => {
                self.exprs(exprs);
                self.block(body);
                "for"
            }
            StmtKind::Goto(_) => "goto",
            StmtKind::Label(_) => "label",
            StmtKind::Break => "break",
            StmtKind::Return(values) => {
                self.exprs(values);
                "return"
            }
            StmtKind::Empty => "empty",
            StmtKind::Error => return,
        };
        self.add(name, stmt.span);
    }

    fn exprs(&mut self, list: &[Expr]) {
        list.iter().for_each(|expr| self.expr(expr));
    }

    fn expr(&mut self, expr: &Expr) {
        let name = match &expr.kind {
            ExprKind::Function(function) => return self.function(function),
            ExprKind::Index { object, key } => {
                self.expr(object);
                self.expr(key);
                "index"
            }
            ExprKind::Field { object, .. } => {
                self.expr(object);
                "field"
            }
            ExprKind::Call { callee, args } => {
                self.expr(callee);
                self.exprs(args);
                "call"
            }
            ExprKind::Method { object, args, .. } => {
                self.expr(object);
                self.exprs(args);
                "method"
            }
            ExprKind::Binary { left, right, .. } => {
                self.expr(left);
                self.expr(right);
                "binary"
            }
            ExprKind::Unary { operand, .. } => {
                self.expr(operand);
                "unary"
            }
            ExprKind::Paren(inner) => {
                self.expr(inner);
                "parentheses"
            }
            ExprKind::Table(items) => {
                for item in items {
                    match item {
                        TableItem::Positional(value) | TableItem::Named(_, value) => self.expr(value),
                        TableItem::Keyed(key, value) => {
                            self.expr(key);
                            self.expr(value);
                        }
                    }
                }
                "table"
            }
            ExprKind::Number(_) => "number",
            ExprKind::Str(_) => "string",
            _ => return,
        };
        self.add(name, expr.span);
    }
}

/// What a node is called here, and where it begins.
pub fn name(node: Node<'_>) -> Option<(&'static str, usize)> {
    let name = match node.kind() {
        // A local function begins, for the compiler, with `function`.
        "local_function" => return Some(("function", node.child(1)?.start_byte())),
        "function_declaration" | "function_definition" => "function",
        "local_declaration" => "local",
        "assignment" => "assignment",
        "do_statement" => "do",
        "while_statement" => "while",
        "repeat_statement" => "repeat",
        "if_statement" => "if",
        "numeric_for_statement" | "generic_for_statement" => "for",
        "goto_statement" => "goto",
        "label_statement" => "label",
        "break_statement" => "break",
        "return_statement" => "return",
        "empty_statement" => "empty",
        "index_expression" => "index",
        "field_expression" => "field",
        "call" => "call",
        "method_call" => "method",
        "binary_expression" => "binary",
        "unary_expression" => "unary",
        "parenthesized_expression" => "parentheses",
        "table" => "table",
        "number" => "number",
        "string" => "string",
        _ => return None,
    };
    Some((name, node.start_byte()))
}
