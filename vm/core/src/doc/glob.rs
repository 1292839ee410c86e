//! Glob patterns: `*` within delimiters, `**` across them, `?` one character that is no
//! delimiter, `[a-z]` and `[!a-z]` one character of a class, `{a,b}` alternatives, and `\`
//! before a character that stands for itself.
//!
//! A pattern is a literal beginning and a small automaton for the rest. Matching takes time
//! in proportion to the pattern times the text, never more.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

/// Most steps of one automaton, which bounds what a pattern can ask for.
const MAX_STEPS: usize = 4096;
/// How deep alternatives may nest.
const MAX_NESTING: u32 = 16;

/// Why text is no glob pattern.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GlobError {
    /// A `[` without its `]`, or with nothing in it.
    Class,
    /// A `{` without its `}`.
    Alternatives,
    /// A `\` at the end.
    Escape,
    /// Too long, or alternatives too deep inside each other.
    TooLarge,
}

impl fmt::Display for GlobError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            GlobError::Class => "a `[` of the pattern is not closed, or empty",
            GlobError::Alternatives => "a `{` of the pattern is not closed",
            GlobError::Escape => "the pattern ends with `\\`",
            GlobError::TooLarge => "the pattern is too large",
        })
    }
}

/// One step of the automaton.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Step {
    /// This character.
    Char(char),
    /// Any character, or any but a delimiter.
    Any { delimiters: bool },
    /// A character of these ranges, or of none of them.
    Class { ranges: Box<[(char, char)]>, not: bool },
    /// Goes on at both places.
    Split(u32, u32),
    /// Goes on there.
    Jump(u32),
    /// The pattern has matched.
    End,
}

/// A compiled pattern.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Glob {
    prefix: String,
    delimiters: Box<[char]>,
    rest: Rest,
}

/// What follows the literal beginning.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Rest {
    /// Nothing.
    Empty,
    /// Anything, perhaps without delimiters, and then a literal end.
    Ends { delimiters: bool, suffix: String },
    /// Anything else: the steps, and for each the steps that it comes to without reading.
    Steps { steps: Box<[Step]>, reach: Box<[u64]> },
    /// As before with too many steps for one word.
    Long(Box<[Step]>),
}

impl Glob {
    /// Compiles a pattern. No delimiters: `*` is as `**`.
    ///
    /// # Errors
    /// Why it is none.
    pub fn new(pattern: &str, delimiters: &[char]) -> Result<Glob, GlobError> {
        let (prefix, rest) = literal(pattern);
        let rest_of = |delimited: bool, suffix: &str| Rest::Ends {
            delimiters: !delimited || delimiters.is_empty(),
            suffix: String::from(suffix),
        };
        let plain = |s: &str| !s.contains(['*', '?', '[', '{', '\\', ']', '}', ',']);
        let rest = match rest.strip_prefix("**") {
            _ if rest.is_empty() => Rest::Empty,
            Some(suffix) if plain(suffix) => rest_of(false, suffix),
            _ => match rest.strip_prefix('*') {
                Some(suffix) if plain(suffix) => rest_of(true, suffix),
                _ => compile(rest)?,
            },
        };
        Ok(Glob { prefix, delimiters: delimiters.into(), rest })
    }

    /// What every text that matches begins with.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Whether a text matches, whole.
    pub fn is_match(&self, text: &str) -> bool {
        text.strip_prefix(self.prefix.as_str()).is_some_and(|rest| self.matches_rest(rest))
    }

    /// Whether a text matches that begins with [`Glob::prefix`], given without it.
    pub fn matches_rest(&self, text: &str) -> bool {
        match &self.rest {
            Rest::Empty => text.is_empty(),
            Rest::Ends { delimiters, suffix } => match text.strip_suffix(suffix.as_str()) {
                Some(middle) => *delimiters || !middle.contains(&*self.delimiters),
                None => false,
            },
            Rest::Steps { steps, reach } => self.run(steps, reach, text),
            Rest::Long(steps) => self.run_long(steps, text),
        }
    }

    /// Steps that matching a text of so many bytes takes at most: what to charge for it.
    pub fn cost(&self, bytes: usize) -> u64 {
        let steps = match &self.rest {
            Rest::Empty | Rest::Ends { .. } => 1,
            Rest::Steps { steps, .. } | Rest::Long(steps) => steps.len() as u64,
        };
        (bytes as u64).saturating_mul(steps)
    }

    fn takes(&self, step: &Step, c: char) -> bool {
        match step {
            Step::Char(k) => *k == c,
            Step::Any { delimiters } => *delimiters || !self.delimiters.contains(&c),
            Step::Class { ranges, not } => ranges.iter().any(|(a, b)| (*a..=*b).contains(&c)) != *not,
            Step::Split(..) | Step::Jump(_) | Step::End => false,
        }
    }

    /// All steps at once, as bits of a word.
    fn run(&self, steps: &[Step], reach: &[u64], text: &str) -> bool {
        let mut now = reach.first().copied().unwrap_or(0);
        for c in text.chars() {
            let mut next = 0;
            let mut left = now;
            while left != 0 {
                let i = left.trailing_zeros() as usize;
                left &= left - 1;
                if steps.get(i).is_some_and(|s| self.takes(s, c)) {
                    next |= reach.get(i + 1).copied().unwrap_or(0);
                }
            }
            if next == 0 {
                return false;
            }
            now = next;
        }
        // The end is the last step.
        now >> (steps.len() - 1) & 1 == 1
    }

    fn run_long(&self, steps: &[Step], text: &str) -> bool {
        let (mut now, mut next) = (vec![false; steps.len()], vec![false; steps.len()]);
        let mut work = Vec::new();
        enter(steps, 0, &mut now, &mut work);
        for c in text.chars() {
            next.fill(false);
            for (i, step) in steps.iter().enumerate() {
                if now.get(i) == Some(&true) && self.takes(step, c) {
                    enter(steps, i + 1, &mut next, &mut work);
                }
            }
            core::mem::swap(&mut now, &mut next);
        }
        now.last() == Some(&true)
    }
}

/// Marks a step and what it comes to without reading.
fn enter(steps: &[Step], at: usize, set: &mut [bool], work: &mut Vec<usize>) {
    work.push(at);
    while let Some(i) = work.pop() {
        match set.get_mut(i) {
            Some(seen) if !*seen => *seen = true,
            _ => continue,
        }
        match steps.get(i) {
            Some(Step::Split(a, b)) => work.extend([*a as usize, *b as usize]),
            Some(Step::Jump(a)) => work.push(*a as usize),
            _ => {}
        }
    }
}

/// The literal beginning of a pattern and what follows.
fn literal(pattern: &str) -> (String, &str) {
    let mut prefix = String::new();
    let mut chars = pattern.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '*' | '?' | '[' | '{' => return (prefix, &pattern[at..]),
            '\\' => match chars.next() {
                Some((_, c)) => prefix.push(c),
                // The rest's own error.
                None => return (prefix, &pattern[at..]),
            },
            c => prefix.push(c),
        }
    }
    (prefix, "")
}

struct Parser<'a> {
    chars: core::iter::Peekable<core::str::Chars<'a>>,
    steps: Vec<Step>,
}

fn compile(pattern: &str) -> Result<Rest, GlobError> {
    let mut p = Parser { chars: pattern.chars().peekable(), steps: Vec::new() };
    p.sequence(0)?;
    p.push(Step::End)?;
    let steps = p.steps;
    if steps.len() > 64 {
        return Ok(Rest::Long(steps.into()));
    }
    let mut reach = Vec::with_capacity(steps.len());
    let mut work = Vec::new();
    for at in 0..steps.len() {
        let mut set = vec![false; steps.len()];
        enter(&steps, at, &mut set, &mut work);
        reach.push(set.iter().enumerate().fold(0u64, |bits, (i, on)| bits | u64::from(*on) << i));
    }
    Ok(Rest::Steps { steps: steps.into(), reach: reach.into() })
}

impl Parser<'_> {
    fn push(&mut self, step: Step) -> Result<usize, GlobError> {
        if self.steps.len() >= MAX_STEPS {
            return Err(GlobError::TooLarge);
        }
        self.steps.push(step);
        Ok(self.steps.len() - 1)
    }

    fn here(&self) -> u32 {
        self.steps.len() as u32
    }

    /// A sequence; inside alternatives it ends before `,` and `}`.
    fn sequence(&mut self, nesting: u32) -> Result<(), GlobError> {
        while let Some(&c) = self.chars.peek() {
            if nesting > 0 && (c == ',' || c == '}') {
                return Ok(());
            }
            self.chars.next();
            match c {
                '*' => {
                    let mut delimiters = false;
                    while self.chars.next_if_eq(&'*').is_some() {
                        delimiters = true;
                    }
                    let split = self.push(Step::Split(0, 0))?;
                    self.push(Step::Any { delimiters })?;
                    self.push(Step::Jump(split as u32))?;
                    self.steps[split] = Step::Split(split as u32 + 1, self.here());
                }
                '?' => _ = self.push(Step::Any { delimiters: false })?,
                '[' => self.class()?,
                '{' => self.alternatives(nesting + 1)?,
                '\\' => {
                    let c = self.chars.next().ok_or(GlobError::Escape)?;
                    self.push(Step::Char(c))?;
                }
                c => _ = self.push(Step::Char(c))?,
            }
        }
        if nesting > 0 { Err(GlobError::Alternatives) } else { Ok(()) }
    }

    fn class(&mut self) -> Result<(), GlobError> {
        let not = self.chars.next_if(|c| matches!(c, '!' | '^')).is_some();
        let mut ranges = Vec::new();
        loop {
            let low = match self.chars.next().ok_or(GlobError::Class)? {
                ']' if !ranges.is_empty() => break,
                '\\' => self.chars.next().ok_or(GlobError::Escape)?,
                ']' => return Err(GlobError::Class),
                c => c,
            };
            let mut high = low;
            if self.chars.next_if_eq(&'-').is_some() {
                high = match self.chars.next().ok_or(GlobError::Class)? {
                    // A `-` at the end stands for itself.
                    ']' => {
                        ranges.extend([(low, low), ('-', '-')]);
                        break;
                    }
                    '\\' => self.chars.next().ok_or(GlobError::Escape)?,
                    c => c,
                };
            }
            if high < low || ranges.len() >= MAX_STEPS {
                return Err(GlobError::Class);
            }
            ranges.push((low, high));
        }
        self.push(Step::Class { ranges: ranges.into(), not })?;
        Ok(())
    }

    fn alternatives(&mut self, nesting: u32) -> Result<(), GlobError> {
        if nesting > MAX_NESTING {
            return Err(GlobError::TooLarge);
        }
        let mut ends = Vec::new();
        loop {
            // Whether another one follows is known only at its end.
            let split = self.push(Step::Jump(0))?;
            self.steps[split] = Step::Jump(self.here());
            self.sequence(nesting)?;
            let more = self.chars.next() == Some(',');
            ends.push(self.push(Step::Jump(0))?);
            if !more {
                break;
            }
            self.steps[split] = Step::Split(split as u32 + 1, self.here());
        }
        let here = self.here();
        ends.into_iter().for_each(|e| self.steps[e] = Step::Jump(here));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Glob, GlobError};

    fn yes(pattern: &str, delimiters: &[char], text: &str) -> bool {
        Glob::new(pattern, delimiters).map(|g| g.is_match(text)).unwrap_or_else(|e| panic!("{pattern}: {e}"))
    }

    #[test]
    fn stars_stop_at_delimiters_and_double_stars_do_not() {
        let dot = &['.'];
        assert!(yes("*.github.com", dot, "api.github.com"));
        assert!(!yes("*.github.com", dot, "api.cdn.github.com"));
        assert!(yes("**.github.com", dot, "api.cdn.github.com"));
        assert!(yes("*hub.com", &[], "api.cdn.github.com"));
        assert!(yes("api.*.com", dot, "api.github.com") && !yes("api.*.com", dot, "api.git.hub.com"));
        assert!(yes("a:**:z", &[':'], "a:b:c:z") && yes("a*z*", dot, "abzc") && !yes("a*z*", dot, "abc"));
        assert!(yes("*", dot, "") && yes("**", dot, "a.b") && !yes("*", dot, "a.b") && yes("", dot, ""));
        assert!(yes("refs/heads/*", &['/'], "refs/heads/x") && !yes("refs/heads/*", &['/'], "refs/heads/x/y"));
    }

    #[test]
    fn classes_alternatives_and_escapes() {
        let dot = &['.'];
        assert!(yes("?at", dot, "cat") && !yes("?at", dot, "at") && !yes("a?b", dot, "a.b"));
        assert!(yes("[abc]at", dot, "bat") && !yes("[abc]at", dot, "lat") && yes("[a-c]at", dot, "cat"));
        assert!(yes("[!abc]at", dot, "lat") && !yes("[!a-c]at", dot, "cat") && yes("[a-]x", dot, "-x"));
        assert!(yes("{cat,bat,[fr]at}", dot, "rat") && !yes("{cat,bat,[fr]at}", dot, "hat"));
        assert!(yes("{a{b,c},d}e", dot, "ace") && yes("{,a}b", dot, "b") && yes("{a*,b}c", dot, "axxc"));
        assert!(yes(r"\*a", dot, "*a") && !yes(r"\*a", dot, "ba") && yes(r"*\{x", dot, "{x") && yes("é?", dot, "éü"));
        let long = "{abcdefghij,abcdefghik,abcdefghil,abcdefghim,abcdefghin,abcdefghio}*z";
        assert!(yes(long, dot, "abcdefghimyz") && !yes(long, dot, "abcdefghim.z"));
    }

    #[test]
    fn what_is_no_pattern_is_said() {
        for (pattern, error) in [
            ("[a", GlobError::Class),
            ("[]", GlobError::Class),
            ("{a,b", GlobError::Alternatives),
            ("a\\", GlobError::Escape),
            ("*\\", GlobError::Escape),
        ] {
            assert_eq!(Glob::new(pattern, &[]), Err(error), "{pattern}");
        }
        assert_eq!(Glob::new(&"{".repeat(100), &[]), Err(GlobError::TooLarge));
        assert_eq!(Glob::new(&"?".repeat(5000), &[]), Err(GlobError::TooLarge));
    }
}
