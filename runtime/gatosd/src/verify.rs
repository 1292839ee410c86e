//! Verifying a checkpoint: everything is recomputed, and the first thing that differs is named.
//!
//! The order is that in which a difference explains the ones after it: the proof's signature,
//! what the commit says, the inputs, the program and engine, the events, and last the result.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use gatos_canon::json::{Event, Reader};
use gatos_canon::{Value, blake3};
use gatos_elc::ENGINE_ID;
use gatos_ledger_core::checkpoint::Trailers;
use gatos_ledger_core::cut::Cut;
use gatos_ledger_core::model::{JournalId, Namespace, STATE_PREFIX, state_ref};
use gatos_ledger_core::plane;
use gatos_ledger_core::ports::{CommitId, Journals, ReadError, Refs, StoreError};
use gatos_ledger_core::rules::Breach;
use gatos_ledger_core::trust::TrustGraph;
use gatos_policy::install;
use gatos_proofs::FoldProof;
use gatos_proofs::plane::{Checkpoint, CheckpointError, StoredCheckpoint, read_checkpoint};

use crate::failure::{About, Failure, Result};
use crate::fold_engine::{Finished, PolicyRoots, Run, machine_limits, trailers};
use crate::output::Output;
use crate::project::{Project, parse_target};
use crate::toolchain::{self, Loaded};

/// A checkpoint that holds.
pub struct Holds {
    /// What it says.
    pub proof: FoldProof,
    /// Journals with commits after those that the checkpoint was made from, and how many.
    pub newer: Vec<(String, u64)>,
    /// How long it took to find out.
    pub took: Duration,
}

/// Recomputes a checkpoint.
///
/// # Errors
/// Names the first thing that differs.
pub fn verify(out: &Output, project: &Project, commit: &CommitId) -> Result<Holds> {
    let started = Instant::now();
    let store = &project.store;
    let stored = read(project, commit)?;
    let StoredCheckpoint { checkpoint, .. } = &stored;
    let proof = &checkpoint.proof.proof;
    let trust = project.trust()?;

    checkpoint.proof.check_signature(&trust).map_err(|e| differs("signature", e.to_string()))?;
    if let Some((name, how)) = trailer_difference(&checkpoint.trailers, proof) {
        let what = if matches!(name, "State-Root" | "Inputs-Root" | "Fold-Root") { "root" } else { "trailer" };
        return Err(differs(what, how));
    }
    // Nobody signs notes, so anyone may write one: it is no evidence against a signed proof.
    match store.read_state_note(commit) {
        Ok(Some(note)) if note != proof.state_root.to_string() => out.warn(format!(
            "the note on the commit says {note}, the signed proof says {}; notes are unsigned, so this one is passed over",
            proof.state_root
        )),
        Ok(_) => {}
        Err(e) => out.warn(format!("the note on the commit cannot be read and is passed over: {e}")),
    }
    let inputs_root = blake3(&checkpoint.files.inputs);
    if inputs_root != proof.inputs_root {
        return Err(differs(
            "inputs_root",
            format!("inputs.json hashes to {inputs_root}, the signed proof says {}", proof.inputs_root),
        ));
    }
    let cut = Cut::from_json(&checkpoint.files.inputs).map_err(|e| differs("inputs", format!("inputs.json: {e}")))?;
    let fold_root = gatos_canon::sha256(&checkpoint.files.program);
    if fold_root != proof.fold_root {
        return Err(differs(
            "fold_root",
            format!("program.elc hashes to {fold_root}, the signed proof says {}", proof.fold_root),
        ));
    }
    if proof.engine != ENGINE_ID {
        return Err(differs("engine", format!("the checkpoint was made by {}, this is {ENGINE_ID}", proof.engine))
            .help("verify it with a gatos of that engine: `gatos --version` tells which one it is"));
    }
    check_policy(project, proof)?;
    let program = toolchain::program_of(&checkpoint.files.program, "program.elc")?;
    let program = Loaded { program, map: None, files: Vec::new() };

    let bar = out.progress("verifying", Some(proof.usage.events));
    let recomputed = recompute(project, proof, &cut, &program, &trust, &bar);
    bar.finish_and_clear();
    let Finished { proof: again, state, artifacts } = recomputed?;

    if checkpoint.files.state != state {
        let stored_root = blake3(&checkpoint.files.state);
        let what = match stored_root == proof.state_root {
            true => format!("the proof says {}, recomputing gives {}", proof.state_root, again.state_root),
            false => format!("state.json hashes to {stored_root}, the signed proof says {}", proof.state_root),
        };
        let mut failure = differs("state_root", what);
        failure.notes.extend(difference("state", &checkpoint.files.state, &state));
        return Err(failure);
    }
    for (path, bytes) in &artifacts {
        match checkpoint.files.artifacts.get(path) {
            Some(there) if there == bytes => {}
            Some(there) => {
                let mut failure = differs("artifact", format!("{path} is not what `emit` gives"));
                failure.notes.extend(difference(path, there, bytes));
                return Err(failure);
            }
            None => return Err(differs("artifact", format!("{path} is missing from the commit"))),
        }
    }
    if let Some(path) = checkpoint.files.artifacts.keys().find(|path| !artifacts.contains_key(*path)) {
        return Err(differs("artifact", format!("{path} is in the commit and `emit` does not give it")));
    }
    let differences = proof.differences(&again);
    if let Some(first) = differences.first() {
        let mut failure = differs("proof", first.to_string());
        failure.notes.extend(differences.iter().skip(1).take(5).map(ToString::to_string));
        return Err(failure);
    }
    if again.ulid != proof.ulid {
        return Err(differs("proof", format!("its ulid is {}, its content makes {}", proof.ulid, again.ulid)));
    }
    let newer = newer_commits(project, &proof.ns, &cut)?;
    Ok(Holds { proof: proof.clone(), newer, took: started.elapsed() })
}

/// The policy that a proof names must once have been in force, as far as this repository knows policies.
fn check_policy(project: &Project, proof: &FoldProof) -> Result<()> {
    let Some(root) = proof.policy_root else { return Ok(()) };
    let history = install::history(&project.store).map_err(crate::gate::install_failure)?;
    let Some(there) = history.iter().find(|activation| activation.policy_root == root) else {
        return match history.is_empty() {
            true => Ok(()),
            false => {
                Err(differs("policy_root", format!("the signed proof names {root}, which was never in force here"))
                    .help("fetch refs/gatos/policies/* from where the checkpoint was made"))
            }
        };
    };
    match proof.policy_code_root == Some(there.policy_code_root) {
        true => Ok(()),
        false => Err(differs("policy_code_root", format!("the code of {root} is {}", there.policy_code_root))),
    }
}

/// The commits that journals of the namespace hold beyond a cut.
fn newer_commits(project: &Project, ns: &Namespace, cut: &Cut) -> Result<Vec<(String, u64)>> {
    use gatos_ledger_core::ports::Snapshots;
    let store = &project.store;
    let mut newer = Vec::new();
    for (journal, head) in plane::journals(store, ns)? {
        let until = cut.get(&journal);
        let (mut at, mut count) = (Some(head), 0u64);
        while let Some(commit) = at.filter(|commit| Some(commit) != until) {
            count += 1;
            at = store.read_commit(&commit)?.parents.first().copied();
        }
        if count > 0 {
            newer.push((journal.ref_name(), count));
        }
    }
    Ok(newer)
}

fn recompute(
    project: &Project,
    proof: &FoldProof,
    cut: &Cut,
    program: &Loaded,
    trust: &TrustGraph,
    bar: &indicatif::ProgressBar,
) -> Result<Finished> {
    let store = &project.store;
    check_contained(project, cut, trust)?;
    let limits = machine_limits(proof.limits);
    let mut run = Run::start(program, limits).map_err(recompute_differs)?;
    let events = plane::read_cut(store, cut, None).map_err(|e| recompute_differs(e.into()))?;
    run.events(events, trust, bar).map_err(recompute_differs)?;
    // The policy is no input of the fold: what is recorded is checked against the history of policies instead.
    let roots = PolicyRoots { policy: proof.policy_root, code: proof.policy_code_root };
    run.finish(&proof.ns, proof.channel.as_ref(), &proof.actor, cut, limits, roots).map_err(recompute_differs)
}

/// Every commit of the cut must still be part of its journal: otherwise history was rewritten,
/// and what the journal holds now tells where.
fn check_contained(project: &Project, cut: &Cut, trust: &TrustGraph) -> Result<()> {
    let store = &project.store;
    for (journal, commit) in cut.iter() {
        let name = journal.ref_name();
        let Some(head) = store.get_ref(&name)? else {
            return Err(differs("inputs", format!("the journal {name} is not here"))
                .help("fetch it: `git fetch origin 'refs/gatos/*:refs/gatos/*' '^refs/gatos/audit/*'`"));
        };
        if head == *commit {
            continue;
        }
        match store.read_events(journal, Some(commit), &head) {
            Ok(_) => continue,
            Err(ReadError::Store(e)) => return Err(e.into()),
            Err(ReadError::Fault(_)) => {}
        }
        let rewritten = format!(
            "{name} no longer holds commit {commit}, which the checkpoint was made from: its history was rewritten"
        );
        // Which event it is that was changed, the journal itself can often tell.
        let first_bad = (|| -> Result<()> {
            for recorded in store.read_events(journal, None, &head)? {
                plane::check_signature(trust, &recorded?).map_err(ReadError::from)?;
            }
            Ok(())
        })();
        return Err(match first_bad {
            Err(failure) => recompute_differs(failure).note(rewritten),
            Ok(()) => differs("inputs", rewritten)
                .note("every event it holds now is signed and in order")
                .help("compare the journal with another clone's before trusting either"),
        });
    }
    Ok(())
}

/// The first trailer that does not say what the proof says, and how.
fn trailer_difference(found: &Trailers, proof: &FoldProof) -> Option<(&'static str, String)> {
    let said = trailers(proof);
    for ((name, found), (_, expected)) in found.pairs().into_iter().zip(said.pairs()) {
        // What the engine id is made of; another engine is a finding of its own.
        let of_engine = matches!(name, "Fold-Version" | "Fold-Math" | "Fold-RNG") && proof.engine != ENGINE_ID;
        if found != expected && !of_engine {
            return Some((name, format!("trailer `{name}` says {found}, the signed proof says {expected}")));
        }
    }
    None
}

/// What of a checkpoint contradicts itself: its files, trailers and proof compared with each
/// other, without recomputing anything. `None` when all agree.
pub fn contradiction(checkpoint: &Checkpoint, trust: &TrustGraph) -> Option<String> {
    let proof = &checkpoint.proof.proof;
    let files = &checkpoint.files;
    if let Err(e) = checkpoint.proof.check_signature(trust) {
        return Some(e.to_string());
    }
    if let Some((_, how)) = trailer_difference(&checkpoint.trailers, proof) {
        return Some(how);
    }
    let hashes = [
        ("state.json", blake3(&files.state).to_string(), proof.state_root.to_string()),
        ("inputs.json", blake3(&files.inputs).to_string(), proof.inputs_root.to_string()),
        ("program.elc", gatos_canon::sha256(&files.program).to_string(), proof.fold_root.to_string()),
    ];
    for (name, found, expected) in hashes {
        if found != expected {
            return Some(format!("{name} hashes to {found}, the signed proof says {expected}"));
        }
    }
    for (path, expected) in &proof.artifacts {
        match files.artifacts.get(path).map(|bytes| blake3(bytes)) {
            Some(found) if found == *expected => {}
            Some(found) => {
                return Some(format!("artifact {path} hashes to {found}, the signed proof says {expected}"));
            }
            None => return Some(format!("artifact {path} is in the signed proof and not in the commit")),
        }
    }
    let extra = files.artifacts.keys().find(|path| !proof.artifacts.contains_key(*path));
    extra.map(|path| format!("artifact {path} is in the commit and not in the signed proof"))
}

/// A journal that no longer holds the commit that a checkpoint was made from.
pub struct Missing {
    /// The journal.
    pub journal: JournalId,
    /// The commit that is not in it.
    pub commit: CommitId,
    /// Whether the journal itself is still here.
    pub journal_is_here: bool,
}

/// The first journal that does not hold all that a cut says it held.
///
/// # Errors
/// When a journal cannot be read, or is damaged where it was added to.
pub fn missing_from_journals(project: &Project, cut: &Cut) -> Result<Option<Missing>> {
    let store = &project.store;
    for (journal, commit) in cut.iter() {
        let missing = |journal_is_here| Missing { journal: journal.clone(), commit: *commit, journal_is_here };
        let Some(head) = store.get_ref(&journal.ref_name())? else { return Ok(Some(missing(false))) };
        if head == *commit {
            continue;
        }
        match store.read_events(journal, Some(commit), &head) {
            Ok(_) => {}
            Err(ReadError::Fault(fault)) if matches!(fault.breach, Breach::Foreign { .. }) => {
                return Ok(Some(missing(true)));
            }
            Err(e) => return Err(e.into()),
        }
    }
    Ok(None)
}

fn differs(what: &str, how: String) -> Failure {
    Failure::no(format!("{what} differs: {how}"))
}

/// A failure while recomputing, by what it shows to be otherwise than recorded.
fn recompute_differs(mut failure: Failure) -> Failure {
    if failure.exit != crate::failure::Exit::No {
        return failure;
    }
    match failure.about {
        About::Other => failure.what = format!("event differs: {}", failure.what),
        About::Program => {
            failure.what = format!("result differs: the proof has a result, and recomputing fails: {}", failure.what);
        }
        About::Limit => {
            failure.what =
                format!("limits differ: under the limits in the proof the fold has no result: {}", failure.what);
            failure.help.clear();
        }
    }
    failure
}

/// Reads a checkpoint commit.
///
/// # Errors
/// When it is none.
pub fn read(project: &Project, commit: &CommitId) -> Result<StoredCheckpoint> {
    read_checkpoint(&project.store, commit).map_err(|e| match e {
        CheckpointError::Store(e) => e.into(),
        other => Failure::no(other.to_string()).help("`gatos state list` shows the checkpoints there are"),
    })
}

/// The commit that a ref, a namespace (with channel), a state root or any revision stands for.
///
/// # Errors
/// When there is no such commit.
pub fn find(project: &Project, text: &str) -> Result<CommitId> {
    let root = text.strip_prefix("blake3:").unwrap_or(text);
    if root.len() == 64 && root.bytes().all(|b| b.is_ascii_hexdigit()) {
        return find_by_root(project, &format!("blake3:{}", root.to_ascii_lowercase()));
    }
    if text.starts_with("blake3:") {
        return Err(Failure::usage(format!("{text} is not a state_root: 64 hex digits follow `blake3:`")));
    }
    // `refs/gatos/state/commits~2` and the like: first the name, then the way back from it.
    let (name, back) = text.split_at(text.find(['~', '^']).unwrap_or(text.len()));
    let state = match parse_target(name) {
        Ok((ns, channel)) => project.store.get_ref(&state_ref(&ns, channel.as_ref()))?,
        Err(_) => None,
    };
    let commit = match state {
        Some(commit) => Ok(commit),
        None => project.store.resolve(name),
    };
    let commit = match (commit, back) {
        (Ok(commit), "") => Ok(commit),
        (Ok(commit), back) => project.store.resolve(&format!("{commit}{back}")),
        (Err(e), _) => Err(e),
    };
    commit.map_err(|e| match e {
        StoreError::Missing { .. } => {
            let failure = Failure::input(format!("there is no checkpoint or commit {text}"));
            match state_refs(project) {
                Ok(refs) if !refs.is_empty() => failure.note(format!("checkpoints are on {}", refs.join(", "))),
                _ => failure.help("`gatos fold NS --program FILE` makes a checkpoint"),
            }
        }
        e => e.into(),
    })
}

/// The names of all state refs.
///
/// # Errors
/// When refs cannot be listed.
pub fn state_refs(project: &Project) -> Result<Vec<String>> {
    Ok(project.store.list_refs(STATE_PREFIX)?.into_iter().map(|(name, _)| name).collect())
}

fn find_by_root(project: &Project, root: &str) -> Result<CommitId> {
    use gatos_ledger_core::ports::Snapshots;
    let wanted = format!("State-Root: {root}");
    for (_, head) in project.store.list_refs(STATE_PREFIX)? {
        let mut at = Some(head);
        while let Some(commit) = at {
            let info = project.store.read_commit(&commit)?;
            if info.message.lines().any(|line| line == wanted) {
                return Ok(commit);
            }
            at = info.parents.first().copied();
        }
    }
    Err(Failure::input(format!("no checkpoint has the state_root {root}"))
        .help("`gatos state list` shows the newest ones"))
}

/// A short list of the paths in which two JSON texts of a name differ.
pub fn difference(name: &str, recorded: &[u8], recomputed: &[u8]) -> Vec<String> {
    const SHOWN: usize = 8;
    let (a, b) = match (leaves(recorded), leaves(recomputed)) {
        (Ok(a), Ok(b)) => (a, b),
        (Err(e), _) => return vec![format!("what is recorded is not JSON: {e}")],
        (_, Err(e)) => return vec![format!("what was recomputed is not JSON: {e}")],
    };
    let mut out = Vec::new();
    let mut total = 0usize;
    let paths = a.keys().chain(b.keys().filter(|path| !a.contains_key(*path)));
    for path in paths {
        let line = match (a.get(path), b.get(path)) {
            (Some(x), Some(y)) if x == y => continue,
            (Some(x), Some(y)) => format!("{name}{path}: recorded {}, recomputed {}", short(x), short(y)),
            (Some(x), None) => format!("{name}{path}: recorded {}, recomputed nothing", short(x)),
            (None, Some(y)) => format!("{name}{path}: recorded nothing, recomputed {}", short(y)),
            (None, None) => continue,
        };
        total += 1;
        if out.len() < SHOWN {
            out.push(line);
        }
    }
    if total == 0 {
        out.push("the values are the same and only their spelling differs: the bytes are not canonical".to_owned());
    } else if total > SHOWN {
        out.push(format!("and {} more", total - SHOWN));
    }
    out
}

fn short(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// Every leaf of a JSON text by its path. Numbers stay text: 1 and 1.0 are not the same state.
fn leaves(json: &[u8]) -> std::result::Result<BTreeMap<String, String>, String> {
    enum Level {
        Array(u64),
        Object,
    }
    let mut reader = Reader::new(json).map_err(|e| e.to_string())?;
    let mut out = BTreeMap::new();
    let mut levels: Vec<(Level, usize, usize)> = Vec::new();
    let mut path = String::new();
    while let Some(event) = reader.next().map_err(|e| e.to_string())? {
        // An array's items have no key event of their own.
        let is_value = !matches!(event, Event::Key(_) | Event::ArrayEnd | Event::ObjectEnd);
        if is_value && let Some((Level::Array(n), at, _)) = levels.last_mut() {
            *n += 1;
            path.truncate(*at);
            path.push_str(&format!("[{n}]"));
        }
        let leaf = match event {
            Event::Null => "null".to_owned(),
            Event::Bool(b) => b.to_string(),
            Event::Number(text) => text.to_owned(),
            Event::Text(text) => quoted(&text),
            Event::Key(key) => {
                if let Some((_, at, _)) = levels.last() {
                    path.truncate(*at);
                }
                let plain = !key.is_empty()
                    && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
                    && !key.starts_with(|c: char| c.is_ascii_digit());
                path.push_str(&if plain { format!(".{key}") } else { format!("[{}]", quoted(&key)) });
                continue;
            }
            Event::ArrayStart => {
                levels.push((Level::Array(0), path.len(), out.len()));
                continue;
            }
            Event::ObjectStart => {
                levels.push((Level::Object, path.len(), out.len()));
                continue;
            }
            Event::ArrayEnd | Event::ObjectEnd => {
                if let Some((level, at, before)) = levels.pop() {
                    path.truncate(at);
                    if out.len() == before {
                        let empty = if matches!(level, Level::Array(_)) { "[]" } else { "{}" };
                        out.insert(path.clone(), empty.to_owned());
                    }
                }
                continue;
            }
        };
        out.insert(path.clone(), leaf);
    }
    Ok(out)
}

fn quoted(text: &str) -> String {
    Value::Text(text.to_owned()).to_json_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diff(a: &str, b: &str) -> Vec<String> {
        difference("state", a.as_bytes(), b.as_bytes())
    }

    #[test]
    fn paths_are_named_as_a_program_would() {
        assert_eq!(
            diff(r#"{"a":{"b c":[1,{"x":2}]}}"#, r#"{"a":{"b c":[1,{"x":3}]}}"#),
            [r#"state.a["b c"][2].x: recorded 2, recomputed 3"#]
        );
    }

    #[test]
    fn what_is_missing_or_empty_is_told() {
        assert_eq!(
            diff(r#"{"a":1,"l":[]}"#, r#"{"b":1,"l":{}}"#),
            [
                "state.a: recorded 1, recomputed nothing",
                "state.l: recorded [], recomputed {}",
                "state.b: recorded nothing, recomputed 1",
            ]
        );
    }

    #[test]
    fn spelling_alone_and_garbage_are_told_apart() {
        assert!(diff("{ }", "{}")[0].contains("spelling"));
        assert!(diff("{", "{}")[0].contains("not JSON"));
    }

    #[test]
    fn long_lists_are_cut() {
        let list = |n: i32| format!("[{}]", (0..40).map(|i| (i * n).to_string()).collect::<Vec<_>>().join(","));
        let lines = diff(&list(1), &list(2));
        assert_eq!(lines.len(), 9);
        assert_eq!(lines[8], "and 31 more");
    }
}
