local a = 1 // 0
local b = 9223372036854775807 + 1
local c = 1 % 0
