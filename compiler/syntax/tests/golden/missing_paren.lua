print("a"
local x = 1
f(1, g(2)
h = 3
if (a then b() end
local ok = 1
