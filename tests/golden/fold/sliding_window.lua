-- The greatest sum of n over any three successive events.
function init() return { window = json.array(), best = 0 } end
function fold(state, event)
  local w = state.window
  w[#w + 1] = event.payload.n
  if #w > 3 then table.remove(w, 1) end
  local sum = 0
  for _, n in ipairs(w) do sum = sum + n end
  state.best = math.max(state.best, sum)
  return state
end
