-- Without init the state begins as {}.
function fold(state, event)
  state[event.payload.k] = event.payload.v
  return state
end
