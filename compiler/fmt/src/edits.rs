//! From one text to another by small replacements, so that cursors and marks in an editor stay.
//!
//! Lines are matched by what is on them without white space, so that where only that changes, only
//! that is edited. Lines that are there once on both sides hold the rest in place
//! (Cohen's patience diff); what is between them is compared in full if that is cheap. Time and memory
//! stay near linear, whatever the texts are.

use std::collections::BTreeMap;
use std::ops::Range;

use gatos_syntax::span::Span;

use crate::Edit;

/// A block of lines is compared in full up to this many pairs.
const PAIRS: usize = 1 << 18;
/// How often a block is cut at lines that are there once.
const CUTS: usize = 64;

/// The smallest edits that turn `old` into `new`, line by line, in order; those outside `range` are left out.
///
/// A range means the lines that it touches. Edits that only make sense together, since words move from
/// one line to another, come together or not at all; so they may reach out of it.
pub fn edits(old: &str, new: &str, range: Option<Span>) -> Vec<Edit> {
    if old == new || u32::try_from(old.len()).is_err() {
        return Vec::new();
    }
    let all = all_edits(old, new);
    match range {
        None => all,
        Some(range) => within(old, all, range),
    }
}

/// What a line is known by: its words without white space, whatever quotes and last comma they have.
fn key(line: &str) -> String {
    let mut key: String =
        line.chars().filter(|c| !c.is_whitespace()).map(|c| if c == '\'' { '"' } else { c }).collect();
    if key.len() > 1 && key.ends_with([',', ';']) {
        key.pop();
    }
    key
}

/// A text cut into lines, each with its number by content.
struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
    ids: Vec<u32>,
}

impl<'t> Lines<'t> {
    fn new(text: &'t str, known: &mut BTreeMap<String, u32>) -> Lines<'t> {
        let (mut starts, mut ids) = (Vec::new(), Vec::new());
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let next = known.len() as u32;
            starts.push(at);
            ids.push(*known.entry(key(line)).or_insert(next));
            at += line.len();
        }
        starts.push(at);
        Lines { text, starts, ids }
    }

    /// The text of some lines.
    fn slice(&self, lines: Range<usize>) -> &'t str {
        self.text.get(self.starts[lines.start]..self.starts[lines.end]).unwrap_or_default()
    }
}

fn all_edits(old: &str, new: &str) -> Vec<Edit> {
    let mut known = BTreeMap::new();
    let (old, new) = (Lines::new(old, &mut known), Lines::new(new, &mut known));
    let pairs = matches(&old.ids, &new.ids, known.len());
    let mut out = Edits { old: old.text, out: Vec::new() };
    let (mut a, mut b) = (0, 0);
    for (left, right) in pairs.into_iter().chain([(old.ids.len(), new.ids.len())]) {
        if a < left || b < right {
            out.replace(old.starts[a], old.slice(a..left), new.slice(b..right));
        }
        if left < old.ids.len() {
            out.same_line(old.starts[left], old.slice(left..left + 1), new.slice(right..right + 1));
        }
        (a, b) = (left + 1, right + 1);
    }
    out.out
}

struct Edits<'t> {
    old: &'t str,
    out: Vec<Edit>,
}

impl Edits<'_> {
    /// Two lines with the same words: the white space between them is changed, where it differs.
    fn same_line(&mut self, at: usize, old: &str, new: &str) {
        let words = |text: &str| text.split_whitespace().map(str::len).sum::<usize>();
        let same = words(old) == words(new)
            && old.chars().filter(|c| !c.is_whitespace()).eq(new.chars().filter(|c| !c.is_whitespace()));
        if !same {
            return self.replace(at, old, new);
        }
        let (mut a, mut b) = (0, 0);
        while a < old.len() || b < new.len() {
            let blank = |text: &str| text.len() - text.trim_start().len();
            let (white, new_white) = (blank(&old[a..]), blank(&new[b..]));
            self.replace(at + a, &old[a..a + white], &new[b..b + new_white]);
            (a, b) = (a + white, b + new_white);
            // Up to the next white space on either side the words are the same.
            let run = |text: &str| text.find(char::is_whitespace).unwrap_or(text.len());
            let step = run(&old[a..]).min(run(&new[b..]));
            (a, b) = (a + step, b + step);
        }
    }

    /// Replaces what stands at a place, without what is the same at both ends.
    fn replace(&mut self, at: usize, old: &str, new: &str) {
        if old == new {
            return;
        }
        let front: usize = old.chars().zip(new.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
        let (old, new) = (&old[front..], &new[front..]);
        let pairs = old.chars().rev().zip(new.chars().rev());
        let back: usize = pairs.take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
        let (old, new) = (&old[..old.len() - back], &new[..new.len() - back]);
        let span = Span::new(at + front, at + front + old.len());
        match self.out.last_mut() {
            Some(last) if last.span.end == span.start => {
                last.span.end = span.end;
                last.text.push_str(new);
            }
            _ => self.out.push(Edit { span, text: new.to_owned() }),
        }
        debug_assert!(self.old.is_char_boundary(span.start as usize));
    }
}

/// Pairs of lines that are the same, in order on both sides.
fn matches(old: &[u32], new: &[u32], ids: usize) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    let mut counts = Counts { of: vec![(0, 0, 0, 0); ids] };
    let mut stack = vec![(0..old.len(), 0..new.len(), 0)];
    while let Some((mut a, mut b, cuts)) = stack.pop() {
        while !a.is_empty() && !b.is_empty() && old[a.start] == new[b.start] {
            pairs.push((a.start, b.start));
            (a.start, b.start) = (a.start + 1, b.start + 1);
        }
        while !a.is_empty() && !b.is_empty() && old[a.end - 1] == new[b.end - 1] {
            (a.end, b.end) = (a.end - 1, b.end - 1);
            pairs.push((a.end, b.end));
        }
        if a.is_empty() || b.is_empty() {
            continue;
        }
        let anchors = if cuts < CUTS { counts.anchors(old, new, &a, &b) } else { Vec::new() };
        if anchors.is_empty() {
            if a.len().saturating_mul(b.len()) <= PAIRS {
                in_full(old, new, &a, &b, &mut pairs);
            }
            continue;
        }
        let (mut left, mut right) = (a.start, b.start);
        for (x, y) in anchors {
            stack.push((left..x, right..y, cuts + 1));
            pairs.push((x, y));
            (left, right) = (x + 1, y + 1);
        }
        stack.push((left..a.end, right..b.end, cuts + 1));
    }
    pairs.sort_unstable();
    pairs
}

/// How often each line is there, and where it was seen last, on both sides.
struct Counts {
    of: Vec<(u32, u32, usize, usize)>,
}

impl Counts {
    /// The longest run of lines that are there once on both sides and in the same order.
    fn anchors(&mut self, old: &[u32], new: &[u32], a: &Range<usize>, b: &Range<usize>) -> Vec<(usize, usize)> {
        for at in a.clone() {
            let count = &mut self.of[old[at] as usize];
            (count.0, count.2) = (count.0 + 1, at);
        }
        for at in b.clone() {
            let count = &mut self.of[new[at] as usize];
            (count.1, count.3) = (count.1 + 1, at);
        }
        let mut once: Vec<(usize, usize)> = Vec::new();
        for at in a.clone() {
            let count = self.of[old[at] as usize];
            if (count.0, count.1) == (1, 1) {
                once.push((at, count.3));
            }
        }
        for at in a.clone() {
            self.of[old[at] as usize] = (0, 0, 0, 0);
        }
        for at in b.clone() {
            self.of[new[at] as usize] = (0, 0, 0, 0);
        }
        rising(&once)
    }
}

/// The longest part of some pairs whose second halves rise; the first halves do.
fn rising(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // The last pair of the best run of each length, and which pair comes before each.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    for (index, (_, right)) in pairs.iter().enumerate() {
        let len = ends.partition_point(|end| pairs[*end].1 < *right);
        before.push(len.checked_sub(1).map(|len| ends[len]));
        if len == ends.len() { ends.push(index) } else { ends[len] = index }
    }
    let mut out = Vec::with_capacity(ends.len());
    let mut at = ends.last().copied();
    while let Some(index) = at {
        out.push(pairs[index]);
        at = before[index];
    }
    out.reverse();
    out
}

/// The longest common subsequence of a small block.
fn in_full(old: &[u32], new: &[u32], a: &Range<usize>, b: &Range<usize>, pairs: &mut Vec<(usize, usize)>) {
    let wide = b.len() + 1;
    let mut best = vec![0u32; (a.len() + 1) * wide];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            best[i * wide + j] = match old[a.start + i] == new[b.start + j] {
                true => best[(i + 1) * wide + j + 1] + 1,
                false => best[(i + 1) * wide + j].max(best[i * wide + j + 1]),
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        if old[a.start + i] == new[b.start + j] {
            pairs.push((a.start + i, b.start + j));
            (i, j) = (i + 1, j + 1);
        } else if best[(i + 1) * wide + j] >= best[i * wide + j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
}

/// One side of a cluster of edits: its words, and what of it the formatter may put in or leave out.
#[derive(Default)]
struct Side {
    words: String,
    /// Separators and parentheses since the last word.
    tail: String,
    /// Parentheses that are open.
    open: i64,
    quotes: usize,
    /// What ends the comment that is open. A word can change its side of one, so they are no words.
    comment: Option<String>,
}

/// If a comment begins here, in either language, what ends it. A text in quotes may look like one; then
/// the lines around it count as one, which does no harm.
fn comment(text: &str) -> Option<String> {
    if text.starts_with("# ") {
        return Some("\n".to_owned());
    }
    let rest = text.strip_prefix("--")?;
    let level = rest.strip_prefix('[').map(|rest| rest.bytes().take_while(|byte| *byte == b'=').count());
    match level {
        Some(level) if rest[1 + level..].starts_with('[') => Some(format!("]{}]", "=".repeat(level))),
        _ => Some("\n".to_owned()),
    }
}

impl Side {
    fn push(&mut self, text: &str) {
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if let Some(close) = self.comment.take() {
                match rest.find(close.as_str()) {
                    Some(at) => rest = &rest[at + close.len()..],
                    None => {
                        self.comment = Some(close);
                        return;
                    }
                }
                continue;
            }
            if let Some(close) = comment(rest) {
                self.comment = Some(close);
                rest = &rest[2..];
                continue;
            }
            rest = &rest[c.len_utf8()..];
            match c {
                ',' | ';' => self.tail.push(','),
                '(' | ')' => {
                    self.open += if c == '(' { 1 } else { -1 };
                    self.tail.push(c);
                }
                '"' | '\'' | '\\' => self.quotes += usize::from(c == '"'),
                c if c.is_whitespace() => {}
                c => {
                    self.tail.clear();
                    self.words.push(c);
                }
            }
        }
    }

    /// Whether both sides are at the same place of the same program, so that one can go on as the other.
    fn meets(&self, other: &Side) -> bool {
        self.words.len() == other.words.len()
            && self.open == other.open
            && self.quotes % 2 == other.quotes % 2
            && self.tail == other.tail
            && self.words == other.words
    }
}

/// The edits that touch the lines of a range, with those that belong to them.
fn within(old: &str, all: Vec<Edit>, range: Span) -> Vec<Edit> {
    let bytes = old.as_bytes();
    let (start, end) = ((range.start as usize).min(bytes.len()), (range.end as usize).min(bytes.len()));
    let start = bytes[..start].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    // A selection that ends at the beginning of a line does not touch that line.
    let end = match end > start && bytes.get(end.wrapping_sub(1)) == Some(&b'\n') {
        true => end - 1,
        false => bytes[end..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| end + at),
    };
    let touches = |edit: &Edit| edit.span.start as usize <= end && edit.span.end as usize >= start;
    let mut out: Vec<Edit> = Vec::new();
    let close = |cluster: &[Edit], out: &mut Vec<Edit>| {
        if cluster.iter().any(touches) {
            out.extend_from_slice(cluster);
        }
    };
    let mut from = 0;
    let (mut before, mut after) = (Side::default(), Side::default());
    for (at, edit) in all.iter().enumerate() {
        if at > from {
            let between = old.get(all[at - 1].span.end as usize..edit.span.start as usize).unwrap_or_default();
            before.push(between);
            after.push(between);
            if before.meets(&after) {
                close(&all[from..at], &mut out);
                from = at;
                (before, after) = (Side::default(), Side::default());
            }
        }
        before.push(old.get(edit.span.range()).unwrap_or_default());
        after.push(&edit.text);
    }
    close(&all[from..], &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply(old: &str, edits: &[Edit]) -> String {
        let mut out = String::new();
        let mut end = 0;
        for edit in edits {
            assert!(edit.span.start as usize >= end, "edits are in order and apart");
            out.push_str(&old[end..edit.span.start as usize]);
            out.push_str(&edit.text);
            end = edit.span.end as usize;
        }
        out + &old[end..]
    }

    #[track_caller]
    fn check(old: &str, new: &str, wanted: &[(&str, &str)]) {
        let found = edits(old, new, None);
        assert_eq!(apply(old, &found), new);
        let found: Vec<(&str, &str)> = found.iter().map(|edit| (&old[edit.span.range()], edit.text.as_str())).collect();
        assert_eq!(found, wanted);
    }

    #[test]
    fn edits_are_small() {
        check("a\nb\nc\n", "a\nb\nc\n", &[]);
        check("a\nb\nc\n", "a\n  b\nc\n", &[("", "  ")]);
        check("a\r\nb\r\n", "a\nb\n", &[("\r", ""), ("\r", "")]);
        check("a\n\n\n\nb\n", "a\n\nb\n", &[("\n\n", "")]);
        check("local x=1\ny()\n", "local x = 1\ny()\n", &[("", " "), ("", " ")]);
        check("", "a\n", &[("", "a\n")]);
        check("ä = ö\n", "ä = ü\n", &[("ö", "ü")]);
    }

    #[test]
    fn a_range_takes_whole_lines_and_what_moves_between_them() {
        let (old, new) = ("a = 1\nif b then c() end\nend\n d()\n", "a = 1\nif b then\n  c()\nend\nend\nd()\n");
        let first = edits(old, new, Some(Span::new(8, 8)));
        assert_eq!(apply(old, &first), "a = 1\nif b then\n  c()\nend\nend\n d()\n");
        let at = old.find("d()").unwrap_or(0);
        assert_eq!(apply(old, &edits(old, new, Some(Span::new(at, at)))), "a = 1\nif b then c() end\nend\nd()\n");
        assert_eq!(edits(old, new, Some(Span::new(0, 6))), vec![]);
    }

    #[test]
    fn large_texts_without_anything_in_common_take_no_time() {
        let old: String = (0..200_000).map(|n| format!("{n}\n")).collect();
        let new: String = (0..200_000).map(|n| format!("{}\n", n + 1_000_000)).collect();
        let found = edits(&old, &new, None);
        assert_eq!(apply(&old, &found), new);
        let same: String = "end\n".repeat(100_000);
        let indented: String = "  end\n".repeat(100_001);
        assert_eq!(apply(&same, &edits(&same, &indented, None)), indented);
    }

    proptest::proptest! {
        #[test]
        fn edits_always_lead_from_one_text_to_the_other(old in "[ab\n ]{0,60}", new in "[ab\n ]{0,60}") {
            assert_eq!(apply(&old, &edits(&old, &new, None)), new);
        }
    }
}
