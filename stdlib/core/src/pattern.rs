//! Lua patterns over bytes, with every step counted.
//!
//! A [`Matcher`] gets a number of steps and gives [`PatternError::Exhausted`] when they
//! are used up, so a pattern that takes exponential time ends with the caller's fuel.
//! Recursion is at most [`MAX_DEPTH`] deep.

/// The most captures in one pattern.
pub const MAX_CAPTURES: usize = 32;
/// How deep matching may recurse.
pub const MAX_DEPTH: u32 = 200;

const ESCAPE: u8 = b'%';

/// Why matching stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PatternError {
    /// The steps are used up.
    Exhausted,
    /// The pattern ends with `%`.
    EndsWithEscape,
    /// A set has no `]`.
    MissingBracket,
    /// `%b` lacks its two bytes.
    MissingBalance,
    /// `%f` is not followed by a set.
    MissingFrontierSet,
    /// A reference to a capture that does not exist or is still open.
    CaptureIndex(u8),
    /// `)` without `(`.
    UnopenedCapture,
    /// `(` without `)`.
    UnfinishedCapture,
    /// More than 32 captures.
    TooManyCaptures,
    /// More than 200 levels of recursion.
    TooComplex,
}

impl core::fmt::Display for PatternError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            PatternError::Exhausted => f.write_str("out of steps"),
            PatternError::EndsWithEscape => f.write_str("malformed pattern (ends with '%')"),
            PatternError::MissingBracket => f.write_str("malformed pattern (missing ']')"),
            PatternError::MissingBalance => f.write_str("malformed pattern (missing arguments to '%b')"),
            PatternError::MissingFrontierSet => f.write_str("missing '[' after '%f' in pattern"),
            PatternError::CaptureIndex(n) => write!(f, "invalid capture index %{n}"),
            PatternError::UnopenedCapture => f.write_str("invalid pattern capture"),
            PatternError::UnfinishedCapture => f.write_str("unfinished capture"),
            PatternError::TooManyCaptures => f.write_str("too many captures"),
            PatternError::TooComplex => f.write_str("pattern too complex"),
        }
    }
}

/// What a capture holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Capture {
    /// The bytes from the first offset up to the second.
    Span(usize, usize),
    /// A position, counted from 1.
    Position(usize),
}

#[derive(Clone, Copy)]
enum Len {
    Open,
    Position,
    Closed(usize),
}

#[derive(Clone, Copy)]
struct Slot {
    start: usize,
    len: Len,
}

/// One pattern at work on one subject.
pub struct Matcher<'a> {
    src: &'a [u8],
    pat: &'a [u8],
    steps_left: u64,
    depth_left: u32,
    level: usize,
    slots: [Slot; MAX_CAPTURES],
}

type Step<T> = Result<T, PatternError>;

impl<'a> Matcher<'a> {
    /// A matcher that may take `steps` steps.
    pub fn new(src: &'a [u8], pat: &'a [u8], steps: u64) -> Matcher<'a> {
        let slot = Slot { start: 0, len: Len::Open };
        Matcher { src, pat, steps_left: steps, depth_left: MAX_DEPTH, level: 0, slots: [slot; MAX_CAPTURES] }
    }

    /// Sets the steps that it may take from here on.
    pub fn set_steps(&mut self, steps: u64) {
        self.steps_left = steps;
    }

    /// Steps not taken yet.
    pub fn steps_left(&self) -> u64 {
        self.steps_left
    }

    /// Matches the pattern (from its offset `p`, to pass over an anchor) at `s` exactly;
    /// gives the end of the match.
    ///
    /// # Errors
    /// When the pattern is malformed where matching reaches it, or a limit is met.
    pub fn match_at(&mut self, s: usize, p: usize) -> Step<Option<usize>> {
        self.level = 0;
        self.depth_left = MAX_DEPTH;
        self.run(s, p)
    }

    /// The first match at or after `init`; a leading `^` ties it to `init`.
    ///
    /// # Errors
    /// As [`Matcher::match_at`].
    pub fn find(&mut self, init: usize) -> Step<Option<(usize, usize)>> {
        let anchored = self.pat.first() == Some(&b'^');
        let mut s = init;
        loop {
            if let Some(e) = self.match_at(s, usize::from(anchored))? {
                return Ok(Some((s, e)));
            }
            if anchored || s >= self.src.len() {
                return Ok(None);
            }
            s += 1;
        }
    }

    /// Captures that the last match set.
    pub fn captures(&self) -> usize {
        self.level
    }

    /// The capture with index `i` from 0; without captures, 0 is the whole match `from..to`.
    ///
    /// # Errors
    /// When there is no such capture, or it was never closed.
    pub fn capture(&self, i: usize, from: usize, to: usize) -> Step<Capture> {
        if i >= self.level {
            return if i == 0 {
                Ok(Capture::Span(from, to))
            } else {
                Err(PatternError::CaptureIndex((i + 1).min(255) as u8))
            };
        }
        let slot = self.slots[i];
        match slot.len {
            Len::Open => Err(PatternError::UnfinishedCapture),
            Len::Position => Ok(Capture::Position(slot.start + 1)),
            Len::Closed(n) => Ok(Capture::Span(slot.start, slot.start + n)),
        }
    }

    #[inline]
    fn pay(&mut self, n: u64) -> Step<()> {
        match self.steps_left.checked_sub(n) {
            Some(left) => {
                self.steps_left = left;
                Ok(())
            }
            None => {
                self.steps_left = 0;
                Err(PatternError::Exhausted)
            }
        }
    }

    fn run(&mut self, s: usize, p: usize) -> Step<Option<usize>> {
        if self.depth_left == 0 {
            return Err(PatternError::TooComplex);
        }
        self.depth_left -= 1;
        let r = self.items(s, p);
        self.depth_left += 1;
        r
    }

    fn items(&mut self, mut s: usize, mut p: usize) -> Step<Option<usize>> {
        loop {
            self.pay(1)?;
            let Some(&c) = self.pat.get(p) else { return Ok(Some(s)) };
            match c {
                b'(' => {
                    return if self.pat.get(p + 1) == Some(&b')') {
                        self.open_capture(s, p + 2, Len::Position)
                    } else {
                        self.open_capture(s, p + 1, Len::Open)
                    };
                }
                b')' => return self.close_capture(s, p + 1),
                b'$' if p + 1 == self.pat.len() => return Ok(if s == self.src.len() { Some(s) } else { None }),
                ESCAPE => match self.pat.get(p + 1) {
                    Some(b'b') => match self.balance(s, p + 2)? {
                        Some(e) => {
                            s = e;
                            p += 4;
                            continue;
                        }
                        None => return Ok(None),
                    },
                    Some(b'f') => {
                        p += 2;
                        if self.pat.get(p) != Some(&b'[') {
                            return Err(PatternError::MissingFrontierSet);
                        }
                        let ep = self.item_end(p)?;
                        let before = if s == 0 { 0 } else { self.src[s - 1] };
                        let here = self.src.get(s).copied().unwrap_or(0);
                        self.pay(((ep - p) >> 3) as u64)?;
                        if !in_set(before, self.pat, p, ep - 1) && in_set(here, self.pat, p, ep - 1) {
                            p = ep;
                            continue;
                        }
                        return Ok(None);
                    }
                    Some(&d) if d.is_ascii_digit() => match self.back_reference(s, d)? {
                        Some(e) => {
                            s = e;
                            p += 2;
                            continue;
                        }
                        None => return Ok(None),
                    },
                    _ => {}
                },
                _ => {}
            }
            let ep = self.item_end(p)?;
            // A set costs by its length, wherever it is tried.
            let unit = ((ep - p) >> 4) as u64;
            self.pay(unit)?;
            match self.pat.get(ep) {
                Some(b'?') => {
                    if self.single(s, p, ep)
                        && let Some(e) = self.run(s + 1, ep + 1)?
                    {
                        return Ok(Some(e));
                    }
                    p = ep + 1;
                }
                Some(b'+') => return if self.single(s, p, ep) { self.longest(s + 1, p, ep, unit) } else { Ok(None) },
                Some(b'*') => return self.longest(s, p, ep, unit),
                Some(b'-') => return self.shortest(s, p, ep, unit),
                _ => {
                    if !self.single(s, p, ep) {
                        return Ok(None);
                    }
                    s += 1;
                    p = ep;
                }
            }
        }
    }

    /// Where the single-byte item at `p` ends. What it costs to look is counted by the caller,
    /// but for a set without an end.
    fn item_end(&mut self, p: usize) -> Step<usize> {
        let from = p;
        let mut p = p;
        let c = self.pat[p];
        p += 1;
        if c == ESCAPE {
            return if p < self.pat.len() { Ok(p + 1) } else { Err(PatternError::EndsWithEscape) };
        }
        if c != b'[' {
            return Ok(p);
        }
        if self.pat.get(p) == Some(&b'^') {
            p += 1;
        }
        // The first byte is part of the set even when it is `]`.
        loop {
            match self.pat.get(p) {
                None => {
                    self.pay(((p - from) >> 4) as u64)?;
                    return Err(PatternError::MissingBracket);
                }
                Some(&ESCAPE) => p += 2,
                Some(_) => p += 1,
            }
            if self.pat.get(p) == Some(&b']') {
                return Ok(p + 1);
            }
        }
    }

    #[inline]
    fn single(&self, s: usize, p: usize, ep: usize) -> bool {
        let Some(&c) = self.src.get(s) else { return false };
        match self.pat[p] {
            b'.' => true,
            ESCAPE => in_class(c, self.pat[p + 1]),
            b'[' => in_set(c, self.pat, p, ep - 1),
            other => other == c,
        }
    }

    fn longest(&mut self, s: usize, p: usize, ep: usize, unit: u64) -> Step<Option<usize>> {
        let mut n = 0;
        while self.single(s + n, p, ep) {
            n += 1;
            self.pay(1 + unit)?;
        }
        loop {
            if let Some(e) = self.run(s + n, ep + 1)? {
                return Ok(Some(e));
            }
            if n == 0 {
                return Ok(None);
            }
            n -= 1;
        }
    }

    fn shortest(&mut self, mut s: usize, p: usize, ep: usize, unit: u64) -> Step<Option<usize>> {
        loop {
            if let Some(e) = self.run(s, ep + 1)? {
                return Ok(Some(e));
            }
            if !self.single(s, p, ep) {
                return Ok(None);
            }
            s += 1;
            self.pay(unit)?;
        }
    }

    fn open_capture(&mut self, s: usize, p: usize, len: Len) -> Step<Option<usize>> {
        if self.level >= MAX_CAPTURES {
            return Err(PatternError::TooManyCaptures);
        }
        self.slots[self.level] = Slot { start: s, len };
        self.level += 1;
        let r = self.run(s, p)?;
        if r.is_none() {
            self.level -= 1;
        }
        Ok(r)
    }

    fn close_capture(&mut self, s: usize, p: usize) -> Step<Option<usize>> {
        let l = (0..self.level).rev().find(|l| matches!(self.slots[*l].len, Len::Open));
        let Some(l) = l else { return Err(PatternError::UnopenedCapture) };
        self.slots[l].len = Len::Closed(s - self.slots[l].start);
        let r = self.run(s, p)?;
        if r.is_none() {
            self.slots[l].len = Len::Open;
        }
        Ok(r)
    }

    fn balance(&mut self, s: usize, p: usize) -> Step<Option<usize>> {
        let (Some(&open), Some(&close)) = (self.pat.get(p), self.pat.get(p + 1)) else {
            return Err(PatternError::MissingBalance);
        };
        if self.src.get(s) != Some(&open) {
            return Ok(None);
        }
        let (mut depth, mut at) = (1u64, s + 1);
        while let Some(&c) = self.src.get(at) {
            self.pay(1)?;
            // The closing byte first: with equal bytes every second one closes.
            if c == close {
                depth -= 1;
                if depth == 0 {
                    return Ok(Some(at + 1));
                }
            } else if c == open {
                depth += 1;
            }
            at += 1;
        }
        Ok(None)
    }

    fn back_reference(&mut self, s: usize, digit: u8) -> Step<Option<usize>> {
        let n = digit - b'0';
        let i = usize::from(n).wrapping_sub(1);
        if i >= self.level || matches!(self.slots[i].len, Len::Open) {
            return Err(PatternError::CaptureIndex(n));
        }
        let slot = self.slots[i];
        let Len::Closed(len) = slot.len else {
            // A position capture has no bytes to meet again.
            return Ok(None);
        };
        self.pay((len >> 4) as u64)?;
        let same = self.src.len() - s >= len && self.src[slot.start..slot.start + len] == self.src[s..s + len];
        Ok(if same { Some(s + len) } else { None })
    }
}

fn in_class(c: u8, class: u8) -> bool {
    let r = match class.to_ascii_lowercase() {
        b'a' => c.is_ascii_alphabetic(),
        b'c' => c.is_ascii_control(),
        b'd' => c.is_ascii_digit(),
        b'g' => c.is_ascii_graphic(),
        b'l' => c.is_ascii_lowercase(),
        b'p' => c.is_ascii_punctuation(),
        b's' => matches!(c, b' ' | 9..=13),
        b'u' => c.is_ascii_uppercase(),
        b'w' => c.is_ascii_alphanumeric(),
        b'x' => c.is_ascii_hexdigit(),
        _ => return class == c,
    };
    r != class.is_ascii_uppercase()
}

/// Whether `c` is in the set that begins at `p` and whose `]` is at `end`.
fn in_set(c: u8, pat: &[u8], p: usize, end: usize) -> bool {
    let negated = pat[p + 1] == b'^';
    let mut p = p + 1 + usize::from(negated);
    while p < end {
        if pat[p] == ESCAPE {
            if in_class(c, pat[p + 1]) {
                return !negated;
            }
            p += 2;
        } else if pat[p + 1] == b'-' && p + 2 < end {
            if pat[p] <= c && c <= pat[p + 2] {
                return !negated;
            }
            p += 3;
        } else {
            if pat[p] == c {
                return !negated;
            }
            p += 1;
        }
    }
    negated
}

/// Whether a pattern has nothing special in it, so that plain search finds the same.
pub fn is_plain(pat: &[u8]) -> bool {
    !pat.iter().any(|b| b"^$*+?.([%-".contains(b))
}

/// Where a walk over all matches stands, as `gmatch` and `gsub` need it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Walk {
    /// Where the next try begins; past the end when the walk is over.
    pub at: usize,
    /// Where the last match ended: an empty match there is not a new one.
    pub last: Option<usize>,
    /// Whether a leading `^` ties the only try to the start. Otherwise it is an ordinary byte.
    pub anchored: bool,
}

impl Walk {
    /// A walk from an offset on, in which `^` is an ordinary byte.
    pub fn new(at: usize) -> Walk {
        Walk { at, last: None, anchored: false }
    }

    /// A walk from the start that respects a leading `^`.
    pub fn from_start(pat: &[u8]) -> Walk {
        Walk { at: 0, last: None, anchored: pat.first() == Some(&b'^') }
    }

    /// The next match.
    ///
    /// # Errors
    /// As [`Matcher::match_at`].
    pub fn next(&mut self, m: &mut Matcher<'_>) -> Step<Option<(usize, usize)>> {
        while self.at <= m.src.len() {
            let s = self.at;
            let found = m.match_at(s, usize::from(self.anchored))?;
            if self.anchored {
                self.at = m.src.len() + 1;
                return Ok(found.map(|e| (s, e)));
            }
            if let Some(e) = found
                && Some(e) != self.last
            {
                self.at = e;
                self.last = Some(e);
                return Ok(Some((s, e)));
            }
            self.at += 1;
        }
        Ok(None)
    }
}

/// A part of a replacement string.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Replacement<'a> {
    /// Bytes as they are.
    Text(&'a [u8]),
    /// The whole match.
    Whole,
    /// The capture with this index from 0.
    Capture(usize),
}

/// The next part of a replacement string at `at`, which moves past it; nothing at the end.
///
/// # Errors
/// When `%` stands before something else than a digit or `%`.
pub fn next_replacement<'a>(text: &'a [u8], at: &mut usize) -> Result<Option<Replacement<'a>>, BadReplacement> {
    let rest = &text[(*at).min(text.len())..];
    match rest {
        [] => Ok(None),
        [ESCAPE, ESCAPE, ..] => {
            *at += 2;
            Ok(Some(Replacement::Text(b"%")))
        }
        [ESCAPE, b'0', ..] => {
            *at += 2;
            Ok(Some(Replacement::Whole))
        }
        [ESCAPE, d @ b'1'..=b'9', ..] => {
            *at += 2;
            Ok(Some(Replacement::Capture(usize::from(d - b'1'))))
        }
        [ESCAPE, ..] => Err(BadReplacement),
        _ => {
            let n = rest.iter().position(|b| *b == ESCAPE).unwrap_or(rest.len());
            *at += n;
            Ok(Some(Replacement::Text(&rest[..n])))
        }
    }
}

/// `%` is misused in a replacement string.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BadReplacement;

impl core::fmt::Display for BadReplacement {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("invalid use of '%' in replacement string")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::{String, ToString};
    use std::vec::Vec;

    fn show(src: &str, pat: &str) -> String {
        let mut m = Matcher::new(src.as_bytes(), pat.as_bytes(), 100_000);
        match m.find(0) {
            Err(e) => e.to_string(),
            Ok(None) => "nil".into(),
            Ok(Some((s, e))) => {
                let mut out = std::format!("{} {}", s + 1, e);
                for i in 0..m.captures() {
                    match m.capture(i, s, e) {
                        Ok(Capture::Span(a, b)) => out += &std::format!(" {:?}", &src[a..b]),
                        Ok(Capture::Position(n)) => out += &std::format!(" @{n}"),
                        Err(e) => return e.to_string(),
                    }
                }
                out
            }
        }
    }

    #[test]
    fn finds_what_lua_finds() {
        for (src, pat, want) in [
            ("hello world", "o w", "5 7"),
            ("key = value", "(%w+)%s*=%s*(%w+)", "1 11 \"key\" \"value\""),
            ("THE (quick) fox", "%((%a+)%)", "5 11 \"quick\""),
            ("f(a(b)c)d", "%b()", "2 8"),
            ("THE (quick) fox", "%f[%a]%a+%f[%A]", "1 3"),
            ("abcabc", "(abc)%1", "1 6 \"abc\""),
            ("abc", "()b()", "2 2 @2 @3"),
            ("aaa", "a-", "1 0"),
            ("aaa", "^a-$", "1 3"),
            ("a]b", "[]]", "2 2"),
            ("a-b", "[a%-]+", "1 2"),
            ("x^y", "[x^]+", "1 2"),
            ("abc", "[^a]", "2 2"),
            ("abc", "b?c", "2 3"),
            ("", "^$", "1 0"),
            ("a$", "a$$", "1 2"),
            ("abc", "x*", "1 0"),
        ] {
            assert_eq!(show(src, pat), want, "{src:?} {pat:?}");
        }
    }

    #[test]
    fn malformed_patterns_say_how() {
        for (pat, want) in [
            ("%", "malformed pattern (ends with '%')"),
            ("[a", "malformed pattern (missing ']')"),
            ("[]", "malformed pattern (missing ']')"),
            ("[a%", "malformed pattern (missing ']')"),
            ("%b", "malformed pattern (missing arguments to '%b')"),
            ("%bx", "malformed pattern (missing arguments to '%b')"),
            ("%fa", "missing '[' after '%f' in pattern"),
            ("%1", "invalid capture index %1"),
            ("(a%1)", "invalid capture index %1"),
            ("%0", "invalid capture index %0"),
            ("a)", "invalid pattern capture"),
            ("(a", "unfinished capture"),
        ] {
            assert_eq!(show("aaa", pat), want, "{pat:?}");
        }
        assert_eq!(show("a", &"()".repeat(33)), "too many captures");
        assert_eq!(show(&"a".repeat(400), &"a?".repeat(400)), "pattern too complex");
    }

    #[test]
    fn exponential_patterns_end_with_their_steps() {
        let src = "a".repeat(200);
        let pat = std::format!("{}b", "a*".repeat(40));
        assert_eq!(show(&src, &pat), "out of steps");
    }

    #[test]
    fn a_walk_never_repeats_an_empty_match() {
        let walk = |src: &str, pat: &str| {
            let mut m = Matcher::new(src.as_bytes(), pat.as_bytes(), 1000);
            let mut w = Walk::new(0);
            let mut out = Vec::new();
            while let Ok(Some(x)) = w.next(&mut m) {
                out.push(x);
            }
            out
        };
        assert_eq!(walk("abc d", "%a*"), [(0, 3), (4, 5)]);
        assert_eq!(walk("ab", ""), [(0, 0), (1, 1), (2, 2)]);
    }
}
