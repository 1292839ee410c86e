//! `net.cidr_*`: networks and addresses as text.

use super::cidr::{Address, Network, merge};
use crate::rgs::call::{Done, PolicyCall, Stop, bind_rgs, fail, utf8};
use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;
use gatos_vm::Value;
use gatos_vm::doc::DocKind;

bind_rgs! {
    "net.cidr_contains" => cidr_contains,
    "net.cidr_contains_matches" => cidr_contains_matches,
    "net.cidr_expand" => cidr_expand,
    "net.cidr_intersects" => cidr_intersects,
    "net.cidr_is_valid" => cidr_is_valid,
    "net.cidr_merge" => cidr_merge,
}

/// No address or network is longer; what is longer need not be looked at whole.
const LONGEST: usize = 64;

fn text(bytes: &[u8]) -> Result<&str, Stop> {
    if bytes.len() > LONGEST { fail("the text is too long for a network") } else { utf8(bytes) }
}

fn network(bytes: &[u8]) -> Result<Network, Stop> {
    Network::parse(text(bytes)?).map_err(Stop::Builtin)
}

fn holds(outer: &Network, inner: &[u8]) -> Result<bool, Stop> {
    let inner = text(inner)?;
    if let Some(address) = Address::parse(inner) {
        return Ok(outer.contains(address));
    }
    match Network::parse(inner) {
        Ok(inner) => Ok(outer.contains_all(&inner)),
        Err(_) => fail(format!("not a valid textual representation of an IP address or CIDR: {inner}")),
    }
}

fn cidr_contains(c: &mut PolicyCall) -> Done {
    let outer = network(c.bytes(0))?;
    Ok(Value::bool(holds(&outer, c.bytes(1))?))
}

fn cidr_intersects(c: &mut PolicyCall) -> Done {
    let (a, b) = (network(c.bytes(0))?, network(c.bytes(1))?);
    Ok(Value::bool(a.meets(&b)))
}

fn cidr_is_valid(c: &mut PolicyCall) -> Done {
    Ok(Value::bool(c.arg(0).as_str().is_some_and(|b| network(b).is_ok())))
}

/// The networks of an operand, each with what stands for it in the answer: a string for itself, an element by its
/// index, a member by itself, an object's value by its key. An array stands for its first element.
fn listed<'s>(c: &mut PolicyCall, i: usize) -> Result<Vec<(&'s [u8], Value)>, Stop> {
    let operand = c.arg(i);
    let pairs: Vec<(Value, Value)> = match c.kind(i) {
        DocKind::Array => {
            let items = c.items(i);
            c.charge_members(items.len())?;
            items.iter().enumerate().map(|(at, v)| (*v, Value::int(at as i64))).collect()
        }
        DocKind::Set => {
            let items = c.items(i);
            c.charge_members(items.len())?;
            items.iter().map(|v| (*v, *v)).collect()
        }
        DocKind::Object => {
            c.charge_members(c.vm.doc_len(operand))?;
            c.vm.doc_entries(operand).into_iter().map(|(k, v)| (v, k)).collect()
        }
        _ => [(operand, operand)].into(),
    };
    let mut out = Vec::with_capacity(pairs.len());
    for (value, name) in pairs {
        let first = match c.vm.doc_items(value) {
            [first, ..] if c.vm.doc_kind(value) == DocKind::Array => *first,
            _ => value,
        };
        match first.as_str() {
            Some(bytes) => out.push((bytes, name)),
            None => return fail(format!("operand {}: element must be string or non-empty array", i + 1)),
        }
    }
    Ok(out)
}

fn cidr_contains_matches(c: &mut PolicyCall) -> Done {
    let outer = listed(c, 0)?;
    let inner = listed(c, 1)?;
    // Both texts of a pair are read.
    c.charge(outer.len().saturating_mul(inner.len()).saturating_mul(8))?;
    let mut found = Vec::new();
    for (bytes, name) in outer {
        let outer = network(bytes)?;
        for (bytes, other) in &inner {
            if holds(&outer, bytes)? {
                found.push(c.array(&[name, *other])?);
            }
        }
    }
    c.set(found)
}

fn cidr_expand(c: &mut PolicyCall) -> Done {
    let network = network(c.bytes(0))?;
    // Before the first one is made, so that `::/0` ends here.
    c.charge_members(usize::try_from(network.size().saturating_mul(2)).unwrap_or(usize::MAX))?;
    let mut out = Vec::new();
    for bits in network.first.bits..=network.last() {
        let address = Address { bits, ..network.first };
        out.push(c.string(address.to_string())?);
    }
    c.set(out)
}

fn cidr_merge(c: &mut PolicyCall) -> Done {
    let items = c.items(0);
    c.charge_members(items.len().saturating_mul(4))?;
    let mut networks = Vec::with_capacity(items.len());
    for v in items {
        let Some(bytes) = v.as_str() else { return fail("element must be string") };
        networks.push(Network::parse_loosely(text(bytes)?).map_err(Stop::Builtin)?);
    }
    let mut out = Vec::new();
    for network in merge(networks) {
        c.charge(2)?;
        out.push(c.string(network.to_string())?);
    }
    c.set(out)
}
