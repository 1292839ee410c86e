//! From `.rgs` sources or `.rgc` code to a policy that may decide, with its map and what messages need.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gatos_canon::{Map, Value};
use gatos_compiler::render::{Form, render_list};
use gatos_compiler::rgs::{CompiledBundle, PolicyOptions};
use gatos_compiler::{FileDiagnostic, Source};
use gatos_elc::program::ProgramKind;
use gatos_elc::{SourceMap, Verified, program::Program};
use gatos_ledger_core::envelope::MAX_NESTING;
use gatos_policy::bundle::{Bundle, VerifiedBundle};
use gatos_syntax::diagnostic::Severity;

use super::sources::{Found, SourceText};
use crate::failure::{Exit, Failure, Result};
use crate::input;
use crate::output::Output;
use crate::toolchain::{self, Loaded};

/// A policy ready to be asked.
pub struct Policy {
    /// Program, map and sources.
    pub loaded: Loaded,
    /// RGC.
    pub code: Vec<u8>,
    /// Its sources by name; none when it was loaded as RGC.
    pub sources: BTreeMap<String, Vec<u8>>,
}

/// Whether a file is compiled policy code, by its name.
pub fn is_rgc(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("rgc"))
}

/// Whether a path is about a policy: a source, compiled code, or a folder.
pub fn is_policy(path: &Path) -> bool {
    is_rgc(path) || path.extension().is_some_and(|e| e.eq_ignore_ascii_case("rgs")) || path.is_dir()
}

/// Compiles sources. Messages go to stderr, warnings only where they were asked for.
///
/// # Errors
/// When the sources are not a policy; that has been said then.
pub fn compile(sources: &[SourceText], query: Option<&str>, warnings: bool, out: &Output) -> Result<Policy> {
    let compiled = judge(sources, query);
    let shown = |d: &&FileDiagnostic| warnings || d.diagnostic.severity == Severity::Error;
    let shown: Vec<FileDiagnostic> = compiled.diagnostics.iter().filter(shown).cloned().collect();
    if !shown.is_empty() {
        let form = if out.json { Form::Json } else { Form::Human { color: out.colour() } };
        out.painted(render_list(&compiled.files, &shown, form).trim_end());
        if !out.json {
            toolchain::say_codes(&shown, out);
        }
    }
    let Some(done) = compiled.program else { return Err(Failure::said(Exit::Usage)) };
    let sources = sources.iter().map(|s| (s.name.clone(), s.text.clone().into_bytes())).collect();
    let loaded = Loaded { program: done.program, map: Some(done.map), files: compiled.files };
    Ok(Policy { loaded, code: done.bytes, sources })
}

/// Compiles sources without saying anything.
pub fn judge(sources: &[SourceText], query: Option<&str>) -> CompiledBundle {
    let sources: Vec<Source<'_>> = sources.iter().map(|s| Source { name: &s.name, text: &s.text }).collect();
    gatos_compiler::rgs::compile(&sources, query, &PolicyOptions::default())
}

/// Loads compiled code, with the map beside it where there is one.
///
/// # Errors
/// When the file is not policy code.
pub fn load_rgc(path: &Path) -> Result<Policy> {
    let code = input::read_file(path)?;
    let program = rgc_of(&code, &path.display().to_string())?;
    let map = std::fs::read(toolchain::map_path(path)).ok().and_then(|bytes| SourceMap::from_bytes(&bytes).ok());
    let map = map.filter(|map| map.belongs_to(&program));
    Ok(Policy { loaded: Loaded { program, map, files: Vec::new() }, code, sources: BTreeMap::new() })
}

fn rgc_of(code: &[u8], name: &str) -> Result<Verified<Program>> {
    let again = "compile it again with `gatos policyc`";
    let program = gatos_elc::load(code).map_err(|e| {
        let failure = Failure::input(format!("{name} is not a policy that may run: {e}"));
        match std::str::from_utf8(code) {
            Ok("") => failure.note("the file is empty").help(again),
            Ok(text) if text.contains("package ") => {
                failure.help("it looks like source: name it .rgs, or compile it with `gatos policyc`")
            }
            _ => failure.help(again),
        }
    })?;
    if program.program().kind != ProgramKind::Policy {
        return Err(Failure::input(format!("{name} is a fold or a script, not a policy"))
            .help("`gatos run` runs it when it is named .elc"));
    }
    Ok(program)
}

impl Policy {
    /// The same policy for watching: nothing of it is computed ahead, when data is loaded and nobody watches. Its
    /// code is another and is for nothing else.
    ///
    /// # Errors
    /// When the changed code does not verify, which would be a mistake of ours.
    pub fn watched(&self) -> Result<Policy> {
        let mut program = self.loaded.program.program().clone();
        program.policy.iter_mut().flat_map(|p| &mut p.documents).for_each(|document| document.reads_input = true);
        let program =
            gatos_elc::verify(program).map_err(|e| Failure::world(format!("the policy cannot be watched: {e}")))?;
        let loaded = Loaded { program, map: self.loaded.map.clone(), files: self.loaded.files.clone() };
        Ok(Policy { loaded, code: Vec::new(), sources: self.sources.clone() })
    }

    /// The policy with data, as a gate opens it.
    ///
    /// # Errors
    /// When they are not a bundle together.
    pub fn bundle(&self, data: BTreeMap<String, Vec<u8>>) -> Result<VerifiedBundle> {
        let program = &self.loaded.program;
        let map = match &self.loaded.map {
            Some(map) => map.to_bytes(),
            // Code without its map decides the same; places are missing from the words.
            None => SourceMap {
                fold_root: program.fold_root(),
                files: Vec::new(),
                functions: Vec::new(),
                rules: Vec::new(),
            }
            .to_bytes(),
        };
        let bundle = Bundle { code: self.code.clone(), map, sources: self.sources.clone(), data };
        bundle.verify().map_err(|e| {
            let text = e.to_string();
            match text.rsplit_once("; ") {
                Some((what, remedy)) => Failure::input(what).help(remedy),
                None => Failure::input(text),
            }
        })
    }
}

/// The data files of a bundle, without where they came from.
pub fn bundle_data(found: &Found) -> BTreeMap<String, Vec<u8>> {
    found.data.iter().map(|(key, (_, bytes))| (key.clone(), bytes.clone())).collect()
}

/// One `data` document of files found below folders and of files named by hand, which are merged at its top.
///
/// # Errors
/// When a file is not strict JSON, or two say different things at one place.
pub fn data_of(found: &Found, named: &[PathBuf]) -> Result<Value> {
    let mut files = bundle_data(found);
    let tree = gatos_policy::bundle::join_data(&files).map_err(|e| {
        let text = e.to_string();
        // Told by the file's own name rather than by its place in a bundle.
        let real = found.data.iter().find_map(|(key, (path, _))| {
            text.strip_prefix(key.as_str()).map(|rest| format!("{}{rest}", path.display()))
        });
        Failure::input(real.unwrap_or(text)).help("data files are strict JSON, each with a place of its own below data")
    })?;
    files.clear();
    let mut tree = match tree {
        Value::Map(map) => map,
        _ => Map::new(),
    };
    for path in named {
        let bytes = input::read_file(path)?;
        let name = path.display().to_string();
        let value = read_json(&bytes, &name)?;
        let Value::Map(map) = value else {
            return Err(Failure::input(format!("{name} is not a JSON object"))
                .help("a data file's keys become those of data: {\"roles\": {…}} is data.roles"));
        };
        merge(&mut tree, map)
            .map_err(|at| Failure::input(format!("{name}: another data file says something else at `{at}`")))?;
    }
    Ok(Value::Map(tree))
}

/// Warns of data that no policy can see, because a rule has its place.
pub fn warn_shadowed(policy: &Policy, data: &Value, out: &Output) {
    let tables = policy.loaded.program.program().policy.as_ref();
    for document in tables.map_or(&[][..], |tables| &tables.documents) {
        let mut at = Some(data);
        for part in &document.path {
            at = at.and_then(|value| value.get(part));
        }
        if at.is_some() {
            let path = document.path.join(".");
            out.warn(format!("the data at data.{path} are never seen: a rule has that place"));
        }
    }
}

fn merge(into: &mut Map, from: Map) -> std::result::Result<(), String> {
    for (key, value) in from.into_pairs() {
        match (into.get_mut(&key), value) {
            (None, value) => _ = into.insert(key, value),
            (Some(Value::Map(there)), Value::Map(more)) => merge(there, more).map_err(|at| format!("{key}.{at}"))?,
            (Some(there), value) if *there == value => {}
            (Some(_), _) => return Err(key),
        }
    }
    Ok(())
}

/// Strict JSON from a file's bytes.
///
/// # Errors
/// What is wrong with it.
pub fn read_json(bytes: &[u8], name: &str) -> Result<Value> {
    let refuse = |e: String| {
        let failure = Failure::input(format!("{name} is not strict JSON: {e}"));
        failure.help(match e.contains("number") {
            true => "numbers are 64-bit integers, or decimals of up to ten digits after the point; larger ones travel as strings",
            false => "one JSON value, its strings in double quotes, no comments, no trailing commas",
        })
    };
    let text = std::str::from_utf8(bytes).map_err(|e| refuse(e.to_string()))?;
    Value::from_json_within(text, MAX_NESTING).map_err(|e| refuse(e.to_string()))
}
