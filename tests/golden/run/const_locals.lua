local limit <const> = 10
local name <const>, other = "n", 2
limit + 1 --> 11
name --> "n"
other = 3
other --> 3
local function f() return limit end
f() --> 10
