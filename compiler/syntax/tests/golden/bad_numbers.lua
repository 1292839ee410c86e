local a = 3x, 0x, 1e, 1..2, 1_000, 0b11, 1.2.3
local ok = 1
