//! Blocks before grammar: one linear pass that matches openers with closers, lifts every nested
//! block out of its statement, and tells a calling parenthesis from one that begins a statement.
//! It mends what is unbalanced, so that the grammar only ever sees balanced pieces. When the count
//! of `end`s is wrong it runs a second time and lets the indentation say which one is.

mod brackets;
mod ends;
mod function;

use std::collections::BTreeSet;

use crate::diagnostic::Diagnostic;
use crate::span::Span;

use super::build::MAX_NEST;
use super::lexer::Token;
use super::token::Kind;

/// One block's own tokens; nested blocks are single tokens that give their number.
#[derive(Debug, Default)]
pub struct RawBlock {
    /// Balanced.
    pub tokens: Vec<Token>,
    /// Between its keywords.
    pub span: Span,
    /// What ended it; nothing at the end of the text.
    pub closer: Option<Token>,
}

/// What the pass hands to the grammar. A nested block has a higher number than the one around it.
#[derive(Debug, Default)]
pub struct Layout {
    /// Block 0 is the chunk.
    pub blocks: Vec<RawBlock>,
    /// In no particular order.
    pub diagnostics: Vec<Diagnostic>,
}

/// How far up what is open is searched: more than the nesting limit, and little enough to stay linear.
const NEAR: usize = 256;

/// Lays out a whole text. `cut_short`: a long string swallowed the rest, so nothing unclosed is news.
pub fn layout(text: &str, tokens: &[Token], cut_short: bool) -> Layout {
    let indents = indents(text, tokens);
    let first = Pass::new(text, tokens, &indents, cut_short).run();
    if first.missing == 0 && first.extra == 0 {
        return first.out;
    }
    let mut second = Pass::new(text, tokens, &indents, cut_short);
    second.hints = Some(Hints { missing: first.missing, extra: first.extra, suspects: first.suspects });
    second.run().out
}

/// For each token the width of the white space that its line begins with.
fn indents(text: &str, tokens: &[Token]) -> Vec<u32> {
    let mut current = 0;
    let mut out = Vec::with_capacity(tokens.len());
    let bytes = text.as_bytes();
    for token in tokens {
        if token.first {
            let at = token.span.start as usize;
            let width = bytes[..at].iter().rev().take_while(|b| !matches!(b, b'\n' | b'\r')).count();
            current = width as u32;
        }
        out.push(current);
    }
    out
}

/// What a first run learnt.
struct Hints {
    /// How many `end`s are missing.
    missing: usize,
    /// How many are too many.
    extra: usize,
    /// The `if`s of `else if` whose `end` was not followed by the other that they need.
    suspects: BTreeSet<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum FrameKind {
    Chunk,
    Function,
    /// `do`, `while`, `for`.
    Loop,
    If,
    Repeat,
}

#[derive(Clone, Copy, Debug)]
struct Bracket {
    kind: Kind,
    /// Its place among the frame's tokens.
    index: usize,
    /// What stands after the closing one can be called.
    callable: bool,
    too_deep: bool,
}

/// A keyword that opened something, and the indentation of its line.
#[derive(Clone, Copy, Debug)]
struct Opener {
    token: Token,
    /// What the `end` belongs to: the same, or for an `elseif` its `if`.
    root: Token,
    /// Its place among the source's tokens.
    at: usize,
    indent: u32,
    /// The `if` of `else if` on one line.
    after_else: bool,
}

#[derive(Debug)]
struct Frame {
    kind: FrameKind,
    opener: Opener,
    /// The indentation of its first line.
    body_indent: Option<u32>,
    block: u32,
    tokens: Vec<Token>,
    start: u32,
    brackets: Vec<Bracket>,
    /// `if`, `elseif`, `while` or `for` that waits for its `then` or `do`, and its place.
    pending: Option<(Opener, usize)>,
    callable: bool,
    /// In the names of a `local`, which cannot be called.
    names: bool,
    too_deep: bool,
}

struct Pass<'t> {
    text: &'t str,
    src: &'t [Token],
    indents: &'t [u32],
    at: usize,
    frames: Vec<Frame>,
    out: Layout,
    level: usize,
    /// Nothing more is said about what is unclosed.
    quiet: bool,
    hints: Option<Hints>,
    missing: usize,
    extra: usize,
    /// A `repeat` was ended by `end`.
    repeat_ended: bool,
    suspects: BTreeSet<usize>,
}

fn closing(kind: Kind) -> Kind {
    match kind {
        Kind::LBrace => Kind::RBrace,
        Kind::LBracket => Kind::RBracket,
        _ => Kind::RParen,
    }
}

impl<'t> Pass<'t> {
    fn new(text: &'t str, src: &'t [Token], indents: &'t [u32], quiet: bool) -> Pass<'t> {
        let token = Token { kind: Kind::Semi, span: Span::default(), first: true, reported: false };
        let opener = Opener { token, root: token, at: 0, indent: 0, after_else: false };
        let mut pass = Pass {
            text,
            src,
            indents,
            at: 0,
            frames: Vec::new(),
            out: Layout::default(),
            level: 0,
            quiet,
            hints: None,
            missing: 0,
            extra: 0,
            repeat_ended: false,
            suspects: BTreeSet::new(),
        };
        pass.open(FrameKind::Chunk, opener, 0);
        pass
    }

    fn run(mut self) -> Self {
        while self.at < self.src.len() {
            self.step(self.src[self.at]);
            self.at += 1;
        }
        let end = self.text.len() as u32;
        while self.frames.len() > 1 {
            self.missing += usize::from(self.top().kind != FrameKind::Repeat);
            let opener = self.top().opener;
            if opener.after_else {
                self.suspects.insert(opener.at);
            }
            self.close_missing(None);
        }
        self.settle();
        if let Some(frame) = self.frames.pop() {
            let span = Span { start: 0, end };
            self.out.blocks[0] = RawBlock { tokens: frame.tokens, span, closer: None };
        }
        self
    }

    // The frame on top always exists: the chunk's is only popped at the very end.
    fn top(&mut self) -> &mut Frame {
        let last = self.frames.len() - 1;
        &mut self.frames[last]
    }

    fn say(&mut self, diagnostic: Diagnostic) {
        if !self.quiet {
            self.out.diagnostics.push(diagnostic);
        }
    }

    fn indent(&self, at: usize) -> u32 {
        self.indents.get(at).copied().unwrap_or(0)
    }

    fn src_kind(&self, at: usize) -> Option<Kind> {
        self.src.get(at).map(|token| token.kind)
    }

    fn opener(&self, token: Token) -> Opener {
        let after_else = token.kind == Kind::If
            && !token.first
            && self.at > 0
            && matches!(self.src_kind(self.at - 1), Some(Kind::Else));
        Opener { token, root: token, at: self.at, indent: self.indent(self.at), after_else }
    }

    /// A token that was not there, at the end of the last one.
    fn insert(&mut self, kind: Kind) {
        let end = self.prev_end();
        let span = Span { start: end, end };
        self.push(Token { kind, span, first: false, reported: true });
    }

    fn prev_end(&mut self) -> u32 {
        let start = self.top().start;
        self.top().tokens.last().map_or(start, |token| token.span.end)
    }

    fn push(&mut self, token: Token) {
        self.top().tokens.push(token);
    }

    // Levels.

    fn descend(&mut self, span: Span) -> bool {
        self.level += 1;
        let deep = self.level > MAX_NEST as usize;
        if deep && !self.quiet {
            self.say(
                Diagnostic::error("E0007", span, format!("this is nested more than {MAX_NEST} levels deep"))
                    .label("one level too many")
                    .help("give inner parts names with `local`, or move them into functions of their own"),
            );
            self.quiet = true;
        }
        deep
    }

    fn open(&mut self, kind: FrameKind, opener: Opener, start: u32) {
        let block = self.out.blocks.len() as u32;
        self.out.blocks.push(RawBlock::default());
        let too_deep = kind != FrameKind::Chunk && self.descend(opener.token.span);
        self.frames.push(Frame {
            kind,
            opener,
            body_indent: None,
            block,
            tokens: Vec::new(),
            start,
            brackets: Vec::new(),
            pending: None,
            callable: false,
            names: false,
            too_deep,
        });
    }

    /// Ends the block on top; its token goes into the block around it.
    fn close(&mut self, closer: Option<Token>) {
        self.settle();
        if self.frames.len() < 2 {
            return;
        }
        let Some(frame) = self.frames.pop() else { return };
        self.level -= 1;
        let last = frame.tokens.last().map_or(frame.start, |token| token.span.end);
        let end = closer.map_or(last, |token| token.span.start).max(last);
        let span = Span { start: frame.start, end };
        let tokens = if frame.too_deep { Vec::new() } else { frame.tokens };
        self.out.blocks[frame.block as usize] = RawBlock { tokens, span, closer };
        let parent = self.top();
        parent.callable = false;
        parent.names = false;
        parent.tokens.push(Token { kind: Kind::Block(frame.block), span, first: false, reported: false });
    }

    /// Ends what is open inside the frame on top: brackets, and a header without its body.
    fn settle(&mut self) {
        self.close_brackets(0);
        if let Some((opener, _)) = self.top().pending {
            self.missing_word(opener);
            self.close(None);
            self.insert(Kind::End);
        }
    }

    // Tokens.

    fn step(&mut self, mut token: Token) {
        let kind = token.kind;
        let indent = self.indent(self.at);
        self.outdented(token, indent);
        if token.first && self.top().body_indent.is_none() {
            self.top().body_indent = Some(indent);
        }
        if kind == Kind::End && self.early_end(token) {
            return;
        }
        let closer = matches!(kind, Kind::End | Kind::Else | Kind::ElseIf | Kind::Until);
        let named = kind == Kind::Function && token.first && self.src_kind(self.at + 1) == Some(Kind::Name);
        let header_word = matches!(kind, Kind::Then | Kind::Do);
        if kind.starts_stmt() || closer || named || header_word {
            self.close_brackets(0);
        } else if kind == Kind::Semi {
            while self.top().brackets.last().is_some_and(|bracket| bracket.kind != Kind::LBrace) {
                let keep = self.top().brackets.len() - 1;
                self.close_brackets(keep);
            }
        }
        if let Some((opener, index)) = self.top().pending {
            let body = matches!(opener.token.kind, Kind::While | Kind::For);
            let wanted = if body { Kind::Do } else { Kind::Then };
            if header_word {
                if kind != wanted {
                    let (word, right) = (opener.token.kind.text(), wanted.text());
                    self.say(
                        Diagnostic::error(
                            "E0009",
                            token.span,
                            format!("`{word}` takes `{right}`, not `{}`", kind.text()),
                        )
                        .label(format!("`{right}` expected"))
                        .fix(format!("write `{right}`"), token.span, right),
                    );
                    token = Token { kind: wanted, reported: true, ..token };
                }
                return self.begin_body(opener, token);
            }
            if kind.starts_stmt() || closer || named || self.next_operand(token, index) {
                self.missing_word(opener);
            } else if kind == Kind::Assign && opener.token.kind != Kind::For {
                token = self.assign_in_condition(token);
            }
        }
        self.dispatch(token);
    }

    /// A second operand where the condition is complete: its `then` is missing.
    fn next_operand(&mut self, token: Token, header: usize) -> bool {
        let frame = self.top();
        let complete = frame.brackets.is_empty()
            && frame.tokens.len() > header + 1
            && frame.tokens.last().is_some_and(|last| last.kind.ends_expr() && !last.reported);
        if !complete || token.kind != Kind::Name {
            return false;
        }
        let rest = self.src.iter().skip(self.at + 1).take(64).take_while(|token| !token.first);
        token.first || !rest.into_iter().any(|token| matches!(token.kind, Kind::Then | Kind::Do))
    }

    fn assign_in_condition(&mut self, token: Token) -> Token {
        let brackets = &self.top().brackets;
        if brackets.iter().any(|bracket| bracket.kind != Kind::LParen) {
            return token;
        }
        self.say(
            Diagnostic::error("E0011", token.span, "a condition compares with `==`; `=` assigns")
                .label("this assigns")
                .fix("write `==`", token.span, "=="),
        );
        Token { kind: Kind::Eq, reported: true, ..token }
    }

    fn missing_word(&mut self, opener: Opener) {
        let body = matches!(opener.token.kind, Kind::While | Kind::For);
        let word = if body { Kind::Do } else { Kind::Then };
        let end = self.prev_end();
        let at = Span { start: end, end };
        let (text, of) = (word.text(), opener.token.kind.text());
        self.say(
            Diagnostic::error("E0009", at, format!("`{text}` is missing here"))
                .label(format!("`{text}` expected"))
                .related(opener.token.span, format!("the `{of}` that needs it"))
                .fix(format!("insert `{text}`"), at, format!(" {text}")),
        );
        let token = Token { kind: word, span: at, first: false, reported: true };
        self.begin_body(opener, token);
    }

    fn begin_body(&mut self, opener: Opener, word: Token) {
        self.push(word);
        self.top().pending = None;
        let body = matches!(opener.token.kind, Kind::While | Kind::For);
        let kind = if body { FrameKind::Loop } else { FrameKind::If };
        self.open(kind, Opener { token: opener.root, ..opener }, word.span.end);
    }

    fn dispatch(&mut self, mut token: Token) {
        match token.kind {
            Kind::Function => self.function(token),
            Kind::If | Kind::While | Kind::For => {
                let opener = self.opener(token);
                let frame = self.top();
                (frame.callable, frame.names) = (false, false);
                frame.pending = Some((opener, frame.tokens.len()));
                frame.tokens.push(token);
            }
            Kind::Do | Kind::Repeat => {
                let opener = self.opener(token);
                self.push(token);
                let kind = if token.kind == Kind::Do { FrameKind::Loop } else { FrameKind::Repeat };
                self.open(kind, opener, token.span.end);
            }
            // A `then` whose `if` is unreadable still has an `end`; the grammar reports the rest.
            Kind::Then => {
                let opener = self.opener(token);
                self.push(token);
                self.open(FrameKind::If, opener, token.span.end);
            }
            Kind::End => self.end(token),
            Kind::Until => self.until(token),
            Kind::Else | Kind::ElseIf => self.alternative(token),
            Kind::LParen => {
                if self.top().callable {
                    token.kind = Kind::CallParen;
                }
                self.open_bracket(token, true);
            }
            Kind::LBracket => self.open_bracket(token, true),
            Kind::LBrace => {
                let callable = self.top().callable;
                self.open_bracket(token, callable);
            }
            Kind::RParen | Kind::RBrace | Kind::RBracket => self.close_token(token),
            kind => {
                let frame = self.top();
                let last = frame.tokens.last().map(|token| token.kind);
                match kind {
                    Kind::Local => (frame.names, frame.callable) = (true, false),
                    Kind::Name => {
                        let listed = matches!(last, Some(Kind::Local | Kind::Comma | Kind::Lt));
                        frame.names &= listed;
                        frame.callable = !frame.names && last != Some(Kind::Goto);
                    }
                    Kind::Comma | Kind::Lt | Kind::Gt => frame.callable = false,
                    // A string after something callable is its argument, and the result can be called.
                    Kind::Str => {}
                    _ => (frame.names, frame.callable) = (false, false),
                }
                frame.tokens.push(token);
            }
        }
    }
}
