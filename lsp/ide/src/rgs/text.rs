//! Small questions about texts: words, lines, and values as people read them.

use gatos_canon::Value;
use gatos_syntax::span::Span;

/// The text of a span; empty when it is no part of the text.
pub(super) fn slice(text: &str, span: Span) -> &str {
    text.get(span.range()).unwrap_or_default()
}

/// A byte brought back to the beginning of a character.
pub(super) fn floor(text: &str, at: u32) -> usize {
    let mut at = (at as usize).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Whether a character can be part of a name.
pub(super) fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The name that a byte is in or right behind of.
pub(super) fn word_at(text: &str, at: u32) -> Option<Span> {
    let at = floor(text, at);
    let start = word_start(text, at);
    let rest = text.get(at..).unwrap_or_default();
    let end = at + rest.find(|c| !is_word(c)).unwrap_or(rest.len());
    (start < end).then(|| Span::new(start, end))
}

/// Where the name before a byte begins; the byte itself when there is none.
pub(super) fn word_start(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    let count = before.bytes().rev().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
    at - count
}

/// Where the line of a byte begins.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).map_or(0, |before| before.rfind('\n').map_or(0, |i| i + 1))
}

/// Where the line of a byte ends, without its line break.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let end = rest.find('\n').unwrap_or(rest.len());
    at + rest.get(..end).map_or(0, |line| line.trim_end_matches('\r').len())
}

/// The white space that the line of a byte begins with.
pub(super) fn indent(text: &str, at: usize) -> &str {
    let line = text.get(line_start(text, at)..line_end(text, at)).unwrap_or_default();
    &line[..line.len() - line.trim_start().len()]
}

/// A text cut to so many characters.
pub(super) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// A value on one line, cut to so many characters.
pub(super) fn short(value: &Value, most: usize) -> String {
    cut(&value.to_json_string(), most)
}

/// White space of any kind as one space.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A value over several lines, as people write JSON; small parts stay on one line.
pub(super) fn pretty(value: &Value, indent: &str) -> String {
    const WIDTH: usize = 72;
    let flat = value.to_json_string();
    let inner = format!("{indent}\t");
    match value {
        Value::Map(map) if !map.is_empty() && flat.len() > WIDTH => {
            let rows: Vec<String> =
                map.iter().map(|(key, value)| format!("{inner}{}: {}", quoted(key), pretty(value, &inner))).collect();
            format!("{{\n{},\n{indent}}}", rows.join(",\n"))
        }
        Value::Array(items) if !items.is_empty() && flat.len() > WIDTH => {
            let rows: Vec<String> = items.iter().map(|item| format!("{inner}{}", pretty(item, &inner))).collect();
            format!("[\n{},\n{indent}]", rows.join(",\n"))
        }
        _ => spaced(&flat),
    }
}

/// JSON on one line with a space after each comma and colon outside of strings.
fn spaced(json: &str) -> String {
    let mut out = String::with_capacity(json.len() + 16);
    let (mut inside, mut escaped) = (false, false);
    for c in json.chars() {
        out.push(c);
        match c {
            _ if escaped => escaped = false,
            '\\' if inside => escaped = true,
            '"' => inside = !inside,
            ',' | ':' if !inside => out.push(' '),
            _ => {}
        }
    }
    out
}

/// A string literal.
pub(super) fn quoted(text: &str) -> String {
    Value::Text(text.to_owned()).to_json_string()
}

/// Whether a text can be written as a name.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(is_word)
        && !is_keyword(text)
}

/// Whether a text is a reserved word.
pub(super) fn is_keyword(text: &str) -> bool {
    const WORDS: [&str; 15] = [
        "as", "default", "else", "every", "false", "if", "import", "in", "not", "null", "package", "some", "true",
        "with", "contains",
    ];
    // `contains` is a name everywhere but in heads.
    text != "contains" && WORDS.contains(&text)
}

/// Steps as they are written after something: `.a["b c"]`.
pub(super) fn steps_text(path: &[String]) -> String {
    path.iter().map(|part| if is_plain(part) { format!(".{part}") } else { format!("[{}]", quoted(part)) }).collect()
}

/// Whether a key can stand after a dot.
pub(super) fn is_plain(part: &str) -> bool {
    !part.is_empty() && !part.starts_with(|c: char| c.is_ascii_digit()) && part.chars().all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_lines_are_found_anywhere() {
        let text = "a.bc é\n\tx1";
        assert_eq!(word_at(text, 3), Some(Span::new(2, 4)));
        assert_eq!(word_at(text, 4), Some(Span::new(2, 4)));
        assert_eq!(word_at(text, 5), None);
        assert_eq!(word_at(text, 6), None);
        assert_eq!(indent(text, text.len()), "\t");
        assert_eq!(word_at(text, 999), Some(Span::new(9, 11)));
    }

    #[test]
    fn values_are_written_as_policies_read_them() {
        let value = Value::from_json(r#"{"a":"x, y: \"z\"","b":[1,2]}"#).expect("JSON");
        assert_eq!(pretty(&value, ""), r#"{"a": "x, y: \"z\"", "b": [1, 2]}"#);
        assert_eq!(steps_text(&["a".into(), "b c".into()]), ".a[\"b c\"]");
    }
}
