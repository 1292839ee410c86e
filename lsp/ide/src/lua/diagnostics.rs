//! The compiler's messages as the editor shows them, with the way by which a refused construct
//! is reached.

use super::analysis::{Analysis, analysis};
use super::same::folds_of;
use super::types;
use crate::answer::{Diagnostic, FileSpan, Related, Severity, Tag};
use crate::host::{File, Snapshot};
use gatos_analysis::Place;
use gatos_syntax::diagnostic;
use std::sync::Arc;

/// Lints about what does nothing.
const UNNECESSARY: [&str; 7] = ["W0501", "W0502", "W0503", "W0504", "W0506", "W0512", "W0515"];

/// Messages that are shown with the way to their place, at most: each is a search.
const MAX_PATHS: usize = 50;

/// Messages about a file, in order of place.
pub(crate) fn diagnostics(snapshot: &Snapshot, file: &Arc<File>) -> Vec<Diagnostic> {
    let its = analysis(snapshot, file);
    let mut paths = MAX_PATHS;
    let mut out: Vec<Diagnostic> = its.messages().map(|d| shown(snapshot, file, &its, d, &mut paths)).collect();
    out.sort_by(|a, b| (a.span, a.code).cmp(&(b.span, b.code)));
    out.dedup();
    out
}

fn shown(
    snapshot: &Snapshot,
    file: &Arc<File>,
    its: &Analysis,
    d: &diagnostic::Diagnostic,
    paths: &mut usize,
) -> Diagnostic {
    let mut message = d.message.clone();
    for line in std::iter::once(&d.label).chain(&d.help).filter(|l| !l.is_empty()) {
        message.push('\n');
        message.push_str(line);
    }
    let related = d
        .related
        .iter()
        .map(|label| Related { at: FileSpan { file: its.file, span: label.span }, message: label.text.clone() });
    let mut related: Vec<Related> = related.collect();
    if is_about_determinism(d.code) && *paths > 0 {
        *paths -= 1;
        related.extend(path(snapshot, file, its, d));
    }
    Diagnostic {
        code: d.code,
        severity: match d.severity {
            diagnostic::Severity::Error => Severity::Error,
            diagnostic::Severity::Warning => Severity::Warning,
        },
        span: d.span,
        message,
        related,
        tags: if UNNECESSARY.contains(&d.code) { vec![Tag::Unnecessary] } else { Vec::new() },
    }
}

/// What the profile refuses, and what would outlive an event.
fn is_about_determinism(code: &str) -> bool {
    code.starts_with("E01") || matches!(code, "E0202" | "E0401")
}

/// The way from an entry of the program, one step for each function; in a module, from those of a fold that
/// it is part of.
fn path(snapshot: &Snapshot, file: &Arc<File>, its: &Analysis, d: &diagnostic::Diagnostic) -> Vec<Related> {
    if its.is_module() {
        for fold in folds_of(snapshot, file) {
            let unit = fold.modules.iter().position(|m| *m == Some(file.id)).map_or(0, |i| i as u32 + 1);
            let found = steps(&fold, Place { unit, span: d.span });
            if !found.is_empty() {
                return found;
            }
        }
    }
    steps(its, types::here(d.span))
}

fn steps(its: &Analysis, at: Place) -> Vec<Related> {
    let steps = gatos_analysis::paths_to(&its.front, its.facts(), at);
    let last = steps.len().saturating_sub(1);
    let mut out = Vec::new();
    for (i, step) in steps.iter().enumerate() {
        let Some(file) = types::file_of(its, step.at.unit) else { continue };
        // A main chunk has no name of its own: `the program`, `the module "a.b"` are words.
        let name = match step.name.starts_with("the ") {
            true => step.name.clone(),
            false => format!("`{}`", step.name),
        };
        let message = match (i, last) {
            (0, 0) => format!("{name} reaches it here"),
            (0, _) => format!("reached from {name}, by this call"),
            (i, last) if i == last => format!("{name} does it here"),
            _ => format!("then from {name}, by this call"),
        };
        out.push(Related { at: FileSpan { file, span: step.at.span }, message });
    }
    out
}
