local M = {}
local names = { a = "first", b = "second" }
local function walk(t, path)
  for i = 1, #path do
    local n = t[path[i]]
    if type(n) ~= "table" then return t end
    t = n
  end
  return t
end
function M.init() return { by_id = {}, list = {}, n = 0 } end
function M.fold(state, event)
  local p = event.payload
  state.n = state.n + 1
  if p.k == "x" then state.list[#state.list + 1] = p.v
  elseif p.k == "a" then state.by_id[p.j] = { v = p.v, at = event.seq, name = names[p.j] }
  elseif p.k == "b" then table.insert(state.list, 1, { p.v, { p.v } })
  elseif p.k == "y" then local t = table.remove(state.list) state.by_id.last = t
  elseif p.k == "list" then state = { by_id = state.list, list = json.array(), n = state.n }
  elseif p.k == "n" then walk(state, { "by_id", p.j })[p.j] = p.v
  else state.by_id, state.copy = {}, state.by_id end
  for k, v in dpairs(state.by_id) do
    if type(v) == "table" and v.v == json.null then state.by_id[k] = nil end
  end
  return state
end
function M.emit(state) return { ["out/by_id.json"] = state.by_id, ["n.json"] = { state.n, #state.list } } end
return M
