//! Policies: answers about `.rgs` files. Each file parses by itself; what names mean and what rules come to is a
//! question about all files of a bundle together.

mod actions;
mod analysis;
mod calls;
mod complete;
mod contract;
mod decide;
mod fuel;
mod goto;
mod hover;
mod infer;
mod inlay;
mod lenses;
mod locals;
mod names;
mod observe;
mod rename;
mod root;
mod samples;
mod signature;
mod symbols;
mod text;
mod tokens;
mod trial;
mod walk;

pub(crate) use actions::code_actions;
pub(crate) use analysis::{Bundles, Memo};
pub(crate) use calls::{call_items, incoming_calls, outgoing_calls};
pub(crate) use complete::{completions, resolve_completion};
pub(crate) use decide::{explain_decision, test_from_denial};
pub(crate) use goto::{goto, highlights, references};
pub(crate) use hover::hover;
pub(crate) use inlay::inlay_hints;
pub(crate) use lenses::lenses;
pub(crate) use rename::{prepare_rename, rename};
pub(crate) use root::{compare_root, root_lenses};
pub(crate) use signature::signature_help;
pub(crate) use symbols::{foldings, links, selections, symbols};
pub(crate) use tokens::tokens;
pub(crate) use trial::run_tests;

use crate::answer::{Diagnostic, FileSpan, Related, Severity, Tag, WorkspaceSymbol};
use crate::host::{File, Snapshot};
use analysis::{Bundle, Parsed};
use gatos_syntax::diagnostic::{self, Diagnostic as Said};
use infer::Ty;
use names::{Entity, Names};
use std::sync::Arc;

/// A file within its bundle.
struct Here {
    file: Arc<File>,
    bundle: Arc<Bundle>,
    index: usize,
    parsed: Arc<Parsed>,
    names: Arc<Names>,
}

impl Here {
    fn new(snapshot: &Snapshot, file: &Arc<File>) -> Option<Here> {
        let bundle = analysis::bundle(snapshot, file);
        Here::within(bundle, file)
    }

    fn within(bundle: Arc<Bundle>, file: &Arc<File>) -> Option<Here> {
        let index = bundle.index(file.id)?;
        let parsed = bundle.parsed.get(index)?.clone();
        let names = bundle.names(index);
        Some(Here { file: file.clone(), bundle, index, parsed, names })
    }

    /// What a variable can be.
    fn var_type(&self, number: u32) -> Option<Ty> {
        let (rule, var) = self.names.var(number)?.known?;
        let analysis = &self.bundle.analysis;
        let at = analysis.names.rules.get(rule as usize).copied().flatten()?;
        let document = analysis.bundle.documents.get(at.document.0 as usize)?;
        let rule = match at.rule {
            Some(rule) => document.rules.get(rule as usize)?,
            None => document.default.as_ref()?,
        };
        infer::variables(&analysis.bundle, &self.bundle.types, at.document, rule).get(var.0 as usize).cloned().flatten()
    }

    /// The path below `data` of a name as it is written in this file; none when it is something else.
    fn path_of(&self, written: &[String]) -> Option<Vec<String>> {
        let (first, rest) = written.split_first()?;
        let imported = self.names.imports.iter().flatten().find(|i| i.name == *first);
        let mut path = match imported.map(|i| &i.entity) {
            Some(Entity::Path(path)) => path.clone(),
            Some(_) => return None,
            None if first == "data" => Vec::new(),
            None => {
                let mut path = self.parsed.package();
                path.push(first.clone());
                if self.bundle.definitions(&path).is_empty() {
                    return None;
                }
                path
            }
        };
        path.extend(rest.iter().cloned());
        Some(path)
    }
}

pub(crate) fn diagnostics(snapshot: &Snapshot, file: &Arc<File>) -> Vec<Diagnostic> {
    let bundle = analysis::bundle(snapshot, file);
    let Some(index) = bundle.index(file.id) else { return Vec::new() };
    let mut out: Vec<Diagnostic> = said(&bundle, index).into_iter().map(|d| told(&bundle, index, &d)).collect();
    out.sort_by_key(|d| (d.span, d.code));
    out.dedup();
    out
}

/// Everything that is said about one file of a bundle.
fn said(bundle: &Bundle, index: usize) -> Vec<Said> {
    let own = bundle.parsed.get(index).map_or(&[][..], |p| &p.diagnostics);
    let names = bundle.analysis.diagnostics.iter().filter(|d| d.file as usize == index).map(|d| &d.diagnostic);
    let mut out: Vec<Said> = own.iter().chain(names).cloned().collect();
    if !bundle.is_broken
        && bundle.could_be_too_large()
        && let Err(too_large) = bundle.whole()
    {
        out.extend(too_large.into_iter().filter(|(at, _)| *at == index).map(|(_, d)| d));
    }
    out
}

fn told(bundle: &Bundle, index: usize, said: &Said) -> Diagnostic {
    let id = |at: usize| bundle.files.get(at).map(|f| f.id);
    let mut related: Vec<Related> = Vec::new();
    if let Some(file) = id(index) {
        related.extend(
            said.related
                .iter()
                .map(|label| Related { at: FileSpan { file, span: label.span }, message: label.text.clone() }),
        );
    }
    let key = (index as u32, said.span, said.code);
    let elsewhere: Vec<_> = bundle.analysis.elsewhere.iter().filter(|e| e.of == key).collect();
    for other in &elsewhere {
        if let Some(file) = id(other.file as usize) {
            related.push(Related { at: FileSpan { file, span: other.span }, message: other.text.clone() });
        }
    }
    let mut message = said.message.clone();
    if !said.label.is_empty() && !said.message.contains(&said.label) {
        message.push_str(&format!("\n{}", said.label));
    }
    for help in &said.help {
        // What stands in another file is shown there.
        let is_place = elsewhere.iter().any(|e| help.starts_with("in `") && help.ends_with(&e.text));
        if !is_place {
            message.push_str(&format!("\nhelp: {help}"));
        }
    }
    let tags = match said.code {
        "W1151" | "W1152" => vec![Tag::Unnecessary],
        "E1116" => vec![Tag::Deprecated],
        _ => Vec::new(),
    };
    let severity = match said.severity {
        diagnostic::Severity::Error => Severity::Error,
        diagnostic::Severity::Warning => Severity::Warning,
    };
    Diagnostic { code: said.code, severity, span: said.span, message, related, tags }
}

pub(crate) fn exported(snapshot: &Snapshot, file: &Arc<File>) -> Arc<[WorkspaceSymbol]> {
    _ = snapshot;
    analysis::exported(file)
}

/// The ops of the policies that a file is compiled with, and their root.
pub(crate) fn listing(snapshot: &Snapshot, file: &Arc<File>) -> Result<(String, String), String> {
    let compiled = analysis::bundle(snapshot, file).published().ok_or("the policy does not compile")?;
    let policy = &compiled.policy;
    Ok((gatos_elc::disasm(policy.program.program(), Some(&policy.map)), policy.policy_code_root.to_string()))
}
