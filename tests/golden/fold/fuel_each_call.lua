--# fuel: 3000
-- The limit is for each call, so many cheap events are fine and one dear event is not.
function fold(state, event)
  local n = 0
  for i = 1, event.payload.work do n = n + i end
  state.n = n
  return state
end
