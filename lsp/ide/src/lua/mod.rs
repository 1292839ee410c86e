//! EchoLua. Each question has its file; [`analysis`] remembers what they share.

mod actions;
pub(crate) mod analysis;
mod calls;
mod complete;
mod diagnostics;
mod fold;
mod goto;
mod hover;
mod inlay;
mod links;
mod names;
mod near;
mod rename;
mod same;
mod samples;
mod scope;
mod signature;
mod symbols;
mod tokens;
pub(crate) mod types;

pub(crate) use actions::code_actions;
pub(crate) use analysis::{Memo, Shared, missing};
pub(crate) use calls::{incoming as incoming_calls, items as call_items, outgoing as outgoing_calls};
pub(crate) use complete::{completions, resolve as resolve_completion};
pub(crate) use diagnostics::diagnostics;
pub(crate) use fold::{foldings, selections};
pub(crate) use goto::{goto, highlights, references};
pub(crate) use hover::hover;
pub(crate) use inlay::hints as inlay_hints;
pub(crate) use links::{lenses, links};
pub(crate) use rename::{prepare as prepare_rename, rename};
pub(crate) use signature::help as signature_help;
pub(crate) use symbols::{exported, symbols};
pub(crate) use tokens::tokens;

/// Whether an analysis of a file is kept beside its text.
#[cfg(test)]
pub(crate) fn is_recent_kept(snapshot: &crate::host::Snapshot, file: &crate::host::File) -> bool {
    analysis::recent(snapshot, file).is_some()
}
