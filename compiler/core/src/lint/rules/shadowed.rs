//! A local that hides another one of the same name.

use crate::hir::LocalKind;
use crate::lint::Facts;
use gatos_syntax::diagnostic::Diagnostic;

pub(in crate::lint) fn run(facts: &Facts, out: &mut Vec<Diagnostic>) {
    for l in &facts.hir.locals {
        let Some(hidden) = l.hides.map(|id| facts.hir.local(id)) else { continue };
        if l.name.starts_with('_') || l.kind == LocalKind::SelfParam {
            continue;
        }
        out.push(
            Diagnostic::warning("W0505", l.span, format!("`{}` hides another local of that name", l.name))
                .label("from here on the name means this one")
                .related(hidden.span, "the other one")
                .help("give one of them another name"),
        );
    }
}
