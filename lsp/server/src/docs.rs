//! Documents that an editor has open: their text follows the client's edits, whatever is on disk.

use std::sync::Arc;
use std::time::Instant;

use gatos_ide::Diagnostic;
use gatos_syntax::span::Span;
use tower_lsp::ls_types::{TextDocumentContentChangeEvent, Uri};

use crate::position::{Encoding, Lines};

/// A document.
#[derive(Clone, Debug)]
pub struct Doc {
    /// The URI that the client uses for it.
    pub uri: Uri,
    /// The version of its text.
    pub version: i32,
    /// The language that the client calls it.
    pub language: String,
    /// Its text.
    pub text: String,
    /// Its lines.
    pub lines: Arc<Lines>,
    /// What only the repository could tell about it; places follow the edits until it is asked again.
    pub live: Vec<Diagnostic>,
    /// When it was edited last.
    pub edited: Instant,
}

impl Doc {
    /// A document that was just opened.
    pub fn new(uri: Uri, language: String, version: i32, text: String) -> Doc {
        let lines = Arc::new(Lines::new(&text));
        Doc { uri, version, language, text, lines, live: Vec::new(), edited: Instant::now() }
    }

    /// Applies a client's edits in order. What is odd about them is told: they are applied as well as they can be,
    /// since a text that stays behind would be wrong for good.
    pub fn apply(
        &mut self,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
        encoding: Encoding,
    ) -> Vec<String> {
        let mut odd = Vec::new();
        if version <= self.version {
            odd.push(format!("version {version} follows version {}", self.version));
        }
        self.version = version;
        self.edited = Instant::now();
        for change in changes {
            let Some(range) = change.range else {
                self.text = change.text;
                self.lines = Arc::new(Lines::new(&self.text));
                self.live.clear();
                continue;
            };
            if (range.end.line, range.end.character) < (range.start.line, range.start.character) {
                odd.push(format!(
                    "a change from {}:{} to {}:{} ends before it begins",
                    range.start.line, range.start.character, range.end.line, range.end.character
                ));
            } else if range.start.line >= self.lines.count() {
                odd.push(format!("a change at line {} of {}", range.start.line, self.lines.count()));
            }
            let span = self.lines.span(&self.text, range, encoding);
            self.text.replace_range(span.range(), &change.text);
            self.lines = Arc::new(Lines::new(&self.text));
            shift(&mut self.live, span, change.text.len());
        }
        odd
    }
}

/// Moves what lies behind an edit; what the edit touches is not known any more.
fn shift(live: &mut Vec<Diagnostic>, edit: Span, len: usize) {
    let len = u32::try_from(len).unwrap_or(u32::MAX);
    let moved = |at: u32| at.saturating_sub(edit.end).saturating_add(edit.start).saturating_add(len);
    live.retain_mut(|diagnostic| {
        let span = &mut diagnostic.span;
        if edit.start >= span.end {
            return true;
        }
        if edit.end <= span.start {
            *span = Span { start: moved(span.start), end: moved(span.end) };
            return true;
        }
        if edit.start >= span.start && edit.end <= span.end {
            // Inside of it: it grows and shrinks with its text.
            span.end = moved(span.end);
            return span.end > span.start;
        }
        false
    });
    for diagnostic in live.iter_mut() {
        // Places elsewhere are asked for again soon; until then none is better than a wrong one.
        diagnostic.related.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::str::FromStr;
    use tower_lsp::ls_types::{Position, Range};

    fn doc(text: &str) -> Doc {
        let uri = Uri::from_str("file:///a.lua").unwrap_or_else(|e| panic!("{e}"));
        Doc::new(uri, "echolua".to_owned(), 1, text.to_owned())
    }

    fn change(from: (u32, u32), to: (u32, u32), text: &str) -> TextDocumentContentChangeEvent {
        let at = |(line, character): (u32, u32)| Position { line, character };
        TextDocumentContentChangeEvent {
            range: Some(Range { start: at(from), end: at(to) }),
            range_length: None,
            text: text.to_owned(),
        }
    }

    #[test]
    fn edits_apply_in_order_each_to_the_text_before_it() {
        let mut it = doc("one\ntwo\n");
        let odd = it.apply(2, vec![change((0, 0), (0, 0), "zero\n"), change((2, 0), (2, 3), "2")], Encoding::Utf16);
        assert_eq!((it.text.as_str(), odd.len()), ("zero\none\n2\n", 0));
    }

    #[test]
    fn columns_are_of_the_encoding() {
        let mut it = doc("é😀x");
        it.apply(2, vec![change((0, 3), (0, 4), "y")], Encoding::Utf16);
        assert_eq!(it.text, "é😀y");
        it.apply(3, vec![change((0, 6), (0, 7), "z")], Encoding::Utf8);
        assert_eq!(it.text, "é😀z");
    }

    #[test]
    fn odd_edits_are_told_and_survived() {
        let mut it = doc("one\ntwo");
        let odd = it.apply(1, vec![change((9, 0), (9, 9), "!"), change((1, 2), (0, 0), "?")], Encoding::Utf16);
        assert_eq!(odd.len(), 3, "{odd:?}");
        assert_eq!(it.text, "one\ntw?o!");
    }

    #[test]
    fn a_whole_text_replaces_all() {
        let mut it = doc("one");
        let whole = TextDocumentContentChangeEvent { range: None, range_length: None, text: "two\n".to_owned() };
        it.apply(2, vec![whole], Encoding::Utf16);
        assert_eq!((it.text.as_str(), it.lines.count()), ("two\n", 2));
    }

    #[test]
    fn what_the_repository_told_follows_the_text() {
        let at = |start, end| Diagnostic {
            code: "W0001",
            severity: gatos_ide::Severity::Warning,
            span: Span { start, end },
            message: String::new(),
            related: Vec::new(),
            tags: Vec::new(),
        };
        let mut live = vec![at(0, 3), at(4, 7), at(8, 11)];
        shift(&mut live, Span { start: 5, end: 6 }, 3);
        let spans: Vec<_> = live.iter().map(|d| (d.span.start, d.span.end)).collect();
        assert_eq!(spans, [(0, 3), (4, 9), (10, 13)]);
        shift(&mut live, Span { start: 2, end: 5 }, 0);
        let spans: Vec<_> = live.iter().map(|d| (d.span.start, d.span.end)).collect();
        assert_eq!(spans, [(7, 10)], "what the edit cuts is gone");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_edit_leaves_a_text_with_its_lines(
            text in "[ab\né😀\r]{0,40}", edits in proptest::collection::vec((0u32..6, 0u32..9, 0u32..6, 0u32..9, "[x\n😀]{0,3}"), 0..6),
            utf8 in any::<bool>()
        ) {
            let encoding = if utf8 { Encoding::Utf8 } else { Encoding::Utf16 };
            let mut it = doc(&text);
            for (i, (a, b, c, d, new)) in edits.into_iter().enumerate() {
                it.apply(i as i32 + 2, vec![change((a, b), (c, d), &new)], encoding);
                prop_assert_eq!(&*it.lines, &Lines::new(&it.text));
            }
        }
    }
}
