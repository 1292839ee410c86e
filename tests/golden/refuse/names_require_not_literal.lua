local name = "x"
local m = require(name)
local r = require
