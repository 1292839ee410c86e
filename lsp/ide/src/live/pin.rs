//! Pinning the input that policies are shown with: from a file, an event, a refusal on record, or text.

use super::Effect;
use crate::answer::CommandResult;
use crate::host::{Pin, Snapshot};
use crate::world::World;
use gatos_analysis::Data;
use gatos_ledger_core::envelope::Event as Envelope;
use gatos_policy::model::{Context, Intent, LOCAL_REPOSITORY};
use gatos_policy::rules;
use std::sync::Arc;

/// Events of each namespace that are searched for a ULID.
const SEARCHED: usize = 10_000;
/// Refusals that may be counted back.
const MAX_DENIALS: usize = 10_000;

/// Pins an input, or takes it off.
pub(super) fn pin(
    snapshot: &Snapshot,
    world: &dyn World,
    arguments: &[String],
) -> Result<(CommandResult, Vec<Effect>), String> {
    let path = arguments.first().filter(|p| !p.is_empty()).ok_or("a file of the project is needed")?;
    let root = match snapshot.root_of(path) {
        Some(root) => root.path.to_string(),
        None => return Err(format!("{path} lies in no project: there is no folder `gatos` around it")),
    };
    let Some(source) = arguments.get(1).filter(|s| !s.is_empty()) else {
        let json = [("pinned", Data::from(false))].into_iter().collect::<Data>().to_json();
        let result =
            CommandResult { json, markdown: "No input is pinned any more.".to_owned(), edit: None, refresh: true };
        return Ok((result, vec![Effect::Pin(root, None)]));
    };
    let pin = if let Some(ulid) = source.strip_prefix("event:") {
        Pin { json: Arc::from(of_event(snapshot, world, path, ulid.trim())?), from: format!("event {ulid}") }
    } else if let Some(number) = source.strip_prefix("denial:") {
        Pin { json: Arc::from(denial(world, path, number)?), from: words_of_denial(number) }
    } else if let Some(json) = source.strip_prefix("json:") {
        Pin { json: Arc::from(json), from: "the JSON that was given".to_owned() }
    } else {
        let file =
            if source.starts_with('/') || source.contains(":/") { source.clone() } else { format!("{root}/{source}") };
        Pin { json: Arc::from(world.read(&file)?), from: source.clone() }
    };
    match Data::from_json(&pin.json) {
        Ok(Data::Object(_)) => {}
        Ok(_) => return Err(format!("{}: an input is a JSON object", pin.from)),
        Err(why) => return Err(format!("{}: {why}", pin.from)),
    }
    let json: Data =
        [("pinned", Data::from(true)), ("from", Data::from(pin.from.as_str())), ("root", Data::from(root.as_str()))]
            .into_iter()
            .collect();
    let markdown = format!("Policies are shown with {} as their input.", pin.from);
    let result = CommandResult { json: json.to_json(), markdown, edit: None, refresh: true };
    Ok((result, vec![Effect::Pin(root, Some(pin))]))
}

fn words_of_denial(number: &str) -> String {
    match number {
        "0" | "" => "the newest denial".to_owned(),
        n => format!("denial {n} before the newest"),
    }
}

/// The input of a refusal; 0 is the newest.
pub(super) fn denial(world: &dyn World, path: &str, number: &str) -> Result<String, String> {
    let back = match number {
        "" => 0,
        text => text.parse::<usize>().ok().filter(|n| *n < MAX_DENIALS).ok_or_else(|| {
            format!("{text:?} is not the number of a denial: 0 is the newest, up to {}", MAX_DENIALS - 1)
        })?,
    };
    let all = world.denials(path, back + 1)?;
    let found = all.len().checked_sub(back + 1).and_then(|i| all.get(i)).cloned();
    found.ok_or_else(|| match all.len() {
        0 => "no refusal is on record here".to_owned(),
        1 => "only one refusal is on record here".to_owned(),
        n => format!("only {n} refusals are on record here"),
    })
}

/// The input that the gate would be given for an event of the journals.
fn of_event(snapshot: &Snapshot, world: &dyn World, path: &str, ulid: &str) -> Result<String, String> {
    for journal in world.journals(path)? {
        let events = world.newest(path, &journal.namespace, SEARCHED, snapshot.cancel())?;
        if let Some(event) = events.iter().find(|e| e.ulid == ulid) {
            let envelope = Envelope::decode(&event.envelope).map_err(|e| format!("event {ulid}: {e}"))?;
            let context = world.context(path)?.unwrap_or_else(|| {
                Context::new(Default::default(), Vec::new(), vec![LOCAL_REPOSITORY.to_owned()], "local")
            });
            let (input, _) = rules::input(&Intent::of_event(&envelope), &context, None)?;
            return String::from_utf8(input.json).map_err(|_| format!("event {ulid} is not text"));
        }
    }
    Err(format!("no event {ulid} is among the newest {SEARCHED} of any namespace"))
}
