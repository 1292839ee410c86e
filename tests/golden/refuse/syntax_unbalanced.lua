local t = { 1, 2, 3
local u = (1 + 2
print(t, u)
