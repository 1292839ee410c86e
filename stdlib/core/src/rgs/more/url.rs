//! Percent-encoding of query strings, with `+` for a space.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Appends a text in a form that stands for itself between `&` and `=`.
pub fn encode(text: &[u8], out: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for b in text {
        match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(*b)),
            b' ' => out.push('+'),
            _ => {
                out.push('%');
                out.push(char::from(HEX[usize::from(b >> 4)]));
                out.push(char::from(HEX[usize::from(b & 15)]));
            }
        }
    }
}

/// Undoes [`encode`].
///
/// # Errors
/// A `%` without two hexadecimal digits; bytes that are not UTF-8.
pub fn decode(text: &str) -> Result<String, String> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'+' => out.push(b' '),
            b'%' => {
                let digit = |i: usize| bytes.get(i).and_then(|b| char::from(*b).to_digit(16));
                match (digit(at + 1), digit(at + 2)) {
                    (Some(high), Some(low)) => out.push((high * 16 + low) as u8),
                    _ => {
                        let end = bytes.len().min(at + 3);
                        let shown = String::from_utf8_lossy(&bytes[at..end]);
                        return Err(format!("invalid URL escape \"{shown}\""));
                    }
                }
                at += 2;
            }
            b => out.push(b),
        }
        at += 1;
    }
    String::from_utf8(out).map_err(|_| "the decoded text is not UTF-8".to_string())
}

/// The pairs of a query string, in its order.
///
/// # Errors
/// As for [`decode`]; a semicolon.
pub fn pairs(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut out = Vec::new();
    for piece in text.split('&').filter(|p| !p.is_empty()) {
        if piece.contains(';') {
            return Err("invalid semicolon separator in query".to_string());
        }
        let (key, value) = piece.split_once('=').unwrap_or((piece, ""));
        out.push((decode(key)?, decode(value)?));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(text: &str) -> String {
        let mut out = String::new();
        encode(text.as_bytes(), &mut out);
        out
    }

    #[test]
    fn what_is_encoded_can_be_decoded() {
        for text in ["", "a=b+1", "c d&e", "\u{e9}\u{1f4a9}~-_.", "%41"] {
            assert_eq!(decode(&encoded(text)).as_deref(), Ok(text));
        }
        assert_eq!(encoded("a=b+1 \u{e9}"), "a%3Db%2B1+%C3%A9");
        assert_eq!(decode("a%3db%2B1+x"), Ok("a=b+1 x".into()));
    }

    #[test]
    fn errors() {
        assert_eq!(decode("a%2"), Err("invalid URL escape \"%2\"".into()));
        assert_eq!(decode("%zz1"), Err("invalid URL escape \"%zz\"".into()));
        assert!(decode("%ff").is_err());
        assert!(pairs("a=1;b=2").is_err());
    }

    #[test]
    fn pairs_in_order() {
        let have = pairs("b=1&&a=2&b=%203&c&=x").unwrap();
        let have: Vec<(&str, &str)> = have.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(have, [("b", "1"), ("a", "2"), ("b", " 3"), ("c", ""), ("", "x")]);
        assert_eq!(pairs(""), Ok(Vec::new()));
    }
}
