//! Grants: signed statements that an actor, or every member of a group, holds capabilities.
//!
//! A grant is RFC 8785 JSON in `gatos/trust/grants/<ulid>.json`, with one spelling, signed over
//! `gatos/grant/1`, a zero byte and those bytes without `sig`:
//!
//! | field | says |
//! | --- | --- |
//! | `type` | `grant` |
//! | `ulid` | which, and from when: a grant never reaches back before its own time |
//! | `issuer` | who grants |
//! | `subject` | an actor, or `group:<name>` |
//! | `caps` | capabilities, `*` as in [`crate::scope`]; empty in a revocation only |
//! | `aud` | globs over what it is for; absent: everything |
//! | `exp`, `not_before` | until when (exclusive) and from when, `2027-01-01T00:00:00Z`; absent: no bound |
//! | `prev` | `sha256:` of the grant that this one replaces, same issuer and subject |
//! | `revokes` | the ULID of a grant that counts no longer, from this one's time on |
//!
//! A grant counts when its signature is by a key that its issuer had then, its issuer has standing (a root of the
//! trust graph, or a holder of `trust:grant` and all it grants, by a chain of at most [`MAX_CHAIN`] grants that
//! ends at a root), it is for what is asked, in its time, and neither replaced nor revoked.

use alloc::borrow::ToOwned;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use gatos_canon::{Map, Sha256, Value, sha256};

use crate::key::{Signature, SigningKey};
use crate::model::ActorId;
use crate::scope::{any_covers, aud_fault, cap_fault, glob};
use crate::sign::{self, Domain};
use crate::text::find_denormal;
use crate::time::{ms_to_rfc3339, rfc3339_to_ms};
use crate::trust::{GRANTS_DIR, TrustGraph, group_fault};
use crate::ulid::Ulid;

/// The capability to grant what one holds oneself.
pub const CAP_GRANT: &str = "trust:grant";
/// The most capabilities or audiences in a grant.
pub const MAX_LIST: usize = 256;
/// The longest chain of grants from a root.
pub const MAX_CHAIN: usize = 8;
/// The most bytes of a grant.
pub const MAX_GRANT_BYTES: usize = 256 * 1024;

const FIELDS: [&str; 11] =
    ["type", "ulid", "issuer", "subject", "caps", "aud", "exp", "not_before", "prev", "revokes", "sig"];

/// Who holds a grant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// An actor.
    Actor(ActorId),
    /// Every member of a group of the trust graph.
    Group(String),
}

impl Subject {
    /// Reads `user:ann` or `group:leads`.
    pub fn parse(text: &str) -> Result<Subject, GrantError> {
        match text.strip_prefix("group:") {
            Some(name) => match group_fault(name) {
                None => Ok(Subject::Group(name.to_owned())),
                Some(fault) => Err(bad("subject", fault)),
            },
            None => ActorId::parse(text).map(Subject::Actor).map_err(|e| bad("subject", e)),
        }
    }

    /// Whether an actor is meant.
    pub fn means(&self, graph: &TrustGraph, actor: &ActorId) -> bool {
        match self {
            Subject::Actor(subject) => subject == actor,
            Subject::Group(name) => graph.groups.get(name).is_some_and(|group| group.members.contains(actor)),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Actor(actor) => actor.fmt(f),
            Subject::Group(name) => write!(f, "group:{name}"),
        }
    }
}

/// What a grant says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Which, and from when.
    pub ulid: Ulid,
    /// Who grants.
    pub issuer: ActorId,
    /// Who holds it.
    pub subject: Subject,
    /// Capabilities.
    pub caps: Vec<String>,
    /// Globs over what it is for; empty: everything.
    pub aud: Vec<String>,
    /// Until when, exclusive: milliseconds since 1970.
    pub exp: Option<u64>,
    /// From when.
    pub not_before: Option<u64>,
    /// The grant that this one replaces.
    pub prev: Option<Sha256>,
    /// The grant that counts no longer.
    pub revokes: Option<Ulid>,
}

/// A grant with its signature, which has been checked by nobody yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedGrant {
    /// What it says.
    pub grant: Grant,
    /// By whom it is said.
    pub signature: Signature,
    /// SHA-256 of the stored bytes: what `prev` names.
    pub digest: Sha256,
}

/// A file among the grants that is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantFile {
    /// Its path.
    pub path: String,
    /// What is wrong.
    pub error: GrantError,
}

/// Why bytes are not a grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GrantError {
    /// Not strict JSON.
    Json(String),
    /// Not the one spelling.
    NotCanonical,
    /// A text that is not in NFC.
    NotNfc(String),
    /// A field that grants do not have.
    UnknownField(String),
    /// A required field is missing.
    MissingField(&'static str),
    /// A field whose value is not allowed.
    BadField {
        /// The field.
        field: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// More bytes than a grant may take.
    TooLarge,
    /// The file's name is not the grant's ULID.
    Misplaced {
        /// The ULID inside.
        ulid: Ulid,
    },
}

impl fmt::Display for GrantError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GrantError::Json(detail) => write!(f, "the grant is not strict JSON: {detail}"),
            GrantError::NotCanonical => f.write_str(
                "the grant is not in its one spelling (RFC 8785: keys sorted, no spaces); issue it with `gatos trust grant`",
            ),
            GrantError::NotNfc(text) => write!(f, "{text:?} is not in Unicode's form NFC; write it composed"),
            GrantError::UnknownField(name) => {
                write!(f, "`{name}` is not a field of grants (known: {})", FIELDS.join(", "))
            }
            GrantError::MissingField(field) => write!(f, "field `{field}` is missing"),
            GrantError::BadField { field, reason } => write!(f, "field `{field}`: {reason}"),
            GrantError::TooLarge => write!(f, "the grant takes more than {MAX_GRANT_BYTES} bytes; split it up"),
            GrantError::Misplaced { ulid } => {
                write!(f, "the grant inside is {ulid}; it belongs into {}", grant_path(*ulid))
            }
        }
    }
}

impl core::error::Error for GrantError {}

fn bad(field: &'static str, reason: impl fmt::Display) -> GrantError {
    GrantError::BadField { field, reason: reason.to_string() }
}

/// Where a grant lies in the trust commit.
pub fn grant_path(ulid: Ulid) -> String {
    format!("{GRANTS_DIR}{ulid}.json")
}

/// The ULID that a path names.
pub fn grant_ulid(path: &str) -> Option<Ulid> {
    Ulid::parse(path.strip_prefix(GRANTS_DIR)?.strip_suffix(".json")?).ok()
}

impl Grant {
    /// A grant of capabilities without bounds.
    pub fn new(ulid: Ulid, issuer: ActorId, subject: Subject, caps: Vec<String>) -> Grant {
        Grant { ulid, issuer, subject, caps, aud: Vec::new(), exp: None, not_before: None, prev: None, revokes: None }
    }

    /// A grant that takes another one back.
    pub fn revocation(ulid: Ulid, issuer: ActorId, revoked: &Grant) -> Grant {
        Grant { revokes: Some(revoked.ulid), ..Grant::new(ulid, issuer, revoked.subject.clone(), Vec::new()) }
    }

    fn check(&self) -> Result<(), GrantError> {
        for (field, list, fault) in [
            ("caps", &self.caps, cap_fault as fn(&str) -> Option<&'static str>),
            ("aud", &self.aud, aud_fault as fn(&str) -> Option<&'static str>),
        ] {
            if list.len() > MAX_LIST {
                return Err(bad(field, format_args!("it has more than {MAX_LIST} entries")));
            }
            if let Some((item, fault)) = list.iter().find_map(|item| Some((item, fault(item)?))) {
                return Err(bad(field, format_args!("{item:?}: {fault}")));
            }
        }
        match (self.revokes.is_some(), self.caps.is_empty()) {
            (false, true) => return Err(bad("caps", "a grant grants at least one capability")),
            (true, false) => return Err(bad("caps", "a revocation grants nothing; leave it empty")),
            _ => {}
        }
        if self.revokes.is_some() && (self.exp.is_some() || self.not_before.is_some() || self.prev.is_some()) {
            return Err(bad("revokes", "a revocation holds for ever: it has no `exp`, `not_before` or `prev`"));
        }
        if let (Some(from), Some(until)) = (self.not_before, self.exp)
            && from >= until
        {
            return Err(bad("exp", "it is not after `not_before`, so the grant would never count"));
        }
        Ok(())
    }

    /// The document without its signature.
    pub fn to_value(&self) -> Value {
        let texts = |items: &[String]| Value::Array(items.iter().cloned().map(Value::Text).collect());
        let mut map = Map::new();
        map.insert("type", "grant");
        map.insert("ulid", self.ulid.to_string());
        map.insert("issuer", self.issuer.to_string());
        map.insert("subject", self.subject.to_string());
        map.insert("caps", texts(&self.caps));
        if !self.aud.is_empty() {
            map.insert("aud", texts(&self.aud));
        }
        for (name, time) in [("exp", self.exp), ("not_before", self.not_before)] {
            if let Some(ms) = time {
                map.insert(name, ms_to_rfc3339(ms));
            }
        }
        if let Some(prev) = &self.prev {
            map.insert("prev", prev.to_string());
        }
        if let Some(revokes) = &self.revokes {
            map.insert("revokes", revokes.to_string());
        }
        Value::Map(map)
    }

    /// What the signature is over.
    fn signed_bytes(&self) -> Vec<u8> {
        self.to_value().to_json_string().into_bytes()
    }

    /// Signs it.
    pub fn sign(self, key: &SigningKey) -> Result<SignedGrant, GrantError> {
        self.check()?;
        if let Some(text) = find_denormal(&self.to_value()) {
            return Err(GrantError::NotNfc(text));
        }
        let signature = sign::sign(key, Domain::Grant, &self.signed_bytes());
        Ok(SignedGrant::join(self, signature))
    }
}

impl SignedGrant {
    fn join(grant: Grant, signature: Signature) -> SignedGrant {
        let mut signed = SignedGrant { grant, signature, digest: Sha256([0; 32]) };
        signed.digest = sha256(&signed.to_json());
        signed
    }

    /// The document.
    pub fn to_value(&self) -> Value {
        let mut value = self.grant.to_value();
        if let Value::Map(map) = &mut value {
            map.insert("sig", self.signature.to_string());
        }
        value
    }

    /// The stored bytes.
    pub fn to_json(&self) -> Vec<u8> {
        self.to_value().to_json_string().into_bytes()
    }

    /// Reads stored bytes; only their one spelling is accepted.
    pub fn from_json(bytes: &[u8]) -> Result<SignedGrant, GrantError> {
        if bytes.len() > MAX_GRANT_BYTES {
            return Err(GrantError::TooLarge);
        }
        let value = Value::from_json_bytes(bytes).map_err(|e| GrantError::Json(e.to_string()))?;
        let grant = SignedGrant::from_value(&value)?;
        if grant.to_json() != bytes {
            return Err(GrantError::NotCanonical);
        }
        Ok(grant)
    }

    /// Reads a document, its times in their one spelling.
    pub fn from_value(value: &Value) -> Result<SignedGrant, GrantError> {
        if let Some(text) = find_denormal(value) {
            return Err(GrantError::NotNfc(text));
        }
        let map = value.as_map().ok_or_else(|| GrantError::Json("a grant is an object".to_owned()))?;
        if let Some((name, _)) = map.iter().find(|(name, _)| !FIELDS.contains(name)) {
            return Err(GrantError::UnknownField(name.chars().take(60).collect()));
        }
        let maybe = |field: &'static str| match map.get(field) {
            None => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text.as_str())),
            Some(_) => Err(bad(field, "it must be a string")),
        };
        let text = |field: &'static str| maybe(field)?.ok_or(GrantError::MissingField(field));
        let list = |field: &'static str| -> Result<Vec<String>, GrantError> {
            let items = match map.get(field) {
                None => return Ok(Vec::new()),
                Some(Value::Array(items)) => items,
                Some(_) => return Err(bad(field, "it must be a list of strings")),
            };
            let item = |item: &Value| item.as_text().map(ToOwned::to_owned);
            items.iter().map(|i| item(i).ok_or_else(|| bad(field, "it must hold strings"))).collect()
        };
        let time = |field: &'static str| -> Result<Option<u64>, GrantError> {
            let Some(text) = maybe(field)? else { return Ok(None) };
            let ms = rfc3339_to_ms(text).and_then(|ms| u64::try_from(ms).ok());
            let ms = ms.filter(|ms| ms_to_rfc3339(*ms) == text);
            ms.map(Some)
                .ok_or_else(|| bad(field, format_args!("{text:?} is not a time such as `2027-01-01T00:00:00Z`")))
        };
        if text("type")? != "grant" {
            return Err(bad("type", "it must be \"grant\""));
        }
        if map.get("caps").is_none() {
            return Err(GrantError::MissingField("caps"));
        }
        let grant = Grant {
            ulid: Ulid::parse(text("ulid")?).map_err(|e| bad("ulid", e))?,
            issuer: ActorId::parse(text("issuer")?).map_err(|e| bad("issuer", e))?,
            subject: Subject::parse(text("subject")?)?,
            caps: list("caps")?,
            aud: list("aud")?,
            exp: time("exp")?,
            not_before: time("not_before")?,
            prev: maybe("prev")?.map(|text| text.parse().map_err(|e| bad("prev", e))).transpose()?,
            revokes: maybe("revokes")?.map(Ulid::parse).transpose().map_err(|e| bad("revokes", e))?,
        };
        grant.check()?;
        let signature = text("sig")?.parse().map_err(|e| bad("sig", e))?;
        Ok(SignedGrant::join(grant, signature))
    }

    /// Whether a key that its issuer had at its time made the signature.
    pub fn is_signed(&self, graph: &TrustGraph) -> bool {
        let bytes = self.grant.signed_bytes();
        let mut keys = graph.keys_at(&self.grant.issuer, self.grant.ulid.time_ms());
        keys.any(|key| sign::verify(key, Domain::Grant, &bytes, &self.signature))
    }
}

/// Why a grant does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GrantFault {
    /// The trust graph has no key for the issuer.
    UnknownIssuer,
    /// The signature fits no key that the issuer had then.
    BadSignature,
    /// The subject is a group that the trust graph does not have.
    UnknownGroup(String),
    /// The issuer may not grant this.
    NoStanding {
        /// The capabilities it would need and lacks.
        missing: Vec<String>,
    },
    /// It is not for what was asked.
    WrongAudience {
        /// What was asked.
        asked: Vec<String>,
    },
    /// Its time has not come.
    NotYet {
        /// When it comes.
        from: u64,
    },
    /// Its time is over.
    Expired {
        /// Since when.
        exp: u64,
    },
    /// It was taken back.
    Revoked {
        /// By which grant.
        by: Ulid,
        /// Whose.
        issuer: ActorId,
    },
    /// A later grant stands in its place.
    Replaced {
        /// Which.
        by: Ulid,
    },
    /// `prev` names no grant that is here.
    PrevMissing,
    /// `prev` names a grant by or for someone else, or a later one.
    PrevUnlike {
        /// Which.
        prev: Ulid,
    },
    /// It revokes what its issuer may not revoke, or what is not there.
    BadRevocation {
        /// Why.
        reason: &'static str,
    },
}

impl fmt::Display for GrantFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GrantFault::UnknownIssuer => {
                f.write_str("the trust graph has no key for its issuer; fetch refs/gatos/trust, or have a root add one")
            }
            GrantFault::BadSignature => f.write_str(
                "its signature fits no key that its issuer had then: it was changed or signed by someone else; have \
                 it issued again",
            ),
            GrantFault::UnknownGroup(name) => {
                write!(f, "the trust graph has no group {name:?}; name an actor or a group that is there")
            }
            GrantFault::NoStanding { missing } => {
                write!(f, "its issuer is no root and holds no {}; have a root issue it", missing.join(", "))
            }
            GrantFault::WrongAudience { asked } => {
                write!(f, "it is not for {}; ask for a grant whose `aud` covers it", asked.join(" or "))
            }
            GrantFault::NotYet { from } => {
                write!(f, "it counts from {} on; wait, or ask for one now", ms_to_rfc3339(*from))
            }
            GrantFault::Expired { exp } => write!(f, "it expired at {}; ask for a new one", ms_to_rfc3339(*exp)),
            GrantFault::Revoked { by, issuer } => write!(f, "{issuer} revoked it with {by}; ask for a new one"),
            GrantFault::Replaced { by } => write!(f, "{by} stands in its place; use that one"),
            GrantFault::PrevMissing => {
                f.write_str("`prev` names a grant that is not here; fetch refs/gatos/trust, or issue it without `prev`")
            }
            GrantFault::PrevUnlike { prev } => write!(
                f,
                "`prev` names {prev}, which is by or for someone else, or later; a replacement keeps issuer and subject"
            ),
            GrantFault::BadRevocation { reason } => write!(f, "it revokes nothing: {reason}"),
        }
    }
}

/// A grant that does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Which.
    pub ulid: Ulid,
    /// Why.
    pub fault: GrantFault,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "grant {}: {}", self.ulid, self.fault)
    }
}

/// Grants sorted into those that count and those that do not.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Verdicts {
    /// Grants that count, by ULID.
    pub good: Vec<SignedGrant>,
    /// Grants that do not, by ULID. Revocations that hold are in neither list.
    pub refused: Vec<Refusal>,
}

impl Verdicts {
    /// The capabilities that an actor has: `*` for a root, else those granted to it or a group of its.
    pub fn caps_of(&self, graph: &TrustGraph, actor: &ActorId) -> BTreeSet<String> {
        if graph.is_root(actor) {
            return BTreeSet::from(["*".to_owned()]);
        }
        let held = self.good.iter().filter(|grant| grant.grant.subject.means(graph, actor));
        held.flat_map(|grant| grant.grant.caps.iter().cloned()).collect()
    }

    /// Whether an actor has a capability.
    pub fn holds(&self, graph: &TrustGraph, actor: &ActorId, cap: &str) -> bool {
        any_covers(self.caps_of(graph, actor).iter().map(String::as_str), cap)
    }
}

/// Which grants count at a time, for what is asked: the addresses of the repository and the resource. A grant whose
/// audience covers one of them is for it. With `None`, as in a survey of all grants, audiences are not looked at.
pub fn verified_grants(
    graph: &TrustGraph,
    grants: &[SignedGrant],
    now_ms: u64,
    audience: Option<&[String]>,
) -> Verdicts {
    judge(graph, grants, own_faults(graph, grants), now_ms, audience)
}

/// Trust whose signatures were checked once, for asking at many times.
#[derive(Clone, Debug, PartialEq)]
pub struct Registry {
    graph: TrustGraph,
    grants: Vec<SignedGrant>,
    faults: BTreeMap<Ulid, GrantFault>,
}

impl Registry {
    /// Checks what does not depend on the time.
    pub fn new(graph: TrustGraph, grants: Vec<SignedGrant>) -> Registry {
        let faults = own_faults(&graph, &grants);
        Registry { graph, grants, faults }
    }

    /// The graph.
    pub fn graph(&self) -> &TrustGraph {
        &self.graph
    }

    /// All grants, whether they count or not.
    pub fn grants(&self) -> &[SignedGrant] {
        &self.grants
    }

    /// As [`verified_grants`].
    pub fn verdicts(&self, now_ms: u64, audience: Option<&[String]>) -> Verdicts {
        judge(&self.graph, &self.grants, self.faults.clone(), now_ms, audience)
    }
}

/// What each grant says of itself at any time: who signed it, for whom, and what it replaces.
fn own_faults(graph: &TrustGraph, grants: &[SignedGrant]) -> BTreeMap<Ulid, GrantFault> {
    let by_digest: BTreeMap<[u8; 32], &SignedGrant> = grants.iter().map(|g| (g.digest.0, g)).collect();
    let fault = |grant: &SignedGrant| Some((grant.grant.ulid, own_fault(graph, grant, &by_digest)?));
    grants.iter().filter_map(fault).collect()
}

fn judge(
    graph: &TrustGraph,
    grants: &[SignedGrant],
    mut faults: BTreeMap<Ulid, GrantFault>,
    now_ms: u64,
    audience: Option<&[String]>,
) -> Verdicts {
    let by_digest: BTreeMap<[u8; 32], &SignedGrant> = grants.iter().map(|g| (g.digest.0, g)).collect();
    let by_ulid: BTreeMap<Ulid, &SignedGrant> = grants.iter().map(|g| (g.grant.ulid, g)).collect();
    let authentic = |g: &&&SignedGrant, faults: &BTreeMap<Ulid, GrantFault>| !faults.contains_key(&g.grant.ulid);
    // What others say of each, from their own time on.
    let mut effects: BTreeMap<Ulid, GrantFault> = BTreeMap::new();
    let mut holding_revocations: BTreeSet<Ulid> = BTreeSet::new();
    for grant in by_ulid.values().filter(|g| authentic(g, &faults)) {
        let by = grant.grant.ulid;
        let started = by.time_ms().max(grant.grant.not_before.unwrap_or(0)) <= now_ms;
        if let Some(revoked) = grant.grant.revokes {
            let reason = match by_ulid.get(&revoked) {
                None => Some("the grant it names is not here"),
                Some(other) if other.grant.revokes.is_some() => Some("a revocation is for ever; issue a new grant"),
                Some(other) if other.grant.issuer != grant.grant.issuer && !graph.is_root(&grant.grant.issuer) => {
                    Some("only the issuer of a grant or a root revokes it")
                }
                Some(_) => None,
            };
            match reason {
                Some(reason) => _ = effects.insert(by, GrantFault::BadRevocation { reason }),
                None if started => {
                    holding_revocations.insert(by);
                    let issuer = grant.grant.issuer.clone();
                    effects.insert(revoked, GrantFault::Revoked { by, issuer });
                }
                None => _ = effects.insert(by, GrantFault::NotYet { from: by.time_ms() }),
            }
        } else if started && let Some(prev) = grant.grant.prev.and_then(|prev| by_digest.get(&prev.0)) {
            effects.entry(prev.grant.ulid).or_insert(GrantFault::Replaced { by });
        }
    }
    for (ulid, fault) in effects {
        match fault {
            // Taken back is taken back, whatever else was wrong with it: that is the way to be rid of a bad grant.
            GrantFault::Revoked { .. } => _ = faults.insert(ulid, fault),
            other => _ = faults.entry(ulid).or_insert(other),
        }
    }
    // Then time and audience.
    for grant in by_ulid.values().filter(|g| g.grant.revokes.is_none()) {
        if let Some(fault) = reach_fault(&grant.grant, now_ms, audience) {
            faults.entry(grant.grant.ulid).or_insert(fault);
        }
    }
    // Last who may grant, outwards from the roots: a circle of grants never touches one, so it never counts.
    let open: Vec<&SignedGrant> = by_ulid
        .values()
        .copied()
        .filter(|g| g.grant.revokes.is_none() && !faults.contains_key(&g.grant.ulid))
        .collect();
    let mut verdicts = Verdicts::default();
    let mut counted: BTreeSet<Ulid> = BTreeSet::new();
    for _ in 0..MAX_CHAIN {
        let ready: Vec<&SignedGrant> = (open.iter().copied())
            .filter(|g| !counted.contains(&g.grant.ulid) && missing_standing(graph, &verdicts, &g.grant).is_empty())
            .collect();
        if ready.is_empty() {
            break;
        }
        counted.extend(ready.iter().map(|g| g.grant.ulid));
        verdicts.good.extend(ready.into_iter().cloned());
    }
    for grant in open.iter().filter(|g| !counted.contains(&g.grant.ulid)) {
        let mut missing = missing_standing(graph, &verdicts, &grant.grant);
        if missing.is_empty() {
            missing.push(format!("grant within {MAX_CHAIN} steps from a root"));
        }
        faults.insert(grant.grant.ulid, GrantFault::NoStanding { missing });
    }
    verdicts.good.sort_by_key(|g| g.grant.ulid);
    verdicts.refused = faults.into_iter().map(|(ulid, fault)| Refusal { ulid, fault }).collect();
    verdicts.refused.retain(|refusal| !holding_revocations.contains(&refusal.ulid));
    verdicts
}

fn own_fault(
    graph: &TrustGraph,
    grant: &SignedGrant,
    by_digest: &BTreeMap<[u8; 32], &SignedGrant>,
) -> Option<GrantFault> {
    let says = &grant.grant;
    if graph.keys_at(&says.issuer, says.ulid.time_ms()).next().is_none() {
        return Some(GrantFault::UnknownIssuer);
    }
    if !grant.is_signed(graph) {
        return Some(GrantFault::BadSignature);
    }
    if let Subject::Group(name) = &says.subject
        && !graph.groups.contains_key(name)
        && says.revokes.is_none()
    {
        return Some(GrantFault::UnknownGroup(name.clone()));
    }
    let prev = says.prev?;
    match by_digest.get(&prev.0) {
        None => Some(GrantFault::PrevMissing),
        // Going back in time at every step, a chain of replacements has no circle.
        Some(prev)
            if prev.grant.issuer != says.issuer
                || prev.grant.subject != says.subject
                || prev.grant.revokes.is_some()
                || prev.grant.ulid >= says.ulid =>
        {
            Some(GrantFault::PrevUnlike { prev: prev.grant.ulid })
        }
        Some(_) => None,
    }
}

fn reach_fault(grant: &Grant, now_ms: u64, audience: Option<&[String]>) -> Option<GrantFault> {
    if let Some(exp) = grant.exp.filter(|exp| now_ms >= *exp) {
        return Some(GrantFault::Expired { exp });
    }
    let from = grant.ulid.time_ms().max(grant.not_before.unwrap_or(0));
    if now_ms < from {
        return Some(GrantFault::NotYet { from });
    }
    let is_for = |address: &String| grant.aud.iter().any(|aud| glob(aud, address));
    if let Some(audience) = audience
        && !grant.aud.is_empty()
        && !audience.iter().any(is_for)
    {
        return Some(GrantFault::WrongAudience { asked: audience.to_vec() });
    }
    None
}

/// What the issuer of a grant lacks to issue it, given the grants that count so far.
fn missing_standing(graph: &TrustGraph, verdicts: &Verdicts, grant: &Grant) -> Vec<String> {
    if graph.is_root(&grant.issuer) {
        return Vec::new();
    }
    let held = verdicts.caps_of(graph, &grant.issuer);
    let lacks = |cap: &&str| !any_covers(held.iter().map(String::as_str), cap);
    let wanted = core::iter::once(CAP_GRANT).chain(grant.caps.iter().map(String::as_str));
    wanted.filter(lacks).map(ToOwned::to_owned).collect()
}
