//! Names: which local, global, library function or module each one means, and every
//! rule of scope (const, labels, breaks, varargs). Total: it always gives a [`Hir`], and a
//! diagnostic for each thing that has no meaning.

mod expr;
mod labels;
mod library;
mod numbers;
mod profile;
mod stmt;
pub(crate) mod suggest;

pub(crate) use expr::lib_number;
pub(crate) use library::exists as lib_exists;
pub(crate) use numbers::number_of;

use crate::hir::{Block, Expr, ExprKind, Func, FuncId, Global, GlobalSlot, Hir, Local, LocalId, LocalKind, Write};
use gatos_syntax::diagnostic::Diagnostic;
use gatos_syntax::echolua::ast;
use gatos_syntax::span::Span;
use std::collections::{BTreeMap, BTreeSet};

/// Expressions and statements inside one another, at most; what is deeper was refused by the
/// parser already, or is a chain that no person wrote.
const MAX_DEPTH: u32 = 1_500;

/// Suggestions are looked up for the first few unknown names only: the search is not free.
const MAX_SUGGESTIONS: u32 = 64;

/// Which file is resolved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FileRole {
    /// The program's own file: its globals are the program's.
    Main,
    /// A module: its globals are its own.
    Module,
}

/// Resolves a file.
pub fn resolve(block: &ast::Block, role: FileRole) -> (Hir, Vec<Diagnostic>) {
    let mut r = Resolver {
        hir: Hir::default(),
        diags: Vec::new(),
        active: Vec::new(),
        scopes: Vec::new(),
        role,
        pending: Vec::new(),
        assigned_inside: BTreeSet::new(),
        globals: BTreeMap::new(),
        imports: BTreeMap::new(),
        declared: Vec::new(),
        depth: 0,
        too_deep: false,
        suggestions_left: MAX_SUGGESTIONS,
    };
    r.main(block);
    (r.hir, r.diags)
}

struct Pending {
    slot: GlobalSlot,
    diag: Diagnostic,
}

struct FuncScope {
    id: FuncId,
    vararg: bool,
    loops: u32,
    blocks: Vec<BlockScope>,
    labels: Vec<labels::ActiveLabel>,
    gotos: Vec<labels::PendingGoto>,
}

struct BlockScope {
    active: usize,
    labels: usize,
    gotos: usize,
}

struct Resolver {
    hir: Hir,
    diags: Vec<Diagnostic>,
    /// Visible locals, innermost last.
    active: Vec<LocalId>,
    scopes: Vec<FuncScope>,
    role: FileRole,
    /// What to say about names that turn out not to be declared.
    pending: Vec<Pending>,
    /// Names refused as targets inside functions; their reads are not reported again.
    assigned_inside: BTreeSet<String>,
    globals: BTreeMap<String, GlobalSlot>,
    imports: BTreeMap<String, u32>,
    declared: Vec<bool>,
    depth: u32,
    too_deep: bool,
    suggestions_left: u32,
}

/// What a name means.
enum Meaning {
    Local(LocalId),
    Lib,
    Other,
}

impl Resolver {
    fn main(&mut self, block: &ast::Block) {
        self.hir.funcs.push(Func {
            name: String::new(),
            params: Vec::new(),
            vararg: self.role == FileRole::Main,
            parent: None,
            self_local: None,
            body: Block::default(),
            span: block.span,
        });
        self.enter_function(FuncId(0), self.role == FileRole::Main);
        let body = self.block(block, false, |_| ());
        self.leave_function();
        self.hir.funcs[0].body = body;
        self.finish();
    }

    fn finish(&mut self) {
        for p in std::mem::take(&mut self.pending) {
            let name = &self.hir.globals[p.slot.0 as usize].name;
            if !self.declared[p.slot.0 as usize] && !self.assigned_inside.contains(name) {
                self.diags.push(p.diag);
            }
        }
        for i in 0..self.hir.locals.len() {
            let local = &self.hir.locals[i];
            if let (Some(f), true) = (local.names_func, local.writes.is_empty()) {
                self.hir.funcs[f.0 as usize].self_local = Some(LocalId(i as u32));
            }
        }
        self.diags.sort_by_key(|d| (d.span, d.code));
    }

    fn enter_function(&mut self, id: FuncId, vararg: bool) {
        self.scopes.push(FuncScope { id, vararg, loops: 0, blocks: Vec::new(), labels: Vec::new(), gotos: Vec::new() });
    }

    fn leave_function(&mut self) {
        if let Some(scope) = self.scopes.pop() {
            self.unresolved_gotos(scope.gotos);
        }
    }

    fn scope(&mut self) -> &mut FuncScope {
        self.scopes.last_mut().expect("a function is open while its body is resolved")
    }

    fn func(&self) -> FuncId {
        self.scopes.last().map_or(FuncId(0), |s| s.id)
    }

    /// At the top level: in no function of the file.
    fn at_top(&self) -> bool {
        self.scopes.len() == 1
    }

    /// Resolves a block; `last` runs before its scope closes (the condition of `repeat`).
    fn block<T>(&mut self, block: &ast::Block, is_repeat: bool, last: impl FnOnce(&mut Self) -> T) -> Block {
        self.block_with(block, is_repeat, |_| (), last).0
    }

    fn block_with<T>(
        &mut self,
        block: &ast::Block,
        is_repeat: bool,
        first: impl FnOnce(&mut Self),
        last: impl FnOnce(&mut Self) -> T,
    ) -> (Block, T) {
        self.open_block();
        first(self);
        let mut stmts = Vec::with_capacity(block.stmts.len());
        for (i, stmt) in block.stmts.iter().enumerate() {
            let void_after = !is_repeat
                && matches!(stmt.kind, ast::StmtKind::Label(_))
                && block.stmts[i + 1..]
                    .iter()
                    .all(|s| matches!(s.kind, ast::StmtKind::Empty | ast::StmtKind::Label(_)));
            let kind = self.stmt(stmt, void_after);
            stmts.push(crate::hir::Stmt { kind, span: stmt.span });
        }
        let out = last(self);
        self.close_block();
        (Block { stmts, span: block.span }, out)
    }

    fn open_block(&mut self) {
        let active = self.active.len();
        let scope = self.scope();
        let (labels, gotos) = (scope.labels.len(), scope.gotos.len());
        scope.blocks.push(BlockScope { active, labels, gotos });
    }

    fn close_block(&mut self) {
        let scope = self.scope();
        let Some(block) = scope.blocks.pop() else { return };
        scope.labels.truncate(block.labels);
        for goto in &mut scope.gotos[block.gotos..] {
            goto.active = goto.active.min(block.active);
        }
        self.active.truncate(block.active);
    }

    /// Runs `f` one level deeper, or gives `None` past the limit, reporting it once.
    fn deeper<T>(&mut self, span: Span, f: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= MAX_DEPTH {
            if !self.too_deep {
                self.too_deep = true;
                self.diags.push(
                    Diagnostic::error("E0007", span, "the program is nested too deeply")
                        .label("too deep from here on")
                        .help("name a part of it with a local, or split it into functions"),
                );
            }
            return None;
        }
        self.depth += 1;
        let out = f(self);
        self.depth -= 1;
        Some(out)
    }

    // ---- locals ----

    /// Makes a local that is not visible yet.
    fn new_local(&mut self, name: &ast::Ident, kind: LocalKind) -> LocalId {
        let id = LocalId(self.hir.locals.len() as u32);
        let hides = self.find_local(&name.name);
        self.hir.locals.push(Local {
            name: name.name.clone(),
            span: name.span,
            func: self.func(),
            kind,
            is_const: false,
            writes: Vec::new(),
            own_reads: 0,
            inner_reads: 0,
            self_reads: 0,
            captured: false,
            hides,
            names_func: None,
        });
        id
    }

    fn show_local(&mut self, id: LocalId) {
        self.active.push(id);
    }

    fn declare(&mut self, name: &ast::Ident, kind: LocalKind) -> LocalId {
        let id = self.new_local(name, kind);
        self.show_local(id);
        id
    }

    fn find_local(&self, name: &str) -> Option<LocalId> {
        self.active.iter().rev().copied().find(|id| self.hir.local(*id).name == name)
    }

    fn read_local(&mut self, id: LocalId) {
        let here = self.func();
        let names = self.hir.local(id).names_func;
        let inside_itself = names.is_some_and(|f| self.scopes.iter().any(|s| s.id == f));
        let local = &mut self.hir.locals[id.0 as usize];
        if inside_itself {
            local.self_reads += 1;
        } else if local.func == here {
            local.own_reads += 1;
        } else {
            local.inner_reads += 1;
            local.captured = true;
        }
    }

    fn write_local(&mut self, id: LocalId, span: Span) {
        let here = self.func();
        let local = &mut self.hir.locals[id.0 as usize];
        local.writes.push(Write { span, func: here });
        if local.func != here {
            local.captured = true;
        }
    }

    // ---- names ----

    fn meaning(&self, name: &str) -> Meaning {
        match self.find_local(name) {
            Some(id) => Meaning::Local(id),
            None if library::is_root(name) => Meaning::Lib,
            None => Meaning::Other,
        }
    }

    fn global(&mut self, name: &str, span: Span) -> GlobalSlot {
        if let Some(slot) = self.globals.get(name) {
            return *slot;
        }
        let slot = GlobalSlot(self.hir.globals.len() as u32);
        // A module's globals are seen in its own file only: they are locals of its chunk.
        let local = (self.role == FileRole::Module).then(|| {
            self.hir.locals.push(Local {
                name: name.to_string(),
                span,
                func: FuncId(0),
                kind: LocalKind::ModuleGlobal,
                is_const: false,
                writes: Vec::new(),
                own_reads: 0,
                inner_reads: 0,
                self_reads: 0,
                captured: false,
                hides: None,
                names_func: None,
            });
            LocalId(self.hir.locals.len() as u32 - 1)
        });
        self.hir.globals.push(Global { name: name.to_string(), span, reads: 0, local });
        self.declared.push(false);
        self.globals.insert(name.to_string(), slot);
        slot
    }

    /// Reads a name that is neither local nor of the library; `diag` is what to say when
    /// the file never declares it.
    fn read_global(&mut self, name: &str, span: Span, diag: Diagnostic) -> ExprKind {
        let slot = self.global(name, span);
        self.hir.globals[slot.0 as usize].reads += 1;
        self.pending.push(Pending { slot, diag });
        match self.hir.globals[slot.0 as usize].local {
            Some(id) => {
                self.read_local(id);
                ExprKind::Local(id)
            }
            None => ExprKind::Global(slot),
        }
    }

    fn undeclared(&mut self, name: &str, span: Span) -> Diagnostic {
        let mut diag = Diagnostic::error("E0201", span, format!("`{name}` is not declared"))
            .label("no local, global or library function has this name");
        if let Some(best) = self.suggestion(name) {
            diag = diag.help(format!("did you mean `{best}`?")).fix(format!("replace by `{best}`"), span, best);
        } else if name == "self" {
            diag = diag.help("declare the method with a colon: `function Account:deposit(v)`");
        } else {
            diag = diag.help(format!("declare it before: `local {name} = …`"));
        }
        diag
    }

    fn suggestion(&mut self, name: &str) -> Option<String> {
        if self.suggestions_left == 0 {
            return None;
        }
        self.suggestions_left -= 1;
        let locals = self.active.iter().rev().map(|id| self.hir.local(*id).name.as_str());
        let globals = self.hir.globals.iter().map(|g| g.name.as_str()).filter(|g| *g != name);
        let declared = globals.filter(|g| self.globals.get(*g).is_some_and(|s| self.declared[s.0 as usize]));
        let roots = library::roots().map(|s| -> &str { s });
        suggest::closest(name, locals.chain(declared).chain(roots))
    }

    fn error_expr(&self, span: Span) -> Expr {
        Expr { kind: ExprKind::Error, span }
    }
}
