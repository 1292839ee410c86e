//! Sources of both languages, found below some paths and judged: what `gatos lint` tells and mends.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use gatos_compiler::{FileDiagnostic, KindChoice, LintConfig, SourceFile};
use gatos_ide::fix;
use gatos_syntax::diagnostic::{Fix, Severity};

use crate::failure::{Failure, Result};
use crate::input;
use crate::policy::build;
use crate::policy::sources::{POLICIES_DIR, SourceText, slashed};
use crate::toolchain;

/// How deep folders are searched.
const MAX_FOLDERS: u32 = 32;
/// Files of one bundle of policies, at most.
const MAX_BUNDLE: usize = 4_096;

/// What was judged.
#[derive(Default)]
pub struct Judged {
    /// The files that messages speak of.
    pub files: Vec<SourceFile>,
    /// Messages.
    pub found: Vec<FileDiagnostic>,
}

impl Judged {
    fn add(&mut self, files: Vec<SourceFile>, found: impl IntoIterator<Item = FileDiagnostic>) {
        let offset = self.files.len() as u32;
        self.files.extend(files);
        self.found.extend(found.into_iter().map(|mut d| {
            d.file += offset;
            d
        }));
    }

    /// How many are errors.
    pub fn errors(&self) -> usize {
        self.found.iter().filter(|d| d.diagnostic.severity == Severity::Error).count()
    }
}

/// Finds sources: files as they are named, of folders every `.lua` and `.rgs`; sorted, each once.
///
/// # Errors
/// When a path cannot be read, or is named and is no source.
pub fn collect(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut out = Vec::new();
    for path in paths {
        walk(path, 0, &mut out)?;
    }
    out.sort();
    // A file by two names is one file.
    let mut seen = BTreeSet::new();
    out.retain(|path| seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone())));
    Ok(out)
}

fn is_policy(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("rgs"))
}

fn walk(path: &Path, depth: u32, out: &mut Vec<PathBuf>) -> Result<()> {
    let meta = std::fs::metadata(path).map_err(|e| Failure::io("read", path, &e))?;
    if !meta.is_dir() {
        out.push(path.to_path_buf());
        return Ok(());
    }
    if depth > MAX_FOLDERS {
        return Err(Failure::input(format!("{} is more than {MAX_FOLDERS} folders deep", path.display())));
    }
    for entry in std::fs::read_dir(path).map_err(|e| Failure::io("list", path, &e))? {
        let entry = entry.map_err(|e| Failure::io("list", path, &e))?;
        let entry = if path == Path::new(".") { PathBuf::from(entry.file_name()) } else { entry.path() };
        let hidden = entry.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
        let is_source = entry.extension().is_some_and(|e| e == "lua" || e == "rgs");
        // Links can lead in circles and to files of others; pipes can wait for ever.
        let kind = std::fs::symlink_metadata(&entry).map_err(|e| Failure::io("read", &entry, &e))?.file_type();
        if !hidden && (kind.is_dir() || kind.is_file() && is_source) {
            walk(&entry, depth + 1, out)?;
        }
    }
    Ok(())
}

/// The folder whose policies are compiled together with a file, and whether with all folders below: all of
/// `gatos/policies`, elsewhere the file's own folder.
fn bundle_of(path: &Path) -> (PathBuf, bool) {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_path_buf(),
        _ => PathBuf::from("."),
    };
    match folder.ancestors().find(|dir| dir.ends_with(POLICIES_DIR)) {
        Some(top) => (top.to_path_buf(), true),
        None => (folder, false),
    }
}

fn bundle_files(folder: &Path, deep: bool) -> Result<BTreeSet<PathBuf>> {
    let mut all = Vec::new();
    if deep {
        walk(folder, 0, &mut all)?;
    } else {
        for entry in std::fs::read_dir(folder).map_err(|e| Failure::io("list", folder, &e))? {
            let entry = entry.map_err(|e| Failure::io("list", folder, &e))?;
            let path = if folder == Path::new(".") { PathBuf::from(entry.file_name()) } else { entry.path() };
            if path.is_file() && !entry.file_name().to_string_lossy().starts_with('.') {
                all.push(path);
            }
        }
    }
    Ok(all.into_iter().filter(|path| is_policy(path)).take(MAX_BUNDLE).collect())
}

/// Texts that stand in for those of files.
pub type Texts = BTreeMap<PathBuf, String>;

/// Judges sources. Policies are judged together with those that they are compiled with, and only what is said
/// about files that were asked for is kept.
///
/// # Errors
/// When a file cannot be read.
pub fn judge(paths: &[PathBuf], config: &LintConfig, texts: &Texts) -> Result<Judged> {
    let mut out = Judged::default();
    let instead = |path: &Path| texts.get(path).cloned();
    for path in paths.iter().filter(|path| !is_policy(path)) {
        // Lowering finds a few more things than judging does, such as too many locals.
        let compiled = toolchain::compile_with(path, KindChoice::Auto, config.clone(), true, &instead)?;
        out.add(compiled.files, compiled.diagnostics);
    }
    let mut bundles: BTreeMap<(PathBuf, bool), BTreeSet<PathBuf>> = BTreeMap::new();
    for path in paths.iter().filter(|path| is_policy(path)) {
        bundles.entry(bundle_of(path)).or_default().insert(path.clone());
    }
    for ((folder, deep), asked) in bundles {
        let mut all = bundle_files(&folder, deep)?;
        all.extend(asked.iter().cloned());
        let names: BTreeSet<String> = asked.iter().map(|path| slashed(path)).collect();
        let mut sources = Vec::new();
        let mut seen = BTreeSet::new();
        for path in &all {
            // The same file by two spellings is one module.
            if seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone())) || asked.contains(path) {
                let text = match instead(path) {
                    Some(text) => text,
                    None => input::read_text(path)?,
                };
                sources.push(SourceText { name: slashed(path), text });
            }
        }
        sources.dedup_by(|a, b| a.name == b.name);
        let judged = build::judge(&sources, None);
        let of_asked = |d: &FileDiagnostic| judged.files.get(d.file as usize).is_some_and(|f| names.contains(&f.name));
        let found: Vec<FileDiagnostic> = judged.diagnostics.iter().filter(|d| of_asked(d)).cloned().collect();
        out.add(judged.files, found);
    }
    // A module used by two programs was compiled with both.
    let mut seen = BTreeSet::new();
    let files = &out.files;
    out.found.retain(|d| {
        let name = files.get(d.file as usize).map(|f| f.name.clone());
        seen.insert((name, d.diagnostic.span, d.diagnostic.code, d.diagnostic.message.clone()))
    });
    Ok(out)
}

/// A file that mending changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mended {
    /// The file.
    pub path: PathBuf,
    /// Its text before.
    pub old: String,
    /// Its text now.
    pub new: String,
    /// How many fixes were applied.
    pub fixes: usize,
}

/// What the first fixes of all messages make of the files, round by round until nothing is left to mend. Nothing is
/// written. A file that would have more errors than before is left out.
///
/// # Errors
/// When a file cannot be read.
pub fn mend(paths: &[PathBuf], config: &LintConfig) -> Result<Vec<Mended>> {
    let mut all: BTreeMap<PathBuf, Mended> = BTreeMap::new();
    let mut texts = Texts::new();
    let mut seen: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
    let mut errors: Option<BTreeMap<PathBuf, usize>> = None;
    for _ in 0..fix::MAX_ROUNDS {
        let judged = judge(paths, config, &texts)?;
        let counted = errors_by_file(&judged);
        errors.get_or_insert(counted);
        let mut by_file: BTreeMap<PathBuf, (String, Vec<Fix>)> = BTreeMap::new();
        for d in &judged.found {
            let Some(file) = judged.files.get(d.file as usize) else { continue };
            // Modules that were not asked for stay as they are.
            let asked = paths.iter().find(|p| p.display().to_string() == file.name || slashed(p) == file.name);
            if let (Some(fix), Some(path)) = (d.diagnostic.fixes.first(), asked) {
                by_file.entry(path.clone()).or_insert_with(|| (file.text.clone(), Vec::new())).1.push(fix.clone());
            }
        }
        let mut changed = false;
        for (path, (text, fixes)) in by_file {
            let (new, applied) = fix::apply(&text, &fixes);
            // A text that was there before would come again for ever.
            let known = seen.entry(path.clone()).or_insert_with(|| BTreeSet::from([text.clone()]));
            if applied == 0 || !known.insert(new.clone()) {
                continue;
            }
            changed = true;
            texts.insert(path.clone(), new.clone());
            let entry = all.entry(path.clone());
            let entry = entry.or_insert_with(|| Mended { path, old: text, new: String::new(), fixes: 0 });
            entry.new = new;
            entry.fixes += applied;
        }
        if !changed {
            break;
        }
    }
    let before = errors.unwrap_or_default();
    let after = errors_by_file(&judge(paths, config, &texts)?);
    all.retain(|path, mended| {
        let key = PathBuf::from(slashed(path));
        let errors = |counts: &BTreeMap<PathBuf, usize>| counts.get(&key).copied().unwrap_or(0);
        mended.new != mended.old && errors(&after) <= errors(&before)
    });
    Ok(all.into_values().collect())
}

fn errors_by_file(judged: &Judged) -> BTreeMap<PathBuf, usize> {
    let mut out = BTreeMap::new();
    for d in judged.found.iter().filter(|d| d.diagnostic.severity == Severity::Error) {
        if let Some(file) = judged.files.get(d.file as usize) {
            *out.entry(PathBuf::from(slashed(Path::new(&file.name)))).or_insert(0) += 1;
        }
    }
    out
}
