//! The ways by which a place in a program is reached from its entries.

use crate::{Facts, FuncRef, Place};
use gatos_compiler::Front;
use gatos_compiler::hir::FuncId;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A step of a way: a function, and the place in it that leads on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// The function: `M.fold`, `helper`; of a file's main chunk, `the program` or `the module "a.b"`.
    pub name: String,
    /// The call that leads on; in the last step, the place asked about. A function that is only
    /// made and given away leads on from where it is made.
    pub at: Place,
}

/// The shortest way from an entry (`init`, `fold`, `emit`, or what runs when the program is loaded)
/// to a place. Entries of the fold go before loading. Empty when it is not reached, as far as
/// reading finds out.
pub fn paths_to(front: &Front, facts: &Facts, at: Place) -> Vec<Step> {
    let Some(goal) = function_at(front, at) else { return Vec::new() };
    let mut seen = BTreeSet::new();
    let mut from: BTreeMap<FuncRef, (FuncRef, Place)> = BTreeMap::new();
    let mut queue = VecDeque::new();
    for name in ["fold", "init", "emit"] {
        for f in facts.entry(name) {
            if seen.insert(*f) {
                queue.push_back(*f);
            }
        }
    }
    let entries = seen.clone();
    let mut found = search(front, facts, goal, &mut seen, &mut from, &mut queue);
    if !found {
        // Whatever runs when the program is loaded, and what is made then and never called by name.
        let main = FuncRef { unit: 0, func: FuncId(0) };
        if front.main.hir.funcs.is_empty() {
            return Vec::new();
        }
        if seen.insert(main) {
            queue.push_back(main);
        }
        found = search(front, facts, goal, &mut seen, &mut from, &mut queue);
    }
    if !found {
        return Vec::new();
    }
    let mut way = vec![Step { name: name_of(front, goal), at }];
    let mut f = goal;
    while let Some((caller, place)) = from.get(&f).filter(|_| !entries.contains(&f)) {
        way.push(Step { name: name_of(front, *caller), at: *place });
        f = *caller;
    }
    way.reverse();
    way
}

fn search(
    front: &Front,
    facts: &Facts,
    goal: FuncRef,
    seen: &mut BTreeSet<FuncRef>,
    from: &mut BTreeMap<FuncRef, (FuncRef, Place)>,
    queue: &mut VecDeque<FuncRef>,
) -> bool {
    if seen.contains(&goal) {
        return true;
    }
    while let Some(f) = queue.pop_front() {
        for (to, place) in leads(front, facts, f) {
            if seen.insert(to) {
                from.insert(to, (f, place));
                if to == goal {
                    return true;
                }
                queue.push_back(to);
            }
        }
    }
    false
}

/// Where a function leads: whom it calls, the functions that it makes, the modules that it needs.
fn leads(front: &Front, facts: &Facts, f: FuncRef) -> Vec<(FuncRef, Place)> {
    let place = |span| Place { unit: f.unit, span };
    let mut out: Vec<(FuncRef, Place)> = Vec::new();
    for (span, callees) in facts.calls(f) {
        out.extend(callees.functions.iter().map(|to| (*to, place(span))));
    }
    let Some(unit) = front.units().nth(f.unit as usize) else { return out };
    // What nobody is seen to call is reached by being made.
    for (i, inner) in unit.hir.funcs.iter().enumerate() {
        let to = FuncRef { unit: f.unit, func: FuncId(i as u32) };
        if inner.parent == Some(f.func) && facts.callers(to).is_empty() {
            let start = inner.span.start;
            out.push((to, place(gatos_syntax::span::Span { start, end: start.saturating_add(8).min(inner.span.end) })));
        }
    }
    if f.func.0 == 0 {
        for (import, module) in unit.hir.imports.iter().zip(&unit.imports) {
            out.push((FuncRef { unit: module + 1, func: FuncId(0) }, place(import.span)));
        }
    }
    out
}

/// The innermost function around a place.
fn function_at(front: &Front, at: Place) -> Option<FuncRef> {
    let unit = front.units().nth(at.unit as usize)?;
    if unit.hir.funcs.is_empty() {
        return None;
    }
    let inner = unit.hir.funcs.iter().enumerate().skip(1);
    let around = inner.filter(|(_, f)| f.span.start <= at.span.start && at.span.end <= f.span.end);
    let func = around.min_by_key(|(_, f)| f.span.end - f.span.start).map_or(0, |(i, _)| i as u32);
    Some(FuncRef { unit: at.unit, func: FuncId(func) })
}

fn name_of(front: &Front, f: FuncRef) -> String {
    if f.func.0 == 0 {
        return match f.unit.checked_sub(1).and_then(|i| front.modules.get(i as usize)) {
            Some((name, _)) => format!("the module \"{name}\""),
            None => "the program".to_owned(),
        };
    }
    let found = front.units().nth(f.unit as usize).and_then(|u| u.hir.funcs.get(f.func.0 as usize));
    match found.map(|f| f.name.as_str()) {
        Some("") | None => "a function".to_owned(),
        Some(name) => name.to_owned(),
    }
}
