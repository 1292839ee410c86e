//! Codes of policies: names, rules and what they need (E11xx).

use super::CodeInfo;
use crate::diagnostic::Severity::Error;

pub(super) static CODES: &[CodeInfo] = &[
    CodeInfo {
        code: "E1101",
        title: "a variable has no value where one is needed",
        severity: Error,
        explain: r#"
A name that is no rule, import or parameter is a variable, and something must give it a value: `:=`, `=`,
`some x in xs`, or a step that visits every member, `xs[i]`. Statements are put into an order in which this
works, so it does not matter where in the body that happens. Inside `not` nothing gets a value: what is
negated must be known before. Most often the name is misspelt.

Wrong:

```rego
package example

allow if {
	input.user == usr
}
```

Right:

```rego
package example

allow if {
	user := input.user
	user in data.staff
}
```
"#,
    },
    CodeInfo {
        code: "E1102",
        title: "a variable is declared twice",
        severity: Error,
        explain: r#"
A variable has one value in one body, so it is declared once. The parameters of a function are declared by its
head. A comprehension and the body of `every` may use a name again: there it is another variable.

Wrong:

```rego
package example

total := n if {
	n := count(input.a)
	n := count(input.b)
}
```

Right:

```rego
package example

total := a + b if {
	a := count(input.a)
	b := count(input.b)
}
```
"#,
    },
    CodeInfo {
        code: "E1103",
        title: "a variable is used above its declaration",
        severity: Error,
        explain: r#"
`:=` and `some` say that a new variable begins here. Above that place the name means something else, which is
seldom what was meant.

Wrong:

```rego
package example

big if {
	n > 10
	n := count(input.items)
}
```

Right:

```rego
package example

big if {
	n := count(input.items)
	n > 10
}
```
"#,
    },
    CodeInfo {
        code: "E1104",
        title: "this cannot be declared or assigned",
        severity: Error,
        explain: r#"
`:=` declares names, and arrays and objects of names. `input` and `data` always mean the input and the data of
the evaluation; `with` puts other values in their place for one statement.

Wrong:

```rego
package example

p if {
	input := {"user": "ann"}
	input.user == "ann"
}
```

Right:

```rego
package example

p if {
	q with input as {"user": "ann"}
}

q if input.user == "ann"
```
"#,
    },
    CodeInfo {
        code: "E1105",
        title: "this rule cannot have such a head",
        severity: Error,
        explain: r#"
Functions have constant names and give one value. `else` belongs to rules that give one value, and `default` to
names without variable parts; a set that has no members is empty by itself.

Wrong:

```rego
package example

default roles contains "guest"
```

Right:

```rego
package example

roles contains "guest" if count(input.roles) == 0

roles contains role if some role in input.roles
```
"#,
    },
    CodeInfo {
        code: "E1106",
        title: "rules of one name do not go together",
        severity: Error,
        explain: r#"
All rules of a name make one thing together: one value, a set (`contains`), an object (`p[key] := value`), or a
function of so many arguments.

Wrong:

```rego
package example

deny contains "too late" if input.late

deny := "too early" if input.early
```

Right:

```rego
package example

deny contains "too late" if input.late

deny contains "too early" if input.early
```
"#,
    },
    CodeInfo {
        code: "E1107",
        title: "one rule or package lies inside another rule",
        severity: Error,
        explain: r#"
A path is either a rule or a place with rules below it. Below an object of rules there can be more of its rules.

Wrong:

```rego
package example

limits := {"low": 1}

limits.high := 10
```

Right:

```rego
package example

limits.low := 1

limits.high := 10
```
"#,
    },
    CodeInfo {
        code: "E1108",
        title: "a rule has several defaults",
        severity: Error,
        explain: r#"
The default is the value when no rule of that name holds, so there is one.

Wrong:

```rego
package example

default allow := false

default allow := true
```

Right:

```rego
package example

default allow := false
```
"#,
    },
    CodeInfo {
        code: "E1109",
        title: "a default is not a constant",
        severity: Error,
        explain: r#"
A default holds when nothing else does, so it cannot depend on anything itself, except inside a comprehension.

Wrong:

```rego
package example

default limit := data.limits.standard

limit := 10 if input.guest
```

Right:

```rego
package example

limit := 10 if {
	input.guest
} else := data.limits.standard
```
"#,
    },
    CodeInfo {
        code: "E1110",
        title: "rules need each other",
        severity: Error,
        explain: r#"
A decision always ends, so a rule cannot need itself, by whatever way round. The message shows the way. `data[x]`
may reach every rule; write the path out as far as it is known. Nested data is visited by `walk`, and graphs by
`graph.reachable`.

Wrong:

```rego
package example

reachable contains n if some n in data.edges[input.start]

reachable contains n if {
	some m in reachable
	some n in data.edges[m]
}
```

Right:

```rego
package example

reachable := graph.reachable(data.edges, {input.start})
```
"#,
    },
    CodeInfo {
        code: "E1111",
        title: "there is no such function",
        severity: Error,
        explain: r#"
Functions are rules with parameters in this package, in imported packages or under `data`, and those of the
library. The manual lists the library by groups.

Wrong:

```rego
package example

p if start_with(input.path, "/public")
```

Right:

```rego
package example

p if startswith(input.path, "/public")
```
"#,
    },
    CodeInfo {
        code: "E1112",
        title: "the number of arguments is wrong",
        severity: Error,
        explain: r#"
A function takes all its arguments. As a statement of its own, a call may have one more: a place for the result.

Wrong:

```rego
package example

p := split(input.path)
```

Right:

```rego
package example

p := split(input.path, "/")
```
"#,
    },
    CodeInfo {
        code: "E1113",
        title: "a function is used as a value, or a value as a function",
        severity: Error,
        explain: r#"
A function has no value until it is called, and only functions can be called.

Wrong:

```rego
package example

double(x) := x * 2

p := double + 1
```

Right:

```rego
package example

double(x) := x * 2

p := double(input.n) + 1
```
"#,
    },
    CodeInfo {
        code: "E1114",
        title: "an argument or an operand has the wrong type",
        severity: Error,
        explain: r#"
The text of the argument shows what it is, and the function never takes that. The call would be undefined, always.
The same goes for what stands beside an operator: `+` adds numbers, and `&` and `|` take sets.

Wrong:

```rego
package example

p := count(7)
```

Right:

```rego
package example

p := count([7])
```
"#,
    },
    CodeInfo {
        code: "E1115",
        title: "this function is left out",
        severity: Error,
        explain: r#"
Whoever recomputes a decision must get the same one. So there is no clock, no network and no randomness in a
policy, and nothing of the machine it runs on. What a decision needs is in `input` (`input.now` is the time of the
event) or in the data files of the bundle.

Wrong:

```rego
package example

expired if time.now_ns() > input.expires
```

Right:

```rego
package example

expired if input.now > input.expires
```
"#,
    },
    CodeInfo {
        code: "E1116",
        title: "this function is not part of Rego v1",
        severity: Error,
        explain: r#"
Older versions of Rego had it. The message says what is written instead, and where it can, offers the change.

Wrong:

```rego
package example

p if re_match("^a", input.name)
```

Right:

```rego
package example

p if regex.match("^a", input.name)
```
"#,
    },
    CodeInfo {
        code: "E1117",
        title: "an import is of neither `data` nor `input`",
        severity: Error,
        explain: r#"
Packages and data files are found under `data`.

Wrong:

```rego
package example

import staff.roles

p if input.role in roles
```

Right:

```rego
package example

import data.staff.roles

p if input.role in roles
```
"#,
    },
    CodeInfo {
        code: "E1118",
        title: "a name is imported twice",
        severity: Error,
        explain: r#"
The second import would hide the first one. `as` gives it another name.

Wrong:

```rego
package example

import data.staff.roles
import data.guests.roles

p if input.user in roles
```

Right:

```rego
package example

import data.guests.roles as guest_roles
import data.staff.roles

p if input.user in roles | guest_roles
```
"#,
    },
    CodeInfo {
        code: "E1119",
        title: "`with` cannot replace this",
        severity: Error,
        explain: r#"
`with` replaces `input` or a part of it, data and rules by their paths, and functions, while one statement is
evaluated. The path is written out.

Wrong:

```rego
package example

p if {
	x := input.user
	q with x as "ann"
}

q if input.user == "ann"
```

Right:

```rego
package example

p if {
	q with input.user as "ann"
}

q if input.user == "ann"
```
"#,
    },
    CodeInfo {
        code: "E1120",
        title: "a function is replaced by one with other arguments",
        severity: Error,
        explain: r#"
The calls stay as they are, so what stands in for a function takes as many arguments. A plain value can stand in for
any function.

Wrong:

```rego
package example

f(x, y) := x + y

p if count(input.xs) == 1 with count as f
```

Right:

```rego
package example

f(x) := 1

p if count(input.xs) == 1 with count as f
```
"#,
    },
    CodeInfo {
        code: "E1121",
        title: "an integer does not fit in 64 bits",
        severity: Error,
        explain: r#"
Integers go from -9223372036854775808 to 9223372036854775807. Larger ones cannot be computed with; as strings they
can still be compared.

Wrong:

```rego
package example

p if input.serial == 123456789012345678901234567890
```

Right:

```rego
package example

p if input.serial == "123456789012345678901234567890"
```
"#,
    },
    CodeInfo {
        code: "E1122",
        title: "a decimal is out of range",
        severity: Error,
        explain: r#"
Numbers with a fraction go from -2147483648 to 2147483647.9999999998 and are kept to 2^-32. Whole numbers have 64
bits, however they are written.

Wrong:

```rego
package example

p if input.size > 4000000000.5
```

Right:

```rego
package example

p if input.size > 4000000000
```
"#,
    },
    CodeInfo {
        code: "E1126",
        title: "`allow` or `deny` of a gate is not what a gate reads",
        severity: Error,
        explain: r#"
Every package under `gatos` may say `allow`, true or false, and `deny`, a set of reasons. A write passes when some
`allow` is true and every `deny` is empty; anything else in their place could not be read as a decision. For the same
reason no such package is itself called `allow` or `deny`: rules in `package gatos.exec.deny` would deny nothing.

Wrong:

```rego
package gatos.exec

deny if not "exec:run" in input.caps
```

Right:

```rego
package gatos.exec

deny contains "caps missing: exec:run" if not "exec:run" in input.caps
```
"#,
    },
    CodeInfo {
        code: "E1127",
        title: "a bundle is nested too deep, or grows with its square",
        severity: Error,
        explain: r#"
Rules may be nested 500 levels deep. References to places above rules, `data[x]`, reach every rule below, and
`with` replaces every rule below its path; all of them together may reach a million rules, and replace two
hundred thousand. Longer paths reach fewer.

Wrong:

```rego
package example

p if data[x].allow # and a thousand of these over a thousand rules
```

Right:

```rego
package example

p if data.staff[x].allow
```
"#,
    },
    CodeInfo {
        code: "E1128",
        title: "a rule needs too many values at a time",
        severity: Error,
        explain: r#"
The rules of a document are computed with 250 registers: for the variables of a rule, the members it is
looking at, and what an expression computes at once.

Wrong:

```rego
package example

p if {
	x1 := input.a1
	x2 := input.a2 # and 300 more
}
```

Right:

```rego
package example

p if {
	first_half
	second_half
}

first_half if input.a1 == input.b1 # and a part of the others

second_half if input.a2 == input.b2
```
"#,
    },
    CodeInfo {
        code: "E1129",
        title: "the compiled policy was refused",
        severity: Error,
        explain: r#"
The verifier checks what the compiler made. It refuses policies beyond the limits of ELC: 65,536 names of rules
that are not functions, and 65,536 steps of code for the rules of one name, which is about 10,000 rules. What
differs only in its values belongs into data, which one rule reads. Any other reason is a mistake of the compiler.

Wrong:

```rego
package example

p := 1 # and millions of rules more
```

Right:

```rego
package example

p := data.table[input.key]
```
"#,
    },
];
