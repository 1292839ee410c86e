//! `gatos.trust`: lookups in the trust graph, and what grants give at a moment.
//!
//! Documents have the form of `gatos/trust/graph.json` and `gatos/trust/grants/<ulid>.json`. Signatures are not
//! checked here: a gate passes only what it has verified. A document of another form is an error, never silence.

use super::names::{distance, instant, written};
use super::refs::ulid_ms;
use crate::rgs::call::{Done, PolicyCall, Stop, bind_rgs, fail, utf8};
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use gatos_vm::Value;
use gatos_vm::doc::DocKind;

bind_rgs! {
    "gatos.trust.actor_missing" => actor_missing,
    "gatos.trust.caps_of" => caps_of,
    "gatos.trust.grants_for" => grants_for,
    "gatos.trust.grants_refused" => grants_refused,
    "gatos.trust.groups_of" => groups_of,
    "gatos.trust.in_group" => in_group,
    "gatos.trust.is_actor" => is_actor,
    "gatos.trust.is_root" => is_root,
    "gatos.trust.member_missing" => member_missing,
    "gatos.trust.members" => members,
    "gatos.trust.root_missing" => root_missing,
    "gatos.trust.threshold" => threshold,
}

/// How many names a text lists.
const LISTED: usize = 12;

/// A trust graph's parts; absent ones are nil and hold nothing.
pub(super) struct Graph {
    actors: Value,
    groups: Value,
    roots: Value,
}

/// A group as the graph writes it.
pub(super) struct GroupDoc<'a> {
    pub(super) members: Vec<&'a [u8]>,
    pub(super) threshold: Option<u64>,
}

fn part(c: &mut PolicyCall, doc: Value, field: &str, kind: DocKind, whole: &str) -> Result<Value, Stop> {
    let v = c.vm.doc_get_str(doc, field);
    if v.is_nil() || c.vm.doc_kind(v) == kind {
        return Ok(v);
    }
    fail(format!("{whole}: `{field}` should be {}, not {}", kind.name(), c.name_of(v)))
}

fn strings<'a>(c: &mut PolicyCall, list: Value, what: &str) -> Result<Vec<&'a [u8]>, Stop> {
    let items = c.vm.doc_items(list);
    c.charge_members(items.len())?;
    let mut out = Vec::with_capacity(items.len());
    for v in items {
        match v.as_str() {
            Some(s) => out.push(s),
            None => return fail(format!("{what} should be strings, not {}", c.name_of(*v))),
        }
    }
    Ok(out)
}

impl Graph {
    /// The graph of an operand.
    pub(super) fn operand(c: &mut PolicyCall, i: usize) -> Result<Graph, Stop> {
        let doc = c.arg(i);
        let whole = "the trust graph";
        Ok(Graph {
            actors: part(c, doc, "actors", DocKind::Object, whole)?,
            groups: part(c, doc, "groups", DocKind::Object, whole)?,
            roots: part(c, doc, "roots", DocKind::Array, whole)?,
        })
    }

    /// A group by name.
    pub(super) fn group<'a>(&self, c: &mut PolicyCall, name: &str) -> Result<Option<GroupDoc<'a>>, Stop> {
        c.charge_bytes(name.len())?;
        let doc = c.vm.doc_get_str(self.groups, name);
        if doc.is_nil() { Ok(None) } else { Graph::group_doc(c, doc).map(Some) }
    }

    fn group_doc<'a>(c: &mut PolicyCall, doc: Value) -> Result<GroupDoc<'a>, Stop> {
        let whole = "a group of the trust graph";
        if c.vm.doc_kind(doc) != DocKind::Object {
            return fail(format!("{whole} should be object, not {}", c.name_of(doc)));
        }
        let members = part(c, doc, "members", DocKind::Array, whole)?;
        let members = strings(c, members, "members of a group")?;
        let threshold = part(c, doc, "threshold", DocKind::Number, whole)?;
        let threshold = match threshold.as_num() {
            None => None,
            Some(n) => match n.to_int().and_then(|n| u64::try_from(n).ok()) {
                Some(n) if n > 0 => Some(n),
                _ => return fail(format!("{whole}: `threshold` should be at least 1")),
            },
        };
        Ok(GroupDoc { members, threshold })
    }

    /// Whether an actor has a key that is in use.
    fn has_actor(&self, c: &mut PolicyCall, actor: &str) -> Result<bool, Stop> {
        c.charge_bytes(actor.len())?;
        let doc = c.vm.doc_get_str(self.actors, actor);
        if doc.is_nil() {
            return Ok(false);
        }
        let keys = part(c, doc, "keys", DocKind::Array, "an actor of the trust graph")?;
        Ok(!c.vm.doc_items(keys).is_empty())
    }

    fn has_root(&self, c: &mut PolicyCall, actor: &[u8]) -> Result<bool, Stop> {
        Ok(strings(c, self.roots, "roots of the trust graph")?.contains(&actor))
    }
}

fn no_group<T>(name: &str) -> Result<T, Stop> {
    fail(format!("there is no group `{name}` in the trust graph"))
}

/// `a, b and 3 more`.
fn listing(names: &[&[u8]]) -> String {
    let mut out: Vec<String> = names.iter().take(LISTED).map(|n| String::from_utf8_lossy(n).into_owned()).collect();
    if names.len() > LISTED {
        out.push(format!("{} more", names.len() - LISTED));
    }
    out.join(", ")
}

fn is_actor(c: &mut PolicyCall) -> Done {
    let graph = Graph::operand(c, 0)?;
    let actor = c.str(1)?;
    Ok(Value::bool(graph.has_actor(c, actor)?))
}

fn actor_missing(c: &mut PolicyCall) -> Done {
    let graph = Graph::operand(c, 0)?;
    let actor = c.str(1)?;
    if graph.has_actor(c, actor)? {
        return c.string("");
    }
    c.charge_output(actor.len())?;
    c.string(format!("{actor} has no key in the trust graph"))
}

fn is_root(c: &mut PolicyCall) -> Done {
    let graph = Graph::operand(c, 0)?;
    Ok(Value::bool(graph.has_root(c, c.bytes(1))?))
}

fn root_missing(c: &mut PolicyCall) -> Done {
    let graph = Graph::operand(c, 0)?;
    let actor = c.str(1)?;
    let roots = strings(c, graph.roots, "roots of the trust graph")?;
    if roots.contains(&actor.as_bytes()) {
        return c.string("");
    }
    c.charge_output(actor.len())?;
    c.string(if roots.is_empty() {
        format!("{actor} is no root: the trust graph has none")
    } else {
        format!("{actor} is no root; these are: {}", listing(&roots))
    })
}

fn in_group(c: &mut PolicyCall) -> Done {
    let graph = Graph::operand(c, 0)?;
    let (actor, name) = (c.bytes(1), c.str(2)?);
    let group = graph.group(c, name)?;
    Ok(Value::bool(group.is_some_and(|g| g.members.contains(&actor))))
}

fn member_missing(c: &mut PolicyCall) -> Done {
    let graph = Graph::operand(c, 0)?;
    let (actor, name) = (c.str(1)?, c.str(2)?);
    c.charge_output(actor.len() + name.len())?;
    let text = match graph.group(c, name)? {
        None => format!("there is no group `{name}` in the trust graph"),
        Some(group) if group.members.contains(&actor.as_bytes()) => String::new(),
        Some(group) if group.members.is_empty() => format!("{actor} is not in `{name}`, which is empty"),
        Some(group) => format!("{actor} is not in `{name}`: {}", listing(&group.members)),
    };
    c.string(text)
}

fn members(c: &mut PolicyCall) -> Done {
    let graph = Graph::operand(c, 0)?;
    let name = c.str(1)?;
    let doc = c.vm.doc_get_str(graph.groups, name);
    if doc.is_nil() {
        return no_group(name);
    }
    Graph::group_doc(c, doc)?;
    let members = c.vm.doc_get_str(doc, "members");
    let members = c.vm.doc_items(members).to_vec();
    c.set(members)
}

fn threshold(c: &mut PolicyCall) -> Done {
    let graph = Graph::operand(c, 0)?;
    let name = c.str(1)?;
    match graph.group(c, name)? {
        None => no_group(name),
        Some(GroupDoc { threshold: None, .. }) => fail(format!("the group `{name}` has no threshold")),
        Some(GroupDoc { threshold: Some(n), .. }) => Ok(Value::int(i64::try_from(n).unwrap_or(i64::MAX))),
    }
}

fn groups_of(c: &mut PolicyCall) -> Done {
    let graph = Graph::operand(c, 0)?;
    let actor = c.bytes(1);
    c.charge_members(c.vm.doc_len(graph.groups))?;
    let mut out = Vec::new();
    for (name, doc) in c.vm.doc_entries(graph.groups) {
        if Graph::group_doc(c, doc)?.members.contains(&actor) {
            out.push(name);
        }
    }
    c.set(out)
}

/// What a grant says, as far as it matters here.
struct Grant<'a> {
    ulid: &'a str,
    subject: &'a str,
    caps: &'a [Value],
    /// From when it counts.
    start: i64,
    /// Until when, exclusive.
    end: Option<i64>,
    revokes: Option<&'a str>,
}

fn text_field<'a>(c: &mut PolicyCall, doc: Value, field: &str) -> Result<Option<&'a str>, Stop> {
    match part(c, doc, field, DocKind::String, "a grant")?.as_str() {
        Some(bytes) => utf8(bytes).map(Some),
        None => Ok(None),
    }
}

fn time_field(c: &mut PolicyCall, doc: Value, field: &str) -> Result<Option<i64>, Stop> {
    text_field(c, doc, field)?.map(instant).transpose()
}

impl<'a> Grant<'a> {
    fn read(c: &mut PolicyCall, doc: Value) -> Result<Grant<'a>, Stop> {
        // Eight fields are looked up.
        c.charge(8)?;
        if c.vm.doc_kind(doc) != DocKind::Object {
            return fail(format!("a grant should be object, not {}", c.name_of(doc)));
        }
        let ulid = text_field(c, doc, "ulid")?;
        let made = match ulid.map(ulid_ms) {
            None => i64::MIN,
            Some(Some(ms)) => ms.saturating_mul(1_000_000),
            Some(None) => return fail("a grant: `ulid` is not a ULID"),
        };
        let caps = part(c, doc, "caps", DocKind::Array, "a grant")?;
        strings(c, caps, "capabilities of a grant")?;
        let from = time_field(c, doc, "not_before")?.unwrap_or(i64::MIN);
        Ok(Grant {
            ulid: ulid.unwrap_or("(without ulid)"),
            subject: text_field(c, doc, "subject")?.unwrap_or(""),
            caps: c.vm.doc_items(caps),
            start: made.max(from),
            end: time_field(c, doc, "exp")?,
            revokes: text_field(c, doc, "revokes")?,
        })
    }

    /// Why it does not count now.
    fn fault(&self, now: i64, revoked: &BTreeMap<&str, &str>) -> Option<String> {
        if let Some(by) = revoked.get(self.ulid) {
            return Some(format!("revoked by {by}"));
        }
        if let Some(end) = self.end.filter(|end| *end <= now) {
            let late = if end == now { String::from("now") } else { format!("{} now", distance(end, now)) };
            return Some(format!("expired at {}, {late}", written(end)));
        }
        (self.start > now).then(|| format!("counts from {} on", written(self.start)))
    }
}

/// All grants of an operand, and which of them are revoked at a moment: by which.
type Sorted<'a> = (Vec<Grant<'a>>, BTreeMap<&'a str, &'a str>);

fn sorted<'a>(c: &mut PolicyCall, i: usize, now: i64) -> Result<Sorted<'a>, Stop> {
    let items = c.items(i);
    c.charge_members(items.len().saturating_mul(4))?;
    let mut grants = Vec::with_capacity(items.len());
    for v in items {
        grants.push(Grant::read(c, *v)?);
    }
    let revoked = grants.iter().filter(|g| g.start <= now).filter_map(|g| Some((g.revokes?, g.ulid))).collect();
    grants.retain(|g| g.revokes.is_none());
    Ok((grants, revoked))
}

fn now(c: &mut PolicyCall, i: usize) -> Result<i64, Stop> {
    c.num(i).to_int().map_or_else(|| fail("timestamp too big"), Ok)
}

fn caps_where(c: &mut PolicyCall, grants: usize, now: i64, mut meant: impl FnMut(&str) -> bool) -> Done {
    let (grants, revoked) = sorted(c, grants, now)?;
    let mut out = Vec::new();
    for grant in grants {
        if meant(grant.subject) && grant.fault(now, &revoked).is_none() {
            c.charge_members(grant.caps.len())?;
            out.extend_from_slice(grant.caps);
        }
    }
    c.set(out)
}

fn grants_for(c: &mut PolicyCall) -> Done {
    let actor = c.str(1)?;
    let now = now(c, 2)?;
    caps_where(c, 0, now, |subject| subject == actor)
}

fn caps_of(c: &mut PolicyCall) -> Done {
    let graph = Graph::operand(c, 0)?;
    let actor = c.str(2)?;
    let now = now(c, 3)?;
    if graph.has_root(c, actor.as_bytes())? {
        let all = c.string("*")?;
        return c.set(Vec::from([all]));
    }
    let mut groups = Vec::new();
    c.charge_members(c.vm.doc_len(graph.groups))?;
    for (name, doc) in c.vm.doc_entries(graph.groups) {
        if Graph::group_doc(c, doc)?.members.contains(&actor.as_bytes()) {
            groups.push(name.str_bytes());
        }
    }
    let means = |subject: &str| match subject.strip_prefix("group:") {
        Some(group) => groups.contains(&group.as_bytes()),
        None => subject == actor,
    };
    caps_where(c, 1, now, means)
}

fn grants_refused(c: &mut PolicyCall) -> Done {
    let actor = c.str(1)?;
    let now = now(c, 2)?;
    let (grants, revoked) = sorted(c, 0, now)?;
    let mut out = Vec::new();
    for grant in grants.iter().filter(|g| g.subject == actor) {
        if let Some(fault) = grant.fault(now, &revoked) {
            c.charge_members(4)?;
            out.push(c.string(format!("{}: {fault}", grant.ulid))?);
        }
    }
    c.set(out)
}
