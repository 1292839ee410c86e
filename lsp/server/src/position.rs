//! Between byte offsets and the protocol's lines and columns, in UTF-8 or UTF-16 units. Every position has an
//! answer: one past the end of a line is its end, one past the last line is the end of the text, one inside a
//! character is the start of that character.

use gatos_syntax::span::Span;
use tower_lsp::ls_types::{Position, PositionEncodingKind, Range};

/// What a column counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encoding {
    /// Bytes.
    Utf8,
    /// UTF-16 code units, which is what a client means that does not say.
    Utf16,
}

impl Encoding {
    /// The best that a client offers.
    pub fn choose(offered: Option<&[PositionEncodingKind]>) -> Encoding {
        match offered {
            Some(kinds) if kinds.contains(&PositionEncodingKind::UTF8) => Encoding::Utf8,
            _ => Encoding::Utf16,
        }
    }

    /// Its name in the protocol.
    pub fn kind(self) -> PositionEncodingKind {
        match self {
            Encoding::Utf8 => PositionEncodingKind::UTF8,
            Encoding::Utf16 => PositionEncodingKind::UTF16,
        }
    }
}

/// Bytes between two counts of UTF-16 units, so that a column in a long line costs no walk along it.
const STEP: usize = 256;

/// Where the lines of a text begin. It belongs to one text, which each question gives again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lines {
    /// The first byte of each line; at least one.
    starts: Vec<u32>,
    /// The UTF-16 units before each multiple of [`STEP`], counting whole characters that begin before it; empty for
    /// a text of ASCII alone.
    units: Vec<u32>,
}

/// The UTF-16 units of a text's characters that begin in a range of bytes.
fn units_between(bytes: &[u8], from: usize, to: usize) -> u32 {
    let part = bytes.get(from..to.min(bytes.len())).unwrap_or_default();
    // A character has as many units as its first byte says: continuation bytes none, four-byte characters two.
    part.iter().map(|b| u32::from(b & 0xc0 != 0x80) + u32::from(*b >= 0xf0)).sum()
}

impl Lines {
    /// The lines of a text. They end with `\n`, `\r\n` or `\r`, as the protocol has it.
    pub fn new(text: &str) -> Lines {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for (i, byte) in bytes.iter().enumerate() {
            let ends = match byte {
                b'\n' => true,
                b'\r' => bytes.get(i + 1) != Some(&b'\n'),
                _ => false,
            };
            if ends {
                starts.push(clip(i + 1));
            }
        }
        let mut units = Vec::new();
        if !text.is_ascii() {
            let mut sum = 0u32;
            for block in bytes.chunks(STEP) {
                units.push(sum);
                sum = sum.saturating_add(units_between(block, 0, block.len()));
            }
            units.push(sum);
        }
        Lines { starts, units }
    }

    /// How many lines there are; a text that ends with a line break has an empty one behind it.
    pub fn count(&self) -> u32 {
        clip(self.starts.len())
    }

    /// The UTF-16 units before an offset that lies between characters.
    fn units_before(&self, text: &str, at: usize) -> u32 {
        let block = at / STEP;
        match self.units.get(block) {
            Some(sum) => sum + units_between(text.as_bytes(), block * STEP, at),
            None => clip(at),
        }
    }

    /// The bytes of a line without its line break.
    fn line(&self, text: &str, line: usize) -> Option<(usize, usize)> {
        let start = *self.starts.get(line)? as usize;
        let end = self.starts.get(line + 1).map_or(text.len(), |next| *next as usize);
        let bytes = text.as_bytes().get(start..end)?;
        let breaks = match bytes {
            [.., b'\r', b'\n'] => 2,
            [.., b'\r' | b'\n'] if line + 1 < self.starts.len() => 1,
            _ => 0,
        };
        Some((start, end - breaks))
    }

    /// The offset that a position means.
    pub fn offset(&self, text: &str, at: Position, encoding: Encoding) -> u32 {
        let Some((start, end)) = self.line(text, at.line as usize) else { return clip(text.len()) };
        let wanted = at.character as usize;
        let offset = match encoding {
            Encoding::Utf8 => start.saturating_add(wanted).min(end),
            Encoding::Utf16 if self.units.is_empty() => start.saturating_add(wanted).min(end),
            Encoding::Utf16 => self.offset_of_units(text, start, end, wanted),
        };
        clip(floor(text, offset))
    }

    /// The offset in a line so many UTF-16 units from its start.
    fn offset_of_units(&self, text: &str, start: usize, end: usize, wanted: usize) -> usize {
        let target = self.units_before(text, start) as usize + wanted;
        // The last block boundary of the line that is not past the target: from there on it is a short walk.
        let first = start / STEP + 1;
        let last = end / STEP + 1;
        let blocks = self.units.get(first..last.min(self.units.len())).unwrap_or_default();
        let skipped = blocks.partition_point(|sum| *sum as usize <= target);
        let (mut at, mut seen) = match skipped.checked_sub(1).and_then(|i| blocks.get(i).map(|sum| (i, *sum as usize)))
        {
            Some((i, sum)) => {
                let boundary = (first + i) * STEP;
                let at = ceil(text, boundary);
                (at, sum)
            }
            None => (start, self.units_before(text, start) as usize),
        };
        for c in text.get(at..end).unwrap_or_default().chars() {
            let next = seen + c.len_utf16();
            if next > target {
                break;
            }
            (at, seen) = (at + c.len_utf8(), next);
        }
        at.min(end)
    }

    /// The position of an offset.
    pub fn position(&self, text: &str, at: u32, encoding: Encoding) -> Position {
        let at = floor(text, (at as usize).min(text.len()));
        let line = self.starts.partition_point(|start| *start as usize <= at).saturating_sub(1);
        let (start, end) = self.line(text, line).unwrap_or((at, at));
        // Between the two halves of a line break is the end of the line.
        let at = at.min(end.max(start));
        let character = match encoding {
            Encoding::Utf8 => clip(at - start),
            Encoding::Utf16 if self.units.is_empty() => clip(at - start),
            Encoding::Utf16 => self.units_before(text, at) - self.units_before(text, start),
        };
        Position { line: clip(line), character }
    }

    /// The range of a span.
    pub fn range(&self, text: &str, span: Span, encoding: Encoding) -> Range {
        let start = self.position(text, span.start, encoding);
        let end = self.position(text, span.end.max(span.start), encoding);
        Range { start, end }
    }

    /// The span that a range means; one that ends before it begins is empty at its start.
    pub fn span(&self, text: &str, range: Range, encoding: Encoding) -> Span {
        let start = self.offset(text, range.start, encoding);
        let end = self.offset(text, range.end, encoding);
        Span { start, end: end.max(start) }
    }
}

/// Texts are far smaller than 4 GiB: `limits` sees to it.
fn clip(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn floor(text: &str, mut at: usize) -> usize {
    while at > 0 && !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn ceil(text: &str, mut at: usize) -> usize {
    while at < text.len() && !text.is_char_boundary(at) {
        at += 1;
    }
    at.min(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BOTH: [Encoding; 2] = [Encoding::Utf8, Encoding::Utf16];

    fn at(line: u32, character: u32) -> Position {
        Position { line, character }
    }

    fn offset(text: &str, position: Position, encoding: Encoding) -> u32 {
        Lines::new(text).offset(text, position, encoding)
    }

    #[test]
    fn a_client_that_offers_nothing_counts_utf16() {
        assert_eq!(Encoding::choose(None), Encoding::Utf16);
        assert_eq!(Encoding::choose(Some(&[PositionEncodingKind::UTF32])), Encoding::Utf16);
        let both = [PositionEncodingKind::UTF16, PositionEncodingKind::UTF8];
        assert_eq!(Encoding::choose(Some(&both)), Encoding::Utf8);
    }

    #[test]
    fn columns_count_units() {
        let text = "a = \"é😀\" -- x\nb";
        let x = text.find('x').unwrap_or_default() as u32;
        assert_eq!(Lines::new(text).position(text, x, Encoding::Utf8), at(0, 16));
        assert_eq!(Lines::new(text).position(text, x, Encoding::Utf16), at(0, 13));
        assert_eq!(offset(text, at(0, 13), Encoding::Utf16), x);
        assert_eq!(offset(text, at(0, 16), Encoding::Utf8), x);
    }

    #[test]
    fn the_middle_of_a_surrogate_pair_is_its_start() {
        let text = "😀😀";
        assert_eq!(offset(text, at(0, 1), Encoding::Utf16), 0);
        assert_eq!(offset(text, at(0, 2), Encoding::Utf16), 4);
        assert_eq!(offset(text, at(0, 3), Encoding::Utf16), 4);
        assert_eq!(offset(text, at(0, 6), Encoding::Utf8), 4);
        assert_eq!(Lines::new(text).position(text, 6, Encoding::Utf16), at(0, 2));
    }

    #[test]
    fn all_line_breaks_count_and_belong_to_no_column() {
        for encoding in BOTH {
            let text = "one\r\ntwo\rthree\nfour\n";
            let lines = Lines::new(text);
            assert_eq!(lines.count(), 5);
            assert_eq!(offset(text, at(0, 99), encoding), 3);
            assert_eq!(offset(text, at(1, 99), encoding), 8);
            assert_eq!(offset(text, at(2, 5), encoding), 14);
            assert_eq!(lines.position(text, 4, encoding), at(0, 3), "between CR and LF");
            assert_eq!(lines.position(text, 5, encoding), at(1, 0));
            assert_eq!(lines.position(text, 9, encoding), at(2, 0));
            assert_eq!(lines.position(text, 20, encoding), at(4, 0));
        }
    }

    #[test]
    fn positions_past_the_end_are_the_end() {
        for encoding in BOTH {
            for text in ["", "é", "é\n", "a\nb😀"] {
                let end = text.len() as u32;
                assert_eq!(offset(text, at(u32::MAX, u32::MAX), encoding), end);
                assert_eq!(offset(text, at(7, 0), encoding), end);
                let last = Lines::new(text).count() - 1;
                assert_eq!(offset(text, at(last, u32::MAX), encoding), end);
                let there = Lines::new(text).position(text, u32::MAX, encoding);
                assert_eq!(offset(text, there, encoding), end);
            }
        }
    }

    #[test]
    fn a_range_that_ends_before_it_begins_is_empty() {
        let text = "abc\ndef";
        let span = Lines::new(text).span(text, Range { start: at(1, 2), end: at(0, 1) }, Encoding::Utf16);
        assert_eq!(span, Span { start: 6, end: 6 });
    }

    #[test]
    fn long_lines_are_found_past_their_blocks() {
        let text = format!("x = \"{}\"\ny", "日本😀".repeat(500));
        let lines = Lines::new(&text);
        for (i, _) in text.char_indices() {
            let there = lines.position(&text, i as u32, Encoding::Utf16);
            assert_eq!(lines.offset(&text, there, Encoding::Utf16), i as u32);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        /// The plain walk along the text is the judge.
        #[test]
        fn columns_are_what_a_walk_counts(text in "[a-cé日😀\n\r \t]{0,600}") {
            let lines = Lines::new(&text);
            let (mut line, mut col8, mut col16) = (0, 0, 0);
            let mut chars = text.char_indices().peekable();
            while let Some((i, c)) = chars.next() {
                let in_break = c == '\n' && text[..i].ends_with('\r');
                if !in_break {
                    prop_assert_eq!(lines.position(&text, i as u32, Encoding::Utf8), at(line, col8));
                    prop_assert_eq!(lines.position(&text, i as u32, Encoding::Utf16), at(line, col16));
                    prop_assert_eq!(lines.offset(&text, at(line, col8), Encoding::Utf8), i as u32);
                    prop_assert_eq!(lines.offset(&text, at(line, col16), Encoding::Utf16), i as u32);
                }
                let ends = c == '\n' || (c == '\r' && chars.peek().map(|p| p.1) != Some('\n'));
                if ends {
                    (line, col8, col16) = (line + 1, 0, 0);
                } else {
                    col8 += c.len_utf8() as u32;
                    col16 += c.len_utf16() as u32;
                }
            }
            prop_assert_eq!(lines.count(), line + 1);
        }
    }
}
