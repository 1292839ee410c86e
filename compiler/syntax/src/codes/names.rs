//! Codes: names and scopes (E02xx).

use super::CodeInfo;
use crate::diagnostic::Severity::Error;

pub(super) static CODES: &[CodeInfo] = &[
    CodeInfo {
        code: "E0201",
        title: "this name is not declared",
        severity: Error,
        explain: r#"
In Lua an unknown name is a nil global, so a typing mistake becomes a wrong result. Here every name must be
a local, a global assigned at the top level of the file, or a library name.

Wrong:

```lua
local total = 0
return totl
```

Right:

```lua
local total = 0
return total
```
"#,
    },
    CodeInfo {
        code: "E0202",
        title: "a global is assigned inside a function",
        severity: Error,
        explain: r#"
Globals are assigned at the top level of a file only, so that reading the file shows them all. In a fold
they could not keep anything between events anyway.

Wrong:

```lua
function count() n = (n or 0) + 1 end
```

Right:

```lua
local function count(state) state.n = (state.n or 0) + 1 end
```
"#,
    },
    CodeInfo {
        code: "E0203",
        title: "a constant is assigned",
        severity: Error,
        explain: r#"
A local declared `<const>` keeps its value.

Wrong:

```lua
local limit <const> = 10
limit = 20
```

Right:

```lua
local limit = 10
limit = 20
```
"#,
    },
    CodeInfo {
        code: "E0204",
        title: "the library has no such member",
        severity: Error,
        explain: r#"
Members of library tables are checked while compiling. The manual lists them all, by table.

Wrong:

```lua
local s = string.uper(name)
```

Right:

```lua
local s = string.upper(name)
```
"#,
    },
    CodeInfo {
        code: "E0205",
        title: "the library cannot be changed",
        severity: Error,
        explain: r#"
Library tables are shared by every program on an engine and named in its identity.

Wrong:

```lua
function string.trim(s) return s:match("^%s*(.-)%s*$") end
```

Right:

```lua
local function trim(s) return s:match("^%s*(.-)%s*$") end
```
"#,
    },
    CodeInfo {
        code: "E0206",
        title: "no visible label has this name",
        severity: Error,
        explain: r#"
A label is visible in the block where it stands and in the blocks inside, but not in other functions.

Wrong:

```lua
for i = 1, 3 do
  if i == 2 then goto continue end
end
```

Right:

```lua
for i = 1, 3 do
  if i == 2 then goto continue end
  ::continue::
end
```
"#,
    },
    CodeInfo {
        code: "E0207",
        title: "this `goto` jumps into the scope of a local",
        severity: Error,
        explain: r#"
At the label a local would exist that never got its value.

Wrong:

```lua
goto done
local x = 1
::done::
print(x)
```

Right:

```lua
local x = 1
goto done
::done::
print(x)
```
"#,
    },
    CodeInfo {
        code: "E0208",
        title: "a label is declared twice",
        severity: Error,
        explain: r#"
Within a function, a label may not have the name of one that is visible at that place.

Wrong:

```lua
::a::
::a::
```

Right:

```lua
::a::
::b::
```
"#,
    },
    CodeInfo {
        code: "E0209",
        title: "`break` stands outside any loop",
        severity: Error,
        explain: r#"
There is nothing to leave. A function ends with `return`.

Wrong:

```lua
if done then break end
```

Right:

```lua
while true do
  if done then break end
end
```
"#,
    },
    CodeInfo {
        code: "E0210",
        title: "`...` stands where there are no extra arguments",
        severity: Error,
        explain: r#"
Only a function with `...` among its parameters, and the main file, have extra arguments.

Wrong:

```lua
local function f() return ... end
```

Right:

```lua
local function f(...) return ... end
```
"#,
    },
    CodeInfo {
        code: "E0211",
        title: "this is not an attribute",
        severity: Error,
        explain: r#"
The only attribute of a local is `<const>`.

Wrong:

```lua
local x <constant> = 1
```

Right:

```lua
local x <const> = 1
```
"#,
    },
    CodeInfo {
        code: "E0212",
        title: "a function needs too many registers",
        severity: Error,
        explain: r#"
A function has 250 registers for its locals and the values that an expression computes at once.

Wrong:

```lua
return f(a1, a2, a3) -- and 300 more
```

Right:

```lua
return f(list)
```
"#,
    },
    CodeInfo {
        code: "E0213",
        title: "too many variables are shared between functions",
        severity: Error,
        explain: r#"
A function may use at most 250 variables of the functions around it.

Wrong:

```lua
-- 300 locals used by one inner function
```

Right:

```lua
local shared = {}
shared.first = 1
```
"#,
    },
    CodeInfo {
        code: "E0215",
        title: "a module was not found",
        severity: Error,
        explain: r#"
`require "a.b"` stands for the file `a/b.lua` beside the main file or in the project's folder of folds.

Wrong:

```lua
local dates = require "lib.date"
```

Right:

```lua
local dates = require "lib.dates"
```
"#,
    },
    CodeInfo {
        code: "E0216",
        title: "modules require each other",
        severity: Error,
        explain: r#"
A module would be needed before it has a value. The message shows the way round.

Wrong:

```lua
-- a.lua
local b = require "b"
-- b.lua
local a = require "a"
```

Right:

```lua
-- a.lua and b.lua
local shared = require "shared"
```
"#,
    },
    CodeInfo {
        code: "E0217",
        title: "the compiled program was refused",
        severity: Error,
        explain: r#"
The verifier checks what the compiler made. It refuses programs beyond the limits of ELC; any other reason
is a mistake of the compiler.

Wrong:

```lua
-- millions of lines in one program
```

Right:

```lua
-- data belongs in events, not in the program
local rates = event.payload.rates
```
"#,
    },
];
