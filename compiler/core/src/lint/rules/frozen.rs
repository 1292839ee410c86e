//! Tables of a fold module that its functions try to change: they are frozen after loading.

use crate::hir::{ExprKind, FuncId, LocalId, LocalKind, StmtKind, TargetKind};
use crate::lint::{Facts, visit};
use gatos_elc::program::ProgramKind;
use gatos_syntax::diagnostic::Diagnostic;
use std::collections::BTreeSet;

pub(in crate::lint) fn run(facts: &Facts, out: &mut Vec<Diagnostic>) {
    if facts.kind != ProgramKind::Fold {
        return;
    }
    let tables = module_tables(facts);
    for (i, func) in facts.hir.funcs.iter().enumerate().skip(1) {
        if may_run_at_load(facts, FuncId(i as u32)) {
            continue;
        }
        visit::statements(&func.body, &mut |s| {
            let StmtKind::Assign { targets, .. } = &s.kind else { return };
            for t in targets {
                let TargetKind::Index(object, _) = &t.kind else { continue };
                let ExprKind::Local(id) = object.bare().kind else { continue };
                if tables.contains(&id) {
                    let local = facts.hir.local(id);
                    out.push(
                        Diagnostic::warning(
                            "W0513",
                            t.span,
                            format!("`{}` is frozen when events are folded", local.name),
                        )
                        .label("this is an error after the module has loaded")
                        .related(local.span, "a table of the module")
                        .help("what changes from event to event goes in the state"),
                    );
                }
            }
        });
    }
}

/// Locals of the main chunk that hold a table constructor.
fn module_tables(facts: &Facts) -> BTreeSet<LocalId> {
    let mut out = BTreeSet::new();
    visit::statements(&facts.hir.func(FuncId(0)).body, &mut |s| {
        let StmtKind::Local { locals, values } = &s.kind else { return };
        for (id, value) in locals.iter().zip(values) {
            if matches!(value.bare().kind, ExprKind::Table(_)) {
                out.insert(*id);
            }
        }
    });
    out
}

/// Whether the module itself may call a function while it loads: it, or a function around
/// it, is mentioned at the top level by a name. The entries are called by folding only.
fn may_run_at_load(facts: &Facts, func: FuncId) -> bool {
    let mut at = Some(func);
    while let Some(f) = at {
        if let Some(e) = facts.entries
            && [e.init, e.fold, e.emit].contains(&Some(f))
        {
            return false;
        }
        let named = facts.hir.locals.iter().find(|l| l.kind == LocalKind::Function && l.names_func == Some(f));
        match named {
            Some(l) if l.own_reads > 0 => return true,
            _ => {}
        }
        at = facts.hir.func(f).parent;
    }
    false
}
