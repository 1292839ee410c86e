//! Generators seeded by a constant: the same numbers at every event.

use crate::hir::ExprKind;
use crate::lint::{Facts, visit};
use gatos_elc::program::ProgramKind;
use gatos_syntax::diagnostic::Diagnostic;

pub(in crate::lint) fn run(facts: &Facts, out: &mut Vec<Diagnostic>) {
    for (i, func) in facts.hir.funcs.iter().enumerate() {
        visit::expressions(&func.body, &mut |e| {
            let ExprKind::Call(callee, args) = &e.kind else { return };
            if !matches!(&callee.kind, ExprKind::Lib(name) if name == "rng") {
                return;
            }
            let constant = args
                .first()
                .is_some_and(|a| matches!(a.bare().kind, ExprKind::Str(_) | ExprKind::Int(_) | ExprKind::Fixed(_)));
            if constant {
                let mut d = Diagnostic::warning("W0507", e.span, "this generator gives the same numbers every time")
                    .label("seeded by a constant")
                    .help("seed it from the event: `rng(event.ulid)`");
                if let (Some(event), Some(seed)) = (event_of(facts, i), args.first()) {
                    d = d.fix(format!("seed it from `{event}.ulid`"), seed.span, format!("{event}.ulid"));
                }
                out.push(d);
            } else if i == 0 && facts.kind == ProgramKind::Fold {
                out.push(
                    Diagnostic::warning("W0507", e.span, "a generator made while loading is the same for every event")
                        .label("made once, outside `fold`; its progress is not part of the state")
                        .help("make it inside `fold`: `rng(event.ulid)`"),
                );
            }
        });
    }
}

/// What a function calls its event, when it is the one that folds and nothing hides the name.
fn event_of<'a>(facts: &'a Facts, func: usize) -> Option<&'a str> {
    let fold = facts.entries.and_then(|e| e.fold).filter(|f| f.0 as usize == func)?;
    let event = facts.hir.local(*facts.hir.func(fold).params.get(1)?);
    let same = facts.hir.locals.iter().filter(|l| l.name == event.name && l.span.start > event.span.start).count();
    (same == 0 && event.writes.is_empty()).then_some(event.name.as_str())
}
