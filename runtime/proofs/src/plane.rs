//! Publishing: a checkpoint commit with its proof, the proof chain, and the state ref, in an order that survives a
//! crash at any point.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use gatos_ledger_core::checkpoint::{
    CheckpointFiles, INPUTS_FILE, PROGRAM_FILE, PROOF_FILE, PROOF_SIG_FILE, RESERVED_FILES, STATE_FILE, TrailerError,
    Trailers,
};
use gatos_ledger_core::key::SIG_ALG;
use gatos_ledger_core::model::{proofs_ref, state_ref};
use gatos_ledger_core::ports::{CommitId, NewCommit, Refs, Snapshots, StoreError, SwapError};

use crate::fold::{ProofError, SignedProof};

/// A checkpoint ready to be published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The trailers.
    pub trailers: Trailers,
    /// State, inputs, program and artifacts.
    pub files: CheckpointFiles,
    /// The signed proof.
    pub proof: SignedProof,
}

/// Why a checkpoint was not published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublishError {
    /// The state ref moved while we folded.
    Moved {
        /// Where it is now.
        actual: Option<CommitId>,
    },
    /// An artifact cannot be stored.
    Artifact(String),
    /// Storage failed.
    Store(StoreError),
}

impl fmt::Display for PublishError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PublishError::Moved { .. } => {
                f.write_str("another process published a checkpoint meanwhile; run the fold again to go on from it")
            }
            PublishError::Artifact(why) => f.write_str(why),
            PublishError::Store(e) => e.fmt(f),
        }
    }
}

impl core::error::Error for PublishError {}

impl From<StoreError> for PublishError {
    fn from(e: StoreError) -> PublishError {
        PublishError::Store(e)
    }
}

/// What publishing did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The checkpoint commit.
    pub commit: CommitId,
    /// The ref that points to it.
    pub state_ref: String,
    /// False when the ref held this very checkpoint already.
    pub is_new: bool,
}

/// Publishes a checkpoint on top of `previous`, which the caller read before folding.
///
/// Objects first, then the proof chain, then the state ref: whatever a crash leaves out is made again, byte for
/// byte, by running the same fold again.
pub fn publish<S: Refs + Snapshots>(
    store: &S,
    checkpoint: Checkpoint,
    previous: Option<&CommitId>,
) -> Result<Published, PublishError> {
    let Checkpoint { trailers, files, proof } = checkpoint;
    let (ns, channel) = (proof.proof.ns.clone(), proof.proof.channel.clone());
    let state_ref = state_ref(&ns, channel.as_ref());
    if let Some(previous) = previous {
        // All of it, not only the proof: on a checkpoint whose state was tampered with, the right one goes on top.
        match read_checkpoint(store, previous) {
            Ok(there)
                if there.checkpoint.proof.bytes == proof.bytes
                    && there.checkpoint.files == files
                    && there.checkpoint.trailers == trailers =>
            {
                return Ok(Published { commit: *previous, state_ref, is_new: false });
            }
            Err(CheckpointError::Store(e)) => return Err(e.into()),
            _ => {}
        }
    }
    let message = trailers.message(&ns, channel.as_ref(), proof.proof.usage.events);
    let files = files.into_tree(proof.bytes.clone(), &proof.signature).map_err(PublishError::Artifact)?;
    let commit = store.write_commit(&NewCommit {
        files,
        parents: previous.copied().into_iter().collect(),
        actor: proof.proof.actor.clone(),
        time_s: proof.proof.ulid.time_ms() / 1000,
        message,
    })?;
    append_proof(store, &proof, CHAIN_TRIES)?;
    match store.swap_ref(&state_ref, previous, &commit) {
        Ok(()) => Ok(Published { commit, state_ref, is_new: true }),
        Err(SwapError::Moved { actual }) => Err(PublishError::Moved { actual }),
        Err(SwapError::Store(e)) => Err(e.into()),
    }
}

const CHAIN_TRIES: u32 = 64;

/// Appends a proof to `refs/gatos/audit/proofs/<ns>`; nothing happens when the chain ends with it already.
pub fn append_proof<S: Refs + Snapshots>(store: &S, proof: &SignedProof, tries: u32) -> Result<CommitId, StoreError> {
    let name = proofs_ref(&proof.proof.ns);
    for _ in 0..tries {
        let old = store.get_ref(&name)?;
        if let Some(tip) = &old
            && store.read_file(tip, PROOF_FILE)?.as_deref() == Some(&proof.bytes[..])
        {
            return Ok(*tip);
        }
        let mut files = BTreeMap::new();
        files.insert(PROOF_FILE.to_string(), proof.bytes.clone());
        files.insert(PROOF_SIG_FILE.to_string(), format!("{}\n", proof.signature).into_bytes());
        let new = store.write_commit(&NewCommit {
            files,
            parents: old.into_iter().collect(),
            actor: proof.proof.actor.clone(),
            time_s: proof.proof.ulid.time_ms() / 1000,
            message: format!(
                "proof.fold {}\n\nState-Root: {}\nProof-CID: {}\nSig-Alg: {SIG_ALG}\nSig: {}\n",
                proof.proof.ulid, proof.proof.state_root, proof.cid, proof.signature
            ),
        })?;
        match store.swap_ref(&name, old.as_ref(), &new) {
            Ok(()) => return Ok(new),
            Err(SwapError::Moved { .. }) => {}
            Err(SwapError::Store(e)) => return Err(e),
        }
    }
    Err(StoreError::Locked { name, detail: format!("other processes moved it {tries} times in a row; try again") })
}

/// Why a commit is not a readable checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckpointError {
    /// A file is missing.
    MissingFile {
        /// The commit.
        commit: CommitId,
        /// The file.
        file: &'static str,
    },
    /// The message is not a checkpoint's.
    Trailers {
        /// The commit.
        commit: CommitId,
        /// What is wrong.
        error: TrailerError,
    },
    /// The proof cannot be read.
    Proof {
        /// The commit.
        commit: CommitId,
        /// What is wrong.
        error: ProofError,
    },
    /// Storage failed.
    Store(StoreError),
}

impl fmt::Display for CheckpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CheckpointError::MissingFile { commit, file } => {
                write!(f, "commit {commit} is not a checkpoint: it has no {file}")
            }
            CheckpointError::Trailers { commit, error } => write!(f, "commit {commit} is not a checkpoint: {error}"),
            CheckpointError::Proof { commit, error } => write!(f, "checkpoint {commit}: {error}"),
            CheckpointError::Store(e) => e.fmt(f),
        }
    }
}

impl core::error::Error for CheckpointError {}

impl From<StoreError> for CheckpointError {
    fn from(e: StoreError) -> CheckpointError {
        CheckpointError::Store(e)
    }
}

/// A checkpoint as stored. Nothing in it has been recomputed or verified yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCheckpoint {
    /// Its commit.
    pub commit: CommitId,
    /// The checkpoint before it on the ref.
    pub parent: Option<CommitId>,
    /// Trailers, files and proof.
    pub checkpoint: Checkpoint,
}

/// Reads a checkpoint commit.
pub fn read_checkpoint<S: Snapshots>(store: &S, commit: &CommitId) -> Result<StoredCheckpoint, CheckpointError> {
    let commit = *commit;
    let info = store.read_commit(&commit)?;
    let trailers = Trailers::parse(&info.message).map_err(|error| CheckpointError::Trailers { commit, error })?;
    let file = |name: &'static str| -> Result<Vec<u8>, CheckpointError> {
        store.read_file(&commit, name)?.ok_or(CheckpointError::MissingFile { commit, file: name })
    };
    let bad_proof = |error| CheckpointError::Proof { commit, error };
    let signature = String::from_utf8(file(PROOF_SIG_FILE)?)
        .map_err(|_| bad_proof(ProofError::BadField { field: "sig", reason: "it is not text".to_string() }))?;
    let proof = SignedProof::from_stored(file(PROOF_FILE)?, &signature).map_err(bad_proof)?;
    let mut files = CheckpointFiles {
        state: file(STATE_FILE)?,
        inputs: file(INPUTS_FILE)?,
        program: file(PROGRAM_FILE)?,
        artifacts: BTreeMap::new(),
    };
    for path in store.list_files(&commit)? {
        if !RESERVED_FILES.contains(&path.as_str())
            && let Some(bytes) = store.read_file(&commit, &path)?
        {
            files.artifacts.insert(path, bytes);
        }
    }
    let parent = info.parents.first().copied();
    Ok(StoredCheckpoint { commit, parent, checkpoint: Checkpoint { trailers, files, proof } })
}
