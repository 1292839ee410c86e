//! Installing bundles: each is kept under `refs/gatos/policies/<hash>`, and `refs/gatos/policies/active` is the
//! history of what was in force. Objects first, then the bundle's own ref, then the active one by compare-and-swap:
//! of two installs at once one wins, and the other is told who won.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use gatos_canon::{Map, Sha256, Value};
use gatos_ledger_core::authority::{Signer, Trust, read_trust, trailer, trust_at};
use gatos_ledger_core::grant::verified_grants;
use gatos_ledger_core::key::{SIG_ALG, Signature};
use gatos_ledger_core::model::{ACTIVE_POLICY_REF, ActorId, POLICIES_PREFIX};
use gatos_ledger_core::ports::{CommitId, NewCommit, Refs, Snapshots, StoreError, SwapError};
use gatos_ledger_core::sign::{self, Domain};
use gatos_ledger_core::trust::TrustGraph;
use gatos_ledger_core::ulid::Ulid;

use crate::bundle::{Bundle, BundleError, MAX_BUNDLE_BYTES, MAX_BUNDLE_FILES, VerifiedBundle};
use crate::model::CAP_INSTALL;
use crate::rules::Clock;

/// Who made the commit of a bundle that stands for its content alone.
const BUNDLE_ACTOR: &str = "service:gatos";

/// The ref that keeps a bundle.
pub fn bundle_ref(policy_root: &Sha256) -> String {
    format!("{POLICIES_PREFIX}{}", policy_root.to_hex())
}

/// One step of the history of the policy in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activation {
    /// Its commit.
    pub commit: CommitId,
    /// The one before.
    pub parent: Option<CommitId>,
    /// The bundle that it put in force.
    pub policy_root: Sha256,
    /// The bundle's code.
    pub policy_code_root: Sha256,
    /// Who did.
    pub actor: ActorId,
    /// When.
    pub ulid: Ulid,
    /// Its signature.
    pub signature: Signature,
}

/// Why a bundle was not installed, or an activation does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InstallError {
    /// Another install came first.
    Lost {
        /// What it put in force; none when the ref is gone.
        winner: Option<Box<Activation>>,
    },
    /// The actor may not install policies.
    NotAllowed {
        /// Who.
        actor: ActorId,
        /// The roots, who may.
        roots: Vec<ActorId>,
    },
    /// The commit is not an activation.
    Foreign {
        /// Which.
        commit: CommitId,
        /// What is unlike one.
        reason: String,
    },
    /// The signature fits no key of the actor.
    BadSignature {
        /// Which commit.
        commit: CommitId,
        /// Whose it says to be.
        actor: ActorId,
    },
    /// The signature is by a key that was retired too long ago to bring anything new.
    KeyRetired {
        /// Which commit.
        commit: CommitId,
        /// Whose key.
        actor: ActorId,
    },
    /// The activation says another time than it can be from.
    OutOfTime {
        /// Which commit.
        commit: CommitId,
        /// Why not.
        reason: &'static str,
    },
    /// The history was rewritten or merged.
    Rewritten {
        /// Which commit.
        commit: CommitId,
    },
    /// The bundle does not hold.
    Bundle {
        /// Which commit.
        commit: Option<CommitId>,
        /// Why.
        error: BundleError,
    },
    /// Storage failed.
    Store(StoreError),
}

impl fmt::Display for InstallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InstallError::Lost { winner: Some(winner) } => write!(
                f,
                "{} installed {} first ({}); look at it with `gatos policy show`, then install again on top of it",
                winner.actor, winner.policy_root, winner.ulid
            ),
            InstallError::Lost { winner: None } => {
                write!(f, "{ACTIVE_POLICY_REF} was removed meanwhile; install again")
            }
            InstallError::NotAllowed { actor, roots } if roots.is_empty() => write!(
                f,
                "{actor} may not install policies: the trust graph names no roots; `gatos init` run by the owner names one"
            ),
            InstallError::NotAllowed { actor, roots } => {
                let roots: Vec<&str> = roots.iter().map(ActorId::as_str).collect();
                write!(
                    f,
                    "{actor} may not install policies; have a root do it ({}) or grant it: `gatos trust grant {actor} \
                     {CAP_INSTALL}`",
                    roots.join(", ")
                )
            }
            InstallError::Foreign { commit, reason } => write!(
                f,
                "commit {commit} on {ACTIVE_POLICY_REF} is not one that `gatos policy install` made: {reason}; fetch \
                 the ref from another clone"
            ),
            InstallError::BadSignature { commit, actor } => write!(
                f,
                "the signature of policy commit {commit} fits no key of {actor}: it was changed or signed by someone \
                 else; install the policy again"
            ),
            InstallError::KeyRetired { commit, actor } => write!(
                f,
                "policy commit {commit} is signed with a key of {actor} that is retired: it brings nothing new; \
                 install the policy again with a key in use, on top of what is in force"
            ),
            InstallError::OutOfTime { commit, reason } => write!(
                f,
                "the time of policy commit {commit} is {reason}; install the policy again on top of what is in force"
            ),
            InstallError::Rewritten { commit } => write!(
                f,
                "{ACTIVE_POLICY_REF} only grows: {commit} does not follow what was in force; fetch the ref and install \
                 on top of it"
            ),
            InstallError::Bundle { commit: Some(commit), error } => write!(f, "policy commit {commit}: {error}"),
            InstallError::Bundle { commit: None, error } => error.fmt(f),
            InstallError::Store(e) => e.fmt(f),
        }
    }
}

impl core::error::Error for InstallError {}

impl From<StoreError> for InstallError {
    fn from(e: StoreError) -> InstallError {
        InstallError::Store(e)
    }
}

/// What an activation signs.
fn statement(parent: Option<&CommitId>, actor: &ActorId, root: &Sha256, code: &Sha256, ulid: Ulid) -> Vec<u8> {
    let mut map = Map::new();
    map.insert("actor", actor.to_string());
    map.insert("policy_root", root.to_string());
    map.insert("policy_code_root", code.to_string());
    map.insert("ulid", ulid.to_string());
    if let Some(parent) = parent {
        map.insert("parent", parent.to_string());
    }
    Value::Map(map).to_json_string().into_bytes()
}

/// Reads the trailers of an activation. Neither signature nor bundle is checked.
pub fn read_activation<S: Snapshots>(store: &S, commit: &CommitId) -> Result<Activation, InstallError> {
    let info = store.read_commit(commit)?;
    if info.parents.len() > 1 {
        return Err(InstallError::Rewritten { commit: *commit });
    }
    let foreign = |name: &str| InstallError::Foreign { commit: *commit, reason: format!("no usable `{name}` trailer") };
    fn read<T: core::str::FromStr>(message: &str, name: &str) -> Option<T> {
        trailer(message, name)?.parse().ok()
    }
    let message = &info.message;
    Ok(Activation {
        commit: *commit,
        parent: info.parents.first().copied(),
        policy_root: read(message, "Policy-Root").ok_or_else(|| foreign("Policy-Root"))?,
        policy_code_root: read(message, "Policy-Code-Root").ok_or_else(|| foreign("Policy-Code-Root"))?,
        actor: read(message, "Actor").ok_or_else(|| foreign("Actor"))?,
        ulid: read(message, "Ulid").ok_or_else(|| foreign("Ulid"))?,
        signature: read(message, "Sig").ok_or_else(|| foreign("Sig"))?,
    })
}

/// What is in force, when anything is.
pub fn active<S: Refs + Snapshots>(store: &S) -> Result<Option<Activation>, InstallError> {
    match store.get_ref(ACTIVE_POLICY_REF)? {
        Some(commit) => read_activation(store, &commit).map(Some),
        None => Ok(None),
    }
}

/// The history of what was in force, newest first: the ancestry of policies.
pub fn history<S: Refs + Snapshots>(store: &S) -> Result<Vec<Activation>, InstallError> {
    let mut out = Vec::new();
    let mut at = store.get_ref(ACTIVE_POLICY_REF)?;
    while let Some(commit) = at {
        let activation = read_activation(store, &commit)?;
        at = activation.parent;
        out.push(activation);
    }
    Ok(out)
}

fn bundle_at<S: Snapshots>(store: &S, commit: &CommitId) -> Result<Bundle, InstallError> {
    let mut files = BTreeMap::new();
    let paths = store.list_files(commit)?;
    let too_large = |what: String| InstallError::Bundle { commit: Some(*commit), error: BundleError::TooLarge(what) };
    // Told before the rest is read: whoever pushes it need not have sent as much.
    if paths.len() > MAX_BUNDLE_FILES {
        return Err(too_large(format!("the bundle has {} files; {MAX_BUNDLE_FILES} are allowed", paths.len())));
    }
    let mut total = 0usize;
    for path in paths {
        if let Some(bytes) = store.read_file(commit, &path)? {
            total = total.saturating_add(bytes.len());
            if total > MAX_BUNDLE_BYTES {
                return Err(too_large(format!("the bundle takes more than {MAX_BUNDLE_BYTES} bytes")));
            }
            files.insert(path, bytes);
        }
    }
    Bundle::from_files(files).map_err(|error| InstallError::Bundle { commit: Some(*commit), error })
}

/// Reads and verifies the bundle of a commit, which must be the one that is asked for.
pub fn read_bundle<S: Snapshots>(
    store: &S,
    commit: &CommitId,
    policy_root: &Sha256,
) -> Result<VerifiedBundle, InstallError> {
    let in_commit = |error| InstallError::Bundle { commit: Some(*commit), error };
    let bundle = bundle_at(store, commit)?.verify().map_err(in_commit)?;
    if bundle.policy_root != *policy_root {
        return Err(in_commit(BundleError::WrongHash {
            file: crate::bundle::MANIFEST_FILE.to_owned(),
            expected: policy_root.to_string(),
            found: bundle.policy_root.to_string(),
        }));
    }
    Ok(bundle)
}

/// Finds a bundle by its root: under its own ref, else in the history of what was in force.
pub fn find_bundle<S: Refs + Snapshots>(
    store: &S,
    policy_root: &Sha256,
) -> Result<Option<VerifiedBundle>, InstallError> {
    if let Some(commit) = store.get_ref(&bundle_ref(policy_root))? {
        return read_bundle(store, &commit, policy_root).map(Some);
    }
    let mut at = store.get_ref(ACTIVE_POLICY_REF)?;
    while let Some(commit) = at {
        let activation = read_activation(store, &commit)?;
        if activation.policy_root == *policy_root {
            return read_bundle(store, &commit, policy_root).map(Some);
        }
        at = activation.parent;
    }
    Ok(None)
}

/// The bundle in force with its activation, when anything is.
pub fn active_bundle<S: Refs + Snapshots>(store: &S) -> Result<Option<(Activation, VerifiedBundle)>, InstallError> {
    let Some(activation) = active(store)? else { return Ok(None) };
    let bundle = read_bundle(store, &activation.commit, &activation.policy_root)?;
    Ok(Some((activation, bundle)))
}

/// Whether an actor may install policies in the repository of these addresses at a time.
fn check_standing<S: Refs + Snapshots>(
    store: &S,
    repository: &[String],
    actor: &ActorId,
    ulid: Ulid,
) -> Result<(), InstallError> {
    let trust = read_trust(store)?;
    let verdicts = verified_grants(&trust.graph, &trust.grants, ulid.time_ms(), Some(repository));
    if verdicts.holds(&trust.graph, actor, CAP_INSTALL) {
        return Ok(());
    }
    Err(InstallError::NotAllowed { actor: actor.clone(), roots: trust.graph.roots.iter().cloned().collect() })
}

/// What installing did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// The activation in force now.
    pub activation: Activation,
    /// False when the bundle was in force already.
    pub is_new: bool,
}

/// Publishes a bundle and puts it in force in the place of `base`, which the caller read before it compiled.
pub fn install<S: Refs + Snapshots>(
    store: &S,
    signer: &Signer<'_>,
    repository: &[String],
    ulid: Ulid,
    bundle: &VerifiedBundle,
    base: Option<&CommitId>,
) -> Result<Installed, InstallError> {
    check_standing(store, repository, signer.actor, ulid)?;
    let current = store.get_ref(ACTIVE_POLICY_REF)?;
    if current.as_ref() != base {
        return Err(lost(store, current));
    }
    if let Some(base) = base {
        let there = read_activation(store, base)?;
        // One that nobody has to believe is put in force anew, signed by this actor.
        if there.policy_root == bundle.policy_root
            && check_active(store, repository, &read_trust(store)?, &there, bundle).is_ok()
        {
            return Ok(Installed { activation: there, is_new: false });
        }
    }
    let (root, code) = (bundle.policy_root, bundle.manifest.policy_code_root);
    let commit = |parent: Option<&CommitId>| {
        let message = statement(parent, signer.actor, &root, &code, ulid);
        let signature = sign::sign(signer.key, Domain::Policy, &message);
        let commit = NewCommit {
            files: bundle.bundle.to_files(),
            parents: parent.into_iter().copied().collect(),
            actor: signer.actor.clone(),
            time_s: ulid.time_ms() / 1000,
            message: format!(
                "policy: install {}\n\nPolicy-Root: {root}\nPolicy-Code-Root: {code}\nUlid: {ulid}\nActor: {}\nSig-Alg: \
                 {SIG_ALG}\nSig: {signature}\n",
                &root.to_hex()[..12],
                signer.actor
            ),
        };
        store.write_commit(&commit).map(|id| (id, signature))
    };
    let own_ref = bundle_ref(&root);
    if store.get_ref(&own_ref)?.is_none() {
        // Whoever publishes it, and when: the same bundle is the same commit everywhere.
        let alone = store.write_commit(&NewCommit {
            files: bundle.bundle.to_files(),
            parents: Vec::new(),
            actor: BUNDLE_ACTOR.parse().unwrap_or_else(|_| signer.actor.clone()),
            time_s: 0,
            message: format!(
                "policy: bundle {}\n\nPolicy-Root: {root}\nPolicy-Code-Root: {code}\n",
                &root.to_hex()[..12]
            ),
        })?;
        match store.swap_ref(&own_ref, None, &alone) {
            // Someone else keeps the same bundle there: its name is its content.
            Ok(()) | Err(SwapError::Moved { .. }) => {}
            Err(SwapError::Store(e)) => return Err(e.into()),
        }
    }
    let (id, signature) = commit(base)?;
    match store.swap_ref(ACTIVE_POLICY_REF, base, &id) {
        Ok(()) => {}
        Err(SwapError::Moved { actual }) => return Err(lost(store, actual)),
        Err(SwapError::Store(e)) => return Err(e.into()),
    }
    let activation = Activation {
        commit: id,
        parent: base.copied(),
        policy_root: root,
        policy_code_root: code,
        actor: signer.actor.clone(),
        ulid,
        signature,
    };
    Ok(Installed { activation, is_new: true })
}

fn lost<S: Snapshots>(store: &S, actual: Option<CommitId>) -> InstallError {
    match actual.map(|commit| read_activation(store, &commit)) {
        Some(Err(InstallError::Store(e))) => InstallError::Store(e),
        Some(winner) => InstallError::Lost { winner: winner.ok().map(Box::new) },
        None => InstallError::Lost { winner: None },
    }
}

/// Checks one activation: its bundle, its signature, and that its actor may install, by the trust there is now.
pub fn verify_activation<S: Refs + Snapshots>(
    store: &S,
    repository: &[String],
    commit: &CommitId,
) -> Result<Activation, InstallError> {
    let activation = read_activation(store, commit)?;
    let bundle = read_bundle(store, commit, &activation.policy_root)?;
    check_signature(&read_trust(store)?.graph, &activation, &bundle)?;
    check_standing(store, repository, &activation.actor, activation.ulid)?;
    Ok(activation)
}

/// Whether an activation says what its bundle is, signed by a key that its actor had then.
fn check_signature(graph: &TrustGraph, activation: &Activation, bundle: &VerifiedBundle) -> Result<(), InstallError> {
    let Activation { commit, parent, actor, ulid, signature, .. } = activation;
    let (root, code) = (activation.policy_root, activation.policy_code_root);
    if bundle.manifest.policy_code_root != code {
        let reason = "its Policy-Code-Root is not that of its code".to_owned();
        return Err(InstallError::Foreign { commit: *commit, reason });
    }
    let message = statement(parent.as_ref(), actor, &root, &code, *ulid);
    let mut keys = graph.keys_at(actor, ulid.time_ms());
    match keys.any(|key| sign::verify(key, Domain::Policy, &message, signature)) {
        true => Ok(()),
        false => Err(InstallError::BadSignature { commit: *commit, actor: actor.clone() }),
    }
}

/// Checks the activation in force before anything is decided by it: its signature, and that its actor may install
/// policies or once might. Who is a root no longer leaves behind the policy that it installed as one; a key that
/// must not be believed is retired since then.
pub fn check_active<S: Snapshots>(
    store: &S,
    repository: &[String],
    trust: &Trust,
    activation: &Activation,
    bundle: &VerifiedBundle,
) -> Result<(), InstallError> {
    check_signature(&trust.graph, activation, bundle)?;
    let (actor, now_ms) = (&activation.actor, activation.ulid.time_ms());
    let might = |trust: &Trust| {
        let verdicts = verified_grants(&trust.graph, &trust.grants, now_ms, Some(repository));
        verdicts.holds(&trust.graph, actor, CAP_INSTALL)
    };
    if might(trust) {
        return Ok(());
    }
    let mut at = trust.commit;
    while let Some(commit) = at {
        at = store.read_commit(&commit)?.parents.first().copied();
        if let Some(before) = &at
            && might(&trust_at(store, before)?)
        {
            return Ok(());
        }
    }
    Err(InstallError::NotAllowed { actor: actor.clone(), roots: trust.graph.roots.iter().cloned().collect() })
}

/// Checks every activation from `new` back to `old`, which it must have grown out of.
pub fn verify_growth<S: Refs + Snapshots>(
    store: &S,
    repository: &[String],
    old: Option<&CommitId>,
    new: &CommitId,
) -> Result<(), InstallError> {
    let mut at = *new;
    loop {
        if Some(&at) == old {
            return Ok(());
        }
        match (verify_activation(store, repository, &at)?.parent, old) {
            (Some(parent), _) => at = parent,
            (None, None) => return Ok(()),
            (None, Some(_)) => return Err(InstallError::Rewritten { commit: *new }),
        }
    }
}

/// Checks every activation that is new at a gate, from `new` back to `old`: as [`verify_growth`], and besides that
/// who installs may do so by the gate's clock, with a key in use by then. The ULID's time is the installer's own word.
pub fn verify_new<S: Refs + Snapshots>(
    store: &S,
    repository: &[String],
    old: Option<&CommitId>,
    new: &CommitId,
    clock: &Clock,
) -> Result<(), InstallError> {
    verify_growth(store, repository, old, new)?;
    let in_use = read_trust(store)?.graph.without_retired(clock.now_ms.saturating_sub(clock.skew_ms));
    let now = Ulid::first_of(clock.now_ms).unwrap_or(Ulid::MAX);
    let mut at = Some(*new);
    while let Some(commit) = at.filter(|commit| Some(commit) != old) {
        let activation = read_activation(store, &commit)?;
        let bundle = read_bundle(store, &commit, &activation.policy_root)?;
        check_signature(&in_use, &activation, &bundle).map_err(|e| match e {
            InstallError::BadSignature { commit, actor } => InstallError::KeyRetired { commit, actor },
            other => other,
        })?;
        check_standing(store, repository, &activation.actor, now)?;
        let time = activation.ulid.time_ms();
        if time > clock.now_ms.saturating_add(clock.skew_ms) {
            return Err(InstallError::OutOfTime { commit, reason: "ahead of the gate's clock" });
        }
        if let Some(parent) = &activation.parent
            && read_activation(store, parent)?.ulid.time_ms() > time.saturating_add(clock.skew_ms)
        {
            return Err(InstallError::OutOfTime { commit, reason: "before that of the one it follows" });
        }
        at = activation.parent;
    }
    Ok(())
}
