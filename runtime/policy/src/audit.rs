//! Denials on record: `refs/gatos/audit/policy`, one chain, one commit a denial. Each holds the signed decision and
//! the input it was made on under `deny/<ulid>/`, so that anyone can make it again with the bundle it names.

use alloc::borrow::ToOwned;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use gatos_canon::{Sha256, Value, blake3};
use gatos_ledger_core::authority;
use gatos_ledger_core::decision::{AuditDecision, DecisionError, SignedDecision};
use gatos_ledger_core::grant::{SignedGrant, verified_grants};
use gatos_ledger_core::key::{SIG_ALG, SigningKey};
use gatos_ledger_core::model::{AUDIT_POLICY_REF, ActorId, TRUST_REF};
use gatos_ledger_core::ports::{CommitId, NewCommit, Refs, Snapshots, StoreError, SwapError};
use gatos_ledger_core::trust::TrustGraph;
use gatos_ledger_core::ulid::Ulid;

use crate::gate::{Evaluated, Gate};
use crate::install;
use crate::model::{CAP_AUDIT, Decision, Intent};
use crate::rules::{self, Clock};

/// The decision's bytes below `deny/<ulid>/`.
pub const DECISION_FILE: &str = "decision.cbor";
/// The signature over them, as text.
pub const SIGNATURE_FILE: &str = "decision.sig";
/// The recorded input.
pub const INPUT_FILE: &str = "input.json";

/// Where a denial's files lie.
pub fn deny_dir(ulid: Ulid) -> String {
    format!("deny/{ulid}/")
}

/// A denial as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Denial {
    /// Its commit.
    pub commit: CommitId,
    /// The one before.
    pub parent: Option<CommitId>,
    /// The decision.
    pub signed: SignedDecision,
    /// The input it was made on.
    pub input: Vec<u8>,
}

/// Why an audit record could not be read or does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuditError {
    /// No denial of that ULID is on record.
    Unknown(Ulid),
    /// The commit does not hold one denial and nothing else.
    Foreign {
        /// Which.
        commit: CommitId,
        /// What is unlike one.
        reason: String,
    },
    /// The signer may not bring denials to this record.
    NotAllowed {
        /// Which commit.
        commit: CommitId,
        /// Who signed.
        signer: ActorId,
    },
    /// The history was rewritten or merged.
    Rewritten {
        /// Which commit.
        commit: CommitId,
    },
    /// The decision is none, or its signature does not hold.
    Decision {
        /// Which commit.
        commit: CommitId,
        /// What is wrong.
        error: DecisionError,
    },
    /// Storage failed.
    Store(StoreError),
}

impl fmt::Display for AuditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AuditError::Unknown(ulid) => {
                write!(f, "no denial {ulid} is on record; `gatos audit log` lists those that are")
            }
            AuditError::Foreign { commit, reason } => write!(
                f,
                "commit {commit} on {AUDIT_POLICY_REF} is not a denial on record: {reason}; compare the ref with \
                 another clone's"
            ),
            AuditError::NotAllowed { commit, signer } => write!(
                f,
                "audit commit {commit} is signed by {signer}, who keeps no gate here; leave the record out of the \
                 push, or have a root grant it: `gatos trust grant {signer} {CAP_AUDIT}`"
            ),
            AuditError::Rewritten { commit } => {
                write!(f, "{AUDIT_POLICY_REF} only grows: {commit} does not follow what was there; fetch it first")
            }
            AuditError::Decision { commit, error } => write!(f, "audit commit {commit}: {error}"),
            AuditError::Store(e) => e.fmt(f),
        }
    }
}

impl core::error::Error for AuditError {}

impl From<StoreError> for AuditError {
    fn from(e: StoreError) -> AuditError {
        AuditError::Store(e)
    }
}

/// Who keeps a gate, and what it needs to put denials on record.
pub struct Recorder<'a> {
    /// The actor.
    pub signer: &'a ActorId,
    /// Its key.
    pub key: &'a SigningKey,
    /// The name of the record, and its time.
    pub ulid: Ulid,
    /// How often lost races are tried again, in all.
    pub tries: u32,
}

/// The statement about a denial.
pub fn statement(intent: &Intent, evaluated: &Evaluated, signer: &ActorId, ulid: Ulid) -> AuditDecision {
    let decision = &evaluated.decision;
    AuditDecision {
        ulid,
        actor: intent.actor.clone(),
        intent: intent.intent.clone(),
        resource: intent.resource.clone(),
        code: decision.code.to_string(),
        rules: decision.rules.clone(),
        explain: decision.explain.clone(),
        policy_root: decision.policy_root,
        trust_chain: decision.trust_chain,
        input: evaluated.input.digest,
        fuel: decision.fuel,
        clock: evaluated.clock,
        signer: signer.clone(),
    }
}

/// A text as the value of a trailer: one line, nothing that could start another, not too long.
fn line(text: &str) -> String {
    let flat: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(400).collect();
    match flat.trim() {
        "" => "none".to_owned(),
        text => text.to_owned(),
    }
}

fn message(signed: &SignedDecision) -> String {
    let decision = &signed.decision;
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "none".to_owned());
    let root = |root: &Option<Sha256>| or_none(root.as_ref().map(Sha256::to_string));
    let mut out = format!("DENY {} by {} on {}\n\n", line(&decision.intent), decision.actor, line(&decision.resource));
    for (name, value) in [
        ("Decision", decision.ulid.to_string()),
        ("Actor", decision.actor.to_string()),
        ("Intent", line(&decision.intent)),
        ("Resource", line(&decision.resource)),
        ("Policy-Code", line(&decision.code)),
        ("Policy-Rule", line(&or_none(decision.rule().map(ToOwned::to_owned)))),
        ("Policy-Reason", line(&decision.explain)),
        ("Policy-Root", root(&decision.policy_root)),
        ("Trust-Chain", root(&decision.trust_chain)),
        ("Decision-CID", signed.cid.to_string()),
        ("Sig-Alg", SIG_ALG.to_owned()),
        ("Sig", signed.signature.to_string()),
    ] {
        out.push_str(&format!("{name}: {value}\n"));
    }
    out
}

/// Appends a signed denial. Other writers may append meanwhile; the order on the chain is that of arrival.
pub fn append_denial<S: Refs + Snapshots>(
    store: &S,
    signed: &SignedDecision,
    input: &[u8],
    tries: u32,
) -> Result<CommitId, AuditError> {
    let decision = &signed.decision;
    let dir = deny_dir(decision.ulid);
    let mut files = BTreeMap::new();
    files.insert(format!("{dir}{DECISION_FILE}"), signed.bytes.clone());
    files.insert(format!("{dir}{SIGNATURE_FILE}"), format!("{}\n", signed.signature).into_bytes());
    files.insert(format!("{dir}{INPUT_FILE}"), input.to_vec());
    for _ in 0..tries {
        let old = store.get_ref(AUDIT_POLICY_REF)?;
        let new = store.write_commit(&NewCommit {
            files: files.clone(),
            parents: old.into_iter().collect(),
            actor: decision.signer.clone(),
            time_s: decision.ulid.time_ms() / 1000,
            message: message(signed),
        })?;
        match store.swap_ref(AUDIT_POLICY_REF, old.as_ref(), &new) {
            Ok(()) => return Ok(new),
            Err(SwapError::Moved { .. }) => {}
            Err(SwapError::Store(e)) => return Err(e.into()),
        }
    }
    Err(AuditError::Store(StoreError::Locked {
        name: AUDIT_POLICY_REF.to_owned(),
        detail: format!("other processes moved it {tries} times in a row; try again"),
    }))
}

/// Signs a denial and puts it on record.
pub fn record<S: Refs + Snapshots>(
    store: &S,
    recorder: &Recorder<'_>,
    intent: &Intent,
    evaluated: &Evaluated,
) -> Result<Denial, AuditError> {
    let decision = statement(intent, evaluated, recorder.signer, recorder.ulid);
    let refuse = |error: DecisionError| {
        // What was asked for may be longer than a record may be; the denial stands all the same.
        AuditError::Store(StoreError::Unsupported { reason: format!("the denial cannot be put on record: {error}") })
    };
    let signed = decision.sign(recorder.key).map_err(refuse)?;
    let commit = append_denial(store, &signed, &evaluated.input.json, recorder.tries)?;
    let parent = store.read_commit(&commit)?.parents.first().copied();
    Ok(Denial { commit, parent, signed, input: evaluated.input.json.clone() })
}

/// Reads the denial of an audit commit. Its form and its input's hash are checked, its signature is not.
pub fn read_denial<S: Snapshots>(store: &S, commit: &CommitId) -> Result<Denial, AuditError> {
    let commit = *commit;
    let foreign = |reason: &str| AuditError::Foreign { commit, reason: reason.to_owned() };
    let info = store.read_commit(&commit)?;
    if info.parents.len() > 1 {
        return Err(AuditError::Rewritten { commit });
    }
    let paths = store.list_files(&commit)?;
    let dir = paths.first().and_then(|path| path.rsplit_once('/')).map(|(dir, _)| format!("{dir}/"));
    let dir = dir.ok_or_else(|| foreign("it has no `deny/<ulid>/`"))?;
    let expected: Vec<String> = [DECISION_FILE, SIGNATURE_FILE, INPUT_FILE].map(|f| format!("{dir}{f}")).to_vec();
    if paths != expected {
        return Err(foreign("its files are not those of one denial"));
    }
    let file = |name: &str| -> Result<Vec<u8>, AuditError> {
        store.read_file(&commit, &format!("{dir}{name}"))?.ok_or_else(|| foreign("a file is missing"))
    };
    let signature = String::from_utf8(file(SIGNATURE_FILE)?).map_err(|_| foreign("its signature is not text"))?;
    let signed = SignedDecision::from_stored(file(DECISION_FILE)?, &signature)
        .map_err(|error| AuditError::Decision { commit, error })?;
    if deny_dir(signed.decision.ulid) != dir {
        return Err(foreign("its folder is not named by the decision's ULID"));
    }
    let input = file(INPUT_FILE)?;
    if blake3(&input) != signed.decision.input {
        return Err(foreign("input.json does not hash to what the decision says: it was changed"));
    }
    if info.message != message(&signed) {
        return Err(foreign("its message is not the decision's"));
    }
    Ok(Denial { commit, parent: info.parents.first().copied(), signed, input })
}

/// Walks the chain from its newest denial; `visit` says whether to go on.
pub fn walk<S: Refs + Snapshots>(
    store: &S,
    visit: &mut dyn FnMut(Denial) -> Result<bool, AuditError>,
) -> Result<(), AuditError> {
    let mut at = store.get_ref(AUDIT_POLICY_REF)?;
    while let Some(commit) = at {
        let denial = read_denial(store, &commit)?;
        at = denial.parent;
        if !visit(denial)? {
            break;
        }
    }
    Ok(())
}

/// All denials, newest first.
pub fn list<S: Refs + Snapshots>(store: &S) -> Result<Vec<Denial>, AuditError> {
    let mut out = Vec::new();
    walk(store, &mut |denial| {
        out.push(denial);
        Ok(true)
    })?;
    Ok(out)
}

/// The denial of a ULID.
pub fn find<S: Refs + Snapshots>(store: &S, ulid: Ulid) -> Result<Denial, AuditError> {
    let mut found = None;
    walk(store, &mut |denial| {
        if denial.signed.decision.ulid == ulid {
            found = Some(denial);
        }
        Ok(found.is_none())
    })?;
    found.ok_or(AuditError::Unknown(ulid))
}

/// One thing in which a record and its recomputation disagree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The field.
    pub field: &'static str,
    /// What the record says.
    pub recorded: String,
    /// What the recomputation gave.
    pub recomputed: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: the record says {}, deciding again gives {}", self.field, self.recorded, self.recomputed)
    }
}

/// What checking a record found.
#[derive(Clone, Debug, PartialEq)]
pub struct Verified {
    /// The record.
    pub denial: Denial,
    /// Whether a key of the signer made the signature.
    pub signature: Result<(), DecisionError>,
    /// The decision made again; none where it turned on a clock or the input could not be made, which is told.
    pub replayed: Option<Decision>,
    /// Where the two differ; nothing when they agree.
    pub differences: Vec<Difference>,
}

impl Verified {
    /// Whether everything holds.
    pub fn is_good(&self) -> bool {
        self.signature.is_ok() && self.differences.is_empty()
    }
}

/// Checks a record: its signature, what its fields say about its input, and the decision made again. `gate` opens
/// the bundle that the record names.
pub fn verify(graph: &TrustGraph, denial: Denial, gate: &mut Gate) -> Verified {
    let recorded = &denial.signed.decision;
    let mut differences = Vec::new();
    let mut compare = |field: &'static str, recorded: String, recomputed: String| {
        if recorded != recomputed {
            differences.push(Difference { field, recorded, recomputed });
        }
    };
    let shown = |root: &Option<Sha256>| root.as_ref().map_or_else(|| "none".to_owned(), Sha256::to_string);
    compare("policy_root", shown(&recorded.policy_root), gate.policy_root().to_string());
    let input = Value::from_json_bytes(&denial.input).unwrap_or(Value::Null);
    let field = |name: &str| input.get(name).and_then(Value::as_text).unwrap_or("nothing").to_owned();
    compare("actor", recorded.actor.to_string(), field("actor"));
    compare("intent", recorded.intent.clone(), field("intent"));
    compare("resource", recorded.resource.clone(), field("resource"));
    let mut replayed = None;
    if let Some(clock) = recorded.clock {
        let time = Ulid::parse(&field("ulid")).map_or(0, Ulid::time_ms);
        let apart = time.abs_diff(clock.now_ms);
        let code = if apart > clock.skew_ms { "skew" } else { "within the skew" };
        compare("code", recorded.code.clone(), code.to_owned());
        compare("trust_chain", shown(&recorded.trust_chain), shown(&rules::recorded_trust_chain(&input)));
    } else if rules::recorded_trust_chain(&input).is_some() {
        let decision = gate.replay(&denial.input);
        compare("trust_chain", shown(&recorded.trust_chain), shown(&decision.trust_chain));
        compare("result", "DENY".to_owned(), (if decision.is_allowed() { "ALLOW" } else { "DENY" }).to_owned());
        compare("code", recorded.code.clone(), decision.code.to_string());
        compare("explain", recorded.explain.clone(), decision.explain.clone());
        compare("fuel", recorded.fuel.to_string(), decision.fuel.to_string());
        let rules = |rules: &[gatos_ledger_core::decision::DecidedRule]| {
            let rule = |r: &gatos_ledger_core::decision::DecidedRule| format!("{} ({})", r.name, r.reason);
            rules.iter().map(rule).collect::<Vec<_>>().join(", ")
        };
        compare("rules", rules(&recorded.rules), rules(&decision.rules));
        replayed = Some(decision);
    } else {
        compare("code", recorded.code.clone(), "error:input".to_owned());
    }
    let signature = denial.signed.check_signature(graph);
    Verified { denial, signature, replayed, differences }
}

/// Why a record cannot come from here: its policy was never in force, or nobody here ever had the trust that it
/// was decided by. A record can be signed well and decide again alike, and still tell of another place's law.
pub fn foreign<S: Refs + Snapshots>(store: &S, denial: &Denial) -> Result<Option<&'static str>, AuditError> {
    if let Some(root) = denial.signed.decision.policy_root {
        let was = |e| match e {
            install::InstallError::Store(e) => AuditError::Store(e),
            other => AuditError::Foreign { commit: denial.commit, reason: other.to_string() },
        };
        if !install::history(store).map_err(was)?.iter().any(|activation| activation.policy_root == root) {
            return Ok(Some("its policy was never in force here"));
        }
    }
    let input = Value::from_json_bytes(&denial.input).unwrap_or(Value::Null);
    let (Some(graph), Some(grants)) = (input.get("trust"), input.get("grants").and_then(Value::as_array)) else {
        return Ok(None);
    };
    let mut at = store.get_ref(TRUST_REF)?;
    while let Some(commit) = at {
        let trust = authority::trust_at(store, &commit)?;
        let had: Vec<Value> = trust.grants.iter().map(SignedGrant::to_value).collect();
        if trust.graph.to_value() == *graph && grants.iter().all(|grant| had.contains(grant)) {
            return Ok(None);
        }
        at = store.read_commit(&commit)?.parents.first().copied();
    }
    Ok(Some("the trust that it was decided by was never that of this repository"))
}

/// Checks the form and signature of every denial from `new` back to `old`, which it must have grown out of.
pub fn verify_growth<S: Refs + Snapshots>(store: &S, old: Option<&CommitId>, new: &CommitId) -> Result<(), AuditError> {
    let graph = authority::read(store)?;
    let mut at = *new;
    loop {
        if Some(&at) == old {
            return Ok(());
        }
        let denial = read_denial(store, &at)?;
        denial.signed.check_signature(&graph).map_err(|error| AuditError::Decision { commit: at, error })?;
        match (denial.parent, old) {
            (Some(parent), _) => at = parent,
            (None, None) => return Ok(()),
            (None, Some(_)) => return Err(AuditError::Rewritten { commit: *new }),
        }
    }
}

/// Checks denials that are brought to a gate, from `new` back to `old`: as [`verify_growth`], and besides that each
/// is signed, with a key in use by the gate's clock, by a root or a holder of [`CAP_AUDIT`]; is on record once, and
/// not one that waits for it (`is_waiting`); and is of this place ([`foreign`]).
pub fn verify_new<S: Refs + Snapshots>(
    store: &S,
    repository: &[String],
    old: Option<&CommitId>,
    new: &CommitId,
    clock: &Clock,
    is_waiting: &dyn Fn(Ulid) -> bool,
) -> Result<(), AuditError> {
    verify_growth(store, old, new)?;
    let trust = authority::read_trust(store)?;
    let in_use = trust.graph.without_retired(clock.now_ms.saturating_sub(clock.skew_ms));
    let verdicts = verified_grants(&trust.graph, &trust.grants, clock.now_ms, Some(repository));
    let mut known: BTreeSet<Ulid> = BTreeSet::new();
    let (mut at, mut is_new) = (Some(*new), true);
    while let Some(commit) = at {
        is_new &= Some(&commit) != old;
        if !is_new && known.is_empty() {
            break;
        }
        let denial = read_denial(store, &commit)?;
        let decision = &denial.signed.decision;
        let foreign = |reason: &str| AuditError::Foreign { commit, reason: reason.to_owned() };
        if is_new {
            if !verdicts.holds(&trust.graph, &decision.signer, CAP_AUDIT) {
                return Err(AuditError::NotAllowed { commit, signer: decision.signer.clone() });
            }
            denial.signed.check_signature(&in_use).map_err(|_| foreign("its key is retired and brings nothing new"))?;
            if let Some(reason) = self::foreign(store, &denial)? {
                return Err(foreign(reason));
            }
            if !known.insert(decision.ulid) || is_waiting(decision.ulid) {
                return Err(foreign("it has the ULID of another denial"));
            }
        } else if known.contains(&decision.ulid) {
            return Err(foreign("a denial of that ULID was brought again"));
        }
        at = denial.parent;
    }
    Ok(())
}
