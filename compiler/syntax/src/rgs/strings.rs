//! String literals and the text of templates: from their spelling to what they stand for.

use crate::diagnostic::Diagnostic;
use crate::span::Span;

/// The text of `"…"`, and the first bad escape. `at` is where the literal begins in the source.
pub fn quoted(literal: &str, at: usize) -> (String, Option<Diagnostic>) {
    let inside = literal.get(1..).unwrap_or_default();
    unescape(inside, at + 1, Some('"'), false)
}

/// The text between backquotes.
pub fn raw(literal: &str) -> String {
    let inside = literal.strip_prefix('`').unwrap_or(literal);
    inside.strip_suffix('`').unwrap_or(inside).to_string()
}

/// The text of one part of a template, with whatever stands around it: `$"…{`, `}…{`, `}…"`, `$"…"`.
pub fn template(part: &str, is_raw: bool, at: usize) -> (String, Option<Diagnostic>) {
    let open = if part.starts_with('$') { 2 } else { 1 };
    let inside = part.get(open..).unwrap_or_default();
    if is_raw {
        let inside = inside.strip_suffix(['{', '`']).unwrap_or(inside);
        return (inside.replace("\\{", "{"), None);
    }
    let inside = inside.strip_suffix('{').unwrap_or(inside);
    unescape(inside, at + open, Some('"'), true)
}

fn unescape(inside: &str, base: usize, quote: Option<char>, braces: bool) -> (String, Option<Diagnostic>) {
    let mut out = String::with_capacity(inside.len());
    let mut bad = None;
    let mut at = 0;
    while let Some(c) = inside[at..].chars().next() {
        if Some(c) == quote {
            break;
        }
        if c != '\\' {
            out.push(c);
            at += c.len_utf8();
            continue;
        }
        let (len, problem) = escape(&inside[at..], braces, &mut out);
        if let (Some(problem), None) = (problem, &bad) {
            bad = Some(problem.at(base + at, len));
        }
        at += len;
    }
    (out, bad)
}

/// What is wrong with an escape.
enum Problem {
    Unknown,
    Digits,
    Half,
    Brace,
}

impl Problem {
    fn at(self, start: usize, len: usize) -> Diagnostic {
        let span = Span::new(start, start + len);
        let slash = Span::new(start, start + 1);
        match self {
            Problem::Unknown => Diagnostic::error("E1003", span, "this escape has no meaning in a string")
                .label("unknown escape")
                .help("the escapes are \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX; patterns are best in backquotes")
                .fix("write a backslash", slash, "\\\\"),
            Problem::Digits => Diagnostic::error("E1003", span, "`\\u` takes four hexadecimal digits")
                .label("four digits expected")
                .help("a character past FFFF is written as two such escapes, or as itself"),
            Problem::Half => Diagnostic::error("E1003", span, "this is half of a character")
                .label("its other half is missing")
                .help("escapes from D800 to DFFF come in pairs; the character itself may stand in a string"),
            Problem::Brace => Diagnostic::error("E1003", span, "only a template has braces to escape")
                .label("unknown escape")
                .fix("write the brace alone", slash, ""),
        }
    }
}

/// Reads one escape; returns its length and what is wrong with it. `text` begins with the backslash.
fn escape(text: &str, braces: bool, out: &mut String) -> (usize, Option<Problem>) {
    let Some(letter) = text[1..].chars().next() else { return (1, Some(Problem::Unknown)) };
    let plain = match letter {
        '"' | '\\' | '/' => letter,
        'b' => '\u{8}',
        'f' => '\u{C}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        '{' | '}' if braces => letter,
        '{' => return (2, Some(Problem::Brace)),
        'u' => return unicode(text, out),
        _ => return (1 + letter.len_utf8(), Some(Problem::Unknown)),
    };
    out.push(plain);
    (2, None)
}

fn unicode(text: &str, out: &mut String) -> (usize, Option<Problem>) {
    let Some(unit) = four(text, 2) else {
        let digits = text[2..].bytes().take(4).take_while(u8::is_ascii_hexdigit).count();
        return (2 + digits, Some(Problem::Digits));
    };
    if let Some(c) = char::from_u32(unit) {
        out.push(c);
        return (6, None);
    }
    let low = if text.get(6..8) == Some("\\u") { four(text, 8) } else { None };
    match low {
        Some(low @ 0xDC00..=0xDFFF) if unit < 0xDC00 => {
            let code = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
            out.extend(char::from_u32(code));
            (12, None)
        }
        _ => (6, Some(Problem::Half)),
    }
}

fn four(text: &str, at: usize) -> Option<u32> {
    let digits = text.get(at..at + 4)?;
    if digits.bytes().all(|b| b.is_ascii_hexdigit()) { u32::from_str_radix(digits, 16).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_escape() {
        let (text, bad) = quoted(r#""a\"\\\/\b\f\n\r\t\u00e4\ud83d\ude00é""#, 0);
        assert_eq!((text.as_str(), bad), ("a\"\\/\u{8}\u{C}\n\r\tä😀é", None));
        assert_eq!(raw("`a\\n\nb`"), "a\\n\nb");
    }

    #[test]
    fn reads_the_parts_of_a_template() {
        for (part, is_raw, text) in [
            ("$\"a\\{b{", false, "a{b"),
            ("}x\\t{", false, "x\t"),
            ("}\"", false, ""),
            ("$\"whole\"", false, "whole"),
            ("$`\\{{", true, "{"),
            ("}\\n`", true, "\\n"),
            ("$``", true, ""),
        ] {
            assert_eq!(template(part, is_raw, 0), (text.to_string(), None), "{part}");
        }
    }

    #[test]
    fn points_at_a_bad_escape() {
        for (literal, start, end) in
            [(r#""ab\qc""#, 3, 5), (r#""\u12x""#, 1, 5), (r#""\ud800x""#, 1, 7), (r#""\{""#, 1, 3), ("\"\\é\"", 1, 4)]
        {
            let bad = quoted(literal, 0).1.map(|d| (d.span.start, d.span.end));
            assert_eq!(bad, Some((start, end)), "{literal}");
        }
    }
}
