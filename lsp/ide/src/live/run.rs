//! Compiling a fold as it stands in the editor, or as it is at `HEAD`, and running it over events.

use crate::host::{Cancel, File, Snapshot};
use crate::live::Progress;
use crate::lua::analysis::{base_of, module_path};
use crate::world::{Event, World};
use gatos_compiler::text::LineIndex;
use gatos_compiler::{Compiled, CompiledProgram, Loader, ModuleSource, Options, Source, compile};
use gatos_echo::{Fold, FoldFailure, Silent, TraceFrame};
use gatos_elc::program::ProgramKind;
use gatos_syntax::diagnostic::Severity;
use gatos_vm::Limits;
use std::cell::RefCell;
use std::sync::Arc;

/// What people are told when they gave up themselves.
pub(super) const CANCELLED: &str = "cancelled";
/// Calls of a stack that are told.
const MAX_FRAMES: usize = 12;
/// Events between two words of progress.
const PROGRESS_EACH: usize = 64;

/// A text at `HEAD` that a program was made of; none where it was not there.
pub(super) type HeadTexts = Vec<(String, Option<Arc<str>>)>;

/// Compiles what the editor shows.
pub(super) fn now(snapshot: &Snapshot, file: &Arc<File>) -> Result<CompiledProgram, String> {
    let base = base_of(snapshot, file);
    let loader = |name: &str| {
        let path = module_path(&base, name);
        match snapshot.at(&path) {
            Some(module) => Ok(ModuleSource { path, text: module.text.to_string() }),
            None => Err(format!("there is no {path}")),
        }
    };
    done(compiled(&file.path, &file.text, &loader))
}

/// Compiles what is at `HEAD`; none when the file is not there. The texts it was made of come along.
pub(super) fn at_head(
    snapshot: &Snapshot,
    world: &dyn World,
    file: &Arc<File>,
) -> Result<(Option<Result<CompiledProgram, String>>, HeadTexts), String> {
    let Some(text) = world.at_head(&file.path)? else {
        return Ok((None, vec![(file.path.to_string(), None)]));
    };
    let text: Arc<str> = Arc::from(text);
    let texts = RefCell::new(vec![(file.path.to_string(), Some(text.clone()))]);
    let base = base_of(snapshot, file);
    let loader = |name: &str| {
        let path = module_path(&base, name);
        let found = world.at_head(&path)?.map(Arc::<str>::from);
        texts.borrow_mut().push((path.clone(), found.clone()));
        match found {
            Some(text) => Ok(ModuleSource { path, text: text.to_string() }),
            None => Err(format!("there is no {path} at HEAD")),
        }
    };
    let program = done(compiled(&file.path, &text, &loader));
    Ok((Some(program), texts.into_inner()))
}

fn compiled(path: &str, text: &str, loader: &Loader<'_>) -> Compiled {
    compile(Source { name: path, text }, loader, &Options::default())
}

fn done(compiled: Compiled) -> Result<CompiledProgram, String> {
    if let Some(program) = compiled.program {
        return Ok(program);
    }
    let first = compiled.diagnostics.iter().find(|d| d.diagnostic.severity == Severity::Error);
    Err(match first {
        Some(d) => {
            let file = compiled.files.get(d.file as usize);
            let (name, text) = file.map_or(("", ""), |f| (short(&f.name), f.text.as_str()));
            let (line, _) = LineIndex::new(text).line_col(d.diagnostic.span.start);
            format!("the program does not compile: {} ({name}:{line})", d.diagnostic.message)
        }
        None => "the program does not compile".to_owned(),
    })
}

/// The last part of a path.
pub(super) fn short(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// A program that folds.
pub(super) fn as_fold(program: CompiledProgram) -> Result<CompiledProgram, String> {
    match program.program.program().kind {
        ProgramKind::Fold => Ok(program),
        _ => Err("this file offers no function `fold`, so there is nothing to run over events".to_owned()),
    }
}

/// What running over events gave.
pub(super) struct Ran {
    /// The state after the last event that went well, as canonical JSON.
    pub(super) state: String,
    /// Events that went well.
    pub(super) events: usize,
    /// Fuel of `init` and of all events, also of what failed.
    pub(super) fuel: u64,
    /// Fuel of the dearest event, and its number.
    pub(super) dearest: Option<(u64, usize)>,
    /// How long it took, by the world's clock.
    pub(super) micros: u64,
    /// How it ended early.
    pub(super) failure: Option<Failed>,
}

/// An event, or the beginning, at which a fold failed.
pub(super) struct Failed {
    /// The event's number; none before the first.
    pub(super) event: Option<usize>,
    pub(super) failure: FoldFailure,
}

/// Folds events, oldest first. It can be given up between two of them.
pub(super) fn over(
    program: &CompiledProgram,
    events: &[Event],
    limits: Limits,
    world: &dyn World,
    cancel: &Cancel,
    progress: &Progress<'_>,
    what: &str,
) -> Result<Ran, String> {
    let mut ran = Ran { state: String::new(), events: 0, fuel: 0, dearest: None, micros: 0, failure: None };
    let started = world.micros();
    let began = |failure| Failed { event: None, failure };
    let mut fold = match Fold::load(&program.program, limits, Box::new(Silent)) {
        Ok(fold) => fold,
        Err(failure) => return Ok(Ran { failure: Some(began(failure)), ..ran }),
    };
    let made = fold.start();
    ran.fuel = fold.vm().usage().fuel;
    if let Err(failure) = made {
        return Ok(Ran { failure: Some(began(failure)), ..ran });
    }
    let of = events.len() as u64;
    for (i, event) in events.iter().enumerate() {
        if cancel.is_cancelled() {
            return Err(CANCELLED.to_owned());
        }
        if i % PROGRESS_EACH == 0 {
            progress(i as u64, of, what);
        }
        let folded = fold.event(&event.envelope);
        // The machine knows what a call used that failed, whatever it failed of.
        let fuel = fold.vm().usage().fuel;
        ran.fuel = ran.fuel.saturating_add(fuel);
        if ran.dearest.is_none_or(|(most, _)| fuel > most) {
            ran.dearest = Some((fuel, i));
        }
        if let Err(failure) = folded {
            ran.failure = Some(Failed { event: Some(i), failure });
            break;
        }
        ran.events += 1;
    }
    ran.micros = world.micros().saturating_sub(started);
    // A fold that failed is not to be asked again: its last good state is that of the events before.
    ran.state = match ran.failure {
        Some(_) => {
            let before = over(program, &events[..ran.events], limits, world, cancel, progress, what)?;
            before.state
        }
        None => String::from_utf8(fold.state_json()).unwrap_or_default(),
    };
    Ok(ran)
}

/// The calls that were active, innermost first: name, path, line and column.
pub(super) fn stack(program: &CompiledProgram, failure: &FoldFailure) -> Vec<(String, String, u32, u32)> {
    let frame = |frame: &TraceFrame| match frame {
        TraceFrame::Library(name) => ((*name).to_owned(), String::new(), 0, 0),
        TraceFrame::Function { proto, op } => {
            let name = program.map.name(*proto).unwrap_or("a function").to_owned();
            match program.map.place(*proto, *op) {
                Some(at) => {
                    let path = program.map.files.get(at.file as usize).cloned().unwrap_or_default();
                    (name, path, at.line, at.col)
                }
                None => (name, String::new(), 0, 0),
            }
        }
    };
    failure.trace.iter().take(MAX_FRAMES).map(frame).collect()
}
