function fold(state, event)
  table.insert(state.recent, event.ulid)
  if #state.recent > 10 then table.remove(state.recent, 1) end
  return state
end
