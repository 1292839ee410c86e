//! The layout of policies: the file, rules, bodies. Lines mean something in this language, so a
//! line is only broken where the grammar goes on: inside of brackets and after operators.

mod expr;

use gatos_syntax::diagnostic::{Diagnostic, Severity};
use gatos_syntax::rgs::ast::{Body, Else, Head, HeadValue, Literal, LiteralKind, Module, Rule, With};
use gatos_syntax::rgs::lexer::lex;
use gatos_syntax::rgs::parse;
use gatos_syntax::rgs::token::Kind;

use crate::doc::Doc;
use crate::source::{Layout, List, Source, Word, list};
use crate::{FormatError, Style};

/// A tab a level, which counts for four columns.
const INDENT: &str = "\t";
const COLUMNS: usize = 4;

impl Word for Kind {
    fn closes(self) -> bool {
        self.closes_bracket() || matches!(self, Kind::Comma | Kind::Semi | Kind::Colon)
    }

    fn closes_bracket(self) -> bool {
        Kind::closes(self)
    }
}

/// Formats a text once; also gives whether a comment had to move.
pub(crate) fn format(text: &str, style: &Style) -> Result<(String, bool), FormatError> {
    let parsed = parse(text);
    let errors: Vec<Diagnostic> =
        parsed.diagnostics.iter().filter(|said| said.severity == Severity::Error).cloned().collect();
    if !errors.is_empty() {
        return Err(FormatError::Syntax(errors));
    }
    let lexed = lex(text);
    let tokens = lexed.tokens.iter().map(|token| (token.kind, token.span));
    let comments = parsed.module.comments.iter().map(|note| (note.span, false));
    let doc = Doc::new(style.width, INDENT, COLUMNS, text.len() + text.len() / 8);
    let mark = if text.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 };
    let mut rgs = Rgs { src: Source::new(text, mark, tokens, comments, doc) };
    rgs.module(&parsed.module, mark);
    let Source { doc, odd, dropped, .. } = rgs.src;
    let (out, crowded) = doc.finish();
    crate::check::rgs(text, &out, &dropped, &parsed.module)?;
    Ok((out, odd || crowded))
}

struct Rgs<'t> {
    src: Source<'t, Kind>,
}

impl<'t> Layout<'t, Kind> for Rgs<'t> {
    fn src(&mut self) -> &mut Source<'t, Kind> {
        &mut self.src
    }
}

/// Whether a body stands in braces.
fn is_braced(body: &Body) -> bool {
    body.literals.first().is_some_and(|first| first.span.start > body.span.start)
}

impl<'t> Rgs<'t> {
    // Words.

    fn word(&mut self) {
        self.src.word();
    }

    fn space(&mut self) {
        self.src.doc.text(" ");
    }

    fn word_space(&mut self) {
        self.word();
        self.space();
    }

    fn space_word(&mut self) {
        self.space();
        self.word();
    }

    /// Words that touch, up to a place.
    fn glued(&mut self, end: u32) {
        while self.src.peek().is_some() && self.src.place() < end as usize {
            self.word();
        }
    }

    // The file.

    fn module(&mut self, module: &Module, mark: usize) {
        let mark: &'t str = self.src.text.get(..mark).unwrap_or_default();
        if !mark.is_empty() {
            self.src.doc.text(mark);
        }
        let mut first = true;
        if let Some(package) = &module.package {
            self.item(&mut first);
            self.word_space();
            self.glued(package.span.end);
        }
        for import in &module.imports {
            self.item(&mut first);
            self.word_space();
            let alias = import.alias.as_ref().map(|alias| alias.span);
            while self.src.peek().is_some() && self.src.place() < import.span.end as usize && !self.src.is(Kind::As) {
                self.word();
            }
            if alias.is_some() {
                self.space_word();
                self.space_word();
            }
        }
        for rule in &module.rules {
            self.item(&mut first);
            self.rule(rule);
        }
        self.src.notes_at_end(first);
    }

    /// What stands between two items.
    fn item(&mut self, first: &mut bool) {
        if !std::mem::take(first) {
            let blank = self.src.blank_here();
            self.src.doc.hard(blank);
            self.src.doc.flush();
        }
        self.src.notes_before();
    }

    // Rules.

    fn rule(&mut self, rule: &Rule) {
        if rule.default {
            self.word_space();
        }
        self.head(&rule.head);
        let mut body = rule.body.as_ref();
        if let Some(body) = body {
            self.condition(body);
        }
        for branch in &rule.otherwise {
            self.branch(branch, body);
            body = branch.body.as_ref();
        }
    }

    fn head(&mut self, head: &Head) {
        self.word();
        self.steps(head.path.get(1..).unwrap_or_default());
        if let Some(params) = &head.params {
            list(self, params, List { comma: true, ..List::default() }, Self::expr);
        }
        match &head.value {
            HeadValue::True => {}
            HeadValue::Value(value) | HeadValue::Contains(value) => {
                self.space_word();
                self.space();
                self.expr(value);
            }
        }
    }

    /// ` if …`
    fn condition(&mut self, body: &Body) {
        self.space_word();
        self.space();
        if is_braced(body) {
            self.braces(body, body.literals.len() == 1);
        } else {
            for literal in &body.literals {
                self.literal(literal);
            }
        }
    }

    /// An `else`, on the line of the brace before it or on its own.
    fn branch(&mut self, branch: &Else, before: Option<&Body>) {
        let joined = before.is_some_and(is_braced) || !self.src.breaks_here();
        if !joined || self.src.has_notes() || self.src.doc.after_suffix() {
            self.src.doc.hard(false);
            self.src.notes_before();
        } else {
            self.space();
        }
        self.word();
        if let Some(value) = &branch.value {
            self.space_word();
            self.space();
            self.expr(value);
        }
        if let Some(body) = &branch.body {
            self.condition(body);
        }
    }

    // Bodies.

    /// A body in braces; `short`: it may stay on one line where the author has it so.
    fn braces(&mut self, body: &Body, short: bool) {
        let inline = short && self.src.one_line(body.span, 4000);
        self.src.doc.begin();
        self.word();
        if !inline {
            self.src.doc.force();
        }
        self.literals(&body.literals, true);
        self.word();
        self.src.doc.end(None);
    }

    /// The statements of a body up to the break before what closes it, in the group of the caller.
    fn literals(&mut self, literals: &[Literal], pad: bool) {
        self.src.doc.indent();
        let broken = self.src.breaks_here();
        if broken {
            self.src.doc.force();
        }
        self.src.doc.line(true, false);
        for (at, literal) in literals.iter().enumerate() {
            self.src.notes_before();
            self.literal(literal);
            if at + 1 == literals.len() {
                continue;
            }
            if self.src.is(Kind::Semi) {
                // At the beginning of a line a minus would go on with the statement before it.
                if self.src.peek_at(1) == Some(Kind::Minus) {
                    self.word();
                } else {
                    self.src.skip();
                    self.src.doc.if_flat(";");
                }
            }
            if self.src.breaks_here() {
                self.src.doc.force();
            }
            let blank = self.src.blank_here();
            self.src.doc.line(true, blank);
        }
        self.src.notes_at_end(false);
        self.src.doc.dedent();
        self.src.doc.line(pad, false);
    }

    fn literal(&mut self, literal: &Literal) {
        self.src.doc.begin();
        let tail = match &literal.kind {
            LiteralKind::Expr(expr) => self.expr(expr),
            LiteralKind::Not(expr) => {
                self.word_space();
                self.expr(expr)
            }
            LiteralKind::SomeNames(names) => {
                self.word_space();
                for _ in 1..names.len() {
                    self.word();
                    self.word_space();
                }
                self.word();
                None
            }
            LiteralKind::SomeIn { key, value, collection } => {
                self.word_space();
                if let Some(key) = key {
                    self.expr(key);
                    self.word_space();
                }
                self.expr(value);
                self.space_word();
                self.space();
                self.expr(collection)
            }
            LiteralKind::Every { key, collection, body, .. } => {
                self.word_space();
                if key.is_some() {
                    self.word();
                    self.word_space();
                }
                self.word();
                self.space_word();
                self.space();
                self.expr(collection);
                self.space();
                self.braces(body, true);
                None
            }
            LiteralKind::Error => {
                self.src.skip();
                None
            }
        };
        let braces = matches!(literal.kind, LiteralKind::Every { .. });
        if !literal.with.is_empty() {
            self.src.doc.indent();
            for with in &literal.with {
                self.with(with, braces);
            }
            self.src.doc.dedent();
        }
        self.src.doc.end(tail.filter(|_| literal.with.is_empty()));
    }

    fn with(&mut self, with: &With, braces: bool) {
        let broken = self.src.breaks_here();
        if braces && !broken && !self.src.has_notes() {
            self.space();
        } else {
            if broken {
                self.src.doc.force();
            }
            self.src.doc.line(true, false);
            self.src.notes_before();
        }
        self.word_space();
        self.expr(&with.target);
        self.space_word();
        self.space();
        self.expr(&with.value);
    }
}
