local function counter(start)
  local n = start
  return function(by) n = n + (by or 1) return n end, function() return n end
end
local up, get = counter(3)
up() up(4)
local fs = {}
for i = 1, 4 do
  local j = i * 2
  fs[i] = function() j = j + i return j end
end
local total = 0
for round = 1, 2 do
  for i = 1, #fs do total = total + fs[i]() end
end
local function fact(n) if n < 2 then return 1 end return n * fact(n - 1) end
local function outer(a)
  local b = a
  local function middle()
    local function inner(c) b = b + c + a return b end
    return inner
  end
  return middle()
end
local deep = outer(10)
function run(n)
  local acc = 0
  local function add(x) acc = acc + x return acc end
  for i = 1, n do add(deep(i)) end
  return acc, get(), fact(n)
end
return { run = run, total = total, up = up }
