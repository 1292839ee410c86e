//! The ways arithmetic fails, worded as a program's error text.

use core::fmt;

/// Why a number operation has no result.
///
/// The texts are part of the engine version: a program can catch and compare them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum NumError {
    /// The result of arithmetic does not fit its subtype.
    Overflow,
    /// A conversion's source does not fit the target, or a function is not defined there.
    OutOfRange,
    /// The divisor of `/`, `//` or `%` is zero.
    ZeroDivisor,
    /// The exponent of `^` is negative or has a fraction.
    BadExponent,
    /// An integer was needed and the fixed has a fraction.
    NotInteger,
}

impl NumError {
    /// The error's text.
    pub const fn text(self) -> &'static str {
        match self {
            NumError::Overflow => "number overflow",
            NumError::OutOfRange => "number out of range",
            NumError::ZeroDivisor => "attempt to divide by zero",
            NumError::BadExponent => "exponent must be a whole number from 0 on",
            NumError::NotInteger => "number has no integer representation",
        }
    }
}

impl fmt::Display for NumError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl core::error::Error for NumError {}
