//! What plain scalars mean.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use gatos_num::{Num, parse_json_number};

/// A value read from YAML.
#[derive(Clone, PartialEq, Debug)]
pub enum Node {
    /// null
    Null,
    /// A boolean.
    Bool(bool),
    /// A number.
    Num(Num),
    /// A string.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A map, in the order of the text; keys differ.
    Map(Vec<(String, Node)>),
}

/// What a plain scalar means.
///
/// # Errors
/// Numbers that are out of range, infinite or none.
pub fn resolve(text: &str) -> Result<Node, String> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(Node::Null),
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Ok(Node::Bool(true));
        }
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Ok(Node::Bool(false));
        }
        ".nan" | ".NaN" | ".NAN" | ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" | "-.inf" | "-.Inf"
        | "-.INF" => return Err(format!("`{text}` is no number here")),
        _ => {}
    }
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) {
        return Ok(Node::Text(text.to_string()));
    }
    let bare: String = text.chars().filter(|c| *c != '_').collect();
    let (negative, unsigned) = match bare.as_bytes() {
        [b'-', ..] => (true, &bare[1..]),
        [b'+', ..] => (false, &bare[1..]),
        _ => (false, bare.as_str()),
    };
    let range = || format!("the number {} is out of range", &text[..text.len().min(40)]);
    if let Some((digits, base)) = whole(unsigned) {
        let Ok(n) = i128::from_str_radix(digits, base) else { return Err(range()) };
        return i64::try_from(if negative { -n } else { n }).map(|n| Node::Num(Num::Int(n))).map_err(|_| range());
    }
    let Some(json) = decimal(unsigned) else { return Ok(Node::Text(text.to_string())) };
    let json = if negative { format!("-{json}") } else { json };
    parse_json_number(&json).map(Node::Num).map_err(|_| range())
}

/// Digits and base of a whole number.
fn whole(text: &str) -> Option<(&str, u32)> {
    let (digits, base) = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => (&text[2..], 16),
        [b'0', b'o' | b'O', ..] => (&text[2..], 8),
        [b'0', b'b' | b'B', ..] => (&text[2..], 2),
        [b'0', _, ..] => (&text[1..], 8),
        _ => (text, 10),
    };
    let fits = !digits.is_empty() && digits.chars().all(|c| c.is_digit(base));
    fits.then_some((digits, base))
}

/// A decimal with a point or an exponent, as JSON writes it.
fn decimal(text: &str) -> Option<String> {
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, "0"),
    };
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if unsigned.is_empty() || !digits(unsigned) || !digits(whole) || !digits(fraction) {
        return None;
    }
    if whole.len() + fraction.len() == 0 {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let fraction = if fraction.is_empty() { "0" } else { fraction };
    Some(format!("{whole}.{fraction}e{exponent}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars() {
        let num = |text: &str| Ok(Node::Num(parse_json_number(text).unwrap()));
        assert_eq!(resolve("~"), Ok(Node::Null));
        assert_eq!(resolve("off"), Ok(Node::Bool(false)));
        assert_eq!(resolve("12"), num("12"));
        assert_eq!(resolve("-1_000"), num("-1000"));
        assert_eq!(resolve("0x1F"), num("31"));
        assert_eq!(resolve("017"), num("15"));
        assert_eq!(resolve("0o17"), num("15"));
        assert_eq!(resolve("+1.50"), num("1.5"));
        assert_eq!(resolve(".5"), num("0.5"));
        assert_eq!(resolve("1e3"), num("1000.0"));
        assert_eq!(resolve("08"), num("8.0"));
        assert_eq!(resolve("-9223372036854775808"), num("-9223372036854775808"));
        for text in ["1.2.3", "2001-01-01", "1:30", "-", "+", ".", "0x", "nope", "y", "1e", "-x", "12a"] {
            assert_eq!(resolve(text), Ok(Node::Text(text.to_string())), "{text}");
        }
        for wrong in
            [".inf", "9223372036854775808", "1e99", "0xffffffffffffffff", "99999999999999999999999999999999999999999"]
        {
            assert!(resolve(wrong).is_err(), "{wrong}");
        }
    }
}
