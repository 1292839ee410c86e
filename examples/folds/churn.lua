-- Churn per top directory: { [directory] = { added, deleted, touches } }.
-- A file at the root counts for ".". Event sources may cap their file lists; this counts
-- what is listed.

local function top_directory(path)
  return string.match(path, "^[^/]*/") or "."
end

local M = {}

function M.fold(state, event)
  for _, file in ipairs(event.payload.files) do
    local top = top_directory(file.path)
    local churn = state[top]
    if churn == nil then
      churn = { added = 0, deleted = 0, touches = 0 }
      state[top] = churn
    end
    churn.added = churn.added + file.added
    churn.deleted = churn.deleted + file.deleted
    churn.touches = churn.touches + 1
  end
  return state
end

return M
