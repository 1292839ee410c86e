//! What the steps of the analysis share: the messages, the tree, imports and the slots of `with`.

use super::hir::{DocumentId, EnvId, Replaced, VarId};
use super::tree::Tree;
use super::{Elsewhere, Names, RuleAt, VarUse};
use crate::pipeline::FileDiagnostic;
use crate::resolve::suggest::closest;
use gatos_syntax::diagnostic::{Diagnostic, Label};
use gatos_syntax::rgs::ast;
use gatos_syntax::span::Span;
use std::cell::Cell;
use std::collections::BTreeMap;

/// The messages of all files.
#[derive(Debug, Default)]
pub(super) struct Log {
    /// Names of the files, for places in others.
    pub files: Vec<String>,
    pub diagnostics: Vec<FileDiagnostic>,
    /// Second places in other files than their messages.
    pub elsewhere: Vec<Elsewhere>,
}

/// A message being written.
pub(super) struct Said<'l> {
    log: &'l mut Log,
    at: usize,
}

impl Log {
    pub fn error(&mut self, file: u32, code: &'static str, span: Span, message: impl Into<String>) -> Said<'_> {
        self.push(file, Diagnostic::error(code, span, message))
    }

    pub fn warning(&mut self, file: u32, code: &'static str, span: Span, message: impl Into<String>) -> Said<'_> {
        self.push(file, Diagnostic::warning(code, span, message))
    }

    /// Whether so much was said that looking for the right name helps nobody any more.
    pub fn tired(&self) -> bool {
        self.diagnostics.len() > 500
    }

    pub fn push(&mut self, file: u32, diagnostic: Diagnostic) -> Said<'_> {
        self.diagnostics.push(FileDiagnostic { file, diagnostic });
        let at = self.diagnostics.len() - 1;
        Said { log: self, at }
    }
}

impl Said<'_> {
    fn change(self, by: impl FnOnce(Diagnostic) -> Diagnostic) -> Self {
        let slot = &mut self.log.diagnostics[self.at].diagnostic;
        let empty = Diagnostic::error("", Span::default(), "");
        *slot = by(std::mem::replace(slot, empty));
        self
    }

    pub fn label(self, text: impl Into<String>) -> Self {
        self.change(|d| d.label(text))
    }

    pub fn help(self, text: impl Into<String>) -> Self {
        self.change(|d| d.help(text))
    }

    pub fn fix(self, title: impl Into<String>, span: Span, text: impl Into<String>) -> Self {
        self.change(|d| d.fix(title, span, text))
    }

    pub fn edits(self, title: impl Into<String>, edits: Vec<gatos_syntax::diagnostic::Edit>) -> Self {
        let title = title.into();
        self.change(|mut d| {
            d.fixes.push(gatos_syntax::diagnostic::Fix { title, edits });
            d
        })
    }

    /// A second place; one in another file is told in words.
    pub fn also(self, file: u32, span: Span, text: impl Into<String>) -> Self {
        let text = text.into();
        if self.log.diagnostics[self.at].file == file {
            return self.change(|mut d| {
                d.related.push(Label { span, text });
                d
            });
        }
        let name = self.log.files.get(file as usize).cloned().unwrap_or_default();
        let said = &self.log.diagnostics[self.at];
        let of = (said.file, said.diagnostic.span, said.diagnostic.code);
        self.log.elsewhere.push(Elsewhere { of, file, span, text: text.clone() });
        self.help(format!("in `{name}`: {text}"))
    }
}

/// What an import stands for.
#[derive(Clone, Debug)]
pub(super) struct Import {
    /// Whether it is of `input`; otherwise of `data`.
    pub input: bool,
    /// The path below.
    pub path: Vec<String>,
    /// All of the import.
    pub span: Span,
    /// Whether a name used it.
    pub used: Cell<bool>,
}

/// What the analysis of every rule sees.
pub(super) struct Context<'a> {
    pub modules: Vec<&'a ast::Module>,
    pub tree: Tree<'a>,
    /// Of each file, by the name they go by.
    pub imports: Vec<BTreeMap<String, Import>>,
    /// What `with` replaces; slots count from 2.
    pub replaced: Vec<Replaced>,
    /// Their slots.
    pub slots: BTreeMap<Replaced, EnvId>,
    /// How many documents all `with` together replace.
    pub replacements: usize,
    /// What names mean, when that is wanted.
    pub names: Option<Names>,
    pub log: Log,
}

impl Context<'_> {
    /// A rule is about to be resolved: the places of its variables are noted as its own.
    pub fn begin_rule(&mut self) {
        if let Some(names) = &mut self.names {
            names.rules.push(None);
        }
    }

    /// Which rule that was.
    pub fn end_rule(&mut self, document: usize, rule: Option<usize>) {
        if let Some(last) = self.names.as_mut().and_then(|names| names.rules.last_mut()) {
            *last = Some(RuleAt { document: DocumentId(document as u32), rule: rule.map(|at| at as u32) });
        }
    }

    /// Notes a place where a variable stands.
    pub fn note(&mut self, file: u32, span: Span, var: VarId, declares: bool) {
        if let Some(names) = &mut self.names {
            let rule = names.rules.len().saturating_sub(1) as u32;
            names.uses.push(VarUse { file, span, rule, var, declares });
        }
    }

    /// The slot through which a document or function is replaced.
    pub fn slot(&mut self, what: Replaced) -> EnvId {
        if let Some(slot) = self.slots.get(&what) {
            return *slot;
        }
        let slot = EnvId(self.replaced.len() as u32 + 2);
        self.replaced.push(what.clone());
        self.slots.insert(what, slot);
        slot
    }
}

/// Words that were imported before they were part of the language.
const FUTURE: &[&str] = &["contains", "every", "if", "in", "not"];

/// `future.keywords`, or one word of it.
fn known_future(path: &[String]) -> bool {
    match path {
        [_, keywords] => keywords == "keywords",
        [_, keywords, word] => keywords == "keywords" && FUTURE.contains(&word.as_str()),
        _ => false,
    }
}

/// An import of a version or a keyword that there is not.
fn no_such_language(file: u32, import: &ast::Import, path: &[String], log: &mut Log) {
    let at = import.path[0].span.to(import.path[import.path.len() - 1].span);
    let written = path.join(".");
    if path[0] == "rego" {
        log.error(file, "E1117", at, format!("there is no `{written}`"))
            .label("not a version of Rego")
            .help("policies here are Rego v1, with or without `import rego.v1`")
            .fix("write `rego.v1`", at, "rego.v1");
        return;
    }
    let said = log.error(file, "E1117", at, format!("there is no `{written}`"));
    let near = match path {
        [_, keywords, word] if keywords == "keywords" => closest(word, FUTURE.iter().copied()),
        _ => None,
    };
    let said = said.label("not a keyword of Rego");
    match near {
        Some(near) => said.fix(format!("write `future.keywords.{near}`"), at, format!("future.keywords.{near}")),
        None => said.help("`if`, `in`, `contains` and `every` need no import").fix("leave it out", import.span, ""),
    };
}

/// The imports of a module.
pub(super) fn imports(file: u32, module: &ast::Module, tree: &Tree<'_>, log: &mut Log) -> BTreeMap<String, Import> {
    let mut out: BTreeMap<String, Import> = BTreeMap::new();
    let package = super::tree::package_path(module);
    for import in &module.imports {
        let path: Vec<String> = import.path.iter().map(|n| n.text.clone()).collect();
        let Some(first) = path.first() else { continue };
        match first.as_str() {
            "data" | "input" => {}
            // Rego v1 is the language here; files for other engines may say so.
            "rego" if path.len() == 2 && path[1] == "v1" => continue,
            "future" if known_future(&path) => continue,
            "rego" | "future" => {
                no_such_language(file, import, &path, log);
                continue;
            }
            _ => {
                let at = import.path[0].span;
                let near = closest(first, ["data", "input"].into_iter()).filter(|_| path.len() > 1);
                let said = log
                    .error(file, "E1117", at, "an import begins with `data` or `input`")
                    .label(format!("`{first}` is neither"));
                match &near {
                    Some(near) => said.fix(format!("write `{near}`"), at, near.clone()),
                    None => said.help(format!("a package is imported as `import data.{}`", path.join("."))).fix(
                        "begin with `data`",
                        Span { end: at.start, ..at },
                        "data.",
                    ),
                };
                // It goes on as if that had been written, so that its uses are not told too.
                if let Some(name) = import.alias.as_ref().or(import.path.last()) {
                    let input = near.as_deref() == Some("input");
                    let path = if near.is_some() { path[1..].to_vec() } else { path };
                    let entry = Import { input, path, span: import.span, used: Cell::new(true) };
                    out.entry(name.text.clone()).or_insert(entry);
                }
                continue;
            }
        }
        let name = import.alias.as_ref().or(import.path.last());
        let Some(name) = name else { continue };
        // `import data` and `import input` name what is there anyway.
        if path.len() == 1 && import.alias.is_none() {
            continue;
        }
        if let Some(other) = out.get(&name.text) {
            let span = other.span;
            log.error(file, "E1118", import.span, format!("`{}` is imported twice", name.text))
                .label("the second import")
                .also(file, span, "the first one")
                .help("give one of them another name: `import data.a.b as c`");
            continue;
        }
        if matches!(name.text.as_str(), "input" | "data") {
            log.error(file, "E1104", name.span, format!("an import cannot be called `{}`", name.text))
                .help("give it another name: `as c`");
            continue;
        }
        if let Some((at, span)) = tree.name(&package, &name.text) {
            log.warning(file, "W1154", import.span, format!("this import hides the rule `{}` in this file", name.text))
                .also(at, span, "the rule")
                .help(format!("import it under another name: `as {}_lib`", name.text));
        }
        let entry =
            Import { input: first == "input", path: path[1..].to_vec(), span: import.span, used: Cell::new(false) };
        out.insert(name.text.clone(), entry);
    }
    out
}
