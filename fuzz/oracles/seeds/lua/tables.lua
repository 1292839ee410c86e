local t = { 1, 2, 3, nil, 5, x = 1, ["y z"] = 2, [10] = 3, [2.5] = 4, [-1] = 5, [true] = 6 }
t[4] = 4
t[6] = 6
t[#t + 1] = 7
t[3] = nil
t.x = nil
t.x = { deep = { deeper = {} } }
t.x.deep.deeper.end_ = t.x
local grid = {}
for i = 1, 5 do
  grid[i] = {}
  for j = 1, 5 do grid[i][j] = i * j end
end
local rec = { id = 1, name = "n", tags = { "a", "b" }, pos = { x = 1.5, y = -2.5 } }
rec.id = rec.id + 1
rec["name"] = rec.name .. "!"
local sparse = {}
for i = 20, 1, -1 do sparse[i] = i end
for i = 1, 20, 3 do sparse[i] = nil end
local many = {}
for i = 1, 40 do many["k" .. i] = i end
for i = 1, 39 do many["k" .. i] = nil end
function run(n)
  local q, head = {}, 1
  for i = 1, n * 5 do q[#q + 1] = { i = i, next = q[i - 1] } end
  local s = 0
  while q[head] do s = s + q[head].i head = head + 1 end
  for i = #q, 1, -1 do q[i] = nil end
  return s, #q, #t, #sparse, many.k40, grid[3][4], rawlen(grid), rec.pos.x
end
return { rec = rec, grid = grid }
