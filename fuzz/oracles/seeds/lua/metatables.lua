local V = {}
V.__index = V
local function new(x, y) return setmetatable({ x = x, y = y }, V) end
V.__add = function(a, b) return new(a.x + b.x, a.y + b.y) end
V.__eq = function(a, b) return a.x == b.x and a.y == b.y end
V.__lt = function(a, b) return a.x < b.x end
V.__le = function(a, b) return a.x <= b.x end
V.__len = function(a) return a.x end
V.__unm = function(a) return new(-a.x, -a.y) end
V.__concat = function(a, b) return "v" .. (type(b) == "table" and b.x or b) end
V.__call = function(self, k, ...) return self[k], select("#", ...) end
V.__tostring = function(a) return a.x .. "," .. a.y end
function V:len2() return self.x * self.x + self.y * self.y end
local Base = { kind = "base" }
local Sub = setmetatable({}, { __index = Base })
local lazy = setmetatable({}, {
  __index = function(t, k) local v = k * 2 rawset(t, k, v) return v end,
  __newindex = function(t, k, v) rawset(t, k, { v }) end,
})
local proxy = setmetatable({}, { __index = Base, __newindex = Base })
proxy.extra = 1
lazy.name = 5
local a, b = new(1, 2), new(3, 4)
function run(n)
  local c = a
  for i = 1, n do c = c + b end
  return c:len2(), #c, (-c).x, a < b, a <= b, a == new(1, 2), c .. "x", c("x", 1, 2), tostring(c), lazy[n], Sub.kind, proxy.extra
end
return { lazy = lazy[7], sum = (a + b).x, run = run }
