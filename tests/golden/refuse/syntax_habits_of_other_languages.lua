local x = 0
x += 1
x++
local y = x && true
local z = !x
if x == 1 { print(x) }
