--# depth: 50
local function again(n) return 1 + again(n + 1) end
function fold(state, event)
  state.n = again(1)
  return state
end
