-- The old value of the target is read until the new one is complete.
local t, x = ...
x = x(x)
x = x:m(x)
x = { x, x }
x = { a = x, b = x }
x = t(1) and x or x
x = x + t(x)
x = t(x) + x
x = x .. x
x = -t(x)
x = x < x
return x
