//! Amounts with a unit, `1.1Ki` or `300GiB`: read as exact decimals, whatever their number of digits.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use alloc::{format, vec};
use gatos_num::{Num, parse_json_number};

const K: u64 = 1_000;
const KI: u64 = 1 << 10;
/// Digits behind the point that an amount keeps.
const PLACES: i64 = 10;
/// Exponents beyond this give 0 or are out of range.
const EXPONENT: i64 = 400;

/// A factor: a whole number, then a power of ten.
type Unit = (u64, i64);

/// The number at the beginning of a text, and the rest: an `e` counts as an exponent where a digit or a sign follows.
fn amount(text: &str) -> (&str, &str) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'0'..=b'9' | b'.' | b'+' | b'-' => {}
            b'e' | b'E' => match bytes.get(at + 1) {
                Some(b'0'..=b'9') => {}
                Some(b'+' | b'-') => at += 1,
                _ => break,
            },
            _ => break,
        }
        at += 1;
    }
    text.split_at(at)
}

/// Digits with a power of ten behind them.
struct Decimal {
    negative: bool,
    /// From the first digit on, none of them leading zeros.
    digits: Vec<u8>,
    /// How far the point lies right of the last digit.
    exponent: i64,
}

fn decimal(text: &str) -> Option<Decimal> {
    let (negative, text) = match text.as_bytes() {
        [b'-', ..] => (true, &text[1..]),
        [b'+', ..] => (false, &text[1..]),
        _ => (false, text),
    };
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((m, e)) => {
            let (sign, e) = match e.as_bytes() {
                [b'-', ..] => (-1, &e[1..]),
                [b'+', ..] => (1, &e[1..]),
                _ => (1, e),
            };
            if e.is_empty() || !e.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            let e = e.trim_start_matches('0');
            // Longer ones lie out of range either way.
            let e = if e.len() > 6 { 999_999 } else { e.parse().unwrap_or(0) };
            (m, sign * e)
        }
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.len() + fraction.len() == 0 || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
        return None;
    }
    let digits = whole.bytes().chain(fraction.bytes()).map(|b| b - b'0').skip_while(|d| *d == 0).collect();
    Some(Decimal { negative, digits, exponent: exponent - fraction.len() as i64 })
}

impl Decimal {
    fn times(&mut self, factor: u64) {
        let mut carry: u128 = 0;
        for digit in self.digits.iter_mut().rev() {
            let n = u128::from(*digit) * u128::from(factor) + carry;
            *digit = (n % 10) as u8;
            carry = n / 10;
        }
        let mut front = Vec::new();
        while carry > 0 {
            front.push((carry % 10) as u8);
            carry /= 10;
        }
        front.reverse();
        self.digits.splice(0..0, front);
    }

    /// Whole and fraction digits as text; with `places`, rounded to so many, a half away from zero.
    fn parts(mut self, places: Option<i64>) -> Option<(String, String)> {
        if self.digits.is_empty() {
            return Some(("0".to_string(), String::new()));
        }
        if let Some(places) = places
            && -self.exponent > places
        {
            let drop = usize::try_from(-self.exponent - places).ok()?;
            if drop > self.digits.len() {
                return Some(("0".to_string(), String::new()));
            }
            let up = self.digits[self.digits.len() - drop] >= 5;
            self.digits.truncate(self.digits.len() - drop);
            self.exponent = -places;
            if up {
                let mut at = self.digits.len();
                loop {
                    if at == 0 {
                        self.digits.insert(0, 1);
                        break;
                    }
                    at -= 1;
                    if self.digits[at] < 9 {
                        self.digits[at] += 1;
                        break;
                    }
                    self.digits[at] = 0;
                }
            }
        }
        if self.exponent > EXPONENT || self.digits.len() as i64 + self.exponent > EXPONENT {
            return None;
        }
        let text = |digits: &[u8]| -> String { digits.iter().map(|d| char::from(b'0' + d)).collect() };
        let whole = self.digits.len() as i64 + self.exponent;
        if self.exponent >= 0 {
            let mut digits = self.digits;
            digits.extend(vec![0; usize::try_from(self.exponent).ok()?]);
            return Some((text(&digits), String::new()));
        }
        if whole > 0 {
            let (a, b) = self.digits.split_at(usize::try_from(whole).ok()?);
            return Some((text(a), text(b)));
        }
        // Only reached with few places, or for a fraction that is cut off anyway.
        let zeros = "0".repeat(usize::try_from(-whole).ok()?.min(64));
        Some(("0".to_string(), format!("{zeros}{}", text(&self.digits))))
    }
}

/// `units.parse`: SI and binary units, `m` for a thousandth and `M` for a million; ten digits behind the point.
///
/// # Errors
/// What is wrong with the text.
pub fn parse(text: &str) -> Result<Num, String> {
    let bare = text.replace('"', "");
    if bare.contains(' ') {
        return Err("spaces not allowed in resource strings".to_string());
    }
    let (number, unit) = amount(&bare);
    if number.is_empty() {
        return Err("no amount provided".to_string());
    }
    // Past the first letter, capitals do not matter.
    let first = unit.chars().next().map_or(0, char::len_utf8);
    let (head, tail) = unit.split_at(first);
    let (factor, shift): Unit = match (head, tail.to_ascii_lowercase().as_str()) {
        ("m", "") => (1, -3),
        ("", _) => (1, 0),
        ("k" | "K", "") => (K, 0),
        ("M", "") => (K.pow(2), 0),
        ("g" | "G", "") => (K.pow(3), 0),
        ("t" | "T", "") => (K.pow(4), 0),
        ("p" | "P", "") => (K.pow(5), 0),
        ("e" | "E", "") => (K.pow(6), 0),
        ("k" | "K", "i") => (KI, 0),
        ("m" | "M", "i") => (KI.pow(2), 0),
        ("g" | "G", "i") => (KI.pow(3), 0),
        ("t" | "T", "i") => (KI.pow(4), 0),
        ("p" | "P", "i") => (KI.pow(5), 0),
        ("e" | "E", "i") => (KI.pow(6), 0),
        _ => return Err(format!("unit {unit} not recognized")),
    };
    let mut n = decimal(number).ok_or("could not parse amount to a number")?;
    n.times(factor);
    n.exponent += shift;
    let negative = n.negative;
    let (whole, fraction) = n.parts(Some(PLACES)).ok_or("the amount is out of range")?;
    number_of(negative, &whole, &fraction)
}

/// `units.parse_bytes`: the same units in any case, with or without a `b`; parts of a byte are cut off.
///
/// # Errors
/// What is wrong with the text.
pub fn parse_bytes(text: &str) -> Result<Num, String> {
    let bare = text.replace('"', "").to_lowercase();
    if bare.contains(' ') {
        return Err("spaces not allowed in resource strings".to_string());
    }
    let (number, unit) = amount(&bare);
    if number.is_empty() {
        return Err("no byte amount provided".to_string());
    }
    let factor = match unit {
        "" => 1,
        "k" | "kb" => K,
        "m" | "mb" => K.pow(2),
        "g" | "gb" => K.pow(3),
        "t" | "tb" => K.pow(4),
        "p" | "pb" => K.pow(5),
        "e" | "eb" => K.pow(6),
        "ki" | "kib" => KI,
        "mi" | "mib" => KI.pow(2),
        "gi" | "gib" => KI.pow(3),
        "ti" | "tib" => KI.pow(4),
        "pi" | "pib" => KI.pow(5),
        "ei" | "eib" => KI.pow(6),
        _ => return Err(format!("byte unit {unit} not recognized")),
    };
    let mut n = decimal(number).ok_or("could not parse byte amount to a number")?;
    n.times(factor);
    let negative = n.negative;
    let (whole, _) = n.parts(None).ok_or("the amount is out of range")?;
    number_of(negative, &whole, "")
}

fn number_of(negative: bool, whole: &str, fraction: &str) -> Result<Num, String> {
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let fraction = fraction.trim_end_matches('0');
    let sign = if negative { "-" } else { "" };
    let text = if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") };
    parse_json_number(&text).map_err(|_| format!("the amount {} is out of range", &text[..text.len().min(40)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(text: &str, want: &str) {
        let have = parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert!(have.num_eq(parse_json_number(want).unwrap()), "{text} {have:?} {want}");
    }

    fn same_bytes(text: &str, want: i64) {
        assert_eq!(parse_bytes(text), Ok(Num::Int(want)), "{text}");
    }

    #[test]
    fn amounts() {
        for (text, want) in [
            ("500m", "0.5"),
            ("1024", "1024"),
            ("1Ki", "1024"),
            ("\"100TI\"", "109951162777600"),
            ("1.1K", "1100"),
            ("1.1Ki", "1126.4"),
            ("100pi", "112589990684262400"),
            ("5e1Gi", "53687091200"),
            ("7.8E-1", "0.78"),
            ("-3.5E2m", "-0.35"),
            ("1000m", "1"),
            ("0.00000000005", "0.0000000001"),
            ("0.99999999995", "1"),
            ("1e-99999999999", "0"),
            ("0e99999999999", "0"),
            ("5.", "5"),
            ("+.5k", "500"),
            ("9e18", "9000000000000000000"),
            ("9223372036854775807.00000000000000000000", "9223372036854775807"),
        ] {
            same(text, want);
        }
        for wrong in ["", "k", "1 k", "1q", "1.2.3", "--1", "1e5000", "10e", "1kib", "1K\u{e9}", "\u{660}", "1e+"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn amounts_of_bytes() {
        same_bytes("10kb", 10_000);
        same_bytes("10Kib", 10_240);
        same_bytes("1.1KB", 1_100);
        same_bytes("1.0009KB", 1_000);
        same_bytes("-1.0009kb", -1_000);
        same_bytes("100pib", 112_589_990_684_262_400);
        same_bytes("5E", 5_000_000_000_000_000_000);
        same_bytes("6.4E1GB", 64_000_000_000);
        same_bytes(".0", 0);
        same_bytes("1e-500gb", 0);
        for wrong in ["", "gb", "1 gb", "10e", "1zb", "1e", "e1"] {
            assert!(parse_bytes(wrong).is_err() == (wrong != "1e"), "{wrong}");
        }
    }
}
