//! `gatos run` on a policy: its decision about an input, explained, or any document of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gatos_canon::Value;
use gatos_policy::gate::Explanation;
use gatos_syntax::rgs::ast::{BinaryOp, ExprKind, LiteralKind};
use gatos_vm::Limits;

use super::Context;
use crate::failure::{Exit, Failure, Result};
use crate::gate;
use crate::policy::asker::{Asker, parse_path};
use crate::policy::build::{self, Policy};
use crate::policy::metadata::Annotated;
use crate::policy::sources::{self, Found};
use crate::policy::words;

/// What is asked of which policy.
pub(super) struct Ask<'a> {
    /// The policy.
    pub file: &'a Path,
    /// The input document.
    pub input: Option<&'a Path>,
    /// Data merged at the top of `data`.
    pub data: &'a [PathBuf],
    /// A document instead of the decision.
    pub query: Option<&'a str>,
    /// Whether errors of library functions end it.
    pub strict: bool,
    /// What it may cost.
    pub limits: Limits,
    /// Fuel and the like on stderr.
    pub stats: bool,
}

pub(super) fn run(context: &Context, ask: &Ask<'_>) -> Result<()> {
    let from_stdin = ask.input.into_iter().chain(ask.data.iter().map(PathBuf::as_path)).chain([ask.file]);
    if from_stdin.filter(|path| *path == Path::new("-")).count() > 1 {
        return Err(
            Failure::usage("- stands for stdin, which can be read only once").help("name a file for the others")
        );
    }
    let input = match ask.input {
        Some(path) => {
            let name = if path == Path::new("-") { "stdin".to_owned() } else { path.display().to_string() };
            let bytes = crate::input::read_file(path)?;
            // All of it, though only what the policy reads is decoded later: half a file is no input.
            build::read_json(&bytes, &name)?;
            Some(bytes)
        }
        None => None,
    };
    let found = match build::is_rgc(ask.file) {
        true => Found::default(),
        false => sources::find(&[ask.file.to_path_buf()])?,
    };
    found.warn_ignored(&context.out);
    let data = build::data_of(&found, ask.data)?;
    match ask.query {
        Some(query) => document(context, ask, &found, &data, input.as_deref(), query),
        None => decision(context, ask, &found, &data, input.as_deref()),
    }
}

fn load(context: &Context, ask: &Ask<'_>, found: &Found, query: Option<&str>) -> Result<Policy> {
    match build::is_rgc(ask.file) {
        true => {
            let policy = build::load_rgc(ask.file)?;
            if policy.loaded.map.is_none() {
                let map = crate::toolchain::map_path(ask.file);
                context.out.say(format!(
                    "note: there is no map {} of this code: places and conditions are missing from what is told",
                    map.display()
                ));
            }
            Ok(policy)
        }
        false => build::compile(&found.sources, query, false, &context.out),
    }
}

/// One document, or the answers of a query, as canonical JSON.
fn document(
    context: &Context,
    ask: &Ask<'_>,
    found: &Found,
    data: &Value,
    input: Option<&[u8]>,
    query: &str,
) -> Result<()> {
    let path = parse_path(query);
    let whole = match &path {
        Ok(_) => None,
        Err(why) if build::is_rgc(ask.file) => {
            return Err(Failure::usage(why)
                .note("compiled code has no other queries than paths")
                .help("queries of any form need the source: `gatos run policy.rgs --query …`"));
        }
        // Any other query is compiled along; its answers are the values of its variables.
        Err(_) => Some(query),
    };
    // Of an expression alone its value is wanted, rather than that it has one.
    let valued = whole.and_then(as_value).filter(|query| build::judge(&found.sources, Some(query)).program.is_some());
    let policy = load(context, ask, found, valued.as_deref().or(whole))?;
    build::warn_shadowed(&policy, data, &context.out);
    let mut asker = Asker::new(&policy, data.to_json_string().as_bytes(), ask.limits, ask.strict)?;
    asker.begin(input)?;
    let answer = match &path {
        Ok(path) => asker.at(path)?,
        Err(_) => Some(asker.query()?).filter(|answers| answers != b"[]"),
    };
    let answer = answer.map(|json| if valued.is_some() { value_alone(&json).unwrap_or(json) } else { json });
    if ask.stats {
        let usage = asker.vm().usage();
        context.out.say(crate::output::Facts::new().int("fuel", usage.fuel).int("memory", usage.memory).into_json());
    }
    match answer {
        Some(json) => {
            context.out.bytes(&json)?;
            context.out.bytes(b"\n")
        }
        None => {
            let what =
                if path.is_ok() { format!("{query} is undefined") } else { "the query has no answers".to_owned() };
            let for_what = if input.is_some() { " for this input" } else { " without an input" };
            let failure = Failure::no(format!("{what}{for_what}"));
            let there = known(&policy, path.as_deref().unwrap_or_default());
            Err(if there.is_empty() { failure } else { failure.note(there) })
        }
    }
}

/// A query of one expression that binds nothing itself, as one that gives its value.
fn as_value(query: &str) -> Option<String> {
    let parsed = gatos_syntax::rgs::parse_query(query);
    let [literal] = parsed.body.literals.as_slice() else { return None };
    let LiteralKind::Expr(expr) = &literal.kind else { return None };
    if matches!(&expr.kind, ExprKind::Binary { op: BinaryOp::Assign | BinaryOp::Unify, .. })
        || !parsed.diagnostics.is_empty()
    {
        return None;
    }
    let (start, end) = (expr.span.start as usize, expr.span.end as usize);
    let (text, rest) = (query.get(start..end)?, query.get(end..)?);
    // A name of its own, whatever names the query has.
    let mut name = "value".to_owned();
    while query.contains(&name) {
        name.push('_');
    }
    Some(format!("{name} := ({text}){rest}"))
}

/// The value of an expression that has one and no variables.
fn value_alone(answers: &[u8]) -> Option<Vec<u8>> {
    let Ok(Value::Array(answers)) = Value::from_json_bytes(answers) else { return None };
    let [Value::Map(answer)] = answers.as_slice() else { return None };
    let mut entries = answer.iter();
    match (entries.next(), entries.next()) {
        (Some((_, value)), None) => Some(value.to_json_string().into_bytes()),
        _ => None,
    }
}

/// The documents of a policy whose path is not among them.
fn known(policy: &Policy, path: &[String]) -> String {
    let tables = policy.loaded.program.program().policy.as_ref();
    let documents = tables.map_or(&[][..], |tables| &tables.documents);
    if path.is_empty() || documents.iter().any(|d| path.starts_with(&d.path) || d.path.starts_with(path)) {
        return String::new();
    }
    const SHOWN: usize = 8;
    let mut names: Vec<String> = documents.iter().take(SHOWN).map(|d| format!("data.{}", d.path.join("."))).collect();
    if documents.len() > SHOWN {
        names.push(format!("and {} more", documents.len() - SHOWN));
    }
    format!("the policy has {}", names.join(", "))
}

/// The decision by the contract, explained.
fn decision(context: &Context, ask: &Ask<'_>, found: &Found, data: &Value, input: Option<&[u8]>) -> Result<()> {
    let policy = load(context, ask, found, None)?;
    build::warn_shadowed(&policy, data, &context.out);
    let tables = policy.loaded.program.program().policy.as_ref();
    let documents = tables.map_or(&[][..], |tables| &tables.documents);
    if !documents.iter().any(|document| gatos_policy::rules::role(&document.path).is_some()) {
        let first = documents.iter().find(|d| !matches!(d.kind, gatos_elc::program::DocumentKind::Function(_)));
        let failure = Failure::usage("this policy decides nothing: no package below gatos has allow or deny");
        return Err(match first {
            Some(document) => failure.help(format!("ask for a document: `--query data.{}`", document.path.join("."))),
            None => failure,
        }
        .help("the decision contract: `package gatos.…`, `allow if …`, `deny contains reason if …`"));
    }
    let Some(input) = input else {
        return Err(Failure::usage("a decision is about an input, and there is none")
            .help("give one with --input FILE, or - for stdin")
            .help("or ask for a document with --query data.…"));
    };
    let files = BTreeMap::from([("data/data.json".to_owned(), data.to_json_string().into_bytes())]);
    let bundle = policy.bundle(files)?;
    let places = words::places(bundle.program.program(), &bundle.map);
    let mut gate = gate::open_bundle(bundle, ask.limits)
        .map_err(|why| Failure::input(format!("the policy cannot run here: {why}")))?;
    let mut explained = gate.explain(input);
    words::place(&mut explained.decision, &places);
    if ask.stats {
        context.out.say(crate::output::Facts::new().int("fuel", explained.decision.fuel).into_json());
    }
    tell(context, &explained, &gate::annotated(&policy.sources))
}

/// A decision with its reasons, in words, and whether it allows.
///
/// # Errors
/// When the policy and its data are no bundle together.
pub(super) fn verdict(policy: &Policy, data: &Value, input: &[u8], limits: Limits) -> Result<(String, bool)> {
    let files = BTreeMap::from([("data/data.json".to_owned(), data.to_json_string().into_bytes())]);
    let bundle = policy.bundle(files)?;
    let places = words::places(bundle.program.program(), &bundle.map);
    let mut gate = gate::open_bundle(bundle, limits)
        .map_err(|why| Failure::input(format!("the policy cannot run here: {why}")))?;
    let mut explained = gate.explain(input);
    words::place(&mut explained.decision, &places);
    let word = if explained.decision.is_allowed() { "allowed" } else { "denied" };
    let mut lines = vec![words::told_explain(word, &explained.decision.explain)];
    lines.extend(words::reasons(&explained, &gate::annotated(&policy.sources)));
    Ok((lines.join("\n  "), explained.decision.is_allowed()))
}

/// Prints a decision with its reasons; ends with 1 when it is a denial.
pub(super) fn tell(context: &Context, explained: &Explanation, sources: &[Annotated]) -> Result<()> {
    let decision = &explained.decision;
    if context.out.json {
        context.out.line(explained.view().to_json_string())?;
    } else {
        let word = if decision.is_allowed() { "allowed" } else { "denied" };
        let mut lines = vec![words::told_explain(word, &decision.explain)];
        lines.extend(words::reasons(explained, sources).into_iter().map(|line| format!("  {line}")));
        context.out.words(lines.join("\n"))?;
    }
    if decision.is_allowed() { Ok(()) } else { Err(Failure::said(Exit::No)) }
}
