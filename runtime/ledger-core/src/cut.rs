//! A cut: which commit of each journal a fold took as its input, and the digest that names it.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use gatos_canon::{Blake3, Map, Value, blake3};

use crate::model::JournalId;
use crate::ports::CommitId;

/// The map from journal to the last commit taken from it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Cut {
    journals: BTreeMap<JournalId, CommitId>,
}

impl Cut {
    /// A cut of no journals.
    pub fn new() -> Cut {
        Cut::default()
    }

    /// Adds or replaces a journal.
    pub fn insert(&mut self, journal: JournalId, commit: CommitId) {
        self.journals.insert(journal, commit);
    }

    /// The commit taken from a journal.
    pub fn get(&self, journal: &JournalId) -> Option<&CommitId> {
        self.journals.get(journal)
    }

    /// Journals and commits, in a fixed order.
    pub fn iter(&self) -> impl Iterator<Item = (&JournalId, &CommitId)> {
        self.journals.iter()
    }

    /// How many journals there are.
    pub fn len(&self) -> usize {
        self.journals.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.journals.is_empty()
    }

    /// The bytes of `inputs.json`: canonical JSON from journal ref to commit id.
    pub fn to_json(&self) -> Vec<u8> {
        let map: Map = self.journals.iter().map(|(journal, commit)| (journal.ref_name(), commit.to_string())).collect();
        Value::Map(map).to_json_string().into_bytes()
    }

    /// Reads `inputs.json` back, accepting only what [`Cut::to_json`] writes.
    pub fn from_json(bytes: &[u8]) -> Result<Cut, String> {
        let value = Value::from_json_bytes(bytes).map_err(|e| e.to_string())?;
        let map = value.as_map().ok_or("it is not a map from journal ref to commit")?;
        let mut cut = Cut::new();
        for (name, commit) in map.iter() {
            let journal = JournalId::from_ref_name(name).map_err(|e| e.to_string())?;
            let commit = commit.as_text().and_then(CommitId::parse);
            cut.insert(journal, commit.ok_or_else(|| format!("{name} is not mapped to a commit id"))?);
        }
        if cut.to_json() != bytes {
            return Err("it is not in canonical JSON".to_string());
        }
        Ok(cut)
    }

    /// `inputs_root`: the BLAKE3 of `inputs.json`.
    pub fn inputs_root(&self) -> Blake3 {
        blake3(&self.to_json())
    }
}
