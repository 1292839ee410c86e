local V = {}
V.__index = V
local function v(x, y) return setmetatable({ x = x, y = y }, V) end
function V.__add(a, b) return v(a.x + b.x, a.y + b.y) end
function V.__sub(a, b) return v(a.x - b.x, a.y - b.y) end
function V.__mul(a, b)
  if type(a) == "number" then return v(a * b.x, a * b.y) end
  if type(b) == "number" then return v(a.x * b, a.y * b) end
  return a.x * b.x + a.y * b.y
end
function V.__div(a, b) return "div " .. a.x .. " " .. b end
function V.__idiv(a, b) return "idiv" end
function V.__mod(a, b) return "mod" end
function V.__pow(a, b) return "pow" end
function V.__unm(a) return v(-a.x, -a.y) end
function V.__band() return "band" end
function V.__bor() return "bor" end
function V.__bxor() return "bxor" end
function V.__shl() return "shl" end
function V.__shr() return "shr" end
function V.__bnot() return "bnot" end
function V.__tostring(a) return "(" .. a.x .. "," .. a.y .. ")" end
tostring(v(1, 2) + v(3, 4)) --> "(4,6)"
tostring(v(1, 2) - v(3, 4)) --> "(-2,-2)"
v(1, 2) * v(3, 4) --> 11
tostring(2 * v(1, 2)) --> "(2,4)"
tostring(v(1, 2) * 2) --> "(2,4)"
v(1, 2) / 4 --> "div 1 4"
v(1, 2) // 1 --> "idiv"
v(1, 2) % 1 --> "mod"
v(1, 2) ^ 1 --> "pow"
tostring(-v(1, 2)) --> "(-1,-2)"
v(1, 2) & 1 --> "band"
1 | v(1, 2) --> "bor"
v(1, 2) ~ 1 --> "bxor"
v(1, 2) << 1 --> "shl"
v(1, 2) >> 1 --> "shr"
~v(1, 2) --> "bnot"
