local function a()
  while true do
    x()
  end

