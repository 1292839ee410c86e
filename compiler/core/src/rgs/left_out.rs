//! Functions that other engines have and policies here do not: why, and what to write instead.

use gatos_syntax::diagnostic::Edit;
use gatos_syntax::rgs::ast::Expr;
use gatos_syntax::span::Span;

/// A function of Rego before v1.
pub(super) struct Old {
    pub name: &'static str,
    /// What to write.
    pub help: &'static str,
    pub title: &'static str,
    /// Texts before, between and after its arguments that say the same; none when arguments would
    /// have to stand twice.
    around: Option<&'static [&'static str]>,
}

const V0: &[Old] = &[
    Old { name: "any", help: "write `true in xs`", title: "write `true in`", around: Some(&["(true in ", ")"]) },
    Old {
        name: "all",
        help: "write `every x in xs { x == true }`",
        title: "write `every`",
        around: Some(&["every x in ", " { x == true }"]),
    },
    Old {
        name: "re_match",
        help: "write `regex.match(pattern, value)`",
        title: "write `regex.match`",
        around: Some(&["regex.match(", ", ", ")"]),
    },
    Old {
        name: "net.cidr_overlap",
        help: "write `net.cidr_contains(cidr, address)`",
        title: "write `net.cidr_contains`",
        around: Some(&["net.cidr_contains(", ", ", ")"]),
    },
    Old { name: "set_diff", help: "write `a - b`", title: "write `-`", around: Some(&["(", " - ", ")"]) },
    Old {
        name: "cast_array",
        help: "write `[x | some x in xs]`",
        title: "write a comprehension",
        around: Some(&["[x | some x in ", "]"]),
    },
    Old {
        name: "cast_set",
        help: "write `{x | some x in xs}`",
        title: "write a comprehension",
        around: Some(&["{x | some x in ", "}"]),
    },
    Old { name: "cast_string", help: "check with `is_string(x)`", title: "", around: None },
    Old { name: "cast_boolean", help: "check with `is_boolean(x)`", title: "", around: None },
    Old { name: "cast_null", help: "check with `is_null(x)`", title: "", around: None },
    Old { name: "cast_object", help: "check with `is_object(x)`", title: "", around: None },
];

impl Old {
    /// The edits that rewrite a call.
    pub fn edits(&self, call: Span, args: &[Expr]) -> Option<Vec<Edit>> {
        let around = self.around?;
        if around.len() != args.len() + 1 {
            return None;
        }
        let mut start = call.start;
        let mut edits = Vec::new();
        for (text, arg) in around.iter().zip(args) {
            edits.push(Edit { span: Span { start, end: arg.span.start }, text: (*text).to_string() });
            start = arg.span.end;
        }
        edits.push(Edit { span: Span { start, end: call.end }, text: around[args.len()].to_string() });
        Some(edits)
    }
}

/// A function that Rego v1 dropped.
pub(super) fn v0(name: &str) -> Option<&'static Old> {
    V0.iter().find(|o| o.name == name)
}

const CLOCK: &str = "a decision must be the same whenever it is computed again";
const NETWORK: &str = "a policy reaches nothing outside of `input` and `data`";
const HERE: &str = "`input.now` is the time of the event, in nanoseconds";
const PUT_IN: &str = "put what is needed into `input` or a data file";

const LEFT_OUT: &[(&str, &str, &str)] = &[
    ("time.now_ns", CLOCK, HERE),
    ("http.send", NETWORK, PUT_IN),
    ("net.lookup_ip_addr", NETWORK, PUT_IN),
    ("opa.runtime", "a policy does not see the machine that it runs on", PUT_IN),
    ("rand.intn", "a decision must be the same whenever it is computed again", PUT_IN),
    ("uuid.rfc4122", "it makes a new value each time", "use what identifies the event: `input.ulid`"),
    ("trace", "decisions are traced without it", "use `print(...)`, or read `gatos policy explain`"),
    ("rego.parse_module", "a policy does not look into policies", PUT_IN),
    ("crypto.parse_private_keys", "a policy holds no secrets", PUT_IN),
    ("providers.aws.sign_req", "a policy signs nothing", PUT_IN),
];

const LEFT_OUT_GROUPS: &[(&str, &str, &str)] = &[
    (
        "io.jwt.",
        "who someone is was decided before a policy is asked",
        "events carry a checked signature: `input.actor` is who signed",
    ),
    (
        "crypto.x509.",
        "who someone is was decided before a policy is asked",
        "events carry a checked signature: `input.actor` is who signed",
    ),
    ("graphql.", "queries of that kind are not events", PUT_IN),
    ("rego.", "a policy does not look into policies", PUT_IN),
    ("opa.", "a policy does not see the machine that it runs on", PUT_IN),
    ("http.", NETWORK, PUT_IN),
    ("providers.", NETWORK, PUT_IN),
];

/// Why a function is not there, and what to do.
pub(super) fn reason(name: &str) -> Option<(&'static str, &'static str)> {
    let exact = LEFT_OUT.iter().find(|(n, ..)| *n == name);
    let group = LEFT_OUT_GROUPS.iter().find(|(n, ..)| name.starts_with(n));
    exact.or(group).map(|(_, reason, instead)| (*reason, *instead))
}
