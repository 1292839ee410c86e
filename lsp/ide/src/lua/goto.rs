//! Where names lead, and where else they stand.

use super::analysis::{Analysis, analysis};
use super::names::{Occurrence, Owner, Sym};
use super::same::{InFile, everywhere, exported_path, field_at};
use crate::answer::{Access, FileSpan, Goto, Target};
use crate::host::{File, Snapshot};
use gatos_syntax::span::Span;
use std::sync::Arc;

/// Where a name leads.
pub(crate) fn goto(snapshot: &Snapshot, file: &Arc<File>, at: u32, way: Goto) -> Vec<Target> {
    let its = analysis(snapshot, file);
    let Some(found) = its.names().at(at).copied() else { return Vec::new() };
    let mut out = match way {
        Goto::TypeDefinition => origin(snapshot, &its, &found),
        Goto::Implementation => declarations(snapshot, file, &its, &found, true),
        Goto::Definition | Goto::Declaration => declarations(snapshot, file, &its, &found, false),
    };
    out.dedup();
    out
}

fn target(its: &Analysis, origin: Span, place: &Occurrence) -> Target {
    let func = its.names().func_of.get(&place.sym).map(|f| &its.names().funcs[f.0 as usize]);
    let full = func.filter(|named| named.name_span == place.span).map_or(place.span, |named| named.full);
    let full = full.to(place.span);
    Target { origin, full: FileSpan { file: its.file, span: full }, focus: place.span }
}

fn declarations(
    snapshot: &Snapshot,
    file: &Arc<File>,
    its: &Arc<Analysis>,
    found: &Occurrence,
    all: bool,
) -> Vec<Target> {
    match found.sym {
        Sym::Lib(_) | Sym::Require => return Vec::new(),
        Sym::Module(import) => return module(snapshot, its, import, found.span).into_iter().collect(),
        _ => {}
    }
    // What a module offers is declared in the module, whoever else puts something there.
    let home = exported_path(its, found.sym).map(|(home, _)| home);
    let mut groups = everywhere(snapshot, file, its, found.sym);
    if let Some(home) = home {
        groups.sort_by_key(|g| g.file.id != home);
    }
    let mut out = Vec::new();
    for group in &groups {
        for sym in &group.syms {
            let decls = group.analysis.names().of_sym(*sym).filter(|o| o.is_decl);
            out.extend(decls.map(|o| target(&group.analysis, found.span, o)));
        }
        if !out.is_empty() {
            break;
        }
    }
    // A function given to a field is where the field is defined, before plain assignments.
    if !all && out.len() > 1 {
        let functions: Vec<Target> = out.iter().filter(|t| t.full.span != t.focus).cloned().collect();
        if !functions.is_empty() {
            return functions;
        }
        out.truncate(1);
    }
    out
}

/// The start of a module's file, or what it returns.
fn module(snapshot: &Snapshot, its: &Analysis, import: gatos_compiler::hir::ImportId, origin: Span) -> Option<Target> {
    let file = snapshot.file(its.module_of(import)?)?;
    let span = Span::default();
    Some(Target { origin, full: FileSpan { file: file.id, span }, focus: span })
}

/// Where the table comes from that a name holds.
fn origin(snapshot: &Snapshot, its: &Arc<Analysis>, found: &Occurrence) -> Vec<Target> {
    let names = its.names();
    let owner = match found.sym {
        Sym::Local(id) => names.owner_of_local(id),
        Sym::Global(slot) => Owner::Global(slot),
        Sym::Field(field) => Owner::Field(field),
        Sym::Module(import) => Owner::Import(import),
        _ => return Vec::new(),
    };
    if let Some(span) = names.origins.get(&owner) {
        return vec![Target { origin: found.span, full: FileSpan { file: its.file, span: *span }, focus: *span }];
    }
    // Beyond the file: what a module returns, or a field of it.
    let beyond = match owner {
        Owner::Import(import) => its.module_of(import).map(|home| (home, Vec::new())),
        Owner::Field(field) => exported_path(its, Sym::Field(field)),
        _ => None,
    };
    if let Some((home, path)) = beyond
        && let Some(home) = snapshot.file(home)
    {
        let there = analysis(snapshot, home);
        let owner = match path.as_slice() {
            [] => Some(Owner::Exports),
            path => field_at(there.names(), Owner::Exports, path).map(Owner::Field),
        };
        if let Some(span) = owner.and_then(|o| there.names().origins.get(&o)) {
            let full = FileSpan { file: home.id, span: *span };
            return vec![Target { origin: found.span, full, focus: *span }];
        }
    }
    super::types::origin_of(snapshot, its, found).into_iter().collect()
}

/// Where else a name stands, in all files.
pub(crate) fn references(snapshot: &Snapshot, file: &Arc<File>, at: u32, with_declaration: bool) -> Vec<FileSpan> {
    let its = analysis(snapshot, file);
    let Some(found) = its.names().at(at).copied() else { return Vec::new() };
    let mut out: Vec<FileSpan> = everywhere(snapshot, file, &its, found.sym)
        .iter()
        .flat_map(places)
        .filter(|(_, o)| with_declaration || !o.is_decl)
        .map(|(file, o)| FileSpan { file: file.id, span: o.span })
        .collect();
    out.sort();
    out.dedup();
    out
}

/// The places of a meaning in a file.
pub(crate) fn places(group: &InFile) -> impl Iterator<Item = (&Arc<File>, Occurrence)> {
    group.syms.iter().flat_map(move |s| group.analysis.names().of_sym(*s).map(move |o| (&group.file, *o)))
}

/// Where else the name stands in this file.
pub(crate) fn highlights(snapshot: &Snapshot, file: &Arc<File>, at: u32) -> Vec<(Span, Access)> {
    let its = analysis(snapshot, file);
    let Some(found) = its.names().at(at) else { return Vec::new() };
    its.names().of_sym(found.sym).map(|o| (o.span, o.access)).collect()
}
