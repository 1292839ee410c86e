local a = 1e3
local b = 2.5e-1
