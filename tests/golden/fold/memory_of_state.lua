--# memory: 6000
-- Each call is small, and the state grows until it is too big itself.
function init() return json.array() end
function fold(state, event)
  state[#state + 1] = event.payload.text
  return state
end
