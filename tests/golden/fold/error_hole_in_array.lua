function fold(state, event)
  state.t = { [1] = "a", [3] = "c" }
  return state
end
