//! Renaming: variables, imports, rules and packages. Every rename is tried out first: what any name means must
//! be what it meant, but for what was renamed.

use super::Here;
use super::analysis::Bundle;
use super::decide::{base_data, value_at};
use super::names::{Entity, Mark, Names};
use super::text::{is_keyword, is_name, quoted, slice};
use crate::answer::{TextEdit, WorkspaceEdit};
use crate::host::{File, Snapshot};
use gatos_compiler::rgs::hir::ExprKind;
use gatos_compiler::rgs::path_text;
use gatos_compiler::rgs::visit;
use gatos_syntax::span::Span;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is renamed.
enum Wanted {
    Var,
    /// An import's own name.
    Import(usize),
    /// The end of a path below `data`.
    Path(Vec<String>),
}

pub(crate) fn prepare_rename(snapshot: &Snapshot, file: &Arc<File>, at: u32) -> Result<Span, String> {
    let here = Here::new(snapshot, file).ok_or("the file is not known")?;
    let (mark, _) = wanted(&here, at)?;
    let text = slice(&file.text, mark.span);
    // The quotes of `data["a b"]` stay.
    let is_quoted = text.len() >= 2 && text.starts_with(['"', '`']);
    Ok(if is_quoted { Span { start: mark.span.start + 1, end: mark.span.end - 1 } } else { mark.span })
}

pub(crate) fn rename(snapshot: &Snapshot, file: &Arc<File>, at: u32, name: &str) -> Result<WorkspaceEdit, String> {
    let here = Here::new(snapshot, file).ok_or("the file is not known")?;
    let (mark, wanted) = wanted(&here, at)?;
    if name == "_" {
        return Err("`_` stands for values that do not matter, and what is named does".to_owned());
    }
    if !is_name(name) || name == "contains" && matches!(wanted, Wanted::Path(_)) {
        let why = if is_keyword(name) || name == "contains" { "is a reserved word" } else { "is not a name" };
        return Err(format!("`{name}` {why}: names are letters, digits and `_`, and do not begin with a digit"));
    }
    if matches!(name, "input" | "data") {
        return Err(format!("`{name}` always means the {name} of the evaluation"));
    }
    let edits = match &wanted {
        Wanted::Var => places(&here, snapshot, &mark.entity, name),
        Wanted::Import(index) => import_edits(&here, *index, name),
        Wanted::Path(path) => {
            free(snapshot, &here, path, name)?;
            path_edits(&here, snapshot, path, name)
        }
    };
    let old = slice(&file.text, mark.span).trim_matches(['"', '`']);
    if old != name {
        judge(&here.bundle, &edits, &wanted, name)?;
    }
    let mut out = WorkspaceEdit::default();
    for (file, edits) in edits {
        if let Some(file) = here.bundle.files.get(file) {
            out.edits.push((file.id, edits.into_iter().map(|(span, text)| TextEdit { span, text }).collect()));
        }
    }
    Ok(out)
}

/// Edits by file, sorted by place.
type Edits = BTreeMap<usize, BTreeMap<Span, String>>;

fn wanted(here: &Here, at: u32) -> Result<(Mark, Wanted), String> {
    let mark = here.names.at(at).cloned().ok_or("there is no name here that could be changed")?;
    let wanted = match &mark.entity {
        Entity::Var(_) => Wanted::Var,
        Entity::Import(index) => {
            let import = here.names.imports.get(*index).and_then(Option::as_ref);
            match import.map(|i| (&i.entity, i.has_alias)) {
                // A rule that is imported under its own name is the rule.
                Some((Entity::Path(path), false)) if is_rule(&here.bundle, path) => Wanted::Path(path.clone()),
                _ => Wanted::Import(*index),
            }
        }
        Entity::Path(path) if path.is_empty() => return Err("`data` is a name of the language".to_owned()),
        Entity::Path(path) => Wanted::Path(path.clone()),
        Entity::Input(path) if path.is_empty() => return Err("`input` is a name of the language".to_owned()),
        Entity::Input(_) => return Err("what the input holds is named by who asks, and not by the policy".to_owned()),
        Entity::Builtin(name) => return Err(format!("`{name}` is a function of the library")),
    };
    if let Wanted::Path(path) = &wanted {
        let found = here.bundle.definitions(path);
        if found.is_empty() {
            return Err(match here.places(path).is_empty() {
                true => format!("`data.{}` is defined in no policy: it is a place of the data", path_text(path)),
                false => "this is a key within the value of a rule, and no name".to_owned(),
            });
        }
        let is_whole_rule = found.iter().any(|p| p.rule.is_some() && p.is_whole);
        if is_whole_rule && gatos_policy::rules::role(path).is_some() {
            return Err(format!(
                "a gate reads `{}` by this name; under another it would have no part in decisions",
                path_text(path)
            ));
        }
        if let [only] = path.as_slice()
            && only == "gatos"
        {
            return Err(
                "a gate reads the packages below `gatos`; under another name they would decide nothing".to_owned()
            );
        }
        if let Some(above) = taken_whole(&here.bundle, path) {
            return Err(format!(
                "not all uses of it are known: `data.{}` is taken as a whole, where any name below it can be asked for",
                path_text(&above)
            ));
        }
        // A constant key of an object can be reached by a computed key too.
        let documents = &here.bundle.analysis.bundle.documents;
        if documents.iter().any(|d| d.path.len() < path.len() && path.starts_with(&d.path)) {
            return Err(format!(
                "`{}` is a key of an object of rules, which computed keys can reach too",
                path_text(path)
            ));
        }
    }
    Ok((mark, wanted))
}

/// The place above a path that some expression takes as a whole, or asks by a computed key.
fn taken_whole(bundle: &Bundle, path: &[String]) -> Option<Vec<String>> {
    let mut found = None;
    let documents = &bundle.analysis.bundle.documents;
    for rule in documents.iter().flat_map(|d| d.default.iter().chain(&d.rules)) {
        visit::rule(rule, &mut |e| {
            if let ExprKind::Tree(above) = &e.kind
                && above.len() < path.len()
                && path.starts_with(above)
            {
                found = Some(above.clone());
            }
        });
    }
    found
}

fn is_rule(bundle: &Bundle, path: &[String]) -> bool {
    bundle.definitions(path).iter().any(|place| place.rule.is_some())
}

/// Whether the new path is free.
fn free(snapshot: &Snapshot, here: &Here, path: &[String], name: &str) -> Result<(), String> {
    let mut other = path.to_vec();
    if let Some(last) = other.last_mut() {
        name.clone_into(last);
    }
    if other == path {
        return Ok(());
    }
    if let Some(place) = here.bundle.definitions(&other).first() {
        let what = if place.rule.is_some() { "rule" } else { "package" };
        return Err(format!("there is a {what} `{}` already", path_text(&other)));
    }
    let data = base_data(snapshot, &here.bundle.folder);
    for (at, says) in [(&other, "there are data at"), (&path.to_vec(), "there are data beside the policy at")] {
        if value_at(&data, at).is_some() {
            return Err(format!("{says} `data.{}`, which would no longer meet the rules there", path_text(at)));
        }
    }
    let is_gate = gatos_policy::rules::role(&other).is_some();
    if is_gate && is_rule(&here.bundle, path) {
        return Err(format!("a gate reads `{}`: the rule would begin to decide", path_text(&other)));
    }
    Ok(())
}

/// The new text of a place: quotes stay quotes.
fn written(bundle: &Bundle, file: usize, span: Span, name: &str) -> String {
    let old = bundle.files.get(file).map_or("", |f| slice(&f.text, span));
    if old.starts_with(['"', '`']) { quoted(name) } else { name.to_owned() }
}

fn places(here: &Here, snapshot: &Snapshot, entity: &Entity, name: &str) -> Edits {
    let mut out = Edits::new();
    for (file, mark) in here.everywhere(snapshot, entity) {
        let text = written(&here.bundle, file, mark.span, name);
        out.entry(file).or_default().insert(mark.span, text);
    }
    out
}

fn import_edits(here: &Here, index: usize, name: &str) -> Edits {
    let mut own = BTreeMap::new();
    let Some(import) = here.names.imports.get(index).and_then(Option::as_ref) else { return Edits::new() };
    for mark in here.names.marks.iter().filter(|m| m.entity == Entity::Import(index)) {
        own.insert(mark.span, name.to_owned());
    }
    if !import.has_alias {
        let end = Span { start: import.span.end, end: import.span.end };
        own.insert(end, format!(" as {name}"));
    }
    Edits::from([(here.index, own)])
}

fn path_edits(here: &Here, snapshot: &Snapshot, path: &[String], name: &str) -> Edits {
    let mut out = Edits::new();
    let wanted = Entity::Path(path.to_vec());
    for file in 0..here.bundle.files.len() {
        if snapshot.is_cancelled() {
            break;
        }
        let names = here.bundle.names(file);
        for mark in &names.marks {
            let is_it = match &mark.entity {
                // An import without an alias goes by the end of its path.
                Entity::Import(at) => {
                    let import = names.imports.get(*at).and_then(Option::as_ref);
                    import.is_some_and(|i| !i.has_alias && i.entity == wanted)
                }
                other => *other == wanted,
            };
            if is_it {
                let text = written(&here.bundle, file, mark.span, name);
                out.entry(file).or_default().insert(mark.span, text);
            }
        }
    }
    out
}

/// Tries edits out: nothing breaks, and every name means what it meant.
fn judge(bundle: &Bundle, edits: &Edits, wanted: &Wanted, name: &str) -> Result<(), String> {
    let texts: Vec<String> = bundle
        .files
        .iter()
        .enumerate()
        .map(|(at, file)| match edits.get(&at) {
            Some(edits) => applied(&file.text, edits),
            None => file.text.to_string(),
        })
        .collect();
    let trial = bundle.of_texts(&texts);
    if !bundle.is_broken
        && let Some(error) = &trial.first
    {
        return Err(format!("with the name `{name}` the policy would not compile: {error}"));
    }
    for file in 0..bundle.files.len() {
        let before = bundle.names(file);
        let after = Names::new(&trial.parsed, &trial.analysis, file);
        if !is_same(&before, &after, wanted, name) {
            return Err(format!("`{name}` means something else where this name is used; choose another"));
        }
    }
    Ok(())
}

/// A text with its edits.
pub(super) fn applied(text: &str, edits: &BTreeMap<Span, String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for (span, new) in edits {
        out.push_str(text.get(from..span.start as usize).unwrap_or_default());
        out.push_str(new);
        from = span.end as usize;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

/// Whether names mean the same, but for what was renamed.
fn is_same(before: &Names, after: &Names, wanted: &Wanted, name: &str) -> bool {
    // An alias that a rename adds is a name that was not there.
    let is_alias = |names: &Names, m: &&Mark| match &m.entity {
        Entity::Import(at) => {
            let import = names.imports.get(*at).and_then(Option::as_ref);
            !import.is_some_and(|i| i.has_alias && i.span == m.span)
        }
        _ => true,
    };
    let old: Vec<&Mark> = before.marks.iter().filter(|m| is_alias(before, m)).collect();
    let new: Vec<&Mark> = after.marks.iter().filter(|m| is_alias(after, m)).collect();
    let (mut there, mut back): (BTreeMap<u32, u32>, BTreeMap<u32, u32>) = (BTreeMap::new(), BTreeMap::new());
    old.len() == new.len()
        && old.iter().zip(&new).all(|(a, b)| match (&a.entity, &b.entity) {
            (Entity::Var(a), Entity::Var(b)) => {
                *there.entry(*a).or_insert(*b) == *b && *back.entry(*b).or_insert(*a) == *a
            }
            (Entity::Path(a), Entity::Path(b)) => match wanted {
                Wanted::Path(path) if a.starts_with(path) => {
                    let mut renamed = a.clone();
                    if let Some(slot) = path.len().checked_sub(1).and_then(|at| renamed.get_mut(at)) {
                        name.clone_into(slot);
                    }
                    renamed == *b
                }
                _ => a == b,
            },
            (a, b) => a == b,
        })
}
