-- Several targets; values are worked out before anything is assigned.
local a, b, c = 1, 2
c --> nil
a, b = b, a
a --> 2
b --> 1
local t = { 1, 2 }
local i = 1
i, t[i] = i + 1, 20
i --> 2
t --> [20,2]
local x, y, z = (function() return 1, 2, 3 end)()
{ x, y, z } --> [1,2,3]
local p, q = ((function() return 1, 2 end)())
q --> nil
t[1], t[2], t[3] = (function() return "a", "b" end)()
t --> ["a","b"]
