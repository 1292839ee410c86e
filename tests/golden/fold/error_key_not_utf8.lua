function fold(state, event)
  state.map = { ["\xff"] = 1 }
  return state
end
