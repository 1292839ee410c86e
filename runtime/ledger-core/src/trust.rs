//! The trust graph: which keys speak for which actor. Canonical JSON in `gatos/trust/graph.json`.

use alloc::borrow::ToOwned;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use gatos_canon::{Map, Value};

use crate::key::PublicKey;
use crate::model::{ActorId, TRUST_REF};
use crate::ports::{NewCommit, Refs, Snapshots, StoreError, SwapError};

/// Where the graph lies in the trust commit.
pub const GRAPH_FILE: &str = "gatos/trust/graph.json";

/// Actors with their keys, and groups of actors.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct TrustGraph {
    /// Keys by actor.
    pub actors: BTreeMap<ActorId, BTreeSet<PublicKey>>,
    /// Members by group.
    pub groups: BTreeMap<String, BTreeSet<ActorId>>,
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

fn texts_at<'a>(value: Option<&'a Value>, place: &str) -> Result<Vec<&'a str>, TrustError> {
    let items = value.and_then(Value::as_array).ok_or_else(|| wrong(place, "a list of strings belongs here"))?;
    items.iter().map(|item| item.as_text().ok_or_else(|| wrong(place, "a string belongs here"))).collect()
}

fn only(map: &Map, place: &str, known: &[&str]) -> Result<(), TrustError> {
    match map.iter().find(|(name, _)| !known.contains(name)) {
        Some((name, _)) => Err(wrong(place, format_args!("`{name}` is not known here"))),
        None => Ok(()),
    }
}

impl TrustGraph {
    /// The keys that speak for an actor.
    pub fn keys(&self, actor: &ActorId) -> impl Iterator<Item = &PublicKey> {
        self.actors.get(actor).into_iter().flatten()
    }

    /// Adds a key; false when it was there.
    pub fn add_key(&mut self, actor: &ActorId, key: PublicKey) -> bool {
        self.actors.entry(actor.clone()).or_default().insert(key)
    }

    /// The stored bytes.
    pub fn to_json(&self) -> Vec<u8> {
        let list = |field: &str, items: Vec<String>| {
            let mut map = Map::new();
            map.insert(field, items);
            map
        };
        let actors: Map = (self.actors.iter())
            .map(|(actor, keys)| (actor.to_string(), list("keys", keys.iter().map(PublicKey::to_string).collect())))
            .collect();
        let groups: Map = (self.groups.iter())
            .map(|(group, actors)| (group.clone(), list("members", actors.iter().map(ActorId::to_string).collect())))
            .collect();
        let mut whole = Map::new();
        whole.insert("v", 1);
        whole.insert("actors", actors);
        whole.insert("groups", groups);
        Value::Map(whole).to_json_string().into_bytes()
    }

    /// Reads a graph. People edit this file, so spacing and order are free; unknown fields are not.
    pub fn from_json(bytes: &[u8]) -> Result<TrustGraph, TrustError> {
        let value = Value::from_json_bytes(bytes).map_err(|e| wrong("document", e))?;
        let whole = map_at(Some(&value), "document")?;
        only(whole, "document", &["v", "actors", "groups"])?;
        if whole.get("v") != Some(&Value::Int(1)) {
            return Err(wrong("v", "this program knows version 1"));
        }
        let mut graph = TrustGraph::default();
        for (name, entry) in map_at(whole.get("actors"), "actors")?.iter() {
            let actor = ActorId::parse(name).map_err(|e| wrong("actors", e))?;
            let entry = map_at(Some(entry), name)?;
            only(entry, name, &["keys"])?;
            let mut keys = BTreeSet::new();
            for text in texts_at(entry.get("keys"), name)? {
                keys.insert(text.parse().map_err(|e| wrong(name, e))?);
            }
            graph.actors.insert(actor, keys);
        }
        for (name, entry) in map_at(whole.get("groups"), "groups")?.iter() {
            let entry = map_at(Some(entry), name)?;
            only(entry, name, &["members"])?;
            let members = texts_at(entry.get("members"), name)?.into_iter().map(ActorId::parse);
            let members = members.collect::<Result<_, _>>().map_err(|e| wrong(name, e))?;
            graph.groups.insert(name.to_owned(), members);
        }
        Ok(graph)
    }
}

/// Reads the graph that verifiers use; an empty one when there is no trust ref yet.
pub fn read<S: Refs + Snapshots>(store: &S) -> Result<TrustGraph, StoreError> {
    let Some(commit) = store.get_ref(TRUST_REF)? else { return Ok(TrustGraph::default()) };
    let corrupt = |detail: String| StoreError::Corrupt { what: format!("{TRUST_REF} ({commit})"), detail };
    let bytes = store.read_file(&commit, GRAPH_FILE)?.ok_or_else(|| corrupt(format!("it has no {GRAPH_FILE}")))?;
    TrustGraph::from_json(&bytes).map_err(|e| corrupt(e.to_string()))
}

/// Adds an actor's key to the graph; nothing happens when it is there. Other files of the commit are kept.
///
/// The time comes from the caller and stands in the commit. Lost races are tried again, `tries` times in all.
pub fn add_key<S: Refs + Snapshots>(
    store: &S,
    actor: &ActorId,
    key: &PublicKey,
    time_s: u64,
    tries: u32,
) -> Result<(), StoreError> {
    for _ in 0..tries {
        let old = store.get_ref(TRUST_REF)?;
        let mut graph = read(store)?;
        if !graph.add_key(actor, key.clone()) {
            return Ok(());
        }
        let mut files = BTreeMap::new();
        if let Some(old) = &old {
            for path in store.list_files(old)? {
                if let Some(bytes) = store.read_file(old, &path)? {
                    files.insert(path, bytes);
                }
            }
        }
        files.insert(GRAPH_FILE.to_owned(), graph.to_json());
        let commit = NewCommit {
            files,
            parents: old.into_iter().collect(),
            actor: actor.clone(),
            time_s,
            message: format!("trust: key of {actor}\n\n{key}\n"),
        };
        let new = store.write_commit(&commit)?;
        match store.swap_ref(TRUST_REF, old.as_ref(), &new) {
            Ok(()) => return Ok(()),
            Err(SwapError::Moved { .. }) => {}
            Err(SwapError::Store(e)) => return Err(e),
        }
    }
    Err(StoreError::Locked {
        name: TRUST_REF.to_owned(),
        detail: format!("other processes moved it {tries} times in a row; try again"),
    })
}
