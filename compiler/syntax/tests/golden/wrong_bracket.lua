f(a]
local t = {1, 2)
x = t[1)
f(a))
local ok = 1
