//! The ledger's rules driven through its ports: adding, importing, cutting and auditing.
//! Waiting between tries belongs to the caller, who has a clock; so do keys and randomness.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::cut::Cut;
use crate::envelope::{Draft, EnvelopeError};
use crate::import::{Existing, ImportPlanner, LineError, LineOptions, Step};
use crate::key::SigningKey;
use crate::model::{JOURNAL_PREFIX, JournalId, NameError, Namespace, journal_prefix};
use crate::ports::{CommitId, EventIter, Journals, ReadError, RecordedEvent, Refs, SignedEvent, StoreError, SwapError};
use crate::rules::{Breach, Head, JournalFault, OrderKey, check_next, merge};
use crate::trust::TrustGraph;
use crate::ulid::Ulid;

/// Why an event was not added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddError {
    /// The event breaks a rule of its journal.
    Breach(Breach),
    /// The event cannot be encoded.
    Envelope(EnvelopeError),
    /// The namespace cannot exist beside another.
    Name(NameError),
    /// A line of an import is at fault. What came before it is stored.
    Line(LineError),
    /// Reading the input failed.
    Input {
        /// What the system said.
        detail: String,
    },
    /// The journal could not be read.
    Read(ReadError),
    /// A gate refused the event; what it said is on record.
    Denied {
        /// Why, in a sentence.
        explain: String,
    },
    /// Other writers kept winning.
    Contended {
        /// How often we tried.
        tries: u32,
    },
    /// Storage failed.
    Store(StoreError),
}

impl fmt::Display for AddError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AddError::Breach(breach @ Breach::Reordered { .. }) => write!(
                f,
                "{breach}: journals only grow at the end; leave `ulid` out to get one above the head, or use another actor"
            ),
            AddError::Breach(breach) => breach.fmt(f),
            AddError::Envelope(e) => e.fmt(f),
            AddError::Name(e) => e.fmt(f),
            AddError::Line(e) => e.fmt(f),
            AddError::Input { detail } => write!(f, "reading the input failed: {detail}"),
            AddError::Read(e) => e.fmt(f),
            AddError::Denied { explain } => write!(f, "denied: {explain}"),
            AddError::Contended { tries } => {
                write!(
                    f,
                    "other processes moved the journal meanwhile ({tries} tries); what was stored stays, and running this again goes on from there"
                )
            }
            AddError::Store(e) => e.fmt(f),
        }
    }
}

impl core::error::Error for AddError {}

impl From<StoreError> for AddError {
    fn from(e: StoreError) -> AddError {
        AddError::Store(e)
    }
}

impl From<ReadError> for AddError {
    fn from(e: ReadError) -> AddError {
        AddError::Read(e)
    }
}

/// The journals of a namespace and where each ends, in a fixed order.
pub fn journals<S: Refs>(store: &S, ns: &Namespace) -> Result<Vec<(JournalId, CommitId)>, StoreError> {
    let refs = store.list_refs(&journal_prefix(ns))?;
    // Deeper namespaces would share the prefix, and stray refs are not journals.
    let parsed = refs.into_iter().filter_map(|(name, id)| Some((JournalId::from_ref_name(&name).ok()?, id)));
    Ok(parsed.filter(|(journal, _)| journal.ns == *ns).collect())
}

/// All namespaces that have a journal, sorted.
pub fn namespaces<S: Refs>(store: &S) -> Result<Vec<Namespace>, StoreError> {
    let refs = store.list_refs(JOURNAL_PREFIX)?;
    let mut found: Vec<Namespace> =
        refs.iter().filter_map(|(name, _)| Some(JournalId::from_ref_name(name).ok()?.ns)).collect();
    found.sort();
    found.dedup();
    Ok(found)
}

/// Refuses a namespace that Git could not store beside the existing ones.
pub fn check_namespace<S: Refs>(store: &S, ns: &Namespace) -> Result<(), AddError> {
    ns.check_beside(&namespaces(store)?).map_err(AddError::Name)
}

/// The last event of a journal with its commit.
pub fn head<S: Journals>(store: &S, journal: &JournalId) -> Result<Option<(CommitId, Head)>, ReadError> {
    let Some(commit) = store.get_ref(&journal.ref_name())? else { return Ok(None) };
    Ok(Some((commit, head_at(store, journal, &commit)?)))
}

fn head_at<S: Journals>(store: &S, journal: &JournalId, commit: &CommitId) -> Result<Head, ReadError> {
    let event = store.read_event(journal, commit)?.event;
    Ok(Head::of(&event.header, event.cid))
}

/// Adds one event at the end of a journal.
///
/// `draft` is called with the journal's head for every try and says what to add. `pause` is called with the number
/// of lost races before each further try; returning false gives up.
pub fn add<S: Journals>(
    store: &S,
    journal: &JournalId,
    key: &SigningKey,
    draft: &mut dyn FnMut(Option<&Head>) -> Result<Draft, AddError>,
    pause: &mut dyn FnMut(u32) -> bool,
) -> Result<RecordedEvent, AddError> {
    check_namespace(store, &journal.ns)?;
    let mut tries = 0;
    loop {
        let old = head(store, journal)?;
        let (old_commit, old_head) = (old.map(|(commit, _)| commit), old.map(|(_, head)| head));
        let encoded = draft(old_head.as_ref())?.place(journal, old_head.as_ref()).map_err(AddError::Envelope)?;
        check_next(journal, old_head.as_ref(), &encoded.header, encoded.cid).map_err(AddError::Breach)?;
        let event = encoded.sign(key);
        match store.append_events(journal, old_commit.as_ref(), core::slice::from_ref(&event)) {
            Ok(commit) => return Ok(RecordedEvent { commit, event }),
            Err(SwapError::Store(e)) => return Err(e.into()),
            Err(SwapError::Moved { .. }) => {
                tries += 1;
                if !pause(tries) {
                    return Err(AddError::Contended { tries });
                }
            }
        }
    }
}

/// A ULID for a new event: now, or just above the journal's head when the clock is behind it.
pub fn next_ulid(now_ms: u64, entropy: [u8; 10], head: Option<&Head>) -> Option<Ulid> {
    let natural = Ulid::from_parts(now_ms, entropy)?;
    match head {
        Some(head) if natural <= head.ulid => head.ulid.successor(),
        _ => Some(natural),
    }
}

/// What an import did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct ImportReport {
    /// Lines read, blank ones too.
    pub lines: u64,
    /// Events added.
    pub added: u64,
    /// Events that were there already.
    pub skipped: u64,
    /// The journal's end afterwards.
    pub commit: Option<CommitId>,
}

/// How an import works through its file.
pub struct ImportJob<'a> {
    /// The journal to fill.
    pub journal: JournalId,
    /// Who signs.
    pub key: &'a SigningKey,
    /// How lines are wrapped.
    pub options: LineOptions,
    /// Events to a batch: one pack and one move of the ref each.
    pub batch: usize,
}

/// Imports lines; each batch is stored before the next is made, so a killed import continues where it stopped.
///
/// `next_line` gives lines without their line feeds. `sign` turns planned events into signed ones, so that the
/// caller may use several threads; [`sign_all`] is the plain way. `progress` sees the report after each batch.
pub fn import<S: Journals>(
    store: &S,
    job: &ImportJob<'_>,
    next_line: &mut dyn FnMut(&mut Vec<u8>) -> Result<bool, String>,
    sign: &mut dyn FnMut(Vec<crate::envelope::Encoded>, &SigningKey) -> Vec<SignedEvent>,
    progress: &mut dyn FnMut(&ImportReport),
) -> Result<ImportReport, AddError> {
    import_admitted(store, job, next_line, &mut |_| Ok(()), sign, progress)
}

/// [`import`] through a gate: `admit` sees every new event before it is encoded, binds to it what let it pass, or
/// stops the import. What came before a refused line is stored.
pub fn import_admitted<S: Journals>(
    store: &S,
    job: &ImportJob<'_>,
    next_line: &mut dyn FnMut(&mut Vec<u8>) -> Result<bool, String>,
    admit: &mut dyn FnMut(&mut Draft) -> Result<(), AddError>,
    sign: &mut dyn FnMut(Vec<crate::envelope::Encoded>, &SigningKey) -> Vec<SignedEvent>,
    progress: &mut dyn FnMut(&ImportReport),
) -> Result<ImportReport, AddError> {
    check_namespace(store, &job.journal.ns)?;
    let old = head(store, &job.journal)?;
    let mut at = old.map(|(commit, _)| commit);
    let mut planner = ImportPlanner::new(job.journal.clone(), job.options.clone(), old.map(|(_, head)| head));
    // Opened at the first line that may be there already; most imports into a fresh journal never need it.
    let mut walk: Option<EventIter<'_>> = None;
    let mut existing = || -> Result<Option<Existing>, AddError> {
        let Some((until, _)) = old else { return Ok(None) };
        let walk = match &mut walk {
            Some(walk) => walk,
            empty => empty.insert(store.read_events(&job.journal, None, &until)?),
        };
        match walk.next() {
            None => Ok(None),
            Some(recorded) => {
                let event = recorded?.event;
                Ok(Some(Existing::of(&event.header, event.cid)))
            }
        }
    };
    let mut report = ImportReport { commit: at, ..ImportReport::default() };
    let mut batch = Vec::new();
    let mut batch_bytes = 0usize;
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = next_line(&mut line).map_err(|detail| AddError::Input { detail });
        let planned = match read {
            Ok(true) => match planner.plan(&line, &mut existing, admit) {
                Ok(planned) => planned.map_err(AddError::Line).map(Some),
                Err(e) => Err(e),
            },
            Ok(false) => Ok(None),
            Err(e) => Err(e),
        };
        let end = !matches!(planned, Ok(Some(_)));
        match &planned {
            Ok(Some(Step::Skip)) => report.skipped += 1,
            Ok(Some(Step::Append(_))) => report.added += 1,
            _ => {}
        }
        report.lines = planner.lines();
        let outcome = match planned {
            Ok(Some(Step::Append(encoded))) => {
                batch_bytes = batch_bytes.saturating_add(encoded.bytes.len());
                batch.push(*encoded);
                Ok(())
            }
            Ok(_) => Ok(()),
            // The lines before the bad one are good, and an import resumes: keep them.
            Err(e) => Err(e),
        };
        if (end || batch.len() >= job.batch.max(1) || batch_bytes >= MAX_BATCH_BYTES) && !batch.is_empty() {
            let signed = sign(core::mem::take(&mut batch), job.key);
            batch_bytes = 0;
            at = Some(match store.append_events(&job.journal, at.as_ref(), &signed) {
                Ok(commit) => commit,
                Err(SwapError::Store(e)) => return Err(e.into()),
                // Someone else appends as this actor: planning from here again would be a race without end.
                Err(SwapError::Moved { .. }) => return Err(AddError::Contended { tries: 1 }),
            });
            report.commit = at;
            progress(&report);
        }
        outcome?;
        if end {
            return Ok(report);
        }
    }
}

/// A batch ends early at this many bytes, so memory stays bounded with large events.
const MAX_BATCH_BYTES: usize = 32 * 1024 * 1024;

/// Signs a batch on this thread.
pub fn sign_all(batch: Vec<crate::envelope::Encoded>, key: &SigningKey) -> Vec<SignedEvent> {
    batch.into_iter().map(|encoded| encoded.sign(key)).collect()
}

/// The cut of a namespace as it is now.
pub fn current_cut<S: Refs>(store: &S, ns: &Namespace) -> Result<Cut, StoreError> {
    let mut cut = Cut::new();
    for (journal, commit) in journals(store, ns)? {
        cut.insert(journal, commit);
    }
    Ok(cut)
}

/// Reads the events of a cut in the total order, those that an earlier cut held left out.
pub fn read_cut<'a, S: Journals>(store: &'a S, cut: &Cut, after: Option<&Cut>) -> Result<EventIter<'a>, ReadError> {
    let mut sources = Vec::with_capacity(cut.len());
    for (journal, until) in cut.iter() {
        let from = after.and_then(|after| after.get(journal));
        sources.push(store.read_events(journal, from, until)?);
    }
    fn key(recorded: &RecordedEvent) -> OrderKey {
        OrderKey::new(recorded.event.header.ulid, &recorded.event.cid)
    }
    Ok(Box::new(merge(sources, key)?))
}

/// Whether `later` holds everything `earlier` held: the same journals, none of them rewritten.
pub fn extends<S: Journals>(store: &S, earlier: &Cut, later: &Cut) -> Result<bool, ReadError> {
    for (journal, old) in earlier.iter() {
        match later.get(journal) {
            None => return Ok(false),
            Some(new) if new == old => {}
            Some(new) => match store.read_events(journal, Some(old), new) {
                Ok(_) => {}
                Err(ReadError::Fault(_)) => return Ok(false),
                Err(e) => return Err(e),
            },
        }
    }
    Ok(true)
}

/// Checks a recorded event's signature against the trust graph.
pub fn check_signature(graph: &TrustGraph, recorded: &RecordedEvent) -> Result<(), Box<JournalFault>> {
    let header = &recorded.event.header;
    let time = header.ulid.time_ms();
    let keys = graph.keys_at(&header.actor, time).count();
    let breach = if keys == 0 {
        let retired = graph.actors.get(&header.actor).and_then(|entry| entry.retired.values().max().copied());
        retired.map_or(Breach::UnknownActor, |until| Breach::KeyRetired { until })
    } else if recorded.event.verify(graph.keys_at(&header.actor, time)) {
        return Ok(());
    } else {
        Breach::BadSignature { keys }
    };
    Err(Box::new(JournalFault { journal: header.journal(), commit: recorded.commit, ulid: Some(header.ulid), breach }))
}
