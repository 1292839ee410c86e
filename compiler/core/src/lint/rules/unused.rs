//! Names that nothing reads: locals, functions, parameters, labels.

use crate::hir::{Local, LocalKind};
use crate::lint::Facts;
use gatos_syntax::diagnostic::Diagnostic;

fn unread<'a>(facts: &'a Facts, kind: LocalKind) -> impl Iterator<Item = &'a Local> {
    facts
        .hir
        .locals
        .iter()
        .filter(move |l| l.kind == kind && l.own_reads + l.inner_reads == 0 && !l.name.starts_with('_'))
}

pub(in crate::lint) fn locals(facts: &Facts, out: &mut Vec<Diagnostic>) {
    for l in unread(facts, LocalKind::Var).filter(|l| l.writes.is_empty()) {
        out.push(
            Diagnostic::warning("W0501", l.span, format!("the local `{}` is never used", l.name))
                .label("declared here, and that is all")
                .help(format!("remove it, or call it `_{}` to say that it is meant", l.name)),
        );
    }
}

pub(in crate::lint) fn functions(facts: &Facts, out: &mut Vec<Diagnostic>) {
    for l in unread(facts, LocalKind::Function).filter(|l| l.writes.is_empty()) {
        let d = Diagnostic::warning("W0502", l.span, format!("the function `{}` is never used", l.name));
        out.push(if l.self_reads > 0 {
            d.label("only it calls itself").help("remove it")
        } else {
            d.label("nothing calls it").help(format!("remove it, or call it `_{}`", l.name))
        });
    }
}

pub(in crate::lint) fn parameters(facts: &Facts, out: &mut Vec<Diagnostic>) {
    for l in unread(facts, LocalKind::Param) {
        out.push(
            Diagnostic::warning("W0503", l.span, format!("the parameter `{}` is never used", l.name))
                .label("not read in the function")
                .fix(format!("call it `_{}`", l.name), l.span, format!("_{}", l.name)),
        );
    }
}

pub(in crate::lint) fn never_read(facts: &Facts, out: &mut Vec<Diagnostic>) {
    let kinds = [LocalKind::Var, LocalKind::Function];
    for l in kinds.into_iter().flat_map(|k| unread(facts, k)) {
        if let Some(write) = l.writes.first() {
            out.push(
                Diagnostic::warning("W0512", l.span, format!("`{}` is assigned but never read", l.name))
                    .label("nothing looks at its value")
                    .related(write.span, "assigned here")
                    .help("remove it and its assignments"),
            );
        }
    }
}

pub(in crate::lint) fn labels(facts: &Facts, out: &mut Vec<Diagnostic>) {
    for l in facts.hir.labels.iter().filter(|l| l.uses == 0 && !l.name.starts_with('_')) {
        out.push(
            Diagnostic::warning("W0504", l.span, format!("no `goto` goes to the label `{}`", l.name))
                .label("never reached by a jump")
                .help("remove it"),
        );
    }
}
