-- Parts of an event may be put in the state; changing them later changes nothing else.
function fold(state, event)
  state.first = state.first or event.payload
  state.last = event.payload
  event.payload.items[1] = "changed"
  return state
end
