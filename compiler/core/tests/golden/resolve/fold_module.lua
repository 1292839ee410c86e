local count, seen = 0, {}
local M = {}
local function note() count = count + 1 end
function M.fold(state, event)
  note()
  seen[event.type] = true
  local inner = 0
  local function add() inner = inner + 1 end
  add()
  state.n = inner
  return state
end
count = 5
return M
