local a, b, c = f(), 2
local d = a
local e <const> = 10
local f1, f2 = string.byte, math.maxinteger
b = c
c = b + e
a, b = b, a
local g, h = ...
d = d
print(f1(d), f2, g, h)
function f() return 1, 2, 3 end
