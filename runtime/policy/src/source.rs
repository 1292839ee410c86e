//! The sources of a bundle, as far as explanations need them: the conditions of a rule with their places, and what
//! of the input a piece of text speaks of.
//!
//! This is no parser. The sources compiled, so brackets match and words are in their places; all that is to be found
//! is where a condition ends.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use gatos_canon::Value;
use gatos_elc::map::Place;

/// The most conditions of a rule that are told apart.
const MAX_CONDITIONS: usize = 512;
/// The most parts of the input that are told with a condition.
const MAX_VALUES: usize = 16;

/// A condition of a rule: a piece of its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Its first byte.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
    /// Its text on one line.
    pub text: String,
}

/// Source texts by name.
pub struct Sources {
    texts: BTreeMap<String, String>,
}

impl Sources {
    /// The sources of a bundle; what is not text is left out.
    pub fn new(files: &BTreeMap<String, Vec<u8>>) -> Sources {
        let text = |(name, bytes): (&String, &Vec<u8>)| Some((name.clone(), String::from_utf8(bytes.clone()).ok()?));
        Sources { texts: files.iter().filter_map(text).collect() }
    }

    /// The text of a file.
    pub fn text(&self, file: &str) -> Option<&str> {
        self.texts.get(file).map(String::as_str)
    }

    /// The byte that a place means.
    pub fn offset(&self, file: &str, place: Place) -> Option<usize> {
        let text = self.text(file)?;
        let line = usize::try_from(place.line).ok()?.checked_sub(1)?;
        let start = match line {
            0 => 0,
            n => text.match_indices('\n').nth(n.checked_sub(1)?)?.0.checked_add(1)?,
        };
        let col = usize::try_from(place.col).ok()?.saturating_sub(1);
        let rest = text.get(start..)?;
        let within = rest.char_indices().nth(col).map_or(rest.len(), |(at, _)| at);
        start.checked_add(within)
    }

    /// Line and column of a byte.
    pub fn line_of(&self, file: &str, offset: usize) -> Option<u32> {
        let before = self.text(file)?.get(..offset)?;
        u32::try_from(before.matches('\n').count()).ok()?.checked_add(1)
    }

    /// The conditions of the rule whose head begins at a byte, those of its `else` branches behind its own; and where
    /// the rule ends.
    pub fn conditions(&self, file: &str, head: usize) -> (Vec<Condition>, usize) {
        match self.text(file) {
            Some(text) => Scan { text, at: head, out: Vec::new() }.rule(),
            None => (Vec::new(), head),
        }
    }
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
    out: Vec<Condition>,
}

/// What the scanner sees at a byte.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Piece<'a> {
    Open(char),
    Close,
    Newline,
    Semicolon,
    Word(&'a str),
    Text,
    Space,
    Comment,
    Sign(char),
    End,
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The piece at a byte and the byte after it.
fn piece(text: &str, at: usize) -> (Piece<'_>, usize) {
    let rest = text.get(at..).unwrap_or("");
    let Some(c) = rest.chars().next() else { return (Piece::End, at) };
    let after = at + c.len_utf8();
    match c {
        '\n' => (Piece::Newline, after),
        ';' => (Piece::Semicolon, after),
        '(' | '[' | '{' => (Piece::Open(c), after),
        ')' | ']' | '}' => (Piece::Close, after),
        '#' => (Piece::Comment, at + rest.find('\n').unwrap_or(rest.len())),
        '"' => {
            let mut escaped = false;
            for (i, c) in rest.char_indices().skip(1) {
                match c {
                    _ if escaped => escaped = false,
                    '\\' => escaped = true,
                    '"' => return (Piece::Text, at + i + 1),
                    _ => {}
                }
            }
            (Piece::Text, text.len())
        }
        '`' => (Piece::Text, rest.get(1..).and_then(|r| r.find('`')).map_or(text.len(), |i| at + i + 2)),
        c if c.is_whitespace() => (Piece::Space, after),
        c if is_word(c) => {
            let n = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            (Piece::Word(rest.get(..n).unwrap_or(rest)), at + n)
        }
        c => (Piece::Sign(c), after),
    }
}

impl Scan<'_> {
    fn rule(mut self) -> (Vec<Condition>, usize) {
        while self.find_if() {
            self.skip_blank();
            if piece(self.text, self.at).0 == Piece::Open('{') {
                self.at += 1;
                self.body(true);
            } else {
                self.body(false);
            }
            // An `else` behind the body goes on with the rule.
            let end = self.at;
            self.skip_blank();
            match piece(self.text, self.at) {
                (Piece::Word("else"), after) => self.at = after,
                _ => {
                    self.at = end;
                    break;
                }
            }
        }
        (self.out, self.at)
    }

    fn skip_blank(&mut self) {
        while let (Piece::Space | Piece::Newline | Piece::Comment, after) = piece(self.text, self.at) {
            self.at = after;
        }
    }

    /// Goes behind the next `if` outside of brackets. A rule without one ends with its line.
    fn find_if(&mut self) -> bool {
        let mut depth = 0usize;
        loop {
            let (found, after) = piece(self.text, self.at);
            match found {
                Piece::End => return false,
                Piece::Newline if depth == 0 => {
                    let end = self.at;
                    self.skip_blank();
                    if !matches!(piece(self.text, self.at).0, Piece::Word("if")) {
                        self.at = end;
                        return false;
                    }
                    continue;
                }
                Piece::Open(_) => depth += 1,
                Piece::Close => depth = depth.saturating_sub(1),
                Piece::Word("if") if depth == 0 => {
                    self.at = after;
                    return true;
                }
                _ => {}
            }
            self.at = after;
        }
    }

    /// Splits a body: one in braces, else one condition that ends with its line.
    fn body(&mut self, in_braces: bool) {
        let mut depth = 0usize;
        let (mut start, mut end) = (None, self.at);
        // Whether what came last wants more: an operator, or a word such as `not`.
        let mut hungry = true;
        loop {
            let (found, after) = piece(self.text, self.at);
            match found {
                Piece::End => break,
                Piece::Close if depth == 0 => {
                    if in_braces {
                        self.put(start.take(), end);
                        self.at = after;
                        return;
                    }
                    break;
                }
                Piece::Semicolon if depth == 0 => {
                    self.put(start.take(), end);
                    if !in_braces {
                        return;
                    }
                    hungry = true;
                }
                Piece::Newline if depth == 0 && !hungry => {
                    let line_end = self.at;
                    self.skip_blank();
                    if self.continues() {
                        continue;
                    }
                    self.put(start.take(), end);
                    if !in_braces {
                        self.at = line_end;
                        return;
                    }
                    hungry = true;
                    continue;
                }
                Piece::Word("else") if depth == 0 && !in_braces => break,
                Piece::Newline | Piece::Space | Piece::Comment => {}
                other => {
                    start = start.or(Some(self.at));
                    end = after;
                    match other {
                        Piece::Open(_) => depth += 1,
                        Piece::Close => depth = depth.saturating_sub(1),
                        _ => {}
                    }
                    hungry = match other {
                        Piece::Sign(c) => c != '.',
                        Piece::Word(word) => matches!(word, "not" | "some" | "every" | "in" | "with" | "as"),
                        _ => false,
                    };
                }
            }
            self.at = after;
        }
        self.put(start, end);
    }

    /// Whether what begins here continues the line before.
    fn continues(&self) -> bool {
        match piece(self.text, self.at).0 {
            Piece::Sign(c) => matches!(c, '=' | '!' | '<' | '>' | ':' | '+' | '-' | '*' | '/' | '%' | '&' | '|' | ','),
            Piece::Word(word) => matches!(word, "with" | "in"),
            _ => false,
        }
    }

    fn put(&mut self, start: Option<usize>, end: usize) {
        let Some(start) = start else { return };
        if let Some(text) = self.text.get(start..end)
            && self.out.len() < MAX_CONDITIONS
        {
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            self.out.push(Condition { start, end, text });
        }
    }
}

/// What of the input a text speaks of, with the values it has: `input.payload.amount`.
pub fn input_values(text: &str, input: &Value) -> Vec<(String, Value)> {
    let mut out: Vec<(String, Value)> = Vec::new();
    let mut at = 0;
    let mut before = Piece::Space;
    loop {
        let (found, after) = piece(text, at);
        match found {
            Piece::End => return out,
            Piece::Word("input") if !matches!(before, Piece::Sign('.')) => {
                let (name, value, end) = reference(text, after, input);
                if let Some(value) = value
                    && name != "input"
                    && !out.iter().any(|(there, _)| *there == name)
                    && out.len() < MAX_VALUES
                {
                    out.push((name, value));
                }
                at = end;
                before = Piece::Text;
                continue;
            }
            _ => {}
        }
        before = found;
        at = after;
    }
}

/// Follows constant steps behind `input`: as far as they go, with the value there, null where there is none.
fn reference(text: &str, from: usize, input: &Value) -> (String, Option<Value>, usize) {
    let mut name = "input".to_owned();
    let mut value = Some(input);
    let mut at = from;
    loop {
        let step = match piece(text, at) {
            (Piece::Sign('.'), dot) => match piece(text, dot) {
                (Piece::Word(word), after) => Some((word.to_owned(), alloc::format!(".{word}"), after)),
                _ => None,
            },
            (Piece::Open('['), open) => match piece(text, open) {
                (Piece::Text, after) => {
                    let quoted = text.get(open..after).unwrap_or("");
                    let key = Value::from_json(quoted).ok().and_then(|v| v.as_text().map(ToString::to_string));
                    match (key, piece(text, after)) {
                        (Some(key), (Piece::Close, end)) => Some((key, alloc::format!("[{quoted}]"), end)),
                        _ => None,
                    }
                }
                _ => None,
            },
            _ => None,
        };
        let Some((key, shown, after)) = step else { break };
        value = value.and_then(|value| value.get(&key));
        name.push_str(&shown);
        at = after;
    }
    (name, value.cloned().or(Some(Value::Null)), at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn conditions(text: &str) -> Vec<String> {
        let files = BTreeMap::from([("a.rgs".to_owned(), text.as_bytes().to_vec())]);
        Sources::new(&files).conditions("a.rgs", 0).0.into_iter().map(|c| c.text).collect()
    }

    #[test]
    fn bodies_split_into_conditions() {
        assert_eq!(conditions("allow if input.x == 1\nother if false"), ["input.x == 1"]);
        assert_eq!(conditions("allow if { input.a; input.b }"), ["input.a", "input.b"]);
        assert_eq!(
            conditions(
                "deny contains msg if {\n\t# why\n\tnot is_owner\n\n\tx := {\"a\": [1,\n 2]}\n\tmsg := \"a}b;\"\n}"
            ),
            ["not is_owner", "x := {\"a\": [1, 2]}", "msg := \"a}b;\""]
        );
        assert_eq!(
            conditions("allow if {\n a ==\n  b\n c\n  == d\n e with input as {}\n   with data.x as 1\n}"),
            ["a == b", "c == d", "e with input as {} with data.x as 1"]
        );
        assert_eq!(
            conditions("f(x) := 1 if {\n x > 1\n} else := 2 if {\n x > 0\n} else := 3\ng if y"),
            ["x > 1", "x > 0"]
        );
        assert_eq!(conditions("allow if some x in input.xs; x > 1"), ["some x in input.xs"]);
        assert_eq!(
            conditions("allow if {\n every x in xs {\n  x > 1\n  x < 3\n }\n count(`}`) == 1\n}"),
            ["every x in xs { x > 1 x < 3 }", "count(`}`) == 1"]
        );
        assert!(conditions("default allow := false\nallow if x").is_empty());
        assert!(conditions("allow if {").is_empty());
    }

    #[test]
    fn input_is_read_out() {
        let input = Value::from_json(r#"{"a":{"b c":5},"actor":"user:ann"}"#).unwrap();
        let values = input_values("input.actor in x.input.y and input.a[\"b c\"] > input.a.none + input[z]", &input);
        assert_eq!(
            values,
            vec![
                ("input.actor".to_owned(), Value::Text("user:ann".to_owned())),
                ("input.a[\"b c\"]".to_owned(), Value::Int(5)),
                ("input.a.none".to_owned(), Value::Null),
            ]
        );
    }
}
