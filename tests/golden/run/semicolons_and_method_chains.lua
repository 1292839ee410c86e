;;; local a = 1; local b = 2;
a + b --> 3
local s = ("x"):rep(3):upper():sub(1, 2)
s --> "XX"
local t = { f = function() return { g = function() return { h = 5 } end } end }
t.f().g().h --> 5
local list = { { 1, 2 }, { 3 } }
list[1][2] + list[2][1] --> 5
#list[1] --> 2
do end
do local a = "inner" end
a --> 1
