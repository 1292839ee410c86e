function f(a = 1, b) return b end
function g(a, b: number) return a end
local function h(a, ) return a end
function i return 1 end
local j = function(..., a) return a end
local ok = 1
