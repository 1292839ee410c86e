function fold(state, event)
  state.n = 1
end
