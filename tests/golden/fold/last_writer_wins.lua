local M = {}
function M.fold(state, event)
  local p = event.payload
  if p.deleted then state[p.path] = nil else state[p.path] = { by = p.by, at = event.seq } end
  return state
end
return M
