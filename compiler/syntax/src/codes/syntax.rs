//! Codes: the text does not parse (E00xx).

use super::CodeInfo;
use crate::diagnostic::Severity::Error;

pub(super) static CODES: &[CodeInfo] = &[
    CodeInfo {
        code: "E0001",
        title: "a character that has no meaning here",
        severity: Error,
        explain: r#"
Outside of strings and comments a program consists of ASCII letters, digits and signs. The message points
at anything else: a letter such as `ö` in a name, a typographic quote or dash that a word processor put in,
an invisible space, or a sign Lua does not use, such as `@` or `?`.

Wrong:

```lua
local größe = “big”
```

Right:

```lua
local size = "big"
```
"#,
    },
    CodeInfo {
        code: "E0002",
        title: "a string that does not end",
        severity: Error,
        explain: r#"
A string in `"…"` or `'…'` ends on the line where it begins. A string in long brackets `[[…]]` may have
several lines; if its closing bracket is missing it swallows the rest of the file.

Wrong:

```lua
local greeting = "hello
```

Right:

```lua
local greeting = "hello"
local text = [[
first line
second line
]]
```
"#,
    },
    CodeInfo {
        code: "E0003",
        title: "a comment that does not end",
        severity: Error,
        explain: r#"
`--[[` begins a comment of several lines, which goes on to `]]`. With equals signs between the brackets, as
in `--[==[`, the closing bracket has as many.

Wrong:

```lua
--[[ this covers the rest of the file
return 1
```

Right:

```lua
--[[ this ends ]]
-- this is a comment of one line
return 1
```
"#,
    },
    CodeInfo {
        code: "E0004",
        title: "an escape that a string cannot hold",
        severity: Error,
        explain: r#"
After a backslash a string takes `a b f n r t v`, a backslash, a quote, a line break, `z` (skips white space),
`x` and two hexadecimal digits, up to three decimal digits below 256, or `u{…}` with a hexadecimal code
up to 7FFFFFFF. Anything else is refused, so that no backslash is lost silently.

Wrong:

```lua
local path = "folds\authors"
local pattern = "\d+"
```

Right:

```lua
local path = "folds\\authors"
local pattern = "%d+"
```
"#,
    },
    CodeInfo {
        code: "E0005",
        title: "a malformed number",
        severity: Error,
        explain: r#"
A number begins with a digit (or with a point and a digit) and takes every letter, digit and point that follows.
There are no suffixes, no `_` between digits, no binary or octal numbers; and `1..2` is read as one word, so
that the operator needs a space before it.

Wrong:

```lua
local limit = 10_000
local text = 1..2
```

Right:

```lua
local limit = 10000
local text = 1 .. 2
```
"#,
    },
    CodeInfo {
        code: "E0006",
        title: "a block that is not closed, or an `end` that closes nothing",
        severity: Error,
        explain: r#"
`do`, `then`, `else` and `function` open a block that ends with `end`; `repeat` opens one that ends with
`until` and a condition. When the count is wrong, the indentation decides which block the message points at, so an
indented file gets the better message. `else if`, in two words, opens a second `if` that needs an `end` of its
own.

Wrong:

```lua
function size(t)
  if t == nil then
    return 0
  return #t
end
```

Right:

```lua
function size(t)
  if t == nil then
    return 0
  end
  return #t
end
```
"#,
    },
    CodeInfo {
        code: "E0007",
        title: "nested too deep",
        severity: Error,
        explain: r#"
Blocks, functions, brackets, unary operators, `..` and `^` may be nested 200 levels in one another, and a
chain such as `a + b + c` or `a.b.c` may have 1000 links. The limits are a part of the language, so that a program is
accepted by every implementation or by none, and no text can exhaust a compiler's stack.

Wrong: `a .. b .. c` with hundreds of parts.

```lua
return a .. b .. c -- and 500 more
```

Right:

```lua
local parts = { a, b, c }
return table.concat(parts)
```
"#,
    },
    CodeInfo {
        code: "E0008",
        title: "brackets that do not match",
        severity: Error,
        explain: r#"
Every `(`, `[` and `{` is closed by its own counterpart, in the same block. Where one is missing, the message points at
the one that was opened and at the place where it most likely ended.

Wrong:

```lua
print(string.rep("x", 3)
```

Right:

```lua
print(string.rep("x", 3))
```
"#,
    },
    CodeInfo {
        code: "E0009",
        title: "`then` or `do` is missing",
        severity: Error,
        explain: r#"
`if` and `elseif` take `then` after their condition, `while` and `for` take `do`.

Wrong:

```lua
if ready
  start()
end
```

Right:

```lua
if ready then
  start()
end
```
"#,
    },
    CodeInfo {
        code: "E0010",
        title: "an operator of another language",
        severity: Error,
        explain: r#"
Lua spells some operators differently, and has no assignment with an operator:

| elsewhere | in Lua |
| --- | --- |
| `!=` | `~=` |
| `!a` | `not a` |
| `a && b` | `a and b` |
| `a \|\| b` | `a or b` |
| `a === b` | `a == b` |
| `a += 1`, `a++` | `a = a + 1` |

Wrong:

```lua
if a != b && !done then n += 1 end
```

Right:

```lua
if a ~= b and not done then n = n + 1 end
```
"#,
    },
    CodeInfo {
        code: "E0011",
        title: "`=` in a condition",
        severity: Error,
        explain: r#"
`=` assigns and is a statement; `==` compares and is an expression. A condition is an expression.

Wrong:

```lua
if event.type = "paid" then n = n + 1 end
```

Right:

```lua
if event.type == "paid" then n = n + 1 end
```
"#,
    },
    CodeInfo {
        code: "E0012",
        title: "something that cannot be assigned to",
        severity: Error,
        explain: r#"
The left side of `=` is a name, a field `t.name` or an element `t[key]`. The result of a call or an expression in
parentheses is a value, not a place.

Wrong:

```lua
owner() = "ann"
```

Right:

```lua
local o = owner()
o.name = "ann"
```
"#,
    },
    CodeInfo {
        code: "E0013",
        title: "a list of parameters that is not one",
        severity: Error,
        explain: r#"
A function takes names with commas between them, in parentheses that are always written; `...` may be the last.
There are no default values and no types.

Wrong:

```lua
local function page(items, size = 10) end
```

Right:

```lua
local function page(items, size)
  if size == nil then size = 10 end
end
```
"#,
    },
    CodeInfo {
        code: "E0014",
        title: "a comma that is missing or one too many",
        severity: Error,
        explain: r#"
Arguments and the items of a table are separated by commas (items also by `;`). A table may have one after its last
item, a call may not.

Wrong:

```lua
local t = {
  a = 1
  b = 2
}
f(1, 2,)
```

Right:

```lua
local t = {
  a = 1,
  b = 2,
}
f(1, 2)
```
"#,
    },
    CodeInfo {
        code: "E0015",
        title: "the head of a `for` is not one of the two forms",
        severity: Error,
        explain: r#"
A numeric `for` has one name and two or three values: first, last and perhaps the step. A generic `for` has names, `in`
and an iterator.

Wrong:

```lua
for i = 10 do print(i) end
for item of list do print(item) end
```

Right:

```lua
for i = 1, 10 do print(i) end
for _, item in ipairs(list) do print(item) end
```
"#,
    },
    CodeInfo {
        code: "E0016",
        title: "the name of a function is missing or out of place",
        severity: Error,
        explain: r#"
A function as a statement has a name, which may be a field (`function M.fold`). A `local function` has a plain name. A
function as a value has none: it goes by what it is assigned to.

Wrong:

```lua
function (x) return x end
local function M.init() return {} end
local id = function id(x) return x end
```

Right:

```lua
function M.init() return {} end
local function id(x) return x end
```
"#,
    },
    CodeInfo {
        code: "E0017",
        title: "`else` or `elseif` out of place",
        severity: Error,
        explain: r#"
`elseif` (one word) and `else` continue an `if` that is still open, and `else` is its last part. If one of them belongs to
nothing, an `end` before it is often one too many.

Wrong:

```lua
if a then
  x()
end
else
  y()
end
```

Right:

```lua
if a then
  x()
else
  y()
end
```
"#,
    },
    CodeInfo {
        code: "E0018",
        title: "the file is not a text",
        severity: Error,
        explain: r#"
Source is UTF-8, and smaller than 4 GiB. The message gives the first place that is not UTF-8. Other bytes belong into
strings, as escapes.

Wrong: a byte `E9`, which is `é` in Latin-1.

Right:

```lua
local e_acute = "\u{E9}" -- or é, in UTF-8
local latin1 = "\xE9"
```
"#,
    },
    CodeInfo {
        code: "E0019",
        title: "an expression that stands as a statement",
        severity: Error,
        explain: r#"
Only calls and assignments stand alone; the value of any other expression would be lost, so it is likely a slip: a
misspelt keyword, `==` for `=`, a call without its parentheses, or a statement of another language such as
`continue`.

Wrong:

```lua
local count
count == 0
for i = 1, 3 do
  if i == 2 then continue end
end
```

Right:

```lua
local count
count = 0
for i = 1, 3 do
  if i == 2 then goto continue end
  count = count + i
  ::continue::
end
```
"#,
    },
    CodeInfo {
        code: "E0020",
        title: "statements after `return`",
        severity: Error,
        explain: r#"
`return` is the last statement of its block: what follows it there could never run. To leave early while trying
something out, wrap it.

Wrong:

```lua
local function f()
  return 1
  print("never")
end
```

Right:

```lua
local function f()
  do return 1 end
  print("not for now")
end
```
"#,
    },
    CodeInfo {
        code: "E0021",
        title: "an expression is missing",
        severity: Error,
        explain: r#"
After an operator, `=`, a comma, `return (` and the like a value follows.

Wrong:

```lua
local total = price *
local tax =
```

Right:

```lua
local total = price * count
local tax = 0
```
"#,
    },
    CodeInfo {
        code: "E0022",
        title: "something that is not expected here",
        severity: Error,
        explain: r#"
The program reads well up to this place, and what stands here cannot come next. The label says what it follows; often
the mistake is just before it. The statement is skipped and the rest of the file is still checked.

Wrong:

```lua
local a = 1 2
f(name = "x")
```

Right:

```lua
local a = 12
f{ name = "x" }
```
"#,
    },
    CodeInfo {
        code: "E0023",
        title: "a reserved word where a name is needed",
        severity: Error,
        explain: r#"
`and break do else elseif end false for function goto if in local nil not or repeat return then true until while` are
not names. As the key of a table such a word is written as a string.

Wrong:

```lua
local range = { start = 1, end = 9 }
print(range.end)
```

Right:

```lua
local range = { start = 1, ["end"] = 9 }
print(range["end"])
```
"#,
    },
    CodeInfo {
        code: "E0024",
        title: "a comment of another language",
        severity: Error,
        explain: r#"
A comment begins with `--`. `//` divides and rounds down, and `#` takes a length.

Wrong:

```lua
local n = 7 // seven
# seven
```

Right:

```lua
local n = 7 -- seven
--[[ or several
     lines ]]
```
"#,
    },
    CodeInfo {
        code: "E0025",
        title: "a local that is not a plain name",
        severity: Error,
        explain: r#"
`local` declares names. A field belongs to its table and is assigned without `local`; and there are no type
annotations.

Wrong:

```lua
local M.version = 1
local count: number = 0
```

Right:

```lua
M.version = 1
local count = 0
```
"#,
    },
];
