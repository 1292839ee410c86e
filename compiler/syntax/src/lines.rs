//! Byte offsets to lines and columns, and back.

/// Where the lines of a text begin. Lines end with `\n`, `\r\n` or a lone `\r`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LineIndex {
    starts: Vec<usize>,
    len: usize,
}

impl LineIndex {
    /// Finds the lines of a text.
    pub fn new(text: &str) -> LineIndex {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for (at, byte) in bytes.iter().enumerate() {
            let ends = match byte {
                b'\n' => true,
                b'\r' => bytes.get(at + 1) != Some(&b'\n'),
                _ => false,
            };
            if ends {
                starts.push(at + 1);
            }
        }
        LineIndex { starts, len: bytes.len() }
    }

    /// How many lines there are; at least one.
    pub fn count(&self) -> usize {
        self.starts.len()
    }

    /// The line of an offset, from 1. An offset past the end is on the last line.
    pub fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).max(1)
    }

    /// The bytes of a line (from 1), with its line break; empty if there is no such line.
    pub fn range(&self, line: usize) -> core::ops::Range<usize> {
        let start = line.checked_sub(1).and_then(|index| self.starts.get(index)).copied().unwrap_or(self.len);
        start..self.starts.get(line).copied().unwrap_or(self.len)
    }

    /// Line and column of an offset, both from 1, the column in characters.
    pub fn line_col(&self, text: &str, offset: usize) -> (usize, usize) {
        let (line, before) = self.before(text, offset);
        (line, before.chars().count() + 1)
    }

    /// Line and column of an offset, both from 0, the column in UTF-16 units, as editors count.
    pub fn utf16(&self, text: &str, offset: usize) -> (usize, usize) {
        let (line, before) = self.before(text, offset);
        (line - 1, before.chars().map(char::len_utf16).sum())
    }

    /// The offset of a line and column in UTF-16 units, both from 0; clipped to the line.
    pub fn offset_utf16(&self, text: &str, line: usize, column: usize) -> usize {
        let range = self.range(line.saturating_add(1));
        let start = range.start;
        let content = text.get(range).unwrap_or_default().trim_end_matches(['\n', '\r']);
        let mut units = 0;
        for (at, c) in content.char_indices() {
            if units + c.len_utf16() > column {
                return start + at;
            }
            units += c.len_utf16();
        }
        start + content.len()
    }

    /// The line, and what stands on it before the offset.
    fn before<'t>(&self, text: &'t str, offset: usize) -> (usize, &'t str) {
        let mut offset = offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.line(offset);
        (line, text.get(self.range(line).start..offset).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_lines_and_characters() {
        let text = "a\nbé😀c\r\n\rlast";
        let index = LineIndex::new(text);
        assert_eq!(index.count(), 4);
        let at = text.find('c').unwrap_or(0);
        assert_eq!(index.line_col(text, at), (2, 4));
        assert_eq!(index.utf16(text, at), (1, 4));
        assert_eq!(index.offset_utf16(text, 1, 4), at);
        assert_eq!(index.offset_utf16(text, 1, 99), at + 1);
        assert_eq!(index.line_col(text, 999), (4, 5));
        assert_eq!(&text[index.range(4)], "last");
        assert_eq!(index.range(9), text.len()..text.len());
    }

    #[test]
    fn every_offset_comes_back() {
        let text = "x = 'ä'\r\n\n  y😀 = 2\r";
        let index = LineIndex::new(text);
        for (at, c) in text.char_indices().filter(|(_, c)| !matches!(c, '\n' | '\r')) {
            let (line, column) = index.utf16(text, at);
            assert_eq!(index.offset_utf16(text, line, column), at, "{c}");
        }
    }
}
