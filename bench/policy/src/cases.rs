//! The six workloads: their texts, their inputs, and what Cedar needs to be asked the same.

use serde_json::{Map, Value, json};

/// One workload.
pub struct Case {
    /// The name of its files.
    pub id: &'static str,
    /// What it is.
    pub title: &'static str,
    /// The decision asked for.
    pub query: &'static str,
    /// Rego.
    pub rego: &'static str,
    /// Cedar, where its language can say it.
    pub cedar: Option<&'static str>,
    /// Base data.
    pub data: &'static str,
    /// Inputs, as JSON texts.
    pub inputs: Vec<String>,
}

macro_rules! case {
    ($id:literal, $title:literal, $query:literal, $cedar:expr) => {
        Case {
            id: $id,
            title: $title,
            query: $query,
            rego: include_str!(concat!("../cases/", $id, ".rego")),
            cedar: $cedar,
            data: include_str!(concat!("../cases/", $id, ".data.json")),
            inputs: inputs(include_str!(concat!("../cases/", $id, ".inputs.json"))),
        }
    };
}

fn inputs(text: &str) -> Vec<String> {
    let list: Vec<Value> = serde_json::from_str(text).expect("inputs are a list");
    list.iter().map(Value::to_string).collect()
}

/// All of them.
pub fn all() -> Vec<Case> {
    vec![
        case!("a", "RBAC scan", "data.rbac.allow", Some(include_str!("../cases/a.cedar"))),
        case!("a2", "RBAC index", "data.rbac.allow", None),
        case!("b", "ABAC", "data.abac.allow", Some(include_str!("../cases/b.cedar"))),
        case!("c", "quorum", "data.quorum.allow", Some(include_str!("../cases/c.cedar"))),
        case!("d", "200 globs", "data.pathlock.allow", Some(include_str!("../cases/d.cedar"))),
        case!("e", "20 denials", "data.exec.allow", Some(include_str!("../cases/e.cedar"))),
    ]
}

/// What Cedar is asked: principal, action, resource, context. Cedar has no loops over records,
/// so what its policies compare is laid out for it here; a list means that each must be allowed.
pub struct Question {
    pub principal: String,
    pub action: String,
    pub resource: String,
    pub context: Value,
}

fn text<'a>(v: &'a Value, path: &str) -> &'a str {
    v.pointer(path).and_then(Value::as_str).unwrap_or("")
}

/// The questions of one input.
pub fn questions(case: &str, input: &Value) -> Vec<Question> {
    let plain = |context| Question {
        principal: "User::\"someone\"".into(),
        action: "Action::\"do\"".into(),
        resource: "Thing::\"it\"".into(),
        context,
    };
    match case {
        "a" => {
            let kind = text(input, "/kind").replace("kind", "Kind");
            vec![Question {
                principal: format!("User::\"{}\"", text(input, "/user")),
                action: format!("Action::\"{}\"", text(input, "/action")),
                resource: format!("{kind}::\"it\""),
                context: json!({}),
            }]
        }
        "b" => vec![plain(input.clone())],
        "c" => {
            let mut by: Vec<&str> = Vec::new();
            for a in input["approvals"].as_array().into_iter().flatten() {
                if a["verdict"] == "approve" && a["by"] != input["author"] {
                    by.push(text(a, "/by"));
                }
            }
            by.sort_unstable();
            by.dedup();
            vec![plain(json!({ "approvers": by }))]
        }
        "d" => (input["paths"].as_array().into_iter().flatten())
            .map(|p| plain(json!({ "path": p, "actor": input["actor"] })))
            .collect(),
        _ => {
            let mut context = input.clone();
            let trust = input["actor"]["trust"].as_f64().unwrap_or(0.0);
            let actor = context["actor"].as_object_mut().expect("an actor");
            actor.remove("trust");
            actor.insert("trust_pct".into(), json!((trust * 100.0) as i64));
            let mounts: Vec<Value> =
                input["job"]["mounts"].as_array().into_iter().flatten().map(|m| m["src"].clone()).collect();
            context["job"]["mounts"] = Value::Array(mounts);
            context["job"].as_object_mut().unwrap_or(&mut Map::new()).remove("volumes");
            vec![plain(context)]
        }
    }
}
