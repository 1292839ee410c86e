//! Places in a text as people count them: an index of lines together with its text.

use gatos_syntax::lines;

/// A text and where its lines begin.
#[derive(Clone, Debug)]
pub struct LineIndex<'a> {
    text: &'a str,
    lines: lines::LineIndex,
}

impl<'a> LineIndex<'a> {
    /// Reads a text once.
    pub fn new(text: &'a str) -> LineIndex<'a> {
        LineIndex { text, lines: lines::LineIndex::new(text) }
    }

    /// The line and the column in characters of a byte offset, both from 1.
    pub fn line_col(&self, offset: u32) -> (u32, u32) {
        let (line, col) = self.lines.line_col(self.text, offset as usize);
        (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(col).unwrap_or(u32::MAX))
    }

    /// The line of a byte offset, from 1.
    pub fn line(&self, offset: u32) -> usize {
        self.lines.line(offset as usize)
    }

    /// The bytes of a line, from 1, with its break.
    pub fn range(&self, line: usize) -> core::ops::Range<usize> {
        self.lines.range(line)
    }

    /// How many lines there are.
    pub fn count(&self) -> usize {
        self.lines.count()
    }

    /// The text of a line, from 1, with its break.
    pub fn line_text(&self, line: usize) -> &'a str {
        self.text.get(self.range(line)).unwrap_or_default()
    }
}
