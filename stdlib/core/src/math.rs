//! `math`: exact functions of integers and fixed numbers.

use crate::call::{Call, Ret, bind};
use core::cmp::Ordering;
use gatos_num::{Fix, Num, sqrt as root, tonumber, wrapping_add as add, wrapping_mul as mul, wrapping_sub as sub};
use gatos_vm::{ConstantValue, Tag, Value};

bind! {
    "math.abs" => abs,
    "math.ceil" => ceil,
    "math.floor" => floor,
    "math.fmod" => fmod,
    "math.max" => max,
    "math.min" => min,
    "math.sqrt" => sqrt,
    "math.tointeger" => tointeger,
    "math.type" => type_,
    "math.ult" => ult,
    "math.wrapping_add" => wrapping_add,
    "math.wrapping_mul" => wrapping_mul,
    "math.wrapping_sub" => wrapping_sub,
}

pub(crate) const CONSTANTS: &[(&str, ConstantValue)] = &[
    ("math.maxfixed", ConstantValue::Value(Value::fixed(Fix::from_raw(i64::MAX)))),
    ("math.maxinteger", ConstantValue::Value(Value::int(i64::MAX))),
    ("math.minfixed", ConstantValue::Value(Value::fixed(Fix::from_raw(i64::MIN)))),
    ("math.mininteger", ConstantValue::Value(Value::int(i64::MIN))),
];

fn abs(c: &mut Call) -> Ret {
    let x = c.num(0)?;
    c.number(x.abs())
}

fn ceil(c: &mut Call) -> Ret {
    let x = c.num(0)?;
    c.one(Value::int(x.ceil()))
}

fn floor(c: &mut Call) -> Ret {
    let x = c.num(0)?;
    c.one(Value::int(x.floor()))
}

fn fmod(c: &mut Call) -> Ret {
    let (x, y) = (c.num(0)?, c.num(1)?);
    c.number(x.trunc_rem(y))
}

fn extreme(c: &mut Call, replaces: Ordering) -> Ret {
    let n = c.n();
    c.per(n, 8)?;
    let mut best = c.num(0)?;
    for i in 1..n {
        let x = c.num(i)?;
        if x.cmp(best) == replaces {
            best = x;
        }
    }
    c.one(Value::num(best))
}

fn max(c: &mut Call) -> Ret {
    extreme(c, Ordering::Greater)
}

fn min(c: &mut Call) -> Ret {
    extreme(c, Ordering::Less)
}

fn sqrt(c: &mut Call) -> Ret {
    let x = c.num(0)?;
    c.number(root(x).map(Num::Fixed))
}

fn tointeger(c: &mut Call) -> Ret {
    let v = c.any(0)?;
    c.bytes(v.str_bytes().len())?;
    let n = v.as_num().or_else(|| v.as_str().and_then(tonumber));
    c.one(n.and_then(Num::to_int).map_or(Value::NIL, Value::int))
}

fn type_(c: &mut Call) -> Ret {
    let v = match c.any(0)?.tag() {
        Tag::Int => c.vm.literal("integer"),
        Tag::Fixed => c.vm.literal("fixed"),
        _ => Value::NIL,
    };
    c.one(v)
}

fn ult(c: &mut Call) -> Ret {
    let (a, b) = (c.int(0)?, c.int(1)?);
    c.one(Value::bool((a as u64) < b as u64))
}

fn wrapping_add(c: &mut Call) -> Ret {
    let (a, b) = (c.int(0)?, c.int(1)?);
    c.one(Value::int(add(a, b)))
}

fn wrapping_mul(c: &mut Call) -> Ret {
    let (a, b) = (c.int(0)?, c.int(1)?);
    c.one(Value::int(mul(a, b)))
}

fn wrapping_sub(c: &mut Call) -> Ret {
    let (a, b) = (c.int(0)?, c.int(1)?);
    c.one(Value::int(sub(a, b)))
}
