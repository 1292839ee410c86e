f(a b, c)
local t = {
  a = 1
  b = 2,
  3 4
}
local ok = 1
