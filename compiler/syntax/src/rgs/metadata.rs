//! `# METADATA` comments: which they are, what they say, and what they stand before.

use crate::diagnostic::Diagnostic;
use crate::lines::LineIndex;
use crate::span::Span;

use super::ast::{Comment, MetaValue, Metadata, Module, Scope};
use super::yaml;

/// What a block can stand before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Package,
    Import,
    Rule(usize),
    Nothing,
}

/// Reads the METADATA blocks of a module.
pub fn read(text: &str, module: &mut Module, diagnostics: &mut Vec<Diagnostic>) {
    if !module.comments.iter().any(is_mark) {
        return;
    }
    let lines = LineIndex::new(text);
    let line = |comment: &Comment| lines.line(comment.span.start as usize);
    let alone = |comment: &Comment| {
        let start = lines.range(line(comment)).start;
        text[start..comment.span.start as usize].trim_start_matches('\u{FEFF}').trim().is_empty()
    };
    let mut found = Vec::new();
    let mut at = 0;
    while at < module.comments.len() {
        let first = &module.comments[at];
        at += 1;
        if !is_mark(first) || !alone(first) {
            continue;
        }
        let mut last = line(first);
        let from = at;
        while let Some(next) = module.comments.get(at)
            && line(next) == last + 1
            && alone(next)
            && !is_mark(next)
        {
            last += 1;
            at += 1;
        }
        found.push((first.span, from..at));
    }
    for (mark, range) in found {
        let comments = &module.comments[range];
        let span = comments.last().map_or(mark, |last| mark.to(last.span));
        let rows: Vec<yaml::Row> = comments
            .iter()
            .map(|comment| yaml::Row { text: comment.text.trim_end(), at: comment.span.start as usize + 1 })
            .collect();
        let source: Vec<&str> = rows.iter().map(|row| row.text.strip_prefix(' ').unwrap_or(row.text)).collect();
        let source = source.join("\n");
        let next = next(module, span);
        let fields = match yaml::parse(&rows) {
            Ok(MetaValue::Map(fields)) => fields,
            Ok(MetaValue::Null) => Vec::new(),
            Ok(_) => {
                diagnostics.push(
                    Diagnostic::error("E1028", span, "METADATA is a map of names and values")
                        .label("not a map")
                        .help("`# title: …`, `# description: …`, `# custom:`, a line each"),
                );
                continue;
            }
            Err((at, message, label)) => {
                diagnostics.push(
                    Diagnostic::error("E1028", at, format!("this METADATA is not YAML: {message}"))
                        .label(label)
                        .related(mark, "the block begins here")
                        .help("a comment right below METADATA belongs to it; leave a line free before other comments"),
                );
                continue;
            }
        };
        let Some(scope) = scope(&fields, next, mark, diagnostics) else { continue };
        let text_of = |name: &str| match fields.iter().find(|(key, _)| key == name) {
            Some((_, MetaValue::Text(text))) => Some(text.clone()),
            _ => None,
        };
        let rule = match next {
            Next::Rule(at) => Some(at),
            _ => None,
        };
        let (title, description) = (text_of("title"), text_of("description"));
        module.metadata.push(Metadata { scope, yaml: source, title, description, fields, rule, span });
    }
}

fn is_mark(comment: &Comment) -> bool {
    comment.text.trim() == "METADATA"
}

/// What follows a block.
fn next(module: &Module, block: Span) -> Next {
    let after = |span: Span| span.start >= block.end;
    let mut best = (u32::MAX, Next::Nothing);
    let mut see = |span: Span, next: Next| {
        if span.start < best.0 {
            best = (span.start, next);
        }
    };
    if let Some(package) = module.package.as_ref().filter(|package| after(package.span)) {
        see(package.span, Next::Package);
    }
    if let Some(import) = module.imports.iter().find(|import| after(import.span)) {
        see(import.span, Next::Import);
    }
    let at = module.rules.partition_point(|rule| !after(rule.span));
    if let Some(rule) = module.rules.get(at) {
        see(rule.span, Next::Rule(at));
    }
    best.1
}

fn scope(fields: &[(String, MetaValue)], next: Next, mark: Span, diagnostics: &mut Vec<Diagnostic>) -> Option<Scope> {
    let field = |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, value)| value);
    let entrypoint = match field("entrypoint") {
        None => false,
        Some(MetaValue::Bool(value)) => *value,
        Some(_) => {
            let said = Diagnostic::error("E1028", mark, "`entrypoint` in METADATA is true or false");
            diagnostics.push(said.label("in this block"));
            return None;
        }
    };
    let scope = match field("scope") {
        None if next == Next::Package => Scope::Package,
        None if entrypoint => Scope::Document,
        None => Scope::Rule,
        Some(MetaValue::Text(text)) if text == "rule" => Scope::Rule,
        Some(MetaValue::Text(text)) if text == "document" => Scope::Document,
        Some(MetaValue::Text(text)) if text == "package" => Scope::Package,
        Some(MetaValue::Text(text)) if text == "subpackages" => Scope::Subpackages,
        Some(_) => {
            diagnostics.push(
                Diagnostic::error("E1028", mark, "METADATA has a scope that does not exist")
                    .label("in this block")
                    .help("the scopes are `rule`, `document`, `package` and `subpackages`"),
            );
            return None;
        }
    };
    let fits = match scope {
        Scope::Rule | Scope::Document => matches!(next, Next::Rule(_)),
        Scope::Package | Scope::Subpackages => next == Next::Package,
    };
    if fits {
        return Some(scope);
    }
    let found = match next {
        Next::Package => "the package",
        Next::Import => "an import",
        Next::Rule(_) => "a rule",
        Next::Nothing => {
            let said = Diagnostic::warning("W1029", mark, "nothing follows that this METADATA could speak for");
            diagnostics.push(said.label("speaks for nothing"));
            return None;
        }
    };
    let wanted = match scope {
        Scope::Rule | Scope::Document => "a rule",
        _ => "the package",
    };
    diagnostics.push(
        Diagnostic::error("E1028", mark, format!("this METADATA belongs before {wanted}, and {found} follows it"))
            .label("speaks for nothing here")
            .help("with `scope: package` or `subpackages` it stands before the package, otherwise before a rule"),
    );
    None
}
