//! The peers, each behind two closures: a decision from a pre-decoded input, and from JSON text.

use crate::cases::{Case, questions};
use cedar_policy::{Authorizer, Context, Decision, Entities, EntityUid, PolicySet, Request};
use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::RegoVM;
use regorus::{Engine, Rc, Value};
use std::str::FromStr;

/// A contender: decides input `i`, decoded before or from text.
pub struct Contender {
    pub name: &'static str,
    pub decoded: Box<dyn FnMut(usize) -> bool>,
    pub from_text: Box<dyn FnMut(usize) -> bool>,
}

fn engine(case: &Case) -> Engine {
    let mut e = Engine::new();
    e.add_policy(format!("{}.rego", case.id), case.rego.to_string()).expect("policy");
    e.add_data(Value::from_json_str(case.data).expect("data")).expect("data");
    e
}

fn values(case: &Case) -> Vec<Value> {
    case.inputs.iter().map(|t| Value::from_json_str(t).expect("input")).collect()
}

/// regorus, its tree interpreter.
pub fn regorus(case: &Case) -> Contender {
    let (query, inputs, texts) = (case.query.to_string(), values(case), case.inputs.clone());
    let (mut one, mut two) = (engine(case), engine(case));
    let q = query.clone();
    Contender {
        name: "regorus",
        decoded: Box::new(move |i| {
            one.set_input(inputs[i].clone());
            one.eval_rule(q.clone()).expect("decides") == Value::from(true)
        }),
        from_text: Box::new(move |i| {
            two.set_input(Value::from_json_str(&texts[i]).expect("input"));
            two.eval_rule(query.clone()).expect("decides") == Value::from(true)
        }),
    }
}

/// regorus, its register machine.
pub fn rvm(case: &Case) -> Contender {
    let machine = || {
        let mut e = engine(case);
        let entry: Rc<str> = case.query.into();
        let compiled = e.compile_with_entrypoint(&entry).expect("compiles");
        let program = Compiler::compile_from_policy(&compiled, &[case.query]).expect("compiles");
        let mut vm = RegoVM::new();
        vm.load_program(program);
        vm.set_data(Value::from_json_str(case.data).expect("data")).expect("data");
        vm.set_max_instructions(usize::MAX);
        vm
    };
    let (mut one, mut two) = (machine(), machine());
    let (inputs, texts) = (values(case), case.inputs.clone());
    Contender {
        name: "regorus RVM",
        decoded: Box::new(move |i| {
            one.set_input(inputs[i].clone());
            one.execute().expect("decides") == Value::from(true)
        }),
        from_text: Box::new(move |i| {
            two.set_input(Value::from_json_str(&texts[i]).expect("input"));
            two.execute().expect("decides") == Value::from(true)
        }),
    }
}

fn uid(text: &str) -> EntityUid {
    EntityUid::from_str(text).expect("an entity")
}

fn requests(case: &str, input: &serde_json::Value) -> Vec<Request> {
    (questions(case, input).into_iter())
        .map(|q| {
            let context = Context::from_json_value(q.context, None).expect("context");
            Request::new(uid(&q.principal), uid(&q.action), uid(&q.resource), context, None).expect("request")
        })
        .collect()
}

/// Cedar.
pub fn cedar(case: &Case) -> Option<Contender> {
    let policies = || PolicySet::from_str(case.cedar.unwrap_or("")).expect("policies");
    case.cedar?;
    let data: serde_json::Value = serde_json::from_str(case.data).expect("data");
    let users: Vec<serde_json::Value> = (data["bindings"].as_array().into_iter().flatten())
        .map(|b| {
            serde_json::json!({
                "uid": { "type": "User", "id": b["subject"] }, "attrs": {},
                "parents": [{ "type": "Role", "id": b["role"] }],
            })
        })
        .collect();
    // One subject may have several bindings: their parents belong together.
    let mut joined: std::collections::BTreeMap<String, serde_json::Value> = Default::default();
    for u in users {
        let id = u["uid"]["id"].as_str().unwrap_or("").to_string();
        match joined.get_mut(&id) {
            Some(have) => {
                let more = u["parents"][0].clone();
                have["parents"].as_array_mut().expect("parents").push(more);
            }
            None => _ = joined.insert(id, u),
        }
    }
    let entities = || {
        let list = serde_json::Value::Array(joined.values().cloned().collect());
        Entities::from_json_value(list, None).expect("entities")
    };
    let decoded: Vec<Vec<Request>> =
        case.inputs.iter().map(|t| requests(case.id, &serde_json::from_str(t).expect("input"))).collect();
    let (texts, id) = (case.inputs.clone(), case.id);
    let (p1, p2, e1, e2) = (policies(), policies(), entities(), entities());
    let (a1, a2) = (Authorizer::new(), Authorizer::new());
    Some(Contender {
        name: "Cedar",
        decoded: Box::new(move |i| {
            decoded[i].iter().all(|r| a1.is_authorized(r, &p1, &e1).decision() == Decision::Allow)
        }),
        from_text: Box::new(move |i| {
            let input = serde_json::from_str(&texts[i]).expect("input");
            requests(id, &input).iter().all(|r| a2.is_authorized(r, &p2, &e2).decision() == Decision::Allow)
        }),
    })
}
