break
while true do break end
repeat local function f() break end until f
if true then break end
local function g() return ... end
local function h(...) return function() return ... end end
print(..., g, h)
