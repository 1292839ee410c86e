//! `string.pack`, `packsize` and `unpack`: the layouts of `pack.rs` filled and read.

use crate::call::{Buffer, Call, Ret, bind, shown, start};
use crate::pack::{Item, Layout, PackError, int_fits, length_fits, packed_size, put_int, take_int};
use alloc::vec::Vec;
use gatos_vm::{Trap, Value};

bind! {
    "string.pack" => pack,
    "string.packsize" => packsize,
    "string.unpack" => unpack,
}

fn next(c: &mut Call, layout: &mut Layout<'_>, total: usize) -> Result<Option<(Item, usize)>, Trap> {
    let r = layout.next(total).map_err(|e| c.error(&shown(e)))?;
    if r.is_some() {
        c.vm.charge(1)?;
    }
    Ok(r)
}

fn zeros(c: &mut Call, out: &mut Buffer, n: usize) -> Result<(), Trap> {
    out.room(c.vm, n)?;
    out.bytes.extend(core::iter::repeat_n(0, n));
    Ok(())
}

fn pack(c: &mut Call) -> Ret {
    let mut layout = Layout::new(c.str(0)?);
    let (mut out, mut arg) = (Buffer::default(), 0);
    while let Some((item, padding)) = next(c, &mut layout, out.bytes.len())? {
        zeros(c, &mut out, padding)?;
        if item.has_value() {
            arg += 1;
        }
        match item {
            Item::Int(size) | Item::Uint(size) => {
                let (value, signed) = (c.int(arg)?, matches!(item, Item::Int(_)));
                if !int_fits(value, size, signed) {
                    return Err(c.bad(arg, "integer overflow in packing"));
                }
                out.room(c.vm, size)?;
                put_int(&mut out.bytes, value, size, layout.little, signed);
            }
            Item::Chars(size) => {
                let s = c.str(arg)?;
                if s.len() > size {
                    return Err(c.bad(arg, &shown(PackError::LongerThanSize)));
                }
                c.bytes(size)?;
                out.push(c.vm, s)?;
                zeros(c, &mut out, size - s.len())?;
            }
            Item::Counted(size) => {
                let s = c.str(arg)?;
                if !length_fits(s.len(), size) {
                    return Err(c.bad(arg, &shown(PackError::LengthOverflow)));
                }
                c.bytes(s.len())?;
                out.room(c.vm, size)?;
                put_int(&mut out.bytes, s.len() as i64, size, layout.little, false);
                out.push(c.vm, s)?;
            }
            Item::Zero => {
                let s = c.str(arg)?;
                c.bytes(s.len())?;
                if s.contains(&0) {
                    return Err(c.bad(arg, &shown(PackError::ContainsZero)));
                }
                out.push(c.vm, s)?;
                zeros(c, &mut out, 1)?;
            }
            Item::Pad => zeros(c, &mut out, 1)?,
            Item::Align => {}
        }
    }
    let v = c.vm.new_string(&out.bytes)?;
    c.one(v)
}

fn packsize(c: &mut Call) -> Ret {
    let format = c.str(0)?;
    // Charged before reading: no item is shorter than one byte.
    c.vm.charge(format.len() as u64)?;
    match packed_size(format) {
        Ok((size, _)) => c.one(Value::int(size as i64)),
        Err(e) => Err(c.error(&shown(e))),
    }
}

fn unpack(c: &mut Call) -> Ret {
    let mut layout = Layout::new(c.str(0)?);
    let data = c.str(1)?;
    let mut at = start(c.opt_int(2, 1)?, data.len());
    if at > data.len() {
        return Err(c.bad(2, "initial position out of string"));
    }
    let mut results: Vec<Value> = Vec::new();
    while let Some((item, padding)) = next(c, &mut layout, at)? {
        if padding + item.size() > data.len() - at {
            return Err(c.bad(1, &shown(PackError::TooShort)));
        }
        at += padding;
        let head = &data[at..at + item.size()];
        match item {
            Item::Int(_) | Item::Uint(_) => match take_int(head, layout.little, matches!(item, Item::Int(_))) {
                Ok(i) => results.push(Value::int(i)),
                Err(e) => return Err(c.error(&shown(e))),
            },
            Item::Chars(_) => {
                c.bytes(head.len())?;
                let v = c.vm.new_string(head)?;
                results.push(v);
            }
            Item::Counted(_) => {
                let len = take_int(head, layout.little, false).ok().and_then(|n| usize::try_from(n).ok());
                let rest = &data[at + head.len()..];
                let Some(s) = len.and_then(|n| rest.get(..n)) else {
                    return Err(c.bad(1, &shown(PackError::TooShort)));
                };
                c.bytes(s.len())?;
                let v = c.vm.new_string(s)?;
                results.push(v);
                at += s.len();
            }
            Item::Zero => {
                let rest = &data[at..];
                let Some(len) = memchr::memchr(0, rest) else {
                    c.bytes(rest.len())?;
                    return Err(c.bad(1, &shown(PackError::Unfinished)));
                };
                c.bytes(len)?;
                let v = c.vm.new_string(&rest[..len])?;
                results.push(v);
                at += len + 1;
            }
            Item::Pad | Item::Align => {}
        }
        at += head.len();
    }
    results.push(Value::int(at as i64 + 1));
    c.all(&results)
}
