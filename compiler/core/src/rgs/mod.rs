//! Policies: syntax trees of `.rgs` modules to a verified program with its rule table.
//!
//! `analyse` joins the modules into a tree of documents, gives every name its meaning, puts
//! statements into a safe order and takes the sugar away; `lower` turns the rest into ops.

mod body;
mod call;
mod checks;
mod context;
mod expr;
mod graph;
pub mod hir;
mod left_out;
pub(crate) mod lower;
mod meta;
mod names;
pub mod pipeline;
mod rule;
mod safety;
mod scope;
mod tree;
pub mod visit;
mod with;

use crate::pipeline::FileDiagnostic;
use context::{Context, Log};
use gatos_syntax::diagnostic::Severity;
use gatos_syntax::rgs::ast;
use gatos_syntax::span::Span;
use hir::{Bundle, Document};
use rule::Which;

pub use pipeline::{CompiledBundle, CompiledPolicy, PolicyOptions, check, compile};
pub use tree::path_text;

/// How to analyse.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct AnalyseOptions {
    /// Whether warnings are left out.
    pub quiet: bool,
}

/// What METADATA says about a rule, for explanations.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RuleNote {
    /// The rule's name: `gatos.exec.deny#2`.
    pub rule: String,
    /// Its title, or that of its document.
    pub title: Option<String>,
    /// Its description.
    pub description: Option<String>,
    /// What stands under `custom`.
    pub custom: Vec<(String, ast::MetaValue)>,
}

/// A place where a variable stands, for tools that show and rename names.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct VarUse {
    /// The file.
    pub file: u32,
    /// Its name there.
    pub span: Span,
    /// The rule whose variable it is, by its index in [`Names::rules`].
    pub rule: u32,
    /// The variable.
    pub var: hir::VarId,
    /// Whether it gets its value here, or is declared.
    pub declares: bool,
}

/// Which rule of which document was resolved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RuleAt {
    /// The document.
    pub document: hir::DocumentId,
    /// The index among its rules; none for the default of the document.
    pub rule: Option<u32>,
}

/// What the names of variables mean. Other names follow from the tree of documents: a name that is no
/// variable's is that of an import, else of a rule of the package, else `input` or `data`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Names {
    /// Sorted by file and place. One place can stand for several variables: branches have their own.
    pub uses: Vec<VarUse>,
    /// The rules that were resolved.
    pub rules: Vec<Option<RuleAt>>,
}

/// A second place of a message that lies in another file than the message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Elsewhere {
    /// The message: its file, place and code.
    pub of: (u32, Span, &'static str),
    /// The file of the second place.
    pub file: u32,
    /// The second place.
    pub span: Span,
    /// What is there.
    pub text: String,
}

/// What analysis gives. The bundle is to be used only when no message is an error.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Analysis {
    /// The resolved policy.
    pub bundle: Bundle,
    /// Messages, in order of file and place; a query's file comes after all modules.
    pub diagnostics: Vec<FileDiagnostic>,
    /// What METADATA says, by rule, in order of document and rule.
    pub notes: Vec<RuleNote>,
    /// Second places of messages in other files.
    pub elsewhere: Vec<Elsewhere>,
    /// What names mean; only from [`analyse_named`].
    pub names: Names,
}

impl Analysis {
    /// Whether anything refuses the policy.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|d| d.diagnostic.severity == Severity::Error)
    }
}

/// Analyses modules together, and a query over them.
///
/// The query knows `input`, `data` and its own variables; those it names are the keys of its answers.
pub fn analyse(modules: &[(&str, &ast::Module)], query: Option<&ast::Body>, options: &AnalyseOptions) -> Analysis {
    run(modules, query, options, false)
}

/// As [`analyse`], and tells what the names of variables mean.
pub fn analyse_named(modules: &[(&str, &ast::Module)], options: &AnalyseOptions) -> Analysis {
    run(modules, None, options, true)
}

fn run(modules: &[(&str, &ast::Module)], query: Option<&ast::Body>, options: &AnalyseOptions, named: bool) -> Analysis {
    let mut log = Log { files: modules.iter().map(|(name, _)| (*name).to_string()).collect(), ..Log::default() };
    if query.is_some() {
        log.files.push("query".to_string());
    }
    let tree = tree::build(modules, &mut log);
    let mut cx = Context {
        modules: modules.iter().map(|(_, m)| *m).collect(),
        imports: Vec::new(),
        tree,
        replaced: Vec::new(),
        slots: std::collections::BTreeMap::new(),
        replacements: 0,
        names: named.then(Names::default),
        log,
    };
    for (file, (_, module)) in modules.iter().enumerate() {
        let imports = context::imports(file as u32, module, &cx.tree, &mut cx.log);
        cx.imports.push(imports);
    }
    let mut bundle = Bundle { packages: cx.tree.packages.clone(), files: cx.log.files.clone(), ..Bundle::default() };
    let mut notes = Vec::new();
    let docs = cx.tree.docs.clone();
    for (document, doc) in docs.iter().enumerate() {
        let mut out = Document {
            path: doc.path.clone(),
            kind: doc.kind,
            default: None,
            rules: Vec::new(),
            uses: Vec::new(),
            reads_input: false,
            replaced_by: None,
        };
        for (i, found) in doc.rules.iter().enumerate() {
            cx.begin_rule();
            if let Some(rule) = rule::lower(&mut cx, doc, Which::Rule(i)) {
                notes.extend(meta::note(&cx.modules, found.file, found.index, &rule.name));
                cx.end_rule(document, Some(out.rules.len()));
                out.rules.push(rule);
            }
        }
        for (i, found) in doc.defaults.iter().enumerate() {
            cx.begin_rule();
            let Some(rule) = rule::lower(&mut cx, doc, Which::Default(i)) else { continue };
            notes.extend(meta::note(&cx.modules, found.file, found.index, &rule.name));
            // A default inside an object is a rule that holds where its siblings do not.
            cx.end_rule(document, (!rule.keys.is_empty()).then_some(out.rules.len()));
            if rule.keys.is_empty() { out.default = Some(rule) } else { out.rules.push(rule) }
        }
        bundle.documents.push(out);
    }
    if let Some(query) = query {
        bundle.query = rule::query(&mut cx, modules.len() as u32, query);
    }
    graph::finish(&mut cx, &mut bundle);
    checks::bundle(&mut cx, &bundle);
    let mut names = cx.names.take().unwrap_or_default();
    names.uses.sort();
    names.uses.dedup();
    let elsewhere = std::mem::take(&mut cx.log.elsewhere);
    let mut diagnostics = cx.log.diagnostics;
    diagnostics.sort_by_key(|d| (d.file, d.diagnostic.span, d.diagnostic.code));
    diagnostics.dedup();
    if options.quiet {
        diagnostics.retain(|d| d.diagnostic.severity == Severity::Error);
    }
    Analysis { bundle, diagnostics, notes, elsewhere, names }
}
