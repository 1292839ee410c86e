--# kind: fold
local count = 0
function fold(state, event)
  count = count + 1
  return state
end
