local i, a, b, t = 1, {}, 2, ...
i, a[i] = i + 1, 20
a[i], i = i, 5
a, b = b, a, print()
t.x, t.y, b = print()
a, b = print(), 1
local x, y = b, a
x, y = y, x + y
g, b = 1, 2
return x, y, i, g
