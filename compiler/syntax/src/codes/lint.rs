//! Codes: lints (W05xx).

use super::CodeInfo;
use crate::diagnostic::Severity::Warning;

pub(super) static CODES: &[CodeInfo] = &[
    CodeInfo {
        code: "W0501",
        title: "a local is never used",
        severity: Warning,
        explain: r#"
Either it is left over, or its name was mistyped where it was meant to be used. Names that begin with `_`
are exempt.

Wrong:

```lua
local total = 0
return {}
```

Right:

```lua
local total = 0
return { total = total }
```
"#,
    },
    CodeInfo {
        code: "W0502",
        title: "a function is never used",
        severity: Warning,
        explain: r#"
Nothing calls this local function.

Wrong:

```lua
local function helper() return 1 end
return {}
```

Right:

```lua
local function helper() return 1 end
return { n = helper() }
```
"#,
    },
    CodeInfo {
        code: "W0503",
        title: "a parameter is never used",
        severity: Warning,
        explain: r#"
Off unless configured: many functions take what their callers pass. Names that begin with `_` are exempt.

Wrong:

```lua
local function first(a, b) return a end
```

Right:

```lua
local function first(a, _b) return a end
```
"#,
    },
    CodeInfo {
        code: "W0504",
        title: "no `goto` goes to this label",
        severity: Warning,
        explain: r#"
A label that nothing jumps to does nothing.

Wrong:

```lua
::start::
return 1
```

Right:

```lua
return 1
```
"#,
    },
    CodeInfo {
        code: "W0505",
        title: "a local hides another one",
        severity: Warning,
        explain: r#"
From here on the name means the inner one; a later reader may think of the outer one.

Wrong:

```lua
local n = 1
for n = 1, 3 do print(n) end
```

Right:

```lua
local n = 1
for i = 1, 3 do print(i) end
print(n)
```
"#,
    },
    CodeInfo {
        code: "W0506",
        title: "this code is never reached",
        severity: Warning,
        explain: r#"
Everything before it leaves: by `return`, `break`, `goto`, `error` or an endless loop.

Wrong:

```lua
error("no")
print("never")
```

Right:

```lua
print("first")
error("no")
```
"#,
    },
    CodeInfo {
        code: "W0507",
        title: "a generator gives the same numbers every time",
        severity: Warning,
        explain: r#"
A generator seeded by a constant, or made once while the module loads, does not depend on the event.

Wrong:

```lua
local r = rng("seed")
```

Right:

```lua
local r = rng(event.ulid)
```
"#,
    },
    CodeInfo {
        code: "W0508",
        title: "a large table of constants",
        severity: Warning,
        explain: r#"
The table is part of the program and is built at every load. Data that change belong in events.

Wrong:

```lua
local RATES = { 1, 2, 3 } -- and thousands more
```

Right:

```lua
local rates = state.rates
```

The limit is `max_table_items` in the configuration.
"#,
    },
    CodeInfo {
        code: "W0509",
        title: "a literal has more digits than a fixed number keeps",
        severity: Warning,
        explain: r#"
Fixed numbers have 32 binary digits after the point: about nine decimal ones. The nearest is taken.

Wrong:

```lua
local x = 0.12345678901
```

Right:

```lua
local x = 0.123456789
```
"#,
    },
    CodeInfo {
        code: "W0510",
        title: "values of unlike types are compared",
        severity: Warning,
        explain: r#"
Numbers and strings are never equal, and values without an order cannot be compared with `<`.

Wrong:

```lua
if tostring(n) == 1 then return end
```

Right:

```lua
if n == 1 then return end
```
"#,
    },
    CodeInfo {
        code: "W0511",
        title: "the state grows with every event",
        severity: Warning,
        explain: r#"
The state is written at every checkpoint and held in memory; the journal already keeps every event.

Wrong:

```lua
state.seen[#state.seen + 1] = event.ulid
```

Right:

```lua
state.count = state.count + 1
```
"#,
    },
    CodeInfo {
        code: "W0512",
        title: "a local is assigned but never read",
        severity: Warning,
        explain: r#"
Nothing looks at its value.

Wrong:

```lua
local last
for i = 1, 3 do last = i end
```

Right:

```lua
local last
for i = 1, 3 do last = i end
return last
```
"#,
    },
    CodeInfo {
        code: "W0513",
        title: "a function changes a table that is frozen by then",
        severity: Warning,
        explain: r#"
Tables of a fold module freeze when it has loaded, as what they keep would not survive a restart.

Wrong:

```lua
local seen = {}
function fold(state, event)
  seen[event.type] = true
  return state
end
```

Right:

```lua
function fold(state, event)
  state.seen[event.type] = true
  return state
end
```
"#,
    },
    CodeInfo {
        code: "W0514",
        title: "an allow-comment gives no reason",
        severity: Warning,
        explain: r#"
The next reader wants to know why the warning does not matter here.

Wrong:

```lua
local spare = 1 -- gatos: allow(W0501)
```

Right:

```lua
local spare = 1 -- gatos: allow(W0501) filled by the next migration
```
"#,
    },
    CodeInfo {
        code: "W0515",
        title: "an allow-comment has no effect",
        severity: Warning,
        explain: r#"
It names no lint, or there is no such warning on the line that it speaks for.

Wrong:

```lua
-- gatos: allow(W0501) left over
return 1
```

Right:

```lua
return 1
```
"#,
    },
    CodeInfo {
        code: "W0516",
        title: "this arithmetic fails whenever it runs",
        severity: Warning,
        explain: r#"
A zero divisor or an overflow of constants is an error at run time: numbers neither wrap nor become
infinite.

Wrong:

```lua
local x = 1 // 0
```

Right:

```lua
if n ~= 0 then x = 1 // n end
```
"#,
    },
    CodeInfo {
        code: "W0517",
        title: "`fold` returns no state",
        severity: Warning,
        explain: r#"
The value that `fold` returns is the next state; without one every event would end in an error.

Wrong:

```lua
function fold(state, event) state.n = event.seq end
```

Right:

```lua
function fold(state, event)
  state.n = event.seq
  return state
end
```
"#,
    },
    CodeInfo {
        code: "W0520",
        title: "a fold can use up its fuel on events like those in the journal",
        severity: Warning,
        explain: r#"
The language server folds the newest events of the repository's journal, and evaluates the bound of
the fold's fuel for their sizes. This is said when an event used up the fuel or more than half of it,
or when the bound for the sizes of one of them is above what `limits.fuel` allows. At the limit the
fold stops, and every later event waits behind that one. `gatos lint` does not say it, for it does
not look at events.

Wrong, when payloads have thousands of items:

```lua
function fold(state, event)
  for _, a in ipairs(event.payload.items) do
    for _, b in ipairs(event.payload.items) do
      if a.id == b.id then state.n = (state.n or 0) + 1 end
    end
  end
  return state
end
```

Right:

```lua
function fold(state, event)
  local seen = {}
  for _, item in ipairs(event.payload.items) do
    seen[item.id] = (seen[item.id] or 0) + 1
    state.n = (state.n or 0) + 2 * seen[item.id] - 1
  end
  return state
end
```
"#,
    },
];
