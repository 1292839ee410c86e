local a = 9223372036854775808
local b = 99999999999.5
local c = -9223372036854775808
local d = 0x1ffffffffffffffff
