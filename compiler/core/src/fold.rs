//! Fold modules: finding `init`, `fold` and `emit`, and the rules that hold in them.

use crate::hir::{Block, Expr, ExprKind, FuncId, Hir, Item, LocalId, StmtKind, TargetKind};
use gatos_elc::program::ProgramKind;
use gatos_syntax::diagnostic::Diagnostic;

/// What the caller wants a program to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum KindChoice {
    /// A fold when the main file offers `fold`, else a script.
    #[default]
    Auto,
    /// A fold; anything else is an error.
    Fold,
    /// A script.
    Script,
}

/// The functions of a fold module, as far as reading finds them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Entries {
    /// Whether the file offers `fold`, by whatever value.
    pub has_fold: bool,
    /// `init`.
    pub init: Option<FuncId>,
    /// `fold`.
    pub fold: Option<FuncId>,
    /// `emit`.
    pub emit: Option<FuncId>,
}

impl Entries {
    fn set(&mut self, key: &[u8], func: Option<FuncId>) {
        match key {
            b"init" => self.init = func,
            b"emit" => self.emit = func,
            b"fold" => {
                self.has_fold = true;
                self.fold = func;
            }
            _ => {}
        }
    }
}

/// Looks for the entries: in the table that the file returns, or among its globals.
pub fn entries(hir: &Hir) -> Entries {
    let mut out = Entries::default();
    let body = &hir.func(FuncId(0)).body;
    match body.stmts.last().map(|s| &s.kind) {
        Some(StmtKind::Return(values)) => {
            if let [e] = values.as_slice() {
                match &e.bare().kind {
                    ExprKind::Table(items) => table_entries(hir, items, &mut out),
                    ExprKind::Local(id) => module_entries(hir, body, *id, &mut out),
                    _ => {}
                }
            }
        }
        _ => {
            for stmt in &body.stmts {
                let StmtKind::Assign { targets, values } = &stmt.kind else { continue };
                for (target, value) in targets.iter().zip(values) {
                    if let TargetKind::Global(slot) = target.kind {
                        let name = hir.globals[slot.0 as usize].name.as_bytes();
                        out.set(name, function_of(hir, value));
                    }
                }
            }
        }
    }
    out
}

fn table_entries(hir: &Hir, items: &[Item], out: &mut Entries) {
    for item in items {
        if let Item::Named(key, _, value) = item {
            out.set(key, function_of(hir, value));
        }
    }
}

/// The entries of `local M = {…}` and of the assignments to its fields at the top level.
fn module_entries(hir: &Hir, body: &Block, module: LocalId, out: &mut Entries) {
    for stmt in &body.stmts {
        match &stmt.kind {
            StmtKind::Local { locals, values } => {
                for (id, value) in locals.iter().zip(values) {
                    if let (true, ExprKind::Table(items)) = (*id == module, &value.bare().kind) {
                        table_entries(hir, items, out);
                    }
                }
            }
            StmtKind::Assign { targets, values } => {
                for (target, value) in targets.iter().zip(values) {
                    if let TargetKind::Index(object, key) = &target.kind
                        && matches!(object.bare().kind, ExprKind::Local(id) if id == module)
                        && let Some(key) = key.as_str()
                    {
                        out.set(key, function_of(hir, value));
                    }
                }
            }
            _ => {}
        }
    }
}

fn function_of(hir: &Hir, e: &Expr) -> Option<FuncId> {
    match e.bare().kind {
        ExprKind::Function(id) => Some(id),
        ExprKind::Local(id) => hir.local(id).names_func,
        _ => None,
    }
}

/// Decides the kind, and says what a fold lacks.
pub fn kind(hir: &Hir, choice: KindChoice) -> (ProgramKind, Entries, Vec<Diagnostic>) {
    let found = entries(hir);
    let mut diags = Vec::new();
    let kind = match choice {
        KindChoice::Script => ProgramKind::Script,
        KindChoice::Auto if found.has_fold => ProgramKind::Fold,
        KindChoice::Auto => ProgramKind::Script,
        KindChoice::Fold => {
            if !found.has_fold {
                diags.push(no_fold(hir));
            }
            ProgramKind::Fold
        }
    };
    (kind, found, diags)
}

fn no_fold(hir: &Hir) -> Diagnostic {
    let main = hir.func(FuncId(0));
    let at = main.body.stmts.last().map_or(main.span, |s| s.span);
    let hidden = hir.locals.iter().find(|l| l.func == FuncId(0) && l.name == "fold" && l.names_func.is_some());
    let diag = Diagnostic::error("E0402", hidden.map_or(at, |l| l.span), "this file offers no function `fold`");
    match hidden {
        Some(_) => diag
            .label("a local function is not seen from outside")
            .help("leave out `local`, or end the file with `return { fold = fold }`"),
        None => diag
            .label("a fold module returns a table with `fold`, or declares it at the top level")
            .help("write `function fold(state, event) … return state end`"),
    }
}

/// In a fold module, what a function keeps in a module-level local would be forgotten or,
/// worse, differ between a run from the start and one from a checkpoint.
pub fn check_module_locals(hir: &Hir) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    for local in hir.locals.iter().filter(|l| l.func == FuncId(0)) {
        for write in local.writes.iter().filter(|w| w.func != FuncId(0)) {
            out.push(
                Diagnostic::error(
                    "E0401",
                    write.span,
                    format!("a function of a fold module assigns the module-level local `{}`", local.name),
                )
                .label("this value would not survive a restart from a checkpoint")
                .related(local.span, "declared here, outside the functions")
                .help("what must last from event to event goes in the state"),
            );
        }
    }
    out
}
