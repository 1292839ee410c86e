local a = .5
local b = 5.
print(a, b)
