//! Numeric loops beyond plain integers, and division by positive integers.

use crate::trap::Trap;
use crate::value::{Tag, Value};
use crate::vm::Vm;
use gatos_num::Num;

/// Floor modulus by a positive divisor.
#[inline(always)]
pub(crate) fn mod_pos(a: i64, m: i64) -> i64 {
    if (a as u64 | m as u64) >> 32 == 0 {
        // Narrow division is several times faster than wide on most machines.
        return i64::from(a as u32 % m as u32);
    }
    let r = a % m;
    if r < 0 { r + m } else { r }
}

#[inline(always)]
pub(crate) fn div_pos(a: i64, m: i64) -> i64 {
    if (a as u64 | m as u64) >> 32 == 0 {
        return i64::from(a as u32 / m as u32);
    }
    a.div_euclid(m)
}

impl Vm {
    /// The general beginning of a numeric loop: leaves index and rounds; true when there is a round.
    #[inline(never)]
    pub(crate) unsafe fn for_prep(&mut self, b: *mut Value, s: Value, l: Value, st: Value) -> Result<bool, Trap> {
        let number = |vm: &mut Vm, v: Value, what: &str| match v.as_num() {
            Some(n) => Ok(n),
            None => Err(vm.error(&alloc::format!("'for' {what} must be a number"))),
        };
        let s = number(self, s, "initial value")?;
        let l = number(self, l, "limit")?;
        let st = number(self, st, "step")?;
        if let (Num::Int(s), Num::Int(st)) = (s, st) {
            if st == 0 {
                return Err(self.error("'for' step is zero"));
            }
            let l = if st > 0 { l.floor() } else { l.ceil() };
            if if st > 0 { s > l } else { s < l } {
                return Ok(false);
            }
            let n = if st > 0 {
                (l as u64).wrapping_sub(s as u64) / (st as u64)
            } else {
                (s as u64).wrapping_sub(l as u64) / st.unsigned_abs()
            };
            *b = Value::int(s);
            *b.add(1) = Value { tag: Tag::Int, bits: n };
            *b.add(2) = Value::int(st);
            return Ok(true);
        }
        let fix = |vm: &mut Vm, n: Num| n.to_fix().map(|f| f.raw()).map_err(|e| vm.num_error(e));
        let s = fix(self, s)?;
        // A limit out of range is clipped.
        let l = match l.to_fix() {
            Ok(f) => f.raw(),
            Err(_) => {
                if l.is_negative() {
                    i64::MIN
                } else {
                    i64::MAX
                }
            }
        };
        let st = fix(self, st)?;
        if st == 0 {
            return Err(self.error("'for' step is zero"));
        }
        if if st > 0 { s > l } else { s < l } {
            return Ok(false);
        }
        let n = if st > 0 {
            (l as u64).wrapping_sub(s as u64) / (st as u64)
        } else {
            (s as u64).wrapping_sub(l as u64) / st.unsigned_abs()
        };
        *b = Value { tag: Tag::Fixed, bits: s as u64 };
        *b.add(1) = Value { tag: Tag::Int, bits: n };
        *b.add(2) = Value { tag: Tag::Fixed, bits: st as u64 };
        Ok(true)
    }
}
