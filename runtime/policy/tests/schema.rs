//! The published schemas and the code agree: what the code writes passes, and what the code refuses for its form is
//! refused by the schema as well.

mod common;

use common::{NOW, actor, bundle, grant, graph, key};
use gatos_canon::{Blake3, Value};
use gatos_ledger_core::decision::{AuditDecision, ClockReading, DecidedRule};
use gatos_ledger_core::grant::{Grant, SignedGrant};
use gatos_ledger_core::trust::TrustGraph;
use gatos_ledger_core::ulid::Ulid;
use gatos_policy::bundle::Manifest;
use gatos_policy::starter;

const TRUST: &str = include_str!("../../../docs/schema/trust-graph.schema.json");
const GRANT: &str = include_str!("../../../docs/schema/grant.schema.json");
const DECISION: &str = include_str!("../../../docs/schema/audit-decision.schema.json");
const MANIFEST: &str = include_str!("../../../docs/schema/policy-manifest.schema.json");

/// A validator of those words of JSON Schema that our schemas use; any other word is a failure of the test.
struct Schema(Value);

impl Schema {
    fn read(text: &str) -> Schema {
        Schema(Value::from_json(text).unwrap())
    }

    fn check(&self, value: &Value) -> Result<(), String> {
        self.at(&self.0, value, "")
    }

    fn at(&self, schema: &Value, value: &Value, place: &str) -> Result<(), String> {
        let fail = |why: &str| Err(format!("{place}: {why}"));
        let map = schema.as_map().expect("a schema is an object");
        for (word, rule) in map.iter() {
            match word {
                "$schema" | "title" | "description" | "$defs" => {}
                "$ref" => {
                    let name = rule.as_text().and_then(|r| r.strip_prefix("#/$defs/")).expect("a local reference");
                    self.at(self.0.get("$defs").and_then(|d| d.get(name)).expect("defined"), value, place)?;
                }
                "type" => {
                    let fits = match rule.as_text().expect("a type") {
                        "object" => value.as_map().is_some(),
                        "array" => value.as_array().is_some(),
                        "string" => value.as_text().is_some(),
                        "integer" => value.as_int().is_some(),
                        other => panic!("type {other}"),
                    };
                    if !fits {
                        return fail("wrong type");
                    }
                }
                "const" if rule == value => {}
                "const" => return fail("not the constant"),
                "minimum" if value.as_int() >= rule.as_int() => {}
                "minimum" => return fail("too small"),
                "maxItems" if value.as_array().map(<[_]>::len) <= rule.as_int().map(|n| n as usize) => {}
                "maxItems" => return fail("too many"),
                "pattern" => {
                    let pattern = regex::Regex::new(rule.as_text().expect("a pattern")).expect("a regular expression");
                    if !value.as_text().is_some_and(|text| pattern.is_match(text)) {
                        return fail("does not match");
                    }
                }
                "required" => {
                    let missing = |name: &&Value| value.get(name.as_text().expect("a name")).is_none();
                    if let Some(name) = rule.as_array().expect("names").iter().find(missing) {
                        return fail(&format!("{} is missing", name.to_json_string()));
                    }
                }
                "items" => {
                    for (i, item) in value.as_array().unwrap_or(&[]).iter().enumerate() {
                        self.at(rule, item, &format!("{place}/{i}"))?;
                    }
                }
                "properties" => {
                    for (name, schema) in rule.as_map().expect("properties").iter() {
                        if let Some(member) = value.get(name) {
                            self.at(schema, member, &format!("{place}/{name}"))?;
                        }
                    }
                }
                "additionalProperties" => {
                    let known = |name: &str| map.get("properties").is_some_and(|p| p.get(name).is_some());
                    for (name, member) in value.as_map().into_iter().flat_map(|m| m.iter()) {
                        match rule {
                            _ if known(name) => {}
                            Value::Bool(false) => return fail(&format!("{name} is not known")),
                            schema => self.at(schema, member, &format!("{place}/{name}"))?,
                        }
                    }
                }
                other => panic!("this test does not know the word {other}"),
            }
        }
        Ok(())
    }
}

#[test]
fn trust_graphs_fit_their_schema() {
    let schema = Schema::read(TRUST);
    let mut full = graph();
    full.rotate(&actor("user:bob"), key("new").public(), NOW);
    full.groups.get_mut("leads").unwrap().threshold = Some(2);
    assert_eq!(schema.check(&full.to_value()), Ok(()));
    assert_eq!(schema.check(&TrustGraph::default().to_value()), Ok(()));
    let text = full.to_value().to_json_string();
    for (from, to) in [
        ("\"v\":1", "\"v\":2"),
        ("\"roots\"", "\"rots\""),
        ("user:ann", "ann"),
        ("ed25519:", "rsa:"),
        ("\"threshold\":2", "\"threshold\":0"),
        ("\"threshold\":2", "\"threshold\":\"2\""),
        ("\"until\"", "\"till\""),
        ("\"members\"", "\"people\""),
    ] {
        let value = Value::from_json(&text.replace(from, to)).unwrap();
        assert!(schema.check(&value).is_err(), "the schema takes {from} as {to}");
        assert!(TrustGraph::from_value(&value).is_err(), "the code takes {from} as {to}");
    }
}

#[test]
fn grants_fit_their_schema() {
    let schema = Schema::read(GRANT);
    let plain = grant("group:leads", &["journal:*"]);
    let full = Grant {
        aud: vec!["repo://*/**".into()],
        exp: Some(NOW + 1),
        not_before: Some(NOW),
        prev: Some(plain.digest),
        ..plain.grant.clone()
    };
    let full = full.sign(&key("user:ann")).unwrap();
    let revocation = Grant::revocation(Ulid::MAX, actor("user:ann"), &plain.grant).sign(&key("user:ann")).unwrap();
    for grant in [&plain, &full, &revocation] {
        assert_eq!(schema.check(&grant.to_value()), Ok(()));
    }
    let text = full.to_value().to_json_string();
    for (from, to) in [
        ("\"type\":\"grant\"", "\"type\":\"gift\""),
        ("user:ann", "robot:ann"),
        ("group:leads", "group:le ads"),
        ("\"exp\":\"2027", "\"exp\":\"1.1.2027"),
        ("sha256:", "sha1:"),
        ("\"aud\"", "\"audience\""),
        ("\"sig\":\"ed25519:", "\"sig\":\"ed25519:AA"),
        ("\"caps\"", "\"cap\""),
    ] {
        let value = Value::from_json(&text.replace(from, to)).unwrap();
        assert!(schema.check(&value).is_err(), "the schema takes {from} as {to}");
        assert!(SignedGrant::from_value(&value).is_err(), "the code takes {from} as {to}");
    }
}

#[test]
fn audit_decisions_fit_their_schema() {
    let schema = Schema::read(DECISION);
    let rule = |place: Option<&str>| DecidedRule {
        name: "gatos.exec.deny#1".into(),
        place: place.map(Into::into),
        reason: "caps missing: exec:run".into(),
    };
    let full = AuditDecision {
        ulid: Ulid::first_of(NOW).unwrap(),
        actor: actor("agent:echo"),
        intent: "intent.exec.run".into(),
        resource: "gatos://finance".into(),
        code: "not_permitted".into(),
        rules: vec![rule(Some("policies/exec.rgs:12")), rule(None)],
        explain: "caps missing: exec:run".into(),
        policy_root: Some(gatos_canon::Sha256([1; 32])),
        trust_chain: Some(gatos_canon::Sha256([2; 32])),
        input: Blake3([3; 32]),
        fuel: 12,
        clock: Some(ClockReading { now_ms: 1, skew_ms: 2 }),
        signer: actor("user:ann"),
    };
    let bare = AuditDecision {
        rules: vec![],
        policy_root: None,
        trust_chain: None,
        clock: None,
        code: "error:fuel".into(),
        ..full.clone()
    };
    for decision in [full, bare] {
        let signed = decision.clone().sign(&key("user:ann")).unwrap();
        assert_eq!(schema.check(&signed.view()), Ok(()));
        assert_eq!(schema.check(&decision.view(None, None)), Ok(()));
        assert_eq!(AuditDecision::decode(&signed.bytes), Ok(decision));
    }
}

#[test]
fn manifests_fit_their_schema() {
    let schema = Schema::read(MANIFEST);
    let mut manifest = bundle(starter::POLICY).manifest;
    assert_eq!(schema.check(&manifest.to_value()), Ok(()));
    manifest.data.insert("data/roles.json".into(), Blake3([1; 32]));
    assert_eq!(schema.check(&manifest.to_value()), Ok(()));
    let text = manifest.to_value().to_json_string();
    for (from, to) in [("sha256:", ""), ("blake3:", "sha256:"), ("\"data\":", "\"date\":")] {
        let text = text.replace(from, to);
        assert!(schema.check(&Value::from_json(&text).unwrap()).is_err());
        assert!(Manifest::from_json(text.as_bytes()).is_err());
    }
}
