function fold(state, event)
  state.name = "\xff\xfe"
  return state
end
