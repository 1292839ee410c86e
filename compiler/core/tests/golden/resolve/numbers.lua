local a = 9223372036854775808
local b = -9223372036854775808
local c = 3000000000.5
local d = 0x10000000000000000
local e = 0x1.8p1
local f = 1.5e3
local g = .5
local h = 1.50
local i = 007
local j = 0.12345678901
local k = 0xffffffffffffffff
local l = -0.0
return { a, b, c, d, e, f, g, h, i, j, k, l }
