//! Brackets: which closes which, and where one that was never closed most likely ended.

use crate::diagnostic::Diagnostic;
use crate::span::Span;

use super::{Bracket, Frame, NEAR, Pass, closing};
use crate::echolua::lexer::Token;
use crate::echolua::token::Kind;

impl Pass<'_> {
    pub(super) fn open_bracket(&mut self, token: Token, callable: bool) {
        let too_deep = self.descend(token.span);
        let frame = self.top();
        frame.brackets.push(Bracket { kind: token.kind, index: frame.tokens.len(), callable, too_deep });
        frame.tokens.push(token);
        frame.callable = false;
    }

    pub(super) fn close_bracket(&mut self, mut token: Token) {
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
    pub(super) fn close_brackets(&mut self, keep: usize) {
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
    pub(super) fn bracket_end(frame: &Frame, open: usize) -> Option<usize> {
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

    pub(super) fn close_token(&mut self, token: Token) {
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

    pub(super) fn stray(&mut self, token: Token) {
        let text = token.kind.text();
        let code = if token.kind == Kind::End { "E0006" } else { "E0008" };
        self.say(
            Diagnostic::error(code, token.span, format!("nothing is open that this `{text}` could close"))
                .label("one too many")
                .fix("remove it", token.span, ""),
        );
    }

    /// Whether the right closing bracket follows before anything that cannot be inside.
    pub(super) fn closes_later(&self, wanted: Kind) -> bool {
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
}
