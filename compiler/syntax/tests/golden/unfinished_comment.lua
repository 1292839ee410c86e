local ok = 1
--[[ abc
local b = 2
