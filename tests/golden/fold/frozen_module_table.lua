-- Tables at module level freeze when the module has loaded.
local seen = {}
function fold(state, event)
  seen[event.seq + 1] = true
  return state
end
