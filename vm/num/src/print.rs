//! Numbers as text: plain integers, shortest fixed decimals, and `%f`.

use crate::Fix;
use alloc::string::String;

/// Enough for the longest text: a sign, ten digits, a point and ten digits, or a sign and
/// nineteen digits.
const CAPACITY: usize = 24;

/// A number's text in place, without allocation.
#[derive(Clone, Copy)]
pub struct NumText {
    bytes: [u8; CAPACITY],
    start: usize,
}

impl NumText {
    const EMPTY: NumText = NumText { bytes: [0; CAPACITY], start: CAPACITY };

    /// The text; ASCII only.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or(&[])
    }

    /// The text.
    #[inline]
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(self.as_bytes()).unwrap_or("")
    }

    /// Puts one byte in front.
    #[inline]
    fn push_front(&mut self, byte: u8) {
        let at = self.start.saturating_sub(1);
        if let Some(slot) = self.bytes.get_mut(at) {
            *slot = byte;
            self.start = at;
        }
    }

    /// Puts an unsigned number in front, at least `width` digits wide.
    #[inline]
    fn push_digits(&mut self, mut value: u64, width: u32) {
        let mut written = 0u32;
        while value > 0 || written < width {
            self.push_front(b'0'.wrapping_add((value % 10) as u8));
            value /= 10;
            written = written.wrapping_add(1);
        }
    }
}

/// An integer's digits.
#[inline]
pub fn int_text(value: i64) -> NumText {
    let mut text = NumText::EMPTY;
    text.push_digits(value.unsigned_abs(), 1);
    if value < 0 {
        text.push_front(b'-');
    }
    text
}

/// The shortest decimal that reads back as `value`, always with a point.
///
/// Among decimals of that length it is the one closest to the value; of two equally close
/// ones the one with an even last digit.
pub fn fix_text(value: Fix) -> NumText {
    let magnitude = value.raw().unsigned_abs();
    let fraction = magnitude & 0xffff_ffff;
    let mut text = NumText::EMPTY;
    let (digits, width) = shortest_fraction(fraction);
    text.push_digits(digits, width);
    text.push_front(b'.');
    text.push_digits(magnitude >> 32, 1);
    if value.raw() < 0 {
        text.push_front(b'-');
    }
    text
}

/// The fewest digits after the point that name `fraction / 2^32`, and how many they are.
fn shortest_fraction(fraction: u64) -> (u64, u32) {
    let odd = fraction & 1 == 1;
    let mut power = 1u64;
    for width in 1..=9u32 {
        power = power.wrapping_mul(10);
        // Reading takes everything up to half a step away, and exactly half a step only for
        // an even number. If any decimal of this width lies so near, the nearest one does.
        let exact = fraction.wrapping_mul(power);
        let rest = exact & 0xffff_ffff;
        let distance = rest.min((1u64 << 32).wrapping_sub(rest)).wrapping_mul(2);
        if distance < power || (distance == power && !odd) {
            return (round_half_even(u128::from(exact)), width);
        }
    }
    // Ten digits are finer than half a step, so the nearest ten-digit decimal always serves.
    (round_half_even(u128::from(fraction).wrapping_mul(10_000_000_000)), 10)
}

/// `exact / 2^32`, nearest, ties to even; the operand is below 2^67.
fn round_half_even(exact: u128) -> u64 {
    let kept = (exact >> 32) as u64;
    let rest = exact & 0xffff_ffff;
    let half = 1u128 << 31;
    if rest > half || (rest == half && kept & 1 == 1) { kept.wrapping_add(1) } else { kept }
}

/// Appends an integer's digits.
#[inline]
pub fn write_int(value: i64, out: &mut String) {
    out.push_str(int_text(value).as_str());
}

/// Appends the shortest decimal that reads back as `value`, always with a point.
#[inline]
pub fn write_fixed(value: Fix, out: &mut String) {
    out.push_str(fix_text(value).as_str());
}

/// `%.<precision>f` of a fixed: rounded half to even from the exact value.
///
/// As in C, a negative number keeps its sign when it rounds to zero. The caller bounds
/// `precision`; digits after the 32nd are zeros.
pub fn format_fixed(value: Fix, precision: usize, out: &mut String) {
    let magnitude = value.raw().unsigned_abs();
    let mut whole = magnitude >> 32;
    let mut rest = magnitude & 0xffff_ffff;
    // 2^-32 has 32 decimals, so the expansion ends there.
    let mut digits = [0u8; 32];
    let shown = precision.min(digits.len());
    for digit in digits.iter_mut().take(shown) {
        rest = rest.wrapping_mul(10);
        *digit = (rest >> 32) as u8;
        rest &= 0xffff_ffff;
    }
    let half = 1u64 << 31;
    let last = match shown.checked_sub(1).and_then(|i| digits.get(i)) {
        Some(digit) => u64::from(*digit),
        None => whole,
    };
    if rest > half || (rest == half && last & 1 == 1) {
        let mut carry = true;
        for digit in digits.iter_mut().take(shown).rev() {
            if *digit == 9 {
                *digit = 0;
            } else {
                *digit = digit.wrapping_add(1);
                carry = false;
                break;
            }
        }
        if carry {
            whole = whole.wrapping_add(1);
        }
    }
    if value.raw() < 0 {
        out.push('-');
    }
    let mut text = NumText::EMPTY;
    text.push_digits(whole, 1);
    out.push_str(text.as_str());
    if precision > 0 {
        out.push('.');
        out.extend(digits.iter().take(shown).map(|d| char::from(b'0'.wrapping_add(*d))));
        out.extend(core::iter::repeat_n('0', precision.saturating_sub(shown)));
    }
}

/// `%.<precision>f` of an integer: its digits and that many zeros.
pub fn format_int(value: i64, precision: usize, out: &mut String) {
    write_int(value, out);
    if precision > 0 {
        out.push('.');
        out.extend(core::iter::repeat_n('0', precision));
    }
}
