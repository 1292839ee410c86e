//! Decisions: what is allowed, what a denial says, and that an error never lets anything through.

mod common;

use common::{NOW, actor, bundle_of, context, gate, gate_within, grant, intent, key};
use gatos_canon::Value;
use gatos_ledger_core::grant::SignedGrant;
use gatos_ledger_core::ulid::Ulid;
use gatos_policy::engine;
use gatos_policy::model::{Code, Decision, ErrorCode, GATE_LIMITS, Intent};
use gatos_policy::rules::Clock;
use gatos_policy::starter;
use gatos_vm::Limits;

fn decide(text: &str, intent: &Intent) -> Decision {
    gate(text).evaluate(intent, &context(vec![]), None).decision
}

#[test]
fn nothing_is_allowed_by_default() {
    let decision = decide("package gatos.exec\n\nx := 1\n", &intent("user:ann"));
    assert_eq!((decision.code, decision.rules.len()), (Code::NotPermitted, 0));
    assert!(decision.explain.contains("no rule named `allow`"), "{}", decision.explain);
    // Other packages have no say.
    assert_eq!(decide("package other\n\nallow := true\n", &intent("user:ann")).code, Code::NotPermitted);
}

#[test]
fn one_allow_suffices_and_one_deny_forbids() {
    let text = |deny: &str| format!("package gatos.exec\n\nallow if input.actor == \"user:ann\"\n\n{deny}\n");
    let allowed = decide(&text(""), &intent("user:ann"));
    assert_eq!((allowed.code, allowed.explain.as_str()), (Code::Allowed, "gatos.exec.allow#1 holds"));
    assert_eq!(allowed.rules[0].name, "gatos.exec.allow#1");
    let denied = decide(
        &text("deny contains msg if {\n\tinput.intent == \"intent.exec.run\"\n\tmsg := \"frozen\"\n}"),
        &intent("user:ann"),
    );
    assert_eq!((denied.code, denied.explain.as_str()), (Code::Forbidden, "frozen"));
    assert_eq!(denied.rules[0].name, "gatos.exec.deny#1");
    assert_eq!(denied.rules[0].place.as_deref(), Some("policies/exec.rgs:5"));
    assert_eq!(denied.rules[0].reason, "frozen");
}

#[test]
fn what_is_not_permitted_tells_the_furthest_condition() {
    let text = "package gatos.exec

allow if {
	input.target.kind == \"state\"
	input.actor == \"user:ann\"
}

allow if {
	input.target.kind == \"journal\"
	gatos.caps.has(input.granted, \"exec:run\")
}
";
    let denied = decide(text, &intent("agent:echo"));
    assert_eq!((denied.code, denied.explain.as_str()), (Code::NotPermitted, "caps missing: exec:run"));
    let rules: Vec<_> = denied.rules.iter().map(|r| (r.name.as_str(), r.place.as_deref().unwrap())).collect();
    assert_eq!(rules, [("gatos.exec.allow#2", "policies/exec.rgs:8"), ("gatos.exec.allow#1", "policies/exec.rgs:3")]);
    assert_eq!(
        denied.rules[1].reason,
        "`input.target.kind == \"state\"` does not hold: input.target.kind is \"journal\""
    );
    let granted = context(vec![grant("agent:echo", &["exec:*"])]);
    assert_eq!(gate(text).evaluate(&intent("agent:echo"), &granted, None).decision.code, Code::Allowed);
}

#[test]
fn what_is_missing_is_found_below_helper_rules() {
    let text = "package gatos.exec

allow if {
	input.intent == \"intent.exec.run\"
	may_run
}

may_run if approved_by_leads

approved_by_leads if gatos.quorum.met(\"2-of-2@leads\", input.payload.approvals, input.trust)
";
    let mut wish = intent("agent:echo");
    wish.payload = Value::from_json(r#"{"approvals":["user:ann"]}"#).unwrap();
    let denied = decide(text, &wish);
    assert_eq!(denied.explain, "1 of 2, awaiting user:bob");
    wish.payload = Value::from_json(r#"{"approvals":["user:ann","user:bob"]}"#).unwrap();
    assert_eq!(decide(text, &wish).code, Code::Allowed);
}

#[test]
fn explanations_tell_values_and_conditions() {
    let text = "package gatos.pay

allow if {
	input.actor_kind == \"user\"
	input.payload.amount < 100
}

deny contains {\"msg\": msg, \"over\": over} if {
	over := input.payload.amount - 50
	over > 0
	msg := sprintf(\"%d too much\", [over])
}
";
    let mut gate = gate(text);
    let mut wish = intent("user:bob");
    wish.payload = Value::from_json(r#"{"amount":120}"#).unwrap();
    let evaluated = gate.evaluate(&wish, &context(vec![]), None);
    assert_eq!(evaluated.decision.explain, "70 too much");
    let explained = gate.explain(&evaluated.input.json);
    assert_eq!(explained.decision, evaluated.decision);
    assert_eq!(explained.hits.len(), 1);
    assert_eq!(explained.hits[0].reasons, [Value::from_json(r#"{"msg":"70 too much","over":70}"#).unwrap()]);
    let values: Vec<_> = explained.hits[0].values.iter().map(|(name, v)| (name.as_str(), v.to_json_string())).collect();
    let expected = [("msg", "\"70 too much\""), ("over", "70"), ("input.payload.amount", "120")];
    assert_eq!(values, expected.map(|(name, v)| (name, v.to_string())));
    let miss = &explained.misses[0];
    assert_eq!((miss.held, miss.condition.as_deref()), (1, Some("input.payload.amount < 100")));
    assert_eq!(miss.place.as_deref(), Some("policies/exec.rgs:5"));
    let view = explained.view().to_json_string();
    assert!(
        view.contains(r#""code":"forbidden""#) && view.contains(r#""condition_place":"policies/exec.rgs:5""#),
        "{view}"
    );
}

#[test]
fn loops_tell_how_far_the_best_try_came() {
    let text = "package gatos.exec

allow if {
	some role in data.roles
	role.actor == input.actor
	role.level > 3
}
";
    let roles = r#"[{"actor":"user:ann","level":9},{"actor":"user:bob","level":2},{"actor":"user:cy","level":1}]"#;
    let bundle = bundle_of(&[("policies/exec.rgs", text)], &[("data/roles.json", roles)]);
    let mut gate = engine::open(bundle, GATE_LIMITS).unwrap();
    let mut reason = |name: &str| gate.evaluate(&intent(name), &context(vec![]), None).decision.rules[0].reason.clone();
    assert_eq!(reason("user:bob"), "`role.level > 3` does not hold: role is {\"actor\":\"user:bob\",\"level\":2}");
    assert_eq!(reason("agent:echo"), "no actor in data.roles is \"agent:echo\"");
    assert_eq!(reason("user:ann"), "holds");
}

#[test]
fn errors_deny_with_their_own_code() {
    let wish = intent("user:ann");
    let conflict = "package gatos.exec\n\nallow if input.actor == \"user:ann\"\n\nn := 1 if input.actor\nn := 2 if input.intent\n\ndeny contains \"x\" if n == 3\n";
    let decision = decide(conflict, &wish);
    assert_eq!(decision.code, Code::Error(ErrorCode::Conflict));
    assert!(decision.explain.starts_with("eval_conflict_error"), "{}", decision.explain);
    assert!(decision.explain.contains("(data.gatos.exec.n)"), "{}", decision.explain);
    assert!(decision.rules[0].place.as_deref().unwrap().starts_with("policies/exec.rgs:"));
    let contract = decide("package gatos.exec\n\nallow := input.intent\n", &wish);
    assert_eq!(contract.code, Code::Error(ErrorCode::Contract));
    assert!(contract.explain.contains("gatos.exec.allow is not a boolean"), "{}", contract.explain);
    // The gate is strict: an error of a library function ends the decision, so no `deny` is lost by it.
    let builtin = decide("package gatos.exec\n\nallow if 1 / input.payload.zero == 1\n", &{
        let mut wish = wish.clone();
        wish.payload = Value::from_json(r#"{"zero":0}"#).unwrap();
        wish
    });
    assert_eq!(builtin.code, Code::Error(ErrorCode::Builtin));
    let pattern = "package gatos.exec\n\nallow if true\n\ndeny contains \"x\" if regex.match(\"(foo\", input.actor)\n";
    assert_eq!(decide(pattern, &wish).code, Code::Error(ErrorCode::Builtin));
}

#[test]
fn a_loop_over_huge_data_runs_out_of_fuel() {
    let text = "package gatos.exec

allow if {
	some a in numbers.range(1, 2000)
	some b in numbers.range(1, 2000)
	a * b == input.payload.n
}
";
    let mut wish = intent("user:ann");
    wish.payload = Value::from_json(r#"{"n":-1}"#).unwrap();
    let limits = Limits { fuel: 200_000, ..GATE_LIMITS };
    let evaluated = gate_within(text, limits).evaluate(&wish, &context(vec![]), None);
    assert_eq!(evaluated.decision.code, Code::Error(ErrorCode::Fuel));
    assert!(evaluated.decision.explain.contains("policy.limits.fuel"), "{}", evaluated.decision.explain);
    // The same everywhere: what it took is part of the record.
    let again = gate_within(text, limits).replay(&evaluated.input.json);
    assert_eq!(again, evaluated.decision);
    let little = Limits { memory: 20_000, ..GATE_LIMITS };
    assert_eq!(
        gate_within(text, little).evaluate(&wish, &context(vec![]), None).decision.code,
        Code::Error(ErrorCode::Memory)
    );
}

#[test]
fn nobody_dates_back_past_an_expiry() {
    let text = starter::POLICY;
    let mut wish = intent("agent:echo");
    wish.ulid = Ulid::first_of(NOW - 3_000_000).unwrap();
    let clock = Clock { now_ms: NOW, skew_ms: 600_000 };
    let granted = |caps: &[&str]| context(vec![grant("agent:echo", caps)]);
    let early = gate(text).evaluate(&wish, &granted(&["journal:append"]), Some(&clock));
    assert_eq!((early.decision.code, early.clock), (Code::Skew, Some(clock)));
    assert!(early.decision.explain.contains("3000 s behind the gate's clock"), "{}", early.decision.explain);
    let backfill = gate(text).evaluate(&wish, &granted(&["journal:*"]), Some(&clock));
    assert_eq!(backfill.decision.code, Code::Allowed);
    let owner = Intent { actor: actor("user:ann"), ..wish.clone() };
    assert_eq!(gate(text).evaluate(&owner, &context(vec![]), Some(&clock)).decision.code, Code::Allowed);
    wish.ulid = Ulid::first_of(NOW + 601_000).unwrap();
    let late = gate(text).evaluate(&wish, &granted(&["journal:append"]), Some(&clock));
    assert!(late.decision.explain.contains("ahead of"), "{}", late.decision.explain);
    // A time that no policy could count.
    wish.ulid = Ulid::MAX;
    let never = gate(text).evaluate(&wish, &granted(&["*"]), None);
    assert_eq!(never.decision.code, Code::Error(ErrorCode::Input));
}

#[test]
fn under_the_starter_its_owner_works_and_nobody_else() {
    let mut gate = gate(starter::POLICY);
    let mut code = |name: &str, caps: &[&str], uses: &[&str]| {
        let mut wish = intent(name);
        wish.caps = uses.iter().map(|cap| cap.to_string()).collect();
        let grants = if caps.is_empty() { vec![] } else { vec![grant(name, caps)] };
        let decision = gate.evaluate(&wish, &context(grants), None).decision;
        (decision.code, decision.explain)
    };
    assert_eq!(code("user:ann", &[], &["exec:run"]).0, Code::Allowed);
    assert_eq!(code("agent:echo", &[], &[]), (Code::NotPermitted, "caps missing: journal:append".into()));
    assert_eq!(code("agent:echo", &["journal:append"], &[]).0, Code::Allowed);
    let claims = code("agent:echo", &["journal:append"], &["exec:run", "journal:append"]);
    assert_eq!(claims, (Code::Forbidden, "caps in use but not granted: exec:run".into()));
}

#[test]
fn the_recorded_input_is_all_that_decides() {
    let mut gate = gate(starter::POLICY);
    let context = context(vec![grant("group:leads", &["journal:append", "bus:*"])]);
    let evaluated = gate.evaluate(&intent("user:bob"), &context, None);
    assert_eq!(gate.replay(&evaluated.input.json), evaluated.decision);
    let input = Value::from_json_bytes(&evaluated.input.json).unwrap();
    let text = |path: &[&str]| {
        let found = path.iter().try_fold(&input, |at, key| at.get(key));
        found.map(Value::to_json_string).unwrap_or_default()
    };
    assert_eq!(text(&["actor"]), "\"user:bob\"");
    assert_eq!(text(&["granted"]), r#"["bus:*","journal:append"]"#);
    assert_eq!(text(&["now"]), "1800000000000000000");
    assert_eq!(text(&["target"]), r#"{"kind":"journal","ns":"finance","ref":"refs/gatos/journal/finance/user/bob"}"#);
    assert_eq!(text(&["trust", "roots"]), r#"["user:ann"]"#);
    assert_eq!(input.to_json_string().as_bytes(), evaluated.input.json, "the input is canonical");
    // Other trust, another chain.
    let less = gate.evaluate(&intent("user:bob"), &common::context(vec![]), None);
    assert_ne!(less.decision.trust_chain, evaluated.decision.trust_chain);
}

#[test]
fn a_grant_to_come_does_not_count_yet() {
    let clock = |now_ms| Clock { now_ms, skew_ms: 600_000 };
    let later = |caps: &[&str], from: u64| {
        let mut given = grant("agent:echo", caps).grant;
        given.not_before = Some(from);
        given.sign(&key("user:ann")).unwrap()
    };
    let decide = |wish: &Intent, given: &[SignedGrant], now: Option<u64>| {
        let clock = now.map(clock);
        gate(starter::POLICY).evaluate(wish, &context(given.to_vec()), clock.as_ref()).decision.code
    };
    let mut wish = intent("agent:echo");
    let future = vec![later(&["journal:*"], NOW + 3_600_000)];
    assert_eq!(decide(&wish, &future, Some(NOW)), Code::NotPermitted);
    assert_eq!(decide(&wish, &future, None), Code::NotPermitted);
    // Neither does it lift the rule of the clock.
    wish.ulid = Ulid::first_of(NOW - 3_000_000).unwrap();
    assert_eq!(decide(&wish, &future, Some(NOW)), Code::Skew);
    // Nor does one that the issuer did not sign shift what counts.
    let mut forged = later(&["journal:*"], NOW - 10);
    forged.signature = grant("user:bob", &["a:b"]).signature;
    let good = later(&["journal:*"], NOW - 1000);
    assert_eq!(decide(&wish, &[forged], Some(NOW)), Code::Skew);
    assert_eq!(decide(&wish, &[good], Some(NOW)), Code::Allowed, "judged by what was granted since");
}
