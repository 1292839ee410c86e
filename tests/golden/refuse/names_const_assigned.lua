local limit <const> = 10
limit = 11
local function f() limit = 12 end
f()
