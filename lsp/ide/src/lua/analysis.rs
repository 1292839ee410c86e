//! What is remembered about one text: the resolved program, its names, facts and costs. Each is
//! made once, when first asked for, and again only when the text or a module's text changed.

use super::names::Names;
use crate::host::{File, FileId, Root, Snapshot};
use gatos_analysis::{Costs, Facts, Samples};
use gatos_compiler::hir::FuncId;
use gatos_compiler::text::LineIndex;
use gatos_compiler::{
    CompiledProgram, FileDiagnostic, FileRole, Front, KindChoice, LintConfig, ModuleSource, Options, Source, Unit,
    front,
};
use gatos_syntax::diagnostic::Diagnostic;
use gatos_syntax::echolua::lexer::{Token, lex};
use gatos_syntax::span::Span;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// What is remembered about one text.
#[derive(Default, Debug)]
pub(crate) struct Memo {
    analysis: Mutex<Option<Arc<Analysis>>>,
    summary: OnceLock<Summary>,
    exported: Mutex<Option<Arc<[crate::answer::WorkspaceSymbol]>>>,
}

impl Memo {
    /// Frees what is large.
    pub(crate) fn forget(&self) {
        *lock(&self.analysis) = None;
    }

    /// Whether its analysis is remembered.
    pub(crate) fn is_analysed(&self) -> bool {
        lock(&self.analysis).is_some()
    }

    pub(crate) fn exported(&self) -> MutexGuard<'_, Option<Arc<[crate::answer::WorkspaceSymbol]>>> {
        lock(&self.exported)
    }
}

/// A lock whatever happened to the one who held it: what it guards is only ever replaced whole.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What other files need to know of a text without parsing it.
#[derive(Debug)]
struct Summary {
    /// The names in `require "…"`.
    imports: Vec<String>,
    /// The names in a number.
    key: u64,
    /// Whether it seems to offer `fold`.
    has_fold: bool,
}

impl Summary {
    fn of(text: &str) -> Summary {
        let mut imports = Vec::new();
        for (at, word) in text.match_indices("require") {
            let rest = text[at + word.len()..].trim_start_matches([' ', '\t', '(']);
            let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) else { continue };
            if let Some((name, _)) = rest[1..].split_once(quote)
                && name.len() < 200
                && !name.contains('\n')
            {
                imports.push(name.to_owned());
            }
        }
        imports.sort();
        imports.dedup();
        let bytes = text.as_bytes();
        let has_fold = text.match_indices("fold").any(|(at, word)| {
            let before = at.checked_sub(1).map(|i| bytes[i]);
            let after = text[at + word.len()..].trim_start_matches([' ', '\t']);
            !before.is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_')
                && (after.starts_with('(') || after.starts_with('=') && !after.starts_with("=="))
        });
        let bytes = imports.iter().flat_map(|name| name.bytes().chain([0]));
        let key = bytes.fold(imports.len() as u64, |key, b| mixed(key, u64::from(b)));
        Summary { imports, key, has_fold }
    }
}

fn summary(file: &File) -> &Summary {
    file.lua.summary.get_or_init(|| Summary::of(&file.text))
}

/// What is remembered about all files together.
#[derive(Default, Debug)]
pub(crate) struct Shared {
    importers: Mutex<Option<KnownImporters>>,
    /// What is known of events.
    pub(crate) samples: super::samples::Known,
    /// The last analysis of each open file whose whole text was read: what it found holds, more or less, while
    /// the next words are typed.
    recent: Mutex<BTreeMap<FileId, Option<Arc<Analysis>>>>,
}

impl Shared {
    /// A file is open from now on, or is not any more: then nothing is kept of it, whatever is still being made.
    pub(crate) fn set_open(&self, id: FileId, is_open: bool) {
        let mut recent = lock(&self.recent);
        match is_open {
            true => _ = recent.entry(id).or_default(),
            false => _ = recent.remove(&id),
        }
    }
}

/// The last analysis of the whole of an open file, perhaps of an older text.
pub(crate) fn recent(snapshot: &Snapshot, file: &File) -> Option<Arc<Analysis>> {
    lock(&snapshot.lua_shared().recent).get(&file.id).cloned().flatten()
}

#[derive(Debug)]
struct KnownImporters {
    revision: u64,
    /// The files and what they require, in a number: most changes of texts change neither.
    key: u64,
    importers: Arc<Importers>,
}

/// Who requires whom.
#[derive(Default, Debug)]
pub(crate) struct Importers {
    /// By the path of the module.
    by_path: BTreeMap<Arc<str>, Vec<FileId>>,
}

/// Who requires whom, by the words of the texts: a `require` in a comment counts too, so whoever
/// needs to be sure looks into the files.
pub(crate) fn importers(snapshot: &Snapshot) -> Arc<Importers> {
    let mut known = lock(&snapshot.lua_shared().importers);
    if let Some(known) = &*known
        && known.revision == snapshot.revision()
    {
        return known.importers.clone();
    }
    let files = || snapshot.files().filter(|f| f.language == crate::Language::EchoLua);
    let key = files().fold(0xcbf2_9ce4_8422_2325, |key, f| mixed(mixed(key, u64::from(f.id.0)), summary(f).key));
    if let Some(known) = &mut *known
        && known.key == key
    {
        known.revision = known.revision.max(snapshot.revision());
        return known.importers.clone();
    }
    let mut by_path: BTreeMap<Arc<str>, Vec<FileId>> = BTreeMap::new();
    for file in files() {
        let summary = summary(file);
        if summary.imports.is_empty() {
            continue;
        }
        let base = base_of(snapshot, file);
        for name in &summary.imports {
            if let Some(module) = snapshot.at(&module_path(&base, name)) {
                by_path.entry(module.path.clone()).or_default().push(file.id);
            }
        }
    }
    let importers = Arc::new(Importers { by_path });
    // An older snapshot must not take the place of a newer one's answer.
    if known.as_ref().is_none_or(|known| known.revision < snapshot.revision()) {
        *known = Some(KnownImporters { revision: snapshot.revision(), key, importers: importers.clone() });
    }
    importers
}

fn mixed(key: u64, with: u64) -> u64 {
    (key ^ with).wrapping_mul(0x0100_0000_01b3).rotate_left(17)
}

impl Importers {
    /// The files that require a file.
    pub(crate) fn of(&self, path: &str) -> &[FileId] {
        self.by_path.get(path).map_or(&[], Vec::as_slice)
    }
}

/// The path that a module's name stands for.
pub(crate) fn module_path(base: &str, name: &str) -> String {
    format!("{base}/{}.lua", name.replace('.', "/"))
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The folder that module names are relative to: that of the program's main file. A file that is itself a
/// module may lie deeper, so the nearest folder above it where its modules are is taken.
pub(crate) fn base_of(snapshot: &Snapshot, file: &File) -> String {
    let own = folder_of(&file.path);
    let imports = &summary(file).imports;
    if imports.is_empty() {
        return own.to_owned();
    }
    let top = snapshot.root_of(&file.path).map_or(own, |root| &root.path);
    let mut at = own;
    loop {
        if imports.iter().any(|name| snapshot.at(&module_path(at, name)).is_some()) {
            return at.to_owned();
        }
        if at.len() <= top.len() || at.is_empty() {
            return own.to_owned();
        }
        at = folder_of(at);
    }
}

/// Paths of modules that a file requires and that are not known.
pub(crate) fn missing(snapshot: &Snapshot, file: &File) -> Vec<String> {
    let base = base_of(snapshot, file);
    let paths = summary(file).imports.iter().map(|name| module_path(&base, name));
    paths.filter(|path| snapshot.at(path).is_none()).collect()
}

/// A text that the program was made of.
#[derive(Debug)]
struct Dependency {
    path: String,
    stamp: Option<u64>,
}

/// Everything that is known about a text.
#[derive(Debug)]
pub(crate) struct Analysis {
    /// The file.
    pub(crate) file: FileId,
    /// The resolved program, with its messages.
    pub(crate) front: Front,
    /// The folder that its modules are relative to.
    pub(crate) base: String,
    /// The file of each module of the program.
    pub(crate) modules: Vec<Option<FileId>>,
    options: Options,
    role: FileRole,
    dependencies: Vec<Dependency>,
    names: OnceLock<Names>,
    tokens: OnceLock<Vec<Token>>,
    facts: OnceLock<Facts>,
    lowered: OnceLock<Lowered>,
    costs: OnceLock<Option<Costs>>,
    samples: Arc<Samples>,
}

/// What lowering gives.
#[derive(Debug)]
struct Lowered {
    program: Option<CompiledProgram>,
    /// Messages that only lowering finds.
    diagnostics: Vec<FileDiagnostic>,
}

/// The analysis of a file, made now or found again.
pub(crate) fn analysis(snapshot: &Snapshot, file: &Arc<File>) -> Arc<Analysis> {
    let mut known = lock(&file.lua.analysis);
    let (role, kind) = role(snapshot, file);
    let root = snapshot.root_of(&file.path);
    let samples = super::samples::of(snapshot, file);
    if let Some(found) = &*known
        && found.is_current(snapshot, role, kind, root, &samples)
    {
        return found.clone();
    }
    let made = Arc::new(Analysis::of(snapshot, file, &file.text, role, kind));
    *known = Some(made.clone());
    // Only of what is open now: the file may have been closed while this was made of its last text.
    if let Some(kept) = lock(&snapshot.lua_shared().recent).get_mut(&file.id) {
        *kept = Some(made.clone());
    }
    made
}

/// The analysis of a text that stands in the place of a file's: the file with a word put in at the cursor.
pub(crate) fn analysis_of_text(snapshot: &Snapshot, file: &Arc<File>, text: &str) -> Analysis {
    let (role, kind) = role(snapshot, file);
    Analysis::of(snapshot, file, text, role, kind)
}

/// The analysis of a text of which the far parts were left out: modules are not read either, their own analyses
/// answer for them.
pub(crate) fn of_near_text(snapshot: &Snapshot, file: &Arc<File>, text: &str) -> Analysis {
    let (role, kind) = role(snapshot, file);
    Analysis::made(snapshot, file, text, (role, kind), false)
}

/// Whether a file is a program of its own or a module of others, and what its functions run in.
fn role(snapshot: &Snapshot, file: &File) -> (FileRole, KindChoice) {
    if summary(file).has_fold {
        return (FileRole::Main, KindChoice::Auto);
    }
    let importers = importers(snapshot);
    if importers.of(&file.path).is_empty() {
        return (FileRole::Main, KindChoice::Auto);
    }
    // The rules of folds hold in a module when a fold uses it, directly or through others.
    let mut seen = BTreeSet::from([file.id]);
    let mut queue = vec![file.path.clone()];
    while let Some(path) = queue.pop() {
        for id in importers.of(&path) {
            let Some(user) = snapshot.file(*id) else { continue };
            if summary(user).has_fold && !user.path.ends_with("_test.lua") {
                return (FileRole::Module, KindChoice::Auto);
            }
            if seen.insert(*id) {
                queue.push(user.path.clone());
            }
        }
    }
    (FileRole::Module, KindChoice::Script)
}

impl Analysis {
    fn of(snapshot: &Snapshot, file: &File, text: &str, role: FileRole, kind: KindChoice) -> Analysis {
        Analysis::made(snapshot, file, text, (role, kind), true)
    }

    fn made(
        snapshot: &Snapshot,
        file: &File,
        text: &str,
        (role, kind): (FileRole, KindChoice),
        with_modules: bool,
    ) -> Analysis {
        let base = base_of(snapshot, file);
        let lints = snapshot.root_of(&file.path).map_or_else(LintConfig::default, |root| root.lints.clone());
        let options = Options { kind, lints };
        let asked = Mutex::new(Vec::new());
        let loader = |name: &str| {
            if let Some(library) = gatos_compiler::testing::library(&file.path, name) {
                return Ok(library);
            }
            let path = module_path(&base, name);
            let found = snapshot.at(&path);
            lock(&asked).push(Dependency { path: path.clone(), stamp: found.map(|f| f.stamp) });
            match found {
                Some(module) if with_modules => Ok(ModuleSource { path, text: module.text.to_string() }),
                _ => Err(format!("there is no {path}")),
            }
        };
        let source = Source { name: &file.path, text };
        let front = front(source, role, &loader, &options);
        let modules =
            front.modules.iter().map(|(name, _)| snapshot.at(&module_path(&base, name)).map(|f| f.id)).collect();
        Analysis {
            file: file.id,
            front,
            modules,
            options,
            role,
            dependencies: asked.into_inner().unwrap_or_else(PoisonError::into_inner),
            names: OnceLock::new(),
            tokens: OnceLock::new(),
            facts: OnceLock::new(),
            lowered: OnceLock::new(),
            costs: OnceLock::new(),
            samples: super::samples::of(snapshot, file),
            base,
        }
    }

    fn is_current(
        &self,
        snapshot: &Snapshot,
        role: FileRole,
        kind: KindChoice,
        root: Option<&Arc<Root>>,
        samples: &Arc<Samples>,
    ) -> bool {
        let lints = match root {
            Some(root) => root.lints == self.options.lints,
            None => self.options.lints == LintConfig::default(),
        };
        lints
            && (Arc::ptr_eq(&self.samples, samples) || self.samples == *samples)
            && role == self.role
            && kind == self.options.kind
            && self.dependencies.iter().all(|d| snapshot.at(&d.path).map(|f| f.stamp) == d.stamp)
    }

    /// Whether it is a module of other programs.
    pub(crate) fn is_module(&self) -> bool {
        self.role == FileRole::Module
    }

    /// The file itself.
    pub(crate) fn unit(&self) -> &Unit {
        &self.front.main
    }

    /// The names of the file.
    pub(crate) fn names(&self) -> &Names {
        self.names.get_or_init(|| Names::of(self.text(), &self.front.main.hir, self.front.entries))
    }

    /// The text.
    pub(crate) fn text(&self) -> &str {
        self.front.files.first().map_or("", |f| f.text.as_str())
    }

    /// Its tokens.
    pub(crate) fn tokens(&self) -> &[Token] {
        self.tokens.get_or_init(|| lex(self.text()).tokens)
    }

    /// The token at a byte or that ends there, by its index.
    pub(crate) fn token_at(&self, at: u32) -> Option<usize> {
        let tokens = self.tokens();
        let after = tokens.partition_point(|t| t.span.start <= at);
        let found = after.checked_sub(1)?;
        (at <= tokens[found].span.end).then_some(found)
    }

    /// Its lines.
    pub(crate) fn lines(&self) -> LineIndex<'_> {
        LineIndex::new(self.text())
    }

    /// What is known about its values.
    pub(crate) fn facts(&self) -> &Facts {
        self.facts.get_or_init(|| gatos_analysis::analyse(&self.front, &self.samples))
    }

    /// The same, when it was asked for already.
    pub(crate) fn known_facts(&self) -> Option<&Facts> {
        self.facts.get()
    }

    fn lowered(&self) -> &Lowered {
        self.lowered.get_or_init(|| {
            let (program, diagnostics) = gatos_compiler::lower_front(&self.front);
            Lowered { program, diagnostics }
        })
    }

    /// The compiler's messages about the file itself: those of reading, then those of lowering.
    pub(crate) fn messages(&self) -> impl Iterator<Item = &Diagnostic> {
        let all = self.front.diagnostics.iter().chain(&self.lowered().diagnostics);
        all.filter(|d| d.file == 0).map(|d| &d.diagnostic)
    }

    /// The compiled program, when it compiles.
    pub(crate) fn program(&self) -> Option<&CompiledProgram> {
        self.lowered().program.as_ref()
    }

    /// The fuel of functions and loops, when the program compiles.
    pub(crate) fn costs(&self) -> Option<&Costs> {
        let costs = self.costs.get_or_init(|| {
            let program = self.lowered().program.as_ref()?;
            Some(gatos_analysis::costs(&self.front, program, self.facts()))
        });
        costs.as_ref()
    }

    /// The innermost function that holds a byte.
    pub(crate) fn function_at(&self, at: u32) -> FuncId {
        let funcs = &self.front.main.hir.funcs;
        let holds = |(_, f): &(usize, &gatos_compiler::hir::Func)| f.span.start <= at && at <= f.span.end;
        let inner = funcs.iter().enumerate().skip(1).filter(holds).min_by_key(|(_, f)| f.span.end - f.span.start);
        FuncId(inner.map_or(0, |(i, _)| i as u32))
    }

    /// What is known of events.
    pub(crate) fn samples(&self) -> &Samples {
        &self.samples
    }

    /// The text of a range.
    pub(crate) fn slice(&self, span: Span) -> &str {
        self.text().get(span.range()).unwrap_or("")
    }

    /// The file of an import.
    pub(crate) fn module_of(&self, import: gatos_compiler::hir::ImportId) -> Option<FileId> {
        let index = *self.front.main.imports.get(import.0 as usize)?;
        self.modules.get(index as usize).copied().flatten()
    }
}
