//! Storage in memory, for tests and the simulator. It answers the same suite as the Git adapter.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cell::RefCell;

use crate::model::JournalId;
use crate::ports::{
    CommitId, CommitInfo, EventIter, Journals, NewCommit, ReadError, RecordedEvent, Refs, SignedEvent, Snapshots,
    StoreError, SwapError,
};
use crate::rules::{Breach, Head, JournalFault, check_next};

#[derive(Clone)]
enum Object {
    Event { parent: Option<CommitId>, event: Box<SignedEvent> },
    Files(Box<NewCommit>),
}

/// A store that lives as long as its value.
#[derive(Default)]
pub struct MemoryStore {
    refs: RefCell<BTreeMap<String, CommitId>>,
    objects: RefCell<BTreeMap<CommitId, Object>>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> MemoryStore {
        MemoryStore::default()
    }

    fn put(&self, name: &str, object: Object) -> CommitId {
        let id = CommitId::from(*blake3::hash(name.as_bytes()).as_bytes());
        self.objects.borrow_mut().insert(id, object);
        id
    }

    fn files(&self, id: &CommitId) -> Result<NewCommit, StoreError> {
        match self.objects.borrow().get(id) {
            Some(Object::Files(commit)) => Ok((**commit).clone()),
            Some(Object::Event { parent, event }) => {
                let mut files = BTreeMap::new();
                files.insert("event.cbor".to_string(), event.bytes.clone());
                Ok(NewCommit {
                    files,
                    parents: parent.iter().copied().collect(),
                    actor: event.header.actor.clone(),
                    time_s: event.header.ulid.time_ms() / 1000,
                    message: format!("{} {}\n", event.header.event_type, event.header.ulid),
                })
            }
            None => Err(StoreError::Missing { what: format!("commit {id}") }),
        }
    }
}

impl Refs for MemoryStore {
    fn get_ref(&self, name: &str) -> Result<Option<CommitId>, StoreError> {
        Ok(self.refs.borrow().get(name).copied())
    }

    fn list_refs(&self, prefix: &str) -> Result<Vec<(String, CommitId)>, StoreError> {
        let refs = self.refs.borrow();
        Ok(refs.iter().filter(|(name, _)| name.starts_with(prefix)).map(|(name, id)| (name.clone(), *id)).collect())
    }

    fn swap_ref(&self, name: &str, old: Option<&CommitId>, new: &CommitId) -> Result<(), SwapError> {
        let mut refs = self.refs.borrow_mut();
        let actual = refs.get(name).copied();
        if actual.as_ref() != old {
            return Err(SwapError::Moved { actual });
        }
        let inside = |outer: &str, inner: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'));
        if let Some(other) = refs.keys().find(|other| inside(other, name) || inside(name, other)) {
            let detail = format!("{other} exists, and Git cannot store both");
            return Err(StoreError::Clash { name: name.to_string(), detail }.into());
        }
        refs.insert(name.to_string(), *new);
        Ok(())
    }
}

impl Snapshots for MemoryStore {
    fn write_commit(&self, commit: &NewCommit) -> Result<CommitId, StoreError> {
        for path in commit.files.keys() {
            let parts_are_plain = path.split('/').all(|part| !matches!(part, "" | "." | ".." | ".git"));
            let is_folder = commit.files.keys().any(|other| other.starts_with(&format!("{path}/")));
            if !parts_are_plain || is_folder {
                let detail = "it is not a plain relative path beside the others".to_string();
                return Err(StoreError::Clash { name: path.clone(), detail });
            }
        }
        Ok(self.put(&format!("{commit:?}"), Object::Files(Box::new(commit.clone()))))
    }

    fn read_commit(&self, id: &CommitId) -> Result<CommitInfo, StoreError> {
        self.files(id).map(|commit| CommitInfo { parents: commit.parents, message: commit.message })
    }

    fn read_file(&self, id: &CommitId, path: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.files(id).map(|mut commit| commit.files.remove(path))
    }

    fn list_files(&self, id: &CommitId) -> Result<Vec<String>, StoreError> {
        self.files(id).map(|commit| commit.files.into_keys().collect())
    }
}

impl Journals for MemoryStore {
    fn append_events(
        &self,
        journal: &JournalId,
        old: Option<&CommitId>,
        batch: &[SignedEvent],
    ) -> Result<CommitId, SwapError> {
        let mut parent = old.copied();
        for event in batch {
            let name = format!("{parent:?} {} {}", event.cid, event.signature);
            parent = Some(self.put(&name, Object::Event { parent, event: Box::new(event.clone()) }));
        }
        let Some(new) = parent.filter(|_| !batch.is_empty()) else {
            return Err(StoreError::Missing { what: "event in the batch to append".to_string() }.into());
        };
        self.swap_ref(&journal.ref_name(), old, &new)?;
        Ok(new)
    }

    fn read_events<'a>(
        &'a self,
        journal: &JournalId,
        after: Option<&CommitId>,
        until: &CommitId,
    ) -> Result<EventIter<'a>, ReadError> {
        let fault = |commit, breach| JournalFault { journal: journal.clone(), commit, ulid: None, breach };
        let objects = self.objects.borrow();
        let get = |id: CommitId| match objects.get(&id) {
            Some(Object::Event { parent, event }) => Ok((*parent, (**event).clone())),
            _ => Err(Box::new(fault(id, Breach::Foreign { detail: "it holds no event".to_string() }))),
        };
        let mut events = Vec::new();
        let mut at = Some(*until);
        while let Some(commit) = at.filter(|commit| Some(commit) != after) {
            let (parent, event) = get(commit)?;
            events.push(RecordedEvent { commit, event });
            at = parent;
        }
        let mut head = match (after, at) {
            (Some(after), Some(_)) => get(*after).map(|(_, event)| Some(Head::of(&event.header, event.cid)))?,
            (Some(after), None) => {
                let detail =
                    format!("its history does not contain {after}, which this journal once held: it was rewritten");
                return Err(fault(*until, Breach::Foreign { detail }).into());
            }
            (None, _) => None,
        };
        events.reverse();
        let mut checked = Vec::with_capacity(events.len());
        for recorded in events {
            match check_next(journal, head.as_ref(), &recorded.event.header, recorded.event.cid) {
                Ok(next) => {
                    head = Some(next);
                    checked.push(Ok(recorded));
                }
                Err(breach) => {
                    let ulid = Some(recorded.event.header.ulid);
                    checked.push(Err(JournalFault { ulid, ..fault(recorded.commit, breach) }.into()));
                    break;
                }
            }
        }
        Ok(Box::new(checked.into_iter()))
    }

    fn read_event(&self, journal: &JournalId, commit: &CommitId) -> Result<RecordedEvent, ReadError> {
        match self.objects.borrow().get(commit) {
            Some(Object::Event { event, .. }) => Ok(RecordedEvent { commit: *commit, event: (**event).clone() }),
            _ => {
                let breach = Breach::Foreign { detail: "it holds no event".to_string() };
                Err(JournalFault { journal: journal.clone(), commit: *commit, ulid: None, breach }.into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_behaves_like_storage() {
        crate::suite::run(MemoryStore::new);
    }
}
