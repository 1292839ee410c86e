local function try(f) print(select(2, pcall(f))) end
local loop = {}
setmetatable(loop, { __index = loop })
try(function() return loop.x end)
local a, b = {}, {}
setmetatable(a, { __index = b })
setmetatable(b, { __index = a })
try(function() return a.x end)
try(function() return setmetatable({}, { __index = 5 }).x end)
try(function() return setmetatable({}, { __add = 5 }) + 1 end)
try(function() return setmetatable({}, { __call = 5 })() end)
try(function() return tostring(setmetatable({}, { __tostring = function() return 5 end })) end)
try(function() return setmetatable(1, {}) end)
try(function() return setmetatable({}, 1) end)
try(function() return setmetatable({}, { __lt = function() error("from __lt") end }) < {} end)
try(function() return {} < setmetatable({}, {}) end)
local tbl = {}
try(function() return tostring(tbl) end)
local func = print
try(function() return tostring(func) end)
