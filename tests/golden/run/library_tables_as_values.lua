-- The library's tables and constants are values like others.
local libs = { string, table, math, utf8, json }
#libs --> 5
local s, t, m, u, j = string, table, math, utf8, json
s.rep("x", 2) --> "xx"
t.concat({ 1, 2 }) --> "12"
m.max(1, 2) --> 2
u.char(65) --> "A"
j.encode_canonical({ 1 }) --> "[1]"
m.maxinteger --> 9223372036854775807
m.mininteger --> -9223372036854775808
m.maxfixed --> 2147483647.9999999998
m.minfixed --> -2147483648.0
math.maxfixed == m.maxfixed --> true
math.minfixed --> -2147483648.0
j.null == json.null --> true
s.nothing --> nil
local name = "upper"
string[name]("x") --> "X"
dkeys(utf8) --> ["char","charpattern","codepoint","codes","len","offset"]
