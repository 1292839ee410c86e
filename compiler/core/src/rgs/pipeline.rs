//! From `.rgs` texts to a verified policy, in order: parse, analyse, lower, link, verify. The same
//! texts give the same bytes, whatever order they come in; comments, formatting and names of
//! variables do not reach them.

use super::hir::Bundle;
use super::lower::{self, Lowered};
use super::{AnalyseOptions, Analysis, RuleNote, analyse};
use crate::ir::link::{Lines, LiteralLines, link};
use crate::pipeline::{FileDiagnostic, Source, SourceFile};
use crate::text::LineIndex;
use gatos_canon::Sha256;
use gatos_canon::json::write_string;
use gatos_elc::map::{FunctionMap, Literal, Place, RuleMap};
use gatos_elc::program::ProgramKind;
use gatos_elc::verify::Reason;
use gatos_elc::{Program, SourceMap, Verified, VerifyError, verify};
use gatos_syntax::diagnostic::{Diagnostic, Severity};
use gatos_syntax::rgs::ast::MetaValue;
use gatos_syntax::rgs::{parse, parse_query};
use gatos_syntax::span::Span;

/// The name that messages give a query.
const QUERY: &str = "<query>";

/// How to compile a bundle.
#[derive(Clone, Debug)]
pub struct PolicyOptions {
    /// What the analysis asks.
    pub analyse: AnalyseOptions,
    /// Whether rules are indexed and places read once; the answers are the same either way.
    pub optimise: bool,
}

impl Default for PolicyOptions {
    fn default() -> PolicyOptions {
        PolicyOptions { analyse: AnalyseOptions::default(), optimise: true }
    }
}

/// A policy that may decide.
#[derive(Clone, Debug)]
pub struct CompiledPolicy {
    /// The checked program.
    pub program: Verified<Program>,
    /// Its RGC bytes.
    pub bytes: Vec<u8>,
    /// SHA-256 of the bytes.
    pub policy_code_root: Sha256,
    /// Names and places, for messages and explanations.
    pub map: SourceMap,
}

/// What compiling gives: a policy unless there was an error, and every message.
#[derive(Clone, Debug)]
pub struct CompiledBundle {
    /// The policy.
    pub program: Option<CompiledPolicy>,
    /// Messages, in order of file and place.
    pub diagnostics: Vec<FileDiagnostic>,
    /// The files, sorted by name; after them the query, when there is one.
    pub files: Vec<SourceFile>,
    /// What METADATA says, by rule.
    pub notes: Vec<RuleNote>,
}

impl CompiledBundle {
    /// Whether anything refuses the policy.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|d| d.diagnostic.severity == Severity::Error)
    }
}

/// Compiles modules, and a query when one is given.
pub fn compile(sources: &[Source<'_>], query: Option<&str>, options: &PolicyOptions) -> CompiledBundle {
    run(sources, query, options, true)
}

/// Judges modules without making a policy.
pub fn check(sources: &[Source<'_>], query: Option<&str>, options: &PolicyOptions) -> CompiledBundle {
    run(sources, query, options, false)
}

fn run(sources: &[Source<'_>], query: Option<&str>, options: &PolicyOptions, emit: bool) -> CompiledBundle {
    let mut sorted: Vec<&Source<'_>> = sources.iter().collect();
    sorted.sort_by_key(|s| (s.name, s.text));
    let mut files: Vec<SourceFile> =
        sorted.iter().map(|s| SourceFile { name: s.name.to_string(), text: s.text.to_string() }).collect();
    let mut diagnostics = Vec::new();
    let mut report = |file: usize, all: Vec<Diagnostic>| {
        diagnostics.extend(all.into_iter().map(|diagnostic| FileDiagnostic { file: file as u32, diagnostic }));
    };
    let mut modules = Vec::with_capacity(sorted.len());
    for (i, source) in sorted.iter().enumerate() {
        let parsed = parse(source.text);
        report(i, parsed.diagnostics);
        modules.push((source.name, parsed.module));
    }
    let body = query.map(|text| {
        let parsed = parse_query(text);
        report(files.len(), parsed.diagnostics);
        files.push(SourceFile { name: QUERY.to_string(), text: text.to_string() });
        parsed.body
    });
    let broken = has_errors(&diagnostics);
    let trees: Vec<_> = modules.iter().map(|(name, module)| (*name, module)).collect();
    let analysis = analyse(&trees, body.as_ref(), &options.analyse);
    diagnostics.extend(analysis.diagnostics);
    let mut program = None;
    if emit && !broken && !has_errors(&diagnostics) {
        let lowered = lower::lower(&analysis.bundle, options.optimise);
        match finish(lowered, &files, rules(&analysis.bundle, &analysis.notes)) {
            Ok(policy) => program = Some(policy),
            Err(more) => diagnostics.extend(more),
        }
    }
    diagnostics.sort_by(|a, b| {
        (a.file, a.diagnostic.span, a.diagnostic.code).cmp(&(b.file, b.diagnostic.span, b.diagnostic.code))
    });
    diagnostics.dedup();
    CompiledBundle { program, diagnostics, files, notes: analysis.notes }
}

/// Lowers what was analysed without an error; `files` are the modules' texts in the same order.
///
/// # Errors
/// What was too large to be lowered.
pub fn finish_analysed(
    analysis: &Analysis,
    files: &[SourceFile],
    optimise: bool,
) -> Result<CompiledPolicy, Vec<FileDiagnostic>> {
    let lowered = lower::lower(&analysis.bundle, optimise);
    finish(lowered, files, rules(&analysis.bundle, &analysis.notes))
}

fn has_errors(diagnostics: &[FileDiagnostic]) -> bool {
    diagnostics.iter().any(|d| d.diagnostic.severity == Severity::Error)
}

fn finish(
    lowered: Lowered,
    files: &[SourceFile],
    rules: Vec<About<'_>>,
) -> Result<CompiledPolicy, Vec<FileDiagnostic>> {
    if !lowered.diagnostics.is_empty() {
        return Err(lowered.diagnostics);
    }
    let (mut program, lines) = link(lowered.parts, ProgramKind::Policy);
    program.policy = Some(lowered.policy);
    let program = verify(program).map_err(|e| {
        if let Some(too_large) = too_large(&e, lines.as_slice(), rules.len()) {
            return vec![too_large];
        }
        let diagnostic = Diagnostic::error("E1129", Span::default(), format!("the compiled policy was refused: {e}"))
            .label("the policy is larger than RGC allows, or the compiler is wrong")
            .help("split the policy; when it is small, please report this with the source");
        vec![FileDiagnostic { file: 0, diagnostic }]
    })?;
    let bytes = program.to_bytes();
    let root = program.fold_root();
    let map = map(root, &lines, files, &rules);
    Ok(CompiledPolicy { bytes, policy_code_root: root, map, program })
}

/// The limits that a policy can meet by being large, in its own words.
fn too_large(e: &VerifyError, lines: &[Lines], rules: usize) -> Option<FileDiagnostic> {
    let proto = e.proto.and_then(|p| lines.get(p as usize));
    let (file, span) = proto.map_or((0, Span::default()), |l| (l.file, l.span));
    let diagnostic = match e.reason {
        Reason::PolicyCount { what: "memo slots", value, most, .. } => {
            Diagnostic::error("E1129", span, format!("the policy has {value} names of rules, and at most {most} fit"))
                .label("more rules than a policy can have")
                .help("what differs only in its values is data: put it beside the policy, and read it with one rule")
        }
        Reason::TooManyBlocks { limit } => {
            let name = proto.map_or("a rule", |l| l.name.as_str());
            Diagnostic::error("E1129", span, format!("the rules of `{name}` are too many: {rules} in the whole policy"))
                .label(format!("they make more than {limit} steps of code together; about 10000 rules of one name fit"))
                .help("what differs only in its values is data: put it beside the policy, and read it with one rule")
        }
        _ => return None,
    };
    Some(FileDiagnostic { file, diagnostic })
}

fn map(root: Sha256, lines: &[Lines], files: &[SourceFile], rules: &[About<'_>]) -> SourceMap {
    let indexes: Vec<LineIndex<'_>> = files.iter().map(|f| LineIndex::new(&f.text)).collect();
    let place = |file: u32, span: Span| match indexes.get(file as usize) {
        Some(index) => {
            let (line, col) = index.line_col(span.start);
            Place { file, line, col }
        }
        None => Place::default(),
    };
    let functions = lines
        .iter()
        .map(|f| {
            let mut map = FunctionMap::new(f.name.clone(), place(f.file, f.span));
            for (i, span) in f.spans.iter().enumerate() {
                let file = f.files.get(i).copied().unwrap_or(f.file);
                map.push(place(file, *span));
            }
            map.literals = f.literals.iter().map(|l| literal(l, &place)).collect();
            map
        })
        .collect();
    let rules = rules
        .iter()
        .map(|(file, span, note)| RuleMap {
            at: place(*file, *span),
            title: note.and_then(|n| n.title.clone()),
            description: note.and_then(|n| n.description.clone()),
            custom: note.filter(|n| !n.custom.is_empty()).map(|n| {
                let mut out = String::new();
                write_map(&n.custom, &mut out);
                out
            }),
        })
        .collect();
    SourceMap { fold_root: root, files: files.iter().map(|f| f.name.clone()).collect(), functions, rules }
}

fn literal(l: &LiteralLines, place: &dyn Fn(u32, Span) -> Place) -> Literal {
    let end = place(l.file, Span { start: l.span.end, end: l.span.end });
    Literal {
        first_op: l.first_op,
        end_op: l.end_op,
        start: place(l.file, l.span),
        end: (end.line, end.col),
        vars: l.vars.clone(),
    }
}

/// A rule of the rule table: its file, its head's place, and what METADATA says.
type About<'a> = (u32, Span, Option<&'a RuleNote>);

fn rules<'a>(bundle: &'a Bundle, notes: &'a [RuleNote]) -> Vec<About<'a>> {
    let all = bundle.documents.iter().flat_map(|d| &d.rules).filter(|r| !lower::is_default(r));
    all.map(|r| (r.file, r.head_span, notes.iter().find(|n| n.rule == r.name))).collect()
}

/// METADATA as JSON; numbers stay as they were written.
fn write_meta(value: &MetaValue, out: &mut String) {
    match value {
        MetaValue::Null => out.push_str("null"),
        MetaValue::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        MetaValue::Number(n) => out.push_str(n),
        MetaValue::Text(t) => out.push_str(&quoted(t)),
        MetaValue::List(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_meta(item, out);
            }
            out.push(']');
        }
        MetaValue::Map(entries) => write_map(entries, out),
    }
}

fn write_map(entries: &[(String, MetaValue)], out: &mut String) {
    let mut sorted: Vec<&(String, MetaValue)> = entries.iter().collect();
    sorted.sort_by(|a, b| a.0.encode_utf16().cmp(b.0.encode_utf16()));
    out.push('{');
    for (i, (key, value)) in sorted.into_iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        out.push_str(&quoted(key));
        out.push(':');
        write_meta(value, out);
    }
    out.push('}');
}

fn quoted(text: &str) -> String {
    let mut out = Vec::new();
    write_string(text, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}
