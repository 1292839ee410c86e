//! Scripts: a program run for what it returns.

use crate::failure::{FoldFailure, Stage};
use crate::fold::Watching;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use gatos_elc::program::Program;
use gatos_elc::verify::Verified;
use gatos_vm::data::DecodeError;
use gatos_vm::{Host, Limits, Tag, Usage, Value, Vm};

/// A result, as text for people.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ScriptValue {
    /// Plain data as canonical JSON; strings too.
    Json(String),
    /// Anything else: what it is.
    Other(&'static str),
}

/// A loaded script.
pub struct Script {
    vm: Vm,
    module: Value,
    fuel: u64,
}

impl Script {
    /// Loads a script and runs its main chunk; gives it and what it returned.
    ///
    /// # Errors
    /// When it does not load, or fails.
    pub fn run(
        program: &Verified<Program>,
        limits: Limits,
        host: Box<dyn Host>,
    ) -> Result<(Script, Vec<ScriptValue>), FoldFailure> {
        Script::run_watched(program, limits, host, None)
    }

    /// As [`Script::run`], with somebody who watches.
    ///
    /// # Errors
    /// As there.
    pub fn run_watched(
        program: &Verified<Program>,
        limits: Limits,
        host: Box<dyn Host>,
        tracer: Watching<'_, '_>,
    ) -> Result<(Script, Vec<ScriptValue>), FoldFailure> {
        let library = gatos_stdlib::library();
        let mut vm = Vm::new(program, &library, limits, host)
            .map_err(|e| FoldFailure::new(Stage::Load, alloc::format!("{e}")))?;
        vm.open();
        let main = vm.main();
        let results = match tracer {
            Some(tracer) => vm.traced(tracer, |vm| vm.call_continued(main, &[])),
            None => vm.call_continued(main, &[]),
        };
        let results = results.map_err(|f| FoldFailure::of(Stage::Load, f))?;
        let fuel = vm.usage().fuel;
        let module = results.first().copied().unwrap_or(Value::NIL);
        let script = Script { vm, module, fuel };
        let shown = results.iter().map(|v| script.show(*v)).collect();
        Ok((script, shown))
    }

    fn show(&self, v: Value) -> ScriptValue {
        let mut out = Vec::new();
        match self.vm.encode_json(v, &mut out) {
            Ok(()) => ScriptValue::Json(String::from_utf8_lossy(&out).into_owned()),
            Err(_) if v.tag() == Tag::Str => ScriptValue::Other("string that is not UTF-8"),
            Err(_) => ScriptValue::Other(v.type_name()),
        }
    }

    /// Calls a function of the script by name: a global, or a field of the table it returned.
    /// `args` is a JSON array.
    ///
    /// # Errors
    /// No such function; arguments that are not a JSON array; what the function raises; a
    /// result that is not data.
    pub fn call(&mut self, name: &str, args: &[u8]) -> Result<String, FoldFailure> {
        self.call_watched(name, args, None)
    }

    /// As [`Script::call`], with somebody who watches.
    ///
    /// # Errors
    /// As there.
    pub fn call_watched(&mut self, name: &str, args: &[u8], tracer: Watching<'_, '_>) -> Result<String, FoldFailure> {
        let f = self.function(name)?;
        self.vm.open();
        let list = match self.vm.decode_json(args) {
            Ok(v) => v,
            Err(DecodeError::Malformed(m)) => {
                return Err(FoldFailure::new(Stage::Call, alloc::format!("the arguments are not JSON: {m}")));
            }
            Err(DecodeError::Trap(t)) => {
                let f = self.vm.failure(t);
                return Err(FoldFailure::of(Stage::Call, f));
            }
        };
        if list.tag() != Tag::Table || args.iter().find(|b| !b.is_ascii_whitespace()) != Some(&b'[') {
            return Err(FoldFailure::new(Stage::Call, "the arguments are not a JSON array")
                .help("give them as `--args '[1, \"two\"]'`"));
        }
        let values: Vec<Value> = (1..=self.vm.border(list)).map(|i| self.vm.raw_get_int(list, i)).collect();
        let results = match tracer {
            Some(tracer) => self.vm.traced(tracer, |vm| vm.call_continued(f, &values)),
            None => self.vm.call_continued(f, &values),
        };
        let results = results.map_err(|f| FoldFailure::of(Stage::Call, f))?;
        self.fuel = self.vm.usage().fuel;
        let v = results.first().copied().unwrap_or(Value::NULL);
        let v = if v.is_nil() { Value::NULL } else { v };
        let mut out = Vec::new();
        self.vm.encode_json(v, &mut out).map_err(|e| {
            FoldFailure::new(
                Stage::Call,
                alloc::format!("{} is not data: {}", e.path_text("the result"), e.reason.text()),
            )
        })?;
        Ok(String::from_utf8_lossy(&out).into_owned())
    }

    /// Calls a function of the script by name, without arguments and whatever it returns: for tests, which hold
    /// when nothing is raised.
    ///
    /// # Errors
    /// No such function; what the function raises.
    pub fn invoke(&mut self, name: &str, tracer: Watching<'_, '_>) -> Result<(), FoldFailure> {
        let f = self.function(name)?;
        self.vm.open();
        let results = match tracer {
            Some(tracer) => self.vm.traced(tracer, |vm| vm.call_continued(f, &[])),
            None => self.vm.call_continued(f, &[]),
        };
        self.fuel = self.vm.usage().fuel;
        results.map(|_| ()).map_err(|f| FoldFailure::of(Stage::Call, f))
    }

    /// A function of the script: a global, or a field of the table it returned.
    fn function(&mut self, name: &str) -> Result<Value, FoldFailure> {
        let mut f = self.vm.global(name).unwrap_or(Value::NIL);
        if f.is_nil() && self.module.tag() == Tag::Table {
            f = self.vm.field(self.module, name);
        }
        if matches!(f.tag(), Tag::Closure | Tag::Native | Tag::Iter) {
            return Ok(f);
        }
        let known: Vec<&str> = self.vm.global_names().collect();
        Err(FoldFailure::new(Stage::Call, alloc::format!("there is no function `{name}`")).help(if known.is_empty() {
            String::from("declare it at the top level: `function name(...)`, or return a table that holds it")
        } else {
            alloc::format!("the file declares: {}", known.join(", "))
        }))
    }

    /// What the last call used.
    pub fn usage(&self) -> Usage {
        Usage { fuel: self.fuel, ..self.vm.usage() }
    }

    /// Real bytes taken from the system at most.
    pub fn peak_bytes(&self) -> u64 {
        self.vm.peak_bytes() as u64
    }
}
