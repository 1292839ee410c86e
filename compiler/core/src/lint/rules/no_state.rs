//! A `fold` that returns nothing, so that no state would be left.

use crate::hir::StmtKind;
use crate::lint::{Facts, visit};
use gatos_syntax::diagnostic::Diagnostic;
use gatos_syntax::span::Span;

pub(in crate::lint) fn run(facts: &Facts, out: &mut Vec<Diagnostic>) {
    let Some(func) = facts.entries.and_then(|e| e.fold).map(|f| facts.hir.func(f)) else { return };
    let mut returns = false;
    visit::statements(&func.body, &mut |s| returns |= matches!(&s.kind, StmtKind::Return(v) if !v.is_empty()));
    if returns {
        return;
    }
    let at = func.span.start as usize;
    let mut d = Diagnostic::warning("W0517", Span::new(at, at + "function".len()), "`fold` returns no state")
        .label("every event would end in an error")
        .help("end it with `return state`");
    let ends_open = !matches!(func.body.stmts.last().map(|s| &s.kind), Some(StmtKind::Return(_)));
    if let (Some(state), true) = (func.params.first(), ends_open) {
        let state = &facts.hir.local(*state).name;
        let end = func.span.end as usize - "end".len();
        d = d.fix(format!("end it with `return {state}`"), Span::new(end, end), format!("return {state} "));
    }
    out.push(d);
}
