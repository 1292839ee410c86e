f() = 1
local t = {}
t.x
