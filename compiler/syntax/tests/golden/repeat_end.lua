repeat
  f()
end
local ok = 1
