function a()
  x()

function b()
  return 1
end
local ok = 1
