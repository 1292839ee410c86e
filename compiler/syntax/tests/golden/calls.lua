f()
f(1, 2, ...)
f "s" 'u' [[v]]
f{1}{2}.x()
a.b["c"]:d(1):e "x":f{}
f
(g)
(h or k)(1)
local s = ("x"):rep(3), #f(1)
local t = {} ("not a call")()
local u = "x" (f)()
local v (f)()
local w <const> (f)()
goto done (f)()
::done::
(f)().x = f().y[1]
local z = f(function() return 1 end)(2)
for i = 1, 2 do end (f)()
;(f)()
