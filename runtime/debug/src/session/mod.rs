//! A run that can be stopped anywhere, looked at, and moved back: by replay, as a program that is
//! run again over the same inputs does the same, op for op.
//!
//! Time is a [`Moment`]: a phase (a fold's loading, `init`, each event, `emit`) and the number of
//! an op in it. Whoever controls the run is called when it stops, with the machine alive under
//! [`Here`], and answers with a [`Command`]. Going on is going on; going back means running again
//! from a kept state up to an earlier moment, quietly.

mod eval;
mod here;
mod look;
mod machine;
mod points;
mod rules;
mod step;

pub use here::{FrameInfo, Here, Scope};
pub use look::{Part, Shown, Thing};
pub use machine::Trouble;
pub use points::{Breakpoint, HitRule, Lines, Points};

use gatos_elc::map::Place;
use gatos_elc::program::Program;
use gatos_elc::{SourceMap, Verified};
use gatos_vm::Limits;
use machine::{FIRST_EVENT, Machine};
use points::{Spot, Tally};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use step::{Go, Pass, ScanKind, Stepper};

/// An event of a fold's input.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EventInput {
    /// The stored bytes of its envelope.
    pub bytes: Vec<u8>,
    /// Its ULID.
    pub ulid: String,
    /// Its type.
    pub event_type: String,
    /// Who wrote it.
    pub actor: String,
    /// Where it came from: a line of a file, a commit.
    pub origin: String,
}

/// What a policy is asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decision {
    /// The input document; undefined without one.
    pub input: Option<Vec<u8>>,
    /// The base data, a JSON object.
    pub data: Vec<u8>,
    /// The documents that are asked, in this order.
    pub documents: Vec<u32>,
    /// Whether errors of library functions end it.
    pub is_strict: bool,
    /// What came of it, told at the end.
    pub verdict: Option<String>,
    /// Whether that is a denial: the run then ends as `gatos run` does.
    pub is_denied: bool,
}

/// What a program is run over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Inputs {
    /// A fold: events in their order.
    Events(Vec<EventInput>),
    /// A script.
    Script,
    /// A policy.
    Decision(Decision),
}

/// A program and what it is run over.
#[derive(Clone, Debug)]
pub struct Debuggee {
    /// The program.
    pub program: Verified<Program>,
    /// Names and places.
    pub map: SourceMap,
    /// The limits of each call.
    pub limits: Limits,
    /// What it is run over.
    pub inputs: Inputs,
}

impl Debuggee {
    /// The phase of an event, by its number from 1 or its ULID.
    pub fn event_phase(&self, number: Option<u64>, ulid: Option<&str>) -> Option<usize> {
        let Inputs::Events(events) = &self.inputs else { return None };
        let at = match (number, ulid) {
            (Some(n), _) => usize::try_from(n.checked_sub(1)?).ok().filter(|at| *at < events.len())?,
            (None, ulid) => events.iter().position(|e| Some(e.ulid.as_str()) == ulid)?,
        };
        Some(at + FIRST_EVENT)
    }
}

/// A point of time in a run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Moment {
    /// The phase.
    pub phase: usize,
    /// The op of the phase that comes next, from 1.
    pub op: u64,
}

/// Why a run stopped.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reason {
    /// It is at its beginning.
    Entry,
    /// A step is done.
    Step,
    /// Breakpoints were met.
    Breakpoint(Vec<u32>),
    /// Something went wrong.
    Exception(Exception),
    /// Somebody asked for it.
    Pause,
    /// It was moved here.
    Goto,
}

/// Something that went wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Exception {
    /// What.
    pub message: String,
    /// `error`, or the limit that was reached: `fuel`, `memory`, `depth`; `state` for what cannot be kept.
    pub kind: &'static str,
    /// Whether a `pcall` waits for it.
    pub is_caught: bool,
    /// What to do about it.
    pub help: Option<String>,
}

/// A stop.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stop {
    /// Why.
    pub reason: Reason,
    /// When.
    pub moment: Moment,
}

/// How to go on from a stop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Command {
    /// To the next reason to stop.
    Continue,
    /// To the next statement of this function, or its caller.
    Next,
    /// To the next statement, wherever.
    In,
    /// To the caller.
    Out,
    /// To the next op.
    NextOp,
    /// To the statement before, of this function or its caller.
    Back,
    /// To the op before.
    BackOp,
    /// To the breakpoint met last, or the beginning.
    ReverseContinue,
    /// To the beginning of a phase.
    Goto(usize),
    /// From the beginning.
    Restart,
    /// No further.
    Quit,
}

/// What is asked of a run that goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Interrupt {
    /// Stop.
    Pause,
    /// No further.
    Quit,
}

/// Where words of a run go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Voice {
    /// The program printed them.
    Program,
    /// A breakpoint was to say them.
    Log,
    /// The debugger has something to tell.
    Debugger,
}

/// Whoever controls a run.
pub trait Controller {
    /// The run has stopped; values may be looked at until this returns.
    fn stopped(&mut self, stop: &Stop, here: &Here<'_>) -> Command;
    /// Asked now and then while the run goes on.
    fn poll(&mut self) -> Option<Interrupt>;
    /// Words of the run.
    fn output(&mut self, voice: Voice, text: &str, place: Option<Place>);
}

/// How a run begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Begin {
    /// At its first op, stopped.
    Entry,
    /// At the beginning of a phase, stopped.
    Phase(usize),
    /// Running.
    Free,
}

/// How a run ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Ended {
    /// It came to its end.
    Finished,
    /// It failed.
    Failed(Trouble),
    /// Somebody wanted no more of it.
    Quit,
    /// Somebody wants it from the beginning.
    Restart,
}

/// A run under control.
pub struct Session<'d> {
    debuggee: &'d Debuggee,
    lines: &'d Lines,
    points: Rc<RefCell<Points>>,
    machine: Machine<'d>,
    /// What `tallies` count.
    spots: BTreeSet<Spot>,
    /// How often breakpoints were met before phases.
    tallies: BTreeMap<usize, Tally>,
    /// The phase whose tally is kept besides those that stay.
    latest: usize,
}

/// Tallies stay at every so many phases.
const TALLIES: usize = 32;

/// A way through a phase that ends in a pause.
fn paused(pass: Pass) -> Pass {
    match pass {
        Pass::Reach { op, .. } | Pass::Resume { op, .. } if op > 0 => Pass::Reach { op, reason: Reason::Pause },
        _ => Pass::Forward(Go::Entry(Reason::Pause)),
    }
}

impl<'d> Session<'d> {
    /// A run that has not begun. `points` may change whenever the controller is called.
    pub fn new(debuggee: &'d Debuggee, lines: &'d Lines, points: Rc<RefCell<Points>>) -> Session<'d> {
        let machine = Machine::new(debuggee);
        let (spots, tallies) = (BTreeSet::new(), BTreeMap::new());
        Session { debuggee, lines, points, machine, spots, tallies, latest: 0 }
    }

    /// Runs until the end, stopping on the way.
    pub fn run(&mut self, controller: &mut dyn Controller, begin: Begin) -> Ended {
        let (mut phase, mut pass) = match begin {
            Begin::Entry => (0, Pass::Forward(Go::Entry(Reason::Entry))),
            Begin::Phase(phase) => (phase, Pass::Reach { op: 1, reason: Reason::Goto }),
            Begin::Free => (0, Pass::Forward(Go::Continue)),
        };
        let mut refused = None;
        // The phase whose failure after its last op was told, so that going on from there ends the run.
        let mut told = None;
        while phase < self.machine.phases() {
            match controller.poll() {
                Some(Interrupt::Quit) => return Ended::Quit,
                Some(Interrupt::Pause) => pass = Pass::Forward(Go::Entry(Reason::Pause)),
                None => {}
            }
            let tally = match self.tally(controller, phase) {
                Ok(tally) => tally,
                Err(Interrupt::Quit) => return Ended::Quit,
                Err(Interrupt::Pause) => {
                    pass = paused(pass);
                    continue;
                }
            };
            if let Err((at, trouble)) = self.machine.prepare(phase) {
                // An event before the one that was asked for fails: the run stops there instead.
                if refused.replace(at) == Some(at) {
                    return Ended::Failed(trouble);
                }
                (phase, pass) = (at, Pass::Forward(Go::Continue));
                continue;
            }
            let mut stepper = Stepper::new(
                self.debuggee,
                self.lines,
                &self.points,
                controller,
                self.machine.log.clone(),
                phase,
                pass,
                tally,
            );
            let result = self.machine.run(phase, &mut stepper);
            stepper.flush();
            let over = stepper.over();
            if let Some(again) = over.again {
                pass = again;
                continue;
            }
            if let Some(command) = over.command {
                (told, refused) = (None, None);
                match self.moved(controller, command, over.at, over.depth) {
                    Ok(next) => (phase, pass) = next,
                    Err(ended) => return ended,
                }
                continue;
            }
            match result {
                Ok(()) => {
                    self.note(phase + 1, over.tally);
                    pass = Pass::Forward(match over.pass {
                        Pass::Forward(Go::Continue) => Go::Continue,
                        Pass::Forward(Go::Entry(reason)) => Go::Entry(reason),
                        Pass::Reach { reason, .. } => Go::Entry(reason),
                        // A step out of the last function ends where the next phase begins.
                        _ => Go::Entry(Reason::Step),
                    });
                    phase += 1;
                }
                Err(trouble) if over.is_reported || told == Some(phase) || !self.points.borrow().on_uncaught => {
                    return Ended::Failed(trouble);
                }
                Err(trouble) => {
                    let exception = Exception {
                        message: trouble.message.clone(),
                        kind: "state",
                        is_caught: false,
                        help: trouble.help.clone(),
                    };
                    let reason = Reason::Exception(exception);
                    // What went wrong after the last op is shown at the last op, where there is something to see.
                    if over.at.op > 0 && !matches!(over.pass, Pass::Reach { .. }) {
                        told = Some(phase);
                        pass = Pass::Reach { op: over.at.op, reason };
                        continue;
                    }
                    let stop = Stop { reason, moment: Moment { phase, op: 1 } };
                    let here = Here::without_frames(self.debuggee, phase, self.machine.state());
                    let command = controller.stopped(&stop, &here);
                    match self.moved(controller, command, Moment { phase, op: 1 }, 1) {
                        Ok(next) => (phase, pass) = next,
                        Err(Ended::Finished) => return Ended::Failed(trouble),
                        Err(ended) => return ended,
                    }
                }
            }
        }
        Ended::Finished
    }

    /// Where a command leads that is not simply going on.
    fn moved(
        &mut self,
        controller: &mut dyn Controller,
        command: Command,
        from: Moment,
        depth: usize,
    ) -> Result<(usize, Pass), Ended> {
        let kind = match command {
            Command::Quit => return Err(Ended::Quit),
            Command::Restart => return Err(Ended::Restart),
            Command::Goto(phase) => return Ok((phase, Pass::Reach { op: 1, reason: Reason::Goto })),
            Command::Back => ScanKind::Line { depth },
            Command::BackOp => ScanKind::Op,
            Command::ReverseContinue => ScanKind::Points,
            _ => return Err(Ended::Finished),
        };
        // First what came before in the same phase, then phases before it.
        let mut found = match self.scan(controller, from.phase, Some(from.op), kind) {
            Ok(op) => op.map(|(op, reason)| (from.phase, op, reason)),
            Err(Interrupt::Quit) => return Err(Ended::Quit),
            Err(Interrupt::Pause) => Some((from.phase, from.op, Reason::Pause)),
        };
        let mut end = from.phase;
        while found.is_none() && end > 0 {
            // A block is run from its beginning whatever is looked for: that costs no more.
            let start = self.machine.block_start(end - 1).min(end - 1);
            for phase in start..end {
                // From the outside only the outermost function's statements are steps.
                let kind = if let ScanKind::Line { .. } = kind { ScanKind::Line { depth: 1 } } else { kind };
                match self.scan(controller, phase, None, kind) {
                    Ok(Some((op, reason))) => found = Some((phase, op, reason)),
                    Ok(None) => {}
                    Err(Interrupt::Quit) => return Err(Ended::Quit),
                    Err(Interrupt::Pause) => {
                        return Ok((from.phase, Pass::Reach { op: from.op, reason: Reason::Pause }));
                    }
                }
            }
            end = start;
        }
        let (phase, op, reason) = found.unwrap_or((0, 1, Reason::Entry));
        Ok((phase, Pass::Reach { op, reason }))
    }

    /// The last place of a phase, before an op of it, where a step or breakpoint would have stopped.
    fn scan(
        &mut self,
        controller: &mut dyn Controller,
        phase: usize,
        until: Option<u64>,
        kind: ScanKind,
    ) -> Result<Option<(u64, Reason)>, Interrupt> {
        let tally = match kind {
            ScanKind::Points => self.tally(controller, phase)?,
            ScanKind::Line { .. } | ScanKind::Op => Tally::new(),
        };
        if self.machine.prepare(phase).is_err() {
            return Ok(None);
        }
        let pass = Pass::Scan { until: until.unwrap_or(u64::MAX), kind };
        let log = self.machine.log.clone();
        let mut stepper = Stepper::new(self.debuggee, self.lines, &self.points, controller, log, phase, pass, tally);
        // What comes after the place that is looked for may fail as it did before.
        let done = self.machine.run(phase, &mut stepper);
        stepper.flush();
        let over = stepper.over();
        if let Some(interrupt) = over.interrupt {
            return Err(interrupt);
        }
        if kind == ScanKind::Points && until.is_none() && done.is_ok() {
            self.note(phase + 1, over.tally);
        }
        Ok(over.best)
    }

    /// How often breakpoints were met before a phase: hits are a matter of where the run is, and not of the way
    /// there. What is not known is found by running there, from the last phase for which it is.
    ///
    /// A pause that was asked for on the way is told when all is known.
    fn tally(&mut self, controller: &mut dyn Controller, phase: usize) -> Result<Tally, Interrupt> {
        let spots = self.points.borrow().counted();
        if spots != self.spots {
            match spots.is_subset(&self.spots) {
                true => self.tallies.values_mut().for_each(|t| t.retain(|spot, _| spots.contains(spot))),
                false => self.tallies.clear(),
            }
            self.spots = spots;
        }
        if self.spots.is_empty() {
            return Ok(Tally::new());
        }
        let known = self.tallies.range(..=phase).next_back().map(|(at, tally)| (*at, tally.clone()));
        let (mut at, mut tally) = known.unwrap_or_else(|| (0, self.spots.iter().map(|s| (s.clone(), 0)).collect()));
        let mut is_paused = false;
        while at < phase {
            // Whoever wanted to go there will learn of an error himself.
            if self.machine.prepare(at).is_err() {
                return Ok(tally);
            }
            let log = self.machine.log.clone();
            let pass = Pass::Count;
            let mut stepper = Stepper::new(self.debuggee, self.lines, &self.points, controller, log, at, pass, tally);
            let done = self.machine.run(at, &mut stepper);
            stepper.flush();
            let over = stepper.over();
            if let Some(interrupt) = over.interrupt {
                return Err(interrupt);
            }
            is_paused |= over.is_paused;
            tally = over.tally;
            if done.is_err() {
                return Ok(tally);
            }
            at += 1;
            self.note(at, tally.clone());
        }
        if is_paused { Err(Interrupt::Pause) } else { Ok(tally) }
    }

    /// Keeps the tally of the beginning of a phase.
    fn note(&mut self, phase: usize, tally: Tally) {
        // Breakpoints may have come and gone on the way.
        if self.spots.is_empty() || !tally.keys().eq(self.spots.iter()) {
            return;
        }
        if !self.latest.is_multiple_of(TALLIES) {
            self.tallies.remove(&self.latest);
        }
        self.latest = phase;
        self.tallies.insert(phase, tally);
    }
}
