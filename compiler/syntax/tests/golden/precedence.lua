local a = 1 + 2 * 3 - 4 / 5 // 6 % 7
local b = a or b and c < d | e ~ f & g << h .. i + j * -k ^ -l ^ m
local c = not a == b, -x ^ 2, 2 ^ -3 ^ 2, - - 1, not not a, #t + 1, ~a ~ ~b
local d = a .. b .. c, a ^ b ^ c, a - b - c, a < b == c ~= d >= e <= f > g
local e = (a + b) * c, (f()), (((x))), (...)
local f = a << 1 >> 2, a & b | c, "a" .. 1 .. "b"
