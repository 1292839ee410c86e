function fold(state, event)
  state.t = { 1, 2, name = "x" }
  return state
end
