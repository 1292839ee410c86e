//! `Fix`: a Q32.32 number, from -2^31 to 2^31 - 2^-32 in steps of 2^-32.
//!
//! Sums are exact or errors. Products and quotients are computed exactly and then rounded
//! toward zero; the names say so.

use crate::NumError;
use core::fmt;
use fixed::types::I32F32;

/// A fixed-point number with 32 bits before the point and 32 after it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(transparent)]
pub struct Fix(I32F32);

const FRACTION: i64 = 0xffff_ffff;

impl Fix {
    /// 0.0
    pub const ZERO: Fix = Fix::from_raw(0);
    /// 1.0
    pub const ONE: Fix = Fix::from_raw(1 << 32);
    /// The smallest fixed, -2^31.
    pub const MIN: Fix = Fix::from_raw(i64::MIN);
    /// The largest fixed, 2^31 - 2^-32.
    pub const MAX: Fix = Fix::from_raw(i64::MAX);

    /// The number `raw / 2^32`.
    #[inline(always)]
    pub const fn from_raw(raw: i64) -> Fix {
        Fix(I32F32::from_bits(raw))
    }

    /// The number times 2^32.
    #[inline(always)]
    pub const fn raw(self) -> i64 {
        self.0.to_bits()
    }

    /// The same number as the `fixed` crate's type.
    #[inline]
    pub const fn to_i32f32(self) -> I32F32 {
        self.0
    }

    /// A number of the `fixed` crate's type.
    #[inline]
    pub const fn from_i32f32(value: I32F32) -> Fix {
        Fix(value)
    }

    /// An integer as a fixed; only -2^31 to 2^31 - 1 fit.
    #[inline]
    pub fn from_int(i: i64) -> Result<Fix, NumError> {
        match i32::try_from(i) {
            Ok(small) => Ok(Fix::from_raw(i64::from(small).wrapping_shl(32))),
            Err(_) => Err(NumError::OutOfRange),
        }
    }

    /// A scaled result of any width, if it fits.
    #[inline]
    pub(crate) fn from_wide(raw: i128) -> Result<Fix, NumError> {
        i64::try_from(raw).map(Fix::from_raw).map_err(|_| NumError::Overflow)
    }

    /// Whether there is nothing after the point.
    #[inline]
    pub const fn is_integral(self) -> bool {
        self.raw() & FRACTION == 0
    }

    /// The integer of the same value, if there is one.
    #[inline]
    pub const fn to_int(self) -> Option<i64> {
        if self.is_integral() { Some(self.raw() >> 32) } else { None }
    }

    /// The largest integer not above.
    #[inline]
    pub const fn floor(self) -> i64 {
        self.raw() >> 32
    }

    /// The smallest integer not below.
    #[inline]
    pub const fn ceil(self) -> i64 {
        (self.raw() >> 32).wrapping_add(if self.is_integral() { 0 } else { 1 })
    }

    /// The integer part: rounded toward zero.
    #[inline]
    pub const fn trunc(self) -> i64 {
        if self.raw() < 0 { self.ceil() } else { self.floor() }
    }

    /// The sum, if it fits.
    #[inline]
    pub fn checked_add(self, other: Fix) -> Result<Fix, NumError> {
        self.0.checked_add(other.0).map(Fix).ok_or(NumError::Overflow)
    }

    /// The difference, if it fits.
    #[inline]
    pub fn checked_sub(self, other: Fix) -> Result<Fix, NumError> {
        self.0.checked_sub(other.0).map(Fix).ok_or(NumError::Overflow)
    }

    /// The opposite, if it fits.
    #[inline]
    pub fn checked_neg(self) -> Result<Fix, NumError> {
        self.0.checked_neg().map(Fix).ok_or(NumError::Overflow)
    }

    /// The exact product, rounded toward zero to 2^-32.
    #[inline]
    pub fn mul_toward_zero(self, other: Fix) -> Result<Fix, NumError> {
        let product = i128::from(self.raw()).wrapping_mul(i128::from(other.raw()));
        // A shift rounds down, so negative products are first raised by all but one unit.
        let raise = (product >> 127) & i128::from(FRACTION);
        Fix::from_wide(product.wrapping_add(raise) >> 32)
    }

    /// The exact quotient, rounded toward zero to 2^-32.
    #[inline]
    pub fn div_toward_zero(self, other: Fix) -> Result<Fix, NumError> {
        if other.raw() == 0 {
            return Err(NumError::ZeroDivisor);
        }
        if let Ok(small) = i32::try_from(self.raw()) {
            let scaled = i64::from(small).wrapping_shl(32);
            return scaled.checked_div(other.raw()).map(Fix::from_raw).ok_or(NumError::Overflow);
        }
        let scaled = i128::from(self.raw()).wrapping_shl(32);
        let q = scaled.checked_div(i128::from(other.raw())).ok_or(NumError::Overflow)?;
        Fix::from_wide(q)
    }

    /// The quotient rounded down, as a fixed.
    #[inline]
    pub fn idiv_floor(self, other: Fix) -> Result<Fix, NumError> {
        let q = crate::int_idiv(self.raw(), other.raw())?;
        Fix::from_int(q).map_err(|_| NumError::Overflow)
    }

    /// What `idiv_floor` leaves, with the divisor's sign. Always exact.
    #[inline]
    pub fn mod_floor(self, other: Fix) -> Result<Fix, NumError> {
        crate::int_mod(self.raw(), other.raw()).map(Fix::from_raw)
    }

    /// `self ^ exponent`, each step rounded toward zero.
    ///
    /// The steps are part of the meaning: from the exponent's lowest bit up, multiply the
    /// result by the running square where the bit is set, then square while bits remain.
    pub fn pow_toward_zero(self, exponent: u64) -> Result<Fix, NumError> {
        let (mut square, mut left, mut acc) = (self, exponent, Fix::ONE);
        loop {
            if left & 1 == 1 {
                acc = acc.mul_toward_zero(square)?;
            }
            left >>= 1;
            if left == 0 {
                return Ok(acc);
            }
            square = square.mul_toward_zero(square)?;
        }
    }
}

/// The square root of a fixed, rounded down to 2^-32.
pub fn fixed_sqrt(a: Fix) -> Result<Fix, NumError> {
    let raw = u64::try_from(a.raw()).map_err(|_| NumError::OutOfRange)?;
    let root = u128::from(raw).wrapping_shl(32).isqrt();
    i64::try_from(root).map(Fix::from_raw).map_err(|_| NumError::Overflow)
}

impl fmt::Display for Fix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(crate::fix_text(*self).as_str())
    }
}

impl fmt::Debug for Fix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fix({})", crate::fix_text(*self).as_str())
    }
}
