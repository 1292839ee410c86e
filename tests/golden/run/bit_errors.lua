local function band(a, b) return a & b end
local function bnot(a) return ~a end
local function shl(a, b) return a << b end
local function try(f, a, b) print(select(2, pcall(f, a, b))) end
try(band, 1.5, 1)
try(band, "x", 1)
try(band, {}, 1)
try(band, nil, 1)
try(bnot, 0.5)
try(shl, 1, 0.5)
try(shl, 1, "1.5")
