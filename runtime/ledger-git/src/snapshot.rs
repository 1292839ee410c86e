//! Commits that hold files: checkpoints, the trust graph, proof chains, notes.

use std::collections::BTreeMap;

use gatos_ledger_core::model::{ActorId, STATE_NOTES_REF};
use gatos_ledger_core::ports::{CommitId, CommitInfo, NewCommit, Refs, Snapshots, StoreError, SwapError};

use crate::error::io_error;
use crate::object::{CommitMeta, Kind, Mode, Oid, TreeEntry, encode_commit, encode_tree, parse_commit, parse_tree};
use crate::pack::PackBuilder;
use crate::repo::{GitStore, commit_id, oid_of};

/// Checkpoints are few, so up to a dozen objects stay loose; more go into one pack.
const SMALL_SNAPSHOT_OBJECTS: usize = 24;

/// How many files and folders a commit may hold. A few small trees that name one another many times over can stand
/// for more than any memory holds.
const MAX_ENTRIES: usize = 262_144;

/// How many bytes their paths may take together.
const MAX_PATHS: usize = 64 << 20;

/// How deep folders go in a commit.
const MAX_FOLDERS: u32 = 64;

/// How often a notes update is tried against other writers before giving up.
const NOTE_TRIES: u32 = 64;

fn meta(actor: &ActorId, time_s: u64, message: &str) -> CommitMeta {
    CommitMeta { who: format!("{actor} <{}>", actor.email()), time_s, message: message.to_string() }
}

/// A folder being built.
#[derive(Default)]
struct Folder<'a> {
    files: BTreeMap<&'a str, &'a [u8]>,
    folders: BTreeMap<&'a str, Folder<'a>>,
}

impl<'a> Folder<'a> {
    fn insert(&mut self, path: &'a str, bytes: &'a [u8]) -> Result<(), StoreError> {
        let clash = |detail: &str| StoreError::Clash { name: path.to_string(), detail: detail.to_string() };
        let mut folder = self;
        let mut parts = path.split('/').peekable();
        while let Some(part) = parts.next() {
            if part.is_empty() || part == "." || part == ".." || part.contains(['\0', '\n']) {
                return Err(clash("it is not a plain relative path"));
            }
            if part.eq_ignore_ascii_case(".git") {
                return Err(clash("Git forbids files named .git"));
            }
            if parts.peek().is_none() {
                if folder.folders.contains_key(part) {
                    return Err(clash("there is a folder of that name"));
                }
                folder.files.insert(part, bytes);
                return Ok(());
            }
            if folder.files.contains_key(part) {
                return Err(clash("a part of it is a file"));
            }
            folder = folder.folders.entry(part).or_default();
        }
        Err(clash("it is empty"))
    }

    fn write(&self, pack: &mut PackBuilder, depth: u32) -> Result<Oid, std::io::Error> {
        if depth > MAX_FOLDERS {
            return Err(std::io::Error::other("a path has more than 64 folders"));
        }
        let mut entries = Vec::new();
        for (name, bytes) in &self.files {
            entries.push((name.to_string(), Mode::File, pack.add(Kind::Blob, bytes)?));
        }
        for (name, folder) in &self.folders {
            entries.push((name.to_string(), Mode::Folder, folder.write(pack, depth + 1)?));
        }
        pack.add(Kind::Tree, &encode_tree(&mut entries))
    }
}

impl Snapshots for GitStore {
    fn write_commit(&self, commit: &NewCommit) -> Result<CommitId, StoreError> {
        let mut root = Folder::default();
        for (path, bytes) in &commit.files {
            root.insert(path, bytes)?;
        }
        let parents = commit.parents.iter().map(oid_of).collect::<Result<Vec<_>, _>>()?;
        let mut pack = self.pack(SMALL_SNAPSHOT_OBJECTS);
        let write = |e| io_error("writing objects under", &self.objects, e);
        let tree = root.write(&mut pack, 0).map_err(write)?;
        let bytes = encode_commit(&tree, &parents, &meta(&commit.actor, commit.time_s, &commit.message));
        let oid = pack.add(Kind::Commit, &bytes).map_err(write)?;
        pack.write(&self.objects).map_err(write)?;
        Ok(commit_id(oid))
    }

    fn read_commit(&self, id: &CommitId) -> Result<CommitInfo, StoreError> {
        let (parents, message, _) = self.commit_parts(id)?;
        Ok(CommitInfo { parents: parents.into_iter().map(commit_id).collect(), message })
    }

    fn read_file(&self, id: &CommitId, path: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let (_, _, mut at) = self.commit_parts(id)?;
        let mut parts = path.split('/').peekable();
        while let Some(part) = parts.next() {
            let want = if parts.peek().is_some() { Mode::Folder } else { Mode::File };
            match self.tree(at)?.into_iter().find(|(name, mode, _)| name == part && *mode == want) {
                Some((_, _, oid)) => at = oid,
                None => return Ok(None),
            }
        }
        self.read_object(&self.odb()?, at, Kind::Blob).map(Some)
    }

    fn list_files(&self, id: &CommitId) -> Result<Vec<String>, StoreError> {
        let (_, _, tree) = self.commit_parts(id)?;
        let mut out = Vec::new();
        let mut folders = vec![(String::new(), tree, 0)];
        let (mut count, mut length) = (0usize, 0usize);
        while let Some((prefix, oid, depth)) = folders.pop() {
            for (name, mode, oid) in self.tree(oid)? {
                count += 1;
                length += prefix.len() + name.len();
                if count > MAX_ENTRIES || length > MAX_PATHS {
                    let detail = format!("it has more than {MAX_ENTRIES} files and folders, or paths too long");
                    return Err(StoreError::Corrupt { what: format!("commit {id}"), detail });
                }
                match mode {
                    Mode::Folder if depth < MAX_FOLDERS => folders.push((format!("{prefix}{name}/"), oid, depth + 1)),
                    Mode::Folder => {
                        let detail = format!("it has more than {MAX_FOLDERS} folders inside one another");
                        return Err(StoreError::Corrupt { what: format!("commit {id}"), detail });
                    }
                    Mode::File => out.push(format!("{prefix}{name}")),
                }
            }
        }
        out.sort();
        Ok(out)
    }
}

impl GitStore {
    fn commit_parts(&self, id: &CommitId) -> Result<(Vec<Oid>, String, Oid), StoreError> {
        let bytes = self.read_object(&self.odb()?, oid_of(id)?, Kind::Commit)?;
        let parsed = parse_commit(&bytes).ok_or_else(|| StoreError::Corrupt {
            what: format!("commit {id}"),
            detail: "its bytes are not a commit in UTF-8".to_string(),
        })?;
        Ok((parsed.parents, parsed.message, parsed.tree))
    }

    fn tree(&self, oid: Oid) -> Result<Vec<TreeEntry>, StoreError> {
        let bytes = self.read_object(&self.odb()?, oid, Kind::Tree)?;
        parse_tree(&bytes).ok_or_else(|| StoreError::Corrupt {
            what: format!("tree {oid}"),
            detail: "it holds something other than files and folders with names in UTF-8".to_string(),
        })
    }

    /// The commit that a ref name, a full id or anything else `git rev-parse` understands stands for.
    pub fn resolve(&self, spec: &str) -> Result<CommitId, StoreError> {
        let missing = || StoreError::Missing { what: format!("commit or ref {spec}") };
        for name in [spec.to_string(), format!("refs/{spec}")] {
            if name.starts_with("refs/")
                && git2::Reference::is_valid_name(&name)
                && let Some(id) = self.get_ref(&name)?
            {
                return Ok(id);
            }
        }
        if let Some(id) = Oid::parse(spec).map(commit_id) {
            return self.read_commit(&id).map(|_| id);
        }
        let object = self.repo.revparse_single(spec).map_err(|_| missing())?;
        let commit = object.peel_to_commit().map_err(|_| missing())?;
        Ok(commit_id(Oid::of_git2(commit.id())))
    }

    /// Reads a file of the commit a ref points to; `None` when the ref or the file does not exist.
    pub fn read_ref_file(&self, name: &str, path: &str) -> Result<Option<Vec<u8>>, StoreError> {
        match self.get_ref(name)? {
            Some(id) => self.read_file(&id, path),
            None => Ok(None),
        }
    }

    /// Puts a note on a commit, replacing one that says something else; saying the same again changes nothing.
    pub fn write_note(
        &self,
        notes_ref: &str,
        target: &CommitId,
        text: &str,
        actor: &ActorId,
        time_s: u64,
    ) -> Result<(), StoreError> {
        let hex = target.to_string();
        for tries in 0..NOTE_TRIES {
            let old = self.get_ref(notes_ref)?;
            if self.read_note(notes_ref, target)?.as_deref() == Some(text) {
                return Ok(());
            }
            let root = match &old {
                Some(id) => Some(self.commit_parts(id)?.2),
                None => None,
            };
            let mut pack = self.pack(SMALL_SNAPSHOT_OBJECTS);
            let write = |e| io_error("writing objects under", &self.objects, e);
            let blob = pack.add(Kind::Blob, text.as_bytes()).map_err(write)?;
            let tree = self.note_tree(root, &hex, blob, &mut pack)?;
            let parents = old.iter().map(oid_of).collect::<Result<Vec<_>, _>>()?;
            let bytes = encode_commit(&tree, &parents, &meta(actor, time_s, &format!("note on {hex}\n")));
            let commit = pack.add(Kind::Commit, &bytes).map_err(write)?;
            pack.write(&self.objects).map_err(write)?;
            match self.swap_ref(notes_ref, old.as_ref(), &commit_id(commit)) {
                Ok(()) => return Ok(()),
                Err(SwapError::Moved { .. }) => std::thread::sleep(crate::refs::jitter(tries)),
                Err(SwapError::Store(e)) => return Err(e),
            }
        }
        Err(StoreError::Locked {
            name: notes_ref.to_string(),
            detail: format!("other processes moved it {NOTE_TRIES} times in a row; try again"),
        })
    }

    /// The note on a commit.
    pub fn read_note(&self, notes_ref: &str, target: &CommitId) -> Result<Option<String>, StoreError> {
        let Some(notes) = self.get_ref(notes_ref)? else { return Ok(None) };
        let hex = target.to_string();
        let (mut tree, mut rest) = (self.commit_parts(&notes)?.2, hex.as_str());
        // Git fans notes out into two-digit folders when they are many.
        for _ in 0..20 {
            let entries = self.tree(tree)?;
            if let Some((_, _, oid)) = entries.iter().find(|(name, mode, _)| name == rest && *mode == Mode::File) {
                let bytes = self.read_object(&self.odb()?, *oid, Kind::Blob)?;
                return Ok(String::from_utf8(bytes).ok());
            }
            match entries.iter().find(|(name, mode, _)| *mode == Mode::Folder && rest.len() > 2 && *name == rest[..2]) {
                Some((_, _, oid)) => {
                    tree = *oid;
                    rest = &rest[2..];
                }
                None => break,
            }
        }
        Ok(None)
    }

    /// The `state_root` noted on a checkpoint.
    pub fn read_state_note(&self, checkpoint: &CommitId) -> Result<Option<String>, StoreError> {
        Ok(self.read_note(STATE_NOTES_REF, checkpoint)?.map(|text| text.trim_end().to_string()))
    }

    fn note_tree(&self, root: Option<Oid>, hex: &str, blob: Oid, pack: &mut PackBuilder) -> Result<Oid, StoreError> {
        let write = |e| io_error("writing objects under", &self.objects, e);
        // The folders on the way down, each with the name it has in the one before.
        let mut levels: Vec<(String, Vec<TreeEntry>)> = Vec::new();
        let (mut next, mut rest, mut name) = (root, hex, String::new());
        loop {
            let entries = match next {
                Some(oid) => self.tree(oid)?,
                None => Vec::new(),
            };
            let folder = entries.iter().find(|e| e.1 == Mode::Folder && rest.len() > 2 && e.0 == rest[..2]);
            next = folder.map(|e| e.2);
            levels.push((name, entries));
            if next.is_none() {
                break;
            }
            name = rest[..2].to_string();
            rest = &rest[2..];
        }
        let mut put = (rest.to_string(), Mode::File, blob);
        while let Some((name, mut entries)) = levels.pop() {
            entries.retain(|e| e.0 != put.0);
            entries.push(put);
            let bytes = encode_tree(&mut entries);
            put = (name, Mode::Folder, pack.add(Kind::Tree, &bytes).map_err(write)?);
        }
        Ok(put.2)
    }
}
