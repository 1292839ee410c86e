print(tostring({}), tostring(function() end))
print(string.format("%d %5.2f %g", 1, 2, 3), string.format("%%g %s", 1), string.format("%p", {}))
local t = setmetatable({}, { __index = {} })
rawset(t, "__gc", 1)
