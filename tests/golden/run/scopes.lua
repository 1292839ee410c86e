-- Blocks, shadowing, globals.
local x = 1
do
  local x = x + 1
  x --> 2
end
x --> 1
if true then local x = 5 end
x --> 1
g_value = 7
local function f() return g_value end
f() --> 7
g_value = g_value + 1
f() --> 8
function named(n) return n * 2 end
named(4) --> 8
local x = "again"
x --> "again"
for x = 1, 1 do
  x --> 1
end
