//! What the language server asks of the world: the repository around a file, its newest events, the text at
//! `HEAD`, limits, refusals on record; and a project's settings, with what is wrong with their files.
//!
//! Repositories are opened for each question: they may appear, change and go while an editor is open, and a
//! question is asked seldom.

use std::collections::BinaryHeap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use gatos_analysis::{Data, Samples};
use gatos_fmt::Style;
use gatos_ide::world::{Event, Journal, World};
use gatos_ide::{Cancel, CommandResult, Root};
use gatos_ledger_core::authority;
use gatos_ledger_core::checkpoint::STATE_FILE;
use gatos_ledger_core::model::{JournalId, Namespace, state_ref};
use gatos_ledger_core::plane;
use gatos_ledger_core::ports::{Journals, RecordedEvent, Refs, Snapshots, StoreError};
use gatos_ledger_core::rules::OrderKey;
use gatos_ledger_git::GitStore;
use gatos_lsp::{Settings, Trouble, slashed};
use gatos_policy::audit;
use gatos_policy::model::Context;
use gatos_vm::Limits;

use crate::cli;
use crate::failure::Failure;
use crate::input;
use crate::profile::{PROFILE_PATH, Profile};
use crate::project::Project;
use crate::toolchain::{self, LINT_PATH};

/// How many of the newest events of a namespace say what events look like.
const SAMPLED_EVENTS: usize = 64;
/// How many namespaces are asked.
const MOST_NAMESPACES: usize = 16;

/// The world that `gatos lsp` runs in.
pub struct Repositories {
    start: Instant,
}

impl Default for Repositories {
    fn default() -> Repositories {
        Repositories { start: Instant::now() }
    }
}

/// A failure in one line.
fn words(failure: &Failure) -> String {
    let mut text = failure.what.clone();
    for note in failure.notes.iter().chain(failure.help.first()) {
        text.push_str("; ");
        text.push_str(note);
    }
    text
}

fn told(e: impl std::fmt::Display) -> String {
    e.to_string()
}

/// The nearest folder at or above a path that is there: a file may not be saved yet.
fn folder_of(path: &str) -> Option<PathBuf> {
    let path = Path::new(path);
    if !path.is_absolute() {
        return None;
    }
    path.ancestors().find(|folder| folder.is_dir()).map(Path::to_path_buf)
}

/// The repository around a file; none when there is none.
fn around(path: &str) -> Result<Option<Project>, String> {
    let Some(folder) = folder_of(path) else { return Ok(None) };
    match GitStore::discover(&folder) {
        Ok(store) => Ok(Some(Project::of(store))),
        Err(StoreError::Missing { .. }) => Ok(None),
        Err(e) => Err(told(e)),
    }
}

/// A file's path in its repository's working tree; none when it lies outside.
fn in_tree(project: &Project, path: &str) -> Option<String> {
    let top = project.top()?.canonicalize().ok()?;
    // The file may be gone, or not be there yet: what is there of its path is what links may be in.
    let folder = folder_of(path)?;
    let rest = Path::new(path).strip_prefix(&folder).ok()?.to_path_buf();
    let inside = folder.canonicalize().ok()?.join(rest).strip_prefix(&top).ok()?.to_path_buf();
    Some(slashed(&inside))
}

/// An event that waits to be taken from its journal's end; the newest is taken first.
struct Waiting {
    key: OrderKey,
    journal: JournalId,
    event: RecordedEvent,
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Waiting) -> bool {
        self.key == other.key
    }
}

impl Eq for Waiting {}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Waiting) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Waiting) -> std::cmp::Ordering {
        self.key.cmp(&other.key)
    }
}

/// The newest events of a namespace, newest first: journals are walked from their ends, each only as far as needed.
fn newest_first(store: &GitStore, ns: &Namespace, most: usize, cancel: &Cancel) -> Result<Vec<RecordedEvent>, String> {
    let mut waiting: BinaryHeap<Waiting> = BinaryHeap::new();
    let wait = |journal: JournalId, event: RecordedEvent| {
        let key = OrderKey::new(event.event.header.ulid, &event.event.cid);
        Waiting { key, journal, event }
    };
    for (journal, commit) in plane::journals(store, ns).map_err(told)? {
        let event = store.read_event(&journal, &commit).map_err(told)?;
        waiting.push(wait(journal, event));
    }
    let mut out = Vec::new();
    while out.len() < most {
        if cancel.is_cancelled() {
            return Err("cancelled".to_owned());
        }
        let Some(Waiting { journal, event, .. }) = waiting.pop() else { break };
        let parents = store.read_commit(&event.commit).map_err(told)?.parents;
        if let Some(parent) = parents.first() {
            let before = store.read_event(&journal, parent).map_err(told)?;
            waiting.push(wait(journal, before));
        }
        out.push(event);
    }
    Ok(out)
}

impl World for Repositories {
    fn at_head(&self, path: &str) -> Result<Option<String>, String> {
        let Some(project) = around(path)? else { return Ok(None) };
        let Some(inside) = in_tree(&project, path) else { return Ok(None) };
        let head = match project.store.resolve("HEAD") {
            Ok(head) => head,
            // A repository before its first commit.
            Err(StoreError::Missing { .. }) => return Ok(None),
            Err(e) => return Err(told(e)),
        };
        let bytes = project.store.read_file(&head, &inside).map_err(told)?;
        // Bytes that are no text are no program.
        Ok(bytes.and_then(|bytes| String::from_utf8(bytes).ok()))
    }

    fn journals(&self, path: &str) -> Result<Vec<Journal>, String> {
        let Some(project) = around(path)? else { return Ok(Vec::new()) };
        let names = plane::namespaces(&project.store).map_err(told)?;
        Ok(names.into_iter().map(|ns| Journal { namespace: ns.to_string(), events: None }).collect())
    }

    fn newest(&self, path: &str, namespace: &str, most: usize, cancel: &Cancel) -> Result<Vec<Event>, String> {
        let Some(project) = around(path)? else { return Ok(Vec::new()) };
        let ns = Namespace::parse(namespace).map_err(told)?;
        let mut events = newest_first(&project.store, &ns, most, cancel)?;
        events.reverse();
        let event = |recorded: RecordedEvent| Event {
            ulid: recorded.event.header.ulid.to_string(),
            cid: recorded.event.cid.to_string(),
            kind: recorded.event.header.event_type.as_str().to_owned(),
            actor: recorded.event.header.actor.to_string(),
            envelope: Arc::from(recorded.event.bytes),
        };
        Ok(events.into_iter().map(event).collect())
    }

    fn limits(&self, path: &str) -> Result<Limits, String> {
        match around(path)? {
            Some(project) => project.limits().map_err(|e| words(&e)),
            None => {
                let folder = folder_of(path).unwrap_or_default();
                Ok(Profile::around(&folder).map_err(|e| words(&e))?.limits.limits())
            }
        }
    }

    fn state(&self, path: &str, namespace: &str) -> Result<Option<String>, String> {
        let Some(project) = around(path)? else { return Ok(None) };
        let ns = Namespace::parse(namespace).map_err(told)?;
        let Some(commit) = project.store.get_ref(&state_ref(&ns, None)).map_err(told)? else { return Ok(None) };
        let bytes = project.store.read_file(&commit, STATE_FILE).map_err(told)?;
        bytes.map(|bytes| String::from_utf8(bytes).map_err(|_| format!("the state of {ns} is not text"))).transpose()
    }

    fn denials(&self, path: &str, most: usize) -> Result<Vec<String>, String> {
        let Some(project) = around(path)? else { return Ok(Vec::new()) };
        let mut inputs = Vec::new();
        let walked = audit::walk(&project.store, &mut |denial| {
            if inputs.len() < most {
                inputs.push(String::from_utf8_lossy(&denial.input).into_owned());
            }
            Ok(inputs.len() < most)
        });
        walked.map_err(told)?;
        inputs.reverse();
        Ok(inputs)
    }

    fn context(&self, path: &str) -> Result<Option<Context>, String> {
        let Some(project) = around(path)? else { return Ok(None) };
        let profile = project.profile().map_err(|e| words(&e))?;
        // A trust graph that is not believed has no say here either.
        project.checked_trust().map_err(|e| words(&e))?;
        let trust = authority::read_trust(&project.store).map_err(told)?;
        let repository = vec![profile.repository.value.clone()];
        Ok(Some(Context::new(trust.graph, trust.grants, repository, profile.kind.value.as_str())))
    }

    fn run_fold_tests(
        &self,
        path: &str,
        name: Option<&str>,
        text: &dyn Fn(&str) -> Option<String>,
        cancel: &Cancel,
    ) -> Result<CommandResult, String> {
        let limits = self.limits(path)?;
        crate::fold_trial::for_editor(Path::new(path), name, limits, text, &|| cancel.is_cancelled())
    }

    fn read(&self, path: &str) -> Result<String, String> {
        let path = Path::new(path);
        if !path.is_absolute() {
            return Err(format!("{} is not the whole path of a file", path.display()));
        }
        input::read_text(path).map_err(|e| words(&e))
    }

    fn micros(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

/// The line that a message about a file names, from zero.
fn line_in(message: &str) -> u32 {
    let after = message.split_once("line ").map_or("", |(_, after)| after);
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    digits.parse::<u32>().map_or(0, |line| line.saturating_sub(1))
}

impl Settings for Repositories {
    fn root(&self, path: &str) -> (Root, Vec<Trouble>) {
        let top = Path::new(path);
        let mut troubles = Vec::new();
        let mut wrong = |file: &str, failure: &Failure| {
            let message = words(failure);
            let line = line_in(&message);
            troubles.push(Trouble { path: format!("{path}/{file}"), line, message, is_error: true });
        };
        let lints = toolchain::lint_config(&top.join(LINT_PATH), false);
        let lints = lints.inspect_err(|failure| wrong(LINT_PATH, failure)).unwrap_or_default();
        if let Err(failure) = Profile::at(top, crate::profile::Kind::Local) {
            wrong(PROFILE_PATH, &failure);
        }
        let width = cli::width_around(top).inspect_err(|failure| wrong(cli::FMT_PATH, failure));
        let width = width.ok().flatten().unwrap_or(Style::default().width);
        (Root { path: Arc::from(path), lints, width }, troubles)
    }

    fn samples(&self, path: &str, cancel: &Cancel) -> Result<Samples, String> {
        let Some(project) = around(path)? else { return Ok(Samples::default()) };
        let names = plane::namespaces(&project.store).map_err(told)?;
        let mut events = Vec::new();
        for ns in names.iter().take(MOST_NAMESPACES) {
            let newest = newest_first(&project.store, ns, SAMPLED_EVENTS, cancel)?;
            // An event that does not decode is the verifier's matter.
            let whole = newest.iter().filter_map(|recorded| recorded.event.decode().ok());
            events.extend(whole.filter_map(|event| Data::from_json(&event.view(None, None).to_json_string()).ok()));
        }
        Ok(Samples::of_events(&events))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_in_messages() {
        assert_eq!(line_in("lint.toml: TOML parse error at line 3, column 1"), 2);
        assert_eq!(line_in("rules.x: nothing like it"), 0);
        assert_eq!(line_in("line 99999999999999"), 0);
    }

    #[test]
    fn where_there_is_no_repository_there_is_nothing() {
        let folder = std::env::temp_dir().join(format!("gatos-nowhere-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap_or_else(|e| panic!("{e}"));
        let world = Repositories::default();
        let path = format!("{}/not/there/a.lua", slashed(&folder));
        // A temporary folder inside of some repository would find that one.
        if around(&path).is_ok_and(|project| project.is_none()) {
            assert_eq!(world.at_head(&path), Ok(None));
            assert_eq!(world.journals(&path), Ok(Vec::new()));
            assert_eq!(world.newest(&path, "shop", 10, &Cancel::new()), Ok(Vec::new()));
            assert_eq!(world.denials(&path, 3), Ok(Vec::new()));
            assert!(world.limits(&path).is_ok());
        }
        assert_eq!(world.at_head("untitled:Untitled-1"), Ok(None));
        let _ = std::fs::remove_dir_all(folder);
    }

    #[test]
    fn broken_settings_are_told_with_their_line() {
        let folder = std::env::temp_dir().join(format!("gatos-settings-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("gatos/config")).unwrap_or_else(|e| panic!("{e}"));
        std::fs::write(folder.join(LINT_PATH), "max_table_items = 10\n[rules]\nunused-local = deny\n")
            .unwrap_or_else(|e| panic!("{e}"));
        std::fs::write(folder.join(PROFILE_PATH), "profile: nothing-like-it\n").unwrap_or_else(|e| panic!("{e}"));
        let (root, troubles) = Repositories::default().root(&slashed(&folder));
        assert_eq!(&*root.path, slashed(&folder));
        let lines: Vec<(bool, u32)> = troubles.iter().map(|t| (t.path.ends_with(LINT_PATH), t.line)).collect();
        assert_eq!(lines, [(true, 2), (false, 0)], "{troubles:?}");
        let _ = std::fs::remove_dir_all(folder);
    }
}
