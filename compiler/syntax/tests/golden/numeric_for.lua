for i = 1 do f() end
for i = 1, 2, 3, 4 do f() end
for x of list do f(x) end
local ok = 1
