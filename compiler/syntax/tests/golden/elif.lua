if a then
  b()
elif c then
  d()
elsif e then
  f()
end
local ok = 1
