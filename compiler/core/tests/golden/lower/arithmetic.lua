local a, b = ...
local c = a + 1 - b * 2 / 4 // 3 % 5
c = 1 + a
c = a ^ 2 + 2 ^ 10
c = (a & 15) | (b << 2) ~ ~a >> 1
c = -a + -5 + - -7
c = a + b + c
c = 10 * 60 * 60 + a
c = a .. b .. "x" .. 1
c = #a
c = not a
c = 7 // 2 + 7 % 3 + 2.5 * 2
return c
