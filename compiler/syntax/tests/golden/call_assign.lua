f() = 1
(a) = 2
a, f(), b = 1, 2, 3
g(a = 1)
local ok = 1
