until x == 1
local ok = 1
