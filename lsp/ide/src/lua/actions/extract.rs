//! Taking selected statements, or an expression, out into a local function; or an expression into
//! a local. Refused when control would leave the piece, or when it shares a changing variable with
//! a function.

use super::Around;
use super::flow::{self, Flow};
use crate::answer::{ActionKind, CodeAction, TextEdit};
use crate::lua::names::Sym;
use gatos_compiler::hir::{FuncId, LocalId, LocalKind};
use gatos_syntax::echolua::ast::{Expr, ExprKind, Stmt, StmtKind};
use gatos_syntax::echolua::token::Kind;
use gatos_syntax::span::Span;
use std::collections::BTreeSet;

pub(super) fn actions(around: &Around<'_>, out: &mut Vec<CodeAction>) {
    if around.range.start == around.range.end || around.its.unit().failed {
        return;
    }
    let Some(selected) = trimmed(around) else { return };
    if let Some(e) = expression(around, selected) {
        out.extend(function_of_expression(around, e));
        out.extend(local_of_expression(around, e));
        return;
    }
    let mut found: Option<(&[Stmt], usize, usize)> = None;
    flow::blocks(&around.its.unit().ast, &mut |stmts| {
        let first = stmts.iter().position(|s| s.span.start == selected.start);
        let last = stmts.iter().rposition(|s| s.span.end == selected.end);
        if let (Some(first), Some(last)) = (first, last)
            && first <= last
        {
            found = Some((stmts, first, last));
        }
    });
    if let Some((stmts, first, last)) = found {
        out.extend(function_of_statements(around, stmts, first, last, selected));
    }
}

/// The selection without white space around it.
fn trimmed(around: &Around<'_>) -> Option<Span> {
    let text = around.its.slice(around.range);
    let content = text.trim_matches(|c: char| c.is_ascii_whitespace() || c == ';');
    let start = around.range.start as usize + (text.len() - text.trim_start().len());
    (!content.is_empty()).then(|| Span::new(start, start + content.len()))
}

/// The expression that is selected exactly, when it is one worth a name.
fn expression<'a>(around: &Around<'a>, selected: Span) -> Option<&'a Expr> {
    let mut found = None;
    flow::blocks(&around.its.unit().ast, &mut |stmts| {
        for s in stmts.iter().filter(|s| s.span.start <= selected.start && selected.end <= s.span.end) {
            // A call that is a statement is taken out as one.
            if matches!(s.kind, StmtKind::Call(_)) && s.span == selected {
                continue;
            }
            let is_target = |e: &Expr| match &s.kind {
                StmtKind::Assign { targets, .. } => targets.iter().any(|t| t.span == e.span),
                _ => false,
            };
            flow::own_exprs(s, &mut |e| {
                if e.span == selected && found.is_none() && !is_target(e) {
                    found = Some(e);
                }
            });
        }
    });
    let e: &Expr = found?;
    (!matches!(e.kind, ExprKind::Name(_) | ExprKind::Error | ExprKind::Vararg)).then_some(e)
}

/// The locals that a piece shares with what is around it.
struct Shared {
    /// Declared outside, and not visible where the function will stand.
    params: Vec<LocalId>,
    /// Of those, assigned inside.
    written: Vec<LocalId>,
    /// Declared inside and used behind it.
    declared: Vec<LocalId>,
}

/// What a piece shares; nothing when it cannot be taken out.
fn shared(around: &Around<'_>, piece: Span, before: u32) -> Option<Shared> {
    let names = around.its.names();
    let hir = &around.its.unit().hir;
    let within = |span: Span| piece.start <= span.start && span.end <= piece.end;
    let (mut params, mut written, mut declared) = (Vec::new(), Vec::new(), Vec::new());
    for o in names.all.iter().filter(|o| within(o.span)) {
        let Sym::Local(id) = o.sym else { continue };
        let local = hir.local(id);
        if within(local.span) && local.kind != LocalKind::SelfParam {
            continue;
        }
        // What stands at the top before the new function is visible in it as well.
        let is_visible = local.func == FuncId(0) && local.span.end <= before && is_top(around, local.span);
        if is_visible || local.kind == LocalKind::ModuleGlobal {
            continue;
        }
        let is_write = matches!(o.access, crate::answer::Access::Write);
        // The function would get a copy, and others would not see it change.
        if local.captured && !local.writes.is_empty() {
            return None;
        }
        if !params.contains(&id) {
            params.push(id);
        }
        if is_write && !written.contains(&id) {
            written.push(id);
        }
    }
    for (i, local) in hir.locals.iter().enumerate().filter(|(_, l)| within(l.span) && l.span.start < l.span.end) {
        let id = LocalId(i as u32);
        if names.of_sym(Sym::Local(id)).any(|o| o.span.start >= piece.end) {
            if local.captured && !local.writes.is_empty() {
                return None;
            }
            declared.push(id);
        }
    }
    Some(Shared { params, written, declared })
}

/// Whether a local is declared by a statement of the file itself, in no block.
fn is_top(around: &Around<'_>, at: Span) -> bool {
    let top = around.its.unit().ast.stmts.iter().find(|s| s.span.start <= at.start && at.end <= s.span.end);
    top.is_some_and(|s| matches!(s.kind, StmtKind::Local { .. } | StmtKind::LocalFunction { .. }))
}

/// The statement of the file that a piece is in: the new function stands before it.
fn top_statement<'a>(around: &Around<'a>, piece: Span) -> Option<&'a Stmt> {
    let top = &around.its.unit().ast.stmts;
    let holds = top.iter().find(|s| s.span.start <= piece.start && piece.end <= s.span.end);
    holds.or_else(|| top.iter().find(|s| s.span.start == piece.start))
}

/// Where the new function goes: before the statement and the comments that belong to it.
fn insertion(around: &Around<'_>, stmt: &Stmt) -> u32 {
    let lines = around.its.lines();
    let comments = &around.its.unit().comments;
    let mut line = lines.line(stmt.span.start);
    let mut last = comments.partition_point(|c| c.span.start < stmt.span.start);
    while last > 0 {
        let c = &comments[last - 1];
        if c.trailing || lines.line(c.span.end.saturating_sub(1)) + 1 != line {
            break;
        }
        line = lines.line(c.span.start);
        last -= 1;
    }
    let start = lines.range(line).start as u32;
    // The line may hold the end of what stands before.
    let is_own = around.its.text().get(start as usize..stmt.span.start as usize);
    match is_own {
        Some(before) if line != lines.line(stmt.span.start) || before.trim().is_empty() => start,
        _ => stmt.span.start,
    }
}

/// A name that nothing in the file has.
fn fresh(around: &Around<'_>, base: &str) -> String {
    let tokens = around.its.tokens();
    let words: BTreeSet<&str> =
        tokens.iter().filter(|t| t.kind == Kind::Name).map(|t| around.its.slice(t.span)).collect();
    (1..)
        .map(|n| if n == 1 { base.to_owned() } else { format!("{base}{n}") })
        .find(|n| !words.contains(n.as_str()))
        .unwrap_or_default()
}

fn list(around: &Around<'_>, ids: &[LocalId]) -> String {
    let names: Vec<&str> = ids.iter().map(|id| around.its.unit().hir.local(*id).name.as_str()).collect();
    names.join(", ")
}

/// Whether two of some locals share a name: then only one of them can be a parameter of it.
fn is_ambiguous(around: &Around<'_>, ids: &[LocalId]) -> bool {
    let names: BTreeSet<&str> = ids.iter().map(|id| around.its.unit().hir.local(*id).name.as_str()).collect();
    names.len() < ids.len()
}

fn function_of_statements(
    around: &Around<'_>,
    stmts: &[Stmt],
    first: usize,
    last: usize,
    piece: Span,
) -> Option<CodeAction> {
    let selected = stmts.get(first..=last)?;
    let flow = Flow::of(selected);
    let ends_with_return = matches!(selected.last().map(|s| &s.kind), Some(StmtKind::Return(_)));
    let labels_used_outside = labels_used_outside(around, &flow, piece);
    // Where the piece ends with a return, all of its returns are those of the call.
    let leaves = flow.breaks
        || flow.broken
        || flow.varargs
        || flow.returns && !ends_with_return
        || !flow.gotos.is_subset(&flow.labels)
        || labels_used_outside;
    let top = top_statement(around, piece)?;
    let at = insertion(around, top);
    if leaves || at > piece.start {
        return None;
    }
    let shared = shared(around, piece, at)?;
    let all: Vec<LocalId> = shared.params.iter().chain(&shared.declared).copied().collect();
    if is_ambiguous(around, &all) {
        return None;
    }
    let name = fresh(around, "extracted");
    let call = format!("{name}({})", list(around, &shared.params));
    let results: Vec<LocalId> = shared.written.iter().chain(&shared.declared).copied().collect();
    let (replacement, give) = match (ends_with_return, shared.written.len(), shared.declared.len()) {
        (true, ..) => (format!("return {call}"), String::new()),
        (_, 0, 0) => (call, String::new()),
        (_, 0, _) => (format!("local {} = {call}", list(around, &results)), list(around, &results)),
        (_, _, 0) => (format!("{} = {call}", list(around, &results)), list(around, &results)),
        _ => {
            let indent = indent_of(around, piece.start);
            let declared = list(around, &shared.declared);
            let text = format!("local {declared}\n{indent}{} = {call}", list(around, &results));
            (text, list(around, &results))
        }
    };
    let mut body = reindented(around, piece, "  ");
    if !give.is_empty() {
        body.push_str(&format!("\n  return {give}"));
    }
    let params = list(around, &shared.params);
    let function = format!("local function {name}({params})\n{body}\nend\n\n");
    finished(around, at, function, piece, replacement, "extract into a function")
}

/// Whether a jump from outside goes to a label of the piece.
fn labels_used_outside(around: &Around<'_>, flow: &Flow, piece: Span) -> bool {
    let names = around.its.names();
    let outside = |span: Span| span.end <= piece.start || piece.end <= span.start;
    !flow.labels.is_empty()
        && names.all.iter().any(|o| {
            matches!(o.sym, Sym::Label(_))
                && outside(o.span)
                && names.of_sym(o.sym).any(|d| d.is_decl && !outside(d.span))
        })
}

fn indent_of(around: &Around<'_>, at: u32) -> String {
    let lines = around.its.lines();
    let text = lines.line_text(lines.line(at));
    text[..text.len() - text.trim_start_matches([' ', '\t']).len()].to_owned()
}

/// The text of a piece with another indent; strings that run over lines forbid touching it.
fn reindented(around: &Around<'_>, piece: Span, indent: &str) -> String {
    let text = around.its.slice(piece);
    let spans_lines = |span: Span| {
        piece.start <= span.start && span.end <= piece.end && around.its.slice(span).contains(['\n', '\r'])
    };
    let tokens = around.its.tokens();
    let from = tokens.partition_point(|t| t.span.start < piece.start);
    let inside = tokens[from..].iter().take_while(|t| t.span.start < piece.end);
    let has_long = inside.filter(|t| t.kind == Kind::Str).any(|t| spans_lines(t.span));
    let has_long = has_long || around.its.unit().comments.iter().any(|c| spans_lines(c.span));
    if has_long {
        return format!("{indent}{text}");
    }
    let old = indent_of(around, piece.start);
    let mut out = String::with_capacity(text.len());
    for (i, line) in text.split('\n').enumerate() {
        if i > 0 {
            out.push('\n');
        }
        let rest = if i == 0 { line } else { line.strip_prefix(old.as_str()).unwrap_or(line.trim_start()) };
        if !rest.trim().is_empty() {
            out.push_str(indent);
            out.push_str(rest);
        }
    }
    out
}

fn finished(
    around: &Around<'_>,
    at: u32,
    function: String,
    piece: Span,
    replacement: String,
    title: &str,
) -> Option<CodeAction> {
    let edits = vec![
        TextEdit { span: Span { start: at, end: at }, text: function },
        TextEdit { span: piece, text: replacement },
    ];
    around.holds(&edits).then(|| around.action(title, ActionKind::Extract, edits))
}

fn function_of_expression(around: &Around<'_>, e: &Expr) -> Option<CodeAction> {
    if !Flow::of_expr(e).stays() {
        return None;
    }
    let top = top_statement(around, e.span)?;
    let at = insertion(around, top);
    if at > e.span.start {
        return None;
    }
    let shared = shared(around, e.span, at)?;
    if !shared.written.is_empty() || !shared.declared.is_empty() || is_ambiguous(around, &shared.params) {
        return None;
    }
    let name = fresh(around, "extracted");
    let params = list(around, &shared.params);
    let function = format!("local function {name}({params})\n  return {}\nend\n\n", around.its.slice(e.span));
    finished(around, at, function, e.span, format!("{name}({params})"), "extract into a function")
}

/// `local value = …` before the statement; where the expression runs once and always.
fn local_of_expression(around: &Around<'_>, e: &Expr) -> Option<CodeAction> {
    let mut holder: Option<&Stmt> = None;
    flow::blocks(&around.its.unit().ast, &mut |stmts| {
        for s in stmts.iter().filter(|s| s.span.start <= e.span.start && e.span.end <= s.span.end) {
            flow::own_exprs(s, &mut |inner| {
                if std::ptr::eq(inner, e) {
                    holder = Some(s);
                }
            });
        }
    });
    let s = holder?;
    let runs_once = match &s.kind {
        StmtKind::Local { .. } | StmtKind::Assign { .. } | StmtKind::Call(_) | StmtKind::Return(_) => true,
        StmtKind::If { arms, .. } => arms.first().is_some_and(|(c, _)| holds(c, e)),
        StmtKind::NumericFor { .. } | StmtKind::GenericFor { .. } => true,
        _ => false,
    };
    if !runs_once || is_conditional(s, e) {
        return None;
    }
    // What stands before it on its line stays before it.
    let before = around
        .its
        .text()
        .get(around.its.lines().range(around.its.lines().line(s.span.start)).start..s.span.start as usize)?;
    if !before.trim().is_empty() {
        return None;
    }
    let name = fresh(around, "value");
    let text = format!("local {name} = {}\n{before}", around.its.slice(e.span));
    let at = s.span.start;
    let edits = vec![TextEdit { span: Span { start: at, end: at }, text }, TextEdit { span: e.span, text: name }];
    around.holds(&edits).then(|| around.action("extract into a local", ActionKind::Extract, edits))
}

fn holds(outer: &Expr, inner: &Expr) -> bool {
    outer.span.start <= inner.span.start && inner.span.end <= outer.span.end
}

/// Whether an expression stands behind an `and` or `or`, so that it may not run.
fn is_conditional(s: &Stmt, e: &Expr) -> bool {
    use gatos_syntax::echolua::ast::BinOp;
    let mut found = false;
    flow::own_exprs(s, &mut |outer| {
        if let ExprKind::Binary { op: BinOp::And | BinOp::Or, right, .. } = &outer.kind {
            found |= holds(right, e);
        }
    });
    found
}
