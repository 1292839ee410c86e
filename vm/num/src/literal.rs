//! Number literals of programs: stricter than Lua, with the repaired text where there is one.
//!
//! One value has one spelling (apart from hex): no exponents, hex floats, superfluous zeros,
//! or points without digits on both sides. Each of these is an error that carries the fix.

use crate::decimal::{Decimal, hex_pattern};
use crate::float_bits::from_magnitude;
use crate::{Num, NumError, fix_text};
use alloc::string::{String, ToString};
use core::fmt;

/// A literal's value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Literal {
    /// The number it means.
    pub num: Num,
    /// Whether the number is exactly the decimal. `0.1` is not: 2^-32 steps miss it.
    pub exact: bool,
    /// Whether printing the number gives the written digits back. `0.1` does; `0.12345678901`
    /// does not, so digits were lost, which is worth a warning.
    pub keeps_digits: bool,
}

/// What is wrong with a literal.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum LiteralErrorKind {
    /// Not a number at all.
    Malformed,
    /// A decimal integer outside 64 bits.
    IntOutOfRange,
    /// A decimal outside the fixed range.
    FixedOutOfRange,
    /// A hex integer of more than 64 bits.
    HexTooLong,
    /// A hex literal with a point or a binary exponent.
    HexFloat,
    /// A power of ten.
    Exponent,
    /// No digit before or after the point.
    MissingDigit,
    /// Zeros that say nothing.
    SuperfluousZero,
}

/// Why a literal is refused, and what to write instead.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LiteralError {
    /// What is wrong.
    pub kind: LiteralErrorKind,
    /// The same number, written as it should be.
    pub suggestion: Option<String>,
}

impl LiteralError {
    fn plain(kind: LiteralErrorKind) -> LiteralError {
        LiteralError { kind, suggestion: None }
    }
}

impl fmt::Display for LiteralError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            LiteralErrorKind::Malformed => "malformed number",
            LiteralErrorKind::IntOutOfRange => {
                "this integer does not fit in 64 bits (-9223372036854775808 to 9223372036854775807)"
            }
            LiteralErrorKind::FixedOutOfRange => {
                "this decimal is outside the fixed range (-2147483648.0 to 2147483647.9999999998)"
            }
            LiteralErrorKind::HexTooLong => "a hex literal is a pattern of at most 64 bits",
            LiteralErrorKind::HexFloat => "hex floats are not part of EchoLua",
            LiteralErrorKind::Exponent => "exponents are not part of EchoLua",
            LiteralErrorKind::MissingDigit => "a decimal needs digits on both sides of its point",
            LiteralErrorKind::SuperfluousZero => "this number has superfluous zeros",
        })
    }
}

impl core::error::Error for LiteralError {}

/// The value of an unsigned literal.
pub fn literal(text: &str) -> Result<Literal, LiteralError> {
    read(text, false)
}

/// The value of a literal behind a minus sign (`text` is without the sign). It exists so that
/// `-9223372036854775808` and `-2147483648.0` are legal; hex patterns are negated modulo 2^64,
/// as `-` on the pattern would be except for the one that has no opposite.
pub fn literal_negated(text: &str) -> Result<Literal, LiteralError> {
    read(text, true)
}

fn read(text: &str, negative: bool) -> Result<Literal, LiteralError> {
    let bytes = text.as_bytes();
    if let [b'0', b'x' | b'X', digits @ ..] = bytes {
        return read_hex(digits, negative);
    }
    let decimal = Decimal::scan(bytes).ok_or_else(|| LiteralError::plain(LiteralErrorKind::Malformed))?;
    let kind = if decimal.exponent.is_some() {
        LiteralErrorKind::Exponent
    } else if decimal.whole.is_empty() || (decimal.has_point && decimal.fraction.is_empty()) {
        LiteralErrorKind::MissingDigit
    } else if matches!(decimal.whole, [b'0', _, ..]) || matches!(decimal.fraction, [_, .., b'0']) {
        LiteralErrorKind::SuperfluousZero
    } else if decimal.is_int() {
        let num = decimal.to_int(negative).map(Num::Int);
        let num = num.ok_or_else(|| LiteralError::plain(LiteralErrorKind::IntOutOfRange))?;
        return Ok(Literal { num, exact: true, keeps_digits: true });
    } else {
        let out_of_range = |_: NumError| LiteralError::plain(LiteralErrorKind::FixedOutOfRange);
        let (fix, exact) = decimal.to_fix(negative).map_err(out_of_range)?;
        let keeps_digits = fix_text(fix).as_str().trim_start_matches('-') == text;
        return Ok(Literal { num: Num::Fixed(fix), exact, keeps_digits });
    };
    let suggestion = plain_text(&decimal).filter(|plain| {
        // Only a text that is itself legal repairs anything.
        read(plain, negative).is_ok()
    });
    Err(LiteralError { kind, suggestion })
}

fn read_hex(digits: &[u8], negative: bool) -> Result<Literal, LiteralError> {
    let float = digits.iter().any(|b| matches!(b, b'.' | b'p' | b'P'));
    if float {
        let Some(parts) = HexFloat::scan(digits) else {
            return Err(LiteralError::plain(LiteralErrorKind::Malformed));
        };
        return Err(LiteralError { kind: LiteralErrorKind::HexFloat, suggestion: parts.decimal() });
    }
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_hexdigit) {
        return Err(LiteralError::plain(LiteralErrorKind::Malformed));
    }
    let pattern = hex_pattern(digits).ok_or_else(|| LiteralError::plain(LiteralErrorKind::HexTooLong))? as i64;
    let value = if negative { pattern.wrapping_neg() } else { pattern };
    Ok(Literal { num: Num::Int(value), exact: true, keeps_digits: true })
}

/// Longest decimal worth suggesting; a fixed with all its digits is shorter.
const SUGGESTION_LIMIT: usize = 48;

/// The decimal without exponent and needless zeros; `None` if it would be absurdly long.
fn plain_text(decimal: &Decimal<'_>) -> Option<String> {
    let digits: String = decimal.digits().map(char::from).collect();
    let significant = digits.trim_start_matches('0');
    let cut = digits.len().saturating_sub(significant.len());
    let significant = significant.trim_end_matches('0');
    let point = i64::try_from(decimal.whole.len())
        .ok()?
        .checked_sub(i64::try_from(cut).ok()?)?
        .checked_add(decimal.exponent.unwrap_or(0))?;
    if significant.is_empty() {
        return Some(if decimal.is_int() { "0".to_string() } else { "0.0".to_string() });
    }
    let before = usize::try_from(point.max(0)).ok()?;
    let zeros_after = usize::try_from(point.min(0).unsigned_abs()).ok()?;
    if before.max(zeros_after) > SUGGESTION_LIMIT || significant.len() > SUGGESTION_LIMIT {
        return None;
    }
    let mut text = String::new();
    let taken = before.min(significant.len());
    text.push_str(significant.get(..taken)?);
    text.extend(core::iter::repeat_n('0', before.saturating_sub(taken)));
    if text.is_empty() {
        text.push('0');
    }
    if !decimal.is_int() {
        text.push('.');
        text.extend(core::iter::repeat_n('0', zeros_after));
        let rest = significant.get(taken..)?;
        text.push_str(if rest.is_empty() { "0" } else { rest });
    }
    Some(text)
}

/// A hex float's digits as an integer, and the power of two it is to be multiplied with.
struct HexFloat {
    mantissa: Option<u64>,
    power: i64,
}

impl HexFloat {
    fn scan(text: &[u8]) -> Option<HexFloat> {
        let (digits, exponent) = match text.iter().position(|b| matches!(b, b'p' | b'P')) {
            Some(at) => (text.get(..at)?, text.get(at.checked_add(1)?..)),
            None => (text, None),
        };
        let mut mantissa = Some(0u64);
        let (mut count, mut point, mut power) = (0usize, false, 0i64);
        for byte in digits {
            if *byte == b'.' && !point {
                point = true;
                continue;
            }
            let digit = u64::from(char::from(*byte).to_digit(16)?);
            mantissa = mantissa.filter(|m| m >> 60 == 0).map(|m| (m << 4) | digit);
            count = count.checked_add(1)?;
            power = power.checked_sub(if point { 4 } else { 0 })?;
        }
        if count == 0 {
            return None;
        }
        if let Some(exponent) = exponent {
            let (negative, exponent) = match exponent {
                [b'-', rest @ ..] => (true, rest),
                [b'+', rest @ ..] => (false, rest),
                rest => (false, rest),
            };
            if exponent.is_empty() || !exponent.iter().all(u8::is_ascii_digit) {
                return None;
            }
            let size = exponent.iter().fold(0i64, |size, digit| {
                size.saturating_mul(10).saturating_add(i64::from(digit.wrapping_sub(b'0'))).min(1 << 40)
            });
            power = power.checked_add(if negative { size.wrapping_neg() } else { size })?;
        }
        Some(HexFloat { mantissa, power })
    }

    /// The same number as a decimal, if a fixed can hold it exactly.
    fn decimal(&self) -> Option<String> {
        let mantissa = self.mantissa?;
        if mantissa == 0 {
            return Some("0.0".to_string());
        }
        let odd = mantissa.wrapping_shr(mantissa.trailing_zeros());
        let shift = self.power.checked_add(i64::from(mantissa.trailing_zeros()))?.checked_add(32)?;
        let shift = u32::try_from(shift).ok().filter(|s| *s < 64)?;
        let fix = from_magnitude(false, u128::from(odd).wrapping_shl(shift)).ok()?;
        Some(fix_text(fix).as_str().to_string())
    }
}
