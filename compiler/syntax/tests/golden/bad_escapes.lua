local a = "\q"
local b = '\x4', '\300'
local c = '\u{110000000}'
local ok = 1
