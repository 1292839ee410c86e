local name = "a" .. "b"
local x = require(name)
local y = require "no such"
local z = require "lib.missing"
local w = require("lib.found", 1)
local v = require "lib.found"
return { x, y, z, w, v }
--# module: lib.found
return { ok = true }
