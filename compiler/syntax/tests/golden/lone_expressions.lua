x
a.b
while true do continue end
let y = 2
locl z = 3
foo bar baz
x == 1
local ok = 1
