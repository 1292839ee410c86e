//! Policies in Rego v1: tokens, brackets, layout, grammar, tree.

pub mod ast;
mod brackets;
mod build;
pub mod dump;
mod express;
mod layout;
pub mod lexer;
mod metadata;
mod mistakes;
mod parse;
mod strings;
pub mod token;
mod yaml;

pub use brackets::MAX_NEST;
pub use build::MAX_DEPTH;
pub use parse::{Parsed, ParsedQuery, parse, parse_query, parse_term};

#[allow(missing_docs, dead_code, unused_qualifications, clippy::all, clippy::pedantic, reason = "generated")]
mod grammar {
    include!(concat!(env!("OUT_DIR"), "/rgs/grammar.rs"));
}
