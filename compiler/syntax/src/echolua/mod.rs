//! EchoLua: tokens, layout, grammar, tree.

pub mod ast;
mod build;
pub mod dump;
mod layout;
pub mod lexer;
mod mistakes;
mod parse;
mod strings;
pub mod token;

pub use build::{MAX_DEPTH, MAX_NEST};
pub use lexer::Comment;
pub use parse::{Parsed, decode, parse};

/// The bytes that a string literal stands for, escapes resolved; bad ones are left out.
pub fn string_value(literal: &str) -> Vec<u8> {
    strings::decode(literal, 0).0
}

#[allow(missing_docs, dead_code, unused_qualifications, clippy::all, clippy::pedantic, reason = "generated")]
mod grammar {
    include!(concat!(env!("OUT_DIR"), "/echolua/grammar.rs"));
}
