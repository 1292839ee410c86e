return require "a"
--# module: a
return { b = require "b" }
--# module: b
local c = require "c"
return c
--# module: c
return require "a"
