//! Journals in Git: one commit an event, each a function of its event, signature and parent.
//! Reading rebuilds every commit from its event and compares, so nothing foreign can hide in one.

use gatos_canon::Cid;
use gatos_ledger_core::envelope;
use gatos_ledger_core::key::{SIG_ALG, Signature};
use gatos_ledger_core::model::JournalId;
use gatos_ledger_core::ports::{
    CommitId, EventIter, Journals, ReadError, RecordedEvent, Refs, SignedEvent, StoreError, SwapError,
};
use gatos_ledger_core::rules::{Breach, Head, JournalFault, check_next};
use gatos_ledger_core::ulid::Ulid;

use crate::error::io_error;
use crate::loose::fan_out;
use crate::object::{CommitMeta, EVENT_ENTRY, Kind, Oid, encode_commit, event_tree, parse_commit};
use crate::refs::RefSwapError;
use crate::repo::{GitStore, commit_id, oid_of};

/// Up to this many objects are written loose: a pack for every single append would leave thousands of packs.
const SMALL_APPEND_OBJECTS: usize = 9;

/// The commit of an event, but for its tree and parent.
fn event_meta(event: &SignedEvent) -> CommitMeta {
    let header = &event.header;
    CommitMeta {
        who: format!("{} <{}>", header.actor, header.actor.email()),
        time_s: header.ulid.time_ms() / 1000,
        message: format!(
            "{} {}\n\nEvent-CID: {}\nSig-Alg: {SIG_ALG}\nSig: {}\n",
            header.event_type, header.ulid, event.cid, event.signature
        ),
    }
}

impl Refs for GitStore {
    fn get_ref(&self, name: &str) -> Result<Option<CommitId>, StoreError> {
        Ok(self.refs.read(name)?.map(commit_id))
    }

    fn list_refs(&self, prefix: &str) -> Result<Vec<(String, CommitId)>, StoreError> {
        Ok(self.refs.list(prefix)?.into_iter().map(|(name, oid)| (name, commit_id(oid))).collect())
    }

    fn swap_ref(&self, name: &str, old: Option<&CommitId>, new: &CommitId) -> Result<(), SwapError> {
        let old = old.map(oid_of).transpose()?;
        self.refs.swap(name, old, oid_of(new)?).map_err(RefSwapError::into_port)
    }
}

impl Journals for GitStore {
    fn append_events(
        &self,
        journal: &JournalId,
        old: Option<&CommitId>,
        batch: &[SignedEvent],
    ) -> Result<CommitId, SwapError> {
        let old = old.map(oid_of).transpose()?;
        let ref_name = journal.ref_name();
        let mut pack = self.pack(SMALL_APPEND_OBJECTS);
        let mut parent = old;
        let write = |e| io_error("writing objects under", &self.objects, e);
        for event in batch {
            let blob = pack.add(Kind::Blob, &event.bytes).map_err(write)?;
            let tree = pack.add(Kind::Tree, &event_tree(&blob)).map_err(write)?;
            let commit = encode_commit(&tree, parent.as_slice(), &event_meta(event));
            parent = Some(pack.add(Kind::Commit, &commit).map_err(write)?);
        }
        let Some(new) = parent.filter(|_| !batch.is_empty()) else {
            return Err(SwapError::Store(StoreError::Missing { what: "event in the batch to append".to_string() }));
        };
        // Someone may have appended while we signed: finding out now spares the disk a pack nobody will name.
        let actual = self.refs.read(&ref_name)?;
        if actual != old {
            return Err(SwapError::Moved { actual: actual.map(commit_id) });
        }
        // Objects before the ref: a crash between the two leaves garbage to collect, the other order a broken journal.
        pack.write(&self.objects).map_err(write)?;
        self.refs.swap(&ref_name, old, new).map_err(RefSwapError::into_port)?;
        Ok(commit_id(new))
    }

    fn read_events<'a>(
        &'a self,
        journal: &JournalId,
        after: Option<&CommitId>,
        until: &CommitId,
    ) -> Result<EventIter<'a>, ReadError> {
        let odb = self.odb()?;
        let after = after.map(oid_of).transpose()?;
        let reader = Reader { store: self, odb, loose: fan_out(&self.folders), journal: journal.clone() };
        let newest_first = reader.walk(after, oid_of(until)?)?;
        let head = match after {
            Some(commit) if !newest_first.is_empty() => {
                let event = reader.read(commit)?.event;
                Some(Head::of(&event.header, event.cid))
            }
            _ => None,
        };
        Ok(Box::new(JournalIter { reader, newest_first, head, failed: false }))
    }

    fn read_event(&self, journal: &JournalId, commit: &CommitId) -> Result<RecordedEvent, ReadError> {
        let reader = Reader { store: self, odb: self.odb()?, loose: [true; 256], journal: journal.clone() };
        reader.read(oid_of(commit)?)
    }
}

struct Reader<'a> {
    store: &'a GitStore,
    odb: git2::Odb<'a>,
    /// Folders that may hold loose objects. Objects are stored before a ref names them, so all that this reader
    /// will meet were there when it looked.
    loose: [bool; 256],
    journal: JournalId,
}

impl Reader<'_> {
    fn fault(&self, commit: Oid, ulid: Option<Ulid>, breach: Breach) -> ReadError {
        JournalFault { journal: self.journal.clone(), commit: commit_id(commit), ulid, breach }.into()
    }

    /// Damage is a fault of this journal at this commit; being unable to read at all is the storage's.
    fn object(&self, commit: Oid, oid: Oid, kind: Kind) -> Result<Vec<u8>, ReadError> {
        let found = if self.loose[usize::from(oid.0[0])] {
            self.store.read_object(&self.odb, oid, kind)
        } else {
            self.store.read_packed(&self.odb, oid, kind)
        };
        found.map_err(|e| match e {
            StoreError::Corrupt { what, detail } => {
                self.fault(commit, None, Breach::Damaged { detail: format!("{what}: {detail}") })
            }
            other => other.into(),
        })
    }

    fn walk(&self, after: Option<Oid>, until: Oid) -> Result<Vec<Oid>, ReadError> {
        let mut ids = Vec::new();
        let mut at = Some(until);
        while let Some(commit) = at {
            if Some(commit) == after {
                return Ok(ids);
            }
            ids.push(commit);
            let bytes = self.object(commit, commit, Kind::Commit)?;
            let parsed = parse_commit(&bytes)
                .ok_or_else(|| self.fault(commit, None, Breach::Foreign { detail: "unreadable commit".into() }))?;
            at = parsed.parents.first().copied();
        }
        match after {
            None => Ok(ids),
            Some(after) => Err(self.fault(
                until,
                None,
                Breach::Foreign {
                    detail: format!(
                        "its history does not contain {after}, which this journal once held: it was rewritten"
                    ),
                },
            )),
        }
    }

    /// Reads one event, checking everything that needs no other event.
    fn read(&self, commit: Oid) -> Result<RecordedEvent, ReadError> {
        let foreign = |detail: String| self.fault(commit, None, Breach::Foreign { detail });
        let raw = self.object(commit, commit, Kind::Commit)?;
        let parsed = parse_commit(&raw).ok_or_else(|| foreign("unreadable commit".into()))?;
        if parsed.parents.len() > 1 {
            return Err(self.fault(commit, None, Breach::Merge { parents: parsed.parents.len() }));
        }
        let tree = self.object(commit, parsed.tree, Kind::Tree)?;
        let blob = match tree.strip_prefix(EVENT_ENTRY).map(<[u8; 20]>::try_from) {
            Some(Ok(oid)) => Oid(oid),
            _ => return Err(foreign("its tree does not hold exactly one plain file, event.cbor".into())),
        };
        let bytes = self.object(commit, blob, Kind::Blob)?;

        let trailer = |name: &str| {
            let mut values = parsed.message.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            let found = values.next_back();
            found.ok_or_else(|| foreign(format!("its message has no `{name}` trailer")))
        };
        let signature: Signature = trailer("Sig")?.parse().map_err(|e| foreign(format!("trailer `Sig`: {e}")))?;
        let cid = Cid::of(&bytes);
        let claimed = trailer("Event-CID")?;
        if cid.to_string() != claimed {
            return Err(self.fault(commit, None, Breach::WrongCid { actual: cid }));
        }
        let (header, _) =
            envelope::decode_header(&bytes).map_err(|e| self.fault(commit, None, Breach::Malformed(e)))?;
        let event = SignedEvent { header, bytes, cid, signature };
        let rebuilt = encode_commit(&parsed.tree, &parsed.parents, &event_meta(&event));
        if rebuilt != raw {
            let detail = difference(&raw, &rebuilt);
            return Err(self.fault(commit, Some(event.header.ulid), Breach::Foreign { detail }));
        }
        Ok(RecordedEvent { commit: commit_id(commit), event })
    }
}

/// The first line in which a commit differs from what its event makes.
fn difference(found: &[u8], expected: &[u8]) -> String {
    let (found, expected) = (String::from_utf8_lossy(found), String::from_utf8_lossy(expected));
    let mut lines = expected.lines();
    for line in found.lines() {
        match lines.next() {
            Some(want) if want == line => {}
            Some(want) => return format!("it says {line:?} where its event makes {want:?}"),
            None => return format!("it says {line:?} after its end"),
        }
    }
    match lines.next() {
        Some(want) => format!("it lacks {want:?}"),
        None => "its line ends differ".to_string(),
    }
}

struct JournalIter<'a> {
    reader: Reader<'a>,
    newest_first: Vec<Oid>,
    head: Option<Head>,
    failed: bool,
}

impl JournalIter<'_> {
    fn step(&mut self, commit: Oid) -> Result<RecordedEvent, ReadError> {
        let recorded = self.reader.read(commit)?;
        let header = &recorded.event.header;
        let checked = check_next(&self.reader.journal, self.head.as_ref(), header, recorded.event.cid);
        let head = checked.map_err(|breach| self.reader.fault(commit, Some(header.ulid), breach))?;
        self.head = Some(head);
        Ok(recorded)
    }
}

impl Iterator for JournalIter<'_> {
    type Item = Result<RecordedEvent, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let commit = self.newest_first.pop()?;
        let step = self.step(commit);
        self.failed = step.is_err();
        Some(step)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.newest_first.len()))
    }
}
