-- A fold that expects bad data handles it itself.
function init() return { sum = 0, bad = json.array() } end
function fold(state, event)
  local ok, why = pcall(function() state.sum = state.sum + event.payload.n end)
  if not ok then state.bad[#state.bad + 1] = { seq = event.seq, why = why } end
  return state
end
