//! Denials that could not be put on record where they were made: inside a push's quarantine no ref may move. They
//! wait as signed records under the Git folder, and the next command, or the next push, puts them on record.

use std::fs;
use std::path::{Path, PathBuf};

use gatos_canon::{Map, Value};
use gatos_ledger_core::decision::SignedDecision;
use gatos_ledger_core::ulid::Ulid;
use gatos_policy::audit::{self, AuditError};

use crate::failure::{Failure, Result};
use crate::files;
use crate::project::{Project, TRIES};

/// A signed denial with its input.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// The record.
    pub signed: SignedDecision,
    /// The input it was made on.
    pub input: Vec<u8>,
}

/// Where denials wait.
pub fn folder(git_dir: &Path) -> PathBuf {
    git_dir.join("gatos/spool/denials")
}

/// How far back a record is looked for before it is written: a process may have died between writing it and
/// removing its file.
const LOOKED_BACK: usize = 256;

impl Waiting {
    fn to_json(&self) -> Vec<u8> {
        let hex: String = self.signed.bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut map = Map::new();
        map.insert("v", 1);
        map.insert("decision", hex);
        map.insert("sig", self.signed.signature.to_string());
        map.insert("input", String::from_utf8_lossy(&self.input).into_owned());
        Value::Map(map).to_json_string().into_bytes()
    }

    fn from_json(bytes: &[u8]) -> std::result::Result<Waiting, String> {
        let value = Value::from_json_bytes(bytes).map_err(|e| e.to_string())?;
        let text = |name: &str| value.get(name).and_then(Value::as_text).ok_or_else(|| format!("it has no `{name}`"));
        let hex = text("decision")?;
        let digits = hex.as_bytes().chunks(2);
        let byte = |pair: &[u8]| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok());
        let bytes: Option<Vec<u8>> = digits.map(byte).collect();
        let bytes = bytes.filter(|_| hex.len() % 2 == 0).ok_or("`decision` is not hexadecimal")?;
        let signed = SignedDecision::from_stored(bytes, text("sig")?).map_err(|e| e.to_string())?;
        Ok(Waiting { signed, input: text("input")?.as_bytes().to_vec() })
    }
}

/// Leaves a denial for later.
///
/// # Errors
/// When it cannot be written.
pub fn leave(git_dir: &Path, waiting: &Waiting) -> Result<()> {
    let folder = folder(git_dir);
    files::make_dir(&folder)?;
    files::write_atomic(&folder.join(format!("{}.json", waiting.signed.decision.ulid)), &waiting.to_json())
}

/// Whether a denial of a ULID waits.
pub fn is_waiting(git_dir: &Path, ulid: Ulid) -> bool {
    folder(git_dir).join(format!("{ulid}.json")).exists()
}

/// What became of the denials that waited.
#[derive(Clone, Debug, Default)]
pub struct Flushed {
    /// Those now on record, oldest first.
    pub recorded: Vec<Ulid>,
    /// Files that could not be put on record, and why.
    pub left: Vec<String>,
}

/// Puts what waits on record. A file that is none is set aside, so that it is told about once.
///
/// # Errors
/// When the folder cannot be read.
pub fn flush(project: &Project) -> Result<Flushed> {
    let mut flushed = Flushed::default();
    let folder = folder(project.store.common_dir());
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(flushed),
        Err(e) => return Err(Failure::io("list", &folder, &e)),
    };
    let named = |path: &PathBuf| path.extension().is_some_and(|e| e == "json");
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(named).collect();
    paths.sort();
    for path in paths {
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            // Another process was faster.
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => continue,
            Err(e) => {
                flushed.left.push(format!("{}: {e}", path.display()));
                continue;
            }
        };
        let waiting = match Waiting::from_json(&bytes) {
            Ok(waiting) => waiting,
            Err(why) => {
                let aside = path.with_extension("damaged");
                let _ = fs::rename(&path, &aside);
                flushed.left.push(format!(
                    "{} is not a denial: {why}; it is kept as {}",
                    path.display(),
                    aside.display()
                ));
                continue;
            }
        };
        let ulid = waiting.signed.decision.ulid;
        let done = match on_record(project, &waiting.signed) {
            Ok(true) => Ok(()),
            Ok(false) => audit::append_denial(&project.store, &waiting.signed, &waiting.input, TRIES).map(|_| ()),
            Err(e) => Err(e),
        };
        match done {
            Ok(()) => {
                let _ = fs::remove_file(&path);
                flushed.recorded.push(ulid);
            }
            Err(e) => flushed.left.push(format!("{}: {e}", path.display())),
        }
    }
    Ok(flushed)
}

/// Whether this very record is there: another one of the same ULID is no stand-in.
fn on_record(project: &Project, signed: &SignedDecision) -> std::result::Result<bool, AuditError> {
    let (mut found, mut seen) = (false, 0);
    audit::walk(&project.store, &mut |denial| {
        found = denial.signed.cid == signed.cid;
        seen += 1;
        Ok(!found && seen < LOOKED_BACK)
    })?;
    Ok(found)
}
