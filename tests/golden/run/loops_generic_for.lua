-- ipairs, dpairs, and iterators of our own.
local out = {}
for i, v in ipairs({ "a", "b", nil, "d" }) do out[#out + 1] = i .. v end
table.concat(out, " ") --> "1a 2b"
local function range(n)
  return function(limit, i)
    if i < limit then return i + 1, i * i end
  end, n, 0
end
out = {}
for i, square in range(4) do out[#out + 1] = i .. ":" .. square end
table.concat(out, " ") --> "1:0 2:1 3:4 4:9"
local function each(t)
  local i = 0
  return function()
    i = i + 1
    return t[i]
  end
end
local last
for v in each({ "x", "y" }) do last = v end
last --> "y"
for k, v in dpairs({ z = 1, a = 2 }) do last = k .. v end
last --> "z1"
local fs = {}
for i = 1, 3 do fs[i] = function() i = i + 1; return i end end
fs[1]() + fs[1]() --> 5
fs[2]() --> 3
local t = setmetatable({}, { __call = function(_, s, i) if i < 3 then return i + 1 end end })
local n = 0
for i in t, nil, 0 do n = n + i end
n --> 6
local function try(f) print(select(2, pcall(f))) end
try(function() for _ in nil do end end)
try(function() for _ in { 1 } do end end)
try(function() for _ in 5 do end end)
