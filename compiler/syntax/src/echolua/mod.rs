//! EchoLua: tokens, grammar, tree.

pub mod ast;
