local a.b = 1
local c: number = 2
local d[1] = 3
local ok = 1
