local function f(...) return ... end
local t = { f() }
local one = (f(t))
return one, f(1, f(2, 3))
