local n = 1
for n = 1, 3 do print(n) end
local function f(n) local n = n; return n end
local f = f(n)
local _ = 1
do local _ = 2 end
return f
