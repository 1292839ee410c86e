//! Why the decision over a pinned input fell: every rule with its value, every condition with whether it held.
//! The gate itself decides; beside it the same rules are computed as they are written, and watched.

use super::analysis::{Bundle, Compiled, bundle, lock};
use super::observe::{Condition, Observer, Seen, json};
use super::text::{cut, one_line, pretty, short, steps_text};
use super::walk::{self, Node};
use crate::answer::{CommandResult, WorkspaceEdit};
use crate::host::{File, Snapshot};
use gatos_canon::{Map, Value};
use gatos_elc::map::Place;
use gatos_elc::program::DocumentKind;
use gatos_policy::gate::{Explanation, miss_text, reason_text};
use gatos_policy::model::{Code, GATE_LIMITS};
use gatos_policy::{bundle as policy_bundle, engine};
use gatos_syntax::lines::LineIndex;
use gatos_syntax::rgs::ast::{HeadValue, LiteralKind, Rule};
use gatos_syntax::span::Span;
use gatos_vm::policy::{DecideError, Input, Question};
use gatos_vm::{DocKind, Limits, Silent, Vm};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// What watching may cost: more than a gate, as every rule is computed, also those that the gate does not ask.
const WATCH_LIMITS: Limits = Limits { fuel: 20_000_000, depth: 1024, memory: 128 << 20 };

/// Base data as it was used: path and text.
pub(super) type DataFiles = Vec<(Arc<str>, Arc<str>)>;

/// The `data` documents that were read, by folder.
pub(super) type KnownData = Mutex<BTreeMap<String, (DataFiles, Arc<Value>)>>;

/// What a document came to.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Answer {
    /// Its value; none when it is undefined.
    Value(Option<Value>),
    /// How it failed.
    Failed(String),
}

/// A decision, watched.
#[derive(Debug)]
pub(super) struct Decided {
    json: Arc<str>,
    files: DataFiles,
    /// The input.
    pub(super) input: Value,
    /// Where the input came from.
    pub(super) from: String,
    /// What the gate says; none where there is nothing that it would ask.
    pub(super) outcome: Option<Result<Explanation, String>>,
    /// Documents by path.
    pub(super) documents: BTreeMap<Vec<String>, Answer>,
    /// Conditions by file of the bundle and place.
    pub(super) conditions: BTreeMap<(usize, Span), Condition>,
    /// Rules by file and place of their heads.
    pub(super) rules: BTreeMap<(usize, u32), RuleSeen>,
    /// What functions were called with and gave, by path.
    pub(super) calls: BTreeMap<Vec<String>, Vec<super::observe::Called>>,
}

/// What was seen of a rule.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RuleSeen {
    /// Its stable name: `gatos.exec.deny#2`.
    pub(super) name: String,
    /// Whether its document was computed at all.
    pub(super) is_reached: bool,
    /// How often it held.
    pub(super) fired: u32,
    /// The condition that was reached furthest along.
    pub(super) furthest: Option<Span>,
    /// Its body and its `else` branches, in order: how often each held, and its furthest condition. Empty where they
    /// could not be told apart.
    pub(super) branches: Vec<(u32, Option<Span>)>,
}

impl RuleSeen {
    /// The condition that a rule which did not hold stopped at: of a rule with branches, at the last one.
    pub(super) fn stopped_at(&self) -> Option<Span> {
        self.branches.iter().rev().find_map(|(_, furthest)| *furthest).or(self.furthest)
    }
}

/// A policy of which nothing is computed before it is asked.
pub(super) fn nothing_ahead(compiled: Arc<Compiled>) -> Option<Arc<Compiled>> {
    let mut policy = compiled.policy.clone();
    let mut program = policy.program.program().clone();
    program.policy.iter_mut().flat_map(|p| &mut p.documents).for_each(|document| document.reads_input = true);
    policy.program = gatos_elc::verify(program).ok()?;
    Some(Arc::new(Compiled { policy, files: compiled.files.clone(), places: compiled.places.clone() }))
}

/// Data files by the paths that bundles give them.
pub(super) fn data_files(snapshot: &Snapshot, folder: &str) -> (DataFiles, BTreeMap<String, Vec<u8>>) {
    let files = snapshot.data_below(folder);
    let named = files.iter().filter_map(|(path, text)| {
        let rest = path.strip_prefix(folder)?.trim_start_matches('/');
        Some((format!("data/{rest}"), text.as_bytes().to_vec()))
    });
    let named = named.collect();
    (files, named)
}

/// The `data` document; what cannot be read is left out.
pub(super) fn base_data(snapshot: &Snapshot, folder: &str) -> Arc<Value> {
    let (files, mut named) = data_files(snapshot, folder);
    let mut known = lock(&snapshot.bundles().data);
    if let Some((of, data)) = known.get(folder)
        && *of == files
    {
        return data.clone();
    }
    let data = loop {
        match policy_bundle::join_data(&named) {
            Ok(data) => break data,
            Err(policy_bundle::BundleError::Data { file, .. }) if named.remove(&file).is_some() => {}
            Err(_) => break Value::Map(Map::new()),
        }
    };
    let data = Arc::new(data);
    known.insert(folder.to_owned(), (files, data.clone()));
    data
}

/// The offsets that places of a map mean, file by file.
pub(super) struct Offsets<'t> {
    texts: Vec<(&'t str, LineIndex)>,
}

impl<'t> Offsets<'t> {
    pub(super) fn new(compiled: &'t Compiled) -> Offsets<'t> {
        let texts = compiled.files.iter().map(|file| (file.text.as_str(), LineIndex::new(&file.text))).collect();
        Offsets { texts }
    }

    pub(super) fn offset(&self, place: Place) -> Option<u32> {
        let (text, lines) = self.texts.get(place.file as usize)?;
        let range = lines.range(place.line as usize);
        let line = text.get(range.clone())?;
        let within = line.char_indices().nth(place.col.saturating_sub(1) as usize).map_or(line.len(), |(at, _)| at);
        u32::try_from(range.start + within).ok()
    }

    pub(super) fn span(&self, start: Place, end: (u32, u32)) -> Option<Span> {
        let end = self.offset(Place { file: start.file, line: end.0, col: end.1 })?;
        Some(Span { start: self.offset(start)?, end })
    }
}

/// The decision over the pinned input of a file's project; none when nothing is pinned or the policy does not
/// compile.
pub(super) fn decided(snapshot: &Snapshot, file: &Arc<File>, bundle: &Bundle) -> Option<Arc<Decided>> {
    let pin = snapshot.root_of(&file.path).and_then(|root| snapshot.pin(&root.path))?;
    decide(snapshot, bundle, &pin.json, &pin.from).ok()
}

/// Decides over an input.
pub(super) fn decide(
    snapshot: &Snapshot,
    bundle: &Bundle,
    text: &Arc<str>,
    from: &str,
) -> Result<Arc<Decided>, String> {
    let (files, named) = data_files(snapshot, &bundle.folder);
    let mut newest = lock(&bundle.decided);
    if let Some(there) = newest.as_ref().filter(|d| d.json == *text && d.files == files) {
        return Ok(there.clone());
    }
    let input = Value::from_json(text).map_err(|e| format!("the input is not JSON: {e}"))?;
    let (Some(published), Some(watched)) = (bundle.published(), bundle.watched()) else {
        return Err("the policy does not compile; its errors stand in its files".to_owned());
    };
    let bytes = input.to_json_string().into_bytes();
    let data = policy_bundle::join_data(&named).map_err(|e| e.to_string())?;
    let tables = published.policy.program.program().policy.as_ref();
    let is_asked = tables.is_some_and(|t| t.documents.iter().any(|d| gatos_policy::rules::role(&d.path).is_some()));
    let outcome = is_asked.then(|| explain(&published, named, &bytes));
    let (documents, seen) = watch(&watched, &data, Input::Json(&bytes))?;
    let mut out = Decided {
        json: text.clone(),
        files,
        input,
        from: from.to_owned(),
        outcome,
        documents,
        conditions: BTreeMap::new(),
        rules: BTreeMap::new(),
        calls: BTreeMap::new(),
    };
    place(&mut out, &watched, seen);
    negated(&mut out, bundle);
    refuted(&mut out, bundle);
    let out = Arc::new(out);
    *newest = Some(out.clone());
    Ok(out)
}

/// What a gate says.
fn explain(published: &Compiled, data: BTreeMap<String, Vec<u8>>, input: &[u8]) -> Result<Explanation, String> {
    let sources = published.files.iter().map(|f| (f.name.clone(), f.text.clone().into_bytes())).collect();
    let map = published.policy.map.to_bytes();
    let bundle = policy_bundle::Bundle { code: published.policy.bytes.clone(), map, sources, data };
    let verified = bundle.verify().map_err(|e| e.to_string())?;
    Ok(engine::open(verified, GATE_LIMITS)?.explain(input))
}

/// Computes every document and watches.
fn watch(compiled: &Compiled, data: &Value, input: Input<'_>) -> Result<(BTreeMap<Vec<String>, Answer>, Seen), String> {
    let program = &compiled.policy.program;
    let library = gatos_stdlib::rgs::library();
    let mut vm = Vm::new(program, &library, WATCH_LIMITS, Box::new(Silent)).map_err(|e| e.to_string())?;
    vm.load_data(data.to_json_string().as_bytes()).map_err(|e| e.to_string())?;
    // As in a gate.
    vm.set_strict(true);
    vm.begin_decision(input).map_err(|e| e.to_string())?;
    let program = program.program();
    let mut observer = Observer::new(program, &compiled.policy.map);
    let mut out = BTreeMap::new();
    let documents = program.policy.iter().flat_map(|p| &p.documents);
    for (at, document) in (0u32..).zip(documents) {
        if matches!(document.kind, DocumentKind::Function(_)) {
            continue;
        }
        let answer = match vm.ask_traced(Question::Document(at), &mut observer) {
            Ok(value) if vm.doc_kind(value) == DocKind::Undefined => Answer::Value(None),
            Ok(value) => Answer::Value(json(&vm, value)),
            Err(DecideError::Failed(failure)) => {
                let is_over = failure.limit.is_some();
                out.insert(document.path.clone(), Answer::Failed(failure.message));
                // What a limit ended would end the rest too.
                if is_over {
                    break;
                }
                continue;
            }
            Err(error) => Answer::Failed(error.to_string()),
        };
        out.insert(document.path.clone(), answer);
    }
    Ok((out, observer.seen))
}

/// Puts what was seen at its places.
fn place(out: &mut Decided, compiled: &Compiled, seen: Seen) {
    let offsets = Offsets::new(compiled);
    let map = &compiled.policy.map;
    let file = |place: Place| compiled.places.get(place.file as usize).copied();
    let span = |(proto, index): (u32, usize)| {
        let literal = map.functions.get(proto as usize)?.literals.get(index)?;
        Some((file(literal.start)?, offsets.span(literal.start, literal.end)?))
    };
    let Some(tables) = compiled.policy.program.program().policy.as_ref() else { return };
    for (at, rule) in (0u32..).zip(&tables.rules) {
        let Some(place) = map.rules.get(at as usize).map(|r| r.at) else { continue };
        let (Some(file), Some(start)) = (file(place), offsets.offset(place)) else { continue };
        let proto = tables.documents.get(rule.document as usize).map(|d| d.proto);
        let noted = RuleSeen {
            name: rule.name.clone(),
            is_reached: proto.is_some_and(|proto| seen.results.contains_key(&proto)),
            fired: seen.fired.get(&at).copied().unwrap_or(0),
            furthest: seen.furthest.get(&at).and_then(|at| Some(span(*at)?.1)),
            branches: seen.branches.get(&at).map_or_else(Vec::new, |all| {
                all.values().map(|b| (b.fired, b.furthest.and_then(|at| Some(span(at)?.1)))).collect()
            }),
        };
        out.rules.insert((file, start), noted);
    }
    for document in &tables.documents {
        if let Some(calls) = seen.calls.get(&document.proto) {
            out.calls.insert(document.path.clone(), calls.clone());
        }
    }
    for (key, condition) in seen.conditions {
        if let Some(at) = span(key) {
            out.conditions.insert(at, condition);
        }
    }
}

/// What is negated holds just when the negation does not; its own ops do not tell.
fn negated(out: &mut Decided, bundle: &Bundle) {
    for (file, parsed) in bundle.parsed.iter().enumerate() {
        for rule in &parsed.module.rules {
            Node::Rule(rule).visit(&mut |node| {
                let Node::Literal(literal) = node else { return };
                let LiteralKind::Not(e) = &literal.kind else { return };
                let Some(outer) = out.conditions.get(&(file, literal.span)).map(|c| (c.held, c.failed)) else { return };
                if let Some(inner) = out.conditions.get_mut(&(file, e.span)) {
                    (inner.failed, inner.held) = outer;
                }
            });
        }
    }
}

/// Within an `every` that did not hold, the conditions that failed for a member are why.
fn refuted(out: &mut Decided, bundle: &Bundle) {
    for (file, parsed) in bundle.parsed.iter().enumerate() {
        for rule in &parsed.module.rules {
            Node::Rule(rule).visit(&mut |node| {
                let Node::Literal(literal) = node else { return };
                let LiteralKind::Every { body, .. } = &literal.kind else { return };
                if out.conditions.get(&(file, literal.span)).is_none_or(|c| c.held > 0 || c.failed == 0) {
                    return;
                }
                for inner in &body.literals {
                    if let Some(condition) = out.conditions.get_mut(&(file, inner.span))
                        && condition.failed > 0
                        && condition.held > 0
                    {
                        condition.is_refuted = true;
                        condition.vars.clone_from(&condition.failed_vars);
                    }
                }
            });
        }
    }
}

impl Decided {
    /// The value of a document, or of a part of one.
    pub(super) fn value_at(&self, path: &[String]) -> Option<Answer> {
        (1..=path.len()).find_map(|n| {
            let answer = self.documents.get(path.get(..n)?)?;
            Some(match answer {
                Answer::Value(Some(value)) => Answer::Value(value_at(value, path.get(n..)?).cloned()),
                other => other.clone(),
            })
        })
    }

    /// What the gate decided, in a word or two.
    pub(super) fn verdict(&self) -> Option<String> {
        Some(match self.outcome.as_ref()? {
            Ok(explanation) => match explanation.decision.is_allowed() {
                true => "allowed".to_owned(),
                false => format!("denied ({})", explanation.decision.code),
            },
            Err(_) => "not decided".to_owned(),
        })
    }

    /// Why a rule did not hold: its furthest condition, with its values. None when no condition came to be tried.
    pub(super) fn stopped(&self, text: &str, file: usize, span: Option<Span>) -> Option<String> {
        let span = span?;
        let source = super::text::slice(text, span);
        let condition = self.condition(file, span);
        let values = condition.map(|c| lines(source, c, &self.input)).unwrap_or_default();
        let values = if values.is_empty() { String::new() } else { format!(": `{}`", values.join("`, `")) };
        Some(match condition.is_some_and(|c| c.held > 0 && !c.is_refuted) {
            true => format!("did not hold together; the last condition reached was `{}`{values}", one_line(source)),
            false => format!("did not hold: `{}`{values}", cut(&one_line(source), 120)),
        })
    }

    /// The condition of a file at a place.
    pub(super) fn condition(&self, file: usize, span: Span) -> Option<&Condition> {
        self.conditions.get(&(file, span))
    }
}

/// The part of a value at a path; numbers lead into arrays.
pub(super) fn value_at<'v>(value: &'v Value, path: &[String]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, key| match value {
        Value::Map(map) => map.get(key),
        Value::Array(items) => items.get(key.parse::<usize>().ok()?),
        _ => None,
    })
}

/// What a condition came to, in a few words: `✓`, `✗ input.payload.target = "prod"`.
pub(super) fn words(text: &str, condition: &Condition, input: &Value, most: usize) -> String {
    if condition.held > 0 && !condition.is_refuted {
        return match condition.held {
            1 => "✓".to_owned(),
            n => format!("✓ {n}×"),
        };
    }
    let values = lines(text, condition, input);
    match values.first() {
        Some(_) => cut(&format!("✗ {}", values.join(", ")), most),
        None => "✗".to_owned(),
    }
}

/// What a condition's values were, one a line: variables, parts of the input, sides of its comparison.
pub(super) fn lines(text: &str, condition: &Condition, input: &Value) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for (path, value) in inputs_of(text, input) {
        let shown = value.map_or_else(|| "undefined".to_owned(), |value| short(value, 120));
        out.push(format!("input{} = {shown}", steps_text(&path)));
    }
    for (name, value) in &condition.vars {
        out.push(format!("{name} = {}", short(value, 120)));
    }
    if out.is_empty()
        && let Some((a, b)) = &condition.sides
    {
        let shown = |side: &Option<Value>| side.as_ref().map_or_else(|| "undefined".to_owned(), |v| short(v, 120));
        out.push(format!("left = {}, right = {}", shown(a), shown(b)));
    }
    out
}

/// The parts of the input that a text names, longest paths alone.
fn inputs_of<'v>(text: &str, input: &'v Value) -> Vec<(Vec<String>, Option<&'v Value>)> {
    let mut out: Vec<(Vec<String>, Option<&'v Value>)> = Vec::new();
    let parsed = gatos_syntax::rgs::parse_query(text);
    Node::Body(&parsed.body).visit(&mut |node| {
        if let Node::Expr(expr) = node
            && let Some(path) = walk::beginning(expr)
            && let Some((("input", _), rest)) = path.split_first().map(|(first, rest)| (*first, rest))
        {
            let path: Vec<String> = rest.iter().map(|(text, _)| (*text).to_owned()).collect();
            if !path.is_empty() && !out.iter().any(|(there, _)| there.starts_with(&path)) {
                let value = value_at(input, &path);
                out.push((path, value));
            }
        }
    });
    out
}

/// Why the decision over the pinned input fell as it did.
pub(crate) fn explain_decision(snapshot: &Snapshot, file: &Arc<File>) -> Result<CommandResult, String> {
    let pin = snapshot.root_of(&file.path).and_then(|root| snapshot.pin(&root.path));
    let pin = pin.ok_or("no input is pinned; pin one first")?;
    let bundle = bundle(snapshot, file);
    let decided = decide(snapshot, &bundle, &pin.json, &pin.from)?;
    let mut json = Map::new();
    json.insert("from", decided.from.clone());
    let mut markdown = String::new();
    match &decided.outcome {
        Some(Ok(explanation)) => {
            json.insert("decision", explanation.view());
            markdown.push_str(&decision_markdown(&bundle, &decided, explanation));
        }
        Some(Err(why)) => {
            json.insert("error", why.clone());
            markdown.push_str(&format!("**No decision**: {why}\n"));
        }
        None => markdown
            .push_str("No rule named `allow` or `deny` lies below package `gatos`, so a gate would ask nothing.\n"),
    }
    let mut documents = Map::new();
    for (path, answer) in &decided.documents {
        let mut entry = Map::new();
        match answer {
            Answer::Value(value) => {
                entry.insert("defined", Value::Bool(value.is_some()));
                if let Some(value) = value {
                    entry.insert("value", value.clone());
                }
            }
            Answer::Failed(why) => _ = entry.insert("error", why.clone()),
        }
        documents.insert(gatos_compiler::rgs::path_text(path), Value::Map(entry));
    }
    json.insert("documents", Value::Map(documents));
    json.insert("rules", rules_json(&bundle, &decided));
    Ok(CommandResult { json: Value::Map(json).to_json_string(), markdown, edit: None, refresh: false })
}

/// Each rule with its conditions.
fn rules_json(bundle: &Bundle, decided: &Decided) -> Value {
    let mut out = Vec::new();
    for ((file, start), rule) in &decided.rules {
        let Some(parsed) = bundle.parsed.get(*file) else { continue };
        let Some(tree) = parsed.module.rules.iter().find(|r| r.head.span.start == *start) else { continue };
        let text = bundle.files.get(*file).map_or("", |f| &f.text);
        let mut entry = Map::new();
        entry.insert("name", rule.name.clone());
        entry.insert("file", bundle.files.get(*file).map(|f| f.path.to_string()).unwrap_or_default());
        entry.insert("line", line_of(text, *start));
        entry.insert("held", i64::from(rule.fired));
        entry.insert("reached", Value::Bool(rule.is_reached));
        if !tree.otherwise.is_empty() {
            let branches = branches(tree, rule).into_iter().map(|(at, held, _)| {
                let mut row = Map::new();
                row.insert("line", line_of(text, at));
                row.insert("held", i64::from(held));
                Value::Map(row)
            });
            entry.insert("branches", Value::Array(branches.collect()));
        }
        let mut conditions = Vec::new();
        let inside = (*file, Span { start: tree.span.start, end: 0 })..(*file, Span { start: tree.span.end, end: 0 });
        for ((_, span), condition) in decided.conditions.range(inside) {
            let source = super::text::slice(text, *span);
            let mut row = Map::new();
            row.insert("text", one_line(source));
            row.insert("line", line_of(text, span.start));
            row.insert("held", i64::from(condition.held));
            row.insert("failed", i64::from(condition.failed));
            row.insert(
                "values",
                Value::Array(lines(source, condition, &decided.input).into_iter().map(Value::Text).collect()),
            );
            conditions.push(Value::Map(row));
        }
        entry.insert("conditions", Value::Array(conditions));
        out.push(Value::Map(entry));
    }
    Value::Array(out)
}

/// The body of a rule and its `else` branches: where each begins, how often it held, and its furthest condition.
pub(super) fn branches(tree: &Rule, seen: &RuleSeen) -> Vec<(u32, u32, Option<Span>)> {
    if seen.branches.len() != tree.otherwise.len() + 1 {
        return vec![(tree.head.span.start, seen.fired, seen.furthest)];
    }
    let starts = std::iter::once(tree.head.span.start).chain(tree.otherwise.iter().map(|e| e.span.start));
    starts.zip(&seen.branches).map(|(at, (held, furthest))| (at, *held, *furthest)).collect()
}

/// The line of a byte, from 1.
pub(super) fn line_of(text: &str, at: u32) -> i64 {
    let before = text.as_bytes().get(..at as usize).unwrap_or(text.as_bytes());
    i64::try_from(before.iter().filter(|b| **b == b'\n').count()).unwrap_or(i64::MAX).saturating_add(1)
}

/// A decision as Markdown.
fn decision_markdown(bundle: &Bundle, decided: &Decided, explanation: &Explanation) -> String {
    let decision = &explanation.decision;
    let verdict = if decision.is_allowed() { "ALLOW" } else { "DENY" };
    let mut out = format!("## {verdict} — `{}`\n\n", decision.code);
    out.push_str(&format!("Input: {}\n\n", decided.from));
    if !decision.explain.is_empty() {
        out.push_str(&format!("{}\n\n", decision.explain));
    }
    if !explanation.hits.is_empty() {
        out.push_str("### Forbidden by\n\n");
        for hit in &explanation.hits {
            let reasons: Vec<String> = hit.reasons.iter().map(reason_text).collect();
            out.push_str(&rule_line(&hit.rule.name, hit.rule.place.as_deref(), hit.rule.title.as_deref()));
            reasons.iter().for_each(|reason| out.push_str(&format!("  - {reason}\n")));
            values(&hit.values, &mut out);
        }
        out.push('\n');
    }
    if decision.is_allowed() && !decision.rules.is_empty() {
        out.push_str("### Allowed by\n\n");
        decision.rules.iter().for_each(|rule| out.push_str(&rule_line(&rule.name, rule.place.as_deref(), None)));
        out.push('\n');
    }
    // What some `deny` refused, no `allow` could have permitted: only then are they the reason.
    let title = match decision.code {
        Code::NotPermitted => Some("### Not permitted by\n\n"),
        Code::Allowed => Some("### Did not hold\n\n"),
        _ => None,
    };
    if let Some(title) = title.filter(|_| !explanation.misses.is_empty()) {
        out.push_str(title);
        for miss in &explanation.misses {
            out.push_str(&rule_line(&miss.rule.name, miss.rule.place.as_deref(), miss.rule.title.as_deref()));
            // The gate skips rules that cannot hold; those who watch see what they stopped at.
            let seen = decided.rules.iter().find(|(_, seen)| seen.name == miss.rule.name);
            let stopped = seen.and_then(|((file, _), seen)| {
                let text = bundle.files.get(*file).map_or("", |f| &f.text);
                decided.stopped(text, *file, seen.stopped_at())
            });
            out.push_str(&format!("  - {}\n", stopped.unwrap_or_else(|| miss_text(miss))));
            if let (true, Some(missing)) = (seen.is_some_and(|(_, s)| s.stopped_at().is_some()), &miss.missing) {
                out.push_str(&format!("  - {missing}\n"));
            }
        }
        out.push('\n');
    }
    let missing = missing_caps(explanation);
    if !missing.is_empty() {
        out.push_str(&format!(
            "A root can grant what is missing:\n\n```sh\n{}\n```\n\n",
            grant_line(&decided.input, &missing)
        ));
    }
    out.push_str(&format!("Fuel: {}\n", decision.fuel));
    out
}

fn rule_line(name: &str, place: Option<&str>, title: Option<&str>) -> String {
    let place = place.map(|place| format!(" ({place})")).unwrap_or_default();
    let title = title.map(|title| format!(" — {title}")).unwrap_or_default();
    format!("- `{name}`{place}{title}\n")
}

fn values(values: &[(String, Value)], out: &mut String) {
    for (name, value) in values {
        out.push_str(&format!("  - `{name}` is `{}`\n", short(value, 200)));
    }
}

/// Capabilities that the explanation of a denial says are missing.
pub(super) fn missing_caps(explanation: &Explanation) -> Vec<String> {
    let told = explanation.misses.iter().filter_map(|miss| miss.missing.clone());
    let reasons = explanation.hits.iter().flat_map(|hit| hit.reasons.iter().map(reason_text));
    let mut out: Vec<String> = Vec::new();
    for text in told.chain(reasons) {
        let Some((_, rest)) = text.split_once("caps missing: ") else { continue };
        for cap in rest.split(", ") {
            let end = cap.find(|c: char| !(c.is_ascii_alphanumeric() || ":*_-./".contains(c))).unwrap_or(cap.len());
            let cap = cap.get(..end).unwrap_or_default().trim_end_matches(['.', ':']);
            if cap.contains(':') && !out.iter().any(|there| there == cap) {
                out.push(cap.to_owned());
            }
        }
    }
    out
}

/// The command that grants capabilities to the actor of an input.
pub(super) fn grant_line(input: &Value, caps: &[String]) -> String {
    let actor = input.get("actor").and_then(Value::as_text).unwrap_or("ACTOR");
    let quoted = |cap: &String| if cap.contains('*') { format!("'{cap}'") } else { cap.clone() };
    format!("gatos trust grant {actor} {}", caps.iter().map(quoted).collect::<Vec<_>>().join(" "))
}

/// Writes a test that expects of an input what the policy says about it now: the refusal.
pub(crate) fn test_from_denial(
    snapshot: &Snapshot,
    file: &Arc<File>,
    input_json: &str,
) -> Result<CommandResult, String> {
    let bundle = bundle(snapshot, file);
    let text: Arc<str> = Arc::from(input_json);
    let decided = decide(snapshot, &bundle, &text, "a denial")?;
    let explanation = match &decided.outcome {
        Some(Ok(explanation)) => explanation,
        Some(Err(why)) => return Err(why.clone()),
        None => return Err("no rule named `allow` or `deny` lies below package `gatos`".to_owned()),
    };
    if explanation.decision.is_allowed() {
        return Err("the policy as it is now allows this input, so there is no refusal to test".to_owned());
    }
    let at = bundle.index(file.id).ok_or("the file is not known")?;
    let parsed = bundle.parsed.get(at).ok_or("the file is not known")?;
    // The file that was asked about, when its package has a part in it; else the first that has.
    let own = parsed.package();
    let own = own.strip_suffix(&["_test".to_owned()][..]).map_or(own.clone(), <[String]>::to_vec);
    let package_of = |rule: &str| {
        rule.rsplit_once('#').map(|(path, _)| path).and_then(|p| p.rsplit_once('.')).map(|(p, _)| p.to_owned())
    };
    let own_text = gatos_compiler::rgs::path_text(&own);
    let hits: Vec<_> = explanation.hits.iter().filter_map(|hit| Some((package_of(&hit.rule.name)?, hit))).collect();
    let package = hits
        .iter()
        .map(|(package, _)| package.clone())
        .chain(explanation.misses.iter().filter_map(|miss| package_of(&miss.rule.name)))
        .fold(None::<String>, |best, next| match best {
            Some(best) if best == own_text => Some(best),
            None => Some(next),
            Some(_) if next == own_text => Some(next),
            best => best,
        })
        .unwrap_or(own_text);
    let last = package.rsplit('.').next().unwrap_or(&package).to_owned();
    let mut conditions = Vec::new();
    for (_, hit) in hits.iter().filter(|(of, _)| *of == package) {
        for reason in &hit.reasons {
            let line = format!("\t{} in {last}.deny with input as {{INPUT}}", pretty(reason, "\t"));
            if !conditions.contains(&line) {
                conditions.push(line);
            }
        }
    }
    if conditions.is_empty() {
        conditions.push(format!("\tnot {last}.allow with input as {{INPUT}}"));
    }
    let (path, there) = test_file(snapshot, &bundle, file, &package);
    let what = decided.input.get("intent").and_then(Value::as_text).unwrap_or("input");
    let what: String =
        what.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
    let taken = there.as_ref().map_or("", |file| &*file.text);
    let name = free_name(taken, &what);
    let input_name = format!("{}_input", name.trim_start_matches("test_"));
    let rows: Vec<String> = conditions.iter().map(|line| line.replace("{INPUT}", &input_name)).collect();
    let rule = format!(
        "# {}\n{name} if {{\n{}\n}}\n\n{input_name} := {}\n",
        one_line(&explanation.decision.explain),
        rows.join("\n"),
        pretty(&decided.input, "")
    );
    let mut edit = WorkspaceEdit::default();
    match &there {
        Some(there) => edit.edits.push((there.id, append(there, &package, &last, &rule))),
        None => {
            let text = format!("package {package}_test\n\nimport data.{package}\n\n{rule}");
            edit.create.push((path.clone(), text));
        }
    }
    let mut json = Map::new();
    json.insert("path", path.clone());
    json.insert("test", name.clone());
    let markdown = format!("Wrote `{name}` into `{path}`.");
    Ok(CommandResult { json: Value::Map(json).to_json_string(), markdown, edit: Some(edit), refresh: true })
}

/// The file for tests of a package: its path, and the file when it is there.
fn test_file(snapshot: &Snapshot, bundle: &Bundle, file: &Arc<File>, package: &str) -> (String, Option<Arc<File>>) {
    let path_of = |path: &str| match path.strip_suffix(".rgs") {
        Some(_) if path.ends_with("_test.rgs") => path.to_owned(),
        Some(stem) => format!("{stem}_test.rgs"),
        None => format!("{path}_test.rgs"),
    };
    let is_of =
        |at: usize| bundle.parsed.get(at).is_some_and(|p| gatos_compiler::rgs::path_text(&p.package()) == package);
    let own = bundle.index(file.id).filter(|at| is_of(*at) || file.path.ends_with("_test.rgs"));
    let home = own.or_else(|| (0..bundle.files.len()).find(|at| is_of(*at))).and_then(|at| bundle.files.get(at));
    let path = path_of(home.map_or(&file.path, |home| &home.path));
    let there = snapshot.at(&path).cloned();
    (path, there)
}

/// What adds a rule, and the import that it needs, to a file of tests.
fn append(there: &Arc<File>, package: &str, last: &str, rule: &str) -> Vec<crate::answer::TextEdit> {
    let parsed = super::analysis::parsed(there);
    let mut edits = Vec::new();
    let own = gatos_compiler::rgs::path_text(&parsed.package());
    let has_name = parsed
        .module
        .imports
        .iter()
        .any(|import| import.alias.as_ref().or(import.path.last()).is_some_and(|name| name.text == last));
    let rule = match has_name || own == package {
        // In the package itself its rules go by their names alone.
        true if own == package && !has_name => rule.replace(&format!("{last}."), ""),
        true => rule.to_owned(),
        false => {
            let (at, text) = super::actions::import_place(&there.text, &parsed.module, &format!("data.{package}"));
            edits.push(crate::answer::TextEdit { span: Span { start: at, end: at }, text });
            rule.to_owned()
        }
    };
    let end = there.text.len();
    let gap = match &*there.text {
        text if text.is_empty() || text.ends_with("\n\n") => "",
        text if text.ends_with('\n') => "\n",
        _ => "\n\n",
    };
    edits.push(crate::answer::TextEdit { span: Span::new(end, end), text: format!("{gap}{rule}") });
    edits
}

/// A test's name that the file does not have yet.
fn free_name(text: &str, what: &str) -> String {
    let what = what.trim_matches('_');
    let base = format!("test_{}_is_denied", if what.is_empty() { "input" } else { what });
    let is_taken =
        |name: &str| text.lines().any(|line| line.split(|c: char| !super::text::is_word(c)).next() == Some(name));
    if !is_taken(&base) {
        return base;
    }
    (2u32..).map(|n| format!("{base}_{n}")).find(|name| !is_taken(name)).unwrap_or(base)
}

/// What a rule's head says that it gives, as it is written.
pub(super) fn head_value(value: &HeadValue) -> Option<Span> {
    match value {
        HeadValue::True => None,
        HeadValue::Value(e) | HeadValue::Contains(e) => Some(e.span),
    }
}
