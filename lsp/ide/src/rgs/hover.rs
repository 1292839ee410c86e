//! What is shown when the pointer rests on something: what a rule decides and what decides it, what a variable
//! can be, what the input holds, and with a pinned input what became of all of it.

use super::Here;
use super::contract;
use super::decide::{Answer, Decided, base_data, decided, grant_line, lines, missing_caps, value_at};
use super::fuel::Costs;
use super::infer;
use super::names::{Entity, Mark, Place};
use super::signature::{kinds, param_text};
use super::text::{cut, one_line, short, slice, steps_text, word_at};
use super::walk::{self, Node};
use crate::answer::Hover;
use crate::host::{File, Snapshot};
use gatos_canon::Value;
use gatos_compiler::rgs::hir::{DocumentId, DocumentKind};
use gatos_compiler::rgs::path_text;
use gatos_policy::gate::reason_text;
use gatos_sigs::rgs::{Builtin, find};
use gatos_syntax::rgs::ast::{Literal, LiteralKind, Scope};
use gatos_syntax::span::Span;
use std::sync::Arc;

/// The most characters of a value.
const MAX_VALUE: usize = 600;
/// The most rules of a document, conditions of a rule, and users that are told.
const MOST: usize = 8;

pub(crate) fn hover(snapshot: &Snapshot, file: &Arc<File>, at: u32) -> Option<Hover> {
    let here = Here::new(snapshot, file)?;
    if here.parsed.module.comments.iter().any(|c| c.span.start <= at && at <= c.span.end) {
        return metadata(&here, at);
    }
    let decided = decided(snapshot, file, &here.bundle);
    let decided = decided.as_deref();
    let mark = here.names.at(at).cloned();
    let (span, mut markdown) = match &mark {
        Some(mark) => (mark.span, entity(snapshot, &here, mark, decided)?),
        None => match keyword(&here, at) {
            Some(found) => found,
            None => (word_at(&file.text, at)?, String::new()),
        },
    };
    if let Some(decided) = decided
        && let Some(said) = condition(&here, at, decided)
    {
        markdown = if markdown.is_empty() { said } else { format!("{markdown}\n\n---\n\n{said}") };
    }
    if markdown.is_empty() {
        return None;
    }
    Some(Hover { span, markdown })
}

fn entity(snapshot: &Snapshot, here: &Here, mark: &Mark, decided: Option<&Decided>) -> Option<String> {
    Some(match &mark.entity {
        Entity::Var(number) => variable(here, mark, *number, decided),
        Entity::Builtin(name) => builtin(find(name)?),
        Entity::Input(path) => input(snapshot, here, path, decided),
        Entity::Path(path) => {
            // At the head of a rule it is that one rule that is meant.
            let own = here.bundle.definitions(path).iter().find(|p| p.file == here.index && p.span == mark.span);
            path_hover(snapshot, here, path, own.copied(), decided)
        }
        Entity::Import(_) => match here.names.target(&mark.entity) {
            Entity::Path(path) => path_hover(snapshot, here, path, None, decided),
            Entity::Input(path) => input(snapshot, here, path, decided),
            _ => return None,
        },
    })
}

fn fence(code: &str) -> String {
    format!("```rego\n{code}\n```")
}

// Words of the language.

fn keyword(here: &Here, at: u32) -> Option<(Span, String)> {
    let span = word_at(&here.file.text, at)?;
    let word = slice(&here.file.text, span);
    let (_, doc) = contract::KEYWORDS.iter().find(|(name, _)| *name == word)?;
    // A word in a string is none of the language.
    let chain = walk::chain_at(&here.parsed.module, at);
    let is_text = chain.last().is_some_and(
        |node| matches!(node, Node::Expr(e) if matches!(e.kind, gatos_syntax::rgs::ast::ExprKind::Text(_))),
    );
    if is_text {
        return None;
    }
    Some((span, format!("`{word}` — {doc}")))
}

fn metadata(here: &Here, at: u32) -> Option<Hover> {
    let block = here.parsed.module.metadata.iter().find(|b| walk::touches(b.span, at))?;
    let span = word_at(&here.file.text, at)?;
    let word = slice(&here.file.text, span);
    let (_, doc) = contract::METADATA.iter().find(|(name, _)| *name == word)?;
    if !block.fields.iter().any(|(key, _)| key == word) {
        return None;
    }
    Some(Hover { span, markdown: format!("`{word}` — {doc}") })
}

// Library functions.

/// What a library function does.
pub(super) fn builtin(b: &Builtin) -> String {
    let names: Vec<&str> = b.params.iter().map(|p| p.name).collect();
    let mut out = fence(&format!("{}({})", b.name, names.join(", ")));
    out.push_str(&format!("\n\n{}\n", b.doc));
    for p in b.params {
        out.push_str(&format!("\n- `{}`: {}", p.name, param_text(p)));
    }
    out.push_str(&format!("\n- gives: {}", kinds(b.result)));
    out.push_str(&format!("\n- fuel: {}", b.cost.base));
    for p in b.cost.per {
        match p.each {
            1 => out.push_str(&format!(", 1 for each of the {}", p.of)),
            each => out.push_str(&format!(", 1 per {each} {}", p.of)),
        }
    }
    if !b.errors.is_empty() {
        out.push_str(&format!("\n- errors: {}", b.errors));
    }
    if !b.example.is_empty() {
        out.push_str(&format!("\n\n{}", fence(b.example)));
    }
    out
}

// Variables.

fn variable(here: &Here, mark: &Mark, number: u32, decided: Option<&Decided>) -> String {
    let Some(var) = here.names.var(number) else { return String::new() };
    let ty = here.var_type(number).map_or_else(|| "any".to_owned(), |ty| ty.text());
    let what = if var.is_parameter { "parameter" } else { "variable" };
    let mut out = fence(&format!("{}: {ty}", var.name));
    out.push_str(&format!("\n\n{what}"));
    if let Some(from) = here.origin(mark) {
        out.push_str(&format!(" from `{}`", cut(&one_line(slice(&here.file.text, from)), 120)));
    }
    if let Some(decided) = decided
        && let Some(values) = values_of(here, mark, &var.name, decided)
    {
        out.push_str(&format!("\n\nWith {}: {values}", decided.from));
    }
    out
}

/// The values that a variable had, furthest along first.
fn values_of(here: &Here, mark: &Mark, name: &str, decided: &Decided) -> Option<String> {
    let rule = here.parsed.module.rules.get(mark.rule?)?;
    let from = (here.index, Span { start: rule.span.start, end: 0 });
    let to = (here.index, Span { start: rule.span.end, end: u32::MAX });
    let conditions: Vec<_> = decided.conditions.range(from..=to).collect();
    // A variable of a closure is looked for where it is mentioned.
    let mentions = |span: &Span| here.names.within(*span).iter().any(|m| m.entity == mark.entity);
    let last =
        conditions.iter().rev().find(|((_, span), c)| mentions(span) && c.vars.iter().any(|(n, _)| n == name))?;
    let value = last.1.vars.iter().find(|(n, _)| n == name).map(|(_, v)| short(v, MAX_VALUE))?;
    let mut others: Vec<String> = Vec::new();
    for ((_, span), condition) in &conditions {
        for other in condition.all.get(name).into_iter().flatten().filter(|_| mentions(span)) {
            let shown = short(other, 80);
            if shown != value && !others.contains(&shown) && others.len() < MOST {
                others.push(shown);
            }
        }
    }
    let others = match others.is_empty() {
        true => String::new(),
        false => format!(" (also {})", others.iter().map(|o| format!("`{o}`")).collect::<Vec<_>>().join(", ")),
    };
    Some(format!("`{value}`{others}"))
}

// The input.

fn input(snapshot: &Snapshot, here: &Here, path: &[String], decided: Option<&Decided>) -> String {
    let name = format!("input{}", steps_text(path));
    let field = contract::find(path);
    let mut out = fence(&match field {
        Some(field) => format!("{name}: {}", field.ty),
        None => name,
    });
    match (field, path) {
        (Some(field), _) => out.push_str(&format!("\n\n{}", field.doc)),
        (None, []) => {
            out.push_str("\n\nWhat is asked about. A gate gives these fields:\n");
            for field in contract::FIELDS {
                out.push_str(&format!("\n- `{}`: {}", field.name, field.ty));
            }
        }
        _ => {}
    }
    let pin = snapshot.root_of(&here.file.path).and_then(|root| snapshot.pin(&root.path));
    let Some(pin) = pin else { return out };
    // The pinned text can be read even while the policy does not compile.
    let read = || Value::from_json(&pin.json).ok();
    let whole = decided.map(|d| d.input.clone()).or_else(read);
    let shown =
        whole.as_ref().and_then(|whole| value_at(whole, path)).map_or("undefined".to_owned(), |v| short(v, MAX_VALUE));
    out.push_str(&format!("\n\nIn {}:\n\n```json\n{shown}\n```", pin.from));
    out
}

// Places below `data`.

/// What is known about a path below `data`.
pub(super) fn path_hover(
    snapshot: &Snapshot,
    here: &Here,
    path: &[String],
    own: Option<Place>,
    decided: Option<&Decided>,
) -> String {
    let found = here.places(path);
    let is_rule = found.iter().any(|p| p.rule.is_some());
    let is_exact = !here.bundle.definitions(path).is_empty();
    let mut out = if is_rule && is_exact {
        rule_hover(here, path, &found, own)
    } else if is_exact {
        package_hover(here, path, &found)
    } else {
        fence(&format!("data{}", steps_text(path)))
    };
    if !is_rule {
        let data = base_data(snapshot, &here.bundle.folder);
        match value_at(&data, path) {
            Some(value) if !path.is_empty() || !is_empty(value) => {
                out.push_str(&format!("\n\nIn the data files:\n\n```json\n{}\n```", short(value, MAX_VALUE)));
            }
            None if !is_exact => out.push_str("\n\nNo policy and no data file of this project has it."),
            _ => {}
        }
    }
    if let Some(decided) = decided.filter(|_| is_rule) {
        let said = outcome(here, path, &found, decided);
        if !said.is_empty() {
            out.push_str(&format!("\n\n---\n\n{said}"));
        }
    }
    out
}

fn is_empty(value: &Value) -> bool {
    value.as_map().is_some_and(gatos_canon::Map::is_empty)
}

fn package_hover(here: &Here, path: &[String], found: &[Place]) -> String {
    let mut out = fence(&format!("package {}", path_text(path)));
    for place in found.iter().filter(|p| p.is_whole) {
        let Some(parsed) = here.bundle.parsed.get(place.file) else { continue };
        for block in &parsed.module.metadata {
            if matches!(block.scope, Scope::Package | Scope::Subpackages) {
                out.push_str(&described(block.title.as_deref(), block.description.as_deref()));
            }
        }
    }
    let inside: Vec<String> = here
        .bundle
        .paths()
        .iter()
        .filter(|(p, places)| p.len() == path.len() + 1 && p.starts_with(path) && !places.is_empty())
        .filter_map(|(p, _)| p.last().cloned())
        .collect();
    if !inside.is_empty() {
        let names: Vec<String> = inside.iter().take(30).map(|name| format!("`{name}`")).collect();
        let more = if inside.len() > 30 { ", …" } else { "" };
        out.push_str(&format!("\n\nHolds {}{more}", names.join(", ")));
    }
    out
}

fn described(title: Option<&str>, description: Option<&str>) -> String {
    let mut out = String::new();
    if let Some(title) = title {
        out.push_str(&format!("\n\n**{title}**"));
    }
    if let Some(description) = description {
        out.push_str(&format!("\n\n{}", description.trim()));
    }
    out
}

/// What METADATA says about a path: what its scope makes speak for all rules of the name, and of what speaks for
/// one rule alone that of `own`, or of the only rule that there is.
pub(super) fn about(here: &Here, path: &[String], own: Option<Place>) -> Option<String> {
    let mut out = String::new();
    let all = here.bundle.definitions(path);
    let only = || match all {
        [one] => Some(*one),
        _ => None,
    };
    let own = own.or_else(only);
    for place in all {
        let module = &here.bundle.parsed.get(place.file)?.module;
        let is_own = own.is_some_and(|own| own == *place);
        for block in module.metadata.iter().filter(|m| m.rule.is_some() && m.rule == place.rule) {
            if is_own || block.scope == Scope::Document {
                out.push_str(&described(block.title.as_deref(), block.description.as_deref()));
            }
        }
    }
    Some(out.trim().to_owned()).filter(|text| !text.is_empty())
}

fn rule_hover(here: &Here, path: &[String], found: &[Place], own: Option<Place>) -> String {
    let bundle = &here.bundle.analysis.bundle;
    let documents = &bundle.documents;
    let at = documents.binary_search_by(|d| d.path.as_slice().cmp(path)).ok();
    let document = at.and_then(|at| documents.get(at));
    let mut out = match (at, document) {
        (Some(at), Some(document)) => {
            let ty = infer::document(bundle, &here.bundle.types, DocumentId(at as u32)).text();
            let what = match document.kind {
                DocumentKind::Complete => format!("{}: {ty}", path_text(path)),
                DocumentKind::Set => format!("{} contains …: {ty}", path_text(path)),
                DocumentKind::Object => format!("{}[…]: {ty}", path_text(path)),
                DocumentKind::Function(_) => {
                    format!("{}({}): {ty}", path_text(path), parameters(here, found).join(", "))
                }
            };
            fence(&what)
        }
        _ => fence(&path_text(path)),
    };
    if let Some(text) = about(here, path, own) {
        out.push_str(&format!("\n\n{text}"));
    }
    if let Some(role) = gatos_policy::rules::role(path) {
        out.push_str(match role {
            gatos_policy::rules::Role::Allow => "\n\nA gate reads this: some `allow` must be true.",
            gatos_policy::rules::Role::Deny => "\n\nA gate reads this: any member refuses the write.",
        });
    }
    out.push_str("\n\nDecided by\n");
    for place in found.iter().filter(|p| p.rule.is_some()).take(MOST) {
        out.push_str(&decided_by(here, place));
    }
    if found.len() > MOST {
        out.push_str(&format!("\n- and {} more", found.len() - MOST));
    }
    if let Some(document) = document {
        let reads = match (document.reads_input, &document.kind) {
            (true, _) => "reads `input`",
            (false, DocumentKind::Function(0)) => "does not read `input`",
            (false, DocumentKind::Function(_)) => "does not read `input`: depends on its arguments alone",
            (false, _) => "does not read `input`: computed once",
        };
        out.push_str(&format!("\n\n{reads}"));
        let users: Vec<String> = documents
            .iter()
            .filter(|d| at.is_some_and(|at| d.uses.contains(&DocumentId(at as u32))))
            .map(|d| format!("`{}`", path_text(&d.path)))
            .collect();
        match users.len() {
            0 => {}
            n if n > MOST => out.push_str(&format!("; used by {} and {} more", users[..MOST].join(", "), n - MOST)),
            _ => out.push_str(&format!("; used by {}", users.join(", "))),
        }
    }
    if let Some(costs) = Costs::new(&here.bundle)
        && let (Some(own), Some(all)) = (costs.document(path), costs.with_uses(&here.bundle, path))
    {
        out.push_str(&format!("\n\n{}", fuel_text(own, all)));
    }
    out
}

/// Fuel of a rule, in words.
pub(super) fn fuel_text(own: u64, all: u64) -> String {
    match own == all {
        true => format!("{own} fuel, each step once"),
        false => format!("{own} fuel, {all} with what it uses, each step once"),
    }
}

fn parameters(here: &Here, found: &[Place]) -> Vec<String> {
    let Some(place) = found.iter().find(|p| p.rule.is_some()) else { return Vec::new() };
    let text = here.bundle.files.get(place.file).map_or("", |f| &f.text);
    let rule = place.rule.and_then(|at| here.bundle.parsed.get(place.file)?.module.rules.get(at));
    let params = rule.and_then(|rule| rule.head.params.as_ref());
    params.map_or_else(Vec::new, |params| params.iter().map(|p| one_line(slice(text, p.span))).collect())
}

/// One rule: where it is and what its conditions are.
fn decided_by(here: &Here, place: &Place) -> String {
    let text = here.bundle.files.get(place.file).map_or("", |f| &*f.text);
    let Some(rule) = place.rule.and_then(|at| here.bundle.parsed.get(place.file)?.module.rules.get(at)) else {
        return String::new();
    };
    let line = super::decide::line_of(text, rule.head.span.start);
    let value = super::decide::head_value(&rule.head.value).map(|span| cut(&one_line(slice(text, span)), 60));
    let mut out = format!("\n- {}:{line}", here.bundle.label(place.file));
    let title = place.rule.and_then(|at| {
        let blocks = &here.bundle.parsed.get(place.file)?.module.metadata;
        blocks.iter().find(|m| m.rule == Some(at) && m.scope == Scope::Rule)?.title.as_deref()
    });
    if let Some(title) = title {
        out.push_str(&format!(" *{}*", one_line(title)));
    }
    if rule.default {
        out.push_str(&format!(": `{}` by default", value.unwrap_or_default()));
        return out;
    }
    if let Some(value) = value {
        out.push_str(&format!(": `{value}`"));
    }
    let literals = rule.body.as_ref().map_or(&[][..], |b| &b.literals);
    if literals.is_empty() {
        out.push_str(" always");
    } else {
        let shown: Vec<String> =
            literals.iter().take(MOST).map(|l| format!("`{}`", cut(&one_line(slice(text, l.span)), 80))).collect();
        let more = if literals.len() > MOST { ", …" } else { "" };
        out.push_str(&format!(" if {}{more}", shown.join(", ")));
    }
    if !rule.otherwise.is_empty() {
        out.push_str(&format!(", else {} more", rule.otherwise.len()));
    }
    out
}

// With a pinned input.

/// What became of the rules of a path.
fn outcome(here: &Here, path: &[String], found: &[Place], decided: &Decided) -> String {
    let mut out = String::new();
    match decided.value_at(path) {
        Some(Answer::Value(Some(value))) => {
            out.push_str(&format!("With {}: `{}`", decided.from, short(&value, MAX_VALUE)))
        }
        Some(Answer::Value(None)) => out.push_str(&format!("With {}: undefined", decided.from)),
        Some(Answer::Failed(why)) => out.push_str(&format!("With {}: {why}", decided.from)),
        None => {}
    }
    for call in decided.calls.get(path).into_iter().flatten() {
        let shown = |v: &Option<Value>| v.as_ref().map_or_else(|| "undefined".to_owned(), |v| short(v, 80));
        let args: Vec<String> = call.args.iter().map(shown).collect();
        let name = path.last().map(String::as_str).unwrap_or_default();
        out.push_str(&format!("\n- `{name}({})` gave `{}`", args.join(", "), shown(&call.result)));
    }
    for place in found {
        let Some(rule) = place.rule.and_then(|at| here.bundle.parsed.get(place.file)?.module.rules.get(at)) else {
            continue;
        };
        let Some(seen) = decided.rules.get(&(place.file, rule.head.span.start)) else { continue };
        let text = here.bundle.files.get(place.file).map_or("", |f| &*f.text);
        let mut has_held = false;
        for (at, fired, furthest) in super::decide::branches(rule, seen) {
            let line = super::decide::line_of(text, at);
            let said = match (fired, seen.is_reached) {
                (0, false) => "was not asked".to_owned(),
                // What follows a branch that held does not count; a call with other arguments may have reached it.
                (0, true) if has_held && furthest.is_none() => "was not reached: a branch before it held".to_owned(),
                (0, true) => decided.stopped(text, place.file, furthest).unwrap_or_else(|| "did not hold".to_owned()),
                (1, _) => "**held**".to_owned(),
                (n, _) => format!("**held** {}", times(n)),
            };
            has_held |= fired > 0;
            out.push_str(&format!("\n- line {line}: {said}"));
        }
    }
    if gatos_policy::rules::role(path).is_some()
        && let Some(Ok(explanation)) = &decided.outcome
    {
        let verdict = if explanation.decision.is_allowed() { "allowed" } else { "denied" };
        out.push_str(&format!("\n\nThe decision: **{verdict}** (`{}`)", explanation.decision.code));
        if !explanation.decision.explain.is_empty() {
            out.push_str(&format!(" — {}", explanation.decision.explain));
        }
        for hit in explanation.hits.iter().take(MOST) {
            let reasons: Vec<String> = hit.reasons.iter().map(reason_text).collect();
            out.push_str(&format!("\n- `{}`: {}", hit.rule.name, reasons.join("; ")));
        }
        let missing = missing_caps(explanation);
        if !missing.is_empty() {
            out.push_str(&format!("\n\n```sh\n{}\n```", grant_line(&decided.input, &missing)));
        }
    }
    out
}

/// Whether the condition at a byte held, and with what values.
fn condition(here: &Here, at: u32, decided: &Decided) -> Option<String> {
    let chain = walk::chain_at(&here.parsed.module, at);
    let literals: Vec<&Literal> = chain
        .iter()
        .filter_map(|node| match node {
            Node::Literal(literal) => Some(*literal),
            _ => None,
        })
        .collect();
    for literal in literals.iter().rev() {
        let spans = [Some(literal.span), inner(literal)];
        let found = spans.into_iter().flatten().find_map(|span| Some((span, decided.condition(here.index, span)?)));
        let Some((span, condition)) = found else { continue };
        let text = slice(&here.file.text, span);
        let mut out = match (condition.held, condition.failed) {
            (n, m) if condition.is_refuted => {
                format!("✗ `{}` held {}, and {} not", cut(&one_line(text), 120), times(n), times(m))
            }
            (0, _) => format!("✗ `{}` did not hold", cut(&one_line(text), 120)),
            (1, 0) => format!("✓ `{}` held", cut(&one_line(text), 120)),
            (n, 0) => format!("✓ `{}` held {}", cut(&one_line(text), 120), times(n)),
            (n, m) => format!("✓ `{}` held {}, and {} not", cut(&one_line(text), 120), times(n), times(m)),
        };
        for line in lines(text, condition, &decided.input) {
            out.push_str(&format!("\n- `{line}`"));
        }
        if let Some((a, b)) = &condition.sides {
            let shown = |v: &Option<Value>| v.as_ref().map_or_else(|| "undefined".to_owned(), |v| short(v, 200));
            out.push_str(&format!("\n- compared `{}` with `{}`", shown(a), shown(b)));
        }
        return Some(out);
    }
    // A statement in a rule that was computed, and never came to be tried.
    let literal = literals.last()?;
    if matches!(literal.kind, LiteralKind::SomeNames(_)) {
        return None;
    }
    let rule = walk::rule_at(&here.parsed.module, at).and_then(|i| here.parsed.module.rules.get(i))?;
    let seen = decided.rules.get(&(here.index, rule.head.span.start)).filter(|seen| seen.is_reached)?;
    _ = seen;
    Some(format!(
        "`{}` was not reached: a condition before it did not hold",
        cut(&one_line(slice(&here.file.text, literal.span)), 120)
    ))
}

fn times(n: u32) -> String {
    if n == 1 { "once".to_owned() } else { format!("{n} times") }
}

/// The part of `not e` that the compiler takes for the condition.
fn inner(literal: &Literal) -> Option<Span> {
    match &literal.kind {
        LiteralKind::Not(e) => Some(e.span),
        _ => None,
    }
}

/// What resolving the name of a completion shows.
pub(super) fn of_input(path: &[String]) -> Option<String> {
    let field = contract::find(path)?;
    Some(format!("{}\n\n{}", fence(&format!("input{}: {}", steps_text(path), field.ty)), field.doc))
}
