if x
  y()
end
if a y() end
while b
  z()
end
for i = 1, 2
  print(i)
end
local ok = 1
