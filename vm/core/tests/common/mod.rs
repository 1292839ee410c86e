//! A machine with the library on it, driven as the fold engine drives it.

#![allow(dead_code, reason = "each test file uses its part")]

use gatos_compiler::{Options, Source, compile, no_modules};
use gatos_elc::program::Program;
use gatos_elc::verify::Verified;
use gatos_vm::{CommitError, Limit, Limits, Silent, Usage, Value, Vm};

/// Compiles a text that has no mistakes.
pub fn program(text: &str) -> Verified<Program> {
    let c = compile(Source { name: "test.lua", text }, &no_modules, &Options::default());
    match c.program {
        Some(p) => p.program,
        None => panic!("{:#?}\n{text}", c.diagnostics),
    }
}

/// What a call gave.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Seen {
    /// The results as canonical JSON, one after another.
    Values(Vec<String>),
    /// An error's text.
    Error(String),
    /// A limit.
    Limit(Limit),
}

fn shown(vm: &Vm, v: Value) -> String {
    let mut out = Vec::new();
    match vm.encode_json(v, &mut out) {
        Ok(()) => String::from_utf8(out).unwrap(),
        Err(e) => format!("<{:?}>", e.reason),
    }
}

/// A machine and its main chunk's results.
pub struct Machine {
    pub vm: Vm,
    pub module: Value,
}

impl Machine {
    pub fn new(text: &str, limits: Limits) -> Machine {
        Machine { vm: machine(text, limits), module: Value::NIL }
    }

    /// Runs the main chunk.
    pub fn main(&mut self) -> Seen {
        self.vm.open();
        let f = self.vm.main();
        match self.vm.call_continued(f, &[]) {
            Ok(r) => {
                self.module = r.first().copied().unwrap_or(Value::NIL);
                Seen::Values(r.iter().map(|v| shown(&self.vm, *v)).collect())
            }
            Err(f) => f.limit.map_or(Seen::Error(f.message), Seen::Limit),
        }
    }

    /// Calls a field of what the main chunk returned, with JSON arguments.
    pub fn call(&mut self, name: &str, args: &[&str]) -> (Seen, Usage) {
        let f = self.vm.field(self.module, name);
        let args: Vec<Value> = args.iter().map(|a| self.vm.decode_json(a.as_bytes()).unwrap()).collect();
        self.vm.open();
        let seen = match self.vm.call_continued(f, &args) {
            Ok(r) => Seen::Values(r.iter().map(|v| shown(&self.vm, *v)).collect()),
            Err(f) => f.limit.map_or(Seen::Error(f.message), Seen::Limit),
        };
        (seen, self.vm.usage())
    }
}

pub fn machine(text: &str, limits: Limits) -> Vm {
    Vm::new(&program(text), &gatos_stdlib::library(), limits, Box::new(Silent)).unwrap()
}

/// Runs a script.
pub fn run_with(text: &str, limits: Limits) -> (Seen, Usage) {
    let mut m = Machine::new(text, limits);
    let seen = m.main();
    (seen, m.vm.usage())
}

pub fn run(text: &str) -> Seen {
    run_with(text, Limits::DEFAULT).0
}

#[track_caller]
pub fn check(text: &str, want: &[&str]) {
    assert_eq!(run(text), Seen::Values(want.iter().map(|s| (*s).to_owned()).collect()), "\n{text}");
}

#[track_caller]
pub fn check_error(text: &str, want: &str) {
    match run(text) {
        Seen::Error(e) if e.contains(want) => {}
        other => panic!("{other:?}\n{text}"),
    }
}

#[track_caller]
pub fn check_limit(text: &str, limits: Limits, want: Limit) {
    assert_eq!(run_with(text, limits).0, Seen::Limit(want), "\n{text}");
}

/// A fold module, driven event by event.
pub struct Fold {
    pub vm: Vm,
    fold: Value,
    emit: Value,
    init: Value,
}

impl Fold {
    pub fn with(text: &str, limits: Limits) -> Result<Fold, String> {
        let mut vm = machine(text, limits);
        vm.open();
        let main = vm.main();
        let results = vm.call_continued(main, &[]).map_err(|f| f.message)?;
        let module = results.first().copied().unwrap_or(Value::NIL);
        vm.freeze(&results).map_err(|f| f.message)?;
        let (init, fold, emit) = (vm.field(module, "init"), vm.field(module, "fold"), vm.field(module, "emit"));
        Ok(Fold { vm, fold, emit, init })
    }

    /// A fold that has begun.
    pub fn begin(text: &str) -> Fold {
        let mut f = Fold::with(text, Limits::DEFAULT).unwrap();
        f.start().unwrap();
        f
    }

    fn commit(&mut self, v: Value) -> Result<String, String> {
        let r = self.vm.commit(v).map_err(|e| match e {
            CommitError::NotPlain(e) => format!("{}: {}", e.path_text("state"), e.reason.text()),
            CommitError::TooLarge { .. } => String::from("too large"),
        });
        self.vm.reset();
        r.map(|()| self.state())
    }

    pub fn state(&self) -> String {
        shown(&self.vm, self.vm.state())
    }

    pub fn start(&mut self) -> Result<String, String> {
        self.vm.open();
        let v = if self.init.is_nil() {
            self.vm.new_table(0, 0).unwrap()
        } else {
            self.vm.call_continued(self.init, &[]).map_err(|f| f.message)?[0]
        };
        self.commit(v)
    }

    pub fn resume(&mut self, json: &str) {
        self.vm.open();
        let v = self.vm.decode_json(json.as_bytes()).unwrap();
        self.commit(v).unwrap();
    }

    /// One event, given as JSON; the state after it, or the error.
    pub fn event(&mut self, json: &str) -> Result<String, String> {
        self.vm.open();
        let event = self.vm.decode_json(json.as_bytes()).map_err(|e| format!("{e:?}"))?;
        let state = self.vm.state();
        let r = self.vm.call_continued(self.fold, &[state, event]).map_err(|f| f.message)?;
        self.commit(r.first().copied().unwrap_or(Value::NIL))
    }

    pub fn emit(&mut self) -> Result<String, String> {
        self.vm.open();
        self.vm.set_state_read_only(true);
        let state = self.vm.state();
        let r = self.vm.call_continued(self.emit, &[state]);
        self.vm.set_state_read_only(false);
        let r = r.map(|r| shown(&self.vm, r.first().copied().unwrap_or(Value::NIL))).map_err(|f| f.message);
        self.vm.reset();
        r
    }
}
