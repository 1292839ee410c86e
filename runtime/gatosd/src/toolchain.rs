//! From a file to a program that may run, and from a failure back to a place in the source.

use std::fs;
use std::path::{Path, PathBuf};

use gatos_compiler::render::{self, Form};
use gatos_compiler::{Compiled, KindChoice, Level, LintConfig, ModuleSource, Options, Source, SourceFile};
use gatos_echo::{FoldFailure, Host, TraceFrame};
use gatos_elc::program::Program;
use gatos_elc::{SourceMap, Verified};
use serde::Deserialize;

use crate::failure::{About, Exit, Failure, Result};
use crate::input;
use crate::output::Output;

/// Where a project configures its lints, from the top of its working tree.
pub const LINT_PATH: &str = "gatos/config/lint.toml";

/// A program ready to run, with what messages need.
pub struct Loaded {
    /// The checked program.
    pub program: Verified<Program>,
    /// Names and places, where they are known.
    pub map: Option<SourceMap>,
    /// The sources, when the program was compiled just now.
    pub files: Vec<SourceFile>,
}

/// Loads a program from ELC or source; `-` is source on stdin.
///
/// # Errors
/// When the file cannot be read, does not compile, or does not verify. Diagnostics have been
/// printed then.
pub fn load(path: &Path, kind: KindChoice, out: &Output) -> Result<Loaded> {
    if is_elc(path) {
        return load_elc(path);
    }
    let compiled = compile(path, kind, LintConfig::default(), true)?;
    // Lints have their own command: here only what refuses the program is of interest.
    let errors = Compiled {
        diagnostics: compiled
            .diagnostics
            .iter()
            .filter(|d| d.diagnostic.severity == gatos_syntax::diagnostic::Severity::Error)
            .cloned()
            .collect(),
        ..compiled
    };
    match errors.program {
        Some(ref done) => {
            Ok(Loaded { program: done.program.clone(), map: Some(done.map.clone()), files: errors.files })
        }
        None => {
            say_diagnostics(&errors, out);
            Err(Failure::said(Exit::Usage))
        }
    }
}

/// Prints a compilation's messages to stderr.
pub fn say_diagnostics(compiled: &Compiled, out: &Output) {
    out.painted(render::render(compiled, Form::Human { color: out.colour() }).trim_end());
    say_codes(&compiled.diagnostics, out);
}

/// Says where more can be read about the errors among some messages.
pub fn say_codes(diagnostics: &[gatos_compiler::FileDiagnostic], out: &Output) {
    let errors = diagnostics.iter().filter(|d| d.diagnostic.severity == gatos_syntax::diagnostic::Severity::Error);
    let mut codes: Vec<&str> = errors.map(|d| d.diagnostic.code).collect();
    codes.sort_unstable();
    codes.dedup();
    if let Some(first) = codes.first() {
        out.say(format!("`gatos explain {first}` tells more"));
    }
}

fn is_elc(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("elc"))
}

/// The file of names and places beside an ELC file.
pub fn map_path(elc: &Path) -> PathBuf {
    let mut name = elc.as_os_str().to_owned();
    name.push(".map");
    PathBuf::from(name)
}

fn load_elc(path: &Path) -> Result<Loaded> {
    let bytes = input::read_file(path)?;
    let program = program_of(&bytes, &path.display().to_string())?;
    let map_path = map_path(path);
    // A map that is missing or of another program only costs names in messages.
    let map = fs::read(&map_path).ok().and_then(|bytes| SourceMap::from_bytes(&bytes).ok());
    let map = map.filter(|map| map.belongs_to(&program));
    Ok(Loaded { program, map, files: Vec::new() })
}

/// A program from ELC bytes.
///
/// # Errors
/// When they are not ELC, or break a rule of it.
pub fn program_of(bytes: &[u8], name: &str) -> Result<Verified<Program>> {
    gatos_elc::load(bytes).map_err(|e| {
        let failure = Failure::input(format!("{name} is not a program that may run: {e}"));
        if bytes.is_empty() {
            failure.note("the file is empty").help("compile it again with `gatos foldc`")
        } else if std::str::from_utf8(bytes).is_ok_and(|t| t.contains("function") || t.contains("local ")) {
            failure.help("it looks like source: name it .lua, or compile it with `gatos foldc`")
        } else {
            failure.help("compile it again with `gatos foldc`")
        }
    })
}

/// Compiles a source file, or only judges it.
///
/// # Errors
/// When the file cannot be read; what is wrong with the source is in the result.
pub fn compile(path: &Path, kind: KindChoice, lints: LintConfig, emit: bool) -> Result<Compiled> {
    compile_with(path, kind, lints, emit, &|_| None)
}

/// As [`compile`], with texts that stand in for those of files: of the main one and of modules.
///
/// # Errors
/// As [`compile`].
pub fn compile_with(
    path: &Path,
    kind: KindChoice,
    lints: LintConfig,
    emit: bool,
    instead: &dyn Fn(&Path) -> Option<String>,
) -> Result<Compiled> {
    if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("rgs") || e.eq_ignore_ascii_case("rgc")) {
        return Err(Failure::input(format!("{} is a policy, and a program belongs here", path.display()))
            .help("policies are compiled by `gatos policyc` and tried with `gatos run FILE --input …`"));
    }
    let text = match instead(path) {
        Some(text) => text,
        None => input::read_text(path)?,
    };
    let name = if path == Path::new("-") { "stdin".to_owned() } else { path.display().to_string() };
    let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
    let loader = |module: &str| match gatos_debug::trial::library(&name, module) {
        Some(library) => Ok(library),
        None => find_module(&folder, module, instead),
    };
    let options = Options { kind, lints };
    let source = Source { name: &name, text: &text };
    Ok(match emit {
        true => gatos_compiler::compile(source, &loader, &options),
        false => gatos_compiler::check(source, &loader, &options),
    })
}

/// `require "a.b"` is `a/b.lua` beside the main file.
fn find_module(
    folder: &Path,
    module: &str,
    instead: &dyn Fn(&Path) -> Option<String>,
) -> std::result::Result<ModuleSource, String> {
    let sound = !module.is_empty()
        && module.split('.').all(|p| !p.is_empty() && p.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-')));
    if !sound {
        return Err("a module's name is words joined by dots".to_owned());
    }
    let path = folder.join(module.replace('.', "/")).with_extension("lua");
    let shown = path.display().to_string();
    if let Some(text) = instead(&path) {
        return Ok(ModuleSource { path: shown, text });
    }
    match fs::metadata(&path) {
        Ok(meta) if meta.len() > input::MAX_FILE_BYTES => Err(format!("{shown} is too large")),
        Ok(_) => match fs::read(&path) {
            Ok(bytes) => match String::from_utf8(bytes) {
                Ok(text) => Ok(ModuleSource { path: shown, text }),
                Err(_) => Err(format!("{shown} is not UTF-8 text")),
            },
            Err(e) => Err(format!("{shown}: {e}")),
        },
        Err(_) => Err(format!("there is no {shown}")),
    }
}

/// The file format of `lint.toml`.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct LintFile {
    #[serde(default)]
    rules: std::collections::BTreeMap<String, String>,
    max_table_items: Option<usize>,
}

/// The lint configuration at `path`; the defaults when there is none and it was not asked for.
///
/// # Errors
/// When the file is there and cannot be understood.
pub fn lint_config(path: &Path, required: bool) -> Result<LintConfig> {
    let mut config = LintConfig::default();
    if !required && !path.exists() {
        return Ok(config);
    }
    let text = input::read_text(path)?;
    let wrong = |why: String| {
        Failure::input(format!("{}: {why}", path.display()))
            .help("it looks like this:\n    max_table_items = 1000\n    [rules]\n    unused-local = \"deny\"   # allow, warn or deny")
    };
    let file: LintFile = toml::from_str(&text).map_err(|e| wrong(e.to_string().trim_end().to_owned()))?;
    if let Some(most) = file.max_table_items {
        config.max_table_items = most;
    }
    for (rule, level) in &file.rules {
        let level = match level.as_str() {
            "allow" => Level::Allow,
            "warn" => Level::Warn,
            "deny" => Level::Deny,
            other => return Err(wrong(format!("rules.{rule}: {other:?} is not `allow`, `warn` or `deny`"))),
        };
        config.set(rule, level).map_err(|near| match near.as_str() {
            "" => wrong(format!("there is no rule `{rule}`")),
            near => wrong(format!("there is no rule `{rule}`; the nearest is `{near}`")),
        })?;
    }
    Ok(config)
}

/// A host that sends `print` to stderr.
pub struct Logger;

impl Host for Logger {
    fn log(&mut self, line: &[u8]) {
        Output::log(line);
    }
}

impl Loaded {
    /// Where a frame stands, as people write it.
    fn place(&self, proto: u32, op: u32) -> Option<String> {
        let map = self.map.as_ref()?;
        Some(map.show(map.place(proto, op)?))
    }

    /// A program's failure with its call stack in terms of the source.
    pub fn failure(&self, failure: &FoldFailure) -> Failure {
        let mut out = self.trap(&failure.message, failure.limit.is_some(), &failure.trace);
        out.notes.push(format!("while {}", failure.stage.doing()));
        out.help.extend(failure.help.clone());
        out
    }

    /// What ended a call, with the places in the source.
    pub fn trap(&self, message: &str, is_limit: bool, trace: &[TraceFrame]) -> Failure {
        let mut out = Failure::no(message);
        out.about = if is_limit { About::Limit } else { About::Program };
        if let Some(line) = self.source_line(trace) {
            out.notes.extend(line);
        }
        const SHOWN: usize = 12;
        for frame in trace.iter().take(SHOWN) {
            out.notes.push(match frame {
                TraceFrame::Library(name) => format!("in the library function {name}"),
                TraceFrame::Function { proto, op } => {
                    let name = self.map.as_ref().and_then(|map| map.name(*proto));
                    match (name, self.place(*proto, *op)) {
                        (Some(name), Some(place)) => format!("in {name} at {place}"),
                        _ => format!("in function {proto} at op {op} (no source map beside the program)"),
                    }
                }
            });
        }
        // Deep stacks are not recorded whole, so what was left out is not counted either.
        if trace.len() > SHOWN {
            out.notes.push("and more calls further out".to_owned());
        }
        out
    }

    /// The line of source where the innermost function was, with a mark under the place.
    fn source_line(&self, trace: &[TraceFrame]) -> Option<[String; 2]> {
        let (proto, op) = trace.iter().find_map(|frame| match frame {
            TraceFrame::Function { proto, op } => Some((*proto, *op)),
            TraceFrame::Library(_) => None,
        })?;
        let place = self.map.as_ref()?.place(proto, op)?;
        let text = &self.files.get(place.file as usize)?.text;
        let line = text.lines().nth((place.line as usize).checked_sub(1)?)?;
        // Of a long line only what is near the place.
        const AROUND: usize = 150;
        let col = (place.col as usize).saturating_sub(1);
        let from = if line.len() > 2 * AROUND { col.saturating_sub(AROUND) } else { 0 };
        let start = if from > 0 { "…" } else { "" };
        let head: String = line.chars().skip(from).take(col - from).collect();
        let mut tail = line.chars().skip(col);
        let rest: String = tail.by_ref().take(if line.len() > 2 * AROUND { AROUND } else { usize::MAX }).collect();
        let end = if tail.next().is_some() { "…" } else { "" };
        let head = format!("{start}{}", render::printable(&head));
        let before: String = head.chars().map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        let number = place.line.to_string();
        let rest = render::printable(&rest);
        Some([format!("{number} | {head}{rest}{end}"), format!("{} | {before}^", " ".repeat(number.len()))])
    }
}
