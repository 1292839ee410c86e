dsort({ 3, 1, 2 }) --> [1,2,3]
dsort({ "b", "a", "C" }) --> ["C","a","b"]
dsort({ 1.5, 1, 2 }) --> [1,1.5,2]
dsort({}) --> []
local t = { 3, 1, 2 }
dsort(t)
t --> [3,1,2]
table.sort(t)
t --> [1,2,3]
table.sort(t, function(a, b) return a > b end)
t --> [3,2,1]
-- Stable: equal elements keep their order.
local rows = {}
for i = 1, 40 do rows[i] = { k = i % 3, i = i } end
table.sort(rows, function(a, b) return a.k < b.k end)
local stable = true
for i = 2, 40 do
  if rows[i - 1].k == rows[i].k and rows[i - 1].i > rows[i].i then stable = false end
end
stable --> true
-- A comparator that contradicts itself still gives the same result each time.
local function silly() return true end
local a, b = { 1, 2, 3, 4, 5 }, { 1, 2, 3, 4, 5 }
table.sort(a, silly)
table.sort(b, silly)
json.encode_canonical(a) == json.encode_canonical(b) --> true
print(select(2, pcall(table.sort, { 1, "a" })))
print(select(2, pcall(table.sort, { {}, {} })))
print(select(2, pcall(table.sort, { 1, 2 }, function() error("cmp") end)))
print(select(2, pcall(dsort, { 1, nil, 3, true })))
