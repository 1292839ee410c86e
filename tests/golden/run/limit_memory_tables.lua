--# memory: 100000
local keep = {}
pcall(function() for i = 1, 1000000 do keep[i] = {} end end)
