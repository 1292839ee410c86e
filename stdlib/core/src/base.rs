//! The functions without a table, but for those that go by order (`dorder.rs`) and `rng`.

use crate::call::{Buffer, Call, Ret, bind};
use gatos_num::{tonumber as read, tonumber_base};
use gatos_vm::native::NativeFn;
use gatos_vm::{Args, Special, Tag, Trap, TrapKind, Value, Vm};

bind! {
    "assert" => assert,
    "error" => error,
    "getmetatable" => getmetatable,
    "ipairs" => ipairs,
    "print" => print,
    "rawequal" => rawequal,
    "rawget" => rawget,
    "rawlen" => rawlen,
    "rawset" => rawset,
    "select" => select,
    "setmetatable" => setmetatable,
    "tonumber" => tonumber,
    "tostring" => tostring,
    "type" => type_,
}

/// What the machine does itself: protected calls, which need its frames, and the step of
/// `ipairs`, whose name no program can spell.
pub(crate) const SPECIAL: &[(&str, NativeFn, Special)] = &[
    ("pcall", protected, Special::Pcall),
    ("xpcall", protected, Special::Xpcall),
    ("(next of ipairs)", ipairs_next, Special::IpairsNext),
];

/// Never reached: the machine begins protected calls without calling this.
fn protected(vm: &mut Vm, _args: Args) -> Ret {
    Err(vm.error("a protected call outside the machine"))
}

/// Costs nothing, as a round of `ipairs` inside a `for` pays by its ops alone.
fn ipairs_next(vm: &mut Vm, args: Args) -> Ret {
    let (t, i) = (vm.arg(args, 0), vm.arg(args, 1).as_int().unwrap_or(0).wrapping_add(1));
    let v = vm.index(t, Value::int(i))?;
    if v.is_nil() { vm.ret1(args, Value::NIL) } else { vm.ret_all(args, &[Value::int(i), v]) }
}

fn assert(c: &mut Call) -> Ret {
    if c.any(0)?.truthy() {
        // Results begin one place below the arguments, so going up overwrites nothing unread.
        for i in 0..c.n() {
            let v = c.arg(i);
            c.vm.ret(c.args, i, v);
        }
        return Ok(c.n() as u32);
    }
    if c.n() > 1 { Err(Trap(TrapKind::Error(c.arg(1)))) } else { Err(c.error("assertion failed!")) }
}

fn error(c: &mut Call) -> Ret {
    Err(Trap(TrapKind::Error(c.arg(0))))
}

fn ipairs(c: &mut Call) -> Ret {
    let t = c.any(0)?;
    let f = c.vm.ipairs_next();
    c.all(&[f, t, Value::int(0)])
}

fn print(c: &mut Call) -> Ret {
    let mut line = Buffer::default();
    for i in 0..c.n() {
        if i > 0 {
            line.push(c.vm, b"\t")?;
        }
        let v = c.arg(i);
        let plain = matches!(v.tag(), Tag::Closure | Tag::Native | Tag::Iter)
            || (v.tag() == Tag::Table && c.vm.meta_field(v, "__tostring").is_nil());
        let text = if plain { v.type_name().as_bytes() } else { c.text_of(v)? };
        c.bytes(text.len())?;
        line.push(c.vm, text)?;
    }
    c.vm.log(&line.bytes);
    c.none()
}

fn rawequal(c: &mut Call) -> Ret {
    let (a, b) = (c.any(0)?, c.any(1)?);
    if a.str_bytes().len() == b.str_bytes().len() {
        c.bytes(a.str_bytes().len())?;
    }
    c.one(Value::bool(a.raw_equals(b)))
}

fn rawget(c: &mut Call) -> Ret {
    let (t, k) = (c.table(0)?, c.any(1)?);
    c.bytes(k.str_bytes().len())?;
    let v = c.vm.raw_get(t, k);
    c.one(v)
}

fn rawlen(c: &mut Call) -> Ret {
    let v = c.arg(0);
    match v.tag() {
        Tag::Table => {
            let n = c.vm.border(v);
            c.one(Value::int(n))
        }
        Tag::Str => c.one(Value::int(v.str_bytes().len() as i64)),
        _ => Err(c.bad(0, "table or string expected")),
    }
}

fn rawset(c: &mut Call) -> Ret {
    let (t, k, v) = (c.table(0)?, c.any(1)?, c.any(2)?);
    c.bytes(k.str_bytes().len())?;
    c.vm.raw_set(t, k, v)?;
    c.one(t)
}

fn select(c: &mut Call) -> Ret {
    let total = c.n() as i64 - 1;
    if c.arg(0).as_str() == Some(b"#") {
        return c.one(Value::int(total));
    }
    let n = c.int(0)?;
    let from = if n < 0 { total.saturating_add(n).saturating_add(1) } else { n };
    if from < 1 {
        return Err(c.bad(0, "index out of range"));
    }
    let count = usize::try_from(total.saturating_sub(from).saturating_add(1)).unwrap_or(0);
    c.per(count, 8)?;
    for k in 0..count {
        let v = c.arg(from as usize + k);
        c.vm.ret(c.args, k, v);
    }
    Ok(count as u32)
}

/// Fields of a metatable that would make a difference between runs, or that nothing heeds.
const REFUSED_FIELDS: [(&str, &str); 4] = [
    ("__gc", "'__gc' is not available: when a table is freed differs from run to run"),
    ("__mode", "'__mode' is not available: when a weak entry goes away differs from run to run"),
    ("__close", "'__close' is not available: there are no to-be-closed variables"),
    ("__pairs", "'__pairs' is not available: dpairs visits the keys of the table itself"),
];

fn setmetatable(c: &mut Call) -> Ret {
    let t = c.table(0)?;
    let meta = c.arg(1);
    match meta.tag() {
        Tag::Table => {
            for (field, why) in REFUSED_FIELDS {
                let k = c.vm.literal(field);
                if !c.vm.raw_get(meta, k).is_nil() {
                    return Err(c.error(why));
                }
            }
        }
        Tag::Nil if c.n() > 1 => {}
        _ => return Err(c.bad(1, "nil or table expected")),
    }
    if !c.vm.meta_field(t, "__metatable").is_nil() {
        return Err(c.error("cannot change a protected metatable"));
    }
    c.vm.set_metatable(t, meta)?;
    c.one(t)
}

fn getmetatable(c: &mut Call) -> Ret {
    let v = c.any(0)?;
    let shown = c.vm.meta_field(v, "__metatable");
    let m = if shown.is_nil() { c.vm.metatable(v) } else { shown };
    c.one(m)
}

fn tonumber(c: &mut Call) -> Ret {
    let v = c.any(0)?;
    if c.arg(1).is_nil() {
        c.bytes(v.str_bytes().len())?;
        let n = v.as_num().or_else(|| v.as_str().and_then(read));
        return c.one(n.map_or(Value::NIL, Value::num));
    }
    let base = c.int(1)?;
    let Some(text) = v.as_str() else {
        let why = alloc::format!("string expected, got {}", v.type_name());
        return Err(c.bad(0, &why));
    };
    let Some(base) = u32::try_from(base).ok().filter(|b| (2..=36).contains(b)) else {
        return Err(c.bad(1, "base out of range"));
    };
    c.bytes(text.len())?;
    c.one(tonumber_base(text, base).map_or(Value::NIL, Value::int))
}

fn tostring(c: &mut Call) -> Ret {
    let v = c.any(0)?;
    let s = c.tostring(v)?;
    c.one(s)
}

fn type_(c: &mut Call) -> Ret {
    let name = c.any(0)?.type_name();
    let v = c.vm.literal(name);
    c.one(v)
}
