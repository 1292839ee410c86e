local t = { end = 1, x = 2 }
t.end = t.then.x
local nil = 3
t:repeat(1)
local ok = 1
