local M = {}
M.__eq = function(a, b) return a.n == b.n end
M.__lt = function(a, b) return a.n < b.n end
M.__le = function(a, b) return a.n <= b.n end
local function m(n) return setmetatable({ n = n }, M) end
m(1) == m(1) --> true
m(1) == m(2) --> false
m(1) ~= m(2) --> true
m(1) < m(2) --> true
m(2) > m(1) --> true
m(2) <= m(1) --> false
m(2) >= m(2) --> true
rawequal(m(1), m(1)) --> false
m(1) == 1 --> false
local sorted = { m(3), m(1), m(2) }
table.sort(sorted)
sorted[1].n .. sorted[2].n .. sorted[3].n --> "123"
