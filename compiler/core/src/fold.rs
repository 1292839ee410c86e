//! Fold modules: finding `init`, `fold` and `emit`, and the rules that hold in them.

use crate::hir::{Block, Expr, ExprKind, FuncId, Hir, ImportId, Item, LocalId, StmtKind, TargetKind};
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
    /// The module whose value the file returns as its own.
    pub through: Option<ImportId>,
    /// Whether the file returns something that reading cannot follow.
    pub unclear: bool,
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
        Some(StmtKind::Return(values)) => match values.as_slice() {
            [] => {}
            [e, ..] => returned(hir, body, e, ALIASES, &mut out),
        },
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

/// Locals that stand for one another, followed this far.
const ALIASES: u32 = 4;

fn returned(hir: &Hir, body: &Block, e: &Expr, aliases: u32, out: &mut Entries) {
    match &e.bare().kind {
        ExprKind::Table(items) => table_entries(hir, items, out),
        ExprKind::Local(id) => module_entries(hir, body, *id, aliases, out),
        ExprKind::Import(id) => out.through = Some(*id),
        // `return setmetatable({ … }, …)`
        ExprKind::Call(callee, args) if matches!(&callee.kind, ExprKind::Lib(name) if name == "setmetatable") => {
            match args.first().map(|a| &a.bare().kind) {
                Some(ExprKind::Table(items)) => table_entries(hir, items, out),
                Some(ExprKind::Local(id)) => module_entries(hir, body, *id, aliases, out),
                _ => out.unclear = true,
            }
        }
        ExprKind::Call(..) | ExprKind::Method { .. } | ExprKind::Index(..) | ExprKind::Global(_) => out.unclear = true,
        _ => {}
    }
}

fn table_entries(hir: &Hir, items: &[Item], out: &mut Entries) {
    for item in items {
        if let Item::Named(key, _, value) = item {
            out.set(key, function_of(hir, value));
        }
    }
}

/// The entries of `local M = {…}` and of the assignments to its fields at the top level.
fn module_entries(hir: &Hir, body: &Block, module: LocalId, aliases: u32, out: &mut Entries) {
    for stmt in &body.stmts {
        match &stmt.kind {
            StmtKind::Local { locals, values } => {
                for (id, value) in locals.iter().zip(values) {
                    if *id == module {
                        match &value.bare().kind {
                            ExprKind::Table(items) => table_entries(hir, items, out),
                            _ if aliases == 0 => out.unclear = true,
                            _ => returned(hir, body, value, aliases - 1, out),
                        }
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

/// Decides the kind, and says what a fold lacks. `module` gives the resolved file of an import.
pub fn kind<'a>(
    hir: &Hir,
    choice: KindChoice,
    module: impl Fn(&str) -> Option<&'a Hir>,
) -> (ProgramKind, Entries, Vec<Diagnostic>) {
    let mut found = entries(hir);
    if let Some(import) = found.through {
        let inner = module(&hir.imports[import.0 as usize].name).map(entries);
        found.has_fold |= inner.is_some_and(|e| e.has_fold);
        found.unclear |= inner.is_none_or(|e| e.unclear || e.through.is_some());
    }
    let mut diags = Vec::new();
    let kind = match choice {
        KindChoice::Script => ProgramKind::Script,
        KindChoice::Auto if found.has_fold => ProgramKind::Fold,
        KindChoice::Auto => ProgramKind::Script,
        KindChoice::Fold => {
            if !found.has_fold && !found.unclear {
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
