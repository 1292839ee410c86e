-- Commits per author: { [author] = number of commits }.

local M = {}

function M.init()
  return {}
end

function M.fold(state, event)
  local author = event.payload.author
  state[author] = (state[author] or 0) + 1
  return state
end

return M
