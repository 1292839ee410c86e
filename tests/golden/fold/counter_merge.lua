--# emit: yes
-- Counts per key, a total, and an artifact of its own.
local M = {}
function M.init() return { total = 0, by_key = {} } end
function M.fold(state, event)
  local p = event.payload
  state.total = state.total + p.n
  state.by_key[p.key] = (state.by_key[p.key] or 0) + p.n
  return state
end
function M.emit(state)
  return { ["reports/keys.json"] = dkeys(state.by_key), ["reports/total.json"] = { total = state.total } }
end
return M
