function fold(state, event)
  state[0.5] = 1
  return state
end
