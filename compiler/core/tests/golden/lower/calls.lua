local t, f = ...
f()
f(1, t)
local a = f(t)
local b, c = f(f())
t:m(1)
a = t.x:y(...)
print((f()), f())
t.a.b.c(1)(2)(3)
local g = function(...) return ... end
return f(a, b, c, g(...))
