function a()
  x()
  end
end
local ok = 1
