//! Folding a namespace: the cut, the checkpoint to go on from, the run, the new checkpoint.
//!
//! Whatever is resumed from, the result is the one that folding from nothing gives; so the
//! planning here only ever saves time.

use std::time::{Duration, Instant};

use gatos_canon::{Cid, Sha256, blake3};
use gatos_echo::Fold;
use gatos_elc::engine::{NUM_MODEL, RNG_MODEL};
use gatos_elc::{ELC_VERSION, ENGINE_ID};
use gatos_ledger_core::checkpoint::{CheckpointFiles, PROOF_FILE, PROOF_SIG_FILE, Trailers};
use gatos_ledger_core::cut::Cut;
use gatos_ledger_core::key::SigningKey;
use gatos_ledger_core::model::{ActorId, Channel, Namespace, STATE_NOTES_REF, state_ref};
use gatos_ledger_core::plane::{self, current_cut};
use gatos_ledger_core::ports::{CommitId, EventIter, Journals, ReadError, RecordedEvent, Refs, Snapshots};
use gatos_ledger_core::rules::OrderKey;
use gatos_ledger_core::trust::TrustGraph;
use gatos_ledger_core::ulid::Ulid;
use gatos_ledger_git::check_signatures;
use gatos_policy::install;
use gatos_proofs::plane::{Checkpoint, CheckpointError, PublishError, Published, publish, read_checkpoint};
use gatos_proofs::{FoldProof, SignedProof};
use gatos_vm::Limits;
use indicatif::ProgressBar;

use crate::failure::{Failure, Result};
use crate::output::Output;
use crate::project::Project;
use crate::toolchain::{Loaded, Logger};
use crate::verify;

/// Signatures are checked in batches of this many events, on every core.
const BATCH: usize = 2048;

/// What to fold, with what, and who signs the result.
pub struct Job<'a> {
    /// The repository.
    pub project: &'a Project,
    /// The namespace.
    pub ns: &'a Namespace,
    /// The channel, for a further fold of the namespace.
    pub channel: Option<&'a Channel>,
    /// The program.
    pub program: &'a Loaded,
    /// The limits of each call.
    pub limits: Limits,
    /// Who signs.
    pub actor: &'a ActorId,
    /// Their key.
    pub key: &'a SigningKey,
    /// Whether journals may lack what the newest checkpoint was made from.
    pub rewritten_history: bool,
    /// Asked whether the checkpoint may be published, once it is known.
    pub admit: &'a dyn Fn(&SignedProof) -> Result<()>,
}

/// The policy that was in force when a fold was made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct PolicyRoots {
    /// The bundle.
    pub policy: Option<Sha256>,
    /// Its code.
    pub code: Option<Sha256>,
}

impl PolicyRoots {
    /// The policy in force in a repository.
    ///
    /// # Errors
    /// When what is in force cannot be read.
    pub fn in_force(project: &Project) -> Result<PolicyRoots> {
        let active = install::active(&project.store).map_err(crate::gate::install_failure)?;
        Ok(active.map_or_else(PolicyRoots::default, |activation| PolicyRoots {
            policy: Some(activation.policy_root),
            code: Some(activation.policy_code_root),
        }))
    }
}

/// What a fold did.
pub struct Folded {
    /// The checkpoint, new or the one that was there.
    pub published: Published,
    /// Its proof.
    pub proof: SignedProof,
    /// The state.
    pub state: Vec<u8>,
    /// Artifacts by path.
    pub artifacts: std::collections::BTreeMap<String, Vec<u8>>,
    /// The checkpoint that was resumed from.
    pub resumed: Option<CommitId>,
    /// Events folded just now.
    pub new_events: u64,
    /// How long reading, checking and folding them took.
    pub took: Duration,
}

/// Limits as proofs record them.
pub fn proof_limits(limits: Limits) -> gatos_proofs::Limits {
    let amount = |n: u64| (n < i64::MAX as u64).then_some(n);
    gatos_proofs::Limits { fuel: amount(limits.fuel), depth: Some(limits.depth.into()), memory: amount(limits.memory) }
}

/// Recorded limits as the machine takes them.
pub fn machine_limits(limits: gatos_proofs::Limits) -> Limits {
    let most = i64::MAX as u64;
    let depth = limits.depth.unwrap_or(Limits::UNLIMITED.depth.into());
    Limits {
        fuel: limits.fuel.unwrap_or(most),
        depth: u32::try_from(depth).unwrap_or(u32::MAX),
        memory: limits.memory.unwrap_or(most),
    }
}

/// A program running over events, with what its proof will say.
pub struct Run<'a> {
    program: &'a Loaded,
    fold: Fold,
    usage: gatos_proofs::Usage,
    last: Option<(Ulid, Cid)>,
}

impl<'a> Run<'a> {
    /// Starts from nothing.
    ///
    /// # Errors
    /// When the program does not load, or `init` fails.
    pub fn start(program: &'a Loaded, limits: Limits) -> Result<Run<'a>> {
        let fail = |f| program.failure(&f);
        let mut fold = Fold::load(&program.program, limits, Box::new(Logger)).map_err(fail)?;
        fold.start().map_err(fail)?;
        let used = fold.usage();
        let usage = gatos_proofs::Usage {
            events: 0,
            fuel: used.fuel_total,
            fuel_max: used.fuel_max,
            memory_max: used.memory_max,
        };
        Ok(Run { program, fold, usage, last: None })
    }

    /// Goes on from a checkpoint's state. What it took to take the state up is not counted: the
    /// usage is that of the whole fold, as if it had never stopped.
    fn resume(program: &'a Loaded, limits: Limits, point: &ResumePoint) -> Result<Run<'a>> {
        let fail = |f| program.failure(&f);
        let mut fold = Fold::load(&program.program, limits, Box::new(Logger)).map_err(fail)?;
        fold.resume(&point.state).map_err(fail)?;
        Ok(Run { program, fold, usage: point.proof.proof.usage, last: point.last.map(|key| (key.ulid, Cid(key.cid))) })
    }

    /// Folds events in their order, each after its signature was checked.
    ///
    /// # Errors
    /// The first event that is not what it should be, or on which the fold fails.
    pub fn events(&mut self, events: EventIter<'_>, trust: &TrustGraph, bar: &ProgressBar) -> Result<u64> {
        let mut batch = Vec::with_capacity(BATCH);
        let mut count = 0;
        let mut events = events.fuse();
        loop {
            batch.clear();
            let mut trouble = None;
            for event in events.by_ref().take(BATCH) {
                match event {
                    Ok(event) => batch.push(event),
                    Err(e) => {
                        trouble = Some(e);
                        break;
                    }
                }
            }
            // What came before the trouble may hold a fault of its own, and then that is the first.
            check_signatures(trust, &batch).map_err(|fault| Failure::from(ReadError::from(fault)))?;
            if let Some(e) = trouble {
                return Err(e.into());
            }
            if batch.is_empty() {
                return Ok(count);
            }
            for event in &batch {
                self.event(event)?;
                count += 1;
            }
            bar.inc(batch.len() as u64);
        }
    }

    fn event(&mut self, recorded: &RecordedEvent) -> Result<()> {
        let event = &recorded.event;
        let header = &event.header;
        self.fold.event(&event.bytes).map_err(|f| {
            let payload = event.decode().map(|e| e.payload.to_json_string()).unwrap_or_default();
            let payload: String = payload.chars().take(300).collect();
            self.program
                .failure(&f)
                .note(format!(
                    "event {} ({}) of {}, commit {}",
                    header.ulid, header.event_type, header.actor, recorded.commit
                ))
                .note(format!("its payload: {payload}"))
        })?;
        let used = self.fold.last_usage();
        self.usage.events = self.usage.events.saturating_add(1);
        self.usage.fuel = self.usage.fuel.saturating_add(used.fuel);
        self.usage.fuel_max = self.usage.fuel_max.max(used.fuel);
        self.usage.memory_max = self.usage.memory_max.max(used.memory);
        self.last = Some((header.ulid, event.cid));
        Ok(())
    }

    /// Emits, and states what was done. The proof is not stamped or signed yet.
    ///
    /// # Errors
    /// When `emit` fails.
    pub fn finish(
        mut self,
        ns: &Namespace,
        channel: Option<&Channel>,
        actor: &ActorId,
        cut: &Cut,
        limits: Limits,
        roots: PolicyRoots,
    ) -> Result<Finished> {
        let artifacts = self.fold.emit().map_err(|f| self.program.failure(&f))?;
        let state = self.fold.state_json();
        let proof = FoldProof {
            ulid: Ulid::MIN,
            ns: ns.clone(),
            channel: channel.cloned(),
            actor: actor.clone(),
            inputs_root: cut.inputs_root(),
            ledger_head: self.last.map(|(_, cid)| cid),
            state_root: blake3(&state),
            fold_root: self.program.program.fold_root(),
            engine: ENGINE_ID.to_owned(),
            policy_root: roots.policy,
            policy_code_root: roots.code,
            artifacts: artifacts.iter().map(|(path, bytes)| (path.clone(), blake3(bytes))).collect(),
            limits: proof_limits(limits),
            usage: self.usage,
        };
        let proof = proof.stamp(self.last.map(|(ulid, _)| ulid)).map_err(|e| Failure::no(e.to_string()))?;
        Ok(Finished { proof, state, artifacts })
    }
}

/// A fold that came to its end.
pub struct Finished {
    /// The statement, stamped and unsigned.
    pub proof: FoldProof,
    /// The state.
    pub state: Vec<u8>,
    /// Artifacts by path.
    pub artifacts: std::collections::BTreeMap<String, Vec<u8>>,
}

/// A checkpoint that a fold may go on from.
struct ResumePoint {
    commit: CommitId,
    cut: Cut,
    state: Vec<u8>,
    proof: SignedProof,
    last: Option<OrderKey>,
}

/// Folds a namespace and publishes the checkpoint.
///
/// # Errors
/// When there is nothing to fold, an event is not what it should be, the fold fails, or the
/// repository cannot be written. Nothing is published then.
pub fn fold(out: &Output, job: &Job<'_>) -> Result<Folded> {
    let started = Instant::now();
    let store = &job.project.store;
    let state_ref = state_ref(job.ns, job.channel);
    let previous = store.get_ref(&state_ref)?;
    let cut = current_cut(store, job.ns)?;
    if cut.is_empty() {
        return Err(nothing_to_fold(job)?);
    }
    let trust = job.project.trust()?;
    if let Some(commit) = previous {
        check_previous(out, job, commit, &trust)?;
    }
    let bar = out.progress("folding", None);
    let (mut run, events, resumed) = match resume_point(job, previous, &cut, &trust)? {
        Some((point, events)) => (Run::resume(job.program, job.limits, &point)?, events, Some(point.commit)),
        None => (Run::start(job.program, job.limits)?, plane::read_cut(store, &cut, None)?, None),
    };
    let done = run.events(events, &trust, &bar);
    bar.finish_and_clear();
    let new_events = done?;
    let Finished { proof, state, artifacts } =
        run.finish(job.ns, job.channel, job.actor, &cut, job.limits, PolicyRoots::in_force(job.project)?)?;
    let took = started.elapsed();
    let proof = proof.sign(job.key).map_err(|e| Failure::no(e.to_string()))?;
    (job.admit)(&proof)?;
    let checkpoint = Checkpoint {
        trailers: trailers(&proof.proof),
        files: CheckpointFiles {
            state: state.clone(),
            inputs: cut.to_json(),
            program: job.program.program.to_bytes(),
            artifacts: artifacts.clone(),
        },
        proof: proof.clone(),
    };
    let published = publish(store, checkpoint, previous.as_ref()).map_err(|e| match e {
        PublishError::Store(e) => e.into(),
        PublishError::Artifact(why) => {
            Failure::no(why).note("`emit` returned this path").help("choose another path in `emit`")
        }
        moved => Failure::world(moved.to_string()).help("run the same command again"),
    })?;
    // The note repeats a trailer for people with plain Git. It comes last, and a run that finds
    // nothing new writes it where a crash left it out.
    let text = format!("{}\n", proof.proof.state_root);
    store.write_note(STATE_NOTES_REF, &published.commit, &text, job.actor, proof.proof.ulid.time_ms() / 1000)?;
    Ok(Folded { published, proof, state, artifacts, resumed, new_events, took })
}

/// The trailers that say what a proof says.
pub fn trailers(proof: &FoldProof) -> Trailers {
    Trailers {
        state_root: proof.state_root,
        ledger_head: proof.ledger_head,
        inputs_root: proof.inputs_root,
        policy_root: proof.policy_root,
        policy_code_root: proof.policy_code_root,
        fold_engine: proof.engine.clone(),
        fold_root: proof.fold_root,
        fold_version: ELC_VERSION.to_owned(),
        fold_math: NUM_MODEL.to_owned(),
        fold_rng: RNG_MODEL.to_owned(),
    }
}

fn nothing_to_fold(job: &Job<'_>) -> Result<Failure> {
    let failure = Failure::input(format!("there are no events in namespace {}", job.ns));
    let others: Vec<String> = plane::namespaces(&job.project.store)?.iter().map(ToString::to_string).collect();
    Ok(match others.as_slice() {
        [] => failure.help(format!("`gatos event import {} --jsonl FILE` puts some there", job.ns)),
        others => failure.note(format!("namespaces with events: {}", others.join(", "))),
    })
}

/// Looks at the newest checkpoint before anything is built on it. One that contradicts itself is
/// told and not believed; one that does hold says what the journals held, and must still.
fn check_previous(out: &Output, job: &Job<'_>, commit: CommitId, trust: &TrustGraph) -> Result<()> {
    let name = state_ref(job.ns, job.channel);
    let changed = match read_checkpoint(&job.project.store, &commit) {
        Err(CheckpointError::Store(e)) => return Err(e.into()),
        Err(e) => Some(e.to_string()),
        Ok(stored) => match verify::contradiction(&stored.checkpoint, trust) {
            Some(how) => Some(how),
            None => match Cut::from_json(&stored.checkpoint.files.inputs) {
                Err(e) => Some(format!("inputs.json: {e}")),
                Ok(cut) if job.rewritten_history => {
                    if let Some(missing) = verify::missing_from_journals(job.project, &cut)? {
                        out.warn(format!("{}; folding what it holds now", lost(&missing)));
                    }
                    None
                }
                Ok(cut) => match verify::missing_from_journals(job.project, &cut)? {
                    None => None,
                    Some(missing) => return Err(shortened(&missing, &commit, &name)),
                },
            },
        },
    };
    if let Some(how) = changed {
        out.warn(format!(
            "checkpoint {commit}, the newest on {name}, was changed or damaged: {how}; folding without it"
        ));
    }
    Ok(())
}

fn lost(missing: &verify::Missing) -> String {
    let journal = missing.journal.ref_name();
    match missing.journal_is_here {
        true => format!(
            "{journal} does not contain the commit {} that the checkpoint was made from: it was rewritten or shortened",
            missing.commit
        ),
        false => {
            format!("the journal {journal} is gone, of which the checkpoint was made up to commit {}", missing.commit)
        }
    }
}

fn shortened(missing: &verify::Missing, checkpoint: &CommitId, state_ref: &str) -> Failure {
    let journal = missing.journal.ref_name();
    Failure::no(lost(missing))
        .note(format!("the checkpoint is {checkpoint}, the newest on {state_ref}; nothing was folded"))
        .help(format!("fetch the journal back from a clone that has it: `git fetch origin +{journal}:{journal}`"))
        .help("`--rewritten-history` folds what the journal holds now")
}

/// The newest checkpoint that this fold goes on from, with the events after it.
fn resume_point<'s>(
    job: &Job<'s>,
    previous: Option<CommitId>,
    cut: &Cut,
    trust: &TrustGraph,
) -> Result<Option<(ResumePoint, EventIter<'s>)>> {
    let store = &job.project.store;
    let mut at = previous;
    while let Some(commit) = at {
        at = store.read_commit(&commit)?.parents.first().copied();
        let Some(point) = candidate(job, commit, trust)? else { continue };
        match events_after(job, &point, cut) {
            Ok(Some(events)) => return Ok(Some((point, events))),
            Ok(None) => {}
            // The journal no longer holds what the checkpoint was made of; that was told already.
            Err(ReadError::Fault(_)) => {}
            Err(e) => return Err(e.into()),
        }
    }
    Ok(None)
}

/// A checkpoint made by the same program, engine and limits, undamaged and signed by someone known.
fn candidate(job: &Job<'_>, commit: CommitId, trust: &TrustGraph) -> Result<Option<ResumePoint>> {
    let store = &job.project.store;
    let file = |name: &str| store.read_file(&commit, name);
    let (Some(proof), Some(signature)) = (file(PROOF_FILE)?, file(PROOF_SIG_FILE)?) else { return Ok(None) };
    let Ok(proof) = SignedProof::from_stored(proof, &String::from_utf8_lossy(&signature)) else { return Ok(None) };
    let said = &proof.proof;
    let same = said.fold_root == job.program.program.fold_root()
        && said.engine == ENGINE_ID
        && said.limits == proof_limits(job.limits)
        && said.ns == *job.ns
        && said.channel.as_ref() == job.channel;
    if !same {
        return Ok(None);
    }
    // All of it, not only what is needed to go on: what was changed anywhere is not believed elsewhere.
    let checkpoint = match read_checkpoint(store, &commit) {
        Ok(stored) => stored.checkpoint,
        Err(CheckpointError::Store(e)) => return Err(e.into()),
        Err(_) => return Ok(None),
    };
    if verify::contradiction(&checkpoint, trust).is_some() {
        return Ok(None);
    }
    let state = checkpoint.files.state;
    let Ok(cut) = Cut::from_json(&checkpoint.files.inputs) else { return Ok(None) };
    // The last event of the cut is the greatest of its journals' last ones.
    let mut last = None;
    for (journal, until) in cut.iter() {
        match store.read_event(journal, until) {
            Ok(recorded) => last = last.max(Some(order_key(&recorded))),
            Err(ReadError::Fault(_)) => return Ok(None),
            Err(ReadError::Store(_)) => return Ok(None),
        }
    }
    if last.map(|key| Cid(key.cid)) != said.ledger_head {
        return Ok(None);
    }
    Ok(Some(ResumePoint { commit, cut, state, proof, last }))
}

fn order_key(recorded: &RecordedEvent) -> OrderKey {
    OrderKey::new(recorded.event.header.ulid, &recorded.event.cid)
}

/// The events after a checkpoint, when the cut extends it and none of them sorts before its last.
fn events_after<'s>(
    job: &Job<'s>,
    point: &ResumePoint,
    cut: &Cut,
) -> std::result::Result<Option<EventIter<'s>>, ReadError> {
    if point.cut.iter().any(|(journal, _)| cut.get(journal).is_none()) {
        return Ok(None);
    }
    let mut events = plane::read_cut(&job.project.store, cut, Some(&point.cut))?;
    let Some(first) = events.next().transpose()? else { return Ok(Some(events)) };
    if Some(order_key(&first)) < point.last {
        return Ok(None);
    }
    Ok(Some(Box::new(std::iter::once(Ok(first)).chain(events))))
}
