//! Which names in which files mean the same thing.

use super::analysis::{Analysis, analysis, importers};
use super::names::{FieldId, Names, Owner, Sym};
use crate::host::{File, FileId, Snapshot};
use gatos_compiler::hir::{FuncId, ImportId};
use std::sync::Arc;

/// A meaning in one file.
pub(crate) struct InFile {
    /// The file.
    pub(crate) file: Arc<File>,
    /// Its analysis.
    pub(crate) analysis: Arc<Analysis>,
    /// What it is there.
    pub(crate) syms: Vec<Sym>,
}

/// The field that a path of names leads to.
pub(crate) fn field_at(names: &Names, root: Owner, path: &[String]) -> Option<FieldId> {
    let mut owner = root;
    let mut found = None;
    for name in path {
        let field = names.field(owner, name)?;
        owner = Owner::Field(field);
        found = Some(field);
    }
    found
}

/// The file whose exports a field belongs to, and its path there.
pub(crate) fn exported_path(analysis: &Analysis, sym: Sym) -> Option<(FileId, Vec<String>)> {
    let Sym::Field(field) = sym else { return None };
    let (root, path) = analysis.names().path(field);
    let file = match root {
        Owner::Exports => analysis.file,
        Owner::Import(import) => analysis.module_of(import)?,
        _ => return None,
    };
    Some((file, path.into_iter().map(str::to_owned).collect()))
}

/// All that a name means, file by file; the one it was asked in is first.
pub(crate) fn everywhere(snapshot: &Snapshot, file: &Arc<File>, analysis: &Arc<Analysis>, sym: Sym) -> Vec<InFile> {
    let mut out = vec![InFile { file: file.clone(), analysis: analysis.clone(), syms: vec![sym] }];
    match sym {
        Sym::Field(_) => {
            if let Some((home, path)) = exported_path(analysis, sym) {
                fields(snapshot, home, &path, &mut out);
            }
        }
        Sym::Module(import) => {
            if let Some(module) = analysis.module_of(import) {
                for (user, its, imports) in users(snapshot, module) {
                    add(&mut out, &user, &its, imports.into_iter().map(Sym::Module).collect());
                }
            }
        }
        _ => {}
    }
    out
}

fn fields(snapshot: &Snapshot, home: FileId, path: &[String], out: &mut Vec<InFile>) {
    if let Some(file) = snapshot.file(home) {
        let its = match out.iter().find(|o| o.file.id == home) {
            Some(known) => known.analysis.clone(),
            None => analysis(snapshot, file),
        };
        let found = field_at(its.names(), Owner::Exports, path);
        add(out, file, &its, found.map(Sym::Field).into_iter().collect());
    }
    for (user, its, imports) in users(snapshot, home) {
        let found = imports.into_iter().filter_map(|i| field_at(its.names(), Owner::Import(i), path));
        let found = found.map(Sym::Field).collect();
        add(out, &user, &its, found);
    }
}

fn add(out: &mut Vec<InFile>, file: &Arc<File>, its: &Arc<Analysis>, syms: Vec<Sym>) {
    if syms.is_empty() {
        return;
    }
    match out.iter_mut().find(|o| o.file.id == file.id) {
        Some(known) => syms.into_iter().for_each(|s| {
            if !known.syms.contains(&s) {
                known.syms.push(s);
            }
        }),
        None => out.push(InFile { file: file.clone(), analysis: its.clone(), syms }),
    }
}

/// The files that require a module, and by which imports.
pub(crate) fn users(snapshot: &Snapshot, module: FileId) -> Vec<(Arc<File>, Arc<Analysis>, Vec<ImportId>)> {
    let Some(file) = snapshot.file(module) else { return Vec::new() };
    let mut out = Vec::new();
    for id in importers(snapshot).of(&file.path) {
        if snapshot.is_cancelled() {
            break;
        }
        let Some(user) = snapshot.file(*id) else { continue };
        let its = analysis(snapshot, user);
        let count = its.unit().hir.imports.len() as u32;
        let imports: Vec<ImportId> = (0..count).map(ImportId).filter(|i| its.module_of(*i) == Some(module)).collect();
        if !imports.is_empty() {
            out.push((user.clone(), its, imports));
        }
    }
    out
}

/// Folds that a module is part of, directly or through others: a few of them.
pub(crate) fn folds_of(snapshot: &Snapshot, module: &File) -> Vec<Arc<Analysis>> {
    const MOST: usize = 4;
    let importers = importers(snapshot);
    let mut seen: Vec<FileId> = vec![module.id];
    let mut out = Vec::new();
    let mut next = 0;
    while next < seen.len() && next < 100 && out.len() < MOST && !snapshot.is_cancelled() {
        let path = snapshot.file(seen[next]).map(|f| f.path.clone());
        next += 1;
        for id in path.iter().flat_map(|p| importers.of(p)) {
            if seen.contains(id) {
                continue;
            }
            seen.push(*id);
            let Some(user) = snapshot.file(*id) else { continue };
            let its = analysis(snapshot, user);
            if its.front.entries.has_fold && its.modules.contains(&Some(module.id)) && out.len() < MOST {
                out.push(its);
            }
        }
    }
    out
}

/// The function that a name stands for, wherever it is written.
pub(crate) fn function_of(
    snapshot: &Snapshot,
    file: &Arc<File>,
    analysis_: &Arc<Analysis>,
    sym: Sym,
) -> Option<(Arc<File>, Arc<Analysis>, FuncId)> {
    let names = analysis_.names();
    if let Some(func) = names.func_of.get(&sym) {
        return Some((file.clone(), analysis_.clone(), *func));
    }
    // A local that stands for a function of a table or module.
    let sym = match sym {
        Sym::Local(id) => match names.owner_of_local(id) {
            Owner::Field(field) => Sym::Field(field),
            Owner::Local(other) if other != id => Sym::Local(other),
            _ => return None,
        },
        other => other,
    };
    if let Some(func) = names.func_of.get(&sym) {
        return Some((file.clone(), analysis_.clone(), *func));
    }
    let (home, path) = exported_path(analysis_, sym)?;
    if home == file.id {
        return None;
    }
    let home = snapshot.file(home)?.clone();
    let its = analysis(snapshot, &home);
    let field = field_at(its.names(), Owner::Exports, &path)?;
    let func = *its.names().func_of.get(&Sym::Field(field))?;
    Some((home, its, func))
}
