//! Decimal text to numbers: rounded to nearest, ties to even, for any number of digits.
//!
//! The scanner is shared by program literals, `tonumber` and JSON, which differ only in what
//! they accept. A point or an exponent means fixed, neither means integer.

use crate::float_bits::from_magnitude;
use crate::{Fix, Num, NumError};
use core::fmt;

/// Why a text is not a number here.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TextError {
    /// The text does not follow the grammar.
    Malformed,
    /// An integer outside 64 bits.
    IntOutOfRange,
    /// A decimal outside -2^31..2^31-2^-32 after rounding.
    FixedOutOfRange,
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TextError::Malformed => "malformed number",
            TextError::IntOutOfRange => "integer does not fit in 64 bits",
            TextError::FixedOutOfRange => "decimal is outside -2147483648.0 to 2147483647.9999999998",
        })
    }
}

impl core::error::Error for TextError {}

/// The parts of an unsigned decimal number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decimal<'a> {
    /// digits before the point
    pub whole: &'a [u8],
    /// digits after it
    pub fraction: &'a [u8],
    pub has_point: bool,
    /// the power of ten after `e`; far ones are clamped, which changes no result
    pub exponent: Option<i64>,
}

/// Beyond this every exponent gives zero or out of range, whatever digits a text of usable
/// length holds in front of it.
const EXPONENT_LIMIT: i64 = 1 << 60;

impl<'a> Decimal<'a> {
    /// Splits `digits [. digits] [e [sign] digits]` with at least one digit before the `e`;
    /// all of `text` must be consumed.
    #[inline]
    pub fn scan(text: &'a [u8]) -> Option<Decimal<'a>> {
        let (whole, mut rest) = take_digits(text);
        let mut fraction: &[u8] = &[];
        let mut has_point = false;
        if let [b'.', after @ ..] = rest {
            has_point = true;
            (fraction, rest) = take_digits(after);
        }
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let mut exponent = None;
        if let [b'e' | b'E', after @ ..] = rest {
            let (negative, after) = match after {
                [b'-', digits @ ..] => (true, digits),
                [b'+', digits @ ..] => (false, digits),
                digits => (false, digits),
            };
            let (digits, after) = take_digits(after);
            if digits.is_empty() {
                return None;
            }
            let mut size = 0i64;
            for digit in digits {
                size = size.saturating_mul(10).saturating_add(digit_value(*digit)).min(EXPONENT_LIMIT);
            }
            exponent = Some(if negative { size.wrapping_neg() } else { size });
            rest = after;
        }
        if rest.is_empty() { Some(Decimal { whole, fraction, has_point, exponent }) } else { None }
    }

    /// Whether the text means an integer.
    #[inline]
    pub fn is_int(&self) -> bool {
        !self.has_point && self.exponent.is_none()
    }

    /// The integer value, signed.
    #[inline]
    pub fn to_int(self, negative: bool) -> Option<i64> {
        let mut value = 0u64;
        for digit in self.whole {
            value = value.checked_mul(10)?.checked_add(digit_value(*digit) as u64)?;
        }
        if negative {
            // One more fits below zero than above it.
            0i64.checked_sub_unsigned(value)
        } else {
            i64::try_from(value).ok()
        }
    }

    /// The nearest fixed, ties to even, and whether it is exactly the decimal.
    pub fn to_fix(self, negative: bool) -> Result<(Fix, bool), NumError> {
        if self.exponent.is_none() && self.fraction.len() <= 19 {
            return self.to_fix_short(negative);
        }
        // Where the point falls, counted from the first significant digit.
        let leading = self.digits().take_while(|d| *d == b'0').count();
        let count = self.whole.len().saturating_add(self.fraction.len()).saturating_sub(leading);
        if count == 0 {
            return Ok((Fix::ZERO, true));
        }
        let point = as_i64(self.whole.len()).saturating_sub(as_i64(leading)).saturating_add(self.exponent.unwrap_or(0));
        if point > 10 {
            return Err(NumError::OutOfRange);
        }
        if point < -9 {
            // Below 10^-9·0.1, less than half a step.
            return Ok((Fix::ZERO, false));
        }
        let mut digits = self.digits().skip(leading).map(digit_value);
        let mut whole = 0i64;
        for _ in 0..point.max(0) {
            whole = whole.wrapping_mul(10).wrapping_add(digits.next().unwrap_or(0));
        }
        // Midpoints between steps have 33 decimals. So 33 digits, and whether anything
        // follows them, decide every rounding.
        let mut fraction = 0u128;
        let mut zeros = point.min(0);
        for _ in 0..33 {
            let digit = if zeros < 0 {
                zeros = zeros.wrapping_add(1);
                0
            } else {
                digits.next().unwrap_or(0)
            };
            fraction = fraction.wrapping_mul(10).wrapping_add(digit as u128);
        }
        let more = digits.any(|d| d != 0);
        let (steps, exact) = scale_fraction(fraction, more);
        let magnitude = (whole as u128).wrapping_shl(32).wrapping_add(u128::from(steps));
        from_magnitude(negative, magnitude).map(|fix| (fix, exact))
    }

    /// `to_fix` for at most nineteen decimals, which make a 64-bit numerator and divisor.
    #[inline]
    fn to_fix_short(self, negative: bool) -> Result<(Fix, bool), NumError> {
        let mut whole = 0u64;
        for digit in self.whole {
            whole = whole.wrapping_mul(10).wrapping_add(digit_value(*digit) as u64);
            if whole > 1 << 31 {
                return Err(NumError::OutOfRange);
            }
        }
        let (mut fraction, mut power) = (0u64, 1u64);
        for digit in self.fraction {
            fraction = fraction.wrapping_mul(10).wrapping_add(digit_value(*digit) as u64);
            power = power.wrapping_mul(10);
        }
        // Up to nine decimals even the scaled numerator fits 64 bits.
        let (steps, rest) = if self.fraction.len() <= 9 {
            let scaled = fraction.wrapping_shl(32);
            (scaled.checked_div(power).unwrap_or(0), scaled.checked_rem(power).unwrap_or(0))
        } else {
            let (scaled, power) = (u128::from(fraction).wrapping_shl(32), u128::from(power));
            let steps = scaled.checked_div(power).unwrap_or(0);
            (steps as u64, scaled.wrapping_sub(steps.wrapping_mul(power)) as u64)
        };
        // What is missing to the next step, compared without doubling: 2 * 10^19 needs 65 bits.
        let missing = power.wrapping_sub(rest);
        let up = rest > missing || (rest == missing && steps & 1 == 1);
        let magnitude = u128::from(whole.wrapping_shl(32).wrapping_add(steps).wrapping_add(u64::from(up)));
        from_magnitude(negative, magnitude).map(|fix| (fix, rest == 0))
    }

    pub fn digits(&self) -> impl Iterator<Item = u8> + use<'a> {
        self.whole.iter().chain(self.fraction).copied()
    }
}

const TEN_33: u128 = 10u128.pow(33);

/// `fraction / 10^33` in steps of 2^-32, nearest, ties to even; `more` says that the fraction
/// is really a little larger. Also whether nothing was rounded.
fn scale_fraction(fraction: u128, more: bool) -> (u64, bool) {
    // 33 decimals and 32 bits do not fit together in 128, so long division takes two bites.
    let first = fraction.wrapping_shl(16);
    let second = (first % TEN_33).wrapping_shl(16);
    let steps = (first / TEN_33).wrapping_shl(16).wrapping_add(second / TEN_33) as u64;
    let rest = second % TEN_33;
    let double = rest.wrapping_mul(2);
    let up = double > TEN_33 || (double == TEN_33 && (more || steps & 1 == 1));
    (steps.wrapping_add(u64::from(up)), rest == 0 && !more)
}

#[inline]
fn take_digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|b| !b.is_ascii_digit()).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, &[]))
}

#[inline]
fn digit_value(digit: u8) -> i64 {
    i64::from(digit.wrapping_sub(b'0'))
}

fn as_i64(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// The value of hex digits as a 64-bit pattern; `None` if there are none, or more than 64 bits.
pub(crate) fn hex_pattern(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    let mut value = 0u64;
    for digit in digits {
        let digit = char::from(*digit).to_digit(16)?;
        if value >> 60 != 0 {
            return None;
        }
        value = (value << 4) | u64::from(digit);
    }
    Some(value)
}

fn trim(mut text: &[u8]) -> &[u8] {
    let space = |b: &u8| matches!(b, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c);
    while let [first, rest @ ..] = text
        && space(first)
    {
        text = rest;
    }
    while let [rest @ .., last] = text
        && space(last)
    {
        text = rest;
    }
    text
}

fn take_sign(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    }
}

/// A string as a number, as Lua coerces: surrounding space, a sign, decimals with an optional
/// exponent, hex integers. What does not fit its subtype is no number, nor are hex floats.
pub fn tonumber(text: &[u8]) -> Option<Num> {
    let (negative, text) = take_sign(trim(text));
    if let [b'0', b'x' | b'X', digits @ ..] = text {
        let pattern = hex_pattern(digits)? as i64;
        return Some(Num::Int(if negative { pattern.wrapping_neg() } else { pattern }));
    }
    let decimal = Decimal::scan(text)?;
    if decimal.is_int() {
        decimal.to_int(negative).map(Num::Int)
    } else {
        decimal.to_fix(negative).ok().map(|(fix, _)| Num::Fixed(fix))
    }
}

/// An integer in a base from 2 to 36, with surrounding space and a minus sign allowed;
/// `None` for other text, another base, or what does not fit.
pub fn tonumber_base(text: &[u8], base: u32) -> Option<i64> {
    if !(2..=36).contains(&base) {
        return None;
    }
    let text = trim(text);
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    if digits.is_empty() {
        return None;
    }
    let mut value = 0u64;
    for digit in digits {
        let digit = char::from(*digit).to_digit(base)?;
        value = value.checked_mul(u64::from(base))?.checked_add(u64::from(digit))?;
    }
    if negative { 0i64.checked_sub_unsigned(value) } else { i64::try_from(value).ok() }
}

/// A JSON number: an integer without point and exponent, else the nearest fixed.
#[inline]
pub fn parse_json_number(text: &str) -> Result<Num, TextError> {
    let (negative, unsigned) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        all => (false, all),
    };
    let decimal = Decimal::scan(unsigned).ok_or(TextError::Malformed)?;
    let superfluous = matches!(decimal.whole, [] | [b'0', _, ..]);
    if superfluous || (decimal.has_point && decimal.fraction.is_empty()) {
        return Err(TextError::Malformed);
    }
    if decimal.is_int() {
        decimal.to_int(negative).map(Num::Int).ok_or(TextError::IntOutOfRange)
    } else {
        decimal.to_fix(negative).map(|(fix, _)| Num::Fixed(fix)).map_err(|_| TextError::FixedOutOfRange)
    }
}
