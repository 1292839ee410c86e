local a = 1 +
local b = 2
print(a b)
local c = pairs
if a then
  c = = 2
end
print(c)
