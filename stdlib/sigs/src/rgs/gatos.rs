//! Rows: GATOS's own functions, and which of them says what a check lacks.

use super::{Builtin, Types, f, p, pn};
use crate::{CHAR_BYTES_PER_FUEL, bytes, per};

const BOOLEAN: Types = Types::BOOLEAN;
const NUMBER: Types = Types::NUMBER;
const STRING: Types = Types::STRING;
const OBJECT: Types = Types::OBJECT;
const SET: Types = Types::SET;

const LIST: Types = Types::ARRAY.or(SET);
const TEXTS: &str = "array or set of strings";
const ONE_OR_MORE: Types = STRING.or(LIST);
const TIME: Types = STRING.or(NUMBER);
const TIME_NOTE: &str = "RFC 3339, or nanoseconds since 1970";
const EPOCH: Types = STRING.or(NUMBER);
const EPOCH_NOTE: &str = "an epoch's number or its ref";
const GRAPH_NOTE: &str = "the trust graph, `input.trust`";
const GRANTS_NOTE: &str = "array or set of verified grants";

/// Checks and their companions: a companion takes the same arguments and says what the check lacks, as a text or a
/// set of texts that is empty when nothing is lacking. (Of times and of `expired`, which are good or bad by what the
/// policy makes of them, it says how they lie.)
pub const MISSING: &[(&str, &str)] = &[
    ("gatos.caps.has", "gatos.caps.missing"),
    ("gatos.caps.has_all", "gatos.caps.missing"),
    ("gatos.epoch.at_least", "gatos.epoch.missing"),
    ("gatos.glob.match", "gatos.glob.mismatch"),
    ("gatos.labels.has", "gatos.labels.missing"),
    ("gatos.labels.has_all", "gatos.labels.missing"),
    ("gatos.labels.has_any", "gatos.labels.missing"),
    ("gatos.quorum.met", "gatos.quorum.missing"),
    ("gatos.ref.match", "gatos.ref.mismatch"),
    ("gatos.time.after", "gatos.time.relation"),
    ("gatos.time.before", "gatos.time.relation"),
    ("gatos.time.expired", "gatos.time.relation"),
    ("gatos.trust.in_group", "gatos.trust.member_missing"),
    ("gatos.trust.is_actor", "gatos.trust.actor_missing"),
    ("gatos.trust.is_root", "gatos.trust.root_missing"),
];

/// The companion that says what a check lacks.
pub fn companion(check: &str) -> Option<&'static Builtin> {
    let (_, name) = MISSING.iter().find(|(name, _)| *name == check)?;
    super::find(name)
}

pub(crate) const BUILTINS: &[Builtin] = &[
    f("gatos.caps.has", "gatos.caps", &[pn("caps", LIST, TEXTS), p("wanted", STRING)], BOOLEAN)
        .costs(4, &[per(1, "capabilities, twice"), per(CHAR_BYTES_PER_FUEL, "bytes of all pairs")])
        .does("Whether one of the capabilities covers the wanted one. `*` is one word between colons, as the last word all that follow, and alone everything.")
        .like("gatos.caps.has([\"journal:*\"], \"journal:append\") --> true\ngatos.caps.has([\"journal:append\"], \"journal\") --> false"),
    f("gatos.caps.has_all", "gatos.caps", &[pn("caps", LIST, TEXTS), pn("wanteds", LIST, TEXTS)], BOOLEAN)
        .costs(4, &[per(1, "pairs of held and wanted"), per(CHAR_BYTES_PER_FUEL, "bytes of all pairs")])
        .does("Whether each wanted capability is covered by one that is held.")
        .like("gatos.caps.has_all({\"exec:*\", \"bus:publish\"}, [\"exec:run\", \"bus:publish\"]) --> true"),
    f("gatos.caps.missing", "gatos.caps", &[pn("caps", LIST, TEXTS), pn("wanteds", ONE_OR_MORE, "string, or array or set of strings")], SET)
        .costs(4, &[per(1, "pairs of held and wanted"), per(CHAR_BYTES_PER_FUEL, "bytes of all pairs")])
        .does("The wanted capabilities that none of those held covers.")
        .like("gatos.caps.missing([\"journal:append\"], [\"exec:run\", \"journal:append\"]) --> [\"exec:run\"]\ngatos.caps.missing([\"*\"], \"exec:run\") --> []"),
    f("gatos.labels.has", "gatos.labels", &[pn("labels", LIST, TEXTS), p("label", STRING)], BOOLEAN)
        .costs(4, &[per(1, "labels, twice"), per(CHAR_BYTES_PER_FUEL, "bytes of all pairs")])
        .does("Whether a label is there.")
        .like("gatos.labels.has([\"private\"], \"private\") --> true"),
    f("gatos.labels.has_all", "gatos.labels", &[pn("labels", LIST, TEXTS), pn("wanteds", LIST, TEXTS)], BOOLEAN)
        .costs(4, &[per(1, "pairs of labels"), per(CHAR_BYTES_PER_FUEL, "bytes of all pairs")])
        .does("Whether all of some labels are there.")
        .like("gatos.labels.has_all([\"private\", \"eu\"], [\"eu\", \"us\"]) --> false"),
    f("gatos.labels.has_any", "gatos.labels", &[pn("labels", LIST, TEXTS), pn("wanteds", LIST, TEXTS)], BOOLEAN)
        .costs(4, &[per(1, "pairs of labels"), per(CHAR_BYTES_PER_FUEL, "bytes of all pairs")])
        .does("Whether at least one of some labels is there.")
        .like("gatos.labels.has_any([\"private\", \"eu\"], [\"eu\", \"us\"]) --> true\ngatos.labels.has_any([\"eu\"], []) --> false"),
    f("gatos.labels.missing", "gatos.labels", &[pn("labels", LIST, TEXTS), pn("wanteds", ONE_OR_MORE, "string, or array or set of strings")], SET)
        .costs(4, &[per(1, "pairs of labels"), per(CHAR_BYTES_PER_FUEL, "bytes of all pairs")])
        .does("Those of some labels that are not there.")
        .like("gatos.labels.missing([\"private\", \"eu\"], [\"eu\", \"us\"]) --> [\"us\"]"),
    f("gatos.trust.is_actor", "gatos.trust", &[pn("graph", OBJECT, GRAPH_NOTE), p("actor", STRING)], BOOLEAN)
        .costs(4, &[])
        .does("Whether the trust graph has a key in use for an actor.")
        .fails("A graph of another form.")
        .like("gatos.trust.is_actor({\"actors\": {\"user:ann\": {\"keys\": [\"ed25519:x\"]}}}, \"user:ann\") --> true\ngatos.trust.is_actor({\"actors\": {\"user:ann\": {\"keys\": []}}}, \"user:ann\") --> false"),
    f("gatos.trust.actor_missing", "gatos.trust", &[pn("graph", OBJECT, GRAPH_NOTE), p("actor", STRING)], STRING)
        .costs(4, &[])
        .does("Why `gatos.trust.is_actor` is false; empty when it is true.")
        .fails("A graph of another form.")
        .like("gatos.trust.actor_missing({\"actors\": {}}, \"user:eve\") --> \"user:eve has no key in the trust graph\""),
    f("gatos.trust.is_root", "gatos.trust", &[pn("graph", OBJECT, GRAPH_NOTE), p("actor", STRING)], BOOLEAN)
        .costs(4, &[per(1, "roots")])
        .does("Whether an actor is a root: one who may change the trust graph, install policies and issue grants.")
        .fails("A graph of another form.")
        .like("gatos.trust.is_root({\"roots\": [\"user:ann\"]}, \"user:ann\") --> true"),
    f("gatos.trust.root_missing", "gatos.trust", &[pn("graph", OBJECT, GRAPH_NOTE), p("actor", STRING)], STRING)
        .costs(4, &[per(1, "roots")])
        .does("Why `gatos.trust.is_root` is false; empty when it is true.")
        .fails("A graph of another form.")
        .like("gatos.trust.root_missing({\"roots\": [\"user:ann\"]}, \"user:eve\") --> \"user:eve is no root; these are: user:ann\""),
    f("gatos.trust.in_group", "gatos.trust", &[pn("graph", OBJECT, GRAPH_NOTE), p("actor", STRING), p("group", STRING)], BOOLEAN)
        .costs(4, &[per(1, "members of the group")])
        .does("Whether an actor is a member of a group; false when there is no such group.")
        .fails("A graph of another form.")
        .like("gatos.trust.in_group({\"groups\": {\"leads\": {\"members\": [\"user:ann\"]}}}, \"user:ann\", \"leads\") --> true"),
    f("gatos.trust.member_missing", "gatos.trust", &[pn("graph", OBJECT, GRAPH_NOTE), p("actor", STRING), p("group", STRING)], STRING)
        .costs(4, &[per(1, "members of the group")])
        .does("Why `gatos.trust.in_group` is false; empty when it is true.")
        .fails("A graph of another form.")
        .like("gatos.trust.member_missing({\"groups\": {\"leads\": {\"members\": [\"user:ann\", \"user:bob\"]}}}, \"user:eve\", \"leads\") --> \"user:eve is not in `leads`: user:ann, user:bob\""),
    f("gatos.trust.members", "gatos.trust", &[pn("graph", OBJECT, GRAPH_NOTE), p("group", STRING)], SET)
        .costs(4, &[per(1, "members of the group")])
        .does("The members of a group.")
        .fails("There is no such group; a graph of another form.")
        .like("gatos.trust.members({\"groups\": {\"leads\": {\"members\": [\"user:bob\", \"user:ann\"]}}}, \"leads\") --> [\"user:ann\",\"user:bob\"]"),
    f("gatos.trust.threshold", "gatos.trust", &[pn("graph", OBJECT, GRAPH_NOTE), p("group", STRING)], NUMBER)
        .costs(4, &[per(1, "members of the group")])
        .does("How many members act for a group.")
        .fails("There is no such group, or it says nothing of this; a graph of another form.")
        .like("gatos.trust.threshold({\"groups\": {\"leads\": {\"members\": [\"user:bob\", \"user:ann\"], \"threshold\": 2}}}, \"leads\") --> 2"),
    f("gatos.trust.groups_of", "gatos.trust", &[pn("graph", OBJECT, GRAPH_NOTE), p("actor", STRING)], SET)
        .costs(4, &[per(1, "groups and their members")])
        .does("The groups that an actor is a member of.")
        .fails("A graph of another form.")
        .like("gatos.trust.groups_of({\"groups\": {\"leads\": {\"members\": [\"user:ann\"]}, \"ops\": {\"members\": []}}}, \"user:ann\") --> [\"leads\"]"),
    f("gatos.trust.grants_for", "gatos.trust", &[pn("grants", LIST, GRANTS_NOTE), p("actor", STRING), pn("now", NUMBER, "nanoseconds since 1970")], SET)
        .costs(8, &[per(1, "grants, eight times, and their capabilities")])
        .does("The capabilities that grants to an actor give now. A grant counts from its ULID's time and its `not_before` until its `exp`, and not once another one `revokes` it. Signatures and audiences are the gate's to check.")
        .fails("A grant of another form.")
        .like("gatos.trust.grants_for([{\"subject\": \"user:ann\", \"caps\": [\"exec:run\"], \"exp\": \"2027-01-01T00:00:00Z\"}], \"user:ann\", 1790000000000000000) --> [\"exec:run\"]"),
    f("gatos.trust.caps_of", "gatos.trust", &[pn("graph", OBJECT, GRAPH_NOTE), pn("grants", LIST, GRANTS_NOTE), p("actor", STRING), pn("now", NUMBER, "nanoseconds since 1970")], SET)
        .costs(8, &[per(1, "grants, eight times, and their capabilities"), per(1, "groups and their members")])
        .does("As `gatos.trust.grants_for`, with grants to groups (`group:leads`) that the actor is in; `*` for a root.")
        .fails("A grant or graph of another form.")
        .like("gatos.trust.caps_of({\"groups\": {\"leads\": {\"members\": [\"user:ann\"]}}}, [{\"subject\": \"group:leads\", \"caps\": [\"exec:*\"]}], \"user:ann\", 0) --> [\"exec:*\"]\ngatos.trust.caps_of({\"roots\": [\"user:ann\"]}, [], \"user:ann\", 0) --> [\"*\"]"),
    f("gatos.trust.grants_refused", "gatos.trust", &[pn("grants", LIST, GRANTS_NOTE), p("actor", STRING), pn("now", NUMBER, "nanoseconds since 1970")], SET)
        .costs(8, &[per(1, "grants, eight times")])
        .does("The grants to an actor that do not count now, each with the reason.")
        .fails("A grant of another form.")
        .like("gatos.trust.grants_refused([{\"ulid\": \"01BX5ZZKBKACTAV9WEVGEMMVRZ\", \"subject\": \"user:ann\", \"caps\": [\"exec:run\"], \"exp\": \"2026-01-01T00:00:00Z\"}], \"user:ann\", 1767236400000000000) --> [\"01BX5ZZKBKACTAV9WEVGEMMVRZ: expired at 2026-01-01T00:00:00Z, 3h before now\"]"),
    f("gatos.quorum.met", "gatos.quorum", &[p("expression", STRING), pn("approvers", LIST, TEXTS), pn("graph", OBJECT, GRAPH_NOTE)], BOOLEAN)
        .costs(16, &[per(1, "bytes of the expression, approvers and members")])
        .does("Whether approvals suffice. An expression is an actor; `2-of-3@leads` (the group must have three members), `2-of-*@leads`, `@leads` (the group's threshold); or `all_of(a, b)`, `any_of(a, b)`, `at_least(2, a, b, c)` of expressions. Nobody counts twice within one group, but may count for several alternatives.")
        .fails("Another form; a group that is not there, has another size or no threshold; a graph of another form.")
        .like("gatos.quorum.met(\"2-of-3@leads\", [\"user:ann\", \"user:cyd\"], {\"groups\": {\"leads\": {\"members\": [\"user:ann\", \"user:bob\", \"user:cyd\"]}}}) --> true\ngatos.quorum.met(\"all_of(user:ann, user:bob)\", {\"user:ann\"}, {}) --> false"),
    f("gatos.quorum.missing", "gatos.quorum", &[p("expression", STRING), pn("approvers", LIST, TEXTS), pn("graph", OBJECT, GRAPH_NOTE)], STRING)
        .costs(16, &[per(1, "bytes of the expression, approvers and members")])
        .does("What a quorum lacks; empty when it is met.")
        .fails("As for `gatos.quorum.met`.")
        .like("gatos.quorum.missing(\"2-of-3@leads\", [\"user:ann\"], {\"groups\": {\"leads\": {\"members\": [\"user:ann\", \"user:bob\", \"user:cyd\"]}}}) --> \"1 of 2, awaiting user:bob or user:cyd\""),
    f("gatos.quorum.count", "gatos.quorum", &[p("expression", STRING), pn("approvers", LIST, TEXTS), pn("graph", OBJECT, GRAPH_NOTE)], NUMBER)
        .costs(16, &[per(1, "bytes of the expression, approvers and members")])
        .does("How many members, or alternatives of an outermost list, have approved.")
        .fails("As for `gatos.quorum.met`.")
        .like("gatos.quorum.count(\"any_of(user:ann, user:bob)\", [\"user:ann\", \"user:bob\", \"user:eve\"], {}) --> 2"),
    f("gatos.glob.match", "gatos.glob", &[p("pattern", STRING), p("text", STRING)], BOOLEAN)
        .costs(4, &[per(16, "bytes of the pattern, times bytes of the text")])
        .does("Whether a text matches a glob as a whole: `*` and `?` stay between slashes, `**` crosses them, `a/**` is `a` and all below, `**/` any number of segments, `{a,b}` either; a backslash takes what follows as it is.")
        .fails("An open `{`; a backslash at the end.")
        .like("gatos.glob.match(\"repo://*/**\", \"repo://acme/ledger\") --> true\ngatos.glob.match(\"docs/*.{md,txt}\", \"docs/a/b.md\") --> false"),
    f("gatos.glob.mismatch", "gatos.glob", &[p("pattern", STRING), p("text", STRING)], STRING)
        .costs(4, &[per(16, "bytes of the pattern, times bytes of the text")])
        .does("Where a text departs from a glob; empty when it matches.")
        .fails("As for `gatos.glob.match`.")
        .like("gatos.glob.mismatch(\"docs/*.md\", \"docs/x.txt\") --> \"`docs/x.txt` does not match `docs/*.md`: they agree up to `docs/x.`\""),
    f("gatos.ref.match", "gatos.ref", &[p("pattern", STRING), p("ref", STRING)], BOOLEAN)
        .costs(4, &[per(16, "bytes of the pattern, times bytes of the ref")])
        .does("As `gatos.glob.match`, of refs: a pattern that does not begin with `refs/` or `**` lies under `refs/gatos/`, and one that ends with a slash takes all below.")
        .fails("As for `gatos.glob.match`.")
        .like("gatos.ref.match(\"journal/finance/\", \"refs/gatos/journal/finance/user/ann\") --> true\ngatos.ref.match(\"refs/heads/*\", \"refs/heads/a/b\") --> false"),
    f("gatos.ref.mismatch", "gatos.ref", &[p("pattern", STRING), p("ref", STRING)], STRING)
        .costs(4, &[per(16, "bytes of the pattern, times bytes of the ref")])
        .does("Where a ref departs from a pattern; empty when it matches.")
        .fails("As for `gatos.glob.match`.")
        .like("gatos.ref.mismatch(\"state/*\", \"refs/gatos/state/finance\") --> \"\""),
    f("gatos.ref.namespace", "gatos.ref", &[p("ref", STRING)], STRING)
        .costs(2, &[bytes("bytes of the ref")])
        .does("The namespace of a journal, checkpoint, proof chain or epoch.")
        .fails("Another ref.")
        .like("gatos.ref.namespace(\"refs/gatos/journal/jobs/tenant-a/user/ann\") --> \"jobs/tenant-a\"\ngatos.ref.namespace(\"refs/heads/main\") --> undefined"),
    f("gatos.ref.actor", "gatos.ref", &[p("ref", STRING)], STRING)
        .costs(2, &[bytes("bytes of the ref")])
        .does("The actor of a journal.")
        .fails("Another ref.")
        .like("gatos.ref.actor(\"refs/gatos/journal/finance/user/ann\") --> \"user:ann\""),
    f("gatos.epoch.of", "gatos.epoch", &[pn("epoch", EPOCH, EPOCH_NOTE)], NUMBER)
        .costs(2, &[bytes("bytes of the ref")])
        .does("The number of an epoch: the last part of its ref.")
        .fails("Another ref; an id that is no number.")
        .like("gatos.epoch.of(\"refs/gatos/epoch/finance/12\") --> 12"),
    f("gatos.epoch.at_least", "gatos.epoch", &[pn("have", EPOCH, EPOCH_NOTE), pn("need", EPOCH, EPOCH_NOTE)], BOOLEAN)
        .costs(2, &[bytes("bytes of the refs")])
        .does("Whether an epoch has come to another.")
        .fails("As for `gatos.epoch.of`.")
        .like("gatos.epoch.at_least(\"refs/gatos/epoch/finance/12\", 12) --> true"),
    f("gatos.epoch.missing", "gatos.epoch", &[pn("have", EPOCH, EPOCH_NOTE), pn("need", EPOCH, EPOCH_NOTE)], STRING)
        .costs(2, &[bytes("bytes of the refs")])
        .does("What an epoch lacks; empty when it has come to the other.")
        .fails("As for `gatos.epoch.of`.")
        .like("gatos.epoch.missing(3, 5) --> \"epoch 3, where 5 is needed\""),
    f("gatos.time.expired", "gatos.time", &[pn("exp", TIME, TIME_NOTE), pn("now", TIME, TIME_NOTE)], BOOLEAN)
        .costs(4, &[bytes("bytes of the times")])
        .does("Whether an expiry has come; at its very moment it has.")
        .fails("Another form; a time out of range.")
        .like("gatos.time.expired(\"2027-01-01T00:00:00Z\", 1790000000000000000) --> false"),
    f("gatos.time.before", "gatos.time", &[pn("a", TIME, TIME_NOTE), pn("b", TIME, TIME_NOTE)], BOOLEAN)
        .costs(4, &[bytes("bytes of the times")])
        .does("Whether a time lies before another.")
        .fails("Another form; a time out of range.")
        .like("gatos.time.before(\"2026-01-01T00:00:00Z\", \"2026-01-01T00:00:00+01:00\") --> false"),
    f("gatos.time.after", "gatos.time", &[pn("a", TIME, TIME_NOTE), pn("b", TIME, TIME_NOTE)], BOOLEAN)
        .costs(4, &[bytes("bytes of the times")])
        .does("Whether a time lies after another.")
        .fails("Another form; a time out of range.")
        .like("gatos.time.after(\"2026-01-01T00:00:00Z\", \"2026-01-01T00:00:00+01:00\") --> true"),
    f("gatos.time.relation", "gatos.time", &[pn("a", TIME, TIME_NOTE), pn("b", TIME, TIME_NOTE)], STRING)
        .costs(8, &[bytes("bytes of the times")])
        .does("How two times lie.")
        .fails("Another form; a time out of range.")
        .like("gatos.time.relation(\"2027-01-01T00:00:00Z\", \"2027-01-01T03:30:00Z\") --> \"2027-01-01T00:00:00Z is 3h30m before 2027-01-01T03:30:00Z\""),
    f("gatos.ulid.time_ns", "gatos.ulid", &[p("ulid", STRING)], NUMBER)
        .costs(4, &[])
        .does("The time of a ULID in nanoseconds since 1970.")
        .fails("Another form; a time after 2262-04-11.")
        .like("gatos.ulid.time_ns(\"01BX5ZZKBKACTAV9WEVGEMMVRZ\") --> 1508808576371000000"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rgs::find;

    #[test]
    fn companions_take_what_their_checks_take() {
        for (check, companion) in MISSING {
            let (Some(check), Some(companion)) = (find(check), find(companion)) else {
                panic!("{check} or {companion} is no function");
            };
            assert_eq!(check.params.len(), companion.params.len(), "{}", check.name);
            for (a, b) in check.params.iter().zip(companion.params) {
                // What a check takes, its companion takes too.
                assert_eq!(a.ty.0 & b.ty.0, a.ty.0, "{}: {}", check.name, a.name);
            }
            assert!(check.result == BOOLEAN && (companion.result == STRING || companion.result == SET));
        }
        assert_eq!(super::companion("gatos.caps.has").map(|b| b.name), Some("gatos.caps.missing"));
        assert_eq!(super::companion("gatos.caps.missing"), None);
    }
}
