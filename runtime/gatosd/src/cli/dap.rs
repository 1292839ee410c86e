//! `gatos dap`: the debug adapter. The protocol and the debugger are `gatos-debug`'s; here are its
//! streams, and the world that a launch names: files, journals, policies.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};

use gatos_compiler::render::{Form, render};
use gatos_compiler::{KindChoice, LintConfig};
use gatos_debug::dap::{Framer, Launched, Transport, World, frame, serve};
use gatos_debug::session::{Debuggee, Decision, EventInput, Inputs, Lines as CodeLines};
use gatos_elc::SourceMap;
use gatos_elc::program::ProgramKind;
use gatos_ledger_core::import::{EventWrapper, LineOptions};
use gatos_ledger_core::model::{ActorId, EventType, JournalId, Namespace};
use gatos_ledger_core::plane::{self, current_cut};
use gatos_policy::rules::role;
use gatos_vm::Limits;
use serde::Deserialize;
use serde_json::Value;

use super::{Context, run_policy};
use crate::failure::{Failure, Result};
use crate::input::{self, Lines};
use crate::policy::asker::parse_path;
use crate::policy::build::{self, Policy};
use crate::policy::sources::{self, POLICIES_DIR};
use crate::profile::Profile;
use crate::project::Project;
use crate::toolchain::{self, Loaded};

/// Debug folds and policies from an editor
///
/// Speaks the Debug Adapter Protocol on stdin and stdout; editors start it themselves. A launch names a
/// program and what to run it over: a fold with `events` (a file of JSON lines, or a namespace whose
/// journals are read), a script, or a policy with `input`. Runs can be stepped backwards, as running a
/// program again over the same events does exactly the same.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:\n  gatos dap\n  gatos dap --tcp 127.0.0.1:4711")]
pub struct Args {
    /// Serve on a TCP address instead, one client after the other; port 0 takes a free one, and stderr tells which
    #[arg(long, value_name = "ADDR")]
    tcp: Option<String>,
    /// Say nothing different: editors give this flag to servers on stdin and stdout
    #[arg(long, hide = true, conflicts_with = "tcp")]
    stdio: bool,
}

pub(super) fn run(context: Context, args: Args) -> Result<()> {
    let Some(text) = &args.tcp else {
        // What a program prints is told through the protocol; stdout carries nothing else.
        talk(&context, io::stdin(), io::stdout());
        return Ok(());
    };
    let at: SocketAddr = text
        .parse()
        .map_err(|_| Failure::usage(format!("{text:?} is not an address")).help("it looks like 127.0.0.1:4711"))?;
    // Whoever connects can have files read: other machines are not asked in by accident.
    if !at.ip().is_loopback() {
        return Err(Failure::usage(format!("{at} can be reached from other machines"))
            .help("the adapter reads any file it is asked about; use 127.0.0.1, and a tunnel"));
    }
    let failed = |e: io::Error| Failure::world(format!("cannot listen on {at}: {e}"));
    let listener = TcpListener::bind(at).map_err(failed)?;
    context.out.say(format!("listening on {}", listener.local_addr().map_err(failed)?));
    loop {
        let (stream, _) = listener.accept().map_err(failed)?;
        match stream.try_clone() {
            Ok(reader) => talk(&context, reader, stream),
            Err(e) => context.out.warn(format!("a client could not be served: {e}")),
        }
    }
}

/// Messages from a thread that does nothing but read, so that a running program can be paused.
struct Streams<W> {
    from: Receiver<Vec<u8>>,
    to: W,
}

impl<W: Write> Transport for Streams<W> {
    fn next(&mut self) -> Option<Vec<u8>> {
        self.from.recv().ok()
    }

    fn poll(&mut self) -> Option<Vec<u8>> {
        self.from.try_recv().ok()
    }

    fn send(&mut self, message: &[u8]) {
        // A client that went away is noticed by the reader.
        let _ = self.to.write_all(&frame(message)).and_then(|()| self.to.flush());
    }
}

fn talk(context: &Context, mut reader: impl Read + Send + 'static, writer: impl Write) {
    let (to, from) = channel();
    let out = context.out;
    std::thread::spawn(move || {
        let mut framer = Framer::new();
        let mut buffer = vec![0; 64 << 10];
        loop {
            let read = match reader.read(&mut buffer) {
                Ok(0) => return,
                Ok(n) => n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => return,
            };
            framer.push(buffer.get(..read).unwrap_or_default());
            loop {
                match framer.take() {
                    Ok(None) => break,
                    Ok(Some(message)) => {
                        if to.send(message).is_err() {
                            return;
                        }
                    }
                    Err(why) => {
                        out.warn(format!("the client does not speak the protocol: {why}"));
                        return;
                    }
                }
            }
        }
    });
    serve(&mut Streams { from, to: writer }, &mut Here { context });
}

/// What a launch can say.
#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
struct Launch {
    program: String,
    cwd: Option<String>,
    /// A file of events, or a namespace.
    events: Option<String>,
    ns: Option<String>,
    actor: Option<String>,
    event_type: Option<String>,
    ts_field: Option<String>,
    /// A file, or the document itself.
    input: Option<Value>,
    #[serde(default)]
    data: OneOrMany,
    query: Option<String>,
    fuel: Option<u64>,
    depth: Option<u32>,
    memory: Option<u64>,
}

#[derive(Deserialize, Debug, Default)]
#[serde(untagged)]
enum OneOrMany {
    #[default]
    None,
    One(PathBuf),
    Many(Vec<PathBuf>),
}

/// The world around this process.
struct Here<'c> {
    context: &'c Context,
}

impl World for Here<'_> {
    fn launch(&mut self, arguments: &Value) -> std::result::Result<Launched, String> {
        let launch: Launch = serde_json::from_value(arguments.clone()).map_err(|e| match arguments.get("program") {
            None => "the launch configuration names no `program`".to_owned(),
            Some(_) => format!("the launch configuration cannot be understood: {e}"),
        })?;
        self.ready(&launch).map_err(|failure| failure.to_string())
    }

    fn canonical(&self, path: &str) -> String {
        canonical(Path::new(path)).unwrap_or_else(|| path.to_owned())
    }
}

fn canonical(path: &Path) -> Option<String> {
    let real = std::fs::canonicalize(path).ok()?;
    Some(real.display().to_string())
}

impl Here<'_> {
    fn ready(&self, launch: &Launch) -> Result<Launched> {
        let here = match &launch.cwd {
            Some(cwd) => PathBuf::from(cwd),
            None => std::env::current_dir().unwrap_or_default(),
        };
        let program = here.join(&launch.program);
        let profile = Profile::around(program.parent().unwrap_or(&here))?;
        if build::is_policy(&program) {
            return self.policy(launch, &here, &program, limits(launch, profile.policy_limits.limits()));
        }
        self.program(launch, &here, &program, limits(launch, profile.limits.limits()))
    }

    fn program(&self, launch: &Launch, here: &Path, program: &Path, limits: Limits) -> Result<Launched> {
        let kind = if launch.events.is_some() { KindChoice::Fold } else { KindChoice::Auto };
        let loaded = load(program, kind, &self.context.out)?;
        let mut notes = Vec::new();
        if loaded.map.is_none() {
            notes.push("there is no source map beside this program: lines and names are not known".to_owned());
        }
        let inputs = match (loaded.program.program().kind, &launch.events) {
            (ProgramKind::Script, _) => Inputs::Script,
            (_, Some(events)) => Inputs::Events(self.events(launch, here, program, events)?),
            (_, None) => {
                notes.push(
                    "this is a fold, and the launch configuration names no `events`: it runs over none".to_owned(),
                );
                Inputs::Events(Vec::new())
            }
        };
        Ok(launched(loaded, here, limits, inputs, notes))
    }

    fn events(&self, launch: &Launch, here: &Path, program: &Path, events: &str) -> Result<Vec<EventInput>> {
        let file = here.join(events);
        if file.is_file() {
            return file_events(launch, &file);
        }
        let Ok(ns) = Namespace::parse(events) else {
            return Err(Failure::input(format!("`events`: there is no file {}", file.display())));
        };
        let at = match self.context.repo() {
            Some(repo) => repo.clone(),
            None => program.parent().map_or_else(|| here.to_path_buf(), Path::to_path_buf),
        };
        let none = |why: String| {
            Failure::input(format!("`events`: there is no file {}, and {why}", file.display()))
                .help("name a file of JSON lines, or a namespace of the repository around the program")
        };
        let project = Project::open(Some(&at)).map_err(|e| none(e.what))?;
        let cut = current_cut(&project.store, &ns)?;
        if cut.is_empty() {
            let others = plane::namespaces(&project.store)?;
            let others: Vec<String> = others.iter().map(ToString::to_string).collect();
            let known =
                if others.is_empty() { "none has".to_owned() } else { format!("these have: {}", others.join(", ")) };
            return Err(none(format!("namespace {ns} has no events ({known})")));
        }
        let mut out = Vec::new();
        for recorded in plane::read_cut(&project.store, &cut, None)? {
            let recorded = recorded?;
            let event = recorded.event;
            out.push(EventInput {
                ulid: event.header.ulid.to_string(),
                event_type: event.header.event_type.to_string(),
                actor: event.header.actor.to_string(),
                origin: format!("commit {}", recorded.commit),
                bytes: event.bytes,
            });
        }
        Ok(out)
    }

    fn policy(&self, launch: &Launch, here: &Path, program: &Path, limits: Limits) -> Result<Launched> {
        if launch.events.is_some() {
            return Err(Failure::usage("a policy has no events: give it an `input`"));
        }
        // A file of a project's policies is debugged with all of them and their data, as a gate has it.
        let folder = Path::new(POLICIES_DIR);
        let around = program.ancestors().skip(1).find(|at| at.ends_with(folder));
        let found = match build::is_rgc(program) {
            true => sources::Found::default(),
            false => sources::find(&[around.unwrap_or(program).to_path_buf()])?,
        };
        let named: Vec<PathBuf> = match &launch.data {
            OneOrMany::None => Vec::new(),
            OneOrMany::One(path) => vec![here.join(path)],
            OneOrMany::Many(paths) => paths.iter().map(|path| here.join(path)).collect(),
        };
        let data = build::data_of(&found, &named)?;
        let input = match &launch.input {
            None | Some(Value::Null) => None,
            Some(Value::String(path)) => {
                let path = here.join(path);
                let bytes = input::read_file(&path)?;
                build::read_json(&bytes, &path.display().to_string())?;
                Some(bytes)
            }
            Some(document) => Some(document.to_string().into_bytes()),
        };
        let policy = match build::is_rgc(program) {
            true => build::load_rgc(program)?,
            false => compiled_policy(&found)?,
        };
        let tables = policy.loaded.program.program().policy.as_ref();
        let documents = tables.map_or(&[][..], |tables| &tables.documents);
        let is_function =
            |d: &gatos_elc::program::Document| matches!(d.kind, gatos_elc::program::DocumentKind::Function(_));
        let wanted = launch.query.as_deref().map(parse_path).transpose().map_err(Failure::usage)?;
        let asked: Vec<u32> = (0u32..)
            .zip(documents)
            .filter(|(_, d)| !is_function(d))
            .filter(|(_, d)| match &wanted {
                Some(path) => d.path.starts_with(path),
                None => role(&d.path).is_some(),
            })
            .map(|(id, _)| id)
            .collect();
        if asked.is_empty() {
            return Err(match &launch.query {
                Some(query) => Failure::input(format!("the policy has no document {query}")),
                None => Failure::usage("this policy decides nothing: no package below gatos has allow or deny")
                    .help("name a document with `query`: data.app.rule"),
            });
        }
        let (verdict, is_denied) = match (&wanted, &input) {
            (None, Some(input)) => {
                let (told, is_allowed) = run_policy::verdict(&policy, &data, input, limits)?;
                (Some(told), !is_allowed)
            }
            _ => (None, false),
        };
        let decision = Decision {
            input,
            data: data.to_json_string().into_bytes(),
            documents: asked,
            // A gate's rules are strict; a document alone is asked as `gatos run --query` does.
            is_strict: wanted.is_none(),
            verdict,
            is_denied,
        };
        let watched = policy.watched()?;
        Ok(launched(watched.loaded, here, limits, Inputs::Decision(decision), Vec::new()))
    }
}

fn limits(launch: &Launch, of: Limits) -> Limits {
    Limits {
        fuel: launch.fuel.unwrap_or(of.fuel),
        depth: launch.depth.unwrap_or(of.depth).max(1),
        memory: launch.memory.unwrap_or(of.memory),
    }
}

fn launched(loaded: Loaded, here: &Path, limits: Limits, inputs: Inputs, notes: Vec<String>) -> Launched {
    let map = loaded.map.unwrap_or_else(|| SourceMap {
        fold_root: loaded.program.fold_root(),
        files: Vec::new(),
        functions: Vec::new(),
        rules: Vec::new(),
    });
    let paths = map.files.iter().map(|name| canonical(&here.join(name))).collect();
    let text = |name: &String| {
        let known = loaded.files.iter().find(|file| file.name == *name).map(|file| file.text.clone());
        known.or_else(|| input::read_text(&here.join(name)).ok())
    };
    let texts = map.files.iter().map(text).collect();
    let lines = CodeLines::new(loaded.program.program(), &map);
    Launched { debuggee: Debuggee { program: loaded.program, map, limits, inputs }, lines, paths, texts, notes }
}

/// A program from a file; messages about its source are in the failure, as nobody reads stderr here.
fn load(path: &Path, kind: KindChoice, out: &crate::output::Output) -> Result<Loaded> {
    if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("elc")) {
        return toolchain::load(path, kind, out);
    }
    let compiled = toolchain::compile(path, kind, LintConfig::default(), true)?;
    match &compiled.program {
        Some(done) => Ok(Loaded { program: done.program.clone(), map: Some(done.map.clone()), files: compiled.files }),
        None => {
            let told = render(&compiled, Form::Human { color: false });
            Err(Failure::input(format!("the program does not compile\n{}", told.trim_end())))
        }
    }
}

fn compiled_policy(found: &sources::Found) -> Result<Policy> {
    let compiled = build::judge(&found.sources, None);
    match compiled.program {
        Some(done) => Ok(Policy {
            loaded: Loaded { program: done.program, map: Some(done.map), files: compiled.files },
            code: done.bytes,
            sources: found.sources.iter().map(|s| (s.name.clone(), s.text.clone().into_bytes())).collect(),
        }),
        None => {
            let form = Form::Human { color: false };
            let told = gatos_compiler::render::render_list(&compiled.files, &compiled.diagnostics, form);
            Err(Failure::input(format!("the policy does not compile\n{}", told.trim_end())))
        }
    }
}

fn file_events(launch: &Launch, file: &Path) -> Result<Vec<EventInput>> {
    let ns = Namespace::parse(launch.ns.as_deref().unwrap_or("events"))?;
    let actor = ActorId::parse(launch.actor.as_deref().unwrap_or("user:local"))?;
    let mut options = LineOptions::new()?;
    options.event_type = launch.event_type.as_deref().map(EventType::parse).transpose()?;
    if let Some(field) = &launch.ts_field {
        options.ts_field.clone_from(field);
    }
    let mut wrapper = EventWrapper::new(JournalId::new(ns, actor), options);
    let mut lines = Lines::open(file)?;
    let name = lines.name();
    let mut out = Vec::new();
    let mut number = 0u64;
    while let Some(line) = lines.next()? {
        number += 1;
        let event = wrapper.wrap(line).map_err(|e| Failure::input(format!("{name}: {e}")))?;
        let Some(event) = event else { continue };
        out.push(EventInput {
            ulid: event.header.ulid.to_string(),
            event_type: event.header.event_type.to_string(),
            actor: event.header.actor.to_string(),
            origin: format!("line {number} of {name}"),
            bytes: event.bytes,
        });
    }
    Ok(out)
}
