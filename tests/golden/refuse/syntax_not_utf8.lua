local a = "ÿþ"
local é = 1
