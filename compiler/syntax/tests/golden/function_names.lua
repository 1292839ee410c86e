function (a) return a end
local function a.b(x) return x end
local f = function g(x) return x end
local ok = 1
