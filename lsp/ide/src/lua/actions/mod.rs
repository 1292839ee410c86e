//! What can be done about a range: fixes of diagnostics, and other ways to write the same.

mod extract;
mod flow;
mod rewrite;

use super::analysis::{Analysis, analysis, analysis_of_text};
use crate::answer::{ActionKind, CodeAction, TextEdit, WorkspaceEdit};
use crate::fix;
use crate::host::{File, Snapshot};
use gatos_syntax::diagnostic::{Diagnostic, Fix, Severity};
use gatos_syntax::span::Span;
use std::sync::Arc;

/// Texts longer than this are mended in one round: each round reads the whole text.
const MAX_MENDED: usize = 60_000;

/// What can be done about a range.
pub(crate) fn code_actions(snapshot: &Snapshot, file: &Arc<File>, range: Span) -> Vec<CodeAction> {
    let its = analysis(snapshot, file);
    let len = its.text().len() as u32;
    let range = Span { start: range.start.min(len), end: range.end.clamp(range.start.min(len), len) };
    let around = Around { snapshot, file, its: &its, range };
    let mut out = Vec::new();
    for d in its.messages().filter(|d| d.span.start <= range.end && range.start <= d.span.end) {
        around.fixes(d, &mut out);
        around.removal(d, &mut out);
        around.allow(d, &mut out);
    }
    around.fix_all(&mut out);
    extract::actions(&around, &mut out);
    rewrite::actions(&around, &mut out);
    out
}

struct Around<'a> {
    snapshot: &'a Snapshot,
    file: &'a Arc<File>,
    its: &'a Arc<Analysis>,
    range: Span,
}

impl Around<'_> {
    fn action(&self, title: impl Into<String>, kind: ActionKind, edits: Vec<TextEdit>) -> CodeAction {
        let edit = WorkspaceEdit { edits: vec![(self.file.id, edits)], create: Vec::new() };
        CodeAction { title: sentence(&title.into()), kind, edit, command: None, mends: None, is_preferred: false }
    }

    fn fixes(&self, d: &Diagnostic, out: &mut Vec<CodeAction>) {
        for (i, f) in d.fixes.iter().enumerate() {
            let edits = edits_of(self.its.text(), std::slice::from_ref(f));
            if edits.is_empty() {
                continue;
            }
            let mut action = self.action(self.title(f), ActionKind::QuickFix, edits);
            action.mends = Some((d.code, d.span));
            action.is_preferred = i == 0;
            out.push(action);
        }
        // `pairs` seldom comes alone.
        if d.code == "E0107" {
            let all = self.its.messages().filter(|o| o.code == "E0107");
            let fixes: Vec<Fix> = all.filter_map(|o| o.fixes.first().cloned()).collect();
            if fixes.len() > 1 {
                let edits = edits_of(self.its.text(), &fixes);
                let mut action = self.action("replace every `pairs` by `dpairs`", ActionKind::QuickFix, edits);
                action.mends = Some((d.code, d.span));
                out.push(action);
            }
        }
    }

    /// A fix's title; one that puts a name in the place of another says which.
    fn title(&self, f: &Fix) -> String {
        let old = match f.edits.as_slice() {
            [edit] => self.its.slice(edit.span),
            _ => "",
        };
        match f.title.strip_prefix("replace by ") {
            Some(by) if !old.is_empty() && old.len() <= 40 && !old.contains(['`', '\n']) => {
                format!("replace `{old}` by {by}")
            }
            _ => f.title.clone(),
        }
    }

    /// Taking out what does nothing: only where asked for, never with all fixes.
    fn removal(&self, d: &Diagnostic, out: &mut Vec<CodeAction>) {
        let (title, span) = match d.code {
            "W0501" => ("remove the local", rewrite::unused_local(self.its, d.span)),
            "W0502" => ("remove the function", rewrite::unused_function(self.its, d.span)),
            "W0506" => ("remove what is never reached", rewrite::unreachable(self.its, d.span)),
            _ => return,
        };
        let Some(span) = span else { return };
        let f = Fix { title: String::new(), edits: vec![gatos_syntax::diagnostic::Edit { span, text: String::new() }] };
        let mut action = self.action(title, ActionKind::QuickFix, edits_of(self.its.text(), &[f]));
        action.mends = Some((d.code, d.span));
        out.push(action);
    }

    /// A comment that lets the warning be, with a place for the reason.
    fn allow(&self, d: &Diagnostic, out: &mut Vec<CodeAction>) {
        let is_lint = d.severity == Severity::Warning || d.code.starts_with("W05");
        if !is_lint || matches!(d.code, "W0514" | "W0515") || !d.code.starts_with('W') {
            return;
        }
        let lines = self.its.lines();
        let line = lines.line(d.span.start);
        let text = lines.line_text(line);
        let start = lines.range(line).start;
        // A line within a long string or comment is no place for another comment.
        let inside = |span: Span| (span.start as usize) < start && start < span.end as usize;
        let tokens = self.its.tokens();
        let near = tokens.partition_point(|t| t.span.end as usize <= start);
        if tokens.get(near).is_some_and(|t| inside(t.span)) || self.its.unit().comments.iter().any(|c| inside(c.span)) {
            return;
        }
        let indent = &text[..text.len() - text.trim_start_matches([' ', '\t']).len()];
        let comment = format!("{indent}-- gatos: allow({}) say why this is meant\n", d.code);
        let edit = TextEdit { span: Span::new(start, start), text: comment };
        let title = format!("allow {} here, with a reason", d.code);
        let mut action = self.action(title, ActionKind::QuickFix, vec![edit]);
        action.mends = Some((d.code, d.span));
        out.push(action);
    }

    fn fix_all(&self, out: &mut Vec<CodeAction>) {
        let first = first_fixes(self.its);
        if first.is_empty() {
            return;
        }
        let text = self.its.text();
        let edits = if text.len() > MAX_MENDED || self.snapshot.is_cancelled() {
            edits_of(text, &first)
        } else {
            let mended = fix::mend(text, |now| match now == text {
                true => first.clone(),
                false => first_fixes(&analysis_of_text(self.snapshot, self.file, now)),
            });
            let edits = gatos_fmt::edits(text, &mended.text, None);
            edits.into_iter().map(|e| TextEdit { span: e.span, text: e.text }).collect()
        };
        if !edits.is_empty() {
            out.push(self.action("fix all that can be fixed", ActionKind::FixAll, edits));
        }
    }

    /// Whether a text made of edits still is what it should be: nothing more is wrong with it than before.
    fn holds(&self, edits: &[TextEdit]) -> bool {
        let text = super::rename::apply(self.its.text(), edits);
        let after = analysis_of_text(self.snapshot, self.file, &text);
        errors(&after) <= errors(self.its)
    }
}

/// As buttons are written.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}

fn errors(its: &Analysis) -> usize {
    let own = its.front.diagnostics.iter().filter(|d| d.file == 0);
    own.filter(|d| d.diagnostic.severity == Severity::Error).count()
}

/// The first fix of each message: what fixing all does.
fn first_fixes(its: &Analysis) -> Vec<Fix> {
    let own = its.front.diagnostics.iter().filter(|d| d.file == 0);
    own.filter_map(|d| d.diagnostic.fixes.first().cloned()).collect()
}

fn edits_of(text: &str, fixes: &[Fix]) -> Vec<TextEdit> {
    let (edits, _) = fix::merged(text, fixes);
    edits.into_iter().map(|e| TextEdit { span: e.span, text: e.text }).collect()
}
