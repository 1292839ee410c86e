local M = {}
function M.init() return { n = 0 } end
function M.fold(state, event)
  state.n = state.n + event.payload.amount
  return state
end
return M
