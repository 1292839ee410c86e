local M = {}
function M.max(a, b) return a > b and a or b end
return M
