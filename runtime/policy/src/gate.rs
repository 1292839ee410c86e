//! The gate: an intent and a context go in, a decision comes out, the same on every machine and at any later time.
//!
//! Allowed means that some `allow` below package `gatos` is true and every `deny` there is empty. The first pass
//! records no more than rule names; a denial is explained by asking again with tracing.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use gatos_canon::{Map, Sha256, Value, blake3};
use gatos_ledger_core::decision::DecidedRule;

use crate::model::{Code, Context, Decision, ErrorCode, Input, Intent};
use crate::ports::{Fault, Hit, Machine, Miss, RuleRef, Ruling, Trace};
use crate::rules::{self, Clock, Role, check_skew, contract};

/// The most rules that a decision lists, and the most bytes of each reason.
const MAX_RULES: usize = 64;
const MAX_REASON: usize = 1000;
/// The most bytes of a value within a sentence.
const LONGEST_VALUE: usize = 200;

/// A decision with the input it was made on.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluated {
    /// The decision.
    pub decision: Decision,
    /// The recorded input.
    pub input: Input,
    /// The clock that it was held against, when that decided.
    pub clock: Option<Clock>,
}

/// A decision with everything that can be said about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The decision.
    pub decision: Decision,
    /// Deny rules that fired.
    pub hits: Vec<Hit>,
    /// Allow rules that did not hold, those that came furthest first.
    pub misses: Vec<Miss>,
}

/// A policy in force.
pub struct Gate {
    machine: Box<dyn Machine>,
    policy_root: Sha256,
}

impl Gate {
    /// A gate over a machine that holds the policy of this root.
    pub fn new(machine: Box<dyn Machine>, policy_root: Sha256) -> Gate {
        Gate { machine, policy_root }
    }

    /// The bundle that decides.
    pub fn policy_root(&self) -> Sha256 {
        self.policy_root
    }

    /// Decides whether an intent may become a write. With a clock, the skew rule is applied first.
    pub fn evaluate(&mut self, intent: &Intent, context: &Context, clock: Option<&Clock>) -> Evaluated {
        let (input, _) = match rules::input(intent, context, clock.map(|clock| clock.now_ms)) {
            Ok(made) => made,
            Err(why) => return self.unreadable(intent, context, why),
        };
        if let Some(clock) = clock
            && let Err(why) = check_skew(intent, context, clock)
        {
            let decision = self.decision(Code::Skew, why, 0, Some(input.trust_chain));
            return Evaluated { decision, input, clock: Some(*clock) };
        }
        let decision = self.judge(&input.json, Some(input.trust_chain));
        Evaluated { decision, input, clock: None }
    }

    /// Decides again on a recorded input.
    pub fn replay(&mut self, input: &[u8]) -> Decision {
        let chain = Value::from_json_bytes(input).ok().and_then(|value| rules::recorded_trust_chain(&value));
        self.judge(input, chain)
    }

    /// Decides again on a recorded input, and says all there is to say.
    pub fn explain(&mut self, input: &[u8]) -> Explanation {
        let chain = Value::from_json_bytes(input).ok().and_then(|value| rules::recorded_trust_chain(&value));
        let (decision, trace) = self.judge_traced(input, chain, true);
        Explanation { decision, hits: trace.hits, misses: trace.misses }
    }

    fn decision(&self, code: Code, explain: String, fuel: u64, trust_chain: Option<Sha256>) -> Decision {
        let policy_root = Some(self.policy_root);
        Decision { code, rules: Vec::new(), explain: cut(&explain), fuel, policy_root, trust_chain }
    }

    /// An intent of which no input can be made is still on record, as far as it can be said.
    fn unreadable(&self, intent: &Intent, context: &Context, why: String) -> Evaluated {
        let mut map = Map::new();
        map.insert("intent", intent.intent.clone());
        map.insert("resource", intent.resource.clone());
        map.insert("actor", intent.actor.to_string());
        map.insert("ulid", intent.ulid.to_string());
        let json = Value::Map(map).to_json_string().into_bytes();
        let trust_chain = rules::trust_chain(context.graph(), &[]);
        let decision = self.decision(Code::Error(ErrorCode::Input), why, 0, Some(trust_chain));
        Evaluated { decision, input: Input { digest: blake3(&json), json, trust_chain }, clock: None }
    }

    fn judge(&mut self, input: &[u8], chain: Option<Sha256>) -> Decision {
        self.judge_traced(input, chain, false).0
    }

    fn judge_traced(&mut self, input: &[u8], chain: Option<Sha256>, all: bool) -> (Decision, Trace) {
        let ruling = match self.machine.ask(input) {
            Ok(ruling) => ruling,
            Err(fault) => return (self.faulted(fault, chain), Trace::default()),
        };
        let code = code_of(&ruling);
        let mut decision = self.decision(code, String::new(), ruling.fuel, chain);
        if code == Code::Allowed {
            let allows = ruling.fired.iter().filter(|name| is_of(name, "allow"));
            decision.rules =
                allows.map(|name| DecidedRule { name: name.clone(), place: None, reason: held() }).collect();
            decision.explain = match decision.rules.first() {
                Some(rule) => format!("{} holds", rule.name),
                None => "allow holds".to_owned(),
            };
            if !all {
                return (decision, Trace::default());
            }
        }
        // Asked again, the same policy does the same. Should it run out of something now, the decision stands.
        let mut trace = self.machine.trace(input).unwrap_or_default();
        trace.misses.sort_by(|a, b| b.held.cmp(&a.held).then_with(|| a.rule.name.cmp(&b.rule.name)));
        match code {
            Code::Forbidden => forbid(&mut decision, &ruling, &trace),
            Code::NotPermitted => not_permit(&mut decision, &trace),
            Code::Error(_) => decision.explain = broken_contract(&ruling),
            Code::Allowed | Code::Skew => {}
        }
        decision.rules.truncate(MAX_RULES);
        (decision, trace)
    }

    fn faulted(&self, fault: Fault, chain: Option<Sha256>) -> Decision {
        let mut decision = self.decision(Code::Error(fault.code), fault.message.clone(), fault.fuel, chain);
        if let Some(place) = fault.place {
            // Where it went wrong stands for the rule: there is none that decided.
            decision.rules.push(DecidedRule { name: place.clone(), place: Some(place), reason: cut(&fault.message) });
        }
        decision
    }
}

fn held() -> String {
    "holds".to_owned()
}

fn is_of(rule: &str, role: &str) -> bool {
    rule.rsplit_once('#').is_some_and(|(document, _)| document.rsplit('.').next() == Some(role))
}

fn members(value: &Value) -> &[Value] {
    value.as_array().unwrap_or(&[])
}

/// What the documents say, by the decision contract. A document of the wrong kind allows nothing.
fn code_of(ruling: &Ruling) -> Code {
    let mut is_allowed = false;
    let mut is_denied = false;
    for answer in &ruling.answers {
        match (answer.role, &answer.value) {
            (_, None) => {}
            (Role::Allow, Some(Value::Bool(value))) => is_allowed |= value,
            (Role::Deny, Some(Value::Array(reasons))) => is_denied |= !reasons.is_empty(),
            (_, Some(_)) => return Code::Error(ErrorCode::Contract),
        }
    }
    contract(is_allowed, is_denied)
}

fn broken_contract(ruling: &Ruling) -> String {
    let broken = ruling.answers.iter().find(|answer| match (answer.role, &answer.value) {
        (Role::Allow, Some(value)) => value.as_bool().is_none(),
        (Role::Deny, Some(value)) => value.as_array().is_none(),
        (_, None) => false,
    });
    match broken {
        Some(answer) if answer.role == Role::Allow => {
            format!("{} is not a boolean; write `allow if …`", answer.document)
        }
        Some(answer) => format!("{} is not a set of reasons; write `deny contains reason if …`", answer.document),
        None => String::new(),
    }
}

/// A reason as a sentence: a text, or the `msg`, `message` or `reason` of an object, or JSON.
pub fn reason_text(reason: &Value) -> String {
    let inner = ["msg", "message", "reason"].iter().find_map(|name| reason.get(name).and_then(Value::as_text));
    match reason.as_text().or(inner) {
        Some(text) => cut(text),
        None => cut(&reason.to_json_string()),
    }
}

fn cut(text: &str) -> String {
    if text.len() <= MAX_REASON {
        return text.to_owned();
    }
    let mut end = MAX_REASON;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", &text[..end])
}

fn decided(rule: &RuleRef, reason: String) -> DecidedRule {
    DecidedRule { name: rule.name.clone(), place: rule.place.clone(), reason }
}

fn forbid(decision: &mut Decision, ruling: &Ruling, trace: &Trace) {
    for hit in &trace.hits {
        let reasons: Vec<String> = hit.reasons.iter().map(reason_text).collect();
        let reason = match reasons.is_empty() {
            false => reasons.join("; "),
            true => hit.rule.title.clone().unwrap_or_else(held),
        };
        decision.rules.push(decided(&hit.rule, cut(&reason)));
    }
    let denials = || ruling.answers.iter().filter(|answer| answer.role == Role::Deny);
    if decision.rules.is_empty() {
        for answer in denials() {
            let reasons: Vec<String> = answer.value.iter().flat_map(members).map(reason_text).collect();
            if !reasons.is_empty() {
                let name = answer.document.clone();
                decision.rules.push(DecidedRule { name, place: None, reason: cut(&reasons.join("; ")) });
            }
        }
    }
    // The documents have the reasons in their order; rules may share one.
    let mut reasons: Vec<String> = Vec::new();
    for reason in denials().flat_map(|answer| answer.value.iter().flat_map(members)).map(reason_text) {
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    decision.explain = cut(&reasons.join("; "));
}

/// What a rule lacked, as a sentence.
pub fn miss_text(miss: &Miss) -> String {
    if let Some(missing) = &miss.missing {
        return cut(missing);
    }
    match &miss.condition {
        Some(condition) => {
            let shown = |(name, value): &(String, Value)| format!("{name} is {}", value.to_json_string());
            // A sentence with the whole trust graph in it is none.
            let values: Vec<String> =
                miss.values.iter().map(shown).filter(|text| text.len() <= LONGEST_VALUE).collect();
            let colon = if values.is_empty() { "" } else { ": " };
            cut(&format!("`{condition}` does not hold{colon}{}", values.join(", ")))
        }
        None => "it does not hold".to_owned(),
    }
}

fn not_permit(decision: &mut Decision, trace: &Trace) {
    decision.rules = trace.misses.iter().map(|miss| decided(&miss.rule, miss_text(miss))).collect();
    let speaking = trace.misses.iter().find(|miss| miss.missing.is_some()).or(trace.misses.first());
    decision.explain = match speaking {
        Some(miss) => miss_text(miss),
        None => "no rule named `allow` below package `gatos` could permit it".to_owned(),
    };
    // What the sentence tells stands first, so that `rule` and `explain` speak of one rule.
    if let Some(at) = speaking.and_then(|miss| decision.rules.iter().position(|rule| rule.name == miss.rule.name)) {
        let first = decision.rules.remove(at);
        decision.rules.insert(0, first);
    }
}

/// An explanation as data, for `--json`.
impl Explanation {
    /// The tree.
    pub fn view(&self) -> Value {
        fn rule(rule: &RuleRef) -> Map {
            let mut map = Map::new();
            map.insert("name", rule.name.clone());
            for (name, text) in [("place", &rule.place), ("title", &rule.title), ("description", &rule.description)] {
                if let Some(text) = text {
                    map.insert(name, text.clone());
                }
            }
            if let Some(custom) = rule.custom.as_deref().and_then(|text| Value::from_json(text).ok()) {
                map.insert("custom", custom);
            }
            map
        }
        let values = |values: &[(String, Value)]| {
            let map: Map = values.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
            Value::Map(map)
        };
        let hit = |hit: &Hit| {
            let mut map = rule(&hit.rule);
            map.insert("reasons", Value::Array(hit.reasons.clone()));
            map.insert("values", values(&hit.values));
            Value::Map(map)
        };
        let miss = |miss: &Miss| {
            let mut map = rule(&miss.rule);
            map.insert("held", i64::from(miss.held));
            for (name, text) in
                [("condition", &miss.condition), ("condition_place", &miss.place), ("missing", &miss.missing)]
            {
                if let Some(text) = text {
                    map.insert(name, text.clone());
                }
            }
            map.insert("values", values(&miss.values));
            Value::Map(map)
        };
        let mut map = Map::new();
        map.insert("result", if self.decision.is_allowed() { "ALLOW" } else { "DENY" });
        map.insert("code", self.decision.code.to_string());
        map.insert("explain", self.decision.explain.clone());
        map.insert("fuel", i64::try_from(self.decision.fuel).unwrap_or(i64::MAX));
        map.insert("forbidden_by", Value::Array(self.hits.iter().map(hit).collect()));
        map.insert("not_permitted_by", Value::Array(self.misses.iter().map(miss).collect()));
        Value::Map(map)
    }
}
