//! The audit decision: a denied write on record, DAG-CBOR signed by whoever keeps the gate.
//!
//! | field | says |
//! | --- | --- |
//! | `v`, `type` | 1, `audit.decision` |
//! | `ulid` | which decision, and when it was made |
//! | `actor`, `intent`, `resource` | who wanted what, where |
//! | `result` | `DENY` |
//! | `code` | `forbidden`, `not_permitted` or `error:<what>` |
//! | `rule` | the first rule, `policies/exec.rgs:12` or its name; absent when none decided |
//! | `rules` | all of them: `name`, `place`, `reason`; absent when none |
//! | `explain` | the reason in a sentence |
//! | `policy_root`, `trust_chain` | what decided; absent while no policy is installed |
//! | `input` | BLAKE3 of the recorded input, which lies beside |
//! | `fuel` | what the decision took |
//! | `clock` | for the code `skew`: the gate's clock (`now_ms`) and how far from it a ULID may be (`skew_ms`) |
//! | `signer`, `sig_alg` | who keeps the gate and signs this |

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use gatos_canon::cbor::{KeyOrder, MapWriter, Reader, Writer};
use gatos_canon::{Blake3, CborError, Cid, Map, Sha256, Value};

use crate::key::{SIG_ALG, Signature, SigningKey};
use crate::model::ActorId;
use crate::sign::{self, Domain};
use crate::trust::TrustGraph;
use crate::ulid::Ulid;

/// The `type` of the envelope.
pub const DECISION_TYPE: &str = "audit.decision";
/// The version of the envelope.
pub const VERSION: i64 = 1;
/// The `result` of every decision on record.
pub const DENY: &str = "DENY";
/// The most bytes of a decision.
pub const MAX_DECISION_BYTES: usize = 1024 * 1024;

const FIELDS: [&str; 18] = [
    "v",
    "type",
    "ulid",
    "actor",
    "intent",
    "resource",
    "result",
    "code",
    "rule",
    "rules",
    "explain",
    "policy_root",
    "trust_chain",
    "input",
    "fuel",
    "clock",
    "signer",
    "sig_alg",
];

/// A rule that mattered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DecidedRule {
    /// Its stable name, `gatos.exec.deny#2`.
    pub name: String,
    /// Where it is, `policies/exec.rgs:12`.
    pub place: Option<String>,
    /// What it says, or what failed in it.
    pub reason: String,
}

/// A gate's clock when it decided, and how far from it a ULID may be; in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockReading {
    /// Since 1970.
    pub now_ms: u64,
    /// How far.
    pub skew_ms: u64,
}

/// What a decision on record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditDecision {
    /// Which, and when it was made.
    pub ulid: Ulid,
    /// Who wanted something.
    pub actor: ActorId,
    /// What: an event type or an action.
    pub intent: String,
    /// Where.
    pub resource: String,
    /// Why not, as a word.
    pub code: String,
    /// The rules that mattered.
    pub rules: Vec<DecidedRule>,
    /// Why not, as a sentence.
    pub explain: String,
    /// The bundle that decided.
    pub policy_root: Option<Sha256>,
    /// The trust that it saw.
    pub trust_chain: Option<Sha256>,
    /// BLAKE3 of the recorded input.
    pub input: Blake3,
    /// What it took.
    pub fuel: u64,
    /// The gate's clock and the skew it allows, where the decision turned on them.
    pub clock: Option<ClockReading>,
    /// Who keeps the gate.
    pub signer: ActorId,
}

/// A decision with its bytes, CID and signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedDecision {
    /// What it says.
    pub decision: AuditDecision,
    /// The stored bytes.
    pub bytes: Vec<u8>,
    /// Their CID.
    pub cid: Cid,
    /// The signature over them.
    pub signature: Signature,
}

/// Why bytes are not a decision, or a decision does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecisionError {
    /// Not strict DAG-CBOR, or not of the expected kind.
    Cbor(String),
    /// A field that this version does not know.
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
    /// More bytes than a decision may take.
    TooLarge,
    /// The trust graph has no key for the signer.
    UnknownActor(ActorId),
    /// The signature fits none of the signer's keys.
    BadSignature(ActorId),
}

impl fmt::Display for DecisionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DecisionError::Cbor(detail) => write!(f, "the decision is not strict DAG-CBOR: {detail}"),
            DecisionError::UnknownField(name) => write!(f, "`{name}` is not a field of audit decisions"),
            DecisionError::MissingField(name) => write!(f, "the decision lacks field `{name}`"),
            DecisionError::BadField { field, reason } => write!(f, "field `{field}` of the decision: {reason}"),
            DecisionError::TooLarge => write!(f, "the decision takes more than {MAX_DECISION_BYTES} bytes"),
            DecisionError::UnknownActor(actor) => write!(
                f,
                "refs/gatos/trust has no key for {actor}, who signed the decision; fetch that ref from a clone that has"
            ),
            DecisionError::BadSignature(actor) => {
                write!(f, "the decision's signature fits no key of {actor}: the decision or its signature was changed")
            }
        }
    }
}

impl core::error::Error for DecisionError {}

fn bad(field: &'static str, reason: impl fmt::Display) -> DecisionError {
    DecisionError::BadField { field, reason: reason.to_string() }
}

impl AuditDecision {
    /// The rule that stands for the decision: its place where it has one, else its name.
    pub fn rule(&self) -> Option<&str> {
        self.rules.first().map(|rule| rule.place.as_deref().unwrap_or(&rule.name))
    }

    fn rules_value(&self) -> Value {
        let rule = |rule: &DecidedRule| {
            let mut map = Map::new();
            map.insert("name", rule.name.clone());
            if let Some(place) = &rule.place {
                map.insert("place", place.clone());
            }
            map.insert("reason", rule.reason.clone());
            Value::Map(map)
        };
        Value::Array(self.rules.iter().map(rule).collect())
    }

    /// The stored bytes.
    pub fn encode(&self) -> Result<Vec<u8>, DecisionError> {
        let fuel = i64::try_from(self.fuel).map_err(|_| bad("fuel", "it is beyond 2^63"))?;
        let mut map = MapWriter::new();
        let mut text = |name: &'static str, value: &str| {
            map.entry(name, |w| _ = w.text(value));
        };
        text("type", DECISION_TYPE);
        text("ulid", &self.ulid.to_string());
        text("actor", self.actor.as_str());
        text("intent", &self.intent);
        text("resource", &self.resource);
        text("result", DENY);
        text("code", &self.code);
        text("explain", &self.explain);
        text("input", &self.input.to_string());
        text("signer", self.signer.as_str());
        text("sig_alg", SIG_ALG);
        if let Some(rule) = self.rule() {
            text("rule", rule);
        }
        if let Some(root) = &self.policy_root {
            text("policy_root", &root.to_string());
        }
        if let Some(root) = &self.trust_chain {
            text("trust_chain", &root.to_string());
        }
        map.entry("v", |w| _ = w.int(VERSION));
        map.entry("fuel", |w| _ = w.int(fuel));
        if !self.rules.is_empty() {
            map.entry("rules", |w| self.rules_value().write(w));
        }
        if let Some(clock) = self.clock {
            let clock = clock.to_value()?;
            map.entry("clock", |w| clock.write(w));
        }
        let mut out = Writer::new();
        map.finish(&mut out).map_err(|e| DecisionError::Cbor(e.to_string()))?;
        match out.as_bytes().len() {
            0..=MAX_DECISION_BYTES => Ok(out.into_bytes()),
            _ => Err(DecisionError::TooLarge),
        }
    }

    /// Reads stored bytes strictly.
    pub fn decode(bytes: &[u8]) -> Result<AuditDecision, DecisionError> {
        if bytes.len() > MAX_DECISION_BYTES {
            return Err(DecisionError::TooLarge);
        }
        let cbor = |e: CborError| DecisionError::Cbor(e.to_string());
        let mut reader = Reader::new(bytes);
        let count = reader.map().map_err(cbor)?;
        let mut order = KeyOrder::new();
        let mut fields: BTreeMap<&'static str, Value> = BTreeMap::new();
        for _ in 0..count {
            let name = order.key(&mut reader).map_err(cbor)?;
            let known = FIELDS.iter().find(|field| **field == name);
            let known = known.ok_or_else(|| DecisionError::UnknownField(name.chars().take(60).collect()))?;
            fields.insert(known, Value::read(&mut reader).map_err(cbor)?);
        }
        reader.finish().map_err(cbor)?;
        let maybe = |field: &'static str| match fields.get(field) {
            None => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text.as_str())),
            Some(_) => Err(bad(field, "it must be text")),
        };
        let text = |field: &'static str| maybe(field)?.ok_or(DecisionError::MissingField(field));
        let root = |field: &'static str| -> Result<Option<Sha256>, DecisionError> {
            maybe(field)?.map(|text| text.parse().map_err(|e| bad(field, e))).transpose()
        };
        for (field, expected) in [("type", DECISION_TYPE), ("result", DENY), ("sig_alg", SIG_ALG)] {
            if text(field)? != expected {
                return Err(bad(field, format_args!("it must be {expected:?}")));
            }
        }
        if fields.get("v") != Some(&Value::Int(VERSION)) {
            return Err(bad("v", format_args!("this program knows version {VERSION}")));
        }
        let decision = AuditDecision {
            ulid: Ulid::parse(text("ulid")?).map_err(|e| bad("ulid", e))?,
            actor: ActorId::parse(text("actor")?).map_err(|e| bad("actor", e))?,
            intent: text("intent")?.to_owned(),
            resource: text("resource")?.to_owned(),
            code: text("code")?.to_owned(),
            rules: fields.get("rules").map_or(Ok(Vec::new()), read_rules)?,
            explain: text("explain")?.to_owned(),
            policy_root: root("policy_root")?,
            trust_chain: root("trust_chain")?,
            input: text("input")?.parse().map_err(|e| bad("input", e))?,
            fuel: (fields.get("fuel").and_then(Value::as_int).and_then(|n| u64::try_from(n).ok()))
                .ok_or_else(|| bad("fuel", "it must be a count"))?,
            clock: fields.get("clock").map(ClockReading::from_value).transpose()?,
            signer: ActorId::parse(text("signer")?).map_err(|e| bad("signer", e))?,
        };
        if maybe("rule")? != decision.rule() {
            return Err(bad("rule", "it is not the first of `rules`"));
        }
        Ok(decision)
    }

    /// Signs it.
    pub fn sign(self, key: &SigningKey) -> Result<SignedDecision, DecisionError> {
        let bytes = self.encode()?;
        let signature = sign::sign(key, Domain::Decision, &bytes);
        Ok(SignedDecision { cid: Cid::of(&bytes), decision: self, bytes, signature })
    }

    /// The same fields as a tree, for views; `cid` and `sig` come along when given.
    pub fn view(&self, cid: Option<&Cid>, signature: Option<&Signature>) -> Value {
        let mut map = Map::new();
        let mut text = |name: &str, value: String| _ = map.insert(name, value);
        text("type", DECISION_TYPE.to_owned());
        text("ulid", self.ulid.to_string());
        text("actor", self.actor.to_string());
        text("intent", self.intent.clone());
        text("resource", self.resource.clone());
        text("result", DENY.to_owned());
        text("code", self.code.clone());
        text("explain", self.explain.clone());
        text("input", self.input.to_string());
        text("signer", self.signer.to_string());
        for (name, value) in [
            ("rule", self.rule().map(ToOwned::to_owned)),
            ("policy_root", self.policy_root.as_ref().map(Sha256::to_string)),
            ("trust_chain", self.trust_chain.as_ref().map(Sha256::to_string)),
            ("cid", cid.map(Cid::to_string)),
            ("sig", signature.map(Signature::to_string)),
        ] {
            if let Some(value) = value {
                text(name, value);
            }
        }
        if !self.rules.is_empty() {
            map.insert("rules", self.rules_value());
        }
        if let Some(Ok(clock)) = self.clock.map(ClockReading::to_value) {
            map.insert("clock", clock);
        }
        map.insert("v", VERSION);
        map.insert("fuel", i64::try_from(self.fuel).unwrap_or(i64::MAX));
        Value::Map(map)
    }
}

impl ClockReading {
    fn to_value(self) -> Result<Value, DecisionError> {
        let int = |n: u64| i64::try_from(n).map_err(|_| bad("clock", "it is beyond 2^63"));
        Ok(Value::Map(Map::from_iter([("now_ms", int(self.now_ms)?), ("skew_ms", int(self.skew_ms)?)])))
    }

    fn from_value(value: &Value) -> Result<ClockReading, DecisionError> {
        let count = |name: &str| value.get(name).and_then(Value::as_int).and_then(|n| u64::try_from(n).ok());
        match (value.as_map().map(Map::len), count("now_ms"), count("skew_ms")) {
            (Some(2), Some(now_ms), Some(skew_ms)) => Ok(ClockReading { now_ms, skew_ms }),
            _ => Err(bad("clock", "it holds `now_ms` and `skew_ms`")),
        }
    }
}

fn read_rules(value: &Value) -> Result<Vec<DecidedRule>, DecisionError> {
    let items = value.as_array().filter(|items| !items.is_empty());
    let items = items.ok_or_else(|| bad("rules", "it is a list, left out when empty"))?;
    let rule = |item: &Value| {
        let map = item.as_map()?;
        let known = map.iter().all(|(name, _)| matches!(name, "name" | "place" | "reason"));
        let place = match map.get("place") {
            None => None,
            Some(place) => Some(place.as_text()?.to_owned()),
        };
        let text = |name: &str| map.get(name).and_then(Value::as_text).map(ToOwned::to_owned);
        Some(DecidedRule { name: text("name")?, place, reason: text("reason")? }).filter(|_| known)
    };
    items
        .iter()
        .map(|item| rule(item).ok_or_else(|| bad("rules", "each has `name`, `reason` and perhaps `place`")))
        .collect()
}

impl SignedDecision {
    /// Joins stored bytes and signature text, decoding the bytes. The signature is not checked yet.
    pub fn from_stored(bytes: Vec<u8>, signature: &str) -> Result<SignedDecision, DecisionError> {
        let decision = AuditDecision::decode(&bytes)?;
        let signature = signature.trim_end().parse().map_err(|e| bad("sig_alg", e))?;
        Ok(SignedDecision { cid: Cid::of(&bytes), decision, bytes, signature })
    }

    /// Whether a key that the trust graph gives the signer made the signature.
    pub fn check_signature(&self, graph: &TrustGraph) -> Result<(), DecisionError> {
        let signer = &self.decision.signer;
        let time = self.decision.ulid.time_ms();
        if graph.keys_at(signer, time).next().is_none() {
            return Err(DecisionError::UnknownActor(signer.clone()));
        }
        if graph.keys_at(signer, time).any(|key| sign::verify(key, Domain::Decision, &self.bytes, &self.signature)) {
            return Ok(());
        }
        Err(DecisionError::BadSignature(signer.clone()))
    }

    /// The decision as a tree, with `cid` and `sig`.
    pub fn view(&self) -> Value {
        self.decision.view(Some(&self.cid), Some(&self.signature))
    }
}
