//! What comes from outside: the event and the state, and who calls `init`, `fold` and `emit`.

use super::value::{Strs, Val};
use super::{Engine, Values};
use crate::facts::TableId;
use crate::shape::{Samples, Shape};
use gatos_compiler::Front;
use gatos_elc::program::ProgramKind;
use std::sync::Arc;

/// Rounds of state through `fold`; ranges are opened long before.
const MAX_ROUNDS: u32 = 16;

type Row = (&'static str, fn(&mut Engine<'_>) -> Val, bool, &'static str);

/// The envelope's fields: value, whether it is always there, and what it is.
const ENVELOPE: &[Row] = &[
    ("v", |_| Val::ints(1, 1), true, "version of the envelope, 1"),
    ("type", |_| Val::string(), true, "what happened, such as `invoice.opened`"),
    ("ulid", |_| Val::string(), true, "the event's id, 26 characters; events are in its order"),
    ("ns", |_| Val::string(), true, "the namespace"),
    ("actor", |_| Val::string(), true, "who signed it, such as `user:ann`"),
    ("seq", |_| Val::ints(0, i64::MAX), true, "its number in the actor's journal, from 0"),
    ("prev", |_| Val::string(), false, "content id of the event before it in that journal"),
    (
        "ts",
        |_| Val { int: Some((i64::MIN, i64::MAX)), fixed: Some((i64::MIN, i64::MAX)), ..Val::string() },
        false,
        "the time that the event itself states, if any",
    ),
    ("caps", |e| strings(e), true, "capabilities in use: a list of strings, maybe empty"),
    ("labels", |e| strings(e), true, "policy labels: a list of strings, maybe empty"),
    ("attachments", |e| attachments(e), false, "pointers to larger content"),
    ("policy_root", |_| Val::string(), false, "the policy bundle that allowed it, `sha256:…`"),
    ("trust_chain", |_| Val::string(), false, "the trust that the decision saw, `sha256:…`"),
    ("sig_alg", |_| Val::string(), true, "the signature's algorithm"),
];

fn strings(e: &mut Engine<'_>) -> Val {
    let id = e.heap.given_table();
    e.heap.join_element(id, &Val::string());
    Val::table(id)
}

fn attachments(e: &mut Engine<'_>) -> Val {
    let id = e.heap.given_table();
    e.heap.join_element(id, &Val::given());
    Val::table(id)
}

/// The table that a fold gets as its event.
fn event(engine: &mut Engine<'_>, samples: &Samples) -> TableId {
    let id = engine.heap.given_table();
    for (name, make, always, doc) in ENVELOPE {
        let val = make(engine);
        engine.heap.set_field(id, name.as_bytes(), &val, *always, None);
        engine.heap.describe(id, name.as_bytes(), doc);
    }
    let payload = if samples.payload.is_empty() { Val::given() } else { shaped(engine, &samples.payload, 0) };
    engine.heap.set_field(id, b"payload", &payload, true, None);
    engine.heap.describe(id, b"payload", "the content");
    id
}

/// A value of a shape. Samples never tell everything: what has a shape may have more.
fn shaped(engine: &mut Engine<'_>, shape: &Shape, depth: u32) -> Val {
    if shape.is_any || depth > 32 {
        return Val::given();
    }
    let mut out = Val { null: shape.null, yes: shape.boolean, no: shape.boolean, ..Val::default() };
    if shape.integer {
        out.join(&Val::integer());
    }
    if shape.fixed {
        out.join(&Val::fixed());
    }
    if shape.text {
        out.strs = Strs::Any;
    }
    if let Some(inner) = &shape.array {
        let id = engine.heap.given_table();
        let val = if inner.is_empty() { Val::given() } else { shaped(engine, inner, depth + 1) };
        engine.heap.join_element(id, &val);
        out.join(&Val::table(id));
    }
    if let Some(object) = &shape.object {
        let id = engine.heap.given_table();
        for (name, (inner, optional)) in &object.fields {
            let val = shaped(engine, inner, depth + 1);
            engine.heap.set_field(id, name.as_bytes(), &val, !optional, None);
        }
        match &object.others {
            Some(inner) => {
                let val = shaped(engine, inner, depth + 1);
                engine.heap.set_other(id, &Val::string(), &val, None);
            }
            None => engine.heap.get_mut(id).open = true,
        }
        out.join(&Val::table(id));
    }
    if out.is_never() { Val::given() } else { out }
}

/// Calls the entries of a fold until the state has the shape that all events leave it in.
pub(crate) fn entries(engine: &mut Engine<'_>, front: &Front, samples: &Samples) {
    if front.kind != ProgramKind::Fold || front.main.hir.funcs.is_empty() {
        return;
    }
    let event = event(engine, samples);
    engine.event = Some(event);
    let event = Arc::new(Val::table(event));
    let mut has_init = false;
    for round in 0..MAX_ROUNDS {
        let before = engine.state.val.clone();
        let init = entry(engine, "init");
        for f in &init.funcs {
            has_init = true;
            let reader = engine.number(*f);
            let given = engine.enter(*f, &Values::default(), reader);
            engine.give_state(&given.get(0));
        }
        engine.drain();
        if !has_init && round == 0 {
            let id = engine.heap.new_table(None);
            engine.give_state(&Val::table(id));
        }
        let state = engine.state.val.clone();
        let state = Arc::new(Val { nil: false, ..Val::clone(&state) });
        for f in &entry(engine, "fold").funcs {
            let args = Values { vals: vec![state.clone(), event.clone()], rest: None };
            let reader = engine.number(*f);
            engine.enter(*f, &args, reader);
            engine.drain();
            let given = engine.enter(*f, &args, reader);
            engine.give_state(&given.get(0));
        }
        for f in &entry(engine, "emit").funcs {
            let args = Values { vals: vec![state.clone()], rest: None };
            let reader = engine.number(*f);
            engine.enter(*f, &args, reader);
        }
        engine.drain();
        if engine.gave_up || round > 0 && engine.state.val == before {
            return;
        }
    }
}

/// The function of a name that the main file offers.
pub(crate) fn entry(engine: &mut Engine<'_>, name: &str) -> Val {
    let module = engine.modules[0].val.clone();
    let mut out = Val::default();
    for id in &module.tables {
        out.join(&engine.heap.field(*id, name.as_bytes(), 0));
    }
    if module.tables.is_empty() {
        out.join(&engine.global_by_name(0, name).unwrap_or_default());
    }
    out
}
