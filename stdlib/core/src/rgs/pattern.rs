//! Go's regular expressions, which Rego's are, rewritten for the `regex` crate: both are RE2's
//! language but for details. `\d \s \w \b` know ASCII only, `{` that is no count is itself, classes
//! do not nest, and what only the crate has is refused.
//!
//! On the way the pattern's size is counted, repetitions multiplied out, which sets its price and
//! its limit. Both depend on the text of the pattern alone.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// The largest size.
pub(crate) const MOST: u64 = 20_000;
/// What a class of Unicode's counts as.
const UNICODE_CLASS: u64 = 256;
/// How deep groups may nest.
pub(crate) const MOST_GROUPS: usize = 200;
/// The largest count of a repetition, as in Go.
const MOST_TIMES: u64 = 1000;

/// A pattern in the crate's form, and its size.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Pattern {
    pub(crate) text: String,
    pub(crate) size: u64,
    /// A search that finds something looks no further behind it than the size says: what repeats without end
    /// stands at the ends of the outermost choices alone.
    pub(crate) near: bool,
}

/// Rewrites a pattern.
///
/// # Errors
/// What Go refuses and the crate would not, or a pattern that is too large.
pub(crate) fn rewrite(pattern: &str) -> Result<Pattern, String> {
    let mut w = Writer {
        rest: pattern,
        out: String::with_capacity(pattern.len()),
        open: Vec::new(),
        done: 0,
        last: 0,
        after: After::Start,
        tail: false,
        near: true,
    };
    while !w.rest.is_empty() {
        w.item()?;
        if w.size() > MOST {
            return Err(String::from("the pattern is too large"));
        }
    }
    Ok(Pattern { size: w.size(), near: w.near, text: w.out })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    Start,
    Atom,
    Repeat,
    /// A repetition that was already made lazy.
    Lazy,
}

struct Writer<'a> {
    rest: &'a str,
    out: String,
    /// Sizes before each group that is open.
    open: Vec<u64>,
    /// Size of the group so far, without the last atom.
    done: u64,
    last: u64,
    after: After,
    /// What repeats without end was just read.
    tail: bool,
    near: bool,
}

impl Writer<'_> {
    fn size(&self) -> u64 {
        self.open.iter().fold(self.done.saturating_add(self.last), |a, b| a.saturating_add(*b))
    }

    fn take(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn atom(&mut self, size: u64) {
        self.done = self.done.saturating_add(self.last);
        self.last = size;
        self.after = After::Atom;
    }

    fn item(&mut self) -> Result<(), String> {
        let Some(c) = self.take() else { return Ok(()) };
        // Behind it, only the end, another choice or the mark of a lazy repetition keeps a search near.
        if c != '?' {
            self.near &= c == '|' || !self.tail;
            self.tail = false;
        }
        match c {
            '\\' => self.escape(),
            '[' => self.class(),
            '(' => self.group(),
            ')' => {
                self.out.push(')');
                let inside = self.done.saturating_add(self.last).saturating_add(1);
                self.done = self.open.pop().unwrap_or(0);
                self.last = inside;
                self.after = After::Atom;
                Ok(())
            }
            '|' => {
                self.out.push('|');
                self.atom(1);
                self.after = After::Start;
                Ok(())
            }
            '*' | '+' | '?' => {
                self.out.push(c);
                if c != '?' {
                    self.endless();
                }
                self.repeat(c == '?', 1)
            }
            '{' => match count(self.rest) {
                Some((times, len)) => {
                    if times > MOST_TIMES {
                        return Err(format!("invalid repeat count: {{{}", &self.rest[..len]));
                    }
                    self.out.push('{');
                    self.out.push_str(&self.rest[..len]);
                    if self.rest[..len].ends_with(",}") {
                        self.endless();
                    }
                    self.rest = &self.rest[len..];
                    self.repeat(false, times.max(1))
                }
                None => {
                    self.out.push_str("\\{");
                    self.atom(1);
                    Ok(())
                }
            },
            c => {
                self.out.push(c);
                self.atom(1);
                Ok(())
            }
        }
    }

    fn endless(&mut self) {
        self.near &= self.open.is_empty();
        self.tail = true;
    }

    fn repeat(&mut self, question: bool, times: u64) -> Result<(), String> {
        self.after = match self.after {
            After::Repeat if question => After::Lazy,
            After::Repeat | After::Lazy => return Err(String::from("invalid nested repetition operator")),
            _ => After::Repeat,
        };
        self.last = self.last.saturating_mul(times).saturating_add(1);
        Ok(())
    }

    fn escape(&mut self) -> Result<(), String> {
        let Some(c) = self.take() else { return Err(String::from("trailing backslash at end of expression")) };
        let mut size = 1;
        match c {
            'Q' => {
                let (literal, rest) = self.rest.split_once("\\E").unwrap_or((self.rest, ""));
                self.rest = rest;
                for c in literal.chars() {
                    self.out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
                    self.atom(1);
                }
                return Ok(());
            }
            'b' | 'B' => self.out.push_str(if c == 'b' { "(?-u:\\b)" } else { "(?-u:\\B)" }),
            '<' | '>' => self.out.push(c),
            _ => match ascii_class(c) {
                Some((negated, set)) => {
                    self.out.push_str(if negated { "[^" } else { "[" });
                    self.out.push_str(set);
                    self.out.push(']');
                }
                None => size = self.other_escape(c)?,
            },
        }
        self.atom(size);
        Ok(())
    }

    /// Escapes that mean the same everywhere; gives the size.
    fn other_escape(&mut self, c: char) -> Result<u64, String> {
        match c {
            'p' | 'P' => {
                self.out.push('\\');
                self.out.push(c);
                let Some(next) = self.take() else { return Err(String::from("invalid character class range")) };
                self.out.push(next);
                if next == '{' {
                    let Some((name, rest)) = self.rest.split_once('}') else {
                        return Err(String::from("invalid character class range"));
                    };
                    self.out.push_str(name);
                    self.out.push('}');
                    self.rest = rest;
                }
                Ok(UNICODE_CLASS)
            }
            '0'..='7' => {
                // Up to three octal digits; a digit from 1 on needs a second one.
                let more = self.rest.bytes().take(2).take_while(|b| (b'0'..=b'7').contains(b)).count();
                if c != '0' && more == 0 {
                    return Err(format!("invalid escape sequence: \\{c}"));
                }
                let digits = format!("{c}{}", &self.rest[..more]);
                self.rest = &self.rest[more..];
                let code = u32::from_str_radix(&digits, 8).unwrap_or(0);
                self.out.push_str(&format!("\\x{{{code:x}}}"));
                Ok(1)
            }
            'x' => {
                // The digits, so that their braces are not taken for a count.
                self.out.push_str("\\x");
                // No further than digits go, so that braces that are never closed are not looked for again and again.
                if let Some(rest) = self.rest.strip_prefix('{') {
                    let digits = rest.bytes().take_while(u8::is_ascii_hexdigit).count();
                    if let Some(after) = rest[digits..].strip_prefix('}') {
                        self.out.push_str(&format!("{{{}}}", &rest[..digits]));
                        self.rest = after;
                    }
                }
                Ok(1)
            }
            'A' | 'z' | 'a' | 'f' | 't' | 'n' | 'r' | 'v' => {
                self.out.push('\\');
                self.out.push(c);
                Ok(1)
            }
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => {
                self.out.push('\\');
                self.out.push(c);
                Ok(1)
            }
            c => Err(format!("invalid escape sequence: \\{c}")),
        }
    }

    fn group(&mut self) -> Result<(), String> {
        self.out.push('(');
        self.done = self.done.saturating_add(self.last);
        if let Some(rest) = self.rest.strip_prefix('?') {
            let named = rest.starts_with("P<") || rest.starts_with('<');
            if !named {
                let end = rest.find([':', ')']).ok_or("missing closing )")?;
                if !rest[..end].chars().all(|c| "imsU-".contains(c)) {
                    return Err(String::from("invalid or unsupported Perl syntax"));
                }
                let whole = &self.rest[..end + 2];
                self.out.push_str(whole);
                self.rest = &self.rest[end + 2..];
                if whole.ends_with(')') {
                    self.last = 0;
                    self.after = After::Start;
                    return Ok(());
                }
            } else {
                let end = rest.find('>').ok_or("invalid named capture")?;
                self.out.push_str(&self.rest[..end + 2]);
                self.rest = &self.rest[end + 2..];
            }
        }
        if self.open.len() >= MOST_GROUPS {
            return Err(String::from("groups nest too deep"));
        }
        self.open.push(self.done);
        (self.done, self.last, self.after) = (0, 0, After::Start);
        Ok(())
    }

    fn class(&mut self) -> Result<(), String> {
        self.out.push('[');
        let mut size = 1;
        if self.rest.starts_with('^') {
            self.take();
            self.out.push('^');
        }
        let mut first = true;
        let mut dash = false;
        loop {
            let Some(c) = self.take() else { return Err(String::from("missing closing ]")) };
            let was_dash = core::mem::replace(&mut dash, false);
            match c {
                ']' if !first => {
                    self.out.push(']');
                    break;
                }
                ']' => self.out.push_str("\\]"),
                '[' => match self.rest.strip_prefix(':').and_then(class_name) {
                    Some((name, rest)) => {
                        self.out.push_str(&format!("[:{name}:]"));
                        self.rest = rest;
                    }
                    None => self.out.push_str("\\["),
                },
                '-' if was_dash => self.out.push_str("\\-"),
                '-' => {
                    self.out.push('-');
                    dash = true;
                }
                '&' | '~' => {
                    self.out.push('\\');
                    self.out.push(c);
                }
                '\\' => {
                    let Some(c) = self.take() else {
                        return Err(String::from("trailing backslash at end of expression"));
                    };
                    match ascii_class(c) {
                        Some((true, set)) => self.out.push_str(&format!("[^{set}]")),
                        Some((false, set)) => self.out.push_str(set),
                        None if matches!(c, '<' | '>') => self.out.push(c),
                        None if matches!(c, 'A' | 'z') => return Err(format!("invalid escape sequence: \\{c}")),
                        None => size += self.other_escape(c)?,
                    }
                }
                c => self.out.push(c),
            }
            first = false;
            size += 1;
        }
        // A class is one step, whatever is in it, but for what Unicode's are.
        self.atom(if size >= UNICODE_CLASS { size } else { 1 + size / 8 });
        Ok(())
    }
}

/// `\d`, `\s`, `\w` and their opposites.
fn ascii_class(c: char) -> Option<(bool, &'static str)> {
    let set = match c.to_ascii_lowercase() {
        'd' => "0-9",
        's' => "\\t\\n\\x0C\\r ",
        'w' => "0-9A-Za-z_",
        _ => return None,
    };
    Some((c.is_ascii_uppercase(), set))
}

/// A class's name in front of `:]`, and what follows.
fn class_name(text: &str) -> Option<(&str, &str)> {
    let len = text.bytes().take_while(|b| b.is_ascii_alphabetic() || *b == b'^').count();
    Some((&text[..len], text[len..].strip_prefix(":]")?))
}

/// `2}`, `2,}` or `2,5}`: the largest number, and the length.
fn count(text: &str) -> Option<(u64, usize)> {
    let end = text.bytes().take_while(|b| b.is_ascii_digit() || *b == b',').count();
    if text.as_bytes().get(end) != Some(&b'}') {
        return None;
    }
    let (low, high) = text[..end].split_once(',').unwrap_or((&text[..end], ""));
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if low.is_empty() || !digits(low) || !digits(high) {
        return None;
    }
    let number = |s: &str| if s.is_empty() { 0 } else { s.parse().unwrap_or(u64::MAX) };
    Some((number(low).max(number(high)), end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_match(pattern: &str, text: &str) -> Option<bool> {
        let p = rewrite(pattern).ok()?;
        Some(regex::Regex::new(&p.text).ok()?.is_match(text))
    }

    #[test]
    fn patterns_mean_what_go_means() {
        for (pattern, text, want) in [
            (r"^\d+$", "12", Some(true)),
            (r"^\d+$", "١٢", Some(false)),
            (r"^\w+$", "å", Some(false)),
            (r"^[\w.]+$", "a.b_9", Some(true)),
            (r"^[^\d\s]+$", "ab", Some(true)),
            (r"^[\D]$", "1", Some(false)),
            (r"\bfoo\b", "a foo b", Some(true)),
            (r"a{,2}", "a{,2}", Some(true)),
            (r"^a{$", "a{", Some(true)),
            (r"a{2}$", "aa", Some(true)),
            (r"[[]a", "[a", Some(true)),
            (r"^[a&&b]+$", "a&b", Some(true)),
            (r"^[+--]$", ",", Some(true)),
            (r"^[]a]+$", "a]", Some(true)),
            (r"[[:alpha:]]", "1", Some(false)),
            (r"^\Qa.b\E$", "a.b", Some(true)),
            (r"^\Qa.b\E$", "axb", Some(false)),
            (r"\<a\>", "<a>", Some(true)),
            (r"^\x{41}\x42\103$", "ABC", Some(true)),
            (r"^\p{Greek}+$", "αβγ", Some(true)),
            (r"^\pL$", "é", Some(true)),
            (r"(?i)^ABC$", "abc", Some(true)),
            (r"(?P<x>a)(?:b)(?s:.)", "ab\n", Some(true)),
            (r"a*?b??", "", Some(true)),
            (r"a**", "", None),
            (r"a*+", "", None),
            (r"++", "", None),
            (r"(", "", None),
            (r"[", "", None),
            (r"a{1001}", "", None),
            (r"(?x)a b", "", None),
            (r"\y", "", None),
            (r"(a)\1", "", None),
            (r"\", "", None),
            (r"(?=a)", "", None),
        ] {
            assert_eq!(is_match(pattern, text), want, "{pattern}");
        }
    }

    #[test]
    fn repetitions_multiply() {
        assert!(rewrite("(a{10}){10}").is_ok_and(|p| (100..200).contains(&p.size)));
        assert!(rewrite("((a{100}){100}){100}").is_err());
        assert!(rewrite(r"\pL{1000}").is_err());
        assert!(rewrite(&"a".repeat(30_000)).is_err());
    }

    #[test]
    fn where_a_search_stays_near() {
        for near in ["", "a", r"\s+", "[,;] *", "x[a-z]{2,}|y+?|z", "(ab){2,}", "(?i)a*", "(a|b){1,9}c$"] {
            assert!(rewrite(near).is_ok_and(|p| p.near), "{near}");
        }
        for far in ["a*b", r"\s+$", "(a+)", "(a|b*)c", "a.*z|a", "a+?b", "(a{2,})", "a{2,}(b)"] {
            assert!(rewrite(far).is_ok_and(|p| !p.near), "{far}");
        }
    }

    #[test]
    fn patterns_made_to_be_read_again_and_again_are_not() {
        for piece in ["(", "[[:", r"[\x{", "{", r"\x{", "(?:", "(?i:"] {
            let _ = rewrite(&piece.repeat(100_000));
        }
        assert!(rewrite(&"(".repeat(1000)).is_err());
    }
}
