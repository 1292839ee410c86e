//! What is accepted in a policy, and probably not what was meant.

use super::CodeInfo;
use crate::diagnostic::Severity::Warning;

pub(super) static CODES: &[CodeInfo] = &[
    CodeInfo {
        code: "W1151",
        title: "a variable is never used",
        severity: Warning,
        explain: r#"
Most often a name is misspelt further down, or a condition was forgotten. `_` stands for values that do not matter.

Wrong:

```rego
package example

p if {
	n := count(input.items)
	count(input.names) > 2
}
```

Right:

```rego
package example

p if {
	n := count(input.items)
	n > 2
}
```
"#,
    },
    CodeInfo {
        code: "W1152",
        title: "an import is never used",
        severity: Warning,
        explain: r#"
It can be left out.

Wrong:

```rego
package example

import data.roles

p if input.admin
```

Right:

```rego
package example

p if input.admin
```
"#,
    },
    CodeInfo {
        code: "W1153",
        title: "a variable hides a rule or an import",
        severity: Warning,
        explain: r#"
Below its declaration the name means the variable. That is allowed, and easily overlooked.

Wrong:

```rego
package example

limit := 10

p if {
	limit := input.n
	limit > 5
}
```

Right:

```rego
package example

limit := 10

p if {
	n := input.n
	n > limit
}
```
"#,
    },
    CodeInfo {
        code: "W1154",
        title: "an import hides a rule",
        severity: Warning,
        explain: r#"
In this file the name means the import; in other files of the package, the rule.

Wrong:

```rego
package example

import data.shared.roles

roles contains "guest"

p if roles.admin
```

Right:

```rego
package example

import data.shared.roles as shared_roles

roles contains "guest"

p if shared_roles.admin
```
"#,
    },
    CodeInfo {
        code: "W1155",
        title: "rules that always hold say different things",
        severity: Warning,
        explain: r#"
Whoever asks for the value gets a conflict, and a gate denies then.

Wrong:

```rego
package example

limit := 10

limit := 20
```

Right:

```rego
package example

limit := 20 if {
	input.member
} else := 10
```
"#,
    },
    CodeInfo {
        code: "W1156",
        title: "a path leaves a package for nothing that it defines",
        severity: Warning,
        explain: r#"
Data could lie there, but a rule has nearly that name, so it was probably meant.

Wrong:

```rego
package example

limit := 10

p if input.n > data.example.limits
```

Right:

```rego
package example

limit := 10

p if input.n > data.example.limit
```
"#,
    },
    CodeInfo {
        code: "W1157",
        title: "METADATA with a field that nobody reads",
        severity: Warning,
        explain: r#"
Explanations and denials show the `title` and the `description` of a rule, which are text. A field with another name,
or with a value of another kind, is kept and never shown. What is your own stands under `custom`.

Wrong:

```rego
package example

# METADATA
# titel: Who may read
allow if input.reader
```

Right:

```rego
package example

# METADATA
# title: Who may read
# custom:
#   owner: library
allow if input.reader
```
"#,
    },
];
