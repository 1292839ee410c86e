//! Codes: what the EchoLua profile leaves out (E01xx).

use super::CodeInfo;
use crate::diagnostic::Severity::Error;

pub(super) static CODES: &[CodeInfo] = &[CodeInfo {
    code: "E0107",
    title: "`pairs` visits keys in no fixed order",
    severity: Error,
    explain: r#"
Lua's `pairs` visits the keys of a table in an order that depends on hashing and on the history of the
table. Two machines, or two runs, could fold the same events into different states.

Wrong:

```lua
for key, value in pairs(t) do total = total + value end
```

Right: `dpairs` visits the keys sorted (false, true, numbers by value, strings by bytes).

```lua
for key, value in dpairs(t) do total = total + value end
```
"#,
}];
