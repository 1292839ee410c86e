--# memory: 20000
function fold(state, event)
  local junk
  for i = 1, event.payload.n do junk = { i } end
  return state
end
