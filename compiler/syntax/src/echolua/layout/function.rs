//! The head of a function: its name and its parameters, up to where the body begins.

use crate::diagnostic::Diagnostic;
use crate::span::Span;

use super::{FrameKind, Pass};
use crate::echolua::lexer::Token;
use crate::echolua::token::Kind;

impl Pass<'_> {
    /// `function`, its name and its parameters, up to where the body begins.
    pub(super) fn function(&mut self, token: Token) {
        let opener = self.opener(token);
        self.top().names = false;
        self.push(token);
        let mut end = token;
        let spread = self.name_ahead();
        while let Some(next) = self.src.get(self.at + 1)
            && (spread || !next.first)
        {
            let fits = match next.kind {
                Kind::Name => end.kind != Kind::Name,
                Kind::Dot | Kind::Colon => end.kind == Kind::Name,
                _ => false,
            };
            if !fits {
                break;
            }
            end = *next;
            self.push(end);
            self.at += 1;
        }
        match self.params_ahead() {
            Some(0) if end.kind != Kind::Dot && end.kind != Kind::Colon => {
                self.at += 1;
                self.push(self.src[self.at]);
                end = self.params();
            }
            Some(skip) => {
                let odd = self.src[self.at + 1];
                if !odd.reported {
                    self.say(
                        Diagnostic::error("E0016", odd.span, "a name or the parameters of the function belong here")
                            .label("not a name")
                            .related(token.span, "of this function"),
                    );
                }
                let frame = self.top();
                if frame.tokens.last().is_some_and(|last| matches!(last.kind, Kind::Dot | Kind::Colon)) {
                    frame.tokens.pop();
                }
                if let Some(last) = frame.tokens.last_mut() {
                    last.reported = true;
                }
                self.at += skip + 1;
                self.push(self.src[self.at]);
                end = self.params();
            }
            None => {
                let at = Span { start: end.span.end, end: end.span.end };
                let listed = self.bare_params();
                let said = if listed {
                    Diagnostic::error("E0013", at, "the parameters stand in parentheses").label("`(` expected").fix(
                        "insert `(`",
                        at,
                        "(",
                    )
                } else {
                    Diagnostic::error("E0013", at, "the list of parameters is missing").label("`()` expected").fix(
                        "insert `()`",
                        at,
                        "()",
                    )
                };
                self.say(said.related(token.span, "of this function"));
                self.insert(Kind::LParen);
                if listed {
                    end = self.params();
                } else {
                    self.insert(Kind::RParen);
                }
            }
        }
        self.open(FrameKind::Function, opener, end.span.end);
    }

    /// Whether a whole name and the parenthesis after it follow, on whatever lines, where only a
    /// statement can begin. Then it is this function's name; elsewhere a name on the next line
    /// rather begins the next statement.
    fn name_ahead(&self) -> bool {
        use Kind::*;
        let before = self.at.checked_sub(1).and_then(|at| self.src_kind(at));
        let statement = matches!(
            before,
            None | Some(
                Local
                    | Do
                    | Then
                    | Else
                    | Repeat
                    | End
                    | Semi
                    | Name
                    | RParen
                    | RBrace
                    | RBracket
                    | Str
                    | Number
                    | Nil
                    | True
                    | False
                    | Dots
                    | DoubleColon
                    | Break
            )
        );
        let mut at = self.at + 1;
        while self.src_kind(at) == Some(Name) && matches!(self.src_kind(at + 1), Some(Dot | Colon)) {
            at += 2;
        }
        statement && self.src_kind(at) == Some(Name) && self.src_kind(at + 1) == Some(LParen)
    }

    /// How many odd tokens stand before the parenthesis of the parameters on this line.
    pub(super) fn params_ahead(&self) -> Option<usize> {
        let ahead = self.src.iter().skip(self.at + 1).take(6).enumerate();
        for (index, token) in ahead {
            if token.kind == Kind::LParen && (index == 0 || !token.first) {
                return Some(index);
            }
            if token.first || token.kind.is_keyword() || token.kind == Kind::RParen {
                return None;
            }
        }
        None
    }

    /// Whether names and a closing parenthesis follow on this line, without the opening one.
    pub(super) fn bare_params(&self) -> bool {
        let ahead = self.src.iter().skip(self.at + 1).take(64).take_while(|token| !token.first);
        let mut rest = ahead.skip_while(|token| matches!(token.kind, Kind::Name | Kind::Comma | Kind::Dots));
        rest.next().is_some_and(|token| token.kind == Kind::RParen)
    }

    /// Parameters and the closing parenthesis; what does not belong is reported and left out.
    pub(super) fn params(&mut self) -> Token {
        // The opening parenthesis, or what stands before the place where it is missing.
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
            if token.first || token.kind.starts_stmt() || token.kind == Kind::Function {
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
}
