type(string) --> "table"
string.len == ("").len --> true
math.maxinteger == 9223372036854775807 --> true
local s = string
s.upper("x") --> "X"
local function try(f) print(select(2, pcall(f))) end
try(function() s.len = nil end)
try(function() s.mine = 1 end)
try(function() rawset(s, "x", 1) end)
try(function() setmetatable(s, {}) end)
try(function() table.insert(math, 1) end)
