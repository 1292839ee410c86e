local a = 12abc
local b = 0x
local c = 1..2
