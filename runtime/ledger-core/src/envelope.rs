//! The event envelope: a DAG-CBOR map with exactly the known fields, absent when empty, signed beside and not inside.
//!
//! | field | CBOR | says |
//! | --- | --- | --- |
//! | `v` | 1 | version of the envelope |
//! | `type` | text | what happened, `repo.commit` |
//! | `ulid` | text, 26 characters | when, and which |
//! | `ns`, `actor` | text | whose journal |
//! | `seq` | integer from 0 | position in the journal |
//! | `prev` | CID link (tag 42) | the event before; absent in the first |
//! | `ts` | number or text | the time as the source gave it; absent when it gave none |
//! | `caps`, `labels` | list of text | capabilities in use, policy labels; absent when empty |
//! | `payload` | any value | always present |
//! | `attachments` | list of maps | pointers to blobs; absent when empty |
//! | `policy_root`, `trust_chain` | text `sha256:<hex>` | what the gate decided by; absent until a policy is installed |
//! | `sig_alg` | text `ed25519` | how the detached signature is made; always present in this version |
//!
//! The signature is over `gatos/event/1`, a zero byte and these bytes.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use gatos_canon::cbor::{KeyOrder, Kind, Reader, Writer};
use gatos_canon::{CborError, Cid, MAX_DEPTH, Map, Sha256, Value};

use crate::key::{PublicKey, SIG_ALG, Signature, SigningKey};
use crate::model::{ActorId, EventType, JournalId, Namespace};
use crate::ports::SignedEvent;
use crate::rules::Head;
use crate::sign::{self, Domain};
use crate::ulid::Ulid;

/// The version of the envelope.
pub const VERSION: i64 = 1;
/// The deepest nesting of a payload: the envelope itself is one of the 128 levels that data may have.
pub const MAX_NESTING: usize = MAX_DEPTH - 1;
/// The most bytes an event may take; larger things belong into attachments.
pub const MAX_EVENT_BYTES: usize = 16 * 1024 * 1024;
/// The most entries of `caps`, `labels` and `attachments`.
pub const MAX_LIST: usize = 1024;

/// The fields, in DAG-CBOR's order of keys: shorter first, then by bytes.
pub const FIELDS: [&str; 15] = [
    "v",
    "ns",
    "ts",
    "seq",
    "caps",
    "prev",
    "type",
    "ulid",
    "actor",
    "labels",
    "payload",
    "sig_alg",
    "attachments",
    "policy_root",
    "trust_chain",
];

/// An event without its payload: what journals, orders and filters look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// What happened.
    pub event_type: EventType,
    /// When, and which.
    pub ulid: Ulid,
    /// The namespace.
    pub ns: Namespace,
    /// Who says so.
    pub actor: ActorId,
    /// Position in the journal, from 0.
    pub seq: u64,
    /// The event before.
    pub prev: Option<Cid>,
    /// The time as the source gave it: a number or text.
    pub ts: Option<Value>,
    /// Capabilities in use.
    pub caps: Vec<String>,
    /// Policy labels.
    pub labels: Vec<String>,
    /// Pointers to blobs.
    pub attachments: Vec<Value>,
    /// The policy bundle that decided.
    pub policy_root: Option<Sha256>,
    /// The trust that it saw.
    pub trust_chain: Option<Sha256>,
}

/// A whole event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// All but the payload.
    pub header: Header,
    /// What the source says.
    pub payload: Value,
}

/// Why bytes or fields are not an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnvelopeError {
    /// Not strict DAG-CBOR, or not of the expected kind.
    Cbor {
        /// The field being read, when inside one.
        field: Option<&'static str>,
        /// What the reader said.
        detail: String,
    },
    /// A field that this version does not know.
    UnknownField(String),
    /// A required field is missing.
    MissingField(&'static str),
    /// A field that must be absent when empty.
    EmptyField(&'static str),
    /// A field whose value is not allowed.
    BadField {
        /// The field.
        field: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// A version that this program does not know.
    Version(i64),
    /// More bytes than an event may take.
    TooLarge {
        /// How many.
        bytes: usize,
    },
}

impl fmt::Display for EnvelopeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EnvelopeError::Cbor { field: None, detail } => write!(f, "the envelope is not strict DAG-CBOR: {detail}"),
            EnvelopeError::Cbor { field: Some(field), detail } => write!(f, "field `{field}`: {detail}"),
            EnvelopeError::UnknownField(name) => {
                write!(f, "`{name}` is not a field of event envelopes (known: {})", FIELDS.join(", "))
            }
            EnvelopeError::MissingField(name) => write!(f, "field `{name}` is missing"),
            EnvelopeError::EmptyField(name) => write!(f, "field `{name}` is empty; an empty field is left out"),
            EnvelopeError::BadField { field, reason } => write!(f, "field `{field}`: {reason}"),
            EnvelopeError::Version(v) => {
                write!(f, "envelope version {v} is newer than this program, which knows version {VERSION}")
            }
            EnvelopeError::TooLarge { bytes } => write!(
                f,
                "the event takes {bytes} bytes and the limit is {MAX_EVENT_BYTES}; put large content into an attachment"
            ),
        }
    }
}

impl core::error::Error for EnvelopeError {}

fn bad(field: &'static str, reason: impl fmt::Display) -> EnvelopeError {
    EnvelopeError::BadField { field, reason: reason.to_string() }
}

fn check_words(field: &'static str, words: &[String]) -> Result<(), EnvelopeError> {
    if words.len() > MAX_LIST {
        return Err(bad(field, format_args!("it has more than {MAX_LIST} entries")));
    }
    match words.iter().find(|w| w.is_empty() || w.len() > 200 || w.chars().any(char::is_control)) {
        Some(word) => {
            Err(bad(field, format_args!("{word:?} is empty, longer than 200 bytes or has control characters")))
        }
        None => Ok(()),
    }
}

impl Header {
    /// Checks what the types do not already say.
    fn check(&self) -> Result<(), EnvelopeError> {
        if (self.seq == 0) != self.prev.is_none() {
            return Err(bad("prev", "it is absent in the first event, `seq` 0, and there alone"));
        }
        if let Some(ts) = &self.ts
            && !matches!(ts, Value::Int(_) | Value::Float(_) | Value::Text(_))
        {
            return Err(bad("ts", "it must be a number or a string"));
        }
        check_words("caps", &self.caps)?;
        check_words("labels", &self.labels)?;
        if self.attachments.len() > MAX_LIST {
            return Err(bad("attachments", format_args!("it has more than {MAX_LIST} entries")));
        }
        if self.attachments.iter().any(|a| !matches!(a, Value::Map(_))) {
            return Err(bad("attachments", "each entry must be a map, as in {\"kind\":\"blobptr\",…}"));
        }
        if self.attachments.iter().any(|a| a.depth() >= MAX_NESTING) {
            return Err(bad("attachments", format_args!("they nest deeper than {MAX_NESTING}")));
        }
        Ok(())
    }

    /// The journal the event belongs to.
    pub fn journal(&self) -> JournalId {
        JournalId::new(self.ns.clone(), self.actor.clone())
    }
}

/// Encodes an event; `payload` writes its one item.
fn encode(header: &Header, payload: &Value) -> Result<Vec<u8>, EnvelopeError> {
    header.check()?;
    if payload.depth() > MAX_NESTING {
        return Err(bad("payload", format_args!("it nests deeper than {MAX_NESTING}")));
    }
    let seq = i64::try_from(header.seq).map_err(|_| bad("seq", "it is beyond 2^63"))?;
    let optional = [
        header.ts.is_some(),
        !header.caps.is_empty(),
        header.prev.is_some(),
        !header.labels.is_empty(),
        !header.attachments.is_empty(),
        header.policy_root.is_some(),
        header.trust_chain.is_some(),
    ];
    let count = 8 + optional.iter().filter(|present| **present).count();
    let mut w = Writer::new();
    let words = |w: &mut Writer, name: &str, words: &[String]| {
        if !words.is_empty() {
            w.text(name).array(words.len());
            for word in words {
                w.text(word);
            }
        }
    };
    // The order of FIELDS.
    w.map(count);
    w.text("v").int(VERSION);
    w.text("ns").text(header.ns.as_str());
    if let Some(ts) = &header.ts {
        ts.write(w.text("ts"));
    }
    w.text("seq").int(seq);
    words(&mut w, "caps", &header.caps);
    if let Some(prev) = &header.prev {
        w.text("prev").link(prev);
    }
    w.text("type").text(header.event_type.as_str());
    w.text("ulid").text(&header.ulid.to_string());
    w.text("actor").text(header.actor.as_str());
    words(&mut w, "labels", &header.labels);
    payload.write(w.text("payload"));
    w.text("sig_alg").text(SIG_ALG);
    if !header.attachments.is_empty() {
        w.text("attachments").array(header.attachments.len());
        for attachment in &header.attachments {
            attachment.write(&mut w);
        }
    }
    if let Some(root) = &header.policy_root {
        w.text("policy_root").text(&root.to_string());
    }
    if let Some(root) = &header.trust_chain {
        w.text("trust_chain").text(&root.to_string());
    }
    let bytes = w.into_bytes();
    if bytes.len() > MAX_EVENT_BYTES {
        return Err(EnvelopeError::TooLarge { bytes: bytes.len() });
    }
    Ok(bytes)
}

fn in_field(field: &'static str) -> impl Fn(CborError) -> EnvelopeError {
    move |e| EnvelopeError::Cbor { field: Some(field), detail: e.to_string() }
}

fn whole(e: CborError) -> EnvelopeError {
    EnvelopeError::Cbor { field: None, detail: e.to_string() }
}

fn read_words(reader: &mut Reader<'_>, field: &'static str) -> Result<Vec<String>, EnvelopeError> {
    let count = reader.array().map_err(in_field(field))?;
    if count == 0 {
        return Err(EnvelopeError::EmptyField(field));
    }
    if count > MAX_LIST {
        return Err(bad(field, format_args!("it has more than {MAX_LIST} entries")));
    }
    (0..count).map(|_| Ok(reader.text().map_err(in_field(field))?.to_owned())).collect()
}

fn read_ts(reader: &mut Reader<'_>) -> Result<Value, EnvelopeError> {
    match reader.peek().map_err(in_field("ts"))? {
        Kind::Int | Kind::Float | Kind::Text => Value::read(reader).map_err(in_field("ts")),
        other => Err(bad("ts", format_args!("it must be a number or a string, not {other}"))),
    }
}

fn read_attachments(reader: &mut Reader<'_>) -> Result<Vec<Value>, EnvelopeError> {
    let field = in_field("attachments");
    let count = reader.array().map_err(&field)?;
    if count == 0 {
        return Err(EnvelopeError::EmptyField("attachments"));
    }
    if count > MAX_LIST {
        return Err(bad("attachments", format_args!("it has more than {MAX_LIST} entries")));
    }
    (0..count)
        .map(|_| {
            let mut ahead = *reader;
            ahead.skip_within(MAX_NESTING - 1).map_err(&field)?;
            Value::read(reader).map_err(&field)
        })
        .collect()
}

/// Reads everything but the payload, of which it gives the byte range; the whole envelope is checked strictly.
pub fn decode_header(bytes: &[u8]) -> Result<(Header, Range<usize>), EnvelopeError> {
    if bytes.len() > MAX_EVENT_BYTES {
        return Err(EnvelopeError::TooLarge { bytes: bytes.len() });
    }
    let mut reader = Reader::new(bytes);
    let count = reader.map().map_err(whole)?;
    let mut order = KeyOrder::new();
    let (mut version, mut ns, mut ts, mut seq, mut prev) = (None, None, None, None, None);
    let (mut event_type, mut ulid, mut actor, mut payload, mut sig_alg) = (None, None, None, None, None);
    let (mut caps, mut labels, mut attachments) = (Vec::new(), Vec::new(), Vec::new());
    let (mut policy_root, mut trust_chain) = (None, None);
    let r = &mut reader;
    for _ in 0..count {
        let name = order.key(r).map_err(whole)?;
        match name {
            "v" => version = Some(r.int().map_err(in_field("v"))?),
            "ns" => ns = Some(text(r, "ns", Namespace::parse)?),
            "ts" => ts = Some(read_ts(r)?),
            "seq" => {
                let n = r.int().map_err(in_field("seq"))?;
                seq = Some(u64::try_from(n).map_err(|_| bad("seq", "it is negative"))?);
            }
            "caps" => caps = read_words(r, "caps")?,
            "prev" => prev = Some(r.link().map_err(in_field("prev"))?),
            "type" => event_type = Some(text(r, "type", EventType::parse)?),
            "ulid" => ulid = Some(text(r, "ulid", Ulid::parse)?),
            "actor" => actor = Some(text(r, "actor", ActorId::parse)?),
            "labels" => labels = read_words(r, "labels")?,
            "payload" => {
                let start = r.offset();
                r.skip_within(MAX_NESTING).map_err(in_field("payload"))?;
                payload = Some(start..r.offset());
            }
            "sig_alg" => sig_alg = Some(r.text().map_err(in_field("sig_alg"))?),
            "attachments" => attachments = read_attachments(r)?,
            "policy_root" => policy_root = Some(text(r, "policy_root", str::parse)?),
            "trust_chain" => trust_chain = Some(text(r, "trust_chain", str::parse)?),
            other => return Err(EnvelopeError::UnknownField(other.chars().take(60).collect())),
        }
    }
    reader.finish().map_err(whole)?;
    let missing = EnvelopeError::MissingField;
    match version.ok_or(missing("v"))? {
        VERSION => {}
        other => return Err(EnvelopeError::Version(other)),
    }
    match sig_alg.ok_or(missing("sig_alg"))? {
        SIG_ALG => {}
        other => return Err(bad("sig_alg", format_args!("{other:?} is unknown; this program knows `{SIG_ALG}`"))),
    }
    let header = Header {
        event_type: event_type.ok_or(missing("type"))?,
        ulid: ulid.ok_or(missing("ulid"))?,
        ns: ns.ok_or(missing("ns"))?,
        actor: actor.ok_or(missing("actor"))?,
        seq: seq.ok_or(missing("seq"))?,
        prev,
        ts,
        caps,
        labels,
        attachments,
        policy_root,
        trust_chain,
    };
    header.check()?;
    Ok((header, payload.ok_or(missing("payload"))?))
}

fn text<T, E: fmt::Display>(
    reader: &mut Reader<'_>,
    field: &'static str,
    parse: fn(&str) -> Result<T, E>,
) -> Result<T, EnvelopeError> {
    parse(reader.text().map_err(in_field(field))?).map_err(|e| bad(field, e))
}

impl Event {
    /// The stored bytes.
    pub fn encode(&self) -> Result<Vec<u8>, EnvelopeError> {
        encode(&self.header, &self.payload)
    }

    /// Reads stored bytes strictly: unknown fields, empty fields and other spellings are refused.
    pub fn decode(bytes: &[u8]) -> Result<Event, EnvelopeError> {
        let (header, payload) = decode_header(bytes)?;
        let payload = bytes.get(payload).unwrap_or(&[]);
        Ok(Event { header, payload: Value::from_cbor(payload).map_err(in_field("payload"))? })
    }

    /// The same fields as a tree, for views: links and ids become text, `cid` and `sig` come along when given.
    pub fn view(&self, cid: Option<&Cid>, signature: Option<&Signature>) -> Value {
        let header = &self.header;
        let mut map = Map::new();
        let mut text = |name: &str, value: String| {
            map.insert(name, value);
        };
        text("ns", header.ns.to_string());
        text("type", header.event_type.to_string());
        text("ulid", header.ulid.to_string());
        text("actor", header.actor.to_string());
        text("sig_alg", SIG_ALG.to_string());
        if let Some(prev) = &header.prev {
            text("prev", prev.to_string());
        }
        if let Some(root) = &header.policy_root {
            text("policy_root", root.to_string());
        }
        if let Some(root) = &header.trust_chain {
            text("trust_chain", root.to_string());
        }
        if let Some(cid) = cid {
            text("cid", cid.to_string());
        }
        if let Some(signature) = signature {
            text("sig", signature.to_string());
        }
        map.insert("v", VERSION);
        map.insert("seq", i64::try_from(header.seq).unwrap_or(i64::MAX));
        if let Some(ts) = &header.ts {
            map.insert("ts", ts.clone());
        }
        if !header.caps.is_empty() {
            map.insert("caps", header.caps.clone());
        }
        if !header.labels.is_empty() {
            map.insert("labels", header.labels.clone());
        }
        if !header.attachments.is_empty() {
            map.insert("attachments", Value::Array(header.attachments.clone()));
        }
        map.insert("payload", self.payload.clone());
        Value::Map(map)
    }
}

/// An event with its bytes and CID, not yet signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// All but the payload.
    pub header: Header,
    /// The stored bytes.
    pub bytes: Vec<u8>,
    /// Their CID.
    pub cid: Cid,
}

impl Encoded {
    /// The journal head that this event makes.
    pub fn head(&self) -> Head {
        Head::of(&self.header, self.cid)
    }

    /// Signs it.
    pub fn sign(self, key: &SigningKey) -> SignedEvent {
        let signature = sign::sign(key, Domain::Event, &self.bytes);
        SignedEvent { header: self.header, bytes: self.bytes, cid: self.cid, signature }
    }
}

impl SignedEvent {
    /// Whether one of the keys made the signature.
    pub fn verify<'k>(&self, keys: impl IntoIterator<Item = &'k PublicKey>) -> bool {
        keys.into_iter().any(|key| sign::verify(key, Domain::Event, &self.bytes, &self.signature))
    }

    /// The whole event.
    pub fn decode(&self) -> Result<Event, EnvelopeError> {
        Event::decode(&self.bytes)
    }
}

/// What an author says; the journal adds namespace, actor, `seq` and `prev`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// What happened.
    pub event_type: EventType,
    /// When, and which.
    pub ulid: Ulid,
    /// The time as the source gave it.
    pub ts: Option<Value>,
    /// Capabilities in use.
    pub caps: Vec<String>,
    /// Policy labels.
    pub labels: Vec<String>,
    /// What the source says.
    pub payload: Value,
    /// Pointers to blobs.
    pub attachments: Vec<Value>,
    /// The policy bundle that decided.
    pub policy_root: Option<Sha256>,
    /// The trust that it saw.
    pub trust_chain: Option<Sha256>,
}

impl Draft {
    /// A draft with an empty payload.
    pub fn new(event_type: EventType, ulid: Ulid) -> Draft {
        Draft {
            event_type,
            ulid,
            ts: None,
            caps: Vec::new(),
            labels: Vec::new(),
            payload: Value::Map(Map::new()),
            attachments: Vec::new(),
            policy_root: None,
            trust_chain: None,
        }
    }

    /// Puts the draft behind a journal's head. Whether its ULID may stand there is the journal's rule to say.
    pub fn place(self, journal: &JournalId, head: Option<&Head>) -> Result<Encoded, EnvelopeError> {
        let header = Header {
            event_type: self.event_type,
            ulid: self.ulid,
            ns: journal.ns.clone(),
            actor: journal.actor.clone(),
            seq: head.map_or(0, |head| head.seq.saturating_add(1)),
            prev: head.map(|head| head.cid),
            ts: self.ts,
            caps: self.caps,
            labels: self.labels,
            attachments: self.attachments,
            policy_root: self.policy_root,
            trust_chain: self.trust_chain,
        };
        check_numbers(&self.payload)?;
        let bytes = encode(&header, &self.payload)?;
        let cid = Cid::of(&bytes);
        Ok(Encoded { header, bytes, cid })
    }

    /// Reads the body of an envelope as people write it: what the journal adds may be left out, and where it is
    /// given it must agree. `ulid` is used when the body names none.
    pub fn from_body(body: &Value, journal: &JournalId, ulid: Ulid) -> Result<Draft, EnvelopeError> {
        let Value::Map(map) = body else {
            return Err(EnvelopeError::BadField {
                field: "payload",
                reason: "an envelope body is a JSON object".into(),
            });
        };
        let mut draft =
            Draft::new(parse_field(map, "type", EventType::parse)?.ok_or(EnvelopeError::MissingField("type"))?, ulid);
        for (name, value) in map.iter() {
            match name {
                "v" if *value == Value::Int(VERSION) => {}
                "v" => return Err(bad("v", format_args!("it must be {VERSION}"))),
                "type" => {}
                "ulid" => draft.ulid = parse_field(map, "ulid", Ulid::parse)?.unwrap_or(ulid),
                "ns" => agree("ns", value, journal.ns.as_str())?,
                "actor" => agree("actor", value, journal.actor.as_str())?,
                "sig_alg" => agree("sig_alg", value, SIG_ALG)?,
                "ts" => draft.ts = Some(value.clone()),
                "caps" => draft.caps = words_of("caps", value)?,
                "labels" => draft.labels = words_of("labels", value)?,
                "payload" => draft.payload = value.clone(),
                "attachments" => match value {
                    Value::Array(items) => draft.attachments = items.clone(),
                    _ => return Err(bad("attachments", "it must be a list")),
                },
                "policy_root" => draft.policy_root = parse_field(map, "policy_root", str::parse)?,
                "trust_chain" => draft.trust_chain = parse_field(map, "trust_chain", str::parse)?,
                "seq" => return Err(bad("seq", "the journal sets it; leave it out")),
                "prev" => return Err(bad("prev", "the journal sets it; leave it out")),
                other => return Err(EnvelopeError::UnknownField(other.chars().take(60).collect())),
            }
        }
        Ok(draft)
    }
}

/// A journal is for ever, and a decimal that no program can hold would stop every fold over it:
/// new events must keep their decimals in the range of Q32.32.
fn check_numbers(payload: &Value) -> Result<(), EnvelopeError> {
    let mut open = alloc::vec![payload];
    while let Some(value) = open.pop() {
        match value {
            &Value::Float(bits) if gatos_num::fix_from_f64_bits(bits).is_err() => {
                let mut text = String::new();
                value.to_json(&mut text);
                return Err(bad(
                    "payload",
                    format_args!(
                        "the decimal {text} is outside of what programs can hold (from -2147483648.0 up to \
                         2147483648.0); write it as a whole number or a string"
                    ),
                ));
            }
            Value::Array(items) => open.extend(items.iter().rev()),
            Value::Map(map) => open.extend(map.iter().map(|(_, value)| value)),
            _ => {}
        }
    }
    Ok(())
}

fn parse_field<T, E: fmt::Display>(
    map: &Map,
    field: &'static str,
    parse: fn(&str) -> Result<T, E>,
) -> Result<Option<T>, EnvelopeError> {
    match map.get(field) {
        None => Ok(None),
        Some(Value::Text(text)) => parse(text).map(Some).map_err(|e| bad(field, e)),
        Some(_) => Err(bad(field, "it must be a string")),
    }
}

fn agree(field: &'static str, value: &Value, expected: &str) -> Result<(), EnvelopeError> {
    match value {
        Value::Text(text) if text == expected => Ok(()),
        _ => Err(bad(field, format_args!("this journal makes it {expected:?}; leave it out or let it agree"))),
    }
}

fn words_of(field: &'static str, value: &Value) -> Result<Vec<String>, EnvelopeError> {
    let Value::Array(items) = value else { return Err(bad(field, "it must be a list of strings")) };
    let word = |item: &Value| item.as_text().map(ToOwned::to_owned).ok_or_else(|| bad(field, "it must hold strings"));
    items.iter().map(word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(payload: &str) -> Result<Encoded, EnvelopeError> {
        let journal = JournalId::new(Namespace::parse("a").unwrap(), ActorId::parse("user:ann").unwrap());
        let payload = Value::from_json(payload).unwrap();
        let draft = Draft { payload, ..Draft::new(EventType::parse("t").unwrap(), Ulid(1)) };
        draft.place(&journal, None)
    }

    #[test]
    fn decimals_that_no_program_can_hold_are_refused_before_they_are_for_ever() {
        assert!(place(r#"{"a":[1.5,2147483647.75,-2147483648.0,9007199254740993]}"#).is_ok());
        for bad in ["2147483648.0", "-2147483649.5", "1e300", r#"{"a":[{"b":5000000000.5}]}"#] {
            let error = place(bad).unwrap_err().to_string();
            assert!(error.contains("outside of what programs can hold"), "{bad}: {error}");
        }
    }
}
