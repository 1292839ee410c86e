//! String literals: from their spelling to their bytes.

use crate::diagnostic::Diagnostic;
use crate::span::Span;

use super::token::newline_len;

/// The bytes that a literal (with its quotes or brackets) stands for, and the first bad escape.
/// `at` is where the literal begins in the source.
pub fn decode(literal: &str, at: usize) -> (Vec<u8>, Option<Diagnostic>) {
    let bytes = literal.as_bytes();
    match bytes.first() {
        Some(b'[') => (long(bytes), None),
        Some(_) => short(bytes, at),
        None => (Vec::new(), None),
    }
}

fn long(bytes: &[u8]) -> Vec<u8> {
    let open = 2 + bytes[1..].iter().take_while(|b| **b == b'=').count();
    let close = if bytes.len() >= 2 * open && bytes.ends_with(b"]") { bytes.len() - open } else { bytes.len() };
    let mut rest = bytes.get(open..close).unwrap_or_default();
    rest = &rest[newline_len(rest)..];
    let mut out = Vec::with_capacity(rest.len());
    while let Some(byte) = rest.first() {
        let breaks = newline_len(rest);
        out.push(if breaks > 0 { b'\n' } else { *byte });
        rest = &rest[breaks.max(1)..];
    }
    out
}

fn short(bytes: &[u8], base: usize) -> (Vec<u8>, Option<Diagnostic>) {
    let quote = bytes[0];
    let mut out = Vec::with_capacity(bytes.len());
    let mut bad = None;
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => {
                let (len, problem) = escape(&bytes[at..], &mut out);
                if let (Some(problem), None) = (problem, &bad) {
                    bad = Some(problem.at(base + at, len));
                }
                at += len;
            }
            byte if byte == quote => break,
            byte => {
                out.push(byte);
                at += 1;
            }
        }
    }
    (out, bad)
}

/// What is wrong with an escape.
enum Problem {
    Unknown,
    Hex,
    Decimal,
    Unicode,
    TooBig,
}

impl Problem {
    fn at(self, start: usize, len: usize) -> Diagnostic {
        let span = Span::new(start, start + len);
        match self {
            Problem::Unknown => Diagnostic::error("E0004", span, "this escape has no meaning in a string")
                .label("unknown escape")
                .help(
                    "the escapes are \\a \\b \\f \\n \\r \\t \\v \\\\ \\\" \\' \\z \\xXX \\ddd \\u{XXX} and a line break",
                )
                .fix("write a backslash", Span::new(start, start + 1), "\\\\"),
            Problem::Hex => Diagnostic::error("E0004", span, "`\\x` takes two hexadecimal digits")
                .label("two digits expected")
                .help("for example `\\x0A`"),
            Problem::Decimal => Diagnostic::error("E0004", span, "a decimal escape is one byte, at most `\\255`")
                .label("too large")
                .help("for a character beyond ASCII, write `\\u{XXX}`"),
            Problem::Unicode => {
                Diagnostic::error("E0004", span, "`\\u` takes hexadecimal digits in braces, such as `\\u{20AC}`")
                    .label("braces and digits expected")
            }
            Problem::TooBig => {
                Diagnostic::error("E0004", span, "a `\\u{…}` escape goes up to 7FFFFFFF").label("too large")
            }
        }
    }
}

/// Reads one escape; returns its length and what is wrong with it. `bytes` begins with the backslash.
fn escape(bytes: &[u8], out: &mut Vec<u8>) -> (usize, Option<Problem>) {
    let Some(&letter) = bytes.get(1) else { return (1, None) };
    let simple = match letter {
        b'a' => 7,
        b'b' => 8,
        b'f' => 12,
        b'n' => 10,
        b'r' => 13,
        b't' => 9,
        b'v' => 11,
        b'\\' | b'"' | b'\'' => letter,
        b'\r' | b'\n' => {
            out.push(b'\n');
            return (1 + newline_len(&bytes[1..]), None);
        }
        b'z' => {
            let white = bytes[2..].iter().take_while(|b| b.is_ascii_whitespace() || **b == 0x0B).count();
            return (2 + white, None);
        }
        b'x' => {
            let digits = bytes[2..].iter().take(2).take_while(|b| b.is_ascii_hexdigit()).count();
            if digits < 2 {
                return (2 + digits, Some(Problem::Hex));
            }
            out.push(value(&bytes[2..4], 16) as u8);
            return (4, None);
        }
        b'0'..=b'9' => {
            let digits = bytes[1..].iter().take(3).take_while(|b| b.is_ascii_digit()).count();
            let code = value(&bytes[1..=digits], 10);
            if code > 255 {
                return (1 + digits, Some(Problem::Decimal));
            }
            out.push(code as u8);
            return (1 + digits, None);
        }
        b'u' => {
            if bytes.get(2) != Some(&b'{') {
                return (2, Some(Problem::Unicode));
            }
            let digits = bytes[3..].iter().take_while(|b| b.is_ascii_hexdigit()).count();
            let closed = bytes.get(3 + digits) == Some(&b'}');
            let len = 3 + digits + usize::from(closed);
            if !closed || digits == 0 {
                return (len, Some(Problem::Unicode));
            }
            let code = value(&bytes[3..3 + digits], 16);
            if code > 0x7FFF_FFFF {
                return (len, Some(Problem::TooBig));
            }
            utf8(code, out);
            return (len, None);
        }
        // A character of several bytes is reported whole.
        _ => {
            let tail = bytes[2..].iter().take_while(|b| **b & 0xC0 == 0x80).count();
            let len = if letter.is_ascii() { 2 } else { 2 + tail };
            return (len, Some(Problem::Unknown));
        }
    };
    out.push(simple);
    (2, None)
}

/// The value of digits, stopping at 2^32.
fn value(digits: &[u8], base: u32) -> u32 {
    digits.iter().fold(0u32, |sum, b| {
        let digit = (*b as char).to_digit(base).unwrap_or(0);
        sum.saturating_mul(base).saturating_add(digit)
    })
}

/// UTF-8 in its original form, which reaches six bytes and 2^31 and knows no surrogates.
fn utf8(code: u32, out: &mut Vec<u8>) {
    if code < 0x80 {
        out.push(code as u8);
        return;
    }
    // Continuation bytes hold six bits each; the first byte of `n` bytes has room for `7 - n`.
    let mut tail = 1;
    while tail < 5 && code >> (6 * tail) >= 1 << (6 - tail) {
        tail += 1;
    }
    let mark = (0xFF00u32 >> (tail + 1)) & 0xFF;
    out.push((mark | (code >> (6 * tail))) as u8);
    for index in (0..tail).rev() {
        out.push((0x80 | ((code >> (6 * index)) & 0x3F)) as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good(literal: &str) -> Vec<u8> {
        let (bytes, bad) = decode(literal, 0);
        assert_eq!(bad, None, "{literal}");
        bytes
    }

    #[test]
    fn reads_every_escape() {
        assert_eq!(good(r#""\a\b\f\n\r\t\v\\\"\'""#), b"\x07\x08\x0C\n\r\t\x0B\\\"'");
        assert_eq!(good("'a\\z  \r\n\t b'"), b"ab");
        assert_eq!(good(r"'\x41\65\065\0651'"), b"AAAA1");
        assert_eq!(good("'a\\\r\nb\\\n\rc\\\nd'"), b"a\nb\nc\nd");
        assert_eq!(good(r"'\u{7F}\u{80}\u{7FF}\u{20AC}'"), "\u{7F}\u{80}\u{7FF}\u{20AC}".as_bytes());
        assert_eq!(good(r"'\u{10FFFF}'"), "\u{10FFFF}".as_bytes());
        assert_eq!(good(r"'\u{1FFFFF}\u{200000}'"), b"\xF7\xBF\xBF\xBF\xF8\x88\x80\x80\x80");
        assert_eq!(good(r"'\u{3FFFFFF}\u{4000000}'"), b"\xFB\xBF\xBF\xBF\xBF\xFC\x84\x80\x80\x80\x80");
        assert_eq!(good(r"'\u{7FFFFFFF}\u{D800}'"), b"\xFD\xBF\xBF\xBF\xBF\xBF\xED\xA0\x80");
    }

    #[test]
    fn long_brackets_keep_all_but_line_break_spelling() {
        assert_eq!(good("[[\r\na\\n\r\nb\n\rc\rd\n]]"), b"a\\n\nb\nc\nd\n");
        assert_eq!(good("[==[\n\n]]]=]==]"), b"\n]]]=");
        assert_eq!(good("[[]]"), b"");
    }

    #[test]
    fn points_at_a_bad_escape() {
        for (literal, start, end) in [
            (r"'ab\qc'", 3, 5),
            (r"'\x4'", 1, 4),
            (r"'\256'", 1, 5),
            (r"'\u20AC'", 1, 3),
            (r"'\u{}'", 1, 5),
            (r"'\u{80000000}'", 1, 13),
            ("'\\é'", 1, 4),
        ] {
            let bad = decode(literal, 0).1.map(|d| (d.span.start, d.span.end));
            assert_eq!(bad, Some((start, end)), "{literal}");
        }
    }
}
