//! `string`: bytes in, bytes out. Patterns are in `matching.rs`, layouts in `packing.rs`.

use crate::call::{Buffer, Call, MAX_STRING, Ret, bind, end, shown, start};
use crate::format::{self, Piece};
use alloc::vec::Vec;
use gatos_num::NumError;
use gatos_vm::{Tag, Value};

bind! {
    "string.byte" => byte,
    "string.char" => char,
    "string.format" => format,
    "string.len" => len,
    "string.lower" => lower,
    "string.rep" => rep,
    "string.reverse" => reverse,
    "string.sub" => sub,
    "string.upper" => upper,
}

fn byte(c: &mut Call) -> Ret {
    let s = c.str(0)?;
    let i = c.opt_int(1, 1)?;
    let j = c.opt_int(2, i)?;
    let (from, to) = (start(i, s.len()), end(j, s.len()));
    let bytes = s.get(from..to).unwrap_or(&[]);
    if let [b] = bytes {
        return c.one(Value::int(i64::from(*b)));
    }
    c.per(bytes.len(), 8)?;
    c.vm.reserve(c.args, bytes.len())?;
    for (k, b) in bytes.iter().enumerate() {
        c.vm.ret(c.args, k, Value::int(i64::from(*b)));
    }
    Ok(bytes.len() as u32)
}

fn char(c: &mut Call) -> Ret {
    let n = c.n();
    c.per(n, 8)?;
    let mut out = Vec::with_capacity(n);
    for i in 0..n {
        let code = c.int(i)?;
        match u8::try_from(code) {
            Ok(b) => out.push(b),
            Err(_) => return Err(c.bad(i, "value out of range")),
        }
    }
    let v = c.vm.new_string(&out)?;
    c.one(v)
}

fn len(c: &mut Call) -> Ret {
    let s = c.str(0)?;
    c.one(Value::int(s.len() as i64))
}

fn mapped(c: &mut Call, f: impl FnOnce(&mut Vec<u8>)) -> Ret {
    let s = c.str(0)?;
    c.bytes(s.len())?;
    let mut out = Buffer::default();
    out.push(c.vm, s)?;
    f(&mut out.bytes);
    let v = c.vm.new_string(&out.bytes)?;
    c.one(v)
}

fn lower(c: &mut Call) -> Ret {
    mapped(c, |b| b.make_ascii_lowercase())
}

fn upper(c: &mut Call) -> Ret {
    mapped(c, |b| b.make_ascii_uppercase())
}

fn reverse(c: &mut Call) -> Ret {
    mapped(c, |b| b.reverse())
}

fn sub(c: &mut Call) -> Ret {
    let s = c.str(0)?;
    let i = c.int(1)?;
    let j = c.opt_int(2, -1)?;
    let (from, to) = (start(i, s.len()), end(j, s.len()));
    if from == 0 && to == s.len() && c.arg(0).tag() == Tag::Str {
        // The whole string is that string; it still costs as a copy would.
        c.bytes(s.len())?;
        c.vm.charge_memory(gatos_vm::STRING_BYTES as u64 + s.len() as u64)?;
        let v = c.arg(0);
        return c.one(v);
    }
    c.one_string(s.get(from..to).unwrap_or(&[]))
}

fn rep(c: &mut Call) -> Ret {
    let s = c.str(0)?;
    let n = c.int(1)?;
    let sep = c.opt_str(2)?.unwrap_or(&[]);
    let Some(n) = usize::try_from(n).ok().filter(|n| *n > 0) else { return c.one_string(&[]) };
    let total = s.len().checked_mul(n).zip(sep.len().checked_mul(n - 1)).and_then(|(a, b)| a.checked_add(b));
    let Some(total) = total.filter(|t| *t <= MAX_STRING) else { return Err(c.error("resulting string too large")) };
    c.bytes(total)?;
    let mut out = Buffer::default();
    out.room(c.vm, total)?;
    if sep.is_empty() {
        out.bytes = s.repeat(if s.is_empty() { 0 } else { n });
    } else {
        // A separator is at least one byte, so the rounds are bounded by the total.
        for i in 0..n {
            if i > 0 {
                out.bytes.extend_from_slice(sep);
            }
            out.bytes.extend_from_slice(s);
        }
    }
    let v = c.vm.new_string(&out.bytes)?;
    c.one(v)
}

fn format(c: &mut Call) -> Ret {
    let text = c.str(0)?;
    c.bytes(text.len())?;
    let (mut at, mut arg, mut out) = (0, 0, Buffer::default());
    loop {
        let spec = match format::next_piece(text, &mut at) {
            Err(e) => return Err(c.error(&shown(e))),
            Ok(None) => break,
            Ok(Some(Piece::Text(t))) => {
                out.push_paid(c.vm, t)?;
                continue;
            }
            Ok(Some(Piece::Spec(s))) => s,
        };
        arg += 1;
        // Widths and precisions are below 100, so numbers are short.
        out.room(c.vm, 256)?;
        match spec.conversion {
            b'c' => {
                let code = c.int(arg)?;
                format::byte(&mut out.bytes, &spec, code);
            }
            b's' => {
                let v = c.any(arg)?;
                let s = c.text_of(v)?;
                out.room(c.vm, s.len() + spec.width)?;
                out.pay(c.vm, s.len().min(spec.precision.unwrap_or(usize::MAX)))?;
                format::string(&mut out.bytes, &spec, s);
            }
            b'q' => {
                let v = c.any(arg)?;
                match (v.tag(), v.as_num()) {
                    (Tag::Str, _) => {
                        out.room(c.vm, 2 + 4 * v.str_bytes().len())?;
                        out.pay(c.vm, v.str_bytes().len())?;
                        format::quoted(&mut out.bytes, v.str_bytes());
                    }
                    (_, Some(n)) => format::quoted_number(&mut out.bytes, n),
                    (Tag::Nil | Tag::True | Tag::False, _) => {
                        let t = c.text_of(v)?;
                        out.push(c.vm, t)?;
                    }
                    (Tag::Null, _) => out.push(c.vm, b"json.null")?,
                    _ => return Err(c.bad(arg, "value has no literal form")),
                }
            }
            b'f' => {
                let n = c.num(arg)?;
                format::decimal(&mut out.bytes, &spec, n);
            }
            _ => match c.num(arg)?.to_int() {
                Some(i) => format::integer(&mut out.bytes, &spec, i),
                None => return Err(c.bad(arg, NumError::NotInteger.text())),
            },
        }
    }
    c.one_paid(out)
}
