//! What the ledger needs from storage: commits with files, refs moved by compare-and-swap, journals.
//! `memory.rs` and the Git adapter both answer one behavioural suite, so the fake cannot drift from Git.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use gatos_canon::Cid;

use crate::envelope::Header;
use crate::key::Signature;
use crate::model::{ActorId, JournalId};
use crate::rules::JournalFault;

/// A commit's id: 20 bytes in Git, 32 in memory. Its text is lower-case hex.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommitId {
    len: u8,
    bytes: [u8; 32],
}

impl CommitId {
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    /// Reads 40 or 64 lower-case hex digits.
    pub fn parse(text: &str) -> Option<CommitId> {
        let digits = text.as_bytes();
        if digits.len() != 40 && digits.len() != 64 {
            return None;
        }
        let digit = |c: u8| match c {
            b'0'..=b'9' => Some(c - b'0'),
            b'a'..=b'f' => Some(c - b'a' + 10),
            _ => None,
        };
        let mut bytes = [0; 32];
        for (slot, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *slot = (digit(pair[0])? << 4) | digit(pair[1])?;
        }
        Some(CommitId { len: (digits.len() / 2) as u8, bytes })
    }
}

impl From<[u8; 20]> for CommitId {
    fn from(id: [u8; 20]) -> CommitId {
        let mut bytes = [0; 32];
        bytes[..20].copy_from_slice(&id);
        CommitId { len: 20, bytes }
    }
}

impl From<[u8; 32]> for CommitId {
    fn from(bytes: [u8; 32]) -> CommitId {
        CommitId { len: 32, bytes }
    }
}

impl fmt::Display for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why storage could not do what was asked, shaped by what the reader of the message can do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// The repository is of a kind this adapter cannot keep promises in.
    Unsupported {
        /// What it is, why not, and what to do.
        reason: String,
    },
    /// No repository, ref, commit or file of that name.
    Missing {
        /// What was looked for.
        what: String,
    },
    /// Stored bytes are not what their id or format says.
    Corrupt {
        /// The object or file.
        what: String,
        /// What is wrong with it.
        detail: String,
    },
    /// The storage may not be written.
    ReadOnly {
        /// Where.
        place: String,
    },
    /// No room left.
    Full {
        /// Where.
        place: String,
    },
    /// Another process kept a lock for longer than we wait.
    Locked {
        /// The ref.
        name: String,
        /// The lock and how to get past it.
        detail: String,
    },
    /// A name that cannot be stored beside those that exist.
    Clash {
        /// The name.
        name: String,
        /// Why.
        detail: String,
    },
    /// Anything else the system reports.
    Io {
        /// What was being done.
        doing: String,
        /// What the system said.
        detail: String,
    },
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::Unsupported { reason } => f.write_str(reason),
            StoreError::Missing { what } => write!(f, "there is no {what}"),
            StoreError::Corrupt { what, detail } => write!(
                f,
                "{what} is damaged or was tampered with: {detail}; `git fsck` shows the extent, \
                 and a good copy can be fetched from another clone"
            ),
            StoreError::ReadOnly { place } => write!(
                f,
                "{place} may not be written (read-only file system or missing permission); nothing was changed"
            ),
            StoreError::Full { place } => {
                write!(
                    f,
                    "no space left at {place}; free some space and run this again: what was left out is completed then"
                )
            }
            StoreError::Locked { name, detail } => write!(f, "{name} is locked: {detail}"),
            StoreError::Clash { name, detail } => write!(f, "{name} cannot be created: {detail}"),
            StoreError::Io { doing, detail } => write!(f, "{doing}: {detail}"),
        }
    }
}

impl core::error::Error for StoreError {}

/// Why a ref did not move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SwapError {
    /// It was not where the caller expected; read again and retry.
    Moved {
        /// Where it is now.
        actual: Option<CommitId>,
    },
    /// Storage failed.
    Store(StoreError),
}

impl fmt::Display for SwapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SwapError::Moved { actual: Some(id) } => write!(f, "the ref moved to {id} meanwhile"),
            SwapError::Moved { actual: None } => f.write_str("the ref is gone meanwhile"),
            SwapError::Store(e) => e.fmt(f),
        }
    }
}

impl core::error::Error for SwapError {}

impl From<StoreError> for SwapError {
    fn from(e: StoreError) -> SwapError {
        SwapError::Store(e)
    }
}

/// Why a journal could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// The journal breaks a rule.
    Fault(Box<JournalFault>),
    /// Storage failed.
    Store(StoreError),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::Fault(fault) => fault.fmt(f),
            ReadError::Store(e) => e.fmt(f),
        }
    }
}

impl core::error::Error for ReadError {}

impl From<StoreError> for ReadError {
    fn from(e: StoreError) -> ReadError {
        ReadError::Store(e)
    }
}

impl From<Box<JournalFault>> for ReadError {
    fn from(fault: Box<JournalFault>) -> ReadError {
        ReadError::Fault(fault)
    }
}

impl From<JournalFault> for ReadError {
    fn from(fault: JournalFault) -> ReadError {
        ReadError::Fault(Box::new(fault))
    }
}

/// Refs, moved only by compare-and-swap.
pub trait Refs {
    /// Where a ref points.
    fn get_ref(&self, name: &str) -> Result<Option<CommitId>, StoreError>;

    /// All refs whose names begin with a prefix, sorted by name.
    fn list_refs(&self, prefix: &str) -> Result<Vec<(String, CommitId)>, StoreError>;

    /// Moves a ref from `old` (`None`: it must not exist) to `new`, durably or not at all.
    fn swap_ref(&self, name: &str, old: Option<&CommitId>, new: &CommitId) -> Result<(), SwapError>;
}

/// A commit to be made from its content alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCommit {
    /// Files by path.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Parents, in order.
    pub parents: Vec<CommitId>,
    /// Author and committer.
    pub actor: ActorId,
    /// Seconds since 1970; the zone is always +0000.
    pub time_s: u64,
    /// The message, with its final newline.
    pub message: String,
}

/// What a commit says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitInfo {
    /// Parents, in order.
    pub parents: Vec<CommitId>,
    /// The whole message.
    pub message: String,
}

/// Commits holding files.
pub trait Snapshots {
    /// Stores a commit and its files durably and returns its id. The same content gives the same id.
    fn write_commit(&self, commit: &NewCommit) -> Result<CommitId, StoreError>;

    /// Reads a commit's parents and message.
    fn read_commit(&self, id: &CommitId) -> Result<CommitInfo, StoreError>;

    /// Reads one file; `None` when the commit has none of that path.
    fn read_file(&self, id: &CommitId, path: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// All paths of a commit, sorted by bytes.
    fn list_files(&self, id: &CommitId) -> Result<Vec<String>, StoreError>;
}

/// A signed event ready to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedEvent {
    /// Its fields but for the payload.
    pub header: Header,
    /// The stored bytes.
    pub bytes: Vec<u8>,
    /// Their CID.
    pub cid: Cid,
    /// The signature over them.
    pub signature: Signature,
}

/// An event as a journal holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedEvent {
    /// The commit that holds it.
    pub commit: CommitId,
    /// The event.
    pub event: SignedEvent,
}

/// Events oldest first.
pub type EventIter<'a> = Box<dyn Iterator<Item = Result<RecordedEvent, ReadError>> + 'a>;

/// Journals: one commit an event, linear, each a function of its event, signature and parent.
pub trait Journals: Refs {
    /// Appends a batch and moves the ref once; the objects are durable before it moves. All or nothing.
    ///
    /// The caller has checked the batch against the journal's rules.
    fn append_events(
        &self,
        journal: &JournalId,
        old: Option<&CommitId>,
        batch: &[SignedEvent],
    ) -> Result<CommitId, SwapError>;

    /// Reads the events after `after` (exclusive; `None`: from the first) up to `until`, oldest first.
    ///
    /// Each is checked as far as storage can see: the form of its commit, the bytes behind its CID, and the rules
    /// of the journal from one event to the next. Signatures against the trust graph are the caller's to check.
    fn read_events<'a>(
        &'a self,
        journal: &JournalId,
        after: Option<&CommitId>,
        until: &CommitId,
    ) -> Result<EventIter<'a>, ReadError>;

    /// Reads the one event of a commit, checked as far as it can be without its neighbours.
    fn read_event(&self, journal: &JournalId, commit: &CommitId) -> Result<RecordedEvent, ReadError>;
}
