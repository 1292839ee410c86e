//! What the input of a gate's decision holds, and what a gate reads of a policy: the words for hovering and
//! completion. The fields are those that `gatos_policy::rules::input` writes; a test holds the two together.

/// A field of the input.
pub(super) struct Field {
    /// Its name.
    pub(super) name: &'static str,
    /// Its kind, as types are written.
    pub(super) ty: &'static str,
    /// What it says.
    pub(super) doc: &'static str,
}

const fn field(name: &'static str, ty: &'static str, doc: &'static str) -> Field {
    Field { name, ty, doc }
}

/// The fields of `input`.
pub(super) const FIELDS: &[Field] = &[
    field("intent", "string", "The event type or the action that someone wants: `code.change`, `intent.exec.run`."),
    field("resource", "string", "Where it would happen: `gatos://finance`."),
    field("actor", "string", "Who wants it, by a checked signature: `user:ann`, `agent:echo`."),
    field("actor_kind", "string", "`user`, `agent` or `service`: the part of `actor` before its colon."),
    field(
        "caps",
        "array of string",
        "The capabilities that the actor says it uses. Anyone can say anything: compare with `granted`.",
    ),
    field(
        "granted",
        "array of string",
        "The capabilities that the actor has: `[\"*\"]` for a root, else what verified grants give it here and now.",
    ),
    field(
        "grants",
        "array of object",
        "The grants that count for this resource at this time, each as its file has it.",
    ),
    field("labels", "array of string", "The labels of the event."),
    field("payload", "any", "The content of the event."),
    field("attachments", "array", "Pointers to blobs."),
    field("ts", "any", "The time as the source gave it; absent when it gave none."),
    field("ulid", "string", "The ULID of the event."),
    field("now", "number", "The time of the ULID, in nanoseconds since 1970."),
    field("target", "object", "What would be written: `kind`, `ns` and `ref`."),
    field("trust", "object", "The trust graph: who is who. For `gatos.trust.…` and `gatos.quorum.…`."),
    field("profile", "string", "The name of the project's profile."),
];

/// The fields of `input.target`.
pub(super) const TARGET: &[Field] = &[
    field(
        "kind",
        "string",
        "The part of `refs/gatos` that would change: `journal`, `state`, `policies`, `trust`, `audit`, `bus`, `jobs`.",
    ),
    field("ns", "string", "The namespace; absent where there is none."),
    field("ref", "string", "The ref that would change."),
];

/// The fields at a path of the input, where the contract knows them.
pub(super) fn fields(path: &[String]) -> &'static [Field] {
    match path {
        [] => FIELDS,
        [one] if one == "target" => TARGET,
        _ => &[],
    }
}

/// A field by its path.
pub(super) fn find(path: &[String]) -> Option<&'static Field> {
    let (last, above) = path.split_last()?;
    fields(above).iter().find(|field| field.name == last)
}

/// Capabilities that the engine itself asks for.
pub(super) const CAPS: &[(&str, &str)] = &[
    ("journal:append", "append events to journals"),
    ("journal:backfill", "append events whose time is far from the gate's clock"),
    ("state:checkpoint", "publish checkpoints"),
    ("policy:install", "install policies"),
    ("audit:append", "bring denials to a gate's record"),
    ("trust:grant", "grant what one holds"),
];

/// Keywords: what each means, for hovering.
pub(super) const KEYWORDS: &[(&str, &str)] = &[
    ("package", "Names the place below `data` where the rules of this file lie."),
    ("import", "Gives a package, a rule or a part of `input` a short name in this file."),
    ("default", "The value of a rule when none of its bodies holds."),
    ("if", "What follows must hold for the rule to give its value."),
    ("else", "Tried when the branches before it do not hold."),
    ("contains", "In a head: the rule makes a set, and each way in which its body holds gives it a member."),
    ("some", "`some x in xs` goes through the members; `some x` declares a variable."),
    ("every", "`every x in xs { … }` holds when the body does for each member, also when there is none."),
    ("in", "`x in xs`: whether a container has a member. After `some` and `every`: what is gone through."),
    ("not", "Holds when what follows is false or undefined."),
    (
        "with",
        "`e with input as v`: what is evaluated with something else in place of `input`, data, a rule or a function.",
    ),
    ("as", "Gives an import another name; after `with`, tells what is put in place."),
    ("null", "The value null."),
    ("true", "The value true."),
    ("false", "The value false: a statement that gives it does not hold."),
];

/// What METADATA may say.
pub(super) const METADATA: &[(&str, &str)] = &[
    ("title", "a line that names the rule"),
    ("description", "what the rule is for"),
    ("scope", "`rule`, `document`, `package` or `subpackages`"),
    ("entrypoint", "true: the document is one that others ask for"),
    ("authors", "a list of names"),
    ("organizations", "a list of names"),
    ("related_resources", "a list of `ref:` with `description:`"),
    ("schemas", "a list"),
    ("custom", "a map of your own"),
];

#[cfg(test)]
mod tests {
    use super::{CAPS, FIELDS, Field, TARGET};
    use gatos_canon::Value;
    use gatos_ledger_core::model::{ActorId, JournalId};
    use gatos_ledger_core::trust::TrustGraph;
    use gatos_ledger_core::ulid::Ulid;
    use gatos_policy::model::{self, Context, Intent, Target};

    #[test]
    fn the_fields_are_those_that_a_gate_writes() {
        let actor: ActorId = "user:ann".parse().expect("an actor");
        let journal = JournalId::new("finance".parse().expect("a namespace"), actor.clone());
        let ulid = Ulid::first_of(1_800_000_000_000).expect("a time");
        let target = Target::journal(&journal);
        let mut intent = Intent::new("a.b", &model::resource_of("finance"), actor, ulid, target);
        intent.ts = Some(Value::Int(1));
        let context = Context::new(TrustGraph::default(), Vec::new(), Vec::new(), "local");
        let (input, _) = gatos_policy::rules::input(&intent, &context, None).expect("an input");
        let input = Value::from_json_bytes(&input.json).expect("JSON");
        let names = |value: &Value| -> Vec<String> {
            let mut names: Vec<String> =
                value.as_map().expect("an object").iter().map(|(name, _)| name.to_owned()).collect();
            names.sort();
            names
        };
        let listed = |fields: &[Field]| -> Vec<String> {
            let mut names: Vec<String> = fields.iter().map(|f| f.name.to_owned()).collect();
            names.sort();
            names
        };
        assert_eq!(listed(FIELDS), names(&input));
        assert_eq!(listed(TARGET), names(input.get("target").expect("a target")));
        for cap in [model::CAP_APPEND, model::CAP_BACKFILL, model::CAP_INSTALL, model::CAP_AUDIT] {
            assert!(CAPS.iter().any(|(name, _)| *name == cap), "{cap}");
        }
    }
}
