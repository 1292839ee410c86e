//! Judging a push: every ref that would move, as the repository would be after it. What the push changes of trust
//! and policies is judged first, by what was there before; the rest is judged by what would then be in force.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use gatos_canon::Sha256;
use gatos_ledger_core::authority::{self, Trust};
use gatos_ledger_core::checkpoint::{PROOF_FILE, PROOF_SIG_FILE};
use gatos_ledger_core::decision::DecisionError;
use gatos_ledger_core::envelope::Event;
use gatos_ledger_core::grant::{Grant, GrantFault, verified_grants};
use gatos_ledger_core::key::SigningKey;
use gatos_ledger_core::model::{ActorId, Channel, JournalId, Namespace, TRUST_REF};
use gatos_ledger_core::plane::check_signature;
use gatos_ledger_core::ports::{CommitId, Journals, ReadError, Refs, Snapshots, StoreError};
use gatos_ledger_core::rules::Breach;
use gatos_ledger_core::trust::TrustGraph;
use gatos_ledger_core::ulid::Ulid;
use gatos_policy::audit;
use gatos_policy::gate::{Evaluated, Gate};
use gatos_policy::install;
use gatos_policy::model::{Context, Intent, Target, resource_of};
use gatos_policy::rules;
use gatos_proofs::SignedProof;

use super::area::{Area, area};
use super::spool::{self, Waiting};
use super::{Refusal, Update};
use crate::failure::{Failure, Result};
use crate::fold_engine;
use crate::gate::{self, Keeper};
use crate::output::Output;
use crate::profile::{Enforcement, Profile, ProofCheck};
use crate::project::{Project, now_ms};
use crate::verify;

/// The intent of publishing a checkpoint.
pub const CHECKPOINT_INTENT: &str = "state.checkpoint";

/// What judging found.
#[derive(Default)]
pub struct Verdict {
    /// Everything that is wrong, in the order of the refs.
    pub refusals: Vec<Refusal>,
    /// Denials by the policy, signed and ready to be put on record.
    pub denials: Vec<Waiting>,
    /// Why a denial has no record.
    pub unrecorded: Vec<String>,
    /// Events that were checked.
    pub events: u64,
    /// Checkpoints that were checked.
    pub checkpoints: u64,
}

/// Who judges, and by what.
pub struct Judge<'a> {
    /// For progress and warnings.
    pub out: &'a Output,
    /// The settings.
    pub profile: Profile,
    /// The gate's clock; none for looking back at what was taken long ago.
    pub now_ms: Option<u64>,
    /// Who signs denials here.
    pub signer: Option<(ActorId, SigningKey)>,
}

/// One push under judgement.
struct Case<'a> {
    judge: &'a Judge<'a>,
    /// The repository as the push would leave it. Shared, so that events are read one by one while each is judged.
    after: Rc<Project>,
    /// Whether nothing was in force before: the push founds what it is judged by.
    is_founding: bool,
    /// Whether there was no trust before: nothing says yet whose keys are retired.
    founds_trust: bool,
    verdict: Verdict,
    /// The trusts that the repository had, newest first; read when an event is bound to an earlier one.
    trusts: Vec<Context>,
    /// Which of them a `trust_chain` was found to be, so that a long journal asks once.
    chains: BTreeMap<Sha256, usize>,
    /// Policies that were in force, once they are asked for.
    history: Option<BTreeSet<Sha256>>,
    /// Gates of policies that were in force, for a push that founds a repository.
    gates: BTreeMap<Sha256, Gate>,
}

impl Judge<'_> {
    /// Judges a push. `before` is the repository as it is, `after` the same opened once more.
    ///
    /// # Errors
    /// When the repository cannot be read at all.
    pub fn judge(&self, before: &Project, after: Project, updates: &[Update]) -> Result<Verdict> {
        let is_founding = install::active(&before.store).map_err(gate::install_failure)?.is_none();
        let founds_trust = before.store.get_ref(TRUST_REF)?.is_none();
        let verdict = Verdict::default();
        let mut case = Case {
            judge: self,
            after: Rc::new(after),
            is_founding,
            founds_trust,
            verdict,
            trusts: Vec::new(),
            chains: BTreeMap::new(),
            history: None,
            gates: BTreeMap::new(),
        };
        if let Err(failure) = case.run(updates) {
            // What was denied on the way was denied all the same.
            if self.now_ms.is_some() {
                for waiting in &case.verdict.denials {
                    spool::leave(before.store.common_dir(), waiting)?;
                }
            }
            return Err(failure);
        }
        let order = |name: &str| updates.iter().position(|update| update.name == name);
        case.verdict.refusals.sort_by_key(|refusal| order(&refusal.name));
        Ok(case.verdict)
    }
}

/// What is wrong with one ref.
struct Wrong {
    commit: Option<CommitId>,
    rule: &'static str,
    reason: String,
    notes: Vec<String>,
    help: Vec<String>,
}

impl Wrong {
    fn new(rule: &'static str, reason: impl Into<String>) -> Wrong {
        Wrong { commit: None, rule, reason: reason.into(), notes: Vec::new(), help: Vec::new() }
    }

    /// The ledger's messages end in `; what to do`.
    fn split(rule: &'static str, text: &str) -> Wrong {
        match text.rsplit_once("; ") {
            Some((what, remedy)) => Wrong::new(rule, what).help(remedy),
            None => Wrong::new(rule, text),
        }
    }

    fn of(rule: &'static str, failure: Failure) -> Wrong {
        Wrong { commit: None, rule, reason: failure.what, notes: failure.notes, help: failure.help }
    }

    fn at(mut self, commit: &CommitId) -> Wrong {
        self.commit = Some(*commit);
        self
    }

    fn help(mut self, text: impl Into<String>) -> Wrong {
        self.help.push(text.into());
        self
    }
}

/// A judgement of one ref; what cannot be read ends the whole.
type Judged = std::result::Result<(), Trouble>;

enum Trouble {
    Wrong(Box<Wrong>),
    Failed(Failure),
}

impl From<Wrong> for Trouble {
    fn from(wrong: Wrong) -> Trouble {
        Trouble::Wrong(Box::new(wrong))
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Trouble {
        Trouble::Failed(failure)
    }
}

impl From<StoreError> for Trouble {
    fn from(e: StoreError) -> Trouble {
        match e {
            // Pushed objects that are missing or malformed are the pusher's; a broken disk is ours.
            StoreError::Corrupt { .. } | StoreError::Missing { .. } => Wrong::split("objects", &e.to_string()).into(),
            other => Trouble::Failed(other.into()),
        }
    }
}

const REWRITTEN: &str = "fetch the ref, and put what is new on top of what is there";

impl Case<'_> {
    fn run(&mut self, updates: &[Update]) -> Result<()> {
        let mut open: Vec<(&Update, Area, CommitId)> = Vec::new();
        for update in updates {
            let area = area(&update.name);
            match first_look(update, &area) {
                Ok(Some(new)) => open.push((update, area, new)),
                Ok(None) => {}
                Err(wrong) => self.refuse(update, *wrong),
            }
        }
        // In this order each step is judged by those before it.
        let stages: [fn(&Area) -> bool; 4] = [
            |area| matches!(area, Area::Trust),
            |area| matches!(area, Area::Bundle(_)),
            |area| matches!(area, Area::ActivePolicy),
            |area| !matches!(area, Area::Trust | Area::Bundle(_) | Area::ActivePolicy),
        ];
        for stage in stages {
            let members: Vec<&(&Update, Area, CommitId)> = open.iter().filter(|(_, area, _)| stage(area)).collect();
            let moved: Vec<_> = members.iter().map(|(update, _, new)| (update.name.clone(), Some(*new))).collect();
            self.imagine(&moved)?;
            let mut keeper = None;
            // Checkpoints last: what they were made from must have been judged.
            let (rest, states): (Vec<_>, Vec<_>) =
                members.into_iter().partition(|(_, area, _)| !matches!(area, Area::State(..)));
            for (update, area, new) in rest.into_iter().chain(states) {
                match self.one(update, area, new, &mut keeper) {
                    Ok(()) => {}
                    Err(Trouble::Failed(failure)) => return Err(failure),
                    Err(Trouble::Wrong(wrong)) => {
                        self.refuse(update, *wrong);
                        self.imagine(&[(update.name.clone(), update.old)])?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Sees refs otherwise from now on.
    fn imagine(&mut self, refs: &[(String, Option<CommitId>)]) -> Result<()> {
        match Rc::get_mut(&mut self.after) {
            Some(after) => Ok(after.store.imagine(refs)?),
            None => Err(Failure::world("the repository is still being read while it is to be seen otherwise")),
        }
    }

    fn refuse(&mut self, update: &Update, wrong: Wrong) {
        let Wrong { commit, rule, reason, notes, help } = wrong;
        self.verdict.refusals.push(Refusal { name: update.name.clone(), commit, rule, reason, notes, help });
    }

    fn one(&mut self, update: &Update, area: &Area, new: &CommitId, keeper: &mut Option<Keeper>) -> Judged {
        let old = update.old.as_ref();
        match area {
            Area::Trust => self.trust(old, new),
            Area::Bundle(name) => self.bundle(name, old, new),
            Area::ActivePolicy => self.active(old, new),
            Area::Journal(journal) => {
                self.open(keeper)?;
                self.journal(journal, old, new, keeper)
            }
            Area::State(ns, channel) => {
                self.open(keeper)?;
                self.state(ns, channel.as_ref(), old, new, keeper)
            }
            Area::AuditPolicy => {
                let store = &self.after.store;
                let grown = match self.clock().filter(|_| !self.founds_trust) {
                    None => audit::verify_growth(store, old, new),
                    Some(clock) => {
                        let repository = gate::settings(&self.judge.profile).repository;
                        let is_waiting = |ulid| spool::is_waiting(store.common_dir(), ulid);
                        audit::verify_new(store, &repository, old, new, &clock, &is_waiting)
                    }
                };
                grown.map_err(|e| match e {
                    audit::AuditError::Store(e) => e.into(),
                    audit::AuditError::Decision { commit, error: DecisionError::UnknownActor(signer) } => {
                        Wrong::new("audit", format!("the trust graph has no key for {signer}, who signed this denial"))
                            .at(&commit)
                            .help(format!(
                                "a root adds the key of that gate: `gatos trust add {signer} KEY`, with the KEY that \
                                 `gatos key show {signer}` prints in the gate's repository"
                            ))
                            .into()
                    }
                    other => Wrong::split("audit", &other.to_string()).into(),
                })
            }
            Area::Proofs(ns) => self.proofs(ns, old, new),
            Area::Notes => self.grown(old, new),
            Area::Cache | Area::Unknown(_) | Area::Foreign => Ok(()),
        }
    }

    /// The gate's clock, where there is one.
    fn clock(&self) -> Option<rules::Clock> {
        Some(rules::Clock { now_ms: self.judge.now_ms?, skew_ms: self.judge.profile.skew_ms.value })
    }

    /// The keys by which what is new must be signed; `None` where what there is has a past.
    fn in_use(&self, graph: &TrustGraph) -> Option<TrustGraph> {
        let clock = self.clock().filter(|_| !self.is_founding)?;
        Some(graph.without_retired(clock.now_ms.saturating_sub(clock.skew_ms)))
    }

    /// The gate of what would be in force, opened once.
    fn open(&self, keeper: &mut Option<Keeper>) -> std::result::Result<(), Failure> {
        if keeper.is_none() {
            *keeper = Some(gate::look(&self.after, &self.judge.profile)?);
        }
        Ok(())
    }

    fn trust(&mut self, old: Option<&CommitId>, new: &CommitId) -> Judged {
        let store = &self.after.store;
        authority::verify_growth(store, old, new).map_err(|e| match e {
            authority::AuthorityError::Store(e) => Trouble::from(e),
            other => Wrong::split("trust", &other.to_string()).at(new).into(),
        })?;
        let trust = authority::trust_at(store, new)?;
        if trust.graph.roots.is_empty() {
            return Err(Wrong::new("trust", "the trust graph names no roots, so nobody could change it here")
                .help("its owner names one: `gatos init`")
                .into());
        }
        if let Some(file) = trust.damaged.first() {
            return Err(Wrong::new("trust", format!("{}: {}", file.path, file.error)).at(new).into());
        }
        // Anyone may add grants, but only such as can count: the shared ref is no place for junk.
        let known = match old {
            Some(old) => authority::trust_at(store, old)?.grants,
            None => Vec::new(),
        };
        let now = self.judge.now_ms.unwrap_or(u64::MAX >> 16);
        let verdicts = verified_grants(&trust.graph, &trust.grants, now, None);
        let is_known = |ulid| known.iter().any(|grant| grant.grant.ulid == ulid);
        let wrong = verdicts.refused.iter().find(|refusal| is_wrong(&refusal.fault) && !is_known(refusal.ulid));
        if let Some(refusal) = wrong {
            return Err(Wrong::split("grant", &refusal.to_string()).at(new).into());
        }
        let Some(clock) = self.clock().filter(|_| old.is_some()) else { return Ok(()) };
        let in_use = trust.graph.without_retired(clock.now_ms.saturating_sub(clock.skew_ms));
        for grant in trust.grants.iter().filter(|grant| !is_known(grant.grant.ulid)) {
            let Grant { ulid, issuer, revokes, .. } = &grant.grant;
            if !grant.is_signed(&in_use) {
                return Err(retired(&format!("grant {ulid}"), issuer, new).into());
            }
            let time = ulid.time_ms();
            // A revocation that comes late is still better than none.
            if time.abs_diff(clock.now_ms) > clock.skew_ms && (revokes.is_none() || time > clock.now_ms) {
                let reason = format!("the time of grant {ulid} is too far from the gate's clock (`policy.skew`)");
                return Err(Wrong::new("grant", reason)
                    .at(new)
                    .help("set refs/gatos/trust back to what is here, and issue the grant again")
                    .into());
            }
        }
        Ok(())
    }

    fn bundle(&self, name: &str, old: Option<&CommitId>, new: &CommitId) -> Judged {
        if old.is_some() {
            return Err(Wrong::new("bundle", "a published bundle never changes: its name is its content")
                .help("publish another one with `gatos policy install`")
                .into());
        }
        let root: Sha256 = format!("sha256:{name}").parse().map_err(|_| {
            Wrong::new("bundle", "bundles are named by the hex of their policy_root")
                .help("publish it with `gatos policy install`")
        })?;
        install::read_bundle(&self.after.store, new, &root).map(|_| ()).map_err(|e| match e {
            install::InstallError::Store(e) => e.into(),
            other => Wrong::split("bundle", &other.to_string()).at(new).into(),
        })
    }

    fn active(&self, old: Option<&CommitId>, new: &CommitId) -> Judged {
        let repository = gate::settings(&self.judge.profile).repository;
        let store = &self.after.store;
        let held = match self.clock().filter(|_| !self.founds_trust) {
            Some(clock) => install::verify_new(store, &repository, old, new, &clock),
            None => install::verify_growth(store, &repository, old, new),
        };
        held.map_err(|e| match e {
            install::InstallError::Store(e) => e.into(),
            other => Wrong::split("policy-history", &other.to_string()).at(new).into(),
        })
    }

    fn journal(
        &mut self,
        journal: &JournalId,
        old: Option<&CommitId>,
        new: &CommitId,
        keeper: &mut Option<Keeper>,
    ) -> Judged {
        let read = |e: ReadError| match e {
            ReadError::Store(e) => Trouble::from(e),
            ReadError::Fault(fault) => {
                let rule = match &fault.breach {
                    Breach::BadSignature { .. } | Breach::UnknownActor | Breach::KeyRetired { .. } => "signature",
                    Breach::Reordered { .. } => "ulid-order",
                    Breach::WrongActor { .. } => "actor",
                    Breach::Foreign { detail } if detail.contains("rewritten") => "fast-forward",
                    _ => "journal",
                };
                let event = fault.ulid.map(|ulid| format!("event {ulid}: ")).unwrap_or_default();
                if let ("fast-forward", Breach::Foreign { detail }) = (rule, &fault.breach) {
                    return Wrong::new(rule, detail.clone()).at(&fault.commit).help(REWRITTEN).into();
                }
                Wrong::new(rule, format!("{event}{}", fault.breach)).at(&fault.commit).help(fault.remedy()).into()
            }
        };
        let graph = authority::read(&self.after.store)?;
        let in_use = self.in_use(&graph);
        let after = Rc::clone(&self.after);
        let events = after.store.read_events(journal, old, new).map_err(read)?;
        let bar = self.judge.out.progress("judging", None);
        // The end of what is good.
        let mut good = old.copied();
        for recorded in events {
            let recorded = recorded.map_err(read)?;
            check_signature(&graph, &recorded).map_err(|fault| read(fault.into()))?;
            if let Some(in_use) = &in_use
                && check_signature(in_use, &recorded).is_err()
            {
                let header = &recorded.event.header;
                return Err(retired(&format!("event {}", header.ulid), &header.actor, &recorded.commit).into());
            }
            let event = recorded
                .event
                .decode()
                .map_err(|e| Wrong::new("journal", format!("event.cbor is not an event: {e}")).at(&recorded.commit))?;
            self.event(&event, &recorded.commit, keeper).map_err(|trouble| match trouble {
                // A later grant never reaches back, so the event itself cannot be saved.
                Trouble::Wrong(wrong) if wrong.rule == "policy" => {
                    let name = journal.ref_name();
                    let back = match good {
                        Some(good) => format!("git update-ref {name} {good}"),
                        None => format!("git update-ref -d {name}"),
                    };
                    wrong
                        .help(format!(
                            "take it back in your clone, with what follows it in this journal, and add both again once \
                             it is allowed: `{back}`"
                        ))
                        .into()
                }
                other => other,
            })?;
            good = Some(recorded.commit);
            self.verdict.events += 1;
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(())
    }

    /// What binds an event, and what the policy says to it.
    fn event(&mut self, event: &Event, commit: &CommitId, keeper: &mut Option<Keeper>) -> Judged {
        let header = &event.header;
        let Some(keeper) = keeper.as_mut() else { return Ok(()) };
        let Some(active) = keeper.enforcer.activation().map(|activation| activation.policy_root) else {
            if self.judge.profile.enforcement.value == Enforcement::Required {
                return Err(Wrong::new(
                    "policy",
                    "no policy is installed here, and nothing is let through without one",
                )
                .at(commit)
                .help("a root installs one, and pushes refs/gatos/trust and refs/gatos/policies/* along")
                .into());
            }
            return Ok(());
        };
        let named = || format!("event {} ({})", header.ulid, header.event_type);
        match header.policy_root {
            None if !self.judge.profile.unbound_events.value => {
                return Err(Wrong::new("unbound", format!("{} was added while no policy was in force", named()))
                    .at(commit)
                    .help("fetch refs/gatos/trust and refs/gatos/policies/* before adding events")
                    .help("the gate takes such events when its profile says `policy.unbound_events: allow`")
                    .into());
            }
            Some(root) if root != active && !self.was_in_force(&root)? => {
                let reason = format!("{} was let through by {root}, which was never in force here", named());
                return Err(Wrong::new("policy-root", reason)
                    .at(commit)
                    .help("push refs/gatos/policies/* along, or fetch it and add the event again")
                    .into());
            }
            _ => {}
        }
        let intent = Intent::of_event(event);
        let evaluated = match self.is_founding {
            // What founds a repository may have a history: each event by the policy and the trust of its time.
            true => self.as_then(header.policy_root.unwrap_or(active), header.trust_chain, &intent, keeper)?,
            false => match self.judge.now_ms {
                Some(now_ms) => keeper.enforcer.check(&intent, Some(now_ms)),
                None => keeper.enforcer.look_back(&intent, now_ms()),
            },
        };
        let Some(evaluated) = evaluated else { return Ok(()) };
        let chain = header.trust_chain;
        if !evaluated.decision.is_allowed() {
            let wrong = self.denied(&intent, &evaluated, keeper).at(commit);
            let is_known = chain.is_none() || self.had_trust(&intent, chain)?.is_some();
            return Err(match is_known {
                true => wrong.into(),
                false => wrong.help("what allowed it is in your trust alone: push refs/gatos/trust along").into(),
            });
        }
        if header.policy_root.is_some()
            && chain != evaluated.decision.trust_chain
            && self.had_trust(&intent, chain)?.is_none()
        {
            return Err(Wrong::new("trust-chain", format!("{} is bound to a trust that was never here", named()))
                .at(commit)
                .help("push refs/gatos/trust along, or fetch it and add the event again")
                .into());
        }
        Ok(())
    }

    /// Whether a policy is part of the history of what was in force.
    fn was_in_force(&mut self, root: &Sha256) -> std::result::Result<bool, Failure> {
        if self.history.is_none() {
            let history = install::history(&self.after.store).map_err(gate::install_failure)?;
            self.history = Some(history.into_iter().map(|activation| activation.policy_root).collect());
        }
        Ok(self.history.as_ref().is_some_and(|history| history.contains(root)))
    }

    /// The decision of a policy that was in force once, on the trust that an event is bound to.
    fn as_then(
        &mut self,
        root: Sha256,
        chain: Option<Sha256>,
        intent: &Intent,
        keeper: &Keeper,
    ) -> std::result::Result<Option<Evaluated>, Trouble> {
        let then = self.had_trust(intent, chain)?;
        if !self.gates.contains_key(&root) {
            let limits = gate::settings(&self.judge.profile).limits;
            let Some(gate) = gate_of(&self.after, &root, limits)? else { return Ok(None) };
            self.gates.insert(root, gate);
        }
        let ever = rules::Clock { now_ms: now_ms(), skew_ms: u64::MAX };
        let context = then.and_then(|at| self.trusts.get(at)).unwrap_or(keeper.enforcer.context());
        Ok(self.gates.get_mut(&root).map(|gate| gate.evaluate(intent, context, Some(&ever))))
    }

    /// Which of its trusts the repository had when an event was bound to one.
    fn had_trust(&mut self, intent: &Intent, chain: Option<Sha256>) -> std::result::Result<Option<usize>, Trouble> {
        let Some(chain) = chain else { return Ok(None) };
        if let Some(at) = self.chains.get(&chain) {
            return Ok(Some(*at));
        }
        if self.trusts.is_empty() {
            let store = &self.after.store;
            let settings = gate::settings(&self.judge.profile);
            let mut at = store.get_ref(TRUST_REF)?;
            while let Some(commit) = at {
                let Trust { graph, grants, .. } = authority::trust_at(store, &commit)?;
                self.trusts.push(Context::new(graph, grants, settings.repository.clone(), &settings.profile));
                at = store.read_commit(&commit)?.parents.first().copied();
            }
        }
        let found = self.trusts.iter().position(|context| rules::could_bind(intent, context, &chain));
        if let Some(at) = found {
            self.chains.insert(chain, at);
        }
        Ok(found)
    }

    /// Tells a denial, and signs its record.
    fn denied(&mut self, intent: &Intent, evaluated: &Evaluated, keeper: &mut Keeper) -> Wrong {
        let record =
            match &self.judge.signer {
                Some((signer, key)) => gate::new_ulid().and_then(|ulid| {
                    let statement = audit::statement(intent, evaluated, signer, ulid);
                    statement.sign(key).map_err(|e| Failure::input(e.to_string()))
                }),
                None => Err(Failure::input("there is no key here to sign it with")
                    .help("`gatos install-hooks --server` makes one")),
            };
        let mut failure = keeper.denied(intent, &evaluated.decision, &evaluated.input.json, None);
        if let Ok(signed) = &record {
            // Whoever pushed has another record in the clone, and will not find it there.
            failure.help.push(format!(
                "the denial is on record there, in the repository you push to: `gatos audit show {}`",
                signed.decision.ulid
            ));
        }
        match record {
            Ok(signed) => self.verdict.denials.push(Waiting { signed, input: evaluated.input.json.clone() }),
            Err(why) => self.verdict.unrecorded.push(why.to_string()),
        }
        Wrong::of("policy", failure)
    }

    fn state(
        &mut self,
        ns: &Namespace,
        channel: Option<&Channel>,
        old: Option<&CommitId>,
        new: &CommitId,
        keeper: &mut Option<Keeper>,
    ) -> Judged {
        for commit in self.line(old, new)? {
            let wrong = |failure: Failure| match failure.exit {
                crate::failure::Exit::World => Trouble::Failed(failure),
                _ => Wrong::of("proof-of-fold", failure).at(&commit).into(),
            };
            let stored = verify::read(&self.after, &commit).map_err(wrong)?;
            let (signed, proof) = (&stored.checkpoint.proof, &stored.checkpoint.proof.proof);
            let trust = self.after.trust()?;
            // What costs little comes first: nobody unknown makes the gate compute.
            if let Some(how) = verify::contradiction(&stored.checkpoint, &trust) {
                return Err(Wrong::new("proof-of-fold", how).at(&commit).into());
            }
            if proof.ns != *ns || proof.channel.as_ref() != channel {
                return Err(Wrong::new("state", format!("the checkpoint is of {}, not of {ns}", proof.ns))
                    .at(&commit)
                    .help("push it to the ref that `gatos fold` wrote")
                    .into());
            }
            if self.in_use(&trust).is_some_and(|in_use| signed.check_signature(&in_use).is_err()) {
                return Err(retired("the checkpoint", &proof.actor, &commit).into());
            }
            self.checkpoint(ns, signed, &commit, keeper)?;
            if self.judge.profile.proof_of_fold.value == ProofCheck::Recompute {
                self.check_limits(proof.limits, &commit)?;
                verify::verify(self.judge.out, &self.after, &commit).map_err(wrong)?;
            }
            self.verdict.checkpoints += 1;
        }
        Ok(())
    }

    /// A fold is recomputed under the limits it was made under, so those must be ones that the gate can bear.
    fn check_limits(&self, found: gatos_proofs::Limits, commit: &CommitId) -> Judged {
        let most = self.judge.profile.limits.limits();
        let found = fold_engine::machine_limits(found);
        let checks = [
            ("fuel", found.fuel, most.fuel),
            ("depth", found.depth.into(), most.depth.into()),
            ("memory", found.memory, most.memory),
        ];
        match checks.into_iter().find(|(_, found, most)| found > most) {
            None => Ok(()),
            Some((name, found, most)) => {
                let shown = if found >= i64::MAX as u64 { "unlimited".to_owned() } else { found.to_string() };
                Err(Wrong::new(
                    "limits",
                    format!("it was folded with {name} {shown}, and this gate recomputes up to {most}"),
                )
                .at(commit)
                .help(format!("fold it again with a lower --{name}, or raise limits.{name} in the gate's profile"))
                .into())
            }
        }
    }

    /// Whether the policy lets the one who signed a checkpoint publish it.
    fn checkpoint(
        &mut self,
        ns: &Namespace,
        proof: &SignedProof,
        commit: &CommitId,
        keeper: &mut Option<Keeper>,
    ) -> Judged {
        let Some(keeper) = keeper.as_mut() else { return Ok(()) };
        // A checkpoint is published when it is pushed; its proof's time is that of its last event. Looking back
        // there is no telling when that was, and what it says is proven all the same.
        if self.judge.now_ms.is_none() {
            return Ok(());
        }
        let intent = checkpoint_intent(proof, ns, gate::new_ulid()?);
        let Some(evaluated) = keeper.enforcer.check(&intent, None) else { return Ok(()) };
        if evaluated.decision.is_allowed() {
            return Ok(());
        }
        Err(self.denied(&intent, &evaluated, keeper).at(commit).into())
    }

    fn proofs(&self, ns: &Namespace, old: Option<&CommitId>, new: &CommitId) -> Judged {
        let store = &self.after.store;
        let graph = self.after.trust()?;
        let in_use = self.in_use(&graph);
        for commit in self.line(old, new)? {
            let wrong = |why: String| Wrong::new("proof", why).at(&commit);
            let file = |name: &str| -> std::result::Result<Vec<u8>, Trouble> {
                store.read_file(&commit, name)?.ok_or_else(|| wrong(format!("it has no {name}")).into())
            };
            let signature = String::from_utf8_lossy(&file(PROOF_SIG_FILE)?).into_owned();
            let proof = SignedProof::from_stored(file(PROOF_FILE)?, &signature).map_err(|e| wrong(e.to_string()))?;
            proof.check_signature(&graph).map_err(|e| wrong(e.to_string()))?;
            if in_use.as_ref().is_some_and(|in_use| proof.check_signature(in_use).is_err()) {
                return Err(retired("the proof", &proof.proof.actor, &commit).into());
            }
            if proof.proof.ns != *ns {
                return Err(wrong(format!("it is a proof about {}", proof.proof.ns)).into());
            }
        }
        Ok(())
    }

    /// The commits after `old` up to `new`, oldest first; the chain must be unbroken and linear.
    fn line(&self, old: Option<&CommitId>, new: &CommitId) -> std::result::Result<Vec<CommitId>, Trouble> {
        let mut found = Vec::new();
        let mut at = Some(*new);
        while let Some(commit) = at.filter(|commit| Some(commit) != old) {
            let info = self.after.store.read_commit(&commit)?;
            if info.parents.len() > 1 {
                return Err(Wrong::new("linear", "this ref is one chain of commits, and a merge is no part of it")
                    .at(&commit)
                    .help(REWRITTEN)
                    .into());
            }
            found.push(commit);
            at = info.parents.first().copied();
        }
        if at.is_none() && old.is_some() {
            return Err(rewritten(new).into());
        }
        found.reverse();
        Ok(found)
    }

    /// Whether `new` grew out of `old`, merges allowed.
    fn grown(&self, old: Option<&CommitId>, new: &CommitId) -> Judged {
        // Every kind of object can be pushed to a ref.
        self.after.store.read_commit(new)?;
        let Some(old) = old else { return Ok(()) };
        let mut open = vec![*new];
        let mut seen = BTreeSet::new();
        while let Some(commit) = open.pop() {
            if commit == *old {
                return Ok(());
            }
            if seen.insert(commit) {
                open.extend(self.after.store.read_commit(&commit)?.parents);
            }
        }
        Err(rewritten(new).into())
    }
}

/// Something new, signed with a key that brings nothing new any more.
fn retired(what: &str, actor: &ActorId, commit: &CommitId) -> Wrong {
    Wrong::new("signature", format!("{what} is signed with a key of {actor} that is retired, and is not here yet"))
        .at(commit)
        .help("whatever time it says, a retired key brings nothing new; make it again with a key in use")
}

fn rewritten(new: &CommitId) -> Wrong {
    Wrong::new("fast-forward", "it does not contain what the ref holds now: its history was rewritten")
        .at(new)
        .help(REWRITTEN)
}

/// What can be said of an update without looking at any object; gives the new commit of those to look at.
fn first_look(update: &Update, area: &Area) -> std::result::Result<Option<CommitId>, Box<Wrong>> {
    let wrong = match (area, update.new) {
        (Area::Foreign, _) => return Ok(None),
        (Area::Cache, _) => {
            Wrong::new("cache", "what lies under refs/gatos/cache is rebuilt where it is needed, never pushed")
                .help("leave it out: push the refs you mean, such as 'refs/gatos/journal/*'")
        }
        (Area::Unknown(Some(why)), _) => Wrong::new("name", why.clone()),
        (Area::Unknown(None), _) => {
            Wrong::new("name", "this version of GATOS knows no such ref, so it cannot check what is there")
                .help("push the refs you mean, such as 'refs/gatos/journal/*', or upgrade the gate")
        }
        (_, None) => Wrong::new("delete", "this ref only grows, and a deletion would lose what it holds")
            .help("leave it where it is; what should count no longer is revoked or replaced by what comes after it"),
        // Nothing moves.
        (_, new) if new == update.old => return Ok(None),
        (_, new) => return Ok(new),
    };
    Err(Box::new(wrong))
}

/// Whether a grant that does not count shows that something is wrong, rather than over.
pub fn is_wrong(fault: &GrantFault) -> bool {
    !matches!(
        fault,
        GrantFault::Expired { .. }
            | GrantFault::Revoked { .. }
            | GrantFault::Replaced { .. }
            | GrantFault::NotYet { .. }
            | GrantFault::WrongAudience { .. }
    )
}

/// The wish to publish a checkpoint now.
pub fn checkpoint_intent(proof: &SignedProof, ns: &Namespace, now: Ulid) -> Intent {
    let proof = &proof.proof;
    let reference = gatos_ledger_core::model::state_ref(ns, proof.channel.as_ref());
    let target = Target { kind: "state".to_owned(), ns: Some(ns.to_string()), reference };
    Intent::new(CHECKPOINT_INTENT, &resource_of(ns), proof.actor.clone(), now, target)
}

/// The gate of a bundle that a repository keeps.
///
/// # Errors
/// When it is there and cannot be used.
pub fn gate_of(project: &Project, root: &Sha256, limits: gatos_vm::Limits) -> Result<Option<Gate>> {
    let Some(bundle) = install::find_bundle(&project.store, root).map_err(gate::install_failure)? else {
        return Ok(None);
    };
    gate::open_bundle(bundle, limits)
        .map(Some)
        .map_err(|why| Failure::no(format!("policy {root} cannot run here: {why}")))
}
