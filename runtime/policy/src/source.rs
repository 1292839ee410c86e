//! The sources of a bundle, as far as explanations need them: the text of a condition, and what of the input a text
//! speaks of. This is no parser: the sources compiled, so words are in their places.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use gatos_canon::Value;
use gatos_elc::map::Place;

/// The most parts of the input that are told with a condition.
const MAX_VALUES: usize = 16;

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

    /// The text between two places of a file, on one line.
    pub fn slice(&self, file: &str, start: Place, end: (u32, u32)) -> Option<String> {
        let from = self.offset(file, start)?;
        let to = self.offset(file, Place { line: end.0, col: end.1, ..start })?;
        Some(self.text(file)?.get(from..to)?.split_whitespace().collect::<Vec<_>>().join(" "))
    }
}

/// What the scanner sees at a byte.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Piece<'a> {
    Open(char),
    Close,
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

    #[test]
    fn places_are_found_by_characters() {
        let files = BTreeMap::from([("a.rgs".to_owned(), "a\n\té == 1 +\n  2\n".as_bytes().to_vec())]);
        let sources = Sources::new(&files);
        let at = |line, col| Place { file: 0, line, col };
        assert_eq!(sources.slice("a.rgs", at(2, 2), (3, 4)).as_deref(), Some("é == 1 + 2"));
        assert_eq!(sources.slice("a.rgs", at(3, 3), (9, 1)), None);
        assert_eq!(sources.slice("b.rgs", at(1, 1), (1, 1)), None);
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
