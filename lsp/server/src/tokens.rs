//! Semantic tokens as the protocol packs them: each relative to the one before, and a later answer as the
//! difference from the one before.

use std::collections::BTreeMap;

use gatos_ide::{File, Token, TokenKind};
use tower_lsp::ls_types::{
    SemanticToken, SemanticTokens, SemanticTokensDelta, SemanticTokensEdit, SemanticTokensFullDeltaResult,
};

use crate::view::View;

/// The place of a kind in the legend.
pub fn legend(kind: TokenKind) -> u32 {
    match kind {
        TokenKind::Namespace => 0,
        TokenKind::Parameter => 1,
        TokenKind::Variable => 2,
        TokenKind::Property => 3,
        TokenKind::Function => 4,
        TokenKind::Method => 5,
        TokenKind::Keyword => 6,
        TokenKind::Comment => 7,
        TokenKind::String => 8,
        TokenKind::Number => 9,
        TokenKind::Operator => 10,
        TokenKind::Label => 11,
        TokenKind::Rule => 12,
    }
}

/// Tokens, packed.
pub fn pack(view: &View, file: &File, tokens: &[Token]) -> Vec<SemanticToken> {
    let lines = view.lines(file);
    let (mut line, mut column) = (0, 0);
    let mut out = Vec::with_capacity(tokens.len());
    for token in tokens {
        let range = lines.range(&file.text, token.span, view.wants.encoding);
        // A token over several lines cannot be said; the parts are told to give none.
        if range.start.line != range.end.line || range.start.character >= range.end.character {
            continue;
        }
        let delta_line = range.start.line.saturating_sub(line);
        let delta_start = if delta_line == 0 {
            match range.start.character.checked_sub(column) {
                Some(delta) => delta,
                // Out of order: leaving one out is better than colours gone astray.
                None => continue,
            }
        } else {
            range.start.character
        };
        out.push(SemanticToken {
            delta_line,
            delta_start,
            length: range.end.character - range.start.character,
            token_type: legend(token.kind),
            token_modifiers_bitset: token.modifiers,
        });
        (line, column) = (range.start.line, range.start.character);
    }
    out
}

/// The last answers, for differences.
#[derive(Default, Debug)]
pub struct Sent {
    next: u64,
    last: BTreeMap<String, (String, Vec<SemanticToken>)>,
}

impl Sent {
    fn keep(&mut self, path: &str, data: Vec<SemanticToken>) -> String {
        self.next += 1;
        let id = self.next.to_string();
        self.last.insert(path.to_owned(), (id.clone(), data));
        id
    }

    /// All tokens of a file.
    pub fn full(&mut self, path: &str, data: Vec<SemanticToken>) -> SemanticTokens {
        let id = self.keep(path, data.clone());
        SemanticTokens { result_id: Some(id), data }
    }

    /// What changed since an earlier answer; all tokens when that one is not known any more.
    pub fn delta(&mut self, path: &str, since: &str, data: Vec<SemanticToken>) -> SemanticTokensFullDeltaResult {
        let before = match self.last.remove(path) {
            Some((id, before)) if id == since => before,
            _ => return SemanticTokensFullDeltaResult::Tokens(self.full(path, data)),
        };
        let edits = difference(&before, &data);
        let id = self.keep(path, data);
        SemanticTokensFullDeltaResult::TokensDelta(SemanticTokensDelta { result_id: Some(id), edits })
    }

    /// Forgets a document that was closed.
    pub fn forget(&mut self, path: &str) {
        self.last.remove(path);
    }
}

/// One edit for what lies between what both begin with and what both end with: keystrokes change one place.
fn difference(before: &[SemanticToken], after: &[SemanticToken]) -> Vec<SemanticTokensEdit> {
    let head = before.iter().zip(after).take_while(|(a, b)| a == b).count();
    let (rest_before, rest_after) = (before.get(head..).unwrap_or_default(), after.get(head..).unwrap_or_default());
    let tail = rest_before.iter().rev().zip(rest_after.iter().rev()).take_while(|(a, b)| a == b).count();
    let deleted = rest_before.len() - tail;
    let inserted = rest_after.get(..rest_after.len() - tail).unwrap_or_default();
    if deleted == 0 && inserted.is_empty() {
        return Vec::new();
    }
    // The protocol counts numbers, five a token.
    let count = |n: usize| u32::try_from(n * 5).unwrap_or(u32::MAX);
    vec![SemanticTokensEdit {
        start: count(head),
        delete_count: count(deleted),
        data: Some(inserted.to_vec()).filter(|data| !data.is_empty()),
    }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn token(n: u32) -> SemanticToken {
        SemanticToken { delta_line: n, delta_start: 1, length: 2, token_type: 3, token_modifiers_bitset: 4 }
    }

    fn applied(before: &[SemanticToken], edits: &[SemanticTokensEdit]) -> Vec<SemanticToken> {
        let mut out = before.to_vec();
        for edit in edits.iter().rev() {
            let from = edit.start as usize / 5;
            out.splice(from..from + edit.delete_count as usize / 5, edit.data.clone().unwrap_or_default());
        }
        out
    }

    proptest! {
        #[test]
        fn a_difference_leads_from_one_to_the_other(
            before in proptest::collection::vec(0u32..4, 0..20), after in proptest::collection::vec(0u32..4, 0..20)
        ) {
            let before: Vec<_> = before.into_iter().map(token).collect();
            let after: Vec<_> = after.into_iter().map(token).collect();
            let edits = difference(&before, &after);
            prop_assert_eq!(applied(&before, &edits), after.clone());
            prop_assert_eq!(edits.is_empty(), before == after);
        }
    }

    #[test]
    fn an_unknown_answer_brings_all_tokens() {
        let mut sent = Sent::default();
        let first = sent.full("/a", vec![token(1)]);
        let id = first.result_id.unwrap_or_default();
        let delta = sent.delta("/a", &id, vec![token(1), token(2)]);
        assert!(matches!(&delta, SemanticTokensFullDeltaResult::TokensDelta(d) if d.edits.len() == 1));
        let late = sent.delta("/a", &id, vec![token(1)]);
        assert!(matches!(late, SemanticTokensFullDeltaResult::Tokens(t) if t.data == [token(1)]));
    }

    #[test]
    fn the_legend_names_every_kind() {
        let names: Vec<_> = crate::capabilities::TOKEN_TYPES.iter().map(|t| t.as_str().to_owned()).collect();
        let of = |kind| names.get(legend(kind) as usize).map(String::as_str);
        assert_eq!(of(TokenKind::Namespace), Some("namespace"));
        assert_eq!(of(TokenKind::Operator), Some("operator"));
        assert_eq!(of(TokenKind::Label), Some("label"));
        assert_eq!(of(TokenKind::Rule), Some("rule"));
        assert_eq!(names.len(), 13);
    }
}
