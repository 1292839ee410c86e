if a != b && !c || d then x += 1 end
t.n -= 2 * 3
y = a === b
z++
local ok = 1
