local util = require "lib.util"
local again = require "lib.util"
total = 1
function main() return util.add(total, 2) end
return main, again
--# module: lib.util
base = 1
function grow() return base end
base = 2
local M = { add = function(a, b) return a + b + base end }
function M.two() return require "lib.two" end
return M
--# module: lib.two
return 2
