//! What the server knows: the host, the open documents, the folders, what is wrong with whole files. It lies behind
//! one lock that is held for moments only: disks are read and programs analysed outside of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use gatos_analysis::Samples;
use gatos_ide::{Cancel, Diagnostic, Host, Language, Pin, Root, Snapshot};
use tower_lsp::ls_types::{TextDocumentContentChangeEvent, Uri};

use crate::disk::{self, Kind, MAX_TEXT_BYTES, Stat, Trouble};
use crate::docs::Doc;
use crate::position::Encoding;
use crate::view::{Open, OpenDocs};

/// The state.
#[derive(Default)]
pub struct Core {
    /// The files.
    pub host: Host,
    /// Open documents by path.
    docs: BTreeMap<String, Doc>,
    /// The same, as views share it.
    open: OpenDocs,
    /// The folders that the client has open.
    pub folders: Vec<String>,
    /// Projects that are known besides those folders.
    projects: BTreeSet<String>,
    /// Files on disk that were read, and when they had been written.
    pub disk: BTreeMap<String, Stat>,
    /// Files that were looked for and are not there.
    absent: BTreeSet<String>,
    /// What is wrong with whole files.
    pub troubles: BTreeMap<String, Vec<Trouble>>,
    /// The modules that each fold requires, by path.
    requires: BTreeMap<String, BTreeSet<String>>,
    /// And who requires them.
    required_by: BTreeMap<String, BTreeSet<String>>,
    /// Grows for a path when its diagnostics may have become others.
    generations: BTreeMap<String, u64>,
    clock: u64,
}

/// A file that was read from disk.
pub struct Loaded {
    /// Its path.
    pub path: String,
    /// When it had been written.
    pub stat: Option<Stat>,
    /// Its text, or what is wrong with it; neither when it is gone.
    pub text: Result<String, Option<Trouble>>,
}

impl Core {
    /// What is known now.
    pub fn snapshot(&self, cancel: Cancel) -> (Snapshot, OpenDocs) {
        (self.host.snapshot(cancel), self.open.clone())
    }

    /// An open document.
    pub fn doc(&self, path: &str) -> Option<&Doc> {
        self.docs.get(path)
    }

    /// Paths of open documents.
    pub fn open_paths(&self) -> Vec<String> {
        self.docs.keys().cloned().collect()
    }

    /// How often a path's diagnostics may have changed.
    pub fn generation(&self, path: &str) -> u64 {
        self.generations.get(path).copied().unwrap_or(0)
    }

    fn share(&mut self, path: &str) {
        let open = Arc::make_mut(&mut self.open);
        match self.docs.get(path) {
            Some(doc) => {
                let shared = Open { uri: doc.uri.clone(), version: doc.version, lines: doc.lines.clone() };
                open.insert(path.to_owned(), shared);
            }
            None => _ = open.remove(path),
        }
    }

    /// A document is open from now on: its text counts, not the disk's. Says which other files may be judged anew.
    pub fn open(&mut self, path: &str, uri: Uri, language: &str, version: i32, text: String) -> BTreeSet<String> {
        self.docs.insert(path.to_owned(), Doc::new(uri, language.to_owned(), version, text));
        self.take_doc(path)
    }

    /// A document's text changes. None when it is not open.
    pub fn change(
        &mut self,
        path: &str,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
        encoding: Encoding,
    ) -> Option<(Vec<String>, BTreeSet<String>)> {
        let odd = self.docs.get_mut(path)?.apply(version, changes, encoding);
        Some((odd, self.take_doc(path)))
    }

    /// Puts an open document's text where questions see it.
    fn take_doc(&mut self, path: &str) -> BTreeSet<String> {
        self.share(path);
        let Some(doc) = self.docs.get(path) else { return BTreeSet::new() };
        let language = disk::language(path, &doc.text, Some(&doc.language));
        // A module of a marked fold says nothing of itself: being required is enough.
        let language = language.or_else(|| self.required_by.contains_key(path).then_some(Language::EchoLua));
        let large = doc.text.len() > MAX_TEXT_BYTES;
        let trouble = (large && language.is_some()).then(|| disk::too_large(path, doc.text.len() as u64));
        match language.filter(|_| !large) {
            Some(language) => {
                // The text is taken out for a moment, so that it is not copied.
                let text = self.docs.get_mut(path).map(|doc| std::mem::take(&mut doc.text)).unwrap_or_default();
                let affected = self.put(path, language, &text, true);
                if let Some(doc) = self.docs.get_mut(path) {
                    doc.text = text;
                }
                self.trouble(path, None);
                affected
            }
            None => {
                let affected = self.take_out(path);
                self.trouble(path, trouble);
                affected
            }
        }
    }

    /// A document is closed: what is on disk counts again, once it is read.
    pub fn close(&mut self, path: &str) -> bool {
        let was = self.docs.remove(path).is_some();
        self.share(path);
        was
    }

    fn trouble(&mut self, path: &str, trouble: Option<Trouble>) {
        match trouble {
            Some(trouble) => _ = self.troubles.insert(path.to_owned(), vec![trouble]),
            None => _ = self.troubles.remove(path),
        }
    }

    /// Sets a file's text, and tells what may be judged anew.
    fn put(&mut self, path: &str, language: Language, text: &str, is_open: bool) -> BTreeSet<String> {
        let same = {
            let snapshot = self.host.snapshot(Cancel::new());
            snapshot.at(path).is_some_and(|f| f.language == language && f.is_open == is_open && *f.text == *text)
        };
        if same {
            return BTreeSet::new();
        }
        self.host.set(path, language, text, is_open);
        let modules = match language {
            Language::EchoLua => disk::required(text),
            Language::Rgs => Vec::new(),
        };
        let modules: BTreeSet<String> = modules.iter().filter_map(|m| disk::module_path(path, m)).collect();
        self.link(path, modules);
        self.touched(path)
    }

    fn link(&mut self, path: &str, modules: BTreeSet<String>) {
        let before = self.requires.remove(path).unwrap_or_default();
        for gone in before.difference(&modules) {
            if let Some(users) = self.required_by.get_mut(gone) {
                users.remove(path);
                if users.is_empty() {
                    self.required_by.remove(gone);
                }
            }
        }
        for module in &modules {
            self.required_by.entry(module.clone()).or_default().insert(path.to_owned());
        }
        if !modules.is_empty() {
            self.requires.insert(path.to_owned(), modules);
        }
    }

    fn take_out(&mut self, path: &str) -> BTreeSet<String> {
        if self.host.file(path).is_none() {
            return BTreeSet::new();
        }
        let affected = self.touched(path);
        self.host.remove(path);
        self.link(path, BTreeSet::new());
        affected
    }

    /// Files whose diagnostics may change with those of `path`, itself included.
    fn touched(&mut self, path: &str) -> BTreeSet<String> {
        let mut affected = BTreeSet::from([path.to_owned()]);
        if path.ends_with(".rgs") || self.language_of(path) == Some(Language::Rgs) {
            affected.extend(self.bundle(path));
        } else {
            // Whoever requires it, and whoever requires those.
            let mut new = vec![path.to_owned()];
            while let Some(module) = new.pop() {
                for user in self.required_by.get(&module).into_iter().flatten() {
                    if affected.insert(user.clone()) {
                        new.push(user.clone());
                    }
                }
            }
        }
        self.bump(affected.iter());
        affected
    }

    fn bump<'p>(&mut self, paths: impl Iterator<Item = &'p String>) {
        self.clock += 1;
        for path in paths {
            self.generations.insert(path.clone(), self.clock);
        }
    }

    fn language_of(&self, path: &str) -> Option<Language> {
        self.host.snapshot(Cancel::new()).at(path).map(|file| file.language)
    }

    /// The policies that are compiled together with one.
    fn bundle(&self, path: &str) -> Vec<String> {
        let snapshot = self.host.snapshot(Cancel::new());
        let rgs = |file: &&Arc<gatos_ide::File>| file.language == Language::Rgs;
        let policies = disk::project_of(path).map(|root| format!("{root}/gatos/policies"));
        match policies.filter(|folder| path.starts_with(&format!("{folder}/"))) {
            Some(folder) => snapshot.below(&folder).filter(rgs).map(|f| f.path.to_string()).collect(),
            None => {
                let Some((folder, _)) = path.rsplit_once('/') else { return Vec::new() };
                let here = snapshot.below(folder).filter(rgs).map(|f| f.path.to_string());
                here.filter(|p| p.rsplit_once('/').is_some_and(|(f, _)| f == folder)).collect()
            }
        }
    }

    /// Takes in what was read from disk. Open documents keep their text.
    pub fn take_in(&mut self, loaded: Vec<Loaded>) -> BTreeSet<String> {
        let mut affected = BTreeSet::new();
        for file in loaded {
            let path = file.path.as_str();
            match file.stat {
                Some(stat) if !matches!(file.text, Err(None)) => {
                    self.disk.insert(path.to_owned(), stat);
                    self.absent.remove(path);
                }
                _ => {
                    self.disk.remove(path);
                    self.absent.insert(path.to_owned());
                }
            }
            if self.docs.contains_key(path) {
                continue;
            }
            match (file.text, disk::kind_of(path)) {
                (Ok(json), Some(Kind::Data)) => affected.extend(self.put_data(path, Some(&json))),
                (_, Some(Kind::Data)) => affected.extend(self.put_data(path, None)),
                (_, Some(Kind::Config)) => {}
                (Ok(text), _) => {
                    let asked = self.required_by.contains_key(path).then_some(Language::EchoLua);
                    match disk::language(path, &text, None).or(asked) {
                        Some(language) => affected.extend(self.put(path, language, &text, false)),
                        None => affected.extend(self.take_out(path)),
                    }
                    self.trouble(path, None);
                }
                (Err(trouble), _) => {
                    affected.extend(self.take_out(path));
                    affected.insert(path.to_owned());
                    let path = path.to_owned();
                    self.bump([&path].into_iter());
                    self.trouble(&path, trouble);
                }
            }
        }
        affected
    }

    /// Sets or forgets a data document of policies, or a schema of events.
    fn put_data(&mut self, path: &str, json: Option<&str>) -> BTreeSet<String> {
        self.host.set_data(path, json);
        let affected: BTreeSet<String> = match disk::project_of(path) {
            Some(root) if path.contains("/gatos/schemas/") => {
                let snapshot = self.host.snapshot(Cancel::new());
                let folds = snapshot.below(root).filter(|file| file.language == Language::EchoLua);
                folds.map(|file| file.path.to_string()).collect()
            }
            _ => self.bundle(path).into_iter().collect(),
        };
        self.bump(affected.iter());
        affected
    }

    /// Modules that are required, by one file or by any, and not known: to be read from disk.
    pub fn missing_modules(&self, of: Option<&str>) -> Vec<String> {
        let missing = |path: &&String| {
            let path = path.as_str();
            self.host.file(path).is_none() && !self.absent.contains(path) && !self.troubles.contains_key(path)
        };
        match of {
            Some(path) => self.requires.get(path).into_iter().flatten().filter(missing).cloned().collect(),
            None => self.required_by.keys().filter(missing).cloned().collect(),
        }
    }

    /// All projects: folders that are open, those that hold `gatos/`, those around open documents.
    pub fn roots(&self) -> BTreeSet<String> {
        self.folders.iter().chain(&self.projects).cloned().collect()
    }

    /// Adds projects; says whether any is new.
    pub fn add_projects(&mut self, found: impl IntoIterator<Item = String>) -> bool {
        let before = self.projects.len();
        self.projects.extend(found);
        self.projects.len() > before
    }

    /// Whether a path is in a folder that is open.
    pub fn in_folders(&self, path: &str) -> bool {
        self.folders.iter().any(|folder| is_below(path, folder))
    }

    /// Sets the projects' configurations. What was computed under another one is forgotten.
    pub fn configure(&mut self, roots: Vec<Root>, troubles: Vec<Trouble>) -> BTreeSet<String> {
        let snapshot = self.host.snapshot(Cancel::new());
        let same = |new: &Root| {
            let mut old = snapshot.roots().iter().filter(|old| old.path == new.path);
            old.any(|old| old.lints == new.lints && old.width == new.width)
        };
        let changed: Vec<Arc<str>> = roots.iter().filter(|root| !same(root)).map(|root| root.path.clone()).collect();
        self.host.set_roots(roots);
        let is_config = |path: &str| disk::kind_of(path) == Some(Kind::Config);
        let mut affected: BTreeSet<String> = self.troubles.keys().filter(|path| is_config(path)).cloned().collect();
        self.troubles.retain(|path, _| !is_config(path));
        for trouble in troubles {
            affected.insert(trouble.path.clone());
            self.troubles.entry(trouble.path.clone()).or_default().push(trouble);
        }
        for root in changed {
            for file in snapshot.below(&root) {
                self.host.set(&file.path, file.language, &file.text, file.is_open);
                affected.insert(file.path.to_string());
            }
        }
        self.bump(affected.iter());
        affected
    }

    /// Gives a file a new memory: what is left of an analysis that crashed is not trusted.
    pub fn renew(&mut self, path: &str) {
        let snapshot = self.host.snapshot(Cancel::new());
        if let Some(file) = snapshot.at(path) {
            self.host.set(path, file.language, &file.text, file.is_open);
        }
    }

    /// Pins an input at a root, or takes it off.
    pub fn pin(&mut self, root: &str, pin: Option<Pin>) -> BTreeSet<String> {
        self.host.set_pin(root, pin);
        let snapshot = self.host.snapshot(Cancel::new());
        let rgs = snapshot.below(root).filter(|f| f.language == Language::Rgs);
        let affected: BTreeSet<String> = rgs.map(|f| f.path.to_string()).collect();
        self.bump(affected.iter());
        affected
    }

    /// Keeps what a project's events look like; gives the open folds that it may matter to.
    pub fn sampled(&mut self, root: &str, samples: Samples) -> BTreeSet<String> {
        let before = self.host.snapshot(Cancel::new()).samples(root).cloned();
        if before.as_deref() == Some(&samples) || (before.is_none() && samples == Samples::default()) {
            return BTreeSet::new();
        }
        self.host.set_samples(root, Some(samples));
        let folds = self.docs.keys().filter(|path| is_below(path, root) && !path.ends_with(".rgs"));
        let affected: BTreeSet<String> = folds.cloned().collect();
        self.bump(affected.iter());
        affected
    }

    /// Keeps what the repository told about an open document, if its text is still the same; says whether it is news.
    pub fn keep_live(&mut self, path: &str, version: i32, live: Vec<Diagnostic>) -> bool {
        let Some(doc) = self.docs.get_mut(path).filter(|doc| doc.version == version) else { return false };
        if doc.live == live {
            return false;
        }
        doc.live = live;
        let path = path.to_owned();
        self.bump([&path].into_iter());
        true
    }

    /// The folders that are open change. What lies in none any more is forgotten, but for open documents.
    pub fn set_folders(&mut self, folders: Vec<String>) -> BTreeSet<String> {
        self.folders = folders;
        let folders = self.folders.clone();
        let kept = |path: &str| folders.iter().any(|folder| is_below(path, folder));
        self.projects.retain(|root| kept(root) || self.docs.keys().any(|path| is_below(path, root)));
        let projects = self.projects.clone();
        let gone = |path: &str| !kept(path) && !projects.iter().any(|root| is_below(path, root));
        let paths: Vec<String> = {
            let snapshot = self.host.snapshot(Cancel::new());
            let closed = snapshot.files().filter(|f| !f.is_open && gone(&f.path));
            closed.map(|f| f.path.to_string()).collect()
        };
        let mut affected = BTreeSet::new();
        for path in paths {
            affected.extend(self.take_out(&path));
            affected.insert(path);
        }
        let data: Vec<String> = self.disk.keys().filter(|path| gone(path)).cloned().collect();
        for path in data {
            self.disk.remove(&path);
            if disk::kind_of(&path) == Some(Kind::Data) {
                self.put_data(&path, None);
            }
        }
        affected.extend(self.troubles.keys().filter(|path| gone(path)).cloned());
        self.troubles.retain(|path, _| !gone(path));
        affected
    }
}

/// Whether a path is a folder or lies in it.
pub fn is_below(path: &str, folder: &str) -> bool {
    folder == "/" || path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::uri::uri_of;

    fn loaded(path: &str, text: &str) -> Loaded {
        Loaded { path: path.to_owned(), stat: Some((None, 1)), text: Ok(text.to_owned()) }
    }

    fn opened(core: &mut Core, path: &str, text: &str) -> BTreeSet<String> {
        let uri = uri_of(path).unwrap_or_else(|| panic!("{path}"));
        core.open(path, uri, "lua", 1, text.to_owned())
    }

    fn text(core: &Core, path: &str) -> Option<String> {
        let (snapshot, _) = core.snapshot(Cancel::new());
        snapshot.at(path).map(|file| file.text.to_string())
    }

    #[test]
    fn an_open_document_hides_the_disk_until_it_is_closed() {
        let mut core = Core::default();
        let path = "/p/gatos/folds/a.lua";
        core.take_in(vec![loaded(path, "disk")]);
        opened(&mut core, path, "buffer");
        core.take_in(vec![loaded(path, "newer disk")]);
        assert_eq!(text(&core, path).as_deref(), Some("buffer"));
        assert!(core.close(path));
        core.take_in(vec![loaded(path, "newer disk")]);
        assert_eq!(text(&core, path).as_deref(), Some("newer disk"));
        core.take_in(vec![Loaded { path: path.to_owned(), stat: None, text: Err(None) }]);
        assert_eq!(text(&core, path), None);
    }

    #[test]
    fn a_module_touches_all_that_require_it() {
        let mut core = Core::default();
        let (main, mid, leaf) = ("/p/gatos/folds/main.lua", "/p/gatos/folds/mid.lua", "/p/gatos/folds/leaf.lua");
        core.take_in(vec![loaded(main, "require 'mid'"), loaded(mid, "require 'leaf'"), loaded(leaf, "return 1")]);
        let before = core.generation(main);
        let affected = opened(&mut core, leaf, "return 2");
        assert_eq!(affected.into_iter().collect::<Vec<_>>(), [leaf, main, mid]);
        assert!(core.generation(main) > before);
        opened(&mut core, mid, "return 0");
        let affected = opened(&mut core, leaf, "return 3");
        assert_eq!(affected.into_iter().collect::<Vec<_>>(), [leaf], "it is not required any more");
    }

    #[test]
    fn policies_of_a_project_touch_each_other() {
        let mut core = Core::default();
        let (a, b, c) = ("/p/gatos/policies/a.rgs", "/p/gatos/policies/sub/b.rgs", "/q/c.rgs");
        core.take_in(vec![loaded(a, "package a"), loaded(b, "package b"), loaded(c, "package c")]);
        assert_eq!(opened(&mut core, b, "package bb").into_iter().collect::<Vec<_>>(), [a, b]);
        let affected = core.take_in(vec![loaded("/p/gatos/policies/limits.json", "{}")]);
        assert_eq!(affected.into_iter().collect::<Vec<_>>(), [a, b]);
    }

    #[test]
    fn a_text_that_is_too_large_is_told_and_not_kept() {
        let mut core = Core::default();
        let path = "/p/gatos/folds/a.lua";
        opened(&mut core, path, &" ".repeat(MAX_TEXT_BYTES + 1));
        assert_eq!(text(&core, path), None);
        assert_eq!(core.troubles.get(path).map(Vec::len), Some(1));
        let whole = TextDocumentContentChangeEvent { range: None, range_length: None, text: "return 1".to_owned() };
        core.change(path, 2, vec![whole], Encoding::Utf16);
        assert_eq!(text(&core, path).as_deref(), Some("return 1"));
        assert!(core.troubles.is_empty());
    }

    #[test]
    fn a_lua_file_becomes_a_fold_when_it_says_so() {
        let mut core = Core::default();
        let path = "/p/lib/a.lua";
        opened(&mut core, path, "return 1");
        assert_eq!(text(&core, path), None);
        opened(&mut core, path, "-- gatos: fold\nrequire 'util'");
        assert!(text(&core, path).is_some());
        assert_eq!(core.missing_modules(None), ["/p/lib/util.lua"]);
        core.take_in(vec![loaded("/p/lib/util.lua", "return 2")]);
        assert!(text(&core, "/p/lib/util.lua").is_some(), "being required is enough");
        assert!(core.missing_modules(None).is_empty());
    }

    #[test]
    fn folders_that_are_closed_are_forgotten() {
        let mut core = Core::default();
        core.set_folders(vec!["/p".to_owned(), "/q".to_owned()]);
        let (p, q) = ("/p/gatos/folds/a.lua", "/q/gatos/folds/a.lua");
        core.take_in(vec![loaded(p, ""), loaded(q, "")]);
        let affected = core.set_folders(vec!["/q".to_owned()]);
        assert_eq!(affected.into_iter().collect::<Vec<_>>(), [p]);
        assert_eq!((text(&core, p), text(&core, q)), (None, Some(String::new())));
        assert!(!is_below("/pq/a", "/p") && is_below("/p/a", "/p") && is_below("/a", "/"));
    }
}
