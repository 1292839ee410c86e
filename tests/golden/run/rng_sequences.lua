-- The same numbers on every machine: these values are a promise.
local r = rng("gatos")
print(r(1000000), r(1000000), r(1000000), r(1000000))
print(r(6), r(6), r(6), r(6), r(6), r(6))
print(r(-5, 5), r(-5, 5), r(-5, 5))
print(r(), r(), r())
print(r(1, math.maxinteger), r(math.mininteger, math.maxinteger))
r(1) --> 1
r(7, 7) --> 7
local x = r()
x >= 0 and x < 1 --> true
local a, b = rng("s"), rng("s")
local same = true
for _ = 1, 100 do same = same and a(100) == b(100) end
same --> true
rng("s")(1000000) == rng("t")(1000000) --> false
local function try(...) print(select(2, pcall(...))) end
try(rng)
try(rng, {})
try(r, 0)
try(r, 2, 1)
try(r, 1.5)
