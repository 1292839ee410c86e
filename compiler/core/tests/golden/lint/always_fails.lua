local function f(x)
  return x // 0, x / 0.0, 1 % 0, math.maxinteger, 9223372036854775807 + 1, 2 ^ -1, 10 // 2
end
return f
