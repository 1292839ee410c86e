//! Blocks before grammar: one linear pass that matches openers with closers, lifts every nested
//! block out of its statement, and tells a calling parenthesis from one that begins a statement.
//! It mends what is unbalanced, so that the grammar only ever sees balanced pieces. When the count
//! of `end`s is wrong it runs a second time and lets the indentation say which one is.

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

    // Brackets.

    fn open_bracket(&mut self, token: Token, callable: bool) {
        let too_deep = self.descend(token.span);
        let frame = self.top();
        frame.brackets.push(Bracket { kind: token.kind, index: frame.tokens.len(), callable, too_deep });
        frame.tokens.push(token);
        frame.callable = false;
    }

    fn close_bracket(&mut self, mut token: Token) {
        let Some(bracket) = self.top().brackets.pop() else { return };
        self.level -= 1;
        token.kind = closing(bracket.kind);
        let frame = self.top();
        if bracket.too_deep {
            frame.tokens.truncate(bracket.index + 1);
            let span = token.span;
            if bracket.kind != Kind::LBrace && bracket.kind != Kind::CallParen {
                frame.tokens.push(Token { kind: Kind::Hole, span, first: false, reported: true });
            }
        }
        frame.tokens.push(token);
        frame.callable = bracket.callable;
    }

    /// Closes all brackets of the frame on top above the first `keep`, with a message each.
    fn close_brackets(&mut self, keep: usize) {
        while self.top().brackets.len() > keep {
            let frame = self.top();
            let Some(&bracket) = frame.brackets.last() else { return };
            let opener = frame.tokens[bracket.index];
            // Past the nesting limit nothing is said any more, so nothing needs looking for.
            let look = !bracket.too_deep;
            let broken =
                look && frame.tokens[bracket.index..].iter().any(|token| token.reported && token.kind == Kind::Str);
            let guess = look && bracket.kind != Kind::LBrace;
            let place = if guess { Self::bracket_end(frame, bracket.index) } else { None };
            let end = closing(bracket.kind).text();
            let at = place.unwrap_or(frame.tokens.len());
            let before = frame.tokens[at - 1].span.end;
            let span = Span { start: before, end: before };
            if !broken {
                let open = bracket.kind.text();
                let last = frame.tokens[at - 1].kind;
                let said = Diagnostic::error("E0008", opener.span, format!("this `{open}` is never closed"))
                    .label("opened here")
                    .related(span, format!("`{end}` expected"));
                let ready = last.ends_expr() || matches!(last, Kind::LBrace | Kind::CallParen);
                self.say(if ready { said.fix(format!("insert `{end}`"), span, end) } else { said });
            }
            let frame = self.top();
            frame.tokens[bracket.index].reported = true;
            let token = Token { kind: closing(bracket.kind), span, first: false, reported: true };
            if let Some(place) = place {
                frame.brackets.pop();
                frame.tokens.insert(place, token);
                self.level -= 1;
            } else {
                self.close_bracket(token);
            }
        }
    }

    /// Where a bracket that was never closed most likely ended: before the first line that begins
    /// with a name although the expression before it is complete.
    fn bracket_end(frame: &Frame, open: usize) -> Option<usize> {
        let mut depth = 0usize;
        for index in open + 1..frame.tokens.len() {
            let token = frame.tokens[index];
            match token.kind {
                Kind::LParen | Kind::CallParen | Kind::LBrace | Kind::LBracket => depth += 1,
                Kind::RParen | Kind::RBrace | Kind::RBracket => depth = depth.saturating_sub(1),
                Kind::Name if depth == 0 && token.first && index > open + 1 => {
                    let before = frame.tokens[index - 1].kind;
                    if before.ends_expr() || before == Kind::Comma {
                        return Some(index).filter(|_| before.ends_expr());
                    }
                }
                _ => {}
            }
        }
        None
    }

    fn close_token(&mut self, token: Token) {
        let kind = token.kind;
        let frame = self.top();
        if frame.brackets.last().is_some_and(|bracket| closing(bracket.kind) == kind) {
            return self.close_bracket(token);
        }
        if let Some(up) = frame.brackets.iter().rev().take(NEAR).position(|bracket| closing(bracket.kind) == kind) {
            let keep = frame.brackets.len() - up;
            self.close_brackets(keep);
            return self.close_bracket(token);
        }
        if let Some(&bracket) = frame.brackets.last() {
            let opener = frame.tokens[bracket.index];
            let wanted = closing(bracket.kind);
            if self.closes_later(wanted) {
                return self.stray(token);
            }
            let (open, close, right) = (bracket.kind.text(), kind.text(), wanted.text());
            self.say(
                Diagnostic::error("E0008", token.span, format!("`{open}` is closed by `{right}`, not by `{close}`"))
                    .label(format!("`{right}` expected"))
                    .related(opener.span, "opened here")
                    .fix(format!("write `{right}`"), token.span, right),
            );
            return self.close_bracket(Token { reported: true, ..token });
        }
        // A function's block inside the bracket that this closes has lost its `end`.
        let outer = self.frames.iter().rev().take(NEAR).position(|frame| !frame.brackets.is_empty());
        if let Some(up) = outer
            && let outer = self.frames.len() - 1 - up
            && self.frames[outer].brackets.last().is_some_and(|bracket| closing(bracket.kind) == kind)
            && self.src_kind(self.at + 1) != Some(Kind::End)
        {
            while self.frames.len() > outer + 1 {
                self.close_missing(Some((token, "this closes a bracket that was opened before it")));
            }
            return self.close_bracket(token);
        }
        self.stray(token);
    }

    fn stray(&mut self, token: Token) {
        let text = token.kind.text();
        let code = if token.kind == Kind::End { "E0006" } else { "E0008" };
        self.say(
            Diagnostic::error(code, token.span, format!("nothing is open that this `{text}` could close"))
                .label("one too many")
                .fix("remove it", token.span, ""),
        );
    }

    /// Whether the right closing bracket follows before anything that cannot be inside.
    fn closes_later(&self, wanted: Kind) -> bool {
        let mut depth = 0usize;
        for token in self.src.iter().skip(self.at + 1).take(64) {
            match token.kind {
                Kind::LParen | Kind::LBrace | Kind::LBracket => depth += 1,
                kind @ (Kind::RParen | Kind::RBrace | Kind::RBracket) => {
                    if depth == 0 {
                        return kind == wanted;
                    }
                    depth -= 1;
                }
                kind if kind.starts_stmt() => return false,
                _ => {}
            }
        }
        false
    }

    // Tokens.

    fn step(&mut self, mut token: Token) {
        let kind = token.kind;
        let indent = self.indent(self.at);
        self.outdented(token, indent);
        if token.first && self.top().body_indent.is_none() {
            self.top().body_indent = Some(indent);
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

    /// `function`, its name and its parameters, up to where the body begins.
    fn function(&mut self, token: Token) {
        let opener = self.opener(token);
        self.top().names = false;
        self.push(token);
        let mut end = token;
        while let Some(next) = self.src.get(self.at + 1)
            && matches!(next.kind, Kind::Name | Kind::Dot | Kind::Colon)
            && !next.first
        {
            end = *next;
            self.push(end);
            self.at += 1;
        }
        if self.src_kind(self.at + 1) == Some(Kind::LParen) {
            self.at += 1;
            self.push(self.src[self.at]);
            end = self.params();
        } else {
            let at = Span { start: end.span.end, end: end.span.end };
            self.say(
                Diagnostic::error("E0013", at, "the list of parameters is missing")
                    .label("`()` expected")
                    .related(token.span, "of this function")
                    .fix("insert `()`", at, "()"),
            );
            self.insert(Kind::LParen);
            self.insert(Kind::RParen);
        }
        self.open(FrameKind::Function, opener, end.span.end);
    }

    /// Parameters and the closing parenthesis; what does not belong is reported and left out.
    fn params(&mut self) -> Token {
        let open = self.src[self.at];
        let mut last = open;
        let mut expect_name = true;
        let mut any = false;
        while let Some(&next) = self.src.get(self.at + 1) {
            let fits = match next.kind {
                Kind::Name => expect_name,
                Kind::Dots => expect_name && self.src_kind(self.at + 2) == Some(Kind::RParen),
                Kind::Comma => !expect_name,
                _ => false,
            };
            if next.kind == Kind::RParen && (!expect_name || !any) {
                self.at += 1;
                self.push(next);
                return next;
            }
            if !fits {
                break;
            }
            expect_name = next.kind == Kind::Comma;
            any = true;
            self.at += 1;
            self.push(next);
            last = next;
        }
        let found = self.src.get(self.at + 1).copied();
        if expect_name && any {
            self.top().tokens.pop();
        }
        // The parenthesis on the same line, if what is wrong stands before it.
        let mut depth = 0usize;
        let mut close = None;
        for (index, token) in self.src.iter().enumerate().skip(self.at + 1).take(200) {
            if token.first || token.kind.starts_stmt() || matches!(token.kind, Kind::End | Kind::Function) {
                break;
            }
            match token.kind {
                Kind::LParen | Kind::LBrace | Kind::LBracket => depth += 1,
                Kind::RParen if depth == 0 => {
                    close = Some(index);
                    break;
                }
                Kind::RParen | Kind::RBrace | Kind::RBracket => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        let Some(close) = close else {
            // A comma at the end of a line, or a bracket that nobody closed.
            let at = Span { start: last.span.end, end: last.span.end };
            self.say(
                Diagnostic::error("E0008", open.span, "this `(` is never closed")
                    .label("the parameters begin here")
                    .related(at, "`)` expected")
                    .fix("insert `)`", at, ")"),
            );
            self.insert(Kind::RParen);
            return last;
        };
        let found = found.unwrap_or(open);
        let default = found.kind == Kind::Assign;
        let typed = found.kind == Kind::Colon;
        if !found.reported {
            let said = Diagnostic::error("E0013", found.span, "parameters are names with commas between them")
                .label(if expect_name { "a name expected" } else { "`,` or `)` expected" });
            let said = if default {
                said.help("there are no default values; write `if x == nil then x = … end` in the body")
            } else if typed {
                said.help("there are no type annotations")
            } else if found.kind == Kind::RParen {
                said.help("remove the last comma")
            } else if found.kind == Kind::Dots || last.kind == Kind::Dots {
                said.help("`...` is the last parameter")
            } else {
                said
            };
            self.say(said);
        }
        self.at = close;
        let token = Token { reported: true, ..self.src[close] };
        self.push(token);
        token
    }

    // Ends.

    fn take_missing(&mut self) -> bool {
        let Some(hints) = &mut self.hints else { return false };
        let any = hints.missing > 0;
        hints.missing = hints.missing.saturating_sub(1);
        any
    }

    fn hints_missing(&self) -> bool {
        self.hints.as_ref().is_some_and(|hints| hints.missing > 0)
    }

    /// With an `end` missing somewhere: a statement that begins no deeper than the block it would be
    /// in, though that block's first line is deeper, is outside.
    fn outdented(&mut self, token: Token, indent: u32) {
        let starts = token.kind.starts_stmt() || matches!(token.kind, Kind::Name | Kind::Function);
        if !token.first || !starts {
            return;
        }
        while self.hints_missing() {
            let frame = self.top();
            let outside = !matches!(frame.kind, FrameKind::Chunk | FrameKind::Repeat)
                && frame.brackets.is_empty()
                && frame.pending.is_none()
                && frame.body_indent.is_some_and(|body| body > frame.opener.indent)
                && indent <= frame.opener.indent;
            if !outside || !self.take_missing() {
                return;
            }
            self.close_missing(Some((token, "by its indentation, this is outside of it")));
        }
    }

    /// Ends the frame on top without its `end` or `until`.
    fn close_missing(&mut self, because: Option<(Token, &str)>) {
        let frame = self.top();
        let (kind, opener) = (frame.kind, frame.opener);
        self.settle();
        let word = opener.token.kind.text();
        let end = if kind == FrameKind::Repeat { "until" } else { "end" };
        let mut said =
            Diagnostic::error("E0006", opener.token.span, format!("this `{word}` has no `{end}`")).label("opened here");
        if let Some((token, why)) = because {
            said = said.related(token.span, why);
        } else {
            let end = self.text.trim_end().len();
            said = said.related(Span::new(end, end), "the text ends here");
        }
        if opener.after_else {
            let both = Span { start: self.src[opener.at - 1].span.start, end: opener.token.span.end };
            said = said
                .help("`else if` begins a second `if`, which needs its own `end`; `elseif` goes on with the first")
                .fix("write `elseif`", both, "elseif");
        }
        // After one report of a block that the text's end left open, the others follow from it.
        if because.is_none() && !self.quiet {
            self.say(said);
            self.quiet = true;
        } else {
            self.say(said);
        }
        self.close(None);
        if kind == FrameKind::Repeat {
            self.insert(Kind::Until);
            self.insert(Kind::Hole);
        } else {
            self.insert(Kind::End);
        }
    }

    fn end(&mut self, token: Token) {
        let indent = self.indent(self.at);
        if token.first {
            // By its indentation it ends a block further out, and an `end` is missing somewhere.
            while self.hints_missing() && indent < self.top().opener.indent && self.outer_at(indent) {
                self.take_missing();
                self.close_missing(Some((token, "by its indentation, this `end` belongs to an outer block")));
            }
            let frame = self.top();
            let inside = frame.kind != FrameKind::Chunk && frame.body_indent.is_some_and(|body| indent >= body);
            let deeper = indent > frame.opener.indent;
            if let Some(hints) = &mut self.hints
                && hints.extra > 0
                && inside
                && deeper
            {
                hints.extra -= 1;
                return self.stray(token);
            }
        }
        let frame = self.top();
        let (kind, opener) = (frame.kind, frame.opener);
        match kind {
            FrameKind::Chunk => {
                self.extra += 1;
                // Brackets and a header were settled before this.
                self.stray(token);
            }
            FrameKind::Repeat => {
                let outer = self
                    .frames
                    .iter()
                    .rev()
                    .skip(1)
                    .take(NEAR)
                    .any(|frame| !matches!(frame.kind, FrameKind::Chunk | FrameKind::Repeat));
                if outer && token.first && indent < opener.indent {
                    self.close_missing(Some((token, "by its indentation, this `end` belongs to an outer block")));
                    return self.end(token);
                }
                self.say(
                    Diagnostic::error("E0006", token.span, "`repeat` ends with `until` and a condition")
                        .label("not with `end`")
                        .related(opener.token.span, "opened here"),
                );
                self.close(Some(token));
                self.push(Token { kind: Kind::Until, reported: true, ..token });
                self.push(Token { kind: Kind::Hole, reported: true, ..token });
            }
            _ => {
                if opener.after_else {
                    let follows = self.src.get(self.at + 1);
                    let closed = follows.is_some_and(|next| {
                        next.kind == Kind::End && !(next.first && self.indent(self.at + 1) < opener.indent)
                    });
                    if !closed {
                        self.suspects.insert(opener.at);
                    }
                }
                self.close(Some(token));
                self.push(token);
            }
        }
    }

    /// Whether a block around the one on top begins at this indentation.
    fn outer_at(&self, indent: u32) -> bool {
        let outer = self.frames.iter().rev().skip(1).take(NEAR).take_while(|frame| frame.kind != FrameKind::Chunk);
        outer.into_iter().any(|frame| frame.opener.indent == indent)
    }

    /// How many frames up the innermost block of this kind is, inside the same function.
    fn up_to(&self, kind: FrameKind) -> Option<usize> {
        for (up, frame) in self.frames.iter().rev().take(NEAR).enumerate() {
            if frame.kind == kind {
                return Some(up);
            }
            if matches!(frame.kind, FrameKind::Function | FrameKind::Chunk) {
                return None;
            }
        }
        None
    }

    fn until(&mut self, token: Token) {
        let Some(up) = self.up_to(FrameKind::Repeat) else {
            self.say(
                Diagnostic::error("E0006", token.span, "this `until` belongs to no `repeat`")
                    .label("nothing to end")
                    .help("`repeat … until condition`"),
            );
            return self.skip_line();
        };
        for _ in 0..up {
            self.take_missing();
            self.close_missing(Some((token, "this `until` ends a block around it")));
        }
        self.close(Some(token));
        self.push(token);
    }

    /// Goes to the last token of this line.
    fn skip_line(&mut self) {
        while self.src.get(self.at + 1).is_some_and(|next| !next.first && !next.kind.is_keyword()) {
            self.at += 1;
        }
    }

    /// `else` and `elseif`.
    fn alternative(&mut self, mut token: Token) {
        let indent = self.indent(self.at);
        if token.first {
            while self.hints_missing() && indent < self.top().opener.indent && self.outer_at(indent) {
                self.take_missing();
                let word = token.kind.text();
                let why = format!("by its indentation, this `{word}` belongs to an outer block");
                self.close_missing(Some((token, &why)));
            }
        }
        let Some(up) = self.up_to(FrameKind::If) else {
            let word = token.kind.text();
            self.say(
                Diagnostic::error("E0017", token.span, format!("this `{word}` belongs to no `if`"))
                    .label("no `if` is open here")
                    .help("an `end` before it may be one too many"),
            );
            if token.kind == Kind::ElseIf {
                let then = |next: &Token| next.kind == Kind::Then;
                let line = self.src.iter().skip(self.at + 1).take(64).take_while(|next| !next.first);
                if let Some(count) = line.into_iter().position(then) {
                    self.at += count + 1;
                }
            }
            // Its `end` follows, so what stands between is a block like `do … end`.
            let opener = self.opener(token);
            self.push(Token { kind: Kind::Do, reported: true, ..token });
            self.open(FrameKind::Loop, opener, token.span.end);
            return;
        };
        for _ in 0..up {
            self.take_missing();
            let why = format!("this `{}` belongs to an `if` around it", token.kind.text());
            self.close_missing(Some((token, &why)));
        }
        let next = self.src.get(self.at + 1).copied();
        if let Some(next) = next
            && token.kind == Kind::Else
            && next.kind == Kind::If
            && !next.first
            && self.hints.as_ref().is_some_and(|hints| hints.suspects.contains(&(self.at + 1)))
            && self.take_missing()
        {
            let both = token.span.to(next.span);
            self.say(
                Diagnostic::error("E0006", both, "`else if` begins a second `if`, which has no `end`")
                    .label("two words")
                    .help("`elseif`, in one word, goes on with the first `if`")
                    .fix("write `elseif`", both, "elseif"),
            );
            token = Token { kind: Kind::ElseIf, span: both, first: token.first, reported: true };
            self.at += 1;
        }
        let opener = self.top().opener;
        self.close(Some(token));
        if token.kind == Kind::ElseIf {
            let frame = self.top();
            frame.pending = Some((Opener { token, root: opener.token, ..opener }, frame.tokens.len()));
            frame.tokens.push(token);
        } else {
            self.push(token);
            self.open(FrameKind::If, opener, token.span.end);
        }
    }
}
