local t = setmetatable({}, { __gc = function() end })
local u = setmetatable({}, { __mode = "k" })
local v = setmetatable({}, { __pairs = function() end })
local w = setmetatable({}, { __close = function() end })
t.x = 1
