function fold(state, event)
  state.users = { ann = { callback = function() end } }
  return state
end
