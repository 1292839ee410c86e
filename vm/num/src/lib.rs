//! Deterministic i64 and Q32.32 arithmetic, decimal text and pcg32.
//!
//! Every function here gives the same answer on every machine: integers only, no float
//! arithmetic, and every result that does not fit is an error instead of a wrap.
//! Compiler and machine share this crate, so folding a constant and computing it agree.
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::float_arithmetic, clippy::arithmetic_side_effects))]

extern crate alloc;

mod decimal;
mod error;
mod fix;
mod float_bits;
mod int;
mod literal;
mod num;
mod pcg32;
mod print;

pub use decimal::{TextError, parse_json_number, tonumber, tonumber_base};
pub use error::NumError;
pub use fix::{Fix, fixed_sqrt};
pub use float_bits::{decimal_to_f64_bits, fix_from_f64_bits, fix_to_f64_bits, write_f64_bits};
pub use int::{
    int_add, int_div, int_idiv, int_mod, int_mul, int_neg, int_pow, int_sqrt, int_sub, shift_left, shift_right,
    wrapping_add, wrapping_mul, wrapping_sub,
};
pub use literal::{Literal, LiteralError, LiteralErrorKind, literal, literal_negated};
pub use num::{Num, sqrt};
pub use pcg32::Pcg32;
pub use print::{NumText, fix_text, format_fixed, format_int, int_text, write_fixed, write_int};
