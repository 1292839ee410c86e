function f(x) return x end
local a, b = ...
if a and b then print(1) elseif a or b then print(2) else print(3) end
if not (a and b) then print(4) end
if a == 1 or a ~= nil and b == "x" or true == b then print(5) end
if a < 1 or a <= 2 or a > 3 or a >= 4 then print(6) end
if 1 < a and 2 <= a and 3 > a and 4 >= a then print(7) end
if a < b and a > b and a <= b and a >= b then print(8) end
local c = a == b
c = a < 1
a = a < b
local d = a and b or 3
d = a == 1 and "one" or a == 2 and "two" or "many"
d = not (a == b)
d = d and d.x
local e = f(a) and f(b) or nil
if false then print(9) end
if a or true then print(10) end
while not a do a = b end
return d, e, c
