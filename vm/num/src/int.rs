//! i64 arithmetic that reports what does not fit; small enough to inline into a dispatch loop.

use crate::{Fix, NumError};

/// `a + b`.
#[inline(always)]
pub fn int_add(a: i64, b: i64) -> Result<i64, NumError> {
    a.checked_add(b).ok_or(NumError::Overflow)
}

/// `a - b`.
#[inline(always)]
pub fn int_sub(a: i64, b: i64) -> Result<i64, NumError> {
    a.checked_sub(b).ok_or(NumError::Overflow)
}

/// `a * b`.
#[inline(always)]
pub fn int_mul(a: i64, b: i64) -> Result<i64, NumError> {
    a.checked_mul(b).ok_or(NumError::Overflow)
}

/// `-a`.
#[inline(always)]
pub fn int_neg(a: i64) -> Result<i64, NumError> {
    a.checked_neg().ok_or(NumError::Overflow)
}

/// `a // b`: the quotient rounded down.
#[inline]
pub fn int_idiv(a: i64, b: i64) -> Result<i64, NumError> {
    if b == 0 {
        return Err(NumError::ZeroDivisor);
    }
    // Refusing the one overflow here also makes the remainder below total.
    let q = a.checked_div(b).ok_or(NumError::Overflow)?;
    let r = a.checked_rem(b).unwrap_or(0);
    // Division truncates; one less where the signs differ and something was cut off.
    Ok(if r != 0 && (r ^ b) < 0 { q.wrapping_sub(1) } else { q })
}

/// `a % b`: what `//` leaves, with the divisor's sign.
#[inline]
pub fn int_mod(a: i64, b: i64) -> Result<i64, NumError> {
    if b == 0 {
        return Err(NumError::ZeroDivisor);
    }
    // The smallest integer by -1 overflows as a division; its remainder is 0.
    let r = a.checked_rem(b).unwrap_or(0);
    Ok(if r != 0 && (r ^ b) < 0 { r.wrapping_add(b) } else { r })
}

/// `a / b`: the exact quotient, rounded toward zero to 2^-32, then checked for range.
#[inline]
pub fn int_div(a: i64, b: i64) -> Result<Fix, NumError> {
    if b == 0 {
        return Err(NumError::ZeroDivisor);
    }
    // Most dividends are small, and then 64-bit division serves.
    if let Ok(small) = i32::try_from(a) {
        let scaled = i64::from(small).wrapping_shl(32);
        return scaled.checked_div(b).map(Fix::from_raw).ok_or(NumError::Overflow);
    }
    let scaled = i128::from(a).wrapping_shl(32);
    let q = scaled.checked_div(i128::from(b)).ok_or(NumError::Overflow)?;
    Fix::from_wide(q)
}

/// `base ^ exponent` for a whole exponent from 0 on.
pub fn int_pow(base: i64, exponent: u64) -> Result<i64, NumError> {
    let (mut square, mut left, mut acc) = (base, exponent, 1i64);
    loop {
        if left & 1 == 1 {
            acc = int_mul(acc, square)?;
        }
        left >>= 1;
        if left == 0 {
            return Ok(acc);
        }
        square = int_mul(square, square)?;
    }
}

/// The square root of an integer as a fixed, rounded down to 2^-32.
pub fn int_sqrt(a: i64) -> Result<Fix, NumError> {
    let a = u64::try_from(a).map_err(|_| NumError::OutOfRange)?;
    let root = u128::from(a).wrapping_shl(64).isqrt();
    i64::try_from(root).map(Fix::from_raw).map_err(|_| NumError::Overflow)
}

/// Sum modulo 2^64: `math.wrapping_add`.
#[inline]
pub const fn wrapping_add(a: i64, b: i64) -> i64 {
    a.wrapping_add(b)
}

/// Difference modulo 2^64: `math.wrapping_sub`.
#[inline]
pub const fn wrapping_sub(a: i64, b: i64) -> i64 {
    a.wrapping_sub(b)
}

/// Product modulo 2^64: `math.wrapping_mul`.
#[inline]
pub const fn wrapping_mul(a: i64, b: i64) -> i64 {
    a.wrapping_mul(b)
}

/// `a << n`: logical; a negative count shifts right, a count of 64 or more leaves nothing.
#[inline]
pub const fn shift_left(a: i64, n: i64) -> i64 {
    if n >= 0 {
        if n >= 64 { 0 } else { (a as u64).wrapping_shl(n as u32) as i64 }
    } else if n <= -64 {
        0
    } else {
        (a as u64).wrapping_shr(n.unsigned_abs() as u32) as i64
    }
}

/// `a >> n`: logical; a negative count shifts left, a count of 64 or more leaves nothing.
#[inline]
pub const fn shift_right(a: i64, n: i64) -> i64 {
    // The smallest integer has no opposite, but any count that far off leaves nothing.
    shift_left(a, n.saturating_neg())
}
