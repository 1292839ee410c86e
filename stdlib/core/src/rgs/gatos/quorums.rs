//! `gatos.quorum`: expressions over approvers and the groups of the trust graph.

use super::quorum::{Group, Tally, parse};
use super::trust::Graph;
use crate::rgs::call::{Done, PolicyCall, Stop, bind_rgs, fail, utf8};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::ToString;
use gatos_vm::Value;

bind_rgs! {
    "gatos.quorum.count" => count,
    "gatos.quorum.met" => met,
    "gatos.quorum.missing" => missing,
}

/// Expressions are written by people.
const LONGEST: usize = 4096;

fn tally(c: &mut PolicyCall) -> Result<Tally, Stop> {
    let expression = c.str(0)?;
    if expression.len() > LONGEST {
        return fail("a quorum expression has at most 4096 bytes");
    }
    // Alternatives are compared with each other.
    c.charge(expression.len())?;
    let expr = parse(expression).map_err(Stop::Builtin)?;
    let mut approvers = BTreeSet::new();
    for bytes in c.strings(1, "array or set of strings")? {
        approvers.insert(utf8(bytes)?);
    }
    let graph = Graph::operand(c, 2)?;
    let mut names = BTreeSet::new();
    expr.groups(&mut names);
    let mut groups = BTreeMap::new();
    for name in names {
        let Some(group) = graph.group(c, name)? else { continue };
        let mut members = BTreeSet::new();
        for member in group.members {
            members.insert(utf8(member)?.to_string());
        }
        // Counted once here; an expression that names the group again counts it again.
        c.charge(members.len().saturating_mul(1 + expression.len() / 8))?;
        groups.insert(name.to_string(), Group { members, threshold: group.threshold });
    }
    expr.tally(&approvers, &groups).map_err(Stop::Builtin)
}

fn met(c: &mut PolicyCall) -> Done {
    Ok(Value::bool(tally(c)?.met()))
}

fn count(c: &mut PolicyCall) -> Done {
    Ok(Value::int(i64::try_from(tally(c)?.have).unwrap_or(i64::MAX)))
}

fn missing(c: &mut PolicyCall) -> Done {
    let text = tally(c)?.missing();
    c.string(text)
}
