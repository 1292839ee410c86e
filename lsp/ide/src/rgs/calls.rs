//! Who uses a rule, and what it uses.

use super::Here;
use super::fuel::Costs;
use super::hover::fuel_text;
use super::names::{Entity, Role};
use super::walk::{head_path, is_test, rule_at};
use crate::answer::{Call, CallItem, FileSpan, SymbolKind};
use crate::host::{File, Snapshot};
use gatos_canon::Value;
use gatos_compiler::rgs::path_text;
use gatos_syntax::span::Span;
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) fn call_items(snapshot: &Snapshot, file: &Arc<File>, at: u32) -> Vec<CallItem> {
    let Some(here) = Here::new(snapshot, file) else { return Vec::new() };
    let costs = Costs::new(&here.bundle);
    let named = here.names.at(at).and_then(|mark| match here.names.target(&mark.entity) {
        Entity::Path(path) => here.document(path),
        _ => None,
    });
    let around = || {
        let rule = here.parsed.module.rules.get(rule_at(&here.parsed.module, at)?)?;
        here.rule_path(here.index, rule)
    };
    let Some(path) = named.or_else(around) else { return Vec::new() };
    here.item(&path, costs.as_ref(), None).into_iter().collect()
}

pub(crate) fn incoming_calls(snapshot: &Snapshot, file: &Arc<File>, data: &str) -> Vec<Call> {
    let (Some(here), Some(path)) = (Here::new(snapshot, file), read(data)) else { return Vec::new() };
    let mut found: BTreeMap<(Vec<String>, usize), Vec<Span>> = BTreeMap::new();
    for at in 0..here.bundle.files.len() {
        if snapshot.is_cancelled() {
            return Vec::new();
        }
        let names = here.bundle.names(at);
        let Some(parsed) = here.bundle.parsed.get(at) else { continue };
        for mark in names.marks.iter().filter(|m| m.role == Role::Reads) {
            let Entity::Path(target) = names.target(&mark.entity) else { continue };
            // The steps after a rule's name lead into its value: one use is one place.
            if *target != path {
                continue;
            }
            let Some(rule) = mark.rule.and_then(|at| parsed.module.rules.get(at)) else { continue };
            // Parts of a head are no uses.
            let is_head = head_path(&rule.head).iter().any(|(_, span)| *span == mark.span);
            if let Some(caller) = here.rule_path(at, rule).filter(|_| !is_head) {
                found.entry((caller, at)).or_default().push(mark.span);
            }
        }
    }
    let costs = Costs::new(&here.bundle);
    let call = |((path, at), sites): ((Vec<String>, usize), Vec<Span>)| {
        Some(Call { item: here.item(&path, costs.as_ref(), Some(at))?, sites })
    };
    found.into_iter().filter_map(call).collect()
}

pub(crate) fn outgoing_calls(snapshot: &Snapshot, file: &Arc<File>, data: &str) -> Vec<Call> {
    let (Some(here), Some(path)) = (Here::new(snapshot, file), read(data)) else { return Vec::new() };
    let mut found: BTreeMap<Vec<String>, Vec<Span>> = BTreeMap::new();
    // The sites lie in one file: that of the item, or where most of it is.
    let Some(home) = here.home(&path) else { return Vec::new() };
    let names = here.bundle.names(home);
    for place in here.bundle.definitions(&path).iter().filter(|p| p.is_whole && p.file == home) {
        for mark in names.within(place.full).iter().filter(|m| m.role == Role::Reads && m.rule == place.rule) {
            let Entity::Path(target) = names.target(&mark.entity) else { continue };
            if let Some(used) = here.document(target).filter(|used| used == target && *used != path) {
                found.entry(used).or_default().push(mark.span);
            }
        }
    }
    let costs = Costs::new(&here.bundle);
    found
        .into_iter()
        .filter_map(|(path, sites)| Some(Call { item: here.item(&path, costs.as_ref(), None)?, sites }))
        .collect()
}

fn read(data: &str) -> Option<Vec<String>> {
    let value = Value::from_json(data).ok()?;
    value.as_array()?.iter().map(|part| part.as_text().map(str::to_owned)).collect()
}

impl Here {
    /// The path of the rule that a path names or leads into.
    fn document(&self, path: &[String]) -> Option<Vec<String>> {
        (1..=path.len()).rev().find_map(|n| {
            let path = path.get(..n)?;
            let is_rule = self.bundle.definitions(path).iter().any(|p| p.rule.is_some() && p.is_whole);
            is_rule.then(|| path.to_vec())
        })
    }

    fn rule_path(&self, file: usize, rule: &gatos_syntax::rgs::ast::Rule) -> Option<Vec<String>> {
        let mut path = self.bundle.parsed.get(file)?.package();
        path.extend(head_path(&rule.head).into_iter().map(|(text, _)| text.to_owned()));
        Some(path)
    }

    /// The file of a rule: this one, where it has a part in it.
    fn home(&self, path: &[String]) -> Option<usize> {
        let mut places = self.bundle.definitions(path).iter().filter(|p| p.rule.is_some() && p.is_whole);
        let first = places.next()?.file;
        let has_own = first == self.index || places.any(|p| p.file == self.index);
        Some(if has_own { self.index } else { first })
    }

    fn item(&self, path: &[String], costs: Option<&Costs>, home: Option<usize>) -> Option<CallItem> {
        let home = home.or_else(|| self.home(path))?;
        let place = self.bundle.definitions(path).iter().find(|p| p.file == home && p.rule.is_some() && p.is_whole)?;
        let file = self.bundle.files.get(home)?.id;
        let rule = self.bundle.parsed.get(home)?.module.rules.get(place.rule?)?;
        let kind = match (path.last(), rule.head.params.is_some()) {
            (Some(last), _) if is_test(last) => SymbolKind::Test,
            (_, true) => SymbolKind::Function,
            _ => SymbolKind::Rule,
        };
        let detail = costs.and_then(|c| Some(fuel_text(c.document(path)?, c.with_uses(&self.bundle, path)?)));
        let data = Value::Array(path.iter().cloned().map(Value::Text).collect()).to_json_string();
        Some(CallItem {
            name: path_text(path),
            detail: detail.unwrap_or_default(),
            kind,
            full: FileSpan { file, span: place.full },
            focus: place.span,
            data,
        })
    }
}
