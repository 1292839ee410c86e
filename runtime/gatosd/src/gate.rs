//! The gate of a project: the policy in force, opened with the profile's settings, and writes through it.
//! Denials are told as a person would want them: what, by which rule, why, and what is missing.

use std::collections::BTreeMap;

use gatos_canon::{Map, Value};
use gatos_ledger_core::key::SigningKey;
use gatos_ledger_core::model::{ActorId, POLICY_NOTES_REF};
use gatos_ledger_core::ports::CommitId;
use gatos_ledger_core::ulid::Ulid;
use gatos_ledger_git::os_random;
use gatos_policy::audit::{self, Recorder};
use gatos_policy::bundle::VerifiedBundle;
use gatos_policy::engine::Engine;
use gatos_policy::gate::Gate;
use gatos_policy::install::InstallError;
use gatos_policy::model::{Decision, Intent};
use gatos_policy::plane::{EnforceError, Enforcer, GatedError, Settings};
use gatos_proofs::SignedProof;
use gatos_vm::Limits;

use crate::cli::add_failure;
use crate::failure::{Failure, Result};
use crate::policy::metadata::Annotated;
use crate::policy::words::{self, Places, Told};
use crate::profile::{Enforcement, Profile};
use crate::project::{Project, TRIES, now_ms, untrusted};
use crate::push::judge;

/// Sources of a bundle by name.
pub type Sources = BTreeMap<String, Vec<u8>>;

/// The gate of a project.
pub struct Keeper {
    /// The policy in force and the trust it sees.
    pub enforcer: Enforcer,
    /// The sources that the bundle in force carries.
    sources: Sources,
    /// Where its rules are.
    places: Places,
}

/// What a profile says about a gate.
pub fn settings(profile: &Profile) -> Settings {
    Settings {
        profile: profile.kind.value.as_str().to_owned(),
        repository: vec![profile.repository.value.clone()],
        skew_ms: profile.skew_ms.value,
        limits: profile.policy_limits.limits(),
        checked_trust: None,
    }
}

/// The gate of a bundle. It is strict: an error of a library function ends a decision, as a denial.
///
/// # Errors
/// A sentence when the machine does not take it.
pub fn open_bundle(bundle: VerifiedBundle, limits: Limits) -> std::result::Result<Gate, String> {
    let root = bundle.policy_root;
    let engine = Engine::load(bundle, limits)?;
    Ok(Gate::new(Box::new(engine), root))
}

/// Opens the gate of a project. Where the profile asks for a policy and there is none, nothing may be written.
///
/// # Errors
/// When the policy in force cannot be used, or must be there and is not.
pub fn open(project: &Project, profile: &Profile) -> Result<Keeper> {
    let keeper = look(project, profile)?;
    if keeper.enforcer.activation().is_none() && profile.enforcement.value == Enforcement::Required {
        return Err(Failure::no("no policy is installed, and without one nothing is let through")
            .note(format!("policy.enforcement is `required` ({})", profile.enforcement.from))
            .help("a root installs one: `gatos policy install`"));
    }
    Ok(keeper)
}

/// Opens the gate of a project to look at, whether or not a policy is installed.
///
/// # Errors
/// When the policy in force cannot be used.
pub fn look(project: &Project, profile: &Profile) -> Result<Keeper> {
    let (mut sources, mut places) = (Sources::new(), Places::new());
    let mut open = |bundle: VerifiedBundle, limits: Limits| {
        sources.clone_from(&bundle.bundle.sources);
        places = words::places(bundle.program.program(), &bundle.map);
        open_bundle(bundle, limits)
    };
    let settings = Settings { checked_trust: project.checked_trust()?, ..settings(profile) };
    let enforcer = Enforcer::open_with(&project.store, &settings, &mut open).map_err(enforce_failure)?;
    Ok(Keeper { enforcer, sources, places })
}

impl Keeper {
    /// The sources with their syntax trees, for explanations.
    pub fn annotated(&self) -> Vec<Annotated> {
        annotated(&self.sources)
    }

    /// Where the rules of the policy in force are.
    pub fn places(&self) -> &Places {
        &self.places
    }

    /// The failure that tells a denial: of the decision, and of its explanation when the input is made again.
    pub fn denied(&mut self, intent: &Intent, decision: &Decision, input: &[u8], record: Option<Ulid>) -> Failure {
        let sources = self.annotated();
        let explanation = self.enforcer.gate().map(|gate| gate.explain(input));
        // Only an explanation of this very decision says anything about it: the skew rule needs a clock.
        let explanation = explanation.filter(|explained| explained.decision.code == decision.code);
        let context = Some(self.enforcer.context());
        words::denial(&Told { intent, decision, explanation: explanation.as_ref(), sources: &sources, context, record })
    }
}

/// Sources with their syntax trees.
pub fn annotated(sources: &Sources) -> Vec<Annotated> {
    sources.iter().map(|(name, bytes)| Annotated::new(name, &String::from_utf8_lossy(bytes))).collect()
}

/// Who keeps the gate here: the actor that signs here, where the trust graph knows its key; else the one that
/// wanted to write.
pub fn keeper_here(project: &Project, actor: &ActorId, key: &SigningKey) -> (ActorId, SigningKey) {
    let own = project.actor(None).ok().filter(|own| own != actor);
    match own.and_then(|own| Some((project.trusted_key(&own).ok()?, own))) {
        Some((own_key, own)) => (own, own_key),
        None => (actor.clone(), key.clone()),
    }
}

/// Who keeps the gate here, for one record.
///
/// # Errors
/// When there is no randomness or time to name the record by.
pub fn recorder<'a>(signer: &'a ActorId, key: &'a SigningKey) -> Result<Recorder<'a>> {
    Ok(Recorder { signer, key, ulid: new_ulid()?, tries: TRIES })
}

/// A ULID of now.
///
/// # Errors
/// When there is no randomness or time to make it of.
pub fn new_ulid() -> Result<Ulid> {
    let entropy = os_random::<10>()?;
    Ulid::from_parts(now_ms(), entropy).ok_or_else(|| Failure::world("the clock is beyond what a ULID can hold"))
}

/// A gated write that did not happen. With `json`, a denial's record is given as the specification has it.
pub fn gated_failure(keeper: &mut Keeper, e: GatedError) -> (Failure, Option<Value>) {
    match e {
        GatedError::Denied { intent, decision, denial } => {
            let record = denial.signed.decision.ulid;
            let failure = keeper.denied(&intent, &decision, &denial.input, Some(record));
            (failure, Some(denial.signed.view()))
        }
        GatedError::Unrecorded { intent, decision, error } => {
            let told = Told {
                intent: &intent,
                decision: &decision,
                explanation: None,
                sources: &[],
                context: None,
                record: None,
            };
            let failure = words::denial(&told).note(format!("the denial could not be put on record: {error}"));
            (failure, Some(decision.view(&intent)))
        }
        GatedError::Add(e) => (add_failure(e), None),
    }
}

/// Lets a checkpoint pass, or puts the denial on record.
///
/// # Errors
/// The denial.
pub fn admit_checkpoint(
    project: &Project,
    keeper: &mut Keeper,
    proof: &SignedProof,
    actor: &ActorId,
    key: &SigningKey,
) -> Result<()> {
    let (signer, key) = keeper_here(project, actor, key);
    let intent = judge::checkpoint_intent(proof, &proof.proof.ns, new_ulid()?);
    let Some(evaluated) = keeper.enforcer.check(&intent, None) else { return Ok(()) };
    if evaluated.decision.is_allowed() {
        return Ok(());
    }
    let recorded = audit::record(&project.store, &recorder(&signer, &key)?, &intent, &evaluated);
    let ulid = recorded.as_ref().ok().map(|denial| denial.signed.decision.ulid);
    let failure = keeper.denied(&intent, &evaluated.decision, &evaluated.input.json, ulid);
    Err(match recorded {
        Ok(_) => failure,
        Err(e) => failure.note(format!("the denial could not be put on record: {e}")),
    })
}

/// What a note about an allowed event says.
pub fn note_text(decision: &Decision, intent: &Intent) -> String {
    let mut view = decision.view(intent);
    if let Value::Map(map) = &mut view {
        let mut kept = Map::new();
        for (name, value) in map.iter().filter(|(name, _)| !matches!(*name, "actor" | "intent" | "resource")) {
            kept.insert(name, value.clone());
        }
        *map = kept;
    }
    view.to_json_string() + "\n"
}

/// Notes the decision on an allowed event.
///
/// # Errors
/// When the notes cannot be written.
pub fn write_note(
    project: &Project,
    commit: &CommitId,
    actor: &ActorId,
    decision: &Decision,
    intent: &Intent,
) -> Result<()> {
    let text = note_text(decision, intent);
    Ok(project.store.write_note(POLICY_NOTES_REF, commit, &text, actor, now_ms() / 1000)?)
}

/// A policy in force that cannot be used.
pub fn enforce_failure(e: EnforceError) -> Failure {
    match e {
        EnforceError::Store(e) => e.into(),
        EnforceError::Trust(e) => untrusted(e),
        EnforceError::Policy(e) => {
            let mut failure = install_failure(e);
            failure.what = format!("the policy in force cannot be used, so nothing is let through: {}", failure.what);
            failure
        }
        EnforceError::Open(why) => {
            Failure::no(format!("the policy in force cannot run here, so nothing is let through: {why}"))
                .help("a root installs one that can: `gatos policy install`")
        }
    }
}

/// A policy that was not installed, or does not hold.
pub fn install_failure(e: InstallError) -> Failure {
    let text = e.to_string();
    let split = |exit: fn(String) -> Failure| match text.rsplit_once("; ") {
        Some((what, remedy)) => exit(what.to_owned()).help(remedy),
        None => exit(text.clone()),
    };
    match e {
        InstallError::Store(e) => e.into(),
        InstallError::Bundle { commit: None, .. } => split(Failure::input),
        _ => split(Failure::no),
    }
}
