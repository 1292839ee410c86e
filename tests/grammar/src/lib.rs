//! What the editors' grammars say of a text, beside what the compiler says: whether it is refused,
//! and which pieces it is made of. Tests only.
#![deny(unsafe_code)]

mod bindings;
pub mod corpus;
mod echolua;
mod rgs;
pub mod texts;

use gatos_syntax::diagnostic::{Diagnostic, Severity};
use std::collections::BTreeSet;
use tree_sitter::{Node, Parser, Tree};

/// The two languages.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Language {
    /// Folds.
    EchoLua,
    /// Policies.
    Rgs,
}

/// A piece of a program: what it is, and its bytes.
pub type Piece = (&'static str, usize, usize);

impl Language {
    /// Both.
    pub const ALL: [Language; 2] = [Language::EchoLua, Language::Rgs];

    /// Its name in the folders of `editors/`.
    pub fn name(self) -> &'static str {
        match self {
            Language::EchoLua => "echolua",
            Language::Rgs => "rgs",
        }
    }

    /// The grammar.
    pub fn grammar(self) -> tree_sitter::Language {
        match self {
            Language::EchoLua => bindings::ECHOLUA.into(),
            Language::Rgs => bindings::RGS.into(),
        }
    }

    /// The tree that editors see.
    ///
    /// # Panics
    /// When the library cannot use the grammar at all.
    pub fn tree(self, text: &str) -> Tree {
        let mut parser = Parser::new();
        parser.set_language(&self.grammar()).expect("the library reads this grammar");
        parser.parse(text, None).expect("nothing stops the parser")
    }

    /// Codes of the compiler's messages that say: this does not parse.
    pub fn refusals(self, text: &str) -> BTreeSet<&'static str> {
        let found: Vec<Diagnostic> = match self {
            Language::EchoLua => gatos_syntax::echolua::parse(text).diagnostics,
            Language::Rgs => gatos_syntax::rgs::parse(text).diagnostics,
        };
        let errors = found.into_iter().filter(|said| said.severity == Severity::Error);
        errors.map(|said| said.code).filter(|code| code.starts_with("E00") || code.starts_with("E10")).collect()
    }

    /// Functions, rules, statements and expressions, as the compiler has them.
    pub fn pieces(self, text: &str) -> BTreeSet<Piece> {
        match self {
            Language::EchoLua => echolua::pieces(&gatos_syntax::echolua::parse(text).ast),
            Language::Rgs => rgs::pieces(&gatos_syntax::rgs::parse(text).module),
        }
    }

    /// The same of the editors' tree.
    pub fn nodes(self, tree: &Tree) -> BTreeSet<Piece> {
        let mut found = BTreeSet::new();
        walk(tree, |node| {
            let name = match self {
                Language::EchoLua => echolua::name(node),
                Language::Rgs => rgs::name(node),
            };
            if let Some((name, start)) = name {
                found.insert((name, start, node.end_byte()));
            }
        });
        found
    }
}

/// Visits every node with a name.
fn walk(tree: &Tree, mut visit: impl FnMut(Node<'_>)) {
    let mut cursor = tree.walk();
    loop {
        if cursor.node().is_named() {
            visit(cursor.node());
        }
        if cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
        }
    }
}

/// Where the first broken place is: line and column, from 1, and what is there.
pub fn broken(tree: &Tree) -> Option<String> {
    let mut first = None;
    if tree.root_node().has_error() {
        walk(tree, |node| {
            if (node.is_error() || node.is_missing()) && first.is_none() {
                let at = node.start_position();
                first = Some(format!("{}:{}: {}", at.row + 1, at.column + 1, node.to_sexp()));
            }
        });
        // A sign that is missing has no name.
        first.get_or_insert_with(|| "a sign is missing".to_owned());
    }
    first
}
