//! What went wrong, in words, and what is put in its place so that the rest can be read.

use crate::diagnostic::Diagnostic;
use crate::span::Span;

use super::build::Cx;
use super::lexer::Token;
use super::parse::Segment;

/// A change of the tokens after which the segment is read again.
pub struct Mend {
    from: usize,
    to: usize,
    tokens: Vec<Token>,
}

impl Mend {
    /// Carries it out.
    pub fn apply(self, tokens: &mut Vec<Token>) {
        let (from, to) = (self.from.min(tokens.len()), self.to.min(tokens.len()));
        tokens.splice(from..to.max(from), self.tokens);
    }
}

/// The message for the error at the token `at` (perhaps past the last) of the segment.
pub fn explain(cx: &Cx<'_>, at: usize, _goal: Segment) -> (Diagnostic, Option<Mend>) {
    let here = cx.tokens.get(at).map_or_else(
        || cx.tokens.last().map_or(Span::default(), |last| Span { start: last.span.end, end: last.span.end }),
        |token| token.span,
    );
    (Diagnostic::error("E1020", here, "this is not expected here"), None)
}
