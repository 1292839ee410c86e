//! The files that are known, and snapshots of them. A snapshot never changes, so any number of
//! questions can be answered at once while the text goes on changing; what was computed about a
//! file that did not change is found again in the next snapshot.

use crate::{lua, rgs};
use gatos_compiler::LintConfig;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A file, as long as its path is known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct FileId(pub u32);

/// The languages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Language {
    /// EchoLua.
    EchoLua,
    /// Policies.
    Rgs,
}

/// Set when nobody waits for the answer any more.
#[derive(Clone, Default, Debug)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// One that is not set.
    pub fn new() -> Cancel {
        Cancel::default()
    }

    /// Sets it.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it is set. Long work asks now and then.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A file at one moment.
#[derive(Debug)]
pub struct File {
    /// Its id.
    pub id: FileId,
    /// Its path: absolute, with slashes.
    pub path: Arc<str>,
    /// Its language.
    pub language: Language,
    /// Its text.
    pub text: Arc<str>,
    /// Never the same for two texts in the life of a host.
    pub stamp: u64,
    /// Whether an editor has it open.
    pub is_open: bool,
    /// What is remembered about it as EchoLua.
    pub(crate) lua: lua::Memo,
    /// What is remembered about it as a policy.
    pub(crate) rgs: rgs::Memo,
    /// What is remembered of it at `HEAD`.
    pub(crate) live: crate::live::Memo,
    /// Set when its path is forgotten: what is still computed about it is not kept.
    gone: AtomicBool,
}

impl File {
    /// Whether its path was forgotten.
    pub(crate) fn is_gone(&self) -> bool {
        self.gone.load(Ordering::SeqCst)
    }
}

/// A project: the folder that holds `gatos/`, or a folder that the editor opened.
#[derive(Debug)]
pub struct Root {
    /// Its path: absolute, with slashes, no slash at the end.
    pub path: Arc<str>,
    /// Its lint configuration.
    pub lints: LintConfig,
    /// The width that its files are formatted to.
    pub width: usize,
}

/// The text of a file that is not a program: events, inputs, data of policies.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pin {
    /// The policy input, as JSON.
    pub json: Arc<str>,
    /// Where it came from, for people: a file's path, `event 01…`, `denial 01…`.
    pub from: String,
}

#[derive(Clone, Default, Debug)]
struct State {
    files: BTreeMap<FileId, Arc<File>>,
    paths: BTreeMap<Arc<str>, FileId>,
    roots: Vec<Arc<Root>>,
    /// Documents of `data` by path of their file.
    data: BTreeMap<Arc<str>, Arc<str>>,
    /// The pinned input of each root path.
    pins: BTreeMap<Arc<str>, Pin>,
    bundles: Arc<rgs::Bundles>,
    lua: Arc<lua::Shared>,
    /// What is known of the events of each root path.
    samples: BTreeMap<Arc<str>, Arc<gatos_analysis::Samples>>,
    revision: u64,
}

/// Everything that is known; it belongs to one thread, which hands out snapshots.
#[derive(Default, Debug)]
pub struct Host {
    state: Arc<State>,
    next: u32,
    stamp: u64,
}

impl Host {
    /// A host that knows nothing.
    pub fn new() -> Host {
        Host::default()
    }

    fn change(&mut self) -> &mut State {
        let state = Arc::make_mut(&mut self.state);
        state.revision += 1;
        state
    }

    /// Sets a file's text; a new path is a new file.
    pub fn set(&mut self, path: &str, language: Language, text: &str, is_open: bool) -> FileId {
        self.stamp += 1;
        let stamp = self.stamp;
        let id = match self.state.paths.get(path) {
            Some(id) => *id,
            None => {
                self.next += 1;
                FileId(self.next - 1)
            }
        };
        let path: Arc<str> = Arc::from(path);
        let state = self.change();
        state.paths.insert(path.clone(), id);
        let file = File {
            id,
            path,
            language,
            text: Arc::from(text),
            stamp,
            is_open,
            lua: lua::Memo::default(),
            rgs: rgs::Memo::default(),
            live: crate::live::Memo::default(),
            gone: AtomicBool::new(false),
        };
        state.lua.set_open(id, is_open);
        state.files.insert(id, Arc::new(file));
        id
    }

    /// Forgets a file.
    pub fn remove(&mut self, path: &str) {
        let state = self.change();
        if let Some(id) = state.paths.remove(path) {
            if let Some(file) = state.files.remove(&id) {
                // First the mark, then the freeing: who keeps something in between sees the mark.
                file.gone.store(true, Ordering::SeqCst);
            }
            state.lua.set_open(id, false);
            state.bundles.drop_file(id);
        }
    }

    /// Sets the projects.
    pub fn set_roots(&mut self, mut roots: Vec<Root>) {
        // The innermost root of a file is found first.
        roots.sort_by(|a, b| b.path.len().cmp(&a.path.len()).then_with(|| a.path.cmp(&b.path)));
        self.change().roots = roots.into_iter().map(Arc::new).collect();
    }

    /// Sets or forgets a data document of policies: a `.json` file below `gatos/policies`.
    pub fn set_data(&mut self, path: &str, json: Option<&str>) {
        let state = self.change();
        match json {
            Some(json) => _ = state.data.insert(Arc::from(path), Arc::from(json)),
            None => _ = state.data.remove(path),
        }
    }

    /// Pins the input that policies of a root are shown with, or takes it off.
    pub fn set_pin(&mut self, root: &str, pin: Option<Pin>) {
        let state = self.change();
        match pin {
            Some(pin) => _ = state.pins.insert(Arc::from(root), pin),
            None => _ = state.pins.remove(root),
        }
    }

    /// Sets what is known of the events of a root, from its journals: fields of payloads are completed and
    /// typed by it. Nothing forgets it.
    pub fn set_samples(&mut self, root: &str, samples: Option<gatos_analysis::Samples>) {
        let state = self.change();
        match samples {
            Some(samples) => _ = state.samples.insert(Arc::from(root), Arc::new(samples)),
            None => _ = state.samples.remove(root),
        }
    }

    /// The file at a path.
    pub fn file(&self, path: &str) -> Option<FileId> {
        self.state.paths.get(path).copied()
    }

    /// What is known now.
    pub fn snapshot(&self, cancel: Cancel) -> Snapshot {
        Snapshot { state: self.state.clone(), cancel }
    }
}

/// What was known at one moment, and the token by which the one who asked may give up.
#[derive(Clone, Debug)]
pub struct Snapshot {
    state: Arc<State>,
    cancel: Cancel,
}

impl Snapshot {
    /// The file, when it is known.
    pub fn file(&self, id: FileId) -> Option<&Arc<File>> {
        self.state.files.get(&id)
    }

    /// The file at a path.
    pub fn at(&self, path: &str) -> Option<&Arc<File>> {
        self.state.files.get(self.state.paths.get(path)?)
    }

    /// All files, in order of id.
    pub fn files(&self) -> impl Iterator<Item = &Arc<File>> {
        self.state.files.values()
    }

    /// Files at or below a folder (no slash at the end), in order of path.
    pub fn below<'s>(&'s self, folder: &str) -> impl Iterator<Item = &'s Arc<File>> {
        let from = format!("{folder}/");
        self.state
            .paths
            .range::<str, _>((std::ops::Bound::Included(from.as_str()), std::ops::Bound::Unbounded))
            .map(|(path, id)| (path.clone(), id))
            .collect::<Vec<_>>()
            .into_iter()
            .take_while(move |(path, _)| path.starts_with(&from))
            .filter_map(|(_, id)| self.state.files.get(id))
    }

    /// The innermost root that holds a path.
    pub fn root_of(&self, path: &str) -> Option<&Arc<Root>> {
        self.state.roots.iter().find(|r| path.strip_prefix(&*r.path).is_some_and(|rest| rest.starts_with('/')))
    }

    /// All roots, inner ones first.
    pub fn roots(&self) -> &[Arc<Root>] {
        &self.state.roots
    }

    /// Data documents below a folder: path and JSON text, in order of path.
    pub fn data_below(&self, folder: &str) -> Vec<(Arc<str>, Arc<str>)> {
        let from = format!("{folder}/");
        let all = self.state.data.iter().filter(|(path, _)| path.starts_with(&from));
        all.map(|(path, json)| (path.clone(), json.clone())).collect()
    }

    /// The input that policies of a root are shown with.
    pub fn pin(&self, root: &str) -> Option<&Pin> {
        self.state.pins.get(root)
    }

    /// What is remembered about policies that are compiled together.
    pub(crate) fn bundles(&self) -> &rgs::Bundles {
        &self.state.bundles
    }

    /// What is known of the events of a root.
    pub fn samples(&self, root: &str) -> Option<&Arc<gatos_analysis::Samples>> {
        self.state.samples.get(root)
    }

    /// What is remembered about EchoLua files together.
    pub(crate) fn lua_shared(&self) -> &lua::Shared {
        &self.state.lua
    }

    /// Grows with each change.
    pub fn revision(&self) -> u64 {
        self.state.revision
    }

    /// Whether nobody waits any more.
    pub fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// The token.
    pub fn cancel(&self) -> &Cancel {
        &self.cancel
    }

    /// Frees what is remembered about a file beyond what the workspace needs (symbols, names): for files that
    /// no editor has open.
    pub fn forget(&self, id: FileId) {
        if let Some(file) = self.file(id) {
            file.lua.forget();
            file.rgs.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file's memory and the programs that were made of it, after everything was asked.
    fn asked(host: &Host, path: &str) -> (Snapshot, std::sync::Weak<File>) {
        let snapshot = host.snapshot(Cancel::new());
        let file = snapshot.at(path).cloned().unwrap_or_else(|| panic!("{path}"));
        crate::diagnostics(&snapshot, &file);
        crate::hover(&snapshot, &file, 0);
        crate::symbols(&snapshot, &file);
        (snapshot, Arc::downgrade(&file))
    }

    #[test]
    fn nothing_of_a_file_that_is_gone_is_kept() {
        let policy = "package a\n\nrule r { deny when false }\n";
        for (path, language, text) in [
            ("/p/gatos/folds/a.lua", Language::EchoLua, "local M = {}\nfunction M.f(x) return x end\nreturn M\n"),
            ("/p/a.rgs", Language::Rgs, policy),
        ] {
            let mut host = Host::new();
            host.set(path, language, text, true);
            let (snapshot, file) = asked(&host, path);
            assert!(file.upgrade().is_some());
            host.remove(path);
            drop(snapshot);
            assert!(file.upgrade().is_none(), "{path}");
            // A question that began before and ends after it.
            host.set(path, language, text, true);
            let late = host.snapshot(Cancel::new());
            let id = host.file(path).unwrap_or_else(|| panic!("{path}"));
            host.remove(path);
            let file = late.file(id).cloned().unwrap_or_else(|| panic!("{path}"));
            crate::diagnostics(&late, &file);
            let weak = Arc::downgrade(&file);
            assert!(!crate::lua::is_recent_kept(&late, &file));
            drop((late, file));
            assert!(weak.upgrade().is_none(), "{path}");
        }
    }

    #[test]
    fn a_closed_file_keeps_no_analysis_of_its_open_text() {
        let mut host = Host::new();
        let path = "/p/gatos/folds/a.lua";
        host.set(path, Language::EchoLua, "return 1", true);
        let (snapshot, old) = asked(&host, path);
        let file = snapshot.at(path).cloned().unwrap_or_else(|| panic!("{path}"));
        assert!(crate::lua::is_recent_kept(&snapshot, &file));
        host.set(path, Language::EchoLua, "return 1", false);
        assert!(!crate::lua::is_recent_kept(&snapshot, &file));
        drop((snapshot, file));
        assert!(old.upgrade().is_none());
    }
}
