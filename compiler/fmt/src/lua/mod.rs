//! The layout of EchoLua: statements and blocks.

mod expr;

use gatos_syntax::diagnostic::{Diagnostic, Severity};
use gatos_syntax::echolua::ast::{AttribName, Block, Expr, ExprKind, Function, Stmt, StmtKind};
use gatos_syntax::echolua::lexer::lex;
use gatos_syntax::echolua::token::Kind;
use gatos_syntax::echolua::{Parsed, parse};
use gatos_syntax::span::Span;

use crate::doc::Doc;
use crate::source::{Layout, List, Source, Word, list};
use crate::{FormatError, Style};

/// Two spaces a level.
const INDENT: &str = "  ";

impl Word for Kind {
    fn closes(self) -> bool {
        self.closes_bracket()
            || matches!(self, Kind::Comma | Kind::Semi | Kind::Then | Kind::Do)
            || matches!(self, Kind::End | Kind::Else | Kind::ElseIf | Kind::Until)
    }

    fn closes_bracket(self) -> bool {
        matches!(self, Kind::RParen | Kind::RBrace | Kind::RBracket)
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
    let (out, odd, dropped) = lay_out(text, &parsed, style);
    crate::check::echolua(text, &out, &dropped)?;
    Ok((out, odd))
}

fn lay_out(text: &str, parsed: &Parsed, style: &Style) -> (String, bool, Vec<usize>) {
    let lexed = lex(text);
    let start = preamble(text);
    let comments = parsed.comments.iter().map(|note| {
        let whole = text.get(note.span.range()).unwrap_or_default();
        (note.span, whole.len() != note.text.len() + 2)
    });
    let tokens = lexed.tokens.iter().map(|token| (token.kind, token.span));
    let doc = Doc::new(style.width, INDENT, INDENT.len(), text.len() + text.len() / 8);
    let mut lua = Lua { src: Source::new(text, start, tokens, comments, doc), width: style.width };
    lua.preamble(start);
    lua.statements(&parsed.ast, true);
    let Source { doc, odd, dropped, .. } = lua.src;
    let (out, crowded) = doc.finish();
    (out, odd || crowded, dropped)
}

/// The length of a byte order mark and a first line that begins with `#`.
pub(crate) fn preamble(text: &str) -> usize {
    let start = if text.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 };
    match text[start..].starts_with('#') {
        true => text[start..].find(['\n', '\r']).map_or(text.len(), |len| start + len),
        false => start,
    }
}

struct Lua<'t> {
    src: Source<'t, Kind>,
    width: usize,
}

impl<'t> Layout<'t, Kind> for Lua<'t> {
    fn src(&mut self) -> &mut Source<'t, Kind> {
        &mut self.src
    }
}

/// Statements that a block on one line may have.
fn is_simple(stmt: &Stmt) -> bool {
    use StmtKind::*;
    matches!(stmt.kind, Local { .. } | Assign { .. } | Call(_) | Goto(_) | Break | Return(_))
}

/// Whether a block may stand on one line: it has one statement at most, and that has no block.
fn is_short(block: &Block) -> bool {
    let mut stmts = block.stmts.iter().filter(|stmt| stmt.kind != StmtKind::Empty);
    stmts.next().is_none_or(is_simple) && stmts.next().is_none()
}

impl<'t> Lua<'t> {
    /// A byte order mark and a first line for the shell stay.
    fn preamble(&mut self, start: usize) {
        let text: &'t str = self.src.text.get(..start).unwrap_or_default().trim_end();
        if !text.is_empty() {
            self.src.doc.text(text);
            if text.contains('#') {
                let blank = self.src.blank_here();
                self.src.doc.hard(blank);
            }
        }
    }

    // Words.

    fn word(&mut self) {
        self.src.word();
    }

    fn space(&mut self) {
        self.src.doc.text(" ");
    }

    /// A word with a space after it.
    fn word_space(&mut self) {
        self.src.word();
        self.space();
    }

    /// A word with a space before it.
    fn space_word(&mut self) {
        self.space();
        self.src.word();
    }

    // Blocks.

    /// The statements of a block, a line each. At the top nothing stands before the first.
    fn statements(&mut self, block: &Block, top: bool) {
        let (mut first, mut any, mut stopped) = (top, false, false);
        for stmt in &block.stmts {
            if stmt.kind == StmtKind::Empty {
                self.src.skip();
                // A comment after it has the line to itself.
                first &= !self.src.doc.after_suffix();
                stopped = any;
                continue;
            }
            if !first {
                let free = self.src.blank_here() && any;
                self.src.hard(free, " ");
            }
            self.src.notes_before();
            // Without the semicolon the parenthesis would call what stands before it.
            if stopped && self.src.is(Kind::LParen) {
                self.src.doc.text(";");
            }
            self.statement(stmt);
            (first, any, stopped) = (false, true, false);
            if top {
                self.src.doc.flush();
            }
        }
        if matches!(self.src.peek(), Some(Kind::Else | Kind::ElseIf)) {
            self.src.notes_in_block(first);
        } else {
            self.src.notes_at_end(top && first);
        }
    }

    /// A block up to the break before what closes it. `inline`: it may stay on the line.
    fn block(&mut self, block: &Block, inline: bool) {
        self.src.doc.indent();
        if inline && block.stmts.iter().any(|stmt| stmt.kind != StmtKind::Empty) {
            for stmt in &block.stmts {
                if stmt.kind == StmtKind::Empty {
                    self.src.skip();
                } else {
                    self.src.line(true, false);
                    self.src.notes_before();
                    self.statement(stmt);
                }
            }
            self.src.notes_at_end(false);
        } else {
            self.statements(block, false);
        }
        self.src.doc.dedent();
        if inline {
            self.src.line(true, false)
        } else {
            self.src.hard(false, " ")
        }
        self.src.notes_before();
    }

    /// Whether a statement or function with these blocks may stay on one line.
    fn may_inline<'b>(&self, span: Span, mut blocks: impl Iterator<Item = &'b Block>) -> bool {
        blocks.all(is_short) && self.src.one_line(span, self.width.saturating_mul(4).min(4000))
    }

    /// `do … end`, from the `do`.
    fn do_end(&mut self, block: &Block, inline: bool) {
        self.word();
        self.block(block, inline);
        self.word();
    }

    // Statements.

    fn statement(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Local { names, values } => self.local(names, values),
            StmtKind::LocalFunction { func, .. } => {
                self.word_space();
                self.word_space();
                self.word();
                self.function_rest(func);
            }
            StmtKind::Function { fields, method, func, .. } => {
                self.word_space();
                for _ in 0..1 + 2 * (fields.len() + usize::from(method.is_some())) {
                    self.word();
                }
                self.function_rest(func);
            }
            StmtKind::Assign { targets, values } => {
                for (at, target) in targets.iter().enumerate() {
                    if at > 0 {
                        self.word_space();
                    }
                    self.expr(target);
                }
                self.assigned(values);
            }
            StmtKind::Call(call) => {
                self.expr(call);
            }
            StmtKind::Goto(_) => {
                self.word_space();
                self.word();
            }
            StmtKind::Label(_) => {
                self.word();
                self.word();
                self.word();
            }
            StmtKind::Break => self.word(),
            StmtKind::Return(values) => self.returned(values),
            StmtKind::Empty | StmtKind::Error => self.src.skip(),
            StmtKind::If { arms, otherwise } => self.branches(stmt.span, arms, otherwise.as_ref()),
            _ => self.loops(stmt),
        }
    }

    fn loops(&mut self, stmt: &Stmt) {
        let body = match &stmt.kind {
            StmtKind::Do(body)
            | StmtKind::While { body, .. }
            | StmtKind::Repeat { body, .. }
            | StmtKind::NumericFor { body, .. }
            | StmtKind::GenericFor { body, .. } => body,
            _ => return,
        };
        let inline = self.may_inline(stmt.span, std::iter::once(body));
        self.src.doc.begin();
        match &stmt.kind {
            StmtKind::While { cond, .. } => {
                self.word_space();
                self.condition(cond);
            }
            StmtKind::NumericFor { start, limit, step, .. } => {
                self.word_space();
                self.word();
                self.space_word();
                self.space();
                self.expr(start);
                for value in std::iter::once(limit).chain(step) {
                    self.word_space();
                    self.expr(value);
                }
                self.space();
            }
            StmtKind::GenericFor { vars, exprs, .. } => {
                self.word_space();
                for _ in 1..vars.len() {
                    self.word();
                    self.word_space();
                }
                self.word();
                self.space_word();
                self.space();
                self.values(exprs);
                self.space();
            }
            _ => {}
        }
        self.do_end(body, inline);
        if let StmtKind::Repeat { cond, .. } = &stmt.kind {
            self.space();
            self.bare(cond, Self::expr);
        }
        self.src.doc.end(None);
    }

    fn branches(&mut self, span: Span, arms: &[(Expr, Block)], otherwise: Option<&Block>) {
        let inline = self.may_inline(span, arms.iter().map(|(_, body)| body).chain(otherwise));
        self.src.doc.begin();
        for (cond, body) in arms {
            self.word_space();
            self.condition(cond);
            self.word();
            self.block(body, inline);
        }
        if let Some(body) = otherwise {
            self.word();
            self.block(body, inline);
        }
        self.word();
        self.src.doc.end(None);
    }

    /// A condition and the space or break before its `then` or `do`: where it takes several lines,
    /// the word stands on one of its own, so that the body is told from it.
    fn condition(&mut self, cond: &Expr) {
        let mut inner = cond;
        while let ExprKind::Paren(next) = &inner.kind {
            inner = next;
        }
        if matches!(inner.kind, ExprKind::Binary { .. }) {
            self.src.doc.begin();
            let tail = self.bare(cond, Self::chain);
            self.src.line(true, false);
            self.src.doc.end(tail);
        } else {
            self.bare(cond, Self::expr);
            self.space();
        }
    }

    /// An expression without the parentheses around all of it, where they mean nothing.
    fn bare(&mut self, expr: &Expr, inside: fn(&mut Self, &Expr) -> Option<usize>) -> Option<usize> {
        let mut expr = expr;
        let mut open = 0;
        while let ExprKind::Paren(inner) = &expr.kind {
            self.src.skip();
            open += 1;
            expr = inner;
        }
        let tail = inside(self, expr);
        for _ in 0..open {
            self.src.skip();
        }
        tail
    }

    fn local(&mut self, names: &[AttribName], values: &[Expr]) {
        self.word();
        for (at, name) in names.iter().enumerate() {
            if at > 0 {
                self.word();
            }
            self.space_word();
            if name.attrib.is_some() {
                self.space_word();
                self.word();
                self.word();
            }
        }
        if !values.is_empty() {
            self.assigned(values);
        }
    }

    /// ` = values`
    fn assigned(&mut self, values: &[Expr]) {
        self.space_word();
        let atom = match values {
            [value] => expr::is_atom(value) && !expr::is_long(value, self.src.text),
            _ => false,
        };
        if self.src.has_notes_above() {
            self.below(values);
        } else if atom {
            // Nothing in it can break, so it goes to the next line.
            self.src.doc.begin_useful();
            self.src.doc.indent();
            self.src.line(true, false);
            self.values(values);
            self.src.doc.dedent();
            self.src.doc.end(None);
        } else {
            self.space();
            self.values(values);
        }
    }

    fn returned(&mut self, values: &[Expr]) {
        self.word();
        if self.src.has_notes_above() && !values.is_empty() {
            self.below(values);
        } else if !values.is_empty() {
            self.space();
            self.values(values);
        }
        if self.src.is(Kind::Semi) {
            self.src.skip();
        }
    }

    /// Values on the next line, with the comments that stand before them.
    fn below(&mut self, values: &[Expr]) {
        self.src.doc.indent();
        self.src.doc.hard(false);
        self.src.notes_before();
        self.values(values);
        self.src.doc.dedent();
    }

    /// Expressions with commas between them.
    fn values(&mut self, values: &[Expr]) -> Option<usize> {
        let (first, rest) = values.split_first()?;
        if rest.is_empty() {
            return self.expr(first);
        }
        // Functions of several lines begin and end on the lines of their neighbours.
        let joined =
            self.is_joined(values) && values[..values.len() - 1].iter().any(|value| self.is_long_function(value));
        let block = expr::block_among(values);
        self.src.doc.begin();
        let mut tail = self.expr(first).filter(|_| block == Some(0));
        self.src.doc.indent();
        for (at, value) in rest.iter().enumerate() {
            self.word();
            if joined {
                self.space();
            } else {
                self.src.line(true, false);
                self.src.notes_before();
            }
            let ends = self.expr(value);
            tail = if block == Some(at + 1) { ends } else { tail };
        }
        self.src.doc.dedent();
        self.src.doc.end(tail);
        tail
    }

    // Functions.

    /// A function after its name or its `function`: parameters, body, `end`.
    fn function_rest(&mut self, func: &Function) -> Option<usize> {
        // The parameters are in the group too: a function that does not fit first breaks its body.
        let group = self.src.doc.begin();
        let params = vec![(); func.params.len() + usize::from(func.vararg.is_some())];
        list(self, &params, List::default(), |lua, _| {
            lua.word();
            None
        });
        let inline = self.may_inline(func.span, std::iter::once(&func.body));
        if func.body.stmts.iter().all(|stmt| stmt.kind == StmtKind::Empty) {
            func.body.stmts.iter().for_each(|_| self.src.skip());
            if self.src.has_notes() || self.src.doc.after_suffix() {
                self.block(&Block::default(), false);
            } else {
                self.space();
            }
        } else {
            self.block(&func.body, inline);
        }
        self.word();
        self.src.doc.end(None);
        Some(group)
    }
}
