function a()
  if x then
    y()
end

function b()
  return 1
end
