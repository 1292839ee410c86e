//! Codes: fold modules (E04xx).

use super::CodeInfo;
use crate::diagnostic::Severity::Error;

pub(super) static CODES: &[CodeInfo] = &[
    CodeInfo {
        code: "E0401",
        title: "a fold module's function assigns a module-level local",
        severity: Error,
        explain: r#"
What a module keeps in its locals does not survive a restart from a checkpoint, so the same events could
give different states. The state is the only memory between events.

Wrong:

```lua
local count = 0
function fold(state, event)
  count = count + 1
  return state
end
```

Right:

```lua
function fold(state, event)
  state.count = (state.count or 0) + 1
  return state
end
```
"#,
    },
    CodeInfo {
        code: "E0402",
        title: "this file offers no function `fold`",
        severity: Error,
        explain: r#"
A fold module returns a table with a function `fold`, or declares one at its top level. A local function is
not seen from outside.

Wrong:

```lua
local function fold(state, event) return state end
```

Right:

```lua
function fold(state, event) return state end
```
"#,
    },
];
