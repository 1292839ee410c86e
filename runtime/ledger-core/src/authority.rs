//! The trust ref: reading it, changing it, and checking that each change was allowed.
//!
//! A change is a commit holding the whole new tree. Its trailers name who made it and carry a signature over the
//! parent and the hash of every file, so a change cannot be replayed elsewhere. Grants vouch for themselves, so
//! anyone may add one; every other difference needs a root of the graph before the change. Grants never go away:
//! a lost revocation would bring back what it revoked.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use gatos_canon::{Map, Value, blake3};

use crate::grant::{Grant, GrantError, GrantFile, SignedGrant, grant_path, grant_ulid};
use crate::key::{PublicKey, SIG_ALG, Signature, SigningKey};
use crate::model::{ActorId, TRUST_REF};
use crate::ports::{CommitId, CommitInfo, NewCommit, Refs, Snapshots, StoreError, SwapError};
use crate::sign::{self, Domain};
use crate::trust::{GRANTS_DIR, GRAPH_FILE, TrustError, TrustGraph};

/// The trust ref as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Trust {
    /// Its commit; none before the first.
    pub commit: Option<CommitId>,
    /// The graph.
    pub graph: TrustGraph,
    /// Grants, by ULID. Nothing about them is verified but their form.
    pub grants: Vec<SignedGrant>,
    /// Files among the grants that are none, with what is wrong.
    pub damaged: Vec<GrantFile>,
}

/// Why the trust ref was not changed, or a change is not allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthorityError {
    /// Someone who is not a root tried to change more than grants.
    NotRoot {
        /// Who.
        actor: ActorId,
        /// The roots.
        roots: Vec<ActorId>,
    },
    /// The signing key is not one that the graph gives the actor.
    UnknownKey {
        /// Who.
        actor: ActorId,
    },
    /// A grant that stood in the ref is gone or changed.
    GrantLost {
        /// Its file.
        path: String,
    },
    /// A grant of that ULID is there already.
    GrantExists {
        /// Its file.
        path: String,
    },
    /// A file among the grants is none.
    BadGrant {
        /// Its file.
        path: String,
        /// What is wrong.
        error: GrantError,
    },
    /// The new graph is none.
    BadGraph(TrustError),
    /// The change carries no signature although it needs one, or a wrong one.
    Unsigned {
        /// The commit.
        commit: CommitId,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The history of the ref was rewritten or merged.
    Rewritten {
        /// The commit.
        commit: CommitId,
    },
    /// The caller's own reason not to go on.
    Refused(String),
    /// Storage failed.
    Store(StoreError),
}

impl fmt::Display for AuthorityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AuthorityError::NotRoot { actor, roots } if roots.is_empty() => write!(
                f,
                "{actor} may not change {TRUST_REF}: its graph names no roots; `gatos init` run by its owner names one"
            ),
            AuthorityError::NotRoot { actor, roots } => {
                let roots: Vec<&str> = roots.iter().map(ActorId::as_str).collect();
                write!(
                    f,
                    "{actor} may not change {TRUST_REF}, only grants may be added by others; ask a root of the \
                     graph: {}",
                    roots.join(", ")
                )
            }
            AuthorityError::UnknownKey { actor } => {
                write!(
                    f,
                    "the key of {actor} is not in the trust graph; a root adds it there, or sign with a key that is"
                )
            }
            AuthorityError::GrantLost { path } => write!(
                f,
                "{path} is gone or changed: grants stay for ever; revoke one with `gatos trust revoke` instead"
            ),
            AuthorityError::GrantExists { path } => write!(f, "{path} is there already; a grant is written once"),
            AuthorityError::BadGrant { path, error } => write!(f, "{path}: {error}"),
            AuthorityError::BadGraph(e) => e.fmt(f),
            AuthorityError::Unsigned { commit, reason } => write!(
                f,
                "trust commit {commit} changes more than grants and {reason}; change the graph with `gatos trust` \
                 or `gatos key`, which sign"
            ),
            AuthorityError::Rewritten { commit } => write!(
                f,
                "{TRUST_REF} only grows: commit {commit} does not follow the one before it; fetch the ref and make \
                 the change again on top"
            ),
            AuthorityError::Refused(why) => f.write_str(why),
            AuthorityError::Store(e) => e.fmt(f),
        }
    }
}

impl core::error::Error for AuthorityError {}

impl From<StoreError> for AuthorityError {
    fn from(e: StoreError) -> AuthorityError {
        AuthorityError::Store(e)
    }
}

/// Who changes the trust ref, with what key, when.
pub struct Signer<'a> {
    /// The actor.
    pub actor: &'a ActorId,
    /// Its key.
    pub key: &'a SigningKey,
    /// Seconds since 1970, for the commit.
    pub time_s: u64,
    /// How often lost races are tried again, in all.
    pub tries: u32,
}

type Files = BTreeMap<String, Vec<u8>>;

/// The most bytes of a trust commit, all files together.
const MAX_TRUST_BYTES: usize = 256 * 1024 * 1024;

fn files<S: Snapshots>(store: &S, commit: Option<&CommitId>) -> Result<Files, StoreError> {
    let mut out = Files::new();
    let Some(commit) = commit else { return Ok(out) };
    let mut total = 0usize;
    for path in store.list_files(commit)? {
        if let Some(bytes) = store.read_file(commit, &path)? {
            // One file under many names costs its sender nothing.
            total = total.saturating_add(bytes.len());
            if total > MAX_TRUST_BYTES {
                let detail = format!("its files take more than {MAX_TRUST_BYTES} bytes");
                return Err(StoreError::Corrupt { what: format!("{TRUST_REF} ({commit})"), detail });
            }
            out.insert(path, bytes);
        }
    }
    Ok(out)
}

/// Reads the graph that verifiers use; an empty one when there is no trust ref yet.
pub fn read<S: Refs + Snapshots>(store: &S) -> Result<TrustGraph, StoreError> {
    match store.get_ref(TRUST_REF)? {
        Some(commit) => graph_at(store, &commit),
        None => Ok(TrustGraph::default()),
    }
}

/// Reads the graph of a trust commit.
pub fn graph_at<S: Snapshots>(store: &S, commit: &CommitId) -> Result<TrustGraph, StoreError> {
    let corrupt = |detail: String| StoreError::Corrupt { what: format!("{TRUST_REF} ({commit})"), detail };
    let bytes = store.read_file(commit, GRAPH_FILE)?.ok_or_else(|| corrupt(format!("it has no {GRAPH_FILE}")))?;
    TrustGraph::from_json(&bytes).map_err(|e| corrupt(e.to_string()))
}

/// Reads graph and grants.
pub fn read_trust<S: Refs + Snapshots>(store: &S) -> Result<Trust, StoreError> {
    match store.get_ref(TRUST_REF)? {
        Some(commit) => trust_at(store, &commit),
        None => Ok(Trust::default()),
    }
}

/// Reads graph and grants of a trust commit.
pub fn trust_at<S: Snapshots>(store: &S, commit: &CommitId) -> Result<Trust, StoreError> {
    let mut trust =
        Trust { commit: Some(*commit), graph: graph_at(store, commit)?, grants: Vec::new(), damaged: Vec::new() };
    for path in store.list_files(commit)? {
        if !path.starts_with(GRANTS_DIR) {
            continue;
        }
        let bytes = store.read_file(commit, &path)?.unwrap_or_default();
        match read_grant(&path, &bytes) {
            Ok(grant) => trust.grants.push(grant),
            Err(error) => trust.damaged.push(GrantFile { path, error }),
        }
    }
    Ok(trust)
}

fn read_grant(path: &str, bytes: &[u8]) -> Result<SignedGrant, GrantError> {
    let grant = SignedGrant::from_json(bytes)?;
    match grant_ulid(path) {
        Some(ulid) if ulid == grant.grant.ulid => Ok(grant),
        // The same grant under another name would outlive its revocation in the eyes of a careless reader.
        _ => Err(GrantError::Misplaced { ulid: grant.grant.ulid }),
    }
}

/// What a change of the trust ref signs: the parent, the author and every file.
fn statement(parent: Option<&CommitId>, actor: &ActorId, files: &Files) -> Vec<u8> {
    let mut map = Map::new();
    map.insert("actor", actor.to_string());
    let hashes: Map = files.iter().map(|(path, bytes)| (path.clone(), blake3(bytes).to_string())).collect();
    map.insert("files", hashes);
    if let Some(parent) = parent {
        map.insert("parent", parent.to_string());
    }
    Value::Map(map).to_json_string().into_bytes()
}

/// The value of a trailer that is there once.
pub fn trailer<'a>(message: &'a str, name: &str) -> Option<&'a str> {
    let mut values = message.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    values.next().filter(|_| values.next().is_none())
}

/// Whether a change from `old` to `new` files is one that anybody may make: nothing but new, well-formed grants.
/// What must not be done by anyone is an error.
fn only_adds_grants(old: &Files, new: &Files) -> Result<bool, AuthorityError> {
    for (path, bytes) in old.iter().filter(|(path, _)| path.starts_with(GRANTS_DIR)) {
        if new.get(path) != Some(bytes) {
            return Err(AuthorityError::GrantLost { path: path.clone() });
        }
    }
    let mut only_grants = old.keys().all(|path| new.contains_key(path));
    for (path, bytes) in new {
        let before = old.get(path);
        if before == Some(bytes) {
            continue;
        }
        if path.starts_with(GRANTS_DIR) {
            read_grant(path, bytes).map_err(|error| AuthorityError::BadGrant { path: path.clone(), error })?;
        } else {
            only_grants = false;
        }
    }
    Ok(only_grants)
}

fn root_check(old: &TrustGraph, new: &TrustGraph, actor: &ActorId, key: &PublicKey) -> Result<(), AuthorityError> {
    // Before there are roots, those whom the new graph makes roots speak, as the owner does at `init`.
    let judge = if old.roots.is_empty() { new } else { old };
    if !judge.is_root(actor) {
        return Err(AuthorityError::NotRoot { actor: actor.clone(), roots: judge.roots.iter().cloned().collect() });
    }
    if judge.keys(actor).any(|known| known == key) {
        Ok(())
    } else {
        Err(AuthorityError::UnknownKey { actor: actor.clone() })
    }
}

fn graph_of(files: &Files) -> Result<TrustGraph, AuthorityError> {
    match files.get(GRAPH_FILE) {
        Some(bytes) => TrustGraph::from_json(bytes).map_err(AuthorityError::BadGraph),
        None => Err(AuthorityError::BadGraph(TrustError {
            place: "document".to_owned(),
            reason: "the file is missing".to_owned(),
        })),
    }
}

/// Changes the trust ref by a signed commit; `change` gets the files of each try and says whether it changed any.
fn edit_files<S: Refs + Snapshots>(
    store: &S,
    signer: &Signer<'_>,
    subject: &str,
    change: &mut dyn FnMut(&mut Files) -> Result<bool, AuthorityError>,
) -> Result<Option<CommitId>, AuthorityError> {
    for _ in 0..signer.tries {
        let old = store.get_ref(TRUST_REF)?;
        let before = files(store, old.as_ref())?;
        let mut after = before.clone();
        if !change(&mut after)? {
            return Ok(None);
        }
        if !only_adds_grants(&before, &after)? {
            let old_graph = if before.is_empty() { TrustGraph::default() } else { graph_of(&before)? };
            root_check(&old_graph, &graph_of(&after)?, signer.actor, &signer.key.public())?;
        }
        let signature = sign::sign(signer.key, Domain::Trust, &statement(old.as_ref(), signer.actor, &after));
        let new = store.write_commit(&NewCommit {
            message: format!("{subject}\n\nActor: {}\nSig-Alg: {SIG_ALG}\nSig: {signature}\n", signer.actor),
            files: after,
            parents: old.into_iter().collect(),
            actor: signer.actor.clone(),
            time_s: signer.time_s,
        })?;
        match store.swap_ref(TRUST_REF, old.as_ref(), &new) {
            Ok(()) => return Ok(Some(new)),
            Err(SwapError::Moved { .. }) => {}
            Err(SwapError::Store(e)) => return Err(e.into()),
        }
    }
    Err(contended(signer.tries).into())
}

fn contended(tries: u32) -> StoreError {
    StoreError::Locked {
        name: TRUST_REF.to_owned(),
        detail: format!("other processes moved it {tries} times in a row; try again"),
    }
}

/// Changes the graph. `change` may run several times, on the graph of each try, and says whether it changed
/// anything; `None` when it did not. Only a root may; where there are no roots, one whom the change makes a root.
pub fn edit<S: Refs + Snapshots>(
    store: &S,
    signer: &Signer<'_>,
    subject: &str,
    change: &mut dyn FnMut(&mut TrustGraph) -> Result<bool, AuthorityError>,
) -> Result<Option<CommitId>, AuthorityError> {
    edit_files(store, signer, subject, &mut |files| {
        let mut graph = if files.is_empty() { TrustGraph::default() } else { graph_of(files)? };
        if !change(&mut graph)? {
            return Ok(false);
        }
        // What cannot be read back must not be written.
        TrustGraph::from_json(&graph.to_json()).map_err(AuthorityError::BadGraph)?;
        files.insert(GRAPH_FILE.to_owned(), graph.to_json());
        Ok(true)
    })
}

/// Makes `owner` a root with its key, unless the graph has roots already: what `init` does.
pub fn found<S: Refs + Snapshots>(store: &S, signer: &Signer<'_>) -> Result<Option<CommitId>, AuthorityError> {
    edit(store, signer, &format!("trust: {} is the owner", signer.actor), &mut |graph| {
        if !graph.roots.is_empty() {
            return Ok(false);
        }
        graph.add_key(signer.actor, signer.key.public());
        graph.roots.insert(signer.actor.clone());
        Ok(true)
    })
}

/// Stores a signed grant. Whether it will count is for [`crate::grant::verified_grants`] to say.
pub fn add_grant<S: Refs + Snapshots>(
    store: &S,
    signer: &Signer<'_>,
    grant: &SignedGrant,
) -> Result<CommitId, AuthorityError> {
    let path = grant_path(grant.grant.ulid);
    let subject = match &grant.grant.revokes {
        Some(revoked) => format!("trust: {} revokes {revoked}", grant.grant.issuer),
        None => {
            format!("trust: {} grants {} to {}", grant.grant.issuer, grant.grant.caps.join(", "), grant.grant.subject)
        }
    };
    let added = edit_files(store, signer, &subject, &mut |files| {
        if !files.contains_key(GRAPH_FILE) {
            return Err(AuthorityError::NotRoot { actor: signer.actor.clone(), roots: Vec::new() });
        }
        match files.insert(path.clone(), grant.to_json()) {
            None => Ok(true),
            Some(_) => Err(AuthorityError::GrantExists { path: path.clone() }),
        }
    })?;
    // A new file is always a change.
    added.ok_or_else(|| AuthorityError::GrantExists { path: grant_path(grant.grant.ulid) })
}

/// Signs and stores a grant.
pub fn issue<S: Refs + Snapshots>(
    store: &S,
    signer: &Signer<'_>,
    grant: Grant,
) -> Result<(SignedGrant, CommitId), AuthorityError> {
    let path = grant_path(grant.ulid);
    let signed = grant.sign(signer.key).map_err(|error| AuthorityError::BadGrant { path, error })?;
    let commit = add_grant(store, signer, &signed)?;
    Ok((signed, commit))
}

/// Checks the step from a trust commit to its parent: grants only added, everything else by a root.
pub fn verify_change<S: Snapshots>(store: &S, commit: &CommitId) -> Result<(), AuthorityError> {
    let info = store.read_commit(commit)?;
    if info.parents.len() > 1 {
        return Err(AuthorityError::Rewritten { commit: *commit });
    }
    let parent = info.parents.first();
    check_step(commit, &info, &files(store, parent)?, &files(store, Some(commit))?)
}

/// Checks a step whose files are read.
fn check_step(commit: &CommitId, info: &CommitInfo, old: &Files, new: &Files) -> Result<(), AuthorityError> {
    let parent = info.parents.first();
    let new_graph = graph_of(new)?;
    if only_adds_grants(old, new)? {
        return Ok(());
    }
    let old_graph = if old.is_empty() { TrustGraph::default() } else { graph_of(old)? };
    // Graphs from before there were roots grew without signatures, key by key.
    if old_graph.roots.is_empty() && new_graph.roots.is_empty() {
        return Ok(());
    }
    let unsigned = |reason| AuthorityError::Unsigned { commit: *commit, reason };
    let actor = trailer(&info.message, "Actor").and_then(|text| ActorId::parse(text).ok());
    let actor = actor.ok_or_else(|| unsigned("names no actor"))?;
    let signature = trailer(&info.message, "Sig").and_then(|text| text.parse::<Signature>().ok());
    let signature = signature.ok_or_else(|| unsigned("has no signature"))?;
    let judge = if old_graph.roots.is_empty() { &new_graph } else { &old_graph };
    if !judge.is_root(&actor) {
        return Err(AuthorityError::NotRoot { actor, roots: judge.roots.iter().cloned().collect() });
    }
    let message = statement(parent, &actor, new);
    if judge.keys(&actor).any(|key| sign::verify(key, Domain::Trust, &message, &signature)) {
        Ok(())
    } else {
        Err(unsigned("its signature fits no key of its author"))
    }
}

/// Checks every step from `new` back to `old` (`None`: to the first). That `new` grew out of `old` is checked too.
pub fn verify_growth<S: Snapshots>(store: &S, old: Option<&CommitId>, new: &CommitId) -> Result<(), AuthorityError> {
    let mut at = *new;
    if Some(&at) == old {
        return Ok(());
    }
    // Each tree is read once: it is the new one of its own step and the old one of the step after it.
    let mut after = files(store, Some(&at))?;
    loop {
        let info = store.read_commit(&at)?;
        if info.parents.len() > 1 {
            return Err(AuthorityError::Rewritten { commit: at });
        }
        let parent = info.parents.first();
        let before = files(store, parent)?;
        check_step(&at, &info, &before, &after)?;
        match (parent, old) {
            (Some(parent), Some(old)) if parent == old => return Ok(()),
            (Some(parent), _) => at = *parent,
            (None, None) => return Ok(()),
            (None, Some(_)) => return Err(AuthorityError::Rewritten { commit: *new }),
        }
        after = before;
    }
}

/// Adds an actor's key to a graph without roots; nothing happens when it is there. Other files of the commit are
/// kept. Where there are roots, one of them changes the graph with [`edit`].
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
        if !graph.roots.is_empty() {
            return Err(StoreError::Unsupported {
                reason: format!("{TRUST_REF} is changed by its roots alone, with their signature"),
            });
        }
        let mut files = files(store, old.as_ref())?;
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
    Err(contended(tries))
}
