//! Other ways to write the same: `<const>`, a constant in place of its local, a field for a key;
//! and what can be left out.

use super::Around;
use super::flow::{self, is_pure};
use crate::answer::{ActionKind, CodeAction, TextEdit};
use crate::lua::analysis::Analysis;
use crate::lua::names::Sym;
use gatos_compiler::hir::{LocalId, LocalKind};
use gatos_syntax::echolua::ast::{Expr, ExprKind, Stmt, StmtKind};
use gatos_syntax::echolua::token::Kind;
use gatos_syntax::span::Span;

pub(super) fn actions(around: &Around<'_>, out: &mut Vec<CodeAction>) {
    let its = around.its;
    if let Some(found) = its.names().at(around.range.start)
        && let Sym::Local(id) = found.sym
    {
        out.extend(add_const(around, id));
        out.extend(inline(around, id));
    }
    out.extend(key_to_field(around));
}

/// The `local` statement that declares a name there.
fn declaration(its: &Analysis, at: Span) -> Option<&Stmt> {
    let mut found = None;
    flow::blocks(&its.unit().ast, &mut |stmts| {
        let near = stmts.iter().filter(|s| s.span.start <= at.start && at.end <= s.span.end);
        for s in near {
            let names = match &s.kind {
                StmtKind::Local { names, .. } => names.iter().any(|n| n.name.span == at),
                StmtKind::LocalFunction { name, .. } => name.span == at,
                _ => false,
            };
            if names {
                found = Some(s);
            }
        }
    });
    found
}

fn add_const(around: &Around<'_>, id: LocalId) -> Option<CodeAction> {
    let local = around.its.unit().hir.local(id);
    if local.kind != LocalKind::Var || local.is_const || !local.writes.is_empty() {
        return None;
    }
    let s = declaration(around.its, local.span)?;
    let StmtKind::Local { names, values } = &s.kind else { return None };
    if values.is_empty() || names.iter().any(|n| n.name.span == local.span && n.attrib.is_some()) {
        return None;
    }
    let at = local.span.end;
    let edit = TextEdit { span: Span { start: at, end: at }, text: " <const>".to_owned() };
    Some(around.action(format!("make `{}` a constant", local.name), ActionKind::Rewrite, vec![edit]))
}

/// A local that holds a literal: the literal in its place.
fn inline(around: &Around<'_>, id: LocalId) -> Option<CodeAction> {
    let its = around.its;
    let local = its.unit().hir.local(id);
    if local.kind != LocalKind::Var || !local.writes.is_empty() || its.unit().failed {
        return None;
    }
    let s = declaration(its, local.span)?;
    let StmtKind::Local { names, values } = &s.kind else { return None };
    let ([_], [value]) = (names.as_slice(), values.as_slice()) else { return None };
    let text = its.slice(value.span);
    let is_literal = match &value.kind {
        ExprKind::Number(_) | ExprKind::True | ExprKind::False | ExprKind::Nil => true,
        ExprKind::Str(_) => !text.contains('\n'),
        ExprKind::Unary { operand, .. } => matches!(operand.kind, ExprKind::Number(_)),
        _ => false,
    };
    if !is_literal {
        return None;
    }
    let uses: Vec<Span> = its.names().of_sym(Sym::Local(id)).filter(|o| !o.is_decl).map(|o| o.span).collect();
    let tokens = its.tokens();
    let mut edits = Vec::with_capacity(uses.len() + 1);
    let gone = gatos_syntax::diagnostic::Edit { span: s.span, text: String::new() };
    let gone = crate::fix::tidy(its.text(), &gone);
    edits.push(TextEdit { span: gone.span, text: String::new() });
    for span in uses {
        let after = tokens.partition_point(|t| t.span.start < span.end);
        // A literal that is indexed, called or raised to a power needs brackets.
        let is_part = tokens.get(after).is_some_and(|t| {
            matches!(t.kind, Kind::Dot | Kind::Colon | Kind::LBracket | Kind::LParen | Kind::Str | Kind::Caret)
        });
        let needs = is_part || matches!(value.kind, ExprKind::Unary { .. });
        let text = if needs { format!("({text})") } else { text.to_owned() };
        edits.push(TextEdit { span, text });
    }
    edits.sort_by_key(|e| e.span);
    around.holds(&edits).then(|| around.action(format!("inline `{}`", local.name), ActionKind::Rewrite, edits))
}

/// `t["name"]` as `t.name`.
fn key_to_field(around: &Around<'_>) -> Option<CodeAction> {
    let its = around.its;
    let tokens = its.tokens();
    let index = its.token_at(around.range.start)?;
    let (open, close) = (tokens.get(index.checked_sub(1)?)?, tokens.get(index + 1)?);
    let token = tokens[index];
    let object = tokens.get(index.checked_sub(2)?)?;
    let is_key = token.kind == Kind::Str
        && open.kind == Kind::LBracket
        && close.kind == Kind::RBracket
        && matches!(object.kind, Kind::Name | Kind::RParen | Kind::RBracket);
    let text = its.slice(token.span);
    let name = text.get(1..text.len().checked_sub(1)?)?;
    if !is_key || text.starts_with('[') || crate::lua::rename::valid(name).is_err() {
        return None;
    }
    let edit = TextEdit { span: open.span.to(close.span), text: format!(".{name}") };
    Some(around.action(format!("write `.{name}`"), ActionKind::Rewrite, vec![edit]))
}

/// The whole statement of an unused local, when its value does nothing.
pub(super) fn unused_local(its: &Analysis, at: Span) -> Option<Span> {
    let s = declaration(its, at)?;
    let StmtKind::Local { names, values } = &s.kind else { return None };
    let pure = values.iter().all(|v: &Expr| is_pure(v));
    (names.len() == 1 && pure).then_some(s.span)
}

/// The whole statement of an unused function.
pub(super) fn unused_function(its: &Analysis, at: Span) -> Option<Span> {
    declaration(its, at).filter(|s| matches!(s.kind, StmtKind::LocalFunction { .. })).map(|s| s.span)
}

/// From a statement that is never reached to the end of its block.
pub(super) fn unreachable(its: &Analysis, at: Span) -> Option<Span> {
    let mut found = None;
    flow::blocks(&its.unit().ast, &mut |stmts| {
        if let Some(first) = stmts.iter().position(|s| s.span == at) {
            let rest = &stmts[first..];
            // A label could be reached from elsewhere.
            let end = rest.iter().position(|s| matches!(s.kind, StmtKind::Label(_))).unwrap_or(rest.len());
            found = rest[..end].last().map(|last| at.to(last.span));
        }
    });
    found
}
