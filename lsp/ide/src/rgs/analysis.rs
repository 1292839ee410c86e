//! What is known about policy files: each file's tree by itself, and of the files that are compiled together
//! (a bundle) what their names mean and what they compile to. All of it is made when it is first asked for and
//! kept until a text changes.

use super::decide::Decided;
use super::names::{Names, Place};
use crate::answer::{FileSpan, SymbolKind, WorkspaceSymbol};
use crate::host::{File, FileId, Language, Snapshot};
use gatos_compiler::SourceFile;
use gatos_compiler::rgs::{self as compiler, AnalyseOptions, Analysis, CompiledPolicy};
use gatos_syntax::diagnostic::{Diagnostic, Fix, Severity};
use gatos_syntax::rgs::ast::Module;
use gatos_syntax::rgs::parse;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// A lock is a place to keep things; what a panic left there is what it was before.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a lock holds, unless somebody is at work with it: for what must be quick.
pub(super) fn glance<T: Clone>(mutex: &Mutex<Option<T>>) -> Option<T> {
    mutex.try_lock().ok().and_then(|held| held.clone())
}

/// A file's tree.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(super) module: Module,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl Parsed {
    /// The package's path; empty when there is none.
    pub(super) fn package(&self) -> Vec<String> {
        self.module.package.iter().flat_map(|p| p.path.iter().map(|n| n.text.clone())).collect()
    }

    /// Whether the text does not parse.
    pub(super) fn is_broken(&self) -> bool {
        self.diagnostics.iter().any(|d| d.severity == Severity::Error)
    }
}

/// What is remembered about one text.
#[derive(Default, Debug)]
pub(crate) struct Memo {
    parsed: Mutex<Option<Arc<Parsed>>>,
    exported: OnceLock<Arc<[WorkspaceSymbol]>>,
}

impl Memo {
    /// Frees what is large.
    pub(crate) fn forget(&self) {
        *lock(&self.parsed) = None;
    }
}

/// The tree of a file.
pub(super) fn parsed(file: &File) -> Arc<Parsed> {
    let mut slot = lock(&file.rgs.parsed);
    slot.get_or_insert_with(|| {
        let parsed = parse(&file.text);
        Arc::new(Parsed { module: parsed.module, diagnostics: parsed.diagnostics })
    })
    .clone()
}

/// The symbols of a file that others look for.
pub(super) fn exported(file: &Arc<File>) -> Arc<[WorkspaceSymbol]> {
    file.rgs
        .exported
        .get_or_init(|| {
            let parsed = parsed(file);
            let module = &parsed.module;
            let package = compiler::path_text(&parsed.package());
            let mut out = Vec::new();
            if let Some(found) = &module.package {
                let at = FileSpan { file: file.id, span: found.span };
                out.push(WorkspaceSymbol {
                    name: package.clone(),
                    container: String::new(),
                    kind: SymbolKind::Package,
                    at,
                });
            }
            let mut last: Option<String> = None;
            for rule in &module.rules {
                let path: Vec<String> =
                    super::walk::head_path(&rule.head).into_iter().map(|(text, _)| text.to_owned()).collect();
                let Some(first) = rule.head.path.first() else { continue };
                let name = compiler::path_text(&path);
                // Rules of one name stand together as a rule.
                if last.as_ref() == Some(&name) {
                    continue;
                }
                let kind = super::symbols::kind(rule, &path);
                let (_, span) = super::walk::constant(first).unwrap_or(("", rule.head.span));
                let at = FileSpan { file: file.id, span };
                out.push(WorkspaceSymbol { name: name.clone(), container: package.clone(), kind, at });
                last = Some(name);
            }
            Arc::from(out)
        })
        .clone()
}

/// A program with what is needed to speak about it.
#[derive(Debug)]
pub(super) struct Compiled {
    pub(super) policy: CompiledPolicy,
    /// Names and texts in the order of the map's files.
    pub(super) files: Vec<SourceFile>,
    /// For each of them, its place in [`Bundle::files`].
    pub(super) places: Vec<usize>,
}

/// A program; else what is too large, each with its file.
type Finished = Result<Arc<Compiled>, Vec<(usize, Diagnostic)>>;

/// Files that are compiled together, with what is known about them.
#[derive(Debug)]
pub(crate) struct Bundle {
    /// The folder that names of files begin below.
    pub(super) folder: String,
    /// The files, sorted by path.
    pub(super) files: Vec<Arc<File>>,
    /// Their trees.
    pub(super) parsed: Vec<Arc<Parsed>>,
    /// What they mean together.
    pub(super) analysis: Analysis,
    /// Whether an error refuses them.
    pub(super) is_broken: bool,
    places: BTreeMap<FileId, usize>,
    names: Vec<OnceLock<Arc<Names>>>,
    definitions: OnceLock<BTreeMap<Vec<String>, Vec<Place>>>,
    whole: OnceLock<Finished>,
    published: OnceLock<Option<Arc<Compiled>>>,
    watched: OnceLock<Option<Arc<Compiled>>>,
    /// The kinds of documents, as far as they were asked for.
    pub(super) types: super::infer::Known,
    /// The newest decision that was looked at.
    pub(super) decided: Mutex<Option<Arc<Decided>>>,
}

/// Keeps the newest bundle of each folder.
#[derive(Default, Debug)]
pub(crate) struct Bundles {
    slots: Mutex<BTreeMap<String, Arc<Slot>>>,
    /// What the texts at `HEAD` compile to, by folder.
    pub(super) heads: super::root::Heads,
    /// The `data` documents, by folder.
    pub(super) data: super::decide::KnownData,
}

#[derive(Default, Debug)]
struct Slot {
    /// Held while a bundle is made, so that it is made once.
    making: Mutex<()>,
    /// With the revision in which it was the newest.
    newest: Mutex<Option<(u64, Arc<Bundle>)>>,
}

impl Bundles {
    fn slot(&self, key: &str) -> Arc<Slot> {
        lock(&self.slots).entry(key.to_owned()).or_default().clone()
    }

    /// Frees the bundles that hold a file that is gone.
    pub(crate) fn drop_file(&self, id: FileId) {
        let holds =
            |slot: &Arc<Slot>| lock(&slot.newest).as_ref().is_some_and(|(_, bundle)| bundle.places.contains_key(&id));
        lock(&self.slots).retain(|_, slot| !holds(slot));
    }
}

/// The folder whose policies a file belongs to, and whether those in folders below it do too.
pub(super) fn home(snapshot: &Snapshot, path: &str) -> (String, bool) {
    if let Some(root) = snapshot.root_of(path) {
        let policies = format!("{}/gatos/policies", root.path);
        if path.strip_prefix(policies.as_str()).is_some_and(|rest| rest.starts_with('/')) {
            return (policies, true);
        }
    }
    (path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned(), false)
}

fn members(snapshot: &Snapshot, file: &Arc<File>, folder: &str, is_deep: bool) -> Vec<Arc<File>> {
    let own = snapshot.root_of(&file.path).map(|root| root.path.clone());
    let belongs = |other: &&Arc<File>| {
        other.language == Language::Rgs
            && if is_deep {
                snapshot.root_of(&other.path).map(|root| root.path.clone()) == own
            } else {
                other.path.get(folder.len() + 1..).is_some_and(|rest| !rest.contains('/'))
            }
    };
    let mut found: Vec<Arc<File>> = snapshot.below(folder).filter(belongs).cloned().collect();
    // The question may be about a text that is no longer the newest.
    match found.iter_mut().find(|f| f.id == file.id) {
        Some(there) => *there = file.clone(),
        None => found.push(file.clone()),
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// The bundle of a file.
pub(super) fn bundle(snapshot: &Snapshot, file: &Arc<File>) -> Arc<Bundle> {
    let (folder, is_deep) = home(snapshot, &file.path);
    let slot = snapshot.bundles().slot(&folder);
    let revision = snapshot.revision();
    // Within one revision no file changes, so who belongs to the bundle needs no second look.
    let is_here = |bundle: &Bundle| {
        let own = bundle.index(file.id).and_then(|at| bundle.files.get(at));
        own.is_some_and(|own| own.stamp == file.stamp)
    };
    if let Some((of, bundle)) = lock(&slot.newest).as_ref()
        && *of == revision
        && is_here(bundle)
    {
        return bundle.clone();
    }
    let files = members(snapshot, file, &folder, is_deep);
    let newest = || {
        let mut newest = lock(&slot.newest);
        let (of, bundle) = newest.as_mut()?;
        let is_same =
            bundle.files.len() == files.len() && bundle.files.iter().zip(&files).all(|(a, b)| a.stamp == b.stamp);
        if !is_same {
            return None;
        }
        *of = revision.max(*of);
        Some(bundle.clone())
    };
    if let Some(bundle) = newest() {
        return bundle;
    }
    let making = lock(&slot.making);
    if let Some(bundle) = newest() {
        return bundle;
    }
    let bundle = Arc::new(Bundle::new(folder, files));
    let mut newest = lock(&slot.newest);
    *newest = Some((revision, bundle.clone()));
    // A question about a file that is gone meanwhile keeps nothing of it.
    if bundle.files.iter().any(|file| file.is_gone()) {
        *newest = None;
    }
    drop(newest);
    drop(making);
    bundle
}

/// The newest bundle of a file's folder, whether or not texts changed since: for what must be quick.
pub(super) fn recent(snapshot: &Snapshot, file: &Arc<File>) -> Option<Arc<Bundle>> {
    let (folder, _) = home(snapshot, &file.path);
    lock(&snapshot.bundles().slot(&folder).newest).as_ref().map(|(_, bundle)| bundle.clone())
}

impl Bundle {
    fn new(folder: String, files: Vec<Arc<File>>) -> Bundle {
        let parsed: Vec<Arc<Parsed>> = files.iter().map(|file| parsed(file)).collect();
        let labels: Vec<String> = files.iter().map(|file| label(&folder, &file.path)).collect();
        let modules: Vec<(&str, &Module)> =
            labels.iter().map(String::as_str).zip(parsed.iter().map(|p| &p.module)).collect();
        let analysis = compiler::analyse_named(&modules, &AnalyseOptions::default());
        let is_broken = analysis.has_errors() || parsed.iter().any(|p| p.is_broken());
        Bundle {
            folder,
            places: files.iter().enumerate().map(|(at, file)| (file.id, at)).collect(),
            names: files.iter().map(|_| OnceLock::new()).collect(),
            files,
            parsed,
            analysis,
            is_broken,
            definitions: OnceLock::new(),
            whole: OnceLock::new(),
            published: OnceLock::new(),
            watched: OnceLock::new(),
            types: super::infer::Known::default(),
            decided: Mutex::new(None),
        }
    }

    /// A bundle of other texts, for trying a change out.
    pub(super) fn of_texts(&self, texts: &[String]) -> Trial {
        let trees: Vec<_> = texts.iter().map(|text| parse(text)).collect();
        let labels: Vec<String> = self.files.iter().map(|file| label(&self.folder, &file.path)).collect();
        let modules: Vec<(&str, &Module)> =
            labels.iter().map(String::as_str).zip(trees.iter().map(|p| &p.module)).collect();
        let analysis = compiler::analyse_named(&modules, &AnalyseOptions { quiet: true });
        let errors =
            trees.iter().flat_map(|t| &t.diagnostics).chain(analysis.diagnostics.iter().map(|d| &d.diagnostic));
        let first = errors.filter(|d| d.severity == Severity::Error).map(|d| d.message.clone()).next();
        let parsed =
            trees.into_iter().map(|t| Arc::new(Parsed { module: t.module, diagnostics: t.diagnostics })).collect();
        Trial { parsed, analysis, first }
    }

    /// What could be mended if a file had another text: of each message, the first fix.
    pub(super) fn fixes_of(&self, index: usize, text: &str) -> Vec<Fix> {
        let tree = parse(text);
        let labels: Vec<String> = self.files.iter().map(|file| label(&self.folder, &file.path)).collect();
        let modules: Vec<(&str, &Module)> = labels
            .iter()
            .zip(self.parsed.iter().enumerate())
            .map(|(label, (at, parsed))| (label.as_str(), if at == index { &tree.module } else { &parsed.module }))
            .collect();
        let analysis = compiler::analyse_named(&modules, &AnalyseOptions::default());
        let names = analysis.diagnostics.iter().filter(|d| d.file as usize == index).map(|d| &d.diagnostic);
        tree.diagnostics.iter().chain(names).filter_map(|d| d.fixes.first().cloned()).collect()
    }

    /// The place of a file.
    pub(super) fn index(&self, id: FileId) -> Option<usize> {
        self.places.get(&id).copied()
    }

    /// What the names of a file mean.
    pub(super) fn names(&self, file: usize) -> Arc<Names> {
        match self.names.get(file) {
            Some(slot) => slot.get_or_init(|| Arc::new(Names::new(&self.parsed, &self.analysis, file))).clone(),
            None => Arc::default(),
        }
    }

    /// Where the rules and packages of a path are defined.
    pub(super) fn definitions(&self, path: &[String]) -> &[Place] {
        let all = self.definitions.get_or_init(|| super::names::definitions(&self.parsed));
        all.get(path).map_or(&[], Vec::as_slice)
    }

    /// All paths that are defined, in order.
    pub(super) fn paths(&self) -> &BTreeMap<Vec<String>, Vec<Place>> {
        self.definitions.get_or_init(|| super::names::definitions(&self.parsed))
    }

    /// What a message calls a file.
    pub(super) fn label(&self, file: usize) -> String {
        self.files.get(file).map(|file| label(&self.folder, &file.path)).unwrap_or_default()
    }

    /// Whether what is wrong with a good policy could be its size, which only compiling it tells. A rule of so few
    /// characters cannot need more values at a time than fit; so most keystrokes need no compiling.
    pub(super) fn could_be_too_large(&self) -> bool {
        const LONGEST_RULE: u32 = 1_500;
        const MOST_RULES: usize = 2_000;
        let rules = || self.parsed.iter().flat_map(|p| &p.module.rules);
        rules().count() > MOST_RULES || rules().any(|r| r.span.end.saturating_sub(r.span.start) > LONGEST_RULE)
    }

    /// All of it compiled, tests too; else what is too large, each with its file.
    pub(super) fn whole(&self) -> Finished {
        self.whole.get_or_init(|| self.finish(true)).clone()
    }

    /// What is published: without files of tests, unless there is nothing else.
    pub(super) fn published(&self) -> Option<Arc<Compiled>> {
        let compile = || match self.kept().len() == self.files.len() {
            true => self.whole().ok(),
            false => self.without_tests(true),
        };
        self.published.get_or_init(compile).clone()
    }

    /// As published, but every rule is computed as it is written, when it is asked for: for those who watch.
    pub(super) fn watched(&self) -> Option<Arc<Compiled>> {
        let compile = || {
            let plain = match self.kept().len() == self.files.len() {
                true => self.finish(false).ok(),
                false => self.without_tests(false),
            };
            super::decide::nothing_ahead(plain?)
        };
        self.watched.get_or_init(compile).clone()
    }

    /// As [`Bundle::whole`], for watching.
    pub(super) fn watched_tests(&self) -> Option<Arc<Compiled>> {
        if self.is_broken {
            return None;
        }
        super::decide::nothing_ahead(self.finish(false).ok()?)
    }

    fn finish(&self, optimise: bool) -> Finished {
        if self.is_broken {
            return Err(Vec::new());
        }
        let files = self.sources(&(0..self.files.len()).collect::<Vec<_>>());
        match compiler::pipeline::finish_analysed(&self.analysis, &files, optimise) {
            Ok(policy) => Ok(Arc::new(Compiled { policy, files, places: (0..self.files.len()).collect() })),
            Err(told) => Err(told.into_iter().map(|d| (d.file as usize, d.diagnostic)).collect()),
        }
    }

    /// The files that are published.
    pub(super) fn kept(&self) -> Vec<usize> {
        let is_test = |at: &usize| self.files.get(*at).is_some_and(|file| file.path.ends_with("_test.rgs"));
        let kept: Vec<usize> = (0..self.files.len()).filter(|at| !is_test(at)).collect();
        if kept.is_empty() { (0..self.files.len()).collect() } else { kept }
    }

    fn without_tests(&self, optimise: bool) -> Option<Arc<Compiled>> {
        let kept = self.kept();
        let files = self.sources(&kept);
        let trees = kept.iter().filter_map(|at| self.parsed.get(*at));
        let modules: Vec<(&str, &Module)> =
            files.iter().map(|f| f.name.as_str()).zip(trees.clone().map(|p| &p.module)).collect();
        if trees.clone().any(|p| p.is_broken()) {
            return None;
        }
        let analysis = compiler::analyse(&modules, None, &AnalyseOptions { quiet: true });
        if analysis.has_errors() {
            return None;
        }
        let policy = compiler::pipeline::finish_analysed(&analysis, &files, optimise).ok()?;
        Some(Arc::new(Compiled { policy, files, places: kept }))
    }

    fn sources(&self, which: &[usize]) -> Vec<SourceFile> {
        let source = |at: &usize| {
            let text = self.files.get(*at).map(|file| file.text.to_string()).unwrap_or_default();
            SourceFile { name: self.label(*at), text }
        };
        which.iter().map(source).collect()
    }
}

/// What a change would make of a bundle.
pub(super) struct Trial {
    pub(super) parsed: Vec<Arc<Parsed>>,
    pub(super) analysis: Analysis,
    /// The first error.
    pub(super) first: Option<String>,
}

/// A file as bundles name it.
pub(super) fn label(folder: &str, path: &str) -> String {
    let rest = path.strip_prefix(folder).map_or(path, |rest| rest.trim_start_matches('/'));
    if folder.ends_with("/policies") { format!("policies/{rest}") } else { rest.to_owned() }
}
