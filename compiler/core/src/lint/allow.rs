//! Allow-comments: `-- gatos: allow(W0501) the reason`, on the line of the warning or on
//! its own on the line before.

use super::registry::{self, Level, LintConfig};
use crate::pipeline::FileDiagnostic;
use crate::text::LineIndex;
use gatos_syntax::diagnostic::{Diagnostic, Severity};
use gatos_syntax::echolua::Comment;
use gatos_syntax::span::Span;
use std::collections::BTreeMap;

struct Allow {
    span: Span,
    codes: Vec<&'static str>,
    /// Names in the list that are no rule.
    unknown: Vec<String>,
    has_reason: bool,
    /// The line that it speaks for, from 1.
    line: usize,
    used: bool,
}

/// Drops the warnings of one file that are allowed, raises those that are denied, and says
/// which allow-comments lack a reason or an effect.
pub fn apply_levels(
    diags: &mut Vec<FileDiagnostic>,
    file: u32,
    text: &str,
    comments: &[Comment],
    broken: bool,
    config: &LintConfig,
) {
    let lines = LineIndex::new(text);
    let code = CodeLines::new(&lines, comments);
    let mut allows: Vec<Allow> = comments.iter().filter_map(|c| read(c, &lines, &code)).collect();
    let mut by_line: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (i, a) in allows.iter().enumerate() {
        by_line.entry(a.line).or_default().push(i);
    }
    diags.retain_mut(|d| {
        if d.file != file || d.diagnostic.severity != Severity::Warning {
            return true;
        }
        let line = lines.line(d.diagnostic.span.start);
        for i in by_line.get(&line).into_iter().flatten() {
            let a = &mut allows[*i];
            if a.codes.contains(&d.diagnostic.code) {
                a.used = true;
                return false;
            }
        }
        set_level(&mut d.diagnostic, config)
    });
    for a in allows {
        let mut said = Vec::new();
        for name in &a.unknown {
            let d = Diagnostic::warning("W0515", a.span, format!("`{name}` is no lint")).label("nothing to allow");
            said.push(match name.to_ascii_uppercase().starts_with('E') {
                true => d.help("errors cannot be allowed"),
                false => d.help("a lint is named by its code, such as `W0501`, or by its name"),
            });
        }
        // In a file with errors some rules were silent, so nothing is known about them.
        if !a.used && a.unknown.is_empty() && !broken {
            said.push(
                Diagnostic::warning("W0515", a.span, "this comment allows nothing")
                    .label("no such warning on the line it speaks for")
                    .help("remove it")
                    .fix("remove the comment", a.span, ""),
            );
        }
        if a.used && !a.has_reason {
            said.push(
                Diagnostic::warning("W0514", a.span, "an allow-comment gives its reason")
                    .label("no reason here")
                    .help("write it after the bracket: `-- gatos: allow(W0501) kept for the next event type`"),
            );
        }
        for mut diagnostic in said {
            if set_level(&mut diagnostic, config) {
                diags.push(FileDiagnostic { file, diagnostic });
            }
        }
    }
}

/// Whether the diagnostic stays.
fn set_level(d: &mut Diagnostic, config: &LintConfig) -> bool {
    match config.level(d.code) {
        Level::Allow => return false,
        Level::Warn => {}
        Level::Deny => d.severity = Severity::Error,
    }
    true
}

fn read(comment: &Comment, lines: &LineIndex, code: &CodeLines) -> Option<Allow> {
    let rest = comment.text.trim().strip_prefix("gatos:")?.trim_start().strip_prefix("allow")?.trim_start();
    let (list, reason) = rest.strip_prefix('(')?.split_once(')')?;
    let (mut codes, mut unknown) = (Vec::new(), Vec::new());
    for name in list.split(',').map(str::trim).filter(|n| !n.is_empty()) {
        match registry::find(name) {
            Some(rule) => codes.push(rule.code),
            None => unknown.push(name.to_string()),
        }
    }
    let own = lines.line(comment.span.start);
    let line = if comment.trailing { own } else { code.next(own) };
    Some(Allow { span: comment.span, codes, unknown, has_reason: !reason.trim().is_empty(), line, used: false })
}

/// For each line, the first one from there on that is neither empty nor only a comment.
struct CodeLines(Vec<usize>);

impl CodeLines {
    fn new(lines: &LineIndex, comments: &[Comment]) -> CodeLines {
        // Only files with such comments pay for the walk.
        if !comments.iter().any(|c| !c.trailing && c.text.trim_start().starts_with("gatos:")) {
            return CodeLines(Vec::new());
        }
        let mut next = vec![lines.count() + 1; lines.count() + 2];
        for line in (1..=lines.count()).rev() {
            let content = lines.line_text(line).trim();
            next[line] = if content.is_empty() || content.starts_with("--") { next[line + 1] } else { line };
        }
        CodeLines(next)
    }

    fn next(&self, line: usize) -> usize {
        self.0.get(line + 1).copied().unwrap_or(line + 1)
    }
}
