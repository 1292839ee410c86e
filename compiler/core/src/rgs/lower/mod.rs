//! Analysed policies to ops: one function for each document, and the rule table beside them.
//!
//! Each document's function computes its value: it runs through the rules, each of which is a
//! search for solutions of its body, and puts together what they give. [`fx`] keeps registers and
//! loops, [`expr`] and [`call`] evaluate, [`unify`] matches patterns, [`literal`] writes bodies,
//! [`document`] puts values together.

mod call;
mod document;
mod expr;
mod fx;
mod index;
mod literal;
mod scan;
mod share;
mod unify;
mod with;

use crate::ir::link::{Function, Parts, Variables};
use crate::pipeline::FileDiagnostic;
use crate::rgs::hir::{Bundle, DocumentId, DocumentKind, EnvId, FnValue, Replaced, Rule, Target, WithValue};
use gatos_elc::ops::{N, Op, Reg};
use gatos_elc::program::{self, Index, Policy};
use gatos_syntax::diagnostic::Diagnostic;
use gatos_syntax::span::Span;
use std::collections::BTreeSet;

/// Everything that is lowered together.
pub(crate) struct Lowered {
    /// Functions and pools.
    pub(crate) parts: Parts,
    /// The policy's tables; functions in them are numbered as [`Parts::roots`] will be.
    pub(crate) policy: Policy,
    /// What could not be lowered.
    pub(crate) diagnostics: Vec<FileDiagnostic>,
}

/// What all functions of a bundle share.
pub(super) struct Cx<'b> {
    bundle: &'b Bundle,
    optimise: bool,
    parts: Parts,
    /// The memo slot of each document.
    memos: Vec<Option<u32>>,
    /// The number of each document's first rule.
    first_rule: Vec<u32>,
    /// The functions that each slot is set to.
    fn_values: Vec<Vec<FnValue>>,
    /// Paths of `input` that are read.
    reads: BTreeSet<Vec<String>>,
    indexes: Vec<Index>,
    diags: Vec<FileDiagnostic>,
}

impl Cx<'_> {
    fn proto(&self, d: DocumentId) -> u32 {
        d.0 + 1
    }

    fn envs(&self) -> u32 {
        2 + self.bundle.replaced.len() as u32
    }

    /// The slots that replace functions.
    fn function_slots(&self) -> Vec<EnvId> {
        let is_function = |r: &Replaced| match r {
            Replaced::Document(d) => {
                matches!(self.bundle.documents[d.0 as usize].kind, DocumentKind::Function(_))
            }
            Replaced::Builtin(_) => true,
        };
        let slots = self.bundle.replaced.iter().zip(2u32..);
        slots.filter(|(r, _)| is_function(r)).map(|(_, slot)| EnvId(slot)).collect()
    }

    /// The number of a function among those that a slot is set to.
    fn fn_value(&mut self, slot: EnvId, f: &FnValue) -> u32 {
        let values = &mut self.fn_values[slot.0 as usize];
        match values.iter().position(|v| v == f) {
            Some(i) => i as u32,
            None => {
                values.push(f.clone());
                values.len() as u32 - 1
            }
        }
    }
}

/// Lowers a bundle without errors.
pub(crate) fn lower(bundle: &Bundle, optimise: bool) -> Lowered {
    let mut memos = 0;
    let mut slots = Vec::new();
    let mut first_rule = Vec::new();
    let mut policy = Policy::default();
    for (document, d) in bundle.documents.iter().zip(0u32..) {
        first_rule.push(policy.rules.len() as u32);
        let names = document.rules.iter().filter(|r| !is_default(r)).map(|r| r.name.clone());
        policy.rules.extend(names.map(|name| program::Rule { name, document: d }));
        slots.push(match document.kind {
            DocumentKind::Function(_) => None,
            _ => {
                memos += 1;
                Some(memos - 1)
            }
        });
        policy.documents.push(program::Document {
            path: document.path.clone(),
            kind: match document.kind {
                DocumentKind::Complete => program::DocumentKind::Complete,
                DocumentKind::Set => program::DocumentKind::Set,
                DocumentKind::Object => program::DocumentKind::Object,
                DocumentKind::Function(n) => program::DocumentKind::Function(n),
            },
            proto: d + 1,
            memo: slots[d as usize],
            reads_input: document.reads_input,
        });
    }
    let mut cx = Cx {
        bundle,
        optimise,
        parts: Parts::default(),
        memos: slots,
        first_rule,
        fn_values: vec![Vec::new(); 2 + bundle.replaced.len()],
        reads: BTreeSet::new(),
        indexes: Vec::new(),
        diags: Vec::new(),
    };
    cx.number_functions();
    cx.parts.functions.push(main_chunk());
    for d in 0..bundle.documents.len() as u32 {
        let function = document::document(&mut cx, DocumentId(d));
        cx.parts.functions.push(function);
    }
    if let Some(query) = &bundle.query {
        policy.query = Some(cx.parts.functions.len() as u32);
        let function = document::query(&mut cx, query);
        cx.parts.functions.push(function);
    }
    cx.parts.roots = (1..cx.parts.functions.len() as u32).collect();
    policy.memos = memos;
    policy.envs = cx.envs();
    policy.indexes = cx.indexes;
    // In this order, what begins with a path comes after it.
    for path in cx.reads {
        if !policy.input_reads.last().is_some_and(|p| path.starts_with(p)) {
            policy.input_reads.push(path);
        }
    }
    Lowered { parts: cx.parts, policy, diagnostics: cx.diags }
}

impl Cx<'_> {
    /// Numbers the functions that `with` puts into slots before any code asks for them: calls
    /// choose among all of them.
    fn number_functions(&mut self) {
        let bundle = self.bundle;
        for rule in rules(bundle) {
            scan::visit_literals(rule, &mut |l| {
                for w in &l.with {
                    if let (Target::Function(slot), WithValue::Function(f)) = (&w.target, &w.value) {
                        self.fn_value(*slot, f);
                    }
                }
            });
        }
    }

    fn too_large(&mut self, file: u32, span: Span) {
        let diagnostic = Diagnostic::error("E1128", span, "this rule needs more than 250 values at a time")
            .label("its variables and the values in flight do not fit any more")
            .help("split the rule: give parts of it to rules of their own");
        self.diags.push(FileDiagnostic { file, diagnostic });
    }
}

/// Whether a rule inside an object holds only where no other does.
pub(crate) fn is_default(rule: &Rule) -> bool {
    rule.name.ends_with("#default")
}

/// Every rule of a bundle.
fn rules(bundle: &Bundle) -> impl Iterator<Item = &Rule> {
    let of_documents = bundle.documents.iter().flat_map(|d| d.default.iter().chain(&d.rules));
    of_documents.chain(&bundle.query)
}

/// Function 0, which a policy never runs.
fn main_chunk() -> Function {
    let mut code = crate::ir::build::Builder::default();
    code.emit(Op::Return { first: Reg(0), n: N::Fixed(0) }, Span::default());
    let code = code.finish(Span::default());
    Function {
        params: 0,
        vararg: true,
        regs: 1,
        cells: 0,
        captures: Vec::new(),
        code: code.ops,
        spans: code.spans,
        files: code.files,
        literals: Vec::new(),
        variables: Variables::default(),
        file: 0,
        name: String::new(),
        span: Span::default(),
        is_chunk: true,
    }
}
