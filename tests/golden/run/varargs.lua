local function count(...) return select("#", ...) end
count() --> 0
count(nil) --> 1
count(1, nil, nil) --> 3
local function rest(a, ...) return ... end
rest(1, 2, 3) --> 2, 3
rest(1) -->
local function list(...) return { ... } end
list(1, 2, 3) --> [1,2,3]
local function first(...) local a, b = ... return a, b end
first(1) --> 1, nil
first(1, 2, 3) --> 1, 2
local function pass(...) return count(...) end
pass(1, nil, 3) --> 3
local function cut(...) return (...) end
cut(7, 8) --> 7
cut() --> nil
local function wrap(...) local t = table.pack(...) return table.unpack(t, 1, t.n) end
wrap(1, nil, 3) --> 1, nil, 3
select("#", ...) --> 0
local function mid(...) return "a", ..., "z" end
mid(1, 2) --> "a", 1, "z"
local function sum(...)
  local s = 0
  for _, v in ipairs({ ... }) do s = s + v end
  return s
end
sum(1, 2, 3, 4) --> 10
local many = {}
for i = 1, 300 do many[i] = i end
count(table.unpack(many)) --> 300
select(299, table.unpack(many)) --> 299, 300
