//! What can be done about a place: what messages propose, imports that are missing, rules taken out of
//! conditions, capabilities that should be asked for, tests of what was denied.

use super::Here;
use super::contract;
use super::decide::{decided, missing_caps, test_from_denial};
use super::names::{Entity, Mark, Role};
use super::text::{indent, is_name, line_end, line_start, quoted, slice};
use super::walk::{self, Node, head_path};
use crate::answer::{ActionKind, CodeAction, Command, TextEdit, WorkspaceEdit};
use crate::command;
use crate::fix;
use crate::host::{File, Snapshot};
use gatos_compiler::rgs::path_text;
use gatos_policy::rules::{Role as GateRole, role};
use gatos_syntax::diagnostic::{Edit, Fix};
use gatos_syntax::rgs::ast::{BinaryOp, Body, Expr, ExprKind, HeadValue, Literal, LiteralKind, Module, Rule, Step};
use gatos_syntax::span::Span;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Texts longer than this are mended in one round: each round reads all policies of the bundle.
const MAX_MENDED: usize = 60_000;

pub(crate) fn code_actions(snapshot: &Snapshot, file: &Arc<File>, range: Span) -> Vec<CodeAction> {
    let Some(here) = Here::new(snapshot, file) else { return Vec::new() };
    let mut out = Vec::new();
    fixes(snapshot, &here, range, &mut out);
    missing_import(&here, range, &mut out);
    extract(&here, range, &mut out);
    capability(snapshot, &here, range, &mut out);
    denial(snapshot, &here, range, &mut out);
    out
}

impl Here {
    fn edit(&self, mut edits: Vec<TextEdit>) -> WorkspaceEdit {
        edits.sort_by_key(|e| (e.span.start, e.span.end));
        WorkspaceEdit { edits: vec![(self.file.id, edits)], create: Vec::new() }
    }
}

fn touches(span: Span, range: Span) -> bool {
    span.start <= range.end && range.start <= span.end
}

fn insert(at: u32, text: String) -> TextEdit {
    TextEdit { span: Span { start: at, end: at }, text }
}

// What messages propose.

fn fixes(snapshot: &Snapshot, here: &Here, range: Span, out: &mut Vec<CodeAction>) {
    let said = super::said(&here.bundle, here.index);
    let edits = |fix: &Fix| fix.edits.iter().map(|e| TextEdit { span: e.span, text: e.text.clone() }).collect();
    for said in said.iter().filter(|d| touches(d.span, range)) {
        for (at, fix) in said.fixes.iter().enumerate() {
            out.push(CodeAction {
                title: sentence(&fix.title),
                kind: ActionKind::QuickFix,
                edit: here.edit(whole_lines(&here.file.text, edits(fix))),
                command: None,
                mends: Some((said.code, said.span)),
                is_preferred: at == 0 && said.fixes.len() == 1,
            });
        }
    }
    let text = &*here.file.text;
    let first: Vec<Fix> = said.iter().filter_map(|d| d.fixes.first().cloned()).collect();
    if first.is_empty() {
        return;
    }
    let all: Vec<Edit> = if text.len() > MAX_MENDED || snapshot.is_cancelled() {
        fix::merged(text, &first).0
    } else {
        let mended = fix::mend(text, |now| match now == text {
            true => first.clone(),
            false if snapshot.is_cancelled() => Vec::new(),
            false => here.bundle.fixes_of(here.index, now),
        });
        gatos_fmt::edits(text, &mended.text, None)
    };
    if !all.is_empty() {
        out.push(CodeAction {
            title: "Fix all that can be fixed".to_owned(),
            kind: ActionKind::FixAll,
            edit: here.edit(all.into_iter().map(|e| TextEdit { span: e.span, text: e.text }).collect()),
            command: None,
            mends: None,
            is_preferred: false,
        });
    }
}

/// What leaves nothing but an empty line behind takes the line along.
fn whole_lines(text: &str, edits: Vec<TextEdit>) -> Vec<TextEdit> {
    let whole = |edit: TextEdit| {
        if !edit.text.is_empty() || edit.span.start == edit.span.end {
            return edit;
        }
        let (start, end) = (line_start(text, edit.span.start as usize), line_end(text, edit.span.end as usize));
        let around = [text.get(start..edit.span.start as usize), text.get(edit.span.end as usize..end)];
        if around.iter().any(|part| part.is_none_or(|part| !part.trim().is_empty())) {
            return edit;
        }
        let end = end
            + text
                .get(end..)
                .map_or(0, |rest| if rest.starts_with("\r\n") { 2 } else { usize::from(rest.starts_with('\n')) });
        TextEdit { span: Span::new(start, end), text: String::new() }
    };
    edits.into_iter().map(whole).collect()
}

/// As buttons are written.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}

// Imports.

/// Where an import is put, and the text that is put there.
pub(super) fn import_place(text: &str, module: &Module, path: &str) -> (u32, String) {
    if let Some(last) = module.imports.last() {
        return (line_end(text, last.span.end as usize) as u32, format!("\nimport {path}"));
    }
    match &module.package {
        Some(package) => (line_end(text, package.span.end as usize) as u32, format!("\n\nimport {path}")),
        None => (0, format!("import {path}\n")),
    }
}

fn missing_import(here: &Here, range: Span, out: &mut Vec<CodeAction>) {
    let module = &here.parsed.module;
    let said = here.bundle.analysis.diagnostics.iter().filter(|d| d.file as usize == here.index);
    for said in said.map(|d| &d.diagnostic).filter(|d| touches(d.span, range)) {
        if !matches!(said.code, "E1101" | "E1111") {
            continue;
        }
        let written = slice(&here.file.text, said.span);
        let name = written.split(['.', '[', '(']).next().unwrap_or_default();
        if !is_name(name) || here.names.imports.iter().flatten().any(|i| i.name == name) {
            continue;
        }
        let after = written.strip_prefix(name).and_then(|rest| rest.strip_prefix('.'));
        let next = after.map(|rest| rest.split(['.', '[', '(']).next().unwrap_or_default());
        for (path, places) in here.bundle.paths() {
            if path.last().is_none_or(|last| last != name) || *path == here.parsed.package() {
                continue;
            }
            let mut inner = path.clone();
            inner.extend(next.map(str::to_owned));
            let fits = next.is_none() || !here.bundle.definitions(&inner).is_empty();
            let is_whole = places.iter().any(|p| p.is_whole);
            if !fits || !is_whole {
                continue;
            }
            let full = format!("data.{}", path_text(path));
            let (at, text) = import_place(&here.file.text, module, &full);
            out.push(CodeAction {
                title: format!("Import `{full}`"),
                kind: ActionKind::QuickFix,
                edit: here.edit(vec![insert(at, text)]),
                command: None,
                mends: Some((said.code, said.span)),
                is_preferred: true,
            });
        }
    }
}

// Rules out of conditions.

fn extract(here: &Here, range: Span, out: &mut Vec<CodeAction>) {
    let Some((body, chosen)) = chosen(here, range) else { return };
    let (Some(first), Some(last)) = (chosen.first(), chosen.last()) else { return };
    let span = first.span.to(last.span);
    let Some(index) = walk::rule_at(&here.parsed.module, span.start) else { return };
    let Some(rule) = here.parsed.module.rules.get(index) else { return };
    if !is_plain_body(rule, body) {
        return;
    }
    let own: Vec<&Mark> = here.names.marks.iter().filter(|m| m.rule == Some(index)).collect();
    let inside = |m: &&&Mark| span.start <= m.span.start && m.span.end <= span.end;
    let (mut given, mut made): (Vec<u32>, Vec<u32>) = (Vec::new(), Vec::new());
    let mut seen: BTreeSet<u32> = BTreeSet::new();
    for mark in own.iter().filter(inside) {
        let Entity::Var(number) = mark.entity else { continue };
        if !seen.insert(number) {
            continue;
        }
        let others = || own.iter().filter(|m| m.entity == mark.entity && !inside(m));
        if others().next().is_none() {
            continue;
        }
        let declared_inside = own.iter().filter(inside).any(|m| m.entity == mark.entity && m.role == Role::Declares);
        let declared_outside = others().any(|m| m.role == Role::Declares);
        match (declared_inside, declared_outside) {
            (false, true) => given.push(number),
            (true, false) => made.push(number),
            // What is bound by being mentioned could be bound on either side.
            _ => return,
        }
    }
    let var = |number: &u32| here.names.var(*number).map(|v| v.name.clone());
    let parameters: Option<Vec<String>> = given.iter().map(var).collect();
    let Some(parameters) = parameters else { return };
    let name = free_name(here, "extracted");
    let call = if parameters.is_empty() { name.clone() } else { format!("{name}({})", parameters.join(", ")) };
    let (head, replaced) = match made.as_slice() {
        [] => (format!("{call} if"), call),
        // One value can be given back, when there is one alone.
        [one] if !chosen.iter().any(|l| searches(l)) => match var(one) {
            Some(value) => (format!("{call} := {value} if"), format!("{value} := {call}")),
            None => return,
        },
        _ => return,
    };
    let text = &here.file.text;
    let margin = indent(text, span.start as usize);
    let body_text: String = chosen
        .iter()
        .map(|l| {
            let rows: Vec<String> = slice(text, l.span)
                .lines()
                .enumerate()
                .map(|(at, row)| {
                    if at == 0 {
                        row.to_owned()
                    } else {
                        row.strip_prefix(margin).map_or(row.to_owned(), |r| format!("\t{r}"))
                    }
                })
                .collect();
            format!("\t{}\n", rows.join("\n"))
        })
        .collect();
    let end = rule.span.end;
    let new = format!("\n\n{head} {{\n{body_text}}}");
    out.push(CodeAction {
        title: if parameters.is_empty() { "Extract a rule".to_owned() } else { "Extract a function".to_owned() },
        kind: ActionKind::Extract,
        edit: here.edit(vec![TextEdit { span, text: replaced }, insert(end, new)]),
        command: None,
        mends: None,
        is_preferred: false,
    });
}

/// The statements that a range covers, and the body that they are of.
fn chosen(here: &Here, range: Span) -> Option<(&Body, Vec<&Literal>)> {
    let text = here.file.text.get(range.range())?;
    let start = range.start + (text.len() - text.trim_start().len()) as u32;
    let end = range.end - (text.len() - text.trim_end().len()) as u32;
    if start >= end {
        return None;
    }
    let chain = walk::chain_at(&here.parsed.module, start);
    chain.into_iter().rev().find_map(|node| {
        let Node::Body(body) = node else { return None };
        let covered: Vec<&Literal> =
            body.literals.iter().filter(|l| start <= l.span.start && l.span.end <= end).collect();
        let cut = body.literals.iter().any(|l| {
            let is_covered = start <= l.span.start && l.span.end <= end;
            !is_covered && l.span.start < end && start < l.span.end
        });
        (!covered.is_empty() && !cut && covered.iter().all(|l| l.kind != LiteralKind::Error)).then_some((body, covered))
    })
}

/// Whether a body is one where only that it holds counts: in comprehensions, how often counts too.
fn is_plain_body(rule: &Rule, body: &Body) -> bool {
    let mut found = rule.body.as_ref().is_some_and(|b| std::ptr::eq(b, body))
        || rule.otherwise.iter().any(|e| e.body.as_ref().is_some_and(|b| std::ptr::eq(b, body)));
    Node::Rule(rule).visit(&mut |node| {
        if let Node::Literal(Literal { kind: LiteralKind::Every { body: of, .. }, .. }) = node {
            found |= std::ptr::eq(of, body);
        }
    });
    found
}

/// Whether a statement can hold in several ways.
fn searches(literal: &Literal) -> bool {
    let mut found = matches!(literal.kind, LiteralKind::SomeIn { .. } | LiteralKind::SomeNames(_));
    Node::Literal(literal).visit(&mut |node| {
        if let Node::Expr(Expr { kind: ExprKind::Ref { steps, .. }, .. }) = node {
            found |= steps.iter().any(|s| matches!(s, Step::Index(Expr { kind: ExprKind::Name(_), .. })));
        }
        if let Node::Expr(Expr { kind: ExprKind::Call { function, .. }, .. }) = node {
            found |= walk::plain_path(function).is_some_and(|p| p.iter().map(|(t, _)| *t).eq(["walk"]));
        }
    });
    found
}

fn free_name(here: &Here, base: &str) -> String {
    let package = here.parsed.package();
    let is_taken = |name: &str| {
        let mut path = package.clone();
        path.push(name.to_owned());
        !here.bundle.definitions(&path).is_empty()
            || here.names.vars.iter().any(|v| v.name == name)
            || here.names.imports.iter().flatten().any(|i| i.name == name)
    };
    if !is_taken(base) {
        return base.to_owned();
    }
    (2u32..).map(|n| format!("{base}_{n}")).find(|name| !is_taken(name)).unwrap_or_else(|| base.to_owned())
}

// Capabilities.

fn rule_with_role(here: &Here, at: u32) -> Option<(&Rule, GateRole)> {
    let rule = here.parsed.module.rules.get(walk::rule_at(&here.parsed.module, at)?)?;
    let mut path = here.parsed.package();
    path.extend(head_path(&rule.head).into_iter().map(|(text, _)| text.to_owned()));
    Some((rule, role(&path)?))
}

fn capability(snapshot: &Snapshot, here: &Here, range: Span, out: &mut Vec<CodeAction>) {
    let Some((rule, role)) = rule_with_role(here, range.start) else { return };
    if rule.default {
        return;
    }
    let decided = decided(snapshot, &here.file, &here.bundle);
    let explained = decided.as_ref().and_then(|d| d.outcome.as_ref()?.as_ref().ok().map(missing_caps));
    let mut caps = explained.unwrap_or_default();
    // Without a decision that asks for it, it is offered where the rule says what it is, and not at each of its words.
    let is_at_head = is_at_head_or_reason(rule, range);
    if caps.is_empty() && !is_at_head {
        return;
    }
    // What the input says it uses and was not given is what is missing, too.
    if let Some(decided) = decided.as_ref().filter(|_| is_at_head) {
        let list = |name: &str| -> Vec<String> {
            let items = decided.input.get(name).and_then(gatos_canon::Value::as_array).unwrap_or_default();
            items.iter().filter_map(|v| v.as_text().map(str::to_owned)).collect()
        };
        let granted = list("granted");
        caps.extend(list("caps").into_iter().filter(|cap| !granted.contains(cap) && !granted.iter().any(|g| g == "*")));
    }
    let text = slice(&here.file.text, rule.span);
    if caps.is_empty() {
        // The capability that the engine itself asks for at what the rule is about.
        let by_kind =
            [("\"journal\"", "journal:append"), ("\"state\"", "state:checkpoint"), ("\"policies\"", "policy:install")];
        let found = by_kind.iter().find(|(kind, _)| text.contains(kind)).map_or("journal:append", |(_, cap)| cap);
        caps.push(found.to_owned());
    }
    caps.dedup();
    for cap in caps.iter().filter(|cap| !text.contains(&quoted(cap))).take(4) {
        let not = if role == GateRole::Deny { "not " } else { "" };
        let condition = format!("{not}gatos.caps.has(input.granted, {})", quoted(cap));
        let what =
            contract::CAPS.iter().find(|(name, _)| name == cap).map_or(String::new(), |(_, what)| format!(" ({what})"));
        out.push(CodeAction {
            title: match role {
                GateRole::Allow => format!("Ask for the capability `{cap}`{what}"),
                GateRole::Deny => format!("Refuse only without the capability `{cap}`{what}"),
            },
            kind: ActionKind::Rewrite,
            edit: here.edit(add_condition(&here.file.text, rule, &condition)),
            command: None,
            mends: None,
            is_preferred: false,
        });
    }
}

/// Whether a range touches a rule's head, or the statement that makes what its head gives.
fn is_at_head_or_reason(rule: &Rule, range: Span) -> bool {
    if touches(rule.head.span, range) {
        return true;
    }
    let (HeadValue::Value(given) | HeadValue::Contains(given)) = &rule.head.value else { return false };
    let ExprKind::Name(name) = &walk::unwrap(given).kind else { return false };
    let makes_it = |literal: &Literal| {
        let LiteralKind::Expr(e) = &literal.kind else { return false };
        let ExprKind::Binary { op: BinaryOp::Assign | BinaryOp::Unify, left, .. } = &walk::unwrap(e).kind else {
            return false;
        };
        matches!(&walk::unwrap(left).kind, ExprKind::Name(made) if made == name)
    };
    rule.body.iter().flat_map(|b| &b.literals).any(|l| touches(l.span, range) && makes_it(l))
}

/// What adds a condition at the end of a rule's body.
fn add_condition(text: &str, rule: &Rule, condition: &str) -> Vec<TextEdit> {
    let Some(body) = &rule.body else {
        return vec![insert(rule.head.span.end, format!(" if {condition}"))];
    };
    let Some(last) = body.literals.last() else {
        return vec![insert(body.span.end.saturating_sub(1), format!(" {condition} "))];
    };
    let written = slice(text, body.span);
    if !written.starts_with('{') {
        let margin = indent(text, rule.span.start as usize);
        return vec![
            insert(body.span.start, format!("{{\n{margin}\t")),
            insert(body.span.end, format!("\n{margin}\t{condition}\n{margin}}}")),
        ];
    }
    if written.contains('\n') {
        let margin = indent(text, last.span.start as usize);
        return vec![insert(line_end(text, last.span.end as usize) as u32, format!("\n{margin}{condition}"))];
    }
    vec![insert(last.span.end, format!("; {condition}"))]
}

// Tests of what was denied.

fn denial(snapshot: &Snapshot, here: &Here, range: Span, out: &mut Vec<CodeAction>) {
    let path = here.file.path.to_string();
    // Where no project is, no record of denials is.
    if snapshot.root_of(&path).is_none() {
        return;
    }
    let is_offered = match walk::rule_at(&here.parsed.module, range.start) {
        Some(at) => {
            let is_at_head = here.parsed.module.rules.get(at).is_some_and(|rule| touches(rule.head.span, range));
            is_at_head && (path.ends_with("_test.rgs") || rule_with_role(here, range.start).is_some())
        }
        None => path.ends_with("_test.rgs"),
    };
    if !is_offered {
        return;
    }
    if let Some(pin) = snapshot.root_of(&path).and_then(|root| snapshot.pin(&root.path))
        && let Ok(made) = test_from_denial(snapshot, &here.file, &pin.json)
        && let Some(edit) = made.edit
    {
        out.push(CodeAction {
            title: format!("Turn the denial of {} into a test", pin.from),
            kind: ActionKind::Rewrite,
            edit,
            command: None,
            mends: None,
            is_preferred: false,
        });
    }
    let title = "Turn the newest denial on record into a test".to_owned();
    out.push(CodeAction {
        title: title.clone(),
        kind: ActionKind::Rewrite,
        edit: WorkspaceEdit::default(),
        command: Some(Command { name: command::TEST_FROM_DENIAL, title, arguments: vec![path] }),
        mends: None,
        is_preferred: false,
    });
}
