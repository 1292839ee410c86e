//! Places in a text as people count them: an index of lines together with its text.

use gatos_syntax::lines;

/// A text and where its lines begin.
#[derive(Clone, Debug)]
pub struct LineIndex<'a> {
    text: &'a str,
    lines: lines::LineIndex,
    /// Characters that begin before each multiple of [`STEP`], so that a long line costs no more
    /// than a short one.
    before: Vec<u32>,
}

/// Bytes between two counts.
const STEP: usize = 512;

impl<'a> LineIndex<'a> {
    /// Reads a text once.
    pub fn new(text: &'a str) -> LineIndex<'a> {
        let mut count = 0;
        let before = std::iter::once(0).chain(text.as_bytes().chunks(STEP).map(|chunk| {
            count += begins(chunk);
            count
        }));
        LineIndex { text, lines: lines::LineIndex::new(text), before: before.collect() }
    }

    /// Characters that begin before an offset.
    fn chars(&self, offset: usize) -> u32 {
        let from = offset / STEP * STEP;
        self.before[offset / STEP] + begins(&self.text.as_bytes()[from..offset])
    }

    /// The line and the column in characters of a byte offset, both from 1.
    pub fn line_col(&self, offset: u32) -> (u32, u32) {
        let mut offset = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.lines.line(offset);
        let start = self.lines.range(line).start;
        (u32::try_from(line).unwrap_or(u32::MAX), self.chars(offset) - self.chars(start) + 1)
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

/// Characters that begin in some bytes of a text.
fn begins(bytes: &[u8]) -> u32 {
    bytes.iter().filter(|b| **b & 0xc0 != 0x80).count() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_those_of_counting() {
        let text = format!("a\n{}\r\né😀{}\nlast", "ü".repeat(2_000), "x".repeat(1_500));
        let (index, plain) = (LineIndex::new(&text), lines::LineIndex::new(&text));
        for offset in 0..=text.len() + 1 {
            let (line, col) = plain.line_col(&text, offset);
            assert_eq!(index.line_col(offset as u32), (line as u32, col as u32), "at {offset}");
        }
    }
}
