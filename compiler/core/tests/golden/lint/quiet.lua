-- A usual fold: no warnings.
local M = {}
local LIMIT <const> = 100
local function bump(map, key, by)
  map[key] = (map[key] or 0) + by
end
function M.init() return { by_author = {}, total = 0 } end
function M.fold(state, event)
  local p = event.payload
  for _, file in ipairs(p.files) do
    if file.added > LIMIT then bump(state.by_author, p.author, file.added) end
  end
  state.total = state.total + 1
  return state
end
function M.emit(state) return { ["state/authors.json"] = state.by_author } end
return M
