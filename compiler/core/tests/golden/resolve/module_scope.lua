local m = require "m"
shared = 1
return m.get() + helper()
--# module: m
counter = 0
function helper() return shared end
local function bump() counter = counter + 1 end
bump()
return { get = function() return counter end, args = ... }
