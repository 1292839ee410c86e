//! GATOS's own functions: what the table's examples do not show.

use crate::lab::Lab;
use crate::meaning::holds;

const GRAPH: &str = r#"{"v": 1,
    "actors": {"user:ann": {"keys": ["ed25519:a"]}, "user:bob": {"keys": [], "retired": []}, "user:cyd": {"keys": ["ed25519:c"]}},
    "groups": {"leads": {"members": ["user:ann", "user:bob", "user:cyd"], "threshold": 2}, "ops": {"members": ["user:cyd"]}},
    "roots": ["user:ann"]}"#;

/// [`holds`], with `$G` for the trust graph and `$R` for grants.
fn holds_there(rows: &str) {
    let graph = GRAPH.replace('\n', " ");
    let grants = GRANTS.replace('\n', " ");
    holds(&rows.replace("$G", &graph).replace("$R", &grants));
}

// Of 2023-07-01T00:00Z, a day later and so on; the last revokes the first.
const GRANTS: &str = r#"[
    {"type": "grant", "ulid": "01H47BZN000000000000000000", "issuer": "user:ann", "subject": "agent:echo", "caps": ["journal:append", "bus:publish"], "exp": "2024-01-01T00:00:00Z"},
    {"type": "grant", "ulid": "01H49YCC000000000000000000", "issuer": "user:ann", "subject": "agent:echo", "caps": ["exec:run"], "not_before": "2023-08-01T00:00:00Z"},
    {"type": "grant", "ulid": "01H4CGS3000000000000000000", "issuer": "user:ann", "subject": "group:ops", "caps": ["state:*"]},
    {"type": "grant", "ulid": "01H4F35T000000000000000000", "issuer": "user:ann", "subject": "agent:echo", "caps": [], "revokes": "01H47BZN000000000000000000"}
]"#;

#[test]
fn capabilities_and_labels() {
    holds(
        r#"
        gatos.caps.has([], "a") --> false
        gatos.caps.has(["*"], "") --> false
        gatos.caps.has({"a:*:c"}, "a:b:c") --> true
        gatos.caps.has(["journal"], "journal:append") --> false
        gatos.caps.has([1], "a") --> undefined
        gatos.caps.has("a", "a") --> undefined
        gatos.caps.has_all([], []) --> true
        gatos.caps.has_all(["a"], ["a", "b"]) --> false
        gatos.caps.has_all(["a"], ["a", 1]) --> undefined
        gatos.caps.missing(["a"], {"c", "b", "a"}) --> ["b","c"]
        gatos.caps.missing(["a"], "a") --> []
        gatos.labels.has({"a"}, "*") --> false
        gatos.labels.has_any([], ["a"]) --> false
        gatos.labels.missing([], "a") --> ["a"]
        "#,
    );
}

#[test]
fn the_trust_graph() {
    holds_there(
        r#"
        gatos.trust.is_actor($G, "user:ann") --> true
        gatos.trust.is_actor($G, "user:bob") --> false
        gatos.trust.is_actor({}, "user:ann") --> false
        gatos.trust.is_actor({"actors": []}, "user:ann") --> undefined
        gatos.trust.actor_missing($G, "user:ann") --> ""
        gatos.trust.is_root($G, "user:cyd") --> false
        gatos.trust.root_missing({}, "user:cyd") --> "user:cyd is no root: the trust graph has none"
        gatos.trust.in_group($G, "user:cyd", "ops") --> true
        gatos.trust.in_group($G, "user:ann", "ops") --> false
        gatos.trust.in_group($G, "user:ann", "none") --> false
        gatos.trust.in_group({"groups": {"ops": {"members": [1]}}}, "user:ann", "ops") --> undefined
        gatos.trust.member_missing($G, "user:ann", "none") --> "there is no group `none` in the trust graph"
        gatos.trust.member_missing($G, "user:ann", "leads") --> ""
        gatos.trust.members($G, "none") --> undefined
        gatos.trust.groups_of($G, "user:cyd") --> ["leads","ops"]
        gatos.trust.groups_of({}, "user:cyd") --> []
        gatos.trust.threshold($G, "ops") --> undefined
        gatos.trust.threshold({"groups": {"a": {"members": [], "threshold": 0}}}, "a") --> undefined
        "#,
    );
}

#[test]
fn grants_count_in_their_time() {
    holds_there(
        r#"
        gatos.ulid.time_ns("01H47BZN000000000000000000") --> 1688169600000000000
        gatos.ulid.time_ns("01H4F35T000000000000000000") --> 1688428800000000000
        gatos.trust.grants_for($R, "agent:echo", 1688169599000000000) --> []
        gatos.trust.grants_for($R, "agent:echo", 1688169600000000000) --> ["bus:publish","journal:append"]
        gatos.trust.grants_for($R, "agent:echo", 1688428799000000000) --> ["bus:publish","journal:append"]
        gatos.trust.grants_for($R, "agent:echo", 1688428800000000000) --> []
        gatos.trust.grants_for($R, "agent:echo", 1690848000000000000) --> ["exec:run"]
        gatos.trust.grants_for($R, "user:cyd", 1690848000000000000) --> []
        gatos.trust.grants_for([{"subject": "a", "caps": ["x"], "exp": "2024-01-01T00:00:00Z"}], "a", 1704067200000000000) --> []
        gatos.trust.grants_for([{"subject": "a", "caps": ["x"], "exp": "2024-01-01T00:00:00Z"}], "a", 1704067199999999999) --> ["x"]
        gatos.trust.grants_for([{"subject": "a", "caps": ["x"], "exp": "tomorrow"}], "a", 0) --> undefined
        gatos.trust.grants_for([{"subject": "a", "caps": "x"}], "a", 0) --> undefined
        gatos.trust.grants_for([{"ulid": "x", "subject": "a", "caps": []}], "a", 0) --> undefined
        gatos.trust.grants_for([1], "a", 0) --> undefined
        gatos.trust.caps_of($G, $R, "user:cyd", 1690848000000000000) --> ["state:*"]
        gatos.trust.caps_of($G, $R, "user:ann", 0) --> ["*"]
        gatos.trust.caps_of($G, $R, "agent:echo", 1690848000000000000) --> ["exec:run"]
        gatos.trust.grants_refused($R, "agent:echo", 1688428800000000000) --> ["01H47BZN000000000000000000: revoked by 01H4F35T000000000000000000","01H49YCC000000000000000000: counts from 2023-08-01T00:00:00Z on"]
        "#,
    );
}

#[test]
fn quorums() {
    holds_there(
        r#"
        gatos.quorum.met("@leads", {"user:ann", "user:cyd"}, $G) --> true
        gatos.quorum.missing("@leads", {"user:ann", "user:eve"}, $G) --> "1 of 2, awaiting user:bob or user:cyd"
        gatos.quorum.missing("all_of(2-of-3@leads, 1-of-*@ops)", ["user:ann", "user:ann", "user:cyd"], $G) --> ""
        gatos.quorum.count("2-of-3@leads", ["user:ann", "user:ann"], $G) --> 1
        gatos.quorum.met("2-of-4@leads", [], $G) --> undefined
        gatos.quorum.met("@ops", [], $G) --> undefined
        gatos.quorum.met("ann", [], $G) --> undefined
        gatos.quorum.met("user:ann", [1], $G) --> undefined
        "#,
    );
}

#[test]
fn names_and_times() {
    holds(
        r#"
        gatos.glob.match("{a", "a") --> undefined
        gatos.ref.match("journal/*/user/*", "refs/gatos/journal/finance/user/ann") --> true
        gatos.ref.match("journal/*", "refs/gatos/journal/finance/user/ann") --> false
        gatos.ref.mismatch("journal/sales/", "refs/gatos/journal/finance/user/ann") --> "`refs/gatos/journal/finance/user/ann` does not match `refs/gatos/journal/sales/**`: they agree up to `refs/gatos/journal/`"
        gatos.ref.namespace("refs/gatos/state/finance.audit") --> "finance"
        gatos.ref.actor("refs/gatos/state/finance") --> undefined
        gatos.epoch.of(3.5) --> undefined
        gatos.epoch.of("refs/heads/3") --> undefined
        gatos.epoch.at_least(11, "refs/gatos/epoch/finance/12") --> false
        gatos.epoch.missing(12, 12) --> ""
        gatos.time.expired("2027-01-01T00:00:00Z", "2027-01-01T00:00:00Z") --> true
        gatos.time.expired("2027-01-01", 0) --> undefined
        gatos.time.expired(0.5, 0) --> undefined
        gatos.time.relation(0, "1970-01-01T00:00:00Z") --> "1970-01-01T00:00:00Z is the same moment as 1970-01-01T00:00:00Z"
        gatos.time.relation(90061000000000, 0) --> "1970-01-02T01:01:01Z is 1d1h after 1970-01-01T00:00:00Z"
        gatos.ulid.time_ns("x") --> undefined
        gatos.ulid.time_ns("7ZZZZZZZZZZZZZZZZZZZZZZZZZ") --> undefined
        "#,
    );
}

/// What a check says and what its companion says fit each other, whoever has approved.
#[test]
fn a_check_holds_just_when_nothing_is_missing() {
    let mut lab = Lab::default();
    let graph = GRAPH.replace('\n', " ");
    let names = ["user:ann", "user:bob", "user:cyd"];
    for bits in 0..8 {
        let chosen: Vec<String> =
            (0..3).filter(|i| bits >> i & 1 == 1).map(|i| format!("{:?}", names[i as usize])).collect();
        let chosen = format!("[{}]", chosen.join(", "));
        for expression in ["@leads", "any_of(user:ann, 1-of-1@ops)", "at_least(2, user:ann, user:bob, @leads)"] {
            let args = format!("({expression:?}, {chosen}, {graph})");
            let met = lab.show(&format!("gatos.quorum.met{args}"));
            let missing = lab.show(&format!("gatos.quorum.missing{args}"));
            assert_eq!(met == "true", missing == "\"\"", "{args}: {met} {missing}");
        }
        for wanted in ["\"user:ann\"", "[\"user:bob\", \"user:cyd\"]"] {
            let check = if wanted.starts_with('[') { "has_all" } else { "has" };
            for part in ["caps", "labels"] {
                let held = lab.show(&format!("gatos.{part}.{check}({chosen}, {wanted})"));
                let missing = lab.show(&format!("gatos.{part}.missing({chosen}, {wanted})"));
                assert_eq!(held == "true", missing == "[]", "{chosen} {wanted}");
            }
        }
    }
}
