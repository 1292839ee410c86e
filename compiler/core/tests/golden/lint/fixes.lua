function fold(state, event)
  if string.len(event.type) == "3" then state.n = rng("seed")(6) end
  return state
end
