return require "impl"
--# module: impl
local M = {}
function M.fold(state, event) return state, event end
return M
