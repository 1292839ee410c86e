//! Watching one phase of a run: counting ops, noticing where statements begin, and stopping.

use super::eval;
use super::here::Here;
use super::look::Look;
use super::machine::SharedLog;
use super::points::{Lines, Points, Spot, Tally, log_parts};
use super::{Command, Controller, Debuggee, Exception, Interrupt, Moment, Reason, Stop, Voice};
use crate::shadow::Shadow;
use gatos_elc::map::Place;
use gatos_vm::{Raised, Tracer, Value, View, Vm};
use std::cell::RefCell;
use std::rc::Rc;

/// Whoever controls is asked after so many ops.
const POLL: u64 = 2048;
/// The most messages about conditions that cannot be worked out.
const MOST_COMPLAINTS: u32 = 10;

/// How far to go on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Go {
    Continue,
    /// To the first op there is, for this reason.
    Entry(Reason),
    In,
    Next {
        frame: u64,
        depth: usize,
    },
    Out {
        depth: usize,
    },
    Op,
}

/// What is looked for when going back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ScanKind {
    /// The beginning of a statement, not deeper than this.
    Line {
        depth: usize,
    },
    Op,
    Points,
}

/// What a run through a phase is for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Pass {
    /// Going on, for everyone to see.
    Forward(Go),
    /// Coming quietly to an op, to stop there and go on from it.
    Reach { op: u64, reason: Reason },
    /// Coming quietly to an op that a run going on had come to, and going on from it without stopping there; when it
    /// had stopped over an error, with whether that one was reported.
    Resume { op: u64, go: Go, error: Option<bool> },
    /// Finding the last place before an op.
    Scan { until: u64, kind: ScanKind },
    /// Only counting how often breakpoints are met.
    Count,
}

struct Frame {
    id: u64,
    /// The statement that it is in, and its last op.
    last: Option<(u32, u32)>,
}

/// What a run through a phase came to.
pub(crate) struct Over {
    /// What was asked for that going on cannot do.
    pub(crate) command: Option<Command>,
    pub(crate) interrupt: Option<Interrupt>,
    pub(crate) pass: Pass,
    pub(crate) at: Moment,
    pub(crate) depth: usize,
    /// Whether it stopped over the error that ended it.
    pub(crate) is_reported: bool,
    pub(crate) best: Option<(u64, Reason)>,
    /// How the phase is to be run once more, as breakpoints came up that have not been counted.
    pub(crate) again: Option<Pass>,
    /// Whether somebody asked for a pause that could not be had yet.
    pub(crate) is_paused: bool,
    /// How often breakpoints were met up to where it ended.
    pub(crate) tally: Tally,
}

pub(crate) struct Stepper<'s> {
    debuggee: &'s Debuggee,
    lines: &'s Lines,
    points: &'s Rc<RefCell<Points>>,
    controller: &'s mut dyn Controller,
    log: SharedLog,
    phase: usize,
    pass: Pass,
    ops: u64,
    frames: Shadow<Frame>,
    next_id: u64,
    over: Option<(Option<Command>, Option<Interrupt>)>,
    at: u64,
    depth: usize,
    is_reported: bool,
    raised: Option<u64>,
    best: Option<(u64, Reason)>,
    complaints: u32,
    again: Option<Pass>,
    is_paused: bool,
    tally: Tally,
}

impl<'s> Stepper<'s> {
    /// A run through a phase; `tally` is that of its beginning.
    #[allow(clippy::too_many_arguments, reason = "all of a session, and what this run of it is for")]
    pub(crate) fn new(
        debuggee: &'s Debuggee,
        lines: &'s Lines,
        points: &'s Rc<RefCell<Points>>,
        controller: &'s mut dyn Controller,
        log: SharedLog,
        phase: usize,
        pass: Pass,
        tally: Tally,
    ) -> Stepper<'s> {
        log.0.borrow_mut().is_quiet = !matches!(pass, Pass::Forward(_));
        Stepper {
            debuggee,
            lines,
            points,
            controller,
            log,
            phase,
            pass,
            ops: 0,
            frames: Shadow::default(),
            next_id: 0,
            over: None,
            at: 0,
            depth: 1,
            is_reported: false,
            raised: None,
            best: None,
            complaints: 0,
            again: None,
            is_paused: false,
            tally,
        }
    }

    /// Hands on what the program printed.
    pub(crate) fn flush(&mut self) {
        let mut log = self.log.0.borrow_mut();
        if log.lines.is_empty() {
            return;
        }
        let lines = std::mem::take(&mut log.lines);
        let is_heard = !log.is_quiet;
        drop(log);
        for line in lines.into_iter().filter(|_| is_heard) {
            self.controller.output(Voice::Program, &String::from_utf8_lossy(&line), None);
        }
    }

    pub(crate) fn over(self) -> Over {
        let (command, interrupt) = self.over.unwrap_or((None, None));
        // Where nothing stopped, the last op is where it was.
        let op = if self.at > 0 { self.at } else { self.ops };
        Over {
            command,
            interrupt,
            pass: self.pass,
            at: Moment { phase: self.phase, op },
            depth: self.depth,
            is_reported: self.is_reported,
            best: self.best,
            again: self.again,
            is_paused: self.is_paused,
            tally: self.tally,
        }
    }

    fn look(&self) -> Look<'s> {
        Look { program: self.debuggee.program.program(), map: &self.debuggee.map }
    }

    /// What an op is part of: a line, or a condition of a rule; 0 for nothing that is a step.
    fn unit(&self, view: &View<'_>) -> (u32, Place) {
        let Some(f) = self.debuggee.map.functions.get(view.proto() as usize) else { return (0, Place::default()) };
        if self.debuggee.program.program().policy.is_some() {
            let op = view.op();
            let inner = f.literals.iter().enumerate().rev().find(|(_, l)| (l.first_op..l.end_op).contains(&op));
            return inner.map_or((0, Place::default()), |(i, l)| (u32::try_from(i).unwrap_or(0) + 1, l.start));
        }
        let place = f.place(view.op()).unwrap_or_default();
        (place.line, place)
    }

    /// Counts the breakpoints that an op meets; gives those that want to stop there, and lets those speak that only
    /// speak. The counts are the same whether the run goes on, back, or is only replayed.
    fn meet(&mut self, view: &View<'_>, place: Place, is_first: bool) -> Vec<u32> {
        let met = self.points.borrow().met(self.lines, &self.debuggee.map, view.proto(), place, is_first);
        let is_forward = matches!(self.pass, Pass::Forward(_));
        let is_wanted = is_forward || matches!(self.pass, Pass::Scan { .. });
        let mut stops = Vec::new();
        // Several breakpoints of one line and condition are met once together.
        let mut counted: Vec<Spot> = Vec::new();
        for index in met {
            let Some(point) = self.points.borrow().list.get(index).cloned() else { continue };
            if !is_wanted && point.hit.is_none() {
                continue;
            }
            if let Some(condition) = &point.condition {
                match self.evaluate(view, condition) {
                    Ok(given) if given.holds() => {}
                    Ok(_) => continue,
                    Err(why) => {
                        if is_forward {
                            self.complain(&format!("the condition `{condition}` cannot be worked out: {why}"), view);
                        }
                        continue;
                    }
                }
            }
            if let Some(rule) = point.hit {
                let spot = point.spot();
                let Some(hits) = self.tally.get_mut(&spot) else { continue };
                if !counted.contains(&spot) {
                    *hits = hits.saturating_add(1);
                    counted.push(spot);
                }
                if !rule.allows(*hits) {
                    continue;
                }
            }
            match &point.log {
                Some(text) if is_forward => {
                    let said = self.fill(view, text);
                    let place = self.unit(view).1;
                    self.controller.output(Voice::Log, &said, Some(place));
                }
                Some(_) => {}
                None => stops.push(point.id),
            }
        }
        stops
    }

    /// Whether breakpoints were set since that have not been counted from the beginning. Counts of those that are
    /// gone are forgotten, as they are not kept up any more.
    fn is_behind(&mut self) -> bool {
        let wanted = self.points.borrow().counted();
        self.tally.retain(|spot, _| wanted.contains(spot));
        self.tally.len() < wanted.len()
    }

    fn complain(&mut self, text: &str, view: &View<'_>) {
        self.complaints = self.complaints.saturating_add(1);
        if self.complaints <= MOST_COMPLAINTS {
            let place = self.unit(view).1;
            self.controller.output(Voice::Debugger, text, Some(place));
        }
    }

    fn evaluate(&self, view: &View<'_>, text: &str) -> Result<eval::Given, String> {
        Here::new(self.debuggee, *view, self.phase).given(view, text)
    }

    fn fill(&self, view: &View<'_>, text: &str) -> String {
        log_parts(text)
            .into_iter()
            .map(|part| match part {
                Ok(said) => said,
                Err(expr) => match self.evaluate(view, &expr) {
                    Ok(given) => Here::text_of(&self.look(), view.vm(), &given),
                    Err(why) => format!("<{why}>"),
                },
            })
            .collect()
    }

    fn stop(&mut self, view: View<'_>, reason: Reason) {
        self.log.0.borrow_mut().is_quiet = false;
        self.flush();
        let depth = view.depth();
        let frame = self.frames.slot(depth).as_ref().map_or(0, |f| f.id);
        // An error happens in an op that has begun; going back from there may lead to its statement's beginning.
        let is_exception = matches!(reason, Reason::Exception(_));
        self.at = self.ops.saturating_add(u64::from(is_exception));
        self.depth = depth;
        let stop = Stop { reason, moment: Moment { phase: self.phase, op: self.ops } };
        let here = Here::new(self.debuggee, view, self.phase);
        let go = match self.controller.stopped(&stop, &here) {
            Command::Continue => Go::Continue,
            Command::Next => Go::Next { frame, depth },
            Command::In => Go::In,
            Command::Out => Go::Out { depth },
            Command::NextOp => Go::Op,
            other => {
                self.over = Some((Some(other), None));
                return;
            }
        };
        if self.is_behind() {
            let error = is_exception.then_some(self.is_reported);
            return self.run_again(Pass::Resume { op: self.ops, go, error });
        }
        self.at = 0;
        self.pass = Pass::Forward(go);
    }

    fn run_again(&mut self, pass: Pass) {
        self.again = Some(pass);
        self.over = Some((None, None));
    }

    fn interrupted(&mut self) -> Option<Interrupt> {
        if !self.ops.is_multiple_of(POLL) {
            return None;
        }
        self.controller.poll()
    }

    /// For a run that shows nothing yet: a pause has to wait until it has come to where it is going.
    fn quiet(&mut self) {
        match self.interrupted() {
            Some(Interrupt::Quit) => self.over = Some((Some(Command::Quit), Some(Interrupt::Quit))),
            Some(Interrupt::Pause) => self.is_paused = true,
            None => {}
        }
        if self.ops.is_multiple_of(POLL) {
            self.is_behind();
        }
    }

    fn forward(&mut self, view: View<'_>, begins: Option<Place>, is_first: bool) {
        if !self.log.0.borrow().lines.is_empty() {
            self.flush();
        }
        let asked = self.interrupted();
        if asked == Some(Interrupt::Quit) {
            self.over = Some((Some(Command::Quit), None));
            return;
        }
        // Only who was asked may have set breakpoints.
        if self.ops.is_multiple_of(POLL) && self.is_behind() {
            let Pass::Forward(go) = &self.pass else { return };
            // This op has not been looked at yet.
            let (before, go) = (self.ops.saturating_sub(1), go.clone());
            return self.run_again(match asked {
                Some(_) => Pass::Reach { op: self.ops, reason: Reason::Pause },
                None => Pass::Resume { op: before, go, error: None },
            });
        }
        if let Some(place) = begins {
            let ids = self.meet(&view, place, is_first);
            if !ids.is_empty() {
                return self.stop(view, Reason::Breakpoint(ids));
            }
        }
        if asked.is_some() {
            return self.stop(view, Reason::Pause);
        }
        let depth = view.depth();
        let frame = self.frames.slot(depth).as_ref().map_or(0, |f| f.id);
        let Pass::Forward(go) = &self.pass else { return };
        let reason = match go {
            Go::Continue => return,
            Go::Entry(reason) => Some(reason.clone()).filter(|_| begins.is_some()),
            Go::In => begins.map(|_| Reason::Step),
            Go::Op => Some(Reason::Step),
            Go::Out { depth: from } => (depth < *from).then_some(Reason::Step),
            Go::Next { frame: id, depth: from } => {
                let is_caller = depth < *from;
                (is_caller || (frame == *id && begins.is_some())).then_some(Reason::Step)
            }
        };
        if let Some(reason) = reason {
            self.stop(view, reason);
        }
    }

    fn scan(&mut self, view: View<'_>, begins: Option<Place>, is_first: bool, until: u64, kind: ScanKind) {
        if self.ops >= until {
            self.over = Some((None, None));
            return;
        }
        if let Some(interrupt) = self.interrupted() {
            self.over = Some((None, Some(interrupt)));
            return;
        }
        if self.ops.is_multiple_of(POLL) {
            self.is_behind();
        }
        let reason = match kind {
            ScanKind::Op => Some(Reason::Step),
            ScanKind::Line { depth } => begins.filter(|_| view.depth() <= depth).map(|_| Reason::Step),
            ScanKind::Points => {
                let Some(place) = begins else { return };
                let ids = self.meet(&view, place, is_first);
                (!ids.is_empty()).then_some(Reason::Breakpoint(ids))
            }
        };
        if let Some(reason) = reason {
            self.best = Some((self.ops, reason));
        }
    }
}

impl Tracer for Stepper<'_> {
    fn op(&mut self, view: View<'_>) {
        self.ops = self.ops.saturating_add(1);
        let (unit, place) = self.unit(&view);
        drop(self.frames.cut(view.depth()));
        let (mut begins, mut is_first) = (None, false);
        if let Some(frame) = self.frames.slot(view.depth()) {
            is_first = frame.last.is_none();
            if unit != 0 {
                // The same line again is a new statement when the way there leads back.
                let is_new = frame.last.is_none_or(|(last, op)| last != unit || view.op() <= op);
                begins = is_new.then_some(place);
                frame.last = Some((unit, view.op()));
            }
        }
        match self.pass.clone() {
            Pass::Forward(_) => self.forward(view, begins, is_first),
            Pass::Scan { until, kind } => self.scan(view, begins, is_first, until, kind),
            quiet => {
                if let Some(place) = begins.filter(|_| !self.tally.is_empty()) {
                    self.meet(&view, place, is_first);
                }
                match quiet {
                    Pass::Reach { op, reason } if self.ops == op => self.stop(view, reason),
                    Pass::Resume { op, go, error } if self.ops == op => {
                        self.log.0.borrow_mut().is_quiet = false;
                        // The error that was stopped over is not news.
                        if let Some(is_reported) = error {
                            (self.raised, self.is_reported) = (Some(op), is_reported);
                        }
                        let go = if self.is_paused { Go::Entry(Reason::Pause) } else { go };
                        self.pass = Pass::Forward(go);
                    }
                    _ => self.quiet(),
                }
            }
        }
    }

    fn enter(&mut self, view: View<'_>) {
        let depth = view.depth();
        drop(self.frames.cut(depth));
        self.next_id = self.next_id.saturating_add(1);
        *self.frames.slot(depth) = Some(Frame { id: self.next_id, last: None });
    }

    fn leave(&mut self, _vm: &Vm, _proto: u32, _result: Value) {}

    fn raise(&mut self, raised: Raised, view: View<'_>) {
        // The same error, on its way through library functions.
        if self.raised.replace(self.ops) == Some(self.ops) {
            return;
        }
        if !matches!(self.pass, Pass::Forward(_)) || self.is_done() {
            return;
        }
        let points = self.points.borrow();
        if !(if raised.is_caught { points.on_caught } else { points.on_uncaught }) {
            return;
        }
        drop(points);
        let (message, kind) = match (raised.limit, raised.value) {
            (Some(limit), _) => (format!("the {} limit is reached", limit.name()), limit.name()),
            (None, Some(value)) => match value.as_str() {
                Some(text) => (String::from_utf8_lossy(text).into_owned(), "error"),
                None => (self.look().text(view.vm(), value, 2), "error"),
            },
            (None, None) => ("an error".to_owned(), "error"),
        };
        let help = raised.limit.map(|limit| {
            let name = limit.name();
            format!("raise it with `limits.{name}` in the profile, if the program is meant to need that much")
        });
        self.is_reported = !raised.is_caught;
        self.stop(view, Reason::Exception(Exception { message, kind, is_caught: raised.is_caught, help }));
    }

    fn is_done(&self) -> bool {
        self.over.is_some()
    }
}
