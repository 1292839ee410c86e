//! IEEE doubles as bit patterns: converted with integers only, never computed with.

use crate::{Fix, NumError};
use alloc::string::String;
use core::fmt::Write;

const MANTISSA_BITS: u32 = 52;
const HIDDEN_BIT: u64 = 1 << MANTISSA_BITS;

/// The fixed nearest to a double, ties to even. -0 is 0; NaN and infinities have none.
pub fn fix_from_f64_bits(bits: u64) -> Result<Fix, NumError> {
    let negative = bits >> 63 == 1;
    let exponent = (bits >> MANTISSA_BITS) & 0x7ff;
    let low = bits & HIDDEN_BIT.wrapping_sub(1);
    if exponent == 0x7ff {
        return Err(NumError::OutOfRange);
    }
    // value = mantissa * 2^(exponent - 1075), so raw = mantissa * 2^(exponent - 1043).
    let (mantissa, exponent) = if exponent == 0 { (low, 1u64) } else { (low | HIDDEN_BIT, exponent) };
    let magnitude = if let Some(up) = exponent.checked_sub(1043) {
        if mantissa == 0 {
            0
        } else if up > 11 {
            return Err(NumError::OutOfRange);
        } else {
            u128::from(mantissa).wrapping_shl(up as u32)
        }
    } else {
        let down = 1043u64.wrapping_sub(exponent);
        if down > 54 { 0 } else { u128::from(round_shift(mantissa, down as u32)) }
    };
    from_magnitude(negative, magnitude)
}

/// The double nearest to a fixed, ties to even.
pub fn fix_to_f64_bits(value: Fix) -> u64 {
    let raw = value.raw();
    if raw == 0 {
        return 0;
    }
    let sign = if raw < 0 { 1u64 << 63 } else { 0 };
    let magnitude = raw.unsigned_abs();
    let top = 63u32.wrapping_sub(magnitude.leading_zeros());
    let mantissa = match top.checked_sub(MANTISSA_BITS) {
        Some(down) => round_shift(magnitude, down),
        None => magnitude.wrapping_shl(MANTISSA_BITS.wrapping_sub(top)),
    };
    // Adding the mantissa with its hidden bit to the exponent below carries a mantissa that
    // was rounded up to the next power of two into the exponent by itself.
    let below = u64::from(top).wrapping_add(1023 - 32 - 1);
    sign | below.wrapping_shl(MANTISSA_BITS).wrapping_add(mantissa)
}

/// The bits of the double nearest to a decimal number, ties to even; `None` for text that is
/// not a plain decimal number or is beyond the finite doubles.
pub fn decimal_to_f64_bits(text: &str) -> Option<u64> {
    // The names of infinities and NaN would parse too, so the alphabet is checked first.
    if !text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'.' | b'+' | b'-' | b'e' | b'E')) {
        return None;
    }
    let bits = text.parse::<f64>().ok()?.to_bits();
    if (bits >> MANTISSA_BITS) & 0x7ff == 0x7ff { None } else { Some(bits) }
}

/// Writes a finite double as the shortest decimal that reads back as itself, with a point or
/// an exponent. Returns `false`, writing nothing, for NaN and infinities.
pub fn write_f64_bits(bits: u64, out: &mut String) -> bool {
    if (bits >> MANTISSA_BITS) & 0x7ff == 0x7ff {
        return false;
    }
    // Writing to a string cannot fail.
    write!(out, "{:?}", f64::from_bits(bits)).is_ok()
}

/// `value / 2^down` for `down` up to 63, nearest, ties to even.
fn round_shift(value: u64, down: u32) -> u64 {
    if down == 0 {
        return value;
    }
    let kept = value.wrapping_shr(down);
    let half = 1u64.wrapping_shl(down.wrapping_sub(1));
    let rest = value & 1u64.wrapping_shl(down).wrapping_sub(1);
    if rest > half || (rest == half && kept & 1 == 1) { kept.wrapping_add(1) } else { kept }
}

/// A sign and a scaled magnitude, if the two fit a fixed.
pub(crate) fn from_magnitude(negative: bool, magnitude: u128) -> Result<Fix, NumError> {
    let wide = i128::try_from(magnitude).map_err(|_| NumError::OutOfRange)?;
    let wide = if negative { wide.wrapping_neg() } else { wide };
    i64::try_from(wide).map(Fix::from_raw).map_err(|_| NumError::OutOfRange)
}
