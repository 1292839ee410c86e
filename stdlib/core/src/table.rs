//! `table`: arrays, with `__index`, `__newindex` and `__len` respected as Lua does.

use crate::call::{Buffer, Call, OUT_OF_MEMORY, Ret, bind};
use crate::sort::sort as merge_sort;
use alloc::vec::Vec;
use gatos_vm::{Tag, Trap, Value, host::MAX_REGISTERS};

bind! {
    "table.concat" => concat,
    "table.insert" => insert,
    "table.move" => move_,
    "table.pack" => pack,
    "table.remove" => remove,
    "table.sort" => sort,
    "table.unpack" => unpack,
    "dsort" => dsort,
}

impl Call<'_> {
    /// `#t` as an integer.
    fn length(&mut self, t: Value) -> Result<i64, Trap> {
        if self.vm.metatable(t).is_nil() {
            return Ok(self.vm.border(t));
        }
        match self.vm.length(t)?.as_num().and_then(|n| n.to_int()) {
            Some(n) => Ok(n),
            None => Err(self.error("object length is not an integer")),
        }
    }

    fn get(&mut self, t: Value, i: i64) -> Result<Value, Trap> {
        if self.vm.metatable(t).is_nil() { Ok(self.vm.raw_get_int(t, i)) } else { self.vm.index(t, Value::int(i)) }
    }

    fn set(&mut self, t: Value, i: i64, v: Value) -> Result<(), Trap> {
        if self.vm.metatable(t).is_nil() {
            self.vm.raw_set(t, Value::int(i), v)
        } else {
            self.vm.set_index(t, Value::int(i), v)
        }
    }
}

fn concat(c: &mut Call) -> Ret {
    let t = c.table(0)?;
    let sep = c.opt_str(1)?.unwrap_or(&[]);
    let first = c.opt_int(2, 1)?;
    let last = if c.arg(3).is_nil() { c.length(t)? } else { c.int(3)? };
    let mut out = Buffer::default();
    let mut i = first;
    while i <= last {
        c.vm.charge(1)?;
        let v = c.get(t, i)?;
        match v.tag() {
            Tag::Str => out.push_paid(c.vm, v.str_bytes())?,
            Tag::Int | Tag::Fixed => {
                out.room(c.vm, 32)?;
                c.vm.push_text(&mut out.bytes, v);
            }
            _ => {
                let text = alloc::format!("invalid value (at index {i}) in table for 'concat'");
                return Err(c.error(&text));
            }
        }
        if i == last {
            break;
        }
        out.push_paid(c.vm, sep)?;
        i += 1;
    }
    c.one_paid(out)
}

fn insert(c: &mut Call) -> Ret {
    let t = c.table(0)?;
    // One past the largest integer wraps, and then no position is in bounds.
    let end = c.length(t)?.wrapping_add(1);
    match c.n() {
        2 => {
            let v = c.arg(1);
            c.set(t, end, v)?;
        }
        3 => {
            let pos = c.int(1)?;
            if (pos as u64).wrapping_sub(1) >= end as u64 {
                return Err(c.bad(1, "position out of bounds"));
            }
            c.vm.charge((end as u64).wrapping_sub(pos as u64) / 4)?;
            let mut i = end;
            while i > pos {
                let v = c.get(t, i - 1)?;
                c.set(t, i, v)?;
                i -= 1;
            }
            let v = c.arg(2);
            c.set(t, pos, v)?;
        }
        _ => return Err(c.error("wrong number of arguments to 'table.insert'")),
    }
    c.none()
}

fn remove(c: &mut Call) -> Ret {
    let t = c.table(0)?;
    let size = c.length(t)?;
    let mut pos = c.opt_int(1, size)?;
    if pos != size && (pos as u64).wrapping_sub(1) > size as u64 {
        return Err(c.bad(1, "position out of bounds"));
    }
    let gone = c.get(t, pos)?;
    c.vm.charge((size as u64).wrapping_sub(pos as u64).min(size as u64) / 4)?;
    while pos < size {
        let v = c.get(t, pos + 1)?;
        c.set(t, pos, v)?;
        pos += 1;
    }
    c.set(t, pos, Value::NIL)?;
    c.one(gone)
}

fn move_(c: &mut Call) -> Ret {
    let from = c.table(0)?;
    let (first, last, to) = (c.int(1)?, c.int(2)?, c.int(3)?);
    let target = if c.arg(4).is_nil() { from } else { c.table(4)? };
    if last >= first {
        if first <= 0 && last >= i64::MAX.wrapping_add(first) {
            return Err(c.bad(2, "too many elements to move"));
        }
        let n = last - first + 1;
        if to > i64::MAX - n + 1 {
            return Err(c.bad(3, "destination wrap around"));
        }
        // Overlapping to the right within one table: from the back, so nothing is read twice.
        let backward = to > first && to <= last && c.vm.table_id(from) == c.vm.table_id(target);
        for k in 0..n {
            let k = if backward { n - 1 - k } else { k };
            c.vm.charge(1)?;
            let v = c.get(from, first + k)?;
            c.set(target, to + k, v)?;
        }
    }
    c.one(target)
}

fn pack(c: &mut Call) -> Ret {
    let n = c.n();
    c.vm.charge(n as u64)?;
    let t = c.vm.new_table(n as u32, 1)?;
    for i in 0..n {
        let v = c.arg(i);
        c.vm.raw_set(t, Value::int(i as i64 + 1), v)?;
    }
    let k = c.vm.literal("n");
    c.vm.raw_set(t, k, Value::int(n as i64))?;
    c.one(t)
}

fn unpack(c: &mut Call) -> Ret {
    let t = c.arg(0);
    let first = c.opt_int(1, 1)?;
    let last = match c.arg(2).is_nil() {
        false => c.int(2)?,
        true if t.tag() == Tag::Table => c.length(t)?,
        true => {
            c.table(0)?;
            0
        }
    };
    if first > last {
        return c.none();
    }
    let n = (last as u64).wrapping_sub(first as u64);
    if n >= MAX_REGISTERS as u64 {
        return Err(c.error("too many results to unpack"));
    }
    let n = n as usize + 1;
    c.vm.reserve(c.args, n)?;
    c.vm.charge(n as u64)?;
    let mut values = Vec::with_capacity(n);
    for k in 0..n {
        let i = Value::int(first + k as i64);
        let plain = t.tag() == Tag::Table && c.vm.metatable(t).is_nil();
        values.push(if plain { c.vm.raw_get(t, i) } else { c.vm.index(t, i)? });
    }
    c.all(&values)
}

/// The elements of argument 0, sorted.
fn sorted(c: &mut Call) -> Result<Vec<Value>, Trap> {
    let t = c.table(0)?;
    let n = c.length(t)?;
    let less = c.opt_function(1)?;
    let Ok(n) = usize::try_from(n) else { return Ok(Vec::new()) };
    if n >= i32::MAX as usize {
        return Err(c.bad(0, "array too big"));
    }
    c.vm.charge(n as u64)?;
    // The copy that is sorted counts as memory, whatever length `__len` claims.
    if 16 * n as u64 > c.vm.memory_left() {
        c.vm.charge_memory(16 * n as u64)?;
        return Err(OUT_OF_MEMORY);
    }
    c.vm.charge_memory(16 * n as u64)?;
    let mut items = Vec::with_capacity(n);
    for i in 0..n {
        let v = c.get(t, i as i64 + 1)?;
        items.push(v);
    }
    let vm = &mut *c.vm;
    match less {
        Some(f) => merge_sort(&mut items, |a, b| {
            // What a call costs, and the comparison.
            vm.charge(5)?;
            Ok(vm.call1(f, &[a, b])?.truthy())
        }),
        None => merge_sort(&mut items, |a, b| {
            vm.charge(1)?;
            match (a.as_int(), b.as_int()) {
                (Some(x), Some(y)) => Ok(x < y),
                _ => vm.less_than(a, b),
            }
        }),
    }?;
    Ok(items)
}

fn sort(c: &mut Call) -> Ret {
    let items = sorted(c)?;
    let t = c.arg(0);
    for (i, v) in items.into_iter().enumerate() {
        c.set(t, i as i64 + 1, v)?;
    }
    c.none()
}

fn dsort(c: &mut Call) -> Ret {
    let items = sorted(c)?;
    let t = c.vm.new_table(items.len() as u32, 0)?;
    c.vm.mark_array(t);
    for (i, v) in items.into_iter().enumerate() {
        c.vm.raw_set(t, Value::int(i as i64 + 1), v)?;
    }
    c.one(t)
}
