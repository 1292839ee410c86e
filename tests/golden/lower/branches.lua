local function f(a, b)
  if a == nil then return "none" end
  if a < b and b <= 10 or a == "x" then return a and b end
  return not a
end
return f
