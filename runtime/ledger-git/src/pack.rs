//! Writing many objects at once: one undeltified pack and its index, durable before anyone names them.
//! A crash leaves either nothing or a temporary file that Git's own gc removes.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use flate2::{Compress, Compression, FlushCompress, Status};
use sha1::{Digest, Sha1};

use crate::object::{Kind, Oid, hash_object, header};

/// Offsets at or above this need the index's 64-bit table.
const LARGE_OFFSET: u64 = 0x8000_0000;

struct Entry {
    oid: Oid,
    crc: u32,
    offset: u64,
}

/// Collects objects for one pack, in memory.
pub struct PackBuilder {
    data: Vec<u8>,
    entries: Vec<Entry>,
    seen: HashSet<Oid>,
    deflate: Compress,
    /// Keeps bodies instead of a pack while there are few: those become loose objects.
    small: Vec<(Oid, Kind, Vec<u8>)>,
    small_limit: usize,
    durability: Durability,
}

/// Whether writes wait for the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Every file and folder is fsynced before anything names it.
    Fsync,
    /// The repository's owner set `core.fsync=none`: fast, and a power cut may lose what was written last.
    None,
}

impl Durability {
    pub(crate) fn file(self, file: &File) -> io::Result<()> {
        if self == Durability::Fsync { file.sync_all() } else { Ok(()) }
    }

    /// Makes renames inside a folder durable.
    pub(crate) fn folder(self, dir: &Path) -> io::Result<()> {
        if self == Durability::Fsync && cfg!(unix) { File::open(dir)?.sync_all() } else { Ok(()) }
    }
}

impl PackBuilder {
    /// A builder that writes loose objects up to `small_limit` objects and a pack above.
    pub fn new(small_limit: usize, durability: Durability) -> PackBuilder {
        let mut data = Vec::new();
        data.extend_from_slice(b"PACK\0\0\0\x02\0\0\0\0");
        PackBuilder {
            data,
            entries: Vec::new(),
            seen: HashSet::new(),
            deflate: Compress::new(Compression::fast(), true),
            small: Vec::new(),
            small_limit,
            durability,
        }
    }

    /// Number of distinct objects added.
    pub fn len(&self) -> usize {
        self.seen.len()
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    /// Bytes of pack data so far.
    pub fn bytes(&self) -> usize {
        self.data.len()
    }

    /// Adds an object and returns its id. A repeated object is stored once.
    pub fn add(&mut self, kind: Kind, body: &[u8]) -> io::Result<Oid> {
        let oid = hash_object(kind, body);
        self.add_hashed(oid, kind, body)?;
        Ok(oid)
    }

    /// Adds an object whose id the caller has just computed.
    pub(crate) fn add_hashed(&mut self, oid: Oid, kind: Kind, body: &[u8]) -> io::Result<()> {
        if !self.seen.insert(oid) {
            return Ok(());
        }
        if self.entries.is_empty() && self.small.len() < self.small_limit {
            self.small.push((oid, kind, body.to_vec()));
            return Ok(());
        }
        for (oid, kind, body) in std::mem::take(&mut self.small) {
            self.pack_one(oid, kind, &body)?;
        }
        self.pack_one(oid, kind, body)
    }

    fn pack_one(&mut self, oid: Oid, kind: Kind, body: &[u8]) -> io::Result<()> {
        let offset = self.data.len();
        let mut size = body.len() as u64;
        let mut byte = (kind.pack_code() << 4) | (size & 15) as u8;
        size >>= 4;
        while size > 0 {
            self.data.push(byte | 0x80);
            byte = (size & 0x7f) as u8;
            size >>= 7;
        }
        self.data.push(byte);
        deflate_into(&mut self.deflate, body, &mut self.data)?;
        let crc = crc32fast::hash(&self.data[offset..]);
        self.entries.push(Entry { oid, crc, offset: offset as u64 });
        Ok(())
    }

    /// Writes everything durably under an `objects` folder. When this returns, a ref may name the objects.
    pub fn write(mut self, objects: &Path) -> io::Result<()> {
        for (oid, kind, body) in std::mem::take(&mut self.small) {
            write_loose(&mut self.deflate, self.durability, objects, &oid, kind, &body)?;
        }
        if self.entries.is_empty() {
            return Ok(());
        }
        let count = u32::try_from(self.entries.len())
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "more objects than one pack can count"))?;
        self.data[8..12].copy_from_slice(&count.to_be_bytes());
        let pack_sum: [u8; 20] = Sha1::digest(&self.data).into();
        self.data.extend_from_slice(&pack_sum);
        let index = encode_index(&mut self.entries, &pack_sum);

        let dir = objects.join("pack");
        fs::create_dir_all(&dir)?;
        let stem = format!("pack-{}", Oid(pack_sum).hex());
        let pack_path = dir.join(format!("{stem}.pack"));
        let index_path = dir.join(format!("{stem}.idx"));
        // Same name means same bytes: an earlier run got this far and died before its ref moved.
        if !(pack_path.exists() && index_path.exists()) {
            let pack_tmp = write_temporary(&dir, "tmp_pack_gatos", &self.data, self.durability)?;
            let index_tmp =
                write_temporary(&dir, "tmp_idx_gatos", &index, self.durability).inspect_err(|_| discard(&pack_tmp))?;
            // The pack first: readers find packs through their index.
            publish(&pack_tmp, &pack_path).inspect_err(|_| discard(&index_tmp))?;
            publish(&index_tmp, &index_path)?;
        }
        self.durability.folder(&dir)
    }
}

/// Bodies below this are stored as they are, inside zlib's framing. Events, trees and commits are a few hundred
/// bytes, half of it hashes and signatures: setting up a compressor took three times longer than everything else
/// done for an event, to save a third of the bytes until Git's own gc packs them tightly anyway.
const WORTH_DEFLATING: usize = 1024;

fn deflate_into(deflate: &mut Compress, body: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
    if body.len() < WORTH_DEFLATING {
        let len = body.len() as u16;
        out.reserve(body.len() + 11);
        // zlib header (deflate, 32 KiB window, fastest), then one final stored block.
        out.extend_from_slice(&[0x78, 0x01, 0x01]);
        out.extend_from_slice(&len.to_le_bytes());
        out.extend_from_slice(&(!len).to_le_bytes());
        out.extend_from_slice(body);
        out.extend_from_slice(&adler32(body).to_be_bytes());
        return Ok(());
    }
    deflate.reset();
    let mut at = 0;
    loop {
        out.reserve((body.len() - at) / 2 + 64);
        let before = deflate.total_in();
        let status = deflate
            .compress_vec(&body[at..], out, FlushCompress::Finish)
            .map_err(|e| io::Error::other(format!("zlib: {e}")))?;
        at += (deflate.total_in() - before) as usize;
        if status == Status::StreamEnd {
            return Ok(());
        }
    }
}

/// zlib's checksum, for bodies short enough that the sums cannot overflow before the one reduction.
fn adler32(body: &[u8]) -> u32 {
    let (mut a, mut b) = (1u32, 0u32);
    for byte in body {
        a += u32::from(*byte);
        b += a;
    }
    ((b % 65_521) << 16) | (a % 65_521)
}

fn encode_index(entries: &mut [Entry], pack_sum: &[u8; 20]) -> Vec<u8> {
    entries.sort_by_key(|e| e.oid);
    let mut out = Vec::with_capacity(1100 + entries.len() * 28);
    out.extend_from_slice(b"\xfftOc\0\0\0\x02");
    let mut fanout = [0u32; 256];
    for entry in entries.iter() {
        fanout[usize::from(entry.oid.0[0])] += 1;
    }
    let mut total = 0u32;
    for count in fanout {
        total += count;
        out.extend_from_slice(&total.to_be_bytes());
    }
    for entry in entries.iter() {
        out.extend_from_slice(&entry.oid.0);
    }
    for entry in entries.iter() {
        out.extend_from_slice(&entry.crc.to_be_bytes());
    }
    let mut large = Vec::new();
    for entry in entries.iter() {
        let word = if entry.offset < LARGE_OFFSET {
            entry.offset as u32
        } else {
            large.push(entry.offset);
            0x8000_0000 | (large.len() - 1) as u32
        };
        out.extend_from_slice(&word.to_be_bytes());
    }
    for offset in large {
        out.extend_from_slice(&offset.to_be_bytes());
    }
    out.extend_from_slice(pack_sum);
    let sum: [u8; 20] = Sha1::digest(&out).into();
    out.extend_from_slice(&sum);
    out
}

fn write_loose(
    deflate: &mut Compress,
    durability: Durability,
    objects: &Path,
    oid: &Oid,
    kind: Kind,
    body: &[u8],
) -> io::Result<()> {
    let hex = oid.hex();
    let dir = objects.join(&hex[..2]);
    let path = dir.join(&hex[2..]);
    // A zero-byte file is what a power cut leaves of another tool's write; ours replaces it.
    if fs::metadata(&path).is_ok_and(|m| m.len() > 0) {
        return Ok(());
    }
    let mut whole = header(kind, body.len());
    whole.extend_from_slice(body);
    let mut packed = Vec::new();
    deflate_into(deflate, &whole, &mut packed)?;
    // `git repack` and `git prune-packed` remove folders that they find empty, also the one
    // made a moment ago.
    let mut tries = 0;
    loop {
        let written = place_loose(durability, objects, &dir, &path, &packed);
        match written {
            Err(e) if e.kind() == io::ErrorKind::NotFound && tries < 100 && objects.exists() => tries += 1,
            other => return other,
        }
    }
}

fn place_loose(durability: Durability, objects: &Path, dir: &Path, path: &Path, packed: &[u8]) -> io::Result<()> {
    if !dir.exists() {
        fs::create_dir_all(dir)?;
        durability.folder(objects)?;
    }
    let tmp = write_temporary(dir, "tmp_obj_gatos", packed, durability)?;
    publish(&tmp, path)?;
    match durability.folder(dir) {
        // Git has packed the object since, and removed the file and its folder.
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Writes and fsyncs a new temporary file, removing it again if that fails (a full disk, say).
fn write_temporary(dir: &Path, stem: &str, bytes: &[u8], durability: Durability) -> io::Result<PathBuf> {
    let (mut file, path) = create_temporary(dir, stem)?;
    let written = file.write_all(bytes).and_then(|()| make_read_only(&file)).and_then(|()| durability.file(&file));
    match written {
        Ok(()) => Ok(path),
        Err(e) => {
            discard(&path);
            Err(e)
        }
    }
}

fn create_temporary(dir: &Path, stem: &str) -> io::Result<(File, PathBuf)> {
    use std::sync::atomic::{AtomicU64, Ordering};
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    loop {
        let path = dir.join(format!("{stem}_{}_{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed)));
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => return Ok((file, path)),
            // Left by an earlier process that had our number.
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => continue,
            Err(e) => return Err(e),
        }
    }
}

#[cfg(unix)]
fn make_read_only(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o444))
}

#[cfg(not(unix))]
fn make_read_only(_file: &File) -> io::Result<()> {
    Ok(())
}

fn publish(tmp: &Path, path: &Path) -> io::Result<()> {
    fs::rename(tmp, path).inspect_err(|_| discard(tmp))
}

fn discard(path: &Path) {
    // Best effort on a path that is already failing; Git's gc removes what stays.
    let _ = fs::remove_file(path);
}
