--# kind: fold
--# roots: yes
local M = {}
function M.init() return { n = 0 } end
function M.fold(state, event)
  state.n = state.n + 1
  return state
end
return M
