local M = {}
function M.init() return {} end
return M
