//! Labels and `goto`, by Lua 5.4's rules: a label is visible in its block and the blocks
//! inside, a jump never enters the scope of a local, and a label followed by nothing but
//! labels and semicolons stands where the block's locals have ended.

use super::Resolver;
use crate::hir::{LabelId, LabelInfo, StmtKind};
use gatos_syntax::diagnostic::Diagnostic;
use gatos_syntax::echolua::ast::Ident;
use gatos_syntax::span::Span;

pub(super) struct ActiveLabel {
    name: String,
    id: LabelId,
}

pub(super) struct PendingGoto {
    name: String,
    span: Span,
    index: u32,
    /// Locals visible at the jump, cut down as blocks close.
    pub(super) active: usize,
}

impl Resolver {
    pub(super) fn goto(&mut self, name: &Ident) -> StmtKind {
        let index = self.hir.gotos.len() as u32;
        let active = self.active.len();
        let known = self.scope().labels.iter().rev().find(|l| l.name == name.name).map(|l| l.id);
        self.hir.gotos.push(known);
        match known {
            Some(id) => self.hir.labels[id.0 as usize].uses += 1,
            None => self.scope().gotos.push(PendingGoto { name: name.name.clone(), span: name.span, index, active }),
        }
        StmtKind::Goto(index)
    }

    pub(super) fn label(&mut self, name: &Ident, void_after: bool) -> StmtKind {
        if let Some(first) = self.scope().labels.iter().find(|l| l.name == name.name).map(|l| l.id) {
            let at = self.hir.labels[first.0 as usize].span;
            self.diags.push(
                Diagnostic::error("E0208", name.span, format!("the label `{}` is already visible here", name.name))
                    .label("declared again")
                    .related(at, "first declared here")
                    .help("give one of them another name"),
            );
            return StmtKind::Empty;
        }
        let id = LabelId(self.hir.labels.len() as u32);
        self.hir.labels.push(LabelInfo { name: name.name.clone(), span: name.span, uses: 0 });
        let here = self.active.len();
        let scope = self.scope();
        let (start, gotos_from) = scope.blocks.last().map_or((0, 0), |b| (b.active, b.gotos));
        let level = if void_after { start } else { here };
        scope.labels.push(ActiveLabel { name: name.name.clone(), id });
        let mut waiting = std::mem::take(&mut scope.gotos);
        let mut jumps = Vec::new();
        let mut kept = Vec::new();
        for (i, goto) in waiting.drain(..).enumerate() {
            if i >= gotos_from && goto.name == name.name { jumps.push(goto) } else { kept.push(goto) }
        }
        scope.gotos = kept;
        for goto in jumps {
            self.hir.labels[id.0 as usize].uses += 1;
            if goto.active < level {
                let local = self.hir.local(self.active[goto.active]);
                let (text, at) = (local.name.clone(), local.span);
                self.diags.push(
                    Diagnostic::error("E0207", goto.span, format!("this `goto` jumps into the scope of `{text}`"))
                        .label(format!("`{text}` would exist at the label without a value"))
                        .related(at, format!("`{text}` is declared here"))
                        .related(name.span, "the label")
                        .help("declare the local before the `goto`, or put it and what follows in `do … end`"),
                );
            }
            self.hir.gotos[goto.index as usize] = Some(id);
        }
        StmtKind::Label(id)
    }

    pub(super) fn unresolved_gotos(&mut self, gotos: Vec<PendingGoto>) {
        for goto in gotos {
            let mut diag = Diagnostic::error("E0206", goto.span, format!("no visible label is named `{}`", goto.name))
                .label("a label is visible in its own block and the blocks inside it");
            if goto.name == "continue" {
                diag = diag.help("write `::continue::` at the end of the loop's body");
            }
            self.diags.push(diag);
        }
    }
}
