//! METADATA as values: what `rego.metadata.rule()` and `rego.metadata.chain()` give.

use super::RuleNote;
use super::call::path_value;
use super::expr::number;
use super::hir::{Expr, ExprKind, Scalar};
use super::names::text;
use super::tree::{constant_steps, package_path};
use gatos_syntax::rgs::ast::{MetaValue, Metadata, Module, Scope};
use gatos_syntax::span::Span;

/// The constant of one of the two functions, for a rule.
pub(super) fn constant(modules: &[&Module], file: u32, rule: usize, chain: bool, span: Span) -> Expr {
    let module = modules[file as usize];
    let own = module.metadata.iter().find(|m| m.scope == Scope::Rule && m.rule == Some(rule));
    if !chain {
        return own.map_or_else(|| object(Vec::new(), span), |m| annotations(m, span));
    }
    let package = package_path(module);
    let path = rule_path(module, rule);
    let mut links = vec![link(own, &path, span)];
    // A document's block may stand before any of its rules, in any file.
    for other in modules.iter().filter(|m| package_path(m) == package) {
        for m in &other.metadata {
            let same = m.rule.is_some_and(|r| rule_path(other, r) == path);
            if m.scope == Scope::Document && same {
                links.push(link(Some(m), &path, span));
            }
        }
    }
    for other in modules.iter().filter(|m| package_path(m) == package) {
        for m in other.metadata.iter().filter(|m| m.scope == Scope::Package) {
            links.push(link(Some(m), &package, span));
        }
    }
    for n in (0..=package.len()).rev() {
        for other in modules.iter().filter(|m| package_path(m) == package[..n]) {
            for m in other.metadata.iter().filter(|m| m.scope == Scope::Subpackages) {
                links.push(link(Some(m), &package[..n], span));
            }
        }
    }
    Expr { kind: ExprKind::Array(links), span }
}

/// What METADATA says about a rule: its own block, else that of its document.
pub(super) fn note(modules: &[&Module], file: u32, rule: usize, name: &str) -> Option<RuleNote> {
    let module = modules[file as usize];
    let of_rule = module.metadata.iter().find(|m| m.scope == Scope::Rule && m.rule == Some(rule));
    let path = rule_path(module, rule);
    let package = package_path(module);
    let of_document = || {
        let others = modules.iter().filter(|m| package_path(m) == package);
        let mut blocks = others.flat_map(|o| o.metadata.iter().map(move |m| (o, m)));
        blocks.find_map(|(o, m)| {
            (m.scope == Scope::Document && m.rule.is_some_and(|r| rule_path(o, r) == path)).then_some(m)
        })
    };
    let m = of_rule.or_else(of_document)?;
    let custom = m.fields.iter().find_map(|(k, v)| match v {
        MetaValue::Map(entries) if k == "custom" => Some(entries.clone()),
        _ => None,
    });
    Some(RuleNote {
        rule: name.to_string(),
        title: m.title.clone(),
        description: m.description.clone(),
        custom: custom.unwrap_or_default(),
    })
}

fn rule_path(module: &Module, rule: usize) -> Vec<String> {
    let mut path = package_path(module);
    if let Some(rule) = module.rules.get(rule) {
        path.extend(constant_steps(&rule.head.path));
    }
    path
}

fn link(m: Option<&Metadata>, path: &[String], span: Span) -> Expr {
    let mut entries = Vec::new();
    if let Some(m) = m {
        entries.push((text("annotations", span), annotations(m, span)));
    }
    entries.push((text("path", span), path_value(path, span)));
    object(entries, span)
}

fn object(entries: Vec<(Expr, Expr)>, span: Span) -> Expr {
    Expr { kind: ExprKind::Object(entries), span }
}

fn annotations(m: &Metadata, span: Span) -> Expr {
    let scope = match m.scope {
        Scope::Rule => "rule",
        Scope::Document => "document",
        Scope::Package => "package",
        Scope::Subpackages => "subpackages",
    };
    let mut entries = vec![(text("scope", span), text(scope, span))];
    for (key, value) in &m.fields {
        let value = match key.as_str() {
            "scope" => continue,
            "authors" => each(value, author),
            "related_resources" => each(value, |v| match v {
                MetaValue::Text(t) => MetaValue::Map(vec![("ref".into(), MetaValue::Text(t.clone()))]),
                other => other.clone(),
            }),
            _ => value.clone(),
        };
        entries.push((text(key, span), self::value(&value, span)));
    }
    object(entries, span)
}

fn each(value: &MetaValue, by: impl Fn(&MetaValue) -> MetaValue) -> MetaValue {
    match value {
        MetaValue::List(items) => MetaValue::List(items.iter().map(by).collect()),
        other => other.clone(),
    }
}

/// `Ann <ann@example.org>` is a name and an address.
fn author(value: &MetaValue) -> MetaValue {
    let MetaValue::Text(t) = value else { return value.clone() };
    let mut fields = Vec::new();
    let (name, email) = match t.trim().strip_suffix('>').and_then(|t| t.rsplit_once('<')) {
        Some((name, email)) => (name.trim(), Some(email)),
        None => (t.trim(), None),
    };
    if !name.is_empty() {
        fields.push(("name".to_string(), MetaValue::Text(name.to_string())));
    }
    if let Some(email) = email {
        fields.push(("email".to_string(), MetaValue::Text(email.to_string())));
    }
    MetaValue::Map(fields)
}

fn value(v: &MetaValue, span: Span) -> Expr {
    let scalar = |s| Expr { kind: ExprKind::Scalar(s), span };
    match v {
        MetaValue::Null => scalar(Scalar::Null),
        MetaValue::Bool(b) => scalar(Scalar::Bool(*b)),
        MetaValue::Text(t) => text(t, span),
        // A number out of range stays the text it was: nobody computes with a note.
        MetaValue::Number(n) => {
            let (digits, negative) = n.strip_prefix('-').map_or((n.as_str(), false), |d| (d, true));
            number(digits, negative).map_or_else(|_| text(n, span), scalar)
        }
        MetaValue::List(items) => Expr { kind: ExprKind::Array(items.iter().map(|i| value(i, span)).collect()), span },
        MetaValue::Map(entries) => object(entries.iter().map(|(k, v)| (text(k, span), value(v, span))).collect(), span),
    }
}
