local a = "unfinished
local b = 'also
local c = 1
