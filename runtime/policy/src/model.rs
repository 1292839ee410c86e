//! Intents, what a gate knows besides, and decisions.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use gatos_canon::{Blake3, Sha256, Value};
use gatos_ledger_core::decision::DecidedRule;
use gatos_ledger_core::envelope::{Draft, Event};
use gatos_ledger_core::grant::{Registry, SignedGrant};
use gatos_ledger_core::model::{ActorId, JournalId};
use gatos_ledger_core::trust::TrustGraph;
use gatos_ledger_core::ulid::Ulid;
use gatos_vm::Limits;

/// The capability to append events to journals.
pub const CAP_APPEND: &str = "journal:append";
/// The capability to append events whose time is far from the clock's.
pub const CAP_BACKFILL: &str = "journal:backfill";
/// The capability to install policies.
pub const CAP_INSTALL: &str = "policy:install";
/// The capability to bring denials to a gate's record, as another gate does.
pub const CAP_AUDIT: &str = "audit:append";

/// What a gate's decisions may cost: 10 million units of fuel, 1024 calls, 64 MiB.
pub const GATE_LIMITS: Limits = Limits { fuel: 10_000_000, depth: 1024, memory: 64 << 20 };

/// How far a ULID may be from the clock unless the profile says otherwise: ten minutes.
pub const DEFAULT_SKEW_MS: u64 = 10 * 60 * 1000;

/// The address of a repository that its profile gives no other.
pub const LOCAL_REPOSITORY: &str = "repo://local/repository";

/// What would be written where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// `journal`, `state`, `policies`, `trust`, `audit`, `bus`, `jobs`: the part of `refs/gatos` that would change.
    pub kind: String,
    /// The namespace, where there is one.
    pub ns: Option<String>,
    /// The ref.
    pub reference: String,
}

/// What someone wants to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Intent {
    /// An event type, or the name of an action: `intent.exec.run`.
    pub intent: String,
    /// Where: `gatos://finance`.
    pub resource: String,
    /// Who.
    pub actor: ActorId,
    /// Which, and when.
    pub ulid: Ulid,
    /// Capabilities that the actor says it uses.
    pub caps: Vec<String>,
    /// Labels.
    pub labels: Vec<String>,
    /// The content.
    pub payload: Value,
    /// Pointers to blobs.
    pub attachments: Vec<Value>,
    /// The time as the source gave it.
    pub ts: Option<Value>,
    /// What would be written.
    pub target: Target,
}

/// The address of a namespace.
pub fn resource_of(ns: impl fmt::Display) -> String {
    alloc::format!("gatos://{ns}")
}

impl Target {
    /// A journal.
    pub fn journal(journal: &JournalId) -> Target {
        let ns = Some(journal.ns.to_string());
        Target { kind: "journal".to_string(), ns, reference: journal.ref_name() }
    }
}

impl Intent {
    /// The wish to do something that has no content yet.
    pub fn new(intent: &str, resource: &str, actor: ActorId, ulid: Ulid, target: Target) -> Intent {
        Intent {
            intent: intent.to_string(),
            resource: resource.to_string(),
            actor,
            ulid,
            caps: Vec::new(),
            labels: Vec::new(),
            payload: Value::Map(gatos_canon::Map::new()),
            attachments: Vec::new(),
            ts: None,
            target,
        }
    }

    /// The wish to append a draft to a journal.
    pub fn of_draft(journal: &JournalId, draft: &Draft) -> Intent {
        Intent {
            intent: draft.event_type.to_string(),
            resource: resource_of(&journal.ns),
            actor: journal.actor.clone(),
            ulid: draft.ulid,
            caps: draft.caps.clone(),
            labels: draft.labels.clone(),
            payload: draft.payload.clone(),
            attachments: draft.attachments.clone(),
            ts: draft.ts.clone(),
            target: Target::journal(journal),
        }
    }

    /// The wish that an event on its way was: the same as its draft's.
    pub fn of_event(event: &Event) -> Intent {
        let header = &event.header;
        let journal = header.journal();
        Intent {
            intent: header.event_type.to_string(),
            resource: resource_of(&journal.ns),
            actor: header.actor.clone(),
            ulid: header.ulid,
            caps: header.caps.clone(),
            labels: header.labels.clone(),
            payload: event.payload.clone(),
            attachments: header.attachments.clone(),
            ts: header.ts.clone(),
            target: Target::journal(&journal),
        }
    }
}

/// What a gate knows besides the intent. All of it that a policy can see is part of the recorded input.
#[derive(Clone, Debug, PartialEq)]
pub struct Context {
    /// Who is who, and who granted what.
    pub trust: Registry,
    /// The repository's own addresses: `repo://acme/ledger`. The resource is added to them.
    pub repository: Vec<String>,
    /// The profile's name.
    pub profile: String,
}

impl Context {
    /// What a gate knows in a repository.
    pub fn new(graph: TrustGraph, grants: Vec<SignedGrant>, repository: Vec<String>, profile: &str) -> Context {
        Context { trust: Registry::new(graph, grants), repository, profile: profile.to_string() }
    }

    /// Who is who.
    pub fn graph(&self) -> &TrustGraph {
        self.trust.graph()
    }
}

/// What went wrong in a policy, or kept it from being asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ErrorCode {
    /// Two rules gave one document different values.
    Conflict,
    /// A library function refused its operands, under strict rules.
    Builtin,
    /// Fuel ran out.
    Fuel,
    /// Calls nested too deep.
    Depth,
    /// Memory ran out.
    Memory,
    /// The input is not what a policy can read: a number out of range, a time beyond the year 2262.
    Input,
    /// `allow` or `deny` is something else than a boolean and a set.
    Contract,
    /// Anything else.
    Runtime,
}

impl ErrorCode {
    /// The word in the code.
    pub fn as_str(self) -> &'static str {
        match self {
            ErrorCode::Conflict => "conflict",
            ErrorCode::Builtin => "builtin",
            ErrorCode::Fuel => "fuel",
            ErrorCode::Depth => "depth",
            ErrorCode::Memory => "memory",
            ErrorCode::Input => "input",
            ErrorCode::Contract => "contract",
            ErrorCode::Runtime => "runtime",
        }
    }
}

/// How a decision came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    /// Some `allow` is true and every `deny` is empty.
    Allowed,
    /// A deny rule fired.
    Forbidden,
    /// No allow rule held.
    NotPermitted,
    /// The ULID's time is too far from the gate's clock.
    Skew,
    /// The policy could not be evaluated to the end.
    Error(ErrorCode),
}

impl Code {
    /// Whether this lets the write pass.
    pub fn is_allowed(self) -> bool {
        self == Code::Allowed
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Code::Allowed => f.write_str("allowed"),
            Code::Forbidden => f.write_str("forbidden"),
            Code::NotPermitted => f.write_str("not_permitted"),
            Code::Skew => f.write_str("skew"),
            Code::Error(code) => write!(f, "error:{}", code.as_str()),
        }
    }
}

/// The document that a policy was asked about, as it is recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Canonical JSON.
    pub json: Vec<u8>,
    /// SHA-256 of the trust that it holds.
    pub trust_chain: Sha256,
    /// BLAKE3 of `json`.
    pub digest: Blake3,
}

/// A decision.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// How it came out.
    pub code: Code,
    /// The rules that mattered: of an allowance the allow rules that held, of a denial the deny rules that fired,
    /// or what each allow rule lacked.
    pub rules: Vec<DecidedRule>,
    /// Why, as a sentence.
    pub explain: String,
    /// What fuel it took.
    pub fuel: u64,
    /// The bundle that decided; none while none is installed.
    pub policy_root: Option<Sha256>,
    /// The trust that it saw; none while no policy is installed.
    pub trust_chain: Option<Sha256>,
}

impl Decision {
    /// Whether the write may pass.
    pub fn is_allowed(&self) -> bool {
        self.code.is_allowed()
    }

    /// The decision while no policy is installed.
    pub fn unguarded() -> Decision {
        Decision {
            code: Code::Allowed,
            rules: Vec::new(),
            explain: "no policy is installed".to_string(),
            fuel: 0,
            policy_root: None,
            trust_chain: None,
        }
    }

    /// The decision as SPEC has it, for an intent.
    pub fn view(&self, intent: &Intent) -> Value {
        let mut map = gatos_canon::Map::new();
        map.insert("type", "decision");
        map.insert("actor", intent.actor.to_string());
        map.insert("intent", intent.intent.clone());
        map.insert("resource", intent.resource.clone());
        map.insert("result", if self.is_allowed() { "ALLOW" } else { "DENY" });
        map.insert("code", self.code.to_string());
        map.insert("explain", self.explain.clone());
        map.insert("fuel", i64::try_from(self.fuel).unwrap_or(i64::MAX));
        if let Some(rule) = self.rules.first() {
            map.insert("rule", rule.place.clone().unwrap_or_else(|| rule.name.clone()));
        }
        let rule = |rule: &DecidedRule| {
            let mut map = gatos_canon::Map::new();
            map.insert("name", rule.name.clone());
            if let Some(place) = &rule.place {
                map.insert("place", place.clone());
            }
            map.insert("reason", rule.reason.clone());
            Value::Map(map)
        };
        if !self.rules.is_empty() {
            map.insert("rules", Value::Array(self.rules.iter().map(rule).collect()));
        }
        for (name, root) in [("policy_root", &self.policy_root), ("trust_chain", &self.trust_chain)] {
            if let Some(root) = root {
                map.insert(name, root.to_string());
            }
        }
        Value::Map(map)
    }
}
