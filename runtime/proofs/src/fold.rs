//! Proof-of-Fold: the envelope, its one spelling, its signature, and the comparison a verifier makes.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use gatos_canon::cbor::{KeyOrder, MapWriter, Reader, Writer};
use gatos_canon::{Blake3, CborError, Cid, Map, Sha256, Value};
use gatos_ledger_core::checkpoint::content_ulid;
use gatos_ledger_core::key::{SIG_ALG, Signature, SigningKey};
use gatos_ledger_core::model::{ActorId, Channel, Namespace};
use gatos_ledger_core::sign::{self, Domain};
use gatos_ledger_core::trust::TrustGraph;
use gatos_ledger_core::ulid::Ulid;

/// The `type` of the envelope.
pub const PROOF_TYPE: &str = "proof.fold";
/// The version of the envelope.
pub const VERSION: i64 = 1;
/// The most bytes a proof may take.
pub const MAX_PROOF_BYTES: usize = 8 * 1024 * 1024;

/// The limits under which each call ran; `None` means no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Limits {
    /// Fuel for each call.
    pub fuel: Option<u64>,
    /// Depth of calls.
    pub depth: Option<u64>,
    /// Abstract bytes for each call.
    pub memory: Option<u64>,
}

/// What the whole fold used, counted from its first event even when it resumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Usage {
    /// Events folded.
    pub events: u64,
    /// Fuel of all calls together.
    pub fuel: u64,
    /// Fuel of the costliest call.
    pub fuel_max: u64,
    /// Abstract bytes of the largest call.
    pub memory_max: u64,
}

/// The statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoldProof {
    /// Made from content, see [`FoldProof::stamp`].
    pub ulid: Ulid,
    /// The namespace folded.
    pub ns: Namespace,
    /// The channel, when it is not the namespace's own.
    pub channel: Option<Channel>,
    /// Who says so.
    pub actor: ActorId,
    /// BLAKE3 of `inputs.json`.
    pub inputs_root: Blake3,
    /// The last event in the total order; absent when there was none.
    pub ledger_head: Option<Cid>,
    /// BLAKE3 of `state.json`.
    pub state_root: Blake3,
    /// SHA-256 of the program.
    pub fold_root: Sha256,
    /// The engine id.
    pub engine: String,
    /// The policy bundle in force; absent until one is installed.
    pub policy_root: Option<Sha256>,
    /// The policy's code; absent until one is installed.
    pub policy_code_root: Option<Sha256>,
    /// BLAKE3 of each emitted artifact.
    pub artifacts: BTreeMap<String, Blake3>,
    /// The limits.
    pub limits: Limits,
    /// What it took.
    pub usage: Usage,
}

/// A proof with its bytes, CID and signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedProof {
    /// The statement.
    pub proof: FoldProof,
    /// The stored bytes.
    pub bytes: Vec<u8>,
    /// Their CID.
    pub cid: Cid,
    /// The signature over them.
    pub signature: Signature,
}

/// Why bytes are not a proof, or a proof does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProofError {
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
    /// The envelope is too large.
    TooLarge,
    /// The trust graph has no key for the actor.
    UnknownActor(ActorId),
    /// The signature fits none of the actor's keys.
    BadSignature(ActorId),
    /// The ULID is not the one its content makes.
    WrongUlid {
        /// What content makes.
        expected: Ulid,
        /// What it says.
        found: Ulid,
    },
}

impl fmt::Display for ProofError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ProofError::Cbor(detail) => write!(f, "the proof is not strict DAG-CBOR: {detail}"),
            ProofError::UnknownField(name) => write!(f, "`{name}` is not a field of fold proofs"),
            ProofError::MissingField(name) => write!(f, "the proof lacks field `{name}`"),
            ProofError::BadField { field, reason } => write!(f, "field `{field}` of the proof: {reason}"),
            ProofError::TooLarge => {
                write!(f, "the proof takes more than {MAX_PROOF_BYTES} bytes; emit fewer artifacts")
            }
            ProofError::UnknownActor(actor) => {
                write!(
                    f,
                    "refs/gatos/trust has no key for {actor}, who signed the proof; fetch that ref from a clone that has"
                )
            }
            ProofError::BadSignature(actor) => {
                write!(f, "the proof's signature fits no key of {actor}: the proof or its signature was changed")
            }
            ProofError::WrongUlid { expected, found } => {
                write!(f, "the proof's ULID is {found} where its content makes {expected}")
            }
        }
    }
}

impl core::error::Error for ProofError {}

fn bad(field: &'static str, reason: impl fmt::Display) -> ProofError {
    ProofError::BadField { field, reason: reason.to_string() }
}

fn int(field: &'static str, n: u64) -> Result<i64, ProofError> {
    i64::try_from(n).map_err(|_| bad(field, "it is beyond 2^63"))
}

impl FoldProof {
    /// The stored bytes.
    pub fn encode(&self) -> Result<Vec<u8>, ProofError> {
        let mut map = MapWriter::new();
        let text = |w: &mut Writer, value: String| {
            w.text(&value);
        };
        map.entry("v", |w| {
            w.int(VERSION);
        });
        map.entry("type", |w| text(w, PROOF_TYPE.to_owned()));
        map.entry("ulid", |w| text(w, self.ulid.to_string()));
        map.entry("ns", |w| text(w, self.ns.to_string()));
        map.optional("channel", self.channel.as_ref(), |w, channel| text(w, channel.to_string()));
        map.entry("actor", |w| text(w, self.actor.to_string()));
        map.entry("inputs_root", |w| text(w, self.inputs_root.to_string()));
        map.optional("ledger_head", self.ledger_head.as_ref(), |w, cid| {
            w.link(cid);
        });
        map.entry("state_root", |w| text(w, self.state_root.to_string()));
        map.entry("fold_root", |w| text(w, self.fold_root.to_string()));
        map.entry("engine", |w| text(w, self.engine.clone()));
        map.optional("policy_root", self.policy_root.as_ref(), |w, root| text(w, root.to_string()));
        map.optional("policy_code_root", self.policy_code_root.as_ref(), |w, root| text(w, root.to_string()));
        if !self.artifacts.is_empty() {
            let artifacts: Map = self.artifacts.iter().map(|(path, hash)| (path.clone(), hash.to_string())).collect();
            map.entry("artifacts", |w| Value::Map(artifacts).write(w));
        }
        let limits = [("fuel", self.limits.fuel), ("depth", self.limits.depth), ("memory", self.limits.memory)];
        let mut limits_map = Map::new();
        for (name, limit) in limits {
            if let Some(limit) = limit {
                limits_map.insert(name, int("limits", limit)?);
            }
        }
        map.entry("limits", |w| Value::Map(limits_map).write(w));
        let mut usage = Map::new();
        usage.insert("events", int("usage", self.usage.events)?);
        usage.insert("fuel", int("usage", self.usage.fuel)?);
        usage.insert("fuel_max", int("usage", self.usage.fuel_max)?);
        usage.insert("memory_max", int("usage", self.usage.memory_max)?);
        map.entry("usage", |w| Value::Map(usage).write(w));
        map.entry("sig_alg", |w| text(w, SIG_ALG.to_owned()));
        let mut out = Writer::new();
        map.finish(&mut out).map_err(|e| ProofError::Cbor(e.to_string()))?;
        if out.as_bytes().len() > MAX_PROOF_BYTES {
            return Err(ProofError::TooLarge);
        }
        Ok(out.into_bytes())
    }

    /// Reads stored bytes strictly.
    pub fn decode(bytes: &[u8]) -> Result<FoldProof, ProofError> {
        if bytes.len() > MAX_PROOF_BYTES {
            return Err(ProofError::TooLarge);
        }
        let cbor = |e: CborError| ProofError::Cbor(e.to_string());
        let mut reader = Reader::new(bytes);
        let count = reader.map().map_err(cbor)?;
        let mut order = KeyOrder::new();
        let mut fields: BTreeMap<&'static str, Value> = BTreeMap::new();
        for _ in 0..count {
            let name = order.key(&mut reader).map_err(cbor)?;
            let known = FIELDS.iter().find(|field| **field == name);
            let known = known.ok_or_else(|| ProofError::UnknownField(name.chars().take(60).collect()))?;
            fields.insert(known, Value::read(&mut reader).map_err(cbor)?);
        }
        reader.finish().map_err(cbor)?;

        let mut fields = Fields(fields);
        if fields.take("v")? != Value::Int(VERSION) {
            return Err(bad("v", format_args!("this program knows version {VERSION}")));
        }
        fields.must_be("type", PROOF_TYPE)?;
        fields.must_be("sig_alg", SIG_ALG)?;
        let proof = FoldProof {
            ulid: fields.parse("ulid", Ulid::parse)?,
            ns: fields.parse("ns", Namespace::parse)?,
            channel: fields.maybe("channel", Channel::parse)?,
            actor: fields.parse("actor", ActorId::parse)?,
            inputs_root: fields.parse("inputs_root", str::parse)?,
            ledger_head: match fields.0.remove("ledger_head") {
                None => None,
                Some(Value::Link(cid)) => Some(cid),
                Some(_) => return Err(bad("ledger_head", "it must be a link")),
            },
            state_root: fields.parse("state_root", str::parse)?,
            fold_root: fields.parse("fold_root", str::parse)?,
            engine: fields.parse("engine", |text| Ok::<_, ProofError>(text.to_owned()))?,
            policy_root: fields.maybe("policy_root", str::parse)?,
            policy_code_root: fields.maybe("policy_code_root", str::parse)?,
            artifacts: fields.artifacts()?,
            limits: {
                let mut limits = fields.counts("limits", &["fuel", "depth", "memory"])?;
                Limits { fuel: limits.remove("fuel"), depth: limits.remove("depth"), memory: limits.remove("memory") }
            },
            usage: {
                let mut usage = fields.counts("usage", &["events", "fuel", "fuel_max", "memory_max"])?;
                let mut one = |name| usage.remove(name).ok_or(bad("usage", format_args!("it lacks `{name}`")));
                Usage {
                    events: one("events")?,
                    fuel: one("fuel")?,
                    fuel_max: one("fuel_max")?,
                    memory_max: one("memory_max")?,
                }
            },
        };
        Ok(proof)
    }

    /// Gives the proof the ULID that its content makes: the time of the last event folded, and a hash of the rest.
    pub fn stamp(mut self, last_event: Option<Ulid>) -> Result<FoldProof, ProofError> {
        self.ulid = self.made_ulid(last_event)?;
        Ok(self)
    }

    fn made_ulid(&self, last_event: Option<Ulid>) -> Result<Ulid, ProofError> {
        let blank = FoldProof { ulid: Ulid::MIN, ..self.clone() };
        Ok(content_ulid(last_event, &[&blank.encode()?]))
    }

    /// Whether the ULID is the one that content makes.
    pub fn check_ulid(&self, last_event: Option<Ulid>) -> Result<(), ProofError> {
        let expected = self.made_ulid(last_event)?;
        if expected == self.ulid { Ok(()) } else { Err(ProofError::WrongUlid { expected, found: self.ulid }) }
    }

    /// Encodes and signs.
    pub fn sign(self, key: &SigningKey) -> Result<SignedProof, ProofError> {
        let bytes = self.encode()?;
        let signature = sign::sign(key, Domain::Proof, &bytes);
        Ok(SignedProof { cid: Cid::of(&bytes), proof: self, bytes, signature })
    }

    /// The same fields as a tree, for views; `cid` and `sig` come along when given.
    pub fn view(&self, cid: Option<&Cid>, signature: Option<&Signature>) -> Result<Value, ProofError> {
        let value = Value::from_cbor(&self.encode()?).map_err(|e| ProofError::Cbor(e.to_string()))?;
        let Value::Map(mut map) = value else { return Ok(value) };
        if let Some(head) = &self.ledger_head {
            map.insert("ledger_head", head.to_string());
        }
        if let Some(cid) = cid {
            map.insert("cid", cid.to_string());
        }
        if let Some(signature) = signature {
            map.insert("sig", signature.to_string());
        }
        Ok(Value::Map(map))
    }

    /// What a recomputation found to be otherwise, first things first: what went in, what ran, how, what came out.
    pub fn differences(&self, recomputed: &FoldProof) -> Vec<Difference> {
        let mut out = Vec::new();
        let mut compare = |field: &str, recorded: String, computed: String| {
            if recorded != computed {
                out.push(Difference { field: field.to_owned(), recorded, recomputed: computed });
            }
        };
        fn shown<T: ToString>(value: &Option<T>) -> String {
            value.as_ref().map_or_else(|| "none".to_owned(), T::to_string)
        }
        let (a, b) = (self, recomputed);
        compare("ns", a.ns.to_string(), b.ns.to_string());
        compare("channel", shown(&a.channel), shown(&b.channel));
        compare("inputs_root", a.inputs_root.to_string(), b.inputs_root.to_string());
        compare("ledger_head", shown(&a.ledger_head), shown(&b.ledger_head));
        compare("fold_root", a.fold_root.to_string(), b.fold_root.to_string());
        compare("engine", a.engine.clone(), b.engine.clone());
        compare("policy_root", shown(&a.policy_root), shown(&b.policy_root));
        compare("policy_code_root", shown(&a.policy_code_root), shown(&b.policy_code_root));
        compare("limits.fuel", shown(&a.limits.fuel), shown(&b.limits.fuel));
        compare("limits.depth", shown(&a.limits.depth), shown(&b.limits.depth));
        compare("limits.memory", shown(&a.limits.memory), shown(&b.limits.memory));
        compare("state_root", a.state_root.to_string(), b.state_root.to_string());
        for path in a.artifacts.keys().chain(b.artifacts.keys().filter(|path| !a.artifacts.contains_key(*path))) {
            let hash = |proof: &FoldProof| shown(&proof.artifacts.get(path));
            compare(&format!("artifacts[{path}]"), hash(a), hash(b));
        }
        compare("usage.events", a.usage.events.to_string(), b.usage.events.to_string());
        compare("usage.fuel", a.usage.fuel.to_string(), b.usage.fuel.to_string());
        compare("usage.fuel_max", a.usage.fuel_max.to_string(), b.usage.fuel_max.to_string());
        compare("usage.memory_max", a.usage.memory_max.to_string(), b.usage.memory_max.to_string());
        out
    }
}

/// One field in which a recorded proof and a recomputed one disagree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The field.
    pub field: String,
    /// What the proof says.
    pub recorded: String,
    /// What the recomputation gave.
    pub recomputed: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: the proof says {}, recomputing gives {}", self.field, self.recorded, self.recomputed)
    }
}

impl SignedProof {
    /// Joins stored bytes and signature text, decoding the bytes. The signature is not checked yet.
    pub fn from_stored(bytes: Vec<u8>, signature: &str) -> Result<SignedProof, ProofError> {
        let proof = FoldProof::decode(&bytes)?;
        let signature = signature.trim_end().parse().map_err(|e| bad("sig", e))?;
        Ok(SignedProof { cid: Cid::of(&bytes), proof, bytes, signature })
    }

    /// Whether a key that the trust graph gives the actor made the signature.
    pub fn check_signature(&self, graph: &TrustGraph) -> Result<(), ProofError> {
        let actor = &self.proof.actor;
        let time = self.proof.ulid.time_ms();
        if graph.keys_at(actor, time).next().is_none() {
            return Err(ProofError::UnknownActor(actor.clone()));
        }
        if graph.keys_at(actor, time).any(|key| sign::verify(key, Domain::Proof, &self.bytes, &self.signature)) {
            return Ok(());
        }
        Err(ProofError::BadSignature(actor.clone()))
    }

    /// The proof as a tree, with `cid` and `sig`.
    pub fn view(&self) -> Result<Value, ProofError> {
        self.proof.view(Some(&self.cid), Some(&self.signature))
    }
}

const FIELDS: [&str; 17] = [
    "v",
    "type",
    "ulid",
    "ns",
    "channel",
    "actor",
    "inputs_root",
    "ledger_head",
    "state_root",
    "fold_root",
    "engine",
    "policy_root",
    "policy_code_root",
    "artifacts",
    "limits",
    "usage",
    "sig_alg",
];

struct Fields(BTreeMap<&'static str, Value>);

impl Fields {
    fn take(&mut self, field: &'static str) -> Result<Value, ProofError> {
        self.0.remove(field).ok_or(ProofError::MissingField(field))
    }

    fn must_be(&mut self, field: &'static str, expected: &str) -> Result<(), ProofError> {
        match self.take(field)? {
            Value::Text(text) if text == expected => Ok(()),
            _ => Err(bad(field, format_args!("it must be {expected:?}"))),
        }
    }

    fn maybe<T, E: fmt::Display>(
        &mut self,
        field: &'static str,
        parse: fn(&str) -> Result<T, E>,
    ) -> Result<Option<T>, ProofError> {
        match self.0.remove(field) {
            None => Ok(None),
            Some(Value::Text(text)) => parse(&text).map(Some).map_err(|e| bad(field, e)),
            Some(_) => Err(bad(field, "it must be text")),
        }
    }

    fn parse<T, E: fmt::Display>(
        &mut self,
        field: &'static str,
        parse: fn(&str) -> Result<T, E>,
    ) -> Result<T, ProofError> {
        self.maybe(field, parse)?.ok_or(ProofError::MissingField(field))
    }

    fn artifacts(&mut self) -> Result<BTreeMap<String, Blake3>, ProofError> {
        let Some(value) = self.0.remove("artifacts") else { return Ok(BTreeMap::new()) };
        let map = value.as_map().filter(|map| !map.is_empty());
        let map = map.ok_or_else(|| bad("artifacts", "it must be a map from path to hash, left out when empty"))?;
        let hash = |value: &Value| value.as_text()?.parse::<Blake3>().ok();
        map.iter()
            .map(|(path, value)| {
                let hash = hash(value).ok_or_else(|| bad("artifacts", format!("{path:?} has no BLAKE3 hash")))?;
                Ok((path.to_owned(), hash))
            })
            .collect()
    }

    fn counts(&mut self, field: &'static str, known: &[&str]) -> Result<BTreeMap<String, u64>, ProofError> {
        let value = self.take(field)?;
        let map = value.as_map().ok_or_else(|| bad(field, "it must be a map of numbers"))?;
        map.iter()
            .map(|(name, value)| {
                if !known.contains(&name) {
                    return Err(bad(field, format_args!("`{name}` is not known in it")));
                }
                let n = value.as_int().and_then(|n| u64::try_from(n).ok());
                Ok((name.to_owned(), n.ok_or_else(|| bad(field, format_args!("`{name}` is not a count")))?))
            })
            .collect()
    }
}
