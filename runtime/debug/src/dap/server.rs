//! The conversation: what may be asked when, what is told unasked, and the run in between.

use super::requests::{self, Request};
use super::{Launched, Transport, World};
use crate::session::{
    Begin, Breakpoint, Command, Controller, Ended, Exception, Here, HitRule, Inputs, Interrupt, Points, Reason, Scope,
    Session, Shown, Stop, Thing, Voice,
};
use gatos_elc::map::Place;
use serde_json::{Map, Value, json};
use std::cell::RefCell;
use std::rc::Rc;

/// What a handle of variables stands for, as long as the run is stopped.
pub(super) enum Handle {
    Scope(usize, Scope),
    Thing(Thing, Option<String>),
}

/// Handles are counted from here, so that none is taken for a frame.
pub(super) const FIRST_HANDLE: usize = 1000;

/// A stopped run, as requests see it.
pub(super) struct Stopped<'s, 'h> {
    pub(super) stop: &'s Stop,
    pub(super) here: &'s Here<'h>,
    pub(super) handles: Vec<Handle>,
}

/// What a request leads to.
pub(super) enum After {
    /// The answer was all.
    Stay,
    /// The run goes on.
    Resume(Command),
    /// The run shall stop.
    Pause,
    /// Nothing more is wanted.
    Quit,
}

/// Breakpoints that a client wants in a file.
struct Wanted {
    path: String,
    list: Vec<Value>,
}

/// The state of a conversation.
pub(super) struct Server<'t> {
    transport: &'t mut dyn Transport,
    world: &'t mut dyn World,
    seq: u64,
    /// What the client adds to lines and columns.
    pub(super) line_base: i64,
    pub(super) column_base: i64,
    is_initialized: bool,
    is_configured: bool,
    is_over: bool,
    pub(super) launched: Option<Rc<Launched>>,
    begin: Begin,
    points: Rc<RefCell<Points>>,
    wanted: Vec<Wanted>,
    next_point: u32,
}

/// Talks with a client until it has no more to say.
pub fn serve(transport: &mut dyn Transport, world: &mut dyn World) {
    let points = Points { on_uncaught: true, ..Points::default() };
    let mut server = Server {
        transport,
        world,
        seq: 0,
        line_base: 1,
        column_base: 1,
        is_initialized: false,
        is_configured: false,
        is_over: false,
        launched: None,
        begin: Begin::Free,
        points: Rc::new(RefCell::new(points)),
        wanted: Vec::new(),
        next_point: 1,
    };
    while let Some(message) = server.transport.next() {
        if let After::Quit = server.take(&message, None) {
            return;
        }
        if server.is_configured
            && !server.is_over
            && let Some(launched) = server.launched.clone()
            && let Ended::Quit = server.debug(&launched)
        {
            return;
        }
    }
}

impl Server<'_> {
    /// Runs a program until it ends.
    fn debug(&mut self, launched: &Launched) -> Ended {
        let begin = self.begin;
        let points = self.points.clone();
        let ended = loop {
            let mut session = Session::new(&launched.debuggee, &launched.lines, points.clone());
            match session.run(self, begin) {
                Ended::Restart => {}
                ended => break ended,
            }
        };
        let is_denied = matches!(&launched.debuggee.inputs, Inputs::Decision(decision) if decision.is_denied);
        self.is_over = true;
        let code = match &ended {
            Ended::Failed(trouble) => {
                let mut text = format!("while {}: {}", trouble.doing, trouble.message);
                if let Some(help) = &trouble.help {
                    text.push_str(&format!("\nhelp: {help}"));
                }
                self.say("stderr", &text, None);
                1
            }
            // A denial is an answer that is no, as it is for `gatos run`.
            Ended::Finished if is_denied => 1,
            _ => 0,
        };
        if ended != Ended::Quit {
            self.event("exited", json!({ "exitCode": code }));
            self.event("terminated", json!({}));
        }
        ended
    }

    fn send(&mut self, mut message: Map<String, Value>) {
        self.seq = self.seq.saturating_add(1);
        message.insert("seq".into(), json!(self.seq));
        self.transport.send(Value::Object(message).to_string().as_bytes());
    }

    pub(super) fn event(&mut self, name: &str, body: Value) {
        let mut message = Map::new();
        message.insert("type".into(), json!("event"));
        message.insert("event".into(), json!(name));
        message.insert("body".into(), body);
        self.send(message);
    }

    fn answer(&mut self, request: &Request, result: Result<Value, String>) {
        let mut message = Map::new();
        message.insert("type".into(), json!("response"));
        message.insert("request_seq".into(), json!(request.seq));
        message.insert("command".into(), json!(request.command));
        message.insert("success".into(), json!(result.is_ok()));
        match result {
            Ok(body) => _ = message.insert("body".into(), body),
            Err(why) => {
                message.insert("message".into(), json!(why));
                // Braces would be taken for places to fill in.
                let error = json!({ "id": 1, "format": "{why}", "variables": { "why": why }, "showUser": true });
                message.insert("body".into(), json!({ "error": error }));
            }
        }
        self.send(message);
    }

    fn say(&mut self, category: &str, text: &str, place: Option<Place>) {
        let mut body = json!({ "category": category, "output": format!("{text}\n") });
        if let (Some(place), Some(launched)) = (place, self.launched.clone())
            && place.line > 0
        {
            body["source"] = requests::source(&launched, place.file);
            body["line"] = json!(i64::from(place.line) - 1 + self.line_base);
        }
        self.event("output", body);
    }

    /// Takes one message.
    fn take(&mut self, message: &[u8], stopped: Option<&mut Stopped<'_, '_>>) -> After {
        let request = match Request::read(message) {
            Ok(Some(request)) => request,
            // Responses and events of clients ask for nothing.
            Ok(None) => return After::Stay,
            Err(request) => {
                self.answer(&request, Err("this is not a request: a JSON object with seq, type and command".into()));
                return After::Stay;
            }
        };
        let (result, after) = self.handle(&request, stopped);
        let is_launched = request.command == "launch" && result.is_ok();
        self.answer(&request, result);
        if is_launched {
            let notes = self.launched.as_ref().map(|l| l.notes.clone()).unwrap_or_default();
            notes.iter().for_each(|note| self.say("console", note, None));
            if self
                .launched
                .as_ref()
                .is_some_and(|l| matches!(&l.debuggee.inputs, Inputs::Decision(d) if d.input.is_none()))
            {
                let note = "this is a policy, and the launch configuration names no `input`: `input` is undefined";
                self.say("console", note, None);
            }
            self.settle_early_points();
            self.event("initialized", json!({}));
        }
        after
    }

    fn handle(&mut self, request: &Request, stopped: Option<&mut Stopped<'_, '_>>) -> (Result<Value, String>, After) {
        let args = &request.arguments;
        if !self.is_initialized && !matches!(request.command.as_str(), "initialize" | "disconnect") {
            return (Err("the first request is `initialize`".into()), After::Stay);
        }
        let ok = || Ok(json!({}));
        match request.command.as_str() {
            "initialize" if self.is_initialized => (Err("this was asked before".into()), After::Stay),
            "initialize" => {
                self.is_initialized = true;
                self.line_base = i64::from(args["linesStartAt1"].as_bool().unwrap_or(true));
                self.column_base = i64::from(args["columnsStartAt1"].as_bool().unwrap_or(true));
                (Ok(requests::capabilities()), After::Stay)
            }
            "launch" => (self.launch(args), After::Stay),
            "attach" => (Err("there is nothing to attach to: use a launch configuration".into()), After::Stay),
            "configurationDone" if self.launched.is_none() => (Err("nothing was launched".into()), After::Stay),
            "configurationDone" => {
                self.is_configured = true;
                (ok(), After::Stay)
            }
            "setBreakpoints" => (self.set_breakpoints(args), After::Stay),
            "setFunctionBreakpoints" => (Ok(json!({ "breakpoints": [] })), After::Stay),
            "setExceptionBreakpoints" => {
                let filters = args["filters"].as_array().map(Vec::as_slice).unwrap_or_default();
                let has = |name: &str| filters.iter().any(|f| f == name);
                let mut points = self.points.borrow_mut();
                (points.on_caught, points.on_uncaught) = (has("caught"), has("uncaught"));
                (ok(), After::Stay)
            }
            "breakpointLocations" => (self.locations(args), After::Stay),
            "threads" => {
                let name = if self.launched.is_some() { "run" } else { "nothing yet" };
                (Ok(json!({ "threads": [{ "id": 1, "name": name }] })), After::Stay)
            }
            "loadedSources" => (Ok(requests::loaded_sources(self.launched.as_deref())), After::Stay),
            "source" => (requests::source_text(self.launched.as_deref(), args), After::Stay),
            "disconnect" => (ok(), After::Quit),
            "terminate" => match (stopped.is_some(), self.is_configured && !self.is_over) {
                (true, _) => (ok(), After::Resume(Command::Quit)),
                (false, true) => (ok(), After::Quit),
                (false, false) => (ok(), After::Quit),
            },
            "pause" if stopped.is_some() => (ok(), After::Stay),
            "pause" if self.is_configured && !self.is_over => (ok(), After::Pause),
            "setVariable" | "setExpression" => {
                (Err("values cannot be set: what runs here is what really happened".into()), After::Stay)
            }
            name => match stopped {
                Some(stopped) => requests::while_stopped(self, request, stopped),
                None if requests::NEEDS_STOP.contains(&name) => {
                    let why = if self.is_over {
                        "the run is over"
                    } else if self.is_configured {
                        "the program is running: pause it first"
                    } else {
                        "nothing runs yet"
                    };
                    (Err(why.into()), After::Stay)
                }
                None => (Err(format!("there is no request `{}`", request.command)), After::Stay),
            },
        }
    }

    fn launch(&mut self, args: &Value) -> Result<Value, String> {
        if self.launched.is_some() {
            return Err("a program was launched before".into());
        }
        if !args.is_object() {
            return Err(
                "launch takes an object such as { \"program\": \"gatos/folds/a.lua\", \"events\": \"commits\" }".into(),
            );
        }
        let launched = self.world.launch(args)?;
        self.begin = match &args["stopOnEvent"] {
            Value::Null if args["stopOnEntry"].as_bool() == Some(true) => Begin::Entry,
            Value::Null => Begin::Free,
            event => Begin::Phase(requests::event_phase(&launched, event)?),
        };
        self.launched = Some(Rc::new(launched));
        Ok(json!({}))
    }

    /// Breakpoints that came before the program did.
    fn settle_early_points(&mut self) {
        for wanted in std::mem::take(&mut self.wanted) {
            for settled in self.place_points(&wanted) {
                self.event("breakpoint", json!({ "reason": "changed", "breakpoint": settled }));
            }
        }
    }

    fn set_breakpoints(&mut self, args: &Value) -> Result<Value, String> {
        let path = match (&args["source"]["path"], &args["source"]["name"]) {
            (Value::String(path), _) => self.world.canonical(path),
            (_, Value::String(name)) => name.clone(),
            _ => return Err("setBreakpoints needs source.path".into()),
        };
        let mut list = args["breakpoints"].as_array().cloned().unwrap_or_default();
        if list.len() > 10_000 {
            return Err("more breakpoints than anyone can want".into());
        }
        for point in &mut list {
            point["id"] = json!(self.next_point);
            self.next_point = self.next_point.saturating_add(1);
        }
        let wanted = Wanted { path, list };
        if self.launched.is_none() {
            let told: Vec<Value> = wanted
                .list
                .iter()
                .map(|p| json!({ "id": p["id"], "verified": false, "message": "the program is not loaded yet" }))
                .collect();
            self.wanted.retain(|w| w.path != wanted.path);
            self.wanted.push(wanted);
            return Ok(json!({ "breakpoints": told }));
        }
        let told = self.place_points(&wanted);
        Ok(json!({ "breakpoints": told }))
    }

    /// Puts a file's breakpoints in place of those that were there.
    fn place_points(&mut self, wanted: &Wanted) -> Vec<Value> {
        let Some(launched) = self.launched.clone() else { return Vec::new() };
        let refuse = |point: &Value, why: &str| json!({ "id": point["id"], "verified": false, "message": why });
        let Some(file) = requests::file_of(&launched, &wanted.path) else {
            let why = "this file is no part of the program";
            return wanted.list.iter().map(|point| refuse(point, why)).collect();
        };
        self.points.borrow_mut().list.retain(|p| p.file != file);
        let mut told = Vec::new();
        for point in &wanted.list {
            let line = point["line"].as_i64().map(|line| line - self.line_base + 1);
            let Some(line) = line.and_then(|line| u32::try_from(line.max(1)).ok()) else {
                told.push(refuse(point, "a breakpoint needs a line"));
                continue;
            };
            let Some(line) = launched.lines.resolve(file, line) else {
                told.push(refuse(point, "there is no code from here on"));
                continue;
            };
            let text = |name: &str| point[name].as_str().map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned);
            let hit = match text("hitCondition").map(|t| HitRule::parse(&t)).transpose() {
                Ok(hit) => hit,
                Err(why) => {
                    told.push(refuse(point, &why));
                    continue;
                }
            };
            let id = point["id"].as_u64().and_then(|id| u32::try_from(id).ok()).unwrap_or(0);
            let (condition, log) = (text("condition"), text("logMessage"));
            if let Err(why) = launched.debuggee.check_point(condition.as_deref(), log.as_deref()) {
                told.push(refuse(point, &why));
                continue;
            }
            self.points.borrow_mut().list.push(Breakpoint { id, file, line, condition, hit, log });
            told.push(json!({
                "id": id,
                "verified": true,
                "line": i64::from(line) - 1 + self.line_base,
                "source": requests::source(&launched, file),
            }));
        }
        told
    }

    fn locations(&self, args: &Value) -> Result<Value, String> {
        let launched = self.launched.as_deref().ok_or("nothing was launched")?;
        let path = args["source"]["path"].as_str().ok_or("breakpointLocations needs source.path")?;
        let path = self.world.canonical(path);
        let file = requests::file_of(launched, &path).ok_or("this file is no part of the program")?;
        let line = |name: &str| {
            let n = args[name].as_i64()? - self.line_base + 1;
            u32::try_from(n.max(1)).ok()
        };
        let from = line("line").ok_or("breakpointLocations needs a line")?;
        let lines = launched.lines.between(file, from, line("endLine").unwrap_or(from));
        let told: Vec<Value> =
            lines.into_iter().map(|l| json!({ "line": i64::from(l) - 1 + self.line_base })).collect();
        Ok(json!({ "breakpoints": told }))
    }

    /// A value as the protocol tells it, with a handle when it can be opened.
    pub(super) fn variable(stopped: &mut Stopped<'_, '_>, shown: Shown, is_result: bool) -> Value {
        let reference = match shown.thing {
            Some(thing) => {
                stopped.handles.push(Handle::Thing(thing, shown.expression.clone()));
                FIRST_HANDLE + stopped.handles.len() - 1
            }
            None => 0,
        };
        let mut out = Map::new();
        if is_result {
            out.insert("result".into(), json!(shown.text));
        } else {
            out.insert("name".into(), json!(shown.name));
            out.insert("value".into(), json!(shown.text));
            if let Some(expression) = shown.expression {
                out.insert("evaluateName".into(), json!(expression));
            }
        }
        out.insert("type".into(), json!(shown.kind));
        out.insert("variablesReference".into(), json!(reference));
        // Told for what is large only: a client that is told asks in pieces.
        if reference > 0 && shown.indexed > 100 {
            out.insert("indexedVariables".into(), json!(shown.indexed));
            out.insert("namedVariables".into(), json!(shown.named));
        }
        Value::Object(out)
    }
}

/// What is said about an error: itself, and the event over which it came up.
pub(super) fn exception_text(exception: &Exception, here: &Here<'_>) -> String {
    let mut text = exception.message.clone();
    match here.event() {
        Some((number, event)) => text.push_str(&format!(
            "\nevent {number}: {} ({}) of {}, {}",
            event.ulid, event.event_type, event.actor, event.origin
        )),
        None => text.push_str(&format!("\nduring {}", here.phase_name())),
    }
    if let Some(help) = &exception.help {
        text.push_str(&format!("\nhelp: {help}"));
    }
    text
}

impl Controller for Server<'_> {
    fn stopped(&mut self, stop: &Stop, here: &Here<'_>) -> Command {
        let (reason, ids) = match &stop.reason {
            Reason::Entry => ("entry", &[][..]),
            Reason::Step => ("step", &[][..]),
            Reason::Breakpoint(ids) => ("breakpoint", ids.as_slice()),
            Reason::Exception(_) => ("exception", &[][..]),
            Reason::Pause => ("pause", &[][..]),
            Reason::Goto => ("goto", &[][..]),
        };
        let mut body = json!({
            "reason": reason,
            "threadId": 1,
            "allThreadsStopped": true,
            "hitBreakpointIds": ids,
        });
        if let Reason::Exception(exception) = &stop.reason {
            body["description"] =
                json!(if exception.is_caught { "Paused on a caught error" } else { "Paused on an error" });
            body["text"] = json!(exception_text(exception, here));
        }
        self.event("stopped", body);
        // For clients that draw a time line; others step over it.
        let event = here.event();
        self.event(
            "gatos/moment",
            json!({
                "phase": here.phase_name(),
                "event": event.map(|(number, _)| number),
                "ulid": event.map(|(_, event)| event.ulid.as_str()),
                "op": stop.moment.op,
            }),
        );
        let mut stopped = Stopped { stop, here, handles: Vec::new() };
        loop {
            let Some(message) = self.transport.next() else { return Command::Quit };
            match self.take(&message, Some(&mut stopped)) {
                After::Stay | After::Pause => {}
                After::Resume(command) => return command,
                After::Quit => return Command::Quit,
            }
        }
    }

    fn poll(&mut self) -> Option<Interrupt> {
        while let Some(message) = self.transport.poll() {
            match self.take(&message, None) {
                After::Stay | After::Resume(_) => {}
                After::Pause => return Some(Interrupt::Pause),
                After::Quit => return Some(Interrupt::Quit),
            }
        }
        None
    }

    fn output(&mut self, voice: Voice, text: &str, place: Option<Place>) {
        let category = match voice {
            Voice::Program => "stdout",
            Voice::Log | Voice::Debugger => "console",
        };
        self.say(category, text, place);
    }
}
