//! The way from a source text to everything a user could notice about it. The only place
//! in the tests that knows how compiler, machine and fold engine are called.

use gatos_compiler::fold::KindChoice;
use gatos_compiler::lint::LintConfig;
use gatos_compiler::pipeline::{
    self, Compiled, CompiledProgram, FileDiagnostic, ModuleSource, Options, Source, SourceFile,
};
use gatos_compiler::rgs::{CompiledBundle, PolicyOptions};
use gatos_compiler::text::LineIndex;
use gatos_echo::{Fold, FoldFailure, Host, Limits, Script, ScriptValue, TraceFrame};
use gatos_ledger_core::import::{EventWrapper, LineOptions};
use gatos_ledger_core::model::{ActorId, JournalId, Namespace};
use gatos_syntax::diagnostic::Severity;
use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

/// What a program is compiled as.
pub use gatos_compiler::fold::KindChoice as Kind;

/// Compiles a text; modules are looked for below `modules`.
pub fn compile(name: &str, text: &str, kind: KindChoice, modules: &Path) -> Compiled {
    let find = |module: &str| -> Result<ModuleSource, String> {
        let path = format!("{}.lua", module.replace('.', "/"));
        let text = std::fs::read_to_string(modules.join(&path)).map_err(|_| format!("there is no {path}"))?;
        Ok(ModuleSource { path, text })
    };
    let options = Options { kind, lints: LintConfig::default() };
    pipeline::compile(Source { name, text }, &find, &options)
}

/// Compiles a policy.
pub fn compile_policy(name: &str, text: &str) -> CompiledBundle {
    gatos_compiler::rgs::compile(&[Source { name, text }], None, &PolicyOptions::default())
}

/// The syntax tree of a text, as text.
pub fn tree(text: &str, policy: bool) -> String {
    if policy {
        return gatos_syntax::rgs::dump::dump(&gatos_syntax::rgs::parse(text).module);
    }
    gatos_syntax::echolua::dump::dump(&gatos_syntax::echolua::parse(text).ast)
}

/// The messages as text, without colours or drawings: what is said, and where.
pub fn diagnostics(compiled: &Compiled, with_warnings: bool) -> String {
    messages(&compiled.files, &compiled.diagnostics, with_warnings)
}

/// Messages about some files as text.
pub fn messages(files: &[SourceFile], diagnostics: &[FileDiagnostic], with_warnings: bool) -> String {
    let mut out = String::new();
    for found in diagnostics {
        let d = &found.diagnostic;
        if d.severity == Severity::Warning && !with_warnings {
            continue;
        }
        let Some(file) = files.get(found.file as usize) else { continue };
        let lines = LineIndex::new(&file.text);
        let range = |span: gatos_syntax::span::Span| {
            let ((l1, c1), (l2, c2)) = (lines.line_col(span.start), lines.line_col(span.end));
            if l1 == l2 { format!("{l1}:{c1}-{c2}") } else { format!("{l1}:{c1}-{l2}:{c2}") }
        };
        let place = if found.file == 0 { String::new() } else { format!("{}:", file.name) };
        out.push_str(&format!("{} at {place}{}: {}\n", d.code, range(d.span), d.message));
        if !d.label.is_empty() {
            out.push_str(&format!("  label: {}\n", d.label));
        }
        for other in &d.related {
            out.push_str(&format!("  also at {}: {}\n", range(other.span), other.text));
        }
        for help in &d.help {
            out.push_str(&format!("  help: {help}\n"));
        }
        for fix in &d.fixes {
            out.push_str(&format!("  fix: {}\n", fix.title));
            for edit in &fix.edits {
                out.push_str(&format!("    {} becomes {:?}\n", range(edit.span), edit.text));
            }
        }
    }
    out
}

/// The codes of the errors, in order.
pub fn error_codes(compiled: &Compiled) -> Vec<&'static str> {
    let errors = compiled.diagnostics.iter().filter(|d| d.diagnostic.severity == Severity::Error);
    errors.map(|d| d.diagnostic.code).collect()
}

#[derive(Clone, Default)]
struct Log(Rc<RefCell<Vec<String>>>);

impl Host for Log {
    fn log(&mut self, line: &[u8]) {
        self.0.borrow_mut().push(show_bytes(line));
    }
}

impl Log {
    fn lines(&self) -> Vec<String> {
        self.0.borrow().clone()
    }
}

/// Text as it is; bytes that are not text escaped.
fn show_bytes(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().flat_map(|b| std::ascii::escape_default(*b)).map(char::from).collect(),
    }
}

/// What came of a script.
pub struct ScriptRun {
    /// What it printed.
    pub log: Vec<String>,
    /// What it returned, or why it did not.
    pub outcome: Result<Vec<String>, String>,
    /// What it paid, when it returned.
    pub fuel: Option<u64>,
}

/// Runs a script.
pub fn run_script(program: &CompiledProgram, limits: Limits) -> ScriptRun {
    let log = Log::default();
    let ran = Script::run(&program.program, limits, Box::new(log.clone()));
    let (outcome, fuel) = match ran {
        Ok((script, values)) => {
            let shown = values.into_iter().map(|v| match v {
                ScriptValue::Json(text) => text,
                ScriptValue::Other(what) => format!("<{what}>"),
            });
            (Ok(shown.collect()), Some(script.usage().fuel))
        }
        Err(failure) => (Err(show_failure(program, &failure)), None),
    };
    ScriptRun { log: log.lines(), outcome, fuel }
}

/// What came of a fold.
pub struct FoldRun {
    /// What it printed.
    pub log: Vec<String>,
    /// How many events it took in.
    pub events: u64,
    /// The state, or why there is none.
    pub state: Result<String, String>,
    /// Artifacts, when asked for: path and text.
    pub artifacts: Result<Vec<(String, String)>, String>,
    /// Digests and prices that other machines must meet.
    pub roots: Vec<(String, String)>,
}

/// Folds lines, wrapped as an import into an empty journal would wrap them.
pub fn run_fold(program: &CompiledProgram, lines: &[u8], limits: Limits, emit: bool) -> FoldRun {
    let log = Log::default();
    let mut run = FoldRun {
        log: Vec::new(),
        events: 0,
        state: Err(String::new()),
        artifacts: Ok(Vec::new()),
        roots: vec![("fold_root".to_owned(), program.fold_root.to_string())],
    };
    run.state = fold_lines(program, lines, limits, emit, &log, &mut run);
    run.log = log.lines();
    run
}

fn fold_lines(
    program: &CompiledProgram,
    lines: &[u8],
    limits: Limits,
    emit: bool,
    log: &Log,
    run: &mut FoldRun,
) -> Result<String, String> {
    let failed = |f: FoldFailure| show_failure(program, &f);
    let mut fold = Fold::load(&program.program, limits, Box::new(log.clone())).map_err(failed)?;
    fold.start().map_err(failed)?;
    let ns = Namespace::parse("golden").map_err(|e| e.to_string())?;
    let actor = ActorId::parse("user:ann").map_err(|e| e.to_string())?;
    let options = LineOptions::new().map_err(|e| e.to_string())?;
    let mut wrapper = EventWrapper::new(JournalId::new(ns, actor), options);
    let mut last_cid = None;
    for line in lines.split(|b| *b == b'\n') {
        let Some(event) = wrapper.wrap(line).map_err(|e| e.to_string())? else { continue };
        let number = run.events + 1;
        fold.event(&event.bytes).map_err(|f| format!("event {number}, {}", failed(f)))?;
        run.events = number;
        last_cid = Some(event.cid);
    }
    let state = String::from_utf8_lossy(&fold.state_json()).into_owned();
    if let Some(cid) = last_cid {
        run.roots.push(("last_event".to_owned(), cid.to_string()));
    }
    run.roots.push(("state_root".to_owned(), fold.state_root().to_string()));
    if emit {
        run.artifacts = fold.emit().map_err(failed).map(|all| {
            all.into_iter().map(|(path, bytes)| (path, String::from_utf8_lossy(&bytes).into_owned())).collect()
        });
    }
    let usage = fold.usage();
    run.roots.push(("fuel".to_owned(), usage.fuel_total.to_string()));
    run.roots.push(("memory_max".to_owned(), usage.memory_max.to_string()));
    run.roots.push(("state_bytes".to_owned(), usage.state_bytes.to_string()));
    Ok(state)
}

/// A failure as text: stage, message, help, and the calls that were active. A deep stack is
/// shown by its two ends.
fn show_failure(program: &CompiledProgram, failure: &FoldFailure) -> String {
    let mut out = failure.to_string();
    if let Some(limit) = failure.limit {
        out.push_str(&format!("\n  limit: {}", limit.name()));
    }
    if let Some(help) = &failure.help {
        out.push_str(&format!("\n  help: {help}"));
    }
    const ENDS: usize = 4;
    let count = failure.trace.len();
    for (at, frame) in failure.trace.iter().enumerate() {
        if at == ENDS && count > 2 * ENDS {
            out.push_str(&format!("\n  … {} more", count - 2 * ENDS));
        }
        if at >= ENDS && at < count.saturating_sub(ENDS) && count > 2 * ENDS {
            continue;
        }
        match *frame {
            TraceFrame::Library(name) => out.push_str(&format!("\n  in {name}")),
            TraceFrame::Function { proto, op } => {
                let name = program.map.name(proto).unwrap_or("?");
                let place = program.map.place(proto, op).map(|p| program.map.show(p)).unwrap_or_default();
                out.push_str(&format!("\n  in {name} at {place}"));
            }
        }
    }
    out
}

/// Whether a program is a fold.
pub fn is_fold(program: &CompiledProgram) -> bool {
    program.program.program().kind == gatos_elc::program::ProgramKind::Fold
}
