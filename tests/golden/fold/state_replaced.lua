-- fold may build a new state, and keep parts of the old one.
function init() return { n = 0, keep = { 1, 2 } } end
function fold(state, event)
  return { n = state.n + 1, keep = state.keep, last = event.payload, previous = { n = state.n } }
end
