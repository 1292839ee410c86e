//! Whether a fold's fuel suffices for the events that the journal really holds: measured over them
//! in their order, and reckoned by the bound of the program for their sizes.

use super::lock;
use super::preview::namespace;
use super::root::span_at;
use super::run::{as_fold, now, stack};
use crate::answer::{Diagnostic, FileSpan, Related, Severity};
use crate::host::{File, Snapshot};
use crate::lua::analysis::{Analysis, analysis};
use crate::lua::types::file_of;
use crate::world::{Event, World};
use gatos_analysis::{Bound, Costs, Data, FuncRef};
use gatos_compiler::CompiledProgram;
use gatos_echo::{Fold, FoldFailure, Limit, Silent};
use gatos_elc::program::ProgramKind;
use gatos_syntax::span::Span;
use gatos_vm::Limits;
use std::sync::{Arc, Weak};

/// Newest events that are looked at: all of them in most journals, as any one may be the large one.
const EVENTS: usize = 20_000;
/// Fuel that measuring may take, all in all: ten seconds or so, beside all else, and given up by an edit.
const MAX_FUEL: u64 = 2_000_000_000;
/// Newest events by which a journal that grew is known: one that comes late need not be the last one.
const NEWEST: usize = 16;
/// The code of what is told.
const CODE: &str = "W0520";

/// What was found, and for what.
#[derive(Debug)]
pub(super) struct Known {
    /// The program, with all its modules; it need not live any longer for this.
    its: Weak<Analysis>,
    ns: String,
    /// Content ids of the newest events.
    newest: Vec<String>,
    limits: Limits,
    found: Vec<Diagnostic>,
}

/// What the events told.
struct Measured {
    state: Data,
    /// The dearest event that went well, and its fuel.
    dearest: Option<(usize, u64)>,
    /// The first event at which the fuel ran out.
    ran_out: Option<(usize, FoldFailure)>,
}

/// The diagnostics of a file.
pub(super) fn diagnostics(snapshot: &Snapshot, world: &dyn World, file: &Arc<File>) -> Vec<Diagnostic> {
    judge(snapshot, world, file).unwrap_or_default()
}

fn judge(snapshot: &Snapshot, world: &dyn World, file: &Arc<File>) -> Option<Vec<Diagnostic>> {
    let its = analysis(snapshot, file);
    if its.front.kind != ProgramKind::Fold || its.costs().is_none() {
        return None;
    }
    let ns = namespace(world, file).ok()?;
    let limits = world.limits(&file.path).ok()?;
    let newest = world.newest(&file.path, &ns, NEWEST, snapshot.cancel()).ok()?;
    let newest: Vec<String> = newest.into_iter().map(|e| e.cid).collect();
    let weak = Arc::downgrade(&its);
    if let Some(known) = &*lock(&file.live.budget)
        && known.its.ptr_eq(&weak)
        && (&known.ns, &known.newest, known.limits) == (&ns, &newest, limits)
    {
        return Some(known.found.clone());
    }
    let found = look(snapshot, world, file, &its, &ns, limits)?;
    *lock(&file.live.budget) = Some(Known { its: weak, ns, newest, limits, found: found.clone() });
    Some(found)
}

/// Looks at all events anew; none when it was given up, or cannot be.
fn look(
    snapshot: &Snapshot,
    world: &dyn World,
    file: &Arc<File>,
    its: &Analysis,
    ns: &str,
    limits: Limits,
) -> Option<Vec<Diagnostic>> {
    let fold = FuncRef { unit: 0, func: its.front.entries.fold? };
    let span = its.names().funcs.get(fold.func.0 as usize)?.name_span;
    let program = now(snapshot, file).and_then(as_fold).ok()?;
    let events = world.newest(&file.path, ns, EVENTS, snapshot.cancel()).ok()?;
    let measured = measure(&program, &events, limits, snapshot)?;
    if let Some((i, failure)) = &measured.ran_out {
        return Some(vec![ran_out(snapshot, its, &program, span, ns, &events[*i], failure, limits)]);
    }
    let mut out = Vec::new();
    let reckoned = reckoned(its, fold, span, ns, &events, &measured, limits, snapshot);
    if snapshot.is_cancelled() {
        return None;
    }
    if let Some(d) = reckoned {
        out.push(d);
    } else if let Some((i, fuel)) = measured.dearest.filter(|(_, fuel)| *fuel > limits.fuel / 2) {
        let message = format!(
            "`fold` took {} of {} fuel for event {} of {ns}\nmore than half of what is allowed: a larger event may not be folded",
            number(fuel),
            number(limits.fuel),
            events[i].ulid
        );
        let related = blame(its, its.costs()?, fold, &measured.state, &events[i]);
        out.push(warning(span, message, related));
    }
    Some(out)
}

fn measure(program: &CompiledProgram, events: &[Event], limits: Limits, snapshot: &Snapshot) -> Option<Measured> {
    let mut fold = Fold::load(&program.program, limits, Box::new(Silent)).ok()?;
    fold.start().ok()?;
    let mut out = Measured { state: Data::default(), dearest: None, ran_out: None };
    for (i, event) in events.iter().enumerate() {
        if snapshot.is_cancelled() {
            return None;
        }
        if fold.usage().fuel_total > MAX_FUEL {
            break;
        }
        match fold.event(&event.envelope) {
            Ok(()) => {
                let fuel = fold.last_usage().fuel;
                if out.dearest.is_none_or(|(_, most)| fuel > most) {
                    out.dearest = Some((i, fuel));
                }
            }
            Err(failure) if failure.limit == Some(Limit::Fuel) => {
                out.ran_out = Some((i, failure));
                return Some(out);
            }
            // What fails for another reason is not a matter of fuel; the preview tells it.
            Err(_) => return Some(out),
        }
    }
    out.state = Data::from_json(&String::from_utf8(fold.state_json()).ok()?).ok()?;
    Some(out)
}

#[allow(clippy::too_many_arguments, reason = "all that the message tells")]
fn ran_out(
    snapshot: &Snapshot,
    its: &Analysis,
    program: &CompiledProgram,
    span: Span,
    ns: &str,
    event: &Event,
    failure: &FoldFailure,
    limits: Limits,
) -> Diagnostic {
    let message = format!(
        "`fold` uses up its {} fuel on event {} of {ns}\nthe journal cannot be folded past it; raise `limits.fuel` in the profile, or do less for an event",
        number(limits.fuel),
        event.ulid
    );
    let mut related = Vec::new();
    for (name, path, line, col) in stack(program, failure).into_iter().filter(|f| f.2 > 0).take(4) {
        if let Some(file) = snapshot.at(&path) {
            let at = FileSpan { file: file.id, span: span_at(&file.text, line, col) };
            related.push(Related { at, message: format!("in `{name}`, when the fuel was used up") });
        }
    }
    if let (Some(costs), Some(fold)) = (its.costs(), its.front.entries.fold) {
        related.extend(blame(its, costs, FuncRef { unit: 0, func: fold }, &Data::default(), event));
    }
    warning(span, message, related)
}

/// What the bound says about the largest events.
#[allow(clippy::too_many_arguments, reason = "all that the message tells")]
fn reckoned(
    its: &Analysis,
    fold: FuncRef,
    span: Span,
    ns: &str,
    events: &[Event],
    measured: &Measured,
    limits: Limits,
    snapshot: &Snapshot,
) -> Option<Diagnostic> {
    let costs = its.costs()?;
    let bound = &costs.function(fold)?.most;
    let mut worst: Option<(u64, &Event, Data)> = None;
    for event in events {
        if snapshot.is_cancelled() {
            return None;
        }
        let Ok(data) = Data::from_cbor(&event.envelope) else { continue };
        // Reading the event counts too.
        let fuel = bound.for_values(&[&measured.state, &data])?.saturating_add(event.envelope.len() as u64 / 64);
        if worst.as_ref().is_none_or(|(most, ..)| fuel > *most) {
            worst = Some((fuel, event, data));
        }
    }
    let (fuel, event, data) = worst.filter(|(fuel, ..)| *fuel > limits.fuel)?;
    let (sum, legend) = bound.written();
    let mut message = format!(
        "`fold` can take {} fuel for an event like {} of {ns}, and {} are allowed\nfuel ≤ {sum}",
        number(fuel),
        event.ulid,
        number(limits.fuel)
    );
    for (subject, what) in bound.subjects().into_iter().zip(legend) {
        let size = Bound::size(gatos_analysis::Atom::Entries(subject.clone()));
        let value = Bound::size(gatos_analysis::Atom::Value(subject.clone()));
        let is_value = !what.contains("entries of");
        let n = if is_value { value } else { size }.for_values(&[&measured.state, &data]).unwrap_or(0);
        message.push_str(&format!("\n{what}: {} there", number(n)));
    }
    if let Some((i, most)) = measured.dearest {
        message.push_str(&format!("\nmeasured so far: {} at most, for event {}", number(most), events[i].ulid));
    }
    Some(warning(span, message, blame(its, costs, fold, &measured.state, event)))
}

/// The loop or call that takes the most.
fn blame(its: &Analysis, costs: &Costs, fold: FuncRef, state: &Data, event: &Event) -> Vec<Related> {
    let data = Data::from_cbor(&event.envelope).unwrap_or_default();
    // What has no bound goes before all that has one.
    let weight = |b: &Bound| b.for_values(&[state, &data]).unwrap_or(u64::MAX);
    let mut out = Vec::new();
    let mut say = |unit: u32, span: Span, message: String| {
        if let Some(file) = file_of(its, unit) {
            out.push(Related { at: FileSpan { file, span }, message });
        }
    };
    let dearest_loop = costs.loops_of(fold).max_by_key(|l| weight(&l.most));
    let calls = costs.function(fold).map(|f| f.calls.as_slice()).unwrap_or_default();
    let dearest_call = calls.iter().filter(|c| !c.callees.functions.is_empty()).max_by_key(|c| weight(&c.most));
    let first_line = |span: Span, unit: u32| {
        let text = its.front.files.get(its.front.units().nth(unit as usize).map_or(0, |u| u.file as usize));
        let line = text.and_then(|f| f.text.get(span.range())).and_then(|t| t.find('\n'));
        line.map_or(span, |n| Span { start: span.start, end: span.start + n as u32 })
    };
    match (dearest_loop, dearest_call) {
        (Some(l), call) if call.is_none_or(|c| weight(&l.most) >= weight(&c.most)) => {
            say(l.at.unit, first_line(l.at.span, l.at.unit), format!("this loop takes most of it: {l}"));
        }
        (_, Some(c)) => {
            say(fold.unit, c.at, format!("this call takes most of it: fuel ≤ {}", c.most));
            let inside = c.callees.functions.iter().flat_map(|f| costs.loops_of(*f)).max_by_key(|l| l.round.constant());
            if let Some(l) = inside {
                say(l.at.unit, first_line(l.at.span, l.at.unit), format!("in it, this loop: {l}"));
            }
        }
        _ => {}
    }
    out
}

fn warning(span: Span, message: String, related: Vec<Related>) -> Diagnostic {
    Diagnostic { code: CODE, severity: Severity::Warning, span, message, related, tags: Vec::new() }
}

/// A number in groups of three.
pub(super) fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, d) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(d);
    }
    out
}
