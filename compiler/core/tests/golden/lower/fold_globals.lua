function init() return {} end
function fold(state, event)
  state[event.type] = event.seq
  return state
end
