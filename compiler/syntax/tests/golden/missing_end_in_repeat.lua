repeat
  if a then
    b()
until c
local ok = 1
