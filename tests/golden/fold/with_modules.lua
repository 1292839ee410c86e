local join = require "lib.join"
function fold(state, event)
  state.max = join.max(state.max or 0, event.payload.n)
  return state
end
