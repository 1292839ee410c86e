//! Applying the fixes of diagnostics to a text: those that do not touch each other at once, and
//! again until nothing is left to mend.

use gatos_syntax::diagnostic::{Edit, Fix};

/// Rounds of mending, at most: each may bring out what an earlier one made visible.
pub const MAX_ROUNDS: usize = 10;

/// What mending gave.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mended {
    /// The text.
    pub text: String,
    /// How many fixes were applied.
    pub applied: usize,
    /// How many rounds did something.
    pub rounds: usize,
}

/// Applies fixes that do not overlap, earlier places first, and of two at one place the first given.
/// Fixes whose places are not in the text are left out. Gives the text and how many were applied.
pub fn apply(text: &str, fixes: &[Fix]) -> (String, usize) {
    let (edits, applied) = merged(text, fixes);
    (edited(text, &edits), applied)
}

/// Mends a text until nothing is left to do: `fixes` gives what could be done about a text, at most one
/// fix a diagnostic. At most [`MAX_ROUNDS`] rounds.
pub fn mend(text: &str, mut fixes: impl FnMut(&str) -> Vec<Fix>) -> Mended {
    let mut out = Mended { text: text.to_owned(), applied: 0, rounds: 0 };
    let mut seen = vec![out.text.clone()];
    for _ in 0..MAX_ROUNDS {
        let (next, applied) = apply(&out.text, &fixes(&out.text));
        // A text that was there before would come again for ever.
        if applied == 0 || seen.contains(&next) {
            break;
        }
        seen.push(next.clone());
        out = Mended { text: next, applied: out.applied + applied, rounds: out.rounds + 1 };
    }
    out
}

/// The edits of as many fixes as go together, in order of place, and how many fixes those are.
pub fn merged(text: &str, fixes: &[Fix]) -> (Vec<Edit>, usize) {
    let mut order: Vec<(usize, Vec<Edit>)> = Vec::new();
    for (i, fix) in fixes.iter().enumerate() {
        let mut edits: Vec<Edit> = fix.edits.iter().map(|e| tidy(text, e)).collect();
        edits.sort_by_key(|e| (e.span.start, e.span.end));
        let sound = edits.iter().all(|e| text.get(e.span.range()).is_some())
            && edits.windows(2).all(|w| w[0].span.end <= w[1].span.start && w[0].span != w[1].span);
        if sound && !edits.is_empty() {
            order.push((i, edits));
        }
    }
    order.sort_by_key(|(i, edits)| (edits[0].span.start, *i));
    let mut taken: Vec<Edit> = Vec::new();
    let mut applied = 0;
    for (_, edits) in order {
        let free = edits.iter().all(|e| taken.iter().rev().all(|t| !touches(t, e)));
        if free {
            taken.extend(edits);
            applied += 1;
        }
    }
    taken.sort_by_key(|e| (e.span.start, e.span.end));
    (taken, applied)
}

/// Whether two edits cannot both be made: they share bytes, or put something in at one place.
fn touches(a: &Edit, b: &Edit) -> bool {
    let (a, b) = (a.span, b.span);
    if a.start == a.end || b.start == b.end {
        return a.start <= b.end && b.start <= a.end;
    }
    a.start < b.end && b.start < a.end
}

/// An edit that takes out all that stands on its lines takes the lines out too.
pub fn tidy(text: &str, edit: &Edit) -> Edit {
    let (start, end) = (edit.span.start as usize, edit.span.end as usize);
    let (Some(before), Some(after)) = (text.get(..start), text.get(end..)) else { return edit.clone() };
    if !edit.text.is_empty() || start == end {
        return edit.clone();
    }
    let indent = before.len() - before.trim_end_matches([' ', '\t']).len();
    let is_first = before[..start - indent].is_empty() || before[..start - indent].ends_with(['\n', '\r']);
    let rest = after.trim_start_matches([' ', '\t']);
    let blank = after.len() - rest.len();
    let line_break = if rest.starts_with("\r\n") { 2 } else { usize::from(rest.starts_with(['\n', '\r'])) };
    let is_last = line_break > 0 || rest.is_empty();
    let mut out = edit.clone();
    if is_first && is_last {
        out.span.start = (start - indent) as u32;
        out.span.end = (end + blank + line_break) as u32;
    } else if is_last {
        // What stood behind code goes with the blanks before it.
        out.span.start = (start - indent) as u32;
    }
    out
}

/// The text with edits made that are in order and do not overlap.
pub fn edited(text: &str, edits: &[Edit]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for e in edits {
        let (start, end) = (e.span.start as usize, e.span.end as usize);
        if start < at {
            continue;
        }
        out.push_str(text.get(at..start).unwrap_or_default());
        out.push_str(&e.text);
        at = end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatos_syntax::span::Span;

    fn fix(start: usize, end: usize, text: &str) -> Fix {
        Fix { title: String::new(), edits: vec![Edit { span: Span::new(start, end), text: text.into() }] }
    }

    #[test]
    fn fixes_that_touch_wait_for_the_next_round() {
        let (text, applied) = apply("aaa bbb ccc", &[fix(0, 3, "x"), fix(2, 5, "y"), fix(8, 11, "z")]);
        assert_eq!((text.as_str(), applied), ("x bbb z", 2));
        let (text, applied) = apply("ab", &[fix(1, 1, "1"), fix(1, 1, "2")]);
        assert_eq!((text.as_str(), applied), ("a1b", 1));
        let (text, applied) = apply("é", &[fix(1, 2, "x"), fix(9, 12, "y")]);
        assert_eq!((text.as_str(), applied), ("é", 0), "places that are not in the text");
    }

    #[test]
    fn what_is_left_empty_goes_with_its_line() {
        let text = "a\n  gone\nb";
        assert_eq!(apply(text, &[fix(4, 8, "")]).0, "a\nb");
        assert_eq!(apply("a -- gone\nb", &[fix(2, 9, "")]).0, "a\nb");
        assert_eq!(apply("x gone y", &[fix(2, 6, "")]).0, "x  y");
    }

    #[test]
    fn mending_ends() {
        let mended = mend("aaaa", |t| t.find('a').map(|i| fix(i, i + 1, "b")).into_iter().collect());
        assert_eq!((mended.text.as_str(), mended.applied, mended.rounds), ("bbbb", 4, 4));
        let swing = mend("a", |t| vec![fix(0, 1, if t == "a" { "b" } else { "a" })]);
        assert_eq!(swing.text, "b");
        let grows = mend("", |t| vec![fix(t.len(), t.len(), "x")]);
        assert_eq!(grows.rounds, MAX_ROUNDS);
    }
}
