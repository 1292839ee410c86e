//! Git objects as bytes: ids, trees, and the commits GATOS writes.
//! A commit is a function of its content, so any party can rebuild one and compare ids.

use std::fmt;
use std::io::Write;

use sha1::{Digest, Sha1};

/// A SHA-1 object id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Oid(pub [u8; 20]);

impl Oid {
    /// Reads 40 lower-case hex digits.
    pub fn parse(text: &str) -> Option<Oid> {
        let bytes = text.as_bytes();
        if bytes.len() != 40 {
            return None;
        }
        let digit = |c: u8| match c {
            b'0'..=b'9' => Some(c - b'0'),
            b'a'..=b'f' => Some(c - b'a' + 10),
            _ => None,
        };
        let mut out = [0; 20];
        for (slot, pair) in out.iter_mut().zip(bytes.chunks_exact(2)) {
            *slot = (digit(pair[0])? << 4) | digit(pair[1])?;
        }
        Some(Oid(out))
    }

    /// 40 hex digits.
    pub fn hex(&self) -> String {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut out = String::with_capacity(40);
        for byte in self.0 {
            out.push(DIGITS[usize::from(byte >> 4)] as char);
            out.push(DIGITS[usize::from(byte & 15)] as char);
        }
        out
    }

    pub(crate) fn of_git2(oid: git2::Oid) -> Oid {
        let mut out = [0; 20];
        out.copy_from_slice(&oid.as_bytes()[..20]);
        Oid(out)
    }

    pub(crate) fn to_git2(self) -> Result<git2::Oid, git2::Error> {
        git2::Oid::from_bytes(&self.0)
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hex())
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hex())
    }
}

/// The kinds of object written here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A commit.
    Commit,
    /// A tree.
    Tree,
    /// A blob.
    Blob,
}

impl Kind {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Kind::Commit => "commit",
            Kind::Tree => "tree",
            Kind::Blob => "blob",
        }
    }

    pub(crate) fn pack_code(self) -> u8 {
        match self {
            Kind::Commit => 1,
            Kind::Tree => 2,
            Kind::Blob => 3,
        }
    }
}

/// The loose header, `blob 12\0`.
pub(crate) fn header(kind: Kind, len: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(24);
    // Writing to a vector cannot fail.
    let _ = write!(out, "{} {len}\0", kind.word());
    out
}

/// The id Git gives an object.
pub fn hash_object(kind: Kind, body: &[u8]) -> Oid {
    let mut hasher = Sha1::new();
    hasher.update(header(kind, body.len()));
    hasher.update(body);
    Oid(hasher.finalize().into())
}

/// Whether a tree entry is a file or a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A plain file.
    File,
    /// A folder.
    Folder,
}

/// Encodes a tree; entries may come in any order and leave in Git's.
pub fn encode_tree(entries: &mut [TreeEntry]) -> Vec<u8> {
    // Git compares folder names as if they ended in a slash.
    let key = |(name, mode, _): &TreeEntry| {
        let mut key = name.clone().into_bytes();
        if *mode == Mode::Folder {
            key.push(b'/');
        }
        key
    };
    entries.sort_by_key(key);
    let mut out = Vec::new();
    for (name, mode, oid) in entries.iter() {
        out.extend_from_slice(match mode {
            Mode::File => b"100644 ",
            Mode::Folder => b"40000 ",
        });
        out.extend_from_slice(name.as_bytes());
        out.push(0);
        out.extend_from_slice(&oid.0);
    }
    out
}

/// One entry of a tree.
pub type TreeEntry = (String, Mode, Oid);

/// Reads a tree; `None` when the bytes are not one, or hold something that is neither a file nor a folder.
pub fn parse_tree(bytes: &[u8]) -> Option<Vec<TreeEntry>> {
    let mut out = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let end = rest.iter().position(|b| *b == 0)?;
        let (mode, name) = std::str::from_utf8(rest.get(..end)?).ok()?.split_once(' ')?;
        let mode = match mode {
            "40000" => Mode::Folder,
            "100644" | "100755" => Mode::File,
            _ => return None,
        };
        rest = rest.get(end + 1..)?;
        let (oid, after) = rest.split_first_chunk::<20>()?;
        out.push((name.to_string(), mode, Oid(*oid)));
        rest = after;
    }
    Some(out)
}

/// The tree of an event commit: the one entry `event.cbor`.
pub(crate) fn event_tree(blob: &Oid) -> Vec<u8> {
    let mut out = Vec::with_capacity(40);
    out.extend_from_slice(EVENT_ENTRY);
    out.extend_from_slice(&blob.0);
    out
}

/// The bytes of that entry before the blob's id.
pub(crate) const EVENT_ENTRY: &[u8] = b"100644 event.cbor\0";

/// What a commit says besides its tree and parents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitMeta {
    /// Author and committer, `name <email>`.
    pub who: String,
    /// Seconds since 1970, always shown as +0000.
    pub time_s: u64,
    /// The whole message, with its final newline.
    pub message: String,
}

/// Encodes a commit.
pub fn encode_commit(tree: &Oid, parents: &[Oid], meta: &CommitMeta) -> Vec<u8> {
    let mut out = Vec::with_capacity(256 + meta.message.len());
    // Writing to a vector cannot fail.
    let _ = writeln!(out, "tree {tree}");
    for parent in parents {
        let _ = writeln!(out, "parent {parent}");
    }
    let _ = writeln!(out, "author {} {} +0000", meta.who, meta.time_s);
    let _ = writeln!(out, "committer {} {} +0000", meta.who, meta.time_s);
    out.push(b'\n');
    out.extend_from_slice(meta.message.as_bytes());
    out
}

/// A commit as found in a repository, read without trusting it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedCommit {
    /// Its tree.
    pub tree: Oid,
    /// Its parents, in order.
    pub parents: Vec<Oid>,
    /// Its message.
    pub message: String,
}

/// Reads a commit's tree, parents and message; `None` when the bytes are not a commit.
pub fn parse_commit(bytes: &[u8]) -> Option<ParsedCommit> {
    let split = bytes.windows(2).position(|w| w == b"\n\n")?;
    let head = std::str::from_utf8(&bytes[..split]).ok()?;
    let message = String::from_utf8(bytes[split + 2..].to_vec()).ok()?;
    let mut lines = head.lines();
    let tree = Oid::parse(lines.next()?.strip_prefix("tree ")?)?;
    let mut parents = Vec::new();
    for line in lines {
        match line.strip_prefix("parent ") {
            Some(hex) => parents.push(Oid::parse(hex)?),
            None => break,
        }
    }
    Some(ParsedCommit { tree, parents, message })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_empty_blob_and_tree_have_their_famous_ids() {
        assert_eq!(hash_object(Kind::Blob, b"").hex(), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
        assert_eq!(hash_object(Kind::Tree, b"").hex(), "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
    }

    #[test]
    fn folders_sort_as_if_they_ended_in_a_slash() {
        let oid = Oid([1; 20]);
        let mut entries = vec![
            ("a".to_string(), Mode::Folder, oid),
            ("a.b".to_string(), Mode::File, oid),
            ("a0".into(), Mode::File, oid),
        ];
        encode_tree(&mut entries);
        let names: Vec<&str> = entries.iter().map(|e| e.0.as_str()).collect();
        assert_eq!(names, ["a.b", "a", "a0"]);
    }

    #[test]
    fn commits_read_back() {
        let meta =
            CommitMeta { who: "user:ann <user.ann@gatos.invalid>".into(), time_s: 5, message: "x\n\nSig: y\n".into() };
        let bytes = encode_commit(&Oid([1; 20]), &[Oid([2; 20]), Oid([3; 20])], &meta);
        let parsed = parse_commit(&bytes).unwrap();
        assert_eq!(parsed.parents, [Oid([2; 20]), Oid([3; 20])]);
        assert_eq!(parsed.message, meta.message);
        assert_eq!(parse_commit(b"tree zz\n\n"), None);
    }
}
