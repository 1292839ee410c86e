//! The fold preview: a fold over the newest real events, its state, how that differs from the one
//! that the version at `HEAD` gives, its speed and fuel.

use super::diff::{changes, pretty, pruned};
use super::run::{CANCELLED, Failed, Ran, as_fold, at_head, now, over, short, stack};
use super::{Progress, command_file};
use crate::answer::CommandResult;
use crate::host::{File, Language, Snapshot};
use crate::world::{Event, World};
use gatos_analysis::Data;
use gatos_compiler::CompiledProgram;
use std::fmt::Write;
use std::sync::Arc;

/// Events that a preview takes when it is not told how many.
pub(super) const EVENTS: usize = 1_000;
/// Events that it takes at most.
const MAX_EVENTS: usize = 100_000;
/// A state that is larger than so many bytes is cut in the answer.
const MAX_STATE: usize = 64 << 10;
/// Members of a list that are kept when it is cut.
const KEPT: usize = 20;
/// Bytes of the state in the words for people.
const MAX_SHOWN: usize = 12 << 10;
/// Differences in the words for people.
const CHANGES_SHOWN: usize = 25;

/// The namespace whose events a fold is shown with.
pub(super) fn namespace(world: &dyn World, file: &File) -> Result<String, String> {
    let all = world.journals(&file.path)?;
    let stem = short(&file.path).trim_end_matches(".lua");
    // One that is called as the fold is, else the one with the most events, else the first.
    let named = all.iter().find(|j| j.namespace == stem);
    let largest = all.iter().filter(|j| j.events.is_some()).max_by_key(|j| j.events);
    let found = named.or(largest).or(all.first());
    found.map(|j| j.namespace.clone()).ok_or_else(|| "there are no events: the repository has no journal".to_owned())
}

/// Runs the preview.
pub(super) fn preview(
    snapshot: &Snapshot,
    world: &dyn World,
    arguments: &[String],
    progress: &Progress<'_>,
) -> Result<CommandResult, String> {
    let file = command_file(snapshot, arguments)?;
    if file.language == Language::Rgs {
        return Err(format!(
            "{} is a policy, and only a fold has a preview over events: to see what the policy decides, pin an input \
             (gatos.pinInput) and ask for the decision (gatos.explainDecision)",
            short(&file.path)
        ));
    }
    let most = match arguments.get(2).map(String::as_str) {
        None | Some("") => EVENTS,
        Some(text) => match text.parse::<usize>() {
            Ok(n) if (1..=MAX_EVENTS).contains(&n) => n,
            _ => return Err(format!("{text:?} is not a number of events from 1 to {MAX_EVENTS}")),
        },
    };
    progress(0, most as u64, "compiling");
    let program = as_fold(now(snapshot, file)?)?;
    let ns = match arguments.get(1).filter(|a| !a.is_empty()) {
        Some(ns) => ns.clone(),
        None => namespace(world, file)?,
    };
    progress(0, most as u64, "reading events");
    // One more tells whether these are all.
    let mut events = world.newest(&file.path, &ns, most + 1, snapshot.cancel())?;
    let is_all = events.len() <= most;
    if !is_all {
        events.remove(0);
    }
    if events.is_empty() {
        return Err(format!("the namespace {ns} has no events"));
    }
    let limits = world.limits(&file.path)?;
    let ran = over(&program, &events, limits, world, snapshot.cancel(), progress, "folding")?;
    let head = head(snapshot, world, file, &program, &events, &ran, progress)?;
    let preview = Preview { program: &program, ns, events: &events, is_all, limit: limits.fuel, ran, head };
    Ok(CommandResult { json: preview.json().to_json(), markdown: preview.markdown(file), edit: None, refresh: false })
}

/// What the version at `HEAD` gave.
enum Head {
    Same,
    New,
    Failed(String),
    Differs { root: String, state: String },
}

fn head(
    snapshot: &Snapshot,
    world: &dyn World,
    file: &Arc<File>,
    program: &CompiledProgram,
    events: &[Event],
    ran: &Ran,
    progress: &Progress<'_>,
) -> Result<Head, String> {
    // A repository that cannot be read costs the comparison, not the preview.
    let found = match at_head(snapshot, world, file) {
        Ok((found, _)) => found,
        Err(why) => return Ok(Head::Failed(why)),
    };
    let old = match found {
        None => return Ok(Head::New),
        Some(Ok(old)) if old.fold_root == program.fold_root => return Ok(Head::Same),
        Some(Ok(old)) => old,
        Some(Err(why)) => return Ok(Head::Failed(why)),
    };
    let Ok(old) = as_fold(old) else { return Ok(Head::Failed("it offers no function `fold`".to_owned())) };
    let limits = world.limits(&file.path)?;
    let was = over(&old, events, limits, world, snapshot.cancel(), progress, "folding the version at HEAD");
    let was = match was {
        Err(why) if why == CANCELLED => return Err(why),
        Err(why) => return Ok(Head::Failed(why)),
        Ok(was) => was,
    };
    // States are compared only where both got through: else one is of other events than the other.
    Ok(match (&was.failure, &ran.failure) {
        (None, None) => Head::Differs { root: old.fold_root.to_string(), state: was.state },
        (then, now) => {
            let mut why = format!("it folds {}", how_far(&was, then.as_ref(), events));
            if now.is_some() {
                why.push_str(&format!(", and the text as it is now folds {}", how_far(ran, None, events)));
            }
            Head::Failed(why)
        }
    })
}

/// How many events a run folded, and what stopped it, when that is to be told.
fn how_far(ran: &Ran, stopped: Option<&Failed>, events: &[Event]) -> String {
    let mut out = match (ran.events, events.len()) {
        (n, of) if n == of => format!("all {of} events"),
        (0, of) => format!("none of {of} events"),
        (n, of) => format!("{n} of {of} events"),
    };
    if let Some(Failed { event, failure }) = stopped {
        match event.and_then(|i| events.get(i)) {
            Some(e) => _ = write!(out, " and fails at event {}: {}", e.ulid, failure.message),
            None => _ = write!(out, " and fails before the first: {}", failure.message),
        }
    }
    out
}

struct Preview<'a> {
    program: &'a CompiledProgram,
    ns: String,
    events: &'a [Event],
    is_all: bool,
    limit: u64,
    ran: Ran,
    head: Head,
}

impl Preview<'_> {
    fn per_second(&self) -> Option<u64> {
        let events = Some(self.ran.events as u64).filter(|n| *n > 0)?;
        events.saturating_mul(1_000_000).checked_div(self.ran.micros)
    }

    fn dearest(&self) -> Option<&Event> {
        self.events.get(self.ran.dearest?.1)
    }

    fn most(&self) -> u64 {
        self.ran.dearest.map_or(0, |(fuel, _)| fuel)
    }

    fn state(&self) -> Data {
        Data::from_json(&self.ran.state).unwrap_or_default()
    }

    fn json(&self) -> Data {
        let state = self.state();
        let (shown, is_cut) =
            if self.ran.state.len() > MAX_STATE { pruned(&state, KEPT) } else { (state.clone(), false) };
        let mut fuel = vec![
            ("total", Data::from(self.ran.fuel)),
            ("max", Data::from(self.most())),
            ("limit", Data::from(self.limit)),
        ];
        if let Some(e) = self.dearest() {
            fuel.push(("max_ulid", Data::from(e.ulid.as_str())));
        }
        let mut out = vec![
            ("namespace", Data::from(self.ns.as_str())),
            ("events", Data::from(self.events.len() as u64)),
            ("folded", Data::from(self.ran.events as u64)),
            ("is_all", Data::from(self.is_all)),
            ("fuel", fuel.into_iter().collect()),
            ("micros", Data::from(self.ran.micros)),
            ("state", shown),
            ("state_bytes", Data::from(self.ran.state.len() as u64)),
            ("state_is_cut", Data::from(is_cut)),
            ("fold_root", Data::from(self.program.fold_root.to_string())),
            ("head", self.head_json(&state)),
        ];
        if let Some(n) = self.per_second() {
            out.push(("events_per_second", Data::from(n)));
        }
        if let (Some(first), Some(last)) = (self.events.first(), self.events.last()) {
            out.push(("first_ulid", Data::from(first.ulid.as_str())));
            out.push(("last_ulid", Data::from(last.ulid.as_str())));
        }
        if let Some(failed) = &self.ran.failure {
            out.push(("failure", self.failure_json(failed)));
        }
        out.into_iter().collect()
    }

    fn head_json(&self, state: &Data) -> Data {
        let word = |is: &str| [("is", Data::from(is))].into_iter().collect();
        match &self.head {
            Head::Same => word("same"),
            Head::New => word("new"),
            Head::Failed(why) => {
                [("is", Data::from("failed")), ("why", Data::from(why.as_str()))].into_iter().collect()
            }
            Head::Differs { root, state: was } => {
                let was = Data::from_json(was).unwrap_or_default();
                let (told, total) = changes(&was, state);
                let one = |c: super::diff::Change| -> Data {
                    let mut out = vec![("path", Data::from(c.path))];
                    out.extend(c.was.map(|d| ("was", pruned(&d, KEPT).0)));
                    out.extend(c.got.map(|d| ("got", pruned(&d, KEPT).0)));
                    out.into_iter().collect()
                };
                [
                    ("is", Data::from("changed")),
                    ("fold_root", Data::from(root.as_str())),
                    ("changes_total", Data::from(total as u64)),
                    ("changes", Data::Array(told.into_iter().map(one).collect())),
                ]
                .into_iter()
                .collect()
            }
        }
    }

    fn failure_json(&self, failed: &Failed) -> Data {
        let mut out = vec![("message", Data::from(failed.failure.to_string()))];
        if let Some(e) = failed.event.and_then(|i| self.events.get(i)) {
            out.push(("ulid", Data::from(e.ulid.as_str())));
            out.push(("type", Data::from(e.kind.as_str())));
            out.push(("actor", Data::from(e.actor.as_str())));
        }
        out.extend(failed.failure.help.as_deref().map(|h| ("help", Data::from(h))));
        let frame = |(name, path, line, col): (String, String, u32, u32)| -> Data {
            let mut out = vec![("name", Data::from(name))];
            if line > 0 {
                out.push(("path", Data::from(path)));
                out.push(("line", Data::from(u64::from(line))));
                out.push(("col", Data::from(u64::from(col))));
            }
            out.into_iter().collect()
        };
        out.push(("stack", Data::Array(stack(self.program, &failed.failure).into_iter().map(frame).collect())));
        out.into_iter().collect()
    }

    fn markdown(&self, file: &File) -> String {
        let mut out = format!("## Preview of {}\n\n", short(&file.path));
        let which = if self.is_all { "all" } else { "the newest" };
        _ = writeln!(
            out,
            "Over {which} {} events of **{}**: {} folded{}, fuel {} in all, {} at most of {} allowed{}.\n",
            self.events.len(),
            self.ns,
            self.ran.events,
            self.per_second().map_or(String::new(), |n| format!(", {n} events a second")),
            self.ran.fuel,
            self.most(),
            self.limit,
            self.dearest().map_or(String::new(), |e| format!(" (event {})", e.ulid)),
        );
        if !self.is_all {
            out.push_str("Older events were left out, so this is not the state of the whole journal.\n\n");
        }
        if let Some(failed) = &self.ran.failure {
            match failed.event.and_then(|i| self.events.get(i)) {
                Some(e) => _ = writeln!(out, "### It fails at event {} (`{}` of {})\n", e.ulid, e.kind, e.actor),
                None => out.push_str("### It fails before the first event\n\n"),
            }
            _ = writeln!(out, "{}\n", failed.failure);
            for (name, path, line, col) in stack(self.program, &failed.failure) {
                match line {
                    0 => _ = writeln!(out, "- in `{name}`"),
                    _ => _ = writeln!(out, "- in `{name}` at {}:{line}:{col}", short(&path)),
                }
            }
            if let Some(help) = &failed.failure.help {
                _ = writeln!(out, "\n{help}");
            }
            out.push('\n');
        }
        let state = self.state();
        self.head_markdown(&state, &mut out);
        if self.ran.state.is_empty() {
            out.push_str("There is no state: it was never made.\n");
            return out;
        }
        out.push_str("### State\n\n```json\n");
        let mut text = pretty(&state);
        if text.len() > MAX_SHOWN {
            text = pretty(&pruned(&state, KEPT).0);
        }
        if text.len() > MAX_SHOWN {
            let end = (0..=MAX_SHOWN).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
            text.truncate(end);
            text.push_str("\n…");
        }
        out.push_str(&text);
        _ = writeln!(out, "\n```\n\n{} bytes as canonical JSON.", self.ran.state.len());
        out
    }

    fn head_markdown(&self, state: &Data, out: &mut String) {
        match &self.head {
            Head::Same => out.push_str("The program is the one at `HEAD`.\n\n"),
            Head::New => out.push_str("The file is not at `HEAD` yet, so there is nothing to compare with.\n\n"),
            Head::Failed(why) => _ = writeln!(out, "There is no comparison with the version at `HEAD`: {why}.\n"),
            Head::Differs { state: was, .. } => {
                let was = Data::from_json(was).unwrap_or_default();
                let (told, total) = changes(&was, state);
                if total == 0 {
                    out.push_str("The version at `HEAD` is another program and gives the same state.\n\n");
                    return;
                }
                _ = writeln!(out, "### Against the version at `HEAD`: {total} differences\n");
                out.push_str("| where | at `HEAD` | now |\n| --- | --- | --- |\n");
                for c in told.iter().take(CHANGES_SHOWN) {
                    let cell = |d: &Option<Data>| match d {
                        None => "—".to_owned(),
                        Some(d) => {
                            let text = pruned(d, 5).0.to_json();
                            let cut: String = text.chars().take(60).collect();
                            let end = if cut.len() < text.len() { "…" } else { "" };
                            format!("`{}{end}`", cut.replace('|', "\\|").replace('`', "'"))
                        }
                    };
                    _ = writeln!(out, "| `{}` | {} | {} |", c.path.replace('|', "\\|"), cell(&c.was), cell(&c.got));
                }
                if total > CHANGES_SHOWN {
                    _ = writeln!(out, "\nand {} more", total - CHANGES_SHOWN);
                }
                out.push('\n');
            }
        }
    }
}
