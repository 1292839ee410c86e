//! A policy bundle: compiled code with its map, the sources it came from, data, and the manifest whose hash is the
//! `policy_root`. What is read from storage is checked piece by piece before a gate may open it.
//!
//! A data file's place below `data` is its path: `data/finance/limits.json` is `data.finance.limits`, and a file
//! called `data.json` is merged into its folder's place.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use gatos_canon::{Blake3, Map, Sha256, Value, blake3, sha256};
use gatos_elc::map::SourceMap;
use gatos_elc::program::{Program, ProgramKind};
use gatos_elc::verify::Verified;
use gatos_ledger_core::text::find_denormal;

/// The compiled policy in a bundle's tree.
pub const CODE_FILE: &str = "policy.rgc";
/// Its map.
pub const MAP_FILE: &str = "policy.map";
/// What the bundle holds, by hash.
pub const MANIFEST_FILE: &str = "manifest.json";
/// Where sources lie.
pub const SOURCES_DIR: &str = "sources/";
/// Where data lies.
pub const DATA_DIR: &str = "data/";
/// The most bytes of a bundle, all files together.
pub const MAX_BUNDLE_BYTES: usize = 64 * 1024 * 1024;
/// The most files of a bundle.
pub const MAX_BUNDLE_FILES: usize = 4096;

/// What a bundle holds, by hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// SHA-256 of the code.
    pub policy_code_root: Sha256,
    /// BLAKE3 of each data file, by path.
    pub data: BTreeMap<String, Blake3>,
}

/// The files of a bundle. Nothing in it is checked yet.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Bundle {
    /// RGC.
    pub code: Vec<u8>,
    /// The map beside it.
    pub map: Vec<u8>,
    /// Sources by name, `policies/exec.rgs`.
    pub sources: BTreeMap<String, Vec<u8>>,
    /// Data by path, `data/finance/limits.json`.
    pub data: BTreeMap<String, Vec<u8>>,
}

/// Why files are not a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BundleError {
    /// A file is missing.
    MissingFile(String),
    /// A file that bundles do not have.
    UnknownFile(String),
    /// The manifest is not one, or not in its one spelling.
    Manifest(String),
    /// A file does not hash to what the manifest says.
    WrongHash {
        /// The file.
        file: String,
        /// What the manifest says.
        expected: String,
        /// What it hashes to.
        found: String,
    },
    /// The code does not verify.
    Code(String),
    /// The map is not one, or another program's.
    Map(String),
    /// A data file is not strict JSON, or two claim one place.
    Data {
        /// The file.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// The bundle is too large.
    TooLarge(String),
}

impl fmt::Display for BundleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BundleError::MissingFile(file) => write!(f, "the bundle has no {file}; install the policy again"),
            BundleError::UnknownFile(file) => write!(f, "{file} does not belong into a bundle"),
            BundleError::Manifest(why) => write!(f, "{MANIFEST_FILE}: {why}"),
            BundleError::WrongHash { file, expected, found } => {
                write!(f, "{file} hashes to {found} where the manifest says {expected}: it was changed")
            }
            BundleError::Code(why) => write!(f, "{CODE_FILE} is not a policy that can run: {why}"),
            BundleError::Map(why) => write!(f, "{MAP_FILE}: {why}"),
            BundleError::Data { file, reason } => write!(f, "{file}: {reason}"),
            BundleError::TooLarge(why) => f.write_str(why),
        }
    }
}

impl core::error::Error for BundleError {}

impl Manifest {
    /// The document.
    pub fn to_value(&self) -> Value {
        let mut map = Map::new();
        map.insert("policy_code_root", self.policy_code_root.to_string());
        let data: Map = self.data.iter().map(|(path, hash)| (path.clone(), hash.to_string())).collect();
        map.insert("data", data);
        Value::Map(map)
    }

    /// The stored bytes.
    pub fn to_json(&self) -> Vec<u8> {
        self.to_value().to_json_string().into_bytes()
    }

    /// The name of the bundle.
    pub fn policy_root(&self) -> Sha256 {
        sha256(&self.to_json())
    }

    /// Reads stored bytes; only their one spelling is accepted.
    pub fn from_json(bytes: &[u8]) -> Result<Manifest, BundleError> {
        let wrong = |why: String| BundleError::Manifest(why);
        let value = Value::from_json_bytes(bytes).map_err(|e| wrong(e.to_string()))?;
        if let Some(text) = find_denormal(&value) {
            return Err(wrong(format!("{text:?} is not in Unicode's form NFC")));
        }
        let map = value.as_map().ok_or_else(|| wrong("it is not an object".to_owned()))?;
        if let Some((name, _)) = map.iter().find(|(name, _)| !matches!(*name, "policy_code_root" | "data")) {
            return Err(wrong(format!("`{name}` is not a field of manifests")));
        }
        let root = map.get("policy_code_root").and_then(Value::as_text).and_then(|text| text.parse().ok());
        let root = root.ok_or_else(|| wrong("`policy_code_root` is no `sha256:<hex>`".to_owned()))?;
        let entries = map.get("data").and_then(Value::as_map);
        let entries = entries.ok_or_else(|| wrong("`data` is no object".to_owned()))?;
        let mut data = BTreeMap::new();
        for (path, hash) in entries.iter() {
            let hash = hash.as_text().and_then(|text| text.parse().ok());
            data.insert(path.to_owned(), hash.ok_or_else(|| wrong(format!("{path:?} has no `blake3:<hex>`")))?);
        }
        let manifest = Manifest { policy_code_root: root, data };
        if manifest.to_json() != bytes {
            return Err(wrong("it is not in its one spelling (RFC 8785: keys sorted, no spaces)".to_owned()));
        }
        Ok(manifest)
    }
}

impl Bundle {
    /// What it holds, by hash.
    pub fn manifest(&self) -> Manifest {
        Manifest {
            policy_code_root: sha256(&self.code),
            data: self.data.iter().map(|(path, bytes)| (path.clone(), blake3(bytes))).collect(),
        }
    }

    /// Its files by path, as its commit holds them.
    pub fn to_files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        files.insert(CODE_FILE.to_owned(), self.code.clone());
        files.insert(MAP_FILE.to_owned(), self.map.clone());
        files.insert(MANIFEST_FILE.to_owned(), self.manifest().to_json());
        files.extend(self.sources.iter().map(|(name, text)| (format!("{SOURCES_DIR}{name}"), text.clone())));
        files.extend(self.data.iter().map(|(path, bytes)| (path.clone(), bytes.clone())));
        files
    }

    /// Takes the files of a commit apart and checks them against their manifest.
    pub fn from_files(mut files: BTreeMap<String, Vec<u8>>) -> Result<Bundle, BundleError> {
        check_size(&files)?;
        let mut take = |name: &str| files.remove(name).ok_or_else(|| BundleError::MissingFile(name.to_owned()));
        let manifest = Manifest::from_json(&take(MANIFEST_FILE)?)?;
        let mut bundle = Bundle { code: take(CODE_FILE)?, map: take(MAP_FILE)?, ..Bundle::default() };
        for (path, bytes) in files {
            if let Some(name) = path.strip_prefix(SOURCES_DIR) {
                bundle.sources.insert(name.to_owned(), bytes);
            } else if path.starts_with(DATA_DIR) {
                bundle.data.insert(path, bytes);
            } else {
                return Err(BundleError::UnknownFile(path));
            }
        }
        let found = bundle.manifest();
        if found.policy_code_root != manifest.policy_code_root {
            return Err(BundleError::WrongHash {
                file: CODE_FILE.to_owned(),
                expected: manifest.policy_code_root.to_string(),
                found: found.policy_code_root.to_string(),
            });
        }
        for (path, expected) in &manifest.data {
            let found = found.data.get(path).ok_or_else(|| BundleError::MissingFile(path.clone()))?;
            if found != expected {
                let (expected, found) = (expected.to_string(), found.to_string());
                return Err(BundleError::WrongHash { file: path.clone(), expected, found });
            }
        }
        match found.data.into_keys().find(|path| !manifest.data.contains_key(path)) {
            Some(path) => Err(BundleError::UnknownFile(path)),
            None => Ok(bundle),
        }
    }

    /// Checks everything that can be checked without running it.
    pub fn verify(self) -> Result<VerifiedBundle, BundleError> {
        check_size(&self.to_files())?;
        let program = gatos_elc::load(&self.code).map_err(|e| BundleError::Code(e.to_string()))?;
        if program.program().kind != ProgramKind::Policy {
            return Err(BundleError::Code("it is a program of another kind".to_owned()));
        }
        let map = SourceMap::from_bytes(&self.map).map_err(|e| BundleError::Map(e.to_string()))?;
        if !map.belongs_to(&program) {
            return Err(BundleError::Map("it belongs to another policy".to_owned()));
        }
        let data = join_data(&self.data)?;
        let manifest = self.manifest();
        let policy_root = manifest.policy_root();
        Ok(VerifiedBundle { program, map, data, manifest, policy_root, bundle: self })
    }
}

fn check_size(files: &BTreeMap<String, Vec<u8>>) -> Result<(), BundleError> {
    let bytes = files.values().fold(0usize, |sum, bytes| sum.saturating_add(bytes.len()));
    if bytes > MAX_BUNDLE_BYTES {
        return Err(BundleError::TooLarge(format!("the bundle takes {bytes} bytes; {MAX_BUNDLE_BYTES} are allowed")));
    }
    if files.len() > MAX_BUNDLE_FILES {
        return Err(BundleError::TooLarge(format!(
            "the bundle has {} files; {MAX_BUNDLE_FILES} are allowed",
            files.len()
        )));
    }
    Ok(())
}

/// The one `data` document of all data files.
pub fn join_data(files: &BTreeMap<String, Vec<u8>>) -> Result<Value, BundleError> {
    let mut root = Map::new();
    for (path, bytes) in files {
        let wrong = |reason: String| BundleError::Data { file: path.clone(), reason };
        let value = Value::from_json_bytes(bytes).map_err(|e| wrong(format!("it is not strict JSON: {e}")))?;
        let place = path.strip_prefix(DATA_DIR).and_then(|p| p.strip_suffix(".json"));
        let place = place.ok_or_else(|| wrong(format!("data files lie under {DATA_DIR} and end with .json")))?;
        let mut parts: Vec<&str> = place.split('/').collect();
        if parts.last() == Some(&"data") {
            parts.pop();
        }
        if parts.len() > 32 || parts.iter().any(|part| part.is_empty()) {
            return Err(wrong("a data file's path has up to 32 parts, none of them empty".to_owned()));
        }
        put(&mut root, &parts, value).map_err(|at| wrong(format!("another file says something else at `{at}`")))?;
    }
    let data = Value::Map(root);
    match data.depth() <= gatos_canon::MAX_DEPTH {
        true => Ok(data),
        false => Err(BundleError::Data { file: DATA_DIR.to_owned(), reason: "data nests deeper than 128".to_owned() }),
    }
}

fn put(map: &mut Map, parts: &[&str], value: Value) -> Result<(), String> {
    let Some((first, rest)) = parts.split_first() else {
        return match value {
            Value::Map(inner) => {
                inner.into_pairs().into_iter().try_for_each(|(key, value)| put(map, &[key.as_str()], value))
            }
            _ => Err("data".to_owned()),
        };
    };
    match map.get_mut(first) {
        None => {
            let mut value = value;
            for part in rest.iter().rev() {
                let mut outer = Map::new();
                outer.insert(*part, value);
                value = Value::Map(outer);
            }
            map.insert(*first, value);
            Ok(())
        }
        Some(Value::Map(inner)) => match (rest.is_empty(), value) {
            (false, value) => put(inner, rest, value),
            (true, value @ Value::Map(_)) => put(inner, &[], value),
            (true, _) => Err((*first).to_owned()),
        },
        Some(other) if rest.is_empty() && *other == value => Ok(()),
        Some(_) => Err((*first).to_owned()),
    }
}

/// A bundle that a gate may open.
#[derive(Debug)]
pub struct VerifiedBundle {
    /// The code.
    pub program: Verified<Program>,
    /// Its map.
    pub map: SourceMap,
    /// The `data` document.
    pub data: Value,
    /// The manifest.
    pub manifest: Manifest,
    /// Its hash: the bundle's name.
    pub policy_root: Sha256,
    /// The files.
    pub bundle: Bundle,
}
