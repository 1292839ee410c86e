local 1 = 2
t. = 3
goto 5
a:b = 3
for 1 = 2, 3 do f() end
local ok = 1
