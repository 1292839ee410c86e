//! Outlines, foldings, selections and links: what a tree shows without knowing what names mean.

use super::Here;
use super::analysis::parsed;
use super::text::{cut, floor, one_line, slice, word_at};
use super::walk::{self, Node};
use crate::answer::{Folding, FoldingKind, Link, Symbol, SymbolKind};
use crate::host::{File, Snapshot};
use gatos_compiler::rgs::path_text;
use gatos_syntax::lines::LineIndex;
use gatos_syntax::rgs::ast::{ExprKind, HeadValue, MetaValue, Rule};
use gatos_syntax::span::Span;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What kind of symbol a rule is.
pub(super) fn kind(rule: &Rule, path: &[String]) -> SymbolKind {
    if path.last().is_some_and(|last| walk::is_test(last)) {
        return SymbolKind::Test;
    }
    if rule.head.params.is_some() {
        return SymbolKind::Function;
    }
    let is_constant = matches!(
        &rule.head.value,
        HeadValue::Value(e) if matches!(
            e.kind,
            ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::Text(_) | ExprKind::Array(_)
                | ExprKind::Object(_) | ExprKind::Set(_)
        )
    );
    if rule.body.is_none() && !rule.default && is_constant { SymbolKind::Constant } else { SymbolKind::Rule }
}

pub(crate) fn symbols(snapshot: &Snapshot, file: &Arc<File>) -> Vec<Symbol> {
    _ = snapshot;
    let parsed = parsed(file);
    let module = &parsed.module;
    let text = &file.text;
    let mut rules: Vec<Symbol> = Vec::new();
    for rule in &module.rules {
        let head = walk::head_path(&rule.head);
        let Some((_, first)) = head.first() else { continue };
        let path: Vec<String> = head.iter().map(|(text, _)| (*text).to_owned()).collect();
        let end = head.last().map_or(*first, |(_, span)| *span);
        let rest = Span { start: end.end, end: rule.head.span.end.max(end.end) };
        let mut detail = cut(&one_line(slice(text, rest)), 80);
        if rule.default {
            detail = format!("default {detail}");
        }
        rules.push(Symbol {
            name: path_text(&path),
            detail: detail.trim().to_owned(),
            kind: kind(rule, &path),
            span: rule.span,
            name_span: first.to(end),
            children: Vec::new(),
        });
    }
    let Some(package) = &module.package else { return rules };
    let end = module.rules.last().map_or(package.span.end, |r| r.span.end.max(package.span.end));
    let name_span = match (package.path.first(), package.path.last()) {
        (Some(first), Some(last)) => first.span.to(last.span),
        _ => package.span,
    };
    vec![Symbol {
        name: path_text(&parsed.package()),
        detail: String::new(),
        kind: SymbolKind::Package,
        span: Span { start: package.span.start, end },
        name_span,
        children: rules,
    }]
}

pub(crate) fn foldings(snapshot: &Snapshot, file: &Arc<File>) -> Vec<Folding> {
    _ = snapshot;
    let parsed = parsed(file);
    let module = &parsed.module;
    let lines = LineIndex::new(&file.text);
    let line = |at: u32| lines.line(at as usize);
    // The last line of what begins on each line: two that begin on one line cannot be told apart.
    let mut seen: BTreeMap<usize, usize> = BTreeMap::new();
    let mut out = Vec::new();
    let mut add = |span: Span, kind: FoldingKind| {
        let rows = (line(span.start), line(span.end.saturating_sub(1).max(span.start)));
        if rows.0 < rows.1 && seen.get(&rows.0).is_none_or(|last| *last < rows.1) {
            seen.insert(rows.0, rows.1);
            // What the first line says stays to be seen.
            let start = super::text::line_end(&file.text, span.start as usize);
            out.push(Folding { span: Span::new(start, span.end as usize), kind });
        }
    };
    if let (Some(first), Some(last)) = (module.imports.first(), module.imports.last()) {
        add(first.span.to(last.span), FoldingKind::Imports);
    }
    for rule in &module.rules {
        add(rule.span, FoldingKind::Code);
        Node::Rule(rule).visit(&mut |node| match node {
            Node::Body(body) => add(body.span, FoldingKind::Code),
            Node::Else(otherwise) => add(otherwise.span, FoldingKind::Code),
            Node::Expr(expr) => {
                let is_block = matches!(
                    expr.kind,
                    ExprKind::Array(_)
                        | ExprKind::Object(_)
                        | ExprKind::Set(_)
                        | ExprKind::ArrayComp { .. }
                        | ExprKind::SetComp { .. }
                        | ExprKind::ObjectComp { .. }
                        | ExprKind::Call { .. }
                        | ExprKind::Text(_)
                );
                if is_block {
                    add(expr.span, FoldingKind::Code);
                }
            }
            _ => {}
        });
    }
    // Comments on lines one below the other.
    let mut run: Option<Span> = None;
    for comment in &module.comments {
        let alone = slice(
            &file.text,
            Span::new(super::text::line_start(&file.text, comment.span.start as usize), comment.span.start as usize),
        );
        if !alone.trim().is_empty() {
            continue;
        }
        run = Some(match run {
            Some(before) if line(before.end) + 1 == line(comment.span.start) => before.to(comment.span),
            before => {
                if let Some(before) = before {
                    add(before, FoldingKind::Comment);
                }
                comment.span
            }
        });
    }
    if let Some(last) = run {
        add(last, FoldingKind::Comment);
    }
    out.sort_by_key(|f| (f.span.start, f.span.end));
    out
}

pub(crate) fn selections(snapshot: &Snapshot, file: &Arc<File>, at: u32) -> Vec<Span> {
    _ = snapshot;
    let parsed = parsed(file);
    let at = floor(&file.text, at) as u32;
    let module = &parsed.module;
    let mut out: Vec<Span> = Vec::new();
    out.extend(word_at(&file.text, at));
    for node in walk::chain_at(module, at).into_iter().rev() {
        // The steps of a reference up to the one at the byte.
        if let Node::Expr(expr) = node
            && let ExprKind::Ref { base, steps } = &expr.kind
        {
            for step in steps {
                let end = match step {
                    gatos_syntax::rgs::ast::Step::Field(name) => name.span.end,
                    gatos_syntax::rgs::ast::Step::Index(e) => e.span.end,
                };
                if end >= at {
                    out.push(Span { start: base.span.start, end });
                }
            }
        }
        out.push(node.span());
    }
    let comments = module.comments.iter().find(|c| walk::touches(c.span, at));
    out.extend(comments.map(|c| c.span));
    out.extend(module.metadata.iter().find(|m| walk::touches(m.span, at)).map(|m| m.span));
    if let Some(package) = module.package.as_ref().filter(|p| walk::touches(p.span, at)) {
        out.push(package.span);
    }
    if let Some(import) = module.imports.iter().find(|i| walk::touches(i.span, at)) {
        out.push(import.span);
        if let (Some(first), Some(last)) = (module.imports.first(), module.imports.last()) {
            out.push(first.span.to(last.span));
        }
    }
    // A rule together with what its METADATA says.
    if let Some(rule) = walk::rule_at(module, at)
        && let (Some(block), Some(tree)) =
            (module.metadata.iter().find(|m| m.rule == Some(rule)), module.rules.get(rule))
    {
        out.push(block.span.to(tree.span));
    }
    out.push(Span::new(0, file.text.len()));
    let mut kept: Vec<Span> = Vec::new();
    for span in out {
        let grows = kept.last().is_none_or(|last| span.start <= last.start && span.end >= last.end && span != *last);
        if grows && walk::touches(span, at) {
            kept.push(span);
        }
    }
    kept
}

pub(crate) fn links(snapshot: &Snapshot, file: &Arc<File>) -> Vec<Link> {
    let Some(here) = Here::new(snapshot, file) else { return Vec::new() };
    let module = &here.parsed.module;
    let mut out = Vec::new();
    for (import, named) in module.imports.iter().zip(&here.names.imports) {
        let Some(super::names::Entity::Path(path)) = named.as_ref().map(|n| &n.entity) else { continue };
        // One place stands for all: those of a package that are no tests, in order of their files.
        let places = here.places(path);
        let is_test = |file: usize| here.bundle.files.get(file).is_some_and(|f| f.path.ends_with("_test.rgs"));
        let Some(place) = places.iter().find(|p| !is_test(p.file)).or(places.first()) else { continue };
        let Some(target) = here.bundle.files.get(place.file) else { continue };
        let (Some(first), Some(last)) = (import.path.first(), import.path.last()) else { continue };
        out.push(Link {
            span: first.span.to(last.span),
            file: Some(target.id),
            path: None,
            tooltip: format!("`{}` in {}", path_text(path), here.bundle.label(place.file)),
        });
    }
    for block in &module.metadata {
        for (key, value) in &block.fields {
            if key != "related_resources" {
                continue;
            }
            let MetaValue::List(items) = value else { continue };
            for item in items {
                let (target, what) = match item {
                    MetaValue::Text(target) => (target.as_str(), None),
                    MetaValue::Map(fields) => {
                        let field = |name: &str| {
                            fields.iter().find_map(|(key, value)| match value {
                                MetaValue::Text(text) if key == name => Some(text.as_str()),
                                _ => None,
                            })
                        };
                        let Some(target) = field("ref") else { continue };
                        (target, field("description"))
                    }
                    _ => continue,
                };
                let Some(at) = slice(&file.text, block.span).find(target) else { continue };
                let start = block.span.start as usize + at;
                let is_address = target.contains("://");
                let root = snapshot.root_of(&file.path).map(|root| root.path.to_string());
                let path = match root {
                    _ if is_address => target.to_owned(),
                    Some(root) => format!("{root}/{target}"),
                    None => format!("{}/{target}", here.bundle.folder),
                };
                out.push(Link {
                    span: Span::new(start, start + target.len()),
                    file: snapshot.at(&path).map(|f| f.id),
                    path: Some(path),
                    tooltip: what.unwrap_or("What METADATA names").to_owned(),
                });
            }
        }
    }
    out.sort_by_key(|l| l.span);
    out
}
