//! The language server over stdio, as an editor meets it: every method in both languages, and what goes wrong.

mod common;

#[path = "lsp/client.rs"]
mod client;
#[path = "lsp/echolua.rs"]
mod echolua;
#[path = "lsp/policies.rs"]
mod policies;
#[path = "lsp/protocol.rs"]
mod protocol;
#[path = "lsp/repository.rs"]
mod repository;
#[path = "lsp/workspace.rs"]
mod workspace;
