//! The fold engine: `init`, `fold` over each event, `emit`, and the state in between.

use crate::failure::{FoldFailure, Stage};
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use gatos_canon::cbor::{KeyOrder, Reader};
use gatos_canon::{Blake3, blake3};
use gatos_elc::program::Program;
use gatos_elc::verify::Verified;
use gatos_vm::data::DecodeError;
use gatos_vm::{CommitError, Host, Limits, NotPlain, Tag, Tracer, Usage, Value, Vm};

/// What a fold used so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FoldUsage {
    /// Events folded.
    pub events: u64,
    /// Fuel of all calls together.
    pub fuel_total: u64,
    /// Fuel of the most expensive call.
    pub fuel_max: u64,
    /// Abstract bytes of the call that allocated most.
    pub memory_max: u64,
    /// Abstract size of the state now.
    pub state_bytes: u64,
    /// Real bytes taken from the system at most.
    pub peak_bytes: u64,
}

/// Perhaps somebody who watches a call.
pub type Watching<'t, 'w> = Option<&'t mut (dyn Tracer + 'w)>;

fn call(
    vm: &mut Vm,
    tracer: &mut Watching<'_, '_>,
    f: Value,
    args: &[Value],
) -> Result<gatos_vm::Results, gatos_vm::Failure> {
    match tracer {
        Some(tracer) => vm.traced(&mut **tracer, |vm| vm.call_continued(f, args)),
        None => vm.call_continued(f, args),
    }
}

/// A loaded fold module and its state.
pub struct Fold {
    vm: Vm,
    init: Value,
    fold: Value,
    emit: Value,
    usage: FoldUsage,
    last: Usage,
}

impl Fold {
    /// Loads a program: runs its main chunk and modules, finds the functions, and freezes
    /// what they share.
    ///
    /// # Errors
    /// When the program does not load, or has no `fold` function.
    pub fn load(program: &Verified<Program>, limits: Limits, host: Box<dyn Host>) -> Result<Fold, FoldFailure> {
        Fold::load_watched(program, limits, host, None)
    }

    /// As [`Fold::load`], with somebody who watches.
    ///
    /// # Errors
    /// As there.
    pub fn load_watched(
        program: &Verified<Program>,
        limits: Limits,
        host: Box<dyn Host>,
        mut tracer: Watching<'_, '_>,
    ) -> Result<Fold, FoldFailure> {
        let library = gatos_stdlib::library();
        let mut vm = Vm::new(program, &library, limits, host)
            .map_err(|e| FoldFailure::new(Stage::Load, alloc::format!("{e}")))?;
        vm.open();
        let main = vm.main();
        let results = call(&mut vm, &mut tracer, main, &[]).map_err(|f| FoldFailure::of(Stage::Load, f))?;
        let module = results.first().copied().unwrap_or(Value::NIL);
        let frozen = match tracer {
            Some(tracer) => vm.traced(tracer, |vm| vm.freeze(&results)),
            None => vm.freeze(&results),
        };
        frozen.map_err(|f| FoldFailure::of(Stage::Load, f))?;
        let mut function = |name: &str| -> Result<Value, FoldFailure> {
            let v =
                if module.tag() == Tag::Table { vm.field(module, name) } else { vm.global(name).unwrap_or(Value::NIL) };
            match v.tag() {
                Tag::Nil | Tag::Closure | Tag::Native | Tag::Iter => Ok(v),
                _ => Err(FoldFailure::new(
                    Stage::Load,
                    alloc::format!("`{name}` is a {}, not a function", v.type_name()),
                )),
            }
        };
        let (init, fold, emit) = (function("init")?, function("fold")?, function("emit")?);
        if fold.is_nil() {
            return Err(FoldFailure::new(Stage::Load, "the program has no `fold` function")
                .help("return a table with `fold`, or declare a top-level `function fold(state, event)`"));
        }
        let mut f = Fold { vm, init, fold, emit, usage: FoldUsage::default(), last: Usage::default() };
        f.account();
        Ok(f)
    }

    fn account(&mut self) {
        let u = self.vm.usage();
        self.last = u;
        self.usage.fuel_total = self.usage.fuel_total.saturating_add(u.fuel);
        self.usage.fuel_max = self.usage.fuel_max.max(u.fuel);
        self.usage.memory_max = self.usage.memory_max.max(u.memory);
        self.usage.state_bytes = self.vm.state_bytes();
    }

    fn commit(&mut self, stage: Stage, results: &[Value]) -> Result<(), FoldFailure> {
        let v = results.first().copied().unwrap_or(Value::NIL);
        let r = self.vm.commit(v);
        self.account();
        self.vm.reset();
        match r {
            Ok(()) => Ok(()),
            Err(CommitError::NotPlain(e)) if e.reason == NotPlain::Nil && e.path.is_empty() => {
                let name = if stage == Stage::Init { "init" } else { "fold" };
                Err(FoldFailure::new(stage, alloc::format!("`{name}` returned no state"))
                    .help("end it with `return state`"))
            }
            Err(CommitError::NotPlain(e)) => Err(FoldFailure::new(
                stage,
                alloc::format!("{} cannot be kept: {}", e.path_text("state"), e.reason.text()),
            )
            .help("state holds booleans, numbers, UTF-8 strings, json.null, arrays 1..n and maps with string keys")),
            Err(CommitError::TooLarge { limit }) => {
                let mut f = FoldFailure::new(
                    stage,
                    alloc::format!("the state is larger than the memory limit of {limit} bytes"),
                )
                .help("raise it with --memory or `limits.memory` in the profile, or keep less in the state");
                f.limit = Some(gatos_vm::Limit::Memory);
                Err(f)
            }
        }
    }

    /// Makes the first state: what `init` returns, or `{}`.
    ///
    /// # Errors
    /// When `init` fails, or returns what cannot be state.
    pub fn start(&mut self) -> Result<(), FoldFailure> {
        self.start_watched(None)
    }

    /// As [`Fold::start`], with somebody who watches.
    ///
    /// # Errors
    /// As there.
    pub fn start_watched(&mut self, mut tracer: Watching<'_, '_>) -> Result<(), FoldFailure> {
        self.vm.open();
        let results = if self.init.is_nil() {
            match self.vm.new_table(0, 0) {
                Ok(t) => alloc::vec![t],
                Err(t) => return Err(self.trap(Stage::Init, t)),
            }
        } else {
            call(&mut self.vm, &mut tracer, self.init, &[]).map_err(|f| self.failed(Stage::Init, f))?
        };
        self.commit(Stage::Init, &results)
    }

    fn trap(&mut self, stage: Stage, t: gatos_vm::Trap) -> FoldFailure {
        FoldFailure::of(stage, self.vm.failure(t))
    }

    fn decoded(&mut self, stage: Stage, r: Result<Value, DecodeError>) -> Result<Value, FoldFailure> {
        match r {
            Ok(v) => Ok(v),
            Err(DecodeError::Trap(t)) => Err(self.trap(stage, t)),
            Err(DecodeError::Malformed(m)) => Err(FoldFailure::new(stage, m)),
        }
    }

    /// Takes up a state that was written as canonical JSON.
    ///
    /// # Errors
    /// When the text is not strict JSON, or too large.
    pub fn resume(&mut self, state_json: &[u8]) -> Result<(), FoldFailure> {
        self.vm.open();
        // Reading takes more than the state is large; the limit is for the state, at `commit`.
        self.vm.unmeter();
        let r = self.vm.decode_json(state_json);
        let v = self.decoded(Stage::Init, r)?;
        self.commit(Stage::Init, &[v])
    }

    /// Folds one event, given as the stored bytes of its envelope.
    ///
    /// # Errors
    /// When the bytes are not a canonical envelope, when `fold` fails or reaches a limit, or
    /// when what it returns cannot be state. The fold must not be used after that.
    pub fn event(&mut self, envelope: &[u8]) -> Result<(), FoldFailure> {
        self.event_watched(envelope, None)
    }

    /// As [`Fold::event`], with somebody who watches.
    ///
    /// # Errors
    /// As there.
    pub fn event_watched(&mut self, envelope: &[u8], mut tracer: Watching<'_, '_>) -> Result<(), FoldFailure> {
        self.vm.open();
        let r = decode_event(&mut self.vm, envelope);
        let event = self.decoded(Stage::Fold, r)?;
        let state = self.vm.state();
        let results =
            call(&mut self.vm, &mut tracer, self.fold, &[state, event]).map_err(|f| self.failed(Stage::Fold, f))?;
        self.commit(Stage::Fold, &results)?;
        self.usage.events += 1;
        Ok(())
    }

    /// The state as canonical JSON.
    ///
    /// # Errors
    /// Never, for a state that was committed; the type says so only by an empty text.
    pub fn state_json(&self) -> Vec<u8> {
        let mut out = Vec::new();
        if self.vm.encode_json(self.vm.state(), &mut out).is_err() {
            out.clear();
        }
        out
    }

    /// BLAKE3 of the state's canonical JSON.
    pub fn state_root(&self) -> Blake3 {
        blake3(&self.state_json())
    }

    /// The artifacts: what `emit` returns, each as canonical JSON; none without `emit`.
    ///
    /// # Errors
    /// When `emit` fails, changes the state, or returns anything but a map from paths to data.
    pub fn emit(&mut self) -> Result<BTreeMap<String, Vec<u8>>, FoldFailure> {
        self.emit_watched(None)
    }

    /// As [`Fold::emit`], with somebody who watches.
    ///
    /// # Errors
    /// As there.
    pub fn emit_watched(&mut self, mut tracer: Watching<'_, '_>) -> Result<BTreeMap<String, Vec<u8>>, FoldFailure> {
        let mut out = BTreeMap::new();
        if self.emit.is_nil() {
            return Ok(out);
        }
        self.vm.open();
        self.vm.set_state_read_only(true);
        let state = self.vm.state();
        let r = call(&mut self.vm, &mut tracer, self.emit, &[state]);
        self.vm.set_state_read_only(false);
        let r = r
            .map_err(|f| FoldFailure::of(Stage::Emit, f))
            .and_then(|results| self.artifacts(results.first().copied().unwrap_or(Value::NIL), &mut out));
        self.account();
        self.vm.reset();
        r?;
        Ok(out)
    }

    fn artifacts(&mut self, v: Value, out: &mut BTreeMap<String, Vec<u8>>) -> Result<(), FoldFailure> {
        let refuse = |m: String| {
            FoldFailure::new(Stage::Emit, m).help(
                "return a table from artifact paths to data, such as { [\"state/authors.json\"] = state.by_author }",
            )
        };
        if v.tag() != Tag::Table {
            return Err(refuse(alloc::format!("`emit` returned a {}", v.type_name())));
        }
        let keys = self
            .vm
            .sorted_keys(v)
            .map_err(|t| refuse(alloc::format!("`emit` returned a table with a {t} as a path")))?;
        for k in keys {
            let path = match k.as_str().and_then(|b| core::str::from_utf8(b).ok()) {
                Some(p) => p,
                None => return Err(refuse(String::from("`emit` returned a table with a path that is not UTF-8 text"))),
            };
            if let Err(why) = check_path(path) {
                return Err(refuse(alloc::format!("artifact path {path:?} {why}")));
            }
            let mut bytes = Vec::new();
            let data = self.vm.raw_get(v, k);
            if let Err(e) = self.vm.encode_json(data, &mut bytes) {
                return Err(refuse(alloc::format!(
                    "{} of artifact {path:?}: {}",
                    e.path_text("the value"),
                    e.reason.text()
                )));
            }
            out.insert(String::from(path), bytes);
        }
        Ok(())
    }

    /// Notes what a call used that failed.
    fn failed(&mut self, stage: Stage, f: gatos_vm::Failure) -> FoldFailure {
        self.last = self.vm.usage();
        FoldFailure::of(stage, f)
    }

    /// Whether the program has `emit`.
    pub fn has_emit(&self) -> bool {
        !self.emit.is_nil()
    }

    /// The machine, for turning values into text.
    pub fn vm(&self) -> &Vm {
        &self.vm
    }

    /// What the last call used: of `init`, of `fold` on the last event, or of `emit`.
    pub fn last_usage(&self) -> Usage {
        self.last
    }

    /// What was used so far.
    pub fn usage(&self) -> FoldUsage {
        FoldUsage { peak_bytes: self.vm.peak_bytes() as u64, ..self.usage }
    }
}

/// Files that a checkpoint's tree holds besides artifacts.
const RESERVED: [&str; 5] = ["state.json", "inputs.json", "program.elc", "pof.cbor", "pof.sig"];

fn check_path(path: &str) -> Result<(), &'static str> {
    if path.is_empty() || path.len() > 400 {
        return Err("is empty or longer than 400 bytes");
    }
    if RESERVED.contains(&path) {
        return Err("is the name of a checkpoint's own file");
    }
    for part in path.split('/') {
        if part.is_empty() || part == "." || part == ".." || part.eq_ignore_ascii_case(".git") {
            return Err("has a part that is empty, `.`, `..` or `.git`");
        }
        if part.bytes().any(|b| b < 0x20 || b == 0x7f || b == b'\\' || b == b':') {
            return Err("has a control character, a backslash or a colon");
        }
        if RESERVED.contains(&part) && path.starts_with(part) {
            return Err("uses the name of a checkpoint's own file as a folder");
        }
    }
    Ok(())
}

/// An envelope as the table that a fold sees. `caps` and `labels` are always there.
fn decode_event(vm: &mut Vm, bytes: &[u8]) -> Result<Value, DecodeError> {
    let bad = |e: gatos_canon::cbor::CborError| {
        DecodeError::Malformed(alloc::format!("the event is not a canonical envelope: {e}"))
    };
    vm.charge(bytes.len() as u64 / 64)?;
    let mut r = Reader::new(bytes);
    let n = r.map().map_err(bad)?;
    let t = vm.new_table(0, 12)?;
    let mut order = KeyOrder::new();
    let (mut caps, mut labels) = (false, false);
    for _ in 0..n {
        let key = order.key(&mut r).map_err(bad)?;
        let v = match key {
            "type" | "ns" | "actor" => {
                let text = r.text().map_err(bad)?;
                vm.shared_string(text.as_bytes())?
            }
            _ => vm.decode_cbor(&mut r, 1)?,
        };
        caps |= key == "caps";
        labels |= key == "labels";
        vm.set_decoded(t, key.as_bytes(), v)?;
    }
    r.finish().map_err(bad)?;
    for (name, there) in [("caps", caps), ("labels", labels)] {
        if !there {
            let empty = vm.new_table(0, 0)?;
            vm.mark_array(empty);
            vm.set_decoded(t, name.as_bytes(), empty)?;
        }
    }
    Ok(t)
}
