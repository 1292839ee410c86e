//! The compiled root of a bundle against that of its texts at `HEAD`: whether the policy is another one, and
//! which of its rules are.

use super::analysis::{Bundle, bundle, lock};
use crate::answer::{Command, CommandResult, Lens};
use crate::command;
use crate::host::{File, Snapshot};
use crate::world::World;
use gatos_canon::{Map, Value};
use gatos_compiler::Source;
use gatos_compiler::rgs::{CompiledPolicy, PolicyOptions, compile, path_text};
use gatos_elc::disasm::show_const;
use gatos_elc::ops::OperandKind;
use gatos_elc::program::Program;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// Texts at `HEAD` by path; none where a file is not there.
pub(super) type HeadTexts = Vec<(Arc<str>, Option<String>)>;

/// What the texts at `HEAD` compile to: none when no file is there, or why they do not.
#[derive(Clone, Debug)]
pub(super) enum Head {
    Nothing,
    Refused(String),
    Policy(Arc<CompiledPolicy>),
}

/// What is known of `HEAD`, by folder.
pub(super) type Heads = Mutex<BTreeMap<String, (HeadTexts, Head)>>;

fn at_head(snapshot: &Snapshot, world: &dyn World, bundle: &Bundle) -> Result<Head, String> {
    let mut texts = HeadTexts::new();
    for file in bundle.kept().into_iter().filter_map(|at| bundle.files.get(at)) {
        if snapshot.is_cancelled() {
            return Err("cancelled".to_owned());
        }
        texts.push((file.path.clone(), world.at_head(&file.path)?));
    }
    let mut known = lock(&snapshot.bundles().heads);
    if let Some((of, head)) = known.get(&bundle.folder)
        && *of == texts
    {
        return Ok(head.clone());
    }
    let there: Vec<(String, &str)> = texts
        .iter()
        .filter_map(|(path, text)| Some((super::analysis::label(&bundle.folder, path), text.as_deref()?)))
        .collect();
    let head = if there.is_empty() {
        Head::Nothing
    } else {
        let sources: Vec<Source<'_>> = there.iter().map(|(name, text)| Source { name, text }).collect();
        let compiled = compile(&sources, None, &PolicyOptions::default());
        match compiled.program {
            Some(policy) => Head::Policy(Arc::new(policy)),
            None => {
                let errors = compiled.diagnostics.iter().map(|d| &d.diagnostic);
                let mut errors = errors.filter(|d| d.severity == gatos_syntax::diagnostic::Severity::Error);
                Head::Refused(errors.next().map_or_else(|| "it is refused".to_owned(), |d| d.message.clone()))
            }
        }
    };
    known.insert(bundle.folder.clone(), (texts, head.clone()));
    Ok(head)
}

/// The lens over the package of a policy that is another one than at `HEAD`.
pub(crate) fn root_lenses(snapshot: &Snapshot, world: &dyn World, file: &Arc<File>) -> Vec<Lens> {
    let bundle = bundle(snapshot, file);
    let package = bundle.index(file.id).and_then(|at| bundle.parsed.get(at)?.module.package.as_ref().map(|p| p.span));
    let Some(span) = package.filter(|_| !file.path.ends_with("_test.rgs")) else { return Vec::new() };
    let Some(own) = bundle.published() else { return Vec::new() };
    // Without a repository, or before the first commit, there is nothing to tell.
    let title = match at_head(snapshot, world, &bundle) {
        Ok(Head::Policy(head)) if head.policy_code_root != own.policy.policy_code_root => {
            "policy root changed since HEAD"
        }
        Ok(Head::Refused(_)) => "the policy at HEAD does not compile",
        _ => return Vec::new(),
    };
    let arguments = vec![file.path.to_string()];
    vec![Lens { span, command: Command { name: command::COMPARE_ROOT, title: title.to_owned(), arguments } }]
}

/// Compares the policy with the one at `HEAD`, document by document.
pub(crate) fn compare_root(snapshot: &Snapshot, world: &dyn World, file: &Arc<File>) -> Result<CommandResult, String> {
    let bundle = bundle(snapshot, file);
    let own = bundle.published().ok_or("the policy does not compile; its errors stand in its files")?;
    let root = own.policy.policy_code_root.to_string();
    let mut json = Map::new();
    json.insert("policy_code_root", root.clone());
    let mut markdown = format!("## Policy root\n\nnow: `{root}`\n\n");
    let (is, changed) = match at_head(snapshot, world, &bundle)? {
        Head::Nothing => {
            markdown.push_str("The policy is not at `HEAD`.\n");
            ("new", Vec::new())
        }
        Head::Refused(why) => {
            markdown.push_str(&format!("At `HEAD` it does not compile: {why}.\n"));
            json.insert("why", why);
            ("failed", Vec::new())
        }
        Head::Policy(head) => {
            let there = head.policy_code_root.to_string();
            markdown.push_str(&format!("`HEAD`: `{there}`\n\n"));
            json.insert("head_root", there);
            if head.policy_code_root == own.policy.policy_code_root {
                markdown.push_str("They are the same policy.\n");
                ("same", Vec::new())
            } else {
                markdown.push_str("They are different policies: installing this one makes another decide.\n\n");
                ("changed", changes(head.program.program(), own.policy.program.program()))
            }
        }
    };
    json.insert("is", is);
    let mut rows = Vec::new();
    for (name, how) in changed {
        markdown.push_str(&format!("- `{name}` {how}\n"));
        let mut row = Map::new();
        row.insert("name", name);
        row.insert("is", how);
        rows.push(Value::Map(row));
    }
    json.insert("documents", Value::Array(rows));
    Ok(CommandResult { json: Value::Map(json).to_json_string(), markdown, edit: None, refresh: false })
}

/// Documents that are not the same, with what happened to each.
fn changes(old: &Program, new: &Program) -> Vec<(String, &'static str)> {
    let (old, new) = (codes(old), codes(new));
    let mut out = Vec::new();
    for (name, code) in &old {
        match new.get(name) {
            None => out.push((name.clone(), "removed")),
            Some(now) if now != code => out.push((name.clone(), "changed")),
            Some(_) => {}
        }
    }
    out.extend(new.keys().filter(|name| !old.contains_key(*name)).map(|name| (name.clone(), "added")));
    out.sort();
    out
}

/// The ops of each document with what their operands mean, so that numbering does not count.
fn codes(program: &Program) -> BTreeMap<String, Vec<String>> {
    let documents = program.policy.as_ref().map_or(&[][..], |p| &p.documents);
    let name_of = |proto: usize| {
        let of = documents.iter().find(|d| d.proto as usize == proto);
        of.map(|d| path_text(&d.path)).unwrap_or_default()
    };
    let constant = |index: usize| program.consts.get(index).map(show_const);
    let mut out = BTreeMap::new();
    for document in documents {
        let Some(proto) = program.protos.get(document.proto as usize) else { continue };
        let mut code = vec![format!("{:?}", document.kind)];
        for op in &proto.code {
            let mut text = op.info().name.to_owned();
            op.visit_operands(|_, kind, value| {
                let index = usize::try_from(value).unwrap_or(usize::MAX);
                let meant = match kind {
                    OperandKind::K => constant(index),
                    OperandKind::Lib => program.libs.get(index).cloned(),
                    OperandKind::Proto => Some(name_of(index)),
                    OperandKind::Keys => program.key_lists.get(index).map(|keys| {
                        let all = keys.iter().filter_map(|k| constant(*k as usize));
                        all.collect::<Vec<_>>().join(",")
                    }),
                    OperandKind::Index => {
                        let indexes = program.policy.as_ref().map_or(&[][..], |p| &p.indexes);
                        indexes.get(index).map(|i| format!("{i:?}"))
                    }
                    // Places that are counted through the whole policy.
                    OperandKind::Memo | OperandKind::Rule => Some(String::new()),
                    // The first two are `input` and `data`; the others are counted.
                    OperandKind::Env if index >= 2 => Some(String::new()),
                    _ => None,
                };
                text.push(' ');
                text.push_str(&meant.unwrap_or_else(|| value.to_string()));
            });
            code.push(text);
        }
        out.insert(path_text(&document.path), code);
    }
    out
}
