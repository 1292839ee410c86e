local limit <const>, other = 10, 2
limit = 20
other = 3
local function f() limit = 1 end
limit, other = 1, 2
return f
