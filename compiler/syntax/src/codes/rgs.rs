//! Codes of policies: the text does not parse (E10xx).

use super::CodeInfo;
use crate::diagnostic::Severity::{Error, Warning};

pub(super) static CODES: &[CodeInfo] = &[
    CodeInfo {
        code: "E1001",
        title: "a character that has no meaning in a policy",
        severity: Error,
        explain: r#"
Outside of strings and comments a policy consists of ASCII letters, digits and signs. The message points at
anything else: a letter such as `ö` in a name, a typographic quote or dash that a word processor put in, an
invisible space, a sign that Rego does not use, or a comment in the style of another language. Comments begin
with `#`.

Wrong:

```rego
package example

größe := 1 // in metres
```

Right:

```rego
package example

size := 1 # in metres
```
"#,
    },
    CodeInfo {
        code: "E1002",
        title: "a string or template that does not end",
        severity: Error,
        explain: r#"
A string in `"…"` ends on the line where it begins. A raw string in backquotes may have several lines; if its
closing backquote is missing it swallows the rest of the file. In a template `$"…"` every `{` begins an
expression, which `}` ends; a brace that is meant as text is written `\{`.

Wrong:

```rego
package example

greeting := "hello
label := $"user {input.user"
```

Right:

```rego
package example

greeting := "hello"
label := $"user {input.user}"
text := `first line
second line`
```
"#,
    },
    CodeInfo {
        code: "E1003",
        title: "an escape that a string of a policy cannot hold",
        severity: Error,
        explain: r#"
After a backslash a string takes what JSON allows: `"`, `\`, `/`, `b`, `f`, `n`, `r`, `t`, or `u` with four
hexadecimal digits (in pairs for characters past FFFF). Raw strings in backquotes take everything as it is,
which suits patterns. In templates `\{` is a brace.

Wrong:

```rego
package example

valid if regex.match("^\d+$", input.id)
```

Right:

```rego
package example

valid if regex.match(`^\d+$`, input.id)
```
"#,
    },
    CodeInfo {
        code: "E1004",
        title: "brackets that do not match",
        severity: Error,
        explain: r#"
Every `(`, `[`, `{` has its closing partner, in the right order. The message points at the bracket that was
opened, or at the closing one that is too many. A rule that begins at the left margin ends whatever is still
open above it, so that one missing bracket is one message.

Wrong:

```rego
package example

allow if {
	input.user in ["ann", "bob"

deny if input.blocked
```

Right:

```rego
package example

allow if {
	input.user in ["ann", "bob"]
}

deny if input.blocked
```
"#,
    },
    CodeInfo {
        code: "E1005",
        title: "a malformed number in a policy",
        severity: Error,
        explain: r#"
Numbers are written as in JSON: digits without a superfluous zero in front, perhaps a point with digits after
it, perhaps an exponent. There are no hexadecimal numbers, no `_` between digits and no suffixes.

Wrong:

```rego
package example

limit := 10_000
mode := 0o17
```

Right:

```rego
package example

limit := 10000
mode := 15
```
"#,
    },
    CodeInfo {
        code: "E1006",
        title: "a reserved word where a name must stand",
        severity: Error,
        explain: r#"
`as default else every false if import in not null package some true with` are reserved: no rule and no variable
has such a name. After a dot they are ordinary keys, as in `input.default`, and a longer name may begin with one,
as in `if.x`.

Wrong:

```rego
package example

default := 1
```

Right:

```rego
package example

fallback := 1
other := input.default
```
"#,
    },
    CodeInfo {
        code: "E1007",
        title: "a word or an operator of another language",
        severity: Error,
        explain: r#"
In Rego, conditions that must all hold are statements of one body, on lines of their own or with `;` between.
Alternatives are several rules of one name. Negation is `not`. Members are found with `some x in xs`, and
`every x in xs { … }` says that something holds for all of them. A function is a rule with parameters. Strings
stand in double quotes.

Wrong:

```rego
package example

allow if input.user == 'ann' && !input.blocked
allow if input.admin or input.owner
```

Right:

```rego
package example

allow if {
	input.user == "ann"
	not input.blocked
}

allow if input.admin

allow if input.owner
```
"#,
    },
    CodeInfo {
        code: "E1008",
        title: "a policy nested too deep",
        severity: Error,
        explain: r#"
Brackets go 200 levels deep, and a tree of operators 500 (each link of a chain such as `a + b + c` is a level), so
that no text can exhaust the memory of whoever reads it. Give inner parts names: rules, or variables. A reference
such as `a.b[c]` has 1000 steps at most.

Wrong:

```rego
package example

x := [[[["… two hundred and one of them …"]]]]
```

Right:

```rego
package example

inner := [[1]]
x := [[inner]]
```
"#,
    },
    CodeInfo {
        code: "E1009",
        title: "a body without `if`, or a set without `contains`",
        severity: Error,
        explain: r#"
Since version 1 of Rego, `if` stands before the body of every rule and every `else` that has one, and a rule that
collects a set says `contains`. Older policies leave both words out; the fix writes them.

Wrong:

```rego
package example

allow { input.admin }

deny[reason] { reason := "closed" }
```

Right:

```rego
package example

allow if { input.admin }

deny contains reason if { reason := "closed" }
```
"#,
    },
    CodeInfo {
        code: "E1010",
        title: "a rule with several bodies",
        severity: Error,
        explain: r#"
Older Rego allowed several bodies after one head, as alternatives. Now each alternative is a rule of its own,
with its head; bodies that are tried in order are joined by `else`.

Wrong:

```rego
package example

allow if { input.admin } { input.owner }
```

Right:

```rego
package example

allow if { input.admin }

allow if { input.owner }
```
"#,
    },
    CodeInfo {
        code: "E1011",
        title: "the head of a rule that gives its value in a wrong way",
        severity: Error,
        explain: r#"
A head gives its value with `:=` (or `=`), or adds a member with `contains`, and not both. `==` compares and belongs
into the condition; `:` stands in objects.

Wrong:

```rego
package example

role == "admin"
level: 3
```

Right:

```rego
package example

role := "admin"
level := 3
is_admin if role == "admin"
```
"#,
    },
    CodeInfo {
        code: "E1012",
        title: "an `else` that belongs to nothing",
        severity: Error,
        explain: r#"
`else` follows the body of a rule and gives another value, a condition, or both. It cannot stand alone, not inside
of a body, and not after a rule with `contains`, where every rule that holds adds its member.

Wrong:

```rego
package example

else := "guest"
```

Right:

```rego
package example

role := "admin" if input.admin
else := "guest"
```
"#,
    },
    CodeInfo {
        code: "E1013",
        title: "a body without a condition",
        severity: Error,
        explain: r#"
After `if` stands a condition, or several in braces. A rule that always holds has no `if` at all.

Wrong:

```rego
package example

allow if { }
```

Right:

```rego
package example

allow if input.admin

always := true
```
"#,
    },
    CodeInfo {
        code: "E1014",
        title: "a space inside of a reference or before a call's parenthesis",
        severity: Error,
        explain: r#"
What belongs together touches: the `.` and the `[` of a reference, and the parenthesis of a call. With a space
before it, `[1]` is an array of its own and `(x)` an expression in parentheses.

Wrong:

```rego
package example

n := count (input.list)
first := input.list [0]
```

Right:

```rego
package example

n := count(input.list)
first := input.list[0]
```
"#,
    },
    CodeInfo {
        code: "E1015",
        title: "two statements or rules on one line",
        severity: Error,
        explain: r#"
Every rule begins on a line of its own. The statements of a body stand on lines of their own too, or have `;`
between them. An `if` without braces takes one condition; for several, put braces around them.

Wrong:

```rego
package example

allow if { input.admin input.active }

deny if not input.admin
	input.blocked
```

Right:

```rego
package example

allow if { input.admin; input.active }

deny if {
	not input.admin
	input.blocked
}
```
"#,
    },
    CodeInfo {
        code: "E1016",
        title: "a file without its package, or with two",
        severity: Error,
        explain: r#"
A policy begins with `package` and the path under which its rules are found in `data`. There is one package in a
file; several files may share one. Only comments stand before it.

Wrong:

```rego
allow if input.admin
```

Right:

```rego
package example

allow if input.admin
```
"#,
    },
    CodeInfo {
        code: "E1017",
        title: "an import in a wrong place or of a wrong form",
        severity: Error,
        explain: r#"
Imports stand between the package and the first rule, one to a line. An import names something under `data` or
`input`, perhaps with another name after `as`. `import rego.v1` and `import future.keywords` are accepted and change
nothing: policies are always read as version 1.

Wrong:

```rego
package example

allow if input.user in data.roles.admins

import data.limits
```

Right:

```rego
package example

import data.limits
import data.roles.admins as admins

allow if input.user in admins
```
"#,
    },
    CodeInfo {
        code: "E1018",
        title: "items in brackets that are not separated as they must be",
        severity: Error,
        explain: r#"
Items of arrays, sets, objects and calls have commas between them; one more after the last is allowed. In an object
every key is followed by `:` and its value, in a set and an array there are values only.

Wrong:

```rego
package example

limits := {"read": 10 "write" = 5}
```

Right:

```rego
package example

limits := {"read": 10, "write": 5}
```
"#,
    },
    CodeInfo {
        code: "E1019",
        title: "something is missing",
        severity: Error,
        explain: r#"
After an operator, a comma, an opening bracket or a word such as `not` an expression must follow; after a dot, a
name; beside a `;`, a statement.

Wrong:

```rego
package example

allow if {
	input.level >
	input.user ==
}
```

Right:

```rego
package example

allow if {
	input.level > 3
	input.user == "ann"
}
```
"#,
    },
    CodeInfo {
        code: "E1020",
        title: "something stands where it cannot",
        severity: Error,
        explain: r#"
The text before it is whole, or something else would have to follow. `:=` and `=` make statements, one in each, and
cannot stand inside of an expression; to compare, write `==`. `if` and `else` belong to the heads of rules.

Wrong:

```rego
package example

allow if count(x := input.list) > 0
```

Right:

```rego
package example

allow if {
	x := input.list
	count(x) > 0
}
```
"#,
    },
    CodeInfo {
        code: "E1021",
        title: "an object after `if`",
        severity: Error,
        explain: r#"
A brace after `if` opens a body. Where what stands inside is an object, Rego would take it as a value, which always
holds; nobody means that, so it is refused here. This is the one place where an `.rgs` file is stricter than Rego.

Wrong:

```rego
package example

allow if {"role": "admin"}
```

Right:

```rego
package example

allow if input == {"role": "admin"}
```
"#,
    },
    CodeInfo {
        code: "E1022",
        title: "a `some`, `every` or `not` of a wrong form",
        severity: Error,
        explain: r#"
`some x, y` declares names; `some v in xs` and `some k, v in xs` also say where they come from. `every v in xs { … }`
and `every k, v in xs { … }` have a body in braces that must hold for each. `:=` declares by itself, so it needs no
`some`; after `not` nothing can be assigned.

Wrong:

```rego
package example

allow if {
	some x := input.user
	every r in input.roles
}
```

Right:

```rego
package example

allow if {
	x := input.user
	every r in input.roles { r != x }
}
```
"#,
    },
    CodeInfo {
        code: "E1023",
        title: "a `with` of a wrong form",
        severity: Error,
        explain: r#"
`with target as value` replaces, for its statement, a part of `input` or `data` or a function. The target is a
reference or the name of a function, without arguments.

Wrong:

```rego
package example

test_admin if allow with input.role = "admin"

allow if input.role == "admin"
```

Right:

```rego
package example

test_admin if allow with input.role as "admin"

allow if input.role == "admin"
```
"#,
    },
    CodeInfo {
        code: "E1024",
        title: "a reference into, or a call of, something that has no parts",
        severity: Error,
        explain: r#"
A reference begins with a name, a call, an array, an object, a set or a comprehension. Strings, numbers, booleans and
null have no members; nor can an operation in parentheses be looked into without a name. What is called is always
the name of a function.

Wrong:

```rego
package example

first := "abc"[0]
```

Right:

```rego
package example

first := substring("abc", 0, 1)
```
"#,
    },
    CodeInfo {
        code: "E1025",
        title: "a comprehension whose head is not a single term",
        severity: Error,
        explain: r#"
Before the `|` of a comprehension stands one term: a name, a reference, a call, a value. An operation needs
parentheses, because `|` would otherwise join two sets.

Wrong:

```rego
package example

doubles := [x * 2 | some x in input.list]
```

Right:

```rego
package example

doubles := [(x * 2) | some x in input.list]
```
"#,
    },
    CodeInfo {
        code: "E1026",
        title: "this is not a rule",
        severity: Error,
        explain: r#"
A rule begins with its name and has a value (`:=`), a member (`contains`) or a condition (`if`). Conditions stand
inside of bodies, never by themselves. A default gives a name the value that it has when no rule holds: it has a
value and nothing else.

Wrong:

```rego
package example

default allow

not input.blocked
```

Right:

```rego
package example

default allow := false

allow if not input.blocked
```
"#,
    },
    CodeInfo {
        code: "E1027",
        title: "a minus sign before something that is not a number",
        severity: Error,
        explain: r#"
A sign is part of a number, as in `-1`. To negate a value, subtract it from 0.

Wrong:

```rego
package example

debt := -input.balance
```

Right:

```rego
package example

debt := 0 - input.balance
floor := -1
```
"#,
    },
    CodeInfo {
        code: "E1028",
        title: "METADATA that cannot be read",
        severity: Error,
        explain: r#"
A comment `# METADATA` and the comment lines right below it are YAML: `title`, `description`, `scope`, `entrypoint`,
`authors`, `organizations`, `related_resources`, `schemas`, `custom`. The scopes are `rule`, `document`, `package` and
`subpackages`; the block stands before what it speaks for. Other comments keep a line's distance.

Wrong:

```rego
# METADATA
# title: Who: may pay
package example
```

Right:

```rego
# METADATA
# title: "Who: may pay"
package example
```
"#,
    },
    CodeInfo {
        code: "W1029",
        title: "METADATA that speaks for nothing",
        severity: Warning,
        explain: r#"
A METADATA block speaks for the rule or the package that follows it. At the end of a file nothing follows, so
nobody ever reads the block.

Wrong:

```rego
package example

# METADATA
# title: What was here
```

Right:

```rego
package example

# METADATA
# title: Who may read
allow if input.reader
```
"#,
    },
];
