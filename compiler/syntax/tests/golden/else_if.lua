function f(a, b)
  if a then
    return 1
  else if b then
    return 2
  end
end
local ok = f()
