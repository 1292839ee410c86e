local größe = 1
local a = 1 @ 2
local q = “x”
local b$c = 3
local ok = 1 − 2
