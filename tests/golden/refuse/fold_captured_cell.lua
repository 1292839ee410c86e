--# kind: fold
local M = {}
local cache
function M.fold(state, event)
  cache = cache or {}
  return state
end
return M
