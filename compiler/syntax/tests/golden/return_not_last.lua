local a = 1
return a
local b = 2
return b
