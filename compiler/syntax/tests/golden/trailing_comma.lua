f(1, 2,)
local t = {1,}
local ok = 1
