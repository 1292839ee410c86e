//! Numbers: arithmetic, rounding, bits, ranges, and numbers as text.
//!
//! Results are exact or rounded toward zero to 2^-32, as the machine's numbers are; one that does
//! not fit is a builtin error.

use super::call::{Done, PolicyCall, Stop, bind_rgs, fail, fail_operand};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;
use gatos_num::{Fix, Num, NumError, TextError, int_text, parse_json_number};
use gatos_vm::Value;
use gatos_vm::doc::DocKind;

bind_rgs! {
    "abs" => abs,
    "bits.and" => bits_and,
    "bits.lsh" => bits_lsh,
    "bits.negate" => bits_negate,
    "bits.or" => bits_or,
    "bits.rsh" => bits_rsh,
    "bits.xor" => bits_xor,
    "ceil" => ceil,
    "div" => div,
    "equal" => equal,
    "floor" => floor,
    "format_int" => format_int,
    "gt" => gt,
    "gte" => gte,
    "lt" => lt,
    "lte" => lte,
    "minus" => minus,
    "mul" => mul,
    "neq" => neq,
    "numbers.range" => range,
    "numbers.range_step" => range_step,
    "plus" => plus,
    "rem" => rem,
    "round" => round,
    "to_number" => to_number,
}

/// A result, whole ones as integers; a builtin error when there is none.
fn give(c: &PolicyCall, n: Result<Num, NumError>) -> Done {
    match n {
        Ok(n) => Ok(c.number(n)),
        Err(NumError::ZeroDivisor) => fail("divide by zero"),
        Err(error) => Err(error.into()),
    }
}

fn abs(c: &mut PolicyCall) -> Done {
    give(c, c.num(0).abs())
}

fn ceil(c: &mut PolicyCall) -> Done {
    Ok(Value::int(c.num(0).ceil()))
}

fn floor(c: &mut PolicyCall) -> Done {
    Ok(Value::int(c.num(0).floor()))
}

fn round(c: &mut PolicyCall) -> Done {
    Ok(Value::int(match c.num(0) {
        Num::Int(n) => n,
        // Half away from zero. A fixed is below 2^31, so a half more still fits.
        Num::Fixed(f) => {
            let half = 1i64 << 31;
            let away = if f.raw() < 0 {
                i128::from(f.raw()) - i128::from(half)
            } else {
                i128::from(f.raw()) + i128::from(half)
            };
            (away / (1i128 << 32)) as i64
        }
    }))
}

fn plus(c: &mut PolicyCall) -> Done {
    give(c, c.num(0).add(c.num(1)))
}

fn mul(c: &mut PolicyCall) -> Done {
    give(c, c.num(0).mul(c.num(1)))
}

fn div(c: &mut PolicyCall) -> Done {
    give(c, c.num(0).quotient(c.num(1)))
}

fn rem(c: &mut PolicyCall) -> Done {
    match (c.num(0).to_int(), c.num(1).to_int()) {
        (Some(_), Some(0)) => fail("modulo by zero"),
        // The one overflow there is has the remainder 0.
        (Some(a), Some(b)) => Ok(Value::int(a.checked_rem(b).unwrap_or(0))),
        _ => fail("modulo on floating-point number"),
    }
}

/// Numbers are subtracted; from a set, another's members are taken away.
fn minus(c: &mut PolicyCall) -> Done {
    match (c.kind(0), c.kind(1)) {
        (DocKind::Number, DocKind::Number) => give(c, c.num(0).sub(c.num(1))),
        (DocKind::Set, DocKind::Set) => super::sets::difference(c),
        (DocKind::Number, other) => fail_operand(1, "number", super::call::kind_name(other)),
        (_, other) => fail_operand(1, "set", super::call::kind_name(other)),
    }
}

fn compare(c: &mut PolicyCall, test: fn(Ordering) -> bool) -> Done {
    let (a, b) = (c.arg(0), c.arg(1));
    Ok(Value::bool(test(c.cmp(a, b)?)))
}

fn equal(c: &mut PolicyCall) -> Done {
    let (a, b) = (c.arg(0), c.arg(1));
    Ok(Value::bool(c.vm.doc_eq(a, b)?))
}

fn neq(c: &mut PolicyCall) -> Done {
    let (a, b) = (c.arg(0), c.arg(1));
    Ok(Value::bool(!c.vm.doc_eq(a, b)?))
}

fn gt(c: &mut PolicyCall) -> Done {
    compare(c, Ordering::is_gt)
}

fn gte(c: &mut PolicyCall) -> Done {
    compare(c, Ordering::is_ge)
}

fn lt(c: &mut PolicyCall) -> Done {
    compare(c, Ordering::is_lt)
}

fn lte(c: &mut PolicyCall) -> Done {
    compare(c, Ordering::is_le)
}

fn bits_and(c: &mut PolicyCall) -> Done {
    Ok(Value::int(c.int(0)? & c.int(1)?))
}

fn bits_or(c: &mut PolicyCall) -> Done {
    Ok(Value::int(c.int(0)? | c.int(1)?))
}

fn bits_xor(c: &mut PolicyCall) -> Done {
    Ok(Value::int(c.int(0)? ^ c.int(1)?))
}

fn bits_negate(c: &mut PolicyCall) -> Done {
    Ok(Value::int(!c.int(0)?))
}

/// The places to shift by.
fn places(c: &mut PolicyCall) -> Result<u32, Stop> {
    let n = c.int(1)?;
    if n < 0 {
        return fail_operand(1, "an unsigned integer number", "a negative integer");
    }
    Ok(u32::try_from(n).unwrap_or(u32::MAX))
}

fn bits_lsh(c: &mut PolicyCall) -> Done {
    let (a, n) = (c.int(0)?, places(c)?);
    // Nothing may be lost: shifting back gives the number again.
    let shifted = if a == 0 { Some(0) } else { a.checked_shl(n).filter(|s| s >> n == a) };
    match shifted {
        Some(s) => Ok(Value::int(s)),
        None => Err(NumError::Overflow.into()),
    }
}

fn bits_rsh(c: &mut PolicyCall) -> Done {
    let (a, n) = (c.int(0)?, places(c)?);
    Ok(Value::int(a >> n.min(63)))
}

fn range(c: &mut PolicyCall) -> Done {
    let (from, to) = (c.int(0)?, c.int(1)?);
    steps(c, from, to, 1)
}

fn range_step(c: &mut PolicyCall) -> Done {
    let (from, to, step) = (c.int(0)?, c.int(1)?, c.int(2)?);
    if step <= 0 {
        return fail("step must be a positive integer");
    }
    steps(c, from, to, step as u64)
}

/// Both ends count, and the larger may come first.
fn steps(c: &mut PolicyCall, from: i64, to: i64, step: u64) -> Done {
    let many = from.abs_diff(to) / step;
    let many = usize::try_from(many).unwrap_or(usize::MAX).saturating_add(1);
    c.charge_members(many)?;
    let mut out = Vec::with_capacity(many);
    let mut at = from;
    for i in 0..many {
        out.push(Value::int(at));
        if i + 1 < many {
            at = if from <= to { at.wrapping_add_unsigned(step) } else { at.wrapping_sub_unsigned(step) };
        }
    }
    c.array(&out)
}

fn format_int(c: &mut PolicyCall) -> Done {
    let n = match c.num(0) {
        Num::Int(n) => n,
        Num::Fixed(f) => f.trunc(),
    };
    let (sign, size) = (if n < 0 { "-" } else { "" }, n.unsigned_abs());
    let text = match c.num(1).to_int() {
        Some(2) => format!("{sign}{size:b}"),
        Some(8) => format!("{sign}{size:o}"),
        Some(10) => String::from(int_text(n).as_str()),
        Some(16) => format!("{sign}{size:x}"),
        _ => return fail_operand(1, "one of {2, 8, 10, 16}", "another number"),
    };
    c.string(text)
}

fn to_number(c: &mut PolicyCall) -> Done {
    let v = c.arg(0);
    match c.kind(0) {
        DocKind::Null => Ok(Value::int(0)),
        DocKind::Boolean => Ok(Value::int(i64::from(c.bool(0)))),
        DocKind::Number => Ok(v),
        _ => {
            let text = v.str_bytes();
            c.charge_bytes(text.len())?;
            let bare: &[u8] = text.trim_ascii_start_of(b"+-");
            if [&b"inf"[..], b"infinity", b"nan"].iter().any(|w| bare.eq_ignore_ascii_case(w)) {
                return fail_operand(0, "valid number string", "string");
            }
            match read(text) {
                Ok(n) => Ok(c.number(n)),
                Err(why) => fail(format!("{}: {why}", super::text::quoted_bytes(text))),
            }
        }
    }
}

trait TrimStart {
    fn trim_ascii_start_of(&self, set: &[u8]) -> &[u8];
}

impl TrimStart for [u8] {
    fn trim_ascii_start_of(&self, set: &[u8]) -> &[u8] {
        let n = self.iter().take_while(|b| set.contains(b)).count();
        &self[n..]
    }
}

/// A decimal number: a sign, digits with at most one point, an exponent.
fn read(text: &[u8]) -> Result<Num, &'static str> {
    let (sign, rest) = match text {
        [b'-', rest @ ..] => ("-", rest),
        [b'+', rest @ ..] => ("", rest),
        all => ("", all),
    };
    let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    let (whole, rest) = rest.split_at(digits);
    let (fraction, exponent) = match rest {
        [b'.', rest @ ..] => rest.split_at(rest.iter().take_while(|b| b.is_ascii_digit()).count()),
        rest => rest.split_at(0),
    };
    if whole.is_empty() && fraction.is_empty() {
        return Err("not a number");
    }
    // JSON wants digits on both sides of the point and no zeros in front.
    let whole = whole.trim_ascii_start_of(b"0");
    let mut json = String::from(sign);
    json.push_str(if whole.is_empty() { "0" } else { core::str::from_utf8(whole).unwrap_or("0") });
    if !fraction.is_empty() {
        json.push('.');
        json.push_str(core::str::from_utf8(fraction).unwrap_or("0"));
    }
    json.push_str(core::str::from_utf8(exponent).map_err(|_| "not a number")?);
    parse_json_number(&json).map_err(|e| match e {
        TextError::Malformed => "not a number",
        _ => "out of range",
    })
}

/// The exact sum of numbers, whatever their partial sums are; rounding is not needed.
pub(crate) fn exact_sum(numbers: impl Iterator<Item = Num>) -> Result<Num, NumError> {
    let mut total = 0i128;
    for n in numbers {
        // Each is below 2^95, so it takes 2^32 of them to overflow.
        total = total
            .checked_add(match n {
                Num::Int(i) => i128::from(i) << 32,
                Num::Fixed(f) => i128::from(f.raw()),
            })
            .ok_or(NumError::Overflow)?;
    }
    if total & 0xffff_ffff == 0 {
        return i64::try_from(total >> 32).map(Num::Int).map_err(|_| NumError::Overflow);
    }
    i64::try_from(total).map(|raw| Num::Fixed(Fix::from_raw(raw))).map_err(|_| NumError::Overflow)
}
