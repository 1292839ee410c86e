//! What can be seen of a stopped run: its calls, their variables, the event, the state, and what
//! expressions over them give.

use super::eval::{self, Given};
use super::look::{Found, Look, Part, Shown, Thing};
use super::machine::FIRST_EVENT;
use super::{Debuggee, EventInput, Inputs, rules};
use gatos_canon::Value as Plain;
use gatos_elc::map::Place;
use gatos_vm::{View, Vm};

/// An active call of a function or rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FrameInfo {
    /// What messages call the function.
    pub name: String,
    /// Where it is.
    pub place: Option<Place>,
    /// Where the condition that it is in ends, in a policy: line and column.
    pub end: Option<(u32, u32)>,
}

/// A group of variables.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// Of the function, and in a policy of the rule.
    Locals,
    /// Of functions around it.
    Upvalues,
    /// Of the program.
    Globals,
    /// The event that is folded.
    Event,
    /// The state.
    State,
    /// The input of a decision.
    Input,
    /// The base data of a decision.
    Data,
}

impl Scope {
    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Scope::Locals => "Locals",
            Scope::Upvalues => "Upvalues",
            Scope::Globals => "Globals",
            Scope::Event => "Event",
            Scope::State => "State",
            Scope::Input => "Input",
            Scope::Data => "Data",
        }
    }
}

/// A stopped run.
pub struct Here<'a> {
    debuggee: &'a Debuggee,
    view: Option<View<'a>>,
    phase: usize,
    state: Option<Plain>,
}

impl<'a> Here<'a> {
    pub(crate) fn new(debuggee: &'a Debuggee, view: View<'a>, phase: usize) -> Here<'a> {
        Here { debuggee, view: Some(view), phase, state: None }
    }

    pub(crate) fn without_frames(debuggee: &'a Debuggee, phase: usize, state: Option<Plain>) -> Here<'a> {
        Here { debuggee, view: None, phase, state }
    }

    fn look(&self) -> Look<'a> {
        Look { program: self.debuggee.program.program(), map: &self.debuggee.map }
    }

    fn is_policy(&self) -> bool {
        self.debuggee.program.program().policy.is_some()
    }

    /// The event that is folded, with its number from 1.
    pub fn event(&self) -> Option<(usize, &'a EventInput)> {
        let Inputs::Events(events) = &self.debuggee.inputs else { return None };
        let at = self.phase.checked_sub(FIRST_EVENT)?;
        Some((at + 1, events.get(at)?))
    }

    /// What is being done, for a fold: `loading`, `init`, `event 3 of 20`, `emit`.
    pub fn phase_name(&self) -> String {
        match (&self.debuggee.inputs, self.phase) {
            (Inputs::Script, _) => "script".to_owned(),
            (Inputs::Decision(_), _) => "decision".to_owned(),
            (Inputs::Events(_), 0) => "loading".to_owned(),
            (Inputs::Events(_), 1) => "init".to_owned(),
            (Inputs::Events(events), phase) if phase - FIRST_EVENT < events.len() => {
                format!("event {} of {}", phase - FIRST_EVENT + 1, events.len())
            }
            _ => "emit".to_owned(),
        }
    }

    fn views(&self) -> impl Iterator<Item = View<'a>> + use<'a> {
        std::iter::successors(self.view, View::caller)
    }

    /// How many calls are active.
    pub fn depth(&self) -> usize {
        self.views().count()
    }

    /// Active calls, innermost first: `count` of them from `from` on.
    pub fn frames(&self, from: usize, count: usize) -> Vec<FrameInfo> {
        self.views().skip(from).take(count).map(|view| self.frame(&view)).collect()
    }

    fn frame(&self, view: &View<'a>) -> FrameInfo {
        let Some(f) = self.debuggee.map.functions.get(view.proto() as usize) else {
            return FrameInfo { name: format!("function {}", view.proto()), place: None, end: None };
        };
        let inner = f.literals.iter().rev().find(|l| (l.first_op..l.end_op).contains(&view.op()));
        let place = inner.map(|l| l.start).or_else(|| f.place(view.op())).or(Some(f.at)).filter(|p| p.line > 0);
        FrameInfo { name: f.name.clone(), place, end: inner.map(|l| l.end) }
    }

    fn view_at(&self, frame: usize) -> Option<View<'a>> {
        self.views().nth(frame)
    }

    /// The groups of variables of a call.
    pub fn scopes(&self, frame: usize) -> Vec<Scope> {
        if self.is_policy() {
            return vec![Scope::Locals, Scope::Input, Scope::Data];
        }
        let mut out = Vec::new();
        if let Some(view) = self.view_at(frame) {
            out.push(Scope::Locals);
            let f = self.debuggee.map.functions.get(view.proto() as usize);
            if f.is_some_and(|f| !f.upvalues.is_empty()) {
                out.push(Scope::Upvalues);
            }
            if !self.debuggee.program.program().globals.is_empty() {
                out.push(Scope::Globals);
            }
        }
        if self.event().is_some() {
            out.push(Scope::Event);
        }
        if self.phase >= FIRST_EVENT && matches!(self.debuggee.inputs, Inputs::Events(_)) {
            out.push(Scope::State);
        }
        out
    }

    /// The variables of a group.
    pub fn variables(&self, frame: usize, scope: Scope) -> Vec<Shown> {
        let look = self.look();
        let all = Part::default();
        let view = self.view_at(frame);
        match (scope, view) {
            (Scope::Locals, Some(view)) => self.locals(&view),
            (Scope::Upvalues, Some(view)) => {
                let names = self.debuggee.map.functions.get(view.proto() as usize).map_or(&[][..], |f| &f.upvalues);
                let one = |(i, name): (u8, &String)| {
                    Some(look.shown(view.vm(), name.clone(), view.upvalue(i)?, Some(name.clone())))
                };
                (0u8..).zip(names).filter_map(one).collect()
            }
            (Scope::Globals, Some(view)) => {
                let globals = self.debuggee.program.program().globals.iter().enumerate();
                let one = |(i, name): (usize, &String)| {
                    Some(look.shown(view.vm(), name.clone(), view.vm().global_at(i)?, Some(name.clone())))
                };
                globals.filter_map(one).collect()
            }
            (Scope::Event, _) => {
                let plain = self.event().and_then(|(_, event)| Plain::from_cbor(&event.bytes).ok());
                let Some(mut plain) = plain else { return Vec::new() };
                // These are always there for a fold.
                if let Plain::Map(map) = &mut plain {
                    for name in ["caps", "labels"] {
                        if map.get(name).is_none() {
                            map.insert(name, Plain::Array(Vec::new()));
                        }
                    }
                }
                look.members(None, &Thing::Plain(plain), None, &all)
            }
            (Scope::State, _) => match (&self.view, &self.state) {
                (Some(view), _) => look.members(Some(view.vm()), &Thing::Live(view.vm().state()), None, &all),
                (None, Some(plain)) => look.members(None, &Thing::Plain(plain.clone()), None, &all),
                (None, None) => Vec::new(),
            },
            (Scope::Input | Scope::Data, _) => {
                let Inputs::Decision(decision) = &self.debuggee.inputs else { return Vec::new() };
                let (bytes, name) = match scope {
                    Scope::Input => (decision.input.as_deref(), "input"),
                    _ => (Some(decision.data.as_slice()), "data"),
                };
                let plain = bytes.and_then(|bytes| Plain::from_json_bytes(bytes).ok());
                let Some(plain) = plain else { return Vec::new() };
                let shown = look.plain(name.to_owned(), plain, Some(name.to_owned()));
                match &shown.thing {
                    Some(thing) => look.members(None, thing, Some(name), &all),
                    None => vec![shown],
                }
            }
            (Scope::Locals | Scope::Upvalues | Scope::Globals, None) => Vec::new(),
        }
    }

    fn locals(&self, view: &View<'a>) -> Vec<Shown> {
        let look = self.look();
        let Some(f) = self.debuggee.map.functions.get(view.proto() as usize) else {
            // Without names there are still registers.
            let register = |i: u8| Some(look.shown(view.vm(), format!("r{i}"), view.register(i)?, None));
            return (0..=u8::MAX).filter_map(register).collect();
        };
        let mut out = Vec::new();
        if self.is_policy() {
            for (name, value) in self.bound(view) {
                out.push(look.plain(name.clone(), value, Some(name)));
            }
            return out;
        }
        for v in f.visible(view.op()) {
            match look.find(view, &v.name) {
                Some(Found::Live(value)) => {
                    out.push(look.shown(view.vm(), v.name.clone(), value, Some(v.name.clone())));
                }
                Some(Found::Known(text)) => out.push(Shown {
                    name: v.name.clone(),
                    text,
                    kind: "constant",
                    thing: None,
                    indexed: 0,
                    named: 0,
                    expression: Some(v.name.clone()),
                }),
                None => {}
            }
        }
        for (i, value) in view.extra().take(250).enumerate() {
            out.push(look.shown(view.vm(), format!("...[{}]", i + 1), value, None));
        }
        out
    }

    /// The variables of a policy's conditions that are bound at an op.
    fn bound(&self, view: &View<'a>) -> Vec<(String, Plain)> {
        let Some(f) = self.debuggee.map.functions.get(view.proto() as usize) else { return Vec::new() };
        let mut out: Vec<(String, Plain)> = Vec::new();
        for literal in f.literals.iter().filter(|l| (l.first_op..l.end_op).contains(&view.op())) {
            for (name, register) in &literal.vars {
                let Some(value) = view.register(*register).filter(|v| !v.is_nil()) else { continue };
                let mut json = Vec::new();
                if view.vm().doc_json(value, &mut json).is_ok()
                    && let Ok(plain) = Plain::from_json_bytes(&json)
                {
                    out.retain(|(there, _)| there != name);
                    out.push((name.clone(), plain));
                }
            }
        }
        out
    }

    /// What is inside a value.
    pub fn members(&self, thing: &Thing, expression: Option<&str>, part: &Part) -> Vec<Shown> {
        self.look().members(self.view.as_ref().map(View::vm), thing, expression, part)
    }

    pub(crate) fn given(&self, view: &View<'_>, text: &str) -> Result<Given, String> {
        match &self.debuggee.inputs {
            Inputs::Decision(decision) => {
                let here = Here::new(self.debuggee, *view, self.phase);
                let package = self.debuggee.map.functions.get(view.proto() as usize).map_or("", |f| f.name.as_str());
                rules::evaluate(self.debuggee, decision, package, here.bound(view), text)
            }
            _ => eval::evaluate(&self.look(), view, text),
        }
    }

    pub(crate) fn text_of(look: &Look<'_>, vm: &Vm, given: &Given) -> String {
        match given {
            // In a message strings speak for themselves.
            Given::Live(v) => match v.as_str() {
                Some(text) => String::from_utf8_lossy(text).into_owned(),
                None => look.text(vm, *v, 2),
            },
            Given::Plain(Plain::Text(text)) => text.clone(),
            Given::Plain(plain) => look.plain_text(plain, 2),
            Given::Other(text, _) => text.clone(),
        }
    }

    /// The value of an expression in a call.
    ///
    /// # Errors
    /// A sentence about what is wrong with it.
    pub fn evaluate(&self, frame: usize, text: &str) -> Result<Shown, String> {
        let view = self.view_at(frame).ok_or("nothing runs here that has variables")?;
        let name = text.to_owned();
        Ok(match self.given(&view, text)? {
            Given::Live(value) => self.look().shown(view.vm(), name, value, Some(text.to_owned())),
            Given::Plain(plain) => self.look().plain(name, plain, None),
            Given::Other(text, kind) => Shown { name, text, kind, thing: None, indexed: 0, named: 0, expression: None },
        })
    }
}
