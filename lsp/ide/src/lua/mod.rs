//! EchoLua.

#![allow(unused_variables, reason = "treaty; goes away with the parts")]

use crate::answer::*;
use crate::host::{File, Snapshot};
use gatos_syntax::span::Span;
use std::sync::Arc;

/// What is remembered about one text.
#[derive(Default, Debug)]
pub(crate) struct Memo {}

impl Memo {
    /// Frees what is large.
    pub(crate) fn forget(&self) {}
}

pub(crate) fn diagnostics(snapshot: &Snapshot, file: &Arc<File>) -> Vec<Diagnostic> {
    Vec::new()
}

pub(crate) fn hover(snapshot: &Snapshot, file: &Arc<File>, at: u32) -> Option<Hover> {
    None
}

pub(crate) fn completions(snapshot: &Snapshot, file: &Arc<File>, at: u32, trigger: Option<char>) -> Completions {
    Completions::default()
}

pub(crate) fn resolve_completion(snapshot: &Snapshot, file: &Arc<File>, data: &str) -> Option<String> {
    None
}

pub(crate) fn signature_help(snapshot: &Snapshot, file: &Arc<File>, at: u32) -> Option<SignatureHelp> {
    None
}

pub(crate) fn goto(snapshot: &Snapshot, file: &Arc<File>, at: u32, way: Goto) -> Vec<Target> {
    Vec::new()
}

pub(crate) fn references(snapshot: &Snapshot, file: &Arc<File>, at: u32, with_declaration: bool) -> Vec<FileSpan> {
    Vec::new()
}

pub(crate) fn prepare_rename(snapshot: &Snapshot, file: &Arc<File>, at: u32) -> Result<Span, String> {
    Err(String::new())
}

pub(crate) fn rename(snapshot: &Snapshot, file: &Arc<File>, at: u32, name: &str) -> Result<WorkspaceEdit, String> {
    Err(String::new())
}

pub(crate) fn highlights(snapshot: &Snapshot, file: &Arc<File>, at: u32) -> Vec<(Span, Access)> {
    Vec::new()
}

pub(crate) fn symbols(snapshot: &Snapshot, file: &Arc<File>) -> Vec<Symbol> {
    Vec::new()
}

pub(crate) fn exported(snapshot: &Snapshot, file: &Arc<File>) -> Arc<[WorkspaceSymbol]> {
    Arc::from([])
}

pub(crate) fn tokens(snapshot: &Snapshot, file: &Arc<File>, range: Option<Span>) -> Vec<Token> {
    Vec::new()
}

pub(crate) fn foldings(snapshot: &Snapshot, file: &Arc<File>) -> Vec<Folding> {
    Vec::new()
}

pub(crate) fn selections(snapshot: &Snapshot, file: &Arc<File>, at: u32) -> Vec<Span> {
    Vec::new()
}

pub(crate) fn inlay_hints(snapshot: &Snapshot, file: &Arc<File>, range: Span) -> Vec<InlayHint> {
    Vec::new()
}

pub(crate) fn code_actions(snapshot: &Snapshot, file: &Arc<File>, range: Span) -> Vec<CodeAction> {
    Vec::new()
}

pub(crate) fn call_items(snapshot: &Snapshot, file: &Arc<File>, at: u32) -> Vec<CallItem> {
    Vec::new()
}

pub(crate) fn incoming_calls(snapshot: &Snapshot, file: &Arc<File>, data: &str) -> Vec<Call> {
    Vec::new()
}

pub(crate) fn outgoing_calls(snapshot: &Snapshot, file: &Arc<File>, data: &str) -> Vec<Call> {
    Vec::new()
}

pub(crate) fn links(snapshot: &Snapshot, file: &Arc<File>) -> Vec<Link> {
    Vec::new()
}

pub(crate) fn lenses(snapshot: &Snapshot, file: &Arc<File>) -> Vec<Lens> {
    Vec::new()
}
