//! `Num`: either subtype, with Lua's rules between them and "float" read as fixed.
//!
//! Two integers stay integers under `+ - * // % ^`; `/` always gives a fixed; anything else
//! gives a fixed. In mixed `+` and `-` the integer is first promoted, and one outside
//! -2^31..2^31-1 is out of range there. Mixed `* / // %` and comparison are computed exactly
//! from both operands as they are, so only the result has to fit.

use crate::{
    Fix, NumError, fixed_sqrt, int_add, int_div, int_idiv, int_mod, int_mul, int_neg, int_pow, int_sqrt, int_sub,
};
use core::cmp::Ordering;
use core::fmt;

/// A number. Derived equality is by subtype and value; [`Num::num_eq`] is the language's `==`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Num {
    /// 64-bit integer
    Int(i64),
    /// Q32.32 fixed
    Fixed(Fix),
}

use Num::{Fixed, Int};

// The operators' names; the traits of the same names promise infallible results.
#[allow(clippy::should_implement_trait)]
impl Num {
    /// `a + b`.
    #[inline]
    pub fn add(self, other: Num) -> Result<Num, NumError> {
        match (self, other) {
            (Int(a), Int(b)) => int_add(a, b).map(Int),
            (a, b) => a.to_fix()?.checked_add(b.to_fix()?).map(Fixed),
        }
    }

    /// `a - b`.
    #[inline]
    pub fn sub(self, other: Num) -> Result<Num, NumError> {
        match (self, other) {
            (Int(a), Int(b)) => int_sub(a, b).map(Int),
            (a, b) => a.to_fix()?.checked_sub(b.to_fix()?).map(Fixed),
        }
    }

    /// `a * b`, exact and then rounded toward zero to 2^-32.
    #[inline]
    pub fn mul(self, other: Num) -> Result<Num, NumError> {
        match (self, other) {
            (Int(a), Int(b)) => int_mul(a, b).map(Int),
            (Fixed(a), Fixed(b)) => a.mul_toward_zero(b).map(Fixed),
            // An integer times a scaled number is the scaled product: nothing to round.
            (Int(i), Fixed(f)) | (Fixed(f), Int(i)) => {
                i.checked_mul(f.raw()).map(|raw| Fixed(Fix::from_raw(raw))).ok_or(NumError::Overflow)
            }
        }
    }

    /// `a / b`: always a fixed; exact and then rounded toward zero to 2^-32.
    #[inline]
    pub fn div(self, other: Num) -> Result<Num, NumError> {
        match (self, other) {
            (Int(a), Int(b)) => int_div(a, b),
            (Fixed(a), Fixed(b)) => a.div_toward_zero(b),
            (Fixed(f), Int(i)) => {
                if i == 0 {
                    return Err(NumError::ZeroDivisor);
                }
                f.raw().checked_div(i).map(Fix::from_raw).ok_or(NumError::Overflow)
            }
            (Int(i), Fixed(f)) => {
                if f.raw() == 0 {
                    return Err(NumError::ZeroDivisor);
                }
                // i/(raw/2^32), scaled once more for the result: 64 bits up, which just fits.
                let q = i128::from(i).wrapping_shl(64).checked_div(i128::from(f.raw()));
                q.ok_or(NumError::Overflow).and_then(Fix::from_wide)
            }
        }
        .map(Fixed)
    }

    /// Rego's `a / b`: as [`Num::div`], but whole numbers that divide evenly give a whole number,
    /// which can be larger than a fixed.
    #[inline]
    pub fn quotient(self, other: Num) -> Result<Num, NumError> {
        if let (Some(a), Some(b)) = (self.to_int(), other.to_int())
            && a.checked_rem(b) == Some(0)
            && let Some(q) = a.checked_div(b)
        {
            return Ok(Int(q));
        }
        self.div(other)
    }

    /// `a // b`: the quotient rounded down.
    #[inline]
    pub fn idiv(self, other: Num) -> Result<Num, NumError> {
        match (self, other) {
            (Int(a), Int(b)) => int_idiv(a, b).map(Int),
            (Fixed(a), Fixed(b)) => a.idiv_floor(b).map(Fixed),
            (a, b) => {
                let (q, _) = floor_divide(a.scaled(), b.scaled())?;
                i64::try_from(q).and_then(i32::try_from).map_err(|_| NumError::Overflow)?;
                Fix::from_wide(q.wrapping_shl(32)).map(Fixed)
            }
        }
    }

    /// `a % b`: what `//` leaves, with the divisor's sign. Exact.
    #[inline]
    pub fn modulo(self, other: Num) -> Result<Num, NumError> {
        match (self, other) {
            (Int(a), Int(b)) => int_mod(a, b).map(Int),
            (Fixed(a), Fixed(b)) => a.mod_floor(b).map(Fixed),
            (a, b) => {
                let (_, r) = floor_divide(a.scaled(), b.scaled())?;
                Fix::from_wide(r).map(Fixed)
            }
        }
    }

    /// The remainder of truncating division, with the dividend's sign: Rego's `%`. Exact.
    pub fn trunc_rem(self, other: Num) -> Result<Num, NumError> {
        match (self, other) {
            (_, b) if b.scaled() == 0 => Err(NumError::ZeroDivisor),
            (Int(a), Int(b)) => Ok(Int(a.checked_rem(b).unwrap_or(0))),
            (a, b) => {
                let r = a.scaled().checked_rem(b.scaled()).ok_or(NumError::ZeroDivisor)?;
                Fix::from_wide(r).map(Fixed)
            }
        }
    }

    /// `a ^ b` for a whole exponent from 0 on, of either subtype; the base's subtype stays.
    pub fn pow(self, exponent: Num) -> Result<Num, NumError> {
        let exponent = exponent.to_int().and_then(|e| u64::try_from(e).ok()).ok_or(NumError::BadExponent)?;
        match self {
            Int(base) => int_pow(base, exponent).map(Int),
            Fixed(base) => base.pow_toward_zero(exponent).map(Fixed),
        }
    }

    /// `-a`.
    #[inline]
    pub fn neg(self) -> Result<Num, NumError> {
        match self {
            Int(a) => int_neg(a).map(Int),
            Fixed(a) => a.checked_neg().map(Fixed),
        }
    }

    /// The absolute value in the same subtype.
    #[inline]
    pub fn abs(self) -> Result<Num, NumError> {
        if self.is_negative() { self.neg() } else { Ok(self) }
    }

    /// Whether the number is below zero.
    #[inline]
    pub const fn is_negative(self) -> bool {
        match self {
            Int(a) => a < 0,
            Fixed(a) => a.raw() < 0,
        }
    }

    /// The order by value, exact between subtypes.
    #[inline]
    pub fn cmp(self, other: Num) -> Ordering {
        match (self, other) {
            (Int(a), Int(b)) => a.cmp(&b),
            (Fixed(a), Fixed(b)) => a.cmp(&b),
            (Int(a), Fixed(b)) => cmp_int_fix(a, b),
            (Fixed(a), Int(b)) => cmp_int_fix(b, a).reverse(),
        }
    }

    /// Equality by value: `1 == 1.0`.
    #[inline]
    pub fn num_eq(self, other: Num) -> bool {
        self.cmp(other) == Ordering::Equal
    }

    /// The integer of the same value, if there is one.
    #[inline]
    pub const fn to_int(self) -> Option<i64> {
        match self {
            Int(a) => Some(a),
            Fixed(a) => a.to_int(),
        }
    }

    /// The integer of the same value, or the error that says there is none.
    #[inline]
    pub fn require_int(self) -> Result<i64, NumError> {
        self.to_int().ok_or(NumError::NotInteger)
    }

    /// The fixed of the same value, if the integer is in its range.
    #[inline]
    pub fn to_fix(self) -> Result<Fix, NumError> {
        match self {
            Int(a) => Fix::from_int(a),
            Fixed(a) => Ok(a),
        }
    }

    /// The largest integer not above.
    #[inline]
    pub const fn floor(self) -> i64 {
        match self {
            Int(a) => a,
            Fixed(a) => a.floor(),
        }
    }

    /// The smallest integer not below.
    #[inline]
    pub const fn ceil(self) -> i64 {
        match self {
            Int(a) => a,
            Fixed(a) => a.ceil(),
        }
    }

    /// The value times 2^32, whatever its size.
    #[inline]
    fn scaled(self) -> i128 {
        match self {
            Int(a) => i128::from(a).wrapping_shl(32),
            Fixed(a) => i128::from(a.raw()),
        }
    }
}

/// The square root of either subtype as a fixed, rounded down to 2^-32.
pub fn sqrt(a: Num) -> Result<Fix, NumError> {
    match a {
        Int(a) => int_sqrt(a),
        Fixed(a) => fixed_sqrt(a),
    }
}

/// Quotient rounded down and the remainder that goes with it, for scaled operands (96 bits).
fn floor_divide(a: i128, b: i128) -> Result<(i128, i128), NumError> {
    // 96 bits cannot overflow 128, so only zero has no quotient.
    let q = a.checked_div(b).ok_or(NumError::ZeroDivisor)?;
    let r = a.checked_rem(b).ok_or(NumError::ZeroDivisor)?;
    Ok(if r != 0 && (r ^ b) < 0 { (q.wrapping_sub(1), r.wrapping_add(b)) } else { (q, r) })
}

#[inline]
fn cmp_int_fix(a: i64, b: Fix) -> Ordering {
    // Against the floor; at equality a fraction puts the fixed above.
    match a.cmp(&b.floor()) {
        Ordering::Equal if !b.is_integral() => Ordering::Less,
        order => order,
    }
}

impl fmt::Display for Num {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Int(a) => f.write_str(crate::int_text(*a).as_str()),
            Fixed(a) => f.write_str(crate::fix_text(*a).as_str()),
        }
    }
}

impl From<i64> for Num {
    fn from(i: i64) -> Num {
        Int(i)
    }
}

impl From<Fix> for Num {
    fn from(f: Fix) -> Num {
        Fixed(f)
    }
}
