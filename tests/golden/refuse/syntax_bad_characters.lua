local a = 1 $ 2
local b = a ? 1 : 2
local c = “quoted”
local d = a != b
