//! Ends of blocks: `end`, `until`, `else`, and which of them is missing or one too many.

use crate::diagnostic::Diagnostic;
use crate::span::Span;

use super::{FrameKind, NEAR, Opener, Pass, closing};
use crate::echolua::lexer::Token;
use crate::echolua::token::Kind;

impl Pass<'_> {
    pub(super) fn take_missing(&mut self) -> bool {
        let Some(hints) = &mut self.hints else { return false };
        let any = hints.missing > 0;
        hints.missing = hints.missing.saturating_sub(1);
        any
    }

    pub(super) fn hints_missing(&self) -> bool {
        self.hints.as_ref().is_some_and(|hints| hints.missing > 0)
    }

    /// With an `end` missing somewhere: a statement that begins no deeper than the block it would be
    /// in, though that block's first line is deeper, is outside.
    pub(super) fn outdented(&mut self, token: Token, indent: u32) {
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
    pub(super) fn close_missing(&mut self, because: Option<(Token, &str)>) {
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
        if opener.token.kind == Kind::Then {
            said = Diagnostic::error("E0022", opener.token.span, "`then` is not expected here")
                .label("it belongs to an `if` or `elseif`");
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

    /// With an `end` too many somewhere: whether it is this (then reported), because what stands around it belongs
    /// together or goes on at the same indentation.
    pub(super) fn early_end(&mut self, token: Token) -> bool {
        if self.hints.as_ref().is_none_or(|hints| hints.extra == 0) {
            return false;
        }
        let at = self.at;
        let next = self.src.get(at + 1).copied();
        let prev = if at > 0 { self.src_kind(at - 1) } else { None };
        let frame = self.top();
        let (kind, opener, body) = (frame.kind, frame.opener, frame.body_indent);
        let bracket = frame.brackets.last().map(|bracket| closing(bracket.kind));
        let inside = bracket.is_some_and(|wanted| self.closes_later(wanted));
        let mut continued = false;
        let mut early = inside || kind == FrameKind::Repeat;
        let spread = self.src[opener.at + 1..=at].iter().take(NEAR).any(|token| token.first);
        if let Some(next) = next
            && kind != FrameKind::Chunk
        {
            if !token.first && spread {
                let joined = !next.first
                    && (next.kind.is_binary()
                        || matches!(
                            next.kind,
                            Kind::Comma
                                | Kind::Dot
                                | Kind::Colon
                                | Kind::Assign
                                | Kind::Then
                                | Kind::Do
                                | Kind::Name
                                | Kind::RParen
                                | Kind::RBracket
                                | Kind::RBrace
                                | Kind::LParen
                                | Kind::LBrace
                                | Kind::Str
                        ));
                let wanting = prev.is_some_and(|prev| prev.is_binary() || matches!(prev, Kind::Assign | Kind::Comma));
                let goes_on = next.first && body.is_some_and(|body| self.indent(at + 1) >= body);
                early |= joined || wanting || goes_on;
            }
            // `end` and then `else`, where no other `if` is open that the `else` could continue.
            if matches!(next.kind, Kind::Else | Kind::ElseIf) && kind == FrameKind::If {
                let outer = self.frames.iter().rev().skip(1).take(NEAR);
                let mut function =
                    outer.take_while(|frame| !matches!(frame.kind, FrameKind::Function | FrameKind::Chunk));
                continued = !function.any(|frame| frame.kind == FrameKind::If);
            }
        }
        if !early && !continued {
            return false;
        }
        if let Some(hints) = &mut self.hints {
            hints.extra -= 1;
        }
        if continued && let Some(next) = next {
            let word = next.kind.text();
            self.say(
                Diagnostic::error("E0017", token.span, format!("this `end` ends the `if` before its `{word}`"))
                    .label("one too many")
                    .related(next.span, "the `if` goes on here")
                    .fix("remove it", token.span, ""),
            );
        } else {
            self.stray(token);
        }
        true
    }

    pub(super) fn end(&mut self, token: Token) {
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
                self.repeat_ended = true;
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
    pub(super) fn outer_at(&self, indent: u32) -> bool {
        let outer = self.frames.iter().rev().skip(1).take(NEAR).take_while(|frame| frame.kind != FrameKind::Chunk);
        outer.into_iter().any(|frame| frame.opener.indent == indent)
    }

    /// How many frames up the innermost block of this kind is, inside the same function.
    pub(super) fn up_to(&self, kind: FrameKind) -> Option<usize> {
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

    pub(super) fn until(&mut self, token: Token) {
        let Some(up) = self.up_to(FrameKind::Repeat) else {
            self.say(
                Diagnostic::error("E0006", token.span, "this `until` belongs to no `repeat`")
                    .label("nothing to end")
                    .help("`repeat … until condition`"),
            );
            self.extra += usize::from(self.repeat_ended);
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
    pub(super) fn skip_line(&mut self) {
        while self.src.get(self.at + 1).is_some_and(|next| !next.first && !next.kind.is_keyword()) {
            self.at += 1;
        }
    }

    /// `else` and `elseif`.
    pub(super) fn alternative(&mut self, mut token: Token) {
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
            self.extra += 1;
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
