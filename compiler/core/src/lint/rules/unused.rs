//! Names that nothing reads: locals, functions, parameters, labels.

use crate::hir::{Local, LocalKind, StmtKind};
use crate::lint::{Facts, visit};
use gatos_syntax::diagnostic::{Diagnostic, Edit, Fix};
use std::collections::BTreeSet;

/// The same name with `_` before it, which says that it is meant.
struct Silenced<'a>(BTreeSet<&'a str>);

impl<'a> Silenced<'a> {
    fn of(facts: &'a Facts) -> Silenced<'a> {
        let locals = facts.hir.locals.iter().map(|l| l.name.as_str());
        let globals = facts.hir.globals.iter().map(|g| g.name.as_str());
        Silenced(locals.chain(globals).filter(|n| n.starts_with('_')).collect())
    }

    /// The fix that renames a local and all its assignments, unless the name would then mean another one.
    fn fix(&self, d: Diagnostic, l: &Local) -> Diagnostic {
        let name = format!("_{}", l.name);
        if self.0.contains(name.as_str()) {
            return d;
        }
        let mut edits: Vec<Edit> = l.writes.iter().map(|w| Edit { span: w.span, text: name.clone() }).collect();
        edits.push(Edit { span: l.span, text: name.clone() });
        edits.sort_by_key(|e| e.span);
        let mut d = d;
        d.fixes.push(Fix { title: format!("call it `{name}`"), edits });
        d
    }
}

fn unread<'a>(facts: &'a Facts, kind: LocalKind) -> impl Iterator<Item = &'a Local> {
    facts
        .hir
        .locals
        .iter()
        .filter(move |l| l.kind == kind && l.own_reads + l.inner_reads == 0 && !l.name.starts_with('_'))
}

pub(in crate::lint) fn locals(facts: &Facts, out: &mut Vec<Diagnostic>) {
    let silenced = Silenced::of(facts);
    for l in unread(facts, LocalKind::Var).filter(|l| l.writes.is_empty()) {
        let d = Diagnostic::warning("W0501", l.span, format!("the local `{}` is never used", l.name))
            .label("declared here, and that is all")
            .help(format!("remove it, or call it `_{}` to say that it is meant", l.name));
        out.push(silenced.fix(d, l));
    }
}

pub(in crate::lint) fn functions(facts: &Facts, out: &mut Vec<Diagnostic>) {
    let silenced = Silenced::of(facts);
    for l in unread(facts, LocalKind::Function).filter(|l| l.writes.is_empty()) {
        let d = Diagnostic::warning("W0502", l.span, format!("the function `{}` is never used", l.name));
        out.push(if l.self_reads > 0 {
            d.label("only it calls itself").help("remove it")
        } else {
            silenced.fix(d.label("nothing calls it").help(format!("remove it, or call it `_{}`", l.name)), l)
        });
    }
}

pub(in crate::lint) fn parameters(facts: &Facts, out: &mut Vec<Diagnostic>) {
    let silenced = Silenced::of(facts);
    for l in unread(facts, LocalKind::Param) {
        let d = Diagnostic::warning("W0503", l.span, format!("the parameter `{}` is never used", l.name))
            .label("not read in the function");
        out.push(silenced.fix(d, l));
    }
}

pub(in crate::lint) fn never_read(facts: &Facts, out: &mut Vec<Diagnostic>) {
    let kinds = [LocalKind::Var, LocalKind::Function];
    let silenced = Silenced::of(facts);
    for l in kinds.into_iter().flat_map(|k| unread(facts, k)) {
        if let Some(write) = l.writes.first() {
            let d = Diagnostic::warning("W0512", l.span, format!("`{}` is assigned but never read", l.name))
                .label("nothing looks at its value")
                .related(write.span, "assigned here")
                .help("remove it and its assignments");
            // The recursion of a function reads it by its old name.
            out.push(if l.self_reads == 0 { silenced.fix(d, l) } else { d });
        }
    }
}

pub(in crate::lint) fn labels(facts: &Facts, out: &mut Vec<Diagnostic>) {
    for func in &facts.hir.funcs {
        visit::statements(&func.body, &mut |s| {
            let StmtKind::Label(id) = s.kind else { return };
            let l = &facts.hir.labels[id.0 as usize];
            if l.uses == 0 && !l.name.starts_with('_') {
                out.push(
                    Diagnostic::warning("W0504", l.span, format!("no `goto` goes to the label `{}`", l.name))
                        .label("never reached by a jump")
                        .help("remove it")
                        .fix("remove the label", s.span, ""),
                );
            }
        });
    }
}
