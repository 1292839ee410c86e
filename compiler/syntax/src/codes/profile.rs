//! Codes: what the EchoLua profile leaves out (E01xx).

use super::CodeInfo;
use crate::diagnostic::Severity::Error;

pub(super) static CODES: &[CodeInfo] = &[
    CodeInfo {
        code: "E0101",
        title: "`<close>` is not part of EchoLua",
        severity: Error,
        explain: r#"
A `<close>` variable runs code when its scope ends, to release files or locks. A fold holds neither, and
code that runs at a place where nothing is written makes a program hard to follow.

Wrong:

```lua
local h <close> = acquire()
```

Right:

```lua
local h <const> = acquire()
release(h)
```
"#,
    },
    CodeInfo {
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

Right:

```lua
for key, value in dpairs(t) do total = total + value end
```

`dpairs` visits the keys sorted (false, true, numbers by value, strings by bytes), over a snapshot of them.
"#,
    },
    CodeInfo {
        code: "E0108",
        title: "`next` gives keys in no fixed order",
        severity: Error,
        explain: r#"
`next` is the step of `pairs`, with the same unspecified order.

Wrong:

```lua
if next(t) == nil then return "empty" end
```

Right:

```lua
if #dkeys(t) == 0 then return "empty" end
```

For a loop there is `dpairs(t)`, for a first key `dkeys(t)[1]`.
"#,
    },
    CodeInfo {
        code: "E0109",
        title: "coroutines are not part of EchoLua",
        severity: Error,
        explain: r#"
A suspended coroutine is a stack that cannot be written as JSON, so it could not be kept between events.

Wrong:

```lua
local co = coroutine.create(step)
```

Right:

```lua
state.step = state.step + 1
```

Keep the progress in the state and go on with the next event.
"#,
    },
    CodeInfo {
        code: "E0110",
        title: "this metamethod has no effect in EchoLua",
        severity: Error,
        explain: r#"
`__gc` and `__mode` would show when garbage is collected, `__close` belongs to variables that EchoLua has
not, and `__pairs` to a function that it has not. A key that silently does nothing would be a trap.

Wrong:

```lua
setmetatable(t, { __gc = function() print("gone") end })
```

Right:

```lua
setmetatable(t, { __index = defaults })
```
"#,
    },
    CodeInfo {
        code: "E0111",
        title: "`math.random` is not part of EchoLua",
        severity: Error,
        explain: r#"
Its numbers would differ on every run. `rng` makes a generator from data, and the same data give the same
numbers everywhere.

Wrong:

```lua
local dice = math.random(6)
```

Right:

```lua
local r = rng(event.ulid)
local dice = r(6)
```
"#,
    },
    CodeInfo {
        code: "E0112",
        title: "`os` is not part of EchoLua",
        severity: Error,
        explain: r#"
Clocks, environment variables and files differ between machines and runs.

Wrong:

```lua
state.seen = os.time()
```

Right:

```lua
state.seen = event.ts
```
"#,
    },
    CodeInfo {
        code: "E0113",
        title: "`io` is not part of EchoLua",
        severity: Error,
        explain: r#"
A fold sees nothing but its events: then everyone who has the events gets the same state.

Wrong:

```lua
local text = io.open("rates.csv"):read("a")
```

Right:

```lua
local rates = event.payload.rates
```

`print` writes to the tool's log.
"#,
    },
    CodeInfo {
        code: "E0114",
        title: "`debug` is not part of EchoLua",
        severity: Error,
        explain: r#"
It shows what may differ between engines: stacks, registers and names of locals.

Wrong:

```lua
print(debug.traceback())
```

Right:

```lua
error({ code = "bad-total", total = total })
```

Tools print the call stack of an error by themselves.
"#,
    },
    CodeInfo {
        code: "E0115",
        title: "`package` is not part of EchoLua",
        severity: Error,
        explain: r#"
Modules are found when the program is compiled, and compiled in, so that one hash covers the whole program.

Wrong:

```lua
package.path = "lib/?.lua"
```

Right:

```lua
local dates = require "lib.dates"
```
"#,
    },
    CodeInfo {
        code: "E0116",
        title: "code cannot be loaded at run time",
        severity: Error,
        explain: r#"
The hash of a program must cover all its code, and the verifier must have seen it.

Wrong:

```lua
local f = load("return 1 + 1")
```

Right:

```lua
local function f() return 1 + 1 end
```
"#,
    },
    CodeInfo {
        code: "E0117",
        title: "`collectgarbage` is not part of EchoLua",
        severity: Error,
        explain: r#"
What collection does must not be observable, or memory settings would change results.

Wrong:

```lua
collectgarbage()
```

Right:

```lua
big = nil
```
"#,
    },
    CodeInfo {
        code: "E0118",
        title: "`math.huge` is not part of EchoLua",
        severity: Error,
        explain: r#"
Numbers are integers and fixed-point decimals; there are no infinities.

Wrong:

```lua
local best = math.huge
```

Right:

```lua
local best = math.maxinteger
```

Often it is clearest to start from nil, or from the first value.
"#,
    },
    CodeInfo {
        code: "E0119",
        title: "transcendental functions are not part of EchoLua",
        severity: Error,
        explain: r#"
Sines, logarithms and their kin have no exact value in fixed-point numbers, and libraries round them
differently.

Wrong:

```lua
local y = math.sin(x)
```

Right:

```lua
local y = SINES[x // 1 % 360]
```
"#,
    },
    CodeInfo {
        code: "E0120",
        title: "`string.dump` is not part of EchoLua",
        severity: Error,
        explain: r#"
The bytes of a function depend on the compiler's version, and functions are no data.

Wrong:

```lua
state.f = string.dump(f)
```

Right:

```lua
state.f = "discount"
local f = RULES[state.f]
```
"#,
    },
    CodeInfo {
        code: "E0121",
        title: "there is no table of globals",
        severity: Error,
        explain: r#"
Globals are resolved when the program is compiled: each name is checked, and none can appear later.

Wrong:

```lua
_G[name] = value
```

Right:

```lua
local registry = {}
registry[name] = value
```
"#,
    },
    CodeInfo {
        code: "E0122",
        title: "`require` takes one literal name",
        severity: Error,
        explain: r#"
Modules are compiled into the program, so their names must be known while compiling.

Wrong:

```lua
local m = require("rules." .. kind)
```

Right:

```lua
local RULES = { tax = require "rules.tax", fee = require "rules.fee" }
local m = RULES[kind]
```
"#,
    },
    CodeInfo {
        code: "E0123",
        title: "`tostring` of a table or function has no stable meaning",
        severity: Error,
        explain: r#"
Lua prints an address, which differs from run to run.

Wrong:

```lua
print(tostring({ 1, 2 }))
```

Right:

```lua
print(json.encode_canonical({ 1, 2 }))
```
"#,
    },
    CodeInfo {
        code: "E0124",
        title: "this form of `string.format` is not part of EchoLua",
        severity: Error,
        explain: r#"
`%g`, `%e` and `%a` are made for binary floats, and `%p` prints an address.

Wrong:

```lua
local s = string.format("%g", x)
```

Right:

```lua
local s = string.format("%.2f", x)
```

`%s` prints a number's shortest decimal, `%d` an integer.
"#,
    },
    CodeInfo {
        code: "E0125",
        title: "a name of another Lua version",
        severity: Error,
        explain: r#"
This name existed in an older Lua, or does something that EchoLua has no place for. The message names
what to write.

Wrong:

```lua
local a, b = unpack(t)
```

Right:

```lua
local a, b = table.unpack(t)
```
"#,
    },
];
