print(undeclared)
local count = 1
print(cuont)
