//! Writes through the gate: evaluate, then append with the roots bound, or put the denial on record and leave the
//! journal alone.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use gatos_ledger_core::authority::{self, AuthorityError, read_trust};
use gatos_ledger_core::envelope::{Draft, Encoded};
use gatos_ledger_core::key::SigningKey;
use gatos_ledger_core::model::JournalId;
use gatos_ledger_core::plane::{self, AddError, ImportJob, ImportReport};
use gatos_ledger_core::ports::{CommitId, Journals, RecordedEvent, Refs, SignedEvent, Snapshots, StoreError};
use gatos_ledger_core::rules::Head;
use gatos_vm::Limits;

use crate::audit::{self, AuditError, Denial, Recorder};
use crate::bundle::VerifiedBundle;
use crate::gate::{Evaluated, Gate};
use crate::install::{Activation, InstallError, active_bundle, check_active};
use crate::model::{Context, DEFAULT_SKEW_MS, Decision, GATE_LIMITS, Intent, LOCAL_REPOSITORY};
use crate::rules::Clock;

/// What a project's profile says about its gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The profile's name.
    pub profile: String,
    /// The repository's addresses, which audiences of grants are held against.
    pub repository: Vec<String>,
    /// How far a ULID may be from the clock.
    pub skew_ms: u64,
    /// What a decision may cost.
    pub limits: Limits,
    /// The trust commit whose history the caller has checked; without it, opening the gate checks it.
    pub checked_trust: Option<CommitId>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            profile: "local".to_string(),
            repository: Vec::from([LOCAL_REPOSITORY.to_string()]),
            skew_ms: DEFAULT_SKEW_MS,
            limits: GATE_LIMITS,
            checked_trust: None,
        }
    }
}

/// Why nothing can be decided here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnforceError {
    /// The policy in force cannot be read or does not hold.
    Policy(InstallError),
    /// The machine does not take it.
    Open(String),
    /// The trust that it would see was not made by those who may.
    Trust(AuthorityError),
    /// Storage failed.
    Store(StoreError),
}

impl fmt::Display for EnforceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EnforceError::Policy(e) => write!(f, "the policy in force cannot be used, so nothing is let through: {e}"),
            EnforceError::Open(e) => write!(f, "the policy in force cannot run here, so nothing is let through: {e}"),
            EnforceError::Trust(e) => write!(f, "the trust here cannot be believed, so nothing is let through: {e}"),
            EnforceError::Store(e) => e.fmt(f),
        }
    }
}

impl core::error::Error for EnforceError {}

impl From<StoreError> for EnforceError {
    fn from(e: StoreError) -> EnforceError {
        EnforceError::Store(e)
    }
}

impl From<InstallError> for EnforceError {
    fn from(e: InstallError) -> EnforceError {
        match e {
            InstallError::Store(e) => EnforceError::Store(e),
            other => EnforceError::Policy(other),
        }
    }
}

/// The policy in force and the trust it sees.
pub struct Enforcer {
    gate: Option<(Activation, Gate)>,
    context: Context,
    skew_ms: u64,
}

impl Enforcer {
    /// Opens what is in force.
    ///
    /// # Errors
    /// When what is in force cannot be used. Nothing may be written then.
    pub fn open<S: Refs + Snapshots>(store: &S, settings: &Settings) -> Result<Enforcer, EnforceError> {
        Enforcer::open_with(store, settings, &mut crate::engine::open)
    }

    /// Opens what is in force; `open` makes the gate of a bundle. Both the trust and the policy must be signed by
    /// those who may: refs can be fetched from anywhere.
    ///
    /// # Errors
    /// As [`Enforcer::open`].
    pub fn open_with<S: Refs + Snapshots>(
        store: &S,
        settings: &Settings,
        open: &mut dyn FnMut(VerifiedBundle, Limits) -> Result<Gate, String>,
    ) -> Result<Enforcer, EnforceError> {
        let trust = read_trust(store)?;
        if let Some(head) = trust.commit.filter(|head| settings.checked_trust != Some(*head)) {
            authority::verify_growth(store, None, &head).map_err(|e| match e {
                AuthorityError::Store(e) => EnforceError::Store(e),
                other => EnforceError::Trust(other),
            })?;
        }
        let gate = match active_bundle(store)? {
            Some((activation, bundle)) => {
                check_active(store, &settings.repository, &trust, &activation, &bundle)?;
                Some((activation, open(bundle, settings.limits).map_err(EnforceError::Open)?))
            }
            None => None,
        };
        let context = Context::new(trust.graph, trust.grants, settings.repository.clone(), &settings.profile);
        Ok(Enforcer { gate, context, skew_ms: settings.skew_ms })
    }

    /// What is in force.
    pub fn activation(&self) -> Option<&Activation> {
        self.gate.as_ref().map(|(activation, _)| activation)
    }

    /// The gate.
    pub fn gate(&mut self) -> Option<&mut Gate> {
        self.gate.as_mut().map(|(_, gate)| gate)
    }

    /// What the gate knows besides intents.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Decides; `None` while no policy is installed. Without a clock the skew rule is left out: the ULID is of now.
    pub fn check(&mut self, intent: &Intent, now_ms: Option<u64>) -> Option<Evaluated> {
        let clock = now_ms.map(|now_ms| Clock { now_ms, skew_ms: self.skew_ms });
        let (_, gate) = self.gate.as_mut()?;
        Some(gate.evaluate(intent, &self.context, clock.as_ref()))
    }

    /// Decides about what was let through before `now_ms`: however old, with the grants that have begun since.
    pub fn look_back(&mut self, intent: &Intent, now_ms: u64) -> Option<Evaluated> {
        let (_, gate) = self.gate.as_mut()?;
        Some(gate.evaluate(intent, &self.context, Some(&Clock { now_ms, skew_ms: u64::MAX })))
    }
}

/// Why a gated write did not happen.
#[derive(Clone, Debug, PartialEq)]
pub enum GatedError {
    /// The policy denied it, and the denial is on record.
    Denied {
        /// What was asked for.
        intent: Box<Intent>,
        /// The decision.
        decision: Box<Decision>,
        /// The record.
        denial: Box<Denial>,
    },
    /// The policy denied it, and the denial could not be put on record.
    Unrecorded {
        /// What was asked for.
        intent: Box<Intent>,
        /// The decision.
        decision: Box<Decision>,
        /// Why not.
        error: AuditError,
    },
    /// Anything else.
    Add(AddError),
}

impl fmt::Display for GatedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GatedError::Denied { decision, .. } => write!(f, "denied: {}", decision.explain),
            GatedError::Unrecorded { decision, error, .. } => {
                write!(f, "denied: {}; the denial is not on record: {error}", decision.explain)
            }
            GatedError::Add(e) => e.fmt(f),
        }
    }
}

impl core::error::Error for GatedError {}

/// A denial between the decision and its record.
type Refused = Option<(Intent, Evaluated)>;

fn settle<S: Refs + Snapshots>(store: &S, recorder: &Recorder<'_>, refused: Refused, error: AddError) -> GatedError {
    let Some((intent, evaluated)) = refused else { return GatedError::Add(error) };
    let recorded = audit::record(store, recorder, &intent, &evaluated);
    let (intent, decision) = (Box::new(intent), Box::new(evaluated.decision));
    match recorded {
        Ok(denial) => GatedError::Denied { intent, decision, denial: Box::new(denial) },
        Err(error) => GatedError::Unrecorded { intent, decision, error },
    }
}

/// Asks the gate about a draft and binds to it what let it pass.
fn admit(
    enforcer: &mut Enforcer,
    journal: &JournalId,
    draft: &mut Draft,
    now_ms: u64,
    refused: &mut Refused,
) -> Result<(), AddError> {
    let intent = Intent::of_draft(journal, draft);
    let Some(evaluated) = enforcer.check(&intent, Some(now_ms)) else { return Ok(()) };
    if !evaluated.decision.is_allowed() {
        let explain = evaluated.decision.explain.clone();
        *refused = Some((intent, evaluated));
        return Err(AddError::Denied { explain });
    }
    draft.policy_root = evaluated.decision.policy_root;
    draft.trust_chain = evaluated.decision.trust_chain;
    Ok(())
}

/// Adds one event through the gate. As [`plane::add`], and a denial is put on record by `recorder`.
#[allow(clippy::too_many_arguments, reason = "the arguments of `plane::add`, the gate and its clock")]
pub fn add<S: Journals + Snapshots>(
    store: &S,
    journal: &JournalId,
    key: &SigningKey,
    enforcer: &mut Enforcer,
    recorder: &Recorder<'_>,
    now_ms: u64,
    draft: &mut dyn FnMut(Option<&Head>) -> Result<Draft, AddError>,
    pause: &mut dyn FnMut(u32) -> bool,
) -> Result<RecordedEvent, GatedError> {
    let mut refused = None;
    let mut gated = |head: Option<&Head>| {
        let mut draft = draft(head)?;
        admit(enforcer, journal, &mut draft, now_ms, &mut refused)?;
        Ok(draft)
    };
    let added = plane::add(store, journal, key, &mut gated, pause);
    added.map_err(|error| settle(store, recorder, refused, error))
}

/// Imports lines through the gate. As [`plane::import`]; the first line that is denied ends the import, what came
/// before it is stored.
#[allow(clippy::too_many_arguments, reason = "the arguments of `plane::import`, the gate and its clock")]
pub fn import<S: Journals + Snapshots>(
    store: &S,
    job: &ImportJob<'_>,
    enforcer: &mut Enforcer,
    recorder: &Recorder<'_>,
    now_ms: u64,
    next_line: &mut dyn FnMut(&mut Vec<u8>) -> Result<bool, String>,
    sign: &mut dyn FnMut(Vec<Encoded>, &SigningKey) -> Vec<SignedEvent>,
    progress: &mut dyn FnMut(&ImportReport),
) -> Result<ImportReport, GatedError> {
    let mut refused = None;
    let mut gated = |draft: &mut Draft| admit(enforcer, &job.journal, draft, now_ms, &mut refused);
    let done = plane::import_admitted(store, job, next_line, &mut gated, sign, progress);
    done.map_err(|error| settle(store, recorder, refused, error))
}
