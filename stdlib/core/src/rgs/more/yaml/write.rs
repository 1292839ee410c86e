//! Strings as YAML scalars: plain where that reads back as the same string, else quoted.

use super::plain::{Node, resolve};
use alloc::format;
use alloc::string::String;

/// Whether a string is written as lines of its own, behind `|`.
pub fn needs_lines(text: &str) -> bool {
    let printable = |c: char| c == '\n' || (!c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}'));
    text.contains('\n') && text.chars().all(printable) && !text.contains(" \n") && !text.ends_with(' ')
}

/// A string on one line.
pub fn scalar(text: &str) -> String {
    if text.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')) {
        return double(text);
    }
    // Others read some of these as booleans or numbers.
    let elsewhere = matches!(text, "y" | "Y" | "n" | "N") || sexagesimal(text);
    if elsewhere || !matches!(resolve(text), Ok(Node::Text(_))) {
        return double(text);
    }
    if is_plain(text) { text.into() } else { format!("'{}'", text.replace('\'', "''")) }
}

/// `1:30` was a number once.
fn sexagesimal(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.contains(':')
        && digits.chars().all(|c| c.is_ascii_digit() || matches!(c, ':' | '_' | '.'))
}

fn is_plain(text: &str) -> bool {
    let mut chars = text.chars();
    let first = chars.next().unwrap_or(' ');
    let alone = matches!(chars.next(), None | Some(' '));
    let indicator = "#,[]{}&*!|>'\"%@`".contains(first) || ("-?:".contains(first) && alone);
    !(indicator
        || text.starts_with(' ')
        || text.ends_with([' ', ':'])
        || text.starts_with("---")
        || text.starts_with("...")
        || text.contains(": ")
        || text.contains(" #")
        || text == "<<"
        || text == "=")
}

fn double(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\0' => out.push_str("\\0"),
            '\u{2028}' => out.push_str("\\L"),
            '\u{2029}' => out.push_str("\\P"),
            c if c.is_control() && u32::from(c) < 256 => out.push_str(&format!("\\x{:02X}", u32::from(c))),
            '\u{feff}' => out.push_str("\\uFEFF"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        for (text, want) in [
            ("a", "a"),
            ("a b", "a b"),
            ("true", "\"true\""),
            ("no", "\"no\""),
            ("y", "\"y\""),
            ("12", "\"12\""),
            ("1.5", "\"1.5\""),
            ("", "\"\""),
            ("~", "\"~\""),
            ("1:30", "\"1:30\""),
            ("2001-01-01", "2001-01-01"),
            ("a: b", "'a: b'"),
            ("it's", "it's"),
            ("'q'", "'''q'''"),
            ("- a", "'- a'"),
            ("-a", "-a"),
            ("#c", "'#c'"),
            ("a #c", "'a #c'"),
            (" a", "' a'"),
            ("a:", "'a:'"),
            ("a\tb", "\"a\\tb\""),
            ("a\nb", "\"a\\nb\""),
            ("\u{7}\"\\", "\"\\x07\\\"\\\\\""),
            ("{a}", "'{a}'"),
            ("\u{e9}", "\u{e9}"),
            ("<<", "'<<'"),
            ("---", "'---'"),
            ("9999999999999999999", "\"9999999999999999999\""),
        ] {
            assert_eq!(scalar(text), want);
            assert_eq!(parse(&format!("k: {want}\n")), Ok(Node::Map([("k".into(), Node::Text(text.into()))].into())));
        }
        assert!(needs_lines("a\nb") && !needs_lines("a \nb") && !needs_lines("ab") && !needs_lines("a\n\u{1}"));
    }
}
