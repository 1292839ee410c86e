//! What the profile leaves out: each name with its code, its reason and its replacement.

use gatos_syntax::diagnostic::Diagnostic;
use gatos_syntax::span::Span;

/// Why a name is refused.
pub(super) struct Refusal {
    code: &'static str,
    /// The sentence after the name.
    says: &'static str,
    reason: &'static str,
    help: &'static str,
    /// A name that can stand in its place, with the same arguments.
    replace: Option<&'static str>,
}

impl Refusal {
    pub(super) fn diagnostic(&self, name: &str, span: Span) -> Diagnostic {
        let mut d =
            Diagnostic::error(self.code, span, format!("`{name}` {}", self.says)).label(self.reason).help(self.help);
        if let Some(by) = self.replace {
            d = d.fix(format!("replace by `{by}`"), span, by);
        }
        d
    }
}

const OUT: &str = "is not part of EchoLua";

/// The refusal of a name (`pairs`) or of a member (`math.random`).
pub(super) fn refused(name: &str) -> Option<Refusal> {
    let row = |code, says, reason, help, replace| Some(Refusal { code, says, reason, help, replace });
    if let Some(f) = name.strip_prefix("math.") {
        return match f {
            "random" | "randomseed" => row(
                "E0111",
                OUT,
                "its numbers would differ on every run",
                "make a generator from data: `local r = rng(event.ulid)`, then `r(1, 6)`",
                None,
            ),
            "huge" => row(
                "E0118",
                OUT,
                "there are no infinities: numbers are integers and fixed-point decimals",
                "start from nil or from the first value, or use `math.maxinteger`",
                Some("math.maxinteger"),
            ),
            "pi" | "sin" | "cos" | "tan" | "asin" | "acos" | "atan" | "exp" | "log" | "deg" | "rad" | "atan2"
            | "cosh" | "sinh" | "tanh" | "log10" => row(
                "E0119",
                OUT,
                "it cannot be exact in fixed-point numbers",
                "there are no transcendental functions; use a table of values computed beforehand",
                None,
            ),
            "pow" => row("E0125", OUT, "a name of Lua 5.2", "write `x ^ n`", None),
            "modf" | "frexp" | "ldexp" => row(
                "E0119",
                OUT,
                "it takes the binary form of a float apart",
                "use `math.floor(x)` and `x - math.floor(x)`, or `math.fmod`",
                None,
            ),
            _ => None,
        };
    }
    match name {
        "pairs" => row(
            "E0107",
            "visits keys in no fixed order",
            "the order would differ between machines",
            "use `dpairs`, which visits the keys sorted",
            Some("dpairs"),
        ),
        "next" => row(
            "E0108",
            "gives keys in no fixed order",
            "the order would differ between machines",
            "use `dpairs(t)` for a loop, `dkeys(t)[1]` for a first key, `#dkeys(t) == 0` to ask whether a table is empty",
            None,
        ),
        "string.dump" => row(
            "E0120",
            OUT,
            "the bytes of a function depend on the compiler",
            "state and results hold data only; keep the name of the function",
            None,
        ),
        "table.getn" | "table.maxn" => row("E0125", OUT, "a name of Lua 5.1", "write `#t`", None),
        "table.foreach" | "table.foreachi" => {
            row("E0125", OUT, "a name of Lua 5.0", "loop with `dpairs` or `ipairs`", None)
        }
        "string.gfind" => row("E0125", OUT, "a name of Lua 5.0", "use `string.gmatch`", Some("string.gmatch")),
        "utf8.charpattern" => row(
            "E0125",
            OUT,
            "patterns match bytes here",
            "loop with `utf8.codes`, or write the pattern `\"[\\0-\\x7F\\xC2-\\xFD][\\x80-\\xBF]*\"`",
            None,
        ),
        "coroutine" => row(
            "E0109",
            OUT,
            "a suspended computation cannot be saved as state",
            "keep the progress in the state, and go on with the next event",
            None,
        ),
        "os" => row(
            "E0112",
            OUT,
            "clocks, environment and files differ between machines",
            "times come with the event: `event.ts` or its ULID",
            None,
        ),
        "io" => row(
            "E0113",
            OUT,
            "a fold sees nothing but its events",
            "put what is needed into an event's payload; `print` writes to the tool's log",
            None,
        ),
        "debug" => row(
            "E0114",
            OUT,
            "it shows what may differ between engines: stacks, registers, names",
            "`error` and `pcall` carry values; tools add places to messages",
            None,
        ),
        "package" | "module" => row(
            "E0115",
            OUT,
            "modules are found when the program is compiled",
            "use `require \"a.b\"` with a literal name",
            None,
        ),
        "load" | "loadstring" | "dofile" | "loadfile" => row(
            "E0116",
            OUT,
            "the program's hash must cover all its code",
            "write the code as a function, or as a module for `require`",
            None,
        ),
        "collectgarbage" => row(
            "E0117",
            OUT,
            "what collection does must not be observable",
            "leave it out; memory limits count what is allocated",
            None,
        ),
        "_G" | "_ENV" => {
            row("E0121", OUT, "globals are resolved when the program is compiled", "use a table of your own", None)
        }
        "getfenv" | "setfenv" => row("E0121", OUT, "functions have no environments", "use a table of your own", None),
        "unpack" => row("E0125", OUT, "a name of Lua 5.1", "use `table.unpack`", Some("table.unpack")),
        "newproxy" | "gcinfo" => row("E0125", OUT, "a name of Lua 5.1", "leave it out", None),
        "bit" | "bit32" => row("E0125", OUT, "a library of older Luas", "use the operators `& | ~ << >>`", None),
        "warn" => row("E0125", OUT, "warnings are the tool's business", "use `print`", Some("print")),
        _ => None,
    }
}

/// Metamethods without effect here: what they would do, and what to do instead.
pub(super) fn refused_metamethod(name: &str) -> Option<(&'static str, &'static str)> {
    match name {
        "__gc" => Some(("collection is not observable, so nothing can run at it", "release things where they end")),
        "__mode" => {
            Some(("weak tables would show when collection happens", "remove entries when they are no longer needed"))
        }
        "__close" => Some(("there are no `<close>` variables", "call the function that closes it")),
        "__pairs" => {
            Some(("`dpairs` always visits the table's own keys, sorted", "give the object a method that visits"))
        }
        _ => None,
    }
}
