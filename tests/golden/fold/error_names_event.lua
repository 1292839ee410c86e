-- A failing event stops the fold.
local function apply(state, p)
  state.sum = state.sum + p.amount
end
function init() return { sum = 0 } end
function fold(state, event)
  apply(state, event.payload)
  return state
end
