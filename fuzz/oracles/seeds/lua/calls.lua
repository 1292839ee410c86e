local function pass(...) return ... end
local function count(...) return select("#", ...) end
local function tail(n, acc) if n == 0 then return acc end return tail(n - 1, acc + n) end
local function pick(i, ...) return (select(i, ...)) end
local function pack(...) return { n = select("#", ...), ... } end
local t = { pass(1, 2, 3), pass(4, 5) }
local a, b, c = pass(1, 2)
local d, e = (pass(8, 9))
a, b = b, a
local obj = { v = 2 }
function obj:m(x, ...) return self.v + x, ... end
function obj.s(...) return count(...), ... end
local callable = setmetatable({}, { __call = function(self, ...) return count(...), self == nil end })
local deep = setmetatable({}, { __call = callable })
function run(n)
  local p = pack(pass(n, nil, pass(1, 2)))
  return tail(n, 0), count(pass()), count(pass(nil, nil)), pick(2, pass("a", "b")), p.n, obj:m(1, pass(7, 8)), obj.s(pass(n)), callable(1, 2), deep(3)
end
local function va(a, b, ...)
  local x, y = ...
  return b, a, y, x, ...
end
return t, a, b, c, d, e, va(1, 2, 3, 4, 5)
