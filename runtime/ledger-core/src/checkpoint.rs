//! What a checkpoint commit says and holds: its file names, its trailers, and its id made from content alone.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use gatos_canon::{Blake3, Cid, Sha256};

use crate::model::{Channel, Namespace};
use crate::ulid::Ulid;

/// The state itself, canonical JSON.
pub const STATE_FILE: &str = "state.json";
/// The cut that was folded.
pub const INPUTS_FILE: &str = "inputs.json";
/// The program.
pub const PROGRAM_FILE: &str = "program.elc";
/// The proof envelope's bytes.
pub const PROOF_FILE: &str = "pof.cbor";
/// The detached signature over the proof, as text.
pub const PROOF_SIG_FILE: &str = "pof.sig";

/// Names at the top of a checkpoint that no artifact may take.
pub const RESERVED_FILES: [&str; 5] = [STATE_FILE, INPUTS_FILE, PROGRAM_FILE, PROOF_FILE, PROOF_SIG_FILE];

/// The longest artifact path.
pub const MAX_ARTIFACT_PATH: usize = 512;

/// Refuses paths that a checkpoint tree cannot hold on every system.
pub fn check_artifact_path(path: &str) -> Result<(), String> {
    let refuse = |why: &str| Err(format!("artifact path {path:?} cannot be stored: {why}"));
    if path.is_empty() || path.len() > MAX_ARTIFACT_PATH {
        return refuse("a path has 1 to 512 bytes");
    }
    if RESERVED_FILES.contains(&path) {
        return refuse("the checkpoint itself uses that name");
    }
    if path.split('/').count() > 32 {
        return refuse("it has more than 32 parts");
    }
    for part in path.split('/') {
        if part.is_empty() {
            return refuse("it begins or ends with `/`, or has an empty part");
        }
        if part == "." || part == ".." {
            return refuse("`.` and `..` are not names");
        }
        if part.to_ascii_lowercase().starts_with(".git") {
            return refuse("Git keeps names beginning with `.git` for itself");
        }
        if part.chars().any(|c| c.is_control() || matches!(c, '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|')) {
            return refuse("it has a character that some file systems forbid");
        }
        if part.ends_with(['.', ' ']) {
            return refuse("a part ends with a dot or a space, which some file systems drop");
        }
    }
    Ok(())
}

/// The trailers of a checkpoint commit, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trailers {
    /// BLAKE3 of `state.json`.
    pub state_root: Blake3,
    /// The last event in the total order; `None` for a fold over nothing.
    pub ledger_head: Option<Cid>,
    /// BLAKE3 of `inputs.json`.
    pub inputs_root: Blake3,
    /// The policy bundle in force; `none` until one is installed.
    pub policy_root: Option<Sha256>,
    /// The policy's code; `none` until one is installed.
    pub policy_code_root: Option<Sha256>,
    /// The engine, `echo@…+elc@…+num=…+rng=…`.
    pub fold_engine: String,
    /// SHA-256 of `program.elc`.
    pub fold_root: Sha256,
    /// The version of the program's container.
    pub fold_version: String,
    /// The number model.
    pub fold_math: String,
    /// The generator.
    pub fold_rng: String,
}

/// Why a commit message is not a checkpoint's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrailerError {
    /// A trailer is missing.
    Missing(&'static str),
    /// A trailer is there twice.
    Repeated(&'static str),
    /// A trailer's value cannot be read.
    Bad {
        /// The trailer.
        name: &'static str,
        /// What is wrong with it.
        reason: String,
    },
}

impl fmt::Display for TrailerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TrailerError::Missing(name) => write!(f, "the commit message has no `{name}` trailer"),
            TrailerError::Repeated(name) => write!(f, "the commit message has `{name}` twice"),
            TrailerError::Bad { name, reason } => write!(f, "trailer `{name}`: {reason}"),
        }
    }
}

impl core::error::Error for TrailerError {}

const NONE: &str = "none";

fn or_none<T: ToString>(value: &Option<T>) -> String {
    value.as_ref().map_or_else(|| NONE.to_owned(), T::to_string)
}

impl Trailers {
    /// Names and values, in the order they are written.
    pub fn pairs(&self) -> [(&'static str, String); 10] {
        [
            ("State-Root", self.state_root.to_string()),
            ("Ledger-Head", or_none(&self.ledger_head)),
            ("Inputs-Root", self.inputs_root.to_string()),
            ("Policy-Root", or_none(&self.policy_root)),
            ("Policy-Code-Root", or_none(&self.policy_code_root)),
            ("Fold-Engine", self.fold_engine.clone()),
            ("Fold-Root", self.fold_root.to_string()),
            ("Fold-Version", self.fold_version.clone()),
            ("Fold-Math", self.fold_math.clone()),
            ("Fold-RNG", self.fold_rng.clone()),
        ]
    }

    /// The whole commit message.
    pub fn message(&self, ns: &Namespace, channel: Option<&Channel>, events: u64) -> String {
        let mut out = format!("checkpoint {ns}");
        if let Some(channel) = channel {
            out.push_str(&format!(".{channel}"));
        }
        out.push_str(&format!(" after {events} events\n\n"));
        for (name, value) in self.pairs() {
            out.push_str(&format!("{name}: {value}\n"));
        }
        out
    }

    /// Reads the trailers out of a commit message.
    pub fn parse(message: &str) -> Result<Trailers, TrailerError> {
        fn one<'a>(message: &'a str, name: &'static str) -> Result<&'a str, TrailerError> {
            let mut values = message.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            let value = values.next().ok_or(TrailerError::Missing(name))?;
            if values.next().is_some() { Err(TrailerError::Repeated(name)) } else { Ok(value) }
        }
        fn read<T: core::str::FromStr<Err: fmt::Display>>(
            message: &str,
            name: &'static str,
        ) -> Result<T, TrailerError> {
            one(message, name)?.parse().map_err(|e: T::Err| TrailerError::Bad { name, reason: e.to_string() })
        }
        fn maybe<T: core::str::FromStr<Err: fmt::Display>>(
            message: &str,
            name: &'static str,
        ) -> Result<Option<T>, TrailerError> {
            if one(message, name)? == NONE { Ok(None) } else { read(message, name).map(Some) }
        }
        Ok(Trailers {
            state_root: read(message, "State-Root")?,
            ledger_head: maybe(message, "Ledger-Head")?,
            inputs_root: read(message, "Inputs-Root")?,
            policy_root: maybe(message, "Policy-Root")?,
            policy_code_root: maybe(message, "Policy-Code-Root")?,
            fold_engine: one(message, "Fold-Engine")?.to_owned(),
            fold_root: read(message, "Fold-Root")?,
            fold_version: one(message, "Fold-Version")?.to_owned(),
            fold_math: one(message, "Fold-Math")?.to_owned(),
            fold_rng: one(message, "Fold-RNG")?.to_owned(),
        })
    }
}

/// The ULID of something made from content: the time of its last event, entropy from a hash of what it says.
///
/// A checkpoint has no clock of its own, so that the same fold by the same key is the same commit everywhere.
pub fn content_ulid(last_event: Option<Ulid>, parts: &[&[u8]]) -> Ulid {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    let mut entropy = [0; 10];
    entropy.copy_from_slice(&hasher.finalize().as_bytes()[..10]);
    let time = last_event.map_or(0, Ulid::time_ms);
    // The time came out of a ULID, so it fits into one.
    Ulid::from_parts(time, entropy).unwrap_or(Ulid::MIN)
}

/// The files of a checkpoint before its proof is added.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct CheckpointFiles {
    /// `state.json`.
    pub state: Vec<u8>,
    /// `inputs.json`.
    pub inputs: Vec<u8>,
    /// `program.elc`.
    pub program: Vec<u8>,
    /// Emitted artifacts by path.
    pub artifacts: alloc::collections::BTreeMap<String, Vec<u8>>,
}

impl CheckpointFiles {
    /// All files by path, with the proof and its signature; refuses artifact paths that cannot be stored.
    pub fn into_tree(
        self,
        proof: Vec<u8>,
        signature: &crate::key::Signature,
    ) -> Result<alloc::collections::BTreeMap<String, Vec<u8>>, String> {
        let mut tree = self.artifacts;
        for path in tree.keys() {
            check_artifact_path(path)?;
        }
        tree.insert(STATE_FILE.to_owned(), self.state);
        tree.insert(INPUTS_FILE.to_owned(), self.inputs);
        tree.insert(PROGRAM_FILE.to_owned(), self.program);
        tree.insert(PROOF_FILE.to_owned(), proof);
        tree.insert(PROOF_SIG_FILE.to_owned(), format!("{signature}\n").into_bytes());
        Ok(tree)
    }
}
