--# fuel: 10000
-- A library call pays by size before it works.
local s = ("x"):rep(100000)
for _ = 1, 100000 do s = s:reverse() end
