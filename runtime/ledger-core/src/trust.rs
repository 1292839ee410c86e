//! The trust graph: which keys speak for which actor, who stands in which group, and whose word is final.
//! Canonical JSON in `gatos/trust/graph.json`; [`crate::authority`] reads and changes it in `refs/gatos/trust`.
//!
//! ```json
//! {"v":1,
//!  "actors":{"user:ann":{"keys":["ed25519:…"],"retired":[{"key":"ed25519:…","until":"2026-06-01T00:00:00Z"}]}},
//!  "groups":{"leads":{"members":["user:ann","user:bob"],"threshold":2}},
//!  "roots":["user:ann"]}
//! ```
//!
//! `retired` keys still verify what was signed up to `until`, by the time of its ULID; `threshold` is how many
//! members act for the group; `roots` may change this graph, install policies and issue grants. What is empty is
//! left out, so that graphs from before there were roots keep their bytes.

use alloc::borrow::ToOwned;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use gatos_canon::{Map, Value};

use crate::key::PublicKey;
use crate::model::ActorId;
use crate::text::find_denormal;
use crate::time::{ms_to_rfc3339, rfc3339_to_ms};

pub use crate::authority::{add_key, read};

/// Where the graph lies in the trust commit.
pub const GRAPH_FILE: &str = "gatos/trust/graph.json";
/// Where grants lie in the trust commit.
pub const GRANTS_DIR: &str = "gatos/trust/grants/";

/// The longest name of a group.
const MAX_GROUP: usize = 64;

/// The keys of an actor.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ActorKeys {
    /// Keys in use.
    pub keys: BTreeSet<PublicKey>,
    /// Keys no longer in use, with the last millisecond that they speak for.
    pub retired: BTreeMap<PublicKey, u64>,
}

/// A group of actors.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Group {
    /// Who belongs to it.
    pub members: BTreeSet<ActorId>,
    /// How many of them act for it; one when it is not said.
    pub threshold: Option<u32>,
}

impl From<BTreeSet<ActorId>> for Group {
    fn from(members: BTreeSet<ActorId>) -> Group {
        Group { members, threshold: None }
    }
}

impl<const N: usize> From<[ActorId; N]> for Group {
    fn from(members: [ActorId; N]) -> Group {
        BTreeSet::from(members).into()
    }
}

/// Actors with their keys, groups of actors, and the roots of all authority.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct TrustGraph {
    /// Keys by actor.
    pub actors: BTreeMap<ActorId, ActorKeys>,
    /// Members by group.
    pub groups: BTreeMap<String, Group>,
    /// Who may change the graph, install policies and issue grants.
    pub roots: BTreeSet<ActorId>,
}

/// Why a trust graph could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustError {
    /// Where in the document.
    pub place: String,
    /// What is wrong.
    pub reason: String,
}

impl fmt::Display for TrustError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{GRAPH_FILE}: {}: {}", self.place, self.reason)
    }
}

impl core::error::Error for TrustError {}

fn wrong(place: &str, reason: impl fmt::Display) -> TrustError {
    TrustError { place: place.to_owned(), reason: reason.to_string() }
}

fn map_at<'a>(value: Option<&'a Value>, place: &str) -> Result<&'a Map, TrustError> {
    value.and_then(Value::as_map).ok_or_else(|| wrong(place, "an object belongs here"))
}

fn list_at<'a>(value: Option<&'a Value>, place: &str) -> Result<&'a [Value], TrustError> {
    value.and_then(Value::as_array).ok_or_else(|| wrong(place, "a list belongs here"))
}

fn texts_at<'a>(value: Option<&'a Value>, place: &str) -> Result<Vec<&'a str>, TrustError> {
    let items = value.and_then(Value::as_array).ok_or_else(|| wrong(place, "a list of strings belongs here"))?;
    items.iter().map(|item| item.as_text().ok_or_else(|| wrong(place, "a string belongs here"))).collect()
}

fn actors_at(value: Option<&Value>, place: &str) -> Result<BTreeSet<ActorId>, TrustError> {
    texts_at(value, place)?.into_iter().map(|text| ActorId::parse(text).map_err(|e| wrong(place, e))).collect()
}

fn only(map: &Map, place: &str, known: &[&str]) -> Result<(), TrustError> {
    match map.iter().find(|(name, _)| !known.contains(name)) {
        Some((name, _)) => Err(wrong(place, format_args!("`{name}` is not known here"))),
        None => Ok(()),
    }
}

/// Why a text cannot name a group; `None` when it can.
pub fn group_fault(name: &str) -> Option<&'static str> {
    if name.is_empty() || name.len() > MAX_GROUP {
        return Some("the name of a group has 1 to 64 bytes");
    }
    if name.chars().any(|c| c.is_control() || c.is_whitespace() || matches!(c, ':' | '@' | '"' | '*')) {
        return Some("the name of a group has no spaces, quotes, colons, `@` or `*`");
    }
    None
}

impl TrustGraph {
    /// The keys in use by an actor.
    pub fn keys(&self, actor: &ActorId) -> impl Iterator<Item = &PublicKey> {
        self.actors.get(actor).into_iter().flat_map(|entry| &entry.keys)
    }

    /// The keys that speak for an actor about something made at a time: those in use, and those retired later.
    pub fn keys_at(&self, actor: &ActorId, time_ms: u64) -> impl Iterator<Item = &PublicKey> {
        let retired = self.actors.get(actor).into_iter().flat_map(|entry| &entry.retired);
        self.keys(actor).chain(retired.filter(move |(_, until)| time_ms <= **until).map(|(key, _)| key))
    }

    /// The graph without the keys that were retired before a time. What is new must hold by it: the time in a ULID is
    /// the signer's word, so whoever stole a retired key would date back what it signs.
    pub fn without_retired(&self, before_ms: u64) -> TrustGraph {
        let mut graph = self.clone();
        for entry in graph.actors.values_mut() {
            entry.retired.retain(|_, until| *until >= before_ms);
        }
        graph
    }

    /// Why a key cannot begin to speak for an actor, with what to do; `None` when it can, or does already.
    pub fn key_fault(&self, actor: &ActorId, key: &PublicKey) -> Option<String> {
        if let Some(until) = self.actors.get(actor).and_then(|entry| entry.retired.get(key)) {
            // What it signed since then would begin to count.
            return Some(format!(
                "{key} is retired since {} and never comes back; make a new key where {actor} signs: `gatos key rotate`",
                ms_to_rfc3339(*until)
            ));
        }
        let of_other = |(other, entry): &(&ActorId, &ActorKeys)| {
            *other != actor && (entry.keys.contains(key) || entry.retired.contains_key(key))
        };
        let (other, _) = self.actors.iter().find(of_other)?;
        Some(format!(
            "{key} is the key of {other}, and a key speaks for one actor; make one for {actor}: `gatos key new {actor}`"
        ))
    }

    /// Adds a key; false when it was there, in use or retired: a retired key never comes back.
    pub fn add_key(&mut self, actor: &ActorId, key: PublicKey) -> bool {
        let entry = self.actors.entry(actor.clone()).or_default();
        !entry.retired.contains_key(&key) && entry.keys.insert(key)
    }

    /// Puts a key in the place of all keys in use, which from then on speak for the time up to `until_ms` only. With
    /// a key that was retired before, nothing happens.
    pub fn rotate(&mut self, actor: &ActorId, key: PublicKey, until_ms: u64) {
        let entry = self.actors.entry(actor.clone()).or_default();
        if entry.retired.contains_key(&key) {
            return;
        }
        let old = core::mem::take(&mut entry.keys);
        entry.retired.extend(old.into_iter().filter(|old| *old != key).map(|old| (old, until_ms)));
        entry.keys.insert(key);
    }

    /// Whether an actor's word is final.
    pub fn is_root(&self, actor: &ActorId) -> bool {
        self.roots.contains(actor)
    }

    /// The groups that an actor belongs to.
    pub fn groups_of<'a>(&'a self, actor: &'a ActorId) -> impl Iterator<Item = &'a str> {
        self.groups.iter().filter(|(_, group)| group.members.contains(actor)).map(|(name, _)| name.as_str())
    }

    /// The document.
    pub fn to_value(&self) -> Value {
        let texts = |items: Vec<String>| Value::Array(items.into_iter().map(Value::Text).collect());
        let retired = |(key, until): (&PublicKey, &u64)| {
            Value::Map(Map::from_iter([("key", key.to_string()), ("until", ms_to_rfc3339(*until))]))
        };
        let actors: Map = (self.actors.iter())
            .map(|(actor, entry)| {
                let mut map = Map::new();
                map.insert("keys", texts(entry.keys.iter().map(PublicKey::to_string).collect()));
                if !entry.retired.is_empty() {
                    map.insert("retired", Value::Array(entry.retired.iter().map(retired).collect()));
                }
                (actor.to_string(), map)
            })
            .collect();
        let groups: Map = (self.groups.iter())
            .map(|(name, group)| {
                let mut map = Map::new();
                map.insert("members", texts(group.members.iter().map(ActorId::to_string).collect()));
                if let Some(threshold) = group.threshold {
                    map.insert("threshold", i64::from(threshold));
                }
                (name.clone(), map)
            })
            .collect();
        let mut whole = Map::new();
        whole.insert("v", 1);
        whole.insert("actors", actors);
        whole.insert("groups", groups);
        if !self.roots.is_empty() {
            whole.insert("roots", texts(self.roots.iter().map(ActorId::to_string).collect()));
        }
        Value::Map(whole)
    }

    /// The stored bytes.
    pub fn to_json(&self) -> Vec<u8> {
        self.to_value().to_json_string().into_bytes()
    }

    /// Reads a graph. People edit this file, so spacing and order are free; unknown fields are not.
    pub fn from_json(bytes: &[u8]) -> Result<TrustGraph, TrustError> {
        TrustGraph::from_value(&Value::from_json_bytes(bytes).map_err(|e| wrong("document", e))?)
    }

    /// Reads a graph from its document.
    pub fn from_value(value: &Value) -> Result<TrustGraph, TrustError> {
        if let Some(text) = find_denormal(value) {
            return Err(wrong("document", format_args!("{text:?} is not in Unicode's form NFC; write it composed")));
        }
        let whole = map_at(Some(value), "document")?;
        only(whole, "document", &["v", "actors", "groups", "roots"])?;
        if whole.get("v") != Some(&Value::Int(1)) {
            return Err(wrong("v", "this program knows version 1"));
        }
        let mut graph = TrustGraph::default();
        for (name, entry) in map_at(whole.get("actors"), "actors")?.iter() {
            let actor = ActorId::parse(name).map_err(|e| wrong("actors", e))?;
            graph.actors.insert(actor, read_actor(name, entry)?);
        }
        for (name, entry) in map_at(whole.get("groups"), "groups")?.iter() {
            graph.groups.insert(name.to_owned(), read_group(name, entry)?);
        }
        if let Some(roots) = whole.get("roots") {
            graph.roots = actors_at(Some(roots), "roots")?;
            if let Some(root) = graph.roots.iter().find(|root| graph.keys(root).next().is_none()) {
                return Err(wrong(
                    "roots",
                    format_args!("{root} has no key under `actors`, so nobody could act as it"),
                ));
            }
        }
        Ok(graph)
    }
}

fn read_actor(name: &str, entry: &Value) -> Result<ActorKeys, TrustError> {
    let entry = map_at(Some(entry), name)?;
    only(entry, name, &["keys", "retired"])?;
    let key = |text: &str| text.parse::<PublicKey>().map_err(|e| wrong(name, e));
    let mut out = ActorKeys::default();
    for text in texts_at(entry.get("keys"), name)? {
        out.keys.insert(key(text)?);
    }
    if let Some(retired) = entry.get("retired") {
        for item in list_at(Some(retired), name)? {
            let item = map_at(Some(item), name)?;
            only(item, name, &["key", "until"])?;
            let text = |field: &str| {
                let text = item.get(field).and_then(Value::as_text);
                text.ok_or_else(|| {
                    wrong(name, format_args!("a retired key has `key` and `until`; `{field}` is missing"))
                })
            };
            let public = key(text("key")?)?;
            let until = rfc3339_to_ms(text("until")?).and_then(|ms| u64::try_from(ms).ok());
            let until = until.ok_or_else(|| wrong(name, "`until` is a time such as `2026-06-01T00:00:00Z`"))?;
            if out.keys.contains(&public) {
                return Err(wrong(name, format_args!("{public} is in use and retired at once; keep it in one list")));
            }
            out.retired.insert(public, until);
        }
    }
    Ok(out)
}

fn read_group(name: &str, entry: &Value) -> Result<Group, TrustError> {
    if let Some(fault) = group_fault(name) {
        return Err(wrong(&format!("groups: {name:?}"), fault));
    }
    let entry = map_at(Some(entry), name)?;
    only(entry, name, &["members", "threshold"])?;
    let members = actors_at(entry.get("members"), name)?;
    let threshold = match entry.get("threshold") {
        None => None,
        Some(value) => {
            let n = value.as_int().and_then(|n| u32::try_from(n).ok());
            let fits = n.filter(|n| *n >= 1 && usize::try_from(*n).is_ok_and(|n| n <= members.len()));
            Some(fits.ok_or_else(|| {
                wrong(name, format_args!("`threshold` is a number from 1 to its {} members", members.len()))
            })?)
        }
    };
    Ok(Group { members, threshold })
}
