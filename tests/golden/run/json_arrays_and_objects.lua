-- Which of [] and {} an empty table is.
{} --> {}
json.array() --> []
json.decode_strict("[]") --> []
json.decode_strict("{}") --> {}
local t = {}
t[1] = 1
t[1] = nil
t --> []
t.a = 1
t.a = nil
t --> {}
local u = {}
u.a = 1
u.a = nil
u --> {}
u[1] = 1
u[1] = nil
u --> {}
local a = json.array()
a[1] = "x"
a --> ["x"]
table.remove(a)
a --> []
json.array({ 1, 2 }) --> [1,2]
