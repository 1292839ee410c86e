-- Last writer wins: { [path] = id of the last commit that touched it }.
-- Events come in the total order, so the last one written is the last one there is.

local M = {}

function M.fold(state, event)
  local commit = event.payload
  for _, file in ipairs(commit.files) do
    state[file.path] = commit.id
  end
  return state
end

return M
