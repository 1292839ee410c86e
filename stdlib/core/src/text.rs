//! `utf8`: the functions over `utf8.rs`.

use crate::call::{Call, Ret, bind};
use crate::utf8::{MAX_LAX, OffsetError, count, decode, encode, is_continuation, offset as find_offset};
use alloc::vec::Vec;
use gatos_vm::{Args, ConstantValue, Iter, Value, Vm};

bind! {
    "utf8.char" => char,
    "utf8.codepoint" => codepoint,
    "utf8.codes" => codes,
    "utf8.len" => len,
    "utf8.offset" => offset,
}

pub(crate) const CONSTANTS: &[(&str, ConstantValue)] =
    &[("utf8.charpattern", ConstantValue::Text(b"[\0-\x7F\xC2-\xFD][\x80-\xBF]*"))];

const INVALID: &str = "invalid UTF-8 code";

fn char(c: &mut Call) -> Ret {
    let n = c.n();
    c.per(n, 4)?;
    let mut out = Vec::with_capacity(n);
    for i in 0..n {
        let code = c.int(i)?;
        match u32::try_from(code).ok().filter(|x| *x <= MAX_LAX) {
            Some(code) => encode(code, &mut out),
            None => return Err(c.bad(i, "value out of range")),
        }
    }
    let v = c.vm.new_string(&out)?;
    c.one(v)
}

/// A position as an offset that may lie outside the string; negative ones count from its end.
fn position(pos: i64, len: usize) -> i64 {
    let len = len as i64;
    if pos > 0 {
        pos - 1
    } else if pos == 0 || pos < -len {
        -1
    } else {
        len + pos
    }
}

fn codepoint(c: &mut Call) -> Ret {
    let s = c.str(0)?;
    let i = c.opt_int(1, 1)?;
    let from = position(i, s.len());
    let to = match c.arg(2).is_nil() {
        true => from,
        false => position(c.int(2)?, s.len()),
    };
    let lax = c.arg(3).truthy();
    if from < 0 {
        return Err(c.bad(1, "out of bounds"));
    }
    if to >= s.len() as i64 {
        return Err(c.bad(2, "out of bounds"));
    }
    if from > to {
        return c.none();
    }
    let (mut at, to) = (from as usize, to as usize);
    c.per(to - at + 1, 4)?;
    let mut out = Vec::new();
    while at <= to {
        let Some((code, len)) = decode(&s[at..], lax) else { return Err(c.error(INVALID)) };
        out.push(Value::int(i64::from(code)));
        at += len;
    }
    c.all(&out)
}

fn codes(c: &mut Call) -> Ret {
    let s = c.str(0)?;
    if s.first().is_some_and(|b| is_continuation(*b)) {
        return Err(c.bad(0, INVALID));
    }
    let lax = c.arg(1).truthy();
    let s = c.tostring(c.arg(0))?;
    let f = c.vm.new_iter(codes_next, &[Value::bool(lax)])?;
    c.all(&[f, s, Value::int(0)])
}

fn codes_next(vm: &mut Vm, it: Iter, args: Args) -> Ret {
    vm.charge(1)?;
    let lax = it.get(0).truthy();
    let mut c = Call { vm, args, name: "iterator of utf8.codes" };
    let s = c.str(0)?;
    let mut at = usize::try_from(c.opt_int(1, 0)?).unwrap_or(usize::MAX);
    // The control value is the position of the character before; 0 at first.
    let from = at;
    while s.get(at).is_some_and(|b| is_continuation(*b)) {
        at += 1;
    }
    c.bytes(at - from)?;
    if at >= s.len() {
        return c.one(Value::NIL);
    }
    match decode(&s[at..], lax) {
        Some((code, len)) if !s.get(at + len).is_some_and(|b| is_continuation(*b)) => {
            c.all(&[Value::int(at as i64 + 1), Value::int(i64::from(code))])
        }
        _ => Err(c.error(INVALID)),
    }
}

fn len(c: &mut Call) -> Ret {
    let s = c.str(0)?;
    let (i, j) = (c.opt_int(1, 1)?, c.opt_int(2, -1)?);
    let lax = c.arg(3).truthy();
    let (from, to) = (position(i, s.len()), position(j, s.len()));
    if from < 0 || from > s.len() as i64 {
        return Err(c.bad(1, "initial position out of bounds"));
    }
    if to >= s.len() as i64 {
        return Err(c.bad(2, "final position out of bounds"));
    }
    let from = from as usize;
    let to = usize::try_from(to).ok();
    c.bytes(to.map_or(0, |to| (to + 1).saturating_sub(from)))?;
    match count(s, from, to, lax) {
        Ok(n) => c.one(Value::int(n as i64)),
        Err(at) => c.all(&[Value::NIL, Value::int(at as i64 + 1)]),
    }
}

fn offset(c: &mut Call) -> Ret {
    let s = c.str(0)?;
    let n = c.int(1)?;
    let i = c.opt_int(2, if n >= 0 { 1 } else { s.len() as i64 + 1 })?;
    let from = position(i, s.len());
    let Some(from) = usize::try_from(from).ok().filter(|f| *f <= s.len()) else {
        return Err(c.bad(2, "position out of bounds"));
    };
    // At most four bytes a character pass by (six in the lax form), and never more than there are.
    let reach = usize::try_from(n.unsigned_abs()).unwrap_or(usize::MAX).saturating_mul(4);
    c.bytes(reach.min(s.len()))?;
    match find_offset(s, n, from) {
        Ok(Some(at)) => {
            // What is no UTF-8 can hold more bytes to a character.
            c.bytes(at.abs_diff(from).saturating_sub(reach))?;
            c.one(Value::int(at as i64 + 1))
        }
        Ok(None) => {
            c.bytes(s.len().saturating_sub(reach))?;
            c.one(Value::NIL)
        }
        Err(OffsetError::Continuation) => Err(c.error("initial position is a continuation byte")),
    }
}
