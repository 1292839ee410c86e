-- A first fold: how many events there are of each type and by each actor.
-- Change it, then `gatos fold NS --program gatos/folds/count.lua`.

local M = {}

-- The state before the first event.
function M.init()
  return { events = 0, by_type = {}, by_actor = {} }
end

-- Called for each event in order; what it returns is the new state.
function M.fold(state, event)
  state.events = state.events + 1
  state.by_type[event.type] = (state.by_type[event.type] or 0) + 1
  state.by_actor[event.actor] = (state.by_actor[event.actor] or 0) + 1
  return state
end

return M
