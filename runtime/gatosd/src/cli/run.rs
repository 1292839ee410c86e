//! `gatos run`: a fold over a file of events without any repository, a script, or a policy over an input.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use gatos_canon::json::{cmp_utf16, write_string};
use gatos_compiler::KindChoice;
use gatos_echo::{Fold, FoldUsage, Script, ScriptValue};
use gatos_ledger_core::import::{EventWrapper, LineOptions};
use gatos_ledger_core::model::{ActorId, EventType, JournalId, Namespace};
use gatos_vm::Limits;

use super::profiling::{self, Profiling};
use super::{Context, run_policy};
use crate::failure::{Failure, Result};
use crate::input::Lines;
use crate::output::{Facts, grouped, size, span};
use crate::policy::build;
use crate::profile::{LimitFlags, Profile, parse_amount};
use crate::toolchain::{self, Loaded, Logger};
use crate::watching;

/// Run a fold over a file of events, a script, or a policy over an input
///
/// With --events, each line of the file is wrapped into an event exactly as `gatos event import`
/// would, and the final state comes out as canonical JSON: exactly the bytes that state_root
/// names, with no line end when stdout is not a terminal. Without --events the file is run as a
/// script, and what it returns is printed, one JSON value a line.
///
/// A policy (.rgs, .rgc or a folder of .rgs) decides about --input by the decision contract, and says
/// why: exit 0 allowed, 1 denied. With --query it gives a document as canonical JSON instead, sets as
/// sorted arrays; one that is undefined ends with 1. A folder brings its data files along; a file alone
/// brings none.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Examples:\n  gatos run authors.lua --events curl-20k.jsonl.gz\n  zcat events.gz | gatos run authors.elc --events - --emit\n  gatos run script.lua\n  gatos run script.lua --call area --args '[3, 4]'\n  gatos run policy.rgs --input intent.json\n  gatos run policy.rgc --input intent.json --query data.gatos.exec.deny\n  gatos run authors.lua --events events.jsonl --profile authors.json"
)]
pub struct Args {
    /// The program: .lua or .elc; or the policy: .rgs, .rgc or a folder
    file: PathBuf,
    /// Events, one JSON object a line: plain, gzip or zstd; - for stdin
    #[arg(long, value_name = "FILE", conflicts_with_all = ["call", "args"])]
    events: Option<PathBuf>,
    /// Print one object from artifact path to artifact instead of the state
    #[arg(long, requires = "events")]
    emit: bool,
    /// The namespace that events are wrapped with
    #[arg(long, default_value = "events", requires = "events")]
    ns: String,
    /// The actor that events are wrapped with
    #[arg(long, default_value = "user:local", requires = "events")]
    actor: String,
    /// The type of every event; without it, each line's `type` field
    #[arg(long = "type", value_name = "TYPE", requires = "events")]
    event_type: Option<String>,
    /// The field that holds the time
    #[arg(long, value_name = "FIELD", default_value = "ts", requires = "events")]
    ts_field: String,
    /// Call one function of a script and print its result as JSON
    #[arg(long, value_name = "NAME")]
    call: Option<String>,
    /// The call's arguments, a JSON array
    #[arg(long, value_name = "JSON", default_value = "[]", requires = "call")]
    args: String,
    /// The input that a policy is asked about; - for stdin
    #[arg(long, value_name = "FILE", conflicts_with_all = ["events", "call", "args"])]
    input: Option<PathBuf>,
    /// Base data of a policy, merged at the top of data; may be given several times
    #[arg(long, value_name = "FILE", conflicts_with_all = ["events", "call", "args"])]
    data: Vec<PathBuf>,
    /// A document of a policy instead of its decision: data.gatos.exec.deny, or a query over its source
    #[arg(long, value_name = "QUERY", conflicts_with_all = ["events", "call", "args"])]
    query: Option<String>,
    /// Let errors of library functions end a policy, instead of making an expression undefined
    #[arg(long, conflicts_with_all = ["events", "call", "args"])]
    strict: bool,
    /// Fuel for each call or decision: a number, or `unlimited`
    #[arg(long, value_parser = parse_amount)]
    fuel: Option<u64>,
    /// Calls that may be active at a time
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    depth: Option<u32>,
    /// Abstract bytes for each call: a number, or `unlimited`
    #[arg(long, value_parser = parse_amount)]
    memory: Option<u64>,
    /// Print fuel, cpu_ms and peak_bytes (of a policy, fuel and memory) as one JSON line on stderr, and no summary
    #[arg(long)]
    stats: bool,
    /// The summary on stderr as one JSON line
    #[arg(long)]
    json: bool,
    /// No summary
    #[arg(long, short)]
    quiet: bool,
    /// Run again whenever the program, its modules or what it reads changes, until Ctrl-C
    #[arg(long)]
    watch: bool,
    #[command(flatten)]
    profiling: profiling::Flags,
}

pub(super) fn run(context: Context, args: Args) -> Result<()> {
    let context = context.json(args.json);
    if !args.watch {
        return once(&context, &args);
    }
    let read = args.events.iter().chain(&args.input).chain(&args.data).cloned().collect::<Vec<PathBuf>>();
    if read.iter().any(|path| path == std::path::Path::new("-")) {
        return Err(Failure::usage("stdin cannot be watched").help("name a file"));
    }
    watching::repeat(&context.out, &watching::Seen::run(&args.file, read), || once(&context, &args))
}

fn once(context: &Context, args: &Args) -> Result<()> {
    let read: Vec<&std::path::Path> = std::iter::once(&args.file).chain(&args.events).map(PathBuf::as_path).collect();
    args.profiling.check(&read)?;
    let here = std::env::current_dir().unwrap_or_default();
    let flags = LimitFlags { fuel: args.fuel, depth: args.depth, memory: args.memory };
    let profile = Profile::around(&here)?;
    let asked = args.input.is_some() || args.query.is_some() || args.strict || !args.data.is_empty();
    if asked || (build::is_policy(&args.file) && !args.file.is_dir()) {
        if args.profiling.is_wanted() {
            return Err(Failure::usage("profiles are made of folds and scripts, and this is a policy"));
        }
        if args.events.is_some() || args.call.is_some() {
            return Err(Failure::usage(format!("{} is a policy: it has no events and no calls", args.file.display()))
                .help("give it an input with --input FILE"));
        }
        let limits = flags.over(profile.policy_limits.limits());
        let ask = run_policy::Ask {
            file: &args.file,
            input: args.input.as_deref(),
            data: &args.data,
            query: args.query.as_deref(),
            strict: args.strict,
            limits,
            stats: args.stats,
        };
        return run_policy::run(context, &ask);
    }
    let limits = flags.over(profile.limits.limits());
    match &args.events {
        Some(events) => fold(context, args, events.clone(), limits),
        None => script(context, args, limits),
    }
}

fn fold(context: &Context, args: &Args, events: PathBuf, limits: Limits) -> Result<()> {
    let journal = JournalId::new(Namespace::parse(&args.ns)?, ActorId::parse(&args.actor)?);
    let mut options = LineOptions::new()?;
    options.event_type = args.event_type.as_deref().map(EventType::parse).transpose()?;
    options.ts_field.clone_from(&args.ts_field);
    let loaded = toolchain::load(&args.file, KindChoice::Fold, &context.out)?;
    let mut lines = Lines::open(&events)?;
    let name = lines.name();
    let wrapper = EventWrapper::new(journal, options);
    let mut profiling = args.profiling.begin(&loaded, limits.fuel);
    let clock = Clock::start();
    let done = fold_lines(context, args, &loaded, limits, &mut lines, wrapper, &mut profiling);
    let (cpu, wall) = clock.stop();
    // A run that failed is the one whose costs are of interest.
    args.profiling.write(profiling, &loaded, context, &args.file)?;
    let (usage, state_root, output) = done?;
    if usage.events == 0 && !args.quiet {
        context.out.warn(format!("{name} holds no events; the state is the one before the first event"));
    }
    context.out.canonical(&output)?;
    if args.stats {
        context.out.say(stats(usage.fuel_total, cpu, usage.peak_bytes));
    } else if !args.quiet {
        summary(context, &usage, &state_root, wall);
    }
    Ok(())
}

/// Folds all lines; gives what was used, the state's root, and what is to be printed.
fn fold_lines(
    context: &Context,
    args: &Args,
    loaded: &Loaded,
    limits: Limits,
    lines: &mut Lines,
    mut wrapper: EventWrapper,
    profiling: &mut Profiling<'_>,
) -> Result<(FoldUsage, String, Vec<u8>)> {
    let name = lines.name();
    let fail = |f: &gatos_echo::FoldFailure| loaded.failure(f);
    let fold = Fold::load_watched(&loaded.program, limits, Box::new(Logger), profiling.call("load"));
    let mut fold = fold.inspect_err(|_| profiling.called(0)).map_err(|f| fail(&f))?;
    profiling.called(fold.last_usage().fuel);
    let started = fold.start_watched(profiling.call("init"));
    profiling.called(fold.last_usage().fuel);
    started.map_err(|f| fail(&f))?;
    let bar = context.out.progress("folding", None);
    let mut number = 0u64;
    while let Some(line) = lines.next()? {
        number += 1;
        let event = wrapper.wrap(line).map_err(|e| Failure::input(format!("{name}: {e}")))?;
        let Some(event) = event else { continue };
        let folded = fold.event_watched(&event.bytes, profiling.call("fold"));
        profiling.called(fold.last_usage().fuel);
        folded.map_err(|f| {
            bar.finish_and_clear();
            let header = &event.header;
            fail(&f)
                .note(format!("event {} ({}) on line {number} of {name}", header.ulid, header.event_type))
                .note(format!("its payload: {}", shorten(&String::from_utf8_lossy(line), 300)))
        })?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    let state_root = fold.state_root().to_string();
    let output = match args.emit {
        false => fold.state_json(),
        true => {
            let has_emit = fold.has_emit();
            let emitted = fold.emit_watched(if has_emit { profiling.call("emit") } else { None });
            if has_emit {
                profiling.called(fold.last_usage().fuel);
            }
            one_object(emitted.map_err(|f| fail(&f))?)
        }
    };
    Ok((fold.usage(), state_root, output))
}

fn summary(context: &Context, usage: &FoldUsage, state_root: &str, wall: Duration) {
    let per_second = usage.events as u128 * 1_000_000 / wall.as_micros().max(1);
    if context.out.json {
        let facts = Facts::new()
            .int("events", usage.events)
            .text("state_root", state_root)
            .int("fuel", usage.fuel_total)
            .int("fuel_max", usage.fuel_max)
            .int("time_us", wall.as_micros() as u64)
            .int("state_bytes", usage.state_bytes)
            .int("peak_bytes", usage.peak_bytes);
        return context.out.say(facts.into_json());
    }
    context.out.say(format!(
        "events      {} in {} ({}/s)\nstate_root  {state_root}\nfuel        {}, at most {} in one call\nmemory      state {}, peak {}",
        grouped(usage.events),
        span(wall),
        grouped(per_second as u64),
        grouped(usage.fuel_total),
        grouped(usage.fuel_max),
        size(usage.state_bytes),
        size(usage.peak_bytes),
    ));
}

/// One object from artifact path to artifact, its keys in canonical order.
fn one_object(artifacts: std::collections::BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let mut artifacts: Vec<(String, Vec<u8>)> = artifacts.into_iter().collect();
    artifacts.sort_by(|a, b| cmp_utf16(&a.0, &b.0));
    let mut out = vec![b'{'];
    for (at, (path, json)) in artifacts.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write_string(path, &mut out);
        out.push(b':');
        out.extend_from_slice(json);
    }
    out.push(b'}');
    out
}

fn script(context: &Context, args: &Args, limits: Limits) -> Result<()> {
    let loaded = toolchain::load(&args.file, KindChoice::Script, &context.out)?;
    let mut profiling = args.profiling.begin(&loaded, limits.fuel);
    let clock = Clock::start();
    let done = execute(&loaded, args, limits, &mut profiling);
    let (cpu, wall) = clock.stop();
    args.profiling.write(profiling, &loaded, context, &args.file)?;
    let (lines, fuel, peak) = match done {
        Ok(done) => done,
        Err((failure, fuel, peak)) => {
            if args.stats {
                context.out.say(stats(fuel, cpu, peak));
            }
            return Err(failure);
        }
    };
    for line in lines {
        context.out.line(line)?;
    }
    if args.stats {
        context.out.say(stats(fuel, cpu, peak));
    } else if args.json {
        let facts = Facts::new().int("fuel", fuel).int("time_us", wall.as_micros() as u64).int("peak_bytes", peak);
        context.out.say(facts.into_json());
    }
    Ok(())
}

type Done = (Vec<String>, u64, u64);

fn execute(
    loaded: &Loaded,
    args: &Args,
    limits: Limits,
    profiling: &mut Profiling<'_>,
) -> std::result::Result<Done, (Failure, u64, u64)> {
    let ran = Script::run_watched(&loaded.program, limits, Box::new(Logger), profiling.call("script"));
    let (mut script, results) = ran.inspect_err(|_| profiling.called(0)).map_err(|f| (loaded.failure(&f), 0, 0))?;
    let mut fuel = script.usage().fuel;
    profiling.called(fuel);
    let lines = match &args.call {
        None => results
            .into_iter()
            .map(|value| match value {
                ScriptValue::Json(text) => text,
                ScriptValue::Other(what) => format!("<{what}>"),
            })
            .collect(),
        Some(name) => match script.call_watched(name, args.args.as_bytes(), profiling.call("call")) {
            Ok(text) => {
                profiling.called(script.usage().fuel);
                fuel = fuel.saturating_add(script.usage().fuel);
                vec![text]
            }
            Err(f) => {
                profiling.called(0);
                return Err((loaded.failure(&f), fuel, script.peak_bytes()));
            }
        },
    };
    Ok((lines, fuel, script.peak_bytes()))
}

fn stats(fuel: u64, cpu: Duration, peak: u64) -> String {
    let us = cpu.as_micros() as u64;
    Facts::new()
        .int("fuel", fuel)
        .json("cpu_ms", format!("{}.{:03}", us / 1000, us % 1000))
        .int("peak_bytes", peak)
        .into_json()
}

fn shorten(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// Wall time, and this thread's time on a processor where the system tells.
struct Clock {
    wall: Instant,
    cpu: Option<u64>,
}

impl Clock {
    fn start() -> Clock {
        Clock { cpu: thread_ns(), wall: Instant::now() }
    }

    fn stop(&self) -> (Duration, Duration) {
        let wall = self.wall.elapsed();
        let cpu = match (self.cpu, thread_ns()) {
            (Some(start), Some(end)) => Duration::from_nanos(end.saturating_sub(start)),
            _ => wall,
        };
        (cpu, wall)
    }
}

/// Nanoseconds that this thread has run, from the scheduler.
fn thread_ns() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_ascii_whitespace().next()?.parse().ok()
}
