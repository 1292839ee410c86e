local out = {}
local function put(v) out[#out + 1] = v end
put(7 // 2) put(-7 // 2) put(7 % -3) put(-7 % 3) put(7 / 2) put(2 ^ 10) put(1 << 62) put(5 & 3 | 8 ~ 1) put(~0)
put(7.5 // 2) put(-7.5 % 2) put(0.1 + 0.2) put(1 == 1.0) put("10" + 5) put("3" * "4") put(10 .. "x" .. 2.0)
put(1 < 1.5) put("a" < "b") put("Z" < "a") put(nil == false) put(not nil) put(1 and 2) put(nil or "d") put(false and error("no"))
local a <const> = 5
local b = a > 3 and a < 9 and "mid" or "out"
put(b) put(#"len") put(-"2") put(#{ 1, 2 }) put(a ~= 5) put(a >= 5 == true)
local big = 9223372036854775807
put(big) put(-big - 1) put(big // -1) put(math.wrapping_add(big, 1)) put(0xffffffffffffffff)
local x, y = 1, 2
x, y = y, x
local t = { x, y, [x] = "two" }
t[x], x = x, 9
put(t[2]) put(x)
function run(n)
  local v = n
  if v == 3 then v = v * 2.5 elseif v == "3" then v = 0 else v = -v end
  if v ~= nil and v <= 7.5 and 7 < v then v = v .. "" end
  return v, n // 2, n % 2, n / 2, n * n, n - 1, 1 - n, -n, n << 3, n > 2, n >= 3, 2 < n
end
return out
