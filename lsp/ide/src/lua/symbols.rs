//! The outline of a file, and what of it others may look for.

use super::analysis::{Analysis, analysis};
use super::names::{Named, Sym};
use crate::answer::{FileSpan, Symbol, SymbolKind, WorkspaceSymbol};
use crate::host::{File, FileId, Snapshot};
use gatos_compiler::hir::{Block, Expr, ExprKind, FuncId, Item, LocalId, Stmt, StmtKind, TargetKind};
use gatos_syntax::span::Span;
use std::sync::Arc;

/// The outline.
pub(crate) fn symbols(snapshot: &Snapshot, file: &Arc<File>) -> Vec<Symbol> {
    let its = analysis(snapshot, file);
    outline(&its, file.path.ends_with("_test.lua"))
}

fn outline(its: &Analysis, is_test: bool) -> Vec<Symbol> {
    let hir = &its.unit().hir;
    let Some(main) = hir.funcs.first() else { return Vec::new() };
    let mut maker = Maker { its, is_test };
    maker.block(&main.body, true)
}

struct Maker<'a> {
    its: &'a Analysis,
    is_test: bool,
}

impl Maker<'_> {
    fn block(&mut self, block: &Block, top: bool) -> Vec<Symbol> {
        let mut out = Vec::new();
        for s in &block.stmts {
            self.stmt(s, top, &mut out);
        }
        out
    }

    fn stmt(&mut self, s: &Stmt, top: bool, out: &mut Vec<Symbol>) {
        match &s.kind {
            StmtKind::Local { locals, values } => {
                for (i, id) in locals.iter().enumerate() {
                    self.local(s, *id, values.get(i), top, out);
                }
                values.iter().skip(locals.len()).for_each(|e| self.inside(e, out));
            }
            StmtKind::LocalFunction { func, .. } => out.push(self.function(*func)),
            StmtKind::Assign { targets, values } => {
                for (i, value) in values.iter().enumerate() {
                    match (&value.bare().kind, targets.get(i).map(|t| (&t.kind, t.span))) {
                        (ExprKind::Function(func), _) => out.push(self.function(*func)),
                        (ExprKind::Table(items), Some((kind, span))) if top => {
                            let name = self.its.slice(span).to_owned();
                            let kind = match kind {
                                TargetKind::Index(..) => SymbolKind::Field,
                                _ => SymbolKind::Variable,
                            };
                            let children = self.items(items);
                            out.push(plain(name, kind, s.span, span, children));
                        }
                        (_, Some((TargetKind::Global(_), span))) if top => {
                            let is_first = self.its.names().exactly(span).is_some_and(|o| o.is_decl);
                            if is_first {
                                let name = self.its.slice(span).to_owned();
                                out.push(plain(name, SymbolKind::Variable, s.span, span, Vec::new()));
                            }
                            self.inside(value, out);
                        }
                        _ => self.inside(value, out),
                    }
                }
            }
            StmtKind::Return(values) => {
                for value in values {
                    match &value.bare().kind {
                        // What a file returns as a table is its outline too, unless it only lists names.
                        ExprKind::Table(items) if top => out.extend(self.items(items)),
                        _ => self.inside(value, out),
                    }
                }
            }
            StmtKind::Call(e) => self.inside(e, out),
            StmtKind::Do(b) => out.extend(self.block(b, false)),
            StmtKind::While(e, b) => {
                self.inside(e, out);
                out.extend(self.block(b, false));
            }
            StmtKind::Repeat(b, e) => {
                out.extend(self.block(b, false));
                self.inside(e, out);
            }
            StmtKind::If(arms, otherwise) => {
                for (e, b) in arms {
                    self.inside(e, out);
                    out.extend(self.block(b, false));
                }
                if let Some(b) = otherwise {
                    out.extend(self.block(b, false));
                }
            }
            StmtKind::NumericFor { body, .. } => out.extend(self.block(body, false)),
            StmtKind::GenericFor { exprs, body, .. } => {
                exprs.iter().for_each(|e| self.inside(e, out));
                out.extend(self.block(body, false));
            }
            _ => {}
        }
    }

    fn local(&mut self, s: &Stmt, id: LocalId, value: Option<&Expr>, top: bool, out: &mut Vec<Symbol>) {
        let local = self.its.unit().hir.local(id);
        match value.map(|v| &v.bare().kind) {
            Some(ExprKind::Function(func)) => out.push(self.function(*func)),
            Some(ExprKind::Table(items)) if top => {
                let children = self.items(items);
                out.push(plain(local.name.clone(), SymbolKind::Variable, s.span, local.span, children));
            }
            Some(ExprKind::Import(_)) if top => {
                out.push(plain(local.name.clone(), SymbolKind::Module, s.span, local.span, Vec::new()));
            }
            _ => {
                if top {
                    let kind = if local.is_const { SymbolKind::Constant } else { SymbolKind::Variable };
                    out.push(plain(local.name.clone(), kind, s.span, local.span, Vec::new()));
                }
                if let Some(value) = value {
                    self.inside(value, out);
                }
            }
        }
    }

    fn items(&mut self, items: &[Item]) -> Vec<Symbol> {
        let mut out = Vec::new();
        for item in items {
            if let Item::Named(name, span, value) = item {
                match &value.bare().kind {
                    ExprKind::Function(func) => out.push(self.function(*func)),
                    ExprKind::Table(inner) => {
                        let name = String::from_utf8_lossy(name).into_owned();
                        let children = self.items(inner);
                        out.push(plain(name, SymbolKind::Field, span.to(value.span), *span, children));
                    }
                    _ => {}
                }
            }
        }
        out
    }

    /// Functions inside an expression, when something names them.
    fn inside(&mut self, e: &Expr, out: &mut Vec<Symbol>) {
        let mut found = Vec::new();
        gatos_compiler::lint::visit::walk(e, &mut |e| {
            if let ExprKind::Function(func) = e.kind {
                found.push(func);
            }
        });
        for func in found {
            let named = &self.its.names().funcs[func.0 as usize];
            if named.sym.is_some() {
                out.push(self.function(func));
            } else {
                let hir = &self.its.unit().hir;
                out.extend(self.block(&hir.func(func).body, false));
            }
        }
    }

    fn function(&mut self, func: FuncId) -> Symbol {
        let hir = &self.its.unit().hir;
        let f = hir.func(func);
        let named = &self.its.names().funcs[func.0 as usize];
        let name = display_name(self.its, func);
        let last = name.rsplit(['.', ':']).next().unwrap_or(&name);
        let kind = match named {
            _ if self.is_test && last.starts_with("test_") => SymbolKind::Test,
            Named { is_method: true, .. } => SymbolKind::Method,
            _ => SymbolKind::Function,
        };
        let children = self.block(&f.body, false);
        let mut out = plain(name, kind, named.full, named.name_span, children);
        out.detail = parameters(self.its, func);
        out
    }
}

fn plain(name: String, kind: SymbolKind, span: Span, name_span: Span, children: Vec<Symbol>) -> Symbol {
    let name = if name.trim().is_empty() { "(no name)".to_owned() } else { name };
    Symbol { name, detail: String::new(), kind, span: span.to(name_span), name_span, children }
}

/// A function's name: `M.fold`, `helper`, `function at line 12`.
pub(crate) fn display_name(its: &Analysis, func: FuncId) -> String {
    let f = its.unit().hir.func(func);
    match f.name.as_str() {
        "" if func == FuncId(0) => "main chunk".to_owned(),
        "" => format!("function at line {}", its.lines().line(f.span.start)),
        name => name.to_owned(),
    }
}

/// A function's parameters in brackets, without `self`.
pub(crate) fn parameters(its: &Analysis, func: FuncId) -> String {
    let names = parameter_names(its, func);
    format!("({})", names.join(", "))
}

/// A function's parameters, without `self`, with `...`.
pub(crate) fn parameter_names(its: &Analysis, func: FuncId) -> Vec<String> {
    let hir = &its.unit().hir;
    let f = hir.func(func);
    let params = f.params.iter().map(|id| hir.local(*id));
    let own = params.filter(|l| l.kind != gatos_compiler::hir::LocalKind::SelfParam).map(|l| l.name.clone());
    own.chain(f.vararg.then(|| "...".to_owned())).collect()
}

/// Symbols that others may look for.
pub(crate) fn exported(snapshot: &Snapshot, file: &Arc<File>) -> Arc<[WorkspaceSymbol]> {
    if let Some(known) = &*file.lua.exported() {
        return known.clone();
    }
    let was_known = file.lua.is_analysed();
    let its = analysis(snapshot, file);
    let container = file.path.rsplit('/').next().unwrap_or("").trim_end_matches(".lua").to_owned();
    let mut out = Vec::new();
    for s in outline(&its, file.path.ends_with("_test.lua")) {
        flatten(&s, &container, file.id, 0, &mut out);
    }
    let out: Arc<[WorkspaceSymbol]> = Arc::from(out);
    *file.lua.exported() = Some(out.clone());
    // A search through all files must not keep all their trees.
    if !file.is_open && !was_known {
        file.lua.forget();
    }
    out
}

fn flatten(s: &Symbol, container: &str, file: FileId, depth: u32, out: &mut Vec<WorkspaceSymbol>) {
    let wanted = depth == 0 || matches!(s.kind, SymbolKind::Function | SymbolKind::Method | SymbolKind::Test);
    if wanted && s.kind != SymbolKind::Module {
        out.push(WorkspaceSymbol {
            name: s.name.clone(),
            container: container.to_owned(),
            kind: s.kind,
            at: FileSpan { file, span: s.name_span },
        });
    }
    if depth < 4 {
        s.children.iter().for_each(|c| flatten(c, container, file, depth + 1, out));
    }
}

/// The functions of a test file that are tests: `test_…` in the table it returns or at its top level.
pub(crate) fn tests(its: &Analysis) -> Vec<(String, FuncId)> {
    let names = its.names();
    let mut out: Vec<(String, FuncId)> = Vec::new();
    for (sym, func) in &names.func_of {
        let name = match sym {
            Sym::Field(field) => {
                let field = &names.fields[field.0 as usize];
                if field.owner != super::names::Owner::Exports {
                    continue;
                }
                &field.name
            }
            Sym::Global(slot) => &its.unit().hir.globals[slot.0 as usize].name,
            Sym::Local(id) => {
                let local = its.unit().hir.local(*id);
                if local.kind != gatos_compiler::hir::LocalKind::ModuleGlobal {
                    continue;
                }
                &local.name
            }
            _ => continue,
        };
        if name.starts_with("test_") && !out.iter().any(|(n, _)| n == name) {
            out.push((name.clone(), *func));
        }
    }
    out.sort_by_key(|(_, func)| *func);
    out
}

/// The local that the file returns as its table.
pub(crate) fn exports_name(its: &Analysis) -> Option<String> {
    let main = its.unit().hir.funcs.first()?;
    match main.body.stmts.last().map(|s| &s.kind) {
        Some(StmtKind::Return(values)) => match values.first().map(|v| &v.bare().kind) {
            Some(ExprKind::Local(id)) => Some(its.unit().hir.local(*id).name.clone()),
            _ => None,
        },
        _ => None,
    }
}
