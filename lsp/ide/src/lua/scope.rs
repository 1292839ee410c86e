//! Which locals and labels are visible at a place.

use gatos_compiler::hir::{Block, Expr, ExprKind, FuncId, Hir, LabelId, LocalId, Stmt, StmtKind};
use gatos_compiler::lint::visit;
use gatos_syntax::span::Span;

/// What is visible at a place.
#[derive(Debug)]
pub(crate) struct Visible {
    /// Locals, innermost last; of one name the last one is meant.
    pub(crate) locals: Vec<LocalId>,
    /// Labels of this function that a `goto` here could reach.
    pub(crate) labels: Vec<LabelId>,
    /// The innermost function.
    pub(crate) func: FuncId,
    /// Whether a loop of this function is around.
    pub(crate) in_loop: bool,
    /// The blocks around, outermost first.
    pub(crate) blocks: Vec<Span>,
}

/// What is visible at a byte.
pub(crate) fn at(hir: &Hir, at: u32) -> Visible {
    let mut out =
        Visible { locals: Vec::new(), labels: Vec::new(), func: FuncId(0), in_loop: false, blocks: Vec::new() };
    if hir.funcs.is_empty() {
        return out;
    }
    // Globals of a module are seen everywhere in it.
    let globals = hir.globals.iter().filter_map(|g| g.local);
    out.locals.extend(globals);
    let mut next = Some(FuncId(0));
    while let Some(func) = next {
        let f = hir.func(func);
        out.func = func;
        out.labels.clear();
        out.in_loop = false;
        out.locals.extend(f.params.iter());
        next = block(hir, &f.body, at, &mut out);
    }
    out
}

/// Adds what a block declares before a byte, going into the statement that holds it. Gives the function in
/// an expression there, when the byte is inside one.
fn block(hir: &Hir, b: &Block, at: u32, out: &mut Visible) -> Option<FuncId> {
    let mut b = b;
    loop {
        out.blocks.push(b.span);
        out.labels.extend(b.stmts.iter().filter_map(|s| match s.kind {
            StmtKind::Label(id) => Some(id),
            _ => None,
        }));
        let mut inner: Option<&Block> = None;
        for s in &b.stmts {
            if s.span.start > at {
                break;
            }
            let holds = at <= s.span.end;
            if holds {
                if let Some(func) = function_in(hir, s, at) {
                    if let StmtKind::LocalFunction { local, .. } = s.kind {
                        out.locals.push(local);
                    }
                    return Some(func);
                }
                if at < s.span.end || is_open(s) {
                    inner = inside(s, at, out);
                    if inner.is_some() || !ends_before(s, at) {
                        break;
                    }
                }
            }
            declare(s, at, out);
        }
        b = inner?;
    }
}

/// Whether a statement's end is not a word of its own, so that typing goes on in it.
fn is_open(s: &Stmt) -> bool {
    matches!(s.kind, StmtKind::Repeat(..))
}

/// Whether what a statement declares is visible behind it.
fn ends_before(s: &Stmt, at: u32) -> bool {
    s.span.end < at
}

fn declare(s: &Stmt, at: u32, out: &mut Visible) {
    match &s.kind {
        StmtKind::Local { locals, .. } if s.span.end < at => out.locals.extend(locals),
        StmtKind::LocalFunction { local, .. } => out.locals.push(*local),
        _ => {}
    }
}

/// The block of a statement that holds a byte, with the loop variables that it sees.
fn inside<'a>(s: &'a Stmt, at: u32, out: &mut Visible) -> Option<&'a Block> {
    match &s.kind {
        StmtKind::Do(b) => Some(b),
        StmtKind::While(cond, b) if at > cond.span.end => {
            out.in_loop = true;
            Some(b)
        }
        StmtKind::Repeat(b, _) => {
            out.in_loop = true;
            Some(b)
        }
        StmtKind::If(arms, otherwise) => {
            if let Some(b) = otherwise
                && b.span.start <= at
            {
                return Some(b);
            }
            arms.iter().rev().find(|(cond, _)| at > cond.span.end).map(|(_, b)| b)
        }
        StmtKind::NumericFor { var, limit, step, body, .. } => {
            let header = step.as_ref().unwrap_or(limit).span.end;
            (at > header).then(|| {
                out.in_loop = true;
                out.locals.push(*var);
                body
            })
        }
        StmtKind::GenericFor { vars, exprs, body } => {
            let header = exprs.last().map_or(s.span.start, |e| e.span.end);
            (at > header).then(|| {
                out.in_loop = true;
                out.locals.extend(vars);
                body
            })
        }
        _ => None,
    }
}

/// The outermost function in a statement's own expressions that holds a byte.
fn function_in(hir: &Hir, s: &Stmt, at: u32) -> Option<FuncId> {
    let holds = |func: FuncId| {
        let span = hir.func(func).span;
        span.start < at && at < span.end && at >= span.start + "function".len() as u32
    };
    if let StmtKind::LocalFunction { func, .. } = s.kind {
        return holds(func).then_some(func);
    }
    let mut found = None;
    visit::own_expressions(s, &mut |e: &Expr| {
        if let ExprKind::Function(func) = e.kind
            && found.is_none()
            && holds(func)
        {
            found = Some(func);
        }
    });
    found
}
