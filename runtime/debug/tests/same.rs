//! Watching changes nothing: every golden program gives the same results, errors and log for the
//! same fuel and memory when it is profiled, counted and looked at from top to bottom; and a
//! profile's weights sum up to what was paid.
#![allow(clippy::disallowed_methods, reason = "tests read the golden files")]

use gatos_compiler::{CompiledProgram, KindChoice, ModuleSource, Options, Source, compile};
use gatos_debug::coverage;
use gatos_debug::profile::Recorder;
use gatos_echo::{Fold, FoldFailure, Host, Limits, Script};
use gatos_ledger_core::import::{EventWrapper, LineOptions};
use gatos_ledger_core::model::{ActorId, JournalId, Namespace};
use gatos_vm::{Raised, Tracer, Usage, Value, View, Vm};
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Small, so that endless programs end soon.
const LIMITS: Limits = Limits { fuel: 300_000, depth: 300, memory: 8 << 20 };

#[derive(Clone, Default)]
struct Log(Rc<RefCell<Vec<Vec<u8>>>>);

impl Host for Log {
    fn log(&mut self, line: &[u8]) {
        self.0.borrow_mut().push(line.to_vec());
    }
}

/// Looks at everything there is to see, and hands on to others.
struct Everything<'a> {
    profile: Recorder<'a>,
    coverage: coverage::Recorder,
    seen: usize,
    ops: u64,
}

impl Everything<'_> {
    fn look(&mut self, view: View<'_>) {
        let mut next = Some(view);
        let mut frames = 0;
        while let Some(view) = next.filter(|_| frames < 8) {
            frames += 1;
            let text = |v: Value| {
                let mut out = Vec::new();
                // Large tables are read often enough when they are small.
                if view.vm().count(v) < 20 {
                    let _ = view.vm().encode_json(v, &mut out);
                }
                out.len() + view.vm().function_of(v).is_some() as usize + v.type_name().len()
            };
            let registers = (0..=255).filter_map(|i| view.register(i));
            let cells = (0..=255).filter_map(|i| view.cell(i));
            let upvalues = (0..=255).filter_map(|i| view.upvalue(i));
            let all = registers.chain(cells).chain(upvalues).chain(view.extra().take(20)).chain([view.function()]);
            self.seen += all.map(text).sum::<usize>();
            next = view.caller();
        }
    }
}

impl Tracer for Everything<'_> {
    fn op(&mut self, view: View<'_>) {
        self.ops += 1;
        // Every op for a while, then now and then: some programs run long.
        if self.ops < 3_000 || self.ops.is_multiple_of(97) {
            self.look(view);
        }
        self.profile.op(view);
        self.coverage.op(view);
    }
    fn enter(&mut self, view: View<'_>) {
        self.profile.enter(view);
        self.coverage.enter(view);
    }
    fn leave(&mut self, vm: &Vm, proto: u32, result: Value) {
        self.profile.leave(vm, proto, result);
        self.coverage.leave(vm, proto, result);
    }
    fn raise(&mut self, raised: Raised, view: View<'_>) {
        assert!(raised.limit.is_none() || !raised.is_caught, "a limit is never caught");
        self.look(view);
    }
}

/// Everything a user could notice.
#[derive(PartialEq, Debug, Default)]
struct Noticed {
    log: Vec<Vec<u8>>,
    states: Vec<String>,
    usages: Vec<Usage>,
    values: Vec<String>,
    failure: Option<FoldFailure>,
    fuel_total: u64,
}

fn golden(area: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden").join(area)
}

fn sources(area: &str) -> Vec<(PathBuf, String)> {
    let mut all: Vec<PathBuf> = std::fs::read_dir(golden(area)).unwrap().map(|e| e.unwrap().path()).collect();
    all.retain(|path| path.extension().is_some_and(|e| e == "lua"));
    all.sort();
    all.into_iter().map(|path| (path.clone(), std::fs::read_to_string(path).unwrap_or_default())).collect()
}

fn program(path: &Path, text: &str, kind: KindChoice) -> Option<CompiledProgram> {
    let folder = path.parent().unwrap().to_path_buf();
    let find = |module: &str| {
        let path = folder.join(format!("{}.lua", module.replace('.', "/")));
        let text = std::fs::read_to_string(&path).map_err(|e| e.to_string())?;
        Ok(ModuleSource { path: path.display().to_string(), text })
    };
    let name = path.display().to_string();
    compile(Source { name: &name, text }, &find, &Options { kind, ..Options::default() }).program
}

/// Events of a file, as the command line wraps them; up to the first line that is none.
fn events(path: &Path) -> Vec<Vec<u8>> {
    let journal = JournalId::new(Namespace::parse("events").unwrap(), ActorId::parse("user:local").unwrap());
    let mut wrapper = EventWrapper::new(journal, LineOptions::new().unwrap());
    let text = std::fs::read(path.with_extension("events.jsonl")).unwrap_or_default();
    let mut out = Vec::new();
    for line in text.split(|b| *b == b'\n') {
        match wrapper.wrap(line) {
            Ok(Some(event)) => out.push(event.bytes),
            Ok(None) => {}
            Err(_) => break,
        }
    }
    out
}

/// Runs a fold, watched or not.
fn fold(program: &CompiledProgram, events: &[Vec<u8>], mut watch: Option<&mut Everything<'_>>) -> Noticed {
    let log = Log::default();
    let mut seen = Noticed::default();
    let begin = |watch: &mut Option<&mut Everything<'_>>, what| {
        if let Some(w) = watch {
            w.profile.begin(what, LIMITS.fuel);
        }
    };
    let end = |watch: &mut Option<&mut Everything<'_>>, used: Usage| {
        if let Some(w) = watch {
            w.profile.end(used.fuel);
        }
    };
    begin(&mut watch, "load");
    let loaded = Fold::load_watched(
        &program.program,
        LIMITS,
        Box::new(log.clone()),
        watch.as_deref_mut().map(|w| w as &mut dyn Tracer),
    );
    let mut fold = match loaded {
        Ok(fold) => fold,
        Err(f) => return Noticed { failure: Some(f), log: log.0.take(), ..seen },
    };
    end(&mut watch, fold.last_usage());
    begin(&mut watch, "init");
    let mut failure = fold.start_watched(watch.as_deref_mut().map(|w| w as &mut dyn Tracer)).err();
    end(&mut watch, fold.last_usage());
    for event in events {
        if failure.is_some() {
            break;
        }
        begin(&mut watch, "fold");
        failure = fold.event_watched(event, watch.as_deref_mut().map(|w| w as &mut dyn Tracer)).err();
        end(&mut watch, fold.last_usage());
        seen.usages.push(fold.last_usage());
        if failure.is_none() {
            seen.states.push(String::from_utf8(fold.state_json()).unwrap());
        }
    }
    if failure.is_none() {
        begin(&mut watch, "emit");
        match fold.emit_watched(watch.as_deref_mut().map(|w| w as &mut dyn Tracer)) {
            Ok(artifacts) => seen.values = artifacts.into_iter().map(|a| format!("{a:?}")).collect(),
            Err(f) => failure = Some(f),
        }
        if fold.has_emit() {
            end(&mut watch, fold.last_usage());
            seen.usages.push(fold.last_usage());
        }
    }
    Noticed { log: log.0.take(), failure, fuel_total: fold.usage().fuel_total, ..seen }
}

fn script(program: &CompiledProgram, mut watch: Option<&mut Everything<'_>>) -> Noticed {
    let log = Log::default();
    let mut seen = Noticed::default();
    if let Some(w) = watch.as_deref_mut() {
        w.profile.begin("script", LIMITS.fuel);
    }
    let tracer = watch.as_deref_mut().map(|w| w as &mut dyn Tracer);
    match Script::run_watched(&program.program, LIMITS, Box::new(log.clone()), tracer) {
        Ok((script, values)) => {
            seen.values = values.iter().map(|v| format!("{v:?}")).collect();
            seen.usages.push(script.usage());
            seen.fuel_total = script.usage().fuel;
            if let Some(w) = watch {
                w.profile.end(seen.fuel_total);
            }
        }
        Err(f) => seen.failure = Some(f),
    }
    Noticed { log: log.0.take(), ..seen }
}

fn everything(program: &CompiledProgram) -> Everything<'_> {
    let profile = Recorder::new(program.program.program(), Some(&program.map));
    Everything { profile, coverage: coverage::Recorder::new(), seen: 0, ops: 0 }
}

fn check_report(program: &CompiledProgram, watch: Everything<'_>, name: &Path) {
    let files = coverage::report(&program.map, program.program.program(), watch.coverage.hits());
    assert!(files.iter().any(|f| f.lines.values().any(|hits| *hits > 0)), "{name:?}");
    let text = coverage::lcov(&files);
    assert_eq!(text.matches("end_of_record").count(), files.len(), "{name:?}");
    for b in files.iter().flat_map(|f| &f.branches) {
        assert!(b.is_reached || b.hits == 0, "{name:?}: {b:?}");
    }
}

#[test]
fn folds_do_the_same_when_they_are_watched() {
    let mut ran = 0;
    for (path, text) in sources("fold") {
        let Some(program) = program(&path, &text, KindChoice::Fold) else { continue };
        let events = events(&path);
        let plain = fold(&program, &events, None);
        let mut watch = everything(&program);
        let watched = fold(&program, &events, Some(&mut watch));
        assert_eq!(watched, plain, "{path:?}");
        ran += 1;
        if watch.ops == 0 {
            continue;
        }
        assert!(watch.seen > 0);
        check_report(&program, std::mem::replace(&mut watch, everything(&program)), &path);
        // Once more, for the profile.
        let mut watch = everything(&program);
        let again = fold(&program, &events, Some(&mut watch));
        let profile = watch.profile.finish();
        if again.failure.is_none() {
            assert_eq!(profile.total(), again.fuel_total, "{path:?}");
        }
        let weights: u64 = profile.functions().iter().map(|f| f.own).sum();
        assert_eq!(weights, profile.total(), "{path:?}");
    }
    assert!(ran >= 40, "{ran}");
}

#[test]
fn scripts_do_the_same_when_they_are_watched() {
    let mut ran = 0;
    for (path, text) in sources("run") {
        // Claims such as `1 + 1 --> 2` become statements that do the same work.
        let text: String = text
            .lines()
            .map(|line| match line.split_once(" --> ") {
                Some((expr, _)) if !expr.trim_start().starts_with("--") => {
                    format!("print(pcall(function() return {expr} end))\n")
                }
                _ => format!("{line}\n"),
            })
            .collect();
        let Some(program) = program(&path, &text, KindChoice::Script) else { continue };
        let plain = script(&program, None);
        let mut watch = everything(&program);
        let watched = script(&program, Some(&mut watch));
        assert_eq!(watched, plain, "{path:?}");
        ran += 1;
        let profile = watch.profile.finish();
        if plain.failure.is_none() {
            assert_eq!(profile.total(), plain.fuel_total, "{path:?}");
        }
    }
    assert!(ran >= 60, "{ran}");
}
