function fold(state, event)
  state.deep = { { { [true] = 1 } } }
  return state
end
