//! Loose objects, read here and not by libgit2, which never returns from one that was cut short.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use gatos_ledger_core::ports::StoreError;

use crate::error::io_error;
use crate::object::{Kind, Oid, header};

/// How many folders of borrowed objects are followed.
const MAX_ALTERNATES: usize = 16;

/// The `objects` folder and those it borrows from.
pub(crate) fn object_folders(objects: &Path) -> Vec<PathBuf> {
    let mut folders = vec![objects.to_path_buf()];
    let mut at = 0;
    while let Some(folder) = folders.get(at).cloned() {
        at += 1;
        let Ok(text) = std::fs::read_to_string(folder.join("info/alternates")) else { continue };
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let other = folder.join(line);
            if folders.len() < MAX_ALTERNATES && !folders.contains(&other) {
                folders.push(other);
            }
        }
    }
    folders
}

/// Which of the 256 folders of loose objects there are: one look instead of one for every object.
pub(crate) fn fan_out(folders: &[PathBuf]) -> [bool; 256] {
    let mut there = [false; 256];
    for entry in folders.iter().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten().flatten() {
        let name = entry.file_name();
        if let Some(at) = name.to_str().filter(|n| n.len() == 2).and_then(|n| u8::from_str_radix(n, 16).ok()) {
            there[usize::from(at)] = true;
        }
    }
    there
}

/// The body of a loose object, checked against its id; `None` when there is no such file, or an empty one, as a
/// power cut can leave beside a good copy in a pack.
pub(crate) fn read_loose(folders: &[PathBuf], oid: &Oid, kind: Kind) -> Result<Option<Vec<u8>>, StoreError> {
    let hex = oid.hex();
    for folder in folders {
        let path = folder.join(&hex[..2]).join(&hex[2..]);
        match std::fs::read(&path) {
            Ok(raw) if raw.is_empty() => {}
            Ok(raw) => {
                let body = inflate(&raw, kind).and_then(|body| {
                    let found = crate::object::hash_object(kind, &body);
                    if found == *oid { Ok(body) } else { Err(format!("its bytes hash to {found}")) }
                });
                return body.map(Some).map_err(|detail| StoreError::Corrupt {
                    what: format!("{} {oid}", kind.word()),
                    detail: format!("{detail} ({})", path.display()),
                });
            }
            Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {}
            Err(e) => return Err(io_error("reading", &path, e)),
        }
    }
    Ok(None)
}

fn inflate(raw: &[u8], kind: Kind) -> Result<Vec<u8>, String> {
    let broken = |e: io::Error| format!("it cannot be inflated: {e}");
    let mut stream = flate2::read::ZlibDecoder::new(raw);
    let mut head = Vec::new();
    let mut byte = [0];
    loop {
        stream.read_exact(&mut byte).map_err(broken)?;
        if byte[0] == 0 {
            break;
        }
        head.push(byte[0]);
        if head.len() > 32 {
            return Err("it has no header".to_string());
        }
    }
    let text = String::from_utf8_lossy(&head).into_owned();
    let (word, size) = text.split_once(' ').ok_or("it has no header")?;
    if word != kind.word() {
        return Err(format!("it is a {word} where a {} belongs", kind.word()));
    }
    let size: usize = size.parse().map_err(|_| "its header has no size".to_string())?;
    let mut body = Vec::new();
    // One byte more than promised is enough to see that there is more.
    stream.take(size as u64 + 1).read_to_end(&mut body).map_err(broken)?;
    if body.len() != size || header(kind, size) != [&head[..], &[0]].concat() {
        return Err("its size is not what its header says".to_string());
    }
    Ok(body)
}
