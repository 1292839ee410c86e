local M = {}
function M.fold(state, event)
  state.all[#state.all + 1] = event.ulid
  table.insert(state.list, event.type)
  local inner = state.groups[event.type]
  inner[#inner + 1] = 1
  if event.type == "rare" then table.insert(state.rare, 1) end
  local mine = {}
  mine[#mine + 1] = 1
  state.last = mine
  return state
end
return M
