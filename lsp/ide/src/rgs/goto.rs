//! Where names lead and where else they stand.

use super::Here;
use super::names::{Entity, Mark, Place, Role};
use super::walk::{self, Node};
use crate::answer::{Access, FileSpan, Goto, Target};
use crate::host::{File, Snapshot};
use gatos_syntax::rgs::ast::{BinaryOp, ExprKind, LiteralKind};
use gatos_syntax::span::Span;
use std::sync::Arc;

pub(crate) fn goto(snapshot: &Snapshot, file: &Arc<File>, at: u32, way: Goto) -> Vec<Target> {
    let Some(here) = Here::new(snapshot, file) else { return Vec::new() };
    let Some(mark) = here.names.at(at).cloned() else { return Vec::new() };
    let places = match (way, &mark.entity) {
        (Goto::TypeDefinition, Entity::Var(_)) => here.source(&mark),
        (Goto::Declaration, Entity::Import(_)) => here.declared(&mark.entity),
        (_, Entity::Import(_)) => {
            let target = here.names.target(&mark.entity).clone();
            let found = here.defined(&target);
            if found.is_empty() { here.declared(&mark.entity) } else { found }
        }
        (_, entity) => here.defined(entity),
    };
    let target = |(file, place): (usize, (Span, Span))| {
        let id = here.bundle.files.get(file)?.id;
        Some(Target { origin: mark.span, full: FileSpan { file: id, span: place.0 }, focus: place.1 })
    };
    places.into_iter().filter_map(target).collect()
}

pub(crate) fn references(snapshot: &Snapshot, file: &Arc<File>, at: u32, with_declaration: bool) -> Vec<FileSpan> {
    let Some(here) = Here::new(snapshot, file) else { return Vec::new() };
    let Some(mark) = here.names.at(at).cloned() else { return Vec::new() };
    // A name that is imported stands for what the import names, in every file.
    let entity = match (&mark.entity, here.names.target(&mark.entity)) {
        (Entity::Import(_), target @ Entity::Path(path)) if !here.bundle.definitions(path).is_empty() => target.clone(),
        (entity, _) => entity.clone(),
    };
    let mut out = Vec::new();
    for (file, mark) in here.everywhere(snapshot, &entity) {
        if !with_declaration && mark.role == Role::Declares {
            continue;
        }
        if let Some(file) = here.bundle.files.get(file) {
            out.push(FileSpan { file: file.id, span: mark.span });
        }
    }
    out.sort();
    out.dedup();
    out
}

pub(crate) fn highlights(snapshot: &Snapshot, file: &Arc<File>, at: u32) -> Vec<(Span, Access)> {
    let Some(here) = Here::new(snapshot, file) else { return Vec::new() };
    let Some(mark) = here.names.at(at) else { return Vec::new() };
    let entity = here.names.target(&mark.entity);
    let same = |m: &&Mark| m.entity == mark.entity || here.names.target(&m.entity) == entity;
    let access = |m: &Mark| match m.role {
        Role::Declares => Access::Write,
        Role::Reads => Access::Read,
    };
    here.names.marks.iter().filter(same).map(|m| (m.span, access(m))).collect()
}

impl Here {
    /// Where an entity is declared in this file.
    fn declared(&self, entity: &Entity) -> Vec<(usize, (Span, Span))> {
        match entity {
            Entity::Import(at) => {
                let import = self.parsed.module.imports.get(*at);
                let named = self.names.imports.get(*at).and_then(Option::as_ref);
                match (import, named) {
                    (Some(import), Some(named)) => vec![(self.index, (import.span, named.span))],
                    _ => Vec::new(),
                }
            }
            _ => {
                let own = || self.names.marks.iter().filter(|m| m.entity == *entity);
                let found = own().find(|m| m.role == Role::Declares).or_else(|| own().next());
                found.map(|m| (self.index, (m.span, m.span))).into_iter().collect()
            }
        }
    }

    /// Where an entity is defined: all places together make it.
    fn defined(&self, entity: &Entity) -> Vec<(usize, (Span, Span))> {
        match entity {
            Entity::Path(path) => self.places(path).into_iter().map(|p| (p.file, (p.full, p.span))).collect(),
            Entity::Var(_) | Entity::Import(_) => self.declared(entity),
            Entity::Input(_) | Entity::Builtin(_) => Vec::new(),
        }
    }

    /// The definitions of a path; of one that leads into a rule's value, those of the rule.
    pub(super) fn places(&self, path: &[String]) -> Vec<Place> {
        for n in (1..=path.len()).rev() {
            let found = path.get(..n).map_or(&[][..], |path| self.bundle.definitions(path));
            // Nothing lies within a package but what is defined there.
            let fits = |place: &&Place| n == path.len() || place.rule.is_some() && place.is_whole;
            let whole: Vec<Place> = found.iter().filter(fits).filter(|p| p.is_whole).copied().collect();
            if !whole.is_empty() {
                return whole;
            }
            let parts: Vec<Place> = found.iter().filter(fits).copied().collect();
            if !parts.is_empty() {
                return parts;
            }
        }
        Vec::new()
    }

    /// The rule or document that a variable's value comes from.
    fn source(&self, mark: &Mark) -> Vec<(usize, (Span, Span))> {
        let Some(from) = self.origin(mark) else { return Vec::new() };
        let found = self.names.within(from).iter().find_map(|m| match self.names.target(&m.entity) {
            Entity::Path(path) => {
                let longest = self.names.within(from).iter().filter_map(|m| match self.names.target(&m.entity) {
                    Entity::Path(longer) if longer.starts_with(path) => Some(longer),
                    _ => None,
                });
                longest.max_by_key(|path| path.len()).cloned()
            }
            _ => None,
        });
        found.map(|path| self.defined(&Entity::Path(path))).unwrap_or_default()
    }

    /// The expression that gives a variable its value.
    pub(super) fn origin(&self, mark: &Mark) -> Option<Span> {
        let rule = self.parsed.module.rules.get(mark.rule?)?;
        let is_it = |span: Span| self.names.within(span).iter().any(|m| m.entity == mark.entity);
        let mut found = None;
        Node::Rule(rule).visit(&mut |node| {
            let Node::Literal(literal) = node else { return };
            if found.is_some() {
                return;
            }
            found = match &literal.kind {
                LiteralKind::Expr(e) => match &walk::unwrap(e).kind {
                    ExprKind::Binary { op: BinaryOp::Assign | BinaryOp::Unify, left, right, .. } => {
                        if is_it(left.span) { Some(right.span) } else { None }
                    }
                    _ => None,
                },
                LiteralKind::SomeIn { key, value, collection } => {
                    let named = is_it(value.span) || key.as_ref().is_some_and(|k| is_it(k.span));
                    named.then_some(collection.span)
                }
                LiteralKind::Every { key, value, collection, .. } => {
                    let named = is_it(value.span) || key.as_ref().is_some_and(|k| is_it(k.span));
                    named.then_some(collection.span)
                }
                _ => None,
            };
        });
        found
    }

    /// Every place where an entity stands, in all files of the bundle.
    pub(super) fn everywhere(&self, snapshot: &Snapshot, entity: &Entity) -> Vec<(usize, Mark)> {
        let mut out = Vec::new();
        let files = match entity {
            Entity::Var(_) | Entity::Import(_) => self.index..self.index + 1,
            _ => 0..self.bundle.files.len(),
        };
        for file in files {
            if snapshot.is_cancelled() {
                return out;
            }
            let names = if file == self.index { self.names.clone() } else { self.bundle.names(file) };
            let is_it = |m: &&Mark| match entity {
                Entity::Import(_) => m.entity == *entity || self.is_import_name(m, entity),
                _ => names.target(&m.entity) == entity,
            };
            out.extend(names.marks.iter().filter(is_it).map(|m| (file, m.clone())));
        }
        out
    }

    /// Whether a place is the end of an import's path, which names it when there is no alias.
    fn is_import_name(&self, mark: &Mark, entity: &Entity) -> bool {
        let Entity::Import(at) = entity else { return false };
        let import = self.names.imports.get(*at).and_then(Option::as_ref);
        import.is_some_and(|import| !import.has_alias && import.span == mark.span)
    }
}
