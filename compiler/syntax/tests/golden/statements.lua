;;
local a, b <const>, c <close> = 1, 2
local x
a, b.c, d[1], e():f().g = 1, 2
do end
do local y = 1; local z = 2 end
while a < b do a = a + 1 break end
repeat local q = f() until q
if a then f() elseif b then g() elseif c then else h() end
if a then end
for i = 1, 10 do end
for i = 1, 10, 2 do print(i) end
for k, v in pairs(t) do print(k, v) end
for k in f, s, 0 do end
function f() end
function a.b.c(x, y) return x end
function a.b:m(...) return self, ... end
local function g(a, ...) return g end
local h = function(...) end
goto top
::top::
break
return
