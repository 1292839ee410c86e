local a = 1.50
local b = 0.0
local c = 2.00
