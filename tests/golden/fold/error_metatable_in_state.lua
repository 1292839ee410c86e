function fold(state, event)
  state.items = { { x = 1 }, setmetatable({}, { __index = {} }) }
  return state
end
