//! `dpairs`, `dkeys`, `dvalues`: tables in the order of their keys.

use crate::call::{Call, Ret, bind};
use alloc::vec::Vec;
use gatos_vm::{Args, Iter, Trap, Value, Vm};

bind! {
    "dkeys" => dkeys,
    "dpairs" => dpairs,
    "dvalues" => dvalues,
}

/// The keys in order, and what ordering them costs: their number times its binary digits,
/// and the bytes of string keys likewise.
fn keys(c: &mut Call, t: Value) -> Result<Vec<Value>, Trap> {
    let n = c.vm.size_hint(t);
    let digits = u64::from(u64::BITS - n.leading_zeros());
    c.vm.charge(n.saturating_mul(digits))?;
    let keys = match c.vm.sorted_keys(t) {
        Ok(keys) => keys,
        Err(ty) => {
            let text = alloc::format!("a key of type {ty} has no place in the order of keys");
            return Err(c.error(&text));
        }
    };
    let bytes: u64 = keys.iter().map(|k| k.str_bytes().len() as u64).sum();
    c.vm.charge(bytes.saturating_mul(digits) / u64::from(gatos_sigs::BYTES_PER_FUEL))?;
    Ok(keys)
}

fn dpairs(c: &mut Call) -> Ret {
    let t = c.table(0)?;
    let keys = keys(c, t)?;
    let mut slots = Vec::with_capacity(keys.len() + 2);
    slots.extend([t, Value::int(2)]);
    slots.extend(keys);
    let f = c.vm.new_iter(dpairs_next, &slots)?;
    c.one(f)
}

/// Costs nothing beside its ops: `dpairs` paid for every key.
fn dpairs_next(vm: &mut Vm, it: Iter, args: Args) -> Ret {
    let t = it.get(0);
    let mut at = it.get(1).as_int().and_then(|i| usize::try_from(i).ok()).unwrap_or(usize::MAX);
    while at < it.len() {
        let k = it.get(at);
        at += 1;
        let v = vm.raw_get(t, k);
        if !v.is_nil() {
            vm.set_slot(it, 1, Value::int(at as i64))?;
            return vm.ret_all(args, &[k, v]);
        }
    }
    vm.set_slot(it, 1, Value::int(i64::try_from(at).unwrap_or(i64::MAX)))?;
    vm.ret1(args, Value::NIL)
}

fn listed(c: &mut Call, values: bool) -> Ret {
    let t = c.table(0)?;
    let keys = keys(c, t)?;
    let out = c.vm.new_table(keys.len() as u32, 0)?;
    c.vm.mark_array(out);
    for (i, k) in keys.into_iter().enumerate() {
        let v = if values { c.vm.raw_get(t, k) } else { k };
        c.vm.raw_set(out, Value::int(i as i64 + 1), v)?;
    }
    c.one(out)
}

fn dkeys(c: &mut Call) -> Ret {
    listed(c, false)
}

fn dvalues(c: &mut Call) -> Ret {
    listed(c, true)
}
