//! From source text to a verified program, in order: parse, resolve, judge, lower, link,
//! verify. The same source gives the same bytes; comments, formatting and names of locals
//! do not reach them.

use crate::fold::{self, Entries, KindChoice};
use crate::hir::{FuncId, Hir};
use crate::ir::link::{Lines, link};
use crate::lint::{self, LintConfig};
use crate::lower::{self, File};
use crate::resolve::{FileRole, resolve, suggest};
use crate::text::LineIndex;
use gatos_canon::Sha256;
use gatos_elc::map::{FunctionMap, Place};
use gatos_elc::program::ProgramKind;
use gatos_elc::{Program, SourceMap, Verified, verify};
use gatos_syntax::diagnostic::{Diagnostic, Severity};
use gatos_syntax::echolua::ast::Block;
use gatos_syntax::echolua::{Comment, parse};
use gatos_syntax::span::Span;
use std::collections::BTreeMap;

/// Modules of one program, at most.
const MAX_MODULES: usize = 1_000;

/// A source text and the name that messages give it.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// Its name, usually its path.
    pub name: &'a str,
    /// The text.
    pub text: &'a str,
}

/// A module found by the loader.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ModuleSource {
    /// Its path, for messages.
    pub path: String,
    /// The text.
    pub text: String,
}

/// Finds a module by the name in `require "name"`; the error says where it was looked for.
pub type Loader<'a> = dyn Fn(&str) -> Result<ModuleSource, String> + 'a;

/// A loader for programs without modules.
///
/// # Errors
/// Always.
pub fn no_modules(name: &str) -> Result<ModuleSource, String> {
    Err(format!("there is no place to look for `{name}`"))
}

/// How to compile.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What the program is meant to be.
    pub kind: KindChoice,
    /// Which lints speak, and how loudly.
    pub lints: LintConfig,
}

/// A file that took part.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SourceFile {
    /// Its name in messages.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// A message and the file it is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileDiagnostic {
    /// The index of the file.
    pub file: u32,
    /// The message.
    pub diagnostic: Diagnostic,
}

/// A program that may run.
#[derive(Clone, Debug)]
pub struct CompiledProgram {
    /// The checked program.
    pub program: Verified<Program>,
    /// Its ELC bytes.
    pub bytes: Vec<u8>,
    /// SHA-256 of the bytes.
    pub fold_root: Sha256,
    /// Names and places, for messages.
    pub map: SourceMap,
    /// The same with whole spans, for tools: one entry a function, in the program's order.
    pub lines: Vec<Lines>,
}

/// What compiling gives: a program unless there was an error, and every message.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The program.
    pub program: Option<CompiledProgram>,
    /// Messages, in order of file and place.
    pub diagnostics: Vec<FileDiagnostic>,
    /// The files; the main one is first.
    pub files: Vec<SourceFile>,
}

impl Compiled {
    /// Whether anything refuses the program.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|d| d.diagnostic.severity == Severity::Error)
    }
}

/// A file of a program after resolution.
#[derive(Clone, Debug, Default)]
pub struct Unit {
    /// Its syntax tree.
    pub ast: Block,
    /// Its comments, in order.
    pub comments: Vec<Comment>,
    /// The resolved file; without functions when the module was not found.
    pub hir: Hir,
    /// The module of each import, by its index in [`Front::modules`].
    pub imports: Vec<u32>,
    /// Its index among the files.
    pub file: u32,
    /// Whether it has errors of syntax or names.
    pub failed: bool,
    /// Whether every use that is written was seen: it has no errors but names that are refused or nowhere
    /// declared, and those leave the tree whole.
    pub is_whole: bool,
}

/// A program before lowering: what tools read that answer about its text.
#[derive(Clone, Debug)]
pub struct Front {
    /// The main file.
    pub main: Unit,
    /// Each module's name in `require`, and its file.
    pub modules: Vec<(String, Unit)>,
    /// What the program is.
    pub kind: ProgramKind,
    /// The entries of a fold, as far as reading finds them.
    pub entries: Entries,
    /// Messages, in order of file and place: those of [`check`], and lints that count uses in refused files too
    /// whose tree is whole.
    pub diagnostics: Vec<FileDiagnostic>,
    /// The files; the main one is first.
    pub files: Vec<SourceFile>,
}

impl Front {
    /// The main file and then the modules; a module of index `i` is at `i + 1`.
    pub fn units(&self) -> impl Iterator<Item = &Unit> {
        std::iter::once(&self.main).chain(self.modules.iter().map(|(_, u)| u))
    }
}

struct Session<'a> {
    loader: &'a Loader<'a>,
    files: Vec<SourceFile>,
    diags: Vec<FileDiagnostic>,
    /// Modules by name; the unit is there once it is resolved.
    modules: Vec<(String, Option<Unit>)>,
    /// Their numbers.
    numbers: BTreeMap<String, usize>,
    /// Whether uses are counted in refused files too, where the tree is whole.
    counts_in_refused: bool,
}

/// Compiles a program.
pub fn compile(input: Source<'_>, loader: &Loader<'_>, options: &Options) -> Compiled {
    run(input, loader, options, true)
}

/// Judges a program without making one: errors and lints.
pub fn check(input: Source<'_>, loader: &Loader<'_>, options: &Options) -> Compiled {
    run(input, loader, options, false)
}

/// Parses, resolves and judges a program, and gives what was found on the way. A file that is
/// itself a module of other programs has the role [`FileRole::Module`]; its kind is then what
/// `options` say, and a fold's entries are not asked of it.
pub fn front(input: Source<'_>, role: FileRole, loader: &Loader<'_>, options: &Options) -> Front {
    let mut session = Session::new(loader);
    session.counts_in_refused = true;
    let mut front = session.judge(input, role, options);
    session.finish(&mut front, options);
    front
}

/// Makes the program that was judged before, and says what only lowering finds. There is no program
/// when anything refuses it.
pub fn lower_front(front: &Front) -> (Option<CompiledProgram>, Vec<FileDiagnostic>) {
    let refused = front.diagnostics.iter().any(|d| d.diagnostic.severity == Severity::Error);
    if refused || front.units().any(|u| u.failed) {
        return (None, Vec::new());
    }
    let numbers = front.modules.iter().enumerate().map(|(i, (name, _))| (name.clone(), i)).collect();
    let mut session = Session { files: front.files.clone(), numbers, ..Session::new(&no_modules) };
    let program = session.lower(&front.main, &front.modules, front.kind);
    (program, session.diags)
}

fn run(input: Source<'_>, loader: &Loader<'_>, options: &Options, emit: bool) -> Compiled {
    let mut session = Session::new(loader);
    let mut front = session.judge(input, FileRole::Main, options);
    let failed = session.failed() || front.units().any(|u| u.failed);
    let program = if emit && !failed { session.lower(&front.main, &front.modules, front.kind) } else { None };
    session.finish(&mut front, options);
    let denied = front.diagnostics.iter().any(|d| d.diagnostic.severity == Severity::Error);
    Compiled { program: program.filter(|_| !denied), diagnostics: front.diagnostics, files: front.files }
}

impl<'a> Session<'a> {
    fn new(loader: &'a Loader<'a>) -> Session<'a> {
        Session {
            loader,
            files: Vec::new(),
            diags: Vec::new(),
            modules: Vec::new(),
            numbers: BTreeMap::new(),
            counts_in_refused: false,
        }
    }

    /// Whether uses may be missing from what was read of a file.
    fn is_broken(&self, unit: &Unit) -> bool {
        if self.counts_in_refused { !unit.is_whole } else { unit.failed }
    }

    /// Everything before lowering, with the levels of lints not applied yet.
    fn judge(&mut self, input: Source<'_>, role: FileRole, options: &Options) -> Front {
        let mut main = self.file(input.name, input.text, role);
        self.load_modules(&main);
        // Every module has its own number; the main file's imports are looked up by name.
        main.imports =
            main.hir.imports.iter().map(|i| self.numbers.get(&i.name).copied().unwrap_or(0) as u32).collect();
        // A module without a unit was reported; an empty one keeps the numbers in step.
        let empty = || Unit { failed: true, ..Unit::default() };
        let modules: Vec<(String, Unit)> =
            std::mem::take(&mut self.modules).into_iter().map(|(n, u)| (n, u.unwrap_or_else(empty))).collect();
        let (kind, entries) = match role {
            FileRole::Main => {
                let (kind, entries, diags) = fold::kind(&main.hir, options.kind, |name| {
                    modules.iter().find(|(n, u)| n == name && !u.hir.funcs.is_empty()).map(|(_, u)| &u.hir)
                });
                self.report(main.file, diags);
                (kind, entries)
            }
            FileRole::Module if options.kind == KindChoice::Script => (ProgramKind::Script, Entries::default()),
            FileRole::Module => (ProgramKind::Fold, Entries::default()),
        };
        for (i, unit) in std::iter::once(&main).chain(modules.iter().map(|(_, u)| u)).enumerate() {
            if unit.hir.funcs.is_empty() {
                continue;
            }
            if kind == ProgramKind::Fold {
                self.report(unit.file, fold::check_module_locals(&unit.hir));
            }
            let is_entry = i == 0 && kind == ProgramKind::Fold && role == FileRole::Main;
            let entries = is_entry.then_some(entries);
            let facts =
                lint::Facts { hir: &unit.hir, kind, entries, config: &options.lints, broken: self.is_broken(unit) };
            self.report(unit.file, lint::run(&facts));
        }
        Front { main, modules, kind, entries, diagnostics: Vec::new(), files: Vec::new() }
    }

    /// Applies the levels of lints, and puts messages and files where they belong.
    fn finish(&mut self, front: &mut Front, options: &Options) {
        for unit in front.units().filter(|u| !u.hir.funcs.is_empty()) {
            let broken = self.is_broken(unit);
            let text = &self.files[unit.file as usize].text;
            lint::apply_levels(&mut self.diags, unit.file, text, &unit.comments, broken, &options.lints);
        }
        self.diags.sort_by(|a, b| {
            (a.file, a.diagnostic.span, a.diagnostic.code).cmp(&(b.file, b.diagnostic.span, b.diagnostic.code))
        });
        self.diags.dedup();
        front.diagnostics = std::mem::take(&mut self.diags);
        front.files = std::mem::take(&mut self.files);
    }
}

impl Session<'_> {
    fn report(&mut self, file: u32, diags: Vec<Diagnostic>) {
        self.diags.extend(diags.into_iter().map(|diagnostic| FileDiagnostic { file, diagnostic }));
    }

    fn failed(&self) -> bool {
        self.diags.iter().any(|d| d.diagnostic.severity == Severity::Error)
    }

    fn file(&mut self, name: &str, text: &str, role: FileRole) -> Unit {
        let file = self.files.len() as u32;
        self.files.push(SourceFile { name: name.to_string(), text: text.to_string() });
        let parsed = parse(text);
        let (hir, mut diags) = resolve(&parsed.ast, role);
        let is_error = |d: &Diagnostic| d.severity == Severity::Error;
        let failed = parsed.diagnostics.iter().chain(&diags).any(is_error);
        let is_whole =
            !parsed.diagnostics.iter().any(is_error) && diags.iter().filter(|d| is_error(d)).all(leaves_the_tree_whole);
        diags.extend(parsed.diagnostics);
        self.report(file, diags);
        Unit { ast: parsed.ast, comments: parsed.comments, hir, imports: Vec::new(), file, failed, is_whole }
    }

    /// Resolves every module that the main file needs, each once, deepest last. A module that
    /// needs itself through others is reported with the whole way round.
    fn load_modules(&mut self, main: &Unit) {
        // Breadth first: no recursion, however long the chain of modules.
        let mut queue: Vec<(Option<usize>, u32)> = vec![(None, main.file)];
        let mut at = 0;
        let mut wanted = main.hir.imports.clone();
        while at < queue.len() {
            let (owner, file) = queue[at];
            at += 1;
            let mut numbers = Vec::with_capacity(wanted.len());
            for import in std::mem::take(&mut wanted) {
                let id = match self.numbers.get(&import.name) {
                    Some(id) => *id,
                    None => {
                        let id = self.modules.len();
                        self.modules.push((import.name.clone(), None));
                        self.numbers.insert(import.name.clone(), id);
                        match self.find(&import.name) {
                            Ok(found) => {
                                let unit = self.file(&found.path, &found.text, FileRole::Module);
                                queue.push((Some(id), unit.file));
                                self.modules[id].1 = Some(unit);
                            }
                            Err(why) => self.report(file, vec![not_found(&import.name, import.span, &why)]),
                        }
                        id
                    }
                };
                numbers.push(id as u32);
            }
            if let Some(Some(unit)) = owner.map(|o| self.modules[o].1.as_mut()) {
                unit.imports = numbers;
            }
            if let Some((Some(next), _)) = queue.get(at)
                && let Some(unit) = &self.modules[*next].1
            {
                wanted.clone_from(&unit.hir.imports);
            }
        }
        self.cycles();
    }

    fn find(&self, name: &str) -> Result<ModuleSource, String> {
        if self.modules.len() > MAX_MODULES {
            return Err(format!("a program has at most {MAX_MODULES} modules"));
        }
        (self.loader)(name)
    }

    fn cycles(&mut self) {
        // Depth-first with an explicit stack: 0 new, 1 on the way, 2 done.
        let mut state = vec![0u8; self.modules.len()];
        let mut found = Vec::new();
        for start in 0..self.modules.len() {
            let mut path: Vec<(usize, usize)> = vec![(start, 0)];
            if state[start] != 0 {
                continue;
            }
            state[start] = 1;
            while let Some((module, next)) = path.last().copied() {
                let import = self.modules[module].1.as_ref().and_then(|u| u.imports.get(next).copied());
                let Some(import) = import else {
                    state[module] = 2;
                    path.pop();
                    continue;
                };
                if let Some(last) = path.last_mut() {
                    last.1 += 1;
                }
                let import = import as usize;
                match state[import] {
                    0 => {
                        state[import] = 1;
                        path.push((import, 0));
                    }
                    1 => {
                        let from = path.iter().position(|(m, _)| *m == import).unwrap_or(0);
                        let mut names: Vec<&str> =
                            path[from..].iter().map(|(m, _)| self.modules[*m].0.as_str()).collect();
                        names.push(&self.modules[import].0);
                        if let Some(unit) = &self.modules[module].1 {
                            let span = unit.hir.imports[next].span;
                            found.push((unit.file, cycle(&names, span)));
                        }
                    }
                    _ => {}
                }
            }
        }
        for (file, diag) in found {
            self.report(file, vec![diag]);
        }
    }

    fn lower(&mut self, main: &Unit, units: &[(String, Unit)], kind: ProgramKind) -> Option<CompiledProgram> {
        let modules: Vec<(String, File)> = units
            .iter()
            .map(|(name, u)| (name.clone(), File { hir: &u.hir, file: u.file, imports: &u.imports }))
            .collect();
        let file = File { hir: &main.hir, file: main.file, imports: &main.imports };
        let (mut parts, diags) = lower::lower(&file, &modules);
        // A module that is looked at alone takes the place of a main chunk here, which has varargs.
        if let Some(chunk) = parts.functions.first_mut() {
            chunk.vararg = true;
        }
        for (file, d) in diags {
            self.report(file, vec![d]);
        }
        if self.failed() {
            return None;
        }
        let (program, lines) = link(parts, kind);
        let at = main.hir.func(FuncId(0)).span;
        match verify(program) {
            Ok(program) => {
                let bytes = program.to_bytes();
                let fold_root = program.fold_root();
                let map = self.map(fold_root, &lines);
                Some(CompiledProgram { bytes, fold_root, map, lines, program })
            }
            Err(e) => {
                let span = Span { start: at.start, end: at.start };
                self.report(
                    main.file,
                    vec![
                        Diagnostic::error("E0217", span, format!("the compiled program was refused: {e}"))
                            .label("the program is larger than ELC allows, or the compiler is wrong")
                            .help("split the program; when it is small, please report this with the source"),
                    ],
                );
                None
            }
        }
    }

    fn map(&self, fold_root: Sha256, lines: &[Lines]) -> SourceMap {
        let indexes: Vec<LineIndex> = self.files.iter().map(|f| LineIndex::new(&f.text)).collect();
        let place = |file: u32, span: Span| {
            let (line, col) = indexes[file as usize].line_col(span.start);
            Place { file, line, col }
        };
        let functions = lines
            .iter()
            .map(|f| {
                let at = place(f.file, f.span);
                let name = match (f.name.as_str(), f.is_chunk) {
                    ("", true) if f.file == 0 => "<main>".to_string(),
                    ("", true) => "<module>".to_string(),
                    ("", false) => format!("function at line {}", at.line),
                    (name, _) => name.to_string(),
                };
                let mut map = FunctionMap::new(name, at);
                f.spans.iter().for_each(|s| map.push(place(f.file, *s)));
                map.locals.clone_from(&f.variables.locals);
                map.upvalues.clone_from(&f.variables.upvalues);
                map
            })
            .collect();
        SourceMap {
            fold_root,
            files: self.files.iter().map(|f| f.name.clone()).collect(),
            functions,
            rules: Vec::new(),
        }
    }
}

/// Whether an error hides no use of a local: a name that the profile leaves out, a library member that is not
/// there, or a name that is nothing's and nearly nothing's either: one that was mistyped would have been a use.
fn leaves_the_tree_whole(d: &Diagnostic) -> bool {
    match d.code {
        // What stands in the brackets of such a `require` is not looked at.
        "E0122" => false,
        "E0201" => d.fixes.is_empty(),
        "E0204" => true,
        code => code.starts_with("E01"),
    }
}

fn not_found(name: &str, span: Span, why: &str) -> Diagnostic {
    Diagnostic::error("E0215", span, format!("the module `{name}` was not found"))
        .label(why.to_string())
        .help(format!("`require \"{name}\"` stands for the file `{}.lua`", name.replace('.', "/")))
}

fn cycle(names: &[&str], span: Span) -> Diagnostic {
    Diagnostic::error("E0216", span, format!("modules require each other: {}", names.join(" → ")))
        .label("this closes the circle")
        .help("move what both need into a third module")
}

/// The nearest of some names, for tools that suggest.
pub fn suggestion<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    suggest::closest(name, known)
}
