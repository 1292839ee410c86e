//! Journal rules: what may follow what, the total order over actors, and what an import does with each line.
//! All pure: the same answer in a gate, an auditor and a test.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;

use gatos_canon::Cid;

use crate::envelope::{EnvelopeError, Header};
use crate::model::{ActorId, JournalId, Namespace};
use crate::ports::CommitId;
use crate::time::ms_to_rfc3339;
use crate::ulid::Ulid;

/// The last event of a journal, as far as the next one must know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its position.
    pub seq: u64,
    /// Its ULID.
    pub ulid: Ulid,
    /// Its CID.
    pub cid: Cid,
}

impl Head {
    /// The head that an event makes.
    pub fn of(header: &Header, cid: Cid) -> Head {
        Head { seq: header.seq, ulid: header.ulid, cid }
    }
}

/// Which rule of a journal an event breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Breach {
    /// The event names another namespace than its ref.
    WrongNamespace {
        /// The namespace it names.
        found: Namespace,
    },
    /// The event names another actor than its ref.
    WrongActor {
        /// The actor it names.
        found: ActorId,
    },
    /// A position is missing or repeated.
    Gap {
        /// The position that must come next.
        expected: u64,
        /// The position found.
        found: u64,
    },
    /// `prev` does not name the predecessor.
    WrongPrev {
        /// The predecessor's CID, when there is one.
        expected: Option<Cid>,
        /// The CID found.
        found: Option<Cid>,
    },
    /// The ULID is not above the predecessor's.
    Reordered {
        /// The predecessor's.
        previous: Ulid,
        /// The one found.
        found: Ulid,
    },
    /// A commit with several parents.
    Merge {
        /// How many.
        parents: usize,
    },
    /// A commit that does not have the form of an event commit.
    Foreign {
        /// What is unlike one.
        detail: String,
    },
    /// The stored bytes are not an event.
    Malformed(EnvelopeError),
    /// The bytes do not hash to the CID in the trailer.
    WrongCid {
        /// The CID of the bytes.
        actual: Cid,
    },
    /// The signature does not fit the bytes and any key of the actor.
    BadSignature {
        /// How many keys of the actor were tried.
        keys: usize,
    },
    /// The trust graph has no key for the actor.
    UnknownActor,
    /// All keys of the actor were retired before the event was made.
    KeyRetired {
        /// The last millisecond that one of them speaks for.
        until: u64,
    },
    /// An object of the event is missing or does not match its id.
    Damaged {
        /// What the storage said.
        detail: String,
    },
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Breach::WrongNamespace { found } => write!(f, "the event belongs to namespace {found}"),
            Breach::WrongActor { found } => write!(f, "the event was made by {found}"),
            Breach::Gap { expected, found } => write!(f, "seq {found} stands where seq {expected} must"),
            Breach::WrongPrev { expected, found } => {
                let show = |cid: &Option<Cid>| cid.as_ref().map_or_else(|| "nothing".to_string(), |c| c.to_string());
                write!(f, "prev names {} where it must name {}", show(found), show(expected))
            }
            Breach::Reordered { previous, found } => {
                write!(f, "ULID {found} is not above its predecessor's, {previous}")
            }
            Breach::Merge { parents } => {
                write!(f, "a commit with {parents} parents: journals are linear, never merged")
            }
            Breach::Foreign { detail } => write!(f, "not a commit that GATOS made: {detail}"),
            Breach::Malformed(e) => write!(f, "event.cbor is not an event: {e}"),
            Breach::WrongCid { actual } => {
                write!(f, "event.cbor hashes to {actual}, not to the CID its commit names: the event was changed")
            }
            Breach::BadSignature { keys } => {
                write!(
                    f,
                    "the signature fits none of the actor's {keys} known keys: the event or its signature was changed"
                )
            }
            Breach::UnknownActor => {
                f.write_str("refs/gatos/trust has no key for the actor, so nothing can be verified")
            }
            Breach::KeyRetired { until } => write!(
                f,
                "the actor's keys speak for the time up to {} only, and the event was made later",
                ms_to_rfc3339(*until)
            ),
            Breach::Damaged { detail } => write!(f, "damaged or tampered with: {detail}"),
        }
    }
}

/// A broken rule and where it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalFault {
    /// The journal.
    pub journal: JournalId,
    /// The commit at fault.
    pub commit: CommitId,
    /// The event, when it could be read.
    pub ulid: Option<Ulid>,
    /// The rule.
    pub breach: Breach,
}

impl JournalFault {
    /// What to do about it, as a sentence.
    pub fn remedy(&self) -> String {
        match &self.breach {
            Breach::UnknownActor => format!(
                "fetch refs/gatos/trust from a clone that knows {}, or have a root add its key: `gatos trust add`",
                self.journal.actor
            ),
            Breach::KeyRetired { .. } => format!(
                "trust nothing that follows the parent of {}; where it was {} itself, it signs with a new key: \
                 `gatos key rotate`",
                self.commit, self.journal.actor
            ),
            _ => format!(
                "history is good up to the parent of {}; compare {} with another clone before trusting what follows",
                self.commit,
                self.journal.ref_name()
            ),
        }
    }
}

impl fmt::Display for JournalFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at commit {}", self.journal.ref_name(), self.commit)?;
        if let Some(ulid) = &self.ulid {
            write!(f, " (event {ulid})")?;
        }
        write!(f, ": {}; {}", self.breach, self.remedy())
    }
}

impl core::error::Error for JournalFault {}

/// Whether an event may follow `head` in a journal; the head after it when it may.
pub fn check_next(journal: &JournalId, head: Option<&Head>, header: &Header, cid: Cid) -> Result<Head, Breach> {
    if header.ns != journal.ns {
        return Err(Breach::WrongNamespace { found: header.ns.clone() });
    }
    if header.actor != journal.actor {
        return Err(Breach::WrongActor { found: header.actor.clone() });
    }
    let expected = match head {
        None => 0,
        // A journal of 2^64 events does not fit anywhere.
        Some(head) => head.seq.saturating_add(1),
    };
    if header.seq != expected {
        return Err(Breach::Gap { expected, found: header.seq });
    }
    let prev = head.map(|head| head.cid);
    if header.prev != prev {
        return Err(Breach::WrongPrev { expected: prev, found: header.prev });
    }
    if let Some(head) = head
        && header.ulid <= head.ulid
    {
        return Err(Breach::Reordered { previous: head.ulid, found: header.ulid });
    }
    Ok(Head::of(header, cid))
}

/// The place of an event in the total order across actors: ULID, then CID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OrderKey {
    /// First.
    pub ulid: Ulid,
    /// Then.
    pub cid: [u8; 32],
}

impl OrderKey {
    /// The key of an event.
    pub fn new(ulid: Ulid, cid: &Cid) -> OrderKey {
        OrderKey { ulid, cid: cid.0 }
    }
}

/// Merges journals, each in its own order, into the total order.
pub struct Merged<'a, T, E> {
    sources: alloc::vec::Vec<Source<'a, T, E>>,
    key: fn(&T) -> OrderKey,
    failed: bool,
}

struct Source<'a, T, E> {
    next: Option<T>,
    rest: Box<dyn Iterator<Item = Result<T, E>> + 'a>,
}

/// Merges sorted sources by a key.
pub fn merge<'a, T, E>(
    sources: alloc::vec::Vec<Box<dyn Iterator<Item = Result<T, E>> + 'a>>,
    key: fn(&T) -> OrderKey,
) -> Result<Merged<'a, T, E>, E> {
    let mut out = alloc::vec::Vec::with_capacity(sources.len());
    for mut rest in sources {
        if let Some(first) = rest.next() {
            out.push(Source { next: Some(first?), rest });
        }
    }
    Ok(Merged { sources: out, key, failed: false })
}

impl<T, E> Iterator for Merged<'_, T, E> {
    type Item = Result<T, E>;

    fn next(&mut self) -> Option<Result<T, E>> {
        if self.failed {
            return None;
        }
        let key = self.key;
        // Actors per namespace are few, so a scan beats a heap.
        let (at, _) = self
            .sources
            .iter()
            .enumerate()
            .filter_map(|(at, source)| Some((at, key(source.next.as_ref()?))))
            .min_by_key(|(_, key)| *key)?;
        let source = self.sources.get_mut(at)?;
        let taken = source.next.take()?;
        match source.rest.next() {
            None => {}
            Some(Ok(next)) => source.next = Some(next),
            Some(Err(e)) => {
                // What came before the failure has been given already; this one is still good, but an order
                // that cannot be continued is worth nothing to a fold.
                self.failed = true;
                return Some(Err(e));
            }
        }
        Some(Ok(taken))
    }
}
