//! `rng`: generators that a program seeds and owns.

use crate::call::{Call, Ret, bind};
use gatos_num::Pcg32;
use gatos_vm::{Args, Iter, Tag, Value, Vm};

bind! {
    "rng" => rng,
}

/// A generator from the bytes of its seed.
pub fn generator(seed: &[u8]) -> Pcg32 {
    let digest = blake3::hash(seed);
    let word = |at: usize| {
        let mut w = [0u8; 8];
        w.copy_from_slice(&digest.as_bytes()[at..at + 8]);
        u64::from_le_bytes(w)
    };
    Pcg32::new(word(0), word(8))
}

fn rng(c: &mut Call) -> Ret {
    let g = match c.arg(0).tag() {
        Tag::Str => {
            let seed = c.arg(0).str_bytes();
            c.bytes(seed.len())?;
            generator(seed)
        }
        Tag::Int | Tag::Fixed => generator(&c.int(0)?.to_le_bytes()),
        _ => {
            let why = alloc::format!("string or integer expected, got {}", c.type_of(0));
            return Err(c.bad(0, &why));
        }
    };
    let (state, inc) = g.parts();
    let f = c.vm.new_iter(draw, &[Value::int(state as i64), Value::int(inc as i64)])?;
    c.one(f)
}

fn draw(vm: &mut Vm, it: Iter, args: Args) -> Ret {
    vm.charge(8)?;
    let word = |i: usize| it.get(i).as_int().unwrap_or(0) as u64;
    let mut g = Pcg32::from_parts(word(0), word(1));
    let mut c = Call { vm, args, name: "rng generator" };
    let (low, high) = match c.n() {
        0 => {
            let v = Value::fixed(g.next_fix());
            c.vm.set_slot(it, 0, Value::int(g.parts().0 as i64))?;
            return c.one(v);
        }
        1 => (1, c.int(0)?),
        2 => (c.int(0)?, c.int(1)?),
        _ => return Err(c.error("wrong number of arguments to a generator")),
    };
    match g.range(low, high) {
        Some(i) => {
            c.vm.set_slot(it, 0, Value::int(g.parts().0 as i64))?;
            c.one(Value::int(i))
        }
        None => Err(c.bad(c.n() - 1, "interval is empty")),
    }
}
