if a then
  b()
elif c then
  d()
end
local ok = 1
