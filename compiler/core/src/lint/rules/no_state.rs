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
    out.push(
        Diagnostic::warning("W0517", Span::new(at, at + "function".len()), "`fold` returns no state")
            .label("every event would end in an error")
            .help("end it with `return state`"),
    );
}
