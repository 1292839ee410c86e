local M = {}
function M.fold(state, event)
  local n = state.n +
  if event.type == 'x' then
    state.n = n + 1
  end
  state.list[ = 2
  return state
end
M.x = {
  a = 1,
  b = ,
  c = 3,
}
return M
