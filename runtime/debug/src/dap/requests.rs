//! What is answered while a run is stopped, and the shapes of answers.

use super::Launched;
use super::server::{After, FIRST_HANDLE, Handle, Server, Stopped, exception_text};
use crate::session::{Command, FrameInfo, Part, Reason};
use serde_json::{Value, json};

/// Requests that need a stopped run.
pub(super) const NEEDS_STOP: [&str; 14] = [
    "stackTrace",
    "scopes",
    "variables",
    "evaluate",
    "continue",
    "next",
    "stepIn",
    "stepOut",
    "stepBack",
    "reverseContinue",
    "exceptionInfo",
    "restart",
    "gatos/goto",
    "pause",
];

/// A request.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) seq: i64,
    pub(super) command: String,
    pub(super) arguments: Value,
}

impl Request {
    /// Reads a message; nothing for one that is no request.
    ///
    /// # Errors
    /// What can be told of a message that is none, to answer it.
    pub(super) fn read(message: &[u8]) -> Result<Option<Request>, Request> {
        let mut value: Value = serde_json::from_slice(message).unwrap_or(Value::Null);
        let seq = value["seq"].as_i64().unwrap_or(0);
        let command = value["command"].as_str().map(str::to_owned);
        match (value["type"].as_str(), command) {
            (Some("request"), Some(command)) => {
                let arguments = value.get_mut("arguments").map(Value::take).unwrap_or(Value::Null);
                Ok(Some(Request { seq, command, arguments }))
            }
            (Some("response" | "event"), _) => Ok(None),
            (_, command) => Err(Request { seq, command: command.unwrap_or_default(), arguments: Value::Null }),
        }
    }
}

pub(super) fn capabilities() -> Value {
    json!({
        "supportsConfigurationDoneRequest": true,
        "supportsConditionalBreakpoints": true,
        "supportsHitConditionalBreakpoints": true,
        "supportsLogPoints": true,
        "supportsEvaluateForHovers": true,
        "supportsStepBack": true,
        "supportsRestartRequest": true,
        "supportsExceptionInfoRequest": true,
        "supportsLoadedSourcesRequest": true,
        "supportsBreakpointLocationsRequest": true,
        "supportsSteppingGranularity": true,
        "supportsTerminateRequest": true,
        "supportsDelayedStackTraceLoading": true,
        "supportsSetVariable": false,
        "exceptionBreakpointFilters": [
            {
                "filter": "uncaught",
                "label": "Errors that nothing catches",
                "description": "Stops where the error is raised, with the event at fault",
                "default": true,
            },
            { "filter": "caught", "label": "Errors that a pcall catches", "default": false },
        ],
    })
}

/// A file of the program as the protocol names it.
pub(super) fn source(launched: &Launched, file: u32) -> Value {
    let at = file as usize;
    let Some(name) = launched.debuggee.map.files.get(at) else { return Value::Null };
    let short = name.rsplit(['/', '\\']).next().unwrap_or(name);
    match launched.paths.get(at).and_then(Option::as_ref) {
        Some(path) => json!({ "name": short, "path": path }),
        None => json!({ "name": short, "sourceReference": u64::from(file) + 1 }),
    }
}

/// The file that a path means.
pub(super) fn file_of(launched: &Launched, path: &str) -> Option<u32> {
    let is_it = |p: &Option<String>| p.as_deref() == Some(path);
    let at = launched.paths.iter().position(is_it);
    let at = at.or_else(|| launched.debuggee.map.files.iter().position(|name| name == path))?;
    u32::try_from(at).ok()
}

pub(super) fn loaded_sources(launched: Option<&Launched>) -> Value {
    let files = launched.map_or(0, |l| l.debuggee.map.files.len());
    let files = 0..u32::try_from(files).unwrap_or(0);
    let all: Vec<Value> = launched.map(|l| files.map(|file| source(l, file)).collect()).unwrap_or_default();
    json!({ "sources": all })
}

pub(super) fn source_text(launched: Option<&Launched>, args: &Value) -> Result<Value, String> {
    let launched = launched.ok_or("nothing was launched")?;
    let reference = args["sourceReference"].as_u64().or_else(|| args["source"]["sourceReference"].as_u64());
    let by_reference = reference.and_then(|r| usize::try_from(r.checked_sub(1)?).ok());
    let by_path = || args["source"]["path"].as_str().and_then(|path| file_of(launched, path)).map(|f| f as usize);
    let at = by_reference.or_else(by_path).ok_or("there is no such source")?;
    let text = launched.texts.get(at).and_then(Option::as_ref).ok_or("the text of this source is not known")?;
    Ok(json!({ "content": text }))
}

/// The phase of an event by its number, or by its ULID.
///
/// # Errors
/// A sentence when there is no such event.
pub(super) fn event_phase(launched: &Launched, event: &Value) -> Result<usize, String> {
    let (number, ulid) = match event {
        Value::Number(n) => (n.as_u64(), None),
        Value::String(text) => match text.trim().parse::<u64>() {
            Ok(n) => (Some(n), None),
            Err(_) => (None, Some(text.trim())),
        },
        _ => (None, None),
    };
    let found = if number.is_some() || ulid.is_some() { launched.debuggee.event_phase(number, ulid) } else { None };
    found.ok_or_else(|| format!("there is no event {event}: name one by its number from 1, or by its ULID"))
}

/// Answers a request about a stopped run.
pub(super) fn while_stopped(
    server: &Server<'_>,
    request: &Request,
    stopped: &mut Stopped<'_, '_>,
) -> (Result<Value, String>, After) {
    let args = &request.arguments;
    let fine = args["granularity"].as_str() == Some("instruction");
    let go = |command: Command| (Ok(json!({ "allThreadsContinued": true })), After::Resume(command));
    let result = match request.command.as_str() {
        "continue" => return go(Command::Continue),
        "next" => return go(if fine { Command::NextOp } else { Command::Next }),
        "stepIn" => return go(if fine { Command::NextOp } else { Command::In }),
        "stepOut" => return go(Command::Out),
        "stepBack" => return go(if fine { Command::BackOp } else { Command::Back }),
        "reverseContinue" => return go(Command::ReverseContinue),
        "restart" => return go(Command::Restart),
        "gatos/goto" => {
            let phase = server.launched.as_deref().ok_or("nothing was launched".to_owned());
            match phase.and_then(|launched| event_phase(launched, &args["event"])) {
                Ok(phase) => return go(Command::Goto(phase)),
                Err(why) => Err(why),
            }
        }
        "stackTrace" => Ok(stack_trace(server, args, stopped)),
        "scopes" => Ok(scopes(args, stopped)),
        "variables" => variables(args, stopped),
        "evaluate" => evaluate(args, stopped),
        "exceptionInfo" => exception_info(server, stopped),
        other => Err(format!("there is no request `{other}`")),
    };
    (result, After::Stay)
}

fn number(args: &Value, name: &str) -> usize {
    args[name].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(0)
}

fn stack_trace(server: &Server<'_>, args: &Value, stopped: &Stopped<'_, '_>) -> Value {
    let from = number(args, "startFrame");
    let levels = match number(args, "levels") {
        0 => 1000,
        n => n.min(1000),
    };
    let depth = stopped.here.depth();
    let frame = |(i, f): (usize, FrameInfo)| {
        let mut out = json!({ "id": from + i + 1, "name": f.name, "line": 0, "column": 0 });
        if let (Some(place), Some(launched)) = (f.place, server.launched.as_deref()) {
            out["source"] = source(launched, place.file);
            out["line"] = json!(i64::from(place.line) - 1 + server.line_base);
            out["column"] = json!((i64::from(place.col) - 1 + server.column_base).max(0));
            if let Some((line, column)) = f.end {
                out["endLine"] = json!(i64::from(line) - 1 + server.line_base);
                out["endColumn"] = json!((i64::from(column) - 1 + server.column_base).max(0));
            }
        }
        out
    };
    let mut frames: Vec<Value> = stopped.here.frames(from, levels).into_iter().enumerate().map(frame).collect();
    // Below all calls: what the run is doing as a whole.
    if frames.len() < levels && from <= depth {
        let mut name = stopped.here.phase_name();
        if let Some((_, event)) = stopped.here.event() {
            name.push_str(&format!(": {} ({}) of {}", event.ulid, event.event_type, event.actor));
        }
        frames.push(json!({ "id": depth + 1, "name": name, "line": 0, "column": 0, "presentationHint": "label" }));
    }
    json!({ "stackFrames": frames, "totalFrames": depth + 1 })
}

fn scopes(args: &Value, stopped: &mut Stopped<'_, '_>) -> Value {
    let frame = number(args, "frameId").saturating_sub(1);
    let mut all = Vec::new();
    for scope in stopped.here.scopes(frame) {
        stopped.handles.push(Handle::Scope(frame, scope));
        let is_cheap = matches!(scope, crate::session::Scope::Locals | crate::session::Scope::Upvalues);
        let mut told = json!({
            "name": scope.name(),
            "variablesReference": FIRST_HANDLE + stopped.handles.len() - 1,
            "expensive": !is_cheap,
        });
        if scope == crate::session::Scope::Locals {
            told["presentationHint"] = json!("locals");
        }
        all.push(told);
    }
    json!({ "scopes": all })
}

fn variables(args: &Value, stopped: &mut Stopped<'_, '_>) -> Result<Value, String> {
    let at = number(args, "variablesReference").checked_sub(FIRST_HANDLE);
    let part = Part {
        indexed: match args["filter"].as_str() {
            Some("indexed") => Some(true),
            Some("named") => Some(false),
            _ => None,
        },
        start: number(args, "start"),
        count: number(args, "count"),
    };
    let here = stopped.here;
    let shown = match at.and_then(|at| stopped.handles.get(at)) {
        Some(Handle::Scope(frame, scope)) => here.variables(*frame, *scope),
        Some(Handle::Thing(thing, expression)) => here.members(thing, expression.as_deref(), &part),
        None => return Err("these variables are from an earlier stop".to_owned()),
    };
    let all: Vec<Value> = shown.into_iter().map(|shown| Server::variable(stopped, shown, false)).collect();
    Ok(json!({ "variables": all }))
}

fn evaluate(args: &Value, stopped: &mut Stopped<'_, '_>) -> Result<Value, String> {
    let text = args["expression"].as_str().ok_or("evaluate needs an expression")?;
    let frame = number(args, "frameId").saturating_sub(1);
    let shown = stopped.here.evaluate(frame, text)?;
    Ok(Server::variable(stopped, shown, true))
}

fn exception_info(server: &Server<'_>, stopped: &Stopped<'_, '_>) -> Result<Value, String> {
    let Reason::Exception(exception) = &stopped.stop.reason else {
        return Err("the run did not stop over an error".to_owned());
    };
    let launched = server.launched.as_deref().ok_or("nothing was launched")?;
    let frame = |f: FrameInfo| match f.place {
        Some(place) => format!("in {} at {}", f.name, launched.debuggee.map.show(place)),
        None => format!("in {}", f.name),
    };
    let trace: Vec<String> = stopped.here.frames(0, 50).into_iter().map(frame).collect();
    let event = stopped.here.event().map(|(number, event)| {
        json!({
            "number": number,
            "ulid": event.ulid,
            "type": event.event_type,
            "actor": event.actor,
            "origin": event.origin,
        })
    });
    Ok(json!({
        "exceptionId": exception.kind,
        "description": exception_text(exception, stopped.here),
        "breakMode": if exception.is_caught { "always" } else { "unhandled" },
        "details": {
            "message": exception.message,
            "typeName": exception.kind,
            "stackTrace": trace.join("\n"),
            "event": event,
        },
    }))
}
