local M = {}
function (x) return x end
local function M.init() return {} end
local id = function id(x) return x end
print(id)
