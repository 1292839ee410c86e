local Base = { fold = function(state, event) return state, event end }
local M = Base
return setmetatable(M, { __index = Base })
