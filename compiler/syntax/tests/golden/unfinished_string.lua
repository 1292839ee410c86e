local a = "abc
local b = f('x)
local ok = 1
