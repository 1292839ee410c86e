local a =
local b = 1 +
f(1, , 2)
x = y = z
return (

