//! What is debugged, in phases: the pieces between which a run can be taken up again. A fold's are
//! loading, `init`, one for each event, and `emit`; a script and a decision are one each.

use super::{Debuggee, Inputs};
use gatos_canon::Value as Plain;
use gatos_echo::{Fold, FoldFailure, Host, Script, ScriptValue, Stage};
use gatos_vm::{DecideError, Input, Question, Tracer, Vm};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// States are kept at every so many phases at first.
const EVERY: usize = 32;
/// When states take more bytes than this, every other one is dropped.
const MOST_BYTES: usize = 256 << 20;

/// Why a phase did not end well.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Trouble {
    /// What went wrong.
    pub message: String,
    /// What was being done.
    pub doing: &'static str,
    /// What to do about it.
    pub help: Option<String>,
}

impl From<FoldFailure> for Trouble {
    fn from(f: FoldFailure) -> Trouble {
        Trouble { message: f.message, doing: f.stage.doing(), help: f.help }
    }
}

impl From<DecideError> for Trouble {
    fn from(e: DecideError) -> Trouble {
        Trouble { message: e.to_string(), doing: "deciding", help: None }
    }
}

/// Lines that a program printed. While something is replayed they have been said before.
#[derive(Default)]
pub(crate) struct Log {
    pub(crate) is_quiet: bool,
    pub(crate) lines: Vec<Vec<u8>>,
}

#[derive(Clone, Default)]
pub(crate) struct SharedLog(pub(crate) Rc<RefCell<Log>>);

impl Host for SharedLog {
    fn log(&mut self, line: &[u8]) {
        let mut log = self.0.borrow_mut();
        if !log.is_quiet {
            log.lines.push(line.to_vec());
        }
    }
}

/// A run in phases.
pub(crate) struct Machine<'d> {
    debuggee: &'d Debuggee,
    pub(crate) log: SharedLog,
    fold: Option<Fold>,
    policy: Option<Vm>,
    /// The phase that comes next in `fold`.
    next: usize,
    states: BTreeMap<usize, Vec<u8>>,
    bytes: usize,
    every: usize,
}

/// Where events begin among the phases of a fold.
pub(crate) const FIRST_EVENT: usize = 2;

impl<'d> Machine<'d> {
    pub(crate) fn new(debuggee: &'d Debuggee) -> Machine<'d> {
        let log = SharedLog::default();
        Machine { debuggee, log, fold: None, policy: None, next: 0, states: BTreeMap::new(), bytes: 0, every: EVERY }
    }

    pub(crate) fn phases(&self) -> usize {
        match &self.debuggee.inputs {
            Inputs::Events(events) => FIRST_EVENT + events.len() + 1,
            Inputs::Script | Inputs::Decision(_) => 1,
        }
    }

    /// The first phase of the block that a phase is in: those from there on can be run one after the other without
    /// any being run twice.
    pub(crate) fn block_start(&self, phase: usize) -> usize {
        self.states.range(..=phase).next_back().map_or(0, |(phase, _)| *phase)
    }

    fn keep(&mut self, phase: usize) {
        let Some(fold) = &self.fold else { return };
        if !(phase == FIRST_EVENT || phase.is_multiple_of(self.every)) || self.states.contains_key(&phase) {
            return;
        }
        let state = fold.state_json();
        self.bytes = self.bytes.saturating_add(state.len());
        self.states.insert(phase, state);
        if self.bytes > MOST_BYTES {
            self.every = self.every.saturating_mul(2);
            let every = self.every;
            self.states.retain(|phase, _| *phase == FIRST_EVENT || phase.is_multiple_of(every));
            self.bytes = self.states.values().map(Vec::len).sum();
        }
    }

    /// Comes to just before a phase, without anybody watching. When an earlier phase fails, gives that one.
    pub(crate) fn prepare(&mut self, phase: usize) -> Result<(), (usize, Trouble)> {
        let Inputs::Events(_) = &self.debuggee.inputs else { return Ok(()) };
        if self.fold.is_some() && self.next == phase {
            return Ok(());
        }
        self.fold = None;
        self.next = 0;
        if phase == 0 {
            return Ok(());
        }
        let before = std::mem::replace(&mut self.log.0.borrow_mut().is_quiet, true);
        let done = self.replay(phase);
        self.log.0.borrow_mut().is_quiet = before;
        if done.is_err() {
            self.fold = None;
        }
        done
    }

    fn replay(&mut self, phase: usize) -> Result<(), (usize, Trouble)> {
        let start = self.states.range(..=phase).next_back().map(|(phase, state)| (*phase, state.clone()));
        self.step(0, None).map_err(|e| (0, e))?;
        if let (Some((from, state)), Some(fold)) = (start, self.fold.as_mut()) {
            fold.resume(&state).map_err(|e| (from, e.into()))?;
            self.next = from;
        }
        while self.next < phase {
            let at = self.next;
            self.step(at, None).map_err(|e| (at, e))?;
        }
        Ok(())
    }

    /// Runs the phase that comes next.
    pub(crate) fn run(&mut self, phase: usize, tracer: &mut dyn Tracer) -> Result<(), Trouble> {
        match &self.debuggee.inputs {
            Inputs::Events(_) => {
                let done = self.step(phase, Some(tracer));
                if done.is_err() {
                    self.fold = None;
                }
                done
            }
            Inputs::Script => self.script(tracer),
            Inputs::Decision(_) => self.decide(tracer),
        }
    }

    fn step(&mut self, phase: usize, tracer: gatos_echo::Watching<'_, '_>) -> Result<(), Trouble> {
        let Inputs::Events(events) = &self.debuggee.inputs else { return Ok(()) };
        let d = self.debuggee;
        if phase == 0 {
            let log = Box::new(self.log.clone());
            self.fold = Some(Fold::load_watched(&d.program, d.limits, log, tracer)?);
        } else {
            let Some(fold) = self.fold.as_mut() else {
                return Err(Trouble { message: "the program is not loaded".into(), doing: "going on", help: None });
            };
            match phase.checked_sub(FIRST_EVENT) {
                None => fold.start_watched(tracer)?,
                Some(event) => match events.get(event) {
                    Some(event) => fold.event_watched(&event.bytes, tracer)?,
                    None => fold.emit_watched(tracer).map(|_| ())?,
                },
            }
        }
        self.next = phase + 1;
        self.keep(self.next);
        Ok(())
    }

    fn script(&mut self, tracer: &mut dyn Tracer) -> Result<(), Trouble> {
        let d = self.debuggee;
        let (_, values) = Script::run_watched(&d.program, d.limits, Box::new(self.log.clone()), Some(tracer))?;
        for value in values {
            let line = match value {
                ScriptValue::Json(text) => text,
                ScriptValue::Other(what) => format!("<{what}>"),
            };
            self.say(line);
        }
        Ok(())
    }

    fn say(&mut self, line: String) {
        self.log.0.borrow_mut().lines.push(line.into_bytes());
    }

    fn decide(&mut self, tracer: &mut dyn Tracer) -> Result<(), Trouble> {
        let Inputs::Decision(asked) = &self.debuggee.inputs else { return Ok(()) };
        if self.policy.is_none() {
            let library = gatos_stdlib::rgs::library();
            let d = self.debuggee;
            let made = Vm::new(&d.program, &library, d.limits, Box::new(self.log.clone()));
            let mut vm =
                made.map_err(|e| Trouble { message: e.to_string(), doing: Stage::Load.doing(), help: None })?;
            vm.set_strict(asked.is_strict);
            vm.load_data(&asked.data)?;
            self.policy = Some(vm);
        }
        let Some(vm) = self.policy.as_mut() else { return Ok(()) };
        let mut said = Vec::new();
        vm.begin_decision(asked.input.as_deref().map_or(Input::None, Input::Json))?;
        let mut failed = None;
        for document in &asked.documents {
            let name = vm.policy().and_then(|p| p.documents.get(*document as usize)).map(|d| d.path.join("."));
            let value = match vm.ask_traced(Question::Document(*document), tracer) {
                Ok(value) => value,
                Err(e) => {
                    failed = Some(e);
                    break;
                }
            };
            let mut json = Vec::new();
            let text = match vm.doc_json(value, &mut json) {
                Ok(()) if !value.is_nil() => String::from_utf8_lossy(&json).into_owned(),
                _ => "undefined".to_owned(),
            };
            said.push(format!("data.{} is {text}", name.unwrap_or_default()));
        }
        if let Some(e) = failed {
            return Err(e.into());
        }
        if let Some(verdict) = &asked.verdict {
            said.push(verdict.clone());
        }
        said.into_iter().for_each(|line| self.say(line));
        Ok(())
    }

    /// The state before the phase that comes next, where there is one.
    pub(crate) fn state(&self) -> Option<Plain> {
        let fold = self.fold.as_ref().filter(|_| self.next >= FIRST_EVENT)?;
        Plain::from_json_bytes(&fold.state_json()).ok()
    }
}
