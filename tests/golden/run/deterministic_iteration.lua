local t = { 3, 2, 1, z = 1, a = 2, [true] = 3, [false] = 4, [-1] = 5, [0.5] = 6, [10] = 7, ["10"] = 8, [""] = 9 }
local out = {}
for k, v in dpairs(t) do out[#out + 1] = tostring(k) .. "=" .. v end
table.concat(out, " ") --> "false=4 true=3 -1=5 0.5=6 1=3 2=2 3=1 10=7 =9 10=8 a=2 z=1"
dkeys({ b = 1, a = 2 }) --> ["a","b"]
dvalues({ b = 1, a = 2 }) --> [2,1]
dkeys({}) --> []
dvalues({}) --> []
local seen = {}
local live = { a = 1, b = 2, c = 3 }
for k in dpairs(live) do
  seen[#seen + 1] = k
  live.b = nil
  live.d = 4
end
seen --> ["a","c"]
local u = { a = 1 }
for k, v in dpairs(u) do u[k] = v + 1 end
u.a --> 2
dkeys({ ["é"] = 1, z = 2, ["a\0b"] = 3, ab = 4 }) --> ["a\u0000b","ab","z","é"]
print(select(2, pcall(dkeys, { [{}] = 1 })))
print(select(2, pcall(dkeys, { [print] = 1 })))
print(select(2, pcall(dkeys, { [json.null] = 1 })))
print(select(2, pcall(dpairs, nil)))
