//! Codes: numbers (E03xx).

use super::CodeInfo;
use crate::diagnostic::Severity::Error;

pub(super) static CODES: &[CodeInfo] = &[
    CodeInfo {
        code: "E0301",
        title: "an integer literal is out of range",
        severity: Error,
        explain: r#"
Integers have 64 bits, from -9223372036854775808 to 9223372036854775807. Nothing wraps.

Wrong:

```lua
local n = 9223372036854775808
```

Right:

```lua
local n = 9223372036854775807
```
"#,
    },
    CodeInfo {
        code: "E0302",
        title: "a decimal literal is out of range",
        severity: Error,
        explain: r#"
Fixed numbers have 32 bits before the point and 32 behind it: from -2147483648.0 to
2147483647.9999999998.

Wrong:

```lua
local total = 3000000000.5
```

Right:

```lua
local total_cents = 300000000050
```
"#,
    },
    CodeInfo {
        code: "E0303",
        title: "a hex literal has more than 64 bits",
        severity: Error,
        explain: r#"
A hex literal is the bit pattern of an integer.

Wrong:

```lua
local h = 0x10000000000000000
```

Right:

```lua
local h = 0xffffffffffffffff
```
"#,
    },
    CodeInfo {
        code: "E0304",
        title: "hex floats are not part of EchoLua",
        severity: Error,
        explain: r#"
They spell binary floats, which EchoLua has not.

Wrong:

```lua
local x = 0x1.8p1
```

Right:

```lua
local x = 3.0
```
"#,
    },
    CodeInfo {
        code: "E0305",
        title: "exponents are not part of EchoLua",
        severity: Error,
        explain: r#"
One number has one spelling, and whether a number is an integer can be seen from its point.

Wrong:

```lua
local x = 1.5e3
```

Right:

```lua
local x = 1500.0
```
"#,
    },
    CodeInfo {
        code: "E0306",
        title: "a decimal needs digits on both sides of its point",
        severity: Error,
        explain: r#"
One number has one spelling.

Wrong:

```lua
local half = .5
```

Right:

```lua
local half = 0.5
```
"#,
    },
    CodeInfo {
        code: "E0307",
        title: "a number has superfluous zeros",
        severity: Error,
        explain: r#"
One number has one spelling. How many digits are printed is a matter of `string.format`.

Wrong:

```lua
local price = 1.50
```

Right:

```lua
local price = 1.5
print(string.format("%.2f", price))
```
"#,
    },
];
