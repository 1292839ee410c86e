//! Newlines and neighbours before grammar: what stands on a line of its own is a statement, what
//! touches is one thing. This pass cuts a text into rules and bodies into statements, lifts every
//! body out of the statement around it, and tells a calling parenthesis, an indexing bracket, a
//! body's brace and the bar of a comprehension from their doubles. So the grammar has no conflicts,
//! and a mistake in one statement leaves the others alone.

use core::ops::Range;

use crate::diagnostic::{Diagnostic, Edit, Fix};
use crate::span::Span;

use super::brackets::{Balanced, head_sign, starts_item};
use super::lexer::Token;
use super::token::Kind;

/// A body: the tokens of its statements.
#[derive(Debug, Default)]
pub struct RawBody {
    /// One list a statement.
    pub literals: Vec<Vec<Token>>,
    /// With braces, where there are.
    pub span: Span,
    /// It follows an `if` without braces.
    pub bare: bool,
}

/// What the pass hands to the grammar. A nested body has a higher number than the one around it.
#[derive(Debug, Default)]
pub struct Layout {
    /// The package, the imports and the rules.
    pub items: Vec<Vec<Token>>,
    /// By number.
    pub bodies: Vec<RawBody>,
    /// In no particular order.
    pub diagnostics: Vec<Diagnostic>,
}

/// How far a search goes, so that the work stays linear.
const NEAR: usize = 64;

/// What is laid out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Goal {
    /// A file.
    Module,
    /// Statements; they become body 0.
    Query,
    /// One expression; it becomes the only item.
    Term,
}

/// Lays out a whole text.
pub fn layout(text: &str, balanced: &Balanced, goal: Goal) -> Layout {
    let mut pass = Pass { text, src: &balanced.tokens, close: &balanced.close, out: Layout::default() };
    let all = 0..balanced.tokens.len();
    match goal {
        Goal::Module => {
            for item in pass.split_items(all) {
                let tokens = pass.item(item);
                pass.out.items.push(tokens);
            }
        }
        Goal::Query => {
            let span = Span::new(0, text.len());
            pass.lift(all, span, "query");
        }
        Goal::Term => {
            let mut tokens = Vec::new();
            pass.range(all, false, &mut tokens);
            pass.out.items.push(tokens);
        }
    }
    pass.out
}

struct Pass<'t> {
    text: &'t str,
    src: &'t [Token],
    close: &'t [usize],
    out: Layout,
}

impl Pass<'_> {
    fn say(&mut self, diagnostic: Diagnostic) {
        self.out.diagnostics.push(diagnostic);
    }

    /// The tokens of a range that are in no bracket of it.
    fn level(&self, range: Range<usize>) -> impl Iterator<Item = (usize, Token)> + '_ {
        let mut at = range.start;
        std::iter::from_fn(move || {
            let here = at;
            if here >= range.end {
                return None;
            }
            at = self.close[here] + 1;
            Some((here, self.src[here]))
        })
    }

    fn column(&self, at: usize) -> usize {
        let bytes = &self.text.as_bytes()[..self.src[at].span.start as usize];
        bytes.iter().rev().take_while(|b| !matches!(b, b'\n' | b'\r')).count()
    }

    // Rules.

    fn split_items(&self, range: Range<usize>) -> Vec<Range<usize>> {
        let mut items = Vec::new();
        let mut start = range.start;
        let mut bare = false;
        let mut prev: Option<(usize, Token)> = None;
        for (at, token) in self.level(range.clone()) {
            if let Some((before, _)) = prev
                && token.first
                && self.item_begins(start, at, self.src[self.close[before]], bare)
            {
                items.push(start..at);
                (start, bare) = (at, false);
            } else if let Some((_, last)) = prev
                && last.kind == Kind::If
            {
                bare = token.kind != Kind::LBrace;
            }
            prev = Some((at, token));
        }
        if start < range.end {
            items.push(start..range.end);
        }
        items
    }

    /// Whether a new item begins with the token `at`, which is first on its line. `bare`: in the
    /// one that began at `start`, an `if` without braces is open.
    fn item_begins(&self, start: usize, at: usize, prev: Token, bare: bool) -> bool {
        let token = self.src[at];
        let head = starts_item(self.src, at);
        if matches!(token.kind, Kind::Package | Kind::Import | Kind::Default) {
            return true;
        }
        let path = matches!(self.src[start].kind, Kind::Package | Kind::Import);
        // Of a rule whose head is broken, the lines of its body are left over.
        if self.column(at) > self.column(start) && self.src[start..at].iter().take(NEAR).any(|token| token.reported) {
            return false;
        }
        if !prev.kind.ends_expr() {
            // What was begun on the line before is broken, if this line is a rule by itself.
            let sign = head_sign(self.src, at);
            let condition = prev.kind == Kind::If && matches!(sign, Some(Kind::Assign | Kind::Unify));
            let dangling = (!condition && matches!(prev.kind, Kind::If | Kind::Else | Kind::Contains | Kind::Comma))
                || prev.kind.is_binary()
                || (path && start + 1 == at);
            return head && dangling && self.column(at) <= self.column(start);
        }
        if head || path {
            return head || token.kind.starts_literal() || token.kind == Kind::Else;
        }
        match token.kind {
            Kind::LBrace => false,
            Kind::Not | Kind::Some | Kind::Every if bare => false,
            kind if kind.starts_literal() => !(bare && self.column(at) > self.column(start)),
            _ => false,
        }
    }

    fn item(&mut self, range: Range<usize>) -> Vec<Token> {
        let mut out: Vec<Token> = Vec::new();
        let mut head = true;
        let mut at = range.start;
        while at < range.end {
            let mut token = self.src[at];
            let end = self.close[at];
            let last = out.last().map(|token: &Token| token.kind);
            match token.kind {
                Kind::Contains => {
                    let named = out.is_empty() || last == Some(Kind::Default);
                    if named || !head {
                        token.kind = Kind::Name;
                    } else {
                        head = false;
                    }
                    out.push(token);
                }
                Kind::If => {
                    head = false;
                    out.push(token);
                    at = self.condition(at, range.end, &mut out);
                    continue;
                }
                Kind::LBrace if last.is_some_and(|last| last.ends_expr() || last == Kind::Else) => {
                    head = false;
                    let what = if last == Some(Kind::Else) { "else" } else { "rule" };
                    self.lift_braces(at, what, &mut out);
                }
                _ => {
                    head &= !matches!(token.kind, Kind::Assign | Kind::Unify);
                    self.token(at, &mut out);
                }
            }
            at = end + 1;
        }
        out
    }

    /// What follows an `if`. Returns where the item goes on.
    fn condition(&mut self, at: usize, end: usize, out: &mut Vec<Token>) -> usize {
        let open = at + 1;
        if open < end && self.src[open].kind == Kind::LBrace && self.is_body(open, end) {
            self.lift_braces(open, "if", out);
            return self.close[open] + 1;
        }
        let stop = self.level(open..end).find(|(_, token)| token.kind == Kind::Else).map_or(end, |(at, _)| at);
        let word = self.src[at];
        if open >= stop {
            self.say(
                Diagnostic::error("E1013", word.span, "an `if` without a condition")
                    .label("a condition is missing after this")
                    .help("`if x == 1`, or several in braces: `if { x; y }`; a rule that always holds has no `if`"),
            );
        }
        let from = self.src.get(open).filter(|_| open < stop).map_or(word.span.end, |token| token.span.start);
        let to = if open < stop { self.src[stop - 1].span.end } else { from };
        let id = self.lift(open..stop, Span { start: from, end: to }, "bare");
        let literals = &self.out.bodies[id as usize].literals;
        if literals.len() > 1
            && let (Some(second), Some(last)) = (literals[1].first().copied(), self.src.get(stop - 1))
            && !second.reported
            && literals[0].first().is_some_and(|first| first.kind.starts_literal() || first.kind == Kind::Minus)
        {
            let close = Span { start: last.span.end, end: last.span.end };
            let edits = vec![
                Edit { span: Span { start: from, end: from }, text: "{ ".into() },
                Edit { span: close, text: " }".into() },
            ];
            let mut said = Diagnostic::error("E1015", second.span, "an `if` without braces takes one condition")
                .label("a second one begins here")
                .related(word.span, "the `if`");
            said.fixes.push(Fix { title: "put the conditions in braces".into(), edits });
            self.say(said);
        }
        out.push(self.body_token(id));
        stop
    }

    /// Whether the brace after an `if` opens a body. What is used as a value right after is none.
    fn is_body(&mut self, open: usize, end: usize) -> bool {
        let close = self.close[open];
        let used = self.src.get(close + 1).filter(|_| close + 1 < end).is_some_and(|next| {
            next.kind.is_binary() || (next.glued && matches!(next.kind, Kind::Dot | Kind::LBracket | Kind::LParen))
        });
        if used {
            return false;
        }
        let inside = open + 1..close;
        let whole = self.src[open].span.to(self.src[close].span);
        let quiet = self.src[open].reported;
        let colon = self.level(inside.clone()).find(|(_, token)| token.kind == Kind::Colon);
        let clear = !self.level(inside).any(|(_, token)| matches!(token.kind, Kind::Assign | Kind::Unify | Kind::Semi));
        // As in Rego, a comprehension is one also here.
        let pipe = self.level(open + 1..close).find(|(_, token)| token.kind == Kind::Pipe).map(|(at, _)| at);
        if let Some(pipe) = pipe {
            let start = colon.map_or(open + 1, |(at, _)| at + 1);
            if start < pipe && self.term_end(start, pipe) == pipe && self.bar(open) == Some(pipe) {
                return false;
            }
        }
        if !clear || colon.is_none_or(|(at, _)| self.term_end(open + 1, at) != at) {
            return true;
        }
        if !quiet {
            let text = &self.text[whole.range()];
            self.say(
                Diagnostic::error("E1021", whole, "after `if` stands an object, which always holds")
                    .label("not a body: a body has conditions")
                    .help("if it is meant as a value, put it into a body or compare it")
                    .fix("put it into a body", whole, format!("{{ {text} }}")),
            );
        }
        false
    }

    // Bodies.

    fn body_token(&self, id: u32) -> Token {
        let span = self.out.bodies[id as usize].span;
        Token { kind: Kind::Body(id), span, first: false, glued: false, reported: false, raw: false }
    }

    fn lift_braces(&mut self, open: usize, what: &str, out: &mut Vec<Token>) {
        let close = self.close[open];
        let span = self.src[open].span.to(self.src[close].span);
        let id = self.lift(open + 1..close, span, if self.src[open].reported { "known" } else { what });
        let mut token = self.body_token(id);
        token.first = self.src[open].first;
        out.push(token);
    }

    /// Puts the statements of a range aside and returns their number.
    fn lift(&mut self, range: Range<usize>, span: Span, what: &str) -> u32 {
        let id = self.out.bodies.len();
        self.out.bodies.push(RawBody::default());
        let empty = range.is_empty();
        let mut literals = Vec::new();
        for piece in self.split_literals(range.clone()) {
            let mut tokens = Vec::new();
            self.range(piece, true, &mut tokens);
            literals.push(tokens);
        }
        if empty && !matches!(what, "known" | "bare") {
            let said = Diagnostic::error(
                "E1013",
                span,
                match what {
                    "query" => "there is no query",
                    "comprehension" => "this comprehension has no body",
                    _ => "this body is empty",
                },
            );
            self.say(match what {
                "query" => said,
                "comprehension" => said.label("a condition is missing after `|`"),
                _ => said.label("at least one condition expected").help("a rule that always holds has no `if`"),
            });
        }
        self.out.bodies[id] = RawBody { literals, span, bare: what == "bare" };
        id as u32
    }

    fn split_literals(&mut self, range: Range<usize>) -> Vec<Range<usize>> {
        let mut pieces = Vec::new();
        let mut extra = Vec::new();
        let mut start = range.start;
        let mut prev: Option<usize> = None;
        let mut braced = false;
        for (at, token) in self.level(range.clone()) {
            if token.kind == Kind::Semi {
                if start == at {
                    extra.push(at);
                } else {
                    pieces.push(start..at);
                }
                (start, prev, braced) = (at + 1, None, false);
                continue;
            }
            if let Some(before) = prev
                && self.literal_begins(start, at, self.src[self.close[before]], braced)
            {
                pieces.push(start..at);
                (start, braced) = (at, false);
            } else if token.kind == Kind::LBrace
                && prev.is_some_and(|before| self.src[self.close[before]].kind.ends_expr())
            {
                braced = true;
            }
            prev = Some(at);
        }
        if start < range.end {
            pieces.push(start..range.end);
        } else if start > range.start {
            extra.push(start - 1);
        }
        for at in extra {
            let span = self.src[at].span;
            if !self.src[at].reported {
                self.say(
                    Diagnostic::error("E1019", span, "a statement is missing beside this `;`")
                        .label("`;` stands between two statements")
                        .fix("remove it", span, ""),
                );
            }
        }
        pieces
    }

    /// Whether the token `at` begins a statement after the one that began at `start`.
    /// `braced`: that one has had its body.
    fn literal_begins(&self, start: usize, at: usize, prev: Token, braced: bool) -> bool {
        let token = self.src[at];
        if !token.first || !token.kind.starts_literal() {
            return false;
        }
        let next = self.src.get(at + 1).map(|token| token.kind);
        if !prev.kind.ends_expr() {
            // A line that is a statement for certain is not the rest of a broken one.
            return prev.kind.is_binary()
                && (matches!(token.kind, Kind::Some | Kind::Every)
                    || (token.kind == Kind::Name && next == Some(Kind::Assign)));
        }
        !(token.kind == Kind::LBrace && self.src[start].kind == Kind::Every && !braced)
    }

    // Expressions.

    /// Lays out tokens in order. `statement`: a brace after a whole expression opens a body.
    fn range(&mut self, range: Range<usize>, statement: bool, out: &mut Vec<Token>) {
        let mut at = range.start;
        while at < range.end {
            let body = statement
                && self.src[at].kind == Kind::LBrace
                && self.src[range.start].kind == Kind::Every
                && at > range.start
                && self.src[at - 1].kind.ends_expr();
            if body {
                self.lift_braces(at, "every", out);
            } else {
                self.token(at, out);
            }
            at = self.close[at] + 1;
        }
    }

    /// Lays out one token, with all that it brackets.
    fn token(&mut self, at: usize, out: &mut Vec<Token>) {
        let mut token = self.src[at];
        let last = out.last().map(|token| token.kind);
        match token.kind {
            Kind::LParen if token.glued && matches!(last, Some(Kind::Name | Kind::RParen | Kind::RBracket)) => {
                token.kind = Kind::CallParen;
            }
            Kind::LBracket if token.glued && last.is_some_and(Kind::ends_expr) => token.kind = Kind::IndexBracket,
            Kind::LBracket | Kind::LBrace => {
                if let Some(bar) = self.bar(at) {
                    return self.comprehension(at, bar, out);
                }
            }
            Kind::Contains => token.kind = Kind::Name,
            Kind::Dot => self.dot(at, &mut token),
            kind if kind.is_keyword() && last == Some(Kind::Dot) && !token.first => token.kind = Kind::Name,
            _ => {}
        }
        out.push(token);
        let close = self.close[at];
        if close > at {
            self.range(at + 1..close, false, out);
            out.push(self.src[close]);
        }
    }

    /// A dot touches both of its neighbours.
    fn dot(&mut self, at: usize, token: &mut Token) {
        let next = self.src.get(at + 1).copied();
        let after = next.is_some_and(|next| next.glued || next.kind.closes());
        let Some(prev) = at.checked_sub(1).map(|before| self.src[before]) else { return };
        if (token.glued && after) || token.reported || prev.reported || !prev.kind.ends_expr() {
            return;
        }
        let Some(next) = next.filter(|next| next.kind == Kind::Name || next.kind.is_keyword()) else { return };
        if next.first {
            self.say(
                Diagnostic::error("E1014", token.span, "no name stands behind the `.` of a reference")
                    .label("the line ends here")
                    .help("a reference is written on one line: the name touches the `.`"),
            );
            token.reported = true;
            return;
        }
        let gap = Span { start: prev.span.end, end: next.span.start };
        self.say(
            Diagnostic::error("E1014", token.span, "no space may stand around the `.` of a reference")
                .label("a space stands beside this")
                .fix("remove the space", gap, "."),
        );
        token.reported = true;
    }

    fn comprehension(&mut self, open: usize, bar: usize, out: &mut Vec<Token>) {
        let close = self.close[open];
        out.push(self.src[open]);
        self.range(open + 1..bar, false, out);
        out.push(Token { kind: Kind::Bar, ..self.src[bar] });
        let span = if bar + 1 < close {
            self.src[bar + 1].span.to(self.src[close - 1].span)
        } else {
            let end = self.src[bar].span.end;
            Span { start: end, end }
        };
        let id = self.lift(bar + 1..close, span, "comprehension");
        out.push(self.body_token(id));
        out.push(self.src[close]);
    }

    /// The `|` of a comprehension in this bracket or brace: the one right after its first term.
    fn bar(&mut self, open: usize) -> Option<usize> {
        let close = self.close[open];
        let mut pipe = None;
        let mut start = open + 1;
        let mut certain = false;
        let mut list = false;
        let mut stated = false;
        for (at, token) in self.level(open + 1..close) {
            match token.kind {
                Kind::Comma if pipe.is_none() => return None,
                Kind::Colon if pipe.is_none() && self.src[open].kind == Kind::LBrace => start = at + 1,
                Kind::Pipe if pipe.is_none() => pipe = Some(at),
                _ if pipe.is_none() => {}
                Kind::Some | Kind::Every | Kind::Assign | Kind::Unify | Kind::Semi | Kind::Not => {
                    certain = true;
                    stated |= matches!(token.kind, Kind::Some | Kind::Every);
                }
                // `x, y in z` has a comma too.
                Kind::In => stated = true,
                Kind::Comma if !stated => list |= !self.keyed(at, close),
                _ => {}
            }
        }
        let pipe = pipe?;
        if list && !certain {
            return None;
        }
        if self.term_end(start, pipe) == pipe {
            return Some(pipe);
        }
        if !certain || start == pipe {
            return if start == pipe { Some(pipe) } else { None };
        }
        let span = self.src[start].span.to(self.src[pipe - 1].span);
        let quiet = self.src[start..pipe].iter().any(|token| token.reported);
        let known = self.out.diagnostics.iter().rev().take(8).any(|said| said.span == span);
        if !quiet && !known {
            let text = &self.text[span.range()];
            self.say(
                Diagnostic::error("E1025", span, "what a comprehension collects needs parentheses here")
                    .label("a single term is expected before `|`")
                    .help("without them, `|` would join two sets")
                    .fix("put it in parentheses", span, format!("({text})")),
            );
        }
        Some(pipe)
    }

    /// Whether `in` follows the comma `at` after one more term.
    fn keyed(&self, at: usize, close: usize) -> bool {
        let end = self.term_end(at + 1, close);
        end < close && self.src[end].kind == Kind::In
    }

    /// Where the term that begins at `at` ends; `at` itself if none does.
    fn term_end(&self, at: usize, end: usize) -> usize {
        if at >= end {
            return at;
        }
        let mut next = match self.src[at].kind {
            Kind::Minus if at + 1 < end && self.src[at + 1].kind == Kind::Number => at + 2,
            kind if kind.starts_operand() => self.close[at] + 1,
            _ => return at,
        };
        while next < end && self.src[next].glued {
            next = match self.src[next].kind {
                Kind::LBracket | Kind::LParen => self.close[next] + 1,
                Kind::Dot if next + 1 < end => next + 2,
                _ => return next,
            };
        }
        next
    }
}
