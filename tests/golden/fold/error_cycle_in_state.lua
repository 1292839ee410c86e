function fold(state, event)
  state.a = { list = { 1, {} } }
  state.a.list[2].back = state.a
  return state
end
